package main

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/biff/bifftest"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/ooxmlcrypt"
)

// workbook writes a filled form into a folder.
func workbook(t *testing.T, dir, name string, change func(*form.Entry)) string {
	t.Helper()
	e := form.Sample()
	if change != nil {
		change(&e)
	}
	b, err := form.Make(e)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, dir, name, b)
}

// otherWorkbook is a price list; with a password it is encrypted.
func otherWorkbook(t *testing.T, dir, name, password string) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetCellStr("Sheet1", "B2", "価格表"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, excelize.Options{Password: password}); err != nil {
		t.Fatal(err)
	}
	return write(t, dir, name, b.Bytes())
}

func TestSheetJSON(t *testing.T) {
	file := workbook(t, t.TempDir(), "灘酒造.xlsx", func(e *form.Entry) { e.Confirm[2] = false })
	got := lines[sheetJSON](t, does(t, "sheet", file, "--json", "--at", "2026-11-23"))
	if len(got) != 1 {
		t.Fatalf("%d lines", len(got))
	}
	s := got[0]
	if s.File != "灘酒造.xlsx" || s.Kind != "entry-sheet" || s.Layout != "entry-sheet-2026" || s.Password || s.Error != "" {
		t.Errorf("head %+v", s)
	}
	for key, want := range map[string]any{"company.name": "株式会社灘酒造", "company.capital": 30_000_000.0, "company.employees": 45.0, "company.founded": "1920-04",
		"received": "2026-11-16", "confirmations.tpp": false, "confirmations.consent": true, "request.other": ""} {
		if s.Values[key] != want {
			t.Errorf("%s = %v, want %v", key, s.Values[key], want)
		}
	}
	if items, ok := s.Values["request.items"].([]any); !ok || len(items) != 2 || items[0] != 1.0 || items[1] != 7.0 {
		t.Errorf("request.items = %v", s.Values["request.items"])
	}
	if c := s.Cells["company.name"]; c.Sheet != "エントリーシート" || c.Cell == "" || c.Raw != "株式会社灘酒造" || !strings.Contains(c.Rule, "企業名") {
		t.Errorf("cell of the company's name %+v", c)
	}
	if len(s.Problems) != 1 || s.Problems[0].Field != "confirmations.tpp" || s.Problems[0].Severity != "error" || s.Problems[0].Cell == "" || s.Problems[0].Wanted == "" {
		t.Errorf("problems %+v", s.Problems)
	}
}

func TestASheetWithoutProblemsHasAnEmptyList(t *testing.T) {
	out := does(t, "sheet", "--json", "--at", "2026-11-23", workbook(t, t.TempDir(), "a.xlsx", nil))
	if !strings.Contains(out, `"problems":[]`) || !strings.Contains(out, `"password":false`) {
		t.Error(out)
	}
}

func TestAtDecidesWhatIsInTheFuture(t *testing.T) {
	file := workbook(t, t.TempDir(), "a.xlsx", nil) // received 2026-11-16
	after := lines[sheetJSON](t, does(t, "sheet", "--json", "--at", "2026-11-16", file))[0]
	before := lines[sheetJSON](t, does(t, "sheet", "--json", "--at", "2026-11-15", file))[0]
	if len(after.Problems) != 0 || len(before.Problems) != 1 || before.Problems[0].Field != "received" {
		t.Errorf("on the day %+v, the day before %+v", after.Problems, before.Problems)
	}
}

func TestSheetForPeople(t *testing.T) {
	dir := t.TempDir()
	good, bad := workbook(t, dir, "good.xlsx", nil), workbook(t, dir, "bad.xlsx", func(e *form.Entry) { e.Company = "" })
	out := does(t, "sheet", good, bad, "--at", "2026-11-23")
	for _, want := range []string{"good.xlsx: entry-sheet (layout entry-sheet-2026", "company.name", "株式会社灘酒造", "企業名", "  no problems\n",
		"bad.xlsx: entry-sheet", "  error   エントリーシート!", "（company.name）", "request.items", "01 07"} {
		if !strings.Contains(out, want) {
			t.Errorf("does not show %q:\n%s", want, out)
		}
	}
}

func TestEveryFileIsToldAsWhatItIs(t *testing.T) {
	dir := t.TempDir()
	files := []string{otherWorkbook(t, dir, "other.xlsx", ""), otherWorkbook(t, dir, "locked.xlsx", "himitsu"),
		write(t, dir, "text.xlsx", []byte("企業名,法人番号")), write(t, dir, "cut.xlsx", []byte("PK\x03\x04 cut off")), write(t, dir, "empty.xlsx", nil)}
	out := does(t, append([]string{"sheet", "--json"}, files...)...)
	got := lines[sheetJSON](t, out)
	for i, want := range []string{"other-workbook", "locked", "unreadable", "unreadable", "unreadable"} {
		if i >= len(got) || got[i].File != filepath.Base(files[i]) || got[i].Kind != want {
			t.Fatalf("%s is not %s:\n%s", files[i], want, out)
		}
		if want == "unreadable" && got[i].Error == "" {
			t.Errorf("%s: without an error", files[i])
		}
	}
	people := does(t, append([]string{"sheet"}, files...)...)
	for i, want := range []string{": other-workbook", ": locked", ": unreadable — ", ": unreadable — ", ": unreadable — "} {
		if !strings.Contains(people, files[i]+want) {
			t.Errorf("people are not told %q:\n%s", want, people)
		}
	}
}

