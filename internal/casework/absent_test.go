package casework

import (
	"strings"
	"testing"
	"time"
)

// away lets 鈴木 be absent from tomorrow on, with 山本 as the deputy, and the absence begin.
func (w *world) away() {
	w.t.Helper()
	if out := w.do(command(suzuki, "", "不在 11/17-11/20 YAMAMOTO")); out.Absence == nil {
		w.t.Fatalf("not absent: %s", out.Why)
	}
	w.advance(24 * time.Hour)
}

func TestDaysAreReadAsPeopleTypeThem(t *testing.T) {
	now := time.Date(2026, 12, 3, 10, 0, 0, 0, JST)
	for typed, want := range map[string]string{
		"12/10-12/15 MORI":        "2026-12-10 2026-12-15 MORI",
		"12月10日〜12月15日 森":         "2026-12-10 2026-12-15 森",
		"12月10日～15日　森 恵":          "2026-12-10 2026-12-15 森 恵",
		"12/10(木)-12/15(火) MORI":  "2026-12-10 2026-12-15 MORI",
		"１２／１０－１２／１５ MORI":        "2026-12-10 2026-12-15 MORI",
		"12/28-1/5 MORI":          "2026-12-28 2027-01-05 MORI",
		"12/1-12/5 MORI":          "2026-12-01 2026-12-05 MORI", // going on already
		"12/10 MORI":              "2026-12-10 2026-12-10 MORI",
		"12/10から12/15まで MORI":     "2026-12-10 2026-12-15 MORI",
		"2026-12-10-2026-12-15 M": "2026-12-10 2026-12-15 M",
		"2026-12-10 2026-12-15 M": "2026-12-10 2026-12-15 M",
		"令和8年12月10日~令和8年12月15日 M": "2026-12-10 2026-12-15 M",
		"12/10-12/15":             "2026-12-10 2026-12-15 ",
		"2/30-3/2 MORI":           "",
		"来週 MORI":                 "",
		"2026-12-15-2026-12-10 M": "",
		"":                        "",
		"12/10MORI":               "",
	} {
		days, rest, ok := ParseDays(typed, now)
		got := days.From + " " + days.Until + " " + rest
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", typed, got, want)
		}
	}
}

func FuzzParseDays(f *testing.F) {
	for _, s := range []string{"12/10-12/15 MORI", "12月10日〜15日 森", "令和元年1月1日から", "2026-2-30 - 1"} {
		f.Add(s)
	}
	now := time.Date(2026, 12, 3, 10, 0, 0, 0, JST)
	f.Fuzz(func(t *testing.T, s string) {
		days, _, ok := ParseDays(s, now)
		if ok && (days.From > days.Until || days.start().After(days.end()) || len(days.From) != 10 || strings.Contains(days.Echo(), "-")) {
			t.Errorf("%q: %+v", s, days)
		}
	})
}

func TestTheDeputyIsToldAndTheDaysAreEchoedInFull(t *testing.T) {
	w := newWorld(t)
	out := w.do(command(suzuki, "", "不在 11/17-11/20 山本 花子"))
	want(t, out, ResultDone, "", "answer>yamamoto answer>suzuki")
	if *out.Absence != (Absence{Concierge: "SUZUKI", From: "2026-11-17", Until: "2026-11-20", Deputy: "YAMAMOTO"}) {
		t.Errorf("%+v", out.Absence)
	}
	l := out.Letters[1].Content.(AnswerLetter)
	if !strings.Contains(l.Done, "2026年11月17日（火）から2026年11月20日（金）まで") || !strings.Contains(l.Done, "山本 花子 様") {
		t.Error(l.Done)
	}
	out = w.do(command(suzuki, "", "不在 11/20-11/24 YAMAMOTO"))
	if l := out.Letters[1].Content.(AnswerLetter); len(l.Lines) != 1 || !strings.Contains(l.Lines[0], "置き換えました") || len(w.roster.absences) != 1 {
		t.Errorf("%+v %+v", l.Lines, w.roster.absences)
	}
}

