package robot

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"uketsuke/internal/casework"
	"uketsuke/internal/inbound"
)

// sighting is a mail of the Drafts or the Sent folder, by its header.
type sighting struct {
	uid     uint32
	letter  int64  // of our keyed Message-ID; 0 when it has none
	loop    string // the keyed field, as written
	id      string // Message-ID without angle brackets
	subject string // without spaces
	to      []string
	date    time.Time // the Date field
	at      time.Time // when the server got it
	fields  []byte
	gone    bool // from the Drafts folder, or flagged \Deleted there
}

const loopField = "X-Uketsuke-Loop"

func (r *Robot) sight(h FolderHeader) *sighting {
	s := &sighting{uid: h.UID, at: h.InternalDate, fields: h.Fields}
	if m, err := inbound.ParseHeader(h.Fields, inbound.Options{Limits: r.Intake.Inbound.Limits}); err == nil {
		s.id, s.subject, s.to, s.date = m.MessageID, squeeze(m.Subject), recipientsOf(m), m.Date
		s.letter, _ = r.Keys.OwnMessageID(m.MessageID)
	}
	if m, err := mail.ReadMessage(bytes.NewReader(h.Fields)); err == nil {
		s.loop = m.Header.Get(loopField)
	}
	return s
}

// list has the mails that are there, in the order of their UIDs.
func (f *folderSeen) list() []*sighting {
	var out []*sighting
	for _, uid := range slices.Sorted(maps.Keys(f.mails)) {
		if s := f.mails[uid]; !s.gone {
			out = append(out, s)
		}
	}
	return out
}

// is tells whether a mail is a letter by its keyed signs.
func (r *Robot) is(s *sighting, d casework.Draft) bool {
	if s.letter != 0 {
		return s.letter == d.Letter
	}
	return s.loop != "" && r.Keys.OwnLoop(d.MessageID, s.loop)
}

// since tells whether a mail may have come of a draft: it is not older.
func (s *sighting) since(d casework.Draft) bool { return !s.at.Before(d.At.Add(-clockSkew)) }

func (s *sighting) sharesRecipient(to []string) bool {
	return slices.ContainsFunc(s.to, func(a string) bool {
		return slices.ContainsFunc(to, func(b string) bool { return strings.EqualFold(a, b) })
	})
}

func recipientsOf(m *inbound.Message) (out []string) {
	for _, a := range slices.Concat(m.To, m.Cc, m.Bcc) {
		out = append(out, a.Addr)
	}
	return out
}

// draftSeen is as what a person has sent a draft. s has the signs that the mail itself may lack; nil: none.
func (r *Robot) draftSeen(letter int64, raw []byte, s *sighting) *casework.DraftSeen {
	seen := &casework.DraftSeen{Letter: letter, At: r.Now()}
	if s != nil {
		seen.MessageID, seen.Recipients, seen.At = s.id, s.to, s.date
	}
	if m := r.parsed(raw); m != nil {
		seen.MessageID, seen.Recipients, seen.At, seen.Words = m.MessageID, recipientsOf(m), m.Date, words(m)
	}
	if now := r.Now(); seen.At.IsZero() || seen.At.After(now) {
		seen.At = now
	}
	return seen
}

// ownDraft is what our own mail in the inbox says of a draft: nil unless it has come through a mail server. A draft that
// somebody has moved there has not.
func (r *Robot) ownDraft(m *inbound.Message, raw []byte) *casework.DraftSeen {
	if m == nil || m.Kind != inbound.KindOwn {
		return nil
	}
	letter, ok := r.Keys.OwnMessageID(m.MessageID)
	if head, err := mail.ReadMessage(bytes.NewReader(raw)); !ok || err != nil || head.Header.Get("Received") == "" {
		return nil
	}
	return r.draftSeen(letter, raw, nil)
}

// parsed is a mail taken apart, as far as it can be; nil when it is none.
func (r *Robot) parsed(raw []byte) *inbound.Message {
	m, _ := inbound.Parse(raw, inbound.Options{Limits: r.Intake.Inbound.Limits})
	return m
}

// words is one fingerprint of what a person can change in a mail besides its recipients: subject, text and files. How mail
// programs break lines changes nothing.
func words(m *inbound.Message) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q", squeeze(m.Subject), textOf(m))
	var files []string
	for _, a := range m.Attachments {
		if !a.Inline {
			files = append(files, fmt.Sprintf("%x", a.SHA256))
		}
	}
	slices.Sort(files)
	fmt.Fprintf(h, "%q", files)
	return fmt.Sprintf("%x", h.Sum(nil))
}

// textOf is all text of a mail, without spaces.
func textOf(m *inbound.Message) string {
	if m == nil {
		return ""
	}
	return squeeze(m.Text + m.Quoted + m.Signature)
}

// linesOf are the lines of a letter that say something of their own, without spaces.
func linesOf(m *inbound.Message) (out []string) {
	if m == nil {
		return nil
	}
	for line := range strings.Lines(m.Text + "\n" + m.Quoted) {
		if line = squeeze(line); len([]rune(line)) >= 8 {
			out = append(out, line)
		}
	}
	return out
}

// hasHalf tells whether a text has half of the lines.
func hasHalf(text string, lines []string) bool {
	n := 0
	for _, l := range lines {
		if strings.Contains(text, l) {
			n++
		}
	}
	return n > 0 && 2*n >= len(lines)
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}
