package play

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// Step does one random thing; with seed 0 nothing.
func (p *Play) Step(seed uint64) {
	p.steps++
	if seed == 0 {
		return
	}
	p.rand = rand.New(rand.NewPCG(p.seed, seed*100+uint64(p.steps)))
	switch n := p.between(0, 99); {
	case n < 9:
		p.now = p.now.Add(time.Duration(pick(p, []int{2, 5, 11, 11, 60, 24 * 60, 8 * 24 * 60})) * time.Minute)
		p.deliver(p.anyFate)
	case n < 22:
		p.deliver(p.anyFate)
	case n < 50:
		p.conciergeWrites()
	case n < 63:
		p.providerWrites()
	case n < 79:
		p.consenterWrites()
	case n < 82 || p.stopped && p.one(2):
		p.clerkWrites()
	case n < 87:
		p.anybodyCommands()
	case n < 93:
		p.anybodyReplies()
	case n < 95 && (p.steps > 25 || p.one(3)):
		p.newSheet()
	case n < 99:
		p.confirm()
	default:
		p.rosterChanges()
	}
}

// rosterChanges: a row ends, or comes back; a concierge is absent, somebody is held, or no more.
func (p *Play) rosterChanges() {
	switch p.between(0, 2) {
	case 0:
		k := pick(p, []string{"YAMAMOTO", "SUZUKI"})
		if deputy := map[string]string{"YAMAMOTO": "SUZUKI", "SUZUKI": "YAMAMOTO"}[k]; p.roster.Away[k] == "" && p.roster.Away[deputy] == "" {
			p.roster.Away[k] = deputy
		} else {
			clear(p.roster.Away)
		}
		return
	case 1:
		if len(p.roster.Held) > 0 {
			clear(p.roster.Held)
		} else {
			p.roster.Held[pick(p, []string{"MINATO", "MAYA", "NADA", address("tantou", "MINATO"), yamamoto.Addr})] = true
		}
		return
	}
	gone := slices.Sorted(maps.Keys(p.roster.Gone))
	if len(gone) > 0 && !p.one(3) {
		delete(p.roster.Gone, pick(p, gone))
		return
	}
	p.roster.Gone[pick(p, []string{"MINATO", "MAYA", "HARIMA", "YAMAMOTO", "ROKKO", "NADA"})] = true
}

func (p *Play) anyFate() fate {
	return pick(p, []fate{accepted, accepted, accepted, accepted, accepted, accepted, accepted, accepted, accepted, deferred, unknown, refused, bounced})
}

// anyCase is most often the first one.
func (p *Play) anyCase() casework.Case {
	return p.cases[p.ids[min(pick(p, []int{0, 0, 0, 1, 2}), len(p.ids)-1)]]
}

func call(name casework.CommandName, args ...string) *casework.Call {
	return &casework.Call{Name: name, Args: args}
}

// conciergeWrites: what makes sense next, most often.
func (p *Play) conciergeWrites() {
	c := p.anyCase()
	k := yamamoto
	if c.Concierge == suzuki.concierge {
		k = suzuki
	}
	p.wrapped(p.order(k, c, p.nextOrder(c)))
}

func (p *Play) nextOrder(c casework.Case) *casework.Call {
	switch {
	case !c.Taken && !p.one(3):
		return call(casework.CmdTake)
	case c.Stage == casework.StagePaused && !p.one(3):
		return call(casework.CmdResume)
	case len(c.Supports) == 0 && !p.one(3):
		return call(casework.CmdInquire, pick(p, agencies).Code, pick(p, agencies).Code)
	case len(c.Supports) > 0 && p.one(2):
		return pick(p, p.nextOf(c, furthest(c)))
	case len(c.Supports) > 0 && p.one(2):
		return pick(p, p.nextOf(c, pick(p, c.Supports)))
	case p.one(2):
		return pick(p, []*casework.Call{call(casework.CmdReach, "直接"), call(casework.CmdReachOK)})
	case (p.steps > 35 || p.one(5)) && p.one(3):
		return pick(p, []*casework.Call{call(casework.CmdWithdraw), call(casework.CmdClose), call(casework.CmdClose), call(casework.CmdPause, "2027-03-31"),
			call(casework.CmdAssign, "SUZUKI"), call(casework.CmdAssign, "YAMAMOTO"), call(casework.CmdAssign, "全件", "SUZUKI")})
	}
	return pick(p, p.anyTime())
}

