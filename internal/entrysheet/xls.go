package entrysheet

import (
	"errors"
	"strings"

	"uketsuke/internal/biff"
)

const reasonOldExcel = "Excel 95 以前の形式のファイルのため、内容を読み取ることができませんでした。"

// maxRecords bounds the records of a .xls; 500,000 cells take about as many.
const maxRecords = 4_000_000

func xlsLimits(lim Limits) biff.Limits {
	return biff.Limits{Sheets: lim.Sheets, Cells: lim.Cells, Merges: lim.Merges, Strings: lim.SharedStrings, Text: lim.Text, Records: maxRecords}
}

// openXLS reads an Excel 97-2003 workbook into the same grids that a package
// gives: the reader of the form does not know where they come from.
func openXLS(b []byte, lim Limits) (*workbook, error) {
	book, err := biff.Read(b, xlsLimits(lim))
	switch {
	case errors.Is(err, biff.ErrTooBig):
		return nil, &readError{err, reasonTooBig}
	case errors.Is(err, biff.ErrVersion):
		return nil, &readError{err, reasonOldExcel}
	case errors.Is(err, biff.ErrEncrypted):
		return nil, err
	case err != nil:
		return nil, broken(err)
	}
	w := &workbook{xls: book, date1904: book.Date1904, formats: make(map[int]numberFormat)}
	for _, s := range book.Sheets {
		if s.Hidden {
			continue
		}
		g, err := xlsGrid(s)
		if err != nil {
			return nil, err
		}
		w.sheets = append(w.sheets, g)
	}
	w.settleBoxes(func(name string) *grid {
		for _, s := range book.Sheets {
			if s.Hidden && strings.EqualFold(s.Name, name) {
				if g, err := xlsGrid(s); err == nil {
					return g
				}
			}
		}
		return nil
	})
	return w, nil
}

var xlsKinds = map[biff.Kind]cellType{biff.Text: cellText, biff.Number: cellNumber, biff.Bool: cellBool, biff.Error: cellError}

func xlsGrid(s *biff.Sheet) (*grid, error) {
	g := &grid{name: s.Name, colDefault: s.ColWidth, rowDefault: s.RowHeight}
	for _, c := range s.Cells {
		row, col := int(c.Row), int(c.Col)
		g.maxRow, g.maxCol = max(g.maxRow, row), max(g.maxCol, col)
		if c.Kind != biff.Blank && c.Text != "" {
			g.cells = append(g.cells, gridCell{row: row, col: col, kind: xlsKinds[c.Kind], style: int(c.Style), shared: -1, text: normalizeNewlines(c.Text)})
		}
	}
	for _, m := range s.Merges {
		if b := (block{m.Row1, m.Col1, m.Row2, m.Col2}); !b.single() {
			g.merges = append(g.merges, b)
		}
	}
	for _, c := range s.Cols[:min(len(s.Cols), maxColRuns)] {
		if c.Hidden {
			c.Width = 0
		}
		g.cols = append(g.cols, colWidth{c.From, c.To, c.Width})
	}
	for _, r := range s.Rows[:min(len(s.Rows), maxRowHeights)] {
		if r.Hidden {
			r.Height = 0
		}
		g.rows = append(g.rows, rowHeight{r.Row, r.Height})
	}
	if err := g.finish(); err != nil {
		return nil, err
	}
	for _, c := range s.Controls {
		g.controls = append(g.controls, g.xlsControl(c))
	}
	return g, nil
}

var (
	xlsControlKinds  = map[biff.ControlKind]string{biff.CheckBox: "checkbox", biff.OptionButton: "radio"}
	xlsControlStates = map[biff.State]controlState{biff.Unknown: stateUnknown, biff.Off: stateOff, biff.On: stateOn, biff.Grey: stateMixed}
)

// xlsControl is a control of a .xls, whose drawing record is its property part.
func (g *grid) xlsControl(c biff.Control) *control {
	a := c.Anchor
	out := &control{
		kind: xlsControlKinds[c.Kind], caption: oneLine(c.Caption), firstButton: c.First,
		hasProps: c.State != biff.Unknown, props: xlsControlStates[c.State], activeX: c.ActiveX,
		at: anchor{col: a.Col1, dx: g.colPixels(a.Col1+1) * a.DX1 / 1024, row: a.Row1, dy: g.rowPixels(a.Row1+1) * a.DY1 / 256,
			col2: a.Col2, dx2: g.colPixels(a.Col2+1) * a.DX2 / 1024, row2: a.Row2, dy2: g.rowPixels(a.Row2+1) * a.DY2 / 256},
	}
	if c.Link != nil {
		out.link = link{c.Link.Sheet, c.Link.Row, c.Link.Col}
	}
	return out
}

// xlsFormat returns the code of a style's number format.
func xlsFormat(book *biff.Book, style int) string {
	if style < 0 || style >= len(book.Styles) {
		return ""
	}
	id := book.Styles[style].Format
	if code, ok := book.Formats[id]; ok {
		return code
	}
	return builtinFormat(id)
}
