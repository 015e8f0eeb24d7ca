package casework

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// handover is the mail by which another office hands a case over.
func handover(from Address, b Bundle) Input {
	in := mail(MailTransfer, from)
	in.Transfer = &TransferIn{Bundle: &b}
	return in
}

// foreign is a case of Osaka's.
func foreign(change ...func(*Bundle)) Bundle {
	sheet := company("摂津電機", corporate("1000020140000"))
	b := Bundle{Registration: "2026-OSA-00007-2", Member: "M-00001-3", Receipt: "E26-00009", Channel: ChannelMail, Company: "摂津電機",
		ReceivedAt: noon.AddDate(0, -2, 0), RegisteredAt: noon.AddDate(0, -2, 0), At: noon, AgencyName: "みなと銀行", Submitter: tanaka, Stage: "支援中",
		Sheets:   []BundleSheet{{Version: 1, File: SheetFile{Blob: "old", Name: "旧.xlsx"}}, {Version: 2, File: sheet.File, Entry: sheet.Entry}},
		Supports: []BundleSupport{{Agency: "兵庫商工会議所（HYOGO-CCI）", State: "終了", Consents: "紹介元：了承済、企業：了承済"}},
		History:  []BundleLine{{At: noon.AddDate(0, -1, 0), Text: "登録しました。", By: "事務局"}}}
	for _, c := range change {
		c(&b)
	}
	return b
}

func TestTransferHandsTheCaseOverAndEndsItHere(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportInquired)
	in := command(saeki, c.Registration, "移管 大阪本部")
	in.Text = "本社の移転のため"
	out := w.do(in)
	want(t, out, ResultDone, "command-began support-passed case-transferred",
		"passed-over>kaigai transfer>uketsuke transferred>kuramoto transferred>tanaka transferred>suzuki answer>saeki")
	c = w.again(c)
	if c.Stage != StageTransferred || c.Transfer.Office != "OSA" || c.Transfer.From != StageConsulting || c.Transfer.Reason != in.Text {
		t.Errorf("%s, %+v", c.Stage, c.Transfer)
	}
	l := w.newest(LetterTransfer, "")
	if l.Hold == 0 || l.Number != "" || l.Command == 0 {
		t.Errorf("hold %v, tag %q, command %d", l.Hold, l.Number, l.Command)
	}
	b := l.Attach[0].Bundle
	if b == nil || b.Registration != c.Registration || b.Member != c.Member || b.AgencyName != "みなと銀行" || b.Concierge != suzuki.Name || b.Stage != "相談中" || len(b.Sheets) != 1 ||
		len(b.Supports) != 1 || len(b.History) < 5 {
		t.Errorf("the bundle is %+v", b)
	}
	for _, a := range l.Attach {
		if a.Protect.Office != "OSA" || strings.Contains(a.Name, "灘") {
			t.Errorf("attachment %q is protected by %+v", a.Name, a.Protect)
		}
	}
	if v := l.Content.(TransferLetter).View; v.Entry != nil || v.Company != "" || v.AgencyName != "" || v.Member != "" || len(v.History) > 0 {
		t.Errorf("the words may say %+v", v)
	}
	if found := Scan(l.Secrets, []string{"輸入元の紹介の件"}); !slices.Equal(found, []string{"request.desired"}) {
		t.Errorf("the last scan looks for %v", l.Secrets)
	}
}

func TestTransferIsRefusedInWordsThatSayWhatMakesItPossible(t *testing.T) {
	for rule, tc := range map[string]struct {
		line  string
		state SupportState
		edit  func(*fakeRoster)
		want  string
	}{
		"no office":         {"移管 OSA", SupportNone, func(r *fakeRoster) { r.offices = nil }, "[[other_office]]"},
		"no argument":       {"移管", SupportNone, nil, "コードまたは名称をお書きください"},
		"an unknown office": {"移管 九州", SupportNone, nil, "「九州」という事務所"},
		"an open support":   {"移管 OSA", SupportReferred, nil, "先に「支援終了」"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			c, _ := w.hyogo(tc.state)
			if tc.edit != nil {
				tc.edit(w.roster)
			}
			l := letterOf[RefusalLetter](t, w.do(command(saeki, c.Registration, tc.line)))
			if !strings.Contains(l.Problem, tc.want) || w.again(c).Stage == StageTransferred {
				t.Errorf("%s: %q", w.again(c).Stage, l.Problem)
			}
			if rule == "an unknown office" && !slices.Contains(l.Codes, "OSA（ジェトロ大阪）") {
				t.Errorf("codes %q", l.Codes)
			}
		})
	}
}

