package robot

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/seal"
)

// listRows bounds 一覧; more than a letter of this many lines is read by nobody.
const listRows = 5000

// decide loads the facts of one mail inside its transaction and asks the core. The time is fixed once for all mails of
// the transaction: a decision that is made twice is the same.
func (r *Robot) decide(now time.Time) casework.DecideFunc {
	return func(l casework.Lookup, in casework.Inbound) (casework.Outcome, error) {
		cases, facts, err := r.facts(l, in, now)
		if err != nil {
			return casework.Outcome{}, fmt.Errorf("load facts: %w", err)
		}
		return casework.Decide(cases, in.Input, facts)
	}
}

// loader gathers facts; its first error stops it.
type loader struct {
	l     casework.Lookup
	now   time.Time
	cases map[int64]casework.Case
	err   error

	standing casework.Standing
}

func (o *loader) load(id int64) {
	if _, have := o.cases[id]; have || id == 0 || o.err != nil {
		return
	}
	c, err := o.l.Case(id)
	if err != nil {
		o.err = err
		return
	}
	o.cases[id] = c
}

func get[T any](o *loader, f func() (T, error)) T {
	var zero T
	if o.err != nil {
		return zero
	}
	v, err := f()
	if err != nil {
		o.err = err
		return zero
	}
	return v
}

func (r *Robot) facts(l casework.Lookup, in casework.Inbound, now time.Time) (map[int64]casework.Case, casework.Facts, error) {
	f := casework.Facts{Now: now, Office: r.Office, Calendar: r.Calendar, Lacks: r.Lacks, Prefecture: r.Prefecture,
		CcWindow: r.CcWindow, Off: r.Off, Hold: r.Hold, NamePrefecture: r.Prefectures, FormFile: baseName(r.FormFile), SaidInDigest: r.Digests.answers()}
	o := &loader{l: l, now: now, cases: map[int64]casework.Case{}}
	o.standing = get(o, func() (casework.Standing, error) { return l.Standing(now) })
	f.Roster, f.Absences = r.Roster(o.standing), o.standing.Absences
	f.Numbers = get(o, func() (casework.Numbers, error) { return l.Numbers(now) })
	input := in.Input
	if call := input.Call; call != nil && call.Name == casework.CmdConfirm && len(call.Args) == 1 {
		f.Pending = get(o, func() (*casework.Pending, error) { return l.Pending(strings.ToLower(call.Args[0])) })
		if f.Pending != nil {
			input = f.Pending.Input // the facts are those of the command that waits
		}
	}
	who := f.Roster.Sender(input.From, now)
	r.thread(o, &f, input, who)
	if input.AnswersDigest(f.Letter.Kind) {
		input.Call = &casework.Call{Name: casework.CmdBatch}
	}
	r.sheetFacts(o, &f, input, who)
	bundleFacts(o, input)
	r.commandFacts(o, &f, input, who, in.Hash)
	r.supportFacts(o, &f, input, who)
	companyFacts(o, &f, input)
	if f.Roster.Frozen(in.Input.From.Addr, "", now) {
		f.FrozenTold = get(o, func() (bool, error) { return l.FrozenTold(in.Input.From.Addr, midnight(now)) })
	}
	if input.Failure != nil {
		o.load(input.Failure.Case)
		for _, l := range input.Failure.Lines {
			o.load(l.Case)
		}
	}
	if input.Remind != nil {
		r.reminderFacts(o, &f, input.Remind)
	}
	if input.Digest != nil {
		r.digestFacts(o, &f, input.Digest)
	}
	if b := input.Bounce; b != nil && b.Letter > 0 {
		if fail := get(o, func() (*casework.DeliveryFailure, error) { return l.Bounced(b.Letter) }); fail != nil && r.believed(b, fail) {
			f.Bounced = fail
			o.load(fail.Case)
		}
	}
	r.draftFacts(o, &f, input)
	f.Stopped = get(o, l.Stopped)
	return o.cases, f, o.err
}

// draftFacts finds the letter that a draft's fate is about, and the letters that nobody has sent yet.
func (r *Robot) draftFacts(o *loader, f *casework.Facts, in casework.Input) {
	if seen := in.Draft; seen != nil {
		f.Draft = get(o, func() (*casework.DraftedLetter, error) { return o.l.Drafted(seen.Letter) })
		if d := f.Draft; d != nil {
			o.load(d.Case)
			ours := r.parsed(d.Raw)
			d.Changed = ours == nil || words(ours) != seen.Words
		}
	}
	if c := o.cases[f.Thread]; len(c.Supports) > 0 {
		f.Unsent = get(o, o.l.Unsent)
	}
}

