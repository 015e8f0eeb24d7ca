// Package scenario tells stories about an office: the real robot, store and outbox over scripted IMAP and SMTP, a
// database in a temporary folder, a clock that stands until it is told to go. Later stories are told in it, too.
//
//	w := scenario.New(t, scenario.Options{})
//	w.Incoming(mail)
//	w.Settle()
//	w.ExpectLetter("tanaka@minato-bank.example", "コンソーシアム登録のお知らせ")
//	w.ExpectNoLetter()
//
// A crash (CrashAt) is no returned error: at the named step the data folder is copied as it lies on the disk at that
// instant, the process's state is abandoned, its connections are cut and every further thing it tries is refused; a
// new process then opens the copy and meets the same mail server.
package scenario

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/mailserver"
	"uketsuke/internal/demo/post"
	"uketsuke/internal/inbound"
	"uketsuke/internal/robot"
)

// Options shape a world; the zero value is an office with evidence, live, from the beginning of its mailbox.
type Options struct {
	NoEvidence  bool
	Mode, Start string
	Caps        []string                      // of a poorer mail server; nil is a good one
	Mailbox     string                        // the office's address; "" is the demo's
	Text        func(text, dir string) string // the configuration as it is written into this folder
	Change      func(*config.Config)          // its last word
	Seed        byte                          // of its randomness: another office has keys of its own
	Crash       Point                         // of a process, the starting one included
	// Outbox lets a test put a broken part into every process's outbox, to show that the harness notices.
	Outbox func(*daemon.Office)
}

// World is an office, its mail server, and everybody else's mailbox.
type World struct {
	t      testing.TB
	opt    Options
	server *mailserver.Server
	dir    string // of the running process's data
	root   string
	now    atomic.Int64 // unix milliseconds
	office *daemon.Office
	boots  int

	mu     sync.Mutex
	counts map[string]int // steps passed so far
	order  []string       // steps in the order of their first passing
	crash  Point          // the next one
	dead   bool           // the running process has crashed
	copied string
	kill   func()                  // ends what the running process waits for
	writer sync.RWMutex            // held while the database is being written
	answer func(step string) error // for the mail server; nil: all is well

	read       map[uint32]bool // letters that a test has expected
	letters    map[uint32]Letter
	serial     int
	fates      []robot.Fate
	unrecorded []string // copies that the server stored before their attempt was recorded
}

// under is where worlds live; "" where temporary files do.
var under string

// folder is a new one for a world, removed at the end of its test.
func folder(t testing.TB) string {
	dir, err := os.MkdirTemp(under, "world-")
	if err != nil {
		t.Fatalf("make a folder for a world: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the folder of a world: %v", err)
		}
	})
	return dir
}

// Begin is when every story begins: a Monday morning.
var Begin = time.Date(2026, 11, 16, 10, 0, 0, 0, casework.JST)

// New makes a world whose office is open and idle.
func New(t testing.TB, o Options) *World {
	t.Helper()
	w := &World{t: t, opt: o, root: folder(t), counts: map[string]int{}, read: map[uint32]bool{}, letters: map[uint32]Letter{}, crash: o.Crash, kill: func() {}}
	w.now.Store(Begin.UnixMilli())
	var err error
	w.server, err = demo.OpenServer(mailserver.Options{Dir: filepath.Join(w.root, "mail"), Caps: w.caps(), Hook: w.serverStep, Now: w.Now})
	if err != nil {
		t.Fatalf("open the mail server: %v", err)
	}
	t.Cleanup(func() {
		w.close()
		w.office, w.server, w.letters, w.fates, w.kill = nil, nil, nil, nil, func() {} // package testing keeps w until the parent ends
	})
	w.dir = filepath.Join(w.root, "data-0")
	w.boot()
	return w
}

// caps are the mail server's capabilities; nil is a good one's.
func (w *World) caps() imap.CapSet {
	if w.opt.Caps == nil {
		return nil
	}
	set := imap.CapSet{}
	for _, c := range w.opt.Caps {
		set[imap.Cap(c)] = struct{}{}
	}
	return set
}

// Now is the world's time.
func (w *World) Now() time.Time { return time.UnixMilli(w.now.Load()) }

// Advance lets time pass.
func (w *World) Advance(d time.Duration) { w.now.Add(d.Milliseconds()) }

// boot opens the office on the data folder, as a process that starts; one that crashes meanwhile is replaced.
func (w *World) boot() {
	w.t.Helper()
	w.open()
	for w.crashed() {
		w.revive()
		w.open()
	}
	w.office.Robot.Alone, w.office.Robot.Outbox.Parallel = true, 1
	if w.opt.Outbox != nil {
		w.opt.Outbox(w.office)
	}
}

// open reads the configuration and opens the office, in a goroutine of its own: a process that crashes never comes
// back from where it was.
func (w *World) open() {
	w.t.Helper()
	w.boots++
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	file := filepath.Join(w.root, "uketsuke.toml")
	text := demo.Configuration(demo.Site{Dir: w.dir, IMAP: w.server.IMAPAddr(), SMTP: w.server.SMTPAddr(), Mode: w.opt.Mode, Start: w.opt.Start, NoEvidence: w.opt.NoEvidence})
	text = strings.ReplaceAll(text, demo.OfficeAddr, w.mailbox())
	if w.opt.Text != nil {
		text = w.opt.Text(text, w.root)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	cfg, err := config.Load(file, demo.Env)
	if err != nil {
		w.t.Fatalf("the world's configuration: %v", err)
	}
	if w.opt.Change != nil {
		w.opt.Change(cfg)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.office, err = daemon.Open(context.Background(), cfg, daemon.Options{Now: w.Now, Step: w.storeStep, Random: &counter{n: w.opt.Seed}, Fate: w.fate, Readers: 1})
	}()
	<-ended
	if err != nil {
		w.t.Fatalf("open the office: %v", err)
	}
}

// mailbox is the office's own address.
func (w *World) mailbox() string {
	if w.opt.Mailbox != "" {
		return w.opt.Mailbox
	}
	return demo.OfficeAddr
}

// counter is randomness that is the same in every run: one-time words stay comparable.
type counter struct{ n byte }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		c.n++
		p[i] = c.n
	}
	return len(p), nil
}

