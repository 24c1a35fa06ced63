package files

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/heliu-data/heliu/extract"
)

// assembly puts a column together again from the values of its leaves (Melnik et al., Dremel, 2010, section 4.3).
type assembly struct {
	field      parquet.Field
	first, end int // its leaves
	rep, def   int // levels at which the column itself is repeated and present
	inner      []assembly
}

func newAssembly(field parquet.Field, leaf *int, rep, def int) assembly {
	a := assembly{field: field, first: *leaf}
	if field.Optional() || field.Repeated() {
		def++
	}
	if field.Repeated() {
		rep++
	}
	a.rep, a.def = rep, def
	if field.Leaf() {
		*leaf++
	}
	for _, f := range field.Fields() {
		a.inner = append(a.inner, newAssembly(f, leaf, rep, def))
	}
	a.end = *leaf
	return a
}

// value is the column's value in one row: a plain one, or JSON.
func (a *assembly) value(leaves [][]parquet.Value) (any, error) {
	if a.field.Leaf() && !a.field.Repeated() {
		if len(leaves[a.first]) == 0 || leaves[a.first][0].IsNull() {
			return nil, nil
		}
		return plainValue(a.field.Type(), leaves[a.first][0])
	}
	v, err := a.nested(leaves)
	if err != nil || v == nil {
		return nil, err
	}
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return extract.JSONText(strings.TrimSuffix(text.String(), "\n")), nil
}

// nested is the column's value for the part of a row that leaves holds, as encoding/json writes it.
func (a *assembly) nested(leaves [][]parquet.Value) (any, error) {
	if len(leaves[a.first]) == 0 || leaves[a.first][0].DefinitionLevel() < a.def {
		return nil, nil
	}
	if !a.field.Repeated() {
		return a.one(leaves)
	}
	list := []any{}
	part := make([][]parquet.Value, len(leaves))
	at := make([]int, len(leaves))
	for at[a.first] < len(leaves[a.first]) {
		for i := a.first; i < a.end; i++ {
			to := at[i] + 1
			for to < len(leaves[i]) && leaves[i][to].RepetitionLevel() > a.rep {
				to++
			}
			if to > len(leaves[i]) {
				return nil, errors.New("its columns do not fit together")
			}
			part[i], at[i] = leaves[i][at[i]:to], to
		}
		v, err := a.one(part)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// one is a single, present value: of a leaf, a list, a map or a group.
func (a *assembly) one(leaves [][]parquet.Value) (any, error) {
	if a.field.Leaf() {
		v, err := plainValue(a.field.Type(), leaves[a.first][0])
		if err != nil {
			return nil, err
		}
		return jsonValue(v)
	}
	if len(a.inner) == 1 && a.inner[0].field.Repeated() {
		return a.wrapped(leaves)
	}
	group := map[string]any{}
	for i := range a.inner {
		v, err := a.inner[i].nested(leaves)
		if err != nil {
			return nil, err
		}
		group[a.inner[i].field.Name()] = v
	}
	return group, nil
}

// wrapped takes the outer groups off that Parquet puts around lists (list.element) and maps (key_value.key, .value).
func (a *assembly) wrapped(leaves [][]parquet.Value) (any, error) {
	list := &a.inner[0]
	v, err := list.nested(leaves)
	if err != nil {
		return nil, err
	}
	items, ok := v.([]any)
	if !ok {
		items = []any{}
	}
	switch {
	case len(list.inner) == 1:
		for i, item := range items {
			items[i] = item.(map[string]any)[list.inner[0].field.Name()]
		}
	case len(list.inner) == 2 && list.inner[0].field.Name() == "key" && list.inner[1].field.Name() == "value":
		m := map[string]any{}
		for _, item := range items {
			pair := item.(map[string]any)
			m[fmt.Sprint(pair["key"])] = pair["value"]
		}
		if len(m) != len(items) {
			return nil, errors.New("a map has a key twice")
		}
		return m, nil
	}
	return items, nil
}

// jsonValue is a value as encoding/json is to write it; NaN and infinity have no JSON.
func jsonValue(v any) (any, error) {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%v is no number that JSON has", v)
		}
	case extract.Numeric:
		return json.Number(v), nil
	case extract.JSONText:
		return json.RawMessage(v), nil
	case time.Time:
		return v.Format(time.RFC3339Nano), nil
	case string:
		if !utf8.ValidString(v) {
			return nil, errors.New("bytes that are not UTF-8")
		}
	}
	return v, nil
}

