package simulate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func oceanError(code int, message string) object {
	return object{"code": code, "message": message, "request_id": "sim", "data": object{}}
}

func oceanDialect() dialect {
	return dialect{vendor: "oceanengine", throttled: oceanError(40100, "请求过于频繁,请稍后再试"),
		broken: oceanError(50000, "服务内部异常"), expired: oceanError(40102, "access_token已过期")}
}

// oceanengine answers one call of the marketing API.
func (s *server) oceanengine(w http.ResponseWriter, r *http.Request) {
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/oceanengine/open_api/"), "/")
	if path == "oauth2/refresh_token" || path == "oauth2/access_token" {
		s.oceanToken(w, r, path)
		return
	}
	switch token := r.Header.Get("Access-Token"); {
	case r.Method != http.MethodGet:
		send(w, http.StatusMethodNotAllowed, oceanError(40000, "请使用 GET"))
		return
	case token == "":
		send(w, http.StatusOK, oceanError(40104, "access_token为空"))
		return
	case token != s.token("oceanengine"):
		send(w, http.StatusOK, oceanError(40102, "access_token已过期"))
		return
	}
	stream := "oceanengine/" + path
	fault := s.faults.take(stream)
	if s.spoil(w, r, fault, oceanDialect()) {
		return
	}
	query := r.URL.Query()
	switch path {
	case "v3.0/report/custom/get":
		s.answer(w, fault, s.oceanReport(query, stream, fault))
	case "v3.0/project/list", "v3.0/promotion/list":
		s.answer(w, fault, s.oceanTree(query, stream, fault, path == "v3.0/promotion/list"))
	case "2/advertiser/info":
		var list []any
		for _, id := range s.company.ads.accounts {
			list = append(list, object{"id": json.Number(id), "name": "合流投放-" + id[len(id)-1:], "currency": "CNY",
				"timezone": "Asia/Shanghai", "status": "STATUS_ENABLE"})
		}
		s.answer(w, fault, oceanOK(list))
	default:
		send(w, http.StatusNotFound, oceanError(40400, "不支持的接口 "+path))
	}
}

func oceanOK(data any) object {
	return object{"code": 0, "message": "OK", "request_id": "sim", "data": data}
}

