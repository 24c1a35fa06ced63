//go:build real

package real

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wholeProject is a project whose systems are all real, driven as a process.
type wholeProject struct {
	dir, binary  string
	env          []string
	now          time.Time
	pos, counter *till
	bi           string // address of the database that is published to
	grocery      string // folder of the grocery data, "" where it is absent
}

// shopText is a source of a shop whose orders are in a database: $1 source and shop, $2 address.
const shopText = `
  %[1]s:
    connector: sql
    dsn: "${%[2]s}"
    zone: UTC
    streams:
      orders:
        title: {en: Till receipts, zh: 收银单}
        table: whole_orders
        key: [id]
        cursor: changed_at
        window: {lag: 1m, look_back: 1h, start: 2026-01-01}
        page: 20
        fields: {id: integer, state: string, buyer: {type: string, personal: pseudonym}, placed_at: timestamp, paid_at: timestamp, amount: money, changed_at: timestamp}
        maps:
          order:
            shop_id: "'%[1]s'"
            order_id: cast(id as varchar)
            source_status: state
            status: {of: state, codes: {open: unpaid, paid: paid}}
            id_space: "'%[1]s'"
            customer_ref: buyer
            placed_at: placed_at
            paid_at: paid_at
            buyer_paid_amount: case when paid_at is not null then amount end
            currency: "'CNY'"
            updated_at: changed_at
          customer: {id_space: "'%[1]s'", customer_ref: buyer, first_seen_at: placed_at, updated_at: placed_at}
      lines:
        title: {en: Till lines, zh: 收银明细}
        table: whole_lines
        key: [order_id, line_id]
        cursor: changed_at
        window: {lag: 1m, look_back: 1h, start: 2026-01-01}
        fields: {order_id: integer, line_id: integer, sku: string, quantity: integer, amount: money, changed_at: timestamp}
        maps:
          order_line:
            shop_id: "'%[1]s'"
            order_id: cast(order_id as varchar)
            line_id: cast(line_id as varchar)
            sku_code: sku
            quantity: quantity
            list_amount: amount
            seller_discount_amount: "0"
            seller_due_amount: amount
            buyer_paid_goods_amount: amount
            currency: "'CNY'"
            updated_at: changed_at
      refunds:
        title: {en: Till refunds, zh: 收银退款}
        table: whole_refunds
        key: [id]
        cursor: changed_at
        window: {lag: 1m, look_back: 1h, start: 2026-01-01}
        fields: {id: integer, order_id: integer, line_id: integer, amount: money, changed_at: timestamp}
        maps:
          refund:
            shop_id: "'%[1]s'"
            refund_id: cast(id as varchar)
            line_id: cast(line_id as varchar)
            order_id: cast(order_id as varchar)
            kind: "'refund_only'"
            status: "'succeeded'"
            buyer_amount: amount
            borne_by: "'seller'"
            applied_at: changed_at
            succeeded_at: changed_at
            currency: "'CNY'"
            updated_at: changed_at
`

// ratesText adds the exchange rates to the last shop's streams.
const ratesText = `      rates:
        title: {en: Exchange rates, zh: 汇率}
        table: whole_rates
        key: [day]
        fields: {day: date, rate: rate}
        maps:
          exchange_rate: {from_currency: "'USD'", to_currency: "'CNY'", rate_date: day, kind: "'central_parity'", rate: rate, updated_at: cast(day as timestamp with time zone)}
`

const projectText = `name: whole
timezone: %[1]s
currency: CNY
memory: 400MB
threads: 1
lake:
  location: %[2]s
  catalog: "${WHOLE_CATALOG}"
  s3: {endpoint: "%[3]s", path_style: true, access_key: "${HELIU_REAL_S3_KEY}", secret_key: "${HELIU_REAL_S3_SECRET}", cache: 20MB}
personal: {key: "${WHOLE_KEY}"}
publish:
  - duckdb: ./marts.duckdb
  - postgres: "${WHOLE_BI}"
shops:
  web:     {title: 官网商城, platform: medusa, business_model: own_site}
  web2:    {title: Web shop, platform: vendure, business_model: own_site, currency: USD}
  pos:     {title: 门店收银, platform: offline, business_model: offline}
  counter: {title: 专柜, platform: offline, business_model: offline}
  grocery: {title: Grocery, platform: offline, business_model: offline, currency: USD, zone: Etc/GMT+5}
sources:
  web:  {connector: medusa, base_url: "%[4]s", email: "%[5]s", password: "${HELIU_REAL_MEDUSA_PASSWORD}"}
  web2: {connector: vendure, base_url: "%[6]s", user: "%[7]s", password: "${HELIU_REAL_VENDURE_PASSWORD}"}
  erp:  {connector: tryton, base_url: "%[8]s", user: "%[9]s", password: "${HELIU_REAL_TRYTON_PASSWORD}", shop: web, warehouses: ["5"]}
`

