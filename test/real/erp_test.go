//go:build real

package real

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

const erpText = `name: erp
timezone: Asia/Shanghai
currency: CNY
memory: 400MB
threads: 1
lake: ./lake
personal: {key: "${WHOLE_KEY}"}
publish:
  - duckdb: ./marts.duckdb
shops:
  web: {title: 官网商城, platform: medusa, business_model: own_site}
sources:
  web: {connector: medusa, base_url: "%[1]s", email: "%[2]s", password: "${HELIU_REAL_MEDUSA_PASSWORD}"}
  erp: {%[3]s, shop: web}
`

// TestERPBothWays reads the ERP by its API and by SQL in two projects that are alike otherwise: the mappings must give
// the same star and the same marts, to the row.
func TestERPBothWays(t *testing.T) {
	c, now := components(t), time.Now().UTC().Add(5*time.Minute)
	var published []string
	for _, way := range []string{
		fmt.Sprintf(`connector: tryton, base_url: "%s", user: "%s", password: "${HELIU_REAL_TRYTON_PASSWORD}", warehouses: ["5"]`, c.Tryton, c.TrytonUser),
		`connector: tryton_sql, dsn: "${ERP_DSN}"`,
	} {
		dir := t.TempDir()
		p := &wholeProject{dir: dir, binary: program(t), now: now, env: append(os.Environ(), "WHOLE_KEY=a key of the test", "ERP_DSN="+c.Postgres+"/tryton?sslmode=disable", "HOME="+dir, "LANG=C")}
		if err := os.WriteFile(filepath.Join(dir, "heliu.yaml"), []byte(fmt.Sprintf(erpText, c.Medusa, c.MedusaUser, way)), 0o600); err != nil {
			t.Fatal(err)
		}
		p.do(t, "run")
		published = append(published, p.publication(t))
	}
	db := opened(t, "duckdb", "")
	db.SetMaxOpenConns(1) // what is attached is the connection's
	for i, name := range []string{"old", "new"} {
		if _, err := db.Exec("attach '" + published[i] + "' as " + name + " (read_only)"); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range tablesOf(t, db, "where table_catalog = 'new' and table_schema in ('mart', 'star') order by 1, 2, ordinal_position") {
		differ, _, _ := x.differ()
		none(t, db, x.name, "from "+differ+" as d")
		if slices.Contains([]string{"star.fct_stock_move", "star.fct_shipment_line", "star.fct_purchase", "star.stock_snapshot"}, x.name) && number(t, db, "select count(*) from new."+x.name) == 0 {
			t.Errorf("%s is empty", x.name)
		}
	}
}
