package casework

import (
	"slices"
	"time"
)

// Stage is where a case stands, process.md "States".
type Stage string

// The stages of a case.
const (
	StageReceived    Stage = "received"    // 受付
	StageReturned    Stage = "returned"    // 差戻し中
	StageHeld        Stage = "held"        // 保留
	StageRegistered  Stage = "registered"  // 登録（引受待ち）
	StageConsulting  Stage = "consulting"  // 相談中
	StageSupported   Stage = "supported"   // 支援中
	StageClosed      Stage = "closed"      // 終了
	StagePaused      Stage = "paused"      // 休止
	StageWithdrawn   Stage = "withdrawn"   // 取下げ
	StageRejected    Stage = "rejected"    // 受付不可
	StageTransferred Stage = "transferred" // 移管
	StageMerged      Stage = "merged"      // 統合
	StageVoid        Stage = "void"        // 無効
)

var stageNames = map[Stage]string{
	StageReceived: "受付", StageReturned: "差戻し中", StageHeld: "保留", StageRegistered: "登録（引受待ち）",
	StageConsulting: "相談中", StageSupported: "支援中", StageClosed: "終了", StagePaused: "休止",
	StageWithdrawn: "取下げ", StageRejected: "受付不可", StageTransferred: "移管", StageMerged: "統合", StageVoid: "無効",
}

// Stages lists every stage in the order of a case's life, for tables over all of them.
var Stages = []Stage{StageReceived, StageReturned, StageHeld, StageRegistered, StageConsulting, StageSupported,
	StagePaused, StageClosed, StageWithdrawn, StageRejected, StageTransferred, StageMerged, StageVoid}

// Japanese is the stage's name in letters.
func (s Stage) Japanese() string { return stageNames[s] }

// Open tells whether anything may still be expected of the case.
func (s Stage) Open() bool {
	switch s {
	case StageClosed, StageWithdrawn, StageRejected, StageTransferred, StageMerged, StageVoid:
		return false
	}
	return true
}

// Case is one entry sheet's way through the consortium: the fold of its events. A case has one intake agency
// (紹介元), one company, one concierge at a time, and a sheet in one or more versions; a receipt number from the
// first moment, a registration and a member number once registered, for ever.
type Case struct {
	ID           int64
	Receipt      string
	Registration string
	Member       string
	NewMember    bool
	Stage        Stage
	PausedFrom   Stage  // the stage that 再開 returns to
	PausedUntil  string // YYYY-MM-DD
	Channel      Channel
	Agency       string // roster code of the intake agency, "" until known
	AgencyName   string // as rostered at registration
	Submitter    Address
	Persons      []string // addresses of the intake agency that brought a sheet of this case
	MessageID    string   // of the mail that brought the newest sheet
	Sheet        SheetFile
	Entry        Entry
	Problems     []Problem
	Version      int // 1 with registration, one more with each 訂正
	Versions     []Version
	Returned     []ReturnedSheet
	Concierge    string // roster code
	ConciergeWhy string
	Taken        bool
	Unverified   bool
	Hold         EntryHeld
	OtherOpen    []string
	Reach        Reach
	Supports     []Support
	Meetings     []Meeting
	Form         FormState
	QuietUntil   string // YYYY-MM-DD, 催促停止
	MergedFrom   Stage
	MergedInto   string
	ClosedAt     time.Time
	Transfer     Transfer // to another office (移管)
	Origin       Origin   // the office that it was taken over from
	VoidReason   string
	ReceivedAt   time.Time
	RegisteredAt time.Time
	UpdatedAt    time.Time
	History      []HistoryLine
	Events       int
	CloseWarned  bool       // 案件終了 was refused for open supports, and nothing has happened to them since
	StageAt      time.Time  // when it came into its stage
	AssignedAt   time.Time  // when it came to its concierge
	MovedAt      time.Time  // when somebody did something last: mails that were only kept, and reminders, do not count
	ResumedAt    time.Time  // when the last pause ended
	Reminders    []Reminder // that were sent, of what may still be waited for

	Last *LastCommand // what 直前取消 goes back to; nil when nothing was commanded yet
}

// LastCommand is the case before its last command whose letters wait before they leave.
type LastCommand struct {
	Command string
	At      time.Time
	By      Actor
	Event   int     // ordinal of its CommandBegan among the case's events: the letters carry it
	Before  Case    // its own Last is the command before, while that is of the same day
	Since   []Event // what happened besides: 直前取消 lets it stand
}

