// Package yearbook writes a fiscal year's figures as an .xlsx that an office hands in.
//
//  1. 概要 is the cover: whose figures, of which days, each figure by month with what it counts, waiting times, and how it
//     was counted.
//  2. One sheet a breakdown, the same figures as columns, and 所要日数 with the waiting times of all breakdowns.
//  3. Sums, stocks and what is carried over are formulas; beside each stands the value that was counted, so that a program
//     that calculates nothing (Protected View, a telephone) shows it, and one that does must come to the same.
//  4. Texts are written as texts, whatever they begin with.
//
// Sheets are streamed: a thousand agencies need no more memory than ten.
package yearbook

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/width"

	"uketsuke/internal/casework"
	"uketsuke/internal/stats"
)

// Options are what the figures themselves do not say.
type Options struct {
	Office   string    // whose figures; "" leaves a blank to fill in
	Made     time.Time // when
	Calendar string    // which days are no business days, a Japanese clause
}

// Write writes the figures as a workbook.
func Write(w io.Writer, f stats.Figures, o Options) (err error) {
	b := &book{f: excelize.NewFile(), figures: f, options: o, styles: map[style]int{}}
	defer func() { err = errors.Join(err, b.f.Close()) }()
	made := o.Made.UTC().Format(time.RFC3339)
	err = b.f.SetDocProps(&excelize.DocProperties{Title: b.title(), Creator: o.Office, LastModifiedBy: o.Office, Created: made, Modified: made, Language: "ja-JP"})
	if err != nil {
		return fmt.Errorf("describe the workbook: %w", err)
	}
	if err := b.summary(); err != nil {
		return err
	}
	for _, d := range breakdowns(f) {
		if err := b.breakdown(d); err != nil {
			return err
		}
	}
	if err := b.times(); err != nil {
		return err
	}
	if err := b.f.Write(w); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

type book struct {
	f       *excelize.File
	figures stats.Figures
	options Options
	styles  map[style]int
	sheets  int
	err     error // the first that a style or a cell had
}

func (b *book) title() string {
	return fmt.Sprintf("%d年度 コンソーシアム支援実績", b.figures.Year)
}

// period is which days are counted.
func (b *book) period() string {
	return japanese(b.figures.From) + " ～ " + japanese(b.figures.At)
}

const dayForm = "2006年1月2日"

func japanese(date string) string {
	t, err := time.ParseInLocation(time.DateOnly, date, casework.JST)
	if err != nil {
		return date
	}
	return t.Format(dayForm)
}

// sheet is one sheet while it is written, line by line.
type sheet struct {
	*excelize.StreamWriter
	b    *book
	name string
	row  int
}

// layout is what a sheet says before its first row.
type layout struct {
	widths []float64 // in characters
	frozen int       // columns at the left that stay
	head   int       // rows at the top that stay and are printed on each page
	single bool      // all of it stands on one page
}

const (
	paperA4    = 9
	bodyHeight = 15.5 // of a row with one line of text, in points
	lineHeight = 16.5 // of each further line
	indent     = 2.0  // what a text keeps off the borders, in half-width characters
	wideChar   = 1.92 // width of a full-width character at fontSize, in the digits of 11 points that column widths count
)

// sheet begins a sheet: A4 landscape, as wide as the page, its head on every page, pages numbered.
func (b *book) sheet(name string, l layout) (*sheet, error) {
	if b.sheets++; b.sheets == 1 {
		if err := b.f.SetSheetName("Sheet1", name); err != nil {
			return nil, fmt.Errorf("name sheet %s: %w", name, err)
		}
	} else if _, err := b.f.NewSheet(name); err != nil {
		return nil, fmt.Errorf("add sheet %s: %w", name, err)
	}
	paper, landscape, wide, high, fit := paperA4, "landscape", 1, 0, true
	if l.single {
		high = 1
	}
	side, top, bottom, edge, centred := 0.4, 0.5, 0.6, 0.3, true // inches
	err := errors.Join(
		b.f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}),
		b.f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &high}),
		b.f.SetPageMargins(name, &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &top, Bottom: &bottom, Header: &edge, Footer: &edge, Horizontally: &centred}),
		b.f.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&L" + b.title() + "&C&P / &N&R&A"}),
		b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: name, RefersTo: fmt.Sprintf("'%s'!$1:$%d", name, l.head)}))
	if err != nil {
		return nil, fmt.Errorf("lay out sheet %s: %w", name, err)
	}
	w, err := b.f.NewStreamWriter(name)
	if err != nil {
		return nil, fmt.Errorf("begin sheet %s: %w", name, err)
	}
	for i, width := range l.widths {
		err = errors.Join(err, w.SetColWidth(i+1, i+1, width))
	}
	err = errors.Join(err, w.SetPanes(&excelize.Panes{Freeze: true, XSplit: l.frozen, YSplit: l.head, TopLeftCell: cell(l.frozen+1, l.head+1), ActivePane: "bottomRight"}))
	if err != nil {
		return nil, fmt.Errorf("lay out sheet %s: %w", name, err)
	}
	return &sheet{StreamWriter: w, b: b, name: name}, nil
}

// line writes the next row; height 0 is one line of text.
func (s *sheet) line(height float64, cells ...any) {
	s.row++
	if height == 0 {
		height = bodyHeight
	}
	s.keep(s.SetRow(cell(1, s.row), cells, excelize.RowOpts{Height: height}))
}

func (s *sheet) merge(fromCol, fromRow, toCol, toRow int) {
	s.keep(s.MergeCell(cell(fromCol, fromRow), cell(toCol, toRow)))
}

func (s *sheet) keep(err error) {
	if err != nil && s.b.err == nil {
		s.b.err = fmt.Errorf("sheet %s: %w", s.name, err)
	}
}

// end finishes the sheet; its error is the first that came.
func (s *sheet) end() error {
	s.keep(s.Flush())
	return s.b.err
}

// cell is the name of a cell: column and row from 1.
func cell(col, row int) string { return column(col) + fmt.Sprint(row) }

// column is the name of a column, from 1 to 16384: the sheets have far fewer.
func column(n int) string {
	name := ""
	for ; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// heightOf is the height of a row whose longest text stands in a column of a width in half-width characters.
func heightOf(text string, columns float64) float64 {
	lines := 0
	for part := range strings.SplitSeq(text, "\n") {
		n := 0.0
		for _, r := range part {
			switch width.LookupRune(r).Kind() {
			case width.EastAsianWide, width.EastAsianFullwidth, width.EastAsianAmbiguous:
				n += wideChar
			default:
				n++
			}
		}
		lines += max(1, int(math.Ceil(n/(columns-indent))))
	}
	return bodyHeight + lineHeight*float64(lines-1)
}
