package sql

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
)

// refused are the functions and operators that DuckDB and Trino answer differently, that only one of them has, or whose
// answer depends on the order in which rows happen to come, with what to write instead.
var refused = map[string]string{
	"any_value": "its answer depends on the order of rows: use min or max, or row_number with a total order", "arbitrary": "use min or max", "first": "use row_number with a total order",
	"last": "use row_number with a total order", "max_by": "ties are broken by chance: use row_number with a total order", "min_by": "ties are broken by chance: use row_number with a total order",
	"arg_max": "use row_number with a total order", "arg_min": "use row_number with a total order", "mode": "ties are broken by chance",
	"array_agg": "lists over unbounded input do not spill: use numbered rows", "list": "use numbered rows", "string_agg": "lists over unbounded input do not spill: use numbered rows",
	"group_concat": "use numbered rows", "listagg": "DuckDB's parser has no listagg", "map_agg": "use rows", "histogram": "use rows",
	"greatest": "with a null DuckDB gives the other value, Trino null: use case", "least": "with a null DuckDB gives the other value, Trino null: use case",
	"concat": "with a null DuckDB gives the rest, Trino null: use ||", "concat_ws": "Trino 476 and DuckDB differ on empty parts: use ||",
	"regexp_replace": "DuckDB replaces the first match, Trino all: use replace", "json_value": "DuckDB gives null where Trino gives a value: use json_extract_scalar",
	"md5": "DuckDB takes text, Trino bytes: use key63", "hash": "only DuckDB has it: use key63", "sha256": "DuckDB takes text, Trino bytes: use key63",
	"//": "only DuckDB has it: use floor(cast(a as double) / b) or cast", "**": "use power", "^": "use power", "->": "use json_extract", "->>": "use json_extract_scalar", "~~*": "ilike is DuckDB's only: use lower(x) like",
	"!~~*": "ilike is DuckDB's only: use lower(x) like", "~": "use regexp_like", "epoch": "use to_unixtime or date_diff", "strftime": "only DuckDB has it", "strptime": "only DuckDB has it",
	"isodow": "use day_of_week", "ifnull": "use coalesce", "datediff": "use date_diff", "datesub": "use date_diff", "date_sub": "use date_diff", "list_value": "use array[…]", "struct_pack": "use columns",
	"random": "results must not depend on chance", "uuid": "results must not depend on chance", "gen_random_uuid": "results must not depend on chance", "now": "results must not depend on the clock",
	"current_timestamp": "results must not depend on the clock", "get_current_timestamp": "results must not depend on the clock", "current_date": "results must not depend on the clock", "today": "results must not depend on the clock",
	"approx_percentile": "each engine estimates in its own way: number the rows and take the one in the middle", "approx_distinct": "each engine estimates in its own way: use count(distinct x)",
	"quantile_cont": "number the rows and take those in the middle", "percentile_cont": "number the rows and take those in the middle", "median": "number the rows and take those in the middle", "cardinality": "DuckDB 1.5 lacks it for arrays", "to_days": "",
	"json_extract_string": "use json_extract_scalar", "regexp_extract": "without a match DuckDB gives '', Trino null: use case when regexp_like", "list_transform": "only DuckDB has it", "transform": "only Trino has it", "format": "the two engines have different format languages", "printf": "only DuckDB has it",
}

// clocks are functions that are written as columns are.
var clocks = map[string]string{"current_date": refused["current_date"], "current_timestamp": refused["now"], "localtimestamp": refused["now"],
	"current_time": refused["now"], "localtime": refused["now"]}

// needsOrder are the window functions whose answer is chance without an order.
var needsOrder = map[string]bool{"row_number": true, "lag": true, "lead": true, "first_value": true, "last_value": true, "nth_value": true, "ntile": true}

// textual are constructs that the parse tree does not show any more (PITFALLS C1).
var textual = []struct {
	pattern *regexp.Regexp
	message string
}{
	{regexp.MustCompile(`(?i)\b0x[0-9a-f]+`), "a hexadecimal number is read as 0 with an alias"},
	{regexp.MustCompile(`(?i)\bvarchar\s*\(`), "cast(x as varchar(n)) cuts in Trino and does not in DuckDB: use substr"},
	{regexp.MustCompile(`(?i)\bdecimal\s*'`), "a decimal literal has another scale in DuckDB: use cast('1.23' as decimal(18, 4))"},
	{regexp.MustCompile(`(?i)\btimestamp\s*\(\s*\d`), "timestamp(n) does not bind in DuckDB: write timestamp"},
	{regexp.MustCompile(`::`), "a::type is DuckDB's only: use cast(a as type)"},
	{regexp.MustCompile(`(?i)\binterval\s+'[^']*[a-z][^']*'`), "interval '7 days' is DuckDB's only: write interval '7' day"},
	{regexp.MustCompile(`(?i)\binterval\s+\d`), "interval 7 day is DuckDB's only: write interval '7' day"},
	{regexp.MustCompile(`(?i)\btext\b\s*[),]`), "the type text is DuckDB's only: write varchar"},
	{regexp.MustCompile(`(?i)\btablesample\b`), "a sample is chance"},
	{regexp.MustCompile(`(?i)\bilike\b`), "ilike is DuckDB's only: use lower(x) like"},
	{regexp.MustCompile(`(?i)\blimit\s+\d+\s+offset\b`), "Trino wants offset before limit"},
	{regexp.MustCompile(`(?i)\btimestamp\s*'[^']*[a-z/]{2,}[^']*'`), "DuckDB drops the zone of a timestamp literal: use at time zone"},
	{regexp.MustCompile(`'\$[^']*(?:"|\[-)[^']*'`), "a path of JSON with quotes or a negative index is read by one engine only"},
	{regexp.MustCompile(`(?i)\bdistinct\s+on\b`), "distinct on is DuckDB's only: use row_number"},
	{regexp.MustCompile(`(?i)(\A|\()\s*from\s`), "a query begins with select"},
}

