package casework

import (
	"slices"
	"time"
)

// The letters of a case after its registration.
const (
	LetterInquiry         LetterKind = "inquiry"
	LetterInquiryAnswer   LetterKind = "inquiry-answer"
	LetterPassedOver      LetterKind = "passed-over"
	LetterConsent         LetterKind = "consent"
	LetterConsentRecorded LetterKind = "consent-recorded"
	LetterConsentResult   LetterKind = "consent-result"
	LetterReferral        LetterKind = "referral"
	LetterPassword        LetterKind = "password"
	LetterReferred        LetterKind = "referred"
	LetterHost            LetterKind = "host"
	LetterMeeting         LetterKind = "meeting"
	LetterProposal        LetterKind = "proposal"
	LetterForm            LetterKind = "form"
	LetterFeedbackAsk     LetterKind = "feedback-request"
	LetterFeedback        LetterKind = "feedback"
	LetterClosing         LetterKind = "closing"
	LetterWithdrawn       LetterKind = "withdrawn"
	LetterRecall          LetterKind = "recall"
	LetterPassedOn        LetterKind = "passed-on"
	LetterNobody          LetterKind = "nobody"
	LetterTranscript      LetterKind = "transcript"
	LetterReminder        LetterKind = "reminder"
	LetterLockedAsk       LetterKind = "locked-ask"
)

// The attachments of these letters.
const (
	AttachProtected AttachmentKind = "protected" // the received workbook without what can run, encrypted
	AttachFilled    AttachmentKind = "filled"    // the agency's own referral form, filled from the case and encrypted
	AttachOffice    AttachmentKind = "office"    // a file of the office: the additional-information form
	AttachFile      AttachmentKind = "file"      // a file that came with a passed-on mail, byte for byte
	AttachInvite    AttachmentKind = "invite"    // the calendar file, from the letter's content
	AttachList      AttachmentKind = "list"      // all rows of a list as a workbook, from the letter's content
	AttachChart     AttachmentKind = "chart"     // the year's flow as a picture in the letter, from its content
)

// Protection says how an attachment is encrypted: with a fresh password, with the one agreed with an agency, whose
// secret only the shell has, or with the one under which it came. It never reaches the database.
type Protection struct {
	Password string
	Agreed   string // agency code
	Office   string // code of another office
	AsItCame bool   // with the password that is kept sealed for the attachment's blob
}

// SupportView is what one party may see of a support.
type SupportView struct {
	ID         string
	Agency     string
	AgencyName string
	Service    string // JETRO's
	State      SupportState
	StateText  string
	Consents   string // office and concierge: 紹介元：了承済、企業：未回答（11/18 依頼）
	Reason     string // office and concierge
	Host       Host
	Last       *Feedback  // the newest report that this party may see
	Reports    []Feedback // all of them, the oldest first; office, concierge and intake agency
}

// InquiryFacts are the attributes that an inquiry may name: the office's choice, and never a value that names anybody.
type InquiryFacts struct {
	Items      []int
	Countries  []string
	Industry   string
	Size       string // a band: 資本金 5,000万円以下・従業員 50名以下
	Prefecture string // "" unless the office allows it
}

