package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"uketsuke/internal/casework"
)

// snapshotDir copies a data folder as a crash at this moment would leave it. The shared-memory file is rebuilt.
func snapshotDir(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(path, "-shm") {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// story runs a small life from whatever state the folder is in, as the robot would: mails in, letters out. It is
// the same however often it is begun anew. sent collects what the server took.
func story(s *Store, sent map[string]int) error {
	ctx := context.Background()
	epoch, err := s.Lease(ctx, "story")
	if err != nil {
		return err
	}
	big := mail(4, "大きな会社")
	big.RawFile = filepath.Join(s.opt.Dir, "spool.eml")
	if err := os.WriteFile(big.RawFile, append(big.Raw, make([]byte, 2<<20)...), 0o600); err != nil {
		return err
	}
	big.Raw = nil
	for _, ins := range [][]Inbound{{mail(1, "灘酒造"), mail(2, "六甲")}, {mail(1, "灘酒造")}, {big}} {
		hs, err := s.Handle(ctx, ins, register, frozen)
		if err != nil {
			return err
		}
		for _, h := range hs {
			if h.Err != nil {
				return h.Err
			}
		}
	}
	for {
		c, err := s.Claim(ctx, epoch, monday, 3, free, someBrakes)
		if err != nil {
			return err
		}
		if len(c.Letters) == 0 {
			break
		}
		for _, l := range c.Letters {
			sent[string(l.Raw)]++
			if err := s.Accepted(ctx, Settled{Letter: l.ID, Attempt: l.Attempt, At: monday, Copy: true}); err != nil {
				return err
			}
		}
	}
	fs, err := s.ToFile(ctx, 100)
	if err != nil {
		return err
	}
	s.NoteFiled(fs)
	return s.Flush(ctx)
}

// ending tells what must be the same in the end.
func ending(t *testing.T, s *Store) string {
	t.Helper()
	mustVerify(t, s)
	var out []string
	for _, q := range []string{
		"SELECT group_concat(registration || member || company) FROM (SELECT * FROM case_row ORDER BY id)",
		"SELECT group_concat(id || kind || state || message_id) FROM (SELECT * FROM letter ORDER BY id)",
		"SELECT group_concat(uid || folder || (filed_at IS NOT NULL)) FROM (SELECT * FROM mailbox_uid ORDER BY uid)",
		"SELECT group_concat(name || last) FROM (SELECT * FROM series ORDER BY name)",
		"SELECT count(*) || '/' || sum(size) FROM blob",
	} {
		var v string
		if _, err := s.r.one(q, nil, &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return strings.Join(out, "\n")
}

func TestACrashAtAnyStepEndsTheSame(t *testing.T) {
	base := t.TempDir()
	var steps []string
	crashes := filepath.Join(base, "crashes")
	taken := map[string]map[string]int{}
	sent := map[string]int{}
	dir := filepath.Join(base, "whole")
	s := open(t, dir, func(o *Options) {
		o.Step = func(name string) {
			steps = append(steps, name)
			to := filepath.Join(crashes, fmt.Sprintf("%03d %s", len(steps), name))
			snapshotDir(t, dir, to)
			taken[to] = map[string]int{}
			for k, v := range sent {
				taken[to][k] = v
			}
		}
	})
	if err := story(s, sent); err != nil {
		t.Fatal(err)
	}
	want := ending(t, s)
	for _, name := range []string{"db.begin", "db.commit.before", "db.commit.after", "db.blob.before", "db.blob.after"} {
		if !strings.Contains(strings.Join(steps, " "), name) {
			t.Errorf("step %s was never passed", name)
		}
	}
	twice := 0
	for dir, got := range taken {
		s := open(t, dir)
		if err := story(s, got); err != nil {
			t.Fatalf("%s: %v", filepath.Base(dir), err)
		}
		if end := ending(t, s); end != want {
			t.Errorf("crash at %s ends with\n%s\nwant\n%s", filepath.Base(dir), end, want)
		}
		if len(got) != len(sent) {
			t.Errorf("crash at %s: %d letters were sent, want %d", filepath.Base(dir), len(got), len(sent))
		}
		for _, n := range got {
			twice += n - 1
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d crash points, %d second copies, all byte for byte", len(steps), twice)
}

func TestAPanicInAStepAbandonsTheTransaction(t *testing.T) {
	arm := ""
	dir := t.TempDir()
	s := open(t, dir, func(o *Options) {
		o.Step = func(name string) {
			if name == arm {
				arm = ""
				panic("crash")
			}
		}
	})
	for name, want := range map[string]int{"db.begin": 0, "db.commit.before": 0, "db.commit.after": 1} {
		arm = name
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the panic was swallowed", name)
				}
			}()
			handle(t, s, mail(1, "灘酒造"))
		}()
		if n := count(t, s, "SELECT count(*) FROM case_row"); n != want {
			t.Errorf("%s: %d cases", name, n)
		}
		if want == 1 {
			break
		}
	}
	if err := s.Abandon(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	mustVerify(t, again)
	handle(t, again, mail(2, "六甲"))
}

func TestAbandonLosesNotesAndCloseKeepsThem(t *testing.T) {
	for name, end := range map[string]func(*Store) error{"abandon": (*Store).Abandon, "close": (*Store).Close} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			handle(t, s, mail(1, "灘酒造"))
			s.NoteFiled([]Filing{{UIDValidity: 7, UID: 1}})
			if err := end(s); err != nil {
				t.Fatal(err)
			}
			again := open(t, dir)
			fs, err := again.ToFile(context.Background(), 10)
			if lost := name == "abandon"; err != nil || lost != (len(fs) == 1) {
				t.Errorf("%v %v", fs, err)
			}
		})
	}
}

func TestAfterCloseEverythingSaysSo(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error("closing twice:", err)
	}
	if _, err := s.Handle(context.Background(), []Inbound{mail(1, "x")}, register, frozen); err == nil {
		t.Error("a closed store handles mail")
	}
}

func TestACancelledContextWritesNothing(t *testing.T) {
	s := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	_, err := s.Handle(ctx, []Inbound{mail(1, "a"), mail(2, "b")}, func(l Lookup, in Inbound) (casework.Outcome, error) {
		n++
		cancel()
		return register(l, in)
	}, frozen)
	if err == nil || n != 1 {
		t.Error(n, err)
	}
	if n := count(t, s, "SELECT count(*) FROM case_row"); n != 0 {
		t.Errorf("%d cases", n)
	}
}
