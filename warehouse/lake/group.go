package lake

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

const (
	groupRows  = 6 * pageRows // rows in a row group: the unit in which DuckDB shares out a scan
	groupBytes = 64 << 20     // uncompressed, whichever comes first
	heldBytes  = 8 << 20      // compressed, whichever comes first: they wait in memory for the row group's end
	spareMost  = 2            // row groups whose memory a table keeps for its next batches
)

// group is the open row group of a data file.
type group struct {
	chunks  []*chunk // by the index of the table's columns
	order   []*chunk // as the file has them
	footer  *format.FileMetaData
	columns []column
	lake    *Lake
	rows    int64
	raw     int64 // uncompressed bytes
	held    int64 // compressed bytes
}

func (l *Lake) newGroup(columns []column) (*group, error) {
	fields := parquet.Group{}
	for _, c := range columns {
		node, err := parquetNode(c.id, c.ice)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		fields[c.Name] = node
	}
	schema := parquet.NewSchema("table", fields)
	footer, err := emptyFooter(schema)
	if err != nil {
		return nil, err
	}
	g := &group{lake: l, columns: columns, footer: footer, chunks: make([]*chunk, len(columns)), order: make([]*chunk, len(columns))}
	for i, c := range columns {
		leaf, ok := schema.Lookup(c.Name) // a parquet.Group orders its columns by name
		if !ok {
			return nil, fmt.Errorf("column %s is not in the Parquet schema", c.Name)
		}
		g.chunks[i] = newChunk(c, leaf.Node)
		g.order[leaf.ColumnIndex] = g.chunks[i]
	}
	return g, nil
}

// emptyFooter is the footer that parquet-go gives a file without rows.
func emptyFooter(schema *parquet.Schema) (*format.FileMetaData, error) {
	var file bytes.Buffer
	if err := parquet.NewWriter(&file, schema, parquet.CreatedBy("heliu", "1", "")).Close(); err != nil {
		return nil, fmt.Errorf("Parquet schema: %w", err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		return nil, fmt.Errorf("Parquet schema: %w", err)
	}
	return f.Metadata(), nil
}

// endPages ends the open pages of all columns; raw is how many bytes of values they have.
func (g *group) endPages(rows, raw int64) error {
	s, err := g.lake.takeScratch()
	if err != nil {
		return err
	}
	defer g.lake.giveScratch(s)
	g.held = 0
	for _, c := range g.chunks {
		if err := c.endPage(s); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
		if c.meta.rows != g.rows+rows {
			return fmt.Errorf("column %s has %d values for %d rows", c.name, c.meta.rows, g.rows+rows)
		}
		g.held += int64(len(c.pages))
	}
	g.rows, g.raw = g.rows+rows, g.raw+raw
	return nil
}

func (g *group) full() bool { return g.rows >= groupRows || g.raw >= groupBytes || g.held >= heldBytes }

func (g *group) reset() {
	for _, c := range g.chunks {
		c.reset()
	}
	g.rows, g.raw, g.held = 0, 0, 0
}

// takeGroup is an empty row group of the columns: the memory of an earlier batch, or a new one.
func (t *Table) takeGroup(columns []column) (*group, error) {
	t.spare.Lock()
	defer t.spare.Unlock()
	if n := len(t.spare.groups); n > 0 {
		g := t.spare.groups[n-1]
		t.spare.groups = t.spare.groups[:n-1]
		if slices.Equal(g.columns, columns) {
			return g, nil
		}
		t.spare.groups = nil // the table has other columns now
	}
	return t.lake.newGroup(columns)
}

// giveGroup empties a row group and keeps its memory for the next batch.
func (t *Table) giveGroup(g *group) {
	g.reset()
	for _, c := range g.chunks {
		c.forget()
	}
	t.spare.Lock()
	defer t.spare.Unlock()
	if len(t.spare.groups) < spareMost {
		t.spare.groups = append(t.spare.groups, g)
	}
}

// spareGroups are row groups that no batch uses.
type spareGroups struct {
	sync.Mutex
	groups []*group
}
