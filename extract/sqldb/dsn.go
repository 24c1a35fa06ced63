package sqldb

import (
	"database/sql"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	mssql "github.com/microsoft/go-mssqldb"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// target is a database that a DSN names, not yet connected.
type target struct {
	dialect  dialect
	open     func() (*sql.DB, error)
	password string
}

// parseDSN reads postgres://…, mysql://…, mariadb://…, sqlserver://… and sqlite:…; with the driver named mysql also
// that driver's own form, user:password@tcp(host:3306)/database. Its errors do not repeat the DSN.
func parseDSN(driver, dsn string) (target, error) {
	scheme, rest, found := strings.Cut(dsn, ":")
	if driver == "" && found {
		driver = scheme
	}
	switch strings.ToLower(driver) {
	case "postgres", "postgresql":
		return postgresTarget(dsn)
	case "mysql", "mariadb":
		return mysqlTarget(dsn)
	case "sqlserver", "mssql":
		return sqlserverTarget(dsn)
	case "sqlite", "sqlite3", "file":
		if scheme == "sqlite" || scheme == "sqlite3" {
			dsn = strings.TrimPrefix(rest, "//")
		}
		return sqliteTarget(dsn)
	}
	return target{}, fmt.Errorf("the dsn must begin with postgres://, mysql://, mariadb://, sqlserver:// or sqlite:, or driver must say which it is")
}

func postgresTarget(dsn string) (target, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return target{}, fmt.Errorf("the dsn is no PostgreSQL address: postgres://user:password@host:5432/database")
	}
	cfg.RuntimeParams["application_name"] = "heliu"
	cfg.RuntimeParams["timezone"] = "UTC"
	return target{dialect: postgres, password: cfg.Password, open: func() (*sql.DB, error) { return stdlib.OpenDB(*cfg), nil }}, nil
}

func mysqlTarget(dsn string) (target, error) {
	wrong := fmt.Errorf("the dsn is no MySQL address: mysql://user:password@host:3306/database or user:password@tcp(host:3306)/database")
	cfg := mysql.NewConfig()
	if u, err := url.Parse(dsn); err == nil && (u.Scheme == "mysql" || u.Scheme == "mariadb") {
		cfg.User, cfg.Net, cfg.Addr, cfg.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
		cfg.Passwd, _ = u.User.Password()
		if u.Port() == "" {
			cfg.Addr += ":3306"
		}
		if tls := u.Query().Get("tls"); tls != "" {
			cfg.TLSConfig = tls
		}
		if u.Hostname() == "" {
			return target{}, wrong
		}
	} else if cfg, err = mysql.ParseDSN(dsn); err != nil {
		return target{}, wrong
	}
	cfg.ParseTime = false // texts of DATETIME carry no zone; the field says which
	cfg.MultiStatements = false
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["time_zone"] = "'+00:00'"
	return target{dialect: mysqlDialect, password: cfg.Passwd, open: func() (*sql.DB, error) {
		c, err := mysql.NewConnector(cfg)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(c), nil
	}}, nil
}

func sqlserverTarget(dsn string) (target, error) {
	c, err := mssql.NewConnector(dsn)
	if err != nil {
		return target{}, fmt.Errorf("the dsn is no SQL Server address: sqlserver://user:password@host:1433?database=name")
	}
	password := ""
	if u, err := url.Parse(dsn); err == nil && u.User != nil {
		password, _ = u.User.Password()
	}
	return target{dialect: sqlserver, password: password, open: func() (*sql.DB, error) { return sql.OpenDB(c), nil }}, nil
}

func sqliteTarget(path string) (target, error) {
	if path == "" {
		return target{}, fmt.Errorf("the dsn names no SQLite file: sqlite:./shop.db")
	}
	name := "file:" + strings.TrimPrefix(path, "file:")
	join := "?"
	if strings.Contains(name, "?") {
		join = "&"
	}
	return target{dialect: sqlite, open: func() (*sql.DB, error) { return sql.Open("sqlite", name+join+"mode=ro&_pragma=busy_timeout(10000)") }}, nil
}
