package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"uketsuke/internal/demo"
)

var demoCommand = subcommand{name: "demo", args: "[--dir DIR] [--mails N] [--keep] [--json]",
	brief: `Show the whole main job with nothing installed: an embedded mail server, a sample mailbox, the real robot.

It needs no configuration and uses loopback only; no letter leaves the machine. The folder that it names at the end
holds letters/ (.eml), certificates/ (.pdf, by registration number), sheets/ (marked workbooks) and uketsuke.db.
Without --dir it is a temporary folder, removed at the end unless --keep is given.

With --mails N the mailbox holds N different entries; afterwards 50 more arrive one by one, for the latencies.`,
	run: runDemo}

func runDemo(ctx context.Context, e *env, args []string) (err error) {
	fs := e.flags()
	dir := fs.String("dir", "", "leave everything in this `DIR`, which must be empty or new")
	mails := fs.Int("mails", 0, "a backlog of `N` different entries instead of the sample mailbox")
	keep := fs.Bool("keep", false, "keep the temporary folder")
	asJSON := fs.Bool("json", false, "print nothing but one JSON object at the end")
	rest, err := fs.parse(args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return usagef("takes no arguments, only flags")
	case *mails < 0 || *mails > 100_000:
		return usagef("--mails %d is not between 1 and 100000", *mails)
	}
	folder, remove, err := demoFolder(*dir, *keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	opt := demo.Options{Dir: folder, Mails: *mails, Log: slog.New(slog.NewTextHandler(e.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	if !*asJSON {
		opt.Out = e.Out
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process as usual
	sum, err := demo.Run(ctx, opt)
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("stopped by a signal: %w", err)
	case err != nil:
		return err
	}
	if *asJSON {
		return printJSON(e.Out, sum)
	}
	sum.Print(e.Out)
	if *dir == "" && !*keep {
		fmt.Fprintln(e.Out, "  (temporary, removed now; use --dir DIR or --keep to look inside)")
	}
	return nil
}

// demoFolder makes the demo's folder and says how to remove it.
func demoFolder(dir string, keep bool) (folder string, remove func() error, err error) {
	nothing := func() error { return nil }
	if dir == "" {
		folder, err = os.MkdirTemp("", "uketsuke-demo-")
		if keep || err != nil {
			return folder, nothing, err
		}
		return folder, func() error { return os.RemoveAll(folder) }, nil
	}
	if folder, err = filepath.Abs(dir); err != nil {
		return "", nothing, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", nothing, err
	}
	if old, err := os.ReadDir(folder); err != nil || len(old) > 0 {
		return "", nothing, errors.Join(err, fmt.Errorf("--dir %s is not empty; name a new folder", dir))
	}
	return folder, nothing, nil
}
