package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/simulate"
)

// world is all that a command may touch from outside (invariant 9).
type world struct {
	out, err io.Writer
	program  string // as it was typed: "bin/heliu"
	env      func(string) (string, bool)
	now      func() time.Time
	wait     func(context.Context, time.Duration) error // nil: a timer
	crash    func(point string)                         // nil: none; for tests
	company  simulate.Options                           // of the demo
	first    time.Time                                  // when the first run of the demo happens
}

// app is what every command has: the world and the flags that all commands take.
type app struct {
	world
	lang      terminal.Lang
	dir       string
	logFormat string
	quiet     bool
	verbose   bool
	mark      bool           // CSV begins with a byte order mark
	counts    []string       // headings of a table whose numbers are counts
	zone      *time.Location // the project's
	again     string         // the command that tries once more: "run", "run --demo"
	started   bool           // a command's own code has begun; errors before that are wrong use
	vault     *project.Vault
	progress  *terminal.Progress
}

func (a *app) say(en, zh string) string { return a.lang.Say(en, zh) }

// execute runs one command line and returns the exit code of the contract.
func execute(ctx context.Context, args []string, w world) int {
	a := &app{world: w, lang: terminal.LangOf(langFlag(args), w.env)}
	a.vault = project.NewVault(".", w.env)
	root := a.root()
	root.SetArgs(args)
	root.SetOut(w.out)
	root.SetErr(w.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	code := pipelines.ExitCode(err)
	if !a.started {
		code = 2
	}
	a.report(err)
	if !a.started {
		a.tell(a.say("See: %s --help", "用法:%s --help"), cmp.Or(a.program, "heliu")+strings.TrimPrefix(commandPath(root, args), "heliu"))
	}
	return code
}

// report writes an error, secrets taken out, where errors go.
func (a *app) report(err error) {
	text := strings.TrimPrefix(a.vault.Redact(err.Error()), pipelines.ErrUsage.Error()+": ")
	if a.logFormat == "json" {
		a.logger().Error(text, "exit_code", pipelines.ExitCode(err))
		return
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = a.lang.Fault(line)
	}
	a.tell("%s %s", a.say("error:", "错误:"), strings.Join(lines, "\n"))
}

// tell writes a line for people; it goes to standard error, data goes to standard output.
func (a *app) tell(format string, args ...any) {
	if _, err := fmt.Fprintf(a.err, format+"\n", args...); err != nil {
		a.quiet = true // standard error is gone; nobody is left to be told
	}
}

// note is tell, but not with -q.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		a.tell(format, args...)
	}
}

// logger returns the log of the flags: warnings, with -v everything, as text or JSON.
func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	if a.verbose {
		level = slog.LevelDebug
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
		if attr.Key == slog.TimeKey && a.logFormat == "text" {
			return slog.Attr{} // people see the lines as they come
		}
		return attr
	}}
	safe := redacting{a.err, a.vault}
	if a.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(safe, options))
	}
	return slog.New(slog.NewTextHandler(safe, options))
}

// redacting takes secrets out of whatever is written.
type redacting struct {
	w     io.Writer
	vault *project.Vault
}

func (r redacting) Write(p []byte) (int, error) {
	if _, err := io.WriteString(r.w, r.vault.Redact(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// load reads the project of the flags; with mistakes, what holds of it.
func (a *app) load() (*project.Project, error) {
	p, err := project.Load(a.dir)
	if p != nil {
		a.vault, a.zone = project.NewVault(p.Dir, demoDefaults(a.env)), p.Timezone.Location()
	}
	return p, err
}

// next is a command line that can be typed as it is shown: this program, on this project.
func (a *app) next(command, rest string) string {
	line := cmp.Or(a.program, "heliu") + " " + command
	if a.dir != "." {
		line += " --project " + a.dir
	}
	return strings.TrimSpace(line + " " + rest)
}

// usage is an error of wrong use.
func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", pipelines.ErrUsage, fmt.Sprintf(format, args...))
}

// langFlag finds --lang before the commands are made, since their help depends on it.
func langFlag(args []string) string {
	for i, arg := range args {
		if len(arg) > 7 && arg[:7] == "--lang=" {
			return arg[7:]
		}
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

func commandPath(root *cobra.Command, args []string) string {
	if found, _, err := root.Find(args); err == nil {
		return found.CommandPath()
	}
	return root.CommandPath()
}
