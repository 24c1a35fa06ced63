package project

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const whole = `# a project
name: acme
timezone: Asia/Shanghai
lake: {location: s3://bucket/lake, catalog: ${CATALOG_DSN}, s3: {endpoint: http://127.0.0.1:7070, path_style: true, access_key: ${AK}, secret_key: "${file:./secret}"}}
sources:
  tmall: {connector: taobao, app_key: ${TAOBAO_APP_KEY}, shops: [1, "2"], codes: {010: W1}}
  erp:
    connector: tryton
    dsn: ${ERP_DSN}
shops:
  tmall-flagship: {title: 旗舰店, platform: taobao}
exclusions:
  - {rule: brush, owner: ops, effect: brushing, from: 2026-01-01, memo_contains: 刷单}
publish: [duckdb: ./marts.duckdb, postgres: ${BI_DSN}]
schedule: "0 2 * * *"
`

func TestParseReadsEveryKindOfKey(t *testing.T) {
	t.Parallel()
	p, err := Parse("heliu.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Sources["tmall"].Settings; !cmp.Equal(got, map[string]any{"app_key": "${TAOBAO_APP_KEY}", "shops": []any{1, "2"}, "codes": map[string]any{"010": "W1"}}) {
		t.Errorf("settings of tmall: %v", got)
	}
	if got := p.Sources["erp"].Line; got != 8 {
		t.Errorf("erp stands on line %d, want 8", got)
	}
	if kind, _ := p.Publish[1].Kind(); kind != "postgres" {
		t.Errorf("second target is %s", kind)
	}
	if p.Memory.String() != "700MB" || p.Attribution.LookBack.Days() != 30 || p.Stock.LowCover.Duration() != 7*24*time.Hour || p.Warehouse.Location != "duckdb:./warehouse.duckdb" {
		t.Errorf("defaults: memory %s, look-back %d, warehouse %s", p.Memory, p.Attribution.LookBack.Days(), p.Warehouse.Location)
	}
}

func TestEveryMistakeIsReportedAtOnceWhereItStands(t *testing.T) {
	t.Parallel()
	text := `name: acme
timezon: Asia/Shanghai
currency: rmb
memory: lots
attribution: {model: magic, coverage_threshold: 30}
personal: {key: plain-text}
sources:
  Tmall: {app_key: x}
publish: [ftp: ./x, {duckdb: ./a, csv: ./b}]
exclusions: [{rule: r, owner: o, effect: test, from: 2026-02-30}]
lake: {location: gs://x}
name: again
`
	_, err := Parse("heliu.yaml", []byte(text))
	var mistakes Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("got %v", err)
	}
	want := []string{
		"heliu.yaml:2:1: unknown key timezon (is it timezone?); allowed here: name, timezone",
		`heliu.yaml:3:11: currency: "rmb" is no currency`,
		`heliu.yaml:4:9: memory: "lots" is no amount`,
		`heliu.yaml:5:22: attribution.model: "magic" is not allowed; allowed: first, last`,
		`heliu.yaml:5:49: attribution.coverage_threshold: "30" is no share`,
		"heliu.yaml:6:17: personal.key: a secret is never written here",
		"heliu.yaml:8:10: sources.Tmall needs the key connector",
		`heliu.yaml:8:10: "Tmall" is no name of a source`,
		"heliu.yaml:9:11: unknown key publish[0].ftp; allowed here: duckdb, postgres",
		"heliu.yaml:9:11: publish[0] needs exactly one of: duckdb, postgres",
		"heliu.yaml:9:21: publish[1] needs exactly one of",
		`heliu.yaml:10:54: exclusions[0].from: "2026-02-30" is no day`,
		"heliu.yaml:10:14: exclusions[0] would take every order",
		`heliu.yaml:11:7: lake "gs://x" is neither`,
		"heliu.yaml:12:1: name stands here twice",
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("missing: %s", w)
		}
	}
	if len(mistakes) != len(want) {
		t.Errorf("%d mistakes, want %d:\n%s", len(mistakes), len(want), err)
	}
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"empty":     {"", "heliu.yaml: the file is empty"},
		"comment":   {"# nothing\n", "heliu.yaml: the file is empty"},
		"list":      {"- a\n", "heliu.yaml:1:1: the project takes a mapping"},
		"unclosed":  {"name: [a\n", "not YAML"},
		"tab":       {"name: a\n\tb: c\n", "heliu.yaml:2: not YAML"},
		"two":       {"name: a\n---\nname: b\n", "a project is one document"},
		"no name":   {"currency: CNY\n", "the project needs the key name"},
		"null":      {"name: a\nlake:\n", "lake is empty"},
		"recursive": {"name: a\nsources: &s {x: {connector: *s}}\n", "takes one value"},
		"utf-16":    {"\xff\xfen\x00", "heliu.yaml"},
		"number":    {"name: a\nthreads: -1\n", "threads: \"-1\" is no whole number"},
		"password":  {"name: a\npublish: [{postgres: 'postgres://me:hunter22@host/bi'}]\n", "heliu.yaml:2:22: publish.postgres: a secret is never written here; put it into the environment and write ${PUBLISH_POSTGRES}, or into a file and write ${file:PATH}"},
		"half":      {"name: a\npublish: [{postgres: 'postgres://me:hunter22@${HOST}/bi'}]\n", "2:22: publish.postgres: a secret is never written here"},
		"query":     {"name: a\nlake: {catalog: 'postgres://host/bi?user=me&password=hunter22'}\n", "2:17: lake.catalog: a secret"},
		"setting":   {"name: a\nsources: {s: {connector: x, base_url: 'https://me:hunter22@host'}}\n", "${S_BASE_URL}"},
		"mysql":     {"name: a\nsources: {s: {connector: sql, dsn: 'me:hunter22@tcp(host)/shop'}}\n", "${S_DSN}"},
		"pairs":     {"name: a\nsources: {s: {connector: sql, dsn: 'host=db user=me password=hunter22'}}\n", "${S_DSN}"},
		"odbc":      {"name: a\nsources: {s: {connector: sql, dsn: 'Server=db;User=me;Pwd=hunter22'}}\n", "${S_DSN}"},
		"deep":      {"name: a\nsources: {s: {connector: x, streams: {a: {url: ['http://me:hunter22@h']}}}}\n", "${S_STREAMS_A_URL}"},
		"warehouse": {"name: a\nwarehouse: trino://me:hunter22@host:8080\n", "2:12: warehouse: a secret"},
		"local":     {"name: a\nlake: ./lake\nwarehouse: trino://me@host:8080/c\n", "3:12: a warehouse on Trino needs the lake in object storage"},
		"file":      {"name: a\nlake: {location: 's3://b/l', catalog: 'sqlite:c.db'}\nwarehouse: trino://me@host:8080/c\n", "2:39: a cluster cannot read a catalog in a file"},
		"object":    {"name: a\nlake: ftp://me:hunter22@host\n", "2:7: lake: a secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("heliu.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter22") {
				t.Error("the mistake shows the password")
			}
		})
	}
}

