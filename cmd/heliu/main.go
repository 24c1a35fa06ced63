// Command heliu joins shop, ERP and marketing data into one warehouse. Each command is a small file here; what it does
// is in the packages.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set by the Makefile.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	w, err := hooked(world{program: os.Args[0], out: os.Stdout, err: os.Stderr, env: os.LookupEnv, now: time.Now, company: demoCompany(), first: demoFirst()})
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
	code := execute(ctx, os.Args[1:], w)
	stop()
	os.Exit(code)
}
