package robot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/outbox"
)

// What people make of the letters in the Drafts folder is looked for in both folders, Drafts and Sent, once before the
// inbox is read, so that decisions know what has left, and once more where the guard has withdrawn a draft.
//
// Which mail is which letter:
//
//  1. by the keyed Message-ID, or the keyed loop field where the Message-ID is another: a mail program that sends a
//     draft as it lies there, and many that let people edit it, keep one of them;
//  2. else, of a letter that is in neither folder by these signs, by its whole subject, whose code is good for this case
//     and party only: a mail program that has made a new mail of the draft;
//  3. else, before a draft is called deleted, by its words: a mail that has half of its lines, whatever its subject.
//
// A mail program that edits a draft puts a new one into the folder and deletes the old one, and one that sends it may do
// so late: only what both folders lack for DraftGrace is deleted. Should it be sent after that, it is noticed for two
// weeks more, and so is one that was withdrawn.

// OtherFolders is what the robot needs of folders besides the inbox; package mailbox does it.
type OtherFolders interface {
	// Headers reads what came after the mark and on the day of since or later; exists is false for a folder that there
	// is not.
	Headers(ctx context.Context, folder string, after outbox.Mark, since time.Time) (headers []FolderHeader, now outbox.Mark, exists bool, err error)
	Undeleted(ctx context.Context, folder string) (uids []uint32, validity uint32, err error)
	Read(ctx context.Context, folder string, validity, uid uint32) ([]byte, error) // nil: it is not there any more
	Remove(ctx context.Context, folder string, validity, uid uint32) error
}

// FolderHeader is a mail of a folder by the fields of its header that a draft is known by.
type FolderHeader struct {
	UID          uint32
	InternalDate time.Time
	Fields       []byte
}

// draftWatch is what the robot has seen of the two folders.
type draftWatch struct{ drafts, sent folderSeen }

type folderSeen struct {
	name  string
	mark  outbox.Mark
	mails map[uint32]*sighting
}

// refresh reads what came into a folder since the last look.
func (r *Robot) refresh(ctx context.Context, f *folderSeen, name string, since time.Time) (exists bool, err error) {
	if f.name != name || f.mails == nil {
		*f = folderSeen{name: name, mails: map[uint32]*sighting{}}
	}
	headers, now, exists, err := r.Others.Headers(ctx, name, f.mark, since)
	if err != nil || !exists {
		return exists, err
	}
	if now.UIDValidity != f.mark.UIDValidity {
		clear(f.mails)
	}
	f.mark = now
	for _, h := range headers {
		f.mails[h.UID] = r.sight(h)
	}
	return true, nil
}

// seeFolders brings what is known of both folders up to date. It returns false where one of them does not exist: then nothing
// can be said to be deleted. Drafts goes first: what leaves it meanwhile is in Sent, or comes there within the grace time.
func (r *Robot) seeFolders(ctx context.Context, since time.Time) (whole bool, err error) {
	drafts, err := r.Outbox.Drafts(ctx)
	if err != nil {
		return false, err
	}
	sent, err := r.Outbox.Sent(ctx)
	if err != nil {
		return false, err
	}
	w := &r.watch
	whole, err = r.refresh(ctx, &w.drafts, drafts, time.Time{})
	if err != nil {
		return false, fmt.Errorf("look into the Drafts folder: %w", err)
	}
	there, validity, err := r.Others.Undeleted(ctx, drafts)
	if err != nil {
		return false, fmt.Errorf("look into the Drafts folder: %w", err)
	}
	if validity != w.drafts.mark.UIDValidity {
		whole = false
	}
	for uid, s := range w.drafts.mails {
		s.gone = !slices.Contains(there, uid)
	}
	exists, err := r.refresh(ctx, &w.sent, sent, since)
	if err != nil {
		return false, fmt.Errorf("look into the Sent folder: %w", err)
	}
	return whole && exists, nil
}

