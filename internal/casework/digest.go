package casework

import (
	"slices"
	"strings"
	"time"
)

// Digests, process.md "The clock": what a reader sees at a glance of all cases. They show, and send nothing by themselves.

// The digests, by whom they are for.
const (
	LetterDigestConcierge LetterKind = "digest-concierge"
	LetterDigestClerk     LetterKind = "digest-clerk"
	LetterDigestOffice    LetterKind = "digest-office"
	LetterDigestAgency    LetterKind = "digest-agency"
)

// Digest tells whether a kind is a digest's.
func (k LetterKind) Digest() bool { return strings.HasPrefix(string(k), "digest-") }

// Awaited is a wait of a case as the clock's table has it.
type Awaited struct {
	Wait
	Late []Whom   // whose step of the table has come: sent, or due now
	Due  *DueStep // the step that is due now, nil none
}

// OnlyAsked leaves of what is due that of which somebody has been asked, as Asked does.
func OnlyAsked(list []Awaited, unsent []Unsent) []Awaited {
	for i, a := range list {
		if a.Due != nil && len(Asked([]DueStep{*a.Due}, unsent)) == 0 {
			list[i].Due, list[i].Late = nil, a.Late[:len(a.Late)-len(a.Due.Whom)]
		}
	}
	return list
}

// CaseHead is a case's row: what the guard asks of a line in a digest, and by Events whether the case is still as it was.
type CaseHead struct {
	ID                          int64
	Events                      int
	Stage                       Stage
	Receipt, Registration       string
	Agency, Concierge           string
	Received, Registered, Moved time.Time
}

// Case is as much of the case as its row tells.
func (h CaseHead) Case() Case {
	return Case{ID: h.ID, Events: h.Events, Stage: h.Stage, Receipt: h.Receipt, Registration: h.Registration, Agency: h.Agency, Concierge: h.Concierge,
		ReceivedAt: h.Received, RegisteredAt: h.Registered}
}

// DigestLine is one thing that a case waits for, as the reader of a digest knows it.
type DigestLine struct {
	ReminderLine
	Late bool // past its step of the table
	New  bool // since the digest before
	Due  bool // its step is due today
	Mine bool // it is the reader's to do
	Days int  // calendar days since
	Here bool // a mail of whoever is waited for has not been dealt with: it may be the answer
}

// DigestCase is what a walk over the cases found of one, for one reader. It is made anew where the case has changed since.
type DigestCase struct {
	ID     int64
	Events int
	Due    bool // a step is due for this reader: the case is loaded, and the step recorded
	Lines  []DigestLine
	Said   []DigestSaid
	Agency *AgencyLine // in an agency's digest
}

// DigestIn asks for the digest of one reader.
type DigestIn struct {
	Kind   LetterKind
	Reader Reader    // the clerks, a concierge, or the window of the agency Reader.Code
	Since  time.Time // the digest before; zero: there was none
	Cases  []DigestCase
	Desk   Desk
	Flow   *Flow     // of the office's
	To     []Address // of the office's; none: all clerks
	Force  bool      // also when nothing is in it: a preview
	Steps  bool      // no letter: only the steps that are due, of a digest that is written
	Unread []Unread  // nobody is told of a silence that one of them may end
}

// Key names the digest's reader in the database.
func (in DigestIn) Key() string {
	return strings.Trim(string(in.Kind)+"/"+in.Reader.Code, "/")
}

// Desk is what lies on the clerk's desk besides cases, since the digest before where it has no end of its own.
type Desk struct {
	Locked      []LockedNote
	Aside       []MailNote // put aside for a person
	Other       []MailNote // no rule claims them: in the inbox
	Questions   []MailNote // mails of a case that could not be passed on: in the inbox
	Undelivered []LetterNote
	Junk        []MailNote // of people of the roster, in the folder of unwanted mail; they are not obeyed
	Spam        int        // what else has come there
	Braked      int        // letters that wait because of a brake
	Drafted     int        // letters that wait in Drafts
	Vanished    int        // mails that were gone before they could be read
	Loads       []DigestLoad
}

// news counts what is new on the desk.
func (d Desk) news(since time.Time) int {
	n := len(d.Aside) + len(d.Other) + len(d.Questions) + len(d.Junk) + len(d.Undelivered) + d.Vanished
	for _, l := range d.Locked {
		if l.Since.After(since) {
			n++
		}
	}
	return n
}

// JunkSince puts on the desk what has come into the folder of unwanted mail since a time: mails of people of the roster by
// name, the others by their number.
func (d *Desk) JunkSince(since time.Time, mails []Unread, r Roster, now time.Time) {
	for _, m := range mails {
		from := Address{Addr: m.From}
		switch {
		case !m.Junk || !m.At.After(since):
		case r.Sender(from, now).Known():
			d.Junk = append(d.Junk, MailNote{From: from, Subject: m.Subject, At: m.At})
		default:
			d.Spam++
		}
	}
}

// LockedNote is a mail whose files wait for their password.
type LockedNote struct {
	From  string
	Files []string
	Since time.Time
}

// MailNote is a mail that people have to look at.
type MailNote struct {
	From    Address
	Subject string
	At      time.Time
	Number  string // of its case, "" none
	Raw     string // hex SHA-256 of its bytes, for the shell to read the two
}

