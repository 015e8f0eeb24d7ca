package casework

import (
	"slices"
	"time"
)

// Letters that wait in the mailbox's Drafts folder: a person looks at them and sends them, changed or not, or deletes
// them. What became of a draft is an input of the robot's own ([MailDraft]), or our own mail coming in.

// Drafting says which letters are put into the Drafts folder; the others leave by themselves. The zero Drafting: none.
type Drafting struct {
	Draft     bool         // they wait, but for those of OwnPeople and Live
	OwnPeople bool         // letters to the office's clerks and concierges leave
	Live      []LetterKind // leave
	Wait      []LetterKind // where Draft is false: wait
}

// NeverDrafted are the letters that no configuration puts into the Drafts folder: a password lies in no folder (trust.md
// "What may leave" 5), and word of what a person did with a draft is not to depend on that person.
var NeverDrafted = []LetterKind{LetterPassword, LetterDraftSent}

// Waits tells whether a letter of a kind to a role waits in the Drafts folder.
func (d Drafting) Waits(k LetterKind, to Role) bool {
	switch {
	case slices.Contains(NeverDrafted, k):
		return false
	case !d.Draft:
		return slices.Contains(d.Wait, k)
	case d.OwnPeople && (to == RoleClerk || to == RoleConcierge):
		return false
	}
	return !slices.Contains(d.Live, k)
}

// DraftFate is what became of a draft.
type DraftFate string

// The fates of a draft.
const (
	DraftWaits     DraftFate = ""          // it lies in the folder
	DraftSent      DraftFate = "sent"      // by a person
	DraftCopied    DraftFate = "copied"    // by a person, as a copy to the office tells; blind recipients stand only in the mail of the Sent folder
	DraftDeleted   DraftFate = "deleted"   // by a person
	DraftWithdrawn DraftFate = "withdrawn" // by us: the guard failed, or 直前取消
)

// Draft is a letter that lies, or lay, in the Drafts folder, as the look into the folders wants it.
type Draft struct {
	Letter    int64
	Fate      DraftFate
	MessageID string
	Subject   string
	To        []string
	At        time.Time // when it was put there
	Missing   time.Time // since when no folder has had it; zero: it is there
	Remove    bool      // it was withdrawn, and still has to be taken out of the folder
}

// Drafts are the drafts that are looked for. SentAs has the Message-IDs of mails as which other drafts were sent.
type Drafts struct {
	Open   []Draft
	SentAs map[string]bool
}

// DraftNotes are what a look into the folders found besides.
type DraftNotes struct {
	Missing []int64 // in no folder, for the first time
	Back    []int64 // there again
	Removed []int64 // taken out of the folder, or not there
}

// Empty tells whether there is nothing to note.
func (n DraftNotes) Empty() bool { return len(n.Missing)+len(n.Back)+len(n.Removed) == 0 }

// DraftSeen is what was seen of a draft: as what a person sent it, or that it is gone.
type DraftSeen struct {
	Letter     int64
	Deleted    bool
	MessageID  string
	At         time.Time // the Date field
	Recipients []string  // To, Cc and Bcc
	Words      string    // subject, text and files, as one fingerprint: equal ones say the same
}

// DraftedLetter is the letter of a draft, with its bytes.
type DraftedLetter struct {
	ID        int64
	Case      int64
	Subject   string
	Departure Departure
	Fate      DraftFate
	At        time.Time // when it was put into the folder
	Raw       []byte
	Changed   bool // what was sent says something else, or brings other files; the shell compares
}

// Unsent is a letter that lies in the Drafts folder, and its case; 0 it is about none, or about several.
type Unsent struct {
	Case int64
	Departure
}

// asking are the letters by which somebody is asked for what is waited for; a reminder asks once more.
var asking = map[WaitKind]LetterKind{WaitDecision: LetterHeld, WaitCorrection: LetterReturned, WaitTake: LetterBrief, WaitInquiry: LetterInquiry,
	WaitConsent: LetterConsent, WaitHost: LetterReferral, WaitFeedback: LetterFeedbackAsk, WaitForm: LetterForm, WaitRecall: LetterRecall}

// Asked leaves of due steps those of which somebody has been asked: nobody is reminded of a letter that nobody has sent
// yet, nor a second time while the first reminder lies in the Drafts folder.
func Asked(steps []DueStep, unsent []Unsent) []DueStep {
	return slices.DeleteFunc(steps, func(s DueStep) bool {
		return slices.ContainsFunc(unsent, func(u Unsent) bool { return u.asks(s.Case, s.Wait) })
	})
}

// asks tells whether a letter asks for what a case waits for.
func (u Unsent) asks(id int64, w Wait) bool {
	if u.Kind == LetterReminder {
		return slices.ContainsFunc(u.Lines, func(l Line) bool {
			return l.Case == id && l.Wait == w.Kind && l.Support == w.Support && l.Awaited == w.Party.Role
		})
	}
	return u.Case == id && u.Kind == asking[w.Kind] && (w.Support == "" || u.Support == w.Support) && (w.Kind != WaitConsent || u.For == w.Party.Role)
}

// DraftSettled is what a transaction writes of a draft's fate.
type DraftSettled struct {
	DraftSeen
	Fate    DraftFate
	Changed bool
}

