package play

import (
	"time"

	"uketsuke/internal/casework"
)

// course takes the first case some way along as it should go: from nothing to a host who is named. Random steps alone
// seldom come that far.
func (p *Play) course() {
	a := pick(p, agencies[1:]).Code
	direct := p.one(2)
	steps := []func(casework.Case){
		func(c casework.Case) {
			if direct {
				p.say(yamamoto, c, casework.CmdReachOK)
				p.say(yamamoto, c, casework.CmdReach, "直接")
			}
		},
		func(c casework.Case) { p.say(yamamoto, c, casework.CmdInquire, a, pick(p, agencies[1:]).Code) },
		func(c casework.Case) { p.say(people(a)[1], c, casework.CmdAvailable) },
		func(c casework.Case) { p.say(yamamoto, c, casework.CmdAskConsent, a) },
		func(c casework.Case) { p.say(people(c.Agency)[1], c, casework.CmdConsent) },
		func(c casework.Case) {
			if direct {
				p.say(p.company(c), c, casework.CmdConsent)
			} else {
				p.say(yamamoto, c, casework.CmdConsent, "企業", "電話", a)
			}
		},
		func(c casework.Case) { p.say(yamamoto, c, casework.CmdRefer, a) },
		func(casework.Case) {
			p.now = p.now.Add(11 * time.Minute)
			p.deliver(func() fate { return accepted })
		},
		func(c casework.Case) { p.say(people(a)[0], c, casework.CmdHost) },
	}
	for _, step := range steps[:p.between(0, len(steps))] {
		step(p.cases[p.ids[0]])
	}
}

// say is a command as it should be given.
func (p *Play) say(who person, c casework.Case, name casework.CommandName, args ...string) {
	in := p.order(who, c, call(name, args...))
	in.Evidence, in.Files, in.Text = passed, nil, "部署：国際部\n担当者：山田\n初回連絡方法：電話"
	in.Tag.Code = ""
	if parts := p.partsOf(who.Addr, c); len(parts) > 0 {
		in.Tag.Code = p.goodCodes(c.ID, parts[len(parts)-1])[0]
	}
	p.do(in, false)
}
