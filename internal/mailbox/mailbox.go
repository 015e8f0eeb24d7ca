// Package mailbox is the house's only way to IMAP: it watches the inbox,
// reads mail, files it into folders and puts copies of letters into Sent.
//
// One call goes like this:
//
//  1. take the connection (one [Client] has one; calls wait for each other);
//  2. if there is none, or it died while idle, wait out the back-off of the
//     last failure and connect: TCP, TLS or STARTTLS, login, capabilities;
//  3. arm the watchdog: from now on each read must bring something within
//     Config.Timeout, and the end of the context cuts the connection;
//  4. select the folder that is needed; the inbox's UIDVALIDITY must still be
//     the one that [Client.Status] told, else the UIDs in the caller's hands
//     name other mails ([ValidityError]);
//  5. run the commands;
//  6. disarm. A server's NO keeps the connection, anything else drops it, and
//     the next call starts at 2.
//
// A mail leaves the inbox only after a verified copy exists in the other
// folder (see [Client.Move]). Nothing here reads or sets \Seen: flags decide
// nothing, and BODY.PEEK leaves them as the people of the office left them.
//
// Folder names are those of the configuration: "/" separates levels whatever
// the server's delimiter is, Japanese is written as it is, and the prefix of
// the personal namespace ("INBOX." of Courier and Cyrus) is left out.
//
// Sources: RFC 3501/9051 (IMAP), 2177 (IDLE), 3502 (MULTIAPPEND), 4315 (UIDPLUS), 6851 (MOVE),
// 6154 (SPECIAL-USE), 2342 (NAMESPACE), 7888 (literals), 7628 (OAUTHBEARER).
package mailbox

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"time"
)

// Config says where the mailbox is and how to get in. Zero values mean the
// defaults named.
type Config struct {
	Addr string // host:port
	TLS  string // "tls" (default), "starttls", or "none", which is refused unless Addr is loopback

	User     string                                // login name; a shared mailbox is user plus mailbox as the provider writes it
	Auth     string                                // "password" (default), "xoauth2" or "oauthbearer"
	Password func(context.Context) (string, error) // asked at each login, for Auth "password"
	Token    func(context.Context) (string, error) // access token, asked at each login, for the OAuth mechanisms

	RootCAs *x509.CertPool // nil: the system's
	Inbox   string         // default INBOX
	Timeout time.Duration  // longest silence of the server within a command; default 60 s

	Dial func(ctx context.Context, network, addr string) (net.Conn, error) // nil: net.Dialer
	Rand func() float64                                                    // [0,1), spreads the back-off; nil: math/rand/v2
	Log  *slog.Logger                                                      // nil: nothing is logged

	firstWait time.Duration // back-off after the first failure; tests shorten it
}

// Values of Config.TLS and Config.Auth.
const (
	TLSImplicit = "tls"
	TLSStart    = "starttls"
	TLSNone     = "none"

	AuthPassword    = "password"
	AuthXOAuth2     = "xoauth2"
	AuthOAuthBearer = "oauthbearer"
)

const (
	defaultTimeout   = time.Minute
	defaultFirstWait = 500 * time.Millisecond
	longestWait      = 2 * time.Minute
	// staleAfter is the idle time after which a connection is asked with NOOP
	// before it is trusted: servers log idle clients out, NATs forget them.
	staleAfter = 30 * time.Second
	// uidsPerCommand keeps command lines under the 8,192 octets that RFC 7162
	// section 4 tells servers to accept: 500 UIDs of up to 10 digits.
	uidsPerCommand = 500
)

// ready returns cfg with the defaults filled in, or a *ConfigError.
func (cfg Config) ready() (Config, error) {
	if cfg.TLS == "" {
		cfg.TLS = TLSImplicit
	}
	if cfg.Auth == "" {
		cfg.Auth = AuthPassword
	}
	if cfg.Inbox == "" {
		cfg.Inbox = "INBOX"
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.firstWait <= 0 {
		cfg.firstWait = defaultFirstWait
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Float64
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{}).DialContext
	}
	return cfg, cfg.validate()
}

