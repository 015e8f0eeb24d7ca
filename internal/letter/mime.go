package letter

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-message/textproto"

	"uketsuke/internal/casework"
)

// Recipients is an envelope as one canonical text, for Keys.MessageID and whoever checks it: the addresses in lower
// case, sorted, joined by a comma.
func Recipients(to []string) string {
	all := make([]string, len(to))
	for i, a := range to {
		all[i] = strings.ToLower(a)
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

// compose writes the message. Message-IDs in casework.Rendered have no angle brackets.
func (r *Renderer) compose(l casework.Letter, p Parts, files []file) (casework.Rendered, error) {
	from, err := asciiAddress(r.office.Mailbox.Addr)
	if err != nil {
		return casework.Rendered{}, fmt.Errorf("the office's mailbox: %w", err)
	}
	out := casework.Rendered{Subject: p.Subject, From: from}
	for _, a := range slices.Concat(l.To, l.Cc) {
		addr, err := asciiAddress(a.Addr)
		if err != nil {
			return out, err
		}
		if !slices.Contains(out.To, addr) {
			out.To = append(out.To, addr)
		}
	}
	if len(out.To) == 0 {
		return out, &HeaderError{"To", "no recipient"}
	}
	m := message{letter: l, parts: p, invite: invitation(l, files), office: r.office, keys: r.keys}
	for _, f := range files {
		if f.kind == casework.AttachChart && p.HTML != "" {
			m.chart = f
			continue
		}
		m.files = append(m.files, f)
		out.Attachments = append(out.Attachments, f.name)
	}
	m.id = r.keys.MessageID(l.ID, string(l.Kind()), Recipients(out.To), domainOf(from))
	out.MessageID = strings.Trim(m.id, "<>")
	m.charset = chooseCharset(l.Charset, m.texts()...)
	out.Raw, err = m.bytes()
	if err != nil {
		return out, fmt.Errorf("write letter %s: %w", l.Kind(), err)
	}
	return out, nil
}

func domainOf(addr string) string { return addr[strings.LastIndexByte(addr, '@')+1:] }

// message is a letter on its way to bytes.
type message struct {
	letter  casework.Letter
	parts   Parts
	files   []file
	chart   file        // a picture that the HTML twin shows, zero: none
	invite  alternative // of the invitation, shown as one; zero: none
	office  casework.Office
	keys    Keys
	charset charset
	id      string // with angle brackets
}

// texts are all texts of the message that the charset must be able to write.
func (m *message) texts() []string {
	out := []string{m.parts.Subject, m.parts.Text, m.parts.HTML, m.office.Mailbox.Name}
	for _, a := range slices.Concat(m.letter.To, m.letter.Cc) {
		out = append(out, a.Name)
	}
	for _, f := range m.files {
		out = append(out, f.name)
	}
	return out
}

// headerFields collects fields of one header in order, with the first fault.
type headerFields struct {
	list [][]byte
	err  error
}

func (h *headerFields) add(name, value string) {
	if value == "" || h.err != nil {
		return
	}
	f, err := field(name, value)
	h.list, h.err = append(h.list, f), err
}

// header gives the fields to go-message, which keeps raw fields as they are and wants the last one first.
func (h *headerFields) header() textproto.Header {
	var out textproto.Header
	for _, f := range slices.Backward(h.list) {
		out.AddRaw(f)
	}
	return out
}

// bytes writes header and body.
//
//	multipart/mixed                   only with attachments
//	  multipart/alternative           only with an HTML twin or an invitation
//	    text/plain
//	    text/html                     in a multipart/related with the chart, if there is one
//	    text/calendar                 package calendar says why it is here and an attachment too
//	  attachments
func (m *message) bytes() ([]byte, error) {
	var buf bytes.Buffer
	buf.Grow(m.size())
	var h headerFields
	m.topHeader(&h)
	if len(m.files) == 0 {
		if err := m.body(&buf, &h, nil); err != nil {
			return nil, err
		}
		return buf.Bytes(), nil
	}
	mixed := m.keys.Boundary(m.letter.ID, 0)
	h.add("Content-Type", `multipart/mixed; boundary="`+mixed+`"`)
	parts, err := m.multipart(&buf, &h, nil, mixed)
	if err != nil {
		return nil, err
	}
	if err := m.body(&buf, &headerFields{}, parts); err != nil {
		return nil, err
	}
	for _, f := range m.files {
		if err := m.attach(parts, f); err != nil {
			return nil, err
		}
	}
	if err := parts.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func (m *message) size() int {
	texts := len(m.parts.Text) + len(m.parts.HTML) + len(m.invite.data)
	n := 6<<10 + (texts+texts/16)*78/57
	for _, f := range m.files {
		n += 1<<10 + len(f.data)*78/57
	}
	return n
}

func (m *message) topHeader(h *headerFields) {
	list := func(name string, as []casework.Address) {
		v, err := m.charset.mailboxes(as)
		if err != nil && h.err == nil {
			h.err = fmt.Errorf("%s: %w", name, err)
		}
		h.add(name, v)
	}
	from := []casework.Address{m.office.Mailbox}
	h.add("Date", m.letter.Now.In(casework.JST).Format(time.RFC1123Z))
	list("From", from)
	list("Reply-To", from)
	list("To", m.letter.To)
	list("Cc", m.letter.Cc)
	h.add("Subject", m.charset.encodeWords(m.parts.Subject))
	h.add("Message-ID", m.id)
	h.add("In-Reply-To", messageIDs([]string{m.letter.InReplyTo}))
	h.add("References", messageIDs(m.references()))
	h.add("MIME-Version", "1.0")
	h.add("Content-Language", "ja")
	h.add("Auto-Submitted", m.autoSubmitted())
	h.add("X-Auto-Response-Suppress", "All")
	h.add("X-Uketsuke-Loop", m.keys.LoopHeader(m.id))
	if s, ok := m.letter.Content.(interface{ Sign() string }); ok { // for the robot of another office
		h.add("X-Uketsuke-Transfer", s.Sign())
	}
}

// references is the thread, its last id the mail that is answered (RFC 5322 section 3.6.4).
func (m *message) references() []string {
	refs := m.letter.References
	if id := m.letter.InReplyTo; id != "" && !slices.Contains(refs, id) {
		refs = append(slices.Clone(refs), id)
	}
	return refs
}

// autoSubmitted is RFC 3834 section 5.
func (m *message) autoSubmitted() string {
	if m.letter.InReplyTo == "" {
		return "auto-generated"
	}
	return "auto-replied"
}

// multipart opens a multipart: as the message itself, or as a part of another.
func (m *message) multipart(buf *bytes.Buffer, h *headerFields, in *textproto.MultipartWriter, boundary string) (*textproto.MultipartWriter, error) {
	w, err := m.begin(buf, h, in)
	if err != nil {
		return nil, err
	}
	parts := textproto.NewMultipartWriter(w)
	if err := parts.SetBoundary(boundary); err != nil {
		return nil, fmt.Errorf("set boundary: %w", err)
	}
	return parts, nil
}

// begin writes a header and returns where its body goes.
func (m *message) begin(buf *bytes.Buffer, h *headerFields, in *textproto.MultipartWriter) (io.Writer, error) {
	if h.err != nil {
		return nil, h.err
	}
	if in != nil {
		return in.CreatePart(h.header())
	}
	return buf, textproto.WriteHeader(buf, h.header())
}

// body writes the text, with its HTML twin and the invitation if there are such.
func (m *message) body(buf *bytes.Buffer, h *headerFields, in *textproto.MultipartWriter) error {
	if m.parts.HTML == "" && m.invite.media == "" {
		return m.text(buf, h, in, "text/plain", m.parts.Text)
	}
	alternative := m.keys.Boundary(m.letter.ID, 1)
	h.add("Content-Type", `multipart/alternative; boundary="`+alternative+`"`)
	parts, err := m.multipart(buf, h, in, alternative)
	if err != nil {
		return err
	}
	if err := m.text(buf, &headerFields{}, parts, "text/plain", m.parts.Text); err != nil {
		return err
	}
	if m.parts.HTML != "" {
		if err := m.html(buf, parts); err != nil {
			return err
		}
	}
	if m.invite.media != "" {
		if err := m.part(parts, m.invite.media, "", m.invite.data, ""); err != nil {
			return err
		}
	}
	return parts.Close()
}

// chartID is the Content-ID of the chart, which the layout shows as cid:.
const chartID = "chart@uketsuke.invalid"

// html writes the HTML twin, with the chart that it shows (RFC 2387).
func (m *message) html(buf *bytes.Buffer, in *textproto.MultipartWriter) error {
	if m.chart.data == nil {
		return m.text(buf, &headerFields{}, in, "text/html", m.parts.HTML)
	}
	var h headerFields
	boundary := m.keys.Boundary(m.letter.ID, 2)
	h.add("Content-Type", `multipart/related; type="text/html"; boundary="`+boundary+`"`)
	related, err := m.multipart(buf, &h, in, boundary)
	if err != nil {
		return err
	}
	if err := m.text(buf, &headerFields{}, related, "text/html", m.parts.HTML); err != nil {
		return err
	}
	if err := m.part(related, m.charset.contentType("image/png", m.chart.name), "inline; filename="+quote(m.chart.name), m.chart.data, "<"+chartID+">"); err != nil {
		return err
	}
	return related.Close()
}

// text writes one text. ISO-2022-JP is 7-bit by itself and goes as it is, which the oldest programs read; UTF-8
// goes as base64.
func (m *message) text(buf *bytes.Buffer, h *headerFields, in *textproto.MultipartWriter, mediaType, text string) error {
	data := []byte(m.charset.bytes(strings.ReplaceAll(text, "\n", "\r\n")))
	encoding := "base64"
	if m.charset == jisCharset && shortLines(data) {
		encoding = "7bit"
	}
	h.add("Content-Type", mediaType+"; charset="+string(m.charset))
	h.add("Content-Transfer-Encoding", encoding)
	w, err := m.begin(buf, h, in)
	if err != nil {
		return err
	}
	if encoding == "7bit" {
		_, err = w.Write(data)
		return err
	}
	return writeBase64(w, data)
}

func shortLines(data []byte) bool {
	for line := range bytes.Lines(data) {
		if len(line) > longest {
			return false
		}
	}
	return true
}

func (m *message) attach(parts *textproto.MultipartWriter, f file) error {
	return m.part(parts, m.charset.contentType(mediaTypeOf(f.name), f.name), disposition(f.name), f.data, "")
}

// part writes one part as base64, which keeps every byte and line end.
func (m *message) part(parts *textproto.MultipartWriter, contentType, disposition string, data []byte, id string) error {
	var h headerFields
	h.add("Content-Type", contentType)
	h.add("Content-Transfer-Encoding", "base64")
	h.add("Content-Disposition", disposition)
	h.add("Content-ID", id) // "": none
	w, err := m.begin(nil, &h, parts)
	if err != nil {
		return err
	}
	return writeBase64(w, data)
}

// writeBase64 writes lines of 76 characters through one small buffer; the data are not copied as a whole.
func writeBase64(w io.Writer, data []byte) error {
	const perLine, linesAtOnce = 57, 64
	buf := make([]byte, 0, linesAtOnce*78)
	for len(data) > 0 {
		buf = buf[:0]
		for range linesAtOnce {
			if len(data) == 0 {
				break
			}
			n := min(perLine, len(data))
			buf = base64.StdEncoding.AppendEncode(buf, data[:n])
			buf = append(buf, '\r', '\n')
			data = data[n:]
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}
