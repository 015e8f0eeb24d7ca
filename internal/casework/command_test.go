package casework

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// heldCase brings a stranger's sheet into hold.
func (w *world) heldCase(s SheetIn) Case {
	w.t.Helper()
	out := w.do(entryMail(okamoto, s))
	if out.Result != ResultHeld {
		w.t.Fatalf("not held but %s", out.Result)
	}
	return w.chief(out)
}

func TestApprovalRegistersAndAnswersTheRosteredAddress(t *testing.T) {
	w := newWorld(t)
	c := w.heldCase(company("灘酒造"))
	out := w.do(command(saeki, c.Receipt, "承認 MINATO"))
	want(t, out, ResultDone, "entry-approved case-registered", "registered>houjin brief>suzuki answer>saeki")
	if c = w.again(c); c.Agency != "MINATO" || c.Unverified || strings.Contains(w.log[len(w.log)-1].Actor.Evidence, "confirmed") {
		t.Errorf("agency %s, unverified %v, evidence %q", c.Agency, c.Unverified, w.log[len(w.log)-1].Actor.Evidence)
	}
	if a := letterOf[AnswerLetter](t, out); len(a.Sent) != 2 || !strings.Contains(a.Sent[0].To, minatoDesk.Addr) || !strings.Contains(a.Done, c.Member) {
		t.Errorf("answer = %+v", a)
	}
}

func TestApprovalAnswersThePersonWhoSentItWhenRostered(t *testing.T) {
	w := newWorld(t)
	in := entryMail(tanaka, company("灘酒造"))
	in.Evidence = Evidence{State: EvidenceWeak}
	c := w.chief(w.do(in))
	out := w.do(command(saeki, c.Receipt, "承認 MINATO"))
	want(t, out, ResultDone, "entry-approved case-registered", "registered>tanaka brief>suzuki answer>saeki")
	if out.Letters[0].InReplyTo != c.MessageID {
		t.Errorf("the answer continues %q, want the mail that brought the sheet", out.Letters[0].InReplyTo)
	}
}

func TestApprovalOfASheetWithQuestionsReturnsItToTheAgency(t *testing.T) {
	w := newWorld(t)
	c := w.heldCase(company("灘酒造", lacking("company.phone")))
	want(t, w.do(command(saeki, c.Receipt, "承認 MINATO")), ResultDone, "entry-approved sheet-returned", "returned>houjin answer>saeki")
	want(t, w.do(w.replyTo(c.Receipt, entryMail(tanaka, company("灘酒造")))), ResultRegistered, "sheet-replaced case-registered", "registered>tanaka brief>suzuki")
}

func TestApprovalOfUnreadableBoxesTakesTheClerksItems(t *testing.T) {
	for rule, from := range map[string]Address{"of the agency": tanaka, "of a stranger, in one step": okamoto} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			c := w.chief(w.do(entryMail(from, company("灘酒造", unreadable("request.items.1", "request.items.7")))))
			out := w.do(command(saeki, c.Receipt, "承認 MINATO"))
			want(t, out, ResultRefused, "message-kept", "refusal>saeki")
			if l := letterOf[RefusalLetter](t, out); l.Suggest == nil || l.Suggest.Args[0] != "MINATO" {
				t.Errorf("suggestion = %+v", l.Suggest)
			}
			out = w.do(command(saeki, c.Receipt, "承認 MINATO 07,01"))
			if c = w.again(c); c.Stage != StageRegistered || !slices.Equal(c.Entry.Request.Items, []int{1, 7}) {
				t.Errorf("%s, items %v: %s", c.Stage, c.Entry.Request.Items, out.Why)
			}
		})
	}
	t.Run("needs no items when only a confirmation was unreadable", func(t *testing.T) {
		w := newWorld(t)
		s := company("灘酒造", unreadable("confirmations.consent"))
		s.Entry.Request.Items = []int{3}
		c := w.chief(w.do(entryMail(tanaka, s)))
		want(t, w.do(command(saeki, c.Receipt, "承認 MINATO")), ResultDone, "entry-approved case-registered", "registered>tanaka brief>suzuki answer>saeki")
	})
}

