package casework

import (
	"slices"
	"strings"
	"time"
)

// need is how much must be proved before a command acts, trust.md "Codes" and "Evidence".
type need int

const (
	needCode    need = iota // a pass, or a valid code where evidence is absent
	needBoth                // a pass and a valid code, else confirmation
	needPass                // names no case: a pass, else confirmation
	needNothing             // a rostered sender is enough: 全送信停止 must act at once, ヘルプ tells nothing
)

// rule is one line of the authority table: who may give a command, what must be proved, in which stages it makes sense.
type rule struct {
	roles  []Role
	need   need
	stages []Stage // nil: any
	noCase bool
}

var (
	active  = []Stage{StageConsulting, StageSupported}
	live    = []Stage{StageRegistered, StageConsulting, StageSupported, StagePaused}
	ended   = []Stage{StageClosed, StageWithdrawn}
	early   = []Stage{StageReceived, StageReturned, StageHeld}
	anyOpen = append(slices.Clone(early), live...)
	anyLive = append(slices.Clone(live), ended...)
)

// rules is the one table evidence × role × state × command rests on (trust.md "Scope").
var rules = map[CommandName]rule{
	CmdTake:        {roles: []Role{RoleConcierge}, stages: live},
	CmdAssign:      {roles: []Role{RoleClerk, RoleConcierge}, need: needBoth, stages: live},
	CmdReach:       {roles: []Role{RoleConcierge}, stages: live},
	CmdReachOK:     {roles: []Role{RoleConcierge}, stages: live},
	CmdInquire:     {roles: []Role{RoleConcierge}, stages: active},
	CmdAvailable:   {roles: []Role{RoleProvider, RoleConcierge}, stages: live},
	CmdUnavailable: {roles: []Role{RoleProvider, RoleConcierge}, stages: live},
	CmdPassOver:    {roles: []Role{RoleConcierge}, stages: live},
	CmdAskConsent:  {roles: []Role{RoleConcierge}, stages: active},
	CmdConsent:     {roles: []Role{RoleCompany, RoleIntake, RoleConcierge}, need: needBoth, stages: live},
	CmdDecline:     {roles: []Role{RoleCompany, RoleIntake, RoleConcierge}, need: needBoth, stages: live},
	CmdRefer:       {roles: []Role{RoleConcierge}, need: needBoth, stages: active},
	CmdHost:        {roles: []Role{RoleProvider, RoleConcierge}, stages: live},
	CmdPassword:    {roles: []Role{RoleProvider}, need: needPass, stages: active},
	CmdJetro:       {roles: []Role{RoleConcierge}, stages: active},
	CmdForm:        {roles: []Role{RoleConcierge}, stages: active},
	CmdTell:        {roles: []Role{RoleConcierge}, stages: live},
	CmdMeet:        {roles: []Role{RoleConcierge}, stages: active},
	CmdMeetCancel:  {roles: []Role{RoleConcierge}, stages: live},
	CmdFeedback:    {roles: []Role{RoleProvider, RoleConcierge, RoleIntake}, stages: anyLive},
	CmdWish:        {roles: []Role{RoleIntake, RoleCompany}, stages: live},
	CmdCertificate: {roles: []Role{RoleClerk, RoleConcierge, RoleIntake}, stages: append(slices.Clone(live), StageClosed)},
	CmdVerify:      {roles: []Role{RoleProvider, RoleIntake, RoleClerk, RoleConcierge}, need: needPass, noCase: true},
	CmdStatus:      {roles: []Role{RoleIntake, RoleClerk, RoleConcierge, RoleCompany, RoleProvider}},
	CmdAmend:       {roles: []Role{RoleIntake, RoleConcierge, RoleClerk}, stages: anyOpen},
	CmdFinish:      {roles: []Role{RoleConcierge, RoleClerk}, stages: live},
	CmdClose:       {roles: []Role{RoleConcierge, RoleClerk}, stages: live},
	CmdWithdraw:    {roles: []Role{RoleIntake, RoleCompany, RoleConcierge}, stages: live},
	CmdPause:       {roles: []Role{RoleConcierge, RoleClerk}, stages: live},
	CmdResume:      {roles: []Role{RoleConcierge, RoleClerk}, stages: []Stage{StagePaused}},
	CmdQuiet:       {roles: []Role{RoleConcierge}, stages: live},
	CmdRecall:      {roles: []Role{RoleConcierge, RoleClerk}, stages: append(slices.Clone(anyLive), StageVoid)},
	CmdTransfer:    {roles: []Role{RoleClerk}, need: needBoth, stages: append(slices.Clone(live), StageTransferred)},
	CmdVoid:        {roles: []Role{RoleClerk}},
	CmdMerge:       {roles: []Role{RoleClerk}, stages: live},
	CmdSplit:       {roles: []Role{RoleClerk}, stages: []Stage{StageMerged}},
	CmdNote:        {roles: []Role{RoleConcierge, RoleClerk}},
	CmdUndo:        {roles: []Role{RoleConcierge, RoleClerk, RoleProvider, RoleIntake, RoleCompany}},
	CmdDryRun:      {roles: []Role{RoleConcierge, RoleClerk, RoleIntake, RoleCompany, RoleProvider}, need: needNothing},
	CmdBatch:       {roles: []Role{RoleConcierge, RoleClerk}, need: needNothing, noCase: true},
	CmdApprove:     {roles: []Role{RoleClerk}, need: needBoth, stages: append([]Stage{StageHeld}, live...)},
	CmdReject:      {roles: []Role{RoleClerk}, stages: []Stage{StageHeld}},
	CmdRegister:    {roles: []Role{RoleClerk}, need: needPass, noCase: true},
	CmdContacts:    {roles: []Role{RoleClerk, RoleConcierge, RoleIntake, RoleProvider}, need: needNothing, noCase: true}, // confirmed in its own way
	CmdAbsent:      {roles: []Role{RoleConcierge}, need: needPass, noCase: true},
	CmdFreeze:      {roles: []Role{RoleClerk}, need: needPass, noCase: true},
	CmdThaw:        {roles: []Role{RoleClerk}, need: needPass, noCase: true},
	CmdStopAll:     {roles: []Role{RoleClerk}, need: needNothing, noCase: true},
	CmdStartAll:    {roles: []Role{RoleClerk}, need: needPass, noCase: true},
	CmdList:        {roles: []Role{RoleConcierge, RoleClerk}, need: needPass, noCase: true},
	CmdHelp:        {roles: []Role{RoleIntake, RoleClerk, RoleConcierge, RoleProvider, RoleCompany}, need: needNothing, noCase: true},
}

