package casework

import (
	"strings"
	"testing"
	"time"
)

// Consents: both parties, for this agency and this version; silence is none, and one mailbox gives no two.

func TestWhoeverConsentsTwiceIsThankedOnce(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportAsked)
	w.say(tanaka, c.Registration, "了承")
	want(t, w.say(tanaka, c.Registration, "了承"), ResultDone, "", "answer>tanaka")
	want(t, w.say(minatoDesk, c.Registration, "了承"), ResultDone, "", "answer>houjin")
	want(t, w.say(tanaka, c.Registration, "辞退"), ResultDone, "consent-answered", "consent-result>suzuki answer>tanaka")
	want(t, w.say(tanaka, c.Registration, "辞退"), ResultDone, "", "answer>tanaka")
	want(t, w.say(tanaka, c.Registration, "了承"), ResultDone, "consent-answered", "consent-result>suzuki answer>tanaka")
}

func TestAConsentOfWhoMayNotGiveItIsNone(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportAsked)
	refused(t, w.say(yamaguchi, c.Registration, "了承"), "この案件の企業・この案件の紹介元支援機関")
	refused(t, w.say(saeki, c.Registration, "了承"), "この案件の担当コンシェルジュ")
	refused(t, w.say(yamamoto, c.Registration, "了承 企業 電話"), "この案件の担当コンシェルジュ")
	want(t, w.say(okamoto, c.Registration, "了承"), ResultOther, "", "")
	want(t, w.say(colleague, c.Registration, "了承"), ResultPassed, "message-kept message-passed", "passed-on>suzuki")
	if s := w.cases[c.ID]; s.Supports[0].ID != q || s.Supports[0].Company.Answer != "" || s.Supports[0].Intake.Answer != "" {
		t.Errorf("consents stand at %s", s.Supports[0].consentText(1))
	}
}

func TestAConsentNeedsPassAndCode(t *testing.T) {
	for rule, change := range map[string]func(*Input){
		"no code":       func(in *Input) { in.Tag.Code = "" },
		"no evidence":   func(in *Input) { in.Evidence = Evidence{State: EvidenceNone} },
		"an old date":   func(in *Input) { in.Date = time.Date(2026, 11, 8, 9, 0, 0, 0, JST) },
		"two addresses": func(in *Input) { in.Authority = "two From mailboxes" },
	} {
		w := newWorld(t)
		c, _ := w.hyogo(SupportAsked)
		in := command(kuramoto, c.Registration, "了承")
		change(&in)
		out := w.do(in)
		if out.Result != ResultConfirm || letters(out) != "confirm>kuramoto" {
			t.Fatalf("%s: %s %s", rule, out.Result, letters(out))
		}
		want(t, w.do(command(kuramoto, c.Registration, "確認 "+out.Ask.Word)), ResultDone, "consent-answered", "consent-result>suzuki answer>kuramoto")
	}
}

// TestAnOldCommandMailIsConfirmed: a command mail that is sent again later asks first (trust.md S2).
func TestAnOldCommandMailIsConfirmed(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	for line, result := range map[string]Result{"状況": ResultConfirm, "打診 HYOGO-CCI": ResultConfirm, "ヘルプ": ResultDone, "テスト 打診 HYOGO-CCI": ResultDone} {
		in := command(suzuki, c.Registration, line)
		in.Date = w.now.Add(-8 * 24 * time.Hour)
		w.pending = map[string]Pending{}
		if out := w.do(in); out.Result != result {
			t.Errorf("%s: %s", line, out.Result)
		}
		in.Arrived, in.MessageID = in.Date.Add(6*24*time.Hour), ""
		if out := w.do(in); out.Result != ResultDone {
			t.Errorf("%s, which came after six days and waited since: %s", line, out.Result)
		}
	}
}

