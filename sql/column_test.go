package sql_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/sql"
)

func TestColumnsAreThoseOfTheLastSelect(t *testing.T) {
	for _, c := range []struct {
		sql  string
		want []string
	}{
		{"with x as (select 1 as a, 2 as b from t) select x.a, (select max(q) from x) as m from x", []string{"a", "m"}},
		{"select distinct a, -- from, b\n 'x, y from' as \"Net \"\"sales\"\"\", cast(b as date) as c from t", []string{"a", `Net "sales"`, "c"}},
		{"select a is distinct from b as differs, case when a then 1 end as one, sum(x) over (order by y) as total from t", []string{"differs", "one", "total"}},
		{"select 1 as a, array[1, 2] as list union all select 2 as z, array[3] as y", []string{"a", "list"}},
		{"select t.*, count(*), case when a then 1 end, b as c from t", []string{"c"}},
		{"select 1 as a", []string{"a"}},
	} {
		if diff := cmp.Diff(c.want, sql.Model{SQL: c.sql}.Columns()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.sql, diff)
		}
	}
}
