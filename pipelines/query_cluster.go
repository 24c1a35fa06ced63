package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/trino"
)

// QueryCluster is [Job.Query] on the cluster of the project: its statement may name every table that is built there, raw
// tables, and the records of the project's runs (ops.*), which come from the program's own file.
func (j *Job) QueryCluster(ctx context.Context, statement string, f func(array.RecordReader) error) (err error) {
	if !trino.Reads(statement) {
		return fmt.Errorf("%w: only statements that read are asked of the warehouse: begin with select, with, show or describe", ErrUsage)
	}
	l, err := j.OpenLake(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	cluster, err := j.OpenCluster(ctx, l, "query")
	if err != nil {
		return err
	}
	if cluster == nil {
		return fmt.Errorf("%w: this program may not build (allow in %s), so that it has no warehouse; ask where it is built", ErrUsage, j.Project.File)
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	s := cluster.Connect()
	defer func() { err = errors.Join(err, s.Close()) }()
	states, err := cluster.States(ctx)
	if err != nil {
		return err
	}
	if len(states) == 0 {
		return fmt.Errorf("%w: there is no warehouse yet; run: heliu run", ErrUsage)
	}
	delete(states, "") // the catalog's name
	t := &trinoStore{cluster: cluster, steps: map[string]trinoState{}, kept: map[string]string{}}
	for name, text := range states {
		var st trinoState
		if err := json.Unmarshal([]byte(text), &st); err != nil {
			return fmt.Errorf("read the state of %s: %w", name, err)
		}
		t.steps[name] = st
	}
	if err := t.views(ctx, s); err != nil {
		return err
	}
	if err := j.bindRecords(ctx, t, s, statement); err != nil {
		return err
	}
	reader, err := s.Query(ctx, statement)
	if refused := (*trino.StatementError)(nil); errors.As(err, &refused) {
		return refused
	}
	if err != nil {
		return err
	}
	defer reader.Release()
	if err := f(reader); err != nil {
		return err
	}
	return reader.Err()
}

// namesOps finds a statement that may name a record; the parser says which.
var namesOps = regexp.MustCompile(`(?i)\bops"?\s*\.`)

// bindRecords lets the session see the tables of ops that a statement, or a view that it reads, names, as they are in the
// program's own file.
func (j *Job) bindRecords(ctx context.Context, t *trinoStore, s Session, statement string) (err error) {
	texts := slices.DeleteFunc(t.reached(statement), func(text string) bool { return !namesOps.MatchString(text) })
	if len(texts) == 0 {
		return nil
	}
	desk, free, err := j.Building(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, free()) }()
	if t.desk, err = newDuckStore(ctx, desk); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.desk.close()) }()
	bound := map[string]bool{}
	for _, text := range texts {
		tables, err := t.desk.question.Tables(ctx, text)
		if unparsed := (*duckdb.ParseError)(nil); errors.As(err, &unparsed) {
			continue // the cluster says what is wrong with it
		}
		if err != nil {
			return err
		}
		for _, table := range tables {
			name := strings.ToLower(table.Table())
			if !strings.EqualFold(table.Schema, "ops") || bound[name] {
				continue
			}
			if err := t.bindKept(ctx, s, name); err != nil {
				return err
			}
			bound[name] = true
		}
	}
	return nil
}

// reached is a statement, and behind it the views that it may read, through others too: those whose names stand in it.
func (t *trinoStore) reached(statement string) []string {
	texts, seen := []string{statement}, map[string]bool{}
	for i := 0; i < len(texts); i++ {
		text := strings.ToLower(texts[i])
		for _, name := range sortedKeys(t.steps) {
			_, short, _ := strings.Cut(name, ".")
			if view := t.steps[name].View; view != "" && !seen[name] && strings.Contains(text, short) {
				seen[name] = true
				texts = append(texts, view)
			}
		}
	}
	return texts
}
