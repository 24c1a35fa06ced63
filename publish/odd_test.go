package publish_test

import (
	"testing"

	"github.com/heliu-data/heliu/publish"
	"github.com/heliu-data/heliu/warehouse"
)

// odd adds tables of values that are easily read back as others.
func odd(t *testing.T, w warehouse.Session) publish.Publication {
	t.Helper()
	run(t, w, `create table mart.odd (t varchar, d double, r decimal(38,8), sold_at timestamp with time zone, day date, n bigint, m decimal(18,4));
		insert into mart.odd values ('', 'infinity', 0.00000001, '1899-12-31 00:00:00.000001+00', '1899-12-31', 9223372036854775807, 99999999999999.9999), (null, 'nan', -1, null, null, null, null),
		('\N', 0.1, null, '2026-01-01 00:00:00.123456+00', '1900-01-01', -9223372036854775808, -0.0001), ('a"b,c' || chr(13) || chr(10) || 'd' || chr(13) || 'e' || chr(10), 1e300, 1, '2026-06-30 23:59:59.9999995+08', '1900-03-01', 999999999999999, 123456789012.3456),
		(' x ', -0e0, 1, '9999-12-31 23:59:59+00', '9999-12-31', 1, 1), ('''=1', '-infinity', 1, '1900-02-01 00:00:00+00', '1900-02-28', 1, 1), ('=1', 0.3, 1, '1969-12-31 23:59:59.9994+00', '2026-02-28', 1, 100000),
		('_x000B_' || chr(11), 5e-324, 123456789012345678901234567890.12345678, null, null, 0, 0.0003), ('#N/A', 1, 1, null, null, 1, 1);
		insert into mart.odd (d) values (1e-1 + 2e-1), (1e0 / 3e0), (-2e0 / 3e0), (1e-7), (1e22), (123456789012345678e0), (4.9406564584124654e-320), (1.7976931348623157e308);
		create table mart.empty (t varchar); create table mart.one (t varchar); insert into mart.one values ('a'), ('b');
		create table mart.few (d double); insert into mart.few values (null), (1), (null)`)
	p := publication("p1", "")
	p.Tables = append(p.Tables, publish.Table{Name: "mart.odd", Columns: []publish.Column{{Name: "t", Type: "string"}, {Name: "d", Type: "double"}, {Name: "r", Type: "rate"},
		{Name: "sold_at", Type: "timestamp"}, {Name: "day", Type: "date"}, {Name: "n", Type: "integer"}, {Name: "m", Type: "money"}}},
		publish.Table{Name: "mart.empty", Columns: []publish.Column{{Name: "t", Type: "string"}}}, publish.Table{Name: "mart.one", Columns: []publish.Column{{Name: "t", Type: "string"}}},
		publish.Table{Name: "mart.few", Columns: []publish.Column{{Name: "d", Type: "double"}}})
	return p
}

// TestOddValues are read back from every target as what they are.
func TestOddValues(t *testing.T) {
	t.Parallel()
	for _, o := range outlets {
		t.Run(o.kind, func(t *testing.T) {
			t.Parallel()
			target, err := publish.Open(publish.Config{Kind: o.kind, Location: o.location(t)})
			if err != nil {
				t.Fatal(err)
			}
			w := openWarehouse(t)
			if _, err := target.Stage(t.Context(), w, odd(t, w)); err != nil {
				t.Error(err)
			}
		})
	}
}