func TestConsentsByPhone(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportAsked)
	n := c.Registration
	refused(t, w.say(suzuki, n, "了承 企業"), "「了承 企業 電話」")
	out := w.say(suzuki, n, "了承 企業 電話")
	want(t, out, ResultDone, "command-began consent-answered", "consent-recorded>kuramoto answer>suzuki")
	w.advance(hold)
	out = w.say(suzuki, n, "了承 紹介元 電話 HYOGO-CCI")
	want(t, out, ResultDone, "command-began consent-answered", "consent-recorded>tanaka consent-result>saeki answer>suzuki")
	if !strings.Contains(answerTo(t, out).Next, "事務局の承認") {
		t.Errorf("%+v", answerTo(t, out))
	}
	refused(t, w.say(suzuki, n, "回付 HYOGO-CCI"), "紹介元：了承（電話、事務局の承認待ち）、企業：了承済")
	refused(t, w.say(suzuki, n, "承認 HYOGO-CCI"), "事務局")
	want(t, w.say(saeki, n, "承認 HYOGO-CCI"), ResultDone, "consent-approved", "consent-result>suzuki answer>saeki")
	refused(t, w.say(saeki, n, "承認 HYOGO-CCI"), "承認をお待ちしているお手続きはございません")
	want(t, w.say(suzuki, n, "回付 HYOGO-CCI"), ResultDone, "command-began referred", "referral>kaigai password>suzuki referred>kuramoto referred>tanaka answer>suzuki")
	t.Run("one of them by mail afterwards needs no approval", func(t *testing.T) {
		w := newWorld(t)
		c, _ := w.hyogo(SupportAsked)
		w.say(suzuki, c.Registration, "了承 企業 電話")
		w.say(suzuki, c.Registration, "了承 紹介元 面談")
		want(t, w.say(tanaka, c.Registration, "了承"), ResultDone, "consent-answered", "consent-result>suzuki answer>tanaka")
		if c = w.again(c); c.Support(q).State(1) != SupportCleared {
			t.Errorf("%s", c.Supports[0].consentText(1))
		}
	})
	t.Run("and the party objects", func(t *testing.T) {
		w := newWorld(t)
		c, _ := w.hyogo(SupportAsked)
		w.say(suzuki, c.Registration, "了承 企業 電話")
		w.advance(hold)
		in := answering(w.newestTo(LetterConsentRecorded, kuramoto), command(kuramoto, c.Registration, "辞退"))
		want(t, w.do(in), ResultDone, "consent-answered", "consent-result>suzuki answer>kuramoto")
		in = answering(w.newestTo(LetterConsentRecorded, kuramoto), mail(MailReply, kuramoto))
		in.First, in.Text = &Call{Name: CmdConsent}, "了承\n失礼しました。"
		want(t, w.do(in), ResultDone, "consent-answered", "consent-result>suzuki answer>kuramoto")
	})
}

func TestOneHouseDoesNotConsentForBoth(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造", func(s *SheetIn) { s.Entry.Company.Email = colleague.Addr }))
	w.say(suzuki, c.Registration, "引受")
	refused(t, w.say(suzuki, c.Registration, "連絡先確認"), "支援機関または事務局のものです")
	t.Run("not with a domain that both have", func(t *testing.T) {
		w := newWorld(t)
		w.roster.agencies[0].domain = ""
		c := w.registered(tanaka, company("灘酒造", func(s *SheetIn) { s.Entry.Company.Email = "nada@minato-bank.example" }))
		nada := Address{Addr: "nada@minato-bank.example"}
		w.say(suzuki, c.Registration, "引受")
		w.open(c)
		w.say(suzuki, c.Registration, "受入可 HYOGO-CCI 電話")
		w.say(suzuki, c.Registration, "了承依頼 HYOGO-CCI")
		w.say(tanaka, c.Registration, "了承")
		out := w.say(nada, c.Registration, "了承")
		want(t, out, ResultRefused, "message-kept", "refusal>nada answer>suzuki")
		refused(t, out, "同じメールアドレスまたは同じドメイン")
		want(t, w.say(suzuki, c.Registration, "了承 企業 電話"), ResultDone, "command-began consent-answered", "consent-recorded>nada answer>suzuki")
	})
	t.Run("not in reply to the letter that was to be handed on", func(t *testing.T) {
		w := newWorld(t)
		c := w.consulting()
		w.say(suzuki, c.Registration, "受入可 HYOGO-CCI 電話")
		out := w.say(suzuki, c.Registration, "了承依頼 HYOGO-CCI")
		want(t, out, ResultDone, "command-began consent-asked", "consent>tanaka consent>tanaka answer>suzuki")
		w.advance(hold)
		own := w.newestTo(LetterConsent, tanaka) // the company's was queued before
		via := w.box[own.ID-2]
		if via.Departure().For != RoleCompany || own.Departure().For != RoleIntake {
			t.Fatalf("%s and %s", via.Departure().For, own.Departure().For)
		}
		out = w.do(answering(via, command(tanaka, c.Registration, "了承")))
		want(t, out, ResultRefused, "message-kept", "refusal>tanaka answer>suzuki")
		refused(t, out, "企業へのお渡しをお願いしたもの")
		want(t, w.do(answering(own, command(tanaka, c.Registration, "了承"))), ResultDone, "consent-answered", "consent-result>suzuki answer>tanaka")
	})
}

