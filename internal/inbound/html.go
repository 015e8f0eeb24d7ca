package inbound

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlToText renders HTML as a reader sees it: blocks on lines of their own,
// no scripts, styles or hidden text, a quotation marked by "> ". Text that is
// hidden is shown after all when there is no other.
func htmlToText(s string) string {
	text := renderHTML(s, true)
	if strings.TrimSpace(text) == "" {
		text = renderHTML(s, false)
	}
	return text
}

func renderHTML(s string, hide bool) string {
	r := htmlRenderer{hide: hide}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			r.endLine()
			return strings.TrimLeft(r.out.String(), "\n")
		case html.TextToken:
			if r.skip == 0 {
				r.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			r.start(atom.Lookup(name), string(name), attributes(z, more))
		case html.EndTagToken:
			name, _ := z.TagName()
			r.end(atom.Lookup(name), string(name))
		}
	}
}

// attributes are those of a tag that matter here: alt, class and style.
func attributes(z *html.Tokenizer, more bool) map[string]string {
	var attrs map[string]string
	for n := 0; more && n < 100; n++ {
		var k, v []byte
		k, v, more = z.TagAttr()
		switch string(k) {
		case "alt", "class", "style", "hidden":
			if attrs == nil {
				attrs = map[string]string{}
			}
			attrs[string(k)] = string(v)
		}
	}
	return attrs
}

// htmlRenderer writes lines; a block's end finishes the current one.
type htmlRenderer struct {
	out   strings.Builder
	line  strings.Builder
	blank bool // a blank line is due before the next
	quote int  // blockquotes around
	pre   int

	hide     bool
	skip     int // elements named skipName around, whose text is not shown
	skipName string
}

// start opens an element.
func (r *htmlRenderer) start(a atom.Atom, name string, attrs map[string]string) {
	if r.skip > 0 {
		if name == r.skipName {
			r.skip++
		}
		return
	}
	switch a {
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Select, atom.Object:
		r.skip, r.skipName = 1, name
	case atom.Br:
		r.breakLine()
	case atom.Img:
		r.text(attrs["alt"])
	case atom.P:
		r.endLine()
		r.blank = r.blank || r.out.Len() > 0 && !strings.Contains(attrs["class"], "Mso")
	case atom.Blockquote:
		r.endLine()
		r.quote = min(r.quote+1, 8)
	case atom.Pre:
		r.endLine()
		r.pre++
	case atom.Li:
		r.endLine()
		r.line.WriteString("・")
	default:
		if isBlock(a) {
			r.endLine()
		}
	}
	if r.skip == 0 && r.hide && isHidden(attrs) && !isVoid(a) {
		r.skip, r.skipName = 1, name
	}
}

// end closes an element.
func (r *htmlRenderer) end(a atom.Atom, name string) {
	if r.skip > 0 {
		if name == r.skipName {
			r.skip--
		}
		return
	}
	switch a {
	case atom.P:
		r.endLine()
		// The gap is made by the next paragraph, which knows its class.
	case atom.Blockquote:
		r.endLine()
		r.quote = max(0, r.quote-1)
	case atom.Pre:
		r.endLine()
		r.pre = max(0, r.pre-1)
	case atom.Td, atom.Th:
		if r.line.Len() > 0 {
			r.text(" ")
		}
	default:
		if isBlock(a) {
			r.endLine()
		}
	}
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.Div, atom.Table, atom.Tr, atom.Ul, atom.Ol, atom.Dl, atom.Dt, atom.Dd, atom.Li, atom.Hr, atom.H1, atom.H2, atom.H3,
		atom.H4, atom.H5, atom.H6, atom.Body, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Center, atom.Form, atom.Address:
		return true
	}
	return false
}

func isVoid(a atom.Atom) bool {
	switch a {
	case atom.Br, atom.Img, atom.Hr, atom.Input, atom.Meta, atom.Link, atom.Base, atom.Col, atom.Area, atom.Embed, atom.Wbr:
		return true
	}
	return false
}

func isHidden(attrs map[string]string) bool {
	style := strings.ToLower(strings.ReplaceAll(attrs["style"], " ", ""))
	return strings.Contains(style, "display:none") || strings.Contains(style, "mso-hide:all")
}

// text adds text to the line; outside <pre>, white space collapses, and a line
// break between two Japanese characters is none.
func (r *htmlRenderer) text(s string) {
	if r.pre > 0 {
		lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
		for i, line := range lines {
			if i > 0 {
				r.breakLine()
			}
			r.line.WriteString(line)
		}
		return
	}
	for len(s) > 0 {
		i := strings.IndexAny(s, " \t\r\n\f")
		if i < 0 {
			r.line.WriteString(s)
			return
		}
		r.line.WriteString(s[:i])
		rest := strings.TrimLeft(s[i:], " \t\r\n\f")
		broken := strings.ContainsAny(s[i:len(s)-len(rest)], "\r\n")
		r.space(broken, rest)
		s = rest
	}
}

// space adds one space, but none at a line's start or after another.
func (r *htmlRenderer) space(broken bool, next string) {
	line := r.line.String()
	if line == "" || strings.HasSuffix(line, " ") {
		return
	}
	before, _ := utf8.DecodeLastRuneInString(line)
	after, _ := utf8.DecodeRuneInString(next)
	if broken && isWide(before) && isWide(after) {
		return
	}
	r.line.WriteByte(' ')
}

// isWide are the characters of East Asian text, roughly.
func isWide(r rune) bool { return 0x2e80 <= r && r <= 0xffdc && r != utf8.RuneError }

// endLine finishes the line if it has anything on it.
func (r *htmlRenderer) endLine() {
	if r.line.Len() > 0 {
		r.breakLine()
	}
}

// breakLine finishes the line, empty or not.
func (r *htmlRenderer) breakLine() {
	line := strings.TrimRight(strings.ReplaceAll(r.line.String(), "\u00a0", " "), " ")
	r.line.Reset()
	prefix := ""
	if r.quote > 0 {
		prefix = strings.Repeat(">", r.quote) + " "
	}
	if r.blank {
		r.out.WriteString(strings.TrimRight(prefix, " ") + "\n")
		r.blank = false
	}
	r.out.WriteString(strings.TrimRight(prefix+line, " ") + "\n")
}

// htmlCharset is the charset that HTML itself declares near its beginning
// (WHATWG HTML, 13.2.3.2); "" for none.
func htmlCharset(b []byte) string {
	b = bytes.ToLower(b[:min(len(b), 2048)])
	_, after, ok := bytes.Cut(b, []byte("charset="))
	if !ok {
		return ""
	}
	after = bytes.TrimLeft(after, `"' `)
	if i := bytes.IndexAny(after, "\"' ;/>\r\n"); i >= 0 {
		after = after[:i]
	}
	return string(after[:min(len(after), 40)])
}
