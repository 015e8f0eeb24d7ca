package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"uketsuke/internal/casework"
)

var monday = time.Date(2026, 11, 16, 10, 0, 0, 0, casework.JST)

// fakeStore hands out letters once and notes what it is told, in words.
type fakeStore struct {
	mu         sync.Mutex
	letters    []Claimed
	withdrawn  int
	rechecked  int
	log        []string
	settled    []Settled
	unreported []casework.DeliveryFailure
	copies     []Copy
	next       time.Time
	claimErr   error
	noteErr    error
}

func (f *fakeStore) say(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, fmt.Sprintf(format, args...))
}

func (f *fakeStore) Claim(_ context.Context, epoch int64, _ time.Time, limit int, _ Guard, _ Brakes) (Claims, error) {
	f.say("claim %d %d", epoch, limit)
	c := Claims{Letters: f.letters, Withdrawn: f.withdrawn, More: len(f.letters) > 1}
	f.letters = nil
	return c, f.claimErr
}

func (f *fakeStore) note(what string, r Settled) error {
	f.say("%s %d %s", what, r.Letter, r.Outcome)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settled = append(f.settled, r)
	return f.noteErr
}

func (f *fakeStore) Accepted(ctx context.Context, r Settled) error {
	return errors.Join(ctx.Err(), f.note("accepted", r))
}
func (f *fakeStore) Refused(ctx context.Context, r Settled) error {
	return errors.Join(ctx.Err(), f.note("refused", r))
}
func (f *fakeStore) Drafted(ctx context.Context, r Settled) error {
	return errors.Join(ctx.Err(), f.note("drafted", r))
}
func (f *fakeStore) Deferred(ctx context.Context, rs ...Settled) error {
	for _, r := range rs {
		if err := f.note("deferred", r); err != nil {
			return err
		}
	}
	return ctx.Err()
}
func (f *fakeStore) Unreported(context.Context, int) ([]casework.DeliveryFailure, error) {
	f.say("unreported")
	return slices.Clone(f.unreported), nil
}
func (f *fakeStore) NoteReported(ids []int64) {
	f.say("reported %v", ids)
	f.unreported = slices.DeleteFunc(f.unreported, func(d casework.DeliveryFailure) bool { return slices.Contains(ids, d.Letter) })
}
func (f *fakeStore) CopiesDue(context.Context, int) ([]Copy, error) {
	return slices.Clone(f.copies), nil
}
func (f *fakeStore) NoteCopied(ids []int64) {
	f.say("copied %v", ids)
	f.copies = slices.DeleteFunc(f.copies, func(c Copy) bool { return slices.Contains(ids, c.Letter) })
}
func (f *fakeStore) RecheckDrafts(context.Context, time.Time, Guard) (int, error) {
	f.say("recheck")
	return f.rechecked, nil
}
func (f *fakeStore) NextDue(context.Context) (time.Time, bool, error) {
	return f.next, !f.next.IsZero(), nil
}

// transport answers by the letter's bytes; it tells the store's log when it is dialled.
type transport struct {
	store   *fakeStore
	answers map[string]error
	reject  map[string]map[string]error
	during  func()
}

func (t *transport) Send(_ context.Context, _ string, _ []string, raw []byte) (map[string]error, error) {
	t.store.say("dial %s", raw)
	if t.during != nil {
		t.during()
	}
	return t.reject[string(raw)], t.answers[string(raw)]
}

type failure struct {
	permanent, unknown, connection bool
	code                           int
}

func (f *failure) Error() string      { return fmt.Sprintf("reply %d", f.code) }
func (f *failure) IsPermanent() bool  { return f.permanent }
func (f *failure) IsUnknown() bool    { return f.unknown }
func (f *failure) IsConnection() bool { return f.connection }
func (f *failure) ReplyCode() int     { return f.code }

// box is a folder of the mailbox.
type box struct {
	store *fakeStore
	have  map[string]bool
	mark  Mark
	fail  error
}

func (b *box) HaveMessageIDs(_ context.Context, folder string, ids []string, after Mark) (map[string]bool, Mark, error) {
	if after != (Mark{}) {
		b.store.say("search %s %v after %v", folder, ids, after)
	} else {
		b.store.say("search %s %v", folder, ids)
	}
	return b.have, b.mark, nil
}

func (b *box) Append(_ context.Context, folder string, raw []byte, flags []string, _ time.Time) error {
	b.store.say("append %s %s %v", folder, raw, flags)
	return b.fail
}