type (
	// InquiryLetter is 支援可否のご照会, to a candidate: anonymous. Its View names no case but by the inquiry number.
	InquiryLetter struct {
		View
		Facts InquiryFacts
		Prose string // the concierge's words, scanned
		Due   time.Time
		Phone string // of the concierge
	}
	// InquiryAnswerLetter tells the concierge what a candidate answered.
	InquiryAnswerLetter struct {
		View
		Support SupportView
		Answer  Answer
		Reason  string
		By      Address
		Late    bool // another candidate was chosen or the inquiry is over
	}
	// PassedOverLetter tells a candidate kindly that the case went elsewhere (見送り).
	PassedOverLetter struct{ View }
	// ConsentLetter is 支援機関へのご紹介に関するお願い, to the company or to the intake agency.
	ConsentLetter struct {
		View
		For     Role // RoleCompany or RoleIntake: whose consent is asked for
		Support SupportView
		Why     string // the concierge's words
		Shares  []string
		Due     time.Time
	}
	// ConsentRecordedLetter tells a party that its answer by word of mouth was recorded, and how to object.
	ConsentRecordedLetter struct {
		View
		For     Role
		Support SupportView
		Answer  ConsentAnswer
		Channel Spoken
	}
	// ConsentResultLetter tells the concierge, or for two spoken consents the clerk, where the consents stand.
	ConsentResultLetter struct {
		View
		Support  SupportView
		Party    Role // who has answered
		Answer   ConsentAnswer
		Reason   string
		Channel  Spoken
		Cleared  bool     // 回付 is possible now
		Approval bool     // the clerk has to approve: both were said to the concierge
		Findings []string // what is in the workbook besides the form
		Recall   bool     // the sheet has left, or perhaps: 廃棄依頼 is proposed
	}
	// ReferralLetter is エントリーシート送付のご案内, to the provider, with the protected sheet.
	ReferralLetter struct {
		View
		CompanyAt, IntakeAt time.Time // of the consents
		PasswordBy          PasswordWay
		Form                bool
		Again               bool
		Phone               string // of the concierge
	}
	// PasswordLetter brings the password of a referral: to the provider on its request, or to the concierge who tells
	// it by phone. It is kept sealed until it was sent, then erased, and never copied to Sent.
	PasswordLetter struct {
		View
		Support  SupportView
		Password string
		FileName string
		ByPhone  bool   // the reader is the concierge, who calls Phone
		Phone    string // of the agency
	}
	// ReferredLetter tells company and intake agency who supports.
	ReferredLetter struct {
		View
		For     Role
		Support SupportView
	}
	// HostLetter tells company and concierge who takes the company in.
	HostLetter struct {
		View
		For     Role
		Support SupportView
	}
	// MeetingLetter invites to an appointment, moves or cancels it. Its calendar file is made from these fields.
	MeetingLetter struct {
		View
		For       Role
		Support   SupportView // zero for the first meeting with the concierge
		Meeting   Meeting
		Before    time.Time // the time that it had, zero for a new one
		With      []string  // who is invited, by name
		Optional  bool
		Note      string // the concierge's words
		Recipient Address
	}
	// ProposalLetter proposes JETRO's own support, with how to apply.
	ProposalLetter struct {
		View
		For     Role
		Support SupportView
		HowTo   string // the concierge's words
	}
	// FormLetter sends the additional-information form.
	FormLetter struct {
		View
		For  Role
		Note string
	}
	// FeedbackRequestLetter is 支援状況のご報告のお願い.
	FeedbackRequestLetter struct {
		View
		Support SupportView
		Last    *Feedback
		Readers []string
	}
	// FeedbackLetter passes a report on.
	FeedbackLetter struct {
		View
		For      Role
		Support  SupportView
		Feedback Feedback
		Channel  Spoken
	}
	// ClosingLetter tells that a support (支援終了) or the case (案件終了) has ended.
	ClosingLetter struct {
		View
		For     Role
		Support SupportView // zero: the whole case
	}
	// WithdrawnLetter tells that the request for support was withdrawn (支援取下).
	WithdrawnLetter struct {
		View
		For Role
		By  Role
	}
	// RecallLetter asks a provider to delete what it got.
	RecallLetter struct {
		View
		Support SupportView
		Due     time.Time
	}
	// PassedOnLetter passes a mail on to another party of the case.
	PassedOnLetter struct {
		View
		For     Role
		From    string // who wrote, as its reader may know it
		Subject string
		Text    string
		Files   []string // that go with it
		Kept    []string // files that are not passed on, with the reason
		Doubt   string   // to the concierge: why the sender is not proved, "" when proved
		Answer  bool     // a plain reply goes back to who wrote
	}
	// NobodyLetter tells the concierge that a mail reached nobody, and how it would.
	NobodyLetter struct {
		View
		Subject string
		Why     string
	}
	// ReminderLetter reminds its reader of what is waited for, or tells that somebody else's answer has not come: one
	// letter a day for all cases.
	ReminderLetter struct {
		View
		Lines []ReminderLine
	}
	// ReminderLine is one thing that is waited for.
	ReminderLine struct {
		Line
		Number  string // by which its reader knows the case
		Company string // "" where its reader may not know it
		What    string // that is waited for, as its reader knows it
		Since   time.Time
		Tell    string // where its reader is not who is waited for: who is
		Via     bool   // the answer is the company's, whom its reader asks
		Offers  []Offer
	}
	// LockedAskLetter asks the sender of locked files for their password.
	LockedAskLetter struct {
		View
		Mails []LockedAsk
	}
	// LockedAsk is one mail with locked files.
	LockedAsk struct {
		Received time.Time
		Files    []string
	}
	// TranscriptLetter answers まとめて: what each line did.
	TranscriptLetter struct {
		View
		Lines   []TranscriptLine
		Errors  int
		Stopped bool // at the fifth error; the lines behind were not tried
		Sent    []SentNote
	}
	// TranscriptLine is one command of まとめて.
	TranscriptLine struct {
		Command string
		Number  string
		Done    bool
		Text    string
	}
)

