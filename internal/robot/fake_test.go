package robot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/clock"
	"uketsuke/internal/command"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/inbound"
	"uketsuke/internal/intake"
	"uketsuke/internal/outbox"
)

var noon = time.Date(2026, 11, 16, 12, 0, 0, 0, casework.JST)

// box is an inbox in memory.
type box struct {
	mu       sync.Mutex
	place    Place
	mails    map[uint32]letterIn
	silent   bool            // the server does not tell UIDNEXT
	unlisted map[uint32]int  // UIDs that so many listings leave out
	cut      map[uint32]bool // mails at which a fetch breaks off
	extra    []uint32        // delivered unasked
	onFetch  func(uids []uint32)
	moved    map[uint32]string
	refuse   map[string]bool // folders that take nothing
}

type letterIn struct {
	raw  []byte
	at   time.Time
	size int64 // as listed; 0 is the true one
}

func newBox() *box {
	return &box{place: Place{UIDValidity: 7, UIDNext: 1}, mails: map[uint32]letterIn{}, unlisted: map[uint32]int{}, cut: map[uint32]bool{},
		moved: map[uint32]string{}, refuse: map[string]bool{}}
}

// add puts a mail in and returns its UID.
func (b *box) add(text string) uint32 { return b.put(text, noon) }

func (b *box) put(text string, at time.Time) uint32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	uid := b.place.UIDNext
	b.place.UIDNext++
	raw := fmt.Sprintf("From: a@agency.example\r\nTo: office@jetro.example\r\nSubject: %s\r\nMessage-ID: <%s@x>\r\nDate: Mon, 16 Nov 2026 12:00:00 +0900\r\n\r\n%s\r\n", text[:min(len(text), 20)], text[:min(len(text), 20)], text)
	b.mails[uid] = letterIn{raw: []byte(raw), at: at}
	return uid
}

func (b *box) Status(context.Context) (Place, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.place
	if b.silent {
		p.UIDNext = 0
	}
	return p, nil
}

func (b *box) List(_ context.Context, from uint32) ([]Head, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Head
	for _, uid := range slices.Sorted(maps.Keys(b.mails)) {
		if b.unlisted[uid] > 0 {
			b.unlisted[uid]--
			continue
		}
		m := b.mails[uid]
		if m.size == 0 {
			m.size = int64(len(m.raw))
		}
		if uid >= from {
			out = append(out, Head{UID: uid, Size: m.size, InternalDate: m.at})
		}
	}
	return out, nil
}

var errCut = errors.New("connection reset")

func (b *box) Fetch(ctx context.Context, uids []uint32, fn func(uint32, time.Time, int64, io.Reader) error) error {
	if b.onFetch != nil {
		b.onFetch(uids)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, uid := range append(slices.Clone(b.extra), uids...) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m, ok := b.mails[uid]
		if !ok {
			continue
		}
		if b.cut[uid] {
			return errCut
		}
		if err := fn(uid, m.at, int64(len(m.raw)), bytes.NewReader(m.raw)); err != nil {
			return err
		}
	}
	return nil
}

func (b *box) Move(_ context.Context, uids []uint32, folder string) ([]uint32, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse[folder] {
		return nil, errors.New("NO such folder")
	}
	for _, uid := range uids {
		b.moved[uid] = folder
		delete(b.mails, uid)
	}
	return nil, nil
}

// memory is a store: what was done by content, where it lies, and which mails fail.
type memory struct {
	mu       sync.Mutex
	cursor   *Cursor
	done     map[[32]byte]string
	order    []string
	places   map[Place]bool // UIDVALIDITY and UID
	vanished []uint32
	failures map[[32]byte]int
	fails    map[string]error // subject -> its mail's own fault
	refuses  map[string]error // subject -> the transaction's fault
	kinds    map[string]casework.MailKind
	alarms   []string
	filing   []casework.Filing
	filed    map[uint32]bool
	reminded string
	onHandle func([]casework.Inbound)
	sizes    []int
}