// The payloads of drafts.
type (
	// DraftWasSent is a draft that a person has sent: the letter is on its way from then on.
	DraftWasSent struct {
		Letter       LetterKind `json:"letter"`
		Party        Party      `json:"party"`
		Support      string     `json:"support,omitempty"`
		For          Role       `json:"for,omitempty"`
		SheetVersion int        `json:"version,omitempty"`
		SentAt       time.Time  `json:"sentAt"`
		MessageID    string     `json:"messageId,omitempty"`
		Changed      bool       `json:"changed,omitempty"`
		Added        []string   `json:"added,omitempty"`   // recipients
		Removed      []string   `json:"removed,omitempty"` // recipients
		Late         DraftFate  `json:"late,omitempty"`    // what it was held for before; withdrawn, too, where it was to leave no more
	}
	// DraftWasDeleted is a draft that a person has deleted: the letter was not sent.
	DraftWasDeleted struct {
		Letter LetterKind `json:"letter"`
		Party  Party      `json:"party"`
	}
	// DraftWasWithdrawn is a draft that was taken out of the folder because the guard failed.
	DraftWasWithdrawn struct {
		Letter LetterKind `json:"letter"`
		Party  Party      `json:"party"`
		Reason string     `json:"reason,omitempty"`
	}
)

func init() {
	for kind, fresh := range map[EventKind]func() Payload{
		"draft-sent":      func() Payload { return new(DraftWasSent) },
		"draft-deleted":   func() Payload { return new(DraftWasDeleted) },
		"draft-withdrawn": func() Payload { return new(DraftWasWithdrawn) },
	} {
		payloads[kind] = fresh
	}
}

// Kind and Version of each payload.
func (*DraftWasSent) Kind() EventKind      { return "draft-sent" }
func (*DraftWasSent) Version() int         { return 1 }
func (*DraftWasDeleted) Kind() EventKind   { return "draft-deleted" }
func (*DraftWasDeleted) Version() int      { return 1 }
func (*DraftWasWithdrawn) Kind() EventKind { return "draft-withdrawn" }
func (*DraftWasWithdrawn) Version() int    { return 1 }

func (*DraftWasSent) internal()      {}
func (*DraftWasDeleted) internal()   {}
func (*DraftWasWithdrawn) internal() {}

// apply lets what is waited for begin with the sending: until then nobody has been asked anything.
func (p *DraftWasSent) apply(c *Case, e Event) {
	switch {
	case p.Late == DraftCopied:
		return
	case p.Letter == LetterForm:
		c.Form.At = e.At
	case p.Letter == LetterReturned && c.Stage == StageReturned, p.Letter == LetterHeld && c.Stage == StageHeld:
		c.StageAt = e.At
	case p.Letter == LetterBrief && !c.Taken:
		c.AssignedAt = e.At
	}
	c.changeSupport(p.Support, func(s *Support) {
		switch p.Letter {
		case LetterInquiry:
			s.AskedAt = e.At
		case LetterConsent:
			if k := s.consent(p.For); (p.For == RoleCompany || p.For == RoleIntake) && k.Version == p.SheetVersion {
				k.AskedAt = e.At
			}
		case LetterReferral:
			s.Referral.leave(p, e.At)
		case LetterRecall:
			if !s.Recall.At.IsZero() {
				s.Recall.At = e.At
			}
		}
	})
}

// leave notes that the referral's letter was sent by a person. One that was stopped before has left all the same.
func (r *Referral) leave(p *DraftWasSent, at time.Time) {
	if r.Version != p.SheetVersion || r.Stopped == r.Times {
		var earlier *Referral
		if r.Version > 0 {
			before := *r
			before.Earlier = nil
			earlier = &before
		}
		*r = Referral{Version: p.SheetVersion, Way: WayMail, Times: r.Times + 1, Stopped: r.Stopped, Earlier: earlier}
	}
	r.At, r.Left, r.Perhaps = at, at, r.Perhaps || p.Late == DraftWithdrawn
}

func (*DraftWasDeleted) apply(*Case, Event)   {}
func (*DraftWasWithdrawn) apply(*Case, Event) {}

func (p *DraftWasSent) line() string {
	text := draftName(p.Letter, p.Party) + "が送信されました。"
	switch p.Late {
	case DraftWithdrawn:
		text = "取り下げた" + draftName(p.Letter, p.Party) + "が、すでに送信されておりました。"
	case DraftDeleted:
		text = "削除されたと見ておりました" + draftName(p.Letter, p.Party) + "が送信されました。"
	case DraftCopied:
		text = "送信された" + draftName(p.Letter, p.Party) + "の宛先を確認しました。"
	}
	if p.Changed {
		text += "内容に、下書きと異なる部分があります。"
	}
	for _, to := range p.Added {
		text += "追加された宛先：" + to + "。"
	}
	for _, to := range p.Removed {
		text += "外された宛先：" + to + "。"
	}
	return text
}

func (p *DraftWasDeleted) line() string {
	return draftName(p.Letter, p.Party) + "は、送信されずに削除されました。"
}

func (p *DraftWasWithdrawn) line() string {
	return draftName(p.Letter, p.Party) + "を取り下げました。理由：" + p.Reason
}

// draftName is a draft as the timeline calls it.
func draftName(k LetterKind, p Party) string {
	return "下書きの「" + LetterName(k) + "」（" + partyNames[p.Role] + "宛）"
}
