package bundle

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, casework.JST)

func sample() casework.Bundle {
	return casework.Bundle{Office: "KOB", OfficeName: "ジェトロ神戸", Registration: "2026-KOB-00042-5", Member: "M-00042-7", Receipt: "E26-00123", Channel: casework.ChannelFax,
		ReceivedAt: noon.AddDate(0, -1, 0), RegisteredAt: noon.AddDate(0, -1, 0).Add(time.Second), At: noon, Company: "株式会社灘酒造", Items: []int{1, 7}, AgencyName: "みなと銀行",
		Submitter: casework.Address{Name: "田中 一郎", Addr: "tanaka@minato-bank.example"}, Concierge: "山本 花子", ConciergePhone: "078-000-0042", Stage: "相談中", Reason: "本社の移転のため",
		Sheets: []casework.BundleSheet{{Version: 1, File: casework.SheetFile{Name: "旧.xls", Blob: strings.Repeat("0a", 32)}, At: noon.AddDate(0, -1, 0)},
			{Version: 3, File: casework.SheetFile{Name: "新.xlsx", Blob: strings.Repeat("0b", 32)}, At: noon}},
		Supports: []casework.BundleSupport{{Agency: "兵庫商工会議所（HYOGO-CCI）", State: "見送り", Consents: "紹介元：未依頼、企業：未依頼"}},
		History:  []casework.BundleLine{{At: noon.AddDate(0, -1, 0), Text: "=1+1\n二行目", By: "紹介元"}, {At: noon, Text: "案件をジェトロ大阪に移管しました。", By: "事務局"}}}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	for name, want := range map[string]casework.Bundle{"full": sample(), "small": {Office: "KOB", Registration: "2026-KOB-00042-5", Member: "M-00042-7", Receipt: "E26-00123",
		Channel: casework.ChannelMail, Sheets: sample().Sheets[:1]}} {
		book, err := Write(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(book)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-written +read):\n%s", name, diff)
		}
	}
}

func TestPeopleReadTheBundleInExcel(t *testing.T) {
	book, err := Write(sample())
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.GetSheetList(); !cmp.Equal(got, []string{"案件", "シート", "支援", "経過"}) {
		t.Errorf("sheets %q", got)
	}
	if formula, err := f.GetCellFormula("経過", "B2"); formula != "" || err != nil {
		t.Errorf("what somebody wrote became the formula %q: %v", formula, err)
	}
}

func TestATimelineOfAnyLengthIsWritten(t *testing.T) {
	b := sample()
	b.History = nil
	for range maxRows + 10 {
		b.History = append(b.History, casework.BundleLine{At: noon, Text: "記録"})
	}
	b.History[len(b.History)-1].Text = strings.Repeat("長", maxText+10) + "\x00\x01"
	book, err := Write(b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(book)
	if err != nil {
		t.Fatal(err)
	}
	if last := got.History[len(got.History)-1].Text; len(got.History) != maxRows || len([]rune(last)) != maxText {
		t.Errorf("%d lines, the last with %d characters", len(got.History), len([]rune(last)))
	}
}

// edited is a bundle in which somebody has changed a cell.
func edited(t testing.TB, sheet, cell, value string) []byte {
	t.Helper()
	book, err := Write(sample())
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.SetCellStr(sheet, cell, value); err != nil {
		t.Fatal(err)
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatIsNoBundleIsToldApartFromABrokenOne(t *testing.T) {
	var broken *FormError
	for rule, tc := range map[string]struct {
		book  []byte
		other bool
	}{
		"no workbook":                      {[]byte("PK"), true},
		"another workbook":                 {edited(t, "案件", "A1", "エントリーシート"), true},
		"a newer version":                  {edited(t, "案件", "B1", "2"), false},
		"a registration number that lies":  {edited(t, "案件", "B6", "2026-KOB-00042-6"), false},
		"a day for a time":                 {edited(t, "案件", "B4", "昨日"), false},
		"a request item that is none":      {edited(t, "案件", "B13", "14"), false},
		"an unknown channel":               {edited(t, "案件", "B9", "口頭"), false},
		"other columns":                    {edited(t, "シート", "D1", "MD5"), false},
		"versions out of order":            {edited(t, "シート", "A3", "1"), false},
		"a hash that is none":              {edited(t, "シート", "D2", "0a0b"), false},
		"a line of the timeline with none": {edited(t, "経過", "A2", ""), false},
	} {
		_, err := Read(tc.book)
		if errors.Is(err, ErrOther) != tc.other || !tc.other && !errors.As(err, &broken) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	book, err := Write(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(book)
	f.Add(book[:len(book)/2])
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, book []byte) { readsTheSameAgain(t, book) })
}

// FuzzCell changes one cell of a bundle.
func FuzzCell(f *testing.F) {
	f.Add(uint8(0), uint8(4), uint8(1), "2026-11-24 12:00:00")
	f.Add(uint8(1), uint8(2), uint8(0), "2")
	f.Add(uint8(3), uint8(1), uint8(1), "\x00=1+1\r\n_x0041_\ufffe")
	f.Fuzz(func(t *testing.T, sheet, row, column uint8, value string) {
		cell, err := excelize.CoordinatesToCellName(int(column%5)+1, int(row%24)+1)
		if err != nil {
			t.Fatal(err)
		}
		readsTheSameAgain(t, edited(t, []string{sheetCase, sheetVersions, sheetSupports, sheetHistory}[sheet%4], cell, value))
	})
}

// readsTheSameAgain: what can be read is within the bounds, and the same once it was written again.
func readsTheSameAgain(t *testing.T, book []byte) {
	b, err := Read(book)
	if err != nil {
		return
	}
	if len(b.Sheets) == 0 || len(b.Sheets) > maxVersions || len(b.History) > maxRows || len(b.Supports) > maxRows {
		t.Errorf("%d versions, %d lines, %d supports", len(b.Sheets), len(b.History), len(b.Supports))
	}
	again, err := Write(b)
	if err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	if got, err := Read(again); err != nil || !cmp.Equal(b, got) {
		t.Errorf("reads otherwise once it was written: %v\n%s", err, cmp.Diff(b, got))
	}
}
