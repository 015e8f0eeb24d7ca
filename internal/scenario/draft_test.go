package scenario

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/config"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/inbound"
	"uketsuke/internal/store"
)

// draft is a mail of the office's Drafts folder.
type draft struct {
	uid uint32
	raw []byte
	*inbound.Message
}

// draft finds the draft to somebody whose subject has the words.
func (w *World) draft(to, subject string) draft {
	w.t.Helper()
	var have []string
	for _, m := range w.server.Messages(demo.OfficeUser, "Drafts") {
		raw, err := w.server.Read(demo.OfficeUser, "Drafts", m.UID)
		if err != nil {
			w.t.Fatal(err)
		}
		p, err := inbound.Parse(raw, inbound.Options{Limits: inbound.DefaultLimits()})
		if err != nil {
			w.t.Fatal(err)
		}
		if slices.ContainsFunc(p.To, func(a inbound.Address) bool { return a.Addr == to }) && strings.Contains(p.Subject, subject) {
			return draft{m.UID, raw, p}
		}
		have = append(have, p.Subject)
	}
	w.t.Fatalf("no draft to %s with %q, only %q", to, subject, have)
	return draft{}
}

// put lays a mail into a folder of the office, as its people's mail program does.
func (w *World) put(folder string, raw []byte) {
	w.t.Helper()
	if _, err := w.server.Deliver(demo.OfficeUser, folder, raw, w.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// drop deletes a draft.
func (w *World) drop(d draft) {
	w.t.Helper()
	if err := w.server.Remove(demo.OfficeUser, "Drafts", d.uid); err != nil {
		w.t.Fatal(err)
	}
}

// sendDraft is a person who sends a draft: it lies in Sent and no more in Drafts.
func (w *World) sendDraft(d draft, edits ...func([]byte) []byte) {
	w.t.Helper()
	raw := d.raw
	for _, e := range edits {
		raw = e(raw)
	}
	w.put("Sent", raw)
	w.drop(d)
}

// What mail programs and people change.
func field(name, value string) func([]byte) []byte {
	re := regexp.MustCompile(`(?mi)^` + name + `:.*\r\n(?:[ \t].*\r\n)*`)
	return func(raw []byte) []byte {
		head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		head = re.ReplaceAll(append(head, "\r\n"...), nil)
		if value != "" {
			head = append(head, name+": "+value+"\r\n"...)
		}
		return slices.Concat(head, []byte("\r\n"), body)
	}
}

// remade is a mail program that makes a new mail of a draft: nothing keyed survives but the code in the subject.
func remade(raw []byte) []byte {
	return field("X-Uketsuke-Loop", "")(field("Message-ID", "<remade@client.example>")(raw))
}

func reworded(d draft) func([]byte) []byte {
	return func(raw []byte) []byte {
		head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		head = field("Content-Type", "text/plain; charset=utf-8")(append(head, "\r\n\r\n"...))
		head = field("Content-Transfer-Encoding", "8bit")(head)
		return append(head, strings.ReplaceAll(d.Text+"\n\n追伸：お電話も差し上げます。\n", "\n", "\r\n")...)
	}
}

// events are the kinds of a case's events with the Japanese line.
func (w *World) events(kind string) (lines []string) {
	w.t.Helper()
	for _, c := range w.cases() {
		for _, e := range w.timeline(c.Receipt) {
			if e.Kind == kind {
				lines = append(lines, e.Text)
			}
		}
	}
	return lines
}

func (w *World) expectStates(want map[string]int) {
	w.t.Helper()
	for state, n := range want {
		if got := len(w.queued(state)); got != n {
			w.t.Errorf("%d letters are %s, want %d: %+v", got, state, n, w.queued(state))
		}
	}
}

// drafting is an office in draft mode with one registered case: a letter to the agency and one to the concierge wait.
func drafting(t *testing.T, o Options) *World {
	t.Helper()
	o.Mode = "draft"
	w := New(t, o)
	w.Incoming(sheetMail(t, tanaka, nil))
	w.Settle()
	w.expectStates(map[string]int{store.StateDrafted: 2, store.StateSent: 0})
	return w
}

func TestADraftThatAPersonSendsIsNoticedAndTheLetterIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		edit    func(d draft) func([]byte) []byte
		changed bool
	}{
		"as it is":                 {func(draft) func([]byte) []byte { return field("Date", "Mon, 16 Nov 2026 10:00:00 +0900") }, false},
		"under another Message-ID": {func(draft) func([]byte) []byte { return field("Message-ID", "<new@client.example>") }, false},
		"made anew":                {func(draft) func([]byte) []byte { return remade }, false},
		"reworded":                 {reworded, true},
		"reworded and made anew":   {func(d draft) func([]byte) []byte { return func(b []byte) []byte { return remade(reworded(d)(b)) } }, true},
		"made anew with another subject": {func(draft) func([]byte) []byte {
			return func(b []byte) []byte { return remade(field("Subject", "touroku")(b)) }
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := drafting(t, Options{})
			d := w.draft(tanaka, "コンソーシアム登録のお知らせ")
			w.Advance(20 * time.Minute)
			w.sendDraft(d, c.edit(d))
			w.Settle()
			if strings.Contains(name, "subject") { // found by its words, when it would else be called deleted
				w.expectStates(map[string]int{store.StateDrafted: 2})
				w.Advance(61 * time.Minute)
				w.Settle()
			}
			w.expectStates(map[string]int{store.StateDrafted: 1, store.StateSent: 1, store.StateWithdrawn: 0})
			got := w.events("draft-sent")
			if len(got) != 1 || !strings.Contains(got[0], "コンソーシアム登録のお知らせ") || strings.Contains(got[0], "異なる部分") != c.changed {
				t.Errorf("recorded: %q", got)
			}
			w.Advance(3 * time.Hour)
			w.Settle()
			w.expectStates(map[string]int{store.StateDrafted: 1, store.StateSent: 1})
			w.expectFolders(map[string]int{"Drafts": 1, "Sent": 1}) // no copy of ours
			w.ExpectNoLetter()
		})
	}
}

