package casework

import (
	"fmt"
	"slices"
	"time"
)

// DigestFacts are what the transaction of a digest has loaded: the rows of its cases, and what the clock's table says of
// those that were loaded anew.
type DigestFacts struct {
	Heads   map[int64]CaseHead
	Awaited map[int64][]Awaited
}

// digest writes one reader's digest, with the steps that are due for the reader recorded as reminders are.
func (d *decider) digest() {
	in := d.in.Digest
	if in == nil || d.f.Stopped && !in.Force {
		d.end(ResultSilent, FolderStay, "no digest is written")
		return
	}
	if in.Steps && len(in.Cases) == 0 {
		d.out.Digested = in.Key()
		d.end(ResultDone, FolderStay, "all digests of the kind are written")
		return
	}
	switch in.Kind {
	case LetterDigestConcierge, LetterDigestClerk:
		d.digestOf(in)
	case LetterDigestOffice:
		d.weekly(in)
	case LetterDigestAgency:
		d.monthly(in)
	}
}

// digestOf is the digest of a concierge or of the clerks.
func (d *decider) digestOf(in *DigestIn) {
	var lines []DigestLine
	var said []DigestSaid
	for _, one := range in.Cases {
		if c := d.cases[one.ID]; c != nil {
			found := d.digestCase(c, d.f.Digest.Awaited[c.ID], func(Reader) time.Time { return in.Since })[in.Reader]
			one.Lines, one.Said = found.Lines, found.Said
			d.noteDigested(c, in.Reader)
		}
		lines, said = append(lines, one.Lines...), append(said, one.Said...)
	}
	if in.Steps {
		d.end(ResultDone, FolderStay, fmt.Sprintf("the steps of a digest: %d cases", len(in.Cases)))
		return
	}
	sortDigest(lines)
	slices.SortStableFunc(said, func(a, b DigestSaid) int { return a.At.Compare(b.At) })
	if !in.Force && !in.worth(lines, len(said), d.now) {
		d.end(ResultSilent, FolderStay, "nothing is in the digest")
		return
	}
	l, reader := Letter{Party: Party{Role: in.Reader.Role, Code: in.Reader.Code}}, Address{Name: "事務局ご担当者"}
	if in.Reader.Role == RoleConcierge {
		k, ok := d.f.Roster.Concierge(in.Reader.Code, d.now)
		if !ok {
			d.end(ResultSilent, FolderStay, "the digest's reader has left")
			return
		}
		reader = Address{Name: k.Name, Addr: k.Mail}
		l.To = []Address{reader}
	} else if l.To = d.clerks(); len(l.To) == 0 {
		d.end(ResultSilent, FolderStay, "there is no clerk to read the digest")
		return
	}
	v := d.view(nil, l.Party, reader)
	v.Offers = nil
	content := DigestLetter{Said: said, Lines: lines, Desk: in.Desk, Since: in.Since, StandsIn: d.standsInFor(lines, in.Reader)}
	l.Content = withView(content, v)
	if len(lines) > mostDigested {
		l.Attach = []Attachment{{Kind: AttachList, Name: "本日のご確認.xlsx"}}
	}
	d.queue(nil, l)
	d.out.Digested = in.Key()
	d.end(ResultDone, FolderStay, fmt.Sprintf("a digest of %d lines", len(lines)))
}

// standsInFor names the absent concierges whose cases a deputy reads.
func (d *decider) standsInFor(lines []DigestLine, r Reader) (names []string) {
	for _, l := range lines {
		if l.Party.Role != RoleConcierge || l.Party.Code == r.Code {
			continue
		}
		if k, ok := d.f.Roster.Concierge(l.Party.Code, d.now); ok && !slices.Contains(names, k.Name) {
			names = append(names, k.Name)
		}
	}
	return names
}

// noteDigested records the steps that are due for a reader.
func (d *decider) noteDigested(c *Case, reader Reader) {
	for _, a := range d.f.Digest.Awaited[c.ID] {
		if a.Due == nil {
			continue
		}
		for _, r := range d.readers(c, *a.Due) {
			if r.reader == reader {
				d.noteReminded(dueLine{c, *a.Due, r})
			}
		}
	}
}

