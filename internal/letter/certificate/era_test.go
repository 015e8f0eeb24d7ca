package certificate

import (
	"testing"
	"time"
)

func TestWareki(t *testing.T) {
	tests := []struct {
		rule string
		at   time.Time
		want string
	}{
		{"the date is Tokyo's", time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC), "令和8年11月23日"},
		{"a moment before, it is the day before", time.Date(2026, 11, 22, 14, 59, 59, 0, time.UTC), "令和8年11月22日"},
		{"an era begins with 元年", time.Date(2019, 5, 1, 0, 0, 0, 0, tokyo), "令和元年5月1日"},
		{"its eve belongs to the old era", time.Date(2019, 4, 30, 23, 59, 0, 0, tokyo), "平成31年4月30日"},
		{"平成 began on 8 January", time.Date(1989, 1, 7, 12, 0, 0, 0, tokyo), "昭和64年1月7日"},
		{"older dates have the western year", time.Date(1920, 1, 2, 0, 0, 0, 0, tokyo), "1920年1月2日"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			if got := wareki(test.at); got != test.want {
				t.Errorf("%v: %s, want %s", test.at, got, test.want)
			}
		})
	}
}
