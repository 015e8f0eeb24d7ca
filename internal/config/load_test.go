package config

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/roster"
)

var update = flag.Bool("update", false, "rewrite golden files and the example beside the module")

// env is an environment with the example's password.
func env(name string) string {
	return map[string]string{"UKETSUKE_PASSWORD": "sesame-42", "OTHER": "other-42"}[name]
}

// folder writes files into a new folder and returns the path of the first, which is the configuration.
func folder(t testing.TB, config string, others map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"uketsuke.toml": config}
	for name, text := range others {
		files[name] = text
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "uketsuke.toml")
}

// small is a short configuration without a fault.
const small = `
data = "data"
[office]
code = "KOB"
name = "ジェトロ神戸"
phone = "078-000-0000"
mailbox = "kobe-intake@jetro.example"
[imap]
addr = "imap.jetro.example:993"
user = "kobe"
password_env = "UKETSUKE_PASSWORD"
[smtp]
addr = "smtp.jetro.example:587"
[[clerk]]
name = "佐藤 恵子"
mail = "sato@jetro.example"
[[concierge]]
code = "TAKAHASHI"
name = "高橋 恵"
mail = "takahashi@jetro.example"
`

// osaka is another office.
const osaka = `[[other_office]]
code = "OSA"
name = "ジェトロ大阪"
mailbox = "osaka-intake@jetro.example"
password_env = "OTHER"
`

// faultsOf loads a text and returns its faults, one line each.
func faultsOf(t testing.TB, text string, others map[string]string) []string {
	t.Helper()
	_, err := Load(folder(t, text, others), env)
	if err == nil {
		return nil
	}
	var all *Errors
	if !errors.As(err, &all) {
		t.Fatalf("error = %T, want *Errors", err)
	}
	return strings.Split(all.Error(), "\n")
}

func TestDefaults(t *testing.T) {
	path := folder(t, small, nil)
	c, err := Load(path, env)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	for _, tc := range []struct {
		what      string
		got, want any
	}{
		{"mode", c.Mode, ModeDraft}, {"start", c.Start, Start{Now: true}}, {"data", c.DataDir, filepath.Join(dir, "data")},
		{"imap.tls", c.IMAP.TLS, TLSDirect}, {"smtp.tls", c.SMTP.TLS, TLSStartTLS}, {"done", c.IMAP.Done, "受付済"}, {"poll", c.IMAP.Poll, time.Minute},
		{"hold", c.Sending.Hold, 10 * time.Minute}, {"max_message", c.Limits.MaxMessage, Size(33554432)}, {"days", c.Codes.BusinessDays, 30},
		{"office name in From", c.Office().Mailbox.Name, "ジェトロ神戸"}, {"evidence", c.Evidence.Method, EvidenceNone},
	} {
		if !reflect.DeepEqual(tc.got, tc.want) {
			t.Errorf("%s = %v, want %v", tc.what, tc.got, tc.want)
		}
	}
	if len(c.Bureau.Closed) != 1 || !c.Bureau.Closed[0].Yearly {
		t.Errorf("closed = %v", c.Bureau.Closed)
	}
	if len(c.Warnings) != 1 || c.Warnings[0].Field != "evidence.method" {
		t.Errorf("warnings = %v, want one on evidence", c.Warnings)
	}
}

