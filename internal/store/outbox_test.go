package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

// sender is a store with a case and a lease.
type sender struct {
	*Store
	t     testing.TB
	clock *clock
	epoch int64
	n     int
}

func newSender(t testing.TB, change ...func(*Options)) *sender {
	t.Helper()
	c := &clock{monday}
	s := &sender{Store: open(t, t.TempDir(), append(change, func(o *Options) { o.Now = c.now })...), t: t, clock: c, n: 100}
	h := handleWith(t, s.Store, func(l Lookup, in Inbound) (casework.Outcome, error) {
		out, err := register(l, in)
		out.Letters = nil
		return out, err
	}, frozen, mail(1, "灘酒造"), mail(2, "六甲"))
	if h[0].Err != nil {
		t.Fatal(h[0].Err)
	}
	var err error
	if s.epoch, err = s.Lease(context.Background(), "test"); err != nil {
		t.Fatal(err)
	}
	return s
}

// queue queues letters by a mail of their own.
func (s *sender) queue(letters ...casework.Letter) []int64 {
	s.t.Helper()
	s.n++
	h := handleWith(s.t, s.Store, note(1, letters...), frozen, mail(s.n, "x"))[0]
	if h.Err != nil {
		s.t.Fatal(h.Err)
	}
	var ids []int64
	for _, l := range h.Letters {
		ids = append(ids, l.ID)
	}
	return ids
}

