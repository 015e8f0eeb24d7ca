package inbound

import (
	"bytes"
	"regexp"
)

// uuBegin is the line above a file that a mail program of old put into the text (POSIX uuencode).
var uuBegin = regexp.MustCompile(`(?m)^begin (?:[0-7]{3,4}) ([^\r\n]{1,200})\r?\n`)

// uuMost bounds how many such lines of one text are looked at.
const uuMost = 50

// uuFiles takes the uuencoded files out of a plain text, as mail programs show it, and returns what is left.
func (w *walker) uuFiles(p mimePart, depth int) ([]byte, error) {
	if p.media != "text/plain" || !bytes.Contains(p.body, []byte("begin ")) {
		return p.body, nil
	}
	var left []byte
	rest := p.body
	for range uuMost {
		at := uuBegin.FindSubmatchIndex(rest)
		if at == nil {
			break
		}
		end := at[1] + uuLength(rest[at[1]:])
		if end == at[1] {
			left, rest = append(left, rest[:end]...), rest[end:]
			continue
		}
		if err := w.budget.part(depth + 1); err != nil {
			return p.body, err
		}
		data, _ := undoUU(rest[at[0]:end])
		name, guess := decodeText(rest[at[2]:at[3]], p.contentType.token("charset"))
		w.keep(mimePart{media: "application/octet-stream", name: CleanName(name), nameGuess: guess}, data)
		left, rest = append(left, rest[:at[0]]...), rest[end:]
	}
	if len(rest) == len(p.body) {
		return p.body, nil
	}
	return append(left, rest...), nil
}

// uuLength is the length of the encoded lines, with the line "end"; 0 when they are none.
func uuLength(b []byte) int {
	rest := b
	for len(rest) > 0 {
		var line []byte
		line, rest = cutLine(rest)
		if bytes.Equal(bytes.TrimRight(line, " "), []byte("end")) {
			return len(b) - len(rest)
		}
		if len(line) == 0 || line[0] < ' ' || line[0] > '`' || len(line) > 90 || len(line) < 1+uuEncoded(line[0])-3 {
			return 0
		}
	}
	return 0
}

// uuEncoded is how many characters encode the bytes that a line's first character announces.
func uuEncoded(first byte) int { return (int(first-' ')&0x3f + 2) / 3 * 4 }
