package roster

import (
	"fmt"
	"maps"
	"slices"

	"uketsuke/internal/casework"
)

// Fault is one thing in the rows that has to be put right: its field (agency[3].domains[0], counted from 0),
// what stands there, and what to do about it.
type Fault struct {
	Field string
	Value string
	Hint  string
}

func (f Fault) Error() string { return fmt.Sprintf("%s = %q: %s", f.Field, f.Value, f.Hint) }

// New returns the roster of the rows, or every fault in them at once and no roster.
func New(d Data) (*Roster, []Fault) {
	r := &Roster{
		data:          d,
		agencies:      map[string][]int{},
		concierges:    map[string][]int{},
		clerkMail:     map[string][]int{},
		conciergeMail: map[string][]int{},
		agencyMail:    map[string][]persona{},
		domains:       map[string][]int{},

		names:          map[string][]int{},
		formless:       map[string][]int{},
		plain:          map[string][]int{},
		conciergeNames: map[string][]int{},
	}
	r.data.Clerks = slices.Clone(d.Clerks)
	r.data.Concierges = slices.Clone(d.Concierges)
	r.data.Agencies = slices.Clone(d.Agencies)
	r.data.Offices = slices.Clone(d.Offices)

	c := &checker{r: r}
	c.clerks()
	c.concierges()
	c.agencies()
	c.offices()
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	r.indexNames()
	return r, nil
}

// indexNames fills the indexes that need faultless rows.
func (r *Roster) indexNames() {
	for i := range r.data.Concierges {
		full := casework.FoldName(r.data.Concierges[i].Name)
		r.conciergeNames[full] = append(r.conciergeNames[full], i)
		if family := familyName(r.data.Concierges[i].Name); family != "" && family != full {
			r.conciergeNames[family] = append(r.conciergeNames[family], i)
		}
	}
	for i := range r.data.Agencies {
		a := &r.data.Agencies[i]
		for _, n := range append([]string{a.Name}, a.Spellings...) {
			folded := casework.FoldName(n)
			short := formlessOf(folded)
			addRow(r.names, folded, i)
			addRow(r.formless, short, i)
			addRow(r.plain, plainKanji.Replace(short), i)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.plain)) {
		r.nearNames = append(r.nearNames, nearName{runes: []rune(name), rows: r.plain[name]})
	}
	for _, d := range slices.Sorted(maps.Keys(r.domains)) {
		r.nearDomains = append(r.nearDomains, newNearDomain(d, r.domains[d]))
	}
}

func addRow(index map[string][]int, key string, row int) {
	if key != "" && !slices.Contains(index[key], row) {
		index[key] = append(index[key], row)
	}
}
