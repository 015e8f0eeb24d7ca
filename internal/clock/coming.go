package clock

import (
	"time"

	"uketsuke/internal/casework"
)

// Coming is a reminder that lies ahead: on which day, of what, and to whom. To is empty where it is held back.
type Coming struct {
	Day  time.Time // when it falls due, in office hours
	Step casework.DueStep
	Row  Row // of the table
	To   []casework.Recipient
}

// Coming lists the reminders of a case from now until the day of until, should nobody act meanwhile; each further step
// counts from the one before. to says who gets a step's letter on a day; nobody: it is held back, and listed once.
func (c *Calendar) Coming(cs casework.Case, now, until time.Time, to func(casework.Case, casework.DueStep, time.Time) []casework.Recipient) (out []Coming) {
	type held struct {
		kind    casework.WaitKind
		support string
		party   casework.Party
	}
	said := map[held]bool{}
	for _, at := range c.Mornings(now, until) {
		for _, s := range c.Due(&cs, at) {
			next := Coming{Day: at, Step: s, Row: rowOf(s.Wait.Kind), To: to(cs, s, at)}
			for _, r := range next.To {
				cs.Apply(casework.Event{Case: cs.ID, At: at, Payload: &casework.Reminded{Wait: s.Wait.Kind, Support: s.Wait.Support, Party: s.Wait.Party,
					Since: s.Wait.Since, Step: s.Step, Whom: r.Whom}})
			}
			back := held{s.Wait.Kind, s.Wait.Support, s.Wait.Party}
			if len(next.To) > 0 || !said[back] {
				out = append(out, next)
			}
			said[back] = len(next.To) == 0
		}
	}
	return out
}

// Mornings are when the office opens on its business days, from now (itself, if the office is open) until the day of until.
func (c *Calendar) Mornings(now, until time.Time) (out []time.Time) {
	for at := c.NextOpen(now); ordinal(at) <= ordinal(until); at = c.NextOpen(midnight(at).AddDate(0, 0, 1)) {
		out = append(out, at)
	}
	return out
}

func rowOf(kind casework.WaitKind) Row {
	for _, r := range Table {
		if r.Wait == kind {
			return r
		}
	}
	return Row{Wait: kind}
}
