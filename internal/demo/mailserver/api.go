package mailserver

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// CatchAll is the address that stands for all that no account has.
const CatchAll = "*"

// Stored is a message as it lies in a mailbox.
type Stored struct {
	UID       uint32
	Flags     []string  // such as `\Seen` and keywords, in the order they were set
	Date      time.Time // internal date, to the millisecond
	Size      int64     // bytes
	MessageID string    // the Message-ID field with its angle brackets, "" if none
	// EnvelopeFrom and EnvelopeTo are SMTP's, for mail that came that way; To
	// has those recipients that are this account. A null sender is "".
	EnvelopeFrom string
	EnvelopeTo   []string
	Path         string // the body's file, until the message is moved or expunged
}

// AddAccount makes an account with INBOX, Sent, Drafts and Junk, or takes up
// one that Dir has from before, sets its password and lets SMTP deliver mail
// for the addresses to its INBOX. CatchAll ("*") takes mail for every address
// that no account has. Addresses are compared without regard to case; the
// latest account to name one has it.
func (s *Server) AddAccount(user, password string, addresses ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	acc := s.accounts[user]
	if acc == nil {
		if user == "" || len(folderName(user)) > maxFolderBytes {
			return errors.New("mailserver: add account: the user name is empty or too long")
		}
		acc = s.newAccount(user)
	}
	for _, p := range predefined {
		if _, err := acc.create(p.name, p.use); err != nil && !errors.Is(err, errExists) {
			return fmt.Errorf("mailserver: add account: %w", err)
		}
	}
	acc.mu.Lock()
	acc.password, acc.ready = password, true
	acc.mu.Unlock()
	s.accounts[user] = acc
	for _, address := range addresses {
		s.addresses[strings.ToLower(address)] = acc
	}
	return nil
}

// login is the account of these credentials, nil if they are wrong.
func (s *Server) login(user, password string) *account {
	s.mu.Lock()
	acc := s.accounts[user]
	s.mu.Unlock()
	if acc == nil {
		return nil
	}
	acc.mu.Lock()
	defer acc.mu.Unlock()
	if !acc.ready || subtle.ConstantTimeCompare([]byte(acc.password), []byte(password)) != 1 {
		return nil
	}
	return acc
}

// route is the account that mail to address goes to, nil if there is none.
func (s *Server) route(address string) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	if acc := s.addresses[strings.ToLower(address)]; acc != nil {
		return acc
	}
	return s.addresses[CatchAll]
}

func (s *Server) allAccounts() []*account {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*account, 0, len(s.accounts))
	for _, acc := range s.accounts {
		list = append(list, acc)
	}
	return list
}

// mailbox finds one; the errors are ErrNoAccount and ErrNoMailbox.
func (s *Server) mailbox(user, name string) (*mailbox, error) {
	s.mu.Lock()
	acc := s.accounts[user]
	s.mu.Unlock()
	if acc == nil {
		return nil, ErrNoAccount
	}
	return acc.find(name)
}

// OnDelivery has f called after SMTP or Deliver stored a mail and IDLE clients
// were told, before SMTP answers. It may be called by several goroutines at
// once. All functions given are called, in the order given.
func (s *Server) OnDelivery(f func(user, mailbox string, uid uint32)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notify = append(slices.Clip(s.notify), f)
}

func (s *Server) delivered(user, mailbox string, uid uint32) {
	s.mu.Lock()
	notify := s.notify
	s.mu.Unlock()
	for _, f := range notify {
		f(user, mailbox, uid)
	}
}

// Deliver stores raw as it is, like a delivery by LMTP; IDLE clients are told
// at once. A zero time means now. Unlike SMTP it has no size limit. Errors:
// ErrNoAccount, ErrNoMailbox, ErrClosed, faults of the file system.
func (s *Server) Deliver(user, mailbox string, raw []byte, at time.Time) (uid uint32, err error) {
	return s.DeliverFrom(user, mailbox, bytes.NewReader(raw), at)
}

// DeliverFrom is Deliver for a stream, which goes to the file without being
// held in memory.
func (s *Server) DeliverFrom(user, mailbox string, raw io.Reader, at time.Time) (uid uint32, err error) {
	box, err := s.mailbox(user, mailbox)
	if err != nil {
		return 0, err
	}
	if !s.running.enter() {
		return 0, ErrClosed
	}
	defer s.running.leave()
	body, err := s.spool(box.folder(), raw, -1)
	if err != nil {
		return 0, err
	}
	m := s.messageFrom(body, at, nil)
	if err := box.add(m); err != nil {
		body.discard()
		return 0, err
	}
	s.delivered(user, box.title(), m.uid)
	return m.uid, nil
}

// messageFrom describes a spooled body. A zero time means now.
func (s *Server) messageFrom(b spooled, at time.Time, flags []imap.Flag) *message {
	if at.IsZero() {
		at = s.opt.Now()
	}
	m := &message{
		body: b.number, size: b.size, head: b.head, id: b.id,
		flags: applyFlags(nil, imap.StoreFlagsSet, flags),
	}
	m.setDate(at)
	return m
}

func (b *mailbox) folder() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dir
}

func (b *mailbox) title() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.name
}

