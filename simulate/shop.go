package simulate

import "time"

// Ids of the company's shops, as files and truth name them.
const (
	ShopTmall     = "tmall-flagship" // served by /taobao
	ShopDouyin    = "douyin-store"   // served by /douyin, and in the order files
	ShopLive      = "douyin-live"    // case 4's shop: one day, ten orders; in the order files
	ShopSite      = "site-cn"        // own site; in the order files
	ShopSiteUS    = "site-us"        // own site in USD, Los Angeles; in the order files
	ShopPinduoduo = "pdd-store"      // buyers unknown; in the order files
)

// Id spaces of customers, as files and truth name them.
const (
	SpaceTaobao = "taobao:" + AppKey
	SpaceDouyin = "douyin:" + AppKey
	SpaceSite   = "site:" + ShopSite
	SpaceUS     = "site:" + ShopSiteUS
)

type shop struct {
	ID, Title, Platform, Zone, Currency string
	Model, Record, Entity               string
	Space                               string // id space of its buyers; empty: buyers unknown
	ERPID                               int    // the ERP's number of the shop
	loc                                 *time.Location
}

func newShops(zone string, loc *time.Location) (map[string]*shop, []*shop, error) {
	angeles, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		return nil, nil, err
	}
	list := []*shop{
		{ID: ShopTmall, Title: "合流防晒旗舰店", Platform: "taobao", Model: "pop", Space: SpaceTaobao, ERPID: 10001},
		{ID: ShopDouyin, Title: "合流个护抖音店", Platform: "douyin", Model: "pop", Space: SpaceDouyin, ERPID: 10002},
		{ID: ShopLive, Title: "合流直播专营店", Platform: "douyin", Model: "pop", Space: SpaceDouyin, ERPID: 10003},
		{ID: ShopSite, Title: "合流官网商城", Platform: "site", Model: "own_site", Space: SpaceSite, ERPID: 10004},
		{ID: ShopSiteUS, Title: "Heliu US", Platform: "site", Model: "own_site", Space: SpaceUS, ERPID: 10005},
		{ID: ShopPinduoduo, Title: "合流拼多多店", Platform: "pinduoduo", Model: "pop", ERPID: 10006},
	}
	byID := map[string]*shop{}
	for _, s := range list {
		s.Zone, s.Currency, s.Record, s.Entity, s.loc = zone, "CNY", "platform", "上海合流商贸有限公司", loc
		if s.ID == ShopSiteUS {
			s.Zone, s.Currency, s.Entity, s.loc = "America/Los_Angeles", "USD", "Heliu Inc.", angeles
		}
		byID[s.ID] = s
	}
	return byID, list, nil
}

// day is the shop's local day of an instant.
func (s *shop) day(at time.Time) string { return at.In(s.loc).Format(time.DateOnly) }
