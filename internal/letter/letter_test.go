package letter

import (
	"bytes"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"

	"uketsuke/internal/casework"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var testOffice = casework.Office{Code: "KOB", Name: "ジェトロ神戸", Phone: "078-000-0001",
	Mailbox: casework.Address{Name: "ジェトロ神戸 新輸出大国コンソーシアム事務局", Addr: "consortium@kobe.example"}}

func renderer(t testing.TB, o Options) *Renderer {
	t.Helper()
	if o.Office.Name == "" {
		o.Office = testOffice
	}
	if o.Keys == nil {
		o.Keys = SampleKeys{}
	}
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var workbook = bytes.Repeat([]byte("PK\x03\x04 a workbook's bytes \xff\x00"), 400)

func openWorkbook(casework.Attachment) ([]byte, error) { return workbook, nil }

func sample(t testing.TB, name string) casework.Letter {
	t.Helper()
	for _, s := range Samples(testOffice, sampleTime) {
		if s.Name == name {
			return s.Letter
		}
	}
	t.Fatalf("there is no sample %q", name)
	return casework.Letter{}
}

func TestEveryLetterReadsAsItsGoldenFile(t *testing.T) {
	r := renderer(t, Options{})
	want := map[string]bool{}
	for _, s := range Samples(testOffice, sampleTime) {
		p, err := r.Parts(s.Letter)
		if err != nil {
			t.Fatal(err)
		}
		for file, got := range map[string]string{s.Name + ".txt": "Subject: " + p.Subject + "\n\n" + p.Text, s.Name + ".html": p.HTML} {
			want[file] = true
			golden := filepath.Join("testdata", "letters", file)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			b, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; write it with -update and read it", err)
			}
			if diff := cmp.Diff(string(b), got); diff != "" {
				t.Errorf("%s (-golden +now):\n%s", file, diff)
			}
		}
	}
	files, err := filepath.Glob("testdata/letters/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, f := range files {
		if !want[filepath.Base(f)] {
			t.Errorf("%s belongs to no letter", f)
		}
	}
}

func TestEveryKindOfLetterHasASampleUnderItsOwnName(t *testing.T) {
	have, kinds := map[string]casework.LetterKind{}, map[casework.LetterKind]bool{}
	for _, s := range Samples(testOffice, sampleTime) {
		if _, twice := have[s.Name]; twice {
			t.Errorf("sample %s is there twice", s.Name)
		}
		have[s.Name] = s.Letter.Kind()
		kinds[s.Letter.Kind()] = true
		if kind := string(s.Letter.Kind()); s.Name != kind && !strings.HasPrefix(s.Name, kind+"-") {
			t.Errorf("sample %s is a %s", s.Name, s.Letter.Kind())
		}
		if s.Letter.Number != "" {
			if kind, ok := casework.ParseNumber(s.Letter.Number); kind == casework.NumberNone || !ok {
				t.Errorf("sample %s: number %s", s.Name, s.Letter.Number)
			}
		}
	}
	for _, kind := range letterKinds {
		if !kinds[kind] {
			t.Errorf("%s has no sample", kind)
		}
	}
}

// opened is a mail as Go's own library reads it.
type opened struct {
	header  mail.Header
	types   []string // of all parts, in order
	text    string
	html    string
	invite  []byte   // the calendar file that stands beside text and HTML
	names   []string // from name=
	names2  []string // from filename=
	content [][]byte
}

// charsetReader knows the one charset that Go's library lacks.
func charsetReader(charset string, in io.Reader) (io.Reader, error) {
	if !strings.EqualFold(charset, "iso-2022-jp") {
		return nil, os.ErrInvalid
	}
	return japanese.ISO2022JP.NewDecoder().Reader(in), nil
}

func openMail(t *testing.T, raw []byte) opened {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	o := opened{header: m.Header}
	o.part(t, m.Header.Get, m.Body)
	return o
}

func (o *opened) part(t *testing.T, get func(string) string, body io.Reader) {
	t.Helper()
	mediaType, params, err := mime.ParseMediaType(get("Content-Type"))
	if err != nil {
		t.Fatalf("Content-Type %q: %v", get("Content-Type"), err)
	}
	o.types = append(o.types, mediaType)
	if strings.HasPrefix(mediaType, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			o.part(t, p.Header.Get, p)
		}
	}
	data := decodeBody(t, get("Content-Transfer-Encoding"), body)
	if mediaType == "text/calendar" {
		if params["method"] == "" || params["charset"] != "UTF-8" {
			t.Errorf("a calendar part with %v", params)
		}
		o.invite = data
		return
	}
	if strings.HasPrefix(mediaType, "text/") {
		text := string(data)
		if strings.EqualFold(params["charset"], "iso-2022-jp") {
			text, err = japanese.ISO2022JP.NewDecoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
		}
		text = strings.ReplaceAll(text, "\r\n", "\n")
		if mediaType == "text/html" {
			o.html = text
		} else {
			o.text = text
		}
		return
	}
	dec := mime.WordDecoder{CharsetReader: charsetReader}
	name, err := dec.DecodeHeader(params["name"])
	if err != nil {
		t.Fatal(err)
	}
	_, disposition, err := mime.ParseMediaType(get("Content-Disposition"))
	if err != nil {
		t.Fatalf("Content-Disposition %q: %v", get("Content-Disposition"), err)
	}
	o.names, o.names2, o.content = append(o.names, name), append(o.names2, disposition["filename"]), append(o.content, data)
}

