package casework

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// View is what one party may see of a case. Templates get a View, never a Case: a value that is not in the View
// cannot be printed (architecture.md rule 4, first layer).
type View struct {
	Party        Party
	Reader       Address // whom the letter speaks to
	ReaderOf     string  // name of the reader's agency, "" for the office's own people
	Office       Office
	Now          time.Time
	Number       string // registration number, else receipt number, else ""
	Receipt      string
	Registration string
	Member       string
	Stage        Stage
	StageText    string
	AgencyCode   string
	AgencyName   string
	Submitter    Address
	Concierge    *Concierge // nil while there is none
	Entry        *Entry     // nil where the party may not see the sheet
	Company      string     // "" where the party may not know it
	FileName     string     // of the newest sheet, "" likewise
	Version      int
	RegisteredAt time.Time
	ReceivedAt   time.Time
	PausedUntil  string
	History      []HistoryLine
	Supports     []SupportView
	Via          bool    // the letter is for the company and goes to the intake agency to pass on
	Offers       []Offer // the commands that make sense next
	Stopped      bool    // 全送信停止 is in force
	StandsInFor  string  // the absent concierge whose letter the reader gets as the deputy
	Fax          bool    // the letter goes to the clerk to print and send
}

// Disclose makes the View of a case for one party: the office, the concierge, the intake agency and the company see the
// sheet; a provider agency sees nothing of it before 受入可 and both consents stand for that agency and version, guide
// section 4. What a provider may see never names other candidates.
func Disclose(c Case, p Party) View {
	if p.Role == RoleProvider {
		return discloseProvider(c, p)
	}
	if p.Role == RoleOffice {
		return discloseOffice(c, p)
	}
	if !maySeeSheet(c, p) {
		return View{Party: p}
	}
	v := View{Party: p, Number: c.Number(), Receipt: c.Receipt, Registration: c.Registration, Stage: c.Stage,
		StageText: c.Stage.Japanese(), Version: c.Version, RegisteredAt: c.RegisteredAt, ReceivedAt: c.ReceivedAt,
		PausedUntil: c.PausedUntil}
	entry := c.Entry
	v.Entry, v.Company, v.FileName = &entry, c.Entry.Company.Name, c.Sheet.Name
	v.Member, v.AgencyCode, v.AgencyName, v.Submitter = c.Member, c.Agency, c.AgencyName, c.Submitter
	for _, s := range c.Supports {
		if sv, ok := discloseSupport(c, s, p); ok {
			v.Supports = append(v.Supports, sv)
		}
	}
	v.History = discloseHistory(c, p)
	return v
}

// discloseProvider is the View of an agency that is asked, or that supports: its own support by its number, and the
// sheet only where it may see it.
func discloseProvider(c Case, p Party) View {
	s := c.SupportOf(p.Code)
	if s.ID == "" {
		return View{Party: p}
	}
	v := View{Party: p, Number: s.ID, StageText: s.State(c.Version).Japanese(), History: discloseHistory(c, p)}
	own, _ := discloseSupport(c, s, p)
	v.Supports = []SupportView{own}
	if version := visibleVersion(c, s); s.Sent() && version > 0 {
		entry := c.entryOf(version)
		v.Entry, v.Company, v.Version = &entry, entry.Company.Name, version
		v.Member, v.AgencyName = c.Member, c.AgencyName
	}
	return v
}

// discloseOffice is the View of another office to which the case goes, or from which it came: the numbers. All else is in
// the protected bundle, never in the words of a letter.
func discloseOffice(c Case, p Party) View {
	switch {
	case p.Code == "":
	case p.Code == c.Transfer.Office:
		return View{Party: p, Number: c.Registration, Registration: c.Registration}
	case p.Code == c.Origin.Office:
		return View{Party: p, Number: c.Receipt, Receipt: c.Receipt, Registration: c.Origin.Registration}
	}
	return View{Party: p}
}

