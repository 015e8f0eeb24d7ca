package yearbook

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
	"uketsuke/internal/clock"
	"uketsuke/internal/stats"
)

var options = Options{Office: "ジェトロ神戸", Made: time.Date(2027, 4, 5, 9, 0, 0, 0, casework.JST), Calendar: "土日・祝日および事務局の休業日"}

// year counts n cases of three agencies, some with a support, up to the end of May or of the year.
func year(t testing.TB, n int, until time.Time, industries ...string) stats.Figures {
	t.Helper()
	tally := stats.New(2026, until, clock.New(nil, clock.Hours{}))
	at := time.Date(2026, 3, 30, 10, 0, 0, 0, casework.JST)
	for i := range n {
		at = at.Add(37 * time.Hour)
		entry := casework.Entry{Company: casework.Company{Name: "株式会社灘酒造", Industry: industries[i%len(industries)], Countries: []string{"ベトナム", "タイ"}[:i%3]},
			Request: casework.Request{Items: []int{1 + i%13, 7}}}
		agency := []string{"MINATO", "HYOGO-CCI", "HARIMA"}[i%3]
		var events []casework.Event
		for d, p := range []casework.Payload{&casework.SheetReceived{Receipt: fmt.Sprint(i), Agency: agency, Entry: entry},
			&casework.CaseRegistered{Registration: fmt.Sprint(i), Agency: agency, AgencyName: "=機関" + agency, Concierge: "SUZUKI"},
			&casework.Inquired{Support: "Q26-00001", Agency: "HOSHO", AgencyName: "@保証協会"}, &casework.InquiryAnswered{Support: "Q26-00001", Answer: casework.AnswerAvailable},
			&casework.CaseClosed{}}[:3+i%3] {
			events = append(events, casework.Event{Case: int64(i), At: at.AddDate(0, 0, 3*d), Payload: p})
		}
		tally.Case(events)
	}
	return tally.Figures(nil, func(string) string { return "+鈴木" })
}

var (
	end   = stats.Begin(2027)
	names = []string{"概要", "紹介元別", "紹介先別", "依頼内容別", "業種別", "国・地域別", "担当者別", "所要日数"}
)

func opened(t testing.TB, f stats.Figures) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f, options); err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// eachCell calls do for every cell that has something in it.
func eachCell(t *testing.T, x *excelize.File, do func(sheet, cell, value, formula string)) {
	t.Helper()
	for _, sheet := range x.GetSheetList() {
		rows, err := x.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for r, row := range rows {
			for c, value := range row {
				name := cell(c+1, r+1)
				formula, err := x.GetCellFormula(sheet, name)
				if err != nil {
					t.Fatal(err)
				}
				if value != "" || formula != "" {
					do(sheet, name, value, formula)
				}
			}
		}
	}
}

func TestFormulasComeToTheValuesThatWereCounted(t *testing.T) {
	for name, f := range map[string]stats.Figures{"whole": year(t, 200, end, "食料品製造業", "卸売業"), "until May": year(t, 200, end.AddDate(0, -10, 0), "卸売業"), "empty": year(t, 0, end)} {
		t.Run(name, func(t *testing.T) {
			x, formulas := opened(t, f), 0
			eachCell(t, x, func(sheet, cell, value, formula string) {
				if formula == "" {
					return
				}
				formulas++
				if got, err := x.CalcCellValue(sheet, cell, excelize.Options{RawCellValue: true}); err != nil || got != value {
					t.Errorf("%s!%s: %s is %s, beside it stands %s (%v)", sheet, cell, formula, got, value, err)
				}
			})
			if formulas < 150 {
				t.Errorf("only %d formulas", formulas)
			}
		})
	}
}

// at is the value of a cell by the names of its row and its column, in the last line that has both.
func at(t *testing.T, x *excelize.File, sheet, row, column string) string {
	t.Helper()
	rows, err := x.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for r := range rows {
		c := slices.IndexFunc(rows[r], func(h string) bool { return strings.ReplaceAll(h, "\n", "") == column })
		if c < 0 {
			continue
		}
		for _, line := range rows[r+1:] {
			if slices.Contains(line[:min(len(line), 2)], row) && c < len(line) {
				return line[c]
			}
		}
	}
	t.Errorf("%s has no %s of %s", sheet, column, row)
	return ""
}

