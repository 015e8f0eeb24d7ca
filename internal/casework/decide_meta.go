package casework

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Commands about commands: 直前取消 takes the last one back, テスト only says what it would do, まとめて has many in one mail.

// undo is 直前取消: all letters of the case's last command are taken back, or none.
func (d *decider) undo(role Role, c *Case) {
	last := c.Last
	switch {
	case last == nil:
		d.refuse(c, "取り消すことのできる直前のご指示は見当たりませんでした。")
		return
	case !d.gave(last, c):
		problem := "取り消すことのできる直前のご指示は見当たりませんでした。"
		if inside(Party{Role: role}) {
			problem = "直前のご指示「" + last.Command + "」は、ほかの方（" + partyNames[last.By.Role] + "）からのものですので、取り消しを承ることができません。"
		}
		d.refuse(c, problem)
		return
	case d.f.Undo.Gone > 0 || len(d.f.Undo.Waiting) == 0:
		d.refuse(c, "直前のご指示「"+last.Command+"」のメールはすでに送信されておりますので、取り消すことができません。お手数ですが、あらためて必要なご指示をお送りください。")
		return
	}
	var forget []string
	for _, s := range c.Supports {
		if s.Referral.Times > last.Before.Support(s.ID).Referral.Times {
			forget = append(forget, s.ID)
		}
	}
	n := len(d.f.Undo.Waiting)
	d.emit(c, role, &CommandUndone{Command: last.Command})
	d.out.Withdraw = append(d.out.Withdraw, d.f.Undo.Waiting...)
	d.out.Forget = append(d.out.Forget, forget...)
	d.answer(c, role, fmt.Sprintf("直前のご指示「%s」を取り消し、お送りする予定だったメール%d通を取りやめました。", last.Command, n), "")
}

// gave tells whether the sender gave a command: in any of the parts that they play.
func (d *decider) gave(last *LastCommand, c *Case) bool {
	return slices.Contains(d.roles(c), last.By.Role) && last.By.Code == d.actor(last.By.Role).Code
}

// dryRun is テスト: what the command behind it would do, with nothing done.
func (d *decider) dryRun(call *Call, role Role, c *Case) {
	if call.Inner == nil || call.Inner.Name == CmdDryRun || call.Inner.Name == CmdBatch || call.Inner.Name == CmdConfirm {
		d.refuseWith(c, "「テスト」のあとに、お試しになるご指示をお書きください（例：テスト 打診 機関コード）。", nil, nil)
		return
	}
	sub := d.sub(*d.in.withCall(call.Inner, strings.TrimSpace(strings.TrimPrefix(d.commandText(), string(CmdDryRun)))), d.f)
	sub.command()
	line := sub.transcript()
	tried := d.sayable(c, role, line.Command)
	if tried == "" {
		tried = string(call.Inner.Name)
	}
	done := "「" + tried + "」をお送りいただいた場合の結果をお知らせいたします。まだ何も行っておりません。"
	var lines []string
	if text := d.sayable(c, role, line.Text); text != "" {
		lines = append(lines, text)
	}
	d.toSender(c, role, AnswerLetter{Command: d.commandFor(c, role), Done: done, Lines: lines, Sent: d.sentFor(c, role, sub.sentNotes())})
}

// withCall is the mail with another command in the place of its own.
func (in Input) withCall(call *Call, text string) *Input {
	in.Call, in.CallText = call, text
	return &in
}

// sub is a decider of its own over copies of the cases: what it decides does not count until it is taken over.
func (d *decider) sub(in Input, f Facts) *decider {
	cases := map[int64]Case{}
	for id, c := range d.cases {
		cases[id] = *c
	}
	f.Numbers = d.out.Numbers
	sub := newDecider(cases, in, f)
	sub.confirmed, sub.within = d.confirmed, true
	return sub
}

// transcript is what a decision did, in one line.
func (d *decider) transcript() TranscriptLine {
	t := TranscriptLine{Command: d.commandText(), Number: d.in.Tag.Number, Done: d.out.Result == ResultDone || d.out.Result == ResultRegistered}
	for _, l := range d.out.Letters {
		switch content := l.Content.(type) {
		case AnswerLetter:
			if l.answer {
				t.Text = strings.TrimSpace(content.Done + strings.Join(content.Lines, " "))
			}
		case RefusalLetter:
			t.Text, t.Done = content.Problem, false
		case StatusLetter, ListLetter, HelpLetter, CertificateLetter, MembershipLetter:
			if l.answer {
				t.Text = "「" + LetterName(l.Kind()) + "」をお送りします。"
			}
		}
	}
	if t.Text == "" && d.out.Result == ResultConfirm {
		t.Text = "ご本人の確認が必要なご指示のため、件名に単独でお書きのうえお送りください。"
	}
	if t.Text == "" {
		t.Text = "承ることができませんでした。"
	}
	return t
}

