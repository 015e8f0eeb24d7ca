package play

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"uketsuke/internal/casework"
)

// A mark is a value that stands in one sheet only (or in all sheets of a company: its number): "zq00042", or an amount of
// ten digits that begins with 73. Marks are found in any text in one walk.

// sheet is a sheet that somebody sends, and the marks of its values.
type sheet struct {
	in     casework.SheetIn
	marks  []string // of every value that is confidential
	typed  []string // of those that people write about: names, people, addresses, phones, sentences
	number int
}

// markbook knows which mark stands in which sheets.
type markbook struct {
	sheets []sheet
	owners map[string][]int // mark -> numbers of the sheets
	count  int
}

// free are the fields that an inquiry may tell or that say nothing: no marks.
var free = map[string]bool{"layout": true, "industry": true, "countries": true, "items": true, "received": true}

// dull are confidential words that name neither the company nor its people: no letter tells them, but people may type
// the like.
var dull = map[string]bool{"introducer.branch": true, "company.contactDepartment": true, "company.founded": true, "addressee.agency": true, "amount": true}

// fresh makes a sheet of marks: of a company that is known under a corporate number, whose address may be somebody else's.
func (b *markbook) fresh(corporate, email string, bad bool) sheet {
	s := sheet{number: len(b.sheets)}
	add := func(name, m string) {
		s.marks = append(s.marks, m)
		b.owners[m] = append(b.owners[m], s.number)
		if name != "" && !dull[name] {
			s.typed = append(s.typed, m)
		}
	}
	b.fill(reflect.ValueOf(&s.in.Entry).Elem(), "", add)
	c := &s.in.Entry.Company
	c.CorporateNumber = corporate
	add("corporateNumber", corporate)
	c.Email, c.Industry, c.Countries = email, "食品", []string{"ベトナム"}
	if email == "" {
		c.Email = b.mail(add)
	}
	for _, m := range b.find(email) {
		add("", m)
	}
	for _, m := range []string{c.Email, s.in.Entry.Introducer.Email} {
		_, domain, _ := strings.Cut(m, "@")
		s.typed = append(s.typed, m, domain)
	}
	s.in.Entry.Request.Items = []int{1, 7}
	name := b.next()
	add("", name)
	s.in.File = casework.SheetFile{Blob: fmt.Sprintf("sheet-%04d", s.number), Name: name + ".xlsx", Size: 20480}
	if bad {
		s.in.Problems = []casework.Problem{{Field: "company.phone", Severity: casework.SeverityError, Found: c.Phone, Wanted: "ご記入ください。"}}
	}
	b.sheets = append(b.sheets, s)
	return s
}

func (b *markbook) next() string {
	b.count++
	return fmt.Sprintf("zq%05d", b.count)
}

// mail is an address of which domain and mailbox are marks.
func (b *markbook) mail(add func(name, m string)) string {
	box, domain := b.next(), b.next()
	add("", box)
	add("", domain)
	return box + "@" + domain + ".example"
}

// fill gives every text and amount of a struct a mark of its own.
func (b *markbook) fill(v reflect.Value, path string, add func(name, m string)) {
	for i := range v.NumField() {
		f := v.Field(i)
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		switch {
		case free[name] || name == "corporateNumber" || name == "email" && v.Type() == reflect.TypeFor[casework.Company]():
		case f.Kind() == reflect.Struct:
			b.fill(f, name+".", add)
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		case f.Kind() == reflect.Int64:
			b.count++
			f.SetInt(7_300_000_000 + int64(b.count))
			add("amount", fmt.Sprint(f.Int()))
		case name == "email":
			f.SetString(b.mail(add))
		case f.Kind() == reflect.String:
			m := b.next()
			f.SetString(m)
			add(path+name, m)
		}
	}
}

// find lists the marks in a text in lower case, each once. Spaces, line breaks, quote marks, commas and dashes inside a
// mark do not hide it.
func (b *markbook) find(text string) []string {
	text = bare(text)
	var out []string
	for i := 0; i+7 <= len(text); i++ {
		n := 7
		switch {
		case text[i] == 'z' && text[i+1] == 'q':
		case text[i] == '7' && text[i+1] == '3':
			n = 10
		default:
			continue
		}
		if i+n > len(text) {
			break
		}
		if m := text[i : i+n]; b.owners[m] != nil && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// bare is a text without what may stand inside a value: everything of ASCII but letters, digits, dots and at signs.
func bare(text string) string {
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		if c := text[i]; c >= 0x80 || letterOrDigit(rune(c)) || c == '.' || c == '@' {
			out = append(out, c)
		}
	}
	return string(out)
}

// content is what an opened workbook says: all marks of its sheet.
func (s sheet) content() string { return strings.Join(s.marks, " ") }
