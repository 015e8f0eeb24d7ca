package seal

import (
	"crypto/subtle"
	"strconv"
	"strings"
)

// MessageID returns the Message-ID of a letter, angle brackets included (RFC 5322 section 3.6.4):
//
//	<u.LETTER.RECIPIENT.SEAL@domain>
//
// LETTER is the letter's id in decimal, for the operator who finds it in a mail server's log. RECIPIENT is keyed over
// letter, kind and recipient; SEAL over all the rest, so that OwnMessageID needs nothing but the id.
// recipient is the envelope's set of addresses in one canonical text.
func (k Keys) MessageID(letterID int64, kind string, recipient string, domain string) string {
	g := k.newest()
	domain = strings.ToLower(domain)
	bound := g.recipientTag(letterID, kind, recipient)
	id := strconv.FormatInt(letterID, 10)
	return "<u." + id + "." + bound + "." + g.sealTag(id, bound, domain) + "@" + domain + ">"
}

// OwnMessageID tells whether a Message-ID was made here, by any generation of keys, and for which letter.
// Angle brackets, spaces around it and letter case do not count.
func (k Keys) OwnMessageID(id string) (letterID int64, ok bool) {
	p, ok := splitMessageID(id)
	if !ok || k.sealedBy(p) == nil {
		return 0, false
	}
	return p.letterID, true
}

// BoundTo tells whether a Message-ID was made here for this kind of letter to this recipient:
// a bounce is believed only then (mail.md "In").
func (k Keys) BoundTo(id, kind, recipient string) bool {
	p, ok := splitMessageID(id)
	if !ok {
		return false
	}
	g := k.sealedBy(p)
	return g != nil && equal(p.bound, g.recipientTag(p.letterID, kind, recipient))
}

// sealedBy returns the generation that made a Message-ID, or nil.
func (k Keys) sealedBy(p messageIDParts) *generation {
	for i := len(k.generations) - 1; i >= 0; i-- {
		if g := &k.generations[i]; equal(p.seal, g.sealTag(p.letter, p.bound, p.domain)) {
			return g
		}
	}
	return nil
}

func (g *generation) recipientTag(letterID int64, kind, recipient string) string {
	var buf [160]byte
	f := fields{buf[:0]}
	f.number(letterID)
	f.text(kind)
	f.text(recipient)
	return tag(sum(&g.recipient, &f))
}

func (g *generation) sealTag(letter, bound, domain string) string {
	var buf [160]byte
	f := fields{buf[:0]}
	f.text(letter)
	f.text(bound)
	f.text(domain)
	return tag(sum(&g.messageID, &f))
}

type messageIDParts struct {
	letterID            int64
	letter, bound, seal string
	domain              string
}

func splitMessageID(id string) (messageIDParts, bool) {
	id = strings.ToLower(trimMessageID(id))
	if len(id) > 512 {
		return messageIDParts{}, false
	}
	local, domain, ok := strings.Cut(id, "@")
	f := strings.Split(local, ".")
	if !ok || len(f) != 4 || f[0] != "u" || domain == "" {
		return messageIDParts{}, false
	}
	n, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != f[1] {
		return messageIDParts{}, false
	}
	return messageIDParts{letterID: n, letter: f[1], bound: f[2], seal: f[3], domain: domain}, true
}

func trimMessageID(id string) string {
	id = strings.TrimSpace(id)
	return strings.TrimSuffix(strings.TrimPrefix(id, "<"), ">")
}

// LoopHeader returns the value of the header by which the robot knows its own letters even where a gateway has
// replaced the Message-ID (SES and others do): MARK.SEAL, keyed, with nothing personal in it.
func (k Keys) LoopHeader(messageID string) string {
	g := k.newest()
	mark := g.loopMark(messageID)
	return mark + "." + g.loopSeal(mark)
}

// OwnLoop tells whether a loop header was made here. It verifies by itself, because messageID may be a gateway's;
// but beside a Message-ID of ours, a header that was made for another letter is none.
func (k Keys) OwnLoop(messageID, header string) bool {
	mark, seal, ok := strings.Cut(strings.ToLower(strings.TrimSpace(header)), ".")
	if !ok {
		return false
	}
	_, ours := k.OwnMessageID(messageID)
	for i := range k.generations {
		g := &k.generations[i]
		if equal(seal, g.loopSeal(mark)) {
			return !ours || equal(mark, g.loopMark(messageID))
		}
	}
	return false
}

func (g *generation) loopMark(messageID string) string {
	var f fields
	f.text("mark")
	f.text(strings.ToLower(trimMessageID(messageID)))
	return tag(sum(&g.loop, &f))
}

func (g *generation) loopSeal(mark string) string {
	var f fields
	f.text("seal")
	f.text(mark)
	return tag(sum(&g.loop, &f))
}

// Boundary returns the MIME boundary of the n-th multipart of a letter (RFC 2046 section 5.1.1), the same at every
// call. "=_" occurs in no quoted-printable and no base64 text (RFC 2045 section 6.7, hint), and the keyed rest in no
// text that somebody else wrote.
func (k Keys) Boundary(letterID int64, n int) string {
	var f fields
	f.number(letterID)
	f.number(int64(n))
	return "=_u." + strconv.Itoa(n) + "." + tag(sum(&k.newest().boundary, &f))
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
