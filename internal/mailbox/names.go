package mailbox

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"

	"github.com/emersion/go-imap/v2"
)

// naming translates between the configuration's folder names ("受付/済") and
// the server's ("INBOX.受付.済"). The library does the UTF-7 of its own commands.
type naming struct {
	delim   string   // "" if the server has no levels
	prefix  string   // of the personal namespace, with its delimiter, or ""
	foreign []string // prefixes of other users' and shared namespaces
}

func (n *naming) toServer(name string) string {
	if strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	if n.delim != "" {
		name = strings.ReplaceAll(name, "/", n.delim)
	}
	if n.prefix == "" || hasPrefixFold(name, n.prefix) {
		return name
	}
	for _, prefix := range n.foreign {
		if prefix != "" && hasPrefixFold(name, prefix) {
			return name
		}
	}
	return n.prefix + name
}

func (n *naming) fromServer(name string) string {
	if n.prefix != "" && hasPrefixFold(name, n.prefix) && len(name) > len(n.prefix) {
		name = name[len(n.prefix):]
	}
	if n.delim != "" {
		name = strings.ReplaceAll(name, n.delim, "/")
	}
	return name
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// naming asks the server once for its delimiter and prefix.
func (s *session) naming() (*naming, error) {
	if s.names != nil {
		return s.names, nil
	}
	n := &naming{}
	var err error
	if s.caps.Has(imap.CapNamespace) {
		err = s.askNamespace(n)
	}
	if err == nil && n.delim == "" {
		err = s.askDelimiter(n)
	}
	if err != nil {
		return nil, err
	}
	s.names = n
	return n, nil
}

func (s *session) askNamespace(n *naming) error {
	data, err := s.cl.Namespace().Wait()
	if err != nil {
		return err
	}
	if len(data.Personal) > 0 {
		n.prefix = data.Personal[0].Prefix
		if data.Personal[0].Delim != 0 {
			n.delim = string(data.Personal[0].Delim)
		}
	}
	for _, d := range append(data.Other, data.Shared...) {
		n.foreign = append(n.foreign, d.Prefix)
	}
	return nil
}

// askDelimiter is LIST "" "", which answers with the delimiter alone (RFC 3501
// section 6.3.8).
func (s *session) askDelimiter(n *naming) error {
	list, err := s.cl.List("", "", nil).Collect()
	if err != nil {
		return err
	}
	if len(list) > 0 && list[0].Delim != 0 {
		n.delim = string(list[0].Delim)
	}
	return nil
}

// serverName is naming's toServer.
func (s *session) serverName(folder string) (string, error) {
	n, err := s.naming()
	if err != nil {
		return "", err
	}
	return n.toServer(folder), nil
}

// quoted is a server's name as a command has it: UTF-8 where IMAP4rev2 is enabled (see enter), else modified UTF-7.
func (s *session) quoted(server string) string {
	if !s.caps.Has(imap.CapIMAP4rev2) {
		server = modifiedUTF7(server)
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(server) + `"`
}

// modifiedBase64 is that of folder names, RFC 3501 section 5.1.3.
var modifiedBase64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// modifiedUTF7 writes a folder's name as RFC 3501 section 5.1.3 wants it.
func modifiedUTF7(name string) string {
	var out strings.Builder
	for name != "" {
		plain := strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r > '~' })
		if plain < 0 {
			plain = len(name)
		}
		out.WriteString(strings.ReplaceAll(name[:plain], "&", "&-"))
		name = name[plain:]
		shifted := strings.IndexFunc(name, func(r rune) bool { return r >= ' ' && r <= '~' })
		if shifted < 0 {
			shifted = len(name)
		}
		if shifted > 0 {
			var units []byte
			for _, u := range utf16.Encode([]rune(name[:shifted])) {
				units = append(units, byte(u>>8), byte(u))
			}
			out.WriteString("&" + modifiedBase64.EncodeToString(units) + "-")
		}
		name = name[shifted:]
	}
	return out.String()
}
