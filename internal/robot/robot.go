// Package robot is the shell: it sequences the rooms and keeps no rule of its own.
//
// One pass over the mailbox:
//
//  1. Ask for UIDVALIDITY and UIDNEXT; decide where the office's mail begins (start = now | DATE | all).
//  2. List the UIDs from the cursor on, leave out what the store knows (flags decide nothing); note those that are gone.
//  3. Fetch in batches, in order of arrival; understand each batch in parallel while the one before is decided.
//  4. store.Handle: decide, number, render, write; one transaction a batch.
//  5. Wake the filer (moves mails to their folders) and the sender (outbox); they and the copier (Sent) run beside
//     the next batch.
//  6. Move the cursor over what is accounted for.
//  7. Try the passwords that have come on the files that wait for one (unlock.go).
//  8. Let letters go whose hold was over when the pass began; once a day, write the reminders (remind.go).
//
// Before the inbox it looks what people have made of drafts, and after it the guard is asked about those that wait
// (drafts.go).
//
// A mail that fails three times is put aside and told to the clerk; the next one is done. One that the mail server or
// the database cannot take at all is tried again behind all others. One bad mail blocks nobody.
package robot

import (
	"context"
	"io"
	"log/slog"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/intake"
	"uketsuke/internal/letter"
	"uketsuke/internal/outbox"
	"uketsuke/internal/seal"
)

// Place is the state of the inbox.
type Place struct{ UIDValidity, UIDNext uint32 }

// Head is what a listing tells of a mail.
type Head struct {
	UID          uint32
	Size         int64
	InternalDate time.Time
}

// Mailbox is what the robot needs of IMAP; package mailbox does it.
type Mailbox interface {
	Status(ctx context.Context) (Place, error)
	List(ctx context.Context, from uint32) ([]Head, error)
	Fetch(ctx context.Context, uids []uint32, fn func(uid uint32, internal time.Time, size int64, r io.Reader) error) error
	Move(ctx context.Context, uids []uint32, folder string) (gone []uint32, err error)
}

// Cursor is where the office's mail begins and how far it is accounted for.
type Cursor struct {
	UIDValidity uint32
	Next        uint32    // all UIDs below are accounted for
	Since       time.Time // mails that arrived before are none of ours; zero: all are. See early
}

// Store is what the robot needs of the database; package store does it.
type Store interface {
	Handle(ctx context.Context, in []casework.Inbound, decide casework.DecideFunc, render casework.RenderFunc) ([]casework.Handled, error)
	Known(ctx context.Context, uidvalidity uint32, uids []uint32) (map[uint32]bool, error)
	Cursor(ctx context.Context) (Cursor, bool, error)
	SetCursor(ctx context.Context, c Cursor) error
	ToFile(ctx context.Context, limit int) ([]casework.Filing, error)
	NoteFiled(filings []casework.Filing)
	NoteVanished(uidvalidity uint32, uids []uint32)            // gone without having been dealt with
	Release(ctx context.Context, began time.Time) (int, error) // letters held until a pass that began then
	Flush(ctx context.Context) error
	Drafts(ctx context.Context) (casework.Drafts, error) // those that are looked for
	NoteDrafts(ctx context.Context, n casework.DraftNotes) error
	LetterBytes(ctx context.Context, letter int64) ([]byte, error)
	BlobStore
	Locks
	Reminders
	Idle(ctx context.Context) error // checkpoint, old bytes
}

// BlobStore gives received workbooks back, by hex SHA-256.
type BlobStore interface {
	Blob(ctx context.Context, hash string) ([]byte, error)
}

// Start says which mails of the mailbox's first sight are the office's: those from now on, from a day on, or all.
type Start struct {
	All  bool
	From time.Time // zero and not All: from now on
}

// Settings are the robot's, from the configuration.
type Settings struct {
	Office      casework.Office
	Folders     map[casework.Folder]string
	Start       Start
	MaxMessage  int64                  // bytes; larger mails are spooled to a file and put aside
	Batch       int                    // mails in one transaction
	BatchBytes  int64                  // and bytes
	CcWindow    bool                   // answers to an agency go to its window, too
	Off         []casework.CommandName // commands that the office has switched off
	CodeDays    int                    // business days for which a code is valid, as calendar days
	Hold        time.Duration          // letters to a provider or a company wait so long before they leave
	DraftGrace  time.Duration          // a draft may be in no folder for so long before it counts as deleted
	Prefectures bool                   // an inquiry may name the company's prefecture
	FormFile    string                 // path of the office's additional-information form; "" it has none
	Poll        time.Duration          // beside IDLE
	Spool       string                 // folder for large mails
	Workers     int                    // understanding in parallel
	Digests     Digests
	Alone       bool // Once files and sends after the pass, not beside it: the same steps in every run
}

// Robot is one office's robot. All fields are set before Run, Once or Pass is called.
type Robot struct {
	Settings
	Intake     intake.Settings
	Roster     func(casework.Standing) casework.Roster // today's, with what the office has laid over it
	Calendar   Calendar
	Keys       seal.Keys
	Prefecture func(address string) string
	Lacks      func(string) []rune
	Agreed     func(agency string) (string, error) // the password agreed with an agency for its referrals
	OwnForm    func(agency string) ([]byte, error) // the agency's own referral form
	OfficeWord func(office string) (string, error) // the password agreed with another office
	Store      Store
	Blobs      BlobStore // where Store is nil: a trial has no store to write to
	Mailbox    Mailbox
	Others     OtherFolders // nil: nobody looks after drafts
	Outbox     *outbox.Runner
	Renew      func(ctx context.Context) error // takes the store's lease anew
	Letters    *letter.Renderer
	Watch      func(ctx context.Context, notify func()) error // nil: only polling
	Now        func() time.Time
	Random     io.Reader
	Log        *slog.Logger
	Fate       func(Fate) // told of every mail that was dealt with; may be nil

	// Lying lists the mails that lie where nobody has dealt with them, since a day: in Junk, put aside, left in the inbox.
	Lying func(ctx context.Context, since time.Time) ([]casework.Unread, error)

	drain    <-chan struct{} // closed: end after the batch
	seen     time.Time       // the latest of the wall clock, to notice when it goes back
	told     map[string]bool // alarms that were raised
	trouble  map[uint32]int  // UID -> how often it broke a fetch or a transaction that holds nothing else
	reminded string          // the day whose reminders are written
	behind   bool            // the wall clock, behind the mail server's when mails came last
	single   bool            // a batch was refused as a whole: each mail alone, until a pass succeeds
	watch    draftWatch

	wakeFiler, wakeSender, wakeCopier chan struct{}
	passed                            chan struct{} // a pass has ended: what it brought is complete
}

// Fate is what became of one mail, for `run --once`, `demo` and the log.
type Fate struct {
	UID     uint32
	File    string
	Kind    casework.MailKind
	Handled casework.Handled
	At      time.Time
}

// Report is what one pass did.
type Report struct {
	Mails  int
	Failed int
	Cut    bool // it was told to end before everything was done
}

func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// init prepares what has no settings; every way in calls it.
func (r *Robot) init() {
	if r.wakeFiler == nil {
		r.wakeFiler, r.wakeSender, r.wakeCopier = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{}, 1)
		r.passed = make(chan struct{}, 1)
		r.told, r.trouble = map[string]bool{}, map[uint32]int{}
	}
}
