package casework

import (
	"fmt"
	"slices"
	"strings"
	"time"
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
		d.lockedBeside("ご指示のメールに、開くことのできない添付ファイルがありました。")
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
	d.lockedBeside("ご指示のメールに、開くことのできない添付ファイルがありました。")
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

// old tells whether a command's mail was written so long before it came that somebody else may have sent it again
// (trust.md S2). One that has waited in the mailbox while the robot stood still is not old.
func (d *decider) old(call *Call) bool {
	return rules[call.Name].need != needNothing && d.stale()
}

func (d *decider) stale() bool {
	return !d.confirmed && !d.in.Date.IsZero() && d.in.Arrived.Sub(d.in.Date) > 7*24*time.Hour
}

// may answers whether the sender may give the command now: in which role and for which case, or a refusal that says
// what would make it possible.
func (d *decider) may(call *Call) (Role, *Case, string) {
	c := d.cases[d.f.Thread]
	if call.Name == "" {
		return d.anyRole(), c, askBack(call.AskBack, d.otherWay())
	}
	ru := rules[call.Name]
	switch {
	case !ru.ready:
		return d.anyRole(), c, fmt.Sprintf("「%s」は、まだご利用いただけません。%s", call.Name, d.otherWay())
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
	if ru.stages != nil && !slices.Contains(ru.stages, c.Stage) {
		return role, c, fmt.Sprintf("この案件は現在「%s」のため、「%s」は承ることができません。", c.Stage.Japanese(), call.Name) + stageHint(c.Stage, ru, role)
	}
	return role, c, ""
}

// stageHint says what makes a command possible that the stage of its case does not allow.
func stageHint(s Stage, ru rule, role Role) string {
	office := inside(Party{Role: role})
	switch {
	case s.Open() && s != StageHeld && slices.Equal(ru.stages, rules[CmdReject].stages):
		return "保留中のエントリーについてのご指示でございます。登録を取り消される場合は「無効」をお送りください。"
	case slices.Equal(ru.stages, rules[CmdResume].stages):
		return "休止中の案件についてのご指示でございます。"
	case slices.Equal(ru.stages, rules[CmdSplit].stages):
		return "統合された案件についてのご指示でございます。"
	case s == StageRegistered && slices.Contains(ru.stages, StageConsulting):
		return "担当コンシェルジュが「引受」をお送りになった後に、承ります。"
	case s == StagePaused && slices.Contains(ru.stages, StageConsulting):
		return "案件が再開されましたら、承ります（担当コンシェルジュまたは事務局から「再開」をお送りください）。"
	case s == StageMerged && office && slices.Contains(ru.stages, StageConsulting):
		return "統合先の案件でお送りくださるか、先に事務局から「分離」をお送りください。"
	case slices.Contains(early, s) && !slices.Contains(ru.stages, StageHeld) && slices.Contains(ru.stages, StageConsulting):
		return "登録が済みましたら、承ります。"
	case slices.Contains(ended, s):
		return map[bool]string{true: "この段階では「状況」「メモ」「進捗」「廃棄依頼」を承ります。", false: "ご用件がおありでしたら、このメールへのご返信でお知らせください。"}[office]
	case !s.Open() && !office:
		return "ご用件がおありでしたら、このメールへのご返信でお知らせください。"
	}
	return ""
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
	if !ru.noCase {
		c = nil
	}
	return role, c, ""
}

// otherWay says what to do instead of a command that this program cannot do yet.
func (d *decider) otherWay() string {
	if d.anyRole() == RoleIntake {
		return "お手数ですが、事務局までお電話でご連絡ください。"
	}
	return "お手数ですが、従来どおりの方法でお進めください。"
}

func wantsAll(args []string) bool { return len(args) > 0 && args[0] == "全件" }

// askBack asks which of several commands is meant; where this program can do none of them, it says so.
func askBack(names []string, otherWay string) string {
	quoted := "「" + strings.Join(names, "」「") + "」"
	if !slices.ContainsFunc(names, func(n string) bool { return Ready(CommandName(n)) }) {
		return quoted + "のいずれのご指示か、当方では判断いたしかねました。なお、これらのご指示はまだご利用いただけません。" + otherWay
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
	case !d.who.Known():
		return RoleCompany
	}
	return RoleIntake
}

// anyPart are the roles in which somebody may be answered about a case.
var anyPart = []Role{RoleClerk, RoleConcierge, RoleIntake, RoleCompany, RoleProvider}

// roleNames says who may give a command: in a case, its own people.
func roleNames(rs []Role, inCase bool) string {
	names := map[Role]string{RoleClerk: "事務局", RoleConcierge: "コンシェルジュ", RoleIntake: "支援機関（ご担当者または窓口）", RoleProvider: "支援機関（ご担当者または窓口）"}
	if inCase {
		names[RoleConcierge], names[RoleIntake] = "この案件の担当コンシェルジュ", "この案件の紹介元支援機関（ご担当者または窓口）"
		names[RoleCompany], names[RoleProvider] = "この案件の企業", "この案件で照会をお送りした支援機関（ご担当者または窓口）"
	}
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
		if r, ok := firstRole(d.roles(c), anyPart); ok {
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
	if suggest != nil && slices.Contains(d.f.Off, suggest.Command) {
		suggest = nil
	}
	if c != nil && d.in.Call != nil && Ready(d.in.Call.Name) {
		d.emit(c, role, &MessageKept{What: "refused", Subject: d.in.Subject, Text: clip(d.in.Text, 4000)})
	}
	d.toSender(c, role, RefusalLetter{Command: d.commandFor(c, role), Problem: problem, Codes: codes, Suggest: suggest, Words: d.sayable(c, role, clip(d.withoutCodes(d.in.Text), 1000))})
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

// sayable is a text that an agency's own mail said and a letter repeats, "" where it holds what that agency may not
// learn from us.
func (d *decider) sayable(c *Case, role Role, text string) string {
	if c == nil { // a command that names no case was sent in a case's thread all the same
		c = d.cases[d.f.Thread]
	}
	if c == nil || role != RoleProvider && role != RoleIntake || len(Scan(d.secretsFor(c, Party{Role: role, Code: d.who.Agency}), []string{text})) == 0 {
		return text
	}
	return ""
}

// commandFor is the command as an answer repeats it.
func (d *decider) commandFor(c *Case, role Role) string {
	text := d.commandText()
	if said := d.sayable(c, role, text); said != "" || text == "" || d.in.Call == nil {
		return said
	}
	return string(d.in.Call.Name)
}

// confirmFirst has a command confirmed before it is done; what is only tried is not.
func (d *decider) confirmFirst(c *Case, role Role) {
	if d.within {
		d.end(ResultConfirm, FolderDone, "would be confirmed")
		return
	}
	d.askConfirmation(c, role)
}

// openPending lets a command wait for the one-time word from an address; one is open per address and case at a time.
func (d *decider) openPending(to Address) bool {
	if d.f.PendingOf { // no second letter, but the mail stays where people see it
		d.end(ResultConfirm, FolderStay, "a confirmation is open already: left for the people")
		return false
	}
	d.out.Ask = &Pending{Word: d.f.Word, Input: d.in, To: to, Expires: d.f.Calendar.AddBusinessDays(d.now, 2), Case: d.f.Thread}
	return true
}

// askConfirmation sends a one-time word to the sender's rostered address.
func (d *decider) askConfirmation(c *Case, role Role) {
	if !d.openPending(d.in.From) {
		return
	}
	before := len(d.out.Letters)
	d.toSender(c, role, ConfirmLetter{Command: d.commandFor(c, role), Subject: d.sayable(c, role, d.bareSubject(d.in.Subject)), Sent: d.in.Date, Word: d.f.Word, Expires: d.out.Ask.Expires})
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
	d.in, d.confirmed, d.confirmedBy = p.Input, true, p.To
	d.in.Evidence = evidence
	d.who = d.f.Roster.Sender(d.in.From, d.now) // 連絡先変更 is confirmed by the agency's window, whoever asked for it
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
		d.toSender(nil, role, ListLetter{Rows: d.rows(), Held: d.f.ToReview, Mine: role == RoleConcierge})
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

// answer says what a command did and which letters go to whom.
func (d *decider) answer(c *Case, role Role, done, next string, lines ...string) {
	d.delay()
	d.toSender(c, role, AnswerLetter{Command: d.commandFor(c, role), Done: done, Lines: lines, Sent: d.sentNotes(), Next: next})
}

// sentNotes say which letters go to whom and when.
func (d *decider) sentNotes() []SentNote {
	var sent []SentNote
	for _, l := range d.out.Letters {
		if l.answer {
			continue
		}
		var to []string
		for _, a := range append(slices.Clone(l.To), l.Cc...) {
			to = append(to, a.text())
		}
		when := "このメールと同時に"
		if l.Hold > 0 {
			when = d.now.Add(l.Hold).In(JST).Format("15:04") + " 以降に"
		}
		if waitsForThaw(l.Departure(), d.f.Roster, d.now) {
			when = "凍結の解除後に"
		}
		name := LetterName(l.Kind())
		if a, ok := l.Content.(AnswerLetter); ok && a.Command == "" {
			name = "お知らせ"
		}
		sent = append(sent, SentNote{Letter: name, To: strings.Join(to, "、"), When: when})
	}
	return sent
}
