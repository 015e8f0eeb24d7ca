package robot

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/intake"
)

// arrived is one mail on its way from the mailbox to the transaction.
type arrived struct {
	head Head
	raw  []byte
	file string // spooled, when it is too large to be held
	in   casework.Inbound
}

// bring fetches a batch and understands it in parallel. What came whole counts, also when the fetch broke off later.
func (r *Robot) bring(ctx context.Context, c Cursor, heads []Head) (b batch) {
	uids := make([]uint32, len(heads))
	asked := make(map[uint32]Head, len(heads))
	for i, h := range heads {
		uids[i], asked[h.UID] = h.UID, h
	}
	var held int64
	err := r.Mailbox.Fetch(ctx, uids, func(uid uint32, internal time.Time, size int64, body io.Reader) error {
		h, ok := asked[uid]
		if !ok { // nobody asked for it, or it came a second time
			return nil
		}
		if !internal.IsZero() { // under a new UIDVALIDITY the UID may name another mail than the one listed
			h.InternalDate = internal
		}
		h.Size = size
		if !c.ours(h.InternalDate) {
			delete(asked, uid)
			return nil
		}
		if size <= r.MaxMessage && held > 0 && held+size > r.BatchBytes {
			delete(asked, uid)
			b.late = append(b.late, h)
			return nil
		}
		a, err := r.take(h, body)
		if err != nil {
			return err
		}
		delete(asked, uid)
		held += int64(len(a.raw))
		b.mails = append(b.mails, a)
		return nil
	})
	for _, uid := range uids {
		if _, missing := asked[uid]; missing {
			b.gone = append(b.gone, uid)
		}
	}
	if err != nil {
		b.err = fmt.Errorf("fetch %d mails: %w", len(heads), err)
		if len(b.gone) > 0 {
			b.broke = b.gone[0]
		}
		b.gone = nil // they were not asked for in vain
	}
	if err := r.understand(c.UIDValidity, b.mails); err != nil {
		b.err = errors.Join(b.err, err)
	}
	b.mails = slices.DeleteFunc(b.mails, func(a arrived) bool { return a.in.Input.Kind == "" })
	return b
}

// take reads a mail's bytes, those of a large one into a file.
func (r *Robot) take(h Head, body io.Reader) (arrived, error) {
	if h.Size <= r.MaxMessage {
		buf := bytes.NewBuffer(make([]byte, 0, h.Size+bytes.MinRead))
		if _, err := buf.ReadFrom(body); err != nil {
			return arrived{}, fmt.Errorf("read mail: %w", err)
		}
		return arrived{head: h, raw: buf.Bytes()}, nil
	}
	f, err := os.CreateTemp(r.Spool, "large-*.eml")
	if err != nil {
		return arrived{}, fmt.Errorf("spool a large mail: %w", err)
	}
	_, err = io.Copy(f, body)
	if err = errors.Join(err, f.Close()); err != nil {
		dropFile(f.Name())
		return arrived{}, fmt.Errorf("spool a large mail: %w", err)
	}
	return arrived{head: h, file: f.Name()}, nil
}

// dropFile removes a spooled file; one that the store took over is gone already, and a leftover harms nobody.
func dropFile(path string) {
	if path != "" {
		_ = os.Remove(path)
	}
}

// understand reads the mails in parallel. Its error is one of the spool: such a mail has no meaning yet and stays.
func (r *Robot) understand(uidvalidity uint32, mails []arrived) error {
	var wg sync.WaitGroup
	errs := make([]error, len(mails))
	slots := make(chan struct{}, max(1, r.Workers))
	for i := range mails {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = r.read(uidvalidity, &mails[i])
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			dropFile(mails[i].file)
		}
	}
	return errors.Join(errs...)
}

// read makes the Inbound of one mail.
func (r *Robot) read(uidvalidity uint32, a *arrived) error {
	var u *intake.Understood
	if a.file == "" {
		u = intake.Understand(a.raw, r.Now().In(casework.JST), r.Intake)
	} else {
		head, body, err := spooled(a.file)
		if err != nil {
			return fmt.Errorf("read a large mail back: %w", err)
		}
		u = intake.Header(head, a.head.Size, r.Intake)
		u.Hash = sha256.Sum256(append(u.Hash[:], body[:]...)) // what no server on the way rewrites, whole
	}
	if u.Err != nil {
		r.Log.Warn("mail could not be read", "uid", a.head.UID, "error", quiet(u.Err))
	}
	u.Input.Bounce = r.bounce(u.Message)
	if a.file == "" {
		u.Input.Draft = r.ownDraft(u.Message, a.raw)
	}
	u.Input.Hash, u.Input.Arrived = fmt.Sprintf("%x", u.Hash), a.head.InternalDate
	a.in = casework.Inbound{UIDValidity: uidvalidity, UID: a.head.UID, InternalDate: a.head.InternalDate,
		Hash: u.Hash, Raw: a.raw, RawFile: a.file, Input: u.Input, Blobs: u.Blobs}
	return nil
}

// spooled reads a spooled mail's header, at most 256 KiB, and the SHA-256 of all that follows it.
func spooled(path string) (head []byte, body [32]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, body, err
	}
	defer f.Close()
	if head, err = io.ReadAll(io.LimitReader(f, 256<<10)); err != nil {
		return nil, body, err
	}
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(head, []byte(end)); i >= 0 {
			head = head[:i+len(end)]
			break
		}
	}
	if _, err = f.Seek(int64(len(head)), io.SeekStart); err != nil {
		return nil, body, err
	}
	h := sha256.New()
	if _, err = io.Copy(h, f); err != nil {
		return nil, body, err
	}
	return head, [32]byte(h.Sum(nil)), nil
}
