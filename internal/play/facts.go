package play

import (
	"fmt"
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// holdTime is how long letters to a provider or a company wait.
const holdTime = 10 * time.Minute

// facts are what the shell loads for a mail.
func (p *Play) facts(in casework.Input) casework.Facts {
	f := casework.Facts{Now: p.now, Office: office, Roster: p.roster, Calendar: calendar{}, Numbers: p.numbers, Stopped: p.stopped,
		CcWindow: true, Hold: holdTime, NamePrefecture: true, FormFile: "追加情報フォーム.xlsx", Word: fmt.Sprintf("word%dxyz", p.mails),
		Password: fmt.Sprintf("password-%04d", p.mails), Prefecture: func(string) string { return "兵庫県" },
		Leaving: casework.Leaving{Findings: []string{"非表示のシートがあります。"}}}
	if in.Call != nil && in.Call.Name == casework.CmdConfirm && len(in.Call.Args) == 1 {
		if pending, ok := p.pending[in.Call.Args[0]]; ok {
			f.Pending, in = &pending, pending.Input
		}
	}
	p.threadFacts(&f, in)
	p.sheetFacts(&f, in)
	for _, pending := range p.pending {
		f.PendingOf = f.PendingOf || casework.SameAddr(pending.To, in.From) && pending.Case == f.Thread && p.now.Before(pending.Expires)
	}
	if in.Call != nil && in.Call.Name == casework.CmdList {
		f.Rows = p.rows(in.From.Addr)
	}
	for _, line := range in.Lines {
		f.Lines = append(f.Lines, p.lineFacts(line, in))
	}
	return f
}

// threadFacts find the case that a mail names, and what is to be known of it.
func (p *Play) threadFacts(f *casework.Facts, in casework.Input) {
	f.Code = casework.CodeNone
	f.Thread, f.Inquiry, f.Code = p.tagged(in.Tag, in.From.Addr)
	f.ByTag = f.Thread != 0
	for _, ref := range in.References {
		i, known := p.threads[ref]
		if !known {
			continue
		}
		l := p.outbox[i].letter
		if f.Thread == 0 {
			f.Thread = l.Case
		}
		if l.Case == f.Thread {
			f.Letter = casework.ThreadLetter{ID: l.ID, Kind: l.Kind(), Party: l.Party, Support: l.Support, Relay: l.Relay}
		}
	}
	if in.Failure != nil && f.Thread == 0 {
		f.Thread = in.Failure.Case
	}
	c := p.cases[f.Thread]
	f.Undo, f.Codes = p.undo(c), p.allCodes(c)
	if s := c.SupportOf(p.roster.person(in.From.Addr).agency); s.ID != "" {
		f.Kept, f.Accepted = p.kept[s.ID], p.hasLeft(s.ID, casework.LetterReferral)
	}
}

// tagged is what a tag names, and what its code is worth.
func (p *Play) tagged(tag casework.Tag, from string) (id int64, inquiry string, code casework.CodeState) {
	code = casework.CodeNone
	for _, n := range p.ids {
		c := p.cases[n]
		if tag.Number != "" && (c.Receipt == tag.Number || c.Registration == tag.Number) {
			id = n
		}
		if s := c.Support(tag.Number); s.ID != "" {
			id, inquiry = n, s.ID
		}
	}
	if tag.Code == "" || id == 0 {
		return id, inquiry, code
	}
	code = casework.CodeWrong
	for _, party := range p.partsOf(from, p.cases[id]) {
		if slices.Contains(p.goodCodes(id, party), tag.Code) {
			code = casework.CodeValid
		}
	}
	return id, inquiry, code
}

// partsOf are the parties for which the shell weighs the code of a sender.
func (p *Play) partsOf(addr string, c casework.Case) []casework.Party {
	who := p.roster.Sender(casework.Address{Addr: addr}, p.now)
	var out []casework.Party
	if who.Clerk {
		out = append(out, casework.Party{Role: casework.RoleClerk})
	}
	if who.Concierge != "" {
		out = append(out, casework.Party{Role: casework.RoleConcierge, Code: who.Concierge})
		if p.roster.Away[c.Concierge] == who.Concierge {
			out = append(out, casework.Party{Role: casework.RoleConcierge, Code: c.Concierge})
		}
	}
	if who.Agency != "" {
		out = append(out, casework.Party{Role: casework.RoleIntake, Code: who.Agency}, casework.Party{Role: casework.RoleProvider, Code: who.Agency})
	}
	if c.FromCompany(casework.Address{Addr: addr}) {
		out = append(out, casework.Party{Role: casework.RoleCompany})
	}
	return out
}

// undo is what has become of the letters of a case's last command.
func (p *Play) undo(c casework.Case) casework.Undo {
	var u casework.Undo
	if c.Last == nil {
		return u
	}
	for _, m := range p.outbox {
		switch {
		case m.letter.Case != c.ID || m.letter.Command != c.Last.Event || m.letter.Command == 0:
		case m.left || m.over:
			u.Gone++
		default:
			u.Waiting = append(u.Waiting, m.letter.ID)
		}
	}
	return u
}

func (p *Play) allCodes(c casework.Case) map[string][]string {
	if c.ID == 0 {
		return nil
	}
	out := map[string][]string{}
	for _, party := range p.parties(c) {
		out[party.Key()] = p.goodCodes(c.ID, party)
	}
	return out
}

func (p *Play) lineFacts(line casework.LineIn, in casework.Input) casework.LineFacts {
	f := casework.LineFacts{Password: fmt.Sprintf("password-%04d", p.mails)}
	f.Thread, f.Inquiry, f.Code = p.tagged(line.Tag, in.From.Addr)
	f.ByTag = f.Thread != 0
	c := p.cases[f.Thread]
	f.Undo, f.Codes = p.undo(c), p.allCodes(c)
	return f
}

// sheetFacts are what is known of the workbooks and companies of a mail.
func (p *Play) sheetFacts(f *casework.Facts, in casework.Input) {
	if len(in.Sheets) == 0 {
		return
	}
	f.SameSheet, f.OpenSame, f.Returned = map[string]int64{}, map[string][]casework.CaseRef{}, map[string]int64{}
	f.Members, f.Loads = map[string]casework.Member{}, map[string]int{}
	for _, s := range in.Sheets {
		if id, ok := p.blobs[s.File.Blob]; ok {
			f.SameSheet[s.File.Blob] = id
		}
	}
	agency := p.roster.Sender(in.From, p.now).Agency
	for _, id := range p.ids {
		c := p.cases[id]
		for _, k := range c.Entry.Company.Keys() {
			if c.Stage.Open() {
				f.OpenSame[k] = append(f.OpenSame[k], casework.CaseRef{ID: id, Number: c.Number(), Stage: c.Stage, Agency: c.Agency, Concierge: c.Concierge})
			}
			if c.Member != "" {
				f.Members[k] = casework.Member{Number: c.Member, Concierge: c.Concierge}
			}
		}
		for _, k := range casework.CorrectionKeys(c.Entry.Company) {
			if agency != "" && c.Agency == agency && (c.Stage == casework.StageReturned || c.Stage == casework.StageHeld) {
				f.Returned[k] = id
			}
		}
	}
}

// rows are the open cases that a person sees in a list.
func (p *Play) rows(addr string) []casework.ListRow {
	who := p.roster.person(addr)
	var out []casework.ListRow
	for _, id := range p.ids {
		if c := p.cases[id]; c.Stage.Open() && (who.clerk || who.concierge != "" && (c.Concierge == who.concierge || p.roster.standsIn(who, c.Concierge))) {
			out = append(out, casework.ListRow{Number: c.Number(), Company: c.Entry.Company.Name, Stage: c.Stage, Agency: c.Agency, Concierge: c.Concierge})
		}
	}
	return out
}
