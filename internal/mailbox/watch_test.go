package mailbox

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// watching runs Watch in a bubble and counts its notices.
type watching struct {
	mu      sync.Mutex
	notices []time.Time
	cancel  context.CancelFunc
	ended   chan error
}

func watch(t *testing.T, cfg Config, poll time.Duration) *watching {
	ctx, cancel := context.WithCancel(t.Context())
	w := &watching{cancel: cancel, ended: make(chan error, 1)}
	go func() {
		w.ended <- Watch(ctx, cfg, poll, func() {
			w.mu.Lock()
			w.notices = append(w.notices, time.Now())
			w.mu.Unlock()
		})
	}()
	synctest.Wait()
	return w
}

func (w *watching) count() int {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.notices)
}

// stop ends Watch. The bubble's end then fails the test if a goroutine stays.
func (w *watching) stop(t *testing.T) {
	t.Helper()
	w.cancel()
	if err := <-w.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Watch ended with %v", err)
	}
}

func TestWatchNotifiesAtOnceByIDLE(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stop := openOffice(capsFull)
		defer stop()
		w := watch(t, o.config(), time.Hour)
		if n := w.count(); n != 1 {
			t.Fatalf("%d notices after connecting, want 1", n)
		}
		for i := 2; i <= 4; i++ {
			time.Sleep(time.Minute)
			sent := time.Now()
			o.put(t, "INBOX", mailText("a", "x"))
			if n := w.count(); n != i || w.notices[n-1].After(sent) {
				t.Fatalf("%d notices, want %d; at %v, mail at %v", n, i, w.notices, sent)
			}
		}
		w.stop(t)
	})
}

func TestWatchPollsWhereIDLEIsMissing(t *testing.T) {
	examine := func(next string) string {
		return "\nC: EXAMINE INBOX\nS: * " + next + " EXISTS\nS: * OK [UIDVALIDITY 1] x\nS: * OK [UIDNEXT " + next + "] x\nS: $ OK x"
	}
	synctest.Test(t, func(t *testing.T) {
		cfg := stage(t, loginForWatch("X")+examine("5")+examine("5")+examine("6")+examine("6")+examine("7")+"\nhang")
		w := watch(t, cfg, 30*time.Second)
		for minute, want := range []int{1, 2, 3} {
			if n := w.count(); n != want {
				t.Errorf("%d notices in minute %d, want %d", n, minute, want)
			}
			time.Sleep(time.Minute)
		}
		w.stop(t)
	})
}

// loginForWatch is a login up to the inbox's name.
func loginForWatch(caps string) string {
	return strings.Replace(loginForAppend[:strings.Index(loginForAppend, `C: LIST "" "Sent"`)], "LITERAL- APPENDLIMIT=20000", caps, 1)
}

const examined = "\nC: EXAMINE INBOX\nS: * 5 EXISTS\nS: * OK [UIDVALIDITY 1] x\nS: * OK [UIDNEXT 6] x\nS: $ OK x"

func TestWatchBeginsIDLEAnewLongBefore29Minutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends := make(chan time.Time, 10)
		cfg := stage(t, loginForWatch("IDLE")+strings.Repeat(examined+"\nC: IDLE\nS: + idling\nD:\nS: $ OK", 3)+examined+"\nhang")
		dial := cfg.Dial
		cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			return doneSpy{conn, ends}, err
		}
		start := time.Now()
		w := watch(t, cfg, 24*time.Hour)
		time.Sleep(29 * time.Minute)
		if n := w.count(); n != 1 {
			t.Errorf("%d notices of nothing", n)
		}
		w.stop(t)
		if len(ends) != 3 {
			t.Fatalf("IDLE was begun anew %d times in 29 minutes, want 3", len(ends))
		}
		if first := (<-ends).Sub(start); first != longestIdle {
			t.Errorf("first after %v", first)
		}
	})
}

// doneSpy notes when DONE is written.
type doneSpy struct {
	net.Conn
	ends chan time.Time
}

func (s doneSpy) Write(p []byte) (int, error) {
	if string(p) == "DONE\r\n" {
		s.ends <- time.Now()
	}
	return s.Conn.Write(p)
}

