package main

import (
	"fmt"
	"strings"

	"github.com/heliu-data/heliu/models"
)

// unit says a metric's unit in the language of the reader; a project's own stays as it is written.
func (a *app) unit(unit string) string {
	return a.say(unit, map[string]string{"money": "金额", "ratio": "比率", "pieces": "件", "orders": "单", "buyers": "人", "visitors": "人", "days": "天", "hours": "小时",
		"clicks": "次点击", "impressions": "次展示", "views": "次浏览"}[unit])
}

// additivity says over what a metric may be summed.
func (a *app) additivity(m *models.Passport) string {
	kind := a.say(string(m.Additivity), map[models.Additivity]string{models.Additive: "可加", models.SemiAdditive: "半可加", models.NonAdditive: "不可加"}[m.Additivity])
	if len(m.NotOver) == 0 {
		return kind
	}
	over := make([]string, len(m.NotOver))
	for i, dimension := range m.NotOver {
		over[i] = a.say(dimension, map[string]string{"time": "时间", "shop": "店铺", "warehouse": "仓库"}[dimension])
	}
	return fmt.Sprintf(a.say("%s, not over %s", "%s,不可跨%s相加"), kind, strings.Join(over, a.say(", ", "、")))
}
