package inbound

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"strings"
)

// traceFields are written by servers on the way, so that they differ between two
// copies of one mail. All X- fields are left out of the hash as well.
var traceFields = map[string]bool{
	"received": true, "return-path": true, "delivered-to": true, "envelope-to": true, "delivery-date": true, "original-recipient": true,
	"authentication-results": true, "received-spf": true, "dkim-signature": true, "domainkey-signature": true, "dkim-filter": true,
	"autocrypt": true, "apparently-to": true, "status": true, "lines": true, "content-length": true, "bcc": true,
	"resent-from": true, "resent-to": true, "resent-date": true, "resent-message-id": true, "resent-sender": true, "resent-cc": true,
}

func isTrace(name string) bool {
	return traceFields[name] || strings.HasPrefix(name, "arc-") || strings.HasPrefix(name, "x-")
}

// contentHash is SHA-256 over the header without trace fields and the body.
// Folding, line ends and line ends at the very end do not count.
func contentHash(h header, body []byte) (sum [32]byte) {
	d := hashBuffer{Hash: sha256.New(), buf: make([]byte, 0, 16<<10)}
	for _, f := range h {
		if !isTrace(f.name) {
			d.field(f)
		}
	}
	d.writeByte('\n')
	d.lines(body)
	d.Write(d.buf)
	d.Sum(sum[:0])
	return sum
}

// hashBuffer gathers short pieces before they are hashed.
type hashBuffer struct {
	hash.Hash
	buf []byte
}

func (d *hashBuffer) write(b []byte) {
	if len(d.buf)+len(b) > cap(d.buf) {
		d.Write(d.buf)
		d.buf = d.buf[:0]
		if len(b) > cap(d.buf) {
			d.Write(b)
			return
		}
	}
	d.buf = append(d.buf, b...)
}

func (d *hashBuffer) writeByte(c byte) {
	if len(d.buf) == cap(d.buf) {
		d.Write(d.buf)
		d.buf = d.buf[:0]
	}
	d.buf = append(d.buf, c)
}

// field writes a field on one line, each run of white space as one space.
func (d *hashBuffer) field(f field) {
	d.write([]byte(f.name))
	d.writeByte(':')
	rest := bytes.Trim(f.raw, " \t\r\n")
	for len(rest) > 0 {
		i := bytes.IndexAny(rest, " \t\r\n")
		if i < 0 {
			d.write(rest)
			break
		}
		d.write(rest[:i])
		d.writeByte(' ')
		rest = bytes.TrimLeft(rest[i:], " \t\r\n")
	}
	d.writeByte('\n')
}

// lines writes a body with LF line ends and none at its end.
func (d *hashBuffer) lines(body []byte) {
	breaks := 0 // held back until something follows them
	for len(body) > 0 {
		var line []byte
		line, body = cutLine(body)
		if len(line) == 0 {
			breaks++
			continue
		}
		for ; breaks > 0; breaks-- {
			d.writeByte('\n')
		}
		d.write(line)
		breaks = 1
	}
}