func newMemory() *memory {
	return &memory{done: map[[32]byte]string{}, places: map[Place]bool{}, failures: map[[32]byte]int{}, fails: map[string]error{},
		refuses: map[string]error{}, kinds: map[string]casework.MailKind{}, filed: map[uint32]bool{}}
}

func (m *memory) Handle(ctx context.Context, ins []casework.Inbound, _ casework.DecideFunc, _ casework.RenderFunc) ([]casework.Handled, error) {
	if m.onHandle != nil {
		m.onHandle(ins)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	for _, in := range ins {
		if err := m.refuses[in.Input.Subject]; err != nil && in.Input.Kind != casework.MailBroken {
			return nil, err
		}
	}
	m.sizes = append(m.sizes, len(ins))
	out := make([]casework.Handled, len(ins))
	for i, in := range ins {
		out[i] = m.one(in)
	}
	return out, nil
}

func (m *memory) one(in casework.Inbound) casework.Handled {
	subject := in.Input.Subject
	if in.System {
		if err := m.fails[subject]; err != nil {
			return casework.Handled{Err: err, Failures: 1}
		}
		m.alarms = append(m.alarms, subject)
		return casework.Handled{}
	}
	if _, seen := m.done[in.Hash]; seen {
		m.places[Place{in.UIDValidity, in.UID}] = true
		return casework.Handled{Seen: true}
	}
	if err := m.fails[subject]; err != nil {
		m.failures[in.Hash]++
		return casework.Handled{Err: err, Failures: m.failures[in.Hash]}
	}
	m.places[Place{in.UIDValidity, in.UID}] = true
	m.done[in.Hash] = subject
	m.order = append(m.order, subject)
	m.kinds[subject] = in.Input.Kind
	return casework.Handled{}
}

func (m *memory) Known(_ context.Context, v uint32, uids []uint32) (map[uint32]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[uint32]bool{}
	for _, uid := range uids {
		if m.places[Place{v, uid}] || slices.Contains(m.vanished, uid) {
			out[uid] = true
		}
	}
	return out, nil
}

func (m *memory) Cursor(context.Context) (Cursor, bool, error) {
	if m.cursor == nil {
		return Cursor{}, false, nil
	}
	return *m.cursor, true, nil
}
func (m *memory) SetCursor(_ context.Context, c Cursor) error { m.cursor = &c; return nil }
func (m *memory) ToFile(_ context.Context, limit int) (out []casework.Filing, err error) {
	for _, f := range m.filing {
		if !m.filed[f.UID] && len(out) < limit {
			out = append(out, f)
		}
	}
	return out, nil
}
func (m *memory) NoteFiled(fs []casework.Filing) {
	for _, f := range fs {
		m.filed[f.UID] = true
	}
}
func (m *memory) NoteVanished(_ uint32, uids []uint32)                  { m.vanished = append(m.vanished, uids...) }
func (m *memory) Release(context.Context, time.Time) (int, error)       { return 0, nil }
func (m *memory) Drafts(context.Context) (casework.Drafts, error)       { return casework.Drafts{}, nil }
func (m *memory) Unsent(context.Context) ([]casework.Unsent, error)     { return nil, nil }
func (m *memory) NoteDrafts(context.Context, casework.DraftNotes) error { return nil }
func (m *memory) LetterBytes(context.Context, int64) ([]byte, error) {
	return nil, errors.New("no letter")
}
func (m *memory) Flush(context.Context) error                  { return nil }
func (m *memory) Blob(context.Context, string) ([]byte, error) { return nil, errors.New("no blob") }
func (m *memory) LockedDue(context.Context, time.Time) ([]casework.LockedMail, error) {
	return nil, nil
}
func (m *memory) SenderMails(context.Context, casework.LockedMail) ([]casework.SenderMail, error) {
	return nil, nil
}
func (m *memory) UnlockSpent(context.Context, string, time.Time) (time.Duration, error) {
	return 0, nil
}
func (m *memory) NoteTried(context.Context, casework.LockedMail, int64, time.Duration, ...int64) error {
	return nil
}
func (m *memory) SheetPassword(context.Context, string) (string, error) {
	return "", errors.New("no password")
}
func (m *memory) Idle(context.Context) error                            { return nil }
func (m *memory) WaitingCases(context.Context) ([]int64, error)         { return nil, nil }
func (m *memory) HeldCases(context.Context) ([]int64, error)            { return nil, nil }
func (m *memory) CaseNow(context.Context, int64) (casework.Case, error) { return casework.Case{}, nil }
func (m *memory) Outside(context.Context) (casework.Standing, bool, error) {
	return casework.Standing{}, false, nil
}
func (m *memory) LockedWaiting(context.Context, time.Time) ([]casework.LockedMail, error) {
	return nil, nil
}
func (m *memory) RemindersOut(context.Context, time.Time) ([]string, error) { return nil, nil }
func (m *memory) ReminderDay(context.Context) (string, error)               { return m.reminded, nil }
func (m *memory) SetReminderDay(_ context.Context, day string) error        { m.reminded = day; return nil }

// silence is an outbox without letters.
type silence struct{}

func (silence) Claim(context.Context, int64, time.Time, int, outbox.Guard, outbox.Brakes) (outbox.Claims, error) {
	return outbox.Claims{}, nil
}
func (silence) Accepted(context.Context, outbox.Settled) error                      { return nil }
func (silence) Deferred(context.Context, ...outbox.Settled) error                   { return nil }
func (silence) Refused(context.Context, outbox.Settled) error                       { return nil }
func (silence) Drafted(context.Context, outbox.Settled) error                       { return nil }
func (silence) RecheckDrafts(context.Context, time.Time, outbox.Guard) (int, error) { return 0, nil }
func (silence) Unreported(context.Context, int) ([]casework.DeliveryFailure, error) {
	return nil, nil
}
func (silence) NoteReported([]int64)                                  {}
func (silence) CopiesDue(context.Context, int) ([]outbox.Copy, error) { return nil, nil }
func (silence) NoteCopied([]int64)                                    {}
func (silence) NextDue(context.Context) (time.Time, bool, error)      { return time.Time{}, false, nil }

func nobody(casework.Standing) casework.Roster { return agreeing{} }

// office is a robot over the fakes.
func office(t *testing.T) (*Robot, *box, *memory, *bytes.Buffer) {
	t.Helper()
	b, m := newBox(), newMemory()
	var log bytes.Buffer
	parser, _ := command.New(nil)
	r := &Robot{Settings: Settings{Start: Start{All: true}, MaxMessage: 4096, Batch: 4, BatchBytes: 4096, Poll: time.Hour, Spool: t.TempDir(), Workers: 2, Alone: true,
		Folders: map[casework.Folder]string{casework.FolderDone: "done", casework.FolderAside: "aside"}},
		Intake: intake.Settings{Inbound: inbound.Options{Limits: inbound.DefaultLimits()}, Layout: entrysheet.DefaultLayout(), Limits: entrysheet.DefaultLimits(), Commands: parser},
		Store:  m, Mailbox: b, Now: func() time.Time { return noon }, Calendar: clock.New(nil, clock.Hours{}), Roster: nobody, Log: slog.New(slog.NewTextHandler(&log, nil))}
	r.Outbox = &outbox.Runner{Store: silence{}, Now: r.Now}
	return r, b, m, &log
}

func (m *memory) DigestedAt(context.Context, string) (time.Time, error) { return time.Time{}, nil }

func (m *memory) Desk(context.Context, time.Time) (casework.Desk, error) { return casework.Desk{}, nil }

func (m *memory) Flow(context.Context, time.Time, time.Time) (casework.Flow, error) {
	return casework.Flow{}, nil
}

func (m *memory) EndedSince(context.Context, time.Time) ([]int64, error) { return nil, nil }
