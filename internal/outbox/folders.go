package outbox

import (
	"context"
	"fmt"
	"maps"
	"time"
)

// draftAll puts letters into the Drafts folder, except those that lie there already after a crash, or that a person has
// even sent since.
func (r *Runner) draftAll(ctx context.Context, letters []Claimed, res *roundResult) {
	if len(letters) == 0 {
		return
	}
	folder, have, err := r.drafted(ctx, letters)
	if err != nil {
		res.down = err
	}
	for _, l := range letters {
		if cause, stop := res.stopped(ctx); stop {
			r.postpone(l, cause, res)
			continue
		}
		if !have[l.MessageID] {
			if err := r.Folders.Append(ctx, folder, l.Raw, []string{flagDraft}, r.Now()); err != nil {
				res.down = fmt.Errorf("put a letter into the Drafts folder: %w", err)
				r.postpone(l, res.down, res)
				continue
			}
		}
		if err := r.Store.Drafted(context.WithoutCancel(ctx), Settled{Letter: l.ID, Attempt: l.Attempt, At: r.Now()}); err != nil {
			res.err = err
			return
		}
		res.sent++
	}
}

// drafted tells which letters lie in the Drafts folder, or in Sent where an earlier attempt may have put them into Drafts.
func (r *Runner) drafted(ctx context.Context, letters []Claimed) (folder string, have map[string]bool, err error) {
	var ids, again []string
	for _, l := range letters {
		if ids = append(ids, l.MessageID); l.Again {
			again = append(again, l.MessageID)
		}
	}
	if folder, err = r.Drafts(ctx); err == nil {
		have, _, err = r.Folders.HaveMessageIDs(ctx, folder, ids, Mark{})
	}
	if err != nil {
		return folder, nil, fmt.Errorf("look into the Drafts folder: %w", err)
	}
	if len(again) == 0 {
		return folder, have, nil
	}
	sent, err := r.Sent(ctx)
	if err != nil {
		return folder, nil, err
	}
	gone, _, err := r.Folders.HaveMessageIDs(ctx, sent, again, Mark{})
	if err != nil {
		return folder, nil, fmt.Errorf("look into the Sent folder: %w", err)
	}
	maps.Copy(have, gone)
	return folder, have, nil
}

// Copies puts the copies that are due into the Sent folder: each Message-ID is looked for first, so that a crash or
// a provider that saves by itself makes no second one; what lay there before the letter was first tried cannot be its
// copy and is not looked at. An error leaves the rest for the next call.
func (r *Runner) Copies(ctx context.Context) error {
	if !r.SentCopies {
		return nil
	}
	for {
		due, err := r.Store.CopiesDue(ctx, copyLimit)
		if err != nil || len(due) == 0 {
			return err
		}
		folder, err := r.Sent(ctx)
		if err != nil {
			return err
		}
		ids := make([]string, len(due))
		for i, c := range due {
			ids[i] = c.MessageID
		}
		have, now, err := r.Folders.HaveMessageIDs(ctx, folder, ids, r.markBefore(due))
		if err != nil {
			return fmt.Errorf("look into the Sent folder: %w", err)
		}
		r.setSentMark(now)
		if err := r.copyAll(ctx, folder, due, have); err != nil {
			return fmt.Errorf("put a copy into the Sent folder: %w", err)
		}
	}
}

// copyAll appends the copies that are not there yet and notes all that are.
func (r *Runner) copyAll(ctx context.Context, folder string, due []Copy, have map[string]bool) error {
	var missing []Copy
	for _, c := range due {
		if have[c.MessageID] {
			r.copied(c.Letter)
		} else {
			missing = append(missing, c)
		}
	}
	many, ok := r.Folders.(manyAppender)
	if !ok {
		for _, c := range missing {
			if err := r.Folders.Append(ctx, folder, c.Raw, []string{flagSeen}, c.At); err != nil {
				return err
			}
			r.copied(c.Letter)
		}
		return nil
	}
	raws, at := make([][]byte, len(missing)), make([]time.Time, len(missing))
	for i, c := range missing {
		raws[i], at[i] = c.Raw, c.At
	}
	var first error
	for i, err := range many.AppendMany(ctx, folder, raws, []string{flagSeen}, at) {
		if err == nil {
			r.copied(missing[i].Letter)
		} else if first == nil {
			first = err
		}
	}
	return first
}

func (r *Runner) copied(letter int64) {
	r.Store.NoteCopied([]int64{letter})
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.triedAt, letter)
}

// sentMark is the Sent folder's mark at the last look.
func (r *Runner) sentMark() Mark {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent
}

func (r *Runner) setSentMark(m Mark) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = m
}

// keepMark remembers the mark of the Sent folder from before a letter's first attempt, until its copy is made.
func (r *Runner) keepMark(letter int64, m Mark) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.triedAt == nil {
		r.triedAt = map[int64]Mark{}
	}
	r.triedAt[letter] = m
}

// markBefore is the mark from before the first attempt of any of the letters: zero where one was first tried by an
// earlier process, or before the folder was looked at.
func (r *Runner) markBefore(due []Copy) Mark {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := r.triedAt[due[0].Letter]
	for _, c := range due {
		m := r.triedAt[c.Letter]
		if m.UIDValidity != first.UIDValidity {
			return Mark{}
		}
		first.UIDNext = min(first.UIDNext, m.UIDNext)
	}
	return first
}