func (s *server) oceanToken(w http.ResponseWriter, r *http.Request, path string) {
	var body struct {
		AppID   json.Number `json:"app_id"`
		Secret  string      `json:"secret"`
		Auth    string      `json:"auth_code"`
		Refresh string      `json:"refresh_token"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		send(w, http.StatusOK, oceanError(40000, "请求体不是 JSON"))
		return
	}
	if body.Secret != s.company.opts.Keys.Secret || (path == "oauth2/refresh_token" && body.Refresh != s.company.opts.Keys.Refresh) {
		send(w, http.StatusOK, oceanError(40103, "refresh_token 或 secret 无效"))
		return
	}
	var ids []any
	for _, id := range s.company.ads.accounts {
		ids = append(ids, json.Number(id))
	}
	send(w, http.StatusOK, oceanOK(object{"access_token": s.renew("oceanengine"), "expires_in": 86400,
		"refresh_token":            s.company.opts.Keys.Refresh,
		"refresh_token_expires_in": 2592000, "advertiser_ids": ids}))
}

// reportAsk is what a custom report was asked for.
type reportAsk struct {
	account    string
	dimensions []string
	metrics    []string
	from, to   time.Time
	hourly     bool
	level      string // "campaign", "ad", or "" for the whole account
}

func (s *server) oceanReport(query url.Values, stream string, fault Fault) object {
	ask, wrong := s.readAsk(query)
	if wrong != nil {
		return wrong
	}
	return s.oceanPage(query, stream, fault, s.report(ask), "rows")
}

// report gives a report's rows; those of the last report are kept, since its
// pages are asked for one after the other.
func (s *server) report(ask reportAsk) []record {
	now := s.now()
	key := fmt.Sprint(ask, now.Unix())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reportKey != key {
		s.reportKey, s.reportRows = key, nil
		for _, row := range s.company.reportRows(ask, now) {
			s.reportRows = append(s.reportRows, record{Thing: row})
		}
	}
	return s.reportRows
}

// oceanPage cuts a page of ready rows.
func (s *server) oceanPage(query url.Values, stream string, fault Fault, records []record, list string) object {
	page, size := number(query.Get("page"), 1), number(query.Get("page_size"), 10)
	if page < 1 || size < 1 || size > 100 {
		return oceanError(40002, "page 从1开始, page_size 不超过100")
	}
	rows, total := s.faults.page(stream, fault, records, page-1, size)
	things := []any{}
	for _, r := range rows {
		things = append(things, r.Thing)
	}
	data := object{list: things, "page_info": object{"page": page, "page_size": size, "total_number": total,
		"total_page": (total + size - 1) / size}}
	if list == "rows" {
		data["total_metrics"] = object{}
	}
	return oceanOK(data)
}

func (s *server) readAsk(query url.Values) (reportAsk, object) {
	ask := reportAsk{account: query.Get("advertiser_id")}
	if !slices.Contains(s.company.ads.accounts, ask.account) {
		return ask, oceanError(40002, "advertiser_id 无权限: "+ask.account)
	}
	var orders, filters []any
	for name, into := range map[string]any{"dimensions": &ask.dimensions, "metrics": &ask.metrics, "filters": &filters,
		"order_by": &orders} {
		if err := json.Unmarshal([]byte(query.Get(name)), into); err != nil {
			return ask, oceanError(40002, name+" 必填, 应为 JSON 数组")
		}
	}
	if topic := query.Get("data_topic"); topic != "" && topic != "BASIC_DATA" {
		return ask, oceanError(40002, "data_topic 只支持 BASIC_DATA")
	}
	for _, name := range ask.dimensions {
		switch name {
		case "stat_time_day":
		case "stat_time_hour":
			ask.hourly = true
		case "cdp_project_id":
			if ask.level == "" {
				ask.level = "campaign"
			}
		case "cdp_promotion_id":
			ask.level = "ad"
		case "cdp_project_name", "cdp_promotion_name":
		default:
			return ask, oceanError(40002, "dimensions 不支持 "+name)
		}
	}
	for _, name := range ask.metrics {
		if !slices.Contains(reportMetrics(), name) {
			return ask, oceanError(40002, "metrics 不支持 "+name+", 可用: "+strings.Join(reportMetrics(), ","))
		}
	}
	var err1, err2 error
	ask.from, err1 = reportDay(query.Get("start_time"), s.company.zone)
	ask.to, err2 = reportDay(query.Get("end_time"), s.company.zone)
	if err1 != nil || err2 != nil || ask.to.Before(ask.from) {
		return ask, oceanError(40002, "start_time, end_time 应为 yyyy-MM-dd")
	}
	if ask.hourly && ask.to.Sub(ask.from) > 31*24*time.Hour {
		return ask, oceanError(40002, "分小时数据一次最多31天")
	}
	return ask, nil
}

func reportDay(text string, zone *time.Location) (time.Time, error) {
	if len(text) > len(time.DateOnly) {
		text = text[:len(time.DateOnly)]
	}
	return time.ParseInLocation(time.DateOnly, text, zone)
}

// oceanTree lists projects or promotions as they are now; deleted ones are gone.
func (s *server) oceanTree(query url.Values, stream string, fault Fault, promotions bool) object {
	c, now := s.company, s.now()
	account := query.Get("advertiser_id")
	if !slices.Contains(c.ads.accounts, account) {
		return oceanError(40002, "advertiser_id 无权限: "+account)
	}
	nodes := c.ads.projects
	if promotions {
		nodes = c.ads.ads
	}
	var records []record
	for _, n := range nodes {
		if n.Account == account && reached(n.Created, now) && !reached(n.Deleted, now) {
			records = append(records, record{Thing: c.nodeWire(n, now)})
		}
	}
	return s.oceanPage(query, stream, fault, records, "list")
}

func (c *Company) nodeWire(n *adNode, now time.Time) object {
	modified := n.Created
	if reached(n.Renamed, now) {
		modified = n.Renamed
	}
	if n.Parent == nil {
		return object{"project_id": json.Number(n.ID), "advertiser_id": json.Number(n.Account), "name": n.titleAt(now),
			"landing_type": "SHOP", "delivery_mode": "MANUAL",
			"marketing_goal": "VIDEO_AND_IMAGE", "status_first": "PROJECT_STATUS_ENABLE", "opt_status": "ENABLE",
			"project_create_time": c.clock(n.Created), "project_modify_time": c.clock(modified)}
	}
	body := object{"promotion_id": json.Number(n.ID), "promotion_name": n.titleAt(now), "project_id": json.Number(n.Parent.ID),
		"advertiser_id": json.Number(n.Account),
		"status_first":  "PROMOTION_STATUS_ENABLE", "opt_status": "ENABLE", "budget": 300,
		"promotion_create_time": c.clock(n.Created), "promotion_modify_time": c.clock(modified)}
	if n.Listing != nil {
		body["related_product"] = object{"product_platform_id": n.Listing.Shop.ERPID, "product_id": n.Listing.ItemID,
			"products": []any{object{"product_platform_id": strconv.Itoa(n.Listing.Shop.ERPID), "product_id": n.Listing.ItemID,
				"shop_id": n.Listing.Shop.ID, "sku_code": n.Listing.Product.SKU}}}
	}
	return body
}
