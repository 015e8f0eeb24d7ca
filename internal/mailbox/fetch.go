package mailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Fetch streams the raw bytes of the named mails of the inbox, in one command
// for up to 500, without marking them read. For each mail, in the server's
// order, fn gets its UID, INTERNALDATE, size in octets and content. r is valid
// until fn returns; what fn leaves unread is skipped. A mail that breaks off
// ends r with an error that is not io.EOF, and Fetch with *TemporaryError
// whatever fn says of it. fn must not call the Client.
//
// UIDs that no longer exist are simply not delivered. A mail that exists but
// was not delivered even at a second asking is an error: it must not be taken
// for vanished. An error of fn ends the fetch and is returned as it is.
func (c *Client) Fetch(ctx context.Context, uids []uint32, fn func(uid uint32, internal time.Time, size int64, r io.Reader) error) error {
	return c.do(ctx, "fetch mails", func(s *session) error {
		if err := c.inbox(s); err != nil {
			return err
		}
		for chunk := range slices.Chunk(uids, uidsPerCommand) {
			if err := s.fetchAll(chunk, fn); err != nil {
				return err
			}
		}
		return nil
	})
}

type deliver = func(uid uint32, internal time.Time, size int64, r io.Reader) error

// fetchAll fetches the UIDs and asks again for those that came without a body
// but exist: a server may have sent their flags first, unasked, which the
// library takes for the answer.
func (s *session) fetchAll(uids []uint32, fn deliver) error {
	missing := uids
	for range 2 {
		got, err := s.fetchOnce(missing, fn)
		if err != nil {
			return err
		}
		missing = slices.DeleteFunc(slices.Clone(missing), func(uid uint32) bool { return got[uid] })
		if len(missing) == 0 {
			return nil
		}
		if missing, err = s.existing(missing); err != nil || len(missing) == 0 {
			return err
		}
	}
	return &TemporaryError{Op: "fetch mails", Err: fmt.Errorf("server sends no content for UID %d, which it says exists", missing[0])}
}

// existing tells which of the UIDs are in the selected folder.
func (s *session) existing(uids []uint32) ([]uint32, error) {
	set := uidSet(uids)
	if len(set) == 0 {
		return nil, nil
	}
	return s.search(&imap.SearchCriteria{UID: []imap.UIDSet{set}})
}

// fetchOnce sends one FETCH and tells which UIDs came with their content.
func (s *session) fetchOnce(uids []uint32, fn deliver) (map[uint32]bool, error) {
	got := make(map[uint32]bool, len(uids))
	set := uidSet(uids)
	if len(set) == 0 {
		return got, nil
	}
	fetch := s.cl.Fetch(set, &imap.FetchOptions{
		UID: true, InternalDate: true,
		BodySection: []*imap.FetchItemBodySection{{Peek: true}},
	})
	for msg := fetch.Next(); msg != nil; msg = fetch.Next() {
		uid, err := s.deliverOne(msg, fn)
		if err != nil {
			// The rest may be hundreds of megabytes: hang up instead of reading
			// it. If fn stopped in a mail, the library's reader waits for us to
			// go through it; if the mail broke off, it does not, and must not be
			// disturbed.
			s.broken = true
			s.conn.cut()
			if errors.As(err, new(*handlerError)) {
				fetch.Close()
			}
			return got, err
		}
		got[uid] = uid != 0
	}
	return got, fetch.Close()
}

// deliverOne hands one mail to fn. It returns 0 if there was no content.
func (s *session) deliverOne(msg *imapclient.FetchMessageData, fn deliver) (uint32, error) {
	var uid uint32
	var internal time.Time
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = uint32(item.UID)
		case imapclient.FetchItemDataInternalDate:
			internal = item.Time
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil { // NIL: expunged in this moment
				continue
			}
			content := &exactReader{r: item.Literal, left: item.Literal.Size()}
			if uid == 0 || internal.IsZero() {
				return s.deliverLate(msg, content, uid, internal, fn)
			}
			return uid, content.give(fn, uid, internal)
		}
	}
	return 0, nil
}

// deliverLate is for servers that send the content before the date or UID: the
// one mail is kept until the rest of its answer has come.
func (s *session) deliverLate(msg *imapclient.FetchMessageData, content *exactReader, uid uint32, internal time.Time, fn deliver) (uint32, error) {
	raw, err := io.ReadAll(content)
	if err != nil {
		return 0, err
	}
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = uint32(item.UID)
		case imapclient.FetchItemDataInternalDate:
			internal = item.Time
		}
	}
	if uid == 0 {
		return 0, nil
	}
	kept := &exactReader{r: bytes.NewReader(raw), left: int64(len(raw))}
	return uid, kept.give(fn, uid, internal)
}

// exactReader reads a literal of known size. The library ends a literal with
// io.EOF also where the connection broke off in the middle, and half a mail
// would be taken for a whole one; here that is io.ErrUnexpectedEOF.
type exactReader struct {
	r    io.Reader
	left int64
	err  error // other than io.EOF: the mail broke off
}

func (x *exactReader) Read(p []byte) (int, error) {
	if x.err != nil {
		return 0, x.err
	}
	n, err := x.r.Read(p)
	x.left -= int64(n)
	if err == io.EOF && x.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		x.err = err
	}
	return n, err
}

// give calls fn. An error of the connection goes before one of fn, which may
// only be its consequence.
func (x *exactReader) give(fn deliver, uid uint32, internal time.Time) error {
	err := fn(uid, internal, x.left, x)
	if x.err != nil {
		return fmt.Errorf("mail broke off, %d octets missing: %w", x.left, x.err)
	}
	if err != nil {
		return &handlerError{err}
	}
	// What fn left is read here, so that a break in it is not overlooked.
	if _, err := io.Copy(io.Discard, x); err != nil {
		return fmt.Errorf("mail broke off, %d octets missing: %w", x.left, err)
	}
	return nil
}
