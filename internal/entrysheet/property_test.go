package entrysheet

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/width"
	"pgregory.net/rapid"

	"uketsuke/internal/biff/bifftest"
)

// formMaker lays the same answers out in a way drawn at random: what an
// agency's person may do to the form.
type formMaker struct {
	t        *rapid.T
	s        *testSheet
	row, col int // next free row; first column
	grid     int // columns of one unit: 1 for ordinary columns, 4 for graph paper
	styled   bool
	want     map[string]Value
	controls []testControl // over the boxes, where the form has such
}

func (m *formMaker) pick(what string, options ...string) string {
	return rapid.SampledFrom(options).Draw(m.t, what)
}

func (m *formMaker) flag(what string) bool { return rapid.Bool().Draw(m.t, what) }

// put writes a cell of some units at a unit column.
func (m *formMaker) put(row, unit, units int, text string, style int) {
	c := m.s.put(row, m.col+unit*m.grid, units*m.grid, 1, text)
	if m.styled {
		c.style = style
	}
}

// respell writes a label as people write labels.
func (m *formMaker) respell(key, label string) string {
	if f := DefaultLayout().field(key); f != nil && m.flag("other spelling") {
		label = rapid.SampledFrom(slices.DeleteFunc(slices.Clone(f.Labels), func(s string) bool { return DefaultLayout().titles[foldLabel(s)] != "" })).Draw(m.t, "label")
	}
	switch m.pick("change", "none", "spaces", "break", "wide", "half kana", "note", "brackets", "mark", "colon") {
	case "spaces":
		label = strings.Join(strings.Split(label, ""), "　")
	case "break":
		r := []rune(label)
		label = string(r[:len(r)/2]) + "\n" + string(r[len(r)/2:])
	case "wide":
		label = width.Widen.String(label)
	case "half kana":
		label = width.Narrow.String(label)
	case "note":
		label += "※必須"
	case "brackets":
		label += "（必ずご記入）"
	case "mark":
		label = "※" + label
	case "colon":
		label += "："
	}
	return label
}

// section writes a title and its pairs from m.row on.
func (m *formMaker) section(title string, pairs []pair, unit, units int) {
	m.put(m.row, unit, units, title, 0)
	m.row++
	pairs = rapid.Permutation(pairs).Draw(m.t, "order")
	mode := m.pick("answers", "right", "right", "below", "colon")
	perRow := 1
	if units >= 4 && m.flag("two a row") {
		perRow = 2
	}
	each := units / perRow
	for i := 0; i < len(pairs); i += perRow {
		for j := 0; j < perRow && i+j < len(pairs); j++ {
			m.pair(pairs[i+j], mode, unit+j*each, each)
		}
		if m.row++; mode == "below" {
			m.row++
		}
	}
}

func (m *formMaker) pair(p pair, mode string, unit, units int) {
	label := m.respell(p.key, p.label)
	switch mode {
	case "right":
		m.put(m.row, unit, 1, label, 1)
		m.put(m.row, unit+1, units-1, p.value, 2)
	case "below":
		m.put(m.row, unit, units, label, 1)
		m.put(m.row+1, unit, units, p.value, 2)
	case "colon":
		label = strings.TrimSuffix(strings.NewReplacer("\n", "", "※必須", "", "※", "", "（必ずご記入）", "").Replace(label), "：")
		m.put(m.row, unit, units, label+"："+p.value, 2)
	}
}

// stray writes a pair that the layout does not know.
func (m *formMaker) stray(units int) {
	m.put(m.row, 0, 1, m.pick("stray", "整理番号", "取引区分", "管理部署コード"), 1)
	m.put(m.row, 1, units-1, m.pick("stray value", "", "A-12", "なし"), 2)
	m.row++
}

// boxStyles are the ways in which forms have their boxes.
var boxStyles = []string{"at the head", "in own cells", "in cells behind", "controls"}

// box writes one box at a unit column, units wide.
func (m *formMaker) box(style, mark, text string, unit, units int, checked bool) {
	switch style {
	case "at the head":
		m.put(m.row, unit, units, cmp.Or(mark, "□")+text, 2)
	case "in own cells":
		m.put(m.row, unit, 1, mark, 2)
		m.put(m.row, unit+1, units-1, text, 2)
	case "in cells behind":
		m.put(m.row, unit, units-1, text, 2)
		m.put(m.row, unit+units-1, 1, mark, 2)
	case "controls":
		m.put(m.row, unit, units, "　"+text, 2)
		m.controls = append(m.controls, testControl{row: m.row, col: m.col + unit*m.grid, kind: "CheckBox", on: checked})
	}
}

