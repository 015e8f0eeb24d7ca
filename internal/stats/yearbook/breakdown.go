package yearbook

import (
	"fmt"
	"strings"

	"uketsuke/internal/stats"
)

// breakdown is one sheet of rows.
type breakdown struct {
	name    string
	key     string // heading of the code; "" the rows have none
	of      string // heading of the name
	rows    []stats.Row
	figures []stats.Figure
	several bool   // a case may belong to several rows: their sum is more than the cases
	note    string // what the rows are
}

func breakdowns(f stats.Figures) []breakdown {
	all := stats.All()
	var supports []stats.Figure
	for _, g := range all {
		if g.About().Group == stats.Supports {
			supports = append(supports, g)
		}
	}
	out := []breakdown{
		{name: "紹介元別", key: "機関コード", of: "紹介元の支援機関", rows: f.Agencies, figures: all, note: "案件を受け付けた支援機関ごとの件数です。"},
		{name: "紹介先別", key: "機関コード", of: "紹介先の支援機関", rows: f.Providers, figures: supports, note: "打診または支援の相手方となった支援機関ごとの件数です。"},
		{name: "依頼内容別", key: "番号", of: "依頼内容", rows: f.Items, figures: all, several: true, note: "依頼内容（01～13）ごとの件数です。"},
		{name: "業種別", of: "業種", rows: f.Industries, figures: all, note: "エントリーシートに記載された業種ごとの件数です。"},
		{name: "国・地域別", of: "対象国・地域", rows: f.Countries, figures: all, several: true, note: "エントリーシートに記載された対象国・地域ごとの件数です。"},
	}
	if len(f.Concierges) > 0 {
		out = append(out, breakdown{name: "担当者別", key: "コード", of: "コンシェルジュ", rows: f.Concierges, figures: all, note: "案件を担当するコンシェルジュごとの件数です。"})
	}
	return out
}

const (
	keyWidth   = 12.0
	nameWidth  = 30.0
	countWidth = 5.7 // two characters of a heading, or 9,999
)

// breakdown writes title, groups, headings, rows and sums.
func (b *book) breakdown(d breakdown) error {
	widths := []float64{keyWidth, nameWidth}
	if d.key == "" {
		widths[0] = 5
	}
	each := countWidth
	if len(d.figures) < len(stats.All()) { // there is room
		each = 8
	}
	for range d.figures {
		widths = append(widths, each)
	}
	s, err := b.sheet(d.name, layout{widths: widths, frozen: 2, head: 4})
	if err != nil {
		return err
	}
	note := d.note
	if d.several {
		note += "1件の案件が複数の行に数えられるため、「延べ」は案件の数（「実数」）を上回ります。"
	}
	s.line(24, b.cell(b.title()+"　"+d.name, style{bold: true, size: 14}))
	s.line(0, b.cell(b.period()+"　単位：件　"+note, style{}))
	b.groups(s, d)
	first := s.row + 1
	rows := orNone(d.rows)
	for i, r := range rows {
		b.caseRow(s, d, i+1, r)
	}
	label := "合計"
	if d.several {
		label = "延べ"
	}
	b.sums(s, d, label, func(i int, f stats.Figure) (int, string) {
		n := 0
		for _, r := range d.rows {
			n += r.Counts[f]
		}
		return n, fmt.Sprintf("SUM(%s:%s)", cell(i+3, first), cell(i+3, first+len(rows)-1))
	})
	if d.several {
		b.sums(s, d, "実数", func(_ int, f stats.Figure) (int, string) {
			return b.figures.Total.Counts[f], fmt.Sprintf("'%s'!%s", summaryName, totalCell(f))
		})
	}
	return s.end()
}

// narrow breaks the headings of narrow columns between words: spreadsheet programs break Japanese anywhere.
var narrow = strings.NewReplacer("期首進行中", "期首\n進行中", "うち新規会員", "うち\n新規\n会員", "重複受領", "重複\n受領", "受入不可", "受入\n不可",
	"了承依頼", "了承\n依頼", "双方了承", "双方\n了承", "受入担当決定", "受入\n担当\n決定", "進捗報告", "進捗\n報告", "支援終了", "支援\n終了",
	"ジェトロ支援", "JETRO\n支援", "案件終了", "案件\n終了", "受付不可", "受付\n不可", "終了の取消", "終了の\n取消", "期末進行中", "期末\n進行中")

// groups writes the two rows of headings.
func (b *book) groups(s *sheet, d breakdown) {
	key := d.key
	if key == "" {
		key = "No."
	}
	upper, lower := []any{b.head(key), b.head(d.of)}, []any{b.head(""), b.head("")}
	row := s.row + 1
	for i, from := 0, 0; i < len(d.figures); i++ {
		about := d.figures[i].About()
		upper, lower = append(upper, b.head(string(about.Group))), append(lower, b.head(narrow.Replace(about.Name)))
		if i+1 == len(d.figures) || d.figures[i+1].About().Group != about.Group {
			s.merge(from+3, row, i+3, row)
			from = i + 1
		}
	}
	s.line(18, upper...)
	s.line(52, lower...)
	s.merge(1, row, 1, row+1)
	s.merge(2, row, 2, row+1)
}

func (b *book) caseRow(s *sheet, d breakdown, n int, r stats.Row) {
	key, name := r.Key, nameOf(r)
	if d.key == "" {
		key = fmt.Sprint(n)
	}
	cells := []any{b.text(key, false), b.text(name, false)}
	for _, f := range d.figures {
		formula := ""
		if f == stats.Open {
			formula = balance(func(f stats.Figure) string { return cell(int(f)+3, s.row+1) })
		}
		cells = append(cells, b.number(r.Counts[f], formula, false))
	}
	s.line(heightOf(name, nameWidth), cells...)
}

func (b *book) sums(s *sheet, d breakdown, label string, of func(int, stats.Figure) (int, string)) {
	cells := []any{b.text("", true), b.text(label, true)}
	for i, f := range d.figures {
		n, formula := of(i, f)
		cells = append(cells, b.number(n, formula, true))
	}
	s.line(0, cells...)
}

// orNone are the rows, or one that says that there are none: a table without rows looks like a fault.
func orNone(rows []stats.Row) []stats.Row {
	if len(rows) == 0 {
		return []stats.Row{{Name: "（該当なし）"}}
	}
	return rows
}

// nameOf is a row's name, with those that the agency had before.
func nameOf(r stats.Row) string {
	if len(r.Former) == 0 {
		return r.Name
	}
	return r.Name + "\n（旧名称：" + strings.Join(r.Former, "、") + "）"
}

// balance is the formula of what is open at the end, where all figures stand in one row or one column in their order.
func balance(of func(stats.Figure) string) string {
	return fmt.Sprintf("%s+%s+%s-SUM(%s:%s)", of(stats.Carried), of(stats.Received), of(stats.Reopened), of(stats.Closed), of(stats.Void))
}
