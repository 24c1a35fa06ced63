package whole

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/heliu-data/heliu/simulate"
)

// planted are the secrets of the project, one for each kind of secret field.
func planted() map[string]string {
	return map[string]string{
		"HELIU_DEMO_APP_SECRET": "planted-secret-Aq7Zr1", "HELIU_DEMO_ACCESS_TOKEN": "planted-token-Bw8Xs2", "HELIU_DEMO_REFRESH_TOKEN": "planted-refresh-Ce9Vt3",
		"HELIU_DEMO_COLLECT_TOKEN": "planted-collect-Dr6Nu4", "HELIU_DEMO_PERSONAL_KEY": "planted-personal-Et5My5",
	}
}

var personal = regexp.MustCompile(`\b1[3-9]\d{9}\b|[A-Za-z0-9._-]+@[A-Za-z0-9-]+\.[A-Za-z.]+`)

// wire remembers the phones and e-mail addresses that the servers have given away.
type wire struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (w *wire) note(text []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, found := range personal.FindAll(text, -1) {
		w.seen[string(found)] = true
	}
}

type tee struct {
	http.ResponseWriter
	note func([]byte)
}

func (t tee) Write(p []byte) (int, error) {
	t.note(p)
	return t.ResponseWriter.Write(p)
}

// No secret and no customer's phone or e-mail address is in any log, error, file, table or published thing.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	opts, secrets := simulate.Tiny(), planted()
	opts.Keys = simulate.Keys{Secret: secrets["HELIU_DEMO_APP_SECRET"], Token: secrets["HELIU_DEMO_ACCESS_TOKEN"], Refresh: secrets["HELIU_DEMO_REFRESH_TOKEN"]}
	opts.Faults = []simulate.Fault{{Stream: "jushuitan/orders/single/query", Kind: simulate.FaultExpired, Skip: 1},
		{Stream: "taobao/taobao.trades.sold.increment.get", Kind: simulate.FaultHTTP401, Skip: 1}}
	c := openCompany(t, opts)
	w := &wire{seen: map[string]bool{}}
	c.serveWith(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { next.ServeHTTP(tee{rw, w.note}, r) })
	})
	p := newProject(t, c)
	p.env = secrets
	said := p.run(t, "-v").want(t, 0)
	renewed := renewedAreKept(t, p)
	for _, file := range []string{"customer.csv", "order.csv"} {
		text, err := os.ReadFile(filepath.Join(p.dir, "files", file))
		if err != nil {
			t.Fatal(err)
		}
		w.note(text)
	}
	if len(w.seen) < 10 {
		t.Errorf("only %d phones and addresses are on the wire; this test would prove little", len(w.seen))
	}
	hidden := w.seen
	h := hunt{t: t, hidden: hidden, secrets: slices.Collect(maps.Values(secrets))}
	h.secrets = append(h.secrets, renewed...)
	h.text("standard output of a run", said.stdout)
	h.text("log of a run", said.stderr)

	c.sleep(1)
	p.env["HELIU_DEMO_JUSHUITAN"] = "http://127.0.0.1:1"                           // refuses connections
	p.env["HELIU_DEMO_TAOBAO"] = c.url + "/nowhere"                                // answers 404
	p.env["HELIU_DEMO_OCEANENGINE"] = "http://user:planted-url-Fu4Lz6@127.0.0.1:1" // secret in the URL
	h.secrets = append(h.secrets, "planted-url-Fu4Lz6")
	for _, args := range [][]string{{"run", "-v", "--log-format", "json"}, {"run", "-v"}, {"source", "test"}, {"source", "list"}, {"runs"}, {"receipts"}, {"plan"}, {"check", "-v"}} {
		o := p.do(t, append(args, "--project", p.dir)...)
		h.text(strings.Join(args, " ")+" on standard output", o.stdout)
		h.text(strings.Join(args, " ")+" on standard error", o.stderr)
		if args[0] == "run" && o.code != 1 {
			t.Errorf("sources that fail: exit code %d, want 1\n%s", o.code, o.stderr)
		}
	}
	h.files(p.dir)
}

