package entrysheet

import (
	"strconv"
	"strings"
)

// cellMarks finds the marks of one group of boxes that stand in cells of their
// own: before the text of a box, on some forms behind it.
func (f *form) cellMarks(in func(*box) bool) {
	var group []*box
	head := false // marks stand at the heads of the texts
	for _, b := range f.boxes {
		if in(b) {
			group = append(group, b)
			head = head || b.mark != markNone
		}
	}
	numbered, edge := f.numbersStandLeft(), f.leftEdge()
	before, behind := make([]beside, len(group)), make([]beside, len(group))
	for i, b := range group {
		before[i], behind[i] = f.before(b, numbered), f.behind(b)
		if before[i].place != (block{}) && before[i].place.c2 < edge {
			before[i].outside = true
		}
	}
	side := before
	if !head && better(behind, before) {
		side = behind
	}
	for i, b := range group {
		side[i].give(b)
		if head && b.mark == markNone {
			b.markBlk = b.text
		}
	}
}

// beside is what stands on one side of a box's text.
type beside struct {
	mark  mark
	cell  *gridCell // with the mark, nil without one
	blk   block     // of the cell
	place block     // where a mark would stand; zero where there is no room
	gap   int       // blank cells before it

	outside bool // the place lies in the margin: no text of the sheet stands so far left
}

// better reports whether marks stand on side a rather than on side b: more are
// found there; else more boxes have room for one there; else they are nearer.
func better(a, b []beside) bool {
	var found, room, gap [2]int
	for side, list := range [][]beside{a, b} {
		for _, s := range list {
			if s.cell != nil && s.mark != markOdd {
				found[side]++
				gap[side] += s.gap
			}
			if s.cell != nil || s.place != (block{}) && !s.outside {
				room[side]++
			}
		}
	}
	switch {
	case found[0] == 0 || found[0] != found[1]:
		return found[0] > found[1]
	case room[0] != room[1]:
		return room[0] > room[1]
	}
	return gap[0] < gap[1]
}

// give gives a box the mark of the cell beside its text. A printed □ there does
// not undo a mark typed at the head of the text.
func (s beside) give(b *box) {
	if s.place != (block{}) && b.mark == markNone && b.markBlk == b.text {
		b.markBlk = s.place
	}
	if s.cell == nil {
		return
	}
	b.lone, b.markBlk = true, s.blk
	if s.mark != markNo || b.mark == markNone {
		b.mark, b.raw = s.mark, trim(s.cell.text)+b.raw
		b.solid = b.solid || solidMark(s.cell.text)
	}
}

// numbersStandLeft reports whether item numbers have cells of their own, so
// that a 1 before 市場情報 is no check mark.
func (f *form) numbersStandLeft() bool {
	n := 0
	for _, b := range f.boxes {
		if b.item < 0 || b.text.c1 == 1 {
			continue
		}
		c := f.g.in(f.g.blockAt(b.text.r1, b.text.c1-1))
		if c == nil {
			continue
		}
		number, err := strconv.Atoi(strings.Trim(asciiWidth(trim(c.text)), ". )"))
		if err == nil && number == f.l.Items[b.item].Number && number > 1 {
			n++
		}
	}
	return n >= 3
}

// leftEdge is the first column in which a text stands.
func (f *form) leftEdge() int {
	edge := maxCol
	for i := range f.g.cells {
		edge = min(edge, f.g.cells[i].col)
	}
	return edge
}

// before looks at the cells before a box's text, over the item's number where
// that has a cell of its own.
func (f *form) before(b *box, numbered bool) beside {
	col := b.text.c1 - 1
	if numbered && b.item >= 0 && col >= 1 {
		col = f.g.blockAt(b.text.r1, col).c1 - 1
	}
	return f.beside(b.text.r1, col, func(blk block) int { return blk.c1 - 1 })
}

// behind looks at the cells after a box's text.
func (f *form) behind(b *box) beside {
	return f.beside(b.text.r1, b.text.c2+1, func(blk block) int { return blk.c2 + 1 })
}

// beside walks over blank cells of narrow columns to the first one with text,
// which is a mark or none.
func (f *form) beside(row, col int, next func(block) int) beside {
	var s beside
	for ; col >= 1 && col <= f.g.maxCol && s.gap < 4; s.gap++ {
		blk := f.g.blockAt(row, col)
		if blk.r1 != row {
			return s
		}
		if c := f.g.in(blk); c != nil {
			if m, ok := loneMark(c); ok && f.classOf(c) == classOther {
				s.mark, s.cell, s.blk = m, c, blk
			}
			return s
		}
		if s.place == (block{}) {
			s.place = blk
		}
		if !blk.single() || f.g.widthOf(col) >= wideColumn {
			return s
		}
		col = next(blk)
	}
	return s
}
