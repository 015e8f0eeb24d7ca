package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// What people do in the year. Each thing that a case waits for is answered after a delay of its own: soon, late, or
// never; whoever is told of a silence helps out by phone.

// habit is how people deal with one kind of thing: business days after it began.
type habit struct {
	soon   int // at most
	late   int // at most
	late1  int // one in so many answers late
	never1 int // one in so many never answers; 0: everybody does
	phone  int // business days after which the concierge sees to it instead
}

var habits = map[casework.WaitKind]habit{
	casework.WaitDecision:   {soon: 0, late: 4, late1: 3},
	casework.WaitCorrection: {soon: 6, late: 14, late1: 3, never1: 4},
	casework.WaitTake:       {soon: 1, late: 5, late1: 5},
	casework.WaitStep:       {soon: 3, late: 9, late1: 6},
	casework.WaitResume:     {soon: 1, late: 3, late1: 2},
	casework.WaitInquiry:    {soon: 2, late: 8, late1: 3, never1: 5, phone: 12},
	casework.WaitAsk:        {soon: 1, late: 5, late1: 6},
	casework.WaitConsent:    {soon: 2, late: 7, late1: 4, never1: 6, phone: 11},
	casework.WaitApproval:   {soon: 0, late: 3, late1: 3},
	casework.WaitRefer:      {soon: 1, late: 4, late1: 6},
	casework.WaitHost:       {soon: 3, late: 9, late1: 4, never1: 6, phone: 17},
	casework.WaitReport:     {soon: 1, late: 5, late1: 4},
	casework.WaitFeedback:   {soon: 0, late: 6, late1: 3, never1: 5, phone: 15},
	casework.WaitForm:       {soon: 2, late: 8, late1: 4, never1: 6, phone: 12},
	casework.WaitRecall:     {soon: 1, late: 5, late1: 2, phone: 10},
}

// delay is after how many business days a thing is dealt with, and whether by the concierge, by phone.
func delay(id int64, w casework.Wait) (days int, byPhone bool) {
	h := habits[w.Kind]
	r := chance(id, fmt.Sprint(w.Kind, w.Support, w.Party.Role, w.Since.Unix()))
	switch {
	case h.never1 > 0 && r.IntN(h.never1) == 0:
		if h.phone == 0 {
			return 1 << 20, false
		}
		return h.phone, true
	case r.IntN(h.late1) == 0:
		return h.soon + 1 + r.IntN(h.late-h.soon), false
	}
	return r.IntN(h.soon + 1), false
}

// windows are where agencies are written to, and who answers there.
var windows = map[string]string{"MINATO": "tanaka@minato-bank.example", "HYOGO-CCI": hyogo, "HARIMA": "window@harima.example",
	"ROKKO": "window@rokko.example", "KAKOGAWA": "window@kakogawa.example", "SUMA": "window@suma.example", "SHINKIN0": shinkin}

// window is where an agency writes from on the day; 兵庫商工会議所 has another since April.
func (y *year) window(code string) string {
	if code == "HYOGO-CCI" && y.now.After(day("2027-04-02")) {
		return "kokusai@hyogo-cci.example"
	}
	return windows[code]
}

var concierges = map[string]string{"MORI": mori, "TAKAHASHI": takahashi, "ISHII": "ishii@jetro.example"}

// candidates are asked in turn.
var candidates = []string{"HYOGO-CCI", "ROKKO", "SUMA", "SHINKIN0", "KAKOGAWA", "HARIMA"}

// enter lets an agency send the sheet of the n-th company of the year: every seventh is to be corrected, of every eleventh
// nobody knows whether it is the agency's.
func (y *year) enter(n int) {
	agency := []string{"MINATO", "HARIMA", "HYOGO-CCI", "MINATO", "SUMA"}[n%5]
	if agency == "HARIMA" && y.now.After(day("2027-03-31")) {
		agency = "MINATO"
	}
	in := casework.Input{Kind: casework.MailEntry, From: casework.Address{Addr: y.window(agency)}, Evidence: byMail, Subject: "エントリーシートの送付",
		Sheets: []casework.SheetIn{{File: casework.SheetFile{Blob: fmt.Sprintf("%064x", n), Name: "エントリーシート.xlsx", Size: 1}, Entry: sheetOfYear(n)}}}
	if n%7 == 3 {
		in.Sheets[0].Problems = []casework.Problem{{Field: "company.kana", Label: "フリガナ", Severity: casework.SeverityError, Wanted: "フリガナをご記入ください。"}}
	}
	if n%11 == 5 {
		in.Evidence = casework.Evidence{State: casework.EvidenceNone}
	}
	y.mail(in, 0, "", casework.ThreadLetter{})
}

func sheetOfYear(n int) casework.Entry {
	return casework.Entry{Layout: "entry-sheet-2026", Introducer: casework.Introducer{Agency: "みなと銀行", Person: "田中 一郎"},
		Company: casework.Company{Name: fmt.Sprintf("株式会社第%d商店", n), Kana: "ダイショウテン", CorporateNumber: fmt.Sprintf("%013d", 1400010000000+n),
			Address: "兵庫県神戸市中央区1-1", ContactPerson: "担当 太郎", Email: fmt.Sprintf("post@kaisha%d.example", n)},
		Request: casework.Request{Items: []int{1, 7}}}
}