// sayableFeedback is the newest report that a provider may read, nil where people wrote into it what that agency may not
// see (any more).
func sayableFeedback(c Case, s Support, p Party) *Feedback {
	f := s.lastFeedback(p.Role)
	if f == nil || len(Scan(Secrets(c, p), []string{f.Content, f.Progress, f.Means})) > 0 {
		return nil
	}
	return f
}

// sayableHost is who takes the company in, likewise.
func sayableHost(c Case, s Support, p Party) Host {
	if len(Scan(Secrets(c, p), []string{s.Host.Department, s.Host.Person, s.Host.Contact})) > 0 {
		return Host{}
	}
	return s.Host
}

// discloseSupport is what a party sees of a support: an agency of its own. Company and intake agency hear of a candidate
// only once they are asked to consent.
func discloseSupport(c Case, s Support, p Party) (SupportView, bool) {
	v := SupportView{ID: s.ID, Agency: s.Agency, AgencyName: s.AgencyName, Service: s.Service, State: s.State(c.Version),
		StateText: s.State(c.Version).Japanese(), Host: s.Host, Last: s.lastFeedback(p.Role)}
	if inside(p) || p.Role == RoleIntake {
		v.Reports = s.Feedback
	}
	if inside(p) {
		v.Consents, v.Reason = s.consentText(c.Version), s.Reason
		if s.JETRO() {
			v.Consents = ""
		}
		return v, true
	}
	if p.Role == RoleProvider {
		v.Host, v.Last = sayableHost(c, s, p), sayableFeedback(c, s, p)
		return v, true
	}
	return v, s.JETRO() || s.Company.Version > 0 || s.Intake.Version > 0
}

// lastFeedback is the newest report that a role may read: the provider's own, the intake agency's and the office's all.
func (s Support) lastFeedback(r Role) *Feedback {
	for i := len(s.Feedback) - 1; i >= 0; i-- {
		f := s.Feedback[i]
		if r == RoleCompany || r == RoleProvider && f.From == RoleIntake {
			continue
		}
		return &f
	}
	return nil
}

// inside tells whether a party is of the office.
func inside(p Party) bool { return p.Role == RoleClerk || p.Role == RoleConcierge }

// discloseHistory is the timeline as a party may read it.
func discloseHistory(c Case, p Party) []HistoryLine {
	var out []HistoryLine
	for _, h := range c.History {
		if !mayReadLine(c, h, p) {
			continue
		}
		if !inside(p) {
			if h.Outside != "" {
				h.Text = h.Outside
			}
			h.Actor = Actor{Role: h.Actor.Role}
		}
		h.Outside = ""
		out = append(out, h)
	}
	return out
}

func mayReadLine(c Case, h HistoryLine, p Party) bool {
	switch {
	case inside(p):
		return true
	case h.Internal:
		return false
	case p.Role == RoleProvider:
		return h.Support != "" && c.Support(h.Support).Agency == p.Code && (h.For == ForOwner || h.For == ForProvider)
	case h.Support != "":
		return h.For == ForParties || h.For == ForProvider
	}
	return true
}

// entryOf is the sheet in a version.
func (c *Case) entryOf(version int) Entry {
	for _, v := range c.Versions {
		if v.Number == version {
			return v.Entry
		}
	}
	return Entry{}
}

// visibleVersion is the version of the sheet that a support's agency may see: the one that it was sent, as long as both
// consents for that version stand, else the one in force once 受入可 and both consents stand for it; 0 for none.
func visibleVersion(c Case, s Support) int {
	switch {
	case s.JETRO() || s.Agency == c.Agency:
		return 0
	case s.Cleared(c.Version):
		return c.Version
	case s.Sent() && s.Cleared(s.Referral.Version):
		return s.Referral.Version
	}
	return 0
}

// maySeeSheet is the rule of guide section 4 in one place.
func maySeeSheet(c Case, p Party) bool {
	switch p.Role {
	case RoleClerk:
		return true
	case RoleConcierge:
		return p.Code != "" && p.Code == c.Concierge
	case RoleIntake:
		return p.Code != "" && p.Code == c.Agency
	case RoleCompany:
		return true
	case RoleProvider:
		return p.Code != "" && visibleVersion(c, c.SupportOf(p.Code)) > 0
	case RoleOffice:
		return p.Code != "" && moved(&c) && p.Code == c.Transfer.Office
	}
	return false
}