func decodeBody(t *testing.T, encoding string, body io.Reader) []byte {
	t.Helper()
	switch encoding {
	case "base64":
		body = base64Reader(body)
	case "7bit", "":
	default:
		t.Fatalf("Content-Transfer-Encoding %q", encoding)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// variants are the ways in which an agency's entry may want its letters.
var variants = []struct {
	name     string
	charset  string
	textOnly bool
}{{"utf-8", "", false}, {"text only", "", true}, {"iso-2022-jp", "iso-2022-jp", false}, {"iso-2022-jp text only", "ISO-2022-JP", true}}

func TestEveryMailReadsBackAsItWasWritten(t *testing.T) {
	r := renderer(t, Options{})
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			for _, s := range Samples(testOffice, sampleTime) {
				l := s.Letter
				l.Charset, l.TextOnly = v.charset, v.textOnly
				p, err := r.Parts(l)
				if err != nil {
					t.Fatal(err)
				}
				m, err := r.Render(l, openWorkbook)
				if err != nil {
					t.Fatalf("%s: %v", s.Name, err)
				}
				checkBytes(t, s.Name, m.Raw)
				checkMail(t, s.Name, l, p, m)
			}
		})
	}
}

// checkBytes holds what SMTP wants without 8BITMIME: 7-bit, CRLF, lines of at most 998.
func checkBytes(t *testing.T, name string, raw []byte) {
	t.Helper()
	if i := bytes.IndexFunc(raw, func(r rune) bool { return r >= 0x80 || r == 0 }); i >= 0 {
		t.Errorf("%s: byte %d is not 7-bit text", name, i)
	}
	if !bytes.HasSuffix(raw, []byte("\r\n")) {
		t.Errorf("%s: the last line has no end", name)
	}
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	for line := range bytes.Lines(raw) {
		text, ok := bytes.CutSuffix(line, []byte("\r\n"))
		if !ok || bytes.ContainsAny(text, "\r\n") {
			t.Errorf("%s: line %q does not end in CRLF", name, line)
		}
		if len(text) > longest {
			t.Errorf("%s: a line of %d characters", name, len(text))
		}
	}
	for line := range bytes.Lines(header) {
		if len(line) > 80 {
			t.Errorf("%s: header line of %d characters: %s", name, len(line), line)
		}
	}
}

