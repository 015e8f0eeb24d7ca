package inbound

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// parse parses a mail that must be one.
func parse(t *testing.T, raw string) *Message {
	t.Helper()
	m, err := Parse([]byte(raw), Options{})
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return m
}

func paths(m *Message) []string {
	var p []string
	for _, a := range m.Attachments {
		p = append(p, a.Path+"="+string(a.Data))
	}
	return p
}

func TestBodyAndAttachments(t *testing.T) {
	const mixed = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
	file := "Content-Type: application/octet-stream; name=\"a.xlsx\"\r\n\r\nDATA"
	for _, c := range []struct {
		rule, raw, text, quoted string
		paths                   []string
	}{
		{"a mail without MIME", "From: a@b.example\r\n\r\nhello\r\n", "hello", "", nil},
		{"a mail that is one file", "From: a@b.example\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nDATA", "", "", []string{"a.pdf=DATA"}},
		{"text and a file", mixed + "preamble\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n" + file + "\r\n--b--\r\nepilogue", "hello", "", []string{"a.xlsx=DATA"}},
		{"two texts", mixed + "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--", "one\ntwo", "", nil},
		{"no closing boundary", mixed + "--b\r\n\r\nhello\r\n--b\r\n" + file, "hello", "", []string{"a.xlsx=DATA"}},
		{"every boundary closes", mixed + "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n--b\r\n" + file + "\r\n--b--", "hello", "", []string{"a.xlsx=DATA"}},
		{"a boundary with trailing space", mixed + "--b  \r\n\r\nhello\r\n--b-- \r\n", "hello", "", nil},
		{"a longer boundary is another", mixed + "--b\r\n\r\nhello\r\n--bb\r\nx\r\n--b--", "hello\n--bb\nx", "", nil},
		{"another boundary than declared", mixed + "--c\r\nContent-Type: text/plain\r\n\r\nhello\r\n--c\r\n" + file + "\r\n--c--", "hello", "", []string{"a.xlsx=DATA"}},
		{"a multipart without any boundary is text", mixed + "hello", "hello", "", nil},
		{"one boundary for two levels", mixed + "--b\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b--\r\n--b\r\n" + file + "\r\n--b--", "hello", "", []string{"a.xlsx=DATA"}},
		{"a multipart in base64", "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
			base64.StdEncoding.EncodeToString([]byte("--b\r\n\r\nhello\r\n--b--")), "hello", "", nil},
		{"lines that end in LF", strings.ReplaceAll(mixed+"--b\r\n\r\nhello\r\n--b--", "\r\n", "\n"), "hello", "", nil},
		{"lines that end in CR", strings.ReplaceAll(mixed+"--b\r\n\r\nhello\r\n--b--", "\r\n", "\r"), "hello", "", nil},
		{"a uuencoded file in the text", "From: a@b.example\r\nContent-Type: text/plain\r\n\r\nhello\r\n\r\nbegin 644 a.xlsx\r\n$1$%400``\r\n`\r\nend\r\nbye\r\n", "hello\n\nbye", "", []string{"a.xlsx=DATA"}},
		{"words that begin like a uuencoded file", "From: a@b.example\r\n\r\nbegin 644 times\r\nover\r\nend\r\n", "begin 644 times\nover\nend", "", nil},
		{"of alternatives the plain text", "From: a@b.example\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b--", "plain", "", nil},
		{"HTML where the plain text is blank", "From: a@b.example\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n \r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b--", "html", "", nil},
		{"HTML only", "From: a@b.example\r\nContent-Type: text/html\r\n\r\n<p>一</p><blockquote>二</blockquote>", "一", "> 二", nil},
		{"a file without a name gets one", mixed + "--b\r\nContent-Type: image/png\r\n\r\nDATA\r\n--b--", "", "", []string{"part-2.png=DATA"}},
		{"attached text is a file", mixed + "--b\r\n\r\nhello\r\n--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nDATA\r\n--b--", "hello", "", []string{"a.txt=DATA"}},
		{"a mail that is only a text file shows it as quoted", "From: a@b.example\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nDATA", "", "DATA", []string{"a.txt=DATA"}},
		{"a nested message", mixed + "--b\r\n\r\nfyi\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\nSubject: S\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\ninner\r\n--i\r\n" + file + "\r\n--i--\r\n--b--",
			"fyi", "From: c@d.example\nSubject: S\n\ninner", []string{"original.eml/a.xlsx=DATA"}},
		{"two nested messages, one with a name", mixed + "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\n" + file + "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\n" + file +
			"\r\n--b\r\nContent-Type: message/rfc822; name=\"r.eml\"\r\n\r\nFrom: c@d.example\r\n" + file + "\r\n--b--",
			"", "From: c@d.example\n\nFrom: c@d.example\n\nFrom: c@d.example", []string{"original.eml/a.xlsx=DATA", "original-2.eml/a.xlsx=DATA", "r.eml/a.xlsx=DATA"}},
		{"a nested message in base64", mixed + "--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte("From: c@d.example\r\n\r\ninner")) + "\r\n--b--",
			"", "From: c@d.example\n\ninner", nil},
		{"a digest's parts are messages", "From: a@b.example\r\nContent-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nFrom: c@d.example\r\n\r\ninner\r\n--b--", "", "From: c@d.example\n\ninner", nil},
		{"format=flowed", "From: a@b.example\r\nContent-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\nエント \r\nリー\r\n", "エントリー", "", nil},
		{"an invalid Content-Type is text", "From: a@b.example\r\nContent-Type: text\r\n\r\nhello", "hello", "", nil},
		{"control characters are left out", "From: a@b.example\r\n\r\na\x00b\x1b[31mc", "ab[31mc", "", nil},
	} {
		m := parse(t, c.raw)
		if m.Text != c.text || m.Quoted != c.quoted {
			t.Errorf("%s: text %q, want %q; quoted %q, want %q", c.rule, m.Text, c.text, m.Quoted, c.quoted)
		}
		if d := cmp.Diff(c.paths, paths(m)); d != "" {
			t.Errorf("%s: attachments: %s", c.rule, d)
		}
	}
}

