package letter

import "strings"

// htmlPage is what the layout template gets.
type htmlPage struct {
	Title  string
	Blocks []block
}

// html lays the page out by the layout template, whose contextual escaping covers every value.
func (t *templates) html(subject string, p *page) (string, error) {
	var b strings.Builder
	b.Grow(16 << 10)
	if err := t.layout.Execute(&b, htmlPage{Title: subject, Blocks: p.twin("html").blocks}); err != nil {
		return "", t.fault(layoutFile, err)
	}
	return b.String(), nil
}

// segment is a piece of a line; a whole one is not to be broken.
type segment struct {
	Text  string
	Whole bool
}

// longestWhole is how many characters of ASCII fit on a phone's line.
const longestWhole = 34

// segments finds addresses, phone and case numbers in a line: browsers would break them at their hyphens.
func segments(line string) []segment {
	var out []segment
	rest := 0 // where the text that is not yet in out begins
	for i := 0; i < len(line); {
		end := i
		for end < len(line) && line[end] > ' ' && line[end] < 0x7f {
			end++
		}
		if word := line[i:end]; strings.ContainsAny(word, "-@") && len(word) <= longestWhole {
			if rest < i {
				out = append(out, segment{Text: line[rest:i]})
			}
			out = append(out, segment{Text: word, Whole: true})
			rest = end
		}
		i = max(end, i+1)
	}
	if rest < len(line) {
		out = append(out, segment{Text: line[rest:]})
	}
	return out
}
