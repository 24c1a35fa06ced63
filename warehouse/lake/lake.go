// Package lake keeps what was landed: Apache Iceberg tables over Parquet files in a local folder or in object
// storage that speaks S3, so that Trino, Spark, DuckDB and others read them without Heliu.
//
// A window's files, its receipt and the new cursor are one commit of the stream's table (invariant 1). Raw tables
// are append-only and source-shaped (invariant 2). The name of every data file holds its batch and its SHA-256, so
// both outlive compaction, expiry and whatever happens to the metadata.
package lake

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	sqlcat "github.com/apache/iceberg-go/catalog/sql"
	"github.com/apache/iceberg-go/table"
	"github.com/apache/iceberg-go/utils"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

var (
	// ErrNoTable says that the lake has no table of that name.
	ErrNoTable = errors.New("no such lake table")
	// ErrHeadMoved says that another writer committed to the table since it was loaded: read Head again and plan
	// the window anew from the new cursor. Nothing was committed.
	ErrHeadMoved = errors.New("another writer has committed to the table since it was read; plan again from its new cursor")
	// ErrOtherContent says that another try of the same batch has committed rows to the child table that differ: land the
	// window under another batch id. Nothing was committed.
	ErrOtherContent = errors.New("child rows of another try of the batch differ")
	// ErrMoved says that the catalog's tables are in another place than the lake that was opened.
	ErrMoved = errors.New("the lake's folder was moved or copied")
	// ErrDamaged says that a data file is not what was landed (its SHA-256 or size differ, or it is gone).
	ErrDamaged = errors.New("data file is damaged")
)

// Config says where a lake is. The zero value of every field but Location is a working default.
type Config struct {
	// Location is a local folder ("./lake") or "s3://bucket/prefix".
	Location string
	// Catalog is "postgres://user:password@host/db" or "sqlite:/path/to/catalog.db"; "" is catalog.db in a local
	// Location. A lake in S3 needs one.
	Catalog string
	// S3 is read when Location is in S3.
	S3 S3Config
	// Now gives the time of upkeep (which files are past their grace); nil is time.Now.
	Now func() time.Time
	// TempDir is where files grow before they are uploaded to S3; "" is the system's. A local lake grows its
	// files beside their final place.
	TempDir string
	// Patience is how long the catalog or the storage may take to answer; 0 is two minutes.
	Patience time.Duration
	// Crash, if not nil, is called at the points listed in CrashPoints with the point's name, so that a test can
	// end the process there.
	Crash func(point string)
}

// Lake is an open lake. It is safe for concurrent use; a Table and a Batch are used by one goroutine each.
type Lake struct {
	cfg      Config
	root     string // absolute folder or s3:// prefix, without a slash at its end
	db       *sql.DB
	dialect  sqlcat.SupportedDialect
	cat      *sqlcat.Catalog
	aws      *aws.Config // nil for a local lake
	fault    func(stage string) error
	zstd     zstd.Codec
	ledgers  sync.Map // path of a ledger file -> the batch ids in it
	verified sync.Map // path -> stamp of the bytes whose SHA-256 was right

	scratchMutex sync.Mutex
	scratches    []*scratch // that nobody uses
}

// Open opens the lake and creates its folder and its catalog's two tables where they are missing. It connects to
// the catalog, not to the object storage.
func Open(ctx context.Context, cfg Config) (*Lake, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Patience = cmp.Or(cfg.Patience, answerTime)
	root, err := resolveRoot(cfg.Location)
	if err != nil {
		return nil, err
	}
	l := &Lake{cfg: cfg, root: root, zstd: zstd.Codec{Level: zstd.SpeedFastest}}
	props := iceberg.Properties{"warehouse": root, "init_catalog_tables": "false"}
	if l.remote() {
		if l.aws, err = cfg.S3.aws(cfg.Patience); err != nil {
			return nil, fmt.Errorf("lake %s: %w", root, err)
		}
		for k, v := range cfg.S3.properties() {
			props[k] = v
		}
	} else if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, fmt.Errorf("lake folder: %w", err)
	}
	ctx, enough := l.answered(ctx)
	defer enough()
	if l.db, l.dialect, err = openCatalog(ctx, cfg.Catalog, root); err != nil {
		return nil, fmt.Errorf("lake %s: %w", root, err)
	}
	if err := l.moved(ctx); err != nil {
		return nil, errors.Join(err, l.db.Close())
	}
	if l.cat, err = sqlcat.NewCatalog(CatalogName, l.db, l.dialect, props); err != nil {
		return nil, errors.Join(fmt.Errorf("catalog of lake %s: %w", root, err), l.db.Close())
	}
	return l, nil
}

