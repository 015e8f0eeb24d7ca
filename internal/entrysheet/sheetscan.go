package entrysheet

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// budget counts what all sheets together may hold.
type budget struct{ cells, merges, text int }

func (b *budget) addText(n int) error {
	if b.text -= n; b.text < 0 {
		return tooBig("texts exceed their limit")
	}
	return nil
}

// sheetScan is the state while a sheet part is read.
type sheetScan struct {
	g        *grid
	s        *xmlScanner
	budget   *budget
	row, col int // last cell's place, for producers that write no references
}

// scanSheet reads a worksheet part: cells with text, merges, column widths,
// floating check boxes.
func scanSheet(p *opc, ref sheetRef, b *budget) (*grid, error) {
	s, c, err := p.scan(ref.part)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	sc := &sheetScan{g: &grid{name: ref.name, part: ref.part, colDefault: defaultColWidth, rowDefault: defaultRowHeight}, s: s, budget: b}
	room := cellRooms.Get().(*[]gridCell)
	sc.g.cells = (*room)[:0]
	controls := controlScan{}
	for {
		if !controls.in {
			if err := sc.plainCells(); err != nil {
				return nil, err
			}
		}
		t, ok := s.next()
		if !ok {
			break
		}
		controls.see(t)
		if t.kind != tokenStart {
			continue
		}
		if err := sc.element(t); err != nil {
			return nil, err
		}
	}
	if s.err != nil {
		return nil, broken(fmt.Errorf("reading a sheet: %w", s.err))
	}
	sc.leave(room)
	if err := sc.g.finish(); err != nil {
		return nil, err
	}
	sc.g.controls, err = readControls(p, ref.part, controls.found)
	return sc.g, err
}

// cellRooms are slices in which cells are gathered before their number is known.
var cellRooms = sync.Pool{New: func() any { return new([]gridCell) }}

// mostRoom is how many cells a slice may have that is kept.
const mostRoom = 4096

// leave moves the cells out of the room that they were gathered in.
func (sc *sheetScan) leave(room *[]gridCell) {
	gathered := sc.g.cells
	if cap(gathered) > mostRoom {
		return // they stay where they are
	}
	sc.g.cells = slices.Clone(gathered)
	clear(gathered) // the texts are not kept
	*room = gathered[:0]
	cellRooms.Put(room)
}

// element takes one start tag of the sheet part.
func (sc *sheetScan) element(t token) error {
	switch string(t.name) {
	case "c":
		return sc.cell(t)
	case "row":
		sc.startRow(t)
	case "mergeCell":
		if m, ok := parseRange(t.attrText("ref")); ok && !m.single() {
			if sc.budget.merges--; sc.budget.merges < 0 {
				return tooBig("merged blocks exceed their limit")
			}
			sc.g.merges = append(sc.g.merges, m)
		}
	case "col":
		sc.column(t)
	case "sheetFormatPr":
		if w, err := strconv.ParseFloat(string(t.attrBytes("defaultColWidth")), 64); err == nil {
			sc.g.colDefault = w
		}
		if h, err := strconv.ParseFloat(string(t.attrBytes("defaultRowHeight")), 64); err == nil {
			sc.g.rowDefault = h
		}
	}
	return nil
}

func (sc *sheetScan) startRow(t token) {
	sc.row++
	if n, err := strconv.Atoi(string(t.attrBytes("r"))); err == nil && n > 0 && n <= maxRow {
		sc.row = n
	}
	sc.col = 0
	if bytes.IndexByte(t.attrs, 'h') < 0 {
		return // the usual row names neither of the two
	}
	ht, hidden := t.attrBytes("ht"), isTrue(t.attrBytes("hidden"))
	if len(ht) == 0 && !hidden || len(sc.g.rows) >= maxRowHeights {
		return
	}
	h, err := strconv.ParseFloat(string(ht), 64)
	if hidden {
		h, err = 0, nil
	}
	if err == nil {
		sc.g.rows = append(sc.g.rows, rowHeight{sc.row, h})
	}
}

// maxColRuns bounds the runs of columns whose widths are kept.
const maxColRuns = 2000

// maxRowHeights bounds the rows whose heights are kept; a form has some dozens.
const maxRowHeights = 50_000

