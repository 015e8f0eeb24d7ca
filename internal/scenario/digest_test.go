package scenario

import (
	"context"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/config"
	"uketsuke/internal/demo"
)

// withDigests is an office whose people get the morning's digests.
func withDigests(change ...func(*config.Config)) Options {
	return Options{Change: func(c *config.Config) {
		c.Digest.Concierge, c.Digest.Clerk, c.Digest.Answers = true, true, false
		for _, f := range change {
			f(c)
		}
	}}
}

// A morning with something new has a digest; a morning on which nothing is new, due or late of the reader's own has none.
func TestADigestComesOnlyWhenSomethingIsInIt(t *testing.T) {
	t.Parallel()
	w := New(t, withDigests())
	w.Settle() // Monday's morning is over
	_, brief := registered(t, w)
	w.morning("2026-11-17")
	l := w.ExpectLetter(mori, "本日のご確認（お手続き1件、お返事待ち0件）")
	w.expectText(l, "新しく届いたもの（1件）", "株式会社灘酒造", "引受 "+caseTag(brief))
	w.Advance(time.Hour)
	w.Settle()
	w.ExpectNoLetter() // one a day, and nothing for the clerk
	w.command(mori, "引受 "+caseTag(brief), "")
	w.ExpectLetter(mori, "お手続きのご報告（引受")
	w.morning("2026-11-18")
	w.ExpectNoLetter()
	w.morning("2026-11-25") // five business days after 引受; Monday was a holiday
	w.expectText(w.ExpectLetter(mori, "本日のご確認（期日超過1件"), "次のお手続き", "11月17日（火）から8日")
	w.ExpectNoLetter()
	w.morning("2026-11-26") // late as it was the day before
	w.ExpectNoLetter()
	w.command(mori, "打診 HYOGO-CCI "+caseTag(brief), "")
	w.ExpectLetter(mori, "お手続きのご報告（打診")
	w.later()
	w.ExpectLetter(hyogo, "支援可否のご照会")
	w.morning("2026-11-27") // now somebody else is waited for
	w.ExpectNoLetter()
	w.morning("2026-12-01")
	w.ExpectLetter(hyogo, "お返事のお願い")
	w.ExpectNoLetter()
}

// A reply with lines copied from the digest is まとめて: one transcript, each line by its own case's code.
func TestAReplyWithLinesOfADigestDoesThem(t *testing.T) {
	t.Parallel()
	w := New(t, withDigests())
	w.Settle() // Monday's morning is over
	_, brief := registered(t, w)
	w.morning("2026-11-17")
	l := w.ExpectLetter(mori, "本日のご確認")
	line := w.linkOf(l, "引受")
	w.Incoming(reply(mori, l, "お世話になっております。\n　"+line+"\n打診 HYOGO-CCI "+caseTag(brief)+"\nよろしくお願いいたします。"))
	w.Settle()
	done := w.ExpectLetter(mori, "ご指示のまとめの結果")
	w.expectText(done, "引受", "打診 HYOGO-CCI")
	w.later()
	w.ExpectLetter(hyogo, "支援可否のご照会")
	w.ExpectNoLetter()
	// A reply without a command is left for the people, and so is one with another's line.
	w.Incoming(reply(mori, l, "ありがとうございます。"))
	w.Incoming(reply(takahashi, l, line))
	w.Settle()
	w.expectText(w.ExpectLetter(takahashi, "ご指示のまとめの結果"), "承っております")
	w.ExpectNoLetter()
}

// During 不在 the deputy gets what is the absent one's in the own digest, and may answer it; the absent one gets none.
func TestTheDeputyGetsTheDigestOfTheAbsent(t *testing.T) {
	t.Parallel()
	w := New(t, withDigests())
	w.Settle() // Monday's morning is over
	registered(t, w)
	w.command(mori, "不在 11/17-11/20 TAKAHASHI", "")
	w.ExpectLetter(mori, "お手続きのご報告（不在")
	w.ExpectLetter(takahashi, "事務局からのお知らせ")
	w.morning("2026-11-17")
	l := w.ExpectLetter(takahashi, "本日のご確認")
	w.expectText(l, "森 健太郎様のご不在の間", "株式会社灘酒造", "引受")
	w.Incoming(reply(takahashi, l, w.linkOf(l, "引受")))
	w.Settle()
	w.expectText(w.ExpectLetter(takahashi, "ご指示のまとめの結果"), "お引き受けいただき")
	w.morning("2026-11-24") // mori is back, and a new week begins
	w.expectText(w.ExpectLetter(mori, "本日のご確認（お手続き1件"), "次のお手続き", "11月17日（火）から7日")
	w.ExpectNoLetter()
}