// lookAtDrafts notices what people have made of drafts, and takes those out of the folder that were withdrawn.
func (r *Robot) lookAtDrafts(ctx context.Context) error {
	if r.Others == nil {
		return nil
	}
	all, err := r.Store.Drafts(ctx)
	if err != nil {
		return err
	}
	if len(all.Open) == 0 {
		r.watch = draftWatch{}
		return nil
	}
	since := all.Open[0].At
	for _, d := range all.Open {
		if d.At.Before(since) {
			since = d.At
		}
	}
	whole, err := r.seeFolders(ctx, since)
	if err != nil {
		return err
	}
	found := r.match(all)
	var notes casework.DraftNotes
	var errs []error
	for i, d := range all.Open {
		errs = append(errs, r.settleDraft(ctx, d, found, i, whole, &notes))
	}
	return errors.Join(append(errs, r.Store.NoteDrafts(ctx, notes))...)
}

// settleDraft decides from what was found what is noted, told or removed.
func (r *Robot) settleDraft(ctx context.Context, d casework.Draft, all *matches, i int, whole bool, notes *casework.DraftNotes) error {
	m := &all.of[i]
	gone := whole && m.sent == nil && len(m.lies) == 0
	if gone && (d.Remove || d.Fate == casework.DraftWaits && !d.Missing.IsZero() && r.Now().Sub(d.Missing) >= r.DraftGrace) {
		if err := r.byWords(ctx, d, all, m); err != nil {
			return err
		}
		gone = m.sent == nil && len(m.lies) == 0
	}
	switch {
	case m.sent != nil && d.Fate != casework.DraftSent:
		return r.draftSent(ctx, d, m.sent)
	case d.Remove && len(m.lies) > 0:
		for _, s := range m.lies {
			if err := r.Others.Remove(ctx, r.watch.drafts.name, r.watch.drafts.mark.UIDValidity, s.uid); err != nil {
				return fmt.Errorf("take a withdrawn draft out of the folder: %w", err)
			}
		}
		notes.Removed = append(notes.Removed, d.Letter)
		r.Log.Info("draft withdrawn", "letter", d.Letter)
	case d.Remove && gone:
		notes.Removed = append(notes.Removed, d.Letter)
	case d.Fate != casework.DraftWaits:
	case len(m.lies) > 0:
		if !d.Missing.IsZero() {
			notes.Back = append(notes.Back, d.Letter)
		}
	case gone && d.Missing.IsZero():
		notes.Missing = append(notes.Missing, d.Letter)
	case gone && r.Now().Sub(d.Missing) >= r.DraftGrace:
		return r.noticed(ctx, &casework.DraftSeen{Letter: d.Letter, Deleted: true}, nil)
	}
	return nil
}

// draftSent notices that a person has sent a draft, with the mail as it was sent.
func (r *Robot) draftSent(ctx context.Context, d casework.Draft, s *sighting) error {
	raw, err := r.Others.Read(ctx, r.watch.sent.name, r.watch.sent.mark.UIDValidity, s.uid)
	if err != nil {
		return fmt.Errorf("read what was sent: %w", err)
	}
	if raw == nil { // moved meanwhile: its header says enough
		raw = s.fields
	}
	return r.noticed(ctx, r.draftSeen(d.Letter, raw, s), raw)
}

// noticed lets the core decide what follows from a draft's fate; raw is the mail as it was sent, nil none.
func (r *Robot) noticed(ctx context.Context, seen *casework.DraftSeen, raw []byte) error {
	in := own("the folders of the mailbox", casework.Input{Kind: casework.MailDraft, Date: r.Now(), Draft: seen})
	in.Raw = raw
	done, err := r.handle(ctx, []casework.Inbound{in})
	if err == nil {
		err = done[0].Err
	}
	if err != nil {
		return fmt.Errorf("notice what became of the draft of letter %d: %w", seen.Letter, err)
	}
	wake(r.wakeSender)
	r.Log.Info("draft noticed", "letter", seen.Letter, "deleted", seen.Deleted, "case", done[0].Outcome.Number)
	return nil
}

