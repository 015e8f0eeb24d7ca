package casework

import (
	"fmt"
	"slices"
	"time"
)

// Reminders, process.md "The clock". The table of what is waited for, and how long, is package clock's; here stand who is
// reminded, what the letter says, and that it was sent.

// Whom is whom a step of the table speaks to.
type Whom string

// The readers of a reminder.
const (
	WhomParty     Whom = "party" // who is waited for
	WhomIntake    Whom = "intake"
	WhomConcierge Whom = "concierge"
	WhomClerk     Whom = "clerk"
)

// Party is whom a step speaks to in a case: awaited is who is waited for.
func (w Whom) Party(c Case, awaited Party) Party {
	switch w {
	case WhomIntake:
		return Party{RoleIntake, c.Agency}
	case WhomConcierge:
		return Party{RoleConcierge, c.Concierge}
	case WhomClerk:
		return Party{Role: RoleClerk}
	}
	return awaited
}

// DueStep is a step of the table that is due now.
type DueStep struct {
	Case int64
	Wait Wait
	Step int // from 1
	Whom []Whom
	On   time.Time // the business day on which it fell due
}

// RemindIn asks for the reminders of one reader: one mail for all the cases.
type RemindIn struct {
	Reader Reader
	Cases  []int64
	Unread []Unread
	Locked []LockedMail // instead of cases: mails of this reader whose files wait for their password
}

// Reader is who gets a reminder: the office's clerks, a concierge, or somebody of an agency or a company by address.
type Reader struct {
	Role Role   // RoleClerk, RoleConcierge; "" for everybody else
	Code string // of the concierge who acts: one who stands in for others gets one mail for all
	Addr string // of everybody else
}

// Unread is a mail that nobody has dealt with: it is held, locked, put aside, left to the people, or lies in Junk. Its
// sender may have answered (trust.md S13).
type Unread struct {
	From    string // address
	At      time.Time
	Subject string // of one in Junk
	Junk    bool
}

// Reminded records that somebody was reminded of what is waited for, or that it was told that the answer does not come.
type Reminded struct {
	Wait    WaitKind  `json:"wait"`
	Support string    `json:"support,omitempty"`
	Party   Party     `json:"party"` // who is waited for
	Since   time.Time `json:"since"`
	Step    int       `json:"step"`
	Whom    Whom      `json:"whom"`
}

// ReminderWithdrawn records that a reminder did not leave: a line of its letter was answered while it waited. The clock
// reminds of the others anew, of what is true then.
type ReminderWithdrawn struct {
	Wait    WaitKind `json:"wait"`
	Support string   `json:"support,omitempty"`
	Role    Role     `json:"role"` // of who is waited for
	Step    int      `json:"step"`
	Whom    Whom     `json:"whom"`
}

func init() {
	payloads["reminded"] = func() Payload { return new(Reminded) }
	payloads["reminder-withdrawn"] = func() Payload { return new(ReminderWithdrawn) }
}

// Kind and Version of the payload.
func (*ReminderWithdrawn) Kind() EventKind { return "reminder-withdrawn" }
func (*ReminderWithdrawn) Version() int    { return 1 }
func (*ReminderWithdrawn) internal()       {}

func (p *ReminderWithdrawn) line() string {
	return "「" + waitNames[p.Wait] + "」についてのご案内は、お送りする前に事情が変わったため、取りやめました。"
}

func (p *ReminderWithdrawn) apply(c *Case, _ Event) {
	var kept []Reminder
	for _, r := range c.Reminders {
		if r.Kind == p.Wait && r.Support == p.Support && r.Role == p.Role && r.Step == p.Step {
			r.Told = slices.DeleteFunc(slices.Clone(r.Told), func(w Whom) bool { return w == p.Whom })
			switch {
			case len(r.Told) > 0:
			case r.Before == nil:
				continue
			default:
				r = *r.Before
			}
		}
		kept = append(kept, r)
	}
	c.Reminders = kept
}

// Kind and Version of the payload.
func (*Reminded) Kind() EventKind { return "reminded" }
func (*Reminded) Version() int    { return 1 }

func (p *Reminded) apply(c *Case, e Event) {
	r := Reminder{Kind: p.Wait, Support: p.Support, Role: p.Party.Role, Since: p.Since, Step: p.Step, At: e.At}
	var kept []Reminder
	for _, old := range c.Reminders {
		switch {
		case old.Kind != r.Kind || old.Support != r.Support || old.Role != r.Role:
			kept = append(kept, old)
		case old.Step == r.Step && old.Since.Equal(r.Since):
			r.Told, r.Before = slices.Clone(old.Told), old.Before
		case old.Since.Equal(r.Since):
			before := old
			before.Before, r.Before = nil, &before
		}
	}
	if !slices.Contains(r.Told, p.Whom) {
		r.Told = append(r.Told, p.Whom)
	}
	c.Reminders = append(kept, r)
}

func (p *Reminded) line() string {
	what := waitNames[p.Wait]
	if p.Support != "" {
		what += "（" + p.Support + "）"
	}
	return fmt.Sprintf("「%s」について、%sにご案内しました（%d回目）。", what, partyNames[p.Whom.Party(Case{}, p.Party).Role], p.Step)
}

func (*Reminded) internal() {}

