package stats

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"uketsuke/internal/casework"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestTheFiscalYearChangesAtMidnightInJapan(t *testing.T) {
	for _, tc := range []struct {
		when string
		year int
	}{
		{"2026-03-31 23:59:59.999", 2025}, {"2026-04-01 00:00", 2026}, {"2027-03-31 23:59", 2026}, {"2027-04-01 00:00", 2027},
	} {
		for year := 2025; year <= 2027; year++ {
			want := 0
			if year == tc.year {
				want = 1
			}
			f := counted(t, year, "", entered(tc.when, sheet(nada, 1)))
			if got := f.Total.Counts[Received]; got != want {
				t.Errorf("%s: %d received in %d", tc.when, got, year)
			}
			if carried := f.Total.Counts[Carried] == 1; carried != (year > tc.year) {
				t.Errorf("%s: carried over into %d: %v", tc.when, year, carried)
			}
			if casework.FiscalYear(jst(tc.when)) != tc.year {
				t.Errorf("%s: its numbers are of another year than its figures", tc.when)
			}
		}
	}
}

func TestMonthsChangeAtMidnightInJapan(t *testing.T) {
	f := counted(t, 2026, "", entered("2026-04-30 23:59:59.999", sheet(nada, 1)), entered("2026-05-01 00:00", sheet(nada, 1)), entered("2026-12-31 23:59", sheet(nada, 1)), entered("2027-01-01 00:00", sheet(nada, 1)))
	var got []int
	for _, m := range f.Months {
		got = append(got, m.Counts[Received])
	}
	if !slices.Equal(got, []int{1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0}) || f.Months[0].Key != "2026-04" || f.Months[9].Key != "2027-01" || f.Months[9].Name != "1月" {
		t.Errorf("%v: %+v", got, f.Months[9])
	}
}

func TestACaseOfThreeYearsCountsInEachForWhatHappenedThere(t *testing.T) {
	s := (&story{id: 1}).add("2026-03-31 16:00", received(sheet(nada, 1))).add("2026-04-02 09:00", registered("MINATO", "みなと銀行")).
		add("2027-04-01 09:00", &casework.CaseClosed{})
	for year, want := range map[int]map[string]int{
		2024: {},
		2025: {"received": 1, "open": 1},
		2026: {"carried": 1, "registered": 1, "newMembers": 1, "open": 1},
		2027: {"carried": 1, "closed": 1},
		2028: {},
	} {
		f := counted(t, year, "", s)
		if diff := cmp.Diff(want, nonzero(f.Total)); diff != "" {
			t.Errorf("%d: -want +got:\n%s", year, diff)
		}
		if n := f.Total.Waits[ToRegister]; (n.N == 1) != (year == 2026) || n.N == 1 && n.Median != 2 {
			t.Errorf("%d: waited for its registration %+v", year, n)
		}
	}
}

