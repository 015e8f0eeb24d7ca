// Package biff reads Excel 97-2003 workbooks (.xls, BIFF8): values as they
// stand, with what is needed to show them alike.
//
// Read, in steps:
//
//  1. The compound file's Workbook stream is taken out (MS-CFB).
//  2. The globals are read record by record (MS-XLS 2.1.7.20.3): sheets,
//     shared strings, fonts, formats, cell styles, palette, date system. A
//     FILEPASS record means that all that follows is encrypted.
//  3. Each worksheet's records are read: cells with their cached values, merged
//     blocks, rows, columns, and the check boxes and option buttons over them.
//     Charts and what else is embedded is passed over.
//
// Everything is counted against Limits before it is kept, no formula is run,
// and whatever the bytes are, there is a value or an error.
//
// The package is pure: bytes and limits in, a value out.
package biff

import (
	"errors"
	"fmt"

	"uketsuke/internal/cfb"
)

// Errors that a caller decides by; all others mean a broken file.
var (
	ErrEncrypted = errors.New("the workbook is encrypted")
	ErrVersion   = errors.New("a workbook of Excel 95 or older")
	ErrTooBig    = errors.New("the workbook exceeds a limit")
	errShort     = errors.New("a record ends early")
)

// Limits bounds a workbook. Zero in a field forbids all.
type Limits struct {
	Sheets  int
	Cells   int // on all sheets read, blank ones included
	Merges  int // on all sheets read
	Strings int // shared strings
	Text    int // bytes of all texts
	Records int // of the whole stream
}

// Book is a workbook.
type Book struct {
	Sheets   []*Sheet // worksheets in tab order; no charts, no macro sheets
	Date1904 bool     // days are counted from 1904
	Formats  map[int]string
	Fonts    []Font
	Styles   []Style // by Cell.Style

	palette []uint32
	refs    []int // EXTERNSHEET: sheet index by reference
	tabs    []tab // BOUNDSHEET, in tab order
	strings []string
}

// Sheet is a worksheet. Rows and columns count from 1.
type Sheet struct {
	Name      string
	Hidden    bool
	Cells     []Cell // in the file's order, blank ones with a style of their own included
	Merges    []Range
	Rows      []Row
	Cols      []Col
	ColWidth  float64 // of other columns, in characters
	RowHeight float64 // of other rows, in points
	Controls  []Control
	HideGrid  bool // no grid lines are shown
	Page      Page
}

// Page is how a sheet is printed.
type Page struct {
	Paper, Scale        int // as in ECMA-376 part 1, 18.3.1.63; percent
	Landscape, Fit      bool
	FitWidth, FitHeight int // pages, when Fit is set
}

// Kind is what a cell holds.
type Kind uint8

// The kinds of cells.
const (
	Blank Kind = iota
	Text
	Number
	Bool  // Text is "1" or "0"
	Error // Text is as Excel shows it: "#N/A"
)

// Cell is one cell. Formulas stand as their cached values.
type Cell struct {
	Row, Col int32
	Style    int32 // index in Book.Styles
	Kind     Kind
	Text     string // numbers in the shortest form that reads back the same
}

// Range is a rectangle of cells, its last row and column included.
type Range struct{ Row1, Col1, Row2, Col2 int }

// Row is a row with a height of its own, in points.
type Row struct {
	Row    int
	Height float64
	Hidden bool
}

// Col is a run of columns with a width of their own, in characters.
type Col struct {
	From, To int
	Width    float64
	Hidden   bool
	Style    int
}

// Read reads a .xls file.
func Read(b []byte, lim Limits) (*Book, error) {
	stream, err := workbookStream(b)
	if err != nil {
		return nil, err
	}
	r := &reader{stream: stream, lim: lim, book: &Book{Formats: make(map[int]string)}}
	if err := r.globals(); err != nil {
		return nil, fmt.Errorf("reading the globals: %w", err)
	}
	for _, t := range r.book.tabs {
		if t.kind != tabWorksheet {
			continue
		}
		s, err := r.sheet(t)
		if err != nil {
			return nil, fmt.Errorf("reading a sheet: %w", err)
		}
		r.book.Sheets = append(r.book.Sheets, s)
	}
	return r.book, nil
}

// workbookStream takes the Workbook stream out of a compound file.
func workbookStream(b []byte) ([]byte, error) {
	f, err := cfb.Open(b)
	if err != nil {
		return nil, err
	}
	stream, err := f.Stream("Workbook")
	if errors.Is(err, cfb.ErrNotFound) {
		if _, old := f.Stream("Book"); old == nil {
			return nil, ErrVersion
		}
	}
	if err != nil {
		return nil, fmt.Errorf("taking out the Workbook stream: %w", err)
	}
	return stream, nil
}
