package roster

import (
	"testing"

	"uketsuke/internal/casework"
)

const tanakaAddr = "tanaka@minato-bank.example"

func over(r *Roster, s casework.Standing) *Laid { return NewLayers(r).Over(s) }

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
		if got := over(r, tc.s).Frozen(tc.addr, tc.agency, today); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestAnAbsenceToldByMailCountsAsOneOfTheRows(t *testing.T) {
	r := newRoster(t, sample())
	laid := over(r, casework.Standing{Absences: []casework.Absence{
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

func TestPeopleComeAndGoByMail(t *testing.T) {
	r := newRoster(t, sample())
	ch := func(agency, what, name, addr string) casework.ContactChange {
		return casework.ContactChange{Agency: agency, What: what, Name: name, Address: addr}
	}
	const (
		hana, desk, kcci = "hana@gmail.com", "desk@somewhere.example", "somu@kobe-cci.example"
	)
	laid := over(r, casework.Standing{Contacts: []casework.ContactChange{
		ch("HYOGO-CCI", casework.ContactAdd, "山田 花子", hana),
		ch("HYOGO-CCI", casework.ContactAdd, "山田 花子", hana), // told twice
		ch("MINATO-BANK", casework.ContactRemove, "", tanakaAddr),
		ch("HYOGO-CCI", casework.ContactWindow, "総務", desk),
		ch("SANGYO", casework.ContactAdd, "誰か", "Kaigai@minato-bank.example"), // another agency's by the rows
		ch("SANGYO", casework.ContactAdd, "誰か", "sato@jetro.example"),         // the office's
		ch("GONE", casework.ContactAdd, "誰か", "a@gone.example"),
	}})
	for _, tc := range []struct {
		addr, agency string
		person       bool
	}{
		{hana, "HYOGO-CCI", true}, {desk, "HYOGO-CCI", true}, {kcci, "HYOGO-CCI", true},
		{tanakaAddr, "", false}, {"other@minato-bank.example", "MINATO-BANK", false}, // who was removed is not let in by the domain
		{"other@gmail.com", "", false}, {"kaigai@minato-bank.example", "MINATO-BANK", true}, {"a@gone.example", "", false},
	} {
		if s := laid.Sender(Address{Addr: tc.addr}, today); s.Agency != tc.agency || s.Person != tc.person {
			t.Errorf("%s: %+v", tc.addr, s)
		}
		if s := r.Sender(Address{Addr: hana}, today); s.Known() {
			t.Fatal("the rows below have changed")
		}
	}
	if a, _ := laid.Agency("HYOGO-CCI", today); a.Window != (Address{Name: "総務", Addr: desk}) {
		t.Errorf("window %+v", a.Window)
	}
	if a, _ := r.Agency("HYOGO-CCI", today); a.Window.Addr != kcci {
		t.Error("the rows below have changed")
	}
	if len(laid.Skipped) != 3 {
		t.Errorf("skipped %+v", laid.Skipped)
	}
}

func TestSomebodyWhoCameAndWentAndCameAgainIsThere(t *testing.T) {
	const hana = "hana@gmail.com"
	add := casework.ContactChange{Agency: "HYOGO-CCI", What: casework.ContactAdd, Name: "花子", Address: hana}
	remove := casework.ContactChange{Agency: "HYOGO-CCI", What: casework.ContactRemove, Address: hana}
	layers := NewLayers(newRoster(t, sample()))
	for n, want := range []bool{false, true, false, true} {
		s := casework.Standing{Contacts: []casework.ContactChange{add, remove, add}[:n]}
		if got := layers.Over(s).Sender(Address{Addr: hana}, today).Person; got != want {
			t.Errorf("after %d changes: %v, want %v", n, got, want)
		}
	}
}
