package mailserver

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-imap/v2"
)

const (
	inbox          = "INBOX"
	delimiter      = "/"
	maxFolderBytes = 240 // of a mailbox's folder name; file systems take 255
)

// predefined are the mailboxes that every account has.
var predefined = []struct {
	name string
	use  []imap.MailboxAttr
}{
	{inbox, nil},
	{"Sent", []imap.MailboxAttr{imap.MailboxAttrSent}},
	{"Drafts", []imap.MailboxAttr{imap.MailboxAttrDrafts}},
	{"Junk", []imap.MailboxAttr{imap.MailboxAttrJunk}},
}

// Why a mailbox cannot be made, renamed or removed.
var (
	errExists   = errors.New("mailbox already exists")
	errName     = errors.New("not a mailbox name: it is empty, too long, or has an empty part or a control character")
	errChildren = errors.New("mailbox has others below it; remove those first")
	errInbox    = errors.New("INBOX cannot be removed")
)

// account is one user's mailboxes.
type account struct {
	server *Server
	user   string
	dir    string

	mu        sync.Mutex
	password  string
	ready     bool // AddAccount gave a password
	mailboxes map[string]*mailbox
}

var lockOrder atomic.Uint64 // of mailboxes, in all servers of the process

// folderName writes a user or mailbox name as one path element that any file
// system takes: letters (Japanese ones too), digits and -_.@+ stay, the rest is
// percent-encoded. url.PathUnescape is its inverse.
func folderName(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		plain := unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_@+", r) || (r == '.' && i > 0)
		if plain && r != utf8.RuneError {
			b.WriteString(name[i : i+n])
		} else {
			for _, c := range []byte(name[i : i+n]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		i += n
	}
	return b.String()
}

// mailboxName trims a trailing delimiter (RFC 9051 section 6.3.4), spells INBOX
// right and refuses what cannot be a folder.
func mailboxName(name string) (string, error) {
	name = strings.TrimSuffix(name, delimiter)
	if strings.EqualFold(name, inbox) {
		return inbox, nil
	}
	if len(folderName(name)) > maxFolderBytes || strings.ContainsFunc(name, unicode.IsControl) {
		return "", errName
	}
	if slices.Contains(strings.Split(name, delimiter), "") {
		return "", errName
	}
	return name, nil
}

// load reads all accounts and mailboxes of Dir.
func (s *Server) load() error {
	if err := s.validity.load(); err != nil {
		return err
	}
	folders, err := os.ReadDir(s.opt.Dir)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		user, err := url.PathUnescape(folder.Name())
		if err != nil || !folder.IsDir() || folderName(user) != folder.Name() {
			continue // not ours
		}
		acc := s.newAccount(user)
		if err := acc.load(); err != nil {
			return err
		}
		if len(acc.mailboxes) > 0 {
			s.accounts[user] = acc
		}
	}
	return nil
}

func (s *Server) newAccount(user string) *account {
	return &account{
		server: s, user: user,
		dir:       filepath.Join(s.opt.Dir, folderName(user)),
		mailboxes: make(map[string]*mailbox),
	}
}

func (a *account) load() error {
	folders, err := os.ReadDir(a.dir)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		name, err := url.PathUnescape(folder.Name())
		if err != nil || !folder.IsDir() || folderName(name) != folder.Name() {
			continue
		}
		box, err := a.server.loadMailbox(name, filepath.Join(a.dir, folder.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // killed between making the folder and its index, or removing both
		}
		if err != nil {
			return fmt.Errorf("index of mailbox %s: %w; repair or remove that file's folder", folder.Name(), err)
		}
		a.mailboxes[name] = box
	}
	return nil
}

// loadMailbox reads an index, reconciles it with the body files, and writes it
// anew.
func (s *Server) loadMailbox(name, dir string) (*mailbox, error) {
	f, err := os.Open(filepath.Join(dir, indexName))
	if err != nil {
		return nil, err
	}
	c, err := readIndex(f)
	_ = f.Close()
	if err != nil {
		return nil, err
	}
	present, err := s.bodyFiles(dir)
	if err != nil {
		return nil, err
	}
	c.messages = slices.DeleteFunc(c.messages, func(m *message) bool {
		size, ok := present[m.body]
		delete(present, m.body)
		return !ok || size != m.size
	})
	for number := range present { // never answered for, or expunged
		_ = os.Remove(bodyPath(dir, number))
	}
	s.validity.saw(c.validity)
	box := s.newMailbox(lockOrder.Add(1), name, dir, c)
	return box, box.index.rewrite(c)
}

// bodyFiles lists the body files of a folder with their sizes.
func (s *Server) bodyFiles(dir string) (map[uint64]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	sizes := make(map[uint64]int64, len(entries))
	for _, entry := range entries {
		number, ok := bodyNumber(entry.Name())
		if !ok {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			return nil, err
		}
		sizes[number] = info.Size()
		if number > s.lastBody.Load() { // only Start comes here, alone
			s.lastBody.Store(number)
		}
	}
	return sizes, nil
}

