package scenario

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/robot"
)

// The same year with digests, one line each beside what goes outside: of a morning's how many things are late, new, to do
// and waited for, and the steps of the table recorded with it; of the office's the week and what happened in it; of an
// agency's its companies.
func TestAYearOfDigests(t *testing.T) {
	t.Parallel()
	y := played(t, robot.Digests{Concierge: true, Clerk: true, Said: true, Office: time.Monday, AgencyDay: 1})
	y.compare("testdata/year-digests.golden", y.golden())
	y.checkTimes()
	y.checkReaders()
	y.checkThings()
	y.checkAgainstReminders()
	y.checkMornings()
	y.checkNew()
	y.checkWeeks()
	y.checkMonths()
}

// sortOf tells the letters apart of which somebody may get one of each a day.
func sortOf(k casework.LetterKind) string {
	switch k {
	case casework.LetterDigestConcierge, casework.LetterDigestClerk:
		return " morning digest"
	case casework.LetterDigestOffice, casework.LetterDigestAgency:
		return " " + string(k)
	}
	return " letter"
}

// glance is a morning's digest in short.
func glance(l casework.DigestLetter) string {
	out := fmt.Sprintf("late %d, new %d, to do %d, waiting %d", l.Count(0), l.Count(1), l.Count(2), l.Count(3))
	if n := len(l.Said); n > 0 {
		out += fmt.Sprintf(", said %d", n)
	}
	if n := len(l.Desk.Locked); n > 0 {
		out += fmt.Sprintf(", locked %d", n)
	}
	if len(l.StandsIn) > 0 {
		out += ", also for " + strings.Join(l.StandsIn, ", ")
	}
	return out
}

// figures are the office's digest in short.
func figures(l casework.OfficeDigestLetter) string {
	out := fmt.Sprintf("%s to %s:", l.From.In(casework.JST).Format("01-02"), l.Until.In(casework.JST).AddDate(0, 0, -1).Format("01-02"))
	for _, c := range l.Week {
		if c.N > 0 {
			out += fmt.Sprintf(" %s %d", c.Name, c.N)
		}
	}
	open, late := 0, 0
	for _, r := range l.Stages {
		open, late = open+r.Open, late+r.Late
	}
	return out + fmt.Sprintf("; open %d, late %d", open, late)
}

// companies are an agency's digest in short.
func companies(l casework.AgencyDigestLetter) string {
	return fmt.Sprintf("%d companies: %d waited for, %d open, %d ended", len(l.Lines), len(l.Section("waits")), len(l.Section("open")), len(l.Section("ended")))
}

// checkAgainstReminders: the steps of the year without digests are those of the year with them, each on the same day for the
// same reader; the office's people read theirs in a digest and nowhere else.
func (y *year) checkAgainstReminders() {
	raw, err := os.ReadFile(yearGolden)
	if err != nil {
		y.t.Fatal(err)
	}
	plain, now := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		if parts := strings.SplitN(strings.TrimSpace(line), "  ", 3); len(parts) == 3 {
			_, addr, _ := strings.Cut(parts[1], " <") // a deputy reads in the absent one's name, or in its own
			for step := range strings.SplitSeq(parts[2], "; ") {
				plain[parts[0][:len("2026-07-01 Wed 09:05")]+" <"+addr+" "+step] = true
			}
		}
	}
	for _, l := range y.letters {
		inside := l.Party.Role == casework.RoleConcierge || l.Party.Role == casework.RoleClerk
		if !l.Kind().Digest() && (inside || slices.Contains([]string{mori, takahashi, concierges["ISHII"], clerk}, l.To[0].Addr)) {
			y.t.Errorf("%s: %s to %s besides the digest", l.at, l.Kind(), reader(l.Letter))
		}
		list := y.lines(l)
		switch l.Content.(type) {
		case casework.OfficeDigestLetter, casework.AgencyDigestLetter:
			continue
		case casework.DigestLetter:
			list = list[1:]
		}
		for _, step := range list {
			now[fmt.Sprintf("%s <%s> %s", l.at.In(casework.JST).Format("2006-01-02 Mon 15:04"), l.To[0].Addr, step)] = true
		}
	}
	if len(plain) < 300 {
		y.t.Errorf("%s has only %d steps", yearGolden, len(plain))
	}
	for step := range plain {
		if !now[step] {
			y.t.Errorf("no digest has: %s", step)
		}
	}
	for step := range now {
		if !plain[step] {
			y.t.Errorf("without digests there is no: %s", step)
		}
	}
}

