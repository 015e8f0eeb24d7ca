package casework

import (
	"reflect"
	"slices"
	"strings"
)

var letterNames = map[LetterKind]string{
	LetterRegistered: "コンソーシアム登録のお知らせ", LetterReturned: "エントリーシートのご確認のお願い", LetterHeld: "受付のご判断のお願い",
	LetterBrief: "新規案件のご連絡", LetterAnswer: "ご指示への回答", LetterRefusal: "ご指示の確認のお願い", LetterStatus: "案件の現況",
	LetterList: "進行中案件のご案内", LetterHelp: "ご利用案内", LetterConfirm: "ご指示の確認", LetterAside: "お預かりしたメールのご連絡",
	LetterRejected: "エントリーシートの受付について", LetterVoided: "登録の取扱いについて", LetterCertificate: "会員証のご送付",
	LetterMembership: "会員番号のご照会への回答", LetterUndelivered: "配信できなかったメールのご連絡",
	LetterDraftSent: "下書きの送信についてのお知らせ",
	LetterInquiry:   "支援可否のご照会", LetterInquiryAnswer: "ご照会への回答のお知らせ", LetterPassedOver: "ご照会の見送りのお知らせ",
	LetterConsent: "支援機関へのご紹介に関するお願い", LetterConsentRecorded: "ご回答の記録のお知らせ", LetterConsentResult: "ご了承の状況のお知らせ",
	LetterReferral: "エントリーシート送付のご案内", LetterPassword: "資料のパスワードのお知らせ", LetterReferred: "支援機関へのご紹介のお知らせ",
	LetterHost: "受入担当のお知らせ", LetterMeeting: "面談のご案内", LetterProposal: "ジェトロの支援のご提案", LetterForm: "追加情報フォームのご送付",
	LetterFeedbackAsk: "支援状況のご報告のお願い", LetterFeedback: "支援状況のお知らせ", LetterClosing: "支援終了のお知らせ",
	LetterWithdrawn: "支援のお取り下げのお知らせ", LetterRecall: "資料の廃棄のお願い", LetterPassedOn: "メールのお取り次ぎ",
	LetterNobody: "お取り次ぎできなかったメールのご連絡", LetterTranscript: "ご指示のまとめの結果",
	LetterReminder: "お返事のお願い", LetterLockedAsk: "パスワードのお伺い",
	LetterTransfer: "案件の移管のお願い", LetterTransferred: "担当事務所の変更のお知らせ", LetterTakenOver: "担当事務所の変更と登録のお知らせ",
	LetterTransferTaken:   "お送りいただいた案件の受付のお知らせ",
	LetterDigestConcierge: "本日のご確認", LetterDigestClerk: "本日のご確認", LetterDigestOffice: "週次のご報告",
	LetterDigestAgency: "ご紹介企業の状況のお知らせ",
}

// LetterName is a letter's Japanese name, as answers and lists call it.
func LetterName(k LetterKind) string { return letterNames[k] }

// view fills what every letter shows: the party's View of the case and who reads it.
func (d *decider) view(c *Case, p Party, reader Address) View {
	v := View{Party: p}
	if c != nil {
		v = Disclose(*c, p)
		if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok && v.Number != "" {
			v.Concierge = &k
		}
		if v.AgencyName == "" && v.AgencyCode != "" {
			if a, ok := d.f.Roster.Agency(v.AgencyCode, d.now); ok {
				v.AgencyName = a.Name
			}
		}
	}
	v.Office, v.Now, v.Reader, v.Stopped = d.f.Office, d.now, reader, d.f.Stopped
	if p.Role == RoleIntake || p.Role == RoleProvider {
		if a, ok := d.f.Roster.Agency(p.Code, d.now); ok {
			v.ReaderOf = a.Name
		}
	}
	v.Offers = slices.DeleteFunc(offers(c, p), func(o Offer) bool {
		return slices.Contains(d.f.Off, o.Command) || o.Command == CmdTransfer && len(d.f.Roster.Offices(d.now)) == 0
	})
	return v
}

