// Package config reads the one file that an office writes, and refuses it with everything that is wrong at once.
//
//  1. The text is parsed as TOML; a syntax error names line and column and ends the matter.
//  2. It is bound over the defaults. A key that is not known, or a value of the wrong kind, is an error, and the
//     rest is bound all the same.
//  3. The roster files that it names, relative to it, are read in the same way and put together with its own rows.
//  4. Everything is validated: enumerations, addresses, ranges, files, secrets, and the roster.
//  5. All errors come together, one for each fault: field, value, and what to do about it.
//
// Secrets stand in files or in the environment, never here; they are read when they are needed and never printed.
package config

import (
	"slices"
	"time"

	"uketsuke/internal/roster"
)

// Config is a faultless configuration. Paths are absolute or relative to the working directory, as Load was given
// its own; times are durations; sizes are bytes.
type Config struct {
	Path string `toml:"-"` // the file it came from

	DataDir     string   `toml:"data"`   // database, keys, large files
	Mode        Mode     `toml:"mode"`   // do letters leave, or wait in Drafts
	Start       Start    `toml:"start"`  // which old mail counts
	RosterFiles []string `toml:"roster"` // further files of clerks, concierges, agencies, other offices
	Layout      string   `toml:"layout"` // of the entry sheet; "" is the built-in one
	Templates   string   `toml:"templates"`
	InfoForm    string   `toml:"info_form"` // the additional-information form (追加情報フォーム); "" for none

	Bureau   Bureau   `toml:"office"`
	IMAP     IMAP     `toml:"imap"`
	SMTP     SMTP     `toml:"smtp"`
	OAuth    OAuth    `toml:"oauth"`
	Evidence Evidence `toml:"evidence"`
	Codes    Codes    `toml:"codes"`
	Sending  Sending  `toml:"sending"`
	Drafts   Drafts   `toml:"drafts"`
	Inquiry  Inquiry  `toml:"inquiry"`
	Digest   Digest   `toml:"digest"`
	Limits   Limits   `toml:"limits"`
	Commands Commands `toml:"commands"`
	Log      Log      `toml:"log"`
	Metrics  Metrics  `toml:"metrics"`

	roster.Data // [[clerk]], [[concierge]], [[agency]], [[other_office]], of this file and the roster files

	// Warnings are things that work and yet should be looked at; check prints them.
	Warnings []Error `toml:"-"`

	// AgreedPasswords are the agreed passwords of referrals by agency code.
	AgreedPasswords map[string]Secret `toml:"-"`

	// OfficePasswords are the passwords agreed with other offices, by office code.
	OfficePasswords map[string]Secret `toml:"-"`

	roster *roster.Roster
}

// Mode says what becomes of finished letters.
type Mode string

// The modes of mail.md "Out".
const (
	ModeLive  Mode = "live"  // they are sent
	ModeDraft Mode = "draft" // they are put into Drafts for a person to send
)

// Bureau is the office that the mailbox belongs to.
type Bureau struct {
	Code        string      `toml:"code"` // KOB, in registration numbers
	Name        string      `toml:"name"`
	Phone       string      `toml:"phone"`
	Mailbox     string      `toml:"mailbox"`      // From and Reply-To of every letter
	MailboxName string      `toml:"mailbox_name"` // its display name; "" is Name
	Area        string      `toml:"area"`         // the prefecture of companies whose address names none
	Open        TimeOfDay   `toml:"open"`
	Close       TimeOfDay   `toml:"close"`
	Closed      []ClosedDay `toml:"closed"` // beside weekends and national holidays
}

// Server is what IMAP and SMTP have in common.
type Server struct {
	Addr         string `toml:"addr"` // host:port
	TLS          TLS    `toml:"tls"`
	Auth         Auth   `toml:"auth"`
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"`
	PasswordEnv  string `toml:"password_env"`
	CAFile       string `toml:"ca_file"` // PEM; "" is the system's

	Password Secret `toml:"-"`
}

// TLS says how a connection is protected.
type TLS string

// The ways to protect a connection. TLSNone is for loopback only.
const (
	TLSDirect   TLS = "tls"
	TLSStartTLS TLS = "starttls"
	TLSNone     TLS = "none"
)

// Auth says how to log in.
type Auth string

// The ways to log in. AuthNone is for SMTP only.
const (
	AuthPassword    Auth = "password"
	AuthXOAuth2     Auth = "xoauth2"
	AuthOAuthBearer Auth = "oauthbearer"
	AuthNone        Auth = "none"
)

// OAuth tells whether the login needs a token.
func (a Auth) OAuth() bool { return a == AuthXOAuth2 || a == AuthOAuthBearer }

// IMAP is the mailbox: its server and its folders.
type IMAP struct {
	Server
	Inbox      string        `toml:"inbox"`
	Done       string        `toml:"done"`    // what the robot has dealt with
	Aside      string        `toml:"aside"`   // what a person has to look at
	Machine    string        `toml:"machine"` // own mail, automatic mail, bounces
	Sent       string        `toml:"sent"`    // "" is the folder marked \Sent
	Drafts     string        `toml:"drafts"`  // "" is the folder marked \Drafts
	Poll       time.Duration `toml:"poll"`    // beside IDLE
	SentCopies bool          `toml:"sent_copies"`
}

// SMTP is the server that takes letters. Without a user and password of its own it logs in as IMAP does.
type SMTP struct {
	Server
}

