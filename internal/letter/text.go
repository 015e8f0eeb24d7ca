package letter

import "strings"

// text lays the page out as text/plain: UTF-8, LF, at most 70 columns but for what may not be cut (addresses,
// commands to copy).
func (p *page) text() string {
	var w textWriter
	for i := range p.blocks {
		if rows := p.blocks[i].twin("text"); len(rows) > 0 {
			w.block(p.blocks[i].Kind, rows)
		}
	}
	return w.b.String()
}

// signatureRule stands above and below the signature.
const signatureRule = "----------------------------------------------------------------------"

type textWriter struct {
	b    strings.Builder
	last blockKind
}

func (w *textWriter) block(kind blockKind, rows []row) {
	w.gap(kind)
	switch kind {
	case blockHeading:
		w.hanging("■ ", "　 ", rows[0].Text)
	case blockItem:
		w.hanging("【", "　", rows[0].Text+"】")
	case blockTable:
		w.table(rows)
	case blockOffers:
		for i, r := range rows {
			w.offer(i, r.Link)
		}
	case blockGrid:
		w.grid(rows)
	case blockBars:
		w.bars(rows)
	case blockImage: // the table beneath says it
	case blockEntries:
		for i, r := range rows {
			w.entry(i, r)
		}
	case blockSign:
		w.line(signatureRule)
		w.rows("", "", rows)
		w.line(signatureRule)
	case blockList:
		w.rows("・", "　", rows)
	case blockQuote:
		w.rows("> ", "> ", rows)
	case blockNotice:
		w.rows("※ ", "　 ", rows)
	default:
		w.rows("", "", rows)
	}
	w.last = kind
}

// gap sets a blank line between blocks; a heading before its content has none.
func (w *textWriter) gap(next blockKind) {
	switch {
	case w.last == "":
	case w.last == blockItem && next == blockTable, w.last == blockHeading && next != blockItem:
	case next == blockHeading || next == blockSign:
		w.line("")
		w.line("")
	default:
		w.line("")
	}
}

func (w *textWriter) line(s string) {
	w.b.WriteString(s)
	w.b.WriteByte('\n')
}

func (w *textWriter) rows(first, next string, rows []row) {
	for _, r := range rows {
		w.hanging(first, next, r.Text)
	}
}

// hanging writes a text with one indent for its first line and another for the others.
func (w *textWriter) hanging(first, next, text string) {
	indent := first
	for _, part := range lines(text) {
		for _, l := range wrap(part, columns-textWidth(next)) {
			w.line(strings.TrimRight(indent+l, " 　"))
			indent = next
		}
	}
}

// widestLabel is the widest label that gets a column of its own; wider ones stand on a line above their value.
const widestLabel = 20

func (w *textWriter) table(rows []row) {
	column := 0
	for _, r := range rows {
		if n := textWidth(r.Label); n <= widestLabel {
			column = max(column, n)
		}
	}
	column += column % 2
	hang := strings.Repeat("　", column/2+1)
	for _, r := range rows {
		n := textWidth(r.Label)
		if n > widestLabel {
			w.line(r.Label + "：")
			w.hanging("　", "　", r.Text)
			continue
		}
		pad := strings.Repeat(" ", (column-n)%2) + strings.Repeat("　", (column-n)/2)
		w.hanging(r.Label+pad+"：", hang, r.Text)
	}
}

// offer writes when one gives a command, and the line to copy, never wrapped.
func (w *textWriter) offer(i int, l commandLink) {
	if i > 0 {
		w.line("")
	}
	w.hanging("・", "　", l.Label)
	w.line("　" + l.Line)
}

// entry writes what is waited for and the lines to copy, never wrapped.
func (w *textWriter) entry(i int, r row) {
	if i > 0 {
		w.line("")
	}
	w.hanging("・", "　", r.Text)
	for _, o := range r.Offers {
		w.line("　" + o.Link.Line)
	}
}

// lines cuts a text at its line breaks.
func lines(s string) []string { return strings.Split(s, "\n") }
