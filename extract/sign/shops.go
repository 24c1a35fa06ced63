package sign

import (
	"crypto/md5"
	"fmt"
	"maps"
	"strings"
)

// TOP signs for Taobao and Tmall. System parameters go into the query, business parameters into the form; sign is over
// both: md5 (UPPER(MD5(secret+s+secret))), hmac (UPPER(HMAC-MD5)) or hmac-sha256, by Cred.Variant, md5 when empty.
// A call parameter `timestamp`, if the connector gives one, stands as it is.
func TOP(c Call) (Request, error) {
	form, err := Texts(c.Params)
	if err != nil {
		return Request{}, err
	}
	variant := c.Cred.Variant
	if variant == "" {
		variant = "md5"
	}
	query := map[string]string{"method": c.Method, "app_key": c.Cred.Key, "session": c.Cred.Token, "format": "json", "v": "2.0",
		"sign_method": variant, "timestamp": c.Now.In(c.Zone).Format("2006-01-02 15:04:05")}
	for _, k := range []string{"timestamp", "partner_id"} {
		if v, ok := form[k]; ok {
			query[k] = v
			delete(form, k)
		}
	}
	if query["session"] == "" {
		delete(query, "session")
	}
	all := maps.Clone(query)
	maps.Copy(all, form)
	s := joined(all)
	switch variant {
	case "md5":
		query["sign"] = strings.ToUpper(md5Hex(c.Cred.Secret + s + c.Cred.Secret))
	case "hmac":
		query["sign"] = strings.ToUpper(hmacHex(md5.New, c.Cred.Secret, s))
	case "hmac-sha256":
		query["sign"] = strings.ToUpper(hmacSHA256(c.Cred.Secret, s))
	default:
		return Request{}, fmt.Errorf("sign: top has the methods md5, hmac and hmac-sha256, not %q", variant)
	}
	r := post(c, query)
	r.form(form)
	return r, nil
}

// PDD signs for Pinduoduo: everything in one form, timestamp in seconds, UPPER(MD5(secret + sorted k+v + secret)).
func PDD(c Call) (Request, error) {
	form, err := Texts(c.Params)
	if err != nil {
		return Request{}, err
	}
	form["type"], form["client_id"], form["data_type"] = c.Method, c.Cred.Key, "JSON"
	form["timestamp"] = fmt.Sprint(c.Now.Unix())
	if c.Cred.Token != "" {
		form["access_token"] = c.Cred.Token
	}
	form["sign"] = strings.ToUpper(md5Hex(c.Cred.Secret + joined(form) + c.Cred.Secret))
	r := post(c, nil)
	r.form(form)
	return r, nil
}

// JD signs for JD's JOS: everything in the query, business parameters as one JSON text, hashed as UTF-8.
func JD(c Call) (Request, error) {
	body, err := JSON(c.Params)
	if err != nil {
		return Request{}, err
	}
	return jd(c, string(body)), nil
}

func jd(c Call, body string) Request {
	query := map[string]string{"method": c.Method, "app_key": c.Cred.Key, "access_token": c.Cred.Token, "v": "2.0",
		"timestamp": c.Now.In(c.Zone).Format("2006-01-02 15:04:05.000-0700"), "360buy_param_json": body}
	query["sign"] = strings.ToUpper(md5Hex(c.Cred.Secret + joined(query) + c.Cred.Secret))
	return post(c, query)
}

// Douyin signs for the Douyin shop: the path is the method with slashes, the body the very JSON that was signed (keys
// sorted, no spaces, no HTML escapes), sign = hex HMAC-SHA256(secret, secret + app_key… + secret). The token is not
// signed.
func Douyin(c Call) (Request, error) {
	body, err := JSON(c.Params)
	if err != nil {
		return Request{}, err
	}
	stamp := c.Now.In(c.Zone).Format("2006-01-02 15:04:05")
	s := c.Cred.Secret + "app_key" + c.Cred.Key + "method" + c.Method + "param_json" + string(body) + "timestamp" + stamp + "v2" + c.Cred.Secret
	query := map[string]string{"app_key": c.Cred.Key, "method": c.Method, "timestamp": stamp, "v": "2", "sign_method": "hmac-sha256",
		"sign": hmacSHA256(c.Cred.Secret, s)}
	if c.Cred.Token != "" {
		query["access_token"] = c.Cred.Token
	}
	c.URL = strings.TrimSuffix(c.URL, "/") + "/" + strings.ReplaceAll(c.Method, ".", "/")
	r := post(c, query)
	r.Body = body
	setDefault(r.Header, "Content-Type", "application/json;charset=UTF-8")
	return r, nil
}

// Kuaishou signs for the Kuaishou shop: param is one JSON text, Cred.Sign the third secret, Cred.Variant MD5 (default)
// or HMAC_SHA256.
func Kuaishou(c Call) (Request, error) {
	body, err := JSON(c.Params)
	if err != nil {
		return Request{}, err
	}
	return kuaishou(c, string(body))
}

func kuaishou(c Call, param string) (Request, error) {
	form := map[string]string{"appkey": c.Cred.Key, "method": c.Method, "version": "1", "timestamp": fmt.Sprint(c.Now.UnixMilli()),
		"access_token": c.Cred.Token, "signMethod": "MD5", "param": param}
	if c.Cred.Variant != "" {
		form["signMethod"] = c.Cred.Variant
	}
	s := pairs(form, "&", "=")
	switch form["signMethod"] {
	case "MD5":
		form["sign"] = md5Hex(s + "&signSecret=" + c.Cred.Sign)
	case "HMAC_SHA256":
		form["sign"] = hmacSHA256(c.Cred.Sign, s)
	default:
		return Request{}, fmt.Errorf("sign: kuaishou has the methods MD5 and HMAC_SHA256, not %q", form["signMethod"])
	}
	c.URL = strings.TrimSuffix(c.URL, "/") + "/" + strings.ReplaceAll(strings.TrimPrefix(c.Method, "/"), ".", "/")
	r := post(c, nil)
	r.form(form)
	return r, nil
}