func (s *sender) claim(guard Guard) Claims {
	s.t.Helper()
	c, err := s.Claim(context.Background(), s.epoch, s.clock.at, 8, guard, someBrakes)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// claimed lists the ids of a claim as text.
func (s *sender) claimed() string { return ids(s.claim(free)) }

func ids(c Claims) string {
	var out []int64
	for _, l := range c.Letters {
		out = append(out, l.ID)
	}
	return fmt.Sprint(out)
}

func (s *sender) accept(ls ...Claimed) {
	s.t.Helper()
	for _, l := range ls {
		if err := s.Accepted(context.Background(), Settled{Letter: l.ID, Attempt: l.Attempt, At: s.clock.at, Copy: true}); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *sender) letter(id int64) LetterRow {
	s.t.Helper()
	r, ok, err := lookup{q: s.r, key: s.key}.Letter(id)
	if err != nil || !ok {
		s.t.Fatal("letter", id, ok, err)
	}
	return r
}

func (s *sender) unreported() []casework.DeliveryFailure {
	s.t.Helper()
	fs, err := s.Unreported(context.Background(), 10)
	if err != nil {
		s.t.Fatal(err)
	}
	return fs
}

func TestLettersOfOneCaseAndRecipientGoOneAfterAnother(t *testing.T) {
	s := newSender(t)
	// 1 and 3 share a, 2 and 3 share b; 4 is another case's
	s.queue(answer(1, "a@x.example"), answer(1, "b@x.example"), answer(1, "A@x.example", "b@x.example"), answer(2, "a@x.example"))
	first := s.claim(free)
	if ids(first) != "[1 2 4]" {
		t.Fatal(ids(first))
	}
	if got := s.claimed(); got != "[]" {
		t.Fatal("claimed twice: ", got)
	}
	s.accept(first.Letters[0])
	if got := s.claimed(); got != "[]" {
		t.Fatal("letter 3 overtook letter 2: ", got)
	}
	s.accept(first.Letters[1])
	if got := s.claimed(); got != "[3]" {
		t.Fatal(got)
	}
}

func TestALetterWithoutCaseWaitsForNoOther(t *testing.T) {
	s := newSender(t)
	s.queue(answer(0, "a@x.example"), answer(0, "a@x.example"))
	if got := s.claimed(); got != "[1 2]" {
		t.Error(got)
	}
}

func TestADeferredLetterHoldsBackItsLaneOnly(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"), answer(1, "a@x.example"), answer(1, "b@x.example"))
	c := s.claim(free)
	l := c.Letters[0]
	later := s.clock.at.Add(5 * time.Minute)
	if err := s.Deferred(context.Background(), Settled{Letter: l.ID, Attempt: l.Attempt, At: s.clock.at, Next: later, Code: 451, Text: "later", Outcome: "deferred"}); err != nil {
		t.Fatal(err)
	}
	s.accept(c.Letters[1])
	if got := s.claimed(); got != "[]" {
		t.Fatal("letter 2 overtook: ", got)
	}
	if at, ok, err := s.NextDue(context.Background()); !ok || err != nil || !at.Equal(later) {
		t.Fatalf("next due %v %v %v, want %v: a blocked letter is not due", at, ok, err, later)
	}
	s.clock.advance(5 * time.Minute)
	again := s.claim(free)
	if ids(again) != "[1]" || again.Letters[0].Tries != 1 || !again.Letters[0].Since.Equal(monday) || !bytes.Equal(again.Letters[0].Raw, l.Raw) {
		t.Fatalf("%+v", again)
	}
	s.accept(again.Letters[0])
	if got := s.claimed(); got != "[2]" {
		t.Fatal(got)
	}
	if _, ok, _ := s.NextDue(context.Background()); ok {
		t.Error("something is due with nothing queued")
	}
}

func TestTheAttemptIsRecordedBeforeTheLetterIsHandedOver(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"))
	s.claim(free)
	if n := count(t, s.Store, "SELECT count(*) FROM attempt WHERE letter_id = 1 AND outcome = 'started' AND ended_at IS NULL"); n != 1 {
		t.Errorf("%d attempts", n)
	}
	if st := s.letter(1).State; st != StateAttempting {
		t.Error(st)
	}
}

func TestAfterARestartUnknownLettersGoAgainByteForByte(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"), answer(1, "a@x.example"))
	before := s.claim(free)
	if err := s.Abandon(); err != nil {
		t.Fatal(err)
	}
	again := open(t, s.opt.Dir, func(o *Options) { o.Now = s.clock.now })
	s.Store = again
	var err error
	if s.epoch, err = s.Lease(context.Background(), "next"); err != nil {
		t.Fatal(err)
	}
	after := s.claim(free)
	if ids(after) != "[1]" || !bytes.Equal(before.Letters[0].Raw, after.Letters[0].Raw) || before.Letters[0].MessageID != after.Letters[0].MessageID {
		t.Errorf("before %s, after %s", ids(before), ids(after))
	}
	if n := count(t, s.Store, "SELECT count(*) FROM attempt"); n != 2 {
		t.Errorf("%d attempts are on record, want both", n)
	}
}

func TestAnotherSendersLeaseEndsOurs(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"), answer(1, "b@x.example"))
	flying := s.claim(free).Letters[0]
	other, err := s.Lease(context.Background(), "other")
	if err != nil || other != s.epoch+1 {
		t.Fatal(other, err)
	}
	if _, err := s.Claim(context.Background(), s.epoch, s.clock.at, 8, free, someBrakes); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("got %v", err)
	}
	s.accept(flying) // too late to matter: it is queued again
	if st := s.letter(flying.ID).State; st != StateQueued {
		t.Errorf("a lost sender's yes counted: %s", st)
	}
}

func TestTheGuardWithdrawsWhatMayNoLongerLeave(t *testing.T) {
	s := newSender(t)
	id := s.queue(answer(1, "a@x.example"), answer(1, "a@x.example"), answer(0, "b@x.example"))
	var asked []string
	c := s.claim(func(c casework.Case, d casework.Departure, _ casework.Standing) error {
		asked = append(asked, fmt.Sprintf("%d %s %s %v", c.ID, c.Stage, d.Kind, d.To))
		if len(asked) == 1 {
			return &casework.Guard{Reason: "agency MINATO is no longer rostered"}
		}
		return nil
	})
	if want := "[0  answer [b@x.example] 1 registered answer [a@x.example]]"; !strings.Contains(fmt.Sprint(asked), "1 registered answer [a@x.example]") {
		t.Errorf("the guard was asked about %v, want the folded case as in %s", asked, want)
	}
	if c.Withdrawn != 1 || ids(c) != "[2 3]" {
		t.Errorf("%+v", c)
	}
	r := s.letter(id[0])
	if r.State != StateWithdrawn || !strings.Contains(r.Error, "no longer rostered") || r.Settled.IsZero() {
		t.Errorf("%+v", r)
	}
	if fs := s.unreported(); len(fs) != 1 || fs[0].Letter != id[0] || fs[0].Braked || !strings.Contains(fs[0].Reason, "no longer rostered") {
		t.Errorf("%+v", fs)
	}
}

func TestStoppedMeansNothingLeavesButWhatSaysSo(t *testing.T) {
	s := newSender(t)
	stop := true
	always := answer(0, "b@x.example")
	always.Always = true
	set := func(to bool) {
		s.n++
		handleWith(t, s.Store, func(Lookup, Inbound) (casework.Outcome, error) {
			return casework.Outcome{Stop: &to}, nil
		}, frozen, mail(s.n, "x"))
	}
	s.queue(answer(1, "a@x.example"), always)
	set(stop)
	if got := s.claimed(); got != "[2]" {
		t.Fatal(got)
	}
	if _, ok, _ := s.NextDue(context.Background()); ok {
		t.Error("something is due while all is stopped")
	}
	set(!stop)
	if got := s.claimed(); got != "[1]" {
		t.Fatal(got)
	}
}

func TestBrakes(t *testing.T) {
	for name, c := range map[string]struct {
		brakes  Brakes
		letters func(i int) casework.Letter
		window  time.Duration
	}{
		"to one person an hour": {Brakes{PerPersonHour: 3}, func(i int) casework.Letter { return answer(0, "a@x.example") }, time.Hour},
		"for one case a day":    {Brakes{PerCaseDay: 3}, func(i int) casework.Letter { return answer(1, fmt.Sprintf("a%d@x.example", i)) }, 24 * time.Hour},
		"in all an hour":        {Brakes{PerHour: 3}, func(i int) casework.Letter { return answer(0, fmt.Sprintf("a%d@x.example", i)) }, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSender(t)
			for i := range 5 {
				s.queue(c.letters(i))
			}
			first := answer(1, "a@x.example")
			first.First = true
			s.queue(first)
			all := func() (sent, braked int) {
				for {
					got, err := s.Claim(context.Background(), s.epoch, s.clock.at, 2, free, c.brakes)
					if err != nil {
						t.Fatal(err)
					}
					s.accept(got.Letters...)
					sent, braked = sent+len(got.Letters), braked+got.Braked
					if !got.More && len(got.Letters) == 0 {
						return sent, braked
					}
					s.clock.advance(time.Second)
				}
			}
			if sent, braked := all(); sent != 4 || braked < 2 {
				t.Fatalf("%d sent, %d braked; want 3 and the first answer", sent, braked)
			}
			if fs := s.unreported(); len(fs) != 1 || !fs[0].Braked {
				t.Fatalf("the clerk is told %d times, want once: %+v", len(fs), fs)
			}
			if at, ok, err := s.NextDue(context.Background()); !ok || err != nil || at.Sub(s.clock.at) > c.window || !at.After(s.clock.at) {
				t.Errorf("next due in %v", at.Sub(s.clock.at))
			}
			s.clock.advance(c.window)
			if sent, _ := all(); sent != 2 {
				t.Errorf("%d sent after the window, want the 2 that waited", sent)
			}
		})
	}
}

