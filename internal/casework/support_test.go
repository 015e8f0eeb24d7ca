package casework

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Stories of process.md 2 to 5: how a support goes from the inquiry to its end.

// say gives a command with a body.
func (w *world) say(from Address, number, line string, body ...string) Outcome {
	w.t.Helper()
	in := command(from, number, line)
	in.Text = strings.Join(body, "\n")
	return w.do(in)
}

// consulting is a case that its concierge has taken.
func (w *world) consulting() Case {
	w.t.Helper()
	c := w.registered(tanaka, company("灘酒造"))
	w.say(suzuki, c.Registration, "引受")
	return w.again(c)
}

// open lets the company be written to, and consent.
func (w *world) open(c Case) {
	w.t.Helper()
	w.say(suzuki, c.Registration, "連絡方法 直接")
	w.say(suzuki, c.Registration, "連絡先確認")
}

// supported brings a case to a support of an agency in a state. The company is written to directly.
func (w *world) supported(agency string, window Address, to SupportState) (Case, string) {
	w.t.Helper()
	c := w.consulting()
	w.open(c)
	if to == SupportNone {
		return w.again(c), ""
	}
	w.say(suzuki, c.Registration, "打診 "+agency)
	w.advance(hold)
	c = w.again(c)
	q := c.SupportOf(agency).ID
	steps := []struct {
		state SupportState
		do    func()
	}{
		{SupportInquired, func() {}},
		{SupportUnavailable, func() { w.say(window, q, "受入不可", "担当者が不在のため。") }},
		{SupportAvailable, func() { w.say(window, q, "受入可") }},
		{SupportPassedOver, func() { w.say(suzuki, c.Registration, "見送り "+agency) }},
		{SupportAsked, func() { w.say(suzuki, c.Registration, "了承依頼 "+agency); w.advance(hold) }},
		{SupportDeclined, func() { w.say(kuramoto, c.Registration, "辞退") }},
		{SupportCleared, func() {
			w.say(kuramoto, c.Registration, "了承")
			w.say(tanaka, c.Registration, "了承")
		}},
		{SupportReferred, func() { w.say(suzuki, c.Registration, "回付 "+agency); w.advance(hold) }},
		{SupportHosted, func() {
			w.say(window, q, "受入担当", "部署：海外課", "担当者：山口", "初回連絡方法：電話")
		}},
		{SupportActive, func() { w.say(window, q, "進捗", "支援日：11/20", "支援内容：輸出手続きの相談") }},
		{SupportFinished, func() { w.say(suzuki, c.Registration, "支援終了 "+agency) }},
	}
	aside := []SupportState{SupportUnavailable, SupportPassedOver, SupportDeclined}
	for _, s := range steps {
		if slices.Contains(aside, s.state) && s.state != to {
			continue
		}
		s.do()
		if s.state == to {
			break
		}
	}
	w.advance(hold)
	if c = w.again(c); c.Support(q).State(c.Version) != to {
		w.t.Fatalf("the support is %s, not %s", c.Support(q).State(c.Version), to)
	}
	return c, q
}

func (w *world) hyogo(to SupportState) (Case, string) {
	w.t.Helper()
	return w.supported("HYOGO-CCI", yamaguchi, to)
}

// answer is the answer that somebody got.
func answerTo(t tester, out Outcome) AnswerLetter {
	t.Helper()
	for _, l := range out.Letters {
		if a, ok := l.Content.(AnswerLetter); ok && l.answer {
			return a
		}
	}
	t.Fatalf("no answer in %q", letters(out))
	return AnswerLetter{}
}

func refused(t *testing.T, out Outcome, words ...string) RefusalLetter {
	t.Helper()
	l := letterOf[RefusalLetter](t, out)
	for _, w := range words {
		if !strings.Contains(l.Problem, w) {
			t.Errorf("the refusal %q does not say %q", l.Problem, w)
		}
	}
	return l
}

