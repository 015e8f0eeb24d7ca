package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"uketsuke/internal/casework"
)

// What goes into a transaction and comes out of it is the core's own language.
type (
	Inbound = casework.Inbound
	Handled = casework.Handled
	Queued  = casework.Queued
	Lookup  = casework.Lookup

	// Decide makes the decision on one input. It runs inside the transaction and must not call the Store.
	Decide = casework.DecideFunc

	// Render makes the bytes of a letter whose ID is set. It is called from several goroutines at once.
	Render = casework.RenderFunc
)

// Handle decides a batch of inputs in order and writes everything that follows in one transaction, see the package
// comment. An error means that nothing was written; a single mail's fault stands in its Handled.
func (s *Store) Handle(ctx context.Context, ins []Inbound, decide Decide, render Render) ([]Handled, error) {
	if len(ins) == 0 {
		return nil, nil
	}
	s.fresh.pace(ctx)
	b := &batch{ctx: ctx, ins: ins, decide: decide, render: render, done: make([]decided, len(ins)), ready: map[int64]finished{}}
	err := s.adoptRaw(ins, b.done)
	for whole := false; err == nil && !whole; {
		err = s.write(ctx, func(t *tx) (err error) {
			b.tx = t
			if whole, err = b.attempt(); err == nil && !whole {
				return errUnchanged
			}
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("handle %d inputs: %w", len(ins), err)
	}
	out := make([]Handled, len(ins))
	for i := range b.done {
		out[i] = b.done[i].Handled
		if out[i].Err == nil {
			dropSpool(ins[i].RawFile)
		}
	}
	return out, nil
}

// decided is one input's state within a batch.
type decided struct {
	Handled
	raw      rawFile
	letters  []casework.Letter
	rendered []casework.Rendered
}

// finished is a letter with its bytes, made in an attempt.
type finished struct {
	letter   casework.Letter
	rendered casework.Rendered
}

type batch struct {
	*tx
	ctx    context.Context
	ins    []Inbound
	decide Decide
	render Render
	done   []decided
	ready  map[int64]finished // by id: what an earlier attempt has made
}

// attempt decides all inputs that have not failed, renders their letters and writes everything. When one more input
// fails, that is noted and whole is false: the transaction must be rolled back, and the others decided anew.
func (b *batch) attempt() (whole bool, err error) {
	if err := b.begin(); err != nil {
		return false, err
	}
	failed, err := b.decideAll()
	if err == nil {
		failed, err = b.renderAll()
	}
	switch {
	case err == nil:
		return true, b.finish()
	case broken(err):
		return false, err
	}
	b.done[failed] = decided{raw: b.done[failed].raw, Handled: Handled{Err: err}}
	return false, nil
}

// begin finds the id behind which the batch's letters count on.
func (b *batch) begin() error {
	_, err := b.q.one("SELECT coalesce(max(id), 0) FROM letter", nil, &b.nextLetter)
	return wrap(err, "read the last letter's id")
}

// decideAll decides all inputs that have not failed, in order. With an error it returns whose fault that is.
func (b *batch) decideAll() (int, error) {
	for i := range b.ins {
		if err := b.ctx.Err(); err != nil {
			return i, err
		}
		d := &b.done[i]
		if d.Err != nil {
			continue
		}
		*d = decided{raw: d.raw}
		if err := b.one(i); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// one decides input i and writes all but its letters.
func (b *batch) one(i int) error {
	in, d := b.ins[i], &b.done[i]
	if seen, err := b.seen(in, d); seen || err != nil {
		return err
	}
	out, err := b.decideSafely(in)
	if err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	d.Outcome = out
	if d.Message, err = b.record(in, out, d.raw); err != nil {
		return err
	}
	for _, l := range out.Letters {
		b.nextLetter++
		l.ID = b.nextLetter
		d.letters = append(d.letters, l)
	}
	d.Outcome.Letters = d.letters
	return nil
}

func (b *batch) decideSafely(in Inbound) (out casework.Outcome, err error) {
	defer b.s.recovered(&err)
	return b.decide(b.lookup(), in)
}

func (t *tx) lookup() lookup {
	return lookup{q: t.q, key: t.s.key, open: t.s.opt.Open, bytes: t.s.letterBytes, memo: t.memo}
}

// PanicError is a fault of the program in one mail's decision or letter. Its text names no values.
type PanicError struct{ Text string }

func (e *PanicError) Error() string { return "panic: " + e.Text }

// recovered turns a panic into an error. Only a runtime error's own text is kept: another value might be personal.
func (s *Store) recovered(err *error) {
	r := recover()
	if r == nil {
		return
	}
	e := &PanicError{Text: fmt.Sprintf("%T", r)}
	if re, ok := r.(runtime.Error); ok {
		e.Text = re.Error()
	}
	s.opt.Log.Error("panic while a mail was handled", "panic", e.Text, "stack", string(debug.Stack()))
	*err = e
}

// renderAll renders the letters in parallel, but for those that an earlier attempt has made, equal to the last value.
// With an error it returns the first input whose letter failed.
func (b *batch) renderAll() (int, error) {
	type job struct{ mail, letter int }
	var jobs []job
	for i := range b.done {
		d := &b.done[i]
		d.rendered = make([]casework.Rendered, len(d.letters))
		for k, l := range d.letters {
			if f, ok := b.ready[l.ID]; ok && reflect.DeepEqual(f.letter, l) {
				d.rendered[k] = f.rendered
				continue
			}
			jobs = append(jobs, job{i, k})
		}
	}
	errs := make([]error, len(jobs))
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for n, j := range jobs {
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			d := &b.done[j.mail]
			d.rendered[j.letter], errs[n] = b.renderSafely(d.letters[j.letter])
		})
	}
	wg.Wait()
	failed, first := 0, error(nil)
	for n, j := range jobs {
		l := b.done[j.mail].letters[j.letter]
		if errs[n] == nil {
			b.ready[l.ID] = finished{l, b.done[j.mail].rendered[j.letter]}
		} else if first == nil {
			failed, first = j.mail, fmt.Errorf("render letter %s: %w", l.Kind(), errs[n])
		}
	}
	return failed, first
}

func (b *batch) renderSafely(l casework.Letter) (r casework.Rendered, err error) {
	defer b.s.recovered(&err)
	if r, err = b.render(l); err == nil {
		err = checkRendered(r)
	}
	return r, err
}

func checkRendered(r casework.Rendered) error {
	switch {
	case r.MessageID == "" || r.From == "" || len(r.Raw) == 0:
		return fmt.Errorf("the letter has no Message-ID, no From or no bytes")
	case len(r.To) == 0:
		return fmt.Errorf("the letter has no recipient")
	}
	return nil
}

// finish writes letters and failures.
func (b *batch) finish() error {
	for i := range b.done {
		d := &b.done[i]
		for k, l := range d.letters {
			if err := b.insertLetter(d.Message, l, d.rendered[k]); err != nil {
				return err
			}
			r := d.rendered[k]
			d.Letters = append(d.Letters, Queued{ID: l.ID, Kind: l.Kind(), Case: l.Case, To: r.To, Subject: r.Subject, Attachments: r.Attachments})
		}
		if d.Err != nil {
			n, err := b.countFailure(b.ins[i], d.Err)
			if err != nil {
				return err
			}
			d.Failures = n
		}
	}
	return nil
}

func (b *batch) countFailure(in Inbound, cause error) (n int, err error) {
	if in.System {
		return 1, nil
	}
	_, err = b.q.one(`INSERT INTO failure (content_key, count, error, at) VALUES (?,1,?,?)
		ON CONFLICT (content_key) DO UPDATE SET count = count + 1, error = excluded.error, at = excluded.at RETURNING count`,
		[]any{b.contentKey(in), cause.Error(), millis(b.now)}, &n)
	return n, wrap(err, "count a failure")
}

// insertLetter writes a finished letter with its frozen bytes, its lanes and its thread.
func (t *tx) insertLetter(message int64, l casework.Letter, r casework.Rendered) error {
	sum, err := t.freeze(r.Raw)
	if err != nil {
		return err
	}
	dep := l.Departure()
	departure, err1 := json.Marshal(dep)
	to, err2 := json.Marshal(r.To)
	names, err3 := json.Marshal(append([]string{}, r.Attachments...))
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			return fmt.Errorf("encode letter %d: %w", l.ID, err)
		}
	}
	next := int64(0)
	if l.Hold > 0 {
		next = millis(t.now.Add(l.Hold))
	}
	if _, err = t.q.exec(`INSERT INTO letter (id, case_id, message, kind, party_role, party_code, subject, sender, recipients,
		remaining, attachments, message_id, departure, first, always, hash, size, kept, state, created_at, next_at, tries, code, error)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,1,?,?,?,0,0,'')`,
		l.ID, optional(l.Case), optional(message), l.Kind(), l.Party.Role, l.Party.Code, r.Subject, r.From, string(to),
		string(to), string(names), r.MessageID, string(departure), boolInt(l.First), boolInt(l.Always), sum[:], len(r.Raw),
		stateOf(l), millis(t.now), next); err != nil {
		return fmt.Errorf("write letter %d: %w", l.ID, err)
	}
	if err := t.putBytes(l.ID, r.Raw, l.Sealed); err != nil {
		return err
	}
	if next == 0 && !l.Sealed && stateOf(l) == StateQueued {
		t.s.fresh.put(l.ID, sum[:], r.Raw)
	}
	if err := t.plan(l); err != nil {
		return err
	}
	return t.connect(l, r)
}

