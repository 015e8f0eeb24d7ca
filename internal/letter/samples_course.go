package letter

import (
	"time"

	"uketsuke/internal/casework"
)

// supportLetters are those about answers, meetings, progress and ends.
func (m *model) supportLetters() []Sample {
	out := m.answers()
	out = append(out, m.meetings()...)
	out = append(out, m.progress()...)
	return append(out, m.ends()...)
}

// answers tell concierge and clerk what was answered.
func (m *model) answers() []Sample {
	ask := casework.Offer{Command: casework.CmdAskConsent, Args: []string{"HYOGO-CCI"}, Label: "企業と紹介元に了承をお願いされるとき"}
	other := casework.Offer{Command: casework.CmdInquire, Args: []string{"機関コード"}, Label: "ほかの候補に照会されるとき"}
	meet := casework.Offer{Command: casework.CmdMeet, Args: []string{"HYOGO-CCI"}, Label: "面談をご案内になるとき（続けて日付・時刻・場所をお書きください）"}
	yes, host := m.toConcierge(m.upTo("inquiry-answered"), ask), m.toConcierge(m.upTo("host-named"), meet)
	answer := casework.InquiryAnswerLetter{View: yes, Support: shown(yes, sampleInquiry), Answer: casework.AnswerAvailable,
		Reason: "アジア班でお受けできます。", By: m.nishimura}
	no, late := answer, answer
	no.Offers, late.Offers = []casework.Offer{other}, nil
	no.Answer, no.Reason = casework.AnswerUnavailable, "担当者が不在のため、年度内は難しい状況です。"
	no.Support.StateText = casework.SupportUnavailable.Japanese()
	late.Late, late.Support.StateText = true, casework.SupportPassedOver.Japanese()
	return append(m.consentResults(),
		m.letter("inquiry-answer", yes, answer),
		m.letter("inquiry-answer-unavailable", yes, no),
		m.letter("inquiry-answer-late", yes, late),
		m.letter("host-concierge", host, casework.HostLetter{View: host, For: casework.RoleConcierge, Support: shown(host, sampleInquiry)}))
}

// consentResults are where the consents stand, and the password that the concierge tells by phone.
func (m *model) consentResults() []Sample {
	on := func(c casework.CommandName, label string) casework.Offer {
		return casework.Offer{Command: c, Args: []string{"HYOGO-CCI"}, Label: label}
	}
	result := func(v casework.View, consents string) casework.ConsentResultLetter {
		l := casework.ConsentResultLetter{View: v, Support: shown(v, sampleInquiry), Party: casework.RoleCompany, Answer: casework.ConsentGiven}
		l.Support.Consents = consents
		return l
	}
	day := m.now.Format("1/2")
	one := result(m.toConcierge(m.upTo("consent-asked")), "紹介元：未回答（"+day+" 依頼）、企業：了承済")
	both := result(m.toConcierge(m.upTo("consent-answered"), on(casework.CmdRefer, "エントリーシートを回付されるとき")), "紹介元：了承済、企業：了承済")
	both.Cleared, both.Channel = true, casework.SpokenPhone
	both.Findings = []string{"非表示のシート「作業用」", "コメント 2件（セル D24、F31）", "ほかの機関名「六甲信用金庫」（セル B52）"}
	declined := result(m.toConcierge(m.upTo("referred"), on(casework.CmdRecall, "資料の廃棄をお願いされるとき")), "紹介元：了承済、企業：辞退（"+day+"）")
	declined.Answer, declined.Recall, declined.Reason = casework.ConsentDeclined, true, "社内で検討した結果、時期を改めたいと考えています。"
	approval := result(m.toClerk(m.upTo("consent-answered"), on(casework.CmdApprove, "口頭での了承を承認されるとき")),
		"紹介元：了承（電話、事務局の承認待ち）、企業：了承（電話、事務局の承認待ち）")
	approval.Approval, approval.Channel, approval.Support.StateText = true, casework.SpokenPhone, casework.SupportAsked.Japanese()
	gone := m.toConcierge(m.upTo("referred"))
	return []Sample{
		m.letter("consent-result", one.View, one),
		m.letter("consent-result-cleared", both.View, both),
		m.letter("consent-result-declined", declined.View, declined),
		m.letter("consent-result-approval", approval.View, approval),
		m.letter("password-phone", gone, casework.PasswordLetter{View: gone, Support: shown(gone, sampleInquiry), Password: samplePassword,
			FileName: sampleSheetName, ByPhone: true, Phone: "078-333-4444"}),
	}
}