// furthest is the support that has come furthest and is not over.
func furthest(c casework.Case) casework.Support {
	at := func(s casework.Support) int {
		if st := s.State(c.Version); !st.Over() && !s.JETRO() {
			return slices.Index(casework.SupportStates, st)
		}
		return -1
	}
	return slices.MaxFunc(c.Supports, func(a, b casework.Support) int { return at(a) - at(b) })
}

// nextOf are what a concierge may want next for a support.
func (p *Play) nextOf(c casework.Case, s casework.Support) []*casework.Call {
	a := s.Agency
	switch s.State(c.Version) {
	case casework.SupportInquired:
		return []*casework.Call{call(casework.CmdAvailable, a, "電話"), call(casework.CmdAvailable, a, "面談"), call(casework.CmdPassOver, a), call(casework.CmdUnavailable, a, "FAX")}
	case casework.SupportAvailable:
		ask := call(casework.CmdAskConsent, a)
		return []*casework.Call{ask, ask, ask, ask, call(casework.CmdPassOver, a), call(casework.CmdTell, a)}
	case casework.SupportAsked, casework.SupportDeclined:
		return []*casework.Call{call(casework.CmdConsent, "企業", "電話", a), call(casework.CmdConsent, "企業", "面談", a), call(casework.CmdConsent, "紹介元", "電話", a),
			call(casework.CmdDecline, "企業", "電話", a), call(casework.CmdAskConsent, a), call(casework.CmdRefer, a), call(casework.CmdTell, a)}
	case casework.SupportCleared:
		refer := call(casework.CmdRefer, a)
		return []*casework.Call{refer, refer, refer, refer, refer, call(casework.CmdRefer, a, "郵送"), call(casework.CmdTell, a), call(casework.CmdPassOver, a), call(casework.CmdDecline, "紹介元", "電話", a)}
	case casework.SupportReferred, casework.SupportHosted, casework.SupportActive:
		if s.JETRO() {
			return []*casework.Call{call(casework.CmdFeedback), call(casework.CmdMeet, "初回", "12/3", "14時", "当事務所")}
		}
		return []*casework.Call{p.meeting(a), p.meeting(a), call(casework.CmdMeetCancel, a), call(casework.CmdTell, a), call(casework.CmdHost, a, "電話"), call(casework.CmdFeedback, a),
			call(casework.CmdFinish, a), call(casework.CmdRecall, a), call(casework.CmdRefer, a, "再送"), call(casework.CmdDecline, "企業", "電話", a), call(casework.CmdAskConsent, a)}
	}
	return []*casework.Call{call(casework.CmdInquire, a)}
}

func (p *Play) meeting(agency string) *casework.Call {
	return call(casework.CmdMeet, agency, fmt.Sprintf("12/%d", p.between(1, 28)), "14時", pick(p, []string{"当事務所", "貴社"}))
}

// anyTime are commands of a concierge that fit at any time.
func (p *Play) anyTime() []*casework.Call {
	one := pick(p, agencies).Code
	return []*casework.Call{call(casework.CmdInquire, one), call(casework.CmdInquire, one, pick(p, agencies).Code), call(casework.CmdUndo), call(casework.CmdUndo),
		call(casework.CmdReach, "紹介元経由"), call(casework.CmdAvailable, one, "電話"), call(casework.CmdTell, "企業"), call(casework.CmdTell, "紹介元"), call(casework.CmdTell, one),
		call(casework.CmdJetro, "海外販路相談"), call(casework.CmdForm, "企業"), call(casework.CmdForm, "紹介元"), call(casework.CmdMeet, "初回", "12/3", "14時", "当事務所"),
		call(casework.CmdMeetCancel), call(casework.CmdStatus), call(casework.CmdQuiet, "14"), call(casework.CmdNote), call(casework.CmdCertificate), call(casework.CmdList), call(casework.CmdHelp)}
}

// wrapped sends an order, now and then behind テスト, or as a line of まとめて.
func (p *Play) wrapped(in casework.Input) {
	switch p.between(0, 14) {
	case 0:
		in.Call, in.CallText = &casework.Call{Name: casework.CmdDryRun, Inner: in.Call}, string(casework.CmdDryRun)+" "+in.CallText
	case 1:
		lines := []casework.LineIn{{Text: in.CallText, Call: in.Call, Tag: in.Tag}, {Text: in.Text}}
		for range p.between(0, 2) {
			more := pick(p, p.anyTime())
			lines = append(lines, casework.LineIn{Text: string(more.Name), Call: more, Tag: in.Tag})
		}
		in.Call, in.CallText, in.Tag, in.Lines, in.Files, in.References = call(casework.CmdBatch), string(casework.CmdBatch), casework.Tag{}, lines, nil, nil
		if byAddress[in.From.Addr].agency != "" { // one's own words come back, and no case tells what is in them
			in.Text = ""
		}
		if in.Evidence.State != casework.EvidencePass { // its lines would have to be confirmed one by one
			in.Evidence = passed
		}
	}
	p.do(in, false)
}

