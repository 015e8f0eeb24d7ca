package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/command"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/inbound"
	"uketsuke/internal/intake"
)

var readCommand = subcommand{name: "read", args: "[--json] [--at DATE] [--authserv ID] [--password P]… FILE.eml…",
	brief: `Show how a mail is understood: what it is and by which sign, text apart from quotes,
attachments at any depth and what each of them is, command, bounce, evidence of the sender.

It tells what can be told from the mail alone; tags are recognised by their shape.
'uketsuke try' knows the cases and codes too.`,
	run: runRead}

// mailJSON is cli.md "read --json".
type mailJSON struct {
	File        string           `json:"file"`
	Kind        string           `json:"kind"`
	Error       string           `json:"error,omitempty"`
	Why         string           `json:"why,omitempty"`
	From        string           `json:"from"`
	FromName    string           `json:"fromName"`
	Subject     string           `json:"subject"`
	Date        string           `json:"date"`
	MessageID   string           `json:"messageId"`
	Text        string           `json:"text"`
	Quoted      string           `json:"quoted"`
	Attachments []attachmentJSON `json:"attachments"`
	Command     *commandJSON     `json:"command,omitempty"`
	Bounce      *bounceJSON      `json:"bounce,omitempty"`
	Evidence    *evidenceJSON    `json:"evidence,omitempty"`
}

type attachmentJSON struct {
	Name   string           `json:"name"`
	Bytes  int              `json:"bytes"`
	SHA256 string           `json:"sha256"`
	Kind   string           `json:"kind"`
	Path   string           `json:"path"`
	Inside []attachmentJSON `json:"inside,omitempty"`
}

type commandJSON struct {
	Name string   `json:"name"`
	Args []string `json:"args"`
	Case string   `json:"case"`
}

type bounceJSON struct {
	Action            string   `json:"action"`
	Status            string   `json:"status"`
	Reason            string   `json:"reason,omitempty"`
	Hard              bool     `json:"hard"`
	Recipients        []string `json:"recipients"`
	OriginalMessageID string   `json:"originalMessageId"`
}

type evidenceJSON struct {
	DMARC    string `json:"dmarc"`
	DKIM     string `json:"dkim"`
	SPF      string `json:"spf"`
	Authserv string `json:"authserv"`
}

func runRead(_ context.Context, e *env, args []string) error {
	fs := e.flags()
	asJSON := fs.Bool("json", false, "print one JSON object a mail")
	at := fs.String("at", "", "the `DATE` (YYYY-MM-DD) that counts as today")
	var passwords list
	fs.Var(&passwords, "password", "a `PASSWORD` for locked files (may be repeated)")
	authserv := fs.String("authserv", "", "believe the Authentication-Results of the server with this `ID`")
	files, err := fs.parse(args)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return usagef("names no mail")
	}
	today, err := dayFlag(*at)
	if err != nil {
		return err
	}
	settings := readSettings(*authserv)
	settings.Passwords = passwords
	failed := false
	for _, file := range files {
		m, err := readFile(file, today, settings)
		if err != nil {
			fmt.Fprintf(e.Err, "uketsuke read: %v\n", err)
			failed = true
			m = mailJSON{File: filepath.Base(file), Kind: "unreadable", Error: err.Error(), Attachments: []attachmentJSON{}}
		}
		if !*asJSON {
			printMail(e.Out, m)
		} else if err := printJSON(e.Out, m); err != nil {
			return err
		}
	}
	if failed {
		return errSilent
	}
	return nil
}

// readSettings understand mails without any configuration.
func readSettings(authserv string) intake.Settings {
	parser, _ := command.New(nil)
	return intake.Settings{Inbound: inbound.Options{Authserv: authserv, Limits: inbound.DefaultLimits()},
		Layout: entrysheet.DefaultLayout(), Limits: entrysheet.DefaultLimits(), Commands: parser}
}

func readFile(file string, today time.Time, s intake.Settings) (mailJSON, error) {
	info, err := os.Stat(file)
	if err != nil {
		return mailJSON{}, err
	}
	if info.Size() > s.Inbound.Limits.Bytes {
		return headOfFile(file, info.Size(), s)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return mailJSON{}, err
	}
	return mailToJSON(filepath.Base(file), intake.Understand(raw, today, s)), nil
}

