package entrysheet

import "testing"

func BenchmarkClean(b *testing.B) {
	book := excelizeForm(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Clean(book, DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBesides(b *testing.B) {
	book := excelizeForm(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Besides(book, "エントリーシート", DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFill(b *testing.B) {
	form := referralForm(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Fill(form, referral(), DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}
