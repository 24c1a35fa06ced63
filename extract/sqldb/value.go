package sqldb

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/models"
)

// column is a column of a table or query as the database describes it.
type column struct {
	name string
	kind string // the database's own name of the type, upper case: NUMERIC, TIMESTAMPTZ, VARCHAR
	null bool   // may be null, or it is not known
	json bool   // feeds a field that is declared as JSON; MariaDB stores JSON as text
}

func columnsOf(rows *sql.Rows) ([]column, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	out := make([]column, len(types))
	for i, t := range types {
		nullable, known := t.Nullable()
		kind, _, _ := strings.Cut(strings.ToUpper(t.DatabaseTypeName()), "(") // SQLite gives DECIMAL(18,2)
		out[i] = column{name: t.Name(), kind: kind, null: nullable || !known}
	}
	return out, nil
}

// naive says whether times of the column carry no zone.
func (c column) naive(d dialect) bool {
	switch d.name {
	case "postgres":
		return c.kind != "TIMESTAMPTZ"
	case "mysql":
		return c.kind != "TIMESTAMP" // whose texts are UTC in our sessions
	case "sqlserver":
		return c.kind != "DATETIMEOFFSET"
	}
	return true
}

// value makes what the driver handed over into what the landing code takes: exact decimals as text, times with their
// zone or without one.
func (c column) value(d dialect, v any) any {
	switch v := v.(type) {
	case nil, bool, int64:
		return v
	case float32:
		return extract.Numeric(strconv.FormatFloat(float64(v), 'g', -1, 32))
	case float64:
		return v
	case uint64:
		return extract.Numeric(strconv.FormatUint(v, 10))
	case time.Time:
		switch {
		case c.kind == "DATE":
			return v.Format(time.DateOnly)
		case c.kind == "TIME":
			return v.Format("15:04:05.999999")
		case c.naive(d):
			return extract.LocalTime(v.Format("2006-01-02 15:04:05.999999"))
		}
		return v.UTC()
	case []byte:
		return c.text(d, v)
	case string:
		return c.text(d, []byte(v))
	}
	return fmt.Sprint(v)
}

func (c column) text(d dialect, b []byte) any {
	switch c.kind {
	case "NUMERIC", "DECIMAL", "MONEY", "SMALLMONEY":
		return extract.Numeric(b)
	case "JSON", "JSONB":
		return extract.JSONText(b)
	case "TIMESTAMP", "DATETIME":
		if d.name == "sqlite" {
			return string(b) // with or without a zone, as the program wrote it
		}
		if d.name == "mysql" && !c.naive(d) && len(b) > 0 && b[0] != '0' {
			if at, err := time.Parse("2006-01-02 15:04:05.999999", string(b)); err == nil {
				return at
			}
		}
		return extract.LocalTime(b)
	case "TIMESTAMPTZ": // infinity
		return extract.LocalTime(b)
	case "BIT":
		if d.name == "mysql" {
			return new(big.Int).SetBytes(b).Int64()
		}
	case "UNIQUEIDENTIFIER":
		if len(b) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", []byte{b[3], b[2], b[1], b[0]}, []byte{b[5], b[4]}, []byte{b[7], b[6]}, b[8:10], b[10:])
		}
	}
	if c.json && json.Valid(b) {
		return extract.JSONText(b)
	}
	if !utf8.Valid(b) {
		return base64.StdEncoding.EncodeToString(b)
	}
	return string(b)
}

