// Package intake makes a mail's raw bytes understood: the one function that read, try, replay and run all call.
//
//  1. inbound takes the mail apart: text, attachments, machine or person, evidence of the sender.
//  2. Each attachment is told by its bytes: entry sheet, other workbook, a file that nobody can open without help. ZIP
//     archives are opened, locked ones with the candidate passwords, and what is in them is told likewise.
//  3. command reads the subject: a command, a case tag.
//  4. The first kind that matches says what the mail is (mail.md "What is it?"); cases, roster and codes are not asked.
//
// Pure: bytes, a day and settings in, a value out; and in bounded time.
package intake

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/command"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/inbound"
)

// Settings are what understanding depends on; they do not change while the program runs.
type Settings struct {
	Inbound  inbound.Options
	Layout   *entrysheet.Layout
	Limits   entrysheet.Limits
	Commands *command.Parser
	// Passwords are candidates for locked files, the likeliest first.
	Passwords []string
	Office    func(addr string) string // the password agreed with the other office whose mailbox that is, "" none; nil: no office is known
	Mailbox   string                   // our own address; "" when the question is not asked (`read`)
	Within    time.Duration            // for one mail; 0 is 5 s
}

// Understood is a mail as this program understands it.
type Understood struct {
	Message *inbound.Message // nil when Err is set
	Files   []File
	Input   casework.Input
	Blobs   map[string][]byte // workbooks by hex SHA-256
	// Passwords are those under which entry sheets came, by the hex SHA-256 of the open workbook.
	Passwords map[string]string
	Hash      [32]byte
	Err       error // it could not be read at all; Input then is of kind broken
}

// Understand reads a mail. It never panics, never returns nil, and takes no longer than Settings.Within; today is the
// day for the sheet's date rules. A reading that takes longer is left to itself: it holds nothing but its bytes, and
// ends by the bounds on bytes, depth, parts and cells that every reader here has.
func Understand(raw []byte, today time.Time, s Settings) *Understood {
	within := s.Within
	if within <= 0 {
		within = defaultWithin
	}
	read := make(chan *Understood, 1)
	go func(s Settings) { read <- understand(raw, today, s) }(s)
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case u := <-read:
		return u
	case <-late.C:
		s.Inbound.Own = nil // whatever kept the reading busy, it is not asked again
		return broken(raw, &TimeError{within}, s)
	}
}

// defaultWithin is trust.md "Bounds": one mail, MIME parsing and workbooks together.
const defaultWithin = 5 * time.Second

// TimeError says that a mail took longer to understand than it may.
type TimeError struct{ Within time.Duration }

func (e *TimeError) Error() string {
	return fmt.Sprintf("understand mail: not done after %s: put it aside for a person", e.Within)
}

func understand(raw []byte, today time.Time, s Settings) (u *Understood) {
	defer func() {
		if r := recover(); r != nil {
			u = broken(raw, panicked(r), s)
		}
	}()
	m, err := inbound.Parse(raw, s.Inbound)
	if err != nil {
		return broken(raw, fmt.Errorf("understand mail: %w", err), s)
	}
	u = &Understood{Message: m, Hash: m.ContentHash, Blobs: map[string][]byte{}, Passwords: map[string]string{}}
	password := ""
	if signed(m) {
		password = s.officePassword(m)
		s.Passwords = nil
		if password != "" {
			s.Passwords = []string{password}
		}
	}
	x := newExaminer(today, s)
	for _, a := range m.Attachments {
		u.Files = append(u.Files, x.examine(a, 1))
	}
	u.Input = input(m, s)
	if signed(m) {
		u.transfer(s, password)
	} else {
		u.sheets(u.Files, "", s)
	}
	u.Input.Kind, u.Input.Why = u.kind()
	u.Input.Password = bringsPassword(u)
	u.passable(s)
	return u
}

