package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
)

// asked is a case of which HYOGO-CCI was asked on Monday 16 November: its reminder falls due on Thursday.
func asked(t testing.TB, w *World) (forMori string, inquiry Letter) {
	t.Helper()
	tag, _ := consulting(t, w)
	w.command(mori, "打診 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（打診")
	w.later()
	return tag, w.ExpectLetter(hyogo, "支援可否のご照会")
}

const colleague = "sato@hyogo-cci.example" // of the domain, no rostered person

// Whoever has sent a mail that nobody has dealt with may have answered: neither they nor the concierge are reminded.
func TestNobodyIsRemindedWhoseMailLiesUnread(t *testing.T) {
	t.Parallel()
	weak := []string{"Authentication-Results: mx.uketsuke.example; dmarc=fail header.from=hyogo-cci.example", "Received: from x by mx.uketsuke.example; Mon, 16 Nov 2026 10:00:00 +0900"}
	for name, tc := range map[string]struct {
		folder string // in which the mail is delivered
		mail   func(inquiry Letter) post.Mail
		gone   func(w *World) // what ends it; nil: it lies for longer than the test
	}{
		"in Junk": {"Junk", func(l Letter) post.Mail { return reply(hyogo, l, "受入可") }, nil},
		"in Junk, by a colleague of the agency": {"Junk", func(Letter) post.Mail { return plain(colleague, "ご回答", "承れます。") }, func(w *World) {
			w.remove("Junk", colleague)
		}},
		"left to the people": {"INBOX", func(Letter) post.Mail { return plain(colleague, "ご照会の件", "承れます。") }, func(w *World) {
			w.remove("INBOX", colleague)
		}},
		"not proved": {"INBOX", func(l Letter) post.Mail { m := reply(hyogo, l, "検討しております。"); m.Head = weak; return m }, nil},
		"an entry that is held": {"INBOX", func(Letter) post.Mail {
			m := sheetMail(t, hyogo, func(e *form.Entry) {
				company("株式会社姫路精機", 140001000201)(e)
				e.Agency = "兵庫商工会議所"
			})
			m.Head = weak
			return m
		}, nil},
		"locked":    {"INBOX", func(Letter) post.Mail { return bringing(hyogo, "ES.xlsx", lockedWith(t, "Nada-2026", nil)) }, nil},
		"put aside": {"INBOX", func(Letter) post.Mail { return bringing(hyogo, "ES.xlsx", []byte("PK\x03\x04 broken")) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{})
			_, inquiry := asked(t, w)
			w.Advance(time.Hour)
			w.deliverTo(tc.folder, tc.mail(inquiry))
			w.Settle()
			w.morning("2026-11-18")
			w.morning("2026-11-19")
			w.expectNone(hyogo, "お返事のお願い")
			if tc.gone == nil {
				return
			}
			tc.gone(w)
			w.morning("2026-11-20")
			w.ExpectLetter(hyogo, "お返事のお願い")
		})
	}
}

// What came before anything was asked is no answer to it, and what lies about for longer than two weeks is none any more.
func TestAnOldMailKeepsNoReminderBack(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	w.deliverTo("Junk", plain(hyogo, "ご案内", "セミナーのご案内です。"))
	w.Advance(time.Minute)
	asked(t, w)
	w.deliverTo("Junk", plain(shinkin, "ご案内", "ほかの機関からです。"))
	w.morning("2026-11-19")
	w.ExpectLetter(hyogo, "お返事のお願い")
}

// A mailbox that cannot be looked at: nobody is reminded until it can (trust.md S13).
func TestNobodyIsRemindedBeforeTheMailboxWasLookedAt(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	asked(t, w)
	lying := w.office.Robot.Lying
	w.office.Robot.Lying = func(context.Context, time.Time) ([]casework.Unread, error) {
		return nil, errors.New("connection reset")
	}
	w.morning("2026-11-19")
	w.expectNone(hyogo, "お返事のお願い")
	w.office.Robot.Lying = lying
	w.Advance(2 * time.Hour)
	w.Settle()
	w.later()
	w.ExpectLetter(hyogo, "お返事のお願い")
}

// deliverTo puts a mail into a folder of the office, as the server's own rules or people do.
func (w *World) deliverTo(folder string, m post.Mail) {
	w.t.Helper()
	w.serial++
	m.To, m.Date, m.MessageID = demo.OfficeAddr, w.Now(), fmt.Sprintf("lying-%d@sender.example", w.serial)
	if m.Head == nil {
		m.Head = demo.Evidence(m.From)
	}
	if _, err := w.server.Deliver(demo.OfficeUser, folder, m.Bytes(), w.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// remove takes somebody's mails out of a folder, as a person does who has read them.
func (w *World) remove(folder, from string) {
	w.t.Helper()
	gone := 0
	for _, m := range w.server.Messages(demo.OfficeUser, folder) {
		raw, err := w.server.Read(demo.OfficeUser, folder, m.UID)
		if err == nil && bytes.Contains(raw, []byte(from)) {
			err = w.server.Remove(demo.OfficeUser, folder, m.UID)
			gone++
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	if gone == 0 {
		w.t.Fatalf("no mail of %s lies in %s", from, folder)
	}
}

// expectNone fails when somebody has got a letter with this subject that no test has taken.
func (w *World) expectNone(to, subject string) {
	w.t.Helper()
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		if l := w.letter(m.UID); !w.read[m.UID] && slices.Contains(m.EnvelopeTo, to) && strings.Contains(l.Subject, subject) {
			w.t.Errorf("%s got %q", to, l.Subject)
		}
	}
}

// A locked file without its password: its sender is asked once, after one business day (process.md "The clock").
func TestTheSenderOfALockedFileIsAskedForItsPasswordOnce(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	m := w.Incoming(bringing(tanaka, "ES.xlsx", lockedWith(t, "Nada-2026", nil)))
	w.Incoming(bringing(stranger, "ES.xlsx", lockedWith(t, "Nada-2026", nil)))
	w.Settle()
	w.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ") // the stranger's
	w.ExpectNoLetter()
	w.Advance(6 * time.Hour)
	w.Settle()
	w.ExpectNoLetter()
	w.morning("2026-11-17")
	ask := w.ExpectLetter(tanaka, "パスワードのお伺い")
	w.expectText(ask, "ES.xlsx", "2026年11月16日", "パスワードだけを本文に")
	if !slices.Contains(ask.InReplyTo, m.MessageID) || len(ask.Cc) > 0 {
		t.Errorf("in reply to %q, want %q; cc %v", ask.InReplyTo, m.MessageID, ask.Cc)
	}
	w.morning("2026-11-18")
	w.Restart()
	w.morning("2026-11-19")
	w.ExpectNoLetter()
	w.expectNotTo(stranger)
	w.Incoming(reply(tanaka, ask, "Nada-2026"))
	w.Settle()
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectNoLetter()
}
