package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Sweep tidies up when the robot is idle: expired confirmations and what is no longer recent go, the open notes are
// written, and the write-ahead log is written back. A *BusyError tells that a reader hindered the last step; the
// next Sweep does it.
func (s *Store) Sweep(ctx context.Context) error {
	if err := s.Flush(ctx); err != nil {
		return err
	}
	err := s.write(ctx, func(t *tx) error {
		old, err := t.q.exec("DELETE FROM recent WHERE at < ?", millis(t.now.Add(-25*time.Hour)))
		if err != nil {
			return fmt.Errorf("sweep what is no longer recent: %w", err)
		}
		senders, err := t.q.exec("DELETE FROM sender_mail WHERE at < ?", millis(t.now.Add(-keepSenders)))
		if err != nil {
			return fmt.Errorf("sweep senders' mails: %w", err)
		}
		open, err := t.q.exec("DELETE FROM locked_mail WHERE waits = 0 AND (SELECT m.at FROM message m WHERE m.id = locked_mail.message) < ?",
			millis(t.now.Add(-keepSenders)))
		if err != nil {
			return fmt.Errorf("sweep opened mails: %w", err)
		}
		// an expired word is still answered for a week, in words
		expired, err := t.q.exec("DELETE FROM pending WHERE expires_at < ?", millis(t.now.Add(-7*24*time.Hour)))
		if err != nil {
			return fmt.Errorf("sweep expired confirmations: %w", err)
		}
		drafts, err := t.forgetDrafts()
		if err == nil && old+senders+open+expired+drafts == 0 {
			return errUnchanged
		}
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	return s.checkpoint()
}

// Idle is what the robot calls when it has nothing else to do: old letters' bytes go (Options.KeepBytes), and Sweep.
func (s *Store) Idle(ctx context.Context) error {
	if s.opt.KeepBytes > 0 {
		if _, err := s.DropBytes(ctx, s.opt.Now().Add(-s.opt.KeepBytes)); err != nil {
			return err
		}
	}
	return s.Sweep(ctx)
}

// dropBatch letters lose their bytes in one transaction: secure_delete overwrites each page.
const dropBatch = 200

// DropBytes drops the bytes of letters that were accepted before a time, whose copy is in Sent, and returns how many
// there were. Row, hash and size stay (keep_bytes).
func (s *Store) DropBytes(ctx context.Context, before time.Time) (dropped int, err error) {
	for {
		var files []string
		n := 0
		err := s.write(ctx, func(t *tx) error {
			var err error
			if n, files, err = t.dropSome(before); err == nil && n == 0 {
				return errUnchanged
			}
			return err
		})
		if err != nil {
			return dropped, fmt.Errorf("drop letters' bytes: %w", err)
		}
		for _, f := range files { // after the commit: a file left over by a crash harms nobody
			if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
				return dropped, &FaultError{"drop a large letter's bytes", err}
			}
		}
		if dropped += n; n < dropBatch {
			return dropped, nil
		}
	}
}

func (t *tx) dropSome(before time.Time) (n int, files []string, err error) {
	type old struct {
		id, size int64
		sum      []byte
	}
	var olds []old
	err = t.q.each(`SELECT id, size, hash FROM letter WHERE kept = 1 AND state IN ('sent', 'bounced') AND settled_at < ?
		AND NOT EXISTS (SELECT 1 FROM copy_due c WHERE c.letter_id = letter.id) ORDER BY settled_at, id LIMIT ?`,
		[]any{millis(before), dropBatch}, func(scan func(...any) error) error {
			var o old
			err := scan(&o.id, &o.size, &o.sum)
			olds = append(olds, o)
			return err
		})
	if err != nil {
		return 0, nil, err
	}
	for _, o := range olds {
		if o.size > inlineBytes {
			files = append(files, t.s.letterPath(o.sum))
		} else if _, err := t.q.exec("DELETE FROM letter_bytes WHERE letter_id = ?", o.id); err != nil {
			return 0, nil, err
		}
		if _, err := t.q.exec("UPDATE letter SET kept = 0 WHERE id = ?", o.id); err != nil {
			return 0, nil, err
		}
	}
	return len(olds), files, nil
}
