package clock

import (
	"slices"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

func on(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, casework.JST)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// asked is a case of which one agency was asked at a time.
func asked(when time.Time) casework.Case {
	return casework.Fold([]casework.Event{
		{Case: 1, At: when, Payload: &casework.SheetReceived{Receipt: "E26-00001", Agency: "MINATO"}},
		{Case: 1, At: when, Payload: &casework.CaseRegistered{Registration: "2026-KOB-00001-4", Agency: "MINATO", Concierge: "YAMAMOTO"}},
		{Case: 1, At: when, Payload: &casework.CaseTaken{Concierge: "YAMAMOTO"}},
		{Case: 1, At: when, Payload: &casework.Inquired{Support: "Q26-00001", Agency: "HYOGO-CCI", AgencyName: "兵庫商工会議所"}},
	})
}

func TestTheTableHasARowForEverythingThatIsWaitedFor(t *testing.T) {
	for _, kind := range casework.WaitKinds {
		rows := slices.DeleteFunc(slices.Clone(Table), func(r Row) bool { return r.Wait != kind })
		if len(rows) != 1 || len(rows[0].Steps) == 0 {
			t.Errorf("%s has the rows %+v", kind, rows)
		}
		if casework.WaitName(kind) == "" {
			t.Errorf("%s has no name", kind)
		}
	}
}

// An inquiry of Friday 20 November 2026 16:00: Monday 23 is a holiday, so that the third business day is Thursday.
func TestAStepIsDueFromTheMorningOfItsBusinessDay(t *testing.T) {
	c := New([]Range{YearEnd()}, DefaultHours)
	cs := asked(on(t, "2026-11-20 16:00"))
	if due := c.Due(&cs, on(t, "2026-11-25 17:00")); len(due) != 0 {
		t.Errorf("due on the second business day: %v", due)
	}
	due := c.Due(&cs, on(t, "2026-11-26 09:00"))
	if len(due) != 1 || due[0].Wait.Kind != casework.WaitInquiry || due[0].Step != 1 || !slices.Equal(due[0].Whom, party) {
		t.Fatalf("on the third: %+v", due)
	}
}

func TestAfterALongStopOneReminderIsDueAndTheNextCountsFromIt(t *testing.T) {
	c := New([]Range{YearEnd()}, DefaultHours)
	cs := asked(on(t, "2026-11-20 16:00"))
	for i, day := range []string{"2026-12-24 09:00", "2027-01-04 09:00", "2027-01-07 09:00"} { // closed from 29 December to 3 January
		now := on(t, day)
		due := c.Due(&cs, now)
		if len(due) != 1 || due[0].Step != i+1 {
			t.Fatalf("%s: %+v", day, due)
		}
		w := due[0].Wait
		cs.Apply(casework.Event{Case: 1, At: now, Payload: &casework.Reminded{Wait: w.Kind, Support: w.Support, Party: w.Party, Since: w.Since, Step: due[0].Step, Whom: due[0].Whom[0]}})
		if again := c.Due(&cs, now.Add(8*time.Hour)); len(again) != 0 {
			t.Errorf("%s: twice: %+v", day, again)
		}
	}
	if due := c.Due(&cs, on(t, "2027-03-01 09:00")); len(due) != 0 {
		t.Errorf("a fourth: %+v", due)
	}
}

func TestAStepOfTwoReadersIsDueUntilBothWereTold(t *testing.T) {
	c := New(nil, DefaultHours)
	start := on(t, "2026-09-01 10:00")
	cs := asked(start)
	for _, p := range []casework.Payload{
		&casework.InquiryAnswered{Support: "Q26-00001", Answer: casework.AnswerAvailable},
		&casework.ConsentAsked{Support: "Q26-00001", SheetVersion: 1},
		&casework.ConsentAnswered{Support: "Q26-00001", Party: casework.RoleCompany, SheetVersion: 1, Answer: casework.ConsentGiven},
		&casework.ConsentAnswered{Support: "Q26-00001", Party: casework.RoleIntake, SheetVersion: 1, Answer: casework.ConsentGiven},
		&casework.Referred{Support: "Q26-00001", SheetVersion: 1, Way: casework.WayMail},
		&casework.HostNamed{Support: "Q26-00001", Host: casework.Host{Person: "西村"}},
	} {
		cs.Apply(casework.Event{Case: 1, At: start, Payload: p})
	}
	tell := func(day string, step int, whom casework.Whom) {
		t.Helper()
		now := on(t, day)
		for _, s := range c.Due(&cs, now) {
			if w := s.Wait; s.Step == step && slices.Contains(s.Whom, whom) {
				cs.Apply(casework.Event{Case: 1, At: now, Payload: &casework.Reminded{Wait: w.Kind, Support: w.Support, Party: w.Party, Since: w.Since, Step: step, Whom: whom}})
				return
			}
		}
		t.Fatalf("%s: step %d is not due for %s: %+v", day, step, whom, c.Due(&cs, now))
	}
	tell("2026-10-01 09:00", 1, casework.WhomParty) // 30 days
	if due := c.Due(&cs, on(t, "2026-10-09 09:00")); len(due) != 0 {
		t.Errorf("after 8 days: %+v", due)
	}
	tell("2026-10-13 09:00", 2, casework.WhomConcierge) // 10 days end on a Sunday, and Monday is a holiday
	tell("2026-10-13 09:01", 2, casework.WhomIntake)
	if due := c.Due(&cs, on(t, "2027-01-12 09:00")); len(due) != 0 {
		t.Errorf("both were told: %+v", due)
	}
}

// What lies ahead, should nobody act: each step on its own day, what is held back named once.
func TestComingListsEachStepOnItsDay(t *testing.T) {
	c := New([]Range{YearEnd()}, DefaultHours)
	cs := asked(on(t, "2026-12-24 16:00"))
	everybody := func(_ casework.Case, s casework.DueStep, _ time.Time) (out []casework.Recipient) {
		for _, w := range s.Whom {
			out = append(out, casework.Recipient{Whom: w})
		}
		return out
	}
	var days []string
	for _, next := range c.Coming(cs, on(t, "2026-12-25 20:00"), on(t, "2027-01-31 00:00"), everybody) {
		days = append(days, next.Day.Format("01-02 15:04"))
	}
	if want := []string{"01-04 09:00", "01-07 09:00", "01-13 09:00"}; !slices.Equal(days, want) { // the 11th is a holiday
		t.Errorf("%v, want %v", days, want)
	}
	if len(cs.Reminders) != 0 {
		t.Error("the case was changed")
	}
	nobody := func(casework.Case, casework.DueStep, time.Time) []casework.Recipient { return nil }
	if held := c.Coming(cs, on(t, "2026-12-25 20:00"), on(t, "2027-01-31 00:00"), nobody); len(held) != 1 || len(held[0].To) != 0 {
		t.Errorf("held back: %+v", held)
	}
}
