package simulate

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The Taobao calls that are served.
const (
	methodTrades  = "taobao.trades.sold.increment.get"
	methodRefunds = "taobao.refunds.receive.get"
	methodItems   = "taobao.items.onsale.get"
	methodStored  = "taobao.items.inventory.get"
	methodTrade   = "taobao.trade.fullinfo.get"
	methodTime    = "taobao.time.get"
)

func topError(code int, message, sub, subMessage string) object {
	return object{"error_response": object{"code": code, "msg": message, "sub_code": sub, "sub_msg": subMessage,
		"request_id": "sim"}}
}

func taobaoDialect() dialect {
	return dialect{vendor: "taobao",
		throttled: topError(7, "App Call Limited", "accesscontrol.limited-by-api-access-count",
			"This ban will last for 1 more seconds"),
		broken:  topError(15, "Remote service error", "isp.top-remote-connection-timeout", "服务不可用,请稍后重试"),
		expired: topError(27, "Invalid session", "invalid-sessionkey", "SessionKey非法")}
}

// taobao answers one TOP call: system parameters in the query or the form.
func (s *server) taobao(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		send(w, http.StatusOK, topError(41, "Invalid arguments", "isv.invalid-form", err.Error()))
		return
	}
	params := map[string]string{}
	for key, values := range r.Form {
		params[key] = values[0]
	}
	method := params["method"]
	if wrong := s.checkTOP(params); wrong != nil {
		send(w, http.StatusOK, wrong)
		return
	}
	stream := "taobao/" + method
	fault := s.faults.take(stream)
	if s.spoil(w, r, fault, taobaoDialect()) {
		return
	}
	s.answer(w, fault, s.taobaoCall(method, params, stream, fault))
}

func (s *server) checkTOP(params map[string]string) object {
	for _, key := range []string{"method", "app_key", "timestamp", "v", "sign"} {
		if params[key] == "" {
			return topError(40, "Missing required arguments", "isv.missing-parameter:"+key, "缺少必要参数 "+key)
		}
	}
	if params["app_key"] != AppKey {
		return topError(29, "Invalid app Key", "isv.appkey-not-exists", "无效的AppKey")
	}
	if params["v"] != "2.0" || (params["format"] != "" && params["format"] != "json") {
		return topError(41, "Invalid arguments", "isv.invalid-parameter:format", "只支持 v=2.0, format=json")
	}
	if !topTime(params["timestamp"]) {
		return topError(31, "Invalid timestamp", "isv.invalid-timestamp", "timestamp 格式应为 yyyy-MM-dd HH:mm:ss 或毫秒")
	}
	if !same(params["sign"], signTOP(params, s.company.opts.Keys.Secret, params["sign_method"])) {
		return topError(25, "Invalid signature", "isv.invalid-signature", "签名不正确")
	}
	if params["method"] != methodTime && params["session"] != s.token("taobao") {
		return topError(27, "Invalid session", "invalid-sessionkey", "SessionKey非法")
	}
	return nil
}