// panicked is a fault of the program as an error. The value may hold what the mail says: only its type is told.
func panicked(r any) error {
	return fmt.Errorf("understand mail: panic (%T)\n%s", r, debug.Stack())
}

// header is inbound.ParseHeader that cannot panic.
func header(raw []byte, s Settings) (m *inbound.Message, err error) {
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, panicked(r)
		}
	}()
	return inbound.ParseHeader(raw, s.Inbound)
}

// Header understands a mail of which only the header was read, because it is larger than the office takes: it is put
// aside, whole, and the clerk is told. size is in bytes.
func Header(raw []byte, size int64, s Settings) (u *Understood) {
	defer func() {
		if r := recover(); r != nil {
			u = broken(raw, panicked(r), s)
		}
	}()
	m, err := header(raw, s)
	if err != nil {
		return broken(raw, err, s)
	}
	u = &Understood{Message: m, Hash: m.ContentHash, Input: input(m, s), Blobs: map[string][]byte{}}
	if kind := machine(m.Kind); kind != "" {
		u.Input.Kind, u.Input.Why = kind, m.Why
		return u
	}
	u.Input.Kind = casework.MailBroken
	u.Input.Why = fmt.Sprintf("メールの大きさ（%d MB）が、お受けできる上限を超えております。本文と添付ファイルは開いておりません。", size>>20)
	u.Input.Call = nil
	return u
}

// broken keeps what the header says of a mail that cannot be read; where even that is not to be had, only its bytes.
func broken(raw []byte, err error, s Settings) (u *Understood) {
	why := "メールの構造を読み取ることができませんでした。"
	var limit *inbound.LimitError
	var late *TimeError
	switch {
	case errors.As(err, &late), errors.As(err, &limit) && limit.Limit == "time":
		why = "メールの読み取りが、定められた時間内に終わりませんでした。"
	case errors.As(err, &limit) && limit.Limit == "bytes":
		why = "メールの大きさが、お受けできる上限を超えております。"
	case limit != nil:
		why = "メールの構造が、お受けできる範囲（階層・部品の数）を超えております。"
	}
	u = &Understood{Err: err, Hash: sha256.Sum256(raw), Blobs: map[string][]byte{}}
	u.Input = casework.Input{Kind: casework.MailBroken, Why: why}
	bare := *u
	defer func() {
		if recover() != nil {
			u = &bare
		}
	}()
	if m, herr := header(raw, s); herr == nil {
		u.Input = input(m, s)
		u.Input.Kind, u.Input.Why, u.Input.Call = casework.MailBroken, why, nil
	}
	return u
}

// input fills what the header and the text say.
func input(m *inbound.Message, s Settings) casework.Input {
	in := casework.Input{MessageID: m.MessageID, Subject: m.Subject, Date: m.Date, Text: m.Text, Quoted: m.Quoted, Authority: m.Authority,
		Evidence: casework.Evidence{State: casework.EvidenceState(m.Evidence.State), Text: evidenceText(m.Evidence)}}
	in.References = references(m)
	if from, ok := m.Sole(); ok {
		in.From = casework.Address(from)
	} else if len(m.From) > 0 {
		in.From = casework.Address(m.From[0])
	}
	if in.Authority == "" && s.Mailbox != "" && !m.AddressedTo(s.Mailbox) {
		in.Authority = "our address stands neither in To nor in Cc"
	}
	for _, a := range slices.Concat(m.To, m.Cc) {
		in.Recipients = append(in.Recipients, a.Addr)
	}
	p := s.Commands.Parse(m.Subject)
	in.Call, in.Tag, in.CallText = p.Call, p.Tag, p.Text
	if in.Call == nil {
		in.Call, in.CallText = firstLine(m.Text, s.Commands)
		in.First = firstWord(m.Text, s.Commands)
		if len(in.References) > 0 {
			in.Lines = batchLines(m.Text, s.Commands) // of an answer to a digest
		}
	} else if in.Call.Name == casework.CmdBatch {
		in.Lines = batchLines(m.Text, s.Commands)
	}
	return in
}

