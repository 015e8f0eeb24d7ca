package entrysheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// patch is a package being rewritten: parts that change, come and go. All
// other parts keep their compressed bytes, their names and their order.
type patch struct {
	pkg     *opc
	changed map[string][]byte // by part key
	added   []string          // part names, in the order in which they were made
	removed map[string]bool   // by part key
}

func newPatch(p *opc) patch {
	return patch{pkg: p, changed: make(map[string][]byte), removed: make(map[string]bool)}
}

// part returns a part's bytes as patched so far, in UTF-8.
func (p *patch) part(name string) ([]byte, error) {
	if b, ok := p.changed[partKey(name)]; ok {
		return b, nil
	}
	return p.pkg.text(name, p.pkg.lim.Unpacked)
}

// edit applies edits to a part; none leave it as it is.
func (p *patch) edit(name string, src []byte, edits []edit) {
	if len(edits) > 0 {
		p.changed[partKey(name)] = splice(src, edits)
	}
}

// add makes a new part.
func (p *patch) add(name string, data []byte) {
	p.added = append(p.added, name)
	p.changed[partKey(name)] = data
}

func (p *patch) exists(name string) bool {
	_, ok := p.changed[partKey(name)]
	return ok || p.pkg.has(name)
}

// freeName returns pattern with the first number that names no part.
func (p *patch) freeName(pattern string) string {
	for n := 1; ; n++ {
		if name := fmt.Sprintf(pattern, n); !p.exists(name) {
			return name
		}
	}
}

// write makes the package's bytes.
func (p *patch) write() ([]byte, error) {
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	if err := zw.SetComment(p.pkg.zr.Comment); err != nil {
		return nil, fmt.Errorf("writing package: %w", err)
	}
	var like *zip.FileHeader
	for _, f := range p.pkg.zr.File {
		data, ok := p.changed[partKey(f.Name)]
		switch {
		case p.removed[partKey(f.Name)]:
		case ok:
			like = &f.FileHeader
			if err := writePart(zw, f.Name, like, data); err != nil {
				return nil, err
			}
		default:
			if err := zw.Copy(f); err != nil {
				return nil, fmt.Errorf("copying a part: %w", err)
			}
		}
	}
	for _, name := range p.added {
		if err := writePart(zw, name, like, p.changed[partKey(name)]); err != nil {
			return nil, err
		}
	}
	if err := zw.Close(); err != nil {
		return nil, fmt.Errorf("writing package: %w", err)
	}
	return buf.Bytes(), nil
}

func writePart(zw *zip.Writer, name string, like *zip.FileHeader, data []byte) error {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	if like != nil {
		h.Modified = like.Modified
	}
	dst, err := zw.CreateHeader(h)
	if err == nil {
		_, err = io.Copy(dst, bytes.NewReader(data))
	}
	if err != nil {
		return fmt.Errorf("writing a part: %w", err)
	}
	return nil
}

// edit replaces the bytes from from to to.
type edit struct {
	from, to int
	text     string
}

// openEmpty turns <name/> into <name>inside</name>.
func openEmpty(t token, inside string) edit {
	end := int(t.end)
	return edit{end - 2, end, ">" + inside + "</" + string(t.prefix) + string(t.name) + ">"}
}

// splice applies edits, which do not overlap.
func splice(src []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.from - b.from })
	size := len(src)
	for _, e := range edits {
		size += len(e.text)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, e := range edits {
		out = append(out, src[at:e.from]...)
		out = append(out, e.text...)
		at = e.to
	}
	return append(out, src[at:]...)
}

// escapeXML escapes text for an element or an attribute and drops what XML 1.0
// cannot hold.
func escapeXML(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r < 0x20 && r != '\n' && r != '\t', r == 0xFFFE, r == 0xFFFF:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