func TestEightFaultsAreEightMessages(t *testing.T) {
	text := strings.NewReplacer(
		`code = "KOB"`, `code = "kobe1"`,
		`"imap.jetro.example:993"`, `"imap.jetro.example:99993"`,
		`[smtp]`, "tls = \"none\"\n[smtp]\ntls = \"ssl\"",
		`data = "data"`, "data = \"data\"\nmdoe = \"live\"\nstart = \"yesterday\"",
		`password_env = "UKETSUKE_PASSWORD"`, `password_env = "NOT_SET"`,
		`mail = "sato@jetro.example"`, `mail = "sato"`,
	).Replace(small) + `
[[agency]]
code = "X"
name = "X銀行"
window = "x@x-bank.example"
domains = ["gmail.com"]
`
	// tls = "none" beside a port that is none is no fault of its own: whether the host is loopback is not known.
	text = strings.Replace(text, "tls = \"none\"\n", "", 1)
	got := faultsOf(t, text, nil)
	golden(t, "eight-faults.txt", strings.Join(got, "\n")+"\n")
	if len(got) != 8 {
		t.Errorf("%d messages, want 8", len(got))
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\ngot:\n%s\nwant:\n%s", name, got, want)
	}
}

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		rule     string
		old, new string // in small
		want     string // the whole message up to its first ";" or its end
	}{
		{"an unknown key with its nearest", `addr = "imap`, `adr = "imap`, `imap.adr = "imap.jetro.example:993": is not known`},
		{"an unknown section", `[smtp]`, `[smpt]`, `smpt = "{…}": is not known`},
		{"a key of another section", `[imap]`, "[imap]\ncode = \"KOB\"", `imap.code = "KOB": is not known here`},
		{"a key below a section that belongs to the top", `[imap]`, "[imap]\nmode = \"live\"", `imap.mode = "live": is not known here`},
		{"a password in the configuration", `user = "kobe"`, "user = \"kobe\"\npassword = \"hunter2\"", `imap.password = "(not shown)": a secret does not stand in the configuration`},
		{"a password under a misspelt key", `user = "kobe"`, "user = \"kobe\"\npasword = \"hunter2\"", `imap.pasword = "(not shown)": a secret does not stand in the configuration`},
		{"a secret under a key of nobody's", `[smtp]`, "[smtp]\nkennwort = \"hunter2\"", `smtp.kennwort = "(not shown)": is not known`},
		{"a number for a text", `code = "KOB"`, `code = 12`, `office.code = "12": must be text in quotes`},
		{"a text for a section", `[smtp]`, "smtp = 1\n[office2]", ``},
		{"a text for true", `[smtp]`, "sent_copies = \"yes\"\n[smtp]", `imap.sent_copies = "yes": must be true or false, without quotes`},
		{"a bare number for a time", `[smtp]`, "poll = 60\n[smtp]", `imap.poll = "60": must be a time in quotes, such as "10m", "90s" or "1h30m"`},
		{"a poll too short", `[smtp]`, "poll = \"1s\"\n[smtp]", `imap.poll = "1s": must be from "5s" to "1h"`},
		{"a section for a list of sections", `[[clerk]]`, `[clerk]`, `clerk = "{…}": must be a list of sections, [[clerk]]`},
		{"no user", `user = "kobe"`, ``, `imap.user: is missing`},
		{"no password", `password_env = "UKETSUKE_PASSWORD"`, ``, `imap.password_file: is missing`},
		{"two passwords", `password_env =`, "password_file = \"x\"\npassword_env =", `imap.password_env = "UKETSUKE_PASSWORD": stands beside password_file`},
		{"a password that is not set", `"UKETSUKE_PASSWORD"`, `"NOT_SET"`, `imap.password_env = "NOT_SET": the environment variable is not set`},
		{"a password in place of its variable", `"UKETSUKE_PASSWORD"`, `"p@ss w0rd!"`, `imap.password_env = "(not shown)": must be the name of an environment variable, not the secret itself`},
		{"a password file that is not there", `password_env = "UKETSUKE_PASSWORD"`, `password_file = "nowhere"`, `imap.password_file = "nowhere": does not exist`},
		{"an empty password file", `password_env = "UKETSUKE_PASSWORD"`, `password_file = "empty"`, `imap.password_file = "empty": holds no secret: it must be a readable file, not empty, up to 64 KiB`},
		{"no TLS to another machine", `user = "kobe"`, "user = \"kobe\"\ntls = \"none\"", `imap.tls = "none": is for servers on this machine only, and imap.jetro.example is not`},
		{"an unknown kind of TLS", `user = "kobe"`, "user = \"kobe\"\ntls = \"ssl\"", `imap.tls = "ssl": must be "tls", "starttls" or "none"`},
		{"an address without a port", `imap.jetro.example:993`, `imap.jetro.example`, `imap.addr = "imap.jetro.example": must be a host and a port, such as imap.example.jp:993`},
		{"IMAP without a login", `user = "kobe"`, "user = \"kobe\"\nauth = \"none\"", `imap.auth = "none": must be "password", "xoauth2" or "oauthbearer"`},
		{"certificates that are none", `user = "kobe"`, "user = \"kobe\"\nca_file = \"empty\"", `imap.ca_file = "empty": has no certificate in PEM form (-----BEGIN CERTIFICATE-----)`},
		{"one folder for two things", `user = "kobe"`, "user = \"kobe\"\naside = \"受付済\"", `imap.aside = "受付済": is also imap.done`},
		{"a folder without a name", `user = "kobe"`, "user = \"kobe\"\nmachine = \"\"", `imap.machine: must be the name of a folder`},
		{"an office without a name", `name = "ジェトロ神戸"`, ``, `office.name: is missing`},
		{"a phone of two lines", `"078-000-0000"`, `"078\n000"`, "office.phone = \"078\\n000\": must be one line"},
		{"an area that is no prefecture", `[imap]`, "area = \"神戸\"\n[imap]", `office.area = "神戸": must be a prefecture in full, such as 兵庫県, or nothing`},
		{"closing before opening", `[imap]`, "close = \"08:00\"\n[imap]", `office.close = "08:00": must be later than office.open (09:00)`},
		{"a time that does not exist", `[imap]`, "open = \"25:00\"\n[imap]", `office.open = "25:00": must be a time of day such as "09:00"`},
		{"a closed day that is none", `[imap]`, "closed = [\"02-30\"]\n[imap]", `office.closed[0] = "02-30": must be a day such as "2026-08-14" or "11-03", or two of a kind, "12-29..01-03"`},
		{"closed for half a year", `[imap]`, "closed = [\"2026-04-01..2026-09-30\"]\n[imap]", `office.closed[0] = "2026-04-01..2026-09-30": is longer than two months`},
		{"an unknown mode", `data = "data"`, `mode = "test"`, `mode = "test": must be "live" or "draft"`},
		{"a letter that there is not", `[imap]`, "[drafts]\nlive = [\"registred\"]\n[imap]", `drafts.live[0] = "registred": is no kind of letter`},
		{"a letter twice", `[imap]`, "[drafts]\nlive = [\"returned\", \"returned\"]\n[imap]", `drafts.live[1] = "returned": stands in the list before`},
		{"a password in Drafts", `data = "data"`, "data = \"data\"\nmode = \"live\"\n[drafts]\nwait = [\"password\"]", `drafts.wait[0] = "password": never waits in Drafts`},
		{"letters that wait where all do", `[imap]`, "[drafts]\nwait = [\"referral\", \"inquiry\"]\n[imap]", `drafts.wait = "referral, inquiry": counts only with mode = "live"`},
		{"letters that leave where all do", `data = "data"`, "data = \"data\"\nmode = \"live\"\n[drafts]\nlive = [\"registered\"]", `drafts.live = "registered": counts only with mode = "draft"`},
		{"own people where all is sent", `data = "data"`, "data = \"data\"\nmode = \"live\"\n[drafts]\nown_people = true", `drafts.own_people = "true": counts only with mode = "draft"`},
		{"drafts that are deleted at once", `[imap]`, "[drafts]\ndeleted_after = \"0s\"\n[imap]", `drafts.deleted_after = "0s": must be from "1s" to "168h"`},
		{"evidence without a server's name", `[imap]`, "[evidence]\nmethod = \"authentication-results\"\n[imap]", `evidence.authserv: is missing`},
		{"a server's name without evidence", `[imap]`, "[evidence]\nauthserv = \"mx\"\n[imap]", `evidence.authserv = "mx": has no use with method = "none"`},
		{"a server's name with a semicolon", `[imap]`, "[evidence]\nmethod = \"authentication-results\"\nauthserv = \"mx; dmarc=pass\"\n[imap]", `evidence.authserv = "mx; dmarc=pass": must be the bare name, such as mx.example.jp`},
		{"a size without sense", `[imap]`, "[limits]\nmax_message = \"lots\"\n[imap]", `limits.max_message = "lots": must be a size such as "32MiB"`},
		{"a size too large", `[imap]`, "[limits]\nmax_message = \"2GiB\"\n[imap]", `limits.max_message = "2147483648": must be from "1MiB" to "64MiB"`},
		{"no brake", `[imap]`, "[sending]\nper_hour = 0\n[imap]", `sending.per_hour = "0": must be from 1 to 100000`},
		{"a hold of a week", `[imap]`, "[sending]\nhold = \"168h\"\n[imap]", `sending.hold = "168h0m0s": must be from "0s" to "24h"`},
		{"an alias of two words", `[imap]`, "[commands.aliases]\n\"引受\" = [\"担当 します\"]\n[imap]", `commands.aliases.引受[0] = "担当 します": must be one word without spaces, brackets and colons`},
		{"one alias for two commands", `[imap]`, "[commands.aliases]\n\"引受\" = [\"はい\"]\n\"打診\" = [\"はい\"]\n[imap]", `commands.aliases.打診[0] = "はい": is also an alias of 引受`},
		{"an unknown level", `[imap]`, "[log]\nlevel = \"verbose\"\n[imap]", `log.level = "verbose": must be "debug", "info", "warn" or "error"`},
		{"metrics for everybody", `[imap]`, "[metrics]\naddr = \"0.0.0.0:9108\"\n[imap]", `metrics.addr = "0.0.0.0:9108": must be on this machine, such as 127.0.0.1:9108`},
		{"a layout that is not there", `data = "data"`, `layout = "nowhere.toml"`, `layout = "nowhere.toml": does not exist`},
		{"templates that are a file", `data = "data"`, `templates = "empty"`, `templates = "empty": is a file`},
		{"data that is a file", `data = "data"`, `data = "empty"`, `data = "empty": is a file`},
		{"a roster file that is not there", `data = "data"`, `roster = ["nowhere.toml"]`, `roster[0] = "nowhere.toml": does not exist`},
		{"no clerk", "[[clerk]]\nname = \"佐藤 恵子\"\nmail = \"sato@jetro.example\"", ``, `clerk: is missing`},
		{"a misspelt key is one fault, not two", `mail = "sato`, `mial = "sato`, `clerk[0].mial = "sato@jetro.example": is not known`},
		{"a misspelt list is one fault, not two", `[[clerk]]`, `[[clark]]`, `clark = "[… 1]": is not known`},
		{"another office that is this one", `[[clerk]]`, strings.Replace(osaka, "OSA", "KOB", 1) + `[[clerk]]`, `other_office[0].code = "KOB": is this office's own code`},
		{"another office at this one's mailbox", `[[clerk]]`, strings.Replace(osaka, "osaka-intake", "kobe-intake", 1) + `[[clerk]]`, `other_office[0].mailbox = "kobe-intake@jetro.example": is this office's own mailbox`},
		{"another office at a clerk's address", `[[clerk]]`, strings.Replace(osaka, "osaka-intake", "sato", 1) + `[[clerk]]`, `other_office[0].mailbox = "sato@jetro.example": is also the address of a person or an agency`},
		{"another office twice", `[[clerk]]`, osaka + strings.Replace(osaka, "osaka-intake", "osaka", 1) + `[[clerk]]`, `other_office[1].code = "OSA": is also the code of other_office[0]`},
		{"two offices at one mailbox", `[[clerk]]`, osaka + strings.Replace(osaka, "OSA", "NGO", 1) + `[[clerk]]`, `other_office[1].mailbox = "osaka-intake@jetro.example": is also the mailbox of other_office[0]`},
		{"another office with a code that no number has", `[[clerk]]`, strings.Replace(osaka, "OSA", "大阪", 1) + `[[clerk]]`, `other_office[0].code = "大阪": must be two to five letters such as OSA, as in that office's registration numbers`},
		{"another office without a password", `[[clerk]]`, strings.Replace(osaka, "password_env = \"OTHER\"\n", "", 1) + `[[clerk]]`, `other_office[0].password_file: is missing`},
		{"a day that does not exist", `[[concierge]]`, "until = \"2026-02-30\"\n[[concierge]]", `clerk[0].until = "2026-02-30": must be a day that exists, written 2026-04-01`},
	} {
		if tc.want == "" {
			continue
		}
		t.Run(tc.rule, func(t *testing.T) {
			if !strings.Contains(small, tc.old) {
				t.Fatalf("%q does not stand in the configuration", tc.old)
			}
			got := faultsOf(t, strings.Replace(small, tc.old, tc.new, 1), map[string]string{"empty": "\n"})
			if len(got) != 1 {
				t.Fatalf("%d messages, want 1:\n%s", len(got), strings.Join(got, "\n"))
			}
			if !strings.HasPrefix(got[0]+";", tc.want+";") {
				t.Errorf("got  %s\nwant %s", got[0], tc.want)
			}
			for _, secret := range []string{"hunter2", "w0rd", "sesame"} {
				if strings.Contains(got[0], secret) {
					t.Errorf("the message shows a secret: %s", got[0])
				}
			}
		})
	}
}