// maySeeVersion is maySeeSheet for what a letter holds of one version. An agency sees only a version for which its consents
// stand: one of which they were taken back is none, though those for a newer one were given since.
func maySeeVersion(c Case, p Party, version int) bool {
	return maySeeSheet(c, p) && (p.Role != RoleProvider || c.SupportOf(p.Code).Cleared(version))
}

// Departure is a letter on its way out, as the guard sees it: no content, only who and what kind.
type Departure struct {
	Kind      LetterKind
	Party     Party
	To        []string // envelope addresses
	Version   int
	Sheet     bool   // carries the sheet, a marked copy, a certificate or values of the sheet
	Submitter bool   // goes to the very address that brought the sheet
	Support   string `json:",omitempty"` // that it is about
	For       Role   `json:",omitempty"` // whom it speaks to, where that is not its reader
	Sequence  int    `json:",omitempty"` // of the meeting
	Relay     Party  `json:",omitzero"`  // whom a plain reply to it goes back to
	Reader    Party  `json:",omitzero"`  // whom the clerk prints it for, where its party is the clerk
	Lines     []Line `json:",omitempty"` // of a reminder or a digest: what is waited for, in which cases
}

// Line is what one line of a reminder is about.
type Line struct {
	Case    int64
	Party   Party // in whose name its reader reads it
	Sheet   bool  `json:",omitempty"` // it names the company
	Version int   `json:",omitempty"` // of the sheet that it does so from
	Wait    WaitKind
	Support string `json:",omitempty"`
	Awaited Role   // who is waited for
	Step    int    `json:",omitempty"` // of the table
	Whom    Whom   `json:",omitempty"` // whom that step speaks to
}

// Light tells whether the guard asks no more of a case than its row tells.
func (d Departure) Light() bool { return d.Kind.Digest() }

// Parts are what the guard has to be asked about before a letter leaves: its own case, or that of each of its lines.
func (d Departure) Parts(caseID int64) map[int64][]Departure {
	if len(d.Lines) == 0 {
		return map[int64][]Departure{caseID: {d}}
	}
	out := map[int64][]Departure{}
	for _, l := range d.Lines {
		one := d
		one.Lines, one.Party, one.Sheet, one.Version, one.Support = []Line{l}, l.Party, l.Sheet, l.Version, l.Support
		out[l.Case] = append(out[l.Case], one)
	}
	return out
}

// Guard is the reason why a letter may not leave: Japanese, for the office's people, and without personal data, since
// it is also logged.
type Guard struct {
	Reason string
	Wait   bool // not now: the letter is neither dropped nor withdrawn (凍結)
}

func (g *Guard) Error() string { return g.Reason }

// MayLeave is the guard: asked when a letter is queued and again in the transaction of each attempt to send it
// (trust.md S3). nil means that it may. c is the case as it stands now, the zero Case for a letter about none.
//
// What may leave, but goes to somebody who is held (凍結), waits: the error is then a *Guard with Wait.
func MayLeave(c Case, d Departure, r Roster, now time.Time) error {
	if err := allowed(c, d, r, now); err != nil {
		return err
	}
	if waitsForThaw(d, r, now) {
		return &Guard{Reason: HeldReason, Wait: true}
	}
	return nil
}

// waitsForThaw tells whether a letter goes to somebody who is held, or is printed for them.
func waitsForThaw(d Departure, r Roster, now time.Time) bool {
	return r.Frozen("", d.Reader.Code, now) || slices.ContainsFunc(d.To, func(to string) bool { return r.Frozen(to, "", now) })
}

