package delivery

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/wneessen/go-mail/smtp"
)

// link is one connection after login.
type link struct {
	raw     net.Conn // below TLS; closed to cut off whatever is under way
	smtp    *smtp.Client
	secrets []string // masked in texts
	auth    string   // mechanism used
	lastUse time.Time
	broken  bool // must not be used again
}

// connect dials, starts TLS and logs in.
func connect(ctx context.Context, cfg Config) (*link, error) {
	dialCtx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	raw, err := cfg.Dial(dialCtx, "tcp", cfg.Addr)
	l := &link{raw: raw, lastUse: time.Now()}
	if err != nil {
		return nil, l.failure(ctx, StageConnect, err)
	}
	done := l.begin(ctx, cfg.Timeout)
	defer done()
	if err := l.hello(ctx, cfg); err != nil {
		raw.Close()
		return nil, err
	}
	if err := l.login(ctx, cfg); err != nil {
		raw.Close()
		return nil, err
	}
	cfg.Log.Debug("smtp connected", "tls", cfg.TLS, "auth", l.auth)
	return l, nil
}

// begin sets the deadline for what follows, and lets the context's end cut the
// connection. The returned function takes both back.
func (l *link) begin(ctx context.Context, timeout time.Duration) func() {
	l.raw.SetDeadline(time.Now().Add(timeout))
	stop := context.AfterFunc(ctx, func() { l.raw.Close() })
	return func() {
		stop()
		l.raw.SetDeadline(time.Time{})
		l.lastUse = time.Now()
	}
}

// hello goes from the open connection to EHLO's answer under TLS.
func (l *link) hello(ctx context.Context, cfg Config) error {
	host, _, _ := net.SplitHostPort(cfg.Addr) // validated
	tlsConfig := &tls.Config{ServerName: host, RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12}
	conn := l.raw
	if cfg.TLS == TLSImplicit {
		secure := tls.Client(l.raw, tlsConfig)
		if err := secure.HandshakeContext(ctx); err != nil {
			return l.failure(ctx, StageTLS, err)
		}
		conn = secure
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return l.failure(ctx, StageConnect, err)
	}
	client.SkipSMTPUTF8(true)
	l.smtp = client
	if err := client.Hello(helloName(cfg, l.raw)); err != nil {
		return l.failure(ctx, StageConnect, err)
	}
	if cfg.TLS != TLSStart {
		return nil
	}
	if !l.offers("STARTTLS") {
		return l.failure(ctx, StageTLS, errors.New("the server does not offer STARTTLS")).operator(`try TLS = "tls" on port 465`)
	}
	if err := client.StartTLS(tlsConfig); err != nil {
		return l.failure(ctx, StageTLS, err)
	}
	return nil
}

// offers tells whether the server's EHLO named an extension.
func (l *link) offers(extension string) bool {
	ok, _ := l.smtp.Extension(extension)
	return ok
}

// helloName: an address literal is right for a host without a public name
// (RFC 5321 section 4.1.3); "localhost" makes some servers suspicious.
func helloName(cfg Config, conn net.Conn) string {
	if cfg.Hello != "" {
		return cfg.Hello
	}
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	if err != nil {
		return "localhost"
	}
	if strings.Contains(host, ":") {
		return "[IPv6:" + host + "]"
	}
	return "[" + host + "]"
}

func (l *link) login(ctx context.Context, cfg Config) error {
	if cfg.Auth == AuthNone {
		return nil
	}
	mechanism, err := l.chooseMechanism(cfg.Auth)
	if err != nil {
		return l.failure(ctx, StageAuth, err).operator("choose a mechanism that it offers, or another port")
	}
	ask := cfg.Password
	if (mechanism == "XOAUTH2" || mechanism == sasl.OAuthBearer) && cfg.Token != nil {
		ask = cfg.Token
	}
	secret, err := ask(ctx)
	if err != nil && ctx.Err() != nil {
		return l.failure(ctx, StageAuth, err)
	}
	if err != nil {
		return l.failure(ctx, StageAuth, err).operator("the password or token could not be had: see its file, environment variable or token service")
	}
	b64 := base64.StdEncoding.EncodeToString
	l.secrets = []string{
		b64([]byte("user=" + cfg.User + "\x01auth=Bearer " + secret + "\x01\x01")),
		b64([]byte("\x00" + cfg.User + "\x00" + secret)), b64([]byte(secret)), secret,
	}
	if err := l.smtp.Auth(smtpAuth(mechanism, cfg, secret)); err != nil {
		failed := l.failure(ctx, StageAuth, err)
		if failed.Operator {
			failed.operator("check user name and password; some providers want an app password or OAuth 2")
		}
		return failed
	}
	l.auth = mechanism
	return nil
}