func TestWatchSeesAHungIDLEAndConnectsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hung := loginForWatch("IDLE") + examined + "\nC: IDLE\nS: + idling\nhang"
		well := loginForWatch("IDLE") + examined + "\nC: IDLE\nS: + idling\nhang"
		cfg := stage(t, hung, well)
		cfg.Timeout, cfg.Rand = time.Minute, func() float64 { return 0.5 }
		w := watch(t, cfg, 5*time.Minute)
		time.Sleep(6*time.Minute + time.Second)
		if n := w.count(); n != 2 {
			t.Errorf("%d notices, want a second one after connecting again", n)
		}
		w.stop(t)
	})
}

func TestWatchConnectsAgainWithBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stop := openOffice(capsFull)
		defer stop()
		cfg := o.config()
		cfg.firstWait, cfg.Rand = time.Second, func() float64 { return 0.5 }
		w := watch(t, cfg, time.Minute)
		o.put(t, "INBOX", mailText("a", "x"))
		if w.count() != 2 {
			t.Fatalf("%d notices", w.count())
		}
		o.cutAll()
		synctest.Wait()
		o.put(t, "INBOX", mailText("while away", "x"))
		time.Sleep(2 * time.Second)
		if n := w.count(); n != 3 {
			t.Errorf("%d notices after connecting again, want 3", n)
		}
		w.stop(t)

		// nobody answers any more
		o.wire.Close()
		before := o.dialled()
		w = watch(t, cfg, time.Minute)
		time.Sleep(10 * time.Second) // attempts at 0, 1, 3, 7
		if n := o.dialled() - before; n != 4 {
			t.Errorf("%d attempts in 10 s, want 4", n)
		}
		w.stop(t)
	})
}

func TestWatchTakesARefusedIDLEForNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		more := strings.Replace(examined, "UIDNEXT 6", "UIDNEXT 7", 1)
		cfg := stage(t, loginForWatch("IDLE")+examined+"\nC: IDLE\nS: $ NO not here"+examined+more+"\nhang")
		w := watch(t, cfg, time.Minute)
		time.Sleep(61 * time.Second)
		if n := w.count(); n != 2 {
			t.Errorf("%d notices, want 2", n)
		}
		w.stop(t)
	})
}

func TestWatchEndsWhileItWaitsForAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := stage(t, "hang")
		w := watch(t, cfg, time.Minute)
		w.stop(t)
	})
}

func TestWatchTellsOfMailThatIDLEForgot(t *testing.T) {
	// the server says nothing in IDLE, the look after it shows the new mail
	more := strings.Replace(examined, "UIDNEXT 6", "UIDNEXT 7", 1)
	synctest.Test(t, func(t *testing.T) {
		cfg := stage(t, loginForWatch("IDLE")+examined+"\nC: IDLE\nS: + idling\nD:\nS: $ OK"+more+"\nC: IDLE\nS: + idling\nhang")
		w := watch(t, cfg, time.Minute)
		time.Sleep(61 * time.Second)
		if n := w.count(); n != 2 {
			t.Errorf("%d notices, want 2", n)
		}
		w.stop(t)
	})
}

func TestWatchWithoutIDLELeavesNoGoroutines(t *testing.T) {
	noLeaks(t, func() {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		notified := make(chan struct{}, 1)
		go func() {
			ended <- Watch(ctx, stage(t, loginForWatch("X")+examined+"\nhang"), time.Hour, func() { notified <- struct{}{} })
		}()
		<-notified
		cancel()
		<-ended
	})
}

func TestWatchLeavesNoGoroutines(t *testing.T) {
	o := testOffice(t, capsFull)
	noLeaks(t, func() {
		ctx, cancel := context.WithCancel(t.Context())
		notified := make(chan struct{}, 10)
		ended := make(chan error)
		go func() { ended <- Watch(ctx, o.config(), 5*time.Millisecond, func() { notified <- struct{}{} }) }()
		<-notified
		o.put(t, "INBOX", mailText("a", "x"))
		<-notified
		time.Sleep(20 * time.Millisecond) // a few looks
		o.cutAll()
		<-notified
		cancel()
		<-ended
	})
}
