package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"pgregory.net/rapid"
)

var (
	oneRecipient = Envelope{From: "entry@uketsuke.example", To: []string{"tanaka@minato-bank.example"}}
	shortLetter  = []byte("Subject: a\r\n\r\nbody\r\n")
)

func TestBytesArriveUnchanged(t *testing.T) {
	letters := map[string]string{
		"dots at line starts":  "Subject: a\r\n\r\n.\r\n..\r\n.a\r\n",
		"a dot as last line":   "Subject: a\r\n\r\n.\r\n",
		"trailing blank lines": "Subject: a\r\n\r\nx\r\n\r\n\r\n",
		"spaces and tabs":      "Subject: a \t\r\n\r\n \t\r\nx \r\n",
		"longest line":         "Subject: a\r\n\r\n" + strings.Repeat("x", 998) + "\r\n",
		"large":                "Subject: a\r\n\r\n" + strings.Repeat(strings.Repeat("y", 76)+"\r\n", 4000),
	}
	ms := startServer(t, "none")
	s := New(ms.config("none"))
	defer s.Close()
	n := 0
	for name, letter := range letters {
		t.Run(name, func(t *testing.T) {
			if _, err := s.Send(t.Context(), oneRecipient, []byte(letter)); err != nil {
				t.Fatal(err)
			}
			n++
			if got := ms.got(t, n)[n-1].body; got != letter {
				t.Errorf("the server got %q, sent %q", got, letter)
			}
		})
	}
	if ms.sessions != 1 {
		t.Errorf("%d connections for %d letters, want 1", ms.sessions, len(letters))
	}
}

func TestPropertyBytesArriveUnchanged(t *testing.T) {
	ms := startServer(t, "none")
	s := New(ms.config("none"))
	defer s.Close()
	line := rapid.StringMatching(`[.]{0,3}[ -~\t]{0,40}`)
	rapid.Check(t, func(rt *rapid.T) {
		body := "X: y\r\n\r\n"
		for _, l := range rapid.SliceOfN(line, 0, 12).Draw(rt, "lines") {
			body += l + "\r\n"
		}
		if _, err := s.Send(t.Context(), oneRecipient, []byte(body)); err != nil {
			rt.Fatal(err)
		}
		ms.mu.Lock()
		defer ms.mu.Unlock()
		if got := ms.letters[len(ms.letters)-1].body; got != body {
			rt.Fatalf("the server got %q, sent %q", got, body)
		}
	})
}

func TestEveryByteOf7BitTextIsLookedAt(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				text := bytes.Repeat([]byte{1}, length)
				text[at] = byte(c)
				if got, want := sevenBit(text), c > 0 && c < 0x80; got != want {
					t.Fatalf("byte %#x at %d of %d: %v", c, at, length, got)
				}
			}
		}
	}
}

func TestLettersThatSMTPWouldChangeAreRefusedBeforeDialling(t *testing.T) {
	dialled := false
	s := New(Config{Addr: "127.0.0.1:1", TLS: "none", Dial: func(context.Context, string, string) (net.Conn, error) {
		dialled = true
		return nil, errors.New("no")
	}})
	good := string(shortLetter)
	cases := map[string]struct {
		env  Envelope
		body string
		want string
	}{
		"bare LF":               {oneRecipient, "Subject: a\n\r\n\r\n", "line 1 has a bare CR or LF"},
		"bare CR":               {oneRecipient, "Subject: a\r\n\r\nx\ry\r\n", "line 3 has a bare CR or LF"},
		"smuggled end":          {oneRecipient, "Subject: a\r\n\r\n\n.\r\nMAIL FROM:<x@y.example>\r\n", "line 3"},
		"8-bit":                 {oneRecipient, "Subject: 受付\r\n\r\n", "line 1 has a byte"},
		"NUL":                   {oneRecipient, "a\x00\r\n", "line 1"},
		"8-bit in a long line":  {oneRecipient, "A: b\r\n\r\n0123456789\x80bcdefghijk\r\n", "line 3 has a byte"},
		"NUL in a long line":    {oneRecipient, "A: b\r\n\r\n0123456789abcde\x00\r\n", "line 3 has a byte"},
		"8-bit in the last one": {oneRecipient, "A: b\r\n\r\n12345678\r\nx\xff\r\n", "line 4 has a byte"},
		"no CRLF at the end":    {oneRecipient, "Subject: a\r\n\r\nx", "does not end with CRLF"},
		"empty":                 {oneRecipient, "", "does not end with CRLF"},
		"line too long":         {oneRecipient, "A: b\r\n" + strings.Repeat("x", 999) + "\r\n", "line 2 has more than 998"},
		"parameter in sender":   {Envelope{From: "a@b.example> SIZE=1", To: oneRecipient.To}, good, "sender is no plain"},
		"line break in address": {Envelope{From: "a@b.example", To: []string{"c@d.example\r\nDATA"}}, good, "recipient is no plain"},
		"display name":          {Envelope{From: "a@b.example", To: []string{"田中 <c@d.example>"}}, good, "recipient is no plain"},
		"nobody":                {Envelope{From: "a@b.example"}, good, "no recipient"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := s.Send(t.Context(), c.env, []byte(c.body))
			e := asError(t, err)
			if !e.Permanent || e.Stage != StageLetter || !strings.Contains(e.Error(), c.want) {
				t.Errorf("got %v, want permanent with %q", err, c.want)
			}
		})
	}
	if dialled {
		t.Error("a bad letter was worth a connection")
	}
}

