package scenario

import (
	"fmt"
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// What must hold in the year whatever its golden file says, from the events alone: neither clock.Table nor Case.Waits is
// asked.

// distances are the table of process.md "The clock": business days until each reminder, from the beginning and then from
// the one before. The last four rows are not in it: what a pause, two spoken consents and a report bring.
var distances = map[casework.WaitKind][]int{
	casework.WaitDecision: {1}, casework.WaitTake: {2, 2}, casework.WaitStep: {5}, casework.WaitAsk: {3}, casework.WaitRefer: {2}, casework.WaitReport: {3},
	casework.WaitInquiry: {3, 3, 3}, casework.WaitConsent: {3, 3, 3}, casework.WaitForm: {3, 3, 3}, casework.WaitRecall: {3, 3, 3},
	casework.WaitHost: {5, 5, 5}, casework.WaitCorrection: {10, 5}, casework.WaitResume: {0}, casework.WaitApproval: {1}, casework.WaitFeedback: {0, 0},
}

// checkTimes: none on a day off or outside office hours, none while the robot stands still or all sending is stopped.
func (y *year) checkTimes() {
	for _, l := range y.letters {
		at := l.at.In(casework.JST)
		if tod := at.Format("15:04"); !workday(at) || tod < "09:00" || tod >= "17:30" {
			y.t.Errorf("%s: a reminder out of hours", at)
		}
		for what, span := range map[string][2]time.Time{"in February": {day("2027-02-01").Add(12 * time.Hour), day("2027-03-01")},
			"under 全送信停止": {day("2027-05-10").Add(12 * time.Hour), day("2027-05-12").Add(11 * time.Hour)}} {
			if l.at.After(span[0]) && l.at.Before(span[1]) {
				y.t.Errorf("%s: a reminder %s", at, what)
			}
		}
	}
}

// checkReaders: at most one a day to one person, and none to whom it must not go.
func (y *year) checkReaders() {
	got := map[string]bool{}
	for _, l := range y.letters {
		for _, to := range append(slices.Clone(l.To), l.Cc...) {
			key := l.at.In(casework.JST).Format(time.DateOnly) + " " + to.Addr
			if got[key] {
				y.t.Errorf("%s gets two", key)
			}
			got[key] = true
			for _, no := range []struct{ addr, from, until string }{{mori, "2026-10-06", "2026-10-17"}, {"window@rokko.example", "2026-11-10", "2026-11-20"}, {mori, "2027-04-01", "2027-07-01"},
				{"window@harima.example", "2027-04-01", "2027-07-01"}, {"window@kakogawa.example", "2026-07-01", "2027-07-01"}} {
				if to.Addr == no.addr && !l.at.Before(day(no.from)) && l.at.Before(day(no.until)) {
					y.t.Errorf("%s: a reminder to somebody who is ill, held, gone, or without mail", key)
				}
			}
		}
	}
	for _, want := range []string{"2026-10-13 " + takahashi, "2027-03-01 " + shinkin, "2026-12-25 tanaka@minato-bank.example", "2027-01-19 " + shinkin, "2027-04-26 kokusai@hyogo-cci.example"} {
		if !got[want] {
			y.t.Errorf("no reminder %s", want)
		}
	}
}

// checkThings: nothing is reminded of that is answered, over, paused, quiet, or perhaps answered in Junk; each step keeps
// its distance, comes once, and none is left out.
func (y *year) checkThings() {
	type sent struct {
		step int
		at   time.Time
	}
	last := map[string]sent{}
	held := 0
	for _, l := range y.letters {
		for _, o := range y.things(l) {
			where := fmt.Sprintf("%s: %s %s %s #%d", l.at.In(casework.JST).Format(time.DateOnly), o.number, o.support, o.wait, o.step)
			began, due, open := y.began(o, l.at)
			if !open {
				y.t.Errorf("%s: nobody waits for it", where)
				continue
			}
			for _, m := range y.lying {
				if o.agency == m.agency && began.Before(m.since) {
					if l.at.After(m.since) && l.at.Before(m.gone) {
						y.t.Errorf("%s: the answer may lie in Junk", where)
					} else if l.at.After(m.gone) && businessDays(m.gone, l.at) <= 1 {
						held++
					}
				}
			}
			key := fmt.Sprint(o.id, o.support, o.wait, o.role, began.Unix())
			before, d := last[key], distances[o.wait]
			switch {
			case o.step > len(d):
				y.t.Errorf("%s: the table has no such step", where)
			case o.step == before.step && l.at.Equal(before.at): // two readers of one step
			case o.step != before.step+1:
				y.t.Errorf("%s: comes after step %d", where, before.step)
			case o.wait == casework.WaitFeedback && (o.step == 1 && dayNumber(l.at) < dayNumber(due) || o.step == 2 && dayNumber(l.at)-dayNumber(before.at) < 10):
				y.t.Errorf("%s: too early, due %s", where, due)
			case o.step == 1 && businessDays(began, l.at) < d[0] || o.step > 1 && businessDays(before.at, l.at) < d[o.step-1]:
				y.t.Errorf("%s: too early, began %s, before %s", where, began, before.at)
			}
			last[key] = sent{o.step, l.at}
		}
	}
	if len(last) < 150 || held == 0 {
		y.t.Errorf("only %d things in the year, %d of them held back by a mail in Junk: this checks little", len(last), held)
	}
}

// began is since when a thing is waited for at a moment, as the events tell it, and of a report when it is due; open is
// false where it is not.
func (y *year) began(o told, at time.Time) (began, due time.Time, open bool) {
	var resumed time.Time
	var paused, quiet string
	start := func(t time.Time) { began, open = t, true }
	for _, e := range y.log {
		if e.Case != o.id || !e.At.Before(at) {
			continue
		}
		about := func(support string) bool { return support == o.support }
		is := func(kinds ...casework.WaitKind) bool { return slices.Contains(kinds, o.wait) }
		switch p := e.Payload.(type) {
		case *casework.EntryHeld:
			if is(casework.WaitDecision) {
				start(e.At)
			}
		case *casework.SheetReturned:
			if is(casework.WaitCorrection) {
				start(e.At)
			}
		case *casework.SheetReplaced, *casework.EntryRejected:
			if is(casework.WaitCorrection, casework.WaitDecision) {
				open = false
			}
		case *casework.CaseRegistered, *casework.ConciergeChanged:
			if is(casework.WaitTake) {
				start(e.At)
			} else if is(casework.WaitDecision, casework.WaitCorrection) {
				open = false
			}
		case *casework.CaseTaken:
			open = open && !is(casework.WaitTake)
		case *casework.Inquired:
			if is(casework.WaitInquiry) && about(p.Support) {
				start(e.At)
			}
		case *casework.InquiryAnswered:
			if about(p.Support) {
				if open = p.Answer == casework.AnswerAvailable && is(casework.WaitAsk); open {
					start(e.At)
				}
			}
		case *casework.SupportPassed:
			open = open && !about(p.Support)
		case *casework.ConsentAsked:
			if about(p.Support) {
				if open = is(casework.WaitConsent); open {
					start(e.At)
				}
			}
		case *casework.ConsentAnswered:
			switch {
			case !about(p.Support):
			case p.Answer == casework.ConsentDeclined:
				open = false
			case is(casework.WaitConsent) && p.Party == o.role:
				open = false
			case is(casework.WaitRefer, casework.WaitApproval):
				start(e.At)
			}
		case *casework.ConsentApproved:
			if about(p.Support) {
				open = open && !is(casework.WaitApproval)
			}
		case *casework.Referred:
			if about(p.Support) {
				if open = is(casework.WaitHost, casework.WaitFeedback); open {
					start(e.At)
					due = e.At.AddDate(0, 0, 30)
				}
			}
		case *casework.HostNamed:
			if about(p.Support) {
				if open = is(casework.WaitFeedback); open {
					start(e.At)
					due = e.At.AddDate(0, 0, 30)
				}
			}
		case *casework.JetroProposed:
			if about(p.Support) && is(casework.WaitFeedback) {
				start(e.At)
				due = e.At.AddDate(0, 0, 30)
			}
		case *casework.MeetingSet:
			if is(casework.WaitReport) && p.Key == o.support {
				start(p.End)
			}
		case *casework.FeedbackGiven:
			if about(p.Support) {
				if open = is(casework.WaitFeedback); open {
					start(e.At)
					due = e.At.AddDate(0, 0, 30)
					if p.Feedback.Next != "" {
						due = day(p.Feedback.Next)
					}
				}
			}
		case *casework.SupportEnded:
			open = open && !about(p.Support)
		case *casework.FormSent:
			if is(casework.WaitForm) {
				start(e.At)
			}
		case *casework.FormReturned:
			open = open && !is(casework.WaitForm)
		case *casework.RecallAsked:
			if about(p.Support) { // nobody who is asked to delete all is asked for anything else
				if open = is(casework.WaitRecall); open {
					start(e.At)
				}
			}
		case *casework.RecallDone:
			if about(p.Support) {
				open = open && !is(casework.WaitRecall)
			}
		case *casework.CaseClosed, *casework.CaseWithdrawn, *casework.CaseVoided:
			open = open && is(casework.WaitRecall)
		case *casework.CasePaused:
			if paused = p.Until; is(casework.WaitResume) {
				start(day(p.Until))
			}
		case *casework.CaseResumed:
			paused, resumed = "", e.At
			open = open && !is(casework.WaitResume)
		case *casework.RemindersQuiet:
			quiet = p.Until
		}
		switch e.Payload.(type) {
		case *casework.Reminded, *casework.MessageKept, *casework.LetterLost:
		default:
			if o.wait == casework.WaitStep {
				_, over := e.Payload.(*casework.CaseClosed)
				began, open = e.At, !over
			}
		}
	}
	today := at.In(casework.JST).Format(time.DateOnly)
	if paused != "" && !(o.wait == casework.WaitResume && paused < today) && o.wait != casework.WaitRecall || quiet >= today {
		open = false
	}
	if resumed.After(began) {
		began = resumed
	}
	if resumed.After(due) {
		due = resumed
	}
	return began, due, open
}
