package entrysheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/japanese"

	"uketsuke/internal/cfb"
)

// pack writes a zip of parts in order: name, content, name, content …
func pack(parts ...string) []byte {
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for i := 0; i < len(parts); i += 2 {
		h := &zip.FileHeader{Name: parts[i], Method: zip.Deflate}
		if parts[i] == "mimetype" {
			h.Method = zip.Store // ODF 1.3 part 2, 3.3
		}
		w, err := zw.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := zw.Close(); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

// oleFile writes a compound file with streams of these names; deep puts them
// below a storage.
func oleFile(deep bool, names ...string) []byte {
	var nodes []*cfb.Node
	for _, name := range names {
		nodes = append(nodes, cfb.NewStream(name, 0))
	}
	if deep {
		nodes = []*cfb.Node{cfb.NewStorage("ObjectPool", nodes...)}
	}
	b, err := cfb.Layout(nodes...)
	if err != nil {
		panic(err)
	}
	return b
}

func TestSniffByBytes(t *testing.T) {
	form := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	macros := (&testBook{sheets: []*testSheet{sampleForm(nil)}, parts: map[string]string{"xl/vbaProject.bin": "x"}}).bytes()
	tests := []struct {
		name string
		b    []byte
		want Format
		kind Kind
	}{
		{"workbook", form, FormatXLSX, KindEntrySheet},
		{"workbook with macros", macros, FormatXLSM, KindEntrySheet},
		{"binary workbook", pack("[Content_Types].xml", "", "xl/workbook.bin", ""), FormatXLSB, KindUnreadable},
		{"OpenDocument", pack("mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", ""), FormatODS, KindUnreadable},
		{"document", pack("[Content_Types].xml", "", "word/document.xml", ""), FormatZip, KindNotWorkbook},
		{"archive with a workbook", pack("entry.xlsx", string(form)), FormatZip, KindNotWorkbook},
		{"old workbook", oleFile(false, "\x05SummaryInformation", "Workbook"), FormatXLS, KindUnreadable},
		{"very old workbook", oleFile(false, "Book"), FormatXLS, KindUnreadable},
		{"encrypted package", oleFile(false, "EncryptionInfo", "EncryptedPackage"), FormatEncrypted, KindLocked},
		{"document with an embedded workbook", oleFile(true, "Workbook"), FormatOLE, KindNotWorkbook},
		{"mail", oleFile(false, "__properties_version1.0"), FormatOLE, KindNotWorkbook},
		{"cut off OLE", oleFile(false, "Workbook")[:600], FormatOLE, KindNotWorkbook},
		{"text", []byte("企業名,法人番号"), FormatOther, KindNotWorkbook},
		{"nothing", nil, FormatOther, KindNotWorkbook},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sniff(tt.b); got != tt.want {
				t.Errorf("Sniff = %q, want %q", got, tt.want)
			}
			s := Read(tt.b, DefaultLayout(), today, DefaultLimits())
			if s.Kind != tt.kind || len(s.Problems) != 0 {
				t.Errorf("kind %q (%s), %d problems, want %q", s.Kind, s.Error, len(s.Problems), tt.kind)
			}
			if explained := s.Error != "" && strings.HasSuffix(s.Reason, "。"); explained != (s.Kind != KindEntrySheet) {
				t.Errorf("error %q, reason %q", s.Error, s.Reason)
			}
		})
	}
}

func TestLimitsAreKept(t *testing.T) {
	form := sampleForm(nil)
	shared := sampleForm(nil)
	for i := range shared.cells {
		shared.cells[i].typ = "s"
	}
	tests := []struct {
		name  string
		sheet *testSheet
		lim   func(*Limits)
		want  string
	}{
		{"unpacked size", form, func(l *Limits) { l.Unpacked = 10_000 }, "unpacked"},
		{"ratio", form, func(l *Limits) { l.RatioFrom, l.Ratio = 1000, 1 }, "times"},
		{"parts", form, func(l *Limits) { l.Parts = 3 }, "directory"},
		{"sheets", form, func(l *Limits) { l.Sheets = 0 }, "sheets"},
		{"cells", form, func(l *Limits) { l.Cells = 20 }, "cells"},
		{"merged blocks", form, func(l *Limits) { l.Merges = 5 }, "merged"},
		{"shared strings", shared, func(l *Limits) { l.SharedStrings = 10 }, "shared strings"},
		{"texts", shared, func(l *Limits) { l.Text = 50 }, "texts"},
		{"workbook part", form, func(l *Limits) { l.Head = 100 }, "exceeds 100"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lim := DefaultLimits()
			tt.lim(&lim)
			s := Read((&testBook{sheets: []*testSheet{tt.sheet}}).bytes(), DefaultLayout(), today, lim)
			if s.Kind != KindUnreadable || !strings.Contains(s.Error, tt.want) || s.Reason != reasonTooBig {
				t.Errorf("kind %q, error %q, reason %q", s.Kind, s.Error, s.Reason)
			}
		})
	}
}

