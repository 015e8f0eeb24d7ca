package letter

import (
	"time"

	"uketsuke/internal/casework"
)

// digests are the clock's letters of many cases.
func (m *model) digests() []Sample {
	mine, desk := m.toConcierge(casework.Case{}), m.toClerk(casework.Case{})
	for _, v := range []*casework.View{&mine, &desk} {
		v.Number, v.Concierge, v.Offers = "", nil, nil
	}
	concierge := casework.DigestLetter{View: mine, Lines: m.conciergeLines(), Said: []casework.DigestSaid{
		{Command: casework.CmdTake, Number: "2026-KOB-00028-2", Company: "合同会社淡路フーズ", At: m.now.Add(-71 * time.Hour)},
		{Command: casework.CmdNote, Number: "2026-KOB-00042-5", Company: "株式会社灘酒造", At: m.now.Add(-18 * time.Hour)}}}
	deputy := concierge
	deputy.Lines, deputy.Said, deputy.StandsIn = deputy.Lines[2:], nil, []string{m.suzuki.Name}
	clerk := casework.DigestLetter{View: desk, Lines: m.clerkLines(), Desk: m.desk()}
	office := m.officeDigest(desk)
	intake := m.toAgency(casework.Case{})
	intake.Number, intake.Concierge, intake.Offers = "", nil, nil
	return []Sample{
		m.letter("digest-agency", intake, casework.AgencyDigestLetter{View: intake, Lines: m.companies()}),
		m.letter("digest-office", desk, office, casework.Attachment{Kind: casework.AttachChart, Name: "flow.png"}),
		m.letter("digest-concierge", mine, concierge),
		m.letter("digest-concierge-deputy", mine, deputy),
		m.letter("digest-clerk", desk, clerk),
		m.letter("digest-clerk-mail", desk, casework.DigestLetter{View: desk, Desk: casework.Desk{Other: m.desk().Other, Vanished: 2, Braked: 3, Drafted: 1, Spam: 2}}),
	}
}

// digestLine is one line for a party; its offers are in that party's name.
func (m *model) digestLine(p casework.Party, number, company, what string, days int, offers ...casework.Offer) casework.DigestLine {
	l := casework.DigestLine{Days: days, ReminderLine: casework.ReminderLine{Line: casework.Line{Case: 123, Party: p, Sheet: true}, Number: number, Company: company,
		What: what, Since: m.now.Add(-time.Duration(days) * 24 * time.Hour)}}
	for _, o := range offers {
		o.Case, o.Number, o.Party = l.Case, number, p
		l.Offers = append(l.Offers, o)
	}
	return l
}

func (m *model) conciergeLines() []casework.DigestLine {
	line := func(number, company, what string, days int, offers ...casework.Offer) casework.DigestLine {
		return m.digestLine(conciergeParty, number, company, what, days, offers...)
	}
	offer := func(c casework.CommandName, args ...string) casework.Offer {
		return casework.Offer{Command: c, Args: args}
	}
	refer := line("2026-KOB-00042-5", "株式会社灘酒造", "回付（神戸商工会議所（KOBE-CCI））", 5, offer(casework.CmdRefer, "KOBE-CCI"))
	refer.Late, refer.Mine = true, true
	silent := line("2026-KOB-00031-4", "有限会社六甲家具", "支援可否のご照会へのお返事", 13, offer(casework.CmdAvailable, "HYOGO-CCI", "電話"), offer(casework.CmdPassOver, "HYOGO-CCI"))
	silent.Late, silent.Tell = true, "兵庫商工会議所"
	fresh := line("2026-KOB-00045-6", "播磨精工株式会社", "案件の引受", 0, offer(casework.CmdTake))
	fresh.New, fresh.Mine = true, true
	step := line("2026-KOB-00028-2", "合同会社淡路フーズ", "次のお手続き", 3, offer(casework.CmdInquire, "機関コード"), offer(casework.CmdMeet, "初回", "日付", "時刻", "場所"))
	step.Mine = true
	consent := line("2026-KOB-00039-0", "株式会社明石テクノ", "「兵庫商工会議所」へのご紹介についてのご意向（了承または辞退）", 1, offer(casework.CmdConsent, "企業", "電話", "HYOGO-CCI"))
	consent.Tell, consent.Here = "企業", true
	return []casework.DigestLine{refer, silent, fresh, step, consent}
}

func (m *model) clerkLines() []casework.DigestLine {
	held := m.digestLine(clerkParty, "E26-00123", "株式会社灘酒造", "受付のご判断", 2, offerApprove, offerReject)
	held.Late, held.Mine = true, true
	take := m.digestLine(clerkParty, "2026-KOB-00045-6", "播磨精工株式会社", "案件の引受", 6)
	take.Late, take.Tell = true, "コンシェルジュ"
	spoken := m.digestLine(clerkParty, "2026-KOB-00039-0", "株式会社明石テクノ", "お電話でのご了承の承認（兵庫商工会議所（HYOGO-CCI））", 0,
		casework.Offer{Command: casework.CmdApprove, Args: []string{"HYOGO-CCI"}})
	spoken.Mine = true
	return []casework.DigestLine{take, held, spoken}
}