// Digests lists what a case has for the digests of concierge and clerks, by reader. since is when each reader's digest
// before was written.
func Digests(c Case, awaited []Awaited, since func(Reader) time.Time, unread []Unread, f Facts) map[Reader]DigestCase {
	d := newDecider(map[int64]Case{c.ID: c}, Input{Kind: MailDigest, Digest: &DigestIn{Unread: unread}}, f)
	return d.digestCase(d.cases[c.ID], awaited, since)
}

// digestCase is what a case has for each reader: all that it waits for for its concierge; for the clerks what is theirs,
// and what the table tells them of.
func (d *decider) digestCase(c *Case, awaited []Awaited, since func(Reader) time.Time) map[Reader]DigestCase {
	out := map[Reader]DigestCase{}
	for reader, said := range d.said(c, since) {
		out[reader] = DigestCase{ID: c.ID, Events: c.Events, Said: said}
	}
	for _, a := range awaited {
		for _, r := range d.digestReadings(c, a) {
			one, ok := out[r.reader]
			if !ok {
				one = DigestCase{ID: c.ID, Events: c.Events}
			}
			line := d.digestLine(c, a, r, since(r.reader))
			one.Due = one.Due || line.Due
			if !slices.ContainsFunc(one.Lines, func(o DigestLine) bool { return o.Line == line.Line && o.What == line.What }) {
				one.Lines = append(one.Lines, line)
			}
			out[r.reader] = one
		}
	}
	return out
}

// digestReadings are the people of the office in whose digest a wait stands.
func (d *decider) digestReadings(c *Case, a Awaited) (out []reading) {
	add := func(r reading) {
		if r.reader.Role != "" && !slices.ContainsFunc(out, func(o reading) bool { return o.reader == r.reader }) {
			out = append(out, r)
		}
	}
	add(d.readingOf(c, a.Wait, a.Party))
	if c.Registered() {
		add(d.readingOf(c, a.Wait, Party{RoleConcierge, c.Concierge}))
	}
	for _, r := range d.readers(c, DueStep{Wait: a.Wait, Whom: a.Late}) { // the clerks also for an agency without mail
		add(r)
	}
	return out
}

// digestLine is one wait as a reader sees it.
func (d *decider) digestLine(c *Case, a Awaited, r reading, since time.Time) DigestLine {
	tells := func(whoms []Whom) bool {
		return slices.ContainsFunc(d.readers(c, DueStep{Wait: a.Wait, Whom: whoms}), func(o reading) bool { return o.reader == r.reader })
	}
	l := DigestLine{ReminderLine: d.reminderLine(dueLine{c, DueStep{Case: c.ID, Wait: a.Wait}, r}), Late: tells(a.Late), Due: a.Due != nil && tells(a.Due.Whom),
		Mine: d.readingOf(c, a.Wait, a.Party).reader == r.reader, Days: daysBetween(a.Since, d.now), Here: d.perhapsAnswered(c, a.Wait, a.Party)}
	switch a.Kind {
	case WaitTake:
		l.New = c.AssignedAt.After(since)
	case WaitDecision:
		l.New = c.StageAt.After(since)
	case WaitConsent:
		word := map[Role]string{RoleIntake: "紹介元", RoleCompany: "企業"}[a.Party.Role]
		l.Offers = slices.DeleteFunc(l.Offers, func(o Offer) bool { return o.Args[0] != word })
	}
	l.Offers = l.Offers[:min(len(l.Offers), mostOffered)]
	return l
}

// mostOffered is how many commands a line of a digest offers.
const mostOffered = 2

// daysBetween counts calendar days in Japan.
func daysBetween(from, until time.Time) int {
	day := func(t time.Time) time.Time {
		y, m, d := t.In(JST).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(day(until).Sub(day(from)).Hours() / 24)
}
