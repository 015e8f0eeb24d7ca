package entrysheet

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// understand reads an answer by its field's form. Forms made of digits may be
// spread over boxes: 令和|8|年|11|月|16|日.
func (r *reading) understand(field *Field, a *answer) (Value, verdict, string) {
	rows := firstOfRows(a)
	switch field.Form {
	case "prose":
		raw := (&answer{cells: rows, inline: a.inline}).raw()
		s := parseProse(raw)
		return s, textVerdict(s), raw
	case "text", "name", "agency", "kana", "url", "email", "address", "list":
		raw := (&answer{cells: rows[:min(len(rows), linesOf(field.Form))], inline: a.inline}).raw()
		value, v := r.understandText(field, raw)
		return value, v, raw
	}
	return r.understandCells(field, a)
}

// understandCells reads an answer made of digits: from its first cell with a
// unit in the next one, from its first cell, else from the whole row of cells.
func (r *reading) understandCells(field *Field, a *answer) (Value, verdict, string) {
	var first *gridCell
	raw := trim(a.inline)
	if len(a.cells) > 0 {
		first = a.cells[0]
		raw = first.text
	}
	t := r.typed(a, first, raw)
	if len(a.cells) > 1 && slices.Contains(formatUnits, trim(a.cells[1].text)) {
		t.unit = trim(a.cells[1].text)
		raw += t.unit
	}
	value, v := r.understandDigits(field, t)
	if v == unclear && len(a.cells) > 1 {
		whole := a.raw()
		if joined, w := r.understandDigits(field, typed{raw: whole, date1904: r.w.date1904}); w == understood {
			return joined, w, whole
		}
	}
	return value, v, raw
}

// firstOfRows keeps the first cell of each row.
func firstOfRows(a *answer) []*gridCell {
	var out []*gridCell
	for i, c := range a.cells {
		if i == 0 || c.row != a.cells[i-1].row {
			out = append(out, c)
		}
	}
	return out
}

// linesOf is how many rows of cells an answer of this form may take.
func linesOf(form string) int {
	if form == "address" || form == "list" || form == "text" {
		return 8
	}
	return 1
}

// typed describes an answer by its first cell, nil where it follows a colon.
func (r *reading) typed(a *answer, first *gridCell, raw string) typed {
	t := typed{raw: raw, unit: a.unit, date1904: r.w.date1904}
	if first != nil && first.kind == cellNumber {
		t.number, t.format = true, r.w.numberFormat(first.style)
	}
	if first != nil && first.kind == cellError {
		t.raw = ""
	}
	return t
}

func textVerdict(s string) verdict {
	if s == "" {
		return blank
	}
	return understood
}

func (r *reading) understandText(field *Field, raw string) (Value, verdict) {
	switch field.Form {
	case "list":
		list := parseCountries(raw)
		if len(list) == 0 {
			return list, blank
		}
		return list, understood
	case "email":
		s, v := parseEmail(raw)
		return s, v
	case "url":
		s := parseURL(raw)
		return s, textVerdict(s)
	case "address":
		s, postal := parseAddress(raw)
		if key := "company.postalCode"; postal != "" && r.sheet.Text(key) == "" {
			r.sheet.Values[key] = postal
		}
		return s, textVerdict(s)
	}
	s := parseText(raw)
	if field.Form == "name" || field.Form == "agency" {
		s = parseName(raw)
	}
	if isNothing(s) && !nothing[strings.ToLower(s)] {
		s = "" // only dashes
	}
	return s, textVerdict(s)
}

func (r *reading) understandDigits(field *Field, t typed) (Value, verdict) {
	switch field.Form {
	case "amount":
		n, v := parseAmount(t)
		return wholeOrBlank(n, v)
	case "people":
		n, v := parsePeople(t)
		return wholeOrBlank(n, v)
	case "month":
		s, v := parseMonth(t)
		return s, v
	case "date":
		s, v := parseDate(t)
		return s, v
	case "phone":
		s, v := parsePhone(t)
		return s, v
	case "postal":
		s, v := parsePostal(t)
		return s, v
	}
	s, v := parseCorporateNumber(t)
	return s, v
}

func wholeOrBlank(n int64, v verdict) (Value, verdict) {
	if v != understood {
		return "", v
	}
	return n, v
}

// unclear says what is wanted of an answer that was not understood. It is an
// error where the field is needed, and for a corporate number.
func (r *reading) unclear(field *Field, raw string) (Severity, string) {
	sev := SeverityWarning
	if field.Need == "error" || field.Form == "corporate" {
		sev = SeverityError
	}
	ask := map[string]string{
		"amount":    "「%s」は、「3,000万円」のように金額をご記入ください。",
		"people":    "「%s」は、「45名」のように人数をご記入ください。",
		"month":     "「%s」は、「1990年4月」のように年と月をご記入ください。",
		"date":      "「%s」は、「2026年11月16日」のように年月日をご記入ください（お分かりにならない場合は、到着日としてお取り扱いいたします）。",
		"phone":     "「%s」は、「078-111-2222」のように市外局番からご記入ください。",
		"postal":    "「%s」は、「657-0000」のように7桁の数字をご記入ください。",
		"email":     "「%s」は、「name@example.com」のように1つのアドレスをご記入ください。",
		"corporate": "「%s」は13桁の数字です。検査用数字と一致いたしませんので、国税庁の法人番号公表サイト等でお確かめのうえ、ご記入ください。",
	}[field.Form]
	if field.Form == "corporate" && len(onlyDigits(asciiWidth(raw))) != 13 {
		ask = "「%s」は、13桁の数字をご記入ください。"
	}
	return sev, fmt.Sprintf(ask, field.Name)
}

// checkReceived asks about a day of receipt that has not come yet.
func (r *reading) checkReceived(field *Field, blk block, raw string) {
	day := r.sheet.Text(field.Key)
	if today := r.today.Format(time.DateOnly); day > today {
		r.problem(field.Key, SeverityError, blk, raw, fmt.Sprintf(
			"「%s」には、本日（%s）以前の日付をご記入ください。", field.Name, r.today.Format("2006年1月2日")))
	}
}

// checkSize warns where capital and people both exceed what makes a small or
// medium enterprise of this industry (中小企業基本法 第2条 第1項).
func (r *reading) checkSize() {
	capital, ok1 := r.sheet.Int("company.capital")
	people, ok2 := r.sheet.Int("company.employees")
	if !ok1 || !ok2 || len(r.l.SizeClasses) == 0 {
		return
	}
	industry := r.sheet.Text("company.industry")
	var limit SizeClass
	for _, c := range r.l.SizeClasses {
		if c.matches(industry) {
			limit = c
			break
		}
	}
	if limit.Capital == 0 || capital <= limit.Capital || people <= limit.People {
		return
	}
	at := r.sheet.Cells["company.capital"]
	r.sheet.Problems = append(r.sheet.Problems, Problem{
		Field: "company.capital", Severity: SeverityWarning, Sheet: at.Sheet, Cell: at.Cell, Found: oneLine(at.Raw),
		Wanted: "資本金と従業員数から、中堅・中小企業に当たるかどうかのご確認をお願いいたします。",
	})
}

func (c SizeClass) matches(industry string) bool {
	for _, part := range c.Contains {
		if strings.Contains(industry, part) {
			return true
		}
	}
	return len(c.Contains) == 0
}
