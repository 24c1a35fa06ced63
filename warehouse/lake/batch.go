package lake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// Batch builds the data files of one window of one table, column by column and row by row:
//
//	b := table.NewBatch(id)
//	b.AppendString(0, "A1")
//	b.AppendDecimal(1, 199900) // 19.99
//	err := b.EndRow()          // columns not appended to are null
//	files, err := b.Close()
//
// Column indexes are those of Table.Columns. Appending twice to a column of one row keeps the last value. Memory is
// bounded whatever the number of rows: row groups are flushed and files are closed past a size. The first error
// stays: every later EndRow and Close returns it.
type Batch struct {
	table   *Table
	id      string
	columns []column
	group   *group // nil before the first value
	chunks  []*chunk
	fills   []fill
	rows    int   // whole rows in the open pages
	text    int   // bytes of text in the open pages
	total   int64 // whole rows so far
	file    *dataFile
	files   []warehouse.File
	ctx     context.Context // of uploads
	err     error
	closed  bool
}

// NewBatch starts a batch. The id names the window: the same window gets the same id whenever it is read, made of
// letters, digits and . _ - only, at most 120 of them.
func (t *Table) NewBatch(id string) *Batch {
	b := &Batch{table: t, id: id, ctx: context.Background(), columns: t.columns}
	b.err = checkBatchID(id)
	for _, c := range t.columns {
		if want := iceTypes[c.Type]; b.err == nil && !c.ice.Equals(want) {
			b.err = fmt.Errorf("column %s of %s is %s in the lake, not %s: open the table by Ensure to widen it", c.Name, t.name, c.ice, want)
		}
	}
	return b
}

// WithContext makes uploads to S3 end when ctx does, and returns b.
func (b *Batch) WithContext(ctx context.Context) *Batch {
	b.ctx = ctx
	return b
}

func checkBatchID(id string) error {
	ok := id != "" && len(id) <= 120 && id[0] != '.' && strings.IndexFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	}) < 0
	if !ok {
		return fmt.Errorf("batch id %q: want 1 to 120 letters, digits, '.', '_' or '-'", id)
	}
	return nil
}

// column is where the next value of a column goes, nil after an error; no types are any type.
func (b *Batch) column(col int, types ...models.Type) *chunk {
	if b.chunks == nil && !b.begin() {
		return nil
	}
	c := b.chunks[col]
	if len(c.levels) != b.rows {
		c.goTo(b.rows)
	}
	if len(types) == 0 || types[0] == c.typ || slices.Contains(types, c.typ) {
		return c
	}
	b.fail(fmt.Errorf("column %s of %s is %s, not %s", c.name, b.table.name, c.typ, types[0]))
	return nil
}

// begin makes the row group before the first value.
func (b *Batch) begin() bool {
	if b.err != nil || b.closed {
		return false
	}
	if b.group, b.err = b.table.takeGroup(b.columns); b.err != nil {
		return false
	}
	for i, f := range b.fills {
		c, want := b.group.chunks[f.col], models.Timestamp
		if f.text != "" {
			want = models.String
		}
		if c.typ != want {
			b.err = fmt.Errorf("column %s of %s is %s, not %s", c.name, b.table.name, c.typ, want)
			return false
		}
		c.fill = &b.fills[i]
	}
	b.chunks = b.group.chunks
	return true
}

func (b *Batch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// DropRow forgets what was appended since the last EndRow.
func (b *Batch) DropRow() {
	for _, c := range b.chunks {
		if len(c.levels) > b.rows {
			c.undo()
		}
	}
}

// EndRow ends the current row; columns not appended to are null or what was filled in.
func (b *Batch) EndRow() error {
	if b.err != nil {
		return b.err
	}
	if b.closed {
		return errors.New("batch is closed")
	}
	if b.chunks == nil && !b.begin() {
		return b.err
	}
	b.rows++
	b.total++
	if b.rows == pageRows || b.text >= batchText {
		b.err = b.flush()
	}
	return b.err
}

// Rows is the number of whole rows so far.
func (b *Batch) Rows() int64 { return b.total }

// flush ends the open pages, and the row group and the file when they are large enough.
func (b *Batch) flush() error {
	if b.rows == 0 {
		return nil
	}
	for _, c := range b.chunks {
		c.goTo(b.rows)
	}
	if err := b.group.endPages(int64(b.rows), int64(b.text+8*b.rows*len(b.chunks))); err != nil {
		return fmt.Errorf("data file of %s: %w", b.table.name, err)
	}
	b.rows, b.text = 0, 0
	if !b.group.full() {
		return nil
	}
	if err := b.writeGroup(); err != nil || !b.file.full() {
		return err
	}
	return b.finishFile()
}

func (b *Batch) writeGroup() (err error) {
	if b.file == nil {
		b.file, err = b.table.lake.newDataFile(b.table.Location(), b.group.footer)
	}
	if err == nil {
		err = b.file.write(b.group)
	}
	if err != nil {
		return fmt.Errorf("data file of %s: %w", b.table.name, err)
	}
	return nil
}

func (b *Batch) finishFile() error {
	file, err := b.file.finish(b.ctx, b.table.Location()+"/data/"+b.id, len(b.files))
	b.file = nil
	if err != nil {
		return fmt.Errorf("data file of %s: %w", b.table.name, err)
	}
	b.files = append(b.files, file)
	return nil
}

// Close finishes the last file and returns all of them, durable and under their final names, ready for Commit.
// A batch without rows has no files. After an error the temporary file is gone; files already finished are in no
// snapshot and upkeep removes them.
func (b *Batch) Close() ([]warehouse.File, error) {
	if b.err == nil && b.closed {
		return nil, errors.New("batch is closed already")
	}
	b.closed = true
	defer b.release()
	b.DropRow()
	if b.err == nil {
		b.err = b.flush()
	}
	if b.err == nil && b.group != nil && b.group.rows > 0 {
		b.err = b.writeGroup()
	}
	if b.err == nil && b.file != nil {
		b.err = b.finishFile()
	}
	if b.err != nil {
		return nil, errors.Join(b.err, b.Abort())
	}
	return b.files, nil
}

// Abort removes the temporary file of an unfinished batch. After Close it does nothing.
func (b *Batch) Abort() error {
	b.closed = true
	b.release()
	if b.file == nil {
		return nil
	}
	err := b.file.abort()
	b.file = nil
	return err
}

// release leaves the memory of the row group to the table's next batch.
func (b *Batch) release() {
	if b.group != nil {
		b.table.giveGroup(b.group)
	}
	b.group, b.chunks = nil, nil
}
