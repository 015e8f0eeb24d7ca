package entrysheet

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sheetFill rewrites the part of one sheet: marked cells, the rows of blocks,
// and what refers to rows below them.
type sheetFill struct {
	*filler
	g      *grid
	marked map[[2]int]string
	blocks []formBlock
	src    []byte
	rows   []fillRow
	rules  []string // formulas outside cells
	longer bool     // some block makes the sheet longer
}

// fillRow is a row of the part.
type fillRow struct {
	num, start, end int
	open            token
	cells           []fillCell
}

// fillCell is a cell of the part.
type fillCell struct {
	col, start, end int
	open            token
	formula         string
	hasFormula      bool
}

func (s *sheetFill) run() error {
	src, err := s.part(s.g.part)
	if err != nil {
		return err
	}
	s.src = src
	for _, b := range s.blocks {
		s.longer = s.longer || b.longer() > 0
	}
	if err := s.scan(); err != nil {
		return err
	}
	var edits []edit
	for i := range s.rows {
		edits = s.rowEdits(edits, i)
	}
	if s.longer {
		s.checkMoves()
		edits = append(edits, s.moveRanges()...)
		s.moved[s.g.name] = s.blocks
		if err := s.moveDrawings(); err != nil {
			return err
		}
	}
	s.changed[partKey(s.g.part)] = splice(src, edits)
	return nil
}

// scan finds the rows and cells of the part.
func (s *sheetFill) scan() error {
	x := newXMLBytes(s.src)
	row, col, inData, inFormula := 0, 0, false, false
	for t, ok := x.next(); ok; t, ok = x.next() {
		switch {
		case t.is("sheetData"):
			inData, inFormula = t.kind == tokenStart && !t.empty, false
		case !inData && slices.Contains(formulaElements, string(t.name)):
			inFormula = t.kind == tokenStart && !t.empty
		case !inData:
			if inFormula && t.kind == tokenText {
				s.rules = append(s.rules, t.plain())
			}
		case t.is("row") && t.kind == tokenStart:
			row, col = nextRow(t, row), 0
			s.rows = append(s.rows, fillRow{num: row, start: int(t.start), end: int(t.end), open: t})
		case len(s.rows) == 0:
		case t.is("row"):
			s.rows[len(s.rows)-1].end = int(t.end)
		case t.is("c") && t.kind == tokenStart:
			col++
			if _, c, ok := parseCell(t.attrBytes("r")); ok {
				col = c
			}
			r := &s.rows[len(s.rows)-1]
			r.cells = append(r.cells, fillCell{col: col, start: int(t.start), end: int(t.end), open: t})
		case t.is("c"):
			s.lastCell().end = int(t.end)
		case t.is("f") && s.lastCell() != nil:
			inFormula = t.kind == tokenStart && !t.empty
			s.lastCell().hasFormula = true
		case inFormula && t.kind == tokenText:
			s.lastCell().formula += t.plain()
		}
	}
	return x.err
}

func (s *sheetFill) lastCell() *fillCell {
	r := &s.rows[len(s.rows)-1]
	if len(r.cells) == 0 {
		return nil
	}
	return &r.cells[len(r.cells)-1]
}

// blockOf returns the block in which a row stands.
func (s *sheetFill) blockOf(row int) (formBlock, bool) {
	i := slices.IndexFunc(s.blocks, func(b formBlock) bool { return row >= b.first && row <= b.last })
	if i < 0 {
		return formBlock{}, false
	}
	return s.blocks[i], true
}

// rowEdits writes one row anew: as it stands, moved down, or, at the first row
// of a block, all rows of the block for each item.
func (s *sheetFill) rowEdits(edits []edit, i int) []edit {
	r := s.rows[i]
	b, inBlock := s.blockOf(r.num)
	if !inBlock {
		return append(edits, s.within(r, startRow(s.blocks, r.num), nil, false)...)
	}
	if i > 0 && s.rows[i-1].num >= b.first {
		return append(edits, edit{r.start, r.end, ""})
	}
	var out strings.Builder
	items := b.items
	if len(items) == 0 {
		items = []map[string]string{nil}
	}
	for n, item := range items {
		for j := i; j < len(s.rows) && s.rows[j].num <= b.last; j++ {
			in := s.rows[j]
			inside := s.within(in, startRow(s.blocks, in.num)+n*b.rows(), item, true)
			for k := range inside {
				inside[k].from, inside[k].to = inside[k].from-in.start, inside[k].to-in.start
			}
			out.Write(splice(s.src[in.start:in.end], inside))
		}
	}
	return append(edits, edit{r.start, r.end, out.String()})
}

