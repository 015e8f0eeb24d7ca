package biff

import (
	"strconv"
)

// sheetReader is the state while a worksheet's records are read.
type sheetReader struct {
	*reader
	s       *Sheet
	pending int // index of the formula cell whose text follows in a STRING record, -1
	drawn   drawing
}

// sheet reads one worksheet.
func (r *reader) sheet(t tab) (*Sheet, error) {
	r.pos = t.pos
	rec, err := r.next()
	if err != nil {
		return nil, err
	}
	sr := &sheetReader{reader: r, pending: -1, s: &Sheet{Name: t.name, Hidden: t.hidden, ColWidth: 8, RowHeight: 13.5}}
	if rec.kind != recBOF {
		return nil, errShort
	}
	for depth := 1; depth > 0; {
		rec, err := r.next()
		if err != nil {
			return nil, err
		}
		switch {
		case rec.kind == recBOF:
			depth++ // an embedded chart
		case rec.kind == recEOF:
			depth--
		case depth == 1:
			if err := sr.record(rec); err != nil {
				return nil, err
			}
		}
	}
	return sr.s, nil
}

func (sr *sheetReader) record(rec record) error {
	b := rec.body
	switch rec.kind {
	case recRow:
		sr.row(b)
	case recColInfo:
		sr.s.Cols = append(sr.s.Cols, Col{From: u16(b, 0) + 1, To: u16(b, 2) + 1, Width: float64(u16(b, 4)) / 256, Style: u16(b, 6), Hidden: u16(b, 8)&1 != 0})
	case recDefWidth:
		sr.s.ColWidth = float64(u16(b, 0))
	case recStdWidth:
		sr.s.ColWidth = float64(u16(b, 0)) / 256
	case recDefHeight:
		sr.s.RowHeight = float64(u16(b, 2)) / 20
	case recWindow2:
		sr.s.HideGrid = u16(b, 0)&2 == 0
	case recWsBool:
		sr.s.Page.Fit = u16(b, 0)&0x100 != 0
	case recSetup:
		sr.setup(b)
	case recMerges:
		return sr.mergeCells(b)
	case recDrawing, recObj, recTxO:
		return sr.drawingRecord(rec)
	default:
		return sr.cellRecord(rec)
	}
	return nil
}

func (sr *sheetReader) row(b []byte) {
	height, flags := u16(b, 6), u16(b, 12)
	sr.s.Rows = append(sr.s.Rows, Row{Row: u16(b, 0) + 1, Height: float64(height&0x7FFF) / 20, Hidden: flags&0x20 != 0})
}

// setup reads how the sheet is printed, where its printer was known when it
// was saved (MS-XLS 2.4.257).
func (sr *sheetReader) setup(b []byte) {
	const portrait, unknown = 0x2, 0x4
	p := &sr.s.Page
	if flags := u16(b, 10); flags&unknown == 0 {
		p.Paper, p.Scale, p.Landscape = u16(b, 0), u16(b, 2), flags&portrait == 0
	}
	p.FitWidth, p.FitHeight = u16(b, 6), u16(b, 8)
}

func (sr *sheetReader) mergeCells(b []byte) error {
	for i := range min(u16(b, 0), (len(b)-2)/8) {
		if sr.merges++; sr.merges > sr.lim.Merges {
			return tooBig("merged blocks", sr.lim.Merges)
		}
		at := 2 + 8*i
		m := Range{Row1: u16(b, at) + 1, Row2: u16(b, at+2) + 1, Col1: u16(b, at+4) + 1, Col2: u16(b, at+6) + 1}
		if m.Row1 <= m.Row2 && m.Col1 <= m.Col2 && m.Col2 <= 256 {
			sr.s.Merges = append(sr.s.Merges, m)
		}
	}
	return nil
}