func TestApprovalThatCannotBeObeyedSaysWhatIsMissing(t *testing.T) {
	for line, suggest := range map[string]string{
		"承認":           "MINATO", // the nearest agency
		"承認 どこかの銀行":    "MINATO",
		"承認 兵庫商":       "HYOGO-CCI", // a guess is suggested, not obeyed
		"承認 MINATO 14": "",
		"承認 MINATO 7x": "",
	} {
		w := newWorld(t)
		c := w.heldCase(company("灘酒造"))
		out := w.do(command(saeki, c.Receipt, line))
		want(t, out, ResultRefused, "message-kept", "refusal>saeki")
		l := letterOf[RefusalLetter](t, out)
		if suggest == "" && l.Suggest != nil || suggest != "" && (l.Suggest == nil || l.Suggest.Args[0] != suggest || l.Suggest.NoCase || len(l.Codes) == 0) {
			t.Errorf("%s: suggestion %+v, codes %v", line, l.Suggest, l.Codes)
		}
	}
	t.Run("an agency whose row has ended", func(t *testing.T) {
		w := newWorld(t)
		c := w.heldCase(company("灘酒造"))
		w.roster.ended["MINATO"] = true
		want(t, w.do(command(saeki, c.Receipt, "承認 MINATO")), ResultRefused, "message-kept", "refusal>saeki")
	})
}

func TestRejection(t *testing.T) {
	for line, sent := range map[string]string{"受付不可": "answer>saeki", "受付不可 通知": "rejected>okamoto answer>saeki"} {
		w := newWorld(t)
		c := w.heldCase(company("灘酒造"))
		out := w.do(command(saeki, c.Receipt, line))
		want(t, out, ResultDone, "entry-rejected", sent)
		if w.again(c).Stage != StageRejected {
			t.Errorf("%s leaves the case %s", line, w.again(c).Stage)
		}
		want(t, w.do(command(saeki, c.Receipt, "承認 MINATO")), ResultRefused, "message-kept", "refusal>saeki")
	}
	w := newWorld(t)
	c := w.heldCase(company("灘酒造"))
	out := w.do(command(saeki, c.Receipt, "受付不可 連絡"))
	if l := letterOf[RefusalLetter](t, out); out.Result != ResultRefused || l.Suggest.Args[0] != "通知" {
		t.Errorf("%s, %+v", out.Result, l.Suggest)
	}
}

func TestARejectedSenderIsToldNothingOfTheCase(t *testing.T) {
	w := newWorld(t)
	c := w.heldCase(company("灘酒造"))
	out := w.do(command(saeki, c.Receipt, "受付不可 通知"))
	l := out.Letters[0]
	text := fmt.Sprintf("%+v", l.Content) + l.Number
	for _, secret := range []string{c.Receipt, "灘酒造", "みなと", goodCode} {
		if strings.Contains(text, secret) {
			t.Errorf("the letter holds %q: %s", secret, text)
		}
	}
	if l.InReplyTo != c.MessageID {
		t.Errorf("the letter continues %q", l.InReplyTo)
	}
}

func TestVoidKeepsTheNumberWithItsReason(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	want(t, w.do(command(saeki, c.Registration, "無効")), ResultRefused, "message-kept", "refusal>saeki")
	in := command(saeki, c.Registration, "無効")
	in.Text = "二重に届いたため"
	want(t, w.do(in), ResultDone, "case-voided", "voided>tanaka voided>suzuki answer>saeki")
	if c = w.again(c); c.Registration != "2026-KOB-00001-4" || c.VoidReason != "二重に届いたため" || c.Stage != StageVoid {
		t.Errorf("case = %+v", c)
	}
	next := w.registered(tanaka, company("六甲家具"))
	if next.Registration == c.Registration {
		t.Error("the number was given again")
	}
	want(t, w.do(command(saeki, c.Registration, "無効 再度")), ResultDone, "", "answer>saeki")
	out := w.do(command(tanaka, c.Registration, "状況"))
	for _, h := range letterOf[StatusLetter](t, out).History {
		if strings.Contains(h.Text+h.Outside, "二重に届いた") {
			t.Errorf("the office's reason is shown to the agency: %q", h.Text)
		}
	}
	want(t, w.do(command(tanaka, c.Registration, "会員証")), ResultRefused, "message-kept", "refusal>tanaka")
}

func TestTheCertificateIsSentAgainToWhoeverMayAsk(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for _, who := range []Address{tanaka, minatoDesk, suzuki, saeki} {
		out := w.do(command(who, c.Registration, "会員証"))
		if kinds(out) != "certificate-reissued" || len(out.Letters) != 1 || !SameAddr(out.Letters[0].To[0], who) || !out.Letters[0].Attach[0].Member.Reissue {
			t.Errorf("%s: %s %s", who.Addr, kinds(out), letters(out))
		}
	}
	want(t, w.do(command(yamaguchi, c.Registration, "会員証")), ResultRefused, "", "refusal>kaigai")
}

func TestAnAgencyLearnsNothingOfACaseThatIsNotItsOwn(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	known := letterOf[RefusalLetter](t, w.do(command(yamaguchi, c.Registration, "状況")))
	unknown := letterOf[RefusalLetter](t, w.do(command(yamaguchi, "2026-KOB-00099-0", "状況")))
	if known.Problem != unknown.Problem || known.Number != "" || known.Entry != nil {
		t.Errorf("another agency's case: %q\nno case at all:       %q", known.Problem, unknown.Problem)
	}
	if own := letterOf[RefusalLetter](t, w.do(command(yamamoto, c.Registration, "引受"))); !strings.Contains(own.Problem, "担当コンシェルジュ") {
		t.Errorf("another concierge is told %q", own.Problem)
	}
}

