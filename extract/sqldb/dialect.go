package sqldb

import (
	"database/sql"
	"strconv"
	"strings"
)

// dialect is what databases say differently.
type dialect struct {
	name      string
	quoted    string // the two characters around an identifier
	numbered  string // prefix of numbered placeholders; "" for question marks
	top       bool   // a limit is written TOP (n) behind select, not LIMIT n at the end
	rowValues bool   // (a, b) > (x, y) is understood and uses an index
	snapshot  sql.IsolationLevel
	readOnly  bool // transactions can be read-only
}

var (
	postgres     = dialect{name: "postgres", quoted: `""`, numbered: "$", rowValues: true, snapshot: sql.LevelRepeatableRead, readOnly: true}
	mysqlDialect = dialect{name: "mysql", quoted: "``", snapshot: sql.LevelRepeatableRead, readOnly: true}
	sqlserver    = dialect{name: "sqlserver", quoted: "[]", numbered: "@p", top: true, snapshot: sql.LevelSnapshot}
	sqlite       = dialect{name: "sqlite", quoted: `""`, rowValues: true, snapshot: sql.LevelDefault}
)

// quote makes an identifier of a name, whatever characters it has.
func (d dialect) quote(name string) string {
	end := d.quoted[1:]
	return d.quoted[:1] + strings.ReplaceAll(name, end, end+end) + end
}

// table quotes each part of schema.table.
func (d dialect) table(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = d.quote(p)
	}
	return strings.Join(parts, ".")
}

// arguments collects the values of a statement and hands out their placeholders.
type arguments struct {
	dialect dialect
	values  []any
}

func (a *arguments) add(v any) string {
	a.values = append(a.values, v)
	if a.dialect.numbered == "" {
		return "?"
	}
	return a.dialect.numbered + strconv.Itoa(len(a.values))
}
