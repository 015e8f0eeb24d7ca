package inbound

import "strings"

// parseAddresses reads an address list (RFC 5322, 3.4) tolerantly: groups,
// comments, semicolons between mailboxes, names without quotes. s is UTF-8 with
// its encoded words still encoded, so that nothing inside a word is syntax.
// sound is false when some entry was no mailbox or could be read in two ways.
func parseAddresses(s string) (list []Address, sound bool) {
	p := addressParser{s: s, sound: true}
	for p.i < len(p.s) {
		p.step()
	}
	p.end()
	return p.list, p.sound
}

type addressParser struct {
	s string
	i int

	phrase  strings.Builder // what stands outside angle brackets
	quoted  bool            // phrase has a quoted string
	comment string
	angle   string
	angles  int

	list  []Address
	sound bool
}

func (p *addressParser) step() {
	switch c := p.s[p.i]; c {
	case '"':
		p.quoted = true
		p.quotedString()
	case '(':
		p.comment = p.parenthesis()
	case '<':
		p.angleAddr()
	case ',', ';':
		p.end()
		p.i++
	case ':':
		p.colon()
	case '=':
		if _, n := parseWord(p.s[p.i:]); n > 0 {
			p.phrase.WriteString(p.s[p.i : p.i+n])
			p.i += n
			return
		}
		fallthrough
	default:
		p.phrase.WriteByte(c)
		p.i++
	}
}

// quotedString copies a quoted string into the phrase: with its quotes, since
// it may turn out to be a local part.
func (p *addressParser) quotedString() {
	start := p.i
	for p.i++; p.i < len(p.s); p.i++ {
		switch p.s[p.i] {
		case '\\':
			p.i++
		case '"':
			p.i++
			p.phrase.WriteString(p.s[start:p.i])
			return
		}
	}
	p.i = len(p.s)
	p.sound = false
	p.phrase.WriteString(p.s[start:])
}

// parenthesis skips a comment, nested ones included, and returns its text.
func (p *addressParser) parenthesis() string {
	start, depth := p.i+1, 0
	for ; p.i < len(p.s); p.i++ {
		switch p.s[p.i] {
		case '\\':
			p.i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				p.i++
				return p.s[start : p.i-1]
			}
		}
	}
	p.i = len(p.s)
	p.sound = false
	return p.s[start:]
}

func (p *addressParser) angleAddr() {
	p.i++
	start := p.i
	for inQuote := false; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		if c == '\\' && inQuote && p.i+1 < len(p.s) {
			p.i++
			continue
		}
		if c == '"' {
			inQuote = !inQuote
		}
		if c == '>' && !inQuote {
			break
		}
	}
	angle := p.s[start:p.i]
	if p.i < len(p.s) {
		p.i++
	} else {
		p.sound = false
	}
	if i := strings.LastIndexByte(angle, ':'); i >= 0 && strings.HasPrefix(angle, "@") {
		angle = angle[i+1:] // obsolete route
	}
	p.angle, p.angles = angle, p.angles+1
}

// colon ends a group's name, "undisclosed-recipients:;".
func (p *addressParser) colon() {
	p.i++
	if p.angles == 0 && !strings.Contains(p.phrase.String(), "@") {
		p.phrase.Reset()
		p.quoted = false
		return
	}
	p.phrase.WriteByte(':')
}

// end takes what was gathered since the last separator as one mailbox.
func (p *addressParser) end() {
	phrase, comment, angle, angles, quoted := strings.TrimSpace(p.phrase.String()), p.comment, p.angle, p.angles, p.quoted
	p.phrase.Reset()
	p.comment, p.angle, p.angles, p.quoted = "", "", 0, false
	switch {
	case angles == 0 && phrase == "":
		return
	case angles == 0:
		p.bare(phrase, comment)
	default:
		if angles > 1 {
			p.sound = false
		}
		name := displayName(phrase, quoted)
		if name == "" {
			name = displayName(comment, false)
		}
		p.add(name, angle)
	}
}

// bare takes a mailbox without angle brackets: its name may stand before it
// ("Tanaka tanaka@a.example", which is not sound) or in a comment.
func (p *addressParser) bare(phrase, comment string) {
	name := displayName(comment, false)
	if at := strings.LastIndexByte(phrase, '@'); at >= 0 && !strings.HasPrefix(phrase, `"`) {
		if i := strings.LastIndexAny(strings.TrimRight(phrase[:at], " "), " \u3000"); i >= 0 {
			p.sound = false
			name, phrase = displayName(phrase[:i], false), phrase[i+1:]
		}
	}
	p.add(name, phrase)
}

func (p *addressParser) add(name, addr string) {
	addr = strings.Trim(strings.TrimSpace(addr), "<>")
	if !strings.HasPrefix(addr, `"`) {
		addr = strings.Join(strings.Fields(addr), "")
	}
	at := strings.LastIndexByte(addr, '@')
	if at <= 0 || at == len(addr)-1 || cleanLine(addr) != addr || strings.ContainsAny(addr[at:], `<>()"\,;`) {
		p.sound = false
	}
	if !strings.HasPrefix(addr, `"`) && strings.Count(addr, "@") > 1 {
		p.sound = false
	}
	if addr != "" || name != "" {
		p.list = append(p.list, Address{Name: name, Addr: cleanLine(addr)})
	}
}

// displayName unquotes and decodes a phrase for people to read.
func displayName(s string, quoted bool) string {
	if quoted {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			switch s[i] {
			case '"':
			case '\\':
				if i+1 < len(s) {
					i++
					b.WriteByte(s[i])
				}
			default:
				b.WriteByte(s[i])
			}
		}
		s = b.String()
	}
	s, _ = decodeWords(strings.TrimSpace(s))
	return cleanLine(s)
}
