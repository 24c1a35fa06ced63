//go:build trino

package trino

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/heliu-data/heliu/warehouse"
)

// The files of an increment stand in the statement while they are few, of one view and of all that a statement may
// mention; many are a table of the session's.
func TestManyFilesAreNoText(t *testing.T) {
	ctx := context.Background()
	s := keeping(t).Connect()
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for i, c := range []struct {
		files int
		text  bool
	}{{200, true}, {201, false}, {200, true}, {200, true}, {200, true}, {199, true}, {2, false}, {1, true}, {1, false}, {4001, false}} {
		files := make([]warehouse.File, c.files)
		for j := range files {
			files[j].Path = fmt.Sprintf("s3://lake/raw/it's/%d/%d.parquet", i, j)
		}
		query, err := s.onlyFiles(ctx, "select x", files)
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Contains(query, "0.parquet"); text != c.text {
			t.Errorf("%d: %d files stand in the text: %t", i, c.files, text)
		}
		if c.text {
			continue
		}
		list := query[strings.Index(query, "temp."):strings.LastIndex(query, ")")]
		var n, known int
		if err := s.Row(ctx, "select count(*), count(distinct path) from "+list+" where path like 's3://lake/raw/it''s/%'", &n, &known); err != nil || n != c.files || known != n {
			t.Errorf("%d: the table holds %d files, %d of them once, want %d: %v", i, n, known, c.files, err)
		}
	}
}
