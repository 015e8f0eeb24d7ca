package inbound

import (
	"encoding/base64"
	"unicode/utf16"
)

// decodeUTF7 reads UTF-7 (RFC 2152): runs of base64 between + and what is no base64, each UTF-16, big-endian.
func decodeUTF7(b []byte) ([]byte, tally) {
	dst, t := make([]byte, 0, len(b)), tally{}
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c >= 0x80:
			dst = appendBad(dst)
			t.invalid(1)
		case c != '+':
			dst = append(dst, c)
		case i+1 < len(b) && b[i+1] == '-':
			dst = append(dst, '+')
			i++
		default:
			n := 0
			for i+1+n < len(b) && b[i+1+n] != '=' && base64Values[b[i+1+n]] != 0xff {
				n++
			}
			dst = appendUTF7Run(dst, b[i+1:i+1+n], &t)
			if i += n; i+1 < len(b) && b[i+1] == '-' {
				i++
			}
		}
	}
	return dst, t
}

func appendUTF7Run(dst, run []byte, t *tally) []byte {
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(run)))
	n, err := base64.RawStdEncoding.Decode(raw, run)
	if err != nil || len(run) == 0 {
		t.invalid(len(run) + 1)
		return append(append(dst, '+'), run...)
	}
	units := make([]uint16, 0, n/2)
	for i := 0; i+1 < n; i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	t.bytes += len(run)
	t.score += len(run)
	return append(dst, string(utf16.Decode(units))...)
}
