package entrysheet

import (
	"fmt"
	"reflect"
	"testing"
)

// checkValues compares some values and expects no errors.
func checkValues(t *testing.T, s *Sheet, want map[string]Value) {
	t.Helper()
	if s.Kind != KindEntrySheet {
		t.Fatalf("kind %q (%s)", s.Kind, s.Error)
	}
	for key, v := range want {
		if !reflect.DeepEqual(s.Values[key], v) {
			t.Errorf("%s = %#v, want %#v (%+v)", key, s.Values[key], v, s.Cells[key])
		}
	}
	for _, p := range s.Problems {
		if p.Severity == SeverityError {
			t.Errorf("error: %+v", p)
		}
	}
}

// everyone is what the forms below hold.
var everyone = map[string]Value{
	"introducer.agency": "港南信用金庫", "introducer.person": "山田 一郎", "introducer.phone": "078-000-3333", "introducer.email": "yamada@konan.example",
	"company.name": "株式会社六甲精機", "company.representative": "六甲 花子", "company.contactDepartment": "海外部", "company.contactPerson": "佐藤 次郎",
	"company.phone": "078-222-4444", "company.email": "sato@rokko.example", "company.address": "神戸市灘区1-2-3", "company.postalCode": "657-0001",
	"request.items": []int{1, 7}, "confirmations.tpp": true, "received": "2026-11-16",
}

// boxesAt writes items and confirmations from a row on, one a row.
func boxesAt(s *testSheet, row, col int) int {
	for i, text := range itemTexts {
		s.put(row, col, 6, 1, fmt.Sprintf("%s%02d.%s", map[bool]string{true: "☑", false: "□"}[i == 0 || i == 6], i+1, text))
		row++
	}
	for _, text := range confirmationTexts {
		s.put(row, col, 6, 1, "☑"+text)
		row++
	}
	return row
}

// TestSectionsAsSideTitles: tall merged cells at the left head the sections,
// and 代表者 and 担当者 head groups of labels.
func TestSectionsAsSideTitles(t *testing.T) {
	s := &testSheet{name: "様式1"}
	s.put(1, 1, 8, 1, "エントリーシート")
	rows := []struct {
		side   string
		height int
		pairs  [][3]string // group, label, answer
	}{
		{"紹介元機関", 4, [][3]string{{"", "機関名", "港南信用金庫"}, {"", "氏名", "山田 一郎"}, {"", "TEL", "078-000-3333"}, {"", "E-mail", "yamada@konan.example"}}},
		{"支援対象企業", 9, [][3]string{{"", "企業名", "株式会社六甲精機"}, {"代表者", "氏名", "六甲 花子"}, {"", "郵便番号", "657-0001"}, {"", "所在地", "神戸市灘区1-2-3"},
			{"担当者", "部署", "海外部"}, {"担当者", "氏名", "佐藤 次郎"}, {"", "TEL", "078-222-4444"}, {"", "E-mail", "sato@rokko.example"}, {"", "対象国・地域", "ベトナム"}}},
	}
	row := 2
	for _, r := range rows {
		s.put(row, 1, 1, r.height, r.side)
		for i, p := range r.pairs {
			if p[0] != "" && (i == 0 || r.pairs[i-1][0] != p[0]) {
				height := 1
				for i+height < len(r.pairs) && r.pairs[i+height][0] == p[0] {
					height++
				}
				s.put(row, 2, 1, height, p[0])
			}
			s.put(row, 3, 2, 1, p[1])
			s.put(row, 5, 4, 1, p[2])
			row++
		}
	}
	s.put(row, 1, 1, 13, "依頼内容")
	s.put(row+13, 1, 1, 4, "紹介元機関は、右記について必ず確認のうえ、支援協力依頼を行ってください。(※全項目にチェックすること。）")
	row = boxesAt(s, row, 2)
	for _, p := range [][2]string{{"企業の課題", "規制"}, {"希望する支援", "調査"}, {"申し込み受領日", "R8.11.16"}} {
		s.put(row, 1, 2, 1, p[0])
		s.put(row, 3, 6, 1, p[1])
		row++
	}
	checkValues(t, readForm(s), everyone)
}