func TestHintsNameWhatWasMeant(t *testing.T) {
	for _, tc := range []struct{ old, new, hint string }{
		{`addr = "imap`, `adr = "imap`, "did you mean addr?"},
		{`password_env = "U`, `passwordenv = "U`, "password_file"},
		{`[smtp]`, `[smpt]`, "did you mean smtp?"},
		{`[imap]`, "[imap]\nmode = \"live\"", "above the first [section]"},
		{`[imap]`, "[imap]\nhold = \"1m\"", "it belongs into [sending]"},
		{`[imap]`, "[imap]\ncolour = \"red\"", "known here: addr, aside, auth"},
	} {
		got := faultsOf(t, strings.Replace(small, tc.old, tc.new, 1), nil)
		if len(got) != 1 || !strings.Contains(got[0], tc.hint) {
			t.Errorf("%q: %q, want one with %q", tc.new, got, tc.hint)
		}
	}
}

func TestTextThatIsNoTOMLIsToldByLineAndColumn(t *testing.T) {
	for rule, tc := range map[string]struct{ text, want string }{
		"a quote forgotten":    {"data = \"data\nmode = \"live\"\n", `uketsuke.toml = "line 1, column`},
		"a key twice":          {"mode = \"live\"\nmode = \"draft\"\n", `uketsuke.toml = "line 2, column`},
		"a bare word":          {"\n\nmode = live\n", `uketsuke.toml = "line 3, column 8": is no TOML here: `},
		"Shift_JIS":            {"[office]\nname = \"\x83W\x83F\"\n", `uketsuke.toml = "line 2, column 9": is not UTF-8; save the file as UTF-8 (not Shift_JIS or ANSI)`},
		"a bare Japanese name": {"[commands.aliases]\n引受 = []\n", `uketsuke.toml = "line 2, column 1": is no TOML here: `},
		"something different":  {"PK\x03\x04", `uketsuke.toml = "line 1, column`},
	} {
		got := faultsOf(t, tc.text, nil)
		if len(got) != 1 || !strings.HasPrefix(got[0], tc.want) {
			t.Errorf("%s: %q, want %s", rule, got, tc.want)
		}
	}
}

