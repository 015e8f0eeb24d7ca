package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/clock"
	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/stats"
	"uketsuke/internal/stats/yearbook"
)

var statsCommand = subcommand{name: "stats", args: "--year YEAR --config FILE|--db FILE [--out FILE.xlsx] [--json] [--at DATE] [--concierges]",
	brief: `Write a fiscal year's figures (April to March, Japan) as a workbook to hand in, or as JSON.

Entries, supports, outcomes and waiting times, by month, intake agency, provider agency, item, industry and country.
No company is named. A year that is not over is counted up to now.
With --db the office has no name and no closed days of its own but the year's end (29 December to 3 January).`,
	run: runStats}

func runStats(ctx context.Context, e *env, args []string) error {
	fs := e.dbFlags()
	year := fs.Int("year", 0, "the fiscal `YEAR`: 2026 is April 2026 to March 2027")
	out := fs.String("out", "", "write the workbook to this `FILE`")
	at := fs.String("at", "", "count up to the end of this `DATE` (YYYY-MM-DD), not up to now")
	concierges := fs.Bool("concierges", false, "by concierge, too: for the office itself")
	rest, err := fs.parse(args)
	if err != nil {
		return err
	}
	now := time.Now()
	until := now
	if *at != "" {
		day, err := dayFlag(*at)
		if err != nil {
			return err
		}
		if end := day.Add(12 * time.Hour); end.Before(now) { // from noon to midnight; what is still to come counts nowhere
			until = end
		}
	}
	switch {
	case len(rest) > 0:
		return usagef("takes no arguments, only flags")
	case *year < 2000 || *year > 9999:
		return usagef("--year names the fiscal year, such as 2026 for April 2026 to March 2027")
	case !stats.Begin(*year).Before(until):
		return usagef("--year %d has not begun", *year)
	case *out == "" && !*fs.json:
		return usagef("--out FILE.xlsx or --json is missing")
	}
	cfg, path, err := fs.load()
	if err != nil {
		return err
	}
	s := statsSource(cfg, until)
	f, err := s.figures(ctx, path, *year, until, *concierges)
	if err != nil {
		return err
	}
	if *out != "" {
		if err := writeWorkbook(*out, f, yearbook.Options{Office: s.office, Made: now, Calendar: s.closed}); err != nil {
			return err
		}
	}
	if *fs.json {
		return printJSON(e.Out, f)
	}
	fmt.Fprintf(e.Out, "%s: fiscal year %d, %s to %s: %d received, %d registered, %d supports asked for, %d cases closed, %d open\n", *out, f.Year, f.From, f.At,
		f.Total.Counts[stats.Received], f.Total.Counts[stats.Registered], f.Total.Counts[stats.Inquired], f.Total.Counts[stats.Closed], f.Total.Counts[stats.Open])
	return nil
}

// source is what the figures need besides the database.
type source struct {
	office            string
	calendar          *clock.Calendar
	closed            string // the days that are no business days
	agency, concierge stats.Names
}

// statsSource is what a configuration says, or what holds for any office when there is none.
func statsSource(cfg *config.Config, at time.Time) source {
	unknown := func(string) string { return "" }
	if cfg == nil {
		return source{calendar: clock.New([]clock.Range{clock.YearEnd()}, clock.Hours{}), closed: "土日・祝日および12月29日から1月3日まで", agency: unknown, concierge: unknown}
	}
	agency := func(code string) string {
		a, _ := cfg.Roster().Agency(code, at)
		return a.Name
	}
	concierge := func(code string) string {
		k, _ := cfg.Roster().Concierge(code, at)
		return k.Name
	}
	return source{office: cfg.Bureau.Name, calendar: daemon.Calendar(cfg), closed: "土日・祝日および事務局の休業日", agency: agency, concierge: concierge}
}

func (s source) figures(ctx context.Context, db string, year int, until time.Time, concierges bool) (f stats.Figures, err error) {
	r, err := openDatabase(ctx, db)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	t := stats.New(year, until, s.calendar)
	err = r.EachCase(ctx, stats.Begin(year), stats.Begin(year+1), func(events []casework.Event) error {
		t.Case(events)
		return nil
	})
	if err != nil {
		return f, fmt.Errorf("count the year %d: %w", year, err)
	}
	if !concierges {
		s.concierge = nil
	}
	return t.Figures(s.agency, s.concierge), nil
}

// writeWorkbook writes the file in full or not at all.
func writeWorkbook(path string, f stats.Figures, o yearbook.Options) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".uketsuke-stats-*")
	if err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	if err := errors.Join(yearbook.Write(tmp, f, o), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}
