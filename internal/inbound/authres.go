package inbound

import (
	"errors"
	"strings"
)

// authResult is one method's result in an Authentication-Results field.
type authResult struct {
	method, result string // lower-case: "dmarc", "pass"
	props          []authProp
}

// authProp is one "ptype.property=value", ptype and property lower-case.
type authProp struct{ name, value string }

// authResults is one field, parsed.
type authResults struct {
	authserv string
	results  []authResult
}

var errAuthSyntax = errors.New("no Authentication-Results by RFC 8601")

// parseAuthResults reads an Authentication-Results value by the grammar of
// RFC 8601, 2.2. Quoted strings and comments are understood wherever they may
// stand, so that nothing inside them is ever a result. Properties without a
// ptype ("action=none"), which Microsoft writes, are kept under their bare name.
// authserv is returned with an error too, when it could be read.
func parseAuthResults(s string) (r authResults, err error) {
	t := authTokens{s: s}
	if r.authserv, err = t.value(); err != nil || r.authserv == "" {
		return authResults{}, errAuthSyntax
	}
	if err := t.space(); err != nil {
		return r, err
	}
	if !t.done() && t.peek() != ';' { // authres-version
		if v, err := t.value(); err != nil || strings.Trim(v, "0123456789") != "" {
			return r, errAuthSyntax
		}
	}
	for {
		if more, err := t.separator(); err != nil || !more {
			return r, err
		}
		one, none, err := t.result()
		if err != nil {
			return r, err
		}
		if !none {
			r.results = append(r.results, one)
		}
	}
}

// authTokens reads the tokens of RFC 8601.
type authTokens struct {
	s string
	i int
}

func (t *authTokens) done() bool { return t.i >= len(t.s) }
func (t *authTokens) peek() byte { return t.s[t.i] }

func (t *authTokens) take(c byte) bool {
	if t.done() || t.peek() != c {
		return false
	}
	t.i++
	return true
}

// space skips white space and comments, nested ones too (CFWS).
func (t *authTokens) space() error {
	for !t.done() {
		switch t.peek() {
		case ' ', '\t', '\r', '\n':
			t.i++
		case '(':
			if err := t.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (t *authTokens) comment() error {
	depth := 0
	for ; !t.done(); t.i++ {
		switch t.peek() {
		case '\\':
			t.i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				t.i++
				return nil
			}
		}
	}
	return errAuthSyntax
}

// quoted reads a quoted string and returns its content.
func (t *authTokens) quoted() (string, error) {
	var b strings.Builder
	for t.i++; !t.done(); t.i++ {
		switch c := t.peek(); c {
		case '\\':
			if t.i++; t.done() {
				return "", errAuthSyntax
			}
			b.WriteByte(t.peek())
		case '"':
			t.i++
			return b.String(), nil
		case '\r', '\n', 0:
			return "", errAuthSyntax
		default:
			b.WriteByte(c)
		}
	}
	return "", errAuthSyntax
}

// separator takes the semicolon before a result; more is false at the end, which
// may come after a semicolon too.
func (t *authTokens) separator() (more bool, err error) {
	if err := t.space(); err != nil || t.done() {
		return false, err
	}
	if !t.take(';') {
		return false, errAuthSyntax
	}
	err = t.space()
	return !t.done(), err
}

// keyword reads a method, result, ptype or property: letters, digits, - and _.
func (t *authTokens) keyword() string {
	start := t.i
	for !t.done() {
		c := t.peek()
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			break
		}
		t.i++
	}
	return strings.ToLower(t.s[start:t.i])
}

// value reads a token, a quoted string, or an address whose local part may be
// quoted. A token runs to white space, semicolon, comment or quote: servers
// leave characters unquoted (=, /, :, <) that RFC 2045 would have quoted, and
// none of them can begin another result.
func (t *authTokens) value() (string, error) {
	if err := t.space(); err != nil {
		return "", err
	}
	var b strings.Builder
	for first := true; !t.done(); first = false {
		switch c := t.peek(); {
		case c == '"':
			if !first {
				return "", errAuthSyntax
			}
			q, err := t.quoted()
			if err != nil {
				return "", err
			}
			b.WriteString(q)
			if !t.done() && t.peek() != '@' && !strings.ContainsRune(" \t\r\n;(", rune(t.peek())) {
				return "", errAuthSyntax
			}
		case c == ';' || c == '(' || c == ' ' || c == '\t' || c == '\r' || c == '\n':
			return b.String(), nil
		case c < ' ' || c == 0x7f || c == ')' || c == '\\':
			return "", errAuthSyntax
		default:
			b.WriteByte(c)
			t.i++
		}
	}
	return b.String(), nil
}

// result reads one resinfo, or "none" (no-result).
func (t *authTokens) result() (r authResult, none bool, err error) {
	if r.method = t.keyword(); r.method == "" {
		return r, false, errAuthSyntax
	}
	if err := t.space(); err != nil {
		return r, false, err
	}
	if r.method == "none" && (t.done() || t.peek() == ';') {
		return r, true, nil
	}
	if t.take('/') { // version of the method
		if _, err := t.spacedKeyword(); err != nil {
			return r, false, err
		}
	}
	if !t.take('=') {
		return r, false, errAuthSyntax
	}
	if r.result, err = t.spacedKeyword(); err != nil {
		return r, false, err
	}
	for {
		if err := t.space(); err != nil || t.done() || t.peek() == ';' {
			return r, false, err
		}
		p, err := t.prop()
		if err != nil {
			return r, false, err
		}
		r.props = append(r.props, p)
	}
}

// spacedKeyword reads a keyword between optional white space and comments.
func (t *authTokens) spacedKeyword() (string, error) {
	if err := t.space(); err != nil {
		return "", err
	}
	k := t.keyword()
	if k == "" {
		return "", errAuthSyntax
	}
	return k, t.space()
}

// prop reads "ptype.property=value", "reason=value" or another bare "name=value".
func (t *authTokens) prop() (authProp, error) {
	name, err := t.spacedKeyword()
	if err != nil {
		return authProp{}, err
	}
	for t.take('.') {
		sub, err := t.spacedKeyword()
		if err != nil {
			return authProp{}, err
		}
		name += "." + sub
	}
	if !t.take('=') {
		return authProp{}, errAuthSyntax
	}
	v, err := t.value()
	return authProp{name, v}, err
}

// prop returns a property's value; ok is false when it stands there twice with
// different values.
func (r authResult) prop(name string) (value string, ok bool) {
	found := false
	for _, p := range r.props {
		if p.name != name {
			continue
		}
		if found && !strings.EqualFold(p.value, value) {
			return "", false
		}
		value, found = p.value, true
	}
	return value, true
}
