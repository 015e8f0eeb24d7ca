package casework

import "time"

// View is what one party may see of a case. Templates get a View, never a Case: a value that is not in the View
// cannot be printed (architecture.md rule 4, first layer).
type View struct {
	Party        Party
	Reader       Address // whom the letter speaks to
	ReaderOf     string  // name of the reader's agency, "" for the office's own people
	Office       Office
	Now          time.Time
	Number       string // registration number, else receipt number, else ""
	Receipt      string
	Registration string
	Member       string
	Stage        Stage
	StageText    string
	AgencyCode   string
	AgencyName   string
	Submitter    Address
	Concierge    *Concierge // nil while there is none
	Entry        *Entry     // nil where the party may not see the sheet
	Company      string     // "" where the party may not know it
	FileName     string     // of the newest sheet, "" likewise
	Version      int
	RegisteredAt time.Time
	ReceivedAt   time.Time
	PausedUntil  string
	History      []HistoryLine
	Supports     []SupportView
	Via          bool    // the letter is for the company and goes to the intake agency to pass on
	Offers       []Offer // the commands that make sense next
	Stopped      bool    // 全送信停止 is in force
	StandsInFor  string  // the absent concierge whose letter the reader gets as the deputy
	Fax          bool    // the letter goes to the clerk to print and send
}

// Disclose makes the View of a case for one party: the office, the concierge, the intake agency and the company see the
// sheet; a provider agency sees nothing of it before 受入可 and both consents stand for that agency and version, guide
// section 4. What a provider may see never names other candidates.
func Disclose(c Case, p Party) View {
	if p.Role == RoleProvider {
		return discloseProvider(c, p)
	}
	if p.Role == RoleOffice {
		return discloseOffice(c, p)
	}
	if !maySeeSheet(c, p) {
		return View{Party: p}
	}
	v := View{Party: p, Number: c.Number(), Receipt: c.Receipt, Registration: c.Registration, Stage: c.Stage,
		StageText: c.Stage.Japanese(), Version: c.Version, RegisteredAt: c.RegisteredAt, ReceivedAt: c.ReceivedAt,
		PausedUntil: c.PausedUntil}
	entry := c.Entry
	v.Entry, v.Company, v.FileName = &entry, c.Entry.Company.Name, c.Sheet.Name
	v.Member, v.AgencyCode, v.AgencyName, v.Submitter = c.Member, c.Agency, c.AgencyName, c.Submitter
	for _, s := range c.Supports {
		if sv, ok := discloseSupport(c, s, p); ok {
			v.Supports = append(v.Supports, sv)
		}
	}
	v.History = discloseHistory(c, p)
	return v
}

// discloseProvider is the View of an agency that is asked, or that supports: its own support by its number, and the
// sheet only where it may see it.
func discloseProvider(c Case, p Party) View {
	s := c.SupportOf(p.Code)
	if s.ID == "" {
		return View{Party: p}
	}
	v := View{Party: p, Number: s.ID, StageText: s.State(c.Version).Japanese(), History: discloseHistory(c, p)}
	own, _ := discloseSupport(c, s, p)
	v.Supports = []SupportView{own}
	if version := visibleVersion(c, s); s.Sent() && version > 0 {
		entry := c.entryOf(version)
		v.Entry, v.Company, v.Version = &entry, entry.Company.Name, version
		v.Member, v.AgencyName = c.Member, c.AgencyName
	}
	return v
}

// discloseOffice is the View of another office to which the case goes, or from which it came: the numbers. All else is in
// the protected bundle, never in the words of a letter.
func discloseOffice(c Case, p Party) View {
	switch {
	case p.Code == "":
	case p.Code == c.Transfer.Office:
		return View{Party: p, Number: c.Registration, Registration: c.Registration}
	case p.Code == c.Origin.Office:
		return View{Party: p, Number: c.Receipt, Receipt: c.Receipt, Registration: c.Origin.Registration}
	}
	return View{Party: p}
}

// sayableFeedback is the newest report that a provider may read, nil where people wrote into it what that agency may not
// see (any more).
func sayableFeedback(c Case, s Support, p Party) *Feedback {
	f := s.lastFeedback(p.Role)
	if f == nil || len(Scan(Secrets(c, p), []string{f.Content, f.Progress, f.Means})) > 0 {
		return nil
	}
	return f
}

