package entrysheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// today is the day of arrival in the tests.
var today = time.Date(2026, 11, 17, 0, 0, 0, 0, time.UTC)

// testCell is one cell of a test workbook; w and h above 1 merge.
type testCell struct {
	row, col, w, h, style int
	typ                   string // "" inline text, "n", "b", "s" (shared), "e"
	text                  string
}

// testSheet is one sheet of a test workbook.
type testSheet struct {
	name, state string
	width       float64 // of all columns; 0: none written
	cells       []testCell
	tail        string // XML after mergeCells
	rels        string // XML inside the sheet's Relationships
}

func (s *testSheet) put(row, col, w, h int, text string) *testCell {
	s.cells = append(s.cells, testCell{row: row, col: col, w: w, h: h, text: text})
	return &s.cells[len(s.cells)-1]
}

// testBook writes packages as small as readers accept them.
type testBook struct {
	sheets   []*testSheet
	date1904 bool
	prefix   string            // namespace prefix of the sheets' elements
	styles   string            // styles part; "" for a plain one
	parts    map[string]string // further parts
}

// testStyles has: 0 plain, 1 label, 2 answer, 3 a date, 4 #,##0"万円", 5 #,##0,"千円".
const testStyles = `<?xml version="1.0" encoding="UTF-8"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
	`<numFmts count="3"><numFmt numFmtId="164" formatCode="[$-411]ggge&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="165" formatCode="#,##0&quot;万円&quot;"/><numFmt numFmtId="166" formatCode="#,##0,&quot;千円&quot;"/></numFmts>` +
	`<fonts count="1"><font><sz val="11"/><name val="Yu Gothic"/></font></fonts>` +
	`<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFDDEBF7"/></patternFill></fill></fills>` +
	`<borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="0" fillId="2" borderId="0" xfId="0" applyFill="1"/>` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment wrapText="1"/></xf><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>`

func (b *testBook) bytes() []byte {
	const rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	add := func(name, data string) {
		w, err := zw.Create(name)
		if err == nil {
			_, err = w.Write([]byte(data))
		}
		if err != nil {
			panic(err)
		}
	}
	var types, sheets, rels strings.Builder
	var shared []string
	for i, s := range b.sheets {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i+1)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" state="%s" r:id="rId%d"/>`, escapeXML(s.name), i+1, orVisible(s.state), i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, rel, i+1)
		add(fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), s.xml(b.prefix, &shared))
		if s.rels != "" {
			add(fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", i+1), `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`+s.rels+`</Relationships>`)
		}
	}
	add("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`+
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>`+types.String()+`</Types>`)
	add("_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="`+rel+`/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	add("xl/workbook.xml", fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="%s"><workbookPr date1904="%t"/><sheets>%s</sheets></workbook>`, rel, b.date1904, sheets.String()))
	add("xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`+rels.String()+
		`<Relationship Id="rId900" Type="`+rel+`/styles" Target="styles.xml"/><Relationship Id="rId901" Type="`+rel+`/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`)
	add("xl/theme/theme1.xml", `<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"/>`) // excelize shows no colour without one
	add("xl/styles.xml", cmpOr(b.styles, testStyles))
	if len(shared) > 0 {
		add("xl/sharedStrings.xml", `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`+strings.Join(shared, "")+`</sst>`)
	}
	for _, name := range sortedKeys(b.parts) {
		add(name, b.parts[name])
	}
	if err := zw.Close(); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

func orVisible(s string) string { return cmpOr(s, "visible") }

func cmpOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (s *testSheet) xml(prefix string, shared *[]string) string {
	p, ns := prefix, "xmlns"
	if p != "" {
		p, ns = prefix+":", "xmlns:"+prefix
	}
	var b, merges strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><%sworksheet %s="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`, p, ns)
	if s.width > 0 {
		fmt.Fprintf(&b, `<%[1]scols><%[1]scol min="1" max="60" width="%[2]g" customWidth="1"/></%[1]scols>`, p, s.width)
	}
	fmt.Fprintf(&b, "<%ssheetData>", p)
	cells := slices.Clone(s.cells)
	slices.SortStableFunc(cells, func(a, b testCell) int {
		if a.row != b.row {
			return a.row - b.row
		}
		return a.col - b.col
	})
	row := 0
	for _, c := range cells {
		if c.row != row {
			if row > 0 {
				fmt.Fprintf(&b, "</%srow>", p)
			}
			row = c.row
			fmt.Fprintf(&b, `<%srow r="%d">`, p, row)
		}
		b.WriteString(c.xml(p, shared))
		if c.w > 1 || c.h > 1 {
			fmt.Fprintf(&merges, `<%smergeCell ref="%s:%s"/>`, p, cellName(c.row, c.col), cellName(c.row+max(c.h, 1)-1, c.col+max(c.w, 1)-1))
		}
	}
	if row > 0 {
		fmt.Fprintf(&b, "</%srow>", p)
	}
	fmt.Fprintf(&b, "</%ssheetData>", p)
	if merges.Len() > 0 {
		fmt.Fprintf(&b, "<%[1]smergeCells>%[2]s</%[1]smergeCells>", p, merges.String())
	}
	fmt.Fprintf(&b, "%s</%sworksheet>", s.tail, p)
	return b.String()
}

func (c testCell) xml(p string, shared *[]string) string {
	open := fmt.Sprintf(`<%sc r="%s" s="%d"`, p, cellName(c.row, c.col), c.style)
	text := escapeXML(c.text)
	switch {
	case c.text == "":
		return open + "/>"
	case c.typ == "s":
		*shared = append(*shared, "<si><t>"+text+"</t></si>")
		return fmt.Sprintf(`%s t="s"><%sv>%d</%sv></%sc>`, open, p, len(*shared)-1, p, p)
	case c.typ != "":
		return fmt.Sprintf(`%s t="%s"><%sv>%s</%sv></%sc>`, open, c.typ, p, text, p, p)
	}
	return fmt.Sprintf(`%[1]s t="inlineStr"><%[2]sis><%[2]st xml:space="preserve">%[3]s</%[2]st></%[2]sis></%[2]sc>`, open, p, text)
}

// pair is a label with its answer.
type pair struct{ key, label, value string }

var introducerPairs = []pair{
	{"introducer.agency", "機関名", "港南信用金庫"}, {"introducer.branch", "部署・支店名", "本店営業部"},
	{"introducer.person", "担当者名", "山田 一郎"}, {"introducer.email", "E-mail", "yamada@konan.example"},
	{"introducer.phone", "TEL", "078-000-3333"}, {"introducer.fax", "FAX", "078-000-3334"},
}

var companyPairs = []pair{
	{"company.kana", "フリガナ", "カブシキガイシャロッコウセイキ"}, {"company.corporateNumber", "法人番号", "2140001999999"},
	{"company.name", "企業名", "株式会社六甲精機"}, {"company.representative", "代表者 役職・氏名", "代表取締役 六甲 花子"},
	{"company.postalCode", "郵便番号", "657-0001"}, {"company.address", "所在地", "兵庫県神戸市灘区高羽1-2-3"},
	{"company.phone", "TEL", "078-222-4444"}, {"company.fax", "FAX", "078-222-4445"},
	{"company.contactDepartment", "担当者 部署・役職", "海外部 部長"}, {"company.contactPerson", "担当者名", "佐藤 次郎"},
	{"company.email", "E-mail", "sato@rokko.example"}, {"company.url", "URL", "https://rokko.example/"},
	{"company.industry", "業種", "金属製品製造業"}, {"company.founded", "設立年月", "昭和45年4月"},
	{"company.capital", "資本金", "3,000万円"}, {"company.employees", "従業員数", "45名"},
	{"company.sales", "年間売上高", "8億円"}, {"company.products", "主な製品・サービス", "精密歯車"},
	{"company.overseas", "海外展開の状況", "台湾へ輸出"}, {"company.countries", "対象国・地域", "ベトナム、カナダ"},
}

var itemTexts = []string{
	"市場情報", "制度・手続き等に関する情報", "現地情勢の情報（政治・経済・治安等）", "事業化調査", "海外進出・拠点設立", "ファイナンス",
	"現地パートナー探し", "知財・模倣品対策", "企業の活動や製品の広報", "現地政府への申し入れ", "人材育成", "貿易保険", "その他",
}