func TestTransferIsTakenBackWhileItsLettersWait(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportInquired)
	w.do(command(saeki, c.Registration, "移管 OSA"))
	gone := w.newest(LetterTransfer, "")
	out := w.do(command(saeki, c.Registration, "直前取消"))
	want(t, out, ResultDone, "command-undone", "answer>saeki")
	c = w.again(c)
	if c.Stage != StageConsulting || c.Transfer != (Transfer{}) || c.Supports[0].Passed || len(out.Withdraw) != 5 {
		t.Errorf("%s %+v, %d letters withdrawn", c.Stage, c.Transfer, len(out.Withdraw))
	}
	if err := MayLeave(c, gone.Departure(), w.roster, w.now); err == nil {
		t.Error("the bundle may still leave")
	}
}

func TestABundleLeavesOnlyToItsOfficeAndWhileItIsDue(t *testing.T) {
	w := newWorld(t)
	c := w.at(StageTransferred)
	d := w.newest(LetterTransfer, "").Departure()
	for rule, tc := range map[string]struct {
		change func(*Case, *Departure, *fakeRoster)
		leaves bool
	}{
		"as it is":            {func(*Case, *Departure, *fakeRoster) {}, true},
		"to another address":  {func(_ *Case, d *Departure, _ *fakeRoster) { d.To = []string{okamoto.Addr} }, false},
		"to one more address": {func(_ *Case, d *Departure, _ *fakeRoster) { d.To = append(d.To, okamoto.Addr) }, false},
		"to another office": {func(_ *Case, d *Departure, _ *fakeRoster) {
			d.Party.Code, d.To = "NGO", []string{"uketsuke@nagoya.example"}
		}, false},
		"the office is known no more": {func(_ *Case, _ *Departure, r *fakeRoster) { r.offices = nil }, false},
		"the office has moved":        {func(_ *Case, _ *Departure, r *fakeRoster) { r.offices[0].Mailbox = "new@osaka.example" }, false},
		"taken back":                  {func(c *Case, _ *Departure, _ *fakeRoster) { c.Stage, c.Transfer = StageConsulting, Transfer{} }, false},
		"taken over there":            {func(c *Case, _ *Departure, _ *fakeRoster) { c.Transfer.Receipt = "E26-00001" }, false},
	} {
		t.Run(rule, func(t *testing.T) {
			c, d, r := c, d, newRoster()
			d.To = slices.Clone(d.To)
			tc.change(&c, &d, r)
			if err := MayLeave(c, d, r, w.now); (err == nil) != tc.leaves {
				t.Errorf("MayLeave = %v", err)
			}
		})
	}
}

func TestTheOtherOfficesAnswerIsNotedOnceAndEndsTheSending(t *testing.T) {
	w := newWorld(t)
	c := w.at(StageTransferred)
	want(t, w.do(command(saeki, c.Registration, "移管 OSA")), ResultDone, "command-began transfer-repeated", "transfer>uketsuke answer>saeki")
	w.now = w.now.Add(time.Hour)
	w.deliver()
	answer := mail(MailTransfer, osaka)
	answer.Transfer = &TransferIn{Taken: "E26-00031"}
	stranger := answer
	stranger.From = okamoto
	want(t, w.do(stranger), ResultSilent, "", "")
	want(t, w.do(answer), ResultSilent, "", "") // answers no letter of ours
	answer.References = []string{w.newest(LetterTransfer, "").messageID()}
	unproved := answer
	unproved.Evidence = Evidence{State: EvidenceWeak}
	want(t, w.do(unproved), ResultAside, "message-kept", "aside>saeki")
	want(t, w.do(answer), ResultDone, "transfer-taken", "")
	want(t, w.do(answer), ResultDone, "", "")
	if c = w.again(c); c.Transfer.Receipt != "E26-00031" {
		t.Errorf("%+v", c.Transfer)
	}
	l := letterOf[AnswerLetter](t, w.do(command(saeki, c.Registration, "移管 OSA")))
	if !strings.Contains(l.Done, "E26-00031") {
		t.Errorf("%q", l.Done)
	}
	refusal := letterOf[RefusalLetter](t, w.do(command(saeki, c.Registration, "移管 NGO")))
	if !strings.Contains(refusal.Problem, "ジェトロ大阪へお願い") {
		t.Errorf("%q", refusal.Problem)
	}
}

