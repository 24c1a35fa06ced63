package project

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Load reads heliu.yaml in a folder. The error is [Mistakes], every one at once, or that of reading the file. Nothing
// is touched but this file: no secret is resolved and no system is called. With mistakes comes what holds of the project,
// so that the rest of it can be checked as well; nil where nothing can be read at all.
func Load(dir string) (*Project, error) {
	file := filepath.Join(dir, FileName)
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, Mistakes{{File: file, Text: "there is no project here; make one with: heliu init " + dir}}
	}
	if err != nil {
		return nil, fmt.Errorf("read project: %w", err)
	}
	p, mistakes := Parse(file, text)
	if p == nil {
		return nil, mistakes
	}
	if p.Dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("find project folder: %w", err)
	}
	return p, mistakes
}

// Parse reads the text of a project file; file is its name in mistakes. It returns what [Load] does.
func Parse(file string, text []byte) (*Project, error) {
	p := &Project{File: file}
	l := &loader{file: file}
	root, err := document(text)
	switch {
	case err != nil:
		l.syntax(err, text)
		return nil, l.mistakes
	case root == nil:
		return nil, Mistakes{{File: file, Text: "the file is empty; it needs at least: name"}}
	default:
		l.object(root, structOf(p), "")
		l.relations(root, p)
		l.noPasswords(root)
	}
	if len(l.mistakes) > 0 {
		l.mistakes.sort()
		return p, l.mistakes
	}
	return p, nil
}

// YAML takes { and } of an unquoted ${NAME} for a mapping where it stands inside one. For the parser they are replaced
// by two private-use characters, one for one, so that lines and columns stay.
const opening, closing = '\uE000', '\uE001'

func document(text []byte) (*yaml.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	masked := reference.ReplaceAllFunc(text, func(ref []byte) []byte {
		return []byte("$" + string(opening) + string(ref[2:len(ref)-1]) + string(closing))
	})
	decoder := yaml.NewDecoder(bytes.NewReader(masked))
	var doc yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("yaml: a project is one document; remove what follows the line ---")
	}
	unmask(&doc, 0)
	return doc.Content[0], nil
}

func unmask(n *yaml.Node, depth int) {
	n.Value = strings.NewReplacer(string(opening), "{", string(closing), "}").Replace(n.Value)
	if depth < 100 {
		for _, c := range n.Content {
			unmask(c, depth+1)
		}
	}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// brokenLine is the first line with which the text is no YAML any more: what stands before it is. The parser names the line
// where the block began that it could not go on with. 0 when it cannot be told.
func brokenLine(text []byte) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	for n := min(len(lines), mostLines) - 1; n >= 0; n-- {
		if _, err := document(bytes.Join(lines[:n], nil)); err == nil {
			return n + 1
		}
	}
	return 0
}

const mostLines = 5000 // of a project's file that are looked through for a broken one

// hintOf says what is most often wrong with a line that cannot be read.
func hintOf(line []byte) string {
	if bytes.Contains(line[:len(line)-len(bytes.TrimLeft(line, " \t"))], []byte("\t")) {
		return "; the line is indented with a tab: indent with spaces"
	}
	return "; look at this line's indentation, colons and quotes, and at those of the line before it"
}

// syntax keeps what the YAML parser says, with the line that breaks it.
func (l *loader) syntax(err error, text []byte) {
	m := Mistake{File: l.file, Text: "not YAML: " + yamlLine.ReplaceAllString(err.Error(), "")}
	if at := yamlLine.FindStringSubmatch(err.Error()); at != nil && at[1] != "" {
		m.Line, _ = strconv.Atoi(at[1]) // the expression matched digits only
		if line := brokenLine(text); line > 0 {
			m.Line = line
			m.Text += hintOf(bytes.Split(text, []byte("\n"))[line-1])
		}
	}
	l.mistakes = append(l.mistakes, m)
}

