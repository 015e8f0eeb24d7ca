package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"uketsuke/internal/casework"
)

// The types that store and outbox share stand in casework.
type (
	Guard     = casework.Gate
	Brakes    = casework.Brakes
	Claimed   = casework.Claimed
	Claims    = casework.Claims
	Rejection = casework.Rejection
	Settled   = casework.Settled
	Copy      = casework.Copy
)

// States of a letter.
const (
	StateQueued     = "queued"
	StateAttempting = "attempting"
	StateSent       = "sent"
	StateDrafted    = "drafted"
	StateFailed     = "failed"
	StateWithdrawn  = "withdrawn"
	StateBounced    = "bounced"
)

// ErrLeaseLost tells that another sender has taken over (S10): stop sending.
var ErrLeaseLost = errors.New("another process has taken over sending")

// Lease makes owner the one sender and returns the epoch to claim with. Letters whose attempt has no result, of a
// sender before, are queued again: the same bytes, a second copy at worst.
func (s *Store) Lease(ctx context.Context, owner string) (epoch int64, err error) {
	err = s.write(ctx, func(t *tx) error {
		if epoch, err = t.epoch(); err != nil {
			return err
		}
		epoch++
		if err := errors.Join(t.set("epoch", strconv.FormatInt(epoch, 10)), t.set("owner", owner)); err != nil {
			return err
		}
		_, err := t.q.exec("UPDATE letter SET state = 'queued', next_at = 0 WHERE state = 'attempting'")
		return wrap(err, "queue interrupted letters again")
	})
	return epoch, err
}

func (t *tx) epoch() (int64, error) {
	v, err := t.lookup().setting("epoch")
	if err != nil || v == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(v, 10, 64)
	return n, wrap(err, "read the epoch")
}

const (
	claimBytes = 8 << 20 // one claim's letters together, at least one
	claimMoves = 512     // letters that one claim withdraws or puts off
)

// due is a letter that might be claimed.
type due struct {
	id, caseID, next, size int64
	first                  bool
	always                 int
	departure, remaining   string
}

// Claim takes up to limit due letters in the order of their decision: one in flight for a case and recipient, none
// under 全送信停止 but those that say so, none over a brake. The guard is asked about each with its case as it
// stands; what fails is withdrawn, the reason kept. The attempts are recorded before Claim returns.
// Errors: ErrLeaseLost.
func (s *Store) Claim(ctx context.Context, epoch int64, now time.Time, limit int, guard Guard, brakes Brakes) (Claims, error) {
	var out Claims
	if waiting, err := anyDue(s.r, now); err != nil || !waiting {
		return out, err
	}
	err := s.write(ctx, func(t *tx) error {
		if have, err := t.epoch(); err != nil {
			return err
		} else if have != epoch {
			return ErrLeaseLost
		}
		c := &claim{tx: t, epoch: epoch, now: now, limit: limit, guard: guard, brakes: brakes, out: &out, picked: map[string]int{}}
		if err := c.run(); err != nil {
			return err
		}
		if len(out.Letters)+out.Withdrawn+out.Braked+out.Frozen == 0 {
			return errUnchanged
		}
		return nil
	})
	if err != nil {
		return Claims{}, fmt.Errorf("claim letters: %w", err)
	}
	slices.SortFunc(out.Letters, func(a, b Claimed) int { return int(a.ID - b.ID) })
	return out, nil
}

func anyDue(q *querier, now time.Time) (bool, error) {
	var one int
	for _, query := range []string{sqlAnyDue + "1", sqlAnyDue + "0"} {
		if found, err := q.one(query+" AND next_at <= ? LIMIT 1", []any{millis(now)}, &one); found || err != nil {
			return found, wrap(err, "look for due letters")
		}
	}
	return false, nil
}

const sqlAnyDue = "SELECT 1 FROM letter WHERE state = 'queued' AND always = "

type claim struct {
	*tx
	epoch  int64
	now    time.Time
	limit  int
	guard  Guard
	brakes Brakes
	out    *Claims
	picked map[string]int // by brake, letters of this claim

	standing casework.Standing // as this claim found it
	bytes    int64
}

