package lake

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	"github.com/apache/iceberg-go/table"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// TableSpec declares a table.
type TableSpec struct {
	Name    string             // "raw.tmall__orders"
	Columns []warehouse.Column // all columns, MetaColumns included
	Comment string
	Parent  string // of a child or __rejected table: the stream's table; its batches decide which of these may be read
}

// MetaColumns are the columns that every raw table has behind those of its stream.
func MetaColumns() []warehouse.Column {
	return []warehouse.Column{
		{Name: ExtraColumn, Type: models.JSON, Comment: "fields that the connector does not declare"},
		{Name: SourceColumn, Type: models.String, Comment: "configured source"},
		{Name: StreamColumn, Type: models.String, Comment: "kind of record"},
		{Name: BatchColumn, Type: models.String, Comment: "window that landed the row"},
		{Name: ExtractedAtColumn, Type: models.Timestamp, Comment: "when the window was read"},
		{Name: KeyHashColumn, Type: models.Key, Comment: "63-bit hash of the stream's key"},
	}
}

// The settings without which a table that gets a commit a minute decays: few manifests, few old metadata files, and
// no retry by the library, which would replay a window onto a head that it was not planned on.
func creationProperties() iceberg.Properties {
	return iceberg.Properties{
		table.ManifestMergeEnabledKey:             "true",
		table.ManifestMinMergeCountKey:            "20",
		table.MetadataDeleteAfterCommitEnabledKey: "true",
		table.MetadataPreviousVersionsMaxKey:      "5",
		table.CommitNumRetriesKey:                 "0",
		table.PropertyFormatVersion:               "2",
		table.ParquetCompressionKey:               "zstd",
		table.DefaultWriteMetricsModeKey:          "none",
		"write.parquet.row-group-limit":           "122880",
	}
}

