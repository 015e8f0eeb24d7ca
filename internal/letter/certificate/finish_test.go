package certificate

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/signintech/gopdf"
)

// plainFile is a page of gopdf without fonts.
func plainFile(t testing.TB) []byte {
	t.Helper()
	var pdf gopdf.GoPdf
	pdf.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	pdf.SetNoCompression()
	pdf.AddPage()
	pdf.Line(1, 1, 2, 2)
	var out bytes.Buffer
	if _, err := pdf.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFinishedFileIsReadable(t *testing.T) {
	pdf, err := finish(plainFile(t), [faceCount]*embeddedFont{}, []byte("0 0 1 1 re f\n"), docInfo{title: "𠮷", created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	read := openPDF(t, pdf)
	if content := read.content(); !bytes.HasSuffix([]byte(content), []byte("l S\nQ\n0 0 1 1 re f\n")) {
		t.Errorf("content %q lacks line or appendix", content)
	}
	read.find("/Title <FEFFD842DFB7>")
}

func TestUnknownLayoutIsRefused(t *testing.T) {
	whole := plainFile(t)
	tests := map[string][]byte{
		"nothing":             nil,
		"no table":            []byte("%PDF-1.7\n"),
		"cut in the table":    whole[:len(whole)-120],
		"table out of bounds": []byte("%PDF-1.7\nstartxref\n999\n%%EOF\n"),
		"bytes before it":     append([]byte("xx"), whole...),
		"another catalog":     bytes.Replace(whole, []byte("/Type /Catalog"), []byte("/Type/Catalog "), 1),
	}
	for name, raw := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := finish(raw, [faceCount]*embeddedFont{}, nil, docInfo{}); !errors.Is(err, errNotAsWritten) {
				t.Errorf("got %v, want errNotAsWritten", err)
			}
		})
	}
}

func FuzzSplitObjects(f *testing.F) {
	whole := plainFile(f)
	f.Add(whole)
	f.Add(whole[len(whole)/2:])
	f.Add([]byte("xref\n0 2\n0000000000 65535 f \n0000000000 00000 n \nstartxref\n0\n%%EOF\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		objects, err := splitObjects(raw)
		if (err == nil) != (len(objects) > 0) {
			t.Errorf("%d objects, error %v", len(objects), err)
		}
	})
}