// renewedAreKept: the tokens that the first run was given in place of dead ones serve the next run, which asks for none.
// It gives them: they are secrets too.
func renewedAreKept(t *testing.T, p *project) (tokens []string) {
	t.Helper()
	file := filepath.Join(p.dir, ".heliu", "tokens.json")
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"erp", "tmall"} {
		if !strings.Contains(string(kept), `"`+source+`"`) {
			t.Errorf("no token of %s is kept", source)
		}
	}
	p.do(t, "source", "test", "--project", p.dir).want(t, 0)
	if again, err := os.ReadFile(file); err != nil || string(again) != string(kept) {
		t.Errorf("the tokens were renewed again: the kept ones were not used (%v)", err)
	}
	bySource := map[string]map[string]string{}
	if err := json.Unmarshal(kept, &bySource); err != nil {
		t.Fatal(err)
	}
	for _, values := range bySource {
		tokens = slices.AppendSeq(tokens, maps.Values(values))
	}
	if slices.ContainsFunc(tokens, func(token string) bool { return len(token) < 8 }) || len(tokens) < 2 {
		t.Errorf("tokens %q are too short or too few to be looked for", tokens)
	}
	return tokens
}

// hunt looks for hidden things.
type hunt struct {
	t       *testing.T
	hidden  map[string]bool // of persons
	secrets []string
}

func (h hunt) text(where, text string) {
	h.t.Helper()
	var found []string
	for _, name := range personal.FindAllString(text, -1) {
		if h.hidden[name] {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	if found = slices.Compact(found); len(found) > 0 {
		at := strings.Index(text, found[0])
		h.t.Errorf("%s shows %d personal things, as %s: …%s…", where, len(found), found[0], text[max(0, at-80):min(len(text), at+80)])
	}
	h.planted(where, text)
}

// planted looks for the secrets alone: bytes that are packed would tell nothing of a phone.
func (h hunt) planted(where, text string) {
	h.t.Helper()
	for _, value := range h.secrets {
		if strings.Contains(text, value) {
			h.t.Errorf("%s shows the secret %s", where, value)
		}
	}
}

// files looks through every file below dir that heliu has written, into what is packed too.
func (h hunt) files(dir string) {
	h.t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if entry.IsDir() {
			if name == "files" { // what the departments keep
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		if name == filepath.Join(".heliu", "tokens.json") {
			return h.owned(path, entry)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		h.planted(name, string(text))
		switch filepath.Ext(path) {
		case ".parquet":
			h.parquet(name, path)
		case ".duckdb":
			h.database(name, path)
		case ".xlsx":
			h.sheets(name, text)
		default:
			h.text(name, string(text))
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// owned: renewed tokens must outlive the run, so they are kept, in a file that only its owner reads.
func (h hunt) owned(path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err == nil && info.Mode().Perm() != 0o600 {
		h.t.Errorf("%s has mode %o, want 600", path, info.Mode().Perm())
	}
	return err
}

func (h hunt) parquet(name, path string) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	h.table(db, name, "read_parquet('"+path+"')")
}

func (h hunt) database(name, path string) {
	db := open(h.t, path)
	defer db.Close()
	h.table(db, name+": comments", "(select comment from duckdb_tables() union all select comment from duckdb_columns() union all select comment from duckdb_views() union all select sql from duckdb_views())")
	for _, row := range rows(h.t, db, "select schema_name, table_name from duckdb_tables()") {
		h.table(db, name+": "+row[0]+"."+row[1], `"`+row[0]+`"."`+row[1]+`"`)
	}
}

func (h hunt) table(db *sql.DB, name, from string) {
	for _, row := range rows(h.t, db, "select coalesce(string_agg(distinct cast(columns(*) as varchar), chr(10)), '') from "+from) {
		h.text(name, strings.Join(row, "\n"))
	}
}

func (h hunt) sheets(name string, text []byte) {
	packed, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, part := range packed.File {
		r, err := part.Open()
		if err != nil {
			h.t.Fatal(err)
		}
		inside, err := io.ReadAll(r)
		if err != nil {
			h.t.Fatal(err)
		}
		h.text(name+"/"+part.Name, string(inside))
	}
}
