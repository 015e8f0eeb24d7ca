package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
)

// fiscalYear is the year in which the demo was run.
func fiscalYear() string { return strconv.Itoa(casework.FiscalYear(time.Now())) }

func TestStats(t *testing.T) {
	dir := demoFolderOf(t)
	db, cfg, out := filepath.Join(dir, "uketsuke.db"), filepath.Join(dir, "uketsuke.toml"), filepath.Join(t.TempDir(), "F.xlsx")
	told := does(t, "stats", "--year", fiscalYear(), "--config", cfg, "--out", out)
	if !strings.Contains(told, "9 received, 7 registered") || !strings.Contains(told, out) {
		t.Errorf("says %q", told)
	}
	x, err := excelize.OpenFile(out)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if office, err := x.GetCellValue("概要", "B2"); err != nil || office != "ジェトロ神戸" {
		t.Errorf("the figures of %q, %v", office, err)
	}
	if sheets := strings.Join(x.GetSheetList(), " "); sheets != "概要 紹介元別 紹介先別 依頼内容別 業種別 国・地域別 所要日数" {
		t.Errorf("sheets %s", sheets)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	figures := lines[struct {
		Year   int
		Total  struct{ Counts map[string]int }
		Months []struct{ Counts map[string]int }
	}](t, does(t, "stats", "--json", "--db", db, "--year", fiscalYear()))
	if len(figures) != 1 {
		t.Fatalf("%d objects", len(figures))
	}
	for key, want := range map[string]int{"received": 9, "registered": 7, "returned": 2, "held": 2, "duplicates": 1, "open": 9} {
		if got := figures[0].Total.Counts[key]; got != want {
			t.Errorf("%s: %d, not %d", key, got, want)
		}
	}
}

func TestStatsOfTheConciergesAreForTheOfficeItself(t *testing.T) {
	cfg := filepath.Join(demoFolderOf(t), "uketsuke.toml")
	with := does(t, "stats", "--json", "--year", fiscalYear(), "--config", cfg, "--concierges")
	if !strings.Contains(with, `"concierges":[{"key":"`) || strings.Contains(does(t, "stats", "--json", "--year", fiscalYear(), "--config", cfg), "concierges") {
		t.Errorf("%s", with)
	}
}

func TestStatsOfAYearWithoutCases(t *testing.T) {
	db, out := filepath.Join(demoFolderOf(t), "uketsuke.db"), filepath.Join(t.TempDir(), "F.xlsx")
	figures := lines[object](t, does(t, "stats", "--db", db, "--year", "2019", "--json", "--out", out))[0]
	if figures["until"] != "2020-03-31" || figures["at"] != "2020-03-31" || len(figures["months"].([]any)) != 12 || len(figures["agencies"].([]any)) != 0 {
		t.Errorf("%v", figures)
	}
	if _, err := excelize.OpenFile(out); err != nil {
		t.Error(err)
	}
}

func TestStatsUpToADate(t *testing.T) {
	db := filepath.Join(demoFolderOf(t), "uketsuke.db")
	figures := lines[object](t, does(t, "stats", "--db", db, "--year", "2020", "--at", "2020-05-31", "--json"))[0]
	if figures["at"] != "2020-05-31" || len(figures["months"].([]any)) != 2 {
		t.Errorf("%v", figures)
	}
	today := time.Now().In(casework.JST).Format(time.DateOnly)
	figures = lines[object](t, does(t, "stats", "--db", db, "--year", fiscalYear(), "--at", "2999-12-31", "--json"))[0]
	if figures["at"] != today && figures["at"] != time.Now().In(casework.JST).Format(time.DateOnly) {
		t.Errorf("days that are still to come count: up to %v on %s", figures["at"], today)
	}
}

func TestStatsIsCalledWrongly(t *testing.T) {
	db := filepath.Join(demoFolderOf(t), "uketsuke.db")
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"--db", db, "--json"}, "--year names the fiscal year"},
		{[]string{"--db", db, "--year", "2026"}, "--out FILE.xlsx or --json is missing"},
		{[]string{"--db", db, "--year", "9998", "--json"}, "has not begun"},
		{[]string{"--db", db, "--year", "2026", "--at", "2026-03-31", "--json"}, "has not begun"},
		{[]string{"--db", db, "--year", "2026", "--at", "May", "--json"}, "write it as"},
		{[]string{"--year", "2020", "--json"}, "--config or --db is missing"},
		{[]string{"--db", db, "--config", db, "--year", "2020", "--json"}, "give one of them"},
		{[]string{"--db", db, "--year", "2020", "--json", "F.xlsx"}, "takes no arguments"},
	} {
		refuses(t, exitUsage, append([]string{"stats"}, tc.args...), tc.want)
	}
}

func TestStatsThatCannotBeWrittenLeaveNothingBehind(t *testing.T) {
	db, dir := filepath.Join(demoFolderOf(t), "uketsuke.db"), t.TempDir()
	refuses(t, exitFail, []string{"stats", "--db", db, "--year", "2020", "--out", filepath.Join(dir, "missing", "F.xlsx")}, "write the workbook")
	refuses(t, exitFail, []string{"stats", "--db", db, "--year", "2020", "--out", dir}, "write the workbook")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v %v", left, err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".uketsuke-stats-*")); err != nil || len(left) != 0 {
		t.Errorf("%v %v", left, err)
	}
}