func TestThePersonsOfACaseAreWhoSentItsSheets(t *testing.T) {
	w := newWorld(t)
	c := w.registered(colleague, company("灘酒造", func(s *SheetIn) { s.Entry.Introducer.Email = "" }))
	for who, sees := range map[Address]bool{colleague: true, minatoDesk: true, tanaka: false, yamaguchi: false, okamoto: false} {
		out := w.do(command(who, c.Registration, "状況"))
		if got := len(out.Letters) == 1 && out.Letters[0].Kind() == LetterStatus; got != sees {
			t.Errorf("状況 by %s: %s %s", who.Addr, out.Result, letters(out))
		}
	}
	w.do(w.replyTo(c.Registration, entryMail(tanaka, company("灘酒造", issues("販路と物流")))))
	for _, who := range []Address{tanaka, colleague} {
		want(t, w.do(command(who, c.Registration, "状況")), ResultDone, "", "status>"+strings.Split(who.Addr, "@")[0])
	}
	want(t, w.do(command(colleague, c.Registration, "ヘルプ")), ResultDone, "", "help>mori")
	t.Run("and the rostered person whom the sheet names", func(t *testing.T) {
		w := newWorld(t)
		c := w.registered(minatoDesk, company("灘酒造"))
		want(t, w.do(command(tanaka, c.Registration, "状況")), ResultDone, "", "status>tanaka")
		c = w.registered(minatoDesk, company("六甲家具", func(s *SheetIn) { s.Entry.Introducer.Email = colleague.Addr }))
		want(t, w.do(command(colleague, c.Registration, "状況")), ResultOther, "", "")
	})
}

func TestAColleagueWithoutAPartIsLeftForThePeople(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for _, line := range []string{"状況", "ヘルプ", "会員証", "打診 MINATO"} {
		if out := w.do(command(colleague, c.Registration, line)); len(out.Letters) != 0 || out.Folder != FolderStay {
			t.Errorf("%s: %s %q", line, letters(out), out.Folder)
		}
	}
}

func TestMembershipIsTheAnswerAndNothingElse(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for rule, tc := range map[string]struct {
		number      string
		valid, void bool
	}{"valid": {c.Member, true, false}, "in lower case": {strings.ToLower(c.Member), true, false}, "unknown": {"M-00002-1", false, false}} {
		out := w.do(command(yamaguchi, "", "会員確認 "+tc.number))
		want(t, out, ResultDone, "", "membership>kaigai")
		if l := letterOf[MembershipLetter](t, out); l.Valid != tc.valid || l.Void != tc.void || l.Company != "" || l.Entry != nil || l.Number != "" {
			t.Errorf("%s: %+v", rule, l)
		}
	}
	for rule, line := range map[string]string{"wrong check digit": "会員確認 M-00001-5", "a registration number": "会員確認 " + c.Registration, "no number": "会員確認"} {
		if out := w.do(command(yamaguchi, "", line)); out.Result != ResultRefused {
			t.Errorf("%s: %s", rule, out.Result)
		}
	}
	void := command(saeki, c.Registration, "無効")
	void.Text = "重複"
	w.do(void)
	if l := letterOf[MembershipLetter](t, w.do(command(yamaguchi, "", "会員確認 "+c.Member))); l.Valid || !l.Void {
		t.Errorf("after 無効: %+v", l)
	}
}

func TestMembershipIsAnsweredTwentyTimesADay(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		if out := w.do(command(yamaguchi, "", "会員確認 M-00001-3")); out.Result != ResultDone {
			t.Fatalf("request %d: %s", i+1, out.Result)
		}
	}
	want(t, w.do(command(yamaguchi, "", "会員確認 M-00001-3")), ResultRefused, "", "refusal>kaigai")
	want(t, w.do(command(tanaka, "", "会員確認 M-00001-3")), ResultDone, "", "membership>tanaka")
}

func TestMembershipNeedsEvidence(t *testing.T) {
	for state, result := range map[EvidenceState]Result{EvidenceWeak: ResultConfirm, EvidenceNone: ResultConfirm, EvidenceUnconfigured: ResultConfirm, EvidenceFail: ResultOther} {
		in := command(yamaguchi, "", "会員確認 M-00001-3")
		in.Evidence = Evidence{State: state}
		if out := newWorld(t).do(in); out.Result != result {
			t.Errorf("%s: %s", state, out.Result)
		}
	}
}

