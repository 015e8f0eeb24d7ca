package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// The types here read themselves from text; the error of UnmarshalText is the remedy, without the value.

// Size is a number of bytes. It reads 32MiB, 500KB, or a bare number of bytes.
type Size int64

var sizeUnits = []struct {
	suffix string
	factor int64
}{
	{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9},
	{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"B", 1}, {"", 1},
}

// UnmarshalText reads a number and a unit.
func (s *Size) UnmarshalText(text []byte) error {
	t := strings.ToUpper(strings.ReplaceAll(string(text), " ", ""))
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(t, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.factor {
			break
		}
		*s = Size(n * u.factor)
		return nil
	}
	return errors.New(`must be a size such as "32MiB"`)
}

// Start says from when on mail in the mailbox counts: from the first start on, all of it, or from a day on.
type Start struct {
	Now   bool
	All   bool
	Since time.Time // midnight in Japan, when neither Now nor All
}

// UnmarshalText reads now, all, or a day.
func (s *Start) UnmarshalText(text []byte) error {
	switch string(text) {
	case "now":
		*s = Start{Now: true}
		return nil
	case "all":
		*s = Start{All: true}
		return nil
	}
	day, err := time.ParseInLocation(time.DateOnly, string(text), japan)
	if err != nil {
		return errors.New(`must be "now", "all", or a day such as 2026-11-01`)
	}
	*s = Start{Since: day}
	return nil
}

// String writes what UnmarshalText reads.
func (s Start) String() string {
	switch {
	case s.Now:
		return "now"
	case s.All:
		return "all"
	}
	return s.Since.Format(time.DateOnly)
}

var japan = time.FixedZone("JST", 9*60*60)

// TimeOfDay is the time since midnight in Japan. It reads 09:00.
type TimeOfDay time.Duration

// UnmarshalText reads hours and minutes; 24:00 is the end of the day.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	s := string(text)
	if s == "24:00" {
		*t = TimeOfDay(24 * time.Hour)
		return nil
	}
	for _, layout := range []string{"15:04", time.TimeOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			*t = TimeOfDay(at.Sub(at.Truncate(24 * time.Hour)))
			return nil
		}
	}
	return errors.New(`must be a time of day such as "09:00"`)
}

// ClosedDay is a run of days on which the office is closed, both ends included. When Yearly is set, only month and day
// count, and a From after Until runs over New Year. It converts to clock.Range.
type ClosedDay struct {
	From, Until time.Time
	Yearly      bool
}

func yearEnd() ClosedDay {
	var d ClosedDay
	if err := d.UnmarshalText([]byte("12-29..01-03")); err != nil {
		panic(err)
	}
	return d
}

// UnmarshalText reads 2026-08-14, 2026-08-13..2026-08-15, or without the year, 12-29..01-03.
func (d *ClosedDay) UnmarshalText(text []byte) error {
	const shape = `must be a day such as "2026-08-14" or "11-03", or two of a kind, "12-29..01-03"`
	from, until, isRun := strings.Cut(strings.ReplaceAll(string(text), " ", ""), "..")
	if !isRun {
		until = from
	}
	first, yearly1, err1 := parseClosed(from)
	last, yearly2, err2 := parseClosed(until)
	switch {
	case err1 != nil || err2 != nil || yearly1 != yearly2:
		return errors.New(shape)
	case !yearly1 && last.Before(first):
		return errors.New("ends before it begins; put the earlier day first")
	case !yearly1 && last.Sub(first) > 62*24*time.Hour:
		return errors.New("is longer than two months; write the days that are really closed")
	}
	*d = ClosedDay{From: first, Until: last, Yearly: yearly1}
	return nil
}

func parseClosed(s string) (day time.Time, yearly bool, err error) {
	if len(s) == len("12-29") {
		day, err = time.ParseInLocation(time.DateOnly, "2000-"+s, japan)
		return day, true, err
	}
	day, err = time.ParseInLocation(time.DateOnly, s, japan)
	return day, false, err
}
