package casework

import "time"

// Inbound is one mail on its way into a transaction: where it lies, its raw bytes, and how it was understood.
type Inbound struct {
	UIDValidity, UID uint32
	InternalDate     time.Time
	Hash             [32]byte          // content hash without trace headers
	Raw              []byte            // RFC 5322 bytes as they came
	RawFile          string            // or, when large, the path of a spooled file that the store adopts
	Input            Input             // what it means
	Blobs            map[string][]byte // hex SHA-256 -> workbook bytes
	Passwords        map[string]string // hex SHA-256 of an open workbook -> the password under which it came
	Opened           *Opened           // a mail that was done before and waited for a password; nil: a new one
	System           bool              // no mail: the robot's own input, such as a delivery failure
}

// Opened is a mail whose locked files have waited: some of them are open now, or its time is over.
type Opened struct {
	Message   int64         // row of the mail
	Tried     int64         // LockedMail.Tried as it was read: where the row is another by now, nothing happens
	Passwords []string      // that have opened files of it so far
	Brought   []int64       // rows of the mails that brought them
	Spent     time.Duration // that trying has cost
}

// LockedMail is a mail whose locked files wait for their password.
type LockedMail struct {
	Message          int64
	UIDValidity, UID uint32 // where it lay
	InternalDate     time.Time
	Raw              string // hex SHA-256 of its bytes, a blob
	MessageID        string
	Sender           string
	Since            time.Time // when it was done
	Open             bool      // nothing waits any more
	Waiting                    // what still waits
	Passwords        []string  // that have opened a part of it
	Tried            int64     // the newest mail of the sender whose words were tried, 0 none
}

// SenderMail is a mail whose words may be the password of a locked file.
type SenderMail struct {
	Message int64
	Raw     string // hex SHA-256 of its bytes, a blob
	At      time.Time
}

// Handled is what a transaction made of one Inbound.
type Handled struct {
	Message  int64 // row of the mail
	Outcome  Outcome
	Letters  []Queued
	Seen     bool  // the very same mail was done before: nothing happened (trust.md S2)
	Err      error // this mail failed, was rolled back, and counts as failed Failures times
	Failures int
}

// Queued is a letter as it was put into the outbox.
type Queued struct {
	ID          int64
	Kind        LetterKind
	Case        int64
	To          []string
	Subject     string
	Attachments []string
}

// Filing says where a mail that was dealt with belongs.
type Filing struct {
	Message          int64
	UIDValidity, UID uint32
	Folder           Folder
}

// Lookup answers what lies outside of a mail, inside the transaction that decides it: it sees what this very
// transaction has written before. A reader of the database answers the same for `try`.
type Lookup interface {
	Numbers(at time.Time) (Numbers, error)
	Case(id int64) (Case, error)
	ByNumber(number string) (int64, bool, error) // receipt or registration number
	ByThread(ids []string) (int64, bool, error)  // Message-IDs of our letters or of recorded mails
	SameSheet(hashes []string) (map[string]int64, error)
	OpenSame(keys []string) (map[string][]CaseRef, error)
	ReturnedFor(agency string, keys []string) (map[string]int64, error) // by CorrectionKeys
	Members(keys []string) (map[string]Member, error)
	Loads() (map[string]int, error)
	Stopped() (bool, error)
	Pending(word string) (*Pending, error)
	PendingFor(addr string, caseID int64, now time.Time) (bool, error)
	Rows(concierge string, limit int) ([]ListRow, error)
	Held() (int, error)
	Locked() (int, error) // mails that wait for the password of a file
	Verify(member string) (Verified, error)
	WrongCodes(addr string, since time.Time) (int, error)  // mails with a wrong code from this address since then
	Verifies(addr string, since time.Time) (int, error)    // 会員確認 answered to this address since then
	Standing(at time.Time) (Standing, error)               // what the office has laid over its roster
	FrozenTold(addr string, since time.Time) (bool, error) // the clerk was told of this held sender's mail since then

	ThreadLetter(ids []string) (ThreadLetter, int64, error)                                // our letter of these Message-IDs, and its case
	Bounced(letter int64) (*DeliveryFailure, error)                                        // our letter of that id, nil when there is none
	Drafted(letter int64) (*DraftedLetter, error)                                          // a letter that lies in the Drafts folder, or did lately; nil none
	Unsent() ([]Unsent, error)                                                             // all letters that lie there
	Undo(caseID int64, command int) (Undo, error)                                          // the letters of a command, by its event's ordinal
	KeptPassword(caseID int64, support string) (password string, accepted bool, err error) // of a referral, and whether its letter was accepted
}

// DecideFunc decides one mail with facts loaded from l. It may be asked more than once for a mail, and must answer the
// same from the same facts.
type DecideFunc func(l Lookup, in Inbound) (Outcome, error)

// RenderFunc makes the bytes of a letter whose id is set; it is called in parallel.
type RenderFunc func(Letter) (Rendered, error)
