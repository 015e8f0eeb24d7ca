package store

import (
	"context"
	"sync"
)

// together is for small writes that come at the same moment from several goroutines, such as the server's yes to
// letters sent side by side: each is written at once, and those that wait for the writer share the next commit.
//
//  1. A write queues itself and waits for its turn at the writer.
//  2. Whoever has the turn takes the whole queue into one transaction; the others find themselves done.
//  3. When the transaction fails, each write is tried in one of its own, so that one's fault is not the others'.
func (s *Store) together(ctx context.Context, fn func(*tx) error) error {
	own := &smallWrite{ctx: ctx, fn: fn, done: make(chan error, 1)}
	s.small.add(own)
	taken, err := s.writeSmall(ctx)
	if len(taken) == 0 && err != nil { // the writer could not be had: nobody else will take this one for us
		s.small.drop(own)
		return err
	}
	for _, w := range taken {
		if err != nil && len(taken) > 1 {
			w.done <- s.write(w.ctx, w.fn)
		} else {
			w.done <- err
		}
	}
	return <-own.done
}

// writeSmall waits for its turn and writes what is in the queue by then; nothing, and no transaction, where another has
// taken all.
func (s *Store) writeSmall(ctx context.Context) (taken []*smallWrite, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(ctx); err != nil {
		return nil, err
	}
	if taken = s.small.take(); len(taken) == 0 {
		return nil, nil
	}
	return taken, s.writeHeld(func(t *tx) error {
		for _, w := range taken {
			if err := w.fn(t); err != nil {
				return err
			}
		}
		return nil
	})
}

// smallWrite is one write of the queue.
type smallWrite struct {
	ctx  context.Context // of its caller, for a transaction of its own
	fn   func(*tx) error
	done chan error
}

// smallWrites is the queue.
type smallWrites struct {
	mu    sync.Mutex
	queue []*smallWrite
}

func (q *smallWrites) add(w *smallWrite) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = append(q.queue, w)
}

func (q *smallWrites) take() []*smallWrite {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.queue
	q.queue = nil
	return all
}

// drop takes a write out again; one that somebody has taken meanwhile gets its answer, which nobody reads.
func (q *smallWrites) drop(w *smallWrite) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, other := range q.queue {
		if other == w {
			q.queue = append(q.queue[:i:i], q.queue[i+1:]...)
			return
		}
	}
}
