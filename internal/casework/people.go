package casework

import "time"

// Role is the part that somebody plays in a case.
type Role string

// The roles of process.md "Who takes part".
const (
	RoleStranger  Role = "stranger"
	RoleIntake    Role = "intake"    // 紹介元
	RoleClerk     Role = "clerk"     // 事務局担当者
	RoleConcierge Role = "concierge" // コンシェルジュ
	RoleCompany   Role = "company"   // 利用企業
	RoleProvider  Role = "provider"  // 紹介先
	RoleOffice    Role = "office"    // another office of the consortium
)

// Address is a mailbox: a display name and an addr-spec as typed. Compare with SameAddr.
type Address struct {
	Name string `json:"name,omitempty"`
	Addr string `json:"addr"`
}

// text is name and address as answers show them: a display name never stands without its address.
func (a Address) text() string {
	if a.Name == "" {
		return a.Addr
	}
	return a.Name + " <" + a.Addr + ">"
}

// Agency is a rostered support agency (支援機関) as the core needs it.
type Agency struct {
	Code     string
	Name     string
	Window   Address // the person or shared address that speaks for it
	TextOnly bool    // its mail system strips HTML
	Charset  string  // "" is UTF-8; "iso-2022-jp" for an agency whose entry says so
	FaxOnly  bool    // no mail: letters go to the clerk as a PDF to print and send
	Phone    string

	PasswordBy       PasswordWay // how the password of a referral reaches it
	OwnForm          bool        // it wants its own referral form filled in
	EncryptedBlocked bool        // its mail server drops protected attachments
}

// Concierge is a rostered コンシェルジュ.
type Concierge struct {
	Code   string
	Name   string
	Mail   string
	Phone  string
	Office string
}

// Clerk is a rostered 事務局担当者.
type Clerk struct {
	Name string
	Mail string
}

// Sender is who a From address is, by today's roster. One person may be clerk and concierge at once.
type Sender struct {
	Address   Address
	Clerk     bool
	Concierge string // code, or ""
	Agency    string // code of the agency that the address or its domain belongs to, or ""
	Person    bool   // rostered as a person or window of Agency, not only by its domain
	Nearest   string // for a stranger: the code of the rostered agency that comes nearest by domain or name, or ""
}

// Known tells whether the roster has the sender at all.
func (s Sender) Known() bool { return s.Clerk || s.Concierge != "" || s.Agency != "" }

// AgencyMatch is the roster's answer to an agency's name or code as somebody typed it.
type AgencyMatch struct {
	Code    string
	Guessed bool // the name is near, not equal: a warning
	Closed  bool // its row has ended
}

// Wish is what the choice of a concierge depends on, process.md 1.
type Wish struct {
	Prefecture string
	Items      []int
	Countries  []string
	Loads      map[string]int // open cases by concierge code
	Exclude    string         // a code that is not to be chosen
}

// Choice is the chosen concierge and why.
type Choice struct {
	Code string
	Why  string // Japanese, for the record and the brief
	Full bool   // nobody has room: the least loaded was taken, and the clerk is told
}

// Roster is what the core asks of today's roster; package roster implements it. Every answer is for the instant at.
type Roster interface {
	Sender(a Address, at time.Time) Sender
	Agency(code string, at time.Time) (Agency, bool)
	FindAgency(name string, at time.Time) (AgencyMatch, bool)
	Concierge(code string, at time.Time) (Concierge, bool)
	FindConcierge(name string, at time.Time) (Concierge, bool)
	Clerks(at time.Time) []Clerk
	Choose(w Wish, at time.Time) (Choice, bool) // false: no concierge at all
	AgencyCodes(at time.Time) []string
	ConciergeCodes(at time.Time) []string
	Acting(code string, at time.Time) (Concierge, bool) // the deputy of an absent concierge, else the concierge; false: nobody
	Frozen(addr, agency string, at time.Time) bool      // 凍結: the address, its agency, or the agency of that code
	Offices(at time.Time) []OtherOffice                 // the other offices of the consortium that are known here
}

// Office is the office whose mailbox this is.
type Office struct {
	Code    string // KOB: the middle of registration numbers
	Name    string // ジェトロ神戸
	Phone   string
	Mailbox Address // From and Reply-To of every letter
}

// OtherOffice is another office of the consortium: cases go to its mailbox (移管), and come from it.
type OtherOffice struct {
	Code      string
	Name      string
	Spellings []string
	Mailbox   string // address
}

// Calendar counts business days; package clock implements it.
type Calendar interface {
	// AddBusinessDays returns the day n business days after t's day in JST, at t's time of day.
	AddBusinessDays(t time.Time, n int) time.Time
}

// Party is one recipient's part in a case: whom a code belongs to and what a View may show.
// A person and the window in cc are one party (trust.md "Codes").
type Party struct {
	Role Role   `json:"role"`
	Code string `json:"code,omitempty"` // roster code of agency or concierge; "" for clerk and company
}

// Key names the party in keyed codes: role and roster code.
func (p Party) Key() string { return string(p.Role) + ":" + p.Code }
