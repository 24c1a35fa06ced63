package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/pipelines"
)

// noteOfRun says what the last run leaves readers to know: that it failed, and which tables stayed as they were.
func (a *app) noteOfRun(last pipelines.LastRun, statement string) {
	switch {
	case last.ExitCode != 0 && last.Publication == "":
		a.note(a.say("Note: run %s failed (exit code %d); this is what was published before it.", "注意:运行 %s 失败(退出码 %d),以下为此前发布的数据。"), last.RunID, last.ExitCode)
	case last.ExitCode != 0 && len(last.Stale) == 0:
		a.note(a.say("Note: run %s failed in part (exit code %d); this is what it published.", "注意:运行 %s 部分失败(退出码 %d),以下为其发布的数据。"), last.RunID, last.ExitCode)
	case last.ExitCode != 0:
		a.note(a.say("Note: run %s failed in part (exit code %d) and published the rest.", "注意:运行 %s 部分失败(退出码 %d),其余已发布。"), last.RunID, last.ExitCode)
	}
	named := 0
	for _, s := range last.Stale {
		if strings.Contains(strings.ToLower(statement), s.Table) {
			a.note(a.say("Older than the rest: %s", "较其余数据陈旧:%s"), s.Table+a.say(", ", ",")+a.since(s))
			named++
		}
	}
	if rest := len(last.Stale) - named; rest > 0 && named == 0 {
		a.note(a.say("Older than the rest, because a stream they need could not be read: %s; see: %s", "因所需数据流读取失败而较陈旧:%s;查看:%s"),
			a.lang.Counted(int64(rest), "table", "tables", "张表"), a.next("receipts", ""))
	}
}

// since says from when a stale table is and why.
func (a *app) since(s pipelines.Stale) string {
	streams := strings.Join(s.Streams, ", ")
	if s.Since.IsZero() {
		return fmt.Sprintf(a.say("never filled (%s failed)", "从未有数据(%s 失败)"), streams)
	}
	return fmt.Sprintf(a.say("as of %s (%s failed)", "截至 %s(%s 失败)"), s.Since.In(a.zone).Format("2006-01-02 15:04"), streams)
}

// state is what the table of marts says of one of them.
func (a *app) state(result *pipelines.Result, table string) string {
	if i := slices.IndexFunc(result.Stale, func(s pipelines.Stale) bool { return s.Table == table }); i >= 0 {
		return a.say("STALE, ", "陈旧,") + a.since(result.Stale[i])
	}
	return a.say("up to date", "最新")
}
