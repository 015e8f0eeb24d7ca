// Package post writes mails as Japanese office programs do, for the demo and the scenarios: ISO-2022-JP or UTF-8,
// attachment names in RFC 2047 words inside quotes (Outlook's way) or in RFC 2231 form.
package post

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"strings"
	"time"

	"golang.org/x/text/encoding/japanese"
)

// File is an attachment.
type File struct {
	Name  string
	Bytes []byte
}

// Mail is what a person sends.
type Mail struct {
	FromName, From string
	To             string
	Subject, Text  string
	MessageID      string // without brackets
	InReplyTo      string
	Date           time.Time
	Files          []File
	JIS            bool     // ISO-2022-JP and Outlook's names, else UTF-8 and RFC 2231
	Head           []string // further header lines, written first, as a receiving server does
}

// Bytes is the mail in RFC 5322 form with CRLF.
func (m Mail) Bytes() []byte {
	var b bytes.Buffer
	for _, h := range m.Head {
		b.WriteString(h + "\r\n")
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	line("From", strings.TrimSpace(m.words(m.FromName)+" <"+m.From+">"))
	line("To", "<"+m.To+">")
	line("Subject", m.words(m.Subject))
	line("Date", m.Date.Format("Mon, 2 Jan 2006 15:04:05 -0700"))
	line("Message-ID", "<"+m.MessageID+">")
	if m.InReplyTo != "" {
		line("In-Reply-To", "<"+m.InReplyTo+">")
		line("References", "<"+m.InReplyTo+">")
	}
	line("MIME-Version", "1.0")
	if len(m.Files) == 0 {
		m.text(&b)
		return b.Bytes()
	}
	boundary := "=_" + strings.NewReplacer("@", "_", ".", "_").Replace(m.MessageID)
	line("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
	b.WriteString("\r\n--" + boundary + "\r\n")
	m.text(&b)
	for _, f := range m.Files {
		b.WriteString("\r\n--" + boundary + "\r\n")
		m.file(&b, f)
	}
	b.WriteString("\r\n--" + boundary + "--\r\n")
	return b.Bytes()
}

func (m Mail) text(b *bytes.Buffer) {
	text := strings.ReplaceAll(m.Text, "\n", "\r\n") + "\r\n"
	if m.JIS {
		if jis, err := japanese.ISO2022JP.NewEncoder().String(text); err == nil {
			b.WriteString("Content-Type: text/plain; charset=ISO-2022-JP\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + jis)
			return
		}
	}
	b.WriteString("Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	fold(b, []byte(text))
}

func (m Mail) file(b *bytes.Buffer, f File) {
	kind := "application/octet-stream"
	if strings.HasSuffix(f.Name, ".xlsx") {
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	if m.JIS {
		name := m.words(f.Name)
		fmt.Fprintf(b, "Content-Type: %s;\r\n name=\"%s\"\r\nContent-Disposition: attachment;\r\n filename=\"%s\"\r\n", kind, name, name)
	} else {
		fmt.Fprintf(b, "Content-Type: %s\r\nContent-Disposition: attachment;\r\n filename*=UTF-8''%s\r\n", kind, percent(f.Name))
	}
	b.WriteString("Content-Transfer-Encoding: base64\r\n\r\n")
	fold(b, f.Bytes)
}

// words encodes a header text in RFC 2047 words, each with whole characters.
func (m Mail) words(s string) string {
	if s == "" || isASCII(s) {
		return s
	}
	if !m.JIS {
		return strings.ReplaceAll(mime.BEncoding.Encode("UTF-8", s), "?= =?", "?=\r\n =?")
	}
	var out []string
	rs := []rune(s)
	for len(rs) > 0 {
		n := min(len(rs), 14)
		jis, err := japanese.ISO2022JP.NewEncoder().String(string(rs[:n]))
		if err != nil {
			return mime.BEncoding.Encode("UTF-8", s)
		}
		out = append(out, "=?ISO-2022-JP?B?"+base64.StdEncoding.EncodeToString([]byte(jis))+"?=")
		rs = rs[n:]
	}
	return strings.Join(out, "\r\n ")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func fold(b *bytes.Buffer, data []byte) {
	enc := base64.StdEncoding.EncodeToString(data)
	for len(enc) > 76 {
		b.WriteString(enc[:76] + "\r\n")
		enc = enc[76:]
	}
	b.WriteString(enc + "\r\n")
}
