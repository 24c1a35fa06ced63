package session

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/heliu-data/heliu/extract"
)

// tryton speaks the JSON-RPC of Tryton's server: a login gives the user's number and a key, which every later question
// carries. Instants, days and decimals are objects with a __class__; here they are RFC 3339 texts and numbers.
func tryton() dialect {
	return dialect{
		login:    trytonLogin,
		refused:  func(status int, _ []byte) bool { return status == http.StatusUnauthorized },
		question: trytonQuestion,
		answer:   func(b []byte) ([]byte, error) { return rewrite(b, plainValue) },
	}
}

func trytonLogin(ask asker, url, user, password string) (string, string, error) {
	body, err := json.Marshal(map[string]any{"id": 0, "method": "common.db.login", "params": []any{user, map[string]string{"password": password}, "en"}})
	if err != nil {
		return "", "", err
	}
	resp, text, err := ask(url, body)
	if err != nil {
		return "", "", err
	}
	var said struct {
		Result []json.RawMessage `json:"result"`
		Error  json.RawMessage   `json:"error"`
	}
	if resp.StatusCode == http.StatusUnauthorized {
		return "", "", denied("HTTP 401")
	}
	if err := json.Unmarshal(text, &said); err != nil || resp.StatusCode != http.StatusOK {
		return "", "", fmt.Errorf("HTTP %d: %s", resp.StatusCode, extract.Shape(text, resp.Header.Get("Content-Type")))
	}
	var key string
	if len(said.Result) < 2 || json.Unmarshal(said.Result[1], &key) != nil {
		return "", "", denied(string(said.Error))
	}
	return "Authorization", "Session " + base64.StdEncoding.EncodeToString([]byte(user+":"+string(said.Result[0])+":"+key)), nil
}

// rewrite passes every value of a JSON text through change, inner ones first. Numbers keep their digits.
func rewrite(text []byte, change func(any) any) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("text behind the JSON")
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(walk(v, change))
	return out.Bytes(), err
}

func walk(v any, change func(any) any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = walk(x, change)
		}
		return change(v)
	case []any:
		for i, x := range v {
			v[i] = walk(x, change)
		}
		return change(v)
	}
	return change(v)
}

// trytonAsk is a question as connectors write it; it becomes a call of search_read, or of search_count.
type trytonAsk struct {
	Model   string         `json:"model"`   // stock.move
	Fields  []string       `json:"fields"`  // with dots: sale.reference
	Where   []any          `json:"where"`   // a domain
	Touched []string       `json:"touched"` // what the record points to and changes with: template
	From    string         `json:"from"`    // the window of write_date or create_date, RFC 3339
	To      string         `json:"to"`
	After   string         `json:"after"` // ids above
	Offset  int            `json:"offset"`
	Limit   int            `json:"limit"`
	Count   bool           `json:"count"`
	Context map[string]any `json:"context"`
}

func trytonQuestion(body []byte) ([]byte, error) {
	var q trytonAsk
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		return nil, fmt.Errorf("the request takes model, fields, where, touched, context, count: %w", err)
	}
	domain := []any{}
	if len(q.Where) > 0 {
		domain = append(domain, q.Where)
	}
	if q.From != "" {
		window, err := q.window()
		if err != nil {
			return nil, err
		}
		domain = append(domain, window)
	}
	context := map[string]any{}
	for k, v := range q.Context {
		context[k] = walk(v, wholeNumber)
	}
	call := map[string]any{"id": 1, "method": "model." + q.Model + ".search_count", "params": []any{domain, 0, nil, context}}
	if !q.Count {
		if q.After != "" {
			domain = append(domain, []any{"id", ">", wholeNumber(q.After)})
		}
		call["method"] = "model." + q.Model + ".search_read"
		call["params"] = []any{domain, q.Offset, q.Limit, [][]string{{"id", "ASC"}}, q.Fields, context}
	}
	return json.Marshal(call)
}

// window is the domain of records that were written or made within the window. A record that was never written again
// has no write_date.
func (q trytonAsk) window() ([]any, error) {
	from, err := typedTime(q.From)
	if err != nil {
		return nil, err
	}
	to, err := typedTime(q.To)
	if err != nil {
		return nil, err
	}
	either := []any{"OR"}
	for _, of := range append([]string{""}, q.Touched...) {
		if of != "" {
			of += "."
		}
		for _, at := range []string{of + "write_date", of + "create_date"} {
			either = append(either, []any{[]any{at, ">=", from}, []any{at, "<", to}})
		}
	}
	return either, nil
}

// wholeNumber makes a number of a text of digits: settings are texts, Tryton's ids are numbers.
func wholeNumber(v any) any {
	if s, ok := v.(string); ok {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
	}
	return v
}

// typedTime makes Tryton's datetime of an RFC 3339 text.
func typedTime(s string) (map[string]any, error) {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return nil, fmt.Errorf("%q is no instant: the window's format must be rfc3339", s)
	}
	at = at.UTC()
	return map[string]any{"__class__": "datetime", "year": at.Year(), "month": int(at.Month()), "day": at.Day(),
		"hour": at.Hour(), "minute": at.Minute(), "second": at.Second(), "microsecond": at.Nanosecond() / 1000}, nil
}

// plainValue makes text or a number of one of Tryton's typed objects.
func plainValue(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	number := func(name string) int64 {
		n, ok := m[name].(json.Number)
		if !ok {
			return 0
		}
		i, err := n.Int64()
		if err != nil {
			return 0
		}
		return i
	}
	switch m["__class__"] {
	case "Decimal":
		if s, ok := m["decimal"].(string); ok && json.Valid([]byte(s)) {
			return json.Number(s)
		}
		return m["decimal"]
	case "datetime":
		return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", number("year"), number("month"), number("day"), number("hour"), number("minute"), number("second"), number("microsecond"))
	case "date":
		return fmt.Sprintf("%04d-%02d-%02d", number("year"), number("month"), number("day"))
	case "time":
		return fmt.Sprintf("%02d:%02d:%02d", number("hour"), number("minute"), number("second"))
	case "timedelta":
		return m["seconds"]
	case "bytes":
		return m["base64"]
	}
	plain := make(map[string]any, len(m))
	for name, x := range m {
		if inner, ok := strings.CutSuffix(name, "."); ok {
			name = inner + "_" // "party." holds the fields of what party points to
		}
		plain[name] = x
	}
	return plain
}
