package mailserver

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// session is one IMAP connection: what is asked of mailboxes as a whole.
// selected.go has what is asked of messages. imapserver checks that a command
// fits the connection's state before it calls, and runs one command at a time;
// only Idle has a goroutine of its own, which may outlive its connection for a
// moment.
type session struct {
	server *Server
	conn   *imapserver.Conn

	account *account // set by Login

	mu   sync.Mutex // guards view: Close may come while Idle runs
	view *view
}

var (
	_ imapserver.SessionIMAP4rev2   = (*session)(nil)
	_ imapserver.SessionAppendLimit = (*session)(nil)
)

// newIMAPSession greets a client.
func (s *Server) newIMAPSession(conn *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
	sess := &session{server: s, conn: conn}
	err := s.step(StepIMAPConnect, sess.drop)
	var reply Reply
	if errors.As(err, &reply) {
		return nil, nil, &imap.Error{Type: imap.StatusResponseTypeBye, Text: reply.text()}
	}
	if err == nil && !s.running.enter() {
		err = ErrClosed
	}
	if err != nil {
		_ = sess.drop()
		return nil, nil, err
	}
	return sess, &imapserver.GreetingData{}, nil
}

// drop closes the connection without a word.
func (sess *session) drop() error { return sess.conn.NetConn().Close() }

// step meets a step; the error, if any, is the command's result.
func (sess *session) step(name string) error {
	err := sess.server.step(name, sess.drop)
	var reply Reply
	if errors.As(err, &reply) {
		return reply.imap()
	}
	return err
}

// Close ends the session.
func (sess *session) Close() error {
	sess.closeView()
	sess.server.running.leave()
	return nil
}

func (sess *session) selected() *view {
	sess.mu.Lock()
	defer sess.mu.Unlock()
	return sess.view
}

func (sess *session) setView(v *view) {
	sess.mu.Lock()
	defer sess.mu.Unlock()
	sess.view = v
}

func (sess *session) closeView() {
	if v := sess.selected(); v != nil {
		sess.setView(nil)
		v.close()
	}
}

// no makes a NO response.
func no(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
}

// answer turns our errors into responses; others are the server's fault, and
// imapserver answers and logs those.
func answer(err error) error {
	switch {
	case errors.Is(err, ErrNoMailbox):
		return no(imap.ResponseCodeNonExistent, "No such mailbox")
	case errors.Is(err, errExists):
		return no(imap.ResponseCodeAlreadyExists, "Mailbox already exists")
	case errors.Is(err, errChildren):
		return no(imap.ResponseCodeHasChildren, "Mailbox has others below it")
	case errors.Is(err, errInbox), errors.Is(err, errName):
		return no(imap.ResponseCodeCannot, "This mailbox name cannot be used so")
	}
	return err
}

// unknownCommand answers a command whose capability is not among Options.Caps;
// imapserver would let it through.
func unknownCommand() error {
	return &imap.Error{Type: imap.StatusResponseTypeBad, Text: "Unknown command"}
}

// destination finds the mailbox of APPEND, COPY and MOVE, where a missing one
// is TRYCREATE (RFC 9051 section 7.1).
func (sess *session) destination(name string) (*mailbox, error) {
	box, err := sess.account.find(name)
	if err != nil {
		return nil, no(imap.ResponseCodeTryCreate, "No such mailbox")
	}
	return box, nil
}

// AppendLimit is announced as APPENDLIMIT, and imapserver refuses more.
func (sess *session) AppendLimit() uint32 {
	return uint32(min(sess.server.opt.MaxBytes, int64(^uint32(0))))
}

// Login serves LOGIN and AUTHENTICATE PLAIN.
func (sess *session) Login(user, password string) error {
	if err := sess.step(StepIMAPLogin); err != nil {
		return err
	}
	acc := sess.server.login(user, password)
	if acc == nil {
		return imapserver.ErrAuthFailed
	}
	sess.account = acc
	return nil
}

// Namespace has personal mailboxes only.
func (sess *session) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: '/'}}}, nil
}

// Create serves CREATE, with special uses.
func (sess *session) Create(name string, options *imap.CreateOptions) error {
	if err := sess.step(StepIMAPCreate); err != nil {
		return err
	}
	_, err := sess.account.create(name, options.SpecialUse)
	return answer(err)
}

// Delete serves DELETE.
func (sess *session) Delete(name string) error { return answer(sess.account.remove(name)) }

// Rename serves RENAME.
func (sess *session) Rename(name, newName string, _ *imap.RenameOptions) error {
	return answer(sess.account.rename(name, newName))
}

// Subscribe serves SUBSCRIBE.
func (sess *session) Subscribe(name string) error { return sess.subscribe(name, true) }

// Unsubscribe serves UNSUBSCRIBE.
func (sess *session) Unsubscribe(name string) error { return sess.subscribe(name, false) }

func (sess *session) subscribe(name string, on bool) error {
	box, err := sess.account.find(name)
	if err != nil {
		return answer(err)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	if box.subscribed == on {
		return nil
	}
	if err := box.index.append(record{Op: opSubscribe, Subscribed: on}); err != nil {
		return err
	}
	box.subscribed = on
	return nil
}

// List serves LIST and LSUB. Special-use attributes are always told.
func (sess *session) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	if err := sess.step(StepIMAPList); err != nil {
		return err
	}
	if len(patterns) == 0 {
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: '/'})
	}
	boxes := sess.account.all()
	names := make([]string, len(boxes))
	for i, box := range boxes {
		names[i] = box.title()
	}
	for i, box := range boxes {
		if !matchesAny(names[i], ref, patterns) {
			continue
		}
		parent := slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, names[i]+delimiter) })
		if data := box.list(options, parent); data != nil {
			if err := w.WriteList(data); err != nil {
				return err
			}
		}
	}
	return nil
}

