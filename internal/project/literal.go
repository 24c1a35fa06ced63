package project

import (
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// The forms in which an address of a URL, of the MySQL driver and of a list of parameters holds a password.
var passwordIn = []*regexp.Regexp{
	regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^:@/?\s]*:([^@/\s]+)@`),
	regexp.MustCompile(`^[^:@/\s]*:(\S+)@[a-z0-9]*\(`),
	regexp.MustCompile(`(?i)://\S*[?&;](?:password|pwd|sslpassword)=([^\s;&]+)`),
	regexp.MustCompile(`(?i)^(?:\S+=\S+ +|[^=;]+=[^;]*;)*(?:password|pwd) *= *([^\s;]+)`),
}

// passwords are those that are written out in an address; one that is referred to, as ${NAME}, is none.
func passwords(text string) []string {
	text = reference.ReplaceAllString(text, string(opening))
	var found []string
	for _, form := range passwordIn {
		for _, m := range form.FindAllStringSubmatch(text, -1) {
			if !strings.ContainsRune(m[1], opening) {
				found = append(found, m[1])
			}
		}
	}
	return found
}

// openAddress is one of a database that needs no secret: a file, or a server that asks for no password.
var openAddress = regexp.MustCompile(`^(?:(?:postgres|postgresql|mysql|mariadb|sqlserver|sqlite3?|file):|\.\.?/|[^:@/\s]*@[a-z0-9]*\()`)

// WrittenOut reports whether a value that is to be secret stands in the file itself: it is neither a reference nor the
// address of a database without a password.
func WrittenOut(text string) bool {
	return len(passwords(text)) > 0 || !reference.MatchString(text) && !openAddress.MatchString(text)
}

// Instead says what to write in the place of a secret; path is the key, "sources.tmall.app_secret".
func Instead(path string) string {
	name := strings.ToUpper(regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(strings.TrimPrefix(path, "sources."), "_"))
	return fmt.Sprintf("%s: a secret is never written here; put it into the environment and write ${%s}, or into a file and write ${file:PATH}", path, strings.Trim(name, "_"))
}

// noPasswords refuses every address of the file that holds a password, whatever key it stands under, and takes the
// passwords out of what is said of it.
func (l *loader) noPasswords(root *yaml.Node) {
	var found []string
	var walk func(n *yaml.Node, path string, depth int)
	walk = func(n *yaml.Node, path string, depth int) {
		if n.Kind == yaml.ScalarNode && len(passwords(n.Value)) > 0 {
			found = append(found, passwords(n.Value)...)
			l.at(n, "%s", Instead(path))
		}
		for i, child := range n.Content {
			at := path
			switch {
			case n.Kind == yaml.MappingNode && i%2 == 0:
				continue
			case n.Kind == yaml.MappingNode:
				at = join(path, n.Content[i-1].Value)
			}
			if depth < 100 {
				walk(child, at, depth+1)
			}
		}
	}
	walk(root, "", 0)
	for i, m := range l.mistakes {
		for _, password := range found {
			l.mistakes[i].Text = strings.ReplaceAll(m.Text, password, hidden)
			m.Text = l.mistakes[i].Text
		}
	}
}
