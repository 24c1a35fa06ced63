package trino

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// calls are the functions of the common dialect that Trino lacks or answers otherwise, with the inline function that
// takes their place.
var calls = map[string]string{
	"key63": "key63", "from_unixtime": "heliu_from_unixtime", "split_part": "heliu_split_part",
	"trim": "heliu_trim", "ltrim": "heliu_ltrim", "rtrim": "heliu_rtrim", "upper": "heliu_upper",
	"heliu_bigint": "heliu_bigint", "heliu_double": "heliu_double", "heliu_boolean": "heliu_boolean", "heliu_date": "heliu_date",
	"heliu_instant": "heliu_instant", "heliu_decimal_18_4": "heliu_decimal_18_4", "heliu_decimal_38_8": "heliu_decimal_38_8",
}

// castFunction is the inline function that casts to a type as DuckDB does; "" when Trino's own cast does.
func castFunction(verb, typ string) string {
	switch {
	case typ == "varchar":
		return "heliu_text"
	case verb != "try_cast":
		return ""
	case typ == "bigint", typ == "double", typ == "boolean", typ == "date":
		return "heliu_" + typ
	case typ == instant:
		return "heliu_instant"
	case strings.HasPrefix(typ, "decimal("):
		return "heliu_" + strings.NewReplacer("(", "_", ",", "_", ")", "", " ", "").Replace(typ)
	}
	return ""
}

// inline writes the definitions of the inline functions.
func inline(used map[string]bool) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(used)) {
		for _, o := range overloads(name) {
			list = append(list, fmt.Sprintf("function %s(%s) returns %s return %s", name, o.takes, o.returns, o.body))
		}
	}
	return "with " + strings.Join(list, ",\n") + "\n"
}

// overload is one definition of an inline function: "x varchar", its type, its expression.
type overload struct{ takes, returns, body string }

const instant = "timestamp(6) with time zone"

// Patterns of texts that are values; the macros of the same names in warehouse/duckdb/prelude.sql have them too.
const (
	blanks  = `[ \t\n\x0B\f\r]*`
	numeric = `[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?`
	day     = `[1-9][0-9]{3}-[0-9]{1,2}-[0-9]{1,2}|[1-9][0-9]{3}/[0-9]{1,2}/[0-9]{1,2}`
	clock   = `(?:[01]?[0-9]|2[0-3]):[0-9]{1,2}(?::[0-9]{1,2})?`
	zone    = `Z| UTC|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?`
	second  = `(?:[01]?[0-9]|2[0-3]):[0-9]{1,2}:[0-9]{1,2}`
)

// overloads are the definitions of one inline function.
func overloads(name string) []overload {
	on := func(typ, returns, body string) overload { return overload{"x " + typ, returns, body} }
	plain := "regexp_extract(x, '^" + blanks + "(" + numeric + ")" + blanks + "$', 1)"
	switch name {
	case "key63":
		return []overload{on("varchar", "bigint", "bitwise_and(from_big_endian_64(substr(md5(to_utf8(x)), 1, 8)), 9223372036854775807)")}
	case "heliu_from_unixtime":
		return []overload{on("double", instant, "cast(from_unixtime_nanos(cast(round(x * 1e6) as bigint) * 1000) as "+instant+")")}
	case "heliu_split_part": // behind the last part DuckDB gives ''
		return []overload{{"x varchar, d varchar, n bigint", "varchar", "case when x is not null and d is not null and n is not null then coalesce(split_part(x, d, n), '') end"}}
	case "heliu_trim": // of blanks as Unicode knows them, not of tabs
		return []overload{on("varchar", "varchar", `regexp_replace(x, '^\p{Zs}+|\p{Zs}+$', '')`)}
	case "heliu_ltrim":
		return []overload{on("varchar", "varchar", `regexp_replace(x, '^\p{Zs}+', '')`)}
	case "heliu_rtrim":
		return []overload{on("varchar", "varchar", `regexp_replace(x, '\p{Zs}+$', '')`)}
	case "heliu_upper":
		return []overload{on("varchar", "varchar", "replace(upper(x), 'ß', 'ẞ')")}
	case "heliu_quote":
		return []overload{on("varchar", "varchar", "coalesce("+quoted+", 'null')")}
	case "heliu_scalar":
		return []overload{on("json", "varchar", scalar)}
	case "heliu_text":
		return texts()
	case "heliu_boolean":
		return []overload{
			on("varchar", "boolean", "case when lower(x) in ('true', 't', '1', 'yes', 'y') then true when lower(x) in ('false', 'f', '0', 'no', 'n') then false end"),
			on("boolean", "boolean", "x"), on("bigint", "boolean", "(x <> 0)"), on("integer", "boolean", "(x <> 0)"),
		}
	case "heliu_bigint":
		return []overload{
			on("varchar", "bigint", "try_cast(try_cast("+plain+" as decimal(38,0)) as bigint)"),
			on("bigint", "bigint", "x"), on("integer", "bigint", "cast(x as bigint)"), on("boolean", "bigint", "cast(x as bigint)"),
			on("decimal(38,8)", "bigint", "try_cast(x as bigint)"), on("double", "bigint", "try_cast(x as bigint)"),
		}
	case "heliu_double":
		return []overload{
			on("varchar", "double", "try_cast("+plain+" as double)"),
			on("double", "double", "x"), on("bigint", "double", "cast(x as double)"), on("integer", "double", "cast(x as double)"),
			on("decimal(38,8)", "double", "cast(x as double)"), on("boolean", "double", "cast(x as double)"),
		}
	case "heliu_date":
		return []overload{
			on("varchar", "date", "try_cast(replace(regexp_extract(x, '^"+blanks+"("+day+")(?:[ T][0-9].*)?"+blanks+"$', 1), '/', '-') as date)"),
			on("date", "date", "x"), on("timestamp(6)", "date", "cast(x as date)"), on(instant, "date", "cast(x at time zone 'UTC' as date)"),
		}
	case "heliu_instant":
		return []overload{
			on("varchar", instant, instantOf),
			on(instant, instant, "x"), on("timestamp(6)", instant, "cast(x as "+instant+")"), on("date", instant, "cast(x as "+instant+")"),
		}
	}
	returns := strings.Replace(strings.Replace(strings.TrimPrefix(name, "heliu_"), "_", "(", 1), "_", ",", 1) + ")"
	list := []overload{on("varchar", returns, "try_cast("+plain+" as "+returns+")")}
	for _, typ := range []string{"bigint", "integer", "double", "decimal(18,4)", "decimal(38,8)", "boolean"} {
		list = append(list, on(typ, returns, "try_cast(x as "+returns+")"))
	}
	return list
}

