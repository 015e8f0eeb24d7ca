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
