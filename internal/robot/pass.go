package robot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/semaphore"
)

// Pass goes once over the mailbox. Mails that arrive meanwhile are the next pass's.
func (r *Robot) Pass(ctx context.Context) (Report, error) {
	r.init()
	defer wake(r.passed)
	began := r.Now()
	r.tryDrafts(ctx, r.lookAtDrafts)
	rep, err := r.pass(ctx)
	if err == nil && !rep.Cut {
		var failed int
		failed, err = r.unlock(ctx)
		rep.Failed += failed
	}
	r.tryDrafts(ctx, r.recheckDrafts)
	if err == nil && rep.Failed == 0 && !rep.Cut {
		if err = r.release(ctx, began); err == nil {
			err = r.remind(ctx, began)
		}
	}
	return rep, err
}

// tryDrafts does a part of the work on drafts. A folder that cannot be read holds up no mail; the next pass tries again.
func (r *Robot) tryDrafts(ctx context.Context, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		r.Log.Error("the drafts could not be looked after, it is tried again", "error", quiet(err))
	}
}

// release queues the letters whose hold had ended when a complete pass began: whatever takes a command back, or a
// consent, has been read by now (trust.md "What may leave" 4).
func (r *Robot) release(ctx context.Context, began time.Time) error {
	n, err := r.Store.Release(ctx, began)
	if n > 0 {
		wake(r.wakeSender)
	}
	return err
}

func (r *Robot) pass(ctx context.Context) (Report, error) {
	place, err := r.Mailbox.Status(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("look at the inbox: %w", err)
	}
	cursor, err := r.begin(ctx, place)
	if err != nil {
		return Report{}, err
	}
	if place.UIDNext != 0 && cursor.Next >= place.UIDNext {
		return Report{}, errors.Join(r.checkClock(ctx, nil), r.checkRestored(ctx, cursor, place))
	}
	todo, err := r.look(ctx, cursor, place)
	if err != nil {
		return Report{}, err
	}
	if err := r.checkClock(ctx, todo.heads); err != nil {
		return Report{}, err
	}
	r.vanished(cursor.UIDValidity, todo.gone)
	rep, err := r.work(ctx, cursor, todo.heads)
	if err == nil && rep.Failed == 0 && !rep.Cut {
		r.single = false
		if cursor.Next != todo.next {
			cursor.Next = todo.next
			err = r.Store.SetCursor(ctx, cursor)
		}
	}
	return rep, err
}

// batch is what one FETCH brought.
type batch struct {
	mails  []arrived
	late   []Head   // larger than the listing said: fetched again, in a later batch
	gone   []uint32 // listed, and no longer there
	weight int64
	err    error
	broke  uint32 // the UID at which the fetch broke off
}

// drop removes what is left of a batch: the spooled files that the store did not take over.
func (b *batch) drop() {
	for i := range b.mails {
		dropFile(b.mails[i].file)
	}
}

// memory bounds the raw bytes that are held at once, those of the batch being decided included: two ordinary batches,
// or one mail of any size that is not spooled.
func (r *Robot) memory() int64 { return max(1, 2*r.BatchBytes) }

// work decides batch after batch, while the next ones are fetched and understood.
func (r *Robot) work(ctx context.Context, c Cursor, heads []Head) (rep Report, err error) {
	ctx, cancel := context.WithCancel(ctx)
	ahead := make(chan batch)
	room := semaphore.NewWeighted(r.memory())
	go r.fetchAhead(ctx, c, r.batches(heads), room, ahead)
	defer func() { // whatever ends the pass: nothing runs on behind it, and no spooled file stays
		cancel()
		for b := range ahead {
			b.drop()
		}
	}()
	for b := range ahead {
		failed, err := r.settle(ctx, b.mails)
		b.drop()
		rep.Mails, rep.Failed = rep.Mails+len(b.mails), rep.Failed+failed
		if err != nil {
			return rep, err
		}
		r.vanished(c.UIDValidity, b.gone)
		if b.err != nil {
			return rep, r.brokeOff(ctx, b)
		}
		room.Release(b.weight)
		select {
		case <-r.drain:
			rep.Cut = true
			return rep, nil
		default:
		}
	}
	return rep, ctx.Err()
}