// ask sends a command that has to be confirmed and returns its word.
func (w *world) ask(in Input) string {
	w.t.Helper()
	in.Evidence, in.Tag.Code = Evidence{State: EvidenceNone}, ""
	out := w.do(in)
	if out.Result != ResultConfirm || out.Ask == nil || len(out.Letters) != 1 || out.Letters[0].Kind() != LetterConfirm {
		w.t.Fatalf("not asked: %s %s", out.Result, letters(out))
	}
	return out.Ask.Word
}

func TestAConfirmedCommandIsDecidedAnew(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	word := w.ask(command(suzuki, c.Registration, "引受"))
	in := command(suzuki, "", "確認 "+word)
	in.Evidence = Evidence{State: EvidenceNone}
	out := w.do(in)
	want(t, out, ResultDone, "case-taken", "answer>suzuki")
	if out.Used != word || !strings.Contains(out.Events[0].Actor.Evidence, "confirmed by mail") {
		t.Errorf("used %q, evidence %q", out.Used, out.Events[0].Actor.Evidence)
	}
}

func TestWhenTheStageHasChangedTheConfirmedCommandIsRefused(t *testing.T) {
	w := newWorld(t)
	c := w.heldCase(company("灘酒造"))
	word := w.ask(command(saeki, c.Receipt, "承認 MINATO"))
	w.do(command(otsuka, c.Receipt, "受付不可"))
	if out := w.do(command(saeki, "", "確認 "+word)); out.Result != ResultRefused || out.Used != word || w.again(c).Stage != StageRejected {
		t.Errorf("%s, case %s", out.Result, w.again(c).Stage)
	}
}

func TestAConfirmationWordIsWorthNothing(t *testing.T) {
	for rule, tc := range map[string]struct {
		in     func(*world, string) Input
		result Result
		sent   string
	}{
		"from another address":  {func(_ *world, word string) Input { return command(yamamoto, "", "確認 "+word) }, ResultRefused, "refusal>yamamoto"},
		"from a stranger":       {func(_ *world, word string) Input { return command(okamoto, "", "確認 "+word) }, ResultOther, ""},
		"that never was":        {func(*world, string) Input { return command(suzuki, "", "確認 abcdefgh23") }, ResultRefused, "refusal>suzuki"},
		"whose evidence failed": {func(_ *world, word string) Input { return failed(command(suzuki, "", "確認 "+word)) }, ResultOther, ""},
		"after two business days": {func(w *world, word string) Input {
			w.now = w.now.AddDate(0, 0, 3)
			return command(suzuki, "", "確認 "+word)
		}, ResultRefused, "refusal>suzuki"},
		"a second time": {func(w *world, word string) Input {
			w.do(command(suzuki, "", "確認 "+word))
			return command(suzuki, "", "確認 "+word)
		}, ResultRefused, "refusal>suzuki"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			c := w.registered(tanaka, company("灘酒造"))
			word := w.ask(command(suzuki, c.Registration, "引受"))
			in := tc.in(w, word)
			events := w.again(c).Events
			out := w.do(in)
			want(t, out, tc.result, "", tc.sent)
			if w.again(c).Events != events {
				t.Errorf("the case moved: %s", kinds(out))
			}
		})
	}
}

func failed(in Input) Input {
	in.Evidence = Evidence{State: EvidenceFail, Text: "dmarc=fail"}
	return in
}

func TestNeitherUnknownNorForeignWordIsToldApart(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	word := w.ask(command(suzuki, c.Registration, "引受"))
	foreign := letterOf[RefusalLetter](t, w.do(command(yamamoto, "", "確認 "+word)))
	unknown := letterOf[RefusalLetter](t, w.do(command(yamamoto, "", "確認 abcdefgh23")))
	if foreign.Problem != unknown.Problem {
		t.Errorf("%q and %q", foreign.Problem, unknown.Problem)
	}
}

func TestConfirmationInProseIsAReply(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	want(t, w.do(command(tanaka, c.Registration, "確認 いたしました")), ResultKept, "message-kept", "")
	want(t, w.do(withSheet(command(tanaka, "", "確認 お願いします"), company("六甲家具"))), ResultRegistered, registered, "registered>tanaka brief>yamamoto")
}

func TestOneConfirmationIsOpenAtATime(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	w.ask(command(suzuki, c.Registration, "引受"))
	in := command(suzuki, c.Registration, "状況")
	in.Evidence, in.Tag.Code = Evidence{State: EvidenceNone}, ""
	out := w.do(in)
	want(t, out, ResultConfirm, "", "")
	if out.Folder != FolderStay {
		t.Errorf("the mail is filed in %q where nobody sees it", out.Folder)
	}
}

