package inbound

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// Charset names as this package uses them; others are lower-cased labels.
const (
	csASCII = "us-ascii"
	csUTF8  = "utf-8"
	csJIS   = "iso-2022-jp"
	csCP932 = "cp932"
	csEUCJP = "euc-jp"
	csLatin = "windows-1252"
	csUTF7  = "utf-7"
)

// charsetNames maps what mail programs call the charsets to our names. Every
// name of Shift_JIS means CP932: what is sent under it is Windows's.
var charsetNames = map[string]string{
	"us-ascii": csASCII, "ascii": csASCII, "ansi_x3.4-1968": csASCII, "iso646-us": csASCII, "7bit": csASCII, "us": csASCII,
	"utf-7": csUTF7, "unicode-1-1-utf-7": csUTF7, "x-unicode-2-0-utf-7": csUTF7, "unicode-2-0-utf-7": csUTF7, "csunicode11utf7": csUTF7,
	"utf-8": csUTF8, "utf8": csUTF8, "unicode-1-1-utf-8": csUTF8, "x-utf-8": csUTF8, "utf-8n": csUTF8, "x-utf_8j": csUTF8, "utf8mb4": csUTF8,
	"iso-2022-jp": csJIS, "iso2022jp": csJIS, "iso-2022-jp-1": csJIS, "iso-2022-jp-2": csJIS, "iso-2022-jp-3": csJIS,
	"iso-2022-jp-2004": csJIS, "iso-2022-jp-ms": csJIS, "csiso2022jp": csJIS, "csiso2022jp2": csJIS, "jis": csJIS, "jis7": csJIS,
	"cp50220": csJIS, "cp50221": csJIS, "cp50222": csJIS, "x-windows-iso2022jp": csJIS, "x-iso-2022-jp": csJIS, "iso-2022-7bit": csJIS,
	"shift_jis": csCP932, "shift-jis": csCP932, "shiftjis": csCP932, "sjis": csCP932, "x-sjis": csCP932, "x-shift-jis": csCP932,
	"x-shift_jis": csCP932, "ms_kanji": csCP932, "csshiftjis": csCP932, "windows-31j": csCP932, "cswindows31j": csCP932,
	"cp932": csCP932, "ms932": csCP932, "x-ms-cp932": csCP932, "windows-932": csCP932, "sjis-win": csCP932, "cp943": csCP932, "cp943c": csCP932,
	"ibm943": csCP932, "shift_jisx0213": csCP932, "shift_jis-2004": csCP932, "x-sjis-jp": csCP932,
	"euc-jp": csEUCJP, "eucjp": csEUCJP, "x-euc-jp": csEUCJP, "x-eucjp": csEUCJP, "x-euc": csEUCJP, "ujis": csEUCJP, "eucjp-ms": csEUCJP,
	"euc-jp-ms": csEUCJP, "eucjp-win": csEUCJP, "cp51932": csEUCJP, "cp20932": csEUCJP, "cseucpkdfmtjapanese": csEUCJP,
	"extended_unix_code_packed_format_for_japanese": csEUCJP, "euc-jisx0213": csEUCJP, "euc-jis-2004": csEUCJP,
}

// canonicalCharset gives our name of a declared charset; "" when it says
// nothing. The language of RFC 2231 ("utf-8*ja") is cut off.
func canonicalCharset(declared string) string {
	s := strings.ToLower(strings.Trim(declared, " \t\r\n\"';,"))
	s, _, _ = strings.Cut(s, "*")
	if n, ok := charsetNames[s]; ok {
		return n
	}
	if n, ok := charsetNames[strings.ReplaceAll(s, "_", "-")]; ok {
		return n
	}
	switch s {
	case "x-unknown", "unknown-8bit", "unknown", "8bit", "default", "none", "binary", "x-user-defined":
		return ""
	}
	return s
}

