package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

func TestSmallWritesOfOneMomentShareCommitsAndNoFault(t *testing.T) {
	s := open(t, t.TempDir())
	before := s.Commits()
	const writers = 40
	bad := errors.New("this one is bad")
	errs := make([]error, writers)
	var wg sync.WaitGroup
	s.mu.Lock() // everybody waits for the writer
	for i := range writers {
		wg.Go(func() {
			errs[i] = s.together(context.Background(), func(tx *tx) error {
				if i == 7 {
					return bad
				}
				return tx.set(fmt.Sprintf("small-%d", i), "1")
			})
		})
	}
	for {
		s.small.mu.Lock()
		n := len(s.small.queue)
		s.small.mu.Unlock()
		if n == writers {
			break
		}
	}
	s.mu.Unlock()
	wg.Wait()
	for i, err := range errs {
		if (i == 7) != errors.Is(err, bad) {
			t.Errorf("writer %d: %v", i, err)
		}
	}
	if n := count(t, s, "SELECT count(*) FROM setting WHERE name LIKE 'small-%'"); n != writers-1 {
		t.Errorf("%d of %d writes are there", n, writers-1)
	}
	again := s.Commits()
	s.mu.Lock()
	for i := range 8 {
		wg.Go(func() {
			errs[i] = s.together(context.Background(), func(tx *tx) error { return tx.set(fmt.Sprintf("good-%d", i), "1") })
		})
	}
	for {
		s.small.mu.Lock()
		n := len(s.small.queue)
		s.small.mu.Unlock()
		if n == 8 {
			break
		}
	}
	s.mu.Unlock()
	wg.Wait()
	if got := s.Commits() - again; got != 1 {
		t.Errorf("eight writes of one moment took %d commits, want 1 (%d before)", got, again-before)
	}
}
