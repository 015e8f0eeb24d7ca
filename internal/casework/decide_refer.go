package casework

import (
	"fmt"
	"slices"
	"strings"
)

// The sheet leaves for an agency only with its 受入可 and both consents for this agency and this version (process.md 3b, 4).

// again is the word behind 回付 that sends the sheet once more, with another password.
const again = "再送"

// refer is 回付: the protected sheet, or the agency's own referral form, or a record that it went another way.
func (d *decider) refer(call *Call, c *Case) {
	way, once, named := WayMail, false, Call{Name: call.Name}
	for _, a := range call.Args {
		switch a {
		case string(WayPost), string(WayHand):
			way = Way(a)
		case again:
			once = true
		default:
			named.Args = append(named.Args, a)
		}
	}
	s, ok := d.supportNamed(&named, c, func(s Support) bool { return s.State(c.Version) == SupportCleared })
	if !ok {
		return
	}
	a, ok := d.f.Roster.Agency(s.Agency, d.now)
	if !ok {
		d.refuse(c, s.name()+"は、名簿での登録期間が終了しております。")
		return
	}
	if problem, suggest := d.referProblem(c, s, a, way, once); problem != "" {
		d.refuseWith(c, problem, suggest, nil)
		return
	}
	toldBefore := s.Referral.Version == c.Version
	d.begin(c, RoleConcierge)
	d.about(s.ID)
	d.emit(c, RoleConcierge, &Referred{Support: s.ID, SheetVersion: c.Version, Way: way, Form: way == WayMail && a.OwnForm, Again: s.Sent()})
	s = c.Support(s.ID)
	next := "支援機関から受入担当のご連絡が届きしだい、お知らせいたします。"
	var lines []string
	if !a.OwnForm { // what is in the workbook besides the form does not leave with the agency's own form
		lines = slices.Clone(d.f.Leaving.Findings)
	}
	for i := range lines {
		lines[i] = "ご確認ください：" + lines[i]
	}
	if way == WayMail {
		d.sendSheet(c, s, a)
		next = passwordNext(a) + next
		if len(lines) > 0 {
			lines = append(lines, "お送りする前に取り消される場合は、「直前取消」をお送りください。")
		}
	} else {
		lines = nil
	}
	if !toldBefore {
		d.tellReferred(c, s, way)
	}
	done := fmt.Sprintf("%sへ、エントリーシート（第%d版）を回付いたします。", s.name(), c.Version)
	if way != WayMail {
		done = fmt.Sprintf("%sへの回付（%s）を記録いたしました。", s.name(), way)
	}
	d.answer(c, RoleConcierge, done, next, lines...)
}

// referProblem says why a referral cannot be made, and what would make it possible.
func (d *decider) referProblem(c *Case, s Support, a Agency, way Way, once bool) (string, *Offer) {
	switch {
	case s.JETRO():
		return "ジェトロの支援は、回付の対象ではございません。", nil
	case s.State(c.Version) == SupportFinished || s.Passed:
		return fmt.Sprintf("%sの支援は、現在「%s」のため、回付できません。あらためて照会される場合は「打診 %s」をお送りください。", s.name(), s.State(c.Version).Japanese(), s.Agency), suggestion(CmdInquire, s.Agency)
	case s.Answer != AnswerAvailable:
		return fmt.Sprintf("%sから「受入可」のご回答をいただいていないため、回付できません（現在の状態：%s）。", s.name(), s.State(c.Version).Japanese()), suggestion(CmdAvailable, s.Agency, string(SpokenPhone))
	case !s.Cleared(c.Version):
		problem := fmt.Sprintf("ご了承が得られていないため、%sへは回付できません。%s。", s.name(), s.consentText(c.Version))
		if s.Company.Version == 0 && s.Intake.Version == 0 {
			problem += "先に「了承依頼 " + s.Agency + "」をお送りください。"
		}
		return problem, d.consentSuggestion(c, s)
	case s.Referral.Version == c.Version && !once:
		return fmt.Sprintf("%sへは、すでにエントリーシート（第%d版）を回付しております（%s）。あらためてお送りになる場合は「回付 %s %s」とお書きください。",
			s.name(), s.Referral.Version, s.Referral.At.In(JST).Format("1/2"), s.Agency, again), nil
	case way != WayMail:
		return "", nil
	case d.f.Roster.Frozen("", s.Agency, d.now) || d.f.Roster.Frozen(a.Window.Addr, "", d.now):
		return s.name() + "は凍結されているため、エントリーシートをお送りできません。事務局から「解除 " + s.Agency + "」をお送りになった後に、承ります。", nil
	case a.FaxOnly:
		return s.name() + "はメールをご利用でないため、メールでは回付できません。郵送または手渡しでお届けのうえ、「回付 " + s.Agency + " 郵送」のようにお知らせください。", suggestion(CmdRefer, s.Agency, string(WayPost))
	case a.EncryptedBlocked:
		return s.name() + "は、保護された添付ファイルをメールで受け取れません。郵送または手渡しでお届けのうえ、「回付 " + s.Agency + " 郵送」のようにお知らせください。", suggestion(CmdRefer, s.Agency, string(WayPost))
	case d.f.Leaving.Problem != "":
		return d.f.Leaving.Problem + "郵送または手渡しでお届けのうえ、「回付 " + s.Agency + " 郵送」のようにお知らせください。", suggestion(CmdRefer, s.Agency, string(WayPost))
	}
	return "", nil
}

