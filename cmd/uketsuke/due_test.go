package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

// The demo's cases are a moment old: what they wait for is named with its day, its reader and its row of the table.
func TestDueTellsWhatWillBeSentAndWhy(t *testing.T) {
	dir := demoFolderOf(t)
	db, cfg := filepath.Join(dir, "uketsuke.db"), filepath.Join(dir, "uketsuke.toml")
	until := time.Now().In(casework.JST).AddDate(0, 3, 0).Format(time.DateOnly)
	rows := lines[dueRow](t, does(t, "due", "--json", "--at", until, "--config", cfg))
	keys(t, "due --json", lines[object](t, does(t, "due", "--json", "--at", until, "--config", cfg))[0], "day", "role", "letter", "case", "wait", "what", "for", "since", "step", "table")
	for _, want := range []dueRow{
		{Wait: casework.WaitDecision, Role: casework.RoleClerk, Step: 1, Table: "[1 clerk]"},
		{Wait: casework.WaitTake, Role: casework.RoleConcierge, Code: "MORI", To: "mori@jetro.example", Step: 1, Table: "[2 concierge], 2 clerk"},
		{Wait: casework.WaitTake, Role: casework.RoleClerk, Step: 2, Table: "2 concierge, [2 clerk]"},
		{Wait: casework.WaitCorrection, Role: casework.RoleIntake, Code: "HYOGO-CCI", To: "kaigai@hyogo-cci.example", Step: 1, Table: "[10 intake], 5 clerk"},
	} {
		if !slices.ContainsFunc(rows, func(r dueRow) bool {
			return r.Wait == want.Wait && r.Role == want.Role && r.Code == want.Code && r.To == want.To && r.Step == want.Step && r.Table == want.Table && !r.Held
		}) {
			t.Errorf("no %+v among %+v", want, rows)
		}
	}
	if !slices.IsSortedFunc(rows, func(a, b dueRow) int { return strings.Compare(a.Day, b.Day) }) {
		t.Error("the days are in no order")
	}
	people := does(t, "due", "--at", until, "--config", cfg)
	if !strings.Contains(people, "concierge MORI <mori@jetro.example>\n  "+numberOf(t, 1)) || !strings.Contains(people, "案件の引受 since ") {
		t.Errorf("people see:\n%s", people)
	}
	alone := uketsuke(t, "due", "--at", until, "--db", db)
	if alone.code != exitDone || strings.Contains(alone.out, "@") || !strings.Contains(alone.out, "concierge MORI\n") || !strings.Contains(alone.err, "without --config") {
		t.Errorf("with the database alone:\n%s%s", alone.out, alone.err)
	}
	today := time.Now().In(casework.JST).Format(time.DateOnly)
	if out := does(t, "due", "--at", today, "--config", cfg); out != "" {
		t.Errorf("nothing falls due on the first day:\n%s", out)
	}
}

func TestDueRefusesWhatIsNoDay(t *testing.T) {
	for _, args := range [][]string{{"due", "--at", "tomorrow", "--db", "x"}, {"due", "2026-11-19", "--db", "x"}, {"due"}} {
		if r := uketsuke(t, args...); r.code != exitUsage || r.err == "" {
			t.Errorf("%v: exit %d, %s", args, r.code, r.err)
		}
	}
}
