package simulate

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

func tiny(t *testing.T) *Company {
	t.Helper()
	c, err := New(Tiny())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// client speaks to a company's handler as a connector would.
type client struct {
	t       *testing.T
	company *Company
	server  *httptest.Server
	token   string
}

func serveAt(t *testing.T, c *Company, now time.Time) *client {
	t.Helper()
	server := httptest.NewServer(c.Handler(func() time.Time { return now }))
	t.Cleanup(server.Close)
	return &client{t: t, company: c, server: server, token: AccessToken}
}

// top makes one signed Taobao call and gives status and body.
func (k *client) top(method string, extra map[string]string) (int, []byte) {
	k.t.Helper()
	params := map[string]string{"method": method, "app_key": AppKey, "session": k.token, "timestamp": "2026-06-18 00:00:00",
		"format": "json", "v": "2.0", "sign_method": "hmac-sha256"}
	for key, value := range extra {
		params[key] = value
	}
	params["sign"] = signTOP(params, AppSecret, params["sign_method"])
	form := url.Values{}
	for key, value := range params {
		form.Set(key, value)
	}
	return k.do(http.NewRequest(http.MethodPost, k.server.URL+"/taobao/router/rest", strings.NewReader(form.Encode())))
}

func (k *client) do(request *http.Request, err error) (int, []byte) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
	if request.Method == http.MethodPost && request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := k.server.Client().Do(request)
	if err != nil {
		k.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return response.StatusCode, nil
	}
	return response.StatusCode, body
}

func decode(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var out map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if err := decoder.Decode(&out); err != nil {
		t.Fatalf("%v in %.200s", err, body)
	}
	return out
}

// allTop reads every window of a day from the last page to the first.
func (k *client) allTop(method, list, one, fields string, size int) []map[string]any {
	k.t.Helper()
	c := k.company
	var out []map[string]any
	for from := c.first(); from.Before(c.opts.To.AddDate(0, 2, 0)); from = from.AddDate(0, 0, 1) {
		window := map[string]string{"fields": fields, "start_modified": c.clock(from),
			"end_modified": c.clock(from.AddDate(0, 0, 1).Add(-time.Second)), "page_size": strconv.Itoa(size)}
		pages := 1
		for page := 1; page <= pages; page++ {
			window["page_no"] = strconv.Itoa(page)
			status, body := k.top(method, window)
			answer := decode(k.t, body)
			root, ok := answer[strings.ReplaceAll(strings.TrimPrefix(method, "taobao."), ".", "_")+"_response"].(map[string]any)
			if status != http.StatusOK || !ok {
				k.t.Fatalf("%s: %d %.300s", method, status, body)
			}
			total, _ := root["total_results"].(json.Number).Int64()
			pages = max(1, int(total+int64(size)-1)/size)
			if total == 0 {
				if _, there := root[list]; there {
					k.t.Fatalf("%s: key %s on an empty answer", method, list)
				}
				continue
			}
			for _, thing := range root[list].(map[string]any)[one].([]any) {
				record, _ := thing.(map[string]any)
				out = append(out, record)
			}
		}
	}
	return out
}

func (k *client) jushuitan(path string, biz any) map[string]any {
	k.t.Helper()
	text, err := json.Marshal(biz)
	if err != nil {
		k.t.Fatal(err)
	}
	params := map[string]string{"app_key": AppKey, "access_token": k.token, "timestamp": "1781712000", "charset": "utf-8",
		"version": "2", "biz": string(text)}
	params["sign"] = signJushuitan(params, AppSecret)
	form := url.Values{}
	for key, value := range params {
		form.Set(key, value)
	}
	_, body := k.do(http.NewRequest(http.MethodPost, k.server.URL+"/jushuitan/open/"+path, strings.NewReader(form.Encode())))
	return decode(k.t, body)
}

// allJushuitan reads a stream in windows of seven days.
func (k *client) allJushuitan(path, list string) []map[string]any {
	k.t.Helper()
	c := k.company
	var out []map[string]any
	for from := c.first(); from.Before(c.opts.To.AddDate(0, 2, 0)); from = from.AddDate(0, 0, 7) {
		for page := 1; ; page++ {
			answer := k.jushuitan(path, object{"page_index": page, "page_size": 50, "modified_begin": c.clock(from),
				"modified_end": c.clock(from.AddDate(0, 0, 7).Add(-time.Second))})
			data, ok := answer["data"].(map[string]any)
			if !ok {
				k.t.Fatalf("%s: %v", path, answer)
			}
			for _, thing := range data[list].([]any) {
				out = append(out, thing.(map[string]any))
			}
			if data["has_next"] != true {
				break
			}
		}
	}
	return out
}

func (k *client) ocean(path string, query map[string]string) map[string]any {
	k.t.Helper()
	values := url.Values{}
	for key, value := range query {
		values.Set(key, value)
	}
	request, err := http.NewRequest(http.MethodGet, k.server.URL+"/oceanengine/open_api/"+path+"?"+values.Encode(), nil)
	if err == nil {
		request.Header.Set("Access-Token", k.token)
	}
	_, body := k.do(request, err)
	return decode(k.t, body)
}

// report asks for a custom report and gives its rows.
func (k *client) report(account, dimensions, from, to string) []map[string]any {
	k.t.Helper()
	var out []map[string]any
	for page := 1; ; page++ {
		answer := k.ocean("v3.0/report/custom/get/", map[string]string{"advertiser_id": account, "dimensions": dimensions,
			"metrics": `["stat_cost","show_cnt","click_cnt","in_app_pay","in_app_pay_gmv"]`,
			"filters": "[]", "order_by": "[]", "start_time": from, "end_time": to, "page": strconv.Itoa(page), "page_size": "100"})
		data, ok := answer["data"].(map[string]any)
		if !ok || fmt.Sprint(answer["code"]) != "0" {
			k.t.Fatalf("report: %v", answer)
		}
		for _, row := range data["rows"].([]any) {
			out = append(out, row.(map[string]any))
		}
		if number, _ := data["page_info"].(map[string]any)["total_page"].(json.Number).Int64(); int64(page) >= number {
			return out
		}
	}
}
