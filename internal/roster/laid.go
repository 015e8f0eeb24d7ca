package roster

import (
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// Laid is a roster with what the office has changed by mail laid over it (casework.Standing).
type Laid struct {
	*Roster
	standing casework.Standing
}

var _ casework.Roster = (*Laid)(nil)

// Over lays what the office has changed by mail over a roster. An absence that was told by mail counts before those of the
// rows; one of a concierge or deputy whom the rows no longer have counts for nothing.
func Over(r *Roster, s casework.Standing) *Laid {
	if len(s.Absences) > 0 {
		r = r.withAbsences(s.Absences)
	}
	return &Laid{Roster: r, standing: s}
}

func (r *Roster) withAbsences(told []casework.Absence) *Roster {
	out := *r
	out.data.Concierges = slices.Clone(r.data.Concierges)
	for _, a := range told {
		var row Absence
		if row.From.UnmarshalText([]byte(a.From)) != nil || row.Until.UnmarshalText([]byte(a.Until)) != nil || len(r.concierges[FoldCode(a.Deputy)]) == 0 {
			continue
		}
		row.Deputy = a.Deputy
		for _, i := range r.concierges[FoldCode(a.Concierge)] {
			k := &out.data.Concierges[i]
			k.Absences = slices.Concat([]Absence{row}, k.Absences)
		}
	}
	return &out
}

// Frozen tells whether an address is held (凍結), by itself or with its agency, or the agency of that code.
func (l *Laid) Frozen(addr, agency string, at time.Time) bool {
	s := l.standing
	if len(s.Agencies) == 0 && s.Address == nil {
		return false
	}
	return s.Holds(addr, agency) || addr != "" && s.Holds("", l.Sender(Address{Addr: addr}, at).Agency)
}

// Frozen is false: the rows of the configuration hold nobody.
func (r *Roster) Frozen(string, string, time.Time) bool { return false }
