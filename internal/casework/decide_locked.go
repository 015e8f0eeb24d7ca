package casework

import (
	"slices"
	"time"
)

// Locked files, mail.md "Passwords in". A mail of somebody who is known and proved waits in the inbox until the password
// of its file comes; the shell tries the words of the sender's mails, and what opens is decided as if it had come open.
// Everybody else's locked files are the clerk's to look at.

// Waiting is what of a mail waits for a password.
type Waiting struct {
	Agency   string   // roster code of the sender's agency, "" none
	Files    []string // paths of the locked files
	Sheets   []string // blobs of the mail's entry sheets that are decided: they are not decided again
	Evidence Evidence // who sent it was proved when it came
	Asked    bool     `json:",omitempty"` // its sender was asked for the password (process.md "The clock")
}

// locked decides a mail of which nothing could be opened.
func (d *decider) locked() {
	switch {
	case !d.who.Known() && onlyArchives(d.in.Locked):
		d.end(ResultOther, FolderStay, "an archive from a stranger: left for the people, unopened")
	case d.in.Late:
		d.aside("パスワードで保護されたファイルのパスワードが、7日のあいだに届きませんでした。")
	case d.waits():
		d.end(ResultWaiting, FolderStay, "locked: it waits for its password")
		d.toldBeside("開くことのできない添付ファイルがあります。")
	default:
		d.aside("開くことのできない添付ファイルがあります。")
	}
}

// waits lets the files wait that a password would open, where the sender is known and proved. It tells whether any does.
func (d *decider) waits() bool {
	if reason, _ := d.unproved(); reason != "" || !d.who.Known() {
		return false
	}
	w := &Waiting{Agency: d.who.Agency, Evidence: d.in.Evidence}
	for _, f := range d.in.Locked {
		if f.Waits {
			w.Files = append(w.Files, f.Name)
		}
	}
	if len(w.Files) == 0 {
		return false
	}
	for _, s := range d.in.Sheets {
		w.Sheets = append(w.Sheets, s.File.Blob)
	}
	d.in.Locked = slices.DeleteFunc(slices.Clone(d.in.Locked), func(f LockedFile) bool { return f.Waits })
	d.out.Wait = w
	return true
}

// waitsBeside lets locked files of a mail wait that was dealt with otherwise; what no password opens is told.
func (d *decider) waitsBeside(reason string) {
	if len(d.in.Locked) > 0 && d.waits() {
		d.end(d.out.Result, FolderStay, "another file of the mail waits for its password")
	}
	d.toldBeside(reason)
}

// toldBeside puts a mail aside that was dealt with but has a file besides that a person has to look at.
func (d *decider) toldBeside(reason string) {
	if len(d.in.Locked) == 0 {
		return
	}
	d.tellAside(reason)
	d.end(d.out.Result, FolderAside, "another file of the mail was put aside")
}

// hear lets the words of a mail be tried on locked files of the same sender: they count only where the sender is proved.
func (d *decider) hear() {
	switch d.in.Kind {
	case MailBroken, MailOwn, MailBounce, MailCalendar, MailAlarm, MailFailure:
		return
	}
	reason, _ := d.unproved()
	d.out.Heard = reason == "" && d.who.Known()
}

// bringsPassword keeps a reply that only brings a password from being passed on: it waits in the inbox for the file that it
// opens, and its words stand in no event.
func (d *decider) bringsPassword(c *Case) bool {
	if reason, _ := d.unproved(); !d.in.Password || reason != "" || !d.who.Known() {
		return false
	}
	d.emit(c, d.roleIn(c), &MessageKept{What: "password", Subject: clip(d.in.Subject, 200)})
	d.end(ResultWaiting, FolderStay, "brings a password: it waits for its file")
	return true
}

// askPassword asks the sender of locked files for their password, once: the person whom the roster has, at the address
// from which they came.
func (d *decider) askPassword(mails []LockedMail) {
	to := Address{Addr: mails[0].Sender}
	who := d.f.Roster.Sender(to, d.now)
	l := Letter{To: []Address{to}}
	switch a, ok := d.f.Roster.Agency(who.Agency, d.now); {
	case d.f.Roster.Frozen(to.Addr, who.Agency, d.now):
	case ok && !a.FaxOnly:
		l.Party, l.TextOnly, l.Charset = Party{RoleIntake, a.Code}, a.TextOnly, a.Charset
	case who.Concierge != "":
		l.Party = Party{RoleConcierge, who.Concierge}
	case who.Clerk:
		l.Party = Party{Role: RoleClerk}
	}
	if l.Party.Role == "" {
		d.end(ResultSilent, FolderStay, "nobody can be asked for the password")
		return
	}
	content := LockedAskLetter{}
	for _, m := range mails {
		if SameAddr(Address{Addr: m.Sender}, to) && !m.Asked {
			content.Mails = append(content.Mails, LockedAsk{Received: m.Since, Files: m.Files})
			d.out.Asked = append(d.out.Asked, m.Message)
		}
	}
	l.Content = withView(content, d.view(nil, l.Party, to))
	d.queue(nil, l)
	d.lastLetter().InReplyTo = mails[0].MessageID
	d.end(ResultDone, FolderStay, "asked for a password")
}

// PasswordsToAsk are the waiting mails whose senders are to be asked for the password now: one business day after they
// came, each once.
func PasswordsToAsk(mails []LockedMail, now time.Time, cal Calendar) (out []LockedMail) {
	for _, m := range mails {
		if !m.Asked && Day(cal.AddBusinessDays(m.Since, passwordAfter)) <= Day(now) {
			out = append(out, m)
		}
	}
	return out
}

// passwordAfter is the business days after which the sender of a locked file is asked for its password.
const passwordAfter = 1
