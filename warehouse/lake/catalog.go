package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	sqlcat "github.com/apache/iceberg-go/catalog/sql"
	"github.com/apache/iceberg-go/table"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // driver "sqlite"
)

// CatalogName is the catalog's name in its tables; Trino's iceberg.jdbc-catalog.catalog-name must be the same.
const CatalogName = "wh"

// The tables of the Iceberg JDBC catalog, as Trino and Java read them.
const catalogDDL = `
create table if not exists iceberg_tables (
	catalog_name varchar(255) not null, table_namespace varchar(255) not null, table_name varchar(255) not null,
	metadata_location varchar(1000), previous_metadata_location varchar(1000), iceberg_type varchar(5),
	primary key (catalog_name, table_namespace, table_name));
create table if not exists iceberg_namespace_properties (
	catalog_name varchar(255) not null, namespace varchar(255) not null, property_key varchar(255) not null,
	property_value varchar(1000), primary key (catalog_name, namespace, property_key));`

func openCatalog(ctx context.Context, address, root string) (*sql.DB, sqlcat.SupportedDialect, error) {
	driver, dsn, dialect, err := catalogAddress(address, root)
	if err != nil {
		return nil, "", err
	}
	db, err := openDatabase(driver, dsn)
	if err != nil {
		return nil, "", fmt.Errorf("open the catalog: %w", err)
	}
	db.SetMaxOpenConns(8)
	if err := createCatalog(ctx, db); err != nil {
		return nil, "", errors.Join(err, db.Close())
	}
	return db, dialect, nil
}

// createCatalog makes the tables that are missing. A role that may not create any, as a program's may be that only extracts,
// needs none when they are there: PostgreSQL would refuse it even "if not exists".
func createCatalog(ctx context.Context, db *sql.DB) error {
	_, missing := db.ExecContext(ctx, "select 1 from iceberg_tables, iceberg_namespace_properties, heliu_reads where 1 = 0")
	if missing == nil {
		return nil
	}
	_, err := db.ExecContext(ctx, catalogDDL+readingDDL)
	if err != nil && ctx.Err() == nil {
		// two processes that create the tables at once: the loser finds them the second time
		_, err = db.ExecContext(ctx, catalogDDL+readingDDL)
	}
	if err != nil {
		return fmt.Errorf("lake.catalog: its tables are missing or out of reach; check that the server is up, the address, and that the user may create tables in its schema: %w", err)
	}
	return nil
}

func openDatabase(driver, dsn string) (*sql.DB, error) {
	if driver != "pgx" {
		return sql.Open(driver, dsn)
	}
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err // without the password
	}
	cfg.ConnectTimeout = connectTime
	cfg.DialFunc = dialer().DialContext
	if _, set := cfg.RuntimeParams["statement_timeout"]; !set { // somebody's open transaction holds nobody up for ever
		cfg.RuntimeParams["statement_timeout"] = strconv.FormatInt(answerTime.Milliseconds(), 10)
	}
	return stdlib.OpenDB(*cfg), nil
}

func catalogAddress(address, root string) (driver, dsn string, dialect sqlcat.SupportedDialect, err error) {
	const pragmas = "?_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	switch {
	case address == "" && strings.HasPrefix(root, "s3://"):
		return "", "", "", errors.New("a lake in S3 needs a catalog: postgres://… (several machines) or sqlite:FILE (one machine)")
	case address == "":
		return "sqlite", "file:" + filepath.ToSlash(filepath.Join(root, "catalog.db")) + pragmas, sqlcat.SQLite, nil
	case strings.HasPrefix(address, "sqlite:"):
		return "sqlite", "file:" + strings.TrimPrefix(strings.TrimPrefix(address, "sqlite:"), "//") + pragmas, sqlcat.SQLite, nil
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		return "pgx", address, sqlcat.Postgres, nil
	default: // the address may hold a password: it is not repeated
		return "", "", "", errors.New("catalog address: want postgres://… or sqlite:FILE")
	}
}

// hooked passes commits to the SQL catalog and calls the crash points and faults around them.
type hooked struct{ lake *Lake }

func (h hooked) LoadTable(ctx context.Context, ident table.Identifier) (*table.Table, error) {
	return h.lake.cat.LoadTable(h.lake.with(ctx), ident)
}

func (h hooked) CommitTable(ctx context.Context, ident table.Identifier, reqs []table.Requirement, updates []table.Update) (table.Metadata, string, error) {
	h.lake.crash(PointBeforeSwap)
	if err := h.lake.fail("before"); err != nil {
		return nil, "", err
	}
	ctx, enough := h.lake.answered(ctx)
	defer enough()
	meta, location, err := h.lake.cat.CommitTable(h.lake.with(ctx), ident, reqs, updates)
	if err != nil {
		return nil, "", err
	}
	h.lake.crash(PointAfterSwap)
	if err := h.lake.fail("after"); err != nil {
		return nil, "", err
	}
	return meta, location, nil
}

// fail is a test's way to lose the request of a commit ("before") or its answer ("after").
func (l *Lake) fail(stage string) error {
	if l.fault == nil {
		return nil
	}
	return l.fault(stage)
}
