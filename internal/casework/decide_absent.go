package casework

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// 不在 names a deputy, who acts in the absent one's cases on those days and gets the letters, with a copy to the absent one.

// longestAbsence keeps a slip of the pen from handing cases over for years.
const longestAbsence = 366

// actsFor tells whether the sender stands in for the concierge with that code today.
func (d *decider) actsFor(code string) bool { return standsIn(d.who, code, d.f.Roster, d.now) }

// standsIn tells whether a concierge stands in for another, who is absent.
func standsIn(s Sender, code string, r Roster, at time.Time) bool {
	if s.Concierge == "" || code == "" || s.Concierge == code {
		return false
	}
	k, ok := r.Acting(code, at)
	return ok && k.Code == s.Concierge
}

// acting is who gets a concierge's letters today: the deputy of an absent one, else the concierge.
func (d *decider) acting(k Concierge) Concierge {
	if a, ok := d.f.Roster.Acting(k.Code, d.now); ok {
		return a
	}
	return k
}

// absent is 不在.
func (d *decider) absent(call *Call) {
	text := strings.Join(call.Args, " ")
	if slices.Contains([]string{"取消", "取り消し", "取消し", "終了"}, text) {
		d.present()
		return
	}
	days, rest, ok := ParseDays(text, d.now)
	switch {
	case !ok:
		d.refuseWith(nil, "ご不在の日と代理の方が読み取れませんでした。「不在 12/1-12/5 代理のコンシェルジュ」のようにお書きください。ご不在を取り消される場合は「不在 取消」とお書きください。",
			suggestion(CmdAbsent, "開始日-終了日", "代理"), d.otherConcierges())
		return
	case days.Until < Day(d.now):
		d.refuse(nil, days.Echo()+"は、すでに過ぎております。日付をお確かめください。")
		return
	case days.count() > longestAbsence:
		d.refuse(nil, days.Echo()+"は、1年を超えております。担当を替えられる場合は「担当変更 全件」をお送りください。")
		return
	case rest == "":
		d.refuseWith(nil, "代理の方が分かりませんでした。日付のあとに、代理のコンシェルジュのコードまたはお名前をお書きください。", nil, d.otherConcierges())
		return
	}
	deputy, ok := d.f.Roster.FindConcierge(rest, d.now)
	switch {
	case !ok:
		d.refuseWith(nil, "「"+rest+"」というコンシェルジュは名簿に見つかりませんでした。", nil, d.otherConcierges())
		return
	case deputy.Code == d.who.Concierge:
		d.refuseWith(nil, "代理には、ご本人以外の方をお書きください。", nil, d.otherConcierges())
		return
	}
	for day := days.start(); !day.After(days.end()); day = day.AddDate(0, 0, 1) {
		if k, ok := d.f.Roster.Acting(deputy.Code, day); !ok || k.Code == d.who.Concierge {
			problem := fmt.Sprintf("%s 様は、%sには代理をお務めになれません（ご不在か、名簿での登録期間の外です）。ほかの方をお書きください。",
				deputy.Name, JapaneseDay(day.Format(time.DateOnly)))
			d.refuseWith(nil, problem, nil, d.otherConcierges())
			return
		}
	}
	d.setAbsence(Absence{Concierge: d.who.Concierge, From: days.From, Until: days.Until, Deputy: deputy.Code}, days, deputy)
}

// setAbsence records an absence; one for some of the same days goes. The deputy is told.
func (d *decider) setAbsence(a Absence, days Days, deputy Concierge) {
	var lines []string
	for _, old := range d.f.Absences {
		if old.Concierge == a.Concierge && old.From <= a.Until && a.From <= old.Until {
			lines = append(lines, "先にお知らせいただいた"+Days{old.From, old.Until}.Echo()+"は、今回のものに置き換えました。")
		}
	}
	d.out.Absence = &a
	name := d.conciergeName(a.Concierge)
	d.toConcierge(nil, deputy, AnswerLetter{Done: fmt.Sprintf("%s 様のご不在（%s）の間、代理をお願いされましたので、お知らせいたします。", name, days.Echo()),
		Next: "この間、" + name + " 様のご担当案件のメールは代理の方にお送りし（写しを " + name + " 様にお送りします）、ご指示も代理の方から承ります。"}, nil, false)
	d.answer(nil, RoleConcierge, fmt.Sprintf("ご不在（%s）の代理を %s 様といたしました。", days.Echo(), deputy.Name),
		"この間、ご担当案件のメールは代理の方にお送りし、写しをお送りいたします。取り消される場合は「不在 取消」をお送りください。", lines...)
}