// No digest on a day off or outside of office hours; after a month without the program one digest with the true state.
func TestADigestRestsOnADayOffAndComesOnceAfterALongStop(t *testing.T) {
	t.Parallel()
	w := New(t, withDigests(func(c *config.Config) { c.Digest.At = config.TimeOfDay(10 * time.Hour) }))
	w.Settle()
	_, brief := registered(t, w)
	w.command(mori, "引受 "+caseTag(brief), "")
	w.ExpectLetter(mori, "お手続きのご報告（引受")
	w.morning("2026-11-23") // a holiday
	w.Advance(2 * time.Hour)
	w.Settle()
	w.ExpectNoLetter()
	w.morning("2026-12-25") // five past nine: the office wants them at ten
	w.ExpectNoLetter()
	w.Advance(time.Hour)
	w.Settle()
	w.expectText(w.ExpectLetter(mori, "本日のご確認（期日超過1件"), "11月16日（月）から39日")
	w.ExpectNoLetter()
}

// The clerk's digest has what lies on the desk: held entries with the command that decides them, and what stayed in the
// inbox.
func TestTheClerksDigestHasWhatLiesOnTheDesk(t *testing.T) {
	t.Parallel()
	w := New(t, withDigests())
	w.Settle() // Monday's morning is over

	w.Incoming(sheetMail(t, stranger, nil))
	w.Incoming(plain("news@paper.example", "セミナーのご案内", "ぜひご参加ください。"))
	w.Settle()
	w.ExpectLetter(clerk, "ご判断のお願い")
	w.morning("2026-11-17")
	l := w.ExpectLetter(clerk, "本日のご確認（事務局）")
	w.expectText(l, "受付のご判断", "承認", "セミナーのご案内", "news@paper.example", "E26-00001")
	w.ExpectNoLetter()
	w.morning("2026-11-18") // nothing has changed
	w.ExpectNoLetter()
	w.morning("2026-11-24") // the first business day of the next week: what is to do is told again, the mail is not
	again := w.ExpectLetter(clerk, "本日のご確認（事務局）　期日超過1件")
	w.expectWithout(again, "セミナーのご案内")
	w.ExpectNoLetter()
}

// A mail of somebody of the roster in Junk is shown to the clerk and not obeyed; of whoever is waited for, the concierge
// reads that the answer may be there, and is not told of a silence (trust.md S13).
func TestAMailInJunkIsShownToTheClerkAndMayBeTheAnswer(t *testing.T) {
	t.Parallel()
	w := New(t, withDigests())
	w.Settle()
	tag, _ := asked(t, w)
	w.morning("2026-11-18")
	w.ExpectNoLetter()
	w.deliverTo("Junk", plain(hyogo, "Re: 支援可否のご照会", "受入可"))
	w.deliverTo("Junk", plain("win@prize.example", "ご当選", "おめでとうございます。"))
	w.morning("2026-11-19")
	l := w.ExpectLetter(clerk, "本日のご確認（事務局）")
	w.expectText(l, "迷惑メールのフォルダーに届いた、名簿にある方のメール（1通）", hyogo, "Re: 支援可否のご照会", "迷惑メールのフォルダーには、ほかに1通")
	w.expectWithout(l, "ご当選")
	w.ExpectNoLetter()
	w.office.Robot.Digests.Said = true
	w.command(mori, "メモ "+tag, "お電話がつながりません。")
	w.morning("2026-11-20")
	l = w.ExpectLetter(mori, "本日のご確認（お手続き0件、お返事待ち1件）")
	w.expectText(l, "支援可否のご照会へのお返事", "まだ処理していないメールがこの方から届いており")
	w.ExpectNoLetter()
}