// connect writes what finds a letter again: its lanes, its thread, its quota.
func (t *tx) connect(l casework.Letter, r casework.Rendered) error {
	for _, to := range r.To {
		if l.Kind() == casework.LetterMembership {
			if err := t.addRecent("verify", t.lookup().address(to), t.now, l.ID); err != nil {
				return err
			}
		}
	}
	if stateOf(l) == StateQueued {
		if err := t.enlane(l.Case, l.ID, r.To); err != nil {
			return err
		}
	}
	if l.Case == 0 && !l.Kind().Digest() {
		return nil
	}
	return t.addThread(r.MessageID, l.Case, l.ID)
}

func (t *tx) addThread(messageID string, caseID, letter int64) error {
	if messageID == "" {
		return nil
	}
	_, err := t.q.exec("INSERT OR IGNORE INTO thread (key, case_id, letter_id) VALUES (?,?,?)",
		t.s.key("message-id", messageID), caseID, optional(letter))
	return wrap(err, "write a thread")
}

func (t *tx) addRecent(what string, key []byte, at time.Time, letter int64) error {
	_, err := t.q.exec("INSERT OR IGNORE INTO recent (what, key, at, letter_id) VALUES (?,?,?,?)", what, key, millis(at), letter)
	return wrap(err, "note what happened lately")
}
