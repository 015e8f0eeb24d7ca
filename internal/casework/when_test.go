package casework

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// tuesday is the time at which the tests' people type: a Tuesday morning.
var tuesday = time.Date(2026, 11, 24, 10, 0, 0, 0, JST)

func TestParseWhenReadsTimesAsPeopleTypeThem(t *testing.T) {
	const dec3 = "2026年12月3日（木）"
	for _, tc := range []struct{ typed, echo, place string }{
		{"12/3 14時", dec3 + "14:00", ""},
		{"12/3 14:00", dec3 + "14:00", ""},
		{"12/3(木)14:00 神戸事務所", dec3 + "14:00", "神戸事務所"},
		{"12月3日(木) 14時30分 三宮ビル 5階 会議室", dec3 + "14:30", "三宮ビル 5階 会議室"},
		{"12月3日（木曜日）14時半　オンライン（Teams）", dec3 + "14:30", "オンライン（Teams）"},
		{"12/3 (木・祝) 9:00", dec3 + "09:00", ""},
		{"12/3 木 9時 月島", dec3 + "09:00", "月島"},
		{"12-3 14:00", dec3 + "14:00", ""},
		{"12.3 14:00", dec3 + "14:00", ""},
		{"１２／３　１４：００", dec3 + "14:00", ""},
		{"令和8年12月3日 午後2時", dec3 + "14:00", ""},
		{"㋿8年12月3日 午後２時", dec3 + "14:00", ""},
		{"令和 8年 12月 3日 の 午後 2 時", dec3 + "14:00", ""},
		{"R8.12.3 14:00", dec3 + "14:00", ""},
		{"r.8/12/3 14:00", dec3 + "14:00", ""},
		{"2026-12-03 14:00", dec3 + "14:00", ""},
		{"2026年12月3日14時 JETRO神戸", dec3 + "14:00", "JETRO神戸"},
		{"20261203 14:00", dec3 + "14:00", ""},
		{"2026/12/3 １４：００〜15:30", dec3 + "14:00〜15:30", ""},
		{"12/3 14:00-15:30 本店", dec3 + "14:00〜15:30", "本店"},
		{"12/3 14時から15時半まで 本店", dec3 + "14:00〜15:30", "本店"},
		{"12/3 14:00 〜 15:30、本店", dec3 + "14:00〜15:30", "本店"},
		{"12/3 14:00 15:30 本店", dec3 + "14:00〜15:30", "本店"},
		{"12/3 午後2時〜4時", dec3 + "14:00〜16:00", ""},
		{"12/3 午前10時〜12時", dec3 + "10:00〜12:00", ""},
		{"12/3 10:00〜3:00", dec3 + "10:00〜15:00", ""},
		{"12/3 14:00から1時間半 本店", dec3 + "14:00〜15:30", "本店"},
		{"12/3 14:00〜(90分程度) 本店", dec3 + "14:00〜15:30", "本店"},
		{"12/3 14:00〜 本店", dec3 + "14:00", "本店"},
		{"12/3 14:00から 本店", dec3 + "14:00", "本店"},
		{"12/3 14:00 よりあい会館", dec3 + "14:00", "よりあい会館"},
		{"12/3 14:00 にしのみや", dec3 + "14:00", "にしのみや"},
		{"12/3 14:00 場所：本店", dec3 + "14:00", "本店"},
		{"12/3 14:00 場所未定", dec3 + "14:00", "場所未定"},
		{"12/3 14:00 ＠本店", dec3 + "14:00", "本店"},
		{"12/3 14:00 3階会議室", dec3 + "14:00", "3階会議室"},
		{"12/3 正午", dec3 + "12:00", ""},
		{"12/3 午後12時", dec3 + "12:00", ""},
		{"12/3 午後0時30分", dec3 + "12:30", ""},
		{"12/3 お昼12時", dec3 + "12:00", ""},
		{"12/3 昼1時", dec3 + "13:00", ""},
		{"12/3 午前10時半", dec3 + "10:30", ""},
		{"12/3 朝9時", dec3 + "09:00", ""},
		{"12/3 夕方の5時", dec3 + "17:00", ""},
		{"12/3 夜7時", dec3 + "19:00", ""},
		{"12/3 午後14時", dec3 + "14:00", ""},
		{"12/3 2pm", dec3 + "14:00", ""},
		{"12/3 2:30 PM 本店", dec3 + "14:30", "本店"},
		{"12/3 PM2:30", dec3 + "14:30", ""},
		{"12/3 02:00", dec3 + "02:00", ""},
		{"来週火曜 14:00", "2026年12月1日（火）14:00", ""},
		{"来週の木曜日、14時", dec3 + "14:00", ""},
		{"来週木 14:00", dec3 + "14:00", ""},
		{"来週火曜(12/1) 14:00 本店", "2026年12月1日（火）14:00", "本店"},
		{"来週日曜(11/29) 10:00", "2026年11月29日（日）10:00", ""},
		{"今週金曜日 午後2時", "2026年11月27日（金）14:00", ""},
		{"今週日曜 10:00", "2026年11月29日（日）10:00", ""},
		{"再来週月曜 10:00", "2026年12月7日（月）10:00", ""},
		{"木曜日 14:00", "2026年11月26日（木）14:00", ""},
		{"今度の月曜 10:00", "2026年11月30日（月）10:00", ""},
		{"本日 14:00", "2026年11月24日（火）14:00", ""},
		{"明日 10時", "2026年11月25日（水）10:00", ""},
		{"明日(水) 10時", "2026年11月25日（水）10:00", ""},
		{"明日（11/25）10時", "2026年11月25日（水）10:00", ""},
		{"明後日の10時", "2026年11月26日（木）10:00", ""},
		{"来月3日 10時", dec3 + "10:00", ""},
		{"30日 10時", "2026年11月30日（月）10:00", ""},
		{"3日 10時", dec3 + "10:00", ""},
		{"1/8 10:00", "2027年1月8日（金）10:00", ""},
	} {
		w, place, err := ParseWhen(tc.typed, tuesday)
		if err != nil || w.Echo() != tc.echo || place != tc.place {
			t.Errorf("%s: %s, place %q, %v; want %s, %q", tc.typed, w.Echo(), place, err, tc.echo, tc.place)
		}
	}
}

