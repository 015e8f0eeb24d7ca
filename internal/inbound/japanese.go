package inbound

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// The multibyte charsets of Japanese mail share one table, the WHATWG index
// jis0208: 120 rows of 94, with NEC's row 13, NEC's selection of IBM's
// extensions (rows 89-92) and IBM's own (115-119). JIS and EUC-JP reach rows
// 1-94, CP932 all. 0x215D is U+FF0D there, as Thunderbird shows it.
const (
	jisRows  = 120
	jisCols  = 94
	puaFirst = 8836 // CP932's user-defined area F040-F9FC lies at U+E000 (WHATWG Shift_JIS)
	puaLast  = 10715
)

// jisTable maps (row-1)*94+(col-1) to a rune, 0 where there is none.
var jisTable = sync.OnceValue(func() *[jisRows * jisCols]uint16 {
	var t [jisRows * jisCols]uint16
	dec := japanese.ShiftJIS.NewDecoder()
	for p := range t {
		lead, trail := byte(p/188)+0x81, byte(p%188)+0x40
		if lead > 0x9f {
			lead += 0x40
		}
		if trail >= 0x7f {
			trail++
		}
		s, err := dec.Bytes([]byte{lead, trail})
		if r, n := utf8.DecodeRune(s); err == nil && n == len(s) && r != utf8.RuneError {
			t[p] = uint16(r)
		}
		if puaFirst <= p && p <= puaLast {
			t[p] = uint16(0xe000 + p - puaFirst)
		}
	}
	return &t
})

// tally weighs how likely a reading of some bytes is. The higher the score per
// non-ASCII byte, the likelier.
type tally struct {
	bad   int // bytes or pairs that the charset does not have
	score int
	bytes int // non-ASCII bytes (all bytes of JIS's two-byte mode)
}

func (t *tally) invalid(n int) { t.bad++; t.score -= 20; t.bytes += n }

// pair weighs a two-byte character by its JIS row: kana and everyday kanji
// are likely, box drawings and user-defined characters are not.
func (t *tally) pair(pointer int) {
	t.bytes += 2
	switch row := pointer/jisCols + 1; {
	case row == 4:
		t.score += 6
	case row == 5:
		t.score += 5
	case row <= 3, 16 <= row && row <= 47:
		t.score += 4
	case row <= 8:
		t.score--
	case row <= 94, row >= 115:
		t.score++
	default:
		t.score -= 6
	}
}

func (t *tally) half(n int) { t.bytes += n; t.score += n }

// better reports whether t is a likelier reading than u.
func (t tally) better(u tally) bool {
	return t.score*max(1, u.bytes) > u.score*max(1, t.bytes)
}

func appendPair(dst []byte, pointer int, t *tally) ([]byte, bool) {
	if 0 <= pointer && pointer < jisRows*jisCols {
		if r := jisTable()[pointer]; r != 0 {
			t.pair(pointer)
			return utf8.AppendRune(dst, rune(r)), true
		}
	}
	return dst, false
}

func appendBad(dst []byte) []byte { return utf8.AppendRune(dst, utf8.RuneError) }

// decodeCP932 reads Shift_JIS as Windows does (CP932).
func decodeCP932(b []byte) ([]byte, tally) {
	dst, t := make([]byte, 0, len(b)+len(b)/2+8), tally{}
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		case 0xa1 <= c && c <= 0xdf:
			dst = utf8.AppendRune(dst, rune(c)-0xa1+0xff61)
			t.half(1)
		case c == 0x80 || c == 0xa0 || c > 0xfc || i+1 >= len(b):
			dst = appendBad(dst)
			t.invalid(1)
		default:
			var ok bool
			if dst, ok = appendPair(dst, cp932Pointer(c, b[i+1]), &t); ok {
				i++
				continue
			}
			dst = appendBad(dst)
			t.invalid(1)
			if b[i+1] >= utf8.RuneSelf {
				i++
			}
		}
	}
	return dst, t
}