// Ensure creates the table or brings its schema up to the declaration, and returns it ready for NewBatch, whose
// column indexes are those of spec.Columns. In place: a new column (null in older files), int to long, float to
// double, a decimal's precision at equal scale. Any other change of type gets a column of its own, "name__type"
// (see Renamed); nothing is ever rewritten, narrowed or removed.
func (l *Lake) Ensure(ctx context.Context, spec TableSpec) (*Table, error) {
	ident, err := identifier(spec.Name)
	if err != nil {
		return nil, err
	}
	if err := checkColumns(spec); err != nil {
		return nil, err
	}
	t := &Table{lake: l, name: spec.Name}
	err = t.Refresh(ctx)
	if errors.Is(err, ErrNoTable) {
		if err = l.create(ctx, ident, spec); err == nil {
			err = t.Refresh(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	const attempts = 5 // another process may evolve the same table at the same time
	for try := 1; ; try++ {
		if err = t.evolve(ctx, spec); err == nil {
			return t, nil
		}
		if try == attempts || ctx.Err() != nil {
			return nil, fmt.Errorf("evolve lake table %s: %w", spec.Name, err)
		}
		if err := t.Refresh(ctx); err != nil {
			return nil, err
		}
	}
}

func checkColumns(spec TableSpec) error {
	seen := map[string]bool{}
	for _, c := range spec.Columns {
		if _, ok := iceTypes[c.Type]; !ok {
			return fmt.Errorf("lake table %s, column %s: unknown type %q", spec.Name, c.Name, c.Type)
		}
		folded := strings.ToLower(c.Name) // the engines' names have no case
		if c.Name == "" || seen[folded] {
			return fmt.Errorf("lake table %s: column %q is empty or declared twice", spec.Name, c.Name)
		}
		seen[folded] = true
	}
	if len(spec.Columns) == 0 {
		return fmt.Errorf("lake table %s: no columns", spec.Name)
	}
	return nil
}

func (l *Lake) create(ctx context.Context, ident table.Identifier, spec TableSpec) error {
	err := l.cat.CreateNamespace(l.with(ctx), ident[:1], nil)
	if err != nil && !errors.Is(err, catalog.ErrNamespaceAlreadyExists) {
		if ok, look := l.cat.CheckNamespaceExists(ctx, ident[:1]); look != nil || !ok {
			return fmt.Errorf("create lake namespace %s: %w", ident[0], err)
		}
	}
	fields := make([]iceberg.NestedField, len(spec.Columns))
	for i, c := range spec.Columns {
		fields[i] = iceberg.NestedField{ID: i + 1, Name: c.Name, Type: iceTypes[c.Type], Doc: c.Comment}
	}
	props := creationProperties()
	if spec.Comment != "" {
		props["comment"] = spec.Comment
	}
	if spec.Parent != "" {
		props[propParent] = spec.Parent
	}
	const attempts = 8 // PostgreSQL refuses one of two creations at once (SQLSTATE 40001): nothing was done, so it is done again
	for try := 1; ; try++ {
		_, err = l.cat.CreateTable(l.with(ctx), ident, iceberg.NewSchema(0, fields...),
			catalog.WithLocation(l.root+"/"+strings.Join(ident, "/")), catalog.WithProperties(props))
		if err == nil || errors.Is(err, catalog.ErrTableAlreadyExists) {
			return nil
		}
		var refused *pgconn.PgError
		if try == attempts || ctx.Err() != nil || !errors.As(err, &refused) || refused.Code != "40001" {
			return fmt.Errorf("create lake table %s: %w", spec.Name, err)
		}
	}
}

// evolve fits the loaded table to the declaration, in one commit, and sets the columns of its batches.
func (t *Table) evolve(ctx context.Context, spec TableSpec) error {
	txn := t.tbl.NewTransaction()
	update, changed := txn.UpdateSchema(true, false), false
	names := make([]string, len(spec.Columns))
	taken := map[string]bool{}
	for i, c := range spec.Columns {
		name, change, err := t.place(c, taken)
		if err != nil {
			return err
		}
		names[i], taken[strings.ToLower(name)] = name, true
		switch change {
		case changeAdd:
			update.AddColumn([]string{name}, iceTypes[c.Type], c.Comment, false, nil)
		case changeWiden:
			update.UpdateColumn([]string{name}, table.ColumnUpdate{FieldType: iceberg.Optional[iceberg.Type]{Val: iceTypes[c.Type], Valid: true}})
		}
		changed = changed || change != changeNone
	}
	if changed {
		if err := update.Commit(); err != nil {
			return err
		}
	}
	if spec.Parent != "" && t.tbl.Properties()[propParent] != spec.Parent {
		changed = true
		if err := txn.SetProperties(iceberg.Properties{propParent: spec.Parent}); err != nil {
			return err
		}
	}
	if changed {
		next, err := txn.Commit(t.lake.with(ctx))
		if err != nil {
			return err
		}
		t.adopt(next)
	}
	t.columns = make([]column, len(spec.Columns))
	for i, c := range spec.Columns {
		f, ok := t.tbl.Schema().FindFieldByName(names[i])
		if !ok {
			return fmt.Errorf("column %s is not in the schema after it was added", names[i])
		}
		t.columns[i] = column{Column: warehouse.Column{Name: f.Name, Type: c.Type, Comment: c.Comment}, declared: c.Name, id: f.ID, ice: f.Type}
	}
	return nil
}

type change int

const (
	changeNone change = iota
	changeAdd
	changeWiden
)

// place finds the lake column for a declared one: its own name, or name__type when that name is taken by values of
// another kind.
func (t *Table) place(c warehouse.Column, taken map[string]bool) (string, change, error) {
	want := iceTypes[c.Type]
	for _, name := range []string{c.Name, c.Name + "__" + string(c.Type)} {
		f, ok := t.tbl.Schema().FindFieldByNameCaseInsensitive(name)
		switch {
		case taken[strings.ToLower(name)]:
		case !ok:
			return name, changeAdd, nil
		case f.Type.Equals(want):
			return f.Name, changeNone, nil
		case widens(f.Type, want):
			return f.Name, changeWiden, nil
		}
	}
	return "", changeNone, fmt.Errorf("column %s: neither %s nor %s__%s of the lake can hold %s", c.Name, c.Name, c.Name, c.Type, want)
}

func widens(from, to iceberg.Type) bool {
	switch from := from.(type) {
	case iceberg.Int32Type:
		_, ok := to.(iceberg.Int64Type)
		return ok
	case iceberg.Float32Type:
		_, ok := to.(iceberg.Float64Type)
		return ok
	case iceberg.DecimalType:
		to, ok := to.(iceberg.DecimalType)
		return ok && from.Scale() == to.Scale() && from.Precision() < to.Precision()
	}
	return false
}
