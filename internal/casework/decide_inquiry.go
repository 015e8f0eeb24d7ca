package casework

import (
	"fmt"
	"slices"
	"strings"
)

// A support begins with an inquiry (process.md 3b, 1 and 2): anonymous, one number for each candidate, and no candidate
// hears of another.

// inquire is 打診: asks one or more agencies whether they can take the company in.
func (d *decider) inquire(call *Call, c *Case) {
	agencies, ok := d.candidates(call, c)
	if !ok {
		return
	}
	prose := strings.TrimSpace(d.withoutCodes(d.in.Text))
	if found := Scan(secrets(*c), []string{prose}); len(found) > 0 {
		d.refuse(c, placeOf(secrets(*c), prose)+"に、まだお伝えできない内容（"+fieldNames(found)+"）が含まれておりましたので、照会をお送りしておりません。照会は匿名で行いますので、企業や紹介元が分かる記載を除いて、あらためてお送りください。")
		return
	}
	prose = clip(prose, 2000) // after the scan: half a value is one, too
	d.begin(c, RoleConcierge)
	facts, dropped := d.inquiryFacts(c)
	var lines []string
	for _, a := range agencies {
		s := d.openSupport(c, a, prose, "")
		d.about(s.ID)
		d.toProvider(c, s, InquiryLetter{Facts: facts, Prose: prose, Due: d.f.Calendar.AddBusinessDays(d.now, 5), Phone: d.conciergePhone(c)}, nil)
		lines = append(lines, s.name()+"：照会番号 "+s.ID)
	}
	d.about("")
	if dropped != "" {
		lines = append(lines, dropped+"には企業が分かる記載がありましたので、照会には含めておりません。")
	}
	if len(d.in.Files) > 0 {
		lines = append(lines, "照会は匿名で行うため、添付ファイルはお送りしておりません。")
	}
	d.answer(c, RoleConcierge, fmt.Sprintf("%d機関に、支援の可否を匿名で照会いたします。", len(agencies)), "ご回答が届きしだい、お知らせいたします。", lines...)
}

// placeOf names the lines of a body that hold a hidden value: 本文の2行目.
func placeOf(hidden []Secret, text string) string {
	var lines []string
	for i, line := range strings.Split(text, "\n") {
		if len(Scan(hidden, []string{line})) > 0 {
			lines = append(lines, fmt.Sprintf("%d行目", i+1))
		}
	}
	if len(lines) == 0 || len(lines) > 5 {
		return "本文"
	}
	return "本文の" + strings.Join(lines, "・")
}

// candidates resolves the agencies of 打診; one that may not be asked refuses the whole command.
func (d *decider) candidates(call *Call, c *Case) ([]Agency, bool) {
	if len(call.Args) == 0 {
		d.refuseWith(c, "「打診」のあとに、照会先の機関コードをお書きください（複数の場合は空白で区切ります）。", d.suggest(CmdInquire, d.wish(c)), d.f.Roster.AgencyCodes(d.now))
		return nil, false
	}
	var out []Agency
	for _, arg := range d.agencyWords(call.Args) {
		a, problem, suggest := d.agencyNamed(call.Name, arg)
		switch s := c.SupportOf(a.Code); {
		case problem != "":
		case a.Code == c.Agency:
			problem = a.Name + "（" + a.Code + "）は、この案件の紹介元です。紹介元の支援は、担当のご相談の中でお進めください。"
		case s.ID != "" && !s.State(c.Version).Over():
			problem = fmt.Sprintf("%sへの照会（%s）は進行中です（現在の状態：%s）。", s.name(), s.ID, s.State(c.Version).Japanese())
		}
		if problem != "" {
			d.refuseWith(c, problem+"どの機関にも、まだ照会しておりません。", suggest, d.f.Roster.AgencyCodes(d.now))
			return nil, false
		}
		if !slices.ContainsFunc(out, func(o Agency) bool { return o.Code == a.Code }) {
			out = append(out, a)
		}
	}
	return out, true
}

