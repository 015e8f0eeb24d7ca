package casework

import (
	"slices"
	"time"
)

// LetterKind names a letter and its template.
type LetterKind string

// The letters of this storey.
const (
	LetterRegistered  LetterKind = "registered"
	LetterReturned    LetterKind = "returned"
	LetterHeld        LetterKind = "held"
	LetterBrief       LetterKind = "brief"
	LetterAnswer      LetterKind = "answer"
	LetterRefusal     LetterKind = "refusal"
	LetterStatus      LetterKind = "status"
	LetterList        LetterKind = "list"
	LetterHelp        LetterKind = "help"
	LetterConfirm     LetterKind = "confirm"
	LetterAside       LetterKind = "aside"
	LetterRejected    LetterKind = "rejected"
	LetterVoided      LetterKind = "voided"
	LetterCertificate LetterKind = "certificate"
	LetterMembership  LetterKind = "membership"
	LetterUndelivered LetterKind = "undelivered"
	LetterDraftSent   LetterKind = "draft-sent"
)

// Letter is a letter that was decided: to whom, about what, with which attachments. The store gives the id, which
// fixes Message-ID and boundaries; package letter makes the bytes.
type Letter struct {
	ID         int64
	Case       int64 // 0: about no case
	Number     string
	Version    int // of the sheet it rests on
	Party      Party
	To         []Address
	Cc         []Address
	Content    Content
	Attach     []Attachment
	InReplyTo  string
	References []string
	Support    string        // the support that it is about, "" none
	Sequence   int           // of the meeting that it is about
	Relay      Party         // a plain reply to it goes back to this party; zero: to nobody
	Command    int           // ordinal of the CommandBegan event whose letter it is, for 直前取消; 0 none
	After      LetterKind    // leaves only once the letter of this kind, support and decision was accepted; "" at once
	Sealed     bool          // its bytes are kept sealed, erased once it was sent, and never copied to Sent
	answer     bool          // to the command itself: it does not wait with the command's other letters
	First      bool          // first answer to an entry, a case brief, word of a brake: not braked
	Hold       time.Duration // waits before it leaves
	Always     bool          // leaves even while all sending is stopped: the answers about 全送信停止 itself
	Fax        bool          // the agency takes no mail: it goes to the clerk to print and send
	Foreign    []string      // keyed codes of the case's other parties, which no byte of it may hold either
	Secrets    []Secret      // what no byte of the finished letter may hold (Scan); none where the party may see the sheet
	TextOnly   bool
	Charset    string
	Now        time.Time // the Date header
}

// Kind is the letter's kind.
func (l Letter) Kind() LetterKind { return l.Content.Kind() }

// reader is the party that reads the letter in the end: one that takes no mail gets it from the clerk.
func (l Letter) reader() Party {
	if v, ok := l.Content.(interface{ shown() View }); ok && l.Fax {
		return v.shown().Party
	}
	return l.Party
}

// Departure is the letter as the guard sees it.
func (l Letter) Departure() Departure {
	d := Departure{Kind: l.Kind(), Party: l.Party, Version: l.Version, Support: l.Support, Sequence: l.Sequence, Relay: l.Relay}
	if f, ok := l.Content.(interface{ speaksTo() Role }); ok {
		d.For = f.speaksTo()
	}
	if v, ok := l.Content.(interface{ shown() View }); ok && v.shown().Entry != nil {
		d.Version = v.shown().Version
	}
	for _, a := range append(append([]Address{}, l.To...), l.Cc...) {
		d.To = append(d.To, a.Addr)
	}
	d.Sheet = slices.ContainsFunc(l.Attach, func(a Attachment) bool {
		return a.Kind != AttachOffice && a.Kind != AttachInvite && a.Kind != AttachList && a.Kind != AttachChart
	}) || showsSheet(l.Content)
	if l.Fax {
		d.Reader = l.reader()
	}
	if r, ok := l.Content.(interface{ lines() []Line }); ok {
		d.Lines = r.lines()
	}
	return d
}

// showsSheet tells whether a content has values of the sheet in it.
func showsSheet(content Content) bool {
	v, ok := content.(interface{ shown() View })
	return ok && (v.shown().Entry != nil || v.shown().Company != "" || v.shown().FileName != "")
}