func TestAnOpenConfirmationForStartingAgainLeavesThoughAllIsStopped(t *testing.T) {
	w := newWorld(t)
	w.do(command(saeki, "", "全送信停止"))
	in := command(saeki, "", "全送信再開")
	in.Evidence = Evidence{State: EvidenceUnconfigured}
	out := w.do(in)
	want(t, out, ResultConfirm, "", "confirm>saeki")
	if !out.Letters[0].Always {
		t.Error("the confirmation would wait for what it confirms")
	}
	if out = w.do(command(saeki, "", "確認 "+out.Ask.Word)); w.stopped || !out.Letters[0].Always {
		t.Errorf("stopped %v after %s", w.stopped, out.Why)
	}
}

func TestAMailWithoutAuthorityIsConfirmedThoughItsCodeIsRight(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for _, state := range []EvidenceState{EvidencePass, EvidenceUnconfigured} {
		in := command(suzuki, c.Registration, "メモ")
		in.Text, in.Authority, in.Evidence = "x", "two From mailboxes", Evidence{State: state}
		in.Tag.Code = goodCode
		w.pending = map[string]Pending{}
		want(t, w.do(in), ResultConfirm, "", "confirm>suzuki")
	}
}

func TestStopActsAtOnceAndStartNeedsMore(t *testing.T) {
	w := newWorld(t)
	in := command(saeki, "", "全送信停止")
	in.Evidence = Evidence{State: EvidenceNone}
	out := w.do(in)
	want(t, out, ResultDone, "", "answer>saeki")
	if !w.stopped || !out.Letters[0].Always {
		t.Errorf("stopped %v, the answer waits %v", w.stopped, !out.Letters[0].Always)
	}
	if l := letterOf[RegisteredLetter](t, w.do(entryMail(tanaka, company("灘酒造")))); !l.Stopped {
		t.Error("letters do not know that all is stopped")
	}
	want(t, w.do(command(saeki, "", "全送信再開")), ResultDone, "", "answer>saeki")
	if w.stopped {
		t.Error("still stopped")
	}
	want(t, w.do(failed(command(saeki, "", "全送信停止"))), ResultOther, "", "")
	want(t, w.do(command(suzuki, "", "全送信停止")), ResultRefused, "", "refusal>suzuki")
}

func TestStopAndStartAreRefusedWithACaseTag(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for _, line := range []string{"全送信停止", "全送信再開"} {
		out := w.do(command(saeki, c.Registration, line))
		want(t, out, ResultRefused, "", "refusal>saeki")
		if out.Stop != nil {
			t.Errorf("%s with a tag acted", line)
		}
	}
}

func TestAmbiguousWordsAreAskedBack(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	ask := func(names ...string) Input {
		in := command(suzuki, c.Registration, "x")
		in.Call, in.CallText = &Call{Args: []string{}, AskBack: names}, "引受します"
		return in
	}
	out := w.do(ask("引受"))
	want(t, out, ResultRefused, "", "refusal>suzuki")
	l := letterOf[RefusalLetter](t, out)
	if l.Suggest == nil || l.Suggest.Command != CmdTake || l.Suggest.NoCase || l.Number != c.Registration {
		t.Errorf("the suggestion %+v of case %q cannot be clicked", l.Suggest, l.Number)
	}
	l = letterOf[RefusalLetter](t, w.do(ask("直前取消", "面談中止")))
	if l.Suggest != nil || !strings.Contains(l.Problem, "まだご利用いただけません") || !strings.Contains(l.Problem, "「直前取消」「面談中止」") {
		t.Errorf("%+v %q", l.Suggest, l.Problem)
	}
}

func TestNotReadyCommandsAreAnsweredInWordsAndChangeNothing(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for _, who := range []Address{saeki, suzuki, tanaka, yamaguchi} {
		for _, name := range notReady() {
			out := w.do(command(who, c.Registration, string(name)+" MINATO"))
			if out.Result != ResultRefused || len(out.Events) != 0 || len(out.Letters) != 1 {
				t.Errorf("%s by %s: %s %s", name, who.Addr, out.Result, kinds(out))
				continue
			}
			l := letterOf[RefusalLetter](t, out)
			if !strings.Contains(l.Problem, "まだご利用いただけません") {
				t.Errorf("%s: %q", name, l.Problem)
			}
			for _, o := range l.Offers {
				if !Ready(o.Command) {
					t.Errorf("%s links to %s", name, o.Command)
				}
			}
		}
	}
}

func TestAStrangersCommandIsSilent(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for _, name := range allCommands() {
		out := w.do(command(okamoto, c.Registration, string(name)+" MINATO"))
		want(t, out, ResultOther, "", "")
		if out.Folder != FolderStay {
			t.Errorf("%s is filed in %q", name, out.Folder)
		}
	}
	want(t, w.do(withSheet(command(okamoto, "", "訂正"), company("六甲家具"))), ResultHeld, held, "held>saeki")
}