// allowed is MayLeave without 凍結.
func allowed(c Case, d Departure, r Roster, now time.Time) error {
	if len(d.To) == 0 {
		return &Guard{Reason: "宛先がありません"}
	}
	if d.Kind == LetterRejected {
		return mayTellRejected(c, d)
	}
	if err := partyRostered(c, d, r, now); err != nil {
		return err
	}
	if c.ID == 0 {
		if d.Sheet {
			return &Guard{Reason: "案件に結びつかないメールに、シートの内容が含まれています"}
		}
		return nil
	}
	switch d.Kind {
	case LetterRegistered, LetterCertificate:
		if c.Stage == StageVoid || !c.Registered() {
			return &Guard{Reason: fmt.Sprintf("案件 %s は登録されていないか、無効となっています", c.Number())}
		}
	case LetterReturned, LetterHeld:
		if !c.Stage.Open() {
			return &Guard{Reason: fmt.Sprintf("案件 %s は「%s」となっています", c.Number(), c.Stage.Japanese())}
		}
	}
	reader := d.Party
	if d.Reader.Role != "" {
		reader = d.Reader
	}
	if reader.Role == RoleProvider && c.SupportOf(reader.Code).ID == "" {
		return &Guard{Reason: fmt.Sprintf("支援機関 %s は、案件 %s に関わっていません", reader.Code, c.Number())}
	}
	if d.Sheet && !maySeeVersion(c, reader, d.Version) {
		return &Guard{Reason: fmt.Sprintf("案件 %s のシートの内容は、この宛先（%s %s）にはお伝えできません", c.Number(), reader.Role, reader.Code)}
	}
	return stillDue(c, d, now)
}

// stillDue tells whether a letter of a support is still wanted as the case stands now: nothing leaves for a consent that
// was withdrawn, a version that was replaced, a meeting that was moved, or a case that rests.
func stillDue(c Case, d Departure, now time.Time) error {
	s := c.Support(d.Support)
	over := func(reason string) error {
		return &Guard{Reason: fmt.Sprintf("案件 %s %s：%s", c.Number(), d.Support, reason)}
	}
	switch d.Kind {
	case LetterInquiry, LetterConsent, LetterReferral, LetterProposal, LetterForm:
		if !slices.Contains(active, c.Stage) {
			return over("現在「" + c.Stage.Japanese() + "」となっています")
		}
	}
	switch d.Kind {
	case LetterReminder:
		if len(d.Lines) != 1 || !c.waitsFor(d.Lines[0].Wait, d.Support, d.Lines[0].Awaited, now) {
			return over("お待ちしていたお返事は、すでに要らなくなっています")
		}
	case LetterFeedbackAsk:
		if !c.waitsFor(WaitFeedback, d.Support, RoleProvider, now) {
			return over("ご報告は、すでに届いているか、要らなくなっています")
		}
	case LetterInquiry:
		if s.ID == "" || s.Answer != "" || s.Passed || s.Sent() {
			return over("照会はすでに済んでいます")
		}
	case LetterConsent:
		if k := s.consent(d.For); k.Answer != "" || k.Version != c.Version || s.Passed || s.Answer != AnswerAvailable {
			return over("ご了承のお願いは、すでに不要となっています")
		}
	case LetterReferred, LetterHost:
		if !s.Sent() || !s.Cleared(s.Referral.Version) {
			return over("支援機関への回付が取りやめられています")
		}
	case LetterProposal:
		if s.ID == "" || !s.FinishedAt.IsZero() {
			return over("支援はすでに終了しています")
		}
	case LetterReferral:
		if !s.Cleared(c.Version) || d.Version != c.Version || s.Referral.Version != d.Version || s.Referral.Way != WayMail {
			return over("回付に必要なご了承が揃っていません")
		}
	case LetterPassword:
		if !s.Sent() || !s.Cleared(s.Referral.Version) {
			return over("資料の回付が取りやめられています")
		}
	case LetterTransfer:
		if !moved(&c) || c.Transfer.Office != d.Party.Code || c.Transfer.Receipt != "" {
			return over("移管が取り消されているか、すでに受け付けられています")
		}
	case LetterTransferred:
		if !moved(&c) {
			return over("移管が取り消されています")
		}
	case LetterMeeting:
		key := d.Support
		if key == "" {
			key = firstMeeting
		}
		if m, ok := c.Meeting(key); !ok || m.Sequence != d.Sequence {
			return over("面談のご案内は、その後に変更されています")
		}
	}
	return nil
}

