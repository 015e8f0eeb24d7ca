package casework

import (
	"fmt"
	"slices"
	"strconv"
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
		d.lockedBeside("ご指示のメールに、開くことのできない添付ファイルがありました。")
		return
	}
	switch weigh(rules[call.Name].need, d.in.Evidence.State, d.code(), d.confirmed) {
	case grantConfirm:
		d.askConfirmation(c, role)
	case grantAct:
		d.out.Why = join(d.out.Why, "command "+string(call.Name))
		d.end(ResultDone, FolderDone, "")
		d.carryOut(call, role, c)
		if call.Name != CmdAmend && call.Name != CmdRegister {
			d.sheetsBeside()
		}
	}
	d.lockedBeside("ご指示のメールに、開くことのできない添付ファイルがありました。")
}

// code is what the tag's code is worth: a mail without one From, Subject, Date and Message-ID, or that does not name
// our mailbox, has no authority of its own.
func (d *decider) code() CodeState {
	if d.in.Authority != "" {
		return CodeNone
	}
	return d.f.Code
}

// may answers whether the sender may give the command now: in which role and for which case, or a refusal that says
// what would make it possible.
func (d *decider) may(call *Call) (Role, *Case, string) {
	c := d.cases[d.f.Thread]
	if call.Name == "" {
		return d.anyRole(), c, askBack(call.AskBack)
	}
	ru := rules[call.Name]
	switch {
	case !ru.ready:
		return d.anyRole(), c, fmt.Sprintf("「%s」は、まだご利用いただけません。お手数ですが、事務局までお電話でご連絡ください。", call.Name)
	case (call.Name == CmdStopAll || call.Name == CmdStartAll) && d.in.Tag.Number != "":
		return d.anyRole(), nil, fmt.Sprintf("「%s」は案件ごとではなく、すべての送信についてのご指示です。案件の番号を件名から除いて、あらためてお送りください。", call.Name)
	case ru.noCase, call.Name == CmdAssign && wantsAll(call.Args):
		return d.mayWithoutCase(call, ru, c)
	}
	var roles []Role
	if c != nil {
		roles = RolesIn(c, d.who, d.f.Roster, d.now)
	}
	if len(roles) == 0 && (c == nil || d.anyRole() == RoleIntake) { // an agency learns of no case that is not its own
		return d.anyRole(), nil, fmt.Sprintf("「%s」の対象となる案件が分かりませんでした。案件のメールへの返信としてお送りいただくか、件名に［登録 番号］の部分を含めてお送りください。", call.Name)
	}
	role, ok := firstRole(roles, ru.roles)
	if !ok {
		return role, c, fmt.Sprintf("「%s」は、この案件の%sの方からのご指示として承っております。", call.Name, roleNames(ru.roles))
	}
	if ru.stages != nil && !slices.Contains(ru.stages, c.Stage) {
		return role, c, fmt.Sprintf("この案件は現在「%s」のため、「%s」は承ることができません。", c.Stage.Japanese(), call.Name)
	}
	return role, c, ""
}

// mayWithoutCase is may for the commands that name no case. The case of the thread comes along only for who has a part
// in it: a person of a case may ask for help there without being rostered by name.
func (d *decider) mayWithoutCase(call *Call, ru rule, c *Case) (Role, *Case, string) {
	roles := RolesOf(d.who)
	if c != nil {
		in := RolesIn(c, d.who, d.f.Roster, d.now)
		if roles = append(roles, in...); len(in) == 0 {
			c = nil
		}
	}
	role, ok := firstRole(roles, ru.roles)
	if !ok {
		return role, c, fmt.Sprintf("「%s」は、%sの方からのご指示として承っております。", call.Name, roleNames(ru.roles))
	}
	if !ru.noCase {
		c = nil
	}
	return role, c, ""
}

func wantsAll(args []string) bool { return len(args) > 0 && args[0] == "全件" }