// act lets everybody do what is due of them on a business day.
func (y *year) act() {
	var ids []int64
	for id := range y.cases {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		c := y.lend(id)
		y.plans(c)
		for _, w := range c.Waits(y.now) {
			c := y.lend(id) // as what was done just now has left it
			if !slices.Contains(c.Waits(y.now), w) || y.did[did(id, w)] || !y.able(w, c) {
				continue
			}
			from := w.Since
			if w.Due.After(from) {
				from = w.Due
			}
			if days, byPhone := delay(id, w); businessDays(from, y.now) >= days {
				y.did[did(id, w)] = true
				y.answer(c, w, byPhone)
			}
		}
	}
}

func did(id int64, w casework.Wait) string {
	return fmt.Sprint(id, w.Kind, w.Support, w.Party.Role, w.Since.Unix())
}

// able tells whether people can: a frozen agency, one that has left, and the concierge who is ill do nothing.
func (y *year) able(w casework.Wait, c casework.Case) bool {
	if w.Party.Role == casework.RoleConcierge && c.Concierge == "MORI" && y.ill() {
		return w.Kind == casework.WaitTake || w.Kind == casework.WaitRefer // what the deputy does
	}
	if code := w.Party.Code; slices.Contains(y.standing.Agencies, code) || code == "HARIMA" && y.now.After(day("2027-03-31")) {
		return false
	}
	return concierges[c.Concierge] != "" && !y.left(c) || !c.Registered()
}

// left tells whether a case's concierge has left the office.
func (y *year) left(c casework.Case) bool {
	return c.Concierge == "MORI" && y.now.After(day("2027-04-01"))
}

func (y *year) ill() bool { return !y.now.Before(day("2026-10-05")) && y.now.Before(day("2026-10-17")) }

// by is the address of a case's concierge, or of who acts.
func (y *year) by(c casework.Case) string {
	if c.Concierge == "MORI" && y.ill() {
		return takahashi
	}
	return concierges[c.Concierge]
}

// plans are what happens to some cases besides.
func (y *year) plans(c casework.Case) {
	open := c.Taken && (c.Stage == casework.StageConsulting || c.Stage == casework.StageSupported)
	at := businessDays(c.RegisteredAt, y.now)
	switch {
	case !open || y.left(c) || c.Concierge == "MORI" && y.ill():
	case c.ID%9 == 4 && at == 12:
		y.say(y.by(c), c.ID, "", "休止 "+y.now.In(casework.JST).AddDate(0, 0, 24).Format(time.DateOnly), "")
	case c.ID%13 == 6 && at == 8:
		y.say(y.by(c), c.ID, "", "催促停止 20", "")
	case c.ID%10 == 2 && at == 3: // the company is written to directly
		y.say(y.by(c), c.ID, "", "連絡方法 直接", "")
		y.say(y.by(c), c.ID, "", "連絡先確認", "")
	case c.ID%12 == 7: // the company changes its mind once all have agreed
		for _, s := range c.Supports {
			if s.State(c.Version) == casework.SupportCleared && !y.did[fmt.Sprint("declined", c.ID)] {
				y.did[fmt.Sprint("declined", c.ID)] = true
				y.say(y.by(c), c.ID, "", "辞退 企業 電話 "+s.Agency, "見合わせたいとのことです。")
			}
		}
	case c.ID%8 == 1: // the sheet is asked back some time after it was sent
		for _, s := range c.Supports {
			if s.Sent() && s.Recall.At.IsZero() && businessDays(s.Referral.At, y.now) == 40 {
				y.say(y.by(c), c.ID, "", "廃棄依頼 "+s.Agency, "")
			}
		}
	}
}

