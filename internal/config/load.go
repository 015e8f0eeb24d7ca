package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"uketsuke/internal/roster"
)

// maxFile bounds a configuration or roster file; a thousand agencies are some 300 KB.
const maxFile = 32 << 20

// Load reads the configuration at path for a program that is going to connect: secrets must be where it says.
// env looks up environment variables. Its error is an *Errors with every fault.
func Load(path string, env func(string) string) (*Config, error) { return load(path, env, true) }

// LoadOffline is Load for what works without the servers (cases, try, letters): secrets may be absent.
func LoadOffline(path string, env func(string) string) (*Config, error) {
	return load(path, env, false)
}

func load(path string, env func(string) string, connects bool) (*Config, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, &Errors{[]Error{{"configuration file", path, readHint(err)}}}
	}
	l := &loader{config: defaults(), found: newFindings(), env: env, dir: filepath.Dir(path), connects: connects}
	l.config.Path = path
	if l.own(filepath.Base(path), text) {
		l.rosterFiles()
		l.validate()
	}
	if len(l.found.list) > 0 {
		return nil, &Errors{l.found.list}
	}
	return l.config, nil
}

// loader carries a configuration from its text to its validation.
type loader struct {
	config   *Config
	found    *findings
	env      func(string) string
	dir      string // of the configuration file
	connects bool

	clerks, concierges, agencies, offices []origin // where each row stands
	incomplete                            bool     // a roster file could not be read: rows are missing
}

// origin is a row's place: its file ("" is the configuration itself) and its index there.
type origin struct {
	file  string
	index int
}

// own binds the configuration's own text; false ends the matter.
func (l *loader) own(name string, text []byte) bool {
	doc, fault := parse(name, text)
	if fault != nil {
		l.found.add(fault.Field, fault.Value, "%s", fault.Hint)
		return false
	}
	b := binder{found: l.found}
	b.document(doc, l.config)
	l.note("", l.config.Data)
	return true
}

// rosterFiles reads the files that the configuration names and puts their rows behind its own.
func (l *loader) rosterFiles() {
	seen := map[string]bool{}
	for i, name := range l.config.RosterFiles {
		field := fmt.Sprintf("roster[%d]", i)
		path := l.path(name)
		if name == "" || seen[path] {
			l.found.add(field, name, "must be a file, each once")
			continue
		}
		seen[path] = true
		l.rosterFile(field, name, path)
	}
}

func (l *loader) rosterFile(field, name, path string) {
	text, err := readFile(path)
	if err != nil {
		l.found.add(field, name, "%s", readHint(err))
		l.incomplete = true
		return
	}
	doc, fault := parse(name, text)
	if fault != nil {
		l.found.add(fault.Field, fault.Value, "%s", fault.Hint)
		l.incomplete = true
		return
	}
	var rows roster.Data
	b := binder{prefix: name + ": ", found: l.found}
	b.document(doc, &rows)
	for i := range rows.Agencies {
		// Files named in a roster file stand beside it.
		r := &rows.Agencies[i].Referral
		for _, file := range []*string{&r.AgreedPasswordFile, &r.OwnForm} {
			if *file != "" && !filepath.IsAbs(*file) {
				*file = filepath.Join(filepath.Dir(name), *file)
			}
		}
	}
	for i := range rows.Offices {
		if file := &rows.Offices[i].PasswordFile; *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(filepath.Dir(name), *file)
		}
	}
	l.note(name, rows)
	c := l.config
	c.Clerks = append(c.Clerks, rows.Clerks...)
	c.Concierges = append(c.Concierges, rows.Concierges...)
	c.Agencies = append(c.Agencies, rows.Agencies...)
	c.Offices = append(c.Offices, rows.Offices...)
}

// note remembers where rows stand, for the faults that the roster finds in all of them together.
func (l *loader) note(file string, rows roster.Data) {
	for _, n := range []struct {
		count int
		into  *[]origin
	}{{len(rows.Clerks), &l.clerks}, {len(rows.Concierges), &l.concierges}, {len(rows.Agencies), &l.agencies}, {len(rows.Offices), &l.offices}} {
		for i := range n.count {
			*n.into = append(*n.into, origin{file, i})
		}
	}
}

// place turns a field of all rows together (agency[612].code) into the field of its file (agencies.toml: agency[610].code).
func (l *loader) place(field string) string {
	kind, rest, _ := strings.Cut(field, "[")
	digits, rest, _ := strings.Cut(rest, "]")
	rows := map[string][]origin{"clerk": l.clerks, "concierge": l.concierges, "agency": l.agencies, "other_office": l.offices}[kind]
	n, err := strconv.Atoi(digits)
	if err != nil || n >= len(rows) {
		return field
	}
	at := fmt.Sprintf("%s[%d]%s", kind, rows[n].index, rest)
	if rows[n].file != "" {
		at = rows[n].file + ": " + at
	}
	return at
}

// path returns a path of the configuration as seen from the working directory.
func (l *loader) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.dir, name)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errIsDir
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = errTooLarge
	}
	return b, err
}

var (
	errIsDir    = errors.New("is a folder; name the file in it")
	errTooLarge = errors.New("is larger than 32 MiB and no configuration")
)

// readHint says why a file could not be read, without its path, which the error names already.
func readHint(err error) string {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "does not exist; check the path, which is relative to the configuration file's folder or, for the file itself, to the present one"
	case errors.Is(err, os.ErrPermission):
		return "may not be read; give the user that runs uketsuke the right to"
	case errors.Is(err, errIsDir), errors.Is(err, errTooLarge):
		return err.Error()
	}
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return "cannot be read: " + err.Error()
}

// parse reads TOML into generic values. A byte order mark, which Windows editors write, is passed over.
func parse(name string, text []byte) (map[string]any, *Error) {
	text = []byte(strings.TrimPrefix(string(text), "\ufeff"))
	if !utf8.Valid(text) {
		line, column := firstInvalid(text)
		return nil, &Error{name, position(line, column), "is not UTF-8; save the file as UTF-8 (not Shift_JIS or ANSI)"}
	}
	doc := map[string]any{}
	err := toml.Unmarshal(text, &doc)
	var syntax *toml.DecodeError
	switch {
	case errors.As(err, &syntax):
		hint := strings.TrimPrefix(syntax.Error(), "toml: ")
		if strings.HasPrefix(hint, "invalid character at start of key") {
			hint += "; a name in Japanese needs quotes, \"引受\" = […]"
		}
		return nil, &Error{name, position(syntax.Position()), "is no TOML here: " + hint}
	case err != nil:
		return nil, &Error{name, "", "is no TOML: " + strings.TrimPrefix(err.Error(), "toml: ")}
	}
	return doc, nil
}

func position(line, column int) string { return fmt.Sprintf("line %d, column %d", line, column) }

func firstInvalid(text []byte) (line, column int) {
	line, column = 1, 1
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n <= 1:
			return line, column
		case r == '\n':
			line, column = line+1, 1
		default:
			column++
		}
		text = text[n:]
	}
	return line, column
}
