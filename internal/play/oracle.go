package play

import (
	"fmt"
	"slices"
	"strings"

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
	sheets    map[int]int // number of a sheet -> the version that it is; 0: it is in none
	newest    int         // number of the newest sheet
	email     string      // of the company, in the sheet in force
	direct    string      // the address for which the concierge has said 連絡方法 直接
	confirmed string      // and 連絡先確認
	providers map[string]*standing
	numbers   []string // registration and member number
}

// standing is where an agency stands that was asked to take the company in.
type standing struct {
	available bool
	passed    bool // 見送り
	before    bool // passed, before the last command
	asked     map[int]bool
	given     map[casework.Role]map[int]casework.Spoken // by version; how it was said, "" by mail
	approved  map[int]bool                              // by the clerk, where both were spoken
}

// act is a mail whose truth the play knows.
type act struct {
	from   string
	acts   bool // pass, or a valid code
	proved bool // pass and a valid code, or confirmed from the rostered address
}

func (o *oracle) dossier(id int64) *dossier {
	if o.files[id] == nil {
		o.files[id] = &dossier{had: map[string]int{}, sheets: map[int]int{}, providers: map[string]*standing{}}
	}
	return o.files[id]
}

func (d *dossier) standing(agency string) *standing {
	if d.providers[agency] == nil {
		d.providers[agency] = &standing{asked: map[int]bool{}, approved: map[int]bool{},
			given: map[casework.Role]map[int]casework.Spoken{casework.RoleCompany: {}, casework.RoleIntake: {}}}
	}
	return d.providers[agency]
}

// hear takes note of what a mail made happen. c is the case behind it.
func (o *oracle) hear(a act, e casework.Event, c casework.Case) {
	d, who := o.dossier(e.Case), o.roster.person(a.from)
	concierge := who.concierge != "" && who.concierge == d.concierge && a.acts
	agency := func(support string) string { return c.Support(support).Agency }
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
	case *casework.CommandBegan:
		for _, s := range d.providers {
			s.before = s.passed
		}
	case *casework.CommandUndone:
		for _, s := range d.providers {
			s.passed = s.before
		}
	case *casework.Inquired:
		d.standing(p.Agency).passed = false
	case *casework.InquiryAnswered:
		own := who.agency == agency(p.Support) && who.named && a.acts
		d.standing(agency(p.Support)).available = p.Answer == casework.AnswerAvailable && (own || concierge)
	case *casework.SupportPassed:
		d.standing(agency(p.Support)).passed = true
	case *casework.ConsentAsked:
		d.standing(agency(p.Support)).asked[d.version] = d.standing(agency(p.Support)).asked[d.version] || concierge
	case *casework.ConsentAnswered:
		o.answered(a, who, d, d.standing(agency(p.Support)), p)
	case *casework.ConsentApproved:
		if who.clerk && a.proved {
			d.standing(agency(p.Support)).approved[d.version] = true
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

// answered takes note of a consent that its party has given, or taken back.
func (o *oracle) answered(a act, who person, d *dossier, s *standing, p *casework.ConsentAnswered) {
	if p.Answer == casework.ConsentDeclined {
		clear(s.given[p.Party])
		return
	}
	spoken := p.Channel != "" && who.concierge != "" && who.concierge == d.concierge
	byIntake := p.Channel == "" && p.Party == casework.RoleIntake && who.named && who.agency == d.agency
	byCompany := p.Channel == "" && p.Party == casework.RoleCompany && a.from == d.email && a.from == d.confirmed && o.roster.person(a.from).agency == ""
	if a.proved && s.asked[d.version] && (spoken || byIntake || byCompany) {
		s.given[p.Party][d.version] = p.Channel
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
	case who.clerk:
		return true
	case who.concierge != "":
		return who.concierge == d.concierge || version > 0 && version <= d.had[who.concierge]
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

// leaks lists what a letter would show a reader who may not see it.
func (o *oracle) leaks(r reader, m *posted) []string {
	var out []string
	for _, mark := range m.marks {
		if !o.seesMark(r, mark) && !slices.Contains(out, mark) {
			out = append(out, mark)
		}
	}
	for _, d := range o.files {
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
