package casework

import (
	"time"
)

// The payloads of a case after its registration, process.md 2 to 5.
type (
	// CommandBegan stands before the events of a command whose letters wait before they leave: 直前取消 goes back to it.
	CommandBegan struct {
		Command string `json:"command"` // as understood, with arguments
	}
	// CommandUndone takes back all that came behind the last CommandBegan (直前取消). The log keeps both.
	CommandUndone struct {
		Command string `json:"command"`
	}
	// ReachSet is 連絡方法: letters for the company go to itself, or through the intake agency.
	ReachSet struct {
		Direct bool `json:"direct"`
	}
	// ReachConfirmed is 連絡先確認: the company's address is right and may consent.
	ReachConfirmed struct {
		Address string `json:"address"`
	}
	// Inquired is 打診, or a candidate's answer by phone that no inquiry came before.
	Inquired struct {
		Support    string `json:"support"`
		Agency     string `json:"agency"`
		AgencyName string `json:"agencyName"`
		Prose      string `json:"prose,omitempty"`
		Channel    Spoken `json:"channel,omitempty"` // asked by phone, not by mail
	}
	// InquiryAnswered is 受入可 or 受入不可.
	InquiryAnswered struct {
		Support string `json:"support"`
		Answer  Answer `json:"answer"`
		Channel Spoken `json:"channel,omitempty"`
		Reason  string `json:"reason,omitempty"`
	}
	// SupportPassed is 見送り.
	SupportPassed struct {
		Support string `json:"support"`
	}
	// ConsentAsked is 了承依頼: company and intake agency are asked about this agency and this version of the sheet.
	ConsentAsked struct {
		Support      string `json:"support"`
		SheetVersion int    `json:"version"`
		Why          string `json:"why,omitempty"` // the concierge's words, for the two parties
	}
	// ConsentAnswered is 了承 or 辞退 of one party.
	ConsentAnswered struct {
		Support      string        `json:"support"`
		Party        Role          `json:"party"`
		SheetVersion int           `json:"version"`
		Answer       ConsentAnswer `json:"answer"`
		Channel      Spoken        `json:"channel,omitempty"` // recorded by the concierge
		Waiting      bool          `json:"waiting,omitempty"` // both by word of mouth: the clerk has to approve
		Reason       string        `json:"reason,omitempty"`
	}
	// ConsentApproved is the clerk's 承認 of consents that were both given by word of mouth.
	ConsentApproved struct {
		Support string `json:"support"`
	}
	// Referred is 回付: the protected sheet, or the agency's own form, goes to the agency.
	Referred struct {
		Support      string `json:"support"`
		SheetVersion int    `json:"version"`
		Way          Way    `json:"way"`
		Form         bool   `json:"form,omitempty"`
		Again        bool   `json:"again,omitempty"`
	}
	// ReferralStopped says that a referral's letter did not leave, or that it perhaps did when a consent was withdrawn.
	ReferralStopped struct {
		Support string `json:"support"`
		Perhaps bool   `json:"perhaps,omitempty"`
	}
	// PasswordGiven records that the password of a referral was given to the agency. The password stands in no event.
	PasswordGiven struct {
		Support string `json:"support"`
	}
	// HostNamed is 受入担当.
	HostNamed struct {
		Support string `json:"support"`
		Host    Host   `json:"host"`
		Channel Spoken `json:"channel,omitempty"`
	}
	// JetroProposed is ジェトロ支援.
	JetroProposed struct {
		Support string `json:"support"`
		Service string `json:"service"`
	}
	// FormSent is 追加情報: the additional-information form went to a party.
	FormSent struct {
		To Role `json:"to"`
	}
	// FormReturned is the filled form that came back.
	FormReturned struct {
		From Role `json:"from"`
	}
	// MeetingSet is 面談: an appointment, or its change.
	MeetingSet struct {
		Key      string    `json:"key"`
		UID      string    `json:"uid"`
		Sequence int       `json:"sequence"`
		Start    time.Time `json:"start"`
		End      time.Time `json:"end"`
		Place    string    `json:"place,omitempty"`
	}
	// MeetingCancelled is 面談中止.
	MeetingCancelled struct {
		Key      string `json:"key"`
		Sequence int    `json:"sequence"`
	}
	// FeedbackGiven is 進捗.
	FeedbackGiven struct {
		Support  string   `json:"support"`
		Channel  Spoken   `json:"channel,omitempty"`
		Feedback Feedback `json:"feedback"`
	}
	// WishGiven is 要望: for the office and the concierge.
	WishGiven struct {
		Text string `json:"text"`
	}
	// MessagePassed is a mail of one party that was passed on to another, or that the concierge wrote to one.
	MessagePassed struct {
		From    Party  `json:"from"`
		To      Party  `json:"to"`
		Subject string `json:"subject,omitempty"`
		Text    string `json:"text,omitempty"`
		Files   int    `json:"files,omitempty"`
	}
	// SupportEnded is 支援終了.
	SupportEnded struct {
		Support string `json:"support"`
		Reason  string `json:"reason,omitempty"`
	}
	// CloseWarned is 案件終了 while supports are open: it was refused, and is done when repeated.
	CloseWarned struct{}
	// CaseClosed is 案件終了.
	CaseClosed struct {
		Reason string `json:"reason,omitempty"`
	}
	// CaseWithdrawn is 支援取下.
	CaseWithdrawn struct {
		Reason string `json:"reason,omitempty"`
	}
	// RecallAsked is 廃棄依頼; RecallDone is the agency's answer.
	RecallAsked struct {
		Support string `json:"support"`
	}
	// RecallDone records that the agency has deleted what it got.
	RecallDone struct {
		Support string `json:"support"`
		Text    string `json:"text,omitempty"`
	}
	// RemindersQuiet is 催促停止.
	RemindersQuiet struct {
		Until string `json:"until"` // YYYY-MM-DD
	}
	// CaseMerged is 統合, CaseSplit is 分離: history stays.
	CaseMerged struct {
		Into string `json:"into"` // number of the case that goes on
	}
	// CaseSplit takes a merge back.
	CaseSplit struct{}
	// LetterLost records that a letter to a party did not arrive.
	LetterLost struct {
		Letter LetterKind `json:"letter"`
		Party  Party      `json:"party"`
	}
)

