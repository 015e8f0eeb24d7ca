package letter

import (
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/letter/calendar"
)

const (
	sampleInquiry = "Q26-00031" // of the sample's support by another agency
	sampleJETRO   = "J1"        // of its support by JETRO

	sampleSheetName = "エントリーシート_" + sampleInquiry + ".xlsx"
	samplePassword  = "hT7mKx4wRq9pZc"
)

var companyParty = casework.Party{Role: casework.RoleCompany}

// journey is the sample case's way after its registration, ten minutes between each two steps.
func (m *model) journey() []casework.Event {
	both := func(p casework.Role, channel casework.Spoken) casework.Payload {
		return &casework.ConsentAnswered{Support: sampleInquiry, Party: p, SheetVersion: 1, Answer: casework.ConsentGiven, Channel: channel}
	}
	steps := []casework.Payload{
		&casework.Inquired{Support: sampleInquiry, Agency: "HYOGO-CCI", AgencyName: "兵庫商工会議所"},
		&casework.InquiryAnswered{Support: sampleInquiry, Answer: casework.AnswerAvailable, Reason: "アジア班でお受けできます。"},
		&casework.ConsentAsked{Support: sampleInquiry, SheetVersion: 1, Why: sampleWhy},
		both(casework.RoleIntake, ""),
		both(casework.RoleCompany, casework.SpokenPhone),
		&casework.Referred{Support: sampleInquiry, SheetVersion: 1, Way: casework.WayMail},
		&casework.HostNamed{Support: sampleInquiry, Host: casework.Host{Department: "国際部", Person: "北野 聡", Contact: "電話のうえ、面談"}},
		&casework.FeedbackGiven{Support: sampleInquiry, Feedback: m.feedback(casework.RoleProvider)},
		&casework.JetroProposed{Support: sampleJETRO, Service: "海外展開専門家によるご相談"},
	}
	events := append([]casework.Event{}, m.events...)
	for i, p := range steps {
		events = append(events, casework.Event{Case: 123, At: m.now.Add(time.Duration(i-len(steps)-1) * 10 * time.Minute), Payload: p})
	}
	return events
}

// upTo is the case once everything up to the last event of a kind has happened.
func (m *model) upTo(kind casework.EventKind) casework.Case {
	events, last := m.journey(), 0
	for i, e := range events {
		if e.Payload.Kind() == kind {
			last = i
		}
	}
	return casework.Fold(events[:last+1])
}

const sampleWhy = "ベトナムの酒類輸入元との商談に実績があり、現地での同席もお引き受けいただけるためです。"

func (m *model) feedback(from casework.Role) casework.Feedback {
	day := func(n int) string { return m.now.AddDate(0, 0, n).Format(time.DateOnly) }
	return casework.Feedback{At: m.now.Add(-3 * time.Hour), From: from, Date: day(-1), Content: "ベトナムの輸入元2社をご紹介しました。",
		Progress: "1社と見積りの条件を調整しています。", Next: day(21), Means: "面談"}
}

// toProvider is what the provider sees; the concierge is shown to it from the inquiry on.
func (m *model) toProvider(c casework.Case, offers ...casework.Offer) casework.View {
	return m.view(c, providerParty, m.nishimura, "兵庫商工会議所", offers...)
}

func (m *model) toCompany(c casework.Case, offers ...casework.Offer) casework.View {
	return m.view(c, companyParty, m.hamada, "株式会社灘酒造", offers...)
}

// passOn is a letter for the company that its agency hands over. The agency's own commands are not for the company.
func (m *model) passOn(c casework.Case) casework.View {
	v := m.toAgency(c, offerStatus)
	v.Via = true
	return v
}

// shown is a support as a view shows it.
func shown(v casework.View, id string) casework.SupportView {
	for _, s := range v.Supports {
		if s.ID == id {
			return s
		}
	}
	return casework.SupportView{}
}

// ways are a letter for the company itself, for the company through its agency, and for the agency.
func (m *model) ways(kind string, c casework.Case, offers []casework.Offer,
	content func(casework.View, casework.Role) casework.Content, attach ...casework.Attachment) []Sample {
	direct, via, intake := m.toCompany(c, offers...), m.passOn(c), m.toAgency(c, offers...)
	return []Sample{
		m.letter(kind+"-company", direct, content(direct, casework.RoleCompany), attach...),
		m.letter(kind+"-company-via", via, content(via, casework.RoleCompany), attach...),
		m.letter(kind+"-intake", intake, content(intake, casework.RoleIntake), attach...),
	}
}

