package entrysheet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// foldLabel brings a label to the form in which spellings are compared: NFKC,
// lower case, without spaces, line breaks, punctuation, what follows ※, what
// stands in brackets, and a leading number. Long-vowel marks stay in words.
func foldLabel(s string) string {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r >= '①' && r <= '⓿' || r >= '❶' && r <= '➓' })
	s = lower(nfkc(s))
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '※' || r == '*' })
	if i := strings.Index(s, "※"); i > 0 {
		s = s[:i]
	}
	out := keepLetters(cutBrackets(s))
	if out == "" {
		out = keepLetters(s) // 「（フリガナ）」: the label itself stands in brackets
	}
	return out
}

// keepLetters drops all but letters, digits and 〒, and a leading "1." or "1)".
func keepLetters(s string) string {
	s = strings.TrimSpace(s)
	if rest := strings.TrimLeft(s, "0123456789"); rest != s {
		if cut := strings.TrimLeft(rest, ".)、: 　"); cut != rest {
			s = cut
		}
	}
	if onlyPlainLetters(s) {
		return s
	}
	ascii := false
	drop := func(r rune) bool {
		dropped := !isPlainLetter(r) && (r == 'ー' && ascii || !isLabelRune(r)) // Eーmail
		ascii = r < 0x80 && unicode.IsLetter(r)
		return dropped
	}
	first := strings.IndexFunc(s, drop)
	if first < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:first])
	ascii = first > 0 && s[first-1] < 0x80 && unicode.IsLetter(rune(s[first-1]))
	for _, r := range s[first:] {
		if !drop(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isLabelRune tells what counts when spellings of labels are compared.
func isLabelRune(r rune) bool {
	return r == '〒' || r == 'ー' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// closing brackets by their opening one, after NFKC.
var brackets = map[rune]rune{'(': ')', '[': ']', '{': '}', '〔': '〕', '【': '】', '〈': '〉', '《': '》', '<': '>', '「': '」', '『': '』', '［': '］'}

// cutBrackets removes bracketed parts; an opening bracket without its closing
// one removes the rest.
func cutBrackets(s string) string {
	if !hasBracket(s) {
		return s
	}
	var b strings.Builder
	var open []rune
	for _, r := range s {
		if closing, ok := brackets[r]; ok {
			open = append(open, closing)
			continue
		}
		if len(open) > 0 {
			if r == open[len(open)-1] {
				open = open[:len(open)-1]
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// hasBracket reports whether s has an opening bracket.
func hasBracket(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '[', '{', '<':
			return true
		case 0xE3, 0xEF: // of 「 and of ［, and of all kana
			r, _ := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError && (r < 0x3040 || r > 0x30ff) && brackets[r] != 0 {
				return true
			}
		}
	}
	return false
}

// foldBoxText brings the text of a check box to the form in which it is
// compared: NFKC, upper case, without spaces; punctuation stays.
func foldBoxText(s string) string { return boxKey(nfkc(s)) }

// boxKey is foldBoxText for a text that is NFKC already.
func boxKey(s string) string { return strings.Map(boxRune, s) }

// boxRune is boxKey for one rune, -1 where it is left out.
func boxRune(r rune) rune {
	switch {
	case r > 0x2000 && r != 0x3000 && r != '\u200b' && r != '\ufeff' && r != '\u2028':
		return r // kana, kanji: the usual case first
	case unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff':
		return -1
	}
	return unicode.ToUpper(r)
}

// pairSet tells quickly that none of some texts can be part of another one:
// the first two runes of each, hashed.
type pairSet struct {
	bits [1 << 12 / 64]uint64
	all  bool // a text has less than two runes: nothing can be told
}

func pairHash(a, b rune) uint32 { return (uint32(a)*0x9E3779B1 ^ uint32(b)*0x85EBCA6B) >> 20 }

// add takes a text, folded by boxKey.
func (p *pairSet) add(folded string) {
	first, n := utf8.DecodeRuneInString(folded)
	second, m := utf8.DecodeRuneInString(folded[n:])
	if m == 0 {
		p.all = true
		return
	}
	h := pairHash(first, second)
	p.bits[h/64] |= 1 << (h % 64)
}

// mayBeIn reports whether boxKey(s) may contain one of the texts.
func (p *pairSet) mayBeIn(s string) bool {
	if p.all {
		return true
	}
	last := rune(-1)
	for _, r := range s {
		if r = boxRune(r); r < 0 {
			continue
		}
		if h := pairHash(last, r); p.bits[h/64]&(1<<(h%64)) != 0 {
			return true
		}
		last = r
	}
	return false
}

// trim removes spaces of all kinds, zero-width ones too, from both ends.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u2060'
	})
}

// oneLine replaces runs of spaces and line breaks by one space, or by nothing
// between two Japanese characters where a line was broken.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\n\r\t") {
		return trim(s)
	}
	var b strings.Builder
	for i, line := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }) {
		line = trim(line)
		if i > 0 && b.Len() > 0 && line != "" && (lastRune(b.String()) < 0x80 || []rune(line)[0] < 0x80) {
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return trim(b.String())
}

func lastRune(s string) rune {
	r := []rune(s)
	if len(r) == 0 {
		return 0
	}
	return r[len(r)-1]
}

// halfWidthKana turns half-width katakana into full, voiced marks joined. No
// other character is touched: NFKC would replace rare kanji (U+FA10 and others).
func halfWidthKana(s string) string {
	if strings.IndexFunc(s, isHalfKana) < 0 {
		return s
	}
	var b strings.Builder
	run := make([]rune, 0, 16)
	flush := func() {
		b.WriteString(norm.NFKC.String(string(run)))
		run = run[:0]
	}
	for _, r := range s {
		if isHalfKana(r) {
			run = append(run, r)
			continue
		}
		flush()
		b.WriteRune(r)
	}
	flush()
	return b.String()
}

func isHalfKana(r rune) bool { return r >= '\uff61' && r <= '\uff9f' }

// asciiWidth turns full-width letters, digits, signs and spaces into ASCII.
func asciiWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '　':
			return ' '
		case r == '￥':
			return '¥'
		}
		return r
	}, s)
}

