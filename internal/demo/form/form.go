// Package form makes filled entry sheets for the demo, the scenarios and the benchmarks: "graph paper" of 40 narrow
// columns with merged blocks, as offices draw it, with two further sheets (instructions, a code list). The data are
// invented.
//
//  1. A template is drawn once with excelize, a marker in each answer's cell.
//  2. Make replaces the markers in the shared strings and copies every other part as it is: under a millisecond.
package form

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/xuri/excelize/v2"
)

// Entry is what stands in the form's cells, as a person types it.
type Entry struct {
	AddresseeAgency, AddresseeContact                                                                 string
	Agency, Branch, Person, Email, Phone, Fax                                                         string
	Kana, CorporateNumber, Company, Representative, PostalCode, Address, CompanyPhone, CompanyFax     string
	ContactDepartment, ContactPerson, CompanyEmail, URL, Industry, Founded, Capital, Employees, Sales string
	Products, Overseas, Countries                                                                     string
	Items                                                                                             []int
	Other, Issues, Desired                                                                            string
	Confirm                                                                                           [4]bool
	Received                                                                                          string
}

// Sample is a complete entry of みなと銀行 for 株式会社灘酒造.
func Sample() Entry {
	return Entry{Agency: "みなと銀行", Branch: "三宮支店 法人営業課", Person: "田中 一郎", Email: "tanaka@minato-bank.example", Phone: "078-000-1111", Fax: "078-000-1112",
		Kana: "カブシキガイシャナダシュゾウ", CorporateNumber: CorporateNumber(140001999999), Company: "株式会社灘酒造", Representative: "代表取締役 灘 太郎",
		PostalCode: "657-0000", Address: "兵庫県神戸市灘区酒蔵町1-2-3", CompanyPhone: "078-111-2222", CompanyFax: "078-111-2223",
		ContactDepartment: "海外事業部 課長", ContactPerson: "鈴木 花子", CompanyEmail: "suzuki@nada-sake.example", URL: "https://nada-sake.example/",
		Industry: "食料品製造業", Founded: "1920年4月", Capital: "3,000万円", Employees: "45名", Sales: "8億円",
		Products: "清酒（純米大吟醸、スパークリング清酒）", Overseas: "台湾・香港へ間接輸出（年間500万円）", Countries: "ベトナム、カナダ",
		Items: []int{1, 7}, Issues: "ベトナムの輸入規制と販売代理店の選定方法が分からない。", Desired: "現地の市場調査と代理店候補の紹介",
		Confirm: [4]bool{true, true, true, true}, Received: "2026年11月16日"}
}

// Numbered is the i-th of as many different entries as are wanted, spread over ten agencies
// (第0信用金庫 to 第9信用金庫, entry@agency0.example to entry@agency9.example).
func Numbered(i int) Entry {
	pick := func(list []string, salt int) string { return list[(i*7+salt*13+i/len(list))%len(list)] }
	sei := []string{"佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田"}
	mei := []string{"太郎", "花子", "健一", "美咲", "翔太", "陽子", "直樹", "恵", "大輔", "由美"}
	gyo := []string{"建設", "商事", "工業", "設計", "運輸", "食品", "電機", "印刷", "製作所", "システム"}
	land := []string{"ベトナム", "カナダ", "メキシコ", "シンガポール", "マレーシア", "豪州", "ペルー", "チリ"}
	a := i % 10
	e := Sample()
	e.Agency, e.Email = fmt.Sprintf("第%d信用金庫", a), fmt.Sprintf("entry@agency%d.example", a)
	e.Branch, e.Person = fmt.Sprintf("第%d支店", i%30+1), pick(sei, 1)+" "+pick(mei, 2)
	e.Company = fmt.Sprintf("株式会社%s%s%d", pick(sei, 3), pick(gyo, 4), i)
	e.Kana = "カブシキガイシャサンプル"
	e.CorporateNumber = CorporateNumber(140001000000 + int64(i))
	e.Representative = "代表取締役 " + pick(sei, 5) + " " + pick(mei, 6)
	e.Address = fmt.Sprintf("兵庫県神戸市中央区%d-%d-%d", i%9+1, i%30+1, i%29+1)
	e.ContactPerson = pick(sei, 7) + " " + pick(mei, 8)
	e.CompanyEmail, e.URL = fmt.Sprintf("info@company%d.example", i), fmt.Sprintf("https://company%d.example/", i)
	e.CompanyPhone = fmt.Sprintf("078-%03d-%04d", 100+i%900, i%10000)
	e.Employees = fmt.Sprintf("%d名", 5+i%270)
	e.Countries = land[i%8] + "、" + land[(i+3)%8]
	e.Items = []int{1 + i%12, 1 + (i+4)%12}
	e.Issues = strings.Repeat("輸出規制と市場調査、代理店の選定について。", 3)
	e.Desired = strings.Repeat("現地調査、商談会、専門家への相談。", 3)
	return e
}

