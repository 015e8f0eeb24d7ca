package robot

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/inbound"
	"uketsuke/internal/intake"
)

// arrived is one mail on its way from the mailbox to the transaction.
type arrived struct {
	head Head
	raw  []byte
	file string // spooled, when it is too large to be held
	size int64
	in   casework.Inbound
}

// Pass goes once over the mailbox. Mails that arrive meanwhile are the next pass's.
func (r *Robot) Pass(ctx context.Context) (Report, error) {
	r.init()
	r.sweepSpool()
	place, err := r.Mailbox.Status(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("look at the inbox: %w", err)
	}
	cursor, err := r.begin(ctx, place)
	if err != nil || cursor.Next >= place.UIDNext {
		return Report{}, err
	}
	heads, err := r.todo(ctx, cursor)
	if err != nil {
		return Report{}, err
	}
	if err := r.checkClock(ctx, heads); err != nil {
		return Report{}, err
	}
	rep, err := r.work(ctx, place, heads)
	if err == nil && rep.Failed == 0 && !rep.Cut && cursor.Next != place.UIDNext {
		cursor.Next = place.UIDNext
		err = r.Store.SetCursor(ctx, cursor)
	}
	return rep, err
}

// sweepSpool removes large mails that a crash, a failure or a broken connection has left behind: they are fetched anew.
func (r *Robot) sweepSpool() {
	if r.Spool == "" {
		return
	}
	left, err := filepath.Glob(filepath.Join(r.Spool, "large-*.eml"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		r.Log.Warn("a spooled mail could not be removed", "error", err.Error())
	}
}

// work fetches and understands batches ahead of the one that is being decided.
func (r *Robot) work(ctx context.Context, place Place, heads []Head) (Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	type batch struct {
		mails []arrived
		err   error
	}
	ahead := make(chan batch, 1)
	defer func() { // nobody works on in the mailbox after this
		cancel()
		for range ahead {
		}
	}()
	go func() {
		defer close(ahead)
		for _, b := range r.batches(heads) {
			mails, err := r.bring(ctx, place, b)
			select {
			case ahead <- batch{mails, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	var rep Report
	for b := range ahead {
		if b.err != nil {
			return rep, b.err
		}
		failed, err := r.settle(ctx, b.mails)
		if err != nil {
			return rep, err
		}
		rep.Mails, rep.Failed = rep.Mails+len(b.mails), rep.Failed+failed
		select {
		case <-r.drain:
			rep.Cut = true
			return rep, nil
		default:
		}
	}
	return rep, ctx.Err()
}

// bring fetches a batch and understands it in parallel.
func (r *Robot) bring(ctx context.Context, place Place, heads []Head) ([]arrived, error) {
	byUID := make(map[uint32]Head, len(heads))
	uids := make([]uint32, len(heads))
	for i, h := range heads {
		uids[i], byUID[h.UID] = h.UID, h
	}
	var mails []arrived
	err := r.Mailbox.Fetch(ctx, uids, func(uid uint32, internal time.Time, size int64, body io.Reader) error {
		a := arrived{head: byUID[uid], size: size}
		a.head.UID = uid
		if a.head.InternalDate.IsZero() {
			a.head.InternalDate = internal
		}
		if err := r.take(&a, size, body); err != nil {
			return err
		}
		mails = append(mails, a)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("fetch %d mails: %w", len(heads), err)
	}
	r.understand(place, mails)
	return mails, nil
}

// take reads a mail's bytes, those of a large one into a file.
func (r *Robot) take(a *arrived, size int64, body io.Reader) error {
	if size <= r.MaxMessage {
		buf := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
		if _, err := buf.ReadFrom(body); err != nil {
			return fmt.Errorf("read mail: %w", err)
		}
		a.raw = buf.Bytes()
		return nil
	}
	f, err := os.CreateTemp(r.Spool, "large-*.eml")
	if err != nil {
		return fmt.Errorf("spool a large mail: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(f, body); err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("spool a large mail: %w", err)
	}
	a.file = f.Name()
	return nil
}

func (r *Robot) understand(place Place, mails []arrived) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, r.Workers))
	for i := range mails {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			r.read(place, &mails[i])
		}()
	}
	wg.Wait()
}

// read makes the Inbound of one mail.
func (r *Robot) read(place Place, a *arrived) {
	var u *intake.Understood
	if a.file != "" {
		u = intake.Header(headOf(a.file), a.size, r.Intake)
		u.Hash = hashFile(a.file, u.Hash)
	} else {
		u = intake.Understand(a.raw, r.Now().In(casework.JST), r.Intake)
	}
	if u.Err != nil {
		r.Log.Warn("mail could not be read", "uid", a.head.UID, "error", u.Err.Error())
	}
	u.Input.Hash = fmt.Sprintf("%x", u.Hash)
	a.in = casework.Inbound{UIDValidity: place.UIDValidity, UID: a.head.UID, InternalDate: a.head.InternalDate,
		Hash: u.Hash, Raw: a.raw, RawFile: a.file, Input: u.Input, Blobs: u.Blobs}
}

// headOf reads the header of a spooled mail, up to 256 KiB.
func headOf(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head, _ := io.ReadAll(io.LimitReader(f, 256<<10))
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(head, []byte(end)); i >= 0 {
			return head[:i+len(end)]
		}
	}
	return head
}

// hashFile tells large mails apart by their whole content; fallback is the header's hash.
func hashFile(path string, fallback [32]byte) [32]byte {
	f, err := os.Open(path)
	if err != nil {
		return fallback
	}
	defer f.Close()
	h := sha256.New()
	h.Write(fallback[:])
	if _, err := io.CopyBuffer(h, &afterHeader{r: f}, make([]byte, 64<<10)); err != nil {
		return fallback
	}
	return [32]byte(h.Sum(nil))
}

// afterHeader reads what follows the first blank line: the part that no server on the way rewrites.
type afterHeader struct {
	r    io.Reader
	past bool
	tail []byte
}

func (a *afterHeader) Read(p []byte) (int, error) {
	for !a.past {
		n, err := a.r.Read(p)
		a.tail = append(a.tail, p[:n]...)
		if i := bytes.Index(a.tail, []byte("\r\n\r\n")); i >= 0 {
			rest := a.tail[i+4:]
			a.past, a.tail = true, nil
			return copy(p, rest), nil
		}
		if len(a.tail) > 3 {
			a.tail = a.tail[len(a.tail)-3:]
		}
		if err != nil {
			return 0, err
		}
	}
	return a.r.Read(p)
}

// settle hands a batch to the store and wakes filer and sender. It returns how many mails failed and stay to be tried.
func (r *Robot) settle(ctx context.Context, mails []arrived) (failed int, err error) {
	ins := make([]casework.Inbound, len(mails))
	for i := range mails {
		ins[i] = mails[i].in
	}
	done, err := r.handle(ctx, ins)
	if err != nil {
		return 0, err
	}
	for i, h := range done {
		if h.Err != nil {
			r.Log.Error("mail failed", "uid", ins[i].UID, "failures", h.Failures, "error", h.Err.Error())
			if h.Failures < 3 {
				failed++
				continue
			}
			if h, err = r.giveUp(ctx, ins[i]); err != nil {
				return failed, err
			}
		}
		r.tell(ins[i], h)
	}
	wake(r.wakeSender)
	wake(r.wakeFiler)
	return failed, nil
}

// giveUp puts a mail aside that has failed three times.
func (r *Robot) giveUp(ctx context.Context, in casework.Inbound) (casework.Handled, error) {
	from, subject := in.Input.From, in.Input.Subject
	in.Input = casework.Input{Kind: casework.MailBroken, From: from, Subject: subject, MessageID: in.Input.MessageID,
		Date: in.Input.Date, Evidence: in.Input.Evidence, Hash: in.Input.Hash,
		Why: "処理を3回試みましたが、完了できませんでした。お手数ですが、内容をご確認ください。"}
	done, err := r.handle(ctx, []casework.Inbound{in})
	if err != nil {
		return casework.Handled{}, err
	}
	return done[0], done[0].Err
}

func (r *Robot) handle(ctx context.Context, ins []casework.Inbound) ([]casework.Handled, error) {
	blobs := map[string][]byte{}
	for _, in := range ins {
		for k, v := range in.Blobs {
			blobs[k] = v
		}
	}
	done, err := r.Store.Handle(ctx, ins, r.decide, func(l casework.Letter) (casework.Rendered, error) {
		return r.render(ctx, blobs, l)
	})
	if err != nil {
		return nil, fmt.Errorf("handle %d mails: %w", len(ins), err)
	}
	return done, nil
}

// render makes a letter and, where its party may not see the sheet, reads the finished mail a last time (architecture.md
// rule 4): subject, texts, names and attachments.
func (r *Robot) render(ctx context.Context, blobs map[string][]byte, l casework.Letter) (casework.Rendered, error) {
	done, err := r.Letters.Render(l, func(a casework.Attachment) ([]byte, error) { return r.open(ctx, blobs, a) })
	if err != nil || len(l.Secrets) == 0 {
		return done, err
	}
	m, err := inbound.Parse(done.Raw, inbound.Options{Limits: inbound.DefaultLimits()})
	if err != nil {
		return done, fmt.Errorf("read the finished letter: %w", err)
	}
	texts := []string{m.Subject, m.Text, m.Quoted, m.Signature, string(done.Raw)}
	for _, a := range m.Attachments {
		texts = append(texts, a.Name, string(a.Data))
	}
	if found := casework.Scan(l.Secrets, texts); len(found) > 0 {
		return done, fmt.Errorf("letter %s to a %s would disclose %s", l.Kind(), l.Party.Role, strings.Join(found, ", "))
	}
	return done, nil
}

func (r *Robot) tell(in casework.Inbound, h casework.Handled) {
	r.Log.Info("mail done", "uid", in.UID, "kind", string(in.Input.Kind), "outcome", string(h.Outcome.Result), "letters", len(h.Letters), "case", h.Outcome.Number)
	if r.Fate != nil {
		r.Fate(Fate{UID: in.UID, Kind: in.Input.Kind, Handled: h, At: r.Now()})
	}
}

// Undelivered is the outbox's way to tell people what did not leave: an input of the robot's own.
func (r *Robot) Undelivered(ctx context.Context, f casework.DeliveryFailure) error {
	in := casework.Inbound{System: true, Input: casework.Input{Kind: casework.MailFailure, Failure: &f, Date: r.Now(),
		Evidence: casework.Evidence{State: casework.EvidencePass, Text: "the outbox"}}}
	done, err := r.handle(ctx, []casework.Inbound{in})
	if err != nil {
		return err
	}
	return errors.Join(done[0].Err)
}
