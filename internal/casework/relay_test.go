package casework

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Plain mail finds its way: a party's to the concierge, the concierge's back, and nothing to whom it is not for.

func TestAPartysMailGoesToTheConciergeAndTheAnswerBack(t *testing.T) {
	for rule, tc := range map[string]struct {
		from   Address
		number func(c Case, q string) string
		events string
		back   string
	}{
		"of the company":         {kuramoto, func(c Case, _ string) string { return c.Registration }, "message-kept command-began message-passed", "passed-on>kuramoto"},
		"of the intake agency":   {tanaka, func(c Case, _ string) string { return c.Registration }, "message-kept message-passed", "passed-on>tanaka"},
		"of the provider agency": {yamaguchi, func(_ Case, q string) string { return q }, "message-kept command-began message-passed", "passed-on>kaigai"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			c, q := w.hyogo(SupportHosted)
			in := w.replyTo(tc.number(c, q), mail(MailReply, tc.from))
			in.Subject, in.Text = "Re: [登録 2026-KOB-00001-4 "+goodCode+"] 資料について", "資料をお送りします。符号は "+goodCode+" です。"
			in.Files = []FileIn{{Name: "資料.pdf", Blob: "f1", Size: 10}, {Name: "setup.exe", Runs: "実行できるファイルのため"}}
			out := w.do(in)
			want(t, out, ResultPassed, "message-kept message-passed", "passed-on>suzuki")
			l := letterOf[PassedOnLetter](t, out)
			passed := out.Letters[0]
			passed.Foreign = nil // the codes that the last scan looks for
			data, _ := json.Marshal(passed)
			if strings.Contains(string(data), goodCode) || l.Doubt != "" || !l.Answer || !slices.Equal(l.Files, []string{"資料.pdf"}) || len(l.Kept) != 1 || l.Subject != "Re: 資料について" {
				t.Errorf("passed on as %+v", l)
			}
			back := answering(w.newestTo(LetterPassedOn, suzuki), mail(MailReply, suzuki))
			back.Text, back.Files = "拝受しました。", []FileIn{{Name: "返信.pdf", Blob: "f2", Size: 10}}
			out = w.do(back)
			want(t, out, ResultPassed, tc.events, tc.back)
			if len(out.Letters[0].Attach) != 1 {
				t.Errorf("%+v", out.Letters[0].Attach)
			}
		})
	}
}

func TestAMailWithoutEvidenceIsPassedOnWithAWarningAndWithoutFiles(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	in := mail(MailReply, tanaka)
	in.Tag, in.Evidence, in.Files = Tag{Number: c.Registration}, Evidence{State: EvidenceWeak}, []FileIn{{Name: "a.pdf", Blob: "f", Size: 1}}
	out := w.do(in)
	want(t, out, ResultPassed, "message-kept message-passed", "passed-on>suzuki")
	if l := letterOf[PassedOnLetter](t, out); l.Doubt == "" || l.Answer || len(out.Letters[0].Attach) != 0 || out.Letters[0].Relay != (Party{}) {
		t.Errorf("%+v", l)
	}
	want(t, w.do(failed(w.replyTo(c.Registration, mail(MailReply, tanaka)))), ResultKept, "message-kept", "")
}

func TestAReplyToAllIsKeptOnce(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	in := w.replyTo(c.Registration, mail(MailReply, tanaka))
	in.Recipients = []string{office.Mailbox.Addr, suzuki.Addr}
	want(t, w.do(in), ResultPassed, "message-kept", "")
	in = w.replyTo(c.Registration, mail(MailReply, suzuki))
	in.Recipients = []string{office.Mailbox.Addr, tanaka.Addr}
	want(t, w.do(in), ResultKept, "message-kept", "")
}

func TestAConciergesMailThatReachedNobodyIsToldSo(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	n := c.Registration
	in := w.replyTo(n, mail(MailReply, suzuki))
	in.Text = "よろしくお願いします。"
	want(t, w.do(in), ResultPassed, "message-kept", "nobody>suzuki")
	in.Evidence, in.Tag.Code, in.MessageID = Evidence{State: EvidenceNone}, "", ""
	want(t, w.do(in), ResultKept, "message-kept", "nobody>suzuki")
	w.do(w.replyTo(n, mail(MailReply, tanaka)))
	back := answering(w.newestTo(LetterPassedOn, suzuki), mail(MailReply, suzuki))
	want(t, w.do(back), ResultPassed, "message-kept", "nobody>suzuki") // nothing was written
	back.Text, back.MessageID = "拝受しました。", ""
	w.roster.ended["MINATO"] = true
	out := w.do(back)
	want(t, out, ResultPassed, "message-kept", "nobody>suzuki")
	if l := letterOf[NobodyLetter](t, out); !strings.Contains(l.Why, "登録期間が終了") {
		t.Errorf("%q", l.Why)
	}
}

