package mailbox

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// Folder is one line of the server's list.
type Folder struct {
	Name       string // as in the configuration, levels separated by "/"
	SpecialUse string // `\Sent`, `\Drafts`, `\Junk`, `\Trash`, `\Archive`, `\All`, `\Flagged` (RFC 6154), or ""
	Exists     bool   // false: only a level above others, which holds no mail
	Rights     string // RFC 4314 letters, such as "lrswipkxte"; "" if the server tells none
}

// Folders lists all folders, sorted by name, with the rights that we have.
func (c *Client) Folders(ctx context.Context) ([]Folder, error) {
	var folders []Folder
	err := c.do(ctx, "list folders", func(s *session) error {
		list, err := s.list("*")
		if err != nil {
			return err
		}
		names, err := s.naming()
		if err != nil {
			return err
		}
		for _, item := range list {
			f := Folder{Name: names.fromServer(item.Mailbox), SpecialUse: specialUse(item), Exists: holdsMail(item)}
			if f.Exists && s.caps.Has(imap.CapACL) {
				f.Rights, err = s.rights(item.Mailbox)
			}
			if err != nil {
				return err
			}
			folders = append(folders, f)
		}
		slices.SortFunc(folders, func(a, b Folder) int { return strings.Compare(a.Name, b.Name) })
		return nil
	})
	return folders, err
}

// Special finds the folder with a special use (RFC 6154): `\Sent`, `\Drafts`,
// `\Junk` and so on; the backslash may be left out. ok is false if the server
// names none: use the configured name then.
func (c *Client) Special(ctx context.Context, use string) (name string, ok bool, err error) {
	use = `\` + strings.TrimPrefix(use, `\`)
	err = c.do(ctx, "find special folder", func(s *session) error {
		if known, asked := s.special[use]; asked {
			name, ok = known, known != ""
			return nil
		}
		list, err := s.list("*")
		if err != nil {
			return err
		}
		names, err := s.naming()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(d *imap.ListData) bool {
			return holdsMail(d) && strings.EqualFold(specialUse(d), use)
		})
		if i >= 0 {
			name, ok = names.fromServer(list[i].Mailbox), true
		}
		s.special[use] = name
		return nil
	})
	return name, ok, err
}

// Create makes a folder, and subscribes it so that people see it in their mail
// programs. A folder that exists is no error.
func (c *Client) Create(ctx context.Context, name string) error {
	return c.do(ctx, "create folder", func(s *session) error {
		server, err := s.serverName(name)
		if err != nil {
			return err
		}
		return s.ensureFolder(server)
	})
}

// Caps are the server's capabilities after login, sorted.
func (c *Client) Caps(ctx context.Context) ([]string, error) {
	var names []string
	err := c.do(ctx, "ask capabilities", func(s *session) error {
		for name := range s.caps {
			names = append(names, string(name))
		}
		slices.Sort(names)
		return nil
	})
	return names, err
}

// list is LIST with special uses. A server that knows SPECIAL-USE but not
// LIST-EXTENDED tells them unasked.
func (s *session) list(pattern string) ([]*imap.ListData, error) {
	var options *imap.ListOptions
	if s.caps.Has(imap.CapSpecialUse) && s.caps.Has(imap.CapListExtended) {
		options = &imap.ListOptions{ReturnSpecialUse: true}
	}
	return s.cl.List("", pattern, options).Collect()
}

func (s *session) rights(server string) (string, error) {
	data, err := s.cl.MyRights(server).Wait()
	var no *imap.Error
	if errors.As(err, &no) {
		return "", nil // a folder that we see but may not even ask about
	}
	if err != nil {
		return "", err
	}
	return string(data.Rights), nil
}

// ensureFolder creates and subscribes the folder if the server lacks it, and
// asks only once a connection.
func (s *session) ensureFolder(server string) error {
	exists, err := s.folderExists(server)
	if err != nil || exists {
		return err
	}
	err = s.cl.Create(server, nil).Wait()
	var no *imap.Error
	if err != nil && !(errors.As(err, &no) && no.Code == imap.ResponseCodeAlreadyExists) {
		return err
	}
	if err := s.cl.Subscribe(server).Wait(); err != nil && !errors.As(err, &no) {
		return err
	}
	s.known[server] = true
	return nil
}

func (s *session) folderExists(server string) (bool, error) {
	if s.known[server] || strings.EqualFold(server, "INBOX") {
		return true, nil
	}
	list, err := s.cl.List("", escapeWildcards(server), nil).Collect()
	if err != nil {
		return false, err
	}
	for _, item := range list {
		if item.Mailbox == server && holdsMail(item) {
			s.known[server] = true
			return true, nil
		}
	}
	return false, nil
}

// escapeWildcards: LIST has no escape, "%" matches itself and more; the caller
// compares names anyway. Only "*" would list other levels.
func escapeWildcards(name string) string { return strings.ReplaceAll(name, "*", "%") }

func holdsMail(d *imap.ListData) bool {
	return !slices.Contains(d.Attrs, imap.MailboxAttrNonExistent) && !slices.Contains(d.Attrs, imap.MailboxAttrNoSelect)
}

var specialUses = []imap.MailboxAttr{
	imap.MailboxAttrSent, imap.MailboxAttrDrafts, imap.MailboxAttrJunk, imap.MailboxAttrTrash,
	imap.MailboxAttrArchive, imap.MailboxAttrAll, imap.MailboxAttrFlagged,
}

func specialUse(d *imap.ListData) string {
	for _, attr := range d.Attrs {
		if slices.Contains(specialUses, attr) {
			return string(attr)
		}
	}
	return ""
}
