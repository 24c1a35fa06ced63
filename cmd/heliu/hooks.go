package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Names of the environment by which the tests of the whole program hold it. Neither is of use to anybody else.
const (
	envNow   = "HELIU_TEST_NOW"   // an instant (RFC 3339): the clock starts there, and no wait takes time
	envCrash = "HELIU_TEST_CRASH" // a crash point, or point@n: the process kills itself at its nth passing
)

// hooked is the world as the tests' environment wants it; without those names it is w unchanged.
func hooked(w world) (world, error) {
	if text, ok := w.env(envNow); ok {
		start, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return w, fmt.Errorf("%s: %w", envNow, err)
		}
		real, begun := w.now, w.now()
		w.now = func() time.Time { return start.Add(real().Sub(begun)) }
		w.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	if text, ok := w.env(envCrash); ok {
		point, times, counted := strings.Cut(text, "@")
		left := int64(1)
		if counted {
			var err error
			if left, err = strconv.ParseInt(times, 10, 64); err != nil {
				return w, fmt.Errorf("%s: %w", envCrash, err)
			}
		}
		w.crash = crashAt(point, left)
	}
	return w, nil
}

// crashAt kills this process, as kill -9 would, when point is passed for the nth time.
func crashAt(point string, n int64) func(string) {
	var passed atomic.Int64
	return func(at string) {
		if at != point || passed.Add(1) != n {
			return
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			panic(fmt.Sprintf("crash at %s: %v", point, err))
		}
		select {} // nothing more happens in this goroutine
	}
}
