package mailbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Item is one mail to put into a folder.
type Item struct {
	Raw   []byte    // the mail as it is to lie there, CRLF lines
	Flags []string  // such as `\Seen` for a Sent copy, `\Draft` for a draft
	At    time.Time // INTERNALDATE; zero: the server's now
}

// Append puts one mail into a folder, which is created if missing. After
// *TemporaryError the mail may be there or not: look with HasMessageID before
// repeating.
func (c *Client) Append(ctx context.Context, folder string, raw []byte, flags []string, at time.Time) error {
	return c.AppendBatch(ctx, folder, []Item{{Raw: raw, Flags: flags, At: at}})[0]
}

// AppendBatch puts mails into a folder in order, without waiting for one's
// answer before the next is sent. errs has one entry an item, nil for those
// that the server confirmed. Where the connection ends in the middle, what was
// not sent fails with *TemporaryError too.
func (c *Client) AppendBatch(ctx context.Context, folder string, items []Item) (errs []error) {
	errs = make([]error, len(items))
	open := make([]int, len(items)) // indexes still to be done
	for i := range items {
		open[i] = i
	}
	for attempt := 0; attempt < 2 && len(open) > 0; attempt++ {
		c.appendOpen(ctx, folder, items, open, errs)
		open = afterCreate(open, errs)
	}
	return errs
}

// appendOpen does the items of the given indexes and fills in their errs.
func (c *Client) appendOpen(ctx context.Context, folder string, items []Item, open []int, errs []error) {
	begun := false
	err := c.do(ctx, "append", func(s *session) error {
		server, err := s.serverName(folder)
		if err != nil {
			return err
		}
		if err := s.ensureFolder(server); err != nil {
			return err
		}
		begun = true
		return s.appendAll(ctx, server, items, open, errs)
	})
	if begun {
		return
	}
	for _, i := range open {
		errs[i] = err
	}
}

// afterCreate picks what is worth a second attempt: somebody removed the folder
// while we knew it to exist, the next attempt makes it again.
func afterCreate(open []int, errs []error) []int {
	var again []int
	missing := false
	for _, i := range open {
		if isMissingFolder(errs[i]) {
			missing = true
		} else if !errors.Is(errs[i], errNotSent) {
			continue
		}
		again = append(again, i)
	}
	if !missing {
		return nil
	}
	return again
}

func isMissingFolder(err error) bool {
	var refused *RefusedError
	return errors.As(err, &refused) &&
		(refused.Code == string(imap.ResponseCodeTryCreate) || refused.Code == string(imap.ResponseCodeNonExistent))
}

var errNotSent = errors.New("not sent, the connection had ended")

// appendsUnderWay bounds how many answers are waited for at once.
const appendsUnderWay = 8

// appendAll sends the items of the given indexes and fills in their errs: all with one command where the server can,
// else one after the other. Its own error is one of the connection.
func (s *session) appendAll(ctx context.Context, server string, items []Item, open []int, errs []error) error {
	var fit []int
	for _, i := range open {
		if errs[i] = s.tooBig(items[i]); errs[i] == nil {
			fit = append(fit, i)
		}
	}
	if len(fit) > 1 && s.past != nil && s.caps.Has(imap.CapMultiAppend) && s.caps.Has(imap.CapLiteralPlus) {
		err := s.explain(ctx, "append", s.appendTogether(server, items, fit))
		if isMissingFolder(err) {
			delete(s.known, server)
		}
		if !errors.As(err, new(*RefusedError)) || isMissingFolder(err) {
			for _, i := range fit {
				errs[i] = err
			}
			return err
		}
		// one of them is refused, and with it all (RFC 3502): each alone, to know which
	}
	return s.appendEach(ctx, server, items, fit, errs)
}

// appendTogether is MULTIAPPEND (RFC 3502) with literals that wait for no leave (RFC 7888): the server writes its folder
// once for all. Either all mails are there afterwards, or none.
func (s *session) appendTogether(server string, items []Item, which []int) error {
	answer, err := s.past.run(s.cl.Closed(), func(w *bufio.Writer) {
		w.WriteString("APPEND " + s.quoted(server))
		for _, i := range which {
			fmt.Fprintf(w, " (%s)", strings.Join(items[i].Flags, " "))
			if at := items[i].At; !at.IsZero() {
				w.WriteString(at.Format(` "_2-Jan-2006 15:04:05 -0700"`))
			}
			fmt.Fprintf(w, " {%d+}\r\n", len(items[i].Raw))
			w.Write(items[i].Raw)
		}
	})
	if err == nil {
		s.own.add(server, answer, items, which)
	}
	return err
}

// appendEach sends one after the other.
//
// The library announces a literal of more than 4,096 octets and waits for the
// server's leave, also where LITERAL+ would save the wait; and it closes the
// connection when the leave is refused.
func (s *session) appendEach(ctx context.Context, server string, items []Item, open []int, errs []error) (failed error) {
	var sent []*imapclient.AppendCommand
	var of []int // the item of each command
	answered := 0
	collect := func(until int) {
		for ; answered < until; answered++ {
			_, err := sent[answered].Wait()
			err = s.explain(ctx, "append", err)
			errs[of[answered]] = err
			if isMissingFolder(err) {
				delete(s.known, server)
			}
			if s.broken && failed == nil {
				failed = err
			}
		}
	}
	for _, i := range open {
		if s.broken {
			errs[i] = &TemporaryError{Op: "append", Err: errNotSent}
			continue
		}
		collect(len(sent) - appendsUnderWay + 1)
		cmd := s.cl.Append(server, int64(len(items[i].Raw)), appendOptions(items[i]))
		_, err := cmd.Write(items[i].Raw)
		if err != nil {
			collect(len(sent)) // while the connection still stands
		}
		err = firstError(err, cmd.Close())
		sent, of = append(sent, cmd), append(of, i)
		if err != nil {
			collect(len(sent))
			s.broken = true
		}
	}
	collect(len(sent))
	return failed
}

// tooBig spares the upload of what the server said it will not take (RFC 7889).
func (s *session) tooBig(item Item) error {
	limit, ok := s.caps.AppendLimit()
	if !ok || limit == nil || len(item.Raw) <= int(*limit) {
		return nil
	}
	return &RefusedError{Op: "append", Code: string(imap.ResponseCodeTooBig),
		Text: fmt.Sprintf("%d octets, the server takes %d", len(item.Raw), *limit)}
}

func appendOptions(item Item) *imap.AppendOptions {
	options := &imap.AppendOptions{Time: item.At}
	for _, flag := range item.Flags {
		options.Flags = append(options.Flags, imap.Flag(flag))
	}
	return options
}
