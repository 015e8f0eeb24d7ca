package archive

import (
	"archive/zip"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"unicode/utf8"
)

// Decoder makes UTF-8 of a name whose charset nobody declares. guess says how; "" when the bytes leave no doubt.
type Decoder func(raw []byte) (name, guess string)

// unicodePath is the id of Info-ZIP's field with the name in UTF-8 (APPNOTE.TXT 4.6.9).
const unicodePath = 0x7075

// nameOf is an entry's path in UTF-8.
func nameOf(f *zip.File, decode Decoder) (path, guess string) {
	raw := f.Name
	if s, ok := unicodeName(f); ok {
		raw = s
	} else if f.Flags&0x800 == 0 || !utf8.ValidString(raw) {
		raw, guess = decode([]byte(raw))
	}
	return relative(raw), guess
}

// unicodeName is the name of the Unicode path field, as long as the checksum in it is that of the plain name: else
// somebody renamed the entry without knowing the field.
func unicodeName(f *zip.File) (string, bool) {
	v := extra(f, unicodePath)
	if len(v) < 6 || v[0] != 1 || binary.LittleEndian.Uint32(v[1:]) != crc32.ChecksumIEEE([]byte(f.Name)) || !utf8.Valid(v[5:]) {
		return "", false
	}
	return string(v[5:]), true
}

// extra is the content of an entry's extra field; nil when there is none.
func extra(f *zip.File, id uint16) []byte {
	for b := f.Extra; len(b) >= 4; {
		n := int(binary.LittleEndian.Uint16(b[2:]))
		if len(b) < 4+n {
			return nil
		}
		if binary.LittleEndian.Uint16(b) == id {
			return b[4 : 4+n]
		}
		b = b[4+n:]
	}
	return nil
}

// relative makes a path that stays below where it stands: no drive, no root, no "..", no control characters.
func relative(path string) string {
	path = strings.ReplaceAll(path, `\`, "/")
	if len(path) > 1 && path[1] == ':' {
		path = path[2:]
	}
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		part = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return -1
			}
			return r
		}, part)
		if part != "" && part != "." && part != ".." {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// isLitter are files that no person put there.
func isLitter(path string) bool {
	base := path[strings.LastIndexByte(path, '/')+1:]
	return strings.HasPrefix(path, "__MACOSX/") || base == ".DS_Store" ||
		strings.EqualFold(base, "Thumbs.db") || strings.EqualFold(base, "desktop.ini")
}
