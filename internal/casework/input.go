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
	MailTransfer  MailKind = "transfer"         // of another office's robot: a case that it hands over, or its answer (移管)
	MailBroken    MailKind = "broken"           // could not be read, failed three times, or above the limits: put aside
	MailAlarm     MailKind = "alarm"            // no mail: the robot tells the clerk about itself
	MailFailure   MailKind = "delivery-failure" // no mail: the outbox reports a letter that could not be delivered
	MailReminder  MailKind = "reminder"         // no mail: the clock's, for one reader
	MailDigest    MailKind = "digest"           // no mail: the clock's, for one reader
	MailDraft     MailKind = "draft"            // no mail of the inbox: what became of a letter in the Drafts folder
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
	Arrived    time.Time // in the mailbox (INTERNALDATE), zero where there is none
	Text       string
	Quoted     string // what the mail quotes of others: never a command, never passed on; people fill in lines there
	Evidence   Evidence
	Call       *Call // the command, if there is one
	CallText   string
	Tag        Tag
	First      *Call             // a command that stands alone as the first new line of the body
	Lines      []LineIn          // the commands of the body, a line each: of まとめて, or of what may answer a digest
	Recipients []string          // addresses in To and Cc
	Files      []FileIn          // all attachments that a person would see
	Filled     map[string]string // the lines of FeedbackForm and HostForm as a workbook that came along answers them, by key
	Sheets     []SheetIn
	Locked     []LockedFile // files that want a password, or a person: encrypted, unreadable
	Password   bool         // it says nothing but a password for a file (mail.md "Passwords in")
	Bounce     *Bounce
	Transfer   *TransferIn // of a mail of kind transfer
	Failure    *DeliveryFailure
	Remind     *RemindIn
	Digest     *DigestIn
	Draft      *DraftSeen // of our own mail, and of MailDraft
	Opened     bool       // it has waited for a password: what was decided when it came is left out
	Late       bool       // the password that its files waited for did not come in time
	Hash       string     // hex content hash, binds a confirmation to this mail
}

// LineIn is one command of a まとめて mail, with the case tag or number that stands in its line.
type LineIn struct {
	Text string
	Call *Call // nil: the line is no command
	Tag  Tag
}

// FileIn is an attachment as it may be passed on. Its bytes are a blob of the store.
type FileIn struct {
	Name string
	Blob string // hex SHA-256
	Size int64
	Runs string // why it is never passed on (it can run, or hides mails with codes in it), Japanese; "" it may
}

// SheetIn is one entry sheet of a mail.
type SheetIn struct {
	File     SheetFile
	Entry    Entry
	Problems []Problem
}

// LockedFile is an attachment that this program cannot open and a person has to look at, unless a password comes.
type LockedFile struct {
	Name   string
	What   string // locked, unreadable, archive
	Reason string // Japanese
	Waits  bool   // a password would open it
}

// Bounce is a delivery status notification (DSN) that names a letter of ours.
type Bounce struct {
	Letter     int64  // the letter of our keyed Message-ID, 0 when it has none
	Original   string // that Message-ID
	Hard       bool   // it failed for good: the letter has not arrived
	Status     string
	Recipients []string
}

