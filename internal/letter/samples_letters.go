package letter

import (
	"time"

	"uketsuke/internal/casework"
)

var (
	offerStatus  = casework.Offer{Command: casework.CmdStatus, Label: "案件の状況をお知りになりたいとき"}
	offerAgain   = casework.Offer{Command: casework.CmdCertificate, Label: "会員証の再送をご希望のとき"}
	offerTake    = casework.Offer{Command: casework.CmdTake, Label: "案件をお引き受けになるとき"}
	offerAssign  = casework.Offer{Command: casework.CmdAssign, Args: []string{"コンシェルジュ"}, Label: "担当コンシェルジュを変更されるとき"}
	offerApprove = casework.Offer{Command: casework.CmdApprove, Args: []string{"MINATO"}, Label: "みなと銀行（MINATO）からの受付として登録されるとき"}
	offerChoose  = casework.Offer{Command: casework.CmdApprove, Args: []string{"機関コード"}, Label: "ほかの機関からの受付として登録されるとき"}
	offerReject  = casework.Offer{Command: casework.CmdReject, Label: "受け付けず、差出人にも知らせないとき"}
	offerTell    = casework.Offer{Command: casework.CmdReject, Args: []string{"通知"}, Label: "受け付けず、差出人に知らせるとき"}
	offerList    = casework.Offer{Command: casework.CmdList, Label: "進行中の案件の一覧をご覧になるとき", NoCase: true}
	offerHelp    = casework.Offer{Command: casework.CmdHelp, Label: "ご利用いただけるお手続きの一覧をご覧になるとき", NoCase: true}
)

func sampleProblems() []casework.Problem {
	const sheet = "エントリーシート"
	return []casework.Problem{
		{Field: "company.corporateNumber", Label: "法人番号", Severity: casework.SeverityError, Sheet: sheet, Cell: "AC11", Found: "1234567890123",
			Wanted: "13桁の法人番号をご確認のうえ、ご記入ください。お分かりにならない場合は、空欄のままで結構です。"},
		{Field: "company.phone", Label: "企業の電話番号", Severity: casework.SeverityError, Sheet: sheet, Cell: "I16",
			Wanted: "企業の電話番号をご記入ください。"},
		{Field: "confirmations.consent", Label: "確認事項（制度利用の同意）", Severity: casework.SeverityError, Sheet: sheet, Cell: "C48", Found: "□",
			Wanted: "制度の内容と留意点をご説明のうえ、企業様の同意を得ていらっしゃる場合は、チェックをお入れください。"},
	}
}

// agencyLetters are those to the intake agency and to senders.
func (m *model) agencyLetters() []Sample {
	reg := m.toAgency(m.registered, offerStatus, offerAgain)
	corrected := reg
	corrected.Version = 2
	back := m.toAgency(m.received)
	due := m.now.AddDate(0, 0, 14)
	marked := casework.Attachment{Kind: casework.AttachMarked, Name: m.received.Sheet.Name, Blob: sampleBlob, Problems: sampleProblems()}
	void := m.registered
	void.Stage = casework.StageVoid
	stranger := casework.View{Party: casework.Party{Role: casework.RoleIntake}, Reader: casework.Address{Addr: "keiei@sakura-consul.example"}, Office: m.office, Now: m.now}
	nobody := casework.View{Party: providerParty, Reader: m.nishimura, ReaderOf: "兵庫商工会議所", Office: m.office, Now: m.now}
	return []Sample{
		m.letter("registered", reg, casework.RegisteredLetter{View: reg}, m.certificate(false)),
		m.letter("registered-again", reg, casework.RegisteredLetter{View: reg, Again: true}, m.certificate(false)),
		m.letter("registered-version", corrected, casework.RegisteredLetter{View: corrected}, m.certificate(false)),
		m.letter("returned", back, casework.ReturnedLetter{View: back, Problems: sampleProblems(), FileName: m.received.Sheet.Name, Due: due}, marked),
		m.letter("returned-version", reg, casework.ReturnedLetter{View: reg, Problems: sampleProblems()[:1], FileName: m.received.Sheet.Name, Due: due, Version: true}, marked),
		m.letter("rejected", stranger, casework.RejectedLetter{View: stranger, FileName: "エントリーシート.xlsx"}),
		m.letter("voided", reg, casework.VoidedLetter{View: m.toAgency(void)}),
		m.letter("certificate", reg, casework.CertificateLetter{View: reg}, m.certificate(true)),
		m.letter("membership", nobody, casework.MembershipLetter{View: nobody, Asked: "M-00042-7", Valid: true}),
		m.letter("membership-unknown", nobody, casework.MembershipLetter{View: nobody, Asked: "M-00024-7"}),
		m.letter("membership-void", nobody, casework.MembershipLetter{View: nobody, Asked: "M-00042-7", Void: true}),
		m.letter("membership-company", nobody, casework.MembershipLetter{View: nobody, Asked: "M-00042-7", Valid: true, Company: "株式会社灘酒造"}),
	}
}