func matchesAny(name, ref string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if strings.EqualFold(ref+p, inbox) {
			return name == inbox
		}
		return imapserver.MatchList(name, '/', ref, p)
	})
}

// list is the mailbox's LIST line, nil if the options leave it out.
func (b *mailbox) list(options *imap.ListOptions, parent bool) *imap.ListData {
	b.mu.Lock()
	defer b.mu.Unlock()
	if options.SelectSubscribed && !b.subscribed || options.SelectSpecialUse && len(b.use) == 0 {
		return nil
	}
	data := &imap.ListData{Mailbox: b.name, Delim: '/'}
	if b.server.opt.Caps.Has(imap.CapSpecialUse) {
		data.Attrs = slices.Clone(b.use)
	}
	if parent {
		data.Attrs = append(data.Attrs, imap.MailboxAttrHasChildren)
	} else {
		data.Attrs = append(data.Attrs, imap.MailboxAttrHasNoChildren)
	}
	if b.subscribed && (options.ReturnSubscribed || options.SelectSubscribed) {
		data.Attrs = append(data.Attrs, imap.MailboxAttrSubscribed)
	}
	if options.ReturnStatus != nil {
		data.Status = b.status(b.server.opt.MaxBytes)
	}
	return data
}

// Status serves STATUS.
func (sess *session) Status(name string, _ *imap.StatusOptions) (*imap.StatusData, error) {
	if err := sess.step(StepIMAPStatus); err != nil {
		return nil, err
	}
	box, err := sess.account.find(name)
	if err != nil {
		return nil, answer(err)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	return box.status(sess.server.opt.MaxBytes), nil
}

// status has every item; imapserver writes those asked for. The caller holds
// the lock.
func (b *mailbox) status(maxBytes int64) *imap.StatusData {
	var unseen, deleted, recent uint32
	var size, deletedSize int64
	for _, m := range b.messages {
		size += m.size
		if !hasFlag(m.flags, imap.FlagSeen) {
			unseen++
		}
		if hasFlag(m.flags, imap.FlagDeleted) {
			deleted++
			deletedSize += m.size
		}
	}
	messages := uint32(len(b.messages))
	limit := uint32(min(maxBytes, int64(^uint32(0))))
	return &imap.StatusData{
		Mailbox: b.name, NumMessages: &messages, NumRecent: &recent,
		UIDNext: imap.UID(b.next), UIDValidity: b.validity,
		NumUnseen: &unseen, NumDeleted: &deleted,
		Size: &size, DeletedStorage: &deletedSize, AppendLimit: &limit,
	}
}

// Append streams the literal to a file and files it.
func (sess *session) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	box, err := sess.destination(name)
	if err != nil {
		return nil, err
	}
	body, err := sess.server.spool(box.folder(), r, r.Size())
	if err != nil {
		return nil, err
	}
	if err := sess.step(StepIMAPAppendBefore); err != nil {
		body.discard()
		return nil, err
	}
	m := sess.server.messageFrom(body, options.Time, options.Flags)
	if err := box.add(m); err != nil {
		body.discard()
		return nil, answer(err)
	}
	if err := sess.step(StepIMAPAppendAfter); err != nil {
		return nil, err
	}
	if !sess.server.opt.Caps.Has(imap.CapUIDPlus) {
		return nil, nil
	}
	return &imap.AppendData{UIDValidity: box.validity, UID: imap.UID(m.uid)}, nil
}

// Select serves SELECT and EXAMINE.
func (sess *session) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	if err := sess.step(StepIMAPSelect); err != nil {
		return nil, err
	}
	box, err := sess.account.find(name)
	if err != nil {
		return nil, answer(err)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	sess.setView(box.newView(options.ReadOnly, sess.drop))
	data := &imap.SelectData{
		Flags:       box.flagsInUse(),
		NumMessages: uint32(len(box.messages)),
		UIDNext:     imap.UID(box.next),
		UIDValidity: box.validity,
	}
	if !options.ReadOnly {
		data.PermanentFlags = append(slices.Clone(data.Flags), imap.FlagWildcard)
	}
	for i, m := range box.messages {
		if !hasFlag(m.flags, imap.FlagSeen) {
			data.FirstUnseenSeqNum = uint32(i) + 1
			break
		}
	}
	return data, nil
}

// flagsInUse lists the system flags and the keywords that messages have.
func (b *mailbox) flagsInUse() []imap.Flag {
	flags := slices.Clone(systemFlags)
	for _, m := range b.messages {
		for _, f := range m.flags {
			if !hasFlag(flags, f) {
				flags = append(flags, f)
			}
		}
	}
	return flags
}

// Unselect serves UNSELECT and the end of CLOSE.
func (sess *session) Unselect() error {
	sess.closeView()
	return nil
}

// Poll writes what happened since; imapserver calls it at the end of a command.
func (sess *session) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	v := sess.selected()
	if v == nil {
		return nil
	}
	return v.tracker.Poll(w, allowExpunge)
}

// Idle writes what happens until stop. It does not use SessionTracker.Idle,
// which sleeps on what was queued just before it started.
func (sess *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	if !sess.server.running.enter() {
		return ErrClosed
	}
	defer sess.server.running.leave()
	if err := sess.step(StepIMAPIdle); err != nil {
		return err
	}
	v := sess.selected()
	if v == nil {
		<-stop
		return nil
	}
	for {
		if err := v.tracker.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-v.wake:
		case <-stop:
			return nil
		}
	}
}
