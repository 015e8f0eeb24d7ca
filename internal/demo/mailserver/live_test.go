package mailserver

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"pgregory.net/rapid"
)

func TestIdleTellsOfNewMailAtOnce(t *testing.T) {
	s := start(t, nil)
	told := make(chan uint32, 10)
	c := client(t, s, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				told <- *data.NumMessages
			}
		},
	}})
	selectBox(t, c, "INBOX")
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	for i := uint32(1); i <= 5; i++ {
		began := time.Now()
		deliver(t, s, "INBOX", 1)
		select {
		case n := <-told:
			if n != i {
				t.Errorf("EXISTS %d, want %d", n, i)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("IDLE told after %v", took)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("IDLE says nothing")
		}
	}
	if err := idle.Close(); err != nil {
		t.Fatal(err)
	}
	if err := idle.Wait(); err != nil {
		t.Error(err)
	}
}

// A mail that came between the last command and IDLE is told, too.
func TestIdleTellsWhatHappenedBefore(t *testing.T) {
	s := start(t, nil)
	c := raw(t, s, "INBOX")
	deliver(t, s, "INBOX", 1)
	fmt.Fprint(c.conn, "i IDLE\r\n")
	want(t, "IDLE", []string{c.line(), c.line()}, "+ idling", "* 1 EXISTS")
	if err := s.SetFlags(user, "INBOX", 1, `\Seen`); err != nil {
		t.Fatal(err)
	}
	want(t, "flags", []string{c.line()}, `* 1 FETCH (UID 1 FLAGS (\Seen))`)
	if err := s.Remove(user, "INBOX", 1); err != nil {
		t.Fatal(err)
	}
	want(t, "expunge", []string{c.line()}, "* 1 EXPUNGE")
	fmt.Fprint(c.conn, "DONE\r\n")
	want(t, "end", []string{c.line()}, "i OK IDLE completed")
}

func TestIdleWithoutAMailboxWaits(t *testing.T) {
	c := raw(t, start(t, nil), "")
	fmt.Fprint(c.conn, "i IDLE\r\n")
	want(t, "IDLE", []string{c.line()}, "+ idling")
	fmt.Fprint(c.conn, "DONE\r\n")
	want(t, "end", []string{c.line()}, "i OK IDLE completed")
}

func TestNewMailIsUnnumberedUntilTold(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 1)
	c := raw(t, s, "INBOX")
	deliver(t, s, "INBOX", 2)
	want(t, "fetch before the news", c.ok("UID FETCH 1:* UID"), "* 1 FETCH (UID 1)", "* 2 EXISTS", "* 3 EXISTS")
	want(t, "fetch after the news", c.ok("UID FETCH 2:* UID"), "* 2 FETCH (UID 2)", "* 3 FETCH (UID 3)")
	deliver(t, s, "INBOX", 1)
	want(t, "UID SEARCH finds and tells", c.ok("UID SEARCH UID 4:*"), "* SEARCH 4", "* 4 EXISTS")
	deliver(t, s, "INBOX", 1)
	want(t, "SEARCH has no number for it yet", c.ok("SEARCH UID 5"), "* SEARCH", "* 5 EXISTS")
}

func TestDeletedMailboxBecomesEmptyForItsReaders(t *testing.T) {
	s := start(t, nil)
	if err := s.CreateMailbox(user, "x"); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, "x", 2)
	c := raw(t, s, "x")
	raw(t, s, "").ok("DELETE x")
	want(t, "the reader's news", c.ok("NOOP"), "* 2 EXPUNGE", "* 1 EXPUNGE")
	c.ok("UID FETCH 1:* UID")
}

func TestRenumberedMailboxHasNewUIDsAndLosesItsReaders(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 3)
	if err := s.Remove(user, "INBOX", 2); err != nil {
		t.Fatal(err)
	}
	c := client(t, s, nil)
	before := selectBox(t, c, "INBOX")
	if err := s.Renumber(user, "INBOX"); err != nil {
		t.Fatal(err)
	}
	if err := c.Noop().Wait(); err == nil {
		t.Error("the old selection still answers")
	}
	after := selectBox(t, client(t, s, nil), "INBOX")
	if after.UIDValidity <= before.UIDValidity || after.UIDNext != 3 {
		t.Errorf("UIDVALIDITY %d -> %d, UIDNEXT %d", before.UIDValidity, after.UIDValidity, after.UIDNext)
	}
	if body, err := s.Read(user, "INBOX", 2); err != nil || !bytes.Equal(body, letter(3)) {
		t.Errorf("UID 2 is %q, %v", body, err)
	}
}

