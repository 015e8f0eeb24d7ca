package biff

import (
	"bytes"
	"strings"
)

// ControlKind is what a control is; others than these are left out.
type ControlKind uint8

// The kinds of controls.
const (
	CheckBox ControlKind = iota + 1
	OptionButton
)

// State is what a control shows.
type State uint8

// The states. Those of ActiveX controls lie in a stream that is not read.
const (
	Unknown State = iota
	Off
	On
	Grey // neither
)

// Control is a check box or option button over the cells.
type Control struct {
	Kind    ControlKind
	State   State
	Caption string
	First   bool // first of its group of option buttons
	Anchor  Anchor

	Link    *Ref // the linked cell
	ActiveX bool
}

// Ref is a cell of a sheet; Sheet is "" for the control's own.
type Ref struct {
	Sheet    string
	Row, Col int // from 1
}

// Anchor is where a control lies (MS-XLS 2.5.193 OfficeArtClientAnchorSheet):
// rows and columns from 0, offsets in 1024ths of a column's width and 256ths of
// a row's height.
type Anchor struct{ Col1, DX1, Row1, DY1, Col2, DX2, Row2, DY2 int }

// drawing is the state while a sheet's drawing records are read: each OBJ
// record follows the MSODRAWING record with its shape, and its text comes last.
type drawing struct {
	anchor *Anchor
	text   bool // the control last read still waits for its text
}

// maxControls bounds the controls of one sheet.
const maxControls = 2000

func (sr *sheetReader) drawingRecord(rec record) error {
	d := &sr.drawn
	switch rec.kind {
	case recDrawing:
		if a := lastAnchor(rec.body); a != nil {
			d.anchor = a
		}
	case recObj:
		d.text = false
		if c, ok := sr.control(rec.body); ok && len(sr.s.Controls) < maxControls {
			if d.anchor != nil {
				c.Anchor = *d.anchor
			}
			sr.s.Controls = append(sr.s.Controls, c)
			d.text = true
		}
		d.anchor = nil
	case recTxO:
		return sr.caption(rec)
	}
	return nil
}

// lastAnchor finds the anchor of the last shape in a piece of a drawing
// (MS-ODRAW 2.2.1: headers of eight bytes, containers inside each other).
func lastAnchor(b []byte) *Anchor {
	const containerVersion, clientAnchor = 0xF, 0xF010
	var found *Anchor
	for len(b) >= 8 {
		size := int(u32(b, 4))
		switch {
		case b[0]&15 == containerVersion:
			b = b[8:]
			continue
		case u16(b, 2) == clientAnchor && size >= 18 && len(b) >= 26:
			a := b[10:]
			found = &Anchor{u16(a, 0), u16(a, 2), u16(a, 4), u16(a, 6), u16(a, 8), u16(a, 10), u16(a, 12), u16(a, 14)}
		}
		if size < 0 || size > len(b)-8 {
			break
		}
		b = b[8+size:]
	}
	return found
}

// Object types and parts of an OBJ record (MS-XLS 2.4.181, 2.5.143).
const (
	objCheckBox = 0x0B
	objRadio    = 0x0C
	objPicture  = 0x08

	ftCommon    = 0x15
	ftCheckOld  = 0x0A
	ftRadioData = 0x11
	ftCheckData = 0x12
	ftCheckLink = 0x14
)

var states = map[int]State{0: Off, 1: On, 2: Grey}

// control reads an OBJ record; false when it is no check box or option button.
func (sr *sheetReader) control(b []byte) (Control, bool) {
	var c Control
	switch {
	case u16(b, 0) != ftCommon:
		return c, false
	case u16(b, 4) == objCheckBox:
		c.Kind = CheckBox
	case u16(b, 4) == objRadio:
		c.Kind = OptionButton
	case u16(b, 4) == objPicture && bytes.Contains(b, []byte("Forms.CheckBox")):
		c.Kind, c.ActiveX = CheckBox, true
	case u16(b, 4) == objPicture && bytes.Contains(b, []byte("Forms.OptionButton")):
		c.Kind, c.ActiveX = OptionButton, true
	default:
		return c, false
	}
	if c.ActiveX {
		return c, true
	}
	for rest := b; len(rest) >= 4; {
		ft, size := u16(rest, 0), u16(rest, 2)
		body := rest[4:]
		if size > len(body) {
			break
		}
		body = body[:size]
		switch ft {
		case ftCheckData, ftCheckOld: // LibreOffice writes only the latter
			if size >= 2 && (ft == ftCheckData || c.State == Unknown) {
				c.State = states[u16(body, 0)]
			}
		case ftRadioData:
			c.First = u16(body, 2) != 0
		case ftCheckLink:
			c.Link = sr.linked(body)
		}
		rest = rest[4+size:]
	}
	return c, true
}

// linked reads the reference to a linked cell: a formula of one PtgRef or
// PtgRef3d (MS-XLS 2.5.198.84, .85).
func (sr *sheetReader) linked(b []byte) *Ref {
	if u16(b, 0) == 0 || len(b) < 7 {
		return nil
	}
	f := b[6:]
	switch f[0] & 0x1F {
	case 0x04:
		if len(f) >= 5 {
			return &Ref{Row: u16(f, 1) + 1, Col: u16(f, 3)&0x3FFF + 1}
		}
	case 0x1A:
		if ref := u16(f, 1); len(f) >= 7 && ref < len(sr.book.refs) && sr.book.refs[ref] < len(sr.book.tabs) {
			return &Ref{Sheet: sr.book.tabs[sr.book.refs[ref]].name, Row: u16(f, 3) + 1, Col: u16(f, 5)&0x3FFF + 1}
		}
	}
	return nil
}

// caption gives the control last read its text (MS-XLS 2.4.329 TxO).
func (sr *sheetReader) caption(rec record) error {
	s, err := sr.continued(rec)
	if err != nil || !sr.drawn.text || len(s.parts) < 2 {
		return err
	}
	sr.drawn.text = false
	n := u16(rec.body, 10)
	s.at, s.off = 1, 0
	flags, err := s.u8()
	if err != nil {
		return nil
	}
	text, err := s.chars(n, flags&1 != 0)
	if err != nil {
		return nil // a control without its caption
	}
	if text, err = sr.addText(text); err != nil {
		return err
	}
	sr.s.Controls[len(sr.s.Controls)-1].Caption = strings.TrimRight(text, "\x00\r\n ")
	return nil
}
