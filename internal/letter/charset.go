package letter

import (
	"encoding/base64"
	"strings"

	"golang.org/x/text/encoding/japanese"
)

// charset is how a letter's texts are written.
type charset string

const (
	utf8Charset charset = "UTF-8"
	jisCharset  charset = "ISO-2022-JP" // RFC 1468
)

// chooseCharset takes ISO-2022-JP when the agency's entry says so and every text of the letter can be written in it;
// else UTF-8 for the whole letter, so that nothing is lost.
func chooseCharset(wanted string, texts ...string) charset {
	if !strings.EqualFold(wanted, string(jisCharset)) {
		return utf8Charset
	}
	for _, t := range texts {
		if _, ok := toJIS(t); !ok {
			return utf8Charset
		}
	}
	return jisCharset
}

// jisTwins are characters that Unicode has twice where JIS X 0208 has one: Microsoft and the rest map them
// differently, and the encoder knows only one of the two. They look the same.
var jisTwins = strings.NewReplacer("〜", "～", "−", "－", "—", "―", "‖", "∥", "¢", "￠", "£", "￡", "¬", "￢", "\u00a0", " ")

// toJIS encodes a text. ok is false when it has a character beyond ASCII and JIS X 0208: half-width kana and the
// vendors' rows (①, ㈱, 髙), which the encoder would write, are no part of ISO-2022-JP.
func toJIS(s string) (string, bool) {
	for _, r := range s {
		if r >= 0xff61 && r <= 0xff9f {
			return "", false
		}
	}
	out, err := japanese.ISO2022JP.NewEncoder().String(jisTwins.Replace(s))
	if err != nil || hasVendorRow(out) {
		return "", false
	}
	return out, true
}

// hasVendorRow looks for two-byte characters in rows 9 to 15 and from 85 on.
func hasVendorRow(encoded string) bool {
	wide := false
	for i := 0; i < len(encoded); i++ {
		switch {
		case encoded[i] == 0x1b && i+2 < len(encoded):
			wide = encoded[i+1] == '$'
			i += 2
		case wide:
			if row := encoded[i] - 0x20; row >= 9 && row <= 15 || row >= 85 {
				return true
			}
			i++
		}
	}
	return false
}

// bytes encodes a text that chooseCharset has seen.
func (c charset) bytes(s string) string {
	if c == jisCharset {
		s, _ = toJIS(s)
	}
	return s
}

// wordLength is the length of the encoded word that a text makes.
func (c charset) wordLength(s string) int {
	return len("=??B??=") + len(c) + base64.StdEncoding.EncodedLen(len(c.bytes(s)))
}

func (c charset) writeWord(b *strings.Builder, s string) {
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	b.WriteString("=?" + string(c) + "?B?" + base64.StdEncoding.EncodeToString([]byte(c.bytes(s))) + "?=")
}
