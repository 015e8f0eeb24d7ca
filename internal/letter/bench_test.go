package letter

import (
	"testing"

	"uketsuke/internal/casework"
)

func benchmarkLetter(b *testing.B, name string, attach bool) {
	r := renderer(b, Options{})
	l := sample(b, name)
	if !attach {
		l.Attach = nil
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Render(l, openWorkbook); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRegisteredWithCertificate(b *testing.B)    { benchmarkLetter(b, "registered", true) }
func BenchmarkRegisteredWithoutCertificate(b *testing.B) { benchmarkLetter(b, "registered", false) }
func BenchmarkReturned(b *testing.B)                     { benchmarkLetter(b, "returned", true) }
func BenchmarkBrief(b *testing.B)                        { benchmarkLetter(b, "brief", true) }

// BenchmarkLargeAttachment shows that 20 MB are encoded into the mail's one buffer and copied nowhere else.
func BenchmarkLargeAttachment(b *testing.B) {
	r := renderer(b, Options{})
	l, data := sample(b, "brief"), make([]byte, 20<<20)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Render(l, func(casework.Attachment) ([]byte, error) { return data, nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		renderer(b, Options{})
	}
}
