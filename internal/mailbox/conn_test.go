package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// tlsOffice is a server on TCP with a certificate of its own.
func tlsOffice(t *testing.T, mode string) Config {
	t.Helper()
	cert, pool := selfSigned(t)
	user := imapmemserver.NewUser(testUser, testPassword)
	user.Create("INBOX", nil)
	mem := imapmemserver.New()
	mem.AddUser(user)
	serverTLS := &tls.Config{Certificates: []tls.Certificate{cert}}
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		TLSConfig: serverTLS, Caps: capsFull, Logger: log.New(io.Discard, "", 0),
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	if mode == TLSImplicit {
		ln = tls.NewListener(ln, serverTLS)
	}
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return Config{Addr: addr, TLS: mode, RootCAs: pool, User: testUser, Password: secret(testPassword), Timeout: 5 * time.Second, firstWait: time.Millisecond}
}

func TestTLSAndSTARTTLSTrustTheConfiguredCAOnly(t *testing.T) {
	for _, mode := range []string{TLSImplicit, TLSStart} {
		t.Run(mode, func(t *testing.T) {
			cfg := tlsOffice(t, mode)
			noLeaks(t, func() {
				c := New(cfg)
				defer c.Close()
				if _, err := c.Status(t.Context()); err != nil {
					t.Errorf("with the CA: %v", err)
				}
			})
			cfg.RootCAs = nil
			_, err := openClient(t, cfg).Status(t.Context())
			var temporary *TemporaryError
			if !errors.As(err, &temporary) || !strings.Contains(temporary.Hint, "certificate is not trusted") {
				t.Errorf("without the CA: %v", err)
			}
		})
	}
}

func TestServerWithoutSTARTTLSGetsNoPassword(t *testing.T) {
	cfg := stage(t, "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\nC: STARTTLS\nS: $ BAD what\nrest")
	cfg.TLS = TLSStart
	_, err := openClient(t, cfg).Status(t.Context())
	if !errors.As(err, new(*TemporaryError)) || !strings.Contains(err.Error(), "refuses STARTTLS") {
		t.Errorf("got %v", err)
	}
}

func TestConfigFaultsNameTheField(t *testing.T) {
	for name, c := range map[string]struct {
		cfg   Config
		field string
	}{
		"no port":                 {Config{Addr: "imap.example"}, "Addr"},
		"clear text off loopback": {Config{Addr: "192.0.2.1:143", TLS: "none"}, "TLS"},
		"unknown TLS word":        {Config{Addr: "imap.example:993", TLS: "ssl"}, "TLS"},
		"no password":             {Config{Addr: "imap.example:993"}, "Password"},
		"no token":                {Config{Addr: "imap.example:993", Auth: "xoauth2"}, "Token"},
		"unknown mechanism":       {Config{Addr: "imap.example:993", Auth: "ntlm"}, "Auth"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.cfg).Status(t.Context())
			var fault *ConfigError
			if !errors.As(err, &fault) || fault.Field != c.field || fault.Hint == "" {
				t.Errorf("got %v, want a fault of %s", err, c.field)
			}
			if err := Watch(t.Context(), c.cfg, time.Second, func() {}); !errors.As(err, &fault) {
				t.Errorf("Watch: got %v", err)
			}
		})
	}
}

func TestRefusedLoginIsAnAuthErrorWithoutSecrets(t *testing.T) {
	greeting := "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER] hi\n"
	for name, c := range map[string]struct{ auth, script, code string }{
		"PLAIN":             {AuthPassword, greeting + "C: AUTHENTICATE PLAIN\nS: $ NO [AUTHENTICATIONFAILED] no s3cret for entry@uketsuke.example\nrest", "AUTHENTICATIONFAILED"},
		"LOGIN":             {AuthPassword, "S: * OK [CAPABILITY IMAP4rev1] hi\nC: LOGIN\nS: $ NO s3cret is wrong\nrest", ""},
		"echo of the SASL":  {AuthPassword, greeting + "C: AUTHENTICATE PLAIN\nS: $ BAD unknown AGVudHJ5QHVrZXRzdWtlLmV4YW1wbGUAczNjcmV0\nrest", ""},
		"XOAUTH2":           {AuthXOAuth2, greeting + "C: AUTHENTICATE XOAUTH2 dXNlcj1lbnRyeUB1a2V0c3VrZS5leGFtcGxlAWF1dGg9QmVhcmVyIHMzY3JldAEB\nS: + eyJzdGF0dXMiOiI0MDAifQ==\nC:\nS: T1 NO [AUTHENTICATIONFAILED] s3cret\nrest", "AUTHENTICATIONFAILED"},
		"OAUTHBEARER":       {AuthOAuthBearer, greeting + "C: AUTHENTICATE OAUTHBEARER\nS: + eyJzdGF0dXMiOiI0MDAifQ==\nC:\nS: T1 NO s3cret\nrest", ""},
		"no password taken": {AuthPassword, "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2] hi\nrest", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := stage(t, c.script)
			cfg.Auth, cfg.Password, cfg.Token = c.auth, secret("s3cret"), secret("s3cret")
			_, err := openClient(t, cfg).Status(t.Context())
			var refused *AuthError
			if !errors.As(err, &refused) || refused.Code != c.code || refused.Hint == "" {
				t.Fatalf("got %v, %+v", err, refused)
			}
			for _, word := range []string{"s3cret", "AGVudHJ5", "entry@"} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("the error tells %q: %v", word, err)
				}
			}
		})
	}
}

