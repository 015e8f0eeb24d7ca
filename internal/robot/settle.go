package robot

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"uketsuke/internal/casework"
)

// tries is how often a mail may fail before it is put aside (mail.md "In").
const tries = 3

// settle hands a batch to the store and wakes filer and sender. It returns how many mails failed and stay to be tried.
func (r *Robot) settle(ctx context.Context, mails []arrived) (failed int, err error) {
	if len(mails) == 0 {
		return 0, nil
	}
	ins := make([]casework.Inbound, len(mails))
	for i := range mails {
		ins[i] = mails[i].in
	}
	defer wake(r.wakeFiler)
	defer wake(r.wakeSender)
	done, err := r.handle(ctx, ins)
	if err != nil {
		return 0, r.refused(ctx, ins, err)
	}
	for i, h := range done {
		if h.Err != nil {
			r.Log.Error("mail failed", "uid", ins[i].UID, "failures", h.Failures, "error", quiet(h.Err))
			if h.Failures >= tries {
				if h, err = r.giveUp(ctx, ins[i]); err != nil {
					return failed, err
				}
			}
		}
		if h.Err != nil {
			failed++
			continue
		}
		delete(r.trouble, ins[i].UID)
		r.tell(ins[i], h)
	}
	return failed, nil
}

// refused is for a batch of which the store wrote nothing. Most often the database is at fault; lest it be a mail, the
// next pass does each alone, those that fail again after the others, and at last without asking what they mean.
func (r *Robot) refused(ctx context.Context, ins []casework.Inbound, cause error) error {
	if ctx.Err() != nil {
		return cause
	}
	r.single = true
	if len(ins) > 1 {
		return cause
	}
	uid := ins[0].UID
	r.trouble[uid]++
	if r.trouble[uid] < tries {
		return cause
	}
	h, err := r.giveUp(ctx, ins[0])
	if err != nil || h.Err != nil {
		return cause
	}
	r.Log.Error("mail put aside, the store refused it", "uid", uid, "error", quiet(cause))
	delete(r.trouble, uid)
	r.tell(ins[0], h)
	return nil
}

// giveUp puts a mail aside that has failed three times; where even its sender and subject are too much, without them.
// Should that fail, too, the mail stays in the inbox and blocks nobody. An error is one of the database.
func (r *Robot) giveUp(ctx context.Context, in casework.Inbound) (casework.Handled, error) {
	bare := casework.Input{Kind: casework.MailBroken, Date: in.Input.Date, Hash: in.Input.Hash,
		Why: "処理を3回試みましたが、完了できませんでした。お手数ですが、内容をご確認ください。"}
	named := bare
	named.From, named.Subject, named.MessageID, named.Evidence = in.Input.From, in.Input.Subject, in.Input.MessageID, in.Input.Evidence
	var h casework.Handled
	for _, input := range []casework.Input{named, bare} {
		in.Input = input
		done, err := r.handle(ctx, []casework.Inbound{in})
		if err != nil {
			return h, err
		}
		if h = done[0]; h.Err == nil {
			return h, nil
		}
		r.Log.Error("mail could not be put aside", "uid", in.UID, "error", quiet(h.Err))
	}
	return h, nil
}

func (r *Robot) handle(ctx context.Context, ins []casework.Inbound) ([]casework.Handled, error) {
	files := brought{map[string][]byte{}, map[string]string{}}
	for _, in := range ins {
		for k, v := range in.Blobs {
			files.blobs[k] = v
		}
		for k, v := range in.Passwords {
			files.passwords[k] = v
		}
	}
	done, err := r.Store.Handle(ctx, ins, r.decide(r.Now()), func(l casework.Letter) (casework.Rendered, error) {
		return r.render(ctx, files, l)
	})
	if err != nil {
		return nil, fmt.Errorf("handle %d mails: %w", len(ins), err)
	}
	return done, nil
}

func (r *Robot) tell(in casework.Inbound, h casework.Handled) {
	r.Log.Info("mail done", "uid", in.UID, "kind", string(in.Input.Kind), "outcome", string(h.Outcome.Result), "letters", len(h.Letters), "case", h.Outcome.Number)
	if r.Fate != nil {
		r.Fate(Fate{UID: in.UID, Kind: in.Input.Kind, Handled: h, At: r.Now()})
	}
}

// own is an input of the robot's own: no mail. by says who knows what it tells.
func own(by string, in casework.Input) casework.Inbound {
	in.Evidence = casework.Evidence{State: casework.EvidencePass, Text: by}
	return casework.Inbound{System: true, Input: in}
}

// Undelivered is the outbox's way to tell people what did not leave: an input of the robot's own.
func (r *Robot) Undelivered(ctx context.Context, f casework.DeliveryFailure) error {
	done, err := r.handle(ctx, []casework.Inbound{own("the outbox", casework.Input{Kind: casework.MailFailure, Failure: &f, Date: r.Now()})})
	if err != nil {
		return err
	}
	return errors.Join(done[0].Err)
}

// personal is what the text of a mail looks like inside an error: quotations, addresses, all that is not plain ASCII,
// and long numbers.
var personal = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|'[^']*'|`[^`]*`|\\S*@\\S*|[^\\x00-\\x7f]+|\\+?[0-9][0-9-]{6,}")

// quiet is an error's text for the log without what a library may have quoted of a mail (architecture.md rule 11).
func quiet(err error) string { return personal.ReplaceAllString(err.Error(), "…") }
