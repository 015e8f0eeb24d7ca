package mailbox

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// watchedConn is the watchdog. The library sets no read deadline while it
// waits for an answer, so a server that hangs would hang us. While armed, each
// read must bring something within the patience; writes that get through count
// as signs of life too, or a long upload over a thin line would be cut. The
// library's own read deadlines are ignored.
//
// It stands below TLS, so that the same watchdog also covers the handshake.
type watchedConn struct {
	net.Conn
	mu       sync.Mutex
	patience time.Duration // 0: not armed
	broken   error         // first failure of a read; nothing comes after it
	timedOut atomic.Bool
}

func (c *watchedConn) arm(patience time.Duration) {
	c.mu.Lock()
	c.patience = patience
	c.mu.Unlock()
	c.touch()
}

func (c *watchedConn) disarm() { c.arm(0) }

// touch restarts the clock for reads, also for one that is waiting already.
func (c *watchedConn) touch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var at time.Time
	if c.patience > 0 {
		at = time.Now().Add(c.patience)
	}
	c.Conn.SetReadDeadline(at) // an error shows up in Read as well
}

func (c *watchedConn) Read(p []byte) (int, error) {
	for {
		if err := c.failure(); err != nil {
			return 0, err
		}
		c.touch()
		n, err := c.Conn.Read(p)
		if err == nil || n > 0 {
			return n, nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if !c.armed() {
				continue // the deadline of a command that ended in this moment
			}
			c.timedOut.Store(true)
		}
		c.fail(err)
	}
}

// writePiece is what must get through within the patience: at 60 s a line of
// 2 kbit/s will do.
const writePiece = 16 << 10

func (c *watchedConn) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		var k int
		k, err = c.Conn.Write(p[:min(len(p), writePiece)])
		n, p = n+k, p[k:]
		if k > 0 && c.armed() {
			c.touch()
		}
	}
	return n, err
}

func (c *watchedConn) armed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.patience > 0
}

func (c *watchedConn) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken
}

func (c *watchedConn) fail(err error) {
	c.mu.Lock()
	c.broken = err
	c.mu.Unlock()
	c.Conn.Close()
}

// cut closes the connection at once, without TLS's farewell, which could hang.
func (c *watchedConn) cut() { c.Conn.Close() }

func (c *watchedConn) SetDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(t) }

func (c *watchedConn) SetReadDeadline(time.Time) error { return nil }
