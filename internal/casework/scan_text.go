package casework

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What of a sheet's values is looked for, and how it is found in a text (Scan).

// foldScan folds what does not change a value to a reader: widths, letter case, spaces and punctuation inside.
func foldScan(s string) string {
	return strings.Map(func(r rune) rune {
		if passedOver(r) {
			return -1
		}
		return r
	}, loose(s))
}

func loose(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// passedOver tells whether a rune inside a value does not count.
func passedOver(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("-‐‑‒–—―−ーｰ()・.,、", r)
}

// shortName is a company's name of two or three characters, without its legal form. One that is written with a kanji says
// who it is: three characters (灘酒造) wherever they stand; two only as a word of their own, since they stand in other words,
// too (日本 in 日本酒). Names of kana or letters alone are words of everyday (サクラ, ABC): those count from four on.
func shortName(name string) (Secret, bool) {
	v := foldScan(FoldName(name))
	n := len([]rune(v))
	return Secret{Field: "company.name", Value: v, Word: n == 2}, (n == 2 || n == 3) && strings.ContainsFunc(v, kanji)
}

func kanji(r rune) bool { return unicode.Is(unicode.Han, r) }

// hasWord tells whether a text holds a folded value as a word of its own: no kanji goes on before or behind it, except
// those that stand at a company's name.
func hasWord(text, value string) bool {
	all, want := []rune(loose(text)), []rune(value)
	var folded []rune
	var at []int // their places in all
	for i, r := range all {
		if !passedOver(r) {
			folded, at = append(folded, r), append(at, i)
		}
	}
	for i := 0; i+len(want) <= len(folded); i++ {
		if slices.Equal(folded[i:i+len(want)], want) && !goesOn(string(all[:at[i]]), string(all[at[i+len(want)-1]+1:])) {
			return true
		}
	}
	return false
}

// goesOn tells whether what stands between two texts is a part of a longer word.
func goesOn(before, after string) bool {
	for _, title := range []string{"様", "殿", "氏", "御中", "社"} {
		if rest, ok := strings.CutPrefix(after, title); ok {
			after = rest
			break
		}
	}
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	return kanji(last) && !strings.HasSuffix(before, "会社") || kanji(next) && !legalForm.MatchString(after)
}

// legalForm is one behind a name.
var legalForm = regexp.MustCompile(`^(?:株式|有限|合同|合資|合名)会社`)

// sentences are a free text and each of its sentences of eight characters and up.
func sentences(s string) []string {
	out := []string{s}
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("。．\n\r", r) }) {
		if len([]rune(strings.TrimSpace(part))) >= 8 {
			out = append(out, part)
		}
	}
	return out
}

// withoutTitle is the name behind 代表取締役 and the like.
func withoutTitle(s string) string {
	for _, title := range []string{"代表取締役社長", "代表取締役", "代表社員", "取締役社長", "取締役", "代表者", "代表", "理事長", "社長", "会長"} {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(s), title); ok {
			return rest
		}
	}
	return s
}

// withoutPrefecture is an address from the city on: letters name a prefecture without naming the company.
func withoutPrefecture(s string) string {
	if i := strings.IndexAny(s, "都道府県"); i >= 0 && len([]rune(s[:i])) <= 3 {
		return strings.TrimLeft(s[i:], "都道府県")
	}
	return s
}

// domainOf is the domain of a mail address or of a web page, without www.
func domainOf(s string) string {
	if _, after, ok := strings.Cut(s, "://"); ok {
		s = after
	}
	s = s[strings.LastIndexByte(s, '@')+1:]
	s, _, _ = strings.Cut(s, "/")
	return strings.TrimPrefix(s, "www.")
}
