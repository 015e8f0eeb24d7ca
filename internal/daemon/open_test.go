package daemon_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/mailserver"
)

// site is an invented office's configuration, with its mail server when one is wanted.
func site(t *testing.T, server *mailserver.Server) *config.Config {
	t.Helper()
	s := demo.Site{Dir: filepath.Join(t.TempDir(), "data"), IMAP: "127.0.0.1:1", SMTP: "127.0.0.1:1"}
	if server != nil {
		s.IMAP, s.SMTP = server.IMAPAddr(), server.SMTPAddr()
	}
	file := filepath.Join(t.TempDir(), "uketsuke.toml")
	if err := os.WriteFile(file, []byte(demo.Configuration(s)), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file, demo.Env)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestASecondOfficeOnTheSameFolderIsRefused(t *testing.T) {
	cfg := site(t, nil)
	first, err := daemon.Open(t.Context(), cfg, daemon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = daemon.Open(t.Context(), cfg, daemon.Options{})
	var locked *daemon.LockedError
	if !errors.As(err, &locked) || locked.Path != filepath.Join(cfg.DataDir, "lock") {
		t.Fatalf("error %v, want a *LockedError that names the file", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := daemon.Open(t.Context(), cfg, daemon.Options{})
	if err != nil {
		t.Fatalf("after the first has closed: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNothingInTheDataFolderIsForOthers(t *testing.T) {
	cfg := site(t, nil)
	o, err := daemon.Open(t.Context(), cfg, daemon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	err = filepath.WalkDir(cfg.DataDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestADatabaseWithoutItsKeysIsRefused(t *testing.T) {
	cfg := site(t, nil)
	o, err := daemon.Open(t.Context(), cfg, daemon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cfg.DataDir, "keys")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(want string) {
		t.Helper()
		_, run := daemon.Open(t.Context(), cfg, daemon.Options{})
		_, try := daemon.OpenTrial(t.Context(), cfg, daemon.Options{})
		for name, err := range map[string]error{"run": run, "try": try} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v, want an error with %q that names %s", name, err, want, path)
			} else if strings.Contains(err.Error(), strings.Fields(string(whole))[len(strings.Fields(string(whole)))-1]) {
				t.Errorf("%s: the error shows a key", name)
			}
		}
	}
	if err := os.WriteFile(path, whole[:len(whole)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	refused("key file, line")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	refused("restore it from the backup")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("new keys took the place of the lost ones")
	}
}

func TestATrialWritesNothing(t *testing.T) {
	cfg := site(t, nil)
	raw := []byte("From: tanaka@minato-bank.example\r\nTo: " + demo.OfficeAddr + "\r\nSubject: 一覧\r\nMessage-ID: <a@x>\r\nDate: Mon, 16 Nov 2026 10:00:00 +0900\r\n\r\nx\r\n")
	consider := func() {
		t.Helper()
		trial, err := daemon.OpenTrial(t.Context(), cfg, daemon.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := trial.Consider(t.Context(), raw); err != nil {
			t.Error(err)
		}
		temp := daemon.Temp(trial)
		if err := trial.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(temp); temp != "" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the empty database stays in %s", temp)
		}
	}
	consider()
	if _, err := os.Stat(cfg.DataDir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a trial before the first start made the data folder: %v", err)
	}
	o, err := daemon.Open(t.Context(), cfg, daemon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(cfg.DataDir, "uketsuke.db"))
	if err != nil {
		t.Fatal(err)
	}
	consider()
	after, err := os.ReadFile(filepath.Join(cfg.DataDir, "uketsuke.db"))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("a trial changed the database (%v)", err)
	}
}

func TestWhatAStoppedProcessSpooledIsRemovedAtTheNextStart(t *testing.T) {
	cfg := site(t, nil)
	spool := filepath.Join(cfg.DataDir, "spool")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"large-1.eml", "note.txt"} {
		if err := os.WriteFile(filepath.Join(spool, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o, err := daemon.Open(t.Context(), cfg, daemon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	left, err := os.ReadDir(spool)
	if err != nil || len(left) != 1 || left[0].Name() != "note.txt" {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestAFolderIsTheNamedOneElseThatOfItsUseElseTheUsualOne(t *testing.T) {
	server, err := demo.OpenServer(mailserver.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	o, err := daemon.Open(t.Context(), site(t, server), daemon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	want, ok, err := o.Mailbox.Special(ctx, `\Sent`)
	if err != nil || !ok {
		t.Fatalf("the server has no folder for \\Sent: %v", err)
	}
	for _, c := range []struct{ named, use, want string }{
		{"送信済み", `\Sent`, "送信済み"}, {"", `\Sent`, want}, {"", `\Flagged`, "Flagged"},
	} {
		if got, err := daemon.Special(o, ctx, c.named, c.use); err != nil || got != c.want {
			t.Errorf("named %q, use %s: %q, %v; want %q", c.named, c.use, got, err, c.want)
		}
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := daemon.Special(o, ctx, "送信済み", `\Sent`); err != nil || got != "送信済み" {
		t.Errorf("a named folder asks the server: %q, %v", got, err)
	}
}
