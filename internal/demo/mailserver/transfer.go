package mailserver

import (
	"errors"
	"fmt"
	"os"

	"github.com/emersion/go-imap/v2"
)

// moveTo moves messages between two different mailboxes; nil when set has
// none. All move or none does.
func (b *mailbox) moveTo(v *view, set imap.NumSet, dest *mailbox) (*imap.CopyData, error) {
	first, second := b, dest
	if second.order < first.order {
		first, second = second, first
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	second.mu.Lock()
	defer second.mu.Unlock()

	positions := b.find(v, set)
	if len(positions) == 0 {
		return nil, nil
	}
	moved := make([]*message, len(positions))
	for i, p := range positions {
		m := *b.messages[p]
		moved[i] = &m
	}
	err := dest.addLocked(moved, func() error { return renameBodies(moved, b.dir, dest.dir) })
	if err != nil {
		return nil, err
	}
	source := b.uidsAt(positions)
	if err := b.index.append(record{Op: opGone, UIDs: source}); err != nil {
		// The files are in dest; the next Start drops these lines without files.
		b.server.log.Error("mail index not written after a move", "error", err)
	}
	b.remove(positions)
	return dest.copyData(source, moved), nil
}

// renameBodies moves the files; on a fault those already moved go back.
func renameBodies(messages []*message, from, to string) error {
	for i, m := range messages {
		err := os.Rename(bodyPath(from, m.body), bodyPath(to, m.body))
		if err == nil {
			continue
		}
		err = fmt.Errorf("mailserver: move body: %w", withoutPath(err))
		for _, done := range messages[:i] {
			err = errors.Join(err, withoutPath(os.Rename(bodyPath(to, done.body), bodyPath(from, done.body))))
		}
		return err
	}
	return nil
}

// copyTo copies the picked messages into dest (which may be b); nil when there
// are none. All are copied or none is.
func (b *mailbox) copyTo(list []picked, dest *mailbox) (*imap.CopyData, error) {
	if len(list) == 0 {
		return nil, nil
	}
	b.mu.Lock()
	from := b.dir
	b.mu.Unlock()
	dest.mu.Lock()
	to := dest.dir
	dest.mu.Unlock()

	copies := make([]*message, 0, len(list))
	source := make([]uint32, 0, len(list))
	undo := func() {
		for _, m := range copies {
			_ = os.Remove(bodyPath(to, m.body))
		}
	}
	for _, p := range list {
		m := p.message
		_, number, err := b.server.linkBody(bodyPath(from, m.body), to)
		if err != nil {
			undo()
			return nil, fmt.Errorf("mailserver: copy body: %w", err)
		}
		m.body = number
		copies = append(copies, &m)
		source = append(source, p.uid)
	}
	if err := dest.add(copies...); err != nil {
		undo()
		return nil, err
	}
	return dest.copyData(source, copies), nil
}

// copyData is what COPYUID says (RFC 4315 section 3): the n-th UID of one set
// became the n-th of the other; both ascend here.
func (b *mailbox) copyData(source []uint32, copies []*message) *imap.CopyData {
	data := &imap.CopyData{UIDValidity: b.validity}
	for i, m := range copies {
		data.SourceUIDs = appendUID(data.SourceUIDs, source[i])
		data.DestUIDs = appendUID(data.DestUIDs, m.uid)
	}
	return data
}

// appendUID adds a UID above all in the set, in constant time.
func appendUID(set imap.UIDSet, uid uint32) imap.UIDSet {
	if n := len(set); n > 0 && uint32(set[n-1].Stop)+1 == uid {
		set[n-1].Stop = imap.UID(uid)
		return set
	}
	return append(set, imap.UIDRange{Start: imap.UID(uid), Stop: imap.UID(uid)})
}
