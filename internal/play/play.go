// Package play plays random cases, to show that nothing of a sheet reaches anybody before they may see it (process.md
// "Information management"). It is for the tests of the rooms that decide and make letters.
//
//  1. Every confidential value of every version of every sheet is a mark that stands nowhere else (markbook).
//  2. A play registers cases and takes random steps: people of all roles send commands, replies, quotes, files and new
//     sheets, on any evidence; letters wait, leave, bounce or are lost; the roster changes; time passes.
//  3. Each mail is decided by casework.Decide, and each letter made by the Press that the test gives, as the shell does:
//     a letter that the press refuses rolls its mail back.
//  4. When a letter leaves, MayLeave is asked again, and all that its readers see is searched for marks that the oracle
//     does not let them see, and for codes that are good for another party.
package play

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// Press makes of a decided letter all texts that its reader can see: subject, headers, bodies, names, opened attachments.
// open says what the file behind an attachment holds. An error is the shell's last refusal (the scan of the finished letter).
type Press interface {
	Print(l casework.Letter, open func(casework.Attachment) string) ([]string, error)
}

// Codes makes the keyed codes of parties; seal.Keys does.
type Codes interface {
	Code(caseID int64, party string, at time.Time) string
}

// T is what a play tells its test.
type T interface {
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Play is one office with its cases, its outbox and its people.
type Play struct {
	t       T
	seed    uint64
	rand    *rand.Rand
	press   Press
	codes   Codes
	now     time.Time
	roster  *Roster
	marks   *markbook
	oracle  *oracle
	cases   map[int64]casework.Case
	ids     []int64
	numbers casework.Numbers
	pending map[string]casework.Pending
	blobs   map[string]int64 // workbook -> case
	files   map[string]string
	kept    map[string]string // passwords by support
	outbox  []*posted
	made    map[codeKey][]string
	threads map[string]int // Message-ID of a letter -> its place in the outbox
	stopped bool
	mails   int
	steps   int
	Refused int // mails that the press rolled back
	Sent    int // letters that left
	Shown   int // letters with marks that reached a provider that may see them
}

// New begins a play with one registered case, or two. The seed and those of the steps are all its chance.
func New(t T, seed uint64, press Press, codes Codes) *Play {
	marks := &markbook{owners: map[string][]int{}}
	roster := &Roster{Gone: map[string]bool{}, Held: map[string]bool{}, Away: map[string]string{}}
	p := &Play{t: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 0)), press: press, codes: codes, now: time.Date(2026, 11, 16, 10, 0, 0, 0, casework.JST), roster: roster, marks: marks,
		oracle: &oracle{roster: roster, marks: marks, files: map[int64]*dossier{}}, cases: map[int64]casework.Case{},
		numbers: casework.Numbers{FiscalYear: 2026}, pending: map[string]casework.Pending{}, blobs: map[string]int64{},
		files: map[string]string{}, kept: map[string]string{}, made: map[codeKey][]string{}, threads: map[string]int{}}
	p.register(people("MINATO")[1])
	if p.one(2) {
		p.register(people("HARIMA")[1])
	}
	p.course()
	return p
}

// register brings a company, and its concierge takes the case.
func (p *Play) register(from person) {
	s := p.marks.fresh(p.marks.next(), p.companyMail(), false)
	p.do(casework.Input{Kind: casework.MailEntry, From: from.Address, Sheets: []casework.SheetIn{s.in}, Evidence: passed}, false)
	if p.between(0, 9) > 0 {
		c := p.cases[p.ids[len(p.ids)-1]]
		p.do(p.order(yamamoto, c, &casework.Call{Name: casework.CmdTake}), false)
	}
}

// between is a number from a to b.
func (p *Play) between(a, b int) int { return a + p.rand.IntN(b-a+1) }

// one happens once in n times.
func (p *Play) one(n int) bool { return p.rand.IntN(n) == 0 }

func pick[E any](p *Play, from []E) E { return from[p.rand.IntN(len(from))] }

// companyMail is "" for an address of the company's own; now and then a sheet names somebody else's.
func (p *Play) companyMail() string {
	if p.between(0, 9) > 0 {
		return ""
	}
	return pick(p, []string{people("MINATO")[1].Addr, people("MAYA")[1].Addr, "kaisha@minato.example", yamamoto.Addr})
}

var passed = casework.Evidence{State: casework.EvidencePass, Text: "dmarc=pass (mx.kobe.example)"}