func TestAReplyToAnEditedDraftFindsItsCase(t *testing.T) {
	t.Parallel()
	w := drafting(t, Options{})
	d := w.draft(tanaka, "コンソーシアム登録のお知らせ")
	w.sendDraft(d, remade)
	w.Settle()
	m := plain(tanaka, "ありがとうございます", "拝受しました。")
	m.InReplyTo = "remade@client.example"
	w.Incoming(m)
	w.Settle()
	if got := w.events("message-passed"); len(got) != 1 {
		t.Errorf("the reply was not taken for one to the case: %q", got)
	}
}

func TestADraftThatIsEditedInPlaceIsNotCalledDeleted(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func([]byte) []byte{"with its Message-ID": func(b []byte) []byte { return b }, "made anew": remade} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := drafting(t, Options{})
			for range 2 {
				d := w.draft(tanaka, "コンソーシアム登録のお知らせ")
				w.put("Drafts", edit(reworded(d)(d.raw)))
				w.drop(d)
				w.Settle()
				w.Advance(2 * time.Hour)
				w.Settle()
			}
			w.expectStates(map[string]int{store.StateDrafted: 2, store.StateWithdrawn: 0})
			w.sendDraft(w.draft(tanaka, "コンソーシアム登録のお知らせ"))
			w.Settle()
			w.expectStates(map[string]int{store.StateDrafted: 1, store.StateSent: 1})
		})
	}
}

func TestADraftThatIsInNoFolderForAnHourIsRecordedAsNotSent(t *testing.T) {
	t.Parallel()
	w := drafting(t, Options{})
	w.drop(w.draft(tanaka, "コンソーシアム登録のお知らせ"))
	w.Settle()
	w.Advance(59 * time.Minute)
	w.Settle()
	w.expectStates(map[string]int{store.StateDrafted: 2, store.StateWithdrawn: 0})
	w.Restart()
	w.Advance(2 * time.Minute)
	w.Settle()
	w.expectStates(map[string]int{store.StateDrafted: 1, store.StateWithdrawn: 1, store.StateSent: 0})
	if got := w.events("draft-deleted"); len(got) != 1 || !strings.Contains(got[0], "送信されずに削除されました") {
		t.Errorf("recorded: %q", got)
	}
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"Drafts": 1})
}

