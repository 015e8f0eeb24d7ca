//go:build unix

package scenario

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/robot"
)

// watched is the robot's store; it keeps what was decided, and what it took to load the facts, decide, render and write.
type watched struct {
	robot.Store
	events     []casework.Event
	spent, cpu time.Duration
	longest    time.Duration
}

func (s *watched) Handle(ctx context.Context, in []casework.Inbound, decide casework.DecideFunc,
	render casework.RenderFunc) ([]casework.Handled, error) {
	began, used := time.Now(), cpuTime()
	out, err := s.Store.Handle(ctx, in, decide, render)
	s.spent, s.cpu = s.spent+time.Since(began), s.cpu+cpuTime()-used
	s.longest = max(s.longest, time.Since(began))
	for _, h := range out {
		s.events = append(s.events, h.Outcome.Events...)
	}
	return out, err
}

// cpuTime is what all threads of this process have used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// grown is an office with n open cases. The first is told: consulted, two agencies asked, one of them consented to,
// referred to and hosting. The others have the same events under their own names and numbers.
func grown(t testing.TB, n int) (*World, *watched) {
	t.Helper()
	w, s, tag := cleared(t)
	w.Advance(24 * time.Hour)
	w.hosted(w.referred(tag))
	w.Advance(24 * time.Hour)
	w.grow(s, n)
	return w, s
}

// cleared is an office with one case in which all have consented: it is the concierge who is waited for.
func cleared(t testing.TB) (*World, *watched, string) {
	t.Helper()
	w := New(t, Options{})
	s := &watched{Store: w.office.Robot.Store}
	w.office.Robot.Store = s
	tag, _ := consulting(t, w)
	w.direct(tag)
	w.inquiries(tag)
	w.consents(tag)
	return w, s, tag
}

// grow writes the first case again and again until there are n.
func (w *World) grow(s *watched, n int) {
	w.t.Helper()
	for first := 2; first <= n; first += 500 {
		w.copies(s.events, first, min(first+499, n))
	}
}

// copies writes the events of the first case for the cases first to last.
func (w *World) copies(events []casework.Event, first, last int) {
	w.t.Helper()
	id := fmt.Sprintf("copies-%d@minato-bank.example", first)
	in := casework.Inbound{UIDValidity: 1 << 20, UID: uint32(first), Hash: sha256.Sum256([]byte(id)), InternalDate: w.Now(),
		Raw: []byte("Subject: copies\r\n\r\n"), Input: casework.Input{Kind: casework.MailEntry, MessageID: id}}
	out := casework.Outcome{Result: casework.ResultRegistered, Folder: casework.FolderDone, Numbers: casework.Numbers{FiscalYear: 2026,
		Case: int64(last), Receipt: last, Registration: last, Member: last, Inquiry: 2 * last}}
	for i := first; i <= last; i++ {
		out.Events = append(out.Events, renamed(w.t, events, i)...)
	}
	decide := func(casework.Lookup, casework.Inbound) (casework.Outcome, error) { return out, nil }
	done, err := w.office.Store.Handle(context.Background(), []casework.Inbound{in}, decide, nil)
	if err != nil || done[0].Err != nil {
		w.t.Fatalf("write the cases from %d on: %v %v", first, err, done)
	}
}

// renamed are the events of the first case as those of the i-th.
func renamed(t testing.TB, events []casework.Event, i int) []casework.Event {
	names := strings.NewReplacer("E26-00001", fmt.Sprintf("E26-%05d", i), "2026-KOB-00001-4", registration(i),
		"M-00001-3", checked(fmt.Sprintf("M-%05d", i)), "Q26-00001", fmt.Sprintf("Q26-%05d", 2*i-1),
		"Q26-00002", fmt.Sprintf("Q26-%05d", 2*i), "株式会社灘酒造", fmt.Sprintf("株式会社灘酒造%d", i))
	out := slices.Clone(events)
	for k, e := range out {
		b, err := casework.EncodePayload(e.Payload)
		if err != nil {
			t.Fatal(err)
		}
		p, err := casework.DecodePayload(e.Payload.Kind(), e.Payload.Version(), []byte(names.Replace(string(b))))
		if err != nil {
			t.Fatal(err)
		}
		out[k].Case, out[k].Payload = int64(i), p
	}
	return out
}

