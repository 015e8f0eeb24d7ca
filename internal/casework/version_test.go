package casework

import (
	"strings"
	"testing"
)

func TestACorrectedSheetContinuesTheSameCase(t *testing.T) {
	for rule, next := range map[string]func(*world, Case) Input{
		"as a reply with the tag": func(w *world, c Case) Input { return w.replyTo(c.Receipt, entryMail(tanaka, company("灘酒造"))) },
		"as a reply by its references": func(w *world, c Case) Input {
			in := entryMail(tanaka, company("灘酒造"))
			in.References = []string{c.MessageID}
			return in
		},
		"as a new mail":                func(_ *world, _ Case) Input { return entryMail(tanaka, company("灘酒造")) },
		"as a new mail of a colleague": func(_ *world, _ Case) Input { return entryMail(colleague, company("灘酒造")) },
		"with 訂正": func(_ *world, c Case) Input {
			in := command(tanaka, c.Receipt, "訂正")
			in.Sheets = []SheetIn{company("灘酒造")}
			return in
		},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			first := w.chief(w.do(entryMail(tanaka, company("灘酒造", lacking("company.phone")))))
			out := w.do(next(w, first))
			if c := w.chief(out); c.ID != first.ID || c.Receipt != first.Receipt || c.Stage != StageRegistered || kinds(out) != "sheet-replaced case-registered" {
				t.Errorf("%s %s: %s", c.Receipt, c.Stage, kinds(out))
			}
		})
	}
}

func TestACorrectedSheetFindsItsCaseWhenTheNameItselfWasMissing(t *testing.T) {
	w := newWorld(t)
	blank := company("灘酒造", lacking("company.name"))
	first := w.chief(w.do(entryMail(tanaka, blank)))
	out := w.do(entryMail(tanaka, company("灘酒造", func(s *SheetIn) { s.Entry.Company.Phone = blank.Entry.Company.Phone })))
	if c := w.chief(out); c.ID != first.ID || c.Stage != StageRegistered {
		t.Errorf("case %d %s, want %d", c.ID, c.Stage, first.ID)
	}
}

func TestACorrectionThatStillHasQuestionsIsReturnedAgain(t *testing.T) {
	w := newWorld(t)
	first := w.chief(w.do(entryMail(tanaka, company("灘酒造", lacking("company.phone", "received")))))
	out := w.do(w.replyTo(first.Receipt, entryMail(tanaka, company("灘酒造", lacking("received")))))
	want(t, out, ResultReturned, "sheet-replaced sheet-returned", "returned>tanaka")
}

func TestACorrectionByAClaimAloneMovesNoCase(t *testing.T) {
	for rule, in := range map[string]func(*Input){
		"evidence missing":     func(in *Input) { in.Evidence = Evidence{State: EvidenceNone} },
		"evidence weak":        func(in *Input) { in.Evidence = Evidence{State: EvidenceWeak} },
		"evidence failed":      func(in *Input) { in.Evidence = Evidence{State: EvidenceFail} },
		"two From mailboxes":   func(in *Input) { in.Authority = "two From mailboxes" },
		"a stranger":           func(in *Input) { in.From = okamoto },
		"another agency":       func(in *Input) { in.From = yamaguchi },
		"the agency has ended": func(in *Input) { in.From = Address{Addr: "old@minato.example"} },
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			first := w.chief(w.do(entryMail(tanaka, company("灘酒造", lacking("company.phone")))))
			fix := w.replyTo(first.Receipt, entryMail(tanaka, company("灘酒造")))
			in(&fix)
			out := w.do(fix)
			if c := w.again(first); c.Stage != StageReturned || c.Sheet != first.Sheet || c.Events != first.Events {
				t.Errorf("the returned case is now %s with %s", c.Stage, kinds(out))
			}
		})
	}
}

