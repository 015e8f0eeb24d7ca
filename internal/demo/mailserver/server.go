package mailserver

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"
)

const (
	// DefaultMaxBytes is the largest message that SMTP and APPEND take when
	// Options.MaxBytes is 0: 50 MiB.
	DefaultMaxBytes = 50 << 20

	closeTimeout = 10 * time.Second
)

// Errors that callers tell apart with errors.Is.
var (
	ErrNoAccount = errors.New("mailserver: no such account")
	ErrNoMailbox = errors.New("mailserver: no such mailbox")
	ErrNoMessage = errors.New("mailserver: no such message")
	ErrClosed    = errors.New("mailserver: server is closed")
)

// Options say where the mail lives and how the server behaves.
type Options struct {
	// Dir holds one folder for each account, in it one for each mailbox, in it
	// the bodies (*.eml, exactly the bytes received) and the file "index".
	// Start creates it. One server at a time may use it.
	Dir string
	// Log receives faults of the server itself; nil discards them.
	Log *slog.Logger
	// Caps are the announced IMAP capabilities; nil means DefaultCaps. Taking
	// MOVE, UIDPLUS or SPECIAL-USE out makes a poorer server, for testing: it
	// refuses those commands and leaves out COPYUID, APPENDUID and special-use
	// attributes. IDLE is always there.
	Caps imap.CapSet
	// Hook is called at each step (see the package comment); nil for none. It
	// is called from many goroutines at once.
	Hook func(step string) error
	// FsyncBodies syncs each body and index line to disk before it is answered.
	FsyncBodies bool
	// MaxBytes bounds a message by SMTP (SIZE) and APPEND (APPENDLIMIT);
	// 0 means DefaultMaxBytes. Deliver is not bounded.
	MaxBytes int64
	// Now gives the internal date of mail that comes without one, and seeds
	// UIDVALIDITY; nil means time.Now.
	Now func() time.Time
}

// DefaultCaps are the capabilities of a good IMAP4rev1 server, much like
// Dovecot's. LITERAL+ is left out: with it imapserver cannot refuse an APPEND
// that is too large without losing its place in the stream.
func DefaultCaps() imap.CapSet {
	return imap.CapSet{
		imap.CapIMAP4rev1:        {},
		imap.CapNamespace:        {},
		imap.CapUIDPlus:          {},
		imap.CapESearch:          {},
		imap.CapSearchRes:        {},
		imap.CapListExtended:     {},
		imap.CapListStatus:       {},
		imap.CapMove:             {},
		imap.CapStatusSize:       {},
		imap.CapChildren:         {},
		imap.CapSpecialUse:       {},
		imap.CapCreateSpecialUse: {},
	}
}

// Server is a running IMAP and SMTP server. Its methods may be called from
// several goroutines.
type Server struct {
	opt      Options
	log      *slog.Logger
	imapAddr string
	smtpAddr string

	lastBody atomic.Uint64 // the highest number used for a body file
	validity sequence      // UIDVALIDITY values, never one twice

	mu        sync.Mutex
	closed    bool
	accounts  map[string]*account
	addresses map[string]*account // lower-case address, "*" for the catch-all
	notify    []func(user, mailbox string, uid uint32)
	conns     map[*trackedConn]struct{}
	listeners []net.Listener

	serving sync.WaitGroup // the two accept loops
	running gate           // IMAP sessions, IDLE loops and SMTP deliveries under way
}

// Start reads what Dir holds from before (nothing, at first), listens on two
// free ports of 127.0.0.1 and serves until Close. Accounts found in Dir can be
// read at once, but nobody can log in to them before AddAccount gives the
// password, which is not stored.
func Start(o Options) (*Server, error) {
	if o.Dir == "" {
		return nil, errors.New("mailserver: Options.Dir is empty; name a folder for the mail")
	}
	s := &Server{
		opt:       o,
		accounts:  make(map[string]*account),
		addresses: make(map[string]*account),
		conns:     make(map[*trackedConn]struct{}),
	}
	s.setDefaults()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("mailserver: make Options.Dir: %w", err)
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("mailserver: read Options.Dir: %w", err)
	}
	if err := s.listen(); err != nil {
		s.closeIndexes()
		return nil, fmt.Errorf("mailserver: listen on loopback: %w", err)
	}
	return s, nil
}

