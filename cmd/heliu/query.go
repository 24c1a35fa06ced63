package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/internal/terminal/result"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

func (a *app) query() *cobra.Command {
	var format, file string
	var building, mark bool
	c := &cobra.Command{
		Use:   "query SQL",
		Short: a.say("Ask the published tables", "查询已发布的表"),
		Long: a.say("Reads the last good publication, also while a run is under way, and the raw tables of the lake by their names (heliu lake list). --building reads the private warehouse instead, while no run holds it, or asks the cluster that the warehouse is on.",
			"读取最近一次成功发布的数据,运行期间也可查询;数据湖的原始表可按表名查询(heliu lake list)。--building 读取构建中的数仓,仅在无运行时可用;数仓在集群上时直接查询集群。"),
		Example: "  heliu query \"select * from mart.campaign_roi order by spend_date desc limit 10\"\n" +
			"  heliu query \"select * from star.fct_order\" --format parquet --out orders.parquet\n  heliu query \"select * from raw.tmall__orders where tid = '1001'\"\n  heliu query --building \"select * from ops.runs\" --format json",
		Args: one("one SQL statement, in quotes"),
		PreRun: func(c *cobra.Command, _ []string) {
			if named := strings.TrimPrefix(filepath.Ext(file), "."); !c.Flags().Changed("format") && slices.Contains(result.Formats(), named) {
				format = named
			}
		},
		RunE: a.look(func(ctx context.Context, j *pipelines.Job, args []string) error {
			if !slices.Contains(result.Formats(), format) {
				return usage("--format %s is not known; allowed: %s", format, strings.Join(result.Formats(), ", "))
			}
			if result.Binary(format) && file == "" && terminal.IsTerminal(a.out) {
				return usage("%s is not for a terminal; add --out FILE", format)
			}
			a.mark = mark && format == "csv"
			if building {
				return a.ask(ctx, j, warehouse, args[0], format, file)
			}
			return a.unpublished(args[0], a.ask(ctx, j, a.published(args[0]), args[0], format, file))
		}),
	}
	c.Flags().StringVar(&format, "format", "table", strings.Join(result.Formats(), ", "))
	c.Flags().StringVar(&file, "out", "", a.say("write to a file instead of standard output; its ending says the format, if --format does not", "写入文件而非标准输出;未给 --format 时由扩展名决定格式"))
	c.Flags().BoolVar(&mark, "bom", a.lang == terminal.Chinese, a.say("begin CSV with the mark by which Excel knows UTF-8; the default with --lang zh (--bom=false: without)", "CSV 以 BOM 开头,供 Excel 识别 UTF-8;中文界面默认开启(--bom=false 关闭)"))
	c.Flags().BoolVar(&building, "building", false, a.say("read the private warehouse", "读取构建中的数仓"))
	return c
}

// opener opens what is read; the function that it returns gives it back.
type opener func(*pipelines.Job, context.Context) (*duckdb.Engine, func() error, error)

// published opens the last good publication, and says so when a newer run failed or the tables of the statement are older
// than the others.
func (a *app) published(statement string) opener {
	return func(j *pipelines.Job, ctx context.Context) (*duckdb.Engine, func() error, error) {
		e, err := j.OpenPublished(ctx)
		if err != nil {
			return nil, nil, err
		}
		last, some, err := j.LastRun()
		if err != nil {
			return nil, nil, errors.Join(err, e.Close())
		}
		if some {
			a.noteOfRun(last, statement)
		}
		return e, e.Close, nil
	}
}

var noSuchTable = regexp.MustCompile(`^Catalog Error: Table with name "?(?:\w+\.)?(\w+)"? does not exist`)

// unpublished adds to the error of a statement that names a table of the star or a mart which is not published how it is seen
// if it is built.
func (a *app) unpublished(statement string, err error) error {
	if err == nil {
		return nil
	}
	missing := noSuchTable.FindStringSubmatch(err.Error())
	if missing == nil || !regexp.MustCompile(`(?i)\b(star|mart)"?\s*\.\s*"?`+missing[1]+`\b`).MatchString(statement) {
		return err
	}
	return fmt.Errorf("%w\n"+a.say("A table that is built and not published yet is seen with %s, and without --building after %s.", "已构建但尚未发布的表可用 %s 查询;%s 之后无需 --building。"), err, a.next("query --building", "…"), a.next("publish", ""))
}

// both gives two things back, the first one first.
func both(one, other func() error) func() error {
	return func() error { return errors.Join(one(), other()) }
}

// ask writes the rows of a statement in a format.
func (a *app) ask(ctx context.Context, j *pipelines.Job, open opener, statement, format, file string) error {
	close, err := j.OpenRaw(ctx, statement)
	if err != nil {
		return err
	}
	e, free, err := open(j, ctx)
	if err != nil {
		return errors.Join(err, close())
	}
	free = both(free, close)
	w, closeFile := a.out, func() error { return nil }
	if file != "" {
		out, err := os.Create(file)
		if err != nil {
			return errors.Join(err, free())
		}
		w, closeFile = io.Writer(out), out.Close
	}
	if a.mark {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return errors.Join(err, closeFile(), free())
		}
	}
	put := func(rows array.RecordReader) error {
		_, err := result.Write(w, format, rows, a.counts...)
		return err
	}
	if e == nil {
		err = j.QueryCluster(ctx, statement, put)
	} else {
		err = j.Query(ctx, e, statement, put)
	}
	return errors.Join(err, closeFile(), free())
}

// warehouse opens the warehouse itself, while no run holds it; one on a cluster is asked there, and needs no opening.
func warehouse(j *pipelines.Job, ctx context.Context) (*duckdb.Engine, func() error, error) {
	if j.Project.Warehouse.OnTrino() {
		return nil, func() error { return nil }, nil
	}
	return j.Building(ctx)
}
