package robot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/inbound"
)

// Digests says which digests an office wants.
type Digests struct {
	Concierge, Clerk bool          // each business morning
	Said             bool          // the concierges' answer 引受 and メモ
	Office           time.Weekday  // day of the office's figures, time.Sunday for none
	OfficeTo         []string      // who gets them; none: all clerks
	AgencyDay        int           // business day of the month of the agencies' digests, 0 for none
	At               time.Duration // since midnight: reminders and digests leave no earlier; 0: when the office opens
}

// Digesting is what the robot asks of the database for digests.
type Digesting interface {
	HeldCases(ctx context.Context) ([]int64, error)
	DigestedAt(ctx context.Context, key string) (time.Time, error)
	Desk(ctx context.Context, since time.Time) (casework.Desk, error)
	Flow(ctx context.Context, from, until time.Time) (casework.Flow, error)
	EndedSince(ctx context.Context, since time.Time) ([]int64, error)
}

// has tells whether a reader's reminders stand in a digest.
func (d Digests) has(r casework.Reader) bool {
	return d.Concierge && r.Role == casework.RoleConcierge || d.Clerk && r.Role == casework.RoleClerk
}

// answers tells whether the concierges' digests answer 引受 and メモ.
func (d Digests) answers() bool { return d.Concierge && d.Said }

func (d Digests) any() bool {
	return d.Concierge || d.Clerk || d.Office != time.Sunday || d.AgencyDay > 0
}

// morning is one walk over all cases that wait: whom to remind, and what the digests say of each case. A case is folded
// once; what is kept of it is small.
type morning struct {
	robot   *Robot
	from    Waiting
	wants   Digests
	facts   casework.Facts
	remind  []casework.RemindIn
	at      map[casework.Reader]int
	digests map[casework.Reader]*casework.DigestIn
	order   []casework.Reader
	open    []casework.OpenCase
	unsent  []casework.Unsent
	unread  []casework.Unread // mails that nobody has dealt with: their senders are not reminded
	written []string          // who has a letter of the clock on the way, or has got today's
	agency  agencies
	err     error
}

// firstLook is how far back somebody's first digest looks.
const firstLook = 7 * 24 * time.Hour

func (r *Robot) newMorning(from Waiting, wants Digests, now time.Time, people casework.Roster) *morning {
	return &morning{robot: r, from: from, wants: wants, facts: casework.Facts{Now: now, Office: r.Office, Roster: people, Calendar: r.Calendar, Off: r.Off, SaidInDigest: wants.answers()},
		at: map[casework.Reader]int{}, digests: map[casework.Reader]*casework.DigestIn{}}
}

// digest is what is gathered for a reader's digest; since says when the one before was written.
func (g *morning) digest(ctx context.Context, reader casework.Reader) *casework.DigestIn {
	if in, ok := g.digests[reader]; ok {
		return in
	}
	in := &casework.DigestIn{Kind: casework.LetterDigestConcierge, Reader: reader, Unread: g.unread}
	if reader.Role == casework.RoleClerk {
		in.Kind = casework.LetterDigestClerk
	}
	at, err := g.from.DigestedAt(ctx, in.Key())
	if err != nil && g.err == nil {
		g.err = err
	}
	if in.Since = at; at.IsZero() {
		in.Since = g.facts.Now.Add(-firstLook)
	}
	g.digests[reader] = in
	g.order = append(g.order, reader)
	return in
}

