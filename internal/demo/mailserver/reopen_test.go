package mailserver

import (
	"bytes"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"pgregory.net/rapid"
)

// reopen closes s and opens its folder again.
func reopen(t *testing.T, s *Server) *Server {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(Options{Dir: s.opt.Dir, Now: s.opt.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	if err := again.AddAccount(user, password, user); err != nil {
		t.Fatal(err)
	}
	return again
}

func TestReopenedMailboxIsTheSame(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 5)
	if err := s.CreateMailbox(user, "処理済/2026"); err != nil {
		t.Fatal(err)
	}
	c := client(t, s, nil)
	before := selectBox(t, c, "INBOX")
	if err := c.Subscribe("処理済").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Move(imap.UIDSetNum(2, 5), "処理済/2026").Wait(); err != nil {
		t.Fatal(err)
	}
	if err := s.SetFlags(user, "INBOX", 3, `\Seen`, "$Filed"); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(user, "INBOX", 4); err != nil {
		t.Fatal(err)
	}
	inboxList, moved := s.Messages(user, "INBOX"), s.Messages(user, "処理済/2026")
	if len(moved) != 2 {
		t.Fatalf("moved %v", moved)
	}
	for range 2 { // the second time from an index written anew
		s = reopen(t, s)
		for name, list := range map[string][]Stored{"INBOX": inboxList, "処理済/2026": moved} {
			if got := s.Messages(user, name); !equalStored(got, list) {
				t.Errorf("%s is now %+v, was %+v", name, got, list)
			}
		}
		for i, n := range []int{2, 5} {
			if body, err := s.Read(user, "処理済/2026", moved[i].UID); err != nil || !bytes.Equal(body, letter(n)) {
				t.Errorf("body %d: %q, %v", n, body, err)
			}
		}
	}
	again := client(t, s, nil)
	after := selectBox(t, again, "INBOX")
	if after.UIDValidity != before.UIDValidity || after.UIDNext != 6 || after.NumMessages != 2 {
		t.Errorf("after %+v, before %+v", after, before)
	}
	if subscribed, err := again.List("", "*", &imap.ListOptions{SelectSubscribed: true}).Collect(); err != nil || len(subscribed) != 1 {
		t.Errorf("subscribed: %v, %v", subscribed, err)
	}
	if uid, err := s.Deliver(user, "INBOX", letter(6), testDate); err != nil || uid != 6 {
		t.Errorf("next UID %d, %v", uid, err)
	}
	if list, err := again.List("", "Sent", nil).Collect(); err != nil || !slices.Contains(list[0].Attrs, imap.MailboxAttrSent) {
		t.Errorf("Sent lost its special use: %+v, %v", list, err)
	}
}

func equalStored(a, b []Stored) bool {
	return slices.EqualFunc(a, b, func(x, y Stored) bool {
		return x.UID == y.UID && slices.Equal(x.Flags, y.Flags) && x.Date.Equal(y.Date) && x.Size == y.Size &&
			x.MessageID == y.MessageID && x.EnvelopeFrom == y.EnvelopeFrom && slices.Equal(x.EnvelopeTo, y.EnvelopeTo) && x.Path == y.Path
	})
}

func TestReopenedAccountNeedsItsPasswordAgain(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(Options{Dir: s.opt.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got := len(again.Messages(user, "INBOX")); got != 1 {
		t.Errorf("%d messages before AddAccount", got)
	}
	c := dialRaw(t, again.IMAPAddr())
	c.line()
	c.refused("LOGIN "+user+` ""`, "AUTHENTICATIONFAILED")
}

func TestUIDValidityRisesOverDeleteAndReopen(t *testing.T) {
	s := start(t, func(o *Options) { o.Now = func() time.Time { return testDate } })
	first := client(t, s, nil)
	if err := first.Create("x", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	before := selectBox(t, first, "x").UIDValidity
	if err := first.Unselect().Wait(); err != nil {
		t.Fatal(err)
	}
	if err := first.Delete("x").Wait(); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	if err := s.CreateMailbox(user, "x"); err != nil {
		t.Fatal(err)
	}
	if after := selectBox(t, client(t, s, nil), "x").UIDValidity; after <= before {
		t.Errorf("UIDVALIDITY %d after %d", after, before)
	}
}

func TestWhatAKilledProcessLeftHalfDoneIsDropped(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 3)
	deliver(t, s, "Junk", 1)
	list := s.Messages(user, "INBOX")
	folder := filepath.Dir(list[0].Path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(folder, indexName)
	lines, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		os.WriteFile(index, append(lines, `{"op":"add","uid":4,"bo`...), 0o600),      // a line cut short
		os.WriteFile(filepath.Join(folder, "00000099.eml"), []byte("half"), 0o600),   // a file without a line
		os.Rename(list[1].Path, filepath.Join(folder, "..", "Junk", "00000050.eml")), // a line without a file
		os.Mkdir(filepath.Join(folder, "..", "halfmade"), 0o700),                     // a folder without an index
		os.WriteFile(filepath.Join(s.opt.Dir, "note.txt"), nil, 0o600))               // a stranger
	if err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	if got := uids(s.Messages(user, "INBOX")); !slices.Equal(got, []uint32{1, 3}) {
		t.Errorf("INBOX has %v", got)
	}
	wantFiles(t, s, 3)
	if uid, err := s.Deliver(user, "INBOX", letter(4), testDate); err != nil || uid != 4 {
		t.Errorf("next UID %d, %v", uid, err)
	}
	if slices.Contains(s.Mailboxes(user), "halfmade") {
		t.Error("a folder without an index is a mailbox")
	}
}

// At whatever point a MOVE is cut short, the message is in one mailbox after.
func TestMoveCutShortKeepsTheMessageOnce(t *testing.T) {
	for cut, rule := range []string{"destination's line written", "file renamed", "source's line written"} {
		t.Run(rule, func(t *testing.T) {
			s := start(t, nil)
			deliver(t, s, "INBOX", 1)
			from, to := s.Messages(user, "INBOX")[0].Path, ""
			sourceIndex := filepath.Join(filepath.Dir(from), indexName)
			before, err := os.ReadFile(sourceIndex)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Move(user, "INBOX", 1, "Junk"); err != nil {
				t.Fatal(err)
			}
			to = s.Messages(user, "Junk")[0].Path
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if cut < 2 {
				err = os.WriteFile(sourceIndex, before, 0o600)
			}
			if cut < 1 {
				err = errors.Join(err, os.Rename(to, from))
			}
			if err != nil {
				t.Fatal(err)
			}
			s = reopen(t, s)
			if n := len(s.Messages(user, "INBOX")) + len(s.Messages(user, "Junk")); n != 1 {
				t.Errorf("the message is there %d times", n)
			}
		})
	}
}

func TestDamagedIndexIsAnErrorThatNamesTheLine(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 1)
	path := filepath.Join(filepath.Dir(s.Messages(user, "INBOX")[0].Path), indexName)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{\"op\":\"mailbox\",\"validity\":7}\nrubbish\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: s.opt.Dir}); err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "INBOX") {
		t.Errorf("got %v", err)
	}
}

func TestOpenWantsAFolder(t *testing.T) {
	if _, err := Open(Options{Dir: filepath.Join(t.TempDir(), "none")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: file}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a file: %v", err)
	}
	if _, err := Start(Options{}); err == nil {
		t.Error("no folder at all is no error")
	}
}

func TestFsyncBodiesStoresToo(t *testing.T) {
	s := start(t, func(o *Options) { o.FsyncBodies = true })
	deliver(t, s, "INBOX", 1)
	if body, err := s.Read(user, "INBOX", 1); err != nil || !bytes.Equal(body, letter(1)) {
		t.Errorf("%q, %v", body, err)
	}
}

func TestFolderNamesAreSafeAndReversible(t *testing.T) {
	for name, folder := range map[string]string{
		"処理済":       "処理済",
		"a/b":       "a%2Fb",
		"..":        "%2E.",
		"100%":      "100%25",
		"x@y.jp":    "x@y.jp",
		"a\\b:c":    "a%5Cb%3Ac",
		"\xff":      "%FF",
		"two words": "two%20words",
	} {
		if got := folderName(name); got != folder {
			t.Errorf("folderName(%q) = %q, want %q", name, got, folder)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Filter(func(s string) bool { return s != "" }).Draw(t, "name")
		folder := folderName(name)
		if back, err := url.PathUnescape(folder); err != nil || back != name || !fs.ValidPath(folder) || strings.Contains(folder, "/") || folder[0] == '.' {
			t.Fatalf("%q became %q and came back as %q, %v", name, folder, back, err)
		}
	})
}

// What readIndex makes of any bytes holds together, and is what it makes of
// its own rewriting.
func FuzzReadIndex(f *testing.F) {
	f.Add([]byte("{\"op\":\"mailbox\",\"validity\":7}\n{\"op\":\"add\",\"uid\":3,\"body\":1,\"size\":9,\"head\":4}\n{\"op\":\"flags\",\"uid\":3,\"flags\":[\"x\"]}\n"))
	f.Add([]byte("{\"op\":\"mailbox\",\"validity\":7,\"use\":[\"\\\\Sent\"]}\n{\"op\":\"next\",\"next\":9}\n{\"op\":\"gone\",\"uids\":[3]}\n{\"op\":\"su"))
	f.Add([]byte("{\"op\":\"add\"}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := readIndex(bytes.NewReader(data))
		if err != nil {
			return
		}
		last := uint32(0)
		for _, m := range c.messages {
			if m.uid <= last || m.uid >= c.next || m.size < m.head || m.body == 0 {
				t.Fatalf("message %+v after UID %d, UIDNEXT %d", m, last, c.next)
			}
			last = m.uid
		}
		x := indexFile{path: filepath.Join(t.TempDir(), indexName)}
		if err := x.rewrite(c); err != nil {
			t.Fatal(err)
		}
		lines, err := os.ReadFile(x.path)
		if err != nil {
			t.Fatal(err)
		}
		again, err := readIndex(bytes.NewReader(lines))
		if err != nil || again.next != c.next || again.validity != c.validity || len(again.messages) != len(c.messages) {
			t.Fatalf("rewritten: %+v, %v; was %+v", again, err, c)
		}
	})
}

// The fields are the header again, whatever it is; the scan finds the header's
// end wherever the bytes are cut.
func FuzzHeader(f *testing.F) {
	f.Add([]byte(nested), uint16(10))
	f.Add([]byte("a: b\n c\n\nbody"), uint16(3))
	f.Add([]byte("\r\n"), uint16(1))
	f.Add([]byte(" starts folded\r\nno colon\r\n: no name\r\n"), uint16(20))
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		scan := headScan{bareLine: true}
		at := min(int(cut), len(data))
		_, _ = scan.Write(data[:at])
		_, _ = scan.Write(data[at:])
		size, id := scan.result()
		if size < 0 || size > int64(len(data)) || len(id) > maxIDBytes {
			t.Fatalf("header of %d in %d bytes, id %q", size, len(data), id)
		}
		var joined []byte
		for _, field := range splitFields(data[:size]) {
			joined = append(joined, field.raw...)
		}
		rest := data[len(joined):size]
		if !bytes.HasPrefix(data, joined) || len(bytes.Trim(rest, "\r\n")) != 0 {
			t.Fatalf("fields %q and rest %q of %q", joined, rest, data[:size])
		}
		_ = envelopeHeader(data[:size])
	})
}