// providerWrites: an agency that was asked answers, reports, or asks for its password.
func (p *Play) providerWrites() {
	c := p.anyCase()
	if len(c.Supports) == 0 {
		return
	}
	s := pick(p, c.Supports)
	if p.one(2) {
		s = furthest(c)
	}
	if s.JETRO() {
		return
	}
	yes := call(casework.CmdAvailable)
	next := []*casework.Call{yes, yes, yes, yes, yes, yes, call(casework.CmdUnavailable)}
	if s.Sent() {
		next = []*casework.Call{call(casework.CmdPassword), call(casework.CmdPassword), call(casework.CmdHost), call(casework.CmdFeedback), call(casework.CmdStatus), yes}
	}
	p.do(p.order(pick(p, people(s.Agency)[:2]), c, pick(p, next)), false)
}

// consenterWrites: the company or the intake agency answers, or takes back what it said.
func (p *Play) consenterWrites() {
	c := p.anyCase()
	agency := c.Agency
	if agency == "" {
		agency = "MINATO"
	}
	who := pick(p, append(people(agency)[:2:2], p.company(c), p.company(c)))
	for _, s := range c.Supports {
		byCompany := who.agency == ""
		if k := s.Intake; !byCompany && k.Version == c.Version && k.Answer == "" || byCompany && s.Company.Version == c.Version && s.Company.Answer == "" {
			if !p.one(4) {
				p.do(p.order(who, c, call(casework.CmdConsent, s.Agency)), false)
				return
			}
		}
	}
	yes, no := call(casework.CmdConsent), call(casework.CmdDecline)
	next := []*casework.Call{yes, no, call(casework.CmdWish), call(casework.CmdStatus), call(casework.CmdFeedback)}
	if p.steps > 35 && p.one(5) {
		next = append(next, call(casework.CmdWithdraw))
	}
	for _, s := range c.Supports {
		if !s.JETRO() && (s.Company.Version > 0 || p.one(9)) {
			named := call(casework.CmdConsent, s.Agency)
			next = append(next, named, named, named, named, call(casework.CmdDecline, s.Agency))
		}
	}
	p.do(p.order(who, c, pick(p, next)), false)
}

func (p *Play) company(c casework.Case) person {
	if who := byAddress[c.Entry.Company.Email]; who.Addr != "" { // the sheet names somebody else's address
		return who
	}
	name := c.Entry.Company.ContactPerson
	if p.roster.person(c.Entry.Company.Email).agency != "" { // what they call themselves there they have told that agency
		name = "社員"
	}
	return person{Address: casework.Address{Name: name, Addr: c.Entry.Company.Email}}
}

func (p *Play) clerkWrites() {
	c := p.anyCase()
	next := []*casework.Call{call(casework.CmdApprove), call(casework.CmdApprove), call(casework.CmdApprove, "MINATO"), call(casework.CmdList), call(casework.CmdStatus), call(casework.CmdNote),
		call(casework.CmdReject, "通知"), call(casework.CmdFinish, "MAYA"), call(casework.CmdUndo)}
	if p.steps > 35 {
		next = append(next, call(casework.CmdVoid), call(casework.CmdAssign, "SUZUKI"), call(casework.CmdStopAll), call(casework.CmdTransfer, "OSA"))
	}
	if p.stopped {
		next = []*casework.Call{call(casework.CmdStartAll)}
	}
	for _, s := range c.Supports {
		if s.Company.Waiting || s.Intake.Waiting {
			next = append(next, call(casework.CmdApprove, s.Agency), call(casework.CmdApprove, s.Agency), call(casework.CmdApprove, s.Agency), call(casework.CmdApprove, s.Agency))
		}
	}
	p.wrapped(p.order(clerk, c, pick(p, next)))
}