func init() {
	for kind, fresh := range map[EventKind]func() Payload{
		"command-began":     func() Payload { return new(CommandBegan) },
		"command-undone":    func() Payload { return new(CommandUndone) },
		"reach-set":         func() Payload { return new(ReachSet) },
		"reach-confirmed":   func() Payload { return new(ReachConfirmed) },
		"inquired":          func() Payload { return new(Inquired) },
		"inquiry-answered":  func() Payload { return new(InquiryAnswered) },
		"support-passed":    func() Payload { return new(SupportPassed) },
		"consent-asked":     func() Payload { return new(ConsentAsked) },
		"consent-answered":  func() Payload { return new(ConsentAnswered) },
		"consent-approved":  func() Payload { return new(ConsentApproved) },
		"referred":          func() Payload { return new(Referred) },
		"referral-stopped":  func() Payload { return new(ReferralStopped) },
		"password-given":    func() Payload { return new(PasswordGiven) },
		"host-named":        func() Payload { return new(HostNamed) },
		"jetro-proposed":    func() Payload { return new(JetroProposed) },
		"form-sent":         func() Payload { return new(FormSent) },
		"form-returned":     func() Payload { return new(FormReturned) },
		"meeting-set":       func() Payload { return new(MeetingSet) },
		"meeting-cancelled": func() Payload { return new(MeetingCancelled) },
		"feedback-given":    func() Payload { return new(FeedbackGiven) },
		"wish-given":        func() Payload { return new(WishGiven) },
		"message-passed":    func() Payload { return new(MessagePassed) },
		"support-ended":     func() Payload { return new(SupportEnded) },
		"close-warned":      func() Payload { return new(CloseWarned) },
		"case-closed":       func() Payload { return new(CaseClosed) },
		"case-withdrawn":    func() Payload { return new(CaseWithdrawn) },
		"recall-asked":      func() Payload { return new(RecallAsked) },
		"recall-done":       func() Payload { return new(RecallDone) },
		"reminders-quiet":   func() Payload { return new(RemindersQuiet) },
		"case-merged":       func() Payload { return new(CaseMerged) },
		"case-split":        func() Payload { return new(CaseSplit) },
		"letter-lost":       func() Payload { return new(LetterLost) },
	} {
		payloads[kind] = fresh
	}
}