// agencyWords splits arguments into agencies: each word is one, but a name that was typed with a space in it is one, too.
func (d *decider) agencyWords(args []string) []string {
	if _, ok := d.f.Roster.FindAgency(strings.Join(args, ""), d.now); ok && len(args) > 1 {
		if m, ok := d.f.Roster.FindAgency(args[0], d.now); !ok || m.Guessed {
			return []string{strings.Join(args, "")}
		}
	}
	var out []string
	for _, a := range args {
		out = append(out, strings.FieldsFunc(a, func(r rune) bool { return strings.ContainsRune(",、", r) })...)
	}
	return out
}

// agencyNamed resolves a word to a rostered agency: a guess is suggested, not obeyed.
func (d *decider) agencyNamed(cmd CommandName, word string) (a Agency, problem string, suggest *Offer) {
	m, ok := d.f.Roster.FindAgency(word, d.now)
	switch {
	case !ok:
		return a, fmt.Sprintf("「%s」という支援機関は名簿に見つかりませんでした。", word), nil
	case m.Closed:
		return a, fmt.Sprintf("「%s」は、名簿での登録期間が終了しております。", word), nil
	case m.Guessed:
		return a, fmt.Sprintf("「%s」は、%s のことでしょうか。", word, m.Code), suggestion(cmd, m.Code)
	}
	a, _ = d.f.Roster.Agency(m.Code, d.now)
	return a, "", nil
}

// wish is the code of the agency that the sheet wishes for, "" none.
func (d *decider) wish(c *Case) string {
	if m, ok := d.f.Roster.FindAgency(c.Entry.Addressee.Agency, d.now); ok && !m.Closed {
		return m.Code
	}
	return ""
}

// openSupport gives an inquiry its number.
func (d *decider) openSupport(c *Case, a Agency, prose string, ch Spoken) Support {
	p := &Inquired{Support: d.out.Numbers.nextInquiry(), Agency: a.Code, AgencyName: a.Name, Prose: prose, Channel: ch}
	d.emit(c, RoleConcierge, p)
	return c.Support(p.Support)
}

// inquiryFacts are the attributes that the office allows. Free text that names somebody is left out, and told.
func (d *decider) inquiryFacts(c *Case) (f InquiryFacts, dropped string) {
	hidden := secrets(*c)
	var left []string
	clean := func(name, s string) string {
		if len(Scan(hidden, []string{s})) > 0 {
			left = append(left, name)
			return ""
		}
		return s
	}
	f.Items = c.Entry.Request.Items
	for _, country := range c.Entry.Company.Countries {
		if country = clean("対象国・地域", country); country != "" {
			f.Countries = append(f.Countries, country)
		}
	}
	f.Industry = clean("業種", c.Entry.Company.Industry)
	f.Size = sizeBand(c.Entry.Company)
	if d.f.NamePrefecture && d.f.Prefecture != nil {
		f.Prefecture = clean("都道府県", d.f.Prefecture(c.Entry.Company.Address))
	}
	return f, strings.Join(slices.Compact(left), "、")
}

// sizeBand tells a company's size without its figures.
func sizeBand(c Company) string {
	band := func(n int64, steps []int64, unit string, div int64) string {
		for _, s := range steps {
			if n <= s {
				return fmt.Sprintf("%s%s以下", Grouped(s/div), unit)
			}
		}
		return fmt.Sprintf("%s%s超", Grouped(steps[len(steps)-1]/div), unit)
	}
	var out []string
	if c.Capital > 0 {
		out = append(out, "資本金 "+band(c.Capital, []int64{10_000_000, 50_000_000, 100_000_000, 300_000_000}, "万円", 10_000))
	}
	if c.Employees > 0 {
		out = append(out, "従業員 "+band(c.Employees, []int64{5, 20, 50, 100, 300}, "名", 1))
	}
	return strings.Join(out, "・")
}

