package casework

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The outbox of the test world: letters wait, pass the guard once more and leave, or fall.

const hold = 10 * time.Minute

type posted struct {
	Letter
	due   time.Time
	state string // waiting, gone, withdrawn
}

func (p *posted) messageID() string { return fmt.Sprintf("letter-%d@kobe.example", p.ID) }

func (w *world) post(l Letter) {
	l.ID = int64(len(w.box) + 1)
	p := &posted{Letter: l, due: w.now.Add(l.Hold), state: "waiting"}
	w.box = append(w.box, p)
	w.threads[p.messageID()] = l.Case
}

// writeSupports does what a transaction does besides events, numbers and letters.
func (w *world) writeSupports(out Outcome) {
	w.t.Helper()
	for _, id := range out.Withdraw {
		if p := w.box[id-1]; p.state != "waiting" {
			w.t.Errorf("letter %d %s is taken back although it is %s", id, p.Kind(), p.state)
		}
		w.box[id-1].state = "withdrawn"
	}
	if f := out.Freeze; f != nil {
		w.roster.frozen = maps.Clone(w.roster.frozen)
		if w.roster.frozen == nil {
			w.roster.frozen = map[string]bool{}
		}
		w.roster.frozen[f.Agency+f.Address] = !f.Thaw
	}
	for _, ch := range out.Contacts {
		w.roster = w.roster.changed(ch)
	}
	if a := out.Absence; a != nil {
		w.roster.absences = slices.DeleteFunc(slices.Clone(w.roster.absences), func(old Absence) bool {
			return old.Concierge == a.Concierge && (a.From == "" || old.From <= a.Until && a.From <= old.Until)
		})
		if a.From != "" {
			w.roster.absences = append(w.roster.absences, *a)
		}
	}
	if out.Told != "" {
		w.toldFrozen = append(w.toldFrozen, out.Told)
	}
	for _, k := range out.Keep {
		w.kept[k.Support] = k.Password
	}
	for _, s := range out.Forget {
		delete(w.kept, s)
	}
}

// deliver lets every letter leave that is due, as far as the guard lets it; what the guard stops is reported.
func (w *world) deliver() {
	w.t.Helper()
	for i := 0; i < len(w.box); i++ {
		p := w.box[i]
		if p.state != "waiting" || w.now.Before(p.due) || p.After != "" && w.newest(p.After, p.Support).state == "waiting" {
			continue
		}
		err := MayLeave(w.cases[p.Case], p.Departure(), w.roster, w.now)
		if waits(err) {
			continue
		}
		if p.After != "" && w.newest(p.After, p.Support).state != "gone" {
			err = &Guard{Reason: "the letter before it did not leave"}
		}
		if p.state = "gone"; err != nil {
			w.fall(p, DeliveryFailure{Reason: err.Error()})
		}
	}
}

// waits tells whether the guard only says not now.
func waits(err error) bool {
	var g *Guard
	return errors.As(err, &g) && g.Wait
}

// fall reports that a letter did not leave.
func (w *world) fall(p *posted, f DeliveryFailure) Outcome {
	w.t.Helper()
	p.state = "withdrawn"
	f.Letter, f.Party, f.Support, f.Kind, f.Case, f.Subject = p.ID, p.Party, p.Support, p.Kind(), p.Case, "件名"
	for _, a := range p.To {
		f.To = append(f.To, a.Addr)
	}
	return w.do(Input{Kind: MailFailure, Failure: &f})
}

// advance lets time pass.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(d)
	w.deliver()
}

// newest is the newest letter of a kind about a support ("" any).
func (w *world) newest(kind LetterKind, support string) *posted {
	w.t.Helper()
	for _, p := range slices.Backward(w.box) {
		if p.Kind() == kind && (support == "" || p.Support == support) {
			return p
		}
	}
	w.t.Fatalf("no letter %s about %q", kind, support)
	return nil
}

// newestTo is the newest letter of a kind to an address.
func (w *world) newestTo(kind LetterKind, to Address) *posted {
	w.t.Helper()
	for _, p := range slices.Backward(w.box) {
		if p.Kind() == kind && slices.ContainsFunc(p.To, func(a Address) bool { return SameAddr(a, to) }) {
			return p
		}
	}
	w.t.Fatalf("no letter %s to %s", kind, to.Addr)
	return nil
}

// answering makes a mail a reply to a letter.
func answering(p *posted, in Input) Input {
	in.References = append(in.References, p.messageID())
	if p.Number != "" && in.Tag.Number == "" {
		in.Tag = Tag{Number: p.Number, Code: goodCode}
	}
	return in
}

