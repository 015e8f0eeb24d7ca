package casework

import (
	"fmt"
	"slices"
	"strings"
)

// Both the company and the intake agency have to agree to each agency and each version of the sheet (process.md 3b, 3).
// Silence is never consent, and one mailbox or domain never gives two.

// askConsent is 了承依頼.
func (d *decider) askConsent(call *Call, c *Case) {
	s, ok := d.supportNamed(call, c, func(s Support) bool {
		st := s.State(c.Version)
		return st == SupportAvailable || st == SupportAsked
	})
	if !ok {
		return
	}
	_, rostered := d.f.Roster.Agency(s.Agency, d.now)
	switch {
	case !rostered && !s.JETRO():
		d.refuse(c, s.name()+"は、名簿での登録期間が終了しております。")
		return
	case s.JETRO():
		d.refuse(c, "ジェトロの支援には、了承のお願いは必要ございません。")
		return
	case !s.FinishedAt.IsZero(), s.Passed:
		d.refuseWith(c, fmt.Sprintf("%sへの照会は「%s」となっております。あらためて照会される場合は「打診 %s」をお送りください。", s.name(), s.State(c.Version).Japanese(), s.Agency),
			suggestion(CmdInquire, s.Agency), nil)
		return
	case s.Answer != AnswerAvailable:
		d.refuseWith(c, fmt.Sprintf("%sからは、まだ「受入可」のご回答をいただいておりません（現在の状態：%s）。ご回答をお電話などで伺われた場合は、先に「受入可 %s 電話」をお送りください。",
			s.name(), s.State(c.Version).Japanese(), s.Agency), suggestion(CmdAvailable, s.Agency, string(SpokenPhone)), nil)
		return
	case s.Cleared(c.Version):
		next := "「回付 " + s.Agency + "」で、エントリーシートをお送りいただけます。"
		if s.Referral.Version == c.Version {
			next = "エントリーシートも、すでに回付しております。"
		}
		d.answer(c, RoleConcierge, s.name()+"へのご紹介については、企業と紹介元の双方からご了承をいただいております。", next)
		return
	}
	why := clip(d.withoutCodes(d.in.Text), 2000)
	d.begin(c, RoleConcierge)
	d.about(s.ID)
	d.emit(c, RoleConcierge, &ConsentAsked{Support: s.ID, SheetVersion: c.Version, Why: why})
	s = c.Support(s.ID)
	for _, role := range consenting {
		if s.consent(role).Given(c.Version) {
			continue
		}
		content := ConsentLetter{For: role, Support: d.supportFor(c, s, role), Why: why, Shares: sharedParts, Due: d.f.Calendar.AddBusinessDays(d.now, 5)}
		if role == RoleCompany {
			d.toCompany(c, content, nil)
		} else {
			d.toIntake(c, content, nil)
		}
	}
	d.answer(c, RoleConcierge, s.name()+"へのご紹介について、企業と紹介元に了承をお願いいたします。", d.consentNext(c), s.consentText(c.Version))
}

// sharedParts says exactly what a referral shares.
var sharedParts = []string{"エントリーシートの全項目（企業の概要、ご担当者の連絡先、依頼内容、企業の課題、希望する支援）", "コンソーシアム会員番号", "紹介元の機関名とご担当者の連絡先"}

func (d *decider) consentNext(c *Case) string {
	if d.companyAddress(c).Addr == "" {
		return "企業へのお願いは、紹介元を通じてお渡しいただきます。企業のお答えをお電話などで伺われた場合は、「了承 企業 電話」をお送りください。"
	}
	if !c.companyConfirmed() {
		return "企業のメールアドレスがまだ確認されておりません。メールでのお答えを承るには、「連絡先確認」をお送りください。お電話などで伺われた場合は、「了承 企業 電話」をお送りください。"
	}
	return "お答えが届きしだい、お知らせいたします。"
}

