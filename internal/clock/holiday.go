package clock

import (
	"sync"
	"time"

	"github.com/rickar/cal/v2/jp"

	"uketsuke/internal/casework"
)

// yearHolidays has a bit for each day of one year, by time.Time.YearDay.
type yearHolidays [6]uint64

func (y *yearHolidays) set(yearDay int)      { y[yearDay/64] |= 1 << (yearDay % 64) }
func (y *yearHolidays) has(yearDay int) bool { return y[yearDay/64]&(1<<(yearDay%64)) != 0 }

// holidayYears keeps each year once worked out. The library's holidays change while they are calculated
// (the vernal equinox writes its day into a shared value), so one goroutine at a time asks it.
var (
	holidayYears sync.Map // int -> *yearHolidays
	libraryMu    sync.Mutex
)

// isHoliday tells whether the day of t, which is in JST, is a national holiday or its substitute.
func isHoliday(t time.Time) bool {
	if y, ok := holidayYears.Load(t.Year()); ok {
		return y.(*yearHolidays).has(t.YearDay())
	}
	libraryMu.Lock()
	defer libraryMu.Unlock()
	y, _ := holidayYears.LoadOrStore(t.Year(), holidaysOf(t.Year()))
	return y.(*yearHolidays).has(t.YearDay())
}

// holidaysOf works out the national holidays of a year (Act on National Holidays, 1948):
// the named days (art. 2), substitutes (art. 3 (2)), and each day between two named days (art. 3 (3)),
// which the library lists by hand and only up to 2032.
func holidaysOf(year int) *yearHolidays {
	var all, named yearHolidays
	for _, h := range jp.Holidays {
		actual, observed := h.Calc(year)
		if !actual.IsZero() && actual.Year() == year {
			all.set(actual.YearDay())
			named.set(actual.YearDay())
		}
		if !observed.IsZero() && observed.Year() == year {
			all.set(observed.YearDay())
		}
	}
	last := time.Date(year, time.December, 31, 0, 0, 0, 0, casework.JST).YearDay()
	for d := 2; d < last; d++ {
		if named.has(d-1) && named.has(d+1) {
			all.set(d)
		}
	}
	return &all
}
