package inbound

import (
	"strings"
)

// encodedWord is one word of RFC 2047: =?charset?encoding?text?=.
type encodedWord struct {
	charset  string
	encoding byte // 'b' or 'q'
	text     string
}

// maxWord bounds the search for a word's end; RFC 2047 allows 75, mail programs
// more.
const maxWord = 16 << 10

// parseWord reads the encoded word at the start of s; n is its length, 0 when
// there is none.
func parseWord(s string) (w encodedWord, n int) {
	if !strings.HasPrefix(s, "=?") {
		return w, 0
	}
	parts := strings.SplitN(s[2:min(len(s), 2+100)], "?", 3)
	if len(parts) < 3 || parts[0] == "" || len(parts[1]) != 1 || strings.ContainsAny(parts[0], " \t<>()\"") {
		return w, 0
	}
	w.charset, w.encoding = parts[0], parts[1][0]|0x20
	if w.encoding != 'b' && w.encoding != 'q' {
		return w, 0
	}
	start := 2 + len(parts[0]) + 1 + 2
	end := strings.Index(s[start:min(len(s), start+maxWord)], "?=")
	if end < 0 {
		return w, 0
	}
	w.text = s[start : start+end]
	return w, start + end + 2
}

// wordRun gathers the bytes of adjacent words of one charset, since mail
// programs cut words inside a character.
type wordRun struct {
	out     strings.Builder
	charset string
	bytes   []byte
	base64  string // text of a B word whose quanta go on in the next word
	open    bool
	guess   string
}

func (r *wordRun) add(w encodedWord) {
	if r.open && canonicalCharset(r.charset) != canonicalCharset(w.charset) {
		r.flush()
	}
	r.open, r.charset = true, w.charset
	if w.encoding == 'q' {
		r.closeBase64()
		r.bytes = append(r.bytes, undoQuotedPrintable([]byte(w.text), true)...)
		return
	}
	r.base64 += strings.ReplaceAll(w.text, " ", "")
	if len(r.base64)%4 == 0 || strings.HasSuffix(r.base64, "=") {
		r.closeBase64()
	}
}

func (r *wordRun) closeBase64() {
	if r.base64 == "" {
		return
	}
	if b, ok := undoBase64([]byte(r.base64)); ok {
		r.bytes = append(r.bytes, b...)
	}
	r.base64 = ""
}

func (r *wordRun) flush() {
	if !r.open {
		return
	}
	r.closeBase64()
	s, guess := decodeText(r.bytes, r.charset)
	r.out.WriteString(s)
	if guess != "" {
		r.guess = guess
	}
	r.open, r.bytes = false, r.bytes[:0]
}

// decodeWords decodes the encoded words in s (RFC 2047), wherever they stand: in
// quoted strings and without white space around them too. White space between
// two words is dropped. guess is as of decodeText.
func decodeWords(s string) (text, guess string) {
	if !strings.Contains(s, "=?") {
		return s, ""
	}
	var r wordRun
	for len(s) > 0 {
		i := strings.Index(s, "=?")
		if i < 0 {
			i = len(s)
		}
		w, n := parseWord(s[i:])
		if n == 0 {
			i = min(i+2, len(s))
		}
		if plain := s[:i]; !r.open || n == 0 || strings.TrimSpace(plain) != "" {
			if plain != "" {
				r.flush()
			}
			r.out.WriteString(plain)
		}
		if n > 0 {
			r.add(w)
		}
		s = s[i+n:]
	}
	r.flush()
	return r.out.String(), r.guess
}
