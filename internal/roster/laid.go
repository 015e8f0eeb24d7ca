package roster

import (
	"slices"
	"sync"
	"time"

	"uketsuke/internal/casework"
)

// Laid is a roster with what the office has changed by mail laid over it (casework.Standing).
type Laid struct {
	*Roster
	Skipped  []casework.ContactChange // that the rows no longer bear
	standing casework.Standing
}

var _ casework.Roster = (*Laid)(nil)

// Layers lays what the office has changed by mail over one roster. It keeps what it made of the contacts that were changed
// last, and may be asked from any goroutine.
type Layers struct {
	base *Roster

	mu       sync.Mutex
	contacts []casework.ContactChange
	made     *Roster
	skipped  []casework.ContactChange
}

// NewLayers returns the layers of a roster.
func NewLayers(base *Roster) *Layers { return &Layers{base: base, made: base} }

// Over is the roster with a Standing laid over it. An absence that was told by mail counts before those of the rows; one of a
// concierge or deputy whom the rows no longer have counts for nothing.
func (l *Layers) Over(s casework.Standing) *Laid {
	r, skipped := l.changed(s.Contacts)
	if len(s.Absences) > 0 {
		r = r.withAbsences(s.Absences)
	}
	return &Laid{Roster: r, Skipped: skipped, standing: s}
}

func (l *Layers) changed(contacts []casework.ContactChange) (*Roster, []casework.ContactChange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Equal(contacts, l.contacts) {
		l.made, l.skipped = l.base, nil
		if len(contacts) > 0 {
			l.made, l.skipped = l.base.withContacts(contacts)
		}
		l.contacts = contacts
	}
	return l.made, l.skipped
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
