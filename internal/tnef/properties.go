package tnef

import (
	"encoding/binary"
	"unicode/utf16"
)

// Property ids ([MS-OXPROPS]).
const (
	propClass        = 0x001a
	propSubject      = 0x0037
	propBody         = 0x1000
	propHTML         = 0x1013
	propDisplayName  = 0x3001
	propData         = 0x3701
	propFilename     = 0x3704
	propLongFilename = 0x3707
	propMediaType    = 0x370e
)

// Property types ([MS-OXCDATA] 2.11.1).
const (
	typeObject  = 0x000d
	typeString8 = 0x001e
	typeUnicode = 0x001f
	typeBinary  = 0x0102
	multiValued = 0x1000
	firstNamed  = 0x8000 // ids from here on carry their name
)

// property is one MAPI property, with its first value.
type property struct {
	id, kind uint16
	value    []byte
}

// interfaceID precedes the data of an object: 16 bytes that say what it is.
const interfaceID = 16

func (p *parser) messageProperties(m *Message, b []byte, codePage string) {
	for r := newProperties(b); r.next(); {
		switch q := r.property; q.id {
		case propClass:
			m.Class, _ = p.string(q, codePage)
		case propSubject:
			m.Subject, _ = p.string(q, codePage)
		case propBody:
			m.Body, _ = p.string(q, codePage)
		case propHTML:
			if q.kind == typeBinary {
				m.HTML = q.value
			} else if s, _ := p.string(q, codePage); s != "" {
				m.HTML = []byte(s)
			}
		}
	}
}

// attachmentProperties completes an attachment: the long name goes before the title, and that before names for show.
func (p *parser) attachmentProperties(a *Attachment, b []byte, codePage string, depth int) {
	names := map[uint16]property{}
	for r := newProperties(b); r.next(); {
		switch q := r.property; q.id {
		case propLongFilename, propFilename, propDisplayName:
			if old, ok := names[q.id]; !ok || old.kind == typeString8 {
				names[q.id] = q
			}
		case propMediaType:
			a.MediaType, _ = p.string(q, codePage)
		case propData:
			p.data(a, q, depth)
		}
	}
	if q, ok := names[propLongFilename]; ok {
		if name, guess := p.string(q, codePage); name != "" {
			a.Name, a.Guess = name, guess
			return
		}
	}
	for _, id := range []uint16{propDisplayName, propFilename} {
		q, ok := names[id]
		if name, guess := p.string(q, codePage); ok && name != "" && (a.Name == "" || q.kind == typeUnicode && a.Guess != "") {
			a.Name, a.Guess = name, guess
		}
	}
}

// data takes the content that stands among the properties: bytes, or an embedded message.
func (p *parser) data(a *Attachment, q property, depth int) {
	content := q.value
	if q.kind == typeObject && len(content) >= interfaceID {
		content = content[interfaceID:]
		if IsTNEF(content) && depth < maxDepth {
			a.Embedded, _ = p.message(content, depth+1)
			return
		}
	}
	if len(a.Data) == 0 {
		a.Data = content
	}
}

// string is a property's text.
func (p *parser) string(q property, codePage string) (text, guess string) {
	switch q.kind {
	case typeUnicode:
		units := make([]uint16, 0, len(q.value)/2)
		for v := q.value; len(v) >= 2; v = v[2:] {
			u := binary.LittleEndian.Uint16(v)
			if u == 0 {
				break
			}
			units = append(units, u)
		}
		return string(utf16.Decode(units)), ""
	case typeString8:
		return p.text(q.value, codePage)
	}
	return "", ""
}

// properties reads a property list ([MS-OXTNEF] 2.1.3.4).
type properties struct {
	b    []byte
	left uint32
	property
}

func newProperties(b []byte) *properties {
	r := &properties{b: b}
	r.left = r.uint32()
	return r
}

// take cuts n bytes off, padded to a multiple of four; nil, and an end to everything, when they are not there.
func (r *properties) take(n uint32) []byte {
	if uint64(n) > uint64(len(r.b)) {
		r.b, r.left = nil, 0
		return nil
	}
	v := r.b[:n]
	r.b = r.b[min(uint64(len(r.b)), (uint64(n)+3)&^3):]
	return v
}

func (r *properties) uint32() uint32 {
	v := r.take(4)
	if v == nil {
		return 0
	}
	return binary.LittleEndian.Uint32(v)
}

// next reads one property; false at the end, or where the list breaks.
func (r *properties) next() bool {
	if r.left == 0 || len(r.b) < 4 {
		return false
	}
	r.left--
	head := r.take(4)
	r.property = property{kind: binary.LittleEndian.Uint16(head), id: binary.LittleEndian.Uint16(head[2:])}
	if r.id >= firstNamed {
		r.skipName()
	}
	values := uint32(1)
	if r.kind&multiValued != 0 || variable(r.kind) {
		values = r.uint32()
	}
	if uint64(values) > uint64(len(r.b)) && values > 1 { // each value has four bytes and more
		r.left = 0
		return false
	}
	for i := range values {
		if len(r.b) == 0 && i > 0 {
			break
		}
		v := r.take(r.size())
		if i == 0 {
			r.value = v
		}
	}
	return true
}

// skipName passes over a named property's set and name or number.
func (r *properties) skipName() {
	r.take(interfaceID)
	if r.uint32() == 0 {
		r.take(4)
		return
	}
	r.take(r.uint32())
}

func variable(kind uint16) bool {
	switch kind &^ multiValued {
	case typeObject, typeString8, typeUnicode, typeBinary:
		return true
	}
	return false
}

// size is how many bytes the next value has: those of its type, or as many as it says itself.
func (r *properties) size() uint32 {
	switch r.kind &^ multiValued {
	case typeObject, typeString8, typeUnicode, typeBinary:
		return r.uint32()
	case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040: // double, currency, times, 64 bits
		return 8
	case 0x0048: // a GUID
		return 16
	case 0x0000, 0x0001: // unspecified, null
		return 0
	}
	return 4
}
