package pipelines

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"

	"github.com/heliu-data/heliu/extract/personal"
	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/transform/conform"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// settings writes what the project's file says and the models read: ops.* tables, whose content counts as their version.
func (r *record) settings(ctx context.Context, p *project.Project) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return writeSettings(ctx, r.session, p)
}

func writeSettings(ctx context.Context, session *duckdb.Session, p *project.Project) error {
	return session.InTx(ctx, func(ctx context.Context) error {
		if err := session.Exec(ctx, settingTables); err != nil {
			return fmt.Errorf("write the project's settings: %w", err)
		}
		insert := func(table string, row ...any) error {
			marks := "?"
			for range len(row) - 1 {
				marks += ", ?"
			}
			if err := session.Exec(ctx, "insert into ops."+table+" values ("+marks+")", row...); err != nil {
				return fmt.Errorf("write ops.%s: %w", table, err)
			}
			return nil
		}
		err := insert("project", p.Name, string(p.Timezone), string(p.Currency), p.Attribution.Model, p.Attribution.LookBack.Days(),
			p.Attribution.HalfLife.Days(), float64(p.Attribution.CoverageThreshold), p.Stock.DemandWindow.Days(), p.Stock.LowCover.Days(), p.Stock.HighCover.Days())
		if err != nil {
			return err
		}
		return insert("chosen_attribution_model", p.Attribution.Model)
	})
}

// given are the entities' rows that the project's file holds: shops, exclusions and our own accounts. A buyer that an
// exclusion names is hashed as landing hashes him (invariant 8).
func (j *Job) given() ([]conform.Given, error) {
	p := j.Project
	shops := conform.Given{Entity: "shop", Stream: "shops", File: p.File}
	for _, id := range sortedKeys(p.Shops) {
		s := p.Shops[id]
		shops.Rows = append(shops.Rows, conform.GivenRow{Line: s.Line, Values: filled(map[string]string{
			"shop_id": id, "title": s.Title, "platform": s.Platform, "zone": cmp.Or(string(s.Zone), string(p.Timezone)),
			"currency": cmp.Or(string(s.Currency), string(p.Currency)), "business_model": s.BusinessModel,
			"sales_of_record": s.SalesOfRecord, "legal_entity": s.LegalEntity})})
	}
	rules := conform.Given{Entity: "exclusion_rule", Stream: "exclusions", File: p.File}
	for i, x := range p.Exclusions {
		customer, err := j.buyer(x.Customer)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: exclusions[%d].customer: %w", p.File, x.Line, i, err)
		}
		rules.Rows = append(rules.Rows, conform.GivenRow{Line: x.Line, Values: filled(map[string]string{
			"rule_id": x.Rule, "owner": x.Owner, "from_on": string(x.From), "to_on": string(x.To), "shop_id": x.Shop,
			"seller_flag": x.SellerFlag, "memo_contains": x.MemoContains, "customer_ref": customer, "sku_code": x.SKU, "effect": x.Effect})})
	}
	authors := conform.Given{Entity: "creator", Stream: "own_authors", File: p.File}
	for _, x := range p.OwnAuthors {
		authors.Rows = append(authors.Rows, conform.GivenRow{Line: x.Line, Values: filled(map[string]string{
			"creator_id": x.Platform + ":" + x.Author, "platform": x.Platform, "author_id": x.Author, "title": x.Title, "is_own": "true"})})
	}
	var list []conform.Given
	for _, g := range []conform.Given{shops, rules, authors} {
		if len(g.Rows) > 0 {
			list = append(list, g)
		}
	}
	return list, nil
}

// buyer is the reference under which a buyer has landed: the keyed hash of his id or e-mail address. A hash copied from
// the warehouse stays as it is.
func (j *Job) buyer(id string) (string, error) {
	bytes, err := hex.DecodeString(id)
	switch {
	case id == "" || err == nil && len(bytes) == sha256.Size:
		return id, nil
	case !j.Project.Personal.Key.Given():
		return "", errors.New("buyers are known by their keyed hash only; give personal.key")
	}
	key, err := j.vault.Reveal(j.Project.Personal.Key)
	if err != nil {
		return "", fmt.Errorf("personal.key: %w", err)
	}
	if address, ok := personal.Email(id); ok {
		return personal.Hash([]byte(key), personal.KindEmail, address), nil
	}
	return personal.Hash([]byte(key), personal.KindPseudonym, id), nil
}

func filled(values map[string]string) map[string]string {
	maps.DeleteFunc(values, func(_, v string) bool { return v == "" })
	return values
}
