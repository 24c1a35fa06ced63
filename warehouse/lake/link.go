package lake

import (
	"net"
	"time"
)

// The link to the storage and the catalog may be cut at any instant, without a word from the other side. No call waits for
// ever: a connection is made in connectTime or not at all, one that nothing comes back on is given up after deadTime,
// and a storage that lives, but does not answer a request that it has, after answerTime.
const (
	connectTime = 15 * time.Second
	deadTime    = 30 * time.Second
	answerTime  = 2 * time.Minute
)

// dialer makes connections that notice a dead link.
func dialer() *net.Dialer {
	return &net.Dialer{
		Timeout:         connectTime,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: deadTime / 3, Interval: deadTime / 6, Count: 4}, // while an answer is waited for
		Control:         unacknowledged,                                                                          // while something is sent
	}
}
