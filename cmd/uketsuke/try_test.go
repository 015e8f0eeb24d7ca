package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
)

// hashes are the folder's files with their content.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = fmt.Sprintf("%x", sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// untouched asserts that what is done leaves a folder as it was, no file more, none less, none changed.
func untouched(t *testing.T, dir string, do func()) {
	t.Helper()
	before := hashes(t, dir)
	do()
	after := hashes(t, dir)
	for path, h := range after {
		if before[path] != h {
			t.Errorf("%s was written", path)
		}
		delete(before, path)
	}
	for path := range before {
		t.Errorf("%s is gone", path)
	}
}

// codes are the codes of all tags in a text.
var codes = regexp.MustCompile(`\[(?:受付|登録) \S+ (\w+)\]`)

// liveCodes are the codes that the demo's letters carried.
func liveCodes(t *testing.T, dir string) map[string]bool {
	t.Helper()
	live := map[string]bool{}
	for _, l := range lines[object](t, does(t, "outbox", "--db", filepath.Join(dir, "uketsuke.db"), "--state", "sent", "--json")) {
		if m := codes.FindStringSubmatch(l["subject"].(string)); m != nil {
			live[m[1]] = true
		}
	}
	if len(live) == 0 {
		t.Fatal("no letter of the demo carries a code")
	}
	return live
}

func TestTryWritesNothingAndShowsEveryLetter(t *testing.T) {
	dir, mails := demoFolderOf(t), t.TempDir()
	cfg := filepath.Join(dir, "uketsuke.toml")
	live := liveCodes(t, dir)
	entry := mail(t, mails, "new.eml", enclose(t, "六甲工業.xlsx", func(e *form.Entry) {
		e.Company, e.CorporateNumber = "株式会社六甲工業", form.CorporateNumber(140001000201)
	}))
	same := mail(t, mails, "same.eml", enclose(t, "灘酒造.xlsx", func(e *form.Entry) { e.Received = demo.LastWeek(time.Now()) }))
	returned := mail(t, mails, "returned.eml", enclose(t, "摩耶.xlsx", func(e *form.Entry) {
		e.Company, e.CorporateNumber, e.Confirm[0] = "株式会社摩耶", form.CorporateNumber(140001000202), false
	}))
	question := mail(t, mails, "question.eml", func(m *post.Mail) { m.Subject = "ご質問" })
	list := mail(t, mails, "list.eml", func(m *post.Mail) {
		m.FromName, m.From, m.Subject, m.Text, m.Head = "佐伯 直子", "saeki@jetro.example", "一覧", "", []string{
			"Authentication-Results: mx.uketsuke.example; dmarc=pass header.from=jetro.example", "Received: from mail.jetro.example by mx.uketsuke.example; Mon, 16 Nov 2026 10:00:00 +0900"}
	})
	broken := write(t, mails, "broken.eml", []byte{0, 1, 2})
	untouched(t, filepath.Dir(dir), func() {
		out := does(t, "try", "--config", cfg, entry, "--json", same, returned, question, list, broken)
		all := lines[fateJSON](t, out)
		for i, want := range []struct{ file, kind, outcome, of, letters string }{
			{"new.eml", "entry", "registered", "20..-KOB-00008-.", "registered brief"}, {"same.eml", "entry", "duplicate", numberOf(t, 1), "registered"},
			{"returned.eml", "entry", "returned", "E..-00010", "returned"}, {"question.eml", "other", "other", "", ""},
			{"list.eml", "command", "done", "", "list"}, {"broken.eml", "broken", "aside", "", "aside"},
		} {
			if i >= len(all) {
				t.Fatalf("%d lines:\n%s", len(all), out)
			}
			f := all[i]
			var letters []string
			for _, l := range f.Letters {
				letters = append(letters, l.Letter)
			}
			if f.File != want.file || f.Kind != want.kind || f.Outcome != want.outcome || !matches(f.Case, want.of) || strings.Join(letters, " ") != want.letters || f.Why == "" || f.UID != 0 {
				t.Errorf("%+v, want %+v", f, want)
			}
		}
		people := does(t, "try", "--config", cfg, entry, returned)
		for _, want := range []string{"new.eml: entry → registered 20", "── to tanaka@minato-bank.example", "会員証_", ".pdf", "田中 一郎 様",
			"filed in \"done\"", "returned.eml: entry → returned E", "_ご確認箇所.xlsx"} {
			if !strings.Contains(people, want) {
				t.Errorf("people are not shown %q:\n%.3000s", want, people)
			}
		}
		shownCodes := codes.FindAllStringSubmatch(out+people, -1)
		if len(shownCodes) == 0 {
			t.Error("no letter shows its tag")
		}
		for _, m := range shownCodes {
			if live[m[1]] || m[1] != shownCodes[0][1] {
				t.Errorf("%s is no dummy code", m[0])
			}
		}
	})
}

func TestTryNeedsNoPasswordNoServerAndNoDatabase(t *testing.T) {
	server, dir, file := office(t)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	entry := mail(t, t.TempDir(), "first.eml", enclose(t, "灘酒造.xlsx", nil))
	t.Setenv("TMPDIR", t.TempDir())
	untouched(t, dir, func() {
		var out strings.Builder
		code := Run(t.Context(), []string{"try", "--json", "--at", "2027-04-01", "--config", file, entry}, Streams{Out: &out, Err: &out}, func(string) string { return "" })
		if code != exitDone {
			t.Fatalf("exit %d: %s", code, out.String())
		}
		if f := lines[fateJSON](t, out.String())[0]; f.Outcome != "registered" || !strings.HasPrefix(f.Case, "2027-KOB-00001-") {
			t.Errorf("in a new fiscal year and an empty database: %+v", f)
		}
	})
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestTryGoesOnAfterAMissingFile(t *testing.T) {
	cfg := filepath.Join(demoFolderOf(t), "uketsuke.toml")
	r := uketsuke(t, "try", "--config", cfg, "--json", filepath.Join(t.TempDir(), "missing.eml"), mail(t, t.TempDir(), "a.eml", nil))
	if got := lines[fateJSON](t, r.out); r.code != exitFail || len(got) != 1 || got[0].File != "a.eml" || !strings.Contains(r.err, "missing.eml") {
		t.Errorf("exit %d, %+v, stderr %q", r.code, got, r.err)
	}
}
