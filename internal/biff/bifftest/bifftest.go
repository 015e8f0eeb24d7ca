// Package bifftest writes Excel 97-2003 workbooks for tests: as much of one as
// readers need (MS-XLS), with the turns that Excel's own files take: shared
// strings that go on in CONTINUE records, formatting runs, furigana.
package bifftest

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf16"

	"uketsuke/internal/cfb"
)

// Book is a workbook to write.
type Book struct {
	Sheets    []Sheet
	Date1904  bool
	Formats   map[int]string
	Styles    []uint16 // number formats of the cell styles, by Cell.Style
	Phonetic  bool     // every shared string carries furigana and formatting runs
	Encrypted bool     // a FILEPASS record stands at the head
}

// Sheet is a worksheet. Rows and columns count from 1.
type Sheet struct {
	Name       string
	Hidden     bool
	Cells      []Cell
	Merges     [][4]int // first row, first column, last row, last column
	HiddenRows []int
	HiddenCols []int
	ColWidth   int // characters, of columns 1 to 60; 0: Excel's default
	Controls   []Control
}

// Cell is a cell. Value is string, float64, bool, Formula or nil.
type Cell struct {
	Row, Col, Style int
	Value           any
}

// Formula is a formula with its cached value: string, float64 or bool.
type Formula struct{ Value any }

// Control is a check box, or with Radio an option button, one row high.
type Control struct {
	Row, Col int
	Caption  string
	State    int // 0 off, 1 on, 2 grey, -1 not written
	Radio    bool
	LinkRow  int // 0: no linked cell
	LinkCol  int
}

// maxBody is the most that a record of BIFF8 holds.
const maxBody = 8224

// Bytes writes the workbook as a compound file.
func (b *Book) Bytes() []byte {
	stream := b.Stream()
	node := cfb.NewStream("Workbook", max(len(stream), 4096))
	file, err := cfb.Layout(node)
	if err != nil {
		panic(err) // names and sizes here are always allowed
	}
	copy(node.Content, stream)
	return file
}

// Stream is the Workbook stream alone.
func (b *Book) Stream() []byte {
	w := &writer{book: b, index: make(map[string]int)}
	sheets := make([][]byte, len(b.Sheets))
	for i := range b.Sheets {
		sheets[i] = w.sheet(&b.Sheets[i])
	}
	size := len(w.globals(make([]int, len(sheets))))
	at := make([]int, len(sheets))
	for i, s := range sheets {
		at[i] = size
		size += len(s)
	}
	return append(w.globals(at), bytes.Join(sheets, nil)...)
}

// writer collects the shared strings while sheets are written.
type writer struct {
	book    *Book
	strings []string
	index   map[string]int
}

// record appends a record of fields: uint8, uint16, uint32, float64, []byte, string (bytes as they are).
func record(out []byte, kind uint16, fields ...any) []byte {
	body := pack(fields...)
	out = binary.LittleEndian.AppendUint16(out, kind)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(body)))
	return append(out, body...)
}

func pack(fields ...any) []byte {
	var b []byte
	for _, f := range fields {
		switch f := f.(type) {
		case uint8:
			b = append(b, f)
		case uint16:
			b = binary.LittleEndian.AppendUint16(b, f)
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, f)
		case float64:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
		case []byte:
			b = append(b, f...)
		case string:
			b = append(b, f...)
		}
	}
	return b
}

// wide is a text as UTF-16 with its length in units.
func wide(s string) (uint16, []byte) {
	units := utf16.Encode([]rune(s))
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return uint16(len(units)), b
}

const bof, eof = 0x0809, 0x000A

func (w *writer) globals(at []int) []byte {
	out := record(nil, bof, uint16(0x0600), uint16(5), uint16(0), uint16(0), uint32(0), uint32(0))
	if w.book.Encrypted {
		out = record(out, 0x002F, uint16(1), uint16(1), uint16(1), make([]byte, 48))
	}
	if w.book.Date1904 {
		out = record(out, 0x0022, uint16(1))
	}
	for id, code := range w.book.Formats {
		n, text := wide(code)
		out = record(out, 0x041E, uint16(id), n, uint8(1), text)
	}
	for _, format := range append([]uint16{0}, w.book.Styles...)[min(len(w.book.Styles), 1):] {
		out = record(out, 0x00E0, uint16(0), format, uint16(1), make([]byte, 14))
	}
	for i, s := range w.book.Sheets {
		n, name := wide(s.Name)
		hidden := uint8(0)
		if s.Hidden {
			hidden = 1
		}
		out = record(out, 0x0085, uint32(at[i]), hidden, uint8(0), uint8(n), uint8(1), name)
	}
	return record(w.sharedStrings(out), eof)
}

