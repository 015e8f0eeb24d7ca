// Package chart draws bar charts for mails: a PNG that is read on a phone, with Japanese labels.
package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"uketsuke/internal/letter/certificate"
)

// Chart is a chart of grouped bars: for each label one bar of each series.
type Chart struct {
	Labels []string
	Series []Series
}

// Series are the values of one kind, one for each label; none is negative.
type Series struct {
	Name   string
	Values []int
}

// Size of the picture in pixels: twice what a mail of 600 px shows. Letters of 38 px are 11 on a phone of 360.
const (
	Width  = 1068
	Height = 640

	textSize = 38
	left     = 96
	top      = 96
	bottom   = 76
	right    = 16
)

// Colours of the series: told apart by people who do not see colours alike, and in grey.
var (
	colours = []color.RGBA{{0x1b, 0x4f, 0x82, 0xff}, {0xe0, 0x9b, 0x2d, 0xff}, {0x7c, 0x8b, 0x99, 0xff}}
	ink     = color.RGBA{0x1f, 0x23, 0x28, 0xff}
	line    = color.RGBA{0xd5, 0xda, 0xe0, 0xff}
)

// PNG draws the chart.
func (c Chart) PNG() ([]byte, error) {
	faces, err := openFaces()
	if err != nil {
		return nil, err
	}
	if len(c.Series) > len(colours) {
		return nil, fmt.Errorf("chart: %d series; there are %d colours", len(c.Series), len(colours))
	}
	p := &picture{img: image.NewRGBA(image.Rect(0, 0, Width, Height)), faces: faces}
	p.fill(0, 0, Width, Height, color.RGBA{0xff, 0xff, 0xff, 0xff})
	p.legend(c.Series)
	step, most := scale(c.Series)
	for v := 0; v <= most; v += step {
		y := p.y(v, most)
		p.fill(left, y-1, Width-right, y+1, line)
		p.text(strconv.Itoa(v), left-12, y+textSize/3, 1)
	}
	p.bars(c, most)
	p.fill(left, Height-bottom-1, Width-right, Height-bottom+2, ink)
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, p.img)
	return b.Bytes(), err
}

// scale chooses the distance of the lines, and the topmost one: 1, 2 or 5 of a power of ten, at most five lines.
func scale(series []Series) (step, most int) {
	highest := 1
	for _, s := range series {
		for _, v := range s.Values {
			highest = max(highest, v)
		}
	}
	step = 1
	for i := 0; highest > 5*step; i++ {
		step = []int{2, 5, 10}[i%3] * pow10(i/3)
	}
	return step, (highest + step - 1) / step * step
}

func pow10(n int) int {
	out := 1
	for range n {
		out *= 10
	}
	return out
}

// picture is what is drawn on.
type picture struct {
	img   *image.RGBA
	faces []face
}

func (p *picture) fill(x0, y0, x1, y1 int, c color.Color) {
	draw.Draw(p.img, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
}

// y is the height of a value.
func (p *picture) y(v, most int) int { return Height - bottom - v*(Height-bottom-top)/most }

func (p *picture) legend(series []Series) {
	x := left
	for i, s := range series {
		p.fill(x, 30, x+30, 60, colours[i])
		x = p.text(s.Name, x+44, 59, 0) + 48
	}
}

func (p *picture) bars(c Chart, most int) {
	if len(c.Labels) == 0 {
		return
	}
	group := (Width - left - right) / len(c.Labels)
	bar := max(2, (group-14)/max(1, len(c.Series)))
	for i, label := range c.Labels {
		x := left + i*group + (group-bar*len(c.Series))/2
		for k, s := range c.Series {
			if i < len(s.Values) && s.Values[i] > 0 {
				p.fill(x+k*bar, p.y(s.Values[i], most), x+(k+1)*bar-2, Height-bottom, colours[k])
			}
		}
		p.text(label, left+i*group+group/2, Height-bottom+textSize+10, 0.5)
	}
}

// text writes with the baseline at y. align says where x is: 0 at the beginning, 0.5 in the middle, 1 at the end. It returns
// where the text ends.
func (p *picture) text(s string, x, y int, align float64) int {
	width := fixed.Int26_6(0)
	for _, r := range s {
		width += p.face(r).advance(r)
	}
	dot := fixed.Point26_6{X: fixed.I(x) - fixed.Int26_6(float64(width)*align), Y: fixed.I(y)}
	for _, r := range s {
		d := font.Drawer{Dst: p.img, Src: image.NewUniform(ink), Face: p.face(r).draw, Dot: dot}
		d.DrawString(string(r))
		dot = d.Dot
	}
	return dot.X.Round()
}

// face is the first font that has a character.
func (p *picture) face(r rune) face {
	for _, f := range p.faces {
		if i, err := f.font.GlyphIndex(nil, r); err == nil && i != 0 {
			return f
		}
	}
	return p.faces[0]
}

type face struct {
	font *opentype.Font
	draw font.Face
}

func (f face) advance(r rune) fixed.Int26_6 {
	a, _ := f.draw.GlyphAdvance(r)
	return a
}

var openFonts = sync.OnceValues(func() ([]*opentype.Font, error) {
	var out []*opentype.Font
	for _, data := range certificate.Fonts() {
		f, err := sfnt.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("chart: open a font: %w", err)
		}
		out = append(out, f)
	}
	return out, nil
})

// openFaces makes faces of the fonts; a face serves one picture at a time.
func openFaces() ([]face, error) {
	fonts, err := openFonts()
	if err != nil {
		return nil, err
	}
	var out []face
	for _, f := range fonts {
		d, err := opentype.NewFace(f, &opentype.FaceOptions{Size: textSize, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return nil, fmt.Errorf("chart: size a font: %w", err)
		}
		out = append(out, face{f, d})
	}
	return out, nil
}