// LetterNote is a letter that did not arrive, or was not sent.
type LetterNote struct {
	Kind    LetterKind
	Number  string
	To      []string
	State   string // failed, withdrawn, bounced
	At      time.Time
	Subject string
}

// DigestLoad is a concierge's work at a glance.
type DigestLoad struct {
	Concierge        string // name, or code of one who has left
	Open, Late, Days int    // cases, things that are late, median of days in the stage
}

// mostDigested is how many lines a digest shows; all of them go along as a workbook where there are more.
const mostDigested = 60

// MostNotes is how many mails or letters of one sort a digest names.
const MostNotes = 15

// DigestLetter is the digest of a concierge or of the clerks.
type DigestLetter struct {
	View
	Said     []DigestSaid // commands that it answers, the oldest first
	Lines    []DigestLine // late ones, new ones, what is to do, what is waited for; the oldest first
	Desk     Desk         // of the clerks
	StandsIn []string     // absent concierges whose cases are in it
	Since    time.Time
}

// Kind is by whom it is for.
func (l DigestLetter) Kind() LetterKind {
	if l.Party.Role == RoleClerk {
		return LetterDigestClerk
	}
	return LetterDigestConcierge
}

// DigestSection is a part of a digest.
type DigestSection struct {
	Title string
	Lines []DigestLine
	Of    int // how many there are in all
}

// Sections are the lines that the mail shows, by what they are.
func (l DigestLetter) Sections() []DigestSection {
	out := []DigestSection{{Title: "期日を過ぎているもの"}, {Title: "新しく届いたもの"}, {Title: "次に行っていただくこと"}, {Title: "お返事などをお待ちしているもの"}}
	for i, line := range l.Lines {
		s := &out[line.rank()]
		s.Of++
		if i < mostDigested {
			s.Lines = append(s.Lines, line)
		}
	}
	return slices.DeleteFunc(out, func(s DigestSection) bool { return len(s.Lines) == 0 })
}

// Count tells how many lines there are of a sort: 0 late, 1 new, 2 to do, 3 waited for.
func (l DigestLetter) Count(rank int) (n int) {
	for _, line := range l.Lines {
		if line.rank() == rank {
			n++
		}
	}
	return n
}

// Todo counts what is new or to be done.
func (l DigestLetter) Todo() int { return l.Count(1) + l.Count(2) }

// InMail is how many lines the mail shows.
func (l DigestLetter) InMail() int { return min(len(l.Lines), mostDigested) }

func (l DigestLine) rank() int {
	switch {
	case l.Late:
		return 0
	case l.New:
		return 1
	case l.Mine:
		return 2
	}
	return 3
}

// Section names the sort of a line, for the workbook.
func (l DigestLine) Section() string {
	return []string{"期日を過ぎています", "新規", "お手続き", "お返事待ち"}[l.rank()]
}

// sortDigest puts late ones first, and within a sort the oldest.
func sortDigest(lines []DigestLine) {
	slices.SortStableFunc(lines, func(a, b DigestLine) int {
		if n := a.rank() - b.rank(); n != 0 {
			return n
		}
		return a.Since.Compare(b.Since)
	})
}

// Worth tells whether the digest has something in it at now, as far as the walk has seen.
func (in DigestIn) Worth(now time.Time) bool {
	var lines []DigestLine
	said := 0
	for _, c := range in.Cases {
		lines, said = append(lines, c.Lines...), said+len(c.Said)
	}
	return in.worth(lines, said, now)
}

// worth tells whether a digest has something in it for today: something new, something that others have brought to the
// reader to do, a step that is due, or a command to answer. In the first digest of a week whatever is to do or late counts:
// nothing is forgotten, and nobody reads the same long list every day.
func (in DigestIn) worth(lines []DigestLine, said int, now time.Time) bool {
	weekly := weekOf(in.Since) != weekOf(now)
	for _, l := range lines {
		if l.New || l.Due || l.Mine && l.Wait != WaitStep && l.Since.After(in.Since) || weekly && (l.Mine || l.Late) {
			return true
		}
	}
	return said+in.Desk.news(in.Since) > 0 || weekly && len(in.Desk.Locked)+in.Desk.Braked+in.Desk.Drafted > 0
}

func weekOf(t time.Time) [2]int {
	y, w := t.In(JST).ISOWeek()
	return [2]int{y, w}
}

func (l DigestLetter) lines() (out []Line) {
	add := func(one Line) {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	for _, line := range l.Lines {
		add(line.Line)
	}
	for _, s := range l.Said {
		add(s.Line)
	}
	return out
}

// AnswersDigest tells whether a mail is a plain reply to a digest with commands copied from it: lines that name their
// case. It counts as まとめて.
func (in Input) AnswersDigest(letter LetterKind) bool {
	return in.Kind == MailOther && in.Call == nil && letter.Digest() &&
		slices.ContainsFunc(in.Lines, func(l LineIn) bool { return l.Call != nil && l.Tag.Number != "" })
}

// Answerable tells whether a line offers a command.
func (l DigestLetter) Answerable() bool {
	return slices.ContainsFunc(l.Lines[:l.InMail()], func(line DigestLine) bool { return len(line.Offers) > 0 })
}
