package config

import (
	"fmt"
	"strings"
	"unicode"
)

// Error is one fault: the field by its path (imap.addr, agency[3].domains[0], with the roster file before it where it
// stands in one), its value as written, and what to do. The value of what may be a secret is left out.
type Error struct {
	Field string
	Value string
	Hint  string
}

// Error is one line.
func (e Error) Error() string {
	if e.Value == "" {
		return e.Field + ": " + e.Hint
	}
	return fmt.Sprintf("%s = %q: %s", e.Field, e.Value, e.Hint)
}

// Errors are all faults of a configuration, in the order in which they were found: never empty.
type Errors struct {
	List []Error
}

// Error is one line for each fault.
func (e *Errors) Error() string {
	lines := make([]string, len(e.List))
	for i, one := range e.List {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As each fault.
func (e *Errors) Unwrap() []error {
	out := make([]error, len(e.List))
	for i, one := range e.List {
		out[i] = one
	}
	return out
}

// findings collects errors, one for each field, and keeps the consequences of a fault from being told as faults.
type findings struct {
	list    []Error
	faulty  map[string]bool // fields with an error
	guessed map[string]bool // fields that a misspelt key was probably meant to set
}

func newFindings() *findings {
	return &findings{faulty: map[string]bool{}, guessed: map[string]bool{}}
}

func (f *findings) add(field, value, hint string, args ...any) {
	field = oneLine(field)
	if f.faulty[field] {
		return
	}
	f.faulty[field] = true
	f.list = append(f.list, Error{field, value, oneLine(fmt.Sprintf(hint, args...))})
}

// oneLine takes line breaks out of what may quote a key: TOML allows anything in a quoted one.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// missing adds that a field is not set, unless that is the consequence of another fault.
func (f *findings) missing(field, hint string, args ...any) {
	if !f.explained(field) {
		f.add(field, "", "is missing; "+hint, args...)
	}
}

// explained tells whether a field, or the section it stands in, is faulty itself or was probably meant by a misspelt key.
func (f *findings) explained(field string) bool {
	for at := field; at != ""; {
		if f.guessed[at] || f.faulty[at] {
			return true
		}
		i := strings.LastIndexByte(at, '.')
		at = at[:max(i, 0)]
	}
	return false
}

// ok tells whether a field has no error so far.
func (f *findings) ok(field string) bool { return !f.faulty[field] }