// mayTellRejected: 受付不可 通知 is the one letter to an address that no roster has. It goes to the very address that
// brought the sheet, only once the clerk has decided so, and carries nothing of the sheet.
func mayTellRejected(c Case, d Departure) error {
	switch {
	case d.Sheet:
		return &Guard{Reason: "受付結果のお知らせに、シートの内容が含まれています"}
	case c.ID == 0 || c.Stage != StageRejected:
		return &Guard{Reason: fmt.Sprintf("案件 %s は受付不可となっていません", c.Number())}
	case len(d.To) != 1 || !SameAddr(Address{Addr: d.To[0]}, c.Submitter):
		return &Guard{Reason: fmt.Sprintf("案件 %s を送られた方とは別の宛先です", c.Number())}
	}
	return nil
}

// partyRostered asks today's roster again: authority ends with the roster entry, and each address of the letter must
// be that party's today. A party that is of no roster gets nothing.
func partyRostered(c Case, d Departure, r Roster, now time.Time) error {
	var belongs func(Sender) bool
	switch d.Party.Role {
	case RoleCompany:
		if to := c.companyAddress(); len(d.To) != 1 || !SameAddr(Address{Addr: d.To[0]}, to) || r.Sender(to, now).Known() {
			return &Guard{Reason: fmt.Sprintf("案件 %s の企業には、現在このアドレスへ直接ご連絡することになっていません", c.Number())}
		}
		return nil
	case RoleIntake, RoleProvider:
		if _, ok := r.Agency(d.Party.Code, now); !ok {
			return &Guard{Reason: fmt.Sprintf("支援機関 %s は、名簿での登録期間が終了しています", d.Party.Code)}
		}
		belongs = func(s Sender) bool { return s.Agency == d.Party.Code }
	case RoleConcierge:
		if _, ok := r.Concierge(d.Party.Code, now); !ok {
			return &Guard{Reason: fmt.Sprintf("コンシェルジュ %s は、名簿での登録期間が終了しています", d.Party.Code)}
		}
		belongs = func(s Sender) bool { return s.Concierge == d.Party.Code || standsIn(s, d.Party.Code, r, now) }
	case RoleClerk:
		belongs = func(s Sender) bool { return s.Clerk || d.Kind == LetterDigestOffice && s.Concierge != "" }
	case RoleOffice:
		o, ok := officeOf(r.Offices(now), d.Party.Code)
		if !ok || len(d.To) != 1 || !SameAddr(Address{Addr: d.To[0]}, Address{Addr: o.Mailbox}) {
			return &Guard{Reason: fmt.Sprintf("宛先が、現在登録されている事務所 %s のメールボックスではありません", d.Party.Code)}
		}
		return nil
	default:
		return &Guard{Reason: "宛先が名簿にありません"}
	}
	for _, to := range d.To {
		if !belongs(r.Sender(Address{Addr: to}, now)) {
			return &Guard{Reason: fmt.Sprintf("宛先が、現在の名簿では %s %s のものではありません", d.Party.Role, d.Party.Code)}
		}
	}
	return nil
}

// Secret is a confidential value that a letter's party may not learn, folded for comparison, and its field.
type Secret struct {
	Field, Value string
	Word         bool // found only as a word of its own, in what people write
}

// Secrets are the case's confidential values for a party that may not see them: of every version of the sheet but the
// one that it may see. None for the office, the intake agency and the company.
func Secrets(c Case, p Party) []Secret {
	if p.Role == RoleOffice {
		return officeSecrets(c)
	}
	if c.ID == 0 || p.Role != RoleProvider && maySeeSheet(c, p) {
		return nil
	}
	all := secrets(c)
	s := c.SupportOf(p.Code)
	v := visibleVersion(c, s)
	if p.Role != RoleProvider || v == 0 || !s.Sent() {
		return all
	}
	entry := c.entryOf(v)
	var shown strings.Builder
	for _, k := range secretsOf(entry, c) {
		shown.WriteString(k.Value + "\n")
	}
	known := shown.String()
	return slices.DeleteFunc(all, func(k Secret) bool { return strings.Contains(known, k.Value) })
}