// sharedStrings writes the table, cut wherever a record is full.
func (w *writer) sharedStrings(out []byte) []byte {
	kind, body := uint16(0x00FC), pack(uint32(len(w.strings)), uint32(len(w.strings)))
	flush := func() {
		out = record(out, kind, body)
		kind, body = 0x003C, nil
	}
	for _, s := range w.strings {
		n, text := wide(s)
		flags, tail, head := uint8(1), []byte(nil), pack(n)
		if w.book.Phonetic {
			_, kana := wide("ﾌﾘｶﾞﾅ")
			flags, tail = 1|4|8, append(pack(uint16(0), uint16(1)), kana...)
			head = append(pack(n, flags, uint16(1)), pack(uint32(len(kana)))...)
		} else {
			head = append(head, flags)
		}
		if len(body)+len(head)+2 > maxBody {
			flush()
		}
		body = append(body, head...)
		for len(text) > 0 {
			room := (maxBody - len(body)) &^ 1
			if room < 2 {
				flush()
				body = append(body, 1)
				continue
			}
			room = min(room, len(text))
			body, text = append(body, text[:room]...), text[room:]
		}
		if len(body)+len(tail) > maxBody {
			flush()
		}
		body = append(body, tail...)
	}
	flush()
	return out
}

func (w *writer) shared(s string) uint32 {
	if i, ok := w.index[s]; ok {
		return uint32(i)
	}
	w.index[s] = len(w.strings)
	w.strings = append(w.strings, s)
	return uint32(len(w.strings) - 1)
}

func (w *writer) sheet(s *Sheet) []byte {
	out := record(nil, bof, uint16(0x0600), uint16(0x10), uint16(0), uint16(0), uint32(0), uint32(0))
	if s.ColWidth > 0 {
		out = record(out, 0x007D, uint16(0), uint16(59), uint16(s.ColWidth*256), uint16(0), uint16(0), uint16(0))
	}
	for _, c := range s.HiddenCols {
		out = record(out, 0x007D, uint16(c-1), uint16(c-1), uint16(0), uint16(0), uint16(1), uint16(0))
	}
	for _, r := range s.HiddenRows {
		out = record(out, 0x0208, uint16(r-1), uint16(0), uint16(256), uint16(255), uint32(0), uint16(0x20), uint16(0))
	}
	for _, c := range s.Cells {
		out = w.cell(out, c)
	}
	for i, c := range s.Controls {
		out = c.write(out, i+1)
	}
	if len(s.Merges) > 0 {
		for from := 0; from < len(s.Merges); from += 1000 {
			part := s.Merges[from:min(from+1000, len(s.Merges))]
			body := pack(uint16(len(part)))
			for _, m := range part {
				body = append(body, pack(uint16(m[0]-1), uint16(m[2]-1), uint16(m[1]-1), uint16(m[3]-1))...)
			}
			out = record(out, 0x00E5, body)
		}
	}
	return record(out, eof)
}

func (w *writer) cell(out []byte, c Cell) []byte {
	at := pack(uint16(c.Row-1), uint16(c.Col-1), uint16(c.Style))
	switch v := c.Value.(type) {
	case nil:
		return record(out, 0x0201, at)
	case string:
		return record(out, 0x00FD, at, w.shared(v))
	case float64:
		return record(out, 0x0203, at, v)
	case bool:
		return record(out, 0x0205, at, uint8(boolBit(v)), uint8(0))
	case Formula:
		switch v := v.Value.(type) {
		case float64:
			return record(out, 0x0006, at, v, make([]byte, 8))
		case bool:
			return record(out, 0x0006, at, []byte{1, 0, boolBit(v), 0, 0, 0, 0xFF, 0xFF}, make([]byte, 8))
		case string:
			out = record(out, 0x0006, at, []byte{0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, make([]byte, 8))
			n, text := wide(v)
			return record(out, 0x0207, n, uint8(1), text)
		}
	}
	panic("a cell of an unknown type")
}

func boolBit(v bool) uint8 {
	if v {
		return 1
	}
	return 0
}

// write draws a control: its shape, its object, its caption.
func (c Control) write(out []byte, id int) []byte {
	anchor := pack(uint16(0), uint16(0xF010), uint32(18), uint16(1), uint16(c.Col-1), uint16(20), uint16(c.Row-1), uint16(10),
		uint16(c.Col), uint16(500), uint16(c.Row-1), uint16(240))
	shape := pack(uint16(0xF), uint16(0xF004), uint32(len(anchor)), anchor)
	out = record(out, 0x00EC, shape)
	kind := uint16(0x0B)
	if c.Radio {
		kind = 0x0C
	}
	obj := pack(uint16(0x15), uint16(18), kind, uint16(id), make([]byte, 14))
	if c.LinkRow > 0 {
		obj = append(obj, pack(uint16(0x14), uint16(12), uint16(5), uint32(0), uint8(0x24), uint16(c.LinkRow-1), uint16(c.LinkCol-1), uint8(0))...)
	}
	if c.State >= 0 {
		obj = append(obj, pack(uint16(0x12), uint16(8), uint16(c.State), make([]byte, 6))...)
	}
	out = record(out, 0x005D, append(obj, 0, 0, 0, 0))
	n, text := wide(c.Caption)
	out = record(out, 0x01B6, make([]byte, 10), n, uint16(16), uint32(0))
	if n > 0 {
		out = record(out, 0x003C, uint8(1), text)
		out = record(out, 0x003C, make([]byte, 16))
	}
	return out
}
