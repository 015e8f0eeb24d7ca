package store

import (
	"bytes"
	"sync"
)

// freshBytes bounds what fresh holds.
const freshBytes = 6 << 20

// fresh holds the bytes of letters that were just made, until they are sent and copied, so that under a backlog few are
// read back from the database. What does not fit is not held.
type fresh struct {
	mu      sync.Mutex
	letters map[int64]freshLetter
	size    int
}

type freshLetter struct{ sum, raw []byte }

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
	f.letters[id] = freshLetter{sum, raw}
	f.size += len(raw)
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

func (f *fresh) drop(ids ...int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.size -= len(f.letters[id].raw)
		delete(f.letters, id)
	}
}
