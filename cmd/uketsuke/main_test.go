package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"uketsuke/internal/config"
	"uketsuke/internal/demo"
)

// programEnv makes the test binary the program itself, for tests that need a process of its own.
const programEnv = "UKETSUKE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		main()
	}
	code := m.Run()
	if shown.dir != "" {
		os.RemoveAll(filepath.Dir(shown.dir))
	}
	os.Exit(code)
}

// result is what one call of the program left.
type result struct {
	code     int
	out, err string
}

// uketsuke calls the program in this process, in the demo's environment.
func uketsuke(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(t.Context(), args, Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, demo.Env)
	return result{code, out.String(), errs.String()}
}

// does is uketsuke for a call that must succeed and say nothing on stderr; it returns stdout.
func does(t *testing.T, args ...string) string {
	t.Helper()
	r := uketsuke(t, args...)
	if r.code != exitDone || r.err != "" {
		t.Fatalf("%q: exit %d, stderr %q", args, r.code, r.err)
	}
	return r.out
}

// refuses asserts that a call ends with a code, says nothing on stdout and all of want on stderr.
func refuses(t *testing.T, code int, args []string, want ...string) {
	t.Helper()
	r := uketsuke(t, args...)
	if r.code != code || r.out != "" {
		t.Errorf("%q: exit %d, want %d; stdout %q", args, r.code, code, r.out)
	}
	for _, w := range want {
		if !strings.Contains(r.err, w) {
			t.Errorf("%q: stderr %q does not say %q", args, r.err, w)
		}
	}
}

// lines decodes JSON Lines and fails at anything else on stdout.
func lines[T any](t *testing.T, out string) []T {
	t.Helper()
	var all []T
	for line := range strings.Lines(out) {
		var v T
		if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}\n") {
			t.Fatalf("stdout has a line that is no JSON object: %q", line)
		}
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("stdout has a line that is no JSON object: %v: %q", err, line)
		}
		all = append(all, v)
	}
	return all
}

type object = map[string]any

// keys asserts that an object has certain keys; others may stand beside them.
func keys(t *testing.T, what string, o object, want ...string) {
	t.Helper()
	for _, k := range want {
		if _, ok := o[k]; !ok {
			t.Errorf("%s lacks %q: %v", what, k, o)
		}
	}
}

// write puts a file into a folder and returns its path.
func write(t *testing.T, dir, name string, b []byte) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// shown is the sample demo's folder, made once for all tests. They only read it.
var shown struct {
	sync.Once
	dir, out, log string
	err           error
}

func demoFolderOf(t *testing.T) string {
	t.Helper()
	shown.Do(func() {
		var root string
		if root, shown.err = os.MkdirTemp("", "uketsuke-cli-"); shown.err != nil {
			return
		}
		shown.dir = filepath.Join(root, "office")
		var out, errs bytes.Buffer
		code := Run(context.Background(), []string{"demo", "--json", "--dir", shown.dir}, Streams{Out: &out, Err: &errs}, demo.Env)
		shown.out, shown.log = out.String(), errs.String()
		if code != exitDone {
			shown.err = fmt.Errorf("demo: exit %d: %s", code, shown.log)
		}
	})
	if shown.err != nil {
		t.Fatal(shown.err)
	}
	return shown.dir
}

func TestEveryCommandHasHelpWorthReading(t *testing.T) {
	for _, c := range subcommands() {
		t.Run(c.name, func(t *testing.T) {
			help := does(t, c.name, "--help")
			if help != does(t, c.name, "-h") {
				t.Error("-h says something else")
			}
			if !strings.HasPrefix(help, strings.TrimSpace("Usage: uketsuke "+c.name+" "+c.args)+"\n\n") {
				t.Errorf("help begins with %.60q", help)
			}
			if !strings.Contains(help, c.brief) || len(c.brief) < 30 {
				t.Errorf("help does not tell what the command does: %q", help)
			}
			if _, flags, ok := strings.Cut(help, "\nFlags:\n"); ok {
				for line := range strings.Lines(flags) {
					name, usage, ok := strings.Cut(strings.TrimSpace(line), "  ")
					if !ok || !strings.HasPrefix(name, "--") || len(strings.TrimSpace(usage)) < 10 {
						t.Errorf("the flag's line %q explains nothing", line)
					}
				}
			}
		})
	}
}

func TestHelpNamesEveryFlagOfItsUsageLine(t *testing.T) {
	for _, c := range subcommands() {
		help := does(t, c.name, "--help")
		_, flags, _ := strings.Cut(help, "\nFlags:\n")
		for _, word := range strings.FieldsFunc(c.args, func(r rune) bool { return strings.ContainsRune(" []|…", r) }) {
			if strings.HasPrefix(word, "--") && !strings.Contains(flags, word) {
				t.Errorf("%s: %s stands in the usage line but is no flag", c.name, word)
			}
		}
	}
}

func TestTheOverviewNamesEveryCommand(t *testing.T) {
	overview := does(t, "--help")
	for _, c := range subcommands() {
		if !strings.Contains(overview, "\n  "+c.name+" ") {
			t.Errorf("the overview lacks %s", c.name)
		}
	}
	if does(t, "help", "demo") != does(t, "demo", "--help") {
		t.Error("'help demo' is not the help of demo")
	}
	r := uketsuke(t)
	if r.code != exitUsage || r.out != "" || r.err != overview {
		t.Errorf("without a command: exit %d, stdout %q, stderr %.40q", r.code, r.out, r.err)
	}
}