var confirmationTexts = []string{
	"弊機関は、当該企業と取引支援実績がある。",
	"当該企業に対し、本制度の内容および留意点（個人情報の取扱における注意事項等）を説明し、制度利用について同意を得ている。",
	"当該企業は（将来を含め）TPP加盟国への展開を検討している。",
	"当該企業は、反社会的勢力及び反社会的勢力との関係を有する企業ではない。",
}

// sampleForm is the ordinary form: graph paper, labels left of answers. change
// replaces answers by key; an absent key keeps its own.
func sampleForm(change map[string]string) *testSheet {
	s := &testSheet{name: "エントリーシート", width: 2.6}
	get := func(p pair) string {
		if v, ok := change[p.key]; ok {
			return v
		}
		return p.value
	}
	row := 1
	s.put(row, 1, 40, 1, "エントリーシート")
	section := func(title string, pairs []pair) {
		row++
		s.put(row, 1, 40, 1, title)
		for i, p := range pairs {
			if i%2 == 0 {
				row++
			}
			s.put(row, 1+20*(i%2), 8, 1, p.label).style = 1
			s.put(row, 9+20*(i%2), 12, 1, get(p)).style = 2
		}
	}
	section("依頼先支援機関", []pair{{"addressee.agency", "紹介先支援機関名", ""}, {"addressee.contact", "窓口担当部署・担当者名", ""}})
	section("紹介元機関（企業を受け付けた支援機関）", introducerPairs)
	section("支援対象企業", companyPairs)
	row++
	s.put(row, 1, 40, 1, "依頼内容（該当するもの全てにチェック）")
	for i, text := range itemTexts {
		if i%3 == 0 {
			row++
		}
		mark := "□"
		if i == 0 || i == 6 {
			mark = "☑"
		}
		key := fmt.Sprintf("item.%d", i+1)
		s.put(row, 1+13*(i%3), 13, 1, get(pair{key, "", fmt.Sprintf("%s%02d.%s", mark, i+1, text)}))
	}
	for _, p := range []pair{{"request.issues", "企業の課題", "規制が分からない。"}, {"request.desired", "希望する支援", "代理店の紹介"}} {
		row++
		s.put(row, 1, 8, 3, p.label).style = 1
		s.put(row, 9, 32, 3, get(p)).style = 2
		row += 2
	}
	row++
	s.put(row, 1, 40, 1, "紹介元機関は、以下の全項目を確認のうえチェックしてください。")
	for i, text := range confirmationTexts {
		row++
		s.put(row, 1, 40, 1, get(pair{fmt.Sprintf("confirm.%d", i+1), "", "☑ " + text}))
	}
	row++
	s.put(row, 1, 8, 1, "申し込み受領日").style = 1
	c := s.put(row, 9, 12, 1, get(pair{"received", "", "46342"}))
	c.style = 3
	if _, changed := change["received"]; !changed {
		c.typ = "n"
	}
	return s
}

// replace changes the cell that holds text.
func (s *testSheet) replace(t testing.TB, text string, change func(*testCell)) {
	t.Helper()
	for i := range s.cells {
		if s.cells[i].text == text {
			change(&s.cells[i])
			return
		}
	}
	t.Fatalf("no cell with %q", text)
}

// readForm reads a workbook of the given sheets.
func readForm(sheets ...*testSheet) *Sheet {
	return Read((&testBook{sheets: sheets}).bytes(), DefaultLayout(), today, DefaultLimits())
}

// errorFields lists the fields with a problem of severity error.
func errorFields(s *Sheet) []string {
	out := []string{}
	for _, p := range s.Problems {
		if p.Severity == SeverityError && !slices.Contains(out, p.Field) {
			out = append(out, p.Field)
		}
	}
	slices.Sort(out)
	return out
}

// problemsOf lists a field's problems.
func problemsOf(s *Sheet, field string) []Problem {
	var out []Problem
	for _, p := range s.Problems {
		if p.Field == field {
			out = append(out, p)
		}
	}
	return out
}
