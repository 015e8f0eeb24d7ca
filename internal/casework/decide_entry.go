package casework

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// entries decides a mail with one or more entry sheets: each sheet is one case, process.md 1.
func (d *decider) entries() {
	if d.in.Evidence.State == EvidenceFail && !d.who.Known() {
		d.end(ResultOther, FolderStay, "evidence failed and the sender is unknown: left for the people")
		return
	}
	if c := d.cases[d.f.Thread]; c != nil && d.providerReturns(c) {
		d.passReply(c)
		return
	}
	for _, s := range d.in.Sheets {
		d.out.Results = append(d.out.Results, d.entry(s, ChannelMail))
	}
	d.end(d.out.Results[0], FolderDone, "")
	d.waitsBeside("同じメールのエントリーシートは受け付けましたが、開くことのできない添付ファイルもありました。")
}

// providerReturns tells whether an agency answers in the case of its own support with that company's sheet: that is no
// entry of its own, and goes to the concierge.
func (d *decider) providerReturns(c *Case) bool {
	role, _ := d.writer(c)
	return role == RoleProvider && c.Registered() && !slices.ContainsFunc(d.in.Sheets, func(s SheetIn) bool { return !sameCompany(c.Entry.Company, s.Entry.Company) })
}

// versionsBeside takes the new versions of the command's own case that came with it, before the command: it is about the
// newest sheet.
func (d *decider) versionsBeside(c *Case) {
	var rest []SheetIn
	for _, s := range d.in.Sheets {
		if v, role := d.versionOf(s); v != nil && v == c && d.sameSheet(s) == nil {
			d.out.Results = append(d.out.Results, d.newVersion(v, s, role))
			continue
		}
		rest = append(rest, s)
	}
	if len(rest) < len(d.in.Sheets) {
		d.in.Sheets = rest
		d.delay()
		d.earlier = len(d.out.Letters)
	}
}

// sheetsBeside enters the sheets that came with a command about something else (mail.md "command"). The office's own
// people attach a sheet that is known already when they forward or answer: that is no second entry.
func (d *decider) sheetsBeside() {
	result := d.out.Result
	for _, s := range d.in.Sheets {
		if d.who.Agency == "" && d.sameSheet(s) != nil {
			continue
		}
		d.out.Results = append(d.out.Results, d.entry(s, ChannelMail))
	}
	d.out.Result = result
}

// entry decides one sheet that came by mail.
func (d *decider) entry(s SheetIn, ch Channel) Result {
	if c := d.sameSheet(s); c != nil {
		return d.sameAgain(c, s, ch)
	}
	if c, role := d.versionOf(s); c != nil {
		return d.newVersion(c, s, role)
	}
	if c := d.correctionOf(s); c != nil {
		return d.corrected(c, s)
	}
	c := d.receive(s, ch, d.who.Agency)
	reason, detail := d.mustHold()
	if m := d.cases[d.f.Thread]; reason == "" && moved(m) && sameCompany(m.Entry.Company, s.Entry.Company) {
		reason, detail = HoldMoved, d.movedTo(m)
	}
	if reason != "" {
		return d.hold(c, EntryHeld{Reason: reason, Detail: joinLines(detail, d.continues(s)), Nearest: d.nearest(s)})
	}
	return d.judge(c, d.who.Agency, d.in.From)
}

// receive opens a case: the sheet gets its receipt number at once.
func (d *decider) receive(s SheetIn, ch Channel, agency string) *Case {
	c := d.newCase()
	d.emit(c, d.submitterRole(), &SheetReceived{Receipt: d.out.Numbers.nextReceipt(), Channel: ch, Submitter: d.in.From, Agency: agency,
		Sheet: s.File, Entry: s.Entry, Problems: s.Problems, MessageID: d.in.MessageID})
	d.f.SameSheet = with(d.f.SameSheet, s.File.Blob, c.ID)
	return c
}

