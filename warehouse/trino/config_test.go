package trino

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"trino://ann@host:8081/lake":           "http://host:8081 ann lake",
		"trino://ann@host/lake":                "http://host:8080 ann lake",
		"trino://host/lake/":                   "http://host:8080 heliu lake",
		"trino://ann@host/lake?SSL=true":       "https://host:443 ann lake",
		"trino://ann@host:8443/lake?SSL=true":  "https://host:8443 ann lake",
		"trino://ann@host:8443/lake?SSL=false": "http://host:8443 ann lake",
		"trino://[::1]:8080/lake":              "http://[::1]:8080 heliu lake",
		"trino://[::1]/lake":                   "http://[::1]:8080 heliu lake",
		"trino://a%40b@host/lake":              "http://host:8080 a@b lake",
	} {
		p, err := Config{Address: address}.parse()
		if got := p.server.String() + " " + p.user + " " + p.catalog; got != want || err != nil {
			t.Errorf("%s is %s, not %s: %v", address, got, want, err)
		}
	}
}

func TestAddressThatCannotBe(t *testing.T) {
	t.Parallel()
	const tls = "trino://ann@host:8443/lake?SSL=true"
	for words, cfg := range map[string]Config{
		"must be trino://user@host":               {Address: "http://host/lake"},
		"trino://user@host:8443/catalog?SSL=true": {Address: "trino://"},
		"the name of one catalog":                 {Address: "trino://host:8080"},
		"one catalog: trino":                      {Address: "trino://host:8080/lake/star"},
		"ssl=true is unknown":                     {Address: "trino://host:8080/lake?ssl=true"},
		"SSL=yes is unknown":                      {Address: "trino://host:8080/lake?SSL=yes"},
		"take it out and give it as a secret":     {Address: "trino://ann:s3cret@host:8080/lake?SSL=true"},
		"a password works over TLS only":          {Address: "trino://ann@host/lake", Password: "s3cret"},
		"a token works over TLS only":             {Address: "trino://ann@host/lake", Token: "s3cret"},
		"a client certificate works":              {Address: "trino://ann@host/lake", CertificateKey: "s3cret"},
		"a CA works over TLS only":                {Address: "trino://ann@host/lake", CA: "s3cret"},
		"keep one":                                {Address: tls, Password: "s3cret", Token: "s3cret"},
		"no user: write trino://user@host":        {Address: "trino://host/lake?SSL=true", Password: "s3cret"},
		"one of them is missing":                  {Address: tls, Certificate: "s3cret"},
		"the CA for Trino holds no certificate":   {Address: tls, CA: "s3cret"},
		"its key do not fit":                      {Address: tls, Certificate: "s3cret", CertificateKey: "s3cret"},
		"trino: something else, and %":            {Address: "trino: something else, and %zz s3cret"},
	} {
		_, err := Open(context.Background(), cfg)
		if words == "trino: something else, and %" {
			words = "must be trino://user@host"
		}
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%+v: %v does not say %q, or says too much", cfg, err, words)
		}
	}
}

// TestSecretsStayHome: the proof of who asks goes to the cluster's own address and nowhere else.
func TestSecretsStayHome(t *testing.T) {
	t.Parallel()
	p, err := Config{Address: "trino://ann@host/lake?SSL=true", Password: "s3cret"}.parse()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Config{Password: "s3cret"}.client(p)
	if err != nil {
		t.Fatal(err)
	}
	var sent []string
	c.to = sender(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.URL.String()+" "+r.Header.Get("Authorization"))
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})
	for _, to := range []string{"https://host:443/v1/statement", "https://host/v1/statement", "http://host:443/v1/statement", "https://host:8443/v1/statement", "https://other/v1/statement"} {
		r, err := http.NewRequest(http.MethodGet, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		switch _, err := c.RoundTrip(r); {
		case err == nil:
		case !strings.Contains(err.Error(), "process-forwarded=true") || strings.Contains(err.Error(), "s3cret"):
			t.Errorf("%s: %v", to, err)
		}
	}
	const basic = " Basic YW5uOnMzY3JldA=="
	if got, want := strings.Join(sent, ","), "https://host:443/v1/statement"+basic+",https://host/v1/statement"+basic; got != want {
		t.Errorf("sent %s", got)
	}
}

type sender func(*http.Request) (*http.Response, error)

func (s sender) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

// TestWhatTheClusterIsTold looks at what goes with a statement.
func TestWhatTheClusterIsTold(t *testing.T) {
	t.Parallel()
	f := coordinator(t, func(_, n int) answer { return answer{more: n == 0} })
	e := f.open(func(c *Config) { c.Version, c.Session = "1.2", map[string]string{"query_max_run_time": "2h"} })
	if _, err := e.exec(context.Background(), write); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"X-Trino-User": "ann", "X-Trino-Catalog": "lake", "X-Trino-Source": "heliu", "X-Trino-Client-Info": "heliu 1.2", "User-Agent": "heliu 1.2",
		"X-Trino-Time-Zone": "UTC", "X-Trino-Session": "query_max_run_time=2h", "X-Trino-Query-Data-Encoding": "", "Authorization": "",
	} {
		if got := f.headers.Get(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
}

// TestScrubbed has a proxy that repeats what it was sent.
func TestScrubbed(t *testing.T) {
	t.Parallel()
	f := coordinator(t, func(_, _ int) answer {
		return answer{status: http.StatusUnauthorized, text: "bad header Authorization: Basic YW5uOnMzY3JldA==, s3cret, Bearer t0ken"}
	})
	e := f.open(nil)
	e.cfg.Password, e.cfg.Token = "s3cret", "t0ken"
	_, err := e.exec(context.Background(), write)
	if err == nil || !strings.Contains(err.Error(), "Authorization: Basic ***, ***, Bearer ***:") {
		t.Error(err)
	}
}
