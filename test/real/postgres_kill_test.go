//go:build real

package real

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heliu-data/heliu/publish"
)

const killedText = `name: killed
timezone: Asia/Shanghai
currency: CNY
lake: ./lake
publish:
  - postgres: "${KILLED_BI}"
  - duckdb: ./marts.duckdb
sources:
  bank:
    connector: files
    streams:
      rates:
        title: {en: Exchange rates, zh: 汇率}
        path: ./rates.csv
        key: [day]
        fields: {day: date, rate: rate}
        maps:
          exchange_rate: {from_currency: "'USD'", to_currency: "'CNY'", rate_date: day, kind: "'central_parity'", rate: rate, updated_at: cast(day as timestamp with time zone)}
`

// killable is a project that publishes to PostgreSQL and whose runs are killed on the way.
type killable struct {
	dir, binary string
	env         []string
	days        int
}

// Killed before, in and behind the transaction that swaps PostgreSQL's schemas, the next run finishes the publication or
// rolls it back, and readers see a whole one at every instant.
func TestKilledWhileSwapping(t *testing.T) {
	c := Components{Postgres: os.Getenv("HELIU_REAL_POSTGRES")}
	if c.Postgres == "" {
		t.Fatal("HELIU_REAL_POSTGRES is not set: run make test-real")
	}
	p := newKillable(t, c)
	db := openPostgres(t, p.env[0][len("KILLED_BI="):])
	p.more(t)
	if code := p.run(t, ""); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for _, point := range []string{publish.PointPart, publish.PointStaged, publish.PointDecided, publish.PointSwapping, publish.PointSwitched, publish.PointRecorded} {
		before := state(t, db)
		p.more(t)
		stop := watch(db)
		if code := p.run(t, point); code != -1 {
			t.Errorf("%s: exit code %d, want a kill", point, code)
		}
		killed := state(t, db)
		if killed != before && (point < publish.PointSwitched || point == publish.PointSwapping) {
			t.Errorf("killed at %s readers see %v, before %v", point, killed, before)
		}
		if code := p.run(t, ""); code != 0 {
			t.Errorf("after a kill at %s: exit code %d", point, code)
		}
		looks, err := stop()
		if err != nil || looks < 3 {
			t.Errorf("%s: readers looked %d times: %v", point, looks, err)
		}
		if after := state(t, db); after.rates != p.days || after.id == before.id {
			t.Errorf("after a kill at %s and another run readers see %v, want %d rates and another publication than %s", point, after, p.days, before.id)
		}
		for _, row := range texts(t, db, "select nspname from pg_namespace where nspname like '%\\_\\_staged'") {
			t.Errorf("after a kill at %s: %s is left", point, row[0])
		}
	}
}

func newKillable(t *testing.T, c Components) *killable {
	t.Helper()
	p := &killable{dir: t.TempDir(), binary: program(t)}
	p.env = []string{"KILLED_BI=" + freshDatabase(t, c, fmt.Sprintf("killed_%d", time.Now().UnixNano())), "HOME=" + p.dir, "LANG=C", "PATH=" + os.Getenv("PATH")}
	if err := os.WriteFile(filepath.Join(p.dir, "heliu.yaml"), []byte(killedText), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// more adds a day to what the source has.
func (p *killable) more(t *testing.T) {
	t.Helper()
	p.days++
	var text strings.Builder
	text.WriteString("day,rate\n")
	for i := range p.days {
		fmt.Fprintf(&text, "2026-06-%02d,7.%02d\n", i+1, i)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "rates.csv"), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run does the nightly job, to be killed at a point; -1 is the exit code of a kill.
func (p *killable) run(t *testing.T, crash string) int {
	t.Helper()
	command := exec.Command(p.binary, "run", "--project", p.dir)
	command.Env = p.env
	if crash != "" {
		command.Env = append(command.Env, "HELIU_TEST_CRASH="+crash)
	}
	said, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := command.ProcessState.ExitCode(); code > 0 {
		t.Logf("%s", said)
	}
	return command.ProcessState.ExitCode()
}

// shown is what one statement sees of a publication: both schemas' ids must be one.
type shown struct {
	id    string
	rates int
}

func look(db *sql.DB) (s shown, err error) {
	var star string
	err = db.QueryRowContext(context.Background(), `select (select publication_id from mart.heliu_publication), (select publication_id from star.heliu_publication),
		(select count(distinct rate) from star.exchange_rate_daily where currency = 'USD')`).Scan(&s.id, &star, &s.rates)
	if err == nil && star != s.id {
		err = fmt.Errorf("schema mart shows publication %s, star %s", s.id, star)
	}
	return s, err
}

func state(t *testing.T, db *sql.DB) shown {
	t.Helper()
	s, err := look(db)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// watch looks again and again, as readers do, until it is stopped: every publication that it sees is whole.
func watch(db *sql.DB) (stop func() (looks int, err error)) {
	end, done := make(chan struct{}), make(chan error, 1)
	looks, sizes := 0, map[string]int{}
	go func() {
		for {
			select {
			case <-end:
				done <- nil
				return
			default:
			}
			s, err := look(db)
			if before, seen := sizes[s.id]; err == nil && seen && before != s.rates {
				err = fmt.Errorf("publication %s has shown %d rates and %d", s.id, before, s.rates)
			}
			if err != nil {
				done <- err
				<-end
				return
			}
			sizes[s.id] = s.rates
			looks++
		}
	}()
	return func() (int, error) {
		close(end)
		err := <-done
		return looks, err
	}
}
