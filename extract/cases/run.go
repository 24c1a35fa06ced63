package cases

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// Runner runs cases against the connectors of some folders.
type Runner struct {
	Kinds      []extract.Kind
	Connectors []fs.FS
	Update     bool // write what came into the CSV files and the receipt's numbers stay to be read
}

// Run runs one case in an empty lake under temp and returns every difference as one error, nil when there is none.
func (r *Runner) Run(ctx context.Context, connector string, c *Case, temp string) error {
	l, err := lake.Open(ctx, lake.Config{Location: temp})
	if err != nil {
		return err
	}
	defer l.Close()
	system := &replay{dir: c.Dir, answers: c.Answers}
	var waits []string
	source, err := extract.Open(extract.Config{Name: "case", Connector: connector, Settings: r.settings(connector, c), File: filepath.Join(c.Dir, "case.yaml"), Line: 1}, extract.Deps{
		Lake: l, Kinds: r.Kinds, Connectors: r.Connectors, Transport: system, PersonalKey: []byte("case"), Random: func() uint64 { return 0 },
		Now: func() time.Time { return c.Now },
		Wait: func(ctx context.Context, d time.Duration) error {
			waits = append(waits, d.String())
			return ctx.Err()
		}})
	if err != nil {
		return err
	}
	receipts, readErr := source.Read(ctx, c.Read, extract.Options{From: c.From, To: c.To})
	problems := []error{system.err, c.checkError(readErr), c.checkReceipt(receipts), system.left()}
	if c.Expect.Waits != nil {
		problems = append(problems, differ("waits", c.Expect.Waits, waits))
	}
	for _, stream := range sortedKeys(c.Expect.Rows) {
		problems = append(problems, r.checkRows(ctx, l, c, stream))
	}
	if c.Expect.Rejected != nil {
		problems = append(problems, checkRejected(ctx, l, c))
	}
	return errors.Join(problems...)
}

// settings fills what the case does not say: each needed setting with its own name.
func (r *Runner) settings(connector string, c *Case) map[string]any {
	out := map[string]any{}
	if con, err := extract.LoadConnector(connector, r.Kinds, r.Connectors...); err == nil { // Open tells of the error
		for _, n := range con.Needs {
			if !n.Optional {
				out[n.Name] = n.Name
			}
		}
	}
	for k, v := range c.Settings {
		out[k] = v
	}
	return out
}

func (c *Case) checkError(err error) error {
	switch {
	case c.Expect.Error == "" && err != nil:
		return fmt.Errorf("read: %w", err)
	case c.Expect.Error != "" && err == nil:
		return fmt.Errorf("read: no error, want %q", c.Expect.Error)
	case err != nil && !strings.Contains(err.Error(), c.Expect.Error):
		return fmt.Errorf("read: error %q, want %q in it", err, c.Expect.Error)
	}
	return nil
}

// checkReceipt compares the sum of the receipts with the keys that the case gives.
func (c *Case) checkReceipt(receipts []warehouse.Receipt) error {
	if c.Expect.Receipt == nil {
		return nil
	}
	sum := map[string]any{"receipts": len(receipts)}
	var total warehouse.Receipt
	for _, r := range receipts {
		total.CountKind = r.CountKind
		total.Read, total.Landed, total.Rejected, total.Repeated = total.Read+r.Read, total.Landed+r.Landed, total.Rejected+r.Rejected, total.Repeated+r.Repeated
		if r.SourceCount != nil {
			n := *r.SourceCount
			if total.SourceCount != nil {
				n += *total.SourceCount
			}
			total.SourceCount = &n
		}
	}
	text, err := json.Marshal(total)
	if err == nil {
		err = json.Unmarshal(text, &sum)
	}
	if err != nil {
		return err
	}
	want, got := map[string]string{}, map[string]string{}
	for k, v := range c.Expect.Receipt {
		want[k], got[k] = fmt.Sprint(v), fmt.Sprint(sum[k])
	}
	return differ("receipt", want, got)
}

func (r *Runner) checkRows(ctx context.Context, l *lake.Lake, c *Case, stream string) error {
	file := filepath.Join(c.Dir, c.Expect.Rows[stream])
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	want, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(want) == 0 {
		return fmt.Errorf("%s has no header: name the columns that matter", file)
	}
	rows, err := Rows(ctx, l, "raw."+extract.TableName("case", stream), want[0])
	if err != nil {
		return err
	}
	got := append([][]string{want[0]}, rows...)
	sortRows(want[1:])
	sortRows(got[1:])
	if r.Update && !cmp.Equal(want, got) {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		if err := w.WriteAll(got); err != nil {
			return err
		}
		return os.WriteFile(file, b.Bytes(), 0o644)
	}
	return differ("rows of "+stream, want, got)
}

func checkRejected(ctx context.Context, l *lake.Lake, c *Case) error {
	columns := []string{"field", "reason", "position", "record"}
	rows, err := Rows(ctx, l, "raw."+extract.TableName("case", c.Read)+"__rejected", columns)
	if err != nil {
		return err
	}
	var want, got []map[string]string
	for i, row := range rows {
		one := map[string]string{}
		for j, name := range columns {
			if i < len(c.Expect.Rejected) && c.Expect.Rejected[i][name] != nil || i >= len(c.Expect.Rejected) {
				one[name] = row[j]
			}
		}
		got = append(got, one)
	}
	for _, w := range c.Expect.Rejected {
		one := map[string]string{}
		for k, v := range w {
			one[k] = fmt.Sprint(v)
		}
		want = append(want, one)
	}
	return differ("rejected", want, got)
}

func differ(what string, want, got any) error {
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("%s (-want +got):\n%s", what, diff)
	}
	return nil
}

func sortRows(rows [][]string) {
	slices.SortFunc(rows, func(a, b []string) int { return slices.Compare(a, b) })
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
