package entrysheet

import "strconv"

// cellFormats is what the styles part says of number formats. Whole, it is a
// large part: of its fonts, fills and borders nothing is needed.
type cellFormats struct {
	codes  map[int]string // by id
	styles []int          // style -> id of its format, -1 where it names none
}

// cellFormats reads the number formats, once, when one is asked for: most forms
// are answered without. An unreadable part is no reason to refuse the text.
func (w *workbook) cellFormats() *cellFormats {
	if w.styles != nil {
		return w.styles
	}
	w.styles = &cellFormats{codes: make(map[int]string)}
	for _, r := range w.rels {
		if r.kind != "styles" || !w.pkg.has(r.target) {
			continue
		}
		if part, err := w.pkg.text(r.target, w.pkg.lim.Head); err == nil { // junk styles of twenty years are better ignored
			w.styles.scan(newXMLBytes(part))
			break
		}
	}
	return w.styles
}

// scan reads <numFmts> and <cellXfs> (ECMA-376 part 1, 18.8.31 and 18.8.10).
func (f *cellFormats) scan(s *xmlScanner) {
	inside := ""
	for t, ok := s.next(); ok; t, ok = s.next() {
		name := string(t.name)
		switch {
		case name == "numFmts" || name == "cellXfs":
			if inside = ""; t.kind == tokenStart && !t.empty {
				inside = name
			}
		case t.kind != tokenStart:
		case inside == "numFmts" && name == "numFmt":
			if id, err := strconv.Atoi(string(t.attrBytes("numFmtId"))); err == nil {
				if _, known := f.codes[id]; !known {
					f.codes[id] = t.attrText("formatCode")
				}
			}
		case inside == "cellXfs" && name == "xf":
			id, err := strconv.Atoi(string(t.attrBytes("numFmtId")))
			if err != nil {
				id = -1
			}
			f.styles = append(f.styles, id)
		}
	}
}

// code returns the code of a style's number format, "" where there is none.
func (f *cellFormats) code(style int) string {
	if style < 0 || style >= len(f.styles) {
		return ""
	}
	id := f.styles[style]
	if code, ok := f.codes[id]; ok {
		return code
	}
	return builtinFormat(id)
}
