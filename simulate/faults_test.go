package simulate

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// faulty serves a tiny company on which the given faults happen.
func faulty(t *testing.T, faults ...Fault) *client {
	t.Helper()
	opts := Tiny()
	opts.Faults = faults
	c, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return serveAt(t, c, late(c))
}

// window asks for the busiest day of the Tmall shop, two records a page.
func (k *client) window(page int) (int, []byte) {
	day := k.company.opts.CaseDay.AddDate(0, 0, -8)
	return k.top(methodTrades, map[string]string{"fields": "tid,modified", "start_modified": k.company.clock(day),
		"end_modified": k.company.clock(day.AddDate(0, 0, 1)), "page_size": "2", "page_no": fmt.Sprint(page)})
}

func TestFaultsOnTheWay(t *testing.T) {
	stream := "taobao/" + methodTrades
	clean, want := faulty(t).window(1)
	if clean != http.StatusOK || !strings.Contains(string(want), `"total_results"`) {
		t.Fatalf("the good answer: %d %s", clean, want)
	}
	for _, c := range []struct {
		kind   FaultKind
		status int
		body   string // part of the spoilt body
	}{
		{FaultHTTP500, 500, "internal server error"}, {FaultHTTP429, 429, "too many"}, {FaultThrottled, 200,
			"accesscontrol.limited-by-api-access-count"},
		{FaultErrorBody, 200, "isp.top-remote"}, {FaultHTML, 200, "<html>"}, {FaultTruncated, 200, `{"trades_sold`}, {FaultCutOff,
			200, ""},
		{FaultEmptyAnswer, 200, ""}, {FaultLyingCount, 200, `"total_results"`}, {FaultShortPage, 200, `"total_results"`},
		{FaultSlow, 200, `"total_results"`},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			k := faulty(t, Fault{Stream: stream, Kind: c.kind, Delay: time.Millisecond})
			status, body := k.window(1)
			if status != c.status || !strings.Contains(string(body), c.body) {
				t.Errorf("spoilt: %d %.200s", status, body)
			}
			if c.kind != FaultSlow && string(body) == string(want) {
				t.Error("the spoilt answer is the good one")
			}
			if status, body := k.window(1); status != 200 || string(body) != string(want) {
				t.Errorf("the second time: %d %.200s", status, body)
			}
		})
	}
}

func TestRepeatedPage(t *testing.T) {
	k := faulty(t, Fault{Stream: "taobao/" + methodTrades, Kind: FaultRepeatPage, Skip: 1})
	_, first := k.window(1)
	_, again := k.window(2)
	_, second := k.window(2)
	if string(first) != string(again) || string(first) == string(second) {
		t.Errorf("first %s\nagain %s\nsecond %s", first, again, second)
	}
}

