package inbound

import (
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Address is one mailbox of an address field (RFC 5322, 3.4).
type Address struct {
	// Name is the display name, decoded, UTF-8; "" when there is none.
	Name string
	// Addr is the address as typed, without angle brackets and comments. It is
	// never normalised (no NFKC): look-alikes stay different.
	Addr string
}

// Domain returns the part after the last @, lower-cased and as an A-label
// (RFC 5890); "" when there is none. No compatibility mapping is done: a
// full-width domain does not become the ASCII one.
func (a Address) Domain() string {
	i := strings.LastIndexByte(a.Addr, '@')
	if i < 0 {
		return ""
	}
	return aLabel(a.Addr[i+1:])
}

// aLabel lower-cases a domain and punycodes its non-ASCII labels; a domain that
// cannot be encoded is returned lower-cased.
func aLabel(domain string) string {
	domain = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(domain), "."))
	for i := range len(domain) {
		if domain[i] >= utf8.RuneSelf {
			if a, err := idna.Punycode.ToASCII(domain); err == nil {
				return a
			}
			return domain
		}
	}
	return domain
}

// Same reports whether both addresses are the same mailbox: the domain compared
// as A-label, the local part without regard to ASCII case.
func (a Address) Same(b Address) bool {
	la, lb := strings.LastIndexByte(a.Addr, '@'), strings.LastIndexByte(b.Addr, '@')
	if la < 0 || lb < 0 {
		return false
	}
	return asciiLower(a.Addr[:la]) == asciiLower(b.Addr[:lb]) && a.Domain() == b.Domain()
}

// asciiLower lower-cases A to Z only; other scripts have no case that mail
// servers agree on.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Attachment is one file that came with the mail, at any depth.
type Attachment struct {
	// Name is the file name, decoded, without folders and control characters;
	// a made-up one ("part-3.png") when the mail gives none.
	Name string
	// Path is the names of the messages around it and its own, joined by "/":
	// "original.eml/x.xlsx"; at top level just the name.
	Path string
	// ContentType is the media type as declared, lower-case, without parameters.
	ContentType string
	// Data is the content with the transfer encoding undone. It may share
	// memory with the raw mail.
	Data []byte
	// SHA256 is the hash of Data.
	SHA256 [32]byte
	// Inline is true for what is shown inside the text, as pictures of HTML.
	Inline bool
	// Inside lists the files of a winmail.dat, those of messages embedded in it
	// included. Archives are opened elsewhere.
	Inside []Attachment
	// Guess says how the name's charset was guessed; "" when it was declared.
	Guess string
}

// Kind is what can be told from the mail alone, before anybody looks at
// workbooks or cases.
type Kind string

// The kinds, in the order in which they are tried.
const (
	KindOwn       Kind = "own"       // written by this robot
	KindBounce    Kind = "bounce"    // a delivery report
	KindAutomatic Kind = "automatic" // written by a machine
	KindCalendar  Kind = "calendar"  // an answer to an invitation
	KindPlain     Kind = ""          // anything else
)

// Bounce is what a delivery report says (RFC 3464). It is a claim: only our own
// keyed Message-ID in OriginalMessageID makes it believable.
type Bounce struct {
	// Action is failed, delayed, delivered, relayed, expanded or feedback
	// (an abuse report); "" when it cannot be told.
	Action string
	// Status is the enhanced status code (RFC 3463): "5.1.1". Where the report
	// has none it is the class alone, by the server's reply or the words:
	// "5.0.0", "4.0.0"; "" for what is neither failed nor delayed.
	Status string
	// Reason is what the report says, as one of the words above.
	Reason BounceReason
	// Hard is true when mail to the address will never arrive: the action is
	// failed, the status permanent (5.x), and it is certain that the address
	// itself is at fault, not a full mailbox, a filter, a list or a rule.
	Hard bool
	// Recipients are the addresses that Action is about.
	Recipients []string
	// OriginalMessageID is that of the returned mail, without angle brackets.
	OriginalMessageID string
}

// EvidenceState is the verdict on who sent the mail.
type EvidenceState string

// The states of evidence.
const (
	EvidencePass         EvidenceState = "pass"         // DMARC, or DKIM aligned with From
	EvidenceWeak         EvidenceState = "weak"         // SPF only
	EvidenceFail         EvidenceState = "fail"         // DMARC failed
	EvidenceNone         EvidenceState = "none"         // no usable field
	EvidenceUnconfigured EvidenceState = "unconfigured" // no authserv-id is configured
)

// Evidence is what the office's boundary server found (RFC 8601). DMARC, DKIM
// and SPF hold the server's words: pass, fail, none, and so on.
type Evidence struct {
	Authserv, DMARC, DKIM, SPF string
	// HeaderFrom is the domain that the server's DMARC result is about.
	HeaderFrom string
	State      EvidenceState
	// Why says what the state rests on, for people who look after the robot.
	Why string
}

// Message is one mail, understood.
type Message struct {
	// MessageID, InReplyTo and References hold ids without angle brackets.
	MessageID             string
	InReplyTo, References []string
	From                  []Address
	Sender                *Address
	ReplyTo, To, Cc       []Address
	// Bcc stands in mails that people have sent, where their mail program keeps it.
	Bcc []Address
	// ReturnPath is the envelope sender as the final server noted it; with
	// HasReturnPath true and ReturnPath "" the sender is null (RFC 5321, 4.5.5).
	ReturnPath    string
	HasReturnPath bool
	Subject       string
	// Date is the Date field; zero when it is missing or cannot be read.
	Date time.Time

	// Text is what the sender wrote, UTF-8 with \n, without leading and
	// trailing blank lines, quotes and signature.
	Text      string
	Quoted    string
	Signature string
	// TextGuess says how the body's charset was guessed, "" when it was declared.
	TextGuess   string
	Attachments []Attachment

	Kind Kind
	// Why names the sign by which Kind was told.
	Why      string
	Bounce   *Bounce
	Calendar string // METHOD of a calendar part, upper-case (RFC 5546)
	Evidence Evidence

	ListID        string
	AutoSubmitted string
	// Transfer is what the robot of another office says (X-Uketsuke-Transfer); a claim.
	Transfer string

	// ContentHash covers the mail without its trace fields, with line ends and
	// folding made equal: the same for one mail sent to two aliases, another
	// for a different mail that reuses a Message-ID.
	ContentHash [32]byte
	// Problems are remarks for operators (English, nothing personal in them).
	Problems []string
	// HeaderOnly is true when only the header was read.
	HeaderOnly bool
	// Authority is "" when the mail has exactly one From mailbox, Subject, Date
	// and Message-ID, so that it may carry authority; else what is amiss.
	Authority string

	fromFields int // how many From fields the header has
}

// Sole returns the one From mailbox; false when there are none or several.
func (m *Message) Sole() (Address, bool) {
	if m.fromFields == 1 && len(m.From) == 1 && m.From[0].Domain() != "" {
		return m.From[0], true
	}
	return Address{}, false
}

// AddressedTo reports whether mailbox stands in To or Cc.
func (m *Message) AddressedTo(mailbox string) bool {
	ours := Address{Addr: mailbox}
	for _, list := range [][]Address{m.To, m.Cc} {
		for _, a := range list {
			if a.Same(ours) {
				return true
			}
		}
	}
	return false
}