func TestACompanyThatIsNotConfirmedIsHeardButDoesNotConsent(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	n := c.Registration
	w.say(suzuki, n, "受入可 HYOGO-CCI 電話")
	w.say(suzuki, n, "了承依頼 HYOGO-CCI")
	out := w.say(kuramoto, n, "了承", "よろしくお願いします。")
	want(t, out, ResultPassed, "message-kept message-passed", "passed-on>suzuki")
	if l := letterOf[PassedOnLetter](t, out); !strings.Contains(l.Doubt, "まだ確認されておりません") {
		t.Errorf("%q", l.Doubt)
	}
	w.say(suzuki, n, "連絡方法 直接")
	out = w.say(kuramoto, n, "了承")
	want(t, out, ResultRefused, "message-kept", "refusal>kuramoto answer>suzuki")
	refused(t, out, "担当コンシェルジュまでお電話で")
	w.say(suzuki, n, "連絡先確認")
	want(t, w.say(kuramoto, n, "了承"), ResultDone, "consent-answered", "consent-result>suzuki answer>kuramoto")
	t.Run("nor does one whose mail would not be answered", func(t *testing.T) {
		w.say(suzuki, n, "連絡方法 紹介元経由")
		want(t, w.say(kuramoto, n, "辞退"), ResultPassed, "message-kept message-passed", "passed-on>suzuki")
		want(t, w.say(kuramoto, n, "状況"), ResultOther, "", "")
	})
}

func TestAConsentSaysForWhichAgency(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportAsked)
	n := c.Registration
	w.say(suzuki, n, "受入可 HOSHO 電話")
	w.say(suzuki, n, "了承依頼 HOSHO")
	w.advance(hold)
	out := w.say(kuramoto, n, "了承")
	if l := refused(t, out, "「了承 機関コード」"); strings.Join(l.Codes, " ") != "HYOGO-CCI HOSHO" {
		t.Errorf("%v", l.Codes)
	}
	want(t, w.say(kuramoto, n, "了承 HOSHO"), ResultDone, "consent-answered", "consent-result>suzuki answer>kuramoto")
	in := answering(w.newestTo(LetterConsent, tanaka), mail(MailReply, tanaka))
	in.First, in.Text = &Call{Name: CmdConsent}, "了承\n田中"
	want(t, w.do(in), ResultDone, "consent-answered", "consent-result>suzuki answer>tanaka")
	if c = w.again(c); c.SupportOf("HOSHO").State(1) != SupportCleared || c.SupportOf("HYOGO-CCI").State(1) != SupportAsked {
		t.Errorf("%s; %s", c.SupportOf("HOSHO").consentText(1), c.SupportOf("HYOGO-CCI").consentText(1))
	}
	refused(t, w.say(kuramoto, n, "了承 SANYO"), "ご了承をお願いした記録が見当たりませんでした")
}

