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
