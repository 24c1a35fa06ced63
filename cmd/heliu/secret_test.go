package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/heliu-data/heliu/extract/kinds"
	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/pipelines"
)

// parrot is a system that repeats, in the error it answers with, every secret that it was told, and remembers which paths
// were asked.
type parrot struct {
	*httptest.Server
	mu    sync.Mutex
	asked string
}

var plant = regexp.MustCompile(`planted-[0-9a-z-]+`)

func newParrot(t *testing.T) *parrot {
	p := &parrot{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		p.mu.Lock()
		p.asked += r.URL.Path + "\n"
		p.mu.Unlock()
		said := fmt.Sprintf("refused: %q", plant.FindAllString(fmt.Sprintf("%s %s %s", r.URL, body, r.Header), -1))
		if strings.Contains(r.URL.Path, "/bucket") {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, "<Error><Code>AccessDenied</Code><Message>%s</Message></Error>", said)
			return
		}
		one := map[string]any{"code": "wrong", "err_no": "wrong", "msg": said, "message": said} // each vendor finds its own in this
		one["error_response"], one["error"] = maps.Clone(one), []any{"wrong", said}
		one["errors"] = []any{map[string]any{"extensions": map[string]any{"code": "wrong"}, "message": said}}
		if err := json.NewEncoder(w).Encode(one); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// plant gives a secret to the environment and remembers it.
func (s *shell) plant(name string) (reference string) {
	s.env[name] = "planted-" + strings.ToLower(strings.ReplaceAll(name, "_", "-")) + "-7f3a"
	return "${" + name + "}"
}

// seen runs the command lines in a project and gives all that they say and leave behind.
func (s *shell) seen(dir string, lines ...string) string {
	s.t.Helper()
	var all strings.Builder
	for _, line := range lines {
		code, out, err := s.do(append(strings.Fields(line), "--project", dir)...)
		fmt.Fprintf(&all, "%s: exit code %d\n%s%s", line, code, out, err)
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || entry.Name() == "planted" {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s:\n%s\n", path, text)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all.String()
}

func (s *shell) wantNoPlant(what, seen string) {
	s.t.Helper()
	if i := strings.Index(seen, "planted-"); i >= 0 {
		s.t.Errorf("%s: a secret shows: …%q…", what, seen[max(0, i-120):min(len(seen), i+40)])
	}
}

const oneStream = ", streams: {rows: {key: [id], fields: {id: string}%s}}"

// settings are those that a source of a connector must be given here, beside its secrets.
func settingsOf(connector, url string) string {
	switch connector {
	case "files":
		return `, path: "s3://bucket/*.csv", endpoint: "` + url + `"` + fmt.Sprintf(oneStream, "")
	case "sql":
		return fmt.Sprintf(oneStream, ", table: rows")
	}
	return ""
}

// Whatever a connector declares to be a secret shows nowhere, when its system is down, refuses, or repeats what it was told:
// of every connector there is.
func TestEveryConnectorsSecretsStayHidden(t *testing.T) {
	t.Parallel()
	system, s := newParrot(t), newShell(t)
	text := "name: acme\npersonal: {key: \"" + s.plant("PERSONAL") + "\"}\nsources:\n"
	connectors, err := pipelines.Connectors(t.TempDir(), kinds.All())
	if err != nil || len(connectors) < 11 {
		t.Fatalf("%d connectors: %v", len(connectors), err)
	}
	secrets := 0
	for _, c := range connectors {
		url := system.URL + "/" + c.Name
		text += "  x_" + c.Name + ": {connector: " + c.Name
		if !slices.Contains([]string{"files", "sqldb", "collect"}, c.Via) {
			text += `, base_url: "` + url + `"`
		}
		for _, n := range c.Needs {
			switch name := strings.ToUpper(c.Name + "_" + n.Name); {
			case n.Name == "dsn":
				s.plant(name)
				s.env[name] = "postgres://bi:" + s.env[name] + "@127.0.0.1:1/bi"
				text += `, dsn: "${` + name + `}"`
				secrets++
			case n.Secret && c.Via == "collect":
				text += `, ` + n.Name + `: "${file:planted}"`
				secrets++
			case n.Secret:
				text += ", " + n.Name + `: "` + s.plant(name) + `"`
				secrets++
			case n.Name == "token_url":
				text += `, token_url: "` + url + `/token"`
			case !n.Optional && n.Name != "base_url":
				text += ", " + n.Name + `: "1"`
			}
		}
		text += settingsOf(c.Name, url) + "}\n"
	}
	for i, dsn := range []string{"mysql://bi:%s@127.0.0.1:1/bi", "sqlserver://bi:%s@127.0.0.1:1?database=bi", "sqlite:./%s.db"} {
		name := fmt.Sprintf("DSN_%d", i)
		s.plant(name)
		s.env[name] = fmt.Sprintf(dsn, s.env[name])
		text += fmt.Sprintf("  sql%d: {connector: sql, dsn: \"${%s}\"%s}\n", i, name, settingsOf("sql", ""))
	}
	dir := s.project(text)
	if err := os.WriteFile(filepath.Join(dir, "planted"), []byte("planted-in-a-file-7f3a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	seen := s.seen(dir, "check", "source test", "source list", "source show x_taobao", "run -v", "run -v --log-format json", "receipts", "runs --format json", "plan", "lineage mart.sales_daily",
		"query --building --format=json select*from(ops.steps)", "query --building --format=json select*from(ops.runs)")
	s.wantNoPlant("all connectors", seen)
	for _, c := range connectors {
		if !strings.Contains(seen, "x_"+c.Name) || c.Via != "sqldb" && c.Via != "collect" && !strings.Contains(system.asked, "/"+c.Name) {
			t.Errorf("%s was not asked: this proves nothing of it\n%s", c.Name, system.asked)
		}
	}
	if !strings.Contains(seen, "refused: ") || secrets < 20 {
		t.Errorf("%d secrets are planted, and what the systems repeat is not reported: this proves little", secrets)
	}
}

// The project's own secrets show nowhere: where it keeps its lake and catalog, and where it publishes.
func TestTheProjectsSecretsStayHidden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][]hiding{
		"published": { // one project that publishes elsewhere each time: only the first has all to build
			{"by address", "publish: [postgres: \"${DSN}\"]\n", "127.0.0.1:1"},
			{"by words", "publish: [postgres: \"${WORDS}\"]\n", "127.0.0.1:2"},
			{"by file", "publish: [postgres: \"${file:planted}\"]\n", "127.0.0.1:3"},
			{"by part", "publish: [postgres: \"postgres://bi:${PART}@127.0.0.1:4/bi\"]\n", "127.0.0.1:4"},
		},
		"catalog":        {{"", "lake: {location: ./lake, catalog: \"${DSN}\"}\n", "127.0.0.1:1"}},
		"object storage": {{"", "lake: {location: s3://bucket/x, catalog: \"sqlite:./c.db\", s3: {endpoint: \"URL\", path_style: true, access_key: \"${ACCESS}\", secret_key: \"${SECRET}\"}}\n", "refused: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hidesItsSecrets(t, c)
		})
	}
}

// hiding is a part of a project's file that holds a secret.
type hiding struct {
	name, text string
	want       string // what shows that the secret was used
}

// hidesItsSecrets gives one project each of the parts, one after the other.
func hidesItsSecrets(t *testing.T, parts []hiding) {
	t.Helper()
	const source = "sources:\n  s: {connector: events, token: \"${TOKEN}\"}\npersonal: {key: \"${PERSONAL}\"}\n"
	system, s := newParrot(t), newShell(t)
	for _, name := range []string{"TOKEN", "PERSONAL", "PART", "ACCESS", "SECRET"} {
		s.plant(name)
	}
	s.env["DSN"] = "postgres://bi:planted-dsn-7f3a@127.0.0.1:1/bi?sslmode=disable"
	s.env["WORDS"] = "host=127.0.0.1 port=2 user=bi password=planted-words-7f3a dbname=bi"
	dir := s.project("")
	write(t, dir, map[string]string{"planted": "postgres://bi:planted-file-7f3a@127.0.0.1:3/bi\n"})
	for _, part := range parts {
		write(t, dir, map[string]string{"heliu.yaml": "name: acme\n" + source + strings.ReplaceAll(part.text, "URL", system.URL)})
		seen := s.seen(dir, "check", "run -v", "run -v --log-format json", "publish -v", "runs --format json", "lake list", "plan",
			"query --building --format=json select*from(ops.publications)")
		s.wantNoPlant(part.name, seen)
		if !strings.Contains(seen, part.want) {
			t.Errorf("%s: nothing tells of %q: this proves little", part.name, part.want)
		}
	}
}

// secretFields are the fields of a project's file that hold secrets.
func secretFields(t reflect.Type, path string) (list []string) {
	switch t {
	case reflect.TypeFor[project.Secret](), reflect.TypeFor[project.DSN]():
		return []string{path}
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		return secretFields(t.Elem(), path)
	case reflect.Struct:
		if !strings.HasPrefix(t.PkgPath(), "github.com/heliu-data/") {
			return nil
		}
		for i := range t.NumField() {
			list = append(list, secretFields(t.Field(i).Type, path+"."+t.Field(i).Name)...)
		}
	}
	return list
}

// TestEverySecretOfAProjectIsPlanted: a field that is new must be planted above; those of a cluster, which needs one, are by
// TestTrino (make test-trino).
func TestEverySecretOfAProjectIsPlanted(t *testing.T) {
	t.Parallel()
	want := []string{".Lake.Catalog", ".Lake.S3.AccessKey", ".Lake.S3.SecretKey", ".Warehouse.Password", ".Warehouse.Token", ".Warehouse.Certificate", ".Warehouse.CertificateKey",
		".Warehouse.CA", ".Personal.Key", ".Publish.Postgres"}
	if got := secretFields(reflect.TypeFor[project.Project](), ""); !slices.Equal(got, want) {
		t.Errorf("secret fields %v, planted are %v", got, want)
	}
}
