package casework

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Decide answers one mail. It is total: malformed data is a Problem, a refused command is an answer, and only broken
// infrastructure is an error. cases are the cases that the facts name (Thread, SameSheet, Returned, rows of 全件).
func Decide(cases map[int64]Case, in Input, f Facts) (Outcome, error) {
	return newDecider(cases, in, f).run()
}

func newDecider(cases map[int64]Case, in Input, f Facts) *decider {
	d := &decider{cases: map[int64]*Case{}, in: in, f: f, now: f.Now}
	for id, c := range cases {
		// Events append to the working copy; the caller's slices stay as they are.
		c.History, c.Versions = slices.Clip(c.History), slices.Clip(c.Versions)
		d.cases[id] = &c
	}
	d.out.Numbers = f.Numbers
	d.who = f.Roster.Sender(in.From, f.Now)
	if in.Authority != "" && in.Evidence.State == EvidencePass {
		d.in.Evidence = Evidence{State: EvidenceNone, Text: in.Authority}
	}
	return d
}

func (d *decider) run() (Outcome, error) {
	d.decide()
	d.hear()
	d.delay()
	d.dropOvertaken()
	d.countWrongCode()
	if len(d.out.Cases) > 0 {
		d.out.Number = d.cases[d.out.Cases[0]].Number()
	} else if c := d.cases[d.f.Thread]; c != nil && d.in.Kind == MailCommand && len(d.roles(c)) > 0 {
		d.out.Number = c.Number() // a refused command, too, was about a case
	}
	return d.out, d.guard()
}

// decider holds one decision while it is made: the cases as changed so far and the outcome that grows.
type decider struct {
	cases       map[int64]*Case
	in          Input
	f           Facts
	now         time.Time
	who         Sender
	confirmed   bool    // by the one-time word
	confirmedBy Address // from whose mailbox it came
	cleared     bool    // by the clerk's 承認: who sent it, and what no program could read
	within      bool    // a part of another decision (テスト, まとめて): nobody is asked to confirm
	support     string  // that the letters are about which are queued next
	began       int     // ordinal of the CommandBegan event of this decision, 0 none
	settled     int     // letters before this one know already whether they wait
	earlier     int     // letters before this one are of a part of the mail that was decided before another (まとめて)
	out         Outcome
}

func (d *decider) decide() {
	if d.heldSender() {
		d.fromFrozen()
		return
	}
	switch d.in.Kind {
	case MailOwn:
		d.end(ResultSilent, FolderMachine, "own mail: filed, nothing sent")
		if d.draft() {
			d.end(ResultDone, FolderMachine, "a draft that a person has sent")
		}
	case MailDraft:
		d.end(ResultSilent, FolderStay, "nothing new of a draft")
		if d.draft() {
			d.end(ResultDone, FolderStay, "a draft's fate is noted")
		}
	case MailBounce, MailAutomatic, MailCalendar:
		d.machine()
	case MailFailure:
		if d.in.Failure == nil {
			d.end(ResultSilent, FolderStay, "a delivery failure that names no letter")
			return
		}
		d.end(ResultDone, FolderStay, "a letter could not be delivered")
		d.undelivered(*d.in.Failure)
	case MailAlarm:
		d.toClerks(nil, AnswerLetter{Done: d.in.Why})
		d.end(ResultDone, FolderStay, "the clerk is told")
	case MailReminder:
		d.remind()
	case MailDigest:
		d.digest()
	case MailBroken:
		d.aside(d.in.Why)
	case MailTransfer:
		d.fromOffice()
	case MailLocked:
		d.locked()
	case MailCommand:
		if d.in.Call == nil {
			d.reply()
			return
		}
		d.command()
	case MailEntry:
		if len(d.in.Sheets) == 0 && d.in.Opened {
			d.end(ResultKept, FolderDone, "what opened besides its entry sheets is none")
			d.waitsBeside("同じメールに、開くことのできない添付ファイルもありました。")
			return
		}
		if len(d.in.Sheets) == 0 {
			d.reply()
			return
		}
		d.entries()
	case MailReply:
		d.reply()
	default:
		if in := d.in; in.AnswersDigest(d.f.Letter.Kind) && (d.who.Clerk || d.who.Concierge != "") {
			d.in.Kind, d.in.Call, d.in.CallText = MailCommand, &Call{Name: CmdBatch}, string(CmdBatch)
			d.command()
			return
		}
		if d.f.Thread != 0 {
			d.reply()
			return
		}
		d.end(ResultOther, FolderStay, "no rule claims it: left for the people")
	}
}

