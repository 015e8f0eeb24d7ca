package certificate

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// readPDF is a reader of its own for what Render writes: it follows the cross-reference table,
// inflates the streams, and turns shown glyphs into text by the fonts' ToUnicode maps.
type readPDF struct {
	t       *testing.T
	objects map[int]string
}

func openPDF(t *testing.T, pdf []byte) readPDF {
	t.Helper()
	match := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(pdf)
	if match == nil {
		t.Fatal("the file does not end as a PDF does")
	}
	lines := strings.Split(string(pdf[number(t, string(match[1])):]), "\n")
	if lines[0] != "xref" {
		t.Fatalf("startxref leads to %q", lines[0])
	}
	r := readPDF{t: t, objects: map[int]string{}}
	count := number(t, strings.Fields(lines[1])[1])
	for id := 1; id < count; id++ {
		at := number(t, lines[2+id][:10])
		head := strconv.Itoa(id) + " 0 obj\n"
		if !bytes.HasPrefix(pdf[at:], []byte(head)) {
			t.Fatalf("the table's offset %d does not lead to object %d", at, id)
		}
		body, _, found := strings.Cut(string(pdf[at+len(head):]), "\nendobj\n")
		if !found {
			t.Fatalf("object %d has no end", id)
		}
		r.objects[id] = body
	}
	return r
}

// fataler is what *testing.T and *rapid.T have in common here.
type fataler interface{ Fatal(...any) }

func number(t fataler, s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// find returns the first object whose text matches.
func (r readPDF) find(pattern string) string {
	r.t.Helper()
	for id := 1; id <= len(r.objects); id++ {
		if regexp.MustCompile(pattern).MatchString(r.objects[id]) {
			return r.objects[id]
		}
	}
	r.t.Fatalf("no object matches %s", pattern)
	return ""
}

// object follows the reference under the key.
func (r readPDF) object(dict, key string) string {
	r.t.Helper()
	match := regexp.MustCompile(key + `\s*\[?\s*(\d+) 0 R`).FindStringSubmatch(dict)
	if match == nil {
		r.t.Fatalf("no %s in %.200q", key, dict)
	}
	return r.objects[number(r.t, match[1])]
}

func (r readPDF) inflate(object string) string {
	r.t.Helper()
	dict, data, found := strings.Cut(object, "\nstream\n")
	if !found {
		r.t.Fatalf("no stream in %.100q", object)
	}
	length := number(r.t, regexp.MustCompile(`/Length (\d+)`).FindStringSubmatch(dict)[1])
	if data[length:] != "\nendstream" {
		r.t.Fatalf("/Length %d is wrong: %q follows", length, data[length:])
	}
	if !strings.Contains(dict, "/FlateDecode") {
		return data[:length]
	}
	z, err := zlib.NewReader(strings.NewReader(data[:length]))
	if err != nil {
		r.t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(plain)
}

func (r readPDF) content() string {
	return r.inflate(r.object(r.find(`/Type /Page\n`), "/Contents"))
}

var bfchar = regexp.MustCompile(`(?m)^<([0-9A-F]{4})><([0-9A-F]+)>$`)

// toUnicode returns for each font, by its name in the content, its map from glyphs to text.
func (r readPDF) toUnicode() map[string]map[string]string {
	r.t.Helper()
	resources := r.find(`/ProcSet \[`)
	maps := map[string]map[string]string{}
	for _, font := range regexp.MustCompile(`/(F\d+) \d+ 0 R`).FindAllStringSubmatch(resources, -1) {
		cmap := r.inflate(r.object(r.object(resources, "/"+font[1]), "/ToUnicode"))
		glyphs := map[string]string{}
		for _, pair := range bfchar.FindAllStringSubmatch(cmap, -1) {
			data, err := hex.DecodeString(pair[2])
			if err != nil {
				r.t.Fatal(err)
			}
			units := make([]uint16, len(data)/2)
			for i := range units {
				units[i] = uint16(data[2*i])<<8 | uint16(data[2*i+1])
			}
			glyphs[pair[1]] = string(utf16.Decode(units))
		}
		maps[font[1]] = glyphs
	}
	return maps
}

var (
	// font, size, spacing, x, y, glyphs
	textRun   = regexp.MustCompile(`BT /F(\d+) ([\d.]+) Tf ([\d.]+) Tc .*? ([-\d.]+) ([-\d.]+) Td <([0-9A-F]+)> Tj ET`)
	glyphCode = regexp.MustCompile(`[0-9A-F]{4}`)
)

// text returns what the page says, a line for each run of texts on one baseline.
func (r readPDF) text() string {
	r.t.Helper()
	maps := r.toUnicode()
	var b strings.Builder
	baseline := ""
	for _, run := range textRun.FindAllStringSubmatch(r.content(), -1) {
		if baseline != run[5] {
			b.WriteByte('\n')
		}
		baseline = run[5]
		for _, code := range glyphCode.FindAllString(run[6], -1) {
			text, known := maps["F"+run[1]][code]
			if !known {
				r.t.Errorf("font F%s: glyph %s stands for nothing", run[1], code)
			}
			b.WriteString(text)
		}
	}
	return b.String()
}