// OAuth is where tokens come from: client credentials, or a refresh token when its file is named.
type OAuth struct {
	TokenURL         string   `toml:"token_url"`
	ClientID         string   `toml:"client_id"`
	ClientSecretFile string   `toml:"client_secret_file"`
	ClientSecretEnv  string   `toml:"client_secret_env"`
	RefreshTokenFile string   `toml:"refresh_token_file"` // rotated tokens are written back to it
	Scopes           []string `toml:"scopes"`

	ClientSecret Secret `toml:"-"`
}

// Evidence says whose word is taken for who sent a mail (trust.md "Evidence").
type Evidence struct {
	Method   string `toml:"method"`
	Authserv string `toml:"authserv"` // authserv-id of the office's own boundary server
}

// The methods of Evidence.
const (
	EvidenceNone                  = "none"
	EvidenceAuthenticationResults = "authentication-results"
)

// Codes are the keyed codes in subject tags.
type Codes struct {
	BusinessDays int `toml:"business_days"` // how long one is valid
}

// Sending are the hold before leaving and the brakes (trust.md "What may leave" 4 and 6).
type Sending struct {
	Hold          time.Duration `toml:"hold"` // for letters to a provider or a company
	PerPersonHour int           `toml:"per_person_hour"`
	PerCaseDay    int           `toml:"per_case_day"`
	PerHour       int           `toml:"per_hour"`
	CopyToWindow  bool          `toml:"copy_to_window"` // cc the agency's window
}

// Inquiry says what an anonymous inquiry may name besides items, countries, industry and size.
type Inquiry struct {
	NamePrefecture bool `toml:"name_prefecture"`
}

// Digest says which digests are written, when, and for whom (process.md "The clock").
type Digest struct {
	At        TimeOfDay `toml:"at"`        // reminders and digests leave no earlier; 0: when the office opens
	Concierge bool      `toml:"concierge"` // each business morning
	Clerk     bool      `toml:"clerk"`
	Answers   bool      `toml:"answers"`    // the concierges' answer 引受 and メモ
	Office    string    `toml:"office"`     // day of the week, monday to friday; "" none
	OfficeTo  []string  `toml:"office_to"`  // clerks and concierges; none: all clerks
	AgencyDay int       `toml:"agency_day"` // business day of the month, from 1; 0 none
}

// Weekday is the day of the office's digest; false: there is none.
func (d Digest) Weekday() (time.Weekday, bool) {
	i := slices.Index(weekdays, d.Office)
	return time.Weekday(i + 1), i >= 0
}

// weekdays are those on which an office's digest may leave; on a day off it leaves on the next business day.
var weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday"}

// Limits bound what comes in and how long bytes stay.
type Limits struct {
	MaxMessage    Size `toml:"max_message"`
	KeepBytesDays int  `toml:"keep_bytes_days"`
}

// Commands are an office's own words. The names are those of the command table, which checks them.
type Commands struct {
	Off     []string            `toml:"off"`     // commands that are switched off
	Aliases map[string][]string `toml:"aliases"` // command -> further words
}

// Log says what is logged, and how.
type Log struct {
	Level  string `toml:"level"`  // debug, info, warn, error
	Format string `toml:"format"` // text, json
}

// Metrics is the address on which Prometheus may ask; "" is none.
type Metrics struct {
	Addr string `toml:"addr"`
}

// defaults are the settings of an office that says nothing else. Letters wait in Drafts: an office trusts the robot later.
func defaults() *Config {
	return &Config{
		DataDir: "data",
		Mode:    ModeDraft,
		Start:   Start{Now: true},
		Bureau: Bureau{
			Open:   TimeOfDay(9 * time.Hour),
			Close:  TimeOfDay(17*time.Hour + 30*time.Minute),
			Closed: []ClosedDay{yearEnd()},
		},
		IMAP: IMAP{
			Server:     Server{TLS: TLSDirect, Auth: AuthPassword},
			Inbox:      "INBOX",
			Done:       "受付済",
			Aside:      "確認待ち",
			Machine:    "自動応答",
			Poll:       time.Minute,
			SentCopies: true,
		},
		SMTP:     SMTP{Server{TLS: TLSStartTLS, Auth: AuthPassword}},
		Evidence: Evidence{Method: EvidenceNone},
		Codes:    Codes{BusinessDays: 30},
		Sending:  Sending{Hold: 10 * time.Minute, PerPersonHour: 20, PerCaseDay: 30, PerHour: 600, CopyToWindow: true},
		Drafts:   Drafts{DeletedAfter: time.Hour},
		Digest:   Digest{Concierge: true, Clerk: true, Answers: true, Office: "monday", AgencyDay: 1},
		Limits:   Limits{MaxMessage: 32 << 20, KeepBytesDays: 90},
		Log:      Log{Level: "info", Format: "text"},
	}
}

// Roster returns the roster of the configuration's rows.
func (c *Config) Roster() *roster.Roster { return c.roster }

// Office returns the office as the core knows it.
func (c *Config) Office() roster.Office {
	name := c.Bureau.MailboxName
	if name == "" {
		name = c.Bureau.Name
	}
	return roster.Office{
		Code:    c.Bureau.Code,
		Name:    c.Bureau.Name,
		Phone:   c.Bureau.Phone,
		Mailbox: roster.Address{Name: name, Addr: c.Bureau.Mailbox},
	}
}
