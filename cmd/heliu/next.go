package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/pipelines"
)

// step is a command that can be typed next, and what for.
type step struct{ command, why string }

// printNext says which commands to type next, after whatever came of the run.
func (a *app) printNext(result *pipelines.Result, failure error) error {
	if errors.Is(failure, pipelines.ErrUsage) || failure != nil && pipelines.ExitCode(failure) == 4 {
		return nil // nothing came of it, and the error says what to do
	}
	list := a.nextSteps(result, failure)
	var out strings.Builder
	if failure == nil {
		fmt.Fprintf(&out, a.say("\nDone in %s. Next: %s\n", "\n用时 %s。下一步:%s\n"), result.Took.Round(100*time.Millisecond), list[0].command)
	} else {
		fmt.Fprintf(&out, "\n%s\n", a.say("Next:", "下一步:"))
		for _, s := range list {
			fmt.Fprintf(&out, "  %s\n      %s\n", s.command, s.why)
		}
	}
	_, err := fmt.Fprint(a.out, out.String())
	return err
}

// nextSteps are those that fit, the first one first; there is always one.
func (a *app) nextSteps(result *pipelines.Result, failure error) (list []step) {
	add := func(command, rest, en, zh string) { list = append(list, step{a.next(command, rest), a.say(en, zh)}) }
	switch {
	case failure != nil:
	case len(result.Published) > 0 || result.Unpublished != "":
		add("query", fmt.Sprintf("\"select * from %s limit 10\"", result.FirstMart()), "", "")
		return list
	case result.Report != nil && slices.Contains(result.Left, project.Publish):
		add("query --building", fmt.Sprintf("\"select * from %s limit 10\"", result.FirstMart()), "", "")
		return list
	case result.Report != nil:
		add("publish", "", "", "")
		return list
	case slices.Contains(result.Left, project.Build): // of an extract alone the next step is another program's
		add("receipts", "", "", "")
		return list
	default:
		add("build", "", "", "")
		return list
	}
	if pipelines.ExitCode(failure) == 2 {
		add("check", "", "every mistake of the project, with file and line", "列出项目的全部错误及其文件与行号")
		return list
	}
	if len(result.Extraction.Failed) > 0 {
		add("receipts", "", "which stream failed, when and why", "哪个数据流何时因何失败")
		seen := map[string]bool{}
		for _, t := range result.Extraction.Totals() {
			if t.Failed && !seen[t.Source] && a.again == "" && !slices.Contains(result.Left, project.Extract) {
				seen[t.Source] = true
				add("source test", t.Source, "does the source answer now?", "数据源现在能连通吗?")
			}
		}
	}
	if result.FailedAudits() > 0 {
		add("lineage", failedModel(result), "where the rows come from that the audit named", "稽核所列的行从何而来")
		add("query --building", fmt.Sprintf("\"select * from %s limit 10\"", failedModel(result)), "what was built and not published", "已构建而未发布的数据")
	}
	if result.Extraction.Rejected()+result.Quarantined > 0 {
		add("quarantine list", "", "what was kept out, and why", "被隔离的记录及原因")
	}
	if result.Recorded {
		add("runs", result.RunID, "every step of this run", "本次运行的各步骤")
	}
	add(cmp.Or(a.again, "run"), "", "when it is mended: goes on where this run stood", "修正后再次运行:从中断处继续")
	return list
}

// failedModel is the first model that an audit failed for.
func failedModel(result *pipelines.Result) string {
	for _, audited := range result.Audits {
		if !audited.Passed() {
			return audited.Model
		}
	}
	return "ops.steps"
}