// isTrue reads an xsd:boolean attribute.
func isTrue(b []byte) bool { return string(b) == "1" || string(b) == "true" }

func (sc *sheetScan) column(t token) {
	from, err1 := strconv.Atoi(string(t.attrBytes("min")))
	to, err2 := strconv.Atoi(string(t.attrBytes("max")))
	w, err3 := strconv.ParseFloat(string(t.attrBytes("width")), 64)
	if isTrue(t.attrBytes("hidden")) {
		w, err3 = 0, nil
	}
	if err1 == nil && err2 == nil && err3 == nil && len(sc.g.cols) < maxColRuns {
		sc.g.cols = append(sc.g.cols, colWidth{from, to, w})
	}
}

// cell reads <c> to its end and keeps it if it has text.
func (sc *sheetScan) cell(t token) error {
	tag := cellTag{t.attrBytes("r"), t.attrBytes("s"), t.attrBytes("t")}
	if err := sc.place(tag.ref); err != nil || t.empty || sc.s.skipCellEnd() {
		return err
	}
	return sc.content(tag)
}

// cellTag is what <c> says; its slices are of the scanner's buffer.
type cellTag struct{ ref, style, kind []byte }

// content reads what stands in <c> and keeps the cell if it has text. A
// formula's cached value is read, never the formula.
func (sc *sheetScan) content(tag cellTag) error {
	cell := gridCell{row: sc.row, col: sc.col, kind: cellNumber, shared: -1}
	if len(tag.style) > 0 {
		cell.style, _ = strconv.Atoi(string(tag.style))
	}
	isShared := string(tag.kind) == "s"
	switch string(tag.kind) {
	case "b":
		cell.kind = cellBool
	case "e":
		cell.kind = cellError
	case "s", "str", "inlineStr", "d":
		cell.kind = cellText
	}
	text, err := scanCellText(sc.s)
	if err != nil {
		return err
	}
	if isShared {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 0 {
			cell.shared = n
		}
		text = ""
	}
	if cell.shared < 0 && text == "" {
		return nil
	}
	cell.text = text
	sc.g.cells = append(sc.g.cells, cell)
	return sc.budget.addText(len(text) + 16)
}

// place counts a cell and notes where it stands: at its reference, else right
// of the last one.
func (sc *sheetScan) place(ref []byte) error {
	if sc.budget.cells--; sc.budget.cells < 0 {
		return tooBig("cells exceed their limit")
	}
	sc.col++
	if r, c, ok := parseCell(ref); ok {
		sc.row, sc.col = r, c
	}
	sc.g.maxRow, sc.g.maxCol = max(sc.g.maxRow, sc.row), max(sc.g.maxCol, sc.col)
	return nil
}

// plainCells reads a run of cells whose tags are of the spellings that producers
// write. Nine of ten on a form have only a format.
func (sc *sheetScan) plainCells() error {
	s := sc.s
	if s.depth == 0 {
		return nil
	}
	for {
		tag, empty, n := plainCell(s.buf[s.pos:])
		if n == 0 {
			return nil
		}
		if err := sc.place(tag.ref); err != nil {
			return err
		}
		if s.pos += n; empty {
			continue
		}
		s.depth++
		if err := sc.content(tag); err != nil {
			return err
		}
	}
}

// plainCell reads <c r="A1" s="3" t="s"> at the head of b, with or without format
// and type, and its end if that comes at once; n is 0 where anything else stands
// there, or what follows is not in b.
func plainCell(b []byte) (tag cellTag, empty bool, n int) {
	const head = `<c r="`
	if !hasAt(b, 0, head) {
		return tag, false, 0
	}
	n = wordEnd(b, len(head))
	tag.ref = b[len(head):n]
	tag.style, n = nextPlain(b, n, `" s="`)
	tag.kind, n = nextPlain(b, n, `" t="`)
	for _, tail := range [...]string{`"/>`, `"></c>`, `" />`} {
		if hasAt(b, n, tail) {
			return tag, true, n + len(tail)
		}
	}
	if len(b)-n < len(`"></c>`) || !hasAt(b, n, `">`) {
		return tag, false, 0
	}
	return tag, false, n + len(`">`)
}