// DeliveryFailure is the outbox's report of a letter that did not leave: refused for good, or held by the brakes.
type DeliveryFailure struct {
	Letter  int64
	Party   Party
	Support string // the support that it was about
	Tries   int    // attempts that were made: the letter may have arrived all the same
	Refused bool   // the server refused it for good: it has not arrived
	Kind    LetterKind
	Case    int64
	Subject string
	To      []string
	Reason  string
	Braked  bool
	Lines   []Line `json:",omitempty"` // of a reminder
	Drafted bool   // it lay in the Drafts folder and was withdrawn
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
	Cases  []int64 // all cases of that member; the shell loads them where an agency asks
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
	Absences   []Absence                   // told by mail, as far as they have not ended
	FrozenTold bool                        // the clerk was told today of a mail from this sender, who is held (凍結)
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
	Locked     int // mails that wait for the password of a file, for 一覧

	Hold           time.Duration       // letters to a provider or a company wait so long (trust.md "What may leave" 4)
	Inquiry        string              // the inquiry number by which the mail names its case, "" none
	Letter         ThreadLetter        // the letter of ours that the mail answers
	Bounced        *DeliveryFailure    // the letter of ours that a bounce (Input.Bounce.Letter) is about, and its case loaded; nil none
	Draft          *DraftedLetter      // the letter that Input.Draft is about; nil: none that is looked for
	Unsent         []Unsent            // the letters that lie in the Drafts folder, where the case of Thread has supports
	Undo           Undo                // for 直前取消
	Password       string              // a fresh one, should a sheet be protected
	Kept           string              // the password that is kept sealed for the support of パスワード
	Accepted       bool                // the letter of that referral was accepted
	Leaving        Leaving             // what the sheet in force is, for 回付
	Codes          map[string][]string // the keyed codes that are good in this case, by Party.Key
	NamePrefecture bool                // the office lets an inquiry name the company's prefecture
	FormFile       string              // name of the office's additional-information form, "" when it has none
	Lines          []LineFacts         // for まとめて, one for each line
	Due            []DueStep           // of the cases of a RemindIn: what the clock's table says now
	Digest         DigestFacts         // of a DigestIn
	SaidInDigest   bool                // 引受 and メモ of a concierge are answered in the next digest
}

// ThreadLetter is a letter of ours that somebody answers.
type ThreadLetter struct {
	ID      int64
	Kind    LetterKind
	Party   Party
	Support string
	Relay   Party // whom a plain reply goes back to
	For     Role  // whom it speaks to, where that is not its party: the intake agency passes it on to the company
}

// Undo is what has become of the letters of a case's last command.
type Undo struct {
	Waiting []int64 // letters that are still held
	Gone    int     // letters that have left, or that are being sent
}

// Leaving is what the shell has seen in the workbook that a referral would send.
type Leaving struct {
	Findings []string // what is in it besides the form, in Japanese
	Problem  string   // why it cannot be protected, whole Japanese sentences; "" it can
}

// LineFacts are the facts of one line of まとめて.
type LineFacts struct {
	Thread   int64
	ByTag    bool
	Code     CodeState
	Inquiry  string
	Undo     Undo
	Leaving  Leaving
	Codes    map[string][]string
	Password string
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
	ResultPassed     Result = "passed" // a party's mail was passed on to another
	ResultOther      Result = "other"
	ResultWaiting    Result = "waiting" // a locked file waits for its password, or a password for its file
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
	Used    string   // the word of the confirmation that was used up
	Stop    *bool    // 全送信停止 / 全送信再開
	Wait    *Waiting // files that wait for a password; nil none
	Heard   bool     // its words may open locked files of the same sender
	Wrong   string   // the address whose mail had a wrong code, to be counted; "" none

	Asked    []int64        // mails (LockedMail.Message) whose senders are asked for their password
	Bounced  int64          // letter of ours that did not arrive, 0 none
	Draft    *DraftSettled  // what became of a draft; nil nothing new
	Withdraw []int64        // letters that 直前取消 takes back: all of them are still held, or the transaction fails
	Keep     []KeptPassword // passwords to be kept sealed until the agency asks for them
	Forget   []string       // supports whose kept password is erased

	Freeze   *Freeze         // 凍結, 解除
	Absence  *Absence        // 不在; From is "" for 不在 取消: those of the concierge that have not ended go
	Contacts []ContactChange // 連絡先変更
	Digested string          // DigestIn.Key of the digest that was written, "" none
	Told     string          // the address of a held sender of whose mail the clerk is told, for the day; "" none
}

// KeptPassword is the password of a referral that its agency gets on request by mail.
type KeptPassword struct {
	Case     int64
	Support  string
	Password string
}
