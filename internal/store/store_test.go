package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

var monday = time.Date(2026, 11, 16, 10, 0, 0, 0, casework.JST)

func testKey(kind, value string) [32]byte {
	return sha256.Sum256([]byte("key " + kind + "\x00" + value))
}

// clock is a test's time.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

func open(t testing.TB, dir string, change ...func(*Options)) *Store {
	t.Helper()
	opt := Options{Dir: dir, Lookup: testKey, Seal: flip, Open: flip, Readers: 1, Now: func() time.Time { return monday }}
	for _, f := range change {
		f(&opt)
	}
	s, err := Open(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		lookAtPlans(t, s)
		_ = s.Close()
	})
	return s
}

// flip stands for sealing: what it makes is not readable, and it is its own inverse.
func flip(b []byte) ([]byte, error) {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= 0x5a
	}
	return out, nil
}

// mail is an entry mail of a company; n makes it different from others.
func mail(n int, company string) Inbound {
	raw := fmt.Appendf(nil, "Message-ID: <m%d@minato-bank.example>\r\n\r\n%s", n, company)
	book := []byte("workbook of " + company + fmt.Sprint(n))
	sum := sha256.Sum256(book)
	file := casework.SheetFile{Blob: hex.EncodeToString(sum[:]), Name: "entry.xlsx", Size: int64(len(book))}
	entry := casework.Entry{Company: casework.Company{Name: company, Address: "神戸市灘区1-1", Phone: "078-000-0000"}}
	return Inbound{UIDValidity: 7, UID: uint32(n), InternalDate: monday, Hash: sha256.Sum256(raw), Raw: raw,
		Blobs: map[string][]byte{file.Blob: book},
		Input: casework.Input{Kind: casework.MailEntry, From: casework.Address{Name: "田中", Addr: "tanaka@minato-bank.example"},
			MessageID: fmt.Sprintf("m%d@minato-bank.example", n), Subject: company,
			Sheets: []casework.SheetIn{{File: file, Entry: entry}}}}
}

var testActor = casework.Actor{Role: casework.RoleIntake, Code: "MINATO", Address: casework.Address{Addr: "tanaka@minato-bank.example"}, Evidence: "pass dmarc"}

// register decides like the core does for a good sheet: a case with number, member and concierge, two letters.
func register(l Lookup, in Inbound) (casework.Outcome, error) {
	var out casework.Outcome
	n, err := l.Numbers(monday)
	if err != nil {
		return out, err
	}
	sheet := in.Input.Sheets[0]
	members, err := l.Members(sheet.Entry.Company.Keys())
	if err != nil {
		return out, err
	}
	n.Case++
	n.Receipt++
	n.Registration++
	member := ""
	for _, m := range members {
		member = m.Number
	}
	fresh := member == ""
	if fresh {
		n.Member++
		member = fmt.Sprintf("M-%05d-0", n.Member)
	}
	add := func(p casework.Payload) {
		out.Events = append(out.Events, casework.Event{Case: n.Case, At: monday, Actor: testActor, Payload: p})
	}
	add(&casework.SheetReceived{Receipt: fmt.Sprintf("E26-%05d", n.Receipt), Channel: casework.ChannelMail, Agency: "MINATO",
		Submitter: in.Input.From, Sheet: sheet.File, Entry: sheet.Entry, MessageID: in.Input.MessageID})
	add(&casework.CaseRegistered{Registration: fmt.Sprintf("2026-KOB-%05d-0", n.Registration), Member: member, NewMember: fresh,
		Agency: "MINATO", AgencyName: "みなと銀行", Concierge: "sato"})
	out.Result, out.Folder, out.Numbers, out.Cases = casework.ResultRegistered, casework.FolderDone, n, []int64{n.Case}
	out.Letters = []casework.Letter{
		{Case: n.Case, Party: casework.Party{Role: casework.RoleIntake, Code: "MINATO"}, To: []casework.Address{in.Input.From},
			Content: casework.RegisteredLetter{}, First: true, Now: monday},
		{Case: n.Case, Party: casework.Party{Role: casework.RoleConcierge, Code: "sato"}, To: []casework.Address{{Addr: "sato@kobe.example"}},
			Content: casework.BriefLetter{}, First: true, Now: monday},
	}
	return out, nil
}

