package casework

import (
	"strings"
	"time"
)

// Where the evidence of a command is weak, a one-time word to the rostered address confirms it (trust.md "Confirmation").

// old tells whether a command's mail was written so long before it came that somebody else may have sent it again
// (trust.md S2). One that has waited in the mailbox while the robot stood still is not old.
func (d *decider) old(call *Call) bool {
	return rules[call.Name].need != needNothing && d.stale()
}

func (d *decider) stale() bool {
	return !d.confirmed && !d.in.Date.IsZero() && d.in.Arrived.Sub(d.in.Date) > 7*24*time.Hour
}

// confirmFirst has a command confirmed before it is done; what is only tried is not.
func (d *decider) confirmFirst(c *Case, role Role) {
	if d.within {
		d.end(ResultConfirm, FolderDone, "would be confirmed")
		return
	}
	d.askConfirmation(c, role)
}

// openPending lets a command wait for the one-time word from an address; one is open per address and case at a time.
func (d *decider) openPending(to Address) bool {
	if d.f.PendingOf { // no second letter, but the mail stays where people see it
		d.end(ResultConfirm, FolderStay, "a confirmation is open already: left for the people")
		return false
	}
	d.out.Ask = &Pending{Word: d.f.Word, Input: d.in, To: to, Expires: d.f.Calendar.AddBusinessDays(d.now, 2), Case: d.f.Thread}
	return true
}

// askConfirmation sends a one-time word to the sender's rostered address.
func (d *decider) askConfirmation(c *Case, role Role) {
	if !d.openPending(d.in.From) {
		return
	}
	before := len(d.out.Letters)
	d.toSender(c, role, ConfirmLetter{Command: d.commandFor(c, role), Subject: d.sayable(c, role, d.bareSubject(d.in.Subject)), Sent: d.in.Date, Word: d.f.Word, Expires: d.out.Ask.Expires})
	for i := before; i < len(d.out.Letters); i++ {
		d.out.Letters[i].Always = role == RoleClerk && d.in.Call.Name == CmdStartAll
	}
	d.end(ResultConfirm, FolderDone, "confirmation asked for: "+d.evidenceText())
}

// confirm carries out the command whose one-time word came back from the rostered address, decided anew now. Whether
// a word belongs to somebody else, was used or never was, gets the same answer; 確認 in plain prose is no word at all.
func (d *decider) confirm() {
	p := d.f.Pending
	switch {
	case d.in.Evidence.State == EvidenceFail:
		d.end(ResultOther, FolderStay, "the evidence failed: the confirmation is not believed, left for the people")
		return
	case p == nil && !isWord(d.in.Call.Args) && len(d.in.Sheets) > 0:
		d.entries()
		return
	case p == nil && !isWord(d.in.Call.Args):
		d.reply()
		return
	case p == nil || p.Input.Call == nil || p.Input.Call.Name == CmdConfirm || !SameAddr(p.To, d.in.From):
		d.refuse(nil, "お送りいただいた確認の語では、お待ちしているお手続きが見当たりませんでした。すでにお手続きが済んでいるか、期限が過ぎている場合がございます。お手数ですが、もとのご指示をあらためてお送りください。")
		return
	case d.now.After(p.Expires):
		d.out.Used = p.Word
		d.refuse(d.cases[d.f.Thread], "確認の期限が過ぎております。お手数ですが、もとのご指示をあらためてお送りください。")
		return
	}
	evidence := d.in.Evidence
	d.out.Used = p.Word
	d.in, d.confirmed, d.confirmedBy = p.Input, true, p.To
	d.in.Evidence = evidence
	d.who = d.f.Roster.Sender(d.in.From, d.now) // 連絡先変更 is confirmed by the agency's window, whoever asked for it
	d.command()
}

// isWord tells whether the arguments of 確認 look like a one-time word: letters and digits of ASCII, none of prose.
func isWord(args []string) bool {
	return len(args) == 1 && len(args[0]) >= 6 && !strings.ContainsFunc(args[0], func(r rune) bool {
		return r > 'z' || r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a'
	})
}
