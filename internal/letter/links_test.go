package letter

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"uketsuke/internal/casework"
	"uketsuke/internal/command"
)

// offered is a command as the HTML twin offers it.
type offered struct {
	button string // 承認 MINATO
	line   string // to copy: 承認 MINATO [受付 E26-00123 k3f9q2]
	href   string // "" where the reader has to add the tag
}

var (
	offerRow = regexp.MustCompile(`(?s)<a href="([^"]*)"[^>]*>([^<]*)</a></td></tr></table></td></tr>\s*<tr><td class="soft"[^>]*>件名：(.*?)</td>|` +
		`<span class="ink"[^>]*>([^<]*)</span></td></tr>\s*<tr><td class="soft"[^>]*>件名：(.*?)</td>`)
	entryRow = regexp.MustCompile(`(?s)<a href="([^"]*)" class="act"[^>]*>([^<]*)</a> <span class="soft"[^>]*>(.*?)</span></div>`)
	anyTag   = regexp.MustCompile(`<[^>]*>`)
)

func offersIn(p Parts) []offered {
	var out []offered
	text := func(s string) string { return html.UnescapeString(anyTag.ReplaceAllString(s, "")) }
	for _, m := range entryRow.FindAllStringSubmatch(p.HTML, -1) {
		out = append(out, offered{button: text(m[2]), line: text(m[2] + " " + m[3]), href: html.UnescapeString(m[1])})
	}
	for _, m := range offerRow.FindAllStringSubmatch(p.HTML, -1) {
		out = append(out, offered{button: text(m[2] + m[4]), line: text(m[3] + m[5]), href: html.UnescapeString(m[1])})
	}
	return out
}

// opens is the mail that a mailto: link opens (RFC 6068).
func opens(t *testing.T, href string) (to, subject string) {
	t.Helper()
	if strings.ContainsAny(href, "+ ") {
		t.Errorf("%s has a blank or a plus", href)
	}
	u, err := url.Parse(href)
	if err != nil || u.Scheme != "mailto" {
		t.Fatalf("%s: %v", href, err)
	}
	to, err = url.PathUnescape(u.Opaque)
	if err != nil {
		t.Fatal(err)
	}
	query, body, filled := strings.Cut(u.RawQuery, "&body=")
	field, value, _ := strings.Cut(query, "=")
	subject, err = url.PathUnescape(value)
	if err != nil || field != "subject" || strings.Contains(value, "&") {
		t.Fatalf("%s: %v", href, err)
	}
	if lines, err := url.PathUnescape(body); err != nil || filled && !strings.HasSuffix(lines, "：\r\n") {
		t.Errorf("%s opens with %q: %v", href, lines, err)
	}
	return to, subject
}

// Every one-click link of every letter opens a mail to the office whose subject is the very command that its button
// names, with its reader's tag; the text twin has the same line to copy, and no other.
func TestEveryLinkIsAMailOfTheCommandThatIsOffered(t *testing.T) {
	parser, _ := command.New(nil)
	count := 0
	eachLetter(t, func(s Sample, p Parts) {
		if strings.Contains(p.HTML, "http") || strings.Contains(p.Text, "http") {
			t.Errorf("%s has a web link", s.Name)
		}
		list := offersIn(p)
		links := 0
		for _, o := range list {
			count++
			checkOffer(t, parser, s, p, o)
			if o.href != "" {
				links++
			}
		}
		if n := strings.Count(p.HTML, "href="); n != links || n != strings.Count(p.HTML, "mailto:") {
			t.Errorf("%s: %d links, %d of them of commands", s.Name, n, links)
		}
		if n := strings.Count(p.Text, "k3f9q2]\n"); n > len(list) {
			t.Errorf("%s: the text part has %d lines to copy, the HTML %d", s.Name, n, len(list))
		}
	})
	if count < 100 {
		t.Errorf("only %d commands are offered", count)
	}
}

