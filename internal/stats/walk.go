package stats

import (
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// walk follows one case through its events and notes its steps.
type walk struct {
	from              time.Time // the year's begin
	c                 casework.Case
	registered, taken bool
	supports          map[string]*support
	counts            []step
	waits             []wait
	turns             []turn
	erased            int  // events of the year whose content was erased
	lost              bool // that of the receipt was erased: nothing can be said of the case
}

// step is one count; provider is whose support it is about, nil none.
type step struct {
	figure   Figure
	at       time.Time
	provider *support
}

// wait is one waiting time that has ended.
type wait struct {
	wait        Wait
	from, until time.Time
	provider    *support
}

// turn is a change between open and over.
type turn struct {
	at   time.Time
	open bool
}

// support is how far a support has come.
type support struct {
	agency   string // "" is JETRO itself
	inquired time.Time
	phone    bool // asked by phone: how long the answer took is not known
	answer   casework.Answer
	passed   bool
	version  int // of the sheet that consent was asked for last
	asked    time.Time
	agreed   bool
	declined bool
	referred time.Time
	hosted   time.Time
	reported bool
	finished bool
}

func (w *walk) event(e casework.Event) {
	if e.Payload == nil {
		if !e.At.Before(w.from) {
			w.erased++
		}
		w.lost = w.lost || w.c.Receipt == ""
		return
	}
	before := w.c.Stage
	w.c.Apply(e)
	w.c.History = nil // nobody reads it
	w.entry(e)
	w.support(e)
	w.moved(before, e.At)
}

func (w *walk) count(f Figure, at time.Time, s *support) { w.counts = append(w.counts, step{f, at, s}) }

// waited notes a waiting time that has a beginning.
func (w *walk) waited(kind Wait, from, until time.Time, s *support) {
	if !from.IsZero() {
		w.waits = append(w.waits, wait{kind, from, until, s})
	}
}

// entry counts what happens to the case itself.
func (w *walk) entry(e casework.Event) {
	switch p := e.Payload.(type) {
	case *casework.SheetReceived:
		w.count(Received, e.At, nil)
	case *casework.CaseTakenOver: // of another office; one that comes back was received before
		if p.Receipt != "" {
			w.count(Received, e.At, nil)
		}
	case *casework.SheetReturned:
		w.count(Returned, e.At, nil)
	case *casework.EntryHeld:
		w.count(Held, e.At, nil)
	case *casework.SheetSentAgain:
		w.count(Duplicates, e.At, nil)
	case *casework.CaseRegistered:
		if w.registered { // it came back from another office
			return
		}
		w.registered = true
		w.count(Registered, e.At, nil)
		if p.NewMember {
			w.count(NewMembers, e.At, nil)
		}
		w.waited(ToRegister, w.c.ReceivedAt, e.At, nil)
	case *casework.CaseTaken:
		if !w.taken {
			w.waited(ToTake, w.c.RegisteredAt, e.At, nil)
		}
		w.taken = true
	case *casework.CaseClosed:
		w.waited(ToClose, w.c.RegisteredAt, e.At, nil)
	}
}

var endings = map[casework.Stage]Figure{casework.StageClosed: Closed, casework.StageWithdrawn: Withdrawn, casework.StageTransferred: Transferred,
	casework.StageMerged: Merged, casework.StageRejected: Rejected, casework.StageVoid: Void}

// moved counts a case that comes to an end, or that is not over after all.
func (w *walk) moved(before casework.Stage, at time.Time) {
	after := w.c.Stage
	if before == after {
		return
	}
	if before != "" && !before.Open() {
		w.count(Reopened, at, nil)
	}
	if !after.Open() {
		w.count(endings[after], at, nil)
	}
	w.turns = append(w.turns, turn{at, after.Open()})
}

// support counts what happens to the supports. Of one whose inquiry is not in the log any more nothing is known.
func (w *walk) support(e casework.Event) {
	switch p := e.Payload.(type) {
	case *casework.Inquired:
		s := &support{agency: p.Agency, inquired: e.At, phone: p.Channel != ""}
		w.supports[p.Support] = s
		w.count(Inquired, e.At, s)
	case *casework.JetroProposed:
		s := &support{}
		w.supports[p.Support] = s
		w.count(JETRO, e.At, s)
	case *casework.InquiryAnswered:
		w.answered(w.supports[p.Support], p.Answer, e.At)
	case *casework.SupportPassed:
		w.once(PassedOver, w.supports[p.Support], func(s *support) *bool { return &s.passed }, e.At)
	case *casework.ConsentAsked:
		if s := w.supports[p.Support]; s != nil && (s.version != p.SheetVersion || s.declined) {
			s.version, s.asked, s.agreed, s.declined = p.SheetVersion, e.At, false, false
			w.count(ConsentAsked, e.At, s)
		}
	case *casework.ConsentAnswered:
		w.consented(p.Support, p.Answer, e.At)
	case *casework.ConsentApproved:
		w.consented(p.Support, casework.ConsentGiven, e.At)
	default:
		w.referral(e)
	}
}

// answered counts an answer to an inquiry, unless it is the one that was there already.
func (w *walk) answered(s *support, a casework.Answer, at time.Time) {
	if s == nil || s.answer == a {
		return
	}
	if s.answer == "" && !s.phone {
		w.waited(ToAnswer, s.inquired, at, s)
	}
	s.answer = a
	w.count(map[casework.Answer]Figure{casework.AnswerAvailable: Available, casework.AnswerUnavailable: Unavailable}[a], at, s)
}

// consented counts when both parties agree, or the first of them does not.
func (w *walk) consented(id string, answer casework.ConsentAnswer, at time.Time) {
	s := w.supports[id]
	if s == nil {
		return
	}
	if answer == casework.ConsentDeclined {
		s.agreed = false
		w.once(Declined, s, func(s *support) *bool { return &s.declined }, at)
		return
	}
	now, version := w.c.Support(id), s.version
	if version == 0 { // said before anybody asked
		version = w.c.Version
	}
	if !s.agreed && now.Company.Given(version) && now.Intake.Given(version) {
		s.agreed, s.declined = true, false
		w.count(Consented, at, s)
		w.waited(ToConsent, s.asked, at, s)
	}
}

// referral counts what happens to a support from 回付 on.
func (w *walk) referral(e casework.Event) {
	switch p := e.Payload.(type) {
	case *casework.Referred:
		if s := w.supports[p.Support]; s != nil && s.referred.IsZero() {
			s.referred = e.At
			w.count(Referred, e.At, s)
		}
	case *casework.ReferralStopped:
		if s := w.supports[p.Support]; s != nil && !w.c.Support(p.Support).Sent() { // it never was
			s.referred = time.Time{}
			w.counts = slices.DeleteFunc(w.counts, func(c step) bool { return c.figure == Referred && c.provider == s })
		}
	case *casework.HostNamed:
		if s := w.supports[p.Support]; s != nil && s.hosted.IsZero() {
			s.hosted = e.At
			w.count(Hosted, e.At, s)
			w.waited(ToHost, s.referred, e.At, s)
		}
	case *casework.FeedbackGiven:
		if s := w.supports[p.Support]; s != nil {
			w.count(Reported, e.At, s)
			if !s.reported {
				w.waited(ToReport, s.hosted, e.At, s)
			}
			s.reported = true
		}
	case *casework.SupportEnded:
		if now := w.c.Support(p.Support); now.JETRO() || now.Sent() {
			w.once(Finished, w.supports[p.Support], func(s *support) *bool { return &s.finished }, e.At)
		}
	}
}

// once counts what counts once for a support.
func (w *walk) once(f Figure, s *support, done func(*support) *bool, at time.Time) {
	if s == nil || *done(s) {
		return
	}
	*done(s) = true
	w.count(f, at, s)
}

// openAt tells whether the case was open just before an instant.
func (w *walk) openAt(t time.Time) bool {
	open := false
	for _, turn := range w.turns {
		if turn.at.Before(t) {
			open = turn.open
		}
	}
	return open
}
