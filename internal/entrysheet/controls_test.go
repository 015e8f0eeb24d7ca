package entrysheet

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// producer is how a program writes a form control.
type producer struct {
	list    bool // in the sheet's own list, with a property part
	drawing bool // in the legacy drawing
	ids     bool // the two have the same shape ids
	props   bool // the property part tells the state
	vml     bool // the legacy drawing tells the state
	activeX bool
}

var (
	byExcel       = producer{list: true, drawing: true, ids: true, props: true, vml: true}
	byLibreOffice = producer{list: true, drawing: true, props: true}
	byExcel2007   = producer{drawing: true, vml: true}
	byNobody      = producer{drawing: true}
)

// testControl is one control to write: at a cell, over a text.
type testControl struct {
	row, col      int
	kind          string // "CheckBox", "Radio"
	caption, link string
	on            bool
	vmlOn         *bool // where the drawing says otherwise
}

// write puts controls on a sheet; further parts go to parts.
func (p producer) write(s *testSheet, parts map[string]string, controls []testControl) {
	var list, rels, vml strings.Builder
	rels.WriteString(vmlRel)
	vml.WriteString(`<xml ` + vmlNamespaces + `><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout>`)
	for i, c := range controls {
		shape := 1025 + i
		link := ""
		if c.link != "" {
			link = fmt.Sprintf(` fmlaLink="%s"`, c.link)
		}
		if p.list {
			fmt.Fprintf(&list, `<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="x14"><control shapeId="%d" r:id="rId%d" name="Check Box %d">`+
				`<controlPr><anchor><from><xdr:col>%d</xdr:col><xdr:colOff>19050</xdr:colOff><xdr:row>%d</xdr:row><xdr:rowOff>0</xdr:rowOff></from><to><xdr:col>%d</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>%d</xdr:row><xdr:rowOff>180000</xdr:rowOff></to></anchor></controlPr></control></mc:Choice><mc:Fallback/></mc:AlternateContent>`,
				shape, 100+i, i+1, c.col-1, c.row-1, c.col+1, c.row-1)
			checked := ""
			if p.props && c.on {
				checked = ` checked="Checked"`
			}
			part, kind := fmt.Sprintf("ctrlProps/ctrlProp%d.xml", i+1), "ctrlProp"
			text := fmt.Sprintf(`<formControlPr xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" objectType="%s"%s%s lockText="1"/>`, c.kind, checked, link)
			if p.activeX {
				part, kind = fmt.Sprintf("activeX/activeX%d.xml", i+1), "control"
				text = `<ax:ocx ax:classid="{` + classCheckBox + `}" ax:persistence="persistStreamInit" r:id="rId1" xmlns:ax="http://schemas.microsoft.com/office/2006/activeX" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>`
			}
			parts["xl/"+part] = text
			fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="../%s"/>`, 100+i, kind, part)
		}
		vml.WriteString(p.shape(shape, c))
	}
	vml.WriteString("</xml>")
	if p.drawing {
		parts["xl/drawings/vmlDrawing1.vml"] = vml.String()
		s.tail = `<legacyDrawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/>`
	}
	s.rels = rels.String()
	if p.list {
		s.tail += "<controls>" + list.String() + "</controls>"
	}
}

func (p producer) shape(shape int, c testControl) string {
	id := "shape_0"
	if p.ids {
		id = fmt.Sprintf("_x0000_s%d", shape)
	}
	inside := ""
	on := c.on
	if c.vmlOn != nil {
		on = *c.vmlOn
	}
	if p.vml && on {
		inside += "<x:Checked>1</x:Checked>"
	}
	if c.link != "" {
		inside += "<x:FmlaLink>" + c.link + "</x:FmlaLink>"
	}
	kind := map[string]string{"CheckBox": "Checkbox", "Radio": "Radio"}[c.kind]
	if p.activeX {
		kind = "Pict"
	}
	return fmt.Sprintf(`<v:shape id="%s" type="#_x0000_t201"><v:textbox><div><font face="Meiryo">%s</font><br></div></v:textbox><x:ClientData ObjectType="%s"><x:SizeWithCells/>`+
		`<x:Anchor>%d, 2, %d, 0, %d, 18, %d, 19</x:Anchor>%s<x:NoThreeD/></x:ClientData></v:shape>`, id, c.caption, kind, c.col-1, c.row-1, c.col, c.row-1, inside)
}

// checkedForm is the ordinary form with a control for each of its 17 boxes,
// those of items 1 and 7 and of all confirmations but the third checked.
func checkedForm() (*testSheet, []testControl) {
	f, at := controlForm()
	var controls []testControl
	for i, c := range at {
		controls = append(controls, testControl{row: c[0], col: c[1], kind: "CheckBox", on: i == 0 || i == 6 || i >= 13 && i != 15})
	}
	return f, controls
}

func readBook(sheets []*testSheet, parts map[string]string) *Sheet {
	return Read((&testBook{sheets: sheets, parts: parts}).bytes(), DefaultLayout(), today, DefaultLimits())
}

// checkControls asserts what checkedForm says.
func checkControls(t *testing.T, s *Sheet) {
	t.Helper()
	if !reflect.DeepEqual(s.Values["request.items"], []int{1, 7}) || s.ChecksUnreadable {
		t.Errorf("items %v, unreadable %v", s.Values["request.items"], s.ChecksUnreadable)
	}
	for key, want := range map[string]bool{"confirmations.dealings": true, "confirmations.consent": true, "confirmations.tpp": false, "confirmations.antisocial": true} {
		if s.Values[key] != want {
			t.Errorf("%s = %v, want %v", key, s.Values[key], want)
		}
	}
	if got := errorFields(s); !slices.Equal(got, []string{"confirmations.tpp"}) {
		t.Errorf("errors %v: %+v", got, s.Problems)
	}
}

func TestStatesOfFormControlsByProducer(t *testing.T) {
	for name, p := range map[string]producer{"Excel": byExcel, "LibreOffice": byLibreOffice, "Excel 2007": byExcel2007} {
		t.Run(name, func(t *testing.T) {
			f, controls := checkedForm()
			parts := make(map[string]string)
			p.write(f, parts, controls)
			s := readBook([]*testSheet{f}, parts)
			checkControls(t, s)
			if rule := s.Cells["request.items"].Rule; !strings.Contains(rule, "13 of them form controls") {
				t.Errorf("rule %q", rule)
			}
		})
	}
}

// A producer that writes no states leaves them open; parts that contradict each
// other do, too. Neither is "unchecked".
func TestStatesThatCannotBeToldAreNotUnchecked(t *testing.T) {
	f, controls := checkedForm()
	parts := make(map[string]string)
	byNobody.write(f, parts, controls)
	if s := readBook([]*testSheet{f}, parts); len(s.Problems) != 17 || !s.Unclear() {
		t.Errorf("silent: %d problems, unclear %v", len(s.Problems), s.Unclear())
	}

	f, controls = checkedForm()
	no := false
	controls[6].vmlOn = &no
	byExcel.write(f, parts, controls)
	s := readBook([]*testSheet{f}, parts)
	if ps := problemsOf(s, "request.items"); len(ps) != 1 || !ps[0].Unreadable || !reflect.DeepEqual(s.Ints("request.items"), []int{1}) {
		t.Errorf("contradiction: items %v, problems %+v", s.Ints("request.items"), ps)
	}

	f, controls = checkedForm()
	byExcel.write(f, parts, controls)
	for name := range parts {
		if strings.Contains(name, "ctrlProp7") {
			parts[name] = "<formControlPr"
		}
	}
	delete(parts, "xl/drawings/vmlDrawing1.vml")
	s = readBook([]*testSheet{f}, parts)
	if ps := problemsOf(s, "request.items"); len(ps) == 0 || !ps[0].Unreadable {
		t.Errorf("broken property part: items %v, problems %+v", s.Ints("request.items"), ps)
	}
}

func TestAllBoxesEmptyInPropertyPartsIsUnchecked(t *testing.T) {
	f, controls := checkedForm()
	for i := range controls {
		controls[i].on = false
	}
	parts := make(map[string]string)
	byLibreOffice.write(f, parts, controls)
	s := readBook([]*testSheet{f}, parts)
	if s.ChecksUnreadable || len(errorFields(s)) != 5 {
		t.Errorf("unreadable %v, errors %v", s.ChecksUnreadable, errorFields(s))
	}
}

// linkControls links each control with a cell of a sheet and writes its value.
func linkControls(to *testSheet, ref func(row int) string, controls []testControl) {
	for i := range controls {
		row := 200 + i
		c := to.put(row, 50, 1, 1, map[bool]string{true: "1", false: "0"}[controls[i].on])
		c.typ = "b"
		controls[i].link = ref(row)
	}
}

func TestLinkedCellsTellAndDecide(t *testing.T) {
	own := func(row int) string { return fmt.Sprintf("$AX$%d", row) }
	t.Run("alone", func(t *testing.T) {
		f, controls := checkedForm()
		linkControls(f, own, controls)
		parts := make(map[string]string)
		byNobody.write(f, parts, controls)
		checkControls(t, readBook([]*testSheet{f}, parts))
	})
	for _, state := range []string{"visible", "hidden", "veryHidden"} {
		t.Run("on another sheet, "+state, func(t *testing.T) {
			f, controls := checkedForm()
			other := &testSheet{name: "設定 '1'", state: state}
			linkControls(other, func(row int) string { return fmt.Sprintf("'設定 ''1'''!$AX$%d", row) }, controls)
			parts := make(map[string]string)
			byNobody.write(f, parts, controls)
			checkControls(t, readBook([]*testSheet{f, other}, parts))
		})
	}
	t.Run("between parts that differ", func(t *testing.T) {
		f, controls := checkedForm()
		linkControls(f, own, controls)
		yes := true
		controls[1].vmlOn = &yes
		parts := make(map[string]string)
		byExcel.write(f, parts, controls)
		checkControls(t, readBook([]*testSheet{f}, parts))
	})
	t.Run("against both parts", func(t *testing.T) {
		f, controls := checkedForm()
		linkControls(f, own, controls)
		controls[1].on = true
		parts := make(map[string]string)
		byExcel.write(f, parts, controls)
		s := readBook([]*testSheet{f}, parts)
		if ps := problemsOf(s, "request.items"); len(ps) != 1 || !ps[0].Unreadable {
			t.Errorf("items %v, problems %+v", s.Ints("request.items"), ps)
		}
	})
}

func TestActiveXBoxesAreReported(t *testing.T) {
	f, controls := checkedForm()
	p := byExcel
	p.activeX = true
	parts := make(map[string]string)
	p.write(f, parts, controls)
	if s := readBook([]*testSheet{f}, parts); len(s.Problems) != 17 || !s.Unclear() {
		t.Errorf("%d problems, unclear %v", len(s.Problems), s.Unclear())
	}
}

// Captions alone: no cell names the items, and the controls lie anywhere.
func TestBoxesByTheirCaptions(t *testing.T) {
	change := make(map[string]string)
	for i := range itemTexts {
		change[fmt.Sprintf("item.%d", i+1)] = ""
	}
	for _, p := range []producer{byExcel, byLibreOffice, byExcel2007} {
		_, controls := checkedForm()
		f := sampleForm(change)
		for i := range itemTexts {
			controls[i].caption = fmt.Sprintf("%02d.%s", i+1, itemTexts[i])
			controls[i].row, controls[i].col = 60-i, 3
		}
		parts := make(map[string]string)
		p.write(f, parts, controls[:13])
		checkItemsOf(t, readBook([]*testSheet{f}, parts), []int{1, 7})
	}
}

func checkItemsOf(t *testing.T, s *Sheet, want []int) {
	t.Helper()
	if !reflect.DeepEqual(s.Ints("request.items"), want) || len(s.Problems) != 0 {
		t.Errorf("items %v, want %v; problems %+v", s.Values["request.items"], want, s.Problems)
	}
}

// TestBoxesBesideTheirTexts: in a column of their own before or behind.
func TestBoxesBesideTheirTexts(t *testing.T) {
	for _, offset := range []int{-1, 12} {
		var at []testControl
		f := boxForm(func(s *testSheet, row, col, n int, text string) {
			s.put(row, col+1, 11, 1, fmt.Sprintf("%02d.%s", n, text))
			at = append(at, testControl{row: row, col: col + 1 + offset, kind: "CheckBox", on: n == 1 || n == 7})
		})
		parts := make(map[string]string)
		byExcel.write(f, parts, at)
		checkItemsOf(t, readBook([]*testSheet{f}, parts), []int{1, 7})
	}
}

// TestControlsOverLinesOfOneCell: all items in one tall cell, a control a line.
func TestControlsOverLinesOfOneCell(t *testing.T) {
	var top int
	f := boxForm(func(_ *testSheet, row, _, n int, _ string) {
		if n == 1 {
			top = row
		}
	})
	var lines []string
	var at []testControl
	for i, text := range itemTexts {
		lines = append(lines, fmt.Sprintf("%02d.%s", i+1, text))
		if i < 5 {
			at = append(at, testControl{row: top + i, col: 1, kind: "CheckBox", on: i == 0 || i == 4})
		}
	}
	f.put(top, 1, 40, 5, strings.Join(lines[:5], "\n"))
	slices.Reverse(at) // the order in the file is when each was drawn
	parts := make(map[string]string)
	byExcel.write(f, parts, at)
	s := readBook([]*testSheet{f}, parts)
	checkItemsOf(t, s, []int{1, 5})
}

// TestOptionButtons: はい and いいえ for each confirmation.
func TestOptionButtons(t *testing.T) {
	for name, chosen := range map[string]string{"はい": "yes", "いいえ": "no"} {
		f, at := controlForm()
		for i := range itemTexts {
			f.replace(t, fmt.Sprintf("　%02d.%s", i+1, itemTexts[i]), func(c *testCell) {
				c.text = map[bool]string{true: "☑", false: "□"}[i == 0] + c.text
			})
		}
		var controls []testControl
		for _, c := range at[13:] {
			controls = append(controls, testControl{row: c[0], col: 33, kind: "Radio", caption: "はい", on: name == "はい"},
				testControl{row: c[0], col: 37, kind: "Radio", caption: "いいえ", on: name == "いいえ"})
		}
		for _, p := range []producer{byExcel, byLibreOffice} {
			parts := make(map[string]string)
			p.write(f, parts, controls)
			s := readBook([]*testSheet{f}, parts)
			if s.Bool("confirmations.tpp") != (chosen == "yes") || len(errorFields(s)) != map[string]int{"yes": 0, "no": 4}[chosen] || s.ChecksUnreadable {
				t.Errorf("%s: %v, errors %v, %+v", name, s.Values["confirmations.tpp"], errorFields(s), s.Problems)
			}
		}
	}
}

// TestExcelizeControls: written by a library, tall ones of its default size.
func TestExcelizeControls(t *testing.T) {
	f, controls := checkedForm()
	b := excelizeForm(t, func(x *excelize.File, name string) {
		for i, c := range f.cells {
			if strings.HasPrefix(c.text, "　") {
				if err := x.SetCellValue(name, cellName(c.row, c.col), c.text); err != nil {
					t.Fatal(i, err)
				}
			}
		}
		for _, c := range controls {
			if err := x.AddFormControl(name, excelize.FormControl{Cell: cellName(c.row, c.col), Type: excelize.FormControlCheckBox, Checked: c.on}); err != nil {
				t.Fatal(err)
			}
		}
	})
	checkControls(t, Read(b, DefaultLayout(), today, DefaultLimits()))
}

// TestGreyBoxIsAsked: neither checked nor not.
func TestGreyBoxIsAsked(t *testing.T) {
	f, controls := checkedForm()
	parts := make(map[string]string)
	byLibreOffice.write(f, parts, controls)
	parts["xl/ctrlProps/ctrlProp3.xml"] = strings.Replace(parts["xl/ctrlProps/ctrlProp3.xml"], `objectType`, `checked="Mixed" objectType`, 1)
	s := readBook([]*testSheet{f}, parts)
	if ps := problemsOf(s, "request.items"); len(ps) != 1 || ps[0].Unreadable || ps[0].Severity != SeverityWarning {
		t.Errorf("problems %+v", ps)
	}
}

// TestButtonsAmongBoxes: LibreOffice's file with a button that only one part
// knows; boxes are paired all the same. A box on a hidden row is nobody's.
func TestButtonsAndHiddenBoxesAmongThem(t *testing.T) {
	f, controls := checkedForm()
	last := f.cells[len(f.cells)-1].row
	f.put(last+3, 1, 1, 1, "旧様式の欄")
	controls = append(controls, testControl{row: last + 3, col: 1, kind: "CheckBox", on: true})
	parts := make(map[string]string)
	byLibreOffice.write(f, parts, controls)
	vml := parts["xl/drawings/vmlDrawing1.vml"]
	parts["xl/drawings/vmlDrawing1.vml"] = strings.Replace(vml, "<v:shape ", `<v:shape id="shape_0"><x:ClientData ObjectType="Button"><x:Anchor>1, 0, 1, 0, 2, 0, 2, 0</x:Anchor></x:ClientData></v:shape><v:shape `, 1)
	b := hideIn(t, (&testBook{sheets: []*testSheet{f}, parts: parts}).bytes(), []int{last + 3}, nil, false)
	checkControls(t, Read(b, DefaultLayout(), today, DefaultLimits()))
}

// TestMarkedCopyKeepsControls: their parts stay, and the copy reads the same.
func TestMarkedCopyKeepsControls(t *testing.T) {
	for _, p := range []producer{byExcel, byLibreOffice} {
		f, controls := checkedForm()
		parts := make(map[string]string)
		p.write(f, parts, controls)
		b := (&testBook{sheets: []*testSheet{f}, parts: parts}).bytes()
		s := Read(b, DefaultLayout(), today, DefaultLimits())
		marked, err := Mark(b, s.Problems)
		if err != nil {
			t.Fatal(err)
		}
		checkControls(t, Read(marked, DefaultLayout(), today, DefaultLimits()))
	}
}
