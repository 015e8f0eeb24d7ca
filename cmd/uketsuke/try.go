package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/inbound"
)

var tryCommand = subcommand{name: "try", args: "--config FILE [--at DATE] [--json] FILE.eml…",
	brief: `Show what would happen to a mail now: the decision, why, and every letter, with nothing written or sent.

Cases, roster and codes are those of the office's database; the letters carry dummy codes.`,
	run: runTry}

func runTry(ctx context.Context, e *env, args []string) error {
	fs := e.flags()
	file := fs.String("config", "", "the office's configuration `FILE`")
	asJSON := fs.Bool("json", false, "print one JSON object a mail")
	at := fs.String("at", "", "the `DATE` (YYYY-MM-DD) that counts as today")
	mails, err := fs.parse(args)
	switch {
	case err != nil:
		return err
	case *file == "":
		return usagef("--config is missing; 'uketsuke init' prints one to start from")
	case len(mails) == 0:
		return usagef("names no mail")
	}
	cfg, opt, err := e.trial(*file, *at)
	if err != nil {
		return err
	}
	trial, err := daemon.OpenTrial(ctx, cfg, opt)
	if err != nil {
		return err
	}
	defer trial.Close()
	failed := false
	for _, mail := range mails {
		if err := tryMail(ctx, e, trial, mail, *asJSON); err != nil {
			fmt.Fprintf(e.Err, "uketsuke try: %s: %v\n", mail, err)
			failed = true
		}
	}
	if failed {
		return errSilent
	}
	return nil
}

func tryMail(ctx context.Context, e *env, trial *daemon.Trial, mail string, asJSON bool) error {
	raw, err := os.ReadFile(mail)
	if err != nil {
		return err
	}
	in, out, letters, err := trial.Consider(ctx, raw)
	if err != nil {
		return err
	}
	fate := fateJSON{File: filepath.Base(mail), Kind: string(in.Input.Kind), Outcome: string(out.Result), Case: out.Number, Why: out.Why, Letters: []letterJSON{}}
	for i, l := range letters {
		fate.Letters = append(fate.Letters, letterJSON{string(out.Letters[i].Kind()), l.To, l.Subject, append([]string{}, l.Attachments...)})
	}
	if asJSON {
		return printJSON(e.Out, fate)
	}
	fmt.Fprintf(e.Out, "%s: %s → %s %s\n  %s\n", fate.File, fate.Kind, fate.Outcome, fate.Case, fate.Why)
	if out.Folder != casework.FolderStay {
		fmt.Fprintf(e.Out, "  filed in %q\n", out.Folder)
	}
	for _, l := range letters {
		if err := printLetter(e.Out, l); err != nil {
			return err
		}
	}
	return nil
}

// printLetter shows the text part as its reader would see it.
func printLetter(w io.Writer, l casework.Rendered) error {
	m, err := inbound.Parse(l.Raw, inbound.Options{Limits: inbound.DefaultLimits()})
	if err != nil {
		return fmt.Errorf("read our own letter: %w", err)
	}
	fmt.Fprintf(w, "\n── to %s\n   %s\n", strings.Join(l.To, ", "), l.Subject)
	for _, a := range l.Attachments {
		fmt.Fprintf(w, "   with %s\n", a)
	}
	body := strings.TrimSpace(strings.Join([]string{m.Text, m.Quoted, m.Signature}, "\n"))
	_, err = fmt.Fprintf(w, "\n%s\n", body)
	return err
}

// trial reads the configuration of a subcommand that writes and sends nothing; at is the day that counts as today, "" today.
func (e *env) trial(file, at string) (*config.Config, daemon.Options, error) {
	opt := daemon.Options{}
	if at != "" {
		day, err := dayFlag(at)
		if err != nil {
			return nil, opt, err
		}
		opt.Now = fixed(day)
	}
	cfg, err := e.offline(file)
	return cfg, opt, err
}
