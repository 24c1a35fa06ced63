//go:build trino

package whole

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// rebuilt is what one machine makes of the same lake, from nothing.
func (p *project) rebuilt(t *testing.T) dump {
	t.Helper()
	q := newProject(t, p.company)
	q.inLake(t, placeOf(t, p))
	q.run(t).want(t, 0)
	return q.shown(t)
}

// clusterKilled kills a cluster in the middle of a build: an error with exit code 1, and nothing is half done; when there is
// one again, the next run completes.
func clusterKilled(t *testing.T, p *project) {
	before := p.shown(t)
	p.company.sleep(1)
	p.computes(t, "trino://heliu@127.0.0.1:1/iceberg")
	if o := p.run(t); o.code != 1 || !strings.Contains(o.stderr, "✓ extract") || !strings.Contains(o.stderr, "no cluster answers at 127.0.0.1:1") {
		t.Errorf("the cluster is away: exit code %d, want 1 and the sources read\n%s", o.code, o.stderr)
	}
	same(t, "the cluster away: what readers see", p.shown(t), before)

	server := startTrino(t)
	p.computes(t, server.address)
	p.files(t)
	command := p.command(context.Background(), "run", "--project", p.dir)
	stderr := &said{}
	command.Stderr = stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	server.until(t, func() bool { return strings.Contains(stderr.String(), "✓ build") })
	server.kill(t)
	_ = command.Wait() // its exit code says it
	if code := command.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code %d, want 1\n%s", code, stderr.String())
	}
	for _, text := range []string{"cluster", server.host} {
		if !strings.Contains(stderr.String(), text) {
			t.Errorf("the error does not say %q:\n%s", text, stderr.String())
		}
	}
	same(t, "the cluster killed: what readers see", p.shown(t), before)
	p.computes(t, given(t, "HELIU_TRINO")) // as if it were back: it keeps nothing but the lake
	p.run(t).want(t, 0)
	same(t, "the cluster killed, run again", p.shown(t), p.rebuilt(t))
}

// node is a Trino node of the test's own, beside the one that all tests use, on the same lake.
type node struct {
	address, host string
	etc, home     string
	java          string
	process       *exec.Cmd
}

func startTrino(t *testing.T) *node {
	t.Helper()
	n := &node{etc: filepath.Join(t.TempDir(), "etc"), home: given(t, "HELIU_TRINO_HOME"), java: given(t, "HELIU_TRINO_JAVA")}
	if err := os.CopyFS(n.etc, os.DirFS(given(t, "HELIU_TRINO_ETC"))); err != nil {
		t.Fatal(err)
	}
	n.host = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	n.address = "trino://heliu@" + n.host + "/iceberg"
	_, port, _ := strings.Cut(n.host, ":")
	config := fmt.Sprintf("coordinator=true\nnode-scheduler.include-coordinator=true\nhttp-server.http.port=%s\ndiscovery.uri=http://%s\nquery.max-memory=500MB\nquery.max-memory-per-node=500MB\nmemory.heap-headroom-per-node=400MB\nquery.min-expire-age=1m\ntask.info.max-age=1m\n", port, n.host)
	for name, text := range map[string]string{
		"config.properties": config,
		"node.properties":   "node.environment=test\nnode.id=second\nnode.internal-address=127.0.0.1\nnode.bind-ip=127.0.0.1\nnode.data-dir=" + filepath.Join(t.TempDir(), "data") + "\n",
	} {
		if err := os.WriteFile(filepath.Join(n.etc, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(n.etc, "password-authenticator.properties")); err != nil {
		t.Fatal(err)
	}
	jvm := filepath.Join(n.etc, "jvm.config")
	text, err := os.ReadFile(jvm)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(jvm, regexp.MustCompile(`-Xmx\S+`).ReplaceAll(text, []byte("-Xmx1500M")), 0o644); err != nil {
		t.Fatal(err)
	}
	n.start(t)
	t.Cleanup(func() { n.kill(t) })
	return n
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start starts the node and waits until it takes statements.
func (n *node) start(t *testing.T) {
	t.Helper()
	log, err := os.Create(filepath.Join(n.etc, "trino.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	n.process = exec.Command(filepath.Join(n.home, "bin", "launcher"), "run", "--etc-dir", n.etc)
	n.process.Env = append(os.Environ(), "JAVA_HOME="+n.java, "PATH="+filepath.Join(n.java, "bin")+":"+os.Getenv("PATH"))
	n.process.Stdout, n.process.Stderr = log, log
	n.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it ends with the test
	if err := n.process.Start(); err != nil {
		t.Fatal(err)
	}
	n.until(t, func() bool {
		answer, err := http.Get("http://" + n.host + "/v1/info")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		text := make([]byte, 4096)
		count, _ := answer.Body.Read(text)
		return strings.Contains(string(text[:count]), `"starting":false`)
	})
}

func (n *node) kill(t *testing.T) {
	t.Helper()
	if n.process == nil {
		return
	}
	if err := n.process.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = n.process.Wait() // it was killed
	n.process = nil
}

// said is what a command has said so far.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// until waits up to 5 minutes for something to hold.
func (n *node) until(t *testing.T, holds func() bool) {
	t.Helper()
	tick, end := time.NewTicker(200*time.Millisecond), time.NewTimer(5*time.Minute)
	defer tick.Stop()
	defer end.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("%s: nothing happened for 5 minutes, see %s", n.host, filepath.Join(n.etc, "trino.log"))
		}
	}
}
