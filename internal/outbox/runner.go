package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"uketsuke/internal/casework"
)

const (
	claimLimit  = 8  // letters of one attempt commit, architecture.md rule 10
	copyLimit   = 64 // copies of one round
	reportLimit = 32
)

// Runner is the sender. Once, Copies and NextDue may run beside each other, and Once beside itself: the store claims no
// letter twice, and none behind one of the same case and recipient that is on its way.
type Runner struct {
	Store     Store
	Transport Transport
	Folders   Folders
	Guard     Guard
	Epoch     int64    // of the store's lease
	Drafting  Drafting // which letters are put into the Drafts folder for a person to send; zero: none
	// Sent and Drafts tell the folders' names, once they can be asked for.
	Sent, Drafts func(ctx context.Context) (string, error)
	SentCopies   bool // off where the provider saves sent mail by itself
	Now          func() time.Time
	Brakes       Brakes
	Backoff      func(tries int) time.Duration // nil: Backoff
	Parallel     int                           // letters on their way at once; 0 is 1
	// Report tells what did not leave: it is handled as an input of the robot's own. nil: nobody is told.
	Report func(ctx context.Context, f casework.DeliveryFailure) error
	Log    *slog.Logger // nil: nothing is logged

	mu        sync.Mutex
	downUntil time.Time
	downs     int            // rounds in a row without a connection
	sent      Mark           // of the Sent folder, at the last look
	triedAt   map[int64]Mark // of the Sent folder, from before the first attempt of letters whose copy is due

	telling  sync.Mutex
	reported bool // what was left unreported by an earlier run has been looked at; guarded by telling
}

// Once does one round: claim, send, note, report. more tells that further letters are due now. Errors: *DownError
// when no server was reached (or the time to try again has not come); else a fault of the database, after which the
// lease has to be taken anew, so that interrupted attempts are queued again.
func (r *Runner) Once(ctx context.Context) (sent int, more bool, err error) {
	if until, down := r.isDown(); down {
		return 0, false, &DownError{until, errors.New("waiting after a failed connection")}
	}
	claims, err := r.Store.Claim(ctx, r.Epoch, r.Now(), claimLimit, r.Guard, r.Brakes)
	if err != nil {
		return 0, false, err
	}
	var res roundResult
	drafts, letters := r.sort(claims.Letters)
	r.sendAll(ctx, letters, &res)
	r.draftAll(ctx, drafts, &res)
	if ctx.Err() != nil {
		res.down = nil // we have hung up ourselves: that says nothing of the server
	}
	down := r.noteDown(&res)
	if err := r.Store.Deferred(context.WithoutCancel(ctx), res.deferred...); err != nil {
		res.err = errors.Join(res.err, err)
	}
	if res.err != nil {
		return res.sent, false, res.err
	}
	if err := r.tell(ctx, claims.Withdrawn+claims.Braked > 0 || res.refused); err != nil {
		return res.sent, false, err
	}
	return res.sent, claims.More && down == nil, down
}

// sort parts the letters that wait for a person from those that leave.
func (r *Runner) sort(all []Claimed) (drafts, letters []Claimed) {
	for _, l := range all {
		if r.Drafting.Waits(l.Kind, l.Role) {
			drafts = append(drafts, l)
		} else {
			letters = append(letters, l)
		}
	}
	return drafts, letters
}

// RecheckDrafts asks the guard about the letters that lie in the Drafts folder, and reports those that it withdraws. more
// tells that drafts have to be taken out of the folder.
func (r *Runner) RecheckDrafts(ctx context.Context) (more bool, err error) {
	n, err := r.Store.RecheckDrafts(ctx, r.Now(), r.Guard)
	if err != nil || n == 0 {
		return false, err
	}
	return true, r.tell(ctx, true)
}

// roundResult gathers what a round's letters came to.
type roundResult struct {
	mu       sync.Mutex
	sent     int
	refused  bool      // something has to be reported
	deferred []Settled // written together at the end
	down     error     // no connection: letters not tried yet are put off
	err      error     // the database
}

func (r *Runner) isDown() (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.downUntil, r.Now().Before(r.downUntil)
}

// noteDown fixes until when a round without connection waits, for itself and for its letters.
func (r *Runner) noteDown(res *roundResult) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if res.down == nil {
		if res.sent > 0 {
			r.downs, r.downUntil = 0, time.Time{}
		}
		return nil
	}
	r.downs++
	r.downUntil = r.Now().Add(downWait(r.downs))
	for i := range res.deferred {
		if res.deferred[i].Outcome == outcomeUnconnected {
			res.deferred[i].Next = r.downUntil
		}
	}
	r.log().Warn("no connection for sending", "error", res.down.Error(), "wait_s", int(downWait(r.downs).Seconds()))
	return &DownError{r.downUntil, res.down}
}

func (r *Runner) log() *slog.Logger {
	if r.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return r.Log
}

// sendAll sends the letters, up to Parallel at once: no two of a claim share a case and a recipient.
func (r *Runner) sendAll(ctx context.Context, letters []Claimed, res *roundResult) {
	limit := make(chan struct{}, max(r.Parallel, 1))
	var wg sync.WaitGroup
	for _, l := range letters {
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			r.sendOne(ctx, l, res)
		})
	}
	wg.Wait()
}

// stopped tells whether letters not dialled yet are left alone: no connection, or the program ends.
func (res *roundResult) stopped(ctx context.Context) (error, bool) {
	res.mu.Lock()
	defer res.mu.Unlock()
	if res.down != nil {
		return res.down, true
	}
	return ctx.Err(), ctx.Err() != nil
}

