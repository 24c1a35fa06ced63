package simulate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// ServeOptions say how long a server lives and what it takes for now.
type ServeOptions struct {
	// Now is the company's clock. Nil means Company.Now, standing still.
	Now func() time.Time
	// Lifetime ends the server by itself. 0 means until the context ends.
	Lifetime time.Duration
	// Ready is told where the server listens, once it does.
	Ready func(StartupInfo)
}

// StartupInfo is what a project needs to connect to a running company.
type StartupInfo struct {
	Base         string    `json:"base"`   // http://127.0.0.1:port
	Taobao       string    `json:"taobao"` // base URL of the taobao connector
	TaobaoToken  string    `json:"taobao_token"`
	OceanEngine  string    `json:"oceanengine"` // its host: paths start with /open_api
	Jushuitan    string    `json:"jushuitan"`   // its host: paths start with /open
	Douyin       string    `json:"douyin"`
	AppKey       string    `json:"app_key"`
	AppSecret    string    `json:"app_secret"`
	AccessToken  string    `json:"access_token"`
	RefreshToken string    `json:"refresh_token"`
	CollectToken string    `json:"collect_token"`
	Advertisers  []string  `json:"advertisers"`
	From         string    `json:"from"` // first day that any stream has records of
	Now          time.Time `json:"now"`  // the company's clock when it started
	Next         time.Time `json:"next"` // a day later: new orders, late changes
}

// Info is the StartupInfo of the company behind a base URL.
func (c *Company) Info(base string, now time.Time) StartupInfo {
	return StartupInfo{Base: base, Taobao: base + "/taobao/router/rest", TaobaoToken: base + "/taobao/token",
		OceanEngine: base + "/oceanengine", Jushuitan: base + "/jushuitan",
		Douyin: base + "/douyin", AppKey: AppKey, AppSecret: c.opts.Keys.Secret, AccessToken: c.opts.Keys.Token, RefreshToken: c.opts.Keys.Refresh,
		CollectToken: CollectToken,
		Advertisers:  c.ads.accounts, From: date(c.first()), Now: now, Next: now.AddDate(0, 0, 1)}
}

// first is the day of the oldest record of any stream.
func (c *Company) first() time.Time {
	return c.begin().AddDate(0, 0, -7)
}

// Serve answers for the company on a loopback address ("127.0.0.1:0" for any
// free port) until the context or the lifetime ends, and gives nil then. It
// prints nothing and refuses an address that is not loopback.
func Serve(ctx context.Context, addr string, company *Company, opts ServeOptions) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("simulate: address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("simulate: address %q is not loopback: the company's credentials are public, use 127.0.0.1", addr)
	}
	if opts.Now == nil {
		opts.Now = company.Now
	}
	if opts.Lifetime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, opts.Lifetime)
		defer cancel()
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("simulate: listen on %s: %w", addr, err)
	}
	server := &http.Server{Handler: company.Handler(opts.Now), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	if opts.Ready != nil {
		opts.Ready(company.Info("http://"+listener.Addr().String(), opts.Now()))
	}
	select {
	case <-ctx.Done():
		if err := server.Close(); err != nil {
			return fmt.Errorf("simulate: close the server: %w", err)
		}
		<-done
		return nil
	case err := <-done:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("simulate: serve: %w", err)
	}
}
