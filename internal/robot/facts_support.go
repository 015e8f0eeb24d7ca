package robot

import (
	"context"
	"path/filepath"
	"strings"

	"uketsuke/internal/casework"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/seal"
)

// supportFacts looks up what the commands of a case after its registration ask for, and the codes that must not go on to
// another party.
func (r *Robot) supportFacts(o *loader, f *casework.Facts, in casework.Input, who casework.Sender) {
	if f.Thread != 0 && passes(in.Kind) {
		f.Codes = r.codesOf(o.cases[f.Thread], f)
	}
	if in.Call == nil {
		return
	}
	if in.Call.Name == casework.CmdBatch {
		r.lineFacts(o, f, in, who)
		return
	}
	call := in.Call
	if call.Inner != nil {
		call = call.Inner
	}
	c := o.cases[f.Thread]
	l := r.callFacts(o, c, call)
	f.Undo, f.Leaving, f.Password = l.Undo, l.Leaving, l.Password
	if s := c.SupportOf(who.Agency); s.ID != "" && call.Name == casework.CmdPassword {
		f.Kept = get(o, func() (kept string, err error) {
			kept, f.Accepted, err = o.l.KeptPassword(c.ID, s.ID)
			return kept, err
		})
	}
}

// callFacts looks up what a command asks for, in a mail of its own or in a line of まとめて.
func (r *Robot) callFacts(o *loader, c casework.Case, call *casework.Call) (l casework.LineFacts) {
	switch call.Name {
	case casework.CmdUndo:
		l.Undo = r.undoOf(o, c)
	case casework.CmdRefer, casework.CmdConsent, casework.CmdApprove:
		l.Leaving = r.leaving(o, c)
	case casework.CmdMerge:
		if len(call.Args) > 0 {
			o.load(get(o, func() (int64, error) { id, _, err := o.l.ByNumber(strings.ToUpper(call.Args[0])); return id, err }))
		}
	}
	if call.Name == casework.CmdRefer || call.Name == casework.CmdPassword {
		l.Password = get(o, func() (string, error) { return seal.NewPassword(r.Random) })
	}
	return l
}

// passes tells whether the words of a mail may go on to another party.
func passes(k casework.MailKind) bool {
	switch k {
	case casework.MailCommand, casework.MailReply, casework.MailOther, casework.MailCalendar, casework.MailEntry, casework.MailLocked:
		return true
	}
	return false
}

// codesOf are the keyed codes that are good in a case, by party.
func (r *Robot) codesOf(c casework.Case, f *casework.Facts) map[string][]string {
	out := map[string][]string{}
	for _, p := range c.Parties() {
		out[p.Key()] = r.Keys.GoodCodes(c.ID, p.Key(), f.Now, r.CodeDays)
	}
	return out
}

func (r *Robot) undoOf(o *loader, c casework.Case) casework.Undo {
	if c.Last == nil {
		return casework.Undo{}
	}
	return get(o, func() (casework.Undo, error) { return o.l.Undo(c.ID, c.Last.Event) })
}

// lineFacts are the facts of each line of まとめて. Lists and confirmations are for mails of their own.
func (r *Robot) lineFacts(o *loader, f *casework.Facts, in casework.Input, who casework.Sender) {
	for _, line := range in.Lines {
		one := casework.Facts{Now: f.Now, Numbers: f.Numbers, Roster: f.Roster}
		input := casework.Input{From: in.From, Call: line.Call, Tag: line.Tag}
		r.thread(o, &one, input, who)
		c := o.cases[one.Thread]
		var l casework.LineFacts
		if line.Call != nil {
			l = r.callFacts(o, c, line.Call)
		}
		l.Thread, l.ByTag, l.Code, l.Inquiry = one.Thread, one.ByTag, one.Code, one.Inquiry
		if one.Thread != 0 {
			l.Codes = r.codesOf(c, f)
		}
		f.Lines = append(f.Lines, l)
	}
}

// leaving looks at the sheet in force as a referral would send it: what is in it besides the form, names of other
// agencies included, and whether it can be protected.
func (r *Robot) leaving(o *loader, c casework.Case) casework.Leaving {
	if c.Sheet.Blob == "" {
		return casework.Leaving{}
	}
	book := get(o, func() ([]byte, error) { return r.blobs().Blob(context.Background(), c.Sheet.Blob) })
	if o.err != nil {
		return casework.Leaving{}
	}
	var out casework.Leaving
	if entrysheet.Sniff(book) == entrysheet.FormatXLS {
		out.Findings = append(out.Findings, "古い形式（.xls）のため、記載と見た目を写した .xlsx としてお送りします")
	}
	clean, err := leavingCopy(book, r.Intake.Limits)
	if err != nil {
		return casework.Leaving{Problem: "お預かりしているエントリーシート（" + c.Sheet.Name + "）は、当方では安全にお送りできる形にすることができません。"}
	}
	name := entrysheet.Read(clean, r.Intake.Layout, o.now, r.Intake.Limits).Name
	if found, err := entrysheet.Besides(clean, name, r.Intake.Limits); err == nil {
		for _, f := range found[:min(len(found), mostFindings)] {
			out.Findings = append(out.Findings, f.Words())
		}
	}
	if found, err := entrysheet.Mentions(clean, others(c), r.Intake.Limits); err == nil {
		for _, m := range found[:min(len(found), mostFindings)] {
			out.Findings = append(out.Findings, strings.TrimSpace("支援機関の名称「"+m.Name+"」の記載（"+m.Sheet+" "+m.Cell)+"）")
		}
	}
	return out
}

// mostFindings bounds what a letter tells of a workbook.
const mostFindings = 20

// others are the agencies of a case by name, and the one that its sheet wishes for: a provider is not to read of another.
func others(c casework.Case) []string {
	var names []string
	for _, s := range c.Supports {
		if !s.JETRO() {
			names = append(names, s.AgencyName)
		}
	}
	if wish := c.Entry.Addressee.Agency; wish != "" {
		names = append(names, wish)
	}
	return names
}

func baseName(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Base(path)
}
