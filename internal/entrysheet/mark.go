package entrysheet

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Look of the marks: the fill of Excel's "Neutral" style, and a note by the
// office.
const (
	markColor  = "FFFFEB9C"
	markAuthor = "事務局"
)

// Errors of Mark.
var (
	// ErrNotMarkable: b is no package that can be patched.
	ErrNotMarkable = errors.New("the file is no workbook that can be marked")
	// ErrNoSuchSheet: a problem names a sheet that the workbook lacks.
	ErrNoSuchSheet = errors.New("the workbook has no sheet of that name")
)

// Mark returns the sender's own package with the cells of the problems
// coloured and commented. Problems without a cell leave no mark. Everything
// that the marks do not need keeps its compressed bytes, its name and place in
// the zip directory; changed are the sheet's part, styles, the sheet's
// comments, legacy drawing and relationships, and [Content_Types].xml.
//
// A .xls comes back as Convert makes it, marked likewise: see CopyName.
func Mark(b []byte, problems []Problem) (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil { // a marked copy is a courtesy; the letter goes out without it
			out, err = nil, fmt.Errorf("%w: panic while patching", ErrNotMarkable)
		}
	}()
	switch Sniff(b) {
	case FormatXLSX, FormatXLSM:
	case FormatXLS:
		if b, err = Convert(b); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotMarkable, err)
		}
	default:
		return nil, ErrNotMarkable
	}
	p, err := openOPC(b, DefaultLimits())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotMarkable, err)
	}
	m := &marker{patch: newPatch(p)}
	if err := m.run(problems); err != nil {
		return nil, err
	}
	return m.write()
}

// marker patches the parts of one package.
type marker struct {
	patch
	strict bool     // ISO strict namespaces
	types  []string // elements for [Content_Types].xml
	styles *styleSheet
}

// sheetNote is what one cell is to be marked with.
type sheetNote struct {
	row, col int
	blk      block // the merged block of the cell, coloured whole
	text     string
}

func (m *marker) run(problems []Problem) error {
	main, err := m.pkg.mainPart()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotMarkable, err)
	}
	parts, err := m.sheetParts(main)
	if err != nil {
		return err
	}
	names, notes, err := notesBySheet(problems)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return nil
	}
	if err := m.openStyles(main); err != nil {
		return err
	}
	for i, name := range names {
		part, ok := parts[name]
		if !ok {
			return fmt.Errorf("marking a problem: %w", ErrNoSuchSheet)
		}
		if err := m.markSheet(part, i+1, notes[name]); err != nil {
			return err
		}
	}
	if m.styles != nil {
		m.changed[partKey(m.styles.part)] = m.styles.patched()
	}
	return m.patchTypes()
}

// notesBySheet groups problems by sheet and cell: several problems of one cell
// make one note.
func notesBySheet(problems []Problem) ([]string, map[string][]*sheetNote, error) {
	var names []string
	notes := make(map[string][]*sheetNote)
	for _, p := range problems {
		if p.Cell == "" {
			continue
		}
		row, col, ok := parseCell([]byte(p.Cell))
		if !ok {
			return nil, nil, fmt.Errorf("marking a problem: %q is no cell", p.Cell)
		}
		if notes[p.Sheet] == nil {
			names = append(names, p.Sheet)
		}
		at := slices.IndexFunc(notes[p.Sheet], func(n *sheetNote) bool { return n.row == row && n.col == col })
		if at >= 0 {
			notes[p.Sheet][at].text += "\n" + p.Wanted
			continue
		}
		notes[p.Sheet] = append(notes[p.Sheet], &sheetNote{row: row, col: col, text: p.Wanted})
	}
	for _, ns := range notes {
		slices.SortFunc(ns, func(a, b *sheetNote) int { return cmp.Or(a.row-b.row, a.col-b.col) })
	}
	return names, notes, nil
}

// part returns a part's bytes as patched so far, in UTF-8.
func (m *marker) part(name string) ([]byte, error) {
	b, err := m.patch.part(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotMarkable, err)
	}
	return b, nil
}

func (m *marker) sheetParts(main string) (map[string]string, error) {
	book, err := m.part(main)
	if err != nil {
		return nil, err
	}
	m.strict = bytes.Contains(book[:min(len(book), 4096)], []byte("http://purl.oclc.org/ooxml/spreadsheetml"))
	rels, err := m.pkg.rels(main)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotMarkable, err)
	}
	targets := make(map[string]string, len(rels))
	for _, r := range rels {
		if r.kind == "worksheet" && m.pkg.has(r.target) {
			targets[r.id] = r.target
		}
	}
	parts := make(map[string]string)
	s := newXMLBytes(book)
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind == tokenStart && t.is("sheet") && targets[t.attrText("id")] != "" {
			parts[t.attrText("name")] = targets[t.attrText("id")]
		}
	}
	return parts, nil
}

// relType is the type of a relationship in this package's dialect.
func (m *marker) relType(kind string) string {
	if m.strict {
		return "http://purl.oclc.org/ooxml/officeDocument/relationships/" + kind
	}
	return "http://schemas.openxmlformats.org/officeDocument/2006/relationships/" + kind
}

// relate adds a relationship to a part and returns its id.
func (m *marker) relate(part, kind, target string) (string, error) {
	name := relsName(part)
	if !m.exists(name) {
		m.add(name, []byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+"\n"+
			`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>`))
	}
	src, err := m.part(name)
	if err != nil {
		return "", err
	}
	used := make(map[string]bool)
	s := newXMLBytes(src)
	var root token
	end := -1
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch {
		case t.is("Relationships") && t.kind == tokenStart:
			root = t
		case t.is("Relationships"):
			end = int(t.start)
		default:
			used[t.attrText("Id")] = true
		}
	}
	id := ""
	for n := len(used) + 1; id == "" || used[id]; n++ {
		id = "rId" + strconv.Itoa(n)
	}
	line := fmt.Sprintf(`<%sRelationship Id="%s" Type="%s" Target="/%s"/>`, root.prefix, id, m.relType(kind), target)
	switch {
	case end >= 0:
		src = splice(src, []edit{{end, end, line}})
	case root.empty:
		src = splice(src, []edit{openEmpty(root, line)})
	default:
		return "", fmt.Errorf("%w: relationships without root", ErrNotMarkable)
	}
	m.changed[partKey(name)] = src
	return id, nil
}

// patchTypes adds the content types of new parts.
func (m *marker) patchTypes() error {
	if len(m.types) == 0 {
		return nil
	}
	const name = "[Content_Types].xml"
	src, err := m.part(name)
	if err != nil {
		return err
	}
	s := newXMLBytes(src)
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind == tokenEnd && t.is("Types") {
			var b strings.Builder
			for _, line := range m.types {
				b.WriteString("<" + string(t.prefix) + line[1:])
			}
			m.changed[partKey(name)] = splice(src, []edit{{int(t.start), int(t.start), b.String()}})
			return nil
		}
	}
	return fmt.Errorf("%w: no content types", ErrNotMarkable)
}

// typeVML makes sure that the package knows legacy drawings.
func (m *marker) typeVML() error {
	src, err := m.part("[Content_Types].xml")
	if err != nil {
		return err
	}
	s := newXMLBytes(src)
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.is("Default") && strings.EqualFold(t.attrText("Extension"), "vml") {
			return nil
		}
	}
	line := `<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>`
	if !slices.Contains(m.types, line) {
		m.types = append(m.types, line)
	}
	return nil
}