func TestWhatComesForATransferredCaseGoesToTheClerk(t *testing.T) {
	w := newWorld(t)
	c := w.at(StageTransferred)
	in := w.replyTo(c.Registration, mail(MailReply, tanaka))
	in.Text = "追加の資料です。"
	out := w.do(in)
	want(t, out, ResultKept, "message-kept", "aside>saeki")
	if l := letterOf[AsideLetter](t, out); out.Folder != FolderAside || !strings.Contains(l.Reason, "ジェトロ大阪") || !strings.Contains(l.Reason, c.Registration) {
		t.Errorf("%q: %q", out.Folder, l.Reason)
	}
	want(t, w.do(w.replyTo(c.Registration, mail(MailReply, okamoto))), ResultKept, "message-kept", "")
	again := letterOf[AnswerLetter](t, w.do(entryMail(tanaka, company("灘酒造"))))
	if !strings.Contains(again.Done, "移管いたしました") {
		t.Errorf("the same sheet again: %q", again.Done)
	}
	want(t, w.do(w.replyTo(c.Registration, entryMail(tanaka, company("灘酒造", issues("別"))))), ResultHeld, held, "held>saeki")
	want(t, w.do(w.replyTo(c.Registration, entryMail(tanaka, company("六甲家具")))), ResultRegistered, registered, "registered>tanaka brief>suzuki")
}

const takenOver = "case-taken-over case-registered"

func TestACaseOfAnotherOfficeGoesOnUnderItsRegistrationNumber(t *testing.T) {
	w := newWorld(t)
	own := w.registered(tanaka, company("灘酒造"))
	out := w.do(handover(osaka, foreign()))
	want(t, out, ResultRegistered, takenOver, "taken-over>tanaka brief>yamamoto transfer-taken>uketsuke")
	c := w.chief(out)
	if c.Receipt != "E26-00002" || c.Registration != "2026-OSA-00007-2" || c.Member == own.Member || c.Member == "" || c.Stage != StageRegistered || c.Version != 2 || len(c.Supports) != 0 || c.Taken {
		t.Errorf("%+v", c)
	}
	brief := letterOf[BriefLetter](t, out)
	if l := letterOf[TakenOverLetter](t, out); l.Former != "M-00001-3" || brief.Change != "transferred" || brief.From != "ジェトロ大阪" {
		t.Errorf("former %q, brief %q from %q", l.Former, brief.Change, brief.From)
	}
	if l := letterOf[TransferTakenLetter](t, out); l.Sign() != "taken; receipt=E26-00002" {
		t.Errorf("sign %q", l.Sign())
	}
	for who, sees := range map[Address]bool{tanaka: false, saeki: true} { // what was told there is for the office only
		l := letterOf[StatusLetter](t, w.do(command(who, c.Registration, "状況")))
		for _, told := range []string{"登録しました。［事務局］", "兵庫商工会議所（HYOGO-CCI）：終了"} {
			if slices.ContainsFunc(l.History, func(h HistoryLine) bool { return strings.Contains(h.Text, told) }) != sees {
				t.Errorf("%s sees %q: want %v", who.Addr, told, sees)
			}
		}
	}
	next := w.registered(tanaka, company("六甲家具")) // the series here goes on
	if next.Registration != withDamm("2026-KOB-00002") {
		t.Errorf("the next number is %s", next.Registration)
	}
	w.do(command(yamamoto, c.Registration, "引受"))
	w.do(command(yamamoto, c.Registration, "打診 HYOGO-CCI"))
	if c = w.again(c); len(c.Supports) != 1 {
		t.Errorf("supports %+v", c.Supports)
	}
}

func TestTheSameBundleAgainIsAnsweredAgain(t *testing.T) {
	w := newWorld(t)
	first := w.chief(w.do(handover(osaka, foreign())))
	out := w.do(handover(osaka, foreign()))
	want(t, out, ResultDuplicate, "sheet-sent-again", "transfer-taken>uketsuke")
	if l := letterOf[TransferTakenLetter](t, out); l.Receipt != first.Receipt || len(w.cases) != 1 {
		t.Errorf("receipt %s, %d cases", l.Receipt, len(w.cases))
	}
}

func TestACaseThatComesBackGoesOn(t *testing.T) {
	w := newWorld(t)
	c := w.at(StageTransferred)
	b := foreign(func(b *Bundle) {
		b.Registration, b.Member, b.Receipt = c.Registration, "M-00099-2", "E26-00500"
		b.Sheets = []BundleSheet{{Version: 1, File: c.Sheet, Entry: c.Entry}}
		b.History[0].At = w.now.Add(time.Minute)
	})
	out := w.do(handover(osaka, b))
	want(t, out, ResultRegistered, takenOver, "taken-over>tanaka brief>suzuki transfer-taken>uketsuke")
	now := w.again(c)
	if now.Receipt != c.Receipt || now.Registration != c.Registration || now.Member != c.Member || now.Version != 1 || now.Stage != StageRegistered || now.Transfer != (Transfer{}) || len(w.cases) != 1 {
		t.Errorf("%+v", now)
	}
	w.do(command(saeki, c.Registration, "移管 OSA")) // and may go again
	if w.again(c).Stage != StageTransferred {
		t.Error("it cannot go again")
	}
}

