package certificate

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
	"unicode/utf16"
)

// docInfo is the document information dictionary.
type docInfo struct {
	title, author string
	created       time.Time
}

// dictionary writes it (ISO 32000-1, 14.3.3); a creation date that is not known is left out.
func (d docInfo) dictionary() string {
	created := ""
	if !d.created.IsZero() {
		created = inTokyo(d.created).Format("/CreationDate (D:20060102150405+09'00')")
	}
	return "<</Title " + pdfText(d.title) + "/Author " + pdfText(d.author) + "/Producer " + pdfText("uketsuke") + created + ">>"
}

var errNotAsWritten = errors.New("the file is not laid out as gopdf 0.33.0 lays it out")

// finish completes a file of gopdf, whose page has no text yet:
//
//   - content goes to the end of the page's content, and the content is compressed;
//   - fonts that are not nil are added, under the names /F0, /F1, … of their places;
//   - the catalog gets the language and the wish to show the title;
//   - information becomes an object of its own, and the identifier a digest of the file.
func finish(raw []byte, fonts [faceCount]*embeddedFont, content []byte, info docInfo) ([]byte, error) {
	objects, err := splitObjects(raw)
	if err != nil {
		return nil, err
	}
	var resources bytes.Buffer
	var added [][]byte
	for f, font := range fonts {
		if font != nil {
			first := len(objects) + len(added) + 1
			fmt.Fprintf(&resources, "/F%d %d 0 R ", f, first)
			added = append(added, font.objects(first)...)
		}
	}
	patched := 0
	for i, body := range objects {
		var known bool
		if objects[i], known, err = patch(body, resources.Bytes(), content); err != nil {
			return nil, fmt.Errorf("object %d: %w", i+1, err)
		}
		if known {
			patched++
		}
	}
	if patched != 3 { // catalog, resources, content
		return nil, errNotAsWritten
	}
	return assemble(append(append(objects, added...), []byte(info.dictionary()))), nil
}