// Kind and Version of each payload.
func (*CommandBegan) Kind() EventKind     { return "command-began" }
func (*CommandBegan) Version() int        { return 1 }
func (*CommandUndone) Kind() EventKind    { return "command-undone" }
func (*CommandUndone) Version() int       { return 1 }
func (*ReachSet) Kind() EventKind         { return "reach-set" }
func (*ReachSet) Version() int            { return 1 }
func (*ReachConfirmed) Kind() EventKind   { return "reach-confirmed" }
func (*ReachConfirmed) Version() int      { return 1 }
func (*Inquired) Kind() EventKind         { return "inquired" }
func (*Inquired) Version() int            { return 1 }
func (*InquiryAnswered) Kind() EventKind  { return "inquiry-answered" }
func (*InquiryAnswered) Version() int     { return 1 }
func (*SupportPassed) Kind() EventKind    { return "support-passed" }
func (*SupportPassed) Version() int       { return 1 }
func (*ConsentAsked) Kind() EventKind     { return "consent-asked" }
func (*ConsentAsked) Version() int        { return 1 }
func (*ConsentAnswered) Kind() EventKind  { return "consent-answered" }
func (*ConsentAnswered) Version() int     { return 1 }
func (*ConsentApproved) Kind() EventKind  { return "consent-approved" }
func (*ConsentApproved) Version() int     { return 1 }
func (*Referred) Kind() EventKind         { return "referred" }
func (*Referred) Version() int            { return 1 }
func (*ReferralStopped) Kind() EventKind  { return "referral-stopped" }
func (*ReferralStopped) Version() int     { return 1 }
func (*PasswordGiven) Kind() EventKind    { return "password-given" }
func (*PasswordGiven) Version() int       { return 1 }
func (*HostNamed) Kind() EventKind        { return "host-named" }
func (*HostNamed) Version() int           { return 1 }
func (*JetroProposed) Kind() EventKind    { return "jetro-proposed" }
func (*JetroProposed) Version() int       { return 1 }
func (*FormSent) Kind() EventKind         { return "form-sent" }
func (*FormSent) Version() int            { return 1 }
func (*FormReturned) Kind() EventKind     { return "form-returned" }
func (*FormReturned) Version() int        { return 1 }
func (*MeetingSet) Kind() EventKind       { return "meeting-set" }
func (*MeetingSet) Version() int          { return 1 }
func (*MeetingCancelled) Kind() EventKind { return "meeting-cancelled" }
func (*MeetingCancelled) Version() int    { return 1 }
func (*FeedbackGiven) Kind() EventKind    { return "feedback-given" }
func (*FeedbackGiven) Version() int       { return 1 }
func (*WishGiven) Kind() EventKind        { return "wish-given" }
func (*WishGiven) Version() int           { return 1 }
func (*MessagePassed) Kind() EventKind    { return "message-passed" }
func (*MessagePassed) Version() int       { return 1 }
func (*SupportEnded) Kind() EventKind     { return "support-ended" }
func (*SupportEnded) Version() int        { return 1 }
func (*CloseWarned) Kind() EventKind      { return "close-warned" }
func (*CloseWarned) Version() int         { return 1 }
func (*CaseClosed) Kind() EventKind       { return "case-closed" }
func (*CaseClosed) Version() int          { return 1 }
func (*CaseWithdrawn) Kind() EventKind    { return "case-withdrawn" }
func (*CaseWithdrawn) Version() int       { return 1 }
func (*RecallAsked) Kind() EventKind      { return "recall-asked" }
func (*RecallAsked) Version() int         { return 1 }
func (*RecallDone) Kind() EventKind       { return "recall-done" }
func (*RecallDone) Version() int          { return 1 }
func (*RemindersQuiet) Kind() EventKind   { return "reminders-quiet" }
func (*RemindersQuiet) Version() int      { return 1 }
func (*CaseMerged) Kind() EventKind       { return "case-merged" }
func (*CaseMerged) Version() int          { return 1 }
func (*CaseSplit) Kind() EventKind        { return "case-split" }
func (*CaseSplit) Version() int           { return 1 }
func (*LetterLost) Kind() EventKind       { return "letter-lost" }
func (*LetterLost) Version() int          { return 1 }
