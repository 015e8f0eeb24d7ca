package casework

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// world is the smallest shell around Decide: it keeps the log in memory, answers what a transaction would look up, and
// checks after every mail what always holds (check).
type world struct {
	t        tester
	now      time.Time
	roster   *fakeRoster
	log      []Event
	cases    map[int64]Case
	numbers  Numbers
	pending  map[string]Pending
	verifies map[string]int
	threads  map[string]int64  // Message-ID -> case
	box      []*posted         // the outbox
	kept     map[string]string // support -> password
	stopped  bool
	lacks    []rune
	off      []CommandName
	noCc     bool
	mails    int

	toldFrozen []string // held senders of whom the clerk was told today
}

// tester is what a test and a property have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

var office = Office{Code: "KOB", Name: "ジェトロ神戸", Phone: "078-000-0000", Mailbox: Address{Name: "ジェトロ神戸", Addr: "uketsuke@kobe.example"}}

func newWorld(t tester) *world {
	return &world{t: t, now: time.Date(2026, 11, 16, 10, 0, 0, 0, JST), roster: newRoster(), cases: map[int64]Case{},
		numbers: Numbers{FiscalYear: 2026}, pending: map[string]Pending{}, verifies: map[string]int{}, threads: map[string]int64{}, kept: map[string]string{}}
}

// The codes of these tests stand for what a keyed code is worth.
const (
	goodCode = "good22"
	oldCode  = "oldd22"
)

// do decides one mail and writes what was decided.
func (w *world) do(in Input) Outcome {
	w.t.Helper()
	w.mails++
	w.now = w.now.Add(time.Minute)
	w.deliver()
	if in.MessageID == "" {
		in.MessageID = fmt.Sprintf("mail-%d@sender.example", w.mails)
	}
	if in.Date.IsZero() {
		in.Date = w.now
	}
	if in.Arrived.IsZero() {
		in.Arrived = w.now
	}
	facts := w.facts(in)
	before := w.numbers
	d := newDecider(w.loaded(), in, facts)
	out, err := d.run()
	if err != nil {
		w.t.Fatalf("%s of %s: %v", in.Kind, in.From.Addr, err)
	}
	w.check(in, facts, before, d, out)
	w.write(in, out)
	return out
}

func (w *world) loaded() map[int64]Case {
	out := map[int64]Case{}
	for id, c := range w.cases {
		out[id] = c
	}
	return out
}

func (w *world) write(in Input, out Outcome) {
	w.log = append(w.log, out.Events...)
	for _, e := range out.Events {
		c := w.cases[e.Case]
		c.Apply(e)
		w.cases[e.Case] = c
		w.threads[in.MessageID] = e.Case
	}
	for _, l := range out.Letters {
		w.post(l)
		if l.Kind() == LetterMembership {
			w.verifies[in.From.Addr]++
		}
	}
	w.numbers = out.Numbers
	if out.Used != "" {
		delete(w.pending, out.Used)
	}
	if out.Ask != nil {
		w.pending[out.Ask.Word] = *out.Ask
	}
	if out.Stop != nil {
		w.stopped = *out.Stop
	}
	w.writeSupports(out)
}

// facts answers as the shell does inside a transaction.
func (w *world) facts(in Input) Facts {
	f := Facts{Now: w.now, Office: office, Roster: w.roster, Calendar: fakeCalendar{}, Numbers: w.numbers, Stopped: w.stopped, CcWindow: !w.noCc, Off: w.off, Absences: w.roster.absences,
		Prefecture: func(addr string) string { p, _, _ := strings.Cut(addr, "県"); return p + "県" },
		Lacks: func(s string) (out []rune) {
			for _, r := range w.lacks {
				if strings.ContainsRune(s, r) {
					out = append(out, r)
				}
			}
			return out
		}}
	if in.Call != nil && in.Call.Name == CmdConfirm && len(in.Call.Args) == 1 {
		if p, ok := w.pending[in.Call.Args[0]]; ok {
			f.Pending, in = &p, p.Input
		}
	}
	w.threadFacts(&f, in)
	w.sheetFacts(&f, in)
	w.supportFacts(&f, in)
	f.Word = fmt.Sprintf("word%dxyz", w.mails)
	for _, p := range w.pending {
		f.PendingOf = f.PendingOf || SameAddr(p.To, ConfirmedBy(in, w.roster, w.now)) && p.Case == f.Thread && w.now.Before(p.Expires)
	}
	f.Verifies, f.FrozenTold = w.verifies[in.From.Addr], slices.Contains(w.toldFrozen, in.From.Addr)
	if in.Call != nil && in.Call.Name == CmdVerify && len(in.Call.Args) > 0 {
		f.Verified = w.verified(strings.ToUpper(in.Call.Args[0]))
	}
	for _, id := range w.ids() {
		c := w.cases[id]
		if c.Stage == StageHeld {
			f.ToReview++
		}
		if c.Stage.Open() && (w.roster.Sender(in.From, w.now).Clerk || c.Concierge == w.roster.Sender(in.From, w.now).Concierge) {
			f.Rows = append(f.Rows, ListRow{Number: c.Number(), Company: c.Entry.Company.Name, Stage: c.Stage, Agency: c.Agency, Concierge: c.Concierge, Since: c.UpdatedAt})
		}
	}
	return f
}