// groceryText is the source of the grocery data: %[1]s is its folder. What the maker of a product pays for a coupon is no loss of the shop.
// Its clock is never put forward: it has sales at 02:06 on 2017-03-12, an hour that New York skips.
const groceryText = `
  grocery:
    connector: files
    zone: Etc/GMT+5
    streams:
      transactions:
        title: {en: Basket lines, zh: 购物篮明细}
        path: %[1]s/transactions_sample.parquet
        key: [basket_id, product_id]
        fields: {household_id: {type: string, personal: pseudonym}, basket_id: string, product_id: string, quantity: decimal, sales_value: money, retail_disc: money, coupon_disc: money, coupon_match_disc: money, transaction_timestamp: timestamp}
        maps:
          order:
            shop_id: "'grocery'"
            order_id: basket_id
            status: "'received'"
            id_space: "'grocery'"
            customer_ref: household_id
            placed_at: transaction_timestamp
            paid_at: transaction_timestamp
            received_at: transaction_timestamp
            currency: "'USD'"
            updated_at: transaction_timestamp
          order_line:
            shop_id: "'grocery'"
            order_id: basket_id
            line_id: product_id
            sku_code: "'G' || product_id"
            quantity: cast(quantity as bigint)
            list_amount: sales_value + retail_disc + coupon_match_disc
            seller_discount_amount: retail_disc + coupon_match_disc
            platform_subsidy_amount: coupon_disc
            seller_due_amount: sales_value
            buyer_paid_goods_amount: sales_value - coupon_disc
            currency: "'USD'"
            updated_at: transaction_timestamp
      products:
        title: {en: Groceries, zh: 商品}
        path: %[1]s/products.parquet
        key: [product_id]
        fields: {product_id: string, department: string, brand: string, product_category: string, product_type: string}
        maps:
          product: {sku_code: "'G' || product_id", title: product_type, category: "coalesce(product_category, department)", brand: brand, is_bundle: "false", updated_at: "cast('2017-01-01 00:00:00+00:00' as timestamp with time zone)"}
      households:
        title: {en: Households, zh: 家庭}
        path: %[1]s/demographics.parquet
        key: [household_id]
        fields: {household_id: {type: string, personal: pseudonym}, income: string}
        maps:
          customer: {id_space: "'grocery'", customer_ref: household_id, member_level: income, updated_at: "cast('2017-01-01 00:00:00+00:00' as timestamp with time zone)"}
      campaigns:
        title: {en: Coupon campaigns, zh: 优惠券活动}
        path: %[1]s/campaign_descriptions.parquet
        key: [campaign_id]
        fields: {campaign_id: string, campaign_type: string, start_date: date, end_date: date}
        maps:
          campaign: {campaign_code: "'grocery-' || campaign_id", title: campaign_type, starts_on: start_date, ends_on: end_date, updated_at: "cast('2017-01-01 00:00:00+00:00' as timestamp with time zone)"}
`

// newWholeProject fills the two tills, and writes the project file.
func newWholeProject(t *testing.T, c Components) *wholeProject {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	p := &wholeProject{dir: t.TempDir(), binary: program(t), now: time.Now().UTC().Add(5 * time.Minute)}
	own := fmt.Sprintf("whole_%d", p.now.UnixNano())
	posAddress := freshDatabase(t, c, own+"_pos")
	p.bi = freshDatabase(t, c, own+"_bi")
	p.env = append(os.Environ(), "WHOLE_CATALOG="+freshDatabase(t, c, own+"_lake"), "WHOLE_BI="+p.bi, "WHOLE_POS="+posAddress, "WHOLE_COUNTER="+c.MySQL,
		"WHOLE_KEY=a key of the test", "HOME="+p.dir, "LANG=C")
	p.pos = newTill(t, "pgx", posAddress, 1)
	p.counter = newTill(t, "mysql", mysqlAddress(c), 2)
	p.counter.rates(t, p.now)

	zone := "Asia/Shanghai" // or one whose day does not end while the test runs
	if p.now.In(time.FixedZone("", 8*3600)).Hour() == 23 {
		zone = "Europe/Berlin"
	}
	text := fmt.Sprintf(projectText, zone, "s3://"+c.S3Bucket+"/"+own, c.S3, c.Medusa, c.MedusaUser, c.Vendure, c.VendureUser, c.Tryton, c.TrytonUser)
	text += fmt.Sprintf(shopText, "pos", "WHOLE_POS") + fmt.Sprintf(shopText, "counter", "WHOLE_COUNTER") + ratesText
	grocery := filepath.Join(root, "..", "shared", "data", "completejourney")
	if _, err := os.Stat(grocery); err == nil {
		p.grocery = grocery
		text += fmt.Sprintf(groceryText, grocery)
	} else {
		fmt.Println("the folder shared/data/completejourney is not beside the checkout: the project is without the grocery data")
	}
	if err := os.WriteFile(filepath.Join(p.dir, "heliu.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// program is the path of the finished program, built here if it was not before.
func program(t *testing.T) string {
	t.Helper()
	path := os.Getenv("HELIU_WHOLE_BINARY")
	if path == "" {
		path = filepath.Join(t.TempDir(), "heliu")
		build := exec.Command("go", "build", "-tags=duckdb_arrow", "-o", path, "../../cmd/heliu")
		if said, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build the program: %v\n%s", err, said)
		}
	}
	return path
}

// do runs one command line, which must succeed, and gives what it printed.
func (p *wholeProject) do(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command(p.binary, append(args, "--project", p.dir)...)
	command.Env = append(p.env, "HELIU_TEST_NOW="+p.now.Format(time.RFC3339))
	var out, said bytes.Buffer
	command.Stdout, command.Stderr = &out, &said
	begun := time.Now()
	if err := command.Run(); err != nil {
		t.Fatalf("heliu %s: %v\n%s\n%s", strings.Join(args, " "), err, out.String(), said.String())
	}
	t.Logf("heliu %s: %s, %s", args[0], time.Since(begun).Round(time.Millisecond), strings.TrimSpace(strings.SplitN(out.String(), "\n", 2)[0]))
	return out.String()
}

// freshDatabase makes a database on the PostgreSQL server that goes with the test.
func freshDatabase(t *testing.T, c Components, name string) string {
	t.Helper()
	server, err := sql.Open("pgx", c.Postgres+"/postgres")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Exec("create database " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := server.ExecContext(context.Background(), "drop database "+name+" with (force)")
		if err := errors.Join(err, server.Close()); err != nil {
			t.Error(err)
		}
	})
	return c.Postgres + "/" + name + "?sslmode=disable"
}
