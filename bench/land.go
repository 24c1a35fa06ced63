package bench

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/kinds"
	"github.com/heliu-data/heliu/warehouse/lake"
)

//go:embed landing.yaml
var landing []byte

// Land reads <jsonl>/<entity>/*.jsonl into a lake under <out>/lake as any source of a project is read, receipts, rejected
// lines and SHA-256 included, then links the tables' Parquet files as <out>/<entity>/*.parquet. It writes a line a stream
// to w.
func Land(ctx context.Context, jsonl, out string, now func() time.Time, w io.Writer) (err error) {
	var streams yaml.Node
	if err := yaml.Unmarshal(landing, &streams); err != nil {
		return fmt.Errorf("landing.yaml: %w", err)
	}
	l, err := lake.Open(ctx, lake.Config{Location: filepath.Join(out, "lake"), Now: now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	source, err := extract.Open(extract.Config{Name: "bench", Connector: "files", Streams: streams.Content[0], File: "landing.yaml"},
		extract.Deps{Lake: l, Kinds: kinds.All(), Now: now, Dir: jsonl})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	for _, entity := range entities {
		begun := now()
		receipts, err := source.Read(ctx, entity, extract.Options{})
		if err != nil {
			return err
		}
		var read, landed, rejected int64
		for _, r := range receipts {
			read, landed, rejected = read+r.Read, landed+r.Landed, rejected+r.Rejected
		}
		files, err := link(ctx, l, entity, filepath.Join(out, entity))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%-10s %8d read %8d landed %6d rejected %4d windows %4d files %7.2f s\n",
			entity, read, landed, rejected, len(receipts), files, now().Sub(begun).Seconds()); err != nil {
			return err
		}
	}
	return nil
}

// link shows a table's data files in a folder of their own.
func link(ctx context.Context, l *lake.Lake, entity, dir string) (int, error) {
	t, err := l.Table(ctx, tablePrefix+entity)
	if err != nil {
		return 0, err
	}
	increment, err := t.FilesSince(ctx, 0)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, fmt.Errorf("link the files of %s: %w", entity, err)
	}
	for i, f := range increment.Files {
		if err := os.Link(f.Path, filepath.Join(dir, fmt.Sprintf("%05d.parquet", i))); err != nil {
			return 0, fmt.Errorf("link the files of %s: %w", entity, err)
		}
	}
	return len(increment.Files), nil
}
