package mailbox

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

const testUser, testPassword = "entry@uketsuke.example", "s3cret pässword"

// wire is a listener whose connections are pipes in memory, so that tests with
// it also run in a synctest bubble.
type wire struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	asked sync.Once
	ready chan struct{} // closed at the first Accept

	mu    sync.Mutex
	dials int
	live  []net.Conn
}

func newWire() *wire {
	return &wire{conns: make(chan net.Conn), done: make(chan struct{}), ready: make(chan struct{})}
}

func (w *wire) Accept() (net.Conn, error) {
	w.asked.Do(func() { close(w.ready) })
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { w.once.Do(func() { close(w.done) }); return nil }
func (w *wire) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 143} }

func (w *wire) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	w.mu.Lock()
	w.dials++
	w.mu.Unlock()
	here, there := net.Pipe()
	select {
	case w.conns <- there:
		w.mu.Lock()
		w.live = append(w.live, there)
		w.mu.Unlock()
		return here, nil
	case <-w.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// cutAll ends every connection from the server's side.
func (w *wire) cutAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.live {
		c.Close()
	}
	w.live = nil
}

func (w *wire) dialled() int { w.mu.Lock(); defer w.mu.Unlock(); return w.dials }

// office is a real IMAP server in the process with one user.
type office struct {
	*wire
	user *imapmemserver.User
	srv  *imapserver.Server

	mu       sync.Mutex
	copyFail error // answer to COPY instead of copying
	commands strings.Builder
}

type hooked struct {
	imapserver.SessionIMAP4rev2
	o *office
}

func (h *hooked) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	h.o.mu.Lock()
	err := h.o.copyFail
	h.o.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return h.SessionIMAP4rev2.Copy(set, dest)
}

var (
	capsFull    = imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapMove: {}, imap.CapUIDPlus: {}, imap.CapNamespace: {}, imap.CapESearch: {}}
	capsUIDPlus = imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}}
	capsBare    = imap.CapSet{imap.CapIMAP4rev1: {}}
	capsRev2    = imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}}
)

// openOffice serves over a wire until the returned function is called.
func openOffice(caps imap.CapSet) (*office, func()) {
	o := &office{wire: newWire(), user: imapmemserver.NewUser(testUser, testPassword)}
	o.user.Create("INBOX", nil)
	mem := imapmemserver.New()
	mem.AddUser(o.user)
	o.srv = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &hooked{mem.NewSession().(imapserver.SessionIMAP4rev2), o}, nil, nil
		},
		Caps: caps, InsecureAuth: true, Logger: log.New(io.Discard, "", 0), DebugWriter: &lockedWriter{o: o},
	})
	served := make(chan struct{})
	go func() { defer close(served); o.srv.Serve(o.wire) }()
	<-o.wire.ready // Serve and Close race before
	return o, func() { o.srv.Close(); <-served }
}

func testOffice(t testing.TB, caps imap.CapSet) *office {
	o, stop := openOffice(caps)
	t.Cleanup(stop)
	return o
}

type lockedWriter struct{ o *office }

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.o.mu.Lock()
	defer w.o.mu.Unlock()
	return w.o.commands.Write(p)
}

// said tells whether this passed over the wire, in either direction.
func (o *office) said(text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Contains(o.commands.String(), text)
}

func (o *office) config() Config {
	return Config{
		Addr: "127.0.0.1:143", TLS: "none", User: testUser, Password: secret(testPassword),
		Dial: o.wire.Dial, Timeout: 5 * time.Second, firstWait: time.Millisecond,
	}
}

func (o *office) client(t testing.TB) *Client {
	c := New(o.config())
	t.Cleanup(func() { c.Close() })
	return c
}

// put appends a mail behind the client's back and returns its UID.
func (o *office) put(t testing.TB, folder, raw string, flags ...imap.Flag) uint32 {
	t.Helper()
	return o.putAt(t, folder, raw, time.Date(2026, 11, 16, 1, 15, 0, 0, time.UTC), flags...)
}

func (o *office) putAt(t testing.TB, folder, raw string, at time.Time, flags ...imap.Flag) uint32 {
	t.Helper()
	data, err := o.user.Append(folder, literal{strings.NewReader(raw)}, &imap.AppendOptions{Flags: flags, Time: at})
	if err != nil {
		t.Fatal(err)
	}
	return uint32(data.UID)
}

type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

func mailText(id, body string) string {
	return "From: tanaka@minato-bank.example\r\nMessage-ID: <" + id + ">\r\nSubject: test\r\n\r\n" + body + "\r\n"
}

func secret(s string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return s, nil }
}

