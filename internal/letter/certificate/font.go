package certificate

import (
	"compress/zlib"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
)

// The fonts: recipe in font/subset.py, licences in font/LICENSES.txt.

//go:embed font/title.ttf
var titleTTF []byte

//go:embed font/latin.ttf
var latinTTF []byte

//go:embed font/gothic.ttf
var gothicTTF []byte

//go:embed font/rare.ttf
var rareTTF []byte

// Fonts are the embedded fonts for other drawings: Latin, then what is Japanese.
func Fonts() [][]byte { return [][]byte{latinTTF, gothicTTF} }

// face is one of the embedded fonts.
type face uint8

const (
	mincho face = iota // the fixed wording of title and attestation
	form               // gothic, the characters of all other fixed wording
	latin
	gothic
	rare
	faceCount
)

// faceNames are the fonts' names in the PDF: a subset tag and the PostScript name.
var faceNames = [faceCount]string{
	mincho: "UKTSKM+BIZUDMincho-Regular",
	form:   "UKTSKF+BIZUDGothic-Regular",
	latin:  "UKTSKL+BIZUDPGothic-Regular",
	gothic: "UKTSKG+BIZUDGothic-Regular",
	rare:   "UKTSKR+UketsukeRareKanji",
}

// glyph is where a character is drawn from; advance is in 1/1000 of the font size.
type glyph struct {
	face    face
	advance uint16
}

// fontBook holds the parsed fonts and what each character is drawn with. It is only read.
type fontBook struct {
	fonts   [faceCount]*sfnt
	text    map[rune]glyph         // latin before form before gothic before rare
	title   map[rune]glyph         // mincho
	wording [form + 1]embeddedFont // mincho and form, cut to the fixed wording once for all certificates
}

// embeddedFont is a font cut to some characters, as the PDF objects that do not refer to others.
type embeddedFont struct {
	name       string
	characters []rune // what its glyphs 1, 2, … stand for
	widths     string // the values of /W
	metrics    string // the entries of its descriptor
	program    []byte // stream object of the font file
	toUnicode  []byte // stream object of the map from glyphs to characters
}

// packer makes a stream object; extra goes into its dictionary.
type packer func(data []byte, extra string) ([]byte, error)

// embed cuts a face to the characters.
func (b *fontBook) embed(f face, characters []rune, packed packer) (embeddedFont, error) {
	if len(characters) > maxSubset {
		return embeddedFont{}, fmt.Errorf("%s: %d different characters on a page", faceNames[f], len(characters))
	}
	font := b.fonts[f]
	widths := []byte("1 [")
	for _, r := range characters {
		widths = strconv.AppendInt(append(widths, ' '), int64(font.advance(font.glyphs[r])), 10)
	}
	ascent, descent := font.signed("hhea", 4), font.signed("hhea", 6)
	metrics := fmt.Sprintf("/Flags 4/ItalicAngle 0/StemV 80/Ascent %d/Descent %d/CapHeight %d/FontBBox [%d %d %d %d]", ascent, descent, ascent,
		font.signed("head", 36), font.signed("head", 38), font.signed("head", 40), font.signed("head", 42))
	file := font.subset(characters)
	program, err := packed(file, fmt.Sprintf("/Length1 %d", len(file)))
	if err != nil {
		return embeddedFont{}, fmt.Errorf("%s: pack the font: %w", faceNames[f], err)
	}
	toUnicode, err := packed(toUnicodeMap(characters), "")
	if err != nil {
		return embeddedFont{}, fmt.Errorf("%s: pack the map to Unicode: %w", faceNames[f], err)
	}
	return embeddedFont{faceNames[f], characters, string(append(widths, ']')), metrics, program, toUnicode}, nil
}

// openFonts parses the embedded fonts, once.
var openFonts = sync.OnceValues(openBook)

func openBook() (*fontBook, error) {
	files := map[face][]byte{mincho: titleTTF, latin: latinTTF, gothic: gothicTTF, rare: rareTTF}
	book := &fontBook{text: make(map[rune]glyph, 13_000), title: make(map[rune]glyph, 64)}
	for _, f := range []face{mincho, latin, gothic, rare} {
		font, err := parseSFNT(files[f])
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", faceNames[f], err)
		}
		book.fonts[f] = font
		characters := book.text
		if f == mincho {
			characters = book.title
		}
		for r, index := range font.glyphs {
			if _, taken := characters[r]; !taken {
				characters[r] = glyph{f, font.advance(index)}
			}
		}
	}
	book.fonts[form] = book.fonts[gothic]
	var printed []rune
	for _, r := range formWording {
		if g := book.text[r]; g.face == gothic {
			book.text[r] = glyph{form, g.advance}
			printed = append(printed, r)
		}
	}
	slices.Sort(printed)
	z, _ := zlib.NewWriterLevel(io.Discard, zlib.BestCompression) // the level is valid; these stand in every certificate
	best := func(data []byte, extra string) ([]byte, error) { return deflatedBy(z, data, extra) }
	for f, characters := range [][]rune{mincho: slices.Sorted(maps.Keys(book.title)), form: printed} {
		var err error
		if book.wording[f], err = book.embed(face(f), characters, best); err != nil {
			return nil, err
		}
	}
	return book, nil
}

// table returns what a style draws its characters with.
func (b *fontBook) table(st style) map[rune]glyph {
	if st.mincho {
		return b.title
	}
	return b.text
}
