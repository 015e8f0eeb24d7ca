package clock

import (
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// Step is one reminder of the table: how long after the wait began, or after the step before it was sent, and who gets it.
type Step struct {
	After    int  // business days
	Calendar bool // After counts calendar days; a day off moves to the next business day
	Whom     []casework.Whom
}

// Row is a line of the table: what is waited for, and its reminders in order. Behind the last one the digests show it.
type Row struct {
	Wait  casework.WaitKind
	Steps []Step
}

// Table is process.md "The clock": what is waited for, after how long, whom to remind, how often, then whom to tell.
var Table = []Row{
	{casework.WaitDecision, steps(1, clerk)},
	{casework.WaitTake, steps(2, concierge, 2, clerk)},
	{casework.WaitStep, steps(5, concierge)},
	{casework.WaitResume, steps(0, concierge)},
	{casework.WaitAsk, steps(3, concierge)},
	{casework.WaitApproval, steps(1, clerk)},
	{casework.WaitRefer, steps(2, concierge)},
	{casework.WaitReport, steps(3, concierge)},
	{casework.WaitInquiry, steps(3, party, 3, party, 3, concierge)},
	{casework.WaitConsent, steps(3, party, 3, party, 3, concierge)},
	{casework.WaitForm, steps(3, party, 3, party, 3, concierge)},
	{casework.WaitRecall, steps(3, party, 3, party, 3, concierge)},
	{casework.WaitHost, steps(5, party, 5, party, 5, concierge)},
	{casework.WaitFeedback, []Step{{0, true, party}, {10, true, []casework.Whom{casework.WhomConcierge, casework.WhomIntake}}}},
	{casework.WaitCorrection, steps(10, intake, 5, clerk)}, // the clerk's is a line of the digest where there is one, as all of the office's
}

var (
	party     = []casework.Whom{casework.WhomParty}
	intake    = []casework.Whom{casework.WhomIntake}
	concierge = []casework.Whom{casework.WhomConcierge}
	clerk     = []casework.Whom{casework.WhomClerk}
)

// steps pairs business days with readers.
func steps(pairs ...any) (out []Step) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Step{After: pairs[i].(int), Whom: pairs[i+1].([]casework.Whom)})
	}
	return out
}

// Due lists the steps of a case that are due at now: one for each wait, however long nobody looked (a daemon that was
// stopped for a month reminds once, of what is true then). Each step counts from when the one before was sent. Days
// count, not hours: what falls due on a day is due from its morning.
func (c *Calendar) Due(cs *casework.Case, now time.Time) (due []casework.DueStep) {
	for _, s := range c.Next(cs, now) {
		if ordinal(s.On) <= ordinal(now) {
			due = append(due, s)
		}
	}
	return due
}

// Next lists the next step of each wait of a case as it stands at now, with the business day on which it is due.
func (c *Calendar) Next(cs *casework.Case, now time.Time) (next []casework.DueStep) {
	for _, w := range cs.Waits(now) {
		if s, ok := c.step(cs, w); ok {
			next = append(next, s)
		}
	}
	return next
}

func (c *Calendar) step(cs *casework.Case, w casework.Wait) (casework.DueStep, bool) {
	row, last := rowOf(w.Kind).Steps, cs.Reminded(w)
	out := casework.DueStep{Case: cs.ID, Wait: w, Step: last.Step}
	if last.Step > 0 && last.Step <= len(row) { // readers of the same step who were not told yet
		out.Whom = slices.DeleteFunc(slices.Clone(row[last.Step-1].Whom), func(w casework.Whom) bool { return slices.Contains(last.Told, w) })
		if out.On = c.AddBusinessDays(last.At, 0); len(out.Whom) > 0 {
			return out, true
		}
	}
	if out.Step++; out.Step > len(row) {
		return out, false
	}
	s, from := row[out.Step-1], last.At
	if from.IsZero() {
		from = w.Since
		if !w.Due.IsZero() {
			from = w.Due
		}
	}
	out.Whom = s.Whom
	if s.Calendar {
		out.On = c.AddBusinessDays(from.In(casework.JST).AddDate(0, 0, s.After), 0)
	} else {
		out.On = c.AddBusinessDays(from, s.After)
	}
	return out, true
}

// Opening is when the office opens on the day of t; false on a day off.
func (c *Calendar) Opening(t time.Time) (time.Time, bool) {
	return midnight(t).Add(c.hours.Open), c.IsBusinessDay(t)
}

// Awaited lists what a case waits for at now, as the table has it: whose steps have come, and which is due.
func (c *Calendar) Awaited(cs *casework.Case, now time.Time) (out []casework.Awaited) {
	for _, w := range cs.Waits(now) {
		a := casework.Awaited{Wait: w}
		if i := slices.IndexFunc(Table, func(r Row) bool { return r.Wait == w.Kind }); i >= 0 {
			for _, s := range Table[i].Steps[:min(cs.Reminded(w).Step, len(Table[i].Steps))] {
				a.Late = append(a.Late, s.Whom...)
			}
		}
		if s, ok := c.step(cs, w); ok && ordinal(s.On) <= ordinal(now) {
			a.Due = &s
			a.Late = append(a.Late, s.Whom...)
		}
		out = append(out, a)
	}
	return out
}
