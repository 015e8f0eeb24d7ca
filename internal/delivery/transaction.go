package delivery

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// transaction is one letter's way over a link: MAIL, RCPT for each recipient, DATA (RFC 5321 section 3.3). Where the
// server offers PIPELINING these go out at once, and their answers are read afterwards (RFC 2920); the letter's bytes
// always wait for the answer to DATA.
type transaction struct {
	*link
	text     *textproto.Conn
	commands []string
	written  int // commands that went out
	answered int // and those whose answer was read
	atOnce   bool
}

// send is one letter's transaction.
func (l *link) send(ctx context.Context, timeout time.Duration, env Envelope, body []byte) (Result, error) {
	done := l.begin(ctx, timeout)
	defer done()
	if err := l.fits(ctx, body); err != nil {
		return Result{}, err
	}
	t := &transaction{link: l, text: l.smtp.Text, commands: commands(env, l.offers("8BITMIME")), atOnce: l.offers("PIPELINING")}
	if _, err := t.answer(250); err != nil {
		return Result{}, t.refused(ctx, StageMail, err)
	}
	rejected, err := t.recipients(ctx, env.To)
	if err != nil {
		return Result{}, err
	}
	text, err := t.data(ctx, body)
	if err != nil {
		return Result{}, err
	}
	return Result{Rejected: rejected, Text: text}, nil
}

func commands(env Envelope, eightBit bool) []string {
	mail := "MAIL FROM:<" + env.From + ">"
	if eightBit {
		mail += " BODY=8BITMIME"
	}
	all := []string{mail}
	for _, to := range env.To {
		all = append(all, "RCPT TO:<"+to+">")
	}
	return append(all, "DATA")
}

// fits spares the upload of what the server said it will not take.
func (l *link) fits(ctx context.Context, body []byte) error {
	limit := l.maxSize()
	if limit == 0 || int64(len(body)) <= limit {
		return nil
	}
	failed := l.failure(ctx, StageMail, fmt.Errorf("the letter has %d octets, the server takes %d", len(body), limit))
	failed.Permanent, failed.Code, failed.Enhanced = true, 552, "5.3.4"
	l.broken = false
	return failed
}

func (l *link) maxSize() int64 {
	_, parameter := l.smtp.Extension("SIZE")
	n, _ := strconv.ParseInt(strings.TrimSpace(parameter), 10, 64)
	return max(n, 0)
}

// answer reads the answer to the next command, which it writes if it has not gone out: with all others where the
// server takes them at once. code is what is expected, see textproto.Reader.ReadResponse.
func (t *transaction) answer(code int) (string, error) {
	if t.written == t.answered {
		until := t.written + 1
		if t.atOnce {
			until = len(t.commands)
		}
		for ; t.written < until; t.written++ {
			t.text.W.WriteString(t.commands[t.written] + "\r\n") // an error stays and is told by Flush
		}
		if err := t.text.W.Flush(); err != nil {
			return "", err
		}
	}
	_, text, err := t.text.ReadResponse(code)
	t.answered++
	return text, err
}

// recipients reads what the server says to each one. Its error stands for all: nobody was accepted, or the connection
// failed.
func (t *transaction) recipients(ctx context.Context, to []string) (map[string]*Error, error) {
	rejected := make(map[string]*Error)
	accepted := 0
	for _, recipient := range to {
		_, err := t.answer(25)
		if err == nil {
			accepted++
			continue
		}
		failed := t.failure(ctx, StageRcpt, err)
		failed.Recipient = recipient
		if t.broken {
			return nil, failed
		}
		rejected[recipient] = failed
	}
	if accepted > 0 {
		return rejected, nil
	}
	t.end()
	return nil, worst(to, rejected)
}

// worst speaks for a letter that nobody may have: temporary if waiting can help
// for any recipient.
func worst(to []string, rejected map[string]*Error) *Error {
	all := *rejected[to[0]]
	for _, recipient := range to {
		if e := rejected[recipient]; all.Permanent && !e.Permanent {
			all = *e
		}
	}
	if len(to) > 1 {
		all.Recipient = ""
	}
	return &all
}

// data sends the bytes. Once the final dot may have left, only the reply tells
// what became of the letter.
func (t *transaction) data(ctx context.Context, body []byte) (string, error) {
	if _, err := t.answer(354); err != nil {
		return "", t.refused(ctx, StageData, err)
	}
	if err := writeStuffed(t.text.W, body); err != nil {
		t.broken = true // the dot has not left
		return "", t.failure(ctx, StageData, err)
	}
	text, err := t.dot()
	if err != nil {
		failed := t.refused(ctx, StageData, err)
		failed.Unknown = failed.Code == 0
		return "", failed
	}
	return words(text), nil
}

// dot ends the bytes and reads the server's last word.
func (t *transaction) dot() (string, error) {
	t.text.W.WriteString(".\r\n")
	if err := t.text.W.Flush(); err != nil {
		return "", err
	}
	_, text, err := t.text.ReadResponse(250)
	return text, err
}

// writeStuffed doubles the dot at the beginning of a line (RFC 5321 section 4.5.2) and leaves nothing unsent. The body's
// lines end in CRLF, see checkBody.
func writeStuffed(w *bufio.Writer, body []byte) error {
	if bytes.HasPrefix(body, []byte(".")) {
		w.WriteByte('.')
	}
	for {
		end := bytes.Index(body, []byte("\n."))
		if end < 0 {
			break
		}
		w.Write(body[:end+1])
		w.WriteByte('.')
		body = body[end+1:]
	}
	w.Write(body)
	return w.Flush()
}

// refused is failure for a command after which the transaction must be ended.
func (t *transaction) refused(ctx context.Context, stage string, err error) *Error {
	failed := t.failure(ctx, stage, err)
	t.end()
	return failed
}

// end leaves the link ready for the next letter: answers that are still due are read first. A server that now waits for
// bytes, although the letter has failed, is left: a lone dot might make an empty letter of it.
func (t *transaction) end() {
	for t.written > t.answered && !t.broken {
		if _, err := t.answer(354); err == nil || isConnectionLost(err) {
			t.broken = true
		}
	}
	if !t.broken && t.smtp.Reset() != nil {
		t.broken = true
	}
}

// isConnectionLost tells that no reply came.
func isConnectionLost(err error) bool {
	var reply *textproto.Error
	return !errors.As(err, &reply) || reply.Code == 421
}
