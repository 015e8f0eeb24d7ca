package entrysheet

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// boxForm is the ordinary form with other boxes: marks by item number, given
// to place, which writes one box's cells at a row and column.
func boxForm(place func(s *testSheet, row, col, n int, text string)) *testSheet {
	f := sampleForm(nil)
	for n := 1; n <= len(itemTexts); n++ {
		i := slices.IndexFunc(f.cells, func(c testCell) bool { return strings.HasSuffix(c.text, fmt.Sprintf("%02d.%s", n, itemTexts[n-1])) })
		row, col := f.cells[i].row, f.cells[i].col
		f.cells = slices.Delete(f.cells, i, i+1)
		place(f, row, col, n, itemTexts[n-1])
	}
	return f
}

func TestCheckMarks(t *testing.T) {
	tests := []struct {
		name   string
		yes    string // on items 1 and 7
		others string
		want   []int
	}{
		{"ballot box", "☑", "□", []int{1, 7}},
		{"ballot box with x", "☒", "☐", []int{1, 7}},
		{"tick", "✓", "", []int{1, 7}},
		{"heavy tick with variation selector", "✔\ufe0f", "", []int{1, 7}},
		{"kana レ", "レ", "", []int{1, 7}},
		{"half-width ﾚ", "ﾚ", "", []int{1, 7}},
		{"filled square", "■", "□", []int{1, 7}},
		{"circle", "○", "", []int{1, 7}},
		{"large circle", "◯", "", []int{1, 7}},
		{"kanji zero as a circle", "〇", "", []int{1, 7}},
		{"filled circle among empty ones", "●", "○", []int{1, 7}},
		{"in brackets", "（○）", "（　）", []int{1, 7}},
		{"in square brackets", "[✓]", "[ ]", []int{1, 7}},
	}
	for _, tt := range tests {
		mark := func(n int) string {
			if n == 1 || n == 7 {
				return tt.yes
			}
			return tt.others
		}
		t.Run(tt.name+" at the head of the text", func(t *testing.T) {
			checkItems(t, boxForm(func(s *testSheet, row, col, n int, text string) {
				s.put(row, col, 13, 1, fmt.Sprintf("%s%02d.%s", mark(n), n, text))
			}), tt.want)
		})
		t.Run(tt.name+" in the cell before", func(t *testing.T) {
			checkItems(t, boxForm(func(s *testSheet, row, col, n int, text string) {
				s.put(row, col, 2, 1, mark(n))
				s.put(row, col+2, 11, 1, fmt.Sprintf("%02d.%s", n, text))
			}), tt.want)
		})
		t.Run(tt.name+" before a cell with the number", func(t *testing.T) {
			checkItems(t, boxForm(func(s *testSheet, row, col, n int, text string) {
				s.put(row, col, 1, 1, mark(n))
				s.put(row, col+1, 1, 1, fmt.Sprint(n))
				s.put(row, col+2, 11, 1, text)
			}), tt.want)
		})
	}
}

func checkItems(t *testing.T, f *testSheet, want []int) {
	t.Helper()
	s := readForm(f)
	if !reflect.DeepEqual(s.Ints("request.items"), want) || len(s.Problems) != 0 {
		t.Errorf("items %v, want %v; problems %+v", s.Values["request.items"], want, s.Problems)
	}
}

func TestCheckMarksAsValues(t *testing.T) {
	for _, typ := range []string{"b", "n"} {
		checkItems(t, boxForm(func(s *testSheet, row, col, n int, text string) {
			c := s.put(row, col, 2, 1, "0")
			c.typ = typ
			if n == 1 || n == 7 {
				c.text = "1"
			}
			s.put(row, col+2, 11, 1, fmt.Sprintf("%02d.%s", n, text))
		}), []int{1, 7})
	}
}

func TestSeveralBoxesInOneCell(t *testing.T) {
	for _, sep := range []string{"　", "\n"} {
		f := boxForm(func(*testSheet, int, int, int, string) {})
		row := 0
		for _, c := range f.cells {
			if strings.HasPrefix(c.text, "依頼内容") {
				row = c.row + 1
			}
		}
		var parts []string
		for i, text := range itemTexts {
			parts = append(parts, fmt.Sprintf("%s%02d.%s", map[bool]string{true: "☑", false: "□"}[i == 0 || i == 6], i+1, text))
		}
		f.put(row, 1, 40, 1, strings.Join(parts[:6], sep))
		f.put(row+1, 1, 40, 1, strings.Join(parts[6:], sep))
		checkItems(t, f, []int{1, 7})
	}
}

