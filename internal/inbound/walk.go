package inbound

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"uketsuke/internal/tnef"
)

// piece is body text of one part.
type piece struct {
	text   string
	html   bool // made from HTML
	quoted bool // of a nested message: not the sender's own words
}

// walker walks the MIME tree of one mail and gathers what is in it.
type walker struct {
	budget *budget
	level  int      // messages around the part; 0 for the mail itself
	path   []string // their names

	attachments []Attachment
	nestedNames map[string]int
	textFiles   []string // text attachments, shown when the mail has no other text
	guess       string   // how the first body text was decoded, if guessed
	problems    []string

	// What the kind is told by, of the mail itself (level 0).
	report      string   // report-type of a multipart/report root
	statuses    [][]byte // first delivery status at level 0 and 1
	returned    []header // header of the first message at level 0 and 1: what a report returns
	body        string   // the mail's own text, before quotes and signature are parted
	readReceipt bool
	calendar    string
}

// entity walks one part: a header and its body. def is the media type of a part
// that declares none.
func (w *walker) entity(h header, body []byte, depth int, def string) ([]piece, error) {
	if err := w.budget.part(depth); err != nil {
		return nil, err
	}
	p := readPart(h, body, def)
	if p.kind == "multipart" {
		return w.multipart(p, depth)
	}
	return w.leaf(p, depth)
}

// leaf walks a part that is no multipart.
func (w *walker) leaf(p mimePart, depth int) ([]piece, error) {
	switch {
	case p.media == "message/rfc822" || p.media == "message/global" || p.media == "message/news":
		return w.nested(p, depth)
	case p.media == "text/rfc822-headers" || p.media == "message/rfc822-headers":
		return w.returnedHeaders(p), nil
	case p.media == "message/delivery-status" || p.media == "message/global-delivery-status":
		status, _ := undoTransfer(p.body, p.encoding)
		w.statuses = keepFirst(w.statuses, w.level, status)
		return nil, nil
	case p.media == "message/partial" && w.report != "": // what is returned of a long mail
		return w.nested(p, depth)
	case p.media == "message/disposition-notification":
		w.readReceipt = w.readReceipt || w.level == 0
		return nil, nil
	case p.isBody(w.sawText()):
		var err error
		p.body, err = w.uuFiles(p, depth)
		return w.text(p), err
	case p.isMailFile():
		return w.nested(p, depth)
	}
	return w.attach(p, depth)
}

// keepFirst keeps what is found first at a level, 0 or 1.
func keepFirst[S ~[]E, E any](list []S, level int, found S) []S {
	for len(list) <= level && level <= 1 {
		list = append(list, nil)
	}
	if level <= 1 && list[level] == nil {
		list[level] = found
	}
	return list
}

func (w *walker) sawText() bool { return w.budget.text > 0 }

// mimePart is one part's header, read, with its body still encoded.
type mimePart struct {
	h           header
	contentType params
	disposition params
	media       string // "text/plain"
	kind        string // "text"
	encoding    string
	name        string
	nameGuess   string
	body        []byte
}

func readPart(h header, body []byte, def string) mimePart {
	p := mimePart{h: h, body: body, media: def, encoding: h.text("content-transfer-encoding")}
	typeField, _ := h.first("content-type")
	dispositionField, _ := h.first("content-disposition")
	typeText, typeGuess := typeField.text()
	dispositionText, dispositionGuess := dispositionField.text()
	p.contentType, p.disposition = parseParams(typeText), parseParams(dispositionText)
	if kind, sub, ok := strings.Cut(p.contentType.value, "/"); ok && kind != "" && sub != "" && !strings.ContainsAny(sub, " /") {
		p.media = p.contentType.value
	}
	p.kind, _, _ = strings.Cut(p.media, "/")
	p.name, p.nameGuess = fileName(p.disposition, p.contentType)
	for _, guess := range []string{dispositionGuess, typeGuess} {
		if p.nameGuess == "" && p.name != "" {
			p.nameGuess = guess
		}
	}
	return p
}

// isBody reports whether a part is text to read, not a file. A name without a
// disposition does not make a file of the first text.
func (p mimePart) isBody(sawText bool) bool {
	if p.kind != "text" || p.disposition.value == "attachment" {
		return false
	}
	switch p.media {
	case "text/calendar", "text/csv", "text/x-vcard", "text/vcard", "text/directory", "text/rtf", "text/xml":
		return false
	}
	return p.name == "" || p.disposition.value == "" && !sawText
}

// isMailFile reports whether a file is a mail that was attached without saying so, as web mailers and people who saved
// it before do.
func (p mimePart) isMailFile() bool {
	return p.media == "application/octet-stream" && len(p.name) > 4 && strings.EqualFold(p.name[len(p.name)-4:], ".eml")
}

