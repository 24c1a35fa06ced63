package sign

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// frozen is the instant of the vectors: 2026-01-01 08:00:00 in Shanghai.
func frozen() time.Time { return time.Unix(1767225600, 0) }

func queryOf(t *testing.T, r Request, name string) string {
	t.Helper()
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(name)
}

func formOf(t *testing.T, r Request, name string) string {
	t.Helper()
	v, err := url.ParseQuery(string(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	return v.Get(name)
}

func must(t *testing.T) func(Request, error) Request {
	return func(r Request, err error) Request {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func TestTOP(t *testing.T) {
	trades := map[string]any{"fields": "tid,status,payment", "start_modified": "2026-01-01 00:00:00", "end_modified": "2026-01-01 01:00:00",
		"page_no": int64(1), "page_size": int64(100), "use_has_next": true}
	sdk := map[string]any{"timestamp": "1767225600000", "partner_id": "taobao-sdk-python-20180413"}
	for k, v := range trades {
		sdk[k] = v
	}
	for _, c := range []struct {
		name, method, variant, token, want string
		params                             map[string]any
	}{
		{"python sdk", "taobao.trades.sold.increment.get", "md5", "sess", "A18C0AAB610D8E2CA5EA7C2A514B4996", sdk},
		{"node client", "taobao.time.get", "md5", "", "7051C5F12AFFD2038DC61F414FFF65E0", nil},
		{"hmac", "taobao.trades.sold.increment.get", "hmac", "sess", "1F0468B346D24AB1E685021C20953E15", trades},
		{"hmac-sha256", "taobao.trades.sold.increment.get", "hmac-sha256", "sess", "0AB3E932845B87920C82DE7395F2308C9EC1C50ED4081089DE564FCA07E9F16B", trades},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := must(t)(TOP(Call{URL: "https://eco.taobao.com/router/rest", Method: c.method, Params: c.params, Now: frozen(), Zone: shanghai(t),
				Cred: Credentials{Key: "test_key", Secret: "test_secret", Token: c.token, Variant: c.variant}}))
			if got := queryOf(t, r, "sign"); got != c.want {
				t.Errorf("sign = %s, want %s", got, c.want)
			}
		})
	}
}

func TestPDD(t *testing.T) {
	r := must(t)(PDD(Call{URL: "https://gw-api.pinduoduo.com/api/router", Method: "pdd.order.number.list.increment.get", Now: frozen(),
		Cred: Credentials{Key: "test_key", Secret: "test_secret", Token: "tok"},
		Params: map[string]any{"order_status": int64(5), "refund_status": int64(5), "start_updated_at": int64(1767223800), "end_updated_at": int64(1767225600),
			"page": int64(1), "page_size": int64(100), "use_has_next": true, "is_lucky_flag": int64(0)}}))
	if got, want := formOf(t, r, "sign"), "A413175ED25D806DD338426AF24AE2AF"; got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
}

func TestJD(t *testing.T) {
	body := `{"start_date": "2026-01-01 00:00:00", "end_date": "2026-01-01 01:00:00", "order_state": "WAIT_SELLER_STOCK_OUT", "optional_fields": "orderId,orderTotalPrice", "page": "1", "page_size": "100", "sortType": "1", "dateType": "0"}`
	r := jd(Call{URL: "https://api.jd.com/routerjson", Method: "jingdong.pop.order.enSearch", Now: frozen(), Zone: shanghai(t),
		Cred: Credentials{Key: "test_key", Secret: "test_secret", Token: "tok"}}, body)
	if got, want := queryOf(t, r, "sign"), "80F8BA60B21882CAB0F7C2472A16F280"; got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
}

func TestDouyin(t *testing.T) {
	call := Call{URL: "https://openapi-fxg.jinritemai.com", Method: "order.searchList", Now: frozen(), Zone: shanghai(t),
		Cred: Credentials{Key: "test_key", Secret: "test_secret", Token: "tok"},
		Params: map[string]any{"update_time_start": int64(1767222000), "update_time_end": int64(1767225600), "page": int64(0), "size": int64(100),
			"order_by": "update_time", "order_asc": true}}
	r := must(t)(Douyin(call))
	if got, want := queryOf(t, r, "sign"), "6d69b20286dffcae616e945e1c1b15ae2855762c41756514c490deec71cff833"; got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
	if !strings.HasPrefix(r.URL, "https://openapi-fxg.jinritemai.com/order/searchList?") {
		t.Errorf("the path is the method: %s", r.URL)
	}
	call.Method, call.Params = "token.create", map[string]any{"code": "", "grant_type": "authorization_self", "shop_id": "123"}
	if got, want := queryOf(t, must(t)(Douyin(call)), "sign"), "9947fcd684acbaf16bb2d9782772d3633d8f57b3de356fc092d44435a80af6a4"; got != want {
		t.Errorf("token sign = %s, want %s", got, want)
	}
}

func TestKuaishou(t *testing.T) {
	param := `{"orderViewStatus": 1, "pageSize": 50, "sort": 1, "queryType": 2, "beginTime": 1767222000000, "endTime": 1767225600000, "cursor": ""}`
	r := must(t)(kuaishou(Call{URL: "https://openapi.kwaixiaodian.com", Method: "open.order.cursor.list", Now: frozen(),
		Cred: Credentials{Key: "test_key", Token: "tok", Sign: "sign_secret1"}}, param))
	if got, want := formOf(t, r, "sign"), "a47144e24ee671eb62d045dc2a16f354"; got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
}

func TestJushuitan(t *testing.T) {
	r := must(t)(Jushuitan(Call{URL: "https://openapi.jushuitan.com/open/orders/single/query", Now: frozen(),
		Cred:   Credentials{Key: "test_key", Secret: "test_secret", Token: "tok"},
		Params: map[string]any{"modified_begin": "2026-01-01 00:00:00", "modified_end": "2026-01-01 01:00:00", "page_index": int64(1), "page_size": int64(50)}}))
	// the vector's biz has its own order of keys; the rule is the same
	biz := `{"page_index":1,"page_size":50,"modified_begin":"2026-01-01 00:00:00","modified_end":"2026-01-01 01:00:00"}`
	form := map[string]string{"app_key": "test_key", "access_token": "tok", "timestamp": "1767225600", "charset": "utf-8", "version": "2", "biz": biz}
	if got, want := md5Hex("test_secret"+joined(form)), "e836120f9c0f3821f8a78b58a6540d9d"; got != want {
		t.Errorf("rule gives %s, want %s", got, want)
	}
	form["biz"] = formOf(t, r, "biz")
	if got, want := formOf(t, r, "sign"), md5Hex("test_secret"+joined(form)); got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
	var a, b any
	if json.Unmarshal([]byte(biz), &a) != nil || json.Unmarshal([]byte(form["biz"]), &b) != nil {
		t.Error("biz is no JSON")
	}
}

func TestWangdiantong(t *testing.T) {
	r := must(t)(Wangdiantong(Call{URL: "https://api.wangdian.cn/openapi2/trade_query.php", Now: frozen(),
		Cred:   Credentials{Key: "test_key", Secret: "test_secret", Name: "sid1"},
		Params: map[string]any{"start_time": "2026-01-01 00:00:00", "end_time": "2026-01-01 01:00:00", "page_no": int64(0), "status": int64(0), "page_size": int64(10)}}))
	if got, want := formOf(t, r, "sign"), "1a6b930be7faf6bd88b4d19ab327f651"; got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
}

func TestOAuth1(t *testing.T) {
	r := must(t)(OAuth1(Call{URL: "http://shop.example/wp-json/wc/v3/orders", Now: time.Unix(1795343969, 0), Nonce: "0123456789abcdef0123456789abcdef01234567",
		Cred: Credentials{Key: "ck_1", Secret: "cs_1"}, Params: map[string]any{"per_page": int64(100), "page": int64(1), "modified_after": "2026-01-01T00:00:00"}}))
	if got, want := queryOf(t, r, "oauth_signature"), "HqXfzbon3KjnPh1wb6fQf0XAcYkQqf/RZFHvDdcrgqM="; got != want {
		t.Errorf("signature = %s, want %s", got, want)
	}
}

func TestMetaAndBasic(t *testing.T) {
	r := must(t)(Meta(Call{URL: "https://graph.facebook.com/v26.0/act_1/insights", Cred: Credentials{Secret: "appsecret1", Token: "TOK"}}))
	if got, want := queryOf(t, r, "appsecret_proof"), "6f6262ac9c46aa92b8700eed1b5bcf664f1d0c5c2aec880c9b557396344a98f4"; got != want {
		t.Errorf("proof = %s, want %s", got, want)
	}
	r = must(t)(Basic(Call{URL: "https://shop.example", Cred: Credentials{Key: "ck_1", Secret: "cs_1"}}))
	if got, want := r.Header.Get("Authorization"), "Basic Y2tfMTpjc18x"; got != want {
		t.Errorf("header = %s, want %s", got, want)
	}
}

// TestOceanEngineWire holds the wire of the vendor's Go SDK: values that are not texts are JSON in the query.
func TestOceanEngineWire(t *testing.T) {
	r := must(t)(Header(Call{URL: "https://api.oceanengine.com/open_api/v3.0/report/custom/get/", Cred: Credentials{Token: "tok", Name: "Access-Token"},
		Params: map[string]any{"dimensions": []any{"stat_time_day", "cdp_project_id"}, "filters": []any{}, "page": int64(1)}}))
	if got := queryOf(t, r, "dimensions"); got != `["stat_time_day","cdp_project_id"]` {
		t.Errorf("dimensions = %s", got)
	}
	if queryOf(t, r, "filters") != "[]" || r.Header.Get("Access-Token") != "tok" || r.Verb != "GET" {
		t.Errorf("request = %+v", r)
	}
}