func TestACommandDoesNotLoseTheSheetThatCameWithIt(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	out := w.do(withSheet(command(tanaka, c.Registration, "状況"), company("六甲家具")))
	want(t, out, ResultDone, registered, "status>tanaka registered>tanaka brief>yamamoto")
	out = w.do(withSheet(command(tanaka, "", "引受"), company("播磨精工")))
	want(t, out, ResultRegistered, registered, "registered>tanaka brief>suzuki")
	held := w.heldCase(company("淡路農園"))
	out = w.do(withSheet(command(saeki, held.Receipt, "承認 MINATO"), company("淡路農園")))
	want(t, out, ResultDone, "entry-approved case-registered", "registered>houjin brief>yamamoto answer>saeki")
}

func TestAmendmentsThatCannotBeTaken(t *testing.T) {
	first := company("灘酒造", corporate("7000012050002"))
	for rule, sheets := range map[string][]SheetIn{
		"no sheet":        nil,
		"two sheets":      {company("灘酒造"), company("六甲家具")},
		"the same sheet":  {first},
		"another company": {company("六甲家具", corporate("1000020140000"))},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			c := w.registered(tanaka, first)
			want(t, w.do(withSheet(command(tanaka, c.Registration, "訂正"), sheets...)), ResultRefused, "message-kept", "refusal>tanaka")
			if w.again(c).Version != 1 || len(w.cases) != 1 {
				t.Errorf("version %d, %d cases", w.again(c).Version, len(w.cases))
			}
		})
	}
	w := newWorld(t)
	c := w.heldCase(company("灘酒造"))
	want(t, w.do(withSheet(command(saeki, c.Receipt, "訂正"), company("灘酒造", issues("別")))), ResultRefused, "message-kept", "refusal>saeki")
}

func TestTaking(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	want(t, w.do(command(yamamoto, c.Registration, "引受")), ResultRefused, "", "refusal>yamamoto")
	want(t, w.do(command(suzuki, c.Registration, "引受")), ResultDone, "case-taken", "answer>suzuki")
	want(t, w.do(command(suzuki, c.Registration, "引受")), ResultDone, "", "answer>suzuki")
	if c = w.again(c); !c.Taken || c.Stage != StageConsulting {
		t.Errorf("case is %s", c.Stage)
	}
}

func TestACaseTakenDuringItsPauseIsConsultedAfterwards(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	w.do(command(suzuki, c.Registration, "休止 12/28"))
	w.do(command(suzuki, c.Registration, "引受"))
	w.do(command(suzuki, c.Registration, "再開"))
	if got := w.again(c).Stage; got != StageConsulting {
		t.Errorf("stage %s", got)
	}
}

func TestHandingOver(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	w.do(command(suzuki, c.Registration, "引受"))
	out := w.do(command(saeki, c.Registration, "担当変更 YAMAMOTO"))
	want(t, out, ResultDone, "concierge-changed", "brief>yamamoto answer>tanaka answer>suzuki answer>saeki")
	if c = w.again(c); c.Concierge != "YAMAMOTO" || c.Taken || c.Stage != StageRegistered {
		t.Errorf("case = %s %s", c.Concierge, c.Stage)
	}
	want(t, w.do(command(saeki, c.Registration, "担当変更 山本 花子")), ResultDone, "", "answer>saeki")
	want(t, w.do(command(saeki, c.Registration, "担当変更 誰か")), ResultRefused, "message-kept", "refusal>saeki")
	want(t, w.do(command(saeki, c.Registration, "担当変更")), ResultRefused, "message-kept", "refusal>saeki")
	out = w.do(command(yamamoto, c.Registration, "担当変更 SUZUKI"))
	want(t, out, ResultDone, "concierge-changed", "brief>suzuki answer>tanaka answer>yamamoto")
	if l := out.Letters[2].Content.(AnswerLetter); l.Entry != nil || slices.ContainsFunc(l.Offers, func(o Offer) bool { return o.Command == CmdTake }) {
		t.Errorf("the concierge before still sees or may take the case: %+v", l.Offers)
	}
	if code := w.do(func() Input {
		in := command(saeki, c.Registration, "担当変更 YAMAMOTO")
		in.Tag.Code = ""
		return in
	}()); code.Result != ResultConfirm {
		t.Errorf("担当変更 without a code: %s", code.Result)
	}
}

