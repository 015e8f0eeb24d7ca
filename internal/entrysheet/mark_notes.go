package entrysheet

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// addComments writes the notes' texts into the sheet's comments part, which is
// made where there is none.
func (m *marker) addComments(part string, notes []*sheetNote) error {
	target, err := m.related(part, "comments")
	if err != nil {
		return err
	}
	if target == "" {
		target = m.freeName("xl/comments%d.xml")
		ns := "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
		if m.strict {
			ns = "http://purl.oclc.org/ooxml/spreadsheetml/main"
		}
		m.add(target, []byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+"\n"+
			`<comments xmlns="`+ns+`"><authors></authors><commentList></commentList></comments>`))
		m.types = append(m.types, fmt.Sprintf(`<Override PartName="/%s" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"/>`, target))
		if _, err := m.relate(part, "comments", target); err != nil {
			return err
		}
	}
	src, err := m.part(target)
	if err != nil {
		return err
	}
	patched, err := patchComments(src, notes)
	if err != nil {
		return err
	}
	m.changed[partKey(target)] = patched
	return nil
}

// related finds the part of a kind that another refers to, "" where none.
func (m *marker) related(part, kind string) (string, error) {
	rels, err := m.pkg.rels(part)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotMarkable, err)
	}
	for _, r := range rels {
		if r.kind == kind && m.pkg.has(r.target) {
			return r.target, nil
		}
	}
	return "", nil
}

// patchComments adds notes to a comments part. A cell that has a comment keeps
// it; ours follows in the same one, since a cell can have only one.
func patchComments(src []byte, notes []*sheetNote) ([]byte, error) {
	todo := make(map[string]*sheetNote, len(notes))
	for _, n := range notes {
		todo[cellName(n.row, n.col)] = n
	}
	var edits []edit
	var own *sheetNote // whose existing comment is being read
	var names authors
	prefix, plainAt := "", -1
	s := newXMLBytes(src)
	for t, ok := s.next(); ok; t, ok = s.next() {
		edits = names.see(t, edits)
		switch {
		case t.is("comment") && t.kind == tokenStart:
			own = todo[t.attrText("ref")]
			delete(todo, t.attrText("ref"))
		case own != nil && t.is("t") && t.kind == tokenStart && plainAt < 0:
			plainAt = int(t.start)
		case own != nil && t.is("r") && t.kind == tokenStart:
			plainAt = math.MaxInt // runs already
		case own != nil && t.is("t") && t.kind == tokenEnd && plainAt >= 0 && plainAt != math.MaxInt:
			p := string(t.prefix)
			edits = append(edits, edit{plainAt, plainAt, "<" + p + "r>"}, edit{int(t.end), int(t.end), "</" + p + "r>"})
			plainAt = math.MaxInt
		case own != nil && t.is("text") && t.kind == tokenEnd:
			edits = append(edits, edit{int(t.start), int(t.start), noteRuns(string(t.prefix), own, "\n")})
			own, plainAt = nil, -1
		case t.is("commentList") && (t.kind == tokenEnd || t.empty):
			prefix = string(t.prefix)
			text := newComments(prefix, names.index(), notes, todo)
			if t.empty {
				edits = append(edits, openEmpty(t, text))
			} else {
				edits = append(edits, edit{int(t.start), int(t.start), text})
			}
		}
	}
	if s.err != nil {
		return nil, fmt.Errorf("%w: reading comments: %w", ErrNotMarkable, s.err)
	}
	return splice(src, edits), nil
}

// authors counts a comments part's authors and adds the office once.
type authors struct {
	count, own int
	known      bool
	inside     bool
}

func (a *authors) see(t token, edits []edit) []edit {
	switch {
	case t.is("author") && t.kind == tokenStart:
		a.inside = !t.empty
		a.count++
	case t.kind == tokenText && a.inside:
		if t.plain() == markAuthor {
			a.known, a.own = true, a.count-1
		}
	case t.is("author"):
		a.inside = false
	case t.is("authors") && !a.known && (t.kind == tokenEnd || t.empty):
		p := string(t.prefix)
		line := "<" + p + "author>" + markAuthor + "</" + p + "author>"
		a.known, a.own = true, a.count
		if t.empty {
			return append(edits, openEmpty(t, line))
		}
		return append(edits, edit{int(t.start), int(t.start), line})
	}
	return edits
}

