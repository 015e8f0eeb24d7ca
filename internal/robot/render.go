package robot

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // of letters in ISO-2022-JP

	"uketsuke/internal/casework"
	"uketsuke/internal/inbound"
)

// render makes a letter and reads the finished mail a last time (architecture.md rule 4): where its party may not see
// the sheet, for the sheet's values; where it may carry others' words, for codes that are another party's.
func (r *Robot) render(ctx context.Context, files brought, l casework.Letter) (casework.Rendered, error) {
	done, err := r.Letters.Render(l, func(a casework.Attachment) ([]byte, error) { return r.open(ctx, files, a) })
	if err != nil || len(l.Secrets) == 0 && len(l.Foreign) == 0 {
		return done, err
	}
	texts, err := readable(done)
	if err != nil {
		return done, fmt.Errorf("read the finished letter: %w", err)
	}
	if found := casework.Scan(l.Secrets, texts); len(found) > 0 {
		return done, fmt.Errorf("letter %s to a %s would disclose %s", l.Kind(), l.Party.Role, strings.Join(found, ", "))
	}
	if slices.ContainsFunc(texts, func(t string) bool { return casework.HasCode(t, l.Foreign) }) {
		return done, fmt.Errorf("letter %s to a %s would disclose the code of another party", l.Kind(), l.Party.Role)
	}
	return done, nil
}

// readable are all texts of a finished mail as its reader may see them: header, subject, bodies in both forms, names and
// contents of attachments.
func readable(done casework.Rendered) ([]string, error) {
	m, err := inbound.Parse(done.Raw, inbound.Options{Limits: inbound.DefaultLimits()})
	if err != nil {
		return nil, err
	}
	head, _, _ := strings.Cut(string(done.Raw), "\r\n\r\n")
	texts := []string{head, m.Subject, m.Text, m.Quoted, m.Signature}
	for _, a := range m.Attachments {
		texts = append(texts, a.Name, string(a.Data))
	}
	html, err := twin(done.Raw)
	return append(texts, html...), err
}

// twin are the HTML forms of a mail of ours, which a reader of plain text does not look at.
func twin(raw []byte) (texts []string, err error) {
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	err = e.Walk(func(_ []int, part *message.Entity, err error) error {
		if kind, _, _ := part.Header.ContentType(); err != nil || kind != "text/html" {
			return err
		}
		b, err := io.ReadAll(part.Body)
		texts = append(texts, string(b))
		return err
	})
	return texts, err
}
