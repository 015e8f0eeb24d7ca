package casework

import (
	"fmt"
	"slices"
)

// command decides a mail whose subject is a command. Strangers get silence; known people always an answer.
func (d *decider) command() {
	call := d.in.Call
	if d.saysForParty(call) {
		d.passReply(d.cases[d.f.Thread])
		return
	}
	if !d.who.Known() && !d.byCompany() {
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
		if len(d.in.Sheets) > 0 && d.who.Agency != "" { // a word that happens to be a command does not lose an entry sheet
			d.entries()
			return
		}
		d.refuse(c, refusal)
		d.toldBeside("ご指示のメールに、開くことのできない添付ファイルがありました。")
		return
	}
	grant := weigh(rules[call.Name].need, d.in.Evidence.State, d.code(), d.confirmed)
	if grant == grantAct && d.old(call) {
		grant = grantConfirm
	}
	switch grant {
	case grantConfirm:
		d.confirmFirst(c, role)
	case grantAct:
		d.out.Why = join(d.out.Why, "command "+string(call.Name))
		d.end(ResultDone, FolderDone, "")
		if call.Name != CmdAmend && call.Name != CmdRegister {
			d.versionsBeside(c)
		}
		d.carryOut(call, role, c)
		if call.Name != CmdAmend && call.Name != CmdRegister {
			d.sheetsBeside()
		}
	}
	d.toldBeside("ご指示のメールに、開くことのできない添付ファイルがありました。")
}

// byCompany tells whether the mail comes from the company of the case that it names, by the address at which the
// concierge lets it be written to: another one could not be answered.
func (d *decider) byCompany() bool {
	c := d.cases[d.f.Thread]
	return c != nil && SameAddr(c.companyAddress(), d.in.From)
}

// spokenFor are the commands by which a party tells something: where their sender has no part in the case but writes for
// one that has (a secretary, the company before 連絡方法 直接), the concierge gets the mail as it is.
var spokenFor = []CommandName{CmdAvailable, CmdUnavailable, CmdConsent, CmdDecline, CmdHost, CmdPassword, CmdFeedback, CmdWish, CmdWithdraw}

// says tells whether a command, or an ambiguous word, is one by which a party tells something.
func says(call *Call) bool {
	return slices.Contains(spokenFor, call.Name) || slices.ContainsFunc(call.AskBack, func(n string) bool { return slices.Contains(spokenFor, CommandName(n)) })
}

func (d *decider) saysForParty(call *Call) bool {
	c := d.cases[d.f.Thread]
	if c == nil || !c.Registered() || d.confirmed || d.in.Evidence.State == EvidenceFail || len(d.in.Sheets) > 0 || !says(call) {
		return false
	}
	if roles := d.roles(c); len(roles) > 0 && !slices.Equal(roles, []Role{RoleCompany}) {
		return false
	}
	role, _ := d.writer(c)
	return role == RoleIntake || role == RoleProvider || role == RoleCompany && !d.byCompany()
}

// roles are the parts that the sender plays in a case, the strongest first. A rostered person of an agency that was asked
// answers for it with the code that its window was sent; a mail that carries an inquiry's number speaks for that agency.
func (d *decider) roles(c *Case) []Role {
	out := RolesIn(c, d.who, d.f.Roster, d.now)
	if s := c.SupportOf(d.who.Agency); s.ID != "" && d.who.Person && d.code() == CodeValid && !slices.Contains(out, RoleProvider) {
		out = append(out, RoleProvider)
	}
	if s := c.Support(d.f.Inquiry); s.ID != "" && s.Agency == d.who.Agency {
		slices.SortStableFunc(out, func(a, b Role) int { return providerFirst(a) - providerFirst(b) })
	}
	return out
}

func providerFirst(r Role) int {
	if r == RoleProvider {
		return 0
	}
	return 1
}

// wrongCodesADay is how many wrong codes an address may send in a day before its codes count for nothing until tomorrow:
// whoever guesses gets no further, and the person's evidenced mail goes on (trust.md "Codes").
const wrongCodesADay = 5

