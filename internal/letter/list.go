package letter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
)

// column is one of a workbook's of rows of R.
type column[R any] struct {
	name  string
	width float64 // in characters
	of    func(R) any
}

var listColumns = []column[casework.ListRow]{
	{"番号", 20, func(r casework.ListRow) any { return r.Number }},
	{"企業名", 32, func(r casework.ListRow) any { return clean(r.Company) }},
	{"状態", 12, func(r casework.ListRow) any { return r.Stage.Japanese() }},
	{"最後の動き", 12, func(r casework.ListRow) any { return r.Since.In(casework.JST).Format("2006/01/02") }},
	{"次に行うこと", 32, func(r casework.ListRow) any { return clean(r.Next) }},
	{"紹介元", 24, func(r casework.ListRow) any { return clean(r.Agency) }},
	{"担当", 16, func(r casework.ListRow) any { return clean(r.Concierge) }},
}

var digestColumns = []column[casework.DigestLine]{
	{"区分", 18, func(l casework.DigestLine) any { return l.Section() }},
	{"番号", 20, func(l casework.DigestLine) any { return l.Number }},
	{"企業名", 32, func(l casework.DigestLine) any { return clean(l.Company) }},
	{"内容", 40, func(l casework.DigestLine) any { return clean(l.What) }},
	{"お待ちしている相手", 24, func(l casework.DigestLine) any { return clean(l.Tell) }},
	{"いつから", 12, func(l casework.DigestLine) any { return l.Since.In(casework.JST).Format("2006/01/02") }},
	{"日数", 8, func(l casework.DigestLine) any { return l.Days }},
}

var agencyColumns = []column[casework.AgencyLine]{
	{"番号", 20, func(l casework.AgencyLine) any { return l.Number }},
	{"企業名", 32, func(l casework.AgencyLine) any { return clean(l.Company) }},
	{"状態", 18, func(l casework.AgencyLine) any { return l.Stage }},
	{"支援", 40, func(l casework.AgencyLine) any { return clean(strings.Join(l.Supports, "、")) }},
	{"お待ちしているもの", 40, func(l casework.AgencyLine) any { return clean(strings.Join(l.Waits, "、")) }},
	{"最後の動き", 12, func(l casework.AgencyLine) any { return l.Last.In(casework.JST).Format("2006/01/02") }},
}

// listBook writes all cases of a list, or all lines of a digest, as a workbook (.xlsx).
func listBook(l casework.Letter) ([]byte, error) {
	switch content := l.Content.(type) {
	case casework.ListLetter:
		return book(listColumns, content.Rows)
	case casework.DigestLetter:
		return book(digestColumns, content.Lines)
	case casework.AgencyDigestLetter:
		return book(agencyColumns, content.Lines)
	}
	return nil, errors.New("the letter is no list")
}

// book writes rows as a workbook with one sheet, its header frozen. What somebody wrote is a cell of text: it runs as no
// formula.
func book[R any](columns []column[R], rows []R) (_ []byte, err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, err
	}
	cells := make([]any, len(columns))
	for i, c := range columns {
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
		if n > len(rows) {
			break
		}
		for i, c := range columns {
			cells[i] = c.of(rows[n-1])
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