func TestWithoutAYesNobodyIsAskedToConsent(t *testing.T) {
	for state, words := range map[SupportState]string{SupportInquired: "まだ「受入可」のご回答をいただいておりません（現在の状態：打診中）", SupportUnavailable: "（現在の状態：受入不可）", SupportPassedOver: "「見送り」"} {
		w := newWorld(t)
		c, _ := w.hyogo(state)
		refused(t, w.say(suzuki, c.Registration, "了承依頼 HYOGO-CCI"), words)
	}
}

// TestAConsentIsWithdrawnAtEveryMomentOfAReferral: what has not left stops, what has is named.
func TestAConsentIsWithdrawnAtEveryMomentOfAReferral(t *testing.T) {
	decline := func(w *world, c Case) Outcome { return w.say(kuramoto, c.Registration, "辞退") }
	t.Run("before 回付", func(t *testing.T) {
		w := newWorld(t)
		c, _ := w.hyogo(SupportCleared)
		want(t, decline(w, c), ResultDone, "consent-answered", "consent-result>suzuki answer>kuramoto")
		refused(t, w.say(suzuki, c.Registration, "回付 HYOGO-CCI"), "紹介元：了承済、企業：辞退（11/16）")
	})
	t.Run("in the hold", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportCleared)
		w.say(suzuki, c.Registration, "回付 HYOGO-CCI")
		out := decline(w, c)
		want(t, out, ResultDone, "consent-answered referral-stopped", "consent-result>suzuki answer>kuramoto answer>suzuki")
		if letterOf[ConsentResultLetter](t, out).Recall {
			t.Error("a deletion is proposed of what nobody has got")
		}
		w.advance(hold)
		for _, kind := range []LetterKind{LetterReferral, LetterPassword, LetterReferred} {
			if p := w.newest(kind, q); p.state != "withdrawn" {
				t.Errorf("letter %s is %s", kind, p.state)
			}
		}
		if c = w.again(c); c.Support(q).State(1) != SupportDeclined || c.Support(q).Sent() {
			t.Errorf("the support is %s", c.Support(q).State(1))
		}
		told := 0
		for _, p := range w.box {
			if p.Kind() == LetterUndelivered {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the concierge is told %d times of one referral that did not leave", told)
		}
		want(t, w.say(kuramoto, c.Registration, "了承"), ResultDone, "consent-answered", "consent-result>suzuki answer>kuramoto")
		want(t, w.say(suzuki, c.Registration, "回付 HYOGO-CCI"), ResultDone, "command-began referred", "referral>kaigai password>suzuki referred>kuramoto referred>tanaka answer>suzuki")
		w.advance(hold)
		if w.newest(LetterReferral, q).state != "gone" {
			t.Error("after a new consent the sheet does not leave")
		}
	})
	t.Run("while it is attempted", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportReferred)
		p := w.newest(LetterReferral, q)
		out := decline(w, c)
		want(t, out, ResultDone, "consent-answered", "consent-result>suzuki answer>kuramoto")
		if !letterOf[ConsentResultLetter](t, out).Recall {
			t.Error("no deletion is proposed")
		}
		want(t, w.fall(p, DeliveryFailure{Tries: 1, Reason: "了承が取り下げられました。"}), ResultDone, "referral-stopped letter-lost", "undelivered>suzuki")
		if c = w.again(c); !c.Support(q).Referral.Perhaps || !c.Support(q).Sent() {
			t.Errorf("%+v", c.Support(q).Referral)
		}
		refused(t, w.say(yamaguchi, q, "パスワード"), "見当たりませんでした")
		want(t, w.say(suzuki, c.Registration, "廃棄依頼 HYOGO-CCI"), ResultDone, "command-began recall-asked", "recall>kaigai answer>suzuki")
	})
	t.Run("after it was sent", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportHosted)
		w.say(suzuki, c.Registration, "面談 HYOGO-CCI 12/3 14時 神戸市中央区1-1-9 灘酒造")
		w.advance(hold)
		if !letterOf[ConsentResultLetter](t, decline(w, c)).Recall {
			t.Error("no deletion is proposed")
		}
		out := w.say(yamaguchi, q, "状況")
		if v := letterOf[StatusLetter](t, out); v.Company != "" || v.Entry != nil {
			t.Errorf("the agency sees %+v", v)
		}
		out = w.say(suzuki, c.Registration, "面談中止 HYOGO-CCI")
		want(t, out, ResultDone, "command-began meeting-cancelled", "meeting>kuramoto meeting>kaigai meeting>tanaka meeting>suzuki answer>suzuki")
		w.say(suzuki, c.Registration, "廃棄依頼 HYOGO-CCI")
		w.advance(hold)
		reply := func(text string) string {
			in := answering(w.newest(LetterRecall, q), mail(MailReply, yamaguchi))
			in.Text = text
			return kinds(w.do(in))
		}
		if got := reply("まだ廃棄しておりません。来週対応します。"); got != "message-kept message-passed" {
			t.Errorf("not yet deleted: %s", got)
		}
		if got := reply("エントリーシートを廃棄いたしました。"); got != "message-kept recall-done message-passed" {
			t.Errorf("deleted: %s", got)
		}
	})
	t.Run("refused by the agency's server", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportReferred)
		w.fall(w.newest(LetterReferral, q), DeliveryFailure{Tries: 1, Refused: true, Reason: "550"})
		if c = w.again(c); c.Support(q).State(1) != SupportCleared {
			t.Errorf("the support is %s", c.Support(q).State(1))
		}
		want(t, w.say(suzuki, c.Registration, "回付 HYOGO-CCI 手渡し"), ResultDone, "command-began referred", "referred>kuramoto referred>tanaka answer>suzuki")
	})
}

