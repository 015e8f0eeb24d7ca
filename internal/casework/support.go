package casework

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// SupportState is where a support stands, process.md "States".
type SupportState string

// The states of a support.
const (
	SupportInquired    SupportState = "inquired"    // 打診中
	SupportAvailable   SupportState = "available"   // 受入可
	SupportUnavailable SupportState = "unavailable" // 受入不可
	SupportPassedOver  SupportState = "passed-over" // 見送り
	SupportAsked       SupportState = "consent"     // 了承待ち
	SupportDeclined    SupportState = "declined"    // 辞退
	SupportCleared     SupportState = "cleared"     // 回付可: 受入可 and both consents stand
	SupportReferred    SupportState = "referred"    // 回付済（受入担当待ち）
	SupportHosted      SupportState = "host-named"  // 受入担当決定
	SupportActive      SupportState = "active"      // 支援中
	SupportFinished    SupportState = "finished"    // 終了
	SupportNone        SupportState = ""            // no such support
)

const (
	jetroPrefix      = "J"     // of the ids of JETRO's own supports
	personsOfSupport = 20      // people of a provider agency who have a part in a support
	firstMeeting     = "first" // the key of 面談 初回
)

// SupportStates lists every state in the order of a support's life.
var SupportStates = []SupportState{SupportInquired, SupportAvailable, SupportUnavailable, SupportPassedOver, SupportAsked,
	SupportDeclined, SupportCleared, SupportReferred, SupportHosted, SupportActive, SupportFinished}

var supportNames = map[SupportState]string{
	SupportInquired: "打診中", SupportAvailable: "受入可", SupportUnavailable: "受入不可", SupportPassedOver: "見送り",
	SupportAsked: "了承待ち", SupportDeclined: "辞退", SupportCleared: "回付可", SupportReferred: "回付済（受入担当待ち）",
	SupportHosted: "受入担当決定", SupportActive: "支援中", SupportFinished: "終了",
}

// Japanese is the state's name in letters.
func (s SupportState) Japanese() string { return supportNames[s] }

// Over tells whether nothing more is expected of the support.
func (s SupportState) Over() bool {
	switch s {
	case SupportUnavailable, SupportPassedOver, SupportDeclined, SupportFinished, SupportNone:
		return true
	}
	return false
}

// Support is one agency's way, or JETRO's own, of helping the company of a case. Several may run side by side; each
// has an id for ever: the inquiry number (Q26-00031), or J1, J2 … for JETRO's.
type Support struct {
	ID         string
	Agency     string   // roster code; "" is JETRO itself
	AgencyName string   // as rostered when it was asked; ジェトロ
	Service    string   // JETRO's
	Persons    []string // addresses of the agency's people who have answered for it
	AskedAt    time.Time
	Answer     Answer
	AnsweredAt time.Time
	Reason     string // why not, for the office and the concierge only
	Passed     bool   // 見送り
	Company    Consent
	Intake     Consent
	ApprovedAt time.Time // when the clerk approved two spoken consents
	Referral   Referral
	Host       Host
	HostedAt   time.Time
	Feedback   []Feedback
	Recall     Recall
	FinishedAt time.Time
}

// Answer is what a candidate says to an inquiry.
type Answer string

// The answers to an inquiry; "" is none yet.
const (
	AnswerAvailable   Answer = "available"
	AnswerUnavailable Answer = "unavailable"
)

// Consent is one party's agreement to one agency and one version of the sheet. Silence is never consent.
type Consent struct {
	Version int // of the sheet that was asked about; 0: not asked
	AskedAt time.Time
	Answer  ConsentAnswer
	At      time.Time
	Channel Spoken // how it was said, "" is by mail
	By      string // the address that it came from by mail
	Waiting bool   // both were said to the concierge: the clerk has to approve
	Stood   int    // an earlier version for which a consent stands still while a newer one is asked about; 0 none
}

// ConsentAnswer is what a party answers; "" is none yet.
type ConsentAnswer string

// The answers to a request for consent.
const (
	ConsentGiven    ConsentAnswer = "given"
	ConsentDeclined ConsentAnswer = "declined"
)

// Given tells whether the consent stands for a version.
func (c Consent) Given(version int) bool {
	switch {
	case version <= 0 || c.Answer == ConsentDeclined:
		return false
	case c.Stood == version:
		return true
	}
	return c.Answer == ConsentGiven && c.Version == version && !c.Waiting
}

// Spoken is the way in which somebody said a thing to the concierge who records it.
type Spoken string

