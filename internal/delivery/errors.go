package delivery

import (
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strings"
)

// Stages of Error.
const (
	StageLetter  = "letter"  // the letter itself, before anything was dialled
	StageConnect = "connect" // TCP, greeting, EHLO, NOOP
	StageTLS     = "tls"
	StageAuth    = "auth"
	StageMail    = "mail"
	StageRcpt    = "rcpt"
	StageData    = "data" // from DATA to the reply after the final dot
)

// Error is a failure to hand a letter over. Its text carries no address, no
// secret and nothing of the letter, and is fit for logs.
type Error struct {
	Permanent bool   // trying again is of no use
	Unknown   bool   // the letter may have been taken: the reply to the final dot did not come
	Operator  bool   // a matter of configuration, account or server, not of this letter
	Code      int    // SMTP reply code, 0 if the server said nothing
	Enhanced  string // enhanced status code such as "5.1.1" (RFC 3463), or ""
	Recipient string // whom the refusal concerns, "" if not one alone
	Stage     string // one of the Stage constants
	Text      string // the server's words, secrets and addresses masked, or ""
	Hint      string // what the operator can do, or ""
	Err       error  // the cause; may hold the server's words unmasked
}

func (e *Error) Error() string {
	var s strings.Builder
	kind := "temporary"
	if e.Permanent {
		kind = "permanent"
	}
	if e.Unknown {
		kind += ", perhaps delivered"
	}
	fmt.Fprintf(&s, "delivery: %s failed (%s)", e.Stage, kind)
	switch {
	case e.Code != 0:
		fmt.Fprintf(&s, ": %d %s", e.Code, e.Text)
	case e.Text != "":
		s.WriteString(": " + e.Text)
	}
	if e.Hint != "" {
		s.WriteString(" (" + e.Hint + ")")
	}
	return s.String()
}

func (e *Error) Unwrap() error { return e.Err }

var enhancedCode = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)`)

// classify reads a failure at a stage; secrets are masked in its text.
func classify(stage string, err error, secrets ...string) *Error {
	e := &Error{Stage: stage, Err: err}
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		e.Text = words(err.Error(), secrets...)
		return e
	}
	e.Code = reply.Code
	e.Text = words(reply.Msg, secrets...)
	if m := enhancedCode.FindStringSubmatch(reply.Msg); m != nil {
		e.Enhanced = m[1]
	}
	if reply.Code < 500 || reply.Code > 599 {
		return e
	}
	switch {
	case stage != StageMail && stage != StageRcpt && stage != StageData:
		e.Operator = true
	case wantsLogin(reply.Code):
		e.operator("the server wants a login, or another: check user, password and mechanism")
	case stage == StageMail && reply.Code != 552:
		// every letter has this sender
		e.operator("the server does not let this account send as the mailbox's address")
	case e.Enhanced == "5.5.3": // too many recipients; some say it with 552 (RFC 5321 4.5.3.1.10)
	default:
		e.Permanent = true
	}
	return e
}

// wantsLogin: RFC 4954 section 6.
func wantsLogin(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }

var addressLike = regexp.MustCompile(`[^\s<>"'(),;:]+@[^\s<>"'(),;:]+`)

// operator marks a failure that only a change of configuration or account mends.
func (e *Error) operator(hint string) *Error {
	e.Operator, e.Hint = true, hint
	return e
}

// words makes a server's text fit for errors and logs: one line, at most 200
// characters, without secrets and mail addresses.
func words(text string, secrets ...string) string {
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
