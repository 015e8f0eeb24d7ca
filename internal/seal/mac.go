package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash"
	"strings"
)

// fields is the input of a MAC: each text preceded by its length, each number in eight bytes.
type fields struct{ b []byte }

func (f *fields) text(s string) {
	f.b = binary.BigEndian.AppendUint32(f.b, uint32(len(s)))
	f.b = append(f.b, s...)
}

func (f *fields) number(n int64) { f.b = binary.BigEndian.AppendUint64(f.b, uint64(n)) }

type mac [sha256.Size]byte

func sum(key *secret, f *fields) mac { return sumWith(hmac.New(sha256.New, key[:]), f) }

func sumWith(h hash.Hash, f *fields) mac {
	var m mac
	h.Write(f.b)
	h.Sum(m[:0])
	return m
}

// alphabet has no 0, o, 1, l, i: what is read out on the phone or copied by hand arrives. 31 letters.
const alphabet = "23456789abcdefghjkmnpqrstuvwxyz"

// word spells a MAC in n letters of alphabet. Ten letters, 49.5 bits, come from each 64 bits, so that no letter
// is likelier than another by more than one in ten thousand.
func word(m mac, n int) string {
	out := make([]byte, n)
	var v uint64
	for i := range out {
		if i%10 == 0 {
			v = binary.BigEndian.Uint64(m[i/10*8:])
		}
		out[i] = alphabet[v%uint64(len(alphabet))]
		v /= uint64(len(alphabet))
	}
	return string(out)
}

// base32Lower survives servers that fold the case of a Message-ID.
var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// tag is the first 80 bits of a MAC in 16 lower-case letters and digits.
func tag(m mac) string { return base32Lower.EncodeToString(m[:10]) }

// foldTyped folds what a person typed or an input method widened: case, full-width forms, spaces around.
func foldTyped(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r += '!' - '！'
		}
		return r
	}, s)
	return strings.ToLower(strings.Trim(s, " \t\u3000"))
}
