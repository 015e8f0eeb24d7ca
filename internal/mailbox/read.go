package mailbox

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Status is the inbox's state.
type Status struct {
	UIDValidity uint32 // another value than last time: all UIDs are given anew
	UIDNext     uint32 // the UID that the next mail gets at least; 0 if the server does not tell
	Messages    uint32
}

// Status selects the inbox anew and tells its state. The UIDVALIDITY that it
// returns is from then on the one that all UIDs given to this Client belong to;
// until it is called again, calls with UIDs fail with *ValidityError once the
// server shows another.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var st Status
	err := c.do(ctx, "select inbox", func(s *session) error {
		server, err := s.serverName(s.cfg.Inbox)
		if err != nil {
			return err
		}
		data, err := s.choose(server, true)
		if err != nil {
			return err
		}
		if data.UIDNext == 0 { // optional in old servers' SELECT
			more, err := s.cl.Status(server, &imap.StatusOptions{UIDNext: true}).Wait()
			if err != nil {
				return err
			}
			data.UIDNext = more.UIDNext
		}
		st = Status{UIDValidity: data.UIDValidity, UIDNext: uint32(data.UIDNext), Messages: data.NumMessages}
		c.validity = data.UIDValidity
		return nil
	})
	return st, err
}

// inbox selects the inbox unless it is, and checks that it is still the one
// that the caller's UIDs belong to.
func (c *Client) inbox(s *session) error {
	server, err := s.serverName(s.cfg.Inbox)
	if err != nil || s.chosen == server && s.writing {
		return err
	}
	data, err := s.choose(server, true)
	if err != nil {
		return err
	}
	if c.validity == 0 {
		c.validity = data.UIDValidity
	}
	if c.validity != data.UIDValidity {
		s.chosen = "" // so that the next call notices again
		return &ValidityError{Was: c.validity, Is: data.UIDValidity}
	}
	return nil
}

// choose is SELECT, or EXAMINE if not for writing.
func (s *session) choose(server string, writing bool) (*imap.SelectData, error) {
	s.chosen = "" // a failed SELECT leaves nothing selected
	data, err := s.cl.Select(server, &imap.SelectOptions{ReadOnly: !writing}).Wait()
	if err != nil {
		return nil, err
	}
	s.chosen, s.writing = server, writing
	return data, nil
}

// Head is what List tells of a mail.
type Head struct {
	UID          uint32
	Size         int64     // octets, by the server's word
	InternalDate time.Time // when the server received it
	MessageID    string    // of the first Message-ID field, as written, with angle brackets; "" if there is none
	Flags        []string  // `\Seen`, `$UketsukeFiled` and so on
}

var messageIDField = &imap.FetchItemBodySection{
	Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-ID"}, Peek: true,
}

// List tells the mails of the inbox whose UID is from or higher, ascending.
func (c *Client) List(ctx context.Context, from uint32) ([]Head, error) {
	var heads []Head
	err := c.do(ctx, "list inbox", func(s *session) error {
		if err := c.inbox(s); err != nil {
			return err
		}
		var err error
		heads, err = s.heads(imap.UIDSet{{Start: imap.UID(max(from, 1)), Stop: 0}}, &imap.FetchOptions{
			UID: true, Flags: true, InternalDate: true, RFC822Size: true,
			BodySection: []*imap.FetchItemBodySection{messageIDField},
		})
		// "n:*" means the last mail even where its UID is below n.
		heads = slices.DeleteFunc(heads, func(h Head) bool { return h.UID < from })
		return err
	})
	return heads, err
}

// heads fetches everything but bodies. A NOOP goes first, so that servers which
// look for new mail only between commands look now.
func (s *session) heads(set imap.UIDSet, options *imap.FetchOptions) ([]Head, error) {
	noop := s.cl.Noop()
	fetch := s.cl.Fetch(set, options)
	var heads []Head
	for msg := fetch.Next(); msg != nil; msg = fetch.Next() {
		h, err := readHead(msg)
		if err != nil { // see fetchOnce
			s.broken = true
			s.conn.cut()
			return nil, err
		}
		if h.UID != 0 {
			heads = append(heads, h)
		}
	}
	err := firstError(fetch.Close(), noop.Wait())
	slices.SortFunc(heads, func(a, b Head) int { return int(int64(a.UID) - int64(b.UID)) })
	return heads, err
}

