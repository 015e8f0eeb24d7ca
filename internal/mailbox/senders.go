package mailbox

import (
	"context"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// mostSenders bounds the mails of which Senders reads the head, the newest of a folder.
const mostSenders = 2000

// Sender is who a mail says it is from: one address of its From field, as written, when the server received it, and its
// Subject field, still encoded.
type Sender struct {
	UID     uint32
	Addr    string
	At      time.Time
	Subject string
}

// Senders reads from whom the mails of a folder are that the server received on the day of since or later, the newest
// 2,000 at most, and the folder's UIDVALIDITY. It opens the folder for reading and marks nothing. A folder that does not
// exist holds none.
func (c *Client) Senders(ctx context.Context, folder string, since time.Time) (out []Sender, validity uint32, err error) {
	err = c.do(ctx, "read who wrote", func(s *session) error {
		out = nil
		data, exists, err := s.open(folder, false)
		if err != nil || !exists {
			return err
		}
		validity = data.UIDValidity
		found, err := s.search(&imap.SearchCriteria{Since: since})
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(found[max(0, len(found)-mostSenders):], uidsPerCommand) {
			msgs, err := s.cl.Fetch(uidSet(chunk), &imap.FetchOptions{UID: true, InternalDate: true, Envelope: true}).Collect()
			if err != nil {
				return err
			}
			out = append(out, sendersOf(msgs)...)
		}
		return nil
	})
	return out, validity, err
}

// sendersOf leaves out what a server sent unasked, which has no envelope.
func sendersOf(msgs []*imapclient.FetchMessageBuffer) (out []Sender) {
	for _, m := range msgs {
		if m.Envelope == nil {
			continue
		}
		for _, from := range m.Envelope.From {
			if addr := from.Addr(); addr != "" {
				out = append(out, Sender{uint32(m.UID), addr, m.InternalDate, m.Envelope.Subject})
			}
		}
	}
	return out
}