// headOfFile reads a mail that is larger than the office takes: its header, and that it is too large.
func headOfFile(file string, size int64, s intake.Settings) (mailJSON, error) {
	f, err := os.Open(file)
	if err != nil {
		return mailJSON{}, err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 256<<10))
	if err != nil {
		return mailJSON{}, err
	}
	u := intake.Header(head, size, s)
	m := mailToJSON(filepath.Base(file), u)
	if u.Input.Kind == casework.MailBroken {
		m.Error = fmt.Sprintf("the mail has %d bytes, more than the limit of %d", size, s.Inbound.Limits.Bytes)
	}
	return m, nil
}

func mailToJSON(file string, u *intake.Understood) mailJSON {
	in := u.Input
	out := mailJSON{File: file, Kind: string(in.Kind), Why: in.Why, From: in.From.Addr, FromName: in.From.Name, Subject: in.Subject,
		MessageID: in.MessageID, Text: in.Text, Attachments: []attachmentJSON{}}
	if in.Kind == casework.MailBroken {
		out.Kind = "unreadable"
	}
	if u.Err != nil {
		out.Error = strings.SplitN(u.Err.Error(), "\n", 2)[0]
	}
	if !in.Date.IsZero() {
		out.Date = in.Date.Format(time.RFC3339)
	}
	if m := u.Message; m != nil {
		out.Quoted = m.Quoted
		if b := m.Bounce; b != nil {
			out.Bounce = &bounceJSON{b.Action, b.Status, string(b.Reason), b.Hard, append([]string{}, b.Recipients...), b.OriginalMessageID}
		}
		if v := m.Evidence; v.DMARC+v.DKIM+v.SPF != "" {
			out.Evidence = &evidenceJSON{v.DMARC, v.DKIM, v.SPF, v.Authserv}
		}
	}
	for _, f := range u.Files {
		out.Attachments = append(out.Attachments, attachmentToJSON(file, f))
	}
	if c := in.Call; c != nil && c.Name != "" {
		out.Command = &commandJSON{string(c.Name), c.Args, in.Tag.Number}
	}
	return out
}

func attachmentToJSON(file string, f intake.File) attachmentJSON {
	out := attachmentJSON{Name: f.Name, Bytes: len(f.Data), SHA256: hex.EncodeToString(f.SHA256[:]), Kind: string(f.Kind),
		Path: path.Join(file, f.Path)}
	for _, in := range f.Files {
		out.Inside = append(out.Inside, attachmentToJSON(file, in))
	}
	return out
}

func printMail(w io.Writer, m mailJSON) {
	fmt.Fprintf(w, "%s: %s", m.File, m.Kind)
	if m.Why != "" {
		fmt.Fprintf(w, " — %s", m.Why)
	}
	fmt.Fprintln(w)
	if m.Error != "" {
		fmt.Fprintf(w, "  error:    %s\n", m.Error)
	}
	fmt.Fprintf(w, "  from:     %s <%s>\n  subject:  %s\n  date:     %s\n", m.FromName, m.From, m.Subject, m.Date)
	if m.Command != nil {
		fmt.Fprintf(w, "  command:  %s %s", m.Command.Name, strings.Join(m.Command.Args, " "))
		if m.Command.Case != "" {
			fmt.Fprintf(w, "  (case %s)", m.Command.Case)
		}
		fmt.Fprintln(w)
	}
	if m.Bounce != nil {
		b := m.Bounce
		fmt.Fprintf(w, "  bounce:   %s %s %s: %s (of <%s>)\n",
			b.Action, b.Status, b.Reason, strings.Join(b.Recipients, ", "), b.OriginalMessageID)
	}
	if m.Evidence != nil {
		fmt.Fprintf(w, "  evidence: dmarc=%s dkim=%s spf=%s (%s)\n", m.Evidence.DMARC, m.Evidence.DKIM, m.Evidence.SPF, m.Evidence.Authserv)
	}
	printAttachments(w, m.Attachments)
	if m.Text != "" {
		fmt.Fprintf(w, "  text:\n    %s\n", strings.ReplaceAll(m.Text, "\n", "\n    "))
	}
	if m.Quoted != "" {
		fmt.Fprintf(w, "  quoted:   %d characters\n", len([]rune(m.Quoted)))
	}
}

func printAttachments(w io.Writer, list []attachmentJSON) {
	for _, a := range list {
		fmt.Fprintf(w, "  file:     %s (%s, %d bytes)\n", a.Path, a.Kind, a.Bytes)
		printAttachments(w, a.Inside)
	}
}
