package entrysheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/biff"
)

// workbook is a workbook whose visible worksheets are scanned. Of a package the
// head is what excelize understood of it; a .xls has neither.
type workbook struct {
	pkg      *opc
	head     *excelize.File
	rels     []relationship // of the workbook part
	styles   *cellFormats   // nil: not asked for yet
	date1904 bool
	sheets   []*grid // visible worksheets in tab order
	formats  map[int]numberFormat
	xls      *biff.Book // of a .xls
}

// sheetRef is a worksheet as the workbook part lists it.
type sheetRef struct {
	name, part string
	hidden     bool
}

// openWorkbook opens a package and scans its visible sheets.
func openWorkbook(b []byte, lim Limits) (*workbook, error) {
	return openSheets(b, lim, func(ref sheetRef) bool { return !ref.hidden })
}

// openSheets opens a package and scans the sheets that are wanted.
func openSheets(b []byte, lim Limits, wanted func(sheetRef) bool) (*workbook, error) {
	p, err := openOPC(b, lim)
	if err != nil {
		return nil, err
	}
	w := &workbook{pkg: p, formats: make(map[int]numberFormat)}
	main, err := p.mainPart()
	if err != nil {
		return nil, err
	}
	refs, err := w.openHead(main)
	if err != nil {
		return nil, err
	}
	if len(refs) > lim.Sheets {
		return nil, tooBig("%d sheets exceed %d", len(refs), lim.Sheets)
	}
	budget := &budget{cells: lim.Cells, merges: lim.Merges, text: lim.Text}
	for _, ref := range refs {
		if !wanted(ref) {
			continue
		}
		g, err := scanSheet(p, ref, budget)
		if err != nil {
			return nil, err
		}
		w.sheets = append(w.sheets, g)
	}
	if err := w.resolveShared(main, budget); err != nil {
		return nil, err
	}
	w.settleBoxes(func(name string) *grid { return w.hiddenSheet(refs, name, budget) })
	return w, nil
}

// hiddenSheet scans a hidden sheet, where forms like to keep their linked
// cells; nil where there is none of that name or it cannot be read.
func (w *workbook) hiddenSheet(refs []sheetRef, name string, budget *budget) *grid {
	for _, ref := range refs {
		if ref.hidden && strings.EqualFold(ref.name, name) {
			if g, err := scanSheet(w.pkg, ref, budget); err == nil {
				return g
			}
		}
	}
	return nil
}

// openHead lets excelize read the workbook part, nothing else: it builds a tree
// of every part that it parses, so it is given only what is small.
func (w *workbook) openHead(main string) ([]sheetRef, error) {
	book, err := w.pkg.text(main, w.pkg.lim.Head*32)
	if err != nil {
		return nil, err
	}
	if book = withoutNames(book); int64(len(book)) > w.pkg.lim.Head {
		return nil, tooBig("workbook part of %d bytes exceeds %d", len(book), w.pkg.lim.Head)
	}
	rels, err := w.pkg.rels(main)
	if err != nil {
		return nil, err
	}
	if w.head, err = openHead(book); err != nil {
		return nil, broken(fmt.Errorf("opening workbook: %w", err))
	}
	w.rels = rels
	if pr := w.head.WorkBook.WorkbookPr; pr != nil {
		w.date1904 = pr.Date1904
	}
	return w.sheetRefs(rels), nil
}

// openHead opens a package made of just this part, uncompressed.
func openHead(book []byte) (f *excelize.File, err error) {
	defer func() {
		if r := recover(); r != nil { // the library must not take the robot down
			f, err = nil, fmt.Errorf("panic in excelize: %v", r)
		}
	}()
	const rels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	var buf bytes.Buffer
	buf.Grow(len(book) + 2048)
	zw := zip.NewWriter(&buf)
	for _, part := range []struct {
		name string
		data []byte
	}{{"_rels/.rels", []byte(rels)}, {"xl/workbook.xml", book}} {
		dst, err := zw.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := dst.Write(part.data); err != nil {
			return nil, err
		}
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	f, err = excelize.OpenReader(bytes.NewReader(buf.Bytes()), excelize.Options{RawCellValue: true})
	if err == nil && f.WorkBook == nil {
		err = errors.New("no workbook element")
	}
	return f, err
}

// withoutNames cuts the defined names out: old Japanese workbooks carry tens
// of thousands of broken ones, and none is needed.
func withoutNames(book []byte) []byte {
	s := newXMLBytes(book)
	from := int64(-1)
	for t, ok := s.next(); ok; t, ok = s.next() {
		if !t.is("definedNames") || t.empty {
			continue
		}
		if t.kind == tokenStart {
			from = t.start
		} else if from >= 0 {
			return append(append(make([]byte, 0, len(book)), book[:from]...), book[t.end:]...)
		}
	}
	return book
}

// sheetRefs lists the worksheets (no chart or macro sheets) in tab order.
func (w *workbook) sheetRefs(rels []relationship) []sheetRef {
	parts := make(map[string]string, len(rels))
	for _, r := range rels {
		if r.kind == "worksheet" {
			parts[r.id] = r.target
		}
	}
	var out []sheetRef
	for _, s := range w.head.WorkBook.Sheets.Sheet {
		if part := parts[s.ID]; part != "" && w.pkg.has(part) {
			out = append(out, sheetRef{name: s.Name, part: part, hidden: s.State == "hidden" || s.State == "veryHidden"})
		}
	}
	return out
}

// resolveShared gives the scanned cells their shared strings. The table's
// strings are counted before one is kept, and only those in use are kept.
func (w *workbook) resolveShared(main string, budget *budget) error {
	wanted := make(map[int]string)
	for _, g := range w.sheets {
		for _, c := range g.cells {
			if c.shared >= 0 {
				wanted[c.shared] = ""
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	part, err := w.sharedPart(main)
	if err != nil {
		return err
	}
	if part != "" {
		if err := w.readShared(part, wanted, budget); err != nil {
			return err
		}
	}
	for _, g := range w.sheets {
		g.setShared(wanted)
	}
	return nil
}

func (w *workbook) sharedPart(main string) (string, error) {
	rels, err := w.pkg.rels(main)
	if err != nil {
		return "", err
	}
	for _, r := range rels {
		if r.kind == "sharedStrings" && w.pkg.has(r.target) {
			return r.target, nil
		}
	}
	return "", nil
}

func (w *workbook) readShared(part string, wanted map[int]string, budget *budget) error {
	s, c, err := w.pkg.scan(part)
	if err != nil {
		return err
	}
	defer c.Close()
	index := -1
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind != tokenStart || !t.is("si") {
			continue
		}
		if index++; index >= w.pkg.lim.SharedStrings {
			return tooBig("shared strings exceed %d", w.pkg.lim.SharedStrings)
		}
		if _, use := wanted[index]; !use || t.empty {
			continue // the scanner passes over its inside
		}
		text, err := scanRichText(s, "si")
		if err != nil {
			return err
		}
		if err := budget.addText(len(text)); err != nil {
			return err
		}
		wanted[index] = text
	}
	if s.err != nil && !errors.Is(s.err, io.EOF) {
		return broken(fmt.Errorf("reading shared strings: %w", s.err))
	}
	return nil
}
