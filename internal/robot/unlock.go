package robot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/intake"
)

// Locked files wait in the inbox for their password (mail.md "Passwords in"). After each pass:
//
//  1. Take the waiting mails whose sender has written since the last try, and those that have waited too long.
//  2. Gather candidates: what has opened a part of the mail, the password agreed with the agency, and the words of the
//     sender's mails of a week before and after, the nearest mail's likeliest first.
//  3. Understand the mail again with them, outside of any transaction, within what a sender's files may cost in a day.
//  4. What opened is decided as if it had come open; else it is noted what was tried.
//  5. A mail that only says again what has opened a file is filed.
//
// It is one way for all orders: password first, file first, both in one batch, and after a crash.

// Bounds (trust.md "Bounds").
const (
	unlockADay  = time.Minute        // of one sender's files
	mostTries   = 63                 // passwords a file; Excel's own word is one more
	longestWait = 7 * 24 * time.Hour // then a person has to look
	unlockTurns = 8                  // in one pass: what opens may hold locked files itself
)

// Locks is what the robot needs of the database for files that wait for a password.
type Locks interface {
	LockedDue(ctx context.Context, now time.Time) ([]casework.LockedMail, error)
	SenderMails(ctx context.Context, m casework.LockedMail) ([]casework.SenderMail, error)
	UnlockSpent(ctx context.Context, sender string, since time.Time) (time.Duration, error)
	NoteTried(ctx context.Context, m casework.LockedMail, upTo int64, spent time.Duration, brought ...int64) error
	SheetPassword(ctx context.Context, hash string) (string, error)
}

// unlock tries the passwords that have come, until nothing more opens. It returns how many mails opened and failed then.
func (r *Robot) unlock(ctx context.Context) (failed int, err error) {
	for range unlockTurns {
		due, err := r.Store.LockedDue(ctx, r.Now())
		if err != nil {
			return failed, fmt.Errorf("look for locked mails: %w", err)
		}
		opened := false
		for _, m := range due {
			select {
			case <-r.drain:
				return failed, nil
			default:
			}
			in, err := r.retry(ctx, m)
			if err != nil {
				return failed, err
			}
			if in == nil {
				continue
			}
			n, err := r.settle(ctx, []arrived{{in: *in}})
			if err != nil {
				return failed, err
			}
			failed, opened = failed+n, opened || n == 0
		}
		if !opened {
			break
		}
	}
	return failed, nil
}

// retry tries to open a waiting mail. It returns the mail as it is to be decided now, nil when it goes on waiting.
func (r *Robot) retry(ctx context.Context, m casework.LockedMail) (*casework.Inbound, error) {
	now := r.Now()
	spent, err := r.Store.UnlockSpent(ctx, m.Sender, now.Add(-24*time.Hour))
	if err != nil || spent >= unlockADay && !m.Open {
		return nil, err
	}
	mails, err := r.Store.SenderMails(ctx, m)
	if err != nil {
		return nil, err
	}
	words := r.words(ctx, mails)
	if m.Open {
		return nil, r.recognize(ctx, m, mails, words)
	}
	raw, err := r.Store.Blob(ctx, m.Raw)
	if err != nil { // one mail that cannot be read holds up no other; a fault of the database shows elsewhere, too
		r.Log.Error("a mail that waits for a password cannot be read", "message", m.Message, "error", quiet(err))
		return nil, nil
	}
	s := r.Intake
	s.Passwords, s.Within = r.candidates(m, mails, words), unlockADay-spent
	u := intake.Understand(raw, m.Since.In(casework.JST), s)
	found := intake.Opened(u.Files)
	opened := casework.Opened{Message: m.Message, Tried: m.Tried, Passwords: found, Brought: bringers(mails, words, found), Spent: r.Now().Sub(now)}
	if u.Err == nil && slices.ContainsFunc(found, func(p string) bool { return !slices.Contains(m.Passwords, p) }) {
		return reopened(m, u, opened), nil
	}
	if now.Sub(m.Since) > longestWait {
		u = intake.Understand(raw, m.Since.In(casework.JST), r.Intake)
		u.Input.Late, u.Input.Kind = true, casework.MailLocked
		return reopened(m, u, opened), nil
	}
	return nil, r.Store.NoteTried(ctx, m, newest(mails), opened.Spent)
}

// recognize files the mails that bring a password which has opened a file already.
func (r *Robot) recognize(ctx context.Context, m casework.LockedMail, mails []casework.SenderMail, words [][]string) error {
	defer wake(r.wakeFiler)
	return r.Store.NoteTried(ctx, m, newest(mails), 0, bringers(mails, words, m.Passwords)...)
}

func newest(mails []casework.SenderMail) (message int64) {
	for _, m := range mails {
		message = max(message, m.Message)
	}
	return message
}

// reopened is a waiting mail as it is decided now: who sent it was proved when it came, and the sheets that were decided
// then are left out.
func reopened(m casework.LockedMail, u *intake.Understood, o casework.Opened) *casework.Inbound {
	in := u.Input
	in.Opened, in.Evidence, in.Hash = true, m.Evidence, fmt.Sprintf("%x", u.Hash)
	in.Sheets = slices.DeleteFunc(slices.Clone(in.Sheets), func(s casework.SheetIn) bool { return slices.Contains(m.Sheets, s.File.Blob) })
	return &casework.Inbound{UIDValidity: m.UIDValidity, UID: m.UID, InternalDate: m.InternalDate, Hash: u.Hash, Input: in,
		Blobs: u.Blobs, Passwords: u.Passwords, Opened: &o}
}

// words are the candidates of each of a sender's mails; one that cannot be read any more has none.
func (r *Robot) words(ctx context.Context, mails []casework.SenderMail) [][]string {
	out := make([][]string, len(mails))
	for i, m := range mails {
		if raw, err := r.Store.Blob(ctx, m.Raw); err == nil {
			out[i] = intake.Words(raw, r.Intake)
		}
	}
	return out
}

// candidates are the passwords to try: the likeliest word of each mail that was not tried yet, then the second, and so on.
func (r *Robot) candidates(m casework.LockedMail, mails []casework.SenderMail, words [][]string) []string {
	out := slices.Clone(m.Passwords)
	if agreed := r.agreedWith(m); agreed != "" {
		out = append(out, agreed)
	}
	for rank, more := 0, true; more && len(out) < mostTries; rank++ {
		more = false
		for i := range mails {
			if mails[i].Message <= m.Tried || rank >= len(words[i]) {
				continue
			}
			if more = true; !slices.Contains(out, words[i][rank]) {
				out = append(out, words[i][rank])
			}
		}
	}
	return out[:min(len(out), mostTries)]
}

// agreedWith is the password agreed with the agency whose mail waits, where the mail is proved to be hers; "" none.
func (r *Robot) agreedWith(m casework.LockedMail) string {
	a, ok := r.Roster(casework.Standing{}).Agency(m.Agency, r.Now()) // how a password is agreed does not change by mail
	if !ok || a.PasswordBy != casework.PasswordAgreed || m.Evidence.State != casework.EvidencePass || r.Agreed == nil {
		return ""
	}
	password, err := r.Agreed(m.Agency)
	if err != nil {
		r.Log.Error("the password agreed with an agency cannot be read; see its file or variable", "error", quiet(err))
	}
	return password
}

// bringers are the mails in which passwords stand that have opened something.
func bringers(mails []casework.SenderMail, words [][]string, found []string) (out []int64) {
	for i, m := range mails {
		if slices.ContainsFunc(words[i], func(w string) bool { return slices.Contains(found, w) }) {
			out = append(out, m.Message)
		}
	}
	return out
}
