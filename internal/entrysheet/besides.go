package entrysheet

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Besides tells what a workbook has besides the form on the sheet of that name
// (Sheet.Name): all that Clean would take out or refuse, and what stays and may
// tell a third party more than the form does: first what Clean is about, then sheet by
// sheet, then part by part.
func Besides(b []byte, form string, lim Limits) (all []Finding, err error) {
	defer func() {
		if r := recover(); r != nil {
			all, err = nil, fmt.Errorf("%w: panic while looking", ErrNotCleanable)
		}
	}()
	c, err := openCleaner(b, lim)
	if err != nil {
		return nil, fmt.Errorf("looking through the workbook: %w", err)
	}
	if err := c.run(); err != nil {
		return nil, fmt.Errorf("looking through the workbook: %w", err)
	}
	w, err := openSheets(b, lim, func(sheetRef) bool { return true })
	if err != nil {
		return nil, fmt.Errorf("looking through the workbook: %w", err)
	}
	l := &look{pkg: w.pkg, w: w, owner: c.owner, found: &c.found}
	l.sheets(form)
	if err := l.parts(); err != nil {
		return nil, fmt.Errorf("looking through the workbook: %w", err)
	}
	return c.found.all, nil
}

// look goes through a package for what stays.
type look struct {
	pkg   *opc
	w     *workbook
	owner map[string]string
	found *findings
}

// sheets tells of sheets besides the form, and of what is hidden on the visible.
func (l *look) sheets(form string) {
	for _, g := range l.w.sheets {
		kind := map[string]Extra{"hidden": ExtraHiddenSheet, "veryHidden": ExtraVeryHiddenSheet}[l.stateOf(g.name)]
		switch {
		case kind != "":
			l.found.add(Finding{Kind: kind, Sheet: g.name, Text: firstTexts(g.everything())})
			continue
		case g.name != form && len(g.everything()) > 0:
			l.found.add(Finding{Kind: ExtraOtherSheet, Sheet: g.name, Text: firstTexts(g.everything())})
		}
		l.hidden(g)
	}
}

func (l *look) stateOf(sheet string) string {
	for _, s := range l.w.head.WorkBook.Sheets.Sheet {
		if s.Name == sheet {
			return s.State
		}
	}
	return ""
}

// firstTexts shows what stands in cells.
func firstTexts(cells []gridCell) string {
	var texts []string
	for _, c := range cells[:min(len(cells), 6)] {
		texts = append(texts, oneLine(c.text))
	}
	return strings.Join(texts, " / ")
}

// hidden tells of rows and columns that are hidden, or of no height or width,
// and have content.
func (l *look) hidden(g *grid) {
	s, c, err := l.pkg.scan(g.part)
	if err != nil {
		return
	}
	defer c.Close()
	rows := make(map[int]bool)
	var cols []block
	row := 0
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind != tokenStart {
			continue
		}
		switch {
		case t.is("row"):
			if row = nextRow(t, row); isHidden(t, "ht") {
				rows[row] = true
			}
		case t.is("col") && isHidden(t, "width"):
			from, err1 := strconv.Atoi(t.attrText("min"))
			to, err2 := strconv.Atoi(t.attrText("max"))
			if err1 == nil && err2 == nil && len(cols) < maxCol {
				cols = append(cols, block{1, from, maxRow, to})
			}
		}
	}
	l.runs(g, ExtraHiddenRows, func(c gridCell) int { return c.row }, strconv.Itoa, func(n int) bool { return rows[n] })
	l.runs(g, ExtraHiddenColumns, func(c gridCell) int { return c.col }, colName, func(n int) bool {
		return slices.ContainsFunc(cols, func(b block) bool { return b.has(1, n) })
	})
}

func isHidden(t token, measure string) bool {
	size := t.attrText(measure)
	n, err := strconv.ParseFloat(size, 64)
	hidden := t.attrText("hidden")
	return hidden == "1" || hidden == "true" || size != "" && err == nil && n == 0
}

// runs tells of runs of hidden rows or columns in which something stands.
func (l *look) runs(g *grid, kind Extra, lineOf func(gridCell) int, name func(int) string, hidden func(int) bool) {
	texts := make(map[int][]gridCell)
	var lines []int
	for _, c := range g.everything() {
		n := lineOf(c)
		if !hidden(n) {
			continue
		}
		if texts[n] == nil {
			lines = append(lines, n)
		}
		texts[n] = append(texts[n], c)
	}
	slices.Sort(lines)
	for i := 0; i < len(lines); {
		j := i
		var cells []gridCell
		for ; j < len(lines) && lines[j] == lines[i]+j-i; j++ {
			cells = append(cells, texts[lines[j]]...)
		}
		l.found.add(Finding{Kind: kind, Sheet: g.name, Cell: name(lines[i]) + ":" + name(lines[j-1]), Text: firstTexts(cells)})
		i = j
	}
}

