package simulate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func jushuitanError(code int, message string) object {
	return object{"code": code, "issuccess": false, "msg": message, "data": nil, "requestId": "sim"}
}

func jushuitanDialect() dialect {
	return dialect{vendor: "jushuitan", throttled: jushuitanError(199, "请求过于频繁,请稍后再试"),
		broken: jushuitanError(-1, "系统异常"), expired: jushuitanError(100, "access_token 无效或已过期")}
}

// ask is the biz object of an ERP call.
type ask struct {
	PageIndex     *int   `json:"page_index"`
	PageSize      *int   `json:"page_size"`
	ModifiedBegin string `json:"modified_begin"`
	ModifiedEnd   string `json:"modified_end"`
	StartTS       int64  `json:"start_ts"`
	ShopID        int    `json:"shop_id"`
	Status        string `json:"status"`
	Warehouse     int    `json:"wms_co_id"`
	SKUs          string `json:"sku_ids"`
	GetTotal      *bool  `json:"is_get_total"`
}

// jushuitan answers one call of the openapi v2.
func (s *server) jushuitan(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/jushuitan/open/")
	if err := r.ParseForm(); err != nil {
		send(w, http.StatusOK, jushuitanError(140, "参数格式错误: "+err.Error()))
		return
	}
	params := map[string]string{}
	for key, values := range r.PostForm {
		params[key] = values[0]
	}
	if wrong := s.checkJushuitan(params); wrong != nil {
		send(w, http.StatusOK, wrong)
		return
	}
	stream := "jushuitan/" + path
	fault := s.faults.take(stream)
	if s.spoil(w, r, fault, jushuitanDialect()) {
		return
	}
	var q ask
	if err := json.Unmarshal([]byte(params["biz"]), &q); err != nil {
		send(w, http.StatusOK, jushuitanError(140, "biz 不是有效的 JSON: "+err.Error()))
		return
	}
	switch path {
	case "shops/query":
		s.answer(w, fault, s.jushuitanPage(q, stream, fault, "datas", s.shopRecords()))
	case "wms/partner/query":
		s.answer(w, fault, s.jushuitanPage(q, stream, fault, "datas", warehouseRecords()))
	default:
		s.answer(w, fault, s.jushuitanCall(path, q, stream, fault))
	}
}

func (s *server) checkJushuitan(params map[string]string) object {
	for _, key := range []string{"app_key", "access_token", "timestamp", "charset", "version", "biz", "sign"} {
		if params[key] == "" {
			return jushuitanError(140, "缺少参数 "+key)
		}
	}
	for key, value := range params {
		if value == "" {
			return jushuitanError(140, "参数 "+key+" 为空: 请勿发送空参数")
		}
	}
	if params["app_key"] != AppKey || params["version"] != "2" || params["charset"] != "utf-8" {
		return jushuitanError(140, "app_key, version=2, charset=utf-8 有误")
	}
	if _, err := strconv.ParseInt(params["timestamp"], 10, 64); err != nil {
		return jushuitanError(140, "timestamp 应为秒")
	}
	if !same(params["sign"], signJushuitan(params, s.company.opts.Keys.Secret)) {
		return jushuitanError(190, "签名错误")
	}
	if params["access_token"] != s.token("jushuitan") {
		return jushuitanError(100, "access_token 无效或已过期")
	}
	return nil
}

func (s *server) jushuitanCall(path string, q ask, stream string, fault Fault) object {
	now := s.now()
	t, known := s.book.all()[stream]
	if !known {
		return jushuitanError(404, "不支持的接口 "+path)
	}
	from, to, wrong := s.jushuitanWindow(path, q, now)
	if wrong != nil {
		return wrong
	}
	list := "datas"
	switch path {
	case "orders/single/query":
		list = "orders"
	case "inventory/query":
		list = "inventorys"
	}
	var rows []record
	for _, r := range t.window(from, to, now) {
		if e, is := r.Thing.(*erpOrder); is && ((q.ShopID != 0 && e.Orders[0].Shop.ERPID != q.ShopID) || (q.Status != "" &&
			e.status(r.at()) != q.Status)) {
			continue
		}
		if series, is := r.Thing.(*stockSeries); is && ((q.Warehouse != 0 && warehouseNumber(series.Warehouse) != q.Warehouse) ||
			(q.SKUs != "" && !contains(q.SKUs, series.Product.SKU))) {
			continue
		}
		rows = append(rows, record{Thing: s.company.erpWire(path, r), At: r.At})
	}
	return s.jushuitanPage(q, stream, fault, list, rows)
}

