package sqldb

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	mssql "github.com/microsoft/go-mssqldb"

	"github.com/heliu-data/heliu/extract"
)

// TestNoValuesInErrors has servers quote a buyer's data in their errors.
func TestNoValuesInErrors(t *testing.T) {
	t.Parallel()
	r := &Reader{}
	for _, c := range []struct {
		err  error
		want string
	}{
		{&pgconn.PgError{Severity: "ERROR", Code: "22P02", Message: `invalid input syntax for type integer: "张三"`}, "invalid input syntax for type integer: '…'"},
		{&pgconn.PgError{Severity: "ERROR", Code: "42703", Message: `column "phone" does not exist`}, `column "phone" does not exist`},
		{&pgconn.PgError{Severity: "FATAL", Code: "28P01", Message: `password authentication failed for user "reader"`}, `"reader"`},
		{&mysql.MySQLError{Number: 1292, Message: "Truncated incorrect DOUBLE value: '张三'"}, "Truncated incorrect DOUBLE value: '…'"},
		{&mysql.MySQLError{Number: 1054, Message: "Unknown column 'phone' in 'field list'"}, "Unknown column 'phone'"},
		{mssql.Error{Number: 245, Message: "Conversion failed when converting the varchar value '张三' to data type int."}, "the varchar value '…' to"},
		{fmt.Errorf("sql: Scan error: 13800138000 张"), "Scan error: *** 张"},
	} {
		err := r.explain(fmt.Errorf("reading rows: %w", c.err))
		if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "张三") {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
		if pg, ok := errors.AsType[*pgconn.PgError](c.err); ok && errors.Is(err, extract.ErrAuth) != (pg.Code == "28P01") {
			t.Errorf("%v is an error of the credentials: %v", err, errors.Is(err, extract.ErrAuth))
		}
	}
}