func (cfg Config) validate() error {
	host, _, err := net.SplitHostPort(cfg.Addr)
	if err != nil || host == "" {
		return &ConfigError{Field: "Addr", Value: cfg.Addr, Hint: "write host:port, such as imap.example.jp:993"}
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
	switch cfg.Auth {
	case AuthPassword:
		if cfg.Password == nil {
			return &ConfigError{Field: "Password", Hint: "needed for password login"}
		}
	case AuthXOAuth2, AuthOAuthBearer:
		if cfg.Token == nil {
			return &ConfigError{Field: "Token", Hint: "needed for OAuth login"}
		}
	default:
		return &ConfigError{Field: "Auth", Value: cfg.Auth, Hint: `one of "password", "xoauth2", "oauthbearer"`}
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

// Client is one working connection to the mailbox. It connects at the first
// call and again, with back-off and jitter, at the first call after a failure.
// All methods may be called from several goroutines; they run one after the
// other. Every method returns as soon as ctx ends.
//
// Errors: *AuthError, *TemporaryError, *RefusedError, *ValidityError and
// *ConfigError, found with errors.As, [ErrClosed] and the context's own.
type Client struct {
	cfg    Config
	cfgErr error

	open  context.Context // ends with Close
	close context.CancelCauseFunc
	turn  chan struct{} // holds one token: whoever took it may use the fields below

	sess     *session
	validity uint32 // the inbox's UIDVALIDITY that the caller knows; 0: none yet
	wait     backoff
}

// New makes a client without connecting. A faulty cfg is told by the first
// call as a *ConfigError.
func New(cfg Config) *Client {
	c := &Client{turn: make(chan struct{}, 1)}
	c.open, c.close = context.WithCancelCause(context.Background())
	c.cfg, c.cfgErr = cfg.ready()
	c.wait = backoff{first: c.cfg.firstWait, rand: c.cfg.Rand}
	c.turn <- struct{}{}
	return c
}

// ErrClosed is returned by calls on a closed Client.
var ErrClosed = errors.New("mailbox: client is closed")

// Close logs out and closes the connection. A call that is under way is cut
// off. Close may be called more than once.
func (c *Client) Close() error {
	c.close(ErrClosed)
	<-c.turn
	defer func() { c.turn <- struct{}{} }()
	if c.sess != nil {
		c.sess.logout()
		c.sess = nil
	}
	return nil
}

// do runs one operation on the connection, see the package comment. op names
// it in errors.
func (c *Client) do(ctx context.Context, op string, run func(*session) error) error {
	if c.cfgErr != nil {
		return c.cfgErr
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.open, func() { cancel(ErrClosed) })()
	select {
	case <-c.turn:
		defer func() { c.turn <- struct{}{} }()
	case <-ctx.Done():
	}
	if c.open.Err() != nil {
		return ErrClosed
	}
	if ctx.Err() != nil {
		return fmt.Errorf("mailbox: %s: %w", op, context.Cause(ctx))
	}
	if err := c.connected(ctx, op); err != nil {
		return err
	}
	disarm := c.sess.arm(ctx)
	err := c.sess.explain(ctx, op, run(c.sess))
	disarm()
	c.settle(ctx, err)
	return err
}

// connected sees to it that there is a live connection.
func (c *Client) connected(ctx context.Context, op string) error {
	if c.sess != nil && !c.sess.alive(ctx) {
		c.sess.abandon()
		c.sess = nil
	}
	if c.sess != nil {
		return nil
	}
	if err := c.wait.wait(ctx); err != nil {
		return fmt.Errorf("mailbox: %s: %w", op, err)
	}
	s, err := connect(ctx, c.cfg, nil)
	if err != nil {
		if ctx.Err() == nil {
			c.wait.failed(err)
		}
		return err
	}
	c.sess = s
	return nil
}

// settle decides from an operation's outcome whether the connection stays and
// whether the next one has to wait. A connection that we cut ourselves (end of
// the context, failure of the caller's function) is no reason to wait.
func (c *Client) settle(ctx context.Context, err error) {
	c.sess.lastUse = time.Now()
	if err == nil {
		c.wait.reset()
	}
	if !c.sess.broken {
		return
	}
	var temporary *TemporaryError
	if errors.As(err, &temporary) && ctx.Err() == nil {
		c.wait.failed(err)
	}
	c.sess.abandon()
	c.sess = nil
}