// listed tells whether a word is a command of the table.
func listed(name CommandName) bool {
	_, ok := rules[name]
	return ok
}

// grant is what evidence and code are worth for one command.
type grant int

const (
	grantAct grant = iota
	grantConfirm
	grantIgnore // the evidence failed: the From address is not believed, nobody is bothered
)

func weigh(n need, e EvidenceState, code CodeState, confirmed bool) grant {
	if confirmed {
		return grantAct
	}
	if e == EvidenceFail {
		return grantIgnore
	}
	pass := e == EvidencePass
	var ok bool
	switch n {
	case needNothing:
		ok = true
	case needCode:
		ok = pass || code == CodeValid
	case needBoth:
		ok = pass && code == CodeValid
	case needPass:
		ok = pass
	}
	if ok {
		return grantAct
	}
	return grantConfirm
}

// RolesIn returns the parts that a sender plays in a case, the strongest first. Commanding and seeing are for the
// persons of that case and the agency's window, not for everybody of a rostered domain (trust.md "Scope"). The persons
// of a case are those of its agency who sent one of its sheets, and the rostered person whom the sheet itself names;
// those of a support are the people of its agency who have answered for it.
func RolesIn(c *Case, s Sender, r Roster, now time.Time) []Role {
	var out []Role
	if s.Clerk {
		out = append(out, RoleClerk)
	}
	if s.Concierge != "" && s.Concierge == c.Concierge || standsIn(s, c.Concierge, r, now) {
		out = append(out, RoleConcierge)
	}
	if s.Agency != "" {
		a, ok := r.Agency(s.Agency, now)
		window := ok && SameAddr(s.Address, a.Window)
		if ok && s.Agency == c.Agency && (window || c.hasPerson(s)) {
			out = append(out, RoleIntake)
		}
		if ok && (window || c.SupportOf(s.Agency).hasPerson(s)) && c.SupportOf(s.Agency).ID != "" {
			out = append(out, RoleProvider)
		}
	}
	if !s.Known() && c.fromCompany(s.Address) { // an address of the roster is not the company's, whatever the sheet says
		out = append(out, RoleCompany)
	}
	return out
}

// FromCompany tells whether an address is the company's own, as far as the concierge has opened that way.
func (c *Case) FromCompany(a Address) bool { return c.fromCompany(a) }

func (s Support) hasPerson(who Sender) bool {
	return slices.ContainsFunc(s.Persons, func(addr string) bool { return SameAddr(who.Address, Address{Addr: addr}) })
}