// A mail program may have held it back for a day: what was called deleted is sent after all.
func TestADraftThatIsSentLateIsNoticedAllTheSame(t *testing.T) {
	t.Parallel()
	w := drafting(t, Options{})
	d := w.draft(tanaka, "コンソーシアム登録のお知らせ")
	w.drop(d)
	w.Settle()
	w.Advance(2 * time.Hour)
	w.Settle()
	w.expectStates(map[string]int{store.StateWithdrawn: 1})
	w.Advance(20 * time.Hour)
	w.put("Sent", d.raw)
	w.Settle()
	w.expectStates(map[string]int{store.StateWithdrawn: 0, store.StateSent: 1})
	if got := w.events("draft-sent"); len(got) != 1 || !strings.Contains(got[0], "削除されたと見ておりました") {
		t.Errorf("recorded: %q", got)
	}
}

func TestWithoutASentFolderNothingIsCalledDeleted(t *testing.T) {
	t.Parallel()
	w := drafting(t, Options{Change: func(c *config.Config) { c.IMAP.Sent = "送信控え" }})
	w.drop(w.draft(tanaka, "コンソーシアム登録のお知らせ"))
	for range 3 {
		w.Settle()
		w.Advance(2 * time.Hour)
	}
	w.expectStates(map[string]int{store.StateDrafted: 2, store.StateWithdrawn: 0})
}

func TestRecipientsThatAPersonAddsRaiseAnAlarm(t *testing.T) {
	t.Parallel()
	w := drafting(t, Options{})
	d := w.draft(tanaka, "コンソーシアム登録のお知らせ")
	w.sendDraft(d, field("Bcc", "okada@rokko.example, "+demo.OfficeAddr), field("Cc", ""))
	w.Settle()
	alarm := w.ExpectLetter(clerk, "追加された宛先") // it leaves in draft mode, too
	w.expectText(alarm, "okada@rokko.example", "エントリーシートの内容が含まれて")
	w.expectWithout(alarm, "追加された宛先："+demo.OfficeAddr)
	if got := w.events("draft-sent"); len(got) != 1 || !strings.Contains(got[0], "追加された宛先：okada@rokko.example") || !strings.Contains(got[0], "外された宛先：") {
		t.Errorf("recorded: %q", got)
	}
	w.ExpectNoLetter()
}

// A copy to the office itself tells of the sending before the Sent folder does; a draft that somebody moves into the inbox
// does not.
func TestACopyToTheOfficeTellsThatADraftWasSent(t *testing.T) {
	t.Parallel()
	moved := drafting(t, Options{})
	moved.put("INBOX", moved.draft(tanaka, "コンソーシアム登録のお知らせ").raw)
	moved.Settle()
	moved.expectStates(map[string]int{store.StateDrafted: 2})
	w := drafting(t, Options{})
	d := w.draft(tanaka, "コンソーシアム登録のお知らせ")
	received := append([]byte("Received: from mail.jetro.example by mx.jetro.example; Mon, 16 Nov 2026 10:00:00 +0900\r\nX-Client: a\r\n"), d.raw...)
	w.put("INBOX", received)
	w.drop(d)
	w.Settle()
	w.expectStates(map[string]int{store.StateDrafted: 1, store.StateSent: 1})
	if got := w.events("draft-sent"); len(got) != 1 {
		t.Errorf("recorded: %q", got)
	}
	w.put("Sent", field("Bcc", demo.OfficeAddr)(d.raw))
	w.Settle()
	if got := w.events("draft-sent"); len(got) != 1 {
		t.Errorf("recorded twice: %q", got)
	}
	w.ExpectNoLetter()
	second := w.draft(mori, "担当案件のお知らせ")
	w.put("INBOX", append([]byte("Received: from mail.jetro.example by mx.jetro.example; Mon, 16 Nov 2026 10:00:00 +0900\r\n"), second.raw...))
	w.Settle()
	w.sendDraft(second, field("Bcc", "okada@rokko.example")) // whom the copy did not name
	w.Settle()
	w.expectText(w.ExpectLetter(clerk, "追加された宛先"), "okada@rokko.example")
	if got := w.events("draft-sent"); len(got) != 3 || !strings.Contains(got[2], "追加された宛先：okada@rokko.example") {
		t.Errorf("recorded: %q", got)
	}
	w.ExpectNoLetter()
}

