package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/mailserver"
)

// Poorer mail servers: filing is safe, nothing is lost, and what a person has marked as deleted is not expunged.
func TestFilingIsSafeOnPoorServers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		caps []string
		left int // done mails that stay in the inbox
	}{
		"without MOVE":                  {[]string{"IMAP4rev1", "UIDPLUS", "IDLE", "SPECIAL-USE"}, 0},
		"without UIDPLUS":               {[]string{"IMAP4rev1", "MOVE", "IDLE", "SPECIAL-USE"}, 0},
		"without MOVE and UIDPLUS":      {[]string{"IMAP4rev1", "IDLE", "SPECIAL-USE"}, 4},
		"without SPECIAL-USE":           {[]string{"IMAP4rev1", "MOVE", "UIDPLUS", "IDLE"}, 0},
		"with nothing but the protocol": {[]string{"IMAP4rev1"}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{Caps: tc.caps})
			w.Incoming(plain(stranger, "ご質問", "これは人が消した印をつけたメールです。"))
			w.Settle()
			flagged := w.server.Messages(demo.OfficeUser, "INBOX")[0]
			if err := w.server.SetFlags(demo.OfficeUser, "INBOX", flagged.UID, `\Deleted`); err != nil {
				t.Fatal(err)
			}
			w.Incoming(sheetMail(t, tanaka, nil))
			w.Incoming(sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201)))
			w.Incoming(plain(tanaka, "【不在通知】Re: 登録のお知らせ", "不在です。"))
			w.Settle()
			w.Incoming(plain(clerk, "ヘルプ", ""))
			w.Settle()
			if !slices.ContainsFunc(w.server.Messages(demo.OfficeUser, "INBOX"), func(m mailserver.Stored) bool {
				return m.MessageID == flagged.MessageID && slices.Contains(m.Flags, `\Deleted`)
			}) {
				t.Error("the mail that a person had marked is gone")
			}
			want := map[string]int{"INBOX": 1 + tc.left, "受付済": 3, "自動応答": 1}
			w.expectFolders(want)
			if sent := w.folder("Sent"); sent != w.Copies() {
				t.Errorf("%d copies in Sent of %d letters", sent, w.Copies())
			}
			letters := w.Copies()
			w.Restart() // a new process does nothing again, not even the filing
			w.Settle()
			w.expectFolders(want)
			if n := w.Copies(); n != letters {
				t.Errorf("%d letters more after the restart", n-letters)
			}
		})
	}
}

// A rescan of the whole mailbox changes nothing (trust.md S8).
func TestARescanOfTheWholeMailboxChangesNothing(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	standard(t, w)
	before := w.State()
	letters := w.Copies()
	if err := w.server.Renumber(demo.OfficeUser, "INBOX"); err != nil {
		t.Fatal(err)
	}
	w.Settle()
	if diff := cmp.Diff(before, w.State()); diff != "" {
		t.Errorf("after new UIDs (-before +after):\n%s", diff)
	}
	for _, folder := range []string{"受付済", "自動応答", "確認待ち"} { // as a restored backup has them, or a person who moves them back
		for _, m := range w.server.Messages(demo.OfficeUser, folder) {
			if _, err := w.server.Move(demo.OfficeUser, folder, m.UID, "INBOX"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.server.Renumber(demo.OfficeUser, "INBOX"); err != nil {
		t.Fatal(err)
	}
	w.Settle()
	w.Advance(time.Hour)
	w.Settle()
	if diff := cmp.Diff(before, w.State()); diff != "" {
		t.Errorf("after everything lay in the inbox again (-before +after):\n%s", diff)
	}
	if n := w.Copies(); n != letters {
		t.Errorf("%d letters more", n-letters)
	}
}

func TestTheSameMailIsDoneOnceWhereverItLies(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	m := w.Incoming(sheetMail(t, tanaka, nil))
	alias := m
	alias.Head = append(demo.Evidence(tanaka), "Received: from list.example by alias.example; Mon, 16 Nov 2026 09:59:00 +0900", "X-Original-To: other-alias@uketsuke.example")
	w.IncomingRaw(alias.Bytes()) // the same mail by another alias: another trace
	w.Settle()
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 0, "受付済": 2})

	copied, err := w.server.Read(demo.OfficeUser, "受付済", w.server.Messages(demo.OfficeUser, "受付済")[0].UID)
	if err != nil {
		t.Fatal(err)
	}
	w.IncomingRaw(copied) // copied back by a person
	w.Settle()
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 0, "受付済": 3})
	if n := len(w.cases()); n != 1 {
		t.Errorf("%d cases", n)
	}
}

