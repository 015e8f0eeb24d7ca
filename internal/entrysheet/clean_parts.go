package entrysheet

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// cleanPart takes out of an XML part the elements whose relationships were cut,
// calls of macros, and formulas that reach outside.
func (c *cleaner) cleanPart(name string) error {
	src, err := c.part(name)
	if err != nil {
		return err
	}
	if !c.worthLooking(name, src) {
		return nil
	}
	d := dropper{src: src, drop: func(t token) bool { return c.isCut(partKey(name), t) }}
	if err := d.run(); err != nil {
		return err
	}
	src = splice(src, d.edits)
	edits := append(c.attributeEdits(partKey(name), src), c.formulaEdits(c.owner[partKey(name)], src)...)
	if len(d.edits)+len(edits) > 0 {
		c.changed[partKey(name)] = splice(src, edits)
	}
	return nil
}

// worthLooking saves reading parts in which nothing can stand: no relationship
// of theirs was cut, and no text of them looks like a call or a link.
func (c *cleaner) worthLooking(name string, src []byte) bool {
	if len(c.cut[partKey(name)]) > 0 {
		return true
	}
	for _, sign := range []string{"macro=", "[", "|", "queryTable", "ConnectionID", "externalReference"} {
		if bytes.Contains(src, []byte(sign)) {
			return true
		}
	}
	for _, fetch := range fetchingFunctions {
		if bytes.Contains(src, []byte(fetch)) {
			return true
		}
	}
	return false
}

// isCut tells an element that stands for something whose relationship was cut,
// and notes the shape that shows it.
func (c *cleaner) isCut(part string, t token) bool {
	switch string(t.name) {
	case "control", "oleObject", "externalData", "externalReference":
	default:
		return false
	}
	_, _, _, linked := t.attr("link") // an object shown from another file
	if !c.cut[part][t.attrText("id")] && !(t.is("oleObject") && linked) {
		return false
	}
	if shape := t.attrText("shapeId"); shape != "" {
		c.shapes[shape] = true
	}
	return true
}

// wrappers are elements that mean nothing once they are empty, and that no
// schema allows to be empty.
var wrappers = []string{"AlternateContent", "Choice", "Fallback", "controls", "oleObjects", "externalReferences"}

// dropper finds the elements of a part that are to go, with the wrappers around
// them that have nothing else in them.
type dropper struct {
	src   []byte
	drop  func(token) bool
	edits []edit
	open  []droppable
}

type droppable struct {
	name          string
	start         int
	edits         int // how many there were when it began
	drop          bool
	children, out int
}

func (d *dropper) run() error {
	s := newXMLBytes(d.src)
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch t.kind {
		case tokenStart:
			d.open = append(d.open, droppable{name: string(t.name), start: int(t.start), edits: len(d.edits), drop: d.drop(t)})
			if t.empty {
				d.close(int(t.end))
			}
		case tokenEnd:
			d.close(int(t.end))
		}
	}
	return s.err
}

func (d *dropper) close(end int) {
	e := d.open[len(d.open)-1]
	d.open = d.open[:len(d.open)-1]
	gone := e.drop || e.children > 0 && e.out == e.children && slices.Contains(wrappers, e.name)
	if gone {
		d.edits = append(d.edits[:e.edits], edit{e.start, end, ""})
	}
	if len(d.open) > 0 {
		parent := &d.open[len(d.open)-1]
		parent.children++
		if gone {
			parent.out++
		}
	}
}

// attributeEdits empties calls of macros, and takes out attributes that name
// what was cut: links of pictures, query tables of tables, connections of maps.
func (c *cleaner) attributeEdits(part string, src []byte) []edit {
	var edits []edit
	s := newXMLBytes(src)
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind != tokenStart {
			continue
		}
		base := t.attrsAt()
		if v, from, to, ok := t.attr("macro"); ok && len(v) > 0 {
			c.found.add(Finding{Kind: ExtraMacro, Sheet: c.owner[part]})
			edits = append(edits, edit{base + from, base + to, ""})
		}
		for _, name := range []string{"link", "queryTableFieldId", "tableType", "ConnectionID"} {
			v, from, to, ok := t.attr(name)
			gone := name == "ConnectionID" || name == "queryTableFieldId" || name == "link" && t.is("blip") && c.cut[part][string(v)] || name == "tableType" && string(v) == "queryTable"
			if ok && gone {
				key := bytes.TrimRight(t.attrs[:bytes.LastIndexByte(t.attrs[:from], '=')], " \t\r\n")
				edits = append(edits, edit{base + bytes.LastIndexAny(key, " \t\r\n"), base + to + 1, ""})
			}
		}
	}
	return edits
}

// formulaElements hold formulas outside cells.
var formulaElements = []string{"formula", "formula1", "formula2", "definedName", "f"}

