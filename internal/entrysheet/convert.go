package entrysheet

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/biff"
)

// ErrNotConvertible says that a file is no Excel 97-2003 workbook, or one that
// cannot be written anew.
var ErrNotConvertible = errors.New("the file is no .xls that can be converted")

// Bounds of a conversion, which excelize does in memory. A form has some
// thousand cells.
const (
	maxConvertCells  = 40_000
	maxConvertMerges = 3_000
	// excelize keeps room for every place up to a sheet's last row and column,
	// 120 bytes each.
	maxConvertArea = 300_000
)

// Convert returns a .xls as a .xlsx of its values and look: cells as they stand
// (formulas as their last values), merged blocks, fonts, colours, borders,
// number formats, rows and columns, hidden ones too, how it is printed; check
// boxes over the cells as marks in them. What else the file holds (macros, pictures, links,
// comments) stays behind.
func Convert(b []byte) (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil { // the library must not take the robot down
			out, err = nil, fmt.Errorf("%w: panic while writing", ErrNotConvertible)
		}
	}()
	if Sniff(b) != FormatXLS {
		return nil, ErrNotConvertible
	}
	lim := DefaultLimits()
	lim.Cells, lim.Merges = maxConvertCells, maxConvertMerges
	w, err := openXLS(b, lim)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotConvertible, err)
	}
	if len(w.xls.Sheets) == 0 {
		return nil, fmt.Errorf("%w: it has no worksheet", ErrNotConvertible)
	}
	c := &converter{book: w.xls, grids: make(map[string]*grid), f: excelize.NewFile(), styles: make(map[int]int)}
	for _, g := range w.sheets {
		c.grids[g.name] = g
	}
	defer c.f.Close()
	if err := c.run(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotConvertible, err)
	}
	buf, err := c.f.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotConvertible, err)
	}
	return buf.Bytes(), nil
}

// CopyName names a copy that Mark or Convert made of the file b: a .xls comes
// back as .xlsx, all else under its own name.
func CopyName(name string, b []byte) string {
	if Sniff(b) != FormatXLS {
		return name
	}
	return strings.TrimSuffix(name, path.Ext(name)) + ".xlsx"
}

// converter writes a workbook with excelize.
type converter struct {
	book   *biff.Book
	grids  map[string]*grid // of the visible sheets, by name
	f      *excelize.File
	styles map[int]int // ours by the .xls's
}

