package certificate

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// geta stands for a character that cannot be drawn, as printers put a 〓 for type they lacked.
const geta = '〓'

// cleaner makes values drawable and remembers what it had to replace.
type cleaner struct {
	book    *fontBook
	missing []rune
}

// clean returns the certificate with every printed value drawable.
func (w *cleaner) clean(c Certificate) Certificate {
	for _, value := range []*string{
		&c.MemberNumber, &c.RegistrationNumber, &c.Company, &c.CompanyKana, &c.Agency, &c.Concierge,
		&c.ConciergePhone, &c.ConciergeEmail, &c.Office, &c.OfficePhone, &c.OfficeEmail,
	} {
		*value = w.line(*value)
	}
	return c
}

// maxValue bounds what is set of one value, in characters; more fits nowhere and ends with … anyway.
const maxValue = 2000

// line returns one line of text in which every character has a glyph.
func (w *cleaner) line(s string) string {
	var b strings.Builder
	for _, r := range compose(visible(beginning(s, maxValue))) {
		if _, ok := w.book.text[r]; !ok {
			if !slices.Contains(w.missing, r) {
				w.missing = append(w.missing, r)
			}
			r = geta
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return r == ' ' }), " ")
}

// beginning returns the first n characters of s.
func beginning(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// visible takes out what has no shape of its own (variation selectors, joiners, marks of
// direction, controls) and turns every kind of blank but the full-width one into a space.
// Kangxi radicals, which copied PDF text is full of, become the ideographs they look like.
func visible(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case isVariationSelector(r), unicode.Is(unicode.Cf, r):
		case r == '\u3000':
			b.WriteRune(r)
		case unicode.IsSpace(r), unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case unicode.IsControl(r):
		case '\u2F00' <= r && r <= '\u2FD5':
			b.WriteString(norm.NFKC.String(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	return strings.Trim(b.String(), " \u3000")
}

// isVariationSelector knows the standardized, the ideographic and the Mongolian selectors.
func isVariationSelector(r rune) bool {
	return '\uFE00' <= r && r <= '\uFE0F' || 0xE0100 <= r && r <= 0xE01EF || '\u180B' <= r && r <= '\u180F'
}

// compose joins combining marks to the character before them (macOS writes か and ゛ for が).
// The whole string is not normalized: NFC would turn the name 神 of U+FA19 into U+795E.
func compose(s string) string {
	if !strings.ContainsFunc(s, isMark) {
		return s
	}
	runes := []rune(s)
	var b strings.Builder
	for i := 0; i < len(runes); {
		end := i + 1
		for end < len(runes) && isMark(runes[end]) {
			end++
		}
		if end == i+1 {
			b.WriteRune(runes[i])
		} else {
			b.WriteString(norm.NFC.String(string(runes[i:end])))
		}
		i = end
	}
	return b.String()
}

func isMark(r rune) bool { return unicode.Is(unicode.Mn, r) }
