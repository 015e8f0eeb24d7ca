package roster

import (
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// Data are the rows of a roster as they stand in the configuration and in the files that it names.
type Data struct {
	Clerks     []Clerk     `toml:"clerk"`
	Concierges []Concierge `toml:"concierge"`
	Agencies   []Agency    `toml:"agency"`
	Offices    []Other     `toml:"other_office"`
}

// Other is a row for another office of the consortium. The password opens what is handed over with a case; its owner reads it.
type Other struct {
	Code         string   `toml:"code"` // OSA, in that office's registration numbers
	Name         string   `toml:"name"`
	Spellings    []string `toml:"spellings"`
	Mailbox      string   `toml:"mailbox"`
	PasswordFile string   `toml:"password_file"`
	PasswordEnv  string   `toml:"password_env"`
	From         Day      `toml:"from"`
	Until        Day      `toml:"until"`
}

// Clerk is a row for one 事務局担当者.
type Clerk struct {
	Name  string `toml:"name"`
	Mail  string `toml:"mail"`
	From  Day    `toml:"from"`
	Until Day    `toml:"until"`
}

// Concierge is a row for one コンシェルジュ. Empty Prefectures, Items or Countries mean all of them.
type Concierge struct {
	Code        string    `toml:"code"`
	Name        string    `toml:"name"`
	Mail        string    `toml:"mail"`
	Phone       string    `toml:"phone"`
	Office      string    `toml:"office"`
	Prefectures []string  `toml:"prefectures"` // 兵庫県
	Items       []int     `toml:"items"`       // 1 to 13, guide 3-1 (3)
	Countries   []string  `toml:"countries"`
	Capacity    int       `toml:"capacity"` // open cases; 0 is without limit
	Absences    []Absence `toml:"absence"`
	From        Day       `toml:"from"`
	Until       Day       `toml:"until"`
}

// Absence is a time in which a deputy, a concierge's code, takes what would come to the absent one.
type Absence struct {
	From   Day    `toml:"from"`
	Until  Day    `toml:"until"`
	Deputy string `toml:"deputy"`
}

// Agency is a row for one 支援機関.
type Agency struct {
	Code       string   `toml:"code"`
	Name       string   `toml:"name"`
	Spellings  []string `toml:"spellings"`
	Window     string   `toml:"window"` // the address that speaks for it
	WindowName string   `toml:"window_name"`
	Phone      string   `toml:"phone"`
	Fax        string   `toml:"fax"`
	People     []Person `toml:"person"`
	Domains    []string `toml:"domains"`   // each that domain alone, not its subdomains
	Items      []int    `toml:"items"`     // what it offers, 1 to 13
	Countries  []string `toml:"countries"` // where; empty is everywhere
	Referral   Referral `toml:"referral"`
	Charset    string   `toml:"charset"` // "" or "utf-8", "iso-2022-jp"
	From       Day      `toml:"from"`
	Until      Day      `toml:"until"`
}

// Person is one of an agency's people.
type Person struct {
	Name  string `toml:"name"`
	Mail  string `toml:"mail"`
	From  Day    `toml:"from"`
	Until Day    `toml:"until"`
}

// The ways in which a referral's password reaches an agency.
const (
	PasswordPhone  = "phone"  // told by phone; also what "" means
	PasswordAgreed = "agreed" // agreed once, kept in a file or the environment
	PasswordMail   = "mail"   // by a second mail, on request
)

// Referral tells how a referral reaches an agency.
type Referral struct {
	Password           string `toml:"password"` // PasswordPhone, PasswordAgreed or PasswordMail
	AgreedPasswordFile string `toml:"agreed_password_file"`
	AgreedPasswordEnv  string `toml:"agreed_password_env"`
	OwnForm            string `toml:"own_form"` // file of the agency's own referral form; "" for none
	MaxMB              int    `toml:"max_mb"`   // what its mail server takes; 0 is unknown
	TextOnly           bool   `toml:"text_only"`
	EncryptedBlocked   bool   `toml:"encrypted_blocked"` // its mail server drops protected attachments
	FaxOnly            bool   `toml:"fax_only"`
}

func (c *Clerk) holds(d Day) bool     { return within(c.From, c.Until, d) }
func (c *Concierge) holds(d Day) bool { return within(c.From, c.Until, d) }
func (a *Agency) holds(d Day) bool    { return within(a.From, a.Until, d) }
func (p *Person) holds(d Day) bool    { return within(p.From, p.Until, d) }

func (c *Concierge) key() string { return FoldCode(c.Code) }
func (a *Agency) key() string    { return FoldCode(a.Code) }

func (c *Concierge) view() casework.Concierge {
	return casework.Concierge{Code: c.key(), Name: c.Name, Mail: c.Mail, Phone: c.Phone, Office: c.Office}
}

// Day is a day in Japan as the number yyyymmdd; 0 leaves a row's end open. It reads and writes YYYY-MM-DD.
type Day int

// UnmarshalText reads YYYY-MM-DD.
func (d *Day) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil || t.Year() < 1 {
		return fmt.Errorf("must be a day that exists, written 2026-04-01")
	}
	*d = Day(t.Year()*10000 + int(t.Month())*100 + t.Day())
	return nil
}

// MarshalText writes YYYY-MM-DD, or nothing for an open end.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String is YYYY-MM-DD, or "" for an open end.
func (d Day) String() string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", int(d)/10000, int(d)/100%100, int(d)%100)
}

// japanese is 11月30日.
func (d Day) japanese() string { return fmt.Sprintf("%d月%d日", int(d)/100%100, int(d)%100) }

func dayOf(t time.Time) Day {
	y, m, d := t.In(casework.JST).Date()
	return Day(y*10000 + int(m)*100 + d)
}

// within tells whether a row from one day until another, that day included, counts on day d.
func within(from, until, d Day) bool {
	return (from == 0 || from <= d) && (until == 0 || d <= until)
}

// overlap tells whether two rows ever count on the same day.
func overlap(from1, until1, from2, until2 Day) bool {
	return (until1 == 0 || from2 <= until1) && (until2 == 0 || from1 <= until2)
}
