package casework

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// afterTransfer are the commands that a case still takes which went to another office.
var afterTransfer = []CommandName{CmdStatus, CmdNote, CmdUndo, CmdDryRun, CmdTransfer, CmdHelp}

// transfer is 移管: the case goes to another office and ends here.
func (d *decider) transfer(call *Call, c *Case) {
	offices := d.f.Roster.Offices(d.now)
	var codes []string
	for _, o := range offices {
		codes = append(codes, o.Code+"（"+o.Name+"）")
	}
	named := strings.Join(call.Args, "")
	to, ok := officeNamed(offices, named)
	if !ok && len(call.Args) > 1 { // the number of the case stands behind it
		to, ok = officeNamed(offices, call.Args[0])
	}
	switch {
	case len(offices) == 0:
		d.refuse(c, "移管先となる事務所が、この受付にはまだ登録されておりません。システムの管理者様に、設定ファイルへの登録（[[other_office]]）をご依頼ください。登録が済みましたら、承ります。")
		return
	case named == "":
		d.refuseWith(c, "「移管」のあとに、移管先の事務所のコードまたは名称をお書きください。", nil, codes)
		return
	case !ok:
		d.refuseWith(c, "「"+named+"」という事務所は、移管先として登録されておりません。", nil, codes)
		return
	case c.Stage == StageTransferred:
		d.transferAgain(c, to)
		return
	}
	if begun := slices.DeleteFunc(c.openSupports(), func(s Support) bool { return !s.Sent() && !s.JETRO() }); len(begun) > 0 {
		var names []string
		for _, s := range begun {
			names = append(names, s.name()+"："+s.State(c.Version).Japanese())
		}
		d.refuseWith(c, fmt.Sprintf("進行中の支援が%d件ございますので、移管できません（%s）。先に「支援終了」をお送りください。支援の記録は、移管先にも引き継がれます。", len(begun), strings.Join(names, "、")),
			suggestion(CmdFinish, cmp.Or(begun[0].Agency, begun[0].ID)), nil)
		return
	}
	d.begin(c, RoleClerk)
	before := *c
	d.endSupports(c, RoleClerk)
	d.emit(c, RoleClerk, &CaseTransferred{Office: to.Code, OfficeName: to.Name, Reason: clip(d.withoutCodes(d.in.Text), 2000)})
	d.handOverTo(c, to, false)
	if d.companyAddress(c).Addr != "" {
		d.toCompany(c, TransferredLetter{For: RoleCompany, To: to}, nil)
	}
	d.toIntake(c, TransferredLetter{For: RoleIntake, To: to}, nil)
	d.tell(c, TransferredLetter{For: RoleConcierge, To: to}, RoleClerk)
	d.answer(c, RoleClerk, "案件 "+c.Number()+" を、"+to.Name+"に移管いたします。",
		"資料は、"+to.Name+"とあらかじめ取り決めたパスワードで保護してお送りします。お送りする前でしたら、「直前取消」で取り消すことができます。先方で受け付けられますと、案件の経過に記録されます。", endedLines(&before)...)
}

// transferAgain sends the bundle again, as long as the other office has not answered.
func (d *decider) transferAgain(c *Case, to OtherOffice) {
	switch {
	case c.Transfer.Office != to.Code:
		d.refuse(c, d.movedTo(c)+to.Name+"への移管は、"+c.Transfer.Name+"へお願いいたします。")
		return
	case c.Transfer.Receipt != "":
		d.answer(c, RoleClerk, d.movedTo(c)+"先方では、すでに受け付けられております（受付番号 "+c.Transfer.Receipt+"）。", "")
		return
	}
	d.begin(c, RoleClerk)
	d.emit(c, RoleClerk, &TransferRepeated{})
	d.handOverTo(c, to, true)
	d.answer(c, RoleClerk, "案件 "+c.Number()+" の資料を、"+to.Name+"にあらためてお送りいたします。", "先方で受け付けられますと、案件の経過に記録されます。")
}

// handOverTo writes to the other office: the bundle, and each version of the sheet as it came, in workbooks that Excel opens
// with the agreed password. Subject and names hold no more than the registration number; there is no tag, whose code would be
// of no use there.
func (d *decider) handOverTo(c *Case, to OtherOffice, again bool) {
	b, protect := d.bundleOf(c), Protection{Office: to.Code}
	attach := []Attachment{{Kind: AttachBundle, Name: "移管_" + c.Registration + ".xlsx", Bundle: &b, Protect: protect}}
	for _, s := range b.Sheets {
		attach = append(attach, Attachment{Kind: AttachHanded, Name: handedName(c, s), Blob: s.File.Blob, Protect: protect})
	}
	d.toOffice(c, to, TransferLetter{Again: again}, attach)
}

func handedName(c *Case, s BundleSheet) string {
	end := ".xlsx" // that of an .xls, too: it goes as what Excel can protect
	if strings.EqualFold(path.Ext(s.File.Name), ".xlsm") {
		end = ".xlsm"
	}
	return fmt.Sprintf("エントリーシート_%s_第%d版%s", c.Registration, s.Version, end)
}

// toOffice writes to another office's mailbox.
func (d *decider) toOffice(c *Case, to OtherOffice, content Content, attach []Attachment) {
	p := Party{Role: RoleOffice, Code: to.Code}
	v := d.view(c, p, Address{Name: "事務局ご担当者"})
	v.ReaderOf = to.Name
	d.queue(c, Letter{Party: p, To: []Address{{Name: to.Name, Addr: to.Mailbox}}, Content: withView(content, v), Attach: attach})
	d.lastLetter().Number = ""
}

// movedTo says where a case is now.
func (d *decider) movedTo(c *Case) string {
	at := c.Transfer.Name
	if o, ok := officeOf(d.f.Roster.Offices(d.now), c.Transfer.Office); ok {
		at += "（" + o.Mailbox + "）"
	}
	return "この案件は、" + JapaneseDay(Day(c.Transfer.At)) + "に" + at + "へ移管いたしました。"
}

func moved(c *Case) bool { return c != nil && c.Stage == StageTransferred }

// replyAfterTransfer keeps a plain mail and tells the clerk, who passes on to the other office what matters there.
func (d *decider) replyAfterTransfer(c *Case) {
	d.keep("reply")
	d.end(ResultKept, FolderStay, "kept on case "+c.Number()+", which went to another office")
	if role, _ := d.writer(c); role != RoleStranger && role != RoleClerk {
		d.out.Folder = FolderAside
		d.tellAside("移管した案件 " + c.Number() + " についてのメールです（" + partyNames[role] + "の方より）。" + d.movedTo(c) + "内容をご確認のうえ、必要に応じて" + c.Transfer.Name + "へお取り次ぎください。")
	}
}
