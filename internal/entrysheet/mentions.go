package entrysheet

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Mention is a place at which one of the asked names stands.
type Mention struct {
	Name  string // as asked
	Sheet string // "" where it stands in no sheet
	Cell  string // "" where it stands in no cell
	Part  string // the part's name, where it stands in no cell
}

// Mentions finds names in everything that a workbook holds: cells of all
// sheets, hidden ones too, sheet names, comments, drawings, headers, names,
// properties, custom parts, texts that no cell uses any more. Widths, spaces,
// line breaks and cases do not count, nor how a text is cut into runs. Names of
// less than two characters are not looked for.
func Mentions(b []byte, names []string, lim Limits) (all []Mention, err error) {
	defer func() {
		if r := recover(); r != nil {
			all, err = nil, fmt.Errorf("%w: panic while looking for names", ErrNotCleanable)
		}
	}()
	w, err := openSheets(b, lim, func(sheetRef) bool { return true })
	if err != nil {
		return nil, fmt.Errorf("looking for names in the workbook: %w", err)
	}
	m := &mentions{names: names}
	for _, name := range names {
		m.folded = append(m.folded, foldBoxText(name))
	}
	inCells := make(map[string]bool)
	for _, g := range w.sheets {
		m.look(g.name, func(name string) Mention { return Mention{Name: name, Sheet: g.name} })
		for _, c := range g.everything() {
			m.look(c.text, func(name string) Mention {
				inCells[name] = true
				return Mention{Name: name, Sheet: g.name, Cell: cellName(c.row, c.col)}
			})
		}
	}
	for _, f := range w.pkg.zr.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		part, err := w.pkg.bytes(f.Name, lim.Unpacked)
		if err != nil {
			return nil, fmt.Errorf("looking for names in the workbook: %w", err)
		}
		m.look(allTexts(part), func(name string) Mention {
			if inCells[name] && holdsCells(part) {
				return Mention{} // told already, with its cell
			}
			return Mention{Name: name, Part: f.Name}
		})
	}
	return m.all, nil
}

type mentions struct {
	names, folded []string
	all           []Mention
}

// look notes the names that stand in a text.
func (m *mentions) look(text string, where func(name string) Mention) {
	folded := foldBoxText(text)
	for i, name := range m.folded {
		if len([]rune(name)) < 2 || !strings.Contains(folded, name) {
			continue
		}
		if at := where(m.names[i]); at != (Mention{}) && !slices.Contains(m.all, at) && len(m.all) < maxFindings*10 {
			m.all = append(m.all, at)
		}
	}
}

// holdsCells tells a sheet or the table of shared strings.
func holdsCells(part []byte) bool {
	head := part[:min(len(part), 4096)]
	return bytes.Contains(head, []byte("worksheet")) || bytes.Contains(head, []byte("sst"))
}

// allTexts joins the texts and attribute values of an XML part, runs of one
// text without anything between them; another part's bytes are its text.
func allTexts(part []byte) string {
	var b strings.Builder
	b.Grow(len(part))
	s := newXMLScanner(utf8Reader(bytes.NewReader(part)))
	aside := false // in furigana, or in the look of a run
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch {
		case t.is("rPh"), t.is("rPr"):
			aside = t.kind == tokenStart && !t.empty
		case aside, t.is("r"), t.is("t"):
		case t.kind == tokenText:
			b.WriteString(t.plain())
		case t.kind == tokenEnd:
			b.WriteByte('\x00')
		default:
			if strings.Contains(string(t.attrs), "=") && !t.is("c") && !t.is("row") {
				b.WriteString("\x00" + unescapeXML(t.attrs) + "\x00")
			}
		}
	}
	if s.err != nil {
		b.WriteString("\x00" + string(part))
	}
	return b.String()
}
