package archive

import "bytes"

// Format is what a file is by its bytes.
type Format string

// The formats that Sniff tells apart; None is no archive.
const (
	None     Format = ""
	ZIP      Format = "ZIP"
	SevenZip Format = "7z"
	RAR      Format = "RAR"
	LZH      Format = "LZH"
	CAB      Format = "CAB"
	TAR      Format = "TAR"
	GZIP     Format = "GZIP"
	BZIP2    Format = "BZIP2"
	XZ       Format = "XZ"
)

var signatures = []struct {
	format Format
	at     int
	magic  string
}{
	{ZIP, 0, "PK\x03\x04"}, {ZIP, 0, "PK\x05\x06"}, {ZIP, 0, "PK\x07\x08PK\x03\x04"}, {ZIP, 0, "PK00PK\x03\x04"},
	{SevenZip, 0, "7z\xbc\xaf\x27\x1c"}, {RAR, 0, "Rar!\x1a\x07"}, {LZH, 2, "-lh"}, {LZH, 2, "-lz"}, {CAB, 0, "MSCF\x00\x00\x00\x00"},
	{TAR, 257, "ustar"}, {GZIP, 0, "\x1f\x8b\x08"}, {BZIP2, 0, "BZh"}, {XZ, 0, "\xfd7zXZ\x00"},
}

// Sniff tells an archive by its bytes, never by its name.
func Sniff(data []byte) Format {
	for _, s := range signatures {
		if len(data) > s.at && bytes.HasPrefix(data[s.at:], []byte(s.magic)) && (s.format != LZH || len(data) > 6 && data[6] == '-') {
			return s.format
		}
	}
	return None
}
