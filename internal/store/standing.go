package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// What the office lays over its roster by mail. Each transaction loads it anew, and again when one of its mails has
// changed it.

// heldFor is how long a letter to a held address is put off before the guard is asked again; 解除 asks at once.
const heldFor = time.Hour

// Standing is what the office has laid over its roster, as far as it counts on the day of at or later.
func (l lookup) Standing(at time.Time) (casework.Standing, error) {
	day := casework.Day(at)
	if l.memo != nil && l.memo.standing != nil && l.memo.day == day {
		return *l.memo.standing, nil
	}
	s, err := l.readStanding(day)
	if err == nil && l.memo != nil {
		l.memo.standing, l.memo.day = &s, day
	}
	return s, err
}

func (l lookup) readStanding(day string) (casework.Standing, error) {
	s, err := l.frozen()
	if err != nil {
		return s, fmt.Errorf("read who is frozen: %w", err)
	}
	err = l.q.each("SELECT concierge, from_day, until_day, deputy FROM absence WHERE until_day >= ? ORDER BY concierge, from_day",
		[]any{day}, func(scan func(...any) error) error {
			var a casework.Absence
			err := scan(&a.Concierge, &a.From, &a.Until, &a.Deputy)
			s.Absences = append(s.Absences, a)
			return err
		})
	if err != nil {
		return s, fmt.Errorf("read who is absent: %w", err)
	}
	err = l.q.each("SELECT agency, what, name, address FROM contact ORDER BY id", nil, func(scan func(...any) error) error {
		var c casework.ContactChange
		err := scan(&c.Agency, &c.What, &c.Name, &c.Address)
		s.Contacts = append(s.Contacts, c)
		return err
	})
	return s, wrap(err, "read who came and went")
}

func (l lookup) frozen() (casework.Standing, error) {
	var s casework.Standing
	held := map[string]bool{}
	err := l.q.each("SELECT what, key, codes FROM frozen", nil, func(scan func(...any) error) error {
		var what, codes string
		var key []byte
		if err := scan(&what, &key, &codes); err != nil {
			return err
		}
		if what == "agency" {
			s.Agencies = append(s.Agencies, string(key))
			return nil
		}
		held[string(key)] = true
		var parties []string
		err := json.Unmarshal([]byte(codes), &parties)
		s.Codes = append(s.Codes, parties...)
		return err
	})
	if s.Held = len(held); s.Held > 0 {
		s.Address = func(addr string) bool { return held[string(l.address(addr))] }
	}
	return s, err
}

// FrozenTold tells whether the clerk was told of a held sender's mail since then.
func (l lookup) FrozenTold(addr string, since time.Time) (bool, error) {
	var one int
	found, err := l.q.one("SELECT 1 FROM recent WHERE what = 'told/frozen' AND key = ? AND at >= ? LIMIT 1", []any{l.address(addr), millis(since)}, &one)
	return found, wrap(err, "look whether the clerk was told")
}

// recordStanding writes what the office has laid over its roster.
func (t *tx) recordStanding(out casework.Outcome) error {
	if out.Freeze != nil || out.Absence != nil || len(out.Contacts) > 0 {
		t.memo.standing = nil
	}
	return errors.Join(t.recordFreeze(out.Freeze), t.recordAbsence(out.Absence), t.recordContacts(out.Contacts))
}

func (t *tx) recordContacts(changes []casework.ContactChange) error {
	for _, c := range changes {
		if _, err := t.q.exec("INSERT INTO contact (agency, what, name, address, at) VALUES (?,?,?,?,?)",
			c.Agency, c.What, c.Name, c.Address, millis(t.now)); err != nil {
			return fmt.Errorf("write a change of contacts: %w", err)
		}
	}
	return nil
}

// recordAbsence writes an absence in the place of those for some of the same days, or lets a concierge's absences end.
func (t *tx) recordAbsence(a *casework.Absence) error {
	switch {
	case a == nil:
		return nil
	case a.From == "":
		_, err := t.q.exec("DELETE FROM absence WHERE concierge = ? AND until_day >= ?", a.Concierge, casework.Day(t.now))
		return wrap(err, "end an absence")
	}
	_, err := t.q.exec("DELETE FROM absence WHERE concierge = ? AND from_day <= ? AND until_day >= ?", a.Concierge, a.Until, a.From)
	if err == nil {
		_, err = t.q.exec("INSERT INTO absence (concierge, from_day, until_day, deputy, at) VALUES (?,?,?,?,?)",
			a.Concierge, a.From, a.Until, a.Deputy, millis(t.now))
	}
	return wrap(err, "write an absence")
}

// recordFreeze writes what 凍結 and 解除 changed. What waited for 解除 is asked about again at once; letters to others
// who are held are put off again.
func (t *tx) recordFreeze(f *casework.Freeze) error {
	if f == nil {
		return nil
	}
	what, key := "address", t.lookup().address(f.Address)
	if f.Agency != "" {
		what, key = "agency", []byte(f.Agency)
	}
	if f.Thaw {
		_, err := t.q.exec("DELETE FROM frozen WHERE what = ? AND key = ?", what, key)
		_, err2 := t.q.exec("UPDATE letter SET next_at = 0, error = '' WHERE state = 'queued' AND error = ?", casework.HeldReason)
		return wrap(errors.Join(err, err2), "thaw a sender")
	}
	codes, err := json.Marshal(f.Codes)
	if err != nil {
		return fmt.Errorf("encode held codes: %w", err)
	}
	_, err = t.q.exec("INSERT OR REPLACE INTO frozen (what, key, codes, at) VALUES (?,?,?,?)", what, key, string(codes), millis(t.now))
	return wrap(err, "freeze a sender")
}

// wait puts a letter off whose recipient is held.
func (c *claim) wait(d due, g *casework.Guard) error {
	_, err := c.q.exec("UPDATE letter SET next_at = ?, error = ? WHERE id = ?", millis(c.now.Add(heldFor)), g.Reason, d.id)
	return wrap(err, "put off for a frozen recipient")
}
