package scenario

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/daemon"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/mailserver"
	"uketsuke/internal/outbox"
	"uketsuke/internal/store"
)

// late is an outbox that records an attempt only when its result is known: the fault that the harness must notice.
type late struct {
	outbox.Store
	w    *World
	path string
}

func (l late) Claim(ctx context.Context, epoch int64, now time.Time, limit int, guard outbox.Guard, brakes outbox.Brakes) (outbox.Claims, error) {
	claims, err := l.Store.Claim(ctx, epoch, now, limit, guard, brakes)
	for _, c := range claims.Letters {
		l.change("DELETE FROM attempt WHERE id = ?", c.Attempt)
		l.change("UPDATE letter SET state = 'queued' WHERE id = ?", c.ID)
	}
	return claims, err
}

func (l late) Accepted(ctx context.Context, s outbox.Settled) error {
	l.change("INSERT INTO attempt (id, letter_id, epoch, at, outcome, code, text) VALUES (?,?,0,0,'started',0,'')", s.Attempt, s.Letter)
	l.change("UPDATE letter SET state = 'attempting' WHERE id = ?", s.Letter)
	return l.Store.Accepted(ctx, s)
}

// change writes into the running process's database beside it.
func (l late) change(query string, args ...any) {
	l.w.writer.RLock()
	defer l.w.writer.RUnlock()
	db, err := sql.Open("sqlite", "file:"+l.path+"?_pragma=busy_timeout(5000)")
	if err == nil {
		_, err = db.Exec(query, args...)
		db.Close()
	}
	if err != nil {
		l.w.t.Errorf("%s: %v", query, err)
	}
}

// Moving the attempt behind the dial loses nothing and doubles nothing that the end state would show; the harness
// notices it all the same, and names the step.
func TestTheHarnessNoticesAnAttemptRecordedAfterTheDial(t *testing.T) {
	t.Parallel()
	for _, step := range []string{mailserver.StepSMTPDataStored, mailserver.StepSMTPDataBefore} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			var w *World
			opened := func(o *daemon.Office) {
				o.Robot.Outbox.Store = late{o.Store, w, filepath.Join(o.Config.DataDir, store.FileName)}
			}
			w = New(t, Options{})
			w.opt.Outbox = opened
			w.Restart()
			w.CrashAt(step, 1)
			w.Incoming(sheetMail(t, tanaka, nil))
			w.Settle()
			if w.boots != 3 {
				t.Fatalf("the crash at %s was not reached", step)
			}
			w.State() // the end is as it should be
			noticed := slices.ContainsFunc(w.unrecorded, func(s string) bool { return strings.HasPrefix(s, "after the crash at "+step) })
			if want := step == mailserver.StepSMTPDataStored; noticed != want {
				t.Errorf("noticed %v, want %v: %q", noticed, want, w.unrecorded)
			}
		})
	}
}

func TestManyAnswersToOnePersonWaitAndTheClerkIsToldOnce(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	for i := range 25 {
		w.Incoming(plain(tanaka, "ヘルプ", fmt.Sprintf("%d回目", i)))
	}
	w.Settle()
	if n := len(w.got(tanaka)); n != 20 {
		t.Errorf("%d letters to one person in an hour, want 20", n)
	}
	if told := w.got(clerk); len(told) != 1 || !strings.Contains(told[0], "送信を見合わせているメール") {
		t.Errorf("the clerk was told %q", told)
	}
	w.Advance(30 * time.Minute)
	w.Incoming(plain(tanaka, "ヘルプ", "まだ"))
	w.Settle()
	if n, told := len(w.got(tanaka)), w.got(clerk); n != 20 || len(told) != 1 {
		t.Errorf("after half an hour: %d letters, told %q", n, told)
	}
	w.Advance(31 * time.Minute)
	w.Settle()
	if n, told := len(w.got(tanaka)), w.got(clerk); n != 26 || len(told) != 1 {
		t.Errorf("after an hour: %d letters of 26, told %q", n, told)
	}
}

func TestFirstAnswersAreNotBraked(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	for i := range 30 {
		w.Incoming(sheetMail(t, tanaka, func(e *form.Entry) { *e = form.Numbered(i); e.Agency = "みなと銀行" }))
	}
	w.Settle()
	if n := len(w.got(tanaka)); n != 30 {
		t.Errorf("%d of 30 first answers left", n)
	}
	if n := len(w.queued()); n != 0 {
		t.Errorf("%d letters wait", n)
	}
	w.expectNotTo(clerk)
}

// The clerk over whose own brake the letters wait still hears of it.
func TestTheClerkHearsOfABrakeOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	for i := range 23 {
		w.Incoming(plain(clerk, "ヘルプ", fmt.Sprintf("%d", i)))
	}
	w.Settle()
	told := 0
	for _, s := range w.got(clerk) {
		if strings.Contains(s, "送信を見合わせているメール") {
			told++
		}
	}
	if n := len(w.got(clerk)); n != 21 || told != 1 {
		t.Errorf("%d letters to the clerk, %d of them about the brake; want 20 and 1", n, told)
	}
}

func TestInDraftModeLettersWaitInTheDraftsFolder(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Mode: "draft"})
	w.Incoming(sheetMail(t, tanaka, nil))
	w.Incoming(sheetMail(t, stranger, company("株式会社播磨フーズ", 140001000205)))
	w.Settle()
	w.Advance(time.Hour)
	w.Settle()
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"Drafts": 3, "Sent": 0, "INBOX": 0, "受付済": 2})
	for _, m := range w.server.Messages(demo.OfficeUser, "Drafts") {
		if !slices.Contains(m.Flags, `\Draft`) || slices.Contains(m.Flags, `\Seen`) {
			t.Errorf("draft %d has flags %v", m.UID, m.Flags)
		}
	}
	if n := len(w.queued(store.StateDrafted)); n != 3 {
		t.Errorf("%d letters are drafted, want 3", n)
	}
	if n := len(w.queued(store.StateSent)); n != 0 {
		t.Errorf("%d letters are sent", n)
	}
	w.Restart()
	w.Settle()
	w.expectFolders(map[string]int{"Drafts": 3})
}

func TestACrashBesideADraftLeavesOneDraft(t *testing.T) {
	t.Parallel()
	for _, p := range []Point{{"imap.append.before", 1}, {"imap.append.after", 1}, {"imap.append.after", 2}, {"db.commit.before", 5}, {"db.commit.after", 5}} {
		t.Run(fmt.Sprintf("%s/%d", p.Step, p.Nth), func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{Mode: "draft", Crash: p})
			w.Incoming(sheetMail(t, tanaka, nil))
			w.Settle()
			if w.boots != 2 {
				t.Fatal("the crash was not reached")
			}
			w.ExpectNoLetter()
			w.expectFolders(map[string]int{"Drafts": 2, "Sent": 0, "INBOX": 0})
		})
	}
}
