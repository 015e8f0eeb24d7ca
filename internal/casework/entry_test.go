package casework

import (
	"strings"
	"testing"
)

const (
	held       = "sheet-received entry-held"
	registered = "sheet-received case-registered"
	returned   = "sheet-received sheet-returned"
)

func TestAGoodSheetIsRegisteredAndItsAgencyGetsTheCertificate(t *testing.T) {
	w := newWorld(t)
	out := w.do(entryMail(tanaka, company("灘酒造")))
	want(t, out, ResultRegistered, registered, "registered>tanaka brief>suzuki")
	c := w.chief(out)
	if c.Stage != StageRegistered || c.Registration != "2026-KOB-00001-4" || c.Member != "M-00001-3" || c.Concierge == "" || c.ConciergeWhy != "兵庫県を担当" {
		t.Errorf("case = %+v", c)
	}
	l := out.Letters[0]
	if l.Cc[0] != minatoDesk || l.Attach[0].Kind != AttachCertificate || l.Attach[0].Member.Concierge == "" || !l.First || l.InReplyTo == "" {
		t.Errorf("the agency's letter = %+v", l)
	}
	if b := out.Letters[1]; b.Attach[0].Kind != AttachSheet || letterOf[BriefLetter](t, out).Why == "" {
		t.Errorf("the concierge's letter = %+v", b)
	}
	if c.Unverified || !strings.Contains(out.Events[0].Actor.Evidence, "dmarc=pass") || out.Events[1].Actor.Role != RoleIntake {
		t.Errorf("actors = %+v, %+v", out.Events[0].Actor, out.Events[1].Actor)
	}
}

func TestWithoutConfiguredEvidenceAnEntryRegistersAsUnverified(t *testing.T) {
	w := newWorld(t)
	in := entryMail(tanaka, company("灘酒造"))
	in.Evidence = Evidence{State: EvidenceUnconfigured}
	c := w.chief(w.do(in))
	if !c.Unverified || w.log[1].Actor.Evidence != "unverified: evidence = none" {
		t.Errorf("unverified = %v, %q", c.Unverified, w.log[1].Actor.Evidence)
	}
}

func TestAWindowThatSendsItselfIsNotWrittenToTwice(t *testing.T) {
	out := newWorld(t).do(entryMail(minatoDesk, company("灘酒造")))
	if len(out.Letters[0].Cc) != 0 {
		t.Errorf("cc = %v", out.Letters[0].Cc)
	}
	w := newWorld(t)
	w.noCc = true
	if out = w.do(entryMail(tanaka, company("灘酒造"))); len(out.Letters[0].Cc) != 0 {
		t.Errorf("an office that does not want it: cc = %v", out.Letters[0].Cc)
	}
}

func TestTheSameCompanyKeepsMemberNumberAndConcierge(t *testing.T) {
	for rule, pair := range map[string][2]SheetIn{
		"by corporate number though the name changed": {company("灘酒造", corporate("7000012050002")), company("灘ブルワリー", corporate("7000012050002"))},
		"by name and address, legal form aside":       {company("株式会社灘酒造"), company("灘酒造（株）", func(s *SheetIn) { s.Entry.Company.Address = company("株式会社灘酒造").Entry.Company.Address })},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			first := w.registered(tanaka, pair[0])
			w.registered(tanaka, company("別の会社")) // the other concierge has room again
			out := w.do(entryMail(yamaguchi, pair[1]))
			second := w.chief(out)
			if second.Member != first.Member || second.NewMember || second.Concierge != first.Concierge || second.Registration == first.Registration {
				t.Errorf("first %s %s, second %s %s", first.Member, first.Concierge, second.Member, second.Concierge)
			}
			if b := letterOf[BriefLetter](t, out); len(b.OtherOpen) != 1 || b.OtherOpen[0] != first.Registration {
				t.Errorf("the concierge is told of %v", b.OtherOpen)
			}
		})
	}
}

func TestAConciergeWhoLeftIsNotKept(t *testing.T) {
	w := newWorld(t)
	first := w.registered(tanaka, company("灘酒造", corporate("7000012050002")))
	w.roster.ended[first.Concierge] = true
	second := w.registered(tanaka, company("灘酒造", corporate("7000012050002"), issues("別件")))
	if second.Member != first.Member || second.Concierge == first.Concierge {
		t.Errorf("member %s, concierge %s", second.Member, second.Concierge)
	}
}

func TestWhenNobodyHasRoomTheClerksAreTold(t *testing.T) {
	w := newWorld(t)
	w.roster.full = true
	out := w.do(entryMail(tanaka, company("灘酒造")))
	want(t, out, ResultRegistered, registered, "registered>tanaka brief>suzuki answer>saeki")
}

