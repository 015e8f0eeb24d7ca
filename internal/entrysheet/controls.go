package entrysheet

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// floatingBox is a check box that floats over the cells: a form control or an
// ActiveX control. Its state is not read here, only its place and caption.
type floatingBox struct {
	row, col int // the cell it lies on, 0 when unknown
	caption  string
}

// maxFloating bounds the check boxes looked at on one sheet.
const maxFloating = 2000

// sheetControl is a <control> of the sheet part.
type sheetControl struct {
	shape, rel, name string
	row, col         int
}

// controlScan collects the <control> elements of a sheet part. Excel writes
// each twice (mc:Choice with its place, mc:Fallback without).
type controlScan struct {
	found []sheetControl
	inTo  bool
	field string // of the anchor: "col", "row"
	in    bool
	to    [2]int // row, column of the anchor's end
	from  [2]int
}

func (cs *controlScan) see(t token) {
	switch {
	case t.kind == tokenText:
		cs.number(t)
	case t.is("control") && t.kind == tokenStart && len(cs.found) < maxFloating:
		cs.in = !t.empty
		cs.found = append(cs.found, sheetControl{shape: t.attrText("shapeId"), rel: t.attrText("id"), name: t.attrText("name")})
	case !cs.in:
	case t.is("control"):
		cs.in = false
	case t.is("from") || t.is("to"):
		cs.inTo = t.is("to")
		if cs.inTo && t.kind == tokenEnd {
			last := &cs.found[len(cs.found)-1]
			if cs.from == cs.to {
				return // LibreOffice writes zeros for what it does not know
			}
			last.row, last.col = (cs.from[0]+cs.to[0])/2+1, (cs.from[1]+cs.to[1])/2+1
		}
	case t.kind == tokenStart:
		cs.field = string(t.name)
	case t.kind == tokenEnd:
		cs.field = ""
	}
}

func (cs *controlScan) number(t token) {
	if !cs.in || (cs.field != "row" && cs.field != "col") {
		return
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(t.text)))
	if err != nil {
		return
	}
	place := &cs.from
	if cs.inTo {
		place = &cs.to
	}
	if cs.field == "row" {
		place[0] = n
	} else {
		place[1] = n
	}
}

// floatingBoxes finds the check boxes of a sheet. The legacy drawing knows
// them all with their places (producers differ in what else they write); the
// sheet's own list is asked only where the drawing shows none.
func floatingBoxes(p *opc, part string, controls []sheetControl) ([]floatingBox, error) {
	rels, err := p.rels(part)
	if err != nil || len(rels) == 0 {
		return nil, err
	}
	var out []floatingBox
	targets := make(map[string]relationship, len(rels))
	for _, r := range rels {
		targets[r.id] = r
		if r.kind == "vmlDrawing" && p.has(r.target) {
			found, err := vmlBoxes(p, r.target)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	seen := make(map[string]bool)
	for _, c := range controls {
		r, ok := targets[c.rel]
		if !ok || seen[c.shape] || !isCheckBoxPart(p, r, c.name) {
			continue
		}
		seen[c.shape] = true
		out = append(out, floatingBox{row: c.row, col: c.col})
	}
	return out, nil
}

// classCheckBox is the class id of the ActiveX check box (Forms.CheckBox.1).
const classCheckBox = "8BD21D40-EC42-11CE-9E0D-00AA006002F3"

// isCheckBoxPart looks into a control's property part ([MS-XLSX] formControlPr
// objectType, or the ActiveX class id).
func isCheckBoxPart(p *opc, r relationship, name string) bool {
	if (r.kind != "ctrlProp" && r.kind != "control") || !p.has(r.target) {
		return false
	}
	s, c, err := p.scan(r.target)
	if err != nil {
		return false
	}
	defer c.Close()
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind != tokenStart {
			continue
		}
		kind := t.attrText("objectType")
		return kind == "CheckBox" || kind == "Radio" || strings.Contains(strings.ToUpper(t.attrText("classid")), classCheckBox) ||
			(r.kind == "control" && strings.HasPrefix(name, "CheckBox"))
	}
	return false
}

// vmlBoxes reads the check boxes of a legacy drawing. Excel's VML is not
// always well-formed (<br>), so what was found before an error counts.
func vmlBoxes(p *opc, part string) ([]floatingBox, error) {
	s, c, err := p.scan(part)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var out []floatingBox
	var caption strings.Builder
	box, textbox, anchor := -1, false, false
	for t, ok := s.next(); ok && len(out) < maxFloating; t, ok = s.next() {
		switch {
		case t.kind == tokenText && anchor && box >= 0:
			out[box].row, out[box].col = vmlAnchor(string(t.text))
		case t.kind == tokenText && textbox && caption.Len() < 1024:
			caption.WriteString(t.plain())
		case t.is("shape") && t.kind == tokenStart:
			caption.Reset()
			box = -1
		case t.is("textbox"):
			textbox = t.kind == tokenStart && !t.empty
		case t.is("Anchor"):
			anchor = t.kind == tokenStart && !t.empty
		case t.is("ClientData") && t.kind == tokenStart:
			if kind := t.attrText("ObjectType"); kind == "Checkbox" || kind == "Radio" {
				out = append(out, floatingBox{caption: strings.TrimSpace(caption.String())})
				box = len(out) - 1
			}
		case t.is("ClientData"):
			box = -1
		}
	}
	if s.err != nil && !errors.Is(s.err, errBadXML) && !errors.Is(s.err, errDoctype) {
		return nil, broken(fmt.Errorf("reading legacy drawing: %w", s.err))
	}
	return out, nil
}

// vmlAnchor reads "left column, offset, top row, offset, right column, …"
// ([MS-OI29500] x:Anchor), which counts from 0, and returns the cell that
// the box itself lies on (its caption goes on to the right), counted from 1.
func vmlAnchor(s string) (row, col int) {
	var n [8]int
	fields := strings.Split(s, ",")
	if len(fields) < 8 {
		return 0, 0
	}
	for i := range n {
		v, err := strconv.Atoi(strings.TrimSpace(fields[i]))
		if err != nil {
			return 0, 0
		}
		n[i] = v
	}
	top, left, bottom := n[2], n[0], n[6]
	if top < 0 || left < 0 || top >= maxRow || left >= maxCol {
		return 0, 0
	}
	const height = 20 // pixels of an ordinary row
	switch {
	case bottom > top+1:
		top = min((top+bottom)/2, maxRow-1)
	case bottom == top+1 && n[7] > height-n[3]: // more of it is in the second row
		top = bottom
	}
	return top + 1, left + 1
}
