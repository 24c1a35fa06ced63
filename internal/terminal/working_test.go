package terminal

import (
	"strings"
	"testing"
	"time"
)

// A step that takes long says so once a minute where no line moves, and not at all when it is short.
func TestWorkingSaysHowFarAStepIs(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 11, 2, 0, 0, 0, time.UTC)
	var out strings.Builder
	step := NewProgress(&out, nil, false, func() time.Time { return now }).Begin("build star.fct_order")
	for range 13 { // every ten seconds, two minutes and ten seconds in all
		now = now.Add(10 * time.Second)
		step.Working(1_234_567, 34, 120)
	}
	want := "… build star.fct_order  1,234,567 rows read, 34/120  1m0s\n… build star.fct_order  1,234,567 rows read, 34/120  2m0s\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
