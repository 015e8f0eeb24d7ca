// Package roster knows the clerks, concierges and agencies of the office, and answers for one instant who somebody is,
// which agency a name means, and which concierge takes a company.
//
//  1. New takes the rows as the configuration has them and returns every fault at once, each with its field.
//  2. It indexes rows by code, by folded name, by address and by mail domain. A row counts from the first to the
//     last of its days, in Japan; the same code, address or domain may stand in two rows that never count together.
//  3. Addresses are compared exactly but for ASCII letter case, and domains as A-labels (RFC 5890): no NFKC, no IDNA
//     mapping, because an address that only looks like a rostered one must stay a stranger's.
//  4. A domain entry stands for that domain alone, not for its subdomains.
//  5. A near name is a guess and says so; two names equally near are none.
//
// A Roster never changes and may be asked from any goroutine.
package roster

import (
	"sort"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"uketsuke/internal/casework"
)

// Types of the core under the names that the configuration uses; it imports this room only.
type (
	// Address is a display name and an addr-spec.
	Address = casework.Address
	// Office is the office whose mailbox this is.
	Office = casework.Office
)

// Roster answers who is who. It implements casework.Roster. Values come from New.
type Roster struct {
	data Data

	agencies   map[string][]int // code -> rows of data.Agencies
	concierges map[string][]int // code -> rows of data.Concierges

	clerkMail     map[string][]int     // canonical address -> rows of data.Clerks
	conciergeMail map[string][]int     // canonical address -> rows of data.Concierges
	agencyMail    map[string][]persona // canonical address -> people and windows
	domains       map[string][]int     // A-label domain -> rows of data.Agencies

	names          map[string][]int // folded name or spelling -> rows of data.Agencies
	formless       map[string][]int // the same without 公益財団法人 and the like
	plain          map[string][]int // the same with plain kanji
	nearNames      []nearName       // the keys of plain, for names that are only near
	nearDomains    []nearDomain     // the domains, for strangers that only look rostered
	conciergeNames map[string][]int // folded name -> rows of data.Concierges

	left map[string]string // canonical address -> code of the agency that it was removed from by mail
}

var _ casework.Roster = (*Roster)(nil)

// persona is one person, or the window (person < 0), of an agency row.
type persona struct {
	agency, person int
}

// FoldCode folds a code as somebody typed it: widths, letter case and spaces around it do not count.
func FoldCode(s string) string {
	return strings.ToUpper(strings.TrimSpace(norm.NFKC.String(s)))
}

// Sender tells who a From address is on the day of at. It looks at the address only; whether the mail really
// comes from there is a matter of evidence. Nearest is filled for strangers only.
func (r *Roster) Sender(a casework.Address, at time.Time) casework.Sender {
	s := casework.Sender{Address: a}
	day := dayOf(at)
	key, domain, ok := canonical(a.Addr)
	if !ok {
		s.Nearest = r.nearest(a, "", day)
		return s
	}
	for _, i := range r.clerkMail[key] {
		s.Clerk = s.Clerk || r.data.Clerks[i].holds(day)
	}
	for _, i := range r.conciergeMail[key] {
		if c := &r.data.Concierges[i]; c.holds(day) {
			s.Concierge = c.key()
		}
	}
	s.Agency, s.Person = r.agencyOf(key, domain, day)
	if !s.Known() {
		s.Nearest = r.nearest(a, domain, day)
	}
	return s
}

// agencyOf returns the agency that an address belongs to, and whether as a person or window or by its domain only.
func (r *Roster) agencyOf(key, domain string, day Day) (code string, person bool) {
	for _, p := range r.agencyMail[key] {
		a := &r.data.Agencies[p.agency]
		if a.holds(day) && (p.person < 0 || a.People[p.person].holds(day)) {
			return a.key(), true
		}
	}
	for _, i := range r.domains[domain] {
		if a := &r.data.Agencies[i]; a.holds(day) && r.left[key] != a.key() {
			return a.key(), false
		}
	}
	return "", false
}