func TestPersonBesideTheRobot(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 2)
	uid, err := s.Move(user, "INBOX", 1, "Junk")
	if err != nil || uid != 1 {
		t.Errorf("Move = %d, %v", uid, err)
	}
	for what, err := range map[string]error{
		"Move of none":     func() error { _, err := s.Move(user, "INBOX", 1, "Junk"); return err }(),
		"Remove of none":   s.Remove(user, "INBOX", 1),
		"SetFlags of none": s.SetFlags(user, "INBOX", 1, `\Seen`),
		"Move in place":    func() error { _, err := s.Move(user, "INBOX", 2, "INBOX"); return err }(),
		"bad flag":         s.SetFlags(user, "INBOX", 2, "two words"),
		"no account":       s.Remove("nobody", "INBOX", 2),
		"no mailbox":       s.Remove(user, "nowhere", 2),
	} {
		if err == nil {
			t.Errorf("%s is no error", what)
		}
	}
	if _, err := s.Deliver(user, "nowhere", letter(1), testDate); err == nil {
		t.Error("Deliver to a missing mailbox is no error")
	}
}

// model is a mailbox as a client sees it, kept by untagged responses alone.
type model struct{ uids []uint32 }

func (m *model) news(t *rapid.T, lines []string) {
	for _, line := range lines {
		var n, uid uint32
		if strings.HasSuffix(line, " EXISTS") {
			_, _ = fmt.Sscanf(line, "* %d EXISTS", &n)
			if n < uint32(len(m.uids)) {
				t.Fatalf("EXISTS %d with %d messages known", n, len(m.uids))
			}
			for uint32(len(m.uids)) < n {
				m.uids = append(m.uids, 0)
			}
		} else if strings.HasSuffix(line, " EXPUNGE") {
			_, _ = fmt.Sscanf(line, "* %d EXPUNGE", &n)
			if n == 0 || n > uint32(len(m.uids)) {
				t.Fatalf("EXPUNGE %d with %d messages known", n, len(m.uids))
			}
			m.uids = slices.Delete(m.uids, int(n)-1, int(n))
		} else if k, _ := fmt.Sscanf(line, "* %d FETCH (UID %d", &n, &uid); k == 2 {
			if n == 0 || n > uint32(len(m.uids)) || m.uids[n-1] != 0 && m.uids[n-1] != uid {
				t.Fatalf("FETCH %d is UID %d, but the client has %v", n, uid, m.uids)
			}
			m.uids[n-1] = uid
		}
	}
}

// Whatever two sessions do to a mailbox, each can follow by the responses it
// gets, and both agree with the server in the end.
func TestSessionsFollowEachOther(t *testing.T) {
	s := start(t, nil)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		name := fmt.Sprintf("box%d", round)
		if err := s.CreateMailbox(user, name); err != nil {
			rt.Fatal(err)
		}
		deliver(t, s, name, 4)
		clients := []*rawClient{raw(t, s, name), raw(t, s, name)}
		defer clients[0].conn.Close()
		defer clients[1].conn.Close()
		models := []*model{{make([]uint32, 4)}, {make([]uint32, 4)}}
		number := rapid.IntRange(1, 8)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			who := rapid.IntRange(0, 1).Draw(rt, "who")
			lo, hi := number.Draw(rt, "lo"), number.Draw(rt, "hi")
			command := rapid.SampledFrom([]string{
				"deliver", "NOOP", "FETCH %d:%d UID", "UID FETCH %d:%d UID", "UID MOVE %d:%d Junk", "MOVE %d:%d Junk",
				`STORE %d:%d +FLAGS (\Deleted)`, `UID STORE %d:%d FLAGS (x)`, "UID EXPUNGE %d:%d", "EXPUNGE", "UID COPY %d:%d " + name,
			}).Draw(rt, "command")
			if command == "deliver" {
				deliver(t, s, name, 1)
				continue
			}
			if strings.Contains(command, "%d") {
				command = fmt.Sprintf(command, lo, hi)
			}
			lines, tagged := clients[who].do(command)
			if !strings.HasPrefix(tagged, "OK") {
				rt.Fatalf("%s: %s", command, tagged)
			}
			models[who].news(rt, lines)
		}
		for who, c := range clients {
			models[who].news(rt, c.ok("NOOP"))
			models[who].news(rt, c.ok("UID FETCH 1:* UID"))
			if got, have := models[who].uids, uids(s.Messages(user, name)); !slices.Equal(got, have) {
				rt.Fatalf("session %d ends with %v, the mailbox has %v", who, got, have)
			}
		}
	})
}

// Many sessions at once lose no message, double none, and leave no body file
// without a message.
func TestConcurrentSessions(t *testing.T) {
	s := start(t, nil)
	const workers, each = 4, 30
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				if _, err := s.Deliver(user, "INBOX", letter(w*each+i), testDate); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			c := client(t, s, nil)
			selectBox(t, c, "INBOX")
			for i := range each {
				if err := disturb(c, (w+i)%5); err != nil {
					t.Errorf("worker %d: %v", w, err)
				}
			}
		})
	}
	wg.Wait()
	seen := make(map[string]int)
	files := 0
	for _, name := range s.Mailboxes(user) {
		for _, m := range s.Messages(user, name) {
			seen[m.MessageID]++
			files++
			if body, err := s.Read(user, name, m.UID); err != nil || int64(len(body)) != m.Size {
				t.Errorf("%s %d: %d bytes, %v", name, m.UID, len(body), err)
			}
		}
	}
	if len(seen) != workers*each || files != workers*each {
		t.Errorf("%d different messages in %d places, want %d", len(seen), files, workers*each)
	}
}

