package mailserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// message is all that memory holds of a mail.
type message struct {
	uid  uint32
	body uint64 // number of the body's file
	at   int64  // internal date, Unix milliseconds
	zone int    // its zone, seconds east of UTC
	size int64
	head int64  // bytes up to and with the header's empty line
	id   string // Message-ID field as it stands, at most maxIDBytes
	// flags is replaced, never changed, so that copies of a message stay true.
	flags []imap.Flag
	from  string   // SMTP envelope, if it came that way
	to    []string // those of the recipients that are this account
}

func (m *message) date() time.Time {
	return time.UnixMilli(m.at).In(time.FixedZone("", m.zone))
}

func (m *message) setDate(t time.Time) {
	m.at = t.UnixMilli()
	_, m.zone = t.Zone()
}

// findUID is the position of uid in messages, which ascend by UID.
func findUID(messages []*message, uid uint32) (int, bool) {
	i := sort.Search(len(messages), func(i int) bool { return messages[i].uid >= uid })
	return i, i < len(messages) && messages[i].uid == uid
}

// mailbox is one folder of messages. Trackers are told of a change under the
// same lock under which messages changes, so sequence numbers always fit.
type mailbox struct {
	server *Server
	order  uint64 // of locking, where two mailboxes are locked

	mu         sync.Mutex
	name       string
	dir        string
	use        []imap.MailboxAttr
	subscribed bool
	validity   uint32
	next       uint32
	messages   []*message
	tracker    *imapserver.MailboxTracker
	views      map[*view]struct{}
	index      indexFile
	deleted    bool
}

// view is a session's selection of a mailbox.
type view struct {
	box      *mailbox
	tracker  *imapserver.SessionTracker
	wake     chan struct{} // holds a token when there may be something to tell
	drop     func() error  // closes the session's connection
	readOnly bool
	saved    imap.UIDSet // the last SEARCH RETURN (SAVE)
}

// picked is a message with the sequence number that a client knows it by; 0 if
// the client has not been told of it yet.
type picked struct {
	seq uint32
	message
}

// newMailbox wraps what an index says.
func (s *Server) newMailbox(order uint64, name, dir string, c contents) *mailbox {
	return &mailbox{
		server: s, order: order, name: name, dir: dir,
		use: c.use, subscribed: c.subscribed, validity: c.validity, next: c.next, messages: c.messages,
		tracker: imapserver.NewMailboxTracker(uint32(len(c.messages))),
		views:   make(map[*view]struct{}),
		index:   indexFile{path: filepath.Join(dir, indexName), fsync: s.opt.FsyncBodies},
	}
}

// contents is the inverse of newMailbox. The caller holds the lock.
func (b *mailbox) contents() contents {
	return contents{validity: b.validity, next: b.next, use: b.use, subscribed: b.subscribed, messages: b.messages}
}

// add appends messages, giving them UIDs. Their body files are in place.
func (b *mailbox) add(messages ...*message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.addLocked(messages, nil)
}

// addLocked writes the index, runs place (if any) and shows the messages. When
// place fails it takes the index lines back; the UIDs stay used.
func (b *mailbox) addLocked(messages []*message, place func() error) error {
	if b.deleted {
		return ErrNoMailbox
	}
	records := make([]record, len(messages))
	uids := make([]uint32, len(messages))
	for i, m := range messages {
		m.uid = b.next + uint32(i)
		records[i], uids[i] = m.record(), m.uid
	}
	if err := b.index.append(records...); err != nil {
		return fmt.Errorf("mailserver: write index: %w", err)
	}
	b.next += uint32(len(messages))
	if place != nil {
		if err := place(); err != nil {
			return errors.Join(err, b.index.append(record{Op: opGone, UIDs: uids}))
		}
	}
	for _, m := range messages {
		b.messages = append(b.messages, m)
		// One by one: SessionTracker.EncodeSeqNum knows only steps of one.
		b.tracker.QueueNumMessages(uint32(len(b.messages)))
	}
	b.wake()
	return nil
}

// wake lets idling sessions look at their trackers.
func (b *mailbox) wake() {
	for v := range b.views {
		select {
		case v.wake <- struct{}{}:
		default: // it has a token already
		}
	}
}

