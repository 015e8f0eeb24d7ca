package casework

import "time"

// MailKind is what a mail is, mail.md "What is it?".
type MailKind string

// The kinds of mail, and the ones the robot cannot read.
const (
	MailOwn       MailKind = "own"
	MailBounce    MailKind = "bounce"
	MailAutomatic MailKind = "automatic"
	MailCalendar  MailKind = "calendar"
	MailCommand   MailKind = "command"
	MailLocked    MailKind = "locked"
	MailEntry     MailKind = "entry"
	MailReply     MailKind = "reply"
	MailOther     MailKind = "other"
	MailBroken    MailKind = "broken"           // could not be read, failed three times, or above the limits: put aside
	MailAlarm     MailKind = "alarm"            // no mail: the robot tells the clerk about itself
	MailFailure   MailKind = "delivery-failure" // no mail: the outbox reports a letter that could not be delivered
)

// Input is one mail as it was understood. It claims; Facts and the roster judge.
type Input struct {
	Kind       MailKind
	Why        string // the sign by which the kind was told
	From       Address
	Authority  string // "" when the mail has exactly one From, Subject, Date and Message-ID and names our mailbox; else what it lacks
	MessageID  string
	References []string // In-Reply-To and References, for the answer's thread
	Subject    string
	Date       time.Time
	Text       string
	Evidence   Evidence
	Call       *Call // the command, if there is one
	CallText   string
	Tag        Tag
	Sheets     []SheetIn
	Locked     []LockedFile // files that want a person: encrypted, .xls, unreadable
	Bounce     *Bounce
	Failure    *DeliveryFailure
	Hash       string // hex content hash, binds a confirmation to this mail
}

// SheetIn is one entry sheet of a mail.
type SheetIn struct {
	File     SheetFile
	Entry    Entry
	Problems []Problem
}

// LockedFile is an attachment that this program cannot open and a person has to look at.
type LockedFile struct {
	Name   string
	What   string // locked, unreadable
	Reason string // Japanese
}

// Bounce is a delivery status notification (DSN) that names a letter of ours.
type Bounce struct {
	Letter     int64 // the letter of our keyed Message-ID, 0 when it has none
	Hard       bool
	Status     string
	Recipients []string
}

// DeliveryFailure is the outbox's report of a letter that did not leave: refused for good, or held by the brakes.
type DeliveryFailure struct {
	Letter  int64
	Kind    LetterKind
	Case    int64
	Subject string
	To      []string
	Reason  string
	Braked  bool
}

// CaseRef names another case briefly.
type CaseRef struct {
	ID        int64
	Number    string
	Stage     Stage
	Agency    string
	Concierge string
}

// Member is a company's membership.
type Member struct {
	Number    string
	Concierge string // the company keeps it while rostered
}

// ListRow is one line of 一覧.
type ListRow struct {
	Number    string
	Company   string
	Stage     Stage
	Agency    string
	Concierge string
	Since     time.Time // of the last change
	Next      string    // Japanese: what is next
}

// Pending is a command that waits for its sender's confirmation (trust.md "Confirmation").
type Pending struct {
	Word    string
	Input   Input // as it came; decided anew when the word comes
	To      Address
	Expires time.Time
	Case    int64
}

// Verified is what 会員確認 finds.
type Verified struct {
	Number string
	Stage  Stage // of the newest case of that member
	Found  bool
	Void   bool
}

// Facts are what lies outside the case, loaded anew for each input in its own transaction, and with what this very
// transaction has decided before it (architecture.md rules 2 and 3).
type Facts struct {
	Now        time.Time
	Office     Office
	Roster     Roster
	Calendar   Calendar
	Lacks      func(string) []rune         // characters that the certificate's fonts lack
	Prefecture func(address string) string // 兵庫県 of an address, "" unknown
	CcWindow   bool                        // answers to an agency go to its window, too
	Off        []CommandName               // commands that the office has switched off
	WrongCodes int                         // mails with a wrong code from this sender today, before this one
	Verifies   int                         // 会員確認 answered to this sender today
	Numbers    Numbers
	Word       string           // a fresh one-time word, should a confirmation be needed
	Code       CodeState        // of the input's tag
	Thread     int64            // the case that tag or thread names, 0 none
	ByTag      bool             // Thread was named by the tag (else by References)
	SameSheet  map[string]int64 // workbook hash -> the newest open-or-registered case that came with these very bytes
	OpenSame   map[string][]CaseRef
	Returned   map[string]int64 // company key -> a returned case of the same submitting agency that waits for correction
	Members    map[string]Member
	Loads      map[string]int
	Stopped    bool // 全送信停止 is in force
	Seen       bool // this very mail was done before (trust.md S2)
	Pending    *Pending
	PendingOf  bool // one confirmation is open for this sender and case already
	Rows       []ListRow
	Verified   Verified
	ToReview   int // open held cases, for 一覧
}

// Folder says where a mail is filed; the configuration names the folders.
type Folder string

// The folders.
const (
	FolderStay    Folder = ""        // stays in INBOX for the people
	FolderDone    Folder = "done"    // dealt with
	FolderMachine Folder = "machine" // own, automatic, bounces, calendar
	FolderAside   Folder = "aside"   // a person has to look
)

// Result says in one word what became of a mail.
type Result string

// Results as `--json` prints them.
const (
	ResultRegistered Result = "registered"
	ResultReturned   Result = "returned"
	ResultHeld       Result = "held"
	ResultDuplicate  Result = "duplicate"
	ResultCorrected  Result = "corrected" // a new version
	ResultAside      Result = "aside"
	ResultSilent     Result = "silent"
	ResultKept       Result = "kept"
	ResultOther      Result = "other"
	ResultDone       Result = "done"    // a command was carried out
	ResultRefused    Result = "refused" // a command was answered with a refusal
	ResultConfirm    Result = "confirm" // a confirmation was asked for
	ResultSeen       Result = "seen"    // done before
)

// Outcome is Decide's answer: what is written in one transaction, and nothing else happens.
type Outcome struct {
	Result  Result
	Results []Result // one for each sheet of the mail, in order; nil when it had none
	Why     string   // Japanese or plain words, for the operator's eye
	Folder  Folder
	Events  []Event // Case and At set, Seq not
	Letters []Letter
	Cases   []int64 // the cases concerned, the first is the chief one
	Number  string  // of the chief case: registration number, else receipt number
	Numbers Numbers // after
	Ask     *Pending
	Used    string // the word of the confirmation that was used up
	Stop    *bool  // 全送信停止 / 全送信再開
	Wrong   string // the address whose mail had a wrong code, to be counted; "" none
}
