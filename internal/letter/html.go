package letter

import (
	htmltemplate "html/template"
	"strings"
)

// The layout's templates around those of the blocks.
const (
	layoutBegin = "begin" // gets the title
	layoutEnd   = "end"
)

// layoutTemplates are all that the layout must define: one for each kind of block besides.
var layoutTemplates = []string{layoutBegin, string(blockText), string(blockHeading), string(blockItem), string(blockList), string(blockTable),
	string(blockQuote), string(blockNotice), string(blockNote), string(blockSign), string(blockOffers), string(blockEntries),
	string(blockGrid), string(blockBars), string(blockImage), layoutEnd}

// htmlBlock is what the layout's template of a block gets.
type htmlBlock struct {
	Text htmltemplate.HTML // of a block whose rows are lines: all of them, one below the other
	Rows []htmlRow         // of any other
}

// htmlRow is a row with its texts as HTML. (Made here and not in the layout, which would need twice the time: a letter
// has a hundred such texts.)
type htmlRow struct {
	Label, Text htmltemplate.HTML
	Strong      bool
	Link        commandLink         // of an offer, whose Text is the line to copy
	Lines       []htmltemplate.HTML // of an entry: those of its text
	Offers      []htmlRow
	Cells       []htmltemplate.HTML // of a grid
	Percent     int                 // of a bar
	Alt         string              // of the chart, for an attribute
}

// html lays the page out by the layout's templates, whose contextual escaping covers every value.
func (t *templates) html(subject string, p *page) (string, error) {
	var b strings.Builder
	b.Grow(24 << 10)
	put := func(name string, data any) error {
		if err := t.layout.ExecuteTemplate(&b, name, data); err != nil {
			return t.fault(layoutFile, err)
		}
		return nil
	}
	if err := put(layoutBegin, subject); err != nil {
		return "", err
	}
	for i := range p.blocks {
		rows := p.blocks[i].twin("html")
		if len(rows) == 0 {
			continue
		}
		if err := put(string(p.blocks[i].Kind), htmlOf(p.blocks[i].Kind, rows)); err != nil {
			return "", err
		}
	}
	if err := put(layoutEnd, nil); err != nil {
		return "", err
	}
	return b.String(), nil
}

func htmlOf(kind blockKind, rows []row) *htmlBlock {
	switch kind {
	case blockText, blockHeading, blockItem, blockQuote, blockNotice, blockNote, blockSign:
		var b strings.Builder
		for i := range rows {
			if i > 0 {
				b.WriteString("<br>\n")
			}
			linesHTML(&b, rows[i].Text)
		}
		return &htmlBlock{Text: htmltemplate.HTML(b.String())} // escaped, and only there, by lineHTML
	}
	out := &htmlBlock{Rows: make([]htmlRow, len(rows))}
	for i := range rows {
		r := &rows[i]
		h := htmlRow{Label: asHTML(r.Label), Text: asHTML(r.Text), Strong: r.Strong, Percent: r.Percent, Link: r.Link}
		switch kind {
		case blockOffers:
			h.Text = asHTML(r.Link.Line)
		case blockEntries:
			h.Lines = allHTML(lines(r.Text))
			for k := range r.Offers {
				l := r.Offers[k].Link
				h.Offers = append(h.Offers, htmlRow{Text: asHTML(l.Rest()), Link: l})
			}
		case blockGrid:
			h.Cells = allHTML(r.Cells)
		case blockImage:
			h.Alt = r.Text
		}
		out.Rows[i] = h
	}
	return out
}

func allHTML(texts []string) []htmltemplate.HTML {
	out := make([]htmltemplate.HTML, len(texts))
	for i, t := range texts {
		out[i] = asHTML(t)
	}
	return out
}

// asHTML is linesHTML of one text.
func asHTML(text string) htmltemplate.HTML {
	var b strings.Builder
	b.Grow(len(text) + 64)
	linesHTML(&b, text)
	return htmltemplate.HTML(b.String())
}

// longestWhole is how many characters of ASCII fit on a phone's line.
const longestWhole = 34

// linesHTML writes a text inside an element: its line breaks, and addresses, phone and case numbers kept whole, which
// browsers would break at their hyphens.
func linesHTML(b *strings.Builder, text string) {
	for i, line := range lines(text) {
		if i > 0 {
			b.WriteString("<br>")
		}
		lineHTML(b, line)
	}
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