// frozen renders a letter of a few lines.
func frozen(l casework.Letter) (casework.Rendered, error) {
	r := casework.Rendered{MessageID: fmt.Sprintf("l%d@kobe.example", l.ID), Subject: string(l.Kind()), From: "office@kobe.example"}
	for _, a := range append(append([]casework.Address{}, l.To...), l.Cc...) {
		r.To = append(r.To, a.Addr)
	}
	r.Raw = fmt.Appendf(nil, "Message-ID: <%s>\r\n\r\nletter %d", r.MessageID, l.ID)
	return r, nil
}

func handle(t testing.TB, s *Store, ins ...Inbound) []Handled {
	t.Helper()
	return handleWith(t, s, register, frozen, ins...)
}

func handleWith(t testing.TB, s *Store, d Decide, r Render, ins ...Inbound) []Handled {
	t.Helper()
	hs, err := s.Handle(context.Background(), ins, d, r)
	if err != nil {
		t.Fatal(err)
	}
	return hs
}

// note decides an event that a case gets, and letters to people about it.
func note(caseID int64, letters ...casework.Letter) Decide {
	return func(Lookup, Inbound) (casework.Outcome, error) {
		return casework.Outcome{Result: casework.ResultDone, Cases: []int64{caseID}, Letters: letters,
			Events: []casework.Event{{Case: caseID, At: monday, Actor: testActor, Payload: &casework.NoteAdded{Text: "x"}}}}, nil
	}
}

func answer(caseID int64, to ...string) casework.Letter {
	l := casework.Letter{Case: caseID, Party: casework.Party{Role: casework.RoleClerk}, Content: casework.AnswerLetter{}, Now: monday}
	for _, a := range to {
		l.To = append(l.To, casework.Address{Addr: a})
	}
	return l
}