// isHalfKana reports whether the 8-bit bytes of b are half-width kana as people write them: voiced marks and long
// vowels stand behind letters that take them, and some do. The same bytes are kanji in EUC-JP, but EUC-JP that nobody
// declares is rare, and made of kanji alone rarer.
func isHalfKana(b []byte) bool {
	marks := 0
	var before byte
	for _, c := range b {
		letter := 0xb1 <= c && c <= 0xdd || c == 0xa6
		switch {
		case c < utf8.RuneSelf, letter:
		case c == 0xb0 || 0xa7 <= c && c <= 0xaf: // long vowel, small letters
			if before < 0xa6 || before == 0xb0 && c == 0xb0 {
				return false
			}
			if c == 0xb0 {
				marks++
			}
		case c == 0xde: // voiced
			if before != 0xb3 && !(0xb6 <= before && before <= 0xc4) && !(0xca <= before && before <= 0xce) {
				return false
			}
			marks++
		case c == 0xdf: // half-voiced
			if before < 0xca || before > 0xce {
				return false
			}
			marks++
		default:
			return false
		}
		before = c
	}
	return marks > 0
}

// cp932Pointer gives the table index of a two-byte code, -1 for none.
func cp932Pointer(lead, trail byte) int {
	if trail < 0x40 || trail == 0x7f || trail > 0xfc {
		return -1
	}
	l, tr := int(lead)-0x81, int(trail)-0x40
	if lead >= 0xe0 {
		l -= 0x40
	}
	if trail > 0x7f {
		tr--
	}
	return l*188 + tr
}

// decodeEUCJP reads EUC-JP with the extensions of eucJP-ms and CP51932.
func decodeEUCJP(b []byte) ([]byte, tally) {
	dst, t := make([]byte, 0, len(b)+len(b)/2+8), tally{}
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		case c == 0x8e && i+1 < len(b) && 0xa1 <= b[i+1] && b[i+1] <= 0xdf:
			dst = utf8.AppendRune(dst, rune(b[i+1])-0xa1+0xff61)
			t.half(2)
			i++
		case c == 0x8f && i+2 < len(b) && b[i+1] >= 0xa1 && b[i+2] >= 0xa1:
			dst = appendJISX0212(dst, b[i+1], b[i+2], &t)
			i += 2
		default:
			ok := false
			if c >= 0xa1 && i+1 < len(b) && b[i+1] >= 0xa1 {
				dst, ok = appendPair(dst, int(c-0xa1)*jisCols+int(b[i+1]-0xa1), &t)
			}
			if !ok {
				dst = appendBad(dst)
				t.invalid(1)
			}
			if ok || i+1 < len(b) && b[i+1] >= 0xa1 && c >= 0xa1 {
				i++
			}
		}
	}
	return dst, t
}

// appendJISX0212 decodes a character of the supplementary set, given as EUC
// bytes. It is rare in mail, so x/text's decoder is good enough.
func appendJISX0212(dst []byte, c1, c2 byte, t *tally) []byte {
	s, err := japanese.EUCJP.NewDecoder().Bytes([]byte{0x8f, c1, c2})
	if r, n := utf8.DecodeRune(s); err == nil && n == len(s) && r != utf8.RuneError {
		t.bytes += 3
		t.score++
		return append(dst, s...)
	}
	t.invalid(3)
	return appendBad(dst)
}

// jisMode is the character set that ISO-2022-JP has switched to.
type jisMode byte

const (
	jisASCII jisMode = iota
	jisRoman         // JIS X 0201 Latin: ¥ and ‾ in place of \ and ~
	jisKana          // JIS X 0201 half-width kana
	jisKanji         // JIS X 0208 with extensions, two bytes
	jisSupp          // JIS X 0212, two bytes
)

// jisEscapes are the escape sequences of ISO-2022-JP (RFC 1468), of its
// extensions -1 to -3 as far as the tables go, and of ISO-2022-JP-MS, CP50221.
var jisEscapes = []struct {
	seq  string
	mode jisMode
}{
	{"\x1b(B", jisASCII}, {"\x1b(H", jisASCII}, {"\x1b(J", jisRoman}, {"\x1b(I", jisKana}, {"\x1b)I", jisKana},
	{"\x1b$@", jisKanji}, {"\x1b$B", jisKanji}, {"\x1b$(B", jisKanji}, {"\x1b$(@", jisKanji},
	{"\x1b$(O", jisKanji}, {"\x1b$(Q", jisKanji}, {"\x1b$(D", jisSupp}, {"\x1b&@", jisASCII},
}

