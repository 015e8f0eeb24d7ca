package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// flying reads a letter whose attempt is being settled; false when it is not in flight (any more).
func (t *tx) flying(id int64) (caseID int64, first bool, remaining []string, ok bool, err error) {
	var to string
	ok, err = t.q.one("SELECT coalesce(case_id, 0), first, remaining FROM letter WHERE id = ? AND state = 'attempting'",
		[]any{id}, &caseID, &first, &to)
	if err != nil || !ok {
		return 0, false, nil, false, wrap(err, fmt.Sprintf("read letter %d", id))
	}
	if err := json.Unmarshal([]byte(to), &remaining); err != nil {
		return 0, false, nil, false, fmt.Errorf("letter %d: recipients: %w", id, err)
	}
	return caseID, first, remaining, true, nil
}

func (t *tx) endAttempt(r Settled, outcome string) error {
	_, err := t.q.exec("UPDATE attempt SET ended_at = ?, outcome = ?, code = ?, text = ? WHERE id = ?", millis(r.At), outcome, r.Code, r.Text, r.Attempt)
	return wrap(err, "note the attempt's result")
}

// withdrawn notes that a letter does not leave, and why.
func (t *tx) withdrawn(letter int64, at time.Time, reason string) error {
	_, err := t.q.exec("UPDATE letter SET state = 'withdrawn', settled_at = ?, error = ? WHERE id = ?", millis(at), reason, letter)
	return wrap(err, "withdraw")
}

// settle gives a letter its final state and frees its lanes.
func (t *tx) settle(r Settled, state string, caseID int64, to []string) error {
	if _, err := t.q.exec("UPDATE letter SET state = ?, settled_at = ?, code = ?, error = ?, remaining = '[]' WHERE id = ?",
		state, millis(r.At), r.Code, r.Text, r.Letter); err != nil {
		return fmt.Errorf("settle letter %d: %w", r.Letter, err)
	}
	if r.Copy {
		t.s.fresh.sent(r.Letter)
	} else {
		t.s.fresh.drop(r.Letter)
	}
	if err := t.leaveLanes(caseID, r.Letter, to); err != nil {
		return err
	}
	return t.followUp(r.Letter, state, r.At)
}

// Accepted notes the server's yes. Recipients that it refused for good are reported; for those that it refused for
// now the letter stays queued until r.Next.
func (s *Store) Accepted(ctx context.Context, r Settled) error {
	return s.settled(ctx, r, func(t *tx, caseID int64, first bool, to []string) error {
		retry := addressesOf(r.Retry)
		served := without(to, retry)
		if err := t.passed(r, caseID, first, without(served, addressesOf(r.Rejected))); err != nil {
			return err
		}
		if len(r.Rejected) > 0 {
			if err := t.report(r.Letter, addressesOf(r.Rejected), "一部の宛先に配信できませんでした："+texts(r.Rejected), undelivered{refused: true}); err != nil {
				return err
			}
		}
		if len(retry) == 0 {
			if err := t.endAttempt(r, "accepted"); err != nil {
				return err
			}
			return t.settle(r, StateSent, caseID, to)
		}
		if err := t.endAttempt(r, "partial"); err != nil {
			return err
		}
		left, err := json.Marshal(retry)
		if err != nil {
			return fmt.Errorf("encode recipients: %w", err)
		}
		if _, err := t.q.exec("UPDATE letter SET state = 'queued', remaining = ?, next_at = ?, tries = tries + 1, error = ? WHERE id = ?",
			string(left), millis(r.Next), texts(r.Retry), r.Letter); err != nil {
			return fmt.Errorf("queue letter %d for the rest: %w", r.Letter, err)
		}
		return t.leaveLanes(caseID, r.Letter, served)
	})
}

