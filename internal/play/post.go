package play

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// posted is a letter in the outbox.
type posted struct {
	letter casework.Letter
	texts  []string
	lower  string // all texts, one line each, ASCII letters in lower case
	marks  []string
	due    time.Time
	tries  int
	left   bool // accepted by the server
	over   bool // withdrawn, lost, or given up
}

func (p *Play) posted(l casework.Letter, texts []string) *posted {
	m := &posted{letter: l, texts: texts, due: p.now.Add(l.Hold), lower: lower(strings.Join(texts, "\n"))}
	m.marks = p.marks.find(m.lower)
	return m
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// fate is what becomes of an attempt to send.
type fate int

const (
	accepted fate = iota
	deferred      // the server is not there: the same letter again later
	unknown       // the connection broke: it may have arrived, and is sent again
	refused       // for good
	bounced       // accepted, and a report of failure comes back
)

// deliver attempts all letters that are due. Each is asked about again first (trust.md "What may leave" 1).
func (p *Play) deliver(fates func() fate) {
	for i := 0; i < len(p.outbox); i++ {
		m := p.outbox[i]
		if m.left || m.over || m.due.After(p.now) || p.stopped && !m.letter.Always || !p.behind(m) {
			continue
		}
		if err := casework.MayLeave(p.cases[m.letter.Case], m.letter.Departure(), p.roster, p.now); err != nil {
			if g := (*casework.Guard)(nil); errors.As(err, &g) && g.Wait {
				continue
			}
			p.t.Logf("  letter %d stopped: %v", m.letter.ID, err)
			m.over = true
			p.lost(m, err.Error())
			continue
		}
		for _, to := range m.letter.Departure().To {
			if who := p.roster.person(to); p.roster.Held[to] || who.agency != "" && p.roster.Held[who.agency] {
				p.t.Fatalf("letter %d leaves for %s, who is held", m.letter.ID, to)
			}
		}
		f := fates()
		if f != deferred {
			p.check(m)
		}
		m.tries++
		switch f {
		case accepted, bounced:
			m.left = true
			p.Sent++
			if f == bounced {
				p.bounce(m)
			}
		case refused:
			m.over = true
			p.lost(m, "550 5.1.1")
		default:
			m.due = p.now.Add(5 * time.Minute)
		}
	}
}

// behind tells whether the letter that must leave first has left.
func (p *Play) behind(m *posted) bool {
	return m.letter.After == "" || p.hasLeft(m.letter.Support, m.letter.After)
}

func (p *Play) hasLeft(support string, kind casework.LetterKind) bool {
	return slices.ContainsFunc(p.outbox, func(m *posted) bool {
		return m.letter.Support == support && m.letter.Kind() == kind && m.left
	})
}

// lost tells the core of a letter that did not leave.
func (p *Play) lost(m *posted, reason string) {
	l := m.letter
	fail := &casework.DeliveryFailure{Letter: l.ID, Party: l.Party, Support: l.Support, Tries: m.tries, Kind: l.Kind(), Case: l.Case, To: l.Departure().To,
		Reason: reason, Subject: p.subject(l)}
	p.do(casework.Input{Kind: casework.MailFailure, Failure: fail, Evidence: casework.Evidence{State: casework.EvidencePass, Text: "the outbox"}}, false)
}

// subject is a letter's, as the outbox knows it.
func (p *Play) subject(l casework.Letter) string {
	return fmt.Sprintf("[登録 %s %s] %s", l.Number, p.codes.Code(l.Case, l.Party.Key(), l.Now), casework.LetterName(l.Kind()))
}

// bounce is a delivery report that quotes the letter.
func (p *Play) bounce(m *posted) {
	p.do(casework.Input{Kind: casework.MailBounce, From: casework.Address{Addr: "mailer-daemon@mx.example"}, References: []string{p.messageID(m)},
		Text: strings.Join(m.texts, "\n"), Evidence: casework.Evidence{State: casework.EvidenceNone}}, false)
}

// messageID is that of a letter of these plays.
func (p *Play) messageID(m *posted) string { return fmt.Sprintf("letter-%d@kobe.example", m.letter.ID) }

// readers are who reads a letter: its addresses, and the agency to which the clerk faxes it.
func readers(l casework.Letter) []reader {
	var out []reader
	for _, addr := range l.Departure().To {
		out = append(out, reader{addr: addr})
	}
	if v := shown(l.Content); l.Fax {
		out = append(out, reader{fax: v.Party.Code})
	}
	return out
}

// check searches a letter that leaves now.
func (p *Play) check(m *posted) {
	l := m.letter
	for _, r := range readers(l) {
		if l.Kind() == casework.LetterMembership { // it repeats the number that its reader has asked about
			continue
		}
		found := p.oracle.leaks(r, m)
		if l.Kind() == casework.LetterRejected { // it goes back to whoever brought the sheet, under the name that they gave
			own := p.marks.find(lower(l.To[0].Name + "\n" + l.To[0].Addr))
			found = slices.DeleteFunc(found, func(mark string) bool { return slices.Contains(own, mark) })
		}
		if len(found) > 0 {
			p.t.Fatalf("%s: letter %d %s of case %d shows %s%s %s\n%s", p.now.Format("02 15:04"), l.ID, l.Kind(), l.Case, r.addr, r.fax, strings.Join(found, " "), around(m.lower, found[0]))
		}
		if l.Party.Role == casework.RoleProvider && len(m.marks) > 0 {
			p.Shown++
		}
		p.oracle.got(r, l.Case)
	}
	p.checkCodes(m)
	p.checkCandidates(m)
}

// around shows where a finding stands.
func around(text, found string) string {
	i := max(0, strings.Index(text, found))
	return strings.ToValidUTF8(text[max(0, i-60):min(len(text), i+60)], "")
}

// checkCodes: no letter carries a code that is good for another party of any case.
func (p *Play) checkCodes(m *posted) {
	good := map[string]string{}
	for _, id := range p.ids {
		for _, party := range p.parties(p.cases[id]) {
			if to := m.letter.Party; party == to || party.Code == to.Code && to.Code != "" { // of the same people
				continue
			}
			for _, code := range p.goodCodes(id, party) {
				good[code] = fmt.Sprintf("%s in case %d", party.Key(), id)
			}
		}
	}
	for word := range strings.FieldsFuncSeq(m.lower, func(r rune) bool { return !letterOrDigit(r) }) {
		if of := good[word]; of != "" {
			p.t.Fatalf("letter %d %s to %s carries the code %s of %s\n%s", m.letter.ID, m.letter.Kind(), m.letter.Party.Key(), word, of, around(m.lower, word))
		}
	}
}

func letterOrDigit(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// checkCandidates: no provider hears of another candidate, nor of the intake agency before it may see the sheet.
func (p *Play) checkCandidates(m *posted) {
	l := m.letter
	v := shown(l.Content)
	if v.Party.Role != casework.RoleProvider || l.Case == 0 {
		return
	}
	c := p.cases[l.Case]
	d := p.oracle.dossier(l.Case)
	for _, a := range agencies {
		told := a.Code == c.Agency && slices.ContainsFunc(c.Versions, func(n casework.Version) bool { return d.cleared(v.Party.Code, n.Number) })
		if a.Code == v.Party.Code || told {
			continue
		}
		if strings.Contains(m.lower, a.Name) {
			p.t.Fatalf("letter %d %s names %s to %s\n%s", l.ID, l.Kind(), a.Name, v.Party.Key(), around(m.lower, a.Name))
		}
	}
}