// askBack asks which of several commands is meant; where this program can do none of them, it says so.
func askBack(names []string) string {
	quoted := "「" + strings.Join(names, "」「") + "」"
	if !slices.ContainsFunc(names, func(n string) bool { return Ready(CommandName(n)) }) {
		return quoted + "のいずれのご指示か、当方では判断いたしかねました。なお、これらのご指示はまだご利用いただけません。お手数ですが、事務局までお電話でご連絡ください。"
	}
	if len(names) == 1 {
		return quoted + "のご指示でしょうか。該当する場合は、件名の先頭にその語のみをお書きのうえ、あらためてお送りください。"
	}
	return quoted + "のいずれをご希望でしょうか。件名の先頭にその語をお書きのうえ、あらためてお送りください。"
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

// refuse answers in words; the sender's own words are kept in the answer, and on the case where a command of this
// program was meant.
func (d *decider) refuse(c *Case, problem string) { d.refuseWith(c, problem, nil, nil) }

// refuseWith refuses with the nearest command as a suggestion to click and the valid codes to choose from.
func (d *decider) refuseWith(c *Case, problem string, suggest *Offer, codes []string) {
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
	if len(codes) > 30 {
		codes = codes[:30]
	}
	if suggest == nil && d.in.Call != nil {
		suggest = suggestOf(d.in.Call)
	}
	if c != nil && d.in.Call != nil && Ready(d.in.Call.Name) {
		d.emit(c, role, &MessageKept{What: "refused", Subject: d.in.Subject, Text: clip(d.in.Text, 4000)})
	}
	d.toSender(c, role, RefusalLetter{Command: d.commandText(), Problem: problem, Codes: codes, Suggest: suggest, Words: clip(d.in.Text, 1000)})
	d.end(ResultRefused, FolderDone, "refused: "+problem)
}

// suggestOf is the command that a sentence or an ambiguous word most nearly means, if this program can do it.
func suggestOf(call *Call) *Offer {
	i := slices.IndexFunc(call.AskBack, func(n string) bool { return Ready(CommandName(n)) })
	if i < 0 {
		return nil
	}
	return suggestion(CommandName(call.AskBack[i]), call.Args...)
}

// suggestion is a command to click, with its arguments as they should have been.
func suggestion(name CommandName, args ...string) *Offer {
	text := strings.TrimSpace(string(name) + " " + strings.Join(args, " "))
	return &Offer{Command: name, Args: args, Label: "「" + text + "」として送る", NoCase: rules[name].noCase}
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
	if d.f.PendingOf { // no second letter, but the mail stays where people see it
		d.end(ResultConfirm, FolderStay, "a confirmation is open already: left for the people")
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

// confirm carries out the command whose one-time word came back from the rostered address, decided anew now. Whether
// a word belongs to somebody else, was used or never was, gets the same answer; 確認 in plain prose is no word at all.
func (d *decider) confirm() {
	p := d.f.Pending
	switch {
	case d.in.Evidence.State == EvidenceFail:
		d.end(ResultOther, FolderStay, "the evidence failed: the confirmation is not believed, left for the people")
		return
	case p == nil && !isWord(d.in.Call.Args) && len(d.in.Sheets) > 0:
		d.entries()
		return
	case p == nil && !isWord(d.in.Call.Args):
		d.reply()
		return
	case p == nil || p.Input.Call == nil || p.Input.Call.Name == CmdConfirm || !SameAddr(p.To, d.in.From):
		d.refuse(nil, "お送りいただいた確認の語では、お待ちしているお手続きが見当たりませんでした。すでにお手続きが済んでいるか、期限が過ぎている場合がございます。お手数ですが、もとのご指示をあらためてお送りください。")
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

// isWord tells whether the arguments of 確認 look like a one-time word: letters and digits of ASCII, none of prose.
func isWord(args []string) bool {
	return len(args) == 1 && len(args[0]) >= 6 && !strings.ContainsFunc(args[0], func(r rune) bool {
		return r > 'z' || r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a'
	})
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
		d.toSender(nil, role, ListLetter{Rows: d.rows(), Held: d.f.ToReview, Mine: role == RoleConcierge})
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
			to = append(to, a.text())
		}
		when := "このメールと同時に"
		if l.Hold > 0 {
			when = d.now.Add(l.Hold).In(JST).Format("15:04") + " 以降に"
		}
		name := LetterName(l.Kind())
		if a, ok := l.Content.(AnswerLetter); ok && a.Command == "" {
			name = "お知らせ"
		}
		sent = append(sent, SentNote{Letter: name, To: strings.Join(to, "、"), When: when})
	}
	d.toSender(c, role, AnswerLetter{Command: d.commandText(), Done: done, Lines: lines, Sent: sent, Next: next})
}

// approve is 承認: the clerk says which agency it is, and the held entry goes on, answered at the rostered address.
func (d *decider) approve(call *Call, c *Case) {
	code, problem, suggest := d.agencyArg(call, c)
	if problem != "" {
		d.refuseWith(c, problem, suggest, d.f.Roster.AgencyCodes(d.now))
		return
	}
	items, bad := itemArgs(call.Args[1:])
	if bad != "" {
		d.refuse(c, "「"+bad+"」は依頼内容の番号（01〜13）として読み取れませんでした。機関コードのあとに、番号を空白で区切ってお書きください。")
		return
	}
	if len(items) == 0 && itemsUnread(c) {
		d.refuseWith(c, "依頼内容のチェック欄を読み取ることができませんでした。原本をご覧のうえ、機関コードのあとに依頼内容の番号（01〜13）を空白で区切ってお書きください（例：承認 "+code+" 01 07）。",
			suggestion(CmdApprove, code, "番号…"), nil)
		return
	}
	d.emit(c, RoleClerk, &EntryApproved{Agency: code, Items: items})
	a, _ := d.f.Roster.Agency(code, d.now)
	d.cleared = true // the clerk answers for who sent it, and for what no program could read
	result := d.judge(c, code, d.agencyAddress(c, a))
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

// itemsUnread tells whether the request items (依頼内容) stand in boxes that could not be read, none of them in others.
func itemsUnread(c *Case) bool {
	return len(c.Entry.Request.Items) == 0 && slices.ContainsFunc(Unclear(c.Problems), func(p Problem) bool {
		return strings.HasPrefix(p.Field, "request.items")
	})
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
	return suggestion(name, arg)
}

func itemArgs(args []string) (items []int, bad string) {
	split := func(r rune) bool { return strings.ContainsRune(" ,、・", r) }
	for _, a := range strings.FieldsFunc(strings.Join(args, " "), split) {
		n, err := strconv.Atoi(a)
		if err != nil || n < 1 || n > 13 {
			return nil, a
		}
		if !slices.Contains(items, n) {
			items = append(items, n)
		}
	}
	slices.Sort(items)
	return items, ""
}

// reject is 受付不可: the held entry ends; with 通知 the sender is told.
func (d *decider) reject(call *Call, c *Case) {
	notify := len(call.Args) > 0 && call.Args[0] == "通知"
	if len(call.Args) > 0 && !notify {
		d.refuseWith(c, "「"+call.Args[0]+"」は「受付不可」に続く語として承っておりません。送信者にお知らせになる場合は「受付不可 通知」、お知らせにならない場合は「受付不可」とお書きください。理由は本文にお書きいただけます。",
			suggestion(CmdReject, "通知"), nil)
		return
	}
	d.emit(c, RoleClerk, &EntryRejected{Notified: notify, Reason: clip(d.in.Text, 1000)})
	done := "受付不可として終了いたしました。送信者には連絡しておりません。"
	if notify {
		done = "受付不可として終了し、送信者にその旨をお知らせいたします。"
		p := Party{Role: RoleIntake, Code: c.Agency}
		v := View{Party: p, Office: d.f.Office, Now: d.now, Reader: c.Submitter}
		d.queue(c, Letter{Party: p, To: []Address{c.Submitter}, Content: RejectedLetter{View: v}})
		// A stranger gets no number, no code, and not the file's name: the address was only claimed.
		d.out.Letters[len(d.out.Letters)-1].Number = ""
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
		d.refuseWith(nil, "どのように届いたエントリーシートかが分かりませんでした。「登録 FAX」「登録 郵送」「登録 窓口」のいずれかを件名の先頭にお書きのうえ、シートを添付してお送りください。",
			suggestion(CmdRegister, string(ChannelFax)), nil)
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
	args, from, all := call.Args, d.who.Concierge, wantsAll(call.Args)
	if all {
		args = args[1:]
		if role == RoleClerk && len(args) == 2 {
			from, args = args[0], args[1:] // a code that has left the roster still stands in its cases
			if k, ok := d.f.Roster.FindConcierge(from, d.now); ok {
				from = k.Code
			}
		}
	}
	codes := d.f.Roster.ConciergeCodes(d.now)
	switch {
	case all && from == "":
		d.refuseWith(nil, "どなたのご担当の案件かが分かりませんでした。「担当変更 全件 今の担当 新しい担当」のように、お二人のコードまたはお名前をお書きください。", nil, codes)
		return
	case len(args) == 0:
		d.refuseWith(c, "「担当変更」のあとに、新しい担当コンシェルジュのコードまたはお名前をお書きください。", nil, codes)
		return
	}
	to, ok := d.f.Roster.FindConcierge(strings.Join(args, " "), d.now)
	if !ok {
		d.refuseWith(c, "「"+strings.Join(args, " ")+"」というコンシェルジュは名簿に見つかりませんでした。", nil, codes)
		return
	}
	targets := []*Case{c}
	if all {
		if targets = d.openCasesOf(from); len(targets) == 0 {
			d.answer(nil, role, "変更の必要な案件はございませんでした（"+d.conciergeName(from)+" 様のご担当で進行中の案件はございません）。", "")
			return
		}
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
	from, before := d.conciergeName(c.Concierge), c.Concierge
	d.emit(c, role, &ConciergeChanged{From: c.Concierge, To: to.Code, Why: "担当変更のご指示による"})
	d.toConcierge(c, to, BriefLetter{Change: "assigned", From: from, Why: c.ConciergeWhy, Warnings: c.Problems, OtherOpen: c.OtherOpen, Wish: c.Entry.Addressee.Agency},
		[]Attachment{sheetOf(c.Sheet)}, true)
	if a, ok := d.f.Roster.Agency(c.Agency, d.now); ok {
		d.toAgency(c, c.Agency, d.agencyAddress(c, a), AnswerLetter{Done: "担当コンシェルジュが " + to.Name + " に変わりましたので、お知らせいたします。",
			Next: "会員証に記載の担当コンシェルジュのお名前は以前のままですが、会員番号は引き続き有効です。"}, nil, false)
	}
	if k, ok := d.f.Roster.Concierge(before, d.now); ok && !SameAddr(Address{Addr: k.Mail}, d.in.From) {
		d.toConcierge(nil, k, AnswerLetter{Done: "案件 " + c.Number() + " のご担当が " + to.Name + " 様に変わりましたので、お知らせいたします。これまでのご担当、誠にありがとうございました。"}, nil, false)
	}
	return c.Number() + "：" + from + " → " + to.Name
}

// amend is 訂正: a new version of a registered case, or the corrected sheet of a returned one.
func (d *decider) amend(role Role, c *Case) {
	if len(d.in.Sheets) != 1 {
		d.refuse(c, fmt.Sprintf("訂正には、訂正後のエントリーシートを1件添付してください（お送りいただいたメールで読み取れたシートは%d件でした）。", len(d.in.Sheets)))
		return
	}
	s := d.in.Sheets[0]
	switch {
	case c.Sheet.Blob == s.File.Blob:
		d.refuse(c, "添付のエントリーシートは、すでにお預かりしているものと同じ内容でした。訂正後のシートを添付してください。")
		return
	case otherCompany(c.Entry.Company, s.Entry.Company):
		d.refuse(c, "添付のエントリーシートは、この案件とは別の企業のものと見受けられます。別の企業のエントリーは、案件の番号を付けずに新しいメールでお送りください。")
		return
	case c.Agency == "":
		d.refuse(c, "この案件は紹介元の確認中のため、訂正を承ることができません。先に「承認」をお願いいたします。")
		return
	}
	r := ResultReturned
	if c.Registered() {
		r = d.newVersion(c, s, role)
	} else {
		r = d.amendBefore(c, s, role)
	}
	d.out.Results = []Result{r}
	d.end(r, FolderDone, "")
}

// otherCompany tells whether a sheet is another company's beyond doubt: both its numbers and its names differ.
func otherCompany(a, b Company) bool {
	return a.CorporateNumber != "" && b.CorporateNumber != "" && a.CorporateNumber != b.CorporateNumber && FoldName(a.Name) != FoldName(b.Name)
}

// amendBefore is 訂正 before registration: the corrected sheet is judged anew and answered to its agency; the office's
// own people hear what became of it.
func (d *decider) amendBefore(c *Case, s SheetIn, role Role) Result {
	by, to := c.Submitter, c.Submitter
	if a, ok := d.f.Roster.Agency(c.Agency, d.now); ok {
		to = d.agencyAddress(c, a)
	}
	if role == RoleIntake {
		by, to = d.in.From, d.in.From
	}
	d.emit(c, role, &SheetReplaced{Sheet: s.File, Entry: s.Entry, Problems: s.Problems, Submitter: by, MessageID: d.in.MessageID})
	r := d.judge(c, c.Agency, to)
	if role != RoleIntake {
		d.answer(c, role, "訂正されたエントリーシートを受け付けました（"+c.Number()+"：現在の段階は「"+c.Stage.Japanese()+"」です）。", "")
	}
	return r
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
			d.toAgency(c, c.Agency, d.agencyAddress(c, a), VoidedLetter{}, nil, false)
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
		d.refuse(nil, fmt.Sprintf("会員確認は、お一人につき1日%d件までとさせていただいております。お急ぎの場合は、事務局までお電話でお問い合わせください。", daily))
		return
	}
	if len(call.Args) == 0 {
		d.refuseWith(nil, "「会員確認」のあとに、会員証に記載の会員番号（例：M-00042-7）をお書きください。", suggestion(CmdVerify, "会員番号"), nil)
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

// rows are the lines of 一覧 as people read them: names for codes, and what is next.
func (d *decider) rows() []ListRow {
	out := slices.Clone(d.f.Rows)
	for i := range out {
		r := &out[i]
		if a, ok := d.f.Roster.Agency(r.Agency, d.now); ok {
			r.Agency = a.Name
		}
		r.Concierge = d.conciergeName(r.Concierge)
		if r.Next == "" {
			r.Next = nextSteps[r.Stage]
		}
	}
	return out
}

// nextSteps say what is awaited in each open stage.
var nextSteps = map[Stage]string{
	StageReceived: "事務局での確認", StageReturned: "紹介元からの訂正シートの送付", StageHeld: "事務局のご判断（承認・受付不可）",
	StageRegistered: "担当コンシェルジュの引受", StageConsulting: "紹介元との進め方のご相談", StageSupported: "支援の実施とご報告",
	StagePaused: "休止期間の満了または再開",
}

// note is メモ: for the office and the case's concierges only.
func (d *decider) note(role Role, c *Case) {
	if strings.TrimSpace(d.in.Text) == "" {
		d.refuse(c, "メモの内容を本文にお書きのうえ、あらためてお送りください。")
		return
	}
	d.emit(c, role, &NoteAdded{Text: clip(d.in.Text, 4000)})
	d.answer(c, role, "メモを記録いたしました。事務局と担当コンシェルジュのみがご覧いただけます。", "")
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
	already := d.f.Stopped == stop
	d.out.Stop = &stop
	d.f.Stopped = stop
	done := "すべての送信を停止いたしました。お送りする予定のメールは、再開されるまでお預かりいたします。"
	switch {
	case stop && already:
		done = "すべての送信は、すでに停止しております。"
	case already:
		done = "送信は停止しておりませんので、そのまま続けてまいります。"
	case !stop:
		done = "送信を再開いたしました。お預かりしていたメールを順にお送りいたします。"
	}
	d.answer(nil, RoleClerk, done, "")
	for i := range d.out.Letters {
		d.out.Letters[i].Always = true
	}
}

// pause is 休止 until a day.
func (d *decider) pause(call *Call, role Role, c *Case) {
	day, ok := ParseDay(strings.TrimSuffix(strings.Join(call.Args, ""), "まで"), d.now)
	today := d.now.In(JST).Format("2006-01-02")
	if !ok || day <= today {
		example := d.now.In(JST).AddDate(0, 1, 0).Format("2006年1月2日")
		d.refuseWith(c, "いつまで休止されるかが分かりませんでした。「休止 "+example+"」のように、明日以降の年月日をお書きください。", suggestion(CmdPause, "年月日"), nil)
		return
	}
	d.emit(c, role, &CasePaused{Until: day})
	d.answer(c, role, "案件を "+JapaneseDay(day)+" まで休止いたしました。その間、この案件についてのご連絡は控えさせていただきます。", "期日より前に再開される場合は「再開」をお送りください。")
}