// assemble numbers the bodies from 1 and writes the file; the first is the catalog, the last the
// information.
func assemble(bodies [][]byte) []byte {
	size := 1024
	for _, body := range bodies {
		size += len(body) + 48
	}
	out := bytes.NewBuffer(make([]byte, 0, size))
	out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	offsets := make([]int, 0, len(bodies))
	for i, body := range bodies {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(out, "%d 0 obj\n", i+1)
		out.Write(body)
		out.WriteString("\nendobj\n")
	}
	digest := sha256.Sum256(out.Bytes())
	table := out.Len()
	fmt.Fprintf(out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(out, "trailer\n<</Size %d/Root 1 0 R/Info %d 0 R/ID [<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(offsets)+1, len(offsets), digest[:16], digest[:16], table)
	return out.Bytes()
}

// splitObjects returns the bodies between "n 0 obj" and "endobj", found by the file's own table.
func splitObjects(raw []byte) ([][]byte, error) {
	_, tail, found := bytes.Cut(raw[max(0, len(raw)-64):], []byte("startxref\n"))
	if !found {
		return nil, errNotAsWritten
	}
	digits, _, _ := bytes.Cut(tail, []byte("\n"))
	table, err := strconv.Atoi(string(digits))
	if err != nil || table > len(raw) {
		return nil, errNotAsWritten
	}
	var count int
	if _, err := fmt.Sscanf(string(raw[table:min(len(raw), table+24)]), "xref\n0 %d\n", &count); err != nil || count < 2 {
		return nil, errNotAsWritten
	}
	lines := bytes.SplitN(raw[table:], []byte("\n"), count+3)
	if len(lines) < count+3 {
		return nil, errNotAsWritten
	}
	bounds := make([]int, 0, count)
	for _, line := range lines[3 : count+2] { // after the table's head and the free entry
		at, err := strconv.Atoi(string(line[:min(10, len(line))]))
		if err != nil || at > table {
			return nil, errNotAsWritten
		}
		bounds = append(bounds, at)
	}
	bounds = append(bounds, table)
	objects := make([][]byte, 0, count-1)
	for i := range len(bounds) - 1 {
		if bounds[i] > bounds[i+1] {
			return nil, errNotAsWritten
		}
		body := bytes.TrimSuffix(bytes.TrimRight(raw[bounds[i]:bounds[i+1]], "\n"), []byte("\nendobj"))
		_, body, ok := bytes.Cut(body, []byte(" 0 obj\n"))
		if !ok {
			return nil, errNotAsWritten
		}
		objects = append(objects, body)
	}
	return objects, nil
}

// patch changes the three objects that finish knows: catalog, resources and content.
func patch(body, fonts, content []byte) (patched []byte, known bool, err error) {
	const catalog, noFonts = "/Type /Catalog\n", "/Font <<\n\t>>\n"
	dict, stream, isStream := bytes.Cut(body, []byte("\nstream\n"))
	switch {
	case isStream && !bytes.Contains(dict, []byte("/Filter")):
		body, err = deflated(slices.Concat(bytes.TrimSuffix(stream, []byte("endstream")), content), "")
	case bytes.Contains(body, []byte(catalog)):
		body = bytes.Replace(body, []byte(catalog), []byte(catalog+"/Lang (ja-JP)\n/ViewerPreferences <</DisplayDocTitle true>>\n"), 1)
	case bytes.Contains(body, []byte(noFonts)):
		body = bytes.Replace(body, []byte(noFonts), slices.Concat([]byte("/Font <<"), fonts, []byte(">>\n")), 1)
	default:
		return body, false, nil
	}
	return body, true, err
}

// objects are the font's five, numbered from first: the font itself, its descendant, descriptor,
// program and map to Unicode (ISO 32000-1, 9.7 and 9.8).
func (e *embeddedFont) objects(first int) [][]byte {
	return [][]byte{
		fmt.Appendf(nil, "<</Type /Font/Subtype /Type0/BaseFont /%s/Encoding /Identity-H/DescendantFonts [%d 0 R]/ToUnicode %d 0 R>>",
			e.name, first+1, first+4),
		fmt.Appendf(nil, "<</Type /Font/Subtype /CIDFontType2/BaseFont /%s/CIDSystemInfo <</Registry (Adobe)/Ordering (Identity)/Supplement 0>>"+
			"/CIDToGIDMap /Identity/FontDescriptor %d 0 R/DW 1000/W [%s]>>", e.name, first+2, e.widths),
		fmt.Appendf(nil, "<</Type /FontDescriptor/FontName /%s%s/FontFile2 %d 0 R>>", e.name, e.metrics, first+3),
		e.program,
		e.toUnicode,
	}
}

// toUnicodeMap is the CMap (ISO 32000-1, 9.10.3) by which glyph n stands for the n-th character.
func toUnicodeMap(characters []rune) []byte {
	out := bytes.NewBufferString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe)/Ordering (UCS)/Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	glyph := 0
	for part := range slices.Chunk(characters, 100) { // a block may not be longer
		fmt.Fprintf(out, "%d beginbfchar\n", len(part))
		for _, r := range part {
			glyph++
			fmt.Fprintf(out, "<%04X><%s>\n", glyph, utf16Hex(string(r)))
		}
		out.WriteString("endbfchar\n")
	}
	out.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return out.Bytes()
}

// pdfText is a text string object in UTF-16 (ISO 32000-1, 7.9.2.2).
func pdfText(s string) string { return "<FEFF" + utf16Hex(s) + ">" }

func utf16Hex(s string) string {
	hex := make([]byte, 0, 4*len(s))
	for _, unit := range utf16.Encode([]rune(s)) {
		hex = fmt.Appendf(hex, "%04X", unit)
	}
	return string(hex)
}

// deflaters are kept, as many as there are processors to use them on a small machine: a new one allocates and clears
// 800 KB. (A sync.Pool is emptied by the collector, which runs every few certificates.)
var deflaters = make(chan *zlib.Writer, 2)

// deflated is a compressed stream object; extra goes into its dictionary.
func deflated(data []byte, extra string) ([]byte, error) {
	var z *zlib.Writer
	select {
	case z = <-deflaters:
	default:
		z, _ = zlib.NewWriterLevel(io.Discard, zlib.BestSpeed) // the level is valid; 4 takes 0.25 ms more
	}
	defer func() {
		select {
		case deflaters <- z:
		default:
		}
	}()
	return deflatedBy(z, data, extra)
}

func deflatedBy(z *zlib.Writer, data []byte, extra string) ([]byte, error) {
	var packed bytes.Buffer
	z.Reset(&packed)
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "<</Filter /FlateDecode/Length %d%s>>\nstream\n%s\nendstream", packed.Len(), extra, packed.Bytes()), nil
}

// small is how long a stream may be that is worth no packing: outlines of a few characters shrink by a tenth.
const small = 8 << 10

// packed is a stream object, compressed where it is not small.
func packed(data []byte, extra string) ([]byte, error) {
	if len(data) > small {
		return deflated(data, extra)
	}
	return fmt.Appendf(make([]byte, 0, len(data)+len(extra)+48), "<</Length %d%s>>\nstream\n%s\nendstream", len(data), extra, data), nil
}