// mostErrors is how many lines of まとめて may fail before the rest is left.
const mostErrors = 5

// batch is まとめて: one command a line, one transcript.
func (d *decider) batch(role Role) {
	if len(d.in.Lines) == 0 {
		d.refuse(nil, "本文にご指示が見当たりませんでした。1行に一つずつ、「引受 2026-KOB-00042-5」のように番号を添えてお書きください。")
		return
	}
	t := TranscriptLetter{}
	for i, line := range d.in.Lines {
		if t.Errors == mostErrors {
			t.Stopped = true
			break
		}
		done := d.batchLine(i, line, &t)
		t.Lines = append(t.Lines, done)
		if !done.Done {
			t.Errors++
		}
	}
	d.dropMoot()
	d.toSender(nil, role, t)
	d.end(ResultDone, FolderDone, fmt.Sprintf("まとめて: %d lines, %d errors", len(t.Lines), t.Errors))
}

// alone are the commands that need a mail of their own: what they ask about stands in no line.
var alone = []CommandName{CmdDryRun, CmdVerify, CmdList, CmdRegister, CmdAmend, CmdUndo, CmdFreeze, CmdThaw, CmdAbsent, CmdContacts}

// dropMoot drops letters of earlier lines that a later line has made moot: each passed the guard when its line was done.
func (d *decider) dropMoot() {
	d.out.Letters = slices.DeleteFunc(d.out.Letters, func(l Letter) bool { return d.mayLeave(l) != nil })
	d.settled = len(d.out.Letters)
}

// batchLine carries one line out and takes over what it decided, all but its answer.
func (d *decider) batchLine(i int, line LineIn, t *TranscriptLetter) TranscriptLine {
	notDone := TranscriptLine{Command: clip(d.withoutCodes(line.Text), 100), Number: line.Tag.Number}
	switch {
	case line.Call == nil || line.Call.Name == CmdBatch || line.Call.Name == CmdConfirm:
		notDone.Text = "ご指示として読み取ることができませんでした。"
		return notDone
	case slices.Contains(alone, line.Call.Name) || line.Call.Name == CmdAssign && wantsAll(line.Call.Args):
		notDone.Text = "「まとめて」では承ることができません。件名に単独でお書きのうえお送りください。"
		return notDone
	}
	in := d.in
	in.Call, in.CallText, in.Tag, in.Text, in.Lines, in.Files, in.Sheets = line.Call, line.Text, line.Tag, "", nil, nil, nil
	f := d.f
	if i < len(f.Lines) {
		l := f.Lines[i]
		f.Thread, f.ByTag, f.Code, f.Inquiry, f.Undo, f.Leaving, f.Codes, f.Password = l.Thread, l.ByTag, l.Code, l.Inquiry, l.Undo, l.Leaving, l.Codes, l.Password
		f.Letter = ThreadLetter{}
	}
	sub := d.sub(in, f)
	sub.command()
	sub.delay()
	done := sub.transcript()
	if !done.Done {
		return done
	}
	if err := sub.guard(); err != nil {
		done.Done, done.Text = false, "お送りできないメールがありましたので、何も行っておりません。"
		return done
	}
	d.takeOver(sub)
	t.Sent = append(t.Sent, sub.sentNotes()...)
	return done
}

// takeOver makes what a sub-decider decided our own.
func (d *decider) takeOver(sub *decider) {
	maps.Copy(d.cases, sub.cases)
	d.out.Events = append(d.out.Events, sub.out.Events...)
	for _, l := range sub.out.Letters {
		if _, plain := l.Content.(AnswerLetter); l.answer && plain {
			continue
		}
		d.out.Letters = append(d.out.Letters, l)
	}
	for _, id := range sub.out.Cases {
		if !slices.Contains(d.out.Cases, id) {
			d.out.Cases = append(d.out.Cases, id)
		}
	}
	d.settled, d.earlier = len(d.out.Letters), len(d.out.Letters)
	d.out.Numbers = sub.out.Numbers
	d.out.Withdraw = append(d.out.Withdraw, sub.out.Withdraw...)
	d.out.Keep = append(d.out.Keep, sub.out.Keep...)
	d.out.Forget = append(d.out.Forget, sub.out.Forget...)
	if sub.out.Stop != nil {
		d.out.Stop, d.f.Stopped = sub.out.Stop, *sub.out.Stop
	}
}
