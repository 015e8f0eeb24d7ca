package entrysheet

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// typed is an answer as it stands on the sheet.
type typed struct {
	raw      string       // text of the cell, or of the cells it is spread over
	number   bool         // the cell holds a number
	format   numberFormat // of that number
	unit     string       // from the label's brackets: 資本金（万円）
	date1904 bool         // the workbook counts days from 1904
}

// verdict is how well an answer was understood.
type verdict uint8

const (
	understood verdict = iota
	blank              // nothing stands there, or 「なし」
	unclear            // something stands there that cannot be understood
)

// numberFormat is what a cell's number format adds to its number.
type numberFormat struct {
	date  bool   // shows a date
	scale int    // thousands left out: #,##0,
	unit  string // literal unit: "千円", "万円", "名"
}

// numberFormat looks a style's format up; an unknown style has none.
func (w *workbook) numberFormat(style int) numberFormat {
	if f, ok := w.formats[style]; ok {
		return f
	}
	f := parseNumberFormat(w.formatCode(style))
	w.formats[style] = f
	return f
}

// formatCode returns the code of a style's number format; built-in formats
// that show dates are given as "yyyy" (ECMA-376 part 1, 18.8.30).
func (w *workbook) formatCode(style int) string {
	if w.xls != nil {
		return xlsFormat(w.xls, style)
	}
	return w.cellFormats().code(style)
}

// builtinFormat gives what is asked of a format that no file spells out.
func builtinFormat(n int) string {
	if n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 50 && n <= 58 {
		return "yyyy"
	}
	return ""
}

var formatUnits = []string{"百万円", "千円", "万円", "億円", "円", "名", "人"}

func parseNumberFormat(code string) numberFormat {
	code, _, _ = strings.Cut(code, ";")
	var f numberFormat
	bare, literal := splitFormat(code)
	for _, u := range formatUnits {
		if strings.Contains(literal, u) {
			f.unit = u
			break
		}
	}
	lower := strings.ToLower(bare)
	f.date = !strings.Contains(lower, "general") && !strings.ContainsAny(lower, "0#?") && strings.ContainsAny(lower, "ymdeg")
	if last := strings.LastIndexAny(bare, "0#?"); last >= 0 {
		f.scale = len(bare[last+1:]) - len(strings.TrimLeft(bare[last+1:], ","))
	}
	return f
}

