package inbound

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestUndoTransfer(t *testing.T) {
	for _, c := range []struct {
		rule, in, encoding, want string
		ok                       bool
	}{
		{"none", "a\r\nb", "", "a\r\nb", true},
		{"8bit, oddly spelled", "a", " 8BITS; ", "a", true},
		{"base64", "QUJD\r\nREVG\r\n", "Base64", "ABCDEF", true},
		{"base64 without padding", "QUI", "base64", "AB", true},
		{"base64 with foreign characters", "QU JD!REVGR0hJSktMTU5PUFFSU1RVVldYWVo=", "base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", true},
		{"base64 in two padded runs", "QQ==\r\nQkNE\r\n", "base64", "ABCD", true},
		{"base64 with a mailing list's footer", "QUJDREVGR0g=\r\n_____\r\nlist mailing list\r\n", "base64", "ABCDEFGH", true},
		{"text that is no base64 stays", "こんにちは。", "base64", "こんにちは。", false},
		{"quoted-printable", "=E5=8F=97=\r\n=E4=BB=98 =3D", "quoted-printable", "受付 =", true},
		{"quoted-printable soft break with trailing space", "a= \r\nb", "quoted-printable", "ab", true},
		{"quoted-printable with invalid sequences", "50=% =ZZ =", "quoted-printable", "50=% =ZZ ", true},
		{"uuencode", "begin 644 a.txt\n#86)C\n`\nend\n", "x-uuencode", "abc", true},
		{"uuencode without a beginning", "abc", "x-uuencode", "abc", false},
		{"an unknown encoding", "abc", "x-secret", "abc", false},
	} {
		got, ok := undoTransfer([]byte(c.in), c.encoding)
		if string(got) != c.want || ok != c.ok {
			t.Errorf("%s: %q, %v; want %q, %v", c.rule, got, ok, c.want, c.ok)
		}
	}
}

func TestBase64SurvivesAnyLineLengthAndNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 30, 300).Draw(t, "data")
		width := rapid.IntRange(1, 100).Draw(t, "width")
		noise := rapid.SampledFrom([]string{"\r\n", "\n", " \r\n", "\r\r\n", "\t\n"}).Draw(t, "break")
		var b strings.Builder
		for s := base64.StdEncoding.EncodeToString(data); s != ""; {
			n := min(width, len(s))
			b.WriteString(s[:n] + noise)
			s = s[n:]
		}
		if got, ok := undoTransfer([]byte(b.String()), "base64"); !ok || !bytes.Equal(got, data) {
			t.Fatalf("ok %v, got %x, want %x", ok, got, data)
		}
	})
}

func TestAttachmentWithoutEncodingSharesMemory(t *testing.T) {
	in := []byte("abc")
	if got, _ := undoTransfer(in, "binary"); &got[0] != &in[0] {
		t.Error("the bytes were copied")
	}
}