func TestWhoIsClerkAndConciergeAnswersAsTheConcierge(t *testing.T) {
	w := newWorld(t)
	w.roster.clerks = append(w.roster.clerks, Clerk{Name: suzuki.Name, Mail: suzuki.Addr})
	c := w.consulting()
	w.do(w.replyTo(c.Registration, mail(MailReply, tanaka)))
	back := answering(w.newestTo(LetterPassedOn, suzuki), mail(MailReply, suzuki))
	back.Text = "拝受しました。"
	want(t, w.do(back), ResultPassed, "message-kept message-passed", "passed-on>tanaka")
	w.say(suzuki, c.Registration, "打診 HYOGO-CCI")
	want(t, w.say(suzuki, c.Registration, "直前取消"), ResultDone, "command-undone", "answer>suzuki")
}

func TestTheConciergeWritesToAParty(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportInquired)
	n := c.Registration
	want(t, w.say(suzuki, n, "連絡 企業", "はじめまして。"), ResultDone, "command-began message-passed", "passed-on>kuramoto answer>suzuki")
	want(t, w.say(suzuki, n, "連絡 紹介元", "はじめまして。"), ResultDone, "message-passed", "passed-on>tanaka answer>suzuki")
	want(t, w.say(suzuki, n, "連絡 みなと銀行", "はじめまして。"), ResultDone, "message-passed", "passed-on>tanaka answer>suzuki")
	want(t, w.say(suzuki, n, "連絡 HYOGO-CCI", "お返事をお待ちしています。"), ResultDone, "command-began message-passed", "passed-on>kaigai answer>suzuki")
	refused(t, w.say(suzuki, n, "連絡 HYOGO-CCI", "kuramoto@nada-brewery.example にご連絡ください。"), "メールアドレス", "お伝えしておりません")
	refused(t, w.say(suzuki, n, "連絡"), "「連絡 企業」「連絡 紹介元」「連絡 機関コード」")
	refused(t, w.say(suzuki, n, "連絡 紹介元"), "本文にお書きのうえ")
	refused(t, w.say(suzuki, n, "連絡 HOSHO", "こんにちは"), "この案件に関わっておりません")
	in := command(suzuki, n, "連絡 HYOGO-CCI")
	in.Text, in.Files = "資料です。", []FileIn{{Name: "灘酒造.pdf", Blob: "f", Size: 1}}
	out := w.do(in)
	if len(out.Letters[0].Attach) != 0 || !strings.Contains(strings.Join(answerTo(t, out).Lines, ""), "ご了承が得られるまで") {
		t.Errorf("a file goes to a candidate: %+v", out.Letters[0].Attach)
	}
}

func TestAWishIsForTheConciergeAlone(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportHosted)
	refused(t, w.say(tanaka, c.Registration, "要望"), "本文にお書きのうえ")
	for _, who := range []Address{tanaka, kuramoto} {
		out := w.say(who, c.Registration, "要望", "面談を増やしてほしい。")
		if letters(out) != "passed-on>suzuki answer>"+strings.Split(who.Addr, "@")[0] || out.Letters[0].Relay.Role == "" {
			t.Errorf("%s: %s", who.Addr, letters(out))
		}
	}
	for who, number := range map[Address]string{yamaguchi: q, tanaka: c.Registration} {
		l := letterOf[StatusLetter](t, w.say(who, number, "状況"))
		for _, h := range l.History {
			if strings.Contains(h.Text, "面談を増やして") {
				t.Errorf("%s reads %q", who.Addr, h.Text)
			}
		}
	}
	w.roster.ended["SUZUKI"] = true
	want(t, w.say(tanaka, c.Registration, "要望", "面談を増やしてほしい。"), ResultDone, "wish-given", "passed-on>saeki answer>tanaka")
}

// TestTheTimelineIsWhatEachRoleMaySee: candidates and parties read of their own, the office of all.
func TestTheTimelineIsWhatEachRoleMaySee(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportHosted)
	w.say(suzuki, c.Registration, "打診 HOSHO")
	for _, tc := range []struct {
		who         Address
		number      string
		sees, hides []string
	}{
		{yamaguchi, q, []string{"照会番号 " + q, "回付しました", "受入担当が決まりました（海外課 山口）"}, []string{"信用保証協会", "会員番号", "ご了承", "企業のメール"}},
		{inoue, "Q26-00002", []string{"照会番号 Q26-00002"}, []string{"商工会議所", "回付"}},
		{kuramoto, c.Registration, []string{"兵庫商工会議所に、エントリーシート", "ご了承をいただきました"}, []string{"信用保証協会", "受入可", "照会番号"}},
		{tanaka, c.Registration, []string{"兵庫商工会議所に、エントリーシート"}, []string{"信用保証協会", "受入可", "ご指示"}},
		{saeki, c.Registration, []string{"信用保証協会", "受入可", "ご指示「回付 HYOGO-CCI」"}, nil},
	} {
		l := letterOf[StatusLetter](t, w.say(tc.who, tc.number, "状況"))
		var lines []string
		for _, h := range l.History {
			lines = append(lines, h.Text)
		}
		text := strings.Join(lines, "\n")
		for _, s := range tc.sees {
			if !strings.Contains(text, s) {
				t.Errorf("%s does not read %q in:\n%s", tc.who.Addr, s, text)
			}
		}
		for _, s := range tc.hides {
			if strings.Contains(text, s) {
				t.Errorf("%s reads %q in:\n%s", tc.who.Addr, s, text)
			}
		}
	}
}

