package trino

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// calls are the functions of the common dialect that Trino lacks or answers otherwise, with the inline function that
// takes their place.
var calls = map[string]string{"key63": "key63", "from_unixtime": "heliu_from_unixtime"}

// castFunction is the inline function that casts to a type as DuckDB does; "" when Trino's own cast does.
func castFunction(verb, typ string) string {
	switch {
	case typ == "varchar":
		return "heliu_text"
	case verb != "try_cast":
		return ""
	case typ == "bigint", typ == "double", typ == "boolean", typ == "date":
		return "heliu_" + typ
	case typ == "timestamp(6) with time zone":
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
		list = append(list, definitions(name)...)
	}
	return "with " + strings.Join(list, ",\n") + "\n"
}

const instant = "timestamp(6) with time zone"

// Patterns of texts. DuckDB lets ASCII blanks stand around a value, and _ between digits.
const (
	blanks  = `[ \t\n\x0B\f\r]*`
	digits  = `[0-9]+(?:_[0-9]+)*`
	numeric = `^` + blanks + `([+-]?(?:` + digits + `(?:\.(?:` + digits + `)?)?|\.` + digits + `)(?:[eE][+-]?[0-9]+)?)` + blanks + `$`
	day     = `[0-9]{1,5}[-/][0-9]{1,2}[-/][0-9]{1,2}`
	clock   = `[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2})?`
)

// definitions are the overloads of one inline function.
func definitions(name string) []string {
	define := func(typ, returns, body string) string {
		return fmt.Sprintf("function %s(x %s) returns %s return %s", name, typ, returns, body)
	}
	plain := "replace(regexp_extract(x, '" + numeric + "', 1), '_', '')"
	switch name {
	case "key63":
		return []string{define("varchar", "bigint", "bitwise_and(from_big_endian_64(substr(md5(to_utf8(x)), 1, 8)), 9223372036854775807)")}
	case "heliu_from_unixtime":
		return []string{define("double", instant, "from_unixtime_nanos(cast(round(x * 1e6) as bigint) * 1000)")}
	case "heliu_text":
		list := []string{
			define("varchar", "varchar", "x"),
			define("double", "varchar", doubleText),
			define("timestamp(6)", "varchar", "regexp_replace(cast(x as varchar), '\\.?0+$', '')"),
			define(instant, "varchar", "regexp_replace(cast(cast(x at time zone 'UTC' as timestamp(6)) as varchar), '\\.?0+$', '') || '+00'"),
		}
		for _, typ := range []string{"bigint", "integer", "boolean", "date", "decimal(18,4)", "decimal(18,8)", "decimal(38,4)", "decimal(38,8)", "decimal(38,0)", "json"} {
			body := "cast(x as varchar)"
			if typ == "json" {
				body = "json_format(x)"
			}
			list = append(list, define(typ, "varchar", body))
		}
		return list
	case "heliu_boolean":
		return []string{
			define("varchar", "boolean", "case when lower(x) in ('true', 't', '1', 'yes', 'y') then true when lower(x) in ('false', 'f', '0', 'no', 'n') then false end"),
			define("boolean", "boolean", "x"),
			define("bigint", "boolean", "(x <> 0)"),
			define("integer", "boolean", "(x <> 0)"),
		}
	case "heliu_bigint":
		return []string{
			define("varchar", "bigint", "try_cast(try_cast("+plain+" as decimal(38,0)) as bigint)"),
			define("bigint", "bigint", "x"),
			define("integer", "bigint", "cast(x as bigint)"),
			define("decimal(38,8)", "bigint", "try_cast(x as bigint)"),
			define("double", "bigint", "try_cast(x as bigint)"),
			define("boolean", "bigint", "cast(x as bigint)"),
		}
	case "heliu_double":
		return []string{
			define("varchar", "double", "coalesce(try_cast("+plain+" as double), case lower(regexp_extract(x, '^"+blanks+"([+-]?(?i)(?:nan|inf|infinity))"+blanks+"$', 1)) when 'nan' then nan() when '+nan' then nan() when '-nan' then nan() when 'inf' then infinity() when '+inf' then infinity() when 'infinity' then infinity() when '+infinity' then infinity() when '-inf' then -infinity() when '-infinity' then -infinity() end)"),
			define("double", "double", "x"),
			define("bigint", "double", "cast(x as double)"),
			define("integer", "double", "cast(x as double)"),
			define("decimal(38,8)", "double", "cast(x as double)"),
			define("boolean", "double", "cast(x as double)"),
		}
	case "heliu_date":
		return []string{
			define("varchar", "date", "try_cast(regexp_replace(regexp_extract(x, '^"+blanks+"[0-9]{1,5}[-/][0-9]{1,2}[-/][0-9]{1,2}(?=$|[ T\\t\\n\\x0B\\f\\r])'), '/', '-') as date)"),
			define("date", "date", "x"),
			define("timestamp(6)", "date", "cast(x as date)"),
			define(instant, "date", "cast(x at time zone 'UTC' as date)"),
		}
	case "heliu_instant":
		return []string{
			define("varchar", instant, instantText),
			define(instant, instant, "x"),
			define("timestamp(6)", instant, "cast(x as "+instant+")"),
			define("date", instant, "cast(x as "+instant+")"),
		}
	}
	returns := strings.Replace(strings.Replace(strings.TrimPrefix(name, "heliu_"), "_", "(", 1), "_", ",", 1) + ")"
	return []string{
		define("varchar", returns, "try_cast("+plain+" as "+returns+")"),
		define("bigint", returns, "try_cast(x as "+returns+")"),
		define("integer", returns, "try_cast(x as "+returns+")"),
		define("double", returns, "try_cast(x as "+returns+")"),
		define("decimal(38,8)", returns, "try_cast(x as "+returns+")"),
		define("decimal(18,4)", returns, "try_cast(x as "+returns+")"),
		define("boolean", returns, "try_cast(x as "+returns+")"),
	}
}

