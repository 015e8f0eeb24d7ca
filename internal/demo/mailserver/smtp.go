package mailserver

import (
	"errors"
	"io"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// delivery is one SMTP session and the envelope it is collecting.
type delivery struct {
	server *Server
	conn   *smtp.Conn

	from    string
	targets []target
}

// target is an account that a mail goes to, and the recipients that are it.
type target struct {
	account    *account
	recipients []string
}

var _ smtp.AuthSession = (*delivery)(nil)

func (s *Server) newSMTPSession(conn *smtp.Conn) (smtp.Session, error) {
	return &delivery{server: s, conn: conn}, nil
}

// step meets a step; the error, if any, is the command's result.
func (d *delivery) step(name string) error {
	err := d.server.step(name, d.conn.Conn().Close)
	var reply Reply
	if errors.As(err, &reply) {
		return reply.smtp()
	}
	return err
}

// AuthMechanisms offers PLAIN; nobody needs to use it.
func (d *delivery) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth checks an account's credentials.
func (d *delivery) Auth(mechanism string) (sasl.Server, error) {
	if mechanism != sasl.Plain {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(func(identity, user, password string) error {
		if identity != "" && identity != user || d.server.login(user, password) == nil {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

// Mail starts an envelope.
func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	if err := d.step(StepSMTPMail); err != nil {
		return err
	}
	d.from = from
	return nil
}

// Rcpt adds a recipient, 550 if no account takes it.
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := d.step(StepSMTPRcpt); err != nil {
		return err
	}
	acc := d.server.route(to)
	if acc == nil {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox here"}
	}
	for i := range d.targets {
		if d.targets[i].account == acc {
			d.targets[i].recipients = append(d.targets[i].recipients, to)
			return nil
		}
	}
	d.targets = append(d.targets, target{acc, []string{to}})
	return nil
}

// Data receives the mail and stores it once for each account, for all or for
// none of them.
func (d *delivery) Data(r io.Reader) error {
	if !d.server.running.enter() {
		return temporary()
	}
	defer d.server.running.leave()
	if err := d.step(StepSMTPData); err != nil {
		return err
	}
	first, err := d.targets[0].account.find(inbox)
	if err != nil {
		return temporary()
	}
	body, err := d.server.spool(first.folder(), r, -1)
	if err != nil {
		return d.refused(err)
	}
	if err := d.step(StepSMTPDataBefore); err != nil {
		body.discard()
		return err
	}
	if err := d.store(body); err != nil {
		return d.refused(err)
	}
	return d.step(StepSMTPDataStored)
}

// store puts the body into the INBOX of every target: first all files, then
// all index lines.
func (d *delivery) store(body spooled) error {
	now := d.server.opt.Now()
	bodies := []spooled{body}
	boxes := make([]*mailbox, len(d.targets))
	discard := func(from int) {
		for _, b := range bodies[from:] {
			b.discard()
		}
	}
	for i, t := range d.targets {
		box, err := t.account.find(inbox)
		if err != nil {
			discard(0)
			return err
		}
		boxes[i] = box
		if i == 0 {
			continue
		}
		copied := body
		if copied.path, copied.number, err = d.server.linkBody(body.path, box.folder()); err != nil {
			discard(0)
			return err
		}
		bodies = append(bodies, copied)
	}
	for i, t := range d.targets {
		m := d.server.messageFrom(bodies[i], now, nil)
		m.from, m.to = d.from, t.recipients
		if err := boxes[i].add(m); err != nil {
			discard(i)
			return err
		}
		d.server.delivered(t.account.user, inbox, m.uid)
	}
	return nil
}

// refused is the answer to a mail that could not be stored.
func (d *delivery) refused(err error) error {
	var reply *smtp.SMTPError
	if errors.As(err, &reply) { // too large, by go-smtp's reader
		return reply
	}
	if !goneAway(err) {
		d.server.log.Error("mail not stored", "server", "smtp", "error", err)
	}
	return temporary()
}

func temporary() error {
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Mail could not be stored, try again"}
}

// Reset forgets the envelope.
func (d *delivery) Reset() { d.from, d.targets = "", nil }

// Logout has nothing to free. It may be called while Data runs.
func (d *delivery) Logout() error { return nil }