// code is what the tag's code is worth: a mail without one From, Subject, Date and Message-ID, or that does not name
// our mailbox, has no authority of its own.
func (d *decider) code() CodeState {
	if d.in.Authority != "" || d.f.WrongCodes >= wrongCodesADay && d.f.Code == CodeValid {
		return CodeNone
	}
	return d.f.Code
}

// countWrongCode lets the transaction count a wrong code, and tells the clerk when the address is suspended.
func (d *decider) countWrongCode() {
	if d.f.Code != CodeWrong || d.in.Kind != MailCommand || d.in.Evidence.State == EvidencePass {
		return
	}
	d.out.Wrong = d.in.From.Addr
	if d.f.WrongCodes+1 == wrongCodesADay {
		d.toClerks(nil, AnswerLetter{Done: "「" + d.in.From.Addr + "」を差出人とするメールに、正しくない確認用の符号が本日5回記載されておりました。",
			Next: "本日中は、この差出人のご指示を符号のみでは承らず、登録されているアドレスへの確認のメールをお送りいたします。お心当たりのない場合は、ご本人へお電話でお確かめください。"})
	}
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
	case !listed(call.Name):
		return d.anyRole(), c, fmt.Sprintf("「%s」は、ご指示の語として承っておりません。%s", call.Name, d.otherWay())
	case slices.Contains(d.f.Off, call.Name):
		return d.anyRole(), c, fmt.Sprintf("「%s」は、この事務局ではご利用いただいておりません。%s", call.Name, d.otherWay())
	case (call.Name == CmdStopAll || call.Name == CmdStartAll) && d.in.Tag.Number != "":
		return d.anyRole(), nil, fmt.Sprintf("「%s」は案件ごとではなく、すべての送信についてのご指示です。案件の番号を件名から除いて、あらためてお送りください。", call.Name)
	case ru.noCase, call.Name == CmdAssign && wantsAll(call.Args):
		return d.mayWithoutCase(call, ru, c)
	case call.Name == CmdDryRun && (call.Inner == nil || rules[call.Inner.Name].noCase || c == nil):
		ru.noCase = true
		return d.mayWithoutCase(call, ru, c)
	}
	var roles []Role
	if c != nil {
		roles = d.roles(c)
	}
	if len(roles) == 0 && (c == nil || d.anyRole() == RoleIntake) { // an agency learns of no case that is not its own
		return d.anyRole(), nil, fmt.Sprintf("「%s」の対象となる案件が分かりませんでした。案件のメールへの返信としてお送りいただくか、件名に［登録 番号］の部分を含めてお送りください。", call.Name)
	}
	role, ok := firstRole(roles, ru.roles)
	if !ok {
		return role, c, fmt.Sprintf("「%s」は、%sの方からのご指示として承っております。", call.Name, roleNames(ru.roles, true))
	}
	if c.Stage == StageTransferred && role != RoleProvider && !slices.Contains(afterTransfer, call.Name) {
		return role, c, d.movedTo(c) + fmt.Sprintf("「%s」のご用件は、%sへお願いいたします。", call.Name, c.Transfer.Name)
	}
	if ru.stages != nil && !slices.Contains(ru.stages, c.Stage) {
		return role, c, fmt.Sprintf("この案件は現在「%s」のため、「%s」は承ることができません。", c.Stage.Japanese(), call.Name) + stageHint(c.Stage, ru, role)
	}
	return role, c, ""
}

// mayWithoutCase is may for the commands that name no case. The case of the thread comes along only for who has a part
// in it: a person of a case may ask for help there without being rostered by name.
func (d *decider) mayWithoutCase(call *Call, ru rule, c *Case) (Role, *Case, string) {
	roles := RolesOf(d.who)
	if c != nil {
		in := d.roles(c)
		if roles = append(roles, in...); len(in) == 0 {
			c = nil
		}
	}
	role, ok := firstRole(roles, ru.roles)
	if !ok {
		return role, c, fmt.Sprintf("「%s」は、%sの方からのご指示として承っております。", call.Name, roleNames(ru.roles, false))
	}
	if c != nil && role == RoleIntake && d.who.Agency != c.Agency { // in this case the agency is asked, and knows it by its inquiry
		role = RoleProvider
	}
	if !ru.noCase {
		c = nil
	}
	return role, c, ""
}

