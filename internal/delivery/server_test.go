package delivery

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailServer is a real SMTP server in the process that keeps what it took.
type mailServer struct {
	addr string
	ca   *x509.CertPool

	mu       sync.Mutex
	letters  []received
	sessions int
	refuse   map[string]*smtp.SMTPError // by recipient
	auth     func(user, password string) error
}

type received struct {
	from string
	to   []string
	body string
	opts smtp.MailOptions
}

const testUser, testPassword = "entry@uketsuke.example", "s3cret/päss"

// startServer serves until the test ends. mode is "none", "starttls" or "tls".
func startServer(t testing.TB, mode string, change ...func(*smtp.Server)) *mailServer {
	t.Helper()
	ms := &mailServer{refuse: map[string]*smtp.SMTPError{}}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		ms.mu.Lock()
		defer ms.mu.Unlock()
		ms.sessions++
		return &mailSession{server: ms}, nil
	}))
	srv.Domain = "mx.uketsuke.example"
	srv.AllowInsecureAuth = mode == "none"
	srv.ErrorLog = log.New(io.Discard, "", 0)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if mode != "none" {
		cert, pool := selfSigned(t)
		ms.ca = pool
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
		if mode == "tls" {
			ln = tls.NewListener(ln, srv.TLSConfig)
		}
	}
	for _, f := range change {
		f(srv)
	}
	ms.addr = ln.Addr().String()
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return ms
}

func (ms *mailServer) config(mode string) Config {
	return Config{Addr: ms.addr, TLS: mode, RootCAs: ms.ca, Timeout: 5 * time.Second}
}

func (ms *mailServer) got(t *testing.T, n int) []received {
	t.Helper()
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if len(ms.letters) != n {
		t.Fatalf("the server took %d letters, want %d", len(ms.letters), n)
	}
	return append([]received(nil), ms.letters...)
}

type mailSession struct {
	server *mailServer
	now    received
}

func (s *mailSession) Reset()        { s.now = received{} }
func (s *mailSession) Logout() error { return nil }

func (s *mailSession) Mail(from string, opts *smtp.MailOptions) error {
	s.now = received{from: from, opts: *opts}
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if no := s.server.refuse[to]; no != nil {
		return no
	}
	s.now.to = append(s.now.to, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.now.body = string(raw)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.letters = append(s.server.letters, s.now)
	return nil
}

func (s *mailSession) AuthMechanisms() []string {
	if s.server.auth == nil {
		return nil
	}
	return []string{"PLAIN", "LOGIN", "OAUTHBEARER"}
}

func (s *mailSession) Auth(mechanism string) (sasl.Server, error) {
	switch mechanism {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, user, password string) error { return s.server.auth(user, password) }), nil
	case "LOGIN":
		return &loginServer{auth: s.server.auth}, nil
	}
	return sasl.NewOAuthBearerServer(func(opts sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
		if s.server.auth(opts.Username, opts.Token) != nil {
			return &sasl.OAuthBearerError{Status: "invalid_token"}
		}
		return nil
	}), nil
}

type loginServer struct {
	auth func(user, password string) error
	user *string
	step int
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		user := string(response)
		l.user = &user
		return []byte("Password:"), false, nil
	}
	return nil, true, l.auth(*l.user, string(response))
}

func checkAccount(user, password string) error {
	if user == testUser && password == testPassword {
		return nil
	}
	return smtp.ErrAuthFailed
}

func selfSigned(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// script is a server that follows a text: each connection takes the next part.
// "S: line" is sent, "C: prefix" must be what comes, "C: .." reads a letter up
// to its final dot, "hang" says nothing more until the client goes; after the
// last line the connection is closed.
func script(t *testing.T, connections ...string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Add(1)
	go func() {
		defer all.Done()
		for _, lines := range connections {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			all.Add(1)
			go func() { defer all.Done(); play(t, conn, lines) }()
		}
	}()
	t.Cleanup(func() { ln.Close(); all.Wait() })
	return ln.Addr().String()
}

func play(t *testing.T, conn net.Conn, lines string) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		verb, text, _ := strings.Cut(line, ":")
		text = strings.TrimSpace(text)
		switch verb {
		case "":
		case "S":
			io.WriteString(conn, text+"\r\n")
		case "hang":
			io.Copy(io.Discard, r)
		case "C":
			got, err := r.ReadString('\n')
			for text == ".." && err == nil && got != ".\r\n" {
				got, err = r.ReadString('\n')
			}
			if text != ".." && !strings.HasPrefix(got, text) {
				t.Errorf("client sent %q (%v), script wants %q", got, err, text)
				return
			}
		default:
			t.Errorf("bad script line %q", line)
		}
	}
}

const opening = `
	S: 220 mx
	C: EHLO
	S: 250-mx
	S: 250-ENHANCEDSTATUSCODES
	S: 250 8BITMIME
`

func password(secret string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return secret, nil }
}