func TestLaterYearsChangeNoFigure(t *testing.T) {
	s := entered("2026-11-16 10:00", sheet(nada, 1))
	before := counted(t, 2026, "", s)
	s.add("2027-04-05 10:00", &casework.VersionAdded{Number: 2, Entry: sheet(casework.Company{Name: nada.Name, Industry: "卸売業"}, 13)}, &casework.CaseClosed{})
	if diff := cmp.Diff(before, counted(t, 2026, "", s)); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

func TestAYearThatLastsIsCountedUpToNow(t *testing.T) {
	f := counted(t, 2026, "2026-06-10 12:00", entered("2026-06-10 11:59", sheet(nada, 1)), entered("2026-06-10 12:00", sheet(nada, 1)))
	if f.Total.Counts[Received] != 1 || f.At != "2026-06-10" || len(f.Months) != 3 || f.Months[2].Counts[Open] != 1 || f.Until != "2027-03-31" {
		t.Errorf("%+v", f)
	}
	if f := counted(t, 2026, "2026-06-11 00:00"); f.At != "2026-06-10" {
		t.Errorf("up to the end of a day is %s", f.At)
	}
}

func TestAnEmptyYearIsAllZero(t *testing.T) {
	f := counted(t, 2026, "")
	if len(nonzero(f.Total)) != 0 || len(f.Months) != 12 || len(f.Items) != 13 {
		t.Errorf("%+v", f)
	}
	b, err := json.Marshal(f)
	if err != nil || strings.Contains(string(b), "null") || !strings.Contains(string(b), `"agencies":[]`) {
		t.Errorf("%v %s", err, b)
	}
}

func TestACaseStandsInEachOfItsItemsAndCountriesOnce(t *testing.T) {
	c := casework.Company{Name: "株式会社灘酒造", Industry: "ｿﾌﾄｳｪｱ　業", Countries: []string{"ベトナム", "ＥＵ", "eu", "ﾍﾞﾄﾅﾑ"}}
	f := counted(t, 2026, "", entered("2026-11-16 10:00", sheet(c, 1, 7, 7)), entered("2026-11-17 10:00", sheet(casework.Company{Industry: "ソフトウェア業"})))
	got := map[string]int{}
	for _, r := range slices.Concat(f.Items, f.Countries, f.Industries) {
		if n := r.Counts[Received]; n > 0 {
			got[r.Key+r.Name] += n
		}
	}
	want := map[string]int{"01市場情報": 1, "07現地パートナー探し": 1, "（記載なし）": 2, "ベトナム": 1, "EU": 1, "ソフトウェア 業": 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheSheetInForceSaysWhereACaseBelongs(t *testing.T) {
	s := entered("2026-05-11 10:00", sheet(nada, 1)).
		add("2026-06-01 10:00", &casework.VersionAdded{Number: 2, Entry: sheet(casework.Company{Name: nada.Name, Industry: "卸売業", Countries: []string{"タイ"}}, 13)})
	f := counted(t, 2026, "", s)
	if len(f.Industries) != 1 || f.Industries[0].Name != "卸売業" || f.Items[12].Counts[Received] != 1 || f.Items[0].Counts[Received] != 0 || f.Countries[0].Name != "タイ" {
		t.Errorf("%+v %+v", f.Industries, f.Countries)
	}
	clerk := (&story{id: 2}).add("2026-05-11 10:00", received(sheet(nada)), &casework.EntryHeld{}).add("2026-05-12 10:00", &casework.EntryApproved{Agency: "HYOGO-CCI", Items: []int{6}}, registered("HYOGO-CCI", "兵庫商工会議所"))
	if f := counted(t, 2026, "", clerk); f.Items[5].Counts[Received] != 1 || f.Agencies[0].Key != "HYOGO-CCI" || len(f.Agencies) != 1 {
		t.Errorf("what the clerk read does not count: %+v", f.Agencies)
	}
}

func TestAnAgencyThatChangesItsNameIsOneRow(t *testing.T) {
	old, renamed := "みなと銀行", "みなと中央銀行"
	a := (&story{id: 1}).add("2025-06-01 10:00", received(sheet(nada, 1)), registered("MINATO", "湊銀行"))
	b := (&story{id: 2}).add("2026-05-11 10:00", received(sheet(nada, 1)), registered("MINATO", old))
	c := (&story{id: 3}).add("2026-10-01 10:00", received(sheet(nada, 1)), registered("MINATO", renamed), inquired("Q26-00001", "HYOGO-CCI", "兵庫商工会議所"))
	d := (&story{id: 4}).add("2027-05-11 10:00", received(sheet(nada, 1)), registered("MINATO", "みなとHD"))
	for _, order := range [][]*story{{a, b, c, d}, {d, c, b, a}} {
		f := counted(t, 2026, "", order...)
		if len(f.Agencies) != 1 || f.Agencies[0].Name != renamed || !slices.Equal(f.Agencies[0].Former, []string{old}) || f.Agencies[0].Counts[Received] != 2 {
			t.Errorf("%+v", f.Agencies)
		}
		if len(f.Providers) != 1 || f.Providers[0].Name != "兵庫商工会議所" || len(f.Providers[0].Former) != 0 {
			t.Errorf("%+v", f.Providers)
		}
	}
}

func TestAnAgencyThatNoEventNamesIsCalledAsTheRosterSays(t *testing.T) {
	tally := New(2026, Begin(2027), kobe)
	tally.Case((&story{id: 1}).add("2026-05-11 10:00", received(sheet(nada, 1)), &casework.SheetReturned{}).events)
	f := tally.Figures(func(code string) string { return "名簿の" + code }, nil)
	if f.Agencies[0].Name != "名簿のMINATO" || f.Concierges != nil {
		t.Errorf("%+v %+v", f.Agencies, f.Concierges)
	}
}

func TestWhatNamesTheCompanyIsLeftOut(t *testing.T) {
	for _, tc := range []struct {
		industry string
		hidden   bool
	}{
		{"食料品製造業", false}, {"株式会社灘酒造の酒類製造", true}, {"灘酒造（清酒）", true}, {"清酒の製造 蔵本 太郎", true}, {"なだ", false}, {"製造（https://nada-shuzo.example/）", true},
		{"清酒、焼酎の製造および卸売", false}, // as its products say: names nobody
	} {
		c := nada
		c.Industry, c.Countries, c.URL, c.Products = tc.industry, []string{tc.industry}, "https://nada-shuzo.example/", "清酒、焼酎の製造および卸売"
		f := counted(t, 2026, "", entered("2026-11-16 10:00", sheet(c, 1)))
		for _, r := range slices.Concat(f.Industries, f.Countries) {
			if (r.Name == unsayable) != tc.hidden {
				t.Errorf("%s stands there as %s", tc.industry, r.Name)
			}
		}
	}
	if r := []rune(sayable(strings.Repeat("長", 100), nil)); len(r) != longest+1 {
		t.Errorf("a long text has %d characters", len(r))
	}
}

func TestErasedEventsAreCountedAsSuch(t *testing.T) {
	partly := entered("2026-11-16 10:00", sheet(nada, 1)).erased("2026-11-17 10:00")
	whole := (&story{id: 2}).erased("2026-11-16 10:00").add("2026-11-17 10:00", registered("MINATO", "みなと銀行")).erased("2026-11-18 10:00")
	before := (&story{id: 3}).erased("2025-11-16 10:00")
	f := counted(t, 2026, "", partly, whole, before)
	if f.Erased != (Erased{Events: 3, Cases: 1}) || f.Total.Counts[Received] != 1 || f.Total.Counts[Registered] != 1 {
		t.Errorf("%+v, %+v", f.Erased, nonzero(f.Total))
	}
}

func TestMedianAndNinetiethPercentile(t *testing.T) {
	for _, tc := range []struct {
		days        map[int]int
		n           int
		median, p90 float64
	}{
		{map[int]int{}, 0, 0, 0},
		{map[int]int{3: 1}, 1, 3, 3},
		{map[int]int{1: 1, 2: 1}, 2, 1.5, 2},
		{map[int]int{0: 5, 1: 4, 30: 1}, 10, 0.5, 1},
		{map[int]int{0: 5, 1: 3, 30: 2}, 10, 0.5, 30},
		{map[int]int{2: 3, 9: 8}, 11, 9, 9},
	} {
		if got := timeOf(tc.days); got != (Time{tc.n, tc.median, tc.p90}) {
			t.Errorf("%v: %+v", tc.days, got)
		}
	}
}

func TestBusinessDaysAreTheCalendars(t *testing.T) {
	d := newDays(kobe, 2026)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) time.Time {
			return jst("2020-01-01 00:00").Add(time.Duration(rapid.IntRange(0, 10*365*24*60).Draw(t, name)) * time.Minute)
		}
		from, until := draw("from"), draw("until")
		if got, want := d.between(from, until), kobe.BusinessDaysBetween(from, until); got != want {
			t.Fatalf("%s to %s: %d, want %d", from, until, got, want)
		}
	})
}

