package biff_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"uketsuke/internal/biff"
	"uketsuke/internal/biff/bifftest"
	"uketsuke/internal/cfb"
)

var limits = biff.Limits{Sheets: 200, Cells: 500_000, Merges: 20_000, Strings: 100_000, Text: 16 << 20, Records: 4_000_000}

func read(t testing.TB, b *bifftest.Book) *biff.Book {
	t.Helper()
	book, err := biff.Read(b.Bytes(), limits)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func TestCellsOfEveryKind(t *testing.T) {
	book := read(t, &bifftest.Book{Date1904: true, Formats: map[int]string{164: `ggge"年"`}, Styles: []uint16{0, 164}, Sheets: []bifftest.Sheet{
		{Name: "一枚目", Hidden: true},
		{Name: "二枚目", Merges: [][4]int{{1, 1, 2, 3}}, HiddenRows: []int{7}, HiddenCols: []int{9}, ColWidth: 3, Cells: []bifftest.Cell{
			{Row: 1, Col: 1, Value: "株式会社𠮷"}, {Row: 1, Col: 4}, {Row: 2, Col: 1, Style: 1, Value: 46342.5}, {Row: 3, Col: 1, Value: true},
			{Row: 4, Col: 1, Value: bifftest.Formula{Value: "計算"}}, {Row: 5, Col: 1, Value: bifftest.Formula{Value: -0.25}},
			{Row: 6, Col: 256, Value: bifftest.Formula{Value: false}}, {Row: 65536, Col: 1, Value: "株式会社𠮷"},
		}},
	}})
	s := book.Sheets[1]
	want := []biff.Cell{{Row: 1, Col: 1, Kind: biff.Text, Text: "株式会社𠮷"}, {Row: 1, Col: 4}, {Row: 2, Col: 1, Style: 1, Kind: biff.Number, Text: "46342.5"},
		{Row: 3, Col: 1, Kind: biff.Bool, Text: "1"}, {Row: 4, Col: 1, Kind: biff.Text, Text: "計算"}, {Row: 5, Col: 1, Kind: biff.Number, Text: "-0.25"},
		{Row: 6, Col: 256, Kind: biff.Bool, Text: "0"}, {Row: 65536, Col: 1, Kind: biff.Text, Text: "株式会社𠮷"}}
	if diff := cmp.Diff(want, s.Cells); diff != "" {
		t.Error(diff)
	}
	if !book.Date1904 || book.Formats[164] != `ggge"年"` || book.Styles[1].Format != 164 || !book.Sheets[0].Hidden || s.Hidden || s.Name != "二枚目" {
		t.Errorf("1904 %v, formats %v, sheets %v %v %q", book.Date1904, book.Formats, book.Sheets[0].Hidden, s.Hidden, s.Name)
	}
	if diff := cmp.Diff([]biff.Range{{Row1: 1, Col1: 1, Row2: 2, Col2: 3}}, s.Merges); diff != "" {
		t.Error(diff)
	}
	if len(s.Rows) != 1 || !s.Rows[0].Hidden || s.Rows[0].Row != 7 || len(s.Cols) != 2 || s.Cols[0].Width != 3 || !s.Cols[1].Hidden || s.Cols[1].From != 9 {
		t.Errorf("rows %v, columns %v", s.Rows, s.Cols)
	}
}

// Whatever the texts are and wherever a record is full, they are read as they
// were written, without furigana.
func TestSharedStringsGoOnInOtherRecords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := &bifftest.Book{Phonetic: rapid.Bool().Draw(t, "phonetic"), Sheets: []bifftest.Sheet{{Name: "表"}}}
		unit := rapid.SampledFrom([]string{"あ", "𠮷", "a", "髙橋", "\n"})
		for row := range rapid.IntRange(1, 12).Draw(t, "rows") {
			text := fmt.Sprint(row) + strings.Repeat(unit.Draw(t, "unit"), rapid.IntRange(0, 6000).Draw(t, "length"))
			in.Sheets[0].Cells = append(in.Sheets[0].Cells, bifftest.Cell{Row: row + 1, Col: 1, Value: text})
		}
		book, err := biff.Read(in.Bytes(), limits)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range in.Sheets[0].Cells {
			if got := book.Sheets[0].Cells[i].Text; got != c.Value {
				t.Fatalf("text %d of %d bytes became %d bytes", i, len(c.Value.(string)), len(got))
			}
		}
	})
}