// DecodeText makes UTF-8 of text that some other file holds, an archive's names
// for one, as it is done for mails: declared may be "", and guess says what was
// taken instead.
func DecodeText(b []byte, declared string) (text, guess string) { return decodeText(b, declared) }

// decodeText makes UTF-8 of b. The declared charset is tried first; where it is
// missing, unknown or does not fit the bytes, the likeliest is taken, and guess
// says so ("cp932 (declared us-ascii)").
func decodeText(b []byte, declared string) (text, guess string) {
	name := canonicalCharset(declared)
	if isPlainASCII(b) && !meansMore(b, name) {
		return string(b), ""
	}
	var kept []byte // the declared reading, as long as it may be right
	var keptTally tally
	if name != "" && !betrayed(b, name) {
		if s, t, ok := decodeAs(b, name); ok {
			if t.bad == 0 {
				return string(s), ""
			}
			kept, keptTally = s, t
		}
	}
	s, t, guessed := guessCharset(b)
	if kept != nil && (guessed == name || slight(keptTally) && t.bad > 0 || !t.better(keptTally)) {
		return string(kept), ""
	}
	return string(s), guessNote(guessed, declared)
}

// meansMore reports whether in this charset bytes that look like ASCII stand for
// something else.
func meansMore(b []byte, name string) bool {
	switch {
	case name == csUTF7:
		return bytes.IndexByte(b, '+') >= 0
	case name == csJIS:
		return bytes.IndexByte(b, 0x0e) >= 0
	}
	return strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32")
}

// slight tells damage from a wrong label.
func slight(t tally) bool { return t.bad*25 <= t.bytes }

// guessNote shows a declared charset only when it looks like one, since the
// note is for operators and the sender wrote the name.
func guessNote(guessed, declared string) string {
	switch {
	case declared == "":
		return guessed + " (none declared)"
	case len(declared) > 40 || strings.Trim(declared, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_*") != "":
		return guessed + " (declared otherwise)"
	}
	return guessed + " (declared " + declared + ")"
}

// betrayed reports whether bytes that are valid in a declared one-byte charset
// are nonetheless plainly something else: JIS escapes, or UTF-8 sequences.
func betrayed(b []byte, name string) bool {
	switch name {
	case csUTF8, csCP932, csEUCJP:
		return hasJISEscape(b)
	case csJIS, csUTF7:
		return false
	}
	if strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32") || strings.HasPrefix(name, "gb") || strings.HasPrefix(name, "iso-2022-") {
		return false
	}
	return hasJISEscape(b) || utf8.Valid(b)
}

// isPlainASCII reports whether b has neither 8-bit bytes nor escapes.
func isPlainASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf || c == 0x1b {
			return false
		}
	}
	return true
}

// hasJISEscape reports whether b switches to a Japanese set of ISO-2022-JP.
func hasJISEscape(b []byte) bool {
	for {
		i := bytes.IndexByte(b, 0x1b)
		if i < 0 {
			return false
		}
		if mode, n := jisEscape(b[i:]); n > 0 && mode != jisASCII {
			return true
		}
		b = b[i+1:]
	}
}

// decodeAs reads b in one charset; false when the charset is unknown.
func decodeAs(b []byte, name string) ([]byte, tally, bool) {
	switch name {
	case csUTF8:
		s, t := decodeUTF8(b)
		return s, t, true
	case csASCII:
		s, t := decodeASCII(b)
		return s, t, true
	case csJIS:
		s, t := decodeJIS(b)
		return s, t, true
	case csCP932:
		s, t := decodeCP932(b)
		return s, t, true
	case csEUCJP:
		s, t := decodeEUCJP(b)
		return s, t, true
	case csUTF7:
		s, t := decodeUTF7(b)
		return s, t, true
	}
	return decodeOther(b, name)
}