func TestAByteOrderMarkAndWindowsLineEndsAreFine(t *testing.T) {
	if got := faultsOf(t, "\ufeff"+strings.ReplaceAll(small, "\n", "\r\n"), nil); got != nil {
		t.Errorf("faults: %q", got)
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	for path, want := range map[string]string{"nowhere.toml": "does not exist", t.TempDir(): "is a folder"} {
		if _, err := Load(path, env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%s) = %v, want %q", path, err, want)
		}
	}
}

const banks = `
[[agency]]
code = "A-BANK"
name = "A銀行"
window = "a@a-bank.example"
referral = { password = "agreed", agreed_password_file = "a-bank.secret" }
[[agency]]
code = "B-BANK"
name = "B銀行"
window = "b@b-bank.example"
domains = ["b-bank.example"]
from = 2026-04-01
`

func TestRosterFilesAreReadBesideTheConfiguration(t *testing.T) {
	text := "roster = [\"lists/banks.toml\", \"more.toml\"]\n" + small
	c, err := Load(folder(t, text, map[string]string{"lists/banks.toml": banks, "lists/a-bank.secret": "open sesame\n",
		"more.toml": "[[clerk]]\nname = \"二人目\"\nmail = \"two@jetro.example\"\n"}), env)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	if got := c.Roster().AgencyCodes(at); !slices.Equal(got, []string{"A-BANK", "B-BANK"}) {
		t.Errorf("agencies = %v", got)
	}
	if len(c.Roster().Clerks(at)) != 2 {
		t.Errorf("clerks = %v", c.Roster().Clerks(at))
	}
	if got, err := c.AgreedPasswords["A-BANK"].Read(context.Background()); got != "open sesame" || err != nil {
		t.Errorf("agreed password: %v", err)
	}
}

