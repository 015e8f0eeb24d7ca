package house

import (
	"bytes"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// topLevel is what the repository's top may hold, beside files whose names begin with a dot.
var topLevel = []string{"cmd", "internal", "mailtemplates", "testdata", "go.mod", "go.sum", "config.example.toml", "README.md"}

func TestTheTopLevelIsFixed(t *testing.T) {
	names := topNames(t)
	for _, name := range names {
		if !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) {
			t.Errorf("%s stands at the top level; only %q may", name, topLevel)
		}
	}
	for _, name := range topLevel {
		if name != "testdata" && !slices.Contains(names, name) {
			t.Errorf("%s is missing at the top level", name)
		}
	}
}

// topNames are the names at the top of what git keeps, so that a binary built there is no fault; without git, of the folder.
func topNames(t *testing.T) []string {
	t.Helper()
	var names []string
	if out, err := exec.Command("git", "-C", root, "ls-files", "-z").Output(); err == nil && len(out) > 0 {
		for name := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
			top, _, _ := strings.Cut(name, "/")
			names = append(names, top)
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// longest is how many lines a function may have.
const longest = 100

func TestFunctionsAreShort(t *testing.T) {
	var lengths []int
	for _, f := range sources(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncDecl, *ast.FuncLit:
			default:
				return true
			}
			begin, lines := fset.Position(n.Pos()), fset.Position(n.End()).Line-fset.Position(n.Pos()).Line+1
			if lines > longest {
				t.Errorf("%s: a function of %d lines", begin, lines)
			}
			if _, named := n.(*ast.FuncDecl); named && !f.test {
				lengths = append(lengths, lines)
			}
			return true
		})
	}
	slices.Sort(lengths)
	over := len(lengths) - slices.IndexFunc(append(lengths, longest+1), func(n int) bool { return n > 60 })
	if median := lengths[len(lengths)/2]; median >= 20 || over*50 > len(lengths) {
		t.Errorf("half of the %d functions have %d lines and more, %d have over 60", len(lengths), median, over)
	}
}

func TestEveryPackageSaysWhatItDoes(t *testing.T) {
	told := map[string]bool{}
	for _, f := range sources(t) {
		dir := filepath.Dir(f.path)
		if !f.test {
			told[dir] = told[dir] || f.ast.Doc != nil && len(f.ast.Doc.Text()) > 60
		}
	}
	for dir, ok := range told {
		if !ok {
			t.Errorf("%s has no package comment worth reading", dir)
		}
	}
}

func TestNobodyPrintsPastWhatWasPassedIn(t *testing.T) {
	global := []string{"Default", "SetDefault", "Info", "Warn", "Error", "Debug", "Log", "LogAttrs", "InfoContext", "WarnContext", "ErrorContext", "DebugContext"}
	forbidden := map[string][]string{"log/slog": global, "os": {"Exit", "Stdin", "Stdout", "Stderr"}, "fmt": {"Print", "Printf", "Println"},
		"log": {"Default", "Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln"}}
	for _, f := range sources(t) {
		for pkg, names := range forbidden {
			f.uses(pkg, func(name string, at token.Position) {
				if !f.test && f.path != "cmd/uketsuke/main.go" && slices.Contains(names, name) {
					t.Errorf("%s: %s.%s; loggers and streams are arguments", at, pkg, name)
				}
			})
		}
	}
}

// unfinished are the marks of work left for later, written so that this file does not bear them.
var unfinished = regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME|XX` + `X)\b`)

func TestNothingIsLeftForLater(t *testing.T) {
	read := 0
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata"):
			return fs.SkipDir
		case !d.Type().IsRegular() || filepath.Base(p) == "go.sum":
			return nil
		}
		b, err := os.ReadFile(p)
		if err != nil || bytes.IndexByte(b, 0) >= 0 {
			return err
		}
		read++
		for i, line := range bytes.Split(b, []byte("\n")) {
			if m := unfinished.Find(line); m != nil {
				t.Errorf("%s:%d: %s", p, i+1, m)
			}
		}
		return nil
	})
	if err != nil || read < 100 {
		t.Fatalf("read %d files: %v", read, err)
	}
}