func topTime(text string) bool {
	if _, err := time.Parse(time.DateTime, text); err == nil {
		return true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return err == nil && n > 1e12
}

func (s *server) taobaoCall(method string, params map[string]string, stream string, fault Fault) object {
	now := s.now()
	root := strings.ReplaceAll(strings.TrimPrefix(method, "taobao."), ".", "_") + "_response"
	if method == methodTime {
		return object{root: object{"time": s.company.clock(now)}}
	}
	if params["fields"] == "" {
		return topError(40, "Missing required arguments", "isv.missing-parameter:fields", "缺少必要参数 fields")
	}
	fields := map[string]bool{}
	for _, name := range strings.Split(params["fields"], ",") {
		fields[strings.TrimSpace(strings.SplitN(name, ".", 2)[0])] = true
	}
	if method == methodTrade {
		o := s.company.byID[ShopTmall+"\x1f"+params["tid"]]
		if o == nil || o.Hidden || o.Placed.After(now) {
			return topError(15, "Remote service error", "isv.trade-not-exist", "交易不存在")
		}
		return object{root: object{"trade": pick(s.company.tradeWire(o, lastBefore(o.changes(), now)), fields)}}
	}
	from, to, wrong := s.topWindow(method, params, now)
	if wrong != nil {
		return wrong
	}
	page, size := number(params["page_no"], 1), number(params["page_size"], 40)
	if page < 1 || size < 1 || size > 100 {
		return topError(41, "Invalid arguments", "isv.invalid-parameter:page_size", "page_no 从1开始, page_size 不超过100")
	}
	wire := map[string][3]string{methodTrades: {"trades", "trade"}, methodRefunds: {"refunds", "refund"},
		methodItems: {"items", "item"}, methodStored: {"items", "item"}}[method]
	var all []record
	switch method {
	case methodTrades:
		all = reversed(s.book.trades.window(from, to, now))
	case methodRefunds:
		all = reversed(s.book.refunds.window(from, to, now))
	case methodItems, methodStored:
		for _, r := range reversed(s.book.items.window(from, to, now)) {
			if r.Thing.(*listing).priceAt(r.at()).OnSale == (method == methodItems) {
				all = append(all, r)
			}
		}
	default:
		return topError(22, "Invalid method", "isv.invalid-method", "不支持的方法 "+method)
	}
	rows, total := s.faults.page(stream, fault, all, page-1, size)
	body := object{}
	if len(rows) > 0 {
		list := make([]any, len(rows))
		for i, r := range rows {
			list[i] = pick(s.company.topWire(r), fields)
		}
		body[wire[0]] = object{wire[1]: list}
	}
	if params["use_has_next"] == "true" {
		body["has_next"] = page*size < total
	} else {
		body["total_results"] = total
	}
	return object{root: body}
}

// topWindow reads start_modified and end_modified: both ends count, at most one
// day. Items may be asked for without a window.
func (s *server) topWindow(method string, params map[string]string, now time.Time) (from, to time.Time, wrong object) {
	open := method == methodItems || method == methodStored
	if open && params["start_modified"] == "" && params["end_modified"] == "" {
		return time.Unix(0, 0), now, nil
	}
	from, err1 := s.company.parseClock(params["start_modified"])
	to, err2 := s.company.parseClock(params["end_modified"])
	switch {
	case err1 != nil || err2 != nil:
		return from, to, topError(41, "Invalid arguments", "isv.invalid-parameter:start_modified",
			"时间格式应为 yyyy-MM-dd HH:mm:ss")
	case to.Before(from):
		return from, to, topError(15, "Remote service error", "isv.invalid-parameter:end_modified", "结束时间早于开始时间")
	case !open && to.Sub(from) > 24*time.Hour:
		return from, to, topError(15, "Remote service error", "isv.invalid-parameter:end_modified", "查询时间跨度不能超过一天")
	}
	return from, to, nil
}

func number(text string, otherwise int) int {
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// pick keeps the fields that were asked for.
func pick(body any, fields map[string]bool) any {
	all, ok := body.(object)
	if !ok {
		return body
	}
	out := object{}
	for key, value := range all {
		if fields[key] {
			out[key] = value
		}
	}
	return out
}

func lastBefore(changes []time.Time, now time.Time) time.Time {
	last := changes[0]
	for _, change := range changes {
		if !change.After(now) {
			last = change
		}
	}
	return last
}

// taobaoToken is the OAuth end of the platform.
func (s *server) taobaoToken(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") != "refresh_token" || r.FormValue("client_id") != AppKey ||
		r.FormValue("client_secret") != s.company.opts.Keys.Secret || r.FormValue("refresh_token") != s.company.opts.Keys.Refresh {
		send(w, http.StatusBadRequest, object{"error": "invalid_client",
			"error_description": "client_id, client_secret or refresh_token is wrong"})
		return
	}
	send(w, http.StatusOK, object{"access_token": s.renew("taobao"), "refresh_token": s.company.opts.Keys.Refresh, "token_type": "Bearer",
		"expires_in": 86400})
}