// passed counts an accepted or drafted letter for the brakes and notes that its copy is due.
func (t *tx) passed(r Settled, caseID int64, first bool, to []string) error {
	if sealed, _, err := t.planOf(r.Letter); err != nil {
		return err
	} else if r.Copy && !sealed {
		if _, err := t.q.exec("INSERT OR IGNORE INTO copy_due (letter_id, at) VALUES (?,?)", r.Letter, millis(r.At)); err != nil {
			return fmt.Errorf("note the copy of letter %d: %w", r.Letter, err)
		}
	}
	if first {
		return nil
	}
	for _, addr := range to {
		if err := t.addRecent("person", t.lookup().address(addr), r.At, r.Letter); err != nil {
			return err
		}
	}
	if caseID != 0 {
		if err := t.addRecent("case", caseKey(caseID), r.At, r.Letter); err != nil {
			return err
		}
	}
	return t.addRecent("all", caseKey(0), r.At, r.Letter)
}

// Drafted notes that the letter lies in the Drafts folder: not sent, a person has to do it. Its lanes are free: the order
// among drafts is that person's.
func (s *Store) Drafted(ctx context.Context, r Settled) error {
	return s.settled(ctx, r, func(t *tx, caseID int64, first bool, to []string) error {
		r.Copy = false
		if err := t.passed(r, caseID, first, to); err != nil {
			return err
		}
		if err := t.endAttempt(r, "drafted"); err != nil {
			return err
		}
		if err := t.settle(r, StateDrafted, caseID, to); err != nil {
			return err
		}
		return t.putDraft(r.Letter, r.At)
	})
}

// Refused notes a permanent failure; it is reported.
func (s *Store) Refused(ctx context.Context, r Settled) error {
	return s.settled(ctx, r, func(t *tx, caseID int64, _ bool, to []string) error {
		if err := t.endAttempt(r, "refused"); err != nil {
			return err
		}
		if err := t.settle(r, StateFailed, caseID, to); err != nil {
			return err
		}
		return t.report(r.Letter, to, r.Text, undelivered{refused: true})
	})
}

// settled runs one letter's settling in a transaction. A letter that is not in flight is left as it is: it was
// settled before, or another sender has taken over.
func (s *Store) settled(ctx context.Context, r Settled, fn func(t *tx, caseID int64, first bool, to []string) error) error {
	err := s.together(ctx, func(t *tx) error {
		caseID, first, to, ok, err := t.flying(r.Letter)
		if err != nil || !ok {
			return err
		}
		return fn(t, caseID, first, to)
	})
	return wrap(err, fmt.Sprintf("settle letter %d", r.Letter))
}

// Deferred puts letters back into the queue until their Next, all in one transaction.
func (s *Store) Deferred(ctx context.Context, rs ...Settled) error {
	if len(rs) == 0 {
		return nil
	}
	err := s.write(ctx, func(t *tx) error {
		for _, r := range rs {
			if _, _, _, ok, err := t.flying(r.Letter); err != nil {
				return err
			} else if !ok {
				continue
			}
			if err := t.endAttempt(r, r.Outcome); err != nil {
				return err
			}
			if _, err := t.q.exec("UPDATE letter SET state = 'queued', next_at = ?, tries = tries + ?, code = ?, error = ? WHERE id = ?",
				millis(r.Next), boolInt(r.Outcome != "unconnected"), r.Code, r.Text, r.Letter); err != nil {
				return fmt.Errorf("defer letter %d: %w", r.Letter, err)
			}
			s.fresh.drop(r.Letter)
		}
		return nil
	})
	return wrap(err, "put letters off")
}

// Unreported lists what did not leave and was not told yet: refused, withdrawn or braked letters. Handling it as an
// Input of kind MailFailure (Inbound.System) takes it off the list in the same transaction.
func (s *Store) Unreported(_ context.Context, limit int) ([]casework.DeliveryFailure, error) {
	var out []casework.DeliveryFailure
	told := s.notes.take().reported
	err := s.r.each("SELECT id, report FROM letter WHERE report IS NOT NULL ORDER BY id LIMIT ?", []any{limit + len(told)},
		func(scan func(...any) error) error {
			var id int64
			var data string
			if err := scan(&id, &data); err != nil {
				return err
			}
			if slices.Contains(told, id) || len(out) >= limit {
				return nil
			}
			var f casework.DeliveryFailure
			if err := json.Unmarshal([]byte(data), &f); err != nil {
				return fmt.Errorf("letter %d: %w", id, err)
			}
			out = append(out, f)
			return nil
		})
	return out, wrap(err, "list what was not told")
}