func (r *Runner) sendOne(ctx context.Context, l Claimed, res *roundResult) {
	if cause, stop := res.stopped(ctx); stop {
		r.postpone(l, cause, res)
		return
	}
	mark := r.sentMark()
	rejected, err := r.Transport.Send(ctx, l.From, l.To, l.Raw)
	s := Settled{Letter: l.ID, Attempt: l.Attempt, At: r.Now()}
	if err == nil && len(rejected) > 0 && len(rejected) >= len(l.To) {
		err = worst(rejected)
	}
	if err != nil {
		r.failed(ctx, l, s, err, res)
		return
	}
	if s.Copy = r.SentCopies; s.Copy && !l.Again {
		r.keepMark(l.ID, mark)
	}
	if len(rejected) > 0 {
		r.split(l, &s, rejected)
	}
	// the yes is noted even when the program is asked to end: this note is what prevents a second copy
	err = r.Store.Accepted(context.WithoutCancel(ctx), s)
	res.mu.Lock()
	defer res.mu.Unlock()
	res.sent++
	res.refused = res.refused || len(s.Rejected) > 0
	res.err = errors.Join(res.err, err)
}

// Outcomes of an attempt that is made again.
const (
	outcomeDeferred    = "deferred"
	outcomeUnconnected = "unconnected"
	outcomeUnknown     = "unknown"
)

// postpone puts a letter off that could not be tried for no fault of its own.
func (r *Runner) postpone(l Claimed, cause error, res *roundResult) {
	res.mu.Lock()
	defer res.mu.Unlock()
	now := r.Now()
	res.deferred = append(res.deferred, Settled{Letter: l.ID, Attempt: l.Attempt, At: now, Next: now, Outcome: outcomeUnconnected, Text: cause.Error()})
}

// failed sorts a failed attempt: no connection, ended by us, permanent, given up, or to be tried again.
func (r *Runner) failed(ctx context.Context, l Claimed, s Settled, err error, res *roundResult) {
	if isConnection(err) || (ctx.Err() != nil && !isPermanent(err) && !isUnknown(err)) {
		res.mu.Lock()
		if isConnection(err) && res.down == nil {
			res.down = err
		}
		res.mu.Unlock()
		r.postpone(l, err, res)
		return
	}
	s.Code, s.Text, s.Outcome = codeOf(err), err.Error(), outcomeDeferred
	if isUnknown(err) {
		s.Outcome = outcomeUnknown
	}
	s.Next = s.At.Add(r.backoff(l.Tries + 1))
	final := isPermanent(err)
	if !final && expired(l.Since, s.Next) {
		final, s.Text = true, "期限切れ（5日間配信できませんでした）："+s.Text
	}
	level := slog.LevelWarn
	if ctx.Err() != nil { // we have ended the attempt ourselves; its letter is sent again
		level = slog.LevelInfo
	}
	r.log().Log(ctx, level, "letter not accepted", "letter", l.ID, "kind", string(l.Kind), "case", l.Case, "code", s.Code, "permanent", final, "tries", l.Tries+1)
	if !final {
		res.mu.Lock()
		defer res.mu.Unlock()
		res.deferred = append(res.deferred, s)
		return
	}
	s.Outcome = ""
	err = r.Store.Refused(context.WithoutCancel(ctx), s)
	res.mu.Lock()
	defer res.mu.Unlock()
	res.refused, res.err = true, errors.Join(res.err, err)
}

func (r *Runner) backoff(tries int) time.Duration {
	if r.Backoff != nil {
		return r.Backoff(tries)
	}
	return Backoff(tries)
}

// split sorts the recipients that were not taken into refused for good and to be tried again.
func (r *Runner) split(l Claimed, s *Settled, rejected map[string]error) {
	s.Next = s.At.Add(r.backoff(l.Tries + 1))
	for _, to := range l.To {
		err, ok := rejected[to]
		if !ok {
			continue
		}
		rej := Rejection{To: to, Code: codeOf(err), Text: err.Error()}
		if isPermanent(err) || expired(l.Since, s.Next) {
			s.Rejected = append(s.Rejected, rej)
		} else {
			s.Retry = append(s.Retry, rej)
		}
	}
}

// worst picks the failure that stands for all recipients: a temporary one if there is any, since one may still do.
func worst(rejected map[string]error) error {
	var permanent error
	for _, err := range rejected {
		if !isPermanent(err) {
			return err
		}
		permanent = err
	}
	return permanent
}

// tell reports what did not leave. A report that cannot be handled stays for the next run.
func (r *Runner) tell(ctx context.Context, news bool) error {
	if r.Report == nil {
		return nil
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	if r.reported && !news {
		return nil
	}
	r.reported = false
	for {
		fs, err := r.Store.Unreported(ctx, reportLimit)
		if err != nil {
			return err
		}
		for _, f := range fs {
			if err := r.Report(ctx, f); err != nil {
				return fmt.Errorf("report letter %d: %w", f.Letter, err)
			}
			r.Store.NoteReported([]int64{f.Letter})
		}
		if len(fs) < reportLimit {
			r.reported = true
			return nil
		}
	}
}

// NextDue is when Once can next do something; false while nothing is queued or all sending is stopped. A time in the
// past means now.
func (r *Runner) NextDue(ctx context.Context) (time.Time, bool, error) {
	at, ok, err := r.Store.NextDue(ctx)
	if err != nil || !ok {
		return time.Time{}, false, err
	}
	if until, down := r.isDown(); down && until.After(at) {
		at = until
	}
	return at, true, nil
}
