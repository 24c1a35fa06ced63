package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
)

// finish prints what a run did and passes its error on.
func (a *app) finish(result *pipelines.Result, err error) error {
	a.progress.Close()
	if a.quiet || result == nil {
		return err
	}
	return errors.Join(err, a.printLeft(result), a.printReceipts(result), a.printBuild(result), a.printKeptOut(result), a.printHeadlines(result, err), a.printPublished(result, err), a.printNext(result, err))
}

// printLeft says what of a whole run this program may not do.
func (a *app) printLeft(result *pipelines.Result) error {
	if len(result.Left) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(a.out, a.say("Left to another program (allow: in heliu.yaml): %s\n", "由其他程序完成(heliu.yaml 的 allow):%s\n"), strings.Join(result.Left, ", "))
	return err
}

// printReceipts shows a line a stream: what the source says by which kind of count, what landed, what is not proved.
func (a *app) printReceipts(result *pipelines.Result) error {
	totals := result.Extraction.Totals()
	if len(totals) == 0 {
		return nil
	}
	t := terminal.Table{
		Title: a.say("Receipts", "回执"),
		Header: []string{a.say("stream", "数据流"), a.say("counted by", "计数方式"), a.say("source says", "来源计数"), a.say("landed", "已落地"),
			a.say("rejected", "已拒收"), a.say("proof", "核对")},
		Right: []int{2, 3, 4},
	}
	var landed, rejected int64
	idle := 0
	for _, x := range totals {
		says, proof := terminal.Count(x.SourceCount), a.say("agrees", "一致")
		switch {
		case x.Failed:
			proof = a.say("FAILED", "失败")
			if x.SourceCount == 0 {
				says = "–" // it may not have been asked
			}
		case x.Windows == 0:
			idle++
			continue
		case !x.Proved:
			says, proof = "–", a.say("not proved", "未证明")
		}
		t.Add(x.Source+"."+x.Stream, a.countKind(string(x.Kind)), says, terminal.Count(x.Landed), terminal.Count(x.Rejected), proof)
		landed, rejected = landed+x.Landed, rejected+x.Rejected
	}
	t.Footer = []string{a.say("all", "合计"), "", "", terminal.Count(landed), terminal.Count(rejected), ""}
	if len(t.Rows) == 0 {
		_, err := fmt.Fprintln(a.out, a.say("Nothing new in any source.", "所有数据源均无新数据。"))
		return err
	}
	if err := t.Write(a.out); err != nil || idle == 0 {
		return err
	}
	_, err := fmt.Fprintf(a.out, a.say("%d more streams had nothing new.\n", "另有 %d 个数据流无新数据。\n"), idle)
	return err
}

func (a *app) countKind(kind string) string {
	return map[string]string{"total": a.say("total", "总数"), "control": a.say("control query", "独立查询"),
		"page_sum": a.say("page sum", "分页合计"), "none": a.say("none", "无")}[kind]
}

func (a *app) printBuild(result *pipelines.Result) error {
	if result.Report == nil {
		return nil
	}
	r := result.Report
	_, err := fmt.Fprintf(a.out, a.say("\nModels: %d built, %d unchanged, %d with nothing new. Audits: %d, %d failed.\n", "\n模型:构建 %d,无变化 %d,无新输入 %d。稽核:%d 项,未通过 %d 项。\n"),
		r.Count(pipelines.Built), r.Count(pipelines.Unchanged), r.Count(pipelines.Skipped), len(result.Audits), result.FailedAudits())
	if len(result.Blocked) > 0 && err == nil {
		names := strings.Join(result.Blocked[:min(len(result.Blocked), shownBlocked)], ", ")
		if more := len(result.Blocked) - shownBlocked; more > 0 {
			names += fmt.Sprintf(a.say(" and %d more", " 等,另 %d 个"), more)
		}
		_, err = fmt.Fprintf(a.out, a.say("Not built, because a source they need failed: %s\n", "因所需数据源失败而未构建:%s\n"), names)
	}
	return err
}

const shownBlocked = 6 // models that are named; the marts among them are marked below

// printKeptOut says how many records this run rejected and how many are in quarantine, and how to see them.
func (a *app) printKeptOut(result *pipelines.Result) error {
	rejected, quarantined := result.Extraction.Rejected(), result.Quarantined
	if rejected+quarantined == 0 {
		return nil
	}
	_, err := fmt.Fprintf(a.out, a.say("Kept out of the figures: %s rejected as they were read now, %s in quarantine. See them: %s\n", "未计入数字:本次读取拒收 %s 条,隔离区现有 %s 条。查看:%s\n"),
		terminal.Count(rejected), terminal.Count(quarantined), a.next("quarantine list", ""))
	return err
}

func (a *app) printHeadlines(result *pipelines.Result, failure error) error {
	if len(result.Headlines) == 0 {
		return nil
	}
	title := a.say("Marts", "数据集市")
	if failure != nil && len(result.Published) == 0 && !strings.HasPrefix(result.Unpublished, "nothing changed") {
		title = a.say("Marts, as they are built and not published", "数据集市(已构建,未发布)")
	}
	t := terminal.Table{Title: "\n" + title, Header: []string{a.say("mart", "集市"), a.say("rows", "行数"), a.say("figures", "主要数字")}, Right: []int{1}}
	if len(result.Stale) > 0 {
		t.Header = slices.Insert(t.Header, 2, a.say("state", "状态"))
	}
	for _, h := range result.Headlines {
		var figures []string
		for _, f := range h.Figures {
			figures = append(figures, a.lang.Say(f.Title.En, f.Title.Zh)+" "+f.Value)
		}
		row := []any{h.Table, terminal.Count(h.Rows), strings.Join(figures, " · ")}
		if len(result.Stale) > 0 {
			row = slices.Insert(row, 2, any(a.state(result, h.Table)))
		}
		t.Add(row...)
	}
	return t.Write(a.out)
}

func (a *app) printPublished(result *pipelines.Result, failure error) error {
	var out strings.Builder
	switch {
	case result.Unpublished != "":
		fmt.Fprintf(&out, "\n%s %s\n", a.say("Nothing was published:", "未发布:"), a.lang.Note(result.Unpublished))
	case len(result.Published) > 0:
		fmt.Fprintf(&out, "\n%s\n", a.say("Published:", "已发布:"))
		for _, p := range result.Published {
			fmt.Fprintf(&out, "  %-9s %s (%d %s)\n", p.Target, a.shown(p.Location), p.Tables, a.say("tables", "张表"))
		}
	}
	_, err := fmt.Fprint(a.out, out.String())
	return err
}

// shown is a location as it is reached from where the command was typed.
func (a *app) shown(location string) string {
	if strings.HasPrefix(location, ".") {
		return filepath.Join(a.dir, location)
	}
	return location
}