// 引受 and メモ are answered in the next digest of whoever gave them, once; as part of まとめて by its transcript.
func TestATakenCaseIsAnsweredInTheNextDigest(t *testing.T) {
	t.Parallel()
	w := New(t, withDigests(func(c *config.Config) { c.Digest.Answers = true }))
	w.Settle()
	_, brief := registered(t, w)
	w.command(mori, "引受 "+caseTag(brief), "")
	w.command(mori, "メモ "+caseTag(brief), "来週、工場を拝見します。")
	w.command(mori, "メモ "+caseTag(brief), "")
	w.ExpectLetter(mori, "お手続きについてのお尋ね（メモ）") // what could not be done is said at once
	w.ExpectNoLetter()
	w.morning("2026-11-17")
	l := w.ExpectLetter(mori, "本日のご確認（お手続き1件、お返事待ち0件）")
	w.expectText(l, "承ったお手続き（2件）", "引受", "メモ", "株式会社灘酒造")
	w.expectWithout(l, "工場を拝見")
	w.ExpectNoLetter()
	w.morning("2026-11-18")
	w.ExpectNoLetter()
}

// The office's figures come on their day of the week, on a day off on the next business day: of the week before, with the
// year's chart in the HTML twin and the head of the chain. They name no company.
func TestTheOfficesDigestHasTheWeeksFiguresAndTheChainsHead(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Change: func(c *config.Config) { c.Digest.Office, c.Digest.OfficeTo = "monday", []string{takahashi} }})
	w.Settle()
	tag, _ := consulting(t, w)
	w.command(mori, "打診 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（打診")
	w.later()
	w.ExpectLetter(hyogo, "支援可否のご照会")
	w.morning("2026-11-17")
	w.ExpectNoLetter()
	w.morning("2026-11-23") // a holiday
	w.ExpectNoLetter()
	r := w.reader()
	defer r.Close()
	audit, err := r.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	w.Advance(24 * time.Hour)
	w.Settle()
	l := w.ExpectLetter(takahashi, "週次のご報告（2026年11月16日の週）")
	w.expectWithout(l, "灘", "Q26-")
	w.expectText(l, "相談中", "みなと銀行", "森 健太郎", "2026年度の受付・登録・終了")
	if !strings.Contains(unfold(l.Text), audit.Head) {
		t.Errorf("the chain's head %s is not printed:\n%s", audit.Head, l.Text)
	}
	if raw := string(l.Raw); !strings.Contains(raw, "multipart/related") || !strings.Contains(raw, "Content-ID: <chart@uketsuke.invalid>") {
		t.Error("the chart is not in the HTML twin")
	}
	w.later()
	w.ExpectLetter(hyogo, "お返事のお願い")
	w.ExpectNoLetter()
}

// On its business day of the month each intake agency's window gets its companies and where they stand: nothing of another
// agency's, no candidate that it has not been asked about, no code but its own; and what has ended since.
func TestAnAgencysDigestHasItsOwnCompaniesOnly(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Change: func(c *config.Config) { c.Digest.AgencyDay = 1 }})
	w.Settle()
	tag, _ := consulting(t, w)
	w.command(mori, "打診 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（打診")
	w.Incoming(sheetMail(t, "entry@agency0.example", company("六甲木工", 7)))
	w.Settle()
	w.ExpectLetter("entry@agency0.example", "コンソーシアム登録のお知らせ")
	w.later()
	w.ExpectLetter(hyogo, "支援可否のご照会")
	w.Advance(time.Minute)
	w.passOver()
	w.morning("2026-12-01")
	l := w.ExpectLetter(window, "ご紹介いただいた企業の状況（1件）")
	w.expectText(l, "株式会社灘酒造", "相談中", "状況 [登録 2026-KOB-00001-4 ")
	w.expectWithout(l, "六甲", "兵庫商工会議所", "HYOGO", "2026-KOB-00002")
	mine := w.ExpectLetter("entry@agency0.example", "ご紹介いただいた企業の状況（1件）")
	w.expectText(mine, "六甲木工", "状況 [登録 2026-KOB-00002-3 ")
	w.expectWithout(mine, "灘", "HYOGO")
	w.command(mori, "案件終了 "+tag, "")
	w.command(mori, "案件終了 "+tag, "")
	w.later()
	w.passOver()
	w.morning("2027-01-04") // the first business day
	w.expectText(w.ExpectLetter(window, "ご紹介いただいた企業の状況（1件）"), "このひと月に終了した企業", "終了")
	w.passOver()
	w.morning("2027-02-01")
	if rest := w.unread(); strings.Contains(rest, window) {
		t.Errorf("an agency without a case gets a digest:\n%s", rest)
	}
}

// passOver counts all letters so far as expected.
func (w *World) passOver() {
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		w.read[m.UID] = true
	}
}
