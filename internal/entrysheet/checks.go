package entrysheet

import (
	"fmt"
	"slices"
	"strings"
)

// readItems reads the boxes of 依頼内容.
func (r *reading) readItems(field *Field) {
	items, raws := []int{}, []string{}
	var first *box
	unreadable := 0
	for _, b := range r.boxes {
		if b.item < 0 {
			continue
		}
		if first == nil || b.markBlk.before(first.markBlk) {
			first = b
		}
		number := r.l.Items[b.item].Number
		switch {
		case b.floats:
			unreadable++
			r.unreadableBox(field, b, fmt.Sprintf("%02d %s", number, r.l.Items[b.item].Names[0]))
		case b.mark == markYes:
			items = append(items, number)
			raws = append(raws, b.raw)
		case b.mark == markCross || b.mark == markOdd:
			r.problem(field.Key, SeverityWarning, b.markBlk, b.raw, fmt.Sprintf(
				"「%02d %s」をご希望かどうか、ご確認をお願いいたします。ご希望の項目には「☑」または「✓」をお入れください。", number, r.l.Items[b.item].Names[0]))
		}
	}
	if first == nil {
		r.missing(field, block{}, "")
		return
	}
	slices.Sort(items)
	rule := r.itemsRule()
	r.sheet.Cells[field.Key] = Cell{Sheet: r.g.name, Cell: first.markBlk.name(), Raw: strings.Join(raws, "、"), Rule: rule}
	if unreadable > 0 && len(items) == 0 {
		return // not known, which is not "none"
	}
	r.sheet.Values[field.Key] = items
	if len(items) == 0 {
		r.missing(field, first.markBlk, "")
	}
}

// itemsRule says how many boxes there are, and of which form controls told.
func (r *reading) itemsRule() string {
	n, controls, by := 0, 0, ""
	for _, b := range r.boxes {
		if b.item >= 0 {
			n++
			if b.by != "" {
				controls, by = controls+1, b.by
			}
		}
	}
	if controls == 0 {
		return fmt.Sprintf("check marks of %d boxes", n)
	}
	return fmt.Sprintf("check marks of %d boxes, %d of them form controls, by %s", n, controls, by)
}

func (r *reading) unreadableBox(field *Field, b *box, name string) {
	r.problem(field.Key, SeverityWarning, b.markBlk, "", fmt.Sprintf(
		"「%s」のチェックボックスの状態を読み取ることができませんでした。チェックの有無のご確認をお願いいたします。", name))
	r.sheet.Problems[len(r.sheet.Problems)-1].Unreadable = true
	r.sheet.ChecksUnreadable = true
}

// readOther reads the text that belongs to 13 その他: in the box's own text,
// else to its right, else below it.
func (r *reading) readOther(field *Field) {
	i := slices.IndexFunc(r.boxes, func(b *box) bool { return b.item >= 0 && r.l.Items[b.item].Other })
	if i < 0 {
		return
	}
	b := r.boxes[i]
	text, at, rule := b.rest, b.text, "beside the box その他"
	lb := &label{blk: b.text, shown: "その他", fields: []int{r.l.byKey[field.Key]}, region: r.regionOf(b.text)}
	if text == "" {
		for _, a := range []*answer{r.rightOf(lb), r.belowOf(lb)} {
			if a != nil && !a.blank() && otherText("その他"+a.raw()) != "" {
				text, at, rule = otherText("その他"+a.raw()), a.blk, a.rule
				break
			}
		}
	}
	r.sheet.Cells[field.Key] = Cell{Sheet: r.g.name, Cell: at.name(), Raw: text, Rule: rule}
	r.sheet.Values[field.Key] = parseText(text)
	number := r.l.Items[b.item].Number
	if text == "" && slices.Contains(r.sheet.Ints("request.items"), number) {
		r.missing(field, at, "")
	}
}

// readConfirmation reads one of the four boxes of the intake agency.
func (r *reading) readConfirmation(i int, field *Field) {
	at := slices.IndexFunc(r.boxes, func(b *box) bool { return b.field == i })
	if at < 0 {
		r.missing(field, block{}, "")
		return
	}
	b := r.boxes[at]
	r.sheet.Cells[field.Key] = Cell{Sheet: r.g.name, Cell: b.markBlk.name(), Raw: b.raw, Rule: "check mark of its box"}
	if b.by != "" {
		cell := r.sheet.Cells[field.Key]
		cell.Rule = fmt.Sprintf("form control, by %s", b.by)
		r.sheet.Cells[field.Key] = cell
	}
	if b.floats {
		r.unreadableBox(field, b, field.Name)
		return
	}
	r.sheet.Values[field.Key] = b.mark == markYes
	if b.mark == markYes || field.Need == "" {
		return
	}
	wanted := fmt.Sprintf("「%s」の欄にチェックをお入れください（全項目のご確認が必要です）。", field.Name)
	if b.mark == markCross || b.mark == markOdd {
		wanted = fmt.Sprintf("「%s」をご確認のうえ、該当する場合は「☑」または「✓」をお入れください（全項目のご確認が必要です）。", field.Name)
	}
	r.problem(field.Key, Severity(field.Need), b.markBlk, b.raw, wanted)
}
