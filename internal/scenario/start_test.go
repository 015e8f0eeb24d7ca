package scenario

import (
	"fmt"
	"testing"
	"time"

	"uketsuke/internal/demo"
	"uketsuke/internal/demo/post"
)

// deliverAt puts a mail into the inbox that arrived at a given time.
func (w *World) deliverAt(m post.Mail, at time.Time) {
	w.t.Helper()
	w.serial++
	m.To, m.Date, m.MessageID = demo.OfficeAddr, at, fmt.Sprintf("old-%d@jetro.example", w.serial)
	m.Head = demo.Evidence(m.From)
	if _, err := w.server.Deliver(demo.OfficeUser, "INBOX", m.Bytes(), at); err != nil {
		w.t.Fatal(err)
	}
}

// Ten years of mail lie in the mailbox that an office already has: its first start answers none of it.
func TestTheFirstStartLeavesOldMailAlone(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Start: "now"})
	for i := range 990 {
		w.deliverAt(plain(clerk, "一覧", fmt.Sprintf("%d", i)), Begin.AddDate(-10, 0, 3*i))
	}
	for i := range 10 {
		w.deliverAt(sheetMail(t, tanaka, company(fmt.Sprintf("株式会社旧%d", i), int64(140001000400+i))), Begin.Add(-time.Duration(10-i)*time.Second))
	}
	w.Settle()
	w.Advance(time.Hour)
	w.Settle()
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 1000, "受付済": 0, "自動応答": 0, "確認待ち": 0})
	for _, m := range w.server.Messages(demo.OfficeUser, "INBOX") {
		if len(m.Flags) > 0 {
			t.Fatalf("mail %d was touched: %v", m.UID, m.Flags)
		}
	}

	registered(t, w)
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 1000, "受付済": 1})

	if err := w.server.Renumber(demo.OfficeUser, "INBOX"); err != nil { // and it stays so when the server numbers anew
		t.Fatal(err)
	}
	w.Settle()
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 1000, "受付済": 1})
}

func TestAStartDayTakesMailFromThatDayOn(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Start: "2026-11-10"})
	day := time.Date(2026, 11, 10, 0, 0, 0, 0, Begin.Location())
	w.deliverAt(sheetMail(t, tanaka, company("株式会社前日", 140001000411)), day.Add(-time.Second))
	w.deliverAt(sheetMail(t, tanaka, company("株式会社当日", 140001000412)), day)
	w.deliverAt(sheetMail(t, tanaka, company("株式会社翌日", 140001000413)), day.Add(24*time.Hour))
	w.deliverAt(plain(clerk, "ヘルプ", "moved here by a person, out of order"), day.Add(-48*time.Hour))
	w.Settle()
	var names []string
	for _, c := range w.cases() {
		names = append(names, c.Company)
	}
	if fmt.Sprint(names) != "[株式会社当日 株式会社翌日]" {
		t.Errorf("registered: %v", names)
	}
	w.expectFolders(map[string]int{"INBOX": 2, "受付済": 2})
}

// Whoever has read a mail in their own mail program has not dealt with it: flags decide nothing.
func TestAMailThatAPersonHasReadIsStillNewToTheRobot(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Start: "now"})
	w.Settle()
	w.Incoming(sheetMail(t, tanaka, nil))
	for _, m := range w.server.Messages(demo.OfficeUser, "INBOX") {
		if err := w.server.SetFlags(demo.OfficeUser, "INBOX", m.UID, `\Seen`, `\Flagged`, `\Answered`); err != nil {
			t.Fatal(err)
		}
	}
	w.Settle()
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
}

func TestAServerWhoseClockIsBehindLosesNoMailAtTheStart(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Start: "now"})
	w.deliverAt(sheetMail(t, tanaka, company("株式会社旧", 140001000411)), Begin.Add(-2*time.Minute))
	w.Settle()
	w.deliverAt(sheetMail(t, tanaka, company("株式会社新", 140001000412)), Begin.Add(-time.Minute))
	w.Settle()
	if c := w.cases(); len(c) != 1 || c[0].Company != "株式会社新" {
		t.Errorf("cases: %+v", c)
	}
}