func TestFaultsOfRosterFilesNameTheFile(t *testing.T) {
	text := "roster = [\"banks.toml\", \"more.toml\"]\n" + small + "[[agency]]\ncode = \"C\"\nname = \"C\"\nwindow = \"c@c.example\"\n"
	more := "[[agency]]\ncode = \"b-bank\"\nname = \"もうひとつ\"\nwindow = \"x@x.example\"\ndomans = []\n"
	got := faultsOf(t, text, map[string]string{"banks.toml": banks, "more.toml": more})
	want := []string{
		`more.toml: agency[0].domans = "[… 0]": is not known; did you mean domains?`,
		`more.toml: agency[0].code = "b-bank": is also the code of agency[2]; give each its own, or end the earlier row with until`,
		`banks.toml: agency[0].referral.agreed_password_file = "a-bank.secret": does not exist`,
	}
	if len(got) != len(want) {
		t.Fatalf("got:\n%s", strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
}

func TestOfflineNeedsNoSecrets(t *testing.T) {
	path := folder(t, strings.Replace(small, "UKETSUKE_PASSWORD", "NOT_SET", 1), nil)
	c, err := LoadOffline(path, env)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.IMAP.Password.Read(context.Background()); err == nil || !strings.Contains(err.Error(), "NOT_SET") {
		t.Errorf("Read = %v", err)
	}
	if _, err := Load(path, env); err == nil {
		t.Error("Load needs no secrets either")
	}
}

func TestOAuthIsCheckedOnlyWhenItIsUsed(t *testing.T) {
	oauth := "\n[oauth]\ntoken_url = \"http://user:pw@login.example/token\"\n"
	if got := faultsOf(t, small+oauth, nil); got != nil {
		t.Errorf("unused: %q", got)
	}
	used := strings.Replace(small, `password_env = "UKETSUKE_PASSWORD"`, `auth = "xoauth2"`, 1)
	used = strings.Replace(used, `[smtp]`, "[smtp]\nauth = \"oauthbearer\"", 1)
	got := faultsOf(t, used+oauth, nil)
	if len(got) != 3 || strings.Contains(strings.Join(got, ""), "pw@") {
		t.Errorf("used, and wrong: %q", got)
	}
	good := used + "\n[oauth]\ntoken_url = \"https://login.example/token\"\nclient_id = \"x\"\nrefresh_token_file = \"token\"\n"
	c, err := Load(folder(t, good, map[string]string{"token": "r"}), env)
	if err != nil {
		t.Fatal(err)
	}
	if !c.SMTP.Auth.OAuth() || c.SMTP.User != "kobe" || filepath.Base(c.OAuth.RefreshTokenFile) != "token" {
		t.Errorf("config = %+v", c.SMTP)
	}
	mixed := strings.Replace(good, "auth = \"oauthbearer\"", "auth = \"password\"", 1)
	if got := faultsOf(t, mixed, map[string]string{"token": "r"}); len(got) != 2 {
		t.Errorf("a password for SMTP and none given: %q", got)
	}
}

func TestALoopbackServerNeedsNoTLS(t *testing.T) {
	for _, host := range []string{"localhost:143", "127.0.0.1:1143", "[::1]:143"} {
		text := strings.Replace(small, "imap.jetro.example:993\"", host+"\"\ntls = \"none\"", 1)
		if got := faultsOf(t, text, nil); got != nil {
			t.Errorf("%s: %q", host, got)
		}
	}
	relay := strings.Replace(small, "[smtp]", "[smtp]\nauth = \"none\"", 1)
	if got := faultsOf(t, relay, nil); got != nil {
		t.Errorf("SMTP without a login: %q", got)
	}
}

func TestWarnings(t *testing.T) {
	path := folder(t, strings.Replace(small, `password_env = "UKETSUKE_PASSWORD"`, "password_file = \"pw\"\ntls = \"starttls\"", 1), map[string]string{"pw": "x"})
	if err := os.Chmod(filepath.Join(filepath.Dir(path), "pw"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, env)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, w := range c.Warnings {
		fields = append(fields, w.Field)
	}
	if want := []string{"imap.tls", "imap.password_file", "evidence.method"}; !slices.Equal(fields, want) {
		t.Errorf("warnings on %v, want %v", fields, want)
	}
}

func TestAThousandAgenciesLoad(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "[[agency]]\ncode = \"A%04d\"\nname = \"第%d銀行\"\nwindow = \"w@a%04d.example\"\ndomains = [\"a%04d.example\"]\n", i, i, i, i)
	}
	c, err := Load(folder(t, "roster = [\"a.toml\"]\n"+small, map[string]string{"a.toml": b.String()}), env)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Roster().AgencyCodes(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))); n != 1000 {
		t.Errorf("%d agencies", n)
	}
}

