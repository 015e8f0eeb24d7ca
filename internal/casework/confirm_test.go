package casework

import (
	"strings"
	"testing"
)

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
	want(t, w.do(command(tanaka, c.Registration, "確認 いたしました")), ResultPassed, "message-kept message-passed", "passed-on>suzuki")
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
