package yearbook

import "uketsuke/internal/stats"

// times writes the waiting times of all breakdowns, one below the other under the same headings.
func (b *book) times() error {
	widths := []float64{keyWidth, nameWidth}
	for range stats.Waits() {
		widths = append(widths, 6, 7, 7)
	}
	s, err := b.sheet("所要日数", layout{widths: widths, frozen: 2, head: 4})
	if err != nil {
		return err
	}
	s.line(24, b.cell(b.title()+"　所要日数", style{bold: true, size: 14}))
	s.line(0, b.cell(b.period()+"　単位：件・営業日（同じ日は0日）　「90％」は、10件のうち9件がその日数以内に済んだことを示します。", style{}))
	upper, lower := []any{b.head("コード"), b.head("区分")}, []any{b.head(""), b.head("")}
	for i, w := range stats.Waits() {
		upper = append(upper, b.head(w.About().Name), b.head(""), b.head(""))
		lower = append(lower, b.head("件数"), b.head("中央値"), b.head("90％"))
		s.merge(3*i+3, s.row+1, 3*i+5, s.row+1)
	}
	s.line(32, upper...)
	s.line(18, lower...)
	s.merge(1, 3, 1, 4)
	s.merge(2, 3, 2, 4)
	total := b.figures.Total
	total.Name = "年度計"
	b.section(s, "全体", []stats.Row{total})
	b.section(s, "月別", b.figures.Months)
	for _, d := range breakdowns(b.figures) {
		b.section(s, d.name, d.rows)
	}
	return s.end()
}

func (b *book) section(s *sheet, name string, rows []stats.Row) {
	cells := []any{b.text(name, true)}
	for range 1 + 3*len(stats.Waits()) {
		cells = append(cells, b.blank(true))
	}
	s.line(0, cells...)
	s.merge(1, s.row, len(cells), s.row)
	for _, r := range orNone(rows) {
		cells := []any{b.text(r.Key, false), b.text(nameOf(r), false)}
		for _, t := range r.Waits {
			cells = append(cells, b.number(t.N, "", false), b.days(t.Median, t.N), b.days(t.P90, t.N))
		}
		s.line(heightOf(nameOf(r), nameWidth), cells...)
	}
}
