package intake

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"uketsuke/internal/inbound"
)

// Bounds of the search for passwords: more candidates than a file may be tried with are of no use.
const (
	maxPasswords    = 64
	maxPasswordText = 64 << 10 // bytes of text
	minPassword     = 4        // characters, of a word that no label and no quotes point out
	longestPassword = 64       // characters
)

// PasswordsIn lists every word of a mail's text that could be a password, the likeliest first: behind a label
// (パスワード：, PW:, 解凍パスワード), in quotes (「」), alone on a line, and then any other word of Latin letters, digits and
// signs. Full-width forms are folded to what is typed into the dialog; the form as written follows.
func PasswordsIn(text string) []string {
	if len(text) > maxPasswordText {
		text = strings.ToValidUTF8(text[:maxPasswordText], "")
	}
	var ranks [rankCount][]string
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		for _, folded := range slices.Compact([]string{foldWidth(line), line}) {
			labelled(folded, lines[i+1:], &ranks[rankLabel])
			for _, m := range quotedWord.FindAllStringSubmatch(folded, 20) {
				add(&ranks[rankQuoted], strings.Join(m[1:], ""), 1)
			}
			words := asciiWord.FindAllString(folded, 200)
			if len(words) == 1 && words[0] == strings.Trim(folded, " \t\r\u3000・-*") {
				add(&ranks[rankAlone], words[0], minPassword)
			}
			for _, w := range words {
				rank := rankWord
				if mixed(w) {
					rank = rankMixed
				}
				add(&ranks[rank], w, minPassword)
			}
		}
	}
	var all []string
	for _, words := range ranks {
		for _, w := range words {
			if len(all) < maxPasswords && !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all
}

// The ranks of candidates.
const (
	rankLabel = iota
	rankQuoted
	rankAlone
	rankMixed // a digit, or capitals inside
	rankWord
	rankCount
)

var (
	passwordLabel = regexp.MustCompile(`(?i)(?:パスワード|ﾊﾟｽﾜｰﾄﾞ|ﾊﾟｽﾜ-ﾄﾞ|パスコード|パスフレーズ|パス(?:は|[:：=＝])|暗証番号|解凍キー|解凍コード` +
		`|\bpass ?(?:word|code|phrase)?\b|\bpwd?\b|\bp/w\b|ＰＷ)`)
	// labelEnd is what stands between a label and its password.
	labelEnd = regexp.MustCompile(`^(?:[^:：=＝→⇒\n]{0,12}[:：=＝→⇒]+|[\]】）)』」>＞]|は|\bis\b|[ \t\x{3000}])` +
		`[ \t\x{3000}「『"'“”<＜\[【(（]*`)
	quotedWord = regexp.MustCompile("「([^「」\\s]{1,64})」|『([^『』\\s]{1,64})』|“([^“”\\s]{1,64})”" +
		"|\"([^\"\\s]{1,64})\"|【([!-~]{4,64})】|<([!-~]{4,64})>|\\[([!-~]{4,64})\\]|'([^'\\s]{4,64})'|`([^`\\s]{4,64})`")
	asciiWord = regexp.MustCompile(`[!-~]+`)
)

// labelled adds what stands behind each label of a line, or in the next line that is not blank when nothing does.
func labelled(line string, below []string, list *[]string) {
	for _, at := range passwordLabel.FindAllStringIndex(line, 10) {
		rest := line[at[1]:]
		end := labelEnd.FindString(rest)
		rest = rest[len(end):]
		if end == "" {
			continue
		}
		if w := asciiPrefix(rest); w != "" {
			add(list, w, 1)
			continue
		}
		if w, _, _ := strings.Cut(strings.TrimSpace(rest), " "); w != "" && len(end) > 1 && !strings.ContainsAny(w, "。、") {
			add(list, strings.TrimRight(w, "」』）】です。 "), 1) // 「パスワード：ひみつ」
		}
		if strings.TrimSpace(rest) != "" {
			continue
		}
		for _, next := range below[:min(3, len(below))] {
			if next = strings.Trim(foldWidth(next), " \t\r\u3000・「」『』\"'"); next != "" {
				add(list, asciiPrefix(next), 1)
				break
			}
		}
	}
}

// mixed reports whether a word has a digit, or capitals after its first letter but not throughout.
func mixed(w string) bool {
	return strings.ContainsAny(w, "0123456789") || strings.ToLower(w[1:]) != w[1:] && strings.ToUpper(w) != w
}

// asciiPrefix is the run of printable ASCII at the start of s.
func asciiPrefix(s string) string {
	i := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
	if i < 0 {
		return s
	}
	return s[:i]
}

// add takes a candidate, and what is left of it without the punctuation and brackets that may be the sentence's.
func add(list *[]string, word string, least int) {
	for _, w := range []string{word, strings.TrimRight(word, `.,;:)]}>"'`), strings.Trim(word, `()[]{}<>"'.,;:*`)} {
		n := utf8.RuneCountInString(w)
		if n < least || n > longestPassword || isAddress(w) || slices.Contains(*list, w) {
			continue
		}
		*list = append(*list, w)
	}
}

// isAddress reports whether a word is a URL or a mail address, or a rule drawn with signs.
func isAddress(w string) bool {
	at := strings.IndexByte(w, '@')
	return strings.Contains(w, "://") || at > 0 && strings.Contains(w[at:], ".") || strings.Trim(w, "-=_*+~#.") == ""
}

// foldWidth makes full-width letters, digits and signs those of the keyboard.
func foldWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 0xff01 <= r && r <= 0xff5e:
			return r - 0xff01 + '!'
		case r == 0x3000:
			return ' '
		case r == '￥':
			return '¥'
		}
		return r
	}, s)
}

// Words are the candidates in a mail's subject and new text; none where it cannot be read.
func Words(raw []byte, s Settings) (words []string) {
	defer func() {
		if recover() != nil {
			words = nil
		}
	}()
	m, err := inbound.Parse(raw, s.Inbound)
	if err != nil {
		return nil
	}
	return PasswordsIn(m.Text + "\n" + m.Subject)
}