func TestASupportFromTheInquiryToItsEnd(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	n := c.Registration
	want(t, w.say(suzuki, n, "連絡方法 直接"), ResultDone, "reach-set", "answer>suzuki")
	want(t, w.say(suzuki, n, "連絡先確認"), ResultDone, "reach-confirmed", "answer>suzuki")
	out := w.say(suzuki, n, "打診 HYOGO-CCI 兵庫県信用保証協会", "ベトナムの制度に詳しい方をお願いします。")
	want(t, out, ResultDone, "command-began inquired inquired", "inquiry>kaigai inquiry>inoue answer>suzuki")
	if l := out.Letters[0].Content.(InquiryLetter); l.Number != "Q26-00001" || l.Entry != nil || l.Company != "" || l.Facts.Industry != "食料品製造業" ||
		l.Facts.Size != "資本金 5,000万円以下・従業員 50名以下" || l.Facts.Prefecture != "" || !slices.Equal(l.Facts.Items, []int{1, 7}) || len(out.Letters[0].Attach) != 0 {
		t.Errorf("the inquiry says %+v", l)
	}
	w.advance(hold)
	want(t, w.say(inoue, "Q26-00002", "受入不可", "今期は枠がございません。"), ResultDone, "inquiry-answered", "inquiry-answer>suzuki answer>inoue")
	want(t, w.say(yamaguchi, "Q26-00001", "受入可"), ResultDone, "inquiry-answered", "inquiry-answer>suzuki answer>kaigai")
	out = w.say(suzuki, n, "了承依頼 HYOGO-CCI")
	want(t, out, ResultDone, "command-began consent-asked", "consent>kuramoto consent>tanaka answer>suzuki")
	w.advance(hold)
	want(t, w.say(kuramoto, n, "了承"), ResultDone, "consent-answered", "consent-result>suzuki answer>kuramoto")
	refused(t, w.say(suzuki, n, "回付 HYOGO-CCI"), "ご了承が得られていないため、", "紹介元：未回答（11/16 依頼）、企業：了承済")
	want(t, w.say(tanaka, n, "了承"), ResultDone, "consent-answered", "consent-result>suzuki answer>tanaka")
	out = w.say(suzuki, n, "回付 HYOGO-CCI")
	want(t, out, ResultDone, "command-began referred", "referral>kaigai password>suzuki referred>kuramoto referred>tanaka answer>suzuki")
	if l := out.Letters[0]; l.Attach[0].Kind != AttachProtected || l.Attach[0].Protect.Password == "" || l.Attach[0].Name != "エントリーシート_Q26-00001.xlsx" ||
		l.Number != "Q26-00001" || l.Content.(ReferralLetter).Member != c.Member {
		t.Errorf("the referral is %+v", l)
	}
	w.advance(hold)
	out = w.say(yamaguchi, "Q26-00001", "受入担当", "部署：海外課", "担当者：山口 誠", "初回連絡方法：12月1日までにお電話")
	want(t, out, ResultDone, "command-began host-named", "host>kuramoto host>tanaka host>suzuki answer>kaigai")
	out = w.say(suzuki, n, "面談 HYOGO-CCI 12/3 14時 神戸商工会議所")
	want(t, out, ResultDone, "command-began meeting-set", "meeting>kuramoto meeting>kaigai meeting>tanaka meeting>suzuki answer>suzuki")
	first := out.Letters[0].Content.(MeetingLetter).Meeting
	w.advance(hold)
	out = w.say(suzuki, n, "面談 HYOGO-CCI 12/4 10:00 神戸商工会議所")
	if m := out.Letters[0].Content.(MeetingLetter); m.Meeting.UID != first.UID || m.Meeting.Sequence != 1 || !m.Before.Equal(first.Start) || first.Sequence != 0 {
		t.Errorf("the meeting %+v was moved to %+v", first, m)
	}
	w.advance(18 * 24 * time.Hour)
	want(t, w.say(yamaguchi, "Q26-00001", "進捗", "支援日：12/4", "支援内容：制度の説明", "次回予定：12/20"), ResultDone, "feedback-given", "feedback>tanaka feedback>suzuki answer>kaigai")
	want(t, w.say(yamaguchi, "Q26-00001", "進捗", "契約書を確認しました。"), ResultDone, "feedback-given", "feedback>tanaka feedback>suzuki answer>kaigai")
	refused(t, w.say(suzuki, n, "案件終了"), "進行中の支援が1件", "もう一度「案件終了」")
	want(t, w.say(suzuki, n, "案件終了"), ResultDone, "command-began support-ended case-closed", "closing>kuramoto closing>tanaka closing>kaigai answer>suzuki")
	w.advance(hold)
	for _, p := range w.box {
		if p.state != "gone" {
			t.Errorf("letter %s to %s is %s", p.Kind(), p.To[0].Addr, p.state)
		}
	}
	if c = w.again(c); c.Stage != StageClosed || len(c.Support("Q26-00001").Feedback) != 2 {
		t.Errorf("the case is %s: %+v", c.Stage, c.Supports)
	}
}