// consentSuggestion is what brings the missing consents.
func (d *decider) consentSuggestion(c *Case, s Support) *Offer {
	for role, word := range map[Role]string{RoleIntake: "紹介元", RoleCompany: "企業"} {
		if k := s.consent(role); k.Version == c.Version && k.Answer == "" && s.consent(otherConsenter(role)).Given(c.Version) {
			return suggestion(CmdConsent, word, string(SpokenPhone), s.Agency)
		}
	}
	if s.Company.Waiting || s.Intake.Waiting {
		return nil
	}
	return suggestion(CmdAskConsent, s.Agency)
}

// sendSheet makes the referral letter and sees to its password: agreed ones need no word, the others go their own way,
// never with the sheet.
func (d *decider) sendSheet(c *Case, s Support, a Agency) {
	protect := Protection{Password: d.f.Password}
	if a.PasswordBy == PasswordAgreed {
		protect = Protection{Agreed: a.Code}
	}
	attach := Attachment{Kind: AttachProtected, Name: "エントリーシート_" + s.ID + ".xlsx", Blob: c.Sheet.Blob, Protect: protect}
	if a.OwnForm {
		attach = Attachment{Kind: AttachFilled, Name: "紹介シート_" + s.ID + ".xlsx", Form: a.Code, Values: d.formValues(c, s), Protect: protect}
	}
	d.toProvider(c, s, ReferralLetter{CompanyAt: s.Company.At, IntakeAt: s.Intake.At, PasswordBy: a.PasswordBy, Form: a.OwnForm,
		Again: s.Referral.Times > 1, Phone: d.conciergePhone(c)}, []Attachment{attach})
	switch a.PasswordBy {
	case PasswordMail:
		d.out.Keep = append(d.out.Keep, KeptPassword{Case: c.ID, Support: s.ID, Password: d.f.Password})
	case PasswordAgreed:
	default:
		if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok {
			d.toConcierge(c, k, PasswordLetter{Support: d.supportOf(c, s), Password: d.f.Password, FileName: attach.Name, ByPhone: true, Phone: a.Phone}, nil, false)
			d.lastLetter().Sealed, d.lastLetter().After = true, LetterReferral
		}
	}
}

func passwordNext(a Agency) string {
	switch a.PasswordBy {
	case PasswordAgreed:
		return "パスワードは、支援機関とお取り決めのものです。"
	case PasswordMail:
		return "パスワードは、支援機関から「パスワード」のご連絡をいただいた後に、別のメールでお知らせいたします。"
	}
	return "資料の送信後に、パスワードを別のメールでコンシェルジュ宛にお送りいたします。支援機関へは、お電話でお伝えください。"
}

// tellReferred tells company and intake agency who supports, once the sheet has left.
func (d *decider) tellReferred(c *Case, s Support, way Way) {
	before := len(d.out.Letters)
	d.toCompany(c, ReferredLetter{For: RoleCompany, Support: d.supportFor(c, s, RoleCompany)}, nil)
	d.toIntake(c, ReferredLetter{For: RoleIntake, Support: d.supportFor(c, s, RoleIntake)}, nil)
	for i := before; i < len(d.out.Letters) && way == WayMail; i++ {
		d.out.Letters[i].After = LetterReferral
	}
}

