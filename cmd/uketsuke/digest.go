package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/robot"
)

var digestCommand = subcommand{name: "digest", args: "concierge|clerk|office|agency [--to X] --config FILE [--at DATE] [--text|--html|--json]",
	brief: `Show a digest as it would be written now, with nothing written or sent.

--to names whose: the code or mail address of a concierge or of an agency. Those of the clerks and of the office are one
each. The letters carry dummy codes. A digest with nothing in it is shown all the same, with a word that it would not be sent.`,
	run: runDigest}

// digestJSON is a digest as --json prints it.
type digestJSON struct {
	letterJSON
	Sent bool   `json:"sent"` // it would be sent: something is in it
	Text string `json:"text"`
	HTML string `json:"html,omitempty"`
}

func runDigest(ctx context.Context, e *env, args []string) error {
	fs := e.flags()
	file := fs.String("config", "", "the office's configuration `FILE`")
	to := fs.String("to", "", "the code or mail address `X` of its reader")
	at := fs.String("at", "", "the `DATE` (YYYY-MM-DD) that counts as today")
	fs.Bool("text", false, "show the text part (the default)")
	html, asJSON := fs.Bool("html", false, "show the HTML part"), fs.Bool("json", false, "print one JSON object")
	kinds, err := fs.parse(args)
	switch {
	case err != nil:
		return err
	case *html && *asJSON:
		return usagef("--html and --json exclude each other")
	case len(kinds) != 1:
		return usagef("names one digest: concierge, clerk, office or agency")
	case *file == "":
		return usagef("--config is missing; 'uketsuke init' prints one to start from")
	}
	cfg, opt, err := e.trial(*file, *at)
	if err != nil {
		return err
	}
	kind := casework.LetterKind("digest-" + kinds[0])
	code, err := digestReader(cfg, kind, *to)
	if err != nil {
		return err
	}
	trial, err := daemon.OpenTrial(ctx, cfg, opt)
	if err != nil {
		return err
	}
	defer trial.Close()
	p, err := trial.Digest(ctx, kind, code)
	if none := (*robot.NoDigestError)(nil); errors.As(err, &none) {
		fmt.Fprintf(e.Err, "uketsuke digest: %v\n", err)
		return errSilent
	}
	if err != nil {
		return err
	}
	return printDigest(e, p, *html, *asJSON)
}

// digestReader is the code of a concierge or agency, given by code or mail address.
func digestReader(cfg *config.Config, kind casework.LetterKind, to string) (string, error) {
	codes := map[string]string{}
	switch kind {
	case casework.LetterDigestConcierge:
		for _, k := range cfg.Concierges {
			codes[k.Code], codes[strings.ToLower(k.Mail)] = k.Code, k.Code
		}
	case casework.LetterDigestAgency:
		for _, a := range cfg.Agencies {
			codes[a.Code], codes[strings.ToLower(a.Window)] = a.Code, a.Code
		}
	case casework.LetterDigestClerk, casework.LetterDigestOffice:
		return "", nil
	default:
		return "", usagef("there is no digest %q; there are concierge, clerk, office and agency", strings.TrimPrefix(string(kind), "digest-"))
	}
	for _, key := range []string{to, strings.ToUpper(to), strings.ToLower(to)} {
		if code, ok := codes[key]; ok {
			return code, nil
		}
	}
	if to == "" {
		return "", usagef("--to is missing: whose digest?")
	}
	return "", usagef("--to %q is no code or mail address of the roster", to)
}

func printDigest(e *env, p robot.Preview, html, asJSON bool) error {
	var to, files []string
	for _, a := range p.Letter.To {
		to = append(to, a.Addr)
	}
	for _, a := range p.Letter.Attach {
		files = append(files, a.Name)
	}
	if asJSON {
		return printJSON(e.Out, digestJSON{letterJSON{string(p.Letter.Kind()), to, p.Parts.Subject, append([]string{}, files...)}, p.Worth, p.Parts.Text, p.Parts.HTML})
	}
	if !p.Worth {
		fmt.Fprintln(e.Err, "uketsuke digest: nothing is in it: it would not be sent")
	}
	if html {
		_, err := fmt.Fprintln(e.Out, p.Parts.HTML)
		return err
	}
	_, err := fmt.Fprintf(e.Out, "To: %s\nSubject: %s\n\n%s", strings.Join(to, ", "), p.Parts.Subject, p.Parts.Text)
	return err
}
