package entrysheet

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// foldLabel brings a label to the form in which spellings are compared: NFKC,
// lower case, without spaces, line breaks, punctuation, what follows ※, what
// stands in brackets, and a leading number. Long-vowel marks stay in words.
func foldLabel(s string) string {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r >= '①' && r <= '⓿' || r >= '❶' && r <= '➓' })
	s = strings.ToLower(norm.NFKC.String(s))
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '※' || r == '*' })
	if i := strings.IndexRune(s, '※'); i > 0 {
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
	var b strings.Builder
	b.Grow(len(s))
	ascii := false
	for _, r := range s {
		switch {
		case r == 'ー' && ascii: // Eーmail
		case r == '〒' || r == 'ー' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b.WriteRune(r)
		}
		ascii = r < 0x80 && unicode.IsLetter(r)
	}
	return b.String()
}

// closing brackets by their opening one, after NFKC.
var brackets = map[rune]rune{'(': ')', '[': ']', '{': '}', '〔': '〕', '【': '】', '〈': '〉', '《': '》', '<': '>', '「': '」', '『': '』', '［': '］'}

// cutBrackets removes bracketed parts; an opening bracket without its closing
// one removes the rest.
func cutBrackets(s string) string {
	if !strings.ContainsAny(s, "([{〔【〈《<「『［") {
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

// foldBoxText brings the text of a check box to the form in which it is
// compared: NFKC, upper case, without spaces; punctuation stays.
func foldBoxText(s string) string { return boxKey(norm.NFKC.String(s)) }

// boxKey is foldBoxText for a text that is NFKC already.
func boxKey(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r > 0x2000 && r != 0x3000 && r != '\u200b' && r != '\ufeff' && r != '\u2028':
			return r // kana, kanji: the usual case first
		case unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff':
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
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
