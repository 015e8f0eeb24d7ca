package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// Letters that do not leave at once.
//
//   - held: the letters of a command that 直前取消 may take back. They are queued by the first complete pass over the
//     mailbox that began after their time (trust.md "What may leave" 4).
//   - waiting: the password of a referral. It is queued when the referral's letter was accepted, and withdrawn with it.
//
// Neither stands in a lane before it is queued: what can still be taken back holds up no other letter.

// States of a letter before it is queued.
const (
	StateHeld    = "held"
	StateWaiting = "waiting"
)

// planned tells whether a letter has a row of its own in letter_plan.
func planned(l casework.Letter) bool {
	return l.Support != "" || l.Command != 0 || l.After != "" || l.Sealed
}

// stateOf is a letter's first state.
func stateOf(l casework.Letter) string {
	switch {
	case l.After != "":
		return StateWaiting
	case l.Hold > 0:
		return StateHeld
	}
	return StateQueued
}

// plan notes what a letter belongs to and waits for.
func (t *tx) plan(l casework.Letter) error {
	if !planned(l) {
		return nil
	}
	var after int64
	if l.After != "" {
		found, err := t.q.one(`SELECT l.id FROM letter l JOIN letter_plan p ON p.letter_id = l.id
			WHERE l.case_id = ? AND p.support = ? AND l.kind = ? ORDER BY l.id DESC LIMIT 1`, []any{l.Case, l.Support, l.After}, &after)
		if err != nil || !found {
			return fmt.Errorf("letter %d waits for a letter %s that there is not: %w", l.ID, l.After, errors.Join(err))
		}
	}
	_, err := t.q.exec("INSERT INTO letter_plan (letter_id, support, command, after_id, sealed) VALUES (?,?,?,?,?)",
		l.ID, l.Support, l.Command, optional(after), boolInt(l.Sealed))
	return wrap(err, fmt.Sprintf("write the plan of letter %d", l.ID))
}

// enlane puts a letter into the lanes of its recipients.
func (t *tx) enlane(caseID, letter int64, to []string) error {
	if caseID == 0 {
		return nil
	}
	for _, addr := range to {
		if _, err := t.q.exec("INSERT OR IGNORE INTO lane (case_id, rcpt, letter_id) VALUES (?,?,?)", caseID, t.lookup().address(addr), letter); err != nil {
			return fmt.Errorf("write a lane of letter %d: %w", letter, err)
		}
	}
	return nil
}

// Release queues the held letters whose time had come when the pass began. It returns how many.
func (s *Store) Release(ctx context.Context, began time.Time) (n int, err error) {
	var one int
	if found, err := s.r.one("SELECT 1 FROM letter WHERE state = 'held' AND next_at <= ? LIMIT 1", []any{millis(began)}, &one); err != nil || !found {
		return 0, wrap(err, "look for held letters")
	}
	err = s.write(ctx, func(t *tx) error {
		n, err = t.queueThose("state = 'held' AND next_at <= ?", millis(began))
		return err
	})
	return n, wrap(err, "release held letters")
}

