package casework

import (
	"fmt"
	"strings"
)

// 凍結 holds a sender that may be compromised until 解除 (trust.md "Scope"): nothing that comes from there is obeyed or passed
// on, entries wait for the clerk, letters wait in the queue, and codes count for nothing.

// heldSender tells whether the mail is somebody's who is held. What machines and the robot itself write goes its way.
func (d *decider) heldSender() bool {
	switch d.in.Kind {
	case MailOwn, MailBounce, MailAutomatic, MailFailure, MailAlarm, MailBroken:
		return false
	}
	return d.f.Roster.Frozen(d.in.From.Addr, "", d.now)
}

// fromFrozen keeps a held sender's mail and leaves it for the people; the clerk is told once a day.
func (d *decider) fromFrozen() {
	if c := d.cases[d.f.Thread]; c != nil {
		d.emit(c, RoleStranger, &MessageKept{What: "frozen", Subject: d.in.Subject, Text: clip(d.in.Text, 4000)})
	}
	d.end(ResultKept, FolderStay, "the sender is frozen: nothing is obeyed or passed on, left for the people")
	held := 0
	for _, s := range d.in.Sheets {
		r := ResultDuplicate
		if d.sameSheet(s) == nil {
			c := d.receive(s, ChannelMail, d.who.Agency)
			r = d.hold(c, EntryHeld{Reason: HoldFrozen, Detail: d.continues(s), Nearest: d.nearest(s)})
			held++
		}
		d.out.Results = append(d.out.Results, r)
	}
	if held > 0 {
		d.out.Result = ResultHeld
		if d.in.Kind == MailEntry {
			d.out.Folder = FolderDone
		}
	}
	if d.f.FrozenTold {
		return
	}
	d.out.Told = d.in.From.Addr
	var lines []string
	if subject := d.bareSubject(d.in.Subject); subject != "" {
		lines = append(lines, "件名："+subject)
	}
	d.toClerks(nil, AnswerLetter{Done: "凍結中の差出人「" + d.in.From.Addr + "」からメールが届きました。ご指示としては承らず、ほかの方へのお取り次ぎもいたしておりません。", Lines: lines,
		Next: "メールは受信箱に残しておりますので、ご確認ください。本日中にこの差出人から届くメールについては、あらためてのご連絡を差し控えます。凍結を終えられる場合は「解除」をお送りください。"})
}

// freeze is 凍結 and 解除.
func (d *decider) freeze(call *Call) {
	f, name, ok := d.freezeArg(call)
	if !ok {
		return
	}
	f.Thaw = call.Name == CmdThaw
	agency := f.Agency
	who := d.f.Roster.Sender(Address{Addr: f.Address}, d.now)
	if f.Address != "" {
		agency = who.Agency
	}
	switch is := d.f.Roster.Frozen(f.Address, f.Agency, d.now); {
	case f.Thaw && f.Address != "" && d.f.Roster.Frozen("", agency, d.now):
		d.refuseWith(nil, fmt.Sprintf("「%s」の支援機関（%s）全体が凍結されております。先に「解除 %s」をお送りください。", f.Address, agency, agency), suggestion(CmdThaw, agency), nil)
	case f.Thaw && !is:
		d.answer(nil, RoleClerk, name+"は、凍結されておりません。", "")
	case f.Thaw:
		d.out.Freeze = &f
		d.answer(nil, RoleClerk, name+"の凍結を解除いたしました。", "お預かりしていたメールを順にお送りいたします。凍結中に届いたメールは受信箱と保留中のエントリーに残っておりますので、ご確認ください。")
	case is:
		d.answer(nil, RoleClerk, name+"は、すでに凍結されております。", "凍結を終えられる場合は「解除」をお送りください。")
	case SameAddr(Address{Addr: f.Address}, d.in.From) || f.Agency != "" && f.Agency == d.who.Agency:
		d.refuse(nil, "ご自身を凍結されますと、解除のご指示を承ることができなくなります。ほかの事務局ご担当者からお送りください。")
	default:
		f.Codes = codesOf(who, f.Address)
		d.out.Freeze = &f
		d.answer(nil, RoleClerk, name+"を凍結いたしました。", d.frozenNext(call, who), "ご指示とご返信：承らず、受信箱に残します（届いた日ごとに1回お知らせします）。",
			"エントリーシート：保留とし、事務局のご判断をお願いします。", "お送りするメール：「解除」までお預かりします。", "メールの符号：「解除」まで無効とします。")
	}
}

// frozenNext says what else may be wanted.
func (d *decider) frozenNext(call *Call, who Sender) string {
	next := "凍結を終えられる場合は「解除 " + strings.Join(call.Args, " ") + "」をお送りください。すでに承ったご指示のメールもお止めになる場合は「全送信停止」をお送りください。"
	if who.Concierge != "" {
		next += "ご担当の案件は、「担当変更 全件 " + who.Concierge + " 新しい担当」で引き継ぐことができます。"
	}
	return next
}

// codesOf are the parties whose codes a held address has been sent. Those of a held agency need no list: all its senders
// are held.
func codesOf(who Sender, addr string) []string {
	var out []string
	if addr == "" {
		return nil
	}
	if who.Clerk {
		out = append(out, Party{Role: RoleClerk}.Key())
	}
	if who.Concierge != "" {
		out = append(out, Party{Role: RoleConcierge, Code: who.Concierge}.Key())
	}
	if who.Agency != "" {
		out = append(out, Party{Role: RoleIntake, Code: who.Agency}.Key(), Party{Role: RoleProvider, Code: who.Agency}.Key())
	}
	return out
}

// freezeArg reads whom a command is about: an address, or an agency by its code or any spelling. name is how the answer
// calls it.
func (d *decider) freezeArg(call *Call) (f Freeze, name string, ok bool) {
	text := strings.Join(call.Args, " ")
	if text == "" {
		d.refuseWith(nil, fmt.Sprintf("「%s」のあとに、機関コードまたはメールアドレスをお書きください（例：%s tanaka@example.jp）。", call.Name, call.Name), nil, d.f.Roster.AgencyCodes(d.now))
		return f, "", false
	}
	if strings.Contains(text, "@") {
		if !plainAddress(text) {
			d.refuse(nil, "「"+text+"」はメールアドレスとして読み取れませんでした。アドレスを一つだけ、「"+string(call.Name)+" tanaka@example.jp」のようにお書きください。")
			return f, "", false
		}
		return Freeze{Address: text}, "「" + text + "」（" + d.whoText(text) + "）", true
	}
	a, problem, suggest := d.agencyNamed(call.Name, text)
	if problem != "" {
		d.refuseWith(nil, problem, suggest, d.f.Roster.AgencyCodes(d.now))
		return f, "", false
	}
	return Freeze{Agency: a.Code}, a.Name + "（" + a.Code + "）", true
}

// whoText tells what the roster says of an address.
func (d *decider) whoText(addr string) string {
	who := d.f.Roster.Sender(Address{Addr: addr}, d.now)
	var parts []string
	if who.Clerk {
		parts = append(parts, "事務局")
	}
	if who.Concierge != "" {
		parts = append(parts, "コンシェルジュ "+d.conciergeName(who.Concierge)+" 様")
	}
	if a, ok := d.f.Roster.Agency(who.Agency, d.now); ok {
		parts = append(parts, a.Name)
	}
	if len(parts) == 0 {
		return "名簿にないアドレス"
	}
	return strings.Join(parts, "・")
}
