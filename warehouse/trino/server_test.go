//go:build trino

package trino

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/heliu-data/heliu/warehouse"
)

// setting is a variable that test/trino/up.sh writes; the tests of this tag cannot run without.
func setting(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run make test-trino, or export what test/trino/up.sh wrote to WORK/env", name)
	}
	return value
}

// file is the text of the file that a setting names.
func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(setting(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func open(t *testing.T, change func(*Config)) *Engine {
	t.Helper()
	cfg := Config{Address: setting(t, "HELIU_TRINO")}
	if change != nil {
		change(&cfg)
	}
	e, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func do(t *testing.T, e *Engine, statement string) int64 {
	t.Helper()
	n, err := e.exec(context.Background(), statement)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// one is the single value that a statement gives.
func one(t *testing.T, e *Engine, statement string) string {
	t.Helper()
	var text string
	if err := e.db.QueryRowContext(context.Background(), statement).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// says fails unless err holds every word and none of the secrets.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not in: %v", word, err)
		}
	}
	for _, name := range []string{"HELIU_TRINO_PASSWORD", "HELIU_TRINO_TOKEN"} {
		if strings.Contains(err.Error(), setting(t, name)) {
			t.Errorf("%s is in: %v", name, err)
		}
	}
	t.Log(err)
}

// safe makes an address one of TLS.
func safe(address string) string { return strings.TrimSuffix(address, "?SSL=true") + "?SSL=true" }

func TestWaysIn(t *testing.T) {
	t.Parallel()
	address, ca := safe(setting(t, "HELIU_TRINO_TLS")), file(t, "HELIU_TRINO_CA")
	nobody := strings.Replace(address, "heliu@", "", 1)
	for name, cfg := range map[string]Config{
		"a password":              {Address: address, CA: ca, Password: setting(t, "HELIU_TRINO_PASSWORD")},
		"a token":                 {Address: address, CA: ca, Token: setting(t, "HELIU_TRINO_TOKEN")},
		"a token alone":           {Address: nobody, CA: ca, Token: setting(t, "HELIU_TRINO_TOKEN")},
		"a certificate":           {Address: address, CA: ca, Certificate: file(t, "HELIU_TRINO_CERTIFICATE"), CertificateKey: file(t, "HELIU_TRINO_CERTIFICATE_KEY")},
		"a certificate alone":     {Address: nobody, CA: ca, Certificate: file(t, "HELIU_TRINO_CERTIFICATE"), CertificateKey: file(t, "HELIU_TRINO_CERTIFICATE_KEY")},
		"nobody, where it may be": {Address: setting(t, "HELIU_TRINO")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := Open(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if user := one(t, e, "select current_user"); user != "heliu" {
				t.Errorf("the cluster sees %q", user)
			}
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNoWayIn(t *testing.T) {
	t.Parallel()
	plain, address, ca := setting(t, "HELIU_TRINO"), safe(setting(t, "HELIU_TRINO_TLS")), file(t, "HELIU_TRINO_CA")
	password, token := setting(t, "HELIU_TRINO_PASSWORD"), setting(t, "HELIU_TRINO_TOKEN")
	for name, c := range map[string]struct {
		cfg  Config
		says []string
	}{
		"wrong password":        {Config{Address: address, CA: ca, Password: password + "x"}, []string{"401", "check user, password"}},
		"another user":          {Config{Address: address, CA: ca, User: "eve", Password: password}, []string{"401", "check user, password"}},
		"another's name":        {Config{Address: address, CA: ca, User: "eve", Token: token}, []string{"heliu", "eve"}},
		"wrong token":           {Config{Address: address, CA: ca, Token: token[:len(token)-9] + "AAAAAAAAA"}, []string{"401", "token"}},
		"nothing":               {Config{Address: address, CA: ca}, []string{"401", "client certificate"}},
		"no authority":          {Config{Address: address, Password: password}, []string{"does not trust", "(ca)"}},
		"another authority":     {Config{Address: address, CA: file(t, "HELIU_TRINO_CERTIFICATE"), Password: password}, []string{"does not trust", "(ca)"}},
		"TLS on the plain port": {Config{Address: safe(plain), CA: ca, Password: password}, []string{"speaks http", "?SSL=true"}},
		"http on the TLS port":  {Config{Address: strings.TrimSuffix(address, "?SSL=true")}, []string{"127.0.0.1"}},
		"password over http":    {Config{Address: plain, Password: password}, []string{"TLS only", "?SSL=true"}},
		"no such catalog":       {Config{Address: strings.Replace(plain, "/iceberg", "/lake", 1)}, []string{"no catalog lake", "iceberg", "lake.properties"}},
		"not of Iceberg":        {Config{Address: strings.Replace(plain, "/iceberg", "/system", 1)}, []string{"is one of system", "connector.name is iceberg"}},
		"no cluster":            {Config{Address: "trino://127.0.0.1:1/iceberg"}, []string{"no cluster answers at 127.0.0.1:1", "check host and port"}},
		"no host":               {Config{Address: "trino://trino.invalid:1/iceberg"}, []string{"host is unknown"}},
		"something else there":  {Config{Address: "trino://" + strings.TrimPrefix(setting(t, "HELIU_TRINO_S3"), "http://") + "/iceberg"}, []string{"no Trino"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(context.Background(), c.cfg)
			says(t, err, c.says...)
		})
	}
}

func TestNoTable(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	for _, name := range []string{"zz_none.none", "information_schema.none"} {
		_, err := e.rows(context.Background(), "select *\nfrom "+name)
		var s *StatementError
		if !errors.Is(err, warehouse.ErrNoTable) || !errors.As(err, &s) || s.Line != 2 || s.Column != 6 || s.QueryID == "" || s.Type != "USER_ERROR" {
			t.Errorf("%+v", s)
		}
		says(t, err, name[:4], "in: select * from "+name)
	}
	if _, err := e.exec(context.Background(), "select none"); errors.Is(err, warehouse.ErrNoTable) || IsOutOfMemory(err) || IsConflict(err) {
		t.Errorf("a column that is missing: %v", err)
	}
}

// TestOutOfMemory: a node ends a statement as soon as it takes more than the node gives; the cluster looks at its sum about
// once a second only, so that the statement here holds what it took for as long as it is let.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	const sql = `select count(*) from unnest(sequence(1, 10000)) as a (x) cross join unnest(sequence(1, 10000)) as b (y)
		cross join (select x * 1000 + y as z from unnest(sequence(1, 1000)) as a (x) cross join unnest(sequence(1, 1000)) as b (y)) as c where sqrt(x * y + z) = 1.5`
	for _, limit := range []string{"query_max_memory", "query_max_memory_per_node"} {
		t.Run(limit, func(t *testing.T) {
			t.Parallel()
			e := open(t, func(c *Config) { c.Session = map[string]string{limit: "5MB"} })
			_, err := e.exec(context.Background(), sql)
			says(t, err, "5MB", "query.max-memory", "add workers")
			if !IsOutOfMemory(err) || IsConflict(err) {
				t.Errorf("not out of memory: %v", err)
			}
		})
	}
}

// long is a statement that takes minutes and says what it is for.
func long(name string) string {
	return fmt.Sprintf("select count(*) as %q from unnest(sequence(1, 10000)) as a (x) cross join unnest(sequence(1, 10000)) as b (y) cross join unnest(sequence(1, 10000)) as c (z) where sqrt(x * y + z) = 1.5", name)
}
