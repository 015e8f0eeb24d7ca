package casework

import (
	"slices"
	"time"
)

// 引受 and メモ ask for nothing and change nothing for anybody else: where the office wants it, they are answered in the
// concierge's next digest, not by a letter each (process.md 8, a setting).

// saidBy are the events by which such a command is told from the timeline.
var saidBy = map[EventKind]CommandName{(*CaseTaken)(nil).Kind(): CmdTake, (*NoteAdded)(nil).Kind(): CmdNote}

// DigestSaid is a command of the digest's reader that was taken since the digest before.
type DigestSaid struct {
	Line    // for the guard
	Command CommandName
	Number  string
	Company string
	At      time.Time
}

// acknowledge answers such a command. The digests walk over open cases alone.
func (d *decider) acknowledge(c *Case, role Role, done, next string) {
	if d.f.SaidInDigest && !d.within && role == RoleConcierge && c.Stage.Open() { // a transcript answers what is within it
		d.out.Why = join(d.out.Why, "answered in the next digest")
		return
	}
	d.answer(c, role, done, next)
}

// said are the commands of a case that are answered in digests, by reader: whoever gave them, as long as the case is theirs,
// or they stand in for whose it is.
func (d *decider) said(c *Case, since func(Reader) time.Time) map[Reader][]DigestSaid {
	out := map[Reader][]DigestSaid{}
	if !d.f.SaidInDigest || !c.Stage.Open() {
		return nil
	}
	for _, h := range slices.Backward(c.History) {
		cmd, ok := saidBy[h.Kind]
		if !ok || h.Actor.Role != RoleConcierge {
			continue
		}
		k, ok := d.f.Roster.Concierge(c.Concierge, d.now)
		r := Reader{Role: RoleConcierge, Code: h.Actor.Code}
		if !ok || d.acting(k).Code != r.Code || !h.At.After(since(r)) {
			continue
		}
		v := Disclose(*c, Party{RoleConcierge, c.Concierge})
		out[r] = append(out[r], DigestSaid{Line: Line{Case: c.ID, Party: v.Party, Sheet: v.Company != "", Version: v.Version},
			Command: cmd, Number: v.Number, Company: v.Company, At: h.At})
	}
	return out
}
