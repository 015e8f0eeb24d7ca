package roster

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"uketsuke/internal/casework"
)

// FindAgency returns the agency that a text means, by its code, else by its name or another spelling, else by
// the one name that is near. Only the last is Guessed. A code or name that only ended rows have is Closed.
// A text that fits two agencies is not found.
func (r *Roster) FindAgency(name string, at time.Time) (casework.AgencyMatch, bool) {
	day := dayOf(at)
	code := FoldCode(name)
	exact := [][]int{r.agencies[code], r.names[casework.FoldName(name)], r.formless[formless(name)]}
	for _, rows := range exact {
		if code, n := r.standing(rows, day); n > 0 {
			return casework.AgencyMatch{Code: code}, n == 1
		}
	}
	for _, rows := range exact {
		if code, n := r.ended(rows, day); n > 0 {
			return casework.AgencyMatch{Code: code, Closed: true}, n == 1
		}
	}
	if code, ok := r.nearAgency(name, day); ok {
		return casework.AgencyMatch{Code: code, Guessed: true}, true
	}
	return casework.AgencyMatch{}, false
}

// standing returns the code of the first row that counts on day, and how many different codes count.
func (r *Roster) standing(rows []int, day Day) (code string, n int) {
	return r.distinct(rows, func(a *Agency) bool { return a.holds(day) })
}

func (r *Roster) ended(rows []int, day Day) (code string, n int) {
	return r.distinct(rows, func(a *Agency) bool { return a.Until != 0 && a.Until < day })
}

func (r *Roster) distinct(rows []int, keep func(*Agency) bool) (code string, n int) {
	for _, i := range rows {
		a := &r.data.Agencies[i]
		switch {
		case !keep(a) || n > 0 && a.key() == code:
		case n == 0:
			code, n = a.key(), 1
		default:
			n++
		}
	}
	return code, n
}

// nearName is one plain name and the rows that have it.
type nearName struct {
	runes []rune
	rows  []int
}

// nearAgency guesses: kanji variants, then a name with a branch or department behind it, then the beginning of
// one name, then one slip of the pen. Each step ends the search when it finds one agency or more.
func (r *Roster) nearAgency(name string, day Day) (string, bool) {
	query := []rune(plainName(name))
	if len(query) < 2 {
		return "", false
	}
	steps := []func() (string, int){
		func() (string, int) { return r.standing(r.plain[string(query)], day) },
		func() (string, int) { return r.leadingWords(name, day) },
		func() (string, int) { return r.withBranch(query, day) },
		func() (string, int) { return r.matching(day, func(n []rune) bool { return isBeginning(query, n) }) },
		func() (string, int) { return r.matching(day, func(n []rune) bool { return isSlip(query, n) }) },
	}
	for _, step := range steps {
		if code, n := step(); n > 0 {
			return code, n == 1
		}
	}
	return "", false
}

// leadingWords tries the text without its last words: みなと銀行 神戸支店 国際部.
func (r *Roster) leadingWords(name string, day Day) (string, int) {
	words := strings.FieldsFunc(norm.NFKC.String(name), func(c rune) bool {
		return unicode.IsSpace(c) || strings.ContainsRune("()[]「」【】/・,、", c)
	})
	for n := len(words) - 1; n > 0; n-- {
		if code, found := r.standing(r.plain[plainName(strings.Join(words[:n], ""))], day); found > 0 {
			return code, found
		}
	}
	return "", 0
}

// withBranch tries the longest name that the text begins with, if the rest is only a branch or department.
func (r *Roster) withBranch(query []rune, day Day) (string, int) {
	for n := len(query) - 1; n >= 3; n-- {
		if !isBranch(string(query[n:])) {
			continue
		}
		if code, found := r.standing(r.plain[string(query[:n])], day); found > 0 {
			return code, found
		}
	}
	return "", 0
}

func (r *Roster) matching(day Day, match func([]rune) bool) (string, int) {
	var rows []int
	for _, n := range r.nearNames {
		if match(n.runes) {
			rows = append(rows, n.rows...)
		}
	}
	return r.standing(rows, day)
}

