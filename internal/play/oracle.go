package play

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// oracle knows who may see what, from process.md "Information management" and 3b alone. It counts an answer only when
// whoever is asked has given it, whatever the core made of the mail.
type oracle struct {
	roster *Roster
	marks  *markbook
	files  map[int64]*dossier
}

// dossier is what the oracle knows of a case.
type dossier struct {
	agency    string
	concierge string
	had       map[string]int // concierges who had the case before -> the version that they knew last
	version   int
	sheets    map[int]int       // number of a sheet -> the version that it is; 0: it is in none
	newest    int               // number of the newest sheet
	email     string            // of the company, in the sheet in force
	direct    string            // the address for which the concierge has said 連絡方法 直接
	confirmed string            // and 連絡先確認
	asked     map[question]bool // by the concierge; an answer may follow although the question was taken back
	providers map[string]*standing
	numbers   []string // registration and member number
	said      []said   // what the standings rest on
	begun     []int    // commands that can be taken back: the places in said where they began, the newest last
	ends      []int    // and where what came with the very same mail ends
	mail      int      // the mail that gave the newest command
}

// question is what company and intake agency are asked to agree to.
type question struct {
	agency  string
	version int
}

// said is one answer or decision. 直前取消 takes those of its command back.
type said struct {
	agency string
	change func(*standing)
	undone bool
}

// standing is where an agency stands that was asked to take the company in.
type standing struct {
	available bool
	passed    bool                                      // 見送り
	given     map[casework.Role]map[int]casework.Spoken // by version; how it was said, "" by mail
	approved  map[int]bool                              // by the clerk, where both were spoken
	handed    bool                                      // 移管: of another office, by its code
}

// act is a mail whose truth the play knows.
type act struct {
	mail   int
	from   string
	acts   bool // pass, or a valid code
	proved bool // pass and a valid code, or confirmed from the rostered address
}

func (o *oracle) dossier(id int64) *dossier {
	if o.files[id] == nil {
		o.files[id] = &dossier{had: map[string]int{}, asked: map[question]bool{}, sheets: map[int]int{}, providers: map[string]*standing{}}
	}
	return o.files[id]
}

func (d *dossier) standing(agency string) *standing {
	if d.providers[agency] == nil {
		d.providers[agency] = &standing{approved: map[int]bool{},
			given: map[casework.Role]map[int]casework.Spoken{casework.RoleCompany: {}, casework.RoleIntake: {}}}
	}
	return d.providers[agency]
}

// hear takes note of what a mail made happen. c is the case behind it.
func (o *oracle) hear(a act, e casework.Event, c casework.Case) {
	d := o.dossier(e.Case)
	concierge := o.isConcierge(d, o.roster.person(a.from)) && a.acts
	switch p := e.Payload.(type) {
	case *casework.SheetReceived:
		o.bind(d, p.Sheet.Blob, p.Entry, 0)
		d.agency = p.Agency
	case *casework.SheetReplaced:
		o.bind(d, p.Sheet.Blob, p.Entry, 0)
	case *casework.EntryApproved:
		d.agency = p.Agency
	case *casework.CaseRegistered:
		d.agency, d.concierge, d.version, d.numbers = p.Agency, p.Concierge, 1, []string{p.Registration, p.Member}
		d.sheets[d.newest] = 1
	case *casework.VersionAdded:
		d.version++
		o.bind(d, p.Sheet.Blob, p.Entry, d.version)
	case *casework.VersionReturned:
		d.sheets[sheetNumber(p.Sheet.Blob)] = 0
	case *casework.ConciergeChanged:
		d.had[d.concierge], d.concierge = d.version, p.To
	case *casework.ReachSet:
		if d.direct = ""; p.Direct && concierge {
			d.direct = d.email
		}
	case *casework.ReachConfirmed:
		if concierge {
			d.confirmed = d.email
		}
	default:
		o.hearSupport(a, e.Payload, c, d)
	}
}

