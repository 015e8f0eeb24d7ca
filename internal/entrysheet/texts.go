package entrysheet

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// companyForms spells abbreviated company forms out (商業登記の略記).
var companyForms = []struct{ short, long string }{
	{"㈱", "株式会社"}, {"㍿", "株式会社"}, {"㈲", "有限会社"}, {"㈾", "合資会社"}, {"㈴", "合名会社"}, {"㈳", "社団法人"}, {"㈶", "財団法人"},
	{"(株)", "株式会社"}, {"(有)", "有限会社"}, {"(同)", "合同会社"}, {"(資)", "合資会社"}, {"(名)", "合名会社"},
	{"(一社)", "一般社団法人"}, {"(公社)", "公益社団法人"}, {"(一財)", "一般財団法人"}, {"(公財)", "公益財団法人"},
	{"(社)", "社団法人"}, {"(財)", "財団法人"}, {"(医)", "医療法人"}, {"(学)", "学校法人"}, {"(独)", "独立行政法人"}, {"(地独)", "地方独立行政法人"},
}

var narrowBrackets = strings.NewReplacer("（", "(", "）", ")")

// parseName understands the name of a company or an agency: one line, half-
// width kana to full, abbreviated forms spelt out without a space beside them.
// Kanji and what else the person chose to write stay.
func parseName(raw string) string {
	s := halfWidthKana(oneLine(raw))
	for _, suffix := range []string{"宛", "御中", "様"} {
		if cut := strings.TrimSuffix(s, suffix); cut != s && strings.TrimRight(cut, " 　") != cut {
			s = trim(cut)
		}
	}
	for _, f := range companyForms {
		s = spellOut(s, f.short, f.long)
	}
	return s
}

// spellOut replaces an abbreviation, in brackets of either width, and the
// spaces beside it.
func spellOut(s, short, long string) string {
	narrow := narrowBrackets.Replace(s)
	i := strings.Index(narrow, short)
	if i < 0 {
		return s
	}
	// Offsets in narrow and s differ by two bytes for each full-width bracket.
	runes, at := []rune(s), len([]rune(narrow[:i]))
	before, after := string(runes[:at]), string(runes[at+len([]rune(short)):])
	return strings.TrimRightFunc(before, unicode.IsSpace) + long + strings.TrimLeftFunc(after, unicode.IsSpace)
}

// parseText understands one line of text.
func parseText(raw string) string { return halfWidthKana(oneLine(raw)) }

// parseProse understands a text of several lines, which are kept.
func parseProse(raw string) string {
	lines := strings.Split(raw, "\n")
	for i := range lines {
		lines[i] = strings.TrimRightFunc(lines[i], unicode.IsSpace)
	}
	return trim(halfWidthKana(strings.Join(lines, "\n")))
}

// parseAddress understands an address: digits to half width, dashes between
// them to "-". A postal code at its head is returned apart.
func parseAddress(raw string) (address, postal string) {
	s := halfWidthKana(oneLine(raw))
	s = strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, s)
	s = dashes(s)
	if m := headPostal.FindStringSubmatch(s); m != nil {
		return trim(s[len(m[0]):]), m[1] + "-" + m[2]
	}
	return s, ""
}

var headPostal = regexp.MustCompile(`^(?:〒\s*|郵便番号[:：]?\s*)(\d{3})[-\s]?(\d{4})\s*`)

// parsePostal understands a postal code and returns it as 657-0000. A number
// has lost its leading zeros.
func parsePostal(t typed) (string, verdict) {
	if isNothing(strings.Trim(trim(t.raw), "〒")) {
		return "", blank
	}
	d := onlyDigits(asciiWidth(t.raw))
	if t.number && len(d) >= 5 && len(d) < 7 {
		d = strings.Repeat("0", 7-len(d)) + d
	}
	if len(d) != 7 {
		return "", unclear
	}
	return d[:3] + "-" + d[3:], understood
}

var (
	phoneExtension = regexp.MustCompile(`(?:内線|ext\.?)[:\s]*(\d+)`)
	phoneLabel     = regexp.MustCompile(`(?i)^(tel|fax|電話|携帯|代表|直通)[:.\s]*`)
	phoneGroups    = regexp.MustCompile(`\d+`)
)

// parsePhone understands one phone number, whatever brackets and dashes it
// came in, and returns it as 079-222-3333; what it cannot be sure how to group
// stays in one piece. An extension follows as " 内線12".
// Of several numbers the first is taken.
func parsePhone(t typed) (string, verdict) {
	if isNothing(t.raw) {
		return "", blank
	}
	if phone, v := onePhone(t); v == understood {
		return phone, v
	}
	for _, part := range strings.FieldsFunc(t.raw, func(r rune) bool { return strings.ContainsRune("/／、,，;\n", r) }) {
		t.raw = part
		return onePhone(t)
	}
	return "", unclear
}