func TestHandingOverAllCasesOfAConcierge(t *testing.T) {
	prepare := func() (*world, Case) {
		w := newWorld(t)
		c := w.registered(tanaka, company("灘酒造"))
		w.registered(tanaka, company("六甲家具"))
		w.registered(tanaka, company("播磨精工"))
		return w, c
	}
	confirmed := func(w *world, in Input) Outcome {
		asked := w.do(in)
		if asked.Result != ResultConfirm {
			t.Fatalf("全件 is not confirmed: %s", asked.Result)
		}
		return w.do(command(in.From, "", "確認 "+asked.Ask.Word))
	}
	w, _ := prepare()
	out := confirmed(w, command(saeki, "", "担当変更 全件 SUZUKI YAMAMOTO"))
	if kinds(out) != "concierge-changed concierge-changed" || len(answerLines(out)) == 0 {
		t.Errorf("%s %s", kinds(out), letters(out))
	}
	w, c := prepare()
	w.roster.ended["SUZUKI"] = true // a concierge who has left still has cases
	if out = confirmed(w, command(saeki, "", "担当変更 全件 SUZUKI YAMAMOTO")); w.again(c).Concierge != "YAMAMOTO" {
		t.Errorf("%s: %s", kinds(out), out.Why)
	}
	w, _ = prepare()
	if out = confirmed(w, command(saeki, "", "担当変更 全件 YAMAMOTO")); out.Result != ResultRefused {
		t.Errorf("the clerk without the one before: %s %s", out.Result, kinds(out))
	}
	w, _ = prepare()
	if out = confirmed(w, command(yamamoto, "", "担当変更 全件 SUZUKI")); kinds(out) != "concierge-changed" {
		t.Errorf("own cases: %s", kinds(out))
	}
	if out = w.do(command(tanaka, "", "担当変更 全件 SUZUKI")); out.Result != ResultRefused {
		t.Errorf("an agency: %s", out.Result)
	}
}

func answerLines(out Outcome) []string {
	var lines []string
	for _, l := range out.Letters {
		if a, ok := l.Content.(AnswerLetter); ok {
			lines = append(lines, a.Lines...)
		}
	}
	return lines
}

func TestPauseAndResume(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for line, day := range map[string]string{"休止 2026年12月28日": "2026-12-28", "休止 R8.12.28まで": "2026-12-28", "休止 1/15": "2027-01-15"} {
		want(t, w.do(command(suzuki, c.Registration, line)), ResultDone, "case-paused", "answer>suzuki")
		if got := w.again(c); got.Stage != StagePaused || got.PausedUntil != day || got.PausedFrom != StageRegistered {
			t.Errorf("%s: %s until %s", line, got.Stage, got.PausedUntil)
		}
	}
	for _, line := range []string{"休止", "休止 しばらく", "休止 2026-11-16", "休止 2026-13-01"} {
		want(t, w.do(command(suzuki, c.Registration, line)), ResultRefused, "message-kept", "refusal>suzuki")
	}
	want(t, w.do(command(saeki, c.Registration, "再開")), ResultDone, "case-resumed", "answer>saeki")
	want(t, w.do(command(saeki, c.Registration, "再開")), ResultRefused, "message-kept", "refusal>saeki")
}

func TestNotesAreTheOfficesOwn(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	note := command(suzuki, c.Registration, "メモ")
	want(t, w.do(note), ResultRefused, "message-kept", "refusal>suzuki")
	note.Text = "社長は午前のみ在席"
	want(t, w.do(note), ResultDone, "note-added", "answer>suzuki")
	for who, sees := range map[Address]bool{tanaka: false, saeki: true, suzuki: true} {
		l := letterOf[StatusLetter](t, w.do(command(who, c.Registration, "状況")))
		if got := strings.Contains(fmt.Sprint(l.History), "社長は午前のみ"); got != sees {
			t.Errorf("%s sees the note: %v", who.Addr, got)
		}
		for _, h := range l.History {
			if !sees && h.Actor.Address.Addr != "" {
				t.Errorf("%s sees who acted: %+v", who.Addr, h)
			}
		}
	}
}

func TestTheListHasNamesAndWhatIsNext(t *testing.T) {
	w := newWorld(t)
	w.registered(tanaka, company("灘酒造"))
	w.registered(yamaguchi, company("六甲家具"))
	w.heldCase(company("播磨精工"))
	l := letterOf[ListLetter](t, w.do(command(saeki, "", "一覧")))
	if len(l.Rows) != 3 || l.Held != 1 || l.Mine {
		t.Fatalf("list = %+v", l)
	}
	if r := l.Rows[0]; r.Agency != "みなと銀行" || r.Concierge != "鈴木 健" || r.Next == "" {
		t.Errorf("row = %+v", r)
	}
	if l = letterOf[ListLetter](t, w.do(command(suzuki, "", "一覧"))); len(l.Rows) != 1 || !l.Mine {
		t.Errorf("own list = %+v", l)
	}
	want(t, w.do(command(tanaka, "", "一覧")), ResultRefused, "", "refusal>tanaka")
}