// visit looks what one case waits for.
func (g *morning) visit(ctx context.Context, c *casework.Case) {
	awaited := casework.OnlyAsked(g.robot.Calendar.Awaited(c, g.facts.Now), g.unsent)
	var due []casework.DueStep
	for _, a := range awaited {
		if a.Due != nil {
			due = append(due, *a.Due)
		}
	}
	wants := g.wants
	for _, s := range due {
		for _, to := range casework.Recipients(*c, s, g.unread, g.facts) {
			g.add(to.Reader, to.To.Addr, func(in *casework.RemindIn) { in.Cases = append(in.Cases, c.ID) })
		}
	}
	if !wants.any() {
		return
	}
	g.agencyCase(ctx, c, awaited)
	if c.Stage.Open() {
		g.open = append(g.open, casework.OpenCaseOf(*c, awaited, g.facts.Now))
	}
	since := func(reader casework.Reader) time.Time { return g.digest(ctx, reader).Since }
	for reader, one := range casework.Digests(*c, awaited, since, g.unread, g.facts) {
		if wants.has(reader) {
			in := g.digest(ctx, reader)
			in.Cases = append(in.Cases, one)
		}
	}
}

// inputs are the digests of the morning, the clerks' first: those that have something in them, and were not written today.
func (g *morning) inputs(ctx context.Context) ([]casework.DigestIn, error) {
	if g.wants.Clerk {
		in := g.digest(ctx, casework.Reader{Role: casework.RoleClerk})
		if g.err != nil {
			return nil, g.err
		}
		var err error
		if in.Desk, err = g.desk(ctx, in.Since); err != nil {
			return nil, err
		}
		in.Desk.Loads = casework.LoadsOf(g.open, g.facts)
	}
	slices.SortStableFunc(g.order, func(a, b casework.Reader) int {
		if a.Role != b.Role {
			return len(a.Code) - len(b.Code)
		}
		return 0
	})
	var out []casework.DigestIn
	for _, reader := range g.order {
		in := *g.digests[reader]
		if g.wants.has(reader) && midnight(in.Since).Before(midnight(g.facts.Now)) && in.Worth(g.facts.Now) {
			out = append(out, in)
		}
	}
	weekly, err := g.weekly(ctx)
	if weekly != nil {
		out = append(out, *weekly)
	}
	return append(out, g.agency.inputs()...), errors.Join(g.err, err)
}

// weekly is the office's digest on its day of the week, or on the first business day after it; nil: not today.
func (g *morning) weekly(ctx context.Context) (*casework.DigestIn, error) {
	wants, now := g.wants, g.facts.Now
	if wants.Office == time.Sunday {
		return nil, nil
	}
	in := &casework.DigestIn{Kind: casework.LetterDigestOffice, Reader: casework.Reader{Role: casework.RoleClerk}}
	at, err := g.from.DigestedAt(ctx, in.Key())
	day := lastDay(now, wants.Office)
	if err != nil || at.After(day) || at.IsZero() && day.Before(midnight(now)) { // an office begins with its day
		return nil, err
	}
	return in, g.figures(ctx, in)
}

// lastDay is when the newest day of that name began in Japan, today's included.
func lastDay(now time.Time, day time.Weekday) time.Time {
	today := midnight(now)
	return today.AddDate(0, 0, -(int(today.Weekday()-day)+7)%7)
}

// figures fills the office's digest: of the seven days before its day of the week.
func (g *morning) figures(ctx context.Context, in *casework.DigestIn) (err error) {
	now, day := g.facts.Now, g.wants.Office
	if day == time.Sunday { // of an office that has none: a preview
		day = time.Monday
	}
	until := lastDay(now, day)
	in.Since = until.AddDate(0, 0, -7)
	flow, err := g.from.Flow(ctx, in.Since, until)
	if err != nil {
		return err
	}
	if in.Desk, err = g.from.Desk(ctx, in.Since); err != nil {
		return err
	}
	flow.Open, in.Flow = g.open, &flow
	for _, addr := range g.wants.OfficeTo {
		if g.facts.Roster.Sender(casework.Address{Addr: addr}, now).Known() {
			in.To = append(in.To, casework.Address{Addr: addr})
		}
	}
	return nil
}

// mostSteps is how many cases one transaction of a digest loads to record the steps that are due: the writer is not to be
// held long when the program has stood still for a month.
const mostSteps = 200

