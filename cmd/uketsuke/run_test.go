package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/mailserver"
	"uketsuke/internal/demo/post"
)

// deliver puts a mail into the office's inbox.
func deliver(t *testing.T, server *mailserver.Server, name, from, subject string, change ...func(*post.Mail)) uint32 {
	t.Helper()
	m := post.Mail{From: from, To: demo.OfficeAddr, Subject: subject, MessageID: name + "@test.example", Date: time.Now(), Head: demo.Evidence(from)}
	for _, c := range change {
		c(&m)
	}
	uid, err := server.Deliver(demo.OfficeUser, "INBOX", m.Bytes(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return uid
}

// day delivers a mail of several kinds each.
func day(t *testing.T, server *mailserver.Server) (uids []uint32) {
	const tanaka = "tanaka@minato-bank.example"
	return append(uids,
		deliver(t, server, "entry", tanaka, "エントリーシートの送付", enclose(t, "灘酒造.xlsx", nil)),
		deliver(t, server, "returned", tanaka, "エントリーシートの送付", enclose(t, "髙﨑精機.xlsx", func(e *form.Entry) {
			e.Company, e.CorporateNumber, e.Confirm[2] = "株式会社髙﨑精機", form.CorporateNumber(140001000101), false
		})),
		deliver(t, server, "held", "okamoto@harima-consult.example", "エントリーシート", enclose(t, "播磨フーズ.xlsx", func(e *form.Entry) {
			e.Company, e.CorporateNumber = "株式会社播磨フーズ", form.CorporateNumber(140001000105)
		})),
		deliver(t, server, "question", tanaka, "コンソーシアムについての質問"),
		deliver(t, server, "list", "saeki@jetro.example", "一覧"))
}

func TestRunOnceJSON(t *testing.T) {
	server, _, file := office(t)
	uids := day(t, server)
	r := uketsuke(t, "run", "--config", file, "--once", "--json")
	if r.code != exitDone {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	all := lines[fateJSON](t, r.out)
	if len(all) != len(uids) {
		t.Fatalf("%d lines for %d mails:\n%s", len(all), len(uids), r.out)
	}
	for i, want := range []struct{ kind, outcome, of, letters string }{
		{"entry", "registered", "20..-KOB-00001-.", "registered brief"}, {"entry", "returned", "E..-00002", "returned"},
		{"entry", "held", "E..-00003", "held"}, {"other", "other", "", ""}, {"command", "done", "", "list"},
	} {
		f := all[i]
		var letters []string
		for _, l := range f.Letters {
			letters = append(letters, l.Letter)
			if len(l.To) == 0 || l.Subject == "" || l.Attachments == nil {
				t.Errorf("letter %+v", l)
			}
		}
		if f.UID != uids[i] || f.Kind != want.kind || f.Outcome != want.outcome || !matches(f.Case, want.of) || strings.Join(letters, " ") != want.letters || f.Why == "" {
			t.Errorf("mail %d: %+v, want %+v", i, f, want)
		}
	}
	keys(t, "run --json", lines[object](t, r.out)[3], "uid", "kind", "outcome", "case", "letters", "why")
	if n := len(server.Messages(demo.Outside, "INBOX")); n != 5 {
		t.Errorf("%d letters arrived", n)
	}
	again := uketsuke(t, "run", "--config", file, "--once", "--json")
	if again.code != exitDone || again.out != "" {
		t.Errorf("a second run: exit %d, %s", again.code, again.out)
	}
}

// personal are the people, companies and subjects of the test's and the demo's mails.
var personal = []string{"@minato-bank", "@hyogo-cci", "@harima-consult", "@jetro", "tanaka", "okamoto", "saeki", "田中", "岡本", "佐伯", "山口",
	"灘酒造", "髙﨑", "播磨", "明石水産", "淡路香房", "但馬家具", "みなと銀行", "兵庫商工", "エントリーシート", "質問", ".xlsx"}

func discreet(t *testing.T, log string) {
	t.Helper()
	for _, p := range personal {
		for line := range strings.Lines(log) {
			if strings.Contains(line, p) {
				t.Errorf("the log says %q: %s", p, line)
			}
		}
	}
}

func TestTheLogNamesNobody(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		server, _, file := office(t, "[imap]", "[log]\nlevel = \"debug\"\nformat = \""+format+"\"\n\n[imap]")
		uids := day(t, server)
		broken, err := server.Deliver(demo.OfficeUser, "INBOX", []byte("\x00\x01\x02\r\n"), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		r := uketsuke(t, "run", "--config", file, "--once")
		if r.code != exitDone || r.out != "" {
			t.Fatalf("exit %d, stdout %q", r.code, r.out)
		}
		discreet(t, r.err)
		for _, uid := range append(uids, broken) {
			if !strings.Contains(r.err, fmt.Sprintf("uid=%d ", uid)) && !strings.Contains(r.err, fmt.Sprintf(`"uid":%d,`, uid)) {
				t.Errorf("the log does not tell of mail %d:\n%s", uid, r.err)
			}
		}
	}
}

func TestARefusedLetterIsLoggedWithoutItsReader(t *testing.T) {
	for code, state := range map[int]string{451: "queued", 550: "failed"} {
		t.Run(state, func(t *testing.T) {
			dir := t.TempDir()
			server, err := demo.OpenServer(mailserver.Options{Dir: filepath.Join(t.TempDir(), "mail"), Hook: func(step string) error {
				if step == mailserver.StepSMTPRcpt {
					return mailserver.Reply{Code: code, Text: "<tanaka@minato-bank.example> is not known to saeki@jetro.example"}
				}
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			file := write(t, dir, "uketsuke.toml", []byte(demo.Configuration(demo.Site{Dir: dir, IMAP: server.IMAPAddr(), SMTP: server.SMTPAddr()})))
			day(t, server)
			r := uketsuke(t, "run", "--config", file, "--once", "--json")
			if got := lines[fateJSON](t, r.out); r.code != exitDone || len(got) != 5 {
				t.Errorf("exit %d, %d mails: %s", r.code, len(got), r.err)
			}
			discreet(t, r.err)
			waiting := lines[object](t, does(t, "outbox", "--config", file, "--json"))
			if len(waiting) < 5 || waiting[0]["state"] != state || waiting[0]["code"] != float64(code) || waiting[0]["error"] == nil {
				t.Errorf("the outbox shows %v", waiting)
			}
			if people := does(t, "outbox", "--config", file); !strings.Contains(people, fmt.Sprint(code)) {
				t.Errorf("people are not told why:\n%s", people)
			}
		})
	}
}

func TestRunOnceSaysThatItCouldNot(t *testing.T) {
	server, _, file := office(t)
	addr := server.IMAPAddr()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	refuses(t, exitFail, []string{"run", "--config", file, "--once", "--json"}, "uketsuke run: ", addr)
}

func TestADataFolderHasOneRobot(t *testing.T) {
	server, dir, file := office(t)
	daemon := exec.Command(os.Args[0], "run", "--config", file)
	daemon.Env = append(os.Environ(), programEnv+"=1", demo.PasswordEnv+"="+demo.Password)
	log, err := daemon.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer daemon.Process.Kill()
	said := bufio.NewScanner(log)
	await := func(want string) {
		t.Helper()
		for said.Scan() {
			if strings.Contains(said.Text(), want) {
				return
			}
		}
		t.Fatalf("the daemon ended before it said %q", want)
	}
	await("msg=running")
	deliver(t, server, "entry", "tanaka@minato-bank.example", "エントリーシートの送付", enclose(t, "灘酒造.xlsx", nil))
	await("outcome=registered")
	refuses(t, exitFail, []string{"run", "--config", file, "--once", "--json"}, "another uketsuke works with this data folder", filepath.Join(dir, "lock"), "stop it")
	if cases := lines[object](t, does(t, "cases", "--json", "--config", file)); len(cases) != 1 {
		t.Errorf("beside the daemon %d cases are seen", len(cases))
	}
	if err := daemon.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await("a second signal stops at once")
	for said.Scan() {
	}
	if err := daemon.Wait(); err != nil {
		t.Errorf("after the first signal the daemon ends with %v", err)
	}
	if n := len(server.Messages(demo.Outside, "INBOX")); n != 2 {
		t.Errorf("%d letters arrived before it drained", n)
	}
	does(t, "audit", "verify", "--config", file)
	if r := uketsuke(t, "run", "--config", file, "--once", "--json"); r.code != exitDone || r.out != "" {
		t.Errorf("after the daemon: exit %d, %s%s", r.code, r.out, r.err)
	}
}
