package inbound

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// undoTransfer undoes a Content-Transfer-Encoding (RFC 2045, 6). What has no
// encoding shares memory with b. ok is false when the content contradicts its
// encoding and was left as it is.
func undoTransfer(b []byte, encoding string) (out []byte, ok bool) {
	switch encoding = strings.ToLower(strings.Trim(encoding, " \t\r\n\"';")); encoding {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit", "8bits", "7bits", "plain", "none":
		return b, true
	case "base64", "base-64", "b", "b64":
		return undoBase64(b)
	case "quoted-printable", "quoted", "qp", "q":
		return undoQuotedPrintable(b, false), true
	case "x-uuencode", "uuencode", "x-uue", "uue":
		return undoUU(b)
	}
	return b, false
}

// undoBase64 decodes in one pass where the text is sound, else tolerantly.
func undoBase64(b []byte) ([]byte, bool) {
	b = bytes.TrimSpace(b)
	out := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	n, err := base64.StdEncoding.Decode(out, b)
	if err == nil {
		return out[:n], true
	}
	return undoBadBase64(b, out[:0])
}

// undoBadBase64 drops what is not of the alphabet, decodes each padded run for
// itself, and leaves out what mailing lists put under the end. Text that is
// mostly not base64 is returned unchanged, with false.
func undoBadBase64(b, dst []byte) ([]byte, bool) {
	var quantum uint32
	var have, foreign, good int
	padded := false
	for rest := b; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		if padded && !wholeBase64(line) {
			continue
		}
		for _, c := range line {
			v := base64Values[c]
			switch {
			case c == '=':
				padded = true
				dst = appendQuantum(dst, quantum, have)
				quantum, have = 0, 0
			case v == 0xff && c > ' ':
				foreign++
			case v != 0xff:
				good++
				quantum, have = quantum<<6|uint32(v), have+1
			}
			if have == 4 {
				dst = appendQuantum(dst, quantum, have)
				quantum, have = 0, 0
			}
		}
	}
	if foreign*10 > good {
		return b, false
	}
	return appendQuantum(dst, quantum, have), true
}

// appendQuantum appends the whole bytes of the first have sextets of a quantum.
func appendQuantum(dst []byte, quantum uint32, have int) []byte {
	quantum <<= 6 * (4 - have)
	for i := 0; i+1 < have; i++ {
		dst = append(dst, byte(quantum>>(16-8*i)))
	}
	return dst
}

var base64Values = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	return t
}()

// wholeBase64 reports whether a line is of the alphabet only and of whole quanta.
func wholeBase64(line []byte) bool {
	line = bytes.TrimSpace(line)
	for _, c := range bytes.TrimRight(line, "=") {
		if base64Values[c] == 0xff {
			return false
		}
	}
	return len(line) > 0 && len(line)%4 == 0
}

// cutLine parts b after its first line; the line is without its end, however
// many CR precede the LF.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return bytes.TrimRight(b, "\r"), nil
	}
	line, rest = b[:i], b[i+1:]
	for len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return line, rest
}

// undoQuotedPrintable decodes quoted-printable (RFC 2045, 6.7); with words, the
// Q encoding of RFC 2047, where _ is a space. What is no valid sequence stays.
func undoQuotedPrintable(b []byte, words bool) []byte {
	dst := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '_' && words:
			dst = append(dst, ' ')
		case c != '=':
			dst = append(dst, c)
		case i+2 < len(b) && hexValue(b[i+1]) >= 0 && hexValue(b[i+2]) >= 0:
			dst = append(dst, byte(hexValue(b[i+1])<<4|hexValue(b[i+2])))
			i += 2
		default:
			n := softBreak(b[i+1:])
			if n < 0 || words {
				dst = append(dst, c)
				continue
			}
			i += n
		}
	}
	return dst
}

// softBreak gives the length of the white space and line end that follow a
// soft line break's =, or -1 when no line end follows.
func softBreak(b []byte) int {
	for i, c := range b {
		switch c {
		case ' ', '\t', '\r':
		case '\n':
			return i + 1
		default:
			return -1
		}
	}
	return len(b)
}

func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// undoUU decodes the first uuencoded file of b (POSIX uuencode).
func undoUU(b []byte) ([]byte, bool) {
	var line []byte
	rest := b
	for !bytes.HasPrefix(line, []byte("begin ")) {
		if len(rest) == 0 {
			return b, false
		}
		line, rest = cutLine(rest)
	}
	dst := make([]byte, 0, len(rest)*3/4)
	for len(rest) > 0 {
		line, rest = cutLine(rest)
		if len(line) == 0 || bytes.HasPrefix(line, []byte("end")) {
			break
		}
		dst = appendUULine(dst, line)
	}
	return dst, true
}

func appendUULine(dst, line []byte) []byte {
	n := int(line[0]-' ') & 0x3f
	for line = line[1:]; n > 0 && len(line) > 0; {
		var quantum uint32
		for i := range 4 {
			quantum <<= 6
			if i < len(line) {
				quantum |= uint32(line[i]-' ') & 0x3f
			}
		}
		take := min(n, 3)
		dst = append(dst, []byte{byte(quantum >> 16), byte(quantum >> 8), byte(quantum)}[:take]...)
		n -= take
		line = line[min(4, len(line)):]
	}
	return dst
}
