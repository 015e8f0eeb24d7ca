package roster

import (
	"time"

	"uketsuke/internal/casework"
)

// Laid is a roster with what the office has changed by mail laid over it (casework.Standing).
type Laid struct {
	*Roster
	standing casework.Standing
}

var _ casework.Roster = (*Laid)(nil)

// Over lays what the office has changed by mail over a roster.
func Over(r *Roster, s casework.Standing) *Laid { return &Laid{Roster: r, standing: s} }

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