// remove takes messages (ascending positions) out. The caller holds the lock
// and has cared for the index.
func (b *mailbox) remove(positions []int) {
	if len(positions) == 0 {
		return
	}
	gone := make(map[int]bool, len(positions))
	for _, i := range slices.Backward(positions) { // from the end: the lower numbers stay true
		gone[i] = true
		b.tracker.QueueExpunge(uint32(i) + 1)
	}
	kept := make([]*message, 0, len(b.messages)-len(positions))
	for i, m := range b.messages {
		if !gone[i] {
			kept = append(kept, m)
		}
	}
	b.messages = kept
	b.wake()
}

// uidsAt lists the UIDs at positions.
func (b *mailbox) uidsAt(positions []int) []uint32 {
	uids := make([]uint32, len(positions))
	for i, p := range positions {
		uids[i] = b.messages[p].uid
	}
	return uids
}

// expunge deletes those of the messages with \Deleted that are in only (nil:
// all of them).
func (b *mailbox) expunge(only imap.UIDSet) error {
	return b.delete(func(m *message) bool {
		return hasFlag(m.flags, imap.FlagDeleted) && (only == nil || only.Contains(imap.UID(m.uid)))
	})
}

// delete removes the messages that are meant, index first, then the files.
func (b *mailbox) delete(meant func(*message) bool) error {
	b.mu.Lock()
	var positions []int
	var files []string
	for i, m := range b.messages {
		if meant(m) {
			positions = append(positions, i)
			files = append(files, bodyPath(b.dir, m.body))
		}
	}
	if len(positions) > 0 {
		if err := b.index.append(record{Op: opGone, UIDs: b.uidsAt(positions)}); err != nil {
			b.mu.Unlock()
			return fmt.Errorf("mailserver: write index: %w", err)
		}
		b.remove(positions)
	}
	b.mu.Unlock()
	for _, file := range files {
		_ = os.Remove(file) // a file left behind is swept up by the next Start
	}
	return nil
}

// changeFlags applies a STORE to the messages of set and returns them all, as
// they are afterwards. Other sessions are told; v is not.
func (b *mailbox) changeFlags(v *view, set imap.NumSet, op imap.StoreFlagsOp, flags []imap.Flag) ([]picked, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var result []picked
	var records []record
	var changed []int
	for _, i := range b.find(v, set) {
		m := *b.messages[i]
		seq := v.seq(i)
		if v != nil && seq == 0 {
			continue
		}
		next := applyFlags(m.flags, op, flags)
		if !slices.Equal(next, m.flags) {
			m.flags = next
			changed = append(changed, i)
			records = append(records, record{Op: opFlags, UID: m.uid, Flags: next})
		}
		result = append(result, picked{seq, m})
	}
	if len(changed) == 0 {
		return result, nil
	}
	if err := b.index.append(records...); err != nil {
		return nil, fmt.Errorf("mailserver: write index: %w", err)
	}
	var source *imapserver.SessionTracker
	if v != nil {
		source = v.tracker
	}
	for n, i := range changed {
		b.messages[i].flags = records[n].Flags
		b.tracker.QueueMessageFlags(uint32(i)+1, imap.UID(records[n].UID), records[n].Flags, source)
	}
	b.wake()
	return result, nil
}

// open opens a message's body, also when the mailbox is being renamed. A
// message that was expunged meanwhile is fs.ErrNotExist.
func (b *mailbox) open(m message) (*os.File, error) {
	for {
		b.mu.Lock()
		dir := b.dir
		b.mu.Unlock()
		f, err := os.Open(bodyPath(dir, m.body))
		if !errors.Is(err, fs.ErrNotExist) {
			return f, withoutPath(err)
		}
		b.mu.Lock()
		same := dir == b.dir
		b.mu.Unlock()
		if same {
			return nil, withoutPath(err)
		}
	}
}

// newView starts a session's selection. The caller holds the lock.
func (b *mailbox) newView(readOnly bool, drop func() error) *view {
	v := &view{
		box: b, tracker: b.tracker.NewSession(), wake: make(chan struct{}, 1),
		readOnly: readOnly, drop: drop,
	}
	b.views[v] = struct{}{}
	return v
}

func (v *view) close() {
	v.box.mu.Lock()
	defer v.box.mu.Unlock()
	delete(v.box.views, v)
	v.tracker.Close()
}

// seq is the client's sequence number for the message at position i, 0 if it
// has none or there is no client. The caller holds the mailbox's lock.
func (v *view) seq(i int) uint32 {
	if v == nil {
		return 0
	}
	return v.tracker.EncodeSeqNum(uint32(i) + 1)
}