func (o *oracle) isConcierge(d *dossier, who person) bool {
	return who.concierge != "" && who.concierge == d.concierge || o.roster.standsIn(who, d.concierge)
}

// hearSupport takes note of what was asked of agencies and parties, and answered.
func (o *oracle) hearSupport(a act, payload casework.Payload, c casework.Case, d *dossier) {
	who, version := o.roster.person(a.from), d.version
	concierge := o.isConcierge(d, who) && a.acts
	agency := func(support string) string { return c.Support(support).Agency }
	switch p := payload.(type) {
	case *casework.CommandBegan:
		d.begun, d.ends, d.mail = append(d.begun, len(d.said)), append(d.ends, len(d.said)), a.mail
	case *casework.CommandUndone:
		d.undo()
	case *casework.Inquired:
		d.note(a, p.Agency, func(s *standing) { s.passed = false })
	case *casework.InquiryAnswered:
		own := who.agency == agency(p.Support) && who.named && a.acts
		d.note(a, agency(p.Support), func(s *standing) { s.available = p.Answer == casework.AnswerAvailable && (own || concierge) })
	case *casework.SupportPassed:
		d.note(a, agency(p.Support), func(s *standing) { s.passed = true })
	case *casework.ConsentAsked:
		d.asked[question{agency(p.Support), version}] = concierge || d.asked[question{agency(p.Support), version}]
	case *casework.ConsentAnswered:
		given := o.given(a, who, d, p) && d.asked[question{agency(p.Support), version}]
		d.note(a, agency(p.Support), func(s *standing) { s.answered(p, version, given) })
	case *casework.CaseTransferred:
		d.note(a, p.Office, func(s *standing) { s.handed = who.clerk && a.proved })
	case *casework.ConsentApproved:
		if who.clerk && a.proved {
			d.note(a, agency(p.Support), func(s *standing) { s.approved[version] = true })
		}
	}
}

// hearNo takes note of a 受入不可 or 辞退 that was taken, whatever the core made of it: they are about the agency,
// whichever question they answer.
func (o *oracle) hearNo(a act, call casework.Call, c casework.Case) {
	d, who := o.dossier(c.ID), o.roster.person(a.from)
	named, _ := o.roster.FindAgency(strings.Join(call.Args, ""), time.Time{})
	switch {
	case !a.acts:
	case call.Name == casework.CmdUnavailable && who.named && who.agency != d.agency:
		d.note(a, who.agency, func(s *standing) { s.available = false })
	case call.Name == casework.CmdDecline && named.Code != "" && who.named && who.agency == d.agency:
		d.note(a, named.Code, func(s *standing) { clear(s.given[casework.RoleIntake]) })
	case call.Name == casework.CmdDecline && named.Code != "" && a.from == d.email && a.from == d.direct:
		d.note(a, named.Code, func(s *standing) { clear(s.given[casework.RoleCompany]) })
	}
}

// note keeps what was said, and lets it count.
func (d *dossier) note(a act, agency string, change func(*standing)) {
	d.said = append(d.said, said{agency: agency, change: change})
	if n := len(d.ends); n > 0 && a.mail == d.mail {
		d.ends[n-1] = len(d.said)
	}
	change(d.standing(agency))
}

// undo takes back the newest command; what others have said since stands.
func (d *dossier) undo() {
	n := len(d.begun) - 1
	if n < 0 {
		return
	}
	for i := d.begun[n]; i < d.ends[n]; i++ {
		d.said[i].undone = true
	}
	d.begun, d.ends, d.mail = d.begun[:n], d.ends[:n], -1
	d.providers = map[string]*standing{}
	for _, s := range d.said {
		if !s.undone {
			s.change(d.standing(s.agency))
		}
	}
}

// bind notes that a sheet is a version of a case.
func (o *oracle) bind(d *dossier, blob string, e casework.Entry, version int) {
	d.newest = sheetNumber(blob)
	d.sheets[d.newest], d.email = version, e.Company.Email
}