// password is パスワード: the agency that got a sheet asks for its password.
func (d *decider) password(c *Case) {
	s := d.ownSupport(c)
	a, ok := d.f.Roster.Agency(s.Agency, d.now)
	switch {
	case !ok || !s.Sent() || s.Referral.Way != WayMail || !s.Cleared(s.Referral.Version):
		d.refuse(c, "パスワードをお知らせできる資料が見当たりませんでした。恐れ入りますが、担当コンシェルジュまでお電話でお問い合わせください。")
		return
	case a.PasswordBy == PasswordAgreed:
		d.answer(c, RoleProvider, "お送りした資料のパスワードは、あらかじめお取り決めいただいたものでございます。", "ご不明の場合は、担当コンシェルジュまでお電話でお問い合わせください。")
		return
	case a.PasswordBy != PasswordMail:
		d.tell(c, AnswerLetter{Done: s.name() + "より、資料のパスワードのお問い合わせがございました。", Next: "お電話でお伝えくださいますようお願いいたします。"}, RoleProvider)
		d.answer(c, RoleProvider, "お送りした資料のパスワードは、担当コンシェルジュよりお電話でお知らせいたします。", "")
		return
	case d.f.Kept == "" && s.Referral.Version != c.Version: // the sheet that it was is not the one in force
		d.refuse(c, "エントリーシートが訂正されておりますので、先の資料のパスワードはお知らせできません。恐れ入りますが、担当コンシェルジュまでお電話でお問い合わせください。")
		return
	case !d.f.Accepted:
		d.answer(c, RoleProvider, "資料は、ただいまお送りしているところでございます。", "資料が届きましたら、あらためて「パスワード」をお送りください。")
		return
	}
	d.about(s.ID)
	word := d.f.Kept
	if word == "" { // it was told once and erased: a new sheet, and a new password
		word = d.f.Password
		d.emit(c, RoleProvider, &Referred{Support: s.ID, SheetVersion: s.Referral.Version, Way: WayMail, Form: s.Referral.Form, Again: true})
		s = c.Support(s.ID)
		d.sendSheet(c, s, a)
		d.out.Keep = nil
	}
	d.emit(c, RoleProvider, &PasswordGiven{Support: s.ID})
	d.toProviderAt(c, s, d.otherAddress(a), PasswordLetter{Support: d.supportFor(c, s, RoleProvider), Password: word}, nil)
	l := d.lastLetter()
	l.Sealed, l.answer = true, true
	if d.f.Kept == "" {
		l.After = LetterReferral
	}
	d.out.Forget = append(d.out.Forget, s.ID)
	d.answer(c, RoleProvider, "資料のパスワードを、別のメールでお送りいたします。", "")
}

// otherAddress is where a password goes: preferably not to the mailbox that asked for it.
func (d *decider) otherAddress(a Agency) Address {
	if !SameAddr(a.Window, d.in.From) && a.Window.Addr != "" {
		return a.Window
	}
	return d.in.From
}

// host is 受入担当: who takes the company in, and how the first contact will be made.
func (d *decider) host(call *Call, role Role, c *Case) {
	s, ch, ok := d.reporting(call, role, c, func(s Support) bool { return s.Sent() && !s.State(c.Version).Over() })
	if !ok {
		return
	}
	switch {
	case !s.Sent():
		d.refuse(c, s.AgencyName+"には、まだエントリーシートをお送りしておりません。")
		return
	case !s.FinishedAt.IsZero():
		d.refuse(c, s.AgencyName+"の支援は、すでに終了しております。")
		return
	}
	h := d.hostOf()
	switch {
	case h.Person == "" && h.Department == "":
		d.refuse(c, "受入担当の方を読み取れませんでした。本文に「部署：」「担当者：」「初回連絡方法：」の行を設けてご記入のうえ、あらためてお送りください。")
		return
	case h == s.Host:
		d.answer(c, role, "受入担当のご連絡は、すでに承っております。", "")
		return
	}
	stands := s.Cleared(s.Referral.Version)
	if stands {
		d.begin(c, role)
	}
	d.about(s.ID)
	d.emit(c, role, &HostNamed{Support: s.ID, Host: h, Channel: ch})
	d.tellHost(c, role, c.Support(s.ID), stands)
	switch {
	case role != RoleConcierge:
		d.answer(c, role, "受入担当のご連絡を承りました。誠にありがとうございます。", "担当コンシェルジュにも申し伝えます。")
	case stands:
		d.answer(c, role, s.name()+"の受入担当を記録いたしました。", "企業と紹介元にお知らせいたします。")
	default:
		d.answer(c, role, s.name()+"の受入担当を記録いたしました。"+hostUntold, "")
	}
}

