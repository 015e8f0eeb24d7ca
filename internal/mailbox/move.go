package mailbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// FiledKeyword marks a mail of the inbox that was copied to its folder but
// could not be taken out of the inbox safely: the server lacks UIDPLUS, and a
// plain EXPUNGE would delete what people have flagged \Deleted.
const FiledKeyword = "$UketsukeFiled"

// Move files mails of the inbox into a folder, which is created if missing. A
// mail leaves the inbox only when the copy is sure:
//
//   - the server has MOVE: one command for up to 500 mails, and a look
//     afterwards at those whose move it did not confirm by COPYUID;
//   - it has UIDPLUS: COPY; wait for OK; of the UIDs that COPYUID confirms,
//     STORE \Deleted and UID EXPUNGE exactly these. A copy without COPYUID
//     is treated as below;
//   - otherwise: COPY; wait for OK; mark with [FiledKeyword] and leave the mail
//     where it is. A mail so marked is not copied again. (With UIDPLUS the mark
//     is not trusted: better a second copy in the folder than none.)
//
// Nothing else that lies in the inbox is touched, whatever its flags. Move may
// be repeated: UIDs that are not in the inbox (any more) are told in gone.
// After an error some mails may have been filed; repeating sorts it out.
func (c *Client) Move(ctx context.Context, uids []uint32, folder string) (gone []uint32, err error) {
	err = c.do(ctx, "file mails", func(s *session) error {
		if err := c.inbox(s); err != nil {
			return err
		}
		server, err := s.serverName(folder)
		if err != nil {
			return err
		}
		if server == s.chosen {
			return &RefusedError{Op: "file mails", Text: "the folder is the inbox itself"}
		}
		for chunk := range slices.Chunk(uids, uidsPerCommand) {
			absent, err := s.fileChunk(chunk, server)
			gone = append(gone, absent...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return gone, err
}

// fileChunk files one command's worth, and tries once more after it made the
// folder.
func (s *session) fileChunk(uids []uint32, server string) (gone []uint32, err error) {
	file := s.fileByCopy
	if s.caps.Has(imap.CapMove) {
		file = s.fileByMove
	}
	if len(uidSet(uids)) == 0 {
		return nil, nil
	}
	gone, err = file(uids, server)
	var no *imap.Error
	if !errors.As(err, &no) {
		return gone, err
	}
	delete(s.known, server) // no matter what an earlier look said
	exists, lookErr := s.folderExists(server)
	if lookErr != nil || exists {
		return gone, firstError(lookErr, err)
	}
	if err := s.ensureFolder(server); err != nil {
		return nil, err
	}
	return file(uids, server)
}

// fileByMove uses the server's MOVE, which copies and removes as one act
// (RFC 6851 section 3.3).
func (s *session) fileByMove(uids []uint32, server string) (gone []uint32, err error) {
	// Look first: without UIDPLUS nothing would say what was moved, and there
	// are servers that answer with an empty COPYUID, which is no IMAP, where
	// nothing was.
	present, err := s.existing(uids)
	if err != nil {
		return nil, err
	}
	if len(present) == 0 {
		return uids, nil
	}
	// The library falls back to COPY, STORE, EXPUNGE without looking at COPY's
	// answer when it thinks that there is no MOVE. It must think as we do.
	if !s.cl.Caps().Has(imap.CapMove) {
		return s.fileByCopy(uids, server)
	}
	data, err := s.cl.Move(uidSet(present), server).Wait()
	if err != nil {
		return nil, err
	}
	confirmed, _ := data.SourceUIDs.(imap.UIDSet)
	left, err := s.existing(without(present, confirmed))
	if err != nil {
		return nil, err
	}
	if len(left) > 0 {
		return nil, &TemporaryError{Op: "file mails", Err: fmt.Errorf("%d of %d mails are still in the inbox after MOVE", len(left), len(present))}
	}
	if len(confirmed) > 0 {
		return without(uids, confirmed), nil
	}
	return without(uids, uidSet(present)), nil
}

// fileByCopy is the safe way without MOVE; see Client.Move.
func (s *session) fileByCopy(uids []uint32, server string) (gone []uint32, err error) {
	present, marked, err := s.presentAndMarked(uids)
	if err != nil {
		return nil, err
	}
	gone = without(uids, uidSet(present))
	canExpunge := s.caps.Has(imap.CapUIDPlus)
	if !canExpunge {
		present = without(present, uidSet(marked))
	}
	if len(present) == 0 {
		return gone, nil
	}
	data, err := s.cl.Copy(uidSet(present), server).Wait()
	if err != nil {
		return nil, err
	}
	unsure := present
	if canExpunge {
		confirmed := confirmedCopies(data)
		unsure = without(present, confirmed)
		if err := s.expunge(without(present, uidSet(unsure))); err != nil {
			return nil, err
		}
	}
	return gone, s.mark(unsure)
}

// confirmedCopies are the UIDs of which COPYUID names as many copies.
func confirmedCopies(data *imap.CopyData) imap.UIDSet {
	from, _ := expand(data.SourceUIDs)
	to, _ := expand(data.DestUIDs)
	if len(from) != len(to) {
		return nil
	}
	return data.SourceUIDs
}

// presentAndMarked tells which of the UIDs exist, and which of these carry
// FiledKeyword.
func (s *session) presentAndMarked(uids []uint32) (present, marked []uint32, err error) {
	heads, err := s.heads(uidSet(uids), &imap.FetchOptions{UID: true, Flags: true})
	for _, h := range heads {
		present = append(present, h.UID)
		// keywords have no case (RFC 9051 section 2.3.2), servers may respell them
		if slices.ContainsFunc(h.Flags, func(flag string) bool { return strings.EqualFold(flag, FiledKeyword) }) {
			marked = append(marked, h.UID)
		}
	}
	return present, marked, err
}

// mark puts FiledKeyword on mails that stay in the inbox. A server that keeps
// no keywords is no failure: the copy exists, only the sign is missing.
func (s *session) mark(uids []uint32) error {
	if len(uids) == 0 {
		return nil
	}
	err := s.addFlags(uids, FiledKeyword)
	var no *imap.Error
	if errors.As(err, &no) {
		s.cfg.Log.Warn("imap server keeps no keywords: filed mails stay in the inbox unmarked", "mails", len(uids))
		return nil
	}
	return err
}

// expunge removes exactly these mails, whose copies are sure.
func (s *session) expunge(uids []uint32) error {
	if len(uids) == 0 {
		return nil
	}
	if err := s.addFlags(uids, imap.FlagDeleted); err != nil {
		return err
	}
	return s.cl.UIDExpunge(uidSet(uids)).Close()
}

func (s *session) addFlags(uids []uint32, flags ...imap.Flag) error {
	return s.cl.Store(uidSet(uids), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: flags}, nil).Close()
}

// without returns uids less those in set, in order.
func without(uids []uint32, set imap.UIDSet) []uint32 {
	var rest []uint32
	for _, uid := range uids {
		if !set.Contains(imap.UID(uid)) {
			rest = append(rest, uid)
		}
	}
	return rest
}
