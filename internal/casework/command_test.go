package casework

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

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
	w.do(w.replyTo(c.Registration, entryMail(tanaka, company("灘酒造", issues("販路と物流"), func(s *SheetIn) { s.Entry.Introducer.Email = "" }))))
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
	if l.Suggest == nil || l.Suggest.Command != CmdUndo || !strings.Contains(l.Problem, "「直前取消」「面談中止」のいずれをご希望でしょうか") {
		t.Errorf("%+v %q", l.Suggest, l.Problem)
	}
}

func TestACommandThatTheOfficeSwitchedOffIsAnsweredInWordsAndOfferedToNobody(t *testing.T) {
	w := newWorld(t)
	w.off = []CommandName{CmdTake, CmdPause}
	out := w.do(entryMail(tanaka, company("灘酒造")))
	c := w.chief(out)
	for _, l := range out.Letters {
		for _, o := range l.Content.(interface{ shown() View }).shown().Offers {
			if slices.Contains(w.off, o.Command) {
				t.Errorf("letter %s offers %s", l.Kind(), o.Command)
			}
		}
	}
	in := command(suzuki, c.Registration, "引受")
	if l := letterOf[RefusalLetter](t, w.do(in)); !strings.Contains(l.Problem, "この事務局ではご利用いただいておりません") || w.again(c).Taken {
		t.Errorf("taken %v: %q", w.again(c).Taken, l.Problem)
	}
	in.Call = &Call{AskBack: []string{"引受"}}
	if l := letterOf[RefusalLetter](t, w.do(in)); l.Suggest != nil {
		t.Errorf("suggested: %+v", l.Suggest)
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
	case StageTransferred:
		w.do(command(saeki, c.Registration, "移管 OSA"))
		w.now = w.now.Add(time.Hour)
		w.deliver()
	case StageReceived, StageSupported, StageClosed, StageWithdrawn, StageMerged:
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
