package pipelines_test

import (
	"fmt"
	"testing"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse"
)

// A late row makes an incremental model read its range, not its input (PITFALLS B1), through import CTEs used twice,
// joins and windows alike.
func TestOneDayMoreReadsOneRange(t *testing.T) {
	const days, perDay = 400, 5000
	raw := map[string][]warehouse.Column{"raw.s__lines": {column("line_id", models.String), column("paid_date", models.Date), column("amount", models.Money)}}
	lake := newFolderLake(t, t.TempDir(), raw)
	lake.landQuery(t, "raw.s__lines", fmt.Sprintf("select cast(n as varchar) as line_id, cast(date '2025-01-01' + cast(n // %d as int) as date) as paid_date, cast(n %% 100 as decimal(18, 4)) as amount from range(%d) t(n)", perDay, days*perDay))
	b, done := newBuilder(t, parseModels(t, map[string]string{
		"star/sql/fct_line.sql": model("{append: raw.s__lines}", "", "select line_id, paid_date, amount from raw.s__lines"),
		"sql/daily.sql": model("{incremental: paid_date, look_back: 6 days}", "{star.fct_line: paid_date}", `
with line as (select * from star.fct_line),
day_total as (select paid_date, sum(amount) as amount from line group by paid_date),
best as (select paid_date, max(amount) as most from line group by paid_date)
select day_total.paid_date, best.most, sum(day_total.amount) over (order by day_total.paid_date range between interval 6 day preceding and current row) as amount_7d
from day_total inner join best on day_total.paid_date = best.paid_date`),
	}), lake)
	defer done()
	full := step(t, build(t, b, pipelines.Selection{}), "mart.daily")
	lake.land(t, "raw.s__lines", []string{"('late', date '2026-01-15', 7)"})
	report := build(t, b, pipelines.Selection{})
	day := step(t, report, "mart.daily")
	if day.Mode != "days" || len(day.Ranges) != 1 || day.Ranges[0] != "2026-01-15…2026-01-21" {
		t.Errorf("%s %v; want the days 2026-01-15…2026-01-21", day.Mode, day.Ranges)
	}
	// 13 days of 400, twice, in row groups of 25 days.
	if full.Cost.Rows < days*perDay || day.Cost.Rows > full.Cost.Rows/5 {
		t.Errorf("one day more read %d rows, a full build %d", day.Cost.Rows, full.Cost.Rows)
	}
}
