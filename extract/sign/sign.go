// Package sign turns a call (what is asked, with which credentials, when) into an HTTP request as each vendor wants it
// signed. Every scheme is one pure function: no clock, no randomness, no network; its test holds the vector that the
// vendor's own client produced.
package sign

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Call is what is asked, before it is signed.
type Call struct {
	Verb   string         // GET, POST; "" lets the scheme choose
	URL    string         // base URL and path, without a query
	Method string         // the vendor's own name of the call where it has one: taobao.trades.sold.increment.get
	Params map[string]any // business parameters: string, bool, int64, float64, []any, map[string]any, json.Number
	Send   string         // where Params go when the scheme leaves it open: query, form, json; "" is query for GET, else form
	Header map[string]string
	Cred   Credentials
	Now    time.Time
	Nonce  string         // 32 hex digits, new for each request
	Zone   *time.Location // of timestamps that are wall time
}

// Credentials are the values that sign a call; which of them a scheme takes stands at the scheme.
type Credentials struct {
	Key     string // app key, client id, user
	Secret  string // app secret, password
	Token   string // access token, session
	Sign    string // a third secret, only for signing (Kuaishou)
	Variant string // md5, hmac, hmac-sha256 where the scheme has variants
	Name    string // the header or parameter that takes the token, for the schemes header and param
}

// Request is a call that can be sent.
type Request struct {
	Verb   string
	URL    string // with its query
	Header http.Header
	Body   []byte
}

// Scheme signs a call.
type Scheme func(Call) (Request, error)

// Schemes are all there are, by the name that a connector's `sign.scheme` says.
func Schemes() map[string]Scheme {
	return map[string]Scheme{
		"none": Plain, "bearer": Bearer, "header": Header, "param": Param, "basic": Basic, "oauth1": OAuth1,
		"top": TOP, "pdd": PDD, "jd": JD, "douyin": Douyin, "kuaishou": Kuaishou, "jushuitan": Jushuitan,
		"wangdiantong": Wangdiantong, "meta": Meta, "tencent": Tencent,
	}
}

// Plain sends the parameters as they are: in the query, as a form or as JSON.
func Plain(c Call) (Request, error) {
	r := Request{Verb: c.Verb, URL: c.URL, Header: http.Header{}}
	if r.Verb == "" {
		r.Verb = http.MethodGet
	}
	for k, v := range c.Header {
		r.Header.Set(k, v)
	}
	send := c.Send
	if send == "" {
		send = map[bool]string{true: "query", false: "form"}[r.Verb == http.MethodGet]
	}
	switch send {
	case "json":
		body, err := JSON(c.Params)
		if err != nil {
			return r, err
		}
		r.Body = body
		setDefault(r.Header, "Content-Type", "application/json")
		return r, nil
	case "query", "form":
		texts, err := Texts(c.Params)
		if err != nil {
			return r, err
		}
		if send == "query" {
			r.URL = withQuery(c.URL, texts)
		} else {
			r.form(texts)
		}
		return r, nil
	}
	return r, fmt.Errorf("parameters can be sent as query, form or json, not %q", send)
}

func (r *Request) form(params map[string]string) {
	r.Body = []byte(encode(params))
	setDefault(r.Header, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
}

func setDefault(h http.Header, key, value string) {
	if h.Get(key) == "" {
		h.Set(key, value)
	}
}

// post makes a POST request with query parameters.
func post(c Call, query map[string]string) Request {
	r := Request{Verb: http.MethodPost, URL: withQuery(c.URL, query), Header: http.Header{}}
	for k, v := range c.Header {
		r.Header.Set(k, v)
	}
	return r
}

// Texts gives parameters as texts, the way query strings and forms hold them: what is not a scalar becomes JSON, and
// what is nil or empty is left out.
func Texts(params map[string]any) (map[string]string, error) {
	out := make(map[string]string, len(params))
	for k, v := range params {
		switch v := v.(type) {
		case nil:
		case string:
			if v != "" {
				out[k] = v
			}
		case bool:
			out[k] = strconv.FormatBool(v)
		case int64:
			out[k] = strconv.FormatInt(v, 10)
		case int:
			out[k] = strconv.Itoa(v)
		case json.Number:
			out[k] = v.String()
		default:
			b, err := JSON(v)
			if err != nil {
				return nil, fmt.Errorf("parameter %s: %w", k, err)
			}
			out[k] = string(b)
		}
	}
	return out, nil
}

// JSON writes a value with sorted keys, without spaces and without HTML escapes.
func JSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// joined concatenates keys and values in the order of keys.
func joined(params map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(params)) {
		b.WriteString(k)
		b.WriteString(params[k])
	}
	return b.String()
}

func encode(params map[string]string) string {
	v := url.Values{}
	for k, x := range params {
		v.Set(k, x)
	}
	return v.Encode()
}

func withQuery(base string, params map[string]string) string {
	if len(params) == 0 {
		return base
	}
	if strings.Contains(base, "?") {
		return base + "&" + encode(params)
	}
	return base + "?" + encode(params)
}

func pairs(params map[string]string, between, within string) string {
	list := make([]string, 0, len(params))
	for k, v := range params {
		list = append(list, k+within+v)
	}
	sort.Strings(list)
	return strings.Join(list, between)
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func hmacHex(h func() hash.Hash, key, s string) string {
	mac := hmac.New(h, []byte(key))
	mac.Write([]byte(s))
	return hex.EncodeToString(mac.Sum(nil))
}

func hmacSHA256(key, s string) string { return hmacHex(sha256.New, key, s) }
