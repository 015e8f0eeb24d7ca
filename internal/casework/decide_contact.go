package casework

import (
	"fmt"
	"strings"
)

// How the parties of a case are reached, and what is written to them (process.md 2 and 3a).

// reachBy is 連絡方法: letters for the company go to itself, or through the intake agency.
func (d *decider) reachBy(call *Call, c *Case) {
	way := strings.Join(call.Args, "")
	direct := way == "直接"
	switch {
	case !direct && way != "紹介元経由":
		d.refuseWith(c, "企業へのご連絡の方法を読み取れませんでした。「連絡方法 直接」または「連絡方法 紹介元経由」とお書きください。", suggestion(CmdReach, "直接"), nil)
		return
	case direct && c.Entry.Company.Email == "":
		d.refuse(c, "エントリーシートに企業のメールアドレスの記載がありません。訂正されたシートが届きましたら、あらためてお送りください。")
		return
	}
	if direct && d.knows(c.Entry.Company.Email) {
		d.refuse(c, notTheCompany(c.Entry.Company.Email))
		return
	}
	next := ""
	if direct && !c.companyConfirmed() {
		next = "アドレス（" + c.Entry.Company.Email + "）が正しいことを企業にお確かめになりましたら、「連絡先確認」をお送りください。企業からのご了承をメールで承れるようになります。"
	}
	if c.Reach.Direct != direct {
		d.emit(c, RoleConcierge, &ReachSet{Direct: direct})
	}
	done := "企業へのご連絡は、紹介元を通じてお伝えいたします。"
	if direct {
		done = "企業へのご連絡は、企業に直接お送りいたします（" + c.Entry.Company.Email + "）。"
	}
	d.answer(c, RoleConcierge, done, next)
}

// reachOK is 連絡先確認: the company's address is right, and may consent.
func (d *decider) reachOK(c *Case) {
	addr := c.Entry.Company.Email
	switch {
	case addr == "":
		d.refuse(c, "エントリーシートに企業のメールアドレスの記載がありません。訂正されたシートが届きましたら、あらためてお送りください。")
		return
	case d.knows(addr):
		d.refuse(c, notTheCompany(addr))
		return
	}
	if !c.companyConfirmed() {
		d.emit(c, RoleConcierge, &ReachConfirmed{Address: addr})
	}
	next := ""
	if !c.Reach.Direct {
		next = "企業に直接ご連絡される場合は、「連絡方法 直接」をお送りください。"
	}
	d.answer(c, RoleConcierge, "企業のメールアドレス（"+addr+"）を確認済みといたしました。", next)
}

// knows tells whether an address is of the roster: a company's own is not.
func (d *decider) knows(addr string) bool {
	return d.f.Roster.Sender(Address{Addr: addr}, d.now).Known()
}

func notTheCompany(addr string) string {
	return "企業のメールアドレスとして記載されている " + addr + " は、支援機関または事務局のものです。企業ご自身のアドレスに訂正いただく必要がございます。"
}

// jetro is ジェトロ支援: proposes JETRO's own support to company and intake agency.
func (d *decider) jetro(call *Call, c *Case) {
	service := clip(strings.Join(call.Args, " "), 100)
	if service == "" {
		d.refuseWith(c, "「ジェトロ支援」のあとに、ご提案になるサービスの名称をお書きください。お申し込みの方法は本文にお書きいただけます。", suggestion(CmdJetro, "サービス名"), nil)
		return
	}
	for _, s := range c.Supports {
		if s.JETRO() && s.Service == service && s.FinishedAt.IsZero() {
			d.answer(c, RoleConcierge, "ジェトロの支援「"+service+"」は、すでにご提案しております。", "")
			return
		}
	}
	n := 1
	for _, s := range c.Supports {
		if s.JETRO() {
			n++
		}
	}
	d.begin(c, RoleConcierge)
	p := &JetroProposed{Support: fmt.Sprintf("%s%d", jetroPrefix, n), Service: service}
	d.emit(c, RoleConcierge, p)
	s := c.Support(p.Support)
	d.about(s.ID)
	how := clip(d.withoutCodes(d.in.Text), 4000)
	d.toCompany(c, ProposalLetter{For: RoleCompany, Support: d.supportFor(c, s, RoleCompany), HowTo: how}, nil)
	d.toIntake(c, ProposalLetter{For: RoleIntake, Support: d.supportFor(c, s, RoleIntake), HowTo: how}, nil)
	d.answer(c, RoleConcierge, "ジェトロの支援「"+service+"」を、企業と紹介元にご提案いたします。", "追加の情報が必要な場合は、「追加情報 企業」または「追加情報 紹介元」で、フォームをお送りいただけます。")
}

// form is 追加情報: the office's additional-information form goes to company or intake agency.
func (d *decider) form(call *Call, c *Case) {
	to, ok := partyWord(call.Args)
	switch {
	case !ok:
		d.refuseWith(c, "どちらにお送りするかが分かりませんでした。「追加情報 企業」または「追加情報 紹介元」とお書きください。", suggestion(CmdForm, "企業"), nil)
		return
	case d.f.FormFile == "":
		d.refuse(c, "この事務局の追加情報フォームがまだ登録されておりません。お手数ですが、フォームは「連絡 企業」などに添付してお送りください。")
		return
	}
	if to == RoleCompany {
		d.begin(c, RoleConcierge)
	}
	d.emit(c, RoleConcierge, &FormSent{To: to})
	content := FormLetter{For: to, Note: clip(d.withoutCodes(d.in.Text), 2000)}
	attach := []Attachment{{Kind: AttachOffice, Name: d.f.FormFile}}
	if to == RoleCompany {
		d.toCompany(c, content, attach)
	} else {
		d.toIntake(c, content, attach)
	}
	d.answer(c, RoleConcierge, partyNames[to]+"に、追加情報フォームをお送りいたします。", "ご返送いただきましたら、お知らせいたします。")
}

