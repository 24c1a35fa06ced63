package terminal

import "testing"

func TestFaultsInChinese(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"read office.refund: path ./files/refund.csv: there is no such file in /srv/files": "读取 office.refund:路径 ./files/refund.csv:/srv/files 中没有该文件",
		"source x: the source refused the credentials: HTTP 401":                           "数据源 x:来源拒绝了凭据: HTTP 401",
		"receipt of erp.orders from 2026-05-28T16:00:00Z to 2026-06-04T16:00:00Z: the source says 607 (total), 606 read (605 to land, 1 rejected, 1 repeated) after 3 tries; nothing of the window was committed": "erp.orders 在 2026-05-28T16:00:00Z 至 2026-06-04T16:00:00Z 的回执:来源称有 607 条(total),读到 606 条(待落地 605,拒收 1,重复 1),已重试 3 次;该时段未提交任何数据",
		`heliu.yaml:4:1: unknown key sourcess (is it sources?); allowed here: name`:                     "heliu.yaml:4:1: 未知的键 sourcess(是否为 sources?);此处可用:name",
		`heliu.yaml:8: source a: unknown setting "zonee" (is it zone?); the connector files takes path`: `heliu.yaml:8: 数据源 a:未知的设置 "zonee"(是否为 zone?);连接器 files 可用:path`,
		"3 rows written, keys": "写入 3 行,按键", "1 row, full, 2 quarantined": "1 行,全量,隔离 2 行", "waits for star.fct_order": "等待 star.fct_order",
		"if star.a or star.b changes": "若 star.a or star.b 有变", "what nobody has words for": "what nobody has words for",
	} {
		if got := Chinese.Fault(text); got != want {
			t.Errorf("%q:\n%q, want\n%q", text, got, want)
		}
		if got := English.Fault(text); got != text {
			t.Errorf("%q in English: %q", text, got)
		}
	}
	if Chinese.Mode("days") != "按日" || English.Mode("days") != "days" {
		t.Error("the modes do not follow the language")
	}
}
