package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/delivery"
	"uketsuke/internal/mailbox"
	"uketsuke/internal/roster"
	"uketsuke/internal/seal"
)

var checkCommand = subcommand{name: "check", args: "--config FILE [--create] [--json]",
	brief: `Check a configuration, all of it at once, and then the servers that it names.

It logs in to the mailbox, lists folders and what the server can do, counts how many mails 'start' would mean,
creates missing folders with --create, and logs in to the mail server without sending anything.`,
	run: runCheck}

// finding is one line of the check.
type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}

// checker collects findings and prints them as they come.
type checker struct {
	e      *env
	asJSON bool
	bad    bool
}

func (c *checker) say(what string, ok bool, format string, args ...any) {
	f := finding{what, ok, fmt.Sprintf(format, args...)}
	c.bad = c.bad || !ok
	if c.asJSON {
		if err := printJSON(c.e.Out, f); err != nil {
			c.bad = true
		}
		return
	}
	mark := "ok  "
	if !ok {
		mark = "FAIL"
	}
	fmt.Fprintf(c.e.Out, "%s  %-10s %s\n", mark, f.What, f.Text)
}

func runCheck(ctx context.Context, e *env, args []string) error {
	fs := e.flags()
	file := fs.String("config", "", "the office's configuration `FILE`")
	create := fs.Bool("create", false, "create the folders that are missing")
	asJSON := fs.Bool("json", false, "print one JSON object a finding")
	rest, err := fs.parse(args)
	switch {
	case err != nil:
		return err
	case *file == "":
		return usagef("--config is missing; 'uketsuke init' prints one to start from")
	case len(rest) > 0:
		return usagef("takes no arguments, only flags")
	}
	c := &checker{e: e, asJSON: *asJSON}
	cfg, err := config.Load(*file, e.getenv)
	if err != nil {
		var all *config.Errors
		if !errors.As(err, &all) {
			return fmt.Errorf("configuration %s: %w", *file, err)
		}
		for _, f := range all.List {
			c.say("config", false, "%s", f.Error())
		}
		return errSilent
	}
	c.config(cfg)
	c.standing(ctx, cfg)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	c.imap(ctx, cfg, *create)
	c.smtp(ctx, cfg)
	if c.bad {
		return errSilent
	}
	return nil
}

func (c *checker) config(cfg *config.Config) {
	c.say("config", true, "%d agencies, %d concierges, %d clerks; letters are in mode %q", len(cfg.Agencies), len(cfg.Concierges), len(cfg.Clerks), cfg.Mode)
	c.say("drafts", true, "%s", whatWaits(cfg.Drafting()))
	for _, w := range cfg.Warnings {
		c.say("warning", true, "%s", w.Error())
	}
	if cfg.Evidence.Method == config.EvidenceNone {
		c.say("evidence", true, `"none": nothing proves who sent a mail. Entries of rostered addresses register as unverified; commands without a valid code, and 承認 and 担当変更 in any case, are confirmed by mail first`)
	} else {
		c.say("evidence", true, "Authentication-Results of %s above its topmost Received; entries without a pass are held for the clerk", cfg.Evidence.Authserv)
	}
	if _, err := daemon.Settings(cfg, nil); err != nil {
		c.say("config", false, "%v", err)
	}
	if err := checkLetters(cfg); err != nil {
		c.say("letters", false, "%v", err)
	}
}

// whatWaits says which letters a person has to send, and which leave by themselves.
func whatWaits(d casework.Drafting) string {
	list := func(kinds []casework.LetterKind) string {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = string(k)
		}
		return strings.Join(names, ", ")
	}
	switch {
	case !d.Draft && len(d.Wait) == 0:
		return "all letters are sent; none waits in Drafts"
	case !d.Draft:
		return "wait in Drafts for a person: " + list(d.Wait) + "; all others are sent"
	}
	text := "letters wait in Drafts for a person, but for these, which are sent: " + list(slices.Concat(casework.NeverDrafted, d.Live))
	if d.OwnPeople {
		text += ", and all to the office's clerks and concierges"
	}
	return text
}

// standing says what the office has laid over its roster by mail.
func (c *checker) standing(ctx context.Context, cfg *config.Config) {
	s, err := daemon.Standing(ctx, cfg, time.Now())
	if err != nil {
		c.say("frozen", false, "%v", err)
		return
	}
	for _, code := range s.Agencies {
		c.say("frozen", true, "agency %s: its mails are not obeyed and letters to it wait until 解除 %s", code, code)
	}
	for _, a := range s.Absences {
		c.say("absent", true, "%s from %s until %s, deputy %s", a.Concierge, a.From, a.Until, a.Deputy)
	}
	for _, ch := range s.Contacts {
		c.say("contacts", true, "%s: %s %s", ch.Agency, ch.What, strings.TrimSpace(ch.Name+" <"+ch.Address+">"))
	}
	for _, ch := range roster.NewLayers(cfg.Roster()).Over(s).Skipped {
		c.say("contacts", true, "%s: %s <%s> counts for nothing: the configuration has the agency no more, or the address is another's",
			ch.Agency, ch.What, ch.Address)
	}
	named := 0
	for _, addr := range rosteredAddresses(cfg) {
		if s.Holds(addr, "") {
			named++
			c.say("frozen", true, "%s: its mails are not obeyed and letters to it wait until 解除 %s", addr, addr)
		}
	}
	if n := s.Held - named; n > 0 {
		c.say("frozen", true, "%d more addresses, which the roster does not have", n)
	}
}