func TestTheDeputyActsInTheAbsentOnesCasesOnThoseDaysOnly(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	refused(t, w.say(yamamoto, c.Registration, "引受"), "担当コンシェルジュ")
	w.away()
	out := w.say(yamamoto, c.Registration, "引受")
	want(t, out, ResultDone, "case-taken", "answer>yamamoto")
	if l := out.Letters[0]; l.Party != (Party{RoleConcierge, "SUZUKI"}) || l.Content.(AnswerLetter).Company != "灘酒造" || out.Events[0].Actor.Code != "YAMAMOTO" || w.again(c).Concierge != "SUZUKI" {
		t.Errorf("%+v by %+v", l.Party, out.Events[0].Actor)
	}
	want(t, w.say(suzuki, c.Registration, "状況"), ResultDone, "", "status>suzuki") // the absent one may act, too
	w.advance(5 * 24 * time.Hour)
	refused(t, w.say(yamamoto, c.Registration, "打診 HYOGO-CCI"), "担当コンシェルジュ")
}

func TestTheDeputyGetsTheLettersOfThoseDaysWithACopyToTheAbsentOne(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	w.away()
	out := w.say(tanaka, c.Registration, "要望", "お願いです。")
	want(t, out, ResultDone, "wish-given", "passed-on>yamamoto answer>tanaka")
	l := out.Letters[0]
	if v := l.Content.(PassedOnLetter); len(l.Cc) != 1 || !SameAddr(l.Cc[0], suzuki) || v.StandsInFor != suzuki.Name || !SameAddr(v.Reader, yamamoto) || l.Party.Code != "SUZUKI" {
		t.Errorf("%+v cc %+v", v.View, l.Cc)
	}
	back := answering(w.newestTo(LetterPassedOn, yamamoto), mail(MailReply, yamamoto))
	back.Text = "承りました。"
	want(t, w.do(back), ResultPassed, "message-kept message-passed", "passed-on>tanaka")
}

func TestAPasswordGoesToTheDeputyAlone(t *testing.T) {
	w := newWorld(t)
	c, _ := w.supported("HYOGO-CCI", yamaguchi, SupportCleared)
	w.away()
	out := w.say(yamamoto, c.Registration, "回付 HYOGO-CCI")
	i := letterIndex(out, LetterPassword)
	if i < 0 || !SameAddr(out.Letters[i].To[0], yamamoto) || len(out.Letters[i].Cc) != 0 {
		t.Errorf("%s", letters(out))
	}
}

func letterIndex(out Outcome, k LetterKind) int {
	for i, l := range out.Letters {
		if l.Kind() == k {
			return i
		}
	}
	return -1
}

func TestAnAbsenceIsCancelled(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	if l := letterOf[AnswerLetter](t, w.do(command(suzuki, "", "不在 取消"))); !strings.Contains(l.Done, "ご不在はございません") {
		t.Error(l.Done)
	}
	w.away()
	out := w.do(command(suzuki, "", "不在 取消"))
	want(t, out, ResultDone, "", "answer>yamamoto answer>suzuki")
	refused(t, w.say(yamamoto, c.Registration, "引受"), "担当コンシェルジュ")
}

func TestAnAbsenceThatCannotBeIsRefusedInWords(t *testing.T) {
	w := newWorld(t)
	w.roster.absences = []Absence{{Concierge: "YAMAMOTO", From: "2026-12-03", Until: "2026-12-03", Deputy: "SUZUKI"}}
	for line, says := range map[string]string{
		"不在":                                "「不在 12/1-12/5",
		"不在 来週 YAMAMOTO":                    "「不在 12/1-12/5",
		"不在 12/10-12/15":                    "代理の方が分かりませんでした",
		"不在 12/10-12/15 DAREKA":             "「DAREKA」というコンシェルジュは名簿に見つかりませんでした",
		"不在 12/10-12/15 SUZUKI":             "ご本人以外の方",
		"不在 12/1-12/5 YAMAMOTO":             "2026年12月3日（木）には代理をお務めになれません",
		"不在 2026-11-01-2026-11-10 YAMAMOTO": "すでに過ぎております",
		"不在 2026-12-10-2028-12-10 YAMAMOTO": "1年を超えております",
	} {
		refused(t, w.do(command(suzuki, "", line)), says)
	}
}
