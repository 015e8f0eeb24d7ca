package mailserver

import (
	"errors"
	"fmt"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// quiet is for tests in which the server rightly complains.
func quiet(o *Options) { o.Log = nil }

func TestMoveThatFailsInTheMiddleMovesNothing(t *testing.T) {
	s := start(t, quiet)
	deliver(t, s, "INBOX", 3)
	if err := os.Remove(s.Messages(user, "INBOX")[1].Path); err != nil {
		t.Fatal(err)
	}
	c := raw(t, s, "INBOX")
	if lines, tagged := c.do("MOVE 1:3 Junk"); !strings.HasPrefix(tagged, "NO") || len(lines) != 0 {
		t.Errorf("MOVE: %q %s", lines, tagged)
	}
	if got := uids(s.Messages(user, "INBOX")); !slices.Equal(got, []uint32{1, 2, 3}) || len(s.Messages(user, "Junk")) != 0 {
		t.Errorf("INBOX has %v, Junk %v", got, uids(s.Messages(user, "Junk")))
	}
	for _, uid := range []uint32{1, 3} {
		if _, err := s.Read(user, "INBOX", uid); err != nil {
			t.Errorf("UID %d: %v", uid, err)
		}
	}
	want(t, "MOVE of the others", c.ok("MOVE 1,3 Junk")[1:], "* 3 EXPUNGE", "* 1 EXPUNGE")
	s = reopen(t, s)
	if got := uids(s.Messages(user, "Junk")); len(got) != 2 || len(s.Messages(user, "INBOX")) != 0 {
		t.Errorf("after reopening Junk has %v", got)
	}
}

func TestCopyOfAMessageThatIsGoneCopiesNothing(t *testing.T) {
	s := start(t, quiet)
	deliver(t, s, "INBOX", 2)
	if err := os.Remove(s.Messages(user, "INBOX")[1].Path); err != nil {
		t.Fatal(err)
	}
	c := raw(t, s, "INBOX")
	c.refused("COPY 1:2 Junk", "EXPUNGEISSUED")
	if n := len(s.Messages(user, "Junk")); n != 0 {
		t.Errorf("Junk has %d messages", n)
	}
	wantFiles(t, s, 1)
	want(t, "FETCH skips it", c.ok("FETCH 1:2 (UID BODY.PEEK[HEADER.FIELDS (X-None)])"),
		"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (\"X-None\")] {2}", "", ")")
}

func TestAppendCutOffInTheMiddleIsNotStored(t *testing.T) {
	s := start(t, nil)
	c := raw(t, s, "")
	fmt.Fprint(c.conn, "t APPEND Sent {1000}\r\n")
	c.line()
	fmt.Fprint(c.conn, "half a mail")
	_ = c.conn.Close()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		s.mu.Lock()
		open := len(s.conns)
		s.mu.Unlock()
		if open == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the session does not end")
		}
	}
	if n := len(s.Messages(user, "Sent")); n != 0 {
		t.Errorf("%d messages stored", n)
	}
	wantFiles(t, s, 0)
}

func TestMailThatCannotBeStoredForAllIsStoredForNone(t *testing.T) {
	s := offices(t, quiet)
	if err := os.RemoveAll(filepath.Join(s.opt.Dir, folderName(clerk), inbox)); err != nil {
		t.Fatal(err)
	}
	err := smtp.SendMail(s.SMTPAddr(), nil, "a@b.example", []string{user, clerk}, letter(1))
	var answer *textproto.Error
	if !errors.As(err, &answer) || answer.Code != 451 {
		t.Errorf("got %v, want 451", err)
	}
	if n := len(s.Messages(user, "INBOX")); n != 0 {
		t.Errorf("%d mails stored for the first account", n)
	}
	wantFiles(t, s, 0)
}

func TestFaultsNameNoFolder(t *testing.T) {
	s := start(t, quiet)
	if err := os.RemoveAll(filepath.Join(s.opt.Dir, folderName(user), inbox)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Deliver(user, "INBOX", letter(1), testDate); !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), user) {
		t.Errorf("got %v", err)
	}
}
