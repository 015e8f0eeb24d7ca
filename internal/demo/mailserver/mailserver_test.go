package mailserver

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const (
	user     = "madoguchi@office.example"
	password = "himitsu"
)

var testDate = time.Date(2026, 11, 16, 10, 0, 0, 0, time.FixedZone("", 9*3600))

// start runs a server with the account user in a temporary folder. Complaints
// in its log fail the test.
func start(t testing.TB, change func(*Options)) *Server {
	t.Helper()
	o := Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(failingWriter{t}, nil))}
	if change != nil {
		change(&o)
	}
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.AddAccount(user, password, user); err != nil {
		t.Fatal(err)
	}
	return s
}

type failingWriter struct{ t testing.TB }

func (w failingWriter) Write(p []byte) (int, error) {
	w.t.Errorf("server log: %s", bytes.TrimSpace(p))
	return len(p), nil
}

// letter is a small mail with this number in its Message-ID and subject.
func letter(n int) []byte {
	return fmt.Appendf(nil, "From: a@agency.example\r\nTo: %s\r\nSubject: Entry %d\r\nDate: Mon, 16 Nov 2026 10:00:00 +0900\r\nMessage-ID: <m%d@agency.example>\r\n\r\nBody %d.\r\n", user, n, n, n)
}

// deliver puts n letters, numbered from 1, into a mailbox.
func deliver(t testing.TB, s *Server, mailbox string, n int) {
	t.Helper()
	for i := 1; i <= n; i++ {
		if _, err := s.Deliver(user, mailbox, letter(i), testDate); err != nil {
			t.Fatal(err)
		}
	}
}

// client logs in with go-imap's client.
func client(t testing.TB, s *Server, o *imapclient.Options) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(s.IMAPAddr(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login(user, password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func selectBox(t testing.TB, c *imapclient.Client, mailbox string) *imap.SelectData {
	t.Helper()
	data, err := c.Select(mailbox, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// rawClient speaks IMAP by hand, for what go-imap's client hides.
type rawClient struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
	n    int
}

func dialRaw(t testing.TB, addr string) *rawClient {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &rawClient{t: t, conn: conn, r: bufio.NewReader(conn)}
}

// raw is a logged-in raw client with mailbox selected ("" for none).
func raw(t testing.TB, s *Server, mailbox string) *rawClient {
	t.Helper()
	c := dialRaw(t, s.IMAPAddr())
	c.line()
	c.ok("LOGIN " + user + " " + password)
	if mailbox != "" {
		c.ok("SELECT " + mailbox)
	}
	return c
}

// line reads one line without its end.
func (c *rawClient) line() string {
	c.t.Helper()
	line, err := c.r.ReadString('\n')
	if err != nil {
		c.t.Fatalf("reading a line: %v (have %q)", err, line)
	}
	return strings.TrimRight(line, "\r\n")
}

// do sends a command and returns untagged lines and the tagged one, without
// the tag.
func (c *rawClient) do(command string) (untagged []string, tagged string) {
	c.t.Helper()
	c.n++
	tag := fmt.Sprintf("t%d", c.n)
	fmt.Fprintf(c.conn, "%s %s\r\n", tag, command)
	for {
		line := c.line()
		if rest, ok := strings.CutPrefix(line, tag+" "); ok {
			return untagged, rest
		}
		untagged = append(untagged, line)
	}
}

func (c *rawClient) ok(command string) []string {
	c.t.Helper()
	untagged, tagged := c.do(command)
	if !strings.HasPrefix(tagged, "OK") {
		c.t.Fatalf("%s: %s", command, tagged)
	}
	return untagged
}

// refused sends a command that must be answered with NO and this code.
func (c *rawClient) refused(command, code string) {
	c.t.Helper()
	if _, tagged := c.do(command); !strings.HasPrefix(tagged, "NO ["+code+"]") {
		c.t.Errorf("%s: got %q, want NO [%s]", command, tagged, code)
	}
}

// want compares lines.
func want(t testing.TB, what string, got []string, lines ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		t.Errorf("%s:\n got %q\nwant %q", what, got, lines)
	}
}

func uids(list []Stored) []uint32 {
	var out []uint32
	for _, m := range list {
		out = append(out, m.UID)
	}
	return out
}
