package entrysheet

import (
	"cmp"
	"strconv"
	"strings"
)

// sheetControl is a <control> of the sheet part.
type sheetControl struct {
	shape, rel, name, alt, link string
	at                          anchor
}

// controlScan collects the <control> elements of a sheet part. Excel writes
// each twice (mc:Choice with its place, mc:Fallback without).
type controlScan struct {
	found []sheetControl
	in    bool
	to    bool   // inside <to> of the anchor
	field string // "col", "row", "colOff", "rowOff"
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
	case t.is("controlPr") && t.kind == tokenStart:
		last := &cs.found[len(cs.found)-1]
		last.alt, last.link = t.attrText("altText"), t.attrText("linkedCell")
	case t.is("from") || t.is("to"):
		cs.to = t.is("to")
	case t.kind == tokenStart:
		cs.field = string(t.name)
	case t.kind == tokenEnd:
		cs.field = ""
	}
}

// number takes a number of the anchor; offsets are English metric units
// (ECMA-376 part 1, 20.1.2.1), 9525 a pixel.
func (cs *controlScan) number(t token) {
	if !cs.in || cs.field == "" {
		return
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(t.text)))
	if err != nil {
		return
	}
	a := &cs.found[len(cs.found)-1].at
	from := map[string]*int{"col": &a.col, "colOff": &a.dx, "row": &a.row, "rowOff": &a.dy}
	to := map[string]*int{"col": &a.col2, "colOff": &a.dx2, "row": &a.row2, "rowOff": &a.dy2}
	place := from[cs.field]
	if cs.to {
		place = to[cs.field]
	}
	if strings.HasSuffix(cs.field, "Off") {
		n /= 9525
	}
	if place != nil {
		*place = n
	}
}

// readControls finds the check boxes and option buttons of a sheet in its own
// list, their property parts and the legacy drawing. The drawing may show
// controls that the list lacks, and the list such that the drawing lacks.
func readControls(p *opc, part string, listed []sheetControl) ([]*control, error) {
	rels, err := p.rels(part)
	if err != nil || len(rels) == 0 {
		return nil, err
	}
	var drawn []vmlControl
	targets := make(map[string]relationship, len(rels))
	for _, r := range rels {
		targets[r.id] = r
		if r.kind == "vmlDrawing" && p.has(r.target) {
			found, err := vmlControls(p, r.target)
			if err != nil {
				return nil, err
			}
			drawn = append(drawn, found...)
		}
	}
	if len(drawn) == 0 && len(listed) == 0 {
		return nil, nil
	}
	return joinControls(listedControls(p, targets, listed), drawn), nil
}

// listedControl is a control of the sheet's list with its property part.
type listedControl struct {
	control
	shape string
}

func listedControls(p *opc, targets map[string]relationship, listed []sheetControl) []*listedControl {
	var out []*listedControl
	at := make(map[string]*listedControl)
	for _, c := range listed {
		if l := at[c.shape]; l != nil {
			continue // its fallback
		}
		l := &listedControl{shape: c.shape, control: control{at: c.at, names: []string{c.name, c.alt}, link: parseLink(c.link)}}
		if c.at.row == c.at.row2 && c.at.col == c.at.col2 && c.at.dx2 == 0 && c.at.dy2 == 0 {
			l.at = anchor{} // LibreOffice writes zeros for what it does not know
		}
		l.readProps(p, targets[c.rel], c.name)
		at[c.shape] = l
		out = append(out, l)
	}
	return out
}

// joinControls pairs list and drawing by shape id, where a producer numbers its
// shapes, else by their order where that gives the same kinds.
func joinControls(listed []*listedControl, drawn []vmlControl) []*control {
	pairs := pairByShape(listed, drawn)
	if len(pairs) == 0 {
		pairs = pairByOrder(listed, drawn)
	}
	var out []*control
	paired := make(map[int]bool)
	for i, l := range listed {
		c := &l.control
		if n, ok := pairs[i]; ok {
			paired[n] = true
			c.draw(drawn[n])
		}
		if isBox(cmp.Or(c.kind, "checkbox")) { // perhaps one: its part cannot be read, nor does a drawing show it
			c.kind = cmp.Or(c.kind, "checkbox")
			out = append(out, c)
		}
	}
	for i, d := range drawn {
		if c := (&control{}); !paired[i] && isBox(d.kind) {
			c.draw(d)
			out = append(out, c)
		}
	}
	return out
}

