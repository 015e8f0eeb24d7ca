package entrysheet

import (
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// What counts as plain must be plain to the tables of Unicode too.
func TestPlainRunesAreWhatUnicodeSays(t *testing.T) {
	n := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := string(r)
		if isPlainLetter(r) && !unicode.IsLetter(r) {
			t.Errorf("%U is no letter", r)
		}
		if !utf8.ValidRune(r) || !isPlain(s) {
			continue
		}
		n++
		if p := norm.NFKC.PropertiesString(s); norm.NFKC.String(s) != s || !p.BoundaryBefore() || p.CCC() != 0 {
			t.Errorf("NFKC may change %U", r)
		}
		if r >= 0x80 && (unicode.ToLower(r) != r || unicode.ToUpper(r) != r) {
			t.Errorf("%U has cases", r)
		}
	}
	if n < 21_000 {
		t.Errorf("only %d runes are plain", n)
	}
}

func formText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		piece := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("aZ１ﾊﾞがかﾞ゙゜株㈱（）［「・ー〒：:一鿿　 々゠"))),
			rapid.SampledFrom([]string{"\xe3\x81", "\xff", "市場情報", "海外"}))
		return strings.Join(rapid.SliceOfN(piece, 0, 4).Draw(t, "pieces"), "")
	})
}

// The quick ways must give what the library gives, for broken UTF-8 too.
func TestQuickFoldingIsTheLibrarys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := formText().Draw(t, "s")
		if got, want := nfkc(s), norm.NFKC.String(s); got != want {
			t.Fatalf("nfkc(%q) = %q, not %q", s, got, want)
		}
		if got, want := lower(s), strings.ToLower(s); got != want {
			t.Fatalf("lower(%q) = %q, not %q", s, got, want)
		}
		if got, want := hasBracket(s), strings.ContainsAny(s, "([{〔【〈《<「『［"); got != want {
			t.Fatalf("hasBracket(%q) = %v", s, got)
		}
	})
}

// A text with a box in it must never be passed over.
func TestPairSetNeverOverlooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part, before, after := formText().Draw(t, "part"), formText().Draw(t, "before"), formText().Draw(t, "after")
		var p pairSet
		p.add(boxKey(part))
		if s := before + part + after; strings.Contains(boxKey(s), boxKey(part)) && !p.mayBeIn(s) {
			t.Fatalf("%q overlooked in %q", part, s)
		}
	})
	l := DefaultLayout()
	if l.boxPairs.all || l.boxPairs.mayBeIn("様式別紙参照提出期限") {
		t.Error("the embedded layout's boxes let every text through")
	}
	for _, it := range l.Items {
		for _, name := range it.Names {
			if !l.boxPairs.mayBeIn("□ 01." + name) {
				t.Errorf("item %q overlooked", name)
			}
		}
	}
}

// A sheet that shows the form must never be passed over.
func TestNoFormIsPassedOverAtAGlance(t *testing.T) {
	l := DefaultLayout()
	l.MinLabels = 1
	texts := []string{"企業名", "所在地", "備考"}
	for _, it := range l.Items {
		texts = append(texts, "□ "+it.Names[0], "☑"+it.Names[0]+"\n□ "+l.Items[0].Names[0], it.Names[0], "（ ）０１．"+it.Names[0])
	}
	forms := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom(texts), formText())
		g := &grid{}
		for i, s := range rapid.SliceOfN(text, 1, 12).Draw(t, "texts") {
			g.cells = append(g.cells, gridCell{row: i + 1, col: 1, text: s, shared: -1})
		}
		if err := g.finish(); err != nil {
			t.Fatal(err)
		}
		if !newForm(l, nil, g).enough() {
			return
		}
		if forms++; !mayBeForm(l, nil, g) {
			t.Fatal("passed over")
		}
	})
	if forms == 0 {
		t.Error("no draw made a form")
	}
}