func (m *model) desk() casework.Desk {
	at := func(hours int) time.Time { return m.now.Add(-time.Duration(hours) * time.Hour) }
	return casework.Desk{
		Questions: []casework.MailNote{{From: casework.Address{Addr: "info@nada-shuzo.example"}, Subject: "面談の件", At: at(3), Number: "2026-KOB-00042-5"}},
		Other: []casework.MailNote{{From: casework.Address{Name: "神戸市産業振興局", Addr: "sangyo@city.example"}, Subject: "海外展開セミナーのご案内", At: at(17)},
			{From: m.tanaka, Subject: "ご相談", At: at(20)}},
		Aside:       []casework.MailNote{{From: casework.Address{Addr: "keiri@awaji.example"}, Subject: "エントリーシート（写真）", At: at(22)}},
		Junk:        []casework.MailNote{{From: casework.Address{Addr: "kaigai@hyogo-cci.example"}, Subject: "Re: 支援可否のご照会", At: at(26)}},
		Spam:        4,
		Locked:      []casework.LockedNote{{From: "tanaka@minato-bank.example", Files: []string{"エントリーシート.xlsx"}, Since: at(30)}},
		Undelivered: []casework.LetterNote{{Kind: casework.LetterInquiry, Number: "2026-KOB-00031-4", To: []string{"kaigai@hyogo-cci.example"}, State: "bounced", At: at(18)}},
		Loads:       []casework.DigestLoad{{Concierge: "山本 花子", Open: 14, Late: 2, Days: 6}, {Concierge: "鈴木 健", Open: 9, Late: 0, Days: 4}},
	}
}

func (m *model) officeDigest(v casework.View) casework.OfficeDigestLetter {
	count := func(pairs ...any) (out []casework.FlowCount) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, casework.FlowCount{Name: pairs[i].(string), N: pairs[i+1].(int)})
		}
		return out
	}
	l := casework.OfficeDigestLetter{View: v, From: m.now.AddDate(0, 0, -8), Until: m.now.AddDate(0, 0, -1), Year: casework.FiscalYear(m.now), Desk: m.desk(),
		Week: count("受付", 6, "登録", 5, "引受", 4, "回付", 2, "終了", 3, "取下げ", 0, "受付不可", 1),
		Late: count("案件の引受", 1, "ご照会へのお返事", 3, "支援状況のご報告", 2), Seq: 18233, Head: "5f2a0c9e7b1d44c08a3be6d1f0927c5a61e8b2047d9ac3f51b6e08d2794a1c3e",
		Stages: []casework.FlowRow{{Name: "差戻し中", Open: 2, Median: 3, P90: 6, Late: 0}, {Name: "登録（引受待ち）", Open: 3, Median: 1, P90: 5, Late: 1},
			{Name: "相談中", Open: 9, Median: 6, P90: 19, Late: 3}, {Name: "支援中", Open: 14, Median: 31, P90: 74, Late: 2}},
		Concierges: []casework.FlowRow{{Name: "山本 花子", Open: 14, Median: 12, P90: 45, Late: 4}, {Name: "鈴木 健", Open: 9, Median: 9, P90: 60, Late: 2}},
		Agencies: []casework.FlowRow{{Name: "みなと銀行", New: 3, Open: 12, Median: 10, P90: 52, Late: 3}, {Name: "兵庫商工会議所", New: 2, Open: 9, Median: 14, P90: 41, Late: 2},
			{Name: "六甲信用金庫", New: 0, Open: 7, Median: 8, P90: 33, Late: 1}}}
	received, registered, closed := []int{12, 18, 9, 22, 14, 17, 25, 19}, []int{10, 16, 9, 20, 13, 15, 22, 17}, []int{2, 5, 8, 7, 9, 11, 8, 10}
	for i := range received {
		l.Months = append(l.Months, casework.FlowMonth{Month: i + 4, Received: received[i], Registered: registered[i], Closed: closed[i]})
	}
	return l
}

func (m *model) companies() []casework.AgencyLine {
	company := func(number, name string, stage casework.Stage, days int, offers ...casework.CommandName) casework.AgencyLine {
		l := casework.AgencyLine{Line: casework.Line{Case: 123, Party: intakeParty, Sheet: true}, Number: number, Company: name, Stage: stage.Japanese(), Ended: !stage.Open(),
			Last: m.now.AddDate(0, 0, -days)}
		for _, o := range offers {
			offer := casework.Offer{Command: o, Case: l.Case, Number: number, Party: intakeParty}
			if o == casework.CmdConsent || o == casework.CmdDecline {
				offer.Args = []string{"KOBE-CCI"}
			}
			l.Offers = append(l.Offers, offer)
		}
		return l
	}
	consent := company("2026-KOB-00042-5", "株式会社灘酒造", casework.StageConsulting, 4, casework.CmdConsent, casework.CmdDecline)
	consent.Supports = []string{"神戸商工会議所（了承待ち）"}
	consent.Waits = []string{"「神戸商工会議所」へのご紹介についてのご意向（了承または辞退）"}
	active := company("2026-KOB-00031-4", "有限会社六甲家具", casework.StageSupported, 12, casework.CmdStatus)
	active.Supports = []string{"兵庫県信用保証協会（支援中）"}
	return []casework.AgencyLine{consent, active, company("2026-KOB-00028-2", "合同会社淡路フーズ", casework.StageRegistered, 1, casework.CmdStatus),
		company("2026-KOB-00011-6", "播磨精工株式会社", casework.StageClosed, 20)}
}