func attached(kind casework.AttachmentKind, name string) casework.Attachment {
	return casework.Attachment{Kind: kind, Name: name, Blob: sampleBlob}
}

// providerLetters are those to a candidate, and to the agency that supports.
func (m *model) providerLetters() []Sample {
	host := casework.Offer{Command: casework.CmdHost, Label: "受入担当をお知らせになるとき（本文に上の3行をご記入ください）"}
	ask := casework.Offer{Command: casework.CmdPassword, Label: "資料のパスワードをお求めのとき"}
	c := m.upTo("referred")
	sent, told := m.toProvider(c, host, ask), m.toProvider(c)
	referral := casework.ReferralLetter{View: sent, CompanyAt: m.now.Add(-6 * time.Hour), IntakeAt: m.now.Add(-30 * time.Hour),
		PasswordBy: casework.PasswordMail, Phone: m.yamamoto.Phone}
	again, form := referral, referral
	again.Again, again.PasswordBy = true, casework.PasswordPhone
	form.Form, form.PasswordBy = true, casework.PasswordAgreed
	sheet := attached(casework.AttachProtected, sampleSheetName)
	key := casework.PasswordLetter{View: told, Support: shown(told, sampleInquiry), Password: samplePassword, FileName: sampleSheetName}
	return append(m.inquiries(),
		m.letter("referral", sent, referral, sheet),
		m.letter("referral-again", sent, again, sheet),
		m.letter("referral-form", sent, form, attached(casework.AttachFilled, "紹介シート_"+sampleInquiry+".xlsx")),
		m.letter("password", told, key),
		m.letter("recall", told, casework.RecallLetter{View: told, Support: shown(told, sampleInquiry), Due: m.now.AddDate(0, 0, 7)}))
}

// inquiries are those to a candidate that knows nothing of the company.
func (m *model) inquiries() []Sample {
	yes := casework.Offer{Command: casework.CmdAvailable, Label: "受け入れていただけるとき"}
	no := casework.Offer{Command: casework.CmdUnavailable, Label: "受け入れが難しいとき（差し支えなければ、本文にご事情をお書きください）"}
	asked, told := m.toProvider(m.upTo("inquired"), yes, no), m.toProvider(m.upTo("inquired"))
	inquiry := casework.InquiryLetter{View: asked, Due: m.now.AddDate(0, 0, 7), Phone: m.yamamoto.Phone,
		Facts: casework.InquiryFacts{Items: []int{1, 7}, Countries: []string{"ベトナム", "シンガポール"}, Industry: "清酒製造業",
			Size: "資本金 5,000万円以下・従業員 50名以下"},
		Prose: "現地で酒類を扱う輸入元のご紹介と、商談へのご同席をお願いできる機関を探しております。\n来春の商談会の前にお始めいただけますと幸いです。"}
	short := inquiry
	short.Prose, short.Facts.Prefecture, short.Due = "", "兵庫県", time.Time{}
	return []Sample{
		m.letter("inquiry", asked, inquiry),
		m.letter("inquiry-prefecture", asked, short),
		m.letter("passed-over", told, casework.PassedOverLetter{View: told}),
	}
}

