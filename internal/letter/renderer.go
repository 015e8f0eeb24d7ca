package letter

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// Keys makes what is keyed in a letter; seal.Keys is one.
type Keys interface {
	// Code is the code of a party ("intake:MINATO") in a case, for the subject's tag.
	Code(caseID int64, party string, at time.Time) string
	// MessageID is a letter's Message-ID with angle brackets; recipient is Recipients of the envelope.
	MessageID(letterID int64, kind, recipient, domain string) string
	// LoopHeader is the value of X-Uketsuke-Loop.
	LoopHeader(messageID string) string
	// Boundary is the MIME boundary of the n-th multipart of a letter.
	Boundary(letterID int64, n int) string
}

// Options is what a Renderer needs besides the letter.
type Options struct {
	Office    casework.Office
	Keys      Keys
	Overrides fs.FS // replacement templates, *.tmpl at its root; nil: none
	CodeDays  int   // business days for which a letter's code is good, told to the reader; 0: 30
}

// Renderer makes mails. It is built once and safe for concurrent use.
type Renderer struct {
	office    casework.Office
	keys      Keys
	templates *templates
}

// Parts is what a letter says, without the mail around it: UTF-8, lines end in LF.
type Parts struct {
	Subject string // with the case tag
	Text    string
	HTML    string // "" for a letter that goes as text only
}

// New parses all templates. A replacement that does not parse, that fails with the sample letters, or whose subject
// would be taken for a command is an error that names its file and line.
func New(o Options) (*Renderer, error) {
	if o.Keys == nil {
		return nil, errors.New("letters need keys for their codes and Message-IDs")
	}
	if o.CodeDays == 0 {
		o.CodeDays = 30
	}
	t, err := parseTemplates(o)
	if err != nil {
		return nil, err
	}
	r := &Renderer{office: o.Office, keys: o.Keys, templates: t}
	if err := r.checkOverrides(); err != nil {
		return nil, err
	}
	return r, nil
}

// Parts fills a letter's template.
func (r *Renderer) Parts(l casework.Letter) (Parts, error) {
	subject, body, err := r.templates.fill(l.Content)
	if err != nil {
		return Parts{}, fmt.Errorf("fill letter %s: %w", l.Kind(), err)
	}
	tag := r.tag(l)
	p := Parts{Subject: strings.TrimSpace(tag + " " + subject)}
	page := parsePage(body)
	page.attached(l.Attach)
	page.link(linker{r.office.Mailbox.Addr, tag, func(caseID int64, number string, p casework.Party) string {
		return r.tagOf(caseID, number, p, l.Now)
	}})
	p.Text = page.text()
	if l.TextOnly {
		return p, nil
	}
	p.HTML, err = r.templates.html(subject, page)
	if err != nil {
		return Parts{}, fmt.Errorf("lay out letter %s: %w", l.Kind(), err)
	}
	return p, nil
}

// tag is the case tag of a letter for its reader: [登録 2026-KOB-00042-5 k3f9q2]; "" for a letter about no case.
func (r *Renderer) tag(l casework.Letter) string {
	if l.Case == 0 || l.Number == "" {
		return ""
	}
	return r.tagOf(l.Case, l.Number, l.Party, l.Now)
}

func (r *Renderer) tagOf(caseID int64, number string, p casework.Party, now time.Time) string {
	word := "受付"
	switch kind, _ := casework.ParseNumber(number); kind {
	case casework.NumberRegistration:
		word = "登録"
	case casework.NumberInquiry:
		word = "照会"
	}
	return "[" + word + " " + number + " " + r.keys.Code(caseID, p.Key(), now) + "]"
}

// Render makes the finished mail. The certificate and the invitation are made here; open gives the bytes of every other
// attachment, protected already where it is to be. Errors: open's, a header value that cannot be written (*HeaderError), a certificate that
// cannot be drawn, a meeting without what a calendar file needs.
func (r *Renderer) Render(l casework.Letter, open func(casework.Attachment) ([]byte, error)) (casework.Rendered, error) {
	parts, err := r.Parts(l)
	if err != nil {
		return casework.Rendered{}, err
	}
	files, err := r.files(l, open)
	if err != nil {
		return casework.Rendered{}, err
	}
	return r.compose(l, parts, files)
}
