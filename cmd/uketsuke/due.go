package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/clock"
	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/roster"
	"uketsuke/internal/store"
)

// dueDays is how far ahead 'due' looks where no day is named.
const dueDays = 7

var dueCommand = subcommand{name: "due", args: "[--at DATE] --config FILE|--db FILE [--json]",
	brief: `List the reminders that will be sent until a day, to whom and why, should nobody act.

One mail goes to each reader on a day, for all cases. Each line says what is waited for and since when, and the row of
the table: its steps, the one that is due in brackets. Steps are counted in business days, or in calendar days (d).
What is held back waits for a person: a mail of whoever is waited for is held, or locked without its password, or the
letter that asks lies in the Drafts folder still. Whether a mail lies in Junk, was put aside or left in the inbox is
seen by 'uketsuke run' on the morning itself; so is a company's or an agency's answer, which ends a line. Nothing is written, and nothing sent.

With --db alone the calendar is the usual one (Japan's holidays, 29 December to 3 January) and no roster is known: the
lines name parties, not addresses, and take no deputy, freeze or fax into account.`,
	run: func(ctx context.Context, e *env, args []string) error {
		fs := e.dbFlags()
		at := fs.String("at", "", "the last `DATE` to look at, YYYY-MM-DD (default: a week from now)")
		rest, err := fs.parse(args)
		if err != nil {
			return err
		}
		if len(rest) > 0 {
			return usagef("takes no arguments, only flags")
		}
		now := time.Now()
		until := now.AddDate(0, 0, dueDays)
		if *at != "" {
			if until, err = time.ParseInLocation(time.DateOnly, *at, casework.JST); err != nil {
				return usagef("--at %q is no day; write it as 2026-11-19", *at)
			}
		}
		cfg, path, err := fs.load()
		if err != nil {
			return err
		}
		r, err := openDatabase(ctx, path)
		if err != nil {
			return err
		}
		defer r.Close()
		o := &outlook{r: r, now: now, until: until, calendar: clock.New([]clock.Range{clock.YearEnd()}, clock.DefaultHours)}
		if cfg != nil {
			if err := o.configure(ctx, cfg); err != nil {
				return err
			}
		} else {
			fmt.Fprintln(e.Err, "without --config: the usual calendar, and parties instead of addresses")
		}
		if err := o.gather(ctx); err != nil {
			return err
		}
		return o.print(e, *fs.json)
	}}

// outlook is what lies ahead of an office.
type outlook struct {
	r          *store.Reader
	now, until time.Time
	calendar   *clock.Calendar
	office     casework.Office
	people     casework.Roster // nil: not known
	stopped    bool
	rows       []dueRow
}

// dueRow is one line of a reminder, as --json prints it.
type dueRow struct {
	Day     string            `json:"day"` // in Japan; where it is held back, the first day on which it would go
	Held    bool              `json:"heldBack,omitempty"`
	Role    casework.Role     `json:"role"` // of the reader, with the roster code
	Code    string            `json:"code,omitempty"`
	To      string            `json:"to,omitempty"`  // address, "" where it is not known and for the clerks
	Via     bool              `json:"via,omitempty"` // the reader is to ask the company
	Letter  string            `json:"letter"`
	Case    string            `json:"case,omitempty"`
	Inquiry string            `json:"inquiry,omitempty"`
	Wait    casework.WaitKind `json:"wait"`
	What    string            `json:"what"`
	For     casework.Role     `json:"for"` // who is waited for
	ForCode string            `json:"forCode,omitempty"`
	Since   time.Time         `json:"since"`
	Step    int               `json:"step"`
	Table   string            `json:"table"` // the row's steps, this one in brackets
	Files   []string          `json:"files,omitempty"`
}

func (o *outlook) configure(ctx context.Context, cfg *config.Config) error {
	standing, err := daemon.Standing(ctx, cfg, o.now)
	if err != nil {
		return fmt.Errorf("read what was laid over the roster: %w", err)
	}
	o.people, o.calendar, o.office = roster.NewLayers(cfg.Roster()).Over(standing), daemon.Calendar(cfg), cfg.Office()
	return nil
}

// gather lists what lies ahead, by day and reader.
func (o *outlook) gather(ctx context.Context) error {
	from := o.now
	day, err := o.r.ReminderDay(ctx)
	if err != nil {
		return err
	}
	if day >= casework.Day(from) { // today's are written
		written, err := time.ParseInLocation(time.DateOnly, day, casework.JST)
		if err != nil {
			return fmt.Errorf("read the day of the last reminders: %w", err)
		}
		from = written.AddDate(0, 0, 1)
	}
	if o.stopped, err = o.r.Stopped(ctx); err != nil {
		return err
	}
	locked, err := o.r.LockedWaiting(ctx)
	if err != nil {
		return err
	}
	ids, err := o.r.WaitingCases(ctx)
	if err != nil {
		return err
	}
	unsent, err := o.r.Unsent(ctx)
	if err != nil {
		return err
	}
	var unread []casework.Unread
	var cases []casework.Case
	for _, m := range locked {
		unread = append(unread, casework.Unread{From: m.Sender, At: m.Since})
	}
	for _, id := range ids {
		c, err := o.r.CaseNow(ctx, id)
		if err != nil {
			return fmt.Errorf("read case %d: %w", id, err)
		}
		if c.Stage == casework.StageHeld {
			unread = append(unread, casework.Unread{From: c.Submitter.Addr, At: c.StageAt})
		}
		cases = append(cases, c)
	}
	o.passwords(locked, from)
	for _, c := range cases {
		for _, next := range o.calendar.Coming(c, from, o.until, o.recipients(unread, unsent)) {
			o.add(c, next)
		}
	}
	o.sort()
	return nil
}