// present is 不在 取消: the absences that the concierge has told end, those to come too.
func (d *decider) present() {
	var lines []string
	for _, a := range d.f.Absences {
		if a.Concierge != d.who.Concierge || a.Until < Day(d.now) {
			continue
		}
		lines = append(lines, Days{a.From, a.Until}.Echo()+"（代理 "+d.conciergeName(a.Deputy)+" 様）")
		if k, ok := d.f.Roster.Concierge(a.Deputy, d.now); ok {
			done := fmt.Sprintf("%s 様のご不在（%s）は取り消されましたので、代理をお務めいただく必要はなくなりました。",
				d.conciergeName(a.Concierge), Days{a.From, a.Until}.Echo())
			d.toConcierge(nil, k, AnswerLetter{Done: done}, nil, false)
		}
	}
	if len(lines) == 0 {
		next := ""
		if k, ok := d.f.Roster.Acting(d.who.Concierge, d.now); !ok || k.Code != d.who.Concierge {
			next = "本日のご不在は、システムの設定によるものでございます。システムの管理者様にお申し出ください。"
		}
		d.answer(nil, RoleConcierge, "メールでお知らせいただいたご不在はございません。", next)
		return
	}
	d.out.Absence = &Absence{Concierge: d.who.Concierge}
	d.answer(nil, RoleConcierge, "ご不在を取り消しました。", "メールは、ご本人にお送りいたします。", lines...)
}

func (d *decider) otherConcierges() []string {
	return slices.DeleteFunc(d.f.Roster.ConciergeCodes(d.now), func(code string) bool { return code == d.who.Concierge })
}

// Days are the days from one until another, both included, as YYYY-MM-DD.
type Days struct{ From, Until string }

// Echo is 2026年12月1日（火）から2026年12月5日（土）まで.
func (s Days) Echo() string {
	if s.From == s.Until {
		return JapaneseDay(s.From)
	}
	return JapaneseDay(s.From) + "から" + JapaneseDay(s.Until) + "まで"
}

func (s Days) start() time.Time { return noonOf(s.From) }
func (s Days) end() time.Time   { return noonOf(s.Until) }
func (s Days) count() int       { return int(s.end().Sub(s.start()).Hours()/24) + 1 }

func noonOf(day string) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, day, JST)
	return t.Add(12 * time.Hour)
}

const (
	oneDay    = `(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|(?:令和|[Rr])(?:元|\d{1,2})[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/.月]\d{1,2}日?)`
	weekday   = `(?:\([日月火水木金土](?:曜日?)?\))?`
	justDay   = `\d{1,2}日?`
	recentDay = 31 // days back that a day without a year may lie, when it begins a time that has not ended
)

var (
	daySpan   = regexp.MustCompile(`^(` + oneDay + `)` + weekday + `(?:\s*[-~]\s*|\s+)(` + oneDay + `)` + weekday + `(?:\s+(.*))?$`)
	shortSpan = regexp.MustCompile(`^(` + oneDay + `)` + weekday + `\s*[-~]\s*(` + justDay + `)` + weekday + `(?:\s+(.*))?$`)
	singleDay = regexp.MustCompile(`^(` + oneDay + `)` + weekday + `(?:\s+(.*))?$`)
	monthPart = regexp.MustCompile(`^(.*[-/.月])\d{1,2}日?$`)
	spanWords = strings.NewReplacer("〜", "~", "～", "~", "から", "~", "より", "~", "まで", " ", "‐", "-", "–", "-", "—", "-", "−", "-")
)

// ParseDays reads days as people type them (12/1-12/5, 12月1日〜5日, 2026-12-28から2027-01-05まで, 12/3) and what stands behind
// them. Days without a year are the next ones from now, or those that are going on.
func ParseDays(s string, now time.Time) (days Days, rest string, ok bool) {
	s = strings.TrimSpace(spanWords.Replace(norm.NFKC.String(s)))
	first, last := "", ""
	if m := daySpan.FindStringSubmatch(s); m != nil {
		first, last, rest = m[1], m[2], m[3]
	} else if m := shortSpan.FindStringSubmatch(s); m != nil {
		first, last, rest = m[1], monthPart.FindStringSubmatch(m[1])[1]+m[2], m[3]
	} else if m := singleDay.FindStringSubmatch(s); m != nil {
		first, last, rest = m[1], m[1], m[2]
	} else {
		return Days{}, "", false
	}
	from, ok1 := ParseDay(first, now)
	until, ok2 := ParseDay(last, now)
	if !ok1 || !ok2 {
		return Days{}, "", false
	}
	if from > until && nearDay.MatchString(norm.NFKC.String(first)) { // without a year: it has begun already, or ends next year
		if past := noonOf(from).AddDate(-1, 0, 0); now.Sub(past) < recentDay*24*time.Hour {
			from = past.Format(time.DateOnly)
		} else {
			until, _ = ParseDay(last, noonOf(from))
		}
	}
	return Days{from, until}, strings.TrimSpace(rest), from <= until
}