// fetchAhead fetches and understands until all is done, a fetch fails, or ctx ends; then it closes ahead. It runs beside
// the deciding and touches only settings of the Robot.
func (r *Robot) fetchAhead(ctx context.Context, c Cursor, todo [][]Head, room *semaphore.Weighted, ahead chan<- batch) {
	defer close(ahead)
	for len(todo) > 0 {
		weight := min(r.weight(todo[0]), r.memory())
		if room.Acquire(ctx, weight) != nil {
			return
		}
		b := r.bring(ctx, c, todo[0])
		b.weight = weight
		todo = todo[1:]
		for _, h := range slices.Backward(b.late) { // each alone, before what came after it
			todo = append([][]Head{{h}}, todo...)
		}
		select {
		case ahead <- b:
		case <-ctx.Done():
			b.drop()
			return
		}
		if b.err != nil {
			return
		}
	}
}

// weight is how many bytes a batch holds in memory: those of a spooled mail do not count.
func (r *Robot) weight(heads []Head) (n int64) {
	for _, h := range heads {
		if h.Size <= r.MaxMessage {
			n += max(h.Size, 0)
		}
	}
	return n
}

// vanished notes mails that are gone without having been dealt with, so that every UID is accounted for (trust.md S9).
func (r *Robot) vanished(uidvalidity uint32, uids []uint32) {
	if len(uids) == 0 {
		return
	}
	r.Log.Warn("mails were gone before they could be fetched", "mails", len(uids), "first_uid", uids[0])
	r.Store.NoteVanished(uidvalidity, uids)
}

// After so many fetches that broke off at one mail the others go before it, and after so many people are told.
const (
	breaksBehind = 2
	breaksAlarm  = 5
)

// brokeOff counts at which mail a fetch broke off: one that the server cannot deliver must not block those behind it.
func (r *Robot) brokeOff(ctx context.Context, b batch) error {
	if b.broke == 0 || ctx.Err() != nil {
		return b.err
	}
	r.trouble[b.broke]++
	if n := r.trouble[b.broke]; n == breaksAlarm {
		err := r.alarm(ctx, "fetch", "受信箱のメールについて", "受信箱に、メールサーバーから読み取れないメールが1通ございます（ほかのメールは処理しております）。"+
			"お手数ですが、受信箱をご確認いただき、システムの管理者様にお知らせくださいますようお願いいたします。")
		return errors.Join(b.err, err)
	}
	return b.err
}

// orderly puts the mails that gave trouble again and again behind the others; all else stays in order of arrival.
func (r *Robot) orderly(heads []Head) []Head {
	slices.SortStableFunc(heads, func(a, b Head) int { return r.rank(a) - r.rank(b) })
	return heads
}

func (r *Robot) rank(h Head) int {
	if r.trouble[h.UID] >= breaksBehind {
		return 1
	}
	return 0
}

// batches cuts the work into transactions: up to Batch mails or BatchBytes. A mail above MaxMessage stands alone, and
// so does one that gave trouble.
func (r *Robot) batches(heads []Head) [][]Head {
	var out [][]Head
	var cur []Head
	var bytes int64
	flush := func() {
		if len(cur) > 0 {
			out, cur, bytes = append(out, cur), nil, 0
		}
	}
	for _, h := range heads {
		alone := r.single || h.Size > r.MaxMessage || r.rank(h) > 0
		if alone || len(cur) >= r.Batch || bytes+h.Size > r.BatchBytes {
			flush()
		}
		cur, bytes = append(cur, h), bytes+h.Size
		if alone {
			flush()
		}
	}
	flush()
	return out
}
