package entrysheet

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/biff/bifftest"
)

// xls writes the test workbook as Excel 97-2003 would.
func (b *testBook) xls() *bifftest.Book {
	out := &bifftest.Book{Date1904: b.date1904, Styles: []uint16{0, 0, 0, 164, 165, 166},
		Formats: map[int]string{164: `[$-411]ggge"年"m"月"d"日"`, 165: `#,##0"万円"`, 166: `#,##0,"千円"`}}
	for _, s := range b.sheets {
		x := bifftest.Sheet{Name: s.name, Hidden: s.state != "" && s.state != "visible", ColWidth: int(s.width)}
		for _, c := range s.cells {
			x.Cells = append(x.Cells, bifftest.Cell{Row: c.row, Col: c.col, Style: c.style, Value: c.xlsValue()})
			if c.w > 1 || c.h > 1 {
				x.Merges = append(x.Merges, [4]int{c.row, c.col, c.row + max(c.h, 1) - 1, c.col + max(c.w, 1) - 1})
			}
		}
		out.Sheets = append(out.Sheets, x)
	}
	return out
}

func (c testCell) xlsValue() any {
	switch {
	case c.text == "":
		return nil
	case c.typ == "n":
		n, err := strconv.ParseFloat(c.text, 64)
		if err != nil {
			panic(err)
		}
		return n
	case c.typ == "b":
		return c.text == "1"
	}
	return c.text
}

// TestOldWorkbooksReadAsNewOnes: the same form gives the same, whatever its
// format; and so does its copy as a .xlsx.
func TestOldWorkbooksReadAsNewOnes(t *testing.T) {
	capital := sampleForm(map[string]string{"company.capital": "3000", "received": "44880"})
	for i := range capital.cells {
		switch c := &capital.cells[i]; c.text {
		case "3000":
			c.typ, c.style = "n", 4
		case "44880":
			c.typ, c.style = "n", 3
		}
	}
	books := map[string]*testBook{
		"complete":            {sheets: []*testSheet{sampleForm(nil)}},
		"problems":            {sheets: []*testSheet{sampleForm(map[string]string{"company.name": "", "company.corporateNumber": "1", "confirm.3": "□ " + confirmationTexts[2]})}},
		"1904 and formats":    {sheets: []*testSheet{capital}, date1904: true},
		"hidden sheet before": {sheets: []*testSheet{{name: "設定", state: "hidden"}, sampleForm(nil)}},
		"boolean cells": {sheets: []*testSheet{boxForm(func(s *testSheet, row, col, n int, text string) {
			c := s.put(row, col, 2, 1, map[bool]string{true: "1", false: "0"}[n == 1 || n == 7])
			c.typ = "b"
			s.put(row, col+2, 11, 1, fmt.Sprintf("%02d.%s", n, text))
		})}},
	}
	for name, book := range books {
		for _, phonetic := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, furigana %v", name, phonetic), func(t *testing.T) {
				want := Read(book.bytes(), DefaultLayout(), today, DefaultLimits())
				x := book.xls()
				x.Phonetic = phonetic
				checkSame(t, x.Bytes(), want)
			})
		}
	}
}

// checkSame reads a .xls, its copy and its marked copy.
func checkSame(t *testing.T, b []byte, want *Sheet) {
	t.Helper()
	got := Read(b, DefaultLayout(), today, DefaultLimits())
	if !reflect.DeepEqual(got.Values, want.Values) || !reflect.DeepEqual(got.Problems, want.Problems) {
		t.Fatalf("%s %s: %v\nwant %v", got.Kind, got.Error, got.Values, want.Values)
	}
	copied, err := Convert(b)
	if err != nil {
		t.Fatal(err)
	}
	marked, err := Mark(b, got.Problems)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][]byte{"copy": copied, "marked copy": marked} {
		if again := Read(c, DefaultLayout(), today, DefaultLimits()); !reflect.DeepEqual(again.Values, want.Values) || len(again.Problems) != len(want.Problems) {
			t.Errorf("the %s reads otherwise: %s %s %v", name, again.Kind, again.Error, again.Values)
		}
	}
}

