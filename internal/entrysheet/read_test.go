package entrysheet

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestReadOrdinaryForm(t *testing.T) {
	s := readForm(sampleForm(nil))
	if s.Kind != KindEntrySheet || s.Layout != "entry-sheet-2026" || s.Name != "エントリーシート" {
		t.Fatalf("kind %q (%s), layout %q, sheet %q", s.Kind, s.Error, s.Layout, s.Name)
	}
	if len(s.Problems) != 0 {
		t.Errorf("problems of a complete form: %+v", s.Problems)
	}
	want := map[string]Value{
		"addressee.agency": "", "introducer.agency": "港南信用金庫", "introducer.person": "山田 一郎", "introducer.phone": "078-000-3333",
		"introducer.email": "yamada@konan.example", "company.name": "株式会社六甲精機", "company.phone": "078-222-4444",
		"company.contactPerson": "佐藤 次郎", "company.email": "sato@rokko.example", "company.capital": int64(30_000_000),
		"company.employees": int64(45), "company.sales": int64(800_000_000), "company.founded": "1970-04",
		"company.countries": []string{"ベトナム", "カナダ"}, "request.items": []int{1, 7}, "request.other": "",
		"confirmations.dealings": true, "confirmations.consent": true, "confirmations.tpp": true, "confirmations.antisocial": true,
		"received": "2026-11-16",
	}
	for key, v := range want {
		if !reflect.DeepEqual(s.Values[key], v) {
			t.Errorf("%s = %#v, want %#v", key, s.Values[key], v)
		}
	}
	for _, key := range knownKeys {
		if _, ok := s.Values[key]; !ok {
			t.Errorf("%s is absent though the form has it", key)
		}
	}
	if c := s.Cells["company.name"]; c != (Cell{"エントリーシート", "I10", "株式会社六甲精機", "right of 企業名"}) {
		t.Errorf("company.name was read at %+v", c)
	}
}

// answers puts one answer into the ordinary form and reads it back.
func TestReadAnswers(t *testing.T) {
	tests := []struct {
		name, key, typed string
		want             Value
		problem          Severity // "" for none
	}{
		{"blank needed field is an error", "company.name", "", "", SeverityError},
		{"only a dash is blank", "company.name", "－", "", SeverityError},
		{"abbreviated form is spelt out", "company.name", "㈱ 髙﨑精機", "株式会社髙﨑精機", ""},
		{"line break inside a name goes", "company.name", "株式会社\n六甲精機", "株式会社六甲精機", ""},
		{"half-width kana become full", "company.kana", "ﾛｯｺｳｾﾞｲｷ", "ロッコウゼイキ", ""},
		{"wrong check digit is an error", "company.corporateNumber", "1234567890123", "1234567890123", SeverityError},
		{"twelve digits are an error", "company.corporateNumber", "214000199999", "214000199999", SeverityError},
		{"blank corporate number is a warning", "company.corporateNumber", "", "", SeverityWarning},
		{"invoice number holds the corporate number", "company.corporateNumber", "T2140001999999", "2140001999999", ""},
		{"postal code in the address cell", "company.postalCode", "", "", ""},
		{"phone in brackets", "company.phone", "（０７８）２２２－４４４４", "078-222-4444", ""},
		{"phone that is prose is an error", "company.phone", "別途ご連絡します", "", SeverityError},
		{"absent phone of the agency is a warning", "introducer.phone", "", "", SeverityWarning},
		{"absent mail of the agency is a warning", "introducer.email", "", "", SeverityWarning},
		{"absent fax is nothing", "introducer.fax", "", "", ""},
		{"range of amounts is unclear", "company.capital", "3,000～5,000万円", "", SeverityWarning},
		{"range of people is unclear", "company.employees", "40～50名", "", SeverityWarning},
		{"founded without a month is unclear", "company.founded", "1920年", "", SeverityWarning},
		{"no industry is a warning", "company.industry", "", "", SeverityWarning},
		{"no products is a warning", "company.products", "", "", SeverityWarning},
		{"no countries is an error", "company.countries", "", []string{}, SeverityError},
		{"day of receipt in the future is an error", "received", "2026年11月18日", "2026-11-18", SeverityError},
		{"day of receipt today is fine", "received", "2026/11/17", "2026-11-17", ""},
		{"blank day of receipt is a warning", "received", "", "", SeverityWarning},
		{"printed date form left as it is counts as blank", "received", "令和　　年　　月　　日", "", SeverityWarning},
		{"prose keeps its lines", "request.issues", "一つ目\n二つ目", "一つ目\n二つ目", ""},
		{"a request may say ください", "request.desired", "展示会をご紹介してください。", "展示会をご紹介してください。", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := readForm(sampleForm(map[string]string{tt.key: tt.typed}))
			if !reflect.DeepEqual(s.Values[tt.key], tt.want) {
				t.Errorf("%s = %#v, want %#v", tt.key, s.Values[tt.key], tt.want)
			}
			ps := problemsOf(s, tt.key)
			switch {
			case tt.problem == "" && len(ps) > 0:
				t.Errorf("unexpected problem: %+v", ps)
			case tt.problem != "" && (len(ps) != 1 || ps[0].Severity != tt.problem || ps[0].Cell != s.Cells[tt.key].Cell || ps[0].Cell == ""):
				t.Errorf("problems %+v, want one %s at the answer's cell %s", ps, tt.problem, s.Cells[tt.key].Cell)
			}
			if len(s.Problems) != len(ps) {
				t.Errorf("other fields have problems: %+v", s.Problems)
			}
		})
	}
}

