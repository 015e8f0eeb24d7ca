package mailserver

import (
	"errors"
	"fmt"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-smtp"
)

// The steps at which Options.Hook is called; the package comment says what has
// and has not happened at each.
const (
	StepIMAPConnect       = "imap.connect"
	StepIMAPLogin         = "imap.login"
	StepIMAPList          = "imap.list"
	StepIMAPCreate        = "imap.create"
	StepIMAPStatus        = "imap.status"
	StepIMAPSelect        = "imap.select"
	StepIMAPSearch        = "imap.search"
	StepIMAPFetch         = "imap.fetch"
	StepIMAPStoreBefore   = "imap.store.before"
	StepIMAPStoreAfter    = "imap.store.after"
	StepIMAPCopyBefore    = "imap.copy.before"
	StepIMAPCopyAfter     = "imap.copy.after"
	StepIMAPMoveBefore    = "imap.move.before"
	StepIMAPMoveAfter     = "imap.move.after"
	StepIMAPExpungeBefore = "imap.expunge.before"
	StepIMAPExpungeAfter  = "imap.expunge.after"
	StepIMAPAppendBefore  = "imap.append.before"
	StepIMAPAppendAfter   = "imap.append.after"
	StepIMAPIdle          = "imap.idle"
	StepSMTPConnect       = "smtp.connect"
	StepSMTPMail          = "smtp.mail"
	StepSMTPRcpt          = "smtp.rcpt"
	StepSMTPData          = "smtp.data"
	StepSMTPDataBefore    = "smtp.data.before"
	StepSMTPDataStored    = "smtp.data.stored"
)

var steps = []string{
	StepIMAPConnect, StepIMAPLogin, StepIMAPList, StepIMAPCreate, StepIMAPStatus,
	StepIMAPSelect, StepIMAPSearch, StepIMAPFetch,
	StepIMAPStoreBefore, StepIMAPStoreAfter, StepIMAPCopyBefore, StepIMAPCopyAfter,
	StepIMAPMoveBefore, StepIMAPMoveAfter, StepIMAPExpungeBefore, StepIMAPExpungeAfter,
	StepIMAPAppendBefore, StepIMAPAppendAfter, StepIMAPIdle,
	StepSMTPConnect, StepSMTPMail, StepSMTPRcpt, StepSMTPData,
	StepSMTPDataBefore, StepSMTPDataStored,
}

// Steps lists every step name, IMAP before SMTP, each in the order in which a
// session meets them.
func Steps() []string { return slices.Clone(steps) }

// Reply is an error that a Hook returns to have the server answer instead of
// dropping the connection.
type Reply struct {
	// Code is the SMTP reply code, 4xx or 5xx; 0 means 451. 421 is answered
	// and the connection stays open, as the client is the one to leave.
	// IMAP ignores it.
	Code int
	// Enhanced is the SMTP enhanced status code (RFC 3463); the zero value
	// means X.0.0 with Code's first digit. IMAP ignores it.
	Enhanced [3]int
	// Text is the human-readable part, one line of ASCII.
	Text string
	// ResponseCode is IMAP's bracketed code without brackets, such as
	// "OVERQUOTA" or "TRYCREATE"; empty for none. SMTP ignores it.
	ResponseCode string
}

// Error tells the reply as SMTP would write it.
func (r Reply) Error() string { return fmt.Sprintf("reply %d %s", r.code(), r.text()) }

func (r Reply) code() int {
	if r.Code == 0 {
		return 451
	}
	return r.Code
}

func (r Reply) text() string {
	if r.Text == "" {
		return "Refused"
	}
	return r.Text
}

func (r Reply) smtp() *smtp.SMTPError {
	return &smtp.SMTPError{Code: r.code(), EnhancedCode: smtp.EnhancedCode(r.Enhanced), Message: r.text()}
}

func (r Reply) imap() *imap.Error {
	return &imap.Error{
		Type: imap.StatusResponseTypeNo,
		Code: imap.ResponseCode(r.ResponseCode),
		Text: r.text(),
	}
}

// errDropped ends a command whose connection was closed on purpose.
var errDropped = errors.New("connection dropped at a step")

// step calls the hook. The result is nil, a Reply, or errDropped after drop
// was called.
func (s *Server) step(name string, drop func() error) error {
	if s.opt.Hook == nil {
		return nil
	}
	err := s.opt.Hook(name)
	if err == nil {
		return nil
	}
	var reply Reply
	if errors.As(err, &reply) {
		return reply
	}
	var pointer *Reply
	if errors.As(err, &pointer) {
		return *pointer
	}
	_ = drop() // the peer sees the end of the stream; there is nobody to tell
	return errDropped
}
