package store

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// freshBytes bounds what fresh holds. While more than paceBytes of it are not sent yet, decisions wait for the sender, no longer
// than paceWait for each letter.
const (
	freshBytes = 10 << 20
	paceBytes  = 3 << 20
	paceWait   = 50 * time.Millisecond
)

// fresh holds the bytes of letters that were just made, until they are sent and copied, so that under a backlog few are
// read back from the database. What does not fit is not held.
type fresh struct {
	mu      sync.Mutex
	letters map[int64]freshLetter
	size    int
	unsent  int           // of size
	went    chan struct{} // closed when a letter is sent, or dropped; nil: nobody waits
	stuck   bool          // the sender did not settle one in time: it is not waited for until it does
}

type freshLetter struct {
	sum, raw []byte
	sent     bool
}

func (f *fresh) put(id int64, sum, raw []byte) {
	f.drop(id)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.size+len(raw) > freshBytes {
		return
	}
	if f.letters == nil {
		f.letters = map[int64]freshLetter{}
	}
	f.letters[id] = freshLetter{sum: sum, raw: raw}
	f.size += len(raw)
	f.unsent += len(raw)
}

// get returns the bytes of a letter, nil when they are not held. sum is its hash: a letter of a transaction that was
// never committed may have had the same id.
func (f *fresh) get(id int64, sum []byte) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l := f.letters[id]; bytes.Equal(l.sum, sum) {
		return l.raw
	}
	return nil
}

// sent notes that a letter was sent and waits for its copy only.
func (f *fresh) sent(id int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l, ok := f.letters[id]; ok {
		f.leave(l)
		l.sent = true
		f.letters[id] = l
	}
}

func (f *fresh) drop(ids ...int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		if l, ok := f.letters[id]; ok {
			f.leave(l)
			f.size -= len(l.raw)
			delete(f.letters, id)
		}
	}
}

// leave counts a letter as sent, once. The caller holds the lock.
func (f *fresh) leave(l freshLetter) {
	if l.sent {
		return
	}
	f.unsent -= len(l.raw)
	if f.stuck = false; f.went != nil {
		close(f.went)
		f.went = nil
	}
}

// pace waits while many letters wait to be sent, as long as sending goes on: what is made long before it can leave is only
// read back from the database, and whoever wrote first is answered first.
func (f *fresh) pace(ctx context.Context) {
	for {
		f.mu.Lock()
		if f.unsent <= paceBytes || f.stuck {
			f.mu.Unlock()
			return
		}
		if f.went == nil {
			f.went = make(chan struct{})
		}
		went := f.went
		f.mu.Unlock()
		late := time.NewTimer(paceWait)
		select {
		case <-went:
			late.Stop()
		case <-late.C:
			f.mu.Lock()
			f.stuck = f.went == went
			f.mu.Unlock()
		case <-ctx.Done():
			late.Stop()
			return
		}
	}
}