// Agency returns the agency with that code, as it stands on the day of at.
func (r *Roster) Agency(code string, at time.Time) (casework.Agency, bool) {
	a, ok := r.AgencyRow(code, at)
	if !ok {
		return casework.Agency{}, false
	}
	return casework.Agency{
		Code:     a.key(),
		Name:     a.Name,
		Window:   casework.Address{Name: a.WindowName, Addr: a.Window},
		TextOnly: a.Referral.TextOnly,
		Charset:  strings.ToLower(a.Charset),
		FaxOnly:  a.Referral.FaxOnly,
		Phone:    a.Phone,

		PasswordBy:       casework.PasswordWay(a.Referral.Password),
		OwnForm:          a.Referral.OwnForm != "",
		EncryptedBlocked: a.Referral.EncryptedBlocked,
	}, true
}

// AgencyRow returns the whole row of an agency: people, domains, what it offers, how a referral reaches it.
func (r *Roster) AgencyRow(code string, at time.Time) (Agency, bool) {
	day := dayOf(at)
	for _, i := range r.agencies[FoldCode(code)] {
		if a := r.data.Agencies[i]; a.holds(day) {
			return a, true
		}
	}
	return Agency{}, false
}

// Concierge returns the concierge with that code, as of the day of at. An absent one is still a concierge.
func (r *Roster) Concierge(code string, at time.Time) (casework.Concierge, bool) {
	c, ok := r.conciergeRow(FoldCode(code), dayOf(at))
	if !ok {
		return casework.Concierge{}, false
	}
	return c.view(), true
}

func (r *Roster) conciergeRow(code string, day Day) (*Concierge, bool) {
	for _, i := range r.concierges[code] {
		if c := &r.data.Concierges[i]; c.holds(day) {
			return c, true
		}
	}
	return nil, false
}

// FindConcierge returns the concierge whom a text names: by code, by address, by full name, or by a family name that
// only one concierge has on the day of at. A 様, さん or 氏 after the name does not count.
func (r *Roster) FindConcierge(name string, at time.Time) (casework.Concierge, bool) {
	day := dayOf(at)
	if c, ok := r.conciergeRow(FoldCode(name), day); ok {
		return c.view(), true
	}
	if key, _, ok := canonical(strings.TrimSpace(name)); ok {
		if c, ok := r.onlyConcierge(r.conciergeMail[key], day); ok {
			return c.view(), true
		}
	}
	folded := casework.FoldName(name)
	for _, f := range []string{folded, withoutHonorific(folded)} {
		if c, ok := r.onlyConcierge(r.conciergeNames[f], day); ok && f != "" {
			return c.view(), true
		}
	}
	return casework.Concierge{}, false
}

// onlyConcierge returns the one concierge that counts among rows, if there is exactly one.
func (r *Roster) onlyConcierge(rows []int, day Day) (*Concierge, bool) {
	var found *Concierge
	for _, i := range rows {
		c := &r.data.Concierges[i]
		if !c.holds(day) {
			continue
		}
		if found != nil && found.key() != c.key() {
			return nil, false
		}
		found = c
	}
	return found, found != nil
}

func withoutHonorific(folded string) string {
	for _, h := range []string{"様", "さん", "氏", "殿"} {
		if s, ok := strings.CutSuffix(folded, h); ok {
			return s
		}
	}
	return folded
}

// Clerks returns the clerks of the day of at, in the order of the configuration.
func (r *Roster) Clerks(at time.Time) []casework.Clerk {
	day := dayOf(at)
	var out []casework.Clerk
	for i := range r.data.Clerks {
		if c := &r.data.Clerks[i]; c.holds(day) {
			out = append(out, casework.Clerk{Name: c.Name, Mail: c.Mail})
		}
	}
	return out
}

// AgencyCodes returns the codes of the agencies of the day of at, sorted.
func (r *Roster) AgencyCodes(at time.Time) []string {
	day := dayOf(at)
	var out []string
	for i := range r.data.Agencies {
		if a := &r.data.Agencies[i]; a.holds(day) {
			out = append(out, a.key())
		}
	}
	sort.Strings(out)
	return out
}

// ConciergeCodes returns the codes of the concierges of the day of at, sorted.
func (r *Roster) ConciergeCodes(at time.Time) []string {
	day := dayOf(at)
	var out []string
	for i := range r.data.Concierges {
		if c := &r.data.Concierges[i]; c.holds(day) {
			out = append(out, c.key())
		}
	}
	sort.Strings(out)
	return out
}
