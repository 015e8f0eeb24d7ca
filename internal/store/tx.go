package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"uketsuke/internal/casework"
)

// tx is one immediate transaction of the writer. Nobody outside the store sees it.
type tx struct {
	s          *Store
	q          *querier
	now        time.Time
	nextLetter int64
	head       *chainHead // nil: not read yet
	memo       *memo
}

// memo is what a transaction has read or written and asks for again for each of its mails.
type memo struct {
	cases    map[int64]*casework.Case // folded so far
	series   map[seriesKey]int64      // last numbers
	counted  []seriesKey              // whose last number is still to be written
	standing *casework.Standing       // nil: not read, or changed since
	day      string                   // of standing
}

func newMemo() *memo {
	return &memo{cases: map[int64]*casework.Case{}, series: map[seriesKey]int64{}}
}

type seriesKey struct {
	name string
	year int
}

// errUnchanged ends a transaction that turned out to have nothing to write.
var errUnchanged = errors.New("nothing to write")

// write runs fn in one immediate transaction. Open notes are written with it. A panic in fn or a step hook rolls
// back and goes on upwards.
func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(ctx); err != nil {
		return err
	}
	return s.writeHeld(fn)
}

// writable tells why a write does not begin; the caller holds mu.
func (s *Store) writable(ctx context.Context) error {
	if s.closed {
		return ErrClosed
	}
	return ctx.Err()
}

// writeHeld is write for a caller that holds mu.
func (s *Store) writeHeld(fn func(*tx) error) error {
	if _, err := s.w.exec("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	committed := false
	defer func() {
		if !committed {
			_, _ = s.w.exec("ROLLBACK")
		}
		s.opt.Step("db.end")
	}()
	s.opt.Step("db.begin")
	t := &tx{s: s, q: s.w, now: s.opt.Now(), memo: newMemo()}
	open := s.notes.take()
	if err := t.writeNotes(open); err != nil {
		return fmt.Errorf("write the open notes: %w", err)
	}
	if err := fn(t); err != nil {
		if errors.Is(err, errUnchanged) {
			return nil
		}
		return err
	}
	if err := t.writeSeries(); err != nil {
		return err
	}
	s.opt.Step("db.commit.before")
	if _, err := s.w.exec("COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	s.commits.Add(1)
	s.notes.written(open)
	s.opt.Step("db.commit.after")
	s.trimLog()
	return nil
}

// broken tells a fault of the database itself (disk full, busy, damaged) from one of a single mail: after it no
// further mail can be done. A violated constraint is the mail's own fault.
func broken(err error) bool {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()&0xff != sqlite3.SQLITE_CONSTRAINT
	}
	var fault *FaultError
	if errors.As(err, &fault) {
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrClosed)
}
