package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

// decided writes an outcome by a mail of its own.
func (s *sender) decided(out casework.Outcome) {
	s.t.Helper()
	s.n++
	h := handleWith(s.t, s.Store, func(l Lookup, _ Inbound) (casework.Outcome, error) {
		var err error
		out.Numbers, err = l.Numbers(s.clock.at)
		return out, err
	}, frozen, mail(s.n, "x"))[0]
	if h.Err != nil {
		s.t.Fatal(h.Err)
	}
}

// heldGuard is the guard as far as it holds what goes to somebody who is frozen.
func heldGuard(_ casework.Case, d casework.Departure, s casework.Standing) error {
	if slices.ContainsFunc(d.To, func(to string) bool { return s.Holds(to, "") }) {
		return &casework.Guard{Reason: casework.HeldReason, Wait: true}
	}
	return nil
}

func TestALetterToAFrozenAddressWaitsInTheQueueUntilThaw(t *testing.T) {
	s := newSender(t)
	id := s.queue(answer(1, "a@x.example"), answer(1, "b@x.example"), answer(1, "a@x.example"))
	s.decided(casework.Outcome{Freeze: &casework.Freeze{Address: "A@x.example", Codes: []string{"intake:MINATO"}}})
	if c := s.claim(heldGuard); c.Frozen != 1 || c.Withdrawn != 0 || ids(c) != "[2]" {
		t.Errorf("%+v", c)
	}
	if r := s.letter(id[0]); r.State != StateQueued || r.Error != casework.HeldReason || r.Next.IsZero() {
		t.Errorf("why it waits is not to be seen: %+v", r)
	}
	if fs := s.unreported(); len(fs) != 0 {
		t.Errorf("reported: %+v", fs)
	}
	s.clock.at = s.clock.at.Add(2 * heldFor) // it is asked about again, and waits on
	if c := s.claim(heldGuard); c.Frozen != 1 || ids(c) != "[]" {
		t.Errorf("%+v", c)
	}
	s.decided(casework.Outcome{Freeze: &casework.Freeze{Address: "a@X.example", Thaw: true}})
	if c := s.claim(heldGuard); ids(c) != "[1]" || c.Frozen != 0 {
		t.Errorf("after 解除: %+v", c)
	}
}

// Mails that are done in one transaction see what those before them have changed, numbers and standing alike.
func TestMailsOfOneTransactionSeeWhatTheOthersChanged(t *testing.T) {
	s := newSender(t)
	before, err := lookup{q: s.r}.Numbers(s.clock.at)
	if err != nil {
		t.Fatal(err)
	}
	var agencies []int
	var members []int
	decide := func(l Lookup, _ Inbound) (casework.Outcome, error) {
		standing, err := l.Standing(s.clock.at)
		if err != nil {
			return casework.Outcome{}, err
		}
		n, err := l.Numbers(s.clock.at)
		agencies, members = append(agencies, len(standing.Agencies)), append(members, n.Member-before.Member)
		n.Member++
		return casework.Outcome{Result: casework.ResultDone, Numbers: n,
			Freeze: &casework.Freeze{Agency: "HYOGO-CCI", Thaw: len(standing.Agencies) == 1}}, err
	}
	for _, h := range handleWith(t, s.Store, decide, frozen, mail(50, "x"), mail(51, "x"), mail(52, "x")) {
		if h.Err != nil {
			t.Fatal(h.Err)
		}
	}
	if !slices.Equal(agencies, []int{0, 1, 0}) || !slices.Equal(members, []int{0, 1, 2}) {
		t.Errorf("held agencies %v, member numbers %v", agencies, members)
	}
	if after, err := (lookup{q: s.r}).Numbers(s.clock.at); err != nil || after.Member != before.Member+3 {
		t.Errorf("%d became %d: %v", before.Member, after.Member, err)
	}
}

func TestStandingTellsWhoIsFrozenAndKeepsNoAddress(t *testing.T) {
	s := newSender(t)
	s.decided(casework.Outcome{Freeze: &casework.Freeze{Agency: "HYOGO-CCI"}})
	s.decided(casework.Outcome{Freeze: &casework.Freeze{Address: "tanaka@minato-bank.example", Codes: []string{"intake:MINATO"}}, Told: "tanaka@minato-bank.example"})
	l := lookup{q: s.r, key: s.key}
	got, err := l.Standing(s.clock.at)
	if err != nil || !slices.Equal(got.Agencies, []string{"HYOGO-CCI"}) || !slices.Equal(got.Codes, []string{"intake:MINATO"}) ||
		!got.Holds("Tanaka@minato-bank.example", "") || got.Holds("mori@minato-bank.example", "MINATO") || !got.Holds("", "HYOGO-CCI") {
		t.Errorf("%+v %v", got, err)
	}
	for addr, want := range map[string]bool{"tanaka@minato-bank.example": true, "mori@minato-bank.example": false} {
		if told, err := l.FrozenTold(addr, s.clock.at.Add(-time.Hour)); told != want || err != nil {
			t.Errorf("told of %s: %v %v", addr, told, err)
		}
	}
	var rows string
	if _, err := s.r.one("SELECT group_concat(what || quote(key) || codes) FROM frozen", nil, &rows); err != nil || strings.Contains(rows, "tanaka") {
		t.Error("an address stands in the table", errors.Join(err))
	}
}

func TestAnAbsenceTakesThePlaceOfThoseForSomeOfTheSameDays(t *testing.T) {
	s := newSender(t)
	tell := func(from, until string) {
		s.decided(casework.Outcome{Absence: &casework.Absence{Concierge: "MORI", From: from, Until: until, Deputy: "TAKAHASHI"}})
	}
	told := func() (out string) {
		s.t.Helper()
		got, err := (lookup{q: s.r, key: s.key}).Standing(s.clock.at)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range got.Absences {
			out += a.Concierge + " " + a.From + "/" + a.Until + " "
		}
		return strings.TrimSpace(out)
	}
	tell("2026-10-01", "2026-10-05") // over
	tell("2026-12-01", "2026-12-05")
	tell("2026-12-05", "2026-12-10")
	tell("2026-12-20", "2026-12-25")
	if want := "MORI 2026-12-05/2026-12-10 MORI 2026-12-20/2026-12-25"; told() != want {
		t.Errorf("%s, want %s", told(), want)
	}
	s.decided(casework.Outcome{Absence: &casework.Absence{Concierge: "MORI"}})
	if told() != "" {
		t.Errorf("cancelled, but %s", told())
	}
}

func TestChangesOfContactsComeBackInTheirOrder(t *testing.T) {
	s := newSender(t)
	first := casework.ContactChange{Agency: "MINATO", What: casework.ContactAdd, Name: "山田 花子", Address: "yamada@minato-bank.example"}
	then := casework.ContactChange{Agency: "MINATO", What: casework.ContactRemove, Address: "yamada@minato-bank.example"}
	s.decided(casework.Outcome{Contacts: []casework.ContactChange{first, then}})
	s.decided(casework.Outcome{Contacts: []casework.ContactChange{first}})
	got, err := (lookup{q: s.r, key: s.key}).Standing(s.clock.at)
	if err != nil || !slices.Equal(got.Contacts, []casework.ContactChange{first, then, first}) {
		t.Errorf("%+v %v", got.Contacts, err)
	}
}
