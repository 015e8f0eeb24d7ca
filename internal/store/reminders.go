package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// glance answers what is asked of the cases as they stand, beside any transaction: of the store by a daemon, of a reader by
// who only looks.
type glance struct{ l lookup }

// WaitingCases lists the cases of which something may be waited for, by id: those that are open, and those that are
// chased.
func (g glance) WaitingCases(context.Context) (ids []int64, err error) {
	ids, err = g.l.ids("SELECT id FROM case_row WHERE open = 1 UNION SELECT case_id FROM chased ORDER BY 1")
	return ids, wrap(err, "list the cases that wait")
}

// HeldCases lists the entries that wait for the clerk (保留), by id.
func (g glance) HeldCases(context.Context) (ids []int64, err error) {
	ids, err = g.l.ids("SELECT id FROM case_row WHERE open = 1 AND stage = 'held' ORDER BY id")
	return ids, wrap(err, "list the held entries")
}

// ids are what a query finds.
func (l lookup) ids(query string, args ...any) (ids []int64, err error) {
	err = l.q.each(query, args, func(scan func(...any) error) error {
		id, err := scanID(scan)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// CaseNow folds a case from its events.
func (g glance) CaseNow(_ context.Context, id int64) (casework.Case, error) { return g.l.Case(id) }

// ReminderDay is the day whose reminders are written, YYYY-MM-DD in Japan; "" none.
func (g glance) ReminderDay(context.Context) (string, error) { return g.l.setting("reminded") }

// Outside is what the office has laid over its roster, and whether all sending is stopped, beside any transaction.
func (s *Store) Outside(_ context.Context) (standing casework.Standing, stopped bool, err error) {
	l := lookup{q: s.r, key: s.key}
	if standing, err = l.Standing(s.opt.Now()); err != nil {
		return standing, false, err
	}
	stopped, err = l.Stopped()
	return standing, stopped, err
}

// RemindersOut lists the addresses to which a letter of the clock is still on its way, or was written since a time: nobody
// gets a second one, should the mail server be away for days, or the process die among a morning's letters.
func (s *Store) RemindersOut(_ context.Context, since time.Time) (out []string, err error) {
	collect := func(scan func(...any) error) error {
		var kind casework.LetterKind
		var recipients string
		var to []string
		if err := scan(&kind, &recipients); err != nil || !kind.InHours() {
			return err
		}
		err := json.Unmarshal([]byte(recipients), &to)
		out = append(out, to...)
		return err
	}
	for _, q := range []struct {
		where string // the states as literals, so that the partial indexes serve
		args  []any
	}{{"state = 'held'", nil}, {"state = 'queued'", nil}, {"state = 'attempting'", nil},
		{"id > coalesce((SELECT id FROM letter WHERE created_at < ? ORDER BY id DESC LIMIT 1), 0)", []any{millis(since)}}} {
		if err = s.r.each("SELECT kind, recipients FROM letter WHERE "+q.where, q.args, collect); err != nil {
			return nil, fmt.Errorf("list the reminders that are on their way: %w", err)
		}
	}
	return out, nil
}

// SetReminderDay notes that a day's reminders are written.
func (s *Store) SetReminderDay(ctx context.Context, day string) error {
	return wrap(s.write(ctx, func(t *tx) error { return t.set("reminded", day) }), "note the day of the reminders")
}

// Filed lists the UIDs of the inbox, from one on, of mails that were done and belong into another folder, whether they
// lie there already or not.
func (s *Store) Filed(_ context.Context, uidvalidity, from uint32) (map[uint32]bool, error) {
	done := map[uint32]bool{}
	err := s.r.each("SELECT uid FROM mailbox_uid WHERE uidvalidity = ? AND uid >= ? AND folder <> ''", []any{uidvalidity, from}, func(scan func(...any) error) error {
		var uid uint32
		err := scan(&uid)
		done[uid] = true
		return err
	})
	return done, wrap(err, "list the mails that were done")
}