// with adds an entry to a copy of a map of the facts: they belong to the caller.
func with[V any](m map[string]V, key string, v V) map[string]V {
	if m = maps.Clone(m); m == nil {
		m = map[string]V{}
	}
	m[key] = v
	return m
}

func (d *decider) submitterRole() Role {
	switch {
	case d.who.Agency != "":
		return RoleIntake
	case d.who.Clerk:
		return RoleClerk
	case d.who.Concierge != "":
		return RoleConcierge
	case d.in.Kind == MailTransfer:
		return RoleOffice
	}
	return RoleStranger
}

// mustHold tells why an entry waits for the clerk before anything is answered, "" when it need not.
func (d *decider) mustHold() (HoldReason, string) {
	switch {
	case d.who.Agency != "":
		return d.unproved()
	case d.who.Known():
		return HoldStranger, "差出人は事務局またはコンシェルジュの方で、紹介元の支援機関としては登録されておりません。" +
			"紙で届いたシートは、「登録 FAX」「登録 郵送」「登録 窓口」のいずれかの件名でお送りください。"
	}
	return HoldStranger, ""
}

// unproved tells what is missing in the evidence of who sent the mail, "" when nothing is.
func (d *decider) unproved() (HoldReason, string) {
	switch {
	case d.in.Authority != "":
		return HoldAuthority, ""
	case d.in.Evidence.State == EvidencePass, d.in.Evidence.State == EvidenceUnconfigured:
		return "", ""
	}
	return HoldEvidence, d.in.Evidence.Text
}

// nearest names the agency that the clerk probably means: by the sheet's own words, else by the address.
func (d *decider) nearest(s SheetIn) string {
	if m, ok := d.f.Roster.FindAgency(s.Entry.Introducer.Agency, d.now); ok && !m.Closed {
		return m.Code
	}
	if d.who.Agency != "" {
		return d.who.Agency
	}
	return d.who.Nearest
}

// hold asks the clerk; the sender hears nothing, and a stranger gets no number and no hint.
func (d *decider) hold(c *Case, h EntryHeld) Result {
	d.emit(c, d.submitterRole(), &h)
	name := ""
	if a, ok := d.f.Roster.Agency(h.Nearest, d.now); ok {
		name = a.Name
	}
	codes := d.f.Roster.AgencyCodes(d.now)
	if len(codes) > 12 {
		codes = nil
	}
	content := HeldLetter{Hold: h, Nearest: name, From: d.in.From, Subject: d.bareSubject(d.in.Subject), Evidence: d.in.Evidence.Japanese(),
		Problems: slices.Concat(Errors(c.Problems), Unclear(c.Problems)), Codes: codes}
	d.toClerks(c, content, sheetOf(c.Sheet))
	d.out.Why = join(d.out.Why, fmt.Sprintf("%s held for the clerk (%s)", c.Receipt, h.Reason))
	return ResultHeld
}

// judge validates a received sheet of a known agency: registered, returned, or held for boxes nobody could read.
func (d *decider) judge(c *Case, agency string, to Address) Result {
	if errs := Errors(c.Problems); len(errs) > 0 {
		return d.giveBack(c, agency, to, errs)
	}
	if len(Unclear(c.Problems)) > 0 && !d.cleared {
		return d.hold(c, EntryHeld{Reason: HoldUnclear, Nearest: agency})
	}
	return d.register(c, agency, to)
}

// giveBack returns the sheet: every problem at once, with the sender's own workbook marked (差戻し).
func (d *decider) giveBack(c *Case, agency string, to Address, errs []Problem) Result {
	d.emit(c, d.submitterRole(), &SheetReturned{Problems: errs})
	content := ReturnedLetter{Problems: errs, FileName: c.Sheet.Name, Due: d.f.Calendar.AddBusinessDays(d.now, 10), Protected: c.Sheet.Protected}
	attach := []Attachment{markedOf(c.Sheet, errs)}
	if c.Channel != ChannelMail {
		d.toClerks(c, content, attach...)
	} else {
		d.toAgency(c, agency, to, content, attach, true)
	}
	d.out.Why = join(d.out.Why, fmt.Sprintf("%s returned, questions: %d", c.Receipt, len(errs)))
	return ResultReturned
}