func TestADifferentMailWithAUsedMessageIDIsDone(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	first := w.Incoming(sheetMail(t, tanaka, nil))
	second := sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201))
	second.MessageID = first.MessageID
	w.Incoming(second)
	w.Settle()
	if c := w.cases(); len(c) != 2 || c[0].Registration == "" || c[1].Registration == "" {
		t.Errorf("cases: %+v", c)
	}
	w.expectFolders(map[string]int{"INBOX": 0, "受付済": 2})
}

// People work in the same mailbox: they delete, move and file mails while the robot is at them.
func TestPeopleMoveAndDeleteMailsBesideTheRobot(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	if err := w.server.CreateMailbox(demo.OfficeUser, "田中さんより"); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		w.Incoming(sheetMail(t, tanaka, company(fmt.Sprintf("株式会社第%d", i), int64(140001000600+i))))
	}
	inbox := func() []mailserver.Stored { return w.server.Messages(demo.OfficeUser, "INBOX") }
	deleted, moved := false, false
	w.Server(func(step string) error {
		switch {
		case step == "imap.fetch" && !deleted && len(inbox()) == 4: // listed, not fetched yet
			deleted = true
			return w.server.Remove(demo.OfficeUser, "INBOX", inbox()[0].UID)
		case step == "imap.move.before" && !moved:
			moved = true
			_, err := w.server.Move(demo.OfficeUser, "INBOX", inbox()[1].UID, "田中さんより")
			return err
		}
		return nil
	})
	w.Settle()
	w.Server(nil)
	w.Advance(time.Hour)
	w.Settle()
	if !deleted || !moved {
		t.Fatalf("nothing happened beside the robot: deleted %v, moved %v", deleted, moved)
	}
	w.expectFolders(map[string]int{"INBOX": 0, "田中さんより": 1, "受付済": 2})
	if c := w.cases(); len(c) != 3 {
		t.Errorf("%d cases, want 3: what was deleted before anybody read it is nobody's", len(c))
	}
}

// replies answers the nth passing of a step, counted from now, with a reply of the server.
func (w *World) replies(step string, n int, r mailserver.Reply) {
	passed := 0
	w.Server(func(s string) error {
		if s == step {
			if passed++; passed == n {
				return r
			}
		}
		return nil
	})
}

// got lists the subjects of what an address got, oldest first.
func (w *World) got(addr string) []string {
	w.t.Helper()
	var out []string
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		if slices.Contains(m.EnvelopeTo, addr) {
			out = append(out, w.letter(m.UID).Subject)
		}
	}
	return out
}

func TestATemporaryRefusalIsTriedAgainInOrder(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	w.replies(mailserver.StepSMTPMail, 1, mailserver.Reply{Code: 451, Enhanced: [3]int{4, 7, 1}, Text: "greylisted"})
	m := w.Incoming(sheetMail(t, tanaka, nil))
	w.Settle()
	if got := w.got(tanaka); len(got) != 0 {
		t.Fatalf("tanaka got %q although it was refused", got)
	}
	w.Server(nil)
	amended := sheetMail(t, tanaka, func(e *form.Entry) { e.Desired = "展示会への出展" })
	amended.Subject, amended.InReplyTo = "訂正 [登録 2026-KOB-00001-4]", m.MessageID
	w.Incoming(amended)
	w.Settle()
	if got := w.got(tanaka); len(got) != 0 {
		t.Fatalf("a later letter of the case overtook the first: %q", got)
	}
	if got := w.got(mori); len(got) != 2 {
		t.Errorf("other people's letters wait with it: %q", got)
	}
	w.Advance(10 * time.Minute)
	w.Settle()
	got := w.got(tanaka)
	if len(got) != 2 || !strings.Contains(got[0], "コンソーシアム登録のお知らせ") || !strings.Contains(got[1], "お手続きのご報告（訂正") {
		t.Errorf("tanaka got %q", got)
	}
	w.expectNotTo(clerk)
}

