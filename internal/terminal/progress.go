package terminal

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/cwriter"
	"github.com/vbauerster/mpb/v8/decor"
)

// Outcome is how a step ended.
type Outcome string

// The outcomes, as they stand in ops.steps.
const (
	Done    Outcome = "done"
	Skipped Outcome = "skipped" // nothing new
	Failed  Outcome = "failed"
	Blocked Outcome = "blocked" // something before it failed
)

var marks = map[Outcome]string{Done: "✓", Skipped: "·", Failed: "✗", Blocked: "–"}

// Progress shows the steps of a run: moving lines on a terminal, one plain line a finished step elsewhere, a JSON record
// a finished step with a logger. A step with nothing new leaves no line. It is safe for concurrent use.
type Progress struct {
	mu    sync.Mutex
	w     io.Writer
	moves bool          // on a terminal
	bars  *mpb.Progress // made with the first step
	log   *slog.Logger  // nil for text
	quiet bool
	lang  Lang
	now   func() time.Time
}

// NewProgress makes a progress on w. With a logger it writes records; quiet shows failures only.
func NewProgress(w io.Writer, log *slog.Logger, quiet bool, now func() time.Time) *Progress {
	return &Progress{w: w, log: log, quiet: quiet, now: now, moves: log == nil && !quiet && IsTerminal(w)}
}

// In makes the progress speak a language; records stay as they are.
func (p *Progress) In(lang Lang) *Progress {
	p.lang = lang
	return p
}

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && cwriter.IsTerminal(int(f.Fd()))
}

// Step is one step that is under way.
type Step struct {
	of    *Progress
	name  string
	begun time.Time
	told  time.Time // when a line last said how far it is
	bar   *mpb.Bar
}

// Begin shows that a step is under way.
func (p *Progress) Begin(name string) *Step {
	s := &Step{of: p, name: name, begun: p.now()}
	if p.moves {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.bars == nil {
			p.bars = mpb.New(mpb.WithOutput(p.w), mpb.WithWidth(24), mpb.WithRefreshRate(150*time.Millisecond))
		}
		s.bar = p.bars.New(0, mpb.SpinnerStyle().PositionLeft(), mpb.BarRemoveOnComplete(), mpb.BarWidth(2),
			mpb.AppendDecorators(decor.Name(Plain(name)+"  "), decor.CurrentNoUnit("%d", decor.WC{}), decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 6})))
	}
	return s
}

// Rows says how many rows the step has moved so far.
func (s *Step) Rows(n int64) {
	if s.bar != nil {
		s.bar.SetCurrent(n)
	}
}

// often is how long a step says nothing where no line moves.
const often = time.Minute

// Working says how far a step is that another system works on: rows read, and pieces of work done of those known so far. Where
// no line moves, one a minute says so.
func (s *Step) Working(rows int64, done, parts int) {
	s.Rows(rows)
	p, now := s.of, s.of.now()
	if s.bar != nil || p.quiet || now.Sub(s.begun) < often || now.Sub(s.told) < often {
		return
	}
	s.told = now
	if p.log != nil {
		p.log.Info("working", "step", s.name, "seconds", now.Sub(s.begun).Seconds(), "rows", rows, "done", done, "parts", parts)
		return
	}
	p.Line("… %s  %s, %d/%d  %s", Plain(p.lang.Note(s.name)), p.lang.Counted(rows, "row read", "rows read", "行已读"), done, parts, now.Sub(s.begun).Round(time.Second))
}

// End says how the step ended; note is what a reader wants to know of it, such as the rows or the error.
func (s *Step) End(outcome Outcome, note string) {
	p := s.of
	took := p.now().Sub(s.begun)
	if s.bar != nil {
		s.bar.Abort(true)
	}
	switch {
	case p.log != nil:
		level := slog.LevelInfo
		if outcome == Failed {
			level = slog.LevelError
		}
		p.log.Log(context.Background(), level, "step", "step", s.name, "outcome", string(outcome), "seconds", took.Seconds(), "note", note)
	case outcome == Skipped, p.quiet && outcome != Failed:
	default:
		p.Line("%s %s  %s  %s", marks[outcome], Plain(p.lang.Note(s.name)), Plain(p.lang.Fault(note)), took.Round(10*time.Millisecond))
	}
}

// Line writes a line above whatever moves.
func (p *Progress) Line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.w
	if p.bars != nil {
		w = p.bars
	}
	if _, err := fmt.Fprintf(w, format+"\n", args...); err != nil && p.bars != nil {
		_, _ = fmt.Fprintf(p.w, format+"\n", args...) // the bars are closed already; nobody is left to tell if this fails too
	}
}

// Close takes the moving lines away.
func (p *Progress) Close() {
	if p.bars != nil {
		p.bars.Shutdown()
	}
}