// nextPlain reads an attribute of letters and digits if it stands at i of b.
func nextPlain(b []byte, i int, head string) (value []byte, end int) {
	if !hasAt(b, i, head) {
		return nil, i
	}
	end = wordEnd(b, i+len(head))
	return b[i+len(head) : end], end
}

func hasAt(b []byte, i int, s string) bool { return len(b)-i >= len(s) && string(b[i:i+len(s)]) == s }

// wordEnd is where the letters and digits that begin at i end.
func wordEnd(b []byte, i int) int {
	for i < len(b) && (b[i] >= '0' && b[i] <= '9' || b[i]|0x20 >= 'a' && b[i]|0x20 <= 'z') {
		i++
	}
	return i
}

// skipCellEnd passes over the end of the cell just begun, if it comes at once.
func (s *xmlScanner) skipCellEnd() bool {
	if !bytes.HasPrefix(s.buf[s.pos:], []byte("</c>")) {
		return false
	}
	s.pos += len("</c>")
	s.depth--
	return true
}

// plainCellTexts are the insides of cells that are read at a glance.
var plainCellTexts = []struct{ head, tail []byte }{
	{[]byte("<v>"), []byte("</v></c>")},
	{[]byte("<is><t>"), []byte("</t></is></c>")},
}

// plainCellText reads the inside of <c> and its end where it is one plain text
// that stands in the buffer as a whole; false leaves it to scanCellText.
func (s *xmlScanner) plainCellText() (string, bool) {
	rest := s.buf[s.pos:]
	for _, p := range plainCellTexts {
		if !bytes.HasPrefix(rest, p.head) {
			continue
		}
		inside := rest[len(p.head):]
		end := bytes.IndexByte(inside, '<')
		if end < 0 || !bytes.HasPrefix(inside[end:], p.tail) {
			return "", false
		}
		s.pos += len(p.head) + end + len(p.tail)
		s.depth--
		return cleanText(unescapeXML(inside[:end])), true
	}
	return "", false
}

// scanCellText reads the inside of <c>: <v>, or the runs of <is>.
func scanCellText(s *xmlScanner) (string, error) {
	if text, ok := s.plainCellText(); ok {
		return text, nil
	}
	var text string
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch {
		case t.kind == tokenEnd && t.is("c"):
			return text, nil
		case t.kind == tokenStart && t.is("v") && !t.empty:
			v, err := scanPlain(s, "v")
			if err != nil {
				return "", err
			}
			if text == "" {
				text = v
			}
		case t.kind == tokenStart && t.is("is") && !t.empty:
			v, err := scanRichText(s, "is")
			if err != nil {
				return "", err
			}
			text = v
		}
	}
	return "", scanFailed(s)
}

func scanFailed(s *xmlScanner) error {
	if s.err == nil {
		s.err = errBadXML
	}
	return broken(fmt.Errorf("reading text: %w", s.err))
}

// scanPlain collects the text up to the end of element name.
func scanPlain(s *xmlScanner, name string) (string, error) {
	var text string
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch {
		case t.kind == tokenEnd && t.is(name):
			return cleanText(text), nil
		case t.kind == tokenText && text == "":
			text = t.plain()
		case t.kind == tokenText:
			text += t.plain()
		}
	}
	return "", scanFailed(s)
}

// scanRichText joins the <t> of a string item up to the end of element name;
// phonetic runs (<rPh>, furigana) are no part of the text.
func scanRichText(s *xmlScanner, name string) (string, error) {
	var text string
	phonetic := 0
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch {
		case t.kind == tokenEnd && t.is(name):
			return text, nil
		case t.is("rPh") && t.kind == tokenStart && !t.empty:
			phonetic++
		case t.is("rPh") && t.kind == tokenEnd:
			phonetic--
		case t.is("t") && t.kind == tokenStart && !t.empty:
			v, err := scanPlain(s, "t")
			if err != nil {
				return "", err
			}
			if phonetic == 0 {
				text += v
			}
		}
	}
	return "", scanFailed(s)
}

// cleanText resolves Excel's escapes and replaces what is no UTF-8.
func cleanText(s string) string {
	s = xstring(s)
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}