func TestTheFiguresStandWhereTheyBelong(t *testing.T) {
	f := year(t, 200, end, "食料品製造業", "卸売業")
	x := opened(t, f)
	received := func(r stats.Row) string { return fmt.Sprint(r.Counts[stats.Received]) }
	for _, tc := range []struct{ sheet, row, column, want string }{
		{"概要", "受付", "年度計", received(f.Total)}, {"概要", "受付", "5月", received(f.Months[1])}, {"概要", "受付", "3月", received(f.Months[11])},
		{"概要", "期首進行中", "5月", fmt.Sprint(f.Months[0].Counts[stats.Open])}, {"概要", "期末進行中", "年度計", fmt.Sprint(f.Total.Counts[stats.Open])},
		{"概要", "打診→回答", "90％", fmt.Sprint(f.Total.Waits[stats.ToAnswer].P90)},
		{"紹介元別", "HARIMA", "受付", received(f.Agencies[0])}, {"紹介元別", "合計", "受付", received(f.Total)}, {"紹介先別", "HOSHO", "打診", fmt.Sprint(f.Total.Counts[stats.Inquired])},
		{"依頼内容別", "13", "受付", received(f.Items[12])}, {"依頼内容別", "実数", "受付", received(f.Total)}, {"業種別", "卸売業", "登録", fmt.Sprint(f.Industries[1].Counts[stats.Registered])},
		{"国・地域別", "（記載なし）", "受付", received(f.Countries[2])}, {"担当者別", "SUZUKI", "案件終了", fmt.Sprint(f.Total.Counts[stats.Closed])},
		{"所要日数", "2026-05", "件数", fmt.Sprint(f.Months[1].Waits[stats.ToRegister].N)}, {"所要日数", "年度計", "中央値", fmt.Sprint(f.Total.Waits[stats.ToRegister].Median)},
	} {
		if got := at(t, x, tc.sheet, tc.row, tc.column); got != tc.want || got == "" {
			t.Errorf("%s: %s of %s is %q, not %q", tc.sheet, tc.column, tc.row, got, tc.want)
		}
	}
	n := 0
	for _, r := range f.Items {
		n += r.Counts[stats.Received]
	}
	if got := at(t, x, "依頼内容別", "延べ", "受付"); got != strconv.Itoa(n) || n <= f.Total.Counts[stats.Received] {
		t.Errorf("cases by item: %s, not %d", got, n)
	}
}

func TestMonthsThatHaveNotBegunAreBlank(t *testing.T) {
	x := opened(t, year(t, 20, end.AddDate(0, -10, 0), "卸売業"))
	for month, blank := range map[string]bool{"4月": false, "5月": false, "6月": true, "3月": true} {
		for _, row := range []string{"期首進行中", "受付", "期末進行中"} {
			if got := at(t, x, "概要", row, month); (got == "") != blank {
				t.Errorf("%s in %s: %q", row, month, got)
			}
		}
	}
}

func TestWhatPeopleTypedIsTextAndNoFormula(t *testing.T) {
	evil := []string{`=HYPERLINK("http://evil.example","x")`, "+1+1", "-2", "@SUM(A1)", "=1+1", "'=1"}
	x := opened(t, year(t, 60, end, evil...))
	texts := map[string]bool{}
	eachCell(t, x, func(sheet, cell, value, formula string) {
		kind, err := x.GetCellType(sheet, cell)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(value, "=+@") || slices.Contains(evil, value) {
			texts[value] = true
			style, err := x.GetCellStyle(sheet, cell)
			if err != nil {
				t.Fatal(err)
			}
			if s, err := x.GetStyle(style); err != nil || s.CustomNumFmt == nil || *s.CustomNumFmt != "@" {
				t.Errorf("%s!%s: editing %q would make a formula of it: %v", sheet, cell, value, err)
			}
			if formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
				t.Errorf("%s!%s: %q is of type %d, formula %q", sheet, cell, value, kind, formula)
			}
		}
		if formula != "" && (kind == excelize.CellTypeInlineString || strings.ContainsAny(formula, "\"[")) {
			t.Errorf("%s!%s: formula %s of type %d", sheet, cell, formula, kind)
		}
	})
	for _, want := range append(evil, "=機関MINATO", "@保証協会", "+鈴木") {
		if !texts[want] {
			t.Errorf("%q stands nowhere", want)
		}
	}
}

