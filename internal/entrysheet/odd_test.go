package entrysheet

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// hide writes a sheet whose rows or columns are hidden: by attribute, by a
// height or width of nothing.
func hideIn(t *testing.T, b []byte, rows, cols []int, zero bool) []byte {
	t.Helper()
	return rezip(t, b, "xl/worksheets/sheet1.xml", func(s string) string {
		for _, r := range rows {
			how := `hidden="1"`
			if zero {
				how = `ht="0" customHeight="1"`
			}
			s = strings.Replace(s, fmt.Sprintf(`<row r="%d">`, r), fmt.Sprintf(`<row r="%d" %s>`, r, how), 1)
		}
		var list strings.Builder
		for _, c := range cols {
			if zero {
				fmt.Fprintf(&list, `<col min="%d" max="%d" width="0" customWidth="1"/>`, c, c)
			} else {
				fmt.Fprintf(&list, `<col min="%d" max="%d" width="9" hidden="1" customWidth="1"/>`, c, c)
			}
		}
		if list.Len() > 0 {
			s = strings.Replace(s, "<cols>", "<cols>"+list.String(), 1)
		}
		return s
	})
}

// What nobody sees is neither label nor answer: the last company's name in a
// hidden row, the code list in a hidden column.
func TestHiddenRowsAndColumnsAreNotRead(t *testing.T) {
	for _, zero := range []bool{false, true} {
		f := sampleForm(map[string]string{"company.name": ""})
		last := f.cells[len(f.cells)-1].row
		f.put(last+2, 1, 8, 1, "企業名").style = 1
		f.put(last+2, 9, 12, 1, "前回の会社").style = 2
		f.put(last+3, 1, 40, 1, "☑03."+itemTexts[2])
		f.put(10, 45, 1, 1, "株式会社隣の列")
		b := hideIn(t, (&testBook{sheets: []*testSheet{f}}).bytes(), []int{last + 2, last + 3}, []int{45}, zero)
		s := Read(b, DefaultLayout(), today, DefaultLimits())
		if s.Text("company.name") != "" || !slices.Equal(errorFields(s), []string{"company.name"}) || !reflect.DeepEqual(s.Ints("request.items"), []int{1, 7}) {
			t.Errorf("name %q, errors %v, items %v", s.Text("company.name"), errorFields(s), s.Ints("request.items"))
		}
	}
}

