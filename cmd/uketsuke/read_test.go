package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
)

var sent = time.Date(2026, 11, 16, 10, 15, 0, 0, time.FixedZone("", 9*3600))

// mail writes a mail of 田中 一郎 into a folder, changed.
func mail(t *testing.T, dir, name string, change func(*post.Mail)) string {
	t.Helper()
	m := post.Mail{FromName: "田中 一郎", From: "tanaka@minato-bank.example", To: demo.OfficeAddr, Subject: "エントリーシートの送付", Text: "お世話になっております。",
		MessageID: name + "@minato-bank.example", Date: sent, JIS: true, Head: demo.Evidence("tanaka@minato-bank.example")}
	if change != nil {
		change(&m)
	}
	return write(t, dir, name, m.Bytes())
}

// enclose adds the sample sheet, changed, under a name.
func enclose(t *testing.T, name string, change func(*form.Entry)) func(*post.Mail) {
	return func(m *post.Mail) {
		b, err := os.ReadFile(workbook(t, t.TempDir(), "sheet.xlsx", change))
		if err != nil {
			t.Fatal(err)
		}
		m.Files = append(m.Files, post.File{Name: name, Bytes: b})
	}
}

func TestReadJSON(t *testing.T) {
	dir := t.TempDir()
	file := mail(t, dir, "m01.eml", enclose(t, "エントリーシート（株式会社灘酒造）.xlsx", nil))
	out := does(t, "read", file, "--json", "--authserv", "mx.uketsuke.example")
	keys(t, "read", lines[object](t, out)[0], "file", "kind", "from", "fromName", "subject", "date", "messageId", "text", "quoted", "attachments", "evidence")
	m := lines[mailJSON](t, out)[0]
	if m.File != "m01.eml" || m.Kind != "entry" || m.From != "tanaka@minato-bank.example" || m.FromName != "田中 一郎" || m.Subject != "エントリーシートの送付" ||
		m.Date != "2026-11-16T10:15:00+09:00" || m.MessageID != "m01.eml@minato-bank.example" || m.Text != "お世話になっております。" || m.Quoted != "" {
		t.Errorf("%+v", m)
	}
	if m.Evidence == nil || *m.Evidence != (evidenceJSON{DMARC: "pass", DKIM: m.Evidence.DKIM, SPF: "pass", Authserv: "mx.uketsuke.example"}) {
		t.Errorf("evidence %+v", m.Evidence)
	}
	if m.Command != nil || m.Bounce != nil || m.Error != "" {
		t.Errorf("command %+v, bounce %+v, error %q", m.Command, m.Bounce, m.Error)
	}
	if len(m.Attachments) != 1 {
		t.Fatalf("attachments %+v", m.Attachments)
	}
	a := m.Attachments[0]
	if a.Name != "エントリーシート（株式会社灘酒造）.xlsx" || a.Kind != "entry-sheet" || a.Bytes < 1000 || len(a.SHA256) != 64 || a.Path != "m01.eml/"+a.Name {
		t.Errorf("attachment %+v", a)
	}
}