// stage is a scripted server: each connection plays the next text. "S: line" is
// sent, with $ for the tag of the last command; "R: bytes" is sent as it is, Go
// escapes understood; "C: text" must be how the next command goes on after its
// tag, literals are taken in, "L: text" the same up to the literal; "D" expects
// IDLE's DONE; "cut" ends the connection; "hang" only reads; "rest"
// expects a LOGOUT or nothing more.
func stage(t testing.TB, connections ...string) Config {
	w := newWire()
	var all sync.WaitGroup
	all.Add(1)
	go func() {
		defer all.Done()
		for i, lines := range connections {
			conn, err := w.Accept()
			if err != nil {
				return
			}
			all.Add(1)
			go func() { defer all.Done(); play(t, i, conn, lines) }()
		}
	}()
	t.Cleanup(func() { w.Close(); w.cutAll(); all.Wait() })
	return Config{
		Addr: "127.0.0.1:143", TLS: "none", User: testUser, Password: secret(testPassword),
		Dial: w.Dial, Timeout: 2 * time.Second, firstWait: time.Millisecond,
	}
}

func play(t testing.TB, number int, conn net.Conn, lines string) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	tag := ""
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		verb, text, _ := strings.Cut(line, ":")
		text = strings.TrimSpace(text)
		switch verb {
		case "":
		case "S":
			if strings.HasPrefix(text, "$") {
				text = tag + text[1:]
			}
			io.WriteString(conn, text+"\r\n")
		case "R":
			raw, err := strconv.Unquote(`"` + text + `"`)
			if err != nil {
				t.Errorf("bad script line %q: %v", line, err)
			}
			io.WriteString(conn, raw)
		case "C", "L":
			got, err := readCommand(r, conn, verb == "C")
			var rest string
			tag, rest, _ = strings.Cut(got, " ")
			if err != nil || !strings.HasPrefix(rest, text) {
				t.Errorf("connection %d: client sent %q (%v), script wants %q", number, got, err, text)
				return
			}
		case "D": // the end of IDLE has no tag
			if got, err := r.ReadString('\n'); got != "DONE\r\n" {
				t.Errorf("connection %d: client sent %q (%v), script wants DONE", number, got, err)
				return
			}
		case "hang":
			io.Copy(io.Discard, r)
		case "rest":
			if got, _ := readCommand(r, conn, true); strings.HasSuffix(got, " LOGOUT") {
				io.WriteString(conn, strings.Fields(got)[0]+" OK bye\r\n")
			} else if got != "" {
				t.Errorf("connection %d: client sent %q after the script's end", number, got)
			}
		case "cut":
			return
		default:
			t.Errorf("bad script line %q", line)
		}
	}
}

// readCommand reads one command with its literals, giving leave for each; or
// only the line up to the first, without leave.
func readCommand(r *bufio.Reader, w io.Writer, leave bool) (string, error) {
	var all strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return all.String(), err
		}
		line = strings.TrimRight(line, "\r\n")
		all.WriteString(line)
		open := strings.LastIndexByte(line, '{')
		if !leave || open < 0 || !strings.HasSuffix(line, "}") {
			return all.String(), nil
		}
		size, err := strconv.Atoi(strings.TrimSuffix(line[open+1:len(line)-1], "+"))
		if err != nil {
			return all.String(), nil
		}
		if !strings.HasSuffix(line, "+}") {
			io.WriteString(w, "+ go\r\n")
		}
		if _, err := io.CopyN(io.Discard, r, int64(size)); err != nil {
			return all.String(), err
		}
	}
}

// login is the script of a login at a server with these capabilities, and of
// the inbox's selection with this UIDVALIDITY.
func login(caps string, validity int) string {
	return fmt.Sprintf(`
		S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready
		C: AUTHENTICATE PLAIN
		S: $ OK [CAPABILITY IMAP4rev1 %s] in
		C: LIST "" ""
		S: * LIST (\Noselect) "/" ""
		S: $ OK done
		C: SELECT INBOX
		S: * 3 EXISTS
		S: * OK [UIDVALIDITY %d] valid
		S: * OK [UIDNEXT 4] next
		S: $ OK [READ-WRITE] selected
	`, caps, validity)
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

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("gave up waiting for %s", what)
}

// noLeaks calls f and waits for all goroutines of this package and of the
// library's client that it started to end.
func noLeaks(t *testing.T, f func()) {
	t.Helper()
	before := len(clientGoroutines())
	f()
	for end := time.Now().Add(3 * time.Second); len(clientGoroutines()) > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines more:\n%s", len(clientGoroutines())-before, strings.Join(clientGoroutines(), "\n\n"))
		}
	}
}

// clientGoroutines are the stacks in which the client's code stands. (The
// server's own goroutine stays for ever when a client hangs up in a FETCH.)
func clientGoroutines() []string {
	buf := make([]byte, 1<<20)
	var found []string
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		stack, _, _ = strings.Cut(stack, "created by testing.")
		for _, sign := range []string{"/imapclient.", "mailbox.(*Client)", "mailbox.(*session)", "mailbox.(*watchedConn)", "mailbox.Watch", "mailbox.(*watcher)"} {
			if strings.Contains(stack, sign) {
				found = append(found, stack)
				break
			}
		}
	}
	return found
}
