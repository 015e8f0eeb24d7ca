package entrysheet

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// class is what the text of a cell is on the form.
type class uint8

const (
	classOther class = iota // perhaps an answer
	classLabel
	classTitle // heads a section
	classBox   // the text of a check box
	classNoise // the form's own sentence, or a hint: neither label nor answer
)

// label is a text that names fields. Which of them is meant depends on where
// it stands.
type label struct {
	blk    block
	shown  string // as on the sheet, on one line
	folded string
	fields []int  // candidates, indexes in Layout.Fields
	inline string // what follows a colon in the label's own cell
	colon  bool
	title  bool // also a section's title: a label only when it has an answer
	style  int
	region int // index of the title above, -1
}

// title heads a section.
type title struct {
	blk     block
	section string
}

// form is one sheet seen as the form.
type form struct {
	l       *Layout
	w       *workbook
	g       *grid
	class   []class  // of g.cells
	folded  []string // of g.cells, "" where too long for a label
	labels  []*label
	titles  []title
	boxes   []*box
	habits  map[int]habit // by region, see regionOf
	whole   habit
	anchors []anchorAt
}

// classOf returns the class of a cell with text.
func (f *form) classOf(c *gridCell) class {
	if i, ok := f.g.find(c.row, c.col); ok {
		return f.class[i]
	}
	return classOther
}

// anchorAt is a label that shows its section by itself.
type anchorAt struct {
	blk     block
	section string
	region  int // index of the title above it, -1
}

// maxLabelBytes bounds the texts looked at as labels; maxFormCells the texts of
// a sheet that is looked at as a form.
const (
	maxLabelBytes = 240
	maxBoxBytes   = 2000
	maxFormCells  = 20_000
	maxLabels     = 1000
	maxTitles     = 100
)

// newForm classifies every text of a sheet.
func newForm(l *Layout, w *workbook, g *grid) *form {
	f := &form{l: l, w: w, g: g, class: make([]class, len(g.cells)), folded: make([]string, len(g.cells))}
	for i := range g.cells[:min(len(g.cells), maxFormCells)] {
		f.classify(i)
	}
	f.placeAnchors()
	return f
}

func (f *form) classify(i int) {
	c := &f.g.cells[i]
	if c.kind != cellText {
		return
	}
	w := f.wordingOf(c.text)
	switch {
	case w.noise:
		f.class[i] = classNoise
		return
	case len(w.boxes) > 0:
		f.addBoxes(c, w.boxes)
		f.class[i] = classBox
		return
	case len(c.text) > maxLabelBytes || len(f.labels) >= maxLabels:
		return
	}
	f.folded[i] = w.folded
	isTitle := w.title && len(f.titles) < maxTitles
	if isTitle {
		f.titles = append(f.titles, title{f.g.blockAt(c.row, c.col), w.section})
		f.class[i] = classTitle
	}
	if f.findLabels(c, w, isTitle) && !isTitle {
		f.class[i] = classLabel
	}
}

// isNoise tells the form's legal sentences, the 「○○ 宛」 of the printed form,
// and notes for the person who fills it in.
func (f *form) isNoise(s string) bool {
	for _, n := range f.l.NoLabels {
		if strings.Contains(s, n) {
			return true
		}
	}
	if len(s) > maxLabelBytes {
		return false
	}
	t := trim(s)
	if strings.HasPrefix(t, "※") && f.l.byLabel[foldLabel(t)] == nil {
		return true
	}
	if cut := strings.TrimSuffix(t, "宛"); cut != t {
		if folded := foldLabel(cut); f.l.byLabel[folded] != nil || strings.Trim(folded, "○〇◯") == "" {
			return true
		}
	}
	return false
}

// isHint tells a note for the person who fills the form in from an answer. A
// free text may well say 「…をご記入ください」 to the office.
func (f *form) isHint(lb *label, s string) bool {
	t := trim(s)
	if isNote(t) {
		return true
	}
	if f.isProse(lb) {
		return false
	}
	for _, h := range f.l.Hints {
		if strings.Contains(t, h) {
			return true
		}
	}
	return false
}

