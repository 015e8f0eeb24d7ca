package inbound

import (
	"fmt"
	"time"
)

// Options are what the mail alone cannot tell.
type Options struct {
	// Authserv is the authserv-id of the office's boundary server; "" leaves
	// the evidence unconfigured.
	Authserv string
	// Own reports whether a mail is the robot's own, by its keyed Message-ID
	// (without angle brackets) or the value of its X-Uketsuke-Loop field, either
	// of which may be "". nil: no mail is.
	Own func(messageID, loopHeader string) bool
	// Limits bound the work; the zero value means DefaultLimits.
	Limits Limits
}

// Limits bound what one mail may cost. A zero field has no bound.
type Limits struct {
	Depth int           // nesting of multiparts and messages
	Parts int           // MIME parts, at all depths together
	Bytes int64         // size of the raw mail
	Text  int           // bytes of body text that are read; the rest is left out, with a Problem
	Time  time.Duration // by Now, from the start of Parse
	// Now reads the clock for Time, and for nothing else; nil: Time is no bound.
	Now func() time.Time
}

// DefaultLimits are 5 s, depth 8, 200 parts, 32 MiB, and 1 MiB of text.
func DefaultLimits() Limits {
	return Limits{Depth: 8, Parts: 200, Bytes: 32 << 20, Text: 1 << 20, Time: 5 * time.Second, Now: time.Now}
}

// LimitError says which bound a mail broke. Parse returns it together with what
// it had read until then.
type LimitError struct {
	Limit string // "depth", "parts", "bytes" or "time"
	Max   int64  // the bound; milliseconds for time
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("read mail: over the limit of %d for %s: put it aside for a person", e.Max, e.Limit)
}

// budget counts what one Parse has spent.
type budget struct {
	Limits
	parts    int
	text     int
	deadline time.Time
}

func newBudget(l Limits) *budget {
	if l.Depth == 0 && l.Parts == 0 && l.Bytes == 0 && l.Text == 0 && l.Time == 0 && l.Now == nil {
		l = DefaultLimits()
	}
	b := &budget{Limits: l}
	if l.Time > 0 && l.Now != nil {
		b.deadline = l.Now().Add(l.Time)
	}
	return b
}

// part accounts for one more MIME part at the given depth.
func (b *budget) part(depth int) error {
	b.parts++
	switch {
	case b.Depth > 0 && depth > b.Depth:
		return &LimitError{"depth", int64(b.Depth)}
	case b.Parts > 0 && b.parts > b.Parts:
		return &LimitError{"parts", int64(b.Parts)}
	}
	return b.time()
}

// partsLeft is how many parts are worth cutting off: one more than may be read,
// so that the bound is noticed.
func (b *budget) partsLeft() int {
	if b.Parts <= 0 {
		return 1 << 20
	}
	return max(0, b.Parts-b.parts) + 1
}

func (b *budget) time() error {
	if !b.deadline.IsZero() && b.Now().After(b.deadline) {
		return &LimitError{"time", b.Time.Milliseconds()}
	}
	return nil
}

// takeText returns as much of s as the text bound still allows, and whether
// that is all of it.
func (b *budget) takeText(s []byte) ([]byte, bool) {
	if b.Text <= 0 {
		return s, true
	}
	left := max(0, b.Text-b.text)
	if len(s) > left {
		b.text = b.Text
		return s[:left], false
	}
	b.text += len(s)
	return s, true
}