// consent is 了承 or 辞退: by company or intake agency, or by the concierge for them.
func (d *decider) consent(call *Call, role Role, c *Case) {
	answer := ConsentGiven
	if call.Name == CmdDecline {
		answer = ConsentDeclined
	}
	party, ch, s, ok := d.consenter(call, role, c, answer)
	if !ok {
		return
	}
	k := *s.consent(party)
	if problem, suggest := d.consentProblem(c, s, k, party, ch, answer); problem != "" {
		d.refuseWith(c, problem, suggest, nil)
		d.tellUntaken(c, s, party, role, call.Name)
		return
	}
	confirms := k.Channel != "" && ch == "" // what was said before comes by mail now
	version := c.Version
	if answer == ConsentDeclined { // of what was asked: it makes nobody asked about a newer version
		version = k.Version
	}
	if k.Answer == answer && k.Version == version && !confirms && (answer == ConsentDeclined || !k.Waiting) {
		d.answer(c, role, fmt.Sprintf("%sへのご紹介についての「%s」は、すでに承っております。", s.AgencyName, call.Name), "")
		return
	}
	if role == RoleConcierge {
		d.begin(c, role)
	}
	d.about(s.ID)
	p := &ConsentAnswered{Support: s.ID, Party: party, SheetVersion: version, Answer: answer, Channel: ch, Reason: clip(d.withoutCodes(d.in.Text), 2000)}
	other := s.consent(otherConsenter(party))
	p.Waiting = answer == ConsentGiven && ch != "" && other.Answer == ConsentGiven && other.Version == c.Version && other.Channel != ""
	d.emit(c, role, p)
	stopped := answer == ConsentDeclined && d.inHold(s)
	if stopped {
		d.stopReferral(c, role, s)
	}
	s = c.Support(s.ID)
	d.announceConsent(c, role, s, p, s.Sent())
	if stopped && role != RoleConcierge {
		d.tell(c, AnswerLetter{Done: s.name() + notReferred}, role)
	}
}

// tellUntaken tells the concierge of a party's answer that could not be taken by mail.
func (d *decider) tellUntaken(c *Case, s Support, party, role Role, said CommandName) {
	if role == RoleConcierge || s.consent(party).Version != c.Version || !s.FinishedAt.IsZero() {
		return
	}
	word := map[Role]string{RoleCompany: "企業", RoleIntake: "紹介元"}[party]
	d.about(s.ID)
	d.tell(c, AnswerLetter{Done: fmt.Sprintf("%sへのご紹介について、%sから「%s」とのメールがございましたが、メールのみでは承っておりません。", s.name(), d.partyText(c, role), said),
		Next: fmt.Sprintf("お電話などでご本人のお答えをお確かめのうえ、「%s %s 電話 %s」のようにお知らせください。", said, word, s.Agency)}, role)
}

func otherConsenter(party Role) Role {
	if party == RoleCompany {
		return RoleIntake
	}
	return RoleCompany
}

// consenter finds whose consent it is, how it was said, and for which support.
func (d *decider) consenter(call *Call, role Role, c *Case, answer ConsentAnswer) (party Role, ch Spoken, s Support, ok bool) {
	party, args := role, call.Args
	if role == RoleConcierge {
		ch, args = spoken(args)
		i := slices.IndexFunc(args, func(a string) bool { return a == "企業" || a == "紹介元" })
		if i < 0 || ch == "" {
			d.refuseWith(c, fmt.Sprintf("どなたのお答えを、どのように伺われたかが分かりませんでした。「%s 企業 電話」「%s 紹介元 電話」のようにお書きください。", call.Name, call.Name),
				suggestion(call.Name, "企業", "電話"), nil)
			return
		}
		party = map[string]Role{"企業": RoleCompany, "紹介元": RoleIntake}[args[i]]
		args = slices.Delete(slices.Clone(args), i, i+1)
	}
	named := Call{Name: call.Name, Args: args}
	s, ok = d.supportAsked(&named, c, party, answer)
	return
}