func TestCharactersThatTheCertificateLacksAreTold(t *testing.T) {
	w := newWorld(t)
	w.lacks = []rune{'𠮷'}
	out := w.do(entryMail(tanaka, company("𠮷田酒造")))
	want(t, out, ResultRegistered, registered, "registered>tanaka brief>suzuki answer>saeki")
	if b := letterOf[BriefLetter](t, out); b.Missing != "𠮷" {
		t.Errorf("missing = %q", b.Missing)
	}
}

func TestASheetWithQuestionsIsReturnedWithAllOfThemAtOnce(t *testing.T) {
	w := newWorld(t)
	out := w.do(entryMail(tanaka, company("灘酒造", lacking("company.phone", "confirmations.consent"))))
	want(t, out, ResultReturned, returned, "returned>tanaka")
	l := letterOf[ReturnedLetter](t, out)
	if len(l.Problems) != 2 || out.Letters[0].Attach[0].Kind != AttachMarked || len(out.Letters[0].Attach[0].Problems) != 2 || l.Registration != "" || l.Member != "" {
		t.Errorf("letter = %+v", l)
	}
}

func TestAnEntryIsHeldForTheClerk(t *testing.T) {
	for rule, tc := range map[string]struct {
		change func(*Input)
		reason HoldReason
		agency string
	}{
		"stranger":           {func(in *Input) { in.From = okamoto }, HoldStranger, ""},
		"weak evidence":      {func(in *Input) { in.Evidence.State = EvidenceWeak }, HoldEvidence, "MINATO"},
		"missing evidence":   {func(in *Input) { in.Evidence.State = EvidenceNone }, HoldEvidence, "MINATO"},
		"failed evidence":    {func(in *Input) { in.Evidence.State = EvidenceFail }, HoldEvidence, "MINATO"},
		"two From mailboxes": {func(in *Input) { in.Authority = "two From mailboxes" }, HoldAuthority, "MINATO"},
		"two From mailboxes, no evidence configured": {func(in *Input) {
			in.Authority, in.Evidence = "two From mailboxes", Evidence{State: EvidenceUnconfigured}
		}, HoldAuthority, "MINATO"},
		"a concierge's own mail":        {func(in *Input) { in.From = yamamoto }, HoldStranger, ""},
		"boxes that nobody could read":  {func(in *Input) { in.Sheets[0] = company("灘酒造", unreadable("request.items.1")) }, HoldUnclear, "MINATO"},
		"a stranger's unreadable boxes": {func(in *Input) { in.From, in.Sheets[0] = okamoto, company("灘酒造", unreadable("request.items.1")) }, HoldStranger, ""},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			in := entryMail(tanaka, company("灘酒造"))
			tc.change(&in)
			out := w.do(in)
			want(t, out, ResultHeld, held, "held>saeki")
			l := letterOf[HeldLetter](t, out)
			if c := w.chief(out); c.Hold.Reason != tc.reason || c.Agency != tc.agency || c.Registration != "" || l.Nearest != "みなと銀行" {
				t.Errorf("held for %s, agency %q, nearest %q", c.Hold.Reason, c.Agency, l.Nearest)
			}
			if len(out.Letters[0].To) != 2 {
				t.Errorf("not all clerks are asked: %v", out.Letters[0].To)
			}
		})
	}
}

func TestWithoutAConciergeAnEntryWaitsForTheClerk(t *testing.T) {
	w := newWorld(t)
	w.roster.ended["YAMAMOTO"], w.roster.ended["SUZUKI"] = true, true
	out := w.do(entryMail(tanaka, company("灘酒造")))
	want(t, out, ResultHeld, held, "held>saeki")
	if w.chief(out).Hold.Reason != HoldNoReceiver {
		t.Errorf("held for %s", w.chief(out).Hold.Reason)
	}
}

func TestAStrangerWhoseEvidenceFailedIsLeftForThePeople(t *testing.T) {
	in := entryMail(okamoto, company("灘酒造"))
	in.Evidence = Evidence{State: EvidenceFail}
	out := newWorld(t).do(in)
	want(t, out, ResultOther, "", "")
	if out.Folder != FolderStay {
		t.Errorf("filed in %s", out.Folder)
	}
}