func TestNoCompanyIsNamed(t *testing.T) {
	eachCell(t, opened(t, year(t, 60, end, "食料品製造業", "灘酒造の清酒")), func(sheet, cell, value, _ string) {
		if strings.Contains(value, "灘") {
			t.Errorf("%s!%s: %s", sheet, cell, value)
		}
	})
}

func TestEverySheetCanBePrinted(t *testing.T) {
	x := opened(t, year(t, 60, end, "卸売業"))
	if got := x.GetSheetList(); !slices.Equal(got, names) {
		t.Fatalf("%v", got)
	}
	titles := map[string]string{}
	for _, n := range x.GetDefinedName() {
		titles[n.Scope] = n.RefersTo
	}
	for _, sheet := range names {
		layout, err1 := x.GetPageLayout(sheet)
		props, err2 := x.GetSheetProps(sheet)
		panes, err3 := x.GetPanes(sheet)
		foot, err4 := x.GetHeaderFooter(sheet)
		for _, err := range []error{err1, err2, err3, err4} {
			if err != nil {
				t.Fatal(err)
			}
		}
		high := 0
		if sheet == "概要" {
			high = 1
		}
		if *layout.Size != 9 || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 || *layout.FitToHeight != high || !*props.FitToPage {
			t.Errorf("%s: paper %d %s, %d pages wide and %d high", sheet, *layout.Size, *layout.Orientation, *layout.FitToWidth, *layout.FitToHeight)
		}
		if !panes.Freeze || panes.XSplit != 2 || panes.YSplit < 4 || titles[sheet] != fmt.Sprintf("'%s'!$1:$%d", sheet, panes.YSplit) {
			t.Errorf("%s: panes %+v, printed on each page %s", sheet, panes, titles[sheet])
		}
		if !strings.Contains(foot.OddFooter, "&P / &N") {
			t.Errorf("%s: footer %s", sheet, foot.OddFooter)
		}
	}
}

func TestTheCoverSaysWhoseFiguresOfWhichDays(t *testing.T) {
	for _, tc := range []struct {
		until time.Time
		want  []string
	}{
		{end, []string{"2026年度 コンソーシアム支援実績", "ジェトロ神戸", "2026年4月1日 ～ 2027年3月31日", "2027年4月5日"}},
		{end.AddDate(0, -10, 0), []string{"2026年4月1日 ～ 2026年5月31日（年度の途中の集計です）"}},
	} {
		f := year(t, 0, tc.until)
		f.Erased = stats.Erased{Events: 7, Cases: 2}
		var all []string
		eachCell(t, opened(t, f), func(sheet, _, value, _ string) {
			if sheet == "概要" {
				all = append(all, value)
			}
		})
		text := strings.Join(all, "\n")
		for _, want := range append(tc.want, "土日・祝日および事務局の休業日", "内容が抹消された記録が7件あり", "除いた案件：2件") {
			if !strings.Contains(text, want) {
				t.Errorf("the cover does not say %s:\n%s", want, text)
			}
		}
	}
}

func TestColumnNames(t *testing.T) {
	for n, want := range map[int]string{1: "A", 26: "Z", 27: "AA", 52: "AZ", 53: "BA", 702: "ZZ", 703: "AAA"} {
		if got := column(n); got != want {
			t.Errorf("%d is %s, not %s", n, got, want)
		}
	}
}

func TestAFullDiskIsAnError(t *testing.T) {
	if err := Write(full{}, year(t, 0, end), options); err == nil {
		t.Error("nothing could be written, and nothing was said")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("no space left") }