// decodeOther reads the charsets of the rest of the world, by the labels of the
// WHATWG, else by those that go-message knows.
func decodeOther(b []byte, name string) ([]byte, tally, bool) {
	var s []byte
	if name == "utf-16" { // big-endian unless a byte order mark says otherwise (RFC 2781, 4.3)
		s, _ = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Bytes(b)
	} else if enc, err := htmlindex.Get(name); err == nil {
		s, err = enc.NewDecoder().Bytes(b)
		if err != nil {
			return nil, tally{}, false
		}
	} else {
		r, err := charset.Reader(name, bytes.NewReader(b))
		if err != nil {
			return nil, tally{}, false
		}
		if s, err = io.ReadAll(r); err != nil {
			return nil, tally{}, false
		}
	}
	s = bytes.TrimPrefix(s, []byte("\uFEFF"))
	n := bytes.Count(s, []byte("\uFFFD"))
	return s, tally{bad: n, score: len(s) - 20*n, bytes: len(s)}, true
}

// decodeUTF8 replaces what is no UTF-8 and drops a byte order mark.
func decodeUTF8(b []byte) ([]byte, tally) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	var t tally
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			t.invalid(1)
		case n == 2:
			t.bytes += n
			t.score += 2
		default:
			t.bytes += n
			t.score += 3 * n
		}
		i += n
	}
	if t.bad > 0 {
		return bytes.ToValidUTF8(b, []byte("\uFFFD")), t
	}
	return b, t
}

func decodeASCII(b []byte) ([]byte, tally) {
	dst, t := make([]byte, 0, len(b)), tally{}
	for _, c := range b {
		if c < utf8.RuneSelf && c != 0x1b {
			dst = append(dst, c)
			continue
		}
		dst = appendBad(dst)
		t.invalid(1)
	}
	return dst, t
}

// decodeLatin reads Windows-1252 and weighs it as a guess: letters with accents
// stand alone between ASCII letters, runs of 8-bit bytes are something else.
func decodeLatin(b []byte) ([]byte, tally) {
	s, _, ok := decodeOther(b, csLatin)
	if !ok {
		return decodeASCII(b)
	}
	var t tally
	for i, c := range b {
		if c < utf8.RuneSelf {
			continue
		}
		t.bytes++
		alone := (i == 0 || b[i-1] < utf8.RuneSelf) && (i+1 == len(b) || b[i+1] < utf8.RuneSelf)
		switch {
		case !alone && inWord(b, i):
			t.score += 2
		case alone && c >= 0xa0:
			t.score += 2
		case alone:
			t.score++
		default:
			t.score--
		}
	}
	return s, t
}

// inWord reports whether b[i] is one of two accented letters between plain ones, as in "Formação".
func inWord(b []byte, i int) bool {
	first := i
	if first > 0 && b[first-1] >= utf8.RuneSelf {
		first--
	}
	return first > 0 && first+2 < len(b) && isLower(b[first-1]) && isLower(b[first+2]) && b[first] >= 0xc0 && b[first+1] >= 0xc0
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// guessCharset reads b in the likeliest charset.
func guessCharset(b []byte) ([]byte, tally, string) {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		if s, t, ok := decodeOther(b, "utf-16"); ok && t.bad == 0 {
			return s, t, "utf-16"
		}
	}
	candidates := []struct {
		name   string
		decode func([]byte) ([]byte, tally)
	}{{csCP932, decodeCP932}, {csEUCJP, decodeEUCJP}, {csJIS, decodeJIS}, {csLatin, decodeLatin}}
	if hasJISEscape(b) {
		s, t := decodeJIS(b)
		if t.score >= 0 {
			return s, t, csJIS
		}
		candidates = candidates[:3] // whatever it is, it is Japanese
	}
	best, bestTally := decodeUTF8(b)
	name := csUTF8
	if bestTally.bad == 0 {
		return best, bestTally, name
	}
	for _, c := range candidates {
		if s, t := c.decode(b); t.better(bestTally) {
			best, bestTally, name = s, t, c.name
		}
	}
	if name == csEUCJP && isHalfKana(b) {
		s, t := decodeCP932(b)
		return s, t, csCP932
	}
	return best, bestTally, name
}
