package robot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/outbox"
)

func pass(t *testing.T, r *Robot) Report {
	t.Helper()
	rep, err := r.Pass(t.Context())
	if err != nil {
		t.Fatalf("pass: %v", err)
	}
	return rep
}

func wantDone(t *testing.T, m *memory, subjects ...string) {
	t.Helper()
	if !slices.Equal(m.order, subjects) {
		t.Errorf("done %q, want %q", m.order, subjects)
	}
}

func TestAnEmptyMailboxIsLeftAlone(t *testing.T) {
	r, _, m, _ := office(t)
	if rep := pass(t, r); rep != (Report{}) || m.cursor == nil || m.cursor.Next != 1 {
		t.Errorf("report %+v, cursor %+v", rep, m.cursor)
	}
}

func TestMailsAreDoneOnceInOrderOfArrival(t *testing.T) {
	r, b, m, _ := office(t)
	var want []string
	for i := range 10 {
		s := fmt.Sprintf("mail %02d", i)
		b.add(s)
		want = append(want, s)
	}
	if rep := pass(t, r); rep.Mails != 10 {
		t.Errorf("report %+v", rep)
	}
	pass(t, r)
	wantDone(t, m, want...)
	if m.cursor.Next != 11 || slices.Max(m.sizes) > r.Batch {
		t.Errorf("cursor %+v, batches %v", m.cursor, m.sizes)
	}
}

func TestAServerThatTellsNoUIDNextLosesNothing(t *testing.T) {
	for _, start := range []Start{{All: true}, {}} {
		r, b, m, _ := office(t)
		b.silent, r.Start = true, start
		pass(t, r)
		b.add("first")
		pass(t, r)
		b.add("second")
		pass(t, r)
		wantDone(t, m, "first", "second")
		if m.cursor.Next != 3 {
			t.Errorf("cursor %+v", m.cursor)
		}
	}
}

func TestAMailWithoutADateIsNotTakenForAnOldOne(t *testing.T) {
	r, b, m, _ := office(t)
	r.Start = Start{}
	b.put("old", noon.AddDate(-1, 0, 0))
	pass(t, r)
	b.put("undated", time.Time{})
	pass(t, r)
	wantDone(t, m, "undated")
}

func TestAMailThatVanishesBetweenListingAndFetchIsNoted(t *testing.T) {
	r, b, m, _ := office(t)
	b.add("one")
	gone := b.add("two")
	b.add("three")
	b.onFetch = func([]uint32) { delete(b.mails, gone) }
	pass(t, r)
	wantDone(t, m, "one", "three")
	if !slices.Equal(m.vanished, []uint32{gone}) || m.cursor.Next != 4 {
		t.Errorf("vanished %v, cursor %+v", m.vanished, m.cursor)
	}
}

func TestAMailThatVanishedUnlistedIsNotedToo(t *testing.T) {
	r, b, m, _ := office(t)
	b.add("one")
	pass(t, r)
	gone := b.add("two")
	b.add("three")
	delete(b.mails, gone)
	pass(t, r)
	wantDone(t, m, "one", "three")
	if !slices.Equal(m.vanished, []uint32{gone}) {
		t.Errorf("vanished %v", m.vanished)
	}
}

func TestAMailThatOneListingLacksIsNotPassedOver(t *testing.T) {
	r, b, m, _ := office(t)
	b.add("one")
	pass(t, r)
	b.unlisted[b.add("two")] = 1
	b.add("three")
	pass(t, r)
	wantDone(t, m, "one", "two", "three")
	if len(m.vanished) > 0 {
		t.Errorf("vanished %v", m.vanished)
	}
}

func TestMailsThatNobodyAskedForAreNotDone(t *testing.T) {
	r, b, m, _ := office(t)
	r.Start = Start{}
	old := b.put("old", noon.AddDate(-1, 0, 0))
	pass(t, r)
	b.add("new")
	b.extra = []uint32{old, 2, 2}
	if rep := pass(t, r); rep.Mails != 1 {
		t.Errorf("%+v, want one mail", rep)
	}
	wantDone(t, m, "new")
}

func TestANewUIDValidityInTheMiddleOfAPassAnswersNoOldMail(t *testing.T) {
	r, b, m, _ := office(t)
	r.Start = Start{}
	pass(t, r)
	uid := b.add("new")
	b.onFetch = func([]uint32) { // the UID now names a mail from before the start
		m := b.mails[uid]
		m.at, m.raw = noon.AddDate(-1, 0, 0), bytes.ReplaceAll(m.raw, []byte("new"), []byte("old"))
		b.mails[uid] = m
		b.onFetch = nil
	}
	pass(t, r)
	wantDone(t, m)
}

