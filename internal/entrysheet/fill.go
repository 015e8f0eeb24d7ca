package entrysheet

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// FormValues is what the marks of an agency's own form (紹介シート) stand for.
type FormValues struct {
	Texts map[string]string              // {{company.name}}
	Sets  map[string][]string            // {{check request.items 01}}: what is ticked
	Lists map[string][]map[string]string // {{#request.items}} … {{.name}} … {{/request.items}}
}

// FormFault is one mark that cannot be filled, with its place.
type FormFault struct {
	Sheet, Cell string
	Mark        string // as it stands there
	What        string // English, for operators
}

// FormError is all that is wrong with a form, at once.
type FormError struct{ Faults []FormFault }

func (e *FormError) Error() string {
	var lines []string
	for _, f := range e.Faults {
		lines = append(lines, fmt.Sprintf("sheet %q, cell %s: %s: %s", f.Sheet, f.Cell, f.Mark, f.What))
	}
	return "filling the form: " + strings.Join(lines, "; ")
}

// ErrNotForm means that a template is no Open XML workbook that can be filled.
var ErrNotForm = errors.New("the form is no workbook that can be filled")

// Fill writes values into the marks of a form, an .xlsx whose cells hold:
//
//	{{company.name}}             the text of that key, also within a longer text
//	{{check request.items 01}}   ☑ where 01 is in that set, else □
//	{{#request.items}}           the rows from the one with this mark to the one
//	{{/request.items}}           with this are repeated for each item of the list;
//	{{.name}}                    between them, that field of the item
//
// Both ends of a block may stand in one row; blocks do not nest, and with no
// item the rows stay once, their fields blank. Rows below a block move down,
// with merged blocks, print areas, pictures and rules that stand there; a block
// is refused on a sheet with comments, form controls or tables, and where a
// formula stands or looks below it.
//
// Values are written as text, never as formulas. How a mark is cut into runs of
// different looks does not matter; the cell keeps its style. All parts without
// marks keep their bytes. The error is a *FormError, which names every cell and
// mark that cannot be filled, or ErrNotForm.
func Fill(template []byte, v FormValues, lim Limits) (filled []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			filled, err = nil, fmt.Errorf("%w: panic while filling", ErrNotForm)
		}
	}()
	if f := Sniff(template); f != FormatXLSX {
		return nil, fmt.Errorf("%w: it is of format %s", ErrNotForm, f)
	}
	w, err := openSheets(template, lim, func(sheetRef) bool { return true })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotForm, err)
	}
	f := &filler{patch: newPatch(w.pkg), values: v, moved: make(map[string][]formBlock)}
	for _, g := range w.sheets {
		if err := f.sheet(g); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotForm, err)
		}
	}
	if err := f.moveNames(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotForm, err)
	}
	if len(f.faults) > 0 {
		return nil, &FormError{f.faults}
	}
	if len(f.changed) == 0 {
		return template, nil
	}
	return f.write()
}

// filler fills the parts of one form.
type filler struct {
	patch
	values FormValues
	faults []FormFault
	moved  map[string][]formBlock // by sheet: blocks that made it longer
}

var formMark = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// formBlock is the rows of a list, first and last.
type formBlock struct {
	list        string
	first, last int
	items       []map[string]string
}

func (b formBlock) rows() int { return b.last - b.first + 1 }

// longer is by how many rows the block makes its sheet longer.
func (b formBlock) longer() int { return max(len(b.items)-1, 0) * b.rows() }

func (f *filler) fault(g *grid, row, col int, mark, what string) {
	if fault := (FormFault{g.name, cellName(row, col), mark, what}); !slices.Contains(f.faults, fault) {
		f.faults = append(f.faults, fault)
	}
}

// sheet fills the marks of one sheet.
func (f *filler) sheet(g *grid) error {
	marked := make(map[[2]int]string)
	for _, c := range g.everything() {
		if c.kind == cellText && strings.Contains(c.text, "{{") {
			marked[[2]int{c.row, c.col}] = c.text
		}
	}
	if len(marked) == 0 {
		return nil
	}
	blocks := f.blocks(g)
	s := &sheetFill{filler: f, g: g, marked: marked, blocks: blocks}
	return s.run()
}

// blocks finds the blocks of a sheet, by their marks in reading order.
func (f *filler) blocks(g *grid) []formBlock {
	var out []formBlock
	var open *formBlock
	for _, c := range g.everything() {
		if c.kind != cellText {
			continue
		}
		for _, m := range formMark.FindAllStringSubmatch(c.text, -1) {
			begins, isBegin := strings.CutPrefix(m[1], "#")
			ends, isEnd := strings.CutPrefix(m[1], "/")
			items, known := f.values.Lists[begins]
			switch {
			case isBegin && open != nil:
				f.fault(g, c.row, c.col, m[0], "a block within another one")
			case isBegin && !known:
				f.fault(g, c.row, c.col, m[0], "unknown list")
			case isBegin && len(out) > 0 && out[len(out)-1].last == c.row:
				f.fault(g, c.row, c.col, m[0], "two blocks in one row")
			case isBegin:
				open = &formBlock{list: begins, first: c.row, items: items}
			case isEnd && (open == nil || open.list != ends):
				f.fault(g, c.row, c.col, m[0], "the end of a block that was not begun")
			case isEnd:
				open.last = c.row
				out, open = append(out, *open), nil
			}
		}
	}
	if open != nil {
		f.fault(g, open.first, 1, "{{#"+open.list+"}}", "a block without its end")
	}
	return out
}

// text fills the marks of one cell's text; item is nil outside blocks.
func (f *filler) text(g *grid, row, col int, text string, item map[string]string, inBlock bool) string {
	out := formMark.ReplaceAllStringFunc(text, func(mark string) string {
		key := formMark.FindStringSubmatch(mark)[1]
		if strings.HasPrefix(key, "#") || strings.HasPrefix(key, "/") {
			return ""
		}
		value, what := f.value(key, item, inBlock)
		if what != "" {
			f.fault(g, row, col, mark, what)
		}
		return value
	})
	if rest := formMark.ReplaceAllString(text, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		f.fault(g, row, col, text, "a mark that does not end, or does not begin")
	}
	if len(utf16.Encode([]rune(out))) > maxCellText {
		f.fault(g, row, col, text, "the value is longer than a cell can hold")
	}
	return out
}

// maxCellText is the most that a cell holds, in UTF-16 units.
const maxCellText = 32_767

// value is what a mark stands for; what says why it stands for nothing.
func (f *filler) value(key string, item map[string]string, inBlock bool) (value, what string) {
	if field, ok := strings.CutPrefix(key, "."); ok {
		value, known := item[field]
		switch {
		case !inBlock:
			return "", "a field of an item outside a block"
		case item != nil && !known:
			return "", "unknown field of the list's items"
		}
		return value, ""
	}
	if words := strings.Fields(key); len(words) > 1 && words[0] == "check" {
		set, known := f.values.Sets[words[1]]
		switch {
		case len(words) != 3 || !known:
			return "", "unknown set; a check box is {{check SET VALUE}}"
		case slices.Contains(set, words[2]):
			return "☑", ""
		}
		return "□", ""
	}
	value, known := f.values.Texts[key]
	if !known {
		return "", "unknown mark"
	}
	return value, ""
}

var xEscapeInText = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// textXML is a text as a cell holds it: nothing in it is an escape of Excel's
// (ECMA-376 part 1, 22.9.2.19), line ends are LF.
func textXML(s string) string {
	return escapeXML(xEscapeInText.ReplaceAllStringFunc(normalizeNewlines(s), func(m string) string { return "_x005F" + m }))
}
