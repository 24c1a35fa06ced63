package terminal

import "strings"

// reasons are the words in which rows and records are kept out, English and Chinese; a longer one stands before those
// that it holds.
func reasons() [][2]string {
	return [][2]string{
		{"a code that the code table does not have", "代码表中没有的代码"},
		{"not an allowed value", "不是允许的取值"},
		{"unknown currency", "未知币种"},
		{"not an integer", "不是整数"},
		{"not a decimal", "不是数字"}, {"not a money", "不是金额"}, {"not a rate", "不是汇率"}, {"not a date", "不是日期"},
		{"not a timestamp", "不是时间"}, {"not a boolean", "不是是非值"},
		{"less than", "小于"},
		{"is no whole number", "不是整数"}, {"is no finite number", "不是有限的数字"}, {"is no number", "不是数字"},
		{"is no time that is understood", "不是可识别的时间"}, {"is no calendar day", "不是日期"}, {"is missing", "缺失"},
		{"is no currency of three letters", "不是三个字母的币种代码"}, {"is no JSON object", "不是 JSON 对象"}, {"is no valid JSON", "不是有效的 JSON"},
		{"it ends too early", "提前结束"}, {"is no valid UTF-8", "不是有效的 UTF-8"},
		{": missing", ": 缺失"},
		{"check: ", "不满足校验: "},
	}
}

// rules are the names of the dictionary's own rules over several rows, and what they say, English and Chinese.
func rules() [][3]string {
	return [][3]string{
		{"order_without_lines", "the order has no lines", "订单没有明细"},
		{"refund_above_seller_due", "more is refunded than the seller was due", "退款超过应收货款"},
	}
}

// said are the words that stand for others in the language.
func (l Lang) said() (list [][2]string) {
	if l == Chinese {
		list = reasons()
	}
	for _, r := range rules() {
		list = append(list, [2]string{r[0], l.Say(r[1], r[2])})
	}
	return list
}

// Reason says in the language why a row or record is kept out.
func (l Lang) Reason(text string) string {
	for _, r := range l.said() {
		text = strings.ReplaceAll(text, r[0], r[1])
	}
	return text
}

// ReasonSQL is the expression that says a column of reasons in the language.
func (l Lang) ReasonSQL(column string) string {
	for _, r := range l.said() {
		column = "replace(" + column + ", '" + r[0] + "', '" + r[1] + "')"
	}
	return column
}