func TestABundleThatCannotBeTakenGoesToTheClerk(t *testing.T) {
	for rule, tc := range map[string]struct {
		in   func(w *world) Input
		want string
	}{
		"evidence failed": {func(*world) Input {
			in := handover(osaka, foreign())
			in.Evidence = Evidence{State: EvidenceFail}
			return in
		}, "確かめられませんでした"},
		"evidence is missing": {func(*world) Input {
			in := handover(osaka, foreign())
			in.Evidence = Evidence{State: EvidenceNone}
			return in
		}, "確かめられませんでした"},
		"it did not open": {func(*world) Input {
			in := mail(MailTransfer, osaka)
			in.Transfer = &TransferIn{Problem: "開けません。"}
			return in
		}, "取り決めたパスワード"},
		"a number of ours that is no case": {func(*world) Input {
			return handover(osaka, foreign(func(b *Bundle) { b.Registration = withDamm("2026-KOB-00077") }))
		}, "当事務所の番号"},
		"a case that is open here": {func(w *world) Input {
			c := w.registered(tanaka, company("灘酒造"))
			return handover(osaka, foreign(func(b *Bundle) { b.Registration = c.Registration }))
		}, "すでに当事務所にございます"},
		"a case that went to a third office": {func(w *world) Input {
			c := w.at(StageTransferred)
			return handover(Address{Addr: "uketsuke@nagoya.example"}, foreign(func(b *Bundle) { b.Registration = c.Registration }))
		}, "すでに当事務所にございます"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t)
			in := tc.in(w)
			before := len(w.cases)
			out := w.do(in)
			want(t, out, ResultAside, "", "aside>saeki")
			if l := letterOf[AsideLetter](t, out); !strings.Contains(l.Reason, tc.want) || len(w.cases) != before || out.Folder != FolderAside {
				t.Errorf("%q, %d cases, filed in %q", l.Reason, len(w.cases), out.Folder)
			}
		})
	}
}

func TestAStrangersBundleIsAnyMachinesMail(t *testing.T) {
	w := newWorld(t)
	for _, from := range []Address{okamoto, tanaka, saeki} {
		out := w.do(handover(from, foreign()))
		want(t, out, ResultSilent, "", "")
		if out.Folder != FolderMachine {
			t.Errorf("filed in %q", out.Folder)
		}
	}
}

func TestATakenCaseOfAnUnknownAgencyWaitsForTheClerkAndKeepsItsNumber(t *testing.T) {
	w := newWorld(t)
	out := w.do(handover(osaka, foreign(func(b *Bundle) { b.AgencyName = "和泉商工会" })))
	want(t, out, ResultHeld, "case-taken-over entry-held", "held>saeki transfer-taken>uketsuke")
	c := w.chief(out)
	if c.Registered() {
		t.Errorf("registered as %s", c.Registration)
	}
	want(t, w.do(handover(osaka, foreign(func(b *Bundle) { b.AgencyName = "和泉商工会" }))), ResultDuplicate, "sheet-sent-again", "transfer-taken>uketsuke")
	want(t, w.do(command(saeki, c.Receipt, "承認 MINATO")), ResultDone, "entry-approved case-registered", "taken-over>tanaka brief>suzuki answer>saeki")
	if c = w.again(c); c.Registration != "2026-OSA-00007-2" || c.Version != 2 {
		t.Errorf("%s, version %d", c.Registration, c.Version)
	}
}

func TestABundleThatDoesNotArriveIsToldToTheClerkWhoSendsItAgain(t *testing.T) {
	w := newWorld(t)
	c := w.at(StageTransferred)
	want(t, w.fall(w.newest(LetterTransfer, ""), DeliveryFailure{Refused: true, Reason: "550"}), ResultDone, "letter-lost", "undelivered>saeki")
	want(t, w.do(command(saeki, c.Registration, "移管 OSA")), ResultDone, "command-began transfer-repeated", "transfer>uketsuke answer>saeki")
}

func TestTransferIsOfferedWhereAnotherOfficeIsKnown(t *testing.T) {
	for _, known := range []bool{true, false} {
		w := newWorld(t)
		c := w.registered(tanaka, company("灘酒造"))
		if !known {
			w.roster.offices = nil
		}
		l := letterOf[StatusLetter](t, w.do(command(saeki, c.Registration, "状況")))
		if slices.ContainsFunc(l.Offers, func(o Offer) bool { return o.Command == CmdTransfer }) != known {
			t.Errorf("offices known: %v, offers %v", known, l.Offers)
		}
	}
}

func TestWhereNobodyChecksSendersABundleIsTakenByItsPassword(t *testing.T) {
	w := newWorld(t)
	in := handover(osaka, foreign())
	in.Evidence = Evidence{State: EvidenceUnconfigured}
	if c := w.chief(w.do(in)); c.Registration != "2026-OSA-00007-2" || !c.Unverified {
		t.Errorf("%s, unverified: %v", c.Registration, c.Unverified)
	}
}
