package entrysheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// tokenKind says what a token of an XML part is.
type tokenKind uint8

const (
	tokenStart tokenKind = iota + 1 // <name attrs> or, with empty set, <name attrs/>
	tokenEnd                        // </name>
	tokenText                       // character data, still escaped unless cdata is set
)

// token is one piece of an XML part. Its slices are valid until the next call
// of next; start and end are byte offsets in the part.
type token struct {
	kind       tokenKind
	empty      bool // <name/>: no end tag follows
	cdata      bool
	prefix     []byte // namespace prefix with its colon, as written
	name       []byte // local name
	attrs      []byte // everything between name and > or />
	text       []byte
	start, end int64
}

// maxToken bounds one tag or one run of text. A cell holds at most 32,767
// characters; drawings may carry more in one attribute.
const maxToken = 4 << 20

// Errors of xmlScanner. Both mean that the part is not what Excel writes.
var (
	errDoctype  = errors.New("document type declaration in a part")
	errBadXML   = errors.New("malformed XML")
	errReleased = errors.New("the part is closed")
	errBigToken = fmt.Errorf("%w: one element or text exceeds %d bytes", errBadXML, maxToken)
)

// xmlScanner cuts an XML part into tokens as a stream. It knows just enough of
// XML for SpreadsheetML and VML: entities, CDATA, comments, no DTD. Names are
// matched by their local part, so that prefixes and strict namespaces do not
// matter. It checks nesting only by depth.
type xmlScanner struct {
	r        io.Reader // nil once exhausted
	buf      []byte
	pos      int
	base     int64 // offset of buf[0] in the part
	depth    int
	rootSeen bool
	err      error
}

func newXMLScanner(r io.Reader) *xmlScanner { return newXMLScannerSize(r, maxScanBuffer) }

const (
	minScanBuffer = 512
	maxScanBuffer = 32 << 10
)

// newXMLScannerSize scans a part whose declared size is known, so that the many
// small parts get a small buffer, and large ones one that was used before.
func newXMLScannerSize(r io.Reader, size uint64) *xmlScanner {
	if size+64 > maxScanBuffer/2 {
		return &xmlScanner{r: r, buf: scanBuffers.Get().(*[maxScanBuffer]byte)[:0]}
	}
	return &xmlScanner{r: r, buf: make([]byte, 0, max(minScanBuffer, size+64))}
}

var scanBuffers = sync.Pool{New: func() any { return new([maxScanBuffer]byte) }}

// release gives the buffer back. No token may be used from here on, nor the scanner.
func (s *xmlScanner) release() {
	if cap(s.buf) == maxScanBuffer {
		scanBuffers.Put((*[maxScanBuffer]byte)(s.buf[:maxScanBuffer]))
	}
	s.buf, s.pos, s.r, s.err = nil, 0, nil, errReleased
}

// newXMLBytes scans a part that is in memory; offsets then index b.
func newXMLBytes(b []byte) *xmlScanner { return &xmlScanner{buf: b} }

// next returns the next token; false at the end of the part or on an error,
// which err tells apart. A part that ends inside its root element is an error.
func (s *xmlScanner) next() (token, bool) {
	for s.err == nil {
		if s.pos >= len(s.buf) && !s.fill() {
			s.finish()
			return token{}, false
		}
		if s.buf[s.pos] != '<' {
			return s.textToken()
		}
		t, ok, again := s.tagToken()
		if again {
			continue
		}
		return t, ok
	}
	return token{}, false
}

func (s *xmlScanner) finish() {
	if s.err == nil && (s.depth != 0 || !s.rootSeen) {
		s.err = fmt.Errorf("%w: part ends before its root element does", errBadXML)
	}
}

// fill reads more, keeping what is not consumed; false when there is no more.
func (s *xmlScanner) fill() bool {
	if s.r == nil {
		return false
	}
	if s.pos > 0 {
		n := copy(s.buf, s.buf[s.pos:])
		s.base += int64(s.pos)
		s.buf, s.pos = s.buf[:n], 0
	}
	if len(s.buf) == cap(s.buf) {
		if cap(s.buf) >= maxToken {
			s.err = errBigToken
			return false
		}
		grown := make([]byte, len(s.buf), 2*cap(s.buf))
		copy(grown, s.buf)
		s.buf = grown
	}
	for {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if err == io.EOF {
			s.r = nil
			return n > 0
		}
		if err != nil {
			s.err, s.r = err, nil
			return false
		}
		if n > 0 {
			return true
		}
	}
}

// find returns the index of sep at or after from, reading more as needed.
func (s *xmlScanner) find(from int, sep string) int {
	for {
		if i := bytes.Index(s.buf[s.pos+from:], []byte(sep)); i >= 0 {
			return from + i
		}
		from = max(from, len(s.buf)-s.pos-len(sep)+1)
		if !s.fill() {
			return -1
		}
	}
}