// parts tells of what stands in other parts of the package.
func (l *look) parts() error {
	for _, f := range l.pkg.zr.File {
		key := partKey(f.Name)
		if sheet := l.owner[key]; isPicture(key) {
			l.found.add(Finding{Kind: ExtraPicture, Sheet: sheet, Text: key[strings.LastIndexByte(key, '/')+1:]})
			continue
		}
		part, isRels := sourceOf(key)
		if !isRels && !isXMLPart(key) {
			continue
		}
		b, err := l.pkg.bytes(f.Name, l.pkg.lim.Unpacked)
		if err != nil {
			return err
		}
		switch {
		case isRels:
			l.hyperlinks(part, b)
		case bytes.Contains(b[:min(len(b), 4096)], []byte("<pivotCacheRecords")):
			l.found.add(Finding{Kind: ExtraPivotCache})
		default:
			l.elements(l.owner[key], b)
		}
	}
	return nil
}

func isPicture(key string) bool {
	return slices.ContainsFunc([]string{".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".bmp", ".tif", ".tiff", ".svg"}, func(ending string) bool { return strings.HasSuffix(key, ending) })
}

// hyperlinks tells where external links of a sheet or a drawing lead.
func (l *look) hyperlinks(part string, rels []byte) {
	s := newXMLBytes(rels)
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.is("Relationship") && strings.HasSuffix(t.attrText("Type"), "/hyperlink") && strings.EqualFold(t.attrText("TargetMode"), "External") {
			l.found.add(Finding{Kind: ExtraHyperlink, Sheet: l.owner[part], Text: t.attrText("Target")})
		}
	}
}

// telling are the elements whose texts are told, with their kinds.
var telling = map[string]Extra{
	"comment": ExtraComment, "threadedComment": ExtraThread, "txBody": ExtraTextBox, "definedName": ExtraName,
	"oddHeader": ExtraHeaderFooter, "oddFooter": ExtraHeaderFooter, "evenHeader": ExtraHeaderFooter, "evenFooter": ExtraHeaderFooter,
	"firstHeader": ExtraHeaderFooter, "firstFooter": ExtraHeaderFooter,
	"creator": ExtraProperty, "lastModifiedBy": ExtraProperty, "title": ExtraProperty, "subject": ExtraProperty, "keywords": ExtraProperty,
	"description": ExtraProperty, "category": ExtraProperty, "Manager": ExtraProperty, "Company": ExtraProperty, "HyperlinkBase": ExtraProperty, "property": ExtraProperty,
}

// elements tells of comments, texts in shapes, headers, names and properties.
// A part that is not well-formed is told as far as it is.
func (l *look) elements(sheet string, b []byte) {
	s := newXMLScanner(utf8Reader(bytes.NewReader(b)))
	properties := false
	depth := 0
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind == tokenEnd {
			depth--
		}
		if t.kind != tokenStart || t.empty {
			continue
		}
		if depth++; depth == 1 {
			properties = strings.HasSuffix(strings.ToLower(string(t.name)), "properties")
			continue
		}
		kind, known := telling[string(t.name)]
		if !known || kind == ExtraProperty != properties {
			continue
		}
		f := Finding{Kind: kind, Sheet: sheet, Cell: t.attrText("ref"), Text: t.attrText("name")}
		ownName := strings.HasPrefix(f.Text, "_xlnm.")
		if text := textInside(s, string(t.name)); f.Text != "" && text != "" {
			f.Text += " = " + text
		} else {
			f.Text += text
		}
		if depth--; f.Text != "" && !ownName {
			l.found.add(f)
		}
	}
}

// textInside joins the texts up to the end of element name, which may hold
// others of its name.
func textInside(s *xmlScanner, name string) string {
	var b strings.Builder
	open := 1
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch {
		case t.kind == tokenText && b.Len() < 4096:
			b.WriteString(t.plain())
		case t.kind == tokenEnd && t.is("p"):
			b.WriteByte('\n')
		case t.kind == tokenStart && t.is(name) && !t.empty:
			open++
		case t.kind == tokenEnd && t.is(name):
			if open--; open == 0 {
				return strings.TrimSpace(b.String())
			}
		}
	}
	return strings.TrimSpace(b.String())
}
