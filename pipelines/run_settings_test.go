package pipelines

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/extract/personal"
	"github.com/heliu-data/heliu/internal/project"
)

// An exclusion names a buyer as he landed: by his keyed hash, never in the clear (invariant 8).
func TestAnExclusionsBuyerIsHashedAsLandingHashesHim(t *testing.T) {
	t.Parallel()
	hash := personal.Hash([]byte("k"), personal.KindPseudonym, "AAF-buyer")
	job := func(more string) *Job {
		file := filepath.Join(t.TempDir(), "heliu.yaml")
		text := "name: x\nsources: {a: {connector: taobao}}\n" + more + "exclusions:\n"
		for i, buyer := range []string{"AAF-buyer", "Buyer@Example.com", hash} {
			text += "  - {rule: r" + string(rune('0'+i)) + ", owner: o, effect: staff, from: 2026-01-01, sku: s, customer: \"" + buyer + "\"}\n"
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := project.Load(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		return &Job{Project: p, vault: project.NewVault(filepath.Dir(file), func(string) (string, bool) { return "k", true })}
	}
	given, err := job("personal: {key: \"${KEY}\"}\n").given()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range given[0].Rows {
		got = append(got, row.Values["customer_ref"])
	}
	if diff := cmp.Diff([]string{hash, personal.Hash([]byte("k"), personal.KindEmail, "buyer@example.com"), hash}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := job("").given(); err == nil || !strings.Contains(err.Error(), "exclusions[0].customer") || !strings.Contains(err.Error(), "give personal.key") {
		t.Errorf("without a key: %v", err)
	}
}
