package robot

import (
	"context"
	"errors"
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// agencies are the monthly digests of intake agencies, as a walk gathers them.
type agencies struct {
	day   time.Time // on which they are due; zero: not today
	since time.Time // the digests before
	by    map[string]*casework.DigestIn
}

// agencies sets whether the agencies' digests are due, and since when. An office begins with the day that it has named; after
// a stop they come late, once.
func (g *morning) agencies(ctx context.Context) error {
	n, now := g.wants.AgencyDay, g.facts.Now
	if n == 0 {
		return nil
	}
	before, err := g.from.DigestedAt(ctx, casework.DigestIn{Kind: casework.LetterDigestAgency}.Key())
	if err != nil {
		return err
	}
	today := midnight(now)
	day := midnight(g.robot.Calendar.AddBusinessDays(today.AddDate(0, 0, -today.Day()), n))
	if now.Before(day) || !before.Before(day) || before.IsZero() && day.Before(today) {
		return nil
	}
	if before.IsZero() {
		before = day.AddDate(0, -1, 0)
	}
	g.agency = agencies{day: day, since: before, by: map[string]*casework.DigestIn{}}
	return nil
}

// agencyCase notes what a case has for its intake agency.
func (g *morning) agencyCase(ctx context.Context, c *casework.Case, awaited []casework.Awaited) {
	if g.agency.day.IsZero() || !c.Stage.Open() && !c.ClosedAt.After(g.agency.since) { // told the month before, and chased
		return
	}
	one, ok := casework.AgencyDigest(*c, awaited, g.facts)
	if !ok {
		return
	}
	in := g.agency.by[c.Agency]
	if in == nil {
		in = &casework.DigestIn{Kind: casework.LetterDigestAgency, Reader: casework.Reader{Code: c.Agency}, Since: g.agency.since}
		g.agency.by[c.Agency] = in
		at, err := g.from.DigestedAt(ctx, in.Key())
		g.err = errors.Join(g.err, err)
		in.Steps = !at.Before(g.agency.day) // it was written before the process ended
	}
	if !slices.ContainsFunc(in.Cases, func(o casework.DigestCase) bool { return o.ID == one.ID }) { // ended since, and chased
		in.Cases = append(in.Cases, one)
	}
}

// inputs are the digests in the order of the agencies' codes, and behind them the note that all are written.
func (a agencies) inputs() (out []casework.DigestIn) {
	if a.day.IsZero() {
		return nil
	}
	codes := make([]string, 0, len(a.by))
	for code := range a.by {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		if in := *a.by[code]; !in.Steps {
			out = append(out, in)
		}
	}
	return append(out, casework.DigestIn{Kind: casework.LetterDigestAgency, Steps: true})
}
