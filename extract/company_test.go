package extract_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/rest"
	"github.com/heliu-data/heliu/simulate"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// afterAll is an instant when the tiny company's history is over.
func afterAll() time.Time { return time.Date(2026, 8, 20, 4, 0, 0, 0, time.UTC) }

// bench is a simulated company behind HTTP and an empty local lake.
type bench struct {
	url  string
	lake *lake.Lake
	now  func() time.Time
}

func newBench(t *testing.T, options simulate.Options, now func() time.Time) *bench {
	t.Helper()
	company, err := simulate.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(company.Handler(now))
	t.Cleanup(server.Close)
	return &bench{url: server.URL, lake: newLake(t), now: now}
}

func newLake(t *testing.T) *lake.Lake {
	t.Helper()
	l, err := lake.Open(context.Background(), lake.Config{Location: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (b *bench) deps() extract.Deps {
	return extract.Deps{Lake: b.lake, Kinds: []extract.Kind{rest.Kind()}, Now: b.now, PersonalKey: []byte("key of the project"),
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

func (b *bench) open(t *testing.T, name, connector string, settings map[string]any) *extract.Source {
	t.Helper()
	s, err := extract.Open(extract.Config{Name: name, Connector: connector, Settings: settings, File: "heliu.yaml", Line: 7}, b.deps())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) taobao(t *testing.T) *extract.Source { return b.taobaoSince(t, "2026-05-01") }

func (b *bench) taobaoSince(t *testing.T, start string) *extract.Source {
	return b.open(t, "tmall", "taobao", map[string]any{"app_key": simulate.AppKey, "app_secret": simulate.AppSecret, "session": simulate.AccessToken,
		"refresh_token": simulate.RefreshToken, "token_url": b.url + "/taobao/token", "base_url": b.url + "/taobao/router/rest", "start": start})
}

func sum(receipts []warehouse.Receipt) (total warehouse.Receipt) {
	for _, r := range receipts {
		total.Read += r.Read
		total.Landed += r.Landed
		total.Rejected += r.Rejected
		total.Repeated += r.Repeated
	}
	return total
}

func (b *bench) oceanengine(t *testing.T) *extract.Source {
	return b.open(t, "ads", "oceanengine", map[string]any{"advertisers": []any{simulate.AdAccount}, "access_token": simulate.AccessToken, "app_id": "1",
		"app_secret": simulate.AppSecret, "refresh_token": simulate.RefreshToken, "base_url": b.url + "/oceanengine/open_api", "start": "2026-05-01"})
}

func (b *bench) jushuitan(t *testing.T) *extract.Source {
	return b.open(t, "erp", "jushuitan", map[string]any{"app_key": simulate.AppKey, "app_secret": simulate.AppSecret, "access_token": simulate.AccessToken,
		"refresh_token": simulate.RefreshToken, "token_url": b.url + "/jushuitan/openWeb/auth/refreshToken", "base_url": b.url + "/jushuitan", "start": "2026-03-20",
		"shops": map[string]any{"10001": simulate.ShopTmall}})
}

func (b *bench) douyin(t *testing.T) *extract.Source {
	return b.open(t, "douyin", "douyin", map[string]any{"app_key": simulate.AppKey, "app_secret": simulate.AppSecret, "access_token": simulate.AccessToken,
		"refresh_token": simulate.RefreshToken, "base_url": b.url + "/douyin", "start": "2026-05-01"})
}

// TestConnectorsReadTheCompany reads every stream of the simulated systems: every receipt agrees with the source's own
// count, the planted garbage is rejected and nothing else, and a second read finds nothing new.
func TestConnectorsReadTheCompany(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulate.Tiny(), afterAll)
	rejected := map[string]int64{"tmall.orders": 4, "erp.orders": 2, "ads.spend_promotions": 2}
	for _, open := range []func(*testing.T) *extract.Source{b.taobao, b.oceanengine, b.jushuitan, b.douyin} {
		s := open(t)
		t.Run(s.Connector().Name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			if err := s.Test(ctx); err != nil {
				t.Fatal(err)
			}
			for _, stream := range s.Streams() {
				if stream.Parent != "" {
					continue
				}
				receipts, err := s.Read(ctx, stream.Name, extract.Options{})
				if err != nil {
					t.Errorf("%s: %v", stream.Name, err)
					continue
				}
				for _, r := range receipts {
					if !r.Agrees() && stream.Name != "accounts" {
						t.Errorf("%s: the receipt does not agree: %+v", stream.Name, r)
					}
				}
				total := sum(receipts)
				t.Logf("%s: %d receipts, %d read, %d landed, %d rejected", stream.Name, len(receipts), total.Read, total.Landed, total.Rejected)
				if total.Landed == 0 {
					t.Errorf("%s: nothing landed", stream.Name)
				}
				if want := rejected[s.Name()+"."+stream.Name]; total.Rejected != want {
					t.Errorf("%s: %d rejected, want %d", stream.Name, total.Rejected, want)
				}
				if again, err := s.Read(ctx, stream.Name, extract.Options{}); err != nil || len(again) != 0 {
					t.Errorf("%s again: %d receipts, %v; want nothing new", stream.Name, len(again), err)
				}
			}
		})
	}
}