// plainValue is a leaf's value by its logical type. Bytes without one are text if they are UTF-8, else base64.
func plainValue(t parquet.Type, v parquet.Value) (any, error) {
	if logical := t.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *format.DecimalType:
			return decimalValue(v, int(l.Scale))
		case *format.DateType:
			return time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly), nil
		case *format.TimestampType:
			return timestampValue(v.Int64(), l), nil
		case *format.TimeType:
			return clockValue(v, l.Unit), nil
		case *format.JsonType:
			return extract.JSONText(v.ByteArray()), nil
		case *format.StringType, *format.EnumType:
			return string(v.ByteArray()), nil
		case *format.UUIDType:
			b := v.ByteArray()
			if len(b) == 16 {
				return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
			}
		case *format.IntType:
			if !l.IsSigned && v.Kind() == parquet.Int64 && v.Int64() < 0 {
				return extract.Numeric(new(big.Int).SetUint64(v.Uint64()).String()), nil
			}
			if !l.IsSigned && v.Kind() == parquet.Int32 {
				return int64(v.Uint32()), nil
			}
		}
	}
	switch v.Kind() {
	case parquet.Boolean:
		return v.Boolean(), nil
	case parquet.Int32:
		return int64(v.Int32()), nil
	case parquet.Int64:
		return v.Int64(), nil
	case parquet.Int96:
		x := v.Int96()
		nanos := int64(uint64(x[1])<<32 | uint64(x[0]))
		return time.Unix((int64(x[2])-2440588)*86400, nanos).UTC(), nil // the Julian day of 1970-01-01
	case parquet.Float:
		return float64(v.Float()), nil
	case parquet.Double:
		return v.Double(), nil
	}
	if b := v.ByteArray(); !utf8.Valid(b) {
		return base64.StdEncoding.EncodeToString(b), nil
	}
	return string(v.ByteArray()), nil
}

func decimalValue(v parquet.Value, scale int) (any, error) {
	n := new(big.Int)
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default:
		b := v.ByteArray()
		n.SetBytes(b)
		if len(b) > 0 && b[0]&0x80 != 0 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	if scale < 0 || scale > 64 {
		return nil, fmt.Errorf("a decimal of scale %d", scale)
	}
	digits, sign := n.String(), ""
	if strings.HasPrefix(digits, "-") {
		digits, sign = digits[1:], "-"
	}
	if scale == 0 {
		return extract.Numeric(sign + digits), nil
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	return extract.Numeric(sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]), nil
}

func timestampValue(n int64, t *format.TimestampType) any {
	var at time.Time
	switch t.Unit.Value.(type) {
	case *format.MilliSeconds:
		at = time.UnixMilli(n)
	case *format.NanoSeconds:
		at = time.Unix(0, n)
	default:
		at = time.UnixMicro(n)
	}
	if t.IsAdjustedToUTC {
		return at.UTC()
	}
	return extract.LocalTime(at.UTC().Format("2006-01-02 15:04:05.999999"))
}

func clockValue(v parquet.Value, unit format.TimeUnit) any {
	var d time.Duration
	switch unit.Value.(type) {
	case *format.MilliSeconds:
		d = time.Duration(v.Int32()) * time.Millisecond
	case *format.NanoSeconds:
		d = time.Duration(v.Int64())
	default:
		d = time.Duration(v.Int64()) * time.Microsecond
	}
	return time.Time{}.Add(d).Format("15:04:05.999999")
}
