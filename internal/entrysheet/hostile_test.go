package entrysheet

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostileBooks are small files that would cost much if a loop over one thing
// stood inside a loop over another.
func hostileBooks() map[string]*testBook {
	titles := &testSheet{name: "見出し", width: 0.5}
	for i := range 5000 {
		titles.put(i+100, 1, 1, 1, "企業情報")
		titles.put(i+100, 2, 1, 1, "TEL")
	}
	titles.put(1, maxCol, 1, 1, "x")
	boxesAt(titles, plainPairs(titles, 1, companyPairs, 1, 2), 1)

	tall := &testSheet{name: "高い"}
	for i := range 200 {
		tall.put(1, i*2+1, 1, 400, "企業の課題")
	}
	for r := 2; r < 400; r++ {
		for c := 1; c < 40; c++ {
			tall.put(r, c*4, 1, 1, "文")
		}
	}
	boxesAt(tall, plainPairs(tall, 600, companyPairs, 1, 1), 1)

	boxes := &testSheet{name: "箱"}
	for i := range 19_000 {
		boxes.put(i+100, 2, 1, 1, "01.市場情報")
	}
	plainPairs(boxes, 1, companyPairs, 1, 1)
	var controls []testControl
	for i := range 2000 {
		controls = append(controls, testControl{row: i + 100, col: 1, kind: "CheckBox", on: true, link: fmt.Sprintf("$A$%d", i+1)})
	}
	drawn := make(map[string]string)
	byExcel.write(boxes, drawn, controls)

	var many []*testSheet
	for i := range 60 {
		s := sampleForm(nil)
		s.name = fmt.Sprint(i)
		for n := range 800 {
			s.put(100+n, 1, 1, 1, "TEL")
		}
		many = append(many, s)
	}
	inline := &testSheet{name: "一行"}
	for i := range 10_000 {
		inline.put(i+100, 1, 1, 1, strings.Repeat("TEL：", 20))
	}
	boxesAt(inline, plainPairs(inline, 1, companyPairs, 1, 1), 1)
	return map[string]*testBook{
		"titles and labels in a wide sheet": {sheets: []*testSheet{titles}},
		"tall labels":                       {sheets: []*testSheet{tall}},
		"boxes and controls":                {sheets: []*testSheet{boxes}, parts: drawn},
		"many forms":                        {sheets: many},
		"many labels in each cell":          {sheets: []*testSheet{inline}},
	}
}

// hang is longer than any file may take on a machine that does other things,
// too; trust.md's bound is 2 s on one that does not.
const hang = 20 * time.Second

// cost reads a file and returns the time and the megabytes that it took.
func cost(b []byte) (*Sheet, time.Duration, uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	s := Read(b, DefaultLayout(), today, DefaultLimits())
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	return s, took, (after.TotalAlloc - before.TotalAlloc) >> 20
}

func TestHostileSheetsCostLittle(t *testing.T) {
	files := make(map[string][]byte)
	for name, book := range hostileBooks() {
		files[name] = book.bytes()
		if book.parts == nil {
			files[name+", .xls"] = narrow(book).xls().Bytes()
		}
	}
	plain := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	change := func(change func(string) string) []byte { return rezip(t, plain, "xl/worksheets/sheet1.xml", change) }
	files["merged blocks upon each other"] = change(func(s string) string {
		return strings.Replace(s, "<mergeCells>", "<mergeCells>"+strings.Repeat(`<mergeCell ref="A1:XFD1048576"/>`, 15_000), 1)
	})
	files["merged blocks of whole columns"] = change(func(s string) string {
		var b strings.Builder
		for c := 1; c <= 1900; c++ {
			fmt.Fprintf(&b, `<mergeCell ref="%[1]s100:%[1]s1048576"/>`, colName(c))
		}
		return strings.Replace(s, "<mergeCells>", "<mergeCells>"+b.String(), 1)
	})
	files["runs of columns, all hidden"] = change(func(s string) string {
		return strings.Replace(strings.ReplaceAll(s, "A1:AN1", "A1:XFD1"), "<cols>", "<cols>"+strings.Repeat(`<col min="1" max="16384" width="1" hidden="1"/>`, 50_000), 1)
	})
	files["hidden rows"] = change(func(s string) string {
		return strings.Replace(s, "</sheetData>", strings.Repeat(`<row hidden="1"><c><v>1</v></c></row>`, 400_000)+"</sheetData>", 1)
	})
	for name, b := range files {
		s, took, used := cost(b)
		t.Logf("%-45s %8d bytes %6d ms %4d MB %s %s", name, len(b), took.Milliseconds(), used, s.Kind, s.Error)
		if took > hang || used > 128 {
			t.Errorf("%s: %s, %d MB", name, took, used)
		}
	}
}

// narrow leaves out what no .xls can hold.
func narrow(b *testBook) *testBook {
	out := &testBook{}
	for _, s := range b.sheets {
		c := &testSheet{name: s.name, width: s.width}
		for _, cell := range s.cells {
			if cell.col+cell.w <= 256 && cell.row+cell.h <= 65536 {
				c.cells = append(c.cells, cell)
			}
		}
		out.sheets = append(out.sheets, c)
	}
	return out
}
