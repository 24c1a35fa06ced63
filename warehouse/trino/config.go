package trino

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config says which cluster to speak to, and as whom.
type Config struct {
	// Address is "trino://[user@]host[:port]/catalog[?SSL=true]", the JDBC driver's address without "jdbc:". The port is
	// 8080, or 443 with SSL=true. A password never stands in it.
	Address        string
	User           string            // in place of the address's; "heliu" when there is none and nothing else says who asks
	Password       string            // of the user; needs SSL=true
	Token          string            // a JWT, in place of a password; needs SSL=true
	Certificate    string            // the client's certificate, PEM text; needs SSL=true
	CertificateKey string            // its private key, PEM text
	CA             string            // PEM text of who signed the server's certificate; "" for those the system trusts
	Lake           Lake              // what the catalog of the address is beside
	Session        map[string]string // session properties, such as query_max_run_time: 2h
	Source         string            // what the cluster's list of queries shows as the client; "heliu" when empty
	Version        string            // shown beside it

	Progress func(Stats)                                // told of a statement's progress while it runs, from one goroutine a statement; may be nil
	Every    time.Duration                              // how often a running statement is told of; 0 for 5 s
	Now      func() time.Time                           // nil: time.Now
	Wait     func(context.Context, time.Duration) error // how to wait before something is tried again; nil: a timer
}

// place is an address taken apart.
type place struct {
	server  url.URL // http or https, host and port
	user    string
	catalog string
}

const form = "trino://user@host:8080/catalog, or trino://user@host:8443/catalog?SSL=true"

// Check says what in the address, and in what proves who asks, cannot work; it connects to nothing.
func (c Config) Check() error {
	_, err := c.parse()
	return err
}

// parse takes the address apart and checks that what proves who asks fits it. No error holds a secret.
func (c Config) parse() (place, error) {
	u, err := url.Parse(c.Address)
	if err != nil || u.Scheme != "trino" || u.Hostname() == "" {
		return place{}, fmt.Errorf("the address of Trino must be %s", form)
	}
	shown := u.Redacted()
	if _, set := u.User.Password(); set {
		return place{}, fmt.Errorf("the address of Trino %s holds a password: take it out and give it as a secret of its own (password)", shown)
	}
	p := place{server: url.URL{Scheme: "http", Host: u.Host}, user: u.User.Username(), catalog: strings.Trim(u.Path, "/")}
	if p.catalog == "" || strings.Contains(p.catalog, "/") {
		return place{}, fmt.Errorf("the address of Trino %s must end in the name of one catalog: %s", shown, form)
	}
	for name, values := range u.Query() {
		if name != "SSL" || (values[0] != "true" && values[0] != "false") {
			return place{}, fmt.Errorf("the address of Trino %s: %s=%s is unknown; only SSL=true or SSL=false may follow the catalog", shown, name, values[0])
		}
		if values[0] == "true" {
			p.server.Scheme = "https"
		}
	}
	if u.Port() == "" {
		p.server.Host = net.JoinHostPort(u.Hostname(), map[string]string{"http": "8080", "https": "443"}[p.server.Scheme])
	}
	if c.User != "" {
		p.user = c.User
	}
	return p, c.checkProof(&p)
}

// checkProof refuses what cannot work, and secrets over a line that anybody can read.
func (c Config) checkProof(p *place) error {
	where := "Trino at " + p.server.Host
	if p.server.Scheme == "http" {
		for _, s := range []struct{ name, value string }{
			{"a password", c.Password}, {"a token", c.Token}, {"a client certificate", c.Certificate + c.CertificateKey}, {"a CA", c.CA},
		} {
			if s.value != "" {
				return fmt.Errorf("%s: %s works over TLS only: add ?SSL=true to the address, and the port where the cluster serves https", where, s.name)
			}
		}
	}
	switch {
	case c.Password != "" && c.Token != "":
		return fmt.Errorf("%s: a password and a token are both set: keep one", where)
	case c.Password != "" && p.user == "":
		return fmt.Errorf("%s: a password is set but no user: write trino://user@%s", where, p.server.Host)
	case (c.Certificate == "") != (c.CertificateKey == ""):
		return fmt.Errorf("%s: a client certificate and its key go together: one of them is missing", where)
	case p.user == "" && c.Token == "" && c.Certificate == "":
		p.user = "heliu"
	}
	return nil
}

// transport speaks to the cluster's address, with the certificates of the configuration.
func (c Config) transport() (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16                // statements that run side by side
	t.ResponseHeaderTimeout = 5 * time.Minute // Trino answers within a second or so, if only that there is nothing new
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM([]byte(c.CA)) {
			return nil, errors.New("the CA for Trino holds no certificate: it must be PEM text that begins with -----BEGIN CERTIFICATE-----")
		}
		t.TLSClientConfig.RootCAs = pool
	}
	if c.Certificate != "" {
		pair, err := tls.X509KeyPair([]byte(c.Certificate), []byte(c.CertificateKey))
		if err != nil {
			return nil, fmt.Errorf("the client certificate for Trino and its key do not fit, or are not PEM text: %w", err)
		}
		t.TLSClientConfig.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// withDefaults fills in what may be left out.
func (c Config) withDefaults() Config {
	if c.Source == "" {
		c.Source = "heliu"
	}
	if c.Every == 0 {
		c.Every = 5 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = wait
	}
	return c
}

// wait waits for d, or until ctx is over, whose error it then returns.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