func TestSeveralSheetsInOneMail(t *testing.T) {
	for rule, tc := range map[string]struct {
		sheets  []SheetIn
		results []Result
		cases   int
	}{
		"each is a case":                      {[]SheetIn{company("灘酒造"), company("六甲家具")}, []Result{ResultRegistered, ResultRegistered}, 2},
		"one good, one with questions":        {[]SheetIn{company("灘酒造"), company("六甲家具", lacking("received"))}, []Result{ResultRegistered, ResultReturned}, 2},
		"twice the same company: one member":  {[]SheetIn{company("灘酒造"), company("灘酒造", issues("別の依頼"))}, []Result{ResultRegistered, ResultRegistered}, 2},
		"twice the same bytes: one case":      {[]SheetIn{company("灘酒造"), company("灘酒造")}, []Result{ResultRegistered, ResultDuplicate}, 1},
		"twice the same bytes with questions": {[]SheetIn{company("灘酒造", lacking("received")), company("灘酒造", lacking("received"))}, []Result{ResultReturned, ResultDuplicate}, 1},
		"twice the same bytes with unreadable boxes": {[]SheetIn{company("灘酒造", unreadable("request.items.1")), company("灘酒造", unreadable("request.items.1"))},
			[]Result{ResultHeld, ResultDuplicate}, 1},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			out := w.do(entryMail(tanaka, tc.sheets...))
			if len(out.Results) != 2 || out.Results[0] != tc.results[0] || out.Results[1] != tc.results[1] || len(w.cases) != tc.cases {
				t.Errorf("results %v, %d cases", out.Results, len(w.cases))
			}
			if strings.Count(letters(out), "registered>") > tc.cases {
				t.Errorf("answered twice: %s", letters(out))
			}
			if rule == "twice the same company: one member" && (w.cases[1].Member != w.cases[2].Member || w.cases[1].Concierge != w.cases[2].Concierge) {
				t.Errorf("members %s and %s", w.cases[1].Member, w.cases[2].Member)
			}
		})
	}
}

func TestAFileThatCannotBeOpenedBesideASheetIsToldToTheClerk(t *testing.T) {
	in := entryMail(tanaka, company("灘酒造"))
	in.Locked = []LockedFile{{Name: "別紙.xlsx", What: "locked", Reason: "パスワードで保護されています。"}}
	out := newWorld(t).do(in)
	want(t, out, ResultRegistered, registered, "registered>tanaka brief>suzuki aside>saeki")
	if out.Folder != FolderAside {
		t.Errorf("filed in %q although a person has to look", out.Folder)
	}
}

func TestAFaxOnlyAgencyIsAnsweredThroughTheClerk(t *testing.T) {
	out := newWorld(t).do(entryMail(kakogawa, company("灘酒造")))
	want(t, out, ResultRegistered, registered, "registered>saeki brief>suzuki")
	if !out.Letters[0].Fax || !letterOf[RegisteredLetter](t, out).Fax || out.Letters[0].Party.Role != RoleClerk {
		t.Errorf("letter = %+v", out.Letters[0])
	}
}

func TestWarningsOfTheRosterGoToTheConcierge(t *testing.T) {
	for rule, tc := range map[string]struct{ named, wish, field string }{
		"unknown agency named":  {"どこかの銀行", "", "introducer.agency"},
		"another agency named":  {"兵庫商工会議所", "", "introducer.agency"},
		"a near name":           {"みなと銀", "", "introducer.agency"},
		"an unknown wish":       {"みなと銀行", "どこかの機構", "addressee.agency"},
		"a wish that is roster": {"みなと銀行", "兵庫商工会議所", ""},
	} {
		t.Run(rule, func(t *testing.T) {
			s := company("灘酒造", introducedBy(tc.named), func(s *SheetIn) { s.Entry.Addressee.Agency = tc.wish })
			ws := letterOf[BriefLetter](t, newWorld(t).do(entryMail(tanaka, s))).Warnings
			if tc.field == "" && len(ws) != 0 || tc.field != "" && (len(ws) != 1 || ws[0].Field != tc.field) {
				t.Errorf("warnings = %+v", ws)
			}
		})
	}
}

