package daemon

import (
	"context"
	"errors"
	"io"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/delivery"
	"uketsuke/internal/mailbox"
	"uketsuke/internal/outbox"
	"uketsuke/internal/robot"
	"uketsuke/internal/store"
)

// The adapters do not know each other, nor the robot; here their types are fitted to the small interfaces that robot
// and outbox declare.

// mailboxPort fits mailbox to robot.Mailbox.
type mailboxPort struct{ *mailbox.Client }

func (p mailboxPort) Status(ctx context.Context) (robot.Place, error) {
	s, err := p.Client.Status(ctx)
	return robot.Place{UIDValidity: s.UIDValidity, UIDNext: s.UIDNext}, err
}

func (p mailboxPort) List(ctx context.Context, from uint32) ([]robot.Head, error) {
	heads, err := p.Client.List(ctx, from)
	out := make([]robot.Head, len(heads))
	for i, h := range heads {
		out[i] = robot.Head{UID: h.UID, Size: h.Size, InternalDate: h.InternalDate}
	}
	return out, err
}

func (p mailboxPort) Fetch(ctx context.Context, uids []uint32, fn func(uint32, time.Time, int64, io.Reader) error) error {
	return p.Client.Fetch(ctx, uids, fn)
}

// othersPort fits mailbox to robot.OtherFolders.
type othersPort struct{ *mailbox.Client }

// Headers reads what came into a folder.
func (p othersPort) Headers(ctx context.Context, folder string, after outbox.Mark, since time.Time) ([]robot.FolderHeader, outbox.Mark, bool, error) {
	headers, now, exists, err := p.Client.Headers(ctx, folder, mailbox.Mark(after), since)
	out := make([]robot.FolderHeader, len(headers))
	for i, h := range headers {
		out[i] = robot.FolderHeader(h)
	}
	return out, outbox.Mark(now), exists, err
}

// connections is how many letters are on their way at once. Providers allow a mailbox few (Microsoft 365: three).
const connections = 3

// transport fits delivery to outbox.Transport: a few senders, each with a connection of its own that is made when it is
// first needed.
type transport struct {
	all  []*delivery.Sender
	free chan *delivery.Sender
}

func newTransport(cfg delivery.Config) *transport {
	t := &transport{free: make(chan *delivery.Sender, connections)}
	for range connections {
		s := delivery.New(cfg)
		t.all = append(t.all, s)
		t.free <- s
	}
	return t
}

func (t *transport) Close() error {
	var errs []error
	for _, s := range t.all {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// Send hands one letter over.
func (t *transport) Send(ctx context.Context, from string, to []string, raw []byte) (map[string]error, error) {
	var s *delivery.Sender
	select {
	case s = <-t.free:
		defer func() { t.free <- s }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	res, err := s.Send(ctx, delivery.Envelope{From: from, To: to}, raw)
	rejected := map[string]error{}
	for addr, e := range res.Rejected {
		rejected[addr] = failure{e}
	}
	var e *delivery.Error
	if errors.As(err, &e) {
		err = failure{e}
	}
	return rejected, err
}

// failure fits delivery.Error to outbox.Failure.
type failure struct{ cause *delivery.Error }

func (f failure) Error() string     { return f.cause.Error() }
func (f failure) Unwrap() error     { return f.cause }
func (f failure) IsPermanent() bool { return f.cause.Permanent }
func (f failure) IsUnknown() bool   { return f.cause.Unknown }
func (f failure) ReplyCode() int    { return f.cause.Code }

// IsConnection: the letter had no part in it.
func (f failure) IsConnection() bool {
	return f.cause.Operator || f.cause.Stage == delivery.StageConnect || f.cause.Stage == delivery.StageTLS || f.cause.Stage == delivery.StageAuth
}

// folderPort fits mailbox to outbox.Folders.
type folderPort struct{ *mailbox.Client }

// HaveMessageIDs looks which mails a folder has.
func (p folderPort) HaveMessageIDs(ctx context.Context, folder string, ids []string, after outbox.Mark) (map[string]bool, outbox.Mark, error) {
	have, now, err := p.Client.HaveMessageIDs(ctx, folder, ids, mailbox.Mark(after))
	return have, outbox.Mark(now), err
}

// AppendMany puts several mails into a folder in one go.
func (p folderPort) AppendMany(ctx context.Context, folder string, raws [][]byte, flags []string, at []time.Time) []error {
	items := make([]mailbox.Item, len(raws))
	for i := range raws {
		items[i] = mailbox.Item{Raw: raws[i], Flags: flags, At: at[i]}
	}
	return p.AppendBatch(ctx, folder, items)
}

// storePort fits store to robot.Store.
type storePort struct{ *store.Store }

func (p storePort) Cursor(ctx context.Context) (robot.Cursor, bool, error) {
	c, ok, err := p.Store.Cursor(ctx)
	return robot.Cursor(c), ok, err
}

func (p storePort) SetCursor(ctx context.Context, c robot.Cursor) error {
	return p.Store.SetCursor(ctx, store.Cursor(c))
}

var _ interface {
	Handle(context.Context, []casework.Inbound, casework.DecideFunc, casework.RenderFunc) ([]casework.Handled, error)
} = storePort{}