func TestEnvelopeGoesOutWithoutSMTPUTF8(t *testing.T) {
	ms := startServer(t, "none", func(s *smtp.Server) { s.EnableSMTPUTF8 = true })
	s := New(ms.config("none"))
	defer s.Close()
	env := Envelope{From: "", To: []string{"a@x.example", "b@y.example"}}
	result, err := s.Send(t.Context(), env, shortLetter)
	if err != nil || len(result.Rejected) != 0 {
		t.Fatal(result, err)
	}
	got := ms.got(t, 1)[0]
	if got.from != "" || fmt.Sprint(got.to) != fmt.Sprint(env.To) || got.opts.UTF8 {
		t.Errorf("the server got %+v", got)
	}
}

func TestLoginOverTLS(t *testing.T) {
	for _, mode := range []string{"tls", "starttls", "none"} {
		for _, auth := range []string{"auto", "plain", "login", "oauthbearer"} {
			t.Run(mode+" "+auth, func(t *testing.T) {
				ms := startServer(t, mode)
				ms.auth = checkAccount
				cfg := ms.config(mode)
				cfg.User, cfg.Auth, cfg.Password = testUser, auth, password(testPassword)
				s := New(cfg)
				defer s.Close()
				if _, err := s.Send(t.Context(), oneRecipient, shortLetter); err != nil {
					t.Fatal(err)
				}
				ms.got(t, 1)

				greeting, err := s.Check(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if (greeting.TLS == "") != (mode == "none") || greeting.LoggedInBy == "" {
					t.Errorf("Check says %+v", greeting)
				}
				ms.got(t, 1)
			})
		}
	}
}

func TestXOAuth2SendsUserAndToken(t *testing.T) {
	addr := script(t, `
		S: 220 mx
		C: EHLO
		S: 250-mx
		S: 250 AUTH XOAUTH2
		C: AUTH XOAUTH2 dXNlcj1hAWF1dGg9QmVhcmVyIHRvawEB
		S: 235 2.7.0 ok
		C: NOOP
		S: 250 ok
		C: QUIT
		S: 221 bye`)
	s := New(Config{Addr: addr, TLS: "none", User: "a", Auth: "xoauth2", Token: password("tok"), Timeout: 5 * time.Second})
	if _, err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestUntrustedCertificateIsTheOperatorsMatter(t *testing.T) {
	for _, mode := range []string{"tls", "starttls"} {
		t.Run(mode, func(t *testing.T) {
			ms := startServer(t, mode)
			cfg := ms.config(mode)
			cfg.RootCAs = nil
			_, err := New(cfg).Send(t.Context(), oneRecipient, shortLetter)
			e := asError(t, err)
			if e.Permanent || !e.Operator || e.Stage != StageTLS || !strings.Contains(e.Error(), "certificate is not trusted") {
				t.Errorf("got %v, %+v", err, e)
			}
		})
	}
}

func TestStartTLSIsNotOptional(t *testing.T) {
	ms := startServer(t, "none")
	_, err := New(ms.config("starttls")).Send(t.Context(), oneRecipient, shortLetter)
	if e := asError(t, err); e.Permanent || !e.Operator || e.Stage != StageTLS {
		t.Errorf("got %v", err)
	}
	ms.got(t, 0)
}

func TestRefusedLoginIsTemporaryAndTheOperatorsMatter(t *testing.T) {
	for _, auth := range []string{"plain", "login"} {
		t.Run(auth, func(t *testing.T) {
			ms := startServer(t, "none")
			ms.auth = func(string, string) error {
				return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "no " + testPassword + " for " + testUser}
			}
			cfg := ms.config("none")
			cfg.User, cfg.Auth, cfg.Password = testUser, auth, password(testPassword)
			_, err := New(cfg).Send(t.Context(), oneRecipient, shortLetter)
			e := asError(t, err)
			if e.Permanent || !e.Operator || e.Stage != StageAuth || e.Hint == "" {
				t.Errorf("got %+v", e)
			}
			if strings.Contains(e.Error()+e.Text, testPassword) || strings.Contains(e.Error(), testUser) {
				t.Errorf("the error tells secrets or addresses: %v", e)
			}
		})
	}
}

func TestRefusedTokenIsTemporaryAndTheOperatorsMatter(t *testing.T) {
	for mechanism, answer := range map[string]string{"OAUTHBEARER": "AQ==", "XOAUTH2": ""} {
		t.Run(mechanism, func(t *testing.T) {
			addr := script(t, "S: 220 mx\nC: EHLO\nS: 250-mx\nS: 250 AUTH "+mechanism+"\nC: AUTH "+mechanism+
				"\nS: 334 eyJzdGF0dXMiOiI0MDEifQ==\nC: "+answer+"\nS: 535 5.7.8 tok is no good")
			s := New(Config{Addr: addr, TLS: "none", User: "a", Auth: strings.ToLower(mechanism), Password: password("tok"), Timeout: 300 * time.Millisecond})
			_, err := s.Send(t.Context(), oneRecipient, shortLetter)
			e := asError(t, err)
			if e.Permanent || !e.Operator || e.Stage != StageAuth || e.Code != 535 || strings.Contains(e.Error(), "tok is") {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestTemporaryLoginFailureIsNotTheOperatorsMatter(t *testing.T) {
	addr := script(t, "S: 220 mx\nC: EHLO\nS: 250-mx\nS: 250 AUTH PLAIN\nC: AUTH PLAIN\nS: 454 4.7.0 later")
	s := New(Config{Addr: addr, TLS: "none", User: "a", Password: password("b"), Timeout: 300 * time.Millisecond})
	_, err := s.Send(t.Context(), oneRecipient, shortLetter)
	if e := asError(t, err); e.Permanent || e.Operator || e.Stage != StageAuth {
		t.Errorf("got %+v", e)
	}
}

func TestPasswordThatCannotBeHadIsTold(t *testing.T) {
	ms := startServer(t, "none")
	ms.auth = checkAccount
	cfg := ms.config("none")
	broken := errors.New("file is missing")
	cfg.User, cfg.Password = testUser, func(context.Context) (string, error) { return "", broken }
	_, err := New(cfg).Send(t.Context(), oneRecipient, shortLetter)
	if e := asError(t, err); !e.Operator || e.Permanent || !errors.Is(err, broken) {
		t.Errorf("got %+v", e)
	}
}

func TestReplyDecidesWhatAFailureMeans(t *testing.T) {
	mail, rcpt, data := opening+"C: MAIL\nS: %s\n", opening+"C: MAIL\nS: 250 ok\nC: RCPT\nS: %s\n", opening+"C: MAIL\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: DATA\nS: %s\n"
	dot := opening + "C: MAIL\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: DATA\nS: 354 go\nC: ..\nS: %s\n"
	cases := []struct {
		name, script, reply string
		want                Error
	}{
		{"greeting 421", "S: %s\n", "421 4.3.2 busy", Error{Stage: StageConnect, Code: 421, Enhanced: "4.3.2"}},
		{"greeting 554 is not the letter's", "S: %s\n", "554 5.7.1 blocked", Error{Stage: StageConnect, Code: 554, Enhanced: "5.7.1", Operator: true}},
		{"MAIL 450", mail, "450 4.1.8 later", Error{Stage: StageMail, Code: 450, Enhanced: "4.1.8"}},
		{"MAIL 550: sender not allowed, every letter's matter", mail, "550 5.7.60 no", Error{Stage: StageMail, Code: 550, Enhanced: "5.7.60", Operator: true}},
		{"MAIL 552: too big", mail, "552 5.3.4 big", Error{Stage: StageMail, Code: 552, Enhanced: "5.3.4", Permanent: true}},
		{"MAIL 530: login wanted", mail, "530 5.7.0 login", Error{Stage: StageMail, Code: 530, Enhanced: "5.7.0", Operator: true}},
		{"RCPT 450", rcpt, "450 4.2.1 greylisted", Error{Stage: StageRcpt, Code: 450, Enhanced: "4.2.1", Recipient: oneRecipient.To[0]}},
		{"RCPT 550", rcpt, "550 5.1.1 unknown", Error{Stage: StageRcpt, Code: 550, Enhanced: "5.1.1", Permanent: true, Recipient: oneRecipient.To[0]}},
		{"RCPT 552 for too many", rcpt, "552 5.5.3 many", Error{Stage: StageRcpt, Code: 552, Enhanced: "5.5.3", Recipient: oneRecipient.To[0]}},
		{"RCPT 530", rcpt, "530 5.7.0 login", Error{Stage: StageRcpt, Code: 530, Enhanced: "5.7.0", Operator: true, Recipient: oneRecipient.To[0]}},
		{"DATA 451", data, "451 4.3.0 later", Error{Stage: StageData, Code: 451, Enhanced: "4.3.0"}},
		{"DATA 554", data, "554 5.6.0 no", Error{Stage: StageData, Code: 554, Enhanced: "5.6.0", Permanent: true}},
		{"dot 452", dot, "452 4.3.1 full", Error{Stage: StageData, Code: 452, Enhanced: "4.3.1"}},
		{"dot 550", dot, "550 5.7.1 spam", Error{Stage: StageData, Code: 550, Enhanced: "5.7.1", Permanent: true}},
		{"dot without enhanced code", dot, "550 no", Error{Stage: StageData, Code: 550, Permanent: true}},
		{"dot answered with nonsense", dot, "299 what", Error{Stage: StageData, Code: 299}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			after := ""
			if strings.Contains(c.script, "MAIL") { // the transaction is ended, the connection kept
				after = "C: RSET\nS: 250 ok\n"
			}
			s := New(Config{Addr: script(t, fmt.Sprintf(c.script, c.reply)+after+"hang"), TLS: "none", Timeout: 5 * time.Second})
			defer func() { s.link = nil }()
			_, err := s.Send(t.Context(), oneRecipient, shortLetter)
			e := *asError(t, err)
			if s.link != nil {
				s.link.raw.Close()
			}
			e.Err, e.Text, e.Hint = nil, "", ""
			if e != c.want {
				t.Errorf("got  %+v\nwant %+v", e, c.want)
			}
		})
	}
}

func TestConnectionLostAfterTheFinalDotIsUnknown(t *testing.T) {
	addr := script(t, opening+"C: MAIL\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: DATA\nS: 354 go\nC: ..")
	s := New(Config{Addr: addr, TLS: "none", Timeout: 5 * time.Second})
	defer s.Close()
	_, err := s.Send(t.Context(), oneRecipient, shortLetter)
	if e := asError(t, err); !e.Unknown || e.Permanent || e.Stage != StageData {
		t.Errorf("got %+v", e)
	}
}

func TestConnectionLostBeforeTheFinalDotIsNotUnknown(t *testing.T) {
	for name, lines := range map[string]string{
		"after MAIL": "C: MAIL",
		"after RCPT": "C: MAIL\nS: 250 ok\nC: RCPT",
		"after DATA": "C: MAIL\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: DATA",
	} {
		t.Run(name, func(t *testing.T) {
			s := New(Config{Addr: script(t, opening+lines), TLS: "none", Timeout: 5 * time.Second})
			defer s.Close()
			_, err := s.Send(t.Context(), oneRecipient, shortLetter)
			if e := asError(t, err); e.Unknown || e.Permanent || e.Code != 0 {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestHangingServerMeetsTheDeadlineOfTheLetter(t *testing.T) {
	for name, c := range map[string]struct {
		lines   string
		unknown bool
	}{
		"no greeting":        {"hang", false},
		"silent after EHLO":  {"S: 220 mx\nC: EHLO\nhang", false},
		"silent after MAIL":  {opening + "C: MAIL\nhang", false},
		"silent after a dot": {opening + "C: MAIL\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: DATA\nS: 354 go\nC: ..\nhang", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(Config{Addr: script(t, c.lines), TLS: "none", Timeout: 100 * time.Millisecond})
			defer s.Close()
			start := time.Now()
			_, err := s.Send(t.Context(), oneRecipient, shortLetter)
			if e := asError(t, err); e.Permanent || e.Unknown != c.unknown {
				t.Errorf("got %+v", e)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestEndOfContextCutsALetterOff(t *testing.T) {
	addr := script(t, opening+"C: MAIL\nhang")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s := New(Config{Addr: addr, TLS: "none"})
	defer s.Close()
	_, err := s.Send(ctx, oneRecipient, shortLetter)
	if e := asError(t, err); e.Permanent || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v", e)
	}
}

func TestLetterAfter421GoesOverANewConnection(t *testing.T) {
	letter := "C: MAIL\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: DATA\nS: 354 go\nC: ..\nS: 250 2.0.0 queued as 1\n"
	for name, end := range map[string]string{
		"421 to the next MAIL": "C: MAIL\nS: 421 4.7.0 enough",
		"closed while idle":    "",
	} {
		t.Run(name, func(t *testing.T) {
			s := New(Config{Addr: script(t, opening+letter+end, opening+letter+"C: QUIT\nS: 221 bye"), TLS: "none", Timeout: 5 * time.Second})
			defer s.Close()
			for range 2 {
				result, err := s.Send(t.Context(), oneRecipient, shortLetter)
				if err != nil || result.Text != "2.0.0 queued as 1" {
					t.Fatal(result, err)
				}
			}
		})
	}
}

func Test421OnANewConnectionIsTemporaryAndTheNextLetterGoes(t *testing.T) {
	good := opening + "C: MAIL\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: DATA\nS: 354 go\nC: ..\nS: 250 ok\nC: QUIT\nS: 221 bye"
	s := New(Config{Addr: script(t, "S: 421 4.3.2 starting", good), TLS: "none", Timeout: 5 * time.Second})
	defer s.Close()
	_, err := s.Send(t.Context(), oneRecipient, shortLetter)
	if e := asError(t, err); e.Permanent || e.Code != 421 {
		t.Errorf("got %+v", e)
	}
	if _, err := s.Send(t.Context(), oneRecipient, shortLetter); err != nil {
		t.Error(err)
	}
}

func TestRefusedRecipientsAreToldAndTheOthersGetTheLetter(t *testing.T) {
	ms := startServer(t, "none")
	ms.refuse["gone@x.example"] = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "gone@x.example is unknown"}
	ms.refuse["full@x.example"] = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "full"}
	s := New(ms.config("none"))
	defer s.Close()
	result, err := s.Send(t.Context(), Envelope{From: "a@b.example", To: []string{"gone@x.example", "well@x.example", "full@x.example"}}, shortLetter)
	if err != nil {
		t.Fatal(err)
	}
	if got := ms.got(t, 1)[0].to; fmt.Sprint(got) != "[well@x.example]" {
		t.Errorf("sent to %v", got)
	}
	gone, full := result.Rejected["gone@x.example"], result.Rejected["full@x.example"]
	if len(result.Rejected) != 2 || !gone.Permanent || gone.Enhanced != "5.1.1" || full.Permanent || full.Code != 452 {
		t.Errorf("rejected: %v, %v", gone, full)
	}
	if strings.Contains(gone.Error(), "gone@") {
		t.Errorf("the error tells the address: %v", gone)
	}
}

func TestLetterThatNobodyMayHaveFails(t *testing.T) {
	ms := startServer(t, "none")
	ms.refuse["gone@x.example"] = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no"}
	ms.refuse["full@x.example"] = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "full"}
	s := New(ms.config("none"))
	defer s.Close()
	for _, c := range []struct {
		to        []string
		permanent bool
	}{
		{[]string{"gone@x.example"}, true},
		{[]string{"gone@x.example", "gone@x.example"}, true},
		{[]string{"gone@x.example", "full@x.example"}, false}, // waiting can help one
	} {
		_, err := s.Send(t.Context(), Envelope{From: "a@b.example", To: c.to}, shortLetter)
		if e := asError(t, err); e.Permanent != c.permanent || e.Stage != StageRcpt {
			t.Errorf("%v: got %+v", c.to, e)
		}
	}
	ms.got(t, 0)
	if _, err := s.Send(t.Context(), oneRecipient, shortLetter); err != nil {
		t.Errorf("the connection is of no more use: %v", err)
	}
	if ms.sessions != 1 {
		t.Errorf("%d connections, want 1", ms.sessions)
	}
}

func TestLetterAboveTheServersLimitIsNotUploaded(t *testing.T) {
	ms := startServer(t, "none", func(s *smtp.Server) { s.MaxMessageBytes = 100 })
	s := New(ms.config("none"))
	defer s.Close()
	_, err := s.Send(t.Context(), oneRecipient, []byte("A: "+strings.Repeat("x", 200)+"\r\n"))
	if e := asError(t, err); !e.Permanent || e.Enhanced != "5.3.4" {
		t.Errorf("got %+v", e)
	}
	if _, err := s.Send(t.Context(), oneRecipient, shortLetter); err != nil || ms.sessions != 1 {
		t.Errorf("the next letter: %v, %d connections", err, ms.sessions)
	}
}

func TestIdleConnectionIsClosedAndNothingLeaks(t *testing.T) {
	before := runtime.NumGoroutine()
	ms := startServer(t, "starttls")
	cfg := ms.config("starttls")
	cfg.Idle = 20 * time.Millisecond
	s := New(cfg)
	for range 2 {
		if _, err := s.Send(t.Context(), oneRecipient, shortLetter); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the idle connection to close", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.link == nil
		})
	}
	if ms.sessions != 2*2 { // go-smtp begins a session anew after STARTTLS
		t.Errorf("%d sessions", ms.sessions)
	}
	s.Close()
	if _, err := s.Send(t.Context(), oneRecipient, shortLetter); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	// the listener's goroutine stays until the test ends
	eventually(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= before+1 })
}

func TestConfigFaultsNameTheField(t *testing.T) {
	pw := password("x")
	for name, c := range map[string]struct {
		cfg   Config
		field string
	}{
		"no port":                   {Config{Addr: "mx.example"}, "Addr"},
		"clear text off loopback":   {Config{Addr: "192.0.2.1:25", TLS: "none"}, "TLS"},
		"unknown TLS word":          {Config{Addr: "mx.example:465", TLS: "ssl"}, "TLS"},
		"unknown mechanism":         {Config{Addr: "mx.example:465", Auth: "cram"}, "Auth"},
		"user without password":     {Config{Addr: "mx.example:465", User: "u"}, "Password"},
		"mechanism without user":    {Config{Addr: "mx.example:465", Auth: "plain", Password: pw}, "User"},
		"OAuth without token":       {Config{Addr: "mx.example:465", Auth: "xoauth2", User: "u"}, "Token"},
		"clear text to public name": {Config{Addr: "localhost.example:25", TLS: "none"}, "TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.cfg).Send(t.Context(), oneRecipient, shortLetter)
			var fault *ConfigError
			if !errors.As(err, &fault) || fault.Field != c.field || fault.Hint == "" {
				t.Errorf("got %v, want a fault of %s", err, c.field)
			}
		})
	}
}

func asError(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want *Error", err, err)
	}
	return e
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("gave up waiting for %s", what)
}

func BenchmarkSend(b *testing.B) {
	s := New(startServer(b, "none").config("none"))
	defer s.Close()
	letter := []byte("Subject: a\r\n\r\n" + strings.Repeat(strings.Repeat("y", 76)+"\r\n", 1000))
	b.SetBytes(int64(len(letter)))
	for b.Loop() {
		if _, err := s.Send(b.Context(), oneRecipient, letter); err != nil {
			b.Fatal(err)
		}
	}
}
