package cases

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/heliu-data/heliu/warehouse/lake"
)

// Rows reads columns of a local lake table as text, in the order of landing: amounts in full, times in UTC (RFC 3339),
// nothing for null. It is for tests and looks at Parquet files alone.
func Rows(ctx context.Context, l *lake.Lake, table string, columns []string) ([][]string, error) {
	t, err := l.Table(ctx, table)
	if errors.Is(err, lake.ErrNoTable) {
		return nil, fmt.Errorf("nothing landed: %w", err)
	}
	if err != nil {
		return nil, err
	}
	inc, err := t.FilesSince(ctx, 0)
	if err != nil {
		return nil, err
	}
	var out [][]string
	for _, f := range inc.Files {
		rows, err := fileRows(f.Path, columns)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		out = append(out, rows...)
	}
	return out, nil
}

func fileRows(path string, columns []string) (out [][]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := parquet.NewReader(f)
	defer func() { err = errors.Join(err, r.Close()) }()
	at := make([]int, len(columns))
	kinds := make([]parquet.Node, len(columns))
	for i, name := range columns {
		leaf, ok := r.Schema().Lookup(name)
		if !ok {
			return nil, fmt.Errorf("there is no column %q", name)
		}
		at[i], kinds[i] = leaf.ColumnIndex, leaf.Node
	}
	buffer := make([]parquet.Row, 128)
	for {
		n, err := r.ReadRows(buffer)
		for _, row := range buffer[:n] {
			texts := make([]string, len(columns))
			for i := range columns {
				texts[i] = text(row[at[i]], kinds[i])
			}
			out = append(out, texts)
		}
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func text(v parquet.Value, n parquet.Node) string {
	if v.IsNull() {
		return ""
	}
	// the logical type as parquet-go names it: DECIMAL(18,4), TIMESTAMP(isAdjustedToUTC=true,unit=MICROS), DATE
	logical := n.Type().String()
	var precision, scale int
	if _, err := fmt.Sscanf(logical, "DECIMAL(%d,%d)", &precision, &scale); err == nil {
		return decimal(v, scale)
	}
	switch {
	case strings.HasPrefix(logical, "TIMESTAMP"):
		return time.UnixMicro(v.Int64()).UTC().Format("2006-01-02T15:04:05.999999Z07:00")
	case logical == "DATE":
		return time.Unix(int64(v.Int32())*86400, 0).UTC().Format("2006-01-02")
	}
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean())
	case parquet.Int32, parquet.Int64:
		return strconv.FormatInt(v.Int64(), 10)
	case parquet.Double:
		return strconv.FormatFloat(v.Double(), 'g', -1, 64)
	}
	return string(v.ByteArray())
}

func decimal(v parquet.Value, scale int) string {
	unscaled := big.NewInt(0)
	if v.Kind() == parquet.FixedLenByteArray {
		b := v.ByteArray()
		unscaled.SetBytes(b)
		if len(b) > 0 && b[0]&0x80 != 0 {
			unscaled.Sub(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(len(b)*8)))
		}
	} else {
		unscaled.SetInt64(v.Int64())
	}
	return new(big.Rat).SetFrac(unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).FloatString(scale)
}
