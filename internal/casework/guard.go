package casework

import (
	"fmt"
	"slices"
	"time"
)

// Departure is a letter on its way out, as the guard sees it: no content, only who and what kind.
type Departure struct {
	Kind      LetterKind
	Party     Party
	To        []string // envelope addresses
	Version   int
	Sheet     bool   // carries the sheet, a marked copy, a certificate or values of the sheet
	Submitter bool   // goes to the very address that brought the sheet
	Support   string `json:",omitempty"` // that it is about
	For       Role   `json:",omitempty"` // whom it speaks to, where that is not its reader
	Sequence  int    `json:",omitempty"` // of the meeting
	Relay     Party  `json:",omitzero"`  // whom a plain reply to it goes back to
	Reader    Party  `json:",omitzero"`  // whom the clerk prints it for, where its party is the clerk
	Lines     []Line `json:",omitempty"` // of a reminder or a digest: what is waited for, in which cases
}

// Line is what one line of a reminder is about.
type Line struct {
	Case    int64
	Party   Party // in whose name its reader reads it
	Sheet   bool  `json:",omitempty"` // it names the company
	Version int   `json:",omitempty"` // of the sheet that it does so from
	Wait    WaitKind
	Support string `json:",omitempty"`
	Awaited Role   // who is waited for
	Step    int    `json:",omitempty"` // of the table
	Whom    Whom   `json:",omitempty"` // whom that step speaks to
}

// Light tells whether the guard asks no more of a case than its row tells.
func (d Departure) Light() bool { return d.Kind.Digest() }

// Parts are what the guard has to be asked about before a letter leaves: its own case, or that of each of its lines.
func (d Departure) Parts(caseID int64) map[int64][]Departure {
	if len(d.Lines) == 0 {
		return map[int64][]Departure{caseID: {d}}
	}
	out := map[int64][]Departure{}
	for _, l := range d.Lines {
		one := d
		one.Lines, one.Party, one.Sheet, one.Version, one.Support = []Line{l}, l.Party, l.Sheet, l.Version, l.Support
		out[l.Case] = append(out[l.Case], one)
	}
	return out
}

// Guard is the reason why a letter may not leave: Japanese, for the office's people, and without personal data, since
// it is also logged.
type Guard struct {
	Reason string
	Wait   bool // not now: the letter is neither dropped nor withdrawn (凍結)
}

func (g *Guard) Error() string { return g.Reason }

// MayLeave is the guard: asked when a letter is queued and again in the transaction of each attempt to send it
// (trust.md S3). nil means that it may. c is the case as it stands now, the zero Case for a letter about none.
//
// What may leave, but goes to somebody who is held (凍結), waits: the error is then a *Guard with Wait.
func MayLeave(c Case, d Departure, r Roster, now time.Time) error {
	if err := allowed(c, d, r, now); err != nil {
		return err
	}
	if waitsForThaw(d, r, now) {
		return &Guard{Reason: HeldReason, Wait: true}
	}
	return nil
}

// waitsForThaw tells whether a letter goes to somebody who is held, or is printed for them.
func waitsForThaw(d Departure, r Roster, now time.Time) bool {
	return r.Frozen("", d.Reader.Code, now) || slices.ContainsFunc(d.To, func(to string) bool { return r.Frozen(to, "", now) })
}

// allowed is MayLeave without 凍結.
func allowed(c Case, d Departure, r Roster, now time.Time) error {
	if len(d.To) == 0 {
		return &Guard{Reason: "宛先がありません"}
	}
	if d.Kind == LetterRejected {
		return mayTellRejected(c, d)
	}
	if err := partyRostered(c, d, r, now); err != nil {
		return err
	}
	if c.ID == 0 {
		if d.Sheet {
			return &Guard{Reason: "案件に結びつかないメールに、シートの内容が含まれています"}
		}
		return nil
	}
	switch d.Kind {
	case LetterRegistered, LetterCertificate:
		if c.Stage == StageVoid || !c.Registered() {
			return &Guard{Reason: fmt.Sprintf("案件 %s は登録されていないか、無効となっています", c.Number())}
		}
	case LetterReturned, LetterHeld:
		if !c.Stage.Open() {
			return &Guard{Reason: fmt.Sprintf("案件 %s は「%s」となっています", c.Number(), c.Stage.Japanese())}
		}
	}
	reader := d.Party
	if d.Reader.Role != "" {
		reader = d.Reader
	}
	if reader.Role == RoleProvider && c.SupportOf(reader.Code).ID == "" {
		return &Guard{Reason: fmt.Sprintf("支援機関 %s は、案件 %s に関わっていません", reader.Code, c.Number())}
	}
	if d.Sheet && !maySeeVersion(c, reader, d.Version) {
		return &Guard{Reason: fmt.Sprintf("案件 %s のシートの内容は、この宛先（%s %s）にはお伝えできません", c.Number(), reader.Role, reader.Code)}
	}
	return stillDue(c, d, now)
}