func TestControls(t *testing.T) {
	book := read(t, &bifftest.Book{Sheets: []bifftest.Sheet{{Name: "表", Controls: []bifftest.Control{
		{Row: 3, Col: 2, Caption: "01.市場情報", State: 1}, {Row: 4, Col: 2, State: 0, LinkRow: 9, LinkCol: 5}, {Row: 5, Col: 2, State: 2},
		{Row: 6, Col: 2, State: -1}, {Row: 7, Col: 2, Radio: true, Caption: "はい", State: 1},
	}}}})
	want := []biff.Control{
		{Kind: biff.CheckBox, State: biff.On, Caption: "01.市場情報"}, {Kind: biff.CheckBox, State: biff.Off, Link: &biff.Ref{Row: 9, Col: 5}},
		{Kind: biff.CheckBox, State: biff.Grey}, {Kind: biff.CheckBox}, {Kind: biff.OptionButton, State: biff.On, Caption: "はい"},
	}
	if diff := cmp.Diff(want, book.Sheets[0].Controls, cmpopts.IgnoreFields(biff.Control{}, "Anchor")); diff != "" {
		t.Error(diff)
	}
	for i, c := range book.Sheets[0].Controls {
		if c.Anchor.Row1 != 2+i || c.Anchor.Col1 != 1 || c.Anchor.DX1 != 20 {
			t.Errorf("control %d at %+v", i, c.Anchor)
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	good := &bifftest.Book{Sheets: []bifftest.Sheet{{Name: "表", Cells: []bifftest.Cell{{Row: 1, Col: 1, Value: "a"}, {Row: 1, Col: 2, Value: "b"}}, Merges: [][4]int{{1, 1, 1, 2}, {2, 1, 2, 2}}}, {Name: "裏"}}}
	old, err := cfb.Layout(cfb.NewStream("Book", 100))
	if err != nil {
		t.Fatal(err)
	}
	none, err := cfb.Layout(cfb.NewStorage("x", cfb.NewStream("Workbook", 100)))
	if err != nil {
		t.Fatal(err)
	}
	small := func(change func(*biff.Limits)) biff.Limits { l := limits; change(&l); return l }
	tests := []struct {
		name string
		b    []byte
		lim  biff.Limits
		want error // nil: any
	}{
		{"encrypted", (&bifftest.Book{Encrypted: true, Sheets: good.Sheets}).Bytes(), limits, biff.ErrEncrypted},
		{"Excel 95", old, limits, biff.ErrVersion},
		{"a workbook inside something else", none, limits, nil},
		{"no compound file", []byte("a"), limits, nil},
		{"sheets", good.Bytes(), small(func(l *biff.Limits) { l.Sheets = 1 }), biff.ErrTooBig},
		{"cells", good.Bytes(), small(func(l *biff.Limits) { l.Cells = 1 }), biff.ErrTooBig},
		{"merged blocks", good.Bytes(), small(func(l *biff.Limits) { l.Merges = 1 }), biff.ErrTooBig},
		{"shared strings", good.Bytes(), small(func(l *biff.Limits) { l.Strings = 1 }), biff.ErrTooBig},
		{"texts", good.Bytes(), small(func(l *biff.Limits) { l.Text = 20 }), biff.ErrTooBig},
		{"records", good.Bytes(), small(func(l *biff.Limits) { l.Records = 5 }), biff.ErrTooBig},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := biff.Read(tt.b, tt.lim); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

// Many sheets that all point at the same records cost no more than their limit.
func TestSheetsThatShareTheirRecordsAreBounded(t *testing.T) {
	b := &bifftest.Book{Sheets: make([]bifftest.Sheet, 200)}
	for i := range b.Sheets {
		b.Sheets[i].Name = fmt.Sprint(i)
	}
	for i := range 100_000 {
		b.Sheets[0].Cells = append(b.Sheets[0].Cells, bifftest.Cell{Row: i%65536 + 1, Col: i/65536 + 1, Value: 1.0})
	}
	stream := b.Stream()
	first := uint32(0)
	for at := 0; at+8 < len(stream); at += 4 + int(binary.LittleEndian.Uint16(stream[at+2:])) {
		if binary.LittleEndian.Uint16(stream[at:]) != 0x0085 {
			continue
		}
		if first == 0 {
			first = binary.LittleEndian.Uint32(stream[at+4:])
		}
		binary.LittleEndian.PutUint32(stream[at+4:], first)
	}
	node := cfb.NewStream("Workbook", len(stream))
	file, err := cfb.Layout(node)
	if err != nil {
		t.Fatal(err)
	}
	copy(node.Content, stream)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = biff.Read(file, limits)
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; !errors.Is(err, biff.ErrTooBig) || used > 96 {
		t.Errorf("error %v, %d MB", err, used)
	}
}

// FuzzStream puts the bytes where no compound file guards them. What is read
// stays within the limits.
func FuzzStream(f *testing.F) {
	f.Add((&bifftest.Book{Sheets: []bifftest.Sheet{{Name: "表", Cells: []bifftest.Cell{{Row: 1, Col: 1, Value: "企業名"}, {Row: 2, Col: 1, Value: bifftest.Formula{Value: "a"}}},
		Merges: [][4]int{{1, 1, 2, 2}}, Controls: []bifftest.Control{{Row: 1, Col: 1, Caption: "a", State: 1, LinkRow: 1, LinkCol: 1}}}}}).Stream())
	f.Add((&bifftest.Book{Phonetic: true, Date1904: true, Formats: map[int]string{164: "0"}, Sheets: []bifftest.Sheet{{Name: "a", Cells: []bifftest.Cell{{Row: 1, Col: 1, Value: strings.Repeat("あ", 5000)}}}}}).Stream())
	lim := biff.Limits{Sheets: 10, Cells: 2000, Merges: 200, Strings: 500, Text: 1 << 16, Records: 20_000}
	f.Fuzz(func(t *testing.T, stream []byte) {
		node := cfb.NewStream("Workbook", len(stream))
		file, err := cfb.Layout(node)
		if err != nil {
			return
		}
		copy(node.Content, stream)
		book, err := biff.Read(file, lim)
		if err != nil {
			return
		}
		cells, merges := 0, 0
		for _, s := range book.Sheets {
			cells, merges = cells+len(s.Cells), merges+len(s.Merges)
		}
		if len(book.Sheets) > lim.Sheets || cells > lim.Cells || merges > lim.Merges {
			t.Fatalf("%d sheets, %d cells, %d merged blocks", len(book.Sheets), cells, merges)
		}
	})
}
