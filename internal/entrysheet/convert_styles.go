package entrysheet

import (
	"fmt"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/biff"
)

// style returns our style that looks like one of the .xls.
func (c *converter) style(index int) (int, error) {
	if id, ok := c.styles[index]; ok {
		return id, nil
	}
	if index < 0 || index >= len(c.book.Styles) {
		return 0, nil
	}
	x := c.book.Styles[index]
	st := &excelize.Style{Alignment: alignment(x), Border: c.borders(x), Fill: c.fill(x), Font: c.font(x)}
	c.numberFormat(st, x.Format)
	id, err := c.f.NewStyle(st)
	if err != nil {
		return 0, err
	}
	c.styles[index] = id
	return id, nil
}

// Names of alignments by their numbers (MS-XLS 2.5.130, 2.5.341).
var (
	horizontals = []string{"", "left", "center", "right", "fill", "justify", "centerContinuous", "distributed"}
	verticals   = []string{"top", "center", "", "justify", "distributed"}
)

func alignment(x biff.Style) *excelize.Alignment {
	a := &excelize.Alignment{Horizontal: horizontals[x.Horizontal], WrapText: x.Wrap, ShrinkToFit: x.Shrink, Indent: x.Indent, TextRotation: x.Rotation}
	if x.Vertical < len(verticals) {
		a.Vertical = verticals[x.Vertical]
	}
	if x.Rotation > 180 && x.Rotation != 255 {
		a.TextRotation = 0
	}
	return a
}

func (c *converter) borders(x biff.Style) []excelize.Border {
	var out []excelize.Border
	for i, side := range []string{"left", "right", "top", "bottom"} {
		if b := x.Borders[i]; b.Line > 0 && b.Line <= 13 {
			color, _ := c.book.BorderColor(b)
			out = append(out, excelize.Border{Type: side, Style: b.Line, Color: hex(color)})
		}
	}
	return out
}

func (c *converter) fill(x biff.Style) excelize.Fill {
	color, ok := c.book.FillColor(x)
	if !ok || x.Pattern > 18 {
		return excelize.Fill{}
	}
	return excelize.Fill{Type: "pattern", Pattern: x.Pattern, Color: []string{hex(color)}}
}

func (c *converter) font(x biff.Style) *excelize.Font {
	if x.Font < 0 || x.Font >= len(c.book.Fonts) {
		return nil
	}
	f := c.book.Fonts[x.Font]
	out := &excelize.Font{Family: f.Name, Size: f.Size, Bold: f.Bold, Italic: f.Italic, Strike: f.Strike}
	if f.Under {
		out.Underline = "single"
	}
	if color, ok := c.book.FontColor(f); ok {
		out.Color = hex(color)
	}
	if out.Size < excelize.MinFontSize || out.Size > excelize.MaxFontSize {
		out.Size = 11
	}
	if len(out.Family) > excelize.MaxFontFamilyLength {
		out.Family = ""
	}
	return out
}

func hex(rgb uint32) string { return fmt.Sprintf("%06X", rgb) }

// numberFormat gives a style its number format: the file's own code, else the
// built-in one of that number.
func (c *converter) numberFormat(st *excelize.Style, id int) {
	if code, ok := c.book.Formats[id]; ok {
		st.CustomNumFmt = &code
	} else if code, ok := japaneseFormats[id]; ok {
		st.CustomNumFmt = &code
	} else if id < 50 {
		st.NumFmt = id
	}
}

// japaneseFormats are the built-in formats of Excel's Japanese edition (ECMA-376
// part 1, 18.8.30, ja-jp).
var japaneseFormats = map[int]string{
	27: `[$-411]ge.m.d`, 28: `[$-411]ggge"年"m"月"d"日"`, 29: `[$-411]ggge"年"m"月"d"日"`, 30: `m/d/yy`, 31: `yyyy"年"m"月"d"日"`,
	32: `h"時"mm"分"`, 33: `h"時"mm"分"ss"秒"`, 34: `yyyy"年"m"月"`, 35: `m"月"d"日"`, 36: `[$-411]ge.m.d`,
	50: `[$-411]ge.m.d`, 51: `[$-411]ggge"年"m"月"d"日"`, 52: `yyyy"年"m"月"`, 53: `m"月"d"日"`, 54: `[$-411]ggge"年"m"月"d"日"`,
	55: `yyyy"年"m"月"`, 56: `m"月"d"日"`, 57: `[$-411]ge.m.d`, 58: `[$-411]ggge"年"m"月"d"日"`,
}