func (c *claim) run() error {
	stopped, err := c.lookup().Stopped()
	if err != nil {
		return err
	}
	if c.standing, err = c.lookup().Standing(c.now); err != nil {
		return err
	}
	if err := c.scan(1); err != nil || stopped {
		return err
	}
	return c.scan(0)
}

// full tells whether this claim takes no more.
func (c *claim) full() bool { return len(c.out.Letters) >= c.limit || c.bytes >= claimBytes }

// scan walks the due letters of one kind by their index, page by page: while a page is read nothing is written.
func (c *claim) scan(always int) error {
	var last due
	last.next = -1
	for !c.full() {
		page, err := c.lookup().queued(always, last, millis(c.now))
		if err != nil {
			return err
		}
		for _, d := range page {
			if c.full() || c.out.Withdrawn+c.out.Braked+c.out.Frozen >= claimMoves {
				c.out.More = true
				return nil
			}
			err := c.consider(d)
			if err != nil && !broken(err) {
				err = c.spoiled(d, err)
			}
			if err != nil {
				return fmt.Errorf("letter %d: %w", d.id, err)
			}
			last = d
		}
		if len(page) == 0 {
			return nil
		}
	}
	c.out.More = true
	return nil
}

// queued is the next page of queued letters after one, by time, up to until (milliseconds). It is read to its end before
// anything else is asked: a question asked while another's rows are open needs a second connection of the readers'.
func (l lookup) queued(always int, after due, until int64) ([]due, error) {
	var page []due
	err := l.q.each(`SELECT id, coalesce(case_id, 0), next_at, size, first, departure, remaining FROM letter
		WHERE state = 'queued' AND always = ? AND (next_at, id) > (?, ?) AND next_at <= ? ORDER BY next_at, id LIMIT 32`,
		[]any{always, after.next, after.id, until}, func(scan func(...any) error) error {
			d := due{always: always}
			err := scan(&d.id, &d.caseID, &d.next, &d.size, &d.first, &d.departure, &d.remaining)
			page = append(page, d)
			return err
		})
	return page, wrap(err, "read queued letters")
}

// consider claims, withdraws or puts off one letter, or leaves it waiting behind another of its lane.
func (c *claim) consider(d due) error {
	if len(c.out.Letters) > 0 && c.bytes+d.size > claimBytes {
		c.bytes = claimBytes // this one begins the next claim
		return nil
	}
	var to []string
	if err := json.Unmarshal([]byte(d.remaining), &to); err != nil {
		return fmt.Errorf("read its recipients: %w", err)
	}
	if blocked, err := c.lookup().blocked(d, to); blocked || err != nil {
		return err
	}
	if reason, err := c.refused(d); err != nil {
		return err
	} else if g := (*casework.Guard)(nil); errors.As(reason, &g) && g.Wait {
		c.out.Frozen++
		return c.wait(d, g)
	} else if reason != nil {
		c.out.Withdrawn++
		return c.withdraw(d, to, reason)
	}
	if !d.first {
		if b, err := c.brake(d, to); err != nil {
			return err
		} else if b != nil {
			c.out.Braked++
			return c.putOff(d, to, b)
		}
	}
	return c.take(d, to)
}

// spoiled gives up a letter that can no longer be read, or whose case cannot: it is reported and blocks no other.
func (c *claim) spoiled(d due, cause error) error {
	c.out.Withdrawn++
	c.s.opt.Log.Error("letter cannot be sent", "letter", d.id, "case", d.caseID, "error", cause.Error())
	if _, err := c.q.exec("UPDATE letter SET state = 'failed', settled_at = ?, error = ? WHERE id = ?", millis(c.now), cause.Error(), d.id); err != nil {
		return fmt.Errorf("give up: %w", err)
	}
	if _, err := c.q.exec("DELETE FROM lane WHERE case_id = ? AND letter_id = ?", d.caseID, d.id); err != nil {
		return fmt.Errorf("leave the lane: %w", err)
	}
	var to []string
	_ = json.Unmarshal([]byte(d.remaining), &to) // what cannot be read is not named
	return c.report(d.id, to, "保存されている内容に異常があるため、送信できませんでした（"+cause.Error()+"）。", undelivered{})
}

