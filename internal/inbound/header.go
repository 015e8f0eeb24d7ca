package inbound

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// field is one header field, in the order of the mail.
type field struct {
	name string // lower-case
	raw  []byte // what follows the colon, folded as it came; shares memory with the mail
}

// header is a mail's or a part's fields, topmost first.
type header []field

// known fields, by which a header line is told from body text that follows a
// header without a blank line.
var knownFields = map[string]bool{
	"from": true, "to": true, "cc": true, "bcc": true, "subject": true, "date": true, "message-id": true, "received": true,
	"mime-version": true, "content-type": true, "content-transfer-encoding": true, "content-disposition": true,
	"content-id": true, "content-description": true, "return-path": true, "reply-to": true, "sender": true,
	"in-reply-to": true, "references": true, "dkim-signature": true, "authentication-results": true, "delivered-to": true,
}

// Bounds of one header, far above any real one.
const (
	maxFields     = 2000
	maxFieldBytes = 256 << 10 // of a field that is read for its meaning
)

// splitHeader cuts raw into its header fields and its body. notes name what is
// not as RFC 5322 has it.
func splitHeader(raw []byte) (h header, body []byte, notes []string) {
	start := 0 // of the last field's value
	for at := 0; at < len(raw); {
		line, rest := cutLine(raw[at:])
		next := len(raw) - len(rest)
		switch {
		case len(line) == 0:
			return h, rest, notes
		case len(h) == 0 && isMboxLine(line):
		case (line[0] == ' ' || line[0] == '\t') && len(h) > 0:
			h[len(h)-1].raw = raw[start : at+len(line)]
		default:
			name, value, ok := cutField(line)
			switch {
			case ok && len(h) == maxFields:
				return h, afterBlankLine(rest), append(notes, "too many header fields: the rest was left out")
			case ok:
				start = at + len(line) - len(value)
				h = append(h, field{name, value})
			case startsKnownField(rest):
				notes = append(notes, "a header line is no field: it was left out")
			default:
				return h, raw[at:], append(notes, "no blank line between header and body")
			}
		}
		at = next
	}
	return h, nil, notes
}

func afterBlankLine(b []byte) []byte {
	for len(b) > 0 {
		var line []byte
		if line, b = cutLine(b); len(line) == 0 {
			return b
		}
	}
	return nil
}

// isMboxLine reports whether a line is mbox's separator, not a field.
func isMboxLine(line []byte) bool {
	return bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))
}

// cutField parts a line at its colon; false when it is no field.
func cutField(line []byte) (name string, value []byte, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 {
		return "", nil, false
	}
	n := bytes.TrimRight(line[:i], " \t")
	for _, c := range n {
		if c <= ' ' || c >= 0x7f {
			return "", nil, false
		}
	}
	return strings.ToLower(string(n)), line[i+1:], len(n) > 0
}

func startsKnownField(b []byte) bool {
	line, _ := cutLine(b)
	name, _, ok := cutField(line)
	return ok && (knownFields[name] || strings.HasPrefix(name, "x-") || strings.HasPrefix(name, "arc-") || strings.HasPrefix(name, "list-"))
}

// first returns the topmost field of that (lower-case) name.
func (h header) first(name string) (field, bool) {
	for _, f := range h {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// text returns the topmost field of that name, unfolded and in UTF-8, with its
// encoded words as they are; "" when there is none.
func (h header) text(name string) string {
	f, _ := h.first(name)
	s, _ := f.text()
	return s
}

// decoded returns the topmost field of that name for people to read.
func (h header) decoded(name string) (text, guess string) {
	f, _ := h.first(name)
	s, guess := f.text()
	d, wordGuess := decodeWords(s)
	if guess == "" {
		guess = wordGuess
	}
	return cleanLine(d), guess
}

// count says how often a field occurs.
func (h header) count(name string) int {
	n := 0
	for _, f := range h {
		if f.name == name {
			n++
		}
	}
	return n
}

// text makes the value UTF-8, unfolded and trimmed; raw 8-bit bytes and JIS are
// guessed. It comes before any parsing, so that no byte of a Japanese character
// is taken for syntax.
func (f field) text() (s, guess string) {
	raw := f.raw[:min(len(f.raw), maxFieldBytes)]
	if isPlainASCII(raw) {
		return unfold(string(raw)), ""
	}
	s, guess = decodeText(raw, "")
	if strings.HasPrefix(guess, csUTF8+" ") {
		guess = "" // RFC 6532: no guess
	}
	return unfold(s), guess
}

// unfold removes line ends; the white space that follows them stays, as spaces.
func unfold(s string) string {
	if strings.ContainsAny(s, "\r\n\t\x00") {
		s = strings.Map(func(r rune) rune {
			switch r {
			case '\r', '\n', 0:
				return -1
			case '\t':
				return ' '
			}
			return r
		}, s)
	}
	return strings.TrimSpace(s)
}

// cleanLine makes a header's text one line without control characters and
// without the invisible ones that turn or hide text.
func cleanLine(s string) string {
	clean := true
	for _, r := range s {
		if r < ' ' || r >= 0x7f && invisible(r) {
			clean = false
			break
		}
	}
	if !clean {
		s = strings.Map(func(r rune) rune {
			switch {
			case r == '\t' || r == '\n':
				return ' '
			case r < ' ' || invisible(r):
				return -1
			}
			return r
		}, s)
	}
	return strings.TrimFunc(s, func(r rune) bool { return r == ' ' || r == '\u3000' })
}

// invisible are DEL, the C1 controls, and the marks that reorder text or have
// no width, but for the joiners and variation selectors that characters need.
func invisible(r rune) bool {
	switch {
	case 0x7f <= r && r <= 0x9f, r == 0xad, r == 0xfeff, r == 0x200b:
		return true
	case 0x200e <= r && r <= 0x200f, 0x2028 <= r && r <= 0x202e, 0x2060 <= r && r <= 0x2069:
		return true
	}
	return false
}

// normalBreaks turns a mail whose lines end in bare CR (old Macintosh) into one
// with LF; others are returned as they are.
func normalBreaks(raw []byte) []byte {
	if bytes.IndexByte(raw, '\r') >= 0 && bytes.IndexByte(raw, '\n') < 0 {
		return bytes.ReplaceAll(raw, []byte{'\r'}, []byte{'\n'})
	}
	return raw
}

// idList reads the message ids of a field, without angle brackets (RFC 5322,
// 3.6.4). Text that is no id is passed over; a field without brackets is taken
// word by word.
func idList(s string) []string {
	var ids []string
	add := func(id string) {
		id = strings.Join(strings.Fields(id), "")
		if id != "" && len(id) <= 998 && utf8.ValidString(id) {
			ids = append(ids, id)
		}
	}
	if !strings.Contains(s, "<") {
		for _, w := range strings.Fields(s) {
			if strings.Contains(w, "@") {
				add(strings.Trim(w, ">,;"))
			}
		}
		return ids
	}
	for {
		_, after, ok := strings.Cut(s, "<")
		if !ok {
			return ids
		}
		id, rest, ok := strings.Cut(after, ">")
		if !ok {
			add(strings.TrimSpace(after))
			return ids
		}
		add(id)
		s = rest
	}
}
