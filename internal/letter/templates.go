package letter

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"strings"
	"text/template"

	"uketsuke/internal/casework"
	"uketsuke/internal/command"
	"uketsuke/mailtemplates"
)

const (
	partialsFile = "partials.tmpl"
	layoutFile   = "layout.html.tmpl"
)

// letterKinds are the letters that have a template file.
var letterKinds = []casework.LetterKind{
	casework.LetterRegistered, casework.LetterReturned, casework.LetterHeld, casework.LetterBrief,
	casework.LetterAnswer, casework.LetterRefusal, casework.LetterStatus, casework.LetterList,
	casework.LetterHelp, casework.LetterConfirm, casework.LetterAside, casework.LetterRejected,
	casework.LetterVoided, casework.LetterCertificate, casework.LetterMembership, casework.LetterUndelivered,
	casework.LetterInquiry, casework.LetterInquiryAnswer, casework.LetterPassedOver, casework.LetterConsent,
	casework.LetterConsentRecorded, casework.LetterConsentResult, casework.LetterReferral, casework.LetterPassword,
	casework.LetterReferred, casework.LetterHost, casework.LetterMeeting, casework.LetterProposal, casework.LetterForm,
	casework.LetterFeedbackAsk, casework.LetterFeedback, casework.LetterClosing, casework.LetterWithdrawn,
	casework.LetterRecall, casework.LetterPassedOn, casework.LetterNobody, casework.LetterTranscript,
	casework.LetterReminder, casework.LetterLockedAsk,
	casework.LetterTransfer, casework.LetterTransferred, casework.LetterTakenOver, casework.LetterTransferTaken,
	casework.LetterDraftSent,
	casework.LetterDigestConcierge, casework.LetterDigestClerk, casework.LetterDigestOffice, casework.LetterDigestAgency,
}

// templates are all letters, parsed once.
type templates struct {
	letters  map[casework.LetterKind]*template.Template
	layout   *htmltemplate.Template
	replaced map[string]bool // file names that the office's folder replaces
}

// TemplateError is a template that cannot be used: where, and what is wrong with it.
type TemplateError struct {
	File string
	Line int  // 0: the whole file
	Own  bool // from the office's folder
	Err  error
}

func (e *TemplateError) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Own {
		return "replacement template " + where + ": " + e.Err.Error()
	}
	return "template " + where + ": " + e.Err.Error()
}

func (e *TemplateError) Unwrap() error { return e.Err }

// parseTemplates reads every embedded file, or the office's own in its place.
func parseTemplates(o Options) (*templates, error) {
	t := &templates{letters: make(map[casework.LetterKind]*template.Template, len(letterKinds)), replaced: map[string]bool{}}
	if err := t.findReplacements(o.Overrides); err != nil {
		return nil, err
	}
	read := func(name string) (string, error) {
		src := fs.FS(mailtemplates.FS)
		if t.replaced[name] {
			src = o.Overrides
		}
		b, err := fs.ReadFile(src, name)
		if err != nil {
			return "", t.fault(name, err)
		}
		return strings.ReplaceAll(strings.TrimPrefix(string(b), "\ufeff"), "\r\n", "\n"), nil
	}
	if err := t.parseLayout(read); err != nil {
		return nil, err
	}
	return t, t.parseLetters(o, read)
}

// findReplacements lists the office's files; a name that replaces nothing is a typing slip and refused.
func (t *templates) findReplacements(own fs.FS) error {
	if own == nil {
		return nil
	}
	names, err := fs.Glob(own, "*.tmpl")
	if err != nil {
		return fmt.Errorf("list replacement templates: %w", err)
	}
	for _, name := range names {
		if _, err := fs.Stat(mailtemplates.FS, name); err != nil {
			known, _ := fs.Glob(mailtemplates.FS, "*.tmpl")
			return &TemplateError{File: name, Own: true, Err: fmt.Errorf("replaces no letter; the names are %s", strings.Join(known, ", "))}
		}
		t.replaced[name] = true
	}
	return nil
}

