package mailserver

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"
)

// trackedListener hands out connections that the server knows of, so that
// Close reaches also those that the protocol libraries have not noted yet.
type trackedListener struct {
	net.Listener
	server   *Server
	greeting bool // SMTP: the connect step is met when the greeting is written
}

func (l *trackedListener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &trackedConn{Conn: raw, server: l.server, greeted: !l.greeting}
	l.server.mu.Lock()
	closed := l.server.closed
	if !closed {
		l.server.conns[c] = struct{}{}
	}
	l.server.mu.Unlock()
	if closed {
		_ = raw.Close()
		return nil, net.ErrClosed
	}
	return c, nil
}

// trackedConn is one client's connection.
type trackedConn struct {
	net.Conn
	server  *Server
	greeted bool // only the connection's own goroutine writes before it is true
}

// Write runs the smtp.connect step before the first byte. It is here because
// go-smtp greets before it asks its backend for a session.
func (c *trackedConn) Write(b []byte) (int, error) {
	if c.greeted {
		return c.Conn.Write(b)
	}
	c.greeted = true
	err := c.server.step(StepSMTPConnect, c.Close)
	var reply Reply
	if errors.As(err, &reply) {
		_, _ = fmt.Fprintf(c.Conn, "%d %s\r\n", reply.code(), reply.text())
		_ = c.Close()
	}
	if err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func (c *trackedConn) Close() error {
	c.server.mu.Lock()
	delete(c.server.conns, c)
	c.server.mu.Unlock()
	return c.Conn.Close()
}

// gate counts what is under way and, once shut, lets nothing new in.
type gate struct {
	mu     sync.Mutex
	n      int
	closed bool
	empty  chan struct{} // made by shut, closed by the last leave
}

// enter reports whether the caller may go on; it must then call leave.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.n++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n--
	if g.n == 0 && g.empty != nil {
		close(g.empty)
		g.empty = nil
	}
}

// shut refuses newcomers and waits until all have left; the result is how many
// had not when time was up.
func (g *gate) shut(limit time.Duration) int {
	g.mu.Lock()
	g.closed = true
	if g.n == 0 {
		g.mu.Unlock()
		return 0
	}
	empty := make(chan struct{})
	g.empty = empty
	g.mu.Unlock()

	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-empty:
		return 0
	case <-timer.C:
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.n
	}
}

// printfLog passes the protocol libraries' complaints on. A client that goes
// away is no fault; a panic is.
type printfLog struct {
	log    *slog.Logger
	server string
}

func (p printfLog) Printf(format string, args ...any) {
	if strings.HasPrefix(format, "panic") {
		p.log.Error("mail server panicked", "server", p.server, "message", fmt.Sprintf(format, args...))
		return
	}
	for _, arg := range args {
		if err, ok := arg.(error); ok && goneAway(err) {
			return
		}
	}
	p.log.Warn("mail server complains", "server", p.server, "message", fmt.Sprintf(format, args...))
}

func (p printfLog) Println(args ...any) { p.Printf("%s", fmt.Sprint(args...)) }

// goneAway: the connection ended under a command, by the peer or by us.
func goneAway(err error) bool {
	var network *net.OpError
	return errors.Is(err, errDropped) || errors.Is(err, net.ErrClosed) || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