// within returns the edits inside a row that becomes row number to.
func (s *sheetFill) within(r fillRow, to int, item map[string]string, inBlock bool) []edit {
	var edits []edit
	if to != r.num {
		edits = setAttr(edits, r.open, "r", strconv.Itoa(to))
	}
	for _, c := range r.cells {
		text, marked := s.marked[[2]int{r.num, c.col}]
		switch {
		case marked && c.hasFormula:
			s.fault(s.g, r.num, c.col, text, "a mark in a formula's value")
		case marked:
			edits = append(edits, edit{c.start, c.end, s.textCell(c, to, s.text(s.g, r.num, c.col, text, item, inBlock))})
		case to != r.num:
			edits = setAttr(edits, c.open, "r", cellName(to, c.col))
		}
	}
	return edits
}

// setAttr replaces the value of an attribute that is there; value is escaped.
func setAttr(edits []edit, t token, name, value string) []edit {
	if _, from, to, ok := t.attr(name); ok {
		base := t.attrsAt()
		edits = append(edits, edit{base + from, base + to, value})
	}
	return edits
}

// textCell writes a cell that holds a text in itself, in the cell's own style.
func (s *sheetFill) textCell(c fillCell, row int, text string) string {
	p := string(c.open.prefix)
	style := ""
	if v := c.open.attrText("s"); v != "" {
		style = ` s="` + escapeXML(v) + `"`
	}
	if text == "" {
		return fmt.Sprintf(`<%sc r="%s"%s/>`, p, cellName(row, c.col), style)
	}
	return fmt.Sprintf(`<%[1]sc r="%[2]s"%[3]s t="inlineStr"><%[1]sis><%[1]st xml:space="preserve">%[4]s</%[1]st></%[1]sis></%[1]sc>`, p, cellName(row, c.col), style, textXML(text))
}

// startRow is where a row goes, and where a range that begins in it begins;
// endRow is where a range that ends in it ends.
func startRow(blocks []formBlock, row int) int {
	to := row
	for _, b := range blocks {
		if b.last < row {
			to += b.longer()
		}
	}
	return to
}

func endRow(blocks []formBlock, row int) int {
	to := row
	for _, b := range blocks {
		if b.last <= row {
			to += b.longer()
		}
	}
	return to
}

var rowInFormula = regexp.MustCompile(`\$?[A-Z]{1,3}\$?([1-9]\d{0,6})\b`)

// checkMoves refuses what a longer sheet would break: formulas that stand or
// look below the first row of a block, parts that know rows by themselves.
func (s *sheetFill) checkMoves() {
	first := s.blocks[0]
	mark := "{{#" + first.list + "}}"
	looksBelow := func(formula string) bool {
		return slices.ContainsFunc(rowInFormula.FindAllStringSubmatch(formula, -1), func(m []string) bool {
			n, _ := strconv.Atoi(m[1])
			return n >= first.first
		})
	}
	for _, r := range s.rows {
		for _, c := range r.cells {
			if c.hasFormula && (r.num >= first.first || looksBelow(c.formula)) {
				s.fault(s.g, r.num, c.col, mark, "a formula that stands or looks below repeated rows")
			}
		}
	}
	if slices.ContainsFunc(s.rules, looksBelow) {
		s.fault(s.g, first.first, 1, mark, "a rule for formats or input that looks below repeated rows")
	}
	for _, name := range []string{"legacyDrawing", "tableParts", "controls"} {
		if bytes.Contains(s.src, []byte("<"+s.prefix()+name+" ")) || bytes.Contains(s.src, []byte("<"+s.prefix()+name+">")) {
			s.fault(s.g, first.first, 1, mark, "repeated rows on a sheet with comments, form controls or tables")
			return
		}
	}
}

func (s *sheetFill) prefix() string { return string(s.rows[0].open.prefix) }

// moveRanges rewrites what names rows outside the cells: merged blocks, rules,
// links, page breaks.
func (s *sheetFill) moveRanges() []edit {
	var edits []edit
	var merges []string
	var mergeTag token
	x := newXMLBytes(s.src)
	for t, ok := x.next(); ok; t, ok = x.next() {
		switch {
		case t.kind != tokenStart:
		case t.is("mergeCells"):
			mergeTag = t
		case t.is("mergeCell"):
			to := s.moveMerge(t.attrText("ref"))
			merges = append(merges, to...)
			edits = append(edits, edit{int(t.start), int(t.start), s.mergeXML(string(t.prefix), to[1:])})
			edits = setAttr(edits, t, "ref", to[0])
		case t.is("brk"):
			if n, err := strconv.Atoi(t.attrText("id")); err == nil && n < maxRow && !s.columnBreak(t) {
				edits = setAttr(edits, t, "id", strconv.Itoa(endRow(s.blocks, n)))
			}
		case t.is("row"), t.is("c"), t.is("f"), t.is("selection"):
		default:
			for _, name := range []string{"ref", "sqref"} {
				if v := t.attrText(name); v != "" {
					edits = setAttr(edits, t, name, s.moveList(v))
				}
			}
		}
	}
	if mergeTag.name != nil {
		edits = setAttr(edits, mergeTag, "count", strconv.Itoa(len(merges)))
	}
	return edits
}