// queueThose queues the letters that a condition names, the oldest first. (Their order is made afterwards: by the order of
// their ids all letters there are would be gone through.)
func (t *tx) queueThose(condition string, arg int64) (int, error) {
	type found struct {
		id, caseID int64
		to         []string
	}
	var all []found
	err := t.q.each("SELECT id, coalesce(case_id, 0), remaining FROM letter WHERE "+condition+" ORDER BY +id", []any{arg}, func(scan func(...any) error) error {
		var f found
		var to string
		if err := scan(&f.id, &f.caseID, &to); err != nil {
			return err
		}
		all = append(all, f)
		return json.Unmarshal([]byte(to), &all[len(all)-1].to)
	})
	if err != nil {
		return 0, fmt.Errorf("read letters to queue: %w", err)
	}
	for _, f := range all {
		if _, err := t.q.exec("UPDATE letter SET state = 'queued', next_at = 0 WHERE id = ?", f.id); err != nil {
			return 0, fmt.Errorf("queue letter %d: %w", f.id, err)
		}
		if err := t.enlane(f.caseID, f.id, f.to); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// planOf tells whether a letter is sealed, and whether others wait for it.
func (t *tx) planOf(id int64) (sealed, awaited bool, err error) {
	_, err = t.q.one(`SELECT coalesce((SELECT sealed FROM letter_plan WHERE letter_id = ?), 0),
		EXISTS (SELECT 1 FROM letter_plan WHERE after_id = ?)`, []any{id, id}, &sealed, &awaited)
	return sealed, awaited, wrap(err, fmt.Sprintf("read the plan of letter %d", id))
}

// followUp lets the letters that wait for another go on when that was sent, and takes them back when it never will be.
// The bytes of a sealed letter are erased once it needs them no more.
func (t *tx) followUp(id int64, state string, now time.Time) error {
	sealed, awaited, err := t.planOf(id)
	if err != nil {
		return err
	}
	if sealed {
		if _, err := t.q.exec("DELETE FROM letter_bytes WHERE letter_id = ?", id); err != nil {
			return fmt.Errorf("erase a sealed letter: %w", err)
		}
		if _, err := t.q.exec("UPDATE letter SET kept = 0 WHERE id = ?", id); err != nil {
			return fmt.Errorf("erase a sealed letter: %w", err)
		}
	}
	switch {
	case !awaited:
		return nil
	case state == StateSent:
		_, err := t.queueThose("state = 'waiting' AND id IN (SELECT letter_id FROM letter_plan WHERE after_id = ?)", id)
		return err
	case state == StateDrafted:
		return nil // a person sends it, or does not
	}
	if _, err = t.q.exec(`UPDATE letter SET state = 'withdrawn', settled_at = ?, error = ?, kept = 0 WHERE state = 'waiting'
		AND id IN (SELECT letter_id FROM letter_plan WHERE after_id = ?)`, millis(now), "the letter that it waited for did not leave", id); err != nil {
		return fmt.Errorf("withdraw what waited: %w", err)
	}
	_, err = t.q.exec("DELETE FROM letter_bytes WHERE letter_id IN (SELECT letter_id FROM letter_plan WHERE after_id = ? AND sealed = 1)", id)
	return wrap(err, "erase what waited")
}

// takeBack withdraws the letters of a command, all of them or the transaction fails (直前取消). Those that wait for another
// come after it, and are taken back before it.
func (t *tx) takeBack(ids []int64, now time.Time) error {
	for _, id := range slices.Backward(ids) {
		var caseID int64
		var to string
		found, err := t.q.one(`UPDATE letter SET state = 'withdrawn', settled_at = ?, error = 'taken back' WHERE id = ?
			AND (state = 'drafted' OR state IN ('held', 'waiting', 'queued') AND tries = 0 AND tried_at IS NULL) RETURNING coalesce(case_id, 0), recipients`, []any{millis(now), id}, &caseID, &to)
		if err != nil || !found {
			return fmt.Errorf("take letter %d back: it has left: %w", id, errors.Join(err))
		}
		if _, err := t.q.exec("DELETE FROM lane WHERE case_id = ? AND letter_id = ?", caseID, id); err != nil {
			return fmt.Errorf("leave the lanes of letter %d: %w", id, err)
		}
		if err := errors.Join(t.endDraft(id), t.followUp(id, StateWithdrawn, now)); err != nil {
			return err
		}
	}
	return nil
}

// recordSecrets keeps passwords sealed until their agency asks for them, and erases those that were told.
func (t *tx) recordSecrets(out casework.Outcome) error {
	for _, support := range out.Forget {
		for _, id := range out.Cases {
			if _, err := t.q.exec("DELETE FROM kept_password WHERE case_id = ? AND support = ?", id, support); err != nil {
				return fmt.Errorf("erase a password: %w", err)
			}
		}
	}
	for _, k := range out.Keep {
		if t.s.opt.Seal == nil {
			return fmt.Errorf("keep a password: there is no key to seal it with")
		}
		sealed, err := t.s.opt.Seal([]byte(k.Password))
		if err != nil {
			return fmt.Errorf("seal a password: %w", err)
		}
		if _, err := t.q.exec(`INSERT INTO kept_password (case_id, support, sealed) VALUES (?,?,?)
			ON CONFLICT (case_id, support) DO UPDATE SET sealed = excluded.sealed`, k.Case, k.Support, sealed); err != nil {
			return fmt.Errorf("keep a password: %w", err)
		}
	}
	return nil
}

// recordSupports notes the inquiry numbers that events gave.
func (t *tx) recordSupports(e casework.Event) error {
	p, ok := e.Payload.(*casework.Inquired)
	if !ok {
		return nil
	}
	_, err := t.q.exec("INSERT INTO inquiry (number, case_id) VALUES (?,?)", p.Support, e.Case)
	return wrap(err, "write an inquiry number")
}

// ThreadLetter finds the letter of ours that a mail answers: the first of the Message-IDs that is one. Its case comes
// with it.
func (l lookup) ThreadLetter(ids []string) (found casework.ThreadLetter, caseID int64, err error) {
	for _, mid := range ids {
		var departure string
		ok, err := l.q.one(`SELECT m.id, coalesce(m.case_id, 0), m.kind, m.party_role, m.party_code, m.departure FROM thread t
			JOIN letter m ON m.id = t.letter_id WHERE t.key = ?`, []any{l.key("message-id", mid)},
			&found.ID, &caseID, &found.Kind, &found.Party.Role, &found.Party.Code, &departure)
		if err != nil {
			return found, 0, fmt.Errorf("find the letter that is answered: %w", err)
		}
		if !ok {
			continue
		}
		var d casework.Departure
		if err := json.Unmarshal([]byte(departure), &d); err != nil {
			return found, 0, fmt.Errorf("letter %d: read its departure: %w", found.ID, err)
		}
		found.Kind, found.Support, found.Relay, found.For = d.Asks(), d.Support, d.Relay, d.For
		return found, caseID, nil
	}
	return found, 0, nil
}

// Bounced is the letter of ours that a bounce is about; nil when there is none of that id.
func (l lookup) Bounced(letter int64) (*casework.DeliveryFailure, error) {
	f := &casework.DeliveryFailure{Letter: letter}
	var to string
	found, err := l.q.one(`SELECT l.kind, coalesce(l.case_id, 0), l.subject, l.recipients, l.party_role, l.party_code, coalesce(p.support, '')
		FROM letter l LEFT JOIN letter_plan p ON p.letter_id = l.id WHERE l.id = ?`, []any{letter},
		&f.Kind, &f.Case, &f.Subject, &to, &f.Party.Role, &f.Party.Code, &f.Support)
	if err != nil || !found {
		return nil, wrap(err, "find the letter that bounced")
	}
	return f, wrap(json.Unmarshal([]byte(to), &f.To), "read the recipients of the letter that bounced")
}

// Undo tells what has become of the letters of a command, by the ordinal of its event in its case.
func (l lookup) Undo(caseID int64, command int) (u casework.Undo, err error) {
	if command == 0 {
		return u, nil
	}
	err = l.q.each(`SELECT m.id, m.state, m.tried_at IS NULL FROM letter m JOIN letter_plan p ON p.letter_id = m.id
		WHERE m.case_id = ? AND p.command = ? AND m.state <> 'withdrawn' ORDER BY m.id`, []any{caseID, command}, func(scan func(...any) error) error {
		var id int64
		var state string
		var fresh bool
		err := scan(&id, &state, &fresh)
		if state == StateDrafted || fresh && (state == StateHeld || state == StateWaiting || state == StateQueued) {
			u.Waiting = append(u.Waiting, id)
		} else {
			u.Gone++
		}
		return err
	})
	return u, wrap(err, "look at a command's letters")
}

// KeptPassword is the password that waits for the agency of a support to ask for it, "" none, and whether the
// referral's letter was accepted.
func (l lookup) KeptPassword(caseID int64, support string) (password string, accepted bool, err error) {
	var state string
	if _, err := l.q.one(`SELECT m.state FROM letter m JOIN letter_plan p ON p.letter_id = m.id
		WHERE m.case_id = ? AND p.support = ? AND m.kind = ? ORDER BY m.id DESC LIMIT 1`, []any{caseID, support, casework.LetterReferral}, &state); err != nil {
		return "", false, fmt.Errorf("look at a referral: %w", err)
	}
	var sealed []byte
	found, err := l.q.one("SELECT sealed FROM kept_password WHERE case_id = ? AND support = ?", []any{caseID, support}, &sealed)
	if err != nil || !found {
		return "", state == StateSent, wrap(err, "look for a kept password")
	}
	if l.open == nil {
		return "", state == StateSent, fmt.Errorf("open a kept password: there is no key")
	}
	plain, err := l.open(sealed)
	return string(plain), state == StateSent, wrap(err, "open a kept password")
}