func TestAMailboxThatChangesItsUIDValidityAgainAndAgainIsStillRead(t *testing.T) {
	r, b, m, _ := office(t)
	r.Start = Start{}
	now := noon
	r.Now = func() time.Time { return now }
	pass(t, r)
	var want []string
	for i := range 20 {
		now = now.Add(time.Minute)
		s := fmt.Sprintf("mail %02d", i)
		b.put(s, now)
		want = append(want, s)
		b.place.UIDValidity++
		pass(t, r)
	}
	wantDone(t, m, want...)
}

func TestAMailboxPutBackToAnEarlierStateIsTold(t *testing.T) {
	r, b, m, log := office(t)
	for i := range 5 {
		b.add(fmt.Sprint("mail ", i))
	}
	pass(t, r)
	b.place.UIDNext = 2
	pass(t, r)
	pass(t, r)
	if len(m.alarms) != 1 || !strings.Contains(log.String(), "restored from a backup") {
		t.Errorf("alarms %q, log:\n%s", m.alarms, log)
	}
}

func TestAMailThatFailsThreeTimesIsPutAsideAndTheNextIsDone(t *testing.T) {
	r, b, m, log := office(t)
	b.add("bad")
	b.add("good")
	m.fails["bad"] = errors.New(`parse "田中 一郎": tanaka@minato-bank.example 078-000-1111 has no form`)
	for n := 1; n <= 2; n++ {
		if rep := pass(t, r); rep.Failed != 1 || m.cursor.Next != 1 {
			t.Fatalf("pass %d: %+v, cursor %+v: a mail that failed must not be passed over", n, rep, m.cursor)
		}
		wantDone(t, m, "good")
	}
	if rep := pass(t, r); rep.Failed != 0 {
		t.Errorf("third pass: %+v", rep)
	}
	wantDone(t, m, "good", "") // even its subject made it fail: put aside without
	if m.kinds[""] != casework.MailBroken || m.cursor.Next != 3 {
		t.Errorf("kinds %v, cursor %+v", m.kinds, m.cursor)
	}
	for _, personal := range []string{"田中", "tanaka", "078-000"} {
		if strings.Contains(log.String(), personal) {
			t.Errorf("the log says %q:\n%s", personal, log)
		}
	}
	if !strings.Contains(log.String(), "has no form") {
		t.Errorf("the log says nothing of the fault:\n%s", log)
	}
}

func TestAMailThatCannotEvenBePutAsideBlocksNobody(t *testing.T) {
	r, b, m, _ := office(t)
	b.add("bad")
	m.fails["bad"], m.fails[""] = errors.New("x"), errors.New("y")
	for n := range 5 {
		b.add(fmt.Sprint("good ", n))
		if rep := pass(t, r); rep.Failed != 1 {
			t.Errorf("pass %d: %+v", n, rep)
		}
	}
	wantDone(t, m, "good 0", "good 1", "good 2", "good 3", "good 4")
}

func TestAMailThatTheStoreRefusesWithItsBatchIsPutAside(t *testing.T) {
	r, b, m, _ := office(t)
	b.add("one")
	b.add("poison")
	b.add("two")
	m.refuses["poison"] = errors.New("UNIQUE constraint failed")
	for n := 0; n < 6 && len(m.done) < 3; n++ {
		_, _ = r.Pass(t.Context())
	}
	wantDone(t, m, "one", "two", "poison")
	if m.kinds["poison"] != casework.MailBroken {
		t.Errorf("kinds %v", m.kinds)
	}
	if pass(t, r); m.cursor.Next != 4 || r.single {
		t.Errorf("cursor %+v, single %v", m.cursor, r.single)
	}
}

func TestMailsThatTheServerCannotDeliverBlockNobodyAndAreTold(t *testing.T) {
	r, b, m, _ := office(t)
	b.add("one")
	b.cut[b.add("cut 1")], b.cut[b.add("cut 2")] = true, true
	b.add("two")
	for range 12 {
		if _, err := r.Pass(t.Context()); !errors.Is(err, errCut) {
			t.Fatalf("error %v", err)
		}
	}
	wantDone(t, m, "one", "two")
	if m.cursor.Next != 1 || len(m.alarms) != 1 {
		t.Errorf("cursor %+v, alarms %q", m.cursor, m.alarms)
	}
	clear(b.cut)
	pass(t, r)
	wantDone(t, m, "one", "two", "cut 1", "cut 2")
}

