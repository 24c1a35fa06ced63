//go:build trino

package trino

import (
	"context"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Upkeep of many tables does not wait for a cluster that is gone as often as there are tables.
func TestKeepEndsWhenTheClusterIsGone(t *testing.T) {
	k := keeping(t)
	k.days(1, 5)
	address, err := url.Parse(setting(t, "HELIU_TRINO"))
	if err != nil {
		t.Fatal(err)
	}
	cluster := &url.URL{Scheme: "http", Host: address.Host}
	line := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(cluster)
		r.Out.Host = r.In.Host // so that the next response is asked for by this line too
	}})
	defer line.Close()
	address.Host = strings.TrimPrefix(line.URL, "http://")
	e := open(t, func(c *Config) {
		c.Address, c.Lake = address.String(), k.Engine.lake
		c.Wait = func(context.Context, time.Duration) error { return nil }
	})
	u := Upkeep{Lake: k.lake, Spaces: []string{k.space}, Grace: time.Hour, Now: time.Now(), Small: 100}
	tables := []string{k.table, k.table, k.table}
	if _, err := e.Keep(context.Background(), tables, u); err != nil {
		t.Fatal(err)
	}
	line.Close()
	u.Small = 2
	_, err = e.Keep(context.Background(), tables, u)
	if err == nil || !IsGone(err) || strings.Count(err.Error(), "upkeep of ") != 1 {
		t.Errorf("without a cluster: %v", err)
	}
}