// texts are casts to text. Of a decimal type that is not among them Trino takes the least that holds it.
func texts() []overload {
	list := []overload{
		{"x varchar", "varchar", "x"},
		{"x double", "varchar", doubleText},
		{"x timestamp(6)", "varchar", `regexp_replace(cast(x as varchar), '\.?0+$', '')`},
		{"x " + instant, "varchar", `regexp_replace(cast(cast(x at time zone 'UTC' as timestamp(6)) as varchar), '\.?0+$', '') || '+00'`},
		{"x json", "varchar", "json_format(x)"},
	}
	for _, typ := range []string{"bigint", "integer", "boolean", "date", "decimal(14,0)", "decimal(30,0)", "decimal(38,0)", "decimal(18,4)", "decimal(34,4)", "decimal(38,4)", "decimal(38,8)"} {
		list = append(list, overload{"x " + typ, "varchar", "cast(x as varchar)"})
	}
	return list
}

// doubleText writes a double as DuckDB does: 1.5, 100.0, 1e+20, 1e-07.
const doubleText = `case
  when is_nan(x) then 'nan' when is_infinite(x) then case when x > 0 then 'inf' else '-inf' end
  when x = 0 then replace(cast(x as varchar), 'E0', '.0')
  when abs(x) >= 1e-4 and abs(x) < 1e16 then case when x < 0 then '-' else '' end || regexp_replace(regexp_replace(cast(cast(abs(x) as decimal(38,20)) as varchar), '0+$', ''), '\.$', '.0')
  else regexp_replace(split_part(cast(x as varchar), 'E', 1), '\.0$', '') || case when abs(x) < 1 then 'e-' else 'e+' end
    || lpad(replace(split_part(cast(x as varchar), 'E', 2), '-', ''), case when abs(x) < 1e100 and abs(x) >= 1e-99 then 2 else 3 end, '0') end`

// instantOf reads an instant: a day, a clock, Z, UTC or an offset; UTC without one. What is finer than a microsecond is cut.
const instantOf = `case when regexp_like(x, '^` + blanks + `(?:` + day + `)(?:[ T](?:` + clock + `|` + second + `(?:\.[0-9]*)?(?:` + zone + `)?)` + blanks + `)?$')
  then try_cast(replace(regexp_extract(x, '` + day + `'), '/', '-') || ' ' || coalesce(regexp_extract(x, '[ T](` + clock + `)', 1), '00:00')
    || coalesce(regexp_extract(x, '\.[0-9]{1,6}'), '') || ' '
    || coalesce(regexp_replace(regexp_extract(x, ':[0-9.]+([+-][0-9]{2}(?::?[0-9]{2})?)` + blanks + `$', 1), '^(...)$', '$1:00'), 'UTC') as ` + instant + `) end`

// quoted is a text in JSON. Trino writes characters beyond 16 bits as two escapes, DuckDB as they are.
const quoted = `regexp_replace(json_format(cast(x as json)), '\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})', m -> chr((from_base(m[1], 16) - 55296) * 1024 + from_base(m[2], 16) - 56320 + 65536))`

// scalar is a single value of parsed JSON as text, null for objects, lists and null; numbers as DuckDB writes them.
const scalar = `case
  when substr(json_format(x), 1, 1) in ('{', '[') then null
  when substr(json_format(x), 1, 1) = '"' or strpos(json_format(x), 'E') = 0 then json_extract_scalar(x, '$')
  when abs(cast(x as double)) >= 1e-6 and abs(cast(x as double)) < 1e21
    then case when cast(x as double) < 0 then '-' else '' end || regexp_replace(regexp_replace(cast(cast(abs(cast(x as double)) as decimal(38,16)) as varchar), '0+$', ''), '\.$', '.0')
  else replace(replace(json_format(x), '.0E', 'e'), 'E', 'e') end`
