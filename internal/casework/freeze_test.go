package casework

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// freeze holds an agency or an address.
func (w *world) freeze(whom string) {
	w.t.Helper()
	if out := w.do(command(saeki, "", "凍結 "+whom)); out.Freeze == nil {
		w.t.Fatalf("%s is not frozen: %s", whom, out.Why)
	}
}

func TestAFrozenSendersMailIsNeitherObeyedNorPassedOn(t *testing.T) {
	for _, whom := range []string{"MINATO", tanaka.Addr} {
		w := newWorld(t)
		c := w.registered(tanaka, company("灘酒造"))
		w.freeze(whom)
		out := w.do(command(tanaka, c.Registration, "支援取下"))
		want(t, out, ResultKept, "message-kept", "answer>saeki")
		if out.Folder != FolderStay || out.Told != tanaka.Addr || out.Cases[0] != c.ID {
			t.Errorf("%s: the mail is filed in %q, told of %q", whom, out.Folder, out.Told)
		}
		out = w.do(w.replyTo(c.Registration, mail(MailReply, tanaka))) // told once a day
		want(t, out, ResultKept, "message-kept", "")
		invited := w.do(w.replyTo(c.Registration, mail(MailCalendar, tanaka)))
		want(t, invited, ResultKept, "message-kept", "")
		if now := w.again(c); now.Stage != c.Stage || now.Events != c.Events+3 {
			t.Errorf("%s: the case moved to %s", whom, now.Stage)
		}
		w.do(command(otsuka, "", "解除 "+whom))
		want(t, w.say(tanaka, c.Registration, "要望", "お願いです。"), ResultDone, "wish-given", "passed-on>suzuki answer>tanaka")
	}
}

func TestAnEntryOfAFrozenSenderIsHeld(t *testing.T) {
	w := newWorld(t)
	w.freeze(tanaka.Addr)
	out := w.do(entryMail(tanaka, company("灘酒造")))
	if c := w.chief(out); out.Result != ResultHeld || out.Folder != FolderDone || c.Stage != StageHeld || c.Hold.Reason != HoldFrozen {
		t.Errorf("%s, %s for %s", out.Result, c.Stage, c.Hold.Reason)
	}
	again := w.do(entryMail(tanaka, company("灘酒造"))) // the very same sheet is no second case
	want(t, again, ResultKept, "", "")
	if out := w.do(entryMail(minatoDesk, company("播磨精機"))); out.Result != ResultRegistered {
		t.Errorf("a colleague's entry: %s", out.Result)
	}
}

func TestLettersToAFrozenRecipientWaitForThaw(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	w.advance(time.Hour)
	w.freeze("MINATO")
	w.say(suzuki, c.Registration, "引受")
	out := w.say(suzuki, c.Registration, "連絡 紹介元", "ご連絡です。")
	l := letterOf[AnswerLetter](t, out)
	if len(l.Sent) != 1 || l.Sent[0].When != "凍結の解除後に" {
		t.Errorf("the concierge is told %+v", l.Sent)
	}
	w.advance(48 * time.Hour)
	if p := w.newestTo(LetterPassedOn, tanaka); p.state != "waiting" {
		t.Errorf("the letter is %s", p.state)
	}
	w.do(command(saeki, "", "解除 みなと銀行"))
	w.advance(time.Hour)
	if p := w.newestTo(LetterPassedOn, tanaka); p.state != "gone" {
		t.Errorf("after 解除 the letter is %s", p.state)
	}
}

func TestAReferralToAFrozenAgencyDoesNotLeave(t *testing.T) {
	w := newWorld(t)
	c, q := w.supported("HYOGO-CCI", yamaguchi, SupportCleared)
	w.freeze("HYOGO-CCI")
	out := w.do(command(suzuki, c.Registration, "回付 HYOGO-CCI"))
	if p := letterOf[RefusalLetter](t, out).Problem; !strings.Contains(p, "凍結されている") || !strings.Contains(p, "「解除 HYOGO-CCI」") {
		t.Error(p)
	}
	w.do(command(saeki, "", "解除 HYOGO-CCI"))
	w.do(command(suzuki, c.Registration, "回付 HYOGO-CCI"))
	w.freeze(yamaguchi.Addr) // while the letter is held
	w.advance(24 * time.Hour)
	if p := w.newest(LetterReferral, q); p.state != "waiting" {
		t.Errorf("the referral is %s", p.state)
	}
}

func TestAConsentThatIsWithdrawnStopsWhatWaitsForThaw(t *testing.T) {
	w := newWorld(t)
	c, q := w.supported("HYOGO-CCI", yamaguchi, SupportCleared)
	w.do(command(suzuki, c.Registration, "回付 HYOGO-CCI"))
	w.freeze("HYOGO-CCI")
	w.advance(time.Hour)
	w.do(command(tanaka, c.Registration, "辞退 HYOGO-CCI"))
	w.advance(time.Hour)
	if p := w.newest(LetterReferral, q); p.state != "withdrawn" {
		t.Errorf("the referral is %s", p.state)
	}
}

func TestAFrozenClerkIsNotWrittenTo(t *testing.T) {
	w := newWorld(t)
	w.freeze(otsuka.Addr)
	out := w.do(entryMail(okamoto, company("灘酒造")))
	want(t, out, ResultHeld, kinds(out), "held>saeki")
	out = w.do(command(otsuka, "", "全送信停止"))
	want(t, out, ResultKept, "", "answer>saeki")
}

func TestWhatCannotBeFrozenIsSaid(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct{ line, says string }{
		{"凍結", "機関コードまたはメールアドレスをお書きください"},
		{"凍結 どこか", "名簿に見つかりませんでした"},
		{"凍結 みなと", "MINATO のことでしょうか"},
		{"凍結 @x", "メールアドレスとして読み取れませんでした"},
		{"凍結 " + saeki.Addr, "ご自身を凍結されますと"},
	} {
		out := w.do(command(saeki, "", tc.line))
		if p := letterOf[RefusalLetter](t, out).Problem; !strings.Contains(p, tc.says) || out.Freeze != nil {
			t.Errorf("%s: %s", tc.line, p)
		}
	}
	for line, says := range map[string]string{"解除 MINATO": "凍結されておりません", "解除 " + tanaka.Addr: "凍結されておりません"} {
		if l := letterOf[AnswerLetter](t, w.do(command(saeki, "", line))); !strings.Contains(l.Done, says) {
			t.Errorf("%s: %s", line, l.Done)
		}
	}
	w.freeze("MINATO")
	if l := letterOf[AnswerLetter](t, w.do(command(saeki, "", "凍結 MINATO"))); !strings.Contains(l.Done, "すでに凍結") {
		t.Error(l.Done)
	}
	if p := letterOf[RefusalLetter](t, w.do(command(saeki, "", "解除 "+tanaka.Addr))).Problem; !strings.Contains(p, "「解除 MINATO」") {
		t.Error(p)
	}
}

func TestAFrozenAddressTakesItsPartysCodesAlong(t *testing.T) {
	w := newWorld(t)
	out := w.do(command(saeki, "", "凍結 "+tanaka.Addr))
	if got := out.Freeze.Codes; !slices.Equal(got, []string{"intake:MINATO", "provider:MINATO"}) {
		t.Errorf("held codes: %v", got)
	}
	out = w.do(command(saeki, "", "凍結 "+suzuki.Addr))
	if got := out.Freeze.Codes; !slices.Equal(got, []string{"concierge:SUZUKI"}) {
		t.Errorf("held codes: %v", got)
	}
}
