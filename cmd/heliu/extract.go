package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) extract() *cobra.Command {
	var from, to string
	var full bool
	c := &cobra.Command{
		Use:   "extract [SOURCE[.STREAM]…]",
		Short: a.say("Read what is new into the lake", "将新数据读入数据湖"),
		Long: a.say("Each stream goes on from its cursor. With --from and --to it reads that range again, with --full everything; what is read twice is kept once.",
			"每个数据流从游标处继续。--from 与 --to 重读该时段,--full 全部重读;重复读取的记录只保留一份。"),
		Example: "  heliu extract\n  heliu extract tmall.orders --from 2026-06-18 --to 2026-06-19",
		RunE: a.with(func(ctx context.Context, j *pipelines.Job, args []string) error {
			opts := extract.Options{Full: full}
			var err error
			zone := j.Project.Timezone.Location()
			if opts.From, err = instant("--from", from, zone); err != nil {
				return err
			}
			if opts.To, err = instant("--to", to, zone); err != nil {
				return err
			}
			if !opts.From.IsZero() && !opts.To.IsZero() && !opts.From.Before(opts.To) {
				return usage("--from %s is not before --to %s", from, to)
			}
			result, err := j.Run(ctx, pipelines.Order{Command: "extract", Extract: true, Streams: args, Read: opts})
			return a.finish(result, err)
		}),
	}
	c.Flags().StringVar(&from, "from", "", a.say("start of the range to read again, inclusive: 2026-06-18 or 2026-06-18T20:00:00+08:00", "重读时段的起点(含)"))
	c.Flags().StringVar(&to, "to", "", a.say("end of the range, exclusive", "重读时段的终点(不含)"))
	c.Flags().BoolVar(&full, "full", false, a.say("read everything again", "全部重读"))
	return c
}

// instant reads a day of the project's zone or an RFC 3339 time; "" gives none.
func instant(flag, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return at, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usage("%s %q is no time; write 2026-06-18 or 2026-06-18T20:00:00+08:00", flag, text)
	}
	return at, nil
}
