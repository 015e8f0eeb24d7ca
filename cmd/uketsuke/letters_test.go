package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/inbound"
	"uketsuke/internal/letter"
)

// sampleLetters are the names of all letters.
func sampleLetters() []string {
	var out []string
	for _, s := range letter.Samples(casework.Office{Code: "KOB"}, time.Date(2026, 11, 23, 10, 0, 0, 0, casework.JST)) {
		out = append(out, s.Name)
	}
	return out
}

func TestLettersShowsAllOrThoseNamed(t *testing.T) {
	all := does(t, "letters")
	for _, name := range sampleLetters() {
		if !strings.Contains(all, "── "+name+"\nSubject: ") {
			t.Errorf("%s is not shown", name)
		}
	}
	one := does(t, "letters", "returned", "--text")
	if !strings.HasPrefix(one, "── returned\nSubject: ") || strings.Contains(one, "── registered") || strings.Contains(one, "<html") || !strings.Contains(one, "様") {
		t.Errorf("returned is shown as %.300s", one)
	}
	if html := does(t, "letters", "--html", "registered"); !strings.Contains(html, "<html") || !strings.Contains(html, "mailto:") {
		t.Errorf("registered in HTML is %.300s", html)
	}
	consent := does(t, "letters", "consent")
	for _, form := range []string{"── consent-company\n", "── consent-company-via\n", "── consent-intake\n"} {
		if !strings.Contains(consent, form) {
			t.Errorf("'letters consent' lacks %q", form)
		}
	}
	if strings.Contains(consent, "── consent-recorded") || strings.Contains(does(t, "letters", "inquiry"), "── inquiry-answer") {
		t.Error("a letter's name shows another letter, too")
	}
	help := does(t, "letters", "help")
	for _, role := range []string{"── help\n", "── help-clerk\n", "── help-concierge\n"} {
		if !strings.Contains(help, role) {
			t.Errorf("'letters help' lacks %q", role)
		}
	}
}

func TestLettersOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if out := does(t, "letters", "--out", dir); out != "" {
		t.Errorf("stdout %.100q", out)
	}
	names := sampleLetters()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3*len(names) {
		t.Errorf("%d files for %d letters, %v", len(files), len(names), err)
	}
	for _, name := range names {
		var part [3][]byte
		for i, ext := range []string{".txt", ".html", ".eml"} {
			if part[i], err = os.ReadFile(filepath.Join(dir, name+ext)); err != nil {
				t.Fatal(err)
			}
		}
		m, err := inbound.Parse(part[2], inbound.Options{Limits: inbound.DefaultLimits()})
		if err != nil || m.Subject == "" || len(m.To) == 0 {
			t.Fatalf("%s.eml: %v %+v", name, err, m)
		}
		if !bytes.HasPrefix(part[0], []byte("Subject: "+m.Subject+"\n\n")) || !bytes.Contains(part[1], []byte("</html>")) {
			t.Errorf("%s: text begins %.80q, HTML %.40q", name, part[0], part[1])
		}
		for _, a := range m.Attachments {
			if strings.Contains(a.Name, "会員証") && !bytes.HasPrefix(a.Data, []byte("%PDF-")) {
				t.Errorf("%s.eml: %s is no PDF", name, a.Name)
			}
			if strings.HasSuffix(a.Name, ".ics") && !bytes.HasPrefix(a.Data, []byte("BEGIN:VCALENDAR")) {
				t.Errorf("%s.eml: %s is no calendar file", name, a.Name)
			}
		}
	}
}

func TestLettersOfAnOffice(t *testing.T) {
	_, dir, file := office(t, `name = "ジェトロ神戸"`, `name = "ジェトロ丹波"`)
	if out := does(t, "letters", "registered", "--config", file); !strings.Contains(out, "ジェトロ丹波") || strings.Contains(out, "ジェトロ神戸　新輸出大国") {
		t.Errorf("the office's own name is not in its letter: %.400s", out)
	}
	if err := os.Mkdir(filepath.Join(dir, "own"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "own"), "registered.tmpl", []byte(`{{define "subject"}}{{.Nothing}}{{end}}`))
	_, _, broken := office(t, `mode = "live"`, "mode = \"live\"\ntemplates = \""+filepath.Join(dir, "own")+`"`)
	refuses(t, exitFail, []string{"letters", "--config", broken}, "registered")
	if r := uketsuke(t, "check", "--config", broken); r.code != exitFail || !strings.Contains(r.out, "FAIL  letters") || !strings.Contains(r.out, "registered.tmpl") {
		t.Errorf("check: exit %d\n%s", r.code, r.out)
	}
}
