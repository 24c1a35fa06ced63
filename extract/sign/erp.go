package sign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Jushuitan signs for openapi v2: a form with biz as one JSON text, sign = MD5(secret + sorted k+v); the secret stands in
// front only. Empty values are never sent. A call that asks for a token (it has a grant_type) carries its parameters in
// the form itself, and no token.
func Jushuitan(c Call) (Request, error) {
	form := map[string]string{}
	if _, asksToken := c.Params["grant_type"]; asksToken {
		texts, err := Texts(c.Params)
		if err != nil {
			return Request{}, err
		}
		form = texts
	} else {
		body, err := JSON(c.Params)
		if err != nil {
			return Request{}, err
		}
		form["biz"] = string(body)
		if c.Cred.Token != "" {
			form["access_token"] = c.Cred.Token
		}
	}
	form["app_key"], form["timestamp"], form["charset"], form["version"] = c.Cred.Key, fmt.Sprint(c.Now.Unix()), "utf-8", "2"
	form["sign"] = md5Hex(c.Cred.Secret + joined(form))
	r := post(c, nil)
	r.form(form)
	return r, nil
}

// Wangdiantong signs for the enterprise edition: sid is Cred.Name; sign = MD5 of "%02d-key:%04d-value" with byte
// lengths, sorted and joined by ";", plus the secret.
func Wangdiantong(c Call) (Request, error) {
	form, err := Texts(c.Params)
	if err != nil {
		return Request{}, err
	}
	form["sid"], form["appkey"], form["timestamp"] = c.Cred.Name, c.Cred.Key, fmt.Sprint(c.Now.Unix())
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(form)) {
		parts = append(parts, fmt.Sprintf("%02d-%s:%04d-%s", len(k), k, len(form[k]), form[k]))
	}
	form["sign"] = md5Hex(strings.Join(parts, ";") + c.Cred.Secret)
	r := post(c, nil)
	r.form(form)
	return r, nil
}
