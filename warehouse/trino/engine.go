// Package trino is the engine for companies that one machine does not hold: star and marts are Iceberg tables in the
// lake itself, computed by a Trino cluster through its JDBC catalog. What is written becomes visible by changing the
// catalog's pointers in one transaction of its PostgreSQL database, so that a step's tables and its state never part.
package trino

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	driver "github.com/trinodb/trino-go-client/trino"
)

// Engine is a Trino cluster with one catalog of it. It is safe for concurrent use.
type Engine struct {
	*ground
	db     *sql.DB
	cfg    Config
	place  place
	client *client
}

// longest is how long one statement may run as far as this side is concerned; the cluster has limits of its own.
const longest = 30 * 24 * time.Hour

// Open checks the configuration, connects to the cluster and checks that it answers, that it accepts who asks, and that
// the catalog is there and is one of Iceberg. It does not wait for a cluster that is not up.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	p, err := cfg.parse()
	if err != nil {
		return nil, err
	}
	e := &Engine{ground: newGround(cfg.Lake), cfg: cfg, place: p}
	if e.client, err = cfg.client(p); err != nil {
		return nil, err
	}
	server := p.server
	if p.user != "" {
		server.User = url.User(p.user)
	}
	once, whole := 1, longest
	inner, err := driver.NewConnector(&driver.Config{
		ServerURI: server.String(), Catalog: p.catalog, Source: cfg.Source, ClientInfo: e.client.source, TimeZone: "UTC",
		SessionProperties: cfg.Session, HTTPClient: &http.Client{Transport: e.client},
		RequestRetryMaxAttempts: &once, QueryTimeout: &whole, // the client tries again
	})
	if err != nil {
		return nil, fmt.Errorf("Trino at %s: %w", p.server.Host, err)
	}
	e.db = sql.OpenDB(connector{Connector: inner, engine: e})
	if err := e.check(withoutPatience(ctx)); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// check looks for the catalog.
func (e *Engine) check(ctx context.Context) error {
	rows, err := e.rows(ctx, "select catalog_name, connector_name from system.metadata.catalogs order by catalog_name")
	if err != nil {
		return fmt.Errorf("open Trino at %s: %w", e.place.server.Host, err)
	}
	defer func() { _ = rows.Close() }() // read to its end below
	var names []string
	for rows.Next() {
		var name, connector string
		if err := rows.Scan(&name, &connector); err != nil {
			return fmt.Errorf("open Trino at %s: %w", e.place.server.Host, err)
		}
		if connector == "iceberg" {
			names = append(names, name)
		}
		if name == e.place.catalog && connector != "iceberg" {
			return fmt.Errorf("open Trino at %s: the catalog %s is one of %s and cannot hold the warehouse; name one whose connector.name is iceberg", e.place.server.Host, name, connector)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("open Trino at %s: %w", e.place.server.Host, err)
	}
	if !slices.Contains(names, e.place.catalog) {
		return fmt.Errorf("open Trino at %s: it has no catalog %s that %s may see (Iceberg catalogs there: %s); correct the address, or add etc/catalog/%s.properties to the cluster",
			e.place.server.Host, e.place.catalog, e.who(), strings.Join(names, ", "), e.place.catalog)
	}
	return nil
}

func (e *Engine) who() string {
	if e.place.user == "" {
		return "its user"
	}
	return e.place.user
}

// scrub takes the secrets out of a text that came from outside.
func (e *Engine) scrub(text string) string {
	for _, secret := range []string{e.cfg.Password, e.cfg.Token, base64.StdEncoding.EncodeToString([]byte(e.place.user + ":" + e.cfg.Password))} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

// rows runs one statement as it stands and streams its rows; closing them before their end stops it on the cluster.
// What goes wrong later comes from their Err, as a [StatementError] too.
func (e *Engine) rows(ctx context.Context, statement string) (*sql.Rows, error) {
	return e.db.QueryContext(ctx, statement)
}

// exec runs one statement as it stands to its end and returns how many rows it wrote.
func (e *Engine) exec(ctx context.Context, statement string) (updated int64, err error) {
	result, err := e.db.ExecContext(ctx, statement)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Catalog is the name of the catalog in Trino.
func (e *Engine) Catalog() string { return e.place.catalog }

// Close waits for what is being dropped and gives the connections back.
func (e *Engine) Close() error {
	e.drops.Wait()
	defer e.client.close()
	return e.db.Close()
}