// formulaEdits takes out formulas that reach outside. Cells keep the values
// that they show; so do the cells that share the formula of another.
func (c *cleaner) formulaEdits(sheet string, src []byte) []edit {
	var edits []edit
	var inCell, cell string
	shared := make(map[string]bool)
	s := newXMLBytes(src)
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch {
		case t.is("c"):
			inCell, cell = "", ""
			if t.kind == tokenStart && !t.empty {
				inCell, cell = "c", t.attrText("r")
			}
			continue
		case t.kind != tokenStart || !slices.Contains(formulaElements, string(t.name)):
			continue
		}
		begin, inside := int(t.start), int(t.end)
		index, isShared := t.attrText("si"), t.attrText("t") == "shared"
		text, end, after := "", inside, inside
		if !t.empty {
			name := string(t.name)
			for t, ok = s.next(); ok && !(t.kind == tokenEnd && t.is(name)); t, ok = s.next() {
				if t.kind == tokenText {
					text += t.plain()
				}
			}
			if !ok {
				break
			}
			end, after = int(t.start), int(t.end)
		}
		kind, outside := reachesOutside(text)
		if outside && isShared {
			shared[index] = true
		}
		switch {
		case inCell != "" && (outside || isShared && shared[index]):
			edits = append(edits, edit{begin, after, ""})
			c.cells = true
		case outside:
			edits = append(edits, edit{inside, end, "#REF!"})
		default:
			continue
		}
		if outside {
			c.found.add(Finding{Kind: kind, Sheet: sheet, Cell: cell, Text: text})
		}
	}
	return edits
}

// fetchingFunctions are worksheet functions that ask somebody outside.
var fetchingFunctions = []string{"WEBSERVICE", "RTD", "CALL", "REGISTER.ID", "EXEC", "SQL.REQUEST", "_xlfn.IMAGE", "STOCKHISTORY", "CUBE", "_xlws.PY", "IMPORTDATA", "IMPORTXML", "IMPORTRANGE", "DDE"}

var (
	textInFormula = regexp.MustCompile(`"[^"]*"`)
	otherBook     = regexp.MustCompile(`(?i)(?:^|[^\pL\pN_.\\\])])(?:'[^'\[]*)?\[(?:[1-9][0-9]*|[^\[\]#@]+\.(?:xl\w*|ods|csv))\][^\[\]!]*!|'file:`)
	ddeLink       = regexp.MustCompile(`[A-Za-z]\w*\|[^!]*!`)
	fetching      = regexp.MustCompile(`(?i)(?:^|[^\w.])(?:_xlfn\.|_xlws\.)*(` + fetchingNames() + `)\s*\(`)
)

func fetchingNames() string {
	var names []string
	for _, f := range fetchingFunctions {
		f = strings.TrimPrefix(strings.TrimPrefix(f, "_xlfn."), "_xlws.")
		if f = regexp.QuoteMeta(f); f == "CUBE" {
			f = `CUBE\w+`
		}
		names = append(names, f)
	}
	return strings.Join(names, "|")
}

// reachesOutside tells a formula that refers to another workbook, to another
// program (DDE), or asks a service: what Excel would do on opening.
func reachesOutside(formula string) (Extra, bool) {
	formula = textInFormula.ReplaceAllString(formula, `""`)
	switch {
	case otherBook.MatchString(formula), ddeLink.MatchString(formula):
		return ExtraExternalLink, true
	case fetching.MatchString(formula):
		return ExtraConnection, true
	}
	return "", false
}

var (
	vmlMacro = regexp.MustCompile(`(?s)<x:FmlaMacro>.*?</x:FmlaMacro>\s*`)
	vmlShape = regexp.MustCompile(`(?s)<v:shape\b[^>]*>.*?</v:shape>\s*`)
	vmlID    = regexp.MustCompile(`\b(?:id|o:spid)="_x0000_s(\d+)"`)
)

// cleanDrawings takes the shapes of removed objects out of both drawings, and
// calls of macros out of the legacy one, which need not be well-formed XML.
func (c *cleaner) cleanDrawings(reachable map[string]string) error {
	for _, f := range c.pkg.zr.File {
		key := partKey(f.Name)
		if reachable[key] == "" {
			continue
		}
		var err error
		switch {
		case strings.HasSuffix(key, ".vml"):
			err = c.cleanVML(f.Name)
		case len(c.shapes) > 0 && isXMLPart(f.Name):
			err = c.dropShapes(f.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *cleaner) cleanVML(name string) error {
	src, err := c.part(name)
	if err != nil {
		return err
	}
	out := vmlMacro.ReplaceAll(src, nil)
	if len(out) != len(src) {
		c.found.add(Finding{Kind: ExtraMacro, Sheet: c.owner[partKey(name)]})
	}
	out = vmlShape.ReplaceAllFunc(out, func(shape []byte) []byte {
		tag, _, _ := bytes.Cut(shape, []byte(">"))
		for _, m := range vmlID.FindAllSubmatch(tag, -1) {
			if c.shapes[string(m[1])] && bytes.Contains(shape, []byte(`ObjectType="Pict"`)) {
				return nil
			}
		}
		return shape
	})
	if len(out) != len(src) {
		c.changed[partKey(name)] = out
	}
	return nil
}

// dropShapes takes out what a DrawingML part shows of removed objects: Excel
// wraps each in an AlternateContent that names the legacy shape ([MS-ODRAWXML]
// compatExt).
func (c *cleaner) dropShapes(name string) error {
	src, err := c.part(name)
	if err != nil || !bytes.Contains(src, []byte("compatExt")) {
		return err
	}
	gone := make(map[int64]bool) // starts of wrappers
	var open []int64
	s := newXMLBytes(src)
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch {
		case t.is("AlternateContent") && t.kind == tokenStart && !t.empty:
			open = append(open, t.start)
		case t.is("AlternateContent") && t.kind == tokenEnd && len(open) > 0:
			open = open[:len(open)-1]
		case t.is("compatExt") && len(open) > 0 && c.shapes[strings.TrimPrefix(t.attrText("spid"), "_x0000_s")]:
			gone[open[0]] = true
		}
	}
	d := dropper{src: src, drop: func(t token) bool { return gone[t.start] }}
	if err := d.run(); err != nil {
		return err
	}
	c.edit(name, src, d.edits)
	return nil
}
