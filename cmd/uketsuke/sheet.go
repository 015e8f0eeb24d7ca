package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/inbound"
	"uketsuke/internal/ooxmlcrypt"
)

var sheetCommand = subcommand{name: "sheet", args: "[--json] [--at DATE] [--layout FILE] [--password P]… FILE…",
	brief: `Show what is read from a workbook: which value from which cell by which rule, and every problem.

It judges only what the file itself shows; agencies and earlier cases are not asked.
A locked file is opened with --password, or with what Excel tries before it asks.
A file that is no entry sheet is told as what it is: another workbook, locked, unreadable.`,
	run: runSheet}

// sheetJSON is cli.md "sheet --json".
type sheetJSON struct {
	File     string              `json:"file"`
	Kind     string              `json:"kind"`
	Layout   string              `json:"layout,omitempty"`
	Password bool                `json:"password"`
	Error    string              `json:"error,omitempty"`
	Values   map[string]any      `json:"values,omitempty"`
	Cells    map[string]cellJSON `json:"cells,omitempty"`
	Problems []problemJSON       `json:"problems,omitzero"`
}

type cellJSON struct {
	Sheet string `json:"sheet"`
	Cell  string `json:"cell"`
	Raw   string `json:"raw"`
	Rule  string `json:"rule"`
}

type problemJSON struct {
	Field      string `json:"field"`
	Severity   string `json:"severity"`
	Sheet      string `json:"sheet"`
	Cell       string `json:"cell"`
	Found      string `json:"found"`
	Wanted     string `json:"wanted"`
	Unreadable bool   `json:"unreadable,omitempty"`
}

func runSheet(_ context.Context, e *env, args []string) error {
	fs := e.flags()
	asJSON := fs.Bool("json", false, "print one JSON object a file")
	at := fs.String("at", "", "the `DATE` (YYYY-MM-DD) that counts as today")
	layoutFile := fs.String("layout", "", "a layout `FILE` instead of the built-in one")
	var passwords list
	fs.Var(&passwords, "password", "a `PASSWORD` for locked files (may be repeated)")
	files, err := fs.parse(args)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return usagef("names no file")
	}
	today, err := dayFlag(*at)
	if err != nil {
		return err
	}
	layout, err := loadLayout(*layoutFile)
	if err != nil {
		return err
	}
	var failed error
	for _, file := range files {
		s, opened, err := readSheet(file, passwords, layout, today)
		if err != nil {
			fmt.Fprintf(e.Err, "uketsuke sheet: %v\n", err)
			failed = errSilent
			s = &entrysheet.Sheet{Kind: entrysheet.KindUnreadable, Error: err.Error()}
		}
		if !*asJSON {
			printSheet(e.Out, file, s, layout)
		} else if err := printJSON(e.Out, sheetToJSON(filepath.Base(file), s, opened)); err != nil {
			return err
		}
	}
	return failed
}

// readSheet reads one file; opened says that it took a password. A file larger
// than any mail may be is not opened.
func readSheet(file string, passwords []string, layout *entrysheet.Layout, today time.Time) (s *entrysheet.Sheet, opened bool, err error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, false, err
	}
	if limit := inbound.DefaultLimits().Bytes; info.Size() > limit {
		return nil, false, fmt.Errorf("%s has %d bytes, more than the limit of %d", file, info.Size(), limit)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, false, err
	}
	s = entrysheet.Read(b, layout, today, entrysheet.DefaultLimits())
	if s.Kind == entrysheet.KindLocked {
		plain, byPassword, err := unlock(b, passwords)
		if err != nil {
			s.Error = err.Error()
			if u := (*ooxmlcrypt.UnsupportedError)(nil); errors.As(err, &u) {
				s.Reason = u.Reason()
			}
			return s, false, nil
		}
		opened = byPassword
		s = entrysheet.Read(plain, layout, today, entrysheet.DefaultLimits())
	}
	if s.Kind == entrysheet.KindNotWorkbook {
		s.Kind = entrysheet.KindUnreadable // there are four kinds for people; the error says that it is no workbook
	}
	return s, opened, nil
}

