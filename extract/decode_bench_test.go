package extract

import (
	"context"
	"fmt"
	"io/fs"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// shopOrders is a connector for orders with nested lines, of the shape that bulk landing is measured with.
const shopOrders = `
connector: shop
via: lines
streams:
  orders:
    key: [id]
    cursor: updated_at
    fields:
      id: string
      created_at: timestamp
      updated_at: timestamp
      status: string
      currency: currency
      platform: string
      buyer_id: {type: string, path: buyer.id}
      nickname: {type: string, path: buyer.nickname}
      province: {type: string, path: buyer.province}
      city: {type: string, path: buyer.city}
      session_id: {type: string, path: landing.session_id}
      utm_source: {type: string, path: landing.utm_source}
      utm_medium: {type: string, path: landing.utm_medium}
      utm_campaign: {type: string, path: landing.utm_campaign}
      landing_page: {type: string, path: landing.landing_page}
      total_amount: money
      freight: money
      remark: string
    children:
      lines:
        records: lines
        key: [id, line_no]
        fields: {line_no: integer, sku: string, title: string, qty: integer, unit_price: money, unit_cost: money, discount: money}
`

func orderLine(b []byte, i int) []byte {
	b = fmt.Appendf(b, `{"id":"O%010d","created_at":"2026-01-%02d 08:%02d:%02d","updated_at":"2026-01-28 09:10:00","status":"paid","currency":"CNY","platform":"tmall",`+
		`"buyer":{"id":"C%08d","nickname":"王小明%d","province":"广东省","city":"深圳市"},"landing":{"session_id":"S%011d","utm_source":"baidu","utm_medium":"cpc","utm_campaign":"CMP%05d","landing_page":"/p/%d"},`+
		`"total_amount":"%d.45","freight":"8.00","lines":[`, i, 1+i%28, i/60%60, i%60, i%200000, i%1000, i*3, i%400, i%5000, i%900)
	for n := range 2 + i%2 {
		if n > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"line_no":%d,"sku":"SKU%07d","title":"连衣裙 红色 %d","qty":%d,"unit_price":"%d.90","unit_cost":"20.10","discount":"3.00"}`, n+1, (i*7+n)%10000, (i+n)%500, 1+i%3, i%300)
	}
	return append(b, "],\"remark\":\"\"}\n"...)
}

// linesReader yields pages of JSON lines made in memory.
type linesReader struct {
	pages [][]byte
	rows  int64
}

func (r linesReader) Read(_ context.Context, s Slice, yield func(Page) error) (Outcome, error) {
	for i, p := range r.pages {
		if err := yield(Page{Position: fmt.Sprintf("part %d", i), First: 1, Lines: p}); err != nil {
			return Outcome{}, err
		}
	}
	out := Counted(warehouse.CountTotal, r.rows)
	out.Cursor = "done"
	out.Empty = s.Cursor == "done"
	return out, nil
}

func newLinesReader(pages, rows int) (linesReader, int64) {
	r, size := linesReader{}, int64(0)
	for p := range pages {
		var b []byte
		for i := range rows {
			b = orderLine(b, p*rows+i)
		}
		r.pages = append(r.pages, b)
		size += int64(len(b))
		r.rows += int64(rows)
	}
	return r, size
}

// cpuSeconds is what this process has used so far: on a shared machine the only figure that compares.
func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// BenchmarkDecode is the cost of JSON lines to typed cells, keys included, without writing them.
func BenchmarkDecode(b *testing.B) {
	c, err := ParseConnector("shop", []byte(shopOrders))
	if err != nil {
		b.Fatal(err)
	}
	plans, err := compile(c.Streams[0], "Asia/Shanghai", &hasher{})
	if err != nil {
		b.Fatal(err)
	}
	var lines [][]byte
	size := 0
	for i := range 1000 {
		lines = append(lines, orderLine(nil, i))
		size += len(lines[i])
	}
	v := &visitor{plans: plans}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	begin := cpuSeconds(b)
	defer func() { b.ReportMetric(float64(size)*float64(b.N)/1e6/(cpuSeconds(b)-begin), "MB/cpu-s") }()
	for b.Loop() {
		for _, l := range lines {
			if !v.decode(l, true) {
				b.Fatal(v.field, v.reason)
			}
		}
	}
}

// BenchmarkLand is the whole way from JSON lines to a committed batch in a local lake.
func BenchmarkLand(b *testing.B) {
	reader, size := newLinesReader(24, 4000)
	folder := fstest.MapFS{"shop/connector.yaml": {Data: []byte(shopOrders)}}
	kind := Kind{Name: "lines", Check: func(*Connector) []Problem { return nil }, Open: func(Opening) (Reader, error) { return reader, nil }}
	b.SetBytes(size)
	b.ReportAllocs()
	begin := cpuSeconds(b)
	defer func() { b.ReportMetric(float64(size)*float64(b.N)/1e6/(cpuSeconds(b)-begin), "MB/cpu-s") }()
	for b.Loop() {
		l, err := lake.Open(context.Background(), lake.Config{Location: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		s, err := Open(Config{Name: "x", Connector: "shop"}, Deps{Lake: l, Kinds: []Kind{kind}, Connectors: []fs.FS{folder}, Now: func() time.Time { return time.Unix(1767225600, 0) }})
		if err != nil {
			b.Fatal(err)
		}
		receipts, err := s.Read(context.Background(), "orders", Options{})
		if err != nil {
			b.Fatal(err)
		}
		if len(receipts) != 1 || receipts[0].Landed != reader.rows {
			b.Fatalf("%+v", receipts)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