// TestTheBooksBalanceWhateverTheLogSays draws logs that no decision would write, too.
func TestTheBooksBalanceWhateverTheLogSays(t *testing.T) {
	support := func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"Q26-00001", "Q26-00002", "J1"}).Draw(t, "support")
	}
	rapid.Check(t, func(rt *rapid.T) {
		var stories []*story
		for id := range rapid.IntRange(1, 4).Draw(rt, "cases") {
			s := &story{id: int64(id + 1)}
			at := jst("2025-12-01 00:00").Add(time.Duration(rapid.IntRange(0, 500*24).Draw(rt, "begin")) * time.Hour)
			s.add(at.In(casework.JST).Format("2006-01-02 15:04"), received(sheet(nada, rapid.SliceOf(rapid.IntRange(0, 14)).Draw(rt, "items")...)))
			for range rapid.IntRange(0, 20).Draw(rt, "events") {
				at = at.Add(time.Duration(rapid.IntRange(0, 40*24).Draw(rt, "later")) * time.Hour)
				q := support(rt)
				p := rapid.SampledFrom([]casework.Payload{nil, &casework.SheetReturned{}, &casework.EntryHeld{}, &casework.EntryRejected{}, registered("HYOGO-CCI", "兵庫商工会議所"),
					&casework.CaseTaken{}, &casework.CaseClosed{}, &casework.CaseWithdrawn{}, &casework.CaseMerged{}, &casework.CaseSplit{}, &casework.CaseVoided{}, &casework.CasePaused{}, &casework.CaseResumed{},
					&casework.CommandBegan{}, &casework.CommandUndone{}, inquired(q, "HYOGO-CCI", "兵庫商工会議所"), &casework.JetroProposed{Support: q}, answered(q, casework.AnswerAvailable), &casework.SupportPassed{Support: q},
					&casework.ConsentAsked{Support: q, SheetVersion: 1}, consent(q, casework.RoleCompany, 1, casework.ConsentGiven), consent(q, casework.RoleIntake, 1, casework.ConsentGiven),
					consent(q, casework.RoleIntake, 1, casework.ConsentDeclined), &casework.Referred{Support: q, SheetVersion: 1}, &casework.ReferralStopped{Support: q}, &casework.HostNamed{Support: q},
					&casework.FeedbackGiven{Support: q}, &casework.SupportEnded{Support: q}, &casework.SheetSentAgain{}, &casework.VersionAdded{Number: 2, Entry: sheet(nada, 13)}}).Draw(rt, "what")
				s.add(at.In(casework.JST).Format("2006-01-02 15:04"), p)
			}
			stories = append(stories, s)
		}
		for year := 2025; year <= 2028; year++ {
			f := counted(t, year, "", stories...)
			if f.Total.Counts[Referred] < 0 || f.Total.Counts[Hosted] < f.Total.Waits[ToHost].N || t.Failed() {
				rt.Fatalf("%d: %+v", year, nonzero(f.Total))
			}
		}
	})
}