// unlock opens a locked file with one of the passwords, or with the one that
// Excel tries before it asks, of which asked says no.
func unlock(b []byte, passwords []string) (plain []byte, asked bool, err error) {
	if entrysheet.Sniff(b) == entrysheet.FormatXLS {
		err = errors.New("a password is needed")
		for _, p := range passwords {
			if plain, err = entrysheet.UnlockXLS(b, p); !errors.Is(err, entrysheet.ErrPassword) {
				return plain, true, err
			}
		}
		return nil, false, err
	}
	lock, err := ooxmlcrypt.Inspect(b)
	if err != nil {
		return nil, false, err
	}
	key, err := lock.Find(append([]string{ooxmlcrypt.VelvetSweatshop}, passwords...))
	if errors.Is(err, ooxmlcrypt.ErrPassword) && len(passwords) == 0 {
		err = errors.New("a password is needed")
	}
	if err != nil {
		return nil, false, err
	}
	plain, err = key.Decrypt()
	return plain, key.Password != ooxmlcrypt.VelvetSweatshop, err
}

// dayFlag reads --at; "" is today in Japan.
func dayFlag(s string) (time.Time, error) {
	if s == "" {
		return time.Now().In(casework.JST), nil
	}
	day, err := time.ParseInLocation("2006-01-02", s, casework.JST)
	if err != nil {
		return day, usagef("--at %q is no date; write it as 2026-11-23", s)
	}
	return day.Add(12 * time.Hour), nil
}

func loadLayout(file string) (*entrysheet.Layout, error) {
	if file == "" {
		return entrysheet.DefaultLayout(), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the layout: %w", err)
	}
	l, err := entrysheet.ParseLayout(b)
	if err != nil {
		return nil, fmt.Errorf("layout %s: %w", file, err)
	}
	return l, nil
}

func sheetToJSON(file string, s *entrysheet.Sheet, opened bool) sheetJSON {
	out := sheetJSON{File: file, Kind: string(s.Kind), Layout: s.Layout, Password: opened, Error: s.Error, Values: s.Values}
	if s.Kind != entrysheet.KindEntrySheet {
		return out
	}
	out.Cells = map[string]cellJSON{}
	for k, c := range s.Cells {
		out.Cells[k] = cellJSON(c)
	}
	out.Problems = []problemJSON{}
	for _, p := range s.Problems {
		out.Problems = append(out.Problems, problemJSON{p.Field, string(p.Severity), p.Sheet, p.Cell, p.Found, p.Wanted, p.Unreadable})
	}
	return out
}

func printSheet(w io.Writer, file string, s *entrysheet.Sheet, l *entrysheet.Layout) {
	fmt.Fprintf(w, "%s: %s", file, s.Kind)
	if s.Error != "" {
		fmt.Fprintf(w, " — %s", s.Error)
	}
	if s.Kind != entrysheet.KindEntrySheet {
		fmt.Fprintln(w)
		if s.Reason != "" {
			fmt.Fprintf(w, "  %s\n", s.Reason)
		}
		return
	}
	fmt.Fprintf(w, " (layout %s, sheet %q)\n", s.Layout, s.Name)
	for _, key := range sortedKeys(s.Values) {
		c := s.Cells[key]
		fmt.Fprintf(w, "  %-26s %-6s %s", key, c.Cell, showValue(s.Values[key]))
		if c.Raw != "" && c.Raw != showValue(s.Values[key]) {
			fmt.Fprintf(w, "  ← %q", c.Raw)
		}
		if c.Rule != "" {
			fmt.Fprintf(w, "  [%s]", c.Rule)
		}
		fmt.Fprintln(w)
	}
	for _, b := range s.Boxes {
		fmt.Fprintf(w, "  box %-22s %-6s %s  ← %q", b.Name, b.Cell, b.State, b.Raw)
		if b.By != "" {
			fmt.Fprintf(w, "  [form control, by %s]", b.By)
		}
		fmt.Fprintln(w)
	}
	if len(s.Problems) == 0 {
		fmt.Fprintln(w, "  no problems")
	}
	for _, p := range s.Problems {
		severity := string(p.Severity)
		if p.Unreadable {
			severity = "unclear"
		}
		fmt.Fprintf(w, "  %-7s %s %s（%s）: %q → %s\n", severity, p.Sheet+"!"+p.Cell, l.FieldName(p.Field), p.Field, p.Found, p.Wanted)
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func showValue(v any) string {
	switch v := v.(type) {
	case []string:
		return strings.Join(v, "、")
	case []int:
		out := make([]string, len(v))
		for i, n := range v {
			out[i] = fmt.Sprintf("%02d", n)
		}
		return strings.Join(out, " ")
	case string:
		return strings.ReplaceAll(v, "\n", "⏎")
	}
	return fmt.Sprint(v)
}