// supportAsked finds the support about which a party was asked. An agency learns of none about which it was not.
func (d *decider) supportAsked(call *Call, c *Case, party Role, answer ConsentAnswer) (Support, bool) {
	asked := func(s Support) bool {
		return s.consent(party).Version > 0 && (answer == ConsentDeclined || c.current(s).ID == s.ID)
	}
	open := func(s Support) bool {
		k := s.consent(party)
		return asked(s) && s.FinishedAt.IsZero() && (answer == ConsentDeclined && k.Answer != ConsentDeclined || k.Answer == "" || k.Waiting)
	}
	if len(call.Args) > 0 {
		m, ok := d.f.Roster.FindAgency(strings.Join(call.Args, ""), d.now)
		s := c.SupportOf(m.Code)
		if !ok || m.Guessed || !asked(s) {
			d.refuseWith(c, fmt.Sprintf("「%s」へのご紹介について、ご了承をお願いした記録が見当たりませんでした。", strings.Join(call.Args, " ")), nil, askedCodes(c, party))
			return Support{}, false
		}
		return s, true
	}
	if s := c.Support(d.f.Letter.Support); s.consent(party).Version > 0 {
		now := c.SupportOf(s.Agency) // an answer is about the agency, though it may be to what was asked before
		if answer == ConsentDeclined && !asked(now) {
			return s, true
		}
		return now, true
	}
	var found, any []Support
	for _, s := range c.Supports {
		if asked(s) {
			any = append(any, s)
		}
		if open(s) {
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], true
	case len(found) == 0 && len(any) == 1:
		return any[0], true
	case len(any) == 0:
		problem := "ご了承をお願いしている支援機関はございません。お願いをお送りした際に、あらためてお答えください。"
		if d.who.Concierge == c.Concierge && d.who.Concierge != "" || d.actsFor(c.Concierge) {
			problem = "ご了承をお願いしている支援機関はございません。先に「了承依頼 機関コード」で、企業と紹介元にお願いをお送りください。"
		}
		d.refuse(c, problem)
	default:
		d.refuseWith(c, fmt.Sprintf("どの支援機関へのご紹介についてのお答えかが分かりませんでした。「%s 機関コード」のようにお書きください。", call.Name), suggestion(call.Name, "機関コード"), askedCodes(c, party))
	}
	return Support{}, false
}

func askedCodes(c *Case, party Role) []string {
	var out []string
	for _, s := range c.Supports {
		if s.consent(party).Version > 0 && !slices.Contains(out, s.Agency) {
			out = append(out, s.Agency)
		}
	}
	return out
}

// consentProblem says why an answer cannot be taken as it was given, and what would make it possible.
func (d *decider) consentProblem(c *Case, s Support, k Consent, party Role, ch Spoken, answer ConsentAnswer) (string, *Offer) {
	other := s.consent(otherConsenter(party))
	switch {
	case party == RoleIntake && ch == "" && d.f.Letter.Kind == LetterConsent && d.f.Letter.For == RoleCompany:
		return "ご返信いただいたメールは、企業へのお渡しをお願いしたものでございます。企業のお答えは、担当コンシェルジュまでお電話でお知らせください。紹介元としてのお答えは、紹介元様宛のお願いのメールへのご返信としてお送りください。", nil
	case k.Version == 0:
		return s.AgencyName + "へのご紹介については、まだ了承をお願いしておりません。お願いをお送りした際に、あらためてお答えください。", suggestionFor(d, CmdAskConsent, s.Agency)
	case answer == ConsentDeclined: // also after the end: what has not left yet must not leave
		return "", nil
	case !s.FinishedAt.IsZero():
		return s.AgencyName + "の支援は、すでに終了しております。", nil
	case s.Passed:
		return s.AgencyName + "へのご紹介は、見送りとなりました。お答えをいただき、誠にありがとうございます。", suggestionFor(d, CmdInquire, s.Agency)
	case k.Version != c.Version:
		return fmt.Sprintf("エントリーシートが第%d版に訂正されましたので、先にお願いしたご了承は承ることができません。担当コンシェルジュより、あらためてお願いをお送りいたします。", c.Version), suggestionFor(d, CmdAskConsent, s.Agency)
	case party == RoleCompany && ch == "" && !c.companyConfirmed():
		return "企業のご連絡先を当方で確認しておりますので、恐れ入りますが、担当コンシェルジュまでお電話でお答えください。", nil
	case ch == "" && other.Answer == ConsentGiven && other.Channel == "" && sameHouse(other.By, d.in.From.Addr):
		return "企業と紹介元のお答えが、同じメールアドレスまたは同じドメインから届きましたので、メールでは承ることができません。恐れ入りますが、担当コンシェルジュまでお電話でお答えください。", nil
	}
	return "", nil
}

// suggestionFor suggests a command only to whom may give it.
func suggestionFor(d *decider, cmd CommandName, args ...string) *Offer {
	if d.who.Concierge == "" {
		return nil
	}
	return suggestion(cmd, args...)
}

// sameHouse tells whether two addresses are one mailbox or of one domain.
func sameHouse(a, b string) bool {
	domain := func(s string) string { return lowerASCII(s[strings.LastIndexByte(s, '@')+1:]) }
	return a != "" && b != "" && domain(a) == domain(b)
}

