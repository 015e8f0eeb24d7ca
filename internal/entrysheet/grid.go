package entrysheet

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// cellType is what a cell's t attribute says.
type cellType uint8

const (
	cellText cellType = iota
	cellNumber
	cellBool
	cellError
)

// gridCell is a cell with text. Rows and columns count from 1.
type gridCell struct {
	row, col int
	kind     cellType
	style    int
	shared   int // index of its shared string, -1 when text is final
	text     string
}

// block is a rectangle of cells: a merged block, or a single cell.
type block struct{ r1, c1, r2, c2 int }

func (b block) single() bool        { return b.r1 == b.r2 && b.c1 == b.c2 }
func (b block) has(r, c int) bool   { return r >= b.r1 && r <= b.r2 && c >= b.c1 && c <= b.c2 }
func (b block) name() string        { return cellName(b.r1, b.c1) }
func (b block) before(o block) bool { return b.r1 < o.r1 || (b.r1 == o.r1 && b.c1 < o.c1) }

// grid is one worksheet as far as reading needs it.
type grid struct {
	name, part string
	cells      []gridCell // with text, in reading order
	merges     []block
	cols       []colWidth
	colDefault float64
	maxRow     int
	maxCol     int
	starts     []int32 // row -> first of its cells; nil where the last row is far behind the number of cells
	mergeAt    map[int][]block
	rows       []rowHeight // of rows with a height of their own, in order of the file
	rowDefault float64
	unseen     map[[2]int]gridCell // on hidden rows and columns: no person sees them
	widths     []float64           // by column, made when first asked for
	controls   []*control
	boxes      []floatingBox
}

// rowHeight is the height of a row in points; 0 when it is hidden.
type rowHeight struct {
	row    int
	height float64
}

// colWidth is the width of a run of columns, in characters; 0 when they are hidden.
type colWidth struct {
	from, to int
	width    float64
}

const (
	maxRow = 1 << 20
	maxCol = 1 << 14
)

// finish drops cells without visible text and builds the indexes.
func (g *grid) finish() error {
	inOrder := func(a, b gridCell) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.col, b.col)) }
	if !slices.IsSortedFunc(g.cells, inOrder) {
		slices.SortStableFunc(g.cells, inOrder)
	}
	if err := g.indexMerges(); err != nil {
		return err
	}
	byRow := func(a, b rowHeight) int { return cmp.Compare(a.row, b.row) }
	if !slices.IsSortedFunc(g.rows, byRow) {
		slices.SortStableFunc(g.rows, byRow)
	}
	g.reindex()
	g.hide()
	return nil
}

// indexMerges makes the lookup of merged blocks by row. Blocks of a form do not
// lie upon each other, so there are few in a row and few rows in all.
func (g *grid) indexMerges() error {
	g.mergeAt = make(map[int][]block, len(g.merges))
	total := 0
	for _, m := range g.merges {
		g.maxRow, g.maxCol = max(g.maxRow, m.r2), max(g.maxCol, m.c2)
		for r := m.r1; r <= min(m.r2, m.r1+maxMergeRows); r++ {
			if total++; total > maxMergedRows || len(g.mergeAt[r]) >= maxMergesInRow {
				return tooBig("merged blocks lie too close")
			}
			g.mergeAt[r] = append(g.mergeAt[r], m)
		}
	}
	return nil
}

// Bounds of the lookup: rows of all blocks together, blocks in one row.
const (
	maxMergedRows  = 200_000
	maxMergesInRow = 2000
)

// hide sets aside the cells of which nothing can be seen: those on hidden rows
// or columns, unless their merged block reaches a visible one.
func (g *grid) hide() {
	if !slices.ContainsFunc(g.rows, func(r rowHeight) bool { return r.height == 0 }) &&
		!slices.ContainsFunc(g.cols, func(c colWidth) bool { return c.width == 0 }) {
		return
	}
	seen := g.cells[:0:0]
	g.unseen = make(map[[2]int]gridCell)
	for _, c := range g.cells {
		if b := g.blockAt(c.row, c.col); g.visible(b) {
			seen = append(seen, c)
		} else {
			g.unseen[[2]int{c.row, c.col}] = c
		}
	}
	g.cells = seen
	g.reindex()
}

// visible reports whether a block has a visible row and a visible column.
func (g *grid) visible(b block) bool {
	row, col := b.r1, b.c1
	for row < min(b.r2, b.r1+maxMergeRows) && g.heightOf(row) == 0 {
		row++
	}
	for col < min(b.c2, b.c1+maxMergeRows) && g.widthOf(col) == 0 {
		col++
	}
	return g.heightOf(row) > 0 && g.widthOf(col) > 0
}

// maxMergeRows bounds the rows of one merged block that are looked at: no
// block of a form is taller, and a hostile one spans a million.
const maxMergeRows = 400

func (g *grid) reindex() {
	g.cells = slices.DeleteFunc(g.cells, func(c gridCell) bool { return c.shared < 0 && strings.TrimSpace(c.text) == "" })
	g.starts = nil
	last := 0
	if n := len(g.cells); n > 0 {
		last = g.cells[n-1].row
	}
	if last < 0 || last > 8*len(g.cells)+1024 {
		return // a hostile sheet has one cell on its millionth row
	}
	g.starts = make([]int32, last+2)
	row := 0
	for i := range g.cells { // in reading order
		for ; row < g.cells[i].row; row++ {
			g.starts[row+1] = int32(i)
		}
	}
	g.starts[last+1] = int32(len(g.cells))
}