func (c *Case) hasPerson(s Sender) bool {
	same := func(addr string) bool { return SameAddr(s.Address, Address{Addr: addr}) }
	return same(c.Submitter.Addr) || slices.ContainsFunc(c.Persons, same) || s.Person && same(c.Entry.Introducer.Email)
}

// RolesOf returns the parts that a sender may play outside of any case.
func RolesOf(s Sender) []Role {
	var out []Role
	if s.Clerk {
		out = append(out, RoleClerk)
	}
	if s.Concierge != "" {
		out = append(out, RoleConcierge)
	}
	if s.Agency != "" && s.Person {
		out = append(out, RoleIntake, RoleProvider)
	}
	return out
}

// SameAddr compares two addresses without regard to ASCII letter case; nothing else is folded (a Kelvin sign is no k).
func SameAddr(a, b Address) bool { return a.Addr != "" && lowerASCII(a.Addr) == lowerASCII(b.Addr) }

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func firstRole(have, may []Role) (Role, bool) {
	for _, r := range have {
		if slices.Contains(may, r) {
			return r, true
		}
	}
	return "", false
}

// offers are the commands that make sense next for a party, in the order in which they are shown.
func offers(c *Case, p Party) []Offer {
	var names []Offer
	add := func(cmd CommandName, label string, args ...string) {
		ru := rules[cmd]
		if !slices.Contains(ru.roles, p.Role) {
			return
		}
		if c != nil && (ru.stages != nil && !slices.Contains(ru.stages, c.Stage) || c.Stage == StageTransferred && !slices.Contains(afterTransfer, cmd)) {
			return
		}
		if c == nil && !ru.noCase {
			return
		}
		names = append(names, Offer{Command: cmd, Args: args, Label: label, NoCase: ru.noCase && (c == nil || cmd != CmdHelp)})
	}
	if c != nil {
		caseOffers(c, p, add)
	} else {
		add(CmdList, "進行中の案件の一覧を見る")
		add(CmdRegister, "紙で届いたエントリーシートを登録する（シートを添付）", "FAX")
		add(CmdVerify, "会員番号を確かめる", "会員番号")
		add(CmdStopAll, "すべての送信を止める")
		add(CmdStartAll, "送信を再開する")
		add(CmdHelp, "ご指示の一覧を見る")
	}
	return names
}

func caseOffers(c *Case, p Party, add func(CommandName, string, ...string)) {
	if c.Stage == StageHeld {
		agency := c.Hold.Nearest
		if agency == "" {
			agency = "機関コード"
		}
		add(CmdApprove, "紹介元を確認し、受付を承認する", agency)
		add(CmdReject, "受付をお断りする（送信者には知らせない）")
		add(CmdReject, "受付をお断りし、送信者に知らせる", "通知")
	}
	if !c.Taken {
		add(CmdTake, "この案件を引き受ける")
	}
	if p.Role == RoleProvider {
		providerOffers(c, c.SupportOf(p.Code), add)
	} else {
		supportOffers(c, p, add)
	}
	add(CmdStatus, "この案件の状況を見る")
	add(CmdCertificate, "会員証の再送を受ける")
	add(CmdAmend, "訂正したエントリーシートを送る（シートを添付）")
	add(CmdWish, "要望・意見を伝える（本文に記入）")
	add(CmdNote, "事務局内のメモを残す（本文に記入）")
	add(CmdAssign, "担当コンシェルジュを変更する", "コンシェルジュ")
	if c.Stage != StagePaused {
		add(CmdPause, "案件を休止する", "年月日")
	}
	add(CmdResume, "休止した案件を再開する")
	if p.Role == RoleIntake || p.Role == RoleCompany {
		add(CmdWithdraw, "支援の依頼を取り下げる")
	}
	add(CmdClose, "案件を終了する")
	add(CmdTransfer, "案件を他の事務所へ移管する", "事務所コード")
	if c.Stage != StageVoid {
		add(CmdVoid, "登録を無効とする（本文に理由）")
	}
	add(CmdHelp, "ご指示の一覧を見る")
}

// providerOffers are what the agency of a support can do next.
func providerOffers(c *Case, s Support, add func(CommandName, string, ...string)) {
	switch st := s.State(c.Version); {
	case s.Sent() && !st.Over():
		add(CmdPassword, "資料のパスワードを問い合わせる")
		if s.Host == (Host{}) {
			add(CmdHost, "受入担当を知らせる（本文に部署・担当者・初回連絡方法）")
		}
		add(CmdFeedback, "支援の状況を報告する（本文に記入）")
	case st == SupportInquired, st == SupportAsked, st == SupportAvailable, st == SupportUnavailable:
		if s.Answer != AnswerAvailable {
			add(CmdAvailable, "受け入れが可能")
		}
		if s.Answer != AnswerUnavailable {
			add(CmdUnavailable, "受け入れが難しい（本文に理由）")
		}
	}
}

