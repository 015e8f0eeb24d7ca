package roster

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"uketsuke/internal/casework"
)

// checker walks over the rows, collects faults, and fills the indexes that tell doubles.
type checker struct {
	r      *Roster
	faults []Fault
}

func (c *checker) fault(field, value, hint string, args ...any) {
	c.faults = append(c.faults, Fault{field, value, fmt.Sprintf(hint, args...)})
}

// codeShape is what a code looks like once folded: it stands in subject lines between spaces.
var codeShape = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]{0,23}$`)

func (c *checker) clerks() {
	rows := c.r.data.Clerks
	for i := range rows {
		row, at := &rows[i], fmt.Sprintf("clerk[%d]", i)
		c.name(at+".name", row.Name)
		c.days(at, row.From, row.Until)
		key, ok := c.mail(at+".mail", row.Mail)
		if !ok {
			continue
		}
		for _, j := range c.r.clerkMail[key] {
			if overlap(row.From, row.Until, rows[j].From, rows[j].Until) {
				c.fault(at+".mail", row.Mail, "is also the address of clerk[%d]; remove one row, or end the earlier one with until", j)
				break
			}
		}
		c.r.clerkMail[key] = append(c.r.clerkMail[key], i)
	}
}

func (c *checker) concierges() {
	rows := c.r.data.Concierges
	for i := range rows {
		row, at := &rows[i], fmt.Sprintf("concierge[%d]", i)
		c.name(at+".name", row.Name)
		c.days(at, row.From, row.Until)
		c.conciergeCode(i)
		c.conciergeMail(i)
		c.items(at+".items", row.Items)
		for j, p := range row.Prefectures {
			if !slices.Contains(prefectures[:], p) {
				c.fault(fmt.Sprintf("%s.prefectures[%d]", at, j), p, "is no prefecture; write it in full, as in 兵庫県%s", nearestPrefecture(p))
			}
		}
		c.texts(at+".countries", row.Countries)
		if row.Capacity < 0 {
			c.fault(at+".capacity", strconv.Itoa(row.Capacity), "must be 0 (no limit) or the number of open cases one person can have")
		}
	}
	for i := range rows {
		c.absences(i)
	}
}

func (c *checker) conciergeCode(i int) {
	row, field := &c.r.data.Concierges[i], fmt.Sprintf("concierge[%d].code", i)
	if !c.code(field, row.Code) {
		return
	}
	for _, j := range c.r.concierges[row.key()] {
		if other := &c.r.data.Concierges[j]; overlap(row.From, row.Until, other.From, other.Until) {
			c.fault(field, row.Code, "is also the code of concierge[%d]; give each its own, or end the earlier row with until", j)
			break
		}
	}
	c.r.concierges[row.key()] = append(c.r.concierges[row.key()], i)
}

func (c *checker) conciergeMail(i int) {
	row, field := &c.r.data.Concierges[i], fmt.Sprintf("concierge[%d].mail", i)
	key, ok := c.mail(field, row.Mail)
	if !ok {
		return
	}
	for _, j := range c.r.conciergeMail[key] {
		if other := &c.r.data.Concierges[j]; overlap(row.From, row.Until, other.From, other.Until) {
			c.fault(field, row.Mail, "is also the address of concierge[%d]; each concierge needs an address of their own", j)
			break
		}
	}
	c.r.conciergeMail[key] = append(c.r.conciergeMail[key], i)
}

func (c *checker) absences(i int) {
	row := &c.r.data.Concierges[i]
	for j, a := range row.Absences {
		at := fmt.Sprintf("concierge[%d].absence[%d]", i, j)
		if a.From == 0 || a.Until == 0 {
			c.fault(at, a.From.String()+"-"+a.Until.String(), "needs both from and until")
		}
		c.days(at, a.From, a.Until)
		switch deputy := FoldCode(a.Deputy); {
		case deputy == "":
			c.fault(at+".deputy", "", "is missing; name the code of the concierge who takes over")
		case deputy == row.key():
			c.fault(at+".deputy", a.Deputy, "is the absent concierge; name another one's code")
		case len(c.r.concierges[deputy]) == 0:
			c.fault(at+".deputy", a.Deputy, "is no concierge's code%s", c.conciergeHint(deputy))
		}
	}
}

func (c *checker) conciergeHint(code string) string {
	var codes []string
	for i := range c.r.data.Concierges {
		codes = append(codes, c.r.data.Concierges[i].key())
	}
	if near := closest(code, codes); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

func (c *checker) agencies() {
	for i := range c.r.data.Agencies {
		row, at := &c.r.data.Agencies[i], fmt.Sprintf("agency[%d]", i)
		c.name(at+".name", row.Name)
		c.days(at, row.From, row.Until)
		c.agencyCode(i)
		c.texts(at+".spellings", row.Spellings)
		c.window(i)
		for j := range row.People {
			p, at := &row.People[j], fmt.Sprintf("%s.person[%d]", at, j)
			c.name(at+".name", p.Name)
			c.days(at, p.From, p.Until)
			c.agencyMail(at+".mail", p.Mail, persona{i, j})
		}
		for j := range row.Domains {
			c.domain(fmt.Sprintf("%s.domains[%d]", at, j), i, row.Domains[j])
		}
		c.items(at+".items", row.Items)
		c.texts(at+".countries", row.Countries)
		c.referral(at+".referral", &row.Referral)
		switch strings.ToLower(row.Charset) {
		case "", "utf-8", "iso-2022-jp":
		default:
			c.fault(at+".charset", row.Charset, `must be "utf-8" (the default) or "iso-2022-jp"`)
		}
	}
}

func (c *checker) agencyCode(i int) {
	row, field := &c.r.data.Agencies[i], fmt.Sprintf("agency[%d].code", i)
	if !c.code(field, row.Code) {
		return
	}
	for _, j := range c.r.agencies[row.key()] {
		if other := &c.r.data.Agencies[j]; overlap(row.From, row.Until, other.From, other.Until) {
			c.fault(field, row.Code, "is also the code of agency[%d]; give each its own, or end the earlier row with until", j)
			break
		}
	}
	c.r.agencies[row.key()] = append(c.r.agencies[row.key()], i)
}

func (c *checker) window(i int) {
	row, field := &c.r.data.Agencies[i], fmt.Sprintf("agency[%d].window", i)
	if row.Window == "" {
		if !row.Referral.FaxOnly {
			c.fault(field, "", "is missing; give the address that speaks for the agency, or set referral.fax_only = true")
		}
		return
	}
	c.agencyMail(field, row.Window, persona{i, -1})
}

// agencyMail takes the address of a person or window. It may stand once in its own row for each part,
// and in no other agency's row of the same time, or a mail from it would speak for two agencies.
func (c *checker) agencyMail(field, addr string, p persona) {
	key, ok := c.mail(field, addr)
	if !ok {
		return
	}
	from, until := c.days0(p)
	for _, q := range c.r.agencyMail[key] {
		qFrom, qUntil := c.days0(q)
		if !overlap(from, until, qFrom, qUntil) || q.agency == p.agency && (q.person < 0) != (p.person < 0) {
			continue
		}
		c.fault(field, addr, "stands also in agency[%d] (%s); an address speaks for one agency, once", q.agency, c.r.data.Agencies[q.agency].Code)
		break
	}
	c.r.agencyMail[key] = append(c.r.agencyMail[key], p)
}

// days0 returns the days on which both a persona and its agency count.
func (c *checker) days0(p persona) (from, until Day) {
	a := &c.r.data.Agencies[p.agency]
	from, until = a.From, a.Until
	if p.person >= 0 {
		from = max(from, a.People[p.person].From)
		if u := a.People[p.person].Until; u != 0 && (until == 0 || u < until) {
			until = u
		}
	}
	return from, until
}

func (c *checker) domain(field string, i int, value string) {
	row := &c.r.data.Agencies[i]
	domain, ok := canonicalDomain(value)
	switch {
	case strings.Contains(value, "@"):
		c.fault(field, value, "must be the domain alone, without what stands before the @ and the @ itself")
		return
	case strings.HasPrefix(value, "*") || strings.HasPrefix(value, "."):
		c.fault(field, value, "must be one domain; an entry covers no subdomains, so name each of them")
		return
	case !ok:
		c.fault(field, value, "is no mail domain; write it as in minato-bank.co.jp")
		return
	case sharedBy(domain) != "":
		c.fault(field, value, "is a domain where anybody can have an address (%s); enter the agency's people one by one as person", sharedBy(domain))
		return
	case isPublicSuffix(domain):
		c.fault(field, value, "is a public suffix, under which anybody may register; name the agency's own domain below it")
		return
	}
	for _, j := range c.r.domains[domain] {
		if other := &c.r.data.Agencies[j]; overlap(row.From, row.Until, other.From, other.Until) {
			c.fault(field, value, "stands also in agency[%d] (%s); a domain speaks for one agency, so enter the people of the other one by one", j, other.Code)
			return
		}
	}
	c.r.domains[domain] = append(c.r.domains[domain], i)
}

func (c *checker) referral(at string, r *Referral) {
	sources := 0
	for _, s := range []string{r.AgreedPasswordFile, r.AgreedPasswordEnv} {
		if s != "" {
			sources++
		}
	}
	switch r.Password {
	case "", PasswordPhone, PasswordMail:
		if sources > 0 {
			c.fault(at+".password", r.Password, `must be "agreed" when agreed_password_file or agreed_password_env is set`)
		}
	case PasswordAgreed:
		if sources != 1 {
			c.fault(at+".password", r.Password, "needs agreed_password_file or agreed_password_env, one of them")
		}
	default:
		c.fault(at+".password", r.Password, `must be "phone", "agreed" or "mail"`)
	}
	if r.MaxMB < 0 {
		c.fault(at+".max_mb", strconv.Itoa(r.MaxMB), "must be 0 (unknown) or what the agency's mail server takes, in megabytes")
	}
}

func (c *checker) code(field, code string) bool {
	switch {
	case strings.TrimSpace(code) == "":
		c.fault(field, code, "is missing; give a short code such as HYOGO-CCI")
		return false
	case !codeShape.MatchString(FoldCode(code)):
		c.fault(field, code, "must be 1 to 24 letters, digits, - or _, as in HYOGO-CCI")
		return false
	}
	return true
}

func (c *checker) name(field, name string) {
	switch {
	case strings.TrimSpace(name) == "":
		c.fault(field, name, "is missing")
	case strings.ContainsAny(name, "\r\n\x00"):
		c.fault(field, name, "must be one line")
	}
}

func (c *checker) texts(field string, texts []string) {
	for i, s := range texts {
		if casework.FoldName(s) == "" {
			c.fault(fmt.Sprintf("%s[%d]", field, i), s, "is blank; remove it")
		}
	}
}

func (c *checker) mail(field, addr string) (key string, ok bool) {
	if addr == "" {
		c.fault(field, addr, "is missing; give a mail address")
		return "", false
	}
	key, _, ok = canonical(addr)
	if !ok {
		c.fault(field, addr, "is no mail address; write it alone, as in tanaka@minato-bank.co.jp")
	}
	return key, ok
}

func (c *checker) days(at string, from, until Day) {
	if from != 0 && until != 0 && until < from {
		c.fault(at+".until", until.String(), "is before from (%s); until is the last day that counts", from)
	}
}

func (c *checker) items(field string, items []int) {
	for i, n := range items {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case n < 1 || n >= len(casework.ItemNames):
			c.fault(at, strconv.Itoa(n), "must be a request item from 1 to 13")
		case slices.Contains(items[:i], n):
			c.fault(at, strconv.Itoa(n), "stands there twice; remove one")
		}
	}
}