func TestBrakesWithinOneClaim(t *testing.T) {
	s := newSender(t)
	for range 8 {
		s.queue(answer(0, "a@x.example"))
	}
	c, err := s.Claim(context.Background(), s.epoch, s.clock.at, 8, free, Brakes{PerPersonHour: 5})
	if err != nil || len(c.Letters) != 5 || c.Braked != 3 {
		t.Errorf("%s, %d braked, %v", ids(c), c.Braked, err)
	}
}

func TestRefusedIsFinalAndReported(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"), answer(1, "a@x.example"))
	l := s.claim(free).Letters[0]
	if err := s.Refused(context.Background(), Settled{Letter: l.ID, Attempt: l.Attempt, At: s.clock.at, Code: 550, Text: "no such user"}); err != nil {
		t.Fatal(err)
	}
	fs := s.unreported()
	if len(fs) != 1 || fs[0].Letter != l.ID || fs[0].Case != 1 || fs[0].Kind != casework.LetterAnswer || fs[0].To[0] != "a@x.example" || fs[0].Reason != "no such user" {
		t.Fatalf("%+v", fs)
	}
	if got := s.claimed(); got != "[2]" {
		t.Error("its lane is not free: ", got)
	}
	report := Inbound{System: true, Input: casework.Input{Kind: casework.MailFailure, Failure: &fs[0]}}
	tell := func(Lookup, Inbound) (casework.Outcome, error) {
		return casework.Outcome{Letters: []casework.Letter{answer(1, "sato@kobe.example")}}, nil
	}
	h := handleWith(t, s.Store, tell, frozen, report, report)
	if len(h[0].Letters) != 1 || len(h[1].Letters) != 0 || h[0].Seen || !h[1].Seen || h[0].Message != 0 {
		t.Errorf("told once: %+v", h)
	}
	if fs := s.unreported(); len(fs) != 0 {
		t.Errorf("%+v", fs)
	}
}