// span is where the cells of a row stand in cells.
func (g *grid) span(r int) (from, to int) {
	switch {
	case g.starts == nil:
		return g.search(0, len(g.cells), r, 0), g.search(0, len(g.cells), r+1, 0)
	case r < 0 || r >= len(g.starts)-1:
		return 0, 0
	}
	return int(g.starts[r]), int(g.starts[r+1])
}

// search is the first of the cells from lo to hi that stands at a place or behind it.
func (g *grid) search(lo, hi, r, c int) int {
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if at := &g.cells[mid]; at.row < r || at.row == r && at.col < c {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// find returns where in cells the cell with text at a place stands; of several the last, as Excel does.
func (g *grid) find(r, c int) (int, bool) {
	from, to := g.span(r)
	i := g.search(from, to, r, c+1) - 1
	return i, i >= from && g.cells[i].row == r && g.cells[i].col == c
}

func (g *grid) setShared(table map[int]string) {
	for i := range g.cells {
		if n := g.cells[i].shared; n >= 0 {
			g.cells[i].text, g.cells[i].shared = table[n], -1
		}
	}
	g.reindex()
}

// at returns the cell with text at a place, nil where there is none.
func (g *grid) at(r, c int) *gridCell {
	if i, ok := g.find(r, c); ok {
		return &g.cells[i]
	}
	return nil
}

// blockAt returns the merged block over a cell, else the cell alone.
func (g *grid) blockAt(r, c int) block {
	for _, m := range g.mergeAt[r] {
		if m.has(r, c) {
			return m
		}
	}
	return block{r, c, r, c}
}

// in returns the text cell of a block: its top-left one, which is where Excel
// keeps the text of merged cells.
func (g *grid) in(b block) *gridCell { return g.at(b.r1, b.c1) }

// row calls f for each cell with text in row r from column from on, until f
// returns false.
func (g *grid) row(r, from int, f func(*gridCell) bool) {
	first, to := g.span(r)
	for i := g.search(first, to, r, from); i < to; i++ {
		if !f(&g.cells[i]) {
			return
		}
	}
}

// widthOf returns a column's width in characters.
func (g *grid) widthOf(c int) float64 {
	if g.widths == nil {
		g.widths = make([]float64, g.maxCol+2)
		for i := range g.widths {
			g.widths[i] = g.colDefault
		}
		for _, w := range slices.Backward(g.cols) { // the first run that names a column counts
			for i := max(w.from, 0); i <= min(w.to, len(g.widths)-1); i++ {
				g.widths[i] = w.width
			}
		}
	}
	if c < len(g.widths) {
		return g.widths[c]
	}
	return g.colDefault
}

// Measures of a sheet that names none: characters and points.
const (
	defaultColWidth  = 8.43
	defaultRowHeight = 15
)

// heightOf returns a row's height in points.
func (g *grid) heightOf(r int) float64 {
	i, ok := slices.BinarySearchFunc(g.rows, r, func(h rowHeight, r int) int { return h.row - r })
	if ok {
		return g.rows[i].height
	}
	return g.rowDefault
}

// rowPixels and colPixels are measures at 96 dpi.
func (g *grid) rowPixels(r int) int { return int(g.heightOf(r) * 4 / 3) }

func (g *grid) colPixels(c int) int {
	if w := g.widthOf(c); w > 0 {
		return int(w*7) + 5
	}
	return 0
}

// everything returns all cells, those on hidden rows and columns too, by row and column.
func (g *grid) everything() []gridCell {
	if len(g.unseen) == 0 {
		return g.cells
	}
	all := slices.Concat(g.cells, slices.Collect(maps.Values(g.unseen)))
	slices.SortFunc(all, func(a, b gridCell) int { return cmp.Or(a.row-b.row, a.col-b.col) })
	return all
}

// anyAt returns the cell at a place, hidden or not, nil where there is none.
func (g *grid) anyAt(r, c int) *gridCell {
	if cell, ok := g.unseen[[2]int{r, c}]; ok {
		return &cell
	}
	return g.at(r, c)
}

// parseCell reads an A1 reference.
func parseCell(b []byte) (row, col int, ok bool) {
	i := 0
	for ; i < len(b); i++ {
		c := b[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		if col = col*26 + int(c-'A') + 1; col > maxCol {
			return 0, 0, false
		}
	}
	if i == 0 || i == len(b) {
		return 0, 0, false
	}
	for ; i < len(b); i++ {
		if b[i] < '0' || b[i] > '9' {
			return 0, 0, false
		}
		if row = row*10 + int(b[i]-'0'); row > maxRow {
			return 0, 0, false
		}
	}
	return row, col, row > 0
}

// parseRange reads "A1:C3" or "A1".
func parseRange(s string) (block, bool) {
	from, to, two := bytes.Cut(bytes.ReplaceAll([]byte(s), []byte("$"), nil), []byte(":"))
	r1, c1, ok1 := parseCell(from)
	if !two {
		return block{r1, c1, r1, c1}, ok1
	}
	r2, c2, ok2 := parseCell(to)
	return block{min(r1, r2), min(c1, c2), max(r1, r2), max(c1, c2)}, ok1 && ok2
}

func colName(c int) string {
	var b [4]byte
	i := len(b)
	for ; c > 0 && i > 0; c = (c - 1) / 26 {
		i--
		b[i] = byte('A' + (c-1)%26)
	}
	return string(b[i:])
}

func cellName(r, c int) string { return colName(c) + strconv.Itoa(r) }
