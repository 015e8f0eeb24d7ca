package outbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"uketsuke/internal/casework"
)

// The types that outbox and store share stand in casework.
type (
	Guard     = casework.Gate
	Brakes    = casework.Brakes
	Claimed   = casework.Claimed
	Claims    = casework.Claims
	Rejection = casework.Rejection
	Settled   = casework.Settled
	Copy      = casework.Copy
	Drafting  = casework.Drafting
)

// DefaultBrakes are those of qualities.md, Safety 4.
var DefaultBrakes = Brakes{PerPersonHour: 20, PerCaseDay: 30, PerHour: 600}

// Store is what the outbox needs of the database; see package store for what each does.
type Store interface {
	Claim(ctx context.Context, epoch int64, now time.Time, limit int, guard Guard, brakes Brakes) (Claims, error)
	Accepted(ctx context.Context, r Settled) error
	Deferred(ctx context.Context, rs ...Settled) error
	Refused(ctx context.Context, r Settled) error
	Drafted(ctx context.Context, r Settled) error
	Unreported(ctx context.Context, limit int) ([]casework.DeliveryFailure, error)
	NoteReported(ids []int64)
	CopiesDue(ctx context.Context, limit int) ([]Copy, error)
	NoteCopied(ids []int64)
	NextDue(ctx context.Context) (time.Time, bool, error)
	RecheckDrafts(ctx context.Context, now time.Time, guard Guard) (int, error)
}

// Transport hands one mail to a server. rejected are recipients that were not taken although others were. An error
// may be a Failure; any other is temporary. With Runner.Parallel above 1 it is called from several goroutines.
type Transport interface {
	Send(ctx context.Context, from string, to []string, raw []byte) (rejected map[string]error, err error)
}

// Failure is an error that knows what it means.
type Failure interface {
	error
	IsPermanent() bool // no further attempt will do
	IsUnknown() bool   // the mail may have been taken: the server's answer was lost
}

// connectionFailure is an error that has nothing to do with the letter: no server was reached, or it would not let
// us in.
type connectionFailure interface{ IsConnection() bool }

// replyCode is an error that has an SMTP reply code.
type replyCode interface{ ReplyCode() int }

// Folders puts copies and drafts into the mailbox.
type Folders interface {
	Append(ctx context.Context, folder string, raw []byte, flags []string, at time.Time) error
	// HaveMessageIDs looks among what came into the folder after a mark; now is the folder's mark at that look.
	HaveMessageIDs(ctx context.Context, folder string, ids []string, after Mark) (have map[string]bool, now Mark, err error)
}

// Mark is how far a folder was filled at one moment, see package mailbox. The zero Mark is before everything.
type Mark struct{ UIDValidity, UIDNext uint32 }

// manyAppender is what Folders may do besides: put mails into a folder without waiting for one's answer before the
// next is sent. errs has one entry a mail, nil for those that are there.
type manyAppender interface {
	AppendMany(ctx context.Context, folder string, raws [][]byte, flags []string, at []time.Time) (errs []error)
}

// IMAP flags of copies and drafts (RFC 9051 section 2.3.2).
const (
	flagSeen  = `\Seen`
	flagDraft = `\Draft`
)

// DownError tells that a round ended because no server was reached; the letters wait until Until.
type DownError struct {
	Until time.Time
	Err   error
}

func (e *DownError) Error() string {
	return fmt.Sprintf("no letter can be handed over at present, next try at %s: %v", e.Until.Format(time.RFC3339), e.Err)
}

// Unwrap returns the connection's failure.
func (e *DownError) Unwrap() error { return e.Err }

func isPermanent(err error) bool {
	var f Failure
	return errors.As(err, &f) && f.IsPermanent()
}

func isUnknown(err error) bool {
	var f Failure
	return errors.As(err, &f) && f.IsUnknown()
}

func isConnection(err error) bool {
	var f connectionFailure
	if errors.As(err, &f) {
		return f.IsConnection()
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func codeOf(err error) int {
	var f replyCode
	if errors.As(err, &f) {
		return f.ReplyCode()
	}
	return 0
}
