package entrysheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// readError is why a workbook cannot be read: cause for operators, reason (a
// complete Japanese sentence) for people.
type readError struct {
	cause  error
	reason string
}

func (e *readError) Error() string { return e.cause.Error() }
func (e *readError) Unwrap() error { return e.cause }

const (
	reasonBroken = "ファイルが壊れているか、途中までしか届いていないため、開くことができませんでした。"
	reasonTooBig = "ファイルの内容が大きすぎるため、開くことができませんでした。"
)

func broken(cause error) error { return &readError{cause, reasonBroken} }

func tooBig(format string, args ...any) error {
	return &readError{fmt.Errorf(format, args...), reasonTooBig}
}

// opc is an Office Open XML package (ECMA-376 part 2) whose parts are expanded
// one by one, on demand, under limits.
type opc struct {
	zr    *zip.Reader
	lim   Limits
	parts map[string]*zip.File // by lower-case name with forward slashes

	double bool // two parts have one name
}

// openZip counts the directory before archive/zip allocates for it, then
// checks declared sizes: entries, total, ratio to the real size of the file.
// Measuring against the file and not against declared compressed sizes also
// catches entries that share their bytes.
func openZip(b []byte, lim Limits) (*zip.Reader, error) {
	if n := bytes.Count(b, []byte("PK\x01\x02")); n > lim.Parts {
		return nil, tooBig("zip directory of %d entries exceeds %d", n, lim.Parts)
	}
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, broken(fmt.Errorf("reading zip directory: %w", err))
	}
	var total uint64
	for _, f := range zr.File {
		total += f.UncompressedSize64
		if f.UncompressedSize64 > uint64(lim.Unpacked) || total > uint64(lim.Unpacked) {
			return nil, tooBig("unpacked size exceeds %d bytes", lim.Unpacked)
		}
	}
	if total > uint64(lim.RatioFrom) && total > uint64(lim.Ratio)*uint64(len(b)) {
		return nil, tooBig("unpacked size is more than %d times the file's", lim.Ratio)
	}
	return zr, nil
}

func openOPC(b []byte, lim Limits) (*opc, error) {
	zr, err := openZip(b, lim)
	if err != nil {
		return nil, err
	}
	p := newOPC(zr, lim)
	if p.double {
		return nil, broken(errors.New("two parts of one name")) // readers would differ on which one counts
	}
	return p, nil
}

func newOPC(zr *zip.Reader, lim Limits) *opc {
	p := &opc{zr: zr, lim: lim, parts: make(map[string]*zip.File, len(zr.File))}
	for _, f := range zr.File {
		name := partKey(f.Name)
		p.double = p.double || p.parts[name] != nil && !strings.HasSuffix(name, "/")
		p.parts[name] = f
	}
	return p
}