// waitNames are what is waited for, as the office's people read it.
var waitNames = map[WaitKind]string{
	WaitDecision: "受付のご判断", WaitCorrection: "エントリーシートのご訂正", WaitTake: "案件の引受", WaitStep: "次のお手続き",
	WaitResume: "休止した案件の再開", WaitInquiry: "ご照会へのお返事", WaitAsk: "了承依頼", WaitConsent: "ご了承のお返事",
	WaitApproval: "お電話でのご了承の承認", WaitRefer: "回付", WaitHost: "受入担当のお知らせ", WaitReport: "面談後のご報告",
	WaitFeedback: "支援状況のご報告", WaitForm: "追加情報フォームのご返送", WaitRecall: "資料の廃棄のご確認",
}

// WaitName is what is waited for in Japanese.
func WaitName(k WaitKind) string { return waitNames[k] }

// readers are who gets a step's letter of a case, and in which party's name: who is waited for, or who is told that
// nothing comes. What is for a company that is reached through its agency goes to the agency; what is for somebody whom
// no roster has any more, to the clerk. Nobody, while a mail lies unread that may be the answer; and nobody who is held
// (凍結): the letters would wait, and all leave together.
func (d *decider) readers(c *Case, s DueStep) []reading {
	if d.perhapsAnswered(c, s.Wait, s.Wait.Party) {
		return nil
	}
	var out []reading
	for _, whom := range s.Whom {
		r := d.readingOf(c, s.Wait, whom.Party(*c, s.Wait.Party))
		if r.whom = whom; !d.f.Roster.Frozen(r.to.Addr, r.party.Code, d.now) && (!r.via || !d.perhapsAnswered(c, s.Wait, r.party)) {
			out = append(out, r)
		}
	}
	return out
}

// perhapsAnswered tells whether somebody of a party has sent a mail that nobody has read since a thing is waited for. The
// office's own people read that mailbox themselves.
func (d *decider) perhapsAnswered(c *Case, w Wait, p Party) bool {
	if inside(p) {
		return false
	}
	return slices.ContainsFunc(d.in.unread(), func(u Unread) bool {
		if u.At.Before(w.Since) {
			return false
		}
		if p.Role == RoleCompany {
			return c.FromCompany(Address{Addr: u.From}) || SameAddr(Address{Addr: u.From}, Address{Addr: c.Entry.Company.Email})
		}
		return p.Code != "" && d.f.Roster.Sender(Address{Addr: u.From}, d.now).Agency == p.Code
	})
}

// unread are the mails that nobody has dealt with, where the clock asks.
func (in Input) unread() []Unread {
	switch {
	case in.Remind != nil:
		return in.Remind.Unread
	case in.Digest != nil:
		return in.Digest.Unread
	}
	return nil
}

// reading is one reader of a step, in a party's name.
type reading struct {
	reader Reader
	party  Party
	whom   Whom
	via    bool // the party is the intake agency, which passes it on to the company
	to     Address
}

func (d *decider) readingOf(c *Case, w Wait, p Party) reading {
	clerk := reading{reader: Reader{Role: RoleClerk}, party: Party{Role: RoleClerk}}
	switch p.Role {
	case RoleConcierge:
		if k, ok := d.f.Roster.Concierge(p.Code, d.now); ok {
			acting := d.acting(k)
			return reading{reader: Reader{Role: RoleConcierge, Code: acting.Code}, party: p, to: Address{Name: acting.Name, Addr: acting.Mail}}
		}
	case RoleCompany:
		if to := d.companyAddress(c); to.Addr != "" {
			return reading{reader: Reader{Addr: lowerASCII(to.Addr)}, party: p, to: to}
		}
		r := d.readingOf(c, w, Party{RoleIntake, c.Agency})
		r.via = r.party.Role == RoleIntake
		return r
	case RoleIntake, RoleProvider:
		a, ok := d.f.Roster.Agency(p.Code, d.now)
		if !ok || a.FaxOnly { // people call, or send a fax
			return clerk
		}
		to := d.agencyAddress(c, a)
		if p.Role == RoleProvider {
			to = d.providerAddress(a, c.Support(w.Support))
		}
		return reading{reader: Reader{Addr: lowerASCII(to.Addr)}, party: p, to: to}
	}
	return clerk
}

// Recipient is who gets a step's letter: the reader, in which party's name, and where.
type Recipient struct {
	Reader
	Party Party
	Whom  Whom
	To    Address // the zero Address for the clerks
	Via   bool    // the party is the intake agency, which asks the company
}

// Recipients lists who would be reminded of a step of a case, for the shell to make one mail of all cases, and for
// `uketsuke due`.
func Recipients(c Case, s DueStep, unread []Unread, f Facts) (out []Recipient) {
	d := newDecider(map[int64]Case{c.ID: c}, Input{Kind: MailReminder, Remind: &RemindIn{Unread: unread}}, f)
	for _, r := range d.readers(d.cases[c.ID], s) {
		out = append(out, Recipient{Reader: r.reader, Party: r.party, Whom: r.whom, To: r.to, Via: r.via})
	}
	return out
}

// Asks is the kind of letter whose answer a plain reply to this one would be: a reminder of one thing that its reader is
// to answer repeats the letter that asked first.
func (d Departure) Asks() LetterKind {
	if d.Kind == LetterReminder && len(d.Lines) == 1 && d.Lines[0].Awaited == d.Lines[0].Party.Role {
		if k, ok := asking[d.Lines[0].Wait]; ok {
			return k
		}
	}
	return d.Kind
}
