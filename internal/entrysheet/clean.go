package entrysheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
)

// cleaner takes out of a package what must not go on, in these steps:
//
//  1. Relationships to it are cut, by their type, never by a part's name.
//  2. The elements that named those relationships go from their parts.
//  3. Formulas that reach outside go from cells, which keep their values;
//     elsewhere #REF! stands in for them, as Excel itself writes it.
//  4. Parts that could be reached before and no longer can are left out.
//  5. The content types follow.
type cleaner struct {
	patch
	found  findings
	owner  map[string]string          // part key -> name of the sheet that it belongs to
	cut    map[string]map[string]bool // part key -> ids of its relationships that were cut
	shapes map[string]bool            // shape ids of removed objects: "1025"
	cells  bool                       // formulas of cells were taken out
}

// relLine is one relationship where it stands in its .rels part.
type relLine struct {
	relationship
	external   bool
	url        string // the target as written
	start, end int
}

// sourceOf names the part whose relationships a .rels part holds; ok is false
// for other parts.
func sourceOf(name string) (part string, ok bool) {
	dir, base := path.Split(partKey(name))
	if base, ok = strings.CutSuffix(base, ".rels"); !ok || !strings.HasSuffix(dir, "_rels/") {
		return "", false
	}
	return strings.TrimSuffix(dir, "_rels/") + base, true
}

// relLines reads the relationships of a part, with external ones.
func (p *patch) relLines(part string) ([]relLine, []byte, error) {
	name := relsName(part)
	if !p.exists(name) {
		return nil, nil, nil
	}
	src, err := p.part(name)
	if err != nil {
		return nil, nil, err
	}
	var out []relLine
	s := newXMLBytes(src)
	for t, ok := s.next(); ok && len(out) < maxRels; t, ok = s.next() {
		switch {
		case !t.is("Relationship"):
		case t.kind == tokenStart:
			out = append(out, relLine{
				relationship: relationship{t.attrText("Id"), path.Base(t.attrText("Type")), resolveTarget(part, t.attrText("Target"))},
				external:     strings.EqualFold(t.attrText("TargetMode"), "External"),
				url:          t.attrText("Target"), start: int(t.start), end: int(t.end),
			})
		case len(out) > 0: // <Relationship …></Relationship>
			out[len(out)-1].end = int(t.end)
		}
	}
	if s.err != nil {
		return nil, nil, fmt.Errorf("reading relationships: %w", s.err)
	}
	return out, src, nil
}

func openCleaner(b []byte, lim Limits) (*cleaner, error) {
	if f := Sniff(b); f != FormatXLSX && f != FormatXLSM {
		return nil, fmt.Errorf("the file is of format %s", f)
	}
	p, err := openOPC(b, lim)
	if err != nil {
		return nil, err
	}
	c := &cleaner{patch: newPatch(p), owner: make(map[string]string), cut: make(map[string]map[string]bool), shapes: make(map[string]bool)}
	return c, c.findOwners()
}

// findOwners learns which sheet each part belongs to.
func (c *cleaner) findOwners() error {
	main, err := c.pkg.mainPart()
	if err != nil {
		return err
	}
	book, err := c.part(main)
	if err != nil {
		return err
	}
	rels, _, err := c.relLines(main)
	if err != nil {
		return err
	}
	names := make(map[string]string)
	s := newXMLBytes(book)
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind == tokenStart && t.is("sheet") {
			names[t.attrText("id")] = t.attrText("name")
		}
	}
	for _, r := range rels {
		if names[r.id] == "" || r.external {
			continue
		}
		if err := c.walk(r.target, names[r.id], c.owner); err != nil {
			return err
		}
	}
	return nil
}

// walk gives every part that can be reached from one ("" for the package) by
// relationships, the part itself too, a mark, unless it has one already.
func (c *cleaner) walk(from, mark string, marks map[string]string) error {
	marks[partKey(from)] = mark
	for todo := []string{from}; len(todo) > 0; {
		part := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		rels, _, err := c.relLines(part)
		if err != nil {
			return err
		}
		for _, r := range rels {
			if key := partKey(r.target); !r.external && marks[key] == "" && c.pkg.has(r.target) {
				marks[key] = mark
				todo = append(todo, r.target)
			}
		}
	}
	return nil
}

