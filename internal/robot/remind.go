package robot

import (
	"context"
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// Calendar is what the robot asks of the office's calendar and of the table of what is waited for; package clock does it.
type Calendar interface {
	casework.Calendar
	InHours(t time.Time) bool
	Opening(t time.Time) (time.Time, bool) // of the day of t; false on a day off
	Due(c *casework.Case, now time.Time) []casework.DueStep
}

// Reminders is what the robot asks of the database for its reminders.
type Reminders interface {
	WaitingCases(ctx context.Context) ([]int64, error)
	CaseNow(ctx context.Context, id int64) (casework.Case, error)
	Outside(ctx context.Context) (casework.Standing, bool, error)
	Unsent(ctx context.Context) ([]casework.Unsent, error) // letters that lie in the Drafts folder
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
	due, err := r.dueReaders(ctx, now, r.Roster(standing))
	if err != nil {
		return false, err
	}
	for _, in := range due {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		done, err := r.handle(ctx, []casework.Inbound{{System: true, Input: casework.Input{Kind: casework.MailReminder, Date: now, Remind: &in,
			Evidence: casework.Evidence{State: casework.EvidencePass, Text: "the clock"}}}})
		if err != nil {
			return false, err
		}
		if err := done[0].Err; err != nil {
			r.Log.Error("a reminder could not be written", "cases", len(in.Cases), "error", quiet(err))
		}
	}
	if len(due) > 0 {
		wake(r.wakeSender)
	}
	return false, nil
}

// dueReaders lists who is to be reminded, each with the cases, in the order of the cases.
func (r *Robot) dueReaders(ctx context.Context, now time.Time, people casework.Roster) ([]casework.RemindIn, error) {
	ids, err := r.Store.WaitingCases(ctx)
	if err != nil {
		return nil, err
	}
	unsent, err := r.Store.Unsent(ctx)
	if err != nil {
		return nil, err
	}
	var out []casework.RemindIn
	at := map[casework.Reader]int{}
	f := casework.Facts{Now: now, Office: r.Office, Roster: people, Calendar: r.Calendar}
	for _, id := range ids {
		c, err := r.Store.CaseNow(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("look what case %d waits for: %w", id, err)
		}
		steps := casework.Asked(r.Calendar.Due(&c, now), unsent)
		if len(steps) == 0 {
			continue
		}
		for _, reader := range casework.Readers(c, steps, f) {
			i, ok := at[reader]
			if !ok {
				i = len(out)
				at[reader] = i
				out = append(out, casework.RemindIn{Reader: reader})
			}
			out[i].Cases = append(out[i].Cases, id)
		}
	}
	return out, nil
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
