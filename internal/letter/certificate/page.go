package certificate

import (
	"bytes"
	"strconv"

	"github.com/signintech/gopdf"
)

// A4 in points. Every measure of this package is in points, from the page's upper left corner.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
)

type colour struct{ r, g, b uint8 }

// style is how a text is set. Spacing is added after every character.
type style struct {
	mincho  bool
	size    float64
	spacing float64
	colour  colour
}

// align places a text against its x.
type align int

const (
	left align = iota
	centre
	right
)

// page draws one sheet. gopdf makes the file and draws lines and areas. Texts and the QR code are
// kept in PDF's own operators, and finish adds them: gopdf embeds fonts with tables for glyphs
// that are not drawn, maps characters beyond the BMP wrong, and has no word for a path of many
// rectangles.
type page struct {
	book    *fontBook
	pdf     gopdf.GoPdf
	content []byte
	drawn   [faceCount]drawnFont
}

// drawnFont numbers the characters that are drawn with a face, in order of their first use.
type drawnFont struct {
	number     map[rune]int // character -> glyph in the embedded font
	characters []rune
}

func newPage(book *fontBook) *page {
	p := &page{book: book, content: make([]byte, 0, 16<<10)}
	p.pdf.Start(gopdf.Config{PageSize: gopdf.Rect{W: pageWidth, H: pageHeight}})
	p.pdf.SetNoCompression() // finish compresses
	p.pdf.AddPage()
	for f, font := range book.wording {
		for _, r := range font.characters {
			p.drawn[f].use(r)
		}
	}
	return p
}

// text puts one line on the baseline y and returns its width.
func (p *page) text(x, y float64, a align, st style, s string) float64 {
	total := p.book.width(s, st) - st.spacing // the last character's spacing is not seen
	switch a {
	case centre:
		x -= total / 2
	case right:
		x -= total
	}
	table := p.book.table(st)
	for s != "" {
		end, f := sameFace(table, s)
		p.run(x, y, st, f, s[:end])
		x += p.book.width(s[:end], st)
		s = s[end:]
	}
	return total
}

// sameFace returns the face of the first character, and where the run of that face ends.
func sameFace(table map[rune]glyph, s string) (end int, f face) {
	for i, r := range s {
		switch g := table[r]; {
		case i == 0:
			f = g.face
		case g.face != f:
			return i, f
		}
	}
	return len(s), f
}

// strokeOfRare is the outline's width for one point of font size. Rare kanji come from a mincho
// face; alone among gothic ones they would look faded, so they are outlined as well as filled.
const strokeOfRare = 0.026

// run writes text of one face (ISO 32000-1, 9.4).
func (p *page) run(x, y float64, st style, f face, s string) {
	out := append(p.content, "BT /F"...)
	out = append(strconv.AppendInt(out, int64(f), 10), ' ')
	out = append(decimals(out, 2, st.size), "Tf "...)
	out = append(decimals(out, 2, st.spacing), "Tc "...)
	out = append(st.colour.operands(out), "rg "...)
	if f == rare {
		out = append(st.colour.operands(append(out, "2 Tr "...)), "RG "...)
		out = append(decimals(out, 2, st.size*strokeOfRare), "w "...)
	} else {
		out = append(out, "0 Tr "...)
	}
	out = append(decimals(out, 2, x, pageHeight-y), "Td <"...)
	const digits = "0123456789ABCDEF"
	for _, r := range s {
		n := p.drawn[f].use(r)
		out = append(out, digits[n>>12&15], digits[n>>8&15], digits[n>>4&15], digits[n&15])
	}
	p.content = append(out, "> Tj ET\n"...)
}

// operands appends the colour's parts from 0 to 1, for rg and RG.
func (c colour) operands(out []byte) []byte {
	return decimals(out, 3, float64(c.r)/255, float64(c.g)/255, float64(c.b)/255)
}

// decimals appends numbers with a space behind each. (fmt takes three times as long, for a third of a page's time.)
func decimals(out []byte, places int, numbers ...float64) []byte {
	for _, n := range numbers {
		out = append(strconv.AppendFloat(out, n, 'f', places, 64), ' ')
	}
	return out
}

// use returns the glyph that draws r in the embedded font.
func (d *drawnFont) use(r rune) int {
	if n, known := d.number[r]; known {
		return n
	}
	if d.number == nil {
		d.number = make(map[rune]int, 256)
	}
	d.characters = append(d.characters, r)
	n := len(d.characters)
	d.number[r] = n
	return n
}

// fonts cuts each face of values to what the page draws with it; a face that it does not use is nil. The faces of the
// fixed wording, most of what stands on a page, were cut beforehand.
func (p *page) fonts() ([faceCount]*embeddedFont, error) {
	fonts := [faceCount]*embeddedFont{mincho: &p.book.wording[mincho], form: &p.book.wording[form]}
	for f := latin; f < faceCount; f++ {
		if len(p.drawn[f].characters) == 0 {
			continue
		}
		font, err := p.book.embed(f, p.drawn[f].characters, packed)
		if err != nil {
			return fonts, err
		}
		fonts[f] = &font
	}
	return fonts, nil
}

// file returns the finished PDF.
func (p *page) file(info docInfo) ([]byte, error) {
	fonts, err := p.fonts()
	if err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	if _, err := p.pdf.WriteTo(&raw); err != nil {
		return nil, err
	}
	return finish(raw.Bytes(), fonts, p.content, info)
}

// rule draws a straight line.
func (p *page) rule(x1, y1, x2, y2, width float64, c colour) {
	p.pdf.SetStrokeColor(c.r, c.g, c.b)
	p.pdf.SetLineWidth(width)
	p.pdf.Line(x1, y1, x2, y2)
}

// box fills a rectangle.
func (p *page) box(x, y, w, h float64, c colour) {
	p.pdf.SetFillColor(c.r, c.g, c.b)
	p.pdf.RectFromUpperLeftWithStyle(x, y, w, h, "F")
}

// outline draws a closed polygon's edge.
func (p *page) outline(width float64, c colour, points ...gopdf.Point) {
	p.pdf.SetStrokeColor(c.r, c.g, c.b)
	p.pdf.SetLineWidth(width)
	p.pdf.Polygon(points, "D")
}

// shape fills a polygon.
func (p *page) shape(c colour, points ...gopdf.Point) {
	p.pdf.SetFillColor(c.r, c.g, c.b)
	p.pdf.Polygon(points, "F")
}
