package entrysheet

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestParseAmount(t *testing.T) {
	tests := []struct {
		typed, unit string
		want        int64
		v           verdict
	}{
		{"3,000万円", "", 30_000_000, understood},
		{"３，０００万円", "", 30_000_000, understood},
		{"3000万", "", 30_000_000, understood},
		{"30,000千円", "", 30_000_000, understood},
		{"30百万円", "", 30_000_000, understood},
		{"1,234百万円", "", 1_234_000_000, understood},
		{"8億円", "", 800_000_000, understood},
		{"1.5億円", "", 150_000_000, understood},
		{"1億2,000万円", "", 120_000_000, understood},
		{"1億2千万円", "", 120_000_000, understood},
		{"3千万円", "", 30_000_000, understood},
		{"三千万円", "", 30_000_000, understood},
		{"一億円", "", 100_000_000, understood},
		{"百万円", "", 0, blank}, // only a unit is printed there
		{"30,000,000円", "", 30_000_000, understood},
		{"￥30,000,000", "", 30_000_000, understood},
		{"金30,000,000円也", "", 30_000_000, understood},
		{"¥30,000,000-", "", 30_000_000, understood},
		{"30000000", "", 30_000_000, understood},
		{"約3,000万円", "", 30_000_000, understood},
		{"3,000万円（2025年3月期）", "", 30_000_000, understood},
		{"3,000", "万円", 30_000_000, understood},
		{"30,000", "千円", 30_000_000, understood},
		{"3,000万円", "千円", 30_000_000, understood},
		{"1円", "", 1, understood},
		{"0", "", 0, understood},
		{"3,000", "", 0, unclear}, // a unit was forgotten
		{"3,000～5,000万円", "", 0, unclear},
		{"1億円以上", "", 0, unclear},
		{"500万ドル", "", 0, unclear},
		{"$5,000,000", "", 0, unclear},
		{"非公開", "", 0, blank},
		{"－", "", 0, blank},
		{"", "", 0, blank},
		{"円", "", 0, blank},
	}
	for _, tt := range tests {
		if got, v := parseAmount(typed{raw: tt.typed, unit: tt.unit}); got != tt.want || v != tt.v {
			t.Errorf("parseAmount(%q, %q) = %d, %d, want %d, %d", tt.typed, tt.unit, got, v, tt.want, tt.v)
		}
	}
}

func TestParsePeople(t *testing.T) {
	tests := []struct {
		typed string
		want  int64
		v     verdict
	}{
		{"45名", 45, understood}, {"４５人", 45, understood}, {"約45名", 45, understood}, {"四十五名", 45, understood}, {"1,200名", 1200, understood},
		{"45名（うちパート10名）", 45, understood}, {"45", 45, understood}, {"正社員30名、パート15名", 0, unclear}, {"40～50名", 0, unclear}, {"名", 0, blank}, {"", 0, blank},
	}
	for _, tt := range tests {
		if got, v := parsePeople(typed{raw: tt.typed}); got != tt.want || v != tt.v {
			t.Errorf("parsePeople(%q) = %d, %d, want %d, %d", tt.typed, got, v, tt.want, tt.v)
		}
	}
}

func TestAmountMeansTheSameInEveryUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oku, man := rapid.Int64Range(1, 99).Draw(t, "億"), rapid.Int64Range(1, 9_999).Draw(t, "万")
		want := oku*100_000_000 + man*10_000
		for _, s := range []string{
			fmt.Sprintf("%d億%d万円", oku, man), fmt.Sprintf("%d万円", want/10_000), fmt.Sprintf("%d千円", want/1000), fmt.Sprintf("%d円", want),
			fmt.Sprintf("%.4f億円", float64(want)/1e8), fmt.Sprintf("%.2f百万円", float64(want)/1e6),
		} {
			if got, v := parseAmount(typed{raw: s}); v != understood || got != want {
				t.Fatalf("%s is %d (%d), want %d", s, got, v, want)
			}
		}
	})
}

func TestParseNumberFormat(t *testing.T) {
	tests := []struct {
		code string
		want numberFormat
	}{
		{"General", numberFormat{}},
		{`yyyy"年"m"月"d"日"`, numberFormat{date: true}},
		{`[$-411]ggge"年"m"月"d"日"`, numberFormat{date: true}},
		{`yyyy\年m\月d\日`, numberFormat{date: true}},
		{`#,##0"万円"`, numberFormat{unit: "万円"}},
		{`#,##0,"千円";[Red]-#,##0`, numberFormat{unit: "千円", scale: 1}},
		{`#,##0,,"百万円"`, numberFormat{unit: "百万円", scale: 2}},
		{`0"名"`, numberFormat{unit: "名"}},
		{`000\-0000`, numberFormat{}},
	}
	for _, tt := range tests {
		if got := parseNumberFormat(tt.code); got != tt.want {
			t.Errorf("parseNumberFormat(%q) = %+v, want %+v", tt.code, got, tt.want)
		}
	}
}