func checkOffer(t *testing.T, parser *command.Parser, s Sample, p Parts, o offered) {
	t.Helper()
	words := strings.Fields(o.button)
	row, ok := command.Lookup(casework.CommandName(words[0]))
	if !ok && words[0] != string(casework.CmdConfirm) {
		t.Errorf("%s: %q is no command", s.Name, o.button)
		return
	}
	if !strings.Contains(p.Text, "\n　"+o.line+"\n") {
		t.Errorf("%s: the text part lacks %q", s.Name, o.line)
	}
	if !strings.HasPrefix(o.line, o.button) {
		t.Errorf("%s: the button says %q, the line to copy %q", s.Name, o.button, o.line)
	}
	if o.href == "" { // a letter about no case offers a command of one
		if s.Letter.Case != 0 || row.NoCase || o.line != o.button+" "+unknownTag {
			t.Errorf("%s: %q opens no mail", s.Name, o.line)
		}
		return
	}
	to, subject := opens(t, o.href)
	if to != testOffice.Mailbox.Addr {
		t.Errorf("%s: %q goes to %s", s.Name, subject, to)
	}
	args := words[1:]
	blank := slices.IndexFunc(args, isPlaceholder)
	if blank < 0 && subject != o.line {
		t.Errorf("%s: the link says %q, the line to copy %q", s.Name, subject, o.line)
	} else if blank >= 0 {
		args = args[:blank]
	}
	got := parser.Parse(subject)
	if got.Call == nil || string(got.Call.Name) != words[0] || !slices.Equal(got.Call.Args, args) && len(args) > 0 {
		t.Errorf("%s: the button %q opens %q, which is the command %+v", s.Name, o.button, subject, got.Call)
	}
	tag := casework.Tag{Number: s.Letter.Number, Code: "k3f9q2"}
	if slices.Contains(numbersOf(s.Letter.Content), got.Tag.Number) {
		tag.Number = got.Tag.Number // each line's own
	}
	if caseless := !strings.Contains(o.line, "["); caseless {
		tag = casework.Tag{}
		if !row.NoCase && words[0] != string(casework.CmdConfirm) {
			t.Errorf("%s: %q names no case", s.Name, subject)
		}
	}
	if got.Tag.Number != tag.Number || got.Tag.Code != tag.Code {
		t.Errorf("%s: %q has the tag %+v, want %+v", s.Name, subject, got.Tag, tag)
	}
}

// numbersOf are the numbers of the cases of a letter about several.
func numbersOf(c casework.Content) (out []string) {
	switch l := c.(type) {
	case casework.ReminderLetter:
		for _, line := range l.Lines {
			out = append(out, line.Number)
		}
	case casework.AgencyDigestLetter:
		for _, line := range l.Lines {
			out = append(out, line.Number)
		}
	case casework.DigestLetter:
		for _, line := range l.Lines {
			out = append(out, line.Number)
		}
	}
	return out
}

func TestALinkCarriesWhatStandsBeforeTheFirstBlank(t *testing.T) {
	k := linker{mailbox: "entry@kobe.example", tag: "[登録 2026-KOB-00042-5 k3f9q2]"}
	for _, tc := range []struct {
		args          []string
		line, subject string
	}{
		{[]string{"HYOGO-CCI", "日付", "時刻", "場所"}, "面談 HYOGO-CCI 日付 時刻 場所 " + k.tag, "面談 HYOGO-CCI " + k.tag},
		{[]string{"初回", "日付", "時刻", "場所"}, "面談 初回 日付 時刻 場所 " + k.tag, "面談 初回 " + k.tag},
		{[]string{"日付"}, "面談 日付 " + k.tag, "面談 " + k.tag},
		{nil, "面談 " + k.tag, "面談 " + k.tag},
	} {
		l := k.link(casework.Offer{Command: casework.CmdMeet, Args: tc.args})
		if _, subject := opens(t, l.Href); l.Line != tc.line || subject != tc.subject {
			t.Errorf("%v: line %q, link %q", tc.args, l.Line, subject)
		}
	}
}
