package casework

import (
	"fmt"
	"slices"
)

// continues tells the clerk which case a held sheet seems to continue: by a claim alone no case moves.
func (d *decider) continues(s SheetIn) string {
	c := d.cases[d.f.Thread]
	if c == nil {
		for _, k := range CorrectionKeys(s.Entry.Company) {
			if r := d.cases[d.f.Returned[k]]; r != nil && mayCorrect(r.Entry.Company, s.Entry.Company) {
				c = r
			}
		}
	}
	if c == nil || !c.Stage.Open() {
		return ""
	}
	return fmt.Sprintf("%s（%s）に続けて送られたものと見受けられます。", c.Number(), c.Stage.Japanese())
}

// sameSheet finds the case that came with these very bytes, unless it is over and done with.
func (d *decider) sameSheet(s SheetIn) *Case {
	return d.cases[d.f.SameSheet[s.File.Blob]]
}

// sameAgain answers the very same workbook: the same agency hears the first answer again, from another it is held.
func (d *decider) sameAgain(c *Case, s SheetIn, ch Channel) Result {
	again := &SheetSentAgain{MessageID: d.in.MessageID}
	if c.ID > d.f.Numbers.Case { // the same file twice in one mail
		d.emit(c, d.submitterRole(), again)
		return ResultDuplicate
	}
	reason, _ := d.mustHold()
	if staff, _ := d.unproved(); staff == "" && d.who.Known() && d.who.Agency == "" {
		d.emit(c, d.submitterRole(), again)
		d.answer(c, d.anyRole(), fmt.Sprintf("お送りいただいたエントリーシートは、%s としてすでに受け付けております（%s）。", c.Number(), c.Stage.Japanese()), "")
		return ResultDuplicate
	}
	if !d.isSubmitter(c) || reason != "" && c.Stage != StageHeld {
		n := d.receive(s, ch, d.who.Agency)
		return d.hold(n, EntryHeld{Reason: HoldSame, Same: c.Receipt, Nearest: d.nearest(s)})
	}
	if errs := Errors(s.Problems); c.Registered() && c.Stage.Open() && len(errs) > 0 {
		return d.newVersion(c, s, RoleIntake) // the registered sheet had none: it is one that was returned before
	}
	d.emit(c, d.submitterRole(), again)
	switch { // no first answers: the brakes end what two robots might send each other
	case c.Stage == StageReturned:
		errs := Errors(c.Problems)
		d.toAgency(c, c.Agency, d.in.From, ReturnedLetter{Problems: errs, FileName: c.Sheet.Name, Due: d.f.Calendar.AddBusinessDays(d.now, 10), Protected: c.Sheet.Protected},
			[]Attachment{markedOf(c.Sheet, errs)}, false)
	case c.Stage == StageTransferred:
		d.toAgency(c, c.Agency, d.in.From, AnswerLetter{Done: d.movedTo(c), Next: "お送りいただいたエントリーシートは、この案件のものと同じでございましたので、あらためての登録はいたしておりません。ご用件は、" + c.Transfer.Name + "へお願いいたします。"}, nil, false)
	case c.Registered():
		d.toAgency(c, c.Agency, d.in.From, RegisteredLetter{Again: true}, []Attachment{d.certificateOf(c, false)}, false)
	}
	d.out.Why = join(d.out.Why, "the very same workbook as "+c.Number())
	return ResultDuplicate
}

// isSubmitter tells whether a mail comes from where the case's sheet came from: its agency, or, while no agency is
// known, the very same address.
func (d *decider) isSubmitter(c *Case) bool {
	if c.Agency != "" {
		return c.Agency == d.who.Agency
	}
	return SameAddr(c.Submitter, d.in.From)
}

// versionOf finds the registered case to which a sheet in reply is a new version: the thread names it, the sender has
// a part in it, and it is the same company. Another company's sheet in an old thread is a new entry.
func (d *decider) versionOf(s SheetIn) (*Case, Role) {
	c := d.cases[d.f.Thread]
	if c == nil || !c.Registered() || !c.Stage.Open() || !sameCompany(c.Entry.Company, s.Entry.Company) {
		return nil, ""
	}
	if reason, _ := d.unproved(); reason != "" {
		return nil, ""
	}
	if c.Agency == d.who.Agency && d.who.Agency != "" {
		return c, RoleIntake
	}
	if role, ok := firstRole(RolesIn(c, d.who, d.f.Roster, d.now), []Role{RoleConcierge, RoleClerk}); ok {
		return c, role
	}
	return nil, ""
}

// sameCompany compares by corporate number where both have one, else by name.
func sameCompany(a, b Company) bool {
	if a.CorporateNumber != "" && b.CorporateNumber != "" {
		return a.CorporateNumber == b.CorporateNumber
	}
	return FoldName(a.Name) == FoldName(b.Name)
}

