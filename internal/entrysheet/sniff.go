package entrysheet

import (
	"archive/zip"
	"bytes"
	"strings"

	"uketsuke/internal/cfb"
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
// a file is. It expands nothing but the types of a package whose parts have
// unusual names, and its work is bounded by the default limits; an encrypted package may hold a document or slides as well as a workbook.
func Sniff(b []byte) Format {
	switch {
	case bytes.HasPrefix(b, []byte(cfb.Signature)):
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
	if found == FormatZip && types {
		found = sniffTypes(zr)
	}
	switch {
	case found == FormatZip || !types:
		return FormatZip
	case found == FormatXLSX && macros:
		return FormatXLSM
	}
	return found
}

// sniffTypes asks a package whose parts have unusual names what its main part
// is (ECMA-376 part 2, 10.1.2).
func sniffTypes(zr *zip.Reader) Format {
	const head = 1 << 20
	p := newOPC(zr, DefaultLimits())
	rels, err := p.rels("")
	if err != nil {
		return FormatZip
	}
	types, err := p.text("[Content_Types].xml", head)
	if err != nil {
		return FormatZip
	}
	for _, r := range rels {
		if r.kind != "officeDocument" {
			continue
		}
		s := newXMLBytes(types)
		for t, ok := s.next(); ok; t, ok = s.next() {
			if t.is("Override") && partKey(t.attrText("PartName")) == partKey(r.target) && isWorkbookType(t.attrText("ContentType")) {
				return FormatXLSX
			}
		}
	}
	return FormatZip
}

// isWorkbookType tells the content types of workbooks and templates in XML
// parts, with macros or without.
func isWorkbookType(s string) bool {
	return strings.HasSuffix(s, ".main+xml") && (strings.Contains(s, "spreadsheetml.") || strings.Contains(s, "ms-excel."))
}

// sniffOLE looks at the names in the root storage only: a letter or mail with
// an embedded workbook has a Workbook stream too, but deeper.
func sniffOLE(b []byte) Format {
	f, err := cfb.Open(b)
	if err != nil {
		return FormatOLE
	}
	found := FormatOLE
	for _, name := range f.Names() {
		switch {
		case name == "EncryptedPackage":
			return FormatEncrypted
		case strings.EqualFold(name, "Workbook"), strings.EqualFold(name, "Book"):
			found = FormatXLS
		}
	}
	return found
}