// CorporateNumber puts the check digit before twelve digits (法人番号).
func CorporateNumber(n12 int64) string {
	digits := fmt.Sprintf("%012d", n12)
	sum := 0
	for i := range digits {
		w := 1
		if (len(digits)-1-i)%2 == 1 {
			w = 2
		}
		sum += int(digits[i]-'0') * w
	}
	return strconv.Itoa(9-sum%9) + digits
}

var itemTexts = []string{"市場情報", "制度・手続き等に関する情報", "現地情勢の情報（政治・経済・治安等）", "事業化調査", "海外進出・拠点設立",
	"ファイナンス", "現地パートナー探し", "知財・模倣品対策", "企業の活動や製品の広報", "現地政府への申し入れ", "人材育成", "貿易保険", "その他"}

var confirmTexts = []string{"弊機関は、当該企業と取引支援実績がある。",
	"当該企業に対し、本制度の内容および留意点（個人情報の取扱における注意事項等）を説明し、制度利用について同意を得ている。",
	"当該企業は（将来を含め）TPP加盟国への展開を検討している。",
	"当該企業は、反社会的勢力及び反社会的勢力との関係を有する企業ではない。"}

// Make returns the workbook of an entry as .xlsx bytes.
func Make(e Entry) ([]byte, error) {
	tpl, err := template()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, f := range tpl.files {
		if f.Name != "xl/sharedStrings.xml" {
			if err := copyRaw(zw, f); err != nil {
				return nil, err
			}
			continue
		}
		w, err := zw.Create(f.Name)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", f.Name, err)
		}
		if _, err := io.WriteString(w, e.replacer().Replace(tpl.strings)); err != nil {
			return nil, fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	if err := zw.Close(); err != nil {
		return nil, fmt.Errorf("close workbook: %w", err)
	}
	return out.Bytes(), nil
}

func copyRaw(zw *zip.Writer, f *zip.File) error {
	r, err := f.OpenRaw()
	if err != nil {
		return fmt.Errorf("copy %s: %w", f.Name, err)
	}
	header := f.FileHeader // the writer completes its copy
	w, err := zw.CreateRaw(&header)
	if err != nil {
		return fmt.Errorf("copy %s: %w", f.Name, err)
	}
	_, err = io.Copy(w, r)
	return err
}

func (e Entry) replacer() *strings.Replacer {
	var pairs []string
	for i, v := range e.values() {
		pairs = append(pairs, marker(i), escape(v))
	}
	return strings.NewReplacer(pairs...)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

// values are the texts of the markers, in the order in which draw numbers them.
func (e Entry) values() []string {
	out := []string{e.AddresseeAgency, e.AddresseeContact, e.Agency, e.Branch, e.Person, e.Email, e.Phone, e.Fax,
		e.Kana, e.CorporateNumber, e.Company, e.Representative, e.PostalCode, e.Address, e.CompanyPhone, e.CompanyFax,
		e.ContactDepartment, e.ContactPerson, e.CompanyEmail, e.URL, e.Industry, e.Founded, e.Capital, e.Employees,
		e.Sales, e.Products, e.Overseas, e.Countries, e.Issues, e.Desired, e.Received}
	box := map[bool]string{true: "☑", false: "□"}
	on := map[int]bool{}
	for _, i := range e.Items {
		on[i] = true
	}
	for i, t := range itemTexts {
		text := fmt.Sprintf("%s%02d.%s", box[on[i+1]], i+1, t)
		if i == 12 && e.Other != "" {
			text += "（" + e.Other + "）"
		}
		out = append(out, text)
	}
	for i, t := range confirmTexts {
		out = append(out, box[e.Confirm[i]]+" "+t)
	}
	return out
}

// marker brackets do not stand in any Japanese text, and no marker is the beginning of another.
func marker(i int) string { return fmt.Sprintf("⟦%03d⟧", i) }

type drawn struct {
	files   []*zip.File
	strings string
}

var template = sync.OnceValues(func() (*drawn, error) {
	b, err := draw()
	if err != nil {
		return nil, fmt.Errorf("draw the form: %w", err)
	}
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("open the drawn form: %w", err)
	}
	d := &drawn{files: zr.File}
	for _, f := range zr.File {
		if f.Name != "xl/sharedStrings.xml" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("open the form's strings: %w", err)
		}
		s, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("read the form's strings: %w", err)
		}
		d.strings = string(s)
	}
	return d, nil
})

// paper draws on one sheet and remembers the first error.
type paper struct {
	f      *excelize.File
	row    int
	next   int // marker
	styles map[string]int
	err    error
}

const sheetName = "エントリーシート"

func draw() ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	p := &paper{f: f, row: 1, styles: map[string]int{}}
	p.do(f.SetSheetName("Sheet1", sheetName))
	last, err := excelize.ColumnNumberToName(42)
	p.do(err)
	p.do(f.SetColWidth(sheetName, "A", last, 2.6))
	p.form()
	p.further()
	if p.err != nil {
		return nil, p.err
	}
	buf, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func (p *paper) do(err error) {
	if p.err == nil && err != nil {
		p.err = err
	}
}

