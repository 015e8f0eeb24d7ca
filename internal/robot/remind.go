package robot

import (
	"context"
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
	ReminderDay(ctx context.Context) (string, error)
	SetReminderDay(ctx context.Context, day string) error
}

// remind writes the reminders of the day, once, in office hours, after a complete pass that began when the office was
// open: whatever has been answered is known by then (trust.md S13). One mail goes to each reader for all cases. Not
// while all sending is stopped, and not while the clock is wrong (S12).
func (r *Robot) remind(ctx context.Context, began time.Time) error {
	now := r.Now()
	day := now.In(casework.JST).Format("2006-01-02")
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
		stopped, err := r.remindAll(ctx, now)
		if err != nil || stopped {
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
// the next day.
func (r *Robot) remindAll(ctx context.Context, now time.Time) (stopped bool, err error) {
	standing, stopped, err := r.Store.Outside(ctx)
	if err != nil || stopped {
		return stopped, err
	}
	g := r.newMorning(r.Store, r.Digests, now, r.Roster(standing))
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
	return false, nil
}

// tick hands in what the clock has to say to one reader.
func (r *Robot) tick(ctx context.Context, in casework.Input, cases int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	in.Evidence = casework.Evidence{State: casework.EvidencePass, Text: "the clock"}
	done, err := r.handle(ctx, []casework.Inbound{{System: true, Input: in}})
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
	for _, id := range in.Cases {
		o.load(id)
		if c := o.cases[id]; o.err == nil {
			f.Due = append(f.Due, casework.Asked(r.Calendar.Due(&c, f.Now), unsent)...)
		}
	}
}
