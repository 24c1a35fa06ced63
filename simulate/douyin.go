package simulate

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

func douyinError(code int, message, sub string) object {
	return object{"err_no": code, "code": code, "message": message, "msg": message, "sub_code": sub, "sub_msg": message,
		"data": nil, "log_id": "sim"}
}

func douyinDialect() dialect {
	return dialect{vendor: "douyin", throttled: douyinError(70000, "接口限流,请稍后重试", "isv.limited"),
		broken: douyinError(20000, "系统错误", "isp.service-error"), expired: douyinError(30001, "access_token已过期",
			"isv.access-token-expired")}
}

// douyin answers one call of the shop API: the path is the method with slashes.
func (s *server) douyin(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/douyin/")
	method := strings.ReplaceAll(path, "/", ".")
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		send(w, http.StatusBadRequest, douyinError(40003, "读取请求体失败", "isv.parameter-invalid"))
		return
	}
	query := r.URL.Query()
	want := signDouyin(AppKey, s.company.opts.Keys.Secret, method, string(raw), query.Get("timestamp"), query.Get("v"))
	switch {
	case query.Get("app_key") != AppKey || query.Get("method") != method || query.Get("v") != "2":
		send(w, http.StatusOK, douyinError(40003, "app_key, method, v 有误", "isv.parameter-invalid"))
		return
	case !same(query.Get("sign"), want):
		send(w, http.StatusOK, douyinError(40003, "签名校验失败", "isv.signature-invalid"))
		return
	case method == "token.refresh" || method == "token.create":
		send(w, http.StatusOK, object{"err_no": 0, "message": "success", "data": object{"access_token": s.renew("douyin"),
			"refresh_token": s.company.opts.Keys.Refresh, "expires_in": 86400}})
		return
	case query.Get("access_token") != s.token("douyin"):
		send(w, http.StatusOK, douyinError(30001, "access_token已过期", "isv.access-token-expired"))
		return
	}
	stream := "douyin/" + method
	fault := s.faults.take(stream)
	if s.spoil(w, r, fault, douyinDialect()) {
		return
	}
	if method != "order.searchList" {
		send(w, http.StatusOK, douyinError(40004, "不支持的接口 "+method, "isv.method-not-found"))
		return
	}
	var q struct {
		Page  int   `json:"page"`
		Size  int   `json:"size"`
		Start int64 `json:"update_time_start"`
		End   int64 `json:"update_time_end"`
	}
	if err := json.Unmarshal(raw, &q); err != nil || q.Page < 0 || q.Size < 1 || q.Size > 100 || q.End < q.Start {
		send(w, http.StatusOK, douyinError(40003, "page 从0开始, size 不超过100, 时间为秒", "isv.parameter-invalid"))
		return
	}
	all := s.book.douyin.window(time.Unix(q.Start, 0), time.Unix(q.End, 0), s.now())
	rows, total := s.faults.page(stream, fault, all, q.Page, q.Size)
	list := []any{}
	for _, row := range rows {
		list = append(list, douyinOrder(row.Thing.(*order), row.at()))
	}
	s.answer(w, fault, object{"err_no": 0, "code": 10000, "message": "success", "msg": "success", "log_id": "sim",
		"data": object{"total": total, "page": q.Page, "size": q.Size, "shop_order_list": list}})
}

// epoch is a time as the shop API writes it: seconds, 0 for none yet.
func epoch(t, now time.Time) int64 {
	if !reached(t, now) {
		return 0
	}
	return t.Unix()
}

// douyinFlag is the number of a seller's flag there.
func douyinFlag(colour string) int {
	return map[string]int{"": 0, "purple": 1, "cyan": 2, "green": 3, "yellow": 4, "orange": 4, "red": 5}[colour]
}

// douyinOrder is an order as order.searchList shows it, in fen.
func douyinOrder(o *order, now time.Time) object {
	code := map[string]int{"unpaid": 1, "paid": 2, "part_shipped": 101, "shipped": 3, "received": 5, "closed_unpaid": 4,
		"closed_refunded": 4}[o.status(now)]
	trade := map[string]int{"normal": 0, "sample": 12}[o.Kind]
	lines := make([]any, len(o.Lines))
	var pay, platform, creator, seller Fen
	for i, l := range o.Lines {
		pay, platform, creator, seller = pay+l.paid(), platform+l.Platform, creator+l.Creator, seller+l.Item+l.Share
		gift := 0
		if l.Gift {
			gift = 1
		}
		lines[i] = object{"order_id": l.ID, "parent_order_id": o.ID, "product_id": l.Listing.ItemID, "sku_id": l.Listing.PlatformID,
			"code": l.Listing.Product.SKU, "out_sku_id": l.Listing.Product.SKU,
			"product_name": l.Listing.Product.Title, "item_num": l.Qty, "goods_price": int64(l.List) / int64(l.Qty),
			"sum_amount": int64(l.List), "order_amount": int64(l.List), "pay_amount": int64(l.paid()),
			"shop_cost_amount": int64(l.Item + l.Share), "platform_cost_amount": int64(l.Platform + l.Creator),
			"only_platform_cost_amount": int64(l.Platform), "author_cost_amount": int64(l.Creator),
			"promotion_pay_amount": int64(l.Payment), "promotion_platform_amount": int64(l.Platform),
			"promotion_shop_amount": int64(l.Item + l.Share), "promotion_talent_amount": int64(l.Creator),
			"given_product_type": gift, "room_id": o.RoomID, "author_id": o.AuthorID, "video_id": o.VideoID, "order_status": code,
			"create_time": o.Placed.Unix(), "pay_time": epoch(o.Paid, now)}
	}
	body := object{"order_id": o.ID, "order_status": code, "main_status": code, "trade_type": trade, "biz": 2,
		"buyer_words": o.BuyerMemo, "pay_amount": int64(pay + o.Postage), "post_amount": int64(o.Postage),
		"order_amount": int64(o.listTotal() + o.Postage), "only_platform_cost_amount": int64(platform),
		"author_cost_amount": int64(creator), "shop_cost_amount": int64(seller),
		"create_time": o.Placed.Unix(), "pay_time": epoch(o.Paid, now), "ship_time": epoch(o.firstShipped(), now),
		"finish_time": epoch(o.Received, now), "update_time": now.Unix(),
		"seller_words": "", "seller_remark_stars": 0, "sku_order_list": lines, "mask_post_receiver": "*", "doudian_open_id": ""}
	if o.Buyer != nil && !o.Unknown {
		body["doudian_open_id"] = o.Buyer.douyinID()
	}
	if reached(o.MemoAt, now) {
		body["seller_words"], body["seller_remark_stars"] = o.Memo, douyinFlag(o.Flag)
	}
	return body
}