// firstWord takes a command that stands alone as the first new line of a body: the answer to a letter that asks one
// question. Whether the letter asks it is the core's to judge.
func firstWord(text string, p *command.Parser) *casework.Call {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = strings.TrimRight(strings.TrimSpace(line), "。．.")
	if len(line) > 60 {
		return nil
	}
	if c := p.Line(line); c != nil && c.Name != "" && len(c.Args) == 0 {
		return c
	}
	return nil
}

// batchLines are the lines of まとめて that are commands, or that name a case and so were meant to be. A number without
// brackets at the end of a line names its case, too.
func batchLines(text string, p *command.Parser) []casework.LineIn {
	var out []casework.LineIn
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || len(line) > 500 {
			continue
		}
		r := p.Parse(line)
		if r.Call != nil && r.Tag.Number == "" && len(r.Call.Args) > 0 {
			last := len(r.Call.Args) - 1
			if number := strings.ToUpper(r.Call.Args[last]); isCaseNumber(number) {
				r.Tag.Number, r.Call.Args = number, r.Call.Args[:last]
			}
		}
		if r.Call != nil || r.Tag.Number != "" {
			out = append(out, casework.LineIn{Text: strings.TrimSpace(r.Text), Call: r.Call, Tag: r.Tag})
		}
	}
	return out
}

func isCaseNumber(s string) bool {
	kind, ok := casework.ParseNumber(s)
	return ok && kind != casework.NumberNone && kind != casework.NumberMember
}

// firstLine takes a confirmation that was written as the first new line of a reply.
func firstLine(text string, p *command.Parser) (*casework.Call, string) {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > 200 {
		return nil, ""
	}
	if c := p.Line(line); c != nil && c.Name == casework.CmdConfirm && len(c.Args) == 1 {
		return c, line
	}
	return nil, ""
}

// references are the ids of the thread, the newest first.
func references(m *inbound.Message) []string {
	var out []string
	seen := map[string]bool{}
	add := func(id string) {
		if id != "" && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	for _, id := range m.InReplyTo {
		add(id)
	}
	for i := len(m.References) - 1; i >= 0; i-- {
		add(m.References[i])
	}
	return out
}

func evidenceText(e inbound.Evidence) string {
	var parts []string
	for _, p := range [][2]string{{"dmarc", e.DMARC}, {"dkim", e.DKIM}, {"spf", e.SPF}} {
		if p[1] != "" {
			parts = append(parts, p[0]+"="+p[1])
		}
	}
	if e.Authserv != "" {
		parts = append(parts, "("+e.Authserv+")")
	}
	if e.Why != "" {
		parts = append(parts, e.Why)
	}
	return strings.Join(parts, " ")
}

// kind is the first sign that matches, mail.md "What is it?".
func (u *Understood) kind() (casework.MailKind, string) {
	if u.Input.Transfer != nil {
		return casework.MailTransfer, "the sign of another office's robot"
	}
	if k := machine(u.Message.Kind); k != "" {
		return k, u.Message.Why
	}
	in := &u.Input
	switch {
	case in.Call != nil:
		return casework.MailCommand, "the subject is a command"
	case len(in.Sheets) > 0:
		return casework.MailEntry, "an entry sheet inside"
	case len(in.Locked) > 0:
		return casework.MailLocked, "a file that cannot be opened here: " + in.Locked[0].What
	case in.Tag.Number != "":
		return casework.MailReply, "a case tag in the subject"
	}
	return casework.MailOther, "nothing else matches"
}

func machine(k inbound.Kind) casework.MailKind {
	switch k {
	case inbound.KindOwn:
		return casework.MailOwn
	case inbound.KindBounce:
		return casework.MailBounce
	case inbound.KindAutomatic:
		return casework.MailAutomatic
	case inbound.KindCalendar:
		return casework.MailCalendar
	}
	return ""
}