func TestWantedSentencesArePolite(t *testing.T) {
	empty := map[string]string{}
	for _, p := range slices.Concat(introducerPairs, companyPairs) {
		empty[p.key] = ""
	}
	for i := range itemTexts {
		empty[fmt.Sprintf("item.%d", i+1)] = "□" + itemTexts[i]
	}
	for i, text := range confirmationTexts {
		empty[fmt.Sprintf("confirm.%d", i+1)] = "□ " + text
	}
	sheets := []*Sheet{readForm(sampleForm(empty)), readForm(sampleForm(map[string]string{
		"company.corporateNumber": "123", "company.capital": "多い", "company.employees": "多数", "company.founded": "昔", "company.phone": "x",
		"company.email": "x", "company.postalCode": "1", "received": "いつか", "item.13": "☑13.その他", "confirm.1": "× " + confirmationTexts[0], "item.2": "×02.制度・手続き等に関する情報",
	}))}
	for _, s := range sheets {
		if len(s.Problems) < 10 {
			t.Fatalf("only %d problems", len(s.Problems))
		}
		for _, p := range s.Problems {
			if !strings.HasSuffix(p.Wanted, "。") || !(strings.Contains(p.Wanted, "ください") || strings.Contains(p.Wanted, "お願いいたします")) {
				t.Errorf("%s: %q is no polite sentence", p.Field, p.Wanted)
			}
			for _, blame := range []string{"不備", "誤り", "間違", "不正", "エラー", "%!"} {
				if strings.Contains(p.Wanted, blame) {
					t.Errorf("%s: %q blames", p.Field, p.Wanted)
				}
			}
			if p.Sheet == "" || p.Cell == "" {
				t.Errorf("%s: problem without a place: %+v", p.Field, p)
			}
		}
	}
}

func TestReadNeededLabelMissing(t *testing.T) {
	f := sampleForm(nil)
	f.replace(t, "企業名", func(c *testCell) { c.text = "" })
	f.replace(t, "株式会社六甲精機", func(c *testCell) { c.text = "" })
	s := readForm(f)
	ps := problemsOf(s, "company.name")
	if len(ps) != 1 || ps[0].Severity != SeverityError || ps[0].Cell != "" || !strings.Contains(ps[0].Wanted, "見当たりません") {
		t.Errorf("problems %+v", ps)
	}
	if _, ok := s.Values["company.name"]; ok {
		t.Error("a field that the form lacks has a value")
	}
}

