package casework

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// waitsText is what a case waits for, one after another: kind, support, who, since when.
func waitsText(c *Case, now time.Time) string {
	var out []string
	for _, w := range c.Waits(now) {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s", w.Kind, strings.TrimSuffix(w.Party.Key(), ":"))))
	}
	return strings.Join(out, ", ")
}

func TestWhatACaseWaitsForAtEachStep(t *testing.T) {
	start := time.Date(2026, 11, 2, 10, 0, 0, 0, JST)
	var c Case
	step := 0
	for _, tc := range []struct {
		p    Payload
		want string
	}{
		{&SheetReceived{Receipt: "E26-00001", Agency: "MINATO"}, ""},
		{&SheetReturned{}, "correction intake:MINATO"},
		{&SheetReplaced{Agency: "MINATO"}, ""},
		{&EntryHeld{Reason: HoldUnclear}, "decision clerk"},
		{&CaseRegistered{Registration: "2026-KOB-00001-4", Agency: "MINATO", Concierge: "YAMAMOTO"}, "take concierge:YAMAMOTO"},
		{&CaseTaken{Concierge: "YAMAMOTO"}, "step concierge:YAMAMOTO"},
		{&Inquired{Support: "Q26-00001", Agency: "HYOGO-CCI"}, "inquiry provider:HYOGO-CCI"},
		{&InquiryAnswered{Support: "Q26-00001", Answer: AnswerAvailable}, "ask-consent concierge:YAMAMOTO"},
		{&ConsentAsked{Support: "Q26-00001", SheetVersion: 1}, "consent company, consent intake:MINATO"},
		{&ConsentAnswered{Support: "Q26-00001", Party: RoleIntake, SheetVersion: 1, Answer: ConsentGiven}, "consent company"},
		{&RemindersQuiet{Until: "2026-11-02"}, ""},
		{&RemindersQuiet{Until: "2026-11-01"}, "consent company"},
		{&ConsentAnswered{Support: "Q26-00001", Party: RoleCompany, SheetVersion: 1, Answer: ConsentGiven}, "refer concierge:YAMAMOTO"},
		{&Referred{Support: "Q26-00001", SheetVersion: 1, Way: WayMail}, "host provider:HYOGO-CCI"},
		{&HostNamed{Support: "Q26-00001", Host: Host{Person: "西村"}}, "feedback provider:HYOGO-CCI"},
		{&MeetingSet{Key: "Q26-00001", Start: start.Add(2 * time.Hour), End: start.Add(155 * time.Minute)}, "report concierge:YAMAMOTO, feedback provider:HYOGO-CCI"},
		{&FeedbackGiven{Support: "Q26-00001", Feedback: Feedback{From: RoleProvider}}, "feedback provider:HYOGO-CCI"},
		{&JetroProposed{Support: "J1", Service: "相談"}, "feedback provider:HYOGO-CCI, feedback concierge:YAMAMOTO"},
		{&CasePaused{Until: "2026-11-10"}, ""},
		{&CaseResumed{}, "feedback provider:HYOGO-CCI, feedback concierge:YAMAMOTO"},
		{&FormSent{To: RoleIntake}, "feedback provider:HYOGO-CCI, feedback concierge:YAMAMOTO, form intake:MINATO"},
		{&FormReturned{}, "feedback provider:HYOGO-CCI, feedback concierge:YAMAMOTO"},
		{&SupportEnded{Support: "J1"}, "feedback provider:HYOGO-CCI"},
		{&SupportEnded{Support: "Q26-00001"}, "step concierge:YAMAMOTO"},
		{&RecallAsked{Support: "Q26-00001"}, "recall provider:HYOGO-CCI, step concierge:YAMAMOTO"},
		{&CaseClosed{}, "recall provider:HYOGO-CCI"},
		{&RecallDone{Support: "Q26-00001"}, ""},
	} {
		step++
		now := start.Add(time.Duration(step) * 10 * time.Minute)
		c.Apply(Event{Case: 1, At: now, Payload: tc.p})
		if got := waitsText(&c, now); got != tc.want {
			t.Errorf("after %s: %q, want %q", tc.p.Kind(), got, tc.want)
		}
	}
}

// The concierge has to act where an agency cannot take the company although it has got the sheet.
func TestAnAgencyThatCannotTakeTheCompanyIsAskedForNothingMore(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportReferred)
	w.say(yamaguchi, q, "受入不可")
	c = w.again(c)
	if got := waitsText(&c, w.now); got != "step concierge:SUZUKI" {
		t.Error(got)
	}
	w.say(yamaguchi, q, "受入可")
	c = w.again(c)
	if got := waitsText(&c, w.now); got != "host provider:HYOGO-CCI" {
		t.Error(got)
	}
}