func (v View) shown() View { return v }

// AttachmentKind says how an attachment is made.
type AttachmentKind string

// The attachments of this storey.
const (
	AttachCertificate AttachmentKind = "certificate" // the PDF, from the letter's content
	AttachSheet       AttachmentKind = "sheet"       // the received workbook, byte for byte
	AttachMarked      AttachmentKind = "marked"      // the received workbook with the problems' cells marked
	AttachBundle      AttachmentKind = "bundle"      // what another office needs to know of a case, a workbook, encrypted
	AttachHanded      AttachmentKind = "handed"      // a received workbook for another office, byte for byte, encrypted
)

// Attachment is something a letter carries.
type Attachment struct {
	Kind     AttachmentKind
	Name     string // as the recipient sees it
	Blob     string // hex SHA-256 of the workbook, for sheet and marked
	Problems []Problem
	Member   *MemberCard // for the certificate
	Protect  Protection
	Values   []Value // for the agency's own referral form
	Form     string  // agency code, for its own referral form
	Bundle   *Bundle
}

// Value is what a mark of a referral form stands for: {{company.name}}, or one item of a set: {{check request.items 07}}.
type Value struct {
	Key, Text string
	Set       bool
	Name      string // of the item
}

// MemberCard is what stands on a member certificate (会員証).
type MemberCard struct {
	Member, Registration, Company, Kana, Agency      string
	Concierge, ConciergePhone, ConciergeMail, Office string
	OfficePhone, OfficeMail                          string
	Issued                                           time.Time
	Reissue                                          bool
}

// Rendered is a finished letter: frozen bytes with envelope and Message-ID (trust.md S4).
type Rendered struct {
	MessageID   string
	Subject     string
	From        string
	To          []string // envelope recipients: To and Cc
	Raw         []byte   // RFC 5322, 7-bit, CRLF
	Attachments []string // names
}

// Content is what a letter says; each kind of letter has one struct, and a template that gets it and nothing else.
type Content interface{ Kind() LetterKind }

// Offer is a command that its reader can give next, as a one-click link and a line to copy.
type Offer struct {
	Command CommandName
	Args    []string // placeholders such as 機関コード are shown, not sent
	Label   string   // what it does, in Japanese
	NoCase  bool     // without the case tag
	Case    int64    // of a letter about several cases: the one that it is about; 0: the letter's
	Number  string   // by which its reader knows that case
	Party   Party    // in whose name its reader gives it
}