// Type is the dictionary's type that fits a column best; declared fields may say otherwise.
func (c column) Type() models.Type {
	switch c.kind {
	case "BOOL", "BOOLEAN":
		return models.Boolean
	case "INT2", "INT4", "INT8", "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT", "UNSIGNED INT", "UNSIGNED SMALLINT", "UNSIGNED TINYINT", "YEAR":
		return models.Integer
	case "NUMERIC", "DECIMAL", "MONEY", "SMALLMONEY", "UNSIGNED BIGINT":
		return models.Decimal
	case "FLOAT4", "FLOAT8", "FLOAT", "DOUBLE", "REAL":
		return models.Double
	case "DATE":
		return models.Date
	case "TIMESTAMP", "TIMESTAMPTZ", "DATETIME", "DATETIME2", "SMALLDATETIME", "DATETIMEOFFSET":
		return models.Timestamp
	case "JSON", "JSONB":
		return models.JSON
	}
	return models.String
}

// bound is a window's end as the database is asked for it: an instant where the column has a zone, else the wall
// clock of the cursor's zone, or a number since 1970 where the field says so.
func bound(d dialect, c column, f *extract.Field, w *extract.Window, zone *time.Location, at time.Time) (any, error) {
	if at.IsZero() {
		return nil, nil
	}
	switch f.Epoch {
	case "s":
		return -floor(-at.UnixMicro(), 1_000_000), nil
	case "ms":
		return -floor(-at.UnixMicro(), 1000), nil
	case "us":
		return at.UnixMicro(), nil
	}
	if !c.naive(d) {
		if d.name == "mysql" {
			return at.UTC().Format("2006-01-02 15:04:05.999999"), nil
		}
		return at.UTC(), nil
	}
	wall := at.In(zone)
	switch {
	case c.kind == "DATE" || w.Format == "date":
		return wall.Format(time.DateOnly), nil
	case f.Layout != "":
		return wall.Format(f.Layout), nil
	case d.name == "postgres" && c.kind != "TIMESTAMP", d.name == "sqlite", d.name == "mysql":
		if w.Format == "rfc3339" {
			return at.UTC().Format("2006-01-02T15:04:05Z"), nil
		}
		return wall.Format("2006-01-02 15:04:05.999999"), nil
	}
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC), nil
}

// floor divides and rounds down, also below zero.
func floor(n, by int64) int64 {
	q := n / by
	if n%by != 0 && (n < 0) != (by < 0) {
		q--
	}
	return q
}

// position is a place in the order of a stream, as the driver handed its values over. It is written into the cursor.
type position []any

func (p position) text() (string, error) {
	out := make([]map[string]string, len(p))
	for i, v := range p {
		switch v := v.(type) {
		case int64:
			out[i] = map[string]string{"int": strconv.FormatInt(v, 10)}
		case uint64:
			out[i] = map[string]string{"uint": strconv.FormatUint(v, 10)}
		case float64:
			out[i] = map[string]string{"float": strconv.FormatFloat(v, 'g', -1, 64)}
		case string:
			out[i] = map[string]string{"text": v}
		case []byte:
			out[i] = map[string]string{"text": string(v)}
		case time.Time:
			out[i] = map[string]string{"time": v.Format(time.RFC3339Nano)}
		default:
			return "", fmt.Errorf("a %T cannot be a cursor or key", v)
		}
	}
	b, err := json.Marshal(out)
	return string(b), err
}

func readPosition(cursor string) (position, error) {
	if cursor == "" {
		return nil, nil
	}
	var in []map[string]string
	if err := json.Unmarshal([]byte(cursor), &in); err != nil {
		return nil, fmt.Errorf("the cursor is no position in a table: %.80q", cursor)
	}
	out := make(position, len(in))
	for i, m := range in {
		for kind, text := range m {
			var err error
			switch kind {
			case "int":
				out[i], err = strconv.ParseInt(text, 10, 64)
			case "uint":
				out[i], err = strconv.ParseUint(text, 10, 64)
			case "float":
				out[i], err = strconv.ParseFloat(text, 64)
			case "time":
				out[i], err = time.Parse(time.RFC3339Nano, text)
			default:
				out[i] = text
			}
			if err != nil {
				return nil, fmt.Errorf("the cursor is no position in a table: %.80q", cursor)
			}
		}
	}
	return out, nil
}