// clerkLetters are those to the office's clerk.
func (m *model) clerkLetters() []Sample {
	held := m.toClerk(m.held, offerApprove, offerChoose, offerReject, offerTell)
	office := m.toClerk(casework.Case{})
	office.Number, office.Offers = "", []casework.Offer{offerList, offerHelp}
	unclear := sampleProblems()[2:]
	unclear[0].Found, unclear[0].Unreadable, unclear[0].Wanted = "（読み取れません）", true, "チェックの有無を原本でお確かめください。"
	hold := func(reason casework.HoldReason) casework.HeldLetter {
		return casework.HeldLetter{View: held, Hold: casework.EntryHeld{Reason: reason, Nearest: "MINATO"}, Nearest: "みなと銀行", From: m.held.Submitter,
			Subject: "新規エントリーのご依頼", Evidence: "DMARC 合格（mail.example）。ただし名簿にないアドレスです。", Codes: []string{"HYOGO-CCI", "MINATO", "ROKKO-SHINKIN"}}
	}
	same, boxes := hold(casework.HoldSame), hold(casework.HoldUnclear)
	same.Hold.Same, same.Hold.Detail = "E26-00119", "先の差出人は、兵庫商工会議所です。"
	boxes.Problems = unclear
	stopped := office
	stopped.Stopped = true
	return []Sample{
		m.letter("held", held, hold(casework.HoldStranger)),
		m.letter("held-same", held, same),
		m.letter("held-unclear", held, boxes, m.sheet()),
		m.letter("aside", office, casework.AsideLetter{View: office, From: m.tanaka, Subject: "エントリーシートの送付", Reason: "添付ファイルを開くことができませんでした。",
			Files: []casework.LockedFile{{Name: "エントリーシート.xlsx", What: "locked", Reason: "パスワードで保護されています。"}, {Name: "旧様式.xls", What: "unreadable", Reason: "Excel 97-2003 形式（.xls）のため、読み取れません。"}}}),
		m.letter("undelivered", office, casework.UndeliveredLetter{View: office, Letter: "コンソーシアム登録のお知らせ", Subject: "[登録 2026-KOB-00042-5] コンソーシアム登録のお知らせ",
			To: []string{"tanaka@minato-bank.example"}, Reason: "宛先のアドレスが見つかりません（550 5.1.1 User unknown）。"}),
		m.letter("undelivered-braked", stopped, casework.UndeliveredLetter{View: stopped, Letter: "お手続きのご報告", Subject: "お手続きのご報告（状況）",
			To: []string{"tanaka@minato-bank.example", "houjin@minato-bank.example"}, Reason: "同じ宛先へのメールが1時間に20通を超えました。", Braked: true}),
		m.letter("undelivered-draft", office, casework.UndeliveredLetter{View: office, Letter: "エントリーシート送付のご案内", Subject: "[照会 Q26-00031] エントリーシート送付のご案内",
			To: []string{"nishimura@hyogo-cci.example"}, Reason: "案件 2026-KOB-00042-5 Q26-00031：回付に必要なご了承が揃っていません", Drafted: true}),
		m.letter("draft-sent", office, casework.DraftSentLetter{View: office, Letter: "コンソーシアム登録のお知らせ", Subject: "[登録 2026-KOB-00042-5] コンソーシアム登録のお知らせ",
			Sent: m.now, To: []string{"tanaka@minato-bank.example"}, Added: []string{"okada@rokko-shinkin.example"}, Sheet: true}),
		m.letter("draft-sent-withdrawn", office, casework.DraftSentLetter{View: office, Letter: "エントリーシート送付のご案内", Subject: "[照会 Q26-00031] エントリーシート送付のご案内",
			Sent: m.now, To: []string{"nishimura@hyogo-cci.example"}, Withdrawn: true, Sheet: true, Recall: "HYOGO-CCI"}),
	}
}

