package letter

import (
	"slices"
	"strings"

	"uketsuke/internal/casework"
)

// blockKind is what a block of a page is.
type blockKind string

const (
	blockText    blockKind = "text"
	blockHeading blockKind = "heading"
	blockItem    blockKind = "item" // heading of one item
	blockList    blockKind = "list"
	blockTable   blockKind = "table"
	blockQuote   blockKind = "quote"
	blockNotice  blockKind = "notice"
	blockNote    blockKind = "note" // small print
	blockSign    blockKind = "sign"
	blockOffers  blockKind = "offers"
	blockEntries blockKind = "entries" // of a digest: what is waited for, with its commands
)

// page is a filled template, read.
type page struct{ blocks []block }

type block struct {
	Kind blockKind
	Rows []row
}

// row is a line of a block: of a table with a label, of offers with a link.
type row struct {
	Label   string
	Text    string // may hold LF where a value had line breaks
	Strong  bool
	Offer   casework.Offer
	Link    commandLink
	Offers  []row    // of an entry
	Cells   []string // of a grid
	Percent int      // of a bar
	when    string   // "text", "html", or a kind of attachment; "" always
}

// Only tells in which twin a row stands: "text", "html", or "" for both.
func (r row) Only() string {
	if r.when == "text" || r.when == "html" {
		return r.when
	}
	return ""
}

// parsePage reads a filled template; package mailtemplates describes its lines. Every text is a page.
func parsePage(body string) *page {
	p := &page{}
	open := false // whether a paragraph may go on
	for line := range strings.SplitSeq(body, "\n") {
		when := ""
		line = strings.TrimRight(line, " \t\r")
		if rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), string(markField)); ok {
			when, line, _ = strings.Cut(rest, string(markField))
		}
		kind, r := parseLine(line)
		r.when = when
		switch {
		case r.Text == "" && r.Label == "" && kind != blockOffers:
			open = open && kind != blockText
			continue
		case kind == blockOffers && p.last() == blockEntries:
			rows := p.blocks[len(p.blocks)-1].Rows
			rows[len(rows)-1].Offers = append(rows[len(rows)-1].Offers, r)
			continue
		case strings.HasPrefix(line, "  ") && open && (p.last() == blockList || p.last() == blockEntries):
			rows := p.blocks[len(p.blocks)-1].Rows
			rows[len(rows)-1].Text += "\n" + r.Text
			continue
		}
		p.add(kind, r, open)
		open = true
	}
	return p
}

func (p *page) last() blockKind {
	if len(p.blocks) == 0 {
		return ""
	}
	return p.blocks[len(p.blocks)-1].Kind
}

// add puts a row into the block that it continues, or into a new one. Tables, lists, offers and the like run on over
// blank lines, which a template's left-out rows leave behind; paragraphs do not.
func (p *page) add(kind blockKind, r row, open bool) {
	joins := kind != blockHeading && kind != blockItem && (kind != blockText || open)
	if joins && p.last() == kind {
		b := &p.blocks[len(p.blocks)-1]
		b.Rows = append(b.Rows, r)
		return
	}
	p.blocks = append(p.blocks, block{Kind: kind, Rows: []row{r}})
}

var lineMarks = []struct {
	mark string
	kind blockKind
}{{"# ", blockHeading}, {"## ", blockItem}, {"- ", blockList}, {"> ", blockQuote}, {"! ", blockNotice}, {"^ ", blockNote}, {"~ ", blockSign}, {"+ ", blockEntries}}

func parseLine(line string) (blockKind, row) {
	if rest, ok := strings.CutPrefix(line, "@"); ok && strings.ContainsRune(rest, markField) {
		return blockOffers, row{Offer: parseOffer(rest)}
	}
	if kind, r, ok := digestRow(line); ok {
		return kind, r
	}
	for _, m := range lineMarks {
		if rest, ok := strings.CutPrefix(line, m.mark); ok {
			return m.kind, row{Text: plain(rest)}
		}
	}
	if rest, ok := strings.CutPrefix(line, "|"); ok {
		rest, strong := strings.CutPrefix(rest, "*")
		label, text, _ := strings.Cut(rest, "|")
		if text = plain(text); text == "" {
			return blockTable, row{}
		}
		return blockTable, row{Label: plain(label), Text: text, Strong: strong}
	}
	return blockText, row{Text: plain(line)}
}

// plain takes the marks out and leaves the text.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case markValue, markField, markItem:
			return -1
		case markBreak:
			return '\n'
		}
		return r
	}, s)
	return strings.Trim(s, " \n")
}

// attached drops the rows about files that the letter does not carry.
func (p *page) attached(list []casework.Attachment) {
	has := func(kind string) bool {
		return slices.ContainsFunc(list, func(a casework.Attachment) bool { return string(a.Kind) == kind })
	}
	p.keep(func(r row) bool { return r.when == "" || r.Only() != "" || has(r.when) })
}

// keep drops rows, and blocks that are left without one.
func (p *page) keep(ok func(row) bool) {
	p.blocks = slices.DeleteFunc(p.blocks, func(b block) bool {
		return !slices.ContainsFunc(b.Rows, ok)
	})
	for i := range p.blocks {
		p.blocks[i].Rows = slices.DeleteFunc(p.blocks[i].Rows, func(r row) bool { return !ok(r) })
	}
}

// link makes the links of all offered commands.
func (p *page) link(k linker) {
	for _, b := range p.blocks {
		if b.Kind == blockOffers {
			k.linkRows(b.Rows)
		}
		for _, r := range b.Rows {
			k.linkRows(r.Offers)
		}
	}
}

// twin is the rows that stand in one twin, "text" or "html".
func (b *block) twin(name string) []row {
	other := func(r row) bool { return r.Only() != "" && r.Only() != name }
	if !slices.ContainsFunc(b.Rows, other) {
		return b.Rows
	}
	return slices.DeleteFunc(slices.Clone(b.Rows), other)
}