// progress are reports, and the requests for them.
func (m *model) progress() []Sample {
	report := casework.Offer{Command: casework.CmdFeedback, Label: "支援の状況をご報告になるとき（本文に上の行をご記入ください）"}
	c := m.upTo("jetro-proposed")
	wish := casework.Offer{Command: casework.CmdWish, Label: "ご要望・ご意見をお寄せになるとき"}
	tell := casework.Offer{Command: casework.CmdFeedback, Args: []string{"ジェトロ"}, Label: "支援の状況を紹介元にお知らせになるとき"}
	provider, intake := m.toProvider(c, report), m.toAgency(c, wish, offerStatus)
	mine, own := m.toConcierge(c, offerStatus), m.toConcierge(c, tell)
	last := m.feedback(casework.RoleProvider)
	request := casework.FeedbackRequestLetter{View: provider, Support: shown(provider, sampleInquiry), Last: &last,
		Readers: []string{"担当コンシェルジュ", "紹介元（みなと銀行）"}}
	first, jetro := request, request
	first.Last = nil
	jetro.View, jetro.Support, jetro.Last, jetro.Readers = own, shown(own, sampleJETRO), nil, []string{"紹介元（みなと銀行）"}
	passed := func(v casework.View, r casework.Role, f casework.Feedback, id string, channel casework.Spoken) casework.FeedbackLetter {
		return casework.FeedbackLetter{View: v, For: r, Support: shown(v, id), Feedback: f, Channel: channel}
	}
	return []Sample{
		m.letter("feedback-request", provider, request),
		m.letter("feedback-request-first", provider, first),
		m.letter("feedback-request-jetro", own, jetro),
		m.letter("feedback-intake", intake, passed(intake, casework.RoleIntake, last, sampleInquiry, "")),
		m.letter("feedback-jetro", intake, passed(intake, casework.RoleIntake, m.feedback(casework.RoleConcierge), sampleJETRO, "")),
		m.letter("feedback-concierge", mine, passed(mine, casework.RoleConcierge, last, sampleInquiry, casework.SpokenPhone)),
		m.letter("status-supports", mine, casework.StatusLetter{View: mine}),
		m.letter("status-intake", intake, casework.StatusLetter{View: intake}),
		m.letter("status-provider", provider, casework.StatusLetter{View: provider}),
	}
}

// ends are the end of a support, of the case, and a withdrawal.
func (m *model) ends() []Sample {
	c := m.upTo("jetro-proposed")
	provider, mine, candidate := m.toProvider(c), m.toConcierge(c), m.toProvider(m.upTo("inquired"))
	whole := func(v casework.View, r casework.Role) casework.Content {
		return casework.ClosingLetter{View: v, For: r}
	}
	closing := func(v casework.View, r casework.Role) casework.Content {
		return casework.ClosingLetter{View: v, For: r, Support: shown(v, sampleInquiry)}
	}
	withdrawn := func(v casework.View, r casework.Role) casework.Content {
		return casework.WithdrawnLetter{View: v, For: r, By: casework.RoleCompany}
	}
	out := m.ways("closing", c, nil, closing)
	out = append(out, m.ways("closing-case", c, nil, whole)...)
	out = append(out, m.ways("withdrawn", c, nil, withdrawn)...)
	return append(out,
		m.letter("closing-provider", provider, closing(provider, casework.RoleProvider)),
		m.letter("closing-case-concierge", mine, whole(mine, casework.RoleConcierge)),
		m.letter("withdrawn-provider", provider, withdrawn(provider, casework.RoleProvider)),
		m.letter("withdrawn-candidate", candidate, withdrawn(candidate, casework.RoleProvider)),
		m.letter("withdrawn-concierge", mine, withdrawn(mine, casework.RoleConcierge)))
}