func TestWrongUse(t *testing.T) {
	for _, tc := range []struct {
		rule, args, want string
	}{
		{"an unknown command", "intake", `unknown command "intake"`},
		{"an unknown flag", "sheet --colour x.xlsx", "-colour"},
		{"an unknown flag after arguments", "sheet x.xlsx --colour", "-colour"},
		{"a flag without its value", "run --config", "config"},
		{"a number that is none", "demo --mails many", "many"},
		{"too few mails", "demo --mails -1", "--mails -1"},
		{"demo takes no arguments", "demo here", "takes no arguments"},
		{"run without a configuration", "run --once", "--config is missing; 'uketsuke init'"},
		{"run with an argument", "run --config x.toml now", "takes no arguments"},
		{"run --json without --once", "run --config x.toml --json", "--json goes with --once"},
		{"check without a configuration", "check", "--config is missing; 'uketsuke init'"},
		{"check with an argument", "check --config x.toml y", "takes no arguments"},
		{"init with an argument", "init uketsuke.toml", "redirect its output"},
		{"sheet without a file", "sheet --json", "names no file"},
		{"sheet with a day that is none", "sheet --at 2026-13-01 x.xlsx", "--at \"2026-13-01\" is no date; write it as 2026-11-23"},
		{"read without a file", "read", "names no mail"},
		{"read with a day that is none", "read x.eml --at tomorrow", "--at \"tomorrow\" is no date"},
		{"try without a configuration", "try x.eml", "--config is missing"},
		{"try without a mail", "try --config x.toml", "names no mail"},
		{"try with a day that is none", "try --config x.toml --at 1 x.eml", "--at \"1\" is no date"},
		{"cases without a database", "cases", "--config or --db is missing"},
		{"cases with both", "cases --config x.toml --db x.db", "give one of them"},
		{"cases with an argument", "cases --db x.db 2026-KOB-00001-4", "uketsuke case NUMBER"},
		{"a stage that is none", "cases --db x.db --stage waiting", "--stage \"waiting\" is none of received, "},
		{"case without a number", "case --db x.db", "names no case"},
		{"a state that is none", "outbox --db x.db --state lost", "--state \"lost\" is none of queued, "},
		{"outbox with an argument", "outbox --db x.db 1", "takes no arguments"},
		{"audit without a verb", "audit --db x.db", "audit verify"},
		{"audit with another verb", "audit repair --db x.db", "audit verify"},
		{"both parts of a letter", "letters --html --text", "exclude each other"},
		{"an unknown letter", "letters regret", "there is no letter \"regret\"; the letters are registered, "},
		{"version with an argument", "version 2", "takes no arguments"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			args := strings.Fields(tc.args)
			want := []string{"uketsuke", tc.want, "--help"}
			if tc.rule != "an unknown command" {
				want = append(want, "uketsuke "+args[0]+": ")
			}
			refuses(t, exitUsage, args, want...)
		})
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestOutputThatCannotBeWrittenIsNoSuccess(t *testing.T) {
	db := filepath.Join(demoFolderOf(t), "uketsuke.db")
	for _, args := range [][]string{{"version"}, {"init"}, {"letters"}, {"cases", "--db", db}, {"cases", "--db", db, "--json"}, {"sheet", workbook(t, t.TempDir(), "a.xlsx", nil)}} {
		var errs bytes.Buffer
		code := Run(t.Context(), args, Streams{Out: full{}, Err: &errs}, demo.Env)
		if code != exitFail || !strings.Contains(errs.String(), "uketsuke "+args[0]+": ") || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%q: exit %d, stderr %q", args, code, errs.String())
		}
	}
}

func TestFlagsMayStandAnywhere(t *testing.T) {
	for _, tc := range []struct{ args, rest string }{
		{"a b --json", "a b"}, {"--json a b", "a b"}, {"a --json b --state s", "a b"}, {"a -json=true b", "a b"},
		{"--json -- --state", "--state"}, {"a --json -- -x b", "a -x b"}, {"--json - a", "- a"},
	} {
		fs := (&env{Streams: Streams{Out: io.Discard}, sub: outboxCommand}).flags()
		asJSON := fs.Bool("json", false, "")
		fs.String("state", "", "")
		rest, err := fs.parse(strings.Fields(tc.args))
		if err != nil || !*asJSON || strings.Join(rest, " ") != tc.rest {
			t.Errorf("%q: json %v, arguments %q, %v", tc.args, *asJSON, rest, err)
		}
	}
}

func TestVersion(t *testing.T) {
	if out := does(t, "version"); !strings.HasPrefix(out, "uketsuke ") || !strings.Contains(out, " go1.") {
		t.Errorf("version prints %q", out)
	}
	keys(t, "version --json", lines[object](t, does(t, "version", "--json"))[0], "version", "revision", "go")
}

func TestInitPrintsTheExampleOfTheModule(t *testing.T) {
	example, err := os.ReadFile("../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	out := does(t, "init")
	if out != string(example) {
		t.Error("'uketsuke init' and config.example.toml differ")
	}
	file := write(t, t.TempDir(), "uketsuke.toml", []byte(out))
	cfg, err := config.LoadOffline(file, demo.Env)
	if err != nil {
		t.Fatal("what init prints does not load:", err)
	}
	if len(cfg.Agencies) == 0 || len(cfg.Concierges) == 0 || len(cfg.Clerks) == 0 {
		t.Error("what init prints shows no people")
	}
}

func TestTheUsualCommandsAreThere(t *testing.T) {
	var got []string
	for _, c := range subcommands() {
		got = append(got, c.name)
	}
	slices.Sort(got)
	if want := "audit case cases check demo digest due init letters outbox read run sheet stats try version"; strings.Join(got, " ") != want {
		t.Errorf("commands %q, want %q", got, want)
	}
}