func TestTheClerkIsToldWhichCaseAHeldSheetSeemsToContinue(t *testing.T) {
	w := newWorld(t)
	first := w.chief(w.do(entryMail(tanaka, company("灘酒造", lacking("company.phone")))))
	fix := entryMail(tanaka, company("灘酒造"))
	fix.Evidence = Evidence{State: EvidenceWeak, Text: "spf=pass"}
	if l := letterOf[HeldLetter](t, w.do(fix)); !strings.Contains(l.Hold.Detail, first.Receipt) || !strings.Contains(l.Hold.Detail, "spf=pass") {
		t.Errorf("detail = %q", l.Hold.Detail)
	}
}

func TestTheSameWorkbookAgain(t *testing.T) {
	sheet := company("灘酒造")
	for rule, tc := range map[string]struct {
		first, again Input
		result       Result
		events, sent string
	}{
		"from the same agency: the first answer again": {entryMail(tanaka, sheet), entryMail(tanaka, sheet), ResultDuplicate, "sheet-sent-again", "registered>tanaka"},
		"from a colleague: the first answer again":     {entryMail(tanaka, sheet), entryMail(colleague, sheet), ResultDuplicate, "sheet-sent-again", "registered>mori"},
		"from another agency: held":                    {entryMail(tanaka, sheet), entryMail(yamaguchi, sheet), ResultHeld, held, "held>saeki"},
		"from a stranger: held":                        {entryMail(tanaka, sheet), entryMail(okamoto, sheet), ResultHeld, held, "held>saeki"},
		"from the same stranger twice: one held case":  {entryMail(okamoto, sheet), entryMail(okamoto, sheet), ResultDuplicate, "sheet-sent-again", ""},
		"with failed evidence: held": {entryMail(tanaka, sheet), func() Input {
			in := entryMail(tanaka, sheet)
			in.Evidence = Evidence{State: EvidenceFail}
			return in
		}(), ResultHeld, held, "held>saeki"},
		"forwarded by the clerk: told that it is known": {entryMail(tanaka, sheet), entryMail(saeki, sheet), ResultDuplicate, "sheet-sent-again", "answer>saeki"},
		"of a returned sheet: the questions again": {entryMail(tanaka, company("灘酒造", lacking("company.phone"))), entryMail(tanaka, company("灘酒造", lacking("company.phone"))),
			ResultDuplicate, "sheet-sent-again", "returned>tanaka"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			first := w.do(tc.first)
			out := w.do(tc.again)
			want(t, out, tc.result, tc.events, tc.sent)
			if first.Result == ResultRegistered && w.cases[1].Stage != StageRegistered {
				t.Errorf("the first case is now %s", w.cases[1].Stage)
			}
		})
	}
}

func TestTheReturnedSheetSentAgainAfterRegistrationIsAskedAboutAgain(t *testing.T) {
	w := newWorld(t)
	faulty := company("灘酒造", lacking("company.phone"))
	w.do(entryMail(tanaka, faulty))
	w.do(entryMail(tanaka, company("灘酒造")))
	out := w.do(entryMail(tanaka, faulty))
	want(t, out, ResultReturned, "version-returned", "returned>tanaka")
	if c := w.cases[1]; c.Version != 1 || c.Sheet.Blob == faulty.File.Blob {
		t.Errorf("version %d", c.Version)
	}
}

func TestAPersonWhoChangedAgencyDoesNotAnswerForTheOldOne(t *testing.T) {
	w := newWorld(t)
	sheet := company("灘酒造")
	w.registered(tanaka, sheet)
	w.roster.agencies[0].persons, w.roster.agencies[0].domain = nil, ""
	w.roster.agencies[1].persons = append(w.roster.agencies[1].persons, tanaka.Addr)
	want(t, w.do(entryMail(tanaka, sheet)), ResultHeld, held, "held>saeki")
}

