package entrysheet

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// vmlControl is a control as the legacy drawing shows it.
type vmlControl struct {
	shape, kind, caption, link string
	at                         anchor
	row, col                   int
	state                      controlState
	first                      bool
}

// vmlControls reads the controls of a legacy drawing (MS-OI29500 2.2.5, urn
// …:office:excel). Excel's VML is not always well-formed (<br>), so what was
// found before an error counts.
func vmlControls(p *opc, part string) ([]vmlControl, error) {
	s, c, err := p.scan(part)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	v := vmlScan{}
	for t, ok := s.next(); ok && len(v.found) < maxFloating; t, ok = s.next() {
		v.see(t)
	}
	if s.err != nil && !errors.Is(s.err, errBadXML) && !errors.Is(s.err, errDoctype) {
		return nil, broken(fmt.Errorf("reading legacy drawing: %w", s.err))
	}
	return v.found, nil
}

// vmlScan is the state while a legacy drawing is read.
type vmlScan struct {
	found   []vmlControl
	shape   string
	caption strings.Builder
	textbox bool
	in      bool   // inside a control's ClientData
	field   string // of the ClientData
}

func (v *vmlScan) see(t token) {
	switch {
	case t.kind == tokenText && v.in && v.field != "":
		v.value(t.plain())
	case t.kind == tokenText && v.textbox && v.caption.Len() < 1024:
		v.caption.WriteString(t.plain())
	case t.kind == tokenText:
	case t.is("shape") && t.kind == tokenStart:
		v.caption.Reset()
		v.shape, v.in, v.textbox = t.attrText("id"), false, false
		if id := t.attrText("spid"); id != "" {
			v.shape = id // a shape that was given a name keeps its number there
		}
	case t.is("textbox"):
		v.textbox = t.kind == tokenStart && !t.empty
	case t.is("ClientData"):
		v.clientData(t)
	case !v.in:
	case t.kind == tokenStart:
		if v.field = string(t.name); v.field == "Checked" || v.field == "FirstButton" {
			v.value("1") // an empty element says yes (ST_TrueFalseBlank); a text that follows corrects it
		}
		if t.empty {
			v.field = ""
		}
	default:
		v.field = ""
	}
}

func (v *vmlScan) clientData(t token) {
	v.in, v.field = false, ""
	if t.kind != tokenStart || t.empty {
		return
	}
	if kind := strings.ToLower(t.attrText("ObjectType")); kind != "" && kind != "note" {
		v.in = true
		v.found = append(v.found, vmlControl{shape: v.shape, kind: kind, caption: oneLine(v.caption.String()), state: stateOff})
	}
}

func (v *vmlScan) value(s string) {
	last := &v.found[len(v.found)-1]
	s = strings.TrimSpace(s)
	n, err := strconv.Atoi(s)
	switch v.field {
	case "Anchor":
		last.at = vmlAnchor(s)
	case "Row":
		if err == nil && n >= 0 && n < maxRow {
			last.row = n + 1
		}
	case "Column":
		if err == nil && n >= 0 && n < maxCol {
			last.col = n + 1
		}
	case "FmlaLink":
		last.link = s
	case "FirstButton":
		last.first = s != "0" && !strings.EqualFold(s, "false")
	case "Checked":
		switch {
		case n == 2:
			last.state = stateMixed
		case n == 1, strings.EqualFold(s, "t"), strings.EqualFold(s, "true"):
			last.state = stateOn
		default:
			last.state = stateOff
		}
	}
}

// vmlAnchor reads "left column, offset, top row, offset, right column, offset,
// bottom row, offset".
func vmlAnchor(s string) anchor {
	var n [8]int
	fields := strings.Split(s, ",")
	if len(fields) < len(n) {
		return anchor{}
	}
	for i := range n {
		v, err := strconv.Atoi(strings.TrimSpace(fields[i]))
		if err != nil {
			return anchor{}
		}
		n[i] = v
	}
	return anchor{col: n[0], dx: n[1], row: n[2], dy: n[3], col2: n[4], dx2: n[5], row2: n[6], dy2: n[7]}
}