func TestAFailedReportStaysOnTheList(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"))
	l := s.claim(free).Letters[0]
	if err := s.Refused(context.Background(), Settled{Letter: l.ID, Attempt: l.Attempt, At: s.clock.at, Text: "no"}); err != nil {
		t.Fatal(err)
	}
	f := s.unreported()[0]
	h := handleWith(t, s.Store, func(Lookup, Inbound) (casework.Outcome, error) { return casework.Outcome{}, errors.New("no") }, frozen,
		Inbound{System: true, Input: casework.Input{Failure: &f}})
	if h[0].Err == nil || len(s.unreported()) != 1 {
		t.Errorf("%+v", h)
	}
	s.NoteReported([]int64{f.Letter})
	if len(s.unreported()) != 0 {
		t.Error("a noted report is listed")
	}
}

func TestAnUndeliverableNoticeOfThatKindMakesNoFurtherOne(t *testing.T) {
	s := newSender(t)
	l := answer(1, "a@x.example")
	l.Content = casework.UndeliveredLetter{}
	s.queue(l)
	c := s.claim(free).Letters[0]
	if err := s.Refused(context.Background(), Settled{Letter: c.ID, Attempt: c.Attempt, At: s.clock.at, Text: "no"}); err != nil {
		t.Fatal(err)
	}
	if fs := s.unreported(); len(fs) != 0 {
		t.Errorf("%+v", fs)
	}
}

