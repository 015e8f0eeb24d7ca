package yearbook

import "github.com/xuri/excelize/v2"

// style is how a cell looks.
type style struct {
	kind  kind
	strip bool // shaded: headings, sums
	bold  bool
	rule  bool // has borders
	size  float64
}

// kind is what stands in a cell.
type kind int

const (
	plain  kind = iota // our own words
	heads              // a heading: centred, wrapped
	typed              // a text from outside: of the format text, so that editing it makes no formula of it
	counts             // 1,234
	spans              // business days: 2.5
	notes              // our own words, wrapped
)

const (
	fontName = "游ゴシック"
	fontSize = 10
	ink      = "1F2937"
	lineInk  = "9CA3AF"
	headFill = "DCE6F1"
)

// formatOf are the number formats; the blank behind a number keeps it off the border.
var formatOf = map[kind]string{typed: "@", counts: "#,##0_ ", spans: "#,##0.0_ "}

// id is the style's number in the workbook.
func (b *book) id(s style) int {
	if id, ok := b.styles[s]; ok {
		return id
	}
	size := s.size
	if size == 0 {
		size = fontSize
	}
	x := &excelize.Style{Font: &excelize.Font{Family: fontName, Size: size, Bold: s.bold, Color: ink}, Alignment: &excelize.Alignment{Vertical: "center"}}
	if format, ok := formatOf[s.kind]; ok {
		x.CustomNumFmt = &format
	}
	if s.rule && (s.kind == plain || s.kind == typed || s.kind == notes) {
		x.Alignment.Horizontal, x.Alignment.Indent = "left", 1
	}
	switch s.kind {
	case heads:
		x.Alignment.Horizontal, x.Alignment.WrapText = "center", true
	case typed, notes:
		x.Alignment.WrapText = true
	case counts, spans:
		x.Alignment.ShrinkToFit = true // rather small than #### in a narrow column
	}
	if s.rule {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			x.Border = append(x.Border, excelize.Border{Type: side, Color: lineInk, Style: 1})
		}
	}
	if s.strip {
		x.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{headFill}}
	}
	id, err := b.f.NewStyle(x)
	if err != nil && b.err == nil {
		b.err = err
	}
	b.styles[s] = id
	return id
}

func (b *book) cell(v any, s style) excelize.Cell { return excelize.Cell{StyleID: b.id(s), Value: v} }

// head is a heading of a table.
func (b *book) head(v string) excelize.Cell {
	return b.cell(v, style{kind: heads, strip: true, bold: true, rule: true})
}

// text is a text from outside; sum tells whether it stands in a line of sums.
func (b *book) text(v string, sum bool) excelize.Cell {
	return b.cell(v, style{kind: typed, rule: true, strip: sum, bold: sum})
}

// number is a count with the formula that makes it, "" none.
func (b *book) number(v int, formula string, sum bool) excelize.Cell {
	c := b.cell(v, style{kind: counts, rule: true, strip: sum, bold: sum})
	c.Formula = formula
	return c
}

// blank is an empty cell of a table.
func (b *book) blank(sum bool) excelize.Cell {
	return b.cell(nil, style{kind: counts, rule: true, strip: sum, bold: sum})
}

// days is a number of business days; none when nothing was counted.
func (b *book) days(v float64, n int) excelize.Cell {
	c := b.cell(v, style{kind: spans, rule: true})
	if n == 0 {
		c.Value = nil
	}
	return c
}
