package casework

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhichLettersWaitInDrafts(t *testing.T) {
	for _, c := range []struct {
		name     string
		drafting Drafting
		kind     LetterKind
		to       Role
		want     bool
	}{
		{"nothing waits by itself", Drafting{}, LetterReferral, RoleProvider, false},
		{"in draft mode all do", Drafting{Draft: true}, LetterAnswer, RoleClerk, true},
		{"but what is named", Drafting{Draft: true, Live: []LetterKind{LetterAnswer}}, LetterAnswer, RoleIntake, false},
		{"and letters to the office's own people", Drafting{Draft: true, OwnPeople: true}, LetterBrief, RoleConcierge, false},
		{"not those to others", Drafting{Draft: true, OwnPeople: true}, LetterAnswer, RoleIntake, true},
		{"live, what is named waits", Drafting{Wait: []LetterKind{LetterReferral}}, LetterReferral, RoleProvider, true},
		{"and nothing else", Drafting{Wait: []LetterKind{LetterReferral}}, LetterInquiry, RoleProvider, false},
		{"a password never", Drafting{Draft: true, Wait: []LetterKind{LetterPassword}}, LetterPassword, RoleConcierge, false},
		{"nor word of what a person did with a draft", Drafting{Draft: true}, LetterDraftSent, RoleClerk, false},
	} {
		if got := c.drafting.Waits(c.kind, c.to); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// referredCase is a registered case whose sheet was referred to one agency at the time of asked.
func referredCase(asked time.Time) Case {
	var c Case
	for _, p := range []Payload{&SheetReceived{Receipt: "E26-00001"}, &CaseRegistered{Registration: "2026-KOB-00001-4", Concierge: "SUZUKI"},
		&Inquired{Support: "Q26-00001", Agency: "HYOGO-CCI"}, &InquiryAnswered{Support: "Q26-00001", Answer: AnswerAvailable},
		&ConsentAsked{Support: "Q26-00001", SheetVersion: 1}, &Referred{Support: "Q26-00001", SheetVersion: 1, Way: WayMail}, &RecallAsked{Support: "Q26-00001"}} {
		c.Apply(Event{Case: 1, At: asked, Payload: p})
	}
	return c
}

func TestWhatIsWaitedForBeginsWhenADraftIsSent(t *testing.T) {
	asked := time.Date(2026, 11, 16, 10, 0, 0, 0, JST)
	sent := asked.Add(30 * time.Hour)
	times := map[string]func(Support) time.Time{
		"the answer to an inquiry": func(s Support) time.Time { return s.AskedAt },
		"the company's consent":    func(s Support) time.Time { return s.Company.AskedAt },
		"the agency's consent":     func(s Support) time.Time { return s.Intake.AskedAt },
		"the host":                 func(s Support) time.Time { return s.Referral.At },
		"what is to be deleted":    func(s Support) time.Time { return s.Recall.At },
	}
	for name, p := range map[string]*DraftWasSent{
		"the answer to an inquiry": {Letter: LetterInquiry},
		"the company's consent":    {Letter: LetterConsent, For: RoleCompany},
		"the agency's consent":     {Letter: LetterConsent, For: RoleIntake},
		"the host":                 {Letter: LetterReferral},
		"what is to be deleted":    {Letter: LetterRecall},
	} {
		c := referredCase(asked)
		p.Support, p.SheetVersion = "Q26-00001", 1
		c.Apply(Event{Case: 1, At: sent, Payload: p})
		for what, of := range times {
			want := asked
			if what == name {
				want = sent
			}
			if got := of(c.Supports[0]); !got.Equal(want) {
				t.Errorf("%s: %s is waited for since %v, want %v", name, what, got, want)
			}
		}
	}
}

func TestAReferralThatWasStoppedAndSentAllTheSameHasLeft(t *testing.T) {
	asked := time.Date(2026, 11, 16, 10, 0, 0, 0, JST)
	for late, perhaps := range map[DraftFate]bool{DraftWithdrawn: true, DraftDeleted: false} {
		c := referredCase(asked)
		c.Apply(Event{Case: 1, At: asked.Add(time.Hour), Payload: &ReferralStopped{Support: "Q26-00001"}})
		if c.Supports[0].Sent() {
			t.Fatal("a stopped referral stands")
		}
		c.Apply(Event{Case: 1, At: asked.Add(2 * time.Hour), Payload: &DraftWasSent{Letter: LetterReferral, Support: "Q26-00001", SheetVersion: 1, Late: late}})
		if r := c.Supports[0].Referral; !c.Supports[0].Sent() || r.Perhaps != perhaps || r.Way != WayMail || r.Times != 2 || r.Stopped != 1 {
			t.Errorf("%s: %+v", late, r)
		}
	}
}

// decideFate decides what follows from a draft's fate.
func decideFate(t *testing.T, l DraftedLetter, seen DraftSeen, c Case) Outcome {
	t.Helper()
	in := Input{Kind: MailDraft, Draft: &seen}
	f := newWorld(t).facts(in)
	f.Draft = &l
	out, err := Decide(map[int64]Case{1: c}, in, f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestADraftsFateIsNoticedOnce(t *testing.T) {
	at := time.Date(2026, 11, 16, 10, 0, 0, 0, JST)
	letter := DraftedLetter{ID: 7, Case: 1, Departure: Departure{Kind: LetterRegistered, Party: Party{Role: RoleIntake, Code: "MINATO"}, To: []string{tanaka.Addr}}}
	for _, c := range []struct {
		fate    DraftFate
		deleted bool
		want    []EventKind
	}{
		{DraftWaits, false, []EventKind{"draft-sent"}}, {DraftWaits, true, []EventKind{"draft-deleted"}},
		{DraftSent, false, nil}, {DraftSent, true, nil}, {DraftDeleted, true, nil}, {DraftWithdrawn, true, nil},
		{DraftCopied, true, nil}, {DraftDeleted, false, []EventKind{"draft-sent"}}, {DraftWithdrawn, false, []EventKind{"draft-sent"}},
	} {
		l := letter
		l.Fate = c.fate
		out := decideFate(t, l, DraftSeen{Letter: 7, Deleted: c.deleted, At: at, Recipients: []string{tanaka.Addr}}, referredCase(at))
		var kinds []EventKind
		for _, e := range out.Events {
			kinds = append(kinds, e.Payload.Kind())
		}
		if !slices.Equal(kinds, c.want) || (out.Draft != nil) != (c.want != nil) {
			t.Errorf("%q, deleted %v: %v, %+v", c.fate, c.deleted, kinds, out.Draft)
		}
		if told := len(out.Letters) > 0; told != (c.fate == DraftWithdrawn && !c.deleted) {
			t.Errorf("%q, deleted %v: %d letters", c.fate, c.deleted, len(out.Letters))
		}
	}
}

func TestTheOfficesOwnAddressIsNoAddedRecipient(t *testing.T) {
	at := time.Date(2026, 11, 16, 10, 0, 0, 0, JST)
	l := DraftedLetter{ID: 7, Case: 1, Departure: Departure{Kind: LetterRegistered, Party: Party{Role: RoleIntake, Code: "MINATO"}, To: []string{tanaka.Addr, "window@minato-bank.example"}}}
	out := decideFate(t, l, DraftSeen{Letter: 7, At: at, Recipients: []string{strings.ToUpper(tanaka.Addr), office.Mailbox.Addr, "okada@rokko.example"}}, referredCase(at))
	p := out.Events[0].Payload.(*DraftWasSent)
	if !slices.Equal(p.Added, []string{"okada@rokko.example"}) || !slices.Equal(p.Removed, []string{"window@minato-bank.example"}) {
		t.Errorf("added %q, removed %q", p.Added, p.Removed)
	}
	if len(out.Letters) != 1 || out.Letters[0].Kind() != LetterDraftSent || out.Letters[0].Party.Role != RoleClerk {
		t.Errorf("%d letters", len(out.Letters))
	}
}
