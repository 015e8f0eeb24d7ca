package entrysheet

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"uketsuke/internal/cfb"
)

// fuzzLimits keep one input cheap.
func fuzzLimits() Limits {
	lim := DefaultLimits()
	lim.Unpacked, lim.Cells, lim.Merges = 1<<20, 20_000, 2000
	return lim
}

func fuzzSeeds(f *testing.F) [][]byte {
	controls, at := controlForm()
	return [][]byte{
		(&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes(),
		(&testBook{sheets: []*testSheet{controls}, parts: map[string]string{"xl/drawings/vmlDrawing1.vml": vmlCheckboxes(at)}}).bytes(),
		excelizeForm(f, nil), oleFile(false, "Workbook"), oleFile(true, "EncryptedPackage"), nil, []byte("PK\x03\x04"),
	}
}

// FuzzRead: whatever the bytes are, there is an answer of a known kind, and
// every problem of an entry sheet is complete.
func FuzzRead(f *testing.F) {
	for _, b := range fuzzSeeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := Read(b, DefaultLayout(), today, fuzzLimits())
		if s == nil || s.Error == "panic while reading the workbook" {
			t.Fatalf("answer %+v", s)
		}
		if explained := s.Reason != "" && s.Error != ""; explained == (s.Kind == KindEntrySheet || s.Kind == KindOtherWorkbook) {
			t.Fatalf("kind %q with reason %q", s.Kind, s.Reason)
		}
		for _, p := range s.Problems {
			if p.Wanted == "" || p.Field == "" {
				t.Fatalf("incomplete problem %+v", p)
			}
		}
	})
}

// FuzzSheetPart puts the bytes where no checksum guards them: into the sheet.
func FuzzSheetPart(f *testing.F) {
	book := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	var shared []string
	f.Add(sampleForm(nil).xml("", &shared))
	f.Add(`<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="inlineStr"><is><r><t>企業名</t></r></is></c></row></sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>`)
	f.Fuzz(func(t *testing.T, part string) {
		b := rezip(t, book, "xl/worksheets/sheet1.xml", func(string) string { return part })
		s := Read(b, DefaultLayout(), today, fuzzLimits())
		if s.Error == "panic while reading the workbook" {
			t.Fatal(s.Error)
		}
		if s.Kind != KindEntrySheet {
			return
		}
		if _, err := Mark(b, s.Problems); err != nil {
			t.Fatalf("what was read cannot be marked: %v", err)
		}
	})
}

// FuzzMark: a marked copy reads as what it was.
func FuzzMark(f *testing.F) {
	for _, b := range fuzzSeeds(f) {
		f.Add(b, "エントリーシート", "I10", "ご記入ください。")
	}
	f.Fuzz(func(t *testing.T, b []byte, sheet, cell, wanted string) {
		out, err := Mark(b, []Problem{{Sheet: sheet, Cell: cell, Wanted: wanted}})
		if err != nil {
			if strings.Contains(err.Error(), "panic") {
				t.Fatal(err)
			}
			return
		}
		if was, is := Read(b, DefaultLayout(), today, fuzzLimits()), Read(out, DefaultLayout(), today, fuzzLimits()); was.Kind != is.Kind && was.Kind == KindEntrySheet {
			t.Fatalf("%q became %q (%s)", was.Kind, is.Kind, is.Error)
		}
	})
}

// FuzzXMLScanner: tokens cover the part in order, and reading in pieces gives
// the same tokens as reading at once.
func FuzzXMLScanner(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><a b="c>d"><x:e/>text &amp; more<![CDATA[<raw>]]><!-- c --></a>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, pieces := newXMLBytes(bytes.Clone(b)), newXMLScanner(iotest.OneByteReader(bytes.NewReader(b)))
		last := int64(0)
		for {
			t1, ok1 := whole.next()
			t2, ok2 := pieces.next()
			if ok1 != ok2 || t1.kind != t2.kind || t1.start != t2.start || t1.end != t2.end || !bytes.Equal(t1.name, t2.name) || !bytes.Equal(t1.text, t2.text) {
				t.Fatalf("%+v and %+v", t1, t2)
			}
			if !ok1 {
				break
			}
			if t1.start < last || t1.end <= t1.start && t1.kind != tokenText {
				t.Fatalf("token at %d to %d after %d", t1.start, t1.end, last)
			}
			last = t1.end
		}
		if (whole.err == nil) != (pieces.err == nil) {
			t.Fatalf("%v and %v", whole.err, pieces.err)
		}
	})
}

