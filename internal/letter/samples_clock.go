package letter

import (
	"time"

	"uketsuke/internal/casework"
)

// reminders are the clock's letters: of one thing, of several cases, to the office's people, and for a password.
func (m *model) reminders() []Sample {
	c := m.upTo("inquired")
	candidate, intake, mine := m.toProvider(c), m.toAgency(c), m.toConcierge(c)
	line := func(v casework.View, number, company, what string, days int, offers ...casework.CommandName) casework.ReminderLine {
		l := casework.ReminderLine{Line: casework.Line{Case: 123, Party: v.Party, Awaited: v.Party.Role}, Number: number, Company: company, What: what,
			Since: m.now.Add(-time.Duration(days) * 24 * time.Hour)}
		for _, o := range offers {
			l.Offers = append(l.Offers, casework.Offer{Command: o, Case: l.Case, Number: number, Party: v.Party})
		}
		return l
	}
	inquiry := line(candidate, sampleInquiry, "", "支援可否のご照会へのお返事", 5, casework.CmdAvailable, casework.CmdUnavailable)
	consent := line(intake, "2026-KOB-00042-5", "株式会社灘酒造", "「神戸商工会議所」へのご紹介についてのご意向（了承または辞退）", 5, casework.CmdConsent, casework.CmdDecline)
	company := consent
	company.Via, company.Offers = true, nil
	late := line(intake, "2026-KOB-00031-8", "有限会社六甲木工", "兵庫県信用保証協会からの支援状況のご報告", 42, casework.CmdStatus)
	late.Tell = "兵庫県信用保証協会"
	report := line(intake, "Q26-00027", "有限会社六甲木工", "支援状況のご報告", 31, casework.CmdFeedback)
	report.Wait, report.Party.Role = casework.WaitFeedback, casework.RoleProvider
	refer := line(mine, "2026-KOB-00042-5", "株式会社灘酒造", "回付（神戸商工会議所（KOBE-CCI））", 4, casework.CmdRefer)
	none := mine
	none.Number, none.Concierge = "", nil
	several := intake
	several.Number, several.Concierge = "", nil
	return []Sample{
		m.letter("reminder", candidate, casework.ReminderLetter{View: candidate, Lines: []casework.ReminderLine{inquiry}}),
		m.letter("reminder-several", several, casework.ReminderLetter{View: several, Lines: []casework.ReminderLine{consent, company, report, late}}),
		m.letter("reminder-concierge", none, casework.ReminderLetter{View: none, Lines: []casework.ReminderLine{refer, late}}),
		m.letter("locked-ask", several, casework.LockedAskLetter{View: several, Mails: []casework.LockedAsk{{Received: m.now.Add(-26 * time.Hour), Files: []string{"エントリーシート（株式会社灘酒造）.xlsx"}}}}),
	}
}