// What is secret and what is not, for settings that a connector marks as secret.
func TestWrittenOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"${NAME}": false, "${file:./secret}": false, "Bearer ${NAME}": false, "postgres://me:${PW}@host/db": false, "${USER}:${PW}@tcp(h)/db": false,
		"postgres://me@host/db": false, "sqlite:./shop.db": false, "./shop.db": false, "me@tcp(host)/db": false,
		"hunter22": true, "": true, "postgres://me:hunter22@host/db": true, "postgres://me:hunter22@${HOST}/db": true, "me:hunter22@tcp(${HOST})/db": true,
		"$NAME": true, "env:NAME": true, "a title: write to me@host": true,
	} {
		if got := WrittenOut(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
	if found := passwords("说明: 写给 me@host, 12:30 at://noon"); found != nil {
		t.Errorf("a plain text holds %q", found)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("name: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse("heliu.yaml", text)
		if p == nil && err == nil {
			t.Fatalf("project %v, error %v", p, err)
		}
	})
}

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Parse("heliu.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"AK": "planted-access", "CATALOG_DSN": "postgres://me:pl%40nted-pw@host/db", "ERP_DSN": "root:planted-mysql@tcp(h)/erp"}
	vault := NewVault(dir, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	for _, s := range []Secret{p.Lake.S3.AccessKey, p.Lake.Catalog.Secret, p.Lake.S3.SecretKey} {
		if _, err := vault.Reveal(s); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := vault.Expand("${ERP_DSN}"); err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %q %s", p.Lake, p.Lake, p.Lake.S3.AccessKey, p.Lake.Catalog, p.Lake.S3.SecretKey)
	shown += vault.Redact("dial me:pl%40nted-pw@host pl@nted-pw from-a-file planted-access planted-mysql")
	for _, planted := range []string{"planted", "pl@nted", "pl%40nted", "from-a-file"} {
		if strings.Contains(shown, planted) {
			t.Errorf("%q shows in %s", planted, shown)
		}
	}
	if _, err := vault.Expand("${NOT_SET}"); err == nil || !strings.Contains(err.Error(), "NOT_SET") {
		t.Errorf("a missing name gives %v", err)
	}
}

// The line of a mistake in the YAML itself is the one that breaks it, not the one where its block begins.
func TestTheLineThatIsNoYAMLIsNamed(t *testing.T) {
	t.Parallel()
	const before = "name: acme\nsources:\n  old:\n    connector: files\n    streams:\n      orders:\n"
	for text, want := range map[string]string{
		before + "       key: [id]\n        fields: {id: string}\n":       "heliu.yaml:8: not YAML: ",
		before + "        key: [id]\n       fields: {id: string}\n":       "heliu.yaml:8: not YAML: ",
		before + "        key: [id]\n\tfields: {id: string}\n":            "heliu.yaml:8: not YAML: found character that cannot start any token; the line is indented with a tab",
		before + "        key: [id\n        fields: {id: string}\na: b\n": "heliu.yaml:7: not YAML: ",
	} {
		_, err := Parse("heliu.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s in\n%s", err, want, text)
		}
	}
}