func (p *paper) mark() string { p.next++; return marker(p.next - 1) }

func (p *paper) style(kind string) int {
	if id, ok := p.styles[kind]; ok {
		return id
	}
	side := []excelize.Border{{Type: "left", Color: "000000", Style: 1}, {Type: "right", Color: "000000", Style: 1},
		{Type: "top", Color: "000000", Style: 1}, {Type: "bottom", Color: "000000", Style: 1}}
	s := &excelize.Style{Border: side, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}, Font: &excelize.Font{Size: 11, Family: "游ゴシック"}}
	switch kind {
	case "label":
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}}
	case "section":
		s.Font.Bold = true
	case "title":
		s.Font.Bold, s.Font.Size = true, 18
	}
	id, err := p.f.NewStyle(s)
	p.do(err)
	p.styles[kind] = id
	return id
}

// put merges a block and writes its first cell. Columns count from 1.
func (p *paper) put(row, col, width, height int, text, kind string) {
	from, err := excelize.CoordinatesToCellName(col, row)
	p.do(err)
	to, err := excelize.CoordinatesToCellName(col+width-1, row+height-1)
	p.do(err)
	if from != to {
		p.do(p.f.MergeCell(sheetName, from, to))
	}
	p.do(p.f.SetCellStyle(sheetName, from, to, p.style(kind)))
	p.do(p.f.SetCellStr(sheetName, from, text))
}

func (p *paper) section(text string) { p.put(p.row, 1, 40, 1, text, "section"); p.row++ }

func (p *paper) pair(left, right string) {
	for i, label := range []string{left, right} {
		p.put(p.row, 1+20*i, 8, 1, label, "label")
		p.put(p.row, 9+20*i, 12, 1, p.mark(), "value")
	}
	p.row++
}

func (p *paper) form() {
	p.put(1, 1, 40, 1, "新輸出大国コンソーシアム", "section")
	p.put(2, 1, 40, 1, "エントリーシート", "title")
	p.row = 4
	p.section("依頼先支援機関")
	p.pair("紹介先支援機関名", "窓口担当部署・担当者名")
	p.section("紹介元機関（企業を受け付けた支援機関）")
	p.pair("機関名", "部署・支店名")
	p.pair("担当者名", "E-mail")
	p.pair("TEL", "FAX")
	p.section("支援対象企業")
	for _, l := range [][2]string{{"フリガナ", "法人番号"}, {"企業名", "代表者 役職・氏名"}, {"郵便番号", "所在地"}, {"TEL", "FAX"},
		{"担当者 部署・役職", "担当者名"}, {"E-mail", "URL"}, {"業種", "設立年月"}, {"資本金", "従業員数"},
		{"年間売上高", "主な製品・サービス"}, {"海外展開の状況", "対象国・地域"}} {
		p.pair(l[0], l[1])
	}
	issues, desired, received := p.mark(), p.mark(), p.mark()
	p.section("依頼内容（該当するもの全てにチェック）")
	for i := range itemTexts {
		p.put(p.row+i/3, 1+13*(i%3), 13, 1, p.mark(), "value")
	}
	p.row += 5
	p.put(p.row, 1, 8, 3, "企業の課題", "label")
	p.put(p.row, 9, 32, 3, issues, "value")
	p.put(p.row+3, 1, 8, 3, "希望する支援", "label")
	p.put(p.row+3, 9, 32, 3, desired, "value")
	p.row += 6
	p.section("紹介元機関は、以下の全項目を確認のうえチェックしてください。")
	for range confirmTexts {
		p.put(p.row, 1, 40, 1, p.mark(), "value")
		p.row++
	}
	p.put(p.row, 1, 8, 1, "申し込み受領日", "label")
	p.put(p.row, 9, 12, 1, received, "value")
}

// further adds instructions and a code list, as real workbooks have them: they name labels without values.
func (p *paper) further() {
	for _, name := range []string{"記入要領", "コード表"} {
		_, err := p.f.NewSheet(name)
		p.do(err)
	}
	for n := 1; n <= 60; n++ {
		p.do(p.f.SetCellStr("記入要領", fmt.Sprintf("A%d", n), fmt.Sprintf("%d. 企業名・所在地は登記上の表記で、%d行目の記入例にならってご記入ください。", n, n)))
	}
	for n := 1; n <= 300; n++ {
		for i, v := range []string{fmt.Sprintf("K%04d", n), fmt.Sprintf("種別%d号", n), []string{"甲", "乙", "丙"}[n%3]} {
			cell, err := excelize.CoordinatesToCellName(i+1, n)
			p.do(err)
			p.do(p.f.SetCellStr("コード表", cell, v))
		}
	}
}