// find is the mailbox of that name, or ErrNoMailbox.
func (a *account) find(name string) (*mailbox, error) {
	if strings.EqualFold(name, inbox) {
		name = inbox
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if box := a.mailboxes[name]; box != nil {
		return box, nil
	}
	return nil, ErrNoMailbox
}

// all lists the mailboxes, INBOX first, the others by name.
func (a *account) all() []*mailbox {
	a.mu.Lock()
	defer a.mu.Unlock()
	names := make([]string, 0, len(a.mailboxes))
	for name := range a.mailboxes {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		if (x == inbox) != (y == inbox) {
			if x == inbox {
				return -1
			}
			return 1
		}
		return strings.Compare(x, y)
	})
	boxes := make([]*mailbox, len(names))
	for i, name := range names {
		boxes[i] = a.mailboxes[name]
	}
	return boxes
}

// create makes a mailbox, and those above it that are missing (RFC 9051
// section 6.3.4).
func (a *account) create(name string, use []imap.MailboxAttr) (*mailbox, error) {
	name, err := mailboxName(name)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mailboxes[name] != nil {
		return nil, errExists
	}
	if err := a.createAbove(name); err != nil {
		return nil, err
	}
	return a.createOne(name, use)
}

func (a *account) createAbove(name string) error {
	for i, c := range name {
		if string(c) != delimiter || a.mailboxes[name[:i]] != nil {
			continue
		}
		if _, err := a.createOne(name[:i], nil); err != nil {
			return err
		}
	}
	return nil
}

// createOne makes folder and index. The caller holds the lock.
func (a *account) createOne(name string, use []imap.MailboxAttr) (*mailbox, error) {
	validity, err := a.server.validity.next(a.server.opt.Now().Unix())
	if err != nil {
		return nil, fmt.Errorf("mailserver: number a mailbox: %w", err)
	}
	dir := filepath.Join(a.dir, folderName(name))
	if _, err := os.Stat(filepath.Join(dir, indexName)); err == nil {
		return nil, errExists // a file system that takes sent for Sent
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mailserver: make a mailbox: %w", withoutPath(err))
	}
	box := a.server.newMailbox(lockOrder.Add(1), name, dir, contents{validity: validity, next: 1, use: use})
	if err := box.index.rewrite(box.contents()); err != nil {
		return nil, fmt.Errorf("mailserver: make a mailbox: %w", err)
	}
	a.mailboxes[name] = box
	return box, nil
}

// below lists the names under name. The caller holds the lock.
func (a *account) below(name string) []string {
	var names []string
	for other := range a.mailboxes {
		if strings.HasPrefix(other, name+delimiter) {
			names = append(names, other)
		}
	}
	return names
}

// remove deletes a mailbox with its messages. Sessions that have it selected
// see it become empty.
func (a *account) remove(name string) error {
	name, err := mailboxName(name)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	box := a.mailboxes[name]
	switch {
	case name == inbox:
		return errInbox
	case box == nil:
		return ErrNoMailbox
	case len(a.below(name)) > 0:
		return errChildren
	}
	delete(a.mailboxes, name)

	box.mu.Lock()
	defer box.mu.Unlock()
	box.deleted = true
	box.index.close()
	positions := make([]int, len(box.messages))
	for i := range positions {
		positions[i] = i
	}
	box.remove(positions)
	// Without its index a folder is no mailbox, should the rest stay behind.
	if err := os.Remove(box.index.path); err != nil {
		return fmt.Errorf("mailserver: remove a mailbox: %w", withoutPath(err))
	}
	return withoutPath(os.RemoveAll(box.dir))
}

// rename gives a mailbox and those below it another name. INBOX's messages move
// to a new mailbox and INBOX stays (RFC 9051 section 6.3.6).
func (a *account) rename(old, name string) error {
	old, err := mailboxName(old)
	if err != nil {
		return err
	}
	if name, err = mailboxName(name); err != nil {
		return err
	}
	if old == inbox {
		return a.renameInbox(name)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mailboxes[old] == nil {
		return ErrNoMailbox
	}
	moves := map[string]string{old: name}
	for _, child := range a.below(old) {
		moves[child] = name + strings.TrimPrefix(child, old)
	}
	for _, to := range moves {
		if a.mailboxes[to] != nil {
			return errExists
		}
		if _, err := mailboxName(to); err != nil {
			return err
		}
	}
	if err := a.createAbove(name); err != nil {
		return err
	}
	for from, to := range moves {
		if err := a.renameOne(from, to); err != nil {
			return err
		}
	}
	return nil
}

func (a *account) renameOne(from, to string) error {
	box := a.mailboxes[from]
	dir := filepath.Join(a.dir, folderName(to))
	box.mu.Lock()
	defer box.mu.Unlock()
	if err := os.Rename(box.dir, dir); err != nil {
		return fmt.Errorf("mailserver: rename a mailbox: %w", withoutPath(err))
	}
	box.name, box.dir, box.index.path = to, dir, filepath.Join(dir, indexName)
	delete(a.mailboxes, from)
	a.mailboxes[to] = box
	return nil
}

func (a *account) renameInbox(name string) error {
	from, err := a.find(inbox)
	if err != nil {
		return err
	}
	to, err := a.create(name, nil)
	if err != nil {
		return err
	}
	_, err = from.moveTo(nil, imap.UIDSet{{Start: 1, Stop: 0}}, to)
	return err
}
