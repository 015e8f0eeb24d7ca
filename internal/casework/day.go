package casework

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/text/unicode/norm"
)

var (
	fullDay = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$`)
	eraDay  = regexp.MustCompile(`^(?:令和|[Rr])(元|\d{1,2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$`)
	nearDay = regexp.MustCompile(`^(\d{1,2})[-/.月](\d{1,2})日?$`)
)

// ParseDay reads a day as people type it (2026-12-28, 2026年12月28日, 令和8年12月28日, R8.12.28, 12/28) and returns
// it as YYYY-MM-DD. A day without a year is the next one from now.
func ParseDay(s string, now time.Time) (string, bool) {
	s = norm.NFKC.String(s)
	num := func(t string) int {
		if t == "元" {
			return 1
		}
		n, _ := strconv.Atoi(t)
		return n
	}
	if m := fullDay.FindStringSubmatch(s); m != nil {
		return validDay(num(m[1]), num(m[2]), num(m[3]))
	}
	if m := eraDay.FindStringSubmatch(s); m != nil {
		return validDay(2018+num(m[1]), num(m[2]), num(m[3]))
	}
	if m := nearDay.FindStringSubmatch(s); m != nil {
		year := now.In(JST).Year()
		day, ok := validDay(year, num(m[1]), num(m[2]))
		if ok && day < Day(now) {
			return validDay(year+1, num(m[1]), num(m[2]))
		}
		return day, ok
	}
	return "", false
}

// Day is the day of an instant in Japan, YYYY-MM-DD.
func Day(t time.Time) string { return t.In(JST).Format(time.DateOnly) }

func validDay(y, m, d int) (string, bool) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, JST)
	return t.Format("2006-01-02"), t.Year() == y && int(t.Month()) == m && t.Day() == d
}

// JapaneseDay writes YYYY-MM-DD as 2026年12月28日（月）; anything else as it is.
func JapaneseDay(day string) string {
	t, err := time.ParseInLocation("2006-01-02", day, JST)
	if err != nil {
		return day
	}
	return fmt.Sprintf("%d年%d月%d日（%s）", t.Year(), t.Month(), t.Day(), []string{"日", "月", "火", "水", "木", "金", "土"}[t.Weekday()])
}