// reachable returns the keys of the parts that the package knows.
func (c *cleaner) reachable() (map[string]string, error) {
	marks := make(map[string]string)
	return marks, c.walk("", "reached", marks)
}

func (c *cleaner) run() error {
	before, err := c.reachable()
	if err != nil {
		return err
	}
	for _, f := range c.pkg.zr.File {
		if part, ok := sourceOf(f.Name); ok {
			if err := c.cutRelationships(part); err != nil {
				return err
			}
		}
	}
	for _, f := range c.pkg.zr.File {
		if before[partKey(f.Name)] != "" && isXMLPart(f.Name) {
			if err := c.cleanPart(f.Name); err != nil {
				return err
			}
		}
	}
	if err := c.cleanDrawings(before); err != nil {
		return err
	}
	if c.cells {
		if err := c.cutKind("calcChain"); err != nil { // it lists every cell with a formula; Excel makes it anew
			return err
		}
	}
	if len(c.changed) > 0 {
		if err := c.cutKind("origin"); err != nil { // of digital signatures, which hold no longer
			return err
		}
	}
	if err := c.dropUnreachable(before); err != nil {
		return err
	}
	if err := c.cleanTypes(); err != nil {
		return err
	}
	return c.checkChanged()
}

// checkChanged reads every changed part again: where tags did not match, an
// edit may have cut through them.
func (c *cleaner) checkChanged() error {
	for key, b := range c.changed {
		s := newXMLBytes(b)
		for _, ok := s.next(); ok; _, ok = s.next() {
		}
		if s.err != nil && !strings.HasSuffix(key, ".vml") {
			return fmt.Errorf("cleaning a part: %w", s.err)
		}
	}
	return nil
}

func isXMLPart(name string) bool {
	key := partKey(name)
	return strings.HasSuffix(key, ".xml") && key != "[content_types].xml"
}

// forbidden are the relationships that are cut, by the last segment of their
// type; macro sheets and data models are found, and refused by Clean.
var forbidden = map[string]Extra{
	"vbaProject": ExtraMacro, "attachedToolbars": ExtraMacro, "extensibility": ExtraMacro, "userCustomization": ExtraMacro, "wordVbaData": ExtraMacro,
	"externalLink": ExtraExternalLink, "connections": ExtraConnection, "queryTable": ExtraConnection,
	"oleObject": ExtraEmbedded, "package": ExtraEmbedded, "control": ExtraActiveX, "webextensiontaskpanes": ExtraAddIn,
	"xlMacrosheet": ExtraMacroSheet, "xlIntlMacrosheet": ExtraMacroSheet, "powerPivotData": ExtraDataModel, "webextension": ExtraDataModel,
}

// cutRelationships cuts a part's relationships to what must not go on.
func (c *cleaner) cutRelationships(part string) error {
	rels, src, err := c.relLines(part)
	if err != nil {
		return err
	}
	var edits []edit
	for _, r := range rels {
		kind, cut := forbidden[r.kind]
		switch {
		case r.external && r.kind == "image":
			kind, cut = ExtraLinkedImage, true
		case r.external && r.kind == "attachedTemplate":
			kind, cut = ExtraExternalLink, true
		case r.kind == "customXml" && c.holdsQueries(r.target):
			kind, cut = ExtraConnection, true
		case r.kind == "pivotCacheDefinition" && c.countsOutsideData(r.target):
			kind, cut = ExtraDataModel, true
		}
		if !cut {
			continue
		}
		c.found.add(Finding{Kind: kind, Sheet: c.owner[partKey(part)], Text: c.describe(r)})
		if c.cut[partKey(part)] == nil {
			c.cut[partKey(part)] = make(map[string]bool)
		}
		c.cut[partKey(part)][r.id] = true
		edits = append(edits, edit{r.start, r.end, ""})
	}
	c.edit(relsName(part), src, edits)
	return nil
}

// describe names the other end of a relationship as far as it tells something.
func (c *cleaner) describe(r relLine) string {
	if r.external {
		return r.url
	}
	if r.kind != "externalLink" {
		return ""
	}
	rels, _, err := c.relLines(r.target)
	if err != nil || len(rels) == 0 {
		return ""
	}
	return rels[0].url
}

