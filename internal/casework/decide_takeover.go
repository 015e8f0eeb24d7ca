package casework

import (
	"maps"
	"slices"
	"strings"
)

// fromOffice decides a mail that carries the sign of another office's robot. The sign is no proof: it counts only from the
// mailbox of an office that is known here, with evidence, and what it brings only where the agreed password opened it. From
// anybody else the mail is what every machine's is.
func (d *decider) fromOffice() {
	from, known := officeAt(d.f.Roster.Offices(d.now), d.in.From)
	if !known || d.in.Transfer == nil {
		d.machine()
		return
	}
	if reason, detail := d.unproved(); reason != "" {
		d.asideOf(from, joinLines("差出人が本当に"+from.Name+"であることを、メールの情報からは確かめられませんでした。案件は登録しておりません。"+from.Name+"にお電話でお確かめのうえ、再送をご依頼ください。", detail))
		return
	}
	switch t := d.in.Transfer; {
	case t.Taken != "":
		d.takenThere(from, t.Taken)
	case t.Bundle == nil:
		d.asideOf(from, t.Problem+"案件は登録しておりません。"+from.Name+"と取り決めたパスワードをご確認のうえ、再送をご依頼ください。添付のファイルは、そのパスワードでお開きになれます。")
	default:
		d.takeCase(from, *t.Bundle)
	}
}

// asideOf leaves another office's mail to a person.
func (d *decider) asideOf(from OtherOffice, reason string) {
	d.keep(string(MailTransfer))
	d.aside("「移管」のメール（" + from.Name + "）について：" + strings.TrimSpace(reason))
}

// takenThere notes another office's answer. It has to answer our very letter, whose Message-ID nobody can guess.
func (d *decider) takenThere(from OtherOffice, receipt string) {
	c := d.cases[d.f.Thread]
	if !moved(c) || c.Transfer.Office != from.Code || d.f.Letter.Kind != LetterTransfer || d.f.Letter.Party.Code != from.Code {
		d.machine()
		return
	}
	if c.Transfer.Receipt == "" {
		d.emit(c, RoleOffice, &TransferTaken{Receipt: receipt})
	}
	d.end(ResultDone, FolderMachine, "case "+c.Number()+" was taken over by "+from.Code)
}

// takeCase opens the case that another office hands over, or takes one back that went there.
func (d *decider) takeCase(from OtherOffice, b Bundle) {
	b.Office, b.OfficeName = from.Code, from.Name // as known here
	c := d.caseOf(b)
	switch {
	case c == nil && officePart(b.Registration) == d.f.Office.Code:
		d.asideOf(from, "登録番号 "+b.Registration+" は当事務所の番号ですが、該当する案件が見当たりません。案件は登録しておりません。")
		return
	case c == nil:
		c = d.newCase()
	case c.Origin.Office == from.Code && c.Origin.Receipt == b.Receipt && !moved(c): // the very same again: the first answer again
		d.emit(c, RoleOffice, &SheetSentAgain{MessageID: d.in.MessageID})
		d.toOffice(c, from, TransferTakenLetter{}, nil)
		d.end(ResultDuplicate, FolderDone, "was taken over before as "+c.Receipt)
		return
	case !moved(c) || c.Transfer.Office != from.Code:
		d.asideOf(from, "登録番号 "+b.Registration+" の案件は、すでに当事務所にございます（"+c.Receipt+"、現在の段階は「"+c.Stage.Japanese()+"」）。")
		return
	}
	m, found := d.f.Roster.FindAgency(b.AgencyName, d.now)
	p := &CaseTakenOver{Bundle: b, MessageID: d.in.MessageID}
	if found && !m.Guessed && !m.Closed {
		p.Agency = m.Code
	}
	if c.Receipt == "" {
		p.Receipt = d.out.Numbers.nextReceipt()
	}
	d.emit(c, RoleOffice, p)
	a, ok := d.f.Roster.Agency(p.Agency, d.now)
	r := ResultHeld
	if ok {
		r = d.register(c, p.Agency, d.agencyAddress(c, a))
	} else {
		d.hold(c, EntryHeld{Reason: HoldAgency, Detail: b.AgencyName + "（" + from.Name + "からの移管）", Nearest: m.Code})
	}
	d.toOffice(c, from, TransferTakenLetter{}, nil)
	d.out.Results = []Result{r}
	d.end(r, FolderDone, "taken over from "+from.Code)
}

// caseOf finds the case here that a bundle is about: one that came with it before, or one of ours that comes back. What was
// not taken (受付不可) may be sent anew.
func (d *decider) caseOf(b Bundle) *Case {
	for _, id := range slices.Sorted(maps.Keys(d.cases)) {
		c := d.cases[id]
		if c.Stage != StageRejected && (c.Registration == b.Registration || c.Origin.Registration == b.Registration) {
			return c
		}
	}
	return nil
}

// officePart is KOB of 2026-KOB-00042-5.
func officePart(registration string) string {
	if parts := strings.Split(registration, "-"); len(parts) == 4 {
		return parts[1]
	}
	return ""
}

// formerMember is the member number that another office gave, "" where it is the company's still.
func formerMember(c *Case) string {
	if c.Origin.Member == c.Member {
		return ""
	}
	return c.Origin.Member
}

// TakenProblems are the questions about a sheet that another office has registered: nothing of it is asked again, all is told.
func TakenProblems(ps []Problem) []Problem {
	out := slices.Clone(ps)
	for i := range out {
		out[i].Severity, out[i].Unreadable = SeverityWarning, false
	}
	return out
}