// PasswordWay is how an agency gets the password of its referrals (roster: referral.password).
type PasswordWay string

// The ways of trust.md "What may leave" 5.
const (
	PasswordPhone  PasswordWay = "phone"
	PasswordAgreed PasswordWay = "agreed"
	PasswordMail   PasswordWay = "mail"
)

// Kind of each content.
func (InquiryLetter) Kind() LetterKind         { return LetterInquiry }
func (InquiryAnswerLetter) Kind() LetterKind   { return LetterInquiryAnswer }
func (PassedOverLetter) Kind() LetterKind      { return LetterPassedOver }
func (ConsentLetter) Kind() LetterKind         { return LetterConsent }
func (ConsentRecordedLetter) Kind() LetterKind { return LetterConsentRecorded }
func (ConsentResultLetter) Kind() LetterKind   { return LetterConsentResult }
func (ReferralLetter) Kind() LetterKind        { return LetterReferral }
func (PasswordLetter) Kind() LetterKind        { return LetterPassword }
func (ReferredLetter) Kind() LetterKind        { return LetterReferred }
func (HostLetter) Kind() LetterKind            { return LetterHost }
func (MeetingLetter) Kind() LetterKind         { return LetterMeeting }
func (ProposalLetter) Kind() LetterKind        { return LetterProposal }
func (FormLetter) Kind() LetterKind            { return LetterForm }
func (FeedbackRequestLetter) Kind() LetterKind { return LetterFeedbackAsk }
func (FeedbackLetter) Kind() LetterKind        { return LetterFeedback }
func (ClosingLetter) Kind() LetterKind         { return LetterClosing }
func (WithdrawnLetter) Kind() LetterKind       { return LetterWithdrawn }
func (RecallLetter) Kind() LetterKind          { return LetterRecall }
func (PassedOnLetter) Kind() LetterKind        { return LetterPassedOn }
func (NobodyLetter) Kind() LetterKind          { return LetterNobody }
func (TranscriptLetter) Kind() LetterKind      { return LetterTranscript }
func (ReminderLetter) Kind() LetterKind        { return LetterReminder }
func (LockedAskLetter) Kind() LetterKind       { return LetterLockedAsk }

// InHours tells whether a letter is the clock's, and leaves in office hours only.
func (k LetterKind) InHours() bool {
	return k == LetterReminder || k == LetterFeedbackAsk || k == LetterLockedAsk
}

// Answerable tells whether a line offers a command.
func (l ReminderLetter) Answerable() bool {
	return slices.ContainsFunc(l.Lines, func(line ReminderLine) bool { return len(line.Offers) > 0 })
}

func (l ReminderLetter) lines() (out []Line) {
	for _, line := range l.Lines {
		out = append(out, line.Line)
	}
	return out
}

// speaksTo is the party whom a letter speaks to, which is not its reader when the intake agency passes it on.
func (l ConsentLetter) speaksTo() Role         { return l.For }
func (l ConsentRecordedLetter) speaksTo() Role { return l.For }
func (l ReferredLetter) speaksTo() Role        { return l.For }
func (l HostLetter) speaksTo() Role            { return l.For }
func (l MeetingLetter) speaksTo() Role         { return l.For }
func (l ProposalLetter) speaksTo() Role        { return l.For }
func (l FormLetter) speaksTo() Role            { return l.For }
func (l FeedbackLetter) speaksTo() Role        { return l.For }
func (l ClosingLetter) speaksTo() Role         { return l.For }
func (l WithdrawnLetter) speaksTo() Role       { return l.For }
func (l PassedOnLetter) speaksTo() Role        { return l.For }