// hostOf reads who takes the company in: from the lines of the body, else from a filled workbook; prose is how the first
// contact will be made.
func (d *decider) hostOf() Host {
	values, rest := d.filled(HostForm)
	h := Host{Department: clip(values[LineDepartment], 200), Person: clip(values[LinePerson], 200), Contact: clip(values[LineFirst], 1000)}
	if h.Contact == "" {
		h.Contact = clip(d.withoutCodes(rest), 1000)
	}
	return h
}

const hostUntold = "「受入可」またはご了承が取り下げられておりますので、企業と紹介元にはお知らせしておりません。"

// tellHost tells company, intake agency and concierge. A party that has withdrawn its consent hears no more of it.
func (d *decider) tellHost(c *Case, role Role, s Support, stands bool) {
	if !stands {
		d.tell(c, AnswerLetter{Done: s.name() + "より受入担当のご連絡がございました。" + hostUntold,
			Lines: []string{strings.TrimSpace(s.Host.Department + " " + s.Host.Person)}}, role)
		return
	}
	d.toCompany(c, HostLetter{For: RoleCompany, Support: d.supportFor(c, s, RoleCompany)}, nil)
	d.toIntake(c, HostLetter{For: RoleIntake, Support: d.supportFor(c, s, RoleIntake)}, nil)
	d.tell(c, HostLetter{For: RoleConcierge, Support: d.supportOf(c, s)}, role)
}

// reporting finds the support about which somebody reports: the provider's own, or the one that the office names, with
// the channel if there is one.
func (d *decider) reporting(call *Call, role Role, c *Case, fits func(Support) bool) (Support, Spoken, bool) {
	if role == RoleProvider {
		s := d.ownSupport(c)
		return s, "", s.ID != ""
	}
	ch, args := spoken(call.Args)
	s, ok := d.supportNamed(&Call{Name: call.Name, Args: args}, c, fits)
	if ok && ch == "" && !s.JETRO() {
		ch = SpokenPhone
	}
	return s, ch, ok
}

// recallDone is the word behind 廃棄依頼 by which the office records that an agency has deleted what it got.
const recallDone = "済"

// recall is 廃棄依頼: a provider is asked to delete what it got.
func (d *decider) recall(call *Call, role Role, c *Case) {
	named := Call{Name: call.Name, Args: slices.DeleteFunc(slices.Clone(call.Args), func(a string) bool { return a == recallDone })}
	done := len(named.Args) < len(call.Args)
	s, ok := d.supportNamed(&named, c, func(s Support) bool { return s.Sent() })
	if !ok {
		return
	}
	_, rostered := d.f.Roster.Agency(s.Agency, d.now)
	switch {
	case !s.Sent():
		d.refuse(c, s.name()+"には、エントリーシートをお送りしておりません。")
		return
	case done && s.Recall.At.IsZero():
		d.refuseWith(c, s.name()+"には、まだ資料の廃棄をお願いしておりません。", suggestion(CmdRecall, s.Agency), nil)
		return
	case done:
		d.emit(c, role, &RecallDone{Support: s.ID, Text: clip(d.in.Text, 2000)})
		d.answer(c, role, s.name()+"が資料を廃棄したことを記録いたしました。", "")
		return
	case !rostered:
		d.refuse(c, s.name()+"は、名簿での登録期間が終了しておりますので、メールではお願いできません。お電話などでお願いのうえ、経過を「メモ」でお残しください。")
		return
	}
	d.begin(c, role)
	d.about(s.ID)
	d.emit(c, role, &RecallAsked{Support: s.ID})
	d.toProvider(c, c.Support(s.ID), RecallLetter{Support: d.supportFor(c, s, RoleProvider), Due: d.f.Calendar.AddBusinessDays(d.now, 5)}, nil)
	d.answer(c, role, s.name()+"に、資料の廃棄をお願いいたします。", "ご回答が届きしだい、お知らせいたします。")
}

// withReferral are the letters that say nothing true once their referral was stopped.
var withReferral = []LetterKind{LetterReferred, LetterPassword}