// A merged block that begins in a hidden column or row is seen all the same.
func TestBlocksThatReachOutOfHiddenColumnsAreRead(t *testing.T) {
	b := hideIn(t, (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes(), nil, []int{1, 9, 21, 29}, false)
	checkValues(t, Read(b, DefaultLayout(), today, DefaultLimits()), map[string]Value{
		"company.name": "株式会社六甲精機", "company.phone": "078-222-4444", "request.items": []int{1, 7}, "received": "2026-11-16"})
}

// plainPairs writes labels and answers without merged cells or styles.
func plainPairs(s *testSheet, row int, pairs []pair, col, step int) int {
	for _, p := range pairs {
		s.put(row, col, 1, 1, p.label)
		if p.value != "" {
			s.put(row, col+step, 1, 1, p.value)
		}
		row++
	}
	return row
}

// Between a label and its answer lies a hidden helper column or row; a blank
// answer is asked for where it can be written.
func TestAnswersBehindHiddenColumns(t *testing.T) {
	s := &testSheet{name: "様式", width: 20}
	row := plainPairs(s, 2, introducerPairs, 1, 2)
	company := slices.Clone(companyPairs)
	company[2].value = ""
	boxesAt(s, plainPairs(s, row+1, company, 1, 2)+1, 1)
	got := Read(hideIn(t, (&testBook{sheets: []*testSheet{s}}).bytes(), nil, []int{2}, false), DefaultLayout(), today, DefaultLimits())
	if got.Text("company.representative") != "代表取締役 六甲 花子" || got.Text("introducer.phone") != "078-000-3333" {
		t.Errorf("values %v", got.Values)
	}
	if ps := problemsOf(got, "company.name"); len(ps) != 1 || !strings.HasPrefix(ps[0].Cell, "C") {
		t.Errorf("problems %+v", ps)
	}
}

// The form is the third of twenty sheets, among instructions, samples, lists
// and a hidden copy of last year.
func TestFormAmongManySheets(t *testing.T) {
	var sheets []*testSheet
	for i := range 20 {
		s := &testSheet{name: fmt.Sprintf("コード表%d", i+1)}
		for row := 1; row <= 30; row++ {
			s.put(row, 1, 1, 1, fmt.Sprint(row))
			s.put(row, 2, 1, 1, itemTexts[row%len(itemTexts)])
		}
		sheets = append(sheets, s)
	}
	sheets[0] = &testSheet{name: "記入要領"}
	for i, p := range slices.Concat(introducerPairs, companyPairs) {
		sheets[0].put(i+1, 1, 1, 1, p.label)
		sheets[0].put(i+1, 2, 1, 1, p.label+"を正確にご記入ください。")
	}
	for i, text := range itemTexts {
		sheets[0].put(40+i, 1, 1, 1, fmt.Sprintf("%02d.%s", i+1, text))
	}
	sheets[1] = sampleForm(map[string]string{"company.name": "株式会社記入例"})
	sheets[1].name = "記入例"
	sheets[2] = sampleForm(nil)
	sheets[2].name = "様式第１号"
	sheets[7] = sampleForm(map[string]string{"company.name": "株式会社昨年"})
	sheets[7].name, sheets[7].state = "昨年度", "veryHidden"
	s := readForm(sheets...)
	if s.Name != "様式第１号" || s.Text("company.name") != "株式会社六甲精機" || len(s.Problems) != 0 {
		t.Errorf("sheet %q, name %q, problems %+v", s.Name, s.Text("company.name"), s.Problems)
	}
}

// TestInstructionSheetAloneIsNoForm: it names every label and answers none.
func TestInstructionSheetIsNotPreferred(t *testing.T) {
	i := &testSheet{name: "説明"}
	row := 0
	for _, p := range slices.Concat(introducerPairs, companyPairs) {
		row++
		i.put(row, 1, 1, 1, p.label)
	}
	boxesAt(i, row+1, 1)
	blank := sampleForm(nil)
	s := readForm(i, blank)
	if s.Name != blank.name || len(s.Problems) != 0 {
		t.Errorf("sheet %q, %d problems", s.Name, len(s.Problems))
	}
}

// TestTableForm: labels in one row, answers in the next, section by section.
func TestTableForm(t *testing.T) {
	for _, styled := range []bool{false, true} {
		s := &testSheet{name: "一覧様式", width: 16}
		row := 1
		section := func(title string, pairs []pair) {
			s.put(row, 1, 1, 1, title)
			for len(pairs) > 0 {
				n := min(5, len(pairs))
				for i, p := range pairs[:n] {
					label := s.put(row+1, i+1, 1, 1, p.label)
					if styled {
						label.style = 1
					}
					if value := s.put(row+2, i+1, 1, 1, p.value); styled {
						value.style = 2
					}
				}
				row, pairs = row+2, pairs[n:]
			}
			row += 2
		}
		section("紹介元機関", introducerPairs)
		section("支援対象企業", companyPairs)
		section("支援依頼内容", []pair{{"request.issues", "企業の課題", "規制"}, {"request.desired", "希望する支援", "調査"}, {"received", "申し込み受領日", "R8.11.16"}})
		boxesAt(s, row+1, 1)
		checkValues(t, readForm(s), map[string]Value{
			"introducer.agency": "港南信用金庫", "introducer.phone": "078-000-3333", "introducer.email": "yamada@konan.example", "company.name": "株式会社六甲精機",
			"company.phone": "078-222-4444", "company.email": "sato@rokko.example", "company.contactPerson": "佐藤 次郎", "company.countries": []string{"ベトナム", "カナダ"},
			"request.issues": "規制", "request.desired": "調査", "received": "2026-11-16", "request.items": []int{1, 7},
		})
	}
}

// TestLabelsAsPeopleTypeThem: spaces and breaks inside, half-width kana, notes.
func TestLabelsAsPeopleTypeThem(t *testing.T) {
	for from, to := range map[string]string{
		"企業名": "企　業　名", "フリガナ": "ﾌﾘｶﾞﾅ", "法人番号": "法人\n番号\n(13桁)", "資本金": "資 本 金", "従業員数": "従業員数 ※パート含む", "業種": "【業　種】", "所在地": "所在地\r\n（登記簿上）",
		"代表者 役職・氏名": "代表者\n役職・氏名", "主な製品・サービス": "主な製品・ｻｰﾋﾞｽ", "URL": "ＵＲＬ", "年間売上高": "年間\u00a0売上高", "設立年月": "設 立\u200b年 月",
	} {
		f := sampleForm(nil)
		f.replace(t, from, func(c *testCell) { c.text = to })
		if s := readForm(f); len(s.Problems) != 0 || s.Text("company.name") != "株式会社六甲精機" {
			t.Errorf("%q as %q: %+v", from, to, s.Problems)
		}
	}
}

// TestBooleanCheckBoxCells: Excel 365's, before the text or behind it; an empty
// one has no value.
func TestBooleanCheckBoxCells(t *testing.T) {
	for _, behind := range []bool{false, true} {
		f := boxForm(func(s *testSheet, row, col, n int, text string) {
			at, box := col+1, col
			if behind {
				at, box = col, col+11
			}
			s.put(row, at, 11, 1, fmt.Sprintf("%02d.%s", n, text))
			c := s.put(row, box, 1, 1, "")
			if c.typ = "b"; n == 1 || n == 7 {
				c.text = "1"
			} else if n == 2 {
				c.text = "0"
			}
		})
		checkItems(t, f, []int{1, 7})
	}
}
