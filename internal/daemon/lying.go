package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/inbound"
	"uketsuke/internal/mailbox"
)

// lying looks for the mails that lie where nobody has dealt with them: in Junk, put aside, or in the inbox, there but for
// those that were done and only wait to be filed.
func (of *Office) lying(cfg *config.Config) func(context.Context, time.Time) ([]casework.Unread, error) {
	return func(ctx context.Context, since time.Time) (out []casework.Unread, err error) {
		folders := []string{cfg.IMAP.Inbox, cfg.IMAP.Aside}
		junk, ok, err := of.folders.Special(ctx, `\Junk`)
		if err != nil {
			return nil, fmt.Errorf("look for the folder of unwanted mail: %w", err)
		}
		if ok {
			folders = append(folders, junk)
		}
		for i, folder := range folders {
			mails, validity, err := of.folders.Senders(ctx, folder, since)
			if err != nil {
				return nil, fmt.Errorf("look who wrote: %w", err)
			}
			done := map[uint32]bool{}
			if i == 0 && len(mails) > 0 {
				if done, err = of.Store.Filed(ctx, validity, mails[0].UID); err != nil {
					return nil, err
				}
			}
			for _, m := range mails {
				if !done[m.UID] {
					out = append(out, unread(m, folder == junk))
				}
			}
		}
		return out, nil
	}
}

// unread is a mail that lies somewhere; the clerk reads the subject of one in Junk.
func unread(m mailbox.Sender, junk bool) casework.Unread {
	u := casework.Unread{From: m.Addr, At: m.At, Junk: junk}
	if !junk {
		return u
	}
	field := "Subject: " + strings.NewReplacer("\r", "", "\n", " ").Replace(m.Subject) + "\r\n\r\n"
	if head, err := inbound.ParseHeader([]byte(field), inbound.Options{Limits: inbound.DefaultLimits()}); err == nil {
		u.Subject = head.Subject
	}
	return u
}

// guard is asked before a letter leaves: what the core allows, and the clock's letters in office hours only.
func guard(cfg *config.Config, now func() time.Time) casework.Gate {
	people, calendar := laid(cfg), Calendar(cfg)
	return func(c casework.Case, d casework.Departure, s casework.Standing) error {
		if err := casework.MayLeave(c, d, people(s), now()); err != nil || !d.Kind.InHours() || calendar.InHours(now()) {
			return err
		}
		return &casework.Guard{Reason: "執務時間になりましたら送信されます", Wait: true}
	}
}