// load without files, for the fuzzer.
func loadText(text []byte) ([]Error, *Config) {
	l := &loader{config: defaults(), found: newFindings(), env: env, dir: "testdata/none"}
	if l.own("uketsuke.toml", text) {
		l.config.RosterFiles = nil
		l.validate()
	}
	return l.found.list, l.config
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(Example()))
	f.Add([]byte("mode = 1\n[imap]\npasword = \"hunter2\"\n[[clerk]]\nname = []\n"))
	f.Add([]byte("[commands.aliases]\nx = [1, \"a b\"]\n[[agency]]\ncode = \"\"\nreferral.password = \"agreed\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		faults, c := loadText(text)
		if len(faults) == 0 && (c.Roster() == nil || !roster.ValidAddress(c.Bureau.Mailbox)) {
			t.Fatal("loaded without a fault, and yet without a roster or mailbox")
		}
		seen := map[string]bool{}
		for _, e := range faults {
			if e.Field == "" || e.Hint == "" || strings.ContainsAny(e.Error(), "\n") || seen[e.Field] {
				t.Fatalf("fault %+v has no field or hint, is no single line, or comes twice", e)
			}
			seen[e.Field] = true
		}
	})
}

func TestAFaultIsOneLineWhateverTheKey(t *testing.T) {
	got := faultsOf(t, small+"[\"a\\nb\"]\nx = 1\n", nil)
	if len(got) != 1 || !strings.HasPrefix(got[0], "a b = ") {
		t.Errorf("faults: %q", got)
	}
}
