package store

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"uketsuke/internal/casework"
)

func TestLettersOfABatchAreMadeWhileTheWriterIsFree(t *testing.T) {
	s := open(t, t.TempDir())
	var probe sync.Mutex // letters are made side by side: one asks at a time
	var held, free int
	render := func(l casework.Letter) (casework.Rendered, error) {
		probe.Lock()
		defer probe.Unlock()
		if s.mu.TryLock() {
			s.mu.Unlock()
			free++
		} else {
			held++
		}
		return frozen(l)
	}
	handleWith(t, s, register, render, mail(1, "灘酒造"), mail(2, "髙﨑精機"), mail(3, "播磨フーズ"))
	if free == 0 || held != 0 {
		t.Errorf("%d letters made with the writer free, %d with the writer held", free, held)
	}
}

func TestALetterThatTurnsOutOtherwiseIsMadeAnew(t *testing.T) {
	s := open(t, t.TempDir())
	calls := 0
	decide := func(l Lookup, in Inbound) (casework.Outcome, error) {
		out, err := register(l, in)
		calls++
		if calls > 2 { // the facts have changed since the batch was foreseen
			for i := range out.Letters {
				out.Letters[i].Hold = 1
			}
		}
		return out, err
	}
	var made atomic.Int32
	render := func(l casework.Letter) (casework.Rendered, error) {
		if l.Hold == 1 {
			made.Add(1)
		}
		return frozen(l)
	}
	h, err := s.Handle(context.Background(), []Inbound{mail(1, "灘酒造"), mail(2, "髙﨑精機")}, decide, render)
	if err != nil {
		t.Fatal(err)
	}
	want := int32(len(h[0].Letters) + len(h[1].Letters))
	if made.Load() != want || want == 0 {
		t.Errorf("%d of %d letters were made anew", made.Load(), want)
	}
}