// Close releases the catalog's connections.
func (l *Lake) Close() error { return errors.Join(l.cat.Close(), l.db.Close()) }

// Catalog is the database that holds the catalog's tables. It is closed with the lake.
func (l *Lake) Catalog() *sql.DB { return l.db }

// Location is the lake's absolute folder or its s3:// prefix.
func (l *Lake) Location() string { return l.root }

// Tables lists the lake's tables by name ("raw.tmall__orders"), sorted.
func (l *Lake) Tables(ctx context.Context) ([]string, error) {
	ctx, enough := l.answered(ctx)
	defer enough()
	spaces, err := l.cat.ListNamespaces(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("list the lake's namespaces: %w", err)
	}
	var names []string
	for _, space := range spaces {
		for ident, err := range l.cat.ListTables(ctx, space) {
			if err != nil {
				return nil, fmt.Errorf("list the lake's tables: %w", err)
			}
			names = append(names, strings.Join(ident, "."))
		}
	}
	slices.Sort(names)
	return names, nil
}

// Table loads a table as it is now. ErrNoTable says that there is none of that name.
func (l *Lake) Table(ctx context.Context, name string) (*Table, error) {
	t := &Table{lake: l, name: name}
	if err := t.Refresh(ctx); err != nil {
		return nil, err
	}
	t.columns = t.allColumns()
	return t, nil
}

// load reads the table from the catalog and makes its commits pass through the lake's own hooks.
func (l *Lake) load(ctx context.Context, name string) (*table.Table, error) {
	ident, err := identifier(name)
	if err != nil {
		return nil, err
	}
	ctx, enough := l.answered(ctx)
	defer enough()
	loaded, err := l.cat.LoadTable(l.with(ctx), ident)
	if errors.Is(err, catalog.ErrNoSuchTable) || errors.Is(err, catalog.ErrNoSuchNamespace) {
		return nil, fmt.Errorf("%w: %s", ErrNoTable, name)
	}
	if err != nil {
		return nil, fmt.Errorf("load lake table %s: %w", name, err)
	}
	return table.New(ident, loaded.Metadata(), loaded.MetadataLocation(), loaded.FS, hooked{l}), nil
}

func (l *Lake) remote() bool { return strings.HasPrefix(l.root, "s3://") }

// with hands the lake's one S3 client configuration to iceberg-go, which otherwise makes a new one a call.
func (l *Lake) with(ctx context.Context) context.Context {
	if l.aws == nil {
		return ctx
	}
	return utils.WithAwsConfig(ctx, l.aws)
}

func identifier(name string) (table.Identifier, error) {
	space, table, ok := strings.Cut(name, ".")
	if !ok || space == "" || table == "" || strings.ContainsAny(name, "/\\ \t\n%?#") || strings.Contains(table, ".") {
		return nil, fmt.Errorf("lake table name %q: want namespace.name, such as raw.tmall__orders", name)
	}
	return []string{space, table}, nil
}

func resolveRoot(location string) (string, error) {
	if location == "" {
		return "", errors.New("lake location is empty: give a folder or s3://bucket/prefix")
	}
	if rest, ok := strings.CutPrefix(location, "s3://"); ok {
		if strings.Trim(rest, "/") == "" {
			return "", fmt.Errorf("lake location %q names no bucket: want s3://bucket/prefix", location)
		}
		return strings.TrimRight(location, "/"), nil
	}
	if strings.Contains(location, "://") {
		return "", fmt.Errorf("lake location %q: want a folder or s3://bucket/prefix", location)
	}
	root, err := filepath.Abs(location)
	if err != nil {
		return "", fmt.Errorf("lake location %q: %w", location, err)
	}
	if strings.ContainsAny(root, "%?#") {
		return "", fmt.Errorf("lake folder %q: a path with %%, ? or # cannot be an Iceberg location; choose another folder", root)
	}
	return filepath.ToSlash(root), nil
}