// sayableHost is who takes the company in, likewise.
func sayableHost(c Case, s Support, p Party) Host {
	if len(Scan(Secrets(c, p), []string{s.Host.Department, s.Host.Person, s.Host.Contact})) > 0 {
		return Host{}
	}
	return s.Host
}

// discloseSupport is what a party sees of a support: an agency of its own. Company and intake agency hear of a candidate
// only once they are asked to consent.
func discloseSupport(c Case, s Support, p Party) (SupportView, bool) {
	v := SupportView{ID: s.ID, Agency: s.Agency, AgencyName: s.AgencyName, Service: s.Service, State: s.State(c.Version),
		StateText: s.State(c.Version).Japanese(), Host: s.Host, Last: s.lastFeedback(p.Role)}
	if inside(p) || p.Role == RoleIntake {
		v.Reports = s.Feedback
	}
	if inside(p) {
		v.Consents, v.Reason = s.consentText(c.Version), s.Reason
		if s.JETRO() {
			v.Consents = ""
		}
		return v, true
	}
	if p.Role == RoleProvider {
		v.Host, v.Last = sayableHost(c, s, p), sayableFeedback(c, s, p)
		return v, true
	}
	return v, s.JETRO() || s.Company.Version > 0 || s.Intake.Version > 0
}

// lastFeedback is the newest report that a role may read: the provider's own, the intake agency's and the office's all.
func (s Support) lastFeedback(r Role) *Feedback {
	for i := len(s.Feedback) - 1; i >= 0; i-- {
		f := s.Feedback[i]
		if r == RoleCompany || r == RoleProvider && f.From == RoleIntake {
			continue
		}
		return &f
	}
	return nil
}

// inside tells whether a party is of the office.
func inside(p Party) bool { return p.Role == RoleClerk || p.Role == RoleConcierge }

// discloseHistory is the timeline as a party may read it.
func discloseHistory(c Case, p Party) []HistoryLine {
	var out []HistoryLine
	for _, h := range c.History {
		if !mayReadLine(c, h, p) {
			continue
		}
		if !inside(p) {
			if h.Outside != "" {
				h.Text = h.Outside
			}
			h.Actor = Actor{Role: h.Actor.Role}
		}
		h.Outside = ""
		out = append(out, h)
	}
	return out
}

func mayReadLine(c Case, h HistoryLine, p Party) bool {
	switch {
	case inside(p):
		return true
	case h.Internal:
		return false
	case p.Role == RoleProvider:
		return h.Support != "" && c.Support(h.Support).Agency == p.Code && (h.For == ForOwner || h.For == ForProvider)
	case h.Support != "":
		return h.For == ForParties || h.For == ForProvider
	}
	return true
}

// entryOf is the sheet in a version.
func (c *Case) entryOf(version int) Entry {
	for _, v := range c.Versions {
		if v.Number == version {
			return v.Entry
		}
	}
	return Entry{}
}

// visibleVersion is the version of the sheet that a support's agency may see: the one that it was sent, as long as both
// consents for that version stand, else the one in force once 受入可 and both consents stand for it; 0 for none.
func visibleVersion(c Case, s Support) int {
	switch {
	case s.JETRO() || s.Agency == c.Agency:
		return 0
	case s.Cleared(c.Version):
		return c.Version
	case s.Sent() && s.Cleared(s.Referral.Version):
		return s.Referral.Version
	}
	return 0
}

// maySeeSheet is the rule of guide section 4 in one place.
func maySeeSheet(c Case, p Party) bool {
	switch p.Role {
	case RoleClerk:
		return true
	case RoleConcierge:
		return p.Code != "" && p.Code == c.Concierge
	case RoleIntake:
		return p.Code != "" && p.Code == c.Agency
	case RoleCompany:
		return true
	case RoleProvider:
		return p.Code != "" && visibleVersion(c, c.SupportOf(p.Code)) > 0
	case RoleOffice:
		return p.Code != "" && moved(&c) && p.Code == c.Transfer.Office
	}
	return false
}

// maySeeVersion is maySeeSheet for what a letter holds of one version. An agency sees only a version for which its consents
// stand: one of which they were taken back is none, though those for a newer one were given since.
func maySeeVersion(c Case, p Party, version int) bool {
	return maySeeSheet(c, p) && (p.Role != RoleProvider || c.SupportOf(p.Code).Cleared(version))
}