func verified(t testing.TB, s *Store) Report {
	t.Helper()
	r, err := s.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustVerify(t testing.TB, s *Store) {
	t.Helper()
	if r := verified(t, s); !r.OK() {
		t.Fatalf("audit: %s", strings.Join(r.Problems, "\n"))
	}
}

func reader(t testing.TB, s *Store) *Reader {
	t.Helper()
	r, err := OpenReader(context.Background(), s.Path())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// meddle changes the database behind the store's back.
func meddle(t testing.TB, s *Store, statements ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range statements {
		if _, err := s.conn.ExecContext(context.Background(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func count(t testing.TB, s *Store, query string) (n int) {
	t.Helper()
	if _, err := s.r.one(query, nil, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestHandleWritesOneMailInOneCommit(t *testing.T) {
	s := open(t, t.TempDir())
	before := s.Commits()
	in := mail(1, "株式会社灘酒造")
	h := handle(t, s, in)[0]
	if got := s.Commits() - before; got != 1 {
		t.Errorf("%d commits, want 1", got)
	}
	if h.Err != nil || h.Seen || h.Message == 0 || len(h.Letters) != 2 || h.Letters[0].ID != 1 || h.Letters[1].ID != 2 {
		t.Fatalf("got %+v", h)
	}
	d, err := reader(t, s).Case(context.Background(), "2026-KOB-00001-0")
	if err != nil {
		t.Fatal(err)
	}
	if d.Company != "株式会社灘酒造" || d.Stage != casework.StageRegistered || d.Concierge != "sato" || len(d.Timeline) != 2 || len(d.Letters) != 2 {
		t.Errorf("got %+v", d)
	}
	if tl := d.Timeline[1]; tl.Evidence != "pass dmarc" || tl.From != "tanaka@minato-bank.example" || tl.Text == "" {
		t.Errorf("timeline lacks its evidence: %+v", tl)
	}
	book, err := s.Blob(context.Background(), in.Input.Sheets[0].File.Blob)
	if err != nil || string(book) != "workbook of 株式会社灘酒造1" {
		t.Errorf("workbook: %q, %v", book, err)
	}
	mustVerify(t, s)
}

func TestLookupSeesWhatTheSameTransactionDecided(t *testing.T) {
	s := open(t, t.TempDir())
	var open, same []int
	look := func(l Lookup, in Inbound) (casework.Outcome, error) {
		keys := in.Input.Sheets[0].Entry.Company.Keys()
		refs, err := l.OpenSame(keys)
		if err != nil {
			return casework.Outcome{}, err
		}
		sheets, err := l.SameSheet([]string{in.Input.Sheets[0].File.Blob})
		if err != nil {
			return casework.Outcome{}, err
		}
		n := 0
		for _, r := range refs {
			n += len(r)
		}
		open, same = append(open, n), append(same, len(sheets))
		return register(l, in)
	}
	a, b := mail(1, "灘酒造"), mail(2, "灘酒造")
	c := mail(3, "灘酒造")
	c.Input.Sheets = a.Input.Sheets
	handleWith(t, s, look, frozen, a, b, c)
	if fmt.Sprint(open) != "[0 1 2]" || fmt.Sprint(same) != "[0 0 1]" {
		t.Errorf("open cases seen %v, same workbooks %v", open, same)
	}
	rows, err := reader(t, s).Cases(context.Background(), Filter{})
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	for _, r := range rows {
		if r.Member != "M-00001-0" {
			t.Errorf("%s: one company has two member numbers: %s", r.Number(), r.Member)
		}
	}
	mustVerify(t, s)
}

func TestTheVerySameMailIsDoneOnce(t *testing.T) {
	s := open(t, t.TempDir())
	a := mail(1, "灘酒造")
	copied := a
	copied.UID = 9
	hs := handle(t, s, a, copied)
	later := a
	later.UIDValidity, later.UID = 8, 1
	hs = append(hs, handle(t, s, later)...)
	for i, want := range []bool{false, true, true} {
		if hs[i].Seen != want || hs[i].Message != hs[0].Message {
			t.Errorf("mail %d: %+v", i, hs[i])
		}
	}
	if n := count(t, s, "SELECT count(*) FROM case_row"); n != 1 {
		t.Errorf("%d cases", n)
	}
	fs, err := s.ToFile(context.Background(), 10)
	if err != nil || len(fs) != 3 {
		t.Fatalf("to file: %v, %v", fs, err)
	}
	for _, f := range fs {
		if f.Folder != casework.FolderDone {
			t.Errorf("the copy is filed elsewhere: %+v", f)
		}
	}
}

func TestOneBadMailLeavesTheOthersAndNoGap(t *testing.T) {
	fails := map[string]func(Inbound) (Decide, Render){
		"decide returns an error": func(bad Inbound) (Decide, Render) {
			return func(l Lookup, in Inbound) (casework.Outcome, error) {
				if in.UID == bad.UID {
					return casework.Outcome{}, fmt.Errorf("no")
				}
				return register(l, in)
			}, frozen
		},
		"decide panics": func(bad Inbound) (Decide, Render) {
			return func(l Lookup, in Inbound) (casework.Outcome, error) {
				if in.UID == bad.UID {
					var none *casework.Case
					_ = none.Receipt
				}
				return register(l, in)
			}, frozen
		},
		"render fails": func(bad Inbound) (Decide, Render) {
			return register, func(l casework.Letter) (casework.Rendered, error) {
				if l.To[0].Addr == bad.Input.From.Addr {
					return casework.Rendered{}, fmt.Errorf("no glyph")
				}
				return frozen(l)
			}
		},
		"render panics": func(bad Inbound) (Decide, Render) {
			return register, func(l casework.Letter) (casework.Rendered, error) {
				if l.To[0].Addr == bad.Input.From.Addr {
					panic("株式会社灘酒造")
				}
				return frozen(l)
			}
		},
		"the outcome breaks a rule of the tables": func(bad Inbound) (Decide, Render) {
			return func(l Lookup, in Inbound) (casework.Outcome, error) {
				out, err := register(l, in)
				if in.UID == bad.UID {
					out.Events[0].Payload.(*casework.SheetReceived).Receipt = "E26-00001"
				}
				return out, err
			}, frozen
		},
		"numbers fall": func(bad Inbound) (Decide, Render) {
			return func(l Lookup, in Inbound) (casework.Outcome, error) {
				out, err := register(l, in)
				if in.UID == bad.UID {
					out.Numbers.Member = 0
				}
				return out, err
			}, frozen
		},
	}
	for name, f := range fails {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir())
			var ins []Inbound
			for i := 1; i <= 5; i++ {
				ins = append(ins, mail(i, fmt.Sprintf("会社%d", i)))
			}
			ins[2].Input.From.Addr = "bad@minato-bank.example"
			d, r := f(ins[2])
			hs := handleWith(t, s, d, r, ins...)
			for i, h := range hs {
				if bad := i == 2; bad != (h.Err != nil) || (bad && (h.Failures != 1 || h.Message != 0 || len(h.Letters) != 0)) {
					t.Errorf("mail %d: %+v", i, h)
				}
			}
			if strings.Contains(fmt.Sprint(hs[2].Err), "灘酒造") {
				t.Errorf("the error holds what was panicked with: %v", hs[2].Err)
			}
			rows, err := reader(t, s).Cases(context.Background(), Filter{})
			if err != nil || len(rows) != 4 || rows[0].Registration != "2026-KOB-00004-0" || rows[0].Company != "会社5" {
				t.Errorf("the cases after it: %+v, %v", rows, err)
			}
			if n := count(t, s, "SELECT max(id) * 100 + count(*) FROM letter"); n != 808 {
				t.Errorf("letters have a gap: %d", n)
			}
			hs = handleWith(t, s, d, r, ins[2])
			if hs[0].Failures != 2 {
				t.Errorf("second failure counted as %d", hs[0].Failures)
			}
			if hs = handle(t, s, ins[2]); hs[0].Err != nil || hs[0].Seen {
				t.Errorf("it cannot be done later: %+v", hs[0])
			}
			if n := count(t, s, "SELECT count(*) FROM failure"); n != 0 {
				t.Error("the failure stays on the list")
			}
			mustVerify(t, s)
		})
	}
}

func TestTwoFailuresAtRenderingInOneBatch(t *testing.T) {
	s := open(t, t.TempDir())
	var ins []Inbound
	for i := 1; i <= 6; i++ {
		ins = append(ins, mail(i, fmt.Sprintf("会社%d", i)))
	}
	ins[1].Input.From.Addr, ins[4].Input.From.Addr = "bad@x.example", "bad@y.example"
	hs := handleWith(t, s, register, func(l casework.Letter) (casework.Rendered, error) {
		if strings.HasPrefix(l.To[0].Addr, "bad@") {
			return casework.Rendered{}, fmt.Errorf("no")
		}
		return frozen(l)
	}, ins...)
	for i, h := range hs {
		if (h.Err != nil) != (i == 1 || i == 4) {
			t.Errorf("mail %d: %v", i, h.Err)
		}
	}
	if n := count(t, s, "SELECT max(id) FROM case_row"); n != 4 {
		t.Errorf("last case is %d", n)
	}
	mustVerify(t, s)
}

func TestAfterAFailureOnlyLettersThatComeOutOtherwiseAreMadeAnew(t *testing.T) {
	for _, hold := range []time.Duration{0, time.Minute} {
		s := open(t, t.TempDir())
		ins := []Inbound{mail(1, "灘酒造"), mail(2, "髙﨑精機")}
		ins[1].Input.From.Addr = "bad@minato-bank.example"
		decisions := 0
		decide := func(l Lookup, in Inbound) (casework.Outcome, error) {
			out, err := register(l, in)
			if decisions++; decisions > len(ins) { // the facts have changed since
				out.Letters[0].Hold = hold
			}
			return out, err
		}
		made := make(chan int64, 16)
		hs := handleWith(t, s, decide, func(l casework.Letter) (casework.Rendered, error) {
			if l.To[0].Addr == ins[1].Input.From.Addr {
				return casework.Rendered{}, errors.New("no")
			}
			made <- l.ID
			return frozen(l)
		}, ins...)
		close(made)
		times := map[int64]int{}
		for id := range made {
			times[id]++
		}
		want := map[int64]int{1: 1, 2: 1, 4: 1} // the brief of the mail that failed was made, too
		if hold > 0 {
			want[1] = 2
		}
		if hs[0].Err != nil || hs[1].Err == nil || fmt.Sprint(times) != fmt.Sprint(want) {
			t.Errorf("hold %s: letters were made %v times, want %v; %v, %v", hold, times, want, hs[0].Err, hs[1].Err)
		}
	}
}

func TestADatabaseFaultIsNoMailsFault(t *testing.T) {
	s := open(t, t.TempDir())
	_, err := s.Handle(context.Background(), []Inbound{mail(1, "灘酒造")}, func(l Lookup, in Inbound) (casework.Outcome, error) {
		return casework.Outcome{}, fmt.Errorf("load facts: %w", &FaultError{"read large bytes", context.DeadlineExceeded})
	}, frozen)
	if err == nil {
		t.Fatal("the fault was counted against the mail")
	}
	if n := count(t, s, "SELECT count(*) FROM failure"); n != 0 {
		t.Errorf("%d failures", n)
	}
}

func TestAnAppliedCaseIsNotSharedWithItsBorrower(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"))
	in := mail(2, "x")
	handleWith(t, s, func(l Lookup, _ Inbound) (casework.Outcome, error) {
		a, err := l.Case(1)
		b, _ := l.Case(1)
		a.Apply(casework.Event{Case: 1, At: monday, Payload: &casework.NoteAdded{Text: "one"}})
		b.Apply(casework.Event{Case: 1, At: monday, Payload: &casework.NoteAdded{Text: "two"}})
		if got := a.History[len(a.History)-1].Text; got != "メモ：one" {
			t.Errorf("two borrowers write into one array: %s", got)
		}
		return casework.Outcome{Result: casework.ResultDone}, err
	}, frozen, in)
}

func TestEventTimeNeverFalls(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"))
	handleWith(t, s, func(Lookup, Inbound) (casework.Outcome, error) {
		return casework.Outcome{Cases: []int64{1}, Events: []casework.Event{
			{Case: 1, At: monday.Add(-time.Hour), Payload: &casework.NoteAdded{Text: "the clock stepped back"}}}}, nil
	}, frozen, mail(2, "x"))
	mustVerify(t, s)
	if n := count(t, s, "SELECT count(DISTINCT at) FROM event"); n != 1 {
		t.Errorf("%d times, want the last one kept", n)
	}
}

func TestCaseAndCounterFollowTheStages(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"), mail(2, "六甲"))
	l := lookup{q: s.r, key: s.key}
	loads := func() string { m, err := l.Loads(); return fmt.Sprint(m, err) }
	if loads() != "map[sato:2] <nil>" {
		t.Error(loads())
	}
	change := func(n int, ps ...casework.Payload) {
		handleWith(t, s, func(Lookup, Inbound) (casework.Outcome, error) {
			out := casework.Outcome{Cases: []int64{1}}
			for _, p := range ps {
				out.Events = append(out.Events, casework.Event{Case: 1, At: monday, Payload: p})
			}
			return out, nil
		}, frozen, mail(n, "x"))
		mustVerify(t, s)
	}
	change(3, &casework.ConciergeChanged{From: "sato", To: "ito"})
	if loads() != "map[ito:1 sato:1] <nil>" {
		t.Error(loads())
	}
	change(4, &casework.EntryHeld{Reason: casework.HoldEvidence})
	if n, err := l.Held(); n != 1 || err != nil {
		t.Error("held", n, err)
	}
	if m, err := l.ReturnedFor("MINATO", []string{"name-only:灘酒造"}); err != nil || m["name-only:灘酒造"] != 1 {
		t.Error("a held case is not found for a correction:", m, err)
	}
	if m, _ := l.ReturnedFor("", []string{"name-only:灘酒造"}); len(m) != 0 {
		t.Error("a stranger finds a case to correct")
	}
	change(5, &casework.CaseVoided{Reason: "誤り"})
	if loads() != "map[sato:1] <nil>" {
		t.Error(loads())
	}
	if v, err := l.Verify("M-00001-0"); err != nil || !v.Found || !v.Void {
		t.Errorf("%+v %v", v, err)
	}
	if m, err := l.SameSheet([]string{mail(1, "灘酒造").Input.Sheets[0].File.Blob}); err != nil || len(m) != 0 {
		t.Error("a void case's workbook is found", m, err)
	}
	if rows, err := l.Rows("", 10); err != nil || len(rows) != 1 || rows[0].Company != "六甲" {
		t.Errorf("%+v %v", rows, err)
	}
	if rows, err := l.Rows("nobody", 10); err != nil || len(rows) != 0 {
		t.Errorf("%+v %v", rows, err)
	}
}

func TestThreadsFindTheirCaseAndTheFirstUseOfAMessageIDWins(t *testing.T) {
	s := open(t, t.TempDir())
	a, b := mail(1, "灘酒造"), mail(2, "六甲")
	b.Input.MessageID = a.Input.MessageID
	handle(t, s, a, b)
	l := lookup{q: s.r, key: s.key}
	for _, c := range []struct {
		ids  []string
		want int64
	}{
		{[]string{"l3@kobe.example"}, 2},
		{[]string{"unknown@x", "l2@kobe.example", "l3@kobe.example"}, 1},
		{[]string{a.Input.MessageID}, 1},
		{[]string{"unknown@x"}, 0},
	} {
		if id, ok, err := l.ByThread(c.ids); id != c.want || ok != (c.want != 0) || err != nil {
			t.Errorf("%v: case %d, %v", c.ids, id, err)
		}
	}
}

func TestConfirmationsWaitForTheirWord(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"))
	ask := mail(2, "x")
	ask.Input.Call = &casework.Call{Name: casework.CmdVoid, Args: []string{}}
	handleWith(t, s, func(_ Lookup, in Inbound) (casework.Outcome, error) {
		return casework.Outcome{Ask: &casework.Pending{Word: "k3f9", Input: in.Input, To: casework.Address{Addr: "Sato@kobe.example"}, Expires: monday.Add(time.Hour), Case: 1}}, nil
	}, frozen, ask)
	l := lookup{q: s.r, key: s.key}
	p, err := l.Pending("k3f9")
	if err != nil || p == nil || p.Input.Call.Name != casework.CmdVoid || p.Word != "k3f9" || p.Case != 1 || len(p.Input.Sheets) != 1 {
		t.Fatalf("%+v %v", p, err)
	}
	if n := count(t, s, "SELECT count(*) FROM pending WHERE data LIKE '%k3f9%'"); n != 0 {
		t.Error("the word stands in the database")
	}
	for name, c := range map[string]struct {
		addr string
		id   int64
		at   time.Time
		want bool
	}{
		"open":            {"sato@KOBE.example", 1, monday, true},
		"another case":    {"sato@kobe.example", 2, monday, false},
		"another address": {"ito@kobe.example", 1, monday, false},
		"expired":         {"sato@kobe.example", 1, monday.Add(time.Hour), false},
	} {
		if got, err := l.PendingFor(c.addr, c.id, c.at); got != c.want || err != nil {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	handleWith(t, s, func(Lookup, Inbound) (casework.Outcome, error) { return casework.Outcome{Used: "k3f9"}, nil }, frozen, mail(3, "x"))
	if p, err := l.Pending("k3f9"); p != nil || err != nil {
		t.Errorf("a used word can be used again: %+v %v", p, err)
	}
}

func TestTheOpenedDatabaseHasItsPragmas(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "受付 100%?#"))
	for name, q := range map[string]*querier{"writer": s.w, "reader": s.r} {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "busy_timeout": "10000"} {
			var got string
			if _, err := q.one("PRAGMA "+pragma, nil, &got); err != nil || got != want {
				t.Errorf("%s: %s is %s, want %s (%v)", name, pragma, got, want, err)
			}
		}
	}
	if _, err := s.r.exec("DELETE FROM setting"); err == nil {
		t.Error("a reader can write")
	}
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func free(casework.Case, casework.Departure, casework.Standing) error { return nil }

var someBrakes = Brakes{PerPersonHour: 20, PerCaseDay: 30, PerHour: 600}