// holdsQueries tells a custom part that keeps Power Query's queries ([MS-QDEFF]).
func (c *cleaner) holdsQueries(part string) bool {
	if !c.pkg.has(part) {
		return false
	}
	b, err := c.part(part)
	return err == nil && bytes.Contains(b[:min(len(b), 1024)], []byte("<DataMashup"))
}

// countsOutsideData tells a pivot table's cache that is filled from a connection.
func (c *cleaner) countsOutsideData(part string) bool {
	if !c.pkg.has(part) {
		return false
	}
	b, err := c.part(part)
	if err != nil {
		return false
	}
	s := newXMLBytes(b)
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.is("cacheSource") {
			return t.attrText("type") == "external"
		}
	}
	return false
}

// cutKind cuts every relationship of a kind, wherever it stands.
func (c *cleaner) cutKind(kind string) error {
	for _, f := range c.pkg.zr.File {
		part, ok := sourceOf(f.Name)
		if !ok {
			continue
		}
		rels, src, err := c.relLines(part)
		if err != nil {
			return err
		}
		var edits []edit
		for _, r := range rels {
			if r.kind == kind {
				edits = append(edits, edit{r.start, r.end, ""})
			}
		}
		c.edit(relsName(part), src, edits)
	}
	return nil
}

// dropUnreachable leaves out the parts that nothing refers to any more, and
// forgotten ones that hold code or objects.
func (c *cleaner) dropUnreachable(before map[string]string) error {
	after, err := c.reachable()
	if err != nil {
		return err
	}
	for key := range c.pkg.parts {
		part := key
		if of, ok := sourceOf(key); ok {
			part = of
		}
		if after[part] != "" || part == "" {
			continue
		}
		if kind, forgotten := forgottenKind(part); before[part] != "" || forgotten {
			c.removed[key] = true
			delete(c.changed, key)
			if before[part] == "" {
				c.found.add(Finding{Kind: kind})
			}
		}
	}
	return nil
}

// forgottenKind tells by its name a part that no relationship tells of.
func forgottenKind(key string) (Extra, bool) {
	switch base := path.Base(key); {
	case strings.HasPrefix(base, "vbaproject"):
		return ExtraMacro, true
	case strings.Contains(key, "/embeddings/"):
		return ExtraEmbedded, true
	case strings.Contains(key, "/externallinks/"):
		return ExtraExternalLink, true
	case strings.Contains(key, "/activex/"):
		return ExtraActiveX, true
	case base == "connections.xml":
		return ExtraConnection, true
	}
	return "", false
}

// Content types of workbooks, ECMA-376 part 1, 12.3.23 and [MS-OFFMACRO2] 2.2.1.
const typeWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"

// cleanTypes takes the removed parts out of [Content_Types].xml and makes a
// workbook with macros an ordinary one.
func (c *cleaner) cleanTypes() error {
	const name = "[Content_Types].xml"
	src, err := c.part(name)
	if err != nil {
		return err
	}
	typed := make(map[string]bool)
	s := newXMLBytes(src)
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.is("Override") {
			typed[partKey(t.attrText("PartName"))] = true
		}
	}
	binaries := slices.ContainsFunc(c.pkg.zr.File, func(f *zip.File) bool { // that live by the default
		key := partKey(f.Name)
		return strings.HasSuffix(key, ".bin") && !typed[key] && !c.removed[key]
	})
	d := dropper{src: src, drop: func(t token) bool {
		code := strings.Contains(t.attrText("ContentType"), "vnd.ms-office.vbaProject")
		return t.is("Override") && c.removed[partKey(t.attrText("PartName"))] || t.is("Default") && code && !binaries
	}}
	if err := d.run(); err != nil {
		return err
	}
	edits := d.edits
	s = newXMLBytes(src)
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.kind == tokenStart && bytes.Contains(t.attrBytes("ContentType"), []byte("macroEnabled.main+xml")) {
			edits = setAttr(edits, t, "ContentType", typeWorkbook)
			c.found.add(Finding{Kind: ExtraMacro})
		}
	}
	c.edit(name, src, edits)
	return nil
}

// attrsAt is the offset of a start tag's attributes in its part.
func (t token) attrsAt() int {
	at := int(t.end) - 1 - len(t.attrs)
	if t.empty {
		at--
	}
	return at
}