func (c *converter) run() error {
	if err := c.f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &c.book.Date1904}); err != nil {
		return err
	}
	first := true
	for i, s := range c.book.Sheets {
		if i == 0 {
			if err := c.f.SetSheetName("Sheet1", s.Name); err != nil {
				return err
			}
		} else if _, err := c.f.NewSheet(s.Name); err != nil {
			return err
		}
		if !s.Hidden && first {
			c.f.SetActiveSheet(i)
			first = false
		}
	}
	area := 0
	for _, s := range c.book.Sheets {
		inArea(s)
		rows, cols := extent(s, func(biff.Cell) bool { return true })
		if area += rows * cols; area > maxConvertArea {
			return fmt.Errorf("its sheets reach over more than %d cells", maxConvertArea)
		}
		// Measures first: a column's style is laid over its cells.
		if err := errors.Join(c.measures(s), c.cells(s), c.page(s)); err != nil {
			return err
		}
		if s.Hidden {
			if err := c.f.SetSheetVisible(s.Name, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// inArea leaves out what only gives a look to places far behind the last value,
// where a sheet reaches too far with it: styles down to the last row.
func inArea(s *biff.Sheet) {
	if rows, cols := extent(s, func(biff.Cell) bool { return true }); rows*cols <= maxConvertArea {
		return
	}
	const margin = 50
	rows, cols := extent(s, func(c biff.Cell) bool { return c.Kind != biff.Blank })
	s.Cells = slices.DeleteFunc(s.Cells, func(c biff.Cell) bool { return int(c.Row) > rows+margin || int(c.Col) > cols+margin })
	s.Rows = slices.DeleteFunc(s.Rows, func(r biff.Row) bool { return r.Row > rows+margin })
}

// extent is the last row and the last column of the cells that count, of merged
// blocks, and of all rows with a height of their own where all cells count.
func extent(s *biff.Sheet, counts func(biff.Cell) bool) (rows, cols int) {
	for _, c := range s.Cells {
		if counts(c) {
			rows, cols = max(rows, int(c.Row)), max(cols, int(c.Col))
		}
	}
	for _, m := range s.Merges {
		rows, cols = max(rows, m.Row2), max(cols, m.Col2)
	}
	if counts(biff.Cell{Kind: biff.Blank}) {
		for _, r := range s.Rows {
			rows = max(rows, r.Row)
		}
	}
	return rows, cols
}

func (c *converter) cells(s *biff.Sheet) error {
	boxes := boxTexts(c.grids[s.Name])
	for _, cell := range s.Cells {
		row, col := int(cell.Row), int(cell.Col)
		at := cellName(row, col)
		style, err := c.style(int(cell.Style))
		if err != nil {
			return err
		}
		if text, ok := boxes[[2]int{row, col}]; ok {
			cell.Kind, cell.Text = biff.Text, strings.TrimSpace(text+" "+trim(cell.Text))
			delete(boxes, [2]int{row, col})
		}
		if err := errors.Join(c.value(s.Name, at, cell), c.f.SetCellStyle(s.Name, at, at, style)); err != nil {
			return err
		}
	}
	for at, text := range boxes {
		if err := c.f.SetCellStr(s.Name, cellName(at[0], at[1]), text); err != nil {
			return err
		}
	}
	for _, m := range s.Merges {
		if err := c.f.MergeCell(s.Name, cellName(m.Row1, m.Col1), cellName(m.Row2, m.Col2)); err != nil {
			return err
		}
	}
	return nil
}

// value writes a cell's value; texts are written as texts, whatever they begin
// with.
func (c *converter) value(sheet, at string, cell biff.Cell) error {
	switch cell.Kind {
	case biff.Blank:
		return nil
	case biff.Number:
		n, err := strconv.ParseFloat(cell.Text, 64)
		if err != nil {
			return err
		}
		return c.f.SetCellValue(sheet, at, n)
	case biff.Bool:
		return c.f.SetCellBool(sheet, at, cell.Text == "1")
	}
	return c.f.SetCellStr(sheet, at, cell.Text)
}

func (c *converter) measures(s *biff.Sheet) error {
	errs := []error{c.f.SetSheetProps(s.Name, &excelize.SheetPropsOptions{DefaultColWidth: &s.ColWidth, DefaultRowHeight: &s.RowHeight, FitToPage: &s.Page.Fit})}
	for _, col := range s.Cols {
		from, err1 := excelize.ColumnNumberToName(min(col.From, 256))
		to, err2 := excelize.ColumnNumberToName(min(col.To, 256)) // the last column of a .xls
		style, err3 := c.style(col.Style)
		errs = append(errs, err1, err2, err3)
		if col.To >= 256 && col.From > 64 {
			continue // a width for all the rest of the sheet
		}
		errs = append(errs, c.f.SetColWidth(s.Name, from, to, min(col.Width, excelize.MaxColumnWidth)), c.f.SetColStyle(s.Name, from+":"+to, style))
		if col.Hidden {
			errs = append(errs, c.f.SetColVisible(s.Name, from+":"+to, false))
		}
	}
	for _, r := range s.Rows {
		errs = append(errs, c.f.SetRowHeight(s.Name, r.Row, min(r.Height, excelize.MaxRowHeight)))
		if r.Hidden {
			errs = append(errs, c.f.SetRowVisible(s.Name, r.Row, false))
		}
	}
	return errors.Join(errs...)
}

func (c *converter) page(s *biff.Sheet) error {
	show, p := !s.HideGrid, s.Page
	orientation := "portrait"
	if p.Landscape {
		orientation = "landscape"
	}
	layout := &excelize.PageLayoutOptions{Orientation: &orientation}
	if p.Paper > 0 && p.Paper <= 118 {
		layout.Size = &p.Paper
	}
	if scale := uint(p.Scale); p.Scale >= 10 && p.Scale <= 400 {
		layout.AdjustTo = &scale
	}
	if p.Fit {
		layout.FitToWidth, layout.FitToHeight = &p.FitWidth, &p.FitHeight
	}
	return errors.Join(c.f.SetSheetView(s.Name, -1, &excelize.ViewOptions{ShowGridLines: &show}), c.f.SetPageLayout(s.Name, layout))
}

// boxTexts gives the check boxes over a visible sheet's cells as texts for the
// cells under them: every program shows those, few show form controls that
// another wrote. One whose state is not known must not look unchecked.
func boxTexts(g *grid) map[[2]int]string {
	if g == nil {
		return nil
	}
	out := make(map[[2]int]string)
	boxes := slices.Clone(g.boxes)
	slices.SortStableFunc(boxes, inOrder)
	for _, fb := range boxes {
		mark := "？ "
		switch fb.state {
		case stateOn:
			mark = "☑"
		case stateOff:
			mark = "□"
		}
		if fb.row > 0 {
			b := g.blockAt(fb.row, fb.col)
			at := [2]int{b.r1, b.c1}
			out[at] = strings.TrimSpace(out[at] + " " + mark + fb.caption)
		}
	}
	return out
}
