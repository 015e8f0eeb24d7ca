package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/letter"
	"uketsuke/internal/seal"
)

var lettersCommand = subcommand{name: "letters", args: "[NAME…] [--html|--text] [--out DIR] [--config FILE]",
	brief: `Show the letters with sample data: all of them, or those named.

Without --html the text part is shown. --out writes each letter as NAME.txt, NAME.html and NAME.eml.
With --config the office's own name and templates are used.`,
	run: runLetters}

func runLetters(_ context.Context, e *env, args []string) error {
	fs := e.flags()
	html := fs.Bool("html", false, "show the HTML part")
	text := fs.Bool("text", false, "show the text part (the default)")
	out := fs.String("out", "", "write the letters into this `DIR`")
	file := fs.String("config", "", "the office's configuration `FILE`")
	names, err := fs.parse(args)
	switch {
	case err != nil:
		return err
	case *html && *text:
		return usagef("--html and --text exclude each other")
	}
	cfg, err := e.lettersConfig(*file)
	if err != nil {
		return err
	}
	keys, err := seal.NewKeys(zeros{})
	if err != nil {
		return err
	}
	renderer, err := daemon.Letters(cfg, keys)
	if err != nil {
		return err
	}
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, casework.JST)
	samples := letter.Samples(cfg.Office(), now)
	for _, n := range names {
		if !slices.ContainsFunc(samples, func(s letter.Sample) bool { return named(s, n) }) {
			return usagef("there is no letter %q; the letters are %s", n, sampleNames(samples))
		}
	}
	for _, s := range samples {
		if len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return named(s, n) }) {
			continue
		}
		if *out != "" {
			err = writeLetter(*out, s, renderer)
		} else {
			err = showLetter(e, s, renderer, *html)
		}
		if err != nil {
			return fmt.Errorf("letter %s: %w", s.Name, err)
		}
	}
	return nil
}

// named matches a sample by its own name, or all forms of a letter by its kind.
func named(s letter.Sample, n string) bool {
	return s.Name == n || string(s.Letter.Kind()) == n
}

func (e *env) lettersConfig(file string) (*config.Config, error) {
	if file != "" {
		return e.offline(file)
	}
	return &config.Config{Bureau: config.Bureau{Code: "KOB", Name: "ジェトロ神戸", Phone: "078-000-0000",
		Mailbox: "kobe-intake@jetro.example", MailboxName: "ジェトロ神戸 コンソーシアム受付"}, Codes: config.Codes{BusinessDays: 30}}, nil
}

func sampleNames(samples []letter.Sample) string {
	var out []string
	for _, s := range samples {
		out = append(out, s.Name)
	}
	return strings.Join(out, ", ")
}

func showLetter(e *env, s letter.Sample, r *letter.Renderer, html bool) error {
	p, err := r.Parts(s.Letter)
	if err != nil {
		return err
	}
	body := p.Text
	if html {
		body = p.HTML
	}
	_, err = fmt.Fprintf(e.Out, "── %s\nSubject: %s\n\n%s\n", s.Name, p.Subject, body)
	return err
}

func writeLetter(dir string, s letter.Sample, r *letter.Renderer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	p, err := r.Parts(s.Letter)
	if err != nil {
		return err
	}
	full, err := r.Render(s.Letter, func(casework.Attachment) ([]byte, error) { return []byte("(sample attachment)"), nil })
	if err != nil {
		return err
	}
	for ext, body := range map[string]string{".txt": "Subject: " + p.Subject + "\n\n" + p.Text, ".html": p.HTML, ".eml": string(full.Raw)} {
		if err := os.WriteFile(filepath.Join(dir, s.Name+ext), []byte(body), 0o644); err != nil {
			return err
		}
	}
	return nil
}
