package calendar

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean keeps what RFC 5545 section 3.1 allows in a text: no controls but the line end, which becomes LF, and no
// characters that turn the direction of writing.
func clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, s))
}

// oneLine is clean where a line end makes no sense.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// foldAt is the longest line in octets, without its CRLF (RFC 5545 section 3.1).
const foldAt = 75

// fold breaks long lines between characters; each further line begins with a space.
func fold(src []byte) []byte {
	out := make([]byte, 0, len(src)+len(src)/foldAt*3)
	for line := range bytes.Lines(src) {
		line = bytes.TrimSuffix(line, []byte("\r\n"))
		for room := foldAt; len(line) > room; room = foldAt - 1 {
			n := room
			for n > 1 && !utf8.RuneStart(line[n]) {
				n--
			}
			out = append(append(out, line[:n]...), "\r\n "...)
			line = line[n:]
		}
		out = append(append(out, line...), "\r\n"...)
	}
	return out
}
