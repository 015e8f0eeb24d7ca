package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// Letters in the Drafts folder. The robot looks into the folders and tells what became of them; here stands what was found,
// and the guard is asked about those that still wait.

// keepWatch is how long a draft that is gone is still looked for: a mail program may send hours or days after its person.
const keepWatch = 14 * 24 * time.Hour

// putDraft notes that a letter lies in the Drafts folder.
func (t *tx) putDraft(letter int64, at time.Time) error {
	_, err := t.q.exec(`INSERT INTO draft (letter_id, at, fate, watched, remove, sent_id, sent_to, changed) VALUES (?,?,'',1,0,'','[]',0)
		ON CONFLICT (letter_id) DO UPDATE SET at = excluded.at, fate = '', watched = 1, remove = 0, missing_at = NULL`, letter, millis(at))
	return wrap(err, fmt.Sprintf("note the draft of letter %d", letter))
}

// Drafts are the drafts that are looked for: those that wait, and for a while those that are gone.
func (s *Store) Drafts(context.Context) (out casework.Drafts, err error) {
	oldest := int64(0)
	err = s.r.each(`SELECT d.letter_id, d.fate, d.at, coalesce(d.missing_at, 0), d.remove, l.message_id, l.subject, l.recipients
		FROM draft d JOIN letter l ON l.id = d.letter_id WHERE d.watched = 1 ORDER BY d.letter_id`, nil, func(scan func(...any) error) error {
		var d casework.Draft
		var at, missing int64
		var to string
		if err := scan(&d.Letter, &d.Fate, &at, &missing, &d.Remove, &d.MessageID, &d.Subject, &to); err != nil {
			return err
		}
		if d.At = fromMillis(at); missing > 0 {
			d.Missing = fromMillis(missing)
		}
		if len(out.Open) == 0 || at < oldest {
			oldest = at
		}
		out.Open = append(out.Open, d)
		return json.Unmarshal([]byte(to), &out.Open[len(out.Open)-1].To)
	})
	if err != nil || len(out.Open) == 0 {
		return out, wrap(err, "list drafts")
	}
	out.SentAs = map[string]bool{}
	err = s.r.each("SELECT sent_id FROM draft WHERE sent_at >= ? AND sent_id <> ''", []any{oldest - (24 * time.Hour).Milliseconds()}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		out.SentAs[id] = true
		return err
	})
	return out, wrap(err, "list what drafts were sent as")
}

// LetterBytes are the frozen bytes of a letter.
func (s *Store) LetterBytes(_ context.Context, letter int64) ([]byte, error) {
	var sum []byte
	found, err := s.r.one("SELECT hash FROM letter WHERE id = ?", []any{letter}, &sum)
	if err != nil || !found {
		return nil, fmt.Errorf("read letter %d: %w", letter, errors.Join(err))
	}
	return s.letterBytes(s.r, letter, sum)
}

