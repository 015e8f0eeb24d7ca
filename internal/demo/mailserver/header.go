package mailserver

import (
	"bytes"
	"io"
	"mime"
	"regexp"
	"slices"
	"strings"

	"github.com/emersion/go-message/textproto"
	"golang.org/x/text/encoding/htmlindex"
)

// field is one header field as it stands: raw has the line breaks and the
// folded lines. A line that is no field has an empty key.
type field struct {
	key string
	raw []byte
}

// splitFields cuts a header (RFC 5322 section 2.2) at its fields, up to the
// empty line. It never fails: mail is stored as it came, so a broken header
// must be readable too. The raw parts put together are the header again.
func splitFields(head []byte) []field {
	var fields []field
	for len(head) > 0 {
		line := head
		if i := bytes.IndexByte(head, '\n'); i >= 0 {
			line = head[:i+1]
		}
		head = head[len(line):]
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
		if n := len(fields); n > 0 && (line[0] == ' ' || line[0] == '\t') {
			// Lines lie side by side in the same array, so the field grows in place.
			last := &fields[n-1]
			last.raw = last.raw[:len(last.raw)+len(line)]
			continue
		}
		fields = append(fields, field{key: fieldKey(line), raw: line})
	}
	return fields
}

// fieldKey is the name before the colon, "" if there is no proper one.
func fieldKey(line []byte) string {
	key, _, ok := bytes.Cut(line, []byte(":"))
	key = bytes.TrimRight(key, " \t")
	if !ok || len(key) == 0 {
		return ""
	}
	for _, c := range key {
		if c <= ' ' || c >= 0x7f {
			return ""
		}
	}
	return string(key)
}

// value is the unfolded body of the field, undecoded.
func (f field) value() string {
	_, v, _ := bytes.Cut(f.raw, []byte(":"))
	v = bytes.ReplaceAll(v, []byte("\r"), nil)
	v = bytes.ReplaceAll(v, []byte("\n"), nil)
	return string(bytes.TrimSpace(v))
}

// filterFields is BODY[HEADER.FIELDS (only)] or, with except, .NOT: the fields
// in their order and the empty line.
func filterFields(head []byte, names []string, except bool) []byte {
	var out []byte
	for _, f := range splitFields(head) {
		named := slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, f.key) })
		if named != except {
			out = append(out, f.raw...)
		}
	}
	return append(out, "\r\n"...)
}

// envelopeHeader makes of a header what imapserver.ExtractEnvelope can read:
// broken lines left out, encoded words of any charset turned into UTF-8 ones
// (without go-message's charset table ISO-2022-JP names make it lose the whole
// address list).
func envelopeHeader(head []byte) textproto.Header {
	var h textproto.Header
	for _, f := range slices.Backward(splitFields(head)) { // Add puts each on top
		if f.key != "" {
			h.Add(f.key, utf8Words(f.value()))
		}
	}
	return h
}

var (
	encodedWord = regexp.MustCompile(`=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=`)
	wordDecoder = mime.WordDecoder{CharsetReader: charsetReader}
)

func charsetReader(charset string, r io.Reader) (io.Reader, error) {
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return nil, err
	}
	return enc.NewDecoder().Reader(r), nil
}

// utf8Words rewrites RFC 2047 words in UTF-8 and leaves those it cannot read.
func utf8Words(v string) string {
	if !strings.Contains(v, "=?") {
		return v
	}
	return encodedWord.ReplaceAllStringFunc(v, func(word string) string {
		text, err := wordDecoder.Decode(word)
		if err != nil {
			return word
		}
		return mime.BEncoding.Encode("utf-8", text)
	})
}

// decodedValue is the field's text with its encoded words decoded, for SEARCH.
func (f field) decodedValue() string {
	v := f.value()
	if text, err := wordDecoder.DecodeHeader(v); err == nil {
		return text
	}
	return v
}