func (m *formMaker) boxes(units int) {
	m.put(m.row, 0, units, "依頼内容（該当するもの全てにチェック）", 0)
	m.row++
	items := []int{}
	style := m.pick("boxes", boxStyles...)
	on := m.pick("mark", "☑", "✓", "レ", "■", "○")
	perRow := rapid.IntRange(1, 2).Draw(m.t, "boxes a row")
	each := units / perRow
	for i, text := range itemTexts {
		mark := ""
		checked := i < 12 && m.flag("item")
		if checked {
			mark, items = on, append(items, i+1)
		}
		m.box(style, mark, fmt.Sprintf("%02d.%s", i+1, text), (i%perRow)*each, each, checked)
		if i%perRow == perRow-1 {
			m.row++
		}
	}
	m.row++
	m.want["request.items"] = items
	m.put(m.row, 0, units, "紹介元機関は、以下の全項目を確認のうえチェックしてください。", 0)
	for i, text := range confirmationTexts {
		m.row++
		key := DefaultLayout().Fields[DefaultLayout().confirmations[i]].Key
		checked := rapid.Float64Range(0, 1).Draw(m.t, "confirmed") < 0.8
		m.want[key] = checked
		m.box(style, map[bool]string{true: on, false: "□"}[checked], " "+text, 0, units, checked)
	}
	m.row++
}

// among puts the form among other sheets, what nobody sees among them.
func (m *formMaker) among() []*testSheet {
	before := []*testSheet{}
	if m.flag("instructions") {
		i := &testSheet{name: "記入要領"}
		for row, p := range slices.Concat(introducerPairs, companyPairs) {
			i.put(row+1, 1, 1, 1, p.label)
			i.put(row+1, 2, 1, 1, p.label+"を記入してください。")
		}
		i.put(60, 1, 1, 1, "申し込み受領日：企業から申し込みを受けた日")
		before = append(before, i)
	}
	if m.flag("last year's, hidden") {
		last := sampleForm(map[string]string{"company.name": "株式会社昨年"})
		last.name, last.state = "昨年度", "hidden"
		before = append(before, last)
	}
	for n := range rapid.IntRange(0, 3).Draw(m.t, "lists") {
		list := &testSheet{name: fmt.Sprintf("リスト%d", n)}
		for row, text := range itemTexts {
			list.put(row+1, 1, 1, 1, text)
		}
		before = append(before, list)
	}
	at := rapid.IntRange(0, len(before)).Draw(m.t, "place")
	return slices.Insert(before, at, m.s)
}

// file writes the workbook as one program or another does.
func (m *formMaker) file(sheets []*testSheet) []byte {
	book := &testBook{sheets: sheets, parts: make(map[string]string)}
	kind := m.pick("file", append([]string{"plain", "plain", "xls"}, slices.Sorted(maps.Keys(packagings))...)...)
	if kind == "xls" {
		x := book.xls()
		for i := range x.Sheets {
			if x.Sheets[i].Name == m.s.name {
				x.Sheets[i].Controls = xlsControls(m.controls)
			}
		}
		return x.Bytes()
	}
	if len(m.controls) > 0 {
		producers := []producer{byExcel, byLibreOffice, byExcel2007}
		if !slices.ContainsFunc(m.controls, func(c testControl) bool { return c.on }) {
			producers = producers[:2] // Excel 2007 does not say that nothing is checked
		}
		rapid.SampledFrom(producers).Draw(m.t, "producer").write(m.s, book.parts, m.controls)
		return book.bytes()
	}
	change := packagings[kind]
	if change == nil {
		return book.bytes()
	}
	_, _, data := parts(m.t, book.bytes())
	wrapped := make(map[string]string)
	for name, b := range data {
		wrapped[name] = string(b)
	}
	change(wrapped)
	return packMap(wrapped)
}