// thread finds the case that the mail names: by its tag, by a number after the command, else by its references.
func (r *Robot) thread(o *loader, f *casework.Facts, in casework.Input, who casework.Sender) {
	number := in.Tag.Number
	if call := in.Call; number == "" && call != nil && len(call.Args) > 0 {
		arg := strings.ToUpper(call.Args[len(call.Args)-1])
		if kind, ok := casework.ParseNumber(arg); ok && (kind == casework.NumberRegistration || kind == casework.NumberReceipt) {
			number = arg
		}
	}
	if number != "" {
		f.Thread = get(o, func() (int64, error) { id, _, err := o.l.ByNumber(number); return id, err })
		f.ByTag = f.Thread != 0 && in.Tag.Number != ""
	}
	r.answered(o, f, in)
	o.load(f.Thread)
	if kind, ok := casework.ParseNumber(number); ok && kind == casework.NumberInquiry && f.Thread != 0 {
		f.Inquiry = number
	}
	f.Code = casework.CodeNone
	if in.Tag.Code != "" && f.Thread != 0 {
		f.Code = r.code(o, f, in, who)
	}
}

// answered finds the letter of ours that the mail answers, and by it the case where no tag names one. A letter about
// another case than the tag's says nothing.
func (r *Robot) answered(o *loader, f *casework.Facts, in casework.Input) {
	if len(in.References) == 0 {
		return
	}
	var about int64
	letter := get(o, func() (l casework.ThreadLetter, err error) {
		l, about, err = o.l.ThreadLetter(in.References)
		return l, err
	})
	if f.Thread == 0 {
		f.Thread = get(o, func() (int64, error) { id, _, err := o.l.ByThread(in.References); return id, err })
	}
	if about == f.Thread {
		f.Letter = letter
	}
}

// code weighs a keyed code for every party that the sender may be; the best counts.
func (r *Robot) code(o *loader, f *casework.Facts, in casework.Input, who casework.Sender) casework.CodeState {
	c := o.cases[f.Thread]
	var parties []casework.Party
	if who.Clerk {
		parties = append(parties, casework.Party{Role: casework.RoleClerk})
	}
	if who.Concierge != "" {
		parties = append(parties, casework.Party{Role: casework.RoleConcierge, Code: who.Concierge})
		if k, ok := f.Roster.Acting(c.Concierge, f.Now); ok && k.Code == who.Concierge { // the deputy has the absent one's code
			parties = append(parties, casework.Party{Role: casework.RoleConcierge, Code: c.Concierge})
		}
	}
	if who.Agency != "" {
		parties = append(parties, casework.Party{Role: casework.RoleIntake, Code: who.Agency})
		if c.SupportOf(who.Agency).ID != "" {
			parties = append(parties, casework.Party{Role: casework.RoleProvider, Code: who.Agency})
		}
	}
	if c.FromCompany(in.From) {
		parties = append(parties, casework.Party{Role: casework.RoleCompany})
	}
	best := casework.CodeWrong
	for _, p := range parties {
		switch state := r.Keys.CheckCode(in.Tag.Code, f.Thread, p.Key(), f.Now, r.CodeDays); {
		case state == seal.CodeValid && !slices.Contains(o.standing.Codes, p.Key()):
			return casework.CodeValid
		case state == seal.CodeValid, state == seal.CodeExpired: // 凍結 holds codes: they count for nothing, and nobody guesses
			best = casework.CodeExpired
		}
	}
	return best
}

// sheetFacts looks up what is known of the workbooks of the mail.
func (r *Robot) sheetFacts(o *loader, f *casework.Facts, in casework.Input, who casework.Sender) {
	if len(in.Sheets) == 0 {
		return
	}
	var hashes, corrections []string
	for _, s := range in.Sheets {
		hashes = append(hashes, s.File.Blob)
		corrections = append(corrections, casework.CorrectionKeys(s.Entry.Company)...)
	}
	f.SameSheet = get(o, func() (map[string]int64, error) { return o.l.SameSheet(hashes) })
	if who.Agency != "" {
		f.Returned = get(o, func() (map[string]int64, error) { return o.l.ReturnedFor(who.Agency, corrections) })
	}
	for hash, id := range f.SameSheet {
		o.load(id)
		f.SameSheet[hash] = r.original(o, id, who)
	}
	for _, id := range f.Returned {
		o.load(id)
	}
}

// bundleFacts looks up what is known here of a case that another office hands over.
func bundleFacts(o *loader, in casework.Input) {
	if in.Transfer == nil || in.Transfer.Bundle == nil {
		return
	}
	b := in.Transfer.Bundle
	o.load(get(o, func() (int64, error) { id, _, err := o.l.ByNumber(b.Registration); return id, err }))
	for _, id := range get(o, func() (map[string]int64, error) { return o.l.SameSheet([]string{b.Newest().File.Blob}) }) {
		o.load(id) // one that waits for the clerk has no registration number yet
	}
}

