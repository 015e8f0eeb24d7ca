package casework

import (
	"fmt"
	"slices"
	"strings"
)

// command decides a mail whose subject is a command. Strangers get silence; known people always an answer.
func (d *decider) command() {
	call := d.in.Call
	if !d.who.Known() {
		if len(d.in.Sheets) > 0 {
			d.entries()
			return
		}
		d.end(ResultOther, FolderStay, "a command by a stranger: left for the people, no answer")
		return
	}
	if call.Name == CmdConfirm {
		d.confirm()
		return
	}
	if d.in.Evidence.State == EvidenceFail && !d.confirmed {
		d.end(ResultOther, FolderStay, "the evidence failed: the command is not believed, left for the people")
		return
	}
	role, c, refusal := d.may(call)
	if refusal != "" {
		if len(d.in.Sheets) > 0 { // a word that happens to be a command does not lose an entry sheet
			d.entries()
			return
		}
		d.refuse(c, refusal)
		return
	}
	switch weigh(rules[call.Name].need, d.in.Evidence.State, d.f.Code, d.confirmed) {
	case grantConfirm:
		d.askConfirmation(c, role)
	default:
		d.out.Why = join(d.out.Why, "command "+string(call.Name))
		d.end(ResultDone, FolderDone, "")
		d.carryOut(call, role, c)
	}
}

// may answers whether the sender may give the command now: in which role and for which case, or a refusal that says
// what would make it possible.
func (d *decider) may(call *Call) (Role, *Case, string) {
	c := d.cases[d.f.Thread]
	if call.Name == "" {
		return d.anyRole(), nil, "「" + strings.Join(call.AskBack, "」または「") + "」のいずれをご希望でしょうか。件名の先頭にその語をお書きのうえ、あらためてお送りください。"
	}
	ru, ok := rules[call.Name]
	if !ok || !ru.ready {
		return d.anyRole(), nil, fmt.Sprintf("「%s」は、まだご利用いただけません。お手数ですが、事務局までお電話でご連絡ください。", call.Name)
	}
	if call.Name == CmdStopAll && d.in.Tag.Number != "" {
		return d.anyRole(), nil, "全送信停止は案件ごとではなく、すべての送信を止めるご指示です。案件の番号を件名から除いて、あらためてお送りください。"
	}
	if ru.noCase {
		role, ok := firstRole(RolesOf(d.who), ru.roles)
		if !ok {
			return role, nil, fmt.Sprintf("「%s」は、%sの方のご指示として承っております。", call.Name, roleNames(ru.roles))
		}
		return role, c, ""
	}
	if all := call.Name == CmdAssign && len(call.Args) > 0 && call.Args[0] == "全件"; all {
		role, ok := firstRole(RolesOf(d.who), ru.roles)
		if !ok {
			return role, nil, fmt.Sprintf("「%s」は、%sの方のご指示として承っております。", call.Name, roleNames(ru.roles))
		}
		return role, nil, ""
	}
	if c == nil {
		return d.anyRole(), nil, fmt.Sprintf("「%s」の対象となる案件が分かりませんでした。案件のメールへの返信としてお送りいただくか、件名に［登録 番号］の部分を含めてお送りください。", call.Name)
	}
	role, ok := firstRole(RolesIn(c, d.who, d.f.Roster, d.now), ru.roles)
	if !ok {
		return role, nil, fmt.Sprintf("「%s」は、この案件の%sの方のご指示として承っております。", call.Name, roleNames(ru.roles))
	}
	if ru.stages != nil && !slices.Contains(ru.stages, c.Stage) {
		return role, c, fmt.Sprintf("この案件は現在「%s」のため、「%s」は承ることができません。", c.Stage.Japanese(), call.Name)
	}
	return role, c, ""
}

func (d *decider) anyRole() Role {
	switch {
	case d.who.Clerk:
		return RoleClerk
	case d.who.Concierge != "":
		return RoleConcierge
	}
	return RoleIntake
}

