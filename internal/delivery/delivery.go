// Package delivery hands finished letters to the office's SMTP server.
//
// One letter goes like this:
//
//  1. look at it before anything is dialled: addresses that are addresses, and
//     bytes that SMTP carries unchanged (7 bits, CRLF, lines up to 998 octets);
//  2. take the open connection, or connect: TCP, TLS or STARTTLS, EHLO, AUTH;
//  3. MAIL, and at once what follows up to DATA where the server offers
//     PIPELINING. If a connection that had lain open fails here, nothing was
//     sent yet: connect anew, once;
//  4. RCPT for each recipient. Refusals are kept by recipient; if nobody is
//     left, the letter fails;
//  5. DATA, the bytes, the final dot, the server's reply;
//  6. leave the connection open for the next letter; after a while without one,
//     say goodbye.
//
// What an error means for the letter: a 5xx to RCPT or DATA is permanent;
// everything else, and everything that cannot be told, is temporary. A failure
// to connect, log in or be accepted as a sender is never the letter's fault: it
// is temporary, and marked as the operator's matter. When the connection is
// lost between the final dot and the reply, nobody knows: the error is marked
// Unknown, and the caller sends the same bytes again.
//
// Sources: RFC 5321 (SMTP), 3207 (STARTTLS), 4954 (AUTH), 3463 (enhanced
// codes), 1870 (SIZE), 7628 (OAUTHBEARER).
package delivery

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"
)

// Config says which server takes the letters. Zero values mean the defaults
// named.
type Config struct {
	Addr string // host:port
	TLS  string // "tls" (default), "starttls", or "none", which is refused unless Addr is loopback

	User     string
	Auth     string                                // "auto" (default: none without User, else plain or login), "plain", "login", "xoauth2", "oauthbearer", "none"
	Password func(context.Context) (string, error) // asked at each login
	Token    func(context.Context) (string, error) // access token for the OAuth mechanisms; nil: Password gives it

	Hello   string         // name for EHLO; default: the connection's own address, as [192.0.2.1]
	Timeout time.Duration  // for one letter, or for connecting; default 5 min
	Idle    time.Duration  // how long a connection stays open without a letter; default 30 s
	RootCAs *x509.CertPool // nil: the system's

	Dial func(ctx context.Context, network, addr string) (net.Conn, error) // nil: net.Dialer
	Log  *slog.Logger                                                      // nil: nothing is logged
}

// Values of Config.TLS and Config.Auth.
const (
	TLSImplicit = "tls"
	TLSStart    = "starttls"
	TLSNone     = "none"

	AuthAuto        = "auto"
	AuthPlain       = "plain"
	AuthLogin       = "login"
	AuthXOAuth2     = "xoauth2"
	AuthOAuthBearer = "oauthbearer"
	AuthNone        = "none"
)

const (
	defaultTimeout = 5 * time.Minute
	defaultIdle    = 30 * time.Second
	farewell       = 2 * time.Second // the longest that QUIT may take
)

// ConfigError is a fault in a Config that no retry mends.
type ConfigError struct{ Field, Value, Hint string }

func (e *ConfigError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("delivery: %s is missing: %s", e.Field, e.Hint)
	}
	return fmt.Sprintf("delivery: %s = %q: %s", e.Field, e.Value, e.Hint)
}

// ready returns cfg with the defaults filled in, or a *ConfigError.
func (cfg Config) ready() (Config, error) {
	if cfg.TLS == "" {
		cfg.TLS = TLSImplicit
	}
	if cfg.Auth == "" {
		cfg.Auth = AuthAuto
	}
	if cfg.Auth == AuthAuto && cfg.User == "" {
		cfg.Auth = AuthNone
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Idle <= 0 {
		cfg.Idle = defaultIdle
	}
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{}).DialContext
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg, cfg.validate()
}

func (cfg Config) validate() error {
	host, _, err := net.SplitHostPort(cfg.Addr)
	if err != nil || host == "" {
		return &ConfigError{Field: "Addr", Value: cfg.Addr, Hint: "write host:port, such as smtp.example.jp:587"}
	}
	switch cfg.TLS {
	case TLSImplicit, TLSStart:
	case TLSNone:
		if !isLoopback(host) {
			return &ConfigError{Field: "TLS", Value: cfg.TLS, Hint: `"none" is for loopback only; use "tls" or "starttls"`}
		}
	default:
		return &ConfigError{Field: "TLS", Value: cfg.TLS, Hint: `one of "tls", "starttls", "none"`}
	}
	return cfg.validateAuth()
}

