//go:build real

package real

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"
)

// till is a shop that keeps its sales in a database of its own, as the staff of that shop use it.
type till struct {
	db    *sql.DB
	sales int64 // what it has sold by now, in cents
}

const sqlTime = "2006-01-02 15:04:05"

// mysqlAddress is the address of MariaDB as its Go driver wants it.
func mysqlAddress(c Components) string {
	address := strings.Replace(strings.TrimPrefix(c.MySQL, "mysql://"), "@", "@tcp(", 1)
	return strings.Replace(address, "/", ")/", 1) + "?multiStatements=true&time_zone=%27%2B00:00%27"
}

// newTill makes the tables and 40 orders of the last 40 days with two lines each; every fourth is not paid yet. All
// amounts are multiples of price.
func newTill(t *testing.T, driver, address string, price int) *till {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.SetMaxOpenConns(1) // the time zone is the connection's
	moment := map[string]string{"pgx": "timestamptz", "mysql": "datetime(6)"}[driver]
	x := &till{db: db}
	if driver == "pgx" {
		x.do(t, "set time zone 'UTC'")
	}
	x.do(t, "drop table if exists whole_orders; drop table if exists whole_lines; drop table if exists whole_refunds")
	x.do(t, fmt.Sprintf(`create table whole_orders (id bigint primary key, state varchar(9), buyer varchar(40), placed_at %[1]s, paid_at %[1]s, amount numeric(12,2), changed_at %[1]s not null);
		create table whole_lines (order_id bigint, line_id int, sku varchar(9), quantity int, amount numeric(12,2), changed_at %[1]s not null, primary key (order_id, line_id));
		create table whole_refunds (id bigint primary key, order_id bigint, line_id int, amount numeric(12,2), changed_at %[1]s not null)`, moment))
	for i := range 40 {
		at := time.Now().UTC().AddDate(0, 0, -i-1).Format(sqlTime)
		first, second := price*(i+1), price*(i%5+1)
		state, paid := "paid", "'"+at+"'"
		if i%4 == 3 {
			state, paid = "open", "null"
		} else {
			x.sales += int64(first+second)*100 + 25
		}
		x.do(t, fmt.Sprintf(`insert into whole_orders values (%[1]d, '%[2]s', 'buyer %[3]d', '%[4]s', %[5]s, %[6]d.25, '%[4]s');
			insert into whole_lines values (%[1]d, 1, 'P00%[7]d', 1, %[8]d.25, '%[4]s'), (%[1]d, 2, 'P00%[9]d', 2, %[10]d, '%[4]s')`,
			i+1, state, i%7, at, paid, first+second, i%5, first, (i+1)%5, second))
	}
	return x
}

// rates adds the table of exchange rates, a quotation every fifth day.
func (x *till) rates(t *testing.T, now time.Time) {
	t.Helper()
	var rows []string
	for day := time.Date(2016, 12, 28, 0, 0, 0, 0, time.UTC); day.Before(now.AddDate(0, 0, 10)); day = day.AddDate(0, 0, 5) {
		rows = append(rows, fmt.Sprintf("('%s', 7.%02d)", day.Format(time.DateOnly), day.YearDay()%100))
	}
	x.do(t, "drop table if exists whole_rates; create table whole_rates (day date primary key, rate numeric(12,6)); insert into whole_rates values "+strings.Join(rows, ", "))
}

// refund pays back one yuan of an order's first line.
func (x *till) refund(t *testing.T, order int) {
	t.Helper()
	x.do(t, fmt.Sprintf("insert into whole_refunds values (%d, %d, 1, 1, '%s')", 1000+order, order, time.Now().UTC().Format(sqlTime)))
}

// pay takes the money for an order that is open.
func (x *till) pay(t *testing.T, order int) {
	t.Helper()
	x.do(t, fmt.Sprintf("update whole_orders set state = 'paid', paid_at = '%[2]s', changed_at = '%[2]s' where id = %[1]d and state = 'open'", order, time.Now().UTC().Format(sqlTime)))
}

// do runs statements one by one: not every driver takes several at once.
func (x *till) do(t *testing.T, statements string) {
	t.Helper()
	for _, statement := range strings.Split(statements, ";") {
		if _, err := x.db.Exec(statement); err != nil {
			t.Fatalf("%v\n%.300s", err, statement)
		}
	}
}
