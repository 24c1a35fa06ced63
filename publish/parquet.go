package publish

import (
	"context"
	"errors"
	"os"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/heliu-data/heliu/warehouse"
)

// writeParquet writes a zstd-compressed file with DECIMAL, DATE and TIMESTAMP (UTC) columns as they are.
func writeParquet(ctx context.Context, source warehouse.Session, path string, t Table, p Publication, _ Config) (rows int64, err error) {
	reader, err := source.Query(ctx, t.query(""))
	if err != nil {
		return 0, err
	}
	defer reader.Release()
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithMaxRowGroupLength(122880), parquet.WithStoreDecimalAsInteger(true), parquet.WithCreatedBy("heliu"))
	out, err := pqarrow.NewFileWriter(reader.Schema(), file, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return 0, errors.Join(err, file.Close())
	}
	for reader.Next() {
		batch := reader.RecordBatch()
		if err := out.WriteBuffered(batch); err != nil {
			return rows, errors.Join(err, out.Close())
		}
		rows += batch.NumRows()
	}
	if err := errors.Join(reader.Err(), ctx.Err()); err != nil {
		return rows, errors.Join(err, out.Close())
	}
	return rows, errors.Join(out.AppendKeyValueMetadata("heliu.publication", p.ID), out.Close()) // closes the file
}

// proveParquet reads a written file back.
func proveParquet(ctx context.Context, source warehouse.Session, path string, t Table) error {
	return t.check(ctx, source, "", "select * from read_parquet("+literal(path)+")", reading{})
}
