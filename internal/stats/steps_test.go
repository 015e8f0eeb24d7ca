package stats

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"uketsuke/internal/casework"
)

// Each case below is counted by hand. 2026-11-16 is a Monday; the 23rd is a holiday.
func TestWhatIsCounted(t *testing.T) {
	available, unavailable := casework.AnswerAvailable, casework.AnswerUnavailable
	given, declined := casework.ConsentGiven, casework.ConsentDeclined
	company, intake := casework.RoleCompany, casework.RoleIntake
	base := func() *story { return entered("2026-11-16 10:00", sheet(nada, 1, 7)) }
	asked := func() *story {
		return base().add("2026-11-16 11:00", &casework.CommandBegan{Command: "打診"}, inquired("Q26-00001", "HYOGO-CCI", "兵庫商工会議所"))
	}
	agreed := func() *story {
		return asked().add("2026-11-17 10:00", answered("Q26-00001", available)).add("2026-11-17 11:00", &casework.ConsentAsked{Support: "Q26-00001", SheetVersion: 1}).
			add("2026-11-18 10:00", consent("Q26-00001", company, 1, given)).add("2026-11-20 10:00", consent("Q26-00001", intake, 1, given))
	}
	referred := func() *story {
		return agreed().add("2026-11-20 11:00", &casework.Referred{Support: "Q26-00001", SheetVersion: 1, Way: casework.WayMail})
	}
	type counts = map[string]int
	for _, tc := range []struct {
		rule  string
		story *story
		want  counts // besides those of the story it goes on from
		waits map[string][2]int
	}{
		{"an entry and its registration", base(), nil, map[string][2]int{"registered": {1, 0}}},
		{"returns and holds, each time; a corrected sheet is no second entry", (&story{id: 1}).add("2026-11-16 10:00", received(sheet(nada, 1)), &casework.SheetReturned{}).
			add("2026-11-17 10:00", &casework.SheetReplaced{Entry: sheet(nada, 1)}, &casework.SheetReturned{}).
			add("2026-11-18 10:00", &casework.SheetReplaced{Entry: sheet(nada, 1)}, &casework.EntryHeld{Reason: casework.HoldUnclear}).
			add("2026-11-24 09:00", &casework.EntryApproved{Agency: "MINATO"}, registered("MINATO", "みなと銀行")),
			counts{"returned": 2, "held": 1}, map[string][2]int{"registered": {1, 5}}},
		{"the same sheet again is a duplicate, no entry", base().add("2026-11-17 10:00", &casework.SheetSentAgain{}), counts{"duplicates": 1}, nil},
		{"引受 once, also after 担当変更", base().add("2026-11-18 10:00", &casework.CaseTaken{Concierge: "SUZUKI"}).add("2026-11-19 10:00", &casework.ConciergeChanged{To: "YAMAMOTO"}).
			add("2026-11-24 10:00", &casework.CaseTaken{Concierge: "YAMAMOTO"}), nil, map[string][2]int{"taken": {1, 2}}},
		{"打診 and its answer", asked().add("2026-11-24 10:00", answered("Q26-00001", available)), counts{"inquired": 1, "available": 1}, map[string][2]int{"answered": {1, 5}}},
		{"the same answer again is none, another one is", asked().add("2026-11-17 10:00", answered("Q26-00001", available)).add("2026-11-17 12:00", answered("Q26-00001", available)).
			add("2026-11-18 10:00", answered("Q26-00001", unavailable)), counts{"inquired": 1, "available": 1, "unavailable": 1}, map[string][2]int{"answered": {1, 1}}},
		{"who was asked by phone did not let anybody wait", base().add("2026-11-17 10:00", &casework.Inquired{Support: "Q26-00001", Agency: "HYOGO-CCI", Channel: casework.SpokenPhone}, answered("Q26-00001", available)),
			counts{"inquired": 1, "available": 1}, map[string][2]int{"answered": {0, 0}}},
		{"見送り once", asked().add("2026-11-17 10:00", &casework.SupportPassed{Support: "Q26-00001"}).add("2026-11-18 10:00", &casework.SupportPassed{Support: "Q26-00001"}), counts{"inquired": 1, "passedOver": 1}, nil},
		{"both consents are one", agreed(), counts{"inquired": 1, "available": 1, "consentAsked": 1, "consented": 1}, map[string][2]int{"answered": {1, 1}, "consented": {1, 3}}},
		{"asked again about the same version is no new request", agreed().add("2026-11-20 12:00", &casework.ConsentAsked{Support: "Q26-00001", SheetVersion: 1}),
			counts{"inquired": 1, "available": 1, "consentAsked": 1, "consented": 1}, nil},
		{"a new version is asked about anew", agreed().add("2026-11-20 12:00", &casework.VersionAdded{Number: 2, Entry: sheet(nada, 1)}).add("2026-11-24 10:00", &casework.ConsentAsked{Support: "Q26-00001", SheetVersion: 2}).
			add("2026-11-25 10:00", consent("Q26-00001", company, 2, given)).add("2026-11-25 11:00", consent("Q26-00001", intake, 2, given)),
			counts{"inquired": 1, "available": 1, "consentAsked": 2, "consented": 2}, map[string][2]int{"consented": {2, 3}}},
		{"辞退 once, whoever joins", agreed().add("2026-11-24 10:00", consent("Q26-00001", company, 1, declined)).add("2026-11-24 11:00", consent("Q26-00001", intake, 1, declined)),
			counts{"inquired": 1, "available": 1, "consentAsked": 1, "consented": 1, "declined": 1}, nil},
		{"two spoken consents count when the clerk approves", asked().add("2026-11-17 11:00", &casework.ConsentAsked{Support: "Q26-00001", SheetVersion: 1}).
			add("2026-11-17 12:00", &casework.ConsentAnswered{Support: "Q26-00001", Party: company, SheetVersion: 1, Answer: given, Channel: casework.SpokenPhone, Waiting: true}).
			add("2026-11-17 12:10", &casework.ConsentAnswered{Support: "Q26-00001", Party: intake, SheetVersion: 1, Answer: given, Channel: casework.SpokenPhone, Waiting: true}, noteAdded).
			add("2026-11-18 09:00", &casework.ConsentApproved{Support: "Q26-00001"}), counts{"inquired": 1, "consentAsked": 1, "consented": 1}, map[string][2]int{"consented": {1, 1}}},
		{"回付 once, however often it is sent", referred().add("2026-11-24 10:00", &casework.Referred{Support: "Q26-00001", SheetVersion: 1, Way: casework.WayMail, Again: true}).
			add("2026-11-25 10:00", &casework.HostNamed{Support: "Q26-00001", Host: casework.Host{Person: "山田"}}),
			counts{"inquired": 1, "available": 1, "consentAsked": 1, "consented": 1, "referred": 1, "hosted": 1}, map[string][2]int{"hosted": {1, 2}}},
		{"a referral that did not leave is none", referred().add("2026-11-24 10:00", &casework.ReferralStopped{Support: "Q26-00001"}),
			counts{"inquired": 1, "available": 1, "consentAsked": 1, "consented": 1}, nil},
		{"one that perhaps did is one", referred().add("2026-11-24 10:00", &casework.ReferralStopped{Support: "Q26-00001", Perhaps: true}),
			counts{"inquired": 1, "available": 1, "consentAsked": 1, "consented": 1, "referred": 1}, nil},
		{"every report counts, the first one waits", referred().add("2026-11-24 10:00", &casework.HostNamed{Support: "Q26-00001", Host: casework.Host{Person: "山田"}}).
			add("2026-12-01 10:00", &casework.FeedbackGiven{Support: "Q26-00001"}).add("2026-12-20 10:00", &casework.FeedbackGiven{Support: "Q26-00001"}).
			add("2026-12-21 10:00", &casework.SupportEnded{Support: "Q26-00001"}),
			counts{"inquired": 1, "available": 1, "consentAsked": 1, "consented": 1, "referred": 1, "hosted": 1, "reported": 2, "finished": 1}, map[string][2]int{"hosted": {1, 1}, "reported": {1, 5}}},
		{"JETRO's own support", base().add("2026-11-17 10:00", &casework.JetroProposed{Support: "J1", Service: "海外ビジネス相談"}).add("2026-11-18 10:00", &casework.FeedbackGiven{Support: "J1"}).
			add("2026-11-19 10:00", &casework.SupportEnded{Support: "J1"}), counts{"jetro": 1, "reported": 1, "finished": 1}, nil},
		{"an inquiry that ends with its case is no support that ended", asked().add("2026-11-17 10:00", &casework.SupportEnded{Support: "Q26-00001"}, &casework.CaseClosed{}),
			counts{"inquired": 1, "closed": 1}, map[string][2]int{"closed": {1, 1}}},
		{"取下げ", base().add("2026-11-17 10:00", &casework.CaseWithdrawn{}), counts{"withdrawn": 1}, nil},
		{"統合, and taken back", base().add("2026-11-17 10:00", &casework.CaseMerged{Into: "2026-KOB-00002-8"}).add("2026-11-18 10:00", &casework.CaseSplit{}), counts{"merged": 1, "reopened": 1}, nil},
		{"移管, and back", base().add("2026-11-17 10:00", &casework.CaseTransferred{Office: "OSA"}).add("2026-11-18 10:00", &casework.CaseTakenOver{}, registered("MINATO", "みなと銀行")),
			counts{"transferred": 1, "reopened": 1}, map[string][2]int{"registered": {1, 0}}},
		{"a case of another office", (&story{id: 1}).add("2026-11-16 10:00", &casework.CaseTakenOver{Receipt: "E26-00001", Agency: "MINATO"}, registered("MINATO", "みなと銀行")), nil, map[string][2]int{"registered": {1, 0}}},
		{"a closed case that is void after all", base().add("2026-11-17 10:00", &casework.CaseClosed{}).add("2026-11-18 10:00", &casework.CaseVoided{}), counts{"closed": 1, "reopened": 1, "void": 1},
			map[string][2]int{"closed": {1, 1}}},
		{"休止 is open", base().add("2026-11-17 10:00", &casework.CasePaused{Until: "2027-01-31"}), nil, nil},
		{"what 直前取消 took back never was", asked().add("2026-11-16 11:05", &casework.CommandUndone{Command: "打診"}).add("2026-11-17 10:00", answered("Q26-00001", available)), nil, nil},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			f := counted(t, 2026, "", tc.story)
			want := counts{"received": 1, "registered": 1, "newMembers": 1, "open": 1}
			for k, n := range tc.want {
				want[k] = n
			}
			if want["closed"]+want["withdrawn"]+want["merged"]+want["void"]-want["reopened"] > 0 {
				delete(want, "open")
			}
			if diff := cmp.Diff(want, nonzero(f.Total)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for w, got := range f.Total.Waits {
				if want, ok := tc.waits[Wait(w).About().Key]; ok && (got.N != want[0] || got.P90 != float64(want[1])) {
					t.Errorf("%s: %+v, want %d of %d days", Wait(w).About().Key, got, want[0], want[1])
				}
			}
		})
	}
}

var noteAdded = &casework.NoteAdded{Text: "覚え書き"}

func TestARejectedEntryWasReceivedOnly(t *testing.T) {
	f := counted(t, 2026, "", (&story{id: 1}).add("2026-11-16 10:00", received(sheet(nada)), &casework.EntryHeld{}).add("2026-11-17 10:00", &casework.EntryRejected{}))
	if diff := cmp.Diff(map[string]int{"received": 1, "held": 1, "rejected": 1}, nonzero(f.Total)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
