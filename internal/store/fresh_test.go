package store

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Decisions wait while more than paceBytes are to be sent and the sender gets on; a sender that stands still holds them up
// once.
func TestDecisionsWaitForTheSenderButNotForOneThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fresh
		paced := func(rule string, want time.Duration) {
			t.Helper()
			began := time.Now()
			f.pace(t.Context())
			if got := time.Since(began); got != want {
				t.Errorf("%s: waited %s, not %s", rule, got, want)
			}
		}
		paced("nothing is to be sent", 0)
		const each = paceBytes/4 + 1
		for id := range int64(6) {
			f.put(id, []byte{byte(id)}, make([]byte, each))
		}
		paced("the sender stands still", paceWait)
		paced("it is known to", 0)
		f.sent(0)
		go func() {
			for _, id := range []int64{1, 2} {
				time.Sleep(paceWait / 5)
				f.sent(id)
			}
		}()
		paced("the sender gets on", 2*paceWait/5)
		if f.sent(1); f.unsent != 3*each || f.size != 6*each {
			t.Errorf("%d bytes are unsent, %d held", f.unsent, f.size)
		}
		f.drop(0, 1, 2, 3, 4, 5, 9)
		if f.unsent != 0 || f.size != 0 {
			t.Errorf("in the end %d bytes are unsent, %d held", f.unsent, f.size)
		}
		for id := range int64(6) {
			f.put(id, []byte{byte(id)}, make([]byte, each))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		if f.pace(ctx); time.Since(began) != 0 {
			t.Error("a program that ends waits for the sender")
		}
	})
}