// end sets result and filing; why is appended to what was said before.
func (d *decider) end(r Result, f Folder, why string) {
	d.out.Result, d.out.Folder = r, f
	if d.out.Why != "" && why != "" {
		why = d.out.Why + "; " + why
	}
	if why != "" {
		d.out.Why = why
	}
}

// emit appends an event and applies it to the working copy at once.
func (d *decider) emit(c *Case, role Role, p Payload) {
	e := Event{Case: c.ID, At: d.now, Actor: d.actor(role), Payload: p}
	c.Apply(e)
	d.out.Events = append(d.out.Events, e)
	if !slices.Contains(d.out.Cases, c.ID) {
		d.out.Cases = append(d.out.Cases, c.ID)
	}
}

func (d *decider) actor(role Role) Actor {
	a := Actor{Role: role, Address: d.in.From, Mail: d.in.MessageID, Evidence: d.evidenceText()}
	switch role {
	case RoleConcierge:
		a.Code = d.who.Concierge
	case RoleIntake, RoleProvider:
		a.Code = d.who.Agency
	}
	return a
}

func (d *decider) evidenceText() string {
	parts := []string{}
	switch d.in.Evidence.State {
	case EvidenceUnconfigured:
		parts = append(parts, "unverified: evidence = none")
	default:
		parts = append(parts, strings.TrimSpace(string(d.in.Evidence.State)+" "+d.in.Evidence.Text))
	}
	if d.f.Code != "" && d.f.Code != CodeNone {
		parts = append(parts, "code "+string(d.f.Code))
	}
	if d.confirmed {
		parts = append(parts, "confirmed by mail")
	}
	return strings.Join(parts, ", ")
}

// newCase opens a case with the next id.
func (d *decider) newCase() *Case {
	d.out.Numbers.Case++
	c := &Case{ID: d.out.Numbers.Case}
	d.cases[c.ID] = c
	return c
}

// keep records the mail on the case that it names, whoever sent it: nothing that anybody writes is dropped. It moves
// nothing, and only the office sees it.
func (d *decider) keep(what string) *Case {
	c := d.cases[d.f.Thread]
	if c == nil {
		return nil
	}
	d.emit(c, d.roleIn(c), &MessageKept{What: what, Subject: d.in.Subject, Text: clip(d.in.Text, 4000)})
	return c
}

// roleIn is the part in which a mail was sent, as far as it is believed.
func (d *decider) roleIn(c *Case) Role {
	if d.in.Evidence.State == EvidenceFail {
		return RoleStranger
	}
	if roles := d.roles(c); len(roles) > 0 {
		return roles[0]
	}
	return RoleStranger
}

// reply keeps a plain reply on its case and passes it on; what cannot be passed on is left for the people.
func (d *decider) reply() {
	c := d.cases[d.f.Thread]
	if c == nil {
		d.end(ResultOther, FolderStay, "names no case that is known here: left for the people")
		return
	}
	if d.bringsPassword(c) {
		return
	}
	if c.Stage == StageTransferred {
		d.replyAfterTransfer(c)
		return
	}
	if call := d.answerLine(c); call != nil {
		d.in.Kind, d.in.Call, d.in.CallText, d.in.Text = MailCommand, call, string(call.Name), withoutFirstLine(d.in.Text)
		d.command()
		return
	}
	d.passReply(c)
}

// passReply keeps a mail on its case and passes it on.
func (d *decider) passReply(c *Case) {
	d.keep("reply")
	if d.passOn(c) {
		d.end(ResultPassed, FolderDone, "kept on case "+c.Number()+", passed on")
		return
	}
	d.end(ResultKept, FolderStay, "kept on case "+c.Number()+", left for the people")
}

// aside puts a mail aside and tells the clerk.
func (d *decider) aside(reason string) {
	d.tellAside(reason)
	d.end(ResultAside, FolderAside, "put aside for a person: "+d.in.Why)
}

func onlyArchives(files []LockedFile) bool {
	return !slices.ContainsFunc(files, func(f LockedFile) bool { return f.What != "archive" })
}

func (d *decider) tellAside(reason string) {
	d.toClerks(nil, AsideLetter{From: d.in.From, Subject: d.bareSubject(d.in.Subject), Files: d.in.Locked, Reason: reason})
}