func isBox(kind string) bool { return kind == "checkbox" || kind == "radio" }

// pairByShape maps places in the list to places in the drawing.
func pairByShape(listed []*listedControl, drawn []vmlControl) map[int]int {
	byShape := make(map[string]int, len(drawn))
	for i, d := range drawn {
		byShape[d.shape] = i
	}
	pairs := make(map[int]int)
	for i, l := range listed {
		if n, ok := byShape["_x0000_s"+l.shape]; ok {
			pairs[i] = n
		}
	}
	return pairs
}

// pairByOrder does the same by order, none where the kinds of boxes differ.
func pairByOrder(listed []*listedControl, drawn []vmlControl) map[int]int {
	var boxes []int
	for i, d := range drawn {
		if isBox(d.kind) {
			boxes = append(boxes, i)
		}
	}
	pairs := make(map[int]int)
	for i, l := range listed {
		if !isBox(cmp.Or(l.kind, "checkbox")) {
			continue
		}
		n := len(pairs)
		if n >= len(boxes) || l.kind != "" && l.kind != drawn[boxes[n]].kind {
			return nil
		}
		pairs[i] = boxes[n]
	}
	if len(pairs) != len(boxes) {
		return nil
	}
	return pairs
}

// draw adds what the legacy drawing shows of a control.
func (c *control) draw(d vmlControl) {
	c.kind = cmp.Or(c.kind, d.kind)
	c.caption, c.row, c.col = d.caption, d.row, d.col
	c.hasDrawing, c.drawing, c.firstButton = !c.activeX, d.state, c.firstButton || d.first
	c.link = cmp.Or(c.link, parseLink(d.link))
	if d.at != (anchor{}) {
		c.at = d.at
	}
}

// Class ids of the ActiveX check box and option button (MS-OFORMS 2.1.1.1).
const (
	classCheckBox     = "8BD21D40-EC42-11CE-9E0D-00AA006002F3"
	classOptionButton = "8BD21D50-EC42-11CE-9E0D-00AA006002F3"
)

// readProps looks into a control's property part (MS-XLSX 2.6.6 formControlPr,
// or an ActiveX part, whose state lies in a binary one and is not read). A
// part that cannot be read leaves the kind to the drawing and the state open.
func (l *listedControl) readProps(p *opc, r relationship, name string) {
	if (r.kind != "ctrlProp" && r.kind != "control") || !p.has(r.target) {
		return
	}
	s, c, err := p.scan(r.target)
	if err != nil {
		return
	}
	defer c.Close()
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind != tokenStart {
			continue
		}
		if r.kind == "control" {
			l.activeX, l.kind = true, activeXKind(t.attrText("classid"), name)
			return
		}
		l.kind = strings.ToLower(t.attrText("objectType"))
		l.link = cmp.Or(parseLink(t.attrText("fmlaLink")), l.link)
		l.firstButton = t.attrText("firstButton") == "1" || t.attrText("firstButton") == "true"
		l.hasProps = true
		switch t.attrText("checked") {
		case "Checked":
			l.props = stateOn
		case "Mixed":
			l.props = stateMixed
		default:
			l.props = stateOff
		}
		return
	}
}

func activeXKind(class, name string) string {
	switch class = strings.ToUpper(class); {
	case strings.Contains(class, classCheckBox), strings.HasPrefix(name, "CheckBox"):
		return "checkbox"
	case strings.Contains(class, classOptionButton), strings.HasPrefix(name, "OptionButton"):
		return "radio"
	}
	return "other"
}