// TestOldWorkbooksControls: check boxes over the cells, their states in the
// drawing or in linked cells.
func TestOldWorkbooksControls(t *testing.T) {
	for _, linked := range []bool{false, true} {
		f, controls := checkedForm()
		book := (&testBook{sheets: []*testSheet{f}}).xls()
		s := &book.Sheets[0]
		s.Controls = xlsControls(controls)
		for i, c := range controls {
			if x := &s.Controls[i]; linked {
				x.State, x.LinkRow, x.LinkCol = -1, 200+i, 50
				s.Cells = append(s.Cells, bifftest.Cell{Row: 200 + i, Col: 50, Value: c.on})
			}
		}
		b := book.Bytes()
		checkControls(t, Read(b, DefaultLayout(), today, DefaultLimits()))
		copied, err := Convert(b)
		if err != nil {
			t.Fatal(err)
		}
		checkControls(t, Read(copied, DefaultLayout(), today, DefaultLimits()))
	}

	f, controls := checkedForm()
	book := (&testBook{sheets: []*testSheet{f}}).xls()
	for _, c := range controls {
		book.Sheets[0].Controls = append(book.Sheets[0].Controls, bifftest.Control{Row: c.row, Col: c.col, State: -1})
	}
	if s := Read(book.Bytes(), DefaultLayout(), today, DefaultLimits()); len(s.Problems) != 17 || !s.Unclear() {
		t.Errorf("states that are not written: %d problems, unclear %v", len(s.Problems), s.Unclear())
	}
	copied, err := Convert(book.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	s := Read(copied, DefaultLayout(), today, DefaultLimits())
	if len(problemsOf(s, "request.items")) == 0 || len(s.Ints("request.items")) != 0 || s.Kind != KindEntrySheet {
		t.Errorf("copy of states that are not written: %s, items %v", s.Kind, s.Ints("request.items"))
	}
}

// TestCopyKeepsLookAndText: fonts are the tests' least; what begins like a
// formula stays a text.
func TestCopyKeepsLookAndText(t *testing.T) {
	book := &bifftest.Book{Formats: map[int]string{164: `yyyy"年"`}, Styles: []uint16{0, 164, 31}, Sheets: []bifftest.Sheet{
		{Name: "表", ColWidth: 4, HiddenRows: []int{9}, HiddenCols: []int{70}, Merges: [][4]int{{1, 1, 1, 3}},
			Cells: []bifftest.Cell{{Row: 1, Col: 1, Value: `=cmd|' /C calc'!A0`}, {Row: 2, Col: 1, Style: 1, Value: 46342.0}, {Row: 3, Col: 1, Style: 2, Value: 46342.0}}},
		{Name: "隠し", Hidden: true}}}
	b, err := Convert(book.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]string{"A1": `=cmd|' /C calc'!A0`, "A2": "2026年", "A3": "2026年11月16日"} {
		if got, err := f.GetCellValue("表", cell); err != nil || got != want {
			t.Errorf("%s = %q, %v, want %q", cell, got, err, want)
		}
	}
	formula, err1 := f.GetCellFormula("表", "A1")
	merges, err2 := f.GetMergeCells("表")
	width, err3 := f.GetColWidth("表", "B")
	row, err4 := f.GetRowVisible("表", 9)
	hidden, err5 := f.GetSheetVisible("隠し")
	if formula != "" || len(merges) != 1 || width != 4 || row || hidden {
		t.Errorf("formula %q, %d merges, width %v, row visible %v, sheet visible %v; %v", formula, len(merges), width, row, hidden, []error{err1, err2, err3, err4, err5})
	}
}

func TestCopiesAreNamedByWhatTheyAre(t *testing.T) {
	old, form := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).xls().Bytes(), (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	for _, tt := range []struct {
		name string
		b    []byte
		want string
	}{{"エントリーシート.xls", old, "エントリーシート.xlsx"}, {"様式.v2.XLS", old, "様式.v2.xlsx"}, {"名前なし", old, "名前なし.xlsx"}, {"a.xlsx", form, "a.xlsx"}, {"a.xls", form, "a.xls"}} {
		if got := CopyName(tt.name, tt.b); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if _, err := Convert(form); err == nil {
		t.Error("a .xlsx was converted")
	}
}

func TestOldWorkbooksThatCannotBeRead(t *testing.T) {
	locked := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).xls()
	locked.FilePass = make([]byte, 6)
	good := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).xls().Bytes()
	few := DefaultLimits()
	few.Cells = 10
	for _, tt := range []struct {
		name   string
		b      []byte
		lim    Limits
		kind   Kind
		reason string
	}{
		{"encrypted", locked.Bytes(), DefaultLimits(), KindLocked, "パスワード"},
		{"Excel 95", oleFile(false, "Book"), DefaultLimits(), KindUnreadable, reasonOldExcel},
		{"no records", oleFile(false, "Workbook"), DefaultLimits(), KindUnreadable, reasonBroken},
		{"too many cells", good, few, KindUnreadable, reasonTooBig},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := Read(tt.b, DefaultLayout(), today, tt.lim)
			if s.Kind != tt.kind || !strings.Contains(s.Reason, tt.reason) {
				t.Errorf("%s: %s, %s", s.Kind, s.Error, s.Reason)
			}
			if _, err := Mark(tt.b, nil); tt.lim == DefaultLimits() && err == nil {
				t.Error("marked")
			}
		})
	}
}

// Styles down to the last row of a .xls, which people make by marking whole columns, cost nothing; a value there cannot be
// copied, and says so before any room is taken for what lies between.
func TestACopyOfAnOldWorkbookReachesNoFurtherThanItsValues(t *testing.T) {
	far := func(value any) *bifftest.Book {
		book := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).xls()
		s := &book.Sheets[0]
		s.Cells = append(s.Cells, bifftest.Cell{Row: 60_000, Col: 250, Style: 1, Value: value})
		return book
	}
	copied, err := Convert(far(nil).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got := Read(copied, DefaultLayout(), today, DefaultLimits()); got.Kind != KindEntrySheet {
		t.Errorf("the copy is %s: %s", got.Kind, got.Error)
	}
	if _, err := Convert(far("遠い値").Bytes()); !errors.Is(err, ErrNotConvertible) {
		t.Errorf("a value far away: %v", err)
	}
}
