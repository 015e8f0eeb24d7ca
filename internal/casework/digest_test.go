package casework

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// awaitedOf is what a case waits for, with what the table says of it drawn at random.
func awaitedOf(t *rapid.T, c Case, now time.Time) (out []Awaited) {
	for _, w := range c.Waits(now) {
		a := Awaited{Wait: w}
		for _, whom := range []Whom{WhomParty, WhomIntake, WhomConcierge, WhomClerk} {
			if rapid.IntRange(0, 3).Draw(t, "late") == 0 {
				a.Late = append(a.Late, whom)
			}
		}
		if len(a.Late) > 0 && rapid.Bool().Draw(t, "due") {
			a.Due = &DueStep{Case: c.ID, Wait: w, Step: 1, Whom: a.Late[:1]}
		}
		out = append(out, a)
	}
	return out
}

// Whatever has happened: an agency's digest has that agency's companies only, names no supporting agency that it was not asked
// about, and offers its own commands; a concierge's has the cases of that concierge or of the absent ones. The guard lets each
// go, and stops it once a case of it belongs to somebody else.
func TestADigestOfRandomCasesHasOnlyWhatItsReaderMaySee(t *testing.T) {
	written := 0
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		p := &people{w: w}
		for range rapid.IntRange(5, 25).Draw(t, "mails") {
			w.do(p.mail(t))
		}
		agencies, readers := map[string]*DigestIn{}, map[Reader]*DigestIn{}
		f := w.facts(Input{Kind: MailDigest})
		f.Digest = DigestFacts{Heads: map[int64]CaseHead{}}
		for _, id := range w.ids() {
			c := w.cases[id]
			f.Digest.Heads[id] = CaseHead{ID: id, Events: c.Events, Stage: c.Stage, Receipt: c.Receipt, Registration: c.Registration, Agency: c.Agency, Concierge: c.Concierge}
			awaited := awaitedOf(t, c, w.now)
			if one, ok := AgencyDigest(c, awaited, f); ok {
				if agencies[c.Agency] == nil {
					agencies[c.Agency] = &DigestIn{Kind: LetterDigestAgency, Reader: Reader{Code: c.Agency}}
				}
				agencies[c.Agency].Cases = append(agencies[c.Agency].Cases, one)
			}
			for r, one := range Digests(c, awaited, func(Reader) time.Time { return time.Time{} }, nil, f) {
				if readers[r] == nil {
					kind := map[Role]LetterKind{RoleClerk: LetterDigestClerk, RoleConcierge: LetterDigestConcierge}[r.Role]
					readers[r] = &DigestIn{Kind: kind, Reader: r, Force: true}
				}
				readers[r].Cases = append(readers[r].Cases, one)
			}
		}
		for _, in := range agencies {
			written += w.checkDigest(t, f, *in, func(c Case, l Line) bool { return l.Party == Party{RoleIntake, c.Agency} && c.Agency == in.Reader.Code })
		}
		for r, in := range readers {
			written += w.checkDigest(t, f, *in, func(c Case, l Line) bool {
				acting, ok := f.Roster.Acting(c.Concierge, w.now)
				return r.Role == RoleClerk || l.Party == Party{RoleConcierge, c.Concierge} && ok && acting.Code == r.Code
			})
		}
	})
	if written < 50 {
		t.Errorf("only %d digests were written", written)
	}
}

// checkDigest decides a digest and looks at every line of it.
func (w *world) checkDigest(t *rapid.T, f Facts, in DigestIn, own func(Case, Line) bool) int {
	out, err := Decide(nil, Input{Kind: MailDigest, Digest: &in}, f)
	if err != nil {
		t.Fatalf("the guard stops the digest %s: %v", in.Key(), err)
	}
	for _, l := range out.Letters {
		dep := l.Departure()
		for _, line := range dep.Lines {
			c := w.cases[line.Case]
			if !own(c, line) {
				t.Errorf("%s shows case %d, of agency %s and concierge %s, as %v", in.Key(), c.ID, c.Agency, c.Concierge, line.Party)
			}
			c.Agency, c.Concierge = "OTHER", "OTHER"
			for _, part := range dep.Parts(0)[c.ID] {
				if part.Party.Role != RoleClerk && MayLeave(c, part, f.Roster, w.now) == nil {
					t.Errorf("%s may leave although case %d is another's by now", in.Key(), c.ID)
				}
			}
		}
		if content, ok := l.Content.(AgencyDigestLetter); ok {
			for _, line := range content.Lines {
				w.checkAgencyLine(t, line)
			}
		}
	}
	return len(out.Letters)
}