func TestEveryOpenStageHasItsNextStep(t *testing.T) {
	for _, s := range Stages {
		if s.Open() != (nextSteps[s] != "") {
			t.Errorf("%s: next step %q", s, nextSteps[s])
		}
		if s.Japanese() == "" {
			t.Errorf("%s has no Japanese name", s)
		}
	}
}

func TestHelpIsForEverybodyRostered(t *testing.T) {
	w := newWorld(t)
	for _, who := range []Address{saeki, suzuki, tanaka, yamaguchi} {
		out := w.do(command(who, "", "ヘルプ"))
		if l := letterOf[HelpLetter](t, out); len(l.Offers) == 0 {
			t.Errorf("%s is offered nothing", who.Addr)
		}
	}
	in := command(saeki, "", "ヘルプ")
	in.Evidence = Evidence{State: EvidenceNone}
	want(t, w.do(in), ResultDone, "", "help>saeki")
}

func TestEveryOfferCanBeTakenUpByWhoeverGetsIt(t *testing.T) {
	for _, stage := range Stages {
		for _, who := range []Address{saeki, suzuki, tanaka} {
			w := newWorld(t)
			c := w.at(stage)
			out := w.do(command(who, c.Number(), "状況"))
			if len(out.Letters) != 1 || out.Letters[0].Kind() != LetterStatus {
				continue // not the case's concierge yet
			}
			for _, o := range letterOf[StatusLetter](t, out).Offers {
				in := withSheet(command(who, c.Number(), string(o.Command)+" "+strings.Join(o.Args, " ")), company("灘酒造", issues("変更")))
				if o.NoCase {
					in.Tag = Tag{}
				}
				if role, _, refusal := newDecider(w.loaded(), in, w.facts(in)).may(in.Call); refusal != "" {
					t.Errorf("%s in stage %s is offered %s to %s but refused: %s", o.Command, stage, role, who.Addr, refusal)
				}
			}
		}
	}
}

// at makes a case in a stage, also in those that this storey does not reach yet.
func (w *world) at(s Stage) Case {
	w.t.Helper()
	var c Case
	switch s {
	case StageHeld:
		return w.heldCase(company("灘酒造"))
	case StageRejected:
		c = w.heldCase(company("灘酒造"))
		w.do(command(saeki, c.Receipt, "受付不可"))
		return w.again(c)
	case StageReturned, StageReceived:
		c = w.chief(w.do(entryMail(tanaka, company("灘酒造", lacking("company.phone")))))
	default:
		c = w.registered(tanaka, company("灘酒造"))
	}
	switch s {
	case StageConsulting:
		w.do(command(suzuki, c.Registration, "引受"))
	case StagePaused:
		w.do(command(suzuki, c.Registration, "休止 12/28"))
	case StageVoid:
		in := command(saeki, c.Registration, "無効")
		in.Text = "重複"
		w.do(in)
	case StageReceived, StageSupported, StageClosed, StageWithdrawn, StageTransferred, StageMerged:
		w.log = append(w.log, Event{Case: c.ID, At: w.now, Payload: &forcedStage{s}})
		c = w.again(c)
		c.Apply(w.log[len(w.log)-1])
		w.cases[c.ID] = c
	}
	return w.again(c)
}

// forcedStage stands in for the events of later storeys.
type forcedStage struct{ Stage Stage }

func (p *forcedStage) Kind() EventKind        { return "test-stage" }
func (p *forcedStage) Version() int           { return 1 }
func (p *forcedStage) apply(c *Case, _ Event) { c.Stage = p.Stage }
func (p *forcedStage) line() string           { return "" }

func allCommands() []CommandName {
	return []CommandName{CmdTake, CmdAssign, CmdReach, CmdReachOK, CmdInquire, CmdAvailable, CmdUnavailable, CmdPassOver, CmdAskConsent, CmdConsent,
		CmdDecline, CmdRefer, CmdHost, CmdPassword, CmdJetro, CmdForm, CmdTell, CmdMeet, CmdMeetCancel, CmdFeedback, CmdWish, CmdStatus, CmdCertificate,
		CmdVerify, CmdAmend, CmdFinish, CmdClose, CmdWithdraw, CmdPause, CmdResume, CmdQuiet, CmdRecall, CmdTransfer, CmdVoid, CmdMerge, CmdSplit,
		CmdFreeze, CmdThaw, CmdAbsent, CmdContacts, CmdNote, CmdUndo, CmdDryRun, CmdBatch, CmdApprove, CmdReject, CmdRegister, CmdStopAll, CmdStartAll, CmdList, CmdHelp}
}

func notReady() []CommandName {
	return slices.DeleteFunc(allCommands(), Ready)
}