// jisEscape finds the escape sequence at the start of b; n is its length, 0 for
// none that is known.
func jisEscape(b []byte) (mode jisMode, n int) {
	for _, e := range jisEscapes {
		if len(b) >= len(e.seq) && string(b[:len(e.seq)]) == e.seq {
			return e.mode, len(e.seq)
		}
	}
	return jisASCII, 0
}

// jisReader is the state of decoding ISO-2022-JP.
type jisReader struct {
	dst   []byte
	t     tally
	mode  jisMode
	shift bool // after SO: half-width kana until SI (CP50222)
}

// decodeJIS reads ISO-2022-JP in all its dialects. Every line starts in ASCII,
// whatever the line before was cut in; half-width kana sent as 8-bit bytes are
// read too (JIS8).
func decodeJIS(b []byte) ([]byte, tally) {
	r := jisReader{dst: make([]byte, 0, len(b)+len(b)/2+8)}
	for i := 0; i < len(b); {
		i += r.step(b[i:])
	}
	return r.dst, r.t
}

// step decodes one character or control of b and returns its length.
func (r *jisReader) step(b []byte) int {
	c := b[0]
	switch {
	case c == '\r' || c == '\n':
		r.mode, r.shift = jisASCII, false
		r.dst = append(r.dst, c)
	case c == 0x1b:
		return r.escape(b)
	case c == 0x0e || c == 0x0f:
		r.shift = c == 0x0e
	case 0xa1 <= c && c <= 0xdf:
		r.dst = utf8.AppendRune(r.dst, rune(c)-0xa1+0xff61)
		r.t.half(1)
	case c >= utf8.RuneSelf:
		r.dst = appendBad(r.dst)
		r.t.invalid(1)
	case c <= 0x20 || c == 0x7f:
		r.dst = append(r.dst, c)
	case r.shift || r.mode == jisKana:
		return r.kana(c)
	case r.mode == jisKanji || r.mode == jisSupp:
		return r.pair(b)
	case r.mode == jisRoman && c == '\\':
		r.dst = append(r.dst, "¥"...)
	case r.mode == jisRoman && c == '~':
		r.dst = append(r.dst, "‾"...)
	default:
		r.dst = append(r.dst, c)
	}
	return 1
}

func (r *jisReader) escape(b []byte) int {
	if mode, n := jisEscape(b); n > 0 {
		r.mode, r.shift = mode, false
		return n
	}
	// An escape sequence that the line's end cut off says nothing: drop it.
	for n := 1; n <= 3; n++ {
		if n == len(b) || b[n] == '\r' || b[n] == '\n' {
			r.t.score--
			return n
		}
		if b[n] != '$' && b[n] != '(' {
			break
		}
	}
	r.t.invalid(1)
	return 1
}

func (r *jisReader) kana(c byte) int {
	if c > 0x5f {
		r.dst = appendBad(r.dst)
		r.t.invalid(1)
		return 1
	}
	r.dst = utf8.AppendRune(r.dst, rune(c)-0x21+0xff61)
	r.t.half(1)
	return 1
}

func (r *jisReader) pair(b []byte) int {
	if len(b) < 2 || b[1] < 0x21 || b[1] > 0x7e {
		r.dst = appendBad(r.dst) // cut in the middle of a character
		r.t.invalid(1)
		return 1
	}
	if r.mode == jisSupp {
		r.dst = appendJISX0212(r.dst, b[0]|0x80, b[1]|0x80, &r.t)
		return 2
	}
	var ok bool
	if r.dst, ok = appendPair(r.dst, int(b[0]-0x21)*jisCols+int(b[1]-0x21), &r.t); !ok {
		r.dst = appendBad(r.dst)
		r.t.invalid(2)
	}
	return 2
}
