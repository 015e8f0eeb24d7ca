package inbound

import (
	"crypto/sha256"
	"strings"

	"uketsuke/internal/tnef"
)

// winmail reads what Outlook packed into a (winmail.dat, [MS-OXTNEF]): its files become a's, its text that of the mail
// where the mail has no other. What cannot be read stays the file that it is.
func (w *walker) winmail(a *Attachment, depth int) ([]piece, error) {
	m, err := tnef.Parse(a.Data, DecodeText)
	if err != nil {
		w.problem("a winmail.dat that cannot be read: kept as it is")
		return nil, nil
	}
	if m.Cut {
		w.problem("a winmail.dat that breaks off")
	}
	if w.calendar == "" && w.level == 0 && strings.HasPrefix(strings.ToUpper(m.Class), "IPM.SCHEDULE.MEETING.RESP") {
		w.calendar = "REPLY"
	}
	own := !w.sawText()
	pieces, err := w.packed(m, a, a.Path, depth)
	if !own && len(pieces) > 0 {
		pieces = pieces[1:] // the mail's text says the same
	}
	return pieces, err
}

// packed puts the files of a message, and of those embedded in it, into a. Its first piece is the message's own text.
func (w *walker) packed(m *tnef.Message, a *Attachment, path string, depth int) ([]piece, error) {
	pieces := []piece{w.packedText(m)}
	for _, f := range m.Attachments {
		if err := w.budget.part(depth + 1); err != nil {
			return pieces, err
		}
		name := CleanName(f.Name)
		if f.Embedded == nil {
			if name == "" {
				name = w.madeUpName(f.MediaType)
			}
			a.Inside = append(a.Inside, Attachment{Name: name, Path: path + "/" + name, ContentType: strings.ToLower(f.MediaType),
				Data: f.Data, SHA256: sha256.Sum256(f.Data), Guess: f.Guess})
			continue
		}
		if name == "" {
			name = CleanName(f.Embedded.Subject)
		}
		inner, err := w.packed(f.Embedded, a, path+"/"+w.nestedName(name), depth+1)
		for _, p := range inner {
			p.quoted = true
			pieces = append(pieces, p)
		}
		if err != nil {
			return pieces, err
		}
	}
	return pieces, nil
}

// packedText is the text of a message in a winmail.dat; blank when it is there in RTF only.
func (w *walker) packedText(m *tnef.Message) piece {
	if strings.TrimSpace(m.Body) != "" {
		text, _ := w.budget.takeText([]byte(m.Body))
		return piece{text: normalText(string(text))}
	}
	html, _ := w.budget.takeText(m.HTML)
	text, _ := decodeText(html, htmlCharset(html))
	return piece{text: htmlToText(text), html: true}
}
