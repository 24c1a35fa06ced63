package simulate

import (
	"fmt"
	"time"
)

// The credentials of every endpoint of the company. They open nothing else.
const (
	AppKey       = "test_key"
	AppSecret    = "test_secret"
	AccessToken  = "tok"
	RefreshToken = "refresh_tok"
	CollectToken = "collect_tok"
)

// Codes of the company's warehouses. The number is the ERP's.
const (
	WarehouseEast    = "W1"
	WarehouseSouth   = "W2"
	WarehouseReturns = "W9"
)

// Company is one company and its whole history. It does not change after New
// and may be used by several goroutines.
type Company struct {
	opts      Options
	zone      *time.Location
	shops     []*shop
	shop      map[string]*shop
	products  []*product
	sku       map[string]*product
	listings  []*listing
	listingOf map[string]*listing
	people    []*person
	orders    []*order
	byID      map[string]*order // shop id, order id
	caseIDs   map[string]string
	cases     []CaseFigure
	ads       *advertising
	touches   []*touch
	demand    []want
	stock     *stockBook
	purchases []*purchase
	transfers []*transfer
	erp       []*erpOrder
	returns   []*erpReturn
	serial    int64
}

// New makes the company that the options describe, or says which option makes
// no sense.
func New(opts Options) (*Company, error) {
	opts, zone, err := opts.settle()
	if err != nil {
		return nil, err
	}
	c := &Company{opts: opts, zone: zone, sku: map[string]*product{}, listingOf: map[string]*listing{},
		byID: map[string]*order{}, caseIDs: map[string]string{}}
	if c.shop, c.shops, err = newShops(opts.Zone, zone); err != nil {
		return nil, fmt.Errorf("simulate: zone of the American shop: %w", err)
	}
	c.products = newProducts()
	c.people = newPeople(newDice(opts.Seed, "people"), max(24, opts.Orders*6/10))
	c.openListings()
	c.ads = newAdvertising(c)
	c.trade()
	c.plantCases()
	c.ads.sort()
	c.fulfil()
	c.keepStock()
	return c, nil
}

// Options gives the settled options: what was left zero is filled.
func (c *Company) Options() Options { return c.opts }

// Now is the instant at which a first nightly run is due: two in the morning of
// the last day. A day later there are new orders and late changes.
func (c *Company) Now() time.Time { return c.opts.To.Add(2 * time.Hour) }

// at gives a local instant on a day of the company's zone.
func at(day time.Time, hour, minute, second int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, second, 0, day.Location())
}

// CaseOrderID gives the wire id of an order of DOMAIN's fixed cases, by its
// name there ("D1", "T1", "P2"), or an empty string.
func (c *Company) CaseOrderID(name string) string { return c.caseIDs[name] }

// next gives a number that no other thing of the company has.
func (c *Company) next() int64 { c.serial++; return c.serial }

func (c *Company) addProduct(p *product) *product {
	c.products = append(c.products, p)
	c.sku[p.SKU] = p
	return p
}

// begin is the first day of anything that happens: of the generated orders, or of
// a fixed case that lies before them.
func (c *Company) begin() time.Time {
	first := c.opts.From
	for _, day := range []time.Time{c.opts.CaseDay.AddDate(0, 0, -12), c.opts.PresaleDay.AddDate(0, 0, -6)} {
		if day.Before(first) {
			first = day
		}
	}
	return first
}

// openListings puts the generated range on sale in the generated shops, and
// plants one price change and one item that leaves the shelf.
func (c *Company) openListings() {
	start := c.begin().AddDate(0, 0, -7)
	for _, p := range c.products {
		c.sku[p.SKU] = p
	}
	for _, id := range []string{ShopTmall, ShopDouyin, ShopSite} {
		for i, p := range c.products {
			l := c.list(c.shop[id], p, at(start, 10, 0, i))
			if i == 5 {
				l.Prices = append(l.Prices, priceChange{at(c.opts.From.AddDate(0, 0, 9), 9, 30, 0), p.Price - 1000, true})
			}
			if i == 17 {
				l.Prices = append(l.Prices, priceChange{at(c.opts.To.AddDate(0, 0, -2), 18, 0, 0), p.Price, false})
			}
		}
	}
}

func (c *Company) addOrder(o *order) *order {
	c.orders = append(c.orders, o)
	c.byID[o.Shop.ID+"\x1f"+o.ID] = o
	return o
}