// columnBreak tells a manual break between columns, whose max is the last row.
func (s *sheetFill) columnBreak(t token) bool { return t.attrText("max") == strconv.Itoa(maxRow-1) }

func (s *sheetFill) mergeXML(prefix string, refs []string) string {
	var b strings.Builder
	for _, ref := range refs {
		fmt.Fprintf(&b, `<%smergeCell ref="%s"/>`, prefix, ref)
	}
	return b.String()
}

func (s *sheetFill) moveList(list string) string {
	refs := strings.Fields(list)
	for i, ref := range refs {
		if b, ok := parseRange(ref); ok {
			refs[i] = rangeName(block{startRow(s.blocks, b.r1), b.c1, endRow(s.blocks, b.r2), b.c2})
		}
	}
	return strings.Join(refs, " ")
}

func rangeName(b block) string {
	if b.single() {
		return b.name()
	}
	return b.name() + ":" + cellName(b.r2, b.c2)
}

// moveMerge returns where a merged block goes; one inside a block is repeated.
func (s *sheetFill) moveMerge(ref string) []string {
	m, ok := parseRange(ref)
	if !ok {
		return []string{ref}
	}
	for _, b := range s.blocks {
		begins, ends := m.r1 >= b.first && m.r1 <= b.last, m.r2 >= b.first && m.r2 <= b.last
		if begins != ends && (begins || m.r2 != b.last) {
			s.fault(s.g, m.r1, m.c1, "{{#"+b.list+"}}", "a merged block that reaches out of repeated rows")
		}
		if !begins || !ends {
			continue
		}
		var out []string
		for n := range max(len(b.items), 1) {
			d := startRow(s.blocks, m.r1) - m.r1 + n*b.rows()
			out = append(out, rangeName(block{m.r1 + d, m.c1, m.r2 + d, m.c2}))
		}
		return out
	}
	return []string{s.moveList(ref)}
}

var drawingRow = regexp.MustCompile(`(<(?:\w+:)?row>)(\d+)(</(?:\w+:)?row>)`)

// moveDrawings moves what is anchored below the blocks; anchors count from 0.
func (s *sheetFill) moveDrawings() error {
	rels, err := s.pkg.rels(s.g.part)
	if err != nil {
		return err
	}
	for _, r := range rels {
		if r.kind != "drawing" || !s.pkg.has(r.target) {
			continue
		}
		src, err := s.part(r.target)
		if err != nil {
			return err
		}
		s.changed[partKey(r.target)] = drawingRow.ReplaceAllFunc(src, func(b []byte) []byte {
			m := drawingRow.FindSubmatch(b)
			n, _ := strconv.Atoi(string(m[2]))
			return fmt.Appendf(nil, "%s%d%s", m[1], startRow(s.blocks, n+1)-1, m[3])
		})
	}
	return nil
}

var (
	namedRange = regexp.MustCompile(`((?:'(?:[^']|'')+'|[^\s,'!]+)!)([^,!]+)`)
	namedRow   = regexp.MustCompile(`(\$[A-Z]{1,3})?\$(\d+)`)
)

// moveNames moves print areas and other names that refer to longer sheets.
func (f *filler) moveNames() error {
	if len(f.moved) == 0 {
		return nil
	}
	main, err := f.pkg.mainPart()
	if err != nil {
		return err
	}
	src, err := f.part(main)
	if err != nil {
		return err
	}
	var edits []edit
	x := newXMLBytes(src)
	inName := false
	for t, ok := x.next(); ok; t, ok = x.next() {
		if t.is("definedName") {
			inName = t.kind == tokenStart && !t.empty
		} else if was := t.plain(); inName && t.kind == tokenText {
			if is := f.moveName(was); is != was {
				edits = append(edits, edit{int(t.start), int(t.end), escapeXML(is)})
			}
		}
	}
	f.edit(main, src, edits)
	return x.err
}

// moveName moves the ranges of one name: 'シート 1'!$A$1:$H$40, 依頼!$1:$3.
func (f *filler) moveName(ref string) string {
	return namedRange.ReplaceAllStringFunc(ref, func(part string) string {
		m := namedRange.FindStringSubmatch(part)
		blocks := f.moved[strings.ReplaceAll(strings.Trim(strings.TrimSuffix(m[1], "!"), "'"), "''", "'")]
		from, to, isRange := strings.Cut(m[2], ":")
		move := func(s string, where func([]formBlock, int) int) string {
			return namedRow.ReplaceAllStringFunc(s, func(cell string) string {
				c := namedRow.FindStringSubmatch(cell)
				n, _ := strconv.Atoi(c[2])
				return c[1] + "$" + strconv.Itoa(where(blocks, n))
			})
		}
		if !isRange {
			return m[1] + move(from, startRow)
		}
		return m[1] + move(from, startRow) + ":" + move(to, endRow)
	})
}
