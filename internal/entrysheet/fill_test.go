package entrysheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// referral is what the tests fill forms with.
func referral() FormValues {
	return FormValues{
		Texts: map[string]string{"company.name": "株式会社灘酒造", "company.phone": "078-111-2222", "member": "M-00042-7", "evil": "=HYPERLINK(\"x\")", "lines": "1行目\r\n2行目 <&>", "escape": "_x0041_"},
		Sets:  map[string][]string{"request.items": {"01", "07"}},
		Lists: map[string][]map[string]string{"request.items": {{"code": "01", "name": "市場情報"}, {"code": "07", "name": "現地パートナー探し"}, {"code": "13", "name": "その他"}}, "none": {}},
	}
}

// referralForm is an agency's form with a block of two rows, made by excelize:
// marks in shared strings, one of them cut into runs, with a rule, a print area
// and a picture's worth of things below.
func referralForm(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	const sheet = "紹介シート"
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(f.SetSheetName("Sheet1", sheet))
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Family: "IPAexゴシック"}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}, Border: []excelize.Border{{Type: "bottom", Color: "000000", Style: 1}}})
	check(err)
	for cell, text := range map[string]string{"A1": "紹介シート", "A2": "企業名", "B2": "{{company.name}} 御中（{{ member }}）", "A3": "電話", "B3": "{{company.phone}}", "A4": "依頼", "B4": "{{check request.items 01}} 市場情報　{{check request.items 02}} 制度",
		"A6": "{{#request.items}}{{.code}}", "B6": "{{.name}}", "B7": "（{{.code}} の詳細）", "C7": "{{/request.items}}", "A9": "備考", "B9": "{{lines}}", "A10": "式", "B10": "{{evil}}", "C10": "{{escape}}"} {
		check(f.SetCellValue(sheet, cell, text))
	}
	check(f.SetCellRichText(sheet, "C2", []excelize.RichTextRun{{Text: "会員 {{mem"}, {Text: "ber", Font: &excelize.Font{Bold: true}}, {Text: "}} 様"}}))
	check(f.SetCellStyle(sheet, "B2", "B10", bold))
	check(f.MergeCell(sheet, "B6", "C6"))
	check(f.MergeCell(sheet, "B9", "D9"))
	check(f.SetColWidth(sheet, "A", "C", 30))
	check(f.SetCellValue(sheet, "E1", 3))
	check(f.SetCellFormula(sheet, "E2", "E1*2"))
	check(f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", RefersTo: "'紹介シート'!$A$1:$D$10", Scope: sheet}))
	var buf bytes.Buffer
	check(f.Write(&buf))
	return buf.Bytes()
}

