package entrysheet

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"uketsuke/internal/biff"
)

// Read reads the entry sheet in b. It never panics and never returns nil:
// whatever b is, the answer's Kind says so. today is the date of arrival
// (Asia/Tokyo) for the rules about the day of receipt.
func Read(b []byte, l *Layout, today time.Time, lim Limits) (sheet *Sheet) {
	defer func() {
		if r := recover(); r != nil {
			sheet = &Sheet{Kind: KindUnreadable, Error: "panic while reading the workbook", Reason: reasonBroken}
		}
	}()
	var w *workbook
	var err error
	switch format := Sniff(b); format {
	case FormatXLSX, FormatXLSM:
		w, err = openWorkbook(b, lim)
	case FormatXLS:
		w, err = openXLS(b, lim)
	default:
		return notReadable(format)
	}
	if err != nil {
		return unreadable(err)
	}
	return readWorkbook(w, l, today)
}

// notReadable answers for all that is no workbook of Excel.
func notReadable(format Format) *Sheet {
	switch format {
	case FormatEncrypted:
		return locked("the file is encrypted; a password is needed")
	case FormatXLSB:
		return &Sheet{Kind: KindUnreadable, Error: "binary workbook (.xlsb), which this version does not read",
			Reason: "バイナリ形式（.xlsb 形式）のファイルのため、内容を読み取ることができませんでした。"}
	case FormatODS:
		return &Sheet{Kind: KindUnreadable, Error: "OpenDocument spreadsheet (.ods), which this version does not read",
			Reason: "OpenDocument 形式（.ods 形式）のファイルのため、内容を読み取ることができませんでした。"}
	}
	return &Sheet{Kind: KindNotWorkbook, Error: "the file is no workbook", Reason: "Excel のファイルではありませんでした。"}
}

func locked(why string) *Sheet {
	return &Sheet{Kind: KindLocked, Error: why, Reason: "ファイルがパスワードで保護されているため、開くことができませんでした。"}
}

// unreadable answers for a workbook that could not be opened.
func unreadable(err error) *Sheet {
	if errors.Is(err, biff.ErrEncrypted) {
		return locked(err.Error())
	}
	s := &Sheet{Kind: KindUnreadable, Error: "reading workbook: " + err.Error(), Reason: reasonBroken}
	var re *readError
	if errors.As(err, &re) {
		s.Reason = re.reason
	}
	return s
}

// readWorkbook reads the form in an open workbook.
func readWorkbook(w *workbook, l *Layout, today time.Time) *Sheet {
	f, others := chooseForm(l, w)
	if f == nil {
		return &Sheet{Kind: KindOtherWorkbook}
	}
	r := &reading{form: f, today: today, sheet: &Sheet{
		Kind: KindEntrySheet, Layout: l.Name, Name: f.g.name,
		Values: make(map[string]Value, len(l.Fields)), Cells: make(map[string]Cell, len(l.Fields)),
	}}
	r.readAll()
	for _, name := range others {
		r.problem("company.name", SeverityWarning, block{}, "", fmt.Sprintf(
			"別のシート「%s」にもエントリーシートのご記入があるようです。お手数ですが、1つのファイルに1社分をご記入ください。", name))
	}
	return r.sheet
}

// chooseForm finds the sheet on which most of the form is found; sheets named
// as samples only where there is no other. Further sheets that are filled-in
// forms too are returned by name.
func chooseForm(l *Layout, w *workbook) (*form, []string) {
	var best *form
	bestScore := 0
	filled := make(map[string]int)
	forms := 0
	for _, g := range w.sheets {
		if !mayBeForm(l, w, g) {
			continue
		}
		f := newForm(l, w, g)
		if !f.enough() {
			continue
		}
		if forms++; forms > maxForms {
			break
		}
		f.settleBoxes()
		f.countHabits()
		score := 1000 + f.score()
		if f.isSample() {
			score -= 1000
		} else {
			filled[g.name] = f.filledIn()
		}
		if best == nil || score > bestScore {
			best, bestScore = f, score
		}
	}
	if best == nil {
		return nil, nil
	}
	var others []string
	for _, g := range w.sheets {
		if g != best.g && filled[g.name] > l.MinLabels {
			others = append(others, g.name)
		}
	}
	return best, others
}

// maxForms bounds the sheets that are looked at as the form.
const maxForms = 30

// mayBeForm is false where a sheet has too few check boxes to be the form, which
// most sheets beside it show at a glance: only texts in which a box may be are
// looked at, until there are enough.
func mayBeForm(l *Layout, w *workbook, g *grid) bool {
	f := &form{l: l, w: w, g: g}
	missing := l.MinBoxes - len(g.boxes)
	for _, c := range g.cells[:min(len(g.cells), maxFormCells)] {
		if missing <= 0 {
			break
		}
		if c.kind == cellText && len(c.text) <= maxBoxBytes && l.boxPairs.mayBeIn(nfkc(c.text)) {
			missing -= len(f.wordingOf(c.text).boxes)
		}
	}
	return missing <= 0
}

// enough reports whether a sheet shows the form at all.
func (f *form) enough() bool {
	labels := make(map[string]bool)
	for _, lb := range f.labels {
		labels[lb.folded] = true
	}
	return len(labels) >= f.l.MinLabels && len(f.boxes)+len(f.g.boxes) >= f.l.MinBoxes
}