// Mailboxes names the mailboxes of an account in UTF-8, "/" between levels,
// INBOX first; none for an unknown account.
func (s *Server) Mailboxes(user string) []string {
	s.mu.Lock()
	acc := s.accounts[user]
	s.mu.Unlock()
	if acc == nil {
		return nil
	}
	var names []string
	for _, box := range acc.all() {
		names = append(names, box.title())
	}
	return names
}

// Messages lists a mailbox by UID; none for an unknown account or mailbox.
func (s *Server) Messages(user, mailbox string) []Stored {
	box, err := s.mailbox(user, mailbox)
	if err != nil {
		return nil
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	list := make([]Stored, len(box.messages))
	for i, m := range box.messages {
		list[i] = m.stored(box.dir)
	}
	return list
}

func (m *message) stored(dir string) Stored {
	var flags []string
	for _, f := range m.flags {
		flags = append(flags, string(f))
	}
	return Stored{
		UID: m.uid, Flags: flags, Date: m.date(), Size: m.size, MessageID: m.id,
		EnvelopeFrom: m.from, EnvelopeTo: slices.Clone(m.to), Path: bodyPath(dir, m.body),
	}
}

// Read is a message's bytes, just as they came. Errors: ErrNoAccount,
// ErrNoMailbox, ErrNoMessage.
func (s *Server) Read(user, mailbox string, uid uint32) ([]byte, error) {
	box, err := s.mailbox(user, mailbox)
	if err != nil {
		return nil, err
	}
	box.mu.Lock()
	i, ok := findUID(box.messages, uid)
	if !ok {
		box.mu.Unlock()
		return nil, ErrNoMessage
	}
	path := bodyPath(box.dir, box.messages[i].body)
	box.mu.Unlock()
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoMessage // moved or expunged this moment
	}
	return raw, withoutPath(err)
}

// CreateMailbox makes a mailbox (and those above it) in an account; that it
// exists already is fine.
func (s *Server) CreateMailbox(user, mailbox string) error {
	s.mu.Lock()
	acc := s.accounts[user]
	s.mu.Unlock()
	if acc == nil {
		return ErrNoAccount
	}
	if _, err := acc.create(mailbox, nil); err != nil && !errors.Is(err, errExists) {
		return fmt.Errorf("mailserver: create mailbox: %w", err)
	}
	return nil
}

// Move, Remove and SetFlags are what a person does beside the robot, without a
// connection of their own. Sessions are told as of any other change.
func (s *Server) Move(user, mailbox string, uid uint32, dest string) (newUID uint32, err error) {
	from, err := s.mailbox(user, mailbox)
	if err != nil {
		return 0, err
	}
	to, err := s.mailbox(user, dest)
	if err != nil {
		return 0, err
	}
	if from == to {
		return 0, fmt.Errorf("mailserver: move: %w: both are the same mailbox", fs.ErrInvalid)
	}
	data, err := from.moveTo(nil, imap.UIDSetNum(imap.UID(uid)), to)
	if err != nil {
		return 0, err
	}
	if data == nil {
		return 0, ErrNoMessage
	}
	return uint32(data.DestUIDs[0].Start), nil
}

// Remove expunges one message.
func (s *Server) Remove(user, mailbox string, uid uint32) error {
	box, err := s.mailbox(user, mailbox)
	if err != nil {
		return err
	}
	found := false
	err = box.delete(func(m *message) bool {
		found = found || m.uid == uid
		return m.uid == uid
	})
	if err == nil && !found {
		return ErrNoMessage
	}
	return err
}

// SetFlags replaces a message's flags by these (`\Seen`, keywords; ASCII
// without spaces and IMAP's special characters).
func (s *Server) SetFlags(user, mailbox string, uid uint32, flags ...string) error {
	box, err := s.mailbox(user, mailbox)
	if err != nil {
		return err
	}
	list := make([]imap.Flag, len(flags))
	for i, f := range flags {
		name := strings.TrimPrefix(f, `\`)
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\]`, r) }) {
			return fmt.Errorf("mailserver: set flags: %q is not a flag", f)
		}
		list[i] = imap.Flag(f)
	}
	changed, err := box.changeFlags(nil, imap.UIDSetNum(imap.UID(uid)), imap.StoreFlagsSet, list)
	if err == nil && len(changed) == 0 {
		return ErrNoMessage
	}
	return err
}

// Renumber gives a mailbox a new UIDVALIDITY and its messages the UIDs 1, 2, …
// in their order, as a mail server restored from a backup does. Sessions that
// have it selected are disconnected.
func (s *Server) Renumber(user, mailbox string) error {
	box, err := s.mailbox(user, mailbox)
	if err != nil {
		return err
	}
	validity, err := s.validity.next(s.opt.Now().Unix())
	if err != nil {
		return fmt.Errorf("mailserver: renumber: %w", err)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	renumbered := make([]*message, len(box.messages))
	for i, m := range box.messages {
		copied := *m
		copied.uid = uint32(i) + 1
		renumbered[i] = &copied
	}
	c := box.contents()
	c.validity, c.next, c.messages = validity, uint32(len(renumbered))+1, renumbered
	if err := box.index.rewrite(c); err != nil {
		return fmt.Errorf("mailserver: renumber: %w", err)
	}
	box.validity, box.next, box.messages = c.validity, c.next, c.messages
	for v := range box.views {
		_ = v.drop()
	}
	return nil
}