func TestAPermanentRefusalIsToldAtOnce(t *testing.T) {
	t.Parallel()
	gone := mailserver.Reply{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "no such user"}
	for name, tc := range map[string]struct {
		nth  int // passing of RCPT: tanaka, window, mori
		told string
		who  string
	}{
		"one of two recipients: the concierge hears it": {1, mori, tanaka},
		"the concierge's own brief: the clerk hears it": {3, clerk, mori},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{})
			w.replies(mailserver.StepSMTPRcpt, tc.nth, gone)
			w.Incoming(sheetMail(t, tanaka, nil))
			w.Settle()
			w.Server(nil)
			w.expectText(w.ExpectLetter(tc.told, "お届けできなかったメールのお知らせ"), tc.who)
			w.expectNotTo(tc.who)
			before := w.Copies()
			for range 3 { // not so long that the concierge is reminded of the case
				w.Advance(8 * time.Hour)
				w.Settle()
			}
			if n := w.Copies(); n != before {
				t.Errorf("%d letters more: it is told once", n-before)
			}
			if got := w.got(window); len(got) != 1 {
				t.Errorf("the window got %q", got)
			}
		})
	}
}

func TestAMailServerThatIsAwayForHoursLosesNothing(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	away := errors.New("connection refused")
	w.Server(func(step string) error {
		if strings.HasPrefix(step, "smtp.") {
			return away
		}
		return nil
	})
	for i := range 3 {
		w.Incoming(sheetMail(t, tanaka, company(fmt.Sprintf("株式会社第%d", i), int64(140001000700+i))))
	}
	for range 12 { // six hours, every half an hour
		if err := w.once(); err == nil {
			t.Fatal("the office does not notice that its server is away")
		}
		w.Advance(30 * time.Minute)
	}
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 0, "受付済": 3}) // the mails themselves were done and filed
	w.Server(nil)
	w.Settle()
	for _, n := range []string{"00001-", "00002-", "00003-"} {
		w.ExpectLetter(tanaka, "[登録 2026-KOB-"+n)
	}
	if n := w.Copies(); n != 6 {
		t.Errorf("%d letters, want 6:\n%s", n, w.unread())
	}
	if rest := w.queued(); len(rest) > 0 {
		t.Errorf("%d letters still wait", len(rest))
	}
}

func TestAMailboxThatIsAwayForAWhileLosesNothing(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	registered(t, w)
	var away atomic.Bool
	away.Store(true)
	w.Server(func(step string) error {
		if away.Load() && strings.HasPrefix(step, "imap.") {
			return errors.New("connection reset")
		}
		return nil
	})
	w.server.Disconnect()
	w.Incoming(sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201)))
	for range 2 {
		if err := w.once(); err == nil {
			t.Fatal("the office does not notice that its mailbox is away")
		}
		w.Advance(time.Minute)
	}
	away.Store(false)
	w.Settle()
	w.ExpectLetter(tanaka, "2026-KOB-00002-")
	w.expectFolders(map[string]int{"INBOX": 0, "受付済": 2, "Sent": 4})
}

// The server answers NO to the filing (over quota): the mails are done, stay where they are, and are filed later.
func TestAFullMailboxDelaysTheFilingOnly(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	var full atomic.Bool
	full.Store(true)
	w.Server(func(step string) error {
		if full.Load() && (step == mailserver.StepIMAPMoveBefore || step == mailserver.StepIMAPAppendBefore) {
			return mailserver.Reply{ResponseCode: "OVERQUOTA", Text: "Quota exceeded"}
		}
		return nil
	})
	w.Incoming(sheetMail(t, tanaka, nil))
	for range 3 {
		if err := w.once(); err == nil {
			t.Fatal("a refused filing went unnoticed")
		}
	}
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.expectFolders(map[string]int{"INBOX": 1, "受付済": 0, "Sent": 0})
	full.Store(false)
	w.Settle()
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 0, "受付済": 1, "Sent": 2})
}
