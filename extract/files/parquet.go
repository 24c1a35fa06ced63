package files

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

// parquetFile is the content of a Parquet file. Top-level columns without structure become values of their type;
// lists, maps and groups become JSON.
type parquetFile struct {
	file    *parquet.File
	names   []string
	columns []assembly
	groups  []parquet.RowGroup
	rows    parquet.Rows
	buffer  []parquet.Row
	record  int64
}

func openParquet(s *extract.Stream, c *copied) (content, error) {
	info, err := c.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, errors.New("the file is empty")
	}
	file, err := parquet.OpenFile(c.File, info.Size())
	if err != nil {
		return nil, fmt.Errorf("it is no whole Parquet file: %w", err)
	}
	if _, err := checkPages(c.File, info.Size(), file); err != nil {
		return nil, fmt.Errorf("it is no whole Parquet file: %w", err)
	}
	f := &parquetFile{file: file, groups: file.RowGroups(), buffer: make([]parquet.Row, 256)}
	leaf := 0
	for _, field := range file.Schema().Fields() {
		f.names = append(f.names, field.Name())
		f.columns = append(f.columns, newAssembly(field, &leaf, 0, 0))
	}
	if f.names, err = columnNames(f.names); err != nil {
		return nil, err
	}
	return f, columnsThere(s, f.names, nil)
}

func (f *parquetFile) Next() (extract.Page, error) {
	page := extract.Page{Names: f.names, First: f.record + 1}
	for len(page.Rows)+len(page.Bad) < pageRows {
		n, err := f.read()
		for _, row := range f.buffer[:n] {
			f.record++
			values, why := f.values(row)
			if why != "" {
				page.Bad = append(page.Bad, extract.BadRecord{Record: fmt.Sprintf("%+v", row), Reason: why, At: f.record})
				continue
			}
			page.Rows = append(page.Rows, values)
		}
		if err == io.EOF && len(page.Rows)+len(page.Bad) > 0 {
			return page, nil
		}
		if err != nil {
			return extract.Page{}, err
		}
	}
	return page, nil
}

// read fills the buffer from the row groups, one after another; io.EOF comes behind the last, without rows.
func (f *parquetFile) read() (int, error) {
	for {
		if f.rows == nil {
			if len(f.groups) == 0 {
				return 0, io.EOF
			}
			f.rows, f.groups = f.groups[0].Rows(), f.groups[1:]
		}
		n, err := f.rows.ReadRows(f.buffer)
		if n > 0 && (err == nil || err == io.EOF) {
			return n, nil
		}
		if err != nil && err != io.EOF {
			return 0, fmt.Errorf("behind record %d the Parquet file is damaged: %w", f.record, err)
		}
		closed := f.rows.Close()
		if f.rows = nil; closed != nil {
			return 0, closed
		}
	}
}

// values takes a row apart: its values stand in the order of the leaf columns.
func (f *parquetFile) values(row parquet.Row) ([]any, string) {
	leaves := make([][]parquet.Value, len(f.file.Schema().Columns()))
	row.Range(func(i int, values []parquet.Value) bool {
		leaves[i] = values
		return true
	})
	out := make([]any, len(f.columns))
	for i := range f.columns {
		v, err := f.columns[i].value(leaves)
		if err != nil {
			return nil, f.names[i] + ": " + err.Error()
		}
		if text, ok := v.(string); ok {
			if why := badText(text, false); why != "" {
				return nil, f.names[i] + ": " + why
			}
		}
		out[i] = v
	}
	return out, ""
}

// Count is the number of rows that the file's footer states.
func (f *parquetFile) Count() (warehouse.CountKind, int64, error) {
	return warehouse.CountTotal, f.file.NumRows(), nil
}

func (f *parquetFile) Close() error {
	if f.rows == nil {
		return nil
	}
	return f.rows.Close()
}
