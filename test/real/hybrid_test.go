//go:build real

package real

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const hybridText = `name: hybrid
timezone: Asia/Shanghai
currency: CNY
memory: 400MB
threads: 1
%[1]s
lake:
  location: %[2]s
  catalog: "${HYBRID_CATALOG}"
  s3: {endpoint: "http://%[3]s", path_style: true, access_key: "${HYBRID_S3_KEY}", secret_key: "${HYBRID_S3_SECRET}", cache: 20MB}
personal: {key: "${HYBRID_KEY}"}
publish:
  - duckdb: ./marts.duckdb
shops:
  web: {title: 官网商城, platform: medusa, business_model: own_site}
sources:
  web: {connector: medusa, base_url: "${HYBRID_WEB}", email: "${HYBRID_WEB_USER}", password: "${HYBRID_WEB_PASSWORD}"}
  erp: {connector: tryton, base_url: "${HYBRID_ERP}", user: "${HYBRID_ERP_USER}", password: "${HYBRID_ERP_PASSWORD}", shop: web, warehouses: ["5"]}
`

// hybrid is one program of a company whose programs share a lake, on a host of its own; without a host on this machine.
type hybrid struct {
	dir, binary string
	host        *host
	env         []string
	now         time.Time
}

func newHybrid(t *testing.T, h *host, now time.Time, allow, lake, s3 string, env ...string) *hybrid {
	t.Helper()
	p := &hybrid{dir: t.TempDir(), binary: program(t), host: h, now: now}
	p.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "LANG=C", "HELIU_TEST_NOW=" + now.Format(time.RFC3339)}, env...)
	if err := os.WriteFile(filepath.Join(p.dir, "heliu.yaml"), fmt.Appendf(nil, hybridText, allow, lake, s3), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// do runs a command line and gives its exit code and what it said.
func (p *hybrid) do(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	args = append(args, "--project", p.dir)
	command := exec.Command(p.binary, args...)
	if p.host != nil {
		command = p.host.command(p.binary, args...)
	}
	command.Env = p.env
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	begun := time.Now()
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	t.Logf("%s in %s: code %d, %s", args[0], filepath.Base(p.dir), command.ProcessState.ExitCode(), time.Since(begun).Round(100*time.Millisecond))
	return command.ProcessState.ExitCode(), out.String()
}

// must runs a command line that ends with a code.
func (p *hybrid) must(t *testing.T, want int, args ...string) string {
	t.Helper()
	code, said := p.do(t, args...)
	if code != want {
		t.Fatalf("heliu %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, said)
	}
	return said
}

// landed are the rows of each table that "lake list" shows.
func landed(list string) map[string]string {
	rows := map[string]string{}
	for line := range strings.Lines(list) {
		if cells := strings.Fields(line); len(cells) > 2 && strings.HasPrefix(cells[0], "raw.") {
			rows[cells[0]] = cells[1]
		}
	}
	return rows
}

// port is where a server listens on this machine's loopback.
func port(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	if _, host, found := strings.Cut(rest, "@"); found {
		rest = host
	}
	rest, _, _ = strings.Cut(rest, "/")
	return rest
}

// TestHybrid has one host extract from a real ERP and shop, beside which it stands, and another one build, who reaches neither. The
// link between the first one and the lake is cut in the midst of an upload, before a commit reaches the catalog and behind one
// whose answer is lost, and restored. In the end the marts are those of one machine that was never disturbed.
func TestHybrid(t *testing.T) {
	c, now := components(t), time.Now().UTC().Add(5*time.Minute)
	own := fmt.Sprintf("hybrid_%d", now.UnixNano())
	lake := "s3://" + c.S3Bucket + "/" + own
	catalog := freshDatabase(t, c, own)
	secrets := []string{"HYBRID_KEY=a key of the test", "HYBRID_WEB_USER=" + c.MedusaUser, "HYBRID_WEB_PASSWORD=" + c.MedusaSecret, "HYBRID_ERP_USER=" + c.TrytonUser, "HYBRID_ERP_PASSWORD=" + c.TrytonPass}
	storage := func(catalog string) []string {
		return []string{"HYBRID_CATALOG=" + catalog, "HYBRID_S3_KEY=" + c.S3Key, "HYBRID_S3_SECRET=" + c.S3Secret}
	}

	alone := newHybrid(t, nil, now, "", lake+"_alone", port(c.S3), append(append(storage(freshDatabase(t, c, own+"_alone")), secrets...), "HYBRID_WEB="+c.Medusa, "HYBRID_ERP="+c.Tryton)...)
	alone.must(t, 0, "run")

	inside, outside := newHost(t, "inside"), newHost(t, "outside")
	lan, wan, cloud := inside.connect(t, 0), inside.connect(t, 1), outside.connect(t, 2)
	through := func(l *link, address string) string {
		return strings.Replace(address, port(address), l.forward(t, port(address)), 1)
	}
	extractor := newHybrid(t, inside, now, "allow: [extract]", lake, wan.forward(t, port(c.S3)),
		append(append(storage(through(wan, catalog)), secrets...), "HYBRID_WEB="+through(lan, c.Medusa), "HYBRID_ERP="+through(lan, c.Tryton))...)
	builder := newHybrid(t, outside, now, "allow: [build, publish]", lake, cloud.forward(t, port(c.S3)), storage(through(cloud, catalog))...)

	if said := builder.must(t, 2, "extract"); !strings.Contains(said, "may not extract") {
		t.Errorf("the builder was asked to extract: %s", said)
	}
	if said := builder.must(t, 1, "run"); !strings.Contains(said, "no program has read it to the end yet") {
		t.Errorf("a builder of an empty lake: %s", said)
	}
	for _, cutting := range []struct {
		name, how string
		words     []string
	}{
		{"an upload", "midst", []string{"PUT /" + c.S3Bucket + "/" + own + "/raw/erp__moves/data/"}},
		{"a commit", "before", []string{`UPDATE "iceberg_tables"`}},
		{"the answer to a commit", "answer", []string{`UPDATE "iceberg_tables"`, "commit"}},
	} {
		done := wan.cutWhen(cutting.how, cutting.words...)
		begun := time.Now()
		said := extractor.must(t, 1, "run")
		select {
		case <-done:
		default:
			t.Fatalf("the link was not cut in %s:\n%s", cutting.name, said)
		}
		if took := time.Since(begun); took > 3*time.Minute {
			t.Errorf("cut in %s: the extractor gave up after %s", cutting.name, took)
		}
		if !strings.Contains(said, "error: ") {
			t.Errorf("cut in %s: no error is told:\n%s", cutting.name, said)
		}
		told := said[strings.LastIndex(said, "\nerror: ")+1:]
		t.Logf("cut in %s: %s", cutting.name, told)
		code, said := builder.do(t, "run") // of what is there
		if code != 1 || strings.Contains(said, "panic") {
			t.Errorf("cut in %s: the builder ends with code %d:\n%s", cutting.name, code, said)
		}
		wan.restore(t)
	}
	extractor.must(t, 0, "run")
	builder.must(t, 0, "run")
	extractor.must(t, 0, "run")
	builder.must(t, 0, "run")

	if d := cmp.Diff(landed(alone.must(t, 0, "lake", "list")), landed(builder.must(t, 0, "lake", "list"))); d != "" {
		t.Errorf("rows in the lake (-one machine +hybrid):\n%s", d)
	}
	if said := extractor.must(t, 0, "receipts", "--all", "--format", "csv"); strings.Contains(said, "DISAGREES") {
		t.Errorf("a receipt disagrees:\n%s", said)
	}
	db := opened(t, "duckdb", "")
	db.SetMaxOpenConns(1) // what is attached is the connection's
	for name, p := range map[string]*hybrid{"old": alone, "new": builder} {
		if _, err := db.Exec("attach '" + filepath.Join(p.dir, "marts.duckdb") + "' as " + name + " (read_only)"); err != nil {
			t.Fatal(err)
		}
	}
	rows := int64(0)
	for _, x := range tablesOf(t, db, "where table_catalog = 'new' and table_schema in ('mart', 'star') order by 1, 2, ordinal_position") {
		differ, _, _ := x.differ()
		none(t, db, x.name, "from "+differ+" as d")
		rows += number(t, db, "select count(*) from new."+x.name)
	}
	if rows < 1000 {
		t.Errorf("only %d rows were compared", rows)
	}
}