func onePhone(t typed) (string, verdict) {
	s := phoneLabel.ReplaceAllString(trim(norm.NFKC.String(t.raw)), "")
	extension := ""
	if m := phoneExtension.FindStringSubmatch(s); m != nil {
		s, extension = strings.Replace(s, m[0], "", 1), " 内線"+m[1]
	}
	abroad := strings.HasPrefix(s, "+81")
	if abroad {
		s = strings.TrimPrefix(s[3:], "(0)")
	}
	s = strings.NewReplacer("(代表)", "", "(代)", "", "代表", "", "(直通)", "", "()", "").Replace(s)
	for _, r := range s {
		if !isDigit(r) && !isDash(r) && !unicode.IsSpace(r) && !strings.ContainsRune("()[]./・", r) {
			return "", unclear
		}
	}
	groups := phoneGroups.FindAllString(s, -1)
	d := strings.Join(groups, "")
	if (abroad || t.number && (len(d) == 9 || len(d) == 10)) && d != "" && d[0] != '0' {
		groups[0], d = "0"+groups[0], "0"+d
	}
	if len(d) < 10 || len(d) > 11 || d[0] != '0' {
		return "", unclear
	}
	if len(groups) != 3 {
		groups = groupPhone(d)
	}
	return strings.Join(groups, "-") + extension, understood
}

// groupPhone cuts digits where the prefix alone tells how.
func groupPhone(d string) []string {
	switch {
	case len(d) == 11 && strings.Contains("050 060 070 080 090", d[:3]):
		return []string{d[:3], d[3:7], d[7:]}
	case strings.HasPrefix(d, "0120") || strings.HasPrefix(d, "0570") || strings.HasPrefix(d, "0800"):
		return []string{d[:4], d[4:7], d[7:]}
	case len(d) == 10 && (d[1] == '3' || d[1] == '6') && d[2] != '0':
		return []string{d[:2], d[2:6], d[6:]}
	}
	return []string{d}
}

var emailShape = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)

// parseEmail understands one mail address. Only widths are folded: no address
// becomes another one.
func parseEmail(raw string) (string, verdict) {
	if isNothing(raw) {
		return "", blank
	}
	s := strings.Join(strings.Fields(asciiWidth(trim(raw))), "")
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	s = strings.Trim(s, "<>")
	if !emailShape.MatchString(s) || len(s) > 254 {
		return "", unclear
	}
	return s, understood
}

// parseURL folds widths; what the person wrote is otherwise kept.
func parseURL(raw string) string {
	if isNothing(raw) {
		return ""
	}
	return trim(asciiWidth(oneLine(raw)))
}

// parseCorporateNumber understands a corporate number: 13 digits, also with
// the T of an invoice registration number, spread over boxes, or as a number.
func parseCorporateNumber(t typed) (string, verdict) {
	if isNothing(t.raw) {
		return "", blank
	}
	s := norm.NFKC.String(t.raw)
	if t.number {
		if v, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil && v >= 0 && v < 1e15 {
			s = strconv.FormatFloat(v, 'f', 0, 64)
		}
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || isDash(r) {
			return -1
		}
		return r
	}, s)
	s = strings.TrimPrefix(strings.TrimPrefix(s, "T"), "t")
	if len(s) != 13 || onlyDigits(s) != s || !corporateCheck(s) {
		return s, unclear
	}
	return s, understood
}

// corporateCheck verifies the check digit, the first of 13 digits: 9 minus the
// remainder by 9 of the weighted sum of the other twelve, from the right with
// weights 1, 2, 1, 2 … (法人番号の指定等に関する省令 第2条).
func corporateCheck(d string) bool {
	sum := 0
	for i := 12; i >= 1; i-- {
		weight := 1 + (12-i)%2
		sum += int(d[i]-'0') * weight
	}
	return int(d[0]-'0') == 9-sum%9
}

// compoundCountries are names with a middle dot of their own.
var compoundCountries = []string{
	"トリニダード・トバゴ", "ボスニア・ヘルツェゴビナ", "アンティグア・バーブーダ", "セントクリストファー・ネービス",
	"セントビンセント・グレナディーン", "セントビンセントおよびグレナディーン諸島", "サントメ・プリンシペ", "ニュー・カレドニア",
}

// parseCountries splits a list of countries and regions; dots and commas in
// brackets and in a country's own name do not split.
func parseCountries(raw string) []string {
	if isNothing(raw) {
		return []string{}
	}
	s := halfWidthKana(raw)
	for i, name := range compoundCountries {
		s = strings.ReplaceAll(s, name, string(rune(0xE000+i)))
	}
	s = countryWords.ReplaceAllString(s, "、")
	out := []string{}
	for _, part := range splitList(s) {
		for i, name := range compoundCountries {
			part = strings.ReplaceAll(part, string(rune(0xE000+i)), name)
		}
		part = strings.TrimSuffix(strings.TrimSuffix(strings.Trim(trim(part), "。．."), "など"), "等")
		if part = trim(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

var countryWords = regexp.MustCompile(`および|及び|ならびに|並びに`)

func splitList(s string) []string {
	var parts []string
	var part []rune
	depth := 0
	flush := func() {
		parts = append(parts, string(part))
		part = part[:0]
	}
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case r == '(' || r == '（':
			depth++
		case (r == ')' || r == '）') && depth > 0:
			depth--
		}
		spaced := unicode.IsSpace(r) && !(r == ' ' && i > 0 && i+1 < len(runes) && runes[i-1] < 0x80 && runes[i+1] < 0x80)
		if depth == 0 && (spaced || strings.ContainsRune("、,，・･;；/／\n", r)) {
			flush()
			continue
		}
		part = append(part, r)
	}
	flush()
	return parts
}