func registration(i int) string { return checked(fmt.Sprintf("2026-KOB-%05d", i)) }

// checked puts the check digit behind a number.
func checked(number string) string {
	for digit := range 10 {
		full := fmt.Sprintf("%s-%d", number, digit)
		if _, ok := casework.ParseNumber(full); ok {
			return full
		}
	}
	return ""
}

// tagOf is the case tag that the concierge of the i-th case has in letters.
func (w *World) tagOf(i int) string {
	party := casework.Party{Role: casework.RoleConcierge, Code: "MORI"}
	return fmt.Sprintf("[登録 %s %s]", registration(i), w.office.Keys.Code(int64(i), party.Key(), w.Now()))
}

// questions are what is asked of a grown office; each is about another case the next time.
var questions = []struct {
	name, from, answer string
	subject, text      func(w *World, i int) string
}{
	{"一覧", clerk, "進行中の案件", func(*World, int) string { return "一覧" }, func(*World, int) string { return "" }},
	{"状況", mori, "案件の経過", func(w *World, i int) string { return "状況 " + w.tagOf(i) }, func(*World, int) string { return "" }},
	{"進捗", mori, "お手続きのご報告（進捗", func(w *World, i int) string { return "進捗 HYOGO-CCI 電話 " + w.tagOf(i) },
		func(_ *World, i int) string {
			return fmt.Sprintf("支援内容：%d回目のご相談を承りました。", i)
		}},
}

// In an office of many cases everybody is answered as in one of few.
func TestAGrownOfficeAnswers(t *testing.T) {
	t.Parallel()
	w, _ := grown(t, 120)
	for _, q := range questions {
		w.command(q.from, q.subject(w, 20), q.text(w, 20))
		l := w.ExpectLetter(q.from, q.answer)
		if !strings.Contains(l.Text, registration(20)) && !strings.Contains(l.Subject, registration(20)) {
			t.Errorf("the answer to %s is not about %s:\n%s", q.name, registration(20), l.Text)
		}
		if q.name == "状況" {
			w.expectText(l, "株式会社灘酒造20", "兵庫商工会議所", "山口 誠", "第0信用金庫", "本年度の枠")
		}
		if q.name == "一覧" {
			w.expectFile(l, "進行中の案件.xlsx")
			w.expectText(l, "進行中の案件は120件です")
		}
	}
	r := w.reader()
	defer r.Close()
	if rep, err := r.Verify(context.Background()); err != nil || !rep.OK() {
		t.Errorf("the audit fails: %v %v", rep.Problems, err)
	}
}

// BenchmarkGrownOffice answers with 5,000 open cases. handle-ms is the program's time (facts, deciding, rendering,
// writing), handle-cpu-ms what of it the processors spent; pass-ms has besides the mailbox, sending, filing and the copy
// in Sent.
func BenchmarkGrownOffice(b *testing.B) {
	w, s := grown(b, 5000)
	for _, q := range questions {
		b.Run(q.name, func(b *testing.B) {
			s.spent, s.cpu = 0, 0
			for i := range b.N {
				b.StopTimer()
				w.Advance(time.Hour) // no brake holds the answers back
				n := 2 + (i*97+b.N)%4999
				w.Incoming(plain(q.from, q.subject(w, n), q.text(w, n)))
				b.StartTimer()
				w.Settle()
			}
			w.ExpectLetter(q.from, q.answer)
			b.ReportMetric(s.spent.Seconds()*1000/float64(b.N), "handle-ms")
			b.ReportMetric(s.cpu.Seconds()*1000/float64(b.N), "handle-cpu-ms")
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "pass-ms")
		})
	}
}
