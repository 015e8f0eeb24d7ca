package letter

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// columns is how wide the text part is: 35 full-width characters (mail.md "Out").
const columns = 70

// wrap breaks a text without line breaks into lines of at most limit columns, by the rules of Japanese typesetting
// (JIS X 4051, 禁則処理):
//
//  1. The text is cut into units that stay whole: a run of ASCII (words, addresses, URLs, numbers with the counter
//     behind them), a doubled mark (……), any other character with what combines with it.
//  2. Units are set until one does not fit. It goes to the next line, and takes the one before it along while it may
//     not stand at a line's beginning (。、」ー) or that one may not stand at a line's end (「（) (追い出し).
//  3. A unit wider than a line stands alone on one: an address is never cut.
//
// Spaces at a break disappear.
func wrap(s string, limit int) []string {
	if textWidth(s) <= limit { // most texts
		return []string{strings.TrimRight(s, " 　")}
	}
	units := splitUnits(s)
	var lines []string
	for start := 0; start < len(units); {
		end := lineEnd(units, start, limit)
		lines = append(lines, strings.TrimRight(s[units[start].from:units[end-1].to], " 　"))
		for start = end; start < len(units) && units[start].space; {
			start++
		}
	}
	return lines
}

// lineEnd returns the index behind the last unit of the line that begins at start.
func lineEnd(units []unitOfText, start, limit int) int {
	used, end := 0, start
	for end < len(units) && (used+units[end].width <= limit || units[end].space || end == start) {
		used += units[end].width
		end++
	}
	if end == len(units) {
		return end
	}
	for cut := end; cut > start; cut-- {
		if breakable(units[cut-1], units[cut]) {
			return cut
		}
	}
	return end // nothing but marks: better a rule broken than a line too long
}

func breakable(before, after unitOfText) bool {
	return !after.notFirst && (before.space || !before.notLast && !after.space)
}

// unitOfText is what a line break never cuts.
type unitOfText struct {
	from, to int // bytes of the text
	width    int
	space    bool
	notFirst bool // 行頭禁則
	notLast  bool // 行末禁則
}

var (
	notAtLineStart = setOf("、。，．・：；？！ー々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ）］｝〕〉》」』】〟’”゛゜‐–〜～…‥―％℃°様殿)]},.:;!?%>")
	notAtLineEnd   = setOf("（［｛〔〈《「『【〝‘“￥＄＃№([{<")
	doubled        = setOf("…‥―")
	counters       = setOf("年月日時分秒件名円個社枚頁版章回週歳万億")
)

func setOf(runes string) map[rune]bool {
	set := map[rune]bool{}
	for _, r := range runes {
		set[r] = true
	}
	return set
}

func splitUnits(s string) []unitOfText {
	rs := []rune(s)
	units := make([]unitOfText, 0, len(rs))
	at := 0
	for i := 0; i < len(rs); {
		n := unitLength(rs[i:])
		part := rs[i : i+n]
		u := unitOfText{from: at, space: part[0] == ' ' || part[0] == '　'}
		u.notFirst, u.notLast = notAtLineStart[part[0]], notAtLineEnd[part[n-1]]
		for range part {
			_, size := utf8.DecodeRuneInString(s[at:])
			at += size
		}
		u.to, u.width = at, textWidth(s[u.from:at])
		units = append(units, u)
		i += n
	}
	return units
}

// unitLength returns how many runes the unit at the beginning of rs has.
func unitLength(rs []rune) int {
	n := 1
	switch {
	case rs[0] == ' ' || rs[0] == '　':
		return 1
	case rs[0] < 0x80:
		for n < len(rs) && rs[n] > ' ' && rs[n] < 0x80 {
			n++
		}
		if last := rs[n-1]; n < len(rs) && last >= '0' && last <= '9' && counters[rs[n]] {
			n++
		}
	case doubled[rs[0]]:
		for n < len(rs) && rs[n] == rs[0] {
			n++
		}
	}
	for n < len(rs) && combines(rs[n]) {
		n++
	}
	return n
}

// combines tells characters that belong to the one before: marks, half-width voicing, variation selectors, joiners.
func combines(r rune) bool {
	return unicode.Is(unicode.M, r) || r == 'ﾞ' || r == 'ﾟ' || r == 0x200c || r == 0x200d
}

// textWidth counts columns: two for wide, full-width and ambiguous characters (■ … are wide in Japanese fonts),
// none for what combines, else one.
func textWidth(s string) int {
	sum := 0
	for _, r := range s {
		sum += runeWidth(r)
	}
	return sum
}

func runeWidth(r rune) int {
	if r < 0x80 {
		return 1
	}
	if r >= 0x3041 && r <= 0x9fff { // kana and kanji, most of a letter
		return 2
	}
	if unicode.Is(unicode.M, r) || r == 0x200c || r == 0x200d {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth, width.EastAsianAmbiguous:
		return 2
	}
	return 1
}
