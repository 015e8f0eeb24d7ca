package scenario

import (
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
)

func TestWithoutEvidenceARosteredEntryRegistersAsUnverified(t *testing.T) {
	t.Parallel()
	w := New(t, Options{NoEvidence: true})
	registered(t, w)
	w.Incoming(sheetMail(t, stranger, company("株式会社播磨フーズ", 140001000205)))
	w.Settle()
	w.ExpectLetter(clerk, "ご判断のお願い")
	w.ExpectNoLetter()
	found := false
	for _, e := range w.timeline("E26-00001") {
		found = found || e.Kind == "case-registered" && strings.Contains(string(e.Data), `"unverified":true`) && strings.Contains(e.Evidence, "unverified")
	}
	if !found {
		t.Error("no event says that the registration is unverified")
	}
}

func TestWithoutEvidenceACommandWithAValidCodeActs(t *testing.T) {
	t.Parallel()
	w := New(t, Options{NoEvidence: true})
	_, brief := registered(t, w)
	w.follow(mori, brief, "引受", "")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告"), "案件をお引き受けいただきました")
	w.ExpectNoLetter()

	w.command(mori, "メモ [登録 2026-KOB-00001-4 aaaaaa]", "符号のないメモ") // a wrong code is none
	w.ExpectLetter(mori, "ご本人確認のお願い")
	w.ExpectNoLetter()
}

func TestWithoutEvidenceAnApprovalIsConfirmedOnceByItsWordFromItsAddress(t *testing.T) {
	t.Parallel()
	w := New(t, Options{NoEvidence: true})
	w.Incoming(sheetMail(t, stranger, func(e *form.Entry) { company("株式会社播磨フーズ", 140001000205)(e) }))
	w.Settle()
	held := w.ExpectLetter(clerk, "ご判断のお願い")
	w.follow(clerk, held, "承認", "")
	ask := w.ExpectLetter(clerk, "ご本人確認のお願い")
	w.expectText(ask, "承認")
	w.ExpectNoLetter()
	if n := len(w.cases()); n != 1 || w.cases()[0].Registration != "" {
		t.Fatalf("the approval acted before it was confirmed: %+v", w.cases())
	}
	word := w.linkOf(ask, "確認")

	w.command(takahashi, word, "") // rostered, but not whom the word was sent to
	w.ExpectLetter(takahashi, "お手続きについてのお尋ね")
	w.command(stranger, word, "")
	w.ExpectNoLetter()
	if w.cases()[0].Registration != "" {
		t.Fatal("somebody else's 確認 was obeyed")
	}

	w.command(clerk, word, "")
	w.expectText(w.ExpectLetter(clerk, "お手続きのご報告"), "登録番号 2026-KOB-00001-4")
	w.ExpectLetter(window, "コンソーシアム登録のお知らせ") // rostered; who sent the sheet is not
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectNoLetter()

	events := len(w.timeline("E26-00001"))
	w.Advance(time.Minute)
	w.command(clerk, word, "")
	w.expectText(w.ExpectLetter(clerk, "お手続きについてのお尋ね"), "すでにお手続きが済んでいるか")
	w.ExpectNoLetter()
	if n := len(w.timeline("E26-00001")); n != events {
		t.Errorf("the second 確認 changed the case: %d events, before %d", n, events)
	}
	w.expectNotTo(stranger)
}

func TestAConfirmationIsRefusedAfterTwoBusinessDays(t *testing.T) {
	t.Parallel()
	w := New(t, Options{NoEvidence: true})
	w.Incoming(sheetMail(t, stranger, nil))
	w.Settle()
	w.follow(clerk, w.ExpectLetter(clerk, "ご判断のお願い"), "承認", "")
	word := w.linkOf(w.ExpectLetter(clerk, "ご本人確認のお願い"), "確認")
	w.business(3)
	w.command(clerk, word, "")
	w.expectText(w.ExpectLetter(clerk, "お手続きについてのお尋ね"), "期限が過ぎております")
	w.ExpectLetter(clerk, "お手続きのご確認") // the entry is undecided still
	w.ExpectNoLetter()
	if c := w.cases()[0]; c.Registration != "" || c.Stage != casework.StageHeld {
		t.Errorf("the late confirmation acted: %+v", c)
	}
}

func TestWithoutEvidenceTheListIsConfirmed(t *testing.T) {
	t.Parallel()
	w := New(t, Options{NoEvidence: true})
	registered(t, w)
	w.command(clerk, "一覧", "")
	ask := w.ExpectLetter(clerk, "ご本人確認のお願い")
	w.ExpectNoLetter()
	w.command(clerk, "Re: "+ask.Subject, "確認 "+strings.Fields(w.linkOf(ask, "確認"))[1]+"\n\n> 引用") // the word as the reply's first line
	w.expectText(w.ExpectLetter(clerk, "進行中の案件の一覧（1件）"), "2026-KOB-00001-4")
	w.ExpectNoLetter()
}