func TestParseWhenSaysWhatIsWrongWithATime(t *testing.T) {
	for _, tc := range []struct{ typed, want, words string }{
		{"", "no-day", "日時が見当たりません"},
		{"神戸事務所", "no-day", "日時が見当たりません"},
		{"14:00", "no-day", "日時が見当たりません"},
		{"12/3", "no-time", "2026年12月3日（木）の時刻"},
		{"12/3 神戸事務所", "no-time", "2026年12月3日（木）の時刻"},
		{"12/3 2時間", "no-time", "2026年12月3日（木）の時刻"},
		{"12/3 25時", "no-such-time", "25時"},
		{"12/3 24:00", "no-such-time", "24時"},
		{"12/3 14:60", "no-such-time", "14時60分"},
		{"12/3 14:005", "no-such-time", "14時00分"},
		{"12/3 夜12時", "no-such-time", "夜12時"},
		{"12/3 午前14時", "no-such-time", "午前14時"},
		{"12/3 14:00〜25:00", "no-such-time", "25時"},
		{"2/30 14:00", "no-such-day", "2/30"},
		{"2027-02-29 14:00", "no-such-day", "2027-02-29"},
		{"13月1日 14:00", "no-such-day", "13月1日"},
		{"12/345 14:00", "no-such-day", "12/34"},
		{"来月32日 14:00", "no-such-day", "来月32日"},
		{"12/3(金) 14:00", "other-weekday", "2026年12月3日（木）は金曜日では"},
		{"明日(木) 14:00", "other-weekday", "2026年11月25日（水）は木曜日では"},
		{"明日(11/26) 14:00", "other-weekday", "2026年11月26日（木）は明日では"},
		{"来週火曜(12/2) 14:00", "other-weekday", "2026年12月2日（水）は来週火曜日では"},
		{"11/24 9:00", "past", "2026年11月24日（火）09:00は過ぎて"},
		{"11/24 10:00", "past", "2026年11月24日（火）10:00は過ぎて"},
		{"2025-12-03 14:00", "past", "2025年12月3日（水）14:00"},
		{"今週月曜 14:00", "past", "2026年11月23日（月）"},
		{"12/3 14:00〜13:00", "ends-early", "13時00分"},
		{"12/3 23:00から2時間", "ends-early", "2時間"},
		{"12/3 3時", "ambiguous", "03:00とも15:00とも"},
		{"12/3 3:30", "ambiguous", "03:30とも15:30とも"},
		{"12/3 午前12時", "ambiguous", "00:00とも12:00とも"},
		{"来週日曜 10:00", "ambiguous", "2026年11月29日（日）とも2026年12月6日（日）とも"},
		{"火曜日 14:00", "ambiguous", "2026年11月24日（火）とも2026年12月1日（火）とも"},
	} {
		_, _, err := ParseWhen(tc.typed, tuesday)
		var fault *WhenError
		if !errors.As(err, &fault) || string(fault.Fault) != tc.want || !strings.Contains(fault.Words(), tc.words) {
			t.Errorf("%s: %v, want %s with %q", tc.typed, err, tc.want, tc.words)
			if fault != nil {
				t.Log(fault.Words())
			}
		}
	}
}