func TestJetroSupportsWithItsForm(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	n := c.Registration
	out := w.say(suzuki, n, "ジェトロ支援 新輸出大国パートナー", "申込書は追ってお送りします。")
	want(t, out, ResultDone, "command-began jetro-proposed", "proposal>tanaka proposal>tanaka answer>suzuki")
	if via := out.Letters[0].Content.(ProposalLetter); !via.Via || via.For != RoleCompany || len(via.Offers) != 0 || out.Letters[1].Content.(ProposalLetter).Via {
		t.Errorf("the company's letter goes through the agency: %+v", via)
	}
	if w.again(c).Stage != StageSupported {
		t.Errorf("the case is %s", w.again(c).Stage)
	}
	want(t, w.say(suzuki, n, "追加情報 紹介元"), ResultDone, "form-sent", "form>tanaka answer>suzuki")
	back := answering(w.newestTo(LetterForm, tanaka), mail(MailReply, tanaka))
	back.Files = []FileIn{{Name: "追加情報フォーム.xlsx", Blob: "f0", Size: 1000}, {Name: "写真.exe", Runs: "実行できるファイルのため"}}
	out = w.do(back)
	want(t, out, ResultPassed, "message-kept form-returned message-passed", "passed-on>suzuki")
	if l := out.Letters[0]; len(l.Attach) != 1 || l.Attach[0].Blob != "f0" || len(l.Content.(PassedOnLetter).Kept) != 1 || !w.again(c).Form.Returned {
		t.Errorf("passed on with %+v", l.Attach)
	}
	want(t, w.say(suzuki, n, "進捗", "11/20 に初回の相談をしました。"), ResultDone, "feedback-given", "feedback>tanaka answer>suzuki")
	want(t, w.say(suzuki, n, "支援終了 ジェトロ"), ResultDone, "command-began support-ended", "closing>tanaka closing>tanaka answer>suzuki")
	want(t, w.say(suzuki, n, "案件終了"), ResultDone, "command-began case-closed", "closing>tanaka closing>tanaka answer>suzuki")
}

func TestAnInquiryIsAnonymous(t *testing.T) {
	for text, field := range map[string]string{
		"灘五郷酒造様のご依頼です":                  "企業名",
		"代表 太郎様とのお話では":                  "代表者",
		"kuramoto@nada-brewery.example": "メールアドレス",
		"> 企業名：灘五郷酒造\n> よろしくお願いします":     "企業名",
		"会員番号 M-00001-3 の件":             "会員番号",
	} {
		w := newWorld(t)
		c := w.registered(tanaka, company("株式会社灘五郷酒造"))
		w.say(suzuki, c.Registration, "引受")
		out := w.say(suzuki, c.Registration, "打診 HYOGO-CCI", text)
		want(t, out, ResultRefused, "message-kept", "refusal>suzuki")
		refused(t, out, field, "照会をお送りしておりません", "本文の1行目")
	}
	t.Run("an attribute that names the company is left out, and told", func(t *testing.T) {
		w := newWorld(t)
		c := w.registered(tanaka, company("灘五郷酒造", func(s *SheetIn) { s.Entry.Company.Industry = "灘五郷酒造（清酒製造業）" }))
		w.say(suzuki, c.Registration, "引受")
		out := w.say(suzuki, c.Registration, "打診 HYOGO-CCI")
		if a := answerTo(t, out); out.Letters[0].Content.(InquiryLetter).Facts.Industry != "" || !strings.Contains(strings.Join(a.Lines, " "), "業種には企業が分かる記載") {
			t.Errorf("%+v", a)
		}
	})
	t.Run("the prefecture only where the office allows it", func(t *testing.T) {
		w := newWorld(t)
		c := w.consulting()
		in := command(suzuki, c.Registration, "打診 HYOGO-CCI")
		for allowed, want := range map[bool]string{false: "", true: "兵庫県"} {
			facts := w.facts(in)
			facts.NamePrefecture = allowed
			out, err := Decide(w.loaded(), in, facts)
			if got := out.Letters[0].Content.(InquiryLetter).Facts.Prefecture; err != nil || got != want {
				t.Errorf("%v: %q, %v", allowed, got, err)
			}
		}
	})
	t.Run("files do not go with it", func(t *testing.T) {
		w := newWorld(t)
		c := w.consulting()
		in := command(suzuki, c.Registration, "打診 HYOGO-CCI")
		in.Files = []FileIn{{Name: "灘酒造.xlsx", Blob: "x", Size: 1}}
		out := w.do(in)
		if len(out.Letters[0].Attach) != 0 || !strings.Contains(strings.Join(answerTo(t, out).Lines, " "), "添付ファイルはお送りしておりません") {
			t.Errorf("%+v", out.Letters[0].Attach)
		}
	})
}

