package simulate

import "testing"

// The vectors are those of the vendors' own SDKs, run on a frozen clock.
func TestSignTOP(t *testing.T) {
	long := map[string]string{"format": "json", "app_key": "test_key", "sign_method": "md5", "v": "2.0",
		"timestamp":  "1767225600000",
		"partner_id": "taobao-sdk-python-20180413", "method": "taobao.trades.sold.increment.get", "session": "sess",
		"fields": "tid,status,payment", "start_modified": "2026-01-01 00:00:00", "end_modified": "2026-01-01 01:00:00",
		"page_no": "1", "page_size": "100", "use_has_next": "true"}
	short := map[string]string{"method": "taobao.time.get", "timestamp": "2026-01-01 08:00:00", "format": "json",
		"app_key": "test_key", "v": "2.0", "sign_method": "md5"}
	without := map[string]string{}
	for key, value := range long {
		if key != "partner_id" && key != "timestamp" {
			without[key] = value
		}
	}
	without["timestamp"] = "2026-01-01 08:00:00"
	withMethod := func(method string) map[string]string {
		out := map[string]string{}
		for key, value := range without {
			out[key] = value
		}
		out["sign_method"] = method
		return out
	}
	for name, c := range map[string]struct {
		params       map[string]string
		method, want string
	}{
		"md5":         {long, "md5", "A18C0AAB610D8E2CA5EA7C2A514B4996"},
		"node client": {short, "md5", "7051C5F12AFFD2038DC61F414FFF65E0"},
		"hmac":        {withMethod("hmac"), "hmac", "1F0468B346D24AB1E685021C20953E15"},
		"hmac-sha256": {withMethod("hmac-sha256"), "hmac-sha256",
			"0AB3E932845B87920C82DE7395F2308C9EC1C50ED4081089DE564FCA07E9F16B"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := signTOP(c.params, "test_secret", c.method); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestSignJushuitan(t *testing.T) {
	params := map[string]string{"app_key": "test_key", "access_token": "tok", "timestamp": "1767225600", "charset": "utf-8",
		"version": "2",
		"biz":     `{"page_index":1,"page_size":50,"modified_begin":"2026-01-01 00:00:00","modified_end":"2026-01-01 01:00:00"}`}
	if got, want := signJushuitan(params, "test_secret"), "e836120f9c0f3821f8a78b58a6540d9d"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSignDouyin(t *testing.T) {
	body := `{"order_asc":true,"order_by":"update_time","page":0,"size":100,"update_time_end":1767225600,"update_time_start":1767222000}`
	got := signDouyin("test_key", "test_secret", "order.searchList", body, "2026-01-01 08:00:00", "2")
	if want := "6d69b20286dffcae616e945e1c1b15ae2855762c41756514c490deec71cff833"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