// respond is 受入可 or 受入不可: by the candidate, or by the concierge for it.
func (d *decider) respond(call *Call, role Role, c *Case) {
	answer := AnswerAvailable
	if call.Name == CmdUnavailable {
		answer = AnswerUnavailable
	}
	s, ch, ok := d.answering(call, role, c)
	if !ok {
		return
	}
	d.about(s.ID)
	reason := clip(d.withoutCodes(d.in.Text), 2000)
	stopped := s.Sent() && answer == AnswerUnavailable && d.inHold(s)
	switch {
	case s.Sent() && !stopped:
		if s.Answer == answer {
			d.keep("late answer")
		} else { // a 受入不可 takes back what has not left; and one who said so may say 受入可 again
			d.emit(c, role, &InquiryAnswered{Support: s.ID, Answer: answer, Channel: ch, Reason: reason})
		}
		d.tell(c, InquiryAnswerLetter{Support: d.supportOf(c, c.Support(s.ID)), Answer: answer, Reason: reason, By: d.in.From, Late: true}, role)
		if role == RoleConcierge {
			d.answer(c, role, s.name()+"へは、すでにエントリーシートを回付しております。ご連絡は記録として承りました。", "支援を終えられる場合は「支援終了 "+s.Agency+"」、資料の廃棄をお願いされる場合は「廃棄依頼 "+s.Agency+"」をお送りください。")
			return
		}
		d.answer(c, role, "この件は、すでにエントリーシートをお送りしております。いただいたご連絡は担当コンシェルジュに申し伝え、担当コンシェルジュよりご連絡いたします。", "")
		return
	case s.Answer == answer && !s.Passed:
		d.answer(c, role, "「"+string(call.Name)+"」のご回答は、すでに承っております。", "")
		return
	}
	over := s.Passed || s.State(c.Version) == SupportFinished
	d.emit(c, role, &InquiryAnswered{Support: s.ID, Answer: answer, Channel: ch, Reason: reason})
	if stopped {
		d.stopReferral(c, role, s)
	}
	s = c.Support(s.ID)
	if role != RoleConcierge {
		d.tell(c, InquiryAnswerLetter{Support: d.supportOf(c, s), Answer: answer, Reason: reason, By: d.in.From, Late: over}, role)
	}
	done := answerWords(answer, over, role)
	if role == RoleConcierge {
		done = fmt.Sprintf("%sの「%s」のご回答（%s）を記録いたしました。", s.name(), call.Name, ch)
	}
	if stopped && role == RoleConcierge {
		done += s.name() + notReferred
	} else if stopped {
		d.tell(c, AnswerLetter{Done: s.name() + notReferred}, role)
	}
	next := answerNext(answer, over, role)
	if asked := s.Company.Version > 0; asked && answer == AnswerUnavailable && role == RoleConcierge {
		next = noConsentNeeded + next
	}
	d.answer(c, role, done, next)
}

const notReferred = "への回付は、まだ送信されておりませんでしたので、取りやめといたしました。"

const noConsentNeeded = "企業と紹介元には、了承のお願いが不要となったことを「連絡」でお伝えください。"

func answerWords(a Answer, over bool, role Role) string {
	switch {
	case over && role == RoleProvider:
		return "ご回答をいただき、誠にありがとうございます。あいにく、この件は先に見送りとさせていただきましたので、ご回答は記録として承りました。"
	case a == AnswerAvailable:
		return "「受入可」のご回答を承りました。誠にありがとうございます。"
	}
	return "「受入不可」のご回答を承りました。ご検討いただき、誠にありがとうございました。"
}

func answerNext(a Answer, over bool, role Role) string {
	switch {
	case over:
		return ""
	case a == AnswerUnavailable && role == RoleProvider:
		return ""
	case a == AnswerUnavailable:
		return "ほかの支援機関への照会をご検討ください。"
	case role == RoleProvider:
		return "企業と紹介元の了承が得られましたら、エントリーシートをお送りいたします。"
	}
	return "企業と紹介元に了承をお願いされる場合は、「了承依頼」をお送りください。"
}