func TestRelatedPicturesAreInline(t *testing.T) {
	m := parse(t, "From: a@b.example\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n--b\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <1>\r\n\r\nP\r\n--b--")
	if len(m.Attachments) != 1 || !m.Attachments[0].Inline {
		t.Errorf("%+v", m.Attachments)
	}
}

func TestAuthority(t *testing.T) {
	const from, subject, date, id = "From: a@b.example\r\n", "Subject: x\r\n", "Date: Mon, 16 Nov 2026 10:15:00 +0900\r\n", "Message-ID: <a@b>\r\n"
	for _, c := range []struct{ rule, header, want string }{
		{"one of each", from + subject + date + id, ""},
		{"no From", subject + date + id, "no From field"},
		{"two From fields", from + from + subject + date + id, "2 From fields"},
		{"two mailboxes", "From: a@b.example, c@d.example\r\n" + subject + date + id, "2 mailboxes in From"},
		{"From in two readings", "From: <a@b.example> <c@d.example>\r\n" + subject + date + id, "the From field is not well formed"},
		{"two Subjects", from + subject + subject + date + id, "2 Subject fields"},
		{"no Date", from + subject + id, "no Date field"},
		{"an unreadable Date", from + subject + "Date: soon\r\n" + id, "the Date cannot be read"},
		{"no Message-ID", from + subject + date, "no Message-ID field"},
		{"an empty Message-ID", from + subject + date + "Message-ID: <>\r\n", "the Message-ID cannot be read"},
	} {
		m := parse(t, c.header+"\r\nx")
		if m.Authority != c.want {
			t.Errorf("%s: %q, want %q", c.rule, m.Authority, c.want)
		}
		if c.want != "" && !strings.Contains(strings.Join(m.Problems, "; "), c.want) {
			t.Errorf("%s: not among the problems %q", c.rule, m.Problems)
		}
		if _, sole := m.Sole(); sole != !strings.Contains(c.rule, "From") && sole != !strings.Contains(c.rule, "mailboxes") {
			t.Errorf("%s: sole %v", c.rule, sole)
		}
	}
}

func TestAddressedTo(t *testing.T) {
	m := parse(t, "From: a@b.example\r\nTo: Office <Kobe-Intake@JETRO.example>\r\nCc: x@y.example\r\nBcc: z@y.example\r\n\r\n")
	for mailbox, want := range map[string]bool{"kobe-intake@jetro.example": true, "x@y.example": true, "z@y.example": false, "a@b.example": false, "": false} {
		if got := m.AddressedTo(mailbox); got != want {
			t.Errorf("%q: %v, want %v", mailbox, got, want)
		}
	}
}

func TestNoMail(t *testing.T) {
	for _, raw := range []string{"", "\r\n\r\n", "PK\x03\x04\x00\x00\x00"} {
		if m, err := Parse([]byte(raw), Options{}); !errors.Is(err, ErrNoMail) || m != nil {
			t.Errorf("%q: %v, %v", raw, m, err)
		}
	}
}

func TestTextWithoutHeaderIsReadWithAProblem(t *testing.T) {
	m := parse(t, "\nこんにちは。\n")
	if m.Text != "こんにちは。" || m.Authority == "" || len(m.Problems) == 0 {
		t.Errorf("%+v", m)
	}
}

// nest wraps a text into n multiparts.
func nest(n int) string {
	s := "\r\nhello\r\n"
	for i := range n {
		s = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n", i, i, s, i)
	}
	return "From: a@b.example\r\n" + s
}