func TestFillWritesValuesAsTextAndRepeatsRows(t *testing.T) {
	template := referralForm(t)
	out, err := Fill(template, referral(), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	f := openBook(t, out)
	const sheet = "紹介シート"
	for cell, want := range map[string]string{
		"A1": "紹介シート", "B2": "株式会社灘酒造 御中（M-00042-7）", "C2": "会員 M-00042-7 様", "B3": "078-111-2222", "B4": "☑ 市場情報　□ 制度",
		"A6": "01", "B6": "市場情報", "B7": "（01 の詳細）", "C7": "", "A8": "07", "B8": "現地パートナー探し", "B9": "（07 の詳細）", "A10": "13", "B10": "その他", "B11": "（13 の詳細）",
		"A13": "備考", "B13": "1行目\n2行目 <&>", "B14": `=HYPERLINK("x")`, "C14": "_x0041_", "B15": "",
	} {
		if got, err := f.GetCellValue(sheet, cell); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", cell, got, err, want)
		}
		if formula, _ := f.GetCellFormula(sheet, cell); formula != "" {
			t.Errorf("%s has the formula %s", cell, formula)
		}
	}
	merges, err := f.GetMergeCells(sheet)
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	for _, m := range merges {
		refs = append(refs, m[0])
	}
	slices.Sort(refs)
	if want := []string{"B10:C10", "B13:D13", "B6:C6", "B8:C8"}; !slices.Equal(refs, want) {
		t.Errorf("merged %v, want %v", refs, want)
	}
	if names := f.GetDefinedName(); len(names) != 1 || !strings.HasSuffix(names[0].RefersTo, "!$A$1:$D$14") {
		t.Errorf("print area %+v", names)
	}
	if diff := cmp.Diff(styleOf(t, openBook(t, template), sheet, "B6"), styleOf(t, f, sheet, "B10")); diff != "" {
		t.Errorf("a repeated cell looks different: %s", diff)
	}
	oldNames, oldRaw, _ := parts(t, template)
	names, raw, data := parts(t, out)
	if !slices.Equal(names, oldNames) {
		t.Errorf("parts %v", names)
	}
	for _, name := range names {
		if changed := name == "xl/workbook.xml" || name == "xl/worksheets/sheet1.xml"; bytes.Equal(raw[name], oldRaw[name]) == changed {
			t.Errorf("%s: changed %v", name, !changed)
		}
		if err := xml.Unmarshal(data[name], new(struct{})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFillReadsMarksInEveryKindOfText(t *testing.T) {
	s := &testSheet{name: "紹介"}
	s.put(1, 1, 1, 1, "{{company.name}}").typ = "s"
	s.put(2, 1, 1, 1, "{{company.name}}")
	s.put(3, 1, 3, 1, "{{#none}}{{.name}}x{{/none}}")
	s.put(4, 1, 1, 1, "after")
	for _, prefix := range []string{"", "x"} {
		b := (&testBook{sheets: []*testSheet{s}, prefix: prefix}).bytes()
		out, err := Fill(b, referral(), DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		w, err := openWorkbook(out, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		g := w.sheets[0]
		if g.at(1, 1).text != "株式会社灘酒造" || g.at(2, 1).text != "株式会社灘酒造" || g.at(3, 1).text != "x" || g.at(4, 1).text != "after" || len(g.merges) != 1 {
			t.Errorf("prefix %q: %+v", prefix, g.cells)
		}
	}
	hidden := rezip(t, (&testBook{sheets: []*testSheet{s}}).bytes(), "xl/worksheets/sheet1.xml", func(x string) string {
		return strings.Replace(x, `<row r="2">`, `<row r="2" hidden="1">`, 1)
	})
	out, err := Fill(hidden, referral(), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := openBook(t, out).GetCellValue("紹介", "A2"); err != nil || got != "株式会社灘酒造" {
		t.Errorf("a mark on a hidden row: %q, %v", got, err)
	}
	plain := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	if out, err := Fill(plain, referral(), DefaultLimits()); err != nil || !bytes.Equal(out, plain) {
		t.Errorf("a form without marks changes: %v", err)
	}
}

func TestEveryMarkThatCannotBeFilledIsNamed(t *testing.T) {
	for what, tc := range map[string]struct {
		cells map[[2]int]string
		tail  string
		want  []string
	}{
		"unknown marks":         {map[[2]int]string{{1, 2}: "{{company.nam}} と {{x}}"}, "", []string{"B1 {{company.nam}} unknown mark", "B1 {{x}} unknown mark"}},
		"unknown set":           {map[[2]int]string{{1, 1}: "{{check items 01}}"}, "", []string{"A1 {{check items 01}} unknown set"}},
		"unknown list":          {map[[2]int]string{{1, 1}: "{{#items}}{{/items}}"}, "", []string{"A1 {{#items}} unknown list", "A1 {{/items}} the end of a block"}},
		"unknown field":         {map[[2]int]string{{1, 1}: "{{#request.items}}{{.nam}}{{/request.items}}"}, "", []string{"A1 {{.nam}} unknown field"}},
		"field outside":         {map[[2]int]string{{1, 1}: "{{.name}}"}, "", []string{"A1 {{.name}} a field of an item outside"}},
		"no end":                {map[[2]int]string{{2, 1}: "{{#request.items}}"}, "", []string{"A2 {{#request.items}} a block without its end"}},
		"nested":                {map[[2]int]string{{1, 1}: "{{#none}}", {2, 1}: "{{#request.items}}", {3, 1}: "{{/none}}"}, "", []string{"A2 {{#request.items}} a block within"}},
		"half a mark":           {map[[2]int]string{{1, 1}: "{{company.name"}, "", []string{"A1 {{company.name a mark that does not end"}},
		"merged out of a block": {map[[2]int]string{{1, 1}: "{{#request.items}}{{/request.items}}"}, `<mergeCells><mergeCell ref="B1:B2"/></mergeCells>`, []string{"B1 {{#request.items}} a merged block"}},
		"comments":              {map[[2]int]string{{1, 1}: "{{#request.items}}{{/request.items}}"}, `<legacyDrawing r:id="x"/>`, []string{"A1 {{#request.items}} repeated rows on a sheet with comments"}},
		"a rule below":          {map[[2]int]string{{1, 1}: "{{#request.items}}{{/request.items}}"}, `<conditionalFormatting sqref="A5"><cfRule><formula>$A5="x"</formula></cfRule></conditionalFormatting>`, []string{"A1 {{#request.items}} a rule"}},
	} {
		s := &testSheet{name: "紹介", tail: tc.tail}
		for at, text := range tc.cells {
			s.put(at[0], at[1], 1, 1, text)
		}
		out, err := Fill((&testBook{sheets: []*testSheet{s}}).bytes(), referral(), DefaultLimits())
		var faults *FormError
		if !errors.As(err, &faults) || out != nil || len(faults.Faults) != len(tc.want) {
			t.Errorf("%s: %v", what, err)
			continue
		}
		for i, f := range faults.Faults {
			if got := f.Cell + " " + f.Mark + " " + f.What; !strings.HasPrefix(got, tc.want[i]) || f.Sheet != "紹介" {
				t.Errorf("%s: %s", what, got)
			}
		}
	}
	if _, err := Fill([]byte("x"), referral(), DefaultLimits()); !errors.Is(err, ErrNotForm) {
		t.Errorf("no workbook: %v", err)
	}
	long := referral()
	long.Texts["company.name"] = strings.Repeat("長", maxCellText+1)
	if _, err := Fill(referralForm(t), long, DefaultLimits()); err == nil || !strings.Contains(err.Error(), "cell B2") {
		t.Errorf("a value too long: %v", err)
	}
}

func TestAFormulaBelowRepeatedRowsIsRefused(t *testing.T) {
	b := rezip(t, referralForm(t), "xl/worksheets/sheet1.xml", func(s string) string { return strings.Replace(s, "E1*2", "SUM(E6:E7)", 1) })
	if _, err := Fill(b, referral(), DefaultLimits()); err == nil || !strings.Contains(err.Error(), "cell E2") {
		t.Errorf("%v", err)
	}
	one := referral()
	one.Lists["request.items"] = one.Lists["request.items"][:1]
	if _, err := Fill(b, one, DefaultLimits()); err != nil {
		t.Errorf("with one item nothing moves, but %v", err)
	}
}

// FuzzFill: whatever text stands in a form's cells and whatever the value, what
// is filled opens again, has no mark left, and the value stands as text.
func FuzzFill(f *testing.F) {
	f.Add("{{company.name}} {{check request.items 01}}", "=1+1", "{{#request.items}}{{.name}}", "{{/request.items}}")
	f.Add("{{", "}}<&>\x00_x000A_", "{{#none}}", "{{/none}}{{.x}}")
	f.Fuzz(func(t *testing.T, first, value, second, third string) {
		s := &testSheet{name: "紹介"}
		for i, text := range []string{first, second, "間", third, "{{company.name}}"} {
			s.put(i+1, 1, 1, 1, text)
		}
		v := referral()
		v.Texts["company.name"] = value
		out, err := Fill((&testBook{sheets: []*testSheet{s}}).bytes(), v, DefaultLimits())
		if err != nil {
			if strings.Contains(err.Error(), "panic") {
				t.Fatal(err)
			}
			return
		}
		w, err := openWorkbook(out, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		g := w.sheets[0]
		want := cleanText(unescapeXML([]byte(textXML(value))))
		last := g.at(g.maxRow, 1)
		if strings.TrimSpace(want) != "" && (last == nil || last.text != want) {
			t.Fatalf("%q stands as %+v", want, last)
		}
		if x := openBook(t, out); x.SheetCount != 1 {
			t.Fatal("excelize does not read it")
		}
	})
}
