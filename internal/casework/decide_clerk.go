package casework

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

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
	d.emit(c, RoleClerk, &EntryRejected{Notified: notify, Reason: clip(d.withoutCodes(d.in.Text), 1000)})
	done := "受付不可として終了いたしました。送信者には連絡しておりません。"
	if notify {
		done = "受付不可として終了し、送信者にその旨をお知らせいたします。"
		p := Party{Role: RoleIntake, Code: c.Agency}
		v := View{Party: p, Office: d.f.Office, Now: d.now, Reader: Address{Addr: c.Submitter.Addr}}
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
	registered, before := c.Registered(), *c
	if len(c.openSupports()) > 0 || c.companyAddress().Addr != "" {
		d.begin(c, RoleClerk)
	}
	d.endSupports(c, RoleClerk)
	d.emit(c, RoleClerk, &CaseVoided{Reason: clip(d.withoutCodes(d.in.Text), 1000)})
	if registered {
		d.tellVoid(&before, c)
	}
	d.answer(c, RoleClerk, "登録 "+c.Number()+" を無効といたしました。番号は欠番とせず、理由とともに記録に残しております。", voidNext(&before), endedLines(&before)...)
}

// tellVoid tells intake agency, concierge, the company that is written to directly, and the agencies that hold the sheet.
func (d *decider) tellVoid(before, c *Case) {
	d.toIntake(c, VoidedLetter{}, nil)
	if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok {
		d.toConcierge(c, k, VoidedLetter{}, nil, false)
	}
	if c.companyAddress().Addr != "" {
		d.toCompany(c, ClosingLetter{For: RoleCompany}, nil)
	}
	d.tellProviders(before, c, func(s SupportView) Content { return ClosingLetter{For: RoleProvider, Support: s} })
}

// endedLines say what a command ended besides.
func endedLines(before *Case) []string {
	var out []string
	for _, s := range before.openSupports() {
		out = append(out, s.name()+"："+s.State(before.Version).Japanese()+" → 終了")
	}
	return out
}

func voidNext(before *Case) string {
	if slices.ContainsFunc(before.Supports, Support.Sent) {
		return "エントリーシートをお送りした支援機関には、必要に応じて「廃棄依頼」で資料の廃棄をお願いできます。"
	}
	return ""
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