func TestAnInquiryThatCannotBeMadeAsksNobody(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	for line, words := range map[string]string{
		"打診":                  "機関コードをお書きください",
		"打診 HYOGO-CCI MINATO": "紹介元です",
		"打診 HYOGO-CCI どこか":    "名簿に見つかりませんでした",
		"打診 HYOGO-CCI 貿易保険セ":  "HOKEN のことでしょうか",
	} {
		out := w.say(suzuki, c.Registration, line)
		want(t, out, ResultRefused, "message-kept", "refusal>suzuki")
		refused(t, out, words)
	}
	w.say(suzuki, c.Registration, "打診 HYOGO-CCI")
	refused(t, w.say(suzuki, c.Registration, "打診 HYOGO-CCI"), "照会（Q26-00001）は進行中です（現在の状態：打診中）")
	w.roster.ended["HOSHO"] = true
	refused(t, w.say(suzuki, c.Registration, "打診 HOSHO"), "登録期間が終了")
}

func TestAnswersToAnInquiryThatComeWrong(t *testing.T) {
	t.Run("twice", func(t *testing.T) {
		w := newWorld(t)
		_, q := w.hyogo(SupportAvailable)
		want(t, w.say(yamaguchi, q, "受入可"), ResultDone, "", "answer>kaigai")
	})
	t.Run("the other way round afterwards", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportCleared)
		want(t, w.say(yamaguchi, q, "受入不可"), ResultDone, "inquiry-answered", "inquiry-answer>suzuki answer>kaigai")
		refused(t, w.say(suzuki, c.Registration, "回付 HYOGO-CCI"), "「受入可」のご回答をいただいていないため")
	})
	t.Run("late, after another was chosen", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportPassedOver)
		out := w.say(yamaguchi, q, "受入可")
		want(t, out, ResultDone, "inquiry-answered", "inquiry-answer>suzuki answer>kaigai")
		if !letterOf[InquiryAnswerLetter](t, out).Late || !strings.Contains(answerTo(t, out).Done, "先に見送りとさせていただきました") {
			t.Errorf("%+v", answerTo(t, out))
		}
		refused(t, w.say(suzuki, c.Registration, "了承依頼 HYOGO-CCI"), "「見送り」", "「打診 HYOGO-CCI」")
		want(t, w.say(suzuki, c.Registration, "打診 HYOGO-CCI"), ResultDone, "command-began inquired", "inquiry>kaigai answer>suzuki")
	})
	t.Run("after the sheet was sent", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportReferred)
		for _, answer := range []string{"受入不可", "受入可"} { // whoever changes its mind once more may say so
			want(t, w.say(yamaguchi, q, answer, "担当者が異動します。"), ResultDone, "inquiry-answered", "inquiry-answer>suzuki answer>kaigai")
			if s := w.again(c); s.Support(q).Cleared(1) != (answer == "受入可") {
				t.Errorf("after %s: %+v", answer, s.Support(q))
			}
		}
		want(t, w.say(yamaguchi, q, "受入可"), ResultDone, "message-kept", "inquiry-answer>suzuki answer>kaigai")
	})
	t.Run("after the case was closed", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportInquired)
		w.say(suzuki, c.Registration, "案件終了")
		want(t, w.say(suzuki, c.Registration, "案件終了"), ResultDone, "command-began support-passed case-closed", "passed-over>kaigai closing>kuramoto closing>tanaka answer>suzuki")
		w.advance(hold)
		refused(t, w.say(yamaguchi, q, "受入可"), "現在「終了」")
	})
	t.Run("by an agency that was not asked", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportInquired)
		for _, number := range []string{q, c.Registration} {
			refused(t, w.say(inoue, number, "受入可"), "対象となる案件が分かりませんでした")
		}
	})
	t.Run("by its secretary: the concierge reads it", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.supported("HOSHO", inoue, SupportInquired)
		out := w.say(secretary, q, "受入可", "上司に代わりお返事します。")
		want(t, out, ResultPassed, "message-kept message-passed", "passed-on>suzuki")
		if l := letterOf[PassedOnLetter](t, out); l.Doubt == "" || l.Answer || !strings.Contains(l.From, secretary.Addr) {
			t.Errorf("%+v", l)
		}
		want(t, w.say(suzuki, c.Registration, "受入可 HOSHO メール"), ResultDone, "inquiry-answered", "answer>suzuki")
	})
	t.Run("by another rostered person with the code", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.supported("HOSHO", inoue, SupportInquired)
		w.say(oda, q, "受入可")
		w.say(suzuki, c.Registration, "見送り HOSHO")
		if l := w.newest(LetterPassedOver, q); !SameAddr(l.To[0], oda) {
			t.Errorf("the next letter goes to %v", l.To)
		}
	})
	t.Run("by phone, to the concierge", func(t *testing.T) {
		w := newWorld(t)
		c := w.consulting()
		refused(t, w.say(suzuki, c.Registration, "受入可"), "支援機関のコードと、どのように伺われたか")
		refused(t, w.say(suzuki, c.Registration, "受入可 HYOGO-CCI"), "どのように伺われたか")
		want(t, w.say(suzuki, c.Registration, "受入可 HYOGO-CCI 電話"), ResultDone, "inquired inquiry-answered", "answer>suzuki")
	})
	t.Run("as the first line of the reply", func(t *testing.T) {
		w := newWorld(t)
		_, q := w.hyogo(SupportInquired)
		in := answering(w.newest(LetterInquiry, q), mail(MailReply, yamaguchi))
		in.First, in.Text = &Call{Name: CmdAvailable}, "受入可\nよろしくお願いします。"
		want(t, w.do(in), ResultDone, "inquiry-answered", "inquiry-answer>suzuki answer>kaigai")
	})
	t.Run("as the first line of a reply to something else", func(t *testing.T) {
		w := newWorld(t)
		_, q := w.hyogo(SupportReferred)
		in := answering(w.newest(LetterReferral, q), mail(MailReply, yamaguchi))
		in.First, in.Text = &Call{Name: CmdAvailable}, "受入可\nよろしくお願いします。"
		want(t, w.do(in), ResultPassed, "message-kept message-passed", "passed-on>suzuki")
	})
}

