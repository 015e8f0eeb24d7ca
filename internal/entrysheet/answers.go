package entrysheet

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// wideColumn is the width in characters from which a column is an ordinary
// one; narrower ones are "graph paper", over which texts run on.
const wideColumn = 5.0

// Bounds of one answer: columns from its label, cells that it is spread over.
const (
	maxReach  = 300
	maxPieces = 400
)

// answer is where the answer to a label stands, or would stand.
type answer struct {
	blk    block
	cells  []*gridCell // the texts there, in reading order; none when blank
	inline string      // or what follows the colon in the label's own cell
	rule   string
	unit   string // from the label's brackets
	loose  bool   // blank, and perhaps not the place at all: no merged block
}

func (a *answer) blank() bool { return len(a.cells) == 0 && trim(a.inline) == "" }

// raw is what was typed; parts in several cells of one row are joined.
func (a *answer) raw() string {
	if len(a.cells) == 0 {
		return trim(a.inline)
	}
	var b strings.Builder
	for i, c := range a.cells {
		if i > 0 && c.row != a.cells[i-1].row {
			b.WriteByte('\n')
		}
		b.WriteString(c.text)
	}
	return b.String()
}

// habit counts where answers stand for certain: on a whole form, or in one of
// its sections.
type habit struct{ right, below, inline int }

// countHabits learns, by the labels where it is certain, whether answers stand
// to the right of their labels, below them, or after a colon.
func (f *form) countHabits() {
	f.habits = make(map[int]habit)
	for _, lb := range f.labels {
		lb.region = f.regionOf(lb.blk)
		h := f.habits[lb.region]
		r, b := f.rightOf(lb), f.belowOf(lb)
		switch {
		case trim(lb.inline) != "":
			h.inline++
		case r != nil && !r.blank():
			h.right++
		case r == nil && b != nil && !b.blank() && !lb.colon: // 「TEL：」 may as well be blank
			h.below++
		}
		f.habits[lb.region] = h
	}
	for _, h := range f.habits {
		f.whole.right, f.whole.below = f.whole.right+h.right, f.whole.below+h.below
	}
}

// habitOf returns the habit of a label's section; where that shows none, the
// whole form's tells right from below.
func (f *form) habitOf(lb *label) (below, inline bool) {
	h := f.habits[lb.region]
	if h == (habit{}) {
		return f.whole.below > f.whole.right, false
	}
	return h.below > h.right, h.inline > h.below
}

// otherSide reports whether a place right of a label lies in a section that
// stands beside the label's own.
func (f *form) otherSide(lb *label, blk block) bool {
	region := f.regionOf(blk)
	return lb.region >= 0 && region >= 0 && region != lb.region && f.titles[region].blk.c1 > lb.blk.c2
}

// locate finds the answer to a label: after the colon in its own cell, the
// block to the right, else below. It returns nil where there is no place for
// one, as under a title.
func (f *form) locate(lb *label) *answer {
	if trim(lb.inline) != "" {
		return &answer{blk: lb.blk, inline: lb.inline, rule: "after the colon of " + lb.shown, unit: unitOf(lb.shown)}
	}
	a := f.choose(lb)
	if a != nil {
		a.unit = unitOf(lb.shown)
	}
	return a
}

func (f *form) choose(lb *label) *answer {
	right, below := f.rightOf(lb), f.belowOf(lb)
	mostlyBelow, mostlyInline := f.habitOf(lb)
	switch {
	case right != nil && !right.blank():
		return right
	case lb.title && (right == nil || right.loose):
		return nil // it heads a section, and what stands below is that section's
	case below != nil && !below.blank():
		if f.belowCounts(lb, right, below) {
			return below
		}
		below = nil // another label's text
	}
	switch {
	case right != nil && (!right.loose || !mostlyBelow || below == nil):
		return right
	case lb.colon && (mostlyInline || below == nil):
		return &answer{blk: lb.blk, rule: "after the colon of " + lb.shown}
	}
	return below
}

// belowCounts decides whether a text below a label is its answer where the
// place to the right is blank. A block made for an answer to the right stays
// blank; a cell that looks like the label is a label that the layout does not
// know; else the form's own habit decides.
func (f *form) belowCounts(lb *label, right, below *answer) bool {
	mostlyBelow, mostlyInline := f.habitOf(lb)
	switch {
	case lb.colon && mostlyInline && !f.isProse(lb):
		return false // on this form answers follow the colon, and none does
	case right == nil:
		return true
	case !right.loose && f.habits[lb.region].below <= f.habits[lb.region].right:
		return false // only the section's own habit speaks against such a block
	case lb.style != 0 && below.cells[0].style == lb.style:
		return false
	case lb.style != 0:
		return true
	case f.isProse(lb) && f.alone(below.cells[0]):
		return true
	}
	return mostlyBelow
}

// isProse reports whether a label asks for a free text.
func (f *form) isProse(lb *label) bool { return f.l.Fields[lb.fields[0]].Form == "prose" }

// alone reports whether a cell is the only one with text in its row.
func (f *form) alone(c *gridCell) bool {
	n := 0
	f.g.row(c.row, 1, func(*gridCell) bool { n++; return n < 2 })
	return n == 1
}