// score counts what was found, answers twice.
func (f *form) score() int { return len(f.labels) + len(f.titles) + len(f.boxes) + f.filledIn() }

// filledIn counts the labels that have an answer, not one of the explanations
// that instruction sheets have beside their labels.
func (f *form) filledIn() int {
	n := 0
	for _, lb := range f.labels {
		if a := f.locate(lb); a != nil && !a.blank() && f.fits(lb, a.first()) {
			n++
		}
	}
	return n
}

// fits reports whether a text may be an answer to a label: a number has a
// digit, an address an @, and a name is no sentence.
func (f *form) fits(lb *label, s string) bool {
	switch f.l.Fields[lb.fields[0]].Form {
	case "prose":
		return true
	case "email":
		return strings.ContainsAny(s, "@＠")
	case "phone", "postal", "corporate", "amount", "people", "month", "date":
		return strings.ContainsFunc(s, unicode.IsNumber) || strings.ContainsAny(s, "〇一二三四五六七八九十元")
	}
	return !strings.Contains(s, "ください") && !strings.HasSuffix(trim(s), "。")
}

func (f *form) isSample() bool {
	for _, s := range f.l.SampleSheets {
		if strings.Contains(f.g.name, s) {
			return true
		}
	}
	return false
}

// found is a label with its answer's place.
type found struct {
	lb *label
	a  *answer
}

// assign gives every field its label: first those in the field's own section,
// then labels that only this field has, wherever they stand, except in the
// section of somebody else.
func (f *form) assign() map[int]found {
	out := make(map[int]found)
	taken := make(map[*label]bool)
	sections := make([]string, len(f.labels))
	for i, lb := range f.labels {
		sections[i] = f.sectionOf(lb.blk)
		for _, field := range lb.fields {
			if s := f.l.Fields[field].Section; s == "" || s == sections[i] {
				f.offer(out, taken, field, lb)
			}
		}
	}
	for i, lb := range f.labels {
		if taken[lb] || len(lb.fields) != 1 {
			continue
		}
		field := lb.fields[0]
		if !f.l.entity[sections[i]] || sections[i] == f.l.Fields[field].Section {
			f.offer(out, taken, field, lb)
		}
	}
	return out
}

// offer takes a label for a field unless the field has one with an answer.
func (f *form) offer(out map[int]found, taken map[*label]bool, field int, lb *label) {
	a := f.locate(lb)
	if lb.title && a == nil {
		return
	}
	taken[lb] = true
	old, ok := out[field]
	if ok && (old.a != nil && !old.a.blank() || a == nil || (a.blank() && old.a != nil)) {
		return
	}
	out[field] = found{lb, a}
}

// reading is the work on one chosen form.
type reading struct {
	*form
	sheet *Sheet
	today time.Time
	found map[int]found
}

// readAll fills values, cells and problems in the layout's order.
func (r *reading) readAll() {
	r.found = r.assign()
	for i := range r.l.Fields {
		switch field := &r.l.Fields[i]; field.Form {
		case "items":
			r.readItems(field)
		case "other":
			r.readOther(field)
		case "confirmation":
			r.readConfirmation(i, field)
		default:
			r.readField(i, field)
		}
	}
	r.checkSize()
	r.tellBoxes()
}

func (r *reading) problem(key string, sev Severity, blk block, raw, wanted string) {
	cell := ""
	if blk.r1 > 0 {
		cell = blk.name()
	}
	r.sheet.Problems = append(r.sheet.Problems, Problem{
		Field: key, Severity: sev, Sheet: r.g.name, Cell: cell, Found: oneLine(raw), Wanted: wanted,
	})
}

// missing makes the problem of a blank field, if a blank one is a problem.
func (r *reading) missing(field *Field, blk block, raw string) {
	if field.Need == "" {
		return
	}
	wanted := field.Wanted
	if wanted == "" {
		wanted = fmt.Sprintf("「%s」をご記入ください。", field.Name)
		if field.Need == "warning" {
			wanted = fmt.Sprintf("「%s」が空欄です。お分かりになりましたら、ご記入ください。", field.Name)
		}
	}
	if blk.r1 == 0 {
		wanted = fmt.Sprintf("「%s」の欄がシートに見当たりません。所定の様式にてご記入ください。", field.Name)
	}
	r.problem(field.Key, Severity(field.Need), blk, raw, wanted)
}

// readField reads a field that has a label.
func (r *reading) readField(i int, field *Field) {
	fd, ok := r.found[i]
	if !ok {
		if field.Key == "company.postalCode" && r.sheet.Text(field.Key) != "" {
			return
		}
		r.missing(field, block{}, "")
		return
	}
	a := fd.a
	if a == nil {
		a = &answer{blk: block{fd.lb.blk.r1, fd.lb.blk.c2 + 1, fd.lb.blk.r1, fd.lb.blk.c2 + 1}, rule: "right of " + fd.lb.shown}
	}
	value, v, raw := r.understand(field, a)
	r.sheet.Cells[field.Key] = Cell{Sheet: r.g.name, Cell: a.blk.name(), Raw: raw, Rule: a.rule}
	r.sheet.Values[field.Key] = value
	switch v {
	case blank:
		r.missing(field, a.blk, raw)
	case unclear:
		sev, wanted := r.unclear(field, raw)
		r.problem(field.Key, sev, a.blk, raw, wanted)
	}
	if field.Form == "date" && v == understood {
		r.checkReceived(field, a.blk, raw)
	}
}
