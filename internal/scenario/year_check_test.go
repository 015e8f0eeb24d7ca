package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// What must hold in the year whatever its golden file says, from the events alone: neither clock.Table nor Case.Waits is
// asked.

// distances are the table of process.md "The clock": business days until each reminder, from the beginning and then from
// the one before. It has no row for the end of a pause and for two spoken consents; reports count in days, see below.
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

// checkReaders: at most one a day of a sort to one person, and none to whom it must not go.
func (y *year) checkReaders() {
	got := map[string]bool{}
	for _, l := range y.letters {
		for _, to := range append(slices.Clone(l.To), l.Cc...) {
			key := l.at.In(casework.JST).Format(time.DateOnly) + " " + to.Addr
			sort := key + sortOf(l.Kind())
			if got[sort] {
				y.t.Errorf("%s gets two", sort)
			}
			got[key], got[sort] = true, true
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

// course is what an event of a case begins and ends of what may be waited for; all ends whatever is about its support, or
// about the whole case.
type course struct {
	begins, ends []casework.WaitKind
	all          bool
}

var courses = map[casework.EventKind]course{
	"entry-held":        {begins: waits{casework.WaitDecision}},
	"sheet-returned":    {begins: waits{casework.WaitCorrection}},
	"sheet-replaced":    {ends: waits{casework.WaitDecision, casework.WaitCorrection}},
	"entry-rejected":    {ends: waits{casework.WaitDecision, casework.WaitCorrection}},
	"case-registered":   {begins: waits{casework.WaitTake}, ends: waits{casework.WaitDecision, casework.WaitCorrection}},
	"concierge-changed": {begins: waits{casework.WaitTake}},
	"case-taken":        {ends: waits{casework.WaitTake}},
	"inquired":          {begins: waits{casework.WaitInquiry}},
	"inquiry-answered":  {begins: waits{casework.WaitAsk}, ends: waits{casework.WaitInquiry}},
	"support-passed":    {all: true},
	"consent-asked":     {begins: waits{casework.WaitConsent}, ends: waits{casework.WaitAsk}},
	"consent-answered":  {begins: waits{casework.WaitRefer, casework.WaitApproval}, ends: waits{casework.WaitConsent}},
	"consent-approved":  {begins: waits{casework.WaitRefer}, ends: waits{casework.WaitApproval}},
	"referred":          {begins: waits{casework.WaitHost, casework.WaitFeedback}, ends: waits{casework.WaitRefer}},
	"host-named":        {begins: waits{casework.WaitFeedback}, ends: waits{casework.WaitHost}},
	"jetro-proposed":    {begins: waits{casework.WaitFeedback}},
	"meeting-set":       {begins: waits{casework.WaitReport}},
	"feedback-given":    {begins: waits{casework.WaitFeedback}, ends: waits{casework.WaitReport}},
	"support-ended":     {all: true},
	"form-sent":         {begins: waits{casework.WaitForm}},
	"form-returned":     {ends: waits{casework.WaitForm}},
	"recall-asked":      {begins: waits{casework.WaitRecall}, all: true}, // who is to delete all is asked for nothing else
	"recall-done":       {ends: waits{casework.WaitRecall}},
	"case-closed":       {all: true},
	"case-withdrawn":    {all: true},
	"case-voided":       {all: true},
	"case-paused":       {begins: waits{casework.WaitResume}},
	"case-resumed":      {ends: waits{casework.WaitResume}},
}

type waits = []casework.WaitKind

// watch follows one thing through the events of its case.
type watch struct {
	told
	from, due time.Time
	open      bool
	resumed   time.Time
	paused    string
	quiet     string
}

// began is since when a thing is waited for at a moment, as the events tell it, and of a report when it is due; open is
// false where it is not.
func (y *year) began(o told, at time.Time) (began, due time.Time, open bool) {
	w := &watch{told: o}
	for _, e := range y.log {
		if e.Case == o.id && e.At.Before(at) {
			w.see(e)
		}
	}
	today := at.In(casework.JST).Format(time.DateOnly)
	resting := w.paused != "" && o.wait != casework.WaitRecall && (o.wait != casework.WaitResume || w.paused >= today)
	for _, t := range []*time.Time{&w.from, &w.due} {
		if w.resumed.After(*t) {
			*t = w.resumed
		}
	}
	return w.from, w.due, w.open && !resting && w.quiet < today
}

// see lets an event begin or end the thing.
func (w *watch) see(e casework.Event) {
	c, begins := courses[e.Payload.Kind()], e.At
	switch p := e.Payload.(type) {
	case *casework.CasePaused:
		w.paused, begins = p.Until, day(p.Until)
	case *casework.CaseResumed:
		w.paused, w.resumed = "", e.At
	case *casework.RemindersQuiet:
		w.quiet = p.Until
	case *casework.MeetingSet:
		begins = p.End
	case *casework.InquiryAnswered:
		c.all = p.Answer != casework.AnswerAvailable
	case *casework.ConsentAnswered:
		if c.all = p.Answer == casework.ConsentDeclined; w.wait == casework.WaitConsent && p.Party != w.role && !c.all {
			return
		}
	}
	about := supportOf(e.Payload)
	if about != "" && about != w.support && w.wait != casework.WaitStep {
		return
	}
	if slices.Contains(c.ends, w.wait) || c.all && (about != "" || w.wait != casework.WaitRecall) {
		w.open = false
	}
	if slices.Contains(c.begins, w.wait) && (!c.all || w.wait == casework.WaitRecall) {
		w.from, w.due, w.open = begins, e.At.AddDate(0, 0, 30), true
		if f, ok := e.Payload.(*casework.FeedbackGiven); ok && f.Feedback.Next != "" {
			w.due = day(f.Feedback.Next)
		}
	}
	switch e.Payload.(type) {
	case *casework.Reminded, *casework.MessageKept, *casework.LetterLost:
	default: // whatever happens is a step
		if w.wait == casework.WaitStep {
			w.from, w.open = e.At, !c.all || about != ""
		}
	}
}

// supportOf is the support that an event is about, "" none.
func supportOf(p casework.Payload) string {
	for _, name := range []string{"Support", "Key"} {
		if f := reflect.ValueOf(p).Elem().FieldByName(name); f.IsValid() {
			return f.String()
		}
	}
	return ""
}
