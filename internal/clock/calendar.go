// Package clock counts business days and office hours.
//
//  1. A day is a day in Asia/Tokyo, whatever zone the instant came in.
//  2. It is a business day unless it is a Saturday, a Sunday, a national holiday of Japan (substitute and
//     citizens' holidays included) or one of the office's own closed days.
//  3. The holidays of a year are worked out once and kept; asking is then a look at one bit.
//  4. Office hours are one span of each business day.
//
// Nothing here asks for the time: every answer is for the instant in the argument.
package clock

import (
	"time"

	"uketsuke/internal/casework"
)

// Range is a run of days on which the office is closed, both ends included; the times of day do not count.
// When Yearly is set, only month and day count, every year anew, and a From after Until runs over New Year.
type Range struct {
	From, Until time.Time
	Yearly      bool
}

// Hours is the span of a business day in which reminders may leave, measured from midnight in Japan:
// Open is inside it, Close is not.
type Hours struct {
	Open, Close time.Duration
}

// DefaultHours are taken for Hours that are empty or end before they begin.
var DefaultHours = Hours{Open: 9 * time.Hour, Close: 17*time.Hour + 30*time.Minute}

// YearEnd is the closing of Japanese offices from 29 December to 3 January.
func YearEnd() Range {
	return Range{
		From:   time.Date(2000, time.December, 29, 0, 0, 0, 0, casework.JST),
		Until:  time.Date(2000, time.January, 3, 0, 0, 0, 0, casework.JST),
		Yearly: true,
	}
}

// horizon bounds every search for a business day: an office whose settings close it for longer than
// this is treated as if it had no closed days left, so that no deadline is ever lost in an endless search.
const horizon = 400

// Calendar knows an office's business days and hours. It is immutable and safe for concurrent use;
// it implements casework.Calendar.
type Calendar struct {
	fixed  []span // ordinals of days
	yearly []span // month*100 + day
	hours  Hours
}

var _ casework.Calendar = (*Calendar)(nil)

type span struct{ from, until int }

// New returns the calendar of an office that is closed on those days, beside weekends and national holidays.
// YearEnd is not assumed: it stands among closed if the office keeps it.
func New(closed []Range, hours Hours) *Calendar {
	if hours.Close <= hours.Open || hours.Open < 0 || hours.Close > 24*time.Hour {
		hours = DefaultHours
	}
	c := &Calendar{hours: hours}
	for _, r := range closed {
		if r.Yearly {
			c.yearly = append(c.yearly, span{monthDay(r.From), monthDay(r.Until)})
			continue
		}
		c.fixed = append(c.fixed, span{ordinal(r.From), ordinal(r.Until)})
	}
	return c
}

// IsBusinessDay tells whether the office works on the day, in Japan, of the instant t.
func (c *Calendar) IsBusinessDay(t time.Time) bool {
	t = t.In(casework.JST)
	if wd := t.Weekday(); wd == time.Saturday || wd == time.Sunday {
		return false
	}
	return !isHoliday(t) && !c.isClosed(t)
}

// isClosed tells whether the office's own settings close it on t's day; t is in JST.
func (c *Calendar) isClosed(t time.Time) bool {
	day := ordinal(t)
	for _, s := range c.fixed {
		if s.from <= day && day <= s.until {
			return true
		}
	}
	md := monthDay(t)
	for _, s := range c.yearly {
		inside := s.from <= md && md <= s.until
		if s.from > s.until {
			inside = md >= s.from || md <= s.until
		}
		if inside {
			return true
		}
	}
	return false
}

// AddBusinessDays returns the n-th business day after t's day in Japan, at t's time of day, in JST.
// With n = 0 it is t's own day when that is a business day, else the next one; a negative n counts back.
func (c *Calendar) AddBusinessDays(t time.Time, n int) time.Time {
	t = t.In(casework.JST)
	if n == 0 {
		if c.IsBusinessDay(t) {
			return t
		}
		n = 1
	}
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for ; n > 0; n-- {
		t = c.next(t, step)
	}
	return t
}

// next returns the first business day after (or, with step -1, before) t's day.
func (c *Calendar) next(t time.Time, step int) time.Time {
	d := t
	for range horizon {
		d = d.AddDate(0, 0, step)
		if c.IsBusinessDay(d) {
			return d
		}
	}
	for t = t.AddDate(0, 0, step); isFree(t); t = t.AddDate(0, 0, step) {
	}
	return t
}

// isFree tells whether all Japan is free on t's day: a weekend or a national holiday.
func isFree(t time.Time) bool {
	return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday || isHoliday(t)
}

// BusinessDaysBetween counts the business days after from's day up to and including until's day;
// it is negative when until's day is the earlier one.
func (c *Calendar) BusinessDaysBetween(from, until time.Time) int {
	from, until = from.In(casework.JST), until.In(casework.JST)
	if ordinal(until) < ordinal(from) {
		return -c.BusinessDaysBetween(until, from)
	}
	n := 0
	for d, last := from.AddDate(0, 0, 1), ordinal(until); ordinal(d) <= last; d = d.AddDate(0, 0, 1) {
		if c.IsBusinessDay(d) {
			n++
		}
	}
	return n
}

// InHours tells whether t is inside office hours of a business day.
func (c *Calendar) InHours(t time.Time) bool {
	tod := sinceMidnight(t)
	return tod >= c.hours.Open && tod < c.hours.Close && c.IsBusinessDay(t)
}

// NextOpen returns the first instant, not before t, that is inside office hours.
func (c *Calendar) NextOpen(t time.Time) time.Time {
	if c.InHours(t) {
		return t
	}
	day := midnight(t)
	if !c.IsBusinessDay(day) || sinceMidnight(t) >= c.hours.Close {
		day = c.next(day, 1)
	}
	return day.Add(c.hours.Open)
}

// Hours returns the office hours in force.
func (c *Calendar) Hours() Hours { return c.hours }

func midnight(t time.Time) time.Time {
	y, m, d := t.In(casework.JST).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, casework.JST)
}

func sinceMidnight(t time.Time) time.Duration { return t.Sub(midnight(t)) }

// ordinal numbers the days in Japan so that they can be compared: 20261123.
func ordinal(t time.Time) int {
	y, m, d := t.In(casework.JST).Date()
	return y*10000 + int(m)*100 + d
}

func monthDay(t time.Time) int { return ordinal(t) % 10000 }
