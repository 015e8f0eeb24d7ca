package certificate

import (
	"fmt"
	"time"
)

// tokyo is where the office's dates are. Japan has kept +0900 without daylight saving since 1952.
var tokyo = time.FixedZone("JST", 9*60*60)

func inTokyo(t time.Time) time.Time { return t.In(tokyo) }

// eras, the latest first, with the first day of each.
var eras = []struct {
	name             string
	year, month, day int
}{
	{"令和", 2019, 5, 1},
	{"平成", 1989, 1, 8},
	{"昭和", 1926, 12, 25},
}

// wareki writes t's date in Tokyo with the Japanese era, 令和8年11月23日; an era's first year is 元年.
// Dates before 昭和 are written with the western year.
func wareki(t time.Time) string {
	t = inTokyo(t)
	for _, era := range eras {
		if t.Before(time.Date(era.year, time.Month(era.month), era.day, 0, 0, 0, 0, tokyo)) {
			continue
		}
		year := t.Year() - era.year + 1
		if year == 1 {
			return fmt.Sprintf("%s元年%d月%d日", era.name, t.Month(), t.Day())
		}
		return fmt.Sprintf("%s%d年%d月%d日", era.name, year, t.Month(), t.Day())
	}
	return seireki(t)
}

// seireki writes t's date in Tokyo with the western year, 2026年11月23日.
func seireki(t time.Time) string {
	t = inTokyo(t)
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}
