package robot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/outbox"
)

// Run works until ctx ends or drain is closed: watches, passes, files, sends. On drain it finishes the pass it is in,
// files and sends what is due, and returns nil; when ctx ends it stops where it is, which loses nothing.
func (r *Robot) Run(ctx context.Context, drain <-chan struct{}) error {
	r.init()
	r.drain = drain
	work, stop := context.WithCancel(ctx)
	defer stop()
	notice := make(chan struct{}, 1)
	var watch sync.WaitGroup
	if r.Watch != nil {
		watch.Add(1)
		go func() {
			defer watch.Done()
			if err := r.Watch(work, func() { wake(notice) }); err != nil && work.Err() == nil {
				r.Log.Error("watching the inbox ended", "error", err.Error())
			}
		}()
	}
	side := r.beside(ctx)
	r.passLoop(ctx, notice, drain)
	stop()
	watch.Wait()
	side()
	return r.finish(ctx)
}

// beside starts filer and sender; the returned function lets them finish what they are at and waits. They are never
// cut off in the middle of a letter but by ctx: a letter whose answer nobody hears is sent twice.
func (r *Robot) beside(ctx context.Context) (finish func()) {
	quit := make(chan struct{})
	var wg sync.WaitGroup
	for _, loop := range []func(context.Context, <-chan struct{}){r.fileLoop, r.sendLoop, r.copyLoop} {
		wg.Go(func() { loop(ctx, quit) })
	}
	return func() { close(quit); wg.Wait() }
}

// passLoop makes a pass at every notice and every poll interval; after a failure it backs off with jitter.
func (r *Robot) passLoop(ctx context.Context, notice, drain <-chan struct{}) {
	failures := 0
	for {
		rep, err := r.Pass(ctx)
		wait := r.Poll
		switch {
		case ctx.Err() != nil || rep.Cut:
			return
		case err != nil:
			failures++
			wait = backoff(failures)
			r.Log.Error("pass failed", "failures", failures, "retry_ms", wait.Milliseconds(), "error", err.Error())
		default:
			failures = 0
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-drain:
			timer.Stop()
			return
		case <-notice:
			if failures > 0 { // a dead server may notify as often as it likes
				select {
				case <-timer.C:
				case <-ctx.Done():
				case <-drain:
					return
				}
			}
		case <-timer.C:
			if err := r.Store.Idle(ctx); err != nil && ctx.Err() == nil {
				r.Log.Warn("idle housekeeping failed", "error", err.Error())
			}
		}
		timer.Stop()
	}
}

// backoff doubles from one second to two minutes, with up to a quarter of jitter.
func backoff(failures int) time.Duration {
	d := min(time.Second<<min(failures-1, 7), 2*time.Minute)
	return d + time.Duration(rand.Int64N(int64(d)/4+1))
}

// fileLoop moves mails to their folders as they are dealt with.
func (r *Robot) fileLoop(ctx context.Context, quit <-chan struct{}) {
	for {
		if err := r.fileAll(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("filing failed, it is tried again", "error", err.Error())
		}
		if !waitFor(ctx, quit, r.wakeFiler, time.Minute) || !waitFor(ctx, quit, r.passed, gathering) {
			return
		}
	}
}

// gathering is how long the filer lets mails gather while a pass brings more: moving one costs a server as much as
// moving a hundred.
const gathering = 500 * time.Millisecond

// copyLoop puts sent letters into the Sent folder, beside the sending: a copy is never waited for.
func (r *Robot) copyLoop(ctx context.Context, quit <-chan struct{}) {
	for {
		if err := r.Outbox.Copies(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("copying to Sent failed, it is tried again", "error", err.Error())
		}
		if !waitFor(ctx, quit, r.wakeCopier, time.Minute) || !waitFor(ctx, quit, nil, copying) {
			return
		}
	}
}

// copying is how long the copier lets letters gather: a server looks through the folder at each round.
const copying = 100 * time.Millisecond

// sendLoop sends what is due, then waits for the next letter.
func (r *Robot) sendLoop(ctx context.Context, quit <-chan struct{}) {
	for {
		wait := r.afterSending(ctx, r.sendAll(ctx))
		if !waitFor(ctx, quit, r.wakeSender, wait) {
			return
		}
	}
}

// afterSending says how long to wait: until the next letter is due, or until the server may be there again. After a
// fault of the database the lease is taken anew, so that interrupted attempts are queued again.
func (r *Robot) afterSending(ctx context.Context, err error) time.Duration {
	const longest = time.Minute
	var down *outbox.DownError
	switch {
	case ctx.Err() != nil:
		return longest
	case errors.As(err, &down):
		return min(max(down.Until.Sub(r.Now()), time.Second), longest)
	case err != nil:
		r.Log.Error("sending failed, it is tried again", "error", quiet(err))
		if r.Renew != nil {
			if err := r.Renew(ctx); err != nil {
				r.Log.Error("the lease could not be taken anew", "error", err.Error())
			}
		}
		return longest
	}
	if due, ok, err := r.Outbox.NextDue(ctx); err == nil && ok {
		return min(max(due.Sub(r.Now()), 100*time.Millisecond), longest)
	}
	return longest
}

