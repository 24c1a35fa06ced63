package trino

import (
	"fmt"
	"strings"
	"testing"
)

// doubling is a chain of n CTEs of which each reads the one before twice.
func doubling(n int) string {
	ctes := []string{"c0 as (select a from t)"}
	for i := 1; i <= n; i++ {
		ctes = append(ctes, fmt.Sprintf("c%d as (select c%d.a from c%[2]d inner join c%[2]d as other on c%[2]d.a = other.a)", i, i-1))
	}
	return "with " + strings.Join(ctes, ", ") + fmt.Sprintf(" select a from c%d", n)
}

func TestALongStatementIsKeptInParts(t *testing.T) {
	for _, frame := range []string{"%s", "create table x as %s", "select * from (%s\n) where a > 1"} {
		statement := fmt.Sprintf(frame, doubling(9)) // 512 scans
		list, rest := stages(statement, func(cte string) string { return "scratch.k_" + cte })
		if len(list) == 0 {
			t.Fatalf("no part of %s is kept", statement)
		}
		made := map[string]bool{}
		for _, part := range append(list, stage{"", rest}) {
			w := rewriter{statement: part.query, tokens: lex(part.query)}
			for i, token := range w.tokens {
				if token.is("with") {
					end := len(w.tokens)
					if strings.Contains(frame, "where") && part.table == "" {
						end -= 5
					}
					if q, ok := w.query(i, end); ok && q.scans()[len(q.ctes)] > mostScans {
						t.Errorf("%s still reads %d tables", part.query, q.scans()[len(q.ctes)])
					}
				}
				if strings.HasPrefix(token.text, "k_") && !made["scratch."+token.text] {
					t.Errorf("%s is read before it is made", token.text)
				}
			}
			made[part.table] = true
		}
		if !strings.Contains(rest, "scratch.k_") || !strings.HasPrefix(rest, strings.Split(frame, "%s")[0]) || !strings.HasSuffix(rest, strings.Split(frame, "%s")[1]) {
			t.Errorf("the rest is %s", rest)
		}
	}
}

func TestAShortStatementStaysAsItIs(t *testing.T) {
	for _, statement := range []string{
		doubling(3), "select 1", "with recursive r as (select 1) select * from r", "with a as (select * from t) -- b\nselect * from a", "with", "",
	} {
		if list, rest := stages(statement, func(string) string { return "x" }); len(list) != 0 || rest != statement {
			t.Errorf("%q became %v and %q", statement, list, rest)
		}
	}
}

func TestAPartKeepsItsColumnsAndAliases(t *testing.T) {
	statement := strings.Replace(doubling(8), "c1 as (select c0.a ", "c1 (a) as (select c0.a as b ", 1)
	list, rest := stages(statement, func(cte string) string { return "k." + cte })
	all := rest
	for _, part := range list {
		all += "\n" + part.query
	}
	if len(list) == 0 || !strings.Contains(all, `"c1" (a) as (select c0.a as b `) || strings.Contains(all, "as other as") || !strings.Contains(all, ` as "c`) {
		t.Error(all)
	}
}
