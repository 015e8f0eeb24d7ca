package main

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestDemoJSON(t *testing.T) {
	dir := demoFolderOf(t)
	all := lines[object](t, shown.out)
	if len(all) != 1 {
		t.Fatalf("stdout is %q", shown.out)
	}
	sum := all[0]
	keys(t, "demo --json", sum, "mails", "registered", "returned", "held", "duplicates", "lettersSent", "seconds", "mailsPerSecond", "latencyMs", "maxRSSBytes", "dir")
	keys(t, "latencyMs", sum["latencyMs"].(object), "p50", "p95", "p99")
	for key, want := range map[string]any{"mails": 17.0, "registered": 7.0, "returned": 2.0, "held": 2.0, "duplicates": 1.0, "lettersSent": 24.0, "dir": dir} {
		if sum[key] != want {
			t.Errorf("%s = %v, want %v", key, sum[key], want)
		}
	}
	if sum["seconds"].(float64) <= 0 || sum["mailsPerSecond"].(float64) <= 0 {
		t.Errorf("measured %v s, %v mails/s", sum["seconds"], sum["mailsPerSecond"])
	}
	if shown.log != "" {
		t.Errorf("stderr %q", shown.log)
	}
}

func TestDemoLeavesWhatItNames(t *testing.T) {
	dir := demoFolderOf(t)
	begins := func(pattern, magic string, n int) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) != n {
			t.Errorf("%s: %d files, want %d (%v)", pattern, len(files), n, err)
		}
		for _, f := range files {
			if b, err := os.ReadFile(f); err != nil || !bytes.HasPrefix(b, []byte(magic)) {
				t.Errorf("%s begins with %.10q (%v)", f, b, err)
			}
		}
	}
	begins("letters/*.eml", "", 24)
	begins("certificates/20??-KOB-0000[1-7]-[0-9].pdf", "%PDF-", 7)
	begins("certificates/*", "%PDF-", 7)
	begins("sheets/*.xlsx", "PK\x03\x04", 2)
	begins("uketsuke.db", "SQLite format 3\x00", 1)
}

func TestDemoRefusesAFolderThatIsNotEmpty(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "mine.txt", []byte("mine"))
	refuses(t, exitFail, []string{"demo", "--dir", dir}, dir, "is not empty; name a new folder")
	refuses(t, exitFail, []string{"demo", "--dir", file}, file)
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("the folder holds %v, %v", all, err)
	}
}

func TestDemoEndsAtTheFirstSignal(t *testing.T) {
	tmp := t.TempDir()
	p := exec.Command(os.Args[0], "demo", "--mails", "1000")
	p.Env = append(os.Environ(), programEnv+"=1", "TMPDIR="+tmp)
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	p.Stderr = &errs
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	defer p.Process.Kill()
	if _, err := bufio.NewReader(out).ReadString('['); err != nil { // the bar begins
		t.Fatal("no progress was shown: ", err, errs.String())
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := p.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitFail {
		t.Errorf("ends with %v", err)
	}
	if !strings.HasPrefix(errs.String(), "uketsuke demo: stopped by a signal: ") {
		t.Errorf("stderr %q", errs.String())
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestDemoShowsEachMailAndTidiesUp(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	out := does(t, "demo", "--mails", "3")
	for _, want := range []string{"preparing 3 mails", "3/3", "registered     53", "latency ms", "peak memory", "temporary, removed now"} {
		if !strings.Contains(out, want) {
			t.Errorf("does not show %q:\n%s", want, out)
		}
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	kept := lines[object](t, does(t, "demo", "--keep", "--json"))[0]["dir"].(string)
	if filepath.Dir(kept) != tmp {
		t.Errorf("kept in %s", kept)
	}
	if _, err := os.Stat(filepath.Join(kept, "uketsuke.db")); errors.Is(err, fs.ErrNotExist) {
		t.Error("--keep keeps no database")
	}
}
