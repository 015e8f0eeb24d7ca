// Package tnef reads winmail.dat, the form in which Outlook and Exchange pack a mail for their own kind ([MS-OXTNEF]).
// Pure, and bounded: nothing is decompressed, and content shares memory with the input.
//
//  1. The stream is a signature and a list of attributes (2.1.1): level, id, length, content, checksum. Reading stops at
//     the first that does not fit; what came before it counts.
//  2. An attAttachRendData begins an attachment; its title, content and MAPI properties follow.
//  3. MAPI properties ([MS-OXCDATA] 2.11) hold what the older attributes cannot: long and Unicode names, Unicode
//     subjects, embedded messages. They go before.
//  4. Names without Unicode are bytes of the OEM code page that the stream declares; the caller's decoder reads them.
//  5. An embedded message is a TNEF stream in the data of an attachment, to a bounded depth.
//
// The RTF body is passed over: it is compressed, and Outlook writes the same text as plain text or HTML beside it.
package tnef

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Bounds of one stream, far above any real one.
const (
	maxDepth       = 8
	maxAttributes  = 10_000
	maxAttachments = 200 // at all depths together
)

// ErrBroken is returned for what is no TNEF stream.
var ErrBroken = errors.New("read winmail.dat: it does not begin as such a file does")

// Decoder makes UTF-8 of bytes in the given charset ("cp932", "windows-1252"), "" for one that nobody declares. guess
// says how the charset was guessed, "" when there was no need.
type Decoder func(raw []byte, charset string) (text, guess string)

// Message is what a stream holds.
type Message struct {
	Class       string // "IPM.Note", "IPM.Schedule.Meeting.Request"
	Subject     string
	Body        string // plain text
	HTML        []byte // in the charset that it declares itself
	Attachments []Attachment
	// Cut says that the stream ended or broke before its end.
	Cut bool
}

// Attachment is one file of a Message.
type Attachment struct {
	Name      string // decoded; "" when it has none
	Guess     string // how the name's charset was guessed
	MediaType string
	Data      []byte
	Embedded  *Message // instead of Data, for a message in the message
}

const signature = 0x223e9f78

// IsTNEF reports whether data begins as a TNEF stream.
func IsTNEF(data []byte) bool {
	return len(data) >= 6 && binary.LittleEndian.Uint32(data) == signature
}

// Parse reads a stream. The error is ErrBroken; what breaks later leaves a Message that is Cut.
func Parse(data []byte, decode Decoder) (*Message, error) {
	p := &parser{decode: decode, left: maxAttachments}
	return p.message(data, 1)
}

// parser is one reading of one stream and those embedded in it.
type parser struct {
	decode Decoder
	left   int // attachments that may still be read
}

// Attribute ids ([MS-OXTNEF] 2.1.3.1), with their types.
const (
	attSubject      = 0x00018004
	attClass        = 0x00078008
	attBody         = 0x0002800c
	attTitle        = 0x00018010
	attData         = 0x0006800f
	attRendData     = 0x00069002
	attMessageProps = 0x00069003
	attAttachProps  = 0x00069005
	attCodePage     = 0x00069007
	attTransport    = 0x00069001
)

// message reads one stream.
func (p *parser) message(data []byte, depth int) (*Message, error) {
	if !IsTNEF(data) {
		return nil, ErrBroken
	}
	m, codePage := &Message{}, ""
	var open *Attachment
	rest := data[6:]
	for n := 0; len(rest) > 0; n++ {
		id, content, after, ok := cutAttribute(rest)
		if !ok || n == maxAttributes {
			m.Cut = len(rest) >= attributeHead // less is what mail programs put under the end
			break
		}
		rest = after
		switch id {
		case attRendData:
			if p.left == 0 {
				m.Cut = true
				return m, nil
			}
			p.left--
			m.Attachments = append(m.Attachments, Attachment{})
			open = &m.Attachments[len(m.Attachments)-1]
		case attCodePage:
			if len(content) >= 4 {
				codePage = charsetOf(binary.LittleEndian.Uint32(content))
			}
		case attMessageProps:
			p.messageProperties(m, content, codePage)
		default:
			p.attribute(m, open, id, content, codePage, depth)
		}
	}
	return m, nil
}

// attribute takes one attribute of the message, or of the attachment that is open.
func (p *parser) attribute(m *Message, open *Attachment, id uint32, content []byte, codePage string, depth int) {
	switch id {
	case attSubject:
		if m.Subject == "" {
			m.Subject, _ = p.text(content, codePage)
		}
	case attClass:
		m.Class, _ = p.text(content, codePage)
	case attBody:
		if m.Body == "" {
			m.Body, _ = p.text(content, codePage)
		}
	}
	if open == nil {
		return
	}
	switch id {
	case attTitle, attTransport:
		if open.Name == "" {
			open.Name, open.Guess = p.text(content, codePage)
		}
	case attData:
		if open.Data == nil {
			open.Data = content
		}
	case attAttachProps:
		p.attachmentProperties(open, content, codePage, depth)
	}
}

// attributeHead is level, id and length of an attribute, in bytes.
const attributeHead = 9

// cutAttribute takes an attribute off the front. Its checksum is not asked: Exchange has written wrong ones.
func cutAttribute(b []byte) (id uint32, content, rest []byte, ok bool) {
	const checksum = 2
	if len(b) < attributeHead {
		return 0, nil, nil, false
	}
	n := uint64(binary.LittleEndian.Uint32(b[5:]))
	if uint64(len(b)) < attributeHead+n {
		return 0, nil, nil, false
	}
	rest = b[attributeHead+n:]
	return binary.LittleEndian.Uint32(b[1:]), b[attributeHead : attributeHead+n], rest[min(checksum, len(rest)):], true
}

// text decodes a string that ends at its first NUL.
func (p *parser) text(raw []byte, codePage string) (text, guess string) {
	raw, _, _ = bytes.Cut(raw, []byte{0})
	return p.decode(raw, codePage)
}

// charsetOf names a Windows code page as mail does; "" for those that nobody here has met.
func charsetOf(codePage uint32) string {
	switch codePage {
	case 932:
		return "cp932"
	case 936:
		return "gbk"
	case 949:
		return "euc-kr"
	case 950:
		return "big5"
	case 20932, 51932:
		return "euc-jp"
	case 50220, 50221, 50222:
		return "iso-2022-jp"
	case 65001:
		return "utf-8"
	}
	if 1250 <= codePage && codePage <= 1258 {
		return fmt.Sprintf("windows-%d", codePage)
	}
	return ""
}
