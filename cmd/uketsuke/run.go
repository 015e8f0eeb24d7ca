package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/robot"
)

var runCommand = subcommand{name: "run", args: "--config FILE [--once] [--json]",
	brief: `Run the robot: watch the mailbox, do the casework, send the letters.

With --once it goes through mailbox and outbox once and ends. The first signal (SIGTERM, Ctrl-C) lets it
finish the mail it is at, file and send what is due; the second stops it where it is, which loses nothing.`,
	run: runRun}

// fateJSON is cli.md "run --once --json" and "try --json".
type fateJSON struct {
	UID     uint32       `json:"uid,omitempty"`
	File    string       `json:"file,omitempty"`
	Kind    string       `json:"kind"`
	Outcome string       `json:"outcome"`
	Case    string       `json:"case"`
	Letters []letterJSON `json:"letters"`
	Why     string       `json:"why"`
}

type letterJSON struct {
	Letter      string   `json:"letter"`
	To          []string `json:"to"`
	Subject     string   `json:"subject"`
	Attachments []string `json:"attachments"`
}

func runRun(ctx context.Context, e *env, args []string) error {
	fs := e.flags()
	file := fs.String("config", "", "the office's configuration `FILE`")
	once := fs.Bool("once", false, "go through mailbox and outbox once, then end")
	asJSON := fs.Bool("json", false, "with --once: print one JSON object a mail")
	rest, err := fs.parse(args)
	switch {
	case err != nil:
		return err
	case *file == "":
		return usagef("--config is missing; 'uketsuke init' prints one to start from")
	case len(rest) > 0:
		return usagef("takes no arguments, only flags")
	case *asJSON && !*once:
		return usagef("--json goes with --once")
	}
	cfg, err := e.load(*file)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	opt := daemon.Options{Log: logger(cfg, e.Err)}
	if *asJSON {
		opt.Fate = func(f robot.Fate) {
			mu.Lock()
			defer mu.Unlock()
			if err := printJSON(e.Out, fateToJSON(f)); err != nil {
				opt.Log.Error("print the mail's fate", "error", err.Error())
			}
		}
	}
	ctx, drain, stop := signals(ctx, opt.Log)
	defer stop()
	if cfg.Metrics.Addr != "" && !*once {
		metrics := daemon.NewMetrics()
		if err := metrics.Serve(ctx, cfg.Metrics.Addr); err != nil {
			return err
		}
		opt.Fate = metrics.Fate
	}
	office, err := daemon.Open(ctx, cfg, opt)
	if err != nil {
		return err
	}
	if *once {
		_, err = office.Robot.Once(ctx, drain)
	} else {
		opt.Log.Info("running", "mode", string(cfg.Mode), "start", cfg.Start.String())
		err = office.Robot.Run(ctx, drain)
	}
	return errors.Join(err, office.Close())
}

// load reads the configuration; its faults are printed one a line.
func (e *env) load(file string) (*config.Config, error) {
	cfg, err := config.Load(file, e.getenv)
	if err != nil {
		return nil, fmt.Errorf("configuration %s:\n%w", file, err)
	}
	return cfg, nil
}

// offline is load for what works without the servers: secrets may be absent.
func (e *env) offline(file string) (*config.Config, error) {
	cfg, err := config.LoadOffline(file, e.getenv)
	if err != nil {
		return nil, fmt.Errorf("configuration %s:\n%w", file, err)
	}
	return cfg, nil
}

func logger(cfg *config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	opt := &slog.HandlerOptions{Level: level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opt))
	}
	return slog.New(slog.NewTextHandler(w, opt))
}

// signals: the first drains, the second stops.
func signals(parent context.Context, log *slog.Logger) (ctx context.Context, drain chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	drain = make(chan struct{})
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-ch:
			log.Info("finishing; a second signal stops at once")
			close(drain)
		case <-ctx.Done():
			return
		}
		select {
		case <-ch:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, drain, func() { signal.Stop(ch); cancel() }
}

func fateToJSON(f robot.Fate) fateJSON {
	out := fateJSON{UID: f.UID, File: f.File, Kind: string(f.Kind), Outcome: string(f.Handled.Outcome.Result), Case: f.Handled.Outcome.Number,
		Why: f.Handled.Outcome.Why, Letters: []letterJSON{}}
	if f.Handled.Seen {
		out.Outcome, out.Why = string(casework.ResultSeen), "this very mail was done before"
	}
	for _, l := range f.Handled.Letters {
		out.Letters = append(out.Letters, letterJSON{string(l.Kind), l.To, l.Subject, append([]string{}, l.Attachments...)})
	}
	return out
}

// jst shows an instant in Japan's time.
func jst(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(casework.JST).Format("2006-01-02 15:04")
}