// supportOffers are what office, company and intake agency can do next about the supports of a case.
func supportOffers(c *Case, p Party, add func(CommandName, string, ...string)) {
	for _, s := range c.Supports {
		if !s.FinishedAt.IsZero() {
			continue
		}
		switch p.Role {
		case RoleCompany, RoleIntake:
			consentOffers(c, s, p.Role, add)
		case RoleConcierge, RoleClerk:
			officeOffers(c, s, add)
		}
	}
	if p.Role != RoleConcierge || !c.Taken {
		return
	}
	add(CmdInquire, "支援機関に匿名で照会する", "機関コード")
	add(CmdMeet, "初回の面談を案内する", "初回", "日付", "時刻", "場所")
	add(CmdTell, "紹介元に伝える（本文に記入）", "紹介元")
	if !c.Reach.Direct {
		add(CmdReach, "企業に直接連絡できるようにする", "直接")
	}
	if !c.companyConfirmed() && c.Entry.Company.Email != "" {
		add(CmdReachOK, "企業のメールアドレスを確認済みにする")
	}
}

func consentOffers(c *Case, s Support, role Role, add func(CommandName, string, ...string)) {
	switch k := s.consent(role); {
	case k.Version == 0 || s.Passed:
	case k.Answer == "" && k.Version == c.Version:
		add(CmdConsent, s.AgencyName+"への紹介を了承する", s.Agency)
		add(CmdDecline, s.AgencyName+"への紹介を辞退する", s.Agency)
	case k.Answer == ConsentGiven:
		add(CmdDecline, s.AgencyName+"への紹介の了承を取り下げる", s.Agency)
	}
}

func officeOffers(c *Case, s Support, add func(CommandName, string, ...string)) {
	if s.Sent() && (s.Company.Answer == ConsentDeclined || s.Intake.Answer == ConsentDeclined || s.Referral.Perhaps) && s.Recall.At.IsZero() {
		add(CmdRecall, s.AgencyName+"に資料の廃棄をお願いする", s.Agency)
	}
	switch s.State(c.Version) {
	case SupportInquired:
		add(CmdAvailable, s.AgencyName+"から「受入可」と伺った", s.Agency, string(SpokenPhone))
		add(CmdUnavailable, s.AgencyName+"から「受入不可」と伺った", s.Agency, string(SpokenPhone))
		add(CmdPassOver, s.AgencyName+"への照会を見送る", s.Agency)
	case SupportAvailable:
		add(CmdAskConsent, s.AgencyName+"への紹介の了承をお願いする", s.Agency)
		add(CmdPassOver, s.AgencyName+"への照会を見送る", s.Agency)
	case SupportAsked:
		if s.Company.Waiting || s.Intake.Waiting {
			add(CmdApprove, "口頭での了承を承認する", s.Agency)
		}
		for _, k := range []struct {
			role Role
			word string
		}{{RoleIntake, "紹介元"}, {RoleCompany, "企業"}} {
			if !s.consent(k.role).Given(c.Version) && !s.consent(k.role).Waiting {
				add(CmdConsent, k.word+"から電話で了承を得た", k.word, string(SpokenPhone), s.Agency)
			}
		}
	case SupportCleared:
		add(CmdRefer, s.AgencyName+"にエントリーシートを回付する", s.Agency)
	case SupportReferred:
		add(CmdHost, s.AgencyName+"の受入担当を電話で伺った（本文に記入）", s.Agency, string(SpokenPhone))
		add(CmdMeet, s.AgencyName+"との面談を案内する", s.Agency, "日付", "時刻", "場所")
		add(CmdFinish, s.AgencyName+"の支援を終了する", s.Agency)
	case SupportHosted, SupportActive:
		if s.JETRO() {
			add(CmdFeedback, "ジェトロの支援の状況を報告する（本文に記入）", s.ID)
			add(CmdFinish, "ジェトロの支援「"+s.Service+"」を終了する", s.ID)
			return
		}
		add(CmdMeet, s.AgencyName+"との面談を案内する", s.Agency, "日付", "時刻", "場所")
		add(CmdFinish, s.AgencyName+"の支援を終了する", s.Agency)
	}
}