func TestTheStopButtonActsAtOnceAndItsOwnAnswersLeave(t *testing.T) {
	t.Parallel()
	w := New(t, Options{NoEvidence: true})
	registered(t, w)
	w.command(clerk, "全送信停止", "")
	w.expectText(w.ExpectLetter(clerk, "お手続きのご報告（全送信停止）"), "すべての送信を停止いたしました")
	w.ExpectNoLetter()

	for i, name := range []string{"株式会社姫路精機", "明石水産株式会社", "有限会社淡路香房"} {
		w.Incoming(sheetMail(t, tanaka, company(name, 140001000210+int64(i))))
	}
	w.command(tanaka, "ヘルプ", "")
	w.Advance(time.Hour)
	w.Settle()
	w.ExpectNoLetter()
	if n := len(w.queued()); n != 7 {
		t.Errorf("%d letters wait, want 7 (three answers, three briefs, help)", n)
	}

	w.command(clerk, "全送信再開", "")
	ask := w.ExpectLetter(clerk, "ご本人確認のお願い")
	w.ExpectNoLetter()
	w.Settle()
	w.ExpectNoLetter()
	w.follow(clerk, ask, "確認", "")
	w.expectText(w.ExpectLetter(clerk, "お手続きのご報告（全送信再開）"), "送信を再開いたしました")
	var order []string
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		if !w.read[m.UID] {
			order = append(order, strings.Split(w.letter(m.UID).Subject, "-")[min(2, strings.Count(w.letter(m.UID).Subject, "-"))])
		}
	}
	if got := strings.Join(order, " "); got != "00002 00002 00003 00003 00004 00004 メールでのお手続きのご案内" {
		t.Errorf("the letters that waited left in this order: %s", got) // not in that of their decisions
	}
}

func TestTheStopButtonIsRefusedBesideACaseTag(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	toAgency, _ := registered(t, w)
	w.command(clerk, "全送信停止 "+toAgency.Subject, "")
	w.expectText(w.ExpectLetter(clerk, "お手続きについてのお尋ね"), "すべての送信についてのご指示です")
	registeredAgain := sheetMail(t, hyogo, func(e *form.Entry) {
		company("株式会社姫路精機", 140001000201)(e)
		e.Agency = "兵庫商工会議所"
	})
	w.Incoming(registeredAgain)
	w.Settle()
	w.ExpectLetter(hyogo, "コンソーシアム登録のお知らせ")
}

// The office's own boundary server writes above the topmost Received; whoever sends a mail writes below it.
func TestAForgedEvidenceRegistersNothingAndTellsNobodyOutside(t *testing.T) {
	t.Parallel()
	const received = "Received: from x.evil.example by mx.uketsuke.example; Mon, 16 Nov 2026 10:00:00 +0900"
	const good = "mx.uketsuke.example; dmarc=pass header.from=minato-bank.example"
	for name, head := range map[string][]string{
		"a quoted string":           {`Authentication-Results: mx.uketsuke.example; spf=pass smtp.mailfrom="x;dmarc=pass header.from=minato-bank.example;y=z"@evil.example`, received},
		"a comment":                 {"Authentication-Results: mx.uketsuke.example; dmarc=fail (not; dmarc=pass header.from=minato-bank.example) header.from=minato-bank.example", received},
		"two fields":                {"Authentication-Results: " + good, "Authentication-Results: mx.uketsuke.example; spf=softfail smtp.mailfrom=evil.example", received},
		"below the topmost Rcvd":    {received, "Authentication-Results: " + good},
		"another server's":          {"Authentication-Results: mx.evil.example; dmarc=pass header.from=minato-bank.example", received},
		"no Received at all":        {"Authentication-Results: " + good},
		"another domain's pass":     {"Authentication-Results: mx.uketsuke.example; dmarc=pass header.from=evil.example", received},
		"an unreadable field":       {"Authentication-Results: mx.uketsuke.example; dmarc=pass header.from=minato-bank.example; \"", received},
		"nothing but SPF":           {"Authentication-Results: mx.uketsuke.example; spf=pass smtp.mailfrom=minato-bank.example", received},
		"results that contradict":   {"Authentication-Results: " + good + "; dmarc=fail header.from=minato-bank.example", received},
		"a pass inside a property":  {"Authentication-Results: mx.uketsuke.example; dkim=fail header.i=@x.example reason=\"dmarc=pass header.from=minato-bank.example\"", received},
		"the name of the server as": {"Authentication-Results: mx.uketsuke.example.evil.example; dmarc=pass header.from=minato-bank.example", received},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{})
			m := sheetMail(t, tanaka, nil)
			m.Head = head
			w.Incoming(m)
			w.Settle()
			w.ExpectLetter(clerk, "ご判断のお願い")
			w.ExpectNoLetter()
			if c := w.cases(); len(c) != 1 || c[0].Stage != casework.StageHeld || c[0].Registration != "" {
				t.Errorf("cases: %+v", c)
			}
			stop := plain(clerk, "承認 MINATO "+tagOf(w, "ご判断のお願い"), "")
			stop.Head = append([]string(nil), head...)
			for i := range stop.Head {
				stop.Head[i] = strings.ReplaceAll(stop.Head[i], "minato-bank.example", "jetro.example")
			}
			w.Incoming(stop)
			w.Settle()
			if c := w.cases()[0]; c.Stage != casework.StageHeld {
				t.Errorf("a forged 承認 was obeyed: %+v", c)
			}
			w.expectNotTo(tanaka)
			w.expectNotTo(window)
		})
	}
}

// tagOf is the case tag, code included, of the newest letter to the clerk.
func tagOf(w *World, subject string) string {
	l := w.newest(clerk, subject)
	return l.Subject[strings.IndexByte(l.Subject, '[') : strings.IndexByte(l.Subject, ']')+1]
}

// Who approves a held sheet registers the company that is known already: number and concierge stay (process.md 1).
func TestAnApprovedEntryOfAKnownCompanyKeepsItsMemberNumber(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	registered(t, w)
	w.Incoming(sheetMail(t, stranger, func(e *form.Entry) { e.Desired = "展示会への出展" }))
	w.Settle()
	w.follow(clerk, w.ExpectLetter(clerk, "ご判断のお願い"), "承認", "")
	if c := w.cases(); len(c) != 2 || c[1].Member != c[0].Member || c[1].Concierge != c[0].Concierge || c[1].Registration == "" {
		t.Errorf("cases: %+v", c)
	}
}