// answering finds whose answer it is: the provider's own support, or the one that the concierge names, with the way in
// which it was said. An agency that was asked by phone only gets its number here.
func (d *decider) answering(call *Call, role Role, c *Case) (Support, Spoken, bool) {
	if role == RoleProvider {
		s := c.SupportOf(d.who.Agency) // it is about the agency, though it may answer an inquiry from before
		return s, "", s.ID != ""
	}
	ch, args := spoken(call.Args)
	if len(args) == 0 {
		d.refuseWith(c, fmt.Sprintf("「%s」のあとに、支援機関のコードと、どのように伺われたか（電話・面談・FAX・郵送・メール）をお書きください。", call.Name), suggestion(call.Name, "機関コード", "電話"), supportCodes(c))
		return Support{}, "", false
	}
	a, problem, suggest := d.agencyNamed(call.Name, strings.Join(args, ""))
	switch {
	case problem != "":
		d.refuseWith(c, problem, suggest, supportCodes(c))
		return Support{}, "", false
	case ch == "":
		d.refuseWith(c, fmt.Sprintf("%s（%s）からどのように伺われたか（電話・面談・FAX・郵送・メール）をお書き添えください。", a.Name, a.Code), suggestion(call.Name, a.Code, "電話"), nil)
		return Support{}, "", false
	case a.Code == c.Agency:
		d.refuse(c, a.Name+"（"+a.Code+"）は、この案件の紹介元です。")
		return Support{}, "", false
	}
	s := c.SupportOf(a.Code)
	if s.ID == "" || s.Passed || !s.FinishedAt.IsZero() {
		s = d.openSupport(c, a, "", ch)
	}
	return s, ch, true
}

// ownSupport is the support of the agency that writes: the one whose number the mail carries, else its newest.
func (d *decider) ownSupport(c *Case) Support {
	if s := c.Support(d.f.Inquiry); s.ID != "" && s.Agency == d.who.Agency {
		return s
	}
	return c.SupportOf(d.who.Agency)
}

// spoken takes the channel out of arguments.
func spoken(args []string) (Spoken, []string) {
	var ch Spoken
	rest := slices.DeleteFunc(slices.Clone(args), func(a string) bool {
		for _, s := range []Spoken{SpokenPhone, SpokenMeeting, SpokenFax, SpokenPost, SpokenMail} {
			if strings.EqualFold(a, string(s)) || s == SpokenPhone && (a == "TEL" || a == "でんわ") {
				ch = s
				return true
			}
		}
		return false
	})
	return ch, rest
}

// passOver is 見送り: a candidate is told kindly that it is not needed.
func (d *decider) passOver(call *Call, c *Case) {
	s, ok := d.supportNamed(call, c, func(s Support) bool { return !s.JETRO() && !s.Sent() && !s.State(c.Version).Over() })
	switch {
	case !ok:
		return
	case s.JETRO():
		d.refuseWith(c, "ジェトロの支援を終えられる場合は、「支援終了」をお送りください。", suggestion(CmdFinish, s.ID), nil)
		return
	case s.Sent():
		d.refuseWith(c, s.name()+"には、すでにエントリーシートを回付しております。支援を終えられる場合は「支援終了」をお送りください。", suggestion(CmdFinish, s.Agency), nil)
		return
	case s.Passed:
		d.answer(c, RoleConcierge, s.name()+"への照会は、すでに見送りとしております。", "")
		return
	}
	d.begin(c, RoleConcierge)
	d.about(s.ID)
	d.passOverOne(c, RoleConcierge, s)
	next := ""
	if s.Company.Version > 0 {
		next = noConsentNeeded
	}
	d.answer(c, RoleConcierge, s.name()+"への照会を見送りといたしました。", next)
}

// passOverOne ends one inquiry; an agency that has said no itself hears nothing more.
func (d *decider) passOverOne(c *Case, role Role, s Support) {
	d.emit(c, role, &SupportPassed{Support: s.ID})
	if s.Answer != AnswerUnavailable {
		d.about(s.ID)
		d.toProvider(c, c.Support(s.ID), PassedOverLetter{}, nil)
	}
}

