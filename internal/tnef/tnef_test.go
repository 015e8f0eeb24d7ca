package tnef

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
)

// attribute is one attribute as Outlook writes it.
func attribute(level byte, id uint32, content []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{level}, id)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(content)))
	var sum uint16
	for _, c := range content {
		sum += uint16(c)
	}
	return binary.LittleEndian.AppendUint16(append(b, content...), sum)
}

func stream(attributes ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, signature)
	return append(append(b, 1, 0), bytes.Join(attributes, nil)...)
}

// list is a property list of prop, number, named and many.
func list(properties ...[]byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(properties))), bytes.Join(properties, nil)...)
}

func padded(b []byte) []byte { return append(b, make([]byte, (4-len(b)%4)%4)...) }

func head(kind, id uint16) []byte {
	return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, kind), id)
}

func prop(kind, id uint16, values ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32(head(kind, id), uint32(len(values)))
	for _, v := range values {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(v))), padded(v)...)
	}
	return b
}

func number(id uint16, v uint32) []byte { return binary.LittleEndian.AppendUint32(head(3, id), v) }

// named is a property with a name: its set, then a number or text.
func named(id uint16, name []byte) []byte {
	b := append(head(3, id), make([]byte, 16)...)
	if name == nil {
		b = append(b, 0, 0, 0, 0, 9, 0, 0, 0)
	} else {
		b = binary.LittleEndian.AppendUint32(append(b, 1, 0, 0, 0), uint32(len(name)))
		b = append(b, padded(name)...)
	}
	return append(b, 7, 0, 0, 0)
}

