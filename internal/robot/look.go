package robot

import (
	"context"
	"fmt"
	"time"
)

// clockSkew is how far the server's clock, which dates the mails, may be behind ours: the first mail after the start is
// not to be taken for an old one.
const clockSkew = 10 * time.Minute

// early marks a Since that lies clockSkew before the start: the mailbox dates mails by whole seconds, so the nanosecond
// changes nothing else.
const early = time.Nanosecond

// begin finds where this pass begins and records the start at first sight of a mailbox. A new UIDVALIDITY begins at
// UID 1 again: what was done before is known by its content (trust.md S8), what came before the start by its date.
func (r *Robot) begin(ctx context.Context, p Place) (Cursor, error) {
	c, ok, err := r.Store.Cursor(ctx)
	if err != nil {
		return c, fmt.Errorf("read the cursor: %w", err)
	}
	switch {
	case ok && c.UIDValidity == p.UIDValidity:
		return c, nil
	case ok:
		c.UIDValidity, c.Next = p.UIDValidity, 1
		clear(r.trouble)
		// UIDs no longer tell what lay here at the start: now its time does. Once only: a server that changes its
		// UIDVALIDITY again and again must not push the start past mails that are still to be done.
		if r.Start.From.IsZero() && !c.Since.IsZero() && c.Since.Nanosecond() != 0 {
			c.Since = c.Since.Add(clockSkew).Truncate(time.Second)
		}
	case r.Start.All:
		c = Cursor{UIDValidity: p.UIDValidity, Next: 1}
	case !r.Start.From.IsZero():
		c = Cursor{UIDValidity: p.UIDValidity, Next: 1, Since: r.Start.From}
	default:
		c = Cursor{UIDValidity: p.UIDValidity, Next: max(p.UIDNext, 1), Since: r.Now().Truncate(time.Second).Add(early - clockSkew)}
	}
	if err := r.Store.SetCursor(ctx, c); err != nil {
		return c, fmt.Errorf("record the start: %w", err)
	}
	return c, nil
}

// ours tells whether a mail that arrived at that time came after the start. One that the server cannot date is ours:
// it must not be passed over.
func (c Cursor) ours(at time.Time) bool {
	return at.IsZero() || !at.Before(c.Since.Truncate(time.Second))
}

// todo is the work of one pass.
type todo struct {
	heads []Head
	gone  []uint32 // UIDs that nobody lists and nobody dealt with
	next  uint32   // where the next pass begins, when all of this one is done
}

// mostGaps bounds the UIDs that one pass looks for. A server may leave out as many as it likes; an office's mailbox
// does not lose so many between two passes.
const mostGaps = 10_000

// look lists the mails of this pass: from the cursor on, not known, and not before the start.
func (r *Robot) look(ctx context.Context, c Cursor, p Place) (todo, error) {
	var t todo
	heads, err := r.Mailbox.List(ctx, c.Next)
	if err != nil {
		return t, fmt.Errorf("list the inbox: %w", err)
	}
	t.next = p.UIDNext
	if t.next == 0 { // the server does not tell
		t.next = c.Next
		for _, h := range heads {
			t.next = max(t.next, h.UID+1)
		}
	}
	gone, err := r.unknown(ctx, c, gaps(c.Next, t.next, heads))
	if err != nil {
		return t, err
	}
	if len(gone) > 0 { // a listing may lack a mail whose answer came in pieces: look twice before it is called gone
		if heads, err = r.Mailbox.List(ctx, c.Next); err != nil {
			return t, fmt.Errorf("list the inbox again: %w", err)
		}
		if gone, err = r.unknown(ctx, c, gaps(c.Next, t.next, heads)); err != nil {
			return t, err
		}
	}
	t.gone = gone
	t.heads, err = r.undone(ctx, c, heads)
	return t, err
}

// undone leaves of a listing what is still to be done.
func (r *Robot) undone(ctx context.Context, c Cursor, heads []Head) ([]Head, error) {
	uids := make([]uint32, len(heads))
	for i, h := range heads {
		uids[i] = h.UID
	}
	fresh, err := r.unknown(ctx, c, uids)
	if err != nil {
		return nil, err
	}
	wanted := make(map[uint32]bool, len(fresh))
	for _, uid := range fresh {
		wanted[uid] = true
	}
	var out []Head
	for _, h := range heads {
		if wanted[h.UID] && h.UID != 0 && c.ours(h.InternalDate) {
			out = append(out, h)
		}
	}
	return r.orderly(out), nil
}

// unknown leaves of uids those that the store knows nothing of.
func (r *Robot) unknown(ctx context.Context, c Cursor, uids []uint32) ([]uint32, error) {
	if len(uids) == 0 {
		return nil, nil
	}
	known, err := r.Store.Known(ctx, c.UIDValidity, uids)
	if err != nil {
		return nil, fmt.Errorf("look up the inbox's mails: %w", err)
	}
	var out []uint32
	for _, uid := range uids {
		if !known[uid] {
			out = append(out, uid)
		}
	}
	return out, nil
}

// gaps are the UIDs from the cursor to the next one that a listing lacks. At the first sight of a mailbox there are
// none: what was gone before was none of ours.
func gaps(from, next uint32, heads []Head) []uint32 {
	if from <= 1 || next <= from || next-from > mostGaps {
		return nil
	}
	listed := make(map[uint32]bool, len(heads))
	for _, h := range heads {
		listed[h.UID] = true
	}
	var out []uint32
	for uid := from; uid < next; uid++ {
		if !listed[uid] {
			out = append(out, uid)
		}
	}
	return out
}

// checkRestored tells people of a mailbox that was put back to an earlier state under its old UIDVALIDITY, against
// RFC 3501 2.3.1.1: new mails would then come under UIDs that stand for others here, and stay undone in the inbox.
func (r *Robot) checkRestored(ctx context.Context, c Cursor, p Place) error {
	if p.UIDNext >= c.Next {
		return nil
	}
	r.Log.Error("the inbox counts its mails from an earlier number than before; was it restored from a backup? Give it a new UIDVALIDITY",
		"uidnext", p.UIDNext, "expected", c.Next)
	return r.alarm(ctx, "restored", "受信箱の復元について", "メールサーバーの受信箱が、以前の状態に戻されたようでございます。"+
		"このままでは新しいメールを受け付けられないおそれがございますので、システムの管理者様に至急ご確認いただきますようお願いいたします。")
}
