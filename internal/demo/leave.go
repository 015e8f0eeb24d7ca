package demo

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"uketsuke/internal/casework"
	"uketsuke/internal/command"
	"uketsuke/internal/inbound"
)

// leave puts every letter, certificate and marked sheet where a person looks for it.
func (s *stage) leave() error {
	parser, _ := command.New(nil)
	for _, dir := range []string{"letters", "certificates", "sheets"} {
		if err := os.MkdirAll(filepath.Join(s.Dir, dir), 0o755); err != nil {
			return fmt.Errorf("make the demo's folders: %w", err)
		}
	}
	for _, m := range s.server.Messages(Outside, "INBOX") {
		raw, err := s.server.Read(Outside, "INBOX", m.UID)
		if err != nil {
			return fmt.Errorf("read a letter: %w", err)
		}
		l, err := inbound.Parse(raw, inbound.Options{Limits: inbound.DefaultLimits()})
		if err != nil {
			return fmt.Errorf("understand a letter of ours: %w", err)
		}
		name := fmt.Sprintf("%05d-%s.eml", m.UID, fileName(l))
		if err := os.WriteFile(filepath.Join(s.Dir, "letters", name), raw, 0o644); err != nil {
			return fmt.Errorf("leave a letter: %w", err)
		}
		if err := s.leaveFiles(l, parser.Parse(l.Subject).Tag, m.UID); err != nil {
			return err
		}
	}
	return nil
}

// fileName is a letter's recipient and title, fit for a file name.
func fileName(l *inbound.Message) string {
	title := l.Subject
	if i := strings.Index(title, "] "); i >= 0 {
		title = title[i+2:]
	}
	to := ""
	if len(l.To) > 0 {
		to, _, _ = strings.Cut(l.To[0].Addr, "@")
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`+"\n\r\t", r) {
			return '_'
		}
		return r
	}, to+"-"+title)
}

func (s *stage) leaveFiles(l *inbound.Message, tag casework.Tag, uid uint32) error {
	for _, a := range l.Attachments {
		var path string
		switch {
		case strings.HasSuffix(a.Name, ".pdf"):
			path = filepath.Join(s.Dir, "certificates", tag.Number+".pdf")
		case strings.Contains(a.Name, "ご確認箇所"):
			path = filepath.Join(s.Dir, "sheets", fmt.Sprintf("%s-%s", tag.Number, a.Name))
		default:
			continue
		}
		if err := os.WriteFile(path, a.Data, 0o644); err != nil {
			return fmt.Errorf("leave an attachment of letter %d: %w", uid, err)
		}
	}
	return nil
}

// Print writes the summary as a table.
func (s Summary) Print(w io.Writer) {
	fmt.Fprintln(w)
	for _, row := range []struct {
		name  string
		value any
	}{
		{"mails", s.Mails}, {"registered", s.Registered}, {"returned", s.Returned}, {"held", s.Held}, {"duplicates", s.Duplicates},
		{"other", s.Other}, {"letters sent", s.LettersSent}, {"seconds", fmt.Sprintf("%.2f", s.Seconds)}, {"mails/s", fmt.Sprintf("%.1f", s.MailsPerSecond)},
	} {
		fmt.Fprintf(w, "  %-14s %v\n", row.name, row.value)
	}
	if s.LatencyMs.P50 > 0 {
		fmt.Fprintf(w, "  %-14s p50 %.1f  p95 %.1f  p99 %.1f  (one mail alone: arrival to the server's yes to both letters)\n", "latency ms", s.LatencyMs.P50, s.LatencyMs.P95, s.LatencyMs.P99)
	}
	fmt.Fprintf(w, "  %-14s %.1f MiB (the embedded mail server included)\n", "peak memory", float64(s.MaxRSSBytes)/(1<<20))
	fmt.Fprintf(w, "  %-14s %s\n", "folder", s.Dir)
}