// newVersion takes a changed sheet for a registered case (訂正); one with questions leaves the version before in force.
func (d *decider) newVersion(c *Case, s SheetIn, role Role) Result {
	if errs := Errors(s.Problems); len(errs) > 0 {
		d.emit(c, role, &VersionReturned{Sheet: s.File, Entry: s.Entry, Problems: errs})
		content := ReturnedLetter{Problems: errs, FileName: s.File.Name, Due: d.f.Calendar.AddBusinessDays(d.now, 10), Version: true, Protected: s.File.Protected}
		d.toSender(c, role, content, markedOf(s.File, errs))
		d.out.Why = join(d.out.Why, fmt.Sprintf("a new version of %s returned, questions: %d", c.Number(), len(errs)))
		return ResultReturned
	}
	before, reach := c.Entry.Company, c.Reach
	d.emit(c, role, &VersionAdded{Number: c.Version + 1, Sheet: s.File, Entry: s.Entry,
		Warnings: slices.Concat(Warnings(s.Problems), d.rosterWarnings(&Case{Entry: s.Entry}, c.Agency))})
	d.announceVersion(c, role, before.Name != c.Entry.Company.Name)
	if reach != c.Reach {
		d.tell(c, AnswerLetter{Done: "企業のメールアドレスが変わりましたので、企業へのご連絡は、いったん紹介元を通じてお伝えすることといたしました。",
			Next: "新しいアドレスをお確かめのうえ、「連絡方法 直接」「連絡先確認」をあらためてお送りください。"}, role)
	}
	d.out.Why = join(d.out.Why, fmt.Sprintf("version %d of %s", c.Version, c.Number()))
	return ResultCorrected
}

// announceVersion tells intake agency and concierge of a new version; whoever sent it hears what was done. The
// certificate is sent again, through the agency, when the company's name changed.
func (d *decider) announceVersion(c *Case, role Role, renamed bool) {
	done := fmt.Sprintf("訂正されたエントリーシートを第%d版として登録いたしました。", c.Version)
	told := done
	var attach []Attachment
	if renamed {
		told += "企業名が変わりましたので、会員証をあらためて添付いたします。企業へお渡しくださいますようお願い申し上げます。"
		attach = append(attach, d.certificateOf(c, true))
	}
	if role == RoleIntake {
		d.toSender(c, role, AnswerLetter{Command: string(CmdAmend), Done: told, Next: "担当コンシェルジュにも新しいシートをお送りしております。"}, attach...)
	} else if a, ok := d.f.Roster.Agency(c.Agency, d.now); ok {
		d.toAgency(c, c.Agency, d.agencyAddress(c, a), AnswerLetter{Done: told, Next: "お心当たりのない場合は、担当コンシェルジュまでお知らせください。"}, attach, false)
	}
	if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok && role != RoleConcierge {
		d.toConcierge(c, k, BriefLetter{Change: "version", Why: c.ConciergeWhy, Warnings: c.Problems, Wish: c.Entry.Addressee.Agency, Protected: c.Sheet.Protected}, []Attachment{sheetOf(c.Sheet)}, true)
	}
	anew := d.anew(c, role)
	if len(anew) > 0 {
		next := "訂正後のシートについては、あらためて「了承依頼」をお送りください。"
		if role != RoleConcierge {
			d.tell(c, AnswerLetter{Done: done, Lines: anew, Next: next}, role)
		} else {
			done += next
		}
	}
	d.tellHolders(c)
	switch role {
	case RoleIntake:
	case RoleConcierge:
		d.answer(c, role, done, "", anew...)
	default:
		d.answer(c, role, done, "")
	}
}

// anew says, support by support, what a new version makes void: consents that were asked for or given, a referral that has
// not left. A referral in hold is stopped here.
func (d *decider) anew(c *Case, role Role) []string {
	var out []string
	for _, s := range c.openSupports() {
		asked := max(s.Company.Version, s.Intake.Version)
		switch {
		case s.JETRO() || asked == 0:
		case d.inHold(s):
			d.stopReferral(c, role, s) // one before, if there is any, stands again
			out = append(out, fmt.Sprintf("%s：第%d版の回付は、まだ送信されておりませんでしたので取りやめました。ご了承もあらためて必要です。", s.name(), s.Referral.Version))
		case s.Sent():
			out = append(out, fmt.Sprintf("%s：第%d版を回付済みです。訂正があったことのみお知らせし、内容はご了承の後に回付をお願いいたします。", s.name(), s.Referral.Version))
		default:
			out = append(out, fmt.Sprintf("%s：第%d版についてのご了承のお願いは失効しました。", s.name(), asked))
		}
	}
	return out
}

