// Package terminal says things to people: in Chinese or English, in tables that keep their columns with wide
// characters, and with progress that moves on a terminal and is plain lines elsewhere.
package terminal

import (
	"fmt"
	"strings"
)

// Lang is the language that people are spoken to in. Data is the same in both.
type Lang string

// The languages.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// LangOf chooses the language: the flag if given, else the first of LC_ALL, LC_MESSAGES and LANG that is set, else
// English.
func LangOf(flag string, lookup func(string) (string, bool)) Lang {
	choices := []string{flag}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		value, _ := lookup(name)
		choices = append(choices, value)
	}
	for _, c := range choices {
		if c != "" {
			if strings.HasPrefix(strings.ToLower(c), "zh") {
				return Chinese
			}
			return English
		}
	}
	return English
}

// Say picks the text of the language; the two stand side by side so that neither is forgotten.
func (l Lang) Say(en, zh string) string {
	if l == Chinese && zh != "" {
		return zh
	}
	return en
}

// Counted is a number with its noun: "1 table", "2 tables", "2 张表".
func (l Lang) Counted(n int64, one, many, zh string) string {
	noun := many
	if n == 1 {
		noun = one
	}
	return fmt.Sprintf("%s %s", Count(n), l.Say(noun, zh))
}