func TestReadNumbersInCells(t *testing.T) {
	tests := []struct {
		name, key, number string
		style             int
		date1904          bool
		want              Value
	}{
		{"serial of 1900", "received", "46342", 0, false, "2026-11-16"},
		{"serial of 1904", "received", "44880", 0, true, "2026-11-16"},
		{"serial with a time of day", "received", "46342.75", 3, false, "2026-11-16"},
		{"date as a number", "received", "20261116", 0, false, "2026-11-16"},
		{"founded as a serial before 1927 with a date format", "company.founded", "7397", 3, false, "1920-04"},
		{"founded 1920.4 is a number to Excel", "company.founded", "1920.4", 0, false, "1920-04"},
		{"founded 1920.1 may be October", "company.founded", "1920.1", 0, false, ""},
		{"capital shown in 万円", "company.capital", "3000", 4, false, int64(30_000_000)},
		{"capital shown in 千円 with thousands left out", "company.capital", "30000000", 5, false, int64(30_000_000)},
		{"capital in yen", "company.capital", "30000000", 0, false, int64(30_000_000)},
		{"people", "company.employees", "45", 0, false, int64(45)},
		{"corporate number as a number", "company.corporateNumber", "2.140001999999E12", 0, false, "2140001999999"},
		{"phone has lost its zero", "company.phone", "782224444", 0, false, "0782224444"},
		{"mobile phone has lost its zero", "company.phone", "9012345678", 0, false, "090-1234-5678"},
		{"postal code has lost its zero", "company.postalCode", "600001", 0, false, "060-0001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := sampleForm(map[string]string{tt.key: "\x00"})
			f.replace(t, "\x00", func(c *testCell) { c.text, c.typ, c.style = tt.number, "n", tt.style })
			b := &testBook{sheets: []*testSheet{f}, date1904: tt.date1904}
			s := Read(b.bytes(), DefaultLayout(), today, DefaultLimits())
			if !reflect.DeepEqual(s.Values[tt.key], tt.want) {
				t.Errorf("%s = %#v, want %#v", tt.key, s.Values[tt.key], tt.want)
			}
		})
	}
}

// TestReadSpreadAnswers: answers in several cells, as printed forms have them.
func TestReadSpreadAnswers(t *testing.T) {
	tests := []struct {
		name, key string
		cells     []string
		want      Value
	}{
		{"corporate number in boxes", "company.corporateNumber", strings.Split("2140001999999", ""), "2140001999999"},
		{"postal code with its dash apart", "company.postalCode", []string{"657", "－", "0001"}, "657-0001"},
		{"phone in three cells", "company.phone", []string{"078", "-", "222", "-", "4444"}, "078-222-4444"},
		{"founded with units apart", "company.founded", []string{"昭和", "45", "年", "4", "月"}, "1970-04"},
		{"amount with its unit apart", "company.capital", []string{"3,000", "万円"}, int64(30_000_000)},
		{"people with their unit apart", "company.employees", []string{"45", "名"}, int64(45)},
		{"only the unit stands there", "company.capital", []string{"万円"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := sampleForm(map[string]string{tt.key: "\x00"})
			for i := range f.cells {
				if f.cells[i].text != "\x00" {
					continue
				}
				row, col := f.cells[i].row, f.cells[i].col
				f.cells = slices.Delete(f.cells, i, i+1)
				if col == 9 { // the left answer: make room
					f.cells = slices.DeleteFunc(f.cells, func(c testCell) bool { return c.row == row && c.col > 9 })
				}
				for j, text := range tt.cells {
					f.put(row, col+j, 1, 1, text)
				}
				break
			}
			if s := readForm(f); !reflect.DeepEqual(s.Values[tt.key], tt.want) {
				t.Errorf("%s = %#v, want %#v (read as %q)", tt.key, s.Values[tt.key], tt.want, s.Cells[tt.key].Raw)
			}
		})
	}
}

func TestReadUnitInLabel(t *testing.T) {
	f := sampleForm(map[string]string{"company.capital": "30,000"})
	f.replace(t, "資本金", func(c *testCell) { c.text = "資本金（単位：千円）" })
	if s := readForm(f); s.Values["company.capital"] != int64(30_000_000) {
		t.Errorf("capital = %v", s.Values["company.capital"])
	}
}

func TestReadPostalCodeFromAddress(t *testing.T) {
	s := readForm(sampleForm(map[string]string{"company.postalCode": "", "company.address": "〒６５７－０００１\n兵庫県神戸市灘区高羽１−２−３"}))
	if s.Text("company.postalCode") != "657-0001" || s.Text("company.address") != "兵庫県神戸市灘区高羽1-2-3" {
		t.Errorf("postal code %q, address %q", s.Text("company.postalCode"), s.Text("company.address"))
	}
}

func TestFuriganaIsNoText(t *testing.T) {
	f := sampleForm(nil)
	b := &testBook{sheets: []*testSheet{f}}
	f.replace(t, "株式会社六甲精機", func(c *testCell) { c.typ, c.text = "s", "PLACE" })
	raw := rezip(t, b.bytes(), "xl/sharedStrings.xml", func(s string) string {
		return strings.Replace(s, "<t>PLACE</t>", `<r><t>株式会社</t></r><r><t>六甲精機</t></r><rPh sb="0" eb="4"><t>カブシキガイシャ</t></rPh><phoneticPr fontId="1"/>`, 1)
	})
	s := Read(raw, DefaultLayout(), today, DefaultLimits())
	if s.Text("company.name") != "株式会社六甲精機" {
		t.Errorf("company.name = %q", s.Text("company.name"))
	}
}