// inHold tells whether the letter of a referral has not left yet, as far as is known.
func (d *decider) inHold(s Support) bool {
	held := s.Referral.Left.IsZero() && d.now.Before(s.Referral.At.Add(d.f.Hold))
	return s.Sent() && s.Referral.Way == WayMail && (held || d.waitsInDrafts(s))
}

// stopReferral stops one that has not left: its letter does not pass the guard any more.
func (d *decider) stopReferral(c *Case, role Role, s Support) {
	d.emit(c, role, &ReferralStopped{Support: s.ID})
	d.out.Forget = append(d.out.Forget, s.ID)
}

// referralLost takes note of a referral whose letter did not leave, or perhaps did (trust.md "What may leave" 2). One that
// bounced had left: what is to be done is the concierge's to say.
func (d *decider) referralLost(c *Case, fail DeliveryFailure) {
	s := c.Support(fail.Support)
	stopped := s.Referral.Stopped == s.Referral.Times // this very one, already
	if fail.Kind != LetterReferral || !s.Sent() || stopped || fail.Braked || d.in.Kind == MailBounce {
		return
	}
	d.emit(c, RoleStranger, &ReferralStopped{Support: s.ID, Perhaps: fail.Tries > 0 && !fail.Refused})
	d.out.Forget = append(d.out.Forget, s.ID)
}

// formValues are what the marks of a referral form stand for.
func (d *decider) formValues(c *Case, s Support) []Value {
	e := c.Entry
	vs := []Value{{Key: "member", Text: c.Member}, {Key: "inquiry", Text: s.ID}, {Key: "agency.name", Text: s.AgencyName}, {Key: "today", Text: JapaneseDay(Day(d.now))},
		{Key: "office.name", Text: d.f.Office.Name}, {Key: "office.phone", Text: d.f.Office.Phone}, {Key: "office.mail", Text: d.f.Office.Mailbox.Addr},
		{Key: "introducer.agency", Text: c.AgencyName}, {Key: "introducer.branch", Text: e.Introducer.Branch}, {Key: "introducer.person", Text: e.Introducer.Person},
		{Key: "introducer.phone", Text: e.Introducer.Phone}, {Key: "introducer.fax", Text: e.Introducer.Fax}, {Key: "introducer.email", Text: e.Introducer.Email},
		{Key: "company.name", Text: e.Company.Name}, {Key: "company.kana", Text: e.Company.Kana}, {Key: "company.corporateNumber", Text: e.Company.CorporateNumber},
		{Key: "company.representative", Text: e.Company.Representative}, {Key: "company.postalCode", Text: e.Company.PostalCode}, {Key: "company.address", Text: e.Company.Address},
		{Key: "company.phone", Text: e.Company.Phone}, {Key: "company.fax", Text: e.Company.Fax}, {Key: "company.url", Text: e.Company.URL},
		{Key: "company.contactDepartment", Text: e.Company.ContactDepartment}, {Key: "company.contactPerson", Text: e.Company.ContactPerson}, {Key: "company.email", Text: e.Company.Email},
		{Key: "company.industry", Text: e.Company.Industry}, {Key: "company.founded", Text: e.Company.Founded}, {Key: "company.capital", Text: amount(e.Company.Capital)},
		{Key: "company.employees", Text: amount(e.Company.Employees)}, {Key: "company.sales", Text: amount(e.Company.Sales)}, {Key: "company.products", Text: e.Company.Products},
		{Key: "company.overseas", Text: e.Company.Overseas}, {Key: "company.countries", Text: strings.Join(e.Company.Countries, "、")},
		{Key: "request.other", Text: e.Request.Other}, {Key: "request.issues", Text: e.Request.Issues}, {Key: "request.desired", Text: e.Request.Desired}, {Key: "received", Text: e.Received}}
	if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok {
		vs = append(vs, Value{Key: "concierge.name", Text: k.Name}, Value{Key: "concierge.phone", Text: k.Phone}, Value{Key: "concierge.mail", Text: k.Mail})
	}
	for _, n := range e.Request.Items {
		vs = append(vs, Value{Key: "request.items", Text: fmt.Sprintf("%02d", n), Set: true, Name: ItemNames[n]})
	}
	return vs
}

func amount(n int64) string {
	if n == 0 {
		return ""
	}
	return Grouped(n)
}
