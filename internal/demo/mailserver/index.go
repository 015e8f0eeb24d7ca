package mailserver

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
)

const indexName = "index"

// The operations of an index line.
const (
	opMailbox   = "mailbox"   // first line: Validity, Use, Subscribed
	opAdd       = "add"       // a message: all its fields; UID above all before
	opFlags     = "flags"     // UID has now these Flags
	opGone      = "gone"      // UIDs are no longer here
	opSubscribe = "subscribe" // Subscribed changed
	opNext      = "next"      // UIDNEXT is at least Next
)

// record is one line of an index file, a JSON object.
type record struct {
	Op         string             `json:"op"`
	Validity   uint32             `json:"validity,omitempty"`
	Next       uint32             `json:"next,omitempty"`
	Use        []imap.MailboxAttr `json:"use,omitempty"`
	Subscribed bool               `json:"subscribed,omitempty"`

	UID   uint32      `json:"uid,omitempty"`
	Body  uint64      `json:"body,omitempty"`
	At    int64       `json:"at,omitempty"`   // Unix milliseconds
	Zone  int         `json:"zone,omitempty"` // seconds east of UTC
	Size  int64       `json:"size,omitempty"`
	Head  int64       `json:"head,omitempty"`
	ID    string      `json:"id,omitempty"`
	Flags []imap.Flag `json:"flags,omitempty"`
	From  string      `json:"from,omitempty"`
	To    []string    `json:"to,omitempty"`

	UIDs []uint32 `json:"uids,omitempty"`
}

// contents is what an index file amounts to.
type contents struct {
	validity   uint32
	next       uint32
	use        []imap.MailboxAttr
	subscribed bool
	messages   []*message // ascending UIDs
}

// readIndex folds the lines of an index file. A last line without its line
// break was cut short by a killed process and does not count; any other line
// that makes no sense is an error that names it.
func readIndex(r io.Reader) (contents, error) {
	var c contents
	br := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := br.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return contents{}, fmt.Errorf("line %d: %w", n, err)
		}
		var rec record
		if err := json.Unmarshal(line, &rec); err != nil {
			return contents{}, fmt.Errorf("line %d: %w", n, err)
		}
		if (n == 1) != (rec.Op == opMailbox) {
			return contents{}, fmt.Errorf("line %d: operation %q out of place", n, rec.Op)
		}
		if err := c.apply(rec); err != nil {
			return contents{}, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if c.validity == 0 {
		return contents{}, errors.New("line 1: no UIDVALIDITY")
	}
	return c, nil
}

func (c *contents) apply(rec record) error {
	switch rec.Op {
	case opMailbox:
		c.validity, c.next, c.use, c.subscribed = rec.Validity, 1, rec.Use, rec.Subscribed
	case opAdd:
		if rec.UID < c.next || rec.UID == ^uint32(0) {
			return fmt.Errorf("UID %d is not between UIDNEXT %d and the highest", rec.UID, c.next)
		}
		if rec.Body == 0 || rec.Head < 0 || rec.Size < rec.Head {
			return fmt.Errorf("UID %d has no body file or an impossible size", rec.UID)
		}
		c.next = rec.UID + 1
		c.messages = append(c.messages, messageOf(rec))
	case opFlags:
		if i, ok := findUID(c.messages, rec.UID); ok {
			c.messages[i].flags = rec.Flags
		}
	case opGone:
		for _, uid := range rec.UIDs {
			if i, ok := findUID(c.messages, uid); ok {
				c.messages = append(c.messages[:i], c.messages[i+1:]...)
			}
		}
	case opSubscribe:
		c.subscribed = rec.Subscribed
	case opNext:
		c.next = max(c.next, rec.Next)
	default:
		return fmt.Errorf("unknown operation %q", rec.Op)
	}
	return nil
}

func messageOf(rec record) *message {
	return &message{
		uid: rec.UID, body: rec.Body, at: rec.At, zone: rec.Zone,
		size: rec.Size, head: rec.Head, id: rec.ID, flags: rec.Flags,
		from: rec.From, to: rec.To,
	}
}