func TestPartlyAcceptedLettersGoOnForTheRest(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example", "b@x.example", "c@x.example"), answer(1, "a@x.example"), answer(1, "b@x.example"))
	l := s.claim(free).Letters[0]
	next := s.clock.at.Add(time.Minute)
	err := s.Accepted(context.Background(), Settled{Letter: l.ID, Attempt: l.Attempt, At: s.clock.at, Next: next, Copy: true,
		Rejected: []Rejection{{To: "c@x.example", Code: 550, Text: "unknown"}}, Retry: []Rejection{{To: "b@x.example", Code: 450, Text: "greylisted"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.claimed(); got != "[2]" {
		t.Errorf("a is served, b is not: %s", got)
	}
	if fs := s.unreported(); len(fs) != 1 || fmt.Sprint(fs[0].To) != "[c@x.example]" {
		t.Errorf("%+v", fs)
	}
	s.clock.at = next
	again := s.claim(free)
	if ids(again) != "[1]" || fmt.Sprint(again.Letters[0].To) != "[b@x.example]" || !bytes.Equal(again.Letters[0].Raw, l.Raw) {
		t.Fatalf("%+v", again)
	}
	s.accept(again.Letters[0])
	if st := s.letter(1); st.State != StateSent || len(st.To) != 3 {
		t.Errorf("%+v", st)
	}
	if n := count(t, s.Store, "SELECT count(*) FROM copy_due"); n != 1 {
		t.Errorf("%d copies due for one letter", n)
	}
}

func TestDraftsAreNeitherSentNorCopied(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"), answer(1, "a@x.example"))
	l := s.claim(free).Letters[0]
	if err := s.Drafted(context.Background(), Settled{Letter: l.ID, Attempt: l.Attempt, At: s.clock.at, Copy: true}); err != nil {
		t.Fatal(err)
	}
	if st := s.letter(l.ID).State; st != StateDrafted {
		t.Error(st)
	}
	if cs, err := s.CopiesDue(context.Background(), 10); err != nil || len(cs) != 0 {
		t.Error(cs, err)
	}
	if got := s.claimed(); got != "[2]" {
		t.Error(got)
	}
}

func TestCopiesForSentAreNotedWithTheNextCommit(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"), answer(2, "a@x.example"), answer(2, "b@x.example"))
	s.accept(s.claim(free).Letters...)
	cs, err := s.CopiesDue(context.Background(), 2)
	if err != nil || len(cs) != 2 || cs[0].Letter != 1 || len(cs[0].Raw) == 0 || cs[0].MessageID == "" || !cs[0].At.Equal(monday) {
		t.Fatalf("%+v %v", cs, err)
	}
	before := s.Commits()
	s.NoteCopied([]int64{1, 2})
	if cs, _ = s.CopiesDue(context.Background(), 2); len(cs) != 1 || cs[0].Letter != 3 {
		t.Errorf("%+v", cs)
	}
	if s.Commits() != before {
		t.Error("a note cost a commit")
	}
	if err := s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s.Store, "SELECT count(*) FROM copy_due"); n != 1 || s.Commits() != before+1 {
		t.Errorf("%d copies due after the flush", n)
	}
	if err := s.Flush(context.Background()); err != nil || s.Commits() != before+1 {
		t.Error("a flush without notes committed", err)
	}
}

func TestALoneMailCostsFourCommits(t *testing.T) {
	s := newSender(t)
	before := s.Commits()
	handle(t, s.Store, mail(7, "摩耶"))
	s.NoteFiled([]Filing{{UIDValidity: 7, UID: 7}})
	c := s.claim(free)
	s.accept(c.Letters...)
	s.NoteCopied([]int64{c.Letters[0].ID, c.Letters[1].ID})
	if got := s.claimed(); got != "[]" {
		t.Error(got)
	}
	if n := s.Commits() - before; len(c.Letters) != 2 || n != 4 {
		t.Errorf("%d letters, %d commits", len(c.Letters), n)
	}
}

// bounces decides that the letter of a mail's report did not arrive.
func bounces(l Lookup, in Inbound) (casework.Outcome, error) {
	out, err := note(1)(l, in)
	out.Bounced = in.Input.Bounce.Letter
	return out, err
}

func TestAHardBounceMarksASentLetter(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"), answer(2, "a@x.example"))
	s.accept(s.claim(free).Letters[0])
	for i, b := range []casework.Bounce{{Letter: 1, Hard: true, Status: "5.1.1"}, {Letter: 2, Hard: true}, {Letter: 99, Hard: true}} {
		in := mail(50+i, "x")
		in.Input.Kind, in.Input.Bounce = casework.MailBounce, &b
		handleWith(t, s.Store, bounces, frozen, in)
	}
	if a, b := s.letter(1), s.letter(2); a.State != StateBounced || a.Error != "5.1.1" || b.State != StateAttempting {
		t.Errorf("%+v %+v", a, b)
	}
}

func TestOneClaimIsBoundedInBytesAndCount(t *testing.T) {
	s := newSender(t)
	big := func(l casework.Letter) (casework.Rendered, error) {
		r, err := frozen(l)
		r.Raw = append(r.Raw, make([]byte, 5<<20)...)
		return r, err
	}
	var ls []casework.Letter
	for range 3 {
		ls = append(ls, answer(0, "a@x.example"))
	}
	handleWith(t, s.Store, note(1, ls...), big, mail(90, "x"))
	c := s.claim(free)
	if ids(c) != "[1]" || !c.More || len(c.Letters[0].Raw) < 5<<20 {
		t.Errorf("%s more=%v", ids(c), c.More)
	}
	for range 12 {
		s.queue(answer(0, "b@x.example"))
	}
	if got := s.claimed(); got != "[2]" {
		t.Error(got)
	}
	if c := s.claim(free); len(c.Letters) != 8 || !c.More {
		t.Errorf("%s more=%v", ids(c), c.More)
	}
}

func TestADamagedLetterIsReportedAndBlocksNoOther(t *testing.T) {
	large := func(l casework.Letter) (casework.Rendered, error) {
		r, err := frozen(l)
		r.Raw = append(r.Raw, make([]byte, inlineBytes)...)
		return r, err
	}
	for name, c := range map[string]struct {
		render Render
		damage func(s *sender)
	}{
		"bytes changed":        {frozen, func(s *sender) { meddle(t, s.Store, "UPDATE letter_bytes SET raw = x'00' WHERE letter_id = 1") }},
		"bytes gone":           {frozen, func(s *sender) { meddle(t, s.Store, "DELETE FROM letter_bytes WHERE letter_id = 1") }},
		"a large one's gone":   {large, func(s *sender) { removeAll(t, s.Store) }},
		"its case is damaged":  {frozen, func(s *sender) { meddle(t, s.Store, "UPDATE event SET kind = 'x' WHERE case_id = 1") }},
		"its guard's question": {frozen, func(s *sender) { meddle(t, s.Store, "UPDATE letter SET departure = '' WHERE id = 1") }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSender(t)
			handleWith(t, s.Store, note(1, answer(1, "a@x.example")), c.render, mail(90, "x"))
			handleWith(t, s.Store, note(2, answer(2, "a@x.example")), frozen, mail(91, "x"))
			s.fresh.drop(1)
			c.damage(s)
			if got := s.claimed(); got != "[2]" {
				t.Fatal(got)
			}
			if r := s.letter(1); r.State != StateFailed || r.Error == "" {
				t.Errorf("%+v", r)
			}
			if fs := s.unreported(); len(fs) != 1 || fs[0].Letter != 1 {
				t.Errorf("%+v", fs)
			}
		})
	}
}

func TestLettersJustMadeAreSentAndCopiedWithoutReadingThem(t *testing.T) {
	s := newSender(t)
	ls := []casework.Letter{answer(1, "a@x.example"), answer(1, "b@x.example"), answer(1, "c@x.example")}
	ls[2].Hold = time.Minute
	s.queue(ls...)
	held := func(want string) {
		t.Helper()
		if got := fmt.Sprint(slices.Sorted(maps.Keys(s.fresh.letters))); got != want {
			t.Errorf("held are %s, want %s", got, want)
		}
	}
	held("[1 2]") // not what waits
	meddle(t, s.Store, "UPDATE letter_bytes SET raw = x'00' WHERE letter_id = 1")
	claims := s.claim(free)
	if ids(claims) != "[1 2]" {
		t.Fatal(ids(claims))
	}
	s.accept(claims.Letters[0])
	held("[1 2]")
	if due, err := s.CopiesDue(context.Background(), 8); err != nil || len(due) != 1 || len(due[0].Raw) < 2 {
		t.Errorf("%+v, %v", due, err)
	}
	s.NoteCopied([]int64{1})
	held("[2]")
	if err := s.Deferred(context.Background(), Settled{Letter: 2, Attempt: 2, At: monday, Next: monday, Outcome: "deferred"}); err != nil {
		t.Fatal(err)
	}
	held("[]")
	if s.fresh.size != 0 {
		t.Errorf("%d bytes are counted", s.fresh.size)
	}
	var f fresh
	f.put(1, []byte("sum"), make([]byte, freshBytes))
	f.put(2, []byte("sum"), []byte("too much"))
	if f.get(1, []byte("sum")) == nil || f.get(1, []byte("of another")) != nil || f.get(2, []byte("sum")) != nil {
		t.Error("held are others than fit, or others than asked for")
	}
}

func removeAll(t *testing.T, s *Store) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(s.opt.Dir, "blobs")); err != nil {
		t.Fatal(err)
	}
}

func TestManyBlockedLettersDoNotHideAFreeOne(t *testing.T) {
	s := newSender(t)
	var ls []casework.Letter
	for range 100 {
		ls = append(ls, answer(1, "a@x.example"))
	}
	s.queue(append(ls, answer(1, "b@x.example"))...)
	if got := s.claimed(); got != "[1 101]" {
		t.Error(got)
	}
}

func TestVerifiesAreCountedByAddressAndDay(t *testing.T) {
	s := newSender(t)
	l := answer(0, "a@x.example")
	l.Content = casework.MembershipLetter{}
	s.queue(l, answer(0, "a@x.example"))
	k := lookup{q: s.r, key: s.key}
	for name, c := range map[string]struct {
		addr  string
		since time.Time
		want  int
	}{"counted": {"A@x.example", monday, 1}, "another address": {"b@x.example", monday, 0}, "before": {"a@x.example", monday.Add(time.Second), 0}} {
		if n, err := k.Verifies(c.addr, c.since); n != c.want || err != nil {
			t.Errorf("%s: %d %v", name, n, err)
		}
	}
}
