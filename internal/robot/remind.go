package robot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// Calendar is what the robot asks of the office's calendar and of the table of what is waited for; package clock does it.
type Calendar interface {
	casework.Calendar
	InHours(t time.Time) bool
	Opening(t time.Time) (time.Time, bool) // of the day of t; false on a day off
	Due(c *casework.Case, now time.Time) []casework.DueStep
	Awaited(c *casework.Case, now time.Time) []casework.Awaited
}

// Waiting is what a walk over the cases asks of the database.
type Waiting interface {
	WaitingCases(ctx context.Context) ([]int64, error)
	CaseNow(ctx context.Context, id int64) (casework.Case, error)
	Unsent(ctx context.Context) ([]casework.Unsent, error) // letters that lie in the Drafts folder
	Digesting
}

// Reminders is what the robot asks of the database for its reminders.
type Reminders interface {
	Waiting
	Outside(ctx context.Context) (casework.Standing, bool, error)
	LockedWaiting(ctx context.Context, before time.Time) ([]casework.LockedMail, error)
	RemindersOut(ctx context.Context, since time.Time) ([]string, error)
	ReminderDay(ctx context.Context) (string, error)
	SetReminderDay(ctx context.Context, day string) error
}

// lyingFor is how old a mail may be that keeps a reminder back: what has lain about for longer is no answer on its way.
const lyingFor = 14 * 24 * time.Hour

// remind writes the reminders of the day, once, in office hours, after a complete pass that began when the office was
// open: whatever has been answered is known by then (trust.md S13). One mail goes to each reader for all cases. Not
// while all sending is stopped, not while the clock is wrong (S12), and not before the mailbox was looked at for mails
// that nobody has dealt with.
func (r *Robot) remind(ctx context.Context, began time.Time) error {
	now := r.Now()
	day := casework.Day(now)
	opening, works := r.Calendar.Opening(now)
	if at := midnight(now).Add(r.Digests.At); at.After(opening) {
		opening = at
	}
	if !works || began.Before(opening) || !r.Calendar.InHours(now) || r.told["clock"] || r.reminded == day {
		return nil
	}
	done, err := r.Store.ReminderDay(ctx)
	if err != nil {
		return err
	}
	if done < day {
		all, err := r.remindAll(ctx, now)
		if err != nil || !all {
			return err
		}
		if err := r.Store.SetReminderDay(ctx, day); err != nil {
			return err
		}
	}
	r.reminded = day
	return nil
}

// remindAll writes to each reader to whom something is due. What fails for one holds up no other; it is tried again
// the next day. all is false where nothing was written because sending is stopped or the mailbox cannot be looked at.
func (r *Robot) remindAll(ctx context.Context, now time.Time) (all bool, err error) {
	standing, stopped, err := r.Store.Outside(ctx)
	if err != nil || stopped {
		return false, err
	}
	g := r.newMorning(r.Store, r.Digests, now, r.Roster(standing))
	if looked, err := g.look(ctx); err != nil || !looked {
		return false, err
	}
	if err := g.walk(ctx); err != nil {
		return false, err
	}
	digests, err := g.inputs(ctx)
	if err != nil {
		return false, err
	}
	for _, in := range digests {
		for _, part := range inParts(in) {
			if err := r.tick(ctx, casework.Input{Kind: casework.MailDigest, Date: now, Digest: &part}, len(part.Cases)); err != nil {
				return false, err
			}
		}
	}
	for _, in := range g.remind {
		if err := r.tick(ctx, casework.Input{Kind: casework.MailReminder, Date: now, Remind: &in}, len(in.Cases)); err != nil {
			return false, err
		}
	}
	if len(digests)+len(g.remind) > 0 {
		wake(r.wakeSender)
	}
	return true, nil
}

// look finds the mails that nobody has dealt with, and who has got a letter of the clock today. Without the mailbox there
// are no reminders.
func (g *morning) look(ctx context.Context) (looked bool, err error) {
	r, now := g.robot, g.facts.Now
	if r.Lying != nil {
		if g.unread, err = r.Lying(ctx, now.Add(-lyingFor)); err != nil {
			r.Log.Warn("the mailbox cannot be looked at; nobody is reminded until it can", "error", quiet(err))
			return false, ctx.Err()
		}
	}
	if g.written, err = r.Store.RemindersOut(ctx, midnight(now)); err != nil {
		return false, err
	}
	locked, err := r.Store.LockedWaiting(ctx, now)
	if err != nil {
		return false, err
	}
	for _, l := range locked {
		g.unread = append(g.unread, casework.Unread{From: l.Sender, At: l.Since})
	}
	for _, l := range casework.PasswordsToAsk(locked, now, r.Calendar) {
		g.add(casework.Reader{Addr: strings.ToLower(l.Sender)}, l.Sender, func(in *casework.RemindIn) { in.Locked = append(in.Locked, l) })
	}
	return true, nil
}

// heldEntries adds the senders of held entries to those from whom something waits to be read.
func (g *morning) heldEntries(ctx context.Context) error {
	ids, err := g.from.HeldCases(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, err := g.from.CaseNow(ctx, id)
		if err != nil {
			return fmt.Errorf("look at held case %d: %w", id, err)
		}
		g.unread = append(g.unread, casework.Unread{From: c.Submitter.Addr, At: c.StageAt})
	}
	return nil
}

// add puts a case, or a locked mail, to its reader's mail of the day, unless the reader's digest has it.
func (g *morning) add(reader casework.Reader, addr string, put func(*casework.RemindIn)) {
	if g.wants.has(reader) {
		return
	}
	people := []string{addr}
	if reader.Role == casework.RoleClerk {
		for _, k := range g.facts.Roster.Clerks(g.facts.Now) {
			people = append(people, k.Mail)
		}
	}
	if slices.ContainsFunc(g.written, func(a string) bool {
		return slices.ContainsFunc(people, func(b string) bool { return strings.EqualFold(a, b) })
	}) {
		return
	}
	i, ok := g.at[reader]
	if !ok {
		i = len(g.remind)
		g.at[reader] = i
		g.remind = append(g.remind, casework.RemindIn{Reader: reader, Unread: g.unread})
	}
	put(&g.remind[i])
}

// theClock is who knows what is due.
const theClock = "the clock"

// tick hands in what the clock has to say to one reader.
func (r *Robot) tick(ctx context.Context, in casework.Input, cases int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done, err := r.handle(ctx, []casework.Inbound{own(theClock, in)})
	if err != nil {
		return err
	}
	if err := done[0].Err; err != nil {
		r.Log.Error("a letter of the clock could not be written", "kind", string(in.Kind), "cases", cases, "error", quiet(err))
	}
	return nil
}

// reminderFacts loads the cases of a reminder and what is due of them.
func (r *Robot) reminderFacts(o *loader, f *casework.Facts, in *casework.RemindIn) {
	unsent := get(o, o.l.Unsent)
	for _, id := range slices.Compact(slices.Clone(in.Cases)) {
		o.load(id)
		if c := o.cases[id]; o.err == nil {
			f.Due = append(f.Due, casework.Asked(r.Calendar.Due(&c, f.Now), unsent)...)
		}
	}
}