// TestWordsThatAnAgencyMayNotReadAreRefusedWithTheirPlace: every command whose words reach an agency is refused to the
// concierge, who learns where they stand.
func TestWordsThatAnAgencyMayNotReadAreRefusedWithTheirPlace(t *testing.T) {
	const secret = "お世話になります。\n連絡先は kuramoto@nada-brewery.example です。"
	for _, tc := range []struct {
		state             SupportState
		line, body, place string
	}{
		{SupportNone, "打診 HYOGO-CCI", secret, "本文の2行目に"},
		{SupportAsked, "連絡 HYOGO-CCI", secret, "本文の2行目に"},
		{SupportHosted, "連絡 HYOGO-CCI", secret, "本文の2行目に"},
		{SupportHosted, "面談 HYOGO-CCI 12/3 14時 神戸市中央区1-1-9", secret, "場所と本文の2行目に"},
		{SupportHosted, "面談 HYOGO-CCI 12/3 14時 神戸市中央区1-1-9", "", "場所に"},
		{SupportHosted, "面談 HYOGO-CCI 12/3 14時 当事務所", secret, "本文の2行目に"},
		{SupportHosted, "面談中止 HYOGO-CCI", secret, "本文の2行目に"},
	} {
		w := newWorld(t)
		c, _ := w.hyogo(tc.state)
		if tc.state == SupportHosted {
			w.say(suzuki, c.Registration, "面談 HYOGO-CCI 12/8 14時 当事務所")
			w.advance(hold)
			w.say(kuramoto, c.Registration, "辞退")
		}
		out := w.say(suzuki, c.Registration, tc.line, tc.body)
		want(t, out, ResultRefused, "message-kept", "refusal>suzuki")
		if l := refused(t, out, tc.place); !strings.HasPrefix(l.Problem, tc.place) {
			t.Errorf("%s: %s", tc.line, l.Problem)
		}
	}
}

// TestWhatWasSaidWhileAnAgencyMightReadItHoldsUpNoLaterLetter: after a consent was taken back, host and reports that tell
// of the company are left out of what its agency gets, and the letters leave.
func TestWhatWasSaidWhileAnAgencyMightReadItHoldsUpNoLaterLetter(t *testing.T) {
	for _, line := range []string{"廃棄依頼 HYOGO-CCI", "面談 HYOGO-CCI 12/8 14時 当事務所", "支援終了 HYOGO-CCI", "支援取下", "状況", "テスト 進捗"} {
		w := newWorld(t)
		c, q := w.hyogo(SupportReferred)
		w.say(yamaguchi, q, "受入担当", "担当者：山口", "初回連絡方法：kuramoto@nada-brewery.example へ")
		w.say(yamaguchi, q, "進捗", "支援内容：kuramoto@nada-brewery.example と打合せ")
		w.say(kuramoto, c.Registration, "辞退")
		who, number := suzuki, c.Registration
		if line == "状況" || line == "テスト 進捗" {
			who, number = yamaguchi, q
		}
		in := command(who, number, line)
		if rest, ok := strings.CutPrefix(line, "テスト "); ok {
			in.Call, in.Text = &Call{Name: CmdDryRun, Inner: callOf(rest)}, "支援内容：相談"
		}
		for _, l := range w.do(in).Letters {
			data, _ := json.Marshal(l.Content)
			if l.Party.Role == RoleProvider && (strings.Contains(string(data), "kuramoto@") || strings.Contains(string(data), "みなと銀行")) {
				t.Errorf("%s: letter %s tells of the company: %s", line, l.Kind(), data)
			}
		}
	}
}

// TestAnAgencyThatIsAskedIsAnsweredUnderItsInquiry also where a command names no case: the registration number is not its
// to know.
func TestAnAgencyThatIsAskedIsAnsweredUnderItsInquiry(t *testing.T) {
	for _, line := range []string{"会員確認 M-00001-3", "テスト 会員確認 M-00001-3", "ヘルプ", "一覧", "テスト 一覧", "テスト 状況"} {
		w := newWorld(t)
		_, q := w.hyogo(SupportInquired)
		in := command(yamaguchi, q, line)
		if rest, ok := strings.CutPrefix(line, "テスト "); ok {
			in.Call = &Call{Name: CmdDryRun, Inner: callOf(rest)}
		}
		in.Evidence.State = EvidenceWeak
		for _, l := range w.do(in).Letters {
			if l.Number != q && l.Number != "" {
				t.Errorf("%s: letter %s is about %s", line, l.Kind(), l.Number)
			}
		}
	}
}
