package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// What the office lays over its roster by mail. Each decision and each claim loads it anew, in its own transaction.

// heldFor is how long a letter to a held address is put off before the guard is asked again; 解除 asks at once.
const heldFor = time.Hour

// Standing is what the office has laid over its roster.
func (l lookup) Standing() (casework.Standing, error) {
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
	if err != nil {
		return s, fmt.Errorf("read who is frozen: %w", err)
	}
	if s.Held = len(held); s.Held > 0 {
		s.Address = func(addr string) bool { return held[string(l.address(addr))] }
	}
	return s, nil
}

// FrozenTold tells whether the clerk was told of a held sender's mail since then.
func (l lookup) FrozenTold(addr string, since time.Time) (bool, error) {
	var one int
	found, err := l.q.one("SELECT 1 FROM recent WHERE what = 'told/frozen' AND key = ? AND at >= ? LIMIT 1", []any{l.address(addr), millis(since)}, &one)
	return found, wrap(err, "look whether the clerk was told")
}

// recordStanding writes what 凍結 and 解除 changed. What waited for 解除 is asked about again at once; letters to others
// who are held are put off again.
func (t *tx) recordStanding(f *casework.Freeze) error {
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
