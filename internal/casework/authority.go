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
	ready  bool // this program can do it; others are answered まだご利用いただけません
}

var (
	live    = []Stage{StageRegistered, StageConsulting, StageSupported, StagePaused}
	early   = []Stage{StageReceived, StageReturned, StageHeld}
	anyOpen = append(slices.Clone(early), live...)
)

// rules is the one table evidence × role × state × command rests on (trust.md "Scope").
var rules = map[CommandName]rule{
	CmdTake:        {roles: []Role{RoleConcierge}, stages: live, ready: true},
	CmdAssign:      {roles: []Role{RoleClerk, RoleConcierge}, need: needBoth, stages: live, ready: true},
	CmdCertificate: {roles: []Role{RoleClerk, RoleConcierge, RoleIntake}, stages: append(slices.Clone(live), StageClosed), ready: true},
	CmdVerify:      {roles: []Role{RoleProvider, RoleIntake, RoleClerk, RoleConcierge}, need: needPass, noCase: true, ready: true},
	CmdStatus:      {roles: []Role{RoleIntake, RoleClerk, RoleConcierge}, ready: true},
	CmdAmend:       {roles: []Role{RoleIntake, RoleConcierge, RoleClerk}, stages: anyOpen, ready: true},
	CmdPause:       {roles: []Role{RoleConcierge, RoleClerk}, stages: live, ready: true},
	CmdResume:      {roles: []Role{RoleConcierge, RoleClerk}, stages: []Stage{StagePaused}, ready: true},
	CmdVoid:        {roles: []Role{RoleClerk}, ready: true},
	CmdNote:        {roles: []Role{RoleConcierge, RoleClerk}, ready: true},
	CmdApprove:     {roles: []Role{RoleClerk}, need: needBoth, stages: []Stage{StageHeld}, ready: true},
	CmdReject:      {roles: []Role{RoleClerk}, stages: []Stage{StageHeld}, ready: true},
	CmdRegister:    {roles: []Role{RoleClerk}, need: needPass, noCase: true, ready: true},
	CmdStopAll:     {roles: []Role{RoleClerk}, need: needNothing, noCase: true, ready: true},
	CmdStartAll:    {roles: []Role{RoleClerk}, need: needPass, noCase: true, ready: true},
	CmdList:        {roles: []Role{RoleConcierge, RoleClerk}, need: needPass, noCase: true, ready: true},
	CmdHelp:        {roles: []Role{RoleIntake, RoleClerk, RoleConcierge, RoleProvider}, need: needNothing, noCase: true, ready: true},
}

// Ready tells whether this program carries a command out; the others are answered in words.
func Ready(name CommandName) bool { return rules[name].ready }

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
// of a case are those of its agency who sent one of its sheets, and the rostered person whom the sheet itself names.
func RolesIn(c *Case, s Sender, r Roster, now time.Time) []Role {
	var out []Role
	if s.Clerk {
		out = append(out, RoleClerk)
	}
	if s.Concierge != "" && s.Concierge == c.Concierge {
		out = append(out, RoleConcierge)
	}
	if s.Agency != "" && s.Agency == c.Agency {
		a, ok := r.Agency(s.Agency, now)
		if ok && (SameAddr(s.Address, a.Window) || c.hasPerson(s)) {
			out = append(out, RoleIntake)
		}
	}
	return out
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
		if !ru.ready || !slices.Contains(ru.roles, p.Role) {
			return
		}
		if c != nil && ru.stages != nil && !slices.Contains(ru.stages, c.Stage) {
			return
		}
		if c == nil && !ru.noCase {
			return
		}
		names = append(names, Offer{Command: cmd, Args: args, Label: label, NoCase: ru.noCase})
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
	add(CmdStatus, "この案件の状況を見る")
	add(CmdCertificate, "会員証の再送を受ける")
	add(CmdAmend, "訂正したエントリーシートを送る（シートを添付）")
	add(CmdNote, "事務局内のメモを残す（本文に記入）")
	add(CmdAssign, "担当コンシェルジュを変更する", "コンシェルジュ")
	if c.Stage != StagePaused {
		add(CmdPause, "案件を休止する", "年月日")
	}
	add(CmdResume, "休止した案件を再開する")
	if c.Stage != StageVoid {
		add(CmdVoid, "登録を無効とする（本文に理由）")
	}
	add(CmdHelp, "ご指示の一覧を見る")
}
