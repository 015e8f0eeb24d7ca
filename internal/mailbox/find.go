package mailbox

import (
	"context"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// idsPerCommand bounds a search to about 4 KB of command line.
const idsPerCommand = 32

// HasMessageID tells whether the folder holds a mail with this Message-ID; the
// angle brackets may be left out. A folder that does not exist holds none.
func (c *Client) HasMessageID(ctx context.Context, folder, messageID string) (bool, error) {
	have, _, err := c.HaveMessageIDs(ctx, folder, []string{messageID}, Mark{})
	return have[messageID], err
}

// Mark is how far a folder was filled at one moment: what came later has UIDNext or a higher UID. The zero Mark is
// before everything.
type Mark struct{ UIDValidity, UIDNext uint32 }

// HaveMessageIDs is HasMessageID for many, in two round trips for each 32. The
// map has a key, spelt as given, for every id that is there. Only mails that
// came after the mark are looked at: a server reads a header of each, but for
// those that this connection has put there. now is the folder's mark before the
// look, zero where the server does not tell it.
func (c *Client) HaveMessageIDs(ctx context.Context, folder string, ids []string, after Mark) (have map[string]bool, now Mark, err error) {
	have = make(map[string]bool)
	for _, id := range ids {
		if strings.ContainsAny(id, "\r\n\x00") || strings.Trim(id, "<> ") == "" {
			return nil, now, &RefusedError{Op: "search Message-ID", Text: "a Message-ID is empty or has line breaks"}
		}
	}
	err = c.do(ctx, "search Message-ID", func(s *session) error {
		server, err := s.serverName(folder)
		if err != nil || len(ids) == 0 {
			return err
		}
		if exists, err := s.folderExists(server); err != nil || !exists {
			return err
		}
		if now, err = c.look(s, server); err != nil || now == after && now != (Mark{}) {
			return err
		}
		from := uint32(1)
		if after.UIDValidity == now.UIDValidity {
			from = max(after.UIDNext, 1)
		}
		if from = s.own.search(server, now.UIDValidity, from, ids, have); from == now.UIDNext {
			return nil // since then only we have put mails there
		}
		for chunk := range slices.Chunk(ids, idsPerCommand) {
			if err := s.findIDs(chunk, from, have); err != nil {
				return err
			}
		}
		return nil
	})
	return have, now, err
}

// look opens a folder for reading and sees what came since. The inbox keeps
// its own kind of selection; methods that need it select it again.
func (c *Client) look(s *session, server string) (Mark, error) {
	inbox, err := s.serverName(s.cfg.Inbox)
	if err != nil {
		return Mark{}, err
	}
	if server == inbox {
		return Mark{}, firstError(c.inbox(s), s.cl.Noop().Wait())
	}
	data, err := s.choose(server, false)
	if err != nil || data.UIDValidity == 0 || data.UIDNext == 0 {
		return Mark{}, err
	}
	return Mark{data.UIDValidity, uint32(data.UIDNext)}, nil
}

// findIDs searches for any of the ids, which finds substrings too, and reads
// the Message-IDs of what was found, from a UID on.
func (s *session) findIDs(ids []string, from uint32, have map[string]bool) error {
	criteria := anyOf(ids)
	if from > 1 {
		criteria.UID = []imap.UIDSet{{{Start: imap.UID(from), Stop: 0}}}
	}
	found, err := s.search(criteria)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(found, uidsPerCommand) {
		heads, err := s.heads(uidSet(chunk), &imap.FetchOptions{
			UID: true, BodySection: []*imap.FetchItemBodySection{messageIDField},
		})
		if err != nil {
			return err
		}
		for _, h := range heads {
			for _, id := range ids {
				if bracketed(id) == h.MessageID {
					have[id] = true
				}
			}
		}
	}
	return nil
}

// anyOf joins the ids by OR, as a balanced tree: servers limit the depth.
func anyOf(ids []string) *imap.SearchCriteria {
	if len(ids) == 1 {
		return &imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: bracketed(ids[0])}}}
	}
	half := len(ids) / 2
	return &imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{*anyOf(ids[:half]), *anyOf(ids[half:])}}}
}

func bracketed(id string) string { return "<" + strings.Trim(id, "<> ") + ">" }