// queue adds a letter of content to the outcome. Thread headers follow the mail that is answered.
func (d *decider) queue(c *Case, l Letter) {
	if c != nil {
		l.Case, l.Number, l.Version = c.ID, c.Number(), c.Version
		l.Secrets = inLetters(d.secretsFor(c, l.reader()))
		l.Foreign = d.foreignCodes(c, l.Party)
		l.Support = d.support
	}
	l.Now = d.now
	if m, ok := l.Content.(MeetingLetter); ok {
		m.Recipient = l.To[0]
		l.Content = m
	}
	switch {
	case d.answers(l):
		l.InReplyTo, l.References = d.in.MessageID, d.in.References
	case c != nil && slices.ContainsFunc(l.To, func(a Address) bool { return SameAddr(a, c.Submitter) }):
		l.InReplyTo = c.MessageID
	}
	d.out.Letters = append(d.out.Letters, l)
}

// inLetters are the values for which a finished letter is read: our own sentences have words of two characters.
func inLetters(hidden []Secret) []Secret {
	return slices.DeleteFunc(hidden, func(s Secret) bool { return s.Word })
}

// secretsFor are the values that a letter may not hold. What the letter says anyway of the office, the concierge and the
// reader's own agency is none of them: an office may bring companies itself.
func (d *decider) secretsFor(c *Case, p Party) []Secret {
	hidden := Secrets(*c, p)
	if len(hidden) == 0 {
		return nil
	}
	own := d.f.Office.Name + "\n" + d.f.Office.Phone + "\n" + d.f.Office.Mailbox.Addr
	if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok {
		own += "\n" + k.Name + "\n" + k.Phone + "\n" + k.Mail
	}
	for _, e := range c.entries() { // an address that is somebody else's in truth says nothing of the company
		if who := d.f.Roster.Sender(Address{Addr: e.Company.Email}, d.now); who.Known() && who.Agency != c.Agency {
			own += "\n" + e.Company.Email
		}
	}
	if a, ok := d.f.Roster.Agency(p.Code, d.now); ok {
		own += "\n" + a.Name + "\n" + a.Window.Name + "\n" + a.Window.Addr
	}
	folded := foldScan(own)
	return slices.DeleteFunc(hidden, func(s Secret) bool { return strings.Contains(folded, s.Value) })
}

// answers tells whether a letter goes to whom the mail came from: only then it continues that mail's thread.
func (d *decider) answers(l Letter) bool {
	for _, to := range l.To {
		if SameAddr(to, d.in.From) {
			return true
		}
	}
	return false
}

// toClerks sends one letter to all clerks of today's roster.
func (d *decider) toClerks(c *Case, content Content, attach ...Attachment) {
	to := d.clerks()
	if len(to) == 0 {
		return
	}
	p := Party{Role: RoleClerk}
	d.queue(c, Letter{Party: p, To: to, Content: withView(content, d.view(c, p, Address{Name: "事務局ご担当者"})), Attach: attach})
}

func (d *decider) clerks() []Address {
	var to []Address
	for _, k := range d.f.Roster.Clerks(d.now) {
		if d.f.Roster.Frozen(k.Mail, "", d.now) {
			continue // the others are not to wait
		}
		to = append(to, Address{Name: k.Name, Addr: k.Mail})
	}
	return to
}

// toConcierge writes to a concierge. An absent one's letters go to the deputy, with a copy: the first to come back knows
// what happened. A password goes to one mailbox.
func (d *decider) toConcierge(c *Case, k Concierge, content Content, attach []Attachment, first bool) {
	p := Party{Role: RoleConcierge, Code: k.Code}
	to, acting := Address{Name: k.Name, Addr: k.Mail}, d.acting(k)
	l := Letter{Party: p, Attach: attach, First: first}
	v := d.view(c, p, to)
	if acting.Code != k.Code {
		v.Reader, v.StandsInFor = Address{Name: acting.Name, Addr: acting.Mail}, k.Name
		if content.Kind() != LetterPassword {
			l.Cc = []Address{to}
		}
		to = v.Reader
	}
	l.To, l.Content = []Address{to}, withView(content, v)
	d.queue(c, l)
}

// toAgency sends to people of an agency: to whom it concerns, the window in cc. An agency that takes no mail is
// reached through the clerk, who prints and sends.
func (d *decider) toAgency(c *Case, code string, to Address, content Content, attach []Attachment, first bool) {
	d.toAgencyAs(c, Party{Role: RoleIntake, Code: code}, to, content, attach, first)
}