// Lint refuses constructs that the two engines answer differently, that only one of them knows, or whose answer is
// chance. Tree is the parse tree of m.SQL as json_serialize_sql gives it.
func Lint(m Model, tree map[string]any) Problems {
	l := &linter{model: m, seen: map[Problem]bool{}}
	code := blank(m.SQL)
	for _, t := range textual {
		text := code
		if strings.Contains(t.pattern.String(), "'") { // about a literal: comments alone are left out
			text = blankComments(m.SQL)
		}
		for _, at := range t.pattern.FindAllStringIndex(text, -1) {
			l.add(float64(at[0]), "%s", t.message)
		}
	}
	l.walk(tree, 0, nil)
	sort.SliceStable(l.problems, func(i, j int) bool { return l.problems[i].Line < l.problems[j].Line })
	return l.problems
}

type linter struct {
	model    Model
	problems Problems
	seen     map[Problem]bool
}

func (l *linter) add(offset float64, format string, args ...any) {
	p := Problem{File: l.model.File, Line: l.model.LineOf(int(offset)), Message: "not portable: " + fmt.Sprintf(format, args...)}
	if !l.seen[p] {
		l.seen[p] = true
		l.problems = append(l.problems, p)
	}
}

// walk visits every node with the last offset seen above it and the expression that it stands in.
func (l *linter) walk(tree any, offset float64, above map[string]any) {
	switch t := tree.(type) {
	case []any:
		for _, v := range t {
			l.walk(v, offset, above)
		}
	case map[string]any:
		if at, ok := t["query_location"].(float64); ok && int(at) <= len(l.model.SQL) {
			offset = at
		}
		l.node(t, offset)
		l.zoned(t, offset, above)
		if t["class"] != nil {
			above = t
		}
		for _, v := range t {
			l.walk(v, offset, above)
		}
	}
}

func (l *linter) node(n map[string]any, at float64) {
	name, _ := n["function_name"].(string)
	class, _ := n["class"].(string)
	if n["qualify"] != nil {
		l.add(at, "qualify is DuckDB's only: number the rows in a CTE and filter it")
	}
	if n["aggregate_handling"] == "FORCE_AGGREGATES" {
		l.add(at, "group by all is DuckDB's only: name the columns")
	}
	switch n["type"] {
	case "PIVOT":
		l.add(at, "pivot is DuckDB's only: use sum(case …)")
	case "SET_OPERATION_NODE":
		if n["setop_type"] == "UNION_BY_NAME" {
			l.add(at, "union by name is DuckDB's only")
		}
	case "STAR":
		for _, key := range []string{"exclude_list", "replace_list", "rename_list", "qualified_exclude_list"} {
			if list, ok := n[key].([]any); ok && len(list) > 0 {
				l.add(at, "* exclude, replace and rename are DuckDB's only: name the columns")
			}
		}
		if n["columns"] == true {
			l.add(at, "columns(…) is DuckDB's only: name the columns")
		}
	case "LAMBDA":
		l.add(at, "functions of arrays have other names on the other engine: use rows")
	}
	if ref := n["ref_type"]; ref == "ASOF" || ref == "POSITIONAL" {
		l.add(at, "an asof or positional join is DuckDB's only: use row_number over the candidates")
	}
	switch class {
	case "FUNCTION":
		l.function(name, n, at)
	case "WINDOW":
		orders, _ := n["orders"].([]any)
		if needsOrder[name] && len(orders) == 0 {
			l.add(at, "%s without order by is chance", name)
		}
		if help, bad := refused[name]; bad {
			l.add(at, "%s: %s", name, help)
		}
		if n["filter_expr"] != nil {
			l.add(at, "Trino has no filter in a window: write %s(case when … end)", name)
		}
	case "CAST":
		l.cast(n, at)
	case "COMPARISON":
		l.comparison(n, at)
	case "COLUMN_REF":
		names, _ := n["column_names"].([]any)
		if help, bad := clocks[fmt.Sprint(names...)]; bad {
			l.add(at, "%s: %s", names[0], help)
		}
	}
}

var dayColumn = regexp.MustCompile(`_(date|at|on)$`)

// comparison refuses a day compared with a text.
func (l *linter) comparison(n map[string]any, at float64) {
	for _, side := range [][2]string{{"left", "right"}, {"right", "left"}} {
		column, _ := n[side[0]].(map[string]any)
		constant, _ := n[side[1]].(map[string]any)
		names, _ := column["column_names"].([]any)
		value, _ := constant["value"].(map[string]any)
		typ, _ := value["type"].(map[string]any)
		if len(names) > 0 && typ["id"] == "VARCHAR" && dayColumn.MatchString(fmt.Sprint(names[len(names)-1])) {
			l.add(at, "Trino does not compare a day with a text: write date '…' or timestamp '…'")
		}
	}
}

var (
	comments = regexp.MustCompile(`--[^\n]*|(?s:/\*.*?\*/)`)
	literals = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"]|"")*"`)
)

// blankComments puts spaces in place of comments, so that offsets stay.
func blankComments(sql string) string {
	return comments.ReplaceAllStringFunc(sql, spaces)
}

// blank puts spaces in place of comments, texts and quoted names.
func blank(sql string) string { return literals.ReplaceAllStringFunc(blankComments(sql), spaces) }

func spaces(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, s)
}
