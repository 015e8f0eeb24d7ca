package store

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

// waits lets every mail be heard, and wait for one file.
func waits(_ Lookup, in Inbound) (casework.Outcome, error) {
	return casework.Outcome{Result: casework.ResultWaiting, Heard: true,
		Wait: &casework.Waiting{Agency: "MINATO", Files: []string{"a.xlsx"}, Sheets: []string{"aa"}, Evidence: in.Input.Evidence}}, nil
}

func heard(Lookup, Inbound) (casework.Outcome, error) {
	return casework.Outcome{Result: casework.ResultOther, Heard: true}, nil
}

// dueLocked lists the rows of the mails that are to be tried.
func dueLocked(t *testing.T, s *Store, now time.Time) (out []casework.LockedMail) {
	t.Helper()
	out, err := s.LockedDue(context.Background(), now)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestALockedMailIsDueWhileItsSenderHasMailThatWasNotTried(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	handleWith(t, s, waits, frozen, mail(1, "灘酒造"))
	all := dueLocked(t, s, monday)
	if len(all) != 1 || all[0].Sender != "tanaka@minato-bank.example" || all[0].Agency != "MINATO" || all[0].UID != 1 || !slices.Equal(all[0].Files, []string{"a.xlsx"}) {
		t.Fatalf("due: %+v", all)
	}
	mails, err := s.SenderMails(ctx, all[0])
	if err != nil || len(mails) != 1 || mails[0].Message != all[0].Message {
		t.Fatalf("its sender's mails: %+v, %v", mails, err)
	}
	if raw, err := s.Blob(ctx, mails[0].Raw); err != nil || !bytes.Equal(raw, mail(1, "灘酒造").Raw) {
		t.Error("the mail cannot be read again:", err)
	}
	if err := s.NoteTried(ctx, all[0], mails[0].Message, 1500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if all := dueLocked(t, s, monday); len(all) != 0 {
		t.Errorf("due again: %+v", all)
	}
	if spent, err := s.UnlockSpent(ctx, "Tanaka@minato-bank.example", monday.Add(-time.Hour)); err != nil || spent != 1500*time.Millisecond {
		t.Errorf("spent %v, %v", spent, err)
	}
	other := mail(2, "x")
	other.Input.From.Addr = "yamada@minato-bank.example"
	handleWith(t, s, heard, frozen, other)
	if all := dueLocked(t, s, monday); len(all) != 0 {
		t.Errorf("due by another's mail: %+v", all)
	}
	handleWith(t, s, heard, frozen, mail(3, "x"))
	if all := dueLocked(t, s, monday); len(all) != 1 {
		t.Errorf("not due by its sender's mail: %+v", all)
	}
	if n, err := s.Locked(); err != nil || n != 1 {
		t.Error(n, err)
	}
	if waiting, err := s.LockedWaiting(ctx, monday.Add(-time.Hour)); err != nil || len(waiting) != 0 {
		t.Errorf("waits longer than it does: %+v, %v", waiting, err)
	}
}

// Locked counts in the store as a decision does.
func (s *Store) Locked() (int, error) { return lookup{q: s.r}.Locked() }

func TestAnOpenedMailIsFiledWithItsPasswordMailsAndDoneOnce(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	password := mail(2, "x")
	password.Input.Password = true
	handleWith(t, s, waits, frozen, mail(1, "灘酒造"))
	handleWith(t, s, heard, frozen, password)
	handleWith(t, s, heard, frozen, mail(3, "says more"))
	m := dueLocked(t, s, monday)[0]
	in := mail(1, "灘酒造")
	in.Opened = &casework.Opened{Message: m.Message, Tried: m.Tried, Passwords: []string{"himitsu-1"}, Brought: []int64{2, 3}}
	in.Passwords = map[string]string{in.Input.Sheets[0].File.Blob: "himitsu-1"}
	partly := func(l Lookup, in Inbound) (casework.Outcome, error) {
		out, err := register(l, in)
		out.Folder, out.Wait = casework.FolderStay, &casework.Waiting{Files: []string{"b.xlsx"}, Sheets: []string{"bb"}}
		return out, err
	}
	if h := handleWith(t, s, partly, frozen, in)[0]; h.Err != nil || h.Seen || h.Message != m.Message || len(h.Letters) == 0 {
		t.Fatalf("opened partly: %+v", h)
	}
	m = dueLocked(t, s, monday)[0]
	if !slices.Equal(m.Passwords, []string{"himitsu-1"}) || !slices.Equal(m.Sheets, []string{"aa", "bb"}) || !slices.Equal(m.Files, []string{"b.xlsx"}) {
		t.Errorf("still waits: %+v", m)
	}
	stale := in
	stale.Opened = &casework.Opened{Message: m.Message, Tried: m.Tried + 1}
	if h := handleWith(t, s, register, frozen, stale)[0]; !h.Seen {
		t.Errorf("a mail that waits otherwise by now is decided: %+v", h)
	}
	whole := func(l Lookup, in Inbound) (casework.Outcome, error) {
		return casework.Outcome{Result: casework.ResultKept, Folder: casework.FolderDone}, nil
	}
	for i, seen := range []bool{false, true} {
		if h := handleWith(t, s, whole, frozen, in)[0]; h.Err != nil || h.Seen != seen {
			t.Errorf("time %d: %+v", i, h)
		}
	}
	filed, err := s.ToFile(context.Background(), 10)
	if err != nil || len(filed) != 2 || filed[0].UID != 1 || filed[1].UID != 2 || filed[0].Folder != casework.FolderDone {
		t.Errorf("filed: %+v, %v", filed, err)
	}
	if got, err := s.SheetPassword(context.Background(), in.Input.Sheets[0].File.Blob); err != nil || got != "himitsu-1" {
		t.Errorf("the sheet's password: %q, %v", got, err)
	}
	if _, err := s.SheetPassword(context.Background(), "00"); !errors.Is(err, ErrNoPassword) {
		t.Error(err)
	}
	if n := count(t, s, "SELECT count(*) FROM sheet_password WHERE instr(sealed, 'himitsu') > 0") + count(t, s, "SELECT count(*) FROM event_payload WHERE instr(data, 'himitsu') > 0"); n != 0 {
		t.Error("a password stands readable in the database")
	}
	if err := s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(context.Background(), filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if left, err := r.LockedWaiting(context.Background()); err != nil || len(left) != 0 {
		t.Errorf("still waiting: %+v, %v", left, err)
	}
}

func TestSendersMailsOfAWeekAreLookedAtTheNearestFirst(t *testing.T) {
	ctx := context.Background()
	now := monday
	s := open(t, t.TempDir(), func(o *Options) { o.Now = func() time.Time { return now } })
	at := func(d time.Duration, n int, decide Decide) int64 {
		now = monday.Add(d)
		return handleWith(t, s, decide, frozen, mail(n, "x"))[0].Message
	}
	const day = 24 * time.Hour
	at(-8*day, 1, heard)
	early := at(-6*day, 2, heard)
	near := at(-time.Hour, 3, heard)
	file := at(0, 4, waits)
	late := at(2*day, 5, heard)
	at(8*day, 6, heard)
	mails, err := s.SenderMails(ctx, dueLocked(t, s, now)[0])
	var got []int64
	for _, m := range mails {
		got = append(got, m.Message)
	}
	if want := []int64{file, near, late, early}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, want %v (%v)", got, want, err)
	}
	if err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, "SELECT count(*) FROM sender_mail"); n != 2 {
		t.Errorf("%d mails are still noted, want those of the last week", n)
	}
	if m := dueLocked(t, s, now); len(m) != 1 {
		t.Error("a mail whose time is over is not due")
	}
	for i := range 100 {
		at(8*day, 10+i, heard)
	}
	now = monday.Add(9 * day)
	at(9*day, 200, waits)
	all := dueLocked(t, s, now)
	if mails, err = s.SenderMails(ctx, all[len(all)-1]); err != nil || len(mails) != mostSenderMails {
		t.Errorf("%d mails, %v", len(mails), err)
	}
}
