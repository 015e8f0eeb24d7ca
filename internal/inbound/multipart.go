package inbound

import "bytes"

// splitParts cuts a multipart body at its boundary (RFC 2046, 5.1.1). A missing
// end is the end of the body; parts that follow the closing delimiter and begin
// like parts are taken too. nil when the boundary never occurs. At most most
// parts are cut; the last one then holds the rest.
func splitParts(body []byte, boundary string, most int) [][]byte {
	if boundary == "" {
		return nil
	}
	var parts [][]byte
	start := -1 // of the open part
	for at := 0; len(parts) < most; {
		d, ok := nextDelimiter(body, boundary, at)
		if !ok {
			break
		}
		if start >= 0 {
			parts = append(parts, body[start:max(start, d.partEnd)])
		}
		start = d.next
		if d.closes && !resumes(body, boundary, d.next) {
			return parts
		} else if d.closes {
			start = -1
		}
		at = d.next
	}
	if start >= 0 {
		parts = append(parts, body[start:])
	}
	return parts
}

// delimiter is one boundary line.
type delimiter struct {
	partEnd int // where the part before it ends, its last line break left out
	next    int // the line after it
	closes  bool
}

// nextDelimiter finds the first boundary line at or after position at.
func nextDelimiter(body []byte, boundary string, at int) (delimiter, bool) {
	mark := []byte("--" + boundary)
	for {
		i := bytes.Index(body[at:], mark)
		if i < 0 {
			return delimiter{}, false
		}
		i += at
		at = i + len(mark)
		if i > 0 && body[i-1] != '\n' {
			continue
		}
		line, rest := cutLine(body[at:])
		line = bytes.TrimRight(line, " \t\r")
		if len(line) > 0 && string(line) != "--" {
			continue // another, longer boundary
		}
		return delimiter{partEnd: beforeBreak(body, i), next: len(body) - len(rest), closes: len(line) > 0}, true
	}
}

// beforeBreak is the position before the line break that precedes position i.
func beforeBreak(body []byte, i int) int {
	if i > 0 && body[i-1] == '\n' {
		i--
	}
	if i > 0 && body[i-1] == '\r' {
		i--
	}
	return i
}

// resumes reports whether after a closing delimiter another part follows, as
// mail programs write that close every part.
func resumes(body []byte, boundary string, at int) bool {
	d, ok := nextDelimiter(body, boundary, at)
	if !ok || d.closes {
		return false
	}
	line, _ := cutLine(body[d.next:])
	name, _, ok := cutField(line)
	return ok && knownFields[name]
}

// guessBoundary finds the boundary that a multipart body really uses: its first
// line that begins with two dashes and is followed by a part's header field.
func guessBoundary(body []byte) string {
	for tries := 0; len(body) > 0 && tries < 1000; tries++ {
		var line []byte
		line, body = cutLine(body)
		if len(line) < 3 || len(line) > 200 || line[0] != '-' || line[1] != '-' {
			continue
		}
		next, _ := cutLine(body)
		if name, _, ok := cutField(next); ok && len(name) > 8 && name[:8] == "content-" {
			return string(bytes.TrimRight(line[2:], " \t"))
		}
	}
	return ""
}
