package store

import "uketsuke/internal/casework"

// foreseen is a letter as it will probably be decided, with its bytes.
type foreseen struct {
	letter   casework.Letter
	rendered casework.Rendered
}

// foresee makes the letters of a batch before its transaction, so that the writer is not held while they are rendered
// and the sender does not starve under a backlog:
//
//  1. The batch is decided in a transaction that is rolled back.
//  2. Its letters are rendered in parallel, with nobody waiting.
//  3. The real transaction decides anew, from facts that may have changed; only a letter that is the same to the last
//     value, its id included, takes the bytes made before. All others are rendered then.
//
// Whatever goes wrong here goes wrong again in the real transaction, and is told there.
func (s *Store) foresee(b batch) map[int64]foreseen {
	raws := b.done
	b.done = make([]decided, len(b.ins))
	for i := range raws {
		b.done[i].raw = raws[i].raw
	}
	err := s.write(b.ctx, func(t *tx) error {
		t.dry = true
		b.tx = t
		if err := b.begin(); err != nil {
			return err
		}
		if err := b.decideFrom(0); err != nil {
			return err
		}
		return errUnchanged
	})
	if err != nil {
		return nil
	}
	if _, err := b.renderAll(); err != nil {
		return nil
	}
	ready := map[int64]foreseen{}
	for _, d := range b.done {
		for k, l := range d.letters {
			ready[l.ID] = foreseen{l, d.rendered[k]}
		}
	}
	return ready
}
