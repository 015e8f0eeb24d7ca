package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// brake is one limit as it applies to one letter.
type brake struct {
	what   string // person, case, all
	key    []byte
	limit  int
	window time.Duration
	words  string // Japanese, for the report
	until  time.Time
}

func (b brake) id() string { return b.what + string(b.key) }

func caseKey(id int64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 8, 16), uint64(id)) }

// brakesOf lists the brakes that a letter touches, as far as they are set.
func (c *claim) brakesOf(caseID int64, to []string) []brake {
	var bs []brake
	if n := c.brakes.PerPersonHour; n > 0 {
		for _, addr := range to {
			bs = append(bs, brake{what: "person", key: c.lookup().address(addr), limit: n, window: time.Hour,
				words: fmt.Sprintf("同じ宛先への送信が1時間に%d通の上限に達しました", n)})
		}
	}
	if n := c.brakes.PerCaseDay; n > 0 && caseID != 0 {
		bs = append(bs, brake{what: "case", key: caseKey(caseID), limit: n, window: 24 * time.Hour,
			words: fmt.Sprintf("同じ案件についての送信が1日に%d通の上限に達しました", n)})
	}
	if n := c.brakes.PerHour; n > 0 {
		bs = append(bs, brake{what: "all", key: caseKey(0), limit: n, window: time.Hour,
			words: fmt.Sprintf("送信全体が1時間に%d通の上限に達しました", n)})
	}
	return bs
}

// brake returns the first brake that holds the letter back, with the time until when, or nil.
func (c *claim) brake(d due, to []string) (*brake, error) {
	for _, b := range c.brakesOf(d.caseID, to) {
		room := b.limit - c.picked[b.id()]
		if room <= 0 {
			b.until = c.now.Add(time.Minute)
			return &b, nil
		}
		var at int64
		found, err := c.q.one("SELECT at FROM recent WHERE what = ? AND key = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
			[]any{b.what, b.key, millis(c.now.Add(-b.window)), room - 1}, &at)
		if err != nil {
			return nil, fmt.Errorf("look at the brakes: %w", err)
		}
		if found {
			b.until = fromMillis(at).Add(b.window)
			return &b, nil
		}
	}
	return nil, nil
}

// putOff lets a letter wait until its brake frees it, and has the clerk told once in the brake's window.
func (c *claim) putOff(d due, to []string, b *brake) error {
	if _, err := c.q.exec("UPDATE letter SET next_at = ?, error = ? WHERE id = ?", millis(b.until), b.words, d.id); err != nil {
		return fmt.Errorf("put off: %w", err)
	}
	var at int64
	told := "told/" + b.what
	found, err := c.q.one("SELECT at FROM recent WHERE what = ? AND key = ? AND at > ? ORDER BY at DESC LIMIT 1",
		[]any{told, b.key, millis(c.now.Add(-b.window))}, &at)
	if err != nil || found {
		return wrap(err, "look whether the brake was told")
	}
	if err := c.addRecent(told, b.key, c.now, d.id); err != nil {
		return err
	}
	return c.report(d.id, to, b.words+"。メールは失われず、順次送信されます。", undelivered{braked: true})
}

// undelivered says why a letter is reported that did not leave.
type undelivered struct {
	braked  bool // it waits because of a brake
	refused bool // the server took it for no good: it has not arrived
	drafted bool // it lay in the Drafts folder: no attempt was made to send it
}

// report leaves word that a letter did not leave, for Unreported. What could not be told by a letter of that very
// kind is told by no further one.
func (t *tx) report(letter int64, to []string, reason string, what undelivered) error {
	var f casework.DeliveryFailure
	var departure string
	if _, err := t.q.one(`SELECT l.departure, l.kind, coalesce(l.case_id, 0), l.subject, l.party_role, l.party_code, coalesce(p.support, ''),
		(SELECT count(*) FROM attempt a WHERE a.letter_id = l.id) FROM letter l LEFT JOIN letter_plan p ON p.letter_id = l.id WHERE l.id = ?`,
		[]any{letter}, &departure, &f.Kind, &f.Case, &f.Subject, &f.Party.Role, &f.Party.Code, &f.Support, &f.Tries); err != nil {
		return fmt.Errorf("read letter %d: %w", letter, err)
	}
	if f.Kind == casework.LetterUndelivered && !what.braked {
		return nil
	}
	var d casework.Departure
	if err := json.Unmarshal([]byte(departure), &d); err == nil { // one that cannot be read has no lines to tell
		f.Lines = d.Lines
	}
	f.Letter, f.To, f.Reason, f.Braked, f.Refused, f.Drafted = letter, to, reason, what.braked, what.refused, what.drafted
	if what.drafted {
		f.Tries = 0
	}
	data, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode a report: %w", err)
	}
	_, err = t.q.exec("UPDATE letter SET report = ? WHERE id = ?", string(data), letter)
	return wrap(err, "leave a report")
}

// takeReport takes a report away as it is handled, in the same transaction: told once, whatever crashes. done is
// true when there is none any more.
func (t *tx) takeReport(f *casework.DeliveryFailure) (done bool, err error) {
	if f == nil || f.Letter == 0 {
		return false, nil
	}
	var waiting bool
	found, err := t.q.one("SELECT report IS NOT NULL FROM letter WHERE id = ?", []any{f.Letter}, &waiting)
	if err != nil || !found {
		return false, wrap(err, "look for a report")
	}
	if !waiting {
		return true, nil
	}
	_, err = t.q.exec("UPDATE letter SET report = NULL WHERE id = ?", f.Letter)
	return false, wrap(err, "take a report")
}
