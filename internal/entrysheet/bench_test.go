package entrysheet

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"
)

// Reach: 5 ms and 2 MB for one form, 8 ms and 3 MB with two further sheets
// (60 and 300 rows), on one core.

var (
	benchForm = sync.OnceValue(func() []byte { return excelizeForm(&testing.B{}, nil) })
	benchBook = sync.OnceValue(func() []byte {
		return excelizeForm(&testing.B{}, func(f *excelize.File, _ string) {
			must := func(err error) {
				if err != nil {
					panic(err)
				}
			}
			for _, name := range []string{"記入要領", "コード表"} {
				_, err := f.NewSheet(name)
				must(err)
			}
			for row := 1; row <= 60; row++ {
				must(f.SetCellValue("記入要領", cellName(row, 1), fmt.Sprintf("%d. %s", row, strings.Repeat("記入欄必須項目様式別紙参照提出期限", 4))))
			}
			for row := 1; row <= 300; row++ {
				for col, text := range []string{fmt.Sprintf("K%04d", row), fmt.Sprintf("種別%d号製作所", row), "甲"} {
					must(f.SetCellValue("コード表", cellName(row, col+1), text))
				}
			}
		})
	})
)

func benchmarkRead(b *testing.B, file []byte) {
	b.ReportAllocs()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if s := Read(file, DefaultLayout(), today, DefaultLimits()); s.Kind != KindEntrySheet || len(s.Problems) > 0 {
			b.Fatal(s.Kind, s.Problems)
		}
	}
}

func BenchmarkReadForm(b *testing.B)        { benchmarkRead(b, benchForm()) }
func BenchmarkReadFormOfThree(b *testing.B) { benchmarkRead(b, benchBook()) }
func BenchmarkReadInlineForm(b *testing.B) {
	benchmarkRead(b, (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes())
}
func BenchmarkSniff(b *testing.B) {
	for b.Loop() {
		Sniff(benchForm())
	}
}

// BenchmarkExcelizeGetRows is what a program would do without this package.
func BenchmarkExcelizeGetRows(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		f, err := excelize.OpenReader(strings.NewReader(string(benchForm())))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.GetRows("エントリーシート"); err != nil {
			b.Fatal(err)
		}
		if _, err := f.GetMergeCells("エントリーシート"); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMark(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Mark(benchForm(), someProblems()); err != nil {
			b.Fatal(err)
		}
	}
}