// supportNamed finds the support that a command of the office names by its agency; where none is named, the only one
// that fits, or the one whose letter is answered.
func (d *decider) supportNamed(call *Call, c *Case, fits func(Support) bool) (Support, bool) {
	if len(call.Args) > 0 {
		word := strings.Join(call.Args, "")
		if s, ok := d.supportCalled(c, word, fits); ok {
			return s, true
		}
		a, problem, suggest := d.agencyNamed(call.Name, word)
		if problem == "" {
			problem = a.Name + "（" + a.Code + "）には、この案件ではまだ照会しておりません。"
			if call.Name == CmdAskConsent || call.Name == CmdRefer {
				problem, suggest = problem+"先に「打診」をお送りください。", suggestion(CmdInquire, a.Code)
			}
		}
		d.refuseWith(c, problem, suggest, supportCodes(c))
		return Support{}, false
	}
	if s := c.current(c.Support(d.f.Letter.Support)); s.ID != "" && fits(s) {
		return s, true
	}
	var found []Support
	for _, s := range c.Supports {
		if fits(s) && c.current(s).ID == s.ID {
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], true
	case len(found) == 0 && len(c.Supports) == 1: // the command says itself why it does not fit
		return c.Supports[0], true
	case len(c.Supports) == 0:
		d.refuse(c, "この案件では、支援機関への照会もジェトロの支援のご提案も、まだ行われておりません。")
		return Support{}, false
	}
	d.refuseWith(c, fmt.Sprintf("どの支援機関についてのご指示かが分かりませんでした。「%s 機関コード」のように、機関コードをお書きください。", call.Name), suggestion(call.Name, "機関コード"), supportCodes(c))
	return Support{}, false
}

// supportCalled finds a support by its number, by ジェトロ or the service, or by any spelling of its agency, also of one
// whose row has ended.
func (d *decider) supportCalled(c *Case, word string, fits func(Support) bool) (Support, bool) {
	if s := c.current(c.Support(strings.ToUpper(word))); s.ID != "" {
		return s, true
	}
	var found Support
	for _, s := range c.Supports {
		called := strings.EqualFold(word, "JETRO") || word == s.AgencyName || FoldName(word) == FoldName(s.Service)
		if s.JETRO() && called && (found.ID == "" || fits(s)) {
			found = s
		}
	}
	if m, ok := d.f.Roster.FindAgency(word, d.now); ok && !m.Guessed && found.ID == "" {
		found = c.SupportOf(m.Code)
	}
	return found, found.ID != ""
}

// supportCodes are the codes of the agencies of a case, and the numbers of JETRO's own supports.
func supportCodes(c *Case) []string {
	var out []string
	for _, s := range c.Supports {
		code := s.Agency
		if s.JETRO() {
			code = s.ID
		}
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out
}

// fieldNames are the fields of a sheet as people call them, for what was found in a text.
func fieldNames(keys []string) string {
	names := map[string]string{"company.name": "企業名", "company.kana": "企業名のフリガナ", "company.corporateNumber": "法人番号",
		"company.representative": "代表者", "company.postalCode": "郵便番号", "company.address": "所在地", "company.phone": "電話番号",
		"company.fax": "FAX番号", "company.url": "URL", "company.contactPerson": "担当者名", "company.email": "メールアドレス",
		"company.products": "製品・サービスの説明", "company.overseas": "海外展開の説明", "request.issues": "企業の課題の文章",
		"request.desired": "希望する支援の文章", "request.other": "その他の内容", "introducer.agency": "紹介元の機関名",
		"introducer.person": "紹介元の担当者名", "introducer.phone": "紹介元の電話番号", "introducer.fax": "紹介元のFAX番号",
		"introducer.email": "紹介元のメールアドレス", "addressee.contact": "依頼先の窓口担当", "member": "会員番号", "registration": "登録番号"}
	var out []string
	for _, k := range keys {
		if n := names[k]; n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return "シートの記載"
	}
	return strings.Join(out, "、")
}
