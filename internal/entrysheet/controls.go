package entrysheet

import (
	"strconv"
	"strings"
)

// controlState is what a check box or option button shows.
type controlState uint8

const (
	stateUnknown  controlState = iota // no part of the file tells
	stateConflict                     // the parts of the file contradict each other
	stateOff
	stateOn
	stateMixed // grey: neither
)

// floatingBox is a check box or option button that floats over the cells: a
// form control or an ActiveX control.
type floatingBox struct {
	row, col int // the cell under its square, 0 when unknown
	top      int // pixels below the cell's upper edge
	caption  string
	names    []string // what else the file calls it; producers put captions there
	state    controlState
	by       string // which part of the file told the state
}

// maxFloating bounds the controls looked at on one sheet.
const maxFloating = 2000

// control is what the parts of a file say about one control. Producers differ
// in which of the states they write, so none is believed by itself.
type control struct {
	kind     string // "checkbox", "radio"; others are left out
	at       anchor
	row, col int // the cell itself, where the file names it
	caption  string
	names    []string
	link     link

	hasProps    bool // it has a property part that could be read
	props       controlState
	hasDrawing  bool // the legacy drawing shows it
	drawing     controlState
	cell        controlState // of the linked cell; stateUnknown when blank
	chosen      int          // of option buttons: the number in the linked cell, 0 without one
	activeX     bool
	firstButton bool
}

// settleBoxes decides what each floating box of the visible sheets shows.
// hidden finds a hidden sheet by its name.
func (w *workbook) settleBoxes(hidden func(string) *grid) {
	found := make(map[string]*grid)
	for _, g := range w.sheets {
		for _, c := range g.controls {
			if c.link.row == 0 {
				continue
			}
			if target := w.linkedSheet(g, c.link.sheet, found, hidden); target != nil {
				c.readLink(target.anyAt(c.link.row, c.link.col))
			}
		}
		for i, s := range settleControls(g.controls) {
			c := g.controls[i]
			row, col := g.under(c.at)
			if c.row > 0 && c.col > 0 {
				row, col = c.row, c.col
			}
			g.boxes = append(g.boxes, floatingBox{row: row, col: col, top: c.at.dy, caption: c.caption, names: c.names, state: s.state, by: s.by})
		}
	}
}

func (w *workbook) linkedSheet(own *grid, name string, found map[string]*grid, hidden func(string) *grid) *grid {
	if name == "" {
		return own
	}
	key := strings.ToLower(name)
	if g, ok := found[key]; ok {
		return g
	}
	for _, g := range w.sheets {
		if strings.EqualFold(g.name, name) {
			return g
		}
	}
	found[key] = hidden(name)
	return found[key]
}

// settleControls decides the state of every control of a sheet.
//
// A source that marks no box of the sheet may be one that its producer does
// not write: LibreOffice writes states to the property parts only, excelize to
// the legacy drawing only. So a source's "off" counts where that source says
// "on" of another box, or, for property parts, whose schema knows a default
// (MS-XLSX 2.6.6), where no other source says "on" of any.
func settleControls(cs []*control) []settled {
	settleRadioLinks(cs)
	var propsSpeak, drawingSpeaks, cellsSpeak bool
	for _, c := range cs {
		propsSpeak = propsSpeak || c.props >= stateOn
		drawingSpeaks = drawingSpeaks || c.drawing >= stateOn
		cellsSpeak = cellsSpeak || c.cell >= stateOn
	}
	out := make([]settled, len(cs))
	for i, c := range cs {
		props, drawing := stateUnknown, stateUnknown
		if c.hasProps && (propsSpeak || !drawingSpeaks && !cellsSpeak) {
			props = c.props
		}
		if c.hasDrawing && drawingSpeaks {
			drawing = c.drawing
		}
		out[i] = settled{agree(props, drawing, c.cell), sources(props, drawing, c.cell)}
	}
	return out
}

// settled is a control's state and what told it.
type settled struct {
	state controlState
	by    string
}

