package scenario

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
)

// letterOfEachKind lets the office write about as many kinds of letters as there are, and returns their bytes.
func letterOfEachKind(t testing.TB, w *World) [][]byte {
	t.Helper()
	standard(t, w)
	w.Incoming(plain(clerk, "ヘルプ", ""))
	w.Incoming(plain(clerk, "打診 MINATO", ""))
	w.Incoming(plain(hyogo, "会員確認 M-00001-3", ""))
	w.Incoming(plain(clerk, "担当変更 MORI [登録 2026-KOB-00001-4]", ""))
	w.Settle()
	var out [][]byte
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		raw, err := w.server.Read(demo.Outside, "INBOX", m.UID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw)
	}
	return out
}

var messageID = regexp.MustCompile(`(?mi)^Message-ID:[^\r\n]*(\r\n[ \t][^\r\n]*)*`)

// The robot writing to itself: its own letters come back, as they were or with another Message-ID from a gateway.
func TestOwnLettersThatComeBackAreNeverAnswered(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	letters := letterOfEachKind(t, w)
	before, state, inbox := w.Copies(), len(w.timeline("2026-KOB-00001-4")), w.folder("INBOX")
	machine := w.folder("自動応答")
	for i, raw := range letters {
		w.IncomingRaw(raw)
		again := messageID.ReplaceAll(raw, []byte(fmt.Sprintf("Message-ID: <gateway-%d@relay.example>", i)))
		if bytes.Equal(again, raw) {
			t.Fatal("the Message-ID was not rewritten")
		}
		w.IncomingRaw(again)
		bare := bytes.Replace(again, []byte("Auto-Submitted: "), []byte("X-Was-Auto-Submitted: "), 1) // the loop header alone
		w.IncomingRaw(bytes.Replace(bare, []byte("gateway-"), []byte("second-gateway-"), 1))
	}
	for range 5 {
		w.Settle()
		w.Advance(time.Hour)
	}
	if n := w.Copies(); n != before {
		t.Errorf("%d letters more: the robot answers itself", n-before)
	}
	w.expectFolders(map[string]int{"INBOX": inbox, "自動応答": machine + 3*len(letters)})
	if n := len(w.timeline("2026-KOB-00001-4")); n != state {
		t.Errorf("the case grew from %d to %d events", state, n)
	}
}

// Two offices whose robots write to each other: each is an agency's window to the other.
func TestTwoRobotsDoNotPlayPingPong(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	delivered := 0
	answer := func(uid uint32) { // the other robot answers every letter, as well-behaved ones and others do
		l := w.letter(uid)
		text := "自動でお答えしています。ヘルプ"
		for i, m := range []post.Mail{
			{Head: append(demo.Evidence(window), "Auto-Submitted: auto-replied"), Subject: "Re: " + l.Subject},
			{Head: append(demo.Evidence(window), "Precedence: bulk"), Subject: l.Subject},
			{Head: demo.Evidence(window), Subject: "自動返信: " + l.Subject},
			{Subject: "Re: " + l.Subject}, // no sign at all, its words no command
		} {
			m.From, m.Text, m.InReplyTo, m.MessageID = window, text, l.MessageID, fmt.Sprintf("robot-%d-%d@minato-bank.example", uid, i)
			w.Incoming(m)
			delivered++
		}
	}
	w.Incoming(sheetMail(t, tanaka, nil))
	broken := sheetMail(t, tanaka, func(e *form.Entry) { company("株式会社姫路精機", 140001000201)(e); e.Confirm[2] = false })
	w.Incoming(broken)
	answered := map[uint32]bool{}
	for range 8 {
		w.Settle()
		w.Advance(time.Hour)
		for _, m := range w.server.Messages(demo.Outside, "INBOX") {
			if !answered[m.UID] && strings.Contains(strings.Join(m.EnvelopeTo, ","), window) {
				answered[m.UID] = true
				answer(m.UID)
			}
		}
	}
	if n := w.Copies(); n != 4 { // registered, brief, returned; and the mail that looks like a person's, to the concierge
		t.Errorf("%d letters, want 4:\n%s", n, w.unread())
	}
	if delivered != 8 {
		t.Errorf("the other robot wrote %d mails, want 8", delivered)
	}
}

