package entrysheet

import (
	"bytes"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// utf16Part writes a part as UTF-16 with a byte order mark.
func utf16Part(s string) string {
	var b bytes.Buffer
	b.WriteString("\xFF\xFE")
	for _, u := range utf16.Encode([]rune(strings.Replace(s, "UTF-8", "UTF-16", 1))) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

var (
	partRefs = regexp.MustCompile(` r="[A-Z]+\d+"`)
	rowRefs  = regexp.MustCompile(`<row r="\d+"`)
	elements = regexp.MustCompile(`<(/?)([a-zA-Z])`)
)

// withPrefix gives every element of a part in the main namespace a prefix.
func withPrefix(s, prefix string) string {
	head, body := "", s
	if strings.HasPrefix(s, "<?xml") {
		end := strings.Index(s, "?>") + 2
		head, body = s[:end], s[end:]
	}
	body = elements.ReplaceAllString(body, "<${1}"+prefix+":${2}")
	return head + strings.Replace(body, ` xmlns="`, ` xmlns:`+prefix+`="`, 1)
}

// strictNames are the namespaces of ISO/IEC 29500 Strict.
var strictNames = strings.NewReplacer(
	"http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main",
	"http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships")

// eachSheet changes every sheet part.
func eachSheet(p map[string]string, change func(string) string) {
	for name := range p {
		if strings.HasPrefix(name, "xl/worksheets/sheet") {
			p[name] = change(p[name])
		}
	}
}

// packagings are ways in which programs wrap the same sheet.
var packagings = map[string]func(map[string]string){
	"Strict OOXML": func(p map[string]string) {
		for name := range p {
			p[name] = strictNames.Replace(p[name])
		}
		p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], "<workbook ", `<workbook conformance="strict" `, 1)
	},
	"prefixes everywhere": func(p map[string]string) {
		for _, name := range []string{"xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"} {
			if p[name] != "" {
				p[name] = withPrefix(p[name], "x")
			}
		}
		eachSheet(p, func(s string) string { return withPrefix(s, "x") })
		for _, name := range []string{"_rels/.rels", "xl/_rels/workbook.xml.rels"} {
			p[name] = withPrefix(p[name], "rel")
		}
		p["[Content_Types].xml"] = withPrefix(p["[Content_Types].xml"], "ct")
	},
	"UTF-16 parts": func(p map[string]string) {
		for name := range p {
			p[name] = utf16Part(p[name])
		}
	},
	"byte order marks": func(p map[string]string) {
		for name := range p {
			p[name] = "\xEF\xBB\xBF" + p[name]
		}
	},
	"no styles part": func(p map[string]string) {
		delete(p, "xl/styles.xml")
		p["[Content_Types].xml"] = regexp.MustCompile(`<Override PartName="/xl/styles.xml"[^>]*>`).ReplaceAllString(p["[Content_Types].xml"], "")
		p["xl/_rels/workbook.xml.rels"] = regexp.MustCompile(`<Relationship Id="rId900"[^>]*>`).ReplaceAllString(p["xl/_rels/workbook.xml.rels"], "")
		eachSheet(p, func(s string) string { return regexp.MustCompile(` s="\d"`).ReplaceAllString(s, "") })
	},
	"absolute paths": func(p map[string]string) {
		for _, name := range []string{"_rels/.rels", "xl/_rels/workbook.xml.rels"} {
			p[name] = strings.NewReplacer(`Target="xl/`, `Target="/xl/`, `Target="worksheets`, `Target="/xl/worksheets`, `Target="styles`, `Target="/xl/styles`).Replace(p[name])
		}
	},
	"paths that go up": func(p map[string]string) {
		p["xl/_rels/workbook.xml.rels"] = strings.NewReplacer(`Target="worksheets`, `Target="../xl/./worksheets`, `Target="styles`, `Target="../xl/styles`).Replace(p["xl/_rels/workbook.xml.rels"])
	},
	"other folders": func(p map[string]string) {
		for _, from := range sortedKeys(p) {
			if to, ok := strings.CutPrefix(from, "xl/"); ok {
				p["Book/"+strings.Replace(to, "workbook.xml", "Main.xml", 1)] = p[from]
				delete(p, from)
			}
		}
		for name := range p {
			p[name] = strings.NewReplacer("/xl/workbook.xml", "/Book/Main.xml", "xl/workbook.xml", "Book/Main.xml", "/xl/", "/Book/").Replace(p[name])
		}
	},
	"escaped targets": func(p map[string]string) {
		p["xl/worksheets/シート.xml"] = p["xl/worksheets/sheet1.xml"]
		delete(p, "xl/worksheets/sheet1.xml")
		p["xl/_rels/workbook.xml.rels"] = strings.Replace(p["xl/_rels/workbook.xml.rels"], "sheet1.xml", "%E3%82%B7%E3%83%BC%E3%83%88.xml", 1)
	},
	"letter case of part names": func(p map[string]string) {
		p["XL/Worksheets/Sheet1.XML"] = p["xl/worksheets/sheet1.xml"]
		delete(p, "xl/worksheets/sheet1.xml")
	},
	"line breaks between elements": func(p map[string]string) {
		eachSheet(p, strings.NewReplacer("<c ", "\n\t<c\n", "<row ", "\n <row ", "</row>", "\n</row>", "<v>", "\n\t\t<v>", "</v>", "</v>\n").Replace)
	},
	"single quotes": func(p map[string]string) {
		for _, name := range []string{"xl/_rels/workbook.xml.rels", "xl/workbook.xml"} {
			p[name] = strings.ReplaceAll(p[name], `"`, `'`)
		}
		eachSheet(p, func(s string) string { return strings.ReplaceAll(s, `"`, `'`) })
	},
	"macros": func(p map[string]string) {
		p["xl/vbaProject.bin"] = "\xD0\xCF\x11\xE0 not run"
		p["[Content_Types].xml"] = strings.Replace(p["[Content_Types].xml"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml", 1)
	},
	"template": func(p map[string]string) {
		p["[Content_Types].xml"] = strings.Replace(p["[Content_Types].xml"], "spreadsheetml.sheet.main+xml", "spreadsheetml.template.main+xml", 1)
	},
	"runs and furigana": func(p map[string]string) {
		if p["xl/sharedStrings.xml"] == "" {
			return
		}
		p["xl/sharedStrings.xml"] = regexp.MustCompile(`<si><t>([^<]+)</t></si>`).ReplaceAllStringFunc(p["xl/sharedStrings.xml"], func(si string) string {
			text := []rune(strings.TrimSuffix(strings.TrimPrefix(si, "<si><t>"), "</t></si>"))
			if slices.Contains(text, '&') {
				return si
			}
			half := len(text) / 2
			return `<si><r><rPr><b/></rPr><t xml:space="preserve">` + string(text[:half]) + `</t></r><rPh sb="0" eb="1"><t>フリガナ</t></rPh><r><t xml:space="preserve">` + string(text[half:]) +
				`</t></r><rPh sb="1" eb="2"><t>カナ</t></rPh><phoneticPr fontId="1" type="Hiragana"/></si>`
		})
	},
	"results of formulas": func(p map[string]string) {
		eachSheet(p, func(s string) string {
			return regexp.MustCompile(`t="inlineStr"><is><t xml:space="preserve">([^<]*)</t></is>`).ReplaceAllString(s, `t="str"><f>IF(1&gt;0,"a","b")</f><v>$1</v>`)
		})
	},
	"an extension list": func(p map[string]string) {
		eachSheet(p, func(s string) string {
			return strings.Replace(s, "</worksheet>", `<extLst><ext uri="{x}" xmlns:x14="urn:x"><x14:c r="A1"><x14:v>企業名</x14:v></x14:c></ext></extLst></worksheet>`, 1)
		})
	},
}

// TestTheSameSheetInEveryPackaging: however a program wraps it, it reads the
// same, and so does its marked copy, whose other parts stay as they are.
func TestTheSameSheetInEveryPackaging(t *testing.T) {
	f := sampleForm(map[string]string{"company.name": ""})
	for i := range f.cells {
		if i%2 == 0 && f.cells[i].typ == "" {
			f.cells[i].typ = "s"
		}
	}
	_, _, data := parts(t, (&testBook{sheets: []*testSheet{f}}).bytes())
	plain := make(map[string]string)
	for name, b := range data {
		plain[name] = string(b)
	}
	want := Read(packMap(plain), DefaultLayout(), today, DefaultLimits())
	if want.Kind != KindEntrySheet || len(want.Problems) != 1 {
		t.Fatalf("%s %s, %+v", want.Kind, want.Error, want.Problems)
	}
	for _, name := range slices.Sorted(maps.Keys(packagings)) {
		t.Run(name, func(t *testing.T) {
			changed := maps.Clone(plain)
			packagings[name](changed)
			b := packMap(changed)
			got := Read(b, DefaultLayout(), today, DefaultLimits())
			if !reflect.DeepEqual(got.Values, want.Values) || !reflect.DeepEqual(got.Problems, want.Problems) {
				t.Fatalf("%s %s, values %v, problems %+v", got.Kind, got.Error, got.Values, got.Problems)
			}
			checkMarkedAlike(t, b, got)
		})
	}
}

// packMap writes a package of parts, the content types first.
func packMap(parts map[string]string) []byte {
	list := []string{"[Content_Types].xml", parts["[Content_Types].xml"]}
	for _, name := range sortedKeys(parts) {
		if name != "[Content_Types].xml" {
			list = append(list, name, parts[name])
		}
	}
	return pack(list...)
}

// checkMarkedAlike marks the problems and company.name and reads the copy.
func checkMarkedAlike(t testing.TB, b []byte, s *Sheet) {
	t.Helper()
	marked, err := Mark(b, append(slices.Clone(s.Problems), Problem{Sheet: s.Name, Cell: s.Cells["company.name"].Cell, Wanted: "ご確認ください。"}))
	if err != nil {
		t.Fatalf("marking: %v", err)
	}
	again := Read(marked, DefaultLayout(), today, DefaultLimits())
	if !reflect.DeepEqual(again.Values, s.Values) || !reflect.DeepEqual(again.Problems, s.Problems) {
		t.Errorf("the marked copy reads otherwise: %s %s %v", again.Kind, again.Error, again.Values)
	}
	names, raw, _ := parts(t, b)
	_, after, _ := parts(t, marked)
	changed := 0
	for _, name := range names {
		if !bytes.Equal(raw[name], after[name]) {
			changed++
		}
	}
	if changed > 4 { // sheet, styles, content types, and relationships of the workbook or sheet
		t.Errorf("%d parts of %d changed", changed, len(names))
	}
}

// TestCellsWithoutReferences: rows and cells count from where they stand.
func TestCellsWithoutReferences(t *testing.T) {
	s := &testSheet{name: "様式"}
	for i, p := range slices.Concat(introducerPairs, companyPairs) {
		s.put(i+1, 1, 1, 1, p.label)
		s.put(i+1, 2, 1, 1, p.value)
	}
	row := len(introducerPairs) + len(companyPairs)
	boxesAt(s, row+1, 1)
	for i := range s.cells {
		s.cells[i].w = 1
	}
	b := (&testBook{sheets: []*testSheet{s}}).bytes()
	bare := rezip(t, b, "xl/worksheets/sheet1.xml", func(x string) string {
		return rowRefs.ReplaceAllString(partRefs.ReplaceAllString(x, ""), "<row")
	})
	want, got := Read(b, DefaultLayout(), today, DefaultLimits()), Read(bare, DefaultLayout(), today, DefaultLimits())
	if got.Kind != KindEntrySheet || !reflect.DeepEqual(got.Values, want.Values) || !reflect.DeepEqual(got.Cells, want.Cells) {
		t.Errorf("%s: %v, want %v", got.Kind, got.Values, want.Values)
	}
	checkMarkedAlike(t, bare, got)
}
