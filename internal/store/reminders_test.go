package store

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

func TestAPasswordIsAskedForOnceAlsoWhenAPartHasOpened(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	handleWith(t, s, waits, frozen, mail(1, "灘酒造"), mail(2, "六甲"))
	locked, err := s.LockedWaiting(ctx, monday)
	if err != nil || len(locked) != 2 || locked[0].Asked {
		t.Fatalf("%+v, %v", locked, err)
	}
	ask := func(Lookup, Inbound) (casework.Outcome, error) {
		return casework.Outcome{Result: casework.ResultDone, Asked: []int64{locked[0].Message}}, nil
	}
	handleWith(t, s, ask, frozen, Inbound{System: true})
	opened := mail(1, "灘酒造")
	opened.Opened = &casework.Opened{Message: locked[0].Message}
	handleWith(t, s, waits, frozen, opened)
	again, err := s.LockedWaiting(ctx, monday)
	if err != nil || len(again) != 2 || !again[0].Asked || again[1].Asked || !slices.Equal(again[0].Files, []string{"a.xlsx"}) {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestALetterOfTheClockIsOnItsWayUntilItHasLeft(t *testing.T) {
	ctx := context.Background()
	s := newSender(t)
	to := func(addr string, content casework.Content) casework.Letter {
		return casework.Letter{Case: 1, Content: content, Party: casework.Party{Role: casework.RoleClerk}, To: []casework.Address{{Addr: addr}}, Now: monday}
	}
	held := to("held@x.example", casework.FeedbackRequestLetter{})
	held.Hold = time.Hour
	s.queue(to("a@x.example", casework.ReminderLetter{}), held, to("b@x.example", casework.AnswerLetter{}))
	since := monday.Add(time.Second)
	unsent := func() []string {
		t.Helper()
		out, err := s.RemindersOut(ctx, since)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(out)
		return out
	}
	if got := unsent(); !slices.Equal(got, []string{"a@x.example", "held@x.example"}) {
		t.Fatalf("on their way: %v", got)
	}
	c := s.claim(free)
	if got := unsent(); len(got) != 2 {
		t.Errorf("while one is being sent: %v", got)
	}
	s.accept(c.Letters...)
	if got := unsent(); !slices.Equal(got, []string{"held@x.example"}) {
		t.Errorf("after one has left: %v", got)
	}
	since = monday.Add(-time.Hour)
	if got := slices.Compact(unsent()); !slices.Equal(got, []string{"a@x.example", "held@x.example"}) {
		t.Errorf("written since: %v", got)
	}
}

func TestFiledAreTheMailsThatBelongElsewhere(t *testing.T) {
	s := open(t, t.TempDir())
	handleWith(t, s, heard, frozen, mail(1, "stays"))
	done := func(Lookup, Inbound) (casework.Outcome, error) {
		return casework.Outcome{Result: casework.ResultSilent, Folder: casework.FolderDone}, nil
	}
	handleWith(t, s, done, frozen, mail(2, "done"), mail(3, "done too"))
	got, err := s.Filed(context.Background(), 7, 3)
	if err != nil || !maps.Equal(got, map[uint32]bool{3: true}) {
		t.Errorf("%v, %v", got, err)
	}
}
