package clock

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"uketsuke/internal/casework"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, casework.JST)
	if err != nil {
		t, err = time.ParseInLocation(time.DateOnly, s, casework.JST)
	}
	if err != nil {
		panic(err)
	}
	return t
}

func kobe() *Calendar {
	return New([]Range{YearEnd(), {From: at("2026-08-13"), Until: at("2026-08-14")}}, DefaultHours)
}

func TestWhichDaysAreBusinessDays(t *testing.T) {
	c := kobe()
	for _, tc := range []struct {
		rule, day string
		want      bool
	}{
		{"an ordinary Tuesday", "2026-11-24", true},
		{"Saturday", "2026-11-21", false},
		{"Sunday", "2026-11-22", false},
		{"a holiday: Labour Thanksgiving Day", "2026-11-23", false},
		{"a substitute: 6 May after Constitution Day on a Sunday", "2026-05-06", false},
		{"a citizens' holiday between two holidays", "2026-09-22", false},
		{"the same rule after the library's list ends", "2049-09-21", false},
		{"vernal equinox", "2028-03-20", false},
		{"no substitute in a year without one", "2027-05-06", true},
		{"the office's own closed days, first", "2026-08-13", false},
		{"and last", "2026-08-14", false},
		{"the day before them", "2026-08-12", true},
		{"those of one year only", "2027-08-13", true},
		{"year end, every year, first", "2026-12-29", false},
		{"New Year's Eve", "2027-12-31", false},
		{"after New Year's Day", "2027-01-02", false},
		{"the last closed day", "2028-01-03", false},
		{"the first open day", "2028-01-04", true},
		{"the last open day", "2026-12-28", true},
	} {
		if got := c.IsBusinessDay(at(tc.day)); got != tc.want {
			t.Errorf("%s (%s): %v, want %v", tc.rule, tc.day, got, tc.want)
		}
	}
}

func TestADayIsADayInJapan(t *testing.T) {
	// Sunday 22:00 UTC is Monday 07:00 in Japan, Friday 20:00 UTC is Saturday there.
	if !kobe().IsBusinessDay(time.Date(2026, 11, 15, 22, 0, 0, 0, time.UTC)) {
		t.Error("Monday morning in Japan is no business day")
	}
	if kobe().IsBusinessDay(time.Date(2026, 11, 20, 20, 0, 0, 0, time.UTC)) {
		t.Error("Saturday morning in Japan is a business day")
	}
}

func TestNationalHolidaysOf2026To2030(t *testing.T) {
	want := map[int]int{2026: 18, 2027: 17, 2028: 16, 2029: 19, 2030: 19}
	total := 0
	for year, n := range want {
		got := 0
		for d := at("2026-01-01").AddDate(year-2026, 0, 0); d.Year() == year; d = d.AddDate(0, 0, 1) {
			if isHoliday(d) {
				got++
			}
		}
		if got != n {
			t.Errorf("%d has %d holidays, want %d", year, got, n)
		}
		total += got
	}
	if total != 89 {
		t.Errorf("%d holidays in all, want 89", total)
	}
}

func TestAddBusinessDays(t *testing.T) {
	c := kobe()
	for _, tc := range []struct {
		rule, from string
		n          int
		want       string
	}{
		{"the next day", "2026-11-24 10:30", 1, "2026-11-25 10:30"},
		{"over a weekend", "2026-11-27 10:30", 1, "2026-11-30 10:30"},
		{"over a weekend and a holiday", "2026-11-20 09:00", 1, "2026-11-24 09:00"},
		{"from a Sunday", "2026-11-22 23:59", 2, "2026-11-25 23:59"},
		{"over New Year", "2026-12-28 12:00", 1, "2027-01-04 12:00"},
		{"none, on a business day", "2026-11-24 10:30", 0, "2026-11-24 10:30"},
		{"none, on a holiday", "2026-11-21 10:30", 0, "2026-11-24 10:30"},
		{"back", "2026-11-24 10:30", -1, "2026-11-20 10:30"},
		{"thirty", "2026-11-24 10:30", 30, "2027-01-12 10:30"},
	} {
		if got := c.AddBusinessDays(at(tc.from), tc.n); !got.Equal(at(tc.want)) {
			t.Errorf("%s: %s, want %s", tc.rule, got.Format("2006-01-02 15:04"), tc.want)
		}
	}
}

