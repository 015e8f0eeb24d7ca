package entrysheet

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// Format is what a file is by its bytes.
type Format string

// The formats that Sniff tells apart.
const (
	FormatXLSX      Format = "xlsx"      // Office Open XML workbook
	FormatXLSM      Format = "xlsm"      // the same with macros
	FormatXLSB      Format = "xlsb"      // the same in binary parts
	FormatODS       Format = "ods"       // OpenDocument spreadsheet
	FormatXLS       Format = "xls"       // OLE file with a Workbook (or Book) stream
	FormatEncrypted Format = "encrypted" // OLE file with an EncryptedPackage stream ([MS-OFFCRYPTO] 2.3)
	FormatOLE       Format = "ole"       // another OLE file
	FormatZip       Format = "zip"       // a zip that is no workbook
	FormatOther     Format = "other"
)

// Sniff tells from the bytes alone, never from a name or a declared type, what
// a file is. It expands nothing and its work is bounded by the default limits;
// an encrypted package may hold a document or slides as well as a workbook.
func Sniff(b []byte) Format {
	switch {
	case bytes.HasPrefix(b, []byte(oleSignature)):
		return sniffOLE(b)
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return sniffZip(b)
	}
	return FormatOther
}

func sniffZip(b []byte) Format {
	zr, err := openZip(b, DefaultLimits())
	if err != nil {
		if bytes.Contains(b, []byte("xl/workbook.xml")) {
			return FormatXLSX // Read says what is wrong with it
		}
		return FormatZip
	}
	var types, macros bool
	found := FormatZip
	for _, f := range zr.File {
		switch name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/")); {
		case name == "[content_types].xml":
			types = true
		case strings.HasSuffix(name, "vbaproject.bin"):
			macros = true
		case name == "workbook.xml" || strings.HasSuffix(name, "/workbook.xml"):
			found = FormatXLSX
		case strings.HasSuffix(name, "/workbook.bin"):
			found = FormatXLSB
		case name == "mimetype" && bytes.Contains(b[:min(len(b), 256)], []byte("application/vnd.oasis.opendocument.spreadsheet")):
			return FormatODS
		}
	}
	switch {
	case found == FormatZip || !types:
		return FormatZip
	case found == FormatXLSX && macros:
		return FormatXLSM
	}
	return found
}

const oleSignature = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// maxOLEDirectory bounds the directory entries looked at; a workbook has
// about ten, one with many embedded objects some hundreds.
const maxOLEDirectory = 20_000

// sniffOLE looks at the names in the root storage only: a letter or mail with
// an embedded workbook has a Workbook stream too, but deeper.
func sniffOLE(b []byte) Format {
	found := FormatOLE
	for _, name := range oleRootNames(b) {
		switch {
		case name == "EncryptedPackage":
			return FormatEncrypted
		case strings.EqualFold(name, "Workbook"), strings.EqualFold(name, "Book"):
			found = FormatXLS
		}
	}
	return found
}

// oleRootNames lists what stands directly in the root storage of a compound
// file ([MS-CFB] 2.2 header, 2.3 FAT, 2.6 directory). Broken files yield what
// could be found.
func oleRootNames(b []byte) []string {
	entries := oleDirectory(b)
	if len(entries) == 0 {
		return nil
	}
	const none = 0xFFFFFFFF
	var names []string
	seen := make(map[uint32]bool)
	todo := []uint32{binary.LittleEndian.Uint32(entries[0][76:])} // root's child
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if id == none || int64(id) >= int64(len(entries)) || seen[id] {
			continue
		}
		seen[id] = true
		e := entries[id]
		names = append(names, oleName(e))
		todo = append(todo, binary.LittleEndian.Uint32(e[68:]), binary.LittleEndian.Uint32(e[72:])) // siblings
	}
	return names
}

func oleName(e []byte) string {
	n := min(int(binary.LittleEndian.Uint16(e[64:])), 64)/2 - 1
	units := make([]uint16, 0, 32)
	for i := 0; i < n; i++ {
		units = append(units, binary.LittleEndian.Uint16(e[2*i:]))
	}
	return string(utf16.Decode(units))
}

// oleDirectory follows the directory's sector chain and returns its 128-byte
// entries.
func oleDirectory(b []byte) [][]byte {
	if len(b) < 512 {
		return nil
	}
	shift := binary.LittleEndian.Uint16(b[30:])
	if shift != 9 && shift != 12 {
		return nil
	}
	size := int64(1) << shift
	sector := func(n uint32) []byte {
		off := (int64(n) + 1) * size
		if off+size > int64(len(b)) {
			return nil
		}
		return b[off : off+size]
	}
	fat := oleFAT(b, sector)
	var entries [][]byte
	seen := make(map[uint32]bool)
	for n := binary.LittleEndian.Uint32(b[48:]); len(entries) < maxOLEDirectory && !seen[n]; {
		seen[n] = true
		s := sector(n)
		if s == nil {
			break
		}
		for ; len(s) >= 128; s = s[128:] {
			entries = append(entries, s[:128])
		}
		next, ok := fat(n)
		if !ok {
			break
		}
		n = next
	}
	return entries
}

// oleFAT returns the lookup of the sector that follows another in its chain.
func oleFAT(b []byte, sector func(uint32) []byte) func(uint32) (uint32, bool) {
	shift := binary.LittleEndian.Uint16(b[30:])
	perSector := uint32(1) << (shift - 2)
	var table []uint32 // numbers of the FAT's sectors
	for i := 76; i+4 <= 512; i += 4 {
		table = append(table, binary.LittleEndian.Uint32(b[i:]))
	}
	difat := binary.LittleEndian.Uint32(b[68:])
	for hops := 0; hops < 256; hops++ {
		s := sector(difat)
		if s == nil {
			break
		}
		for i := 0; i+8 <= len(s); i += 4 {
			table = append(table, binary.LittleEndian.Uint32(s[i:]))
		}
		difat = binary.LittleEndian.Uint32(s[len(s)-4:])
	}
	return func(n uint32) (uint32, bool) {
		if int64(n/perSector) >= int64(len(table)) {
			return 0, false
		}
		s := sector(table[n/perSector])
		if s == nil {
			return 0, false
		}
		next := binary.LittleEndian.Uint32(s[4*(n%perSector):])
		return next, next < 0xFFFFFFFA
	}
}