// The channels that a concierge may name.
const (
	SpokenPhone   Spoken = "電話"
	SpokenMeeting Spoken = "面談"
	SpokenFax     Spoken = "FAX"
	SpokenPost    Spoken = "郵送"
	SpokenMail    Spoken = "メール"
)

// Way is how a referral reached its agency.
type Way string

// The ways of 回付.
const (
	WayMail Way = "mail"
	WayPost Way = "郵送"
	WayHand Way = "手渡し"
)

// Referral is the sheet on its way to the agency.
type Referral struct {
	Version  int // 0: none
	Way      Way
	At       time.Time
	Times    int       // how often it was sent: a second request for the password makes a new sheet
	Form     bool      // the agency's own referral form instead of the sheet
	Password bool      // the agency has asked for the password, and got it
	Perhaps  bool      // a consent was withdrawn while it was on its way
	Stopped  int       // the last of Times that was stopped before it left
	Left     time.Time // when a person was seen to have sent it from the Drafts folder; zero: it never lay there, or still does
	Earlier  *Referral // the one before, which stands again when this one does not leave; nil none
}

// Host is who takes the company in (受入担当).
type Host struct {
	Department string `json:"department,omitempty"`
	Person     string `json:"person,omitempty"`
	Contact    string `json:"contact,omitempty"` // how the first contact will be made
}

// Feedback is one report of a support's progress, guide 3-3.
type Feedback struct {
	At       time.Time `json:"at"`
	From     Role      `json:"from"`
	Date     string    `json:"date,omitempty"`     // 支援日, YYYY-MM-DD
	Content  string    `json:"content,omitempty"`  // 支援内容
	Progress string    `json:"progress,omitempty"` // 進捗状況
	Next     string    `json:"next,omitempty"`     // 次回予定, YYYY-MM-DD
	Means    string    `json:"means,omitempty"`    // 手段
}

// Recall is a request to delete what a provider got (廃棄依頼).
type Recall struct {
	At   time.Time // zero: not asked
	Done time.Time
}

// open tells whether the provider has still to say that it has deleted what it got.
func (r Recall) open() bool { return !r.At.IsZero() && r.Done.IsZero() }

// Meeting is an appointment with a calendar invitation (RFC 5545): one UID for ever, a higher Sequence for each change.
type Meeting struct {
	Key       string // id of the support; "first" for the concierge's first meeting with the company
	UID       string
	Sequence  int
	Start     time.Time
	End       time.Time
	Place     string
	Cancelled bool
}

// JETRO tells whether it is JETRO's own support.
func (s Support) JETRO() bool { return s.Agency == "" }

// Sent tells whether the sheet has left for the agency.
func (s Support) Sent() bool { return s.Referral.Version > 0 }

// Cleared is the information rule (process.md "Information management"): 受入可 and both consents for this agency and
// this version of the sheet.
func (s Support) Cleared(version int) bool {
	return s.Answer == AnswerAvailable && !s.Passed && s.Company.Given(version) && s.Intake.Given(version)
}

// State is where the support stands for the version of the sheet that is in force.
func (s Support) State(version int) SupportState {
	switch {
	case s.ID == "":
		return SupportNone
	case !s.FinishedAt.IsZero():
		return SupportFinished
	case s.JETRO():
		return SupportActive
	case len(s.Feedback) > 0 && s.Sent():
		return SupportActive
	case s.Sent() && s.Host != Host{}:
		return SupportHosted
	case s.Sent():
		return SupportReferred
	case s.Passed:
		return SupportPassedOver
	case s.Answer == AnswerUnavailable:
		return SupportUnavailable
	case s.Company.Answer == ConsentDeclined, s.Intake.Answer == ConsentDeclined:
		return SupportDeclined
	case s.Cleared(version):
		return SupportCleared
	case s.Company.Version > 0, s.Intake.Version > 0:
		return SupportAsked
	case s.Answer == AnswerAvailable:
		return SupportAvailable
	}
	return SupportInquired
}

// consent is the consent of one of the two parties that are asked.
func (s *Support) consent(role Role) *Consent {
	if role == RoleCompany {
		return &s.Company
	}
	return &s.Intake
}

// Support finds a support by its id; the zero Support when there is none.
func (c *Case) Support(id string) Support {
	if i := c.supportIndex(id); i >= 0 {
		return c.Supports[i]
	}
	return Support{}
}

func (c *Case) supportIndex(id string) int {
	return slices.IndexFunc(c.Supports, func(s Support) bool { return s.ID == id && id != "" })
}

// SupportOf finds the newest support of an agency that is not over, else its newest.
func (c *Case) SupportOf(agency string) Support {
	var found Support
	for _, s := range c.Supports {
		if s.Agency == agency && agency != "" && (found.ID == "" || found.State(c.Version).Over() || !s.State(c.Version).Over()) {
			found = s
		}
	}
	return found
}