func wantsAll(args []string) bool { return len(args) > 0 && args[0] == "全件" }

func (d *decider) anyRole() Role {
	switch {
	case d.who.Clerk:
		return RoleClerk
	case d.who.Concierge != "":
		return RoleConcierge
	case !d.who.Known():
		return RoleCompany
	}
	return RoleIntake
}

// carryOut does a command that may be done.
func (d *decider) carryOut(call *Call, role Role, c *Case) {
	if d.carryOutSupport(call, role, c) {
		return
	}
	switch call.Name {
	case CmdApprove:
		if c.Stage != StageHeld {
			d.approveConsents(call, c)
			return
		}
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
		list := ListLetter{Rows: d.rows(), Held: d.f.ToReview, Locked: d.f.Locked, Mine: role == RoleConcierge}
		d.toSender(nil, role, list, list.book()...)
	case CmdNote:
		d.note(role, c)
	case CmdHelp:
		d.help(role, c)
	case CmdContacts:
		d.contacts(call, role)
	case CmdAbsent:
		d.absent(call)
	case CmdFreeze, CmdThaw:
		d.freeze(call)
	case CmdStopAll, CmdStartAll:
		d.stop(call.Name == CmdStopAll)
	case CmdPause:
		d.pause(call, role, c)
	case CmdResume:
		d.emit(c, role, &CaseResumed{})
		d.answer(c, role, "案件を再開いたしました（現在の段階："+c.Stage.Japanese()+"）。", "")
	}
}

// carryOutSupport does the commands of a case after its registration; it tells whether the command is one of them.
func (d *decider) carryOutSupport(call *Call, role Role, c *Case) bool {
	switch call.Name {
	case CmdReach:
		d.reachBy(call, c)
	case CmdReachOK:
		d.reachOK(c)
	case CmdInquire:
		d.inquire(call, c)
	case CmdAvailable, CmdUnavailable:
		d.respond(call, role, c)
	case CmdPassOver:
		d.passOver(call, c)
	case CmdAskConsent:
		d.askConsent(call, c)
	case CmdConsent, CmdDecline:
		d.consent(call, role, c)
	case CmdRefer:
		d.refer(call, c)
	case CmdPassword:
		d.password(c)
	case CmdHost:
		d.host(call, role, c)
	case CmdRecall:
		d.recall(call, role, c)
	case CmdJetro:
		d.jetro(call, c)
	case CmdForm:
		d.form(call, c)
	case CmdTell:
		d.pass(call, c)
	case CmdMeet:
		d.meet(call, c)
	case CmdMeetCancel:
		d.cancelMeeting(call, c)
	default:
		return d.carryOutEnd(call, role, c)
	}
	return true
}

// carryOutEnd does the commands that report on a case, end it or take something back.
func (d *decider) carryOutEnd(call *Call, role Role, c *Case) bool {
	switch call.Name {
	case CmdFeedback:
		d.feedback(call, role, c)
	case CmdWish:
		d.wished(role, c)
	case CmdFinish:
		d.finish(call, role, c)
	case CmdClose:
		d.closeCase(role, c)
	case CmdWithdraw:
		d.withdraw(role, c)
	case CmdQuiet:
		d.quiet(call, c)
	case CmdMerge:
		d.merge(call, c)
	case CmdSplit:
		d.split(c)
	case CmdTransfer:
		d.transfer(call, c)
	case CmdUndo:
		d.undo(role, c)
	case CmdDryRun:
		d.dryRun(call, role, c)
	case CmdBatch:
		d.batch(role)
	default:
		return false
	}
	return true
}