// companyFacts looks up what is known of the companies that the mail may register: those of its sheets, of the cases that it
// approves, and of the case that it hands over.
func companyFacts(o *loader, f *casework.Facts, in casework.Input) {
	var keys []string
	add := func(c casework.Company) { keys = append(keys, c.Keys()...) }
	for _, s := range in.Sheets {
		add(s.Entry.Company)
	}
	if t := in.Transfer; t != nil && t.Bundle != nil {
		add(t.Bundle.Newest().Entry.Company)
	}
	if approves(in.Call) {
		add(o.cases[f.Thread].Entry.Company)
	}
	for i, line := range f.Lines {
		if approves(in.Lines[i].Call) {
			add(o.cases[line.Thread].Entry.Company)
		}
	}
	if len(keys) == 0 {
		return
	}
	f.OpenSame = get(o, func() (map[string][]casework.CaseRef, error) { return o.l.OpenSame(keys) })
	f.Members = get(o, func() (map[string]casework.Member, error) { return o.l.Members(keys) })
	f.Loads = get(o, o.l.Loads)
}

func approves(call *casework.Call) bool {
	return call != nil && (call.Name == casework.CmdApprove || call.Inner != nil && call.Inner.Name == casework.CmdApprove)
}

// original is the case that first came with a workbook, when the newest one is only a copy that another agency sent in
// and that waits for the clerk: the agency's own case answers it.
func (r *Robot) original(o *loader, id int64, who casework.Sender) int64 {
	c := o.cases[id]
	if c.Stage != casework.StageHeld || c.Hold.Same == "" || c.Agency == who.Agency {
		return id
	}
	first := get(o, func() (int64, error) { id, _, err := o.l.ByNumber(c.Hold.Same); return id, err })
	o.load(first)
	if f, ok := o.cases[first]; ok && f.Agency == who.Agency {
		return first
	}
	return id
}

// commandFacts looks up what only some commands ask for.
func (r *Robot) commandFacts(o *loader, f *casework.Facts, in casework.Input, who casework.Sender, hash [32]byte) {
	if c := o.cases[f.Thread]; in.Call == nil || !who.Known() && !c.FromCompany(in.From) {
		return
	}
	var nonce [16]byte
	f.Word = get(o, func() (string, error) {
		_, err := io.ReadFull(r.Random, nonce[:])
		return r.Keys.Word(hash, string(in.Call.Name), hex.EncodeToString(nonce[:])), err
	})
	today := midnight(f.Now)
	f.WrongCodes = get(o, func() (int, error) { return o.l.WrongCodes(in.From.Addr, today) })
	f.PendingOf = get(o, func() (bool, error) {
		return o.l.PendingFor(casework.ConfirmedBy(in, f.Roster, f.Now).Addr, f.Thread, f.Now)
	})
	call := in.Call
	if call.Inner != nil {
		call = call.Inner
	}
	switch call.Name {
	case casework.CmdList:
		f.Rows = listOf(o, f, who)
		f.ToReview = get(o, o.l.Held)
		f.Locked = get(o, o.l.Locked)
	case casework.CmdVerify:
		if len(call.Args) > 0 {
			f.Verified = get(o, func() (casework.Verified, error) { return o.l.Verify(strings.ToUpper(call.Args[0])) })
			for _, id := range f.Verified.Cases {
				o.load(id)
			}
		}
		f.Verifies = get(o, func() (int, error) { return o.l.Verifies(in.From.Addr, today) })
	case casework.CmdAssign:
		r.allCases(o, f, in, who)
	}
}

// listOf: the clerk's list has all cases, a concierge's their own and those of the absent for whom they stand in.
func listOf(o *loader, f *casework.Facts, who casework.Sender) []casework.ListRow {
	of := []string{""}
	if !who.Clerk {
		of = slices.DeleteFunc(f.Roster.ConciergeCodes(f.Now), func(code string) bool {
			k, ok := f.Roster.Acting(code, f.Now)
			return code != who.Concierge && (!ok || k.Code != who.Concierge)
		})
	}
	var rows []casework.ListRow
	for _, code := range of {
		rows = append(rows, get(o, func() ([]casework.ListRow, error) { return o.l.Rows(code, listRows) })...)
	}
	slices.SortStableFunc(rows, func(a, b casework.ListRow) int { return a.Since.Compare(b.Since) })
	return rows[:min(len(rows), listRows)]
}

// allCases loads the open cases of a concierge for 担当変更 全件.
func (r *Robot) allCases(o *loader, f *casework.Facts, in casework.Input, who casework.Sender) {
	args := in.Call.Args
	if len(args) < 2 || args[0] != "全件" {
		return
	}
	of := who.Concierge
	if who.Clerk && len(args) == 3 {
		of = strings.ToUpper(args[1]) // the code of one who has left counts, too
		if k, ok := f.Roster.FindConcierge(args[1], f.Now); ok {
			of = k.Code
		}
	}
	if of == "" {
		return
	}
	for _, row := range get(o, func() ([]casework.ListRow, error) { return o.l.Rows(of, listRows) }) {
		id := get(o, func() (int64, error) { id, _, err := o.l.ByNumber(row.Number); return id, err })
		o.load(id)
	}
}

// midnight is when the day of t began in Japan.
func midnight(t time.Time) time.Time {
	y, m, d := t.In(casework.JST).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, casework.JST)
}

func (r *Robot) blobs() BlobStore {
	if r.Store != nil {
		return r.Store
	}
	return r.Blobs
}