func (w *world) threadFacts(f *Facts, in Input) {
	f.Code = CodeNone
	for id, c := range w.cases {
		if in.Tag.Number != "" && (c.Receipt == in.Tag.Number || c.Registration == in.Tag.Number) {
			f.Thread, f.ByTag = id, true
		}
		if c.Support(in.Tag.Number).ID != "" && !c.Support(in.Tag.Number).JETRO() {
			f.Thread, f.ByTag, f.Inquiry = id, true, in.Tag.Number
		}
	}
	for _, ref := range in.References {
		if f.Thread == 0 {
			f.Thread = w.threads[ref]
		}
	}
	if in.Tag.Code != "" && f.Thread != 0 {
		f.Code = map[string]CodeState{goodCode: CodeValid, oldCode: CodeExpired}[in.Tag.Code]
		if f.Code == "" {
			f.Code = CodeWrong
		}
	}
}

func (w *world) sheetFacts(f *Facts, in Input) {
	f.SameSheet, f.OpenSame, f.Returned = map[string]int64{}, map[string][]CaseRef{}, map[string]int64{}
	f.Members, f.Loads = map[string]Member{}, map[string]int{}
	for _, e := range w.log {
		c := w.cases[e.Case]
		if b := sheetOfEvent(e); b != "" && c.Stage != StageRejected && c.Stage != StageVoid && c.ID >= f.SameSheet[b] {
			f.SameSheet[b] = c.ID
		}
	}
	agency := w.roster.Sender(in.From, w.now).Agency
	for _, id := range w.ids() {
		c := w.cases[id]
		if c.Stage.Open() && c.Registered() {
			f.Loads[c.Concierge]++
		}
		for _, k := range c.Entry.Company.Keys() {
			if c.Stage.Open() {
				f.OpenSame[k] = append(f.OpenSame[k], CaseRef{ID: id, Number: c.Number(), Stage: c.Stage, Agency: c.Agency, Concierge: c.Concierge})
			}
			if c.Member != "" {
				f.Members[k] = Member{Number: c.Member, Concierge: c.Concierge}
			}
		}
		for _, k := range CorrectionKeys(c.Entry.Company) {
			if agency != "" && c.Agency == agency && (c.Stage == StageReturned || c.Stage == StageHeld) {
				f.Returned[k] = id
			}
		}
	}
}

func sheetOfEvent(e Event) string {
	switch p := e.Payload.(type) {
	case *SheetReceived:
		return p.Sheet.Blob
	case *SheetReplaced:
		return p.Sheet.Blob
	case *VersionAdded:
		return p.Sheet.Blob
	case *VersionReturned:
		return p.Sheet.Blob
	case *CaseTakenOver:
		return p.Bundle.Newest().File.Blob
	}
	return ""
}

func (w *world) verified(number string) Verified {
	v := Verified{Number: number}
	for _, id := range w.ids() {
		if c := w.cases[id]; c.Member == number {
			v.Found, v.Stage, v.Void = true, c.Stage, c.Stage == StageVoid
			v.Cases = append(v.Cases, id)
		}
	}
	return v
}