// referring is an office whose referrals wait for a person; one lies in Drafts.
func referring(t *testing.T, o Options) (w *World, tag string, referral draft) {
	t.Helper()
	o.Change = func(c *config.Config) { c.Drafts.Wait = []string{"referral"} }
	w = New(t, o)
	tag, _ = consulting(t, w)
	w.direct(tag)
	w.inquiries(tag)
	w.consents(tag)
	w.Advance(24 * time.Hour)
	w.command(mori, "回付 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（回付")
	w.later()
	w.later()
	w.ExpectNoLetter() // neither the password nor word to company and intake agency
	w.expectStates(map[string]int{store.StateDrafted: 1, store.StateWaiting: 3})
	w.expectNoDraft("パスワード")
	return w, tag, w.draft(hyogo, "エントリーシート送付のご案内")
}

func (w *World) expectNoDraft(words string) {
	w.t.Helper()
	for _, m := range w.server.Messages(demo.OfficeUser, "Drafts") {
		raw, err := w.server.Read(demo.OfficeUser, "Drafts", m.UID)
		if err != nil {
			w.t.Fatal(err)
		}
		if p, err := inbound.Parse(raw, inbound.Options{Limits: inbound.DefaultLimits()}); err != nil || strings.Contains(p.Subject, words) {
			w.t.Errorf("a draft of %q: %v", words, err)
		}
	}
}

func TestThePasswordAndTheOthersFollowTheReferralThatAPersonSends(t *testing.T) {
	t.Parallel()
	w, _, referral := referring(t, Options{})
	w.Advance(5 * time.Hour)
	w.sendDraft(referral, remade)
	w.Settle()
	w.password(w.ExpectLetter(mori, "パスワード")) // by its own way, not through Drafts
	w.ExpectLetter(nada, "支援機関")
	w.ExpectLetter(tanaka, "支援機関")
	w.ExpectNoLetter()
	w.expectStates(map[string]int{store.StateDrafted: 0, store.StateWaiting: 0})
}

func TestADraftIsWithdrawnWhenAConsentIs(t *testing.T) {
	t.Parallel()
	w, tag, referral := referring(t, Options{})
	own := w.draftOf("Re: " + referral.Subject) // a person's own draft in the same thread
	w.command(mori, "辞退 紹介元 電話 HYOGO-CCI "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（辞退"), "辞退")
	w.expectText(w.ExpectLetter(mori, "下書きの取り下げ"), "エントリーシート送付のご案内")
	w.ExpectLetter(tanaka, "ご回答の記録")
	w.ExpectNoLetter()
	w.expectStates(map[string]int{store.StateDrafted: 0, store.StateWaiting: 0, store.StateWithdrawn: 4})
	if left := w.server.Messages(demo.OfficeUser, "Drafts"); len(left) != 1 || left[0].UID != own {
		t.Errorf("the folder has %+v, want only the person's own %d", left, own)
	}
	if got := w.events("draft-withdrawn"); len(got) != 1 {
		t.Errorf("recorded: %q", got)
	}
	w.command(mori, "廃棄依頼 HYOGO-CCI "+tag, "") // nothing has left
	w.ExpectLetter(mori, "お手続きについてのお尋ね")
}

// draftOf lays a person's own draft into the folder.
func (w *World) draftOf(subject string) uint32 {
	w.t.Helper()
	m := plain(demo.OfficeAddr, subject, "ご確認のほど、よろしくお願いいたします。")
	m.To, m.MessageID, m.Date = hyogo, "own@client.example", w.Now()
	uid, err := w.server.Deliver(demo.OfficeUser, "Drafts", m.Bytes(), w.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return uid
}

// The person has pressed the button while the consent was withdrawn: the letter has perhaps arrived.
func TestAWithdrawnDraftThatWasSentAllTheSameIsTold(t *testing.T) {
	t.Parallel()
	w, tag, referral := referring(t, Options{})
	w.command(mori, "辞退 紹介元 電話 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（辞退")
	w.ExpectLetter(mori, "下書きの取り下げ")
	w.ExpectLetter(tanaka, "ご回答の記録")
	w.expectStates(map[string]int{store.StateDrafted: 0})
	w.Advance(time.Minute)
	w.put("Sent", referral.raw)
	w.Settle()
	told := w.ExpectLetter(mori, "取り下げた下書きの送信")
	w.expectText(told, "廃棄依頼 HYOGO-CCI", "届いている可能性")
	w.ExpectLetter(clerk, "取り下げた下書きの送信")
	w.ExpectNoLetter()
	if got := w.events("draft-sent"); len(got) != 1 || !strings.Contains(got[0], "取り下げた下書き") {
		t.Errorf("recorded: %q", got)
	}
	w.command(mori, "廃棄依頼 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（廃棄依頼")
	w.expectNoDraft("パスワード")
	if n := len(w.queued(store.StateWaiting)); n != 0 {
		t.Errorf("%d letters wait for the referral", n)
	}
}

func TestUndoTakesDraftsBack(t *testing.T) {
	t.Parallel()
	w, tag, _ := referring(t, Options{})
	w.command(mori, "直前取消 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（直前取消")
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"Drafts": 0})
	w.expectStates(map[string]int{store.StateDrafted: 0, store.StateWaiting: 0, store.StateWithdrawn: 4})
	w, tag, referral := referring(t, Options{})
	w.sendDraft(referral)
	w.command(mori, "直前取消 "+tag, "")
	w.ExpectLetter(mori, "お手続きについてのお尋ね") // what was sent cannot be taken back
}

