// Package demo shows the whole main job on one machine with nothing installed: an embedded mail server, a sample
// mailbox, and the real daemon between them.
//
//  1. Start the mail server (package mailserver) in the demo's folder: the office's mailbox, and one catch-all mailbox
//     for everybody else, so that no letter leaves the machine.
//  2. Write a configuration, load it as `run` would, open the office (package daemon) and let the robot run.
//  3. Deliver the sample mails one by one, each when the one before is done, and say what became of it. Answers that
//     people would give (the clerk's 承認, a corrected sheet) are taken from the letters' own one-click links.
//  4. With a number of mails: deliver them all, then start; afterwards 50 more, one by one, for the latencies.
//  5. Put letters, certificates and marked sheets beside the database, and print the summary.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/demo/mailserver"
	"uketsuke/internal/robot"
)

// Options say what to show and where to leave it.
type Options struct {
	Dir   string    // everything stays here
	Mails int       // 0: the sample mailbox; else a backlog of so many different entries
	Out   io.Writer // the live show; nil: silence
	Now   func() time.Time
	Log   *slog.Logger
}

// Summary is cli.md "demo --json".
type Summary struct {
	Mails          int       `json:"mails"`
	Registered     int       `json:"registered"`
	Returned       int       `json:"returned"`
	Held           int       `json:"held"`
	Duplicates     int       `json:"duplicates"`
	Other          int       `json:"other"`
	LettersSent    int       `json:"lettersSent"`
	Seconds        float64   `json:"seconds"`
	MailsPerSecond float64   `json:"mailsPerSecond"`
	LatencyMs      Latencies `json:"latencyMs"`
	MaxRSSBytes    int64     `json:"maxRSSBytes"`
	Dir            string    `json:"dir"`
}

// Latencies are milliseconds from a mail's arrival to the server's yes to its last letter.
type Latencies struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// The invented office: its mailbox, and the catch-all mailbox of everybody else.
const (
	OfficeUser = "office"
	OfficeAddr = "kobe-intake@uketsuke.example"
	Outside    = "outside"
	authserv   = "mx.uketsuke.example"
)

// stage is a running demo.
type stage struct {
	Options
	server *mailserver.Server
	office *daemon.Office
	drain  chan struct{}
	ended  chan error

	mu      sync.Mutex
	running bool
	told    chan robot.Fate
	arrived chan struct{} // one for each letter that reaches the outside
	sum     Summary
}

// Run shows the demo and returns its summary.
func Run(ctx context.Context, o Options) (Summary, error) {
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &stage{Options: o, told: make(chan robot.Fate, 1024), arrived: make(chan struct{}, 1<<20), drain: make(chan struct{}), ended: make(chan error, 1)}
	if err := s.open(ctx); err != nil {
		return s.sum, errors.Join(err, s.close())
	}
	var err error
	if o.Mails > 0 {
		err = s.backlog(ctx)
	} else {
		err = s.samples(ctx)
	}
	err = errors.Join(err, s.close())
	if err == nil {
		err = s.leave()
	}
	s.sum.MaxRSSBytes, s.sum.Dir = peakMemory(), o.Dir
	return s.sum, err
}

// open starts the server and opens the office; the robot does not run yet.
func (s *stage) open(ctx context.Context) error {
	var err error
	if s.server, err = OpenServer(mailserver.Options{Dir: filepath.Join(s.Dir, "mail"), Log: s.Log}); err != nil {
		return err
	}
	s.server.OnDelivery(s.delivered)
	file := filepath.Join(s.Dir, "uketsuke.toml")
	if err := os.WriteFile(file, []byte(Configuration(Site{Dir: s.Dir, IMAP: s.server.IMAPAddr(), SMTP: s.server.SMTPAddr()})), 0o600); err != nil {
		return fmt.Errorf("write the demo's configuration: %w", err)
	}
	cfg, err := config.Load(file, Env)
	if err != nil {
		return fmt.Errorf("the demo's configuration: %w", err)
	}
	s.office, err = daemon.Open(ctx, cfg, daemon.Options{Now: s.Now, Log: s.Log, Fate: s.fate})
	return err
}

// run lets the robot run, as the daemon does.
func (s *stage) run(ctx context.Context) {
	s.running = true
	go func() { s.ended <- s.office.Robot.Run(ctx, s.drain) }()
}

// close drains the robot and stops everything.
func (s *stage) close() error {
	var errs []error
	select {
	case <-s.drain:
	default:
		close(s.drain)
		if s.running {
			errs = append(errs, <-s.ended)
		}
	}
	if s.office != nil {
		errs = append(errs, s.office.Close())
	}
	if s.server != nil {
		errs = append(errs, s.server.Close())
	}
	return errors.Join(errs...)
}

func (s *stage) fate(f robot.Fate) {
	s.mu.Lock()
	s.count(f.Handled)
	s.mu.Unlock()
	f.Handled.Outcome.Events, f.Handled.Outcome.Letters = nil, nil // nobody asks for them, and a backlog is long
	s.told <- f
}

// count adds a mail to the summary: by sheet where it had sheets.
func (s *stage) count(h casework.Handled) {
	s.sum.Mails++
	if h.Seen {
		s.sum.Duplicates++
		return
	}
	results := h.Outcome.Results
	if len(results) == 0 {
		results = []casework.Result{h.Outcome.Result}
	}
	for _, r := range results {
		switch r {
		case casework.ResultRegistered:
			s.sum.Registered++
		case casework.ResultReturned:
			s.sum.Returned++
		case casework.ResultHeld:
			s.sum.Held++
		case casework.ResultDuplicate:
			s.sum.Duplicates++
		default:
			s.sum.Other++
		}
	}
}

// delivered hears of every mail that the server stored.
func (s *stage) delivered(user, _ string, _ uint32) {
	if user == Outside {
		s.arrived <- struct{}{}
	}
}

// awaitLetters waits until n more letters have reached the outside.
func (s *stage) awaitLetters(ctx context.Context, n int) error {
	for range n {
		select {
		case <-s.arrived:
			s.mu.Lock()
			s.sum.LettersSent++
			s.mu.Unlock()
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("the robot stopped: %w", err)
		case <-time.After(20 * time.Second):
			return errors.New("a letter did not arrive within 20 seconds")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
