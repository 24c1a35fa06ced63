package simulate

import "fmt"

// person is a human being; what the systems see of one is spread over id spaces.
type person struct {
	Index                int
	Name, Province, City string
	Phone, Email         string // clear; personal
	Visitor              string // the device's id in storefront events
	Member               bool   // stands in the CRM's member file
	MemberID, Level      string
	Ad                   bool // reached by ads more than others
}

func (p *person) taobaoID() string { return fmt.Sprintf("AAG%07dheliu", p.Index) }
func (p *person) douyinID() string { return fmt.Sprintf("_000%07ddy", p.Index) }
func (p *person) siteID() string   { return fmt.Sprintf("cus_%06d", p.Index) }

// in gives the person's id in an id space; empty when the space tells none.
func (p *person) in(space string) string {
	if p == nil {
		return ""
	}
	switch space {
	case SpaceTaobao:
		return p.taobaoID()
	case SpaceDouyin:
		return p.douyinID()
	case SpaceSite, SpaceUS:
		return p.siteID()
	}
	return ""
}

// masked is the phone as platforms show it.
func (p *person) masked() string { return p.Phone[:3] + "****" + p.Phone[7:] }

type place struct{ province, city string }

func places() []place {
	return []place{{"上海", "上海市"}, {"浙江省", "杭州市"}, {"广东省", "深圳市"}, {"江苏省", "苏州市"},
		{"四川省", "成都市"}, {"北京", "北京市"}, {"湖北省", "武汉市"}, {"福建省", "厦门市"}}
}

// newPeople makes n people. Persons 2k and 2k+1 share a device where k is a
// multiple of 25: a family tablet, which makes nobody the same person.
func newPeople(d dice, n int) []*person {
	families := []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗")
	given := []string{"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "秀英", "子涵", "雨桐", "浩然", "欣怡", "梓萱",
		"建国", "思远"}
	where := places()
	out := make([]*person, n)
	for i := range out {
		at := where[d.IntN(len(where))]
		p := &person{
			Index: i + 1, Province: at.province, City: at.city,
			Name:    string(families[d.IntN(len(families))]) + given[d.IntN(len(given))],
			Phone:   fmt.Sprintf("139%08d", 10000000+i*7919%89999999),
			Email:   fmt.Sprintf("buyer%06d@example.com", i+1),
			Visitor: fmt.Sprintf("v-%08x", uint32(hash64(fmt.Sprintf("visitor %d", i)))),
			Member:  d.chance(60), Ad: d.chance(50),
			Level: []string{"普通", "银卡", "金卡"}[d.weighted([]int{7, 2, 1})],
		}
		p.MemberID = fmt.Sprintf("M%07d", p.Index)
		if i%50 == 1 {
			p.Visitor = out[i-1].Visitor
		}
		out[i] = p
	}
	return out
}
