package roster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// candidate is a concierge who could take a company, with what speaks for the choice.
type candidate struct {
	row     *Concierge // who covers the company
	deputy  *Concierge // who takes it while row is absent, or nil
	absence Absence

	inPrefecture bool
	items        []int    // of the wish, those covered
	countries    []string // of the wish, those covered
	load         int      // open cases of the one who takes it
}

// taker is who would have the case.
func (c *candidate) taker() *Concierge {
	if c.deputy != nil {
		return c.deputy
	}
	return c.row
}

func (c *candidate) hasRoom() bool {
	limit := c.taker().Capacity
	return limit == 0 || c.load < limit
}

// Choose returns the concierge for a company (process.md 1) and the reason in Japanese:
//
//  1. Of the concierges of that day, an absent one counts by their deputy; without one, not at all.
//  2. Only those with room count. When nobody has room, the one with the fewest open cases takes it, and Full is set.
//  3. Of these: the company's prefecture, then most of its request items, then most of its countries, then the fewest
//     open cases, then who is there in person, then the code. Same question, same answer.
//
// It returns false when no concierge is left at all.
func (r *Roster) Choose(w casework.Wish, at time.Time) (casework.Choice, bool) {
	all := r.candidates(w, dayOf(at))
	if len(all) == 0 {
		return casework.Choice{}, false
	}
	withRoom := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool { return !c.hasRoom() })
	if len(withRoom) == 0 {
		best := slices.MinFunc(all, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(a.load, b.load), byFit(a, b))
		})
		return casework.Choice{Code: best.taker().key(), Why: best.why(w, true), Full: true}, true
	}
	best := slices.MinFunc(withRoom, byFit)
	return casework.Choice{Code: best.taker().key(), Why: best.why(w, false)}, true
}

// byFit orders candidates, the fittest first.
func byFit(a, b candidate) int {
	return cmp.Or(
		trueFirst(a.inPrefecture, b.inPrefecture),
		cmp.Compare(len(b.items), len(a.items)),
		cmp.Compare(len(b.countries), len(a.countries)),
		cmp.Compare(a.load, b.load),
		trueFirst(a.deputy == nil, b.deputy == nil),
		cmp.Compare(a.taker().key(), b.taker().key()),
		cmp.Compare(a.row.key(), b.row.key()),
	)
}

func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func (r *Roster) candidates(w casework.Wish, day Day) []candidate {
	exclude := FoldCode(w.Exclude)
	var out []candidate
	for i := range r.data.Concierges {
		row := &r.data.Concierges[i]
		if !row.holds(day) {
			continue
		}
		c := candidate{row: row}
		if absence, absent := row.absentOn(day); absent {
			c.absence = absence
			if c.deputy = r.presentDeputy(absence, day); c.deputy == nil {
				continue
			}
		}
		if exclude != "" && (row.key() == exclude || c.taker().key() == exclude) {
			continue
		}
		c.inPrefecture = w.Prefecture == "" || covers(row.Prefectures, w.Prefecture)
		c.items = coveredItems(row.Items, w.Items)
		c.countries = coveredCountries(row.Countries, w.Countries)
		c.load = w.Loads[c.taker().key()]
		out = append(out, c)
	}
	return out
}

func (c *Concierge) absentOn(day Day) (Absence, bool) {
	for _, a := range c.Absences {
		if within(a.From, a.Until, day) {
			return a, true
		}
	}
	return Absence{}, false
}

// presentDeputy follows deputies who are absent themselves to one who is there, or returns nil.
func (r *Roster) presentDeputy(a Absence, day Day) *Concierge {
	for range len(r.data.Concierges) { // two who stand in for each other end here
		deputy, ok := r.conciergeRow(FoldCode(a.Deputy), day)
		if !ok {
			return nil
		}
		next, absent := deputy.absentOn(day)
		if !absent {
			return deputy
		}
		a = next
	}
	return nil
}

// Acting returns the concierge who acts for the one with that code on the day of at: the deputy during an absence,
// else the concierge. It returns false when the code is no concierge's or nobody stands in.
func (r *Roster) Acting(code string, at time.Time) (casework.Concierge, bool) {
	day := dayOf(at)
	c, ok := r.conciergeRow(FoldCode(code), day)
	if !ok {
		return casework.Concierge{}, false
	}
	if a, absent := c.absentOn(day); absent {
		if c = r.presentDeputy(a, day); c == nil {
			return casework.Concierge{}, false
		}
	}
	return c.view(), true
}