func (a *authors) index() int { return a.own }

func newComments(prefix string, author int, notes []*sheetNote, todo map[string]*sheetNote) string {
	var b strings.Builder
	for _, n := range notes {
		ref := cellName(n.row, n.col)
		if todo[ref] == nil {
			continue
		}
		fmt.Fprintf(&b, `<%[1]scomment ref="%[2]s" authorId="%[3]d"><%[1]stext>%[4]s</%[1]stext></%[1]scomment>`,
			prefix, ref, author, noteRuns(prefix, n, ""))
	}
	return b.String()
}

// noteRuns is a note as Excel writes one: the author in bold, then the text.
func noteRuns(p string, n *sheetNote, before string) string {
	const font = `<%[1]ssz val="9"/><%[1]scolor indexed="81"/><%[1]srFont val="MS P ゴシック"/><%[1]sfamily val="3"/><%[1]scharset val="128"/>`
	return fmt.Sprintf(`<%[1]sr><%[1]srPr><%[1]sb/>`+font+`</%[1]srPr><%[1]st xml:space="preserve">%[3]s%[4]s:</%[1]st></%[1]sr>`+
		`<%[1]sr><%[1]srPr>`+font+`</%[1]srPr><%[1]st xml:space="preserve">%[5]s%[2]s</%[1]st></%[1]sr>`,
		p, escapeXML(n.text), before, markAuthor, "\n")
}

// addShapes draws the notes in the sheet's legacy drawing, which is made where
// there is none, and returns the new drawing's relationship id.
func (m *marker) addShapes(part string, nth int, o *sheetOutline, notes []*sheetNote) (string, error) {
	target, err := m.drawingPart(part, o)
	if err != nil {
		return "", err
	}
	id := ""
	if target == "" {
		target = m.freeName("xl/drawings/vmlDrawing%d.vml")
		m.add(target, []byte(vmlHead(100+nth)))
		if err := m.typeVML(); err != nil {
			return "", err
		}
		if id, err = m.relate(part, "vmlDrawing", target); err != nil {
			return "", err
		}
	}
	src, err := m.part(target)
	if err != nil {
		return "", err
	}
	end := bytes.LastIndex(src, []byte("</xml>"))
	if end < 0 {
		return "", fmt.Errorf("%w: legacy drawing without end", ErrNotMarkable)
	}
	existing := noteCells(src)
	shape := nextShape(src, o.maxShape)
	var b strings.Builder
	if !bytes.Contains(src, []byte(`"_x0000_t202"`)) {
		b.WriteString(vmlNoteType)
	}
	for i, n := range notes {
		if !existing[[2]int{n.row, n.col}] {
			b.WriteString(noteShape(shape, i+1, o, n))
			shape++
		}
	}
	text := b.String()
	if !bytes.Contains(src, []byte(`xmlns:v="urn:schemas-microsoft-com:vml"`)) {
		text = strings.NewReplacer("<v:shape ", "<v:shape "+vmlNamespaces+" ", "<v:shapetype ", "<v:shapetype "+vmlNamespaces+" ").Replace(text)
	}
	m.changed[partKey(target)] = splice(src, []edit{{end, end, text}})
	return id, nil
}

// drawingPart finds the legacy drawing that the sheet's own element names; the
// sheet may have another for its headers.
func (m *marker) drawingPart(part string, o *sheetOutline) (string, error) {
	if o.drawing == "" {
		return "", nil
	}
	rels, err := m.pkg.rels(part)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotMarkable, err)
	}
	for _, r := range rels {
		if r.id == o.drawing && m.pkg.has(r.target) {
			return r.target, nil
		}
	}
	return "", fmt.Errorf("%w: its legacy drawing is missing", ErrNotMarkable)
}

const vmlNamespaces = `xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"`