func xlsControls(controls []testControl) []bifftest.Control {
	var out []bifftest.Control
	for _, c := range controls {
		x := bifftest.Control{Row: c.row, Col: c.col}
		if c.on {
			x.State = 1
		}
		out = append(out, x)
	}
	return out
}

// blanks empties some answers; none of them may then read another's text.
func (m *formMaker) blanks(pairs []pair) []pair {
	pairs = slices.Clone(pairs)
	for i := range pairs {
		if rapid.Float64Range(0, 1).Draw(m.t, "blank") < 0.15 {
			pairs[i].value = ""
		}
		m.want[pairs[i].key] = pairs[i].value
	}
	return pairs
}

// make lays the whole form out.
func (m *formMaker) make() {
	const units = 8
	addressee := m.blanks([]pair{{"addressee.agency", "紹介先支援機関名", "神戸商工会議所"}, {"addressee.contact", "窓口担当部署・担当者名", "国際課"}})
	introducer, company := m.blanks(introducerPairs), m.blanks(companyPairs)
	rest := []pair{{"request.issues", "企業の課題", "規制が分からない。"}, {"request.desired", "希望する支援", "代理店の紹介"}, {"received", "申し込み受領日", "令和8年11月16日"}}
	for _, p := range rest {
		m.want[p.key] = p.value
	}
	m.want["received"] = "2026-11-16"
	sections := []func(){
		func() { m.section("依頼先支援機関", addressee, 0, units) },
		func() { m.section("支援対象企業", company, 0, units) },
		func() { m.section("紹介元機関（企業を受け付けた支援機関）", introducer, 0, units) },
	}
	if m.flag("side by side") {
		sections = []func(){sections[0], func() {
			top := m.row
			m.section("支援対象企業", company, units/2, units/2)
			bottom := m.row
			m.row = top
			m.section("紹介元機関（企業を受け付けた支援機関）", introducer, 0, units/2)
			m.row = max(m.row, bottom)
		}}
	}
	for _, f := range rapid.Permutation(sections).Draw(m.t, "sections") {
		f()
		if m.flag("stray pair") {
			m.stray(units)
		}
		m.row += rapid.IntRange(0, 2).Draw(m.t, "gap")
	}
	m.boxes(units)
	for _, p := range rest {
		m.pair(p, "right", 0, units)
		m.row++
	}
}

// understoodAs are the values that are understood otherwise than typed.
var understoodAs = map[string]Value{
	"company.capital": int64(30_000_000), "company.employees": int64(45), "company.sales": int64(800_000_000),
	"company.founded": "1970-04", "company.countries": []string{"ベトナム", "カナダ"},
}

func TestValuesStayWhereverTheFormMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &formMaker{t: t, want: make(map[string]Value), styled: rapid.Bool().Draw(t, "styled"),
			row: rapid.IntRange(1, 6).Draw(t, "first row"), col: rapid.IntRange(1, 4).Draw(t, "first column"),
			grid: rapid.SampledFrom([]int{1, 4}).Draw(t, "grid")}
		m.s = &testSheet{name: "申込書", width: map[int]float64{1: 14, 4: 2.6}[m.grid]}
		m.make()
		b := m.file(m.among())
		s := Read(b, DefaultLayout(), today, DefaultLimits())
		if s.Kind != KindEntrySheet {
			t.Fatalf("kind %q, %s", s.Kind, s.Error)
		}
		for key, want := range m.want {
			if typed, ok := want.(string); ok && understoodAs[key] != nil {
				if want = understoodAs[key]; typed == "" && key == "company.countries" {
					want = []string{}
				} else if typed == "" {
					want = ""
				}
			}
			if got := s.Values[key]; !reflect.DeepEqual(got, want) {
				t.Errorf("%s = %#v, want %#v (%+v)", key, got, want, s.Cells[key])
			}
		}
		marked, err := Mark(b, append(s.Problems, Problem{Sheet: s.Name, Cell: s.Cells["company.name"].Cell, Wanted: "ご確認ください。"}))
		if err != nil {
			t.Fatalf("marking: %v", err)
		}
		if again := Read(marked, DefaultLayout(), today, DefaultLimits()); !reflect.DeepEqual(again.Values, s.Values) {
			t.Errorf("the marked copy reads otherwise: %s %s %v", again.Kind, again.Error, again.Values)
		}
	})
}
