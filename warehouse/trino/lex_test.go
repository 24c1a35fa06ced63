package trino

import (
	"slices"
	"strings"
	"testing"
)

func TestLexKnowsTextsNamesAndComments(t *testing.T) {
	for _, test := range []struct {
		statement string
		want      []string
	}{
		{"select a.b, 1.5e-3 from x", []string{"select", "a", ".", "b", ",", "1.5e-3", "from", "x"}},
		{"'it''s' \"a\"\"b\"", []string{"'it''s'", `"a""b"`}},
		{"a -- 'b\nc /* \" ' */ d", []string{"a", "c", "d"}},
		{"a<=b||'--'", []string{"a", "<=", "b", "||", "'--'"}},
		{"limit １０", []string{"limit", "１０"}},
		{"金额２，a\u3000b\xff", []string{"金额２，a", "b\xff"}},
		{"金额 '未付", []string{"金额", "'未付"}},
		{"x.1 .5 1e t2", []string{"x", ".1", ".5", "1", "e", "t2"}},
		{"", nil},
		{"''", []string{"''"}},
	} {
		var got []string
		for _, tok := range lex(test.statement) {
			got = append(got, tok.text)
			if test.statement[tok.from:tok.to] != tok.text {
				t.Errorf("%q: %q stands at %d:%d", test.statement, tok.text, tok.from, tok.to)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.statement, got, test.want)
		}
	}
}

func TestTokenSaysWhatItStandsFor(t *testing.T) {
	tokens := lex(`Select "A""b" 'it''s'`)
	if !tokens[0].is("SELECT") || tokens[1].is("a") || tokens[0].ident() != "select" || tokens[1].ident() != `A"b` || tokens[2].ident() != "" || tokens[2].value() != "it's" {
		t.Errorf("%v", tokens)
	}
}

func FuzzLexLosesNothingButBlanks(f *testing.F) {
	f.Add("select 'a' -- b\nfrom \"c\"")
	f.Add("１\xff")
	f.Fuzz(func(t *testing.T, statement string) {
		at := 0
		for _, tok := range lex(statement) {
			if tok.from < at || tok.to <= tok.from || statement[tok.from:tok.to] != tok.text {
				t.Fatalf("%q: %v after %d", statement, tok, at)
			}
			if between := statement[at:tok.from]; strings.TrimSpace(between) != "" && !strings.Contains(between, "--") && !strings.Contains(between, "/*") && !strings.Contains(between, "\ufeff") {
				t.Fatalf("%q: %q is lost", statement, between)
			}
			at = tok.to
		}
	})
}
