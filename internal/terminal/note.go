package terminal

import "regexp"

// phrase is a note of a run, and how it is said in Chinese; a whole note matches, or none of it is changed.
type phrase struct {
	pattern *regexp.Regexp
	zh      string
}

func phrases() []phrase {
	var list []phrase
	for _, p := range [][2]string{
		{`extract (.+)`, "读取 $1"}, {`build (.+)`, "构建 $1"}, {`audit`, "稽核"}, {`publish`, "发布"}, {`upkeep`, "数据湖维护"},
		{`([\d,]+) rows?`, "$1 行"}, {`([\d,]+) rows?, ([\d,]+) rejected`, "$1 行,拒收 $2 行"}, {`nothing new`, "无新数据"},
		{`([\d,]+) rows?, ([^,]+)`, "$1 行,$2"}, {`([\d,]+) rows?, ([^,]+), ([\d,]+) quarantined`, "$1 行,$2,隔离 $3 行"},
		{`(\d+) audits hold`, "$1 项稽核通过"}, {`(\d+) of (\d+) audits failed`, "$2 项稽核中 $1 项未通过"},
		{`a receipt or an audit failed`, "有回执或稽核未通过"}, {`a model could not be built or audited`, "有模型无法构建或稽核"},
		{`every model needs a source that failed`, "所有模型所需的数据源均失败"}, {`nothing changed since publication (\S+)`, "自发布 $1 以来无变化"},
		{`(.+): audit (.+) of (\S+): (\d+) bad rows, such as (.*); nothing was published`, "$1: $3 的稽核 $2:$4 行不符,例如 ${5};未发布"},
		{`another process holds the lock(.*)`, "另一进程持有锁${1}"},
		{`nothing was published`, "未发布"},
	} {
		list = append(list, phrase{regexp.MustCompile(`^` + p[0] + `$`), p[1]})
	}
	return list
}

// Note says in the language what a run notes of a step; what it has no words for stays as it is.
func (l Lang) Note(text string) string {
	if l != Chinese {
		return text
	}
	for _, p := range phrases() {
		if p.pattern.MatchString(text) {
			return p.pattern.ReplaceAllString(text, p.zh)
		}
	}
	return text
}