func TestRetryAfter(t *testing.T) {
	k := faulty(t, Fault{Kind: FaultHTTP429, RetryAfter: 7 * time.Second})
	request, err := http.NewRequest(http.MethodGet,
		k.server.URL+"/oceanengine/open_api/v3.0/project/list/?advertiser_id="+AdAccount, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Access-Token", AccessToken)
	answer, err := k.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != 429 || answer.Header.Get("Retry-After") != "7" {
		t.Errorf("%d, Retry-After %q", answer.StatusCode, answer.Header.Get("Retry-After"))
	}
}

// A token that dies in the middle stays dead until it is refreshed, at every
// vendor, in the vendor's own way.
func TestTokenRefresh(t *testing.T) {
	for _, kind := range []FaultKind{FaultExpired, FaultHTTP401} {
		k := faulty(t, Fault{Stream: "taobao/" + methodTrades, Kind: kind, Skip: 1}, Fault{Stream: "oceanengine/v3.0/project/list",
			Kind: kind}, Fault{Stream: "jushuitan/sku/query", Kind: kind})
		if _, body := k.window(1); strings.Contains(string(body), "error_response") {
			t.Fatalf("first page: %s", body)
		}
		for range 2 {
			if _, body := k.window(1); !strings.Contains(string(body), "invalid-sessionkey") {
				t.Errorf("%s: a dead session still works: %s", kind, body)
			}
		}
		form := url.Values{"grant_type": {"refresh_token"}, "client_id": {AppKey}, "client_secret": {AppSecret},
			"refresh_token": {RefreshToken}}
		_, body := k.do(http.NewRequest(http.MethodPost, k.server.URL+"/taobao/token", strings.NewReader(form.Encode())))
		k.token = fmt.Sprint(decode(t, body)["access_token"])
		if _, body := k.window(1); strings.Contains(string(body), "error_response") {
			t.Errorf("%s: the new session does not work: %s", kind, body)
		}
		list := map[string]string{"advertiser_id": AdAccount, "page": "1", "page_size": "10"}
		k.token = AccessToken
		for range 2 {
			if answer := k.ocean("v3.0/project/list/", list); fmt.Sprint(answer["code"]) != "40102" {
				t.Errorf("%s: ocean engine: %v", kind, answer)
			}
		}
		_, body = k.do(http.NewRequest(http.MethodPost, k.server.URL+"/oceanengine/open_api/oauth2/refresh_token/",
			strings.NewReader(`{"app_id":1,"secret":"`+AppSecret+`","refresh_token":"`+RefreshToken+`"}`)))
		k.token = fmt.Sprint(decode(t, body)["data"].(map[string]any)["access_token"])
		if answer := k.ocean("v3.0/project/list/", list); fmt.Sprint(answer["code"]) != "0" {
			t.Errorf("%s: ocean engine after the refresh: %v", kind, answer)
		}
		k.token = AccessToken
		ask := object{"page_index": 1, "page_size": 10, "modified_begin": "2026-05-01 00:00:00",
			"modified_end": "2026-05-08 00:00:00"}
		for range 2 {
			if answer := k.jushuitan("sku/query", ask); fmt.Sprint(answer["code"]) != "100" {
				t.Errorf("%s: jushuitan: %v", kind, answer)
			}
		}
		params := map[string]string{"app_key": AppKey, "timestamp": "1781712000", "grant_type": "refresh_token",
			"refresh_token": RefreshToken, "charset": "utf-8"}
		params["sign"] = signJushuitan(params, AppSecret)
		form = url.Values{}
		for key, value := range params {
			form.Set(key, value)
		}
		_, body = k.do(http.NewRequest(http.MethodPost, k.server.URL+"/jushuitan/openWeb/auth/refreshToken",
			strings.NewReader(form.Encode())))
		k.token = fmt.Sprint(decode(t, body)["data"].(map[string]any)["access_token"])
		if answer := k.jushuitan("sku/query", ask); fmt.Sprint(answer["code"]) != "0" {
			t.Errorf("%s: jushuitan after the refresh: %v", kind, answer)
		}
	}
}

func TestServersRefuse(t *testing.T) {
	k := faulty(t)
	day := k.company.clock(k.company.opts.CaseDay)
	for name, c := range map[string]struct {
		params map[string]string
		want   string
	}{
		"two days": {map[string]string{"start_modified": day,
			"end_modified": k.company.clock(k.company.opts.CaseDay.AddDate(0, 0, 2)), "fields": "tid"}, "不能超过一天"},
		"no fields": {map[string]string{"start_modified": day, "end_modified": day}, "missing-parameter:fields"},
		"page size": {map[string]string{"start_modified": day, "end_modified": day, "fields": "tid",
			"page_size": "101"}, "page_size"},
		"other app":    {map[string]string{"app_key": "other"}, "appkey-not-exists"},
		"dead session": {map[string]string{"session": "old"}, "invalid-sessionkey"},
		"timestamp":    {map[string]string{"timestamp": "now"}, "invalid-timestamp"},
	} {
		if _, body := k.top(methodTrades, c.params); !strings.Contains(string(body), c.want) {
			t.Errorf("%s: %s", name, body)
		}
	}
	wrong := url.Values{"method": {methodTime}, "app_key": {AppKey}, "timestamp": {"2026-01-01 08:00:00"}, "v": {"2.0"},
		"sign_method": {"md5"}, "sign": {"00"}}
	if _, body := k.do(http.NewRequest(http.MethodPost, k.server.URL+"/taobao/router/rest",
		strings.NewReader(wrong.Encode()))); !strings.Contains(string(body), "invalid-signature") {
		t.Errorf("a wrong signature: %s", body)
	}
	if answer := k.jushuitan("orders/single/query", object{"page_index": 1, "page_size": 50,
		"modified_begin": "2026-05-01 00:00:00",
		"modified_end":   "2026-05-09 00:00:00"}); !strings.Contains(fmt.Sprint(answer["msg"]), "7天") {
		t.Errorf("eight days: %v", answer)
	}
	if answer := k.ocean("v3.0/report/custom/get/", map[string]string{"advertiser_id": AdAccount, "dimensions": `["stat_time_day"]`,
		"metrics": `["gmv"]`, "filters": "[]", "order_by": "[]", "start_time": "2026-06-01",
		"end_time": "2026-06-01"}); !strings.Contains(fmt.Sprint(answer["message"]), "gmv") {
		t.Errorf("an unknown metric: %v", answer)
	}
}

func TestDouyinServesFen(t *testing.T) {
	c := tiny(t)
	server := httptest.NewServer(c.Handler(func() time.Time { return late(c) }))
	defer server.Close()
	o := c.byID[ShopDouyin+"\x1f"+c.CaseOrderID("D1")]
	last := lastBefore(o.changes(), late(c)).Unix()
	body := fmt.Sprintf(`{"page":0,"size":100,"update_time_end":%d,"update_time_start":%d}`, last, last)
	query := url.Values{"app_key": {AppKey}, "method": {"order.searchList"}, "access_token": {AccessToken},
		"timestamp": {"2026-06-18 00:00:00"}, "v": {"2"}, "sign_method": {"hmac-sha256"},
		"sign": {signDouyin(AppKey, AppSecret, "order.searchList", body, "2026-06-18 00:00:00", "2")}}
	k := &client{t: t, company: c, server: server, token: AccessToken}
	_, answer := k.do(http.NewRequest(http.MethodPost, server.URL+"/douyin/order/searchList?"+query.Encode(),
		strings.NewReader(body)))
	for _, part := range []string{`"sum_amount":20000`, `"shop_cost_amount":2000`, `"only_platform_cost_amount":3000`,
		`"author_cost_amount":1000`, `"platform_cost_amount":4000`, `"pay_amount":14000`, `"given_product_type":1`} {
		if !strings.Contains(string(answer), part) {
			t.Errorf("no %s in %s", part, answer)
		}
	}
}

// What is told as shown has spoilt an answer: a page that has nothing to lose, or is the one before, is none and does not
// count.
func TestShownFaultsHaveSpoiltAnAnswer(t *testing.T) {
	for _, kind := range []FaultKind{FaultHTTP500, FaultHTTP429, FaultThrottled, FaultErrorBody, FaultHTML, FaultTruncated, FaultCutOff, FaultExpired,
		FaultHTTP401, FaultRepeatPage, FaultShortPage, FaultLyingCount, FaultSlow, FaultEmptyAnswer} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			opts, shown := Tiny(), map[FaultKind]int{}
			opts.Faults = []Fault{{Stream: "taobao/" + methodTrades, Kind: kind, Skip: 1, Times: 3, Delay: time.Millisecond}}
			opts.Shown = func(kind FaultKind) { shown[kind]++ }
			c, err := New(opts)
			if err != nil {
				t.Fatal(err)
			}
			k := serveAt(t, c, late(c))
			k.window(1)
			k.window(1)    // the page that was served before
			k.window(1000) // an empty one
			k.window(1)
			k.window(2) // another
			k.window(1)
			want := map[FaultKind]int{FaultRepeatPage: 2, FaultExpired: 1, FaultHTTP401: 1}[kind] // a dead token is refused from then on
			if want == 0 {
				want = 3
			}
			if shown[kind] != want || len(shown) != 1 {
				t.Errorf("shown %v, want %d", shown, want)
			}
		})
	}
}
