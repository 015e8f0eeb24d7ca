package entrysheet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxMarked bounds the cells of one block that are coloured.
const maxMarked = 4000

// sheetOutline is what the first pass over a sheet part finds: the places of
// the edits of the second, and what notes need to be laid out.
type sheetOutline struct {
	prefix    string // of the sheet's elements, with colon
	relPrefix string // of the relationships namespace, with colon; "" when undeclared
	merges    []block
	cols      []colWidth
	colStyles []colWidth // width holds the style
	colWidth  float64
	rowHeight float64
	heights   map[int]float64
	drawing   string // relationship id of the legacy drawing
	drawAt    int    // where <legacyDrawing> would go
	maxShape  int    // highest shape id in use by controls
}

// after are the elements of CT_Worksheet that follow legacyDrawing (ECMA-376
// part 1, 18.3.1.99); what Excel wraps in mc:AlternateContent there, too.
var after = []string{"legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst", "AlternateContent"}

// markSheet marks one sheet: the cells' styles, the notes, the drawing.
func (m *marker) markSheet(part string, nth int, notes []*sheetNote) error {
	src, err := m.part(part)
	if err != nil {
		return err
	}
	o, err := outline(src)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotMarkable, err)
	}
	notes = onBlocks(o, notes)
	edits := m.cellEdits(src, o, notes)
	if err := m.addComments(part, notes); err != nil {
		return err
	}
	id, err := m.addShapes(part, nth, o, notes)
	if err != nil {
		return err
	}
	if o.drawing == "" {
		edits = append(edits, edit{o.drawAt, o.drawAt, m.legacyDrawing(o, id)})
	}
	m.changed[partKey(part)] = splice(src, edits)
	return nil
}

// onBlocks moves notes to the top-left cells of their merged blocks, where
// readers show them, and joins those of one block.
func onBlocks(o *sheetOutline, notes []*sheetNote) []*sheetNote {
	var out []*sheetNote
	for _, n := range notes {
		n.blk = block{n.row, n.col, n.row, n.col}
		for _, mb := range o.merges {
			if mb.has(n.row, n.col) {
				n.blk, n.row, n.col = mb, mb.r1, mb.c1
			}
		}
		if at := slices.IndexFunc(out, func(other *sheetNote) bool { return other.blk == n.blk }); at >= 0 {
			out[at].text += "\n" + n.text
			continue
		}
		out = append(out, n)
	}
	return out
}

func (m *marker) legacyDrawing(o *sheetOutline, id string) string {
	if o.relPrefix != "" {
		return fmt.Sprintf(`<%slegacyDrawing %sid="%s"/>`, o.prefix, o.relPrefix, id)
	}
	ns := strings.TrimSuffix(m.relType(""), "/")
	return fmt.Sprintf(`<%slegacyDrawing xmlns:r="%s" r:id="%s"/>`, o.prefix, ns, id)
}

// outline scans a sheet part once.
func outline(src []byte) (*sheetOutline, error) {
	o := &sheetOutline{colWidth: 8.43, rowHeight: 15, heights: make(map[int]float64), drawAt: -1}
	s := newXMLBytes(src)
	depth, row, afterData := 0, 0, false
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind == tokenEnd {
			if depth--; depth == 0 && o.drawAt < 0 {
				o.drawAt = int(t.start)
			}
			afterData = afterData || t.is("sheetData")
			continue
		}
		if t.kind != tokenStart {
			continue
		}
		switch {
		case depth == 0:
			o.prefix, o.relPrefix = string(t.prefix), relationshipPrefix(t)
		case depth == 1 && afterData && o.drawAt < 0 && slices.Contains(after, string(t.name)):
			o.drawAt = int(t.start)
		}
		if t.is("row") {
			row = nextRow(t, row)
		}
		o.note(t, row)
		afterData = afterData || (t.is("sheetData") && t.empty)
		if !t.empty {
			depth++
		}
	}
	if s.err == nil && o.drawAt < 0 {
		s.err = errBadXML
	}
	return o, s.err
}

// note keeps what an element says about the sheet's measures.
func (o *sheetOutline) note(t token, row int) {
	number := func(name string) (float64, bool) {
		v, err := strconv.ParseFloat(t.attrText(name), 64)
		return v, err == nil
	}
	switch string(t.name) {
	case "row":
		if h, ok := number("ht"); ok {
			o.heights[row] = h
		}
	case "col":
		from, _ := number("min")
		to, _ := number("max")
		if w, ok := number("width"); ok {
			o.cols = append(o.cols, colWidth{int(from), int(to), w})
		}
		if st, ok := number("style"); ok {
			o.colStyles = append(o.colStyles, colWidth{int(from), int(to), st})
		}
	case "sheetFormatPr":
		if w, ok := number("defaultColWidth"); ok {
			o.colWidth = w
		}
		if h, ok := number("defaultRowHeight"); ok {
			o.rowHeight = h
		}
	case "mergeCell":
		if b, ok := parseRange(t.attrText("ref")); ok {
			o.merges = append(o.merges, b)
		}
	case "legacyDrawing":
		o.drawing = t.attrText("id")
	case "control":
		if id, err := strconv.Atoi(t.attrText("shapeId")); err == nil {
			o.maxShape = max(o.maxShape, id)
		}
	}
}