func TestAFileThatCannotBeOpenedDoesNotStopTheOthers(t *testing.T) {
	dir := t.TempDir()
	missing, huge := filepath.Join(dir, "missing.xlsx"), filepath.Join(dir, "huge.xlsx")
	write(t, dir, "huge.xlsx", nil)
	if err := os.Truncate(huge, 1<<40); err != nil {
		t.Fatal(err)
	}
	r := uketsuke(t, "sheet", "--json", missing, dir, huge, workbook(t, dir, "a.xlsx", nil))
	got := lines[sheetJSON](t, r.out)
	if r.code != exitFail || len(got) != 4 || got[3].Kind != "entry-sheet" {
		t.Fatalf("exit %d, %+v", r.code, got)
	}
	for _, s := range got[:3] {
		if s.Kind != "unreadable" || s.Error == "" || !strings.Contains(r.err, s.File) {
			t.Errorf("%+v; stderr %q", s, r.err)
		}
	}
}

func TestAnotherLayout(t *testing.T) {
	dir := t.TempDir()
	file := workbook(t, dir, "a.xlsx", nil)
	layout, err := os.ReadFile("../../internal/entrysheet/layout.toml")
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(layout, []byte(`"entry-sheet-2026"`), []byte(`"entry-sheet-2031"`), 1)
	own := write(t, dir, "own.toml", changed)
	if s := lines[sheetJSON](t, does(t, "sheet", "--json", "--layout", own, file))[0]; s.Kind != "entry-sheet" || s.Layout != "entry-sheet-2031" {
		t.Errorf("%+v", s)
	}
	refuses(t, exitFail, []string{"sheet", "--layout", write(t, dir, "bad.toml", []byte("fields = 3")), file}, "bad.toml")
	refuses(t, exitFail, []string{"sheet", "--layout", filepath.Join(dir, "none.toml"), file}, "none.toml")
}

// lockedForm is a filled form locked with a password, as Excel does.
func lockedForm(t *testing.T, dir, name, password string) string {
	t.Helper()
	plain, err := os.ReadFile(workbook(t, dir, "plain-"+name, nil))
	if err != nil {
		t.Fatal(err)
	}
	b, err := ooxmlcrypt.Encrypt(plain, password, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, dir, name, b)
}

func TestLockedFilesOpenWithTheirPassword(t *testing.T) {
	dir := t.TempDir()
	asked, unasked := lockedForm(t, dir, "asked.xlsx", "神戸2026!"), otherWorkbook(t, dir, "unasked.xlsx", ooxmlcrypt.VelvetSweatshop)
	old := &bifftest.Book{FilePass: make([]byte, 6), Sheets: []bifftest.Sheet{{Name: "表"}}} // XOR obfuscation
	xor := write(t, dir, "xor.xls", old.Bytes())
	for _, tt := range []struct {
		name      string
		passwords []string
		file      string
		kind      string
		opened    bool
	}{
		{"right after wrong", []string{"falsch", "神戸2026!"}, asked, "entry-sheet", true},
		{"wrong", []string{"falsch"}, asked, "locked", false},
		{"none", nil, asked, "locked", false},
		{"what Excel opens without asking", nil, unasked, "other-workbook", false},
		{"a cipher that is not read", []string{"x"}, xor, "locked", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"sheet", "--json", tt.file, "--at", "2026-11-23"}
			for _, p := range tt.passwords {
				args = append(args, "--password", p)
			}
			out := does(t, args...)
			s := lines[sheetJSON](t, out)[0]
			if s.Kind != tt.kind || s.Password != tt.opened || (s.Error == "") != (tt.kind != "locked") {
				t.Errorf("%+v", s)
			}
			if strings.Contains(out, "falsch") || strings.Contains(out, "神戸2026") {
				t.Errorf("a password is shown: %s", out)
			}
		})
	}
}

func TestPeopleAreToldHowEachBoxWasRead(t *testing.T) {
	out := does(t, "sheet", workbook(t, t.TempDir(), "a.xlsx", func(e *form.Entry) { e.Confirm[2] = false }), "--at", "2026-11-23")
	for _, want := range []string{"box 01 市場情報", "checked  ← \"☑01.市場情報", "box TPP加盟国への展開の検討", "unchecked  ← \"□"} {
		if !strings.Contains(out, want) {
			t.Errorf("without %q:\n%s", want, out)
		}
	}
}