// NoteReported notes that failures were told otherwise than through Handle.
func (s *Store) NoteReported(ids []int64) { s.noteLetters(s.notes.reported, ids) }

// NoteCopied notes that copies lie in the Sent folder.
func (s *Store) NoteCopied(ids []int64) {
	s.noteLetters(s.notes.copied, ids)
	s.fresh.drop(ids...)
}

func (s *Store) noteLetters(m map[int64]bool, ids []int64) {
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	for _, id := range ids {
		m[id] = true
	}
}

// CopiesDue lists sent letters whose copy is not in the Sent folder yet, oldest first: at most limit of them, and
// not many more than 8 MiB together.
func (s *Store) CopiesDue(_ context.Context, limit int) ([]Copy, error) {
	done := s.notes.take().copied
	type dueCopy struct {
		Copy
		sum []byte
	}
	var list []dueCopy
	err := s.r.each(`SELECT d.letter_id, d.at, l.message_id, l.hash FROM copy_due d JOIN letter l ON l.id = d.letter_id
		ORDER BY d.letter_id LIMIT ?`, []any{limit + len(done)}, func(scan func(...any) error) error {
		var d dueCopy
		var at int64
		err := scan(&d.Letter, &at, &d.MessageID, &d.sum)
		d.At = fromMillis(at)
		if !slices.Contains(done, d.Letter) && len(list) < limit {
			list = append(list, d)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list copies for Sent: %w", err)
	}
	var out []Copy
	size := 0
	for _, d := range list {
		if size >= claimBytes {
			break
		}
		d.Raw, err = s.letterBytes(s.r, d.Letter, d.sum)
		if broken(err) {
			return nil, err
		}
		if err != nil { // it was sent; without its bytes there is nothing to copy
			s.opt.Log.Error("no copy for the Sent folder", "letter", d.Letter, "error", err.Error())
			s.NoteCopied([]int64{d.Letter})
			continue
		}
		size += len(d.Raw)
		out = append(out, d.Copy)
	}
	return out, nil
}

// NextDue is when a letter can next be tried: the earliest of the queued ones that wait for nothing but time. A time
// in the past means now. false: nothing is queued, or all sending is stopped.
func (s *Store) NextDue(context.Context) (time.Time, bool, error) {
	l := lookup{q: s.r, key: s.key}
	stopped, err := l.Stopped()
	if err != nil {
		return time.Time{}, false, err
	}
	best, ok := int64(0), false
	for _, always := range []int{1, 0} {
		if stopped && always == 0 {
			continue
		}
		next, found, err := l.firstFree(always)
		if err != nil {
			return time.Time{}, false, err
		}
		if found && (!ok || next < best) {
			best, ok = next, true
		}
	}
	return fromMillis(best), ok, nil
}

// firstFree finds the first queued letter, by time, that is the lowest of all its lanes.
func (l lookup) firstFree(always int) (next int64, found bool, err error) {
	last := due{next: -1}
	for {
		page, err := l.queued(always, last, math.MaxInt64)
		if err != nil || len(page) == 0 {
			return 0, false, err
		}
		for _, d := range page {
			var to []string
			if err := json.Unmarshal([]byte(d.remaining), &to); err != nil {
				return 0, false, fmt.Errorf("look for the next letter: letter %d: recipients: %w", d.id, err)
			}
			if blocked, err := l.blocked(d, to); !blocked || err != nil {
				return d.next, err == nil, wrap(err, "look for the next letter")
			}
		}
		last = page[len(page)-1]
	}
}

func addressesOf(rs []Rejection) []string {
	var out []string
	for _, r := range rs {
		out = append(out, r.To)
	}
	return out
}

// without returns the addresses of all that are not in drop.
func without(all, drop []string) []string {
	var out []string
	for _, a := range all {
		if !slices.ContainsFunc(drop, func(d string) bool { return foldAddr(d) == foldAddr(a) }) {
			out = append(out, a)
		}
	}
	return out
}

func texts(rs []Rejection) string {
	var out []string
	for _, r := range rs {
		out = append(out, r.To+" ("+r.Text+")")
	}
	return strings.Join(out, "、")
}
