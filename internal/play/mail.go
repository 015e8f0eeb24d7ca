package play

import (
	"fmt"
	"slices"
	"strings"

	"uketsuke/internal/casework"
)

// order makes a command of somebody about a case, or with a nil call a plain mail, as people send them: most often in
// reply, with tag and code, and with pass; with any body and files.
func (p *Play) order(who person, c casework.Case, call *casework.Call) casework.Input {
	in := casework.Input{Kind: casework.MailCommand, From: who.Address, Evidence: p.evidence(), Call: call}
	if call != nil {
		in.CallText = strings.TrimSpace(string(call.Name) + " " + strings.Join(call.Args, " "))
	}
	if d := who.Addr[strings.LastIndexByte(who.Addr, '@')+1:]; d != "" {
		in.MessageID = fmt.Sprintf("mail-%d@%s", p.mails+1, d)
	}
	in.Tag = p.tag(who, c)
	in.Subject = fmt.Sprintf("%s [登録 %s %s]", in.CallText, in.Tag.Number, in.Tag.Code)
	if p.mails < 4 { // the first mails bring the cases
		return in
	}
	in.Text = p.text(who, c)
	if p.between(0, 9) > 3 {
		p.answers(&in, who, c)
	}
	if p.between(0, 9) == 0 {
		in.Files = p.attached(who, c)
	}
	return in
}

func (p *Play) evidence() casework.Evidence {
	if p.mails < 4 {
		return passed
	}
	state := casework.EvidencePass
	if p.one(6) {
		state = pick(p, []casework.EvidenceState{casework.EvidenceWeak, casework.EvidenceNone, casework.EvidenceFail, casework.EvidenceUnconfigured})
	}
	return casework.Evidence{State: state, Text: "dmarc=" + string(state)}
}

// tag names the case, or for an agency that was asked its inquiry, with a code: one's own most often.
func (p *Play) tag(who person, c casework.Case) casework.Tag {
	tag := casework.Tag{Number: c.Number()}
	if s := c.SupportOf(who.agency); s.ID != "" && who.agency != c.Agency {
		tag.Number = s.ID
	}
	parts := p.partsOf(who.Addr, c)
	switch n := 0; {
	case p.mails >= 4:
		n = p.between(0, 29)
		if n == 1 {
			return casework.Tag{Number: tag.Number}
		}
		if n == 2 {
			tag.Code = "wrong22"
			return tag
		}
		if n == 3 { // somebody else's
			parts = p.parties(c)
		}
		if own := inquiries(who, c); n > 3 && n < 9 && len(own) > 0 && who.agency != c.Agency { // an inquiry from before
			tag.Number = pick(p, own)
		}
	}
	if len(parts) > 0 {
		tag.Code = p.goodCodes(c.ID, parts[len(parts)-1])[0]
	}
	return tag
}

// inquiries are the numbers of all inquiries that an agency has got in a case.
func inquiries(who person, c casework.Case) []string {
	var out []string
	for _, s := range c.Supports {
		if s.Agency == who.agency && who.agency != "" {
			out = append(out, s.ID)
		}
	}
	return out
}

// answers lets a mail answer a letter of the case.
func (p *Play) answers(in *casework.Input, who person, c casework.Case) {
	if m := p.anyLetter(c, func(m *posted) bool { return m.left && got(m, who) }); m != nil {
		in.References = []string{p.messageID(m)}
	}
}

// got tells whether somebody, or a colleague, has got a letter.
func got(m *posted, who person) bool {
	return slices.ContainsFunc(m.letter.Departure().To, func(addr string) bool {
		return addr == who.Addr || who.agency != "" && byAddress[addr].agency == who.agency
	})
}

// anyLetter is a random letter about a case that fits, nil when there is none.
func (p *Play) anyLetter(c casework.Case, fits func(*posted) bool) *posted {
	var all []*posted
	for _, m := range p.outbox {
		if m.letter.Case == c.ID && fits(m) {
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return pick(p, all)
}

// text is a body: nothing much, the lines that letters ask for, a value of a sheet, or a letter quoted or forwarded.
func (p *Play) text(who person, c casework.Case) string {
	switch p.between(0, 11) {
	case 0, 1, 2:
		return ""
	case 3, 4:
		return "どうぞよろしくお願いいたします。"
	case 5, 6:
		return "部署：国際部\n担当者：山田\n初回連絡方法：電話"
	case 7:
		return "支援日：11/20\n支援内容：商談に同席しました。\n進捗状況：順調\n次回予定：12/10\n手段：訪問"
	case 8:
		return "ご参考：" + p.value(who, c) + " です。"
	case 9:
		return wrapQuote(p.quoted(who, c))
	case 10:
		return "-----Original Message-----\n" + p.quoted(who, c)
	}
	return "お世話になっております。\n> " + p.value(who, c)
}

// value is something that a version of the case's sheet says, as somebody types it who has part in it.
func (p *Play) value(who person, c casework.Case) string {
	var all []string
	for _, s := range p.marks.sheets {
		if version, of := p.oracle.dossier(c.ID).sheets[s.number]; of && version > 0 && p.oracle.sees(reader{addr: who.Addr}, p.oracle.dossier(c.ID), version) {
			all = append(all, s.typed...)
		}
	}
	if len(all) == 0 {
		return "資料"
	}
	return pick(p, all)
}

// quoted is a letter that the writer has got before, with its tag; agencies and receipt numbers are left out, which no rule
// keeps people from naming.
func (p *Play) quoted(who person, c casework.Case) string {
	m := p.anyLetter(c, func(m *posted) bool { return m.left && got(m, who) })
	if m == nil {
		return "前のメール"
	}
	code := p.codes.Code(c.ID, m.letter.Party.Key(), m.letter.Now)
	text := fmt.Sprintf("[登録 %s %s]\n%s 符号 %s\n", m.letter.Number, code, strings.Join(m.texts, "\n"), strings.ToUpper(code))
	for _, a := range agencies {
		text = strings.ReplaceAll(text, a.Name, "某機関")
	}
	for _, id := range p.ids {
		text = strings.ReplaceAll(text, p.cases[id].Receipt, "番号")
	}
	if len(text) > 3000 { // at a line's end: half a mark and what stands behind it would make another
		text = text[:strings.LastIndexByte(text[:3000], '\n')+1]
	}
	return text
}

// wrapQuote quotes as mail programs do: lines are broken, each with its mark.
func wrapQuote(text string) string {
	var b strings.Builder
	n := 0
	b.WriteString("> ")
	for _, r := range text {
		if r == '\n' || n == 38 {
			b.WriteString("\n> ")
			n = 0
		}
		if r != '\n' {
			b.WriteRune(r)
			n++
		}
	}
	return b.String()
}

// attached are files: harmless, a copy of the sheet, or one that can run.
func (p *Play) attached(who person, c casework.Case) []casework.FileIn {
	name := fmt.Sprintf("file-%d", p.mails)
	p.files[name] = "カタログ"
	f := casework.FileIn{Name: "資料.pdf", Blob: name, Size: 1000}
	switch p.between(0, 3) {
	case 0:
		f.Name = p.value(who, c) + ".xlsx"
	case 1:
		p.files[name] = p.value(who, c)
	case 2:
		f.Runs = "実行できるファイルのため"
	}
	return []casework.FileIn{f}
}
