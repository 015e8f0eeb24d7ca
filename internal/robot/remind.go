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
}

// Reminders is what the robot asks of the database for its reminders.
type Reminders interface {
	WaitingCases(ctx context.Context) ([]int64, error)
	CaseNow(ctx context.Context, id int64) (casework.Case, error)
	Outside(ctx context.Context) (casework.Standing, bool, error)
	LockedWaiting(ctx context.Context, before time.Time) ([]casework.LockedMail, error)
	RemindersOut(ctx context.Context, since time.Time) ([]string, error)
	Unsent(ctx context.Context) ([]casework.Unsent, error) // letters that lie in the Drafts folder
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
	m := morning{r: r, f: casework.Facts{Now: now, Office: r.Office, Roster: r.Roster(standing), Calendar: r.Calendar}, at: map[casework.Reader]int{}}
	if looked, err := m.look(ctx); err != nil || !looked {
		return false, err
	}
	if err := m.gather(ctx); err != nil {
		return false, err
	}
	for _, in := range m.due {
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
	if len(m.due) > 0 {
		wake(r.wakeSender)
	}
	return true, nil
}

// morning gathers who is to be reminded.
type morning struct {
	r      *Robot
	f      casework.Facts
	unread []casework.Unread
	out    []string // who has a letter of the clock on the way, or has got today's
	locked []casework.LockedMail
	due    []casework.RemindIn // in the order of the cases
	at     map[casework.Reader]int
}

// look finds the mails that nobody has dealt with. Without the mailbox there are no reminders.
func (m *morning) look(ctx context.Context) (looked bool, err error) {
	if m.r.Lying != nil {
		if m.unread, err = m.r.Lying(ctx, m.f.Now.Add(-lyingFor)); err != nil {
			m.r.Log.Warn("the mailbox cannot be looked at; nobody is reminded until it can", "error", quiet(err))
			return false, ctx.Err()
		}
	}
	if m.locked, err = m.r.Store.LockedWaiting(ctx, m.f.Now); err != nil {
		return false, err
	}
	for _, l := range m.locked {
		m.unread = append(m.unread, casework.Unread{From: l.Sender, At: l.Since})
	}
	m.out, err = m.r.Store.RemindersOut(ctx, midnight(m.f.Now))
	return true, err
}

// gather lists the readers: first who is to tell a password, and whose reminders wait until tomorrow; then of the cases.
func (m *morning) gather(ctx context.Context) error {
	for _, l := range casework.PasswordsToAsk(m.locked, m.f.Now, m.r.Calendar) {
		m.add(casework.Reader{Addr: strings.ToLower(l.Sender)}, l.Sender, func(in *casework.RemindIn) { in.Locked = append(in.Locked, l) })
	}
	ids, err := m.r.Store.WaitingCases(ctx)
	if err != nil {
		return err
	}
	unsent, err := m.r.Store.Unsent(ctx)
	if err != nil {
		return err
	}
	type waiting struct {
		casework.Case
		steps []casework.DueStep
	}
	var cases []waiting
	for _, id := range ids {
		c, err := m.r.Store.CaseNow(ctx, id)
		if err != nil {
			return fmt.Errorf("look what case %d waits for: %w", id, err)
		}
		if c.Stage == casework.StageHeld {
			m.unread = append(m.unread, casework.Unread{From: c.Submitter.Addr, At: c.StageAt})
		}
		if steps := casework.Asked(m.r.Calendar.Due(&c, m.f.Now), unsent); len(steps) > 0 {
			cases = append(cases, waiting{c, steps})
		}
	}
	for _, c := range cases {
		for _, s := range c.steps {
			for _, to := range casework.Recipients(c.Case, s, m.unread, m.f) {
				m.add(to.Reader, to.To.Addr, func(in *casework.RemindIn) { in.Cases = append(in.Cases, c.ID) })
			}
		}
	}
	return nil
}

// add puts a case, or a locked mail, to its reader's mail of the day.
func (m *morning) add(reader casework.Reader, addr string, put func(*casework.RemindIn)) {
	people := []string{addr}
	if reader.Role == casework.RoleClerk {
		for _, k := range m.f.Roster.Clerks(m.f.Now) {
			people = append(people, k.Mail)
		}
	}
	if slices.ContainsFunc(m.out, func(a string) bool {
		return slices.ContainsFunc(people, func(b string) bool { return strings.EqualFold(a, b) })
	}) {
		return
	}
	i, ok := m.at[reader]
	if !ok {
		i = len(m.due)
		m.at[reader] = i
		m.due = append(m.due, casework.RemindIn{Reader: reader, Unread: m.unread})
	}
	put(&m.due[i])
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