func TestADraftToSomebodyWhoIsHeldGoesBackIntoTheQueue(t *testing.T) {
	t.Parallel()
	w, _, _ := referring(t, Options{})
	w.command(clerk, "凍結 HYOGO-CCI", "")
	w.ExpectLetter(clerk, "お手続きのご報告（凍結")
	w.expectFolders(map[string]int{"Drafts": 0})
	w.expectStates(map[string]int{store.StateDrafted: 0, store.StateQueued: 1, store.StateWaiting: 3})
	w.command(clerk, "解除 HYOGO-CCI", "")
	w.expectStates(map[string]int{store.StateDrafted: 1, store.StateQueued: 0, store.StateWaiting: 3})
	w.sendDraft(w.draft(hyogo, "エントリーシート送付のご案内"))
	w.Settle()
	w.ExpectLetter(mori, "パスワード")
}

func TestADeletedReferralWasNeverMade(t *testing.T) {
	t.Parallel()
	w, tag, referral := referring(t, Options{})
	w.drop(referral)
	w.Settle()
	w.Advance(2 * time.Hour)
	w.Settle()
	w.ExpectNoLetter()
	w.expectStates(map[string]int{store.StateDrafted: 0, store.StateWaiting: 0})
	if got := w.events("referral-stopped"); len(got) != 1 || !strings.Contains(got[0], "送信されませんでした") {
		t.Errorf("recorded: %q", got)
	}
	w.command(mori, "回付 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（回付")
	w.later()
	w.sendDraft(w.draft(hyogo, "エントリーシート送付のご案内"))
	w.Settle()
	w.ExpectLetter(mori, "パスワード")
}

func TestLettersToTheOfficesOwnPeopleMayGoFirst(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Mode: "draft", Change: func(c *config.Config) { c.Drafts = config.Drafts{OwnPeople: true, Live: []string{"returned"}} }})
	w.Incoming(sheetMail(t, tanaka, nil))
	w.Incoming(sheetMail(t, tanaka, func(e *form.Entry) { company("株式会社姫路精機", 140001000201)(e); e.Confirm[2] = false }))
	w.Settle()
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectLetter(tanaka, "ご確認のお願い")
	w.ExpectNoLetter()
	w.draft(tanaka, "コンソーシアム登録のお知らせ")
	w.expectStates(map[string]int{store.StateDrafted: 1, store.StateSent: 2})
}