func vmlHead(idmap int) string {
	return `<xml ` + vmlNamespaces + `><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="` + strconv.Itoa(idmap) + `"/></o:shapelayout>` + "</xml>"
}

const vmlNoteType = `<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">` +
	`<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>`

var (
	shapeIDs = regexp.MustCompile(`_x0000_s(\d{1,7})`)
	idMap    = regexp.MustCompile(`<o:idmap[^>]* data="(\d{1,5})`)
)

// nextShape returns a shape id that no shape of the drawing and no control of
// the sheet has, in the drawing's block of 1024 ids where it names one.
func nextShape(src []byte, used int) int {
	next := 1025
	if m := idMap.FindSubmatch(src); m != nil {
		n, _ := strconv.Atoi(string(m[1]))
		next = n*1024 + 1
	}
	for _, m := range shapeIDs.FindAllSubmatch(src, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		used = max(used, n)
	}
	return max(next, used+1)
}

// noteCells finds the cells that have a note's shape already.
func noteCells(src []byte) map[[2]int]bool {
	out := make(map[[2]int]bool)
	s := newXMLBytes(src)
	note, field, row := false, "", 0
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch {
		case t.is("ClientData") && t.kind == tokenStart:
			note = t.attrText("ObjectType") == "Note"
		case t.kind == tokenStart:
			field = string(t.name)
		case t.kind == tokenEnd:
			field = ""
		case note && field == "Row":
			row, _ = strconv.Atoi(strings.TrimSpace(string(t.text)))
		case note && field == "Column":
			col, _ := strconv.Atoi(strings.TrimSpace(string(t.text)))
			out[[2]int{row + 1, col + 1}] = true
		}
	}
	return out
}

// Measures of a note in pixels at 96 dpi, for nine-point Japanese text.
const (
	noteWidth    = 250
	noteLine     = 16
	noteCharFull = 12
)

// noteShape draws one note beside its block, hidden until the pointer is over
// the cell, in Excel's own colours.
func noteShape(id, z int, o *sheetOutline, n *sheetNote) string {
	lines := 2
	for line := range strings.SplitSeq(n.text, "\n") {
		lines += 1 + len([]rune(line))*noteCharFull/(noteWidth-12)
	}
	height := lines*noteLine + 8
	left, top := n.blk.c2, max(n.blk.r1-2, 0) // counted from 0: the column after the block, the row before it
	right, dx := o.across(left, noteWidth+12)
	bottom, dy := o.down(top, height+4)
	return fmt.Sprintf(`<v:shape id="_x0000_s%d" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;width:%dpt;height:%dpt;z-index:%d;visibility:hidden" fillcolor="infoBackground [80]" strokecolor="none [81]" o:insetmode="auto">`+
		`<v:fill color2="infoBackground [80]"/><v:shadow color="none [81]" obscured="t"/><v:path o:connecttype="none"/>`+
		`<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>`+
		`<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>%d, 12, %d, 4, %d, %d, %d, %d</x:Anchor>`+
		`<x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row><x:Column>%d</x:Column></x:ClientData></v:shape>`,
		id, noteWidth*3/4, height*3/4, z, left, top, right, dx, bottom, dy, n.row-1, n.col-1)
}

// across walks pixels to the right from a column (from 0) and returns where
// they end: column and offset.
func (o *sheetOutline) across(col, pixels int) (int, int) {
	for ; col < maxCol-1; col++ {
		w := o.colWidth
		for _, cw := range o.cols {
			if col+1 >= cw.from && col+1 <= cw.to {
				w = cw.width
			}
		}
		px := int(w*7) + 5
		if pixels <= px {
			break
		}
		pixels -= px
	}
	return col, max(pixels, 0)
}

// down does the same over rows.
func (o *sheetOutline) down(row, pixels int) (int, int) {
	for ; row < maxRow-1; row++ {
		h := o.rowHeight
		if own, ok := o.heights[row+1]; ok {
			h = own
		}
		px := max(int(h*4/3), 1)
		if pixels <= px {
			break
		}
		pixels -= px
	}
	return row, max(pixels, 0)
}