// TestAnAgencyThatIsAskedAgainAnswersTheNewInquiry: whichever of its letters it answers, an agency has one open inquiry,
// and 見送り of that one is the last word about the agency.
func TestAnAgencyThatIsAskedAgainAnswersTheNewInquiry(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportCleared)
	w.say(yamaguchi, q, "受入不可")
	w.say(suzuki, c.Registration, "打診 HYOGO-CCI")
	w.advance(hold)
	c = w.again(c)
	again := c.SupportOf("HYOGO-CCI").ID
	want(t, w.say(yamaguchi, q, "受入可"), ResultDone, "inquiry-answered", "inquiry-answer>suzuki answer>kaigai")
	c = w.again(c)
	if c.Support(q).State(1) != SupportUnavailable || c.Support(again).State(1) != SupportAvailable {
		t.Fatalf("%s: %s, %s: %s", q, c.Support(q).State(1), again, c.Support(again).State(1))
	}
	refused(t, w.say(suzuki, c.Registration, "回付 "+q), "企業：未依頼")
	refused(t, w.say(tanaka, c.Registration, "了承"), "ご了承をお願いしている支援機関はございません")
	consented := answering(w.newestTo(LetterConsent, tanaka), w.replyTo(c.Registration, mail(MailReply, tanaka)))
	consented.First, consented.Text = &Call{Name: CmdConsent}, "了承"
	refused(t, w.do(consented), "まだ了承をお願いしておりません", "お願いをお送りした際に")
	w.say(suzuki, c.Registration, "見送り "+q)
	want(t, w.say(yamaguchi, q, "受入可"), ResultDone, "inquiry-answered", "inquiry-answer>suzuki answer>kaigai")
	refused(t, w.say(suzuki, c.Registration, "回付 HYOGO-CCI"), "「見送り」")
	refused(t, w.say(suzuki, c.Registration, "回付 "+q), "「見送り」")
}

func TestACandidateThatSaidNoHearsNoMore(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportUnavailable)
	want(t, w.say(suzuki, c.Registration, "見送り HYOGO-CCI"), ResultDone, "command-began support-passed", "answer>suzuki")
	want(t, w.say(suzuki, c.Registration, "見送り HYOGO-CCI"), ResultDone, "", "answer>suzuki")
}

func TestTwoConciergesAtOnce(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	w.say(suzuki, c.Registration, "引受")
	refused(t, w.say(yamamoto, c.Registration, "打診 HYOGO-CCI"), "この案件の担当コンシェルジュ")
	w.say(suzuki, c.Registration, "担当変更 YAMAMOTO")
	refused(t, w.say(suzuki, c.Registration, "打診 HYOGO-CCI"), "この案件の担当コンシェルジュ")
	w.say(yamamoto, c.Registration, "引受")
	want(t, w.say(yamamoto, c.Registration, "打診 HYOGO-CCI"), ResultDone, "command-began inquired", "inquiry>kaigai answer>yamamoto")
}
