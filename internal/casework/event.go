package casework

import (
	"encoding/json"
	"fmt"
	"time"
)

// EventKind names what happened. The names are written into the log for ever: never reuse or rename one.
type EventKind string

// Event is one line of the append-only log. A case changes only by events; what happened, why, by whose mail
// and on what evidence must be readable years later (architecture.md rule 1).
type Event struct {
	Seq     int64     // position in the whole log, given by the store
	Case    int64     // case id
	At      time.Time // never falls (trust.md S12)
	Actor   Actor     // erasable: stands in a table of its own
	Payload Payload   // nil when it was erased; Apply skips it
}

// Actor is who made an event happen, by which mail, on what evidence.
type Actor struct {
	Role     Role    `json:"role,omitempty"`
	Code     string  `json:"code,omitempty"` // roster code of agency or concierge
	Address  Address `json:"address"`
	Mail     string  `json:"mail,omitempty"`     // Message-ID of the mail
	Evidence string  `json:"evidence,omitempty"` // e.g. "dmarc=pass (mx.example.jp)", "unverified: evidence = none"
}

// Payload is the content of one kind of event. Version is the payload format's version; old versions are read for ever.
type Payload interface {
	Kind() EventKind
	Version() int
	apply(c *Case, e Event)
	line() string // one Japanese line for the timeline, "" when the event is not shown
}

// The payloads of this storey.
type (
	// SheetReceived opens a case: a sheet has arrived and got its receipt number.
	SheetReceived struct {
		Receipt   string    `json:"receipt"`
		Channel   Channel   `json:"channel"`
		Submitter Address   `json:"submitter"`
		Agency    string    `json:"agency,omitempty"` // by roster, "" while the sender is unknown
		Sheet     SheetFile `json:"sheet"`
		Entry     Entry     `json:"entry"`
		Problems  []Problem `json:"problems,omitempty"`
		MessageID string    `json:"messageId,omitempty"`
	}
	// SheetReplaced brings a corrected sheet to a returned or held case, before registration.
	SheetReplaced struct {
		Agency    string    `json:"agency,omitempty"` // where it was not known before
		Sheet     SheetFile `json:"sheet"`
		Entry     Entry     `json:"entry"`
		Problems  []Problem `json:"problems,omitempty"`
		Submitter Address   `json:"submitter"`
		MessageID string    `json:"messageId,omitempty"`
	}
	// SheetReturned asks the sender to look at the named problems (差戻し).
	SheetReturned struct {
		Problems []Problem `json:"problems"`
	}
	// EntryHeld waits for the clerk (保留).
	EntryHeld struct {
		Reason  HoldReason `json:"reason"`
		Detail  string     `json:"detail,omitempty"`
		Nearest string     `json:"nearest,omitempty"` // agency code
		Same    string     `json:"same,omitempty"`    // receipt number of the case that came with the very same workbook
	}
	// EntryApproved is the clerk's 承認; the registration follows as an event of its own.
	EntryApproved struct {
		Agency string `json:"agency"`
		Items  []int  `json:"items,omitempty"` // boxes that the clerk read with their own eyes
	}
	// EntryRejected is the clerk's 受付不可.
	EntryRejected struct {
		Notified bool   `json:"notified,omitempty"`
		Reason   string `json:"reason,omitempty"`
	}
	// CaseRegistered gives number, member number and concierge (登録).
	CaseRegistered struct {
		Registration string    `json:"registration"`
		Member       string    `json:"member"`
		NewMember    bool      `json:"newMember"`
		Agency       string    `json:"agency"`
		AgencyName   string    `json:"agencyName"`
		Concierge    string    `json:"concierge,omitempty"`
		Why          string    `json:"why,omitempty"`
		Unverified   bool      `json:"unverified,omitempty"` // evidence = none
		Warnings     []Problem `json:"warnings,omitempty"`
		OtherOpen    []string  `json:"otherOpen,omitempty"` // numbers of the same company's open cases
	}
	// VersionAdded is a new sheet for a registered case (訂正). Consents belong to a version.
	VersionAdded struct {
		Number   int       `json:"number"`
		Sheet    SheetFile `json:"sheet"`
		Entry    Entry     `json:"entry"`
		Warnings []Problem `json:"warnings,omitempty"`
	}
	// VersionReturned asks about a new version that has errors; the version before stays.
	VersionReturned struct {
		Sheet    SheetFile `json:"sheet"`
		Entry    Entry     `json:"entry,omitzero"`
		Problems []Problem `json:"problems"`
	}
	// CaseTaken is the concierge's 引受.
	CaseTaken struct {
		Concierge string `json:"concierge"`
	}
	// ConciergeChanged is 担当変更.
	ConciergeChanged struct {
		From string `json:"from"`
		To   string `json:"to"`
		Why  string `json:"why,omitempty"`
	}
	// CaseVoided is 無効: the number stays, with the reason (trust.md S6, S15).
	CaseVoided struct {
		Reason string `json:"reason,omitempty"`
	}
	// CasePaused and CaseResumed are 休止 and 再開.
	CasePaused struct {
		Until string `json:"until"` // YYYY-MM-DD
	}
	// CaseResumed ends a pause.
	CaseResumed struct{}
	// NoteAdded is メモ: for the office and the case's concierges only.
	NoteAdded struct {
		Text string `json:"text"`
	}
	// MessageKept is a mail that belongs to the case and was kept on it: a reply, a machine's answer, a refused command.
	MessageKept struct {
		What    string `json:"what"` // reply, automatic, calendar, bounce, staff, refused, frozen, password (without its text)
		Subject string `json:"subject,omitempty"`
		Text    string `json:"text,omitempty"`
	}
	// CertificateReissued records that the certificate was sent again (会員証).
	CertificateReissued struct {
		To string `json:"to"`
	}
	// SheetSentAgain records that the very same workbook came again and the first answer was given again.
	SheetSentAgain struct {
		MessageID string `json:"messageId,omitempty"`
	}
)