// isNote tells by its beginning a note for whoever fills the form in.
func isNote(trimmed string) bool {
	for _, lead := range []string{"※", "＊", "例）", "例：", "(例", "（例", "【例"} {
		if strings.HasPrefix(trimmed, lead) {
			return true
		}
	}
	return false
}

func (f *form) sectionTitle(folded, text string) (string, bool) {
	if id, ok := f.l.titles[folded]; ok {
		return id, true
	}
	for _, suffix := range []string{"について", "の情報", "情報", "記入欄", "欄"} {
		if rest, ok := strings.CutSuffix(folded, suffix); ok {
			if id, ok := f.l.titles[rest]; ok {
				return id, true
			}
		}
	}
	for _, s := range f.l.Sections {
		for _, part := range s.Contains {
			if strings.Contains(text, part) {
				return s.ID, true
			}
		}
	}
	return "", false
}

// lookup finds the fields that a folded label may mean.
func (l *Layout) lookup(folded string) []int {
	if fs := l.byLabel[folded]; fs != nil {
		return fs
	}
	for _, honorific := range []string{"ご", "御"} {
		if rest, ok := strings.CutPrefix(folded, honorific); ok && l.byLabel[rest] != nil {
			return l.byLabel[rest]
		}
	}
	for _, suffix := range []string{"欄", "様", "必須", "任意"} {
		if rest, ok := strings.CutSuffix(folded, suffix); ok && l.byLabel[rest] != nil {
			return l.byLabel[rest]
		}
	}
	return nil
}

// findLabels records the labels of a cell: the whole text, or 「TEL：078-…」,
// also several of them in one cell.
func (f *form) findLabels(c *gridCell, w *wording, isTitle bool) bool {
	blk := f.g.blockAt(c.row, c.col)
	fs, sure := f.composite(blk, w.folded)
	if w.fields != nil && !sure {
		fs = w.fields
	}
	if fs != nil {
		f.labels = append(f.labels, &label{
			blk: blk, shown: shown(c.text), folded: w.folded, fields: fs, title: isTitle, style: c.style,
			colon: strings.HasSuffix(nfkc(trim(c.text)), ":"),
		})
		return true
	}
	inline := f.inlineLabels(c.text)
	for _, in := range inline {
		in.blk, in.style = blk, c.style
		f.labels = append(f.labels, in)
	}
	return len(inline) > 0
}

// composite looks a label up together with the one left of it: 代表者 | 氏名. It
// is sure where the left one alone means the same field.
func (f *form) composite(blk block, folded string) (fields []int, sure bool) {
	if blk.c1 == 1 || folded == "" {
		return nil, false
	}
	left := f.g.blockAt(blk.r1, blk.c1-1)
	i, ok := f.g.find(left.r1, left.c1)
	if !ok || f.folded[i] == "" {
		return nil, false
	}
	if len(f.folded[i])+len(folded) > f.l.longest {
		return nil, false
	}
	fields = f.l.byLabel[f.folded[i]+folded]
	group := f.l.byLabel[f.folded[i]]
	return fields, slices.ContainsFunc(fields, func(field int) bool { return slices.Contains(group, field) })
}

// inlineLabels cuts 「label：answer」 out of a text, at most one a line, or
// several where each is known: 「TEL：078-… FAX：078-…」.
func (f *form) inlineLabels(text string) []*label {
	if strings.IndexByte(text, ':') < 0 && !strings.Contains(text, "：") {
		return nil
	}
	var out []*label
	for _, line := range strings.Split(text, "\n") {
		from := len(out)
		for i, r := range line {
			if r != ':' && r != '：' {
				continue
			}
			start, fs := f.labelBefore(line[:i])
			if fs == nil {
				continue
			}
			if len(out) > from {
				last := out[len(out)-1]
				last.inline = last.inline[:max(0, len(last.inline)-(len(line)-start))]
			}
			out = append(out, &label{
				shown: shown(line[start:i]), folded: foldLabel(line[start:i]), fields: fs, colon: true,
				inline: line[i+utf8.RuneLen(r):],
			})
		}
	}
	if len(out) == 0 && headPostal.MatchString(nfkc(trim(text))) {
		return nil // 「〒657-0000 兵庫県…」 is an answer
	}
	return out
}