func TestPaperEntries(t *testing.T) {
	for rule, tc := range map[string]struct {
		line         string
		sheet        SheetIn
		result       Result
		events, sent string
	}{
		"FAX: answered to the agency that the sheet names": {"登録 FAX", company("灘酒造"), ResultRegistered, registered, "registered>houjin brief>suzuki answer>saeki"},
		"post, lower case does not matter for fax":         {"登録 fax", company("灘酒造"), ResultRegistered, registered, "registered>houjin brief>suzuki answer>saeki"},
		"an agency without mail":                           {"登録 郵送", company("灘酒造", introducedBy("加古川商工会")), ResultRegistered, registered, "registered>saeki brief>suzuki answer>saeki"},
		"questions go back to the clerk":                   {"登録 窓口", company("灘酒造", lacking("company.phone")), ResultReturned, returned, "returned>saeki answer>saeki"},
		"an agency that nobody knows is held":              {"登録 FAX", company("灘酒造", introducedBy("どこかの銀行")), ResultHeld, held, "held>saeki answer>saeki"},
		"a near name is held, not guessed":                 {"登録 FAX", company("灘酒造", introducedBy("みなと銀")), ResultHeld, held, "held>saeki answer>saeki"},
		"an unknown channel is refused":                    {"登録 電話", company("灘酒造"), ResultRefused, "", "refusal>saeki"},
		"no channel is refused":                            {"登録", company("灘酒造"), ResultRefused, "", "refusal>saeki"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			want(t, w.do(withSheet(command(saeki, "", tc.line), tc.sheet)), tc.result, tc.events, tc.sent)
		})
	}
	t.Run("without a sheet is refused", func(t *testing.T) {
		want(t, newWorld(t).do(command(saeki, "", "登録 FAX")), ResultRefused, "", "refusal>saeki")
	})
	t.Run("is the clerk's alone", func(t *testing.T) {
		w := newWorld(t)
		want(t, w.do(command(tanaka, "", "登録 FAX")), ResultRefused, "", "refusal>tanaka")
		want(t, w.do(withSheet(command(tanaka, "", "登録 FAX"), company("灘酒造"))), ResultRegistered, registered, "registered>tanaka brief>suzuki")
	})
	t.Run("the very same sheet twice is one case", func(t *testing.T) {
		w := newWorld(t)
		w.do(withSheet(command(saeki, "", "登録 FAX"), company("灘酒造")))
		want(t, w.do(withSheet(command(saeki, "", "登録 FAX"), company("灘酒造"))), ResultDuplicate, "sheet-sent-again", "answer>saeki")
	})
}

func TestTheClerkCorrectsAPaperEntryInReply(t *testing.T) {
	w := newWorld(t)
	c := w.chief(w.do(withSheet(command(saeki, "", "登録 FAX"), company("灘酒造", lacking("company.phone")))))
	want(t, w.do(w.replyTo(c.Receipt, entryMail(saeki, company("灘酒造")))), ResultRegistered, "sheet-replaced case-registered", "registered>houjin brief>suzuki")
	t.Run("with 訂正", func(t *testing.T) {
		w := newWorld(t)
		c := w.chief(w.do(withSheet(command(saeki, "", "登録 FAX"), company("灘酒造", lacking("company.phone")))))
		want(t, w.do(withSheet(command(saeki, c.Receipt, "訂正"), company("灘酒造"))), ResultRegistered, "sheet-replaced case-registered", "registered>houjin brief>suzuki answer>saeki")
	})
	t.Run("with the agency's name put right", func(t *testing.T) {
		w := newWorld(t)
		c := w.chief(w.do(withSheet(command(saeki, "", "登録 FAX"), company("灘酒造", introducedBy("みなと金融")))))
		want(t, w.do(w.replyTo(c.Receipt, entryMail(saeki, company("灘酒造")))), ResultRegistered, "sheet-replaced case-registered", "registered>houjin brief>suzuki")
		if got := w.again(c).Agency; got != "MINATO" {
			t.Errorf("agency = %q", got)
		}
	})
}

func TestMachinesAndOwnMailGetNoAnswer(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for _, kind := range []MailKind{MailOwn, MailBounce, MailAutomatic} {
		in := w.replyTo(c.Registration, mail(kind, tanaka))
		events := "message-kept"
		if kind == MailOwn {
			events = ""
		}
		out := w.do(in)
		want(t, out, ResultSilent, events, "")
		if out.Folder != FolderMachine {
			t.Errorf("%s is filed in %q", kind, out.Folder)
		}
	}
}