// tellHolders tells the agencies that hold an older version of the sheet that there is a newer one, and nothing of it
// (process.md 1): it comes once company and intake agency have agreed anew.
func (d *decider) tellHolders(c *Case) {
	for _, s := range c.openSupports() {
		if s.Sent() && s.Referral.Version < c.Version {
			d.about(s.ID)
			d.toProvider(c, s, AnswerLetter{Done: "先にお送りしたエントリーシートの内容に、訂正がございました。",
				Next: "訂正後のエントリーシートは、企業と紹介元の了承が得られましたら、あらためてお送りいたします。"}, nil)
		}
	}
	d.about("")
}

// agencyAddress is where the agency of a case is written to when nobody of it has just written: the person who sent
// the sheet, while that is still a rostered person of the agency, else its window.
func (d *decider) agencyAddress(c *Case, a Agency) Address {
	if s := d.f.Roster.Sender(c.Submitter, d.now); s.Agency == a.Code && s.Person {
		return c.Submitter
	}
	return a.Window
}

// correctionOf finds the returned or held case that a corrected sheet continues: by its thread, else the returned case
// of the same agency for the same company. A mail without evidence continues nothing but what its own address has in
// hold: nobody makes a case move by a claim alone. A paper entry is corrected by the clerk, in reply.
func (d *decider) correctionOf(s SheetIn) *Case {
	unproved, _ := d.unproved()
	waiting := func(c *Case) bool {
		switch {
		case c == nil || c.Stage != StageReturned && c.Stage != StageHeld:
			return false
		case c.Channel != ChannelMail && d.who.Clerk && c.ID == d.f.Thread:
			return unproved == ""
		case unproved != "" && (c.Stage != StageHeld || d.who.Known()):
			return false
		}
		return d.isSubmitter(c)
	}
	if c := d.cases[d.f.Thread]; waiting(c) && (c.Entry.Company.Name == "" || s.Entry.Company.Name == "" || sameCompany(c.Entry.Company, s.Entry.Company) || len(d.in.Sheets) == 1 && d.f.ByTag) {
		return c
	}
	for _, k := range CorrectionKeys(s.Entry.Company) {
		c := d.cases[d.f.Returned[k]]
		if waiting(c) && c.Stage == StageReturned && mayCorrect(c.Entry.Company, s.Entry.Company) {
			return c
		}
	}
	return nil
}

// CorrectionKeys are the keys by which a corrected sheet that comes as a new mail finds the returned one. They are
// weaker than Company.Keys, since what was asked about may be the name itself.
func CorrectionKeys(c Company) []string {
	var keys []string
	if c.CorporateNumber != "" {
		keys = append(keys, "corp:"+c.CorporateNumber)
	}
	for prefix, v := range map[string]string{"name-only:": FoldName(c.Name), "address:": FoldName(c.Address), "phone:": c.Phone} {
		if v != "" {
			keys = append(keys, prefix+v)
		}
	}
	slices.Sort(keys)
	return keys
}

// mayCorrect tells whether a new sheet can be the corrected one of an old: nothing that both state may differ, except
// that a blank was filled in.
func mayCorrect(old, now Company) bool {
	if old.CorporateNumber != "" && now.CorporateNumber != "" {
		return old.CorporateNumber == now.CorporateNumber
	}
	if old.Name != "" && now.Name != "" {
		return FoldName(old.Name) == FoldName(now.Name)
	}
	return true
}

// corrected continues a returned or held case with the sheet that came after.
func (d *decider) corrected(c *Case, s SheetIn) Result {
	if c.Channel != ChannelMail && d.who.Clerk {
		return d.correctedPaper(c, s)
	}
	d.emit(c, d.submitterRole(), &SheetReplaced{Agency: d.who.Agency, Sheet: s.File, Entry: s.Entry, Problems: s.Problems,
		Submitter: d.in.From, MessageID: d.in.MessageID})
	d.f.SameSheet = with(d.f.SameSheet, s.File.Blob, c.ID)
	if reason, detail := d.mustHold(); reason != "" {
		return d.hold(c, EntryHeld{Reason: reason, Detail: detail, Nearest: d.nearest(s)})
	}
	return d.judge(c, d.who.Agency, d.in.From)
}

// correctedPaper continues a paper entry with the sheet that the clerk typed anew.
func (d *decider) correctedPaper(c *Case, s SheetIn) Result {
	agency := c.Agency
	m, ok := d.f.Roster.FindAgency(s.Entry.Introducer.Agency, d.now)
	if found := ok && !m.Guessed && !m.Closed; agency == "" && found {
		agency = m.Code
	}
	d.emit(c, RoleClerk, &SheetReplaced{Agency: agency, Sheet: s.File, Entry: s.Entry, Problems: s.Problems,
		Submitter: d.in.From, MessageID: d.in.MessageID})
	a, ok := d.f.Roster.Agency(agency, d.now)
	if !ok {
		return d.hold(c, EntryHeld{Reason: HoldAgency, Detail: s.Entry.Introducer.Agency, Nearest: m.Code})
	}
	return d.judge(c, agency, a.Window)
}
