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
}

// Reader is who gets a reminder: the office's clerks, a concierge, or somebody of an agency or a company by address.
type Reader struct {
	Role Role   // RoleClerk, RoleConcierge; "" for everybody else
	Code string // of the concierge
	Addr string // of everybody else; also of people who get the letters of a fax-only agency to pass on
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

func init() {
	payloads["reminded"] = func() Payload { return new(Reminded) }
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
			r.Told = slices.Clone(old.Told)
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
	role := p.Party.Role
	switch p.Whom {
	case WhomIntake:
		role = RoleIntake
	case WhomConcierge:
		role = RoleConcierge
	case WhomClerk:
		role = RoleClerk
	}
	return fmt.Sprintf("「%s」について、%sにご案内しました（%d回目）。", what, partyNames[role], p.Step)
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
// no roster has any more, to the clerk.
func (d *decider) readers(c *Case, s DueStep) []reading {
	var out []reading
	for _, whom := range s.Whom {
		p := s.Wait.Party
		switch whom {
		case WhomIntake:
			p = Party{RoleIntake, c.Agency}
		case WhomConcierge:
			p = Party{RoleConcierge, c.Concierge}
		case WhomClerk:
			p = Party{Role: RoleClerk}
		}
		r := d.readingOf(c, s.Wait, p)
		r.whom = whom
		out = append(out, r)
	}
	return out
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
		if _, ok := d.f.Roster.Concierge(p.Code, d.now); ok {
			return reading{reader: Reader{Role: RoleConcierge, Code: p.Code}, party: p}
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

// Readers lists who would be reminded of the steps of one case, for the shell to make one mail of all cases.
func Readers(c Case, steps []DueStep, f Facts) []Reader {
	d := newDecider(map[int64]Case{c.ID: c}, Input{Kind: MailReminder}, f)
	var out []Reader
	for _, s := range steps {
		for _, r := range d.readers(d.cases[c.ID], s) {
			if !slices.Contains(out, r.reader) {
				out = append(out, r.reader)
			}
		}
	}
	return out
}

// repeats are the letters whose question a reminder asks once more.
var repeats = map[WaitKind]LetterKind{WaitInquiry: LetterInquiry, WaitConsent: LetterConsent, WaitForm: LetterForm, WaitRecall: LetterRecall, WaitFeedback: LetterFeedbackAsk}

// Asks is the kind of letter whose answer a plain reply to this one would be: a reminder of one thing that its reader is
// to answer repeats the letter that asked first.
func (d Departure) Asks() LetterKind {
	if d.Kind == LetterReminder && len(d.Lines) == 1 && d.Lines[0].Awaited == d.Lines[0].Party.Role {
		if k, ok := repeats[d.Lines[0].Wait]; ok {
			return k
		}
	}
	return d.Kind
}