func TestConsentsBelongToAVersion(t *testing.T) {
	newer := company("灘酒造", issues("販路と物流"))
	t.Run("asked for the old one: they lapse, and the concierge hears what is to be asked anew", func(t *testing.T) {
		w := newWorld(t)
		c, _ := w.hyogo(SupportAsked)
		w.say(tanaka, c.Registration, "了承")
		out := w.do(withSheet(command(tanaka, c.Registration, "訂正"), newer))
		want(t, out, ResultCorrected, "version-added", "answer>tanaka brief>suzuki answer>suzuki")
		told := out.Letters[2].Content.(AnswerLetter)
		if !strings.Contains(strings.Join(told.Lines, ""), "兵庫商工会議所（HYOGO-CCI）：第1版についてのご了承のお願いは失効しました") {
			t.Errorf("%+v", told)
		}
		refused(t, w.say(kuramoto, c.Registration, "了承"), "第2版に訂正されました")
		refused(t, w.say(suzuki, c.Registration, "回付 HYOGO-CCI"), "紹介元：第1版について了承済、第2版については未依頼")
		want(t, w.say(suzuki, c.Registration, "了承依頼 HYOGO-CCI"), ResultDone, "command-began consent-asked", "consent>kuramoto consent>tanaka answer>suzuki")
	})
	t.Run("in the hold: the old sheet does not leave", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportCleared)
		w.say(suzuki, c.Registration, "回付 HYOGO-CCI")
		out := w.do(withSheet(command(tanaka, c.Registration, "訂正"), newer))
		want(t, out, ResultCorrected, "version-added referral-stopped", "answer>tanaka brief>suzuki answer>suzuki")
		w.roster.frozen = nil
		w.advance(hold)
		if p := w.newest(LetterReferral, q); p.state != "withdrawn" {
			t.Errorf("the old sheet is %s", p.state)
		}
	})
	t.Run("after it was sent: the agency is told, and nothing of it", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportActive)
		out := w.do(withSheet(command(suzuki, c.Registration, "訂正"), newer))
		want(t, out, ResultCorrected, "version-added", "answer>tanaka answer>kaigai answer>suzuki")
		if l := out.Letters[1]; l.Version != 1 || l.Support != q || l.Content.(AnswerLetter).Entry.Request.Issues != "販路がない" {
			t.Errorf("the agency is shown version %d: %+v", l.Version, l.Content)
		}
		w.say(suzuki, c.Registration, "了承依頼 HYOGO-CCI")
		w.advance(hold)
		in := w.say(yamaguchi, q, "状況")
		if l := letterOf[StatusLetter](t, in); l.Entry == nil || l.Version != 1 {
			t.Errorf("while version 2 is asked about the agency sees version %d", l.Version)
		}
		w.say(kuramoto, c.Registration, "了承")
		w.say(tanaka, c.Registration, "了承")
		out = w.say(suzuki, c.Registration, "回付 HYOGO-CCI")
		want(t, out, ResultDone, "command-began referred", "referral>kaigai password>suzuki referred>kuramoto referred>tanaka answer>suzuki")
		if l := out.Letters[0]; l.Version != 2 || l.Attach[0].Blob != newer.File.Blob {
			t.Errorf("version %d leaves", l.Version)
		}
	})
	t.Run("another address of the company: the way to it is agreed anew", func(t *testing.T) {
		w := newWorld(t)
		c, _ := w.hyogo(SupportNone)
		out := w.do(withSheet(command(tanaka, c.Registration, "訂正"), company("灘酒造", func(s *SheetIn) { s.Entry.Company.Email = "new@nada-brewery.example" })))
		if c = w.again(c); c.Reach != (Reach{}) || letters(out) != "answer>tanaka brief>suzuki answer>suzuki" {
			t.Errorf("%+v: %s", c.Reach, letters(out))
		}
	})
}