func (t *templates) parseLayout(read func(string) (string, error)) error {
	src, err := read(layoutFile)
	if err != nil {
		return err
	}
	if t.layout, err = htmltemplate.New(layoutFile).Option("missingkey=error").Parse(src); err != nil {
		return t.fault(layoutFile, err)
	}
	for _, name := range layoutTemplates {
		if t.layout.Lookup(name) == nil {
			return t.fault(layoutFile, fmt.Errorf("must define %q", name))
		}
	}
	return nil
}

func (t *templates) parseLetters(o Options, read func(string) (string, error)) error {
	partials, err := read(partialsFile)
	if err != nil {
		return err
	}
	base, err := template.New(partialsFile).Option("missingkey=error").Funcs(funcs(o)).Parse(partials)
	if err != nil {
		return t.fault(partialsFile, err)
	}
	for _, each := range base.Templates() {
		escapeActions(each)
	}
	for _, kind := range letterKinds {
		name := string(kind) + ".tmpl"
		src, err := read(name)
		if err != nil {
			return err
		}
		set, err := base.Clone()
		if err != nil {
			return fmt.Errorf("copy the partials for %s: %w", name, err)
		}
		if _, err = set.New(name).Parse(src); err != nil {
			return t.fault(name, err)
		}
		if set.Lookup("subject") == nil || set.Lookup("body") == nil {
			return t.fault(name, errors.New(`must define "subject" and "body"`))
		}
		for _, each := range set.Templates() {
			if shared := base.Lookup(each.Name()); shared == nil || shared.Tree != each.Tree {
				escapeActions(each)
			}
		}
		t.letters[kind] = set
	}
	return nil
}

// fill executes a letter's two templates.
func (t *templates) fill(c casework.Content) (subject, body string, err error) {
	set := t.letters[c.Kind()]
	if set == nil {
		return "", "", fmt.Errorf("there is no template for %q", c.Kind())
	}
	var s, b strings.Builder
	b.Grow(8 << 10)
	if err := set.ExecuteTemplate(&s, "subject", c); err != nil {
		return "", "", t.fault(string(c.Kind())+".tmpl", err)
	}
	if err := set.ExecuteTemplate(&b, "body", c); err != nil {
		return "", "", t.fault(string(c.Kind())+".tmpl", err)
	}
	return subjectLine(s.String()), b.String(), nil
}

// subjectLine makes one line of a filled subject.
func subjectLine(s string) string { return strings.Trim(marksOut.Replace(s), " 　") }

var marksOut = strings.NewReplacer(string(markValue), "", string(markBreak), " ", string(markField), " ", string(markItem), " ", "\n", " ")

// fault gives an error of text/template or html/template its place as fields. Their texts begin with
// "template: FILE:LINE"; the file may be the partials'.
func (t *templates) fault(file string, err error) error {
	f := &TemplateError{File: file, Err: err}
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "html/"), "template: ")
	if name, rest, ok := strings.Cut(text, ":"); ok && path.Ext(name) == ".tmpl" {
		var line int
		if n, _ := fmt.Sscanf(rest, "%d", &line); n == 1 {
			f.File, f.Line = name, line
		}
	}
	f.Own = t.replaced[f.File]
	return f
}

// checkOverrides fills the letters that the office's folder changes with the sample data.
func (r *Renderer) checkOverrides() error {
	if len(r.templates.replaced) == 0 {
		return nil
	}
	all := r.templates.replaced[partialsFile] || r.templates.replaced[layoutFile]
	parser, _ := command.New(nil)
	check := *r
	check.keys = SampleKeys{}
	for _, s := range Samples(r.office, sampleTime) {
		name := string(s.Letter.Kind()) + ".tmpl"
		if !all && !r.templates.replaced[name] {
			continue
		}
		p, err := check.Parts(s.Letter)
		if err != nil {
			return err
		}
		if got := parser.Parse(p.Subject); got.Call != nil {
			return &TemplateError{File: name, Own: r.templates.replaced[name],
				Err: fmt.Errorf("the subject %q begins with a command's name: an answer to it would be taken for that command; begin it with another word", p.Subject)}
		}
		if strings.TrimSpace(p.Subject) == "" || strings.TrimSpace(p.Text) == "" {
			return &TemplateError{File: name, Own: r.templates.replaced[name], Err: errors.New("subject or body is blank")}
		}
	}
	return nil
}
