package casework

import (
	"fmt"
	"slices"
	"strings"
)

// remind writes one reader's letter of the day: what the table says is due of the cases that are named, as they stand
// now. Nothing is due twice: the event that says so is of the same transaction.
func (d *decider) remind() {
	in := d.in.Remind
	if in == nil || d.f.Stopped {
		d.end(ResultSilent, FolderStay, "nobody is reminded")
		return
	}
	if len(in.Locked) > 0 {
		d.askPassword(in.Locked)
		return
	}
	var lines []dueLine
	for _, s := range d.f.Due {
		c := d.cases[s.Case]
		if c == nil || !slices.Contains(in.Cases, s.Case) {
			continue
		}
		for _, r := range d.readers(c, s) {
			if r.reader == in.Reader {
				lines = append(lines, dueLine{c, s, r})
			}
		}
	}
	if len(lines) == 0 {
		d.end(ResultSilent, FolderStay, "nothing is due any more")
		return
	}
	for _, l := range lines {
		d.noteReminded(l)
	}
	d.remindReader(lines)
	d.end(ResultDone, FolderStay, fmt.Sprintf("reminded of %d", len(lines)))
}

// dueLine is what one reader is told of one step.
type dueLine struct {
	c    *Case
	step DueStep
	reading
}

// noteReminded records the step.
func (d *decider) noteReminded(l dueLine) {
	w := l.step.Wait
	d.emit(l.c, RoleStranger, &Reminded{Wait: w.Kind, Support: w.Support, Party: w.Party, Since: w.Since, Step: l.step.Step, Whom: l.whom})
}

// remindReader queues the letter: of one case, where all lines are of one; a feedback request where nothing else is due.
func (d *decider) remindReader(lines []dueLine) {
	first := lines[0]
	if first.reader.Role != "" {
		d.remindOffice(lines)
		return
	}
	if len(lines) == 1 && first.step.Wait.Kind == WaitFeedback && first.whom == WhomParty {
		s := first.c.Support(first.step.Wait.Support)
		d.about(s.ID)
		own := d.supportFor(first.c, s, RoleProvider)
		d.toProviderAt(first.c, s, first.to, FeedbackRequestLetter{Support: own, Last: own.Last, Readers: []string{"担当コンシェルジュ", "紹介元の支援機関"}}, nil)
		d.about("")
		d.lastLetter().Cc = nil // the window may get a mail of its own this day
		return
	}
	l := Letter{Party: first.party, To: []Address{first.to}}
	if a, ok := d.f.Roster.Agency(first.party.Code, d.now); ok {
		l.TextOnly, l.Charset = a.TextOnly, a.Charset
	}
	d.queueReminder(l, first.to, lines)
}

// remindOffice writes to the clerks, or to the concierge who acts: one letter for the own cases and those of whom it stands
// in for. The absent one gets no copy: it would tell of the deputy's own cases.
func (d *decider) remindOffice(lines []dueLine) {
	first := lines[0]
	l, reader := Letter{Party: first.party, To: []Address{first.to}}, first.to
	if first.reader.Role == RoleClerk {
		if l.To, reader = d.clerks(), (Address{Name: "事務局ご担当者"}); len(l.To) == 0 {
			return
		}
	}
	d.queueReminder(l, reader, lines)
}

// queueReminder makes one letter of the lines.
func (d *decider) queueReminder(l Letter, reader Address, lines []dueLine) {
	content, alone := ReminderLetter{}, lines[0].c
	for _, line := range lines {
		one := d.reminderLine(line)
		if slices.ContainsFunc(content.Lines, func(o ReminderLine) bool { return o.of() == one.of() }) {
			continue
		}
		content.Lines = append(content.Lines, one)
		if line.c != alone {
			alone = nil
		}
	}
	v := d.view(alone, l.Party, reader)
	v.Offers = nil
	l.Content = withView(content, v)
	if alone != nil && len(content.Lines) == 1 {
		d.about(content.Lines[0].Support)
		defer d.about("")
	}
	d.queue(alone, l)
	last := d.lastLetter()
	if alone == nil {
		last.Secrets = inLetters(d.secretsOf(lines))
		return
	}
	last.Number = content.Lines[0].Number
	if l.Party.Role == RoleProvider {
		last.Version = visibleVersion(*alone, alone.SupportOf(l.Party.Code))
	}
}

// of is what a line tells: two readers of one step that are the same person read it once.
func (l ReminderLine) of() (told struct {
	Line
	What string
}) {
	told.Line, told.What = l.Line, l.What
	told.Whom = ""
	return told
}