// supportFacts answers what the shell looks up about supports and letters.
func (w *world) supportFacts(f *Facts, in Input) {
	f.Hold, f.Password, f.FormFile = hold, fmt.Sprintf("PASS%04dwxyz", w.mails), "追加情報フォーム.xlsx"
	for _, ref := range in.References {
		for _, p := range w.box {
			if p.messageID() == ref {
				f.Letter = ThreadLetter{ID: p.ID, Kind: p.Kind(), Party: p.Party, Support: p.Support, Relay: p.Relay, For: p.Departure().For}
			}
		}
	}
	if b := in.Bounce; b != nil && b.Letter > 0 {
		p := w.box[b.Letter-1]
		f.Bounced = &DeliveryFailure{Letter: p.ID, Party: p.Party, Support: p.Support, Kind: p.Kind(), Case: p.Case, Subject: "件名"}
	}
	c := w.cases[f.Thread]
	f.Codes = map[string][]string{"intake:MINATO": {goodCode}}
	f.Undo = w.undoFacts(c)
	s := c.Support(f.Inquiry)
	if s.ID == "" {
		s = c.SupportOf(w.roster.Sender(in.From, w.now).Agency)
	}
	f.Kept = w.kept[s.ID]
	for _, p := range w.box {
		if p.Kind() == LetterReferral && p.Support == s.ID {
			f.Accepted = p.state == "gone"
		}
	}
	for _, line := range in.Lines {
		sub := in
		sub.Tag, sub.Lines, sub.References, sub.Call = line.Tag, nil, nil, line.Call
		lf := w.facts(sub)
		f.Lines = append(f.Lines, LineFacts{Thread: lf.Thread, ByTag: lf.ByTag, Code: lf.Code, Inquiry: lf.Inquiry, Undo: lf.Undo, Codes: lf.Codes, Password: lf.Password})
	}
}

func (w *world) undoFacts(c Case) (u Undo) {
	if c.Last == nil {
		return u
	}
	for _, p := range w.box {
		switch {
		case p.Case != c.ID || p.Command != c.Last.Event || p.Command == 0:
		case p.state == "waiting":
			u.Waiting = append(u.Waiting, p.ID)
		case p.state == "gone":
			u.Gone++
		}
	}
	return u
}

// clearedFor tells whether a provider may see what its View shows: 受入可, a sheet that was sent, both consents for it.
func clearedFor(c Case, v View) bool {
	return slices.ContainsFunc(c.Supports, func(s Support) bool {
		return s.Agency == v.Party.Code && s.Sent() && s.Answer == AnswerAvailable && s.Company.Given(v.Version) && s.Intake.Given(v.Version) && v.Version <= c.Version
	})
}

// checkSupports holds after every mail: what waits, what is sealed, what no other candidate may read, and that a command
// of somebody known has one answer.
func (w *world) checkSupports(in Input, f Facts, d *decider, out Outcome) {
	w.t.Helper()
	for _, e := range out.Events {
		if data, err := json.Marshal(e.Payload); err != nil || f.Password != "" && strings.Contains(string(data), f.Password) {
			w.t.Errorf("event %s holds a password: %v", e.Payload.Kind(), err)
		}
	}
	answers := 0
	for _, l := range out.Letters {
		reader := l.reader().Role
		outside := reader == RoleProvider || reader == RoleCompany || l.Departure().For == RoleCompany
		switch {
		case l.answer && l.Hold != 0:
			w.t.Errorf("answer %s waits", l.Kind())
		case !l.answer && outside && l.Hold != hold:
			w.t.Errorf("letter %s to %s waits %s", l.Kind(), l.Party.Key(), l.Hold)
		}
		if l.answer && l.Kind() != LetterPassword {
			answers++
		}
		w.checkSealed(f, out, l)
		if reader == RoleProvider && l.Case != 0 {
			w.checkProvider(*d.cases[l.Case], l)
		}
	}
	batch := in.Call != nil && in.Call.Name == CmdBatch
	known := w.roster.Sender(in.From, w.now).Known() || d.byCompany()
	if in.Kind == MailCommand && len(in.Sheets) == 0 && known && !batch && (out.Result == ResultDone || out.Result == ResultRefused) && answers != 1 {
		w.t.Errorf("%s of %s has %d answers: %s", in.CallText, in.From.Addr, answers, letters(out))
	}
}

func (w *world) checkSealed(f Facts, out Outcome, l Letter) {
	w.t.Helper()
	if l.Kind() != LetterPassword {
		if data, err := json.Marshal(l.Content); err != nil || l.Sealed || f.Password != "" && strings.Contains(string(data), f.Password) {
			w.t.Errorf("letter %s is sealed (%v) or holds a password: %v", l.Kind(), l.Sealed, err)
		}
		return
	}
	referral := slices.ContainsFunc(out.Letters, func(o Letter) bool { return o.Kind() == LetterReferral && o.Support == l.Support })
	if !l.Sealed || len(l.Attach) > 0 || len(l.To)+len(l.Cc) != 1 || referral != (l.After == LetterReferral) {
		w.t.Errorf("a password goes to %v and %v, sealed %v, after %q, with %d files", l.To, l.Cc, l.Sealed, l.After, len(l.Attach))
	}
}

// checkProvider: a letter to an agency names no other candidate, and no value of the sheet that it may not know.
func (w *world) checkProvider(c Case, l Letter) {
	w.t.Helper()
	data, err := json.Marshal(l.Content)
	if err != nil {
		w.t.Errorf("letter %s: %v", l.Kind(), err)
	}
	texts := []string{string(data)}
	for _, a := range l.Attach {
		texts = append(texts, a.Name)
	}
	if found := Scan(l.Secrets, texts); len(found) > 0 {
		w.t.Errorf("letter %s to %s holds %v: %s", l.Kind(), l.reader().Key(), found, data)
	}
	own := l.reader().Code
	for _, s := range c.Supports {
		if s.JETRO() || s.Agency == own || s.Agency == c.Agency {
			continue
		}
		for _, word := range []string{s.ID, s.Agency, s.AgencyName} {
			if len(word) > 2 && strings.Contains(string(data), `"`+word) {
				w.t.Errorf("letter %s to %s names %s: %s", l.Kind(), own, word, data)
			}
		}
	}
}