// Wherever the process dies beside what a person does with a draft, it is noticed once and lies in no folder twice: at the
// middle one of its steps, or with UKETSUKE_CRASH=all at every single one.
func TestACrashBesideADraftThatIsSentIsNoticedOnce(t *testing.T) {
	t.Parallel()
	story := func(t *testing.T, w *World) {
		w.Incoming(sheetMail(t, tanaka, nil))
		w.Settle()
		w.sendDraft(w.draft(tanaka, "コンソーシアム登録のお知らせ"), field("Bcc", "okada@rokko.example"))
		w.Settle()
		w.drop(w.draft(mori, "担当案件のお知らせ"))
		w.Settle()
		w.Advance(2 * time.Hour)
		w.Settle()
		alarm := w.ExpectLetter(clerk, "追加された宛先")
		for _, l := range w.Letters() { // a second copy is the same letter
			if l.MessageID != alarm.MessageID {
				t.Errorf("a letter that nobody expected: %q", l.Subject)
			}
		}
		w.expectFolders(map[string]int{"Drafts": 0, "INBOX": 0})
		w.expectStates(map[string]int{store.StateDrafted: 0, store.StateSent: 2, store.StateWithdrawn: 1})
		for _, kind := range []string{"draft-sent", "draft-deleted"} {
			if got := w.events(kind); len(got) != 1 {
				t.Errorf("%s: %q", kind, got)
			}
		}
	}
	calm := New(t, Options{Mode: "draft"})
	story(t, calm)
	_, counts := calm.Steps()
	for _, step := range []string{"db.commit.before", "db.commit.after", "imap.append.after"} {
		for _, n := range points(counts[step]) {
			t.Run(fmt.Sprintf("%s/%d", step, n), func(t *testing.T) {
				t.Parallel()
				w := New(t, Options{Mode: "draft", Crash: Point{step, n}})
				story(t, w)
				if w.boots != 2 {
					t.Error("the crash was not reached")
				}
			})
		}
	}
}

// A person is quicker than our note that the draft lies there.
func TestACrashBetweenDraftAndNoteMakesNoSecondDraftOfWhatWasSent(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Mode: "draft", Crash: Point{"imap.append.after", 1}})
	w.Incoming(sheetMail(t, tanaka, nil))
	_ = w.once()
	if !w.crashed() {
		t.Fatal("the crash was not reached")
	}
	w.sendDraft(w.draft(tanaka, "コンソーシアム登録のお知らせ"))
	w.restart()
	w.Settle()
	w.Settle()
	w.expectStates(map[string]int{store.StateSent: 1, store.StateDrafted: 1})
	w.expectFolders(map[string]int{"Drafts": 1, "Sent": 1})
}

// An inquiry that nobody has sent is reminded of by nobody; three business days count from its sending. A reminder that
// lies in Drafts is followed by no second one.
func TestNobodyIsRemindedOfALetterThatLiesInDrafts(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Change: func(c *config.Config) { c.Drafts.Wait = []string{"inquiry", "reminder"} }})
	tag, _ := consulting(t, w)
	w.command(mori, "打診 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（打診")
	w.later()
	inquiry := w.draft(hyogo, "支援可否のご照会")
	for _, day := range []string{"2026-11-19", "2026-11-20", "2026-11-24"} {
		w.morning(day)
	}
	w.ExpectNoLetter()
	w.expectStates(map[string]int{store.StateDrafted: 1})
	w.sendDraft(inquiry)
	w.Settle()
	w.morning("2026-11-26")
	w.expectStates(map[string]int{store.StateDrafted: 0})
	w.morning("2026-11-27")
	w.draft(hyogo, "お返事のお願い")
	for _, day := range []string{"2026-11-30", "2026-12-01", "2026-12-04", "2026-12-11"} {
		w.morning(day)
	}
	w.expectStates(map[string]int{store.StateDrafted: 1})
	w.ExpectNoLetter()
}

// Of somebody's morning digests one lies in the Drafts folder, the newest.
func TestANewDigestTakesTheOneBeforeOutOfTheDrafts(t *testing.T) {
	t.Parallel()
	w := New(t, withDigests(func(c *config.Config) { c.Drafts.Wait, c.Digest.Answers = []string{"digest-concierge"}, true }))
	w.Settle()
	_, brief := registered(t, w)
	w.morning("2026-11-17")
	w.expectStates(map[string]int{store.StateDrafted: 1})
	w.command(mori, "引受 "+caseTag(brief), "")
	w.morning("2026-11-18")
	w.expectStates(map[string]int{store.StateDrafted: 1, store.StateWithdrawn: 1})
	w.Advance(time.Minute)
	w.Settle()
	w.expectText(w.ExpectLetter(clerk, "本日のご確認（事務局）"), "お送りする前のメールが1通")
	if l := w.draft(mori, "本日のご確認"); !strings.Contains(l.Text, "承ったお手続き") || len(w.server.Messages(demo.OfficeUser, "Drafts")) != 1 {
		t.Errorf("%d drafts:\n%s", len(w.server.Messages(demo.OfficeUser, "Drafts")), l.Text)
	}
	w.ExpectNoLetter()
}