func TestOfficeHours(t *testing.T) {
	c := kobe()
	for _, tc := range []struct {
		rule, at string
		in       bool
		next     string
	}{
		{"before opening", "2026-11-24 08:59", false, "2026-11-24 09:00"},
		{"at opening", "2026-11-24 09:00", true, "2026-11-24 09:00"},
		{"at noon", "2026-11-24 12:00", true, "2026-11-24 12:00"},
		{"at closing", "2026-11-24 17:30", false, "2026-11-25 09:00"},
		{"on Friday evening before a long weekend", "2026-11-20 19:00", false, "2026-11-24 09:00"},
		{"on a holiday at noon", "2026-11-23 12:00", false, "2026-11-24 09:00"},
		{"early on a Sunday", "2026-11-29 01:00", false, "2026-11-30 09:00"},
	} {
		if got := c.InHours(at(tc.at)); got != tc.in {
			t.Errorf("%s: InHours %v, want %v", tc.rule, got, tc.in)
		}
		if got := c.NextOpen(at(tc.at)); !got.Equal(at(tc.next)) {
			t.Errorf("%s: NextOpen %s, want %s", tc.rule, got.Format("2006-01-02 15:04"), tc.next)
		}
	}
}

func TestHoursThatMakeNoSenseAreTheDefault(t *testing.T) {
	for _, h := range []Hours{{}, {Open: 18 * time.Hour, Close: 9 * time.Hour}, {Open: -1, Close: time.Hour}, {Open: 0, Close: 25 * time.Hour}} {
		if got := New(nil, h).Hours(); got != DefaultHours {
			t.Errorf("New(nil, %v).Hours() = %v", h, got)
		}
	}
}

func TestAnOfficeThatIsAlwaysClosedStillGetsDeadlines(t *testing.T) {
	c := New([]Range{{From: at("2026-01-01"), Until: at("2026-12-31"), Yearly: true}}, DefaultHours)
	if got := c.AddBusinessDays(at("2026-11-20 10:00"), 2); !got.Equal(at("2026-11-25 10:00")) {
		t.Errorf("deadline = %v, want the second working day in Japan", got)
	}
}

func TestBusinessDaysBetween(t *testing.T) {
	c := kobe()
	for _, tc := range []struct {
		from, until string
		want        int
	}{
		{"2026-11-20 23:00", "2026-11-24 01:00", 1}, {"2026-11-24", "2026-11-24", 0},
		{"2026-11-24", "2026-11-20", -1}, {"2026-12-28", "2027-01-08", 5},
	} {
		if got := c.BusinessDaysBetween(at(tc.from), at(tc.until)); got != tc.want {
			t.Errorf("from %s until %s: %d, want %d", tc.from, tc.until, got, tc.want)
		}
	}
}

func anyInstant(t *rapid.T, label string) time.Time {
	return time.Unix(rapid.Int64Range(at("2020-01-01").Unix(), at("2060-01-01").Unix()).Draw(t, label), 0)
}

func TestProperty_AddBusinessDaysLandsOnBusinessDaysAndIsMonotone(t *testing.T) {
	c := kobe()
	rapid.Check(t, func(t *rapid.T) {
		a, n := anyInstant(t, "a"), rapid.IntRange(0, 60).Draw(t, "n")
		b := a.Add(time.Duration(rapid.Int64Range(0, int64(20*24*time.Hour)).Draw(t, "later")))
		got, later := c.AddBusinessDays(a, n), c.AddBusinessDays(b, n)
		if !c.IsBusinessDay(got) {
			t.Fatalf("%v + %d = %v is no business day", a, n, got)
		}
		if sinceMidnight(got) != sinceMidnight(a) {
			t.Fatalf("time of day changed: %v to %v", a, got)
		}
		if ordinal(later) < ordinal(got) {
			t.Fatalf("later start, earlier end: %v to %v, %v to %v", a, got, b, later)
		}
		if next := c.AddBusinessDays(a, n+1); n > 0 && !next.After(got) {
			t.Fatalf("one day more is not later: %v, %v", got, next)
		}
		if n > 0 && c.BusinessDaysBetween(a, got) != n {
			t.Fatalf("%d business days between %v and %v, want %d", c.BusinessDaysBetween(a, got), a, got, n)
		}
	})
}

func TestProperty_NextOpenIsTheFirstOpenInstant(t *testing.T) {
	c := kobe()
	rapid.Check(t, func(t *rapid.T) {
		a := anyInstant(t, "a")
		open := c.NextOpen(a)
		if open.Before(a) || !c.InHours(open) {
			t.Fatalf("NextOpen(%v) = %v", a, open)
		}
		between := a.Add(time.Duration(rapid.Float64Range(0, 1).Draw(t, "part") * float64(open.Sub(a))))
		if between.Before(open) && c.InHours(between) {
			t.Fatalf("open already at %v, before %v", between, open)
		}
	})
}

func TestManyGoroutinesMayAsk(t *testing.T) {
	c := kobe()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for y := range 40 {
				c.IsBusinessDay(time.Date(1980+y+i, time.March, 20, 0, 0, 0, 0, casework.JST))
			}
		})
	}
	wg.Wait()
}

func BenchmarkAddBusinessDays(b *testing.B) {
	c := kobe()
	b.ReportAllocs()
	for b.Loop() {
		c.AddBusinessDays(at("2026-11-24 10:30"), 30)
	}
}