// TestBombsCostLittle: files that are small and unpack large.
func TestBombsCostLittle(t *testing.T) {
	good := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	manyNames := strings.Repeat(`<definedName name="a">#REF!</definedName>`, 20_000)
	named := rezip(t, good, "xl/workbook.xml", func(s string) string {
		return strings.Replace(s, "</workbook>", "<definedNames>"+manyNames+"</definedNames></workbook>", 1)
	})
	if s := Read(named, DefaultLayout(), today, DefaultLimits()); s.Kind != KindEntrySheet {
		t.Errorf("20,000 junk names: %q, %s", s.Kind, s.Error)
	}
	bombs := map[string][]byte{
		"one sheet of 63 MB": rezip(t, good, "xl/worksheets/sheet1.xml", func(string) string {
			return "<worksheet><sheetData>" + strings.Repeat(" ", 63<<20) + "</sheetData></worksheet>"
		}),
		"600,000 cells": rezip(t, good, "xl/worksheets/sheet1.xml", func(string) string {
			return "<worksheet><sheetData><row>" + strings.Repeat(`<c s="1"/>`, 600_000) + "</row></sheetData></worksheet>"
		}),
		"entities": rezip(t, good, "xl/worksheets/sheet1.xml", func(s string) string {
			return `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + s
		}),
		"one attribute of 20 MB": rezip(t, good, "xl/worksheets/sheet1.xml", func(string) string {
			return `<worksheet a="` + strings.Repeat("a", 20<<20) + `"></worksheet>`
		}),
		"two parts of one name": pack("[Content_Types].xml", "", "xl/workbook.xml", "<a/>", "XL/workbook.xml", "<b/>"),
		"12,000 entries": func() []byte {
			var parts []string
			for i := range 12_000 {
				parts = append(parts, fmt.Sprintf("xl/%d/workbook.xml", i), "")
			}
			return pack(append(parts, "[Content_Types].xml", "", "xl/workbook.xml", "")...)
		}(),
	}
	for name, b := range bombs {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s := Read(b, DefaultLayout(), today, DefaultLimits())
		runtime.ReadMemStats(&after)
		if s.Kind != KindUnreadable {
			t.Errorf("%s: kind %q", name, s.Kind)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 24 {
			t.Errorf("%s: %d MB allocated", name, used)
		}
	}
}

func TestDamagedPackagesAreUnreadable(t *testing.T) {
	good := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	cut := good[:len(good)/2]
	flipped := bytes.Clone(good)
	flipped[200] ^= 0xFF // inside the first part's compressed bytes
	endless := rezip(t, good, "xl/worksheets/sheet1.xml", func(s string) string { return s[:len(s)-200] })
	for name, b := range map[string][]byte{"flipped byte": flipped, "sheet that ends early": endless} {
		if s := Read(b, DefaultLayout(), today, DefaultLimits()); s.Kind != KindUnreadable || s.Reason != reasonBroken {
			t.Errorf("%s: kind %q, error %q, reason %q", name, s.Kind, s.Error, s.Reason)
		}
	}
	if s := Read(cut, DefaultLayout(), today, DefaultLimits()); s.Kind == KindEntrySheet {
		t.Error("half a file was read")
	}
}

// TestProducers: what other programs write differently.
func TestProducers(t *testing.T) {
	good := func() *testBook { return &testBook{sheets: []*testSheet{sampleForm(nil)}} }
	prefixed := good()
	prefixed.prefix = "x"
	sheet := func(change func(string) string) []byte {
		return rezip(t, good().bytes(), "xl/worksheets/sheet1.xml", change)
	}
	tests := map[string][]byte{
		"namespace prefix": prefixed.bytes(),
		"UTF-16": sheet(func(s string) string {
			var b bytes.Buffer
			b.WriteString("\xFF\xFE")
			for _, u := range utf16.Encode([]rune(strings.Replace(s, "UTF-8", "UTF-16", 1))) {
				b.WriteByte(byte(u))
				b.WriteByte(byte(u >> 8))
			}
			return b.String()
		}),
		"Shift_JIS": sheet(func(s string) string {
			out, err := japanese.ShiftJIS.NewEncoder().String(strings.NewReplacer("UTF-8", "Shift_JIS", "☑", "■").Replace(s))
			if err != nil {
				t.Fatal(err)
			}
			return out
		}),
		"byte order mark":     sheet(func(s string) string { return "\xEF\xBB\xBF" + s }),
		"numeric references":  sheet(func(s string) string { return strings.ReplaceAll(s, "企業名", "&#20225;&#x696D;&#21517;") }),
		"CDATA":               sheet(func(s string) string { return strings.ReplaceAll(s, ">企業名<", "><![CDATA[企業名]]><") }),
		"comments":            sheet(func(s string) string { return strings.ReplaceAll(s, "<row ", "<!-- > <c> --><row ") }),
		"escaped line breaks": sheet(func(s string) string { return strings.ReplaceAll(s, "企業名", "企業_x000D_\n名") }),
		"backslashes in part names": func() []byte {
			b := good().bytes()
			return bytes.ReplaceAll(b, []byte("xl/worksheets/sheet1.xml"), []byte(`xl\worksheets\sheet1.xml`))
		}(),
		"broken styles": rezip(t, good().bytes(), "xl/styles.xml", func(string) string { return "<styleSheet><cellXfs" }),
	}
	for name, b := range tests {
		s := Read(b, DefaultLayout(), today, DefaultLimits())
		if s.Kind != KindEntrySheet || s.Text("company.name") != "株式会社六甲精機" || s.HasErrors() {
			t.Errorf("%s: kind %q (%s), name %q, errors %v", name, s.Kind, s.Error, s.Text("company.name"), errorFields(s))
		}
		marked, err := Mark(b, someProblems())
		if err != nil {
			t.Errorf("%s: marking: %v", name, err)
		} else if again := Read(marked, DefaultLayout(), today, DefaultLimits()); !reflect.DeepEqual(s.Values, again.Values) {
			t.Errorf("%s: the marked copy reads otherwise", name)
		}
	}
}

// TestReadExcelizeWorkbook: shared strings and relationships as Excel has them.
func TestReadExcelizeWorkbook(t *testing.T) {
	s := Read(excelizeForm(t, nil), DefaultLayout(), today, DefaultLimits())
	if s.Kind != KindEntrySheet || len(s.Problems) != 0 || s.Text("company.name") != "株式会社六甲精機" {
		t.Errorf("kind %q (%s), name %q, problems %+v", s.Kind, s.Error, s.Text("company.name"), s.Problems)
	}
}

// excelizeForm writes the ordinary form with excelize, all of its cells
// styled; more may add to it.
func excelizeForm(t testing.TB, more func(*excelize.File, string)) []byte {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	f := excelize.NewFile()
	const name = "エントリーシート"
	must(f.SetSheetName("Sheet1", name))
	border := []excelize.Border{{Type: "left", Color: "000000", Style: 1}, {Type: "top", Color: "000000", Style: 1}, {Type: "right", Color: "000000", Style: 1}, {Type: "bottom", Color: "000000", Style: 1}}
	plain, err := f.NewStyle(&excelize.Style{Border: border, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}})
	must(err)
	labels, err := f.NewStyle(&excelize.Style{Border: border, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}}})
	must(err)
	day := `yyyy"年"m"月"d"日"`
	dates, err := f.NewStyle(&excelize.Style{Border: border, CustomNumFmt: &day})
	must(err)
	must(f.SetColWidth(name, "A", "AO", 2.6))
	for _, c := range sampleForm(nil).cells {
		from, to := cellName(c.row, c.col), cellName(c.row+max(c.h, 1)-1, c.col+max(c.w, 1)-1)
		if from != to {
			must(f.MergeCell(name, from, to))
		}
		if c.typ == "n" {
			must(f.SetCellValue(name, from, 46342))
		} else {
			must(f.SetCellValue(name, from, c.text))
		}
		must(f.SetCellStyle(name, from, to, map[int]int{0: plain, 1: labels, 2: plain, 3: dates}[c.style]))
	}
	if more != nil {
		more(f, name)
	}
	buf, err := f.WriteToBuffer()
	must(err)
	must(f.Close())
	return buf.Bytes()
}
