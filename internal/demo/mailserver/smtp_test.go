package mailserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const clerk = "clerk@office.example"

// offices is a server with three accounts, one of them the catch-all.
func offices(t testing.TB, change func(*Options)) *Server {
	t.Helper()
	s := start(t, change)
	for name, addresses := range map[string][]string{clerk: {clerk, "clerk2@office.example"}, "outside": {CatchAll}} {
		if err := s.AddAccount(name, password, addresses...); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestMailGoesToEveryAccountNamedOnce(t *testing.T) {
	s := offices(t, nil)
	var mu sync.Mutex
	var told []string
	s.OnDelivery(func(user, mailbox string, uid uint32) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprintf("%s %s %d", user, mailbox, uid))
	})
	to := []string{strings.ToUpper(user), clerk, "clerk2@office.example", "x@bank.example", "y@bank.example"}
	if err := smtp.SendMail(s.SMTPAddr(), nil, "robot@office.example", to, letter(1)); err != nil {
		t.Fatal(err)
	}
	for account, recipients := range map[string][]string{user: to[:1], clerk: to[1:3], "outside": to[3:]} {
		list := s.Messages(account, "INBOX")
		if len(list) != 1 {
			t.Fatalf("%s has %d mails", account, len(list))
		}
		m := list[0]
		if m.EnvelopeFrom != "robot@office.example" || !slices.Equal(m.EnvelopeTo, recipients) || m.MessageID != "<m1@agency.example>" {
			t.Errorf("%s: %+v", account, m)
		}
		if body, err := s.Read(account, "INBOX", 1); err != nil || !bytes.Equal(body, letter(1)) {
			t.Errorf("%s: %q, %v", account, body, err)
		}
		if fromFile, err := os.ReadFile(m.Path); err != nil || !bytes.Equal(fromFile, letter(1)) {
			t.Errorf("%s: file %q, %v", account, fromFile, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	want(t, "OnDelivery", told, user+" INBOX 1", clerk+" INBOX 1", "outside INBOX 1")
}

func TestUnknownRecipientWithoutCatchAllIsRefused(t *testing.T) {
	s := start(t, nil)
	err := smtp.SendMail(s.SMTPAddr(), nil, "", []string{"x@bank.example"}, letter(1))
	var answer *textproto.Error
	if !errors.As(err, &answer) || answer.Code != 550 {
		t.Errorf("got %v, want 550", err)
	}
}

func TestNullSenderIsKept(t *testing.T) {
	s := start(t, nil)
	if err := smtp.SendMail(s.SMTPAddr(), nil, "", []string{user}, letter(1)); err != nil {
		t.Fatal(err)
	}
	if m := s.Messages(user, "INBOX")[0]; m.EnvelopeFrom != "" || m.EnvelopeTo[0] != user {
		t.Errorf("stored %+v", m)
	}
}

func TestSMTPTakesMatchingCredentialsOnly(t *testing.T) {
	s := start(t, nil)
	for pass, ok := range map[string]bool{password: true, "wrong": false} {
		err := smtp.SendMail(s.SMTPAddr(), smtp.PlainAuth("", user, pass, "127.0.0.1"), user, []string{user}, letter(1))
		if (err == nil) != ok {
			t.Errorf("password %q: %v", pass, err)
		}
	}
}

func TestDotsEightBitAndLongLinesArriveAsSent(t *testing.T) {
	s := start(t, nil)
	body := "Subject: x\r\n\r\n.\r\n..\r\n\x83\x65\r\n" + strings.Repeat("long", 5000) + "\r\n"
	if err := smtp.SendMail(s.SMTPAddr(), nil, user, []string{user}, []byte(body)); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Read(user, "INBOX", 1); string(got) != body {
		t.Errorf("got %d bytes, want %d", len(got), len(body))
	}
}

func TestTooLargeMailBySMTPIsRefusedAndLeavesNothing(t *testing.T) {
	s := start(t, func(o *Options) { o.MaxBytes = 10_000 })
	err := smtp.SendMail(s.SMTPAddr(), nil, user, []string{user}, append(letter(1), bytes.Repeat([]byte("x\r\n"), 5000)...))
	var answer *textproto.Error
	if !errors.As(err, &answer) || answer.Code != 552 {
		t.Errorf("got %v, want 552", err)
	}
	wantFiles(t, s, 0)
}

func TestMailCutOffInTheMiddleIsNotStored(t *testing.T) {
	h := &hooked{}
	s := start(t, func(o *Options) { o.Hook = h.hook })
	c, err := smtp.Dial(s.SMTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Mail("a@b.example"), c.Rcpt(user)); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, strings.Repeat("half a mail\r\n", 10_000))
	_ = c.Close()
	if err := s.Close(); err != nil { // waits for the delivery to end
		t.Fatal(err)
	}
	if slices.Contains(h.steps(), StepSMTPDataBefore) {
		t.Error("half a mail counts as received")
	}
	wantFiles(t, s, 0)
}

// wantFiles counts the body files of all accounts.
func wantFiles(t *testing.T, s *Server, n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.opt.Dir, "*", "*", "*.eml"))
	if err != nil || len(files) != n {
		t.Errorf("%d body files, want %d (%v)", len(files), n, err)
	}
}
