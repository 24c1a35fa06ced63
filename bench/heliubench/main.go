// Command heliubench is Heliu as a peer of the benchmark.
//
//	heliubench land JSONL OUT                          JSON lines to OUT/<entity>/*.parquet, through a lake
//	heliubench build [-full] [-memory 600MB] LAND DB   LAND/<entity>/*.parquet to the tables of the benchmark
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/heliu-data/heliu/bench"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "heliubench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("say build or land")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	full := flags.Bool("full", false, "build everything anew")
	memory := flags.String("memory", "", "DuckDB's memory limit")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch {
	case args[0] == "build" && flags.NArg() == 2:
		return bench.Build(context.Background(), bench.Config{Land: flags.Arg(0), DB: flags.Arg(1), MemoryLimit: *memory, Full: *full, Now: time.Now()}, os.Stdout)
	case args[0] == "land" && flags.NArg() == 2:
		return bench.Land(context.Background(), flags.Arg(0), flags.Arg(1), time.Now, os.Stdout)
	default:
		return fmt.Errorf("usage: heliubench build LAND DB | land JSONL OUT")
	}
}
