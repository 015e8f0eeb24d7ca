package bundle

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
)

// The sheets, and the form's name and version.
const (
	sheetCase     = "案件"
	sheetVersions = "シート"
	sheetSupports = "支援"
	sheetHistory  = "経過"

	form    = "uketsuke 移管"
	version = 1
)

const timeLayout = "2006-01-02 15:04:05"

// field is one row of 案件.
type field struct {
	label string
	get   func(*casework.Bundle) string
	set   func(*casework.Bundle, string) error
}

func text(label string, at func(*casework.Bundle) *string) field {
	return field{label, func(b *casework.Bundle) string { return *at(b) }, func(b *casework.Bundle, s string) error { *at(b) = s; return nil }}
}

func moment(label string, at func(*casework.Bundle) *time.Time) field {
	return field{label, func(b *casework.Bundle) string { return written(*at(b)) }, func(b *casework.Bundle, s string) (err error) {
		*at(b), err = read(s)
		return err
	}}
}

// fields are the rows of 案件, in the order in which people read them.
var fields = []field{
	text("移管元", func(b *casework.Bundle) *string { return &b.OfficeName }),
	text("移管元コード", func(b *casework.Bundle) *string { return &b.Office }),
	moment("移管日時", func(b *casework.Bundle) *time.Time { return &b.At }),
	text("移管の理由", func(b *casework.Bundle) *string { return &b.Reason }),
	text("登録番号", func(b *casework.Bundle) *string { return &b.Registration }),
	text("会員番号", func(b *casework.Bundle) *string { return &b.Member }),
	text("受付番号", func(b *casework.Bundle) *string { return &b.Receipt }),
	{"受付の方法", func(b *casework.Bundle) string { return string(b.Channel) }, func(b *casework.Bundle, s string) error { b.Channel = casework.Channel(s); return nil }},
	moment("受付日時", func(b *casework.Bundle) *time.Time { return &b.ReceivedAt }),
	moment("登録日時", func(b *casework.Bundle) *time.Time { return &b.RegisteredAt }),
	text("企業名", func(b *casework.Bundle) *string { return &b.Company }),
	{"依頼内容", func(b *casework.Bundle) string { return items(b.Items) }, func(b *casework.Bundle, s string) (err error) { b.Items, err = itemsOf(s); return err }},
	text("紹介元", func(b *casework.Bundle) *string { return &b.AgencyName }),
	text("送信者の氏名", func(b *casework.Bundle) *string { return &b.Submitter.Name }),
	text("送信者のアドレス", func(b *casework.Bundle) *string { return &b.Submitter.Addr }),
	text("担当コンシェルジュ", func(b *casework.Bundle) *string { return &b.Concierge }),
	text("コンシェルジュ電話", func(b *casework.Bundle) *string { return &b.ConciergePhone }),
	text("移管前の段階", func(b *casework.Bundle) *string { return &b.Stage }),
}

// The columns of the tables.
var (
	versionColumns = []string{"版", "ファイル名", "受領日時", "SHA-256"}
	supportColumns = []string{"支援機関", "状態", "了承", "受入担当"}
	historyColumns = []string{"日時", "内容", "記録した方"}
)

// Write makes the workbook (.xlsx). The SHA-256 of a sheet is its File.Blob, that of the bytes that go along.
func Write(b casework.Bundle) (_ []byte, err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.SetSheetName("Sheet1", sheetCase); err != nil {
		return nil, err
	}
	rows := [][]string{{form, strconv.Itoa(version)}}
	for _, d := range fields {
		rows = append(rows, []string{d.label, d.get(&b)})
	}
	if err := table(f, sheetCase, []float64{24, 60}, rows); err != nil {
		return nil, err
	}
	rows = [][]string{versionColumns}
	for _, s := range b.Sheets {
		rows = append(rows, []string{strconv.Itoa(s.Version), s.File.Name, written(s.At), s.File.Blob})
	}
	if err := table(f, sheetVersions, []float64{6, 40, 20, 70}, rows); err != nil {
		return nil, err
	}
	rows = [][]string{supportColumns}
	for _, s := range b.Supports {
		rows = append(rows, []string{s.Agency, s.State, s.Consents, s.Host})
	}
	if err := table(f, sheetSupports, []float64{32, 20, 40, 30}, rows); err != nil {
		return nil, err
	}
	rows = [][]string{historyColumns}
	for _, l := range b.History[max(0, len(b.History)-maxRows):] {
		rows = append(rows, []string{written(l.At), l.Text, l.By})
	}
	if err := table(f, sheetHistory, []float64{20, 80, 16}, rows); err != nil {
		return nil, err
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// table writes rows into a sheet, which it makes where there is none.
func table(f *excelize.File, name string, widths []float64, rows [][]string) error {
	if _, err := f.NewSheet(name); err != nil {
		return fmt.Errorf("sheet %s: %w", name, err)
	}
	w, err := f.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("sheet %s: %w", name, err)
	}
	for i, width := range widths {
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
	}
	for n, row := range rows {
		cells := make([]any, len(row))
		for i, s := range row {
			cells[i] = writable(s)
		}
		if err := w.SetRow(fmt.Sprintf("A%d", n+1), cells); err != nil {
			return fmt.Errorf("sheet %s, row %d: %w", name, n+1, err)
		}
	}
	return w.Flush()
}

// writable is a text as a cell can hold it: no characters that XML has no way to write, and no longer than Excel takes.
func writable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "�"))
	if rs := []rune(s); len(rs) > maxText {
		s = string(rs[:maxText-1]) + "…"
	}
	return s
}

func written(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(casework.JST).Format(timeLayout)
}

func read(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.ParseInLocation(timeLayout, s, casework.JST)
}

func items(list []int) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = fmt.Sprintf("%02d", n)
	}
	return strings.Join(out, " ")
}

func itemsOf(s string) ([]int, error) {
	var out []int
	for _, word := range strings.Fields(s) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n >= len(casework.ItemNames) || slices.Contains(out, n) {
			return nil, fmt.Errorf("%q is no request item", word)
		}
		out = append(out, n)
	}
	return out, nil
}