func partyWord(args []string) (Role, bool) {
	switch strings.Join(args, "") {
	case "企業":
		return RoleCompany, true
	case "紹介元":
		return RoleIntake, true
	}
	return "", false
}

// pass is 連絡: the concierge writes to a party.
func (d *decider) pass(call *Call, c *Case) {
	to, ok := d.partyArg(call, c)
	if !ok {
		return
	}
	d.passTo(c, to, true)
}

// partyArg resolves 企業, 紹介元 or an agency to a party of the case.
func (d *decider) partyArg(call *Call, c *Case) (Party, bool) {
	if role, ok := partyWord(call.Args); ok {
		if role == RoleCompany {
			return Party{Role: role}, true
		}
		return Party{Role: role, Code: c.Agency}, true
	}
	if len(call.Args) == 0 {
		d.refuseWith(c, "どちらにお伝えするかが分かりませんでした。「連絡 企業」「連絡 紹介元」「連絡 機関コード」のいずれかでお送りください。", suggestion(CmdTell, "紹介元"), supportCodes(c))
		return Party{}, false
	}
	a, problem, suggest := d.agencyNamed(call.Name, strings.Join(call.Args, ""))
	switch {
	case problem != "":
		d.refuseWith(c, problem, suggest, supportCodes(c))
	case a.Code == c.Agency:
		return Party{Role: RoleIntake, Code: a.Code}, true
	case c.SupportOf(a.Code).ID == "":
		d.refuseWith(c, a.Name+"（"+a.Code+"）は、この案件に関わっておりません。先に「打診」をお送りください。", suggestion(CmdInquire, a.Code), supportCodes(c))
	default:
		return Party{Role: RoleProvider, Code: a.Code}, true
	}
	return Party{}, false
}

// passTo writes the concierge's words to a party. To an agency that may not see the sheet yet, words with a value of it
// and files do not go.
func (d *decider) passTo(c *Case, to Party, command bool) {
	text := d.withoutCodes(d.in.Text)
	s := c.SupportOf(to.Code)
	sees := to.Role != RoleProvider || visibleVersion(*c, s) > 0 && s.Sent()
	if problem := d.untellable(c, to, text); problem != "" {
		if command {
			d.refuse(c, problem)
			return
		}
		d.toSender(c, RoleConcierge, NobodyLetter{Subject: d.subjectRest(), Why: problem})
		return
	}
	text = clip(text, 20_000)  // after the scan: half a value is one, too
	if to.Role != RoleIntake { // what goes to the intake agency alone leaves at once
		d.begin(c, RoleConcierge)
	}
	files, attach, kept := d.passFiles(sees)
	d.emit(c, RoleConcierge, &MessagePassed{From: d.partyOf(c, RoleConcierge), To: to, Subject: d.in.Subject, Text: text, Files: len(attach)})
	content := PassedOnLetter{For: to.Role, From: "担当コンシェルジュ " + d.conciergeName(c.Concierge), Subject: d.subjectRest(), Text: text, Files: files}
	switch to.Role {
	case RoleCompany:
		d.toCompany(c, content, attach)
	case RoleIntake:
		d.toIntake(c, content, attach)
	default:
		d.about(s.ID)
		content.Subject = ""
		d.toProvider(c, s, content, attach)
	}
	var lines []string
	for _, k := range kept {
		lines = append(lines, "お渡ししていない添付ファイル："+k)
	}
	if command || len(lines) > 0 {
		d.answer(c, RoleConcierge, partyNames[to.Role]+d.codeIn(to)+"にお伝えいたします。", "ご返信が届きましたら、お取り次ぎいたします。", lines...)
	}
}

// untellable says why the concierge's words cannot go to a party, "" when they can.
func (d *decider) untellable(c *Case, to Party, text string) string {
	if strings.TrimSpace(text) == "" && len(d.in.Files) == 0 {
		return "お伝えする内容を本文にお書きのうえ、あらためてお送りください。"
	}
	if _, ok := d.f.Roster.Agency(to.Code, d.now); !ok && to.Code != "" {
		return "支援機関（" + to.Code + "）の名簿での登録期間が終了しておりますので、お伝えできません。"
	}
	if found := Scan(d.secretsFor(c, to), []string{text}); len(found) > 0 {
		return placeOf(d.secretsFor(c, to), text) + "に、この支援機関にはまだお伝えできない内容（" + fieldNames(found) + "）が含まれておりましたので、お伝えしておりません。該当の記載を除いて、あらためてお送りください。"
	}
	return ""
}

func (d *decider) codeIn(p Party) string {
	if p.Role != RoleProvider {
		return ""
	}
	return "（" + p.Code + "）"
}

// most that one passed-on mail may carry: what every office's mail server takes.
const passBytes = 8 << 20

// passFiles are the files that may go on, and those that may not with the reason.
func (d *decider) passFiles(allowed bool) (names []string, attach []Attachment, kept []string) {
	var size int64
	for _, f := range d.in.Files {
		switch {
		case !allowed:
			kept = append(kept, f.Name+"（ご了承が得られるまで、ファイルはお渡しできません）")
		case f.Runs != "":
			kept = append(kept, f.Name+"（"+f.Runs+"）")
		case size+f.Size > passBytes:
			kept = append(kept, f.Name+"（大きさの合計が上限を超えています）")
		default:
			size += f.Size
			names = append(names, f.Name)
			attach = append(attach, Attachment{Kind: AttachFile, Name: f.Name, Blob: f.Blob})
		}
	}
	return names, attach, kept
}
