package pipelines

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// state is what the warehouse remembers of a step.
type state struct {
	fingerprint string
	inputs      map[string]string // input table -> version that was read
	version     int64             // of the step's tables: when they last changed, see after
}

// after is the version of a change at an instant: milliseconds since 1970, and always more than before. A count would come
// to the same number again in a catalog that was restored from a backup, with other rows.
func (s state) after(now time.Time) int64 { return max(s.version+1, now.UnixMilli()) }

const opsTables = `create schema if not exists ops;
create schema if not exists delta;
create table if not exists ops.model_state (model varchar, fingerprint varchar, inputs varchar, version bigint, built_at timestamp with time zone);`

func readStates(ctx context.Context, s *duckdb.Session, catalog string) (map[string]state, error) {
	rows, err := s.Rows(ctx, "select model, fingerprint, inputs, version from "+duckdb.Ident(catalog)+".ops.model_state")
	if err != nil {
		return nil, fmt.Errorf("read the state of the warehouse: %w", err)
	}
	defer rows.Close()
	states := map[string]state{}
	for rows.Next() {
		var model, inputs string
		var st state
		if err := rows.Scan(&model, &st.fingerprint, &inputs, &st.version); err != nil {
			return nil, fmt.Errorf("read the state of the warehouse: %w", err)
		}
		if err := json.Unmarshal([]byte(inputs), &st.inputs); err != nil {
			return nil, fmt.Errorf("read the state of %s: %w", model, err)
		}
		states[model] = st
	}
	return states, rows.Err()
}

// write replaces the state row of a step; it is called in the transaction that writes the step's tables (invariant 4).
func (st state) write(ctx context.Context, s *duckdb.Session, catalog, model string, at time.Time) error {
	inputs, err := json.Marshal(st.inputs)
	if err != nil {
		return fmt.Errorf("write the state of %s: %w", model, err)
	}
	table := duckdb.Ident(catalog) + ".ops.model_state"
	if err := s.Exec(ctx, "delete from "+table+" where model = "+duckdb.Text(model)); err != nil {
		return err
	}
	return s.Exec(ctx, fmt.Sprintf("insert into %s values (%s, %s, %s, %d, timestamptz %s)", table, duckdb.Text(model),
		duckdb.Text(st.fingerprint), duckdb.Text(string(inputs)), st.version, duckdb.Text(at.UTC().Format("2006-01-02 15:04:05.000000+00"))))
}

func qualified(catalog, table string) string {
	schema, name, _ := strings.Cut(table, ".")
	return duckdb.Ident(catalog) + "." + duckdb.Ident(schema) + "." + duckdb.Ident(name)
}