// recheckDrafts asks the guard about drafts, and takes those out of the folder that fail.
func (r *Robot) recheckDrafts(ctx context.Context) error {
	if r.Others == nil {
		return nil
	}
	_, err := r.Outbox.RecheckDrafts(ctx)
	all, lerr := r.Store.Drafts(ctx)
	if slices.ContainsFunc(all.Open, func(d casework.Draft) bool { return d.Remove }) {
		wake(r.wakeSender)
		lerr = errors.Join(lerr, r.lookAtDrafts(ctx))
	}
	return errors.Join(err, lerr)
}

// matches are what was found of each open draft.
type matches struct {
	of           []match
	sent, drafts []*sighting // all that lie in the folders, by UID
	used         map[*sighting]bool
	sentAs       map[string]bool
}

type match struct {
	sent *sighting
	lies []*sighting // in the Drafts folder
}

// free tells whether a mail is no letter that is known, nor what another draft was sent as.
func (m *matches) free(s *sighting) bool { return s.letter == 0 && !m.used[s] && !m.sentAs[s.id] }

// match finds the mails of the drafts by keyed signs, and then by their subjects.
func (r *Robot) match(all casework.Drafts) *matches {
	m := &matches{of: make([]match, len(all.Open)), sent: r.watch.sent.list(), drafts: r.watch.drafts.list(), used: map[*sighting]bool{}, sentAs: all.SentAs}
	for i, d := range all.Open {
		for _, s := range m.sent {
			if r.is(s, d) {
				m.of[i].sent, m.used[s] = s, true
			}
		}
		for _, s := range m.drafts {
			if r.is(s, d) {
				m.of[i].lies, m.used[s] = append(m.of[i].lies, s), true
			}
		}
	}
	for _, shared := range []bool{true, false} { // of several of one subject, those with a recipient of the letter first
		for i, d := range all.Open {
			if m.of[i].sent == nil && len(m.of[i].lies) == 0 {
				m.bySubject(i, d, shared)
			}
		}
	}
	return m
}

// bySubject finds the mail that was made anew of a draft. Without a case's tag a subject alone says too little.
func (m *matches) bySubject(i int, d casework.Draft, shared bool) {
	subject := squeeze(d.Subject)
	fits := func(s *sighting) bool {
		return m.free(s) && s.subject == subject && s.since(d) && (s.sharesRecipient(d.To) || !shared && strings.HasPrefix(subject, "["))
	}
	if k := slices.IndexFunc(m.sent, fits); k >= 0 {
		m.of[i].sent, m.used[m.sent[k]] = m.sent[k], true
	} else if k := slices.IndexFunc(m.drafts, fits); k >= 0 {
		m.of[i].lies, m.used[m.drafts[k]] = append(m.of[i].lies, m.drafts[k]), true
	}
}

// mostRead bounds the mails that are read in search of a draft's words, the newest first.
const mostRead = 100

// byWords looks for a draft by its words: first in Sent, then in Drafts.
func (r *Robot) byWords(ctx context.Context, d casework.Draft, all *matches, m *match) error {
	ours, err := r.Store.LetterBytes(ctx, d.Letter)
	if err != nil {
		return fmt.Errorf("read a draft's letter: %w", err)
	}
	lines := linesOf(r.parsed(ours))
	if m.sent, err = r.withLines(ctx, &r.watch.sent, all.sent, all, d, lines); err != nil || m.sent != nil {
		return err
	}
	s, err := r.withLines(ctx, &r.watch.drafts, all.drafts, all, d, lines)
	if s != nil {
		m.lies = append(m.lies, s)
	}
	return err
}

// withLines is the newest mail of a folder that has half of a draft's lines, nil when none has.
func (r *Robot) withLines(ctx context.Context, f *folderSeen, list []*sighting, all *matches, d casework.Draft, lines []string) (*sighting, error) {
	read := 0
	for _, s := range slices.Backward(list) {
		if !all.free(s) || !s.since(d) {
			continue
		}
		if read++; read > mostRead {
			break
		}
		raw, err := r.Others.Read(ctx, f.name, f.mark.UIDValidity, s.uid)
		if err != nil {
			return nil, fmt.Errorf("read a mail in search of a draft: %w", err)
		}
		if hasHalf(textOf(r.parsed(raw)), lines) {
			all.used[s] = true
			return s, nil
		}
	}
	return nil, nil
}
