package biff

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf16"
)

// Record types (MS-XLS 2.3.1).
const (
	recFormula   = 0x0006
	recEOF       = 0x000A
	recExtSheet  = 0x0017
	recDate1904  = 0x0022
	recFilePass  = 0x002F
	recFont      = 0x0031
	recContinue  = 0x003C
	recDefWidth  = 0x0055
	recObj       = 0x005D
	recColInfo   = 0x007D
	recSheet     = 0x0085
	recPalette   = 0x0092
	recStdWidth  = 0x0099
	recMulRK     = 0x00BD
	recMulBlank  = 0x00BE
	recRString   = 0x00D6
	recXF        = 0x00E0
	recMerges    = 0x00E5
	recDrawing   = 0x00EC
	recWsBool    = 0x0081
	recSetup     = 0x00A1
	recSST       = 0x00FC
	recLabelSST  = 0x00FD
	recTxO       = 0x01B6
	recBlank     = 0x0201
	recNumber    = 0x0203
	recLabel     = 0x0204
	recBoolErr   = 0x0205
	recString    = 0x0207
	recRow       = 0x0208
	recDefHeight = 0x0225
	recWindow2   = 0x023E
	recRK        = 0x027E
	recFormat    = 0x041E
	recBOF       = 0x0809
)

// reader walks the records of a Workbook stream.
type reader struct {
	stream  []byte
	pos     int
	lim     Limits
	book    *Book
	records int
	cells   int
	merges  int
	text    int
}

func tooBig(what string, limit int) error {
	return fmt.Errorf("%w: %s exceed %d", ErrTooBig, what, limit)
}

// record is one record; its body goes on in CONTINUE records.
type record struct {
	kind uint16
	body []byte
}

// next returns the next record.
func (r *reader) next() (record, error) {
	if r.records++; r.records > r.lim.Records {
		return record{}, tooBig("records", r.lim.Records)
	}
	if r.pos < 0 || r.pos+4 > len(r.stream) {
		return record{}, errShort
	}
	kind, size := binary.LittleEndian.Uint16(r.stream[r.pos:]), int(binary.LittleEndian.Uint16(r.stream[r.pos+2:]))
	if r.pos+4+size > len(r.stream) {
		return record{}, errShort
	}
	body := r.stream[r.pos+4 : r.pos+4+size]
	r.pos += 4 + size
	return record{kind, body}, nil
}

// continued returns a record's body with those of the CONTINUE records behind it.
func (r *reader) continued(rec record) (segments, error) {
	s := segments{parts: [][]byte{rec.body}}
	for r.pos+4 <= len(r.stream) && binary.LittleEndian.Uint16(r.stream[r.pos:]) == recContinue {
		more, err := r.next()
		if err != nil {
			return s, err
		}
		s.parts = append(s.parts, more.body)
	}
	return s, nil
}

// addText counts text that is kept.
func (r *reader) addText(s string) (string, error) {
	if r.text += len(s) + 16; r.text > r.lim.Text {
		return "", tooBig("texts", r.lim.Text)
	}
	return s, nil
}

// segments is a body in several records.
type segments struct {
	parts [][]byte
	at    int // part
	off   int // within it
}

// left returns what is left of the current part, moving on to the next one
// where it is used up.
func (s *segments) left() []byte {
	for s.at < len(s.parts) && s.off >= len(s.parts[s.at]) {
		s.at, s.off = s.at+1, 0
	}
	if s.at >= len(s.parts) {
		return nil
	}
	return s.parts[s.at][s.off:]
}

func (s *segments) done() bool { return len(s.left()) == 0 }

// take returns the next n bytes, which may lie in several parts.
func (s *segments) take(n int) ([]byte, error) {
	if b := s.left(); len(b) >= n {
		s.off += n
		return b[:n], nil
	}
	var out []byte
	for len(out) < n {
		b := s.left()
		if len(b) == 0 {
			return nil, errShort
		}
		b = b[:min(len(b), n-len(out))]
		out = append(out, b...)
		s.off += len(b)
	}
	return out, nil
}

// skip passes over n bytes.
func (s *segments) skip(n int) error {
	for n > 0 {
		b := s.left()
		if len(b) == 0 {
			return errShort
		}
		step := min(len(b), n)
		s.off += step
		n -= step
	}
	return nil
}

func (s *segments) u8() (int, error) {
	b, err := s.take(1)
	if err != nil {
		return 0, err
	}
	return int(b[0]), nil
}

func (s *segments) u16() (int, error) {
	b, err := s.take(2)
	if err != nil {
		return 0, err
	}
	return int(binary.LittleEndian.Uint16(b)), nil
}

// text reads an XLUnicodeRichExtendedString (MS-XLS 2.5.293) with a length of
// lenBytes bytes. Formatting runs and furigana are passed over: they are no
// part of the text.
func (s *segments) text(lenBytes int) (string, error) {
	n, err := s.u8()
	if err != nil {
		return "", err
	}
	if lenBytes == 2 {
		high, err := s.u8()
		if err != nil {
			return "", err
		}
		n |= high << 8
	}
	flags, err := s.u8()
	if err != nil {
		return "", err
	}
	runs, ext := 0, 0
	if flags&8 != 0 {
		if runs, err = s.u16(); err != nil {
			return "", err
		}
	}
	if flags&4 != 0 {
		b, err := s.take(4)
		if err != nil {
			return "", err
		}
		if ext = int(int32(binary.LittleEndian.Uint32(b))); ext < 0 {
			return "", errShort
		}
	}
	out, err := s.chars(n, flags&1 != 0)
	if err != nil {
		return "", err
	}
	return out, s.skip(4*runs + ext)
}

// chars reads n characters of one or two bytes. Where they go on in the next
// record, that begins with a byte that says which.
func (s *segments) chars(n int, wide bool) (string, error) {
	units := make([]uint16, 0, min(n, 1<<12))
	for first := true; len(units) < n; first = false {
		b := s.left()
		if len(b) == 0 {
			return "", errShort
		}
		if s.off == 0 && s.at > 0 && !first {
			wide, b = b[0]&1 != 0, b[1:]
			s.off++
		}
		width := 1
		if wide {
			width = 2
		}
		count := min(len(b)/width, n-len(units))
		for i := range count {
			if wide {
				units = append(units, binary.LittleEndian.Uint16(b[2*i:]))
			} else {
				units = append(units, uint16(b[i]))
			}
		}
		s.off += count * width
		if count == 0 && len(b) > 0 {
			return "", errShort // half a character
		}
	}
	return string(utf16.Decode(units)), nil
}

// shortText reads a string that lies in one record, at most what is there.
func shortText(b []byte, lenBytes int) (string, error) {
	s := segments{parts: [][]byte{b}}
	return s.text(lenBytes)
}

func u16(b []byte, at int) int {
	if at+2 > len(b) {
		return 0
	}
	return int(binary.LittleEndian.Uint16(b[at:]))
}

func u32(b []byte, at int) uint32 {
	if at+4 > len(b) {
		return 0
	}
	return binary.LittleEndian.Uint32(b[at:])
}

func float(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }

// rk decodes an RkNumber (MS-XLS 2.5.217).
func rk(v uint32) float64 {
	var f float64
	if v&2 != 0 {
		f = float64(int32(v) >> 2)
	} else {
		f = math.Float64frombits(uint64(v&^3) << 32)
	}
	if v&1 != 0 {
		f /= 100
	}
	return f
}
