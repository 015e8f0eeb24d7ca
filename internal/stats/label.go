package stats

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"uketsuke/internal/casework"
)

const (
	unsayable = "（記載を省略）" // the text names somebody
	longest   = 40        // characters of a text that people typed
)

// itemKeys are the request items as sheets write them: 01 to 13.
func itemKeys(items []int) []string {
	var out []string
	for _, n := range items {
		if n >= 1 && n < len(casework.ItemNames) {
			out = append(out, fmt.Sprintf("%02d", n))
		}
	}
	return out
}

// telltales are the values that name the company of a case, its people or its agency.
func telltales(c *casework.Case) []casework.Secret {
	out := slices.DeleteFunc(casework.Secrets(*c, casework.Party{Role: casework.RoleStranger}), func(s casework.Secret) bool {
		return slices.ContainsFunc(describing, func(prefix string) bool { return strings.HasPrefix(s.Field, prefix) })
	})
	if name := casework.FoldName(c.Entry.Company.Name); len([]rune(name)) > 1 { // short names, too
		out = append(out, casework.Secret{Field: "company.name", Value: name})
	}
	return out
}

// describing are the confidential fields that tell what a company does, not who it is.
var describing = []string{"company.products", "company.overseas", "request."}

// sayable is a text of the sheet as it may be handed on: widths and blanks folded, and unsayable when it names somebody.
func sayable(text string, hidden []casework.Secret) string {
	text = strings.Join(strings.Fields(norm.NFKC.String(text)), " ")
	if len(casework.Scan(hidden, []string{text, casework.FoldName(text)})) > 0 {
		return unsayable
	}
	if r := []rune(text); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return text
}

// label is the row of a text: what differs in blanks and letter case only is one. Of several spellings the first in order
// is written, so that the order of the cases does not matter.
func (t table) label(text string) *sums {
	row := t.row(strings.ToLower(strings.ReplaceAll(text, " ", "")))
	if row.label == "" || text < row.label {
		row.label = text
	}
	return row
}

// labels are the rows of several texts, each once; of "" when there are none.
func (t table) labels(texts []string, hidden []casework.Secret) []*sums {
	var out []*sums
	for _, text := range texts {
		if row := t.label(sayable(text, hidden)); !slices.Contains(out, row) {
			out = append(out, row)
		}
	}
	if len(out) == 0 {
		out = append(out, t.label(""))
	}
	return out
}

// names are what agencies are called, by their codes: they may change.
type names map[string]map[string]time.Time // code -> name -> when it was used last

func (n names) learn(e casework.Event) {
	switch p := e.Payload.(type) {
	case *casework.CaseRegistered:
		n.used(p.Agency, p.AgencyName, e.At)
	case *casework.Inquired:
		n.used(p.Agency, p.AgencyName, e.At)
	}
}

func (n names) used(code, name string, at time.Time) {
	if code == "" || name == "" {
		return
	}
	if n[code] == nil {
		n[code] = map[string]time.Time{}
	}
	if at.After(n[code][name]) {
		n[code][name] = at
	}
}

// of returns the newest name of an agency, and the names it had before in the year; "" when none is known.
func (n names) of(code string, from time.Time) (name string, former []string) {
	for other, at := range n[code] {
		if !at.Before(from) {
			former = append(former, other)
		}
		if name == "" || at.After(n[code][name]) || at.Equal(n[code][name]) && other < name {
			name = other
		}
	}
	former = slices.DeleteFunc(former, func(f string) bool { return f == name })
	slices.SortFunc(former, func(a, b string) int {
		if c := n[code][a].Compare(n[code][b]); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return name, former
}
