package play

import (
	"slices"
	"testing"

	"uketsuke/internal/casework"
)

// TestTheOracleFollowsTheRule: an agency may see a version only with its own 受入可 and both consents for it, given by who is
// asked, as long as none was taken back.
func TestTheOracleFollowsTheRule(t *testing.T) {
	consent := func(party casework.Role, ch casework.Spoken) *casework.ConsentAnswered {
		return &casework.ConsentAnswered{Party: party, Answer: casework.ConsentGiven, Channel: ch}
	}
	type step = func(*standing)
	available := func(s *standing) { s.available = true }
	given := func(party casework.Role, ch casework.Spoken) step {
		return func(s *standing) { s.answered(consent(party, ch), 1, true) }
	}
	forged := func(party casework.Role) step { return func(s *standing) { s.answered(consent(party, ""), 1, false) } }
	declined := func(s *standing) {
		s.answered(&casework.ConsentAnswered{Party: casework.RoleCompany, Answer: casework.ConsentDeclined}, 1, false)
	}
	approved := func(s *standing) { s.approved[1] = true }
	passedOver := func(s *standing) { s.passed = true }
	intake, company := given(casework.RoleIntake, ""), given(casework.RoleCompany, "")
	spokenIntake, spokenCompany := given(casework.RoleIntake, casework.SpokenPhone), given(casework.RoleCompany, casework.SpokenPhone)
	for rule, tc := range map[string]struct {
		steps []step
		sees  bool
	}{
		"受入可 and both consents":               {[]step{available, intake, company}, true},
		"one of them spoken":                  {[]step{available, intake, spokenCompany}, true},
		"both spoken":                         {[]step{available, spokenIntake, spokenCompany}, false},
		"both spoken and approved":            {[]step{available, spokenIntake, spokenCompany, approved}, true},
		"no 受入可":                              {[]step{intake, company}, false},
		"one consent":                         {[]step{available, intake}, false},
		"one taken back":                      {[]step{available, intake, company, declined}, false},
		"given again after it was taken back": {[]step{available, intake, company, declined, company}, true},
		"given by somebody else":              {[]step{available, intake, forged(casework.RoleCompany)}, false},
		"passed over":                         {[]step{available, intake, company, passedOver}, false},
	} {
		o := &oracle{roster: &Roster{}, marks: &markbook{owners: map[string][]int{}}, files: map[int64]*dossier{}}
		d := o.dossier(1)
		d.agency, d.version = "MINATO", 1
		for _, s := range tc.steps {
			d.note(act{}, "MAYA", s)
		}
		if got := o.sees(reader{addr: address("desk", "MAYA")}, d, 1); got != tc.sees {
			t.Errorf("%s: sees it: %v", rule, got)
		}
		if o.sees(reader{addr: address("desk", "MAYA")}, d, 2) || o.sees(reader{addr: address("desk", "NADA")}, d, 1) || !o.sees(reader{addr: address("desk", "MINATO")}, d, 1) {
			t.Errorf("%s: another version, another agency or the intake agency", rule)
		}
	}
}

func TestMarksAreFoundHoweverTheyAreBroken(t *testing.T) {
	b := &markbook{owners: map[string][]int{"zq00042": {0}, "7300000007": {0}}}
	for _, text := range []string{"会社はzq00042です", "zq0\n> 0042", "zq 000-42", "売上 7,300,000,007 円"} {
		if len(b.find(lower(text))) != 1 {
			t.Errorf("%q: found %v", text, b.find(text))
		}
	}
	if found := b.find("zq0004 zq99999 730000000"); slices.ContainsFunc(found, func(string) bool { return true }) {
		t.Errorf("found %v", found)
	}
}