func contains(list, item string) bool {
	for _, one := range strings.Split(list, ",") {
		if strings.TrimSpace(one) == item {
			return true
		}
	}
	return false
}

// jushuitanWindow reads modified_begin and modified_end (both ends count, at
// most seven days) or start_ts (a row version: here the second of the change).
func (s *server) jushuitanWindow(path string, q ask, now time.Time) (from, to time.Time, wrong object) {
	if q.StartTS > 0 {
		return time.Unix(q.StartTS, 0), now, nil
	}
	if q.SKUs != "" && q.ModifiedBegin == "" {
		return time.Unix(0, 0), now, nil
	}
	from, err1 := s.company.parseClock(q.ModifiedBegin)
	to, err2 := s.company.parseClock(q.ModifiedEnd)
	switch {
	case err1 != nil || err2 != nil:
		return from, to, jushuitanError(130, path+": modified_begin 与 modified_end 必填, 格式 yyyy-MM-dd HH:mm:ss")
	case to.Before(from) || to.Sub(from) > 7*24*time.Hour:
		return from, to, jushuitanError(130, path+": 起止时间相差不能超过7天")
	}
	return from, to, nil
}

func (s *server) jushuitanPage(q ask, stream string, fault Fault, list string, all []record) object {
	page, size := 1, 30
	if q.PageIndex != nil {
		page = *q.PageIndex
	}
	if q.PageSize != nil {
		size = *q.PageSize
	}
	most := 50
	if strings.Contains(stream, "inventory") {
		most = 100
	}
	if page < 1 || size < 1 || size > most {
		return jushuitanError(130, fmt.Sprintf("page_index 从1开始, page_size 不超过%d", most))
	}
	rows, total := s.faults.page(stream, fault, all, page-1, size)
	things := []any{}
	for _, r := range rows {
		things = append(things, r.Thing)
	}
	data := object{"page_index": page, "page_size": size, "has_next": page*size < total, list: things,
		"data_count": total, "page_count": (total + size - 1) / size}
	if q.GetTotal != nil && !*q.GetTotal {
		delete(data, "data_count")
		delete(data, "page_count")
	}
	return object{"code": 0, "issuccess": true, "msg": "执行成功", "data": data, "requestId": "sim"}
}

// jushuitanToken renews the access token.
func (s *server) jushuitanToken(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		send(w, http.StatusOK, jushuitanError(140, "参数格式错误: "+err.Error()))
		return
	}
	params := map[string]string{}
	for key, values := range r.PostForm {
		params[key] = values[0]
	}
	switch {
	case params["app_key"] != AppKey || !same(params["sign"], signJushuitan(params, s.company.opts.Keys.Secret)):
		send(w, http.StatusOK, jushuitanError(190, "签名错误"))
	case params["grant_type"] != "refresh_token" || params["refresh_token"] != s.company.opts.Keys.Refresh:
		send(w, http.StatusOK, jushuitanError(100, "refresh_token 无效"))
	default:
		send(w, http.StatusOK, object{"code": 0, "msg": "执行成功", "data": object{"access_token": s.renew("jushuitan"),
			"refresh_token": s.company.opts.Keys.Refresh, "expires_in": 2592000, "scope": "all"}})
	}
}

func (s *server) shopRecords() []record {
	var out []record
	for _, one := range s.company.shops {
		out = append(out, record{Thing: object{"shop_id": one.ERPID, "shop_name": one.Title, "co_id": 10001,
			"shop_site": one.Platform, "created": s.company.clock(s.company.opts.From.AddDate(0, 0, -60))}})
	}
	return out
}

// Numbers of the warehouses in the ERP.
func warehouseNumber(code string) int {
	return map[string]int{WarehouseEast: 20001, WarehouseSouth: 20002, WarehouseReturns: 20009}[code]
}

func warehouseRecords() []record {
	var out []record
	for _, code := range []string{WarehouseEast, WarehouseSouth, WarehouseReturns} {
		out = append(out, record{Thing: object{"wms_co_id": warehouseNumber(code), "name": warehouseTitle(code), "remark1": code,
			"status": "生效", "co_id": 10001}})
	}
	return out
}

func warehouseTitle(code string) string {
	return map[string]string{WarehouseEast: "华东仓", WarehouseSouth: "华南仓", WarehouseReturns: "销退仓"}[code]
}