// Open is Start for a folder that must exist already: it reopens the mailboxes
// with their UIDVALIDITY, UIDNEXT, UIDs and flags. A missing folder is
// fs.ErrNotExist.
func Open(o Options) (*Server, error) {
	if info, err := os.Stat(o.Dir); err != nil {
		return nil, fmt.Errorf("mailserver: open: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("mailserver: open %s: %w: a folder is wanted", o.Dir, fs.ErrInvalid)
	}
	return Start(o)
}

func (s *Server) setDefaults() {
	if s.opt.Caps == nil {
		s.opt.Caps = DefaultCaps()
	}
	if s.opt.MaxBytes == 0 {
		s.opt.MaxBytes = DefaultMaxBytes
	}
	if s.opt.Now == nil {
		s.opt.Now = time.Now
	}
	s.log = s.opt.Log
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.validity.dir = s.opt.Dir
}

// listen opens both ports and starts the accept loops.
func (s *Server) listen() error {
	imapListener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	smtpListener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		_ = imapListener.Close()
		return err
	}
	s.imapAddr, s.smtpAddr = imapListener.Addr().String(), smtpListener.Addr().String()
	s.listeners = []net.Listener{imapListener, smtpListener}

	imapServer := imapserver.New(&imapserver.Options{
		NewSession:   s.newIMAPSession,
		Caps:         s.opt.Caps,
		Logger:       printfLog{s.log, "imap"},
		InsecureAuth: true, // loopback
	})
	s.serving.Go(func() {
		s.report("imap accept", imapServer.Serve(&trackedListener{Listener: imapListener, server: s}))
	})
	smtpServer := s.newSMTPServer()
	s.serving.Go(func() {
		s.report("smtp accept", smtpServer.Serve(&trackedListener{Listener: smtpListener, server: s, greeting: true}))
	})
	return nil
}

// newSMTPServer configures go-smtp: no TLS, AUTH offered but not wanted.
func (s *Server) newSMTPServer() *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(s.newSMTPSession))
	server.Domain = "localhost"
	server.MaxMessageBytes = s.opt.MaxBytes
	server.MaxRecipients = 1000
	server.MaxLineLength = 16 << 20 // bodies with endless lines exist, and must arrive
	server.AllowInsecureAuth = true
	server.ReadTimeout = 5 * time.Minute
	server.WriteTimeout = time.Minute
	server.ErrorLog = printfLog{s.log, "smtp"}
	return server
}

// IMAPAddr is the IMAP server's host:port on loopback.
func (s *Server) IMAPAddr() string { return s.imapAddr }

// SMTPAddr is the SMTP server's host:port on loopback.
func (s *Server) SMTPAddr() string { return s.smtpAddr }

// Disconnect closes every client connection, as a restarted mail server would;
// new ones are welcome.
func (s *Server) Disconnect() {
	s.mu.Lock()
	conns := make([]*trackedConn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

// Close closes ports and connections, waits for commands under way, and closes
// the index files. A hook that does not return within 10 seconds is an error.
// Later calls do nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()

	for _, l := range s.listeners {
		_ = l.Close()
	}
	s.serving.Wait()
	s.Disconnect()
	var err error
	if left := s.running.shut(closeTimeout); left > 0 {
		err = fmt.Errorf("mailserver: close: %d commands still under way, probably inside Options.Hook", left)
	}
	s.closeIndexes()
	return err
}

func (s *Server) closeIndexes() {
	for _, acc := range s.allAccounts() {
		for _, box := range acc.all() {
			box.mu.Lock()
			box.index.close()
			box.mu.Unlock()
		}
	}
}

// report logs a fault that ends an accept loop; closing is none.
func (s *Server) report(what string, err error) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		s.log.Error("mail server stopped accepting", "server", what, "error", err)
	}
}
