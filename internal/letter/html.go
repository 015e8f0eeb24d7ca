package letter

import (
	htmltemplate "html/template"
	"strings"
)

// htmlPage is what the layout template gets.
type htmlPage struct {
	Title  string
	Blocks []block
}

// html lays the page out by the layout template, whose contextual escaping covers every value.
func (t *templates) html(subject string, p *page) (string, error) {
	var b strings.Builder
	b.Grow(16 << 10)
	if err := t.layout.Execute(&b, htmlPage{Title: subject, Blocks: p.twin("html").blocks}); err != nil {
		return "", t.fault(layoutFile, err)
	}
	return b.String(), nil
}

// longestWhole is how many characters of ASCII fit on a phone's line.
const longestWhole = 34

// linesHTML is a text inside an element: its line breaks, and addresses, phone and case numbers kept whole, which
// browsers would break at their hyphens. (Done here and not in the layout: a letter has a hundred such texts.)
func linesHTML(text string) htmltemplate.HTML {
	var b strings.Builder
	b.Grow(len(text) + 64)
	for i, line := range lines(text) {
		if i > 0 {
			b.WriteString("<br>")
		}
		lineHTML(&b, line)
	}
	return htmltemplate.HTML(b.String()) // escaped, and only there, by lineHTML
}

// oneLineHTML is linesHTML for a text that is one line.
func oneLineHTML(line string) htmltemplate.HTML {
	var b strings.Builder
	lineHTML(&b, line)
	return htmltemplate.HTML(b.String())
}

func lineHTML(b *strings.Builder, line string) {
	rest := 0 // where the text that is not yet written begins
	for i := 0; i < len(line); {
		end := i
		for end < len(line) && line[end] > ' ' && line[end] < 0x7f {
			end++
		}
		if word := line[i:end]; strings.ContainsAny(word, "-@") && len(word) <= longestWhole {
			escaper.WriteString(b, line[rest:i])
			b.WriteString(`<span style="white-space:nowrap">`)
			escaper.WriteString(b, word)
			b.WriteString(`</span>`)
			rest = end
		}
		i = max(end, i+1)
	}
	escaper.WriteString(b, line[rest:])
}

// escaper writes text between tags as html/template does.
var escaper = strings.NewReplacer("\x00", "\ufffd", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")
