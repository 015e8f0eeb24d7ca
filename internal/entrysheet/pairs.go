package entrysheet

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Pair is a label of a workbook with its answer.
type Pair struct {
	Label string // on one line, without its colon
	Value string // as typed; a cell that shows a date as YYYY-MM-DD
	Sheet string
	Cell  string // of the answer, or of the label where the answer follows its colon
}

// ReadPairs reads the filled-in labels of any small workbook, in reading order,
// from its visible sheets: an additional-information form, feedback, lines of a
// host. The answer follows the label's colon in its own cell, else stands to the
// right (also over several cells that touch), else below. Labels without an answer are left
// out, and so are notes that begin with ※ or 例.
//
// isLabel tells the labels that are looked for. Without it every short text may
// be one: a row is then read as label and answer in turn, and a label alone in
// its row has its answer below.
func ReadPairs(b []byte, isLabel func(string) bool, lim Limits) (pairs []Pair, err error) {
	defer func() {
		if r := recover(); r != nil {
			pairs, err = nil, broken(fmt.Errorf("panic while reading pairs"))
		}
	}()
	if f := Sniff(b); f != FormatXLSX && f != FormatXLSM {
		return nil, fmt.Errorf("reading pairs: the file is of format %s", f)
	}
	w, err := openWorkbook(b, lim)
	if err != nil {
		return nil, fmt.Errorf("reading pairs: %w", err)
	}
	for _, g := range w.sheets {
		p := &pairing{w: w, g: g, isLabel: isLabel, used: make(map[*gridCell]bool)}
		p.read()
		pairs = append(pairs, p.pairs...)
	}
	return pairs, nil
}

// pairing reads the pairs of one sheet.
type pairing struct {
	w       *workbook
	g       *grid
	isLabel func(string) bool
	used    map[*gridCell]bool // answers that were given out
	pairs   []Pair
}

func (p *pairing) read() {
	for i := range p.g.cells {
		c := &p.g.cells[i]
		if c.kind != cellText || p.used[c] || isNote(trim(c.text)) {
			continue
		}
		if label, value := p.inline(c.text); label != "" && value != "" {
			p.add(label, value, c)
			continue
		}
		if !p.label(c) {
			continue
		}
		if answer := p.answer(c); len(answer) > 0 {
			var values []string
			for _, a := range answer {
				p.used[a] = true
				values = append(values, p.text(a))
			}
			p.add(c.text, strings.Join(values, " "), answer[0])
		}
	}
}

func (p *pairing) add(label, value string, at *gridCell) {
	p.pairs = append(p.pairs, Pair{Label: shown(label), Value: value, Sheet: p.g.name, Cell: cellName(at.row, at.col)})
}

// maxGuessed is the length in characters up to which a text may be a label that
// nobody asked for.
const maxGuessed = 40

func (p *pairing) label(c *gridCell) bool {
	if c.kind != cellText {
		return false
	}
	if p.isLabel != nil {
		return p.isLabel(c.text)
	}
	return utf8.RuneCountInString(c.text) <= maxGuessed
}

// inline cuts 「部署：営業部」.
func (p *pairing) inline(text string) (label, value string) {
	at := strings.IndexAny(text, ":：")
	if at <= 0 || utf8.RuneCountInString(text[:at]) > maxGuessed || p.isLabel != nil && !p.isLabel(text[:at]) {
		return "", ""
	}
	_, size := utf8.DecodeRuneInString(text[at:])
	if p.isLabel == nil && isDigit(lastRune(text[:at])) {
		return "", "" // 14:00
	}
	return text[:at], trim(text[at+size:])
}

// answer finds the cells of a label's answer.
func (p *pairing) answer(label *gridCell) []*gridCell {
	blk := p.g.blockAt(label.row, label.col)
	var right []*gridCell
	p.g.row(label.row, blk.c2+1, func(c *gridCell) bool {
		switch {
		case isNote(trim(c.text)):
		case len(right) == 0 && (p.isLabel == nil || !p.label(c) && !p.isInline(c)), p.runsOn(label, right, c):
			right = append(right, c)
		default:
			return false
		}
		return true
	})
	if len(right) > 0 {
		return right
	}
	below := p.g.in(p.g.blockAt(blk.r2+1, blk.c1))
	switch {
	case below == nil, p.used[below], isNote(trim(below.text)):
		return nil
	case p.isLabel != nil && (p.label(below) || p.isInline(below)):
		return nil
	case p.isLabel == nil && (!p.alone(label) || !p.alone(below)):
		return nil
	}
	return []*gridCell{below}
}

// runsOn reports whether an answer goes on in the next cell: 令和 | 8 | 年. It
// does not where its first cell was made wide for it, nor over a gap, into
// another label, or into a cell that looks like the label.
func (p *pairing) runsOn(label *gridCell, answer []*gridCell, c *gridCell) bool {
	if len(answer) == 0 || p.isLabel == nil || p.label(c) || p.isInline(c) {
		return false
	}
	last := answer[len(answer)-1]
	return p.g.blockAt(last.row, last.col).single() && c.col == last.col+1 && (label.style == 0 || c.style != label.style)
}

func (p *pairing) isInline(c *gridCell) bool {
	label, _ := p.inline(c.text)
	return c.kind == cellText && label != ""
}

// alone reports whether a cell is the only one with text in its row.
func (p *pairing) alone(c *gridCell) bool {
	n := 0
	p.g.row(c.row, 1, func(*gridCell) bool { n++; return n < 2 })
	return n == 1
}

// text is what a cell says.
func (p *pairing) text(c *gridCell) string {
	if c.kind == cellNumber {
		format := p.w.numberFormat(c.style)
		if format.date {
			if d, v := findDate(typed{raw: c.text, number: true, format: format, date1904: p.w.date1904}, 1); v == understood && d.day > 0 {
				return d.time().Format(time.DateOnly)
			}
		}
	}
	return parseProse(c.text)
}