// inParts is a digest and, where more steps are due than its transaction takes, what records the others behind it. What is
// not recorded because the process ends is due again on the next day.
func inParts(in casework.DigestIn) []casework.DigestIn {
	parts := []casework.DigestIn{in}
	cases, due := slices.Clone(in.Cases), 0
	for i, c := range cases {
		if !c.Due {
			continue
		}
		if due++; due <= mostSteps {
			continue
		}
		cases[i].Due = false
		if due%mostSteps == 1 {
			parts = append(parts, casework.DigestIn{Kind: in.Kind, Reader: in.Reader, Since: in.Since, Steps: true, Unread: in.Unread})
		}
		last := &parts[len(parts)-1]
		last.Cases = append(last.Cases, c)
	}
	parts[0].Cases = cases
	return parts
}

// desk is what lies on the clerks' desk, with sender and subject of the mails that the digest names.
func (g *morning) desk(ctx context.Context, since time.Time) (casework.Desk, error) {
	d, err := g.from.Desk(ctx, since)
	if err != nil {
		return d, err
	}
	d.JunkSince(since, g.unread, g.facts.Roster, g.facts.Now)
	for _, list := range [][]casework.MailNote{d.Aside, d.Other, d.Questions} {
		for i := range list[:min(len(list), casework.MostNotes)] {
			g.robot.readNote(ctx, &list[i])
		}
	}
	return d, nil
}

// readNote reads who sent a mail, and its subject. One that cannot be read is named by its time alone.
func (r *Robot) readNote(ctx context.Context, n *casework.MailNote) {
	raw, err := r.blobs().Blob(ctx, n.Raw)
	if err != nil {
		r.Log.Warn("a mail for the clerk's digest could not be read", "error", quiet(err))
		return
	}
	if m, err := inbound.ParseHeader(raw, inbound.Options{Limits: inbound.DefaultLimits()}); err == nil {
		n.Subject = m.Subject
		if len(m.From) > 0 {
			n.From = casework.Address(m.From[0])
		}
	}
}

// digestFacts loads the rows of a digest's cases, and those cases anew that have changed since the walk or of which a step
// is due.
func (r *Robot) digestFacts(o *loader, f *casework.Facts, in *casework.DigestIn) {
	ids := make([]int64, len(in.Cases))
	for i, c := range in.Cases {
		ids[i] = c.ID
	}
	f.Digest.Heads = get(o, func() (map[int64]casework.CaseHead, error) { return o.l.Heads(ids) })
	unsent := get(o, o.l.Unsent)
	f.Digest.Awaited = map[int64][]casework.Awaited{}
	for _, one := range in.Cases {
		if !one.Due && f.Digest.Heads[one.ID].Events == one.Events {
			continue
		}
		o.load(one.ID)
		if c := o.cases[one.ID]; o.err == nil {
			f.Digest.Awaited[one.ID] = casework.OnlyAsked(r.Calendar.Awaited(&c, f.Now), unsent)
		}
	}
}

// walk visits all cases of which something may be waited for.
func (g *morning) walk(ctx context.Context) error {
	ids, err := g.from.WaitingCases(ctx)
	if err != nil {
		return err
	}
	if g.unsent, err = g.from.Unsent(ctx); err != nil {
		return err
	}
	if err := g.heldEntries(ctx); err != nil {
		return err
	}
	if err := g.agencies(ctx); err != nil {
		return err
	}
	var ended []int64
	if !g.agency.day.IsZero() {
		if ended, err = g.from.EndedSince(ctx, g.agency.since); err != nil {
			return err
		}
	}
	for _, id := range append(ids, ended...) {
		c, err := g.from.CaseNow(ctx, id)
		if err != nil {
			return fmt.Errorf("look what case %d waits for: %w", id, err)
		}
		if g.visit(ctx, &c); g.err != nil {
			return g.err
		}
	}
	return ctx.Err()
}
