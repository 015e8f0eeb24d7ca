package casework

import (
	"fmt"
	"slices"
	"time"
)

// The monthly digest of an intake agency: its companies and where they stand, as its role may see them (Disclose).

// AgencyLine is one company as its intake agency sees it.
type AgencyLine struct {
	Line
	Number, Company string
	Stage           string    // Japanese
	Supports        []string  // who supports, and how far that is
	Waits           []string  // what the agency is waited for
	Last            time.Time // of the newest line of the timeline that the agency may read
	Ended           bool      // since the digest before
	Offers          []Offer
}

// AgencyDigestLetter is an intake agency's monthly digest.
type AgencyDigestLetter struct {
	View
	Lines []AgencyLine // those of which something is waited for first, ended ones last
	Since time.Time
}

// Kind of the content.
func (AgencyDigestLetter) Kind() LetterKind { return LetterDigestAgency }

func (l AgencyDigestLetter) lines() (out []Line) {
	for _, line := range l.Lines {
		out = append(out, line.Line)
	}
	return out
}

// InMail are the lines that the mail shows; all of them go along as a workbook where there are more.
func (l AgencyDigestLetter) InMail() []AgencyLine { return l.Lines[:min(len(l.Lines), mostDigested)] }

// Section are the mail's lines that have something in common: "waits", "open", "ended".
func (l AgencyDigestLetter) Section(name string) (out []AgencyLine) {
	for _, line := range l.InMail() {
		if line.section() == name {
			out = append(out, line)
		}
	}
	return out
}

func (l AgencyLine) section() string {
	switch {
	case l.Ended:
		return "ended"
	case len(l.Waits) > 0:
		return "waits"
	}
	return "open"
}

// told are the stages of which an agency hears in its digest. A held entry may be another's in its name, and 受付不可 is told
// only where the clerk says so.
var told = []Stage{StageReturned, StageRegistered, StageConsulting, StageSupported, StagePaused, StageClosed, StageWithdrawn}

// AgencyDigest is what a case has for its intake agency's digest; false: nothing.
func AgencyDigest(c Case, awaited []Awaited, f Facts) (DigestCase, bool) {
	if c.Agency == "" || !slices.Contains(told, c.Stage) {
		return DigestCase{}, false
	}
	d := newDecider(map[int64]Case{c.ID: c}, Input{Kind: MailDigest}, f)
	line := d.agencyLine(d.cases[c.ID], awaited)
	return DigestCase{ID: c.ID, Events: c.Events, Agency: &line}, true
}

func (d *decider) agencyLine(c *Case, awaited []Awaited) AgencyLine {
	p := Party{RoleIntake, c.Agency}
	v := Disclose(*c, p)
	l := AgencyLine{Line: Line{Case: c.ID, Party: p, Sheet: true}, Number: v.Number, Company: v.Company, Stage: v.StageText, Ended: !v.Stage.Open()}
	for _, s := range v.Supports {
		text := s.AgencyName
		if s.Service != "" {
			text += " " + s.Service
		}
		l.Supports = append(l.Supports, text+"（"+s.StateText+"）")
	}
	if n := len(v.History); n > 0 {
		l.Last = v.History[n-1].At
	}
	for _, a := range awaited {
		if a.Party != p || slices.Contains(l.Waits, d.asked(c, c.Support(a.Support), a.Wait, p)) {
			continue
		}
		l.Waits = append(l.Waits, d.asked(c, c.Support(a.Support), a.Wait, p))
		l.Offers = append(l.Offers, d.reminderLine(dueLine{c, DueStep{Case: c.ID, Wait: a.Wait}, reading{party: p}}).Offers...)
	}
	l.Offers = l.Offers[:min(len(l.Offers), mostOffered)]
	if len(l.Offers) == 0 && !l.Ended && !slices.Contains(d.f.Off, CmdStatus) {
		l.Offers = []Offer{{Command: CmdStatus, Label: "案件の状況を見る", Case: c.ID, Number: l.Number, Party: p}}
	}
	return l
}

// monthly writes an intake agency's digest to its window.
func (d *decider) monthly(in *DigestIn) {
	d.out.Digested = in.Key()
	a, ok := d.f.Roster.Agency(in.Reader.Code, d.now)
	if !ok || a.FaxOnly || a.Window.Addr == "" {
		d.end(ResultSilent, FolderStay, "no window gets this digest by mail")
		return
	}
	content := AgencyDigestLetter{Since: in.Since}
	for _, one := range in.Cases {
		if c := d.cases[one.ID]; c != nil {
			if one, ok = AgencyDigest(*c, d.f.Digest.Awaited[c.ID], d.f); !ok || c.Agency != a.Code {
				continue
			}
		}
		if one.Agency != nil && one.Agency.Party.Code == a.Code {
			content.Lines = append(content.Lines, *one.Agency)
		}
	}
	if len(content.Lines) == 0 {
		d.end(ResultSilent, FolderStay, "nothing is in the digest")
		return
	}
	rank := map[string]int{"waits": 0, "open": 1, "ended": 2}
	slices.SortStableFunc(content.Lines, func(a, b AgencyLine) int { return rank[a.section()] - rank[b.section()] })
	l := Letter{Party: Party{RoleIntake, a.Code}, To: []Address{a.Window}, TextOnly: a.TextOnly, Charset: a.Charset}
	v := d.view(nil, l.Party, a.Window)
	v.Offers = nil
	if len(content.Lines) > mostDigested {
		l.Attach = []Attachment{{Kind: AttachList, Name: "ご紹介企業の状況.xlsx"}}
	}
	l.Content = withView(content, v)
	d.queue(nil, l)
	d.end(ResultDone, FolderStay, fmt.Sprintf("a digest of %d companies", len(content.Lines)))
}