// FuzzParseLayout: a layout is refused or usable.
func FuzzParseLayout(f *testing.F) {
	f.Add(DefaultLayoutTOML())
	f.Add([]byte("name = \"x\"\nmin_labels = 1\n[[field]]\nkey = \"received\"\nname = \"日\"\nform = \"date\"\nlabels = [\"日\"]\n"))
	book := (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes()
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseLayout(b)
		if err != nil {
			return
		}
		if s := Read(book, l, today, fuzzLimits()); s.Error == "panic while reading the workbook" {
			t.Fatal(s.Error)
		}
	})
}

// FuzzAnswers: no text makes a parser panic or return half an answer.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{"令和8年11月16日", "1億2,000万円", "45名", "㈱ 灘酒造", "079(222)3333", "〒657-0001", "T2140001999999", "ベトナム、カナダ", "a@b.example", "[ ]01.市場情報"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, number bool) {
		in := typed{raw: s, number: number, unit: "千円"}
		if d, v := parseDate(in); (v == understood) != (len(d) == len("2026-11-16")) {
			t.Fatalf("date %q, %d", d, v)
		}
		if m, v := parseMonth(in); (v == understood) != (len(m) == len("2026-11")) {
			t.Fatalf("month %q, %d", m, v)
		}
		if n, v := parseAmount(in); n < 0 || v != understood && n != 0 {
			t.Fatalf("amount %d, %d", n, v)
		}
		if p, v := parsePostal(in); (v == understood) != (len(p) == 8) {
			t.Fatalf("postal code %q, %d", p, v)
		}
		parsePeople(in)
		parsePhone(in)
		parseCorporateNumber(in)
		parseCountries(s)
		parseEmail(s)
		parseName(s)
		parseAddress(s)
		foldLabel(s)
		headMark(foldBoxText(s))
		otherText(s)
	})
}

// FuzzControls puts the bytes into the parts that tell of form controls: the
// legacy drawing, a property part, the sheet's own list. No state may come out
// of parts that are not there, and what was read can be marked.
func FuzzControls(f *testing.F) {
	form, controls := checkedForm()
	for _, p := range []producer{byExcel, byLibreOffice, byExcel2007} {
		parts := make(map[string]string)
		p.write(form, parts, controls[:3])
		f.Add(parts["xl/drawings/vmlDrawing1.vml"], parts["xl/ctrlProps/ctrlProp1.xml"], form.tail, form.rels)
	}
	f.Fuzz(func(t *testing.T, vml, props, tail, rels string) {
		form, _ := checkedForm()
		form.tail, form.rels = tail, rels
		parts := map[string]string{"xl/drawings/vmlDrawing1.vml": vml, "xl/ctrlProps/ctrlProp1.xml": props}
		b := (&testBook{sheets: []*testSheet{form}, parts: parts}).bytes()
		s := Read(b, DefaultLayout(), today, fuzzLimits())
		if s.Error == "panic while reading the workbook" {
			t.Fatal(s.Error)
		}
		if checked := len(s.Ints("request.items")) > 0; checked && !strings.Contains(vml+props, "hecked") && !strings.Contains(vml+props+tail, "ink") {
			t.Fatalf("items %v without any state", s.Ints("request.items"))
		}
	})
}

// FuzzXLS puts the bytes where no compound file guards them: into the Workbook
// stream. What was read can be copied, and the copy is a workbook.
func FuzzXLS(f *testing.F) {
	form, controls := checkedForm()
	book := (&testBook{sheets: []*testSheet{form}}).xls()
	book.Sheets[0].Controls = xlsControls(controls)
	f.Add(book.Stream())
	f.Add((&testBook{sheets: []*testSheet{sampleForm(nil)}, date1904: true}).xls().Stream())
	f.Fuzz(func(t *testing.T, stream []byte) {
		node := cfb.NewStream("Workbook", len(stream))
		b, err := cfb.Layout(node)
		if err != nil {
			return
		}
		copy(node.Content, stream)
		s := Read(b, DefaultLayout(), today, fuzzLimits())
		if s.Error == "panic while reading the workbook" {
			t.Fatal(s.Error)
		}
		if s.Kind != KindEntrySheet {
			return
		}
		copied, err := Convert(b)
		if err != nil {
			if strings.Contains(err.Error(), "panic") {
				t.Fatal(err)
			}
			return
		}
		if again := Read(copied, DefaultLayout(), today, DefaultLimits()); again.Kind != KindEntrySheet && again.Kind != KindOtherWorkbook {
			t.Fatalf("the copy is %s (%s)", again.Kind, again.Error)
		}
	})
}