// goldenYear is a small year that a person can count: five entries, one of the year before, two supports.
func goldenYear() []*story {
	bank, cci := registered("MINATO", "みなと銀行"), registered("HYOGO-CCI", "兵庫商工会議所")
	before := (&story{id: 1}).add("2026-03-31 23:59", received(sheet(nada, 1, 7))).add("2026-04-01 09:00", bank).add("2026-04-03 09:00", &casework.CaseTaken{Concierge: "SUZUKI"}).
		add("2026-04-06 10:00", inquired("Q26-00001", "HOSHO", "兵庫県信用保証協会")).add("2026-04-10 10:00", answered("Q26-00001", casework.AnswerUnavailable)).
		add("2026-04-10 11:00", inquired("Q26-00002", "KIKO", "中小機構")).add("2026-04-13 10:00", answered("Q26-00002", casework.AnswerAvailable)).
		add("2026-04-13 11:00", &casework.ConsentAsked{Support: "Q26-00002", SheetVersion: 1}).add("2026-04-14 10:00", consent("Q26-00002", casework.RoleCompany, 1, casework.ConsentGiven)).
		add("2026-04-15 10:00", consent("Q26-00002", casework.RoleIntake, 1, casework.ConsentGiven), &casework.Referred{Support: "Q26-00002", SheetVersion: 1, Way: casework.WayMail}).
		add("2026-04-20 10:00", &casework.HostNamed{Support: "Q26-00002", Host: casework.Host{Person: "山田"}}).add("2026-05-11 10:00", &casework.FeedbackGiven{Support: "Q26-00002"}).
		add("2026-09-30 10:00", &casework.SupportEnded{Support: "Q26-00002"}, &casework.CaseClosed{})
	wholesale := casework.Company{Name: "有限会社播磨商店", Industry: "卸売業", Countries: []string{"タイ", "ベトナム"}}
	return []*story{before,
		(&story{id: 2}).add("2026-04-01 00:00", received(sheet(wholesale, 6)), &casework.SheetReturned{}).add("2026-04-08 09:00", &casework.SheetReplaced{Agency: "HYOGO-CCI", Entry: sheet(wholesale, 6)}, cci).
			add("2026-04-09 09:00", &casework.CaseTaken{Concierge: "SUZUKI"}, &casework.JetroProposed{Support: "J1", Service: "海外ビジネス相談"}),
		(&story{id: 3}).add("2026-12-28 17:00", received(sheet(casework.Company{Name: "株式会社三木金物", Industry: "三木金物"}, 13)), &casework.EntryHeld{Reason: casework.HoldStranger}).
			add("2027-01-04 09:00", &casework.EntryRejected{}),
		(&story{id: 4}).add("2027-03-31 23:59", received(sheet(nada, 1)), bank, &casework.SheetSentAgain{}),
		(&story{id: 5}).add("2027-04-01 00:00", received(sheet(nada, 1)), bank),
	}
}

func TestFiguresGolden(t *testing.T) {
	b, err := json.Marshal(counted(t, 2026, "", goldenYear()...))
	if err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`\{"(key|name|counts)"|"(months|waits)"`).ReplaceAllString(string(b), "\n$0") + "\n" // a line can be read
	file := filepath.Join("testdata", "figures.golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-want +got (-update rewrites):\n%s", diff)
	}
}
