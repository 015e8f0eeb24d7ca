package entrysheet

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// eras by their names and initials: the year before each one's first.
var eras = map[string]int{
	"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018,
	"明": 1867, "大": 1911, "昭": 1925, "平": 1988, "令": 2018,
	"M": 1867, "T": 1911, "S": 1925, "H": 1988, "R": 2018,
}

var (
	eraDate   = regexp.MustCompile(`(明治|大正|昭和|平成|令和|明|大|昭|平|令|[MTSHR])\.?(\d{1,2})(?:年度?|[./-])(\d{1,2})(?:月|[./-]|$|\D)(?:(\d{1,2})(?:日|$|\D))?`)
	plainDate = regexp.MustCompile(`(\d{4})(?:年度?|[./-])(\d{1,2})(?:月|[./-]|$|\D)(?:(\d{1,2})(?:日|$|\D))?`)
	bareDate  = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
)

// civil is a date in the Gregorian calendar; day 0 means that only year and
// month are known.
type civil struct{ year, month, day int }

func (d civil) time() time.Time {
	return time.Date(d.year, time.Month(d.month), max(d.day, 1), 0, 0, 0, 0, time.UTC)
}

func (d civil) valid() bool {
	t := d.time()
	return d.year >= 1600 && d.year <= 2200 && t.Year() == d.year && int(t.Month()) == d.month
}

// parseDate understands a day as people and Excel write it, and returns it as
// 2026-11-16. Two days in one answer, or one without its year, are unclear.
func parseDate(t typed) (string, verdict) {
	d, v := findDate(t, 20_000) // 1954: an earlier day of receipt is no serial but a mere number
	if v == understood && d.day == 0 {
		v = unclear
	}
	if v != understood {
		return "", v
	}
	return d.time().Format(time.DateOnly), v
}

// parseMonth understands year and month and returns them as 1920-04. A year
// alone is unclear.
func parseMonth(t typed) (string, verdict) {
	d, v := findDate(t, 10_000)
	if v != understood {
		return "", v
	}
	return fmt.Sprintf("%04d-%02d", d.year, d.month), v
}

func findDate(t typed, minSerial float64) (civil, verdict) {
	if isNothing(t.raw) {
		return civil{}, blank
	}
	if t.number {
		return numberDate(t, minSerial)
	}
	s := foldDate(t.raw)
	if strings.Trim(s, "年月日./-") == "" || s == "令和年月日" {
		return civil{}, blank // 「令和　　年　　月　　日」 left as printed
	}
	if m := bareDate.FindStringSubmatch(s); m != nil {
		return checked(0, m)
	}
	found := eraDate.FindAllStringSubmatch(s, 3)
	if len(found) == 1 {
		return checked(eras[found[0][1]], found[0][1:])
	}
	if len(found) == 0 {
		if found = plainDate.FindAllStringSubmatch(s, 3); len(found) == 1 {
			return checked(0, found[0])
		}
	}
	return civil{}, unclear
}

// checked builds the date of a match: year (after offset), month, day.
func checked(offset int, m []string) (civil, verdict) {
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
	}
	d := civil{offset + n[0], n[1], n[2]}
	if !d.valid() || n[0] == 0 || (d.day != 0 && d.time().Day() != d.day) {
		return civil{}, unclear
	}
	return d, understood
}

// foldDate brings a date to NFKC (which spells ㋿ and ㍻ out) without spaces
// and brackets, kanji numbers as digits, 元年 as 1年, one kind of dash.
func foldDate(s string) string {
	s = norm.NFKC.String(s)
	s = strings.Join(strings.Fields(cutBrackets(s)), "")
	s = strings.ReplaceAll(s, "元年", "1年")
	s = kanjiNumbers.ReplaceAllStringFunc(s, func(run string) string {
		if n, ok := japaneseNumber(run); ok {
			return strconv.FormatInt(n, 10)
		}
		return run
	})
	s = dashes(s)
	if i := strings.IndexAny(s, "Tt"); i > 7 && isDigit(rune(s[i-1])) {
		s = s[:i] // 2026-11-16T00:00:00
	}
	return strings.ToUpper(s)
}

var kanjiNumbers = regexp.MustCompile(`[〇零一二三四五六七八九十]+`)

// numberDate reads a number as a serial, as 20261116, or as 1920.4 (April 1920).
func numberDate(t typed, minSerial float64) (civil, verdict) {
	v, err := strconv.ParseFloat(strings.TrimSpace(t.raw), 64)
	if err != nil || v < 1 || math.IsInf(v, 0) {
		return civil{}, unclear
	}
	if m := bareDate.FindStringSubmatch(strconv.FormatFloat(v, 'f', -1, 64)); m != nil {
		return checked(0, m)
	}
	if !t.format.date && v < 2200 {
		return yearPointMonth(strconv.FormatFloat(v, 'f', -1, 64))
	}
	if v < minSerial && !t.format.date || v > 2_958_465 {
		return civil{}, unclear
	}
	return serialDate(int(v), t.date1904)
}

// yearPointMonth reads "1920.4", which Excel takes for a number; "1920.1" may
// be January or October.
func yearPointMonth(s string) (civil, verdict) {
	year, month, ok := strings.Cut(s, ".")
	if !ok || month == "1" {
		return civil{}, unclear
	}
	return checked(0, []string{"", year, month, "0"})
}

// serialDate counts days as Excel does: from 1904, or from 1900 with a
// February 29 that never was (serial 60).
func serialDate(n int, date1904 bool) (civil, verdict) {
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n == 60:
		return civil{}, unclear
	case n < 60:
		base = base.AddDate(0, 0, 1)
	}
	d := base.AddDate(0, 0, n)
	return civil{d.Year(), int(d.Month()), d.Day()}, understood
}
