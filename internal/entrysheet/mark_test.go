package entrysheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"pgregory.net/rapid"
)

// someProblems are two cells of the ordinary form, one of them with two problems.
func someProblems() []Problem {
	const sheet = "エントリーシート"
	return []Problem{
		{Field: "company.name", Severity: SeverityError, Sheet: sheet, Cell: "I10", Wanted: "「企業名」をご記入ください。"},
		{Field: "company.kana", Severity: SeverityError, Sheet: sheet, Cell: "I10", Wanted: "<正式名称> & 「フリガナ」もお願いいたします。"},
		{Field: "confirmations.tpp", Severity: SeverityError, Sheet: sheet, Cell: "A35", Wanted: "チェックをお入れください（全項目のご確認が必要です）。"},
		{Field: "company.phone", Severity: SeverityError, Sheet: sheet, Cell: "", Wanted: "欄が見当たりません。"},
	}
}

// parts returns a package's parts in order: names, and compressed bytes by name.
func parts(t rapid.TB, b []byte) ([]string, map[string][]byte, map[string][]byte) {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	raw, data := make(map[string][]byte), make(map[string][]byte)
	for _, f := range zr.File {
		names = append(names, f.Name)
		r, err := f.OpenRaw()
		if err != nil {
			t.Fatal(err)
		}
		if raw[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		data[f.Name] = partBytes(t, f)
	}
	return names, raw, data
}

// mayDiffer names the parts that a marked copy may change or add.
var mayDiffer = regexp.MustCompile(`^(\[Content_Types\]\.xml|xl/styles\.xml|xl/worksheets/sheet\d\.xml|xl/worksheets/_rels/sheet\d\.xml\.rels|xl/comments\d+\.xml|xl/drawings/vmlDrawing\d+\.vml)$`)

// checkMarked asserts what holds of every marked copy: all other parts keep
// their compressed bytes and order, form controls included, every XML part is
// well-formed, and both marked blocks are coloured and commented.
func checkMarked(t *testing.T, before, after []byte) map[string][]byte {
	t.Helper()
	oldNames, oldRaw, _ := parts(t, before)
	newNames, newRaw, data := parts(t, after)
	if !slices.Equal(oldNames, newNames[:len(oldNames)]) {
		t.Errorf("parts %v became %v", oldNames, newNames)
	}
	for _, name := range newNames {
		if !mayDiffer.MatchString(name) && !bytes.Equal(oldRaw[name], newRaw[name]) {
			t.Errorf("%s differs", name)
		}
		if strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".rels") {
			if err := xml.Unmarshal(data[name], new(struct{})); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	checkLook(t, before, after)
	return data
}

// checkLook asks excelize for fills and comments of the marked copy.
func checkLook(t *testing.T, before, after []byte) {
	t.Helper()
	const sheet = "エントリーシート"
	old, marked := openBook(t, before), openBook(t, after)
	for _, cell := range []string{"I10", "J10", "T10", "A35", "AN35"} {
		was, is := styleOf(t, old, sheet, cell), styleOf(t, marked, sheet, cell)
		if len(is.Fill.Color) != 1 || is.Fill.Color[0] != markColor[2:] {
			t.Errorf("%s has fill %v", cell, is.Fill)
		}
		was.Fill, is.Fill = excelize.Fill{}, excelize.Fill{}
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("%s changed more than its fill: %s", cell, diff)
		}
	}
	for _, cell := range []string{"H10", "U10", "I11", "A34"} {
		if diff := cmp.Diff(styleOf(t, old, sheet, cell), styleOf(t, marked, sheet, cell)); diff != "" {
			t.Errorf("%s changed: %s", cell, diff)
		}
	}
	comments, err := marked.GetComments(sheet)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, c := range comments {
		text := c.Text
		for _, run := range c.Paragraph {
			text += run.Text
		}
		if strings.Contains(text, markAuthor) {
			texts = append(texts, c.Cell+": "+text)
		}
	}
	if len(texts) != 2 || !strings.Contains(texts[0], "I10") || !strings.Contains(texts[0], "ご記入ください。\n<正式名称> & 「フリガナ」") || !strings.Contains(texts[1], "A35") {
		t.Errorf("notes %q", texts)
	}
}

func openBook(t *testing.T, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func styleOf(t *testing.T, f *excelize.File, sheet, cell string) *excelize.Style {
	t.Helper()
	id, err := f.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	style, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return style
}

func TestMarkChangesOnlyTheMarks(t *testing.T) {
	prefixed := &testBook{sheets: []*testSheet{sampleForm(nil)}, prefix: "x"}
	controls, at := controlForm()
	tests := map[string][]byte{
		"written by excelize": excelizeForm(t, nil),
		"inline strings":      (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes(),
		"namespace prefix":    prefixed.bytes(),
		"form controls in a legacy drawing": (&testBook{sheets: []*testSheet{controls},
			parts: map[string]string{"xl/drawings/vmlDrawing1.vml": vmlCheckboxes(at), "xl/ctrlProps/ctrlProp1.xml": "<a/>", "customXml/item1.xml": "<a/>"}}).bytes(),
		"form controls by excelize": excelizeForm(t, func(f *excelize.File, sheet string) {
			for _, cell := range []string{"B24", "O24", "B30"} {
				if err := f.AddFormControl(sheet, excelize.FormControl{Cell: cell, Type: excelize.FormControlCheckBox, Text: "確認", Checked: true, Height: 20, Width: 40}); err != nil {
					t.Fatal(err)
				}
			}
		}),
		"comments of the sender": excelizeForm(t, func(f *excelize.File, sheet string) {
			for _, cell := range []string{"I10", "I6"} {
				if err := f.AddComment(sheet, excelize.Comment{Cell: cell, Author: "山田", Text: "確認中です"}); err != nil {
					t.Fatal(err)
				}
			}
		}),
		"a picture, a second sheet, a table": excelizeForm(t, func(f *excelize.File, sheet string) {
			if _, err := f.NewSheet("メモ"); err != nil {
				t.Fatal(err)
			}
			if err := f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: new("landscape")}); err != nil {
				t.Fatal(err)
			}
			if err := f.AddTable(sheet, &excelize.Table{Range: "AQ1:AR3", Name: "表"}); err != nil {
				t.Fatal(err)
			}
		}),
	}
	for name, before := range tests {
		t.Run(name, func(t *testing.T) {
			after, err := Mark(before, someProblems())
			if err != nil {
				t.Fatal(err)
			}
			checkMarked(t, before, after)
			was, is := Read(before, DefaultLayout(), today, DefaultLimits()), Read(after, DefaultLayout(), today, DefaultLimits())
			if diff := cmp.Diff(was, is); diff != "" {
				t.Errorf("the marked copy reads otherwise: %s", diff)
			}
		})
	}
}

func TestMarkKeepsTheSendersComment(t *testing.T) {
	before := excelizeForm(t, func(f *excelize.File, sheet string) {
		if err := f.AddComment(sheet, excelize.Comment{Cell: "I10", Author: "山田", Text: "登記を確認中"}); err != nil {
			t.Fatal(err)
		}
	})
	after, err := Mark(before, someProblems())
	if err != nil {
		t.Fatal(err)
	}
	data := checkMarked(t, before, after)
	comments := string(data["xl/comments1.xml"])
	if strings.Count(comments, `ref="I10"`) != 1 || !strings.Contains(comments, "登記を確認中") {
		t.Errorf("comments: %s", comments)
	}
	vml := string(data["xl/drawings/vmlDrawing1.vml"])
	if n := strings.Count(vml, `ObjectType="Note"`); n != 2 {
		t.Errorf("%d notes drawn, want the sender's and one of ours", n)
	}
}

// TestMarkAppendsToLegacyDrawing: all bytes of the form controls' drawing stay.
func TestMarkAppendsToLegacyDrawing(t *testing.T) {
	controls, at := controlForm()
	vml := vmlCheckboxes(at)
	before := (&testBook{sheets: []*testSheet{controls}, parts: map[string]string{"xl/drawings/vmlDrawing1.vml": vml}}).bytes()
	after, err := Mark(before, someProblems())
	if err != nil {
		t.Fatal(err)
	}
	_, _, data := parts(t, after)
	got := string(data["xl/drawings/vmlDrawing1.vml"])
	if !strings.HasPrefix(got, strings.TrimSuffix(vml, "</xml>")) {
		t.Error("the drawing's own bytes changed")
	}
	ids := regexp.MustCompile(`id="_x0000_s(\d+)"`).FindAllString(got, -1)
	if n := len(ids); n != len(at)+2 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != n {
		t.Errorf("shape ids %v", ids)
	}
	if strings.Count(string(data["xl/worksheets/sheet1.xml"]), "legacyDrawing") != 1 {
		t.Error("a second legacyDrawing element")
	}
}

// TestMarkMakesMissingCells: blank answers often have no cell or row at all.
func TestMarkMakesMissingCells(t *testing.T) {
	for name, sheetData := range map[string]string{
		"no rows":          `<sheetData/>`,
		"no cells":         `<sheetData><row r="2"/><row r="3"></row></sheetData>`,
		"rows around":      `<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="A9"><v>9</v></c></row></sheetData>`,
		"cells around":     `<sheetData><row r="2" s="1" customFormat="1"><c r="A2"><v>1</v></c><c r="Z2" s="1"/></row></sheetData>`,
		"no references":    `<sheetData><row><c><v>1</v></c></row><row><c><v>2</v></c></row></sheetData>`,
		"self-closed cell": `<sheetData><row r="2"><c r="B2"/><c r="C2" s="2" /></row></sheetData>`,
	} {
		t.Run(name, func(t *testing.T) {
			book := &testBook{sheets: []*testSheet{{name: "S"}}}
			before := rezip(t, book.bytes(), "xl/worksheets/sheet1.xml", func(string) string {
				return `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` + sheetData +
					`<mergeCells><mergeCell ref="B2:C3"/></mergeCells><pageMargins left="1" right="1" top="1" bottom="1" header="1" footer="1"/><tableParts count="0"/></worksheet>`
			})
			after, err := Mark(before, []Problem{{Sheet: "S", Cell: "B2", Wanted: "ご記入ください。"}, {Sheet: "S", Cell: "D12", Wanted: "ご記入ください。"}})
			if err != nil {
				t.Fatal(err)
			}
			_, _, data := parts(t, after)
			checkCells(t, data["xl/worksheets/sheet1.xml"], []string{"B2", "C2", "B3", "C3", "D12"})
			if part := string(data["xl/worksheets/sheet1.xml"]); strings.Index(part, "<legacyDrawing") > strings.Index(part, "<tableParts") || strings.Index(part, "<legacyDrawing") < strings.Index(part, "<pageMargins") {
				t.Errorf("legacyDrawing stands in the wrong place: %s", part)
			}
		})
	}
}

// checkCells asserts that rows and cells stand in order, once each, and that
// exactly the marked ones have the copies of styles.
func checkCells(t *testing.T, part []byte, marked []string) {
	t.Helper()
	var got []string
	row, col := 0, 0
	s := newXMLBytes(part)
	for tok, ok := s.next(); ok; tok, ok = s.next() {
		if tok.kind != tokenStart {
			continue
		}
		switch {
		case tok.is("row"):
			r := nextRow(tok, row)
			if r <= row {
				t.Errorf("row %d follows row %d", r, row)
			}
			row, col = r, 0
		case tok.is("c"):
			c := col + 1
			if _, n, ok := parseCell(tok.attrBytes("r")); ok {
				c = n
			}
			if c <= col {
				t.Errorf("column %d follows %d in row %d", c, col, row)
			}
			col = c
			if style := tok.attrText("s"); style >= "6" { // the copies follow the book's own six
				got = append(got, cellName(row, col))
			}
		}
	}
	if s.err != nil {
		t.Errorf("sheet part: %v", s.err)
	}
	slices.Sort(got)
	slices.Sort(marked)
	if !slices.Equal(got, marked) {
		t.Errorf("marked %v, want %v\n%s", got, marked, part)
	}
}

// TestMarkWithoutStyles: small generators write no styles, or an empty part.
func TestMarkWithoutStyles(t *testing.T) {
	good := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	for name, before := range map[string][]byte{
		"empty part": rezip(t, good, "xl/styles.xml", func(string) string {
			return `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>`
		}),
		"none": rezip(t, good, "xl/_rels/workbook.xml.rels", func(s string) string { return strings.Replace(s, "/styles\"", "/unknown\"", 1) }),
	} {
		after, err := Mark(before, someProblems())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f := openBook(t, after)
		if name == "none" {
			continue // excelize knows styles by their usual name only
		}
		if style := styleOf(t, f, "エントリーシート", "I10"); style.Fill.Pattern != 1 {
			t.Errorf("%s: fill %v", name, style.Fill)
		}
	}
}

func TestMarkRefusals(t *testing.T) {
	good := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	tests := []struct {
		name string
		b    []byte
		p    Problem
		want error
	}{
		{"no workbook", []byte("text"), Problem{}, ErrNotMarkable},
		{"encrypted", oleFile(false, "EncryptedPackage"), Problem{}, ErrNotMarkable},
		{"unknown sheet", good, Problem{Sheet: "別", Cell: "A1", Wanted: "。"}, ErrNoSuchSheet},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Mark(tt.b, []Problem{tt.p}); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
	if _, err := Mark(good, []Problem{{Sheet: "エントリーシート", Cell: "11A"}}); err == nil {
		t.Error("a cell that is none was accepted")
	}
	if b, err := Mark(good, nil); err != nil {
		t.Errorf("without problems: %v", err)
	} else if s := Read(b, DefaultLayout(), today, DefaultLimits()); s.Kind != KindEntrySheet {
		t.Errorf("without problems: kind %q", s.Kind)
	}
}

// TestMarkedCopyTwice: what came back marked and is still incomplete is marked
// again, without a second note on a cell.
func TestMarkedCopyTwice(t *testing.T) {
	once, err := Mark(excelizeForm(t, nil), someProblems())
	if err != nil {
		t.Fatal(err)
	}
	twice, err := Mark(once, someProblems())
	if err != nil {
		t.Fatal(err)
	}
	_, _, data := parts(t, twice)
	if n := strings.Count(string(data["xl/comments1.xml"]), "<comment "); n != 2 {
		t.Errorf("%d comments", n)
	}
	if n := strings.Count(string(data["xl/drawings/vmlDrawing1.vml"]), `ObjectType="Note"`); n != 2 {
		t.Errorf("%d notes", n)
	}
}