func (d *decider) toAgencyAs(c *Case, p Party, to Address, content Content, attach []Attachment, first bool) {
	a, ok := d.f.Roster.Agency(p.Code, d.now)
	if !ok {
		return
	}
	v := d.view(c, p, to)
	l := Letter{Party: p, Attach: attach, First: first, TextOnly: a.TextOnly, Charset: a.Charset}
	if a.FaxOnly {
		v.Fax, l.Fax, l.Party = true, true, Party{Role: RoleClerk} // its reader stays the agency
		if l.To = d.clerks(); len(l.To) == 0 {
			return
		}
	} else {
		l.To = []Address{to}
		if d.f.CcWindow && !SameAddr(to, a.Window) && a.Window.Addr != "" && (!d.f.Roster.Frozen(a.Window.Addr, "", d.now) || d.f.Roster.Frozen(to.Addr, "", d.now)) {
			l.Cc = []Address{a.Window}
		}
	}
	l.Content = withView(content, v)
	d.queue(c, l)
}

// toSender answers whoever gave the command, in the role in which it was given, at the rostered address. A company that
// is reached through its agency gets no mail.
func (d *decider) toSender(c *Case, role Role, content Content, attach ...Attachment) {
	to := d.in.From
	l := Letter{Party: Party{Role: role}, To: []Address{to}, Attach: attach, answer: true}
	switch role {
	case RoleClerk:
	case RoleConcierge:
		l.Party.Code = d.who.Concierge
		if c != nil && d.actsFor(c.Concierge) { // what a deputy may see is what the absent one may
			l.Party.Code = c.Concierge
		}
	case RoleCompany:
		if c == nil || d.companyAddress(c).Addr == "" {
			return
		}
	default:
		a, ok := d.f.Roster.Agency(d.who.Agency, d.now)
		if !ok {
			return
		}
		l.Party.Code, l.TextOnly, l.Charset = d.who.Agency, a.TextOnly, a.Charset
	}
	l.Content = withView(content, d.view(c, l.Party, to))
	d.queue(c, l)
	if role == RoleProvider && c != nil {
		s := d.ownSupport(c)
		d.lastLetter().Number, d.lastLetter().Version = s.ID, visibleVersion(*c, s)
	}
}

// withView puts the View into a content: the one place where a letter gets what it may show.
func withView(content Content, v View) Content {
	filled := reflect.New(reflect.TypeOf(content)).Elem()
	filled.Set(reflect.ValueOf(content))
	filled.FieldByName("View").Set(reflect.ValueOf(v))
	return filled.Interface().(Content)
}

// sheetOf attaches the received workbook, byte for byte; one that came protected as it is inside, for the office's own
// people, who have to read it.
func sheetOf(f SheetFile) Attachment {
	return Attachment{Kind: AttachSheet, Name: f.Name, Blob: f.Blob}
}

// markedOf attaches the sender's own workbook with the problems' cells marked, protected again if it came protected.
func markedOf(f SheetFile, ps []Problem) Attachment {
	name := f.Name
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		end := name[i:]
		if f.Old {
			end = ".xlsx"
		}
		name = name[:i] + "_ご確認箇所" + end
	}
	return Attachment{Kind: AttachMarked, Name: name, Blob: f.Blob, Problems: ps, Protect: Protection{AsItCame: f.Protected}}
}

// certificateOf is the member certificate (会員証) of a registered case.
func (d *decider) certificateOf(c *Case, reissue bool) Attachment {
	card := &MemberCard{Member: c.Member, Registration: c.Registration, Company: c.Entry.Company.Name, Kana: c.Entry.Company.Kana,
		Agency: c.AgencyName, Office: d.f.Office.Name, OfficePhone: d.f.Office.Phone, OfficeMail: d.f.Office.Mailbox.Addr,
		Issued: c.RegisteredAt, Reissue: reissue}
	if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok {
		card.Concierge, card.ConciergePhone, card.ConciergeMail = k.Name, k.Phone, k.Mail
	}
	if reissue {
		card.Issued = d.now
	}
	return Attachment{Kind: AttachCertificate, Name: "会員証_" + c.Member + ".pdf", Member: card}
}
