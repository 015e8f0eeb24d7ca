package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

// drafted queues letters and puts them into the Drafts folder.
func (s *sender) drafted(letters ...casework.Letter) []int64 {
	s.t.Helper()
	ids := s.queue(letters...)
	for _, l := range s.claim(free).Letters {
		if err := s.Drafted(context.Background(), Settled{Letter: l.ID, Attempt: l.Attempt, At: s.clock.at}); err != nil {
			s.t.Fatal(err)
		}
	}
	return ids
}

// drafts lists what is looked for, as text.
func (s *sender) drafts() string {
	s.t.Helper()
	all, err := s.Drafts(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, d := range all.Open {
		text := fmt.Sprint(d.Letter, d.Fate)
		if d.Remove {
			text += " remove"
		}
		if !d.Missing.IsZero() {
			text += " missing " + d.Missing.Sub(monday).String()
		}
		out = append(out, text)
	}
	return fmt.Sprint(out)
}

func (s *sender) recheck(guard Guard) int {
	s.t.Helper()
	n, err := s.RecheckDrafts(context.Background(), s.clock.at, guard)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *sender) sent(letter int64, as string) {
	s.t.Helper()
	s.decided(casework.Outcome{Draft: &casework.DraftSettled{Fate: casework.DraftSent, Changed: true, DraftSeen: casework.DraftSeen{Letter: letter, MessageID: as, At: s.clock.at, Recipients: []string{"a@x.example"}}}})
}

func TestADraftThatAPersonSentIsSentAndFoundByItsNewMessageID(t *testing.T) {
	s := newSender(t)
	s.drafted(letterOf(casework.ReferralLetter{}, "p@x.example"), passwordLetter())
	if got := s.letter(2).State; got != StateWaiting {
		t.Fatal("the password does not wait for the sending:", got)
	}
	s.sent(1, "new@client.example")
	if l := s.letter(1); l.State != StateSent || s.letter(2).State != StateQueued {
		t.Errorf("the referral is %s, its password %s", l.State, s.letter(2).State)
	}
	l := lookup{q: s.r, key: s.key, open: s.opt.Open}
	if _, accepted, err := l.KeptPassword(1, "Q26-00001"); err != nil || !accepted {
		t.Error("the referral is not taken for accepted", err)
	}
	if found, id, err := l.ThreadLetter([]string{"new@client.example"}); err != nil || found.ID != 1 || id != 1 {
		t.Errorf("%+v in case %d, %v", found, id, err)
	}
	if n := count(t, s.Store, "SELECT count(*) FROM copy_due"); n != 0 {
		t.Error("a copy of ours is due in Sent")
	}
	if got := s.drafts(); got != "[]" {
		t.Error("it is still looked for:", got)
	}
	s.drafted(answer(1, "c@x.example"))
	if all, err := s.Drafts(context.Background()); err != nil || !all.SentAs["new@client.example"] {
		t.Errorf("%+v %v", all.SentAs, err)
	}
}

func TestAFateIsWrittenOnce(t *testing.T) {
	s := newSender(t)
	s.drafted(answer(1, "a@x.example"))
	s.sent(1, "one@client.example")
	s.n++
	for _, fate := range []casework.DraftFate{casework.DraftDeleted, casework.DraftSent} {
		out := casework.Outcome{Draft: &casework.DraftSettled{Fate: fate, DraftSeen: casework.DraftSeen{Letter: 1}}}
		if h := handleWith(t, s.Store, func(Lookup, Inbound) (casework.Outcome, error) { return out, nil }, frozen, mail(s.n, "x")); h[0].Err == nil {
			t.Error("a second fate was written:", fate)
		}
	}
	if got := s.letter(1).State; got != StateSent {
		t.Error(got)
	}
}

func TestTheGuardTakesDraftsBack(t *testing.T) {
	s := newSender(t)
	s.drafted(letterOf(casework.ReferralLetter{}, "p@x.example"), passwordLetter(), answer(1, "q@x.example"))
	if n := s.recheck(free); n != 0 || s.drafts() != "[1 3]" {
		t.Fatal(n, s.drafts())
	}
	no := func(_ casework.Case, d casework.Departure, _ casework.Standing) error {
		if d.Kind == casework.LetterReferral {
			return &casework.Guard{Reason: "辞退されています"}
		}
		return nil
	}
	if n := s.recheck(no); n != 1 || s.drafts() != "[1withdrawn remove 3]" {
		t.Fatal(n, s.drafts())
	}
	if a, b := s.letter(1), s.letter(2); a.State != StateWithdrawn || a.Error != "辞退されています" || b.State != StateWithdrawn {
		t.Errorf("%+v %+v", a, b)
	}
	if fs := s.unreported(); len(fs) != 1 || !fs[0].Drafted || fs[0].Tries != 0 || fs[0].Letter != 1 {
		t.Errorf("reported: %+v", fs)
	}
	if err := s.NoteDrafts(context.Background(), casework.DraftNotes{Removed: []int64{1}}); err != nil || s.drafts() != "[1withdrawn 3]" {
		t.Error(s.drafts(), err)
	}
	s.sent(1, "late@client.example") // by a person, in the same moment
	if got := s.letter(1).State; got != StateSent {
		t.Error(got)
	}
}

func TestADraftToSomebodyWhoIsHeldIsQueuedAgain(t *testing.T) {
	s := newSender(t)
	s.drafted(answer(1, "a@x.example"))
	s.decided(casework.Outcome{Freeze: &casework.Freeze{Address: "a@x.example"}})
	if n := s.recheck(heldGuard); n != 1 || s.letter(1).State != StateQueued || s.letter(1).Error != casework.HeldReason {
		t.Fatalf("%d %+v", n, s.letter(1))
	}
	if fs := s.unreported(); len(fs) != 0 {
		t.Errorf("reported: %+v", fs)
	}
	s.decided(casework.Outcome{Freeze: &casework.Freeze{Address: "a@x.example", Thaw: true}})
	c := s.claim(heldGuard)
	if ids(c) != "[1]" || !slices.Equal(c.Letters[0].To, []string{"a@x.example"}) || !c.Letters[0].Again {
		t.Fatalf("%+v", c)
	}
	if err := s.Drafted(context.Background(), Settled{Letter: 1, Attempt: c.Letters[0].Attempt, At: s.clock.at}); err != nil || s.drafts() != "[1]" {
		t.Error(s.drafts(), err)
	}
}

func TestADraftThatIsGoneIsLookedForForTwoWeeks(t *testing.T) {
	s := newSender(t)
	s.drafted(answer(1, "a@x.example"))
	s.clock.advance(time.Minute)
	note := func(n casework.DraftNotes, want string) {
		t.Helper()
		if err := s.NoteDrafts(context.Background(), n); err != nil || s.drafts() != want {
			t.Fatal(s.drafts(), err)
		}
	}
	note(casework.DraftNotes{Missing: []int64{1}}, "[1 missing 1m0s]")
	s.clock.advance(time.Minute)
	note(casework.DraftNotes{Missing: []int64{1}}, "[1 missing 1m0s]") // since the first time
	note(casework.DraftNotes{Back: []int64{1}}, "[1]")
	s.decided(casework.Outcome{Draft: &casework.DraftSettled{Fate: casework.DraftDeleted, DraftSeen: casework.DraftSeen{Letter: 1, Deleted: true}}})
	if l := s.letter(1); l.State != StateWithdrawn || l.Error == "" {
		t.Errorf("%+v", l)
	}
	for _, want := range []string{"[1deleted]", "[]"} {
		s.clock.advance(13 * 24 * time.Hour)
		if err := s.Sweep(context.Background()); err != nil || s.drafts() != want {
			t.Error(s.drafts(), want, err)
		}
	}
}

func TestUndoCountsADraftAsNotGone(t *testing.T) {
	s := newSender(t)
	one := answer(1, "a@x.example")
	one.Command = 5
	s.drafted(one)
	l := lookup{q: s.r, key: s.key}
	if u, err := l.Undo(1, 5); err != nil || len(u.Waiting) != 1 || u.Gone != 0 {
		t.Fatal(u, err)
	}
	s.decided(casework.Outcome{Withdraw: []int64{1}})
	if got := s.drafts(); got != "[1withdrawn remove]" || s.letter(1).State != StateWithdrawn {
		t.Error(got)
	}
}

// A database of the version before has drafts that nobody looked after.
func TestDraftsOfAnOlderDatabaseAreLookedAfter(t *testing.T) {
	s := newSender(t)
	s.drafted(answer(1, "a@x.example"))
	for _, q := range []string{"DROP TABLE draft", "DROP INDEX letter_drafted"} {
		meddle(t, s.Store, q)
	}
	version := slices.IndexFunc(migrations, func(m string) bool { return strings.Contains(m, "CREATE TABLE draft (") }) + 1
	meddle(t, s.Store, fmt.Sprintf("PRAGMA user_version = %d", version))
	if err := migrate(context.Background(), s.conn, s.path, schema, migrations[:version]); err != nil {
		t.Fatal(err)
	}
	if got := s.drafts(); got != "[1]" {
		t.Error(got)
	}
}
