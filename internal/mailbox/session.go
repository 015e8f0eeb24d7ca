package mailbox

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// session is one logged-in connection and what is known about its server.
type session struct {
	cfg     Config
	cl      *imapclient.Client
	conn    *watchedConn
	past    *bypass // nil under STARTTLS, where TLS is the library's
	caps    imap.CapSet
	names   *naming           // nil: not asked yet
	known   map[string]bool   // folders, by server name, seen to exist on this connection
	special map[string]string // special use -> folder, as far as asked; "" for none
	chosen  string            // server name of the selected folder, "" if none
	writing bool              // it was SELECTed, not EXAMINEd
	lastUse time.Time
	own     ownRun // the latest copies
	broken  bool   // must not be used again
}

// connect dials and logs in. updates receives unilateral data; nil ignores it.
// It blocks at most a few Timeouts and returns errors of this package.
func connect(ctx context.Context, cfg Config, updates *imapclient.UnilateralDataHandler) (*session, error) {
	dialCtx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	raw, err := cfg.Dial(dialCtx, "tcp", cfg.Addr)
	cancel()
	s := &session{cfg: cfg, conn: &watchedConn{Conn: raw}, known: map[string]bool{}, special: map[string]string{}, lastUse: time.Now()}
	if err != nil {
		return nil, s.explain(ctx, "connect", err)
	}
	disarm := s.arm(ctx)
	defer disarm()
	if err := s.start(ctx, updates); err != nil {
		s.conn.cut()
		err = s.explain(ctx, "connect", err)
		if s.cl != nil {
			s.cl.Close()
		}
		return nil, err
	}
	if err := s.enter(ctx); err != nil {
		s.conn.cut()
		s.cl.Close()
		return nil, err
	}
	return s, nil
}

// start brings the connection to the server's greeting, over TLS if so set.
func (s *session) start(ctx context.Context, updates *imapclient.UnilateralDataHandler) error {
	host, _, _ := net.SplitHostPort(s.cfg.Addr) // validated
	options := &imapclient.Options{
		UnilateralDataHandler: updates,
		TLSConfig:             &tls.Config{ServerName: host, RootCAs: s.cfg.RootCAs, MinVersion: tls.VersionTLS12},
	}
	switch s.cfg.TLS {
	case TLSImplicit:
		conn := tls.Client(s.conn, options.TLSConfig)
		if err := conn.HandshakeContext(ctx); err != nil {
			return err
		}
		s.past = &bypass{Conn: conn}
		s.cl = imapclient.New(s.past, options)
	case TLSStart:
		cl, err := imapclient.NewStartTLS(s.conn, options)
		var no *imap.Error
		if errors.As(err, &no) {
			return &TemporaryError{Op: "connect", Err: fmt.Errorf("server refuses STARTTLS: %q", serverWords(no.Text)), Hint: `try TLS = "tls" on port 993`}
		}
		if err != nil {
			return err
		}
		s.cl = cl
	default:
		s.past = &bypass{Conn: s.conn}
		s.cl = imapclient.New(s.past, options)
	}
	return s.cl.WaitGreeting()
}

// enter logs in and learns what the server can do.
func (s *session) enter(ctx context.Context) error {
	if s.cl.State() == imap.ConnStateNotAuthenticated {
		if err := s.login(ctx); err != nil {
			return err
		}
	}
	if s.caps = s.cl.Caps(); s.caps == nil {
		return s.explain(ctx, "connect", errors.New("server does not tell its capabilities"))
	}
	if s.caps.Has(imap.CapIMAP4rev1) && s.caps.Has(imap.CapIMAP4rev2) {
		// The library writes raw UTF-8 names as soon as rev2 is announced; a
		// server of both kinds reads them so only after ENABLE (RFC 9051 6.3.1).
		if _, err := s.cl.Enable(imap.CapIMAP4rev2).Wait(); err != nil {
			return s.explain(ctx, "enable IMAP4rev2", err)
		}
	}
	s.cfg.Log.Debug("imap connected", "tls", s.cfg.TLS, "auth", s.cfg.Auth)
	return nil
}

func (s *session) login(ctx context.Context) error {
	caps := s.cl.Caps()
	mechanism := chooseMechanism(s.cfg.Auth, caps)
	if mechanism == "" {
		return &AuthError{Hint: loginHint(caps)}
	}
	ask := s.cfg.Password
	if s.cfg.Auth != AuthPassword {
		ask = s.cfg.Token
	}
	secret, err := ask(ctx)
	if err != nil && ctx.Err() != nil {
		return s.explain(ctx, "log in", err)
	}
	if err != nil {
		return &AuthError{Mechanism: mechanism, Hint: "the password or token could not be had: see its file, environment variable or token service", Err: err}
	}
	if mechanism == "LOGIN" {
		err = s.cl.Login(s.cfg.User, secret).Wait()
	} else {
		err = s.cl.Authenticate(s.saslClient(mechanism, secret))
	}
	return s.explainLogin(ctx, mechanism, secret, err)
}

