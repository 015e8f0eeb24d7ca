package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/width"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/store"
)

// dbFlags are the flags of commands that only look at the database.
type dbFlags struct {
	*flagSet
	config, db *string
	json       *bool
}

func (e *env) dbFlags() *dbFlags {
	fs := e.flags()
	return &dbFlags{fs, fs.String("config", "", "the office's configuration `FILE`"),
		fs.String("db", "", "the database `FILE` itself, instead of --config"), fs.Bool("json", false, "print JSON lines")}
}

// load reads the configuration, nil where --db stands in for it, and says which database is meant.
func (f *dbFlags) load() (cfg *config.Config, db string, err error) {
	switch {
	case *f.db != "" && *f.config != "":
		return nil, "", usagef("--db stands in for --config; give one of them")
	case *f.db == "" && *f.config == "":
		return nil, "", usagef("--config or --db is missing")
	case *f.db != "":
		return nil, *f.db, nil
	}
	if cfg, err = f.e.offline(*f.config); err != nil {
		return nil, "", err
	}
	return cfg, filepath.Join(cfg.DataDir, "uketsuke.db"), nil
}

// open opens the database for reading, beside a running daemon if there is one.
func (f *dbFlags) open(ctx context.Context) (*store.Reader, error) {
	_, path, err := f.load()
	if err != nil {
		return nil, err
	}
	return openDatabase(ctx, path)
}

func openDatabase(ctx context.Context, path string) (*store.Reader, error) {
	r, err := store.OpenReader(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database %s; 'uketsuke run' makes it at its first start", path)
	}
	return r, err
}

var casesCommand = subcommand{name: "cases", args: "--config FILE|--db FILE [--open] [--stage S] [--agency A] [--concierge C] [--json]",
	brief: "List the mails whose files wait for their password, and the cases, the newest first.",
	run: func(ctx context.Context, e *env, args []string) error {
		fs := e.dbFlags()
		f := store.Filter{Limit: math.MaxInt32}
		fs.BoolVar(&f.Open, "open", false, "only open ones")
		fs.StringVar((*string)(&f.Stage), "stage", "", "only those in a `STAGE`, such as held or registered")
		fs.StringVar(&f.Agency, "agency", "", "only those of an agency's `CODE`")
		fs.StringVar(&f.Concierge, "concierge", "", "only those of a concierge's `CODE`")
		rest, err := fs.parse(args)
		if err != nil {
			return err
		}
		if len(rest) > 0 {
			return usagef("takes no arguments; 'uketsuke case NUMBER' shows one case")
		}
		if f.Stage != "" && f.Stage.Japanese() == "" {
			return usagef("--stage %q is none of %s", f.Stage, stageList())
		}
		r, err := fs.open(ctx)
		if err != nil {
			return err
		}
		defer r.Close()
		if f.Stage == "" && f.Concierge == "" {
			if err := printWaiting(ctx, e, r, f.Agency, *fs.json); err != nil {
				return err
			}
		}
		rows, err := r.Cases(ctx, f)
		if err != nil {
			return err
		}
		for _, c := range rows {
			if !*fs.json {
				fmt.Fprintf(e.Out, "%-18s %-10s %s %-12s %-12s %s  %s\n", c.Number(), c.Member, column(c.Stage.Japanese(), 18), c.Agency, c.Concierge, jst(c.Updated), c.Company)
			} else if err := printJSON(e.Out, c); err != nil {
				return err
			}
		}
		return nil
	}}

// waitingJSON is a mail whose files wait for their password: no case yet.
type waitingJSON struct {
	Stage     string    `json:"stage"` // locked
	Open      bool      `json:"open"`
	Sender    string    `json:"sender"`
	Agency    string    `json:"agency,omitempty"`
	Files     []string  `json:"files"`
	MessageID string    `json:"message_id"`
	Received  time.Time `json:"received_at"`
}

// printWaiting lists the mails that wait for a password, of one agency or ("") of all.
func printWaiting(ctx context.Context, e *env, r *store.Reader, agency string, asJSON bool) error {
	mails, err := r.LockedWaiting(ctx)
	if err != nil {
		return err
	}
	for _, m := range mails {
		if agency != "" && m.Agency != agency {
			continue
		}
		if !asJSON {
			fmt.Fprintf(e.Out, "%-18s %-10s %s %-12s %-12s %s  locked, waiting for its password: %s from %s\n", "-", "", column("パスワード待ち", 18), m.Agency, "",
				jst(m.Since), strings.Join(m.Files, ", "), m.Sender)
		} else if err := printJSON(e.Out, waitingJSON{"locked", true, m.Sender, m.Agency, m.Files, m.MessageID, m.Since}); err != nil {
			return err
		}
	}
	return nil
}

// column fills a text up to a width in half-width columns, as terminals draw Japanese.
func column(s string, columns int) string {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			columns--
		}
		columns--
	}
	return s + strings.Repeat(" ", max(columns, 0))
}

func stageList() string {
	var out []string
	for _, s := range casework.Stages {
		out = append(out, string(s))
	}
	return strings.Join(out, ", ")
}

