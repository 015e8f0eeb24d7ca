package casework

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A plain reply is kept on its case, and passed on: a party's to the concierge, the concierge's back to the party whose
// mail it answers (process.md 2). Only who is proved is passed on with files; others' words come with a warning.

// passOn decides a plain reply in a registered case. It tells whether it did anything besides keeping the mail.
func (d *decider) passOn(c *Case) bool {
	if !c.Registered() || c.Stage == StageVoid || c.Stage == StageMerged {
		return false
	}
	role, doubt := d.writer(c)
	switch role {
	case RoleClerk:
		return false
	case RoleConcierge:
		if doubt != "" {
			d.toSender(c, RoleConcierge, NobodyLetter{Subject: d.subjectRest(), Why: doubt + "案件の番号と符号（［登録 …］の部分）を件名に残して、あらためてお送りください。"})
			return false
		}
		return d.passBack(c)
	case RoleStranger:
		return false
	}
	return d.passToConcierge(c, role, doubt)
}

// writer is the part in which a mail was written, and why that is in doubt; "" when it is proved.
func (d *decider) writer(c *Case) (Role, string) {
	if d.in.Evidence.State == EvidenceFail {
		return RoleStranger, ""
	}
	roles := d.roles(c)
	if len(roles) == 0 {
		if d.who.Agency != "" && (d.who.Agency == c.Agency || c.SupportOf(d.who.Agency).ID != "") {
			role := RoleIntake
			if d.who.Agency != c.Agency {
				role = RoleProvider
			}
			return role, "この案件のご担当として登録されていない方からのメールです。"
		}
		if SameAddr(d.in.From, Address{Addr: c.Entry.Company.Email}) {
			return RoleCompany, "企業のメールアドレスは、まだ確認されておりません。"
		}
		return RoleStranger, ""
	}
	role := roles[0]
	if slices.Contains(roles, RoleConcierge) { // who is a clerk besides
		role = RoleConcierge
	}
	if weigh(needCode, d.in.Evidence.State, d.code(), d.confirmed) != grantAct {
		return role, "差出人ご本人からのメールであることを、確かめられておりません。"
	}
	return role, ""
}

// passToConcierge passes a party's mail on. One that the concierge has got already (a reply to all) is only kept.
func (d *decider) passToConcierge(c *Case, role Role, doubt string) bool {
	k, ok := d.f.Roster.Concierge(c.Concierge, d.now)
	if !ok {
		return false
	}
	if d.f.Letter.Kind == LetterForm && (role == c.Form.To || c.Form.To == RoleCompany && role == RoleIntake) && !c.Form.Returned && len(d.in.Files) > 0 && doubt == "" {
		d.emit(c, role, &FormReturned{From: role})
	}
	if d.f.Letter.Kind == LetterRecall && role == RoleProvider && doubt == "" && saysDeleted(d.in.Text) {
		d.emit(c, role, &RecallDone{Support: d.ownSupport(c).ID, Text: clip(d.in.Text, 2000)})
	}
	if slices.ContainsFunc(d.in.Recipients, func(a string) bool { return SameAddr(Address{Addr: a}, Address{Addr: d.acting(k).Mail}) }) {
		d.out.Why = join(d.out.Why, "the concierge has got it already")
		return true
	}
	files, attach, kept := d.passFiles(true)
	if doubt != "" {
		for _, f := range files {
			kept = append(kept, f+"（差出人が確かめられていないため）")
		}
		files, attach = nil, nil
	}
	from := d.partyOf(c, role)
	d.emit(c, role, &MessagePassed{From: from, To: d.partyOf(c, RoleConcierge), Subject: d.in.Subject, Text: clip(d.in.Text, 20_000), Files: len(attach)})
	text := clip(d.withoutCodes(d.in.Text), 20_000)
	content := PassedOnLetter{For: RoleConcierge, From: d.partyText(c, role), Subject: d.subjectRest(), Text: text, Files: files, Kept: kept, Doubt: doubt, Answer: doubt == ""}
	d.about(d.f.Letter.Support)
	d.toConcierge(c, k, content, attach, false)
	if l := d.lastLetter(); doubt == "" {
		l.Relay = from
	}
	return true
}