// do decides one mail and writes what was decided, unless a letter of it is refused.
func (p *Play) do(in casework.Input, confirming bool) {
	p.mails++
	p.now = p.now.Add(time.Minute)
	if in.MessageID == "" {
		in.MessageID = fmt.Sprintf("mail-%d@sender.example", p.mails)
	}
	in.Date = p.now
	facts := p.facts(in)
	out, err := casework.Decide(p.loaded(), in, facts)
	if err != nil {
		p.t.Fatalf("%s of %s: %v", in.CallText, in.From.Addr, err)
	}
	p.t.Logf("%s %s %s %s of %s: %s", p.now.Format("02 15:04"), in.Kind, in.Evidence.State, in.CallText, in.From.Addr, out.Result)
	var made []*posted
	for _, l := range out.Letters {
		l.ID = int64(len(p.outbox) + len(made) + 1)
		texts, err := p.press.Print(l, p.open)
		if err != nil {
			p.Refused++
			p.t.Logf("  refused: %v", err)
			return
		}
		made = append(made, p.posted(l, texts))
	}
	p.write(in, facts, out, confirming)
	for _, m := range made {
		p.threads[p.messageID(m)] = len(p.outbox)
		p.outbox = append(p.outbox, m)
		p.t.Logf("  letter %d %s > %s %s", m.letter.ID, m.letter.Kind(), m.letter.Party.Key(), m.letter.Support)
	}
}

func (p *Play) loaded() map[int64]casework.Case {
	out := map[int64]casework.Case{}
	for id, c := range p.cases {
		out[id] = c
	}
	return out
}

// write makes real what was decided.
func (p *Play) write(in casework.Input, f casework.Facts, out casework.Outcome, confirming bool) {
	a := act{mail: p.mails, from: in.From.Addr, acts: in.Evidence.State == casework.EvidencePass || f.Code == casework.CodeValid || confirming,
		proved: confirming || in.Evidence.State == casework.EvidencePass && (f.Code == casework.CodeValid || len(f.Lines) > 0)}
	if p.roster.Frozen(in.From.Addr, "", p.now) { // whatever is proved
		a.acts, a.proved = false, false
	}
	if f := out.Freeze; f != nil {
		p.roster.Held[f.Agency+f.Address] = !f.Thaw
	}
	for _, e := range out.Events {
		c, known := p.cases[e.Case]
		c.Apply(e)
		p.cases[e.Case] = c
		if !known {
			p.ids = append(p.ids, e.Case)
		}
		p.oracle.hear(a, e, c)
		p.remember(e)
	}
	if f.Pending != nil {
		in.Call = f.Pending.Input.Call
	}
	if c := p.cases[f.Thread]; in.Call != nil && out.Result == casework.ResultDone {
		p.oracle.hearNo(a, *in.Call, c)
	}
	p.numbers = out.Numbers
	if out.Used != "" {
		delete(p.pending, out.Used)
	}
	if out.Ask != nil {
		p.pending[out.Ask.Word] = *out.Ask
	}
	if out.Stop != nil {
		p.stopped = *out.Stop
	}
	for _, k := range out.Keep {
		p.kept[k.Support] = k.Password
	}
	for _, support := range out.Forget {
		delete(p.kept, support)
	}
	for _, id := range out.Withdraw {
		p.outbox[id-1].over = true
	}
}

// remember notes which case came with which workbook.
func (p *Play) remember(e casework.Event) {
	switch payload := e.Payload.(type) {
	case *casework.SheetReceived:
		p.blobs[payload.Sheet.Blob] = e.Case
	case *casework.SheetReplaced:
		p.blobs[payload.Sheet.Blob] = e.Case
	case *casework.VersionAdded:
		p.blobs[payload.Sheet.Blob] = e.Case
	case *casework.VersionReturned:
		p.blobs[payload.Sheet.Blob] = e.Case
	}
}

// open says what the bytes behind an attachment hold, opened and decrypted.
func (p *Play) open(a casework.Attachment) string {
	if n := sheetNumber(a.Blob); n >= 0 {
		return p.marks.sheets[n].content()
	}
	return p.files[a.Blob]
}

// Finish lets all that waits leave, and checks it.
func (p *Play) Finish() {
	p.now = p.now.Add(time.Hour)
	p.deliver(func() fate { return accepted })
}

// parties are all who may be written to about a case.
func (p *Play) parties(c casework.Case) []casework.Party {
	out := []casework.Party{{Role: casework.RoleClerk}, {Role: casework.RoleCompany}, {Role: casework.RoleConcierge, Code: yamamoto.concierge},
		{Role: casework.RoleConcierge, Code: suzuki.concierge}}
	if c.Agency != "" {
		out = append(out, casework.Party{Role: casework.RoleIntake, Code: c.Agency})
	}
	for _, s := range c.Supports {
		party := casework.Party{Role: casework.RoleProvider, Code: s.Agency}
		if !s.JETRO() && !slices.Contains(out, party) {
			out = append(out, party)
		}
	}
	return out
}

// goodWeeks is for how long a code of these plays is good.
const goodWeeks = 5

// codeKey is what a code depends on.
type codeKey struct {
	id    int64
	party casework.Party
	hour  int64
}

// goodCodes are the codes of a party that are good now, the newest first.
func (p *Play) goodCodes(caseID int64, party casework.Party) []string {
	key := codeKey{caseID, party, p.now.Unix() / int64(codesMade/time.Second)}
	if codes, ok := p.made[key]; ok {
		return codes
	}
	var out []string
	for week := range goodWeeks {
		code := p.codes.Code(caseID, party.Key(), p.now.AddDate(0, 0, -7*week))
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	p.made[key] = out
	return out
}

// codesMade is for how long made codes are kept: codes change at midnight in Japan, a whole number of hours.
const codesMade = time.Hour
