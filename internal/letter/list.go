package letter

import (
	"errors"
	"fmt"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
)

var listColumns = []struct {
	name  string
	width float64 // in characters
	of    func(casework.ListRow) any
}{
	{"番号", 20, func(r casework.ListRow) any { return r.Number }},
	{"企業名", 32, func(r casework.ListRow) any { return clean(r.Company) }},
	{"状態", 12, func(r casework.ListRow) any { return r.Stage.Japanese() }},
	{"最後の動き", 12, func(r casework.ListRow) any { return r.Since.In(casework.JST).Format("2006/01/02") }},
	{"次に行うこと", 32, func(r casework.ListRow) any { return clean(r.Next) }},
	{"紹介元", 24, func(r casework.ListRow) any { return clean(r.Agency) }},
	{"担当", 16, func(r casework.ListRow) any { return clean(r.Concierge) }},
}

// listBook writes all cases of a list as a workbook (.xlsx) with one sheet, its header frozen. Every cell is text: what
// somebody wrote runs as no formula.
func listBook(l casework.Letter) (_ []byte, err error) {
	content, ok := l.Content.(casework.ListLetter)
	if !ok {
		return nil, errors.New("the letter is no list")
	}
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, err
	}
	cells := make([]any, len(listColumns))
	for i, c := range listColumns {
		cells[i] = c.name
		if err := w.SetColWidth(i+1, i+1, c.width); err != nil {
			return nil, err
		}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	for n := 1; ; n++ {
		if err := w.SetRow(fmt.Sprintf("A%d", n), cells); err != nil {
			return nil, err
		}
		if n > len(content.Rows) {
			break
		}
		for i, c := range listColumns {
			cells[i] = c.of(content.Rows[n-1])
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
