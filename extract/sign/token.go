package sign

import (
	"encoding/base64"
	"fmt"
	"maps"
)

// Bearer sends the token as "Authorization: Bearer …".
func Bearer(c Call) (Request, error) { return withHeader(c, "Authorization", "Bearer "+c.Cred.Token) }

// Header sends the token in the header that Cred.Name says: Access-Token, X-Shopify-Access-Token.
func Header(c Call) (Request, error) {
	if c.Cred.Name == "" {
		return Request{}, fmt.Errorf("sign: the scheme header needs `name`, the header's name")
	}
	return withHeader(c, c.Cred.Name, c.Cred.Token)
}

// Basic sends key and secret as "Authorization: Basic …".
func Basic(c Call) (Request, error) {
	return withHeader(c, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.Cred.Key+":"+c.Cred.Secret)))
}

// Param sends the token in the query parameter that Cred.Name says.
func Param(c Call) (Request, error) {
	if c.Cred.Name == "" {
		return Request{}, fmt.Errorf("sign: the scheme param needs `name`, the parameter's name")
	}
	r, err := Plain(c)
	r.URL = withQuery(r.URL, map[string]string{c.Cred.Name: c.Cred.Token})
	return r, err
}

// Meta sends access_token and appsecret_proof = hex HMAC-SHA256(app secret, token) in the query.
func Meta(c Call) (Request, error) {
	r, err := Plain(c)
	r.URL = withQuery(r.URL, map[string]string{"access_token": c.Cred.Token, "appsecret_proof": hmacSHA256(c.Cred.Secret, c.Cred.Token)})
	return r, err
}

// Tencent sends access_token, timestamp (s) and a nonce in the query; nothing is signed.
func Tencent(c Call) (Request, error) {
	r, err := Plain(c)
	r.URL = withQuery(r.URL, map[string]string{"access_token": c.Cred.Token, "timestamp": fmt.Sprint(c.Now.Unix()), "nonce": c.Nonce})
	return r, err
}

func withHeader(c Call, name, value string) (Request, error) {
	h := maps.Clone(c.Header)
	if h == nil {
		h = map[string]string{}
	}
	h[name] = value
	c.Header = h
	return Plain(c)
}