// chooseMechanism picks the way to log in, "" if the server takes none that
// fits. PLAIN goes before LOGIN, which cannot carry non-ASCII passwords safely.
func chooseMechanism(auth string, caps imap.CapSet) string {
	switch {
	case auth == AuthXOAuth2:
		return "XOAUTH2"
	case auth == AuthOAuthBearer:
		return sasl.OAuthBearer
	case caps.Has(imap.AuthCap(sasl.Plain)):
		return sasl.Plain
	case !caps.Has(imap.CapLoginDisabled):
		return "LOGIN"
	}
	return ""
}

func loginHint(caps imap.CapSet) string {
	if caps.Has(imap.AuthCap("XOAUTH2")) || caps.Has(imap.AuthCap(sasl.OAuthBearer)) {
		return "the server takes no passwords here: set up OAuth 2"
	}
	return `the server takes no password on this connection: use TLS = "tls" or "starttls"`
}

func (s *session) saslClient(mechanism, secret string) sasl.Client {
	switch mechanism {
	case "XOAUTH2":
		return &xoauth2{user: s.cfg.User, token: secret}
	case sasl.OAuthBearer:
		host, port, _ := net.SplitHostPort(s.cfg.Addr)
		n, _ := strconv.Atoi(port)
		return &bearer{sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: s.cfg.User, Token: secret, Host: host, Port: n})}
	}
	return sasl.NewPlainClient("", s.cfg.User, secret)
}

// xoauth2 is Google's and Microsoft's mechanism, one message long
// (developers.google.com/workspace/gmail/imap/xoauth2-protocol).
type xoauth2 struct{ user, token string }

func (x *xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the server's error report; the NO follows.
func (x *xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

// bearer is OAUTHBEARER. The library's own client breaks off at the server's
// error report; answered, the server says NO in words (RFC 7628 section 3.2.3).
type bearer struct{ sasl.Client }

func (b *bearer) Next([]byte) ([]byte, error) { return []byte{0x01}, nil }

func (s *session) explainLogin(ctx context.Context, mechanism, secret string, err error) error {
	var no *imap.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &no) || no.Type == imap.StatusResponseTypeBye:
		return s.explain(ctx, "log in", err)
	}
	if explained := explainNo("log in", no); errors.As(explained, new(*TemporaryError)) {
		return explained
	}
	hint := "check user name and password; some providers want an app password or OAuth 2"
	if s.cfg.Auth != AuthPassword {
		hint = "the access token was refused: renew the grant, check scope and mailbox"
	}
	return &AuthError{Mechanism: mechanism, Code: string(no.Code), Text: serverWords(no.Text, s.spellings(secret)...), Hint: hint}
}

// spellings are the forms in which a server could repeat the secret.
func (s *session) spellings(secret string) []string {
	b64 := base64.StdEncoding.EncodeToString
	_, oauth, _ := (&xoauth2{s.cfg.User, secret}).Start()
	return []string{b64(oauth), b64([]byte("\x00" + s.cfg.User + "\x00" + secret)), b64([]byte(secret)), secret}
}

// arm starts the watchdog for one operation and lets the context's end cut the
// connection. The returned function ends both.
func (s *session) arm(ctx context.Context) func() {
	s.conn.arm(s.cfg.Timeout)
	stop := context.AfterFunc(ctx, s.conn.cut)
	return func() {
		stop()
		s.conn.disarm()
	}
}

// alive tells whether a connection that lay idle can be used, asking the
// server if it lay long.
func (s *session) alive(ctx context.Context) bool {
	select {
	case <-s.cl.Closed():
		return false
	default:
	}
	if time.Since(s.lastUse) < staleAfter {
		return true
	}
	defer s.arm(ctx)()
	return s.cl.Noop().Wait() == nil
}

// logout says goodbye, waiting for it no more than two seconds.
func (s *session) logout() {
	if !s.broken {
		s.conn.arm(2 * time.Second)
		s.cl.Logout().Wait()
	}
	s.abandon()
}

// abandon closes the connection without a word and waits for the library's
// reader to end.
func (s *session) abandon() {
	s.broken = true
	s.conn.cut()
	s.cl.Close()
}