func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s + "\x00")) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func cp932(t testing.TB, s string) []byte {
	b, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(s + "\x00"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// decode knows CP932 and takes the rest as UTF-8.
func decode(raw []byte, charset string) (string, string) {
	if charset != "cp932" {
		return string(raw), ""
	}
	b, err := japanese.ShiftJIS.NewDecoder().Bytes(raw)
	if err != nil {
		return string(raw), ""
	}
	return string(b), ""
}

var (
	japaneseCodePage = attribute(1, attCodePage, []byte{0xa4, 0x03, 0, 0, 0, 0, 0, 0})
	begin            = attribute(2, attRendData, make([]byte, 14))
)

func content(s string) []byte { return attribute(2, attData, []byte(s)) }

func attachmentProps(p ...[]byte) []byte { return attribute(2, attAttachProps, list(p...)) }

func TestNames(t *testing.T) {
	const long = "エントリーシート（株式会社灘酒造）.xlsx"
	title := attribute(2, attTitle, cp932(t, "ｴﾝﾄﾘ~1.XLS"))
	for rule, attributes := range map[string][][]byte{
		"the long name in Unicode": {title, content("x"), attachmentProps(number(0x3705, 1), named(0x8001, nil), named(0x8002, wide("name")),
			prop(typeUnicode, propFilename, wide("ENTRY~1.XLS")), prop(typeUnicode, propLongFilename, wide(long)))},
		"the long name in CP932":       {title, content("x"), attachmentProps(prop(typeString8, propLongFilename, cp932(t, long)))},
		"the title where nothing else": {attribute(2, attTitle, cp932(t, long)), content("x")},
		"Unicode before bytes":         {content("x"), attachmentProps(prop(typeString8, propLongFilename, []byte("?.xlsx\x00")), prop(typeUnicode, propLongFilename, wide(long)))},
		"content among the properties": {title, attachmentProps(prop(typeBinary, propData, []byte("x")), prop(typeUnicode, propLongFilename, wide(long)))},
	} {
		m, err := Parse(stream(append([][]byte{japaneseCodePage, begin}, attributes...)...), decode)
		if err != nil || m.Cut || len(m.Attachments) != 1 {
			t.Errorf("%s: %+v, %v", rule, m, err)
			continue
		}
		if a := m.Attachments[0]; a.Name != long || string(a.Data) != "x" {
			t.Errorf("%s: %q with %q", rule, a.Name, a.Data)
		}
	}
}

func TestMessage(t *testing.T) {
	inner := stream(japaneseCodePage, attribute(1, attSubject, cp932(t, "内側")), begin, attribute(2, attTitle, []byte("in.xlsx\x00")), content("deep"))
	data := stream(japaneseCodePage, attribute(1, attSubject, cp932(t, "短い件名")), attribute(1, attClass, []byte("IPM.Microsoft Mail.Note\x00")), attribute(1, attBody, cp932(t, "本文です。")),
		attribute(1, attMessageProps, list(prop(typeUnicode, propSubject, wide("送付の件")), prop(0x1000|typeString8, 0x3a58, []byte("a\x00"), []byte("b\x00")), prop(typeBinary, 0x1009, []byte("rtf")),
			prop(typeString8, propClass, []byte("IPM.Note\x00")), prop(typeBinary, propHTML, []byte("<p>本文</p>")))),
		begin, attribute(2, attTitle, []byte("a.pdf\x00")), content("pdf"), attachmentProps(prop(typeUnicode, propMediaType, wide("application/pdf"))),
		begin, attachmentProps(prop(typeObject, propData, append(make([]byte, interfaceID), inner...)), prop(typeUnicode, propDisplayName, wide("転送")), number(0x3705, 5)))
	got, err := Parse(data, decode)
	if err != nil {
		t.Fatal(err)
	}
	want := &Message{Class: "IPM.Note", Subject: "送付の件", Body: "本文です。", HTML: []byte("<p>本文</p>"), Attachments: []Attachment{
		{Name: "a.pdf", MediaType: "application/pdf", Data: []byte("pdf")},
		{Name: "転送", Embedded: &Message{Subject: "内側", Attachments: []Attachment{{Name: "in.xlsx", Data: []byte("deep")}}}},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWhatBreaksLeavesWhatCameBefore(t *testing.T) {
	whole := stream(begin, attribute(2, attTitle, []byte("a\x00")), content("one"), begin, attribute(2, attTitle, []byte("b\x00")), content("two"))
	m, err := Parse(whole[:len(whole)-4], decode)
	if err != nil || !m.Cut || len(m.Attachments) != 2 || string(m.Attachments[0].Data) != "one" || m.Attachments[1].Name != "b" {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := Parse(append(whole, "\r\n"...), decode); err != nil || m.Cut {
		t.Errorf("a line end under the end: %+v, %v", m, err)
	}
	if _, err := Parse([]byte("PK\x03\x04...."), decode); !errors.Is(err, ErrBroken) {
		t.Error(err)
	}
}

func TestBounds(t *testing.T) {
	endless := binary.LittleEndian.AppendUint32(append(binary.LittleEndian.AppendUint32(nil, 1), head(0x1000, 1)...), 0xffffffff)
	if _, err := Parse(stream(attribute(1, attMessageProps, append(endless, "more"...))), decode); err != nil {
		t.Error(err)
	}
	if m, _ := Parse(stream(bytes.Repeat(begin, 500)), decode); !m.Cut || len(m.Attachments) != maxAttachments {
		t.Errorf("%d attachments, cut %v", len(m.Attachments), m.Cut)
	}
	nested := stream()
	for range 20 {
		nested = stream(begin, attachmentProps(prop(typeObject, propData, append(make([]byte, interfaceID), nested...))))
	}
	m, err := Parse(nested, decode)
	depth := 0
	for ; err == nil && len(m.Attachments) > 0 && m.Attachments[0].Embedded != nil; m = m.Attachments[0].Embedded {
		depth++
	}
	if depth != maxDepth-1 {
		t.Errorf("%d messages deep", depth)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(stream(japaneseCodePage, begin, attribute(2, attTitle, cp932(f, "表.xls")), content("x"), attachmentProps(prop(typeUnicode, propLongFilename, wide("表.xlsx")), number(0x3705, 1))))
	f.Add(stream(attribute(1, attMessageProps, list(named(0x8001, wide("n")), prop(0x1000|typeString8, 0x3a58, []byte("a"))))))
	f.Add(stream(begin, attachmentProps(prop(typeObject, propData, append(make([]byte, interfaceID), stream(begin)...)))))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data, decode)
		if err != nil {
			return
		}
		if n := count(m); n > maxAttachments {
			t.Errorf("%d attachments", n)
		}
	})
}

func count(m *Message) int {
	n := len(m.Attachments)
	for _, a := range m.Attachments {
		if a.Embedded != nil {
			n += count(a.Embedded)
		}
	}
	return n
}
