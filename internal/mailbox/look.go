package mailbox

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Header is a mail of any folder, by the header fields that tell which letter it is.
type Header struct {
	UID          uint32
	InternalDate time.Time
	Fields       []byte // RFC 5322 header fields with the blank line behind them, as they stand in the mail
}

// lookFields are the fields of Header. Bcc stands in what people have sent, where their mail program keeps it.
var lookFields = &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, Peek: true, HeaderFields: []string{
	"Message-ID", "Date", "From", "To", "Cc", "Bcc", "Subject", "In-Reply-To", "References", "X-Uketsuke-Loop"}}

// Headers reads the headers of a folder that came after the mark, of mails that the server received on the day of since
// or later (zero: all). Where the folder's UIDVALIDITY is another than the mark's, all are read. now is the folder's mark
// before the look. exists is false for a folder that there is not. The folder is opened for reading only.
func (c *Client) Headers(ctx context.Context, folder string, after Mark, since time.Time) (headers []Header, now Mark, exists bool, err error) {
	err = c.do(ctx, "read headers", func(s *session) error {
		server, err := s.serverName(folder)
		if err != nil {
			return err
		}
		if exists, err = s.folderExists(server); err != nil || !exists {
			return err
		}
		if now, err = c.look(s, server); err != nil || now == after && now != (Mark{}) {
			return err
		}
		criteria := &imap.SearchCriteria{}
		if after.UIDValidity == now.UIDValidity && after.UIDNext > 1 {
			criteria.UID = []imap.UIDSet{{{Start: imap.UID(after.UIDNext), Stop: 0}}}
		}
		if !since.IsZero() {
			criteria.Since = since.UTC().AddDate(0, 0, -1) // days are of the server's time zone
		}
		found, err := s.search(criteria)
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(found, uidsPerCommand) {
			more, err := s.headers(chunk)
			headers = append(headers, more...)
			if err != nil {
				return err
			}
		}
		// "n:*" means the last mail even where its UID is below n
		headers = slices.DeleteFunc(headers, func(h Header) bool { return after.UIDValidity == now.UIDValidity && h.UID < after.UIDNext })
		return nil
	})
	return headers, now, exists, err
}

// headers is FETCH of lookFields.
func (s *session) headers(uids []uint32) (out []Header, err error) {
	fetch := s.cl.Fetch(uidSet(uids), &imap.FetchOptions{UID: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{lookFields}})
	for msg := fetch.Next(); msg != nil; msg = fetch.Next() {
		h, err := readHeader(msg)
		if err != nil { // see fetchOnce
			s.broken = true
			s.conn.cut()
			return nil, err
		}
		if h.UID != 0 && h.Fields != nil {
			out = append(out, h)
		}
	}
	return out, fetch.Close()
}

func readHeader(msg *imapclient.FetchMessageData) (h Header, err error) {
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			h.UID = uint32(item.UID)
		case imapclient.FetchItemDataInternalDate:
			h.InternalDate = item.Time
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil {
				continue
			}
			const most = 64 << 10
			if h.Fields, err = io.ReadAll(io.LimitReader(&exactReader{r: item.Literal, left: item.Literal.Size()}, most)); err != nil {
				return h, err
			}
		}
	}
	return h, nil
}

// Undeleted tells which mails lie in a folder and are not flagged \Deleted, with the folder's UIDVALIDITY. A folder that
// does not exist holds none.
func (c *Client) Undeleted(ctx context.Context, folder string) (uids []uint32, validity uint32, err error) {
	err = c.do(ctx, "list folder", func(s *session) error {
		data, exists, err := s.open(folder, false)
		if err != nil || !exists {
			return err
		}
		validity = data.UIDValidity
		uids, err = s.search(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}})
		return err
	})
	return uids, validity, err
}

// Read is the whole of one mail of a folder; nil when it is not there (any more).
func (c *Client) Read(ctx context.Context, folder string, validity, uid uint32) (raw []byte, err error) {
	err = c.do(ctx, "read mail", func(s *session) error {
		data, exists, err := s.open(folder, false)
		if err != nil || !exists || data.UIDValidity != validity {
			return err
		}
		_, err = s.fetchOnce([]uint32{uid}, func(_ uint32, _ time.Time, _ int64, r io.Reader) (err error) {
			raw, err = io.ReadAll(r)
			return err
		})
		return err
	})
	return raw, err
}

// Remove takes exactly this mail out of a folder, by STORE \Deleted and UID EXPUNGE. Where the server lacks UIDPLUS it
// stays, flagged: a plain EXPUNGE would delete what people have flagged. Nothing happens where the folder's UIDVALIDITY is
// another. Other mails are not touched, whatever their flags.
func (c *Client) Remove(ctx context.Context, folder string, validity, uid uint32) error {
	return c.do(ctx, "remove mail", func(s *session) error {
		data, exists, err := s.open(folder, true)
		if err != nil || !exists || data.UIDValidity != validity {
			return err
		}
		if s.caps.Has(imap.CapUIDPlus) {
			return s.expunge([]uint32{uid})
		}
		return s.addFlags([]uint32{uid}, imap.FlagDeleted)
	})
}

// open selects a folder that exists.
func (s *session) open(folder string, writing bool) (data *imap.SelectData, exists bool, err error) {
	server, err := s.serverName(folder)
	if err != nil {
		return nil, false, err
	}
	if exists, err = s.folderExists(server); err != nil || !exists {
		return nil, false, err
	}
	data, err = s.choose(server, writing)
	return data, err == nil, err
}