// passwords are the senders of locked files who will be asked.
func (o *outlook) passwords(locked []casework.LockedMail, from time.Time) {
	for _, at := range o.calendar.Mornings(from, o.until) {
		asked := casework.PasswordsToAsk(locked, at, o.calendar)
		for _, m := range asked {
			o.rows = append(o.rows, dueRow{Day: casework.Day(at), Role: casework.RoleIntake, Code: m.Agency, To: m.Sender,
				Letter: string(casework.LetterLockedAsk), Wait: "password", What: casework.LetterName(casework.LetterLockedAsk), For: casework.RoleIntake, ForCode: m.Agency,
				Since: m.Since, Step: 1, Table: "[1 party]", Files: m.Files})
		}
		for i := range locked { // once
			locked[i].Asked = locked[i].Asked || slices.ContainsFunc(asked, func(m casework.LockedMail) bool { return m.Message == locked[i].Message })
		}
	}
}

// recipients say who gets a step; without a roster, its parties.
func (o *outlook) recipients(unread []casework.Unread, unsent []casework.Unsent) func(casework.Case, casework.DueStep, time.Time) []casework.Recipient {
	return func(c casework.Case, s casework.DueStep, at time.Time) (out []casework.Recipient) {
		if len(casework.Asked([]casework.DueStep{s}, unsent)) == 0 {
			return nil
		}
		if o.people != nil {
			return casework.Recipients(c, s, unread, casework.Facts{Now: at, Office: o.office, Roster: o.people, Calendar: o.calendar})
		}
		for _, whom := range s.Whom {
			out = append(out, casework.Recipient{Party: whom.Party(c, s.Wait.Party), Whom: whom})
		}
		return out
	}
}

func (o *outlook) add(c casework.Case, next clock.Coming) {
	w := next.Step.Wait
	row := dueRow{Day: casework.Day(next.Day), Held: len(next.To) == 0, Role: w.Party.Role, Code: w.Party.Code, Letter: string(casework.LetterReminder),
		Case: c.Number(), Inquiry: w.Support, Wait: w.Kind, What: casework.WaitName(w.Kind), For: w.Party.Role, ForCode: w.Party.Code, Since: w.Since,
		Step: next.Step.Step, Table: tableText(next.Row, next.Step.Step)}
	if row.Held {
		o.rows = append(o.rows, row)
	}
	for _, to := range next.To {
		row.Role, row.Code, row.To, row.Via = to.Party.Role, to.Party.Code, to.To.Addr, to.Via
		o.rows = append(o.rows, row)
	}
}

// tableText is a row of the table: 3 party, [3 party], 3 concierge.
func tableText(r clock.Row, step int) string {
	var out []string
	for i, s := range r.Steps {
		days := fmt.Sprint(s.After)
		if s.Calendar {
			days += "d"
		}
		var whom []string
		for _, w := range s.Whom {
			whom = append(whom, string(w))
		}
		text := days + " " + strings.Join(whom, " and ")
		if i+1 == step {
			text = "[" + text + "]"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// reader is whose mail of the day a line stands in.
func (r dueRow) reader() string {
	if r.To != "" {
		return r.Day + " " + r.To
	}
	return r.Day + " " + string(r.Role) + " " + r.Code
}

// sort puts each mail's lines together; one that only asks for a report is the request itself.
func (o *outlook) sort() {
	slices.SortStableFunc(o.rows, func(a, b dueRow) int {
		if a.Held != b.Held {
			return map[bool]int{true: 1, false: -1}[a.Held]
		}
		return strings.Compare(a.reader(), b.reader())
	})
	lines := map[string]int{}
	for _, r := range o.rows {
		lines[r.reader()]++
	}
	for i, r := range o.rows {
		if r.Wait == casework.WaitFeedback && r.Role == casework.RoleProvider && r.Step == 1 && lines[r.reader()] == 1 {
			o.rows[i].Letter = string(casework.LetterFeedbackAsk)
		}
	}
}

func (o *outlook) print(e *env, asJSON bool) error {
	if o.stopped {
		fmt.Fprintln(e.Err, "全送信停止 is in force: nobody is reminded until 全送信再開")
	}
	last := ""
	for _, r := range o.rows {
		if asJSON {
			if err := printJSON(e.Out, r); err != nil {
				return err
			}
			continue
		}
		if at := fmt.Sprint(r.Held) + r.reader(); at != last {
			last = at
			o.heading(e, r)
		}
		number := strings.TrimSpace(r.Case + " " + r.Inquiry)
		if len(r.Files) > 0 {
			number = strings.Join(r.Files, ", ")
		}
		fmt.Fprintf(e.Out, "  %s  %s since %s  table %s: %s\n", number, r.What, casework.Day(r.Since), r.Wait, r.Table)
	}
	return nil
}

func (o *outlook) heading(e *env, r dueRow) {
	day, _ := time.Parse(time.DateOnly, r.Day) // our own text
	who := strings.TrimSpace(string(r.Role) + " " + r.Code)
	if r.To != "" {
		who += " <" + r.To + ">"
	}
	if r.Via {
		who += " for the company"
	}
	if r.Held {
		fmt.Fprintf(e.Out, "held back from %s: %s\n", r.Day, who)
		return
	}
	fmt.Fprintf(e.Out, "%s %s  %s  %s\n", r.Day, day.Format("Mon"), r.Letter, who)
}