// stillDue tells whether a letter of a support is still wanted as the case stands now: nothing leaves for a consent that
// was withdrawn, a version that was replaced, a meeting that was moved, or a case that rests.
func stillDue(c Case, d Departure, now time.Time) error {
	s := c.Support(d.Support)
	over := func(reason string) error {
		return &Guard{Reason: fmt.Sprintf("案件 %s %s：%s", c.Number(), d.Support, reason)}
	}
	switch d.Kind {
	case LetterInquiry, LetterConsent, LetterReferral, LetterProposal, LetterForm:
		if !slices.Contains(active, c.Stage) {
			return over("現在「" + c.Stage.Japanese() + "」となっています")
		}
	}
	switch d.Kind {
	case LetterReminder:
		if len(d.Lines) != 1 || !c.waitsFor(d.Lines[0].Wait, d.Support, d.Lines[0].Awaited, now) {
			return over("お待ちしていたお返事は、すでに要らなくなっています")
		}
	case LetterFeedbackAsk:
		if !c.waitsFor(WaitFeedback, d.Support, RoleProvider, now) {
			return over("ご報告は、すでに届いているか、要らなくなっています")
		}
	case LetterInquiry:
		if s.ID == "" || s.Answer != "" || s.Passed || s.Sent() {
			return over("照会はすでに済んでいます")
		}
	case LetterConsent:
		if k := s.consent(d.For); k.Answer != "" || k.Version != c.Version || s.Passed || s.Answer != AnswerAvailable {
			return over("ご了承のお願いは、すでに不要となっています")
		}
	case LetterReferred, LetterHost:
		if !s.Sent() || !s.Cleared(s.Referral.Version) {
			return over("支援機関への回付が取りやめられています")
		}
	case LetterProposal:
		if s.ID == "" || !s.FinishedAt.IsZero() {
			return over("支援はすでに終了しています")
		}
	case LetterReferral:
		if !s.Cleared(c.Version) || d.Version != c.Version || s.Referral.Version != d.Version || s.Referral.Way != WayMail {
			return over("回付に必要なご了承が揃っていません")
		}
	case LetterPassword:
		if !s.Sent() || !s.Cleared(s.Referral.Version) {
			return over("資料の回付が取りやめられています")
		}
	case LetterTransfer:
		if !moved(&c) || c.Transfer.Office != d.Party.Code || c.Transfer.Receipt != "" {
			return over("移管が取り消されているか、すでに受け付けられています")
		}
	case LetterTransferred:
		if !moved(&c) {
			return over("移管が取り消されています")
		}
	case LetterMeeting:
		key := d.Support
		if key == "" {
			key = firstMeeting
		}
		if m, ok := c.Meeting(key); !ok || m.Sequence != d.Sequence {
			return over("面談のご案内は、その後に変更されています")
		}
	}
	return nil
}

// mayTellRejected: 受付不可 通知 is the one letter to an address that no roster has. It goes to the very address that
// brought the sheet, only once the clerk has decided so, and carries nothing of the sheet.
func mayTellRejected(c Case, d Departure) error {
	switch {
	case d.Sheet:
		return &Guard{Reason: "受付結果のお知らせに、シートの内容が含まれています"}
	case c.ID == 0 || c.Stage != StageRejected:
		return &Guard{Reason: fmt.Sprintf("案件 %s は受付不可となっていません", c.Number())}
	case len(d.To) != 1 || !SameAddr(Address{Addr: d.To[0]}, c.Submitter):
		return &Guard{Reason: fmt.Sprintf("案件 %s を送られた方とは別の宛先です", c.Number())}
	}
	return nil
}

// partyRostered asks today's roster again: authority ends with the roster entry, and each address of the letter must
// be that party's today. A party that is of no roster gets nothing.
func partyRostered(c Case, d Departure, r Roster, now time.Time) error {
	var belongs func(Sender) bool
	switch d.Party.Role {
	case RoleCompany:
		if to := c.companyAddress(); len(d.To) != 1 || !SameAddr(Address{Addr: d.To[0]}, to) || r.Sender(to, now).Known() {
			return &Guard{Reason: fmt.Sprintf("案件 %s の企業には、現在このアドレスへ直接ご連絡することになっていません", c.Number())}
		}
		return nil
	case RoleIntake, RoleProvider:
		if _, ok := r.Agency(d.Party.Code, now); !ok {
			return &Guard{Reason: fmt.Sprintf("支援機関 %s は、名簿での登録期間が終了しています", d.Party.Code)}
		}
		belongs = func(s Sender) bool { return s.Agency == d.Party.Code }
	case RoleConcierge:
		if _, ok := r.Concierge(d.Party.Code, now); !ok {
			return &Guard{Reason: fmt.Sprintf("コンシェルジュ %s は、名簿での登録期間が終了しています", d.Party.Code)}
		}
		belongs = func(s Sender) bool { return s.Concierge == d.Party.Code || standsIn(s, d.Party.Code, r, now) }
	case RoleClerk:
		belongs = func(s Sender) bool { return s.Clerk || d.Kind == LetterDigestOffice && s.Concierge != "" }
	case RoleOffice:
		o, ok := officeOf(r.Offices(now), d.Party.Code)
		if !ok || len(d.To) != 1 || !SameAddr(Address{Addr: d.To[0]}, Address{Addr: o.Mailbox}) {
			return &Guard{Reason: fmt.Sprintf("宛先が、現在登録されている事務所 %s のメールボックスではありません", d.Party.Code)}
		}
		return nil
	default:
		return &Guard{Reason: "宛先が名簿にありません"}
	}
	for _, to := range d.To {
		if !belongs(r.Sender(Address{Addr: to}, now)) {
			return &Guard{Reason: fmt.Sprintf("宛先が、現在の名簿では %s %s のものではありません", d.Party.Role, d.Party.Code)}
		}
	}
	return nil
}
