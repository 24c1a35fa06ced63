package simulate

import (
	"fmt"
	"time"
)

// product is a SKU of the company; one with components is a bundle and is never
// stocked itself.
type product struct {
	SKU, SPU, Title, Category, Brand, Unit string
	Price, Cost                            Fen // price incl. VAT; cost ex VAT
	VAT                                    int // percent
	Reference                              Fen // weight inside a bundle
	Bundle                                 []component
	ShelfDays, MinRemainDays               int
	Home                                   string // warehouse that ships it
	Case                                   bool   // belongs to a fixed case
	Hero                                   bool   // advertised, and runs out
	Weight                                 int    // how often it is bought
}

type component struct {
	Product  *product
	Quantity int
}

// listing is a product as one shop offers it.
type listing struct {
	Shop               *shop
	ItemID, PlatformID string // item id, platform SKU id
	Product            *product
	Price              Fen
	Prices             []priceChange
}

type priceChange struct {
	At     time.Time
	Price  Fen
	OnSale bool
}

// priceAt is the listing's state at an instant.
func (l *listing) priceAt(at time.Time) priceChange {
	now := l.Prices[0]
	for _, change := range l.Prices {
		if !change.At.After(at) {
			now = change
		}
	}
	return now
}

// pieces gives the stock SKUs in n of the product.
func (p *product) pieces(n int) []piece {
	if len(p.Bundle) == 0 {
		return []piece{{p, n}}
	}
	var out []piece
	for _, c := range p.Bundle {
		out = append(out, piece{c.Product, n * c.Quantity})
	}
	return out
}

type piece struct {
	Product *product
	Qty     int
}

// catalogue is the generated range: names, prices and costs in yuan.
func catalogue() []catalogueRow {
	return []catalogueRow{
		{"清透防晒乳 SPF50+ 60ml", "防晒", 129, 31}, {"水感防晒喷雾 150ml", "防晒", 99, 24},
		{"儿童物理防晒霜 50g", "防晒", 139, 38}, {"防晒护唇膏 4g", "防晒", 39, 8},
		{"晒后修护芦荟胶 200g", "护肤", 59, 12}, {"烟酰胺精华液 30ml", "护肤", 169, 40},
		{"玻尿酸面膜 10片", "面膜", 89, 18}, {"氨基酸洁面乳 120g", "洁面", 69, 14},
		{"维C亮肤水 150ml", "护肤", 119, 27}, {"神经酰胺面霜 50g", "护肤", 199, 52},
		{"卸妆油 200ml", "洁面", 79, 17}, {"眼部精华 15ml", "护肤", 229, 58},
		{"男士控油洁面 100g", "洁面", 59, 11}, {"沐浴油 300ml", "身体护理", 89, 20},
		{"身体防晒啫喱 200ml", "防晒", 109, 25}, {"护手霜三支装", "身体护理", 49, 10},
		{"头皮精华 60ml", "头发护理", 159, 41}, {"氨基酸洗发水 500ml", "头发护理", 79, 19},
		{"遮阳渔夫帽", "配饰", 69, 21}, {"冰丝防晒袖套", "配饰", 29, 6},
		{"UPF50+ 防晒衣", "配饰", 259, 88},
	}
}

type catalogueRow struct {
	title, category string
	price, cost     int
}

// newProducts makes the generated range: 21 stocked SKUs and two bundles.
func newProducts() []*product {
	var out []*product
	for i, name := range catalogue() {
		p := &product{
			SKU: fmt.Sprintf("HL%03d", i+1), SPU: fmt.Sprintf("SPU%03d", i+1), Title: name.title,
			Category: name.category, Brand: "合流", Unit: "件", VAT: 13,
			Price: Fen(name.price * 100), Cost: Fen(name.cost * 100), Reference: Fen(name.price * 100),
			ShelfDays: 1095, MinRemainDays: 90, Home: WarehouseEast, Weight: 10, Hero: i < 2,
		}
		if i%3 == 2 {
			p.Home = WarehouseSouth
		}
		if p.Hero {
			p.Weight = 60
		}
		out = append(out, p)
	}
	bundles := []*product{
		{SKU: "HLKIT01", SPU: "SPUKIT1", Title: "夏日防晒三件套", Price: 24900, Weight: 12,
			Bundle: []component{{out[0], 1}, {out[3], 1}, {out[4], 2}}},
		{SKU: "HLKIT02", SPU: "SPUKIT2", Title: "面膜囤货装", Price: 19900, Weight: 8,
			Bundle: []component{{out[6], 3}}},
	}
	for _, b := range bundles {
		b.Category, b.Brand, b.Unit, b.VAT, b.Reference = "套装", "合流", "套", 13, b.Price
		b.ShelfDays, b.MinRemainDays = 1095, 90
		for _, c := range b.Bundle {
			b.Cost += c.Product.Cost * Fen(c.Quantity)
		}
	}
	gift := &product{SKU: "GIFT01", SPU: "SPUGIFT", Title: "旅行装洁面 20g(赠品)", Category: "赠品", Brand: "合流", Unit: "件",
		VAT: 13, Cost: 300, ShelfDays: 730, MinRemainDays: 60, Home: WarehouseEast}
	return append(append(out, bundles...), gift)
}

// list puts the product on sale in a shop. at is when the listing began.
func (c *Company) list(s *shop, p *product, at time.Time) *listing {
	n := len(c.listings) + 1
	l := &listing{Shop: s, Product: p, Price: p.Price,
		ItemID: fmt.Sprintf("%d", 680000000000+n*137), PlatformID: fmt.Sprintf("%d", 4900000000000+n*311),
		Prices: []priceChange{{At: at, Price: p.Price, OnSale: true}}}
	c.listings = append(c.listings, l)
	c.listingOf[s.ID+"\x1f"+p.SKU] = l
	return l
}

func (c *Company) listing(shopID string, p *product) *listing {
	return c.listingOf[shopID+"\x1f"+p.SKU]
}