// register gives number, member number and concierge, and answers agency and concierge.
func (d *decider) register(c *Case, agency string, to Address) Result {
	a, ok := d.f.Roster.Agency(agency, d.now)
	if !ok {
		return d.hold(c, EntryHeld{Reason: HoldAgency, Detail: agency})
	}
	keys := c.Entry.Company.Keys()
	member, known := d.member(keys)
	choice, ok := d.concierge(c, member)
	if !ok {
		return d.hold(c, EntryHeld{Reason: HoldNoReceiver, Nearest: agency})
	}
	if !known {
		member = Member{Number: d.out.Numbers.nextMember()}
	}
	p := &CaseRegistered{Registration: d.registration(c), Member: member.Number, NewMember: !known,
		Agency: agency, AgencyName: a.Name, Concierge: choice.Code, Why: choice.Why,
		Unverified: d.in.Evidence.State == EvidenceUnconfigured && !d.confirmed && !d.cleared && c.Channel == ChannelMail,
		Warnings:   slices.Concat(Warnings(c.Problems), d.rosterWarnings(c, agency)), OtherOpen: d.otherOpen(c, keys)}
	if len(p.OtherOpen) > 0 {
		p.Warnings = append(p.Warnings, Problem{Field: "company.name", Label: "企業名", Severity: SeverityWarning,
			Found: c.Entry.Company.Name, Wanted: "同じ企業の進行中の案件があります（" + strings.Join(p.OtherOpen, "、") + "）。"})
	}
	d.emit(c, d.submitterRole(), p)
	d.remember(c, keys, member, choice.Code)
	d.announce(c, to, choice)
	d.out.Why = join(d.out.Why, fmt.Sprintf("%s registered as %s, concierge %s: %s", c.Receipt, c.Registration, choice.Code, choice.Why))
	return ResultRegistered
}

// registration is the case's registration number. One that was taken over keeps its own: it names the office that gave it,
// so that it can be no other case's, and the series here goes on as if it had not come. A member number names no office;
// that of the other office may be another company's here, so the company gets one of this office, and a certificate with it.
func (d *decider) registration(c *Case) string {
	if c.Origin.Registration != "" {
		return c.Origin.Registration
	}
	return d.out.Numbers.nextRegistration(d.f.Office.Code)
}

// announce sends the certificate to the agency and the brief to the concierge.
func (d *decider) announce(c *Case, to Address, choice Choice) {
	if c.Origin.Office != "" {
		d.toAgency(c, c.Agency, to, TakenOverLetter{From: c.Origin.Name, Former: formerMember(c)}, []Attachment{d.certificateOf(c, true)}, true)
	} else {
		d.toAgency(c, c.Agency, to, RegisteredLetter{}, []Attachment{d.certificateOf(c, false)}, true)
	}
	missing := d.lacking(c)
	if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok {
		brief := BriefLetter{Why: c.ConciergeWhy, Warnings: c.Problems, OtherOpen: c.OtherOpen, Wish: c.Entry.Addressee.Agency,
			Full: choice.Full, Missing: missing, Protected: c.Sheet.Protected}
		if c.Origin.Office != "" {
			brief.Change, brief.From = "transferred", c.Origin.Name
		}
		d.toConcierge(c, k, brief, []Attachment{sheetOf(c.Sheet)}, true)
	}
	if choice.Full {
		d.toClerks(c, AnswerLetter{Done: "どのコンシェルジュも担当件数の上限に達しておりましたので、最も件数の少ない " + d.conciergeName(c.Concierge) + " 様に割り当てました。",
			Next: "ご担当を変更される場合は、「担当変更」をお送りください。"})
	}
	if missing != "" {
		d.toClerks(c, AnswerLetter{Done: "会員証の書体にない文字がございました（" + missing + "）。会員証では「〓」と印字されております。",
			Next: "会員証をご確認のうえ、必要に応じて紹介元にご連絡ください。"})
	}
}

