package certificate

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kinsoku (JIS X 4051): characters that may not begin or may not end a line.
const (
	notAtStart = "、。，．・：；！？゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】°′″℃％‰ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;!?)]}%-‐–～〜｣､｡ｰﾞﾟｧｨｩｪｫｬｭｮｯ"
	notAtEnd   = "‘“（〔［｛〈《「『【([{｢￥＄£＃№"
)

// legalForms stay in one piece when a name is broken into lines.
var legalForms = []string{
	"株式会社", "有限会社", "合同会社", "合資会社", "合名会社", "一般社団法人", "一般財団法人", "公益社団法人",
	"公益財団法人", "特定非営利活動法人", "事業協同組合", "協同組合", "商工会議所", "商工会連合会", "信用金庫", "信用組合",
}

// width is the advance of s in points at the size, spacing added after every character.
func (b *fontBook) width(s string, st style) float64 {
	table, sum, n := b.table(st), 0, 0
	for _, r := range s {
		sum += int(table[r].advance)
		n++
	}
	return float64(sum)*st.size/1000 + float64(n)*st.spacing
}

// pieces cuts s where a line may end. Words of Latin letters, of katakana and legal forms stay
// whole, unless wider than limit: then they are cut between characters.
func (b *fontBook) pieces(s string, st style, limit float64) []string {
	var out []string
	runes := []rune(s)
	for start := 0; start < len(runes); {
		end := start + wordLength(runes[start:])
		for end < len(runes) && sticks(runes[end-1], runes[end]) {
			end += wordLength(runes[end:])
		}
		word := string(runes[start:end])
		if b.width(strings.TrimRight(word, " "), st) > limit {
			out = append(out, cut(runes[start:end])...)
		} else {
			out = append(out, word)
		}
		start = end
	}
	return out
}

// cut breaks a word between characters, where kinsoku lets it.
func cut(word []rune) []string {
	var out []string
	for i, r := range word {
		if i > 0 && sticks(word[i-1], r) {
			out[len(out)-1] += string(r)
		} else {
			out = append(out, string(r))
		}
	}
	return out
}

// wordLength is the number of runes at the beginning that belong together; at least 1.
func wordLength(runes []rune) int {
	for _, form := range legalForms {
		if strings.HasPrefix(string(runes[:min(len(runes), 9)]), form) {
			return len([]rune(form))
		}
	}
	kind := wordKind(runes[0])
	n := 1
	for kind != 0 && n < len(runes) && wordKind(runes[n]) == kind {
		n++
	}
	return n
}

// wordKind is 0 for a character that stands alone, else a number for each kind of word.
func wordKind(r rune) int {
	switch {
	case r == 'ー', r != '・' && unicode.Is(unicode.Katakana, r):
		return 1
	case r > ' ' && r < 0x370, '０' <= r && r <= 'ｚ':
		return 2
	}
	return 0
}

// sticks tells that no line may end between the two; a space goes with what stands before it.
func sticks(before, after rune) bool {
	return after == ' ' || after == '\u3000' || strings.ContainsRune(notAtStart, after) || strings.ContainsRune(notAtEnd, before)
}

// wrap breaks s into lines no wider than limit.
func (b *fontBook) wrap(s string, st style, limit float64) []string {
	var lines []string
	line := ""
	for _, piece := range b.pieces(s, st, limit) {
		if line != "" && b.width(strings.TrimRight(line+piece, " \u3000"), st) > limit {
			lines = append(lines, strings.TrimRight(line, " \u3000"))
			line = ""
		}
		line += piece
	}
	return append(lines, strings.TrimRight(line, " \u3000"))
}

// balance breaks s into as many lines as wrap does, choosing ends that leave lines of like length
// and fall between words where they can.
func (b *fontBook) balance(s string, st style, limit float64) []string {
	count := len(b.wrap(s, st, limit))
	if count == 1 {
		return []string{s}
	}
	pieces := b.pieces(s, st, limit)
	if lines := b.bestBreaks(pieces, st, limit, count); lines != nil {
		return lines
	}
	return b.wrap(s, st, limit)
}

// bestBreaks divides pieces into exactly count lines at the least cost: the square of each line's
// distance from the mean length, and a penalty for an end inside what may be a word.
func (b *fontBook) bestBreaks(pieces []string, st style, limit float64, count int) []string {
	n := len(pieces)
	upTo := make([]float64, n+1) // width of the pieces before i
	for i, piece := range pieces {
		upTo[i+1] = upTo[i] + b.width(piece, st)
	}
	mean := upTo[n] / float64(count)
	cost := make([][]float64, count+1) // cost[k][i]: the first i pieces on k lines
	from := make([][]int, count+1)     // and where the last of these lines begins
	for k := range cost {
		cost[k], from[k] = make([]float64, n+1), make([]int, n+1)
		for i := range cost[k] {
			cost[k][i] = math.Inf(1)
		}
	}
	cost[0][0] = 0
	for k := 1; k <= count; k++ {
		for i := 1; i <= n; i++ {
			for j := i - 1; j >= 0 && upTo[i]-upTo[j] <= limit; j-- {
				uneven := (upTo[i] - upTo[j] - mean) / limit
				if c := cost[k-1][j] + uneven*uneven + breakPenalty(pieces, i); c < cost[k][i] {
					cost[k][i], from[k][i] = c, j
				}
			}
		}
	}
	if math.IsInf(cost[count][n], 1) {
		return nil
	}
	lines := make([]string, count)
	for k, i := count, n; k > 0; k-- {
		j := from[k][i]
		lines[k-1] = strings.Trim(strings.Join(pieces[j:i], ""), " \u3000")
		i = j
	}
	return lines
}

// breakPenalty tells how badly a line ends before piece i: not at all after a separator, at a
// bracket, around a legal form; somewhat where the script changes; most between two kanji.
func breakPenalty(pieces []string, i int) float64 {
	if i == 0 || i == len(pieces) {
		return 0
	}
	before, _ := utf8.DecodeLastRuneInString(pieces[i-1])
	after, _ := utf8.DecodeRuneInString(pieces[i])
	switch {
	case strings.ContainsRune(" \u3000・、。，,／/）」』】〉》", before), strings.ContainsRune(notAtEnd, after),
		slices.Contains(legalForms, pieces[i-1]), slices.Contains(legalForms, pieces[i]):
		return 0
	case unicode.Is(unicode.Han, before) != unicode.Is(unicode.Han, after):
		return 0.03
	}
	return 0.08
}

// fitting is one way to set a text: at most so many lines at this size.
type fitting struct {
	lines int
	size  float64
}

// fit sets s in the first way that works. What is too long for the last one ends with ….
func (b *fontBook) fit(s string, st style, limit float64, ways []fitting) ([]string, style) {
	for _, way := range ways {
		st.size = way.size
		if b.width(s, st) > limit*float64(way.lines) {
			continue
		}
		if lines := b.balance(s, st, limit); len(lines) <= way.lines {
			return lines, st
		}
	}
	lines := b.wrap(s, st, limit)
	if most := ways[len(ways)-1].lines; len(lines) > most {
		lines = lines[:most]
		lines[most-1] = b.shorten(lines[most-1], st, limit)
	}
	return lines, st
}

// shorten cuts a line so that … fits behind it.
func (b *fontBook) shorten(line string, st style, limit float64) string {
	runes := []rune(line)
	for len(runes) > 0 && b.width(string(runes)+"…", st) > limit {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}