func TestLimits(t *testing.T) {
	many := "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 300) + "--b--"
	now := time.Unix(0, 0)
	for _, c := range []struct {
		rule, raw string
		limits    Limits
		want      string
	}{
		{"eight levels are read", nest(7), DefaultLimits(), ""},
		{"nine levels are not", nest(8), DefaultLimits(), "depth"},
		{"200 parts", many, DefaultLimits(), "parts"},
		{"bytes", many, Limits{Bytes: 100}, "bytes"},
		{"time", nest(3), Limits{Time: time.Second, Now: func() time.Time { now = now.Add(time.Second); return now }}, "time"},
		{"no bound", many + nest(20), Limits{Parts: 1000}, ""},
	} {
		m, err := Parse([]byte(c.raw), Options{Limits: c.limits})
		var limit *LimitError
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.rule, err)
		case c.want != "" && (!errors.As(err, &limit) || limit.Limit != c.want):
			t.Errorf("%s: %v, want %s", c.rule, err, c.want)
		case m == nil || m.From[0].Addr != "a@b.example":
			t.Errorf("%s: what was read is not handed back: %+v", c.rule, m)
		case c.want == "bytes" && !m.HeaderOnly:
			t.Errorf("%s: more than the header was read", c.rule)
		}
	}
}

func TestTextLimitLeavesTheRestOut(t *testing.T) {
	m, err := Parse([]byte("From: a@b.example\r\n\r\n"+strings.Repeat("a", 5000)), Options{Limits: Limits{Text: 1000}})
	if err != nil || len(m.Text) != 1000 || !strings.Contains(strings.Join(m.Problems, ";"), "limit") {
		t.Errorf("%v, %d bytes, %q", err, len(m.Text), m.Problems)
	}
}

func TestContentHash(t *testing.T) {
	base := "Subject: x\r\nFrom: a@b.example\r\nTo: o@j.example\r\nMessage-ID: <1@b>\r\n\r\nhello\r\nworld\r\n"
	want := parse(t, base).ContentHash
	same := map[string]string{
		"another way here": "Return-Path: <a@b.example>\r\nDelivered-To: alias2@j.example\r\nReceived: by x\r\n for y\r\nAuthentication-Results: x; none\r\n" +
			"ARC-Seal: i=1\r\nX-Spam-Score: 1\r\nDKIM-Signature: v=1\r\n" + base,
		"LF for CRLF":          strings.ReplaceAll(base, "\r\n", "\n"),
		"folded otherwise":     strings.Replace(base, "Subject: x", "Subject:\r\n\tx", 1),
		"line ends at the end": base + "\r\n\r\n",
	}
	for rule, raw := range same {
		if parse(t, raw).ContentHash != want {
			t.Errorf("%s: another hash", rule)
		}
	}
	other := map[string]string{
		"another body":            strings.Replace(base, "world", "World", 1),
		"another subject":         strings.Replace(base, "Subject: x", "Subject: y", 1),
		"a blank line in between": strings.Replace(base, "hello", "hello\r\n", 1),
		"another sender":          strings.Replace(base, "a@b", "c@b", 1),
		"a line from the header":  strings.Replace(base, "Message-ID: <1@b>\r\n\r\nhello", "Message-ID: <1@b>\r\nhello: \r\n\r\n", 1),
	}
	for rule, raw := range other {
		if parse(t, raw).ContentHash == want {
			t.Errorf("%s: the same hash", rule)
		}
	}
}

func TestBigBodiesHashInChunks(t *testing.T) {
	line := strings.Repeat("あ", 20_000) // longer than the buffer
	a := parse(t, "From: a@b.example\r\n\r\n"+line+"\r\n"+strings.Repeat("\r\n", 50_000)+"x")
	b := parse(t, "From: a@b.example\n\n"+line+"\n"+strings.Repeat("\n", 50_000)+"x")
	if a.ContentHash != b.ContentHash {
		t.Error("line ends count")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(nest(2)))
	f.Add([]byte("From: a\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n\nx\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <a>\n\n--b--"))
	f.Add([]byte("Content-Type: text/html; charset=iso-2022-jp\nContent-Transfer-Encoding: quoted-printable\n\n=1B$B<p>"))
	f.Add([]byte("Content-Type: text/plain; format=flowed\nContent-Transfer-Encoding: base64\n\nQQ==\nQQ"))
	f.Add([]byte("From \r\rA:b\r\rc"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		m, err := Parse(raw, Options{Authserv: "mx.example"})
		if !bytes.Equal(before, raw) {
			t.Fatal("the raw mail was changed")
		}
		if m == nil {
			if !errors.Is(err, ErrNoMail) {
				t.Fatalf("no message, and %v", err)
			}
			return
		}
		if m.Evidence.State == EvidencePass || m.Evidence.State == EvidenceFail {
			if !bytes.Contains(bytes.ToLower(raw), []byte("authentication-results")) {
				t.Fatalf("evidence from nowhere: %+v", m.Evidence)
			}
		}
		for _, a := range m.Attachments {
			if a.Name == "" || strings.ContainsAny(a.Name, "/\\\x00\n") {
				t.Fatalf("name %q", a.Name)
			}
		}
		if _, err := ParseHeader(raw, Options{}); err != nil {
			t.Fatalf("header: %v", err)
		}
	})
}
