package letter

import (
	"fmt"
	"strings"
	"text/template"
	"time"

	"uketsuke/internal/casework"
)

// funcs are what templates may call besides the fields of their letter.
func funcs(o Options) template.FuncMap {
	return template.FuncMap{
		escapeFunc:      escape,
		"officeName":    func() string { return o.Office.Name },
		"officePhone":   func() string { return o.Office.Phone },
		"officeMail":    func() string { return o.Office.Mailbox.Addr },
		"codeDays":      func() int { return o.CodeDays },
		"offers":        offers,
		"offer":         func(c casework.Offer) markup { return offers([]casework.Offer{c}) },
		"others":        others,
		"blanks":        blanks,
		"confirmOffer":  confirmOffer,
		"when":          func(kind string) markup { return markup(string(markField) + kind + string(markField)) },
		"date":          date,
		"datetime":      datetime,
		"day":           day,
		"isodate":       isodate,
		"yen":           yen,
		"people":        func(n int64) string { return unit(n, "名") },
		"items":         items,
		"join":          func(sep string, s []string) string { return strings.Join(s, sep) },
		"person":        person,
		"named":         func(name string) string { return person(casework.Address{Name: name}) },
		"company":       func(name string) string { return honour(name, "企業", "様") },
		"agency":        func(name string) string { return honour(name, "貴機関", "様") },
		"address":       address,
		"role":          func(r casework.Role) string { return roleNames[r] },
		"staff":         func(r casework.Role) bool { return r == casework.RoleClerk || r == casework.RoleConcierge },
		"place":         place,
		"found":         func(p casework.Problem) string { return orElse(p.Found, "（空欄）") },
		"label":         func(p casework.Problem) string { return orElse(p.Label, p.Field) },
		"held":          func(r casework.HoldReason) string { return orElse(holdReasons[r], string(r)) },
		"plus":          func(a, b int) int { return a + b },
		"answered":      func(a casework.Answer) string { return answers[a] },
		"consented":     func(a casework.ConsentAnswer) string { return consents[a] },
		"spoken":        spoken,
		"supporter":     supporter,
		"moment":        moment,
		"since":         since,
		"days":          days,
		"cell":          cell,
		"shown":         firstOf[casework.MailNote],
		"beyond":        beyond[casework.MailNote],
		"letters":       firstOf[casework.LetterNote],
		"beyondLetters": beyond[casework.LetterNote],
		"letterName":    casework.LetterName,
		"letterState":   func(s string) string { return letterStates[s] },
		"span":          span,
	}
}

var roleNames = map[casework.Role]string{
	casework.RoleIntake: "紹介元", casework.RoleClerk: "事務局", casework.RoleConcierge: "コンシェルジュ",
	casework.RoleCompany: "企業", casework.RoleProvider: "紹介先", casework.RoleStranger: "名簿にない差出人",
	casework.RoleOffice: "他の事務所",
}

var holdReasons = map[casework.HoldReason]string{
	casework.HoldStranger:   "差出人が名簿に登録されていません。",
	casework.HoldEvidence:   "差出人ご本人からのメールであることを、メールの情報だけでは確かめられませんでした。",
	casework.HoldSame:       "同じファイルが、すでに別の機関から届いています。",
	casework.HoldUnclear:    "チェック欄のうち、自動では読み取れないものがあります。原本をご覧ください。",
	casework.HoldAgency:     "エントリーシートの紹介元が、名簿に見当たりません。",
	casework.HoldNoReceiver: "担当できるコンシェルジュが名簿に見当たりません。",
	casework.HoldAuthority:  "メールの差出人・日付などの記載が通常の形でなく、どなたからのものか確かめられませんでした。",
	casework.HoldForeign:    "この案件に関わりのない差出人から、訂正のエントリーシートが届きました。",
	casework.HoldFrozen:     "凍結されている差出人から届きました。",
	casework.HoldMoved:      "他の事務所へ移管した案件の続きと見受けられます。移管先へのお取り次ぎが必要かもしれません。",
}

func orElse(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}

var weekdays = [7]string{"日", "月", "火", "水", "木", "金", "土"}

// date is a day in Japan: 2026年11月23日; the zero time is "".
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(casework.JST)
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}

// day is a date with its weekday: 2026年12月4日（金）.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return date(t) + "（" + weekdays[t.In(casework.JST).Weekday()] + "）"
}

// datetime is 2026年11月23日 10:15.
func datetime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return date(t) + t.In(casework.JST).Format(" 15:04")
}

// isodate turns YYYY-MM-DD or YYYY-MM into Japanese; anything else stays as it is.
func isodate(s string) string {
	if t, err := time.ParseInLocation(time.DateOnly, s, casework.JST); err == nil {
		return date(t)
	}
	if t, err := time.ParseInLocation("2006-01", s, casework.JST); err == nil {
		return fmt.Sprintf("%d年%d月", t.Year(), t.Month())
	}
	return s
}

// yen writes an amount as people say it: 1億2,000万円. 0 is unknown: "".
func yen(n int64) string {
	if n <= 0 {
		return unit(n, "円")
	}
	const oku, man = 100_000_000, 10_000
	var b strings.Builder
	if n >= oku {
		b.WriteString(casework.Grouped(n/oku) + "億")
		n %= oku
	}
	if n >= man {
		b.WriteString(casework.Grouped(n/man) + "万")
		n %= man
	}
	if n > 0 {
		b.WriteString(casework.Grouped(n))
	}
	return b.String() + "円"
}

func unit(n int64, word string) string {
	if n == 0 {
		return ""
	}
	return casework.Grouped(n) + word
}

// items are the request items by number and full name, guide 3-1 (3).
func items(numbers []int) []string {
	out := make([]string, 0, len(numbers))
	for _, n := range numbers {
		if n > 0 && n < len(casework.ItemNames) {
			out = append(out, fmt.Sprintf("%02d %s", n, casework.ItemNames[n]))
		}
	}
	return out
}

// person is how a letter speaks to somebody: 田中 一郎 様; without a name, or with an address in its place, ご担当者 様.
func person(a casework.Address) string {
	name := strings.TrimSpace(oneLine(a.Name))
	if strings.ContainsAny(name, "@<>") {
		name = ""
	}
	return honour(name, "ご担当者", " 様")
}

func honour(name, other, title string) string {
	name = strings.TrimSpace(oneLine(name))
	if name == "" {
		name = other
	}
	for _, has := range []string{"様", "御中", "殿", "各位"} {
		if strings.HasSuffix(name, has) {
			return name
		}
	}
	return name + title
}

// address shows a mailbox; a display name never stands without its address (trust.md).
func address(a casework.Address) string {
	name, addr := oneLine(a.Name), oneLine(a.Addr)
	switch {
	case addr == "":
		return ""
	case name == "":
		return addr
	}
	return name + " <" + addr + ">"
}

// place says where a problem stands: シート「エントリーシート」のセルI12.
func place(p casework.Problem) string {
	switch {
	case p.Sheet != "" && p.Cell != "":
		return "シート「" + p.Sheet + "」のセル " + p.Cell
	case p.Sheet != "":
		return "シート「" + p.Sheet + "」"
	case p.Cell != "":
		return "セル " + p.Cell
	}
	return ""
}