func (w *World) fate(f robot.Fate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.dead {
		w.fates = append(w.fates, f)
	}
}

func (w *World) close() {
	if w.office == nil {
		return // it never opened, and the test knows
	}
	w.checkAttempts(w.dir, "in the end")
	if w.opt.Outbox == nil && len(w.unrecorded) > 0 {
		w.t.Errorf("letters were sent before their attempt was recorded:\n%s", strings.Join(w.unrecorded, "\n"))
	}
	err := w.office.Close()
	if serr := w.server.Close(); serr != nil && !w.t.Failed() {
		w.t.Errorf("close the mail server: %v", serr)
	}
	if err != nil && !w.t.Failed() {
		w.t.Errorf("close the office: %v", err)
	}
}

// Incoming delivers a mail to the office's inbox; Date, To and Message-ID are filled in.
func (w *World) Incoming(m post.Mail) post.Mail {
	w.t.Helper()
	w.serial++
	if m.MessageID == "" {
		m.MessageID = fmt.Sprintf("mail-%03d@%s", w.serial, m.From[strings.IndexByte(m.From, '@')+1:])
	}
	m.To = w.mailbox()
	if m.Date.IsZero() {
		m.Date = w.Now()
	}
	if m.Head == nil && !w.opt.NoEvidence {
		m.Head = demo.Evidence(m.From)
	}
	w.IncomingRaw(m.Bytes())
	return m
}

// IncomingRaw delivers bytes as they are.
func (w *World) IncomingRaw(raw []byte) {
	w.t.Helper()
	if _, err := w.server.Deliver(demo.OfficeUser, "INBOX", raw, w.Now()); err != nil {
		w.t.Fatalf("deliver a mail: %v", err)
	}
}

// Settle lets the office work until nothing is left to do now; a process that crashes is replaced.
func (w *World) Settle() {
	w.t.Helper()
	for try := 0; ; try++ {
		err := w.once()
		if w.crashed() {
			w.restart()
			continue
		}
		if err == nil {
			return
		}
		if try == 5 {
			w.t.Fatalf("the office does not settle: %v", err)
		}
		w.Advance(10 * time.Minute) // whatever is put off
	}
}

// errEnded is the end of a process that crashed.
var errEnded = errors.New("the process ended")

// once runs one pass in a goroutine of its own: a process that crashes never comes back from where it was.
func (w *World) once() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w.mu.Lock()
	w.kill = cancel
	w.mu.Unlock()
	done := make(chan error, 1)
	go func() {
		err := errEnded
		defer func() { done <- err }()
		_, err = w.office.Robot.Once(ctx, nil)
	}()
	return <-done
}

// Letter is a letter that reached somebody.
type Letter struct {
	*inbound.Message
	Raw   []byte
	Links []post.Link
}

// Letters are all that the outside got, oldest first.
func (w *World) Letters() []Letter {
	w.t.Helper()
	var out []Letter
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		out = append(out, w.letter(m.UID))
	}
	return out
}

func (w *World) letter(uid uint32) Letter {
	w.t.Helper()
	if l, ok := w.letters[uid]; ok {
		return l
	}
	raw, err := w.server.Read(demo.Outside, "INBOX", uid)
	if err != nil {
		w.t.Fatalf("read letter %d: %v", uid, err)
	}
	m, err := inbound.Parse(raw, inbound.Options{Limits: inbound.DefaultLimits()})
	if err != nil {
		w.t.Fatalf("understand letter %d: %v", uid, err)
	}
	links, err := post.Links(raw)
	if err != nil {
		w.t.Fatalf("links of letter %d: %v", uid, err)
	}
	w.letters[uid] = Letter{m, raw, links}
	return w.letters[uid]
}

// ExpectLetter takes the oldest letter not expected before to this address whose subject contains the text.
func (w *World) ExpectLetter(to, subject string) Letter {
	w.t.Helper()
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		if w.read[m.UID] || !slices.Contains(m.EnvelopeTo, to) {
			continue
		}
		if l := w.letter(m.UID); strings.Contains(l.Subject, subject) {
			w.read[m.UID] = true
			return l
		}
	}
	w.t.Fatalf("no letter to %s with %q; unexpected so far:\n%s", to, subject, w.unread())
	return Letter{}
}

// ExpectNoLetter fails when a letter is there that no test expected.
func (w *World) ExpectNoLetter() {
	w.t.Helper()
	if rest := w.unread(); rest != "" {
		w.t.Fatalf("letters that nobody expected:\n%s", rest)
	}
}

func (w *World) unread() string {
	var out []string
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		if !w.read[m.UID] {
			out = append(out, strings.Join(m.EnvelopeTo, ",")+"  "+w.letter(m.UID).Subject)
		}
	}
	return strings.Join(out, "\n")
}

// Link is the subject of a letter's one-click link that begins with a command.
func (l Letter) Link(command string) (string, error) {
	for _, k := range l.Links {
		if strings.HasPrefix(k.Subject, command) {
			return k.Subject, nil
		}
	}
	return "", errors.New("the letter has no link for " + command)
}
