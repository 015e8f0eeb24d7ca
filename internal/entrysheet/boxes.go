package entrysheet

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// mark is what stands in a check box.
type mark uint8

const (
	markNone   mark = iota // no mark at all: not checked
	markNo                 // □, blank brackets, FALSE
	markYes                // ☑, レ, ■, TRUE …
	markCircle             // ○: yes, unless its group also has ●
	markCross              // ×: in Japan a no, so it is asked about
	markOdd                // something else: asked about
)

// marks by their rune, after NFKC. þ, ü and ¨ are Wingdings' boxes as they
// read without the font.
var marks = map[rune]mark{
	'☑': markYes, '☒': markYes, '✓': markYes, '✔': markYes, '✅': markYes, '🗹': markYes, '🗸': markYes, '🗷': markYes, 'レ': markYes,
	'■': markYes, '●': markYes, '◉': markYes, '◎': markYes, '⦿': markYes, '⬛': markYes, '▣': markYes, '◼': markYes, '⚫': markYes,
	'þ': markYes, 'ü': markYes, '√': markYes, '∨': markYes,
	'◯': markCircle, '○': markCircle, '〇': markCircle, '⭕': markCircle, '⚪': markCircle,
	'□': markNo, '☐': markNo, '◻': markNo, '⬜': markNo, '▢': markNo, '¨': markNo,
	'?': markOdd, // how Convert writes a box whose state is not known
	'×': markCross, '✕': markCross, '✖': markCross, '✗': markCross, '✘': markCross, '❌': markCross, 'x': markCross, 'X': markCross, '☓': markCross, '╳': markCross,
}

// isBoxSign reports whether r begins a new box wherever it stands in a text; レ
// and x are letters too and count at the head only.
func isBoxSign(r rune) bool {
	if r < 0x2500 && r != '×' || r >= 0x3040 && r < 0x1F000 {
		return false // letters, kana, kanji
	}
	return marks[r] != markNone
}

// box is a check box of the form.
type box struct {
	item    int // index in Layout.Items, -1 for a confirmation
	field   int // index in Layout.Fields of a confirmation, -1 for an item
	text    block
	mark    mark
	markBlk block  // where the mark stands or would stand
	raw     string // as typed: mark and text
	rest    string // what follows 「その他」
	solid   bool   // ● or ■ stands there
	lone    bool   // the mark stands in a cell of its own
	floats  bool   // a form control lies over it whose state is not known
	by      string // the control that gave the mark, and which part of the file told its state
}

// boxesIn are the check boxes in a text.
func (f *form) boxesIn(s string) []*box {
	text := nfkc(trim(s))
	if !f.l.boxPairs.mayBeIn(text) || strings.Contains(text[:min(len(text), 4)], "※") {
		return nil
	}
	body := strings.TrimLeftFunc(text, func(r rune) bool { return isBoxSign(r) || r == '(' || r == '[' || r == ' ' })
	parts := boxParts(text)
	if strings.IndexFunc(body, isBoxSign) < 0 {
		if b := f.boxOf(text); b != nil && (b.item < 0 || f.countItems(parts) < 2) {
			b.raw = trim(s) // as typed, not folded
			return []*box{b}
		}
		if len(parts) < 2 {
			return nil
		}
	}
	var found []*box
	for _, part := range parts {
		if b := f.boxOf(part); b != nil {
			found = append(found, b)
		}
	}
	return found
}

// addBoxes records the check boxes of a cell's text at its place.
func (f *form) addBoxes(c *gridCell, boxes []*box) {
	blk := f.g.blockAt(c.row, c.col)
	for _, of := range boxes {
		b := *of
		b.text, b.markBlk = blk, blk
		if b.raw = oneLine(b.raw); b.item >= 0 && f.l.Items[b.item].Other {
			b.rest = otherText(c.text)
		}
		f.boxes = append(f.boxes, &b)
	}
}

