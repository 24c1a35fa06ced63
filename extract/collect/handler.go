package collect

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// answer is the body of every answer: how many events are durable, and why others were not taken.
type answer struct {
	Accepted int       `json:"accepted"`
	Refused  []refusal `json:"refused,omitempty"`
	Error    string    `json:"error,omitempty"`
}

// ServeHTTP takes POST with one event, an array or a line each, and a bearer token.
//
//	200  all events are durable
//	422  those that are valid are durable, the others are listed with their place and the reason
//	400, 401, 405, 413  nothing was taken; the request is wrong
//	503  nothing was taken or it is not known whether it was; send it again after Retry-After seconds, ids keep it single
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		say(w, http.StatusMethodNotAllowed, answer{Error: "send events with POST"})
		return
	}
	if !c.allowed(r) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		say(w, http.StatusUnauthorized, answer{Error: "the bearer token is missing or wrong"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, c.cfg.MaxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		say(w, http.StatusRequestEntityTooLarge, answer{Error: fmt.Sprintf("a request has at most %d bytes", c.cfg.MaxBody)})
		return
	}
	if err != nil {
		say(w, http.StatusBadRequest, answer{Error: "the body broke off"})
		return
	}
	list, err := split(body)
	if err != nil {
		say(w, http.StatusBadRequest, answer{Error: err.Error()})
		return
	}
	if len(list) > c.cfg.MaxEvents {
		say(w, http.StatusRequestEntityTooLarge, answer{Error: fmt.Sprintf("a request has at most %d events", c.cfg.MaxEvents)})
		return
	}
	c.serve(w, r, list)
}

func (c *Collector) serve(w http.ResponseWriter, r *http.Request, list []json.RawMessage) {
	var events []event
	var refused []refusal
	now := c.cfg.Now()
	for i, text := range list {
		e, why := check(text, now)
		if why != "" {
			refused = append(refused, refusal{Index: i, ID: e.id, Reason: why})
			continue
		}
		events = append(events, e)
	}
	if len(events) > 0 {
		done, err := c.put(events)
		if err == nil {
			select {
			case err = <-done:
			case <-r.Context().Done():
				return // the client is gone; its events land, and it will send them again
			}
		}
		if err != nil {
			later(w, err)
			return
		}
	}
	status := http.StatusOK
	if len(refused) > 0 {
		status = http.StatusUnprocessableEntity
	}
	say(w, status, answer{Accepted: len(events), Refused: refused})
}

// allowed compares the token in constant time.
func (c *Collector) allowed(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	given, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(c.cfg.Token))
	return ok && subtle.ConstantTimeCompare(given[:], want[:]) == 1
}

// later answers 503. What went wrong within is not for the outside.
func later(w http.ResponseWriter, err error) {
	reason, wait := "the events could not be landed", "10"
	if errors.Is(err, errBusy) {
		reason, wait = errBusy.Error(), "1"
	} else if errors.Is(err, errClosed) {
		reason = errClosed.Error()
	}
	w.Header().Set("Retry-After", wait)
	say(w, http.StatusServiceUnavailable, answer{Error: reason})
}

func say(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // a client that does not listen is its own concern
}