// sources names what says something about a control.
func sources(props, drawing, cell controlState) string {
	var out []string
	for _, s := range []struct {
		says controlState
		name string
	}{{props, "its property part"}, {drawing, "the legacy drawing"}, {cell, "its linked cell"}} {
		if s.says != stateUnknown {
			out = append(out, s.name)
		}
	}
	return strings.Join(out, " and ")
}

// agree joins what property part, legacy drawing and linked cell say. Where the
// two parts differ the cell decides; a cell that contradicts both, or the only
// one, leaves the state open.
func agree(props, drawing, cell controlState) controlState {
	parts := props
	switch {
	case props == stateUnknown:
		parts = drawing
	case drawing != stateUnknown && drawing != props:
		if cell == props || cell == drawing {
			return cell
		}
		return stateConflict
	}
	switch {
	case parts == stateUnknown:
		return cell
	case cell != stateUnknown && cell != parts:
		return stateConflict
	}
	return parts
}

// settleRadioLinks turns the linked cell of a group of option buttons, which
// holds the number of the one that is chosen, into a state of each. A group's
// link stands with its first button.
func settleRadioLinks(cs []*control) {
	chosen, nth := 0, 0
	for _, c := range cs {
		if c.kind != "radio" {
			continue
		}
		if c.firstButton {
			chosen, nth = 0, 0
		}
		nth++
		if chosen == 0 {
			chosen = c.chosen
		}
		if chosen > 0 {
			c.cell = stateOff
			if nth == chosen {
				c.cell = stateOn
			}
		}
	}
}

// readLink reads the linked cell: TRUE, FALSE, #N/A for grey; for option
// buttons the number of the chosen one.
func (c *control) readLink(cell *gridCell) {
	if cell == nil {
		return
	}
	text := strings.ToUpper(trim(cell.text))
	switch {
	case c.kind == "radio":
		if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 1 && n <= maxFloating {
			c.chosen = int(n)
		}
	case cell.kind == cellError && text == "#N/A":
		c.cell = stateMixed
	case text == "1" || text == "TRUE":
		c.cell = stateOn
	case text == "0" || text == "FALSE":
		c.cell = stateOff
	}
}

// link is the cell that a control is linked with; row is 0 without one, sheet
// "" for the control's own.
type link struct {
	sheet    string
	row, col int
}

// parseLink reads a reference such as 'シート 2'!$D$2; a name or a formula is no
// link that can be followed.
func parseLink(ref string) link {
	sheet := ""
	if i := strings.LastIndexByte(ref, '!'); i >= 0 {
		sheet, ref = strings.TrimSuffix(strings.TrimPrefix(ref[:i], "'"), "'"), ref[i+1:]
		sheet = strings.ReplaceAll(sheet, "''", "'")
	}
	b, ok := parseRange(ref)
	if !ok {
		return link{}
	}
	return link{sheet, b.r1, b.c1}
}

// anchor is where a control lies: columns and rows from 0, offsets in pixels
// at 96 dpi.
type anchor struct{ col, dx, row, dy, col2, dx2, row2, dy2 int }

// glyph is half the width of a check box's square with its margin, in pixels.
const glyph = 8

// under returns the cell (from 1) under the control's square, which stands at
// its left edge in the middle of its height; zeros when the place is unknown.
func (g *grid) under(a anchor) (row, col int) {
	if a == (anchor{}) || a.row < 0 || a.col < 0 || a.row >= maxRow || a.col >= maxCol {
		return 0, 0
	}
	row, col = a.row+1, a.col+1
	if rows := a.row2 - a.row; rows >= 0 && rows <= maxMergeRows {
		bottom := a.dy2
		for r := a.row + 1; r <= a.row2; r++ {
			bottom += g.rowPixels(r)
		}
		for y := (a.dy + bottom) / 2; y > g.rowPixels(row) && row <= a.row2; row++ {
			y -= g.rowPixels(row)
		}
	}
	for x := a.dx + glyph; x > g.colPixels(col) && col <= max(a.col2, a.col+1); col++ {
		x -= g.colPixels(col)
	}
	return row, col
}