var caseCommand = subcommand{name: "case", args: "--config FILE|--db FILE [--json] NUMBER…",
	brief: `Show a case: what happened, why, by whose mail and on what evidence, and every letter.

NUMBER is a registration number (2026-KOB-00042-5) or a receipt number (E26-00123).`,
	run: func(ctx context.Context, e *env, args []string) error {
		fs := e.dbFlags()
		numbers, err := fs.parse(args)
		if err != nil {
			return err
		}
		if len(numbers) == 0 {
			return usagef("names no case")
		}
		r, err := fs.open(ctx)
		if err != nil {
			return err
		}
		defer r.Close()
		var unknown error
		for _, n := range numbers {
			d, err := r.Case(ctx, strings.ToUpper(n))
			if err != nil {
				fmt.Fprintf(e.Err, "uketsuke case: %v\n", err)
				unknown = errSilent
			} else if !*fs.json {
				printCase(e, d)
			} else if err := printJSON(e.Out, d); err != nil {
				return err
			}
		}
		return unknown
	}}

func printCase(e *env, d store.CaseDetail) {
	fmt.Fprintf(e.Out, "%s  %s\n", d.Number(), d.Stage.Japanese())
	for _, line := range [][2]string{{"receipt", d.Receipt}, {"member", d.Member}, {"company", d.Company}, {"agency", d.Agency}, {"concierge", d.Concierge}, {"why", d.Why}, {"held for", d.Hold}} {
		if line[1] != "" {
			fmt.Fprintf(e.Out, "  %-10s %s\n", line[0], line[1])
		}
	}
	fmt.Fprintln(e.Out, "\n  timeline")
	for _, t := range d.Timeline {
		fmt.Fprintf(e.Out, "  %s  #%d %-18s %s\n", jst(t.At), t.Seq, t.Kind, t.Text)
		who := strings.TrimSpace(fmt.Sprintf("%s %s %s <%s>", t.Role, t.Code, t.FromName, t.From))
		fmt.Fprintf(e.Out, "                    by %s; %s\n", who, t.Evidence)
		if t.Mail != "" {
			fmt.Fprintf(e.Out, "                    mail <%s>\n", t.Mail)
		}
	}
	if len(d.Letters) > 0 {
		fmt.Fprintln(e.Out, "\n  letters")
	}
	for _, l := range d.Letters {
		printLetterRow(e, l)
	}
}

func printLetterRow(e *env, l store.LetterRow) {
	fmt.Fprintf(e.Out, "  %s  %-10s %-12s %s → %s", jst(l.Created), l.State, l.Kind, l.Subject, strings.Join(l.To, ", "))
	switch {
	case l.Error != "" && l.Tries > 0:
		fmt.Fprintf(e.Out, "  (put off %d times, next %s: %s)", l.Tries, jst(l.Next), l.Error)
	case l.Error != "":
		fmt.Fprintf(e.Out, "  (%s)", l.Error)
	}
	fmt.Fprintln(e.Out)
}

// letterStates are what --state may name.
var letterStates = []string{store.StateQueued, store.StateHeld, store.StateWaiting, store.StateAttempting, store.StateSent, store.StateDrafted, store.StateFailed, store.StateWithdrawn, store.StateBounced}

var outboxCommand = subcommand{name: "outbox", args: "--config FILE|--db FILE [--state S]… [--json]",
	brief: `List the letters that have not reached their end: queued, attempting, drafted, failed, withdrawn, bounced.

A drafted letter waits in the Drafts folder for a person; one that was deleted there is withdrawn, and says so.
--state names the states to list instead (held, waiting and sent, too), and may be repeated.`,
	run: func(ctx context.Context, e *env, args []string) error {
		fs := e.dbFlags()
		var states list
		fs.Var(&states, "state", "only letters in this `STATE`")
		rest, err := fs.parse(args)
		if err != nil {
			return err
		}
		if len(rest) > 0 {
			return usagef("takes no arguments, only flags")
		}
		for _, s := range states {
			if !slices.Contains(letterStates, s) {
				return usagef("--state %q is none of %s", s, strings.Join(letterStates, ", "))
			}
		}
		r, err := fs.open(ctx)
		if err != nil {
			return err
		}
		defer r.Close()
		letters, err := r.Outbox(ctx, states...)
		if err != nil {
			return err
		}
		stopped, err := r.Stopped(ctx)
		if err != nil {
			return err
		}
		if stopped {
			fmt.Fprintln(e.Err, "全送信停止 is in force: nothing leaves until 全送信再開")
		}
		for _, l := range letters {
			if !*fs.json {
				printLetterRow(e, l)
			} else if err := printJSON(e.Out, l); err != nil {
				return err
			}
		}
		return nil
	}}

var auditCommand = subcommand{name: "audit", args: "verify --config FILE|--db FILE [--json]",
	brief: `Verify the event log: the chain of hashes, every commitment, every case against the fold of its events.

Exit code 1 when something does not hold.`,
	run: func(ctx context.Context, e *env, args []string) error {
		fs := e.dbFlags()
		rest, err := fs.parse(args)
		if err != nil {
			return err
		}
		if len(rest) != 1 || rest[0] != "verify" {
			return usagef("say what to do: audit verify")
		}
		r, err := fs.open(ctx)
		if err != nil {
			return err
		}
		defer r.Close()
		rep, err := r.Verify(ctx)
		if err != nil {
			return err
		}
		if *fs.json {
			err = printJSON(e.Out, rep)
		} else {
			fmt.Fprintf(e.Out, "%d events, %d cases, %d erased; head %s\n", rep.Events, rep.Cases, rep.Erased, rep.Head)
			for _, p := range rep.Problems {
				fmt.Fprintf(e.Out, "PROBLEM %s\n", p)
			}
		}
		if err == nil && !rep.OK() {
			return errSilent
		}
		return err
	}}