func waitFor(ctx context.Context, quit, ch <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-quit:
		return false
	case <-ch:
	case <-t.C:
	}
	return true
}

// rounds is how many rounds of the outbox run side by side: while one waits for the writer, the other sends.
const rounds = 4

// sendAll sends until nothing is due now.
func (r *Robot) sendAll(ctx context.Context) error {
	if r.Alone {
		return r.sendDue(ctx)
	}
	errs := make([]error, rounds)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = r.sendDue(ctx) })
	}
	wg.Wait()
	return eachOnce(errs)
}

// eachOnce joins what several rounds met, each text once: a server that is down is met by all.
func eachOnce(errs []error) error {
	told := map[string]bool{}
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool {
		if err == nil || told[err.Error()] {
			return true
		}
		told[err.Error()] = true
		return false
	})...)
}

// sendDue makes rounds until nothing is due: a letter frees the next one of its case and recipient, and one that did
// not leave makes another that tells so.
func (r *Robot) sendDue(ctx context.Context) error {
	for idle := 0; idle < 2; {
		sent, more, err := r.Outbox.Once(ctx)
		if sent > 0 {
			wake(r.wakeCopier)
		}
		if err != nil {
			return err
		}
		if more {
			continue
		}
		if due, ok, err := r.Outbox.NextDue(ctx); err != nil || !ok || due.After(r.Now()) {
			return err
		}
		if sent == 0 {
			idle++
		}
	}
	return nil
}

// fileAll files everything that waits, grouped by folder so that one MOVE takes many. A folder that refuses is left
// until the next time, and holds up no other.
func (r *Robot) fileAll(ctx context.Context) error {
	type place struct{ uidvalidity, uid uint32 } // one mail may lie in several
	tried := map[place]bool{}
	refused := map[casework.Folder]error{}
	for left := 0; ; {
		all, err := r.Store.ToFile(ctx, 256+left)
		if err != nil {
			return fmt.Errorf("list what is to be filed: %w", err)
		}
		var due []casework.Filing
		for _, f := range all {
			if at := (place{f.UIDValidity, f.UID}); !tried[at] {
				tried[at] = true
				due = append(due, f)
			}
		}
		if len(due) == 0 {
			return errors.Join(slices.Collect(maps.Values(refused))...)
		}
		n, err := r.file(ctx, due, refused)
		if err != nil {
			return err
		}
		left += n
	}
}

// file moves mails to their folders and returns how many stay; refused has the folders that take none.
func (r *Robot) file(ctx context.Context, due []casework.Filing, refused map[casework.Folder]error) (stay int, err error) {
	place, err := r.Mailbox.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("look at the inbox: %w", err)
	}
	groups := map[casework.Folder][]casework.Filing{}
	for _, f := range due {
		if f.UIDValidity != place.UIDValidity {
			r.Store.NoteFiled([]casework.Filing{f}) // its UID means nothing any more; a rescan finds the mail by content
			continue
		}
		groups[f.Folder] = append(groups[f.Folder], f)
	}
	for folder, fs := range groups {
		uids := make([]uint32, len(fs))
		for i, f := range fs {
			uids[i] = f.UID
		}
		if refused[folder] == nil {
			if _, err := r.Mailbox.Move(ctx, uids, r.Folders[folder]); err != nil {
				refused[folder] = fmt.Errorf("file %d mails: %w", len(uids), err)
			}
		}
		if refused[folder] != nil {
			stay += len(fs)
			continue
		}
		r.Store.NoteFiled(fs)
	}
	return stay, nil
}

// Once goes through mailbox and outbox once: every mail that is there, everything that is due. When drain is closed it
// ends after the batch that it is at; drain may be nil.
func (r *Robot) Once(ctx context.Context, drain <-chan struct{}) (Report, error) {
	r.init()
	r.drain = drain
	side := func() {}
	if !r.Alone {
		side = r.beside(ctx)
	}
	rep, err := r.Pass(ctx)
	for again := 0; err == nil && rep.Failed > 0 && !rep.Cut && again < tries; again++ {
		done := rep.Mails
		rep, err = r.Pass(ctx)
		rep.Mails += done
	}
	side()
	return rep, errors.Join(err, r.finish(ctx))
}

// finish files and sends what is due and writes the lazy notes.
func (r *Robot) finish(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(r.fileAll(ctx), r.sendAll(ctx), r.Outbox.Copies(ctx), r.Store.Flush(ctx))
}