// disturb does one thing to the selected mailbox.
func disturb(c *imapclient.Client, kind int) error {
	some := imap.UIDSetNum(imap.UID(rand.IntN(60) + 1))
	switch kind {
	case 0:
		_, err := c.Move(some, "Junk").Wait()
		return err
	case 1:
		return c.Store(some, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close()
	case 2:
		_, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: "Entry 7"}}}, nil).Wait()
		return err
	case 3:
		idle, err := c.Idle()
		if err != nil {
			return err
		}
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	}
	_, err := c.Fetch(some, &imap.FetchOptions{UID: true, Envelope: true, BodySection: []*imap.FetchItemBodySection{{}}}).Collect()
	return err
}

// zeros is an endless mail: a header and then lines of a's.
func endless(size int64) io.Reader {
	head := "Message-ID: <big@x>\r\n\r\n"
	return io.LimitReader(io.MultiReader(strings.NewReader(head), repeat{}), size)
}

type repeat struct{}

func (repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
		if i%80 == 79 {
			p[i] = '\n'
		}
	}
	return len(p), nil
}

func TestTooLargeAppendIsRefused(t *testing.T) {
	s := start(t, nil)
	c := client(t, s, nil)
	cmd := c.Append("INBOX", 60<<20, nil)
	_, copyErr := io.Copy(cmd, endless(60<<20))
	_ = cmd.Close()
	_, err := cmd.Wait()
	if err == nil {
		t.Fatalf("60 MB were taken (%v)", copyErr)
	}
	if !strings.Contains(fmt.Sprint(err), "TOOBIG") {
		t.Errorf("refused by %v, want TOOBIG", err)
	}
	if got := len(s.Messages(user, "INBOX")); got != 0 {
		t.Errorf("%d messages stored", got)
	}
	if err := client(t, s, nil).Noop().Wait(); err != nil {
		t.Errorf("the server after it: %v", err)
	}
}

func TestLargeMailStreamsThroughWithoutBeingHeld(t *testing.T) {
	s := start(t, func(o *Options) { o.MaxBytes = 100 << 20 })
	const size = 60 << 20
	c := client(t, s, nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)

	cmd := c.Append("INBOX", size, nil)
	if _, err := io.CopyBuffer(struct{ io.Writer }{cmd}, struct{ io.Reader }{endless(size)}, make([]byte, 32<<10)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	selectBox(t, c, "INBOX")
	fetch := c.Fetch(imap.UIDSetNum(1), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
	var read int64
	for item := fetch.Next(); item != nil; item = fetch.Next() {
		for data := item.Next(); data != nil; data = item.Next() {
			if section, ok := data.(imapclient.FetchItemDataBodySection); ok {
				read, _ = io.Copy(io.Discard, section.Literal)
			}
		}
	}
	if err := fetch.Close(); err != nil || read != size {
		t.Errorf("fetched %d bytes, %v", read, err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("%d bytes were allocated for a mail of %d", grown, size)
	}
	if m := s.Messages(user, "INBOX")[0]; m.Size != size || m.MessageID != "<big@x>" {
		t.Errorf("stored %+v", m)
	}
}

func TestMemoryHoldsOnlyMetadata(t *testing.T) {
	s := start(t, nil)
	big := append(letter(1), bytes.Repeat([]byte("x"), 100<<10)...)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const n = 300
	for range n {
		if _, err := s.Deliver(user, "Sent", big, testDate); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n; each > 1024 {
		t.Errorf("%d bytes of memory for each message", each)
	}
	runtime.KeepAlive(s)
}

func TestCloseLeavesNoGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	s, err := Start(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddAccount(user, password, user); err != nil {
		t.Fatal(err)
	}
	idle := raw(t, s, "INBOX")
	fmt.Fprint(idle.conn, "i IDLE\r\n")
	idle.line()
	_ = raw(t, s, "Sent")
	greeted := dialRaw(t, s.SMTPAddr())
	greeted.line()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		stacks := make([]byte, 64<<10)
		t.Errorf("%d goroutines before, %d after:\n%s", before, n, stacks[:runtime.Stack(stacks, true)])
	}
	if _, err := s.Deliver(user, "INBOX", letter(1), testDate); err == nil {
		t.Error("Deliver after Close is no error")
	}
}

func TestDisconnectClosesClientsAndServesNewOnes(t *testing.T) {
	s := start(t, nil)
	c := client(t, s, nil)
	s.Disconnect()
	if err := c.Noop().Wait(); err == nil {
		t.Error("the old connection still answers")
	}
	selectBox(t, client(t, s, nil), "INBOX")
}