// conciergeLetters are those about a case to its concierge.
func (m *model) conciergeLetters() []Sample {
	v := m.toConcierge(m.registered, offerTake, offerStatus, offerAssign, casework.Offer{Command: casework.CmdNote, Label: "事務局内のメモを残されるとき（本文にご記入ください）"})
	v.Stage, v.StageText = casework.StageRegistered, casework.StageRegistered.Japanese()
	second := v
	second.Version = 2
	warnings := []casework.Problem{{Field: "company.url", Label: "ホームページ", Severity: casework.SeverityWarning, Sheet: "エントリーシート", Cell: "I18", Found: "準備中", Wanted: "記入の内容をご確認ください。"},
		{Field: "addressee.agency", Label: "依頼先支援機関", Severity: casework.SeverityWarning, Wanted: "名簿の近い名前から推定しました。"}}
	why := m.registered.ConciergeWhy
	return []Sample{
		m.letter("brief", v, casework.BriefLetter{View: v, Why: why, Warnings: warnings, Wish: "兵庫商工会議所（HYOGO-CCI）"}, m.sheet()),
		m.letter("brief-full", v, casework.BriefLetter{View: v, Why: "全員の件数が上限に達しており、最も件数が少ないため", OtherOpen: []string{"2026-KOB-00031-4"}, Full: true, Missing: "𠮷"}, m.sheet()),
		m.letter("brief-version", second, casework.BriefLetter{View: second, Why: why, Change: "version"}, m.sheet()),
		m.letter("brief-assigned", v, casework.BriefLetter{View: v, Why: "鈴木 健からの引き継ぎ", Change: "assigned", From: m.suzuki.Name}, m.sheet()),
		m.letter("brief-same", v, casework.BriefLetter{View: v, Why: why, Change: "same", OtherOpen: []string{"2026-KOB-00031-4"}}, m.sheet()),
	}
}

