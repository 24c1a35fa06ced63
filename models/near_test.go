package models_test

import (
	"testing"

	"github.com/heliu-data/heliu/models"
)

func TestNear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wrong string
		there []string
		want  string
	}{
		{"feilds", []string{"key", "fields", "title"}, "fields"}, // swapped
		{"oder", []string{"listing", "order", "order_line"}, "order"},
		{"sourcess", []string{"sources", "shops"}, "sources"},
		{"Status", []string{"state", "status"}, "status"},
		{"orderid", []string{"order_id", "order_idx"}, "order_id"},
		{"colour", []string{"box_id", "amount"}, ""},
		{"x", []string{"id"}, ""},
		{"店铺名", []string{"店铺号"}, "店铺号"},
		{"", []string{"a", "ab"}, ""},
	} {
		if got := models.Near(c.wrong, c.there); got != c.want {
			t.Errorf("%q: %q, want %q", c.wrong, got, c.want)
		}
	}
}