func (w *world) checkAgencyLine(t *rapid.T, l AgencyLine) {
	c := w.cases[l.Case]
	for _, s := range c.Supports {
		text := fmt.Sprint(l.Supports, l.Waits, l.Offers)
		if _, known := discloseSupport(c, s, l.Party); !known && (strings.Contains(text, s.AgencyName) || strings.Contains(text, s.Agency)) &&
			!slices.ContainsFunc(c.Supports, func(o Support) bool { _, ok := discloseSupport(c, o, l.Party); return ok && o.Agency == s.Agency }) {
			t.Errorf("case %d: the intake agency reads of %s, which it was not asked about: %s", c.ID, s.Agency, text)
		}
	}
	for _, o := range l.Offers {
		if o.Party != l.Party || o.Case != c.ID {
			t.Errorf("case %d: an offer of %v in case %d", c.ID, o.Party, o.Case)
		}
	}
}

// A digest is written when it has something in it for today.
func TestADigestIsWrittenWhenSomethingIsInIt(t *testing.T) {
	now := time.Date(2026, 11, 25, 9, 5, 0, 0, JST) // Wednesday
	tuesday, friday := now.AddDate(0, 0, -1), now.AddDate(0, 0, -5)
	for _, tc := range []struct {
		rule  string
		since time.Time
		line  DigestLine
		desk  Desk
		want  bool
	}{
		{"nothing", tuesday, DigestLine{}, Desk{}, false},
		{"new", tuesday, DigestLine{New: true}, Desk{}, true},
		{"a step is due", tuesday, DigestLine{Due: true}, Desk{}, true},
		{"the reader's own is late, as it was the day before", tuesday, DigestLine{ReminderLine: ReminderLine{Since: friday}, Mine: true, Late: true}, Desk{}, false},
		{"something has come to the reader to do", tuesday, DigestLine{ReminderLine: ReminderLine{Since: now.Add(-time.Hour)}, Mine: true}, Desk{}, true},
		{"something has come to somebody else", tuesday, DigestLine{ReminderLine: ReminderLine{Since: now.Add(-time.Hour)}}, Desk{}, false},
		{"the reader's own is not late", tuesday, DigestLine{ReminderLine: ReminderLine{Since: friday}, Mine: true}, Desk{}, false},
		{"the reader's own, in the first digest of a week", friday, DigestLine{Mine: true}, Desk{}, true},
		{"somebody else's is late", tuesday, DigestLine{Late: true}, Desk{}, false},
		{"somebody else's is late, in the first digest of a week", friday, DigestLine{Late: true}, Desk{}, true},
		{"somebody else's, in the first digest of a week", friday, DigestLine{}, Desk{}, false},
		{"a mail on the desk", tuesday, DigestLine{}, Desk{Other: []MailNote{{}}}, true},
		{"a letter that did not arrive", tuesday, DigestLine{}, Desk{Undelivered: []LetterNote{{}}}, true},
		{"mails have vanished", tuesday, DigestLine{}, Desk{Vanished: 1}, true},
		{"a file has come that wants a password", tuesday, DigestLine{}, Desk{Locked: []LockedNote{{Since: now.Add(-time.Hour)}}}, true},
		{"a file still wants its password", tuesday, DigestLine{}, Desk{Locked: []LockedNote{{Since: friday}}}, false},
		{"a file still wants its password, in the first digest of a week", friday, DigestLine{}, Desk{Locked: []LockedNote{{Since: friday.AddDate(0, 0, -2)}}}, true},
	} {
		in := DigestIn{Since: tc.since, Desk: tc.desk, Cases: []DigestCase{{Lines: []DigestLine{tc.line}}}}
		if got := in.Worth(now); got != tc.want {
			t.Errorf("%s: %v", tc.rule, got)
		}
	}
}

func TestAQuantileIsAValueThatIsThere(t *testing.T) {
	for _, tc := range []struct {
		values  []int
		percent int
		want    int
	}{{[]int{7}, 50, 7}, {[]int{7}, 90, 7}, {[]int{3, 1, 2}, 50, 2}, {[]int{4, 1, 3, 2}, 50, 2}, {[]int{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 90, 9}, {[]int{0, 0, 0, 100}, 90, 100}} {
		if got := quantile(tc.values, tc.percent); got != tc.want {
			t.Errorf("%d%% of %v: %d, want %d", tc.percent, tc.values, got, tc.want)
		}
	}
}
