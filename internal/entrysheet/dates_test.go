package entrysheet

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDate(t *testing.T) {
	tests := []struct {
		typed, want string
		v           verdict
	}{
		{"2026/11/16", "2026-11-16", understood},
		{"2026-11-16", "2026-11-16", understood},
		{"2026.11.16", "2026-11-16", understood},
		{"2026年11月16日", "2026-11-16", understood},
		{"２０２６年１１月１６日（月）", "2026-11-16", understood},
		{"2026 年 11 月 16 日", "2026-11-16", understood},
		{"20261116", "2026-11-16", understood},
		{"2026-11-16T00:00:00", "2026-11-16", understood},
		{"令和8年11月16日", "2026-11-16", understood},
		{"令和８年１１月１６日", "2026-11-16", understood},
		{"㋿8年11月16日", "2026-11-16", understood},
		{"R8.11.16", "2026-11-16", understood},
		{"Ｒ８．１１．１６", "2026-11-16", understood},
		{"r8/11/16", "2026-11-16", understood},
		{"令和元年5月1日", "2019-05-01", understood},
		{"平成31年4月30日", "2019-04-30", understood},
		{"令和八年十一月十六日", "2026-11-16", understood},
		{"二〇二六年十一月二十日", "2026-11-20", understood},
		{"2026年2月30日", "", unclear},
		{"2026年13月1日", "", unclear},
		{"2026年11月", "", unclear},
		{"11月16日", "", unclear},
		{"26/11/16", "", unclear},
		{"2026/11/16～2026/11/20", "", unclear},
		{"令和0年1月1日", "", unclear},
		{"来週", "", unclear},
		{"令和　　年　　月　　日", "", blank},
		{"　　年　　月　　日", "", blank},
		{"", "", blank},
		{"－", "", blank},
	}
	for _, tt := range tests {
		if got, v := parseDate(typed{raw: tt.typed}); got != tt.want || v != tt.v {
			t.Errorf("parseDate(%q) = %q, %d, want %q, %d", tt.typed, got, v, tt.want, tt.v)
		}
	}
}

func TestParseMonth(t *testing.T) {
	tests := []struct {
		typed, want string
		v           verdict
	}{
		{"1920年4月", "1920-04", understood}, {"大正9年4月", "1920-04", understood}, {"T9.4", "1920-04", understood}, {"S45/4", "1970-04", understood},
		{"1970年4月1日", "1970-04", understood}, {"1920/4", "1920-04", understood}, {"明治33年10月", "1900-10", understood}, {"昭和四十五年四月", "1970-04", understood},
		{"1920年4月創業", "1920-04", understood}, {"1920年", "", unclear}, {"創業1920年4月、設立1955年5月", "", unclear}, {"不明", "", blank},
	}
	for _, tt := range tests {
		if got, v := parseMonth(typed{raw: tt.typed}); got != tt.want || v != tt.v {
			t.Errorf("parseMonth(%q) = %q, %d, want %q, %d", tt.typed, got, v, tt.want, tt.v)
		}
	}
}

// TestSerials checks known days (ECMA-376 part 1, 18.17.4.1) and that every
// way of writing a day means the same day.
func TestSerials(t *testing.T) {
	for serial, want := range map[int]civil{1: {1900, 1, 1}, 59: {1900, 2, 28}, 61: {1900, 3, 1}, 7397: {1920, 4, 1}, 46342: {2026, 11, 16}} {
		if got, v := serialDate(serial, false); v != understood || got != want {
			t.Errorf("serial %d is %v, want %v", serial, got, want)
		}
	}
	if got, _ := serialDate(0, true); got != (civil{1904, 1, 1}) {
		t.Errorf("serial 0 of 1904 is %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(2019, 5, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 20_000).Draw(t, "days"))
		serial := int(day.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24)
		want := day.Format(time.DateOnly)
		for _, in := range []typed{
			{raw: fmt.Sprint(serial), number: true}, {raw: fmt.Sprint(serial - 1462), number: true, date1904: true},
			{raw: day.Format("2006/1/2")}, {raw: day.Format("2006年1月2日")}, {raw: day.Format("20060102"), number: true},
			{raw: fmt.Sprintf("令和%d年%d月%d日", day.Year()-2018, day.Month(), day.Day())},
			{raw: fmt.Sprintf("R%d.%d.%d", day.Year()-2018, day.Month(), day.Day())},
		} {
			if got, v := parseDate(in); v != understood || got != want {
				t.Fatalf("%+v is %q (%d), want %s", in, got, v, want)
			}
		}
	})
}