// blocked tells whether an earlier letter of the same case to one of the same recipients is unfinished.
func (l lookup) blocked(d due, to []string) (bool, error) {
	if d.caseID == 0 {
		return false, nil
	}
	for _, addr := range to {
		var one int
		rcpt := l.address(addr)
		found, err := l.q.one("SELECT 1 FROM lane WHERE case_id = ? AND rcpt = ? AND letter_id < ? LIMIT 1", []any{d.caseID, rcpt, d.id}, &one)
		if err != nil || found {
			return found, wrap(err, "look at its lane")
		}
	}
	return false, nil
}

// refused asks the guard; the error is its reason.
func (c *claim) refused(d due) (reason, err error) {
	var dep casework.Departure
	if err := json.Unmarshal([]byte(d.departure), &dep); err != nil {
		return nil, fmt.Errorf("read its departure: %w", err)
	}
	for id, parts := range dep.Parts(d.caseID) {
		var cs casework.Case
		if cs, err = c.guarded(id, dep); err != nil {
			return nil, err
		}
		for _, part := range parts {
			if reason := c.guard(cs, part, c.standing); reason != nil {
				return reason, nil
			}
		}
	}
	return nil, nil
}

// guarded is a case as the guard has to see it.
func (c *claim) guarded(id int64, dep casework.Departure) (casework.Case, error) {
	switch {
	case id == 0:
		return casework.Case{}, nil
	case dep.Light():
		heads, err := c.lookup().Heads([]int64{id})
		return heads[id].Case(), err
	}
	return c.lookup().Case(id)
}

func (c *claim) withdraw(d due, to []string, reason error) error {
	if err := c.withdrawn(d.id, c.now, reason.Error()); err != nil {
		return err
	}
	c.s.fresh.drop(d.id)
	if err := c.leaveLanes(d.caseID, d.id, to); err != nil {
		return err
	}
	if err := c.followUp(d.id, StateWithdrawn, c.now); err != nil {
		return err
	}
	return c.report(d.id, to, "送信直前の確認により、送信を取りやめました（"+reason.Error()+"）。", undelivered{})
}

// take records the attempt and hands the letter over.
func (c *claim) take(d due, to []string) error {
	l := Claimed{ID: d.id, Case: d.caseID, To: to, Since: c.now}
	var sum []byte
	var tried *int64
	found, err := c.q.one("SELECT kind, party_role, message_id, subject, sender, tries, tried_at, hash FROM letter WHERE id = ?", []any{d.id},
		&l.Kind, &l.Role, &l.MessageID, &l.Subject, &l.From, &l.Tries, &tried, &sum)
	if err != nil || !found {
		return wrap(err, "read it")
	}
	if l.Raw, err = c.s.letterBytes(c.q, d.id, sum); err != nil {
		return err
	}
	if l.Again = tried != nil; l.Again {
		l.Since = fromMillis(*tried)
	}
	if l.Attempt, err = c.q.insert("INSERT INTO attempt (letter_id, epoch, at, outcome, code, text) VALUES (?,?,?,'started',0,'')",
		d.id, c.epoch, millis(c.now)); err != nil {
		return fmt.Errorf("record the attempt: %w", err)
	}
	if _, err := c.q.exec("UPDATE letter SET state = 'attempting', tried_at = coalesce(tried_at, ?) WHERE id = ?", millis(c.now), d.id); err != nil {
		return fmt.Errorf("record the attempt: %w", err)
	}
	c.bytes += d.size
	if !d.first {
		for _, b := range c.brakesOf(d.caseID, to) {
			c.picked[b.id()]++
		}
	}
	c.out.Letters = append(c.out.Letters, l)
	return nil
}

func (t *tx) leaveLanes(caseID, letter int64, to []string) error {
	if caseID == 0 {
		return nil
	}
	for _, addr := range to {
		if _, err := t.q.exec("DELETE FROM lane WHERE case_id = ? AND rcpt = ? AND letter_id = ?", caseID, t.lookup().address(addr), letter); err != nil {
			return fmt.Errorf("leave the lane: %w", err)
		}
	}
	return nil
}