func (cfg Config) validateAuth() error {
	switch cfg.Auth {
	case AuthNone:
		return nil
	case AuthAuto, AuthPlain, AuthLogin:
		if cfg.Password == nil {
			return &ConfigError{Field: "Password", Hint: "needed for login as User"}
		}
	case AuthXOAuth2, AuthOAuthBearer:
		if cfg.Password == nil && cfg.Token == nil {
			return &ConfigError{Field: "Token", Hint: "needed for OAuth login"}
		}
	default:
		return &ConfigError{Field: "Auth", Value: cfg.Auth, Hint: `one of "auto", "plain", "login", "xoauth2", "oauthbearer", "none"`}
	}
	if cfg.User == "" {
		return &ConfigError{Field: "User", Hint: "needed for login"}
	}
	return nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Envelope is the way of a letter through SMTP, apart from its headers.
// Addresses are bare, user@domain, ASCII.
type Envelope struct {
	From string   // "" is the null sender
	To   []string // at least one
}

// Result tells what became of a letter that the server took.
type Result struct {
	// Rejected are the recipients that were refused while others were accepted,
	// each with its own error; the letter went to the others only.
	Rejected map[string]*Error
	// Text is the server's reply to the letter, such as "2.0.0 Ok: queued as
	// 4F2A", for the delivery's record.
	Text string
}

// Sender keeps one connection open and sends letters over it, one at a time.
// Calls from several goroutines wait for each other.
type Sender struct {
	cfg    Config
	cfgErr error

	mu   sync.Mutex
	link *link // nil: not connected
	idle *time.Timer
	shut bool
}

// New makes a sender without connecting. A faulty cfg is told by the first call
// as a *ConfigError.
func New(cfg Config) *Sender {
	s := &Sender{}
	s.cfg, s.cfgErr = cfg.ready()
	return s
}

// ErrClosed is returned by calls on a closed Sender.
var ErrClosed = errors.New("delivery: sender is closed")

// Send hands one letter over, the bytes as they are. A nil error means that the
// server took it for all recipients but those in Result.Rejected. Errors are
// *Error, *ConfigError and [ErrClosed]; one made by the end of ctx is an *Error
// too, and unwraps to the context's.
func (s *Sender) Send(ctx context.Context, env Envelope, body []byte) (Result, error) {
	if err := checkLetter(env, body); err != nil {
		return Result{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return Result{}, &Error{Stage: StageConnect, Text: err.Error(), Err: err}
	}
	l, reused, err := s.take(ctx)
	if err != nil {
		return Result{}, err
	}
	defer s.putBack()
	result, err := l.send(ctx, s.cfg.Timeout, env, body)
	var failed *Error
	if reused && l.broken && ctx.Err() == nil && errors.As(err, &failed) && failed.Stage == StageMail {
		// It had gone stale; the letter has not been begun.
		s.drop()
		if l, _, err = s.take(ctx); err != nil {
			return Result{}, err
		}
		result, err = l.send(ctx, s.cfg.Timeout, env, body)
	}
	return result, err
}

// Greeting is what a server tells of itself.
type Greeting struct {
	Name       string   // the server's own name for itself, from its EHLO reply
	Extensions []string // upper case, sorted, without parameters
	Auth       []string // mechanisms offered
	LoggedInBy string   // the mechanism used, "" if none
	TLS        string   // such as "TLS 1.3", "" without TLS
	MaxSize    int64    // octets; 0: no limit told
}

// Check connects, logs in, asks NOOP and says goodbye. It sends nothing.
func (s *Sender) Check(ctx context.Context) (Greeting, error) {
	if s.cfgErr != nil {
		return Greeting{}, s.cfgErr
	}
	l, err := connect(ctx, s.cfg)
	if err != nil {
		return Greeting{}, err
	}
	defer l.quit()
	done := l.begin(ctx, s.cfg.Timeout)
	defer done()
	greeting := l.greeting()
	if err := l.smtp.Noop(); err != nil {
		return greeting, l.failure(ctx, StageConnect, err)
	}
	return greeting, nil
}

// Close says goodbye and ends the connection. It waits for a letter under way.
func (s *Sender) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = true
	s.quitIdle()
	return nil
}

// take returns an open connection; reused tells that it had been open before.
func (s *Sender) take(ctx context.Context) (l *link, reused bool, err error) {
	if s.cfgErr != nil {
		return nil, false, s.cfgErr
	}
	if s.shut {
		return nil, false, ErrClosed
	}
	if s.idle != nil {
		s.idle.Stop()
	}
	if s.link != nil {
		return s.link, true, nil
	}
	s.link, err = connect(ctx, s.cfg)
	return s.link, false, err
}

// putBack drops a connection that broke, or sets the clock that will end it.
func (s *Sender) putBack() {
	if s.link == nil {
		return
	}
	if s.link.broken {
		s.drop()
		return
	}
	kept := s.link
	s.idle = time.AfterFunc(s.cfg.Idle, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.link == kept && time.Since(kept.lastUse) >= s.cfg.Idle {
			s.quitIdle()
		}
	})
}

func (s *Sender) drop() {
	s.link.raw.Close()
	s.link = nil
}

func (s *Sender) quitIdle() {
	if s.idle != nil {
		s.idle.Stop()
	}
	if s.link != nil {
		s.link.quit()
		s.link = nil
	}
}