// partyLetters ask company and intake agency, and tell them what follows.
func (m *model) partyLetters() []Sample {
	answer := []casework.Offer{{Command: casework.CmdConsent, Args: []string{"HYOGO-CCI"}, Label: "ご了承いただけるとき"},
		{Command: casework.CmdDecline, Args: []string{"HYOGO-CCI"}, Label: "ご辞退になるとき"}}
	status := []casework.Offer{offerStatus}
	asked, referred, hosted := m.upTo("consent-asked"), m.upTo("referred"), m.upTo("host-named")
	var out []Sample
	out = append(out, m.ways("consent", asked, answer, func(v casework.View, r casework.Role) casework.Content {
		return casework.ConsentLetter{View: v, For: r, Support: shown(v, sampleInquiry), Why: sampleWhy, Due: m.now.AddDate(0, 0, 7),
			Shares: []string{"エントリーシート（2026年11月16日受領分）の記載内容", "会員番号"}}
	})...)
	out = append(out, m.ways("consent-recorded", asked, answer[1:], func(v casework.View, r casework.Role) casework.Content {
		return casework.ConsentRecordedLetter{View: v, For: r, Support: shown(v, sampleInquiry),
			Answer: casework.ConsentGiven, Channel: casework.SpokenPhone}
	})...)
	declined := m.toAgency(asked, answer[0])
	out = append(out, m.letter("consent-recorded-declined", declined, casework.ConsentRecordedLetter{View: declined,
		For: casework.RoleIntake, Support: shown(declined, sampleInquiry), Answer: casework.ConsentDeclined, Channel: casework.SpokenMeeting}))
	out = append(out, m.ways("referred", referred, status, func(v casework.View, r casework.Role) casework.Content {
		return casework.ReferredLetter{View: v, For: r, Support: shown(v, sampleInquiry)}
	})...)
	out = append(out, m.ways("host", hosted, status, func(v casework.View, r casework.Role) casework.Content {
		return casework.HostLetter{View: v, For: r, Support: shown(v, sampleInquiry)}
	})...)
	out = append(out, m.ways("proposal", m.upTo("jetro-proposed"), status, func(v casework.View, r casework.Role) casework.Content {
		return casework.ProposalLetter{View: v, For: r, Support: shown(v, sampleJETRO),
			HowTo: "申込書に必要事項をご記入のうえ、担当コンシェルジュまでお送りください。\n費用はかかりません。"}
	})...)
	return append(out, m.ways("form", m.upTo("jetro-proposed"), nil, func(v casework.View, r casework.Role) casework.Content {
		return casework.FormLetter{View: v, For: r, Note: "「3. 商品の特徴」は、代表的な銘柄のみで結構です。"}
	}, attached(casework.AttachOffice, "追加情報フォーム.xlsx"))...)
}

// meetings are an appointment set, moved and called off.
func (m *model) meetings() []Sample {
	start := time.Date(m.now.Year(), m.now.Month(), m.now.Day()+9, 14, 0, 0, 0, casework.JST)
	meeting := casework.Meeting{Key: sampleInquiry, UID: "m.123.q26-00031@" + domainOf(m.office.Mailbox.Addr), Start: start,
		End: start.Add(90 * time.Minute), Place: m.office.Name + " 第1会議室"}
	first := meeting
	first.Key, first.UID = "first", "m.123.first@"+domainOf(m.office.Mailbox.Addr)
	first.Place = "オンライン（接続先は別途お知らせします）"
	moved, off := meeting, meeting
	moved.Sequence, moved.Start, moved.End = 1, start.AddDate(0, 0, 1), meeting.End.AddDate(0, 0, 1)
	off.Sequence, off.Cancelled = 2, true
	invite := attached(casework.AttachInvite, calendar.FileName)
	one := func(name string, v casework.View, r casework.Role, change func(*casework.MeetingLetter)) Sample {
		l := casework.MeetingLetter{View: v, For: r, Support: shown(v, sampleInquiry), Meeting: meeting,
			Recipient: v.Reader, Optional: r == casework.RoleIntake,
			With: []string{"株式会社灘酒造 浜田 由紀 様", "兵庫商工会議所 北野 聡 様", "担当コンシェルジュ 山本 花子", "みなと銀行 田中 一郎 様（任意）"}}
		change(&l)
		return m.letter(name, v, l, invite)
	}
	c := m.upTo("host-named")
	company, via, intake, provider := m.toCompany(c), m.passOn(c), m.toAgency(c), m.toProvider(c)
	return []Sample{
		one("meeting-company", company, casework.RoleCompany, func(l *casework.MeetingLetter) { l.Note = "商品の見本を2、3点お持ちください。" }),
		one("meeting-company-via", via, casework.RoleCompany, func(*casework.MeetingLetter) {}),
		one("meeting-intake", intake, casework.RoleIntake, func(*casework.MeetingLetter) {}),
		one("meeting-provider", provider, casework.RoleProvider, func(*casework.MeetingLetter) {}),
		one("meeting-moved", provider, casework.RoleProvider, func(l *casework.MeetingLetter) { l.Meeting, l.Before = moved, start }),
		one("meeting-cancelled", intake, casework.RoleIntake, func(l *casework.MeetingLetter) { l.Meeting = off }),
		one("meeting-first", company, casework.RoleCompany, func(l *casework.MeetingLetter) {
			l.Meeting, l.Support, l.With = first, casework.SupportView{}, []string{l.With[0], l.With[2], l.With[3]}
		}),
	}
}
