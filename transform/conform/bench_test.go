package conform_test

import (
	"testing"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/transform/conform"
)

// BenchmarkFullBuild conforms 300,000 order lines: stage, check, merge and write.
func BenchmarkFullBuild(b *testing.B) {
	h := newHouse(b, dictionary(b), []models.Mapping{
		mapping("order_line", "lines", "shop_id", ":shop", "order_id", "tid", "line_id", "oid", "item_id", "iid", "sku_code", "sku", "title", "title", "quantity", "num",
			"list_amount", "price * num", "seller_discount_amount", "price * num - due", "seller_due_amount", "due", "buyer_paid_goods_amount", "due", "currency", "'CNY'", "updated_at", "modified"),
	}, map[string]map[string]string{"src": {"shop": "t1"}})
	h.exec(`create table landed."src__lines" as select cast(7000000000 + i // 2 as varchar) as tid, cast(8000000000 + i as varchar) as oid, cast(i % 5000 as varchar) as iid, 'SKU-' || (i % 3000) as sku,
		'防晒霜 50ml 清爽 ' || (i % 3000) as title, cast(1 + i % 3 as bigint) as num, cast(10 + i % 90 as decimal(18,4)) as price, cast((10 + i % 90) * (1 + i % 3) - 1 as decimal(18,4)) as due,
		timestamptz '2026-06-01 00:00:00+00' + to_seconds(i) as modified, 'src' as _source, 'lines' as _stream, 'b' || (i // 5000) as _batch_id, timestamptz '2026-06-20 00:00:00+00' as _extracted_at
		from range(300000) as t(i)`)
	h.exec(`create view raw."src__lines" as select * from landed."src__lines"`)
	for b.Loop() {
		if c := h.build(true)["order_line"]; c != (conform.Counts{Conformed: 300000, Accepted: 300000, Keys: 300000}) {
			b.Fatalf("%+v", c)
		}
	}
	b.ReportMetric(300000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
