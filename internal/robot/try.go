package robot

import (
	"context"
	"fmt"

	"uketsuke/internal/casework"
	"uketsuke/internal/intake"
)

// Try decides a mail as the robot would now, and makes its letters, with nothing written or sent: it needs neither
// mailbox nor outbox, and l answers from what is committed.
func (r *Robot) Try(ctx context.Context, l casework.Lookup, raw []byte) (casework.Inbound, casework.Outcome, []casework.Rendered, error) {
	u := intake.Understand(raw, r.Now().In(casework.JST), r.Intake)
	u.Input.Hash = fmt.Sprintf("%x", u.Hash)
	in := casework.Inbound{InternalDate: r.Now(), Hash: u.Hash, Raw: raw, Input: u.Input, Blobs: u.Blobs}
	out, err := r.decide(r.Now())(l, in)
	if err != nil {
		return in, out, nil, err
	}
	var letters []casework.Rendered
	for i, ln := range out.Letters {
		ln.ID = int64(i + 1)
		done, err := r.render(ctx, brought{blobs: in.Blobs}, ln)
		if err != nil {
			return in, out, letters, fmt.Errorf("letter %s: %w", ln.Kind(), err)
		}
		letters = append(letters, done)
	}
	return in, out, letters, nil
}