var (
	branchEnds = []string{"支店", "本店", "本部", "支部", "本所", "支所", "営業部", "営業所", "営業店", "出張所", "事務所", "事務局", "分室",
		"部", "課", "室", "係", "班", "グル-プ", "チ-ム", "デスク", "センタ-", "窓口", "担当"}
	// A rest with one of these is another organisation's name: 兵庫県信用保証協会神戸支所 is not a part of 兵庫県.
	organisations = []string{"銀行", "金庫", "信金", "組合", "会議所", "商工会", "協会", "連合会", "公社", "公庫", "機構", "財団", "社団",
		"法人", "大学", "市役所", "県庁", "会社", "協議会", "研究所", "試験場"}
)

// isBranch tells whether a folded text names a branch or department and no organisation of its own.
func isBranch(rest string) bool {
	for _, o := range organisations {
		if strings.Contains(rest, o) {
			return false
		}
	}
	for _, e := range branchEnds {
		if strings.HasSuffix(rest, e) {
			return true
		}
	}
	return false
}

// isBeginning tells whether the text is at least the first half of a name.
func isBeginning(query, name []rune) bool {
	return len(query) >= 3 && len(query) < len(name) && 2*len(query) >= len(name) && string(name[:len(query)]) == string(query)
}

// isSlip tells whether a name of five letters and more differs by one letter left out, put in, or mistaken. A kanji for
// another kanji is no slip: 大阪 and 大垣, 津支店 and 堺支店 are different places.
func isSlip(query, name []rune) bool {
	if min(len(query), len(name)) < 5 || max(len(query), len(name))-min(len(query), len(name)) > 1 {
		return false
	}
	i := 0
	for i < len(query) && i < len(name) && query[i] == name[i] {
		i++
	}
	q, n := query[i:], name[i:]
	switch {
	case len(q) > len(n):
		return string(q[1:]) == string(n)
	case len(q) < len(n):
		return string(q) == string(n[1:])
	case len(q) == 0:
		return true
	}
	return string(q[1:]) == string(n[1:]) && !(unicode.Is(unicode.Han, q[0]) && unicode.Is(unicode.Han, n[0]))
}

// incorporated are the forms that organisations carry in their names, beside those of casework.FoldName.
var incorporated = strings.NewReplacer(
	"公益財団法人", "", "一般財団法人", "", "公益社団法人", "", "一般社団法人", "", "財団法人", "", "社団法人", "",
	"地方独立行政法人", "", "独立行政法人", "", "国立大学法人", "", "公立大学法人", "", "学校法人", "", "国立研究開発法人", "",
	"特定非営利活動法人", "", "npo法人", "", "税理士法人", "", "監査法人", "", "弁護士法人", "", "株式会社", "",
	"(公財)", "", "(一財)", "", "(公社)", "", "(一社)", "", "(財)", "", "(社)", "", "(独)", "", "(地独)", "", "(特非)", "", "(大)", "", "(学)", "")

// formless folds a name as casework.FoldName does, and leaves out forms of incorporation, unless nothing else is there.
func formless(name string) string { return formlessOf(casework.FoldName(name)) }

func formlessOf(folded string) string {
	if s := incorporated.Replace(folded); s != "" {
		return s
	}
	return folded
}

// plainKanji pairs old and rare forms of kanji with the usual ones, as far as they stand in names of organisations.
var plainKanji = strings.NewReplacer("髙", "高", "﨑", "崎", "𠮷", "吉", "會", "会", "國", "国", "學", "学", "濱", "浜", "澤", "沢",
	"齋", "斎", "齊", "斉", "邊", "辺", "邉", "辺", "縣", "県", "廣", "広", "實", "実", "榮", "栄", "德", "徳", "灣", "湾", "關", "関",
	"鐵", "鉄", "藝", "芸", "經", "経", "濟", "済", "瀨", "瀬", "彥", "彦", "龍", "竜", "嶋", "島", "嶌", "島", "ヶ", "ケ",
	"ヵ", "カ", "信用金庫", "信金", "信用組合", "信組")

// plainName is formless with plain kanji and the usual short forms, for guessing.
func plainName(name string) string { return plainKanji.Replace(formless(name)) }

// familyName returns the folded family name of 高橋 恵: what stands before the first space, or "".
func familyName(name string) string {
	if f := strings.FieldsFunc(name, unicode.IsSpace); len(f) == 2 {
		return casework.FoldName(f[0])
	}
	return ""
}