// splitFormat separates placeholders from literal text: quoted, escaped, or
// not ASCII. Conditions and locales in [] are left out.
func splitFormat(code string) (bare, literal string) {
	var b, l strings.Builder
	quoted, bracket, escaped := false, false, false
	for _, r := range code {
		switch {
		case escaped:
			l.WriteRune(r)
			escaped = false
		case r == '"':
			quoted = !quoted
		case quoted:
			l.WriteRune(r)
		case r == '\\':
			escaped = true
		case r == '[':
			bracket = true
		case r == ']':
			bracket = false
		case bracket:
		case r >= 0x80:
			l.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), l.String()
}

// nothing are answers that mean "none".
var nothing = map[string]bool{
	"なし": true, "無し": true, "無": true, "ナシ": true, "該当なし": true, "特になし": true, "ありません": true,
	"未記入": true, "未定": true, "不明": true, "n/a": true, "na": true, "none": true, "非公開": true,
}

// isNothing reports whether s, folded, says that there is nothing: blank, only
// dashes, or a word for none.
func isNothing(s string) bool {
	s = strings.ToLower(strings.Trim(norm.NFKC.String(trim(s)), "()。 "))
	rest := strings.TrimFunc(s, func(r rune) bool { return isDash(r) || r == ' ' || r == '_' || r == '/' || r == '.' || r == '…' })
	return rest == "" || nothing[rest]
}

// foldNumber brings a text with numbers to NFKC without spaces and without
// what stands in brackets.
func foldNumber(s string) string {
	return strings.Join(strings.Fields(cutBrackets(norm.NFKC.String(s))), "")
}

var (
	amountBefore = regexp.MustCompile(`^(約|およそ|金|資本金|年商|売上高?|[¥\\])+[:]?`)
	amountAfter  = regexp.MustCompile(`(程度|くらい|ぐらい|前後|強|弱|也|-)+$`)
	peopleBefore = regexp.MustCompile(`^(約|およそ|全|計|従業員数?|社員数?)+[:]?`)
)

// smallestPlainAmount is the yen amount below which a number without a unit
// is taken for one whose unit was forgotten.
const smallestPlainAmount = 10_000

// parseAmount understands 3,000万円, 1億2千万円, 30,000千円, 三千万円 and plain
// numbers with the unit of the label or of the number format. Ranges, other
// currencies and prose are unclear.
func parseAmount(t typed) (int64, verdict) {
	if isNothing(t.raw) {
		return 0, blank
	}
	if t.number && (t.format.unit != "" || t.format.scale > 0) {
		return scaledNumber(t)
	}
	s := amountBefore.ReplaceAllString(foldNumber(t.raw), "")
	s = amountAfter.ReplaceAllString(s, "")
	body, yen := strings.CutSuffix(s, "円")
	if strings.Trim(body, "百千万億兆") == "" {
		return 0, blank // only a unit stands there
	}
	if !yen && strings.Trim(body, "0123456789.,") == "" && t.unit != "" {
		body += strings.TrimSuffix(t.unit, "円")
		yen = true
	}
	n, ok := japaneseNumber(body)
	if !ok {
		return 0, unclear
	}
	if !yen && n > 0 && n < smallestPlainAmount && strings.Trim(body, "0123456789.,") == "" {
		return 0, unclear
	}
	return n, understood
}

// scaledNumber reads a number whose format shows it in other units.
func scaledNumber(t typed) (int64, verdict) {
	v, err := strconv.ParseFloat(strings.TrimSpace(t.raw), 64)
	factor, ok := japaneseNumber("1" + strings.TrimRight(t.format.unit, "円名人"))
	if err != nil || !ok {
		return 0, unclear
	}
	for range t.format.scale {
		v /= 1000
	}
	return wholeNumber(v * float64(factor))
}

func wholeNumber(v float64) (int64, verdict) {
	if r := math.Round(v); r >= 0 && r < 1e16 && math.Abs(v-r) < 1e-3 {
		return int64(r), understood
	}
	return 0, unclear
}

// parsePeople understands 45名, 約45人, 四十五名, 45名（うちパート10名）.
func parsePeople(t typed) (int64, verdict) {
	if isNothing(t.raw) {
		return 0, blank
	}
	s := peopleBefore.ReplaceAllString(foldNumber(t.raw), "")
	s = amountAfter.ReplaceAllString(s, "")
	s = strings.TrimSuffix(strings.TrimSuffix(s, "名"), "人")
	if s == "" {
		return 0, blank
	}
	if n, ok := japaneseNumber(s); ok {
		return n, understood
	}
	return 0, unclear
}

var (
	kanjiDigits = map[rune]int{'〇': 0, '零': 0, '一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '壱': 1, '弐': 2, '参': 3}
	smallUnits  = map[rune]float64{'十': 10, '拾': 10, '百': 100, '千': 1000}
	largeUnits  = map[rune]float64{'万': 1e4, '億': 1e8, '兆': 1e12}
)

// japaneseNumber reads a whole number of digits, kanji digits and units:
// 1億2,000万, 30,000千, 1.5億, 三千万, 1,234百万.
func japaneseNumber(s string) (int64, bool) {
	var total, section, num float64
	digits := "" // of the number being read
	seen := false
	flush := func() bool {
		if digits == "" {
			return true
		}
		v, err := strconv.ParseFloat(digits, 64)
		num, digits = v, ""
		return err == nil
	}
	for _, r := range s {
		d, kanji := kanjiDigits[r]
		switch {
		case isDigit(r) || (r == '.' && digits != ""):
			digits += string(r)
		case r == ',' && digits != "":
		case kanji:
			digits += strconv.Itoa(d)
		default:
			had := digits != ""
			if !flush() {
				return 0, false
			}
			if u, ok := smallUnits[r]; ok {
				if !had {
					num = max(num, 1)
				}
				section, num = section+num*u, 0
			} else if u, ok := largeUnits[r]; ok {
				if section+num == 0 {
					return 0, false
				}
				total, section, num = total+(section+num)*u, 0, 0
			} else {
				return 0, false
			}
		}
		seen = true
	}
	if !seen || !flush() {
		return 0, false
	}
	n, v := wholeNumber(total + section + num)
	return n, v == understood
}
