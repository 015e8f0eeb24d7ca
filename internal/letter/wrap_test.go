package letter

import (
	"html"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestJapaneseLineBreaks(t *testing.T) {
	for _, tc := range []struct {
		rule, text string
		limit      int
		want       []string
	}{
		{"short", "短い", 20, []string{"短い"}},
		{"blank", "", 20, []string{""}},
		{"full-width characters take two columns", "あいうえおかきくけこさ", 20, []string{"あいうえおかきくけこ", "さ"}},
		{"no full stop at a line's beginning", "あいうえおかきくけこ。さ", 20, []string{"あいうえおかきくけ", "こ。さ"}},
		{"nor a run of closing marks", "あいうえおかきくけ」）。さ", 20, []string{"あいうえおかきく", "け」）。さ"}},
		{"nor a small kana or a long mark", "あいうえおかきくサーっと", 18, []string{"あいうえおかきく", "サーっと"}},
		{"no opening bracket at a line's end", "あいうえおかきくけ「さ」", 20, []string{"あいうえおかきくけ", "「さ」"}},
		{"a word of ASCII stays whole", "あいうえおかきく consortium@kobe.example まで", 30, []string{"あいうえおかきく", "consortium@kobe.example まで"}},
		{"an address wider than the line stands alone", "宛先 consortium@kobe.example です", 10, []string{"宛先", "consortium@kobe.example", "です"}},
		{"a number keeps its counter", "あいうえおかきくけ12月3日まで", 20, []string{"あいうえおかきくけ", "12月3日まで"}},
		{"doubled marks stay together", "あいうえおかきくけ……さ", 20, []string{"あいうえおかきく", "け……さ"}},
		{"様 stays with the name", "あいうえおかきくけこ様", 20, []string{"あいうえおかきくけ", "こ様"}},
		{"spaces at a break disappear", "あいうえおかきくけこ　　さ", 20, []string{"あいうえおかきくけこ", "さ"}},
		{"nothing but marks", "。。。。。。。。。。。。", 20, []string{"。。。。。。。。。。", "。。"}},
		{"a variation selector stays with its character", "ああああああああああ葛\U000e0100城", 22, []string{"ああああああああああ葛\U000e0100", "城"}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			if got := wrap(tc.text, tc.limit); !slices.Equal(got, tc.want) {
				t.Errorf("wrap = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestWrappingLosesNothingAndKeepsTheRules(t *testing.T) {
	letters := rapid.RuneFrom([]rune("あいう漢字、。「」（）ーっ…abcdef@.-123 　年髙"))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(letters, 0, 200, -1).Draw(t, "text")
		limit := rapid.IntRange(20, 70).Draw(t, "limit")
		lines := wrap(s, limit)
		blank := strings.NewReplacer(" ", "", "　", "")
		if got := blank.Replace(strings.Join(lines, "")); got != blank.Replace(s) {
			t.Fatalf("lost: %q became %q", s, got)
		}
		for i, l := range lines {
			if n := textWidth(l); n > limit && len(splitUnits(l)) > 1 {
				t.Fatalf("line %q has %d columns of %d", l, n, limit)
			}
			if i == 0 || l == "" {
				continue
			}
			first, before := splitUnits(l)[0], splitUnits(lines[i-1])
			if first.notFirst && slices.ContainsFunc(before[1:], func(u unitOfText) bool { return !u.notFirst && !u.space }) &&
				!slices.ContainsFunc(before, func(u unitOfText) bool { return u.notLast || u.width > 2 || u.space }) {
				t.Fatalf("line %q begins with a mark after %q", l, lines[i-1])
			}
		}
	})
}

func TestNoLineOfALetterIsWiderThan35Characters(t *testing.T) {
	eachLetter(t, func(s Sample, p Parts) {
		for line := range strings.Lines(p.Text) {
			line = strings.TrimRight(line, "\n")
			if textWidth(line) > columns && !strings.Contains(line, "[") {
				t.Errorf("%s: %q", s.Name, line)
			}
			if strings.TrimRight(line, " 　") != line {
				t.Errorf("%s: blanks at the end of %q", s.Name, line)
			}
		}
	})
}

func TestNumbersAndAddressesStayWholeInHTML(t *testing.T) {
	const whole, end = `<span style="white-space:nowrap">`, `</span>`
	got := string(asHTML("電話：078-000-0042（a@b-c.example）まで\n\x00<&\"'+>"))
	want := "電話：" + whole + "078-000-0042" + end + "（" + whole + "a@b-c.example" + end + "）まで<br>\ufffd&lt;&amp;&#34;&#39;&#43;&gt;"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	tags := strings.NewReplacer(whole, "", end, "", "<br>", "\n")
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("あ漢ab-@ .　<>&'\"+\n"))).Draw(t, "text")
		if back := html.UnescapeString(tags.Replace(string(asHTML(s)))); back != s {
			t.Fatalf("%q became %q", s, back)
		}
	})
}