// multipart walks a multipart's parts and joins their text; of alternatives the
// first plain text that is not blank is taken, else HTML.
func (w *walker) multipart(p mimePart, depth int) ([]piece, error) {
	parts := w.partsOf(&p)
	if parts == nil {
		if len(bytes.TrimSpace(p.body)) > 0 {
			w.problem("a multipart without its boundary: read as text")
		}
		p.media, p.kind = "text/plain", "text"
		return w.text(p), nil
	}
	if w.level == 0 && depth == 1 && p.media == "multipart/report" {
		w.report = strings.ToLower(p.contentType.token("report-type"))
	}
	def := "text/plain"
	if p.media == "multipart/digest" {
		def = "message/rfc822"
	}
	var all [][]piece
	for _, raw := range parts {
		h, body, notes := splitHeader(raw)
		w.problems = append(w.problems, notes...)
		if h.count("message-id") > 0 { // a mail put in without a part's header
			w.returned = keepFirst(w.returned, w.level, h)
		}
		got, err := w.child(h, body, depth+1, def, p.media == "multipart/related")
		all = append(all, got)
		if err != nil {
			return joinPieces(all), err
		}
	}
	if p.media == "multipart/alternative" {
		return bestAlternative(all), nil
	}
	return joinPieces(all), nil
}

func (w *walker) child(h header, body []byte, depth int, def string, related bool) ([]piece, error) {
	before := len(w.attachments)
	got, err := w.entity(h, body, depth, def)
	if _, hasID := h.first("content-id"); related && hasID {
		for i := range w.attachments[before:] {
			w.attachments[before+i].Inline = true
		}
	}
	return got, err
}

// partsOf cuts a multipart's body, mending what mail programs break: a
// boundary that is not the one declared, a multipart that is encoded.
func (w *walker) partsOf(p *mimePart) [][]byte {
	boundary, most := p.contentType.token("boundary"), w.budget.partsLeft()
	if parts := splitParts(p.body, boundary, most); parts != nil {
		return parts
	}
	if parts := splitParts(p.body, guessBoundary(p.body), most); parts != nil {
		w.problem("a multipart with another boundary than declared")
		return parts
	}
	decoded, ok := undoTransfer(p.body, p.encoding)
	if ok && len(decoded) != len(p.body) {
		if parts := splitParts(decoded, boundary, most); parts != nil {
			w.problem("a multipart with a transfer encoding")
			return parts
		}
	}
	return nil
}

func joinPieces(all [][]piece) []piece {
	var joined []piece
	for _, pieces := range all {
		joined = append(joined, pieces...)
	}
	return joined
}

// bestAlternative chooses among the renderings of one text.
func bestAlternative(all [][]piece) []piece {
	for _, html := range []bool{false, true} {
		for _, pieces := range all {
			for _, p := range pieces {
				if p.html == html && strings.TrimSpace(p.text) != "" {
					return pieces
				}
			}
		}
	}
	return nil
}

// nested walks a message inside the mail: its attachments are the mail's, its
// text is quoted.
func (w *walker) nested(p mimePart, depth int) ([]piece, error) {
	raw, ok := undoTransfer(p.body, p.encoding)
	if !ok {
		w.problem("a nested message whose transfer encoding is broken")
	}
	raw = bytes.TrimLeft(raw, "\r\n")
	h, body, notes := splitHeader(normalBreaks(raw))
	if len(h) == 0 {
		return w.attach(p, depth)
	}
	w.problems = append(w.problems, notes...)
	w.returned = keepFirst(w.returned, w.level, h)
	w.path = append(w.path, w.nestedName(p.name))
	w.level++
	pieces, err := w.entity(h, body, depth+1, "text/plain")
	w.level--
	w.path = w.path[:len(w.path)-1]
	var b strings.Builder
	b.WriteString(headerLines(h))
	for _, q := range pieces {
		b.WriteString("\n" + strings.Trim(q.text, "\n") + "\n")
	}
	return []piece{{text: b.String(), quoted: true}}, err
}

// headerLines shows a nested message's header, since codes stand in subjects.
func headerLines(h header) string {
	var b strings.Builder
	for _, f := range [][2]string{{"from", "From"}, {"date", "Date"}, {"to", "To"}, {"subject", "Subject"}} {
		if v, _ := h.decoded(f[0]); v != "" {
			b.WriteString(f[1] + ": " + v + "\n")
		}
	}
	return b.String()
}

// nestedName names a nested message in paths, each name once at its level.
func (w *walker) nestedName(name string) string {
	if name == "" {
		name = "original.eml"
	}
	if w.nestedNames == nil {
		w.nestedNames = map[string]int{}
	}
	key := strings.Join(w.path, "/") + "/" + name
	w.nestedNames[key]++
	if n := w.nestedNames[key]; n > 1 {
		base, ext := name, ""
		if i := strings.LastIndexByte(name, '.'); i > 0 {
			base, ext = name[:i], name[i:]
		}
		name = fmt.Sprintf("%s-%d%s", base, n, ext)
	}
	return name
}