// allCommands is process.md's table.
var allCommands = []casework.CommandName{casework.CmdTake, casework.CmdAssign, casework.CmdReach, casework.CmdReachOK, casework.CmdInquire, casework.CmdAvailable,
	casework.CmdUnavailable, casework.CmdPassOver, casework.CmdAskConsent, casework.CmdConsent, casework.CmdDecline, casework.CmdRefer, casework.CmdHost,
	casework.CmdPassword, casework.CmdJetro, casework.CmdForm, casework.CmdTell, casework.CmdMeet, casework.CmdMeetCancel, casework.CmdFeedback, casework.CmdWish,
	casework.CmdStatus, casework.CmdCertificate, casework.CmdVerify, casework.CmdAmend, casework.CmdFinish, casework.CmdClose, casework.CmdWithdraw, casework.CmdPause,
	casework.CmdResume, casework.CmdQuiet, casework.CmdRecall, casework.CmdTransfer, casework.CmdVoid, casework.CmdMerge, casework.CmdSplit, casework.CmdFreeze,
	casework.CmdThaw, casework.CmdAbsent, casework.CmdContacts, casework.CmdNote, casework.CmdUndo, casework.CmdDryRun, casework.CmdBatch, casework.CmdApprove,
	casework.CmdReject, casework.CmdRegister, casework.CmdStopAll, casework.CmdStartAll, casework.CmdList, casework.CmdHelp, casework.CmdConfirm, ""}

// endings are commands after which little happens: a play has them in its second half.
var endings = []casework.CommandName{casework.CmdWithdraw, casework.CmdClose, casework.CmdVoid, casework.CmdMerge, casework.CmdStopAll, casework.CmdAssign, casework.CmdTransfer}

// anybodyCommands: any command by anybody, with any arguments.
func (p *Play) anybodyCommands() {
	c := p.anyCase()
	who := pick(p, append(everybody(), p.company(c)))
	order := call(pick(p, allCommands))
	if p.steps < 35 && slices.Contains(endings, order.Name) {
		return
	}
	words := []string{"企業", "紹介元", "電話", "郵送", "直接", "12/3", "14時", "初回", "01", "全件", "SUZUKI", "OSA"}
	if who.agency == "" {
		words = append(words, "MAYA", "NADA", "HARIMA", "摩耶商工会議所", "KAKOGAWA")
	} else {
		words = append(words, who.agency)
	}
	for range p.between(0, 3) {
		order.Args = append(order.Args, pick(p, words))
	}
	if order.Name == "" {
		order.AskBack = []string{"引受", "受入可"}
	}
	in := p.order(who, c, order)
	if order.Name == casework.CmdAmend || order.Name == casework.CmdRegister {
		in.Sheets = []casework.SheetIn{p.nextSheet(c).in}
	}
	p.wrapped(in)
}

// anybodyReplies: a plain reply to any letter, by whoever got it or by somebody else.
func (p *Play) anybodyReplies() {
	c := p.anyCase()
	in := p.order(pick(p, append(everybody(), p.company(c), yamamoto, yamamoto)), c, nil)
	in.Kind = casework.MailReply
	if p.between(0, 3) == 0 {
		in.First = call(pick(p, []casework.CommandName{casework.CmdAvailable, casework.CmdUnavailable, casework.CmdConsent, casework.CmdDecline}))
	}
	if p.between(0, 4) == 0 {
		in.Recipients = []string{yamamoto.Addr, p.company(c).Addr}
	}
	p.do(in, false)
}

// nextSheet is a new version: of the same company, at times with another address, or with faults.
func (p *Play) nextSheet(c casework.Case) sheet {
	email := c.Entry.Company.Email
	if p.between(0, 3) == 0 {
		email = p.companyMail()
	}
	return p.marks.fresh(c.Entry.Company.CorporateNumber, email, p.between(0, 4) == 0)
}

func (p *Play) newSheet() {
	c := p.anyCase()
	who := []person{clerk, yamamoto, people("MINATO")[0], people("MINATO")[1], people("MINATO")[1], people("MAYA")[0], stranger}
	in := p.order(pick(p, who), c, call(casework.CmdAmend))
	if p.one(2) {
		in.Kind, in.Call, in.CallText = casework.MailEntry, nil, ""
	}
	in.Sheets = []casework.SheetIn{p.nextSheet(c).in}
	p.do(in, false)
}

// confirm sends a one-time word back from the address to which it went.
func (p *Play) confirm() {
	for _, m := range p.outbox {
		l, ok := m.letter.Content.(casework.ConfirmLetter)
		if _, waits := p.pending[l.Word]; ok && waits && m.left && p.one(2) {
			p.do(casework.Input{Kind: casework.MailCommand, From: m.letter.To[0], Evidence: passed, Call: call(casework.CmdConfirm, l.Word), CallText: "確認 " + l.Word}, true)
			return
		}
	}
}
