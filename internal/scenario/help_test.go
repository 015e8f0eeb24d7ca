package scenario

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/demo"
	"uketsuke/internal/demo/post"
	"uketsuke/internal/store"
)

// registered lets one entry of みなと銀行 be registered and takes its letters.
func registered(t testing.TB, w *World) (toAgency, toConcierge Letter) {
	t.Helper()
	w.Incoming(sheetMail(t, tanaka, nil))
	w.Settle()
	return w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ"), w.ExpectLetter(mori, "担当案件のお知らせ")
}

// command sends a mail with this subject, and lets the office work.
func (w *World) command(from, subject, text string) {
	w.t.Helper()
	w.Incoming(plain(from, subject, text))
	w.Settle()
}

// follow sends the mail that a letter's one-click link opens, and lets the office work.
func (w *World) follow(from string, l Letter, command, text string) {
	w.t.Helper()
	w.command(from, w.linkOf(l, command), text)
}

func (w *World) linkOf(l Letter, command string) string {
	w.t.Helper()
	link, err := l.Link(command)
	if err != nil {
		w.t.Fatalf("%q to %v: %v", l.Subject, l.To, err)
	}
	return link
}

// expectNotTo fails when anybody of this address was ever written to.
func (w *World) expectNotTo(addr string) {
	w.t.Helper()
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		if slices.Contains(m.EnvelopeTo, addr) {
			w.t.Errorf("%s got %q", addr, w.letter(m.UID).Subject)
		}
	}
}

func (w *World) expectText(l Letter, words ...string) {
	w.t.Helper()
	for _, word := range words {
		if !strings.Contains(unfold(l.Text+l.Quoted), unfold(word)) {
			w.t.Errorf("%q lacks %q:\n%s", l.Subject, word, l.Text)
		}
	}
}

// unfold takes the line breaks out of a letter's wrapped text.
func unfold(s string) string {
	return strings.NewReplacer("\r", "", "\n", "", "\u3000", "", " ", "").Replace(s)
}

// folder counts the mails of a folder of the office.
func (w *World) folder(name string) int { return len(w.server.Messages(demo.OfficeUser, name)) }

func (w *World) expectFolders(want map[string]int) {
	w.t.Helper()
	for name, n := range want {
		if have := w.folder(name); have != n {
			w.t.Errorf("folder %s holds %d mails, want %d", name, have, n)
		}
	}
}

// cases lists the cases, oldest first.
func (w *World) cases() []store.CaseRow {
	w.t.Helper()
	r := w.reader()
	defer r.Close()
	cases, err := r.Cases(context.Background(), store.Filter{Limit: math.MaxInt32})
	if err != nil {
		w.t.Fatalf("list the cases: %v", err)
	}
	slices.Reverse(cases)
	return cases
}

func (w *World) timeline(number string) []store.TimelineEntry {
	w.t.Helper()
	r := w.reader()
	defer r.Close()
	d, err := r.Case(context.Background(), number)
	if err != nil {
		w.t.Fatalf("read case %s: %v", number, err)
	}
	return d.Timeline
}

// queued lists the letters in these states; none named: the open ones.
func (w *World) queued(states ...string) []store.LetterRow {
	w.t.Helper()
	r := w.reader()
	defer r.Close()
	rows, err := r.Outbox(context.Background(), states...)
	if err != nil {
		w.t.Fatalf("list the outbox: %v", err)
	}
	return rows
}

// business advances the clock to so many business days later at ten; no holidays are near the stories.
func (w *World) business(days int) {
	at := w.Now()
	for days > 0 {
		at = at.Add(24 * time.Hour)
		if d := at.In(Begin.Location()).Weekday(); d != time.Saturday && d != time.Sunday {
			days--
		}
	}
	w.Advance(at.Sub(w.Now()))
}

func reply(from string, l Letter, text string) post.Mail {
	return post.Mail{From: from, Subject: "Re: " + l.Subject, Text: text, InReplyTo: l.MessageID}
}