// isDash reports whether r is one of the dashes that people type in numbers.
func isDash(r rune) bool {
	switch r {
	case '-', '－', '−', '‐', '‑', '‒', '–', '—', '―', 'ｰ', 'ー', '─', '━', '˗', '﹣', '⁃':
		return true
	}
	return false
}

// dashes turns every dash between digits into "-".
func dashes(s string) string {
	r := []rune(s)
	for i := range r {
		if isDash(r[i]) && i > 0 && i+1 < len(r) && isDigit(r[i-1]) && isDigit(r[i+1]) {
			r[i] = '-'
		}
	}
	return string(r)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, s)
}

// nfkc is norm.NFKC.String, quick for the texts that it leaves as they are:
// ASCII, kana and the common kanji.
func nfkc(s string) string {
	if isPlain(s) {
		return s
	}
	return norm.NFKC.String(s)
}

// lower is strings.ToLower, quick where only ASCII has letters with cases.
func lower(s string) string {
	if !isPlain(s) {
		return strings.ToLower(s)
	}
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}

// isPlain reports whether s has only ASCII, some Japanese punctuation, kana
// without loose voiced marks, and kanji of the first block: nothing that NFKC
// changes or joins with what stands before it, and no cases outside ASCII.
func isPlain(s string) bool {
	for i := 0; i < len(s); {
		if s[i] < 0x80 {
			i++
			continue
		}
		if i+2 >= len(s) || s[i+1]&0xC0 != 0x80 || s[i+2]&0xC0 != 0x80 {
			return false
		}
		if s[i] < 0xE3 || s[i] > 0xE9 {
			return false
		}
		if r := rune(s[i]&0x0F)<<12 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F); !isPlainLetter(r) && !isPlainSign(r) {
			return false
		}
		i += 3
	}
	return true
}

// isPlainLetter tells the usual kana and kanji.
func isPlainLetter(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r >= 0x3041 && r <= 0x3096 || r >= 0x30a1 && r <= 0x30fa
}

// onlyPlainLetters reports whether s has no other runes.
func onlyPlainLetters(s string) bool {
	for _, r := range s {
		if !isPlainLetter(r) {
			return false
		}
	}
	return true
}

// isPlainSign tells punctuation that stands among them.
func isPlainSign(r rune) bool { return r >= 0x3001 && r <= 0x3020 || r == '・' || r == 'ー' }
