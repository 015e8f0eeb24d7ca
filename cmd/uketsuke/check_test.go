package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"uketsuke/internal/demo"
	"uketsuke/internal/demo/mailserver"
	"uketsuke/internal/demo/post"
)

// office starts the invented office's servers and writes its configuration, changed by the replacements.
func office(t *testing.T, change ...string) (server *mailserver.Server, dir, file string) {
	t.Helper()
	dir = t.TempDir()
	server, err := demo.OpenServer(mailserver.Options{Dir: filepath.Join(t.TempDir(), "mail")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	text := demo.Configuration(demo.Site{Dir: dir, IMAP: server.IMAPAddr(), SMTP: server.SMTPAddr()})
	for i := 0; i+1 < len(change); i += 2 {
		if !strings.Contains(text, change[i]) {
			t.Fatalf("the configuration has no %q", change[i])
		}
		text = strings.Replace(text, change[i], change[i+1], 1)
	}
	return server, dir, write(t, dir, "uketsuke.toml", []byte(text))
}

// eightFaults are what a tired person gets wrong, each with what the message must name: field, value, remedy.
var eightFaults = []struct{ old, new, field, value, remedy string }{
	{`mode = "live"`, `mode = "test"`, "mode", "test", `"draft"`},
	{`start = "all"`, `start = "soon"`, "start", "soon", "2026-11-01"},
	{`code = "KOB"`, `code = "kobe"`, "office.code", "kobe", "capital letters"},
	{`tls = "none"`, `tls = "ssl"`, "imap.tls", "ssl", `"starttls"`},
	{`method = "authentication-results"`, `method = "spf"`, "evidence.method", "spf", `"none"`},
	{`mail = "saeki@jetro.example"`, `mail = "saeki"`, "clerk[0].mail", "saeki", "mail address"},
	{`prefectures = ["兵庫県"]`, `prefectures = ["兵庫"]`, "concierge[0].prefectures[0]", "兵庫", "兵庫県"},
	{`domains = ["minato-bank.example"]`, `domains = ["gmail.com"]`, "agency[0].domains[0]", "gmail.com", "one by one"},
}

func TestWhichLettersWaitIsSaid(t *testing.T) {
	for _, c := range [][3]string{
		{`mode = "live"`, `mode = "live"`, "all letters are sent"},
		{`mode = "live"`, `mode = "draft"`, "are sent: password, draft-sent"},
		{"[evidence]", "[drafts]\nwait = [\"referral\", \"inquiry\"]\n[evidence]", "wait in Drafts for a person: referral, inquiry; all others are sent"},
	} {
		_, _, file := office(t, c[0], c[1])
		if out := does(t, "check", "--config", file, "--create"); !strings.Contains(out, c[2]) {
			t.Errorf("%s: not said %q:\n%s", c[1], c[2], out)
		}
	}
	_, _, file := office(t, `mode = "live"`, `mode = "draft"`, "[evidence]", "[drafts]\nown_people = true\nlive = [\"registered\"]\n[evidence]")
	if out := does(t, "check", "--config", file, "--create"); !strings.Contains(out, "password, draft-sent, registered, and all to the office's clerks and concierges") {
		t.Errorf("not said:\n%s", out)
	}
}

func TestABadConfigurationIsToldAtOnce(t *testing.T) {
	var change []string
	for _, f := range eightFaults {
		change = append(change, f.old, f.new)
	}
	_, _, file := office(t, change...)
	r := uketsuke(t, "check", "--config", file, "--json")
	if r.code != exitFail {
		t.Errorf("exit %d", r.code)
	}
	found := lines[finding](t, r.out)
	if len(found) != len(eightFaults) {
		t.Fatalf("%d messages for %d faults:\n%s", len(found), len(eightFaults), r.out)
	}
	for _, f := range eightFaults {
		told := false
		for _, m := range found {
			told = told || !m.OK && m.What == "config" && strings.HasPrefix(m.Text, f.field+` = "`+f.value+`": `) && strings.Contains(m.Text, f.remedy)
		}
		if !told {
			t.Errorf("no message names %s, %q and %q:\n%s", f.field, f.value, f.remedy, r.out)
		}
	}
	human := uketsuke(t, "check", "--config", file)
	if human.code != exitFail || strings.Count(human.out, "FAIL  config ") != len(eightFaults) {
		t.Errorf("exit %d:\n%s", human.code, human.out)
	}
	run := uketsuke(t, "run", "--config", file, "--once", "--json")
	if run.code != exitFail || run.out != "" || strings.Count(run.err, "\n") != len(eightFaults)+1 {
		t.Errorf("run: exit %d, stdout %q, stderr:\n%s", run.code, run.out, run.err)
	}
}

func TestAMissingConfigurationIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none.toml")
	refuses(t, exitFail, []string{"run", "--config", file}, file)
	refuses(t, exitFail, []string{"cases", "--config", file}, file)
	refuses(t, exitFail, []string{"letters", "--config", file}, file)
	refuses(t, exitFail, []string{"try", "--config", file, "x.eml"}, file)
	if r := uketsuke(t, "check", "--config", file); r.code != exitFail || !strings.Contains(r.out, file) {
		t.Errorf("check: exit %d, %q %q", r.code, r.out, r.err)
	}
}

func TestCheckLooksAtTheServers(t *testing.T) {
	_, _, file := office(t)
	out := does(t, "check", "--config", file, "--json")
	seen := map[string]string{}
	for _, f := range lines[finding](t, out) {
		if !f.OK {
			t.Errorf("%s: %s", f.What, f.Text)
		}
		seen[f.What] += f.Text + "\n"
	}
	for what, want := range map[string]string{"config": "12 agencies, 2 concierges, 1 clerks", "imap": "IDLE", "folder": `Sent \Sent`,
		"start": `"all": 0`, "smtp": "nothing was sent", "evidence": "mx.uketsuke.example"} {
		if !strings.Contains(seen[what], want) {
			t.Errorf("%s says %q, not %q", what, seen[what], want)
		}
	}
}

func TestCheckShowsWhatTheOfficeHasChangedByMail(t *testing.T) {
	server, _, file := office(t)
	deliver(t, server, "agency", "saeki@jetro.example", "凍結 HYOGO-CCI")
	deliver(t, server, "person", "saeki@jetro.example", "凍結 Tanaka@minato-bank.example")
	deliver(t, server, "company", "saeki@jetro.example", "凍結 suzuki@nada-sake.example")
	deliver(t, server, "contacts", "saeki@jetro.example", "連絡先変更 MINATO", func(m *post.Mail) { m.Text = "追加：山田 花子 <yamada@minato-bank.example>" })
	deliver(t, server, "absent", "mori@jetro.example", "不在 2100-01-04-2100-01-08 TAKAHASHI")
	if r := uketsuke(t, "run", "--once", "--config", file); r.code != 0 {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	var told []string
	for _, f := range lines[finding](t, uketsuke(t, "check", "--config", file, "--json").out) {
		if slices.Contains([]string{"frozen", "absent", "contacts"}, f.What) {
			text, _, _ := strings.Cut(f.Text, ":")
			told = append(told, text)
		}
	}
	if want := []string{"agency HYOGO-CCI", "MORI from 2100-01-04 until 2100-01-08, deputy TAKAHASHI", "MINATO", "tanaka@minato-bank.example", "1 more addresses, which the roster does not have"}; !slices.Equal(told, want) {
		t.Errorf("told of %q, want %q", told, want)
	}
}

func TestCheckCreatesMissingFoldersOnlyWhenAsked(t *testing.T) {
	server, _, file := office(t, "[imap]", "[imap]\ndone = \"済\"")
	r := uketsuke(t, "check", "--config", file)
	if r.code != exitFail || !strings.Contains(r.out, `imap.done = "済": no such folder; create it, or run check with --create`) {
		t.Errorf("exit %d:\n%s", r.code, r.out)
	}
	if boxes := server.Mailboxes(demo.OfficeUser); slices.Contains(boxes, "済") {
		t.Errorf("created unasked: %q", boxes)
	}
	if out := does(t, "check", "--config", file, "--create"); !strings.Contains(out, `imap.done = "済": created`) {
		t.Errorf("says:\n%s", out)
	}
	does(t, "check", "--config", file)
	if boxes := server.Mailboxes(demo.OfficeUser); !slices.Contains(boxes, "済") {
		t.Errorf("not created: %q", boxes)
	}
}

func TestCheckTellsWhichServerIsAway(t *testing.T) {
	server, _, file := office(t)
	imap, smtp := server.IMAPAddr(), server.SMTPAddr()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	r := uketsuke(t, "check", "--config", file)
	if r.code != exitFail || !strings.Contains(r.out, `imap.addr = "`+imap+`"`) || !strings.Contains(r.out, `smtp.addr = "`+smtp+`"`) {
		t.Errorf("exit %d:\n%s", r.code, r.out)
	}
}

func TestCheckTellsAWrongPassword(t *testing.T) {
	_, dir, file := office(t, `password_env = "`+demo.PasswordEnv+`"`, `password_file = "password"`)
	write(t, dir, "password", []byte("guessed\n"))
	r := uketsuke(t, "check", "--config", file)
	if r.code != exitFail || !strings.Contains(r.out, "FAIL  imap") || strings.Contains(r.out+r.err, "guessed") {
		t.Errorf("exit %d:\n%s%s", r.code, r.out, r.err)
	}
}
