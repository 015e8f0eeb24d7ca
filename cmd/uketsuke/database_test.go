package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // tampering needs a way in that the store does not offer
)

// copyDatabase copies the demo's database and its keys into a folder of the test's own.
func copyDatabase(t *testing.T) string {
	t.Helper()
	from, to := demoFolderOf(t), t.TempDir()
	for _, name := range []string{"uketsuke.db", "keys"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, to, name, b)
	}
	return filepath.Join(to, "uketsuke.db")
}

// tamper changes a database behind the program's back.
func tamper(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// caseOf is the demo's case with a certain id, as cases --json prints it. Numbers name the fiscal year in which the
// tests are run.
func caseOf(t *testing.T, id int) object {
	t.Helper()
	for _, c := range lines[object](t, does(t, "cases", "--json", "--db", filepath.Join(demoFolderOf(t), "uketsuke.db"))) {
		if c["id"] == float64(id) {
			return c
		}
	}
	t.Fatalf("the demo has no case %d", id)
	return nil
}

func numberOf(t *testing.T, id int) string  { return caseOf(t, id)["registration"].(string) }
func receiptOf(t *testing.T, id int) string { return caseOf(t, id)["receipt"].(string) }

// matches tells whether a whole text fits a pattern.
func matches(text, pattern string) bool {
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString(text)
}

func TestCases(t *testing.T) {
	dir := demoFolderOf(t)
	db, cfg := filepath.Join(dir, "uketsuke.db"), filepath.Join(dir, "uketsuke.toml")
	out := does(t, "cases", "--db", db, "--json")
	if out != does(t, "cases", "--json", "--config", cfg) {
		t.Error("--db and --config differ")
	}
	all := lines[object](t, out)
	if len(all) != 9 {
		t.Fatalf("%d cases", len(all))
	}
	keys(t, "cases --json", all[0], "id", "receipt", "stage", "open", "received_at", "updated_at", "events")
	if last := all[len(all)-1]; !matches(last["receipt"].(string), "E..-00001") || !matches(last["registration"].(string), "20..-KOB-00001-.") || last["company"] != "株式会社灘酒造" || last["member"] != "M-00001-3" {
		t.Errorf("the first case is not the last line: %v", last)
	}
	people := does(t, "cases", "--db", db)
	if strings.Count(people, "\n") != 9 || !strings.Contains(people, numberOf(t, 1)) || !strings.Contains(people, "株式会社髙﨑精機") {
		t.Errorf("people see:\n%s", people)
	}
	for _, tc := range []struct{ flags, key, value string }{
		{"--stage held", "stage", "held"}, {"--agency HYOGO-CCI", "agency", "HYOGO-CCI"}, {"--concierge MORI", "concierge", "MORI"},
	} {
		some := lines[object](t, does(t, append([]string{"cases", "--json", "--db", db}, strings.Fields(tc.flags)...)...))
		if len(some) == 0 || len(some) == 9 {
			t.Errorf("%s chooses %d cases", tc.flags, len(some))
		}
		for _, c := range some {
			if c[tc.key] != tc.value {
				t.Errorf("%s chooses %v", tc.flags, c)
			}
		}
	}
	if open := lines[object](t, does(t, "cases", "--open", "--json", "--db", db)); len(open) != 9 {
		t.Errorf("%d open cases", len(open))
	}
}

func TestCase(t *testing.T) {
	db := filepath.Join(demoFolderOf(t), "uketsuke.db")
	number, receipt := numberOf(t, 4), receiptOf(t, 6)
	out := does(t, "case", "--db", db, "--json", number, strings.ToLower(receipt))
	two := lines[struct {
		Receipt, Registration, Why string
		Timeline                   []struct{ Kind, Text, From, Evidence string }
		Letters                    []struct{ Kind, State, Subject string }
	}](t, out)
	if len(two) != 2 || two[0].Registration != number || two[1].Receipt != receipt {
		t.Fatalf("shows %+v", two)
	}
	var kinds []string
	for _, e := range two[0].Timeline {
		kinds = append(kinds, e.Kind)
		if e.Text == "" || e.From != "tanaka@minato-bank.example" || !strings.Contains(e.Evidence, "dmarc=pass") {
			t.Errorf("the timeline does not tell by whose mail and on what evidence: %+v", e)
		}
	}
	if got := strings.Join(kinds, " "); got != "sheet-received sheet-returned sheet-replaced case-registered" || len(two[0].Letters) != 3 || two[0].Why == "" {
		t.Errorf("timeline %s, letters %+v, why %q", got, two[0].Letters, two[0].Why)
	}
	people := does(t, "case", number, "--db", db)
	for _, want := range []string{number, receiptOf(t, 4), "M-00004-5", "株式会社髙﨑精機", "TAKAHASHI", "timeline", "case-registered", "tanaka@minato-bank.example", "dmarc=pass", "letters", "brief"} {
		if !strings.Contains(people, want) {
			t.Errorf("people are not shown %q:\n%s", want, people)
		}
	}
}

func TestAnUnknownNumberDoesNotStopTheOthers(t *testing.T) {
	db := filepath.Join(demoFolderOf(t), "uketsuke.db")
	r := uketsuke(t, "case", "--db", db, "--json", "2026-KOB-99999-9", receiptOf(t, 1))
	if got := lines[object](t, r.out); r.code != exitFail || len(got) != 1 || !strings.Contains(r.err, "2026-KOB-99999-9: no case has this number") {
		t.Errorf("exit %d, %d lines, stderr %q", r.code, len(got), r.err)
	}
}

func TestOutbox(t *testing.T) {
	db := filepath.Join(demoFolderOf(t), "uketsuke.db")
	if out := does(t, "outbox", "--db", db, "--json"); out != "" {
		t.Errorf("after the demo letters are under way: %s", out)
	}
	sent := lines[object](t, does(t, "outbox", "--db", db, "--json", "--state", "sent", "--state", "queued"))
	if len(sent) != 24 {
		t.Errorf("%d letters sent", len(sent))
	}
	keys(t, "outbox --json", sent[0], "id", "kind", "recipients", "subject", "state", "tries", "created_at", "message_id")
	if people := does(t, "outbox", "--state", "sent", "--db", db); strings.Count(people, "\n") != 24 || !strings.Contains(people, "コンソーシアム登録のお知らせ") {
		t.Errorf("people see:\n%s", people)
	}
}

func TestOutboxTellsThatSendingIsStopped(t *testing.T) {
	server, _, file := office(t)
	deliver(t, server, "stop.eml", "saeki@jetro.example", "全送信停止")
	if r := uketsuke(t, "run", "--config", file, "--once", "--json"); r.code != exitDone {
		t.Fatalf("run: exit %d, %s", r.code, r.err)
	}
	r := uketsuke(t, "outbox", "--config", file, "--json")
	lines[object](t, r.out)
	if r.code != exitDone || !strings.Contains(r.err, "全送信停止 is in force") {
		t.Errorf("exit %d, stderr %q", r.code, r.err)
	}
}

func TestAuditOfAnUntouchedDatabase(t *testing.T) {
	dir := demoFolderOf(t)
	rep := lines[object](t, does(t, "audit", "verify", "--db", filepath.Join(dir, "uketsuke.db"), "--json"))[0]
	if rep["cases"] != 9.0 || rep["events"] == 0.0 || len(rep["head"].(string)) != 64 || len(rep["problems"].([]any)) != 0 {
		t.Errorf("report %v", rep)
	}
	if out := does(t, "audit", "verify", "--config", filepath.Join(dir, "uketsuke.toml")); !strings.Contains(out, "9 cases") || strings.Contains(out, "PROBLEM") {
		t.Errorf("people are told %q", out)
	}
}

func TestAuditFindsWhatWasTamperedWith(t *testing.T) {
	for _, tc := range []struct {
		rule      string
		statement string
	}{
		{"a payload was rewritten", `UPDATE event_payload SET data = replace(data, '株式会社灘酒造', '株式会社偽酒造') WHERE seq = 1`},
		{"an event was redated", `UPDATE event SET at = at - 86400000 WHERE seq = 1`},
		{"an event was put on somebody else", `UPDATE event SET actor_id = (SELECT min(id) FROM actor) WHERE seq = (SELECT max(seq) FROM event)`},
		{"an event was taken out", `DELETE FROM event WHERE seq = 3`},
		{"the last event was taken out", `DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)`},
		{"a case's row says what no event says", `UPDATE case_row SET stage = 'void' WHERE id = 1`},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			db := copyDatabase(t)
			tamper(t, db, `PRAGMA foreign_keys = OFF`, tc.statement)
			r := uketsuke(t, "audit", "verify", "--db", db, "--json")
			if r.code != exitFail {
				t.Errorf("exit %d", r.code)
			}
			if rep := lines[object](t, r.out); len(rep) != 1 || len(rep[0]["problems"].([]any)) == 0 {
				t.Errorf("report %s, stderr %q", r.out, r.err)
			}
			if people := uketsuke(t, "audit", "verify", "--db", db); people.code != exitFail || !strings.Contains(people.out, "\nPROBLEM ") {
				t.Errorf("people: exit %d, %q", people.code, people.out)
			}
		})
	}
}

func TestWhatIsNoDatabaseOfOurs(t *testing.T) {
	dir := t.TempDir()
	missing, text := filepath.Join(dir, "missing.db"), write(t, dir, "text.db", []byte(strings.Repeat("no database\n", 100)))
	foreign := filepath.Join(dir, "foreign.db")
	tamper(t, foreign, `CREATE TABLE event (seq INTEGER PRIMARY KEY, data TEXT)`)
	for _, call := range [][]string{{"cases"}, {"case", "E26-00001"}, {"outbox"}, {"stats", "--year", "2020"}, {"audit", "verify"}} {
		for _, file := range []string{missing, text, foreign} {
			refuses(t, exitFail, append(call, "--json", "--db", file), file)
		}
	}
	refuses(t, exitFail, []string{"cases", "--db", missing}, "there is no database", "'uketsuke run' makes it")
	if _, err := os.Stat(missing); err == nil {
		t.Error("a command that only looks has made a database")
	}
}
