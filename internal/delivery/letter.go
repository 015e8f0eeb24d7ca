package delivery

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// longestLine is RFC 5321's limit without CRLF (section 4.5.3.1.6).
const longestLine = 998

// checkLetter refuses what SMTP would not carry as it is: the library writes
// CRLF for a bare LF, a relay may split long lines or encode 8-bit bytes anew,
// and a bare LF or CR can smuggle a second letter past a lax server. Letters are
// frozen bytes, so this is a fault in making them: permanent.
func checkLetter(env Envelope, body []byte) error {
	refuse := func(recipient, format string, args ...any) error {
		err := fmt.Errorf(format, args...)
		return &Error{Permanent: true, Stage: StageLetter, Recipient: recipient, Text: err.Error(), Err: err}
	}
	if env.From != "" && !plainAddress(env.From) {
		return refuse("", "the sender is no plain address")
	}
	if len(env.To) == 0 {
		return refuse("", "there is no recipient")
	}
	for _, to := range env.To {
		if !plainAddress(to) {
			return refuse(to, "a recipient is no plain address")
		}
	}
	if err := checkBody(body); err != nil {
		return refuse("", "%w", err)
	}
	return nil
}

// plainAddress accepts user@domain in printable ASCII without what would end
// the path or begin a parameter. Quoted local parts are not worth their risk.
func plainAddress(addr string) bool {
	local, domain, found := strings.Cut(addr, "@")
	if !found || local == "" || domain == "" || len(addr) > 254 || strings.Contains(domain, "@") {
		return false
	}
	for i := 0; i < len(addr); i++ {
		if c := addr[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`<>"\,;()`, c) >= 0 {
			return false
		}
	}
	return true
}

func checkBody(body []byte) error {
	if !bytes.HasSuffix(body, []byte("\r\n")) {
		return errors.New("the letter does not end with CRLF")
	}
	for line := 1; len(body) > 0; line++ {
		end := bytes.IndexByte(body, '\n') // there is one: the body ends with it
		text, ended := bytes.CutSuffix(body[:end], []byte("\r"))
		body = body[end+1:]
		switch {
		case !ended, bytes.IndexByte(text, '\r') >= 0:
			return fmt.Errorf("line %d has a bare CR or LF", line)
		case len(text) > longestLine:
			return fmt.Errorf("line %d has more than %d octets", line, longestLine)
		case !sevenBit(text):
			return fmt.Errorf("line %d has a byte that is not 7-bit text", line)
		}
	}
	return nil
}

// sevenBit refuses NUL and bytes with the high bit. Eight bytes are looked at in one step: a letter has a hundred thousand.
func sevenBit(text []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		if w := binary.LittleEndian.Uint64(text); (w|(w-ones))&highs != 0 { // w-ones: a zero byte borrows into its high bit
			return false
		}
	}
	for _, c := range text {
		if c == 0 || c >= 0x80 {
			return false
		}
	}
	return true
}