// Channel is how a sheet reached the office.
type Channel string

// Channels of process.md 1; the Japanese words are 登録's arguments.
const (
	ChannelMail   Channel = "mail"
	ChannelFax    Channel = "FAX"
	ChannelPost   Channel = "郵送"
	ChannelWindow Channel = "窓口"
)

// SheetFile is the workbook as it came: its bytes are a blob of the store.
type SheetFile struct {
	Blob string `json:"blob"` // hex SHA-256 of the bytes
	Name string `json:"name"`
	Size int64  `json:"size"`
	Old  bool   `json:"old,omitempty"` // a .xls: its marked copy, and what leaves of it, is an .xlsx
	// Protected tells that it came under a password, which the store keeps sealed; Blob is the open workbook.
	Protected bool `json:"protected,omitempty"`
}

// HoldReason says why an entry waits for the clerk.
type HoldReason string

// Reasons for 保留.
const (
	HoldStranger   HoldReason = "stranger"   // the sender is in no roster
	HoldEvidence   HoldReason = "evidence"   // who sent it is not proved
	HoldSame       HoldReason = "same"       // the very same workbook came from another agency
	HoldUnclear    HoldReason = "unclear"    // check boxes that could not be read, nothing else wrong
	HoldAgency     HoldReason = "agency"     // a paper entry names an agency that the roster does not have
	HoldNoReceiver HoldReason = "concierge"  // no concierge is rostered
	HoldAuthority  HoldReason = "authority"  // the mail has two From addresses, no Date or the like
	HoldForeign    HoldReason = "correction" // a corrected sheet from somebody who has no part in the case
	HoldFrozen     HoldReason = "frozen"     // the sender is held (凍結)
	HoldMoved      HoldReason = "moved"      // a sheet in the thread of a case that went to another office (移管)
)