// doubleText writes a double as DuckDB does: 1.5, 100.0, 1e+20, 1e-07.
const doubleText = `case
  when is_nan(x) then 'nan' when is_infinite(x) then case when x > 0 then 'inf' else '-inf' end
  when x = 0 then replace(cast(x as varchar), 'E0', '')
  when abs(x) >= 1e-4 and abs(x) < 1e16 then case when x < 0 then '-' else '' end || regexp_replace(regexp_replace(cast(cast(abs(x) as decimal(38,20)) as varchar), '0+$', ''), '\.$', '.0')
  else regexp_replace(split_part(cast(x as varchar), 'E', 1), '\.0$', '') || case when abs(x) < 1 then 'e-' else 'e+' end || lpad(replace(split_part(cast(x as varchar), 'E', 2), '-', ''), case when abs(x) < 1e100 and abs(x) >= 1e-99 then 2 else 3 end, '0') end`

// instantText reads an instant as DuckDB does: a day, a clock, a zone or UTC. What is finer than a microsecond is cut.
const instantText = `case when regexp_like(x, '^` + blanks + day + `(?:[ T]` + clock + `(?:\.[0-9]*)?(?: ?(?:Z|[A-Za-z_/]{2,})|[+-][0-9]{2}(?::?[0-9]{2})?)?)?` + blanks + `$')
  then try_cast(replace(regexp_extract(x, '` + day + `'), '/', '-') || ' ' || coalesce(regexp_extract(x, '[ T](` + clock + `)', 1), '00:00') || coalesce(case when regexp_like(x, ':[0-9]{1,2}:[0-9]{1,2}\.[0-9]') then regexp_extract(x, '\.[0-9]{1,6}') end, '')
    || ' ' || coalesce(regexp_extract(x, '[0-9. ](Z|[A-Za-z_/]{2,})` + blanks + `$', 1), regexp_replace(regexp_extract(x, '[0-9.]([+-][0-9]{2}(?::?[0-9]{2})?)` + blanks + `$', 1), '^(...)$', '$1:00'), 'UTC') as ` + instant + `) end`