// TestUnderstoodIsNoConsent: 了解 is asked back; prose that says no is prose.
func TestUnderstoodIsNoConsent(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportAsked)
	in := command(tanaka, c.Registration, "了解しました")
	in.Call = &Call{AskBack: []string{string(CmdConsent)}}
	l := letterOf[RefusalLetter](t, w.do(in))
	if l.Suggest == nil || l.Suggest.Command != CmdConsent || !strings.Contains(l.Problem, "「了承」のご指示でしょうか") {
		t.Errorf("%q, %+v", l.Problem, l.Suggest)
	}
	in.From, in.MessageID = colleague, ""
	want(t, w.do(in), ResultPassed, "message-kept message-passed", "passed-on>suzuki")
	no := w.replyTo(c.Registration, mail(MailReply, tanaka))
	no.Text = "今回は了承できません。"
	want(t, w.do(answering(w.newestTo(LetterConsent, tanaka), no)), ResultPassed, "message-kept message-passed", "passed-on>suzuki")
	if c = w.again(c); c.Supports[0].Intake.Answer != "" {
		t.Errorf("%s", c.Supports[0].consentText(1))
	}
}

func TestAConsentToACandidateThatWasPassedOver(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportAsked)
	out := w.say(suzuki, c.Registration, "見送り")
	if a := answerTo(t, out); !strings.Contains(a.Next, "了承のお願いが不要となったこと") {
		t.Errorf("%+v", a)
	}
	refused(t, w.say(tanaka, c.Registration, "了承"), "見送りとなりました")
}

// TestASecondSheetThatDoesNotLeaveLeavesTheFirstWhereItIs: what an agency holds already is not forgotten.
func TestASecondSheetThatDoesNotLeaveLeavesTheFirstWhereItIs(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportReferred)
	first := c.Support(q).Referral
	w.say(suzuki, c.Registration, "回付 HYOGO-CCI 再送")
	out := w.say(tanaka, c.Registration, "辞退")
	want(t, out, ResultDone, "consent-answered referral-stopped", "consent-result>suzuki answer>tanaka answer>suzuki")
	if !letterOf[ConsentResultLetter](t, out).Recall {
		t.Error("no deletion is proposed of the first one")
	}
	w.advance(hold)
	c = w.again(c)
	if r := c.Support(q).Referral; !r.At.Equal(first.At) || r.Version != 1 || r.Times != 2 {
		t.Errorf("%+v", r)
	}
	want(t, w.say(suzuki, c.Registration, "廃棄依頼"), ResultDone, "command-began recall-asked", "recall>kaigai answer>suzuki")
}
