package robot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/letter"
)

// Preview is a digest as it would be written now, with nothing written or sent.
type Preview struct {
	Letter casework.Letter
	Parts  letter.Parts
	Worth  bool // something is in it: it would be sent
}

// NoDigestError says why there is no digest to show.
type NoDigestError struct{ Why string }

func (e *NoDigestError) Error() string { return "there is no digest: " + e.Why }

// Preview makes one reader's digest as Try decides a mail: it needs neither mailbox nor outbox. What the office has switched
// off is shown all the same. Errors: *NoDigestError.
func (r *Robot) Preview(ctx context.Context, from Waiting, l casework.Lookup, kind casework.LetterKind, code string) (Preview, error) {
	now := r.Now()
	standing, err := l.Standing(now)
	if err != nil {
		return Preview{}, err
	}
	wants := Digests{Concierge: true, Clerk: true, Said: r.Digests.answers(), Office: r.Digests.Office, OfficeTo: r.Digests.OfficeTo}
	g := r.newMorning(from, wants, now, r.Roster(standing))
	in, err := g.preview(ctx, kind, code)
	if err != nil {
		return Preview{}, err
	}
	worth := in.Worth(now) || kind == casework.LetterDigestOffice || kind == casework.LetterDigestAgency
	in.Force = true
	out, err := r.decide(now)(l, own(theClock, casework.Input{Kind: casework.MailDigest, Date: now, Digest: &in}))
	if err != nil {
		return Preview{}, err
	}
	if len(out.Letters) == 0 {
		return Preview{}, &NoDigestError{out.Why}
	}
	p := Preview{Letter: out.Letters[0], Worth: worth}
	p.Letter.ID = 1
	if _, err := r.render(ctx, brought{}, p.Letter); err != nil {
		return p, fmt.Errorf("letter %s: %w", kind, err)
	}
	p.Parts, err = r.Letters.Parts(p.Letter)
	return p, err
}

// preview gathers what one digest needs.
func (g *morning) preview(ctx context.Context, kind casework.LetterKind, code string) (casework.DigestIn, error) {
	reader := casework.Reader{Role: casework.RoleClerk}
	switch kind {
	case casework.LetterDigestConcierge:
		reader = casework.Reader{Role: casework.RoleConcierge, Code: code}
	case casework.LetterDigestAgency:
		since, err := g.from.DigestedAt(ctx, casework.DigestIn{Kind: kind}.Key())
		if err != nil {
			return casework.DigestIn{}, err
		}
		if since.IsZero() {
			since = g.facts.Now.AddDate(0, -1, 0)
		}
		g.agency = agencies{day: g.facts.Now.Add(time.Second), since: since, by: map[string]*casework.DigestIn{}}
	}
	if err := g.walk(ctx); err != nil {
		return casework.DigestIn{}, err
	}
	switch kind {
	case casework.LetterDigestAgency:
		if in := g.agency.by[code]; in != nil {
			return *in, nil
		}
		return casework.DigestIn{}, &NoDigestError{"the agency has no company that is under way"}
	case casework.LetterDigestOffice:
		in := casework.DigestIn{Kind: kind, Reader: reader}
		return in, g.figures(ctx, &in)
	}
	if _, err := g.inputs(ctx); err != nil { // the desk
		return casework.DigestIn{}, err
	}
	in := g.digest(ctx, reader)
	in.Cases = slices.Clip(in.Cases)
	return *in, g.err
}