// relationshipPrefix finds the prefix that the root binds to relationships.
func relationshipPrefix(root token) string {
	for _, field := range strings.Fields(string(root.attrs)) {
		name, value, ok := strings.Cut(field, "=")
		if prefix, isNS := strings.CutPrefix(name, "xmlns:"); ok && isNS && strings.HasSuffix(strings.Trim(value, `"'`), "/officeDocument/2006/relationships") {
			return prefix + ":"
		} else if ok && isNS && strings.HasSuffix(strings.Trim(value, `"'`), "purl.oclc.org/ooxml/officeDocument/relationships") {
			return prefix + ":"
		}
	}
	return ""
}

func nextRow(t token, last int) int {
	if n, err := strconv.Atoi(t.attrText("r")); err == nil && n > 0 {
		return n
	}
	return last + 1
}

// cellPatch is the second pass: it gives the marked cells their new styles and
// makes the cells and rows that are not there.
type cellPatch struct {
	m        *marker
	o        *sheetOutline
	targets  map[int][]int // row -> columns, sorted
	rows     []int         // sorted
	edits    []edit
	row, col int
	rowStyle int
	pending  []int // columns of the current row still to come
}

// cellEdits returns the edits of a sheet's cells.
func (m *marker) cellEdits(src []byte, o *sheetOutline, notes []*sheetNote) []edit {
	if m.styles == nil {
		return nil
	}
	p := &cellPatch{m: m, o: o, targets: make(map[int][]int)}
	for _, n := range notes {
		left := maxMarked
		for r := n.blk.r1; r <= n.blk.r2; r++ {
			for c := n.blk.c1; c <= n.blk.c2 && left > 0; c++ {
				p.targets[r] = append(p.targets[r], c)
				left--
			}
			if left == 0 {
				break
			}
		}
	}
	for r := range p.targets {
		slices.Sort(p.targets[r])
		p.targets[r] = slices.Compact(p.targets[r])
		p.rows = append(p.rows, r)
	}
	slices.Sort(p.rows)
	s := newXMLBytes(src)
	for t, ok := s.next(); ok; t, ok = s.next() {
		p.token(t)
	}
	return p.edits
}

func (p *cellPatch) token(t token) {
	at := int(t.start)
	switch {
	case t.is("sheetData") && t.kind == tokenStart && t.empty:
		p.edits = append(p.edits, openEmpty(t, p.newRows(maxRow+1)))
	case t.is("sheetData") && t.kind == tokenEnd:
		p.insert(at, p.newRows(maxRow+1))
	case t.is("row") && t.kind == tokenStart:
		p.startRow(t)
	case t.is("row") && t.kind == tokenEnd:
		p.insert(at, p.newCells(maxCol+1))
	case t.is("c") && t.kind == tokenStart:
		p.col++
		if _, c, ok := parseCell(t.attrBytes("r")); ok {
			p.col = c
		}
		p.insert(at, p.newCells(p.col))
		if len(p.pending) > 0 && p.pending[0] == p.col {
			p.pending = p.pending[1:]
			p.restyle(t)
		}
	}
}

func (p *cellPatch) insert(at int, text string) {
	if text != "" {
		p.edits = append(p.edits, edit{at, at, text})
	}
}

func (p *cellPatch) startRow(t token) {
	p.row, p.col = nextRow(t, p.row), 0
	p.insert(int(t.start), p.newRows(p.row))
	p.rowStyle = -1
	if st, err := strconv.Atoi(t.attrText("s")); err == nil {
		p.rowStyle = st
	}
	p.pending = nil
	if len(p.rows) > 0 && p.rows[0] == p.row {
		p.pending, p.rows = p.targets[p.row], p.rows[1:]
		if t.empty {
			p.edits = append(p.edits, openEmpty(t, p.newCells(maxCol+1)))
		}
	}
}

// restyle gives an existing cell the marked copy of its style.
func (p *cellPatch) restyle(t token) {
	base := int(t.end) - 1 - len(t.attrs)
	if t.empty {
		base--
	}
	if v, from, to, ok := t.attr("s"); ok {
		style, _ := strconv.Atoi(string(v))
		p.edits = append(p.edits, edit{base + from, base + to, strconv.Itoa(p.m.styles.marked(style))})
		return
	}
	at := base
	p.edits = append(p.edits, edit{at, at, fmt.Sprintf(` s="%d"`, p.m.styles.marked(0))})
}

// newCells makes the marked cells before column col that the row lacks.
func (p *cellPatch) newCells(col int) string {
	var b strings.Builder
	for len(p.pending) > 0 && p.pending[0] < col {
		c := p.pending[0]
		p.pending = p.pending[1:]
		style := p.rowStyle
		if style < 0 {
			style = p.o.colStyle(c)
		}
		fmt.Fprintf(&b, `<%sc r="%s" s="%d"/>`, p.o.prefix, cellName(p.row, c), p.m.styles.marked(style))
	}
	return b.String()
}

// newRows makes the rows before row that the sheet lacks.
func (p *cellPatch) newRows(row int) string {
	var b strings.Builder
	for len(p.rows) > 0 && p.rows[0] < row {
		r := p.rows[0]
		p.rows = p.rows[1:]
		keepRow, keepPending, keepStyle := p.row, p.pending, p.rowStyle
		p.row, p.pending, p.rowStyle = r, p.targets[r], -1
		fmt.Fprintf(&b, `<%srow r="%d">%s</%srow>`, p.o.prefix, r, p.newCells(maxCol+1), p.o.prefix)
		p.row, p.pending, p.rowStyle = keepRow, keepPending, keepStyle
	}
	return b.String()
}

func (o *sheetOutline) colStyle(c int) int {
	for _, cs := range o.colStyles {
		if c >= cs.from && c <= cs.to {
			return int(cs.width)
		}
	}
	return 0
}
