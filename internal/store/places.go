package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"uketsuke/internal/casework"
)

// Filing is a mail that lies in the inbox and is to be moved into a folder.
type Filing = casework.Filing

// Cursor is where the office's mail begins and how far the inbox is accounted for.
type Cursor = struct {
	UIDValidity uint32
	Next        uint32    // all UIDs below are accounted for
	Since       time.Time // mails that arrived before are none of ours; zero: all are
}

type place struct{ uidvalidity, uid uint32 }

// notes are done deeds that need no transaction of their own: they are written with the next one of any kind, or by
// Flush. Lost in a crash, each is found out again: a filed mail is no longer in the inbox, a copy is found in Sent.
type notes struct {
	mu       sync.Mutex
	filed    map[place]bool
	vanished map[place]bool
	copied   map[int64]bool
	reported map[int64]bool
	cursor   *Cursor
}

func (n *notes) clear() {
	n.filed, n.vanished, n.copied, n.reported = map[place]bool{}, map[place]bool{}, map[int64]bool{}, map[int64]bool{}
}

// noted is the content of the notes at one moment.
type noted struct {
	filed, vanished  []place
	copied, reported []int64
	cursor           *Cursor
}

func (n *notes) take() noted {
	n.mu.Lock()
	defer n.mu.Unlock()
	keys := func(m map[int64]bool) []int64 { return slices.Sorted(maps.Keys(m)) }
	return noted{slices.Collect(maps.Keys(n.filed)), slices.Collect(maps.Keys(n.vanished)), keys(n.copied), keys(n.reported), n.cursor}
}

// written forgets the notes that a commit has made durable.
func (n *notes) written(d noted) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range d.filed {
		delete(n.filed, p)
	}
	for _, p := range d.vanished {
		delete(n.vanished, p)
	}
	for _, id := range d.copied {
		delete(n.copied, id)
	}
	for _, id := range d.reported {
		delete(n.reported, id)
	}
	if n.cursor == d.cursor {
		n.cursor = nil
	}
}

func (n *notes) setCursor(c Cursor) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cursor = &c
}

func (d noted) empty() bool {
	return len(d.filed)+len(d.vanished)+len(d.copied)+len(d.reported) == 0 && d.cursor == nil
}

func (t *tx) writeNotes(d noted) error {
	at := millis(t.now)
	for _, p := range d.filed {
		if _, err := t.q.exec("UPDATE mailbox_uid SET filed_at = ? WHERE uidvalidity = ? AND uid = ?", at, p.uidvalidity, p.uid); err != nil {
			return err
		}
	}
	for _, p := range d.vanished {
		if _, err := t.q.exec(`INSERT INTO mailbox_uid (uidvalidity, uid, folder, vanished_at) VALUES (?,?,'',?)
			ON CONFLICT (uidvalidity, uid) DO UPDATE SET vanished_at = excluded.vanished_at WHERE filed_at IS NULL AND vanished_at IS NULL`,
			p.uidvalidity, p.uid, at); err != nil {
			return err
		}
	}
	for _, id := range d.copied {
		if _, err := t.q.exec("DELETE FROM copy_due WHERE letter_id = ?", id); err != nil {
			return err
		}
	}
	for _, id := range d.reported {
		if _, err := t.q.exec("UPDATE letter SET report = NULL WHERE id = ?", id); err != nil {
			return err
		}
	}
	if d.cursor == nil {
		return nil
	}
	data, err := json.Marshal(d.cursor)
	if err != nil {
		return fmt.Errorf("encode the cursor: %w", err)
	}
	return t.set("cursor", string(data))
}

// NoteFiled notes that mails were moved into their folders.
func (s *Store) NoteFiled(filings []Filing) {
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	for _, f := range filings {
		s.notes.filed[place{f.UIDValidity, f.UID}] = true
	}
}

// NoteVanished notes UIDs of the inbox that are gone without having been filed by us, fetched or not (S9).
func (s *Store) NoteVanished(uidvalidity uint32, uids []uint32) {
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	for _, uid := range uids {
		s.notes.vanished[place{uidvalidity, uid}] = true
	}
}

// Flush writes the open notes; without any it does nothing.
func (s *Store) Flush(ctx context.Context) error {
	if s.notes.take().empty() {
		return nil
	}
	return s.write(ctx, func(*tx) error { return nil })
}

// ToFile lists mails that wait to be moved into their folders, in the order of their UIDs.
func (s *Store) ToFile(_ context.Context, limit int) ([]Filing, error) {
	open := s.notes.take()
	done := map[place]bool{}
	for _, p := range append(open.filed, open.vanished...) {
		done[p] = true
	}
	var out []Filing
	err := s.r.each(`SELECT message, uidvalidity, uid, folder FROM mailbox_uid
		WHERE folder <> '' AND filed_at IS NULL AND vanished_at IS NULL ORDER BY uidvalidity, uid LIMIT ?`, []any{limit + len(done)},
		func(scan func(...any) error) error {
			var f Filing
			if err := scan(&f.Message, &f.UIDValidity, &f.UID, &f.Folder); err != nil {
				return err
			}
			if !done[place{f.UIDValidity, f.UID}] && len(out) < limit {
				out = append(out, f)
			}
			return nil
		})
	return out, wrap(err, "list mails to file")
}

// Known tells which of these UIDs are accounted for: fetched, or noted as vanished.
func (s *Store) Known(_ context.Context, uidvalidity uint32, uids []uint32) (map[uint32]bool, error) {
	known := map[uint32]bool{}
	if len(uids) == 0 {
		return known, nil
	}
	list, err := json.Marshal(uids)
	if err != nil {
		return nil, fmt.Errorf("encode UIDs: %w", err)
	}
	err = s.r.each("SELECT m.uid FROM json_each(?) j CROSS JOIN mailbox_uid m ON m.uidvalidity = ? AND m.uid = j.value",
		[]any{string(list), uidvalidity}, func(scan func(...any) error) error {
			var uid uint32
			err := scan(&uid)
			known[uid] = true
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("look which UIDs are known: %w", err)
	}
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	for _, uid := range uids {
		if s.notes.vanished[place{uidvalidity, uid}] {
			known[uid] = true
		}
	}
	return known, nil
}

// Cursor reads the cursor; false before the first SetCursor.
func (s *Store) Cursor(context.Context) (c Cursor, ok bool, err error) {
	if open := s.notes.take().cursor; open != nil {
		return *open, true, nil
	}
	v, err := lookup{q: s.r}.setting("cursor")
	if err != nil || v == "" {
		return c, false, err
	}
	if err := json.Unmarshal([]byte(v), &c); err != nil {
		return c, false, fmt.Errorf("read setting cursor: %w", err)
	}
	return c, true, nil
}

// SetCursor moves the cursor: at the first start, when the mailbox got a new UIDVALIDITY, after a complete pass. A
// step forward within one UIDVALIDITY is a note only (see notes): without it the next pass looks at more UIDs and
// finds them known.
func (s *Store) SetCursor(ctx context.Context, c Cursor) error {
	have, ok, err := s.Cursor(ctx)
	if err != nil {
		return err
	}
	s.notes.setCursor(c)
	if ok && have.UIDValidity == c.UIDValidity && have.Since.Equal(c.Since) {
		return nil
	}
	return s.Flush(ctx)
}