// A program of an agency that answers each of our letters with the same sheet, and no sign that it is one: the answers
// are braked, and the clerk hears of it.
func TestAProgramThatSendsTheSameSheetForEverIsBraked(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	m := sheetMail(t, window, func(e *form.Entry) { e.Confirm[2] = false })
	w.Incoming(m)
	for i := range 30 {
		w.Settle()
		w.Advance(time.Second)
		if got := w.got(window); len(got) <= i {
			break
		}
		m.MessageID = fmt.Sprintf("again-%d@minato-bank.example", i)
		w.Incoming(m)
	}
	if n := len(w.got(window)); n != 21 { // the first answer, and twenty in the hour
		t.Errorf("%d letters, want 21", n)
	}
	if told := w.got(clerk); len(told) != 1 || !strings.Contains(told[0], "送信を見合わせているメール") {
		t.Errorf("the clerk was told %q", told)
	}
}

// A thousand mails of machines in one night: no letter leaves, none is lost.
func TestAThousandMailsOfMachinesAreFiledAndNotAnswered(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	registered(t, w)
	before := w.Copies()
	begun := time.Now()
	for i := range 1000 {
		w.IncomingRaw(machineMail(i))
	}
	delivered := time.Now()
	w.Settle()
	t.Logf("1,000 mails: delivered in %v, dealt with in %v", delivered.Sub(begun), time.Since(delivered))
	if n := w.Copies(); n != before {
		t.Errorf("%d letters left:\n%s", n-before, w.unread())
	}
	w.expectFolders(map[string]int{"INBOX": 0, "自動応答": 1000, "受付済": 1})
	seen := map[string]bool{}
	for _, m := range w.server.Messages(demo.OfficeUser, "自動応答") {
		seen[m.MessageID] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different mails in the folder, want 1,000", len(seen))
	}
}

// machineMail is the i-th mail of a machine: out-of-office, bounce, calendar answer, newsletter, read receipt…
func machineMail(i int) []byte {
	m := post.Mail{From: fmt.Sprintf("user%d@minato-bank.example", i), To: demo.OfficeAddr, Date: Begin, MessageID: fmt.Sprintf("machine-%d@minato-bank.example", i),
		Text: fmt.Sprintf("自動的にお送りしています（%d）。", i), Subject: "Re: [登録 2026-KOB-00001-4 aaaaaa] コンソーシアム登録のお知らせ"}
	m.Head = demo.Evidence(m.From)
	add := func(lines ...string) { m.Head = append(m.Head, lines...) }
	switch i % 9 {
	case 0:
		m.Subject = "【不在通知】" + m.Subject
	case 1:
		add("Auto-Submitted: auto-replied")
	case 2:
		m.Subject = "Automatic reply: " + m.Subject
	case 3:
		m.Subject, m.From = "今週のメールマガジン", "news@minato-bank.example"
		add("List-Id: <news.minato-bank.example>", "Precedence: bulk")
	case 4:
		m.Subject = "Re: Out of Office: ヘルプ"
		add("X-Autoreply: yes")
	case 5:
		return report(i)
	case 6:
		return calendarAnswer(i)
	case 7:
		m.From, m.Subject = "MAILER-DAEMON@mx.minato-bank.example", "Undelivered Mail Returned to Sender"
		add("Return-Path: <>")
	case 8:
		m.Subject = "自動応答：ヘルプ"
	}
	return m.Bytes()
}

func machineHead(i int, from, subject, contentType string) string {
	return strings.Join(append(demo.Evidence("x@minato-bank.example"), "Return-Path: <>", "From: "+from, "To: <"+demo.OfficeAddr+">", "Subject: "+subject,
		"Date: Mon, 16 Nov 2026 10:00:00 +0900", fmt.Sprintf("Message-ID: <machine-%d@minato-bank.example>", i), "MIME-Version: 1.0", "Content-Type: "+contentType, "", ""), "\r\n")
}

func report(i int) []byte {
	return []byte(machineHead(i, "Mail Delivery System <MAILER-DAEMON@mx.minato-bank.example>", "Undelivered Mail Returned to Sender", `multipart/report; report-type=delivery-status; boundary="b"`) +
		fmt.Sprintf("--b\r\nContent-Type: text/plain\r\n\r\nThe mail %d could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.minato-bank.example\r\n\r\n"+
			"Final-Recipient: rfc822; nobody@minato-bank.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n", i))
}

func calendarAnswer(i int) []byte {
	return []byte(machineHead(i, "<user@minato-bank.example>", "=?UTF-8?B?5om/6KqN?= MINATO", `text/calendar; method=REPLY; charset=UTF-8`) + // 承認 MINATO: kept, never obeyed
		fmt.Sprintf("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:meeting-%d\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:user@minato-bank.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", i))
}
