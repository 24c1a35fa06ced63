//go:build real

package real

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// biTool is a program that reads a publication by PostgreSQL's JDBC driver, as FineBI and its like do. It keeps its
// connection and its prepared statements while tables are published anew.
type biTool struct {
	ask    io.WriteCloser
	answer *bufio.Scanner
	said   *strings.Builder
}

// seen is a table as the driver shows it.
type seen struct {
	Table, Remarks string
	Columns        []struct{ Name, Remarks string }
	Rows           int64 // they stand in a CSV file
}

// newBITool starts the program, in a zone far from that of the server: a day must not shift.
func newBITool(t *testing.T, postgres string, schemas ...string) *biTool {
	t.Helper()
	jar := os.Getenv("HELIU_REAL_JDBC")
	if jar == "" {
		t.Fatal("HELIU_REAL_JDBC must name the jar of PostgreSQL's JDBC driver: run make test-real, or export what up.sh's env says")
	}
	address, err := url.Parse(postgres)
	if err != nil {
		t.Fatal(err)
	}
	jdbc := "jdbc:postgresql://" + address.Host + address.Path + "?user=" + url.QueryEscape(address.User.Username()) + "&sslmode=disable"
	command := exec.Command("java", append([]string{"-Xmx512m", "-Duser.timezone=America/Los_Angeles", "-cp", jar, filepath.Join("jdbc", "Read.java"), jdbc}, schemas...)...)
	said := &strings.Builder{}
	command.Stderr = said
	ask, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(ask.Close(), command.Wait()); err != nil {
			t.Errorf("the JDBC reader: %v\n%s", err, said)
		}
	})
	answer := bufio.NewScanner(out)
	answer.Buffer(nil, 1<<20)
	return &biTool{ask: ask, answer: answer, said: said}
}

// read lists the tables that are published now; the rows of each are in <folder>/<schema>.<table>.csv.
func (b *biTool) read(t *testing.T, folder string) (out []seen) {
	t.Helper()
	if _, err := io.WriteString(b.ask, folder+"\n"); err != nil {
		t.Fatal(err)
	}
	for b.answer.Scan() {
		if len(b.answer.Bytes()) == 0 {
			return out
		}
		var x seen
		if err := json.Unmarshal(b.answer.Bytes(), &x); err != nil {
			t.Fatalf("%v: %.300s", err, b.answer.Bytes())
		}
		out = append(out, x)
	}
	t.Fatalf("the JDBC reader ended: %v\n%s", b.answer.Err(), b.said)
	return nil
}

// sees compares what the driver shows with the DuckDB publication: tables, columns, the remarks of both, every row.
func (b *biTool) sees(t *testing.T, path string) {
	duck := openDuck(t, path)
	remarks := map[string]string{} // by schema.table or schema.table.column
	for _, row := range texts(t, duck, `select schema_name || '.' || table_name, coalesce(comment, '') from duckdb_tables() where schema_name in ('mart', 'star')
		union all select schema_name || '.' || table_name || '.' || column_name, coalesce(comment, '') from duckdb_columns() where schema_name in ('mart', 'star')`) {
		remarks[row[0]] = row[1]
	}
	tables := map[string]table{}
	for _, x := range tablesOf(t, duck, ours) {
		tables[x.name] = x
	}
	if len(tables) < 40 {
		t.Errorf("%d tables only", len(tables))
	}
	rows, kinds, shown, folder := int64(0), map[string]bool{}, map[string]string{}, t.TempDir()
	for _, x := range b.read(t, folder) {
		want, published := tables[x.Table]
		switch {
		case strings.Contains(x.Table, ".heliu"):
			continue
		case !published:
			t.Errorf("JDBC shows a table %s that is not published", x.Table)
			continue
		}
		delete(tables, x.Table)
		shown[x.Table] = x.Remarks
		listed := table{name: x.Table}
		for _, c := range x.Columns {
			shown[x.Table+"."+c.Name] = c.Remarks
			listed.columns = append(listed.columns, column{name: c.Name})
		}
		if d := cmp.Diff(names([]table{want}), names([]table{listed})); d != "" {
			t.Errorf("columns (-DuckDB +JDBC):\n%s", d)
			continue
		}
		for _, c := range want.columns {
			kinds[c.kind] = kinds[c.kind] || x.Rows > 0
		}
		rows += x.Rows
		if unlike := want.unlike(t, duck, filepath.Join(folder, x.Table+".csv")); len(unlike) > 0 {
			t.Errorf("%s (rows that only DuckDB has +, only JDBC -): %v", x.Table, unlike)
		}
	}
	for name := range tables {
		t.Errorf("JDBC does not show the table %s", name)
	}
	if d := cmp.Diff(remarks, shown); d != "" {
		t.Errorf("remarks (-DuckDB +JDBC):\n%s", d)
	}
	if got := shown["mart.sales_daily.gross_sales_amount"]; got != "销售额 / Gross sales" {
		t.Errorf("the gross sales bear the remark %q, not both languages", got)
	}
	for _, kind := range []string{"DECIMAL(18,4)", "DATE", "VARCHAR", "TIMESTAMP WITH TIME ZONE", "BOOLEAN", "BIGINT"} {
		if !kinds[kind] {
			t.Errorf("no value of type %s was read", kind)
		}
	}
	t.Logf("JDBC: %d rows, %d remarks", rows, len(shown))
}