func TestReadTellsKinds(t *testing.T) {
	dir := t.TempDir()
	bounce := "From: MAILER-DAEMON@mx.example\r\nTo: <" + demo.OfficeAddr + ">\r\nSubject: Undelivered Mail Returned to Sender\r\nDate: Mon, 16 Nov 2026 10:15:00 +0900\r\n" +
		"Message-ID: <b@mx.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; tanaka@minato-bank.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n" +
		"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <u.7.x.y@uketsuke.example>\r\n\r\n--b--\r\n"
	files := []string{
		mail(t, dir, "question.eml", func(m *post.Mail) { m.Subject = "ご質問" }),
		mail(t, dir, "accept.eml", func(m *post.Mail) { m.Subject, m.Text = "打診 HYOGO-CCI [登録 2026-KOB-00001-4 k3f9q2]", "" }),
		mail(t, dir, "english.eml", func(m *post.Mail) { m.Subject, m.Text = "status [登録 2026-KOB-00001-4 k3f9q2]", "" }),
		mail(t, dir, "away.eml", func(m *post.Mail) {
			m.Subject, m.Head = "不在のお知らせ", append(m.Head, "Auto-Submitted: auto-replied")
		}),
		write(t, dir, "bounce.eml", []byte(bounce)),
	}
	out := does(t, append([]string{"read", "--json"}, files...)...)
	all := lines[mailJSON](t, out)
	if len(all) != len(files) {
		t.Fatalf("%d lines for %d files", len(all), len(files))
	}
	for i, want := range []string{"other", "command", "command", "automatic", "bounce"} {
		if all[i].Kind != want || all[i].File != filepath.Base(files[i]) {
			t.Errorf("%s is %s, want %s", all[i].File, all[i].Kind, want)
		}
	}
	if c := all[1].Command; c == nil || c.Name != "打診" || strings.Join(c.Args, " ") != "HYOGO-CCI" || c.Case != "2026-KOB-00001-4" {
		t.Errorf("command %+v", c)
	}
	if c := all[2].Command; c == nil || c.Name != "状況" || c.Args == nil {
		t.Errorf("an English command name is printed as %+v", c)
	}
	if b := all[4].Bounce; b == nil || b.Action != "failed" || b.Status != "5.1.1" || !b.Hard || strings.Join(b.Recipients, " ") != "tanaka@minato-bank.example" ||
		b.OriginalMessageID != "u.7.x.y@uketsuke.example" {
		t.Errorf("bounce %+v", b)
	}
	if all[0].Evidence != nil {
		t.Errorf("evidence of a server that nobody named: %+v", all[0].Evidence)
	}
}

func TestEveryMailGetsItsLine(t *testing.T) {
	dir := t.TempDir()
	huge := write(t, dir, "huge.eml", []byte("From: a@b.example\r\nSubject: x\r\n\r\n"))
	if err := os.Truncate(huge, 1<<40); err != nil {
		t.Fatal(err)
	}
	broken := []string{write(t, dir, "empty.eml", nil), write(t, dir, "noise.eml", []byte{0, 1, 2, 255, 254, 10, 0}), huge}
	got := lines[mailJSON](t, does(t, append([]string{"read", "--json", mail(t, dir, "a.eml", nil)}, broken...)...))
	if len(got) != 4 || got[0].Kind != "other" {
		t.Fatalf("%+v", got)
	}
	for _, m := range got[1:] {
		if m.Kind != "unreadable" || m.Error == "" {
			t.Errorf("%s: %s, error %q", m.File, m.Kind, m.Error)
		}
	}
	r := uketsuke(t, "read", "--json", filepath.Join(dir, "missing.eml"), dir, mail(t, dir, "b.eml", nil))
	got = lines[mailJSON](t, r.out)
	if r.code != exitFail || len(got) != 3 || got[0].Kind != "unreadable" || got[0].Error == "" || got[1].Kind != "unreadable" || got[2].Kind != "other" {
		t.Errorf("exit %d: %+v", r.code, got)
	}
	if !strings.Contains(r.err, "missing.eml") || strings.Count(r.err, "\n") != 2 {
		t.Errorf("stderr %q", r.err)
	}
}

func TestReadForPeople(t *testing.T) {
	dir := t.TempDir()
	out := does(t, "read", mail(t, dir, "a.eml", enclose(t, "申込書.xlsx", nil)), mail(t, dir, "b.eml", func(m *post.Mail) {
		m.Subject, m.Text = "引受 [登録 2026-KOB-00001-4 k3f9q2]", ""
	}))
	for _, want := range []string{"a.eml: entry", "田中 一郎 <tanaka@minato-bank.example>", "エントリーシートの送付", "申込書.xlsx (entry-sheet, ", "お世話になっております。",
		"b.eml: command", "引受", "(case 2026-KOB-00001-4)"} {
		if !strings.Contains(out, want) {
			t.Errorf("does not show %q:\n%s", want, out)
		}
	}
}
