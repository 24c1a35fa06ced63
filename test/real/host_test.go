//go:build real

package real

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// host is a test host: a network namespace that reaches nothing but what its links lead to.
type host struct{ name string }

// newHost makes a host, which is gone with the test.
func newHost(t *testing.T, name string) *host {
	t.Helper()
	h := &host{name: fmt.Sprintf("heliu-%d-%s", os.Getpid(), name)}
	if said, err := exec.Command("ip", "netns", "add", h.name).CombinedOutput(); err != nil {
		t.Fatalf("this machine does not let a network namespace be made, which the proof of two hosts needs (root, or CAP_NET_ADMIN and CAP_SYS_ADMIN, and iproute2): %v: %s", err, said)
	}
	t.Cleanup(func() { ip(t, "netns", "del", h.name) })
	ip(t, "-n", h.name, "link", "set", "lo", "up")
	return h
}

// ip runs an ip command, which must succeed.
func ip(t *testing.T, args ...string) {
	t.Helper()
	if said, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, said)
	}
}

// command runs a program on the host.
func (h *host) command(program string, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", h.name, program}, args...)...)
}

// link leads from a host to this machine, of which the host reaches what is forwarded and nothing else.
type link struct {
	device, address string // at this end

	mu    sync.Mutex
	cut   *cut
	muted bool // nothing comes back any more
}

// cut says when a link is cut: when a piece that the host sends passes.
type cut struct {
	when  func(by net.Conn, sent []byte) bool
	part  func(sent []byte) []byte // what of the piece still arrives
	heard chan struct{}            // closed when the other side has answered to it, if an answer is to be lost
	done  chan struct{}            // closed when the link is cut
}

// connect makes the n-th link of the test.
func (h *host) connect(t *testing.T, n int) *link {
	t.Helper()
	net := fmt.Sprintf("198.18.%d.", os.Getpid()%250)
	l := &link{device: fmt.Sprintf("hx%d-%d", os.Getpid()%1000000, n), address: net + fmt.Sprint(4*n+1)}
	far := l.device + "f"
	ip(t, "link", "add", l.device, "type", "veth", "peer", "name", far, "netns", h.name)
	t.Cleanup(func() { ip(t, "link", "del", l.device) })
	ip(t, "addr", "add", l.address+"/30", "dev", l.device)
	ip(t, "-n", h.name, "addr", "add", net+fmt.Sprint(4*n+2)+"/30", "dev", far)
	ip(t, "link", "set", l.device, "up")
	ip(t, "-n", h.name, "link", "set", far, "up")
	return l
}

// forward makes a server on this machine's loopback reachable over the link and returns its address there.
func (l *link) forward(t *testing.T, target string) string {
	t.Helper()
	listener, err := net.Listen("tcp", l.address+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go l.pass(near, target)
		}
	}()
	return listener.Addr().String()
}

func (l *link) pass(near net.Conn, target string) {
	far, err := net.Dial("tcp", target)
	if err != nil {
		_ = near.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		pump(near, far, func(sent []byte) ([]byte, func()) { return l.outward(near, sent) })
		_ = far.Close()
	})
	both.Go(func() {
		pump(far, near, l.homeward)
		_ = near.Close()
	})
	both.Wait()
}

// pump copies pieces as they come until one side ends; f says what of a piece goes on, and returns what follows it.
func pump(from, to net.Conn, f func([]byte) (go_on []byte, after func())) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			piece, after := f(buffer[:n])
			if _, failed := to.Write(piece); failed != nil {
				return
			}
			after()
		}
		if err != nil {
			return
		}
	}
}

func (l *link) outward(by net.Conn, sent []byte) ([]byte, func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.cut
	if c == nil || !c.when(by, sent) {
		return sent, func() {}
	}
	l.cut, l.muted = nil, true
	if c.heard != nil {
		l.cut = &cut{heard: c.heard, when: func(net.Conn, []byte) bool { return false }}
	}
	return c.part(sent), func() {
		if c.heard != nil {
			<-c.heard
		}
		_ = l.set("down")
		close(c.done)
	}
}

func (l *link) homeward(answer []byte) ([]byte, func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.muted {
		return answer, func() {}
	}
	if l.cut != nil && l.cut.heard != nil {
		close(l.cut.heard)
		l.cut = nil
	}
	return nil, func() {}
}

func (l *link) set(state string) error {
	said, err := exec.Command("ip", "link", "set", l.device, state).CombinedOutput()
	if err != nil {
		return fmt.Errorf("set link %s %s: %w: %s", l.device, state, err, said)
	}
	return nil
}

// cutWhen cuts the link when pieces with each of the words have passed, in their order and on one connection: before the last
// one arrives, in its midst, or when it has arrived and the answer has not. Done is closed then.
func (l *link) cutWhen(how string, words ...string) (done chan struct{}) {
	done = make(chan struct{})
	seen := map[net.Conn]int{}
	c := &cut{done: done, when: func(by net.Conn, sent []byte) bool {
		if bytes.Contains(sent, []byte(words[seen[by]])) {
			seen[by]++
		}
		return seen[by] == len(words)
	}}
	switch how {
	case "before":
		c.part = func([]byte) []byte { return nil }
	case "midst":
		c.part = func(sent []byte) []byte { return sent[:len(sent)/2] }
	case "answer":
		c.part, c.heard = func(sent []byte) []byte { return sent }, make(chan struct{})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = c
	return done
}

// restore brings a link that was cut up again.
func (l *link) restore(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	l.cut, l.muted = nil, false
	l.mu.Unlock()
	if err := errors.Join(l.set("up")); err != nil {
		t.Fatal(err)
	}
}
