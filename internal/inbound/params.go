package inbound

import (
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// param is one parameter of a structured field, as it stands there.
type param struct {
	key      string // lower-case, without RFC 2231's asterisks
	value    string // unquoted
	part     int    // number of a continuation (RFC 2231, 3); -1 for none
	extended bool   // percent-encoded, with charset in the first part (RFC 2231, 4)
}

// params is a structured field: its value and its parameters.
type params struct {
	value string // lower-case, without comments
	list  []param
}

// parseParams reads "value; key=value; …" tolerantly. s is unfolded UTF-8.
func parseParams(s string) params {
	value, rest, _ := strings.Cut(s, ";")
	if i := strings.IndexByte(strings.TrimSpace(value), ' '); i > 0 && strings.Contains(value, "=") {
		value = strings.TrimSpace(value) // the first semicolon is missing
		value, rest = value[:i], value[i:]+";"+rest
	}
	value, _, _ = strings.Cut(value, "(")
	p := params{value: strings.ToLower(strings.Trim(strings.TrimSpace(value), `"'`))}
	for rest = skipSeparators(rest); rest != ""; rest = skipSeparators(rest) {
		i := strings.IndexAny(rest, "=;")
		if i < 0 {
			break
		}
		key := strings.ToLower(strings.TrimSpace(rest[:i]))
		if rest[i] == ';' {
			rest = rest[i+1:]
			continue
		}
		var v string
		v, rest = cutValue(strings.TrimLeft(rest[i+1:], " "))
		if key != "" && len(p.list) < 200 {
			p.list = append(p.list, newParam(key, v))
		}
	}
	return p
}

func skipSeparators(s string) string { return strings.TrimLeft(s, " ;") }

// cutValue takes a parameter's value off the front of s.
func cutValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		return strings.TrimSpace(value), rest
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case c == '"' && endsValue(s[i+1:]):
			return b.String(), s[i+1:]
		default:
			b.WriteByte(c)
		}
	}
	value, rest, _ = strings.Cut(b.String(), ";") // the closing quote is missing
	return strings.Trim(value, `" `), rest
}

// endsValue reports whether a quote before s closes the value: quotes inside a
// file name are seen unescaped.
func endsValue(s string) bool {
	s = strings.TrimLeft(s, " ")
	if s == "" || s[0] == ';' || s[0] == '(' || !strings.Contains(s, `"`) {
		return true
	}
	i := strings.IndexAny(s, "= \"")
	return i > 0 && s[i] == '='
}

// newParam parts the asterisks of RFC 2231 from the key.
func newParam(key, value string) param {
	p := param{key: key, value: value, part: -1}
	if p.key, p.extended = strings.CutSuffix(key, "*"); !p.extended && !strings.Contains(key, "*") {
		return p
	}
	if name, number, ok := strings.Cut(p.key, "*"); ok {
		if n, err := strconv.Atoi(number); err == nil && n >= 0 {
			p.key, p.part = name, n
		}
	}
	return p
}

// token returns a parameter that is a single word: charset, boundary, format.
func (p params) token(key string) string {
	v, _ := p.get(key)
	if v = strings.TrimSpace(v); key != "boundary" {
		v, _, _ = strings.Cut(v, "(")
		if f := strings.Fields(v); len(f) > 0 {
			v = strings.Trim(f[0], `"'`)
		}
	}
	return v
}

// get returns a parameter for people to read. When it stands there both plainly
// and by RFC 2231, the latter counts, unless only the plain one can be decoded.
func (p params) get(key string) (value, guess string) {
	var plain string
	var hasPlain bool
	var parts []param
	for _, q := range p.list {
		switch {
		case q.key != key:
		case q.part < 0 && !q.extended:
			if !hasPlain {
				plain, hasPlain = q.value, true
			}
		default:
			parts = append(parts, q)
		}
	}
	value, guess = joinParts(parts)
	if hasPlain && doubtful(value, guess) {
		if s, g := decodePlain(plain); value == "" || !doubtful(s, g) {
			return s, g
		}
	}
	return value, guess
}

// doubtful reports whether a value is missing, damaged, or was guessed.
func doubtful(value, guess string) bool {
	return value == "" || guess != "" || strings.ContainsRune(value, '\uFFFD')
}

// joinParts puts the parts of an RFC 2231 value together as bytes, since mail
// programs cut inside a character, and decodes them.
func joinParts(parts []param) (value, guess string) {
	if len(parts) == 0 {
		return "", ""
	}
	sort.SliceStable(parts, func(i, j int) bool { return parts[i].part < parts[j].part })
	var b []byte
	charset, extended := "", false
	last := -2
	for i, q := range parts {
		if i > 0 && q.part == last {
			continue // the same part twice: the first counts
		}
		last = q.part
		v := q.value
		if q.extended {
			if i == 0 {
				charset, v = cutCharset(v)
			}
			extended = true
			v = percentDecode(v)
		}
		b = append(b, v...)
	}
	if !extended {
		return decodePlain(string(b))
	}
	return decodeText(b, charset)
}

// cutCharset parts "charset'language'value"; a value without quotes has no
// charset.
func cutCharset(v string) (charset, value string) {
	parts := strings.SplitN(v, "'", 3)
	if len(parts) < 3 {
		return "", v
	}
	return parts[0], parts[2]
}

func percentDecode(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hexValue(s[i+1]) >= 0 && hexValue(s[i+2]) >= 0 {
			b = append(b, byte(hexValue(s[i+1])<<4|hexValue(s[i+2])))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// decodePlain decodes a plain value: RFC 2047 words are not allowed there, and
// are what most mail programs send. Web mailers send percent-encoding.
func decodePlain(s string) (value, guess string) {
	value, guess = decodeWords(s)
	if value != s || strings.Count(s, "%") < 2 {
		return value, guess
	}
	raw := percentDecode(s)
	if raw == s || isPlainASCII([]byte(raw)) {
		return value, guess
	}
	if text, g := decodeText([]byte(raw), csUTF8); g == "" && !strings.ContainsRune(text, '\uFFFD') {
		return text, "percent-encoded utf-8 (not declared)"
	}
	return value, guess
}

// fileName is the name of a part's file: Content-Disposition's filename, else
// Content-Type's name; the second also when only it can be decoded.
func fileName(disposition, contentType params) (name, guess string) {
	name, guess = disposition.get("filename")
	if name = CleanName(name); !doubtful(name, guess) {
		return name, guess
	}
	other, otherGuess := contentType.get("name")
	if other = CleanName(other); name == "" || !doubtful(other, otherGuess) {
		return other, otherGuess
	}
	return name, guess
}

// maxName bounds a file name, in runes.
const maxName = 200

// CleanName leaves of a name what may be shown and written to disk: no folders,
// no control or reordering characters, no leading or trailing dots and spaces.
func CleanName(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	if strings.ContainsAny(s, "\u3099\u309a") {
		s = norm.NFC.String(s) // Apple writes the voiced marks of kana apart
	}
	s = strings.Trim(cleanLine(s), " .\u3000")
	if r := []rune(s); len(r) > maxName {
		ext := ""
		if i := strings.LastIndexByte(s, '.'); i >= 0 && len(s)-i <= 10 {
			ext = s[i:]
		}
		s = string(r[:maxName-len(ext)]) + ext
	}
	return s
}