// remindersWithdrawn takes note of a reminder that was overtaken before it left. Nobody has to be told.
func (d *decider) remindersWithdrawn(fail DeliveryFailure) {
	lines := fail.Lines
	if fail.Kind == LetterFeedbackAsk {
		lines = []Line{{Case: fail.Case, Wait: WaitFeedback, Support: fail.Support, Awaited: RoleProvider, Step: 1, Whom: WhomParty}}
	}
	for _, l := range lines {
		if c := d.cases[l.Case]; c != nil {
			d.emit(c, RoleStranger, &ReminderWithdrawn{Wait: l.Wait, Support: l.Support, Role: l.Awaited, Step: l.Step, Whom: l.Whom})
		}
	}
}

// secretsOf are the values of all these cases that the reader may not see in its own; what the letter says of one case
// anyway is no secret of another: a company may have two.
func (d *decider) secretsOf(lines []dueLine) []Secret {
	var out []Secret
	shown := ""
	for _, l := range lines {
		shown += "\n" + Disclose(*l.c, l.party).Company
	}
	shown = foldScan(shown)
	for _, l := range lines {
		for _, s := range d.secretsFor(l.c, l.party) {
			if !slices.Contains(out, s) && !strings.Contains(shown, s.Value) {
				out = append(out, s)
			}
		}
	}
	return out
}

// reminderLine is what a reader reads of one step.
func (d *decider) reminderLine(l dueLine) ReminderLine {
	w, v := l.step.Wait, Disclose(*l.c, l.party)
	s := l.c.Support(w.Support)
	line := ReminderLine{Line: Line{Case: l.c.ID, Party: l.party, Sheet: v.Company != "", Version: v.Version, Wait: w.Kind, Support: w.Support, Awaited: w.Party.Role,
		Step: l.step.Step, Whom: l.whom},
		Number: v.Number, Company: v.Company, What: d.asked(l.c, s, w, l.party), Since: w.Since, Via: l.via}
	if l.party.Role == RoleProvider {
		line.Number = s.ID
	}
	if l.party.Role != w.Party.Role && !l.via {
		line.Tell = d.awaitedText(s, w.Party)
	}
	for _, o := range offers(l.c, l.party) {
		if slices.Contains(answersTo[w.Kind], o.Command) && (len(o.Args) == 0 || w.Support == "" || slices.Contains(o.Args, s.Agency) || slices.Contains(o.Args, s.ID)) && !slices.Contains(d.f.Off, o.Command) && !l.via {
			o.Case, o.Number, o.Party = l.c.ID, line.Number, l.party
			line.Offers = append(line.Offers, o)
		}
	}
	return line
}

// answersTo are the commands that answer what is waited for, or go on from there.
var answersTo = map[WaitKind][]CommandName{
	WaitDecision: {CmdApprove, CmdReject}, WaitCorrection: {}, WaitTake: {CmdTake}, WaitStep: {CmdInquire, CmdMeet, CmdClose}, WaitResume: {CmdResume},
	WaitInquiry: {CmdAvailable, CmdUnavailable, CmdPassOver}, WaitAsk: {CmdAskConsent, CmdPassOver}, WaitConsent: {CmdConsent, CmdDecline},
	WaitApproval: {CmdApprove}, WaitRefer: {CmdRefer}, WaitHost: {CmdHost}, WaitReport: {CmdFeedback}, WaitFeedback: {CmdFeedback},
	WaitForm: {}, WaitRecall: {CmdRecall},
}

// asked is what is waited for as its reader knows it.
func (d *decider) asked(c *Case, s Support, w Wait, reader Party) string {
	switch w.Kind {
	case WaitInquiry:
		return "支援可否のご照会へのお返事"
	case WaitConsent:
		return "「" + s.AgencyName + "」へのご紹介についてのご意向（了承または辞退）"
	case WaitHost:
		return "受入担当者（部署・担当者・初回連絡方法）のお知らせ"
	case WaitFeedback:
		if reader.Role != RoleProvider {
			return strings.TrimSpace(s.AgencyName+" "+s.Service) + "からの支援状況のご報告"
		}
		return "支援状況のご報告"
	case WaitCorrection:
		return fmt.Sprintf("エントリーシートのご確認（%d件）", len(c.Problems))
	case WaitRecall:
		return "お送りした資料の廃棄のご確認"
	}
	if s.ID != "" && inside(reader) {
		return waitNames[w.Kind] + "（" + s.name() + "）"
	}
	return waitNames[w.Kind]
}

// awaitedText names who is waited for, to somebody else.
func (d *decider) awaitedText(s Support, p Party) string {
	if p.Role == RoleProvider {
		return s.AgencyName
	}
	return partyNames[p.Role]
}