func TestLegalSentencesAreNoLabels(t *testing.T) {
	f := sampleForm(nil)
	last := f.cells[len(f.cells)-1].row
	f.put(last+1, 1, 40, 1, "※本書を受領した紹介先機関は「実施要綱」に則り、企業の情報を適切に取り扱うものとします。")
	f.put(last+2, 1, 40, 1, "当機関は、貴機関に対して、便宜供与及び支援の御協力を御願いいたします。")
	f.put(last+3, 1, 20, 1, "窓口担当部署・担当者名 宛")
	f.put(last+3, 21, 20, 1, "三宮支店")
	s := readForm(f)
	if len(s.Problems) != 0 || s.Text("addressee.contact") != "" {
		t.Errorf("problems %+v, addressee.contact %q", s.Problems, s.Text("addressee.contact"))
	}
}

func TestSheetIsChosenByItsForm(t *testing.T) {
	instructions := &testSheet{name: "記入要領"}
	for i, text := range []string{"エントリーシート記入要領", "企業名は登記上の名称を記入してください。", "企業名", "法人番号", "所在地", "資本金", "従業員数", "業種", "申し込み受領日：企業から申し込みを受けた日", "依頼内容は該当するもの全てにチェックしてください。"} {
		instructions.put(i+1, 1, 1, 1, text)
	}
	sample := sampleForm(map[string]string{"company.name": "見本株式会社"})
	sample.name = "記入例"
	hidden := sampleForm(map[string]string{"company.name": "昨年株式会社"})
	hidden.name, hidden.state = "昨年", "hidden"
	for _, sheets := range [][]*testSheet{
		{instructions, sample, hidden, sampleForm(nil)},
		{sampleForm(nil), hidden, sample, instructions},
	} {
		s := readForm(sheets...)
		if s.Name != "エントリーシート" || s.Text("company.name") != "株式会社六甲精機" || len(s.Problems) != 0 {
			t.Errorf("read %q on %q, problems %+v", s.Text("company.name"), s.Name, s.Problems)
		}
	}
}

func TestSecondFilledFormIsTold(t *testing.T) {
	second := sampleForm(map[string]string{"company.name": "別株式会社"})
	second.name = "エントリーシート (2)"
	s := readForm(sampleForm(nil), second)
	if len(s.Problems) != 1 || s.Problems[0].Severity != SeverityWarning || !strings.Contains(s.Problems[0].Wanted, "エントリーシート (2)") {
		t.Errorf("problems %+v", s.Problems)
	}
}

func TestOtherWorkbooksAreNoEntrySheets(t *testing.T) {
	list := &testSheet{name: "顧客一覧"}
	for i, p := range companyPairs {
		list.put(1, i+1, 1, 1, p.label)
		list.put(2, i+1, 1, 1, p.value)
	}
	estimate := &testSheet{name: "見積書"}
	estimate.put(1, 1, 1, 1, "見積書")
	for _, sheet := range []*testSheet{list, estimate, {name: "空"}} {
		if s := readForm(sheet); s.Kind != KindOtherWorkbook || len(s.Problems) != 0 {
			t.Errorf("%s: kind %q, problems %+v", sheet.name, s.Kind, s.Problems)
		}
	}
}

func TestSizeOfEnterprise(t *testing.T) {
	tests := []struct {
		name, industry, capital, people string
		warned                          bool
	}{
		{"manufacturer within both", "機械製造業", "3億円", "300名", false},
		{"manufacturer over capital only", "機械製造業", "5億円", "300名", false},
		{"manufacturer over both", "機械製造業", "5億円", "301名", true},
		{"wholesaler over both", "食品卸売業", "2億円", "150名", true},
		{"retailer over both", "小売業", "6,000万円", "60名", true},
		{"service over both", "情報サービス業", "6,000万円", "101名", true},
		{"service within people", "情報サービス業", "6,000万円", "100名", false},
		{"unknown people", "機械製造業", "5億円", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := readForm(sampleForm(map[string]string{"company.industry": tt.industry, "company.capital": tt.capital, "company.employees": tt.people}))
			if got := len(problemsOf(s, "company.capital")) == 1; got != tt.warned || s.HasErrors() {
				t.Errorf("warned %v, want %v: %+v", got, tt.warned, s.Problems)
			}
		})
	}
}