func roleNames(rs []Role) string {
	names := map[Role]string{RoleClerk: "事務局", RoleConcierge: "担当コンシェルジュ", RoleIntake: "紹介元支援機関（ご担当者または窓口）", RoleProvider: "支援機関（ご担当者または窓口）", RoleCompany: "ご利用企業"}
	var out []string
	for _, r := range rs {
		if n := names[r]; n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return strings.Join(out, "・")
}

// refuse answers in words; the sender's own words are kept in the answer and on the case.
func (d *decider) refuse(c *Case, problem string) {
	role := d.anyRole()
	if c != nil {
		if r, ok := firstRole(RolesIn(c, d.who, d.f.Roster, d.now), []Role{RoleClerk, RoleConcierge, RoleIntake}); ok {
			role = r
		} else {
			c = nil
		}
	}
	if role == RoleIntake && !d.who.Person && (c == nil || !SameAddr(c.Submitter, d.in.From)) {
		d.end(ResultOther, FolderStay, "a command from an address of a rostered domain that has no part in the case: left for the people")
		return
	}
	l := RefusalLetter{Command: d.commandText(), Problem: problem, Words: clip(d.in.Text, 1000)}
	if d.in.Call != nil && len(d.in.Call.AskBack) > 0 && Ready(CommandName(d.in.Call.AskBack[0])) {
		name := CommandName(d.in.Call.AskBack[0])
		l.Suggest = &Offer{Command: name, Args: d.in.Call.Args, Label: "「" + string(name) + "」として送る", NoCase: c == nil}
	}
	d.toSender(c, role, l)
	d.end(ResultRefused, FolderDone, "refused: "+problem)
}

// refuseCodes refuses with the valid codes to choose from.
func (d *decider) refuseCodes(c *Case, role Role, problem string, codes []string, suggest *Offer) {
	if len(codes) > 30 {
		codes = codes[:30]
	}
	d.toSender(c, role, RefusalLetter{Command: d.commandText(), Problem: problem, Codes: codes, Suggest: suggest, Words: clip(d.in.Text, 1000)})
	d.end(ResultRefused, FolderDone, "refused: "+problem)
}

func (d *decider) commandText() string {
	if d.in.CallText != "" {
		return d.in.CallText
	}
	if d.in.Call == nil {
		return ""
	}
	return strings.TrimSpace(string(d.in.Call.Name) + " " + strings.Join(d.in.Call.Args, " "))
}

// askConfirmation sends a one-time word to the rostered address; one is open per address and case at a time.
func (d *decider) askConfirmation(c *Case, role Role) {
	if d.f.PendingOf {
		d.end(ResultConfirm, FolderDone, "a confirmation is open already")
		return
	}
	expires := d.f.Calendar.AddBusinessDays(d.now, 2)
	pending := &Pending{Word: d.f.Word, Input: d.in, To: d.in.From, Expires: expires, Case: d.f.Thread}
	d.out.Ask = pending
	before := len(d.out.Letters)
	d.toSender(c, role, ConfirmLetter{Command: d.commandText(), Subject: d.in.Subject, Sent: d.in.Date, Word: d.f.Word, Expires: expires})
	for i := before; i < len(d.out.Letters); i++ {
		d.out.Letters[i].Always = role == RoleClerk && d.in.Call.Name == CmdStartAll
	}
	d.end(ResultConfirm, FolderDone, "confirmation asked for: "+d.evidenceText())
}

// confirm carries out the command whose one-time word came back from the rostered address, decided anew now.
func (d *decider) confirm() {
	p := d.f.Pending
	switch {
	case p == nil || !SameAddr(p.To, d.in.From) || d.in.Evidence.State == EvidenceFail:
		d.end(ResultOther, FolderStay, "a confirmation word that is not known for this sender: left for the people")
		return
	case d.now.After(p.Expires):
		d.out.Used = p.Word
		d.refuse(d.cases[d.f.Thread], "確認の期限が過ぎております。お手数ですが、もとのご指示をあらためてお送りください。")
		return
	}
	evidence := d.in.Evidence
	d.out.Used = p.Word
	d.in, d.confirmed = p.Input, true
	d.in.Evidence = evidence
	d.command()
}

// carryOut does a command that may be done.
func (d *decider) carryOut(call *Call, role Role, c *Case) {
	switch call.Name {
	case CmdApprove:
		d.approve(call, c)
	case CmdReject:
		d.reject(call, c)
	case CmdRegister:
		d.paper(call)
	case CmdTake:
		d.take(c)
	case CmdAssign:
		d.assign(call, role, c)
	case CmdAmend:
		d.amend(role, c)
	case CmdVoid:
		d.void(c)
	case CmdCertificate:
		d.emit(c, role, &CertificateReissued{To: d.in.From.Addr})
		d.toSender(c, role, CertificateLetter{}, d.certificateOf(c, true))
	case CmdVerify:
		d.verify(call, role)
	case CmdStatus:
		d.toSender(c, role, StatusLetter{})
	case CmdList:
		d.toSender(nil, role, ListLetter{Rows: d.f.Rows, Held: d.f.ToReview, Mine: role == RoleConcierge})
	case CmdNote:
		d.note(role, c)
	case CmdHelp:
		d.help(role, c)
	case CmdStopAll, CmdStartAll:
		d.stop(call.Name == CmdStopAll)
	case CmdPause:
		d.pause(call, role, c)
	case CmdResume:
		d.emit(c, role, &CaseResumed{})
		d.answer(c, role, "案件を再開いたしました（現在の段階："+c.Stage.Japanese()+"）。", "")
	}
}

// answer says what a command did and which letters go to whom.
func (d *decider) answer(c *Case, role Role, done, next string, lines ...string) {
	var sent []SentNote
	for _, l := range d.out.Letters {
		var to []string
		for _, a := range append(slices.Clone(l.To), l.Cc...) {
			to = append(to, strings.TrimSpace(a.Name+" <"+a.Addr+">"))
		}
		when := "このメールと同時に"
		if l.Hold > 0 {
			when = d.now.Add(l.Hold).In(JST).Format("15:04") + " 以降に"
		}
		sent = append(sent, SentNote{Letter: LetterName(l.Kind()), To: strings.Join(to, "、"), When: when})
	}
	d.toSender(c, role, AnswerLetter{Command: d.commandText(), Done: done, Lines: lines, Sent: sent, Next: next})
}

// approve is 承認: the clerk says which agency it is, and the held entry goes on, answered at the rostered address.
func (d *decider) approve(call *Call, c *Case) {
	code, problem, suggest := d.agencyArg(call, c)
	if problem != "" {
		d.refuseCodes(c, RoleClerk, problem, d.f.Roster.AgencyCodes(d.now), suggest)
		return
	}
	items, bad := itemArgs(call.Args[1:])
	if bad != "" {
		d.refuse(c, "「"+bad+"」は依頼内容の番号（01〜13）として読み取れませんでした。機関コードのあとに、番号を空白で区切ってお書きください。")
		return
	}
	d.emit(c, RoleClerk, &EntryApproved{Agency: code, Items: items})
	a, _ := d.f.Roster.Agency(code, d.now)
	to := a.Window
	if s := d.f.Roster.Sender(c.Submitter, d.now); s.Agency == code && s.Person {
		to = c.Submitter
	}
	d.confirmed = true // the clerk answers for who sent it
	result := d.judge(c, code, to)
	d.out.Results = []Result{result}
	switch result {
	case ResultRegistered:
		d.answer(c, RoleClerk, fmt.Sprintf("受付を承認し、登録番号 %s、会員番号 %s で登録いたしました。", c.Registration, c.Member),
			"担当コンシェルジュの引受をお待ちしております。")
	case ResultReturned:
		d.answer(c, RoleClerk, "受付を承認いたしましたが、エントリーシートに確認をお願いする箇所がございましたので、紹介元にお送りいたしました。", "訂正されたシートが届きしだい、登録いたします。")
	default:
		d.answer(c, RoleClerk, "受付を承認いたしましたが、引き続き事務局でのご判断が必要です。別のメールをご覧ください。", "")
	}
	d.end(ResultDone, FolderDone, "")
}

// agencyArg resolves the first argument to a rostered agency: by code or any spelling; a guess is suggested, not obeyed.
func (d *decider) agencyArg(call *Call, c *Case) (code, problem string, suggest *Offer) {
	if len(call.Args) == 0 {
		return "", fmt.Sprintf("「%s」のあとに機関コードをお書きください。", call.Name), d.suggest(call.Name, c.Hold.Nearest)
	}
	m, ok := d.f.Roster.FindAgency(call.Args[0], d.now)
	switch {
	case !ok:
		return "", fmt.Sprintf("「%s」という支援機関は名簿に見つかりませんでした。", call.Args[0]), d.suggest(call.Name, c.Hold.Nearest)
	case m.Closed:
		return "", fmt.Sprintf("「%s」は、名簿での登録期間が終了しております。", call.Args[0]), nil
	case m.Guessed:
		return "", fmt.Sprintf("「%s」は、%s のことでしょうか。", call.Args[0], m.Code), d.suggest(call.Name, m.Code)
	}
	return m.Code, "", nil
}

func (d *decider) suggest(name CommandName, arg string) *Offer {
	if arg == "" {
		return nil
	}
	return &Offer{Command: name, Args: []string{arg}, Label: "「" + string(name) + " " + arg + "」として送る"}
}

func itemArgs(args []string) (items []int, bad string) {
	for _, a := range args {
		var n int
		if _, err := fmt.Sscanf(a, "%d", &n); err != nil || n < 1 || n > 13 {
			return nil, a
		}
		items = append(items, n)
	}
	return items, ""
}

// reject is 受付不可: the held entry ends; with 通知 the sender is told.
func (d *decider) reject(call *Call, c *Case) {
	notify := len(call.Args) > 0 && call.Args[0] == "通知"
	if len(call.Args) > 0 && !notify {
		d.refuse(c, "「"+call.Args[0]+"」は受付不可に続く語として承っておりません。送信者にお知らせになる場合は「受付不可 通知」、お知らせにならない場合は「受付不可」とお書きください。")
		return
	}
	d.emit(c, RoleClerk, &EntryRejected{Notified: notify, Reason: clip(d.in.Text, 1000)})
	done := "受付不可として終了いたしました。送信者には連絡しておりません。"
	if notify {
		done = "受付不可として終了し、送信者にその旨をお知らせいたします。"
		p := Party{Role: RoleIntake, Code: c.Agency}
		v := View{Party: p, Office: d.f.Office, Now: d.now, Reader: c.Submitter, Receipt: c.Receipt, Number: c.Receipt}
		d.queue(c, Letter{Party: p, To: []Address{c.Submitter}, Content: RejectedLetter{View: v, FileName: c.Sheet.Name},
			InReplyTo: c.MessageID})
	}
	d.answer(c, RoleClerk, done, "")
}

// paper is 登録 FAX|郵送|窓口: the clerk's typed sheet of a paper entry.
func (d *decider) paper(call *Call) {
	ch := Channel("")
	if len(call.Args) > 0 {
		ch = Channel(strings.ToUpper(call.Args[0]))
	}
	switch {
	case ch != ChannelFax && ch != ChannelPost && ch != ChannelWindow:
		d.refuse(nil, "どのように届いたエントリーシートかが分かりませんでした。「登録 FAX」「登録 郵送」「登録 窓口」のいずれかを件名の先頭にお書きください。")
		return
	case len(d.in.Sheets) == 0:
		d.refuse(nil, "入力済みのエントリーシートが添付されておりませんでした。シートを添付のうえ、あらためてお送りください。")
		return
	}
	d.out.Result = ResultRegistered
	for _, s := range d.in.Sheets {
		r := d.paperSheet(s, ch)
		d.out.Results = append(d.out.Results, r)
	}
	var lines []string
	for _, id := range d.out.Cases {
		c := d.cases[id]
		lines = append(lines, fmt.Sprintf("%s（%s）：%s", c.Number(), c.Sheet.Name, c.Stage.Japanese()))
	}
	d.answer(nil, RoleClerk, fmt.Sprintf("%sで届いたエントリーシート（%d件）を受け付けました。", ch, len(d.in.Sheets)), "", lines...)
	d.end(d.out.Results[0], FolderDone, "")
}

func (d *decider) paperSheet(s SheetIn, ch Channel) Result {
	if c := d.sameSheet(s); c != nil {
		d.emit(c, RoleClerk, &SheetSentAgain{MessageID: d.in.MessageID})
		return ResultDuplicate
	}
	m, ok := d.f.Roster.FindAgency(s.Entry.Introducer.Agency, d.now)
	if !ok || m.Guessed || m.Closed {
		c := d.receive(s, ch, "")
		return d.hold(c, EntryHeld{Reason: HoldAgency, Detail: s.Entry.Introducer.Agency, Nearest: m.Code})
	}
	c := d.receive(s, ch, m.Code)
	a, _ := d.f.Roster.Agency(m.Code, d.now)
	return d.judge(c, m.Code, a.Window)
}

// take is 引受.
func (d *decider) take(c *Case) {
	if c.Taken {
		d.answer(c, RoleConcierge, "この案件は、すでにお引き受けいただいております。", "")
		return
	}
	d.emit(c, RoleConcierge, &CaseTaken{Concierge: c.Concierge})
	d.answer(c, RoleConcierge, "案件をお引き受けいただきました。ありがとうございます。",
		"紹介元のご担当者と、今後の進め方と企業への初回のご連絡方法についてご相談ください。")
}

// assign is 担当変更: one case, or with 全件 all open ones of a concierge.
func (d *decider) assign(call *Call, role Role, c *Case) {
	args := call.Args
	all := len(args) > 0 && args[0] == "全件"
	from := d.who.Concierge
	if all {
		args = args[1:]
		if role == RoleClerk && len(args) == 2 {
			if k, ok := d.f.Roster.FindConcierge(args[0], d.now); ok {
				from = k.Code
			}
			args = args[1:]
		}
	}
	if len(args) == 0 {
		d.refuseCodes(c, role, "「担当変更」のあとに、新しい担当コンシェルジュのコードまたはお名前をお書きください。", d.f.Roster.ConciergeCodes(d.now), nil)
		return
	}
	to, ok := d.f.Roster.FindConcierge(strings.Join(args, " "), d.now)
	if !ok {
		d.refuseCodes(c, role, "「"+strings.Join(args, " ")+"」というコンシェルジュは名簿に見つかりませんでした。", d.f.Roster.ConciergeCodes(d.now), nil)
		return
	}
	targets := []*Case{c}
	if all {
		targets = d.openCasesOf(from)
	}
	var lines []string
	for _, t := range targets {
		if t.Concierge != to.Code {
			lines = append(lines, d.handOver(t, role, to))
		}
	}
	if len(lines) == 0 {
		d.answer(c, role, "変更の必要な案件はございませんでした（すでに "+to.Name+" 様のご担当です）。", "")
		return
	}
	d.answer(onlyOne(targets), role, fmt.Sprintf("担当コンシェルジュを %s 様に変更いたしました（%d件）。", to.Name, len(lines)), "新しい担当者の引受をお待ちしております。", lines...)
}

func onlyOne(cs []*Case) *Case {
	if len(cs) == 1 {
		return cs[0]
	}
	return nil
}

func (d *decider) openCasesOf(concierge string) []*Case {
	var out []*Case
	for _, c := range d.cases {
		if c.Registered() && c.Stage.Open() && c.Concierge == concierge && concierge != "" {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *Case) int { return int(a.ID - b.ID) })
	return out
}

// handOver changes the concierge of one case; the new one gets the brief with the sheet, the agency the new name.
func (d *decider) handOver(c *Case, role Role, to Concierge) string {
	from := d.conciergeName(c.Concierge)
	d.emit(c, role, &ConciergeChanged{From: c.Concierge, To: to.Code, Why: "担当変更のご指示による"})
	d.toConcierge(c, to, BriefLetter{Change: "assigned", From: from, Why: c.ConciergeWhy, Warnings: c.Problems, OtherOpen: c.OtherOpen, Wish: c.Entry.Addressee.Agency},
		[]Attachment{sheetOf(c.Sheet)}, true)
	if a, ok := d.f.Roster.Agency(c.Agency, d.now); ok {
		d.toAgency(c, c.Agency, a.Window, AnswerLetter{Done: "担当コンシェルジュが " + to.Name + " に変わりましたので、お知らせいたします。",
			Next: "会員証に記載の担当コンシェルジュのお名前は以前のままですが、会員番号は引き続き有効です。"}, nil, false)
	}
	return c.Number() + "：" + from + " → " + to.Name
}

// amend is 訂正: a new version of a registered case, or the corrected sheet of a returned one.
func (d *decider) amend(role Role, c *Case) {
	if len(d.in.Sheets) != 1 {
		d.refuse(c, fmt.Sprintf("訂正には、訂正後のエントリーシートを1件添付してください（添付：%d件）。", len(d.in.Sheets)))
		return
	}
	s := d.in.Sheets[0]
	var r Result
	switch {
	case c.Sheet.Blob == s.File.Blob:
		d.refuse(c, "添付のエントリーシートは、現在登録されているものと同じ内容でした。訂正後のシートを添付してください。")
		return
	case c.Registered():
		r = d.newVersion(c, s, role)
	default:
		agency := c.Agency
		if agency == "" {
			d.refuse(c, "この案件は紹介元の確認中のため、訂正を承ることができません。先に「承認」をお願いいたします。")
			return
		}
		d.emit(c, role, &SheetReplaced{Sheet: s.File, Entry: s.Entry, Problems: s.Problems, Submitter: c.Submitter, MessageID: d.in.MessageID})
		r = d.judge(c, agency, c.Submitter)
	}
	d.out.Results = []Result{r}
	d.end(r, FolderDone, "")
}

// void is 無効: the number stays, with the reason.
func (d *decider) void(c *Case) {
	if c.Stage == StageVoid {
		d.answer(c, RoleClerk, "この登録は、すでに無効となっております。", "")
		return
	}
	if strings.TrimSpace(d.in.Text) == "" {
		d.refuse(c, "無効とされる理由を本文にお書きのうえ、あらためてお送りください。理由は番号とともに記録に残ります。")
		return
	}
	registered := c.Registered()
	d.emit(c, RoleClerk, &CaseVoided{Reason: clip(d.in.Text, 1000)})
	if registered {
		if a, ok := d.f.Roster.Agency(c.Agency, d.now); ok {
			d.toAgency(c, c.Agency, a.Window, VoidedLetter{}, nil, false)
		}
		if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok {
			d.toConcierge(c, k, VoidedLetter{}, nil, false)
		}
	}
	d.answer(c, RoleClerk, "登録 "+c.Number()+" を無効といたしました。番号は欠番とせず、理由とともに記録に残しております。", "")
}

// verify is 会員確認: valid or not, and nothing else; twenty a day.
func (d *decider) verify(call *Call, role Role) {
	const daily = 20
	if d.f.Verifies >= daily {
		d.refuse(nil, fmt.Sprintf("会員確認は、お一人様1日%d件までとさせていただいております。お急ぎの場合は、事務局までお電話でお問い合わせください。", daily))
		return
	}
	if len(call.Args) == 0 {
		d.refuse(nil, "「会員確認」のあとに、会員証に記載の会員番号（例：M-00042-7）をお書きください。")
		return
	}
	asked := strings.ToUpper(call.Args[0])
	if kind, ok := ParseNumber(asked); kind != NumberMember || !ok {
		d.refuse(nil, "「"+asked+"」は会員番号として読み取れませんでした。会員証に記載の番号（例：M-00042-7）を、末尾の数字までお確かめください。")
		return
	}
	v := d.f.Verified
	d.toSender(nil, role, MembershipLetter{Asked: asked, Valid: v.Found && !v.Void, Void: v.Found && v.Void})
}

// note is メモ: for the office and the case's concierges only.
func (d *decider) note(role Role, c *Case) {
	if strings.TrimSpace(d.in.Text) == "" {
		d.refuse(c, "メモの内容を本文にお書きのうえ、あらためてお送りください。")
		return
	}
	d.emit(c, role, &NoteAdded{Text: clip(d.in.Text, 4000)})
	d.answer(c, role, "メモを記録いたしました。事務局と担当コンシェルジュのみがご覧になれます。", "")
}

// help shows the commands open to that role, now.
func (d *decider) help(role Role, c *Case) {
	if c != nil {
		if r, ok := firstRole(RolesIn(c, d.who, d.f.Roster, d.now), []Role{RoleClerk, RoleConcierge, RoleIntake}); ok {
			role = r
		} else {
			c = nil
		}
	}
	d.toSender(c, role, HelpLetter{})
}

// stop is 全送信停止 and 全送信再開. Their own answers leave in any case.
func (d *decider) stop(stop bool) {
	d.out.Stop = &stop
	d.f.Stopped = stop
	done := "すべての送信を停止いたしました。お送りする予定のメールは、再開されるまでお預かりいたします。"
	if !stop {
		done = "送信を再開いたしました。お預かりしていたメールを順にお送りいたします。"
	}
	d.answer(nil, RoleClerk, done, "")
	for i := range d.out.Letters {
		d.out.Letters[i].Always = true
	}
}

// pause is 休止 until a day.
func (d *decider) pause(call *Call, role Role, c *Case) {
	day, ok := ParseDay(strings.Join(call.Args, ""), d.now)
	today := d.now.In(JST).Format("2006-01-02")
	if !ok || day <= today {
		d.refuse(c, "いつまで休止されるかが分かりませんでした。「休止 2026年12月28日」のように、明日以降の年月日をお書きください。")
		return
	}
	d.emit(c, role, &CasePaused{Until: day})
	d.answer(c, role, "案件を "+JapaneseDay(day)+" まで休止いたしました。その間、この案件についてのご連絡は控えさせていただきます。", "期日より前に再開される場合は「再開」をお送りください。")
}
