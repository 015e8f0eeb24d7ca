package letter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"uketsuke/internal/casework"
)

// HeaderError is a header value that cannot be written: a line break or control character inside, an address beyond
// ASCII, a line above 998 characters. The value itself is not told: it may be personal.
type HeaderError struct {
	Field string
	What  string
}

func (e *HeaderError) Error() string { return "header " + e.Field + ": " + e.What }

// foldAt is where header lines are folded, RFC 5322 section 2.1.1 (78 without CRLF); longest is its hard limit.
const (
	foldAt  = 76
	longest = 998
)

// field is the one constructor of header fields: "Name: value", folded at spaces, CRLF at the end. Unfolding gives
// the value back as it was. It refuses whatever could end the line or is not 7-bit.
func field(name, value string) ([]byte, error) {
	for i := range len(value) {
		switch c := value[i]; {
		case c == '\r' || c == '\n':
			return nil, &HeaderError{name, "a line break inside the value"}
		case c < ' ' || c >= 0x7f:
			return nil, &HeaderError{name, "a character that is no printable ASCII inside the value"}
		}
	}
	b := append(make([]byte, 0, len(name)+len(value)+16), name...)
	b = append(b, ": "...)
	used := len(b)
	for value != "" {
		n := foldPoint(value)
		if used+n > foldAt && used > len(name)+2 && value[0] == ' ' {
			b = append(b, "\r\n"...)
			used = 0
		}
		if used+n > longest {
			return nil, &HeaderError{name, fmt.Sprintf("a word of %d characters", n)}
		}
		b = append(b, value[:n]...)
		used += n
		value = value[n:]
	}
	return append(b, "\r\n"...), nil
}

// foldPoint returns the length of the next word with the spaces before it.
func foldPoint(s string) int {
	i := 0
	for i < len(s) && s[i] == ' ' {
		i++
	}
	for i < len(s) && s[i] != ' ' {
		i++
	}
	return i
}

// encodedWordLimit bounds an encoded word so that "Subject: " and "name=" fit before it within 76 (RFC 2047 section 2).
const encodedWordLimit = 62

// encodeWords writes a text as RFC 2047 B words in a charset, none split inside a character or before what combines
// with it, separated by single spaces. Printable ASCII stays as it is.
func (c charset) encodeWords(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	var word string
	for s != "" {
		n := cluster(s)
		if word != "" && c.wordLength(word+s[:n]) > encodedWordLimit {
			c.writeWord(&b, word)
			word = ""
		}
		word += s[:n]
		s = s[n:]
	}
	c.writeWord(&b, word)
	return b.String()
}

// cluster returns the length in bytes of the first character of s and what combines with it.
func cluster(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	for n < len(s) && n < 32 {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !combines(r) {
			break
		}
		n += size
	}
	return n
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return !strings.Contains(s, "=?")
}

// mailbox writes an address with its display name (RFC 5322 section 3.4).
func (c charset) mailbox(a casework.Address) (string, error) {
	addr, err := asciiAddress(a.Addr)
	if err != nil {
		return "", err
	}
	name := oneLine(a.Name)
	switch {
	case name == "":
		return addr, nil
	case !plainASCII(name):
		return c.encodeWords(name) + " <" + addr + ">", nil
	}
	return quote(name) + " <" + addr + ">", nil
}

func (c charset) mailboxes(list []casework.Address) (string, error) {
	out := make([]string, len(list))
	for i, a := range list {
		var err error
		if out[i], err = c.mailbox(a); err != nil {
			return "", err
		}
	}
	return strings.Join(out, ", "), nil
}

// asciiAddress writes an addr-spec in ASCII, its domain as A-label; nothing is normalised. A local part beyond ASCII
// would need SMTPUTF8, which a letter never asks for.
func asciiAddress(addr string) (string, error) {
	i := strings.LastIndexByte(addr, '@')
	if i <= 0 || i == len(addr)-1 {
		return "", &HeaderError{"address", "no mailbox of the form name@domain"}
	}
	domain, err := idna.Punycode.ToASCII(addr[i+1:])
	if err != nil {
		return "", &HeaderError{"address", "a domain that cannot be written in ASCII"}
	}
	out := addr[:i+1] + domain
	for j := range len(out) {
		if c := out[j]; c <= ' ' || c >= 0x7f || strings.IndexByte(`<>,;:\()[]`, c) >= 0 {
			return "", &HeaderError{"address", "a character that an address cannot have without quotes or SMTPUTF8"}
		}
	}
	return out, nil
}

// quote writes a quoted-string (RFC 5322 section 3.2.4).
func quote(s string) string { return `"` + quoting.Replace(s) + `"` }

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// messageIDs writes ids as In-Reply-To and References want them. They came from outside: what is no id is left out.
// Of very long threads the first and the newest are kept.
func messageIDs(ids []string) string {
	var out []string
	for _, id := range ids {
		id = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
		if id == "" || len(id) > 250 || strings.ContainsAny(id, "<> ") || !plainASCII(id) {
			continue
		}
		out = append(out, "<"+id+">")
	}
	const most = 20
	if len(out) > most {
		out = append(out[:1], out[len(out)-most+1:]...)
	}
	return strings.Join(out, " ")
}

// contentType writes a media type with a file's name in the two ways that together every program reads: name= with
// RFC 2047 words in quotes (Outlook) here, filename*= by RFC 2231 in disposition (Gmail, Apple Mail, Thunderbird).
func (c charset) contentType(mediaType, name string) string {
	if plainASCII(name) {
		return mediaType + "; name=" + quote(name)
	}
	return mediaType + `; name="` + c.encodeWords(name) + `"`
}

// disposition is the Content-Disposition of an attachment. RFC 2231 section 4 and 3: a long name goes on in
// filename*1*, *2*…, each short enough for a line and whole characters long.
func disposition(name string) string {
	if plainASCII(name) {
		return "attachment; filename=" + quote(name)
	}
	const most = 54
	var segments []string
	var b strings.Builder
	for s := name; s != ""; {
		n := cluster(s)
		var one strings.Builder
		percentEncode(&one, s[:n], "")
		if b.Len() > 0 && b.Len()+one.Len() > most {
			segments = append(segments, b.String())
			b.Reset()
		}
		b.WriteString(one.String())
		s = s[n:]
	}
	segments = append(segments, b.String())
	if len(segments) == 1 {
		return "attachment; filename*=UTF-8''" + segments[0]
	}
	var out strings.Builder
	out.WriteString("attachment")
	for i, s := range segments {
		lead := ""
		if i == 0 {
			lead = "UTF-8''"
		}
		fmt.Fprintf(&out, "; filename*%d*=%s%s", i, lead, s)
	}
	return out.String()
}
