package conform

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// Check binds every expression of the plan over the columns of its raw tables, without data, and returns all mistakes
// with file and line: columns that are not there, functions that do not take what they are given, a day or an instant
// made of something that does not say its zone. Columns are by raw table, without or with the lake's own.
func (p *Plan) Check(ctx context.Context, s Session, columns map[string][]warehouse.Column) models.Problems {
	var problems models.Problems
	for _, b := range p.branches {
		p.checkBranch(ctx, s, b, columns[b.mapping.Table], &problems)
	}
	return problems
}

func (p *Plan) checkBranch(ctx context.Context, s Session, b branch, columns []warehouse.Column, problems *models.Problems) {
	m := b.mapping
	if len(columns) == 0 {
		problems.Add(m.File, m.Line, "%s.%s: the source has no stream %s", m.Source, m.Stream, m.Stream)
		return
	}
	from := emptyRaw(columns)
	before := len(*problems)
	if b.where != "" {
		if _, err := bind(ctx, s, "select cast(("+b.where+"\n) as boolean) from "+from); err != nil {
			problems.Add(m.File, m.Line, "%s.%s to %s: where: %s", m.Source, m.Stream, m.Entity, reasonOf(err))
		}
	}
	for _, f := range p.mapped(b) {
		line := m.Line
		for _, x := range m.Fields {
			if x.Name == f.Name && x.Line != 0 {
				line = x.Line
			}
		}
		got, err := bind(ctx, s, "select ("+b.exprs[f.Name]+"\n) as x from "+from)
		if err != nil {
			problems.Add(m.File, line, "%s.%s to %s: %s: %s; the stream has %s", m.Source, m.Stream, m.Entity, f.Name, reasonOf(err), columnNames(columns))
			continue
		}
		if say := misfit(f, got); say != "" && b.codes[f.Name] == nil {
			problems.Add(m.File, line, "%s.%s to %s: %s is a %s, but its expression gives a %s: %s", m.Source, m.Stream, m.Entity, f.Name, f.Type, got, say)
		}
	}
	if len(*problems) > before {
		return
	}
	b.from = from
	if _, err := bind(ctx, s, p.branchSQL(b)); err != nil {
		problems.Add(p.Entity.File, p.Entity.Line, "entity %s cannot be made from %s.%s: %s", p.Entity.Name, m.Source, m.Stream, reasonOf(err))
	}
}

// misfit tells why a value of type got must not become the field, and what to write; "" when it may.
func misfit(f models.Field, got arrow.DataType) string {
	at, instant := got.(*arrow.TimestampType)
	switch {
	case got.ID() == arrow.NULL || got.ID() == arrow.INT32 && f.Type != models.Boolean && f.Type != models.Timestamp && f.Type != models.Date:
		return ""
	case f.Type == models.Timestamp && (!instant || at.TimeZone == ""):
		return "an instant needs its zone: declare the stream's field as timestamp, or write x at time zone 'Asia/Shanghai'"
	case f.Type == models.Date && instant && at.TimeZone != "":
		return "say whose day it is: cast(x at time zone 'Asia/Shanghai' as date)"
	case f.Type != models.String && f.Type != models.JSON && arrow.IsNested(got.ID()):
		return "it must be a single value"
	case f.Type != models.String && f.Type != models.Boolean && got.ID() == arrow.BOOL:
		return "it must not be true or false"
	}
	return ""
}

// bind returns the type of a SELECT's first column without running it over any row.
func bind(ctx context.Context, s Session, sql string) (arrow.DataType, error) {
	reader, err := s.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	for reader.Next() {
	}
	return reader.Schema().Field(0).Type, reader.Err()
}

// emptyRaw is a raw table without rows as a SELECT in brackets, the lake's own columns included.
func emptyRaw(columns []warehouse.Column) string {
	var cells []string
	seen := map[string]bool{}
	own := []warehouse.Column{{Name: "_extra", Type: models.JSON}, {Name: "_source", Type: models.String}, {Name: "_stream", Type: models.String},
		{Name: "_batch_id", Type: models.String}, {Name: "_extracted_at", Type: models.Timestamp}, {Name: "_key_hash", Type: models.Key}}
	for _, c := range append(columns[:len(columns):len(columns)], own...) {
		if !seen[c.Name] {
			cells = append(cells, "cast(null as "+sqlType(c.Type)+") as "+ident(c.Name))
		}
		seen[c.Name] = true
	}
	return "(select " + strings.Join(cells, ", ") + " where false) as raw_rows"
}

func columnNames(columns []warehouse.Column) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name
	}
	return strings.Join(out, ", ")
}

// reasonOf is the engine's message without the statement and the pointer under it.
func reasonOf(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	text, _, _ = strings.Cut(text, " [in: ")
	return text
}