// checkMornings: no digest is empty; an absent concierge's things stand in the deputy's, and only then; after the month's
// stop everybody gets one.
func (y *year) checkMornings() {
	back := map[string]int{}
	stoodIn := 0
	for _, l := range y.letters {
		content, ok := l.Content.(casework.DigestLetter)
		at := l.at.In(casework.JST)
		if at.Format(time.DateOnly) == "2027-03-01" && l.Kind().Digest() {
			back[string(l.Kind())+" "+l.To[0].Addr]++
		}
		if !ok {
			continue
		}
		if len(content.Lines)+len(content.Desk.Locked) == 0 {
			y.t.Errorf("%s: an empty digest to %s", at, reader(l.Letter))
		}
		absent := !at.Before(day("2026-10-06")) && at.Before(day("2026-10-17"))
		others := slices.ContainsFunc(content.Lines, func(line casework.DigestLine) bool {
			return line.Party.Role == casework.RoleConcierge && line.Party.Code == "MORI"
		})
		switch {
		case l.To[0].Addr == takahashi && (others != absent || others != (len(content.StandsIn) > 0)):
			y.t.Errorf("%s: 高橋's digest has 森's cases: %t (%q)", at, others, content.StandsIn)
		case others && absent:
			stoodIn++
		}
	}
	if stoodIn < 3 {
		y.t.Errorf("only %d digests of a deputy", stoodIn)
	}
	for _, who := range []string{"digest-concierge " + mori, "digest-concierge " + takahashi, "digest-clerk " + clerk, "digest-office " + clerk, "digest-agency window@minato-bank.example"} {
		if back[who] != 1 {
			y.t.Errorf("%d of %s after the stop", back[who], who)
		}
	}
}

// morning is the first moment after t at which the robot writes.
func morning(t time.Time) time.Time {
	for at := t.In(casework.JST); ; at = at.AddDate(0, 0, 1) {
		today := at.Format(time.DateOnly)
		opens := day(today).Add(9*time.Hour + 5*time.Minute)
		if today == "2027-05-12" { // once sending is allowed again
			opens = day(today).Add(14 * time.Hour)
		}
		still := "2027-02-02" <= today && today < "2027-03-01" || today == "2027-05-11"
		if opens.After(t) && workday(opens) && !still {
			return opens
		}
	}
}

// checkNew: a case that nobody has taken by the next morning is new in exactly that morning's digest of its concierge.
func (y *year) checkNew() {
	type fresh struct {
		id int64
		at time.Time
	}
	want, got := map[fresh]bool{}, map[fresh]bool{}
	for i, e := range y.log {
		if kind := e.Payload.Kind(); kind != "case-registered" && kind != "concierge-changed" {
			continue
		}
		next := morning(e.At)
		if !slices.ContainsFunc(y.log[i+1:], func(o casework.Event) bool {
			return o.Case == e.Case && o.At.Before(next) && slices.Contains([]casework.EventKind{"case-taken", "case-closed", "case-withdrawn", "concierge-changed"}, o.Payload.Kind())
		}) {
			want[fresh{e.Case, next}] = true
		}
	}
	for _, l := range y.letters {
		content, _ := l.Content.(casework.DigestLetter)
		for _, line := range content.Lines {
			if line.New && line.Wait == casework.WaitTake && l.Party.Role == casework.RoleConcierge {
				got[fresh{line.Case, l.at}] = true
			}
		}
	}
	if len(want) < 30 {
		y.t.Errorf("only %d cases wait overnight", len(want))
	}
	for f := range want {
		if !got[f] {
			y.t.Errorf("case %d is not new on %s", f.id, f.at)
		}
	}
	for f := range got {
		if !want[f] {
			y.t.Errorf("case %d is new on %s", f.id, f.at)
		}
	}
}

