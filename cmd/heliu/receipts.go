package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

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
		Long: a.say("The latest receipt of each stream; --run lists those of one run, --all every one, the newest first.",
			"每个数据流最近一次的回执;--run 列出某次运行的全部回执,--all 列出全部,最新在前。"),
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
				where += " qualify row_number() over (partition by source, stream order by finished_at desc, window_to desc, batch_id) = 1"
			}
			if limit > 0 {
				order += fmt.Sprintf(" limit %d", limit)
			}
			return a.ask(ctx, j, (*pipelines.Job).Building, fmt.Sprintf("select %s from ops.receipts where %s order by %s",
				a.columns(j, format, a.receiptColumns(format)), where, order), format, "")
		}),
	}
	c.Flags().StringVar(&format, "format", "table", "table, csv, json, parquet, xlsx")
	c.Flags().StringVar(&run, "run", "", a.say("those of one run", "某次运行的回执"))
	c.Flags().BoolVar(&all, "all", false, a.say("every one, not the latest of each stream", "全部回执,而非每个数据流最近一次"))
	c.Flags().IntVar(&limit, "limit", 0, a.say("how many at most; 0: all", "最多显示条数,0 为不限"))
	return c
}

func (a *app) receiptColumns(format string) []shownColumn {
	kind, proof := "count_kind", "case when not is_proved then 'not proved' when is_agreed then 'agrees' else 'DISAGREES' end"
	if format == "table" {
		kind = "case count_kind"
		for _, k := range []string{"total", "control", "page_sum", "none"} {
			kind += " when " + quoted(k) + " then " + quoted(a.countKind(k))
		}
		kind += " else count_kind end"
		proof = "case when not is_proved then " + quoted(a.say("not proved", "未证明")) + " when is_agreed then " + quoted(a.say("agrees", "一致")) +
			" else " + quoted(a.say("DISAGREES", "不一致")) + " end"
	}
	return []shownColumn{
		{"source", "source", a.say("source", "数据源"), false}, {"stream", "stream", a.say("stream", "数据流"), false},
		{"window_from", "window_from", a.say("from", "起"), true}, {"window_to", "window_to", a.say("to", "止"), true},
		{kind, "count_kind", a.say("counted by", "计数方式"), false}, {"source_count", "source_count", a.say("source says", "来源计数"), false},
		{"read_count", "read_count", a.say("read", "已读取"), false}, {"landed_count", "landed_count", a.say("landed", "已落地"), false},
		{"rejected_count", "rejected_count", a.say("rejected", "已拒收"), false}, {"repeated_count", "repeated_count", a.say("repeated", "重复"), false},
		{proof, "proof", a.say("proof", "核对"), false}, {"run_id", "run_id", a.say("run", "运行"), false},
	}
}

func quoted(text string) string { return duckdb.Text(text) }