// FormState is where the additional-information form (追加情報フォーム) is.
type FormState struct {
	To       Role
	At       time.Time
	Returned bool
}

// Version is one state of the sheet after registration.
type Version struct {
	Number int
	Sheet  SheetFile
	Entry  Entry
	At     time.Time
}

// ReturnedSheet is one that was sent back, or replaced, before it was a version.
type ReturnedSheet struct {
	Entry  Entry
	Faulty []string // its fields with errors
}

// sentBack keeps what a sheet has told that is in no version.
func (c *Case) sentBack(e Entry, ps []Problem) {
	r := ReturnedSheet{Entry: e}
	for _, p := range Errors(ps) {
		r.Faulty = append(r.Faulty, p.Field)
	}
	c.Returned = append(slices.Clip(c.Returned), r)
}

// entries are all sheets that the case has had, the one in force first.
func (c *Case) entries() []Entry {
	out := []Entry{c.Entry}
	for _, v := range c.Versions {
		out = append(out, v.Entry)
	}
	for _, r := range c.Returned {
		out = append(out, r.Entry)
	}
	return out
}

// HistoryLine is one line of the timeline.
type HistoryLine struct {
	At       time.Time
	Kind     EventKind
	Text     string // Japanese
	Outside  string // the text for readers outside the office; "" is Text
	Actor    Actor
	Internal bool     // for the office and the case's concierges only
	Support  string   // the support that it is about, "" none
	For      Audience // who sees the line of a support besides office and concierge
}

// Apply changes the case by one event. Erased payloads are skipped; the order is the log's.
func (c *Case) Apply(e Event) {
	c.ID = e.Case
	c.Events++
	if e.At.After(c.UpdatedAt) {
		c.UpdatedAt = e.At
	}
	if e.Payload == nil {
		return
	}
	stage := c.Stage
	c.happen(e)
	c.dates(stage, e)
	if text := e.Payload.line(); text != "" {
		_, internal := e.Payload.(interface{ internal() })
		h := HistoryLine{At: e.At, Kind: e.Payload.Kind(), Text: text, Actor: e.Actor, Internal: internal}
		if p, ok := e.Payload.(interface{ outside() string }); ok {
			h.Outside = p.outside()
		}
		c.aboutSupport(&h, e.Payload)
		c.History = append(c.History, h)
	}
}

// dates notes since when the case is where an event has brought it, for what is waited for.
func (c *Case) dates(stage Stage, e Event) {
	if _, undone := e.Payload.(*CommandUndone); undone {
		return // it has gone back to what stood before
	}
	if c.Stage != stage {
		c.StageAt = e.At
	}
	switch e.Payload.(type) {
	case *MessageKept, *LetterLost, *Reminded, *ReminderWithdrawn, *DraftWasDeleted, *DraftWasWithdrawn:
		return
	case *CaseRegistered, *ConciergeChanged:
		c.AssignedAt = e.At
	case *CaseResumed:
		c.ResumedAt = e.At
	}
	c.MovedAt = e.At
}

// happen lets an event change the case, and keeps what happens besides the last command, for 直前取消.
func (c *Case) happen(e Event) {
	e.Payload.apply(c, e)
	switch e.Payload.(type) {
	case *CommandBegan, *CommandUndone:
		return
	}
	if c.Last == nil || e.At.Equal(c.Last.At) && e.Actor.Mail == c.Last.By.Mail && !apart(e.Payload) {
		return
	}
	last := *c.Last // cases are copied by value: what Last points to is never written in place
	last.Since = append(slices.Clip(last.Since), e)
	c.Last = &last
}

// apart tells what is a command of its own, also as a line of まとめて behind one that is taken back.
func apart(p Payload) bool {
	switch p.(type) {
	case *ReachSet, *ReachConfirmed, *VersionAdded, *ConsentApproved:
		return true
	}
	return false
}

// Fold makes the case from its events.
func Fold(events []Event) Case {
	var c Case
	for _, e := range events {
		c.Apply(e)
	}
	return c
}

// addPerson makes somebody of the intake agency a person of the case. The slice is never written in place: cases are
// copied by value.
func (c *Case) addPerson(addr string) {
	if addr != "" && !slices.Contains(c.Persons, addr) {
		c.Persons = append(slices.Clip(c.Persons), addr)
	}
}

// Number is the registration number, or the receipt number before there is one.
func (c *Case) Number() string {
	if c.Registration != "" {
		return c.Registration
	}
	return c.Receipt
}

// Registered tells whether the case ever got a registration number.
func (c *Case) Registered() bool { return c.Registration != "" }
