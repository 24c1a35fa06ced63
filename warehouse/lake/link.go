package lake

import (
	"context"
	"net"
	"strings"
	"time"
)

// The link to the storage and the catalog may be cut at any instant, without a word from the other side. No call waits for
// ever: a connection is made in connectTime or not at all, one that nothing comes back on is given up after deadTime,
// and a catalog or a storage that lives, but does not answer what it was asked, after Config.Patience.
const (
	connectTime = 15 * time.Second
	deadTime    = 30 * time.Second
	answerTime  = 2 * time.Minute // Config.Patience, unless given
)

// dialer makes connections that notice a dead link.
func dialer() *net.Dialer {
	return &net.Dialer{
		Timeout:         connectTime,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: deadTime / 3, Interval: deadTime / 6, Count: 4}, // while an answer is waited for
		Control:         unacknowledged,                                                                          // while something is sent
	}
}

// answered ends a call of a catalog on another machine that is not answered in time; enough is called behind the answer.
func (l *Lake) answered(ctx context.Context) (_ context.Context, enough context.CancelFunc) {
	if !strings.HasPrefix(l.cfg.Catalog, "postgres") {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, l.cfg.Patience)
}
