package robot

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-message"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"uketsuke/internal/casework"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/intake"
	"uketsuke/internal/letter"
	"uketsuke/internal/ooxmlcrypt"
	"uketsuke/internal/play"
	"uketsuke/internal/seal"
)

// TestDisclosureOfFinishedLetters plays the random cases of casework's property with the letters as they are sent: with
// real codes, rendered, read a last time, and opened again as their readers would, locked workbooks with their password.
//
//	go test ./internal/robot -run DisclosureOfFinishedLetters -rapid.checks=500
func TestDisclosureOfFinishedLetters(t *testing.T) {
	fewChecks(t, "8")
	p := newPress(t)
	plays, sent, shown, refused, opened := 0, 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p.t = t
		play := play.New(t, rapid.Uint64().Draw(t, "play"), p, p.robot.Keys)
		for range 60 {
			play.Step(rapid.Uint64().Draw(t, "step"))
		}
		play.Finish()
		plays, sent, shown, refused, opened = plays+1, sent+play.Sent, shown+play.Shown, refused+play.Refused, p.opened
	})
	t.Logf("%d cases: %d letters left, %d showed a provider what it may see, %d mails were rolled back by the last scan, %d locked workbooks were opened",
		plays, sent, shown, refused, opened)
	if plays >= 40 && (shown == 0 || opened == 0) {
		t.Errorf("the plays do not reach what they are to show: %d letters, %d with values to providers, %d locked workbooks", sent, shown, opened)
	}
}

// fewChecks lets the property make fewer checks than rapid does, unless the command line says how many.
func fewChecks(t *testing.T, n string) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	if before != checks.DefValue {
		return
	}
	if err := checks.Value.Set(n); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Value.Set(before) })
}

// mailPress makes letters as the robot does, and opens them as their readers do.
type mailPress struct {
	t      *rapid.T
	robot  *Robot
	blank  []byte // a workbook to be filled
	opened int
}

// agreed is the password of agencies that have one.
const agreed = "agreed-with-rokko-2026"

func newPress(t *testing.T) *mailPress {
	t.Helper()
	keys, err := seal.NewKeys(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	letters, err := letter.New(letter.Options{Office: play.Office(), Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	p := &mailPress{blank: workbook(t, "{{company.name}} {{company.address}} {{request.issues}} {{member}}")}
	form := filepath.Join(t.TempDir(), "form.xlsx")
	if err := os.WriteFile(form, p.blank, 0o600); err != nil {
		t.Fatal(err)
	}
	p.robot = &Robot{Letters: letters, Keys: keys, Random: rand.Reader, Intake: intake.Settings{Limits: entrysheet.DefaultLimits()},
		Agreed: func(string) (string, error) { return agreed, nil }, OwnForm: func(string) ([]byte, error) { return p.blank, nil },
		OfficeWord: func(string) (string, error) { return agreed, nil }}
	p.robot.FormFile = form
	return p
}

// workbook holds a text in each of its cells.
func workbook(t fatal, cells ...string) []byte {
	f := excelize.NewFile()
	for i, c := range cells {
		if err := f.SetCellStr("Sheet1", fmt.Sprintf("A%d", i+1), c); err != nil {
			t.Fatalf("make a workbook: %v", err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatalf("make a workbook: %v", err)
	}
	return b.Bytes()
}

type fatal interface {
	Fatalf(format string, args ...any)
}

// Print implements play.Press.
func (p *mailPress) Print(l casework.Letter, open func(casework.Attachment) string) ([]string, error) {
	blobs := map[string][]byte{}
	for _, a := range l.Attach {
		if a.Bundle != nil {
			for _, s := range a.Bundle.Sheets {
				blobs[s.File.Blob] = p.blank
			}
			continue
		}
		if a.Blob != "" {
			blobs[a.Blob] = workbook(p.t, strings.Fields(open(a))...)
		}
	}
	done, err := p.robot.render(context.Background(), brought{blobs: blobs}, l)
	if err != nil {
		return nil, err
	}
	texts := append(p.read(done.Raw, l), done.Subject, done.MessageID)
	for _, a := range l.Attach { // the certificate is drawn
		texts = append(texts, play.Strings(a.Member)...)
	}
	return append(append(texts, done.To...), done.Attachments...), nil
}

// read are all header fields, texts and files of a mail, at any depth and as a mail program shows them.
func (p *mailPress) read(raw []byte, l casework.Letter) []string {
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		p.t.Fatalf("letter %s cannot be read: %v", l.Kind(), err)
	}
	var texts []string
	err = e.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil {
			return err
		}
		for fields := part.Header.Fields(); fields.Next(); {
			v, _ := fields.Text()
			texts = append(texts, fields.Value(), v)
		}
		kind, params, _ := part.Header.ContentType()
		if strings.HasPrefix(kind, "multipart/") {
			return nil
		}
		body, err := io.ReadAll(part.Body)
		texts = append(texts, p.contents(body, l)...)
		texts = append(texts, params["name"])
		return err
	})
	if err != nil {
		p.t.Fatalf("letter %s cannot be read: %v", l.Kind(), err)
	}
	return texts
}

var (
	markup = regexp.MustCompile(`<[^>]*>`)
	link   = regexp.MustCompile(`mailto:[^"\s<>]+`)
)

// contents are the texts of a body or file: links are decoded, workbooks unpacked, locked ones opened.
func (p *mailPress) contents(body []byte, l casework.Letter) []string {
	switch {
	case bytes.HasPrefix(body, []byte("\xd0\xcf\x11\xe0")):
		pkg, err := ooxmlcrypt.Decrypt(body, p.password(l))
		if err != nil {
			p.t.Fatalf("letter %s: the locked workbook does not open: %v", l.Kind(), err)
		}
		p.opened++
		return p.contents(pkg, l)
	case bytes.HasPrefix(body, []byte("PK")):
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			p.t.Fatalf("letter %s: the workbook does not open: %v", l.Kind(), err)
		}
		var texts []string
		for _, f := range z.File {
			in, err := f.Open()
			if err != nil {
				p.t.Fatalf("letter %s: the workbook does not open: %v", l.Kind(), err)
			}
			b, _ := io.ReadAll(in)
			texts = append(texts, f.Name, string(b), markup.ReplaceAllString(string(b), ""))
		}
		return texts
	}
	text := string(body)
	texts := []string{text, markup.ReplaceAllString(text, "")}
	for _, m := range link.FindAllString(text, -1) {
		if s, err := url.PathUnescape(m); err == nil {
			texts = append(texts, s)
		}
	}
	return texts
}

func (p *mailPress) password(l casework.Letter) string {
	for _, a := range l.Attach {
		if a.Protect.Password != "" {
			return a.Protect.Password
		}
	}
	return agreed
}
