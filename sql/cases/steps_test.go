package cases_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// queryStep is a table that a query makes, built whole.
type queryStep struct {
	name, query string
	reads       []string
}

func (s queryStep) Name() string        { return s.name }
func (s queryStep) Outputs() []string   { return []string{s.name} }
func (s queryStep) Fingerprint() string { return s.query }
func (s queryStep) Inputs() []pipelines.Input {
	var list []pipelines.Input
	for _, t := range s.reads {
		list = append(list, pipelines.Input{Table: t})
	}
	return list
}

func (s queryStep) Build(context.Context, *pipelines.Work) ([]pipelines.Output, error) {
	return []pipelines.Output{{Table: s.name, Rows: s.query}}, nil
}

// identityFile gives who is who: id_space, customer_ref, person.
const identityFile = "customer_identity"

// identityStep stands for the identity step: the case says which customers are one person.
func identityStep(dir string) (pipelines.Step, error) {
	t, err := readTable(filepath.Join(dir, "given", identityFile+".csv"))
	switch {
	case os.IsNotExist(err):
	case err != nil:
		return nil, err
	}
	rows := []string{"select cast(null as bigint) as customer_key, cast(null as bigint) as person_key, cast(null as varchar) as evidence where false"}
	for _, row := range t.rows {
		rows = append(rows, fmt.Sprintf("select cast(%d as bigint), cast(%d as bigint), 'case'", models.Key63(row[0], row[1]), models.Key63("person", row[2])))
	}
	return queryStep{name: "star.customer_identity", query: strings.Join(rows, " union all ")}, nil
}

// rejectedFile gives what could not be decoded, as ops.rejected_window holds it.
const rejectedFile = "rejected_window"

// rejected fills ops.rejected_window.
func rejected(ctx context.Context, s *duckdb.Session, dir string) error {
	path := filepath.Join(dir, "given", rejectedFile+".csv")
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil
	}
	return s.Exec(ctx, "insert into ops.rejected_window by name from read_csv("+duckdb.Text(path)+")")
}
