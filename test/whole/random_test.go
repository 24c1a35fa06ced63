package whole

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killsVariable says how many kills from outside killedAtRandom makes; `make test-kill` makes 50.
const killsVariable = "HELIU_WHOLE_KILLS"

// kills reads how many kills are wanted.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv(killsVariable)
	if text == "" {
		return 6
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// killedAtRandom kills the job from outside again and again, each time further in than what the last kill left lets one
// foresee: the instants are spread evenly over an undisturbed run's time, with a dice's start.
func killedAtRandom(t *testing.T, n *night) {
	wanted, phases := kills(t), map[string]int{}
	dice := rand.New(rand.NewPCG(1, uint64(wanted)))
	offset, begun := dice.Float64(), time.Now()
	n.restore()
	for killed, tries := 0, 0; killed < wanted; tries++ {
		_, part := math.Modf(offset + float64(tries)*math.Phi)
		if phase := n.killedAfter(t, time.Duration(part*float64(n.took))); phase != "" {
			phases[phase]++
			killed++
			continue
		}
		what := fmt.Sprintf("after %d kills", killed)
		same(t, what, n.shown(t), n.undisturbed)
		n.receiptsOnce(t, what)
		n.restore()
	}
	n.recovers(t, fmt.Sprintf("after %d kills", wanted), n.undisturbed)
	t.Logf("%d kills in %s, by phase: %v; an undisturbed run takes %s", wanted, time.Since(begun).Round(time.Second), phases, n.took.Round(time.Millisecond))
	if least := map[bool]int{true: 2, false: 4}[wanted < 30]; len(phases) < least {
		t.Errorf("the kills have met %d phases only, want %d: %v", len(phases), least, phases)
	}
}

// killedAfter runs the night's job and kills it after a time: it tells in which phase, "" that the run had ended before.
func (p *project) killedAfter(t *testing.T, after time.Duration) (phase string) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), after)
	defer stop()
	command := p.command(ctx, "run", "-v", "--project", p.dir, "--log-format", "json")
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGKILL) }
	o := p.finish(t, command)
	switch {
	case o.code > 0:
		t.Fatalf("between kills: exit code %d\n%s", o.code, o.stderr)
	case o.code == 0:
		return ""
	}
	return phaseOf(o.stderr)
}

// phaseOf tells from the steps that a run has ended in which phase it was: starting, reading, building or publishing.
func phaseOf(steps string) string {
	phase := "starting"
	for line := range strings.Lines(steps) {
		var said struct{ Step string }
		if json.NewDecoder(bytes.NewBufferString(line)).Decode(&said) != nil {
			continue // a line that was cut off
		}
		switch word, _, _ := strings.Cut(said.Step, " "); word {
		case "extract", "upkeep":
			phase = "reading"
		case "build":
			phase = "building"
		case "audit", "publish":
			phase = "publishing"
		}
	}
	return phase
}

// killedOnTheFirstNight kills the very first run of a project that init has just made: while its lake, its catalog and its
// warehouse come into being, at instants of the reading, and at points of the building and of the first publication.
func killedOnTheFirstNight(t *testing.T, c *company, undisturbed dump) {
	p := newProject(t, c)
	p.files(t)
	early, fresh := 0, p.keep(t)
	for i := range 12 {
		if p.killedAfter(t, time.Duration(10+i*25)*time.Millisecond) != "" {
			early++
		}
		if i%4 == 3 {
			fresh() // nothing of it is there again
		}
	}
	if early < 8 {
		t.Errorf("only %d of 12 runs were killed early on", early)
	}
	for _, point := range crashPoints() {
		if firstNight(point) && !p.crash(t, point, "run") {
			t.Errorf("the first run has not come to %s", point)
		}
	}
	p.recovers(t, "killed on the first night", undisturbed)
}

// firstNight are the points at which the first run is killed; it passes each while the one before has left its mark.
func firstNight(point string) bool {
	for _, one := range []string{"extract:", "lake:1:", "lake:4:", "lake:5:", "lake:6:", "lake:7:", "build.computed", "build.written", "build.committed",
		"publish:1:", "publish:2:", "publish:3:", "publish:5:"} {
		if strings.HasPrefix(point, one) {
			return true
		}
	}
	return false
}