// answer deals with one thing.
func (y *year) answer(c casework.Case, w casework.Wait, byPhone bool) {
	s, by := c.Support(w.Support), y.by(c)
	from := y.window(w.Party.Code)
	switch w.Kind {
	case casework.WaitDecision:
		y.say(clerk, c.ID, "", "承認 "+c.Agency, "")
	case casework.WaitCorrection:
		n := int(c.ID)
		in := casework.Input{Kind: casework.MailEntry, From: casework.Address{Addr: from}, Evidence: byMail, Tag: casework.Tag{Number: c.Receipt},
			Sheets: []casework.SheetIn{{File: casework.SheetFile{Blob: fmt.Sprintf("%064x", 1000+n), Name: "エントリーシート.xlsx", Size: 1}, Entry: c.Entry}}}
		y.mail(in, c.ID, "", casework.ThreadLetter{})
	case casework.WaitTake:
		y.say(by, c.ID, "", "引受", "")
	case casework.WaitStep:
		y.next(c, by)
	case casework.WaitResume:
		y.say(by, c.ID, "", "再開", "")
	case casework.WaitInquiry:
		if byPhone {
			y.say(by, c.ID, "", "見送り "+s.Agency, "")
			return
		}
		yes := "受入可"
		if chance(c.ID, "yes"+s.ID).IntN(4) == 0 {
			yes = "受入不可"
		}
		if s.Agency == "KAKOGAWA" { // takes no mail: calls
			y.say(by, c.ID, "", yes+" KAKOGAWA 電話", "")
			return
		}
		y.say(from, c.ID, s.ID, yes, "")
	case casework.WaitAsk:
		y.say(by, c.ID, "", "了承依頼 "+s.Agency, "")
	case casework.WaitConsent:
		y.consent(c, s, w, by, byPhone)
	case casework.WaitApproval:
		y.say(clerk, c.ID, "", "承認 "+s.Agency, "")
	case casework.WaitRefer:
		way := ""
		if s.Agency == "KAKOGAWA" {
			way = " 郵送"
		}
		y.say(by, c.ID, "", "回付 "+s.Agency+way, "")
	case casework.WaitHost:
		lines := "部署：国際課\n担当者：山口 誠\n初回連絡方法：お電話"
		if byPhone || s.Agency == "KAKOGAWA" {
			y.say(by, c.ID, "", "受入担当 "+s.Agency, lines)
		} else {
			y.say(from, c.ID, s.ID, "受入担当", lines)
		}
		y.say(by, c.ID, "", "面談 "+s.Agency+" "+y.now.In(casework.JST).AddDate(0, 0, 9).Format(time.DateOnly)+" 14:00 当所会議室", "")
	case casework.WaitReport:
		y.say(by, c.ID, "", "進捗 "+s.Agency, "支援内容：初回の面談を行いました。")
	case casework.WaitFeedback:
		y.feedback(c, s, by, from, byPhone)
	case casework.WaitForm:
		who := y.window(c.Agency)
		in := casework.Input{Kind: casework.MailReply, From: casework.Address{Addr: who}, Evidence: byMail, Text: "記入いたしました。", Files: []casework.FileIn{{Name: "追加情報フォーム.xlsx", Blob: strings.Repeat("f", 64)}}}
		y.mail(in, c.ID, "", casework.ThreadLetter{Kind: casework.LetterForm, Party: casework.Party{Role: casework.RoleIntake, Code: c.Agency}})
	case casework.WaitRecall:
		y.say(by, c.ID, "", "廃棄依頼 "+s.Agency+" 済", "お電話で確認しました。")
	}
}

// next is the concierge's next step: asking two agencies, JETRO's own support, or the end.
func (y *year) next(c casework.Case, by string) {
	switch {
	case len(c.Supports) == 0 && c.ID%6 == 0:
		y.say(by, c.ID, "", "ジェトロ支援 海外販路開拓専門家", "お申し込みは当事務所で承ります。")
		y.say(by, c.ID, "", "追加情報 紹介元", "")
	case len(c.Supports) == 0:
		first := int(c.ID) % len(candidates)
		var codes []string
		for i := 0; len(codes) < 1+int(c.ID)%2; i++ {
			code := candidates[(first+i)%len(candidates)]
			if code != c.Agency && (code != "HARIMA" || y.now.Before(day("2027-03-15"))) {
				codes = append(codes, code)
			}
		}
		y.say(by, c.ID, "", "打診 "+strings.Join(codes, " "), "")
	default:
		y.say(by, c.ID, "", "案件終了", "")
	}
}

// consent answers for one party. A company that is reached through its agency tells the concierge.
func (y *year) consent(c casework.Case, s casework.Support, w casework.Wait, by string, byPhone bool) {
	word := "了承"
	if chance(c.ID, "declines"+s.ID+string(w.Party.Role)).IntN(12) == 0 {
		word = "辞退"
	}
	switch {
	case w.Party.Role == casework.RoleIntake && !byPhone && c.Agency != "KAKOGAWA":
		y.say(y.window(c.Agency), c.ID, "", word+" "+s.Agency, "")
	case w.Party.Role == casework.RoleIntake:
		y.say(by, c.ID, "", word+" 紹介元 電話 "+s.Agency, "")
	case c.Reach.Direct && !byPhone:
		y.say(c.Entry.Company.Email, c.ID, "", word+" "+s.Agency, "")
	default:
		y.say(by, c.ID, "", word+" 企業 電話 "+s.Agency, "")
	}
}

// feedback reports, with the day of the next report, and ends the support after three.
func (y *year) feedback(c casework.Case, s casework.Support, by, from string, byPhone bool) {
	lines := "支援内容：ご相談に応じました。\n進捗状況：商談中"
	if len(s.Feedback)%2 == 0 {
		lines += "\n次回予定：" + y.now.In(casework.JST).AddDate(0, 0, 21).Format("2006/1/2")
	}
	switch {
	case len(s.Feedback) >= 3 || byPhone:
		code := s.Agency
		if s.JETRO() {
			code = s.ID
		}
		y.say(by, c.ID, "", "支援終了 "+code, "")
	case s.JETRO():
		y.say(by, c.ID, "", "進捗", lines)
	case s.Agency == "KAKOGAWA":
		y.say(by, c.ID, "", "進捗 KAKOGAWA 電話", lines)
	default:
		y.say(from, c.ID, s.ID, "進捗", lines)
	}
}