var (
	deleted    = regexp.MustCompile(`(?:廃棄|削除|消去|破棄)(?:を|は)?(?:完了|(?:いた)?し(?:まし|終わ|終え)た?|済)`)
	notDeleted = regexp.MustCompile(`(?:廃棄|削除|消去|破棄)[^。
]*(?:ません|できな|出来な|未)|まだ[^。
]*(?:廃棄|削除|消去|破棄)`)
)

// saysDeleted tells whether an answer to 廃棄依頼 says in plain words that all is deleted; anything else is the concierge's
// to read.
func saysDeleted(text string) bool { return deleted.MatchString(text) && !notDeleted.MatchString(text) }

// passBack sends the concierge's plain reply to the party whose mail it answers; one that answers nobody's is told so.
func (d *decider) passBack(c *Case) bool {
	to := d.f.Letter.Relay
	if to.Role == "" {
		if d.reachesParty(c) {
			return false
		}
		d.toSender(c, RoleConcierge, NobodyLetter{Subject: d.subjectRest(), Why: "どちらの方へのご返信かが、メールから分かりませんでした。"})
		return true
	}
	d.passTo(c, to, false)
	return true
}

// reachesParty tells whether the concierge's mail goes to somebody of the case besides us.
func (d *decider) reachesParty(c *Case) bool {
	return slices.ContainsFunc(d.in.Recipients, func(addr string) bool {
		a := Address{Addr: addr}
		who := d.f.Roster.Sender(a, d.now)
		return SameAddr(a, Address{Addr: c.Entry.Company.Email}) || who.Agency != "" && (who.Agency == c.Agency || c.SupportOf(who.Agency).ID != "")
	})
}

// tagCode is the code inside a case tag, in any width.
var tagCode = regexp.MustCompile(`[\[［【]\s*(受付|登録|照会)[\s　]+([0-9A-Za-z０-９Ａ-Ｚ\-－]+)[\s　]+[0-9A-Za-z]{4,16}\s*[\]］】]`)

var anyTag = regexp.MustCompile(`[\[［【]\s*(?:受付|登録|照会)[\s　]+[^\]］】]*[\]］】]`)

// subjectRest is a subject as it may be shown to another: without tag and code.
func (d *decider) subjectRest() string { return d.bareSubject(d.in.Subject) }

func (d *decider) bareSubject(subject string) string {
	s := strings.TrimSpace(anyTag.ReplaceAllString(d.withoutCodes(subject), ""))
	return clip(strings.Join(strings.Fields(s), " "), 200)
}

// cutFold cuts every occurrence of a code out of a text, whatever its letter case, where it stands as a word.
func cutFold(text, code string) string {
	if code == "" {
		return text
	}
	lower := lowerASCII(text)
	var b strings.Builder
	at := 0
	for {
		i := strings.Index(lower[at:], code)
		if i < 0 {
			b.WriteString(text[at:])
			return b.String()
		}
		b.WriteString(text[at : at+i])
		b.WriteString(strings.Repeat("＊", len(code)))
		at += i + len(code)
	}
}

// answerLine takes the exact word that stands as the first new line of a reply to a letter that asks one question.
func (d *decider) answerLine(c *Case) *Call {
	if d.in.First == nil || len(d.in.First.Args) > 0 {
		return nil
	}
	asks := map[LetterKind][]CommandName{LetterInquiry: {CmdAvailable, CmdUnavailable}, LetterConsent: {CmdConsent, CmdDecline},
		LetterConsentRecorded: {CmdConsent, CmdDecline}, LetterReferral: {CmdHost}, LetterFeedbackAsk: {CmdFeedback}}
	if !slices.Contains(asks[d.f.Letter.Kind], d.in.First.Name) {
		return nil
	}
	return d.in.First
}

// withoutFirstLine is a body behind its first line that is not blank.
func withoutFirstLine(text string) string {
	_, rest, _ := strings.Cut(strings.TrimLeftFunc(text, unicode.IsSpace), "\n")
	return strings.TrimSpace(rest)
}