// counted are what the office's figures count in this year.
var counted = map[string]casework.EventKind{"受付": "sheet-received", "登録": "case-registered", "引受": "case-taken", "回付": "referred", "終了": "case-closed"}

// checkWeeks: the office's figures come once a week, on Monday or the first business day after it, and count the seven days
// before Monday.
func (y *year) checkWeeks() {
	got := map[string]int{}
	for _, l := range y.letters {
		content, ok := l.Content.(casework.OfficeDigestLetter)
		if !ok {
			continue
		}
		at := l.at.In(casework.JST)
		monday := day(at.Format(time.DateOnly))
		for monday.Weekday() != time.Monday {
			monday = monday.AddDate(0, 0, -1)
		}
		got[monday.Format(time.DateOnly)]++
		if businessDays(monday.AddDate(0, 0, -1), at) != 1 {
			y.t.Errorf("%s: the office's digest on a later day", at)
		}
		if !content.Until.Equal(monday) || !content.From.Equal(monday.AddDate(0, 0, -7)) {
			y.t.Errorf("%s: figures from %s to %s", at, content.From, content.Until)
		}
		week := map[casework.EventKind]int{}
		for _, e := range y.log {
			if !e.At.Before(monday.AddDate(0, 0, -7)) && e.At.Before(monday) {
				week[e.Payload.Kind()]++
			}
		}
		for _, c := range content.Week {
			if n := week[counted[c.Name]]; c.N != n {
				y.t.Errorf("%s: %s %d, %d in the log", at, c.Name, c.N, n)
			}
		}
		if len(content.Months) != (int(monday.AddDate(0, 0, -1).Month())+8)%12+1 {
			y.t.Errorf("%s: %d months of the fiscal year", at, len(content.Months))
		}
	}
	for monday := day("2026-07-06"); monday.Before(day("2027-06-30")); monday = monday.AddDate(0, 0, 7) {
		want := 1
		if monday.After(day("2027-02-01")) && monday.Before(day("2027-03-01")) {
			want = 0
		}
		if n := got[monday.Format(time.DateOnly)]; n != want {
			y.t.Errorf("%d office's digests in the week of %s", n, monday)
		}
	}
}

// checkMonths: each agency that has companies gets one digest a month, on its first business day, with those that were
// registered or returned and had not ended when the one before was written.
func (y *year) checkMonths() {
	got := map[string]int{}
	for _, l := range y.letters {
		if content, ok := l.Content.(casework.AgencyDigestLetter); ok {
			key := l.at.In(casework.JST).Format(time.DateOnly) + " " + l.Party.Code
			if got[key] != 0 {
				y.t.Errorf("%s: two digests", key)
			}
			got[key] = len(content.Lines)
		}
	}
	before := day("2026-07-01").Add(9*time.Hour + 5*time.Minute)
	for month := day("2026-08-01"); month.Before(day("2027-07-01")); month = month.AddDate(0, 1, 0) {
		at := morning(month)
		for code, n := range y.companies(before, at) {
			key := at.Format(time.DateOnly) + " " + code
			if _, ok := y.roster(casework.Standing{}).Agency(code, at); ok && got[key] != n {
				y.t.Errorf("%s: %d companies, not %d", key, got[key], n)
			}
			delete(got, key)
		}
		before = at
	}
	for key, n := range got {
		y.t.Errorf("%s: a digest of %d companies that it should not get", key, n)
	}
}

// companies counts each agency's companies at a moment: known to be its own, and not ended before another moment.
func (y *year) companies(before, at time.Time) map[string]int {
	in := map[int64]bool{}
	for _, e := range y.log {
		if e.At.Before(at) {
			switch kind := e.Payload.Kind(); {
			case kind == "case-registered", kind == "sheet-returned":
				in[e.Case] = true
			case (kind == "case-closed" || kind == "case-withdrawn") && e.At.Before(before):
				delete(in, e.Case)
			}
		}
	}
	out := map[string]int{}
	for id := range in {
		out[y.cases[id].Agency]++
	}
	return out
}