func TestAnAlarmThatCannotBeWrittenHoldsUpNoMail(t *testing.T) {
	r, b, m, _ := office(t)
	b.put("from the future", noon.Add(time.Hour))
	m.fails["サーバーの時計について"] = errors.New("x")
	pass(t, r)
	wantDone(t, m, "from the future")
}

func spool(t *testing.T, r *Robot) int {
	t.Helper()
	files, err := os.ReadDir(r.Spool)
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func TestALargeMailIsSpooledAndLeavesNoFileBehind(t *testing.T) {
	large := strings.Repeat("x", 5000)
	for name, spoil := range map[string]func(*box, *memory){
		"when it is done":                    func(*box, *memory) {},
		"when it fails":                      func(_ *box, m *memory) { m.fails[large[:20]] = errors.New("x") },
		"when the store takes nothing":       func(_ *box, m *memory) { m.refuses["y"] = errors.New("x") },
		"when the fetch breaks off":          func(b *box, _ *memory) { b.cut[3] = true },
		"when the mail before it is refused": func(_ *box, m *memory) { m.refuses["first"] = errors.New("x") },
	} {
		t.Run(name, func(t *testing.T) {
			r, b, m, _ := office(t)
			b.add("first")
			uid := b.add(large)
			b.add("y")
			seen := 0
			m.onHandle = func(ins []casework.Inbound) {
				for _, in := range ins {
					if in.UID == uid {
						seen++
						if in.RawFile == "" || len(in.Raw) > 0 {
							t.Error("a large mail is held in memory")
						}
					}
				}
			}
			spoil(b, m)
			_, _ = r.Pass(t.Context())
			if n := spool(t, r); n > 0 {
				t.Errorf("%d files are left (the large mail was handed over %d times)", n, seen)
			}
		})
	}
}

func TestTwoLargeMailsWithOneHeaderAreTwoMails(t *testing.T) {
	r, b, m, _ := office(t)
	for _, end := range []string{"a", "b", "a"} {
		b.add(strings.Repeat("x", 300<<10) + end)
	}
	pass(t, r)
	if len(m.done) != 2 {
		t.Errorf("%d mails were done, want 2: two differ in their last byte, the third is a copy", len(m.done))
	}
}

func TestMailsAreLargerThanListedAndMemoryStaysBounded(t *testing.T) {
	r, b, m, _ := office(t)
	for i := range 12 {
		uid := b.add(fmt.Sprintf("mail %02d", i) + strings.Repeat("x", 1500))
		mail := b.mails[uid]
		mail.size = 1
		b.mails[uid] = mail
	}
	m.onHandle = func(ins []casework.Inbound) {
		var n int64
		for _, in := range ins {
			n += int64(len(in.Raw))
		}
		if n > r.BatchBytes {
			t.Errorf("a batch of %d bytes, want at most %d", n, r.BatchBytes)
		}
	}
	pass(t, r)
	if len(m.done) != 12 || m.cursor.Next != 13 || len(m.vanished) > 0 {
		t.Errorf("%d done, cursor %+v, vanished %v", len(m.done), m.cursor, m.vanished)
	}
}

func TestFetchingAheadHoldsNoMoreThanTwoBatches(t *testing.T) {
	r, b, m, _ := office(t)
	var mu sync.Mutex
	var held, most int64
	size := map[uint32]int64{}
	for i := range 40 {
		uid := b.add(fmt.Sprintf("mail %02d", i) + strings.Repeat("x", 100+i*90))
		size[uid] = int64(len(b.mails[uid].raw))
	}
	b.onFetch = func(uids []uint32) {
		mu.Lock()
		defer mu.Unlock()
		for _, uid := range uids {
			held += size[uid]
		}
		most = max(most, held)
	}
	m.onHandle = func(ins []casework.Inbound) {
		time.Sleep(time.Millisecond) // the fetching runs ahead as far as it may
		mu.Lock()
		defer mu.Unlock()
		for _, in := range ins {
			held -= int64(len(in.Raw))
		}
	}
	pass(t, r)
	if len(m.done) != 40 || most > 2*r.BatchBytes {
		t.Errorf("%d done, %d bytes held, want at most %d", len(m.done), most, 2*r.BatchBytes)
	}
}

func TestAPassThatIsStoppedLeavesNothingRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	for name, end := range map[string]func(cancel func(), m *memory){
		"by a second signal": func(cancel func(), _ *memory) { cancel() },
		"by the database":    func(_ func(), m *memory) { m.refuses["mail 05"] = errors.New("disk full") },
	} {
		t.Run(name, func(t *testing.T) {
			r, b, m, _ := office(t)
			for i := range 40 {
				b.add(fmt.Sprintf("mail %02d", i))
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			m.onHandle = func([]casework.Inbound) { m.onHandle = nil; end(cancel, m) }
			if _, err := r.Pass(ctx); err == nil {
				t.Error("the pass says that all was done")
			}
			if m.cursor.Next != 1 {
				t.Errorf("cursor %+v passed over mails not done", m.cursor)
			}
			m.refuses = map[string]error{}
			pass(t, r)
			if len(m.done) != 40 {
				t.Errorf("%d of 40 done by the next pass", len(m.done))
			}
		})
	}
	for wait := 0; runtime.NumGoroutine() > before && wait < 200; wait++ {
		time.Sleep(5 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

func TestTheFirstSignalEndsOnceBehindItsBatch(t *testing.T) {
	r, b, m, _ := office(t)
	for i := range 40 {
		b.add(fmt.Sprintf("mail %02d", i))
	}
	m.fails["mail 00"] = errors.New("x") // what would make Once go round again
	drain := make(chan struct{})
	m.onHandle = func([]casework.Inbound) { m.onHandle = nil; close(drain) }
	rep, err := r.Once(t.Context(), drain)
	if err != nil || !rep.Cut || len(m.done) != r.Batch-1 || m.cursor.Next != 1 {
		t.Errorf("report %+v, error %v, %d done, cursor %+v", rep, err, len(m.done), m.cursor)
	}
	if _, err := r.Once(t.Context(), nil); err != nil || len(m.done) != 40 {
		t.Errorf("the next run: %v, %d done", err, len(m.done))
	}
}

func TestRunEndsAtTheFirstSignal(t *testing.T) {
	r, b, m, _ := office(t)
	for i := range 40 {
		b.add(fmt.Sprintf("mail %02d", i))
	}
	drain := make(chan struct{})
	m.onHandle = func([]casework.Inbound) { m.onHandle = nil; close(drain) }
	ended := make(chan error, 1)
	go func() { ended <- r.Run(t.Context(), drain) }()
	select {
	case err := <-ended:
		if err != nil || len(m.done) != r.Batch {
			t.Errorf("%v, %d done, want %d", err, len(m.done), r.Batch)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it does not end")
	}
}

func TestAFolderThatTakesNothingHoldsUpNoOther(t *testing.T) {
	r, b, m, _ := office(t)
	b.refuse["aside"] = true
	for uid := uint32(1); uid <= 600; uid++ {
		folder := casework.FolderAside
		if uid > 550 {
			folder = casework.FolderDone
		}
		m.filing = append(m.filing, casework.Filing{UIDValidity: 7, UID: uid, Folder: folder})
	}
	if err := r.fileAll(t.Context()); err == nil {
		t.Error("the folder that refuses is not told")
	}
	if len(b.moved) != 50 || len(m.filed) != 50 {
		t.Errorf("%d mails moved, %d noted, want 50", len(b.moved), len(m.filed))
	}
	b.refuse["aside"] = false
	if err := r.fileAll(t.Context()); err != nil || len(m.filed) != 600 {
		t.Errorf("later: %v, %d filed", err, len(m.filed))
	}
}

func TestAUIDOfAnEarlierUIDValidityMovesNothing(t *testing.T) {
	r, b, m, _ := office(t)
	m.filing = []casework.Filing{{UIDValidity: 6, UID: 1, Folder: casework.FolderDone}}
	if err := r.fileAll(t.Context()); err != nil || len(b.moved) > 0 || !m.filed[1] {
		t.Errorf("%v, moved %v, filed %v", err, b.moved, m.filed)
	}
}

// unreachable is an outbox whose letters cannot be claimed.
type unreachable struct{ silence }

func (unreachable) Claim(context.Context, int64, time.Time, int, outbox.Guard, outbox.Brakes) (outbox.Claims, error) {
	return outbox.Claims{}, errors.New("the server is down")
}

func TestWhatAllRoundsMeetIsToldOnce(t *testing.T) {
	r, _, _, _ := office(t)
	r.Alone = false
	r.Outbox.Store = unreachable{}
	if _, err := r.Once(t.Context(), nil); err == nil || strings.Count(err.Error(), "the server is down") != 1 {
		t.Errorf("got %v", err)
	}
}