func TestANewConciergeIsAskedToTakeAlsoACaseWithASupport(t *testing.T) {
	now := time.Date(2026, 11, 2, 10, 0, 0, 0, JST)
	c := Case{Stage: StageSupported, Taken: true, Agency: "MINATO", Concierge: "YAMAMOTO"}
	for _, tc := range []struct {
		p    Payload
		want string
	}{
		{&ConciergeChanged{To: "MORI"}, "take concierge:MORI"},
		{&CaseTaken{Concierge: "MORI"}, "step concierge:MORI"},
	} {
		c.Apply(Event{Case: 1, At: now, Payload: tc.p})
		if got := waitsText(&c, now); got != tc.want {
			t.Errorf("after %s: %q, want %q", tc.p.Kind(), got, tc.want)
		}
	}
}

// Nobody could act while a case was paused: what is waited for counts anew.
func TestAPauseLetsEverythingCountAnew(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 10, 0, 0, 0, JST) }
	c := Fold([]Event{
		{Case: 1, At: at(2), Payload: &SheetReceived{Receipt: "E26-00001", Agency: "MINATO"}},
		{Case: 1, At: at(2), Payload: &CaseRegistered{Registration: "2026-KOB-00001-4", Agency: "MINATO", Concierge: "YAMAMOTO"}},
		{Case: 1, At: at(3), Payload: &CasePaused{Until: "2026-11-20"}},
	})
	if got := waitsText(&c, at(20)); got != "" {
		t.Errorf("while it is paused: %s", got)
	}
	if got := waitsText(&c, at(21)); got != "resume concierge:YAMAMOTO" {
		t.Errorf("the day after: %s", got)
	}
	c.Apply(Event{Case: 1, At: at(24), Payload: &CaseResumed{}})
	if w := c.Waits(at(25)); len(w) != 1 || !w[0].Since.Equal(at(24)) {
		t.Errorf("resumed: %+v", w)
	}
}

// A reminder that did not leave is as if it had never been: the step before counts again.
func TestAReminderThatDidNotLeaveIsTakenBack(t *testing.T) {
	at := time.Date(2026, 11, 2, 10, 0, 0, 0, JST)
	c := Fold([]Event{
		{Case: 1, At: at, Payload: &SheetReceived{Receipt: "E26-00001", Agency: "MINATO"}},
		{Case: 1, At: at, Payload: &CaseRegistered{Registration: "2026-KOB-00001-4", Agency: "MINATO", Concierge: "YAMAMOTO"}},
		{Case: 1, At: at, Payload: &CaseTaken{Concierge: "YAMAMOTO"}},
		{Case: 1, At: at, Payload: &Inquired{Support: "Q26-00001", Agency: "HYOGO-CCI"}},
	})
	w := c.Waits(at)[0]
	step := func(n int, whom ...Whom) {
		for _, who := range whom {
			at = at.AddDate(0, 0, 1)
			c.Apply(Event{Case: 1, At: at, Payload: &Reminded{Wait: w.Kind, Support: w.Support, Party: w.Party, Since: w.Since, Step: n, Whom: who}})
		}
	}
	back := func(n int, whom Whom) {
		c.Apply(Event{Case: 1, At: at, Payload: &ReminderWithdrawn{Wait: w.Kind, Support: w.Support, Role: w.Party.Role, Step: n, Whom: whom}})
	}
	step(1, WhomParty)
	first := at
	step(2, WhomConcierge, WhomIntake)
	back(2, WhomIntake)
	if r := c.Reminded(w); r.Step != 2 || fmt.Sprint(r.Told) != "[concierge]" {
		t.Errorf("one of two readers: %+v", r)
	}
	back(1, WhomParty) // not the newest step: nothing
	back(2, WhomConcierge)
	if r := c.Reminded(w); r.Step != 1 || !r.At.Equal(first) || fmt.Sprint(r.Told) != "[party]" {
		t.Errorf("both: %+v", r)
	}
	back(1, WhomParty)
	if r := c.Reminded(w); r.Step != 0 {
		t.Errorf("all: %+v", r)
	}
}

// After a meeting the next step is waited for from its end, not from when it was set.
func TestTheNextStepCountsFromTheMeeting(t *testing.T) {
	at := time.Date(2026, 11, 2, 10, 0, 0, 0, JST)
	meeting := at.AddDate(0, 0, 21)
	c := Fold([]Event{
		{Case: 1, At: at, Payload: &SheetReceived{Receipt: "E26-00001", Agency: "MINATO"}},
		{Case: 1, At: at, Payload: &CaseRegistered{Registration: "2026-KOB-00001-4", Agency: "MINATO", Concierge: "YAMAMOTO"}},
		{Case: 1, At: at, Payload: &CaseTaken{Concierge: "YAMAMOTO"}},
		{Case: 1, At: at, Payload: &MeetingSet{Key: firstMeeting, Start: meeting, End: meeting.Add(time.Hour)}},
	})
	if got := waitsText(&c, meeting); got != "" {
		t.Errorf("before it: %s", got)
	}
	if w := c.Waits(meeting.AddDate(0, 0, 1)); len(w) != 1 || w[0].Kind != WaitStep || !w[0].Since.Equal(meeting.Add(time.Hour)) {
		t.Errorf("after it: %+v", w)
	}
}
