package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

func TestLargeBytesStandInFilesBesideTheDatabase(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	spool := filepath.Join(dir, "spool.eml")
	raw := bytes.Repeat([]byte("大きなメール"), 200_000)
	if err := os.WriteFile(spool, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	in := mail(1, "灘酒造")
	in.Raw, in.RawFile = nil, spool
	book := bytes.Repeat([]byte("workbook"), 200_000)
	in.Blobs = map[string][]byte{sha256Hex(book): book}
	in.Input.Sheets[0].File.Blob = sha256Hex(book)
	if h := handle(t, s, in)[0]; h.Err != nil {
		t.Fatal(h.Err)
	}
	for name, want := range map[string][]byte{"mail": raw, "workbook": book} {
		got, err := s.Blob(context.Background(), sha256Hex(want))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if _, err := os.Stat(s.blobPath(sha256Hex(want))); err != nil {
			t.Error(name, err)
		}
	}
	if n := count(t, s, "SELECT count(*) FROM blob WHERE bytes IS NOT NULL"); n != 0 {
		t.Errorf("%d large blobs stand in the table", n)
	}
	if _, err := os.Stat(spool); !errors.Is(err, os.ErrNotExist) {
		t.Error("the spooled file was not taken over:", err)
	}
	mustVerify(t, s)
}

func TestAFailedMailsSpooledFileStays(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	spool := filepath.Join(dir, "spool.eml")
	if err := os.WriteFile(spool, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := mail(1, "灘酒造")
	in.RawFile = spool
	handleWith(t, s, func(Lookup, Inbound) (casework.Outcome, error) { return casework.Outcome{}, errors.New("no") }, frozen, in)
	if _, err := os.Stat(spool); err != nil {
		t.Error(err)
	}
}

func TestBytesAreKeptOnceByHash(t *testing.T) {
	s := open(t, t.TempDir())
	a, b := mail(1, "灘酒造"), mail(2, "六甲")
	b.Blobs, b.Input.Sheets[0].File = a.Blobs, a.Input.Sheets[0].File
	handle(t, s, a, b)
	if n := count(t, s, "SELECT count(*) FROM blob"); n != 3 {
		t.Errorf("%d blobs, want two mails and one workbook", n)
	}
	if _, err := s.Blob(context.Background(), strings.Repeat("0", 64)); !errors.Is(err, ErrNoBlob) {
		t.Error(err)
	}
	if _, err := s.Blob(context.Background(), "../../etc/passwd"); !errors.Is(err, ErrNoBlob) {
		t.Error(err)
	}
}

func TestAWorkbookUnderAForeignHashIsRefused(t *testing.T) {
	s := open(t, t.TempDir())
	in := mail(1, "灘酒造")
	in.Blobs = map[string][]byte{strings.Repeat("a", 64): []byte("x")}
	if h := handle(t, s, in)[0]; h.Err == nil {
		t.Error("kept")
	}
}

func TestDropBytesOfAcceptedLettersOnly(t *testing.T) {
	s := newSender(t)
	large := func(l casework.Letter) (casework.Rendered, error) {
		r, err := frozen(l)
		if l.ID == 2 {
			r.Raw = append(r.Raw, make([]byte, inlineBytes)...)
		}
		return r, err
	}
	handleWith(t, s.Store, note(1, answer(0, "a@x.example"), answer(0, "b@x.example"), answer(0, "c@x.example"), answer(0, "d@x.example")), large, mail(90, "x"))
	c := s.claim(free)
	s.accept(c.Letters[0], c.Letters[1], c.Letters[2])
	s.NoteCopied([]int64{1, 2}) // 3's copy is still due, 4 is in flight
	if err := s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if n, err := s.DropBytes(ctx, monday); n != 0 || err != nil {
		t.Errorf("too early: %d, %v", n, err)
	}
	file := s.letterPath([]byte(sumOf(t, s.Store, 2)))
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	if n, err := s.DropBytes(ctx, monday.Add(time.Millisecond)); n != 2 || err != nil {
		t.Errorf("dropped %d, %v", n, err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("the large letter's file stays", err)
	}
	if n := count(t, s.Store, "SELECT group_concat(letter_id, '') FROM (SELECT letter_id FROM letter_bytes ORDER BY letter_id)"); n != 34 {
		t.Errorf("bytes of letters %d stay, want 3 and 4", n)
	}
	if r := s.letter(1); r.Size == 0 || len(sumOf(t, s.Store, 1)) != 32 {
		t.Error("size and hash must stay")
	}
	if n, err := s.DropBytes(ctx, monday.Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("dropped twice: %d, %v", n, err)
	}
}

func sumOf(t *testing.T, s *Store, id int64) (sum []byte) {
	t.Helper()
	if _, err := s.r.one("SELECT hash FROM letter WHERE id = ?", []any{id}, &sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestIdleDropsOldBytesAndSweeps(t *testing.T) {
	s := newSender(t, func(o *Options) { o.KeepBytes = 90 * 24 * time.Hour })
	s.queue(answer(1, "a@x.example"))
	s.accept(s.claim(free).Letters...)
	s.NoteCopied([]int64{1})
	ctx := context.Background()
	if err := s.Idle(ctx); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s.Store, "SELECT count(*) FROM recent"); n == 0 {
		t.Error("the brakes forgot what was just sent")
	}
	if info, err := os.Stat(s.Path() + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("the log is not written back: %v %v", info, err)
	}
	s.clock.advance(91 * 24 * time.Hour)
	if err := s.Idle(ctx); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s.Store, "SELECT (SELECT count(*) FROM recent) + (SELECT count(*) FROM letter_bytes)"); n != 0 {
		t.Errorf("%d rows stay", n)
	}
}

func TestDroppedBytesLeaveNoTrace(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"))
	s.accept(s.claim(free).Letters...)
	s.NoteCopied([]int64{1})
	ctx := context.Background()
	if err := s.Idle(ctx); err != nil {
		t.Fatal(err)
	}
	marker := []byte("letter 1")
	if data, err := os.ReadFile(s.Path()); err != nil || !bytes.Contains(data, marker) {
		t.Fatal("the marker is not there to begin with", err)
	}
	if _, err := s.DropBytes(ctx, monday.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{s.Path(), s.Path() + "-wal"} {
		if data, err := os.ReadFile(f); err != nil || bytes.Contains(data, marker) {
			t.Errorf("%s still holds the bytes (%v)", filepath.Base(f), err)
		}
	}
}

func TestACheckpointUnderAnOpenReaderSaysBusy(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"))
	if _, err := s.w.exec("PRAGMA busy_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	rows, err := s.rdb.Query("SELECT * FROM case_row")
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	handle(t, s, mail(2, "六甲"))
	var busy *BusyError
	if err := s.Sweep(context.Background()); !errors.As(err, &busy) {
		t.Errorf("got %v", err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestPlacesOfMails(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := context.Background()
	handle(t, s, mail(1, "灘酒造"), mail(2, "六甲"))
	stay := mail(3, "x")
	handleWith(t, s, func(Lookup, Inbound) (casework.Outcome, error) {
		return casework.Outcome{Result: casework.ResultOther, Folder: casework.FolderStay}, nil
	}, frozen, stay)
	s.NoteVanished(7, []uint32{2, 5})
	known, err := s.Known(ctx, 7, []uint32{1, 2, 3, 4, 5})
	if err != nil || fmt.Sprint(known) != "map[1:true 2:true 3:true 5:true]" {
		t.Error(known, err)
	}
	if known, err = s.Known(ctx, 8, []uint32{1}); err != nil || len(known) != 0 {
		t.Error("another UIDVALIDITY:", known, err)
	}
	for range 2 {
		if fs, err := s.ToFile(ctx, 10); err != nil || len(fs) != 1 || fs[0].UID != 1 || fs[0].Message == 0 {
			t.Errorf("%+v %v", fs, err)
		}
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if known, err = s.Known(ctx, 7, []uint32{5, 6}); err != nil || fmt.Sprint(known) != "map[5:true]" {
		t.Error(known, err)
	}
	back := mail(5, "戻った")
	if h := handle(t, s, back)[0]; h.Err != nil || h.Seen {
		t.Fatalf("%+v", h)
	}
	if fs, err := s.ToFile(ctx, 10); err != nil || len(fs) != 2 || fs[1].UID != 5 {
		t.Errorf("a mail that came back is not filed: %+v %v", fs, err)
	}
}

func TestTheCursorIsKept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	ctx := context.Background()
	if _, ok, err := s.Cursor(ctx); ok || err != nil {
		t.Fatal("a fresh database has a cursor", err)
	}
	first := Cursor{UIDValidity: 7, Next: 100, Since: monday}
	if err := s.SetCursor(ctx, first); err != nil {
		t.Fatal(err)
	}
	before := s.Commits()
	ahead := first
	ahead.Next = 200
	if err := s.SetCursor(ctx, ahead); err != nil || s.Commits() != before {
		t.Error("a step forward cost a commit", err)
	}
	if c, ok, err := s.Cursor(ctx); c.Next != 200 || !ok || err != nil {
		t.Error(c, ok, err)
	}
	if err := s.Abandon(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if c, ok, err := s.Cursor(ctx); c.Next != 100 || !c.Since.Equal(monday) || !ok || err != nil {
		t.Error("after a crash:", c, ok, err)
	}
}

func TestTheReaderWorksBesideTheDaemonAndListsEverything(t *testing.T) {
	s := newSender(t)
	ctx := context.Background()
	r := reader(t, s.Store)
	s.queue(answer(1, "a@x.example"), answer(2, "b@x.example"))
	s.accept(s.claim(free).Letters[0])
	for name, c := range map[string]struct {
		f    Filter
		want int
	}{
		"all": {Filter{}, 2}, "open": {Filter{Open: true}, 2}, "a stage": {Filter{Stage: casework.StageVoid}, 0},
		"an agency": {Filter{Agency: "MINATO"}, 2}, "a concierge": {Filter{Concierge: "ito"}, 0}, "one": {Filter{Limit: 1}, 1},
	} {
		if rows, err := r.Cases(ctx, c.f); err != nil || len(rows) != c.want {
			t.Errorf("%s: %d cases, %v", name, len(rows), err)
		}
	}
	if ls, err := r.Outbox(ctx); err != nil || len(ls) != 1 || ls[0].State != StateAttempting {
		t.Errorf("%+v %v", ls, err)
	}
	if ls, err := r.Outbox(ctx, StateSent, StateQueued); err != nil || len(ls) != 1 || ls[0].ID != 1 {
		t.Errorf("%+v %v", ls, err)
	}
	if _, err := r.Case(ctx, "2026-KOB-99999-0"); !errors.Is(err, ErrNoCase) {
		t.Errorf("got %v", err)
	}
	d, err := r.Case(ctx, "E26-00001")
	if err != nil || d.Number() != "2026-KOB-00001-0" {
		t.Fatal(d, err)
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{`"receipt":"E26-00001"`, `"registration":"2026-KOB-00001-0"`, `"stage":"registered"`, `"timeline":[`, `"evidence":"pass dmarc"`, `"letters":[`, `"state":"sent"`} {
		if !strings.Contains(string(data), key) {
			t.Errorf("%s is not in %s", key, data)
		}
	}
	if rep, err := r.Verify(ctx); err != nil || !rep.OK() || rep.Cases != 2 || len(rep.Head) != 64 {
		t.Errorf("%+v %v", rep, err)
	}
	if c, err := r.Lookup(testKey).Members([]string{"name:灘酒造|神戸市灘区1-1"}); err != nil || len(c) != 1 {
		t.Error("the reader's lookup finds nothing:", c, err)
	}
	if stopped, err := r.Stopped(ctx); stopped || err != nil {
		t.Error(stopped, err)
	}
}

func TestAClosedDatabaseCanBeReadFromAFolderNobodyMayWrite(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	handle(t, s, mail(1, "灘酒造"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.Path() + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Error("the log stays after closing:", err)
	}
	r := reader(t, s)
	if rows, err := r.Cases(context.Background(), Filter{}); err != nil || len(rows) != 1 {
		t.Error(rows, err)
	}
}

func TestNoStatementSortsWhatGrows(t *testing.T) {
	s := newSender(t)
	ctx := context.Background()
	handle(t, s.Store, mail(3, "摩耶"), mail(3, "摩耶"))
	s.n++
	stop := false
	handleWith(t, s.Store, func(l Lookup, in Inbound) (casework.Outcome, error) {
		keys := in.Input.Sheets[0].Entry.Company.Keys()
		return casework.Outcome{Stop: &stop, Used: "x", Ask: &casework.Pending{Word: "y", Expires: monday}}, askAll(l, keys)
	}, frozen, mail(s.n, "x"))
	bounce := mail(80, "x")
	bounce.Input.Bounce = &casework.Bounce{Letter: 1, Hard: true}
	handleWith(t, s.Store, func(l Lookup, in Inbound) (casework.Outcome, error) {
		out, err := note(1, answer(1, "a@x.example", "b@x.example"), answer(0, "c@x.example"), answer(2, "d@x.example"))(l, in)
		out.Bounced = 1
		return out, err
	}, frozen, bounce)
	handleWith(t, s.Store, func(Lookup, Inbound) (casework.Outcome, error) { return casework.Outcome{}, errors.New("no") }, frozen, mail(81, "x"))
	for _, settle := range []func(l Claimed) error{
		func(l Claimed) error {
			return s.Accepted(ctx, Settled{Letter: l.ID, Attempt: l.Attempt, At: monday, Copy: true, Retry: []Rejection{{To: l.To[0]}}})
		},
		func(l Claimed) error {
			return s.Deferred(ctx, Settled{Letter: l.ID, Attempt: l.Attempt, At: monday, Next: monday, Outcome: "deferred"})
		},
		func(l Claimed) error { return s.Refused(ctx, Settled{Letter: l.ID, Attempt: l.Attempt, At: monday}) },
		func(l Claimed) error {
			return s.Accepted(ctx, Settled{Letter: l.ID, Attempt: l.Attempt, At: monday, Copy: true})
		},
	} {
		c, err := s.Claim(ctx, s.epoch, monday, 1, free, Brakes{PerPersonHour: 1, PerCaseDay: 1, PerHour: 100})
		if err != nil || len(c.Letters) == 0 {
			t.Fatal("nothing to claim", err)
		}
		if err := settle(c.Letters[0]); err != nil {
			t.Fatal(err)
		}
	}
	s.NoteFiled([]Filing{{UIDValidity: 7, UID: 1}})
	s.NoteVanished(7, []uint32{99})
	s.NoteCopied([]int64{1})
	s.NoteReported([]int64{1})
	_, e1 := s.ToFile(ctx, 1)
	_, e2 := s.Known(ctx, 7, []uint32{1, 2})
	_, e3 := s.CopiesDue(ctx, 1)
	_, e4 := s.Unreported(ctx, 1)
	_, _, e5 := s.NextDue(ctx)
	_, e6 := s.Blob(ctx, mail(3, "摩耶").Input.Sheets[0].File.Blob)
	_, e7 := s.DropBytes(ctx, monday.Add(time.Hour))
	if err := errors.Join(e1, e2, e3, e4, e5, e6, e7, s.Idle(ctx)); err != nil {
		t.Fatal(err)
	}
	queries := prepared(s.Store)
	if len(queries) < 60 {
		t.Errorf("only %d statements are looked at", len(queries))
	}
	for _, query := range queries { // the scans: lookAtPlans
		for _, detail := range plan(t, s.Store, query) {
			if strings.Contains(detail, "TEMP B-TREE") && !strings.Contains(query, "ORDER BY c.stage = 'void'") {
				t.Errorf("%s\n\tin: %s", detail, query)
			}
		}
	}
}

// askAll asks every question of a Lookup.
func askAll(l Lookup, keys []string) error {
	_, e0 := l.Numbers(monday)
	_, e1 := l.Case(1)
	_, _, e2 := l.ByNumber("2026-KOB-00001-0")
	_, _, e3 := l.ByThread([]string{"x"})
	_, e4 := l.SameSheet([]string{"x"})
	_, e5 := l.OpenSame(keys)
	_, e6 := l.ReturnedFor("MINATO", keys)
	_, e7 := l.Members(keys)
	_, e8 := l.Loads()
	_, e9 := l.Stopped()
	_, e10 := l.Pending("x")
	_, e11 := l.PendingFor("x", 1, monday)
	_, e12 := l.Verifies("x", monday)
	_, e13 := l.Rows("", 10)
	_, e14 := l.Rows("sato", 10)
	_, e15 := l.Held()
	_, e16 := l.Verify("M-00001-0")
	return errors.Join(e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12, e13, e14, e15, e16)
}
