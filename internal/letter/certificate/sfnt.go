package certificate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// A TrueType file is a directory of tables (ISO/IEC 14496-22). Of one that font/subset.py made,
// only this is needed: where a glyph's outline lies, how wide it is, which character it draws.
// The files are our own and embedded; a fault in one is a fault of the build, found by any test.

// sfnt is a parsed font file. It is only read, and may be shared.
type sfnt struct {
	tables     map[string][]byte
	glyphs     map[rune]uint16 // character -> glyph
	unitsPerEm int
	metrics    int // glyphs with an advance of their own; those after it share the last one
	longLoca   bool
}

var errFont = errors.New("not a font file that font/subset.py makes")

func parseSFNT(data []byte) (*sfnt, error) {
	f := &sfnt{tables: make(map[string][]byte)}
	if len(data) < 12 || binary.BigEndian.Uint32(data) != 0x00010000 {
		return nil, errFont
	}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		entry := data[min(12+16*i, len(data)):]
		if len(entry) < 16 {
			return nil, errFont
		}
		from, length := uint64(binary.BigEndian.Uint32(entry[8:])), uint64(binary.BigEndian.Uint32(entry[12:]))
		if from+length > uint64(len(data)) {
			return nil, errFont
		}
		f.tables[string(entry[:4])] = data[from : from+length]
	}
	for tag, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "hmtx": 4, "loca": 4, "glyf": 1, "cmap": 20} {
		if len(f.tables[tag]) < least {
			return nil, fmt.Errorf("table %q: %w", tag, errFont)
		}
	}
	f.unitsPerEm = int(binary.BigEndian.Uint16(f.tables["head"][18:]))
	f.longLoca = f.tables["head"][51] == 1
	f.metrics = int(binary.BigEndian.Uint16(f.tables["hhea"][34:]))
	if f.unitsPerEm == 0 {
		return nil, fmt.Errorf("table \"head\": %w", errFont)
	}
	return f, f.parseCmap(f.tables["cmap"])
}

// parseCmap reads the only subtable, of format 12: groups of first character, last, first glyph.
func (f *sfnt) parseCmap(cmap []byte) error {
	at := binary.BigEndian.Uint32(cmap[8:])
	if uint64(at)+16 > uint64(len(cmap)) || binary.BigEndian.Uint16(cmap[at:]) != 12 {
		return fmt.Errorf("table \"cmap\": %w", errFont)
	}
	groups := cmap[at+16:]
	count := int(binary.BigEndian.Uint32(cmap[at+12:]))
	if count > len(groups)/12 {
		return fmt.Errorf("table \"cmap\": %w", errFont)
	}
	f.glyphs = make(map[rune]uint16, count)
	for group := range slices.Chunk(groups[:12*count], 12) {
		first, last := binary.BigEndian.Uint32(group), binary.BigEndian.Uint32(group[4:])
		glyph := binary.BigEndian.Uint32(group[8:])
		for r := first; r <= last && r-first < 0x10000; r++ {
			f.glyphs[rune(r)] = uint16(glyph + r - first)
		}
	}
	return nil
}

// hMetric returns the glyph's entry of hmtx: advance and left side bearing, in font units.
func (f *sfnt) hMetric(glyph uint16) (advance, bearing uint16) {
	hmtx, i := f.tables["hmtx"], int(glyph)
	if i < f.metrics {
		return binary.BigEndian.Uint16(hmtx[4*i:]), binary.BigEndian.Uint16(hmtx[4*i+2:])
	}
	return binary.BigEndian.Uint16(hmtx[4*(f.metrics-1):]), binary.BigEndian.Uint16(hmtx[4*f.metrics+2*(i-f.metrics):])
}

// advance is the glyph's width in 1/1000 of the font size.
func (f *sfnt) advance(glyph uint16) uint16 {
	units, _ := f.hMetric(glyph)
	return uint16(f.thousandths(int(units)))
}

func (f *sfnt) thousandths(units int) int { return units * 1000 / f.unitsPerEm }

// signed is the 16-bit number at the offset of a table, in 1/1000 of the font size.
func (f *sfnt) signed(table string, offset int) int {
	return f.thousandths(int(int16(binary.BigEndian.Uint16(f.tables[table][offset:]))))
}

// outline is the glyph's entry of glyf; empty for a blank.
func (f *sfnt) outline(glyph uint16) []byte {
	loca := f.tables["loca"]
	if f.longLoca {
		return f.tables["glyf"][binary.BigEndian.Uint32(loca[4*int(glyph):]):binary.BigEndian.Uint32(loca[4*int(glyph)+4:])]
	}
	return f.tables["glyf"][2*int(binary.BigEndian.Uint16(loca[2*int(glyph):])) : 2*int(binary.BigEndian.Uint16(loca[2*int(glyph)+2:]))]
}

// maxSubset is how many glyphs two bytes can name, .notdef aside.
const maxSubset = 0xFFFF

// subset writes a font file of .notdef and the glyphs of the characters given, in that order, with
// the tables that a PDF's font program needs (ISO 32000-1, 9.9).
func (f *sfnt) subset(characters []rune) []byte {
	n := len(characters) + 1
	glyf := make([]byte, 0, 256*n)
	hmtx, loca := make([]byte, 0, 4*n), make([]byte, 0, 4*n+4)
	for i := range n {
		var glyph uint16
		if i > 0 {
			glyph = f.glyphs[characters[i-1]]
		}
		advance, bearing := f.hMetric(glyph)
		hmtx = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(hmtx, advance), bearing)
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = padded(append(glyf, f.outline(glyph)...))
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))

	tables := map[string][]byte{"glyf": glyf, "hmtx": hmtx, "loca": loca}
	for _, tag := range []string{"head", "hhea", "maxp"} {
		tables[tag] = slices.Clone(f.tables[tag])
	}
	binary.BigEndian.PutUint16(tables["head"][50:], 1) // loca in 32 bits
	binary.BigEndian.PutUint16(tables["hhea"][34:], uint16(n))
	binary.BigEndian.PutUint16(tables["maxp"][4:], uint16(n))
	return writeSFNT(tables)
}

// writeSFNT puts tables into a file, in the order of their tags. Checksums, which no PDF reader
// looks at, are zero.
func writeSFNT(tables map[string][]byte) []byte {
	tags := make([]string, 0, len(tables))
	size := 12 + 16*len(tables)
	for tag, table := range tables {
		tags = append(tags, tag)
		size += len(table) + 3
	}
	slices.Sort(tags)
	out := make([]byte, 12+16*len(tags), size)
	binary.BigEndian.PutUint32(out, 0x00010000)
	binary.BigEndian.PutUint16(out[4:], uint16(len(tags)))
	for i, tag := range tags {
		entry := out[12+16*i:]
		copy(entry, tag)
		binary.BigEndian.PutUint32(entry[8:], uint32(len(out)))
		binary.BigEndian.PutUint32(entry[12:], uint32(len(tables[tag])))
		out = padded(append(out, tables[tag]...))
	}
	return out
}

// padded fills up to a multiple of four bytes.
func padded(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