// announceConsent tells who has to know of an answer.
func (d *decider) announceConsent(c *Case, role Role, s Support, p *ConsentAnswered, sent bool) {
	recall := p.Answer == ConsentDeclined && sent
	if role == RoleConcierge { // said to the concierge: the party is told at once, with a way to object
		content := ConsentRecordedLetter{For: p.Party, Support: d.supportFor(c, s, p.Party), Answer: p.Answer, Channel: p.Channel}
		if p.Party == RoleCompany {
			d.toCompany(c, content, nil)
		} else {
			d.toIntake(c, content, nil)
		}
	}
	result := ConsentResultLetter{Support: d.supportOf(c, s), Party: p.Party, Answer: p.Answer, Reason: p.Reason, Channel: p.Channel,
		Cleared: s.Cleared(c.Version), Recall: recall}
	if result.Cleared {
		result.Findings = d.f.Leaving.Findings
	}
	if role != RoleConcierge {
		d.tell(c, result, role)
	}
	if p.Waiting {
		approval := result
		approval.Approval = true
		d.toClerks(c, approval)
	}
	d.answer(c, role, consentDone(s, p, role), consentThen(c, s, p, role, recall), consentLines(c, s, role)...)
}

func consentDone(s Support, p *ConsentAnswered, role Role) string {
	if role == RoleConcierge {
		return fmt.Sprintf("%sへのご紹介についての、%sの「%s」（%s）を記録いたしました。", s.name(), partyNames[p.Party],
			map[ConsentAnswer]string{ConsentGiven: "了承", ConsentDeclined: "辞退"}[p.Answer], p.Channel)
	}
	if p.Answer == ConsentDeclined {
		return s.AgencyName + "へのご紹介を、ご辞退として承りました。今後のご支援に影響はございません。"
	}
	return s.AgencyName + "へのご紹介について、ご了承を承りました。誠にありがとうございます。"
}

func consentThen(c *Case, s Support, p *ConsentAnswered, role Role, recall bool) string {
	switch {
	case role != RoleConcierge && p.Answer == ConsentGiven:
		return "お気持ちが変わられました場合は、いつでも「辞退」をお送りください。"
	case role != RoleConcierge && recall:
		return "なお、エントリーシートは、先にいただいたご了承に基づき、すでに支援機関にお送りしております。お送りした資料の取扱いにつきましては、担当コンシェルジュよりご連絡いたします。"
	case role != RoleConcierge:
		return ""
	case recall:
		return "エントリーシートは、すでに支援機関に送られているか、送られている可能性があります。「廃棄依頼 " + s.Agency + "」で、資料の廃棄をお願いできます。"
	case p.Waiting:
		return "企業と紹介元のご了承がともに口頭のため、事務局の承認をお待ちください。"
	case s.Cleared(c.Version):
		return "「回付 " + s.Agency + "」で、エントリーシートをお送りいただけます。"
	}
	return ""
}

// consentLines show the state of both consents to the office only.
func consentLines(c *Case, s Support, role Role) []string {
	if role != RoleConcierge {
		return nil
	}
	return []string{s.consentText(c.Version)}
}

// approveConsents is the clerk's 承認 of two consents that were both said to the concierge.
func (d *decider) approveConsents(call *Call, c *Case) {
	waiting := func(s Support) bool { return s.Company.Waiting || s.Intake.Waiting }
	if !slices.ContainsFunc(c.Supports, waiting) {
		d.refuse(c, fmt.Sprintf("この案件は現在「%s」で、承認をお待ちしているお手続きはございません。", c.Stage.Japanese()))
		return
	}
	s, ok := d.supportNamed(call, c, waiting)
	if !ok {
		return
	}
	if !waiting(s) {
		d.refuse(c, s.name()+"については、承認をお待ちしているご了承はございません。")
		return
	}
	d.about(s.ID)
	d.emit(c, RoleClerk, &ConsentApproved{Support: s.ID})
	s = c.Support(s.ID)
	if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok {
		d.toConcierge(c, k, ConsentResultLetter{Support: d.supportOf(c, s), Party: RoleClerk, Answer: ConsentGiven, Cleared: s.Cleared(c.Version), Findings: d.f.Leaving.Findings}, nil, false)
	}
	d.answer(c, RoleClerk, s.name()+"へのご紹介について、口頭でのご了承を承認いたしました。", "")
}