func (m *message) record() record {
	return record{
		Op: opAdd, UID: m.uid, Body: m.body, At: m.at, Zone: m.zone,
		Size: m.size, Head: m.head, ID: m.id, Flags: m.flags,
		From: m.from, To: m.to,
	}
}

// encodeRecords makes the lines.
func encodeRecords(records []record) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	for i := range records {
		if err := enc.Encode(&records[i]); err != nil {
			return nil, err
		}
	}
	return buf.Bytes(), nil
}

// indexFile appends to an index. Its mailbox's lock guards it.
type indexFile struct {
	path   string
	fsync  bool
	file   *os.File // opened by the first append
	size   int64    // of whole lines
	closed bool
}

// append writes all records with one write, or none of them.
func (x *indexFile) append(records ...record) error {
	if x.closed {
		return ErrClosed
	}
	lines, err := encodeRecords(records)
	if err != nil {
		return err
	}
	if err := x.open(); err != nil {
		return err
	}
	if _, err := x.file.WriteAt(lines, x.size); err != nil {
		// A disk that is full may have taken half a line.
		return errors.Join(withoutPath(err), withoutPath(x.file.Truncate(x.size)))
	}
	x.size += int64(len(lines))
	if x.fsync {
		return withoutPath(x.file.Sync())
	}
	return nil
}

func (x *indexFile) open() error {
	if x.file != nil {
		return nil
	}
	f, err := os.OpenFile(x.path, os.O_RDWR, 0o600)
	if err != nil {
		return withoutPath(err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return withoutPath(err)
	}
	x.file, x.size = f, info.Size()
	return nil
}

func (x *indexFile) close() {
	x.closed = true
	if x.file != nil {
		_ = x.file.Close()
		x.file = nil
	}
}

// rewrite replaces the index by one that says c and no more.
func (x *indexFile) rewrite(c contents) error {
	records := []record{{Op: opMailbox, Validity: c.validity, Use: c.use, Subscribed: c.subscribed}}
	for _, m := range c.messages {
		records = append(records, m.record())
	}
	records = append(records, record{Op: opNext, Next: c.next})
	lines, err := encodeRecords(records)
	if err != nil {
		return err
	}
	if x.file != nil {
		_ = x.file.Close()
		x.file = nil
	}
	return replaceFile(x.path, lines)
}

// replaceFile writes a file beside and renames it into place.
func replaceFile(path string, data []byte) error {
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return withoutPath(err)
	}
	return withoutPath(os.Rename(path+".new", path))
}

// sequence gives numbers that rise for ever, also over restarts: RFC 9051
// section 2.3.1.1 wants a new UIDVALIDITY for a mailbox deleted and made again.
type sequence struct {
	mu      sync.Mutex
	dir     string // where the file "uidvalidity" is
	last    uint32
	written uint32 // what the file says: no number up to it is used after a restart
}

// ahead is how many numbers one writing of the file is good for.
const ahead = 63

func (q *sequence) file() string { return filepath.Join(q.dir, "uidvalidity") }

func (q *sequence) load() error {
	text, err := os.ReadFile(q.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
	if err != nil {
		return fmt.Errorf("file uidvalidity: %w; remove it to number mailboxes by the clock again", err)
	}
	q.last, q.written = uint32(n), uint32(n)
	return nil
}

// next is above all numbers before and not below atLeast.
func (q *sequence) next(atLeast int64) (uint32, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := q.last + 1
	if atLeast > int64(n) && atLeast < int64(^uint32(0)) {
		n = uint32(atLeast)
	}
	if n > q.written {
		up := uint32(min(uint64(n)+ahead, uint64(^uint32(0))))
		if err := replaceFile(q.file(), fmt.Appendf(nil, "%d\n", up)); err != nil {
			return 0, err
		}
		q.written = up
	}
	q.last = n
	return n, nil
}

// saw takes note of a number in use.
func (q *sequence) saw(n uint32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = max(q.last, n)
}

// withoutPath drops file names, which hold addresses, from an error.
func withoutPath(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	case errors.As(err, &link):
		return fmt.Errorf("%s: %w", link.Op, link.Err)
	}
	return err
}
