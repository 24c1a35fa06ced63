package simulate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPushEvents(t *testing.T) {
	c := tiny(t)
	seen := map[string]int{}
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+CollectToken {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			var e Event
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Errorf("line %q: %v", lines.Text(), err)
			}
			seen[e.EventID]++
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer collector.Close()
	sent, err := c.PushEvents(context.Background(), collector.Client(), collector.URL, CollectToken, c.opts.From, c.Now())
	if err != nil {
		t.Fatal(err)
	}
	want := count(t, c, c.Now(), "events")
	if sent != want.Total || len(seen) != want.Things || want.Duplicates == 0 {
		t.Errorf("sent %d, seen %d different; the truth says %+v", sent, len(seen), want)
	}
	if _, err := c.PushEvents(context.Background(), collector.Client(), collector.URL, "wrong", c.opts.From, c.Now()); err == nil ||
		!strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong token: %v", err)
	}
}

func TestEveryCausedOrderHasItsTouch(t *testing.T) {
	c, err := New(Small())
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]Event{}
	for e := range c.Events(c.opts.From.AddDate(0, 0, -5), late(c)) {
		ids[e.EventID] = e
	}
	caused := 0
	for _, o := range c.Truth(c.Now()).Orders {
		if o.CausedBy == "" {
			continue
		}
		caused++
		if e, ok := ids[o.CausedBy]; !ok || (o.AdID != "" && e.AdID != o.AdID) || (o.RoomID != "" && o.Case == "" &&
			e.RoomID != o.RoomID) {
			t.Errorf("order %s is caused by %s, which is %+v", o.OrderID, o.CausedBy, e)
		}
	}
	if caused < 500 {
		t.Errorf("only %d orders are caused by a touch", caused)
	}
}

func TestServe(t *testing.T) {
	c := tiny(t)
	told := make(chan StartupInfo, 1)
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		done <- Serve(ctx, "127.0.0.1:0", c, ServeOptions{Ready: func(info StartupInfo) { told <- info }})
	}()
	info := <-told
	answer, err := http.Get(info.OceanEngine + "/open_api/v3.0/project/list/")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || info.Now != c.Now() || !slices.Contains(info.Advertisers, AdAccountCase4) {
		t.Errorf("%d, %+v", answer.StatusCode, info)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := Serve(context.Background(), "127.0.0.1:0", c, ServeOptions{Lifetime: time.Millisecond}); err != nil {
		t.Errorf("after its lifetime: %v", err)
	}
	if err := Serve(context.Background(), "0.0.0.0:0", c, ServeOptions{}); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("an open address: %v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, opts := range map[string]Options{"orders": {Orders: -1}, "zone": {Zone: "Mars/Base"},
		"span": {From: Day("2026-06-01"), To: Day("2026-06-05")}} {
		if _, err := New(opts); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	c, err := New(Living(Day("2026-11-22"), 50))
	if err != nil {
		t.Fatal(err)
	}
	if o := c.Options(); date(o.CaseDay) != "2026-10-18" || date(o.PresaleDay) != "2026-10-24" {
		t.Errorf("case days: %s, %s", o.CaseDay, o.PresaleDay)
	}
}
