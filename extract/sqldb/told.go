package sqldb

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	mssql "github.com/microsoft/go-mssqldb"

	"github.com/heliu-data/heliu/extract"
)

// told is a server's error in words that hold no value of a row (invariant 8).
type told struct {
	text string
	err  error
}

func (t *told) Error() string { return t.text }

// Is and As look through to the server's error, which is not handed out: a logger may print it.
func (t *told) Is(target error) bool { return errors.Is(t.err, target) }
func (t *told) As(target any) bool   { return errors.As(t.err, target) }

var quoted = regexp.MustCompile(`"[^"]*"|'[^']*'|“[^”]*”`)

// withoutValues takes out of a server's error what may be of a person. A server quotes the value that it could not
// convert as it quotes a column that it does not know; quotes stay only where the query is wrong.
func withoutValues(err error) error {
	aboutQuery, server := false, true
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		aboutQuery = !strings.HasPrefix(pg.Code, "22") && !strings.HasPrefix(pg.Code, "23") && !strings.HasPrefix(pg.Code, "P0")
	} else if my, ok := errors.AsType[*mysql.MySQLError](err); ok {
		aboutQuery = slices.Contains([]uint16{1044, 1045, 1046, 1049, 1051, 1052, 1054, 1064, 1109, 1142, 1143, 1146, 1305, 1370}, my.Number)
	} else if ms, ok := errors.AsType[mssql.Error](err); ok {
		aboutQuery = slices.Contains([]int32{102, 105, 156, 207, 208, 209, 229, 230, 4060, 18456}, ms.Number)
	} else {
		server = false
	}
	text := err.Error()
	if server && !aboutQuery {
		text = quoted.ReplaceAllString(text, "'…'")
	}
	if text = extract.Scrub(text); text == err.Error() {
		return err
	}
	return &told{text: text, err: err}
}
