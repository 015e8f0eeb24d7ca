package inbound

import (
	"bytes"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// ErrNoMail is returned for bytes that are no mail at all.
var ErrNoMail = errors.New("read mail: no header field and no text: this is no mail")

// loopHeader is the field that letters of this robot carry, keyed.
const loopHeader = "x-uketsuke-loop"

// Parse understands a mail. The error is ErrNoMail, or a *LimitError together
// with what was read until the bound was met; everything else that is wrong
// with a mail is a Problem. raw must stay unchanged as long as the Message is
// used.
func Parse(raw []byte, o Options) (*Message, error) {
	b := newBudget(o.Limits)
	if b.Bytes > 0 && int64(len(raw)) > b.Bytes {
		m, err := ParseHeader(raw, o)
		if err != nil {
			return nil, err
		}
		return m, &LimitError{"bytes", b.Bytes}
	}
	h, body, m, err := begin(raw)
	if err != nil {
		return nil, err
	}
	w := &walker{budget: b}
	pieces, err := w.entity(h, body, 1, "text/plain")
	m.Attachments, m.Calendar, m.TextGuess = w.attachments, w.calendar, w.guess
	m.Problems = appendOnce(m.Problems, w.problems...)
	w.body = m.setText(pieces, w.textFiles)
	m.finish(h, w, o)
	m.ContentHash = contentHash(h, body)
	return m, err
}

// ParseHeader understands only the header: for mails above the size limit, of
// which raw may hold just the beginning. Its ContentHash covers what raw holds.
func ParseHeader(raw []byte, o Options) (*Message, error) {
	h, body, m, err := begin(raw)
	if err != nil {
		return nil, err
	}
	m.HeaderOnly = true
	ct := parseParams(h.text("content-type"))
	w := &walker{budget: newBudget(o.Limits)}
	if ct.value == "multipart/report" {
		w.report = strings.ToLower(ct.token("report-type"))
	}
	m.finish(h, w, o)
	m.ContentHash = contentHash(h, body)
	return m, nil
}

// begin cuts the header off and reads what stands in it.
func begin(raw []byte) (header, []byte, *Message, error) {
	raw = normalBreaks(raw)
	h, body, notes := splitHeader(raw)
	if len(h) == 0 {
		head := body[:min(len(body), 4<<10)]
		if bytes.IndexByte(head, 0) >= 0 || len(bytes.TrimSpace(head)) == 0 {
			return nil, nil, nil, ErrNoMail
		}
		notes = appendOnce(notes, "no header")
	}
	m := &Message{}
	m.readHeader(h)
	m.Problems = appendOnce(m.Problems, notes...)
	m.Authority = authority(h, m)
	return h, body, m, nil
}

// readHeader reads the fields that a person sees.
func (m *Message) readHeader(h header) {
	var sound bool
	m.fromFields = h.count("from")
	m.From, sound = h.addresses("from")
	if !sound {
		m.problem("the From field is not well formed")
	}
	if sender, _ := h.addresses("sender"); len(sender) > 0 {
		m.Sender = &sender[0]
	}
	m.ReplyTo, _ = h.addresses("reply-to")
	m.To, _ = h.addresses("to")
	m.Cc, _ = h.addresses("cc")
	m.Bcc, _ = h.addresses("bcc")
	var guess string
	m.Subject, guess = h.decoded("subject")
	if guess != "" {
		m.problem("the subject's charset was guessed: " + guess)
	}
	if ids := idList(h.text("message-id")); len(ids) > 0 {
		m.MessageID = ids[0]
	}
	m.InReplyTo, m.References = h.ids("in-reply-to"), h.ids("references")
	m.Date, _ = parseDate(h.text("date"))
	if f, ok := h.first("return-path"); ok {
		s, _ := f.text()
		m.ReturnPath, m.HasReturnPath = strings.Trim(s, "<> "), strings.Contains(s, "<") || s != ""
	}
	m.ListID = cleanLine(h.text("list-id"))
	m.AutoSubmitted = cleanLine(h.text("auto-submitted"))
	m.Transfer = cleanLine(h.text("x-uketsuke-transfer"))
}

// addresses reads all fields of a name, one list after the other.
func (h header) addresses(name string) (list []Address, sound bool) {
	sound = true
	for _, f := range h {
		if f.name == name {
			s, _ := f.text()
			l, ok := parseAddresses(s)
			list, sound = append(list, l...), sound && ok
		}
	}
	return list, sound
}

func (h header) ids(name string) []string {
	var ids []string
	for _, f := range h {
		if f.name == name {
			s, _ := f.text()
			ids = append(ids, idList(s)...)
		}
	}
	return ids
}

// authority says why a mail cannot carry authority, "" when it can: it needs
// exactly one From mailbox, Subject, Date and Message-ID.
func authority(h header, m *Message) string {
	for _, f := range [][2]string{{"from", "From"}, {"subject", "Subject"}, {"date", "Date"}, {"message-id", "Message-ID"}} {
		switch n := h.count(f[0]); {
		case n == 0:
			m.problem("no " + f[1] + " field")
			return "no " + f[1] + " field"
		case n > 1:
			why := fmt.Sprintf("%d %s fields", n, f[1])
			m.problem(why)
			return why
		}
	}
	_, sound := h.addresses("from")
	switch {
	case len(m.From) != 1:
		m.problem(fmt.Sprintf("%d mailboxes in From", len(m.From)))
		return fmt.Sprintf("%d mailboxes in From", len(m.From))
	case !sound:
		return "the From field is not well formed"
	case len(h) >= maxFields:
		return "too many header fields"
	case m.MessageID == "":
		m.problem("the Message-ID cannot be read")
		return "the Message-ID cannot be read"
	case m.Date.IsZero():
		m.problem("the Date cannot be read")
		return "the Date cannot be read"
	}
	return ""
}

func (m *Message) problem(s string) { m.Problems = appendOnce(m.Problems, s) }

func appendOnce(list []string, more ...string) []string {
next:
	for _, s := range more {
		for _, have := range list {
			if have == s {
				continue next
			}
		}
		list = append(list, s)
	}
	return list
}

// setText parts the body's text, and returns it whole. A mail that is nothing but a text file shows
// it as quoted: it is not what the sender wrote in the mail.
func (m *Message) setText(pieces []piece, files []string) (body string) {
	var own, nested []string
	for _, p := range pieces {
		if s := strings.Trim(p.text, "\n"); p.quoted {
			nested = append(nested, s)
		} else if strings.TrimSpace(s) != "" {
			own = append(own, s)
		}
	}
	var quoted string
	body = strings.Join(own, "\n")
	m.Text, quoted, m.Signature = partText(body, isForwardSubject(m.Subject))
	if quoted != "" {
		nested = append([]string{quoted}, nested...)
	}
	if m.Text == "" && len(nested) == 0 {
		nested = files
	}
	m.Quoted = strings.Trim(strings.Join(nested, "\n\n"), "\n")
	return body
}

// isForwardSubject reports whether a mail program's prefix says forwarded.
func isForwardSubject(subject string) bool {
	s := strings.ToLower(strings.TrimSpace(subject))
	for _, p := range []string{"fw:", "fwd:", "fw：", "fwd：", "転送:", "転送：", "[fwd:", "wg:", "tr:"} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// finish tells the kind and reads the evidence.
func (m *Message) finish(h header, w *walker, o Options) {
	m.Kind, m.Why = m.tellKind(h, w, o)
	m.Evidence = readEvidence(h, m, o.Authserv)
}

// Layouts of Date fields that net/mail does not read.
var dateLayouts = []string{
	"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05",
	"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006", "Mon Jan 2 15:04:05 -0700 2006", "Mon, 2 January 2006 15:04:05 -0700",
	"2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05Z07:00", "2006/01/02 15:04:05 -0700", "2006-01-02 15:04:05",
}

// parseDate reads a Date field (RFC 5322, 3.3), obsolete and common broken forms
// included. A time without a zone is taken as UTC, as -0000 would be.
func parseDate(s string) (time.Time, bool) {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" || len(s) > 100 {
		return time.Time{}, false
	}
	s, _, _ = strings.Cut(s, " (")
	if strings.HasSuffix(s, " JST") { // time.Parse takes a zone that it does not know for UTC
		s = strings.TrimSuffix(s, "JST") + "+0900"
	}
	if t, err := mail.ParseDate(s); err == nil && sensibleYear(t) {
		return t, true
	}
	for _, l := range dateLayouts {
		if t, err := time.Parse(l, s); err == nil && sensibleYear(t) {
			return t, true
		}
	}
	return time.Time{}, false
}

func sensibleYear(t time.Time) bool { return 1970 <= t.Year() && t.Year() <= 9999 }
