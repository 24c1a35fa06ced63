//go:build trino

package whole

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refused: what is wrong with a cluster is said once, with what to do, by exit code 1 or 2, and nothing is published.
func refused(t *testing.T, p *project) {
	address := given(t, "HELIU_TRINO")
	ca, err := os.ReadFile(given(t, "HELIU_TRINO_CA"))
	if err != nil {
		t.Fatal(err)
	}
	p.env["TEST_CA"], p.env["TEST_PASSWORD"] = string(ca), "planted-password-7f3a"
	p.env["TEST_TOKEN"], p.env["TEST_KEY"] = "planted-token-7f3a", "planted-key-7f3a"
	tls := strings.SplitN(given(t, "HELIU_TRINO_TLS"), "?", 2)[0] + "?SSL=true"
	for _, c := range []struct {
		name, warehouse string
		code            int
		says            []string
	}{
		{"no cluster", "trino://heliu@127.0.0.1:1/iceberg", 1, []string{"127.0.0.1:1"}},
		{"a catalog that is missing", strings.TrimSuffix(address, "/iceberg") + "/lakehouse", 1, []string{"lakehouse", "iceberg"}},
		{"a catalog of another kind", strings.TrimSuffix(address, "/iceberg") + "/system", 1, []string{"system", "connector.name"}},
		{"a wrong password", "{location: \"" + tls + "\", password: \"${TEST_PASSWORD}\", ca: \"${TEST_CA}\"}", 1, []string{"password"}},
		{"a wrong token", "{location: \"" + tls + "\", token: \"${TEST_TOKEN}\", ca: \"${TEST_CA}\"}", 1, []string{"token"}},
		{"a key that is none", "{location: \"" + tls + "\", certificate: \"${TEST_CA}\", certificate_key: \"${TEST_KEY}\", ca: \"${TEST_CA}\"}", 1, []string{"certificate"}},
		{"a CA that is none", "{location: \"" + tls + "\", password: \"${TEST_PASSWORD}\", ca: \"${TEST_KEY}\"}", 1, []string{"CA"}},
		{"a password without TLS", "{location: \"" + address + "\", password: \"${TEST_PASSWORD}\"}", 1, []string{"SSL=true"}},
		{"a secret that is not set", "{location: \"" + tls + "\", password: \"${NOT_SET}\"}", 2, []string{"NOT_SET", "warehouse.password"}},
	} {
		p.computes(t, c.warehouse)
		o := p.do(t, "build", "--project", p.dir)
		if o.code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s", c.name, o.code, c.code, o.stderr)
		}
		for _, said := range c.says {
			if !strings.Contains(o.stderr, said) {
				t.Errorf("%s: the error does not say %q:\n%s", c.name, said, o.stderr)
			}
		}
		if strings.Contains(o.stderr+o.stdout, "planted-") {
			t.Errorf("%s: a secret is printed:\n%s", c.name, o.stderr)
		}
		if _, err := os.Stat(filepath.Join(p.dir, "marts.duckdb")); err == nil {
			t.Errorf("%s: something was published", c.name)
		}
	}
}

// disturbed: a table that somebody else wrote to is no table to build upon: the run says so, and a build from nothing replaces it.
// Memory that does not suffice is an error that names the statement.
func disturbed(t *testing.T, p *project) {
	before := p.shown(t)

	address := strings.TrimPrefix(given(t, "HELIU_TRINO"), "trino://")
	host, _, _ := strings.Cut(address[strings.Index(address, "@")+1:], "/")
	db, err := sql.Open("trino", "http://somebody@"+host+"?catalog=iceberg")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), "delete from star.dim_shop where shop_key <> -1"); err != nil {
		t.Fatal(err)
	}
	p.company.sleep(1)
	o := p.run(t)
	if o.code != 1 || !strings.Contains(o.stderr, "star.dim_shop") || !strings.Contains(o.stderr, "changed by somebody else") || !strings.Contains(o.stderr, "--full star.dim_shop") {
		t.Errorf("a table that somebody else changed: exit code %d\n%s", o.code, o.stderr)
	}
	same(t, "a table changed by somebody else: what readers see", p.shown(t), before)
	p.do(t, "build", "--full", "star.dim_shop", "--project", p.dir).want(t, 0)
	p.run(t).want(t, 0)
	same(t, "mended", p.shown(t), p.rebuilt(t))

	p.computes(t, "{location: \""+given(t, "HELIU_TRINO")+"\", session: {query_max_memory_per_node: 1MB}}")
	kept := p.shown(t)
	o = p.do(t, "build", "--full", "entity.supplier", "entity.product", "--project", p.dir)
	if o.code != 1 || !strings.Contains(o.stderr, "memory") {
		t.Errorf("too little memory: exit code %d\n%s", o.code, o.stderr)
	}
	same(t, "too little memory: what readers see", p.shown(t), kept)
	p.computes(t, given(t, "HELIU_TRINO"))
}
