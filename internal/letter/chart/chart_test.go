package chart

import (
	"bytes"
	"image/png"
	"os"
	"testing"
)

func months() []string {
	return []string{"4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月", "1月", "2月", "3月"}
}

func sample() Chart {
	return Chart{Labels: months(), Series: []Series{{"受付", []int{12, 18, 9, 22, 14, 17, 25, 19}}, {"登録", []int{10, 16, 9, 20, 13, 15, 22, 17}},
		{"終了", []int{2, 5, 8, 7, 9, 11, 8, 10}}}}
}

// A chart has its bars where their values say, and text; it is small enough for a mail. With CHART_OUT the picture is
// written there to be looked at.
func TestAChartIsDrawn(t *testing.T) {
	b, err := sample().PNG()
	if err != nil {
		t.Fatal(err)
	}
	if out := os.Getenv("CHART_OUT"); out != "" {
		if err := os.WriteFile(out, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil || img.Bounds().Dx() != Width || img.Bounds().Dy() != Height || len(b) > 40<<10 {
		t.Fatalf("%v, %v, %d bytes", err, img.Bounds(), len(b))
	}
	counts := map[[3]uint32]int{}
	for y := range Height {
		for x := range Width {
			r, g, b, _ := img.At(x, y).RGBA()
			counts[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	area := func(i int) int {
		c := colours[i]
		return counts[[3]uint32{uint32(c.R), uint32(c.G), uint32(c.B)}]
	}
	// received 136, registered 122, closed 60: the areas stand as these sums, apart from the legend's squares
	if a, b, c := area(0)-900, area(1)-900, area(2)-900; a <= b || b <= c || a*10 < c*20 || a*10 > c*26 {
		t.Errorf("the bars' areas are %d, %d, %d", a, b, c)
	}
	if n := counts[[3]uint32{uint32(ink.R), uint32(ink.G), uint32(ink.B)}]; n < 5000 {
		t.Errorf("only %d dark points: the labels are missing", n)
	}
}

func TestTheLinesOfAChartAreRoundNumbers(t *testing.T) {
	for highest, want := range map[int][2]int{0: {1, 1}, 1: {1, 1}, 5: {1, 5}, 6: {2, 6}, 11: {5, 15}, 26: {10, 30}, 49: {10, 50}, 51: {20, 60}, 1234: {500, 1500}} {
		step, most := scale([]Series{{"", []int{highest}}})
		if step != want[0] || most != want[1] {
			t.Errorf("up to %d: lines of %d up to %d, want %v", highest, step, most, want)
		}
	}
}

// Every character of the office's labels has a glyph: none falls back to an empty box.
func TestTheFontsHaveEveryLabel(t *testing.T) {
	faces, err := openFaces()
	if err != nil {
		t.Fatal(err)
	}
	p := &picture{faces: faces}
	for _, s := range append(months(), "受付", "登録", "終了", "0123456789") {
		for _, r := range s {
			if i, err := p.face(r).font.GlyphIndex(nil, r); err != nil || i == 0 {
				t.Errorf("%c has no glyph: %v", r, err)
			}
		}
	}
}
