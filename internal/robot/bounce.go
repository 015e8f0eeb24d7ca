package robot

import (
	"slices"
	"strings"

	"uketsuke/internal/casework"
	"uketsuke/internal/inbound"
	"uketsuke/internal/letter"
)

// bounce ties a delivery report to the letter of ours that it is about, by the keyed Message-ID that it gives back
// (mail.md "In"); nil when the mail is none.
func (r *Robot) bounce(m *inbound.Message) *casework.Bounce {
	if m == nil || m.Bounce == nil {
		return nil
	}
	b := m.Bounce
	out := &casework.Bounce{Original: b.OriginalMessageID, Hard: b.Action == "failed", Status: b.Status, Recipients: b.Recipients}
	if id, ok := r.Keys.OwnMessageID(b.OriginalMessageID); ok {
		out.Letter = id
	}
	return out
}

// believed tells whether a report is about that letter and its recipients: anybody may write a report, but only who got
// the letter knows its Message-ID, and only its own recipients can have failed.
func (r *Robot) believed(b *casework.Bounce, fail *casework.DeliveryFailure) bool {
	if !r.Keys.BoundTo(b.Original, string(fail.Kind), letter.Recipients(fail.To)) {
		return false
	}
	return !slices.ContainsFunc(b.Recipients, func(addr string) bool {
		return !slices.ContainsFunc(fail.To, func(to string) bool { return strings.EqualFold(to, addr) })
	})
}
