package terminal

import (
	"regexp"
	"strconv"
	"strings"
)

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
		{`([\d,]+) rows?, (\w+)`, "$1 行,$2"}, {`([\d,]+) rows?, (\w+), ([\d,]+) quarantined`, "$1 行,$2,隔离 $3 行"},
		{`([\d,]+) rows? written, (\w+)`, "写入 $1 行,$2"}, {`([\d,]+) rows? written, (\w+), ([\d,]+) quarantined`, "写入 $1 行,$2,隔离 $3 行"},
		{`waits for (\S+)`, "等待 $1"}, {`new`, "首次构建"}, {`unchanged`, "无变化"}, {`unchanged, ([\d,]+) quarantined`, "无变化,隔离 $1 行"}, {`view`, "视图"}, {`asked for`, "按要求"}, {`definition changed`, "定义有变"}, {`changed: (.+)`, "输入有变:$1"}, {`if (.+) changes`, "若 $1 有变"},
		{`(\d+) files? merged into (\d+), (\d+) snapshots? forgotten, (\d+) files? deleted, (\d+) to be deleted later`, "$1 个文件合并为 $2 个,清除 $3 个快照,删除 $4 个文件,另有 $5 个待删"},
		{`publication (\S+), (\d+) targets?`, "发布 $1,$2 个目标"},
		{`(\d+) audits hold`, "$1 项稽核通过"}, {`(\d+) of (\d+) audits failed`, "$2 项稽核中 $1 项未通过"},
		{`a receipt or an audit failed`, "有回执或稽核未通过"}, {`a model could not be built or audited`, "有模型无法构建或稽核"},
		{`the cluster that builds the models could not be reached`, "无法连接构建模型的集群"},
		{`every model needs a source that failed`, "所有模型所需的数据源均失败"}, {`nothing changed since publication (\S+)`, "自发布 $1 以来无变化"},
		{`(.+): audit (.+) of (\S+): (\d+) bad rows, such as (.*); nothing was published`, "$1: $3 的稽核 $2:$4 行不符,例如 ${5};未发布"},
		{`another process holds the lock: run (\S+), process (\d+); wait for it or stop it, then start again`, "另一进程持有锁:运行 $1,进程 ${2};请等其结束或将其停止,然后重新运行"},
		{`another process holds the lock: a reader of the warehouse, process (\d+); wait for it or stop it, then start again`, "另一进程持有锁:数仓查询,进程 ${1};请等其结束或将其停止,然后重新运行"},
		{`another process holds the lock: (.+); wait for it or stop it, then start again`, "另一进程持有锁:${1};请等其结束或将其停止,然后重新运行"},
		{`another process holds the lock(.*)`, "另一进程持有锁${1}"},
		{`nothing was published`, "未发布"},
	} {
		list = append(list, phrase{regexp.MustCompile(`^` + p[0] + `$`), p[1]})
	}
	return list
}

// modes are the words for how a table is kept or built; they stand as parts of notes.
func modes() map[string]string {
	return map[string]string{"full": "全量", "days": "按日", "keys": "按键", "append": "追加", "view": "视图", "table": "整表", "incremental": "增量", "entity": "实体"}
}

// Mode says in the language how a table is kept or built.
func (l Lang) Mode(mode string) string { return l.Say(mode, modes()[mode]) }

// words puts the parts of a note into its phrase.
func (l Lang) words(p phrase, parts []string) string {
	said := p.zh
	for i := len(parts) - 1; i > 0; i-- {
		part := parts[i]
		if word, known := modes()[part]; known && i == 2 {
			part = word
		}
		said = strings.NewReplacer("${"+strconv.Itoa(i)+"}", part, "$"+strconv.Itoa(i), part).Replace(said)
	}
	return said
}

// Note says in the language what a run notes of a step; what it has no words for stays as it is.
func (l Lang) Note(text string) string {
	if l != Chinese {
		return text
	}
	for _, p := range phrases() {
		if p.pattern.MatchString(text) {
			return l.words(p, p.pattern.FindStringSubmatch(text))
		}
	}
	return text
}