func TestANewVersionOfARegisteredSheet(t *testing.T) {
	changed := company("灘酒造", issues("販路と物流"))
	for rule, tc := range map[string]struct {
		in     func(*world, Case) Input
		result Result
		events string
		sent   string
	}{
		"by reply of the agency": {func(w *world, c Case) Input { return w.replyTo(c.Registration, entryMail(tanaka, changed)) },
			ResultCorrected, "version-added", "answer>tanaka brief>suzuki"},
		"by reply of a colleague": {func(w *world, c Case) Input { return w.replyTo(c.Registration, entryMail(colleague, changed)) },
			ResultCorrected, "version-added", "answer>mori brief>suzuki"},
		"by 訂正 of the agency": {func(_ *world, c Case) Input { return withSheet(command(tanaka, c.Registration, "訂正"), changed) },
			ResultCorrected, "version-added", "answer>tanaka brief>suzuki"},
		"by 訂正 of the clerk: agency and concierge hear of it": {func(_ *world, c Case) Input { return withSheet(command(saeki, c.Registration, "訂正"), changed) },
			ResultCorrected, "version-added", "answer>tanaka brief>suzuki answer>saeki"},
		"by reply of its concierge": {func(w *world, c Case) Input { return w.replyTo(c.Registration, entryMail(suzuki, changed)) },
			ResultCorrected, "version-added", "answer>tanaka answer>suzuki"},
		"with questions: the version before stays": {func(w *world, c Case) Input {
			return w.replyTo(c.Registration, entryMail(tanaka, company("灘酒造", lacking("company.phone"))))
		}, ResultReturned, "version-returned", "returned>tanaka"},
		"a stranger's reply is a new held entry": {func(w *world, c Case) Input { return w.replyTo(c.Registration, entryMail(okamoto, changed)) },
			ResultHeld, held, "held>saeki"},
		"another agency's reply is a new entry": {func(w *world, c Case) Input { return w.replyTo(c.Registration, entryMail(yamaguchi, changed)) },
			ResultRegistered, registered, "registered>kaigai brief>suzuki"},
		"a reply without evidence is held": {func(w *world, c Case) Input {
			in := w.replyTo(c.Registration, entryMail(tanaka, changed))
			in.Evidence = Evidence{State: EvidenceNone}
			return in
		}, ResultHeld, held, "held>saeki"},
		"another company's sheet in an old thread is a new entry": {func(w *world, c Case) Input {
			return w.replyTo(c.Registration, entryMail(tanaka, company("六甲家具")))
		},
			ResultRegistered, registered, "registered>tanaka brief>yamamoto"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			first := w.registered(tanaka, company("灘酒造"))
			out := w.do(tc.in(w, first))
			want(t, out, tc.result, tc.events, tc.sent)
			version := 1
			if tc.result == ResultCorrected {
				version = 2
			}
			if c := w.again(first); c.Version != version || len(c.Versions) != version || c.Member != first.Member {
				t.Errorf("version %d of %d", c.Version, len(c.Versions))
			}
		})
	}
}

func withSheet(in Input, sheets ...SheetIn) Input {
	in.Sheets = sheets
	return in
}

func TestACompanyThatIsRenamedGetsItsCertificateAgainThroughItsAgency(t *testing.T) {
	for from, by := range map[string]Address{"tanaka": tanaka, "saeki": saeki} {
		w := newWorld(t)
		c := w.registered(tanaka, company("灘酒造", corporate("7000012050002")))
		out := w.do(withSheet(command(by, c.Registration, "訂正"), company("灘ブルワリー", corporate("7000012050002"))))
		if l := out.Letters[0]; !SameAddr(l.To[0], tanaka) || len(l.Attach) != 1 || l.Attach[0].Member.Company != "灘ブルワリー" || !l.Attach[0].Member.Reissue {
			t.Errorf("訂正 by %s: first letter = %+v", from, l)
		}
	}
}