func TestCrossIsAsked(t *testing.T) {
	s := readForm(sampleForm(map[string]string{"item.2": "×02." + itemTexts[1], "confirm.3": "× " + confirmationTexts[2]}))
	if !reflect.DeepEqual(s.Ints("request.items"), []int{1, 7}) {
		t.Errorf("items %v", s.Ints("request.items"))
	}
	if ps := problemsOf(s, "request.items"); len(ps) != 1 || ps[0].Severity != SeverityWarning || !strings.HasPrefix(ps[0].Found, "×") {
		t.Errorf("item problems %+v", ps)
	}
	if ps := problemsOf(s, "confirmations.tpp"); len(ps) != 1 || ps[0].Severity != SeverityError || s.Bool("confirmations.tpp") {
		t.Errorf("confirmation problems %+v", ps)
	}
}

func TestNoItemChecked(t *testing.T) {
	s := readForm(sampleForm(map[string]string{"item.1": "□01." + itemTexts[0], "item.7": "□07." + itemTexts[6]}))
	ps := problemsOf(s, "request.items")
	if len(ps) != 1 || ps[0].Severity != SeverityError || !reflect.DeepEqual(s.Values["request.items"], []int{}) {
		t.Fatalf("problems %+v, items %v", ps, s.Values["request.items"])
	}
	if first := s.Cells["request.items"].Cell; ps[0].Cell != first {
		t.Errorf("problem at %s, first box at %s", ps[0].Cell, first)
	}
}

func TestOtherNeedsItsText(t *testing.T) {
	tests := []struct{ name, typed, want string }{
		{"in brackets", "☑13.その他（海外展示会への出展）", "海外展示会への出展"},
		{"after a colon", "☑13.その他：海外展示会への出展", "海外展示会への出展"},
		{"behind 具体的に", "☑ 13 その他（具体的に： 海外展示会への出展 ）", "海外展示会への出展"},
		{"brackets left blank", "☑13.その他（　　　　　）", ""},
		{"nothing", "☑13.その他", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := readForm(sampleForm(map[string]string{"item.13": tt.typed}))
			if s.Text("request.other") != tt.want || !slices.Contains(s.Ints("request.items"), 13) {
				t.Errorf("other %q, items %v", s.Text("request.other"), s.Ints("request.items"))
			}
			if (tt.want == "") != slices.Equal(errorFields(s), []string{"request.other"}) {
				t.Errorf("errors %v", errorFields(s))
			}
		})
	}
	t.Run("in the cell to the right", func(t *testing.T) {
		f := sampleForm(map[string]string{"item.13": "☑13.その他"})
		f.replace(t, "☑13.その他", func(c *testCell) {
			f.cells = append(f.cells, testCell{row: c.row, col: c.col + 13, w: 26, text: "海外展示会への出展"})
		})
		if s := readForm(f); s.Text("request.other") != "海外展示会への出展" || len(s.Problems) != 0 {
			t.Errorf("other %q, problems %+v", s.Text("request.other"), s.Problems)
		}
	})
}

func TestConfirmationsEachNeeded(t *testing.T) {
	keys := []string{"confirmations.dealings", "confirmations.consent", "confirmations.tpp", "confirmations.antisocial"}
	for i, key := range keys {
		s := readForm(sampleForm(map[string]string{fmt.Sprintf("confirm.%d", i+1): "□ " + confirmationTexts[i]}))
		if !slices.Equal(errorFields(s), []string{key}) || s.Values[key] != false {
			t.Errorf("without %s: errors %v, value %v", key, errorFields(s), s.Values[key])
		}
	}
}

// vmlCheckboxes draws form controls over cells (rows and columns from 1), as
// Excel's legacy drawing has them.
func vmlCheckboxes(cells [][2]int, captions ...string) string {
	var b strings.Builder
	b.WriteString(`<xml ` + vmlNamespaces + `><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout><v:shapetype id="_x0000_t201"/>`)
	for i, c := range cells {
		caption := ""
		if i < len(captions) {
			caption = captions[i]
		}
		fmt.Fprintf(&b, `<v:shape id="_x0000_s%d" type="#_x0000_t201"><v:textbox><div><font face="Meiryo">%s</font><br></div></v:textbox><x:ClientData ObjectType="Checkbox"><x:Anchor>%d, 2, %d, 3, %d, 18, %d, 20</x:Anchor></x:ClientData></v:shape>`,
			1025+i, caption, c[1]-1, c[0]-1, c[1]+2, c[0]-1)
	}
	b.WriteString("</xml>")
	return b.String()
}

const vmlRel = `<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/>`

// controlForm is the ordinary form with form controls instead of marks.
func controlForm() (*testSheet, [][2]int) {
	change := make(map[string]string)
	for i, text := range itemTexts {
		change[fmt.Sprintf("item.%d", i+1)] = fmt.Sprintf("　%02d.%s", i+1, text)
	}
	for i, text := range confirmationTexts {
		change[fmt.Sprintf("confirm.%d", i+1)] = "　" + text
	}
	f := sampleForm(change)
	var at [][2]int
	for _, c := range f.cells {
		if strings.HasPrefix(c.text, "　") {
			at = append(at, [2]int{c.row, c.col})
		}
	}
	f.tail = `<legacyDrawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/>`
	f.rels = vmlRel
	return f, at
}

