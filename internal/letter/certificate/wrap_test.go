package certificate

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestLinesEndWhereJapaneseLinesMay(t *testing.T) {
	book, err := openFonts()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		rule, text string
		columns    float64
		want       []string
	}{
		{"short text stays on its line", "灘浜", 4, []string{"灘浜"}},
		{"kanji break anywhere", "灘浜水産加工", 4, []string{"灘浜水", "産加工"}},
		{"a comma does not begin a line", "灘浜水産、加工", 4, []string{"灘浜水", "産、加工"}},
		{"a small kana does not begin a line", "あいうえっかき", 4, []string{"あいう", "えっかき"}},
		{"an opening bracket does not end a line", "灘浜水（加工部）", 4, []string{"灘浜水", "（加", "工部）"}},
		{"a katakana word stays whole", "灘浜フーズ", 4, []string{"灘浜", "フーズ"}},
		{"a Latin word stays whole", "Kobe Marine Foods", 5, []string{"Kobe", "Marine", "Foods"}},
		{"a legal form stays whole", "水産加工株式会社", 6, []string{"水産加工", "株式会社"}},
		{"a name breaks after its middle dot", "播磨灘地域・水産加工推進会", 8, []string{"播磨灘地域・", "水産加工推進会"}},
		{"a word wider than the line is cut", "グローバルマーケティング", 7, []string{"グローバルマー", "ケティング"}},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			st := style{size: 10}
			if got := book.balance(test.text, st, test.columns*st.size); !slices.Equal(got, test.want) {
				t.Errorf("%q on %v columns: %q, want %q", test.text, test.columns, got, test.want)
			}
		})
	}
}

func TestWrappingLosesNothingAndKeepsTheWidth(t *testing.T) {
	book, err := openFonts()
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"株式会社", "灘浜", "フーズ", "・", "コンソーシアム", "（", "）", "Kobe", "Trading", "𠮷", "っ", "、", "』", "「"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 40).Draw(t, "words"), "")
		st := style{size: 10}
		limit := float64(rapid.IntRange(120, 400).Draw(t, "limit"))
		for name, lines := range map[string][]string{"wrap": book.wrap(text, st, limit), "balance": book.balance(text, st, limit)} {
			if strings.Join(lines, "") != text {
				t.Fatalf("%s: %q became %q", name, text, lines)
			}
			for _, line := range lines {
				if w := book.width(line, st); w > limit && !unbreakable(line) {
					t.Fatalf("%s: %q is %.0f wide, limit %.0f", name, line, w, limit)
				}
			}
		}
	})
}

// unbreakable tells that every joint of the line is forbidden by kinsoku.
func unbreakable(line string) bool {
	runes := []rune(line)
	for i := 1; i < len(runes); i++ {
		if !sticks(runes[i-1], runes[i]) {
			return false
		}
	}
	return true
}

func TestLongTextIsShortenedToItsLines(t *testing.T) {
	book, err := openFonts()
	if err != nil {
		t.Fatal(err)
	}
	lines, st := book.fit(strings.Repeat("灘浜", 50), style{size: 10}, 100, []fitting{{1, 10}, {2, 8}})
	if len(lines) != 2 || st.size != 8 || !strings.HasSuffix(lines[1], "…") {
		t.Fatalf("%q at %v", lines, st.size)
	}
	if utf8.RuneCountInString(lines[0]) != 12 || book.width(lines[1], st) > 100 {
		t.Errorf("lines %q do not fill the width of 12 characters", lines)
	}
}