func (s *xmlScanner) textToken() (token, bool) {
	n := bytes.IndexByte(s.buf[s.pos:], '<')
	if n < 0 {
		n = s.find(len(s.buf)-s.pos, "<")
	}
	if n < 0 {
		if s.err != nil {
			return token{}, false
		}
		n = len(s.buf) - s.pos
	}
	t := token{kind: tokenText, text: s.buf[s.pos : s.pos+n]}
	return s.consume(t, n), true
}

// consume moves past n bytes and gives t its offsets.
func (s *xmlScanner) consume(t token, n int) token {
	t.start = s.base + int64(s.pos)
	s.pos += n
	t.end = s.base + int64(s.pos)
	return t
}

// tagToken reads what begins with '<'; again is set for what is skipped.
func (s *xmlScanner) tagToken() (t token, ok, again bool) {
	for len(s.buf)-s.pos < len("<![CDATA[") && s.fill() {
	}
	rest := s.buf[s.pos:]
	switch {
	case len(rest) > 1 && rest[1] != '!' && rest[1] != '?': // a tag: the usual case first
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		n := s.find(9, "]]>")
		if n < 0 {
			return s.broken("CDATA without end")
		}
		t = token{kind: tokenText, cdata: true, text: s.buf[s.pos+9 : s.pos+n]}
		return s.consume(t, n+3), true, false
	case bytes.HasPrefix(rest, []byte("<!--")):
		return s.skip(4, "-->")
	case bytes.HasPrefix(rest, []byte("<?")):
		return s.skip(2, "?>")
	case bytes.HasPrefix(rest, []byte("<!")):
		s.err = errDoctype
		return token{}, false, false
	}
	n := s.tagEnd()
	if n < 0 {
		return s.broken("tag without end")
	}
	t = s.consume(parseTag(s.buf[s.pos:s.pos+n]), n)
	return s.nest(t)
}

func (s *xmlScanner) skip(from int, sep string) (token, bool, bool) {
	n := s.find(from, sep)
	if n < 0 {
		return s.broken("comment or instruction without end")
	}
	s.pos += n + len(sep)
	return token{}, false, true
}

func (s *xmlScanner) broken(what string) (token, bool, bool) {
	if s.err == nil {
		s.err = fmt.Errorf("%w: %s", errBadXML, what)
	}
	return token{}, false, false
}

// nest counts depth and refuses what is outside one root element.
func (s *xmlScanner) nest(t token) (token, bool, bool) {
	switch {
	case len(t.name) == 0:
		return s.broken("tag without name")
	case t.kind == tokenEnd:
		if s.depth--; s.depth < 0 {
			return s.broken("end tag without start")
		}
	case s.depth == 0 && s.rootSeen:
		return s.broken("second root element")
	case !t.empty:
		s.depth++
	}
	s.rootSeen = true
	return t, true, false
}

