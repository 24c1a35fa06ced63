package simulate

import (
	"fmt"
	"net/url"
	"time"
)

// touch is one meeting of a person with the company, as the storefront's
// collector sees it.
type touch struct {
	ID       string
	Person   *person
	At       time.Time
	Kind     string // visit, ad_click, live_view, video_view, add_to_cart, checkout
	Channel  string
	Shop     *shop
	Ad       *adNode
	Room     string
	Video    string
	UTM      [3]string
	ClickID  string
	Listing  *listing
	LoggedIn bool // phone and e-mail are known to the page
}

// url is the page the person saw, campaign parameters included.
func (t *touch) url() string {
	query := url.Values{}
	for i, key := range []string{"utm_source", "utm_medium", "utm_campaign"} {
		if t.UTM[i] != "" {
			query.Set(key, t.UTM[i])
		}
	}
	if t.ClickID != "" {
		query.Set("clickid", t.ClickID)
	}
	path := "/"
	if t.Listing != nil {
		path = "/p/" + t.Listing.Product.SKU
	}
	page := "https://shop.example.com" + path
	if len(query) > 0 {
		page += "?" + query.Encode()
	}
	return page
}

func (c *Company) addTouch(t *touch) *touch {
	t.ID = fmt.Sprintf("ev-%08d", len(c.touches)+1)
	c.touches = append(c.touches, t)
	return t
}

// clickOn is a click on an ad that leads to its goods.
func (c *Company) clickOn(ad *adNode, p *person, when time.Time) *touch {
	return c.addTouch(&touch{Person: p, At: when, Kind: "ad_click", Channel: "oceanengine", Ad: ad, Shop: ad.Listing.Shop,
		Listing: ad.Listing, UTM: [3]string{"oceanengine", "cpc", ad.Campaign}, LoggedIn: p.Member ||
			ad.Listing.Shop.ID == ShopSite,
		ClickID: fmt.Sprintf("clk%d", len(c.touches)+1)})
}

// visitOf is a visit that no ad paid for.
func (c *Company) visitOf(d dice, s *shop, l *listing, p *person, when time.Time) *touch {
	sources := []struct {
		channel string
		utm     [3]string
	}{
		{"direct", [3]string{}}, {"search", [3]string{"baidu", "organic", ""}},
		{"wechat", [3]string{"wechat", "social", "公众号推文"}}, {"sms", [3]string{"sms", "message", "会员日"}},
	}
	from := sources[d.weighted([]int{5, 3, 2, 1})]
	kind := "visit"
	if d.chance(25) {
		kind = "add_to_cart"
	}
	return c.addTouch(&touch{Person: p, At: when, Kind: kind, Channel: from.channel, Shop: s, Listing: l, UTM: from.utm,
		LoggedIn: (p.Member || s.ID == ShopSite) && d.chance(70)})
}