func TestPlainMailIsKeptAndPassedOnOrLeftForThePeople(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for rule, tc := range map[string]struct {
		in     Input
		result Result
		events string
	}{
		"a reply with a tag":           {w.replyTo(c.Registration, mail(MailReply, tanaka)), ResultPassed, "message-kept message-passed"},
		"a reply by its references":    {Input{Kind: MailOther, From: tanaka, References: []string{c.MessageID}}, ResultPassed, "message-kept message-passed"},
		"a colleague's reply":          {w.replyTo(c.Registration, mail(MailReply, colleague)), ResultPassed, "message-kept message-passed"},
		"a clerk's reply":              {w.replyTo(c.Registration, mail(MailReply, saeki)), ResultKept, "message-kept"},
		"another agency's reply":       {w.replyTo(c.Registration, mail(MailReply, yamaguchi)), ResultKept, "message-kept"},
		"a stranger's reply":           {w.replyTo(c.Registration, mail(MailReply, okamoto)), ResultKept, "message-kept"},
		"a tag of no case":             {w.replyTo("2026-KOB-00009-9", mail(MailReply, tanaka)), ResultOther, ""},
		"a question without a sheet":   {mail(MailOther, okamoto), ResultOther, ""},
		"an entry mail without sheets": {mail(MailEntry, tanaka), ResultOther, ""},
		"a command mail without one":   {mail(MailCommand, tanaka), ResultOther, ""},
		"a failure that names nothing": {Input{Kind: MailFailure}, ResultSilent, ""},
	} {
		t.Run(rule, func(t *testing.T) {
			out := w.do(tc.in)
			folder, sent := FolderStay, ""
			if tc.result == ResultPassed {
				folder, sent = FolderDone, "passed-on>suzuki"
			}
			want(t, out, tc.result, tc.events, sent)
			if out.Folder != folder {
				t.Errorf("filed in %q", out.Folder)
			}
		})
	}
	w.do(failed(w.replyTo(c.Registration, mail(MailReply, tanaka))))
	if a := w.log[len(w.log)-1].Actor; a.Role != RoleStranger || a.Evidence == "" {
		t.Errorf("a mail whose evidence failed is kept as %s's: %q", a.Role, a.Evidence)
	}
	if h := w.again(c).History; !h[len(h)-1].Internal {
		t.Errorf("a kept mail is shown outside the office: %+v", h[len(h)-1])
	}
}

func TestWhatCannotBeReadIsPutAsideAndTold(t *testing.T) {
	locked := []LockedFile{{Name: "エントリーシート.xls", What: "unreadable"}}
	for rule, tc := range map[string]struct {
		in     Input
		folder Folder
		sent   string
	}{
		"a broken mail":                  {Input{Kind: MailBroken, Why: "メールの構造を読み取ることができませんでした。", From: okamoto}, FolderAside, "aside>saeki"},
		"a locked workbook":              {Input{Kind: MailLocked, From: okamoto, Locked: locked}, FolderAside, "aside>saeki"},
		"an archive of a known sender":   {Input{Kind: MailLocked, From: tanaka, Locked: []LockedFile{{What: "archive"}}}, FolderAside, "aside>saeki"},
		"an archive from a stranger":     {Input{Kind: MailLocked, From: okamoto, Locked: []LockedFile{{What: "archive"}}}, FolderStay, ""},
		"a locked file with a command":   {withLocked(command(tanaka, "", "訂正"), locked), FolderAside, "refusal>tanaka aside>saeki"},
		"a locked file with a good word": {withLocked(command(saeki, "", "一覧"), locked), FolderAside, "list>saeki aside>saeki"},
	} {
		t.Run(rule, func(t *testing.T) {
			if out := newWorld(t).do(tc.in); out.Folder != tc.folder || letters(out) != tc.sent {
				t.Errorf("filed in %q, letters %q", out.Folder, letters(out))
			}
		})
	}
}

func withLocked(in Input, files []LockedFile) Input {
	in.Locked = files
	return in
}

func TestALetterThatDidNotArriveIsToldOnce(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	for rule, tc := range map[string]struct {
		fail DeliveryFailure
		sent string
	}{
		"to the concierge of its case":             {DeliveryFailure{Kind: LetterRegistered, Case: c.ID, To: []string{tanaka.Addr}}, "undelivered>suzuki"},
		"to the clerk when it was the concierge's": {DeliveryFailure{Kind: LetterBrief, Case: c.ID, To: []string{suzuki.Addr}}, "undelivered>saeki"},
		"to the clerk without a case":              {DeliveryFailure{Kind: LetterList, To: []string{saeki.Addr}}, "undelivered>saeki"},
		"not again when the telling failed":        {DeliveryFailure{Kind: LetterUndelivered, To: []string{saeki.Addr}}, ""},
		"to the clerk when brakes hold it":         {DeliveryFailure{Kind: LetterRegistered, Case: c.ID, To: []string{tanaka.Addr}, Braked: true}, "undelivered>saeki"},
	} {
		t.Run(rule, func(t *testing.T) {
			if out := w.do(Input{Kind: MailFailure, Failure: &tc.fail}); letters(out) != tc.sent {
				t.Errorf("letters %q, want %q", letters(out), tc.sent)
			}
		})
	}
}