// commandLetters answer what people wrote.
func (m *model) commandLetters() []Sample {
	v := m.toConcierge(m.registered, offerStatus, casework.Offer{Command: casework.CmdPause, Args: []string{"年月日"}, Label: "案件を休止されるとき"})
	clerk := m.toClerk(m.held, offerApprove, offerReject)
	agency := m.toAgency(m.registered, offerStatus, offerAgain)
	paused := m.registered
	paused.Stage, paused.PausedUntil = casework.StagePaused, "2027-01-15"
	desk, mine := m.toClerk(casework.Case{}, offerHelp), m.toConcierge(casework.Case{}, offerHelp)
	desk.Number, desk.Stopped, mine.Number = "", true, ""
	confirm := m.toConcierge(m.registered)
	suggest := casework.Offer{Command: casework.CmdStatus, Label: "案件の状況をお知りになりたいとき"}
	samples := []Sample{
		m.letter("answer", clerk, casework.AnswerLetter{View: clerk, Command: "承認 MINATO", Done: "受付番号 E26-00123 のエントリーシートを、登録番号 2026-KOB-00042-5 で登録いたしました。",
			Lines: []string{"会員番号は M-00042-7 です。", "担当コンシェルジュは山本 花子です。"},
			Sent: []casework.SentNote{{Letter: "コンソーシアム登録のお知らせ", To: "みなと銀行（houjin@minato-bank.example）", When: "ただちに"},
				{Letter: "担当案件のお知らせ", To: "山本 花子（" + m.yamamoto.Mail + "）", When: "ただちに"}},
			Next: "担当コンシェルジュの引き受けをお待ちしています。"}),
		m.letter("answer-notice", agency, casework.AnswerLetter{View: agency, Done: "担当コンシェルジュが 森 健太郎 に変わりましたので、お知らせいたします。",
			Next: "会員証に記載の担当コンシェルジュのお名前は以前のままですが、会員番号は引き続き有効です。"}),
		m.letter("answer-agency", agency, casework.AnswerLetter{View: agency, Command: "訂正", Done: "訂正されたエントリーシートを、第2版として登録いたしました。"}),
		m.letter("refusal", v, casework.RefusalLetter{View: v, Command: "引受", Problem: "この案件は、すでにお引き受けいただいております。", Suggest: &suggest}),
		m.letter("refusal-code", clerk, casework.RefusalLetter{View: clerk, Command: "承認 MINATOBANK", Problem: "機関コード「MINATOBANK」が名簿に見当たりません。次のコードからお選びください。",
			Suggest: &offerApprove, Codes: []string{"HYOGO-CCI", "MINATO", "ROKKO-SHINKIN"}, Words: "承認 MINATOBANK\nよろしくお願いします。"}),
		m.letter("refusal-agency", agency, casework.RefusalLetter{View: agency, Problem: "件名の「了解」は、「了承」と「辞退」のどちらのお手続きか、当方では判断いたしかねました。", Words: "了解しました。"}),
		m.letter("status", agency, casework.StatusLetter{View: agency}),
		m.letter("status-concierge", v, casework.StatusLetter{View: m.toConcierge(paused, casework.Offer{Command: casework.CmdResume, Label: "休止した案件を再開されるとき"})}),
		m.letter("list", mine, casework.ListLetter{View: mine, Mine: true, Rows: m.rows()[:2]}),
		m.letter("list-office", desk, casework.ListLetter{View: desk, Rows: m.rows(), Held: 2}),
		m.letter("confirm", confirm, casework.ConfirmLetter{View: confirm, Command: "担当変更 SUZUKI", Subject: "担当変更 SUZUKI [登録 2026-KOB-00042-5]", Sent: m.now.Add(-5 * time.Minute), Word: "r7wd4khp", Expires: m.now.AddDate(0, 0, 2)}),
	}
	return append(samples, m.helps()...)
}

func (m *model) rows() []casework.ListRow {
	day := func(n int) time.Time { return m.now.AddDate(0, 0, -n) }
	return []casework.ListRow{
		{Number: "2026-KOB-00042-5", Company: "株式会社灘酒造", Stage: casework.StageRegistered, Agency: "みなと銀行", Concierge: "山本 花子", Since: day(1), Next: "案件をお引き受けください。"},
		{Number: "2026-KOB-00031-4", Company: "有限会社六甲家具", Stage: casework.StageConsulting, Agency: "兵庫商工会議所", Concierge: "山本 花子", Since: day(9), Next: "紹介元と初回の連絡方法をご相談ください。"},
		{Number: "E26-00121", Company: "播磨精工株式会社", Stage: casework.StageReturned, Agency: "六甲信用金庫", Since: day(3), Next: "紹介元からの再送をお待ちしています。"},
	}
}

// helps are the help of each role.
func (m *model) helps() []Sample {
	agency, mine, desk := m.toAgency(m.registered), m.toConcierge(casework.Case{}), m.toClerk(casework.Case{})
	mine.Number, desk.Number, agency.Number = "", "", ""
	agency.Offers = []casework.Offer{offerStatus, offerAgain, {Command: casework.CmdAmend}, {Command: casework.CmdVerify, Args: []string{"会員番号"}}}
	mine.Offers = []casework.Offer{offerTake, offerAssign, offerStatus, offerAgain, {Command: casework.CmdPause, Args: []string{"年月日"}}, {Command: casework.CmdResume}, {Command: casework.CmdNote}, offerList}
	desk.Offers = []casework.Offer{offerChoose, offerReject, offerTell, {Command: casework.CmdRegister, Args: []string{"FAX"}}, {Command: casework.CmdVoid}, {Command: casework.CmdStopAll}, {Command: casework.CmdStartAll}, offerList}
	return []Sample{
		m.letter("help", agency, casework.HelpLetter{View: agency}),
		m.letter("help-concierge", mine, casework.HelpLetter{View: mine}),
		m.letter("help-clerk", desk, casework.HelpLetter{View: desk}),
	}
}
