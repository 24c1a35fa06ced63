package extract

import (
	"strings"
	"testing"
	"time"

	"github.com/heliu-data/heliu/models"
)

// TestThousands reads numbers as people write them where the separator is declared, and refuses what may mean another one.
func TestThousands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, thousands string
		want            int64
		reason          string
	}{
		{"1,234.50", ",", 12345000, ""}, {"１，２３４．５０", ",", 12345000, ""}, {"¥1,234.50", ",", 12345000, ""}, {"￥１，２３４．５０", ",", 12345000, ""},
		{"-¥1,234,567", ",", -12345670000, ""}, {"¥-12.5", ",", -125000, ""}, {"1234.5", ",", 12345000, ""}, {"1 234.50", " ", 12345000, ""}, {"1\u00a0234", " ", 12340000, ""},
		{"1'234.5", "'", 12345000, ""}, {"$ 7", ",", 70000, ""},
		{"1,234.50", "", 0, noNumber}, {"１２", "", 0, noNumber}, {"¥1", "", 0, noNumber},
		{"1,5", ",", 0, "parts no thousands"}, {"12,50", ",", 0, "parts no thousands"}, {"1.234,50", ",", 0, "behind the decimal point"}, {"1,2345.6", ",", 0, "parts no thousands"},
		{",234", ",", 0, "parts no thousands"}, {"1234,567", ",", 0, "parts no thousands"}, {"1,234,", ",", 0, "parts no thousands"}, {"--1", ",", 0, noNumber}, {"1,234元", ",", 0, "parts no thousands"},
		{"1,234.5.6", ",", 0, noNumber}, {"", ",", 0, ""}, {"1,23x", ",", 0, noNumber}, {"-", ",", 0, noNumber},
	} {
		d := decoder{field: Field{Type: models.Money, Thousands: c.thousands}}
		got, reason := d.decode(tokString, c.text)
		if got.i != c.want || (reason == "") != (c.reason == "") || !strings.Contains(reason, c.reason) {
			t.Errorf("%q with %q: %d, %q; want %d, %q", c.text, c.thousands, got.i, reason, c.want, c.reason)
		}
	}
	_, err := ParseConnector("t", []byte("connector: t\nvia: files\nstreams:\n  a:\n    key: [id]\n    fields: {id: {type: string, thousands: ','}, m: {type: money, thousands: '.'}}\n"))
	if err == nil || strings.Count(err.Error(), "thousands") < 2 {
		t.Errorf("a separator on a text and a point were taken: %v", err)
	}
}

// TestClockChanges reads local times around the hours that daylight saving skips and repeats.
func TestClockChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, text, want string }{
		{"America/New_York", "2026-03-08 01:59:59", "2026-03-08T06:59:59Z"}, {"America/New_York", "2026-03-08 02:30:00", "skips"}, {"America/New_York", "2026-03-08 03:00:00", "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-11-01 00:59:59", "2026-11-01T04:59:59Z"}, {"America/New_York", "2026-11-01 01:30:00", "2026-11-01T05:30:00Z"}, {"America/New_York", "2026-11-01 02:00:00", "2026-11-01T07:00:00Z"},
		{"Australia/Lord_Howe", "2026-10-04 02:15:00", "skips"}, {"Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04T14:45:00Z"}, {"Pacific/Apia", "2011-12-30 12:00:00", "skips"},
		{"Europe/Berlin", "2026-07-01 00:00:00", "2026-06-30T22:00:00Z"}, {"Asia/Shanghai", "2026-01-01 08:00:00", "2026-01-01T00:00:00Z"}, {"Asia/Shanghai", "1986-05-04 02:30:00", "skips"},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, layout := range []string{"", "2006-01-02 15:04:05"} {
			d := decoder{field: Field{Type: models.Timestamp, Layout: layout}, time: zoned{loc: loc}}
			if first, reason := d.decode(tokString, "2026-06-01 00:00:00"); reason != "" || first.i == 0 { // what was learned there must not matter
				t.Fatal(reason)
			}
			got, reason := d.decode(tokString, c.text)
			if at := time.UnixMicro(got.i).UTC().Format(time.RFC3339); c.want == "skips" && !strings.Contains(reason, "skips") || c.want != "skips" && (reason != "" || at != c.want) {
				t.Errorf("%s in %s (%q): %s, %q; want %s", c.text, c.zone, layout, at, reason, c.want)
			}
		}
	}
}