func (w *walker) returnedHeaders(p mimePart) []piece {
	raw, _ := undoTransfer(p.body, p.encoding)
	h, _, _ := splitHeader(bytes.TrimLeft(raw, "\r\n"))
	w.returned = keepFirst(w.returned, w.level, h)
	raw, _ = w.budget.takeText(raw)
	text, _ := decodeText(raw, p.contentType.token("charset"))
	return []piece{{text: normalText(text), quoted: true}}
}

// text decodes a body part.
func (w *walker) text(p mimePart) []piece {
	text, guess := w.decodeBody(p)
	if w.guess == "" && w.level == 0 {
		w.guess = guess
	}
	if p.media == "text/html" || p.media == "text/x-amp-html" {
		return []piece{{text: htmlToText(text), html: true}}
	}
	text = normalText(text)
	if strings.EqualFold(p.contentType.token("format"), "flowed") {
		text = unflow(text, strings.EqualFold(p.contentType.token("delsp"), "yes"))
	}
	return []piece{{text: text}}
}

// decodeBody undoes transfer encoding and charset of a text part, as far as the
// text bound allows.
func (w *walker) decodeBody(p mimePart) (text, guess string) {
	body := p.body
	if most := 4 * w.budget.Text; most > 0 && len(body) > most {
		body = body[:most]
	}
	raw, ok := undoTransfer(body, p.encoding)
	if !ok {
		w.problem("a text whose transfer encoding is unknown or broken: read as it is")
	}
	raw, whole := w.budget.takeText(raw)
	if !whole || len(body) < len(p.body) {
		w.problem("text above the limit was left out")
	}
	charset := p.contentType.token("charset")
	if charset == "" && p.media == "text/html" {
		charset = htmlCharset(raw)
	}
	return decodeText(raw, charset)
}

// attach takes a part as a file. Only a winmail.dat yields text.
func (w *walker) attach(p mimePart, depth int) ([]piece, error) {
	data, ok := undoTransfer(p.body, p.encoding)
	if !ok {
		w.problem("an attachment whose transfer encoding is unknown or broken: kept as it is")
	}
	if p.media == "text/calendar" && w.level == 0 && w.calendar == "" {
		w.calendar = calendarMethod(p.contentType, data)
	}
	a := w.keep(p, data)
	var pieces []piece
	var err error
	if tnef.IsTNEF(data) {
		pieces, err = w.winmail(a, depth)
	}
	if p.kind == "text" && p.media != "text/calendar" && w.level == 0 && len(data) <= 64<<10 {
		text, _ := decodeText(data, p.contentType.token("charset"))
		if p.media == "text/html" {
			text = htmlToText(text)
		}
		w.textFiles = append(w.textFiles, normalText(text))
	}
	return pieces, err
}

// keep adds a file to the attachments. The pointer is good until the next one is added.
func (w *walker) keep(p mimePart, data []byte) *Attachment {
	name := p.name
	if name == "" {
		name = w.madeUpName(p.media)
	}
	w.attachments = append(w.attachments, Attachment{
		Name:        name,
		Path:        strings.Join(append(w.path[:len(w.path):len(w.path)], name), "/"),
		ContentType: p.media,
		Data:        data,
		SHA256:      sha256.Sum256(data),
		Inline:      p.disposition.value == "inline",
		Guess:       p.nameGuess,
	})
	return &w.attachments[len(w.attachments)-1]
}

// madeUpName names a file that has no name.
func (w *walker) madeUpName(media string) string {
	return fmt.Sprintf("part-%d%s", w.budget.parts, extension(media))
}

// extension is what a file without a name is called by.
func extension(media string) string {
	switch media {
	case "image/png":
		return ".png"
	case "image/jpeg", "image/jpg":
		return ".jpg"
	case "image/gif":
		return ".gif"
	case "application/pdf":
		return ".pdf"
	case "text/calendar", "application/ics":
		return ".ics"
	case "text/html":
		return ".html"
	case "text/csv":
		return ".csv"
	case "text/plain":
		return ".txt"
	case "application/zip", "application/x-zip-compressed":
		return ".zip"
	case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return ".xlsx"
	case "application/vnd.ms-excel":
		return ".xls"
	case "message/rfc822":
		return ".eml"
	}
	return ".bin"
}

// calendarMethod is the METHOD of a calendar part: its parameter, else its
// property (RFC 5545, 3.7.2), upper-case.
func calendarMethod(ct params, data []byte) string {
	if m := ct.token("method"); m != "" {
		return strings.ToUpper(m)
	}
	for rest := data[:min(len(data), 16<<10)]; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		if len(line) > 7 && strings.EqualFold(string(line[:7]), "METHOD:") {
			return strings.ToUpper(strings.TrimSpace(string(line[7:])))
		}
	}
	return ""
}

func (w *walker) problem(s string) { w.problems = append(w.problems, s) }

// normalText makes every line end \n and drops control characters but tabs.
func normalText(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\u2028' || r == '\u2029':
			return '\n'
		case isControl(r):
			return -1
		}
		return r
	}, s)
}

func isControl(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || 0x7f <= r && r <= 0x9f || r == '\u2028' || r == '\u2029' || r == '\ufeff'
}