// manyBox appends several at once.
type manyBox struct{ box }

func (b *manyBox) AppendMany(_ context.Context, folder string, raws [][]byte, flags []string, at []time.Time) []error {
	b.store.say("append %s %d %v", folder, len(raws), flags)
	errs := make([]error, len(raws))
	errs[len(errs)-1] = b.fail
	return errs
}

type fixture struct {
	*Runner
	store *fakeStore
	smtp  *transport
	box   *box
	now   time.Time
	told  []casework.DeliveryFailure
}

func newFixture(n int) *fixture {
	f := &fixture{store: &fakeStore{}, now: monday}
	for i := range n {
		id := int64(i + 1)
		f.store.letters = append(f.store.letters, Claimed{ID: id, Attempt: 10 + id, MessageID: fmt.Sprintf("l%d", id),
			From: "office@kobe.example", To: []string{"a@x.example", "b@x.example"}, Raw: fmt.Appendf(nil, "letter%d", id), Since: monday})
	}
	f.smtp = &transport{store: f.store, answers: map[string]error{}, reject: map[string]map[string]error{}}
	f.box = &box{store: f.store, have: map[string]bool{}}
	named := func(name string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return name, nil }
	}
	f.Runner = &Runner{Store: f.store, Transport: f.smtp, Folders: f.box, Epoch: 5, SentCopies: true, Sent: named("Sent"), Drafts: named("Drafts"),
		Now: func() time.Time { return f.now }, Brakes: DefaultBrakes,
		Report: func(_ context.Context, d casework.DeliveryFailure) error { f.told = append(f.told, d); return nil }}
	return f
}

