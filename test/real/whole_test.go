//go:build real

package real

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// TestWhole runs the finished program over real systems only: shops, tills, an ERP and the grocery data into a lake on
// S3 with its catalog in PostgreSQL, published to DuckDB and to PostgreSQL. Then staff change a few orders and ship a
// sale, and the second run shows exactly that.
func TestWhole(t *testing.T) {
	ctx, c := context.Background(), components(t)
	p := newWholeProject(t, c)
	web, err := OpenMedusa(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	web2, err := OpenVendure(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	erp, err := OpenTryton(ctx, c)
	if err != nil {
		t.Fatal(err)
	}

	p.do(t, "check")
	p.do(t, "run")
	first := p.publication(t)
	t.Run("every receipt agrees", func(t *testing.T) { receiptsAgree(t, p) })
	t.Run("sales are what the shops say", func(t *testing.T) { salesAreTheShops(t, p, web, web2) })
	tool := newBITool(t, p.bi, "mart", "star")
	t.Run("PostgreSQL serves the publication through JDBC", func(t *testing.T) { postgresHoldsIt(t, p, tool, first) })

	copies := filepath.Join(p.dir, "warehouse.duckdb.tmp", "objects")
	if n := cached(t, copies); n == 0 || n > 20e6 {
		t.Errorf("%d bytes stay in a cache of 20 MB", n)
	}
	if err := os.RemoveAll(copies); err != nil {
		t.Fatal(err)
	}
	p.installHTTPFS(t) // the second run reads the lake by it
	done := change(t, p, web, web2, erp)
	p.now = p.now.Add(5 * time.Minute) // so that a lag does not hide what was just done
	p.do(t, "run")
	second := p.publication(t)
	if n := cached(t, copies); n != 0 {
		t.Errorf("%d bytes were copied, though httpfs is installed", n)
	}
	t.Run("every receipt of the second run agrees", func(t *testing.T) { receiptsAgree(t, p) })
	t.Run("sales are still what the shops say", func(t *testing.T) { salesAreTheShops(t, p, web, web2) })
	t.Run("PostgreSQL serves the second publication over the same connection", func(t *testing.T) { postgresHoldsIt(t, p, tool, second) })
	t.Run("exactly the changes", func(t *testing.T) { exactlyTheChanges(t, first, second, done) })
}

// installHTTPFS puts DuckDB's extension where "install httpfs" puts it.
func (p *wholeProject) installHTTPFS(t *testing.T) {
	t.Helper()
	folder := filepath.Join(p.dir, ".duckdb", "extensions", duckdb.Version, "linux_amd64")
	if err := errors.Join(os.MkdirAll(folder, 0o755), os.Symlink(os.Getenv("HELIU_REAL_HTTPFS"), filepath.Join(folder, "httpfs.duckdb_extension"))); err != nil {
		t.Fatal(err)
	}
}

// publication is the real path of what is published now: the next publication leaves it where it is.
func (p *wholeProject) publication(t *testing.T) string {
	t.Helper()
	path, err := filepath.EvalSymlinks(filepath.Join(p.dir, "marts.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// receiptsAgree holds every receipt of the project to the count of its source.
func receiptsAgree(t *testing.T, p *wholeProject) {
	var receipts []struct{ Source, Stream, Proof, CountKind string }
	text := p.do(t, "receipts", "--limit", "100000", "--format", "json")
	if err := json.Unmarshal([]byte(text), &receipts); err != nil {
		t.Fatalf("%v: %.300s", err, text)
	}
	sources := map[string]bool{}
	for _, r := range receipts {
		sources[r.Source] = true
		if r.Proof != "agrees" {
			t.Errorf("%s.%s: %s", r.Source, r.Stream, r.Proof)
		}
	}
	if len(sources) < 5 {
		t.Errorf("receipts of %v only", sources)
	}
}

// salesAreTheShops compares each shop's gross sales with what its own system says.
func salesAreTheShops(t *testing.T, p *wholeProject, web *MedusaShop, web2 *VendureShop) {
	want := map[string]int64{"pos": p.pos.sales, "counter": p.counter.sales}
	var err error
	if want["web"], err = web.Sold(context.Background()); err != nil {
		t.Fatal(err)
	}
	if want["web2"], err = web2.Sold(context.Background()); err != nil {
		t.Fatal(err)
	}
	db := openDuck(t, p.publication(t))
	if p.grocery != "" {
		want["grocery"] = number(t, db, fmt.Sprintf(grocerySales, p.grocery))
	}
	got := map[string]int64{}
	for _, row := range texts(t, db, `select dim_shop.shop_id, cast(cast(sum(sales_daily.gross_sales_amount) * 100 as bigint) as varchar)
		from mart.sales_daily inner join star.dim_shop on sales_daily.shop_key = dim_shop.shop_key group by 1`) {
		if got[row[0]], err = strconv.ParseInt(row[1], 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("gross sales in cents (-shops +mart):\n%s", d)
	}
}

// grocerySales is what the grocery data holds, without the lines that are kept out: none sold, or a coupon above the price.
const grocerySales = `select cast(sum(cast(sales_value as decimal(18, 2))) * 100 as bigint) from read_parquet('%s/transactions_sample.parquet')
	where quantity > 0 and cast(sales_value as decimal(18, 2)) >= cast(coupon_disc as decimal(18, 2))`

// ours are the published tables without the bookkeeping of publishing itself.
const ours = "where table_schema in ('mart', 'star') and table_name not like 'heliu%' order by 1, 2, ordinal_position"

// postgresHoldsIt compares what PostgreSQL serves through its JDBC driver with the DuckDB file, and the publication's id.
func postgresHoldsIt(t *testing.T, p *wholeProject, tool *biTool, path string) {
	duck, postgres := openDuck(t, path), openPostgres(t, p.bi)
	id := texts(t, duck, "select publication_id from ops.publication")
	for _, schema := range []string{"mart", "star"} {
		if d := cmp.Diff(id, texts(t, postgres, "select publication_id from "+schema+".heliu_publication")); d != "" {
			t.Errorf("publication of schema %s (-DuckDB +PostgreSQL):\n%s", schema, d)
		}
	}
	tool.sees(t, path)
}