// warehouse checks that the engine can be what the keys say.
func (l *loader) warehouse(root *yaml.Node, p *Project) {
	w, node := p.Warehouse, keyNode(root, "warehouse")
	cluster := w.User != "" || w.Password.Given() || w.Token.Given() || w.Certificate.Given() || w.CertificateKey.Given() || w.CA.Given() || len(w.Session) > 0
	switch {
	case w.OnTrino() && !strings.HasPrefix(p.Lake.Location, "s3://"):
		l.at(node, "a warehouse on Trino needs the lake in object storage, where the cluster can read it: lake: {location: s3://bucket/prefix, catalog: ${CATALOG_DSN}}")
	case w.OnTrino() && strings.HasPrefix(p.Lake.Catalog.written, "sqlite:"):
		l.at(keyNode(keyNode(root, "lake"), "catalog"), "a cluster cannot read a catalog in a file; it shares one in PostgreSQL: catalog: ${CATALOG_DSN} with a postgres:// address")
	case w.OnTrino() && w.Temp != "":
		l.at(keyNode(node, "temp"), "warehouse.temp is for duckdb:FILE; a cluster spills where its own configuration says")
	case w.OnTrino():
	case w.Location != "" && !strings.HasPrefix(w.Location, "duckdb:"):
		l.at(node, "warehouse %q is not known; allowed: duckdb:FILE, trino://user@host:8080/catalog", w.Location)
	case cluster:
		l.at(node, "user, password, token, certificate, certificate_key, ca and session belong to a cluster: warehouse: {location: trino://host:8443/catalog?SSL=true, …}")
	}
}

// relations checks what holds between keys.
func (l *loader) relations(root *yaml.Node, p *Project) {
	if p.Lake.Location != "" && !strings.HasPrefix(p.Lake.Location, "s3://") && strings.Contains(p.Lake.Location, "://") {
		l.at(keyNode(root, "lake"), "lake %q is neither a folder nor s3://bucket/prefix", p.Lake.Location)
	}
	if strings.HasPrefix(p.Lake.Location, "s3://") && !p.Lake.Catalog.Given() {
		l.at(keyNode(root, "lake"), "a lake in object storage needs a catalog that several machines can reach: lake.catalog: ${CATALOG_DSN} with a postgres:// address")
	}
	l.warehouse(root, p)
	l.allow(root, p)
	for _, name := range keyNames(root, "sources") { // also of those that are left out
		if !sourceName.MatchString(name) {
			l.at(keyNode(keyNode(root, "sources"), name), "%q is no name of a source; it becomes part of table names: small letters, digits and single _, a letter first", name)
		}
	}
	if p.Name != "" && !projectName.MatchString(p.Name) {
		l.at(keyNode(root, "name"), "%q is no name of a project; letters, digits, - and _", p.Name)
	}
	for i, e := range p.Exclusions {
		if e.To != "" && e.To < e.From {
			l.at(itemNode(keyNode(root, "exclusions"), i), "exclusions[%d]: to %s is before from %s", i, e.To, e.From)
		}
		if e.Shop == "" && e.SellerFlag == "" && e.MemoContains == "" && e.Customer == "" && e.SKU == "" {
			l.at(itemNode(keyNode(root, "exclusions"), i), "exclusions[%d] would take every order; give at least one of: shop, seller_flag, memo_contains, customer, sku", i)
		}
	}
}

var (
	sourceName  = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	projectName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}_-]*$`)
)

// keyNode returns the value of a key, or the mapping itself where there is none.
func keyNode(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return n
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return n
}

// keyNames are the keys of the mapping under a key, none where there is no such mapping.
func keyNames(n *yaml.Node, key string) (names []string) {
	under := follow(keyNode(n, key))
	if under == n || under.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(under.Content); i += 2 {
		names = append(names, under.Content[i].Value)
	}
	return names
}

func itemNode(n *yaml.Node, i int) *yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode || i >= len(n.Content) {
		return n
	}
	return n.Content[i]
}
