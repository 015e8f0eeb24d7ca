package casework

import (
	"maps"
	"slices"
	"strings"
)

// about names the support of the letters that follow; "" none.
func (d *decider) about(support string) { d.support = support }

// begin stands before the first event of a command that 直前取消 may take back.
func (d *decider) begin(c *Case, role Role) {
	command := d.commandText()
	if command == "" {
		command = string(CmdTell) // a plain reply that is passed on
	}
	d.emit(c, role, &CommandBegan{Command: command})
	d.began = c.Last.Event
}

// lastLetter is the letter that was queued last, nil when there is none.
func (d *decider) lastLetter() *Letter {
	if len(d.out.Letters) == 0 {
		return nil
	}
	return &d.out.Letters[len(d.out.Letters)-1]
}

// toCompany writes to the company: directly where the concierge has said so, else through the intake agency, which
// passes the letter on.
func (d *decider) toCompany(c *Case, content Content, attach []Attachment) {
	if to := d.companyAddress(c); to.Addr != "" {
		p := Party{Role: RoleCompany}
		d.queue(c, Letter{Party: p, To: []Address{to}, Content: withView(content, d.view(c, p, to)), Attach: attach})
		return
	}
	a, ok := d.f.Roster.Agency(c.Agency, d.now)
	if !ok {
		return
	}
	before := len(d.out.Letters)
	d.toAgency(c, c.Agency, d.agencyAddress(c, a), content, attach, false)
	for i := before; i < len(d.out.Letters); i++ {
		l := &d.out.Letters[i]
		v := l.Content.(interface{ shown() View }).shown()
		v.Via, v.Offers = true, nil
		l.Content = withView(l.Content, v)
	}
}

// companyAddress is where the company is written to directly; never an address that the roster has.
func (d *decider) companyAddress(c *Case) Address {
	if to := c.companyAddress(); !d.knows(to.Addr) {
		return to
	}
	return Address{}
}

// toIntake writes to the intake agency.
func (d *decider) toIntake(c *Case, content Content, attach []Attachment) {
	if a, ok := d.f.Roster.Agency(c.Agency, d.now); ok {
		d.toAgency(c, c.Agency, d.agencyAddress(c, a), content, attach, false)
	}
}

// toProvider writes to the agency of a support: to the person who was named or who has answered last, else its window.
func (d *decider) toProvider(c *Case, s Support, content Content, attach []Attachment) {
	if a, ok := d.f.Roster.Agency(s.Agency, d.now); ok {
		d.toProviderAt(c, s, d.providerAddress(a, s), content, attach)
	}
}

// providerAddress is where the agency of a support is written to.
func (d *decider) providerAddress(a Agency, s Support) Address {
	for _, addr := range slices.Backward(s.Persons) {
		if who := d.f.Roster.Sender(Address{Addr: addr}, d.now); who.Agency == s.Agency && who.Person {
			return Address{Addr: addr}
		}
	}
	return a.Window
}

func (d *decider) toProviderAt(c *Case, s Support, to Address, content Content, attach []Attachment) {
	before := len(d.out.Letters)
	d.toAgencyAs(c, Party{Role: RoleProvider, Code: s.Agency}, to, content, attach, false)
	for i := before; i < len(d.out.Letters); i++ {
		l := &d.out.Letters[i]
		l.Number, l.Version = s.ID, visibleVersion(*c, s)
		if l.Content.Kind() == LetterPassword { // a password goes to one mailbox
			l.Cc = nil
		}
	}
}

// tell writes to the concierge of the case, unless the mail is the concierge's own; to the clerks while the roster has
// that concierge no more.
func (d *decider) tell(c *Case, content Content, role Role) {
	k, ok := d.f.Roster.Concierge(c.Concierge, d.now)
	switch {
	case !ok && role != RoleClerk:
		d.toClerks(c, content)
	case ok && !SameAddr(Address{Addr: k.Mail}, d.in.From) && !d.actsFor(k.Code):
		d.toConcierge(c, k, content, nil, false)
	}
}

// supportOf is a support as the office sees it.
func (d *decider) supportOf(c *Case, s Support) SupportView {
	v, _ := discloseSupport(*c, s, Party{Role: RoleClerk})
	return v
}

// supportFor is a support as a party sees it that may know of it.
func (d *decider) supportFor(c *Case, s Support, role Role) SupportView {
	if role == RoleConcierge || role == RoleClerk {
		return d.supportOf(c, s)
	}
	v, _ := discloseSupport(*c, s, Party{Role: role, Code: s.Agency})
	return v
}

func (d *decider) conciergePhone(c *Case) string {
	k, _ := d.f.Roster.Concierge(c.Concierge, d.now)
	return k.Phone
}

// partyOf is the party in whose name a role of a case speaks.
func (d *decider) partyOf(c *Case, role Role) Party {
	switch role {
	case RoleIntake:
		return Party{Role: role, Code: c.Agency}
	case RoleProvider:
		return Party{Role: role, Code: d.who.Agency}
	case RoleConcierge:
		return Party{Role: role, Code: c.Concierge}
	}
	return Party{Role: role}
}

// partyText is how the concierge reads who wrote: the party, and the address.
func (d *decider) partyText(c *Case, role Role) string {
	name := partyNames[role]
	if a, ok := d.f.Roster.Agency(d.who.Agency, d.now); ok && (role == RoleIntake || role == RoleProvider) {
		name += " " + a.Name
	}
	return strings.TrimSpace(name) + "（" + d.in.From.text() + "）"
}

// delay lets letters to a provider or to the company wait before they leave, and with them all letters of the same
// command but its answer (trust.md "What may leave" 4).
func (d *decider) delay() {
	outside := func(l Letter) bool {
		r := l.reader().Role
		return !l.answer && (r == RoleProvider || r == RoleCompany || l.Departure().For == RoleCompany || l.Kind() == LetterTransfer)
	}
	fresh := d.out.Letters[d.settled:]
	d.settled = len(d.out.Letters)
	if d.f.Hold <= 0 || !slices.ContainsFunc(fresh, outside) {
		return
	}
	for i := range fresh {
		if l := &fresh[i]; !l.answer && !l.First && !l.Always {
			l.Hold, l.Command = d.f.Hold, d.began
		}
	}
}

// withoutCodes cuts every keyed code of this case out of a text that goes on to somebody: a code is good for its own
// recipient only (trust.md "Codes").
func (d *decider) withoutCodes(text string) string {
	for _, codes := range d.f.Codes {
		for _, code := range codes {
			text = cutFold(text, code)
		}
	}
	return tagCode.ReplaceAllString(text, "[$1 $2]")
}

// foreignCodes are the codes that are good in this case for others than a party.
func (d *decider) foreignCodes(c *Case, p Party) []string {
	if c.ID != d.f.Thread {
		return nil
	}
	var out []string
	for _, other := range slices.Sorted(maps.Keys(d.f.Codes)) {
		if other != p.Key() {
			out = append(out, d.f.Codes[other]...)
		}
	}
	return out
}

// HasCode tells whether a text holds one of the codes, whatever its letter case.
func HasCode(text string, codes []string) bool {
	lower := lowerASCII(text)
	return slices.ContainsFunc(codes, func(code string) bool { return strings.Contains(lower, code) })
}