func TestLoginThatFailsForNowIsTemporary(t *testing.T) {
	for name, script := range map[string]string{
		"UNAVAILABLE":     "S: * OK [CAPABILITY IMAP4rev1] hi\nC: LOGIN\nS: $ NO [UNAVAILABLE] database is down\nrest",
		"BYE as greeting": "S: * BYE too many connections\ncut",
		"BYE at login":    "S: * OK [CAPABILITY IMAP4rev1] hi\nC: LOGIN\nS: * BYE shutting down\ncut",
		"no greeting":     "cut",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := openClient(t, stage(t, script)).Status(t.Context()); !errors.As(err, new(*TemporaryError)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPasswordThatCannotBeHadIsTold(t *testing.T) {
	cfg := stage(t, "S: * OK [CAPABILITY IMAP4rev1] hi\nrest")
	broken := errors.New("file is missing")
	cfg.Password = func(context.Context) (string, error) { return "", broken }
	_, err := openClient(t, cfg).Status(t.Context())
	if !errors.As(err, new(*AuthError)) || !errors.Is(err, broken) || !strings.Contains(err.Error(), "file is missing") {
		t.Errorf("got %v", err)
	}
}

func TestWatchdogEndsWhatHangs(t *testing.T) {
	for name, script := range map[string]string{
		"no greeting":      "hang",
		"silent at login":  "S: * OK [CAPABILITY IMAP4rev1] hi\nC: LOGIN\nhang",
		"silent at SELECT": "S: * OK [CAPABILITY IMAP4rev1] hi\nC: LOGIN\nS: $ OK [CAPABILITY IMAP4rev1] in\nC: LIST\nS: $ OK\nC: SELECT\nhang",
		"silent in a mail": login("X", 1) + "C: UID FETCH 1\nR: * 1 FETCH (UID 1 INTERNALDATE \\\"16-Nov-2026 10:15:00 +0900\\\" BODY[] {100}\\r\\nhalf\nhang",
		"silent at FETCH":  login("X", 1) + "C: UID FETCH\nhang",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := stage(t, script)
				cfg.Timeout = time.Minute
				c := New(cfg)
				start := time.Now()
				err := c.Fetch(t.Context(), []uint32{1}, func(_ uint32, _ time.Time, _ int64, r io.Reader) error {
					_, err := io.ReadAll(r)
					return err
				})
				if !errors.As(err, new(*TemporaryError)) || !strings.Contains(err.Error(), "no answer within 1m0s") {
					t.Errorf("got %v", err)
				}
				if took := time.Since(start); took != time.Minute {
					t.Errorf("took %v", took)
				}
				c.Close()
			})
		})
	}
}

func TestSlowReaderIsNotTakenForASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stop := openOffice(capsFull)
		defer stop()
		for range 3 {
			o.put(t, "INBOX", mailText("a", strings.Repeat("x", 50_000)))
		}
		c := New(o.config())
		defer c.Close()
		n := 0
		err := c.Fetch(t.Context(), []uint32{1, 2, 3}, func(_ uint32, _ time.Time, size int64, r io.Reader) error {
			for buf := make([]byte, 9000); ; {
				time.Sleep(20 * time.Second) // longer than the watchdog's patience
				if k, err := r.Read(buf); err != nil {
					return nil
				} else {
					n += k
				}
			}
		})
		if err != nil || n < 150_000 {
			t.Errorf("%d octets, %v", n, err)
		}
	})
}

// crawl lets a connection carry only a little at a time.
type crawl struct{ net.Conn }

func (c crawl) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 {
		time.Sleep(2 * time.Second)
		k, err := c.Conn.Write(p[:min(len(p), 1000)])
		n += k
		if err != nil {
			return n, err
		}
		p = p[k:]
	}
	return n, nil
}

func TestSlowUploadIsNotTakenForASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stop := openOffice(capsFull)
		defer stop()
		cfg := o.config()
		cfg.Timeout = time.Minute
		cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := o.wire.Dial(ctx, network, addr)
			return crawl{conn}, err
		}
		c := New(cfg)
		start := time.Now()
		if err := c.Append(t.Context(), "INBOX", []byte(mailText("a", strings.Repeat("x", 130_000))), nil, time.Time{}); err != nil {
			t.Error(err)
		}
		if time.Since(start) < 4*time.Minute {
			t.Errorf("took only %v: this tests nothing", time.Since(start))
		}
		c.Close()
	})
}

func TestEndOfContextCutsACallOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(stage(t, login("X", 1)+"C: NOOP\nhang"))
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.UIDs(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if _, err := c.UIDs(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a context that has ended: %v", err)
		}
	})
}

func TestCloseCutsACallOffAndEndsTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(stage(t, login("X", 1)+"C: NOOP\nhang"))
		go func() {
			time.Sleep(time.Second)
			c.Close()
		}()
		if _, err := c.UIDs(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		c.Close()
		if _, err := c.UIDs(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestConnectingIsSpacedByBackOffWithJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		c := New(Config{
			Addr: "127.0.0.1:143", TLS: "none", Password: secret("x"), Rand: func() float64 { return 0.25 },
			Dial: func(context.Context, string, string) (net.Conn, error) {
				at = append(at, time.Since(start))
				return nil, errors.New("connection refused")
			},
		})
		defer c.Close()
		for range 11 {
			if _, err := c.Status(t.Context()); !errors.As(err, new(*TemporaryError)) {
				t.Fatal(err)
			}
		}
		// 0.75 of 0.5, 1, 2 … seconds, no more than 2 minutes
		want := []float64{0, 375, 1125, 2625, 5625, 11625, 23625, 47625, 95625, 185625, 275625}
		for i, d := range at {
			if d.Milliseconds() != int64(want[i]) {
				t.Errorf("attempt %d after %v, want %v ms", i, d, want[i])
			}
		}
		if len(at) != len(want) {
			t.Errorf("%d attempts", len(at))
		}
	})
}

func TestRefusedLoginWaitsLongerThanARefusedConnection(t *testing.T) {
	var b backoff
	b.first, b.rand = time.Second, func() float64 { return 0.5 }
	if d := b.failed(&AuthError{}); d != loginFactor*time.Second {
		t.Errorf("waits %v", d)
	}
	b.reset()
	if d := b.failed(errors.New("x")); d != time.Second {
		t.Errorf("waits %v", d)
	}
}

func TestConnectionThatDiedWhileIdleIsReplacedWithoutAnError(t *testing.T) {
	for name, idle := range map[string]time.Duration{"closed": time.Second, "silently dead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				end := "cut"
				if name == "silently dead" {
					end = "C: NOOP\nhang"
				}
				cfg := stage(t, login("X", 1)+end, login("X", 1)+"rest")
				cfg.firstWait = 24 * time.Hour
				c := New(cfg)
				defer c.Close()
				for range 2 {
					if _, err := c.Status(t.Context()); err != nil {
						t.Fatal(err)
					}
					time.Sleep(idle)
				}
			})
		})
	}
}

func TestCallsFromManyGoroutinesTakeTurns(t *testing.T) {
	o := testOffice(t, capsFull)
	o.put(t, "INBOX", mailText("a", "x"))
	c := o.client(t)
	errs := make(chan error)
	for i := range 20 {
		go func() {
			var err error
			if i%2 == 0 {
				_, err = c.HasMessageID(t.Context(), "INBOX", "a")
			} else {
				_, err = c.List(t.Context(), 1)
			}
			errs <- err
		}()
	}
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := o.dialled(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestClientLeavesNoGoroutines(t *testing.T) {
	o := testOffice(t, capsFull)
	o.put(t, "INBOX", mailText("a", strings.Repeat("x", 100_000)))
	noLeaks(t, func() {
		c := New(o.config())
		c.Status(t.Context())
		c.Fetch(t.Context(), []uint32{1}, func(uint32, time.Time, int64, io.Reader) error { return errors.New("stop") })
		c.List(t.Context(), 1)
		o.cutAll()
		c.List(t.Context(), 1)
		c.List(t.Context(), 1)
		c.Close()
	})
}

func TestServersWordsAreMadeFitForLogs(t *testing.T) {
	got := serverWords("no\r\n\x00 <tanaka@minato-bank.example> pw=hunter2 \xff"+strings.Repeat("あ", 300), "hunter2")
	if strings.ContainsAny(got, "\r\n\x00") || strings.Contains(got, "tanaka") || strings.Contains(got, "hunter2") || len([]rune(got)) != 201 {
		t.Errorf("got %q", got)
	}
}

func TestRev2IsEnabledWhereBothAreAnnounced(t *testing.T) {
	o := testOffice(t, imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}})
	if err := o.client(t).Create(t.Context(), "受付/済"); err != nil {
		t.Fatal(err)
	}
	if !o.said("ENABLE IMAP4rev2") {
		t.Error("raw UTF-8 names were written without ENABLE")
	}
}
