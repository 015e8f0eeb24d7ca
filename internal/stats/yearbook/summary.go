package yearbook

import (
	"fmt"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
	"uketsuke/internal/stats"
)

const (
	summaryName = "概要"
	summaryHead = 5  // the row of the headings
	monthColumn = 3  // April
	totalColumn = 15 // the year
	noteColumn  = 16
	noteWidth   = 78.0
)

// figureRow is the row of a figure on the summary.
func figureRow(f stats.Figure) int { return summaryHead + 1 + int(f) }

// totalCell is where the summary has a figure of the whole year.
func totalCell(f stats.Figure) string {
	return "$" + column(totalColumn) + "$" + fmt.Sprint(figureRow(f))
}

// summary writes the cover: each figure by month, waiting times, and how it was counted.
func (b *book) summary() error {
	widths := []float64{11, 17}
	for range 12 {
		widths = append(widths, 7)
	}
	s, err := b.sheet(summaryName, layout{widths: append(widths, 8.5, noteWidth), frozen: 2, head: summaryHead, single: true})
	if err != nil {
		return err
	}
	s.line(30, b.cell(b.title(), style{bold: true, size: 18}))
	s.line(0, b.cell("事務局名", style{bold: true}), b.cell(b.options.Office, style{kind: typed}))
	s.merge(2, 2, 8, 2)
	s.line(0, b.cell("対象期間", style{bold: true}), b.cell(b.period()+b.unfinished(), style{}))
	s.line(0, b.cell("作成日", style{bold: true}), b.cell(b.options.Made.In(casework.JST).Format(dayForm), style{}))
	heads := []any{b.head("区分"), b.head("項目")}
	for m := range 12 {
		heads = append(heads, b.head(fmt.Sprintf("%d月", (m+3)%12+1)))
	}
	s.line(20, append(heads, b.head("年度計"), b.head("数え方"))...)
	b.monthly(s)
	s.line(8)
	b.overall(s)
	s.line(8)
	s.line(20, b.cell("集計について", style{bold: true, size: 12}))
	for _, n := range b.method() {
		s.line(heightOf(n, 170), b.cell(n, style{kind: notes}))
		s.merge(1, s.row, noteColumn, s.row)
	}
	return s.end()
}

func (b *book) unfinished() string {
	if b.figures.At == b.figures.Until {
		return ""
	}
	return "（年度の途中の集計です）"
}

// monthly writes a row for each figure.
func (b *book) monthly(s *sheet) {
	from := s.row + 1
	for i, f := range stats.All() {
		about := f.About()
		sum := f.Stock()
		cells := []any{b.head(string(about.Group)), b.cell(about.Name, style{rule: true, strip: sum, bold: sum})}
		for m := range 12 {
			if m < len(b.figures.Months) {
				cells = append(cells, b.number(b.figures.Months[m].Counts[f], monthFormula(f, m), sum))
			} else {
				cells = append(cells, b.blank(sum))
			}
		}
		cells = append(cells, b.number(b.figures.Total.Counts[f], yearFormula(f), true), b.cell(about.Note, style{kind: notes, rule: true}))
		s.line(heightOf(about.Note, noteWidth), cells...)
		if all := stats.All(); i+1 == len(all) || all[i+1].About().Group != about.Group {
			s.merge(1, from, 1, s.row)
			from = s.row + 1
		}
	}
}

// monthFormula makes the stocks of a month; what was counted has no formula.
func monthFormula(f stats.Figure, m int) string {
	switch {
	case f == stats.Carried && m > 0:
		return cell(monthColumn+m-1, figureRow(stats.Open))
	case f == stats.Open:
		return balance(func(f stats.Figure) string { return cell(monthColumn+m, figureRow(f)) })
	}
	return ""
}

func yearFormula(f stats.Figure) string {
	switch f {
	case stats.Carried:
		return cell(monthColumn, figureRow(f))
	case stats.Open:
		return balance(func(f stats.Figure) string { return cell(totalColumn, figureRow(f)) })
	}
	return fmt.Sprintf("SUM(%s:%s)", cell(monthColumn, figureRow(f)), cell(totalColumn-1, figureRow(f)))
}

// overall writes the year's waiting times.
func (b *book) overall(s *sheet) {
	s.line(20, b.cell("所要日数（営業日）", style{bold: true, size: 12}))
	b.overallLine(s, 20, b.head("項目"), b.head("件数"), b.head("中央値"), b.head("90％"), b.head("数え方"))
	for _, w := range stats.Waits() {
		t, words := b.figures.Total.Waits[w], style{rule: true}
		b.overallLine(s, 0, b.cell(w.About().Name, words), b.number(t.N, "", false), b.days(t.Median, t.N), b.days(t.P90, t.N), b.cell(w.About().Note, words))
	}
}

// overallLine writes a line under the months: its name over two columns, its note over all that is left.
func (b *book) overallLine(s *sheet, height float64, name, n, median, p90, note excelize.Cell) {
	cells := []any{name, excelize.Cell{StyleID: name.StyleID}, n, median, p90, note}
	for len(cells) < noteColumn {
		cells = append(cells, excelize.Cell{StyleID: note.StyleID})
	}
	s.line(height, cells...)
	s.merge(1, s.row, 2, s.row)
	s.merge(6, s.row, noteColumn, s.row)
}

// method says how it was counted.
func (b *book) method() []string {
	out := []string{
		"・年度は4月1日から翌年3月31日までです。日本時間で、その事実が記録された日の属する月に計上しています。",
		"・件数は、延べと記載したものを除き、案件または支援（案件ごとの候補機関）を単位としています。直前に取り消された操作は含みません。",
		"・期末進行中は、期首進行中＋受付＋終了の取消－（案件終了＋取下げ＋移管＋統合＋受付不可＋無効）です。",
		"・紹介元、依頼内容、業種、対象国・地域は、集計期間の末日に有効なエントリーシートの記載によります。業種と国・地域は記載のまま（字体の違いのみ統一）です。",
		"・所要日数は営業日数（" + b.options.Calendar + "を除く日数。同じ日は0日）で、終わりの日の属する月に計上しています。",
		"・所要日数の「90％」は、10件のうち9件がその日数以内に済んだことを示します。",
		"・企業名などの企業を特定できる情報は記載していません。業種等の記載に企業名などが含まれる場合は「（記載を省略）」としています。",
	}
	if e := b.figures.Erased; e.Events > 0 {
		out = append(out, fmt.Sprintf("・内容が抹消された記録が%d件あり、件数に含まれていません（うち、受付の記録が抹消されたため除いた案件：%d件）。", e.Events, e.Cases))
	}
	return out
}
