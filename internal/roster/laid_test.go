package roster

import (
	"testing"

	"uketsuke/internal/casework"
)

const tanakaAddr = "tanaka@minato-bank.example"

func TestAHeldAgencyHoldsItsPeopleAndAHeldAddressOnlyItself(t *testing.T) {
	r := newRoster(t, sample())
	for _, tc := range []struct {
		name         string
		s            casework.Standing
		addr, agency string
		want         bool
	}{
		{"nothing is held", casework.Standing{}, tanakaAddr, "MINATO-BANK", false},
		{"the agency by its code", casework.Standing{Agencies: []string{"MINATO-BANK"}}, "", "MINATO-BANK", true},
		{"its person", casework.Standing{Agencies: []string{"MINATO-BANK"}}, tanakaAddr, "", true},
		{"no other agency", casework.Standing{Agencies: []string{"MINATO-BANK"}}, "", "HYOGO-CCI", false},
		{"the address", casework.Standing{Address: func(a string) bool { return a == tanakaAddr }}, tanakaAddr, "", true},
		{"not its agency", casework.Standing{Address: func(a string) bool { return a == tanakaAddr }}, "", "MINATO-BANK", false},
		{"nobody at all", casework.Standing{Agencies: []string{""}}, "", "", false},
	} {
		if got := Over(r, tc.s).Frozen(tc.addr, tc.agency, today); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestAnAbsenceToldByMailCountsAsOneOfTheRows(t *testing.T) {
	r := newRoster(t, sample())
	laid := Over(r, casework.Standing{Absences: []casework.Absence{
		{Concierge: "INOUE", From: "2026-11-24", Until: "2026-11-30", Deputy: "TAKAHASHI"},
		{Concierge: "OSAKA", From: "2026-11-24", Until: "2026-11-30", Deputy: "GONE"}, // no longer rostered
		{Concierge: "GONE", From: "2026-11-24", Until: "2026-11-30", Deputy: "INOUE"},
	}})
	for _, tc := range []struct{ code, day, want string }{
		{"INOUE", "2026-11-23", "INOUE"}, {"INOUE", "2026-11-24", "TAKAHASHI"}, {"INOUE", "2026-11-30", "TAKAHASHI"}, {"INOUE", "2026-12-01", "INOUE"},
		{"TAKAHASHI", "2026-12-22", "INOUE"}, // of the rows
		{"OSAKA", "2026-11-24", "OSAKA"},
	} {
		if k, ok := laid.Acting(tc.code, noon(tc.day)); !ok || k.Code != tc.want {
			t.Errorf("%s on %s: %s %v, want %s", tc.code, tc.day, k.Code, ok, tc.want)
		}
	}
	if c, ok := laid.Choose(casework.Wish{Prefecture: "兵庫県", Exclude: "TAKAHASHI"}, today); ok && c.Code == "INOUE" {
		t.Errorf("an absent concierge was chosen: %+v", c)
	}
	if k, _ := r.Acting("INOUE", noon("2026-11-24")); k.Code != "INOUE" {
		t.Error("the rows below have changed")
	}
}