// The letters' contents. View is what the party may see of the case (Disclose).
type (
	// RegisteredLetter is コンソーシアム登録のお知らせ, to the intake agency.
	RegisteredLetter struct {
		View
		Again bool // the same sheet came again: the first answer again
	}
	// ReturnedLetter is エントリーシートのご確認のお願い, to the sender.
	ReturnedLetter struct {
		View
		Problems  []Problem
		FileName  string
		Due       time.Time // by when an answer is kindly asked for
		Version   bool      // it concerns a correction of a registered sheet
		Protected bool      // the marked copy has the password under which the sheet came
	}
	// HeldLetter asks the clerk to decide.
	HeldLetter struct {
		View
		Hold     EntryHeld
		Nearest  string // name of the nearest agency, "" none
		From     Address
		Subject  string
		Evidence string
		Problems []Problem
		Codes    []string // of a small roster, to choose from
	}
	// BriefLetter is the case brief to the concierge, with the sheet.
	BriefLetter struct {
		View
		Why       string
		Warnings  []Problem
		OtherOpen []string
		Wish      string // agency that the sheet wishes for
		Full      bool   // nobody has room
		Change    string // "" new case; "version" a new version; "assigned" handed over; "transferred" by the office of From; "same" the same company
		From      string // the concierge before, by name
		Missing   string // characters that the certificate could not show
		Protected bool   // the sheet came under a password, and is attached without
	}
	// AnswerLetter says what a command did.
	AnswerLetter struct {
		View
		Command string // as understood, with arguments
		Done    string // one sentence
		Lines   []string
		Sent    []SentNote
		Next    string
	}
	// SentNote tells which letter goes to whom and when.
	SentNote struct {
		Letter string
		To     string
		When   string
	}
	// RefusalLetter says what was not understood or not done, and what would make it possible.
	RefusalLetter struct {
		View
		Command string
		Problem string   // whole sentences
		Suggest *Offer   // the nearest command
		Codes   []string // valid codes
		Words   string   // the sender's own words, kept
	}
	// StatusLetter is the case's timeline as its reader may see it (状況).
	StatusLetter struct{ View }
	// ListLetter is 一覧: open cases, with what is next. More than a mail shows go along as a workbook, too.
	ListLetter struct {
		View
		Rows   []ListRow // those without a change for the longest time first
		Held   int
		Locked int  // mails that wait for the password of a file
		Mine   bool // only the reader's own cases
	}
	// HelpLetter is ヘルプ: the commands open to that role, now.
	HelpLetter struct{ View }
	// ConfirmLetter asks the rostered address whether a command was really meant.
	ConfirmLetter struct {
		View
		Command string
		Subject string // of the mail that gave it
		Sent    time.Time
		Word    string
		Expires time.Time
		By      string   // who asks, where that is not the reader
		Lines   []string // what would be done
	}
	// AsideLetter tells the clerk about a mail or file that a person has to look at.
	AsideLetter struct {
		View
		From    Address
		Subject string
		Files   []LockedFile
		Reason  string
	}
	// UndeliveredLetter tells concierge or clerk what did not arrive, to whom, why, and what can be done.
	UndeliveredLetter struct {
		View
		Letter  string // the letter's name in Japanese
		Subject string
		To      []string
		Reason  string // Japanese, with the server's own words behind
		Braked  bool   // it waits because of the brakes, nothing failed
		Drafted bool   // it was a draft, and was withdrawn
	}
	// DraftSentLetter tells of a draft that a person has sent otherwise than it was meant: to more recipients, or after it was
	// withdrawn.
	DraftSentLetter struct {
		View
		Letter    string // the letter's name in Japanese
		Subject   string
		Sent      time.Time
		To        []string
		Added     []string // recipients that a person has added
		Withdrawn bool     // it was to leave no more
		Sheet     bool     // it has values of the sheet
		Recall    string   // code of the agency that can be asked to delete what it got; "" none
	}
	// RejectedLetter tells a sender that the entry was not taken (受付不可 通知).
	RejectedLetter struct {
		View
		FileName string
	}
	// VoidedLetter tells that a registration is void (無効).
	VoidedLetter struct{ View }
	// CertificateLetter sends the certificate again (会員証).
	CertificateLetter struct{ View }
	// MembershipLetter answers 会員確認: valid or not, nothing else.
	MembershipLetter struct {
		View
		Asked   string
		Valid   bool
		Void    bool
		Company string // only where the asking agency has a referral for it
	}
)

// Kind of each content.
func (RegisteredLetter) Kind() LetterKind  { return LetterRegistered }
func (ReturnedLetter) Kind() LetterKind    { return LetterReturned }
func (HeldLetter) Kind() LetterKind        { return LetterHeld }
func (BriefLetter) Kind() LetterKind       { return LetterBrief }
func (AnswerLetter) Kind() LetterKind      { return LetterAnswer }
func (RefusalLetter) Kind() LetterKind     { return LetterRefusal }
func (StatusLetter) Kind() LetterKind      { return LetterStatus }
func (ListLetter) Kind() LetterKind        { return LetterList }
func (HelpLetter) Kind() LetterKind        { return LetterHelp }
func (ConfirmLetter) Kind() LetterKind     { return LetterConfirm }
func (AsideLetter) Kind() LetterKind       { return LetterAside }
func (RejectedLetter) Kind() LetterKind    { return LetterRejected }
func (VoidedLetter) Kind() LetterKind      { return LetterVoided }
func (CertificateLetter) Kind() LetterKind { return LetterCertificate }
func (MembershipLetter) Kind() LetterKind  { return LetterMembership }
func (UndeliveredLetter) Kind() LetterKind { return LetterUndelivered }
func (DraftSentLetter) Kind() LetterKind   { return LetterDraftSent }