// rosteredAddresses are the addresses of the configuration, each once.
func rosteredAddresses(cfg *config.Config) []string {
	var out []string
	for _, k := range cfg.Clerks {
		out = append(out, k.Mail)
	}
	for _, k := range cfg.Concierges {
		out = append(out, k.Mail)
	}
	for _, a := range cfg.Agencies {
		out = append(out, a.Window)
		for _, p := range a.People {
			out = append(out, p.Mail)
		}
	}
	for i := range out {
		out[i] = strings.ToLower(out[i])
	}
	slices.Sort(out)
	return slices.Compact(slices.DeleteFunc(out, func(a string) bool { return a == "" }))
}

// checkLetters parses every template, overrides against sample data; the keys are throw-away ones.
func checkLetters(cfg *config.Config) error {
	k, err := seal.NewKeys(zeros{})
	if err != nil {
		return err
	}
	_, err = daemon.Letters(cfg, k)
	return err
}

// zeros is no randomness: the keys made of it sign nothing.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

var _ io.Reader = zeros{}

func (c *checker) imap(ctx context.Context, cfg *config.Config, create bool) {
	in, err := daemon.IMAP(cfg, nil)
	if err != nil {
		c.say("imap", false, "%v", err)
		return
	}
	m := mailbox.New(in)
	defer m.Close()
	status, err := m.Status(ctx)
	if err != nil {
		c.say("imap", false, "imap.addr = %q: %v", cfg.IMAP.Addr, err)
		return
	}
	c.say("imap", true, "%s as %s: %s holds %d mails", cfg.IMAP.Addr, cfg.IMAP.User, cfg.IMAP.Inbox, status.Messages)
	c.caps(ctx, m)
	c.folders(ctx, cfg, m, create)
	c.start(ctx, cfg, m)
}

func (c *checker) caps(ctx context.Context, m *mailbox.Client) {
	caps, err := m.Caps(ctx)
	if err != nil {
		c.say("imap", false, "capabilities: %v", err)
		return
	}
	var notes []string
	for _, want := range [][2]string{{"IDLE", "new mail is noticed by polling only"}, {"MOVE", "mails are copied, verified and then removed one by one"},
		{"UIDPLUS", "filed mails stay in the inbox with a keyword"}, {"SPECIAL-USE", "name sent and drafts in [imap]"}} {
		if !slices.Contains(caps, want[0]) {
			notes = append(notes, "without "+want[0]+": "+want[1])
		}
	}
	c.say("imap", true, "%s", strings.Join(append([]string{"can " + strings.Join(caps, " ")}, notes...), "; "))
}

func (c *checker) folders(ctx context.Context, cfg *config.Config, m *mailbox.Client, create bool) {
	folders, err := m.Folders(ctx)
	if err != nil {
		c.say("folders", false, "%v", err)
		return
	}
	for _, want := range [][2]string{{"done", cfg.IMAP.Done}, {"aside", cfg.IMAP.Aside}, {"machine", cfg.IMAP.Machine}, {"sent", cfg.IMAP.Sent}, {"drafts", cfg.IMAP.Drafts}} {
		c.folder(ctx, m, folders, want[0], want[1], create)
	}
	for _, f := range folders {
		c.say("folder", true, "%s %s %s", f.Name, f.SpecialUse, f.Rights)
	}
}

func (c *checker) folder(ctx context.Context, m *mailbox.Client, folders []mailbox.Folder, key, name string, create bool) {
	if name == "" {
		use := map[string]string{"sent": `\Sent`, "drafts": `\Drafts`}[key]
		if !slices.ContainsFunc(folders, func(f mailbox.Folder) bool { return f.SpecialUse == use }) {
			usual := map[string]string{"sent": "Sent", "drafts": "Drafts"}[key]
			c.folder(ctx, m, folders, key, usual, create)
		}
		return
	}
	switch {
	case slices.ContainsFunc(folders, func(f mailbox.Folder) bool { return f.Name == name }):
	case !create:
		c.say("folders", false, "imap.%s = %q: no such folder; create it, or run check with --create", key, name)
	default:
		if err := m.Create(ctx, name); err != nil {
			c.say("folders", false, "imap.%s = %q: %v", key, name, err)
			return
		}
		c.say("folders", true, "imap.%s = %q: created", key, name)
	}
}

// start says what each choice of start would mean.
func (c *checker) start(ctx context.Context, cfg *config.Config, m *mailbox.Client) {
	all, err := m.Count(ctx, time.Time{})
	if err != nil {
		c.say("start", false, "%v", err)
		return
	}
	means := fmt.Sprintf(`start = "now": 0 of the %d mails in the inbox; "all": %d`, all, all)
	if since := cfg.Start.Since; !since.IsZero() {
		n, err := m.Count(ctx, since)
		if err != nil {
			c.say("start", false, "%v", err)
			return
		}
		means += fmt.Sprintf(`; %q: %d`, cfg.Start.String(), n)
	}
	c.say("start", true, `%s. Configured: %q; it counts at the first start only`, means, cfg.Start.String())
}

func (c *checker) smtp(ctx context.Context, cfg *config.Config) {
	out, err := daemon.SMTP(cfg, nil)
	if err != nil {
		c.say("smtp", false, "%v", err)
		return
	}
	s := delivery.New(out)
	defer s.Close()
	if _, err := s.Check(ctx); err != nil {
		c.say("smtp", false, "smtp.addr = %q: %v", cfg.SMTP.Addr, err)
		return
	}
	c.say("smtp", true, "%s takes our login; nothing was sent", cfg.SMTP.Addr)
}
