package entrysheet

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// feedbackLabels are labels as a caller knows them.
func feedbackLabels(s string) bool {
	return slices.Contains([]string{"支援日", "支援内容", "進捗状況", "次回予定", "手段", "部署", "担当者"}, foldLabel(s))
}

// answers makes pairs short to compare.
func answers(pairs []Pair) []string {
	var out []string
	for _, p := range pairs {
		out = append(out, p.Sheet+" "+p.Cell+" "+p.Label+"="+p.Value)
	}
	return out
}

func readPairs(t *testing.T, isLabel func(string) bool, sheets ...*testSheet) []string {
	t.Helper()
	pairs, err := ReadPairs((&testBook{sheets: sheets}).bytes(), isLabel, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return answers(pairs)
}

func TestPairsOfKnownLabelsAreReadWhereverTheyStand(t *testing.T) {
	s, hidden := &testSheet{name: "報告"}, &testSheet{name: "控え", state: "hidden"}
	s.put(1, 1, 4, 1, "支援状況報告書")
	s.put(2, 1, 1, 1, "支 援 日：")
	day := s.put(2, 2, 1, 1, "46346")
	day.typ, day.style = "n", 3
	s.put(2, 3, 1, 1, "※西暦")
	s.put(3, 1, 2, 1, "支援内容（必須）")
	s.put(3, 3, 3, 2, "商談に同席\n見積りを提出 ").typ = "s"
	s.put(5, 1, 1, 1, "進捗状況")
	s.put(5, 2, 1, 1, "手段")
	s.put(6, 1, 1, 1, "順調")
	s.put(6, 2, 1, 1, "訪問")
	s.put(7, 1, 1, 1, "次回予定")
	s.put(7, 2, 1, 1, "令和")
	s.put(7, 3, 1, 1, "8").typ = "n"
	s.put(7, 4, 1, 1, "年12月15日")
	s.put(8, 1, 1, 1, "部署：営業部")
	s.put(8, 2, 1, 1, "担当者：")
	s.put(8, 3, 1, 1, "例）山田 太郎")
	s.put(9, 1, 1, 1, "備考：なし")
	s.put(10, 1, 1, 1, "担当者").style = 1
	s.put(10, 2, 1, 1, "山田 太郎")
	s.put(10, 3, 1, 1, "知らない項目").style = 1
	s.put(11, 1, 1, 1, "担当者")
	s.put(11, 2, 2, 1, "佐藤 花子")
	s.put(11, 4, 1, 1, "知らない項目")
	hidden.put(1, 1, 1, 1, "手段：電話")
	want := []string{"報告 B2 支援日=2026-11-20", "報告 C3 支援内容（必須）=商談に同席\n見積りを提出", "報告 A6 進捗状況=順調", "報告 B6 手段=訪問", "報告 B7 次回予定=令和 8 年12月15日", "報告 A8 部署=営業部",
		"報告 B10 担当者=山田 太郎", "報告 B11 担当者=佐藤 花子"}
	if diff := cmp.Diff(want, readPairs(t, feedbackLabels, s, hidden)); diff != "" {
		t.Error(diff)
	}
}

func TestPairsOfAFormThatNobodyKnows(t *testing.T) {
	s := &testSheet{name: "追加情報"}
	s.put(1, 1, 1, 1, "輸出の経験")
	s.put(1, 2, 1, 1, "あり")
	s.put(1, 3, 1, 1, "社員数")
	s.put(1, 4, 1, 1, "45").typ = "n"
	s.put(2, 1, 1, 1, "希望する時期")
	s.put(3, 1, 1, 1, "来春")
	s.put(4, 1, 1, 1, "面談の希望：14:00以降")
	s.put(5, 1, 1, 1, "未記入の欄")
	want := []string{"追加情報 B1 輸出の経験=あり", "追加情報 D1 社員数=45", "追加情報 A3 希望する時期=来春", "追加情報 A4 面談の希望=14:00以降"}
	if diff := cmp.Diff(want, readPairs(t, nil, s)); diff != "" {
		t.Error(diff)
	}
}

func TestPairsOfNoWorkbookAreAnError(t *testing.T) {
	for name, b := range map[string][]byte{"text": []byte("部署：営業部"), "encrypted": oleFile(true, "EncryptedPackage"), "cut off": (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()[:900]} {
		if pairs, err := ReadPairs(b, nil, DefaultLimits()); err == nil || pairs != nil {
			t.Errorf("%s: %v", name, pairs)
		}
	}
}

// FuzzReadPairs: every pair has a label, an answer and a place, whatever stands
// in the sheet.
func FuzzReadPairs(f *testing.F) {
	book := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	var shared []string
	f.Add(sampleForm(nil).xml("", &shared))
	f.Add(`<worksheet><sheetData><row><c t="inlineStr"><is><t>手段：</t></is></c><c t="str"><v>x</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B9"/></mergeCells></worksheet>`)
	f.Fuzz(func(t *testing.T, part string) {
		b := rezip(t, book, "xl/worksheets/sheet1.xml", func(string) string { return part })
		for _, isLabel := range []func(string) bool{nil, feedbackLabels} {
			pairs, err := ReadPairs(b, isLabel, fuzzLimits())
			if err != nil && strings.Contains(err.Error(), "panic") {
				t.Fatal(err)
			}
			for _, p := range pairs {
				if _, _, ok := parseCell([]byte(p.Cell)); !ok || p.Value == "" || p.Sheet == "" {
					t.Fatalf("%+v", p)
				}
			}
		}
	})
}
