package scenario

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/config"
	"uketsuke/internal/demo"
)

// running is the daemon's own loop, as `run` starts it: it watches, polls, files and sends until it is told to end.
type running struct {
	w     *World
	drain chan struct{}
	ended chan error
}

func (w *World) run(ctx context.Context) *running {
	r := &running{w, make(chan struct{}), make(chan error, 1)}
	go func() { r.ended <- w.office.Robot.Run(ctx, r.drain) }()
	return r
}

// stop drains and waits.
func (r *running) stop() {
	r.w.t.Helper()
	close(r.drain)
	r.wait()
}

func (r *running) wait() {
	r.w.t.Helper()
	select {
	case err := <-r.ended:
		if err != nil {
			r.w.t.Errorf("the daemon ended with: %v", err)
		}
	case <-time.After(20 * time.Second):
		r.w.t.Fatalf("the daemon does not end:\n%s", stacks())
	}
}

// await waits until done holds.
func (w *World) await(done func() bool) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("it does not come to pass; letters so far:\n%s", w.unread())
		}
	}
}

func stacks() string {
	b := make([]byte, 1<<20)
	return string(b[:runtime.Stack(b, true)])
}

// loops counts the goroutines of robots that run.
func loops() int {
	n := 0
	for _, g := range strings.Split(stacks(), "\n\n") {
		if strings.Contains(g, "robot.(*Robot).") || strings.Contains(g, "mailbox.Watch") {
			n++
		}
	}
	return n
}

// Not parallel: it counts the goroutines of its robot.
func TestTheDaemonAnswersAtOnceDrainsAndContinues(t *testing.T) {
	w := New(t, Options{Change: func(c *config.Config) { c.IMAP.Poll = time.Hour }}) // no poll comes to help
	r := w.run(context.Background())
	w.Incoming(sheetMail(t, tanaka, nil))
	w.await(func() bool { return w.Copies() == 2 })
	w.await(func() bool { return w.folder("Sent") == 2 && w.folder("受付済") == 1 })

	began := time.Now() // the daemon idles now: only the server's word can wake it
	w.Incoming(sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201)))
	w.await(func() bool { return w.Copies() == 4 })
	t.Logf("a mail was answered after %v", time.Since(began).Round(time.Millisecond))

	for i := range 12 { // a drain in the middle of work finishes what it is at
		w.Incoming(sheetMail(t, tanaka, company("株式会社灘"+strings.Repeat("酒", i), int64(140001000800+i))))
	}
	r.stop()
	if n := loops(); n != 0 {
		t.Errorf("%d goroutines of the robot are left:\n%s", n, stacks())
	}
	if n, done := w.Copies(), len(w.cases()); n != 2*done {
		t.Errorf("%d letters for %d cases: the drain left letters behind", n, done)
	}

	w.Restart()
	r = w.run(context.Background())
	w.await(func() bool { return w.Copies() == 28 && w.folder("INBOX") == 0 && w.folder("Sent") == 28 })
	r.stop()
	if n := loops(); n != 0 {
		t.Errorf("%d goroutines of the robot are left", n)
	}
	if cases := w.cases(); len(cases) != 14 || !strings.HasPrefix(cases[13].Registration, "2026-KOB-00014-") {
		t.Errorf("%d cases", len(cases))
	}
}

// The second signal: the context ends, and the daemon stops where it is, which loses nothing. Not parallel, as above.
func TestTheDaemonStopsWhereItIsAndLosesNothing(t *testing.T) {
	w := New(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	r := w.run(ctx)
	for i := range 20 {
		w.Incoming(sheetMail(t, tanaka, company("株式会社灘"+strings.Repeat("酒", i), int64(140001000900+i))))
	}
	w.await(func() bool { return w.Copies() > 3 })
	cancel()
	r.wait()
	if n := loops(); n != 0 {
		t.Errorf("%d goroutines of the robot are left", n)
	}
	w.Restart()
	w.Settle()
	if n := len(w.cases()); n != 20 {
		t.Errorf("%d cases, want 20", n)
	}
	seen := map[string]bool{}
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		seen[m.MessageID] = true
	}
	if len(seen) != 40 {
		t.Errorf("%d different letters, want 40", len(seen))
	}
}

// A daemon whose connections are cut again and again goes on by itself.
func TestTheDaemonSurvivesCutConnections(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Change: func(c *config.Config) { c.IMAP.Poll = 200 * time.Millisecond }})
	r := w.run(context.Background())
	for i := range 3 {
		w.Incoming(sheetMail(t, tanaka, company("株式会社灘"+strings.Repeat("酒", i), int64(140001000950+i))))
		w.server.Disconnect()
		w.await(func() bool {
			w.Advance(time.Second) // retries are put off by the world's clock
			seen := map[string]bool{}
			for _, m := range w.server.Messages(demo.Outside, "INBOX") {
				seen[m.MessageID] = true
			}
			return len(seen) == 2*(i+1)
		})
	}
	r.stop()
	w.Settle()
	if n := len(w.cases()); n != 3 {
		t.Errorf("%d cases", n)
	}
}