// officeSecrets are what the words of a letter to another office do not say, whatever its protected bundle holds: all but
// the registration number. Values that may turn up by chance in a few megabytes of encrypted bytes are left out.
func officeSecrets(c Case) []Secret {
	const byChance = 8 // bytes
	return slices.DeleteFunc(secrets(c), func(k Secret) bool { return k.Field == "registration" || len(k.Value) < byChance })
}

// Scan looks for secrets in finished texts (subject, bodies, names, opened attachments), the last layer before a letter
// is queued. It returns the field keys found, never the values.
func Scan(hidden []Secret, texts []string) []string {
	if len(hidden) == 0 {
		return nil
	}
	folded := make([]string, len(texts))
	for i, t := range texts {
		folded[i] = foldScan(t)
	}
	var found []string
	for _, s := range hidden {
		for i, t := range folded {
			if strings.Contains(t, s.Value) && (!s.Word || hasWord(texts[i], s.Value)) {
				found = append(found, s.Field)
				break
			}
		}
	}
	return found
}

// secrets are the values of four characters and up that name the company, its people or its intake agency, and the
// sentences of what it tells about itself (process.md 3b.1); the company's own name also when it is shorter. What an inquiry may say (industry, countries, items, size)
// and words that name nobody (a department, a branch) are none.
func secrets(c Case) []Secret {
	out := secretsOf(c.Entry, c)
	for _, v := range c.Versions {
		if v.Number != c.Version {
			out = append(out, secretsOf(v.Entry, c)...)
		}
	}
	for _, r := range c.Returned {
		out = append(out, slices.DeleteFunc(secretsOf(r.Entry, c), func(s Secret) bool {
			// a faulty value may be the form's own words (担当者名), but no number or address
			return slices.Contains(r.Faulty, s.Field) && !strings.ContainsFunc(s.Value, func(r rune) bool { return r < unicode.MaxASCII })
		})...)
	}
	return out
}

func secretsOf(e Entry, c Case) []Secret {
	var out []Secret
	add := func(field string, values ...string) {
		for _, v := range values {
			if v = foldScan(v); len([]rune(v)) >= 4 {
				out = append(out, Secret{Field: field, Value: v})
			}
		}
	}
	add("company.name", FoldName(e.Company.Name), e.Company.Name) // a shorter name is found with its legal form
	if name, ok := shortName(e.Company.Name); ok {
		out = append(out, name)
	}
	add("company.kana", FoldName(e.Company.Kana))
	add("company.corporateNumber", e.Company.CorporateNumber)
	add("company.representative", e.Company.Representative, withoutTitle(e.Company.Representative))
	add("company.postalCode", e.Company.PostalCode)
	add("company.address", e.Company.Address, withoutPrefecture(e.Company.Address))
	add("company.phone", e.Company.Phone)
	add("company.fax", e.Company.Fax)
	add("company.url", e.Company.URL, domainOf(e.Company.URL))
	add("company.contactPerson", e.Company.ContactPerson)
	add("company.email", e.Company.Email, domainOf(e.Company.Email))
	add("company.products", sentences(e.Company.Products)...)
	add("company.overseas", sentences(e.Company.Overseas)...)
	add("request.issues", sentences(e.Request.Issues)...)
	add("request.desired", sentences(e.Request.Desired)...)
	add("request.other", sentences(e.Request.Other)...)
	add("introducer.agency", FoldName(e.Introducer.Agency), FoldName(c.AgencyName))
	add("introducer.person", e.Introducer.Person)
	add("introducer.phone", e.Introducer.Phone)
	add("introducer.fax", e.Introducer.Fax)
	add("introducer.email", e.Introducer.Email, domainOf(e.Introducer.Email))
	add("addressee.contact", e.Addressee.Contact)
	add("member", c.Member)
	add("registration", c.Registration)
	return out
}
