package mailbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const (
	defaultPoll = time.Minute
	// longestIdle: RFC 2177 wants IDLE begun anew before 29 minutes; many NATs
	// forget a silent connection after 10 to 15.
	longestIdle = 9 * time.Minute
)

// Watch keeps a connection of its own open and calls notify whenever mail may
// have arrived: right after connecting, when IDLE tells of a change, and when a
// look every poll (default one minute) shows the inbox other than before. It
// works without IDLE too, later by up to poll. After a failure it connects
// again, with back-off and jitter, until ctx ends; then it returns ctx's error.
// It returns earlier only for a *ConfigError.
//
// notify runs in Watch's goroutine and should only signal. It tells of
// arrivals, not of passes that failed: whoever works keeps a timer for those.
func Watch(ctx context.Context, cfg Config, poll time.Duration, notify func()) error {
	cfg, err := cfg.ready()
	if err != nil {
		return err
	}
	if poll <= 0 {
		poll = defaultPoll
	}
	wait := backoff{first: cfg.firstWait, rand: cfg.Rand}
	for ctx.Err() == nil {
		w := &watcher{cfg: cfg, poll: poll, notify: notify, signal: make(chan struct{}, 1)}
		err := w.run(ctx, wait.reset)
		if ctx.Err() != nil {
			break
		}
		pause := wait.failed(err)
		cfg.Log.Warn("imap watch lost, connecting again", "error", err, "wait_ms", pause.Milliseconds())
		wait.wait(ctx)
	}
	return context.Cause(ctx)
}

// watcher is one connection's life.
type watcher struct {
	cfg    Config
	poll   time.Duration
	notify func()

	s      *session
	signal chan struct{} // the server told of mails, unasked
	seen   Status
	noIdle bool
}

// run returns only with an error, or when ctx ends.
func (w *watcher) run(ctx context.Context, connected func()) error {
	s, err := connect(ctx, w.cfg, &imapclient.UnilateralDataHandler{Mailbox: w.told})
	if err != nil {
		return err
	}
	defer s.abandon()
	w.s = s
	w.noIdle = !s.caps.Has(imap.CapIdle)
	if _, err := w.look(ctx); err != nil {
		return err
	}
	connected()
	w.notify()
	for ctx.Err() == nil {
		if err := w.rest(ctx); err != nil {
			return err
		}
		changed, err := w.look(ctx)
		if err != nil {
			return err
		}
		if changed {
			w.notify()
		}
	}
	return context.Cause(ctx)
}

// told runs in the library's reader: it only signals.
func (w *watcher) told(data *imapclient.UnilateralDataMailbox) {
	if data.NumMessages == nil {
		return
	}
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// look examines the inbox anew and tells whether it is another than at the
// last look. Its answer also proves that the connection lives.
func (w *watcher) look(ctx context.Context) (changed bool, err error) {
	defer w.s.arm(ctx)()
	server, err := w.s.serverName(w.cfg.Inbox)
	if err != nil {
		return false, w.s.explain(ctx, "watch inbox", err)
	}
	data, err := w.s.choose(server, false)
	if err != nil {
		return false, w.s.explain(ctx, "watch inbox", err)
	}
	now := Status{UIDValidity: data.UIDValidity, UIDNext: uint32(data.UIDNext), Messages: data.NumMessages}
	changed = now.UIDValidity != w.seen.UIDValidity || now.UIDNext != w.seen.UIDNext || now.Messages > w.seen.Messages
	w.seen = now
	return changed, nil
}

// rest waits for one poll, in IDLE if the server has it.
func (w *watcher) rest(ctx context.Context) error {
	if w.noIdle {
		return w.until(ctx, w.poll)
	}
	disarm := w.s.arm(ctx)
	idle, err := w.s.cl.Idle()
	disarm()
	var no *imap.Error
	if errors.As(err, &no) {
		w.noIdle = true // announced, but refused: some proxies do that
		return nil
	}
	if err != nil {
		return w.s.explain(ctx, "idle", err)
	}
	waited := w.until(ctx, min(w.poll, longestIdle))
	defer w.s.arm(ctx)()
	if waited != nil {
		w.s.conn.cut()
	}
	err = idle.Close()
	if err == nil {
		err = idle.Wait()
	}
	if waited != nil {
		return waited
	}
	return w.s.explain(ctx, "idle", err)
}

// until waits, passing on what the server tells.
func (w *watcher) until(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-w.signal:
			w.notify()
		case <-t.C:
			return nil
		case <-w.s.cl.Closed():
			return &TemporaryError{Op: "watch inbox", Err: errors.New("connection lost")}
		case <-ctx.Done():
			return fmt.Errorf("mailbox: watch inbox: %w", context.Cause(ctx))
		}
	}
}