func (d *decider) conciergeName(code string) string {
	if k, ok := d.f.Roster.Concierge(code, d.now); ok {
		return k.Name
	}
	return code
}

// lacking lists the characters of the certificate that its fonts do not have.
func (d *decider) lacking(c *Case) string {
	if d.f.Lacks == nil {
		return ""
	}
	return string(d.f.Lacks(c.Entry.Company.Name + c.Entry.Company.Kana + c.AgencyName + d.conciergeName(c.Concierge) + d.f.Office.Name))
}

// member finds the company's membership by its keys, the strongest first.
func (d *decider) member(keys []string) (Member, bool) {
	for _, k := range keys {
		if m, ok := d.f.Members[k]; ok {
			return m, true
		}
	}
	return Member{}, false
}

// remember lets the next sheet of this very mail see what was decided for this one.
func (d *decider) remember(c *Case, keys []string, m Member, concierge string) {
	m.Concierge = concierge
	ref := CaseRef{ID: c.ID, Number: c.Number(), Stage: c.Stage, Agency: c.Agency, Concierge: concierge}
	for _, k := range keys {
		d.f.Members = with(d.f.Members, k, m)
		d.f.OpenSame = with(d.f.OpenSame, k, append(slices.Clip(d.f.OpenSame[k]), ref))
	}
	d.f.Loads = with(d.f.Loads, concierge, d.f.Loads[concierge]+1)
}

// concierge keeps the one that the company has, else lets the roster choose.
func (d *decider) concierge(c *Case, m Member) (Choice, bool) {
	if m.Concierge != "" {
		if k, ok := d.f.Roster.Concierge(m.Concierge, d.now); ok {
			return Choice{Code: k.Code, Why: "この企業をすでに担当しているため"}, true
		}
	}
	w := Wish{Items: c.Entry.Request.Items, Countries: c.Entry.Company.Countries, Loads: d.f.Loads}
	if d.f.Prefecture != nil {
		w.Prefecture = d.f.Prefecture(c.Entry.Company.Address)
	}
	return d.f.Roster.Choose(w, d.now)
}

func (d *decider) otherOpen(c *Case, keys []string) []string {
	var out []string
	for _, k := range keys {
		for _, r := range d.f.OpenSame[k] {
			if r.ID != c.ID && !slices.Contains(out, r.Number) {
				out = append(out, r.Number)
			}
		}
	}
	return out
}

// rosterWarnings are what only the roster can judge about a sheet.
func (d *decider) rosterWarnings(c *Case, agency string) []Problem {
	var out []Problem
	warn := func(field, label, found, wanted string) {
		out = append(out, Problem{Field: field, Label: label, Severity: SeverityWarning, Found: found, Wanted: wanted})
	}
	named := c.Entry.Introducer.Agency
	m, ok := d.f.Roster.FindAgency(named, d.now)
	switch {
	case named == "":
	case !ok:
		warn("introducer.agency", "紹介元 機関名", named, "名簿の機関名と一致しないため、送信元の機関として登録しています。")
	case m.Code != agency:
		warn("introducer.agency", "紹介元 機関名", named, "シートの機関名と送信元の機関が異なります。送信元の機関として登録しています。")
	case m.Guessed:
		warn("introducer.agency", "紹介元 機関名", named, "名簿の機関名と表記が異なるため、推定して登録しています。")
	}
	if wish := c.Entry.Addressee.Agency; wish != "" {
		if m, ok := d.f.Roster.FindAgency(wish, d.now); !ok || m.Closed {
			warn("addressee.agency", "紹介先支援機関名", wish, "名簿にない支援機関、または現在ご参加のない支援機関です。")
		}
	}
	return out
}

func joinLines(a, b string) string {
	return strings.TrimSpace(a + "\n" + b)
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