// machine keeps what a machine wrote on its case, silently but for two: a letter of ours that did not arrive is told,
// and an answer to an invitation is passed on, never obeyed.
func (d *decider) machine() {
	c := d.keep(string(d.in.Kind))
	d.end(ResultSilent, FolderMachine, "a machine's mail ("+string(d.in.Kind)+"): kept, nothing sent")
	switch b := d.in.Bounce; {
	case d.in.Kind == MailBounce && b != nil && b.Hard && d.f.Bounced != nil:
		d.end(ResultDone, FolderMachine, "the letter did not arrive: told")
		d.out.Bounced = b.Letter
		fail := *d.f.Bounced
		fail.Reason, fail.Braked = strings.TrimSpace("宛先のメールサーバーから、お届けできないとの通知がありました。"+b.Status), false
		if len(b.Recipients) > 0 {
			fail.To = b.Recipients
		}
		d.undelivered(fail)
	case d.in.Kind == MailCalendar && c != nil:
		d.in.Files = nil
		if role, doubt := d.writer(c); c.Registered() && role != RoleClerk && role != RoleConcierge && role != RoleStranger && d.passToConcierge(c, role, doubt) {
			d.end(ResultPassed, FolderMachine, "passed on")
		}
	}
}

// undelivered tells the concierge of the letter's case, else the clerk, what did not arrive.
func (d *decider) undelivered(fail DeliveryFailure) {
	if (fail.Kind == LetterReminder || fail.Kind == LetterFeedbackAsk) && !fail.Braked && !fail.Refused && fail.Tries == 0 {
		d.remindersWithdrawn(fail)
		return
	}
	content := UndeliveredLetter{Letter: LetterName(fail.Kind), Subject: d.bareSubject(fail.Subject), To: fail.To, Reason: fail.Reason, Braked: fail.Braked, Drafted: fail.Drafted}
	c := d.cases[fail.Case]
	if c != nil && !fail.Braked {
		d.referralLost(c, fail)
		if fail.Drafted {
			d.emit(c, "", &DraftWasWithdrawn{Letter: fail.Kind, Party: fail.Party, Reason: fail.Reason})
		} else {
			d.emit(c, RoleStranger, &LetterLost{Letter: fail.Kind, Party: fail.Party})
		}
		if s := c.Support(fail.Support); s.ID != "" && !s.Sent() && fail.Tries == 0 && slices.Contains(withReferral, fail.Kind) {
			return // it fell with its referral, which is told
		}
		if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok && fail.Party.Role != RoleOffice && !slices.Contains(fail.To, k.Mail) && !slices.Contains(fail.To, d.acting(k).Mail) {
			d.toConcierge(c, k, content, nil, false)
			return
		}
	}
	if fail.Kind == LetterUndelivered && !fail.Braked {
		return // what could not be told cannot be told by another letter of the same kind; the list shows it
	}
	before := len(d.out.Letters)
	d.toClerks(c, content)
	for i := before; i < len(d.out.Letters); i++ {
		d.out.Letters[i].First = fail.Braked // word of a brake is not held back by it
	}
}

// dropOvertaken takes out letters of an earlier part of the mail that a later part has made untrue: 回付 and then 辞退 in
// one まとめて. The outbox would stop them all the same.
func (d *decider) dropOvertaken() {
	var kept []Letter
	for i, l := range d.out.Letters {
		if c := d.cases[l.Case]; i < d.earlier && c != nil && d.mayLeave(l) != nil {
			d.referralLost(c, DeliveryFailure{Kind: l.Kind(), Support: l.Support})
			continue
		}
		kept = append(kept, l)
	}
	d.out.Letters = kept
}

// guard asks MayLeave for every letter when it is queued; a letter that may not leave is a fault of this program.
func (d *decider) guard() error {
	for _, l := range d.out.Letters {
		if err := d.mayLeave(l); err != nil {
			return fmt.Errorf("queue letter %s: %w", l.Kind(), err)
		}
	}
	return nil
}

// mayLeave asks the guard for a letter, of its case as decided so far. One that waits for 解除 is queued all the same.
func (d *decider) mayLeave(l Letter) error {
	for id, parts := range l.Departure().Parts(l.Case) {
		var c Case
		if held, ok := d.cases[id]; ok {
			c = *held
		} else if head, ok := d.f.Digest.Heads[id]; ok {
			c = head.Case()
		}
		for _, part := range parts {
			err := MayLeave(c, part, d.f.Roster, d.now)
			if g := (*Guard)(nil); errors.As(err, &g) && g.Wait {
				continue
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func clip(s string, n int) string {
	if rs := []rune(s); len(rs) > n {
		return string(rs[:n]) + "…"
	}
	return s
}
