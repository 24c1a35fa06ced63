package trino

import (
	"strings"
	"testing"
)

func TestTranslateSaysItInTrinosWords(t *testing.T) {
	for statement, want := range map[string]string{
		"select a from t": "select a from t",
		"select cast(a as timestamp with time zone), cast(b as timestamp), timestamptz '2026-01-01 00:00:00+00'": "select cast(a as timestamp(6) with time zone), cast(b as timestamp(6)), timestamp '2026-01-01 00:00:00+00'",
		"select first_value(case when a > 1 then a end ignore nulls) over w, lag(a) over w from t":               "select first_value(case when a > 1 then a end) ignore nulls over w, lag(a) over w from t",
		"select sum(a) as 金额, 订单.a from t as 订单 where b = '金额' -- 金额":                                            "select sum(a) as \"金额\", \"订单\".a from t as \"订单\" where b = '金额' -- 金额",
		"select left(a, 10) from t":                                           "select substr(a, 1, 10) from t",
		"select 'cast(a as varchar)', \"key63\" -- key63(a)\nfrom t":          "select 'cast(a as varchar)', \"key63\" -- key63(a)\nfrom t",
		"select cast(null as varchar), cast('a' as varchar)":                  "select cast(null as varchar), cast('a' as varchar)",
		"delete from t where cast(a as bigint) = 1":                           "delete from t where cast(a as bigint) = 1",
		"select cast(cast(a as double) as decimal(18, 4)), cast(b as bigint)": "select cast(cast(a as double) as decimal(18,4)), cast(b as bigint)",
	} {
		if got := translate(statement); got != want {
			t.Errorf("%s\n got %s\nwant %s", statement, got, want)
		}
	}
}

func TestTranslatePutsFunctionsBeforeTheQuery(t *testing.T) {
	for statement, want := range map[string][2]string{ // before the functions, behind them
		"select key63(a) from t":                                                     {"", "select key63(a) from t"},
		"create table x as select key63(a) from t":                                   {"create table x as ", "select key63(a) from t"},
		"create table x with (a = 1) as with c as (select 1) select key63(a) from c": {"create table x with (a = 1) as ", "with c as (select 1) select key63(a) from c"},
		"insert into x (a, b) select key63(a), 1 from t":                             {"insert into x (a, b) ", "select key63(a), 1 from t"},
		"(select key63(a) from t) union all (select 1)":                              {"", "(select key63(a) from t) union all (select 1)"},
		"explain (type validate) select key63(a) from t":                             {"explain (type validate) ", "select key63(a) from t"},
		"select try_cast(cast(a as varchar) as decimal(18, 4)) from t":               {"", "select heliu_decimal_18_4(heliu_text(a)) from t"},
		"select json_object('a', b, 'c', key63(d))":                                  {"", "select ('{' || heliu_quote('a') || ':' || heliu_quote(b) || ',' || heliu_quote('c') || ':' || heliu_quote(key63(d)) || '}')"},
		"select json_extract_scalar(a, '$.b')":                                       {"", "select heliu_scalar(json_extract(try(json_parse(a)), '$.b'))"},
	} {
		got := translate(statement)
		head, rest, _ := strings.Cut(got, "with function ")
		if head != want[0] || !strings.HasSuffix(rest, "\n"+want[1]) {
			t.Errorf("%s\n got %s\nwant %s … %s", statement, got, want[0], want[1])
		}
	}
}

func TestEveryFunctionThatIsCalledIsDefined(t *testing.T) {
	for _, name := range calls {
		for _, o := range overloads(name) {
			if o.body == "" || !strings.HasPrefix(o.takes, "x ") {
				t.Errorf("%s(%s) returns %s: %q", name, o.takes, o.returns, o.body)
			}
		}
	}
}
