package store

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

func TestAHeldLetterLeavesAfterAPassThatBeganBehindItsHoldAndHoldsUpNoOther(t *testing.T) {
	s := newSender(t)
	held := answer(1, "a@x.example")
	held.Hold, held.Command = 10*time.Minute, 3
	s.queue(held, answer(1, "a@x.example"), answer(1, "b@x.example"))
	if got := s.claimed(); got != "[2 3]" {
		t.Fatal(got)
	}
	for _, step := range []struct {
		after   time.Duration
		release bool
		want    string
	}{{9 * time.Minute, true, "[]"}, {2 * time.Minute, false, "[]"}, {0, true, "[1]"}} {
		s.clock.advance(step.after)
		if step.release {
			if _, err := s.Release(context.Background(), s.clock.at); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.claimed(); got != step.want {
			t.Fatalf("%+v: %s", step, got)
		}
	}
}

func TestAPasswordLeavesOnlyBehindItsReferralAndIsErased(t *testing.T) {
	for name, c := range map[string]struct {
		settle func(s *sender, l Claimed)
		want   string
		state  string
	}{
		"accepted": {func(s *sender, l Claimed) { s.accept(l) }, "[2]", StateQueued},
		"refused": {func(s *sender, l Claimed) {
			if err := s.Refused(context.Background(), Settled{Letter: l.ID, Attempt: l.Attempt, At: s.clock.at, Code: 550, Text: "no"}); err != nil {
				t.Fatal(err)
			}
		}, "[]", StateWithdrawn},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSender(t)
			s.queue(letterOf(casework.ReferralLetter{}, "p@x.example"), passwordLetter())
			if n := count(t, s.Store, "SELECT count(*) FROM letter_bytes WHERE letter_id = 2 AND instr(raw, 'letter') > 0"); n != 0 {
				t.Error("the password stands readable in the database")
			}
			l := s.claim(free).Letters
			if len(l) != 1 || l[0].ID != 1 {
				t.Fatal(l)
			}
			c.settle(s, l[0])
			if n := count(t, s.Store, "SELECT count(*) FROM letter WHERE id = 2 AND state = '"+c.state+"'"); n != 1 {
				t.Error("the password is not", c.state)
			}
			next := s.claim(free)
			if ids(next) != c.want {
				t.Fatal(ids(next), c.want)
			}
			for _, l := range next.Letters {
				if !bytes.Contains(l.Raw, []byte("letter")) {
					t.Error("the bytes that leave are sealed")
				}
				if err := s.Accepted(context.Background(), Settled{Letter: l.ID, Attempt: l.Attempt, At: s.clock.at, Copy: true}); err != nil {
					t.Fatal(err)
				}
			}
			if n := count(t, s.Store, "SELECT (SELECT count(*) FROM letter_bytes WHERE letter_id = 2) + (SELECT count(*) FROM copy_due WHERE letter_id = 2)"); n != 0 {
				t.Error("bytes or a copy of the password are left")
			}
		})
	}
}

// letterOf is a letter of case 1 and support Q26-00001.
func letterOf(content casework.Content, to string) casework.Letter {
	l := answer(1, to)
	l.Content, l.Support = content, "Q26-00001"
	return l
}

func passwordLetter() casework.Letter {
	l := letterOf(casework.PasswordLetter{Password: "kfpw"}, "c@x.example")
	l.Sealed, l.After = true, casework.LetterReferral
	return l
}

func TestTakingBackTakesAllLettersOfACommandOrNone(t *testing.T) {
	s := newSender(t)
	one, two := answer(1, "a@x.example"), answer(1, "b@x.example")
	one.Hold, two.Hold, one.Command, two.Command = time.Minute, time.Minute, 5, 5
	s.queue(one, two)
	undo := func(ids ...int64) error {
		s.n++
		h := handleWith(t, s.Store, func(Lookup, Inbound) (casework.Outcome, error) {
			return casework.Outcome{Withdraw: ids}, nil
		}, frozen, mail(s.n, "x"))
		return h[0].Err
	}
	l := lookup{q: s.r, key: s.key}
	if u, err := l.Undo(1, 5); err != nil || fmt.Sprint(u.Waiting) != "[1 2]" || u.Gone != 0 {
		t.Fatal(u, err)
	}
	s.clock.advance(2 * time.Minute)
	if _, err := s.Release(context.Background(), s.clock.at); err != nil {
		t.Fatal(err)
	}
	if got := s.claimed(); got != "[1 2]" {
		t.Fatal(got)
	}
	if u, err := l.Undo(1, 5); err != nil || u.Gone != 2 {
		t.Fatal(u, err)
	}
	if err := undo(1, 2); err == nil {
		t.Error("letters that are on their way were taken back")
	}
	three := answer(1, "c@x.example")
	three.Hold, three.Command = time.Minute, 9
	s.queue(three)
	if err := undo(3, 1); err == nil {
		t.Error("half a command was taken back")
	}
	if err := undo(3); err != nil {
		t.Error(err)
	}
}

func TestAKeptPasswordIsSealedAndErasedWhenItWasTold(t *testing.T) {
	s := newSender(t)
	s.queue(answer(1, "a@x.example"))
	do := func(out casework.Outcome) {
		s.n++
		out.Cases = []int64{1}
		handleWith(t, s.Store, func(Lookup, Inbound) (casework.Outcome, error) { return out, nil }, frozen, mail(s.n, "x"))
	}
	l := lookup{q: s.r, key: s.key, open: s.opt.Open}
	do(casework.Outcome{Keep: []casework.KeptPassword{{Case: 1, Support: "Q26-00001", Password: "kfpw"}}})
	if p, _, err := l.KeptPassword(1, "Q26-00001"); err != nil || p != "kfpw" {
		t.Fatal(p, err)
	}
	if n := count(t, s.Store, "SELECT count(*) FROM kept_password WHERE instr(sealed, 'kfpw') > 0"); n != 0 {
		t.Error("it stands readable in the database")
	}
	do(casework.Outcome{Forget: []string{"Q26-00001"}})
	if p, _, err := l.KeptPassword(1, "Q26-00001"); err != nil || p != "" {
		t.Error("it was not erased:", p, err)
	}
}
