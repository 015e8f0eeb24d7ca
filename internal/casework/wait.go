package casework

import (
	"slices"
	"time"
)

// WaitKind names what is waited for, process.md "The clock". Log and table hold the names for ever.
type WaitKind string

// What is waited for.
const (
	WaitDecision   WaitKind = "decision"    // a held entry: the clerk's 承認 or 受付不可
	WaitCorrection WaitKind = "correction"  // a returned sheet: the intake agency's correction
	WaitTake       WaitKind = "take"        // a registered case: the concierge's 引受
	WaitStep       WaitKind = "step"        // a taken case of which nothing further is under way: the concierge's next step
	WaitResume     WaitKind = "resume"      // a pause whose day has passed: the concierge's 再開
	WaitInquiry    WaitKind = "inquiry"     // the candidate's answer
	WaitAsk        WaitKind = "ask-consent" // 受入可, consent not asked for: the concierge's 了承依頼
	WaitConsent    WaitKind = "consent"     // the answer of company or intake agency
	WaitApproval   WaitKind = "approval"    // two spoken consents: the clerk's 承認
	WaitRefer      WaitKind = "refer"       // both consents stand: the concierge's 回付
	WaitHost       WaitKind = "host"        // the provider's 受入担当
	WaitReport     WaitKind = "report"      // a meeting has passed: the concierge's 進捗
	WaitFeedback   WaitKind = "feedback"    // the next report of a support under way
	WaitForm       WaitKind = "form"        // the filled additional-information form
	WaitRecall     WaitKind = "recall"      // the provider's word that it has deleted what it got
)

// WaitKinds are all of them, in the order of a case's life.
var WaitKinds = []WaitKind{WaitDecision, WaitCorrection, WaitTake, WaitStep, WaitResume, WaitInquiry, WaitAsk, WaitConsent, WaitApproval,
	WaitRefer, WaitHost, WaitReport, WaitFeedback, WaitForm, WaitRecall}

// Wait is one thing that a case waits for now.
type Wait struct {
	Kind    WaitKind
	Support string // that it is about, "" none
	Party   Party  // who is waited for
	Since   time.Time
	// Due is the day from which a WaitFeedback counts (次回予定, else a month after the last report); zero for the others,
	// which count from Since.
	Due time.Time
}

// Reminder is a reminder that was sent: of what, since when that was waited for, and which step of the table it was.
type Reminder struct {
	Kind    WaitKind
	Support string
	Role    Role
	Since   time.Time
	Step    int // from 1
	Told    []Whom
	At      time.Time
	Before  *Reminder // the step before, should this one be withdrawn; nil none
}

// feedbackEvery is when the next report is asked for where nobody has named a day (guide 3-3).
const feedbackEvery = 30 * 24 * time.Hour

// Waits lists what the case waits for at now. Nothing while it is paused, or while its reminders are (休止, 催促停止).
// A request to delete what was sent is waited for also when the case is over.
func (c *Case) Waits(now time.Time) []Wait {
	today := Day(now)
	if c.QuietUntil >= today {
		return nil
	}
	w := &waiting{c: c, now: now}
	for _, s := range c.Supports {
		if s.Recall.open() {
			w.add(WaitRecall, s.ID, Party{RoleProvider, s.Agency}, s.Recall.At)
		}
	}
	concierge := Party{RoleConcierge, c.Concierge}
	switch c.Stage {
	case StageHeld:
		w.add(WaitDecision, "", Party{Role: RoleClerk}, c.StageAt)
	case StageReturned:
		w.add(WaitCorrection, "", Party{RoleIntake, c.Agency}, c.StageAt)
	case StagePaused:
		if until, err := time.ParseInLocation("2006-01-02", c.PausedUntil, JST); err == nil && c.PausedUntil < today {
			w.add(WaitResume, "", concierge, until)
		}
	case StageRegistered, StageConsulting, StageSupported:
		if !c.Taken { // new, or given to another concierge
			w.add(WaitTake, "", concierge, c.AssignedAt)
		}
		w.underWay()
		if c.Taken && !w.busy {
			w.add(WaitStep, "", concierge, later(c.MovedAt, w.met()))
		}
	}
	return w.list
}

// waiting gathers what a case waits for.
type waiting struct {
	c    *Case
	now  time.Time
	list []Wait
	busy bool // something is under way
}

// add notes a wait. It counts anew from the end of a pause: nobody could act meanwhile.
func (w *waiting) add(kind WaitKind, support string, p Party, since time.Time) {
	if w.c.ResumedAt.After(since) {
		since = w.c.ResumedAt
	}
	w.list = append(w.list, Wait{Kind: kind, Support: support, Party: p, Since: since})
}