func checkMail(t *testing.T, name string, l casework.Letter, p Parts, m casework.Rendered) {
	t.Helper()
	o := openMail(t, m.Raw)
	twin := func(s string) string {
		if l.Charset != "" && strings.Contains(string(m.Raw), "charset=ISO-2022-JP") {
			return jisTwins.Replace(s)
		}
		return s
	}
	if o.text != twin(p.Text) {
		t.Errorf("%s: text differs:\n%s", name, cmp.Diff(twin(p.Text), o.text))
	}
	if o.html != twin(p.HTML) {
		t.Errorf("%s: HTML differs", name)
	}
	dec := mime.WordDecoder{CharsetReader: charsetReader}
	if got, err := dec.DecodeHeader(o.header.Get("Subject")); err != nil || got != twin(p.Subject) || m.Subject != p.Subject {
		t.Errorf("%s: subject %q (%v), want %q", name, got, err, p.Subject)
	}
	want := make([]string, 0, len(l.Attach))
	for _, a := range l.Attach {
		want = append(want, a.Name)
	}
	if !slices.Equal(o.names, want) && len(want) > 0 || !slices.Equal(o.names2, want) && len(want) > 0 {
		t.Errorf("%s: names %q by name=, %q by filename=, want %q", name, o.names, o.names2, want)
	}
	for i, a := range l.Attach {
		begin := map[casework.AttachmentKind][]byte{casework.AttachCertificate: []byte("%PDF-"), casework.AttachInvite: []byte("BEGIN:VCALENDAR\r\n"),
			casework.AttachChart: []byte("\x89PNG\r\n")}[a.Kind]
		if begin != nil && !bytes.HasPrefix(o.content[i], begin) || begin == nil && !bytes.Equal(o.content[i], workbook) {
			t.Errorf("%s: %s is not what was to be attached", name, a.Name)
		}
		if a.Kind == casework.AttachInvite && o.invite != nil && !bytes.Equal(o.content[i], o.invite) {
			t.Errorf("%s: the invitation and %s differ", name, a.Name)
		}
	}
	types := typesOf(l, o.invite != nil)
	if !slices.Equal(o.types[:len(types)], types) || len(o.types) != len(types)+len(l.Attach) {
		t.Errorf("%s: parts %q, want %q and %d attachments", name, o.types, types, len(l.Attach))
	}
}

// typesOf are the media types of a letter's parts before its attachments.
func typesOf(l casework.Letter, invite bool) []string {
	var types []string
	chart := !l.TextOnly && slices.ContainsFunc(l.Attach, func(a casework.Attachment) bool { return a.Kind == casework.AttachChart })
	if len(l.Attach) > 0 && !chart {
		types = append(types, "multipart/mixed")
	}
	if !l.TextOnly || invite {
		types = append(types, "multipart/alternative")
	}
	types = append(types, "text/plain")
	if chart { // in the HTML twin, not beside it
		types = append(types, "multipart/related")
	}
	if !l.TextOnly {
		types = append(types, "text/html")
	}
	if invite {
		types = append(types, "text/calendar")
	}
	return types
}

func TestTheSameLetterIsTheSameBytesAlsoInParallel(t *testing.T) {
	r := renderer(t, Options{})
	samples := Samples(testOffice, sampleTime)
	first := make([][]byte, len(samples))
	for i, s := range samples {
		m, err := r.Render(s.Letter, openWorkbook)
		if err != nil {
			t.Fatal(err)
		}
		first[i] = m.Raw
	}
	done := make(chan string)
	for range 4 {
		go func() {
			for i, s := range samples {
				m, err := r.Render(s.Letter, openWorkbook)
				if err != nil || !bytes.Equal(m.Raw, first[i]) {
					done <- s.Name
					return
				}
			}
			done <- ""
		}()
	}
	for range 4 {
		if name := <-done; name != "" {
			t.Errorf("%s came out differently", name)
		}
	}
}
