// Package trino is the engine for companies that one machine does not hold: star and marts are Iceberg tables in the
// lake itself, computed by a Trino cluster through its JDBC catalog. What is written becomes visible by changing the
// catalog's pointers in one transaction of its PostgreSQL database, so that a step's tables and its state never part.
package trino

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"

	_ "github.com/trinodb/trino-go-client/trino" // the driver
)

// Config says which cluster to speak to.
type Config struct {
	Address string // "trino://user@host:8080/catalog"
}

// Engine is a Trino cluster with one catalog of it.
type Engine struct {
	db      *sql.DB
	catalog string
}

// Open connects to the cluster and checks that it answers.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	u, err := url.Parse(cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("address of Trino: %w", err)
	}
	catalog := u.Path[1:]
	db, err := sql.Open("trino", "http://"+u.User.Username()+"@"+u.Host+"?catalog="+catalog)
	if err != nil {
		return nil, err
	}
	return &Engine{db: db, catalog: catalog}, db.PingContext(ctx)
}

// Dialect is "trino".
func (*Engine) Dialect() string { return "trino" }

// Catalog is the name of the catalog in Trino.
func (e *Engine) Catalog() string { return e.catalog }

// Close gives the connections back.
func (e *Engine) Close() error { return e.db.Close() }