func partKey(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

func (p *opc) has(name string) bool { return p.parts[partKey(name)] != nil }

// open streams a part as UTF-8. Sizes and checksums are verified by
// archive/zip while reading.
func (p *opc) open(name string) (io.ReadCloser, error) {
	f := p.parts[partKey(name)]
	if f == nil {
		return nil, broken(errors.New("a part that the package names is missing"))
	}
	if f.Flags&1 != 0 {
		return nil, broken(errors.New("a part is encrypted"))
	}
	rc, err := f.Open()
	if err != nil {
		return nil, broken(fmt.Errorf("opening a part: %w", err))
	}
	return rc, nil
}

// bytes expands a part that may have at most limit bytes.
func (p *opc) bytes(name string, limit int64) ([]byte, error) {
	rc, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	size := p.parts[partKey(name)].UncompressedSize64
	if size > uint64(limit) {
		return nil, tooBig("a part of %d bytes exceeds %d", size, limit)
	}
	buf := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	if _, err := buf.ReadFrom(rc); err != nil {
		return nil, broken(fmt.Errorf("expanding a part: %w", err))
	}
	return buf.Bytes(), nil
}

// text expands an XML part as UTF-8, its declaration corrected.
func (p *opc) text(name string, limit int64) ([]byte, error) {
	b, err := p.bytes(name, limit)
	if err != nil {
		return nil, err
	}
	if foreignEncoding(b[:min(len(b), 128)]) == nil {
		return b, nil
	}
	if b, err = io.ReadAll(utf8Reader(bytes.NewReader(b))); err != nil {
		return nil, broken(fmt.Errorf("decoding a part: %w", err))
	}
	if end := bytes.Index(b, []byte("?>")); end >= 0 {
		b = append([]byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`), b[end+2:]...)
	}
	return b, nil
}

// utf8Reader turns UTF-16 and whatever else an XML declaration names into
// UTF-8; the declaration itself stays as it is.
func utf8Reader(r io.Reader) io.Reader {
	head := make([]byte, 128)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return io.MultiReader(bytes.NewReader(head[:n]), &failedReader{err})
	}
	whole := io.MultiReader(bytes.NewReader(head[:n]), r)
	if decoder := foreignEncoding(head[:n]); decoder != nil {
		return transform.NewReader(whole, decoder.NewDecoder())
	}
	return whole
}

// foreignEncoding returns the encoding of a part that is not UTF-8, told by a
// byte order mark or by its XML declaration.
func foreignEncoding(head []byte) encoding.Encoding {
	if bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte("\xFE\xFF")) {
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	enc, name := charset.Lookup(declaredEncoding(head))
	if enc == nil || name == "utf-8" || strings.HasPrefix(name, "utf-16") { // the declaration itself was no UTF-16
		return nil
	}
	return enc
}

type failedReader struct{ err error }

func (f *failedReader) Read([]byte) (int, error) { return 0, f.err }

func declaredEncoding(head []byte) string {
	if !bytes.HasPrefix(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), []byte("<?xml")) {
		return ""
	}
	decl, _, _ := bytes.Cut(head, []byte("?>"))
	return token{attrs: decl[bytes.Index(decl, []byte("<?xml"))+len("<?xml"):]}.attrText("encoding")
}

// scan opens a part for token by token reading, until it is closed.
func (p *opc) scan(name string) (*xmlScanner, io.Closer, error) {
	rc, err := p.open(name)
	if err != nil {
		return nil, nil, err
	}
	s := newXMLScannerSize(utf8Reader(rc), p.parts[partKey(name)].UncompressedSize64)
	return s, openPart{rc, s}, nil
}

// openPart is a part that is being scanned.
type openPart struct {
	io.Closer
	s *xmlScanner
}

func (o openPart) Close() error {
	o.s.release()
	return o.Closer.Close()
}

// relationship is one line of a .rels part; target is a part name.
type relationship struct {
	id, kind, target string // kind is the last path segment of the type: "worksheet", "comments"
}

// maxRels bounds the relationships read of one part.
const maxRels = 20_000

// rels reads the relationships of a part ("" for the package); none where it
// has none. External targets are left out: no link is followed.
func (p *opc) rels(part string) ([]relationship, error) {
	name := relsName(part)
	if !p.has(name) {
		return nil, nil
	}
	s, c, err := p.scan(name)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var out []relationship
	for t, ok := s.next(); ok && len(out) < maxRels; t, ok = s.next() {
		if t.kind != tokenStart || !t.is("Relationship") || strings.EqualFold(t.attrText("TargetMode"), "External") {
			continue
		}
		out = append(out, relationship{
			id: t.attrText("Id"), kind: path.Base(t.attrText("Type")), target: p.resolve(part, t.attrText("Target")),
		})
	}
	if s.err != nil {
		return nil, broken(fmt.Errorf("reading relationships: %w", s.err))
	}
	return out, nil
}

// relsName names the part that holds a part's relationships.
func relsName(part string) string {
	dir, base := path.Split(part)
	return dir + "_rels/" + base + ".rels"
}

// resolve finds the part that a relationship's target names: a URI, in which
// producers escape what is not ASCII in the part's name or do not.
func (p *opc) resolve(part, target string) string {
	name := resolveTarget(part, target)
	if plain, err := url.PathUnescape(name); err == nil && !p.has(name) && p.has(plain) {
		return plain
	}
	return name
}

// resolveTarget turns a relationship's target into a part name.
func resolveTarget(part, target string) string {
	target = strings.ReplaceAll(target, `\`, "/")
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return strings.TrimPrefix(path.Join("/", path.Dir(part), target), "/")
}

// mainPart finds the workbook part.
func (p *opc) mainPart() (string, error) {
	rels, err := p.rels("")
	if err != nil {
		return "", err
	}
	for _, r := range rels {
		if r.kind == "officeDocument" && p.has(r.target) {
			return r.target, nil
		}
	}
	if p.has("xl/workbook.xml") {
		return "xl/workbook.xml", nil
	}
	return "", broken(errors.New("the package has no workbook part"))
}