// boxParts cuts a text before each box sign, line and item number.
func boxParts(text string) []string {
	var parts []string
	from := 0
	cut := func(i int) {
		if i > from {
			parts = append(parts, text[from:i])
		}
		from = i
	}
	for i, r := range text {
		switch {
		case i > from && isBoxSign(r) && (text[i-1] == '(' || text[i-1] == '['):
			cut(i - 1)
		case r == '\n', isBoxSign(r):
			cut(i)
		case isDigit(r) && i > 0 && numbersItem(text[i:]) && !isDigit(rune(text[i-1])) && !headsPart(text[from:i]):
			cut(i)
		}
	}
	cut(len(text))
	return parts
}

// numbersItem reports whether s begins like 「02.」.
func numbersItem(s string) bool {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	return digits == 2 && len(s) > 2 && (s[2] == '.' || s[2] == ':')
}

// headsPart reports whether s is only a mark, so that a number after it
// belongs to the same box.
func headsPart(s string) bool {
	_, rest := headMark(trim(s))
	return trim(rest) == ""
}

// countItems counts the items in the parts of one text.
func (f *form) countItems(parts []string) int {
	n := 0
	for _, part := range parts {
		if b := f.boxOf(part); b != nil && b.item >= 0 {
			n++
		}
	}
	return n
}

// boxOf recognises the text (NFKC) of one box, with or without a mark at its head.
func (f *form) boxOf(part string) *box {
	m, rest := headMark(trim(part))
	folded := boxKey(rest)
	if i := f.itemOf(folded); i >= 0 {
		return &box{item: i, field: -1, mark: m, raw: part, solid: solidMark(part)}
	}
	if utf8.RuneCountInString(folded) < 8 {
		return nil // too short for a confirmation's sentence
	}
	for _, i := range f.l.confirmations {
		for _, c := range f.l.sentences[i] {
			if strings.Contains(folded, c) {
				return &box{item: -1, field: i, mark: m, raw: part, solid: solidMark(part)}
			}
		}
	}
	return nil
}

func solidMark(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(trim(s), "([【"))
	return r == '●' || r == '■'
}

// itemOf recognises 「01.市場情報」, 「市場情報」 and 「13 その他（…）」. Without its
// number a text must be the item's name and nothing else.
func (f *form) itemOf(folded string) int {
	rest := strings.TrimLeft(folded, "0123456789")
	digits := folded[:len(folded)-len(rest)]
	rest = strings.TrimLeft(rest, ".,、:)・-")
	if len(digits) > 2 {
		return -1
	}
	for _, n := range f.l.itemNames {
		tail, ok := strings.CutPrefix(rest, n.folded)
		if !ok {
			continue
		}
		if digits != "" {
			if number, _ := strconv.Atoi(digits); number == f.l.Items[n.item].Number {
				return n.item
			}
			continue
		}
		if tail = strings.TrimLeft(tail, "等のに関する情報"); tail == "" || strings.ContainsAny(tail[:1], "([:_") || strings.HasPrefix(tail, "【") {
			return n.item
		}
	}
	return -1
}

