package outbox_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/outbox"
	"uketsuke/internal/store"
)

// The two rooms share their types through casework.
var _ outbox.Store = (*store.Store)(nil)

type server struct{ got []string }

func (s *server) Send(_ context.Context, _ string, to []string, raw []byte) (map[string]error, error) {
	s.got = append(s.got, fmt.Sprintf("%s to %s", raw, to))
	return nil, nil
}

// The real store and the runner: letters of one case arrive in order, a refused one is told.
func TestRunnerOverTheRealStore(t *testing.T) {
	ctx := context.Background()
	monday := time.Date(2026, 11, 16, 10, 0, 0, 0, casework.JST)
	now := func() time.Time { return monday }
	s, err := store.Open(ctx, store.Options{Dir: t.TempDir(), Now: now, Lookup: func(kind, value string) [32]byte { return sha256.Sum256([]byte(kind + value)) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	letter := func(to string) casework.Letter {
		return casework.Letter{Case: 1, Party: casework.Party{Role: casework.RoleClerk}, To: []casework.Address{{Addr: to}}, Content: casework.AnswerLetter{}}
	}
	decide := func(l casework.Lookup, in casework.Inbound) (casework.Outcome, error) {
		n, err := l.Numbers(monday)
		n.Case++
		n.Receipt++
		out := casework.Outcome{Numbers: n, Cases: []int64{1}, Letters: []casework.Letter{letter("a@x.example"), letter("a@x.example"), letter("stranger@x.example")}}
		out.Events = []casework.Event{{Case: 1, At: monday, Payload: &casework.SheetReceived{Receipt: "E26-00001", Channel: casework.ChannelMail}}}
		return out, err
	}
	render := func(l casework.Letter) (casework.Rendered, error) {
		return casework.Rendered{MessageID: fmt.Sprint("l", l.ID), From: "office@kobe.example", To: []string{l.To[0].Addr}, Raw: fmt.Append(nil, "letter", l.ID)}, nil
	}
	if hs, err := s.Handle(ctx, []casework.Inbound{{UIDValidity: 1, UID: 1}}, decide, render); err != nil || hs[0].Err != nil {
		t.Fatal(hs, err)
	}
	epoch, err := s.Lease(ctx, "test")
	if err != nil {
		t.Fatal(err)
	}
	smtp := &server{}
	var told []casework.DeliveryFailure
	r := &outbox.Runner{Store: s, Transport: smtp, Epoch: epoch, Now: now, Brakes: outbox.DefaultBrakes,
		Guard: func(c casework.Case, d casework.Departure, _ casework.Standing) error {
			if c.Receipt != "E26-00001" || d.To[0] == "stranger@x.example" {
				return &casework.Guard{Reason: "a stranger"}
			}
			return nil
		},
		Report: func(_ context.Context, f casework.DeliveryFailure) error { told = append(told, f); return nil }}
	for range 3 {
		if _, _, err := r.Once(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(smtp.got); got != "[letter1 to [a@x.example] letter2 to [a@x.example]]" {
		t.Error(got)
	}
	if len(told) != 1 || told[0].Letter != 3 {
		t.Errorf("%+v", told)
	}
	if _, ok, err := r.NextDue(ctx); ok || err != nil {
		t.Error("something is still due", err)
	}
}