// underWay notes what is waited for after the registration.
func (w *waiting) underWay() {
	c := w.c
	for _, s := range c.Supports {
		recalled := s.Sent() && s.Recall.At.After(s.Referral.At)
		if !s.State(c.Version).Over() && !recalled && s.Answer != AnswerUnavailable { // who cannot take the company is asked for nothing more
			w.busy = true
			w.support(s)
		}
	}
	if c.Form.To != "" && !c.Form.Returned {
		w.busy = true
		w.add(WaitForm, "", Party{c.Form.To, codeOf(c, c.Form.To)}, c.Form.At)
	}
	w.busy = w.busy || slices.ContainsFunc(c.Meetings, func(m Meeting) bool { return !m.Cancelled && m.End.After(w.now) })
}

// met is when the last meeting ended that has taken place.
func (w *waiting) met() (at time.Time) {
	for _, m := range w.c.Meetings {
		if !m.Cancelled && !m.End.After(w.now) {
			at = later(at, m.End)
		}
	}
	return at
}

func codeOf(c *Case, role Role) string {
	if role == RoleIntake {
		return c.Agency
	}
	return ""
}

// support notes what is waited for of one that is not over.
func (w *waiting) support(s Support) {
	c := w.c
	provider, concierge := Party{RoleProvider, s.Agency}, Party{RoleConcierge, c.Concierge}
	switch s.State(c.Version) {
	case SupportInquired:
		w.add(WaitInquiry, s.ID, provider, s.AskedAt)
	case SupportAvailable:
		w.add(WaitAsk, s.ID, concierge, s.AnsweredAt)
	case SupportAsked:
		w.consents(s)
	case SupportCleared:
		w.add(WaitRefer, s.ID, concierge, later(later(s.AnsweredAt, s.ApprovedAt), later(s.Company.At, s.Intake.At)))
	case SupportReferred:
		if !s.Referral.Perhaps {
			w.add(WaitHost, s.ID, provider, s.Referral.At)
		}
	case SupportHosted, SupportActive:
		w.feedback(s)
	}
}

// consents notes whose answer is missing; where both were given for an older version, or spoken, who has to act.
func (w *waiting) consents(s Support) {
	c, open := w.c, false
	for _, role := range consenting {
		if k := s.consent(role); k.Version == c.Version && k.Answer == "" {
			open = true
			w.add(WaitConsent, s.ID, Party{role, codeOf(c, role)}, k.AskedAt)
		}
	}
	switch {
	case open:
	case s.Company.Waiting || s.Intake.Waiting:
		w.add(WaitApproval, s.ID, Party{Role: RoleClerk}, later(s.Company.At, s.Intake.At))
	default:
		since := later(s.Company.At, s.Intake.At)
		if n := len(c.Versions); n > 0 {
			since = later(since, c.Versions[n-1].At)
		}
		w.add(WaitAsk, s.ID, Party{RoleConcierge, c.Concierge}, since)
	}
}

// feedback notes when the next report of a support is due, and the meeting that nobody has reported of.
func (w *waiting) feedback(s Support) {
	c := w.c
	who, since, next := Party{RoleProvider, s.Agency}, later(s.HostedAt, s.Referral.At), ""
	if s.JETRO() {
		who, since = Party{RoleConcierge, c.Concierge}, s.AskedAt
	}
	if n := len(s.Feedback); n > 0 {
		since, next = s.Feedback[n-1].At, s.Feedback[n-1].Next
	}
	if m, ok := c.Meeting(s.ID); ok && !m.Cancelled && !m.End.After(w.now) && m.End.After(since) {
		w.add(WaitReport, s.ID, Party{RoleConcierge, c.Concierge}, m.End)
	}
	w.add(WaitFeedback, s.ID, who, since)
	last := &w.list[len(w.list)-1]
	last.Due = since.Add(feedbackEvery)
	if day, err := time.ParseInLocation("2006-01-02", next, JST); err == nil && day.After(since) {
		last.Due = day
	}
	if w.c.ResumedAt.After(last.Due) {
		last.Due = w.c.ResumedAt
	}
}

// Reminded is the newest step that was sent of a wait since it began; the zero Reminder when none was.
func (c *Case) Reminded(w Wait) Reminder {
	for _, r := range c.Reminders {
		if r.Kind == w.Kind && r.Support == w.Support && r.Role == w.Party.Role && r.Since.Equal(w.Since) {
			return r
		}
	}
	return Reminder{}
}

// Chased tells whether something is waited for although the case is over: a provider's word that it has deleted what it got.
func (c *Case) Chased() bool {
	return !c.Stage.Open() && slices.ContainsFunc(c.Supports, func(s Support) bool { return s.Recall.open() })
}

// waitsFor tells whether the case still waits for what a reminder is about.
func (c *Case) waitsFor(kind WaitKind, support string, role Role, now time.Time) bool {
	return slices.ContainsFunc(c.Waits(now), func(w Wait) bool { return w.Kind == kind && w.Support == support && w.Party.Role == role })
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