// tagEnd finds the length of the tag at pos; '>' inside quotes does not count.
func (s *xmlScanner) tagEnd() int {
	if n := plainTagEnd(s.buf[s.pos:]); n > 0 {
		return n
	}
	quote := byte(0)
	for i := 1; ; i++ {
		if s.pos+i >= len(s.buf) && !s.fill() {
			return -1
		}
		switch c := s.buf[s.pos+i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
}

// plainTagEnd finds the length of the tag at the head of b where that is clear
// at a glance: it stands in b as a whole, and only double quotes stand in it,
// all of them closed before its first '>'. Else 0.
func plainTagEnd(b []byte) int {
	end := bytes.IndexByte(b, '>')
	if end < 0 || bytes.IndexByte(b[:end], '\'') >= 0 || bytes.Count(b[:end], []byte{'"'})%2 != 0 {
		return 0
	}
	return end + 1
}

// parseTag splits "<p:name attrs/>".
func parseTag(b []byte) token {
	t := token{kind: tokenStart}
	b = b[1 : len(b)-1]
	if len(b) > 0 && b[0] == '/' {
		t.kind, b = tokenEnd, b[1:]
	} else if len(b) > 0 && b[len(b)-1] == '/' {
		t.empty, b = true, b[:len(b)-1]
	}
	n := 0
	for n < len(b) && !isXMLSpace(b[n]) {
		n++
	}
	t.name, t.attrs = b[:n], b[n:]
	if i := bytes.IndexByte(t.name, ':'); i >= 0 {
		t.prefix, t.name = t.name[:i+1], t.name[i+1:]
	}
	return t
}

func isXMLSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// is reports whether t starts or ends the element with this local name.
func (t token) is(name string) bool { return string(t.name) == name }

// attr returns the raw (still escaped) value of the attribute with this local
// name, and its place within t.attrs.
func (t token) attr(name string) (value []byte, from, to int, ok bool) {
	b, off := t.attrs, 0
	for {
		for off < len(b) && isXMLSpace(b[off]) {
			off++
		}
		eq := bytes.IndexByte(b[off:], '=')
		if eq < 0 {
			return nil, 0, 0, false
		}
		key := bytes.TrimRight(b[off:off+eq], " \t\r\n")
		q := off + eq + 1
		for q < len(b) && isXMLSpace(b[q]) {
			q++
		}
		if q >= len(b) || (b[q] != '"' && b[q] != '\'') {
			return nil, 0, 0, false
		}
		end := bytes.IndexByte(b[q+1:], b[q])
		if end < 0 {
			return nil, 0, 0, false
		}
		if i := bytes.IndexByte(key, ':'); i >= 0 && string(key[:i]) != "xmlns" {
			key = key[i+1:]
		}
		if string(key) == name {
			return b[q+1 : q+1+end], q + 1, q + 1 + end, true
		}
		off = q + 1 + end + 1
	}
}

// attrText returns an attribute's value unescaped, "" where there is none.
func (t token) attrText(name string) string {
	v, _, _, ok := t.attr(name)
	if !ok {
		return ""
	}
	return unescapeXML(v)
}

// attrBytes returns an attribute's raw value, nil where there is none.
func (t token) attrBytes(name string) []byte {
	v, _, _, _ := t.attr(name)
	return v
}

// plain returns the text of a text token.
func (t token) plain() string {
	if t.cdata {
		return string(t.text)
	}
	return unescapeXML(t.text)
}

// unescapeXML resolves the five named and all numeric references; an unknown
// reference stays as written.
func unescapeXML(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	var short [1024]byte // keeps most texts off the heap until they are done
	out := short[:0]
	if len(b) > len(short) {
		out = make([]byte, 0, len(b))
	}
	for len(b) > 0 {
		if b[0] == '&' {
			if r, n := reference(b); n > 0 {
				out = utf8.AppendRune(out, r)
				b = b[n:]
				continue
			}
		}
		n := 1 + bytes.IndexByte(b[1:], '&')
		if n == 0 {
			n = len(b)
		}
		out = append(out, b[:n]...)
		b = b[n:]
	}
	return string(out)
}

// reference decodes the reference at the head of b and returns its length, 0
// where there is none.
func reference(b []byte) (rune, int) {
	b = b[:min(len(b), maxReference)]
	if len(b) > 1 && b[1] == '#' {
		return numericReference(b)
	}
	end := bytes.IndexByte(b, ';')
	if end < 2 {
		return 0, 0
	}
	switch string(b[1:end]) {
	case "amp":
		return '&', end + 1
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	return 0, 0
}

// maxReference is the longest reference that is looked at.
const maxReference = 12

// numericReference decodes &#20225; or &#x4F01; at the head of b, in one pass: some
// producers write every character beyond ASCII so.
func numericReference(b []byte) (rune, int) {
	first, radix := len("&#"), uint64(10)
	if len(b) > first && b[first]|0x20 == 'x' {
		first, radix = first+1, 16
	}
	var n uint64
	for i := first; i < len(b); i++ {
		c := b[i]
		if c == ';' {
			if i > first && n <= utf8.MaxRune && utf8.ValidRune(rune(n)) {
				return rune(n), i + 1
			}
			return 0, 0
		}
		d := uint64(16)
		switch {
		case c >= '0' && c <= '9':
			d = uint64(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			d = uint64(c|0x20-'a') + 10
		}
		if d >= radix {
			return 0, 0
		}
		n = n*radix + d
	}
	return 0, 0
}

// xstring resolves Excel's own _xHHHH_ escapes (ECMA-376 part 1, 22.9.2.19)
// and turns CR LF and CR into LF.
func xstring(s string) string {
	if i := indexXEscape(s); i >= 0 {
		s = resolveXEscapes(s)
	}
	return normalizeNewlines(s)
}

func normalizeNewlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	b := bytes.ReplaceAll([]byte(s), []byte("\r\n"), []byte("\n"))
	return string(bytes.ReplaceAll(b, []byte("\r"), []byte("\n")))
}

func indexXEscape(s string) int {
	for i := 0; i+7 <= len(s); i++ {
		next := strings.IndexByte(s[i:], '_')
		if i += next; next < 0 || i+7 > len(s) {
			return -1
		}
		if s[i+1] == 'x' && s[i+6] == '_' {
			return i
		}
	}
	return -1
}

func resolveXEscapes(s string) string {
	out := make([]byte, 0, len(s))
	for {
		i := indexXEscape(s)
		if i < 0 {
			return string(append(out, s...))
		}
		out = append(out, s[:i]...)
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || !utf8.ValidRune(rune(n)) {
			out = append(out, s[i])
			s = s[i+1:]
			continue
		}
		out = utf8.AppendRune(out, rune(n))
		s = s[i+7:]
	}
}