// current is the support that a word about s concerns: answers and consents are about the agency, so an inquiry whose
// sheet never left gives way to a newer one to the same agency. An agency has one open support at most.
func (c *Case) current(s Support) Support {
	if s.ID == "" || s.JETRO() || s.Sent() {
		return s
	}
	return c.SupportOf(s.Agency)
}

// changeSupport lets change work on a support. The slice is never written in place: cases are copied by value.
func (c *Case) changeSupport(id string, change func(*Support)) {
	i := c.supportIndex(id)
	if i < 0 {
		return
	}
	c.Supports = slices.Clone(c.Supports)
	c.CloseWarned = false
	change(&c.Supports[i])
}

// openSupports are the supports of which something is still expected.
func (c *Case) openSupports() []Support {
	return slices.DeleteFunc(slices.Clone(c.Supports), func(s Support) bool { return s.State(c.Version).Over() })
}

// Meeting finds the appointment of a support, or the first meeting.
func (c *Case) Meeting(key string) (Meeting, bool) {
	i := slices.IndexFunc(c.Meetings, func(m Meeting) bool { return m.Key == key })
	if i < 0 {
		return Meeting{}, false
	}
	return c.Meetings[i], true
}

func (c *Case) setMeeting(m Meeting) {
	c.Meetings = slices.Clone(c.Meetings)
	if i := slices.IndexFunc(c.Meetings, func(o Meeting) bool { return o.Key == m.Key }); i >= 0 {
		c.Meetings[i] = m
		return
	}
	c.Meetings = append(c.Meetings, m)
}

// Reach is how the company is reached. Until the concierge says otherwise nothing is mailed to it, and its address is
// only claimed (process.md 2).
type Reach struct {
	Direct    bool
	Confirmed string // the address that the concierge has confirmed; "" none
}

// companyAddress is the address to which letters for the company go; "" while they go through the intake agency.
func (c *Case) companyAddress() Address {
	if !c.Reach.Direct || c.Entry.Company.Email == "" {
		return Address{}
	}
	return Address{Name: c.Entry.Company.ContactPerson, Addr: c.Entry.Company.Email}
}

// fromCompany tells whether a mail comes from the company's address, as far as the concierge has opened that way.
func (c *Case) fromCompany(a Address) bool {
	addr := Address{Addr: c.Entry.Company.Email}
	return SameAddr(a, addr) && (c.Reach.Direct || SameAddr(a, Address{Addr: c.Reach.Confirmed}))
}

// companyConfirmed tells whether the concierge has confirmed the address that the sheet in force names.
func (c *Case) companyConfirmed() bool {
	return SameAddr(Address{Addr: c.Reach.Confirmed}, Address{Addr: c.Entry.Company.Email})
}

// consentText says where the consents of a support stand: 紹介元：了承済、企業：未回答（11/18 依頼）.
func (s Support) consentText(version int) string {
	return "紹介元：" + s.Intake.text(version) + "、企業：" + s.Company.text(version)
}

func (c Consent) text(version int) string {
	asked := fmt.Sprintf("（%s 依頼）", c.AskedAt.In(JST).Format("1/2"))
	switch {
	case c.Version == 0:
		return "未依頼"
	case c.Answer == ConsentDeclined:
		return "辞退（" + c.At.In(JST).Format("1/2") + "）"
	case c.Answer == ConsentGiven && c.Version != version:
		return fmt.Sprintf("第%d版について了承済、第%d版については未依頼", c.Version, version)
	case c.Answer == ConsentGiven && c.Waiting:
		return "了承（" + string(c.Channel) + "、事務局の承認待ち）"
	case c.Answer == ConsentGiven:
		return "了承済"
	}
	return "未回答" + asked
}

// supportName is how letters to the office's people name a support: 兵庫県信用保証協会（HYOGO-CCI）.
func (s Support) name() string {
	if s.JETRO() {
		return strings.TrimSpace("ジェトロ " + s.Service)
	}
	return s.AgencyName + "（" + s.Agency + "）"
}

// Parties are all who may have a keyed code in the case.
func (c *Case) Parties() []Party {
	out := []Party{{Role: RoleClerk}, {Role: RoleCompany}}
	if c.Concierge != "" {
		out = append(out, Party{Role: RoleConcierge, Code: c.Concierge})
	}
	if c.Agency != "" {
		out = append(out, Party{Role: RoleIntake, Code: c.Agency})
	}
	for _, s := range c.Supports {
		if p := (Party{Role: RoleProvider, Code: s.Agency}); !s.JETRO() && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