// messageLetters are mails passed on, and what became of others.
func (m *model) messageLetters() []Sample {
	c := m.upTo("host-named")
	mine, company, via, provider := m.toConcierge(c), m.toCompany(c), m.passOn(c), m.toProvider(c)
	from := casework.PassedOnLetter{View: mine, For: casework.RoleConcierge, From: "みなと銀行 田中 一郎 <tanaka@minato-bank.example>",
		Subject: "Re: 支援機関へのご紹介のお知らせ", Answer: true,
		Text:  "山本様\n\nお世話になっております。灘酒造様の直近の決算資料をお送りします。\n初回の面談には、私も同席いたします。\n\n田中",
		Files: []string{"決算資料（2026年3月期）.pdf"}, Kept: []string{"集計.xlsm（マクロを含むファイルのため）"}}
	doubt := from
	doubt.From, doubt.Files, doubt.Kept, doubt.Answer = "田中 一郎 <tanaka@minato-bank.example>", nil, nil, false
	doubt.Doubt = "差出人ご本人からのメールであることを、メールの情報だけでは確かめられませんでした。内容にお心当たりがあるか、お電話などでお確かめください。"
	words := func(v casework.View, r casework.Role) casework.PassedOnLetter {
		return casework.PassedOnLetter{View: v, For: r, From: "担当コンシェルジュの山本 花子", Subject: "初回の面談の準備について", Answer: true,
			Text: "面談では、まず商品の特徴と、これまでの輸出のご経験をお聞かせください。\nお手元に資料がございましたら、当日お持ちください。"}
	}
	return append(m.transcripts(),
		m.letter("passed-on-concierge", mine, from, attached(casework.AttachFile, from.Files[0])),
		m.letter("passed-on-doubt", mine, doubt),
		m.letter("passed-on-company", company, words(company, casework.RoleCompany)),
		m.letter("passed-on-company-via", via, words(via, casework.RoleCompany)),
		m.letter("passed-on-provider", provider, words(provider, casework.RoleProvider)),
		m.letter("nobody", mine, casework.NobodyLetter{View: mine, Subject: "先日の件", Why: "どなたにあてたご連絡か、メールからは分かりませんでした。"}))
}

// transcripts answer まとめて.
func (m *model) transcripts() []Sample {
	lines := []casework.TranscriptLine{
		{Command: "引受", Number: "2026-KOB-00042-5", Done: true, Text: "案件をお引き受けいただきました。"},
		{Command: "打診 HYOGO-CCI", Number: "2026-KOB-00042-5", Done: true, Text: "兵庫商工会議所に支援の可否を照会します（Q26-00031）。"},
		{Command: "回付 HYOGO-CCI", Number: "2026-KOB-00042-5", Text: "ご了承が得られていないため、回付できません。紹介元：未依頼、企業：未依頼"},
	}
	batch := m.toConcierge(casework.Case{})
	batch.Number = ""
	sent := []casework.SentNote{{Letter: "支援可否のご照会", To: "兵庫商工会議所（nishimura@hyogo-cci.example）",
		When: m.now.Add(10*time.Minute).Format("15:04") + "以降"}}
	stopped := []casework.TranscriptLine{}
	for _, code := range []string{"HYOGO", "HYOGOCCI", "兵庫", "CCI", "ROKKO"} {
		stopped = append(stopped, casework.TranscriptLine{Command: "打診 " + code, Number: "2026-KOB-00042-5", Text: "機関「" + code + "」が名簿に見当たりません。"})
	}
	return []Sample{
		m.letter("transcript", batch, casework.TranscriptLetter{View: batch, Lines: lines, Errors: 1, Sent: sent}),
		m.letter("transcript-stopped", batch, casework.TranscriptLetter{View: batch, Lines: stopped, Errors: 5, Stopped: true}),
	}
}