func sheetNumber(blob string) int {
	var n int
	if _, err := fmt.Sscanf(blob, "sheet-%d", &n); err != nil {
		return -1
	}
	return n
}

// given tells whether a consent comes from whoever is asked for it.
func (o *oracle) given(a act, who person, d *dossier, p *casework.ConsentAnswered) bool {
	spoken := p.Channel != "" && o.isConcierge(d, who)
	byIntake := p.Channel == "" && p.Party == casework.RoleIntake && who.named && who.agency == d.agency
	byCompany := p.Channel == "" && p.Party == casework.RoleCompany && a.from == d.email && a.from == d.confirmed && who.agency == ""
	return a.proved && (spoken || byIntake || byCompany)
}

// answered takes note of a consent that its party has given, or taken back.
func (s *standing) answered(p *casework.ConsentAnswered, version int, given bool) {
	if p.Answer == casework.ConsentDeclined {
		clear(s.given[p.Party])
		return
	}
	if given {
		s.given[p.Party][version] = p.Channel
	}
}

// cleared is the rule: 受入可 and both consents for this very agency and version stand, and of two that were both said to
// the concierge the clerk has approved.
func (d *dossier) cleared(agency string, version int) bool {
	s := d.providers[agency]
	if s == nil || version == 0 || !s.available || s.passed {
		return false
	}
	byCompany, company := s.given[casework.RoleCompany][version]
	byIntake, intake := s.given[casework.RoleIntake][version]
	return company && intake && (byCompany == "" || byIntake == "" || s.approved[version])
}

// reader is who reads a letter in the end: behind an address, or behind the clerk's fax.
type reader struct {
	addr string
	fax  string // code of the agency to which the clerk sends it
}

// sees tells whether a reader may see a version of a case's sheet now; version 0 is a sheet that is in no version.
func (o *oracle) sees(r reader, d *dossier, version int) bool {
	who := o.roster.person(r.addr)
	if r.fax != "" {
		who = person{agency: r.fax}
	}
	switch {
	case r.addr == osaka.Mailbox: // once the clerk has handed the case over, until that is taken back
		s := d.providers[osaka.Code]
		return s != nil && s.handed
	case who.clerk:
		return true
	case who.concierge != "":
		return o.isConcierge(d, who) || version > 0 && version <= d.had[who.concierge]
	case who.agency != "":
		return who.agency == d.agency || d.cleared(who.agency, version)
	}
	return r.addr == d.email && r.addr == d.direct
}

// seesNumber tells whether a reader may know a registration or member number: who may see a sheet of a case that has it.
func (o *oracle) seesNumber(r reader, number string) bool {
	if o.roster.person(r.addr).concierge != "" { // of the office
		return true
	}
	for _, d := range o.files {
		for v := range d.version + 1 {
			if slices.Contains(d.numbers, number) && o.sees(r, d, v) {
				return true
			}
		}
	}
	return false
}

// got notes a letter that has left: a deputy who has read one knows what the concierge knew, also afterwards.
func (o *oracle) got(r reader, id int64) {
	if d, who := o.files[id], o.roster.person(r.addr); d != nil && o.roster.standsIn(who, d.concierge) {
		d.had[who.concierge] = d.version
	}
}

// leaks lists what a letter would show a reader who may not see it.
func (o *oracle) leaks(r reader, m *posted) []string {
	var out []string
	for _, mark := range m.marks {
		if !o.seesMark(r, mark) && !slices.Contains(out, mark) {
			out = append(out, mark)
		}
	}
	if d := o.files[m.letter.Case]; d != nil {
		for _, n := range d.numbers {
			if strings.Contains(m.lower, lower(n)) && !o.seesNumber(r, n) {
				out = append(out, lower(n))
			}
		}
	}
	return out
}

func (o *oracle) seesMark(r reader, mark string) bool {
	for _, number := range o.marks.owners[mark] {
		for _, d := range o.files {
			if version, of := d.sheets[number]; of && o.sees(r, d, version) {
				return true
			}
		}
	}
	return false
}