// chooseMechanism maps the configured word to what the server offers.
func (l *link) chooseMechanism(auth string) (string, error) {
	_, offered := l.smtp.Extension("AUTH")
	has := func(mechanism string) bool {
		return slices.Contains(strings.Fields(strings.ToUpper(offered)), mechanism)
	}
	if auth == AuthAuto {
		for _, mechanism := range []string{"PLAIN", "LOGIN"} {
			if has(mechanism) {
				return mechanism, nil
			}
		}
		return "", fmt.Errorf("the server offers no password login (AUTH %s)", offered)
	}
	mechanism := strings.ToUpper(auth)
	if !has(mechanism) {
		return "", fmt.Errorf("the server does not offer AUTH %s (AUTH %s)", mechanism, offered)
	}
	return mechanism, nil
}

func smtpAuth(mechanism string, cfg Config, secret string) smtp.Auth {
	host, port, _ := net.SplitHostPort(cfg.Addr)
	switch mechanism {
	case "XOAUTH2":
		return smtp.XOAuth2Auth(cfg.User, secret)
	case sasl.OAuthBearer:
		n, _ := strconv.Atoi(port)
		return &bearer{sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: cfg.User, Token: secret, Host: host, Port: n})}
	case "LOGIN":
		return smtp.LoginAuth(cfg.User, secret, host, true) // without TLS on loopback only, see Config
	}
	return smtp.PlainAuth("", cfg.User, secret, host, true)
}

// bearer is OAUTHBEARER as go-mail wants its mechanisms.
type bearer struct{ message sasl.Client }

func (b *bearer) Start(*smtp.ServerInfo) (string, []byte, error) { return b.message.Start() }

// Next answers the server's error report; the refusal follows (RFC 7628 3.2.3).
func (b *bearer) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	return []byte{0x01}, nil
}

// failure classifies an error and notes whether the connection can still be
// used: after a reply other than 421 it can.
func (l *link) failure(ctx context.Context, stage string, err error) *Error {
	failed := classify(stage, err, l.secrets...)
	l.broken = l.broken || failed.Code == 0 || failed.Code == 421
	if failed.Code == 0 && ctx.Err() != nil {
		failed.Err = context.Cause(ctx)
		failed.Text = failed.Err.Error()
	}
	if cert := new(tls.CertificateVerificationError); errors.As(err, &cert) {
		failed.operator("the server's certificate is not trusted: check host name and date, or name its CA in the configuration")
	}
	return failed
}

// quit says goodbye, which may take two seconds, and closes.
func (l *link) quit() {
	if !l.broken {
		l.raw.SetDeadline(time.Now().Add(farewell))
		l.smtp.Quit()
	}
	l.raw.Close()
}

func (l *link) greeting() Greeting {
	name, _, _ := strings.Cut(l.smtp.HelloResponse(), " ")
	_, auth := l.smtp.Extension("AUTH")
	g := Greeting{Name: words(name), Auth: strings.Fields(auth), LoggedInBy: l.auth, MaxSize: l.maxSize()}
	for _, extension := range askable {
		if l.offers(extension) {
			g.Extensions = append(g.Extensions, extension)
		}
	}
	if state, ok := l.smtp.TLSConnectionState(); ok {
		g.TLS = tls.VersionName(state.Version)
	}
	return g
}

// askable are the extensions that Check reports; the library tells them by name
// only.
var askable = []string{
	"8BITMIME", "AUTH", "CHUNKING", "DSN", "ENHANCEDSTATUSCODES", "PIPELINING", "SIZE", "SMTPUTF8", "STARTTLS",
}
