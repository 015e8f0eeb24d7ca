package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// ConfigError is a fault in a Config that no retry mends.
type ConfigError struct{ Field, Value, Hint string }

func (e *ConfigError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("mailbox: %s is missing: %s", e.Field, e.Hint)
	}
	return fmt.Sprintf("mailbox: %s = %q: %s", e.Field, e.Value, e.Hint)
}

// AuthError says that the server did not let us in: an operator's matter. It
// never contains the password or token.
type AuthError struct {
	Mechanism string // LOGIN, PLAIN, XOAUTH2, OAUTHBEARER, or "" if none fits
	Code      string // response code such as AUTHENTICATIONFAILED (RFC 5530), or ""
	Text      string // the server's words, secrets and addresses masked
	Hint      string // what the operator can do
	Err       error
}

func (e *AuthError) Error() string {
	s := "mailbox: login"
	if e.Mechanism != "" {
		s += " by " + e.Mechanism
	}
	s += " failed"
	if e.Text != "" {
		s += fmt.Sprintf(": server says %q", e.Text)
	}
	if e.Err != nil {
		s += fmt.Sprintf(": %v", e.Err)
	}
	return s + " (" + e.Hint + ")"
}

func (e *AuthError) Unwrap() error { return e.Err }

// TemporaryError is a failure of network or server; the same call may work
// later. The connection was dropped unless the server itself said so in words.
type TemporaryError struct {
	Op   string // what was attempted
	Hint string // what the operator can do, or ""
	Err  error
}

func (e *TemporaryError) Error() string {
	s := fmt.Sprintf("mailbox: %s: %v", e.Op, e.Err)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

func (e *TemporaryError) Unwrap() error { return e.Err }

// RefusedError is a server's NO or BAD to a command: the same call will most
// likely be refused again.
type RefusedError struct {
	Op   string
	Code string // response code such as NOPERM, OVERQUOTA, TRYCREATE, or ""
	Text string // the server's words, addresses masked
}

func (e *RefusedError) Error() string {
	s := "mailbox: " + e.Op + ": refused"
	if e.Code != "" {
		s += " [" + e.Code + "]"
	}
	return s + fmt.Sprintf(": server says %q", e.Text)
}

// ValidityError says that the inbox was rebuilt: its UIDs have been given anew
// and those that the caller holds name other mails, or none. Call
// [Client.Status], which accepts the new value, and list again.
type ValidityError struct{ Was, Is uint32 }

func (e *ValidityError) Error() string {
	return fmt.Sprintf("mailbox: UIDVALIDITY of the inbox changed from %d to %d; its UIDs must be listed again", e.Was, e.Is)
}

// handlerError carries an error of the caller's own function through explain.
type handlerError struct{ err error }

func (e *handlerError) Error() string { return e.err.Error() }

// explain turns an error of the library into one of this package's, and notes
// whether the connection can still be used.
func (s *session) explain(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	var own *handlerError
	var validity *ValidityError
	var temporary *TemporaryError
	var refused *RefusedError
	var no *imap.Error
	switch {
	case errors.As(err, &own):
		return own.err
	case ctx.Err() != nil:
		s.broken = true
		return fmt.Errorf("mailbox: %s: %w", op, context.Cause(ctx))
	case errors.As(err, &validity), errors.As(err, &temporary), errors.As(err, &refused):
		return err
	case errors.As(err, &no):
		return explainNo(op, no)
	}
	s.broken = true
	if s.conn.timedOut.Load() {
		err = fmt.Errorf("no answer within %v", s.cfg.Timeout)
	}
	return &TemporaryError{Op: op, Hint: hintFor(err), Err: err}
}

// explainNo sorts a NO or BAD by its response code (RFC 5530, RFC 9051 7.1).
func explainNo(op string, no *imap.Error) error {
	text := serverWords(no.Text)
	switch no.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug:
		return &TemporaryError{Op: op, Err: fmt.Errorf("server says [%s] %q", no.Code, text)}
	}
	if no.Type == imap.StatusResponseTypeBye {
		return &TemporaryError{Op: op, Err: fmt.Errorf("server hung up: %q", text)}
	}
	return &RefusedError{Op: op, Code: string(no.Code), Text: text}
}

func hintFor(err error) string {
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) {
		return "the server's certificate is not trusted: check host name and date, or name its CA in the configuration"
	}
	return ""
}

// firstError picks the first that is one; errors.Join would make log lines of
// several lines.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

var addressLike = regexp.MustCompile(`[^\s<>"'(),;:]+@[^\s<>"'(),;:]+`)

// serverWords makes a server's text fit for errors and logs: one line, at most
// 200 characters, without the given secrets and without mail addresses.
func serverWords(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	text = addressLike.ReplaceAllString(text, "<address>")
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if r := []rune(text); len(r) > 200 {
		text = string(r[:200]) + "…"
	}
	return text
}
