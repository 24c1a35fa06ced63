package lake

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// unacknowledged ends a connection on which what was sent is not acknowledged within deadTime; by itself the kernel would send
// it again for a quarter of an hour.
func unacknowledged(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(deadTime.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