// labelBefore finds the label that ends where a colon stands: the whole line so
// far, else what follows one of its spaces.
func (f *form) labelBefore(s string) (int, []int) {
	for start := 0; start < len(s); {
		if fs := f.l.lookup(foldLabel(s[start:])); fs != nil {
			return start, fs
		}
		next := strings.IndexAny(s[start+1:], " 　\t")
		if next < 0 {
			return 0, nil
		}
		start += 1 + next
		_, size := utf8.DecodeRuneInString(s[start:])
		start += size
	}
	return 0, nil
}

// shown is a label as people say it: on one line, without spaces between
// Japanese letters, without its trailing colon.
func shown(s string) string {
	s = strings.TrimRight(oneLine(s), ":： ")
	var b strings.Builder
	var last rune
	for _, r := range s {
		if r == '　' || r == ' ' && last >= 0x80 {
			last = r
			continue
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// placeAnchors notes the labels that show their section by themselves, where
// they cannot be labels of the section whose title stands above.
func (f *form) placeAnchors() {
	for _, lb := range f.labels {
		section, ok := f.l.anchors[lb.folded]
		if !ok || lb.title {
			continue
		}
		region := f.regionOf(lb.blk)
		if region < 0 || !f.labelOf(lb, f.titles[region].section) {
			f.anchors = append(f.anchors, anchorAt{lb.blk, section, region})
		}
	}
}

// labelOf reports whether a label names a field of this section.
func (f *form) labelOf(lb *label, section string) bool {
	for _, i := range lb.fields {
		if f.l.Fields[i].Section == section {
			return true
		}
	}
	return false
}

// sectionOf returns the section in which a block stands: that of the title
// above or left of it, unless an anchor between them says otherwise.
func (f *form) sectionOf(b block) string {
	region := f.regionOf(b)
	section := ""
	if region >= 0 {
		section = f.titles[region].section
	}
	best := block{}
	for _, a := range f.anchors {
		if a.region != region || a.blk.r1 > b.r1 || a.blk.c1 > b.c1 {
			continue
		}
		if best == (block{}) || best.before(a.blk) {
			best, section = a.blk, a.section
		}
	}
	return section
}

// regionOf finds the title to which a block belongs: one that stands beside
// its rows, else the nearest above it that begins no further right. Where
// sections stand side by side, the one over the block's own columns counts.
func (f *form) regionOf(b block) int {
	best, beside := -1, -1
	for i, t := range f.titles {
		if t.blk == b {
			continue
		}
		if t.blk.r2 > t.blk.r1 && t.blk.r1 <= b.r1 && b.r1 <= t.blk.r2 && t.blk.c2 < b.c1 {
			if beside < 0 || f.titles[beside].blk.c2 < t.blk.c2 {
				beside = i
			}
			continue
		}
		if t.blk.r1 > b.r1 || (t.blk.r1 == b.r1 && t.blk.c1 >= b.c1) || t.blk.c1 > b.c1 {
			continue
		}
		if best < 0 || f.nearer(t.blk, f.titles[best].blk) {
			best = i
		}
	}
	if beside >= 0 {
		return beside
	}
	return best
}

// nearer reports whether title a is the better one for a block below both.
func (f *form) nearer(a, than block) bool {
	quarter := max(f.g.maxCol/4, 2)
	switch {
	case a.c1 > than.c2 && a.c1-than.c1 >= quarter:
		return true // a stands over the right half, where the block is
	case than.c1 > a.c2 && than.c1-a.c1 >= quarter:
		return false
	case a.r1 != than.r1:
		return a.r1 > than.r1
	}
	return a.c1 > than.c1
}