// TestWhatASheetToldThatWasSentBackStaysASecret: the office has read it, and may quote it to an agency by mistake.
func TestWhatASheetToldThatWasSentBackStaysASecret(t *testing.T) {
	told := func(phone, person string) func(*SheetIn) {
		return func(s *SheetIn) { s.Entry.Company.Phone, s.Entry.Company.ContactPerson = phone, person }
	}
	faulty := func(s *SheetIn) {
		s.Problems = append(s.Problems, Problem{Field: "company.phone", Severity: SeverityError, Found: s.Entry.Company.Phone, Wanted: "ご記入ください。"})
	}
	t.Run("before it was registered", func(t *testing.T) {
		w := newWorld(t)
		first := w.chief(w.do(entryMail(tanaka, company("灘酒造", told("078-999-1111", "五百旗頭 太郎"), faulty))))
		in := entryMail(tanaka, company("灘酒造"))
		in.Tag = Tag{Number: first.Receipt, Code: goodCode}
		w.do(in)
		c := w.again(first)
		w.say(suzuki, c.Registration, "引受")
		w.quotesNothingOf(t, c, "電話は078-999-1111です", "五百旗頭太郎様")
	})
	t.Run("as a new version", func(t *testing.T) {
		w := newWorld(t)
		c := w.consulting()
		in := command(tanaka, c.Registration, "訂正")
		in.Sheets = []SheetIn{company("灘酒造", told("078-999-1111", "五百旗頭 太郎"), faulty)}
		want(t, w.do(in), ResultReturned, "version-returned", "returned>tanaka")
		w.quotesNothingOf(t, c, "電話は078-999-1111です", "五百旗頭太郎様")
	})
	t.Run("but not the form's own words in it", func(t *testing.T) {
		w := newWorld(t)
		c := w.consulting()
		in := command(tanaka, c.Registration, "訂正")
		in.Sheets = []SheetIn{company("灘酒造", told("電話番号", "五百旗頭 太郎"), faulty)}
		w.do(in)
		want(t, w.say(suzuki, c.Registration, "打診 HYOGO-CCI", "電話番号は追ってお知らせします。"), ResultDone, "command-began inquired", "inquiry>kaigai answer>suzuki")
	})
}

func (w *world) quotesNothingOf(t *testing.T, c Case, texts ...string) {
	t.Helper()
	for _, text := range texts {
		refused(t, w.say(suzuki, c.Registration, "打診 HYOGO-CCI", text), "本文の1行目")
	}
}

// TestAVersionThatWasWithdrawnDoesNotLeaveOnTheConsentsForANewerOne: a letter that shows an agency the old version waits
// while its consents are taken back and those for the new one are given.
func TestAVersionThatWasWithdrawnDoesNotLeaveOnTheConsentsForANewerOne(t *testing.T) {
	for withdrawn, state := range map[bool]string{true: "withdrawn", false: "gone"} {
		w := newWorld(t)
		c, q := w.hyogo(SupportReferred)
		w.say(suzuki, c.Registration, "面談 HYOGO-CCI 12/8 14時 当事務所")
		invitation := w.newestTo(LetterMeeting, yamaguchi)
		in := command(tanaka, c.Registration, "訂正")
		in.Sheets = []SheetIn{company("灘酒造", issues("別の課題"))}
		w.do(in)
		if withdrawn {
			w.say(kuramoto, c.Registration, "辞退 HYOGO-CCI")
		}
		w.say(suzuki, c.Registration, "了承依頼 HYOGO-CCI")
		w.say(kuramoto, c.Registration, "了承 HYOGO-CCI")
		w.say(tanaka, c.Registration, "了承 HYOGO-CCI")
		if c = w.again(c); visibleVersion(c, c.Support(q)) != 2 {
			t.Fatalf("the agency sees version %d", visibleVersion(c, c.Support(q)))
		}
		w.advance(hold)
		if invitation.state != state {
			t.Errorf("withdrawn %v: the invitation is %s", withdrawn, invitation.state)
		}
	}
}
