package casework

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// How a confidential value is found in a text (Scan).

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