// rightOf finds the answer's place to the right of a label; nil where another
// label, a title, a box or the sheet's edge comes first.
func (f *form) rightOf(lb *label) *answer {
	rule := "right of " + lb.shown
	var free *answer
	covered := f.overflow(lb)
	for c := lb.blk.c2 + 1; c <= min(f.g.maxCol, lb.blk.c2+maxReach); {
		if f.g.widthOf(c) == 0 && f.g.blockAt(lb.blk.r1, c).single() {
			c++ // hidden: nobody could have written there
			continue
		}
		blk := f.g.blockAt(lb.blk.r1, c)
		if blk.r1 != lb.blk.r1 || f.otherSide(lb, blk) {
			return free
		}
		if cell := f.g.in(blk); cell != nil {
			if f.classOf(cell) != classOther || f.isHint(lb, cell.text) {
				return free
			}
			return &answer{blk: blk, cells: f.gather(lb, cell, blk), rule: rule}
		}
		if !blk.single() {
			return f.linesRightOf(lb, &answer{blk: blk, rule: rule})
		}
		if free == nil && c > covered {
			free = f.linesRightOf(lb, &answer{blk: blk, rule: rule, loose: true})
		}
		if f.g.widthOf(c) >= wideColumn && c > covered {
			return free
		}
		c = blk.c2 + 1
	}
	return free
}

// overflow returns the last column over which a label's text runs on when its
// cell is too narrow for it.
func (f *form) overflow(lb *label) int {
	need := 0.0
	for _, r := range lb.shown {
		if need++; r >= 0x80 {
			need++
		}
	}
	c := lb.blk.c1
	for have := 0.0; c <= f.g.maxCol; c++ {
		if have += f.g.widthOf(c); have >= need && c >= lb.blk.c2 {
			break
		}
	}
	return max(min(c, f.g.maxCol), lb.blk.c2)
}

// gather returns a text and what belongs to it: further lines beside a label
// of several rows, and the pieces of an answer spread over cells.
func (f *form) gather(lb *label, first *gridCell, blk block) []*gridCell {
	cells := f.piecesFrom(lb, first, blk, f.g.maxCol)
	for r := blk.r2 + 1; r <= min(lb.blk.r2, lb.blk.r1+maxMergeRows); r++ {
		f.g.row(r, lb.blk.c2+1, func(c *gridCell) bool {
			if f.classOf(c) != classOther || f.isHint(lb, c.text) || len(cells) >= maxPieces {
				return false
			}
			cells = append(cells, c)
			return true
		})
	}
	return cells
}

// linesRightOf looks into the further rows beside a label of several rows when
// the first is blank.
func (f *form) linesRightOf(lb *label, a *answer) *answer {
	for r := a.blk.r2 + 1; r <= min(lb.blk.r2, lb.blk.r1+maxMergeRows); r++ {
		f.g.row(r, lb.blk.c2+1, func(c *gridCell) bool {
			if f.classOf(c) != classOther || f.isHint(lb, c.text) || len(a.cells) >= maxPieces {
				return false
			}
			a.cells = append(a.cells, c)
			return true
		})
	}
	return a
}

// piecesFrom returns a cell and the texts after it in its row, up to the next
// label, title, box or note.
func (f *form) piecesFrom(lb *label, first *gridCell, blk block, lastCol int) []*gridCell {
	cells := []*gridCell{first}
	f.g.row(first.row, blk.c2+1, func(c *gridCell) bool {
		if f.classOf(c) != classOther || c.col > lastCol || f.isHint(lb, c.text) || len(cells) >= 32 || f.otherSide(lb, block{c.row, c.col, c.row, c.col}) {
			return false
		}
		cells = append(cells, c)
		return true
	})
	return cells
}

// belowOf finds the answer's place below a label.
func (f *form) belowOf(lb *label) *answer {
	rule := "below " + lb.shown
	r := lb.blk.r2 + 1
	for r <= f.g.maxRow && f.g.heightOf(r) == 0 {
		r++
	}
	blk := f.g.blockAt(r, lb.blk.c1)
	if r > f.g.maxRow || blk.c1 != lb.blk.c1 || blk.r1 != r {
		return nil
	}
	if blk.c2 < lb.blk.c2 && !f.g.blockAt(r, blk.c2+1).single() {
		return nil // a narrower cell with a block beside it: the next label and its answer
	}
	cell := f.g.in(blk)
	if cell == nil {
		return &answer{blk: blk, rule: rule, loose: blk.single()}
	}
	if f.classOf(cell) != classOther || f.isHint(lb, cell.text) {
		return nil
	}
	return &answer{blk: blk, cells: f.piecesFrom(lb, cell, blk, lb.blk.c2), rule: rule}
}

// unitOf reads the unit that a label names in brackets: 資本金（千円）.
func unitOf(shown string) string {
	s := norm.NFKC.String(shown)
	open := strings.IndexAny(s, "([【〔")
	if open < 0 {
		return ""
	}
	inside := strings.TrimFunc(s[open:], func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSpace(r) })
	inside = strings.TrimPrefix(inside, "単位")
	inside = strings.TrimLeft(inside, ": ")
	for _, u := range formatUnits {
		if inside == u {
			return u
		}
	}
	return ""
}