func covers(list []string, s string) bool { return len(list) == 0 || slices.Contains(list, s) }

func coveredItems(covered, wanted []int) []int {
	var out []int
	for _, n := range wanted {
		if len(covered) == 0 || slices.Contains(covered, n) {
			out = append(out, n)
		}
	}
	return out
}

func coveredCountries(covered, wanted []string) []string {
	var out []string
	for _, w := range wanted {
		if len(covered) == 0 || slices.ContainsFunc(covered, func(c string) bool { return foldCountry(c) == foldCountry(w) }) {
			out = append(out, w)
		}
	}
	return out
}

// why tells the reason as it is recorded and shown to clerk and concierge.
func (c *candidate) why(w casework.Wish, full bool) string {
	var b strings.Builder
	if full {
		b.WriteString("全員の担当件数が上限に達しているため、担当件数が最も少ない者を選定。")
	}
	b.WriteString(c.coverage(w))
	fmt.Fprintf(&b, "、担当中 %d 件", c.load)
	if limit := c.taker().Capacity; limit > 0 {
		fmt.Fprintf(&b, "（上限 %d 件）", limit)
	} else {
		b.WriteString("（上限なし）")
	}
	if c.deputy != nil {
		fmt.Fprintf(&b, "。%sが不在（%s～%s）のため代理", c.row.Name, c.absence.From.japanese(), c.absence.Until.japanese())
	}
	return b.String()
}

// coverage is 兵庫県・ベトナム（依頼内容 01・07）を担当, with what of the wish nobody at hand covers.
func (c *candidate) coverage(w casework.Wish) string {
	var areas []string
	if w.Prefecture != "" && c.inPrefecture {
		areas = append(areas, w.Prefecture)
	}
	areas = append(areas, c.countries...)
	text := strings.Join(areas, "・")
	switch items := itemCodes(c.items); {
	case items != "" && text != "":
		text += "（依頼内容 " + items + "）を担当"
	case items != "":
		text = "依頼内容 " + items + " を担当"
	case text != "":
		text += "を担当"
	default:
		text = "地域・依頼内容を問わず選定"
	}
	if w.Prefecture != "" && !c.inPrefecture {
		text += "（" + w.Prefecture + "を担当し受入余力のある者がいないため）"
	}
	return text
}

func itemCodes(items []int) string {
	codes := make([]string, len(items))
	for i, n := range items {
		codes[i] = fmt.Sprintf("%02d", n)
	}
	return strings.Join(codes, "・")
}

// countryNames are the other names under which countries stand on entry sheets.
var countryNames = map[string]string{
	"アメリカ": "米国", "アメリカ合衆国": "米国", "usa": "米国", "us": "米国", "イギリス": "英国", "uk": "英国", "ドイツ連邦共和国": "ドイツ", "独": "ドイツ",
	"仏": "フランス", "伊": "イタリア", "中華人民共和国": "中国", "中国本土": "中国", "prc": "中国", "china": "中国", "大韓民国": "韓国", "korea": "韓国",
	"中華民国": "台湾", "taiwan": "台湾", "hongkong": "香港", "オ-ストラリア": "豪州", "ニュ-ジ-ランド": "nz", "タイ王国": "タイ", "thailand": "タイ",
	"vietnam": "ベトナム", "ヴェトナム": "ベトナム", "ベトナム社会主義共和国": "ベトナム", "singapore": "シンガポ-ル", "星": "シンガポ-ル",
	"インドネシア共和国": "インドネシア", "indonesia": "インドネシア", "malaysia": "マレ-シア", "philippines": "フィリピン", "比": "フィリピン",
	"india": "インド", "印": "インド", "ビルマ": "ミャンマ-", "アラブ首長国連邦": "uae", "ロシア連邦": "ロシア", "欧州連合": "eu", "ヨ-ロッパ": "欧州",
}

// foldCountry folds a country for comparison: other names, and what stands in brackets (ベトナム（ハノイ）).
func foldCountry(s string) string {
	f := casework.FoldName(s)
	if i := strings.IndexByte(f, '('); i > 0 {
		f = f[:i]
	}
	if name, ok := countryNames[f]; ok {
		return name
	}
	return f
}
