// Package rest reads systems over HTTP as their connector.yaml declares it: signing, paging, windows, tokens, limits
// and errors are data. The mechanics are one small question-and-answer function with wrappers around it.
package rest

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/extract"
)

// config are the keys of a connector that are read over HTTP.
type config struct {
	BaseURL string            `yaml:"base_url"` // may hold ${setting}
	Headers map[string]string `yaml:"headers"`  // may hold ${setting}
	Verb    string            `yaml:"verb"`     // GET, POST for all requests that say nothing else
	Send    string            `yaml:"send"`     // query, form, json for all requests that say nothing else
	Sign    signing           `yaml:"sign"`
	Token   *token            `yaml:"token"`
	Limit   limit             `yaml:"limit"`
	Errors  errorsAt          `yaml:"errors"`
	Test    *yaml.Node        `yaml:"test"` // a request that is cheap; else the first stream's first page is asked
}

// signing names the scheme and the settings whose values it takes.
type signing struct {
	Scheme string `yaml:"scheme"`
	Method string `yaml:"method"` // md5, hmac-sha256 where the scheme has variants
	Key    string `yaml:"key"`
	Secret string `yaml:"secret"`
	Token  string `yaml:"token"`
	Sign   string `yaml:"sign"`
	Name   string `yaml:"name"` // the header or parameter that takes the token; a setting's name as ${setting}
}

// token says how an expired access token is renewed.
type token struct {
	Request *yaml.Node `yaml:"request"`
	Signed  bool       `yaml:"signed"`  // the refresh call is signed like the others
	Access  string     `yaml:"access"`  // path of the new access token in the answer
	Refresh string     `yaml:"refresh"` // path of the new refresh token, if the answer has one
	Setting string     `yaml:"setting"` // the setting that holds the refresh token
}

// limit is how hard the system may be asked.
type limit struct {
	Rate    rateOf   `yaml:"rate"`     // 10/s, 100/m
	Burst   int      `yaml:"burst"`    // 1 when missing
	Tries   int      `yaml:"tries"`    // of one question, 6 when missing
	RetryOn []string `yaml:"retry_on"` // error codes (with * as wild card) that a later try may not have
}

// errorsAt says where an answer with status 200 tells of an error.
type errorsAt struct {
	Path    string   `yaml:"path"`    // an answer that has this is an error; "" when a code tells
	Code    []string `yaml:"code"`    // paths of codes, within path
	OK      []string `yaml:"ok"`      // codes that are no error
	Message []string `yaml:"message"` // paths of texts, within path
	Expired []string `yaml:"expired"` // codes that say the token has expired
	Auth    []string `yaml:"auth"`    // codes that say the credentials are wrong
}

// streamConfig are the keys of a stream that are read over HTTP.
type streamConfig struct {
	Request *yaml.Node      `yaml:"request"`
	Page    paging          `yaml:"page"`
	Each    extract.Section `yaml:"each"`  // name: setting or list; the stream is read once for each value
	Count   *control        `yaml:"count"` // a second question that counts the window
}

// control asks a second, independent question for the count of a window.
type control struct {
	Request *yaml.Node `yaml:"request"`
	Total   string     `yaml:"total"`
}

// paging says how a long answer is cut into pages.
type paging struct {
	Kind    string           `yaml:"kind"`     // none, page, reverse, offset, cursor, next, link, keyset
	Number  string           `yaml:"number"`   // parameter of the page number
	First   *int64           `yaml:"first"`    // the first page's number, 1 when missing
	Size    map[string]int64 `yaml:"size"`     // parameter of the page size, and the size
	Offset  string           `yaml:"offset"`   // parameter of the offset
	Total   string           `yaml:"total"`    // path of the total that the answer states
	Pages   string           `yaml:"pages"`    // path of the number of pages
	HasNext string           `yaml:"has_next"` // path of a flag
	Rows    string           `yaml:"rows"`     // path of the number of rows that the answer says this page has
	Cursor  string           `yaml:"cursor"`   // parameter of the cursor or token
	Next    string           `yaml:"next"`     // path of the next cursor or token
	End     []string         `yaml:"end"`      // cursors that mean the end, beside "" and null
	By      []string         `yaml:"by"`       // keyset: paths in the record: time, then id
	After   *yaml.Node       `yaml:"after"`    // keyset: parameters of the next page, with ${after} and ${after_id}
	Most    int              `yaml:"most"`     // pages that the source answers at most; more fail with a hint
}

var pageKinds = []string{"none", "page", "reverse", "offset", "cursor", "next", "link", "keyset"}

type rateOf float64

// UnmarshalYAML reads 10/s, 100/m, 1000/h.
func (r *rateOf) UnmarshalYAML(n *yaml.Node) error {
	var count float64
	var unit string
	if _, err := fmt.Sscanf(n.Value, "%f/%s", &count, &unit); err != nil || count <= 0 {
		return fmt.Errorf("%q is no rate; write 10/s, 100/m or 1000/h", n.Value)
	}
	per := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	if per == 0 {
		return fmt.Errorf("%q is no rate; write 10/s, 100/m or 1000/h", n.Value)
	}
	*r = rateOf(count / per)
	return nil
}

// plan is a stream made ready.
type plan struct {
	stream  *extract.Stream
	request request
	page    paging
	after   map[string]any
	each    []dimension
	count   *request
	total   string
}

// dimension is one name that a stream is read for each value of.
type dimension struct {
	name    string
	setting string   // the setting that lists the values, or
	values  []string // the values
}

// compiled is a connector made ready.
type compiled struct {
	config  config
	plans   map[string]*plan
	order   []string
	test    *request
	refresh *request
}