func (f *fixture) says(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(f.store.log, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("happened:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

func TestARoundNotesEachYesBeforeTheNextDial(t *testing.T) {
	f := newFixture(2)
	sent, more, err := f.Once(context.Background())
	if sent != 2 || !more || err != nil {
		t.Error(sent, more, err)
	}
	f.says(t, "claim 5 8", "dial letter1", "accepted 1 ", "dial letter2", "accepted 2 ", "unreported")
	if s := f.store.settled[0]; !s.Copy || s.Attempt != 11 || !s.At.Equal(monday) {
		t.Errorf("%+v", s)
	}
}

func TestFailuresBySort(t *testing.T) {
	five := monday.Add(-Patience)
	for name, c := range map[string]struct {
		err   error
		tries int
		since time.Time
		want  string
		next  time.Duration
	}{
		"temporary":                    {&failure{code: 451}, 0, monday, "deferred 1 deferred", time.Minute},
		"temporary, the fourth time":   {&failure{code: 451}, 3, monday, "deferred 1 deferred", time.Hour},
		"unclassified is temporary":    {errors.New("what?"), 1, monday, "deferred 1 deferred", 5 * time.Minute},
		"unknown":                      {&failure{unknown: true}, 0, monday, "deferred 1 unknown", time.Minute},
		"permanent":                    {&failure{permanent: true, code: 550}, 0, monday, "refused 1 ", 0},
		"wrapped permanent":            {fmt.Errorf("x: %w", &failure{permanent: true}), 0, monday, "refused 1 ", 0},
		"five days are over":           {&failure{code: 451}, 40, five, "refused 1 ", 0},
		"just before five days":        {&failure{code: 451}, 40, five.Add(3 * time.Hour), "deferred 1 deferred", 3 * time.Hour},
		"unknown when time is over":    {&failure{unknown: true}, 40, five, "refused 1 ", 0},
		"a rejection of all, for good": {nil, 0, monday, "refused 1 ", 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(1)
			f.store.letters[0].Tries, f.store.letters[0].Since = c.tries, c.since
			f.smtp.answers["letter1"] = c.err
			if c.err == nil {
				f.smtp.reject["letter1"] = map[string]error{"a@x.example": &failure{permanent: true}, "b@x.example": &failure{permanent: true}}
			}
			sent, _, err := f.Once(context.Background())
			if sent != 0 || err != nil {
				t.Error(sent, err)
			}
			f.says(t, "claim 5 8", "dial letter1", c.want, "unreported")
			s := f.store.settled[0]
			if c.next > 0 && !s.Next.Equal(monday.Add(c.next)) {
				t.Errorf("next try in %v, want %v", s.Next.Sub(monday), c.next)
			}
			if strings.Contains(name, "over") != strings.Contains(s.Text, "期限切れ") {
				t.Errorf("text %q", s.Text)
			}
		})
	}
}

func TestWithoutAConnectionTheRoundEndsAndNoTryCounts(t *testing.T) {
	f := newFixture(3)
	f.smtp.answers["letter2"] = &failure{connection: true}
	sent, more, err := f.Once(context.Background())
	var down *DownError
	if sent != 1 || more || !errors.As(err, &down) {
		t.Fatal(sent, more, err)
	}
	f.says(t, "claim 5 8", "dial letter1", "accepted 1 ", "dial letter2", "deferred 2 unconnected", "deferred 3 unconnected", "unreported")
	for _, s := range f.store.settled[1:] {
		if !s.Next.Equal(down.Until) || s.Next.Sub(monday) > time.Minute {
			t.Errorf("letter %d waits %v", s.Letter, s.Next.Sub(monday))
		}
	}
	f.store.log = nil
	if _, _, err := f.Once(context.Background()); !errors.As(err, &down) {
		t.Error("it dials at once again:", err)
	}
	f.says(t)
	f.store.next = monday
	if at, ok, err := f.NextDue(context.Background()); !ok || err != nil || !at.Equal(down.Until) {
		t.Error(at, ok, err)
	}
	f.now = down.Until
	if _, _, err := f.Once(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestTheWaitForAConnectionGrowsUpToFiveMinutes(t *testing.T) {
	var waits []string
	for n := 1; n <= 8; n++ {
		waits = append(waits, downWait(n).String())
	}
	if got := fmt.Sprint(waits); got != "[5s 10s 20s 40s 1m20s 2m40s 5m0s 5m0s]" {
		t.Error(got)
	}
}

func TestSomeRecipientsRejected(t *testing.T) {
	f := newFixture(1)
	f.smtp.reject["letter1"] = map[string]error{"a@x.example": &failure{permanent: true, code: 550}}
	if sent, _, err := f.Once(context.Background()); sent != 1 || err != nil {
		t.Error(sent, err)
	}
	f.says(t, "claim 5 8", "dial letter1", "accepted 1 ", "unreported")
	if s := f.store.settled[0]; len(s.Rejected) != 1 || s.Rejected[0].To != "a@x.example" || s.Rejected[0].Code != 550 || len(s.Retry) != 0 {
		t.Errorf("%+v", s)
	}
	f = newFixture(1)
	f.smtp.reject["letter1"] = map[string]error{"b@x.example": &failure{code: 450}}
	if _, _, err := f.Once(context.Background()); err != nil {
		t.Error(err)
	}
	if s := f.store.settled[0]; len(s.Retry) != 1 || len(s.Rejected) != 0 || !s.Next.Equal(monday.Add(time.Minute)) {
		t.Errorf("%+v", s)
	}
}

func TestWhenTheProgramEndsAYesIsNotedAndTheRestWaits(t *testing.T) {
	f := newFixture(2)
	ctx, cancel := context.WithCancel(context.Background())
	f.smtp.during = cancel
	if _, _, err := f.Once(ctx); err != nil {
		t.Fatal(err)
	}
	f.says(t, "claim 5 8", "dial letter1", "accepted 1 ", "deferred 2 unconnected", "unreported")
}

func TestAFaultOfTheDatabaseEndsTheRound(t *testing.T) {
	f := newFixture(1)
	f.store.noteErr = errors.New("disk full")
	if _, _, err := f.Once(context.Background()); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Error(err)
	}
	f = newFixture(1)
	f.store.claimErr = errors.New("lease lost")
	if _, _, err := f.Once(context.Background()); err == nil {
		t.Error("no error")
	}
	f.says(t, "claim 5 8")
}

func TestReportsAreToldOnceAndKeptWhenTheyFail(t *testing.T) {
	f := newFixture(0)
	f.store.unreported = []casework.DeliveryFailure{{Letter: 7}, {Letter: 8}}
	broken := errors.New("no")
	report := f.Report
	f.Report = func(ctx context.Context, d casework.DeliveryFailure) error {
		if d.Letter == 8 && broken != nil {
			return broken
		}
		return report(ctx, d)
	}
	if _, _, err := f.Once(context.Background()); !errors.Is(err, broken) {
		t.Error(err)
	}
	broken = nil
	for range 2 {
		if _, _, err := f.Once(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if len(f.told) != 2 || f.told[0].Letter != 7 || f.told[1].Letter != 8 {
		t.Errorf("%+v", f.told)
	}
	f.says(t, "claim 5 8", "unreported", "reported [7]", "claim 5 8", "unreported", "reported [8]", "claim 5 8")
	f.store.withdrawn, f.store.log = 1, nil
	if _, _, err := f.Once(context.Background()); err != nil {
		t.Error(err)
	}
	f.says(t, "claim 5 8", "unreported")
}

func TestDraftsGoIntoTheirFolderOnce(t *testing.T) {
	f := newFixture(2)
	f.Drafting.Draft = true
	f.box.have["l1"] = true
	if sent, _, err := f.Once(context.Background()); sent != 2 || err != nil {
		t.Error(sent, err)
	}
	f.says(t, "claim 5 8", "search Drafts [l1 l2]", "drafted 1 ", `append Drafts letter2 [\Draft]`, "drafted 2 ", "unreported")
}

func TestLettersThatWaitForAPersonAndLettersThatLeavePartWays(t *testing.T) {
	f := newFixture(3)
	f.Drafting = Drafting{Draft: true, OwnPeople: true, Live: []casework.LetterKind{casework.LetterReturned}}
	f.store.letters[0].Kind, f.store.letters[0].Role = casework.LetterRegistered, casework.RoleIntake
	f.store.letters[1].Kind, f.store.letters[1].Role = casework.LetterReturned, casework.RoleIntake
	f.store.letters[2].Kind, f.store.letters[2].Role = casework.LetterBrief, casework.RoleConcierge
	if sent, _, err := f.Once(context.Background()); sent != 3 || err != nil {
		t.Error(sent, err)
	}
	f.says(t, "claim 5 8", "dial letter2", "accepted 2 ", "dial letter3", "accepted 3 ", "search Drafts [l1]", `append Drafts letter1 [\Draft]`, "drafted 1 ", "unreported")
}

// A crash may have come between the draft and its note, and a person before the next start.
func TestADraftOfAnEarlierAttemptIsLookedForInSentToo(t *testing.T) {
	f := newFixture(2)
	f.Drafting.Draft = true
	f.store.letters[1].Again = true
	f.box.have["l2"] = true
	if sent, _, err := f.Once(context.Background()); sent != 2 || err != nil {
		t.Error(sent, err)
	}
	f.says(t, "claim 5 8", "search Drafts [l1 l2]", "search Sent [l2]", `append Drafts letter1 [\Draft]`, "drafted 1 ", "drafted 2 ", "unreported")
}

func TestDraftsThatTheGuardStopsAreReported(t *testing.T) {
	f := newFixture(0)
	f.store.rechecked, f.store.unreported = 1, []casework.DeliveryFailure{{Letter: 7}}
	if more, err := f.RecheckDrafts(context.Background()); !more || err != nil || len(f.told) != 1 {
		t.Error(more, err, f.told)
	}
	f.store.rechecked = 0
	if more, err := f.RecheckDrafts(context.Background()); more || err != nil || len(f.told) != 1 {
		t.Error(more, err, f.told)
	}
}

func TestWithoutTheMailboxDraftsWait(t *testing.T) {
	f := newFixture(2)
	f.Drafting.Draft = true
	f.box.fail = errors.New("mailbox away")
	var down *DownError
	if _, _, err := f.Once(context.Background()); !errors.As(err, &down) {
		t.Error(err)
	}
	f.says(t, "claim 5 8", "search Drafts [l1 l2]", `append Drafts letter1 [\Draft]`, "deferred 1 unconnected", "deferred 2 unconnected", "unreported")
}

func TestCopiesLookForTheirMessageIDFirst(t *testing.T) {
	due := func() []Copy {
		return []Copy{{Letter: 1, MessageID: "l1", Raw: []byte("letter1")}, {Letter: 2, MessageID: "l2", Raw: []byte("letter2")}, {Letter: 3, MessageID: "l3", Raw: []byte("letter3")}}
	}
	t.Run("one by one", func(t *testing.T) {
		f := newFixture(0)
		f.store.copies, f.box.have["l1"] = due(), true
		if err := f.Copies(context.Background()); err != nil {
			t.Error(err)
		}
		f.says(t, "search Sent [l1 l2 l3]", "copied [1]", `append Sent letter2 [\Seen]`, "copied [2]", `append Sent letter3 [\Seen]`, "copied [3]")
	})
	t.Run("many at once, one fails", func(t *testing.T) {
		f := newFixture(0)
		many := &manyBox{*f.box}
		many.fail = errors.New("over quota")
		f.Folders, f.store.copies = many, due()
		if err := f.Copies(context.Background()); !errors.Is(err, many.fail) {
			t.Error(err)
		}
		f.says(t, "search Sent [l1 l2 l3]", `append Sent 3 [\Seen]`, "copied [1]", "copied [2]")
	})
	t.Run("switched off", func(t *testing.T) {
		f := newFixture(1)
		f.SentCopies = false
		if _, _, err := f.Once(context.Background()); err != nil || f.store.settled[0].Copy {
			t.Error("a copy is due though the provider saves by itself", err)
		}
		f.store.log, f.store.copies = nil, due()
		if err := f.Copies(context.Background()); err != nil {
			t.Error(err)
		}
		f.says(t)
	})
}

func TestCopiesAreLookedForAmongWhatCameSinceTheFirstAttempt(t *testing.T) {
	due := func(ids ...int64) (all []Copy) {
		for _, id := range ids {
			all = append(all, Copy{Letter: id, MessageID: fmt.Sprint("l", id), Raw: []byte("letter")})
		}
		return all
	}
	f := newFixture(2)
	f.Folders = &manyBox{*f.box}
	box := &f.Folders.(*manyBox).box
	round := func(mark Mark, copies []Copy, want string) {
		t.Helper()
		f.store.log, f.store.copies, box.mark = nil, copies, mark
		if err := f.Copies(context.Background()); err != nil {
			t.Fatal(err)
		}
		if f.store.log[0] != want {
			t.Errorf("got %q, want %q", f.store.log[0], want)
		}
	}
	send := func(letters ...Claimed) {
		t.Helper()
		f.store.letters = letters
		if n, _, err := f.Once(context.Background()); err != nil || n != len(letters) {
			t.Fatal(n, err)
		}
	}
	letter := func(id int64, again bool) Claimed {
		return Claimed{ID: id, To: []string{"a@b.example"}, Raw: []byte("letter"), Again: again}
	}
	send(letter(1, false))
	round(Mark{7, 10}, due(1), "search Sent [l1]") // the folder was not seen before
	send(letter(2, false))
	round(Mark{7, 20}, due(2), "search Sent [l2] after {7 10}")
	send(letter(3, false), letter(4, true))
	round(Mark{7, 30}, due(3, 4), "search Sent [l3 l4]") // the fourth was tried before, perhaps by another process
	send(letter(5, false))
	round(Mark{8, 5}, due(5), "search Sent [l5] after {7 30}")
	send(letter(6, false))
	f.setSentMark(Mark{8, 9})
	send(letter(7, false))
	round(Mark{8, 9}, due(6, 7), "search Sent [l6 l7] after {8 5}")
	send(letter(8, false))
	f.setSentMark(Mark{9, 9})
	send(letter(9, false))
	round(Mark{9, 9}, due(8, 9), "search Sent [l8 l9]") // of two folders
	if len(f.triedAt) != 0 {
		t.Errorf("kept for nothing: %v", f.triedAt)
	}
}

func TestInParallelEachLetterIsSentOnce(t *testing.T) {
	f := newFixture(8)
	f.Parallel = 4
	f.smtp.answers["letter3"] = &failure{permanent: true}
	sent, _, err := f.Once(context.Background())
	if sent != 7 || err != nil {
		t.Error(sent, err)
	}
	for i := 1; i <= 8; i++ {
		if n := strings.Count(strings.Join(f.store.log, "\n")+"\n", fmt.Sprintf("dial letter%d\n", i)); n != 1 {
			t.Errorf("letter %d dialled %d times", i, n)
		}
	}
}

func TestBackoffNeverFallsAndEndsWithinFiveDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-3, 200).Draw(t, "tries")
		if a, b := Backoff(n), Backoff(n+1); a < time.Minute || b < a || b > 3*time.Hour {
			t.Fatalf("after %d tries %v, then %v", n, a, b)
		}
	})
	at, tries := time.Duration(0), 0
	for !expired(monday, monday.Add(at)) {
		tries++
		at += Backoff(tries)
	}
	if tries < 30 || tries > 60 {
		t.Errorf("%d tries in five days", tries)
	}
}