func (w *world) ids() []int64 {
	var out []int64
	for id := range w.cases {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// check holds after every mail, whatever it was.
func (w *world) check(in Input, f Facts, before Numbers, d *decider, out Outcome) {
	w.t.Helper()
	if out.Result == "" {
		w.t.Errorf("a mail without a result: %+v", in)
	}
	w.checkFold(d, out)
	w.checkNumbers(before, d, out)
	for _, l := range out.Letters {
		w.checkLetter(in, d, l)
	}
	w.checkSupports(in, f, d, out)
	if in.Evidence.State == EvidenceFail {
		w.checkFailed(in, out)
	}
}

// checkFold: the working state is the fold of the events, which survive being written and read; the facts and cases
// that were lent are as they were.
func (w *world) checkFold(d *decider, out Outcome) {
	w.t.Helper()
	for _, e := range out.Events {
		if !e.At.Equal(w.now) {
			w.t.Errorf("event %s at %s, not now", e.Payload.Kind(), e.At)
		}
		w.reread(e.Payload)
	}
	for _, id := range out.Cases {
		events := slices.DeleteFunc(slices.Concat(w.log, out.Events), func(e Event) bool { return e.Case != id })
		if reflect.DeepEqual(Fold(events), *d.cases[id]) {
			continue
		}
		if diff := cmp.Diff(Fold(events), *d.cases[id], cmpopts.EquateEmpty()); diff != "" {
			w.t.Errorf("case %d: the fold of the events is not the working state (-fold +state):\n%s", id, diff)
		}
	}
	w.checkUndone(out)
	for id, c := range w.cases {
		events := slices.DeleteFunc(slices.Clone(w.log), func(e Event) bool { return e.Case != id })
		if !reflect.DeepEqual(Fold(events), c) {
			w.t.Errorf("case %d: a decision changed the case that it was lent", id)
		}
	}
}

func (w *world) reread(p Payload) {
	w.t.Helper()
	data, err := EncodePayload(p)
	if err != nil {
		w.t.Fatalf("encode %s: %v", p.Kind(), err)
	}
	again, err := DecodePayload(p.Kind(), p.Version(), data)
	if err != nil {
		w.t.Fatalf("decode %s: %v", p.Kind(), err)
	}
	if diff := cmp.Diff(p, again, cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("%s does not survive being stored:\n%s", p.Kind(), diff)
	}
}

// checkNumbers: numbers count up by one, none is left out, none given twice, and their check digits are right.
func (w *world) checkNumbers(before Numbers, d *decider, out Outcome) {
	w.t.Helper()
	receipt, registration, member, inquiry := before.Receipt, before.Registration, before.Member, before.Inquiry
	expect := func(got, want string, kind NumberKind) {
		w.t.Helper()
		if k, ok := ParseNumber(got); got != want || k != kind || !ok {
			w.t.Errorf("number %q (%s, %v), want %q", got, k, ok, want)
		}
	}
	for _, e := range out.Events {
		switch p := e.Payload.(type) {
		case *SheetReceived:
			receipt++
			expect(p.Receipt, fmt.Sprintf("E26-%05d", receipt), NumberReceipt)
		case *CaseTakenOver:
			if p.Receipt != "" {
				receipt++
				expect(p.Receipt, fmt.Sprintf("E26-%05d", receipt), NumberReceipt)
			}
		case *CaseRegistered:
			if from := d.cases[e.Case].Origin; from.Office != "" && p.Registration == from.Registration { // it keeps its number
				if p.NewMember {
					member++
				}
				continue
			}
			registration++
			expect(p.Registration, withDamm(fmt.Sprintf("2026-KOB-%05d", registration)), NumberRegistration)
			if p.NewMember {
				member++
				expect(p.Member, withDamm(fmt.Sprintf("M-%05d", member)), NumberMember)
			}
		case *Inquired:
			inquiry++
			expect(p.Support, fmt.Sprintf("Q26-%05d", inquiry), NumberInquiry)
		}
	}
	n := out.Numbers
	if n.Receipt != receipt || n.Registration != registration || n.Member != member || n.Inquiry != inquiry || n.Case-before.Case != int64(receipt-before.Receipt) {
		w.t.Errorf("series stand at %+v although %d, %d, %d were given", n, receipt, registration, member)
	}
}

// checkLetter: a letter goes to rostered people of its party, and shows them only what they may see.
func (w *world) checkLetter(in Input, d *decider, l Letter) {
	w.t.Helper()
	var c Case
	if l.Case != 0 {
		c = *d.cases[l.Case]
	}
	if err := MayLeave(c, l.Departure(), w.roster, w.now); err != nil && !waits(err) {
		w.t.Errorf("letter %s to %v: %v", l.Kind(), l.To, err)
	}
	if len(l.To) == 0 || l.Content == nil || LetterName(l.Kind()) == "" {
		w.t.Errorf("letter %s has no recipient, content or name", l.Kind())
	}
	for _, a := range slices.Concat(l.To, l.Cc) {
		s := w.roster.Sender(a, w.now)
		switch {
		case l.Party.Role == RoleOffice && SameAddr(a, osaka) && l.Party.Code == "OSA" && (l.Kind() == LetterTransfer || l.Kind() == LetterTransferTaken):
		case l.Kind() == LetterRejected && SameAddr(a, c.Submitter) && c.Stage == StageRejected:
		case l.Party.Role == RoleCompany && SameAddr(a, c.companyAddress()) && len(l.To)+len(l.Cc) == 1:
		case !s.Known():
			w.t.Errorf("letter %s goes to %s, who is in no roster", l.Kind(), a.Addr)
		case l.Party.Role == RoleClerk && !s.Clerk, l.Party.Role == RoleConcierge && s.Concierge != l.Party.Code && !standsIn(s, l.Party.Code, w.roster, w.now),
			(l.Party.Role == RoleIntake || l.Party.Role == RoleProvider) && s.Agency != l.Party.Code, l.Party.Role == RoleCompany:
			w.t.Errorf("letter %s for %s goes to %s", l.Kind(), l.Party.Key(), a.Addr)
		}
	}
	v := l.Content.(interface{ shown() View }).shown()
	inside := v.Party.Role == RoleClerk || v.Party.Role == RoleConcierge && v.Party.Code == c.Concierge || v.Party.Role == RoleIntake && v.Party.Code == c.Agency && c.Agency != "" ||
		v.Party.Role == RoleCompany || v.Party.Role == RoleProvider && clearedFor(c, v)
	if v.Entry != nil && !inside {
		w.t.Errorf("letter %s shows %s the sheet of case %d", l.Kind(), v.Party.Key(), l.Case)
	}
	company := c.ID != 0 && SameAddr(in.From, Address{Addr: c.Entry.Company.Email}) // its mails are passed on, with a warning while it is only claimed
	if in.Kind != MailFailure && in.Kind != MailBounce && in.Kind != MailTransfer && !company && !w.roster.Sender(in.From, w.now).Known() && l.Party.Role != RoleClerk {
		w.t.Errorf("a stranger's mail made letter %s to %s", l.Kind(), l.Party.Key())
	}
	if l.Kind() == LetterRejected && (l.Number != "" || v.Number != "" || v.Receipt != "") {
		w.t.Errorf("a rejected sender is told a number")
	}
}

// checkFailed: a mail whose evidence failed moves nothing; at most a new entry is held, or the mail is kept as it is.
func (w *world) checkFailed(in Input, out Outcome) {
	w.t.Helper()
	for _, e := range out.Events {
		old, exists := w.cases[e.Case]
		switch e.Payload.(type) {
		case *MessageKept:
		case *SheetReceived, *EntryHeld:
			if exists {
				w.t.Errorf("failed evidence: %s for the case %d that was there", e.Payload.Kind(), e.Case)
			}
		case *SheetSentAgain:
			if exists && old.Stage != StageHeld {
				w.t.Errorf("failed evidence: the same sheet is answered in stage %s", old.Stage)
			}
		default:
			w.t.Errorf("failed evidence: %s", e.Payload.Kind())
		}
	}
	for _, l := range out.Letters {
		if l.Party.Role != RoleClerk {
			w.t.Errorf("failed evidence of %s: letter %s to %s", in.From.Addr, l.Kind(), l.Party.Key())
		}
	}
}

// What a test reads of an outcome.

func kinds(out Outcome) string {
	var ks []string
	for _, e := range out.Events {
		ks = append(ks, string(e.Payload.Kind()))
	}
	return strings.Join(ks, " ")
}

// letters lists kind>first recipient's local part of each letter.
func letters(out Outcome) string {
	var ls []string
	for _, l := range out.Letters {
		who, _, _ := strings.Cut(l.To[0].Addr, "@")
		ls = append(ls, string(l.Kind())+">"+who)
	}
	return strings.Join(ls, " ")
}

func letterOf[T Content](t tester, out Outcome) T {
	t.Helper()
	var found []T
	for _, l := range out.Letters {
		if c, ok := l.Content.(T); ok {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		var zero T
		t.Fatalf("%d letters %T in %q", len(found), zero, letters(out))
	}
	return found[0]
}

func want(t *testing.T, out Outcome, result Result, events, sent string) {
	t.Helper()
	if out.Result != result || kinds(out) != events || letters(out) != sent {
		t.Errorf("got  %s | %s | %s (%s)\nwant %s | %s | %s", out.Result, kinds(out), letters(out), out.Why, result, events, sent)
	}
}

// Mails.

var passed = Evidence{State: EvidencePass, Text: "dmarc=pass (mx.kobe.example)"}

func mail(kind MailKind, from Address) Input { return Input{Kind: kind, From: from, Evidence: passed} }

func entryMail(from Address, sheets ...SheetIn) Input {
	in := mail(MailEntry, from)
	in.Subject, in.Sheets = "新規エントリーのご依頼", sheets
	return in
}

// reply answers a mail of case number with a sheet or plain words.
func (w *world) replyTo(number string, in Input) Input {
	in.Tag = Tag{Number: number, Code: goodCode}
	return in
}

func command(from Address, number, line string) Input {
	in := mail(MailCommand, from)
	in.Call, in.CallText, in.Subject = callOf(line), line, line
	if number != "" {
		in.Tag = Tag{Number: number, Code: goodCode}
	}
	return in
}

func callOf(line string) *Call {
	words := strings.Fields(line)
	call := &Call{Name: CommandName(words[0]), Args: words[1:]}
	if call.Name == CmdDryRun && len(words) > 1 {
		call.Args, call.Inner = nil, callOf(strings.Join(words[1:], " "))
	}
	return call
}

// company makes a complete sheet of a company; change alters it. The blob follows the content.
func company(name string, change ...func(*SheetIn)) SheetIn {
	s := SheetIn{File: SheetFile{Name: "エントリーシート_" + name + ".xlsx", Size: 20480}, Entry: Entry{
		Introducer: Introducer{Agency: "みなと銀行", Person: "田中 一郎", Email: tanaka.Addr},
		Company: Company{Name: name, Kana: "カナ", Address: "兵庫県神戸市中央区1-1-" + fmt.Sprint(len(name)), Phone: "078-" + fmt.Sprint(len(name)), Representative: "代表 太郎",
			ContactPerson: kuramoto.Name, Email: kuramoto.Addr, Industry: "食料品製造業", Capital: 30_000_000, Employees: 40,
			Countries: []string{"ベトナム"}},
		Request:       Request{Items: []int{1, 7}, Issues: "販路がない", Desired: "輸入元の紹介"},
		Confirmations: Confirmations{Dealings: true, Consent: true, TPP: true, Antisocial: true}}}
	for _, f := range change {
		f(&s)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", s))
	s.File.Blob = hex.EncodeToString(sum[:])
	return s
}

func corporate(n string) func(*SheetIn) {
	return func(s *SheetIn) { s.Entry.Company.CorporateNumber = n }
}

func introducedBy(name string) func(*SheetIn) {
	return func(s *SheetIn) { s.Entry.Introducer.Agency = name }
}

func issues(text string) func(*SheetIn) { return func(s *SheetIn) { s.Entry.Request.Issues = text } }

// lacking leaves fields blank, each with its question.
func lacking(fields ...string) func(*SheetIn) {
	return func(s *SheetIn) {
		for i, f := range fields {
			switch f {
			case "company.name":
				s.Entry.Company.Name = ""
			case "company.phone":
				s.Entry.Company.Phone = ""
			}
			s.Problems = append(s.Problems, Problem{Field: f, Label: f, Severity: SeverityError, Cell: fmt.Sprintf("I%d", 10+i), Wanted: "ご記入ください。"})
		}
	}
}

func unreadable(fields ...string) func(*SheetIn) {
	return func(s *SheetIn) {
		s.Entry.Request.Items = nil
		for _, f := range fields {
			s.Problems = append(s.Problems, Problem{Field: f, Severity: SeverityError, Unreadable: true, Wanted: "原本をご確認ください。"})
		}
	}
}

// registered brings a company to registration and returns its case.
func (w *world) registered(from Address, s SheetIn) Case {
	w.t.Helper()
	out := w.do(entryMail(from, s))
	if out.Result != ResultRegistered {
		w.t.Fatalf("not registered but %s: %s", out.Result, out.Why)
	}
	return w.chief(out)
}

func (w *world) chief(out Outcome) Case { return w.cases[out.Cases[0]] }

// now state of a case.
func (w *world) again(c Case) Case { return w.cases[c.ID] }