// A reference that is none stays as it is written.
func TestReferencesAreResolved(t *testing.T) {
	for in, want := range map[string]string{
		"&#20225;&#x696D;&#X540d;": "企業名", "&amp;&lt;&gt;&quot;&apos;": `&<>"'`, "a&#65;b&": "aAb&", "&#0065;&#x1F600;&#128512;": "A😀😀",
		"&#;&#x;&#xG;&#1a;&#-1;": "&#;&#x;&#xG;&#1a;&#-1;", "&#55296;&#1114112;": "&#55296;&#1114112;",
		"&#000000065;&#0000000065;": "A&#0000000065;", "&#65 ;&#65": "&#65 ;&#65", "&nbsp;&;&a": "&nbsp;&;&a",
	} {
		if got := unescapeXML([]byte(in)); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

// However the scanner's input is cut, cells read at a glance and those read
// token by token must be the same.
func TestCellsAtAGlanceAreTheSame(t *testing.T) {
	cells := []string{`<c r="A1" s="2"/>`, `<c r="B1" s="2" t="n"></c>`, `<c r='C1'/>`, `<c r="D1" x=">"></c>`, `<c r="E1" x='"'></c>`,
		`<c r="F1"><v>1</v></c>`, `<c r="G1" t="inlineStr"><is><t>a&#26032;&amp;b</t></is></c>`, `<c r="H1" t="str"><f>1>2</f><v>x_x000D_y</v></c>`,
		`<c/>`, `<c r="J1"><v></v></c>`, `<c r="K1" t="inlineStr"><is><t><![CDATA[<]]></t><rPh><t>z</t></rPh></is></c>`, `<c r="zz" s="1"/>`,
		`<c r="L1" t="inlineStr"><is><t></t></is></c>`, `<c r="M1"><v>1</v><!-- --></c>`, `<c r="N1" s="12" t="s"><v>7</v></c>`,
		`<c r="O1" t="b" s="4"><v>1</v></c>`, `<c r="P1" s="3" />`, `<c r="Q1" s="1" t="e" cm="1"><v>#N/A</v></c>`, `<c r="R1" s=""/>`,
		`<c r="S1" s="5" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>`, `<c r="T1" t="d"><v>2026-11-30</v></c>`}
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.SampledFrom(cells), 1, 20).Draw(t, "cells")
		plain := strings.Join(list, "")
		slow := strings.NewReplacer("<c", "<!----><c", "</", "<!----></", "<v>", "<!----><v>", "<is>", "<!----><is>").Replace(plain)
		slow = strings.ReplaceAll(slow, "<is><t>", "<is><!----><t>")
		a, b := glance(t, plain, 0), glance(t, slow, 0)
		cut := glance(t, plain, rapid.IntRange(1, 64).Draw(t, "buffer"))
		if a != b || a != cut {
			t.Fatalf("%s\n  %s\n  %s\n  %s", plain, a, b, cut)
		}
	})
}

// glance reads a sheet with one row of cells, byte by byte into a buffer unless that is 0.
func glance(t *rapid.T, row string, buffer int) string {
	part := `<worksheet><sheetData><row r="1">` + row + `</row></sheetData></worksheet>`
	s := newXMLBytes([]byte(part))
	if buffer > 0 {
		s = &xmlScanner{r: iotest.OneByteReader(strings.NewReader(part)), buf: make([]byte, 0, buffer)}
	}
	sc := &sheetScan{g: &grid{}, s: s, budget: &budget{cells: 1000, text: 100_000}}
	for {
		if err := sc.plainCells(); err != nil {
			t.Fatal(err)
		}
		tok, ok := s.next()
		if !ok {
			break
		}
		if tok.kind == tokenStart {
			if err := sc.element(tok); err != nil {
				t.Fatal(err)
			}
		}
	}
	return fmt.Sprint(sc.g.cells, sc.g.maxRow, sc.g.maxCol, *sc.budget, s.depth, s.err)
}

// Rows that Excel cannot have are counted on from the last one, and their cells found.
func TestCellsOfImpossibleRowsAreFound(t *testing.T) {
	for _, rows := range []string{
		`<row r="9223372036854775807"/><row><c><v>7</v></c></row>`,
		`<row/><row r="9223372036854775807"><c><v>7</v></c></row>`,
		`<row/><row r="1048577"><c><v>7</v></c></row>`,
		`<row/><row r="-3"><c><v>7</v></c></row>`,
	} {
		s := newXMLBytes([]byte(`<worksheet><sheetData>` + rows + `</sheetData></worksheet>`))
		sc := &sheetScan{g: &grid{}, s: s, budget: &budget{cells: 1000, text: 100_000}}
		for tok, ok := s.next(); ok; tok, ok = s.next() {
			if tok.kind == tokenStart {
				if err := sc.element(tok); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := sc.g.finish(); err != nil || s.err != nil {
			t.Fatal(err, s.err)
		}
		if c := sc.g.at(2, 1); c == nil || c.text != "7" {
			t.Errorf("%s: %+v", rows, sc.g.cells)
		}
	}
	g := &grid{cells: []gridCell{{row: maxRow, col: 3, text: "far", shared: -1}}}
	if err := g.finish(); err != nil || g.at(maxRow, 3) == nil || g.at(maxRow, 2) != nil || g.at(maxRow+1, 3) != nil || g.at(1, 3) != nil {
		t.Error("a cell on the last row is not found where it is alone", err)
	}
}

func TestOfTwoAttributesOfOneNameTheFirstCounts(t *testing.T) {
	s := newXMLBytes([]byte(`<c r="A1" x:r="B2" t="str" x:t="n"><v>5</v></c>`))
	sc := &sheetScan{g: &grid{}, s: s, budget: &budget{cells: 10, text: 1000}}
	if tok, ok := s.next(); !ok || sc.cell(tok) != nil || len(sc.g.cells) != 1 {
		t.Fatal("no cell")
	}
	if c := sc.g.cells[0]; c.row != 1 || c.col != 1 || c.kind != cellText {
		t.Errorf("%+v", c)
	}
}

func TestKeepLettersDropsTheRest(t *testing.T) {
	for in, want := range map[string]string{
		"企業名": "企業名", "eーmail": "email", "データー1": "データー1", "a・ーb": "aーb", "ー": "ー", "1. 企業 名": "企業名", "": "", "〒・": "〒", "éー": "éー", "・aーb": "ab",
	} {
		if got := keepLetters(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}
