package certificate

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func TestSubsetKeepsOutlinesAndWidths(t *testing.T) {
	font, err := parseSFNT(gothicTTF)
	if err != nil {
		t.Fatal(err)
	}
	characters := []rune("灘々𠮟〓")
	cut := cutFont(t, font.subset(characters))
	for i, r := range characters {
		glyph := font.glyphs[r]
		if glyph == 0 {
			t.Fatalf("gothic.ttf lacks %c", r)
		}
		if want := padded(bytes.Clone(font.outline(glyph))); !bytes.Equal(cut.outline(uint16(i+1)), want) || len(want) == 0 {
			t.Errorf("%c has another outline in the subset", r)
		}
		if cut.advance(uint16(i+1)) != font.advance(glyph) {
			t.Errorf("%c is %d wide, was %d", r, cut.advance(uint16(i+1)), font.advance(glyph))
		}
	}
}

// cutFont reads an embedded file, which has no character table.
func cutFont(t *testing.T, data []byte) *sfnt {
	t.Helper()
	f := &sfnt{tables: map[string][]byte{}}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		entry := data[12+16*i:]
		from, length := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		f.tables[string(entry[:4])] = data[from : from+length]
	}
	f.unitsPerEm = int(binary.BigEndian.Uint16(f.tables["head"][18:]))
	f.longLoca = f.tables["head"][51] == 1
	f.metrics = int(binary.BigEndian.Uint16(f.tables["hhea"][34:]))
	return f
}

func TestEmbeddedFontsHaveNoCompositeGlyphs(t *testing.T) {
	book, err := openFonts()
	if err != nil {
		t.Fatal(err)
	}
	for f, font := range book.fonts {
		for r, glyph := range font.glyphs {
			if outline := font.outline(glyph); len(outline) > 0 && int16(binary.BigEndian.Uint16(outline)) < 0 {
				t.Errorf("%s: %c is a composite, which subset does not follow", faceNames[f], r)
			}
		}
	}
}

func TestEmbeddedFontsStaySmall(t *testing.T) {
	if total := len(titleTTF) + len(latinTTF) + len(gothicTTF) + len(rareTTF); total > 4_000_000 {
		t.Errorf("%d bytes of fonts in the binary", total)
	}
}

func FuzzParseSFNT(f *testing.F) {
	f.Add(titleTTF)
	f.Add(titleTTF[:100])
	f.Add([]byte{0, 1, 0, 0, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, data []byte) {
		font, err := parseSFNT(data)
		if err == nil && (font.unitsPerEm == 0 || len(font.glyphs) == 0) {
			t.Error("a font without characters or without a scale is no font")
		}
	})
}