func TestADayWithoutYearIsTheNextOneInJapan(t *testing.T) {
	newYearsEve := time.Date(2026, 12, 31, 15, 30, 0, 0, time.UTC) // already 2027 in Japan
	if w, _, err := ParseWhen("1/1 14:00", newYearsEve); err != nil || w.Echo() != "2027年1月1日（金）14:00" {
		t.Errorf("%s, %v", w.Echo(), err)
	}
	if w, _, err := ParseWhen("31日 14:00", newYearsEve); err != nil || w.Echo() != "2027年1月31日（日）14:00" {
		t.Errorf("%s, %v", w.Echo(), err)
	}
}

func drawWhen(t *rapid.T, now time.Time) When {
	w := When{Start: now.In(JST).Truncate(time.Minute).Add(time.Duration(rapid.IntRange(1, 5*365*24*60).Draw(t, "minutes")) * time.Minute)}
	left := 24*60 - 1 - w.Start.Hour()*60 - w.Start.Minute()
	if left > 0 && rapid.Bool().Draw(t, "ends") {
		w.End = w.Start.Add(time.Duration(rapid.IntRange(1, left).Draw(t, "lasts")) * time.Minute)
	}
	return w
}

func TestProperty_WhatIsEchoedIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_700_000_000, 2_500_000_000).Draw(t, "now"), 0)
		want := drawWhen(t, now)
		place := rapid.SampledFrom([]string{"", "神戸 本店", "3F", "〒650-0001 神戸市"}).Draw(t, "place")
		got, rest, err := ParseWhen(want.Echo()+" "+place, now)
		if err != nil || !got.Start.Equal(want.Start) || !got.End.Equal(want.End) || rest != place {
			t.Fatalf("%s: %s, place %q, %v", want.Echo(), got.Echo(), rest, err)
		}
	})
}

// FuzzParseWhen: whatever is typed, it is a time after now that reads again as itself, with a place that was typed, or
// a fault with words.
func FuzzParseWhen(f *testing.F) {
	for _, s := range []string{"12/3 14:00 神戸", "令和8年12月3日（木）午後2時〜4時", "来週火曜(12/1) 正午", "R8.12.3 2pm", "明日 3時", "\xff12/3 14:00\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, place, err := ParseWhen(s, tuesday)
		var fault *WhenError
		if err != nil {
			if !errors.As(err, &fault) || fault.Words() == "" {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		again, rest, err := ParseWhen(w.Echo(), tuesday)
		if err != nil || !again.Start.Equal(w.Start) || !again.End.Equal(w.End) || rest != "" {
			t.Fatalf("%q: %s read again as %s, %q, %v", s, w.Echo(), again.Echo(), rest, err)
		}
		if !w.Start.After(tuesday) || !w.End.IsZero() && !w.End.After(w.Start) || !strings.HasSuffix(strings.TrimSpace(s), place) {
			t.Fatalf("%q: %s, place %q", s, w.Echo(), place)
		}
	})
}
