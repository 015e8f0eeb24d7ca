package casework

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// LineLabel is a line that a letter asks to be filled in: 部署：.
type LineLabel struct {
	Key   string
	Names []string // spellings, the first one as letters print it
	Prose bool     // the answer may go on over further lines, up to a blank one or the next label
}

// LineForm is a set of such lines. It is read-only and safe to share.
type LineForm struct {
	labels []LineLabel
	keys   map[string]string // folded name -> key
	line   *regexp.Regexp    // a line that begins with a label
	inside *regexp.Regexp    // a further label in a line
}

// NewLineForm makes a form of at least one label. Names must differ.
func NewLineForm(labels ...LineLabel) *LineForm {
	f := &LineForm{labels: labels, keys: make(map[string]string)}
	var names []string
	for _, l := range labels {
		for _, name := range l.Names {
			f.keys[foldLineLabel(name)] = l.Key
			names = append(names, spaced(foldTyped(name).folded))
		}
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	anyName := "(" + strings.Join(names, "|") + ")"
	const note = ` *(?:\([^()]*\))?`
	f.line = regexp.MustCompile(`^[ >|]*(?:[・●■◆▼○◇□*-]|\d{1,2}[.)]|\(\d{1,2}\))? *(?:[【\[<「] *` + anyName + note + ` *[】\]>」] *:?|` + anyName + note + `( *:|$|[ ]))`)
	f.inside = regexp.MustCompile(`[ 、,/|;]` + anyName + note + ` *:`)
	return f
}

// spaced lets spaces stand between the letters of a name: 担 当 者.
func spaced(name string) string {
	var parts []string
	for _, r := range strings.ReplaceAll(name, " ", "") {
		parts = append(parts, regexp.QuoteMeta(string(r)))
	}
	return strings.Join(parts, " *")
}

func foldLineLabel(s string) string { return strings.ReplaceAll(foldTyped(s).folded, " ", "") }

var lineLabelNote = regexp.MustCompile(`\([^()]*\)|[:※*].*$|[【】\[\]<>「」■●・]`)

// Key returns the key of a label as it stands in a cell or a line, without its answer: （必須）, ：, ※ do not count.
func (f *LineForm) Key(label string) (string, bool) {
	folded := foldLineLabel(label)
	if key, ok := f.keys[folded]; ok {
		return key, true
	}
	key, ok := f.keys[lineLabelNote.ReplaceAllString(folded, "")]
	return key, ok
}

// Has tells whether a text is one of the labels, as Key reads it.
func (f *LineForm) Has(label string) bool {
	_, ok := f.Key(label)
	return ok
}

// Blank are the lines to fill in, as a letter or the mail that a link opens shows them: of the labels with these keys.
func (f *LineForm) Blank(keys ...string) string {
	var b strings.Builder
	for _, l := range f.labels {
		if slices.Contains(keys, l.Key) {
			b.WriteString(l.Names[0] + "：\n")
		}
	}
	return b.String()
}

// Read reads the lines that were filled in, by key, and returns what else was written. Widths and spaces in labels do
// not count; the answer stands after the colon (or a tab, or a full-width space) or on the next line. Lines may be
// quoted: what was filled in there counts where no unquoted line says otherwise, and other quoted lines are left out of
// the rest. Lines without an answer are left out. Of two answers of one kind the first one counts, and the other
// stays in the rest.
func (f *LineForm) Read(text string) (values map[string]string, rest string) {
	r := &lineReading{form: f, own: make(map[string]string), quoted: make(map[string]string)}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); {
		i += r.take(lines[i:])
	}
	for key, v := range r.own {
		r.quoted[key] = v
	}
	return r.quoted, trimBlankLines(r.rest)
}

// lineReading is the state of Read.
type lineReading struct {
	form        *LineForm
	own, quoted map[string]string
	rest        []string
}

// filled is a label with what stands behind it in its line.
type filled struct{ key, value string }

// take reads the first of these lines, with those that its answer goes on in, and returns their number.
func (r *lineReading) take(lines []string) int {
	isQuoted := quoteDepth(lines[0]) > 0
	found := r.form.labelsOf(lines[0])
	if len(found) == 0 {
		if !isQuoted {
			r.rest = append(r.rest, lines[0])
		}
		return 1
	}
	used := 1 + r.goOn(&found[len(found)-1], lines[1:])
	into, again := r.own, false
	if isQuoted {
		into = r.quoted
	}
	for _, l := range found {
		if isUnfilled(l.value) {
			continue
		}
		if _, ok := into[l.key]; ok {
			again = true
			continue
		}
		into[l.key] = l.value
	}
	if again && !isQuoted {
		r.rest = append(r.rest, lines[:used]...)
	}
	return used
}

// goOn adds the lines that belong to the answer of a label, the last one of its line, and returns their number.
func (r *lineReading) goOn(l *filled, lines []string) int {
	at := slices.IndexFunc(r.form.labels, func(label LineLabel) bool { return label.Key == l.key })
	most := len(lines)
	blank := isUnfilled(l.value)
	if !r.form.labels[at].Prose {
		most = 0
		if blank {
			most = min(1, len(lines))
		}
	}
	parts := []string{l.value}
	for _, line := range lines[:most] {
		part := unquoted(line)
		if part == "" || blank && isUnfilled(part) || len(r.form.labelsOf(line)) > 0 {
			break
		}
		parts, blank = append(parts, part), false
	}
	l.value = strings.TrimSpace(strings.Join(parts, "\n"))
	return len(parts) - 1
}

// labelsOf cuts a line into its labels and their answers; none where it does not begin with one.
func (f *LineForm) labelsOf(line string) []filled {
	t := foldTyped(line)
	m := f.line.FindStringSubmatchIndex(t.folded)
	if m == nil || m[6] >= 0 && t.folded[m[6]:m[7]] == " " && !isColumnGap(t.raw[t.from[m[6]]:]) {
		return nil
	}
	var out []filled
	name := t.folded[max(m[2], m[4], 0):max(m[3], m[5])]
	for at := m[1]; ; {
		next := f.inside.FindStringSubmatchIndex(t.folded[at:])
		end := len(t.folded)
		if next != nil {
			end = at + next[0]
		}
		out = append(out, filled{f.keys[foldLineLabel(name)], strings.TrimSpace(t.raw[t.from[at]:t.from[end]])})
		if next == nil {
			return out
		}
		name, at = t.folded[at+next[2]:at+next[3]], at+next[1]
	}
}

// isColumnGap tells the space between a label and its answer from one in a sentence.
func isColumnGap(s string) bool { return strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "　") }

var quoteMarks = regexp.MustCompile(`^[ \t　]*(?:[>＞|｜][ \t　]?)+`)

// quoteDepth is how often a line is quoted.
func quoteDepth(line string) int {
	return strings.Count(foldTyped(quoteMarks.FindString(line)).folded, ">")
}

// unquoted is a line without quote marks and the spaces around it.
func unquoted(line string) string { return strings.TrimSpace(quoteMarks.ReplaceAllString(line, "")) }

var hintInBrackets = regexp.MustCompile(`^\([^()]*(?:例|記入|任意|必須|記載)[^()]*\)$`)

// isUnfilled tells an answer left as printed: nothing, ＿＿＿, 年　月　日, （任意）.
func isUnfilled(value string) bool {
	folded := foldTyped(value).folded
	return hintInBrackets.MatchString(strings.TrimSpace(folded)) || !strings.ContainsFunc(folded, func(r rune) bool {
		return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !strings.ContainsRune("年月日時分", r)
	})
}

func trimBlankLines(lines []string) string {
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
