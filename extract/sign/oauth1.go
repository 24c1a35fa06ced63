package sign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// OAuth1 signs one-legged with HMAC-SHA256 (WooCommerce over plain HTTP): all parameters in the query, the key is the
// consumer secret and "&".
func OAuth1(c Call) (Request, error) {
	params, err := Texts(c.Params)
	if err != nil {
		return Request{}, err
	}
	verb := c.Verb
	if verb == "" {
		verb = http.MethodGet
	}
	params["oauth_consumer_key"], params["oauth_nonce"] = c.Cred.Key, c.Nonce
	params["oauth_signature_method"], params["oauth_timestamp"] = "HMAC-SHA256", fmt.Sprint(c.Now.Unix())
	escaped := map[string]string{}
	for k, v := range params {
		escaped[percent(k)] = percent(v)
	}
	base := verb + "&" + percent(c.URL) + "&" + percent(pairs(escaped, "&", "="))
	mac := hmac.New(sha256.New, []byte(c.Cred.Secret+"&"))
	mac.Write([]byte(base))
	params["oauth_signature"] = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	r := Request{Verb: verb, URL: withQuery(c.URL, params), Header: http.Header{}}
	for k, v := range c.Header {
		r.Header.Set(k, v)
	}
	return r, nil
}

// percent escapes as RFC 3986 and OAuth want it.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