// TestPlainColumns: no merged cells, no styles, ordinary columns; blank answers
// have no cells at all.
func TestPlainColumns(t *testing.T) {
	s := &testSheet{name: "Sheet1"}
	row := 0
	add := func(cells ...string) {
		row++
		for i, text := range cells {
			if text != "" {
				s.put(row, i+1, 1, 1, text)
			}
		}
	}
	add("エントリーシート")
	add("1. 依頼先支援機関")
	add("紹介先支援機関名")
	add("2. 紹介元機関")
	add("機関名", "港南信用金庫", "部署・支店名")
	add("担当者名", "山田 一郎", "E-mail", "yamada@konan.example")
	add("TEL", "078-000-3333", "FAX")
	add("3. 支援対象企業")
	add("企業名", "株式会社六甲精機", "法人番号")
	add("代表者名", "六甲 花子", "担当者 部署・役職", "海外部")
	add("〒", "657-0001", "所在地", "神戸市灘区1-2-3")
	add("TEL", "078-222-4444", "FAX", "")
	add("担当者名", "佐藤 次郎", "E-mail", "sato@rokko.example")
	add("対象国・地域", "ベトナム", "業種")
	add("企業の課題")
	add("規制が分からない。")
	add("希望する支援")
	add("調査")
	add("申し込み受領日", "2026/11/16")
	boxesAt(s, row+1, 1)
	got := readForm(s)
	checkValues(t, got, everyone)
	checkValues(t, got, map[string]Value{
		"addressee.agency": "", "introducer.branch": "", "introducer.fax": "", "company.corporateNumber": "", "company.fax": "", "company.industry": "",
		"request.issues": "規制が分からない。", "request.desired": "調査",
	})
}

// TestUntitledSections: the company's title is not in the layout; its labels
// show where it begins.
func TestUntitledSections(t *testing.T) {
	f := sampleForm(nil)
	f.replace(t, "支援対象企業", func(c *testCell) { c.text = "お取引先さまについて" })
	checkValues(t, readForm(f), map[string]Value{"company.phone": "078-222-4444", "company.email": "sato@rokko.example", "introducer.phone": "078-000-3333"})
}

// TestSeveralLabelsInOneCell: 「TEL：… FAX：…」, also on two lines.
func TestSeveralLabelsInOneCell(t *testing.T) {
	for _, sep := range []string{"　", "\n"} {
		f := sampleForm(nil)
		f.replace(t, "078-222-4444", func(c *testCell) { c.text = "" })
		f.replace(t, "078-222-4445", func(c *testCell) { c.text = "" })
		n := 0
		for i := range f.cells {
			if c := &f.cells[i]; c.text == "TEL" || c.text == "FAX" {
				if n++; n == 3 {
					c.text = "TEL：078-222-4444" + sep + "FAX：078-222-4445"
				} else if n == 4 {
					c.text = ""
				}
			}
		}
		checkValues(t, readForm(f), map[string]Value{"company.phone": "078-222-4444", "company.fax": "078-222-4445", "introducer.fax": "078-000-3334"})
	}
}

// TestAnswerOnSeveralLinesBesideATallLabel joins the lines of a free text.
func TestAnswerOnSeveralLinesBesideATallLabel(t *testing.T) {
	f := sampleForm(map[string]string{"request.issues": "\x00"})
	for i := range f.cells {
		if c := f.cells[i]; c.text == "\x00" {
			f.cells = append(f.cells[:i], f.cells[i+1:]...)
			for j, line := range []string{"一つ目", "二つ目"} {
				f.put(c.row+j, c.col, 32, 1, line)
			}
			break
		}
	}
	checkValues(t, readForm(f), map[string]Value{"request.issues": "一つ目\n二つ目", "request.desired": "代理店の紹介"})
}

// TestGraphPaperWithoutMerges: narrow columns over which labels run on.
func TestGraphPaperWithoutMerges(t *testing.T) {
	f := sampleForm(map[string]string{"introducer.fax": "", "company.url": ""})
	for i := range f.cells {
		f.cells[i].w, f.cells[i].style = 1, 0
	}
	checkValues(t, readForm(f), map[string]Value{
		"company.name": "株式会社六甲精機", "company.phone": "078-222-4444", "introducer.fax": "", "company.url": "", "company.countries": []string{"ベトナム", "カナダ"},
		"addressee.agency": "", "request.items": []int{1, 7},
	})
}