func TestFormControlsAreNeverUnchecked(t *testing.T) {
	f, at := controlForm()
	b := &testBook{sheets: []*testSheet{f}, parts: map[string]string{"xl/drawings/vmlDrawing1.vml": vmlCheckboxes(at)}}
	s := Read(b.bytes(), DefaultLayout(), today, DefaultLimits())
	if len(s.Problems) != 17 || !s.ChecksUnreadable || !s.Unclear() || s.HasErrors() {
		t.Fatalf("%d problems, unclear %v, errors %v", len(s.Problems), s.Unclear(), errorFields(s))
	}
	for i, p := range s.Problems {
		if !p.Unreadable || p.Cell != cellName(at[i][0], at[i][1]) {
			t.Errorf("problem %d: %+v, want at %s", i, p, cellName(at[i][0], at[i][1]))
		}
	}
	for _, key := range []string{"request.items", "confirmations.dealings", "confirmations.tpp"} {
		if v, ok := s.Values[key]; ok {
			t.Errorf("%s = %v though it cannot be known", key, v)
		}
	}
	f.replace(t, "株式会社六甲精機", func(c *testCell) { c.text = "" })
	s = Read(b.bytes(), DefaultLayout(), today, DefaultLimits())
	if s.Unclear() || !slices.Equal(errorFields(s), []string{"company.name"}) {
		t.Errorf("with another error: unclear %v, errors %v", s.Unclear(), errorFields(s))
	}
}

func TestFormControlsWithCaptionsOnly(t *testing.T) {
	change := make(map[string]string)
	for i := range itemTexts {
		change[fmt.Sprintf("item.%d", i+1)] = ""
	}
	f, _ := controlForm()
	g := sampleForm(change)
	g.tail, g.rels = f.tail, f.rels
	var at [][2]int
	for i := range itemTexts {
		at = append(at, [2]int{24 + i/3, 1 + 13*(i%3)})
	}
	b := &testBook{sheets: []*testSheet{g}, parts: map[string]string{"xl/drawings/vmlDrawing1.vml": vmlCheckboxes(at, itemTexts...)}}
	s := Read(b.bytes(), DefaultLayout(), today, DefaultLimits())
	if len(s.Problems) != 13 || !s.Unclear() {
		t.Errorf("%d problems: %+v", len(s.Problems), s.Problems)
	}
}

func TestControlsWithoutDrawing(t *testing.T) {
	f, at := controlForm()
	var controls, rels strings.Builder
	for i, c := range at {
		fmt.Fprintf(&controls, `<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="x14"><control shapeId="%d" r:id="rId%d" name="Check Box"><controlPr><anchor><from><xdr:col>%d</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>%d</xdr:row></from><to><xdr:col>%d</xdr:col><xdr:row>%d</xdr:row></to></anchor></controlPr></control></mc:Choice><mc:Fallback><control shapeId="%d" r:id="rId%d"/></mc:Fallback></mc:AlternateContent>`,
			1025+i, 10+i, c[1]-1, c[0]-1, c[1], c[0]-1, 1025+i, 10+i)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/ctrlProp" Target="../ctrlProps/ctrlProp1.xml"/>`, 10+i)
	}
	f.tail, f.rels = "<controls>"+controls.String()+"</controls>", rels.String()
	b := &testBook{sheets: []*testSheet{f}, parts: map[string]string{"xl/ctrlProps/ctrlProp1.xml": `<formControlPr xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" objectType="CheckBox" checked="Checked"/>`}}
	s := Read(b.bytes(), DefaultLayout(), today, DefaultLimits())
	if len(s.Ints("request.items")) != 13 || !s.Bool("confirmations.tpp") || !slices.Equal(errorFields(s), []string{"request.other"}) {
		t.Errorf("items %v, problems %+v", s.Ints("request.items"), s.Problems)
	}
}

func TestControlOverLinkedCellIsRead(t *testing.T) {
	f := boxForm(func(s *testSheet, row, col, n int, text string) {
		c := s.put(row, col, 2, 1, "0")
		c.typ = "b"
		if n == 1 || n == 7 {
			c.text = "1"
		}
		s.put(row, col+2, 11, 1, fmt.Sprintf("%02d.%s", n, text))
	})
	var at [][2]int
	for _, c := range f.cells {
		if c.typ == "b" {
			at = append(at, [2]int{c.row, c.col})
		}
	}
	f.tail, f.rels = `<legacyDrawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/>`, vmlRel
	b := &testBook{sheets: []*testSheet{f}, parts: map[string]string{"xl/drawings/vmlDrawing1.vml": vmlCheckboxes(at)}}
	if s := Read(b.bytes(), DefaultLayout(), today, DefaultLimits()); !reflect.DeepEqual(s.Ints("request.items"), []int{1, 7}) || len(s.Problems) != 0 {
		t.Errorf("items %v, problems %+v", s.Ints("request.items"), s.Problems)
	}
}
