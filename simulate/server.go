package simulate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// server is one handler's state: its clock, its faults, its living tokens.
type server struct {
	company *Company
	now     func() time.Time
	faults  *faultState
	book    *streams
	mu      sync.Mutex
	tokens  map[string]string // by vendor
	serial  int

	reportKey  string // the last ad report: see report
	reportRows []record
}

// Handler serves the company as it is at now(), in the vendors' wire shapes,
// under /taobao, /oceanengine, /jushuitan and /douyin. Each handler has its own
// faults and tokens.
func (c *Company) Handler(now func() time.Time) http.Handler {
	s := &server{company: c, now: now, faults: newFaultState(c.opts.Faults, c.opts.Shown), book: newStreams(c),
		tokens: map[string]string{"taobao": c.opts.Keys.Token, "oceanengine": c.opts.Keys.Token, "jushuitan": c.opts.Keys.Token,
			"douyin": c.opts.Keys.Token}}
	mux := http.NewServeMux()
	mux.HandleFunc("/taobao/router/rest", s.taobao)
	mux.HandleFunc("POST /taobao/token", s.taobaoToken)
	mux.HandleFunc("/oceanengine/open_api/", s.oceanengine)
	mux.HandleFunc("POST /jushuitan/open/", s.jushuitan)
	mux.HandleFunc("POST /jushuitan/openWeb/auth/refreshToken", s.jushuitanToken)
	mux.HandleFunc("POST /douyin/", s.douyin)
	return mux
}

// token is the vendor's living access token.
func (s *server) token(vendor string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens[vendor]
}

// renew kills the vendor's token and gives the next one.
func (s *server) renew(vendor string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	s.tokens[vendor] = fmt.Sprintf("%s-%d", s.company.opts.Keys.Token, s.serial)
	return s.tokens[vendor]
}

// dialect is how a vendor says that something is wrong.
type dialect struct {
	vendor    string
	throttled any
	broken    any
	expired   any
}

// spoil answers the request itself when the fault needs no data; true means
// that the answer is given.
func (s *server) spoil(w http.ResponseWriter, r *http.Request, f Fault, d dialect) bool {
	switch f.Kind {
	case FaultHTTP500:
		send(w, http.StatusInternalServerError, map[string]any{"message": "internal server error"})
	case FaultHTTP429:
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
		send(w, http.StatusTooManyRequests, map[string]any{"message": "too many requests"})
	case FaultThrottled:
		send(w, http.StatusOK, d.throttled)
	case FaultErrorBody:
		send(w, http.StatusOK, d.broken)
	case FaultExpired:
		s.renew(d.vendor)
		send(w, http.StatusOK, d.expired)
	case FaultHTTP401:
		s.renew(d.vendor)
		send(w, http.StatusUnauthorized, d.expired)
	case FaultHTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		write(w, []byte("<!DOCTYPE html><html><body><h1>系统繁忙,请稍后再试</h1></body></html>"))
	case FaultEmptyAnswer:
		w.WriteHeader(http.StatusOK)
	case FaultSlow:
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return true
		}
		s.faults.shows(f.Kind)
		return false
	default:
		return false
	}
	s.faults.shows(f.Kind)
	return true
}

// answer sends a good body, cut short when the fault says so.
func (s *server) answer(w http.ResponseWriter, f Fault, body any) {
	switch f.Kind {
	case FaultTruncated:
		s.faults.shows(f.Kind)
		text := encode(body)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		write(w, text[:len(text)/2])
	case FaultCutOff:
		s.faults.shows(f.Kind)
		text := encode(body)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		write(w, text[:len(text)/2])
		if err := http.NewResponseController(w).Flush(); err != nil {
			send(w, http.StatusInternalServerError, map[string]any{"message": err.Error()})
			return
		}
		panic(http.ErrAbortHandler) // the way net/http closes a connection midway
	default:
		send(w, http.StatusOK, body)
	}
}

func send(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	write(w, encode(body))
}

// write sends bytes; a client that has gone away is its own business.
func write(w http.ResponseWriter, text []byte) { _, _ = w.Write(text) }

// encode writes JSON as the vendors do: Chinese as is, no HTML escapes, keys of
// maps sorted. It panics on what JSON cannot hold: a mistake of this package.
func encode(body any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic(fmt.Sprintf("simulate: encode an answer: %v", err))
	}
	return bytes.TrimRight(buffer.Bytes(), "\n")
}

type object = map[string]any

// clock writes the wall time that Chinese platforms use.
func (c *Company) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(c.zone).Format(time.DateTime)
}

// known writes the wall time of an instant that has been reached, else nothing.
func (c *Company) known(t, now time.Time) string {
	if !reached(t, now) {
		return ""
	}
	return c.clock(t)
}

func (c *Company) parseClock(text string) (time.Time, error) {
	return time.ParseInLocation(time.DateTime, strings.TrimSpace(text), c.zone)
}
