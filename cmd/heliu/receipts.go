package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

func (a *app) receipts() *cobra.Command {
	var format, run string
	var limit int
	var all bool
	c := &cobra.Command{
		Use:   "receipts [SOURCE[.STREAM]]",
		Short: a.say("List what each source said it has, and what landed", "列出来源计数与落地数"),
		Long: a.say("The latest read of each stream, also one that failed before it had a receipt; --run lists those of one run, --all every one, the newest first.",
			"每个数据流最近一次读取的回执,没有回执即失败的读取也列出;--run 列出某次运行的全部回执,--all 列出全部,最新在前。"),
		Example: "  heliu receipts\n  heliu receipts tmall.orders --all --format csv\n  heliu receipts --run 20260618T020000.000Z",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.look(func(ctx context.Context, j *pipelines.Job, args []string) error {
			where := "true"
			if len(args) == 1 {
				source, stream, _ := strings.Cut(args[0], ".")
				where = "source = " + quoted(source)
				if stream != "" {
					where += " and stream = " + quoted(stream)
				}
			}
			order := "finished_at desc, source, stream, window_to desc"
			switch {
			case run != "":
				where, order = where+" and run_id = "+quoted(run), "source, stream, window_from"
			case !all:
				order = "source, stream"
				where += " and is_newest qualify row_number() over (partition by source, stream order by finished_at desc, window_to desc, batch_id) = 1"
			}
			if limit > 0 {
				order += fmt.Sprintf(" limit %d", limit)
			}
			statement := fmt.Sprintf("%s select %s from shown where %s order by %s", readsSQL, a.columns(j, format, a.receiptColumns(format, all || run != "")), where, order)
			if err := a.ask(ctx, j, (*pipelines.Job).Building, statement, format, ""); err != nil || format != "table" {
				return err
			}
			return a.failedReads(ctx, j, fmt.Sprintf("%s select source, stream, finished_at, reason from shown where %s order by %s", readsSQL, where, order))
		}),
	}
	c.Flags().StringVar(&format, "format", "table", "table, csv, json, parquet, xlsx")
	c.Flags().StringVar(&run, "run", "", a.say("those of one run", "某次运行的回执"))
	c.Flags().BoolVar(&all, "all", false, a.say("every one, not the latest of each stream", "全部回执,而非每个数据流最近一次"))
	c.Flags().IntVar(&limit, "limit", 0, a.say("how many at most; 0: all", "最多显示条数,0 为不限"))
	return c
}

// readsSQL is the record of reads: the receipts, and the reads that failed before there was one, with the reason of what
// failed. is_newest is false of a failure that a read without fault has followed.
const readsSQL = `with reads as (
    select run_id, split_part(step, '.', 1) as source, substr(step, strpos(step, '.') + 1) as stream, outcome, note, finished_at,
        max(finished_at) filter (where outcome <> 'failed') over (partition by step) as good_at
    from ops.steps where kind = 'extract'
), failures as (
    select run_id, source, stream, max(note) as reason, max(finished_at) as failed_at, coalesce(max(finished_at) > max(good_at), true) as is_newest
    from reads where outcome = 'failed' group by run_id, source, stream
), shown as (
    select receipts.* replace (coalesce(receipts.is_failed, false) as is_failed, coalesce(failures.failed_at, receipts.finished_at) as finished_at),
        failures.reason, coalesce(failures.is_newest, true) as is_newest
    from ops.receipts as receipts
    left join failures on receipts.is_failed and receipts.run_id = failures.run_id and receipts.source = failures.source and receipts.stream = failures.stream
    union all by name
    select run_id, source, stream, true as is_failed, failed_at as finished_at, reason, is_newest
    from failures
    where not exists (select 1 from ops.receipts where is_failed and receipts.run_id = failures.run_id and receipts.source = failures.source and receipts.stream = failures.stream)
)`

// failedReads says beneath the table why reads failed.
func (a *app) failedReads(ctx context.Context, j *pipelines.Job, statement string) (err error) {
	e, free, err := j.Building(ctx)
	if err != nil {
		return err
	}
	s, err := e.Connect(ctx)
	if err != nil {
		return errors.Join(err, free())
	}
	defer func() { err = errors.Join(err, s.Close(), free()) }()
	rows, err := s.Rows(ctx, "select source, stream, finished_at, reason from ("+statement+") where reason is not null")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var source, stream, reason string
		var at time.Time
		if err := rows.Scan(&source, &stream, &at, &reason); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.out, a.say("%s.%s failed at %s: %s\n", "%s.%s 于 %s 失败:%s\n"), source, stream, at.In(a.zone).Format(time.DateTime), terminal.Plain(a.lang.Fault(reason))); err != nil {
			return err
		}
	}
	return rows.Err()
}

// receiptColumns are those of a format; of a table for people fewer, unless the whole is asked for.
func (a *app) receiptColumns(format string, whole bool) []shownColumn {
	kind, proof := "count_kind", "case when is_failed then 'FAILED' when not is_proved then 'not proved' when is_agreed then 'agrees' else 'DISAGREES' end"
	if format == "table" {
		kind = "case count_kind"
		for _, k := range []string{"total", "control", "page_sum", "none"} {
			kind += " when " + quoted(k) + " then " + quoted(a.countKind(k))
		}
		kind += " else count_kind end"
		proof = "case when is_failed then " + quoted(a.say("FAILED", "失败")) + " when not is_proved then " + quoted(a.say("not proved", "未证明")) + " when is_agreed then " + quoted(a.say("agrees", "一致")) +
			" else " + quoted(a.say("DISAGREES", "不一致")) + " end"
	}
	stream := []shownColumn{{"source", "source", "", false}, {"stream", "stream", "", false}}
	from := shownColumn{"window_from", "window_from", a.say("from", "起"), true}
	to := shownColumn{"window_to", "window_to", a.say("to", "止"), true}
	counts := []shownColumn{{kind, "count_kind", a.say("counted by", "计数方式"), false}, {"source_count", "source_count", a.say("source says", "来源计数"), false}}
	read := shownColumn{"read_count", "read_count", a.say("read", "已读取"), false}
	landed := []shownColumn{{"landed_count", "landed_count", a.say("landed", "已落地"), false}, {"rejected_count", "rejected_count", a.say("rejected", "已拒收"), false}}
	repeated := shownColumn{"repeated_count", "repeated_count", a.say("repeated", "重复"), false}
	proven := shownColumn{proof, "proof", a.say("proof", "核对"), false}
	ofRun := shownColumn{"run_id", "run_id", a.say("run", "运行"), false}
	if format == "table" {
		stream = []shownColumn{{"source || '.' || stream", "", a.say("stream", "数据流"), false}}
		if !whole { // one line a stream, no wider than a screen
			return slices.Concat(stream, []shownColumn{to}, counts, landed, []shownColumn{proven})
		}
	}
	list := slices.Concat(stream, []shownColumn{from, to}, counts, []shownColumn{read}, landed, []shownColumn{repeated, proven, ofRun})
	if format != "table" {
		list = append(list, shownColumn{"finished_at", "finished_at", "", false}, shownColumn{"reason", "reason", "", false})
	}
	return list
}

func quoted(text string) string { return duckdb.Text(text) }