// cellRecord reads the records of cells; others are passed over.
func (sr *sheetReader) cellRecord(rec record) error {
	b := rec.body
	switch rec.kind {
	case recBlank:
		return sr.add(b, Blank, "")
	case recNumber:
		if len(b) < 14 {
			return errShort
		}
		return sr.add(b, Number, formatNumber(float(b[6:])))
	case recRK:
		return sr.add(b, Number, formatNumber(rk(u32(b, 6))))
	case recLabelSST:
		text := ""
		if n := int64(u32(b, 6)); n < int64(len(sr.book.strings)) {
			text = sr.book.strings[n]
		}
		return sr.add(b, Text, text)
	case recLabel, recRString:
		if len(b) < 9 {
			return errShort
		}
		return sr.keep(b, b[6:])
	case recBoolErr:
		if len(b) < 8 {
			return errShort
		}
		return sr.add(b, boolErrKind(b[7]), boolErr(b[6], b[7]))
	case recFormula:
		return sr.formula(b)
	case recString:
		return sr.formulaText(rec)
	case recMulRK, recMulBlank:
		return sr.several(rec)
	}
	return nil
}

// add keeps one cell; b begins with its row, column and style.
func (sr *sheetReader) add(b []byte, kind Kind, text string) error {
	if len(b) < 6 {
		return errShort
	}
	return sr.put(u16(b, 0)+1, u16(b, 2)+1, u16(b, 4), kind, text)
}

func (sr *sheetReader) put(row, col, style int, kind Kind, text string) error {
	if sr.cells++; sr.cells > sr.lim.Cells {
		return tooBig("cells", sr.lim.Cells)
	}
	sr.pending = -1
	sr.s.Cells = append(sr.s.Cells, Cell{Row: int32(row), Col: int32(col), Style: int32(style), Kind: kind, Text: text})
	return nil
}

// keep adds a cell whose text stands in its own record.
func (sr *sheetReader) keep(b, text []byte) error {
	t, err := shortText(text, 2)
	if err != nil {
		return err
	}
	if t, err = sr.addText(t); err != nil {
		return err
	}
	return sr.add(b, Text, t)
}

// several reads a run of cells in one row: MULRK and MULBLANK.
func (sr *sheetReader) several(rec record) error {
	b, width := rec.body, 2
	if rec.kind == recMulRK {
		width = 6
	}
	if len(b) < 6 {
		return errShort
	}
	row, col := u16(b, 0)+1, u16(b, 2)+1
	for at := 4; at+width <= len(b)-2; at += width {
		kind, text := Blank, ""
		if width == 6 {
			kind, text = Number, formatNumber(rk(u32(b, at+2)))
		}
		if err := sr.put(row, col, u16(b, at), kind, text); err != nil {
			return err
		}
		col++
	}
	return nil
}

// formula reads a formula's cached value (MS-XLS 2.5.133 FormulaValue).
func (sr *sheetReader) formula(b []byte) error {
	if len(b) < 14 {
		return errShort
	}
	v := b[6:14]
	if v[6] != 0xFF || v[7] != 0xFF {
		return sr.add(b, Number, formatNumber(float(v)))
	}
	switch v[0] {
	case 1:
		return sr.add(b, Bool, boolErr(v[2], 0))
	case 2:
		return sr.add(b, Error, boolErr(v[2], 1))
	}
	err := sr.add(b, Text, "")
	if v[0] == 0 {
		sr.pending = len(sr.s.Cells) - 1
	}
	return err
}

// formulaText gives the formula cell before it its text.
func (sr *sheetReader) formulaText(rec record) error {
	if sr.pending < 0 {
		return nil
	}
	s, err := sr.continued(rec)
	if err != nil {
		return err
	}
	text, err := s.text(2)
	if err != nil {
		return err
	}
	if sr.s.Cells[sr.pending].Text, err = sr.addText(text); err != nil {
		return err
	}
	sr.pending = -1
	return nil
}

func formatNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func boolErrKind(isError byte) Kind {
	if isError != 0 {
		return Error
	}
	return Bool
}

// boolErr spells a Bes (MS-XLS 2.5.10).
func boolErr(v, isError byte) string {
	if isError == 0 {
		if v != 0 {
			return "1"
		}
		return "0"
	}
	switch v {
	case 0x00:
		return "#NULL!"
	case 0x07:
		return "#DIV/0!"
	case 0x0F:
		return "#VALUE!"
	case 0x17:
		return "#REF!"
	case 0x1D:
		return "#NAME?"
	case 0x24:
		return "#NUM!"
	}
	return "#N/A"
}
