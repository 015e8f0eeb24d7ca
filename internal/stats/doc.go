// Package stats counts a fiscal year (April to March, Asia/Tokyo) for the office's headquarters: entries, supports,
// outcomes and waiting times, by month, agency, item, industry, country and, for the office itself, concierge.
//
//  1. The shell walks the cases one by one and gives each one's events to Tally.Case; nothing of a case is kept but numbers.
//  2. The events are folded again, up to the end of the year (or the day of the figures); what 直前取消 took back never was.
//  3. Each step of the case is a count, or a count of business days, in the month in which it happened. A step counts when it
//     is new: a second 回付 of the same support, or the same answer again, is none.
//  4. Which rows a case belongs to (its agency, items, industry, countries) is read from its sheet in force at the end, so that
//     every breakdown of a year adds up; what happens to the case in later years changes nothing.
//  5. Open cases keep the books: carried over + received + reopened - ended = open at the end, in every row.
//
// Names of companies and people are in no figure. A text of a sheet (industry, country) that holds one is left out.
package stats

import (
	"time"

	"uketsuke/internal/casework"
)

// Begin is the first instant of a fiscal year.
func Begin(year int) time.Time { return time.Date(year, time.April, 1, 0, 0, 0, 0, casework.JST) }

// Calendar counts business days; package clock implements it.
type Calendar interface {
	// BusinessDaysBetween counts the business days after from's day up to and including until's day.
	BusinessDaysBetween(from, until time.Time) int
}

// days counts business days by sums of whole days, so that a long wait costs no more than a short one.
type days struct {
	calendar Calendar
	origin   time.Time // noon in Japan of the day that sums[0] stands for
	sums     []int
}

const day = 24 * time.Hour

// newDays counts from some years before the earliest day that is usually asked for.
func newDays(c Calendar, year int) *days {
	return &days{calendar: c, origin: Begin(year - 3).Add(day / 2), sums: []int{0}}
}

func (d *days) between(from, until time.Time) int {
	a, b := d.at(from), d.at(until)
	if a < 0 || b < 0 {
		return d.calendar.BusinessDaysBetween(from, until)
	}
	for i := len(d.sums); i <= max(a, b); i++ {
		last := d.origin.Add(time.Duration(i-1) * day)
		d.sums = append(d.sums, d.sums[i-1]+d.calendar.BusinessDaysBetween(last, last.Add(day)))
	}
	return d.sums[b] - d.sums[a]
}

// at is the place of an instant's day in Japan, which has no summer time; negative before the origin.
func (d *days) at(t time.Time) int {
	since := t.Sub(d.origin.Add(-day / 2))
	if since < 0 {
		return -1
	}
	return int(since / day)
}
