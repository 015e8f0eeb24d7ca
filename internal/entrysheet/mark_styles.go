package entrysheet

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// styleSheet is the styles part while marks are added: one fill, and for each
// style in use a copy that differs only in its fill.
type styleSheet struct {
	part    string
	src     []byte
	xfs     [][2]int // byte ranges of the cellXfs' xf elements
	prefix  string
	edits   []edit
	fill    int // index of the new fill
	xfsEnd  int // where new xf elements go
	added   strings.Builder
	copies  map[int]int // style -> its marked copy
	countAt [2]int      // place of cellXfs' count, {0, 0} where it has none
}

// plainStyles is a styles part for workbooks that have none, or an empty one.
const plainStyles = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
	`<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font><sz val="11"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>`

// openStyles reads the styles part, which is made where there is none. One
// that is broken gives notes without colour.
func (m *marker) openStyles(main string) error {
	part, err := m.related(main, "styles")
	if err != nil {
		return err
	}
	if part == "" {
		if part = "xl/styles.xml"; m.exists(part) {
			part = m.freeName("xl/styles%d.xml")
		}
		m.add(part, []byte(plainStyles))
		m.types = append(m.types, fmt.Sprintf(`<Override PartName="/%s" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>`, part))
		if _, err := m.relate(main, "styles", part); err != nil {
			return err
		}
	}
	src, err := m.part(part)
	if err != nil {
		return err
	}
	if !bytes.Contains(src, []byte("cellXfs")) {
		src = []byte(plainStyles) // no cell can have a style of its own
	}
	m.styles = parseStyles(part, src)
	return nil
}

// parseStyles finds fills and cellXfs; nil where one is absent.
func parseStyles(part string, src []byte) *styleSheet {
	st := &styleSheet{part: part, src: src, copies: make(map[int]int)}
	s := newXMLBytes(src)
	inXfs, inFills, fills, xf := false, false, 0, -1
	fillsDone := false
	for t, ok := s.next(); ok; t, ok = s.next() {
		switch {
		case t.is("fills") && t.kind == tokenStart && !t.empty:
			inFills = true
			if _, from, to, ok := t.attr("count"); ok {
				base := int(t.end) - 1 - len(t.attrs)
				st.edits = append(st.edits, edit{base + from, base + to, ""})
			}
		case t.is("fills") && t.kind == tokenEnd:
			inFills, fillsDone = false, true
			st.fill, st.prefix = fills, string(t.prefix)
			st.edits = append(st.edits, edit{int(t.start), int(t.start), fillXML(st.prefix)})
		case inFills && t.is("fill") && t.kind == tokenStart:
			fills++
		case t.is("cellXfs") && t.kind == tokenStart && !t.empty:
			inXfs = true
			if _, from, to, ok := t.attr("count"); ok {
				base := int(t.end) - 1 - len(t.attrs)
				st.countAt = [2]int{base + from, base + to}
			}
		case t.is("cellXfs") && t.kind == tokenEnd:
			inXfs, st.xfsEnd = false, int(t.start)
		case inXfs && t.is("xf") && t.kind == tokenStart:
			if xf = int(t.start); t.empty {
				st.xfs = append(st.xfs, [2]int{xf, int(t.end)})
			}
		case inXfs && t.is("xf") && t.kind == tokenEnd:
			st.xfs = append(st.xfs, [2]int{xf, int(t.end)})
		}
	}
	if s.err != nil || !fillsDone || st.xfsEnd == 0 || len(st.xfs) == 0 {
		return nil
	}
	for i := range st.edits {
		if st.edits[i].text == "" {
			st.edits[i].text = strconv.Itoa(fills + 1)
		}
	}
	return st
}

func fillXML(p string) string {
	return fmt.Sprintf(`<%[1]sfill><%[1]spatternFill patternType="solid"><%[1]sfgColor rgb="%[2]s"/><%[1]sbgColor indexed="64"/></%[1]spatternFill></%[1]sfill>`, p, markColor)
}

// marked returns the style that looks like another one, with the mark's fill.
func (st *styleSheet) marked(style int) int {
	if n, ok := st.copies[style]; ok {
		return n
	}
	from := st.xfs[0]
	if style >= 0 && style < len(st.xfs) {
		from = st.xfs[style]
	}
	n := len(st.xfs) + len(st.copies)
	st.copies[style] = n
	st.added.WriteString(st.withFill(st.src[from[0]:from[1]]))
	return n
}

// withFill rewrites fillId and applyFill of one xf element; font, border,
// number format, alignment and protection stay.
func (st *styleSheet) withFill(xf []byte) string {
	t, _ := newXMLBytes(xf).next()
	head := string(t.attrs)
	for _, a := range []struct{ name, value string }{{"fillId", strconv.Itoa(st.fill)}, {"applyFill", "1"}} {
		if _, from, to, ok := (token{attrs: []byte(head)}).attr(a.name); ok {
			head = head[:from] + a.value + head[to:]
		} else {
			head = fmt.Sprintf(` %s="%s"%s`, a.name, a.value, head)
		}
	}
	tail := string(xf[t.end:])
	closing := ">"
	if t.empty {
		closing = "/>"
	}
	return "<" + string(t.prefix) + string(t.name) + head + closing + tail
}

// patched returns the styles part with all copies made so far.
func (st *styleSheet) patched() []byte {
	if len(st.copies) == 0 {
		return st.src
	}
	edits := append([]edit(nil), st.edits...)
	if st.countAt != [2]int{} {
		edits = append(edits, edit{st.countAt[0], st.countAt[1], strconv.Itoa(len(st.xfs) + len(st.copies))})
	}
	edits = append(edits, edit{st.xfsEnd, st.xfsEnd, st.added.String()})
	return splice(st.src, edits)
}