// find lists the positions of the messages in set, ascending. Sequence numbers
// are those of v's client. The caller holds the lock.
func (b *mailbox) find(v *view, set imap.NumSet) []int {
	switch set := b.static(v, set).(type) {
	case imap.SeqSet:
		var positions []int
		for i := range b.messages {
			if seq := v.seq(i); seq != 0 && set.Contains(seq) {
				positions = append(positions, i)
			}
		}
		return positions
	case imap.UIDSet:
		return b.findUIDs(set)
	}
	return nil
}

func (b *mailbox) findUIDs(set imap.UIDSet) []int {
	var positions []int
	for _, r := range set {
		i, _ := findUID(b.messages, uint32(r.Start))
		for ; i < len(b.messages) && b.messages[i].uid <= uint32(r.Stop); i++ {
			positions = append(positions, i)
		}
	}
	slices.Sort(positions) // 5,3:9 is allowed, and may overlap once * is known
	return slices.Compact(positions)
}

// static replaces * by the highest number in use and $ by the saved result
// (RFC 9051 section 9, seq-number and seq-range: 3:* has the last message even
// if its number is below 3).
func (b *mailbox) static(v *view, set imap.NumSet) imap.NumSet {
	if imap.IsSearchRes(set) {
		return slices.Clone(v.saved)
	}
	switch set := set.(type) {
	case imap.SeqSet:
		highest := b.highestSeq(v)
		out := slices.Clone(set)
		for i := range out {
			out[i].Start, out[i].Stop = staticRange(out[i].Start, out[i].Stop, highest)
		}
		return out
	case imap.UIDSet:
		var highest uint32
		if n := len(b.messages); n > 0 {
			highest = b.messages[n-1].uid
		}
		out := slices.Clone(set)
		for i := range out {
			start, stop := staticRange(uint32(out[i].Start), uint32(out[i].Stop), highest)
			out[i] = imap.UIDRange{Start: imap.UID(start), Stop: imap.UID(stop)}
		}
		return out
	}
	return set
}

func (b *mailbox) highestSeq(v *view) uint32 {
	for i := len(b.messages) - 1; i >= 0; i-- {
		if seq := v.seq(i); seq != 0 {
			return seq
		}
	}
	return 0
}

// staticRange: 0 stands for *.
func staticRange(start, stop, highest uint32) (uint32, uint32) {
	if start == 0 {
		start = highest
	}
	if stop == 0 {
		stop = highest
	}
	return min(start, stop), max(start, stop)
}

// pick copies the messages of set; all reports whether to take those that the
// client has not been told of, too.
func (v *view) pick(set imap.NumSet, all bool) []picked {
	v.box.mu.Lock()
	defer v.box.mu.Unlock()
	var result []picked
	for _, i := range v.box.find(v, set) {
		if seq := v.seq(i); seq != 0 || all {
			result = append(result, picked{seq, *v.box.messages[i]})
		}
	}
	return result
}

func hasFlag(flags []imap.Flag, flag imap.Flag) bool {
	return slices.ContainsFunc(flags, func(f imap.Flag) bool { return strings.EqualFold(string(f), string(flag)) })
}

// applyFlags makes a new list. \Recent and \* cannot be stored.
func applyFlags(old []imap.Flag, op imap.StoreFlagsOp, flags []imap.Flag) []imap.Flag {
	var next []imap.Flag
	if op != imap.StoreFlagsSet {
		next = slices.Clone(old)
	}
	for _, f := range flags {
		switch {
		case op == imap.StoreFlagsDel:
			next = slices.DeleteFunc(next, func(g imap.Flag) bool { return strings.EqualFold(string(f), string(g)) })
		case f == imap.FlagWildcard || strings.EqualFold(string(f), `\Recent`):
		case !hasFlag(next, f):
			next = append(next, canonicalFlag(f))
		}
	}
	return next
}

// canonicalFlag spells system flags as RFC 9051 section 2.3.2 does.
func canonicalFlag(f imap.Flag) imap.Flag {
	for _, known := range systemFlags {
		if strings.EqualFold(string(f), string(known)) {
			return known
		}
	}
	return f
}

var systemFlags = []imap.Flag{imap.FlagSeen, imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagDraft}
