package terminal

import "regexp"

// faults are the words in which errors are told, wherever they stand in a line: what a source, a file or a project's file is
// found guilty of. Names, addresses and numbers stay.
func faults() []phrase {
	var list []phrase
	for _, p := range [][2]string{
		// streams and sources
		{`\bread (\S+\.\S+): `, "读取 $1:"}, {`\bsource (\S+): `, "数据源 $1:"}, {`\bstream (\S+): `, "数据流 $1:"}, {`\bfile (\S+): `, "文件 $1:"}, {`\bpath (\S+): `, "路径 $1:"},
		{`the source refused the credentials`, "来源拒绝了凭据"}, {`renew the access token`, "请更新访问令牌"}, {`no answer from (\S+): `, "$1 无应答:"}, {`no answer within (\S+): `, "$1 内无应答:"},
		{`\(tried (\d+) times\)`, "(已尝试 $1 次)"}, {`the answer broke off after (\d+) bytes`, "应答在 $1 字节后中断"}, {`the answer is HTML or XML, not JSON`, "应答是 HTML 或 XML,不是 JSON"},
		{`the answer is no whole JSON`, "应答不是完整的 JSON"}, {`the answer is empty`, "应答为空"}, {`the answer is no HTTP`, "应答不是 HTTP"}, {`connection refused`, "连接被拒绝"}, {`no such host`, "主机不存在"},
		{`the source changed while it was read`, "读取期间来源数据有变"}, {`it had (\d+) records on the first page and has (\d+) now`, "首页时有 $1 条,现在有 $2 条"},
		{`receipt of (\S+) from (\S+) to (\S+): `, "$1 在 $2 至 $3 的回执:"}, {`receipt of (\S+): `, "$1 的回执:"}, {`the source says (\d+) \((\w+)\), `, "来源称有 $1 条($2),"}, {`the source gave no count, `, "来源未给出总数,"},
		{`(\d+) read \((\d+) to land, (\d+) rejected, (\d+) repeated\) after (\d+) tries`, "读到 $1 条(待落地 $2,拒收 $3,重复 $4),已重试 $5 次"}, {`; nothing of the window was committed`, ";该时段未提交任何数据"},
		// files
		{`there is no such file in (\S+)`, "$1 中没有该文件"}, {`no file is found at (.+?): mend the path, or put the first file there`, "在 $1 找不到文件:请修正路径,或放入首个文件"},
		{`the file is empty: it has not even a header`, "文件为空,连表头也没有"}, {`the file is empty`, "文件为空"}, {`the file is damaged`, "文件已损坏"},
		{`it lacks the column ([^;]+); of its (\d+) columns, `, "缺少列 $1;共有 $2 列,"}, {`a quote is opened that nothing closes; the rows behind it cannot be told apart`, "引号未闭合,其后的行无法区分"},
		{`checksum differs from the one recorded at landing`, "校验和与落地时的记录不符"}, {`it is still being written`, "文件仍在写入"},
		// the project's file
		{`unknown key (\S+)`, "未知的键 $1"}, {`unknown setting ("[^"]*")`, "未知的设置 $1"}, {`unknown type ("[^"]*")`, "未知的类型 $1"}, {`the setting ("[^"]*") is missing`, "缺少设置 $1"},
		{`the setting ("[^"]*") refers to (\S+), which is not set in the environment`, "设置 $1 引用的 $2 未在环境变量中设置"}, {`the environment has no (\S+); set it before heliu starts`, "环境变量中没有 $1;请在启动 heliu 前设置"},
		{`there is no connector ("[^"]*")`, "没有名为 $1 的连接器"}, {`; there are `, ";现有:"}, {`; allowed here: `, ";此处可用:"}, {`; allowed(?: are|:) `, ";可用:"}, {`; the connector (\S+) takes `, ";连接器 $1 可用:"},
		{` \(is it (.+?)\?\)`, "(是否为 $1?)"}, {`; is it (.+?)\? There are `, ";是否为 $1?现有:"}, {`; is it (.+?)\?`, ";是否为 $1?"},
		{`(\S+): entity (\S+) has no field ([^; ]+)`, "$1:实体 $2 没有字段 $3"}, {`maps to ("[^"]*"), which is no entity of the dictionary`, "映射到 $1,数据字典中没有该实体"}, {`the required field (\S+) is not mapped`, "必填字段 $1 未映射"},
		{`mappings to the data dictionary have mistakes:`, "到数据字典的映射有误:"}, {`the source has no streams; declare them under streams:`, "数据源没有数据流;请在 streams: 下声明"}, {`not YAML: `, "不是有效的 YAML:"},
		{`; the line is indented with a tab: indent with spaces`, ";该行用制表符缩进:请改用空格"}, {`; look at this line's indentation, colons and quotes, and at those of the line before it`, ";请检查该行及上一行的缩进、冒号与引号"},
		{`(\S+) names no source, so there is nothing to read and nothing to build; name one under sources: `, "$1 没有数据源,无可读取与构建;请在 sources: 下添加"}, {`there is no project here; make one with: `, "此处没有项目;创建:"},
		// commands
		{`nothing is published yet; run: `, "尚未发布任何数据;请运行:"}, {`there is no warehouse yet; run: `, "尚无数仓;请运行:"}, {`no model is called ("[^"]*")`, "没有名为 $1 的模型"},
		{`nothing to read is called ("[^"]*")`, "没有名为 $1 的数据流"}, {`; there is: `, ";现有:"}, {`the project has no source ("[^"]*")`, "项目没有数据源 $1"}, {`; it has:? `, ";现有:"},
		{`the lake has no table (\S+)`, "数据湖没有表 $1"}, {`; heliu lake list names what there is`, ";heliu lake list 列出全部"}, {`; nothing was published`, ";未发布"}, {`nothing was published`, "未发布"},
		{`restore it from a backup or land its window again`, "请从备份恢复,或重新读取其时段"},
	} {
		list = append(list, phrase{regexp.MustCompile(p[0]), p[1]})
	}
	return list
}

// Fault says in the language what an error tells; what it has no words for stays as it is.
func (l Lang) Fault(text string) string {
	if l != Chinese {
		return text
	}
	if said := l.Note(text); said != text {
		return said
	}
	for _, p := range faults() {
		text = p.pattern.ReplaceAllString(text, p.zh)
	}
	return text
}