// readHead fails only where the connection broke off in a literal.
func readHead(msg *imapclient.FetchMessageData) (h Head, err error) {
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			h.UID = uint32(item.UID)
		case imapclient.FetchItemDataRFC822Size:
			h.Size = item.Size
		case imapclient.FetchItemDataInternalDate:
			h.InternalDate = item.Time
		case imapclient.FetchItemDataFlags:
			for _, flag := range item.Flags {
				h.Flags = append(h.Flags, string(flag))
			}
		case imapclient.FetchItemDataBodySection:
			if item.Literal != nil {
				field, err := io.ReadAll(io.LimitReader(&exactReader{r: item.Literal, left: item.Literal.Size()}, 4096))
				if err != nil {
					return h, err
				}
				h.MessageID = messageID(string(field))
			}
		}
	}
	return h, nil
}

// messageID reads the first Message-ID field of a header, unfolded.
func messageID(header string) string {
	_, value, found := strings.Cut(header, ":")
	if !found {
		return ""
	}
	value = strings.ReplaceAll(value, "\r\n", "\n")
	for i := 0; i < len(value); i++ {
		if value[i] == '\n' && (i+1 == len(value) || value[i+1] != ' ' && value[i+1] != '\t') {
			value = value[:i]
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(value, "\n", ""))
}

// UIDs are those of all mails that lie in the inbox now, ascending.
func (c *Client) UIDs(ctx context.Context) ([]uint32, error) {
	var uids []uint32
	err := c.do(ctx, "list inbox", func(s *session) error {
		if err := c.inbox(s); err != nil {
			return err
		}
		noop := s.cl.Noop()
		var err error
		uids, err = s.search(&imap.SearchCriteria{})
		return firstError(err, noop.Wait())
	})
	return uids, err
}

// search is UID SEARCH, ascending; as ranges where the server can.
func (s *session) search(criteria *imap.SearchCriteria) ([]uint32, error) {
	var options *imap.SearchOptions
	if s.caps.Has(imap.CapESearch) {
		options = &imap.SearchOptions{ReturnAll: true}
	}
	data, err := s.cl.UIDSearch(criteria, options).Wait()
	if err != nil {
		return nil, err
	}
	set, _ := data.All.(imap.UIDSet)
	return expand(set)
}

// expand lists a set's UIDs. Nobody's inbox has more than mostUIDs; a server
// that says so is ill, and must not fill our memory.
func expand(set imap.UIDSet) ([]uint32, error) {
	const mostUIDs = 10_000_000
	var total uint64
	for _, r := range set {
		if r.Start == 0 || r.Stop < r.Start {
			return nil, errors.New("server sent a set of UIDs without an end")
		}
		total += uint64(r.Stop-r.Start) + 1
	}
	if total > mostUIDs {
		return nil, errors.New("server claims more than ten million mails")
	}
	uids := make([]uint32, 0, total)
	for _, r := range set {
		for uid := uint64(r.Start); uid <= uint64(r.Stop); uid++ {
			uids = append(uids, uint32(uid))
		}
	}
	return uids, nil
}

// Count tells how many mails of the inbox the server received at since or
// later (INTERNALDATE); the zero time counts all.
func (c *Client) Count(ctx context.Context, since time.Time) (int, error) {
	var n int
	err := c.do(ctx, "count mails", func(s *session) error {
		if err := c.inbox(s); err != nil {
			return err
		}
		if since.IsZero() {
			uids, err := s.search(&imap.SearchCriteria{})
			n = len(uids)
			return err
		}
		var err error
		n, err = s.countSince(since.UTC())
		return err
	})
	return n, err
}

// countSince: SEARCH knows days only, and in a time zone of the server's own.
// Mails of days that are surely later are counted by the server; those of the
// days around are looked at.
func (s *session) countSince(since time.Time) (int, error) {
	surely := since.AddDate(0, 0, 2)
	later, err := s.search(&imap.SearchCriteria{Since: surely})
	if err != nil {
		return 0, err
	}
	around, err := s.search(&imap.SearchCriteria{Since: since.AddDate(0, 0, -1), Before: surely})
	if err != nil {
		return 0, err
	}
	n := len(later)
	for chunk := range slices.Chunk(around, uidsPerCommand) {
		heads, err := s.heads(uidSet(chunk), &imap.FetchOptions{UID: true, InternalDate: true})
		if err != nil {
			return 0, err
		}
		for _, h := range heads {
			// INTERNALDATE has whole seconds
			if !h.InternalDate.Before(since.Truncate(time.Second)) {
				n++
			}
		}
	}
	return n, nil
}

func uidSet(uids []uint32) imap.UIDSet {
	var set imap.UIDSet
	for _, uid := range uids {
		if uid != 0 { // which would mean "*"
			set.AddNum(imap.UID(uid))
		}
	}
	return set
}