// NoteDrafts writes what a look into the folders found.
func (s *Store) NoteDrafts(ctx context.Context, n casework.DraftNotes) error {
	if n.Empty() {
		return nil
	}
	err := s.write(ctx, func(t *tx) error {
		for _, c := range []struct {
			ids   []int64
			query string
			args  []any
		}{{n.Missing, "UPDATE draft SET missing_at = ? WHERE letter_id = ? AND missing_at IS NULL", []any{millis(t.now)}},
			{n.Back, "UPDATE draft SET missing_at = NULL WHERE letter_id = ?", nil},
			{n.Removed, "UPDATE draft SET remove = 0, watched = fate <> 'sent' WHERE letter_id = ?", nil}} {
			for _, id := range c.ids {
				if _, err := t.q.exec(c.query, append(c.args, id)...); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return wrap(err, "note what was found of drafts")
}

// RecheckDrafts asks the guard about each letter that lies in the Drafts folder, with its case as it stands. What fails is
// withdrawn and reported; one to somebody who is held goes back into the queue. All have to be taken out of the folder. It
// returns how many.
func (s *Store) RecheckDrafts(ctx context.Context, now time.Time, guard Guard) (n int, err error) {
	var one int
	if waiting, err := s.r.one("SELECT 1 FROM letter WHERE state = 'drafted' LIMIT 1", nil, &one); err != nil || !waiting {
		return 0, wrap(err, "look for drafts")
	}
	err = s.write(ctx, func(t *tx) (err error) {
		c := &claim{tx: t, now: now, guard: guard, out: &Claims{}}
		if c.standing, err = t.lookup().Standing(now); err != nil {
			return err
		}
		waiting, err := c.drafted()
		if err != nil {
			return err
		}
		for _, d := range waiting {
			took, err := c.recheck(d)
			if err != nil {
				return fmt.Errorf("letter %d: %w", d.id, err)
			}
			n += boolInt(took)
		}
		if n == 0 {
			return errUnchanged
		}
		return nil
	})
	return n, wrap(err, "ask the guard about drafts")
}

func (c *claim) drafted() (out []due, err error) {
	err = c.q.each("SELECT id, coalesce(case_id, 0), departure, recipients FROM letter WHERE state = 'drafted' ORDER BY id", nil, func(scan func(...any) error) error {
		var d due
		err := scan(&d.id, &d.caseID, &d.departure, &d.remaining)
		out = append(out, d)
		return err
	})
	return out, wrap(err, "read drafts")
}

// recheck tells whether it took a letter out of its draft.
func (c *claim) recheck(d due) (bool, error) {
	reason, err := c.refused(d)
	if err != nil || reason == nil {
		return false, err
	}
	var to []string
	if err := json.Unmarshal([]byte(d.remaining), &to); err != nil {
		return false, fmt.Errorf("read its recipients: %w", err)
	}
	if err := c.endDraft(d.id); err != nil {
		return false, err
	}
	if g := (*casework.Guard)(nil); errors.As(reason, &g) && g.Wait {
		if _, err := c.q.exec("UPDATE letter SET state = 'queued', remaining = recipients, settled_at = NULL WHERE id = ?", d.id); err != nil {
			return false, fmt.Errorf("queue it again: %w", err)
		}
		return true, errors.Join(c.enlane(d.caseID, d.id, to), c.wait(d, g))
	}
	if err := c.withdrawn(d.id, c.now, reason.Error()); err != nil {
		return false, err
	}
	return true, errors.Join(c.followUp(d.id, StateWithdrawn, c.now), c.report(d.id, to, reason.Error(), undelivered{drafted: true}))
}

// endDraft notes that a letter is a draft no more and has to be taken out of the folder.
func (t *tx) endDraft(letter int64) error {
	_, err := t.q.exec("UPDATE draft SET fate = 'withdrawn', remove = 1 WHERE letter_id = ?", letter)
	return wrap(err, "withdraw a draft")
}

// supersede withdraws the morning's digests of days before that still lie in the Drafts folder, of whoever gets a new one:
// what they say is true no more.
func (t *tx) supersede(letters []casework.Letter) error {
	for _, l := range letters {
		if l.Kind() != casework.LetterDigestConcierge && l.Kind() != casework.LetterDigestClerk {
			continue
		}
		var old []int64
		if err := t.q.each("SELECT id, departure FROM letter WHERE state = 'drafted' AND kind = ?", []any{string(l.Kind())}, func(scan func(...any) error) error {
			var id int64
			var departure string
			if err := scan(&id, &departure); err != nil {
				return err
			}
			var d casework.Departure
			err := json.Unmarshal([]byte(departure), &d)
			if d.Party == l.Party {
				old = append(old, id)
			}
			return err
		}); err != nil {
			return fmt.Errorf("look for digests of days before: %w", err)
		}
		for _, id := range old {
			if err := errors.Join(t.withdrawn(id, t.now, "a newer digest was written"), t.endDraft(id)); err != nil {
				return fmt.Errorf("withdraw digest %d: %w", id, err)
			}
		}
	}
	return nil
}

// recordDraft writes what a person made of a draft, once.
func (t *tx) recordDraft(in Inbound, d casework.DraftSettled, raw rawFile) error {
	if d.Fate == casework.DraftDeleted {
		return t.draftDeleted(d.Letter)
	}
	var caseID int64
	found, err := t.q.one(`UPDATE letter SET state = CASE state WHEN 'bounced' THEN state ELSE 'sent' END, settled_at = ?, error = '', remaining = '[]'
		WHERE id = ? AND (state IN ('drafted', 'withdrawn', 'queued') OR EXISTS (SELECT 1 FROM draft d WHERE d.letter_id = letter.id AND d.fate = 'copied'))
		RETURNING coalesce(case_id, 0)`, []any{millis(t.now), d.Letter}, &caseID)
	if err != nil || !found {
		return fmt.Errorf("note that letter %d was sent: it is no draft: %w", d.Letter, errors.Join(err))
	}
	sum, err := t.putRaw(in.Raw, raw)
	if err != nil {
		return err
	}
	to, err := json.Marshal(append([]string{}, d.Recipients...))
	if err != nil {
		return fmt.Errorf("encode recipients: %w", err)
	}
	// of a letter that was withdrawn the draft may still lie in the folder
	if _, err := t.q.exec(`UPDATE draft SET fate = ?1, watched = (remove = 1 OR ?1 = 'copied'), missing_at = NULL, sent_at = ?2, sent_id = ?3, sent_to = ?4, changed = ?5, raw = ?6
		WHERE letter_id = ?7`, d.Fate, millis(d.At), d.MessageID, string(to), boolInt(d.Changed), sum[:], d.Letter); err != nil {
		return fmt.Errorf("note as what letter %d was sent: %w", d.Letter, err)
	}
	if _, err := t.q.exec("DELETE FROM lane WHERE case_id = ? AND letter_id = ?", caseID, d.Letter); err != nil {
		return fmt.Errorf("leave the lanes of letter %d: %w", d.Letter, err)
	}
	if caseID != 0 {
		if err := t.addThread(d.MessageID, caseID, d.Letter); err != nil {
			return err
		}
	}
	return t.followUp(d.Letter, StateSent, t.now)
}

func (t *tx) draftDeleted(letter int64) error {
	var id int64
	found, err := t.q.one(`UPDATE letter SET state = 'withdrawn', settled_at = ?, error = 'a person has deleted its draft'
		WHERE id = ? AND state = 'drafted' RETURNING id`, []any{millis(t.now), letter}, &id)
	if err != nil || !found {
		return fmt.Errorf("note that the draft of letter %d was deleted: it is none: %w", letter, errors.Join(err))
	}
	if _, err := t.q.exec("UPDATE draft SET fate = 'deleted' WHERE letter_id = ?", letter); err != nil {
		return fmt.Errorf("note a deleted draft: %w", err)
	}
	return t.followUp(letter, StateWithdrawn, t.now)
}

// forgetDrafts ends the look-out for drafts that have been gone for long.
func (t *tx) forgetDrafts() (int64, error) {
	n, err := t.q.exec(`UPDATE draft SET watched = 0 WHERE watched = 1 AND remove = 0 AND (SELECT l.state IN ('withdrawn', 'sent') AND l.settled_at < ?
		FROM letter l WHERE l.id = draft.letter_id)`, millis(t.now.Add(-keepWatch)))
	return n, wrap(err, "forget drafts")
}

// Drafted is the letter of a draft that is looked for, with its bytes; nil when there is none of that id.
func (l lookup) Drafted(letter int64) (*casework.DraftedLetter, error) {
	d := &casework.DraftedLetter{ID: letter}
	var departure string
	var at int64
	var sum []byte
	found, err := l.q.one(`SELECT coalesce(m.case_id, 0), m.subject, m.departure, m.hash, d.fate, d.at FROM draft d
		JOIN letter m ON m.id = d.letter_id WHERE d.letter_id = ? AND d.watched = 1`, []any{letter}, &d.Case, &d.Subject, &departure, &sum, &d.Fate, &at)
	if err != nil || !found {
		return nil, wrap(err, "find a draft")
	}
	d.At = fromMillis(at)
	if err := json.Unmarshal([]byte(departure), &d.Departure); err != nil {
		return nil, fmt.Errorf("letter %d: read its departure: %w", letter, err)
	}
	if l.bytes == nil {
		return d, nil
	}
	d.Raw, err = l.bytes(l.q, letter, sum)
	return d, err
}

// Unsent are the letters that lie in the Drafts folder.
func (l lookup) Unsent() (out []casework.Unsent, err error) {
	err = l.q.each(`SELECT coalesce(m.case_id, 0), m.departure FROM draft d CROSS JOIN letter m ON m.id = d.letter_id
		WHERE d.watched = 1 AND d.fate = '' ORDER BY m.id`, nil, func(scan func(...any) error) error {
		var u casework.Unsent
		var departure string
		if err := scan(&u.Case, &departure); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(departure), &u.Departure)
		out = append(out, u)
		return err
	})
	return out, wrap(err, "list the letters in the Drafts folder")
}

// Unsent are the letters that lie in the Drafts folder.
func (g glance) Unsent(context.Context) ([]casework.Unsent, error) { return g.l.Unsent() }