// headMark splits the mark from the head of a text: 「☑01…」, 「（レ）01…」, 「[ ] 01…」.
func headMark(s string) (mark, string) {
	if len(s) > 0 && strings.ContainsRune("([【", firstRune(s)) {
		_, open := utf8.DecodeRuneInString(s)
		if end := strings.IndexAny(s, ")]】"); end > 0 {
			inside := trim(s[open:end])
			_, size := utf8.DecodeRuneInString(s[end:])
			if inside == "" {
				return markNo, s[end+size:]
			}
			if m := marks[firstRune(inside)]; m != markNone && utf8.RuneCountInString(inside) == 1 {
				return m, s[end+size:]
			}
		}
		return markNone, s
	}
	r, size := utf8.DecodeRuneInString(s)
	m := marks[r]
	if m == markNone || (r < 0x80 && len(s) > 1 && s[1] != ' ') {
		return markNone, s
	}
	rest := s[size:]
	for { // 「□レ 01…」: a mark typed behind the printed box
		next, n := utf8.DecodeRuneInString(strings.TrimLeft(rest, "\ufe0e\ufe0f "))
		if after := marks[next]; after != markNone && next >= 0x80 {
			if after != markNo {
				m = after
			}
			rest = strings.TrimLeft(rest, "\ufe0e\ufe0f ")[n:]
			continue
		}
		return m, strings.TrimLeft(rest, "\ufe0e\ufe0f")
	}
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// loneMark reads a cell that holds nothing but a mark; false for other texts.
func loneMark(c *gridCell) (mark, bool) {
	const longest = 32 // bytes of 「（ ✔ ）」 with selectors and spaces
	if len(c.text) > longest {
		return markNone, false
	}
	s := strings.Trim(norm.NFKC.String(trim(c.text)), "\ufe0e\ufe0f ")
	switch strings.ToUpper(s) {
	case "1", "TRUE":
		return markYes, true
	case "0", "FALSE":
		return markNo, true
	}
	if m, rest := headMark(s); m != markNone && trim(rest) == "" {
		return m, true
	}
	if n := utf8.RuneCountInString(s); n <= 2 && n > 0 && !strings.ContainsFunc(s, unicode.IsDigit) {
		return markOdd, true
	}
	return markNone, false
}

// otherText returns what stands with 「その他」, without brackets, colon and
// 「具体的に」.
func otherText(s string) string {
	_, s, ok := strings.Cut(s, "その他")
	if !ok {
		return ""
	}
	s = trim(strings.TrimLeft(trim(s), ":：_＿"))
	for _, pair := range []string{"（）", "()", "［］", "[]", "【】", "「」"} {
		r := []rune(pair)
		if strings.HasPrefix(s, string(r[0])) {
			s = strings.TrimPrefix(s, string(r[0]))
			s = trim(strings.TrimSuffix(trim(s), string(r[1])))
		}
	}
	for _, lead := range []string{"具体的に", "具体的な内容", "内容", "詳細"} {
		if rest, ok := strings.CutPrefix(s, lead); ok {
			s = trim(strings.TrimLeft(trim(rest), ":：）)"))
		}
	}
	if strings.Trim(s, "_＿.．…・-－ー 　()（）") == "" {
		return ""
	}
	return s
}

// settleBoxes finds the marks that stand in cells of their own, looks for form
// controls over the boxes, and keeps one box for each item and confirmation.
func (f *form) settleBoxes() {
	f.cellMarks(func(b *box) bool { return b.item >= 0 })
	f.cellMarks(func(b *box) bool { return b.item < 0 })
	f.floatOver()
	f.keepBestBoxes()
	f.circles(func(b *box) bool { return b.item >= 0 })
	f.circles(func(b *box) bool { return b.item < 0 })
}

// keepBestBoxes drops repetitions: of several boxes for one thing the marked
// one counts, else the first.
func (f *form) keepBestBoxes() {
	type what struct{ item, field int }
	at := make(map[what]int)
	var kept []*box
	for _, b := range f.boxes {
		k := what{b.item, b.field}
		if i, ok := at[k]; !ok {
			at[k] = len(kept)
			kept = append(kept, b)
		} else if old := kept[i]; !old.floats && ((old.mark == markNone && b.mark != markNone) || b.floats) {
			kept[i] = b
		}
	}
	f.boxes = kept
}

// circles decides ○ in one group: no where the group also has ●, else yes.
func (f *form) circles(in func(*box) bool) {
	solid := false
	for _, b := range f.boxes {
		solid = solid || (in(b) && b.solid)
	}
	for _, b := range f.boxes {
		if in(b) && b.mark == markCircle {
			b.mark = markYes
			if solid {
				b.mark = markNo
			}
		}
	}
}