// payloadOf returns a new, empty payload for a kind and version.
var payloads = map[EventKind]func() Payload{
	"sheet-received":       func() Payload { return new(SheetReceived) },
	"sheet-replaced":       func() Payload { return new(SheetReplaced) },
	"sheet-returned":       func() Payload { return new(SheetReturned) },
	"entry-held":           func() Payload { return new(EntryHeld) },
	"entry-approved":       func() Payload { return new(EntryApproved) },
	"entry-rejected":       func() Payload { return new(EntryRejected) },
	"case-registered":      func() Payload { return new(CaseRegistered) },
	"version-added":        func() Payload { return new(VersionAdded) },
	"version-returned":     func() Payload { return new(VersionReturned) },
	"case-taken":           func() Payload { return new(CaseTaken) },
	"concierge-changed":    func() Payload { return new(ConciergeChanged) },
	"case-voided":          func() Payload { return new(CaseVoided) },
	"case-paused":          func() Payload { return new(CasePaused) },
	"case-resumed":         func() Payload { return new(CaseResumed) },
	"note-added":           func() Payload { return new(NoteAdded) },
	"message-kept":         func() Payload { return new(MessageKept) },
	"certificate-reissued": func() Payload { return new(CertificateReissued) },
	"sheet-sent-again":     func() Payload { return new(SheetSentAgain) },
}

// DecodePayload reads a stored payload. An unknown kind or a newer version is an error: the log must never be
// half-understood.
func DecodePayload(kind EventKind, version int, data []byte) (Payload, error) {
	fresh, ok := payloads[kind]
	if !ok {
		return nil, fmt.Errorf("event kind %q is unknown to this program", kind)
	}
	p := fresh()
	if version > p.Version() {
		return nil, fmt.Errorf("event kind %q has version %d, this program reads up to %d", kind, version, p.Version())
	}
	if err := json.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("event kind %q version %d: %w", kind, version, err)
	}
	return p, nil
}

// EncodePayload is the inverse of DecodePayload.
func EncodePayload(p Payload) ([]byte, error) { return json.Marshal(p) }

// Kind and Version of each payload.
func (*SheetReceived) Kind() EventKind       { return "sheet-received" }
func (*SheetReceived) Version() int          { return 1 }
func (*SheetReplaced) Kind() EventKind       { return "sheet-replaced" }
func (*SheetReplaced) Version() int          { return 1 }
func (*SheetReturned) Kind() EventKind       { return "sheet-returned" }
func (*SheetReturned) Version() int          { return 1 }
func (*EntryHeld) Kind() EventKind           { return "entry-held" }
func (*EntryHeld) Version() int              { return 1 }
func (*EntryApproved) Kind() EventKind       { return "entry-approved" }
func (*EntryApproved) Version() int          { return 1 }
func (*EntryRejected) Kind() EventKind       { return "entry-rejected" }
func (*EntryRejected) Version() int          { return 1 }
func (*CaseRegistered) Kind() EventKind      { return "case-registered" }
func (*CaseRegistered) Version() int         { return 1 }
func (*VersionAdded) Kind() EventKind        { return "version-added" }
func (*VersionAdded) Version() int           { return 1 }
func (*VersionReturned) Kind() EventKind     { return "version-returned" }
func (*VersionReturned) Version() int        { return 1 }
func (*CaseTaken) Kind() EventKind           { return "case-taken" }
func (*CaseTaken) Version() int              { return 1 }
func (*ConciergeChanged) Kind() EventKind    { return "concierge-changed" }
func (*ConciergeChanged) Version() int       { return 1 }
func (*CaseVoided) Kind() EventKind          { return "case-voided" }
func (*CaseVoided) Version() int             { return 1 }
func (*CasePaused) Kind() EventKind          { return "case-paused" }
func (*CasePaused) Version() int             { return 1 }
func (*CaseResumed) Kind() EventKind         { return "case-resumed" }
func (*CaseResumed) Version() int            { return 1 }
func (*NoteAdded) Kind() EventKind           { return "note-added" }
func (*NoteAdded) Version() int              { return 1 }
func (*MessageKept) Kind() EventKind         { return "message-kept" }
func (*MessageKept) Version() int            { return 1 }
func (*CertificateReissued) Kind() EventKind { return "certificate-reissued" }
func (*CertificateReissued) Version() int    { return 1 }
func (*SheetSentAgain) Kind() EventKind      { return "sheet-sent-again" }
func (*SheetSentAgain) Version() int         { return 1 }
