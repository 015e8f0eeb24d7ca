package post

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/url"
	"strings"
)

// Link is a one-click link of a letter, as a mail program would fill in the new mail.
type Link struct{ To, Subject string }

// Links returns the mailto links of a letter's HTML part, in order.
func Links(raw []byte) ([]Link, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read the letter: %w", err)
	}
	body, err := htmlPart(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
	if err != nil {
		return nil, fmt.Errorf("find the letter's HTML: %w", err)
	}
	var out []Link
	for _, part := range strings.Split(body, `href="mailto:`)[1:] {
		target, _, _ := strings.Cut(part, `"`)
		to, query, _ := strings.Cut(html.UnescapeString(target), "?")
		link := Link{To: to}
		for _, field := range strings.Split(query, "&") {
			if value, ok := strings.CutPrefix(field, "subject="); ok {
				if link.Subject, err = url.PathUnescape(value); err != nil {
					return nil, fmt.Errorf("decode the link %q: %w", target, err)
				}
			}
		}
		out = append(out, link)
	}
	return out, nil
}

// htmlPart finds the first text/html part at any depth; "" when there is none.
func htmlPart(contentType, encoding string, body io.Reader) (string, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", nil // not ours to judge
	}
	if strings.HasPrefix(kind, "multipart/") {
		mr := multipart.NewReader(body, params["boundary"])
		for {
			p, err := mr.NextRawPart()
			if err == io.EOF {
				return "", nil
			}
			if err != nil {
				return "", err
			}
			found, err := htmlPart(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
			if found != "" || err != nil {
				return found, err
			}
		}
	}
	if kind != "text/html" {
		return "", nil
	}
	if strings.EqualFold(encoding, "base64") {
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, err := io.ReadAll(body)
	return string(b), err
}
