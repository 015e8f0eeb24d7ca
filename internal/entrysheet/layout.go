package entrysheet

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// Layout is the form as data: labels and their spellings, sections, boxes,
// what is needed. It is read-only after ParseLayout and safe to share.
type Layout struct {
	Name          string         `toml:"name"`          // such as "entry-sheet-2026"
	MinLabels     int            `toml:"min_labels"`    // different labels a sheet must show to be the form
	MinBoxes      int            `toml:"min_boxes"`     // texts of check boxes it must show
	SampleSheets  []string       `toml:"sample_sheets"` // parts of names of sheets that show an example
	NoLabels      []string       `toml:"no_labels"`     // the form's own sentences
	Hints         []string       `toml:"hints"`         // notes for the person who fills it in
	Sections      []Section      `toml:"section"`
	Fields        []Field        `toml:"field"`
	Items         []Item         `toml:"item"`
	SizeClasses   []SizeClass    `toml:"size"`
	byKey         map[string]int // key -> Fields
	byLabel       map[string][]int
	anchors       map[string]string // folded label -> section
	titles        map[string]string // folded title -> section
	entity        map[string]bool   // sections that describe somebody
	confirmations []int             // Fields of form "confirmation"
	sentences     map[int][]string  // what their sentences contain, folded
	itemNames     []itemName        // longest first
	boxPairs      pairSet           // of item names and confirmations
	longest       int               // bytes of the longest folded label
	seen          wordings
}

// Section is a part of the form; labels belong to the one they stand in.
type Section struct {
	ID       string   `toml:"id"`
	Titles   []string `toml:"titles"`   // whole texts
	Contains []string `toml:"contains"` // parts of longer sentences that head the section
}

// Field is one key of entry-sheet.md.
type Field struct {
	Key      string   `toml:"key"`
	Name     string   `toml:"name"`    // how letters call it
	Section  string   `toml:"section"` // id; "" for a label that counts anywhere
	Labels   []string `toml:"labels"`
	Anchor   []string `toml:"anchor"` // labels that show their section even without a title
	Form     string   `toml:"form"`
	Need     string   `toml:"need"`     // "error", "warning" or "": what a blank answer means
	Wanted   string   `toml:"wanted"`   // sentence for a blank answer; made from Name when absent
	Contains []string `toml:"contains"` // for confirmations: what their sentence contains
}

// Item is one box of request.items.
type Item struct {
	Number int      `toml:"number"`
	Names  []string `toml:"names"`
	Other  bool     `toml:"other"` // needs the text request.other
}

// SizeClass bounds small and medium enterprises of some industries.
type SizeClass struct {
	Contains []string `toml:"contains"` // parts of the industry's name; none: all others
	Capital  int64    `toml:"capital"`  // yen
	People   int64    `toml:"people"`
}

type itemName struct {
	folded string
	item   int // index in Items
}

//go:embed layout.toml
var defaultLayoutTOML []byte

// DefaultLayout returns the embedded layout "entry-sheet-2026".
var DefaultLayout = sync.OnceValue(func() *Layout {
	l, err := ParseLayout(defaultLayoutTOML)
	if err != nil {
		panic("entrysheet: embedded layout: " + err.Error()) // a test reads it
	}
	return l
})

// DefaultLayoutTOML returns the text of the embedded layout, to start an
// office's own from.
func DefaultLayoutTOML() []byte { return bytes.Clone(defaultLayoutTOML) }

// knownKeys are the keys of entry-sheet.md; the rest of the program knows no
// others.
var knownKeys = strings.Fields(`addressee.agency addressee.contact
	introducer.agency introducer.branch introducer.person introducer.phone introducer.fax introducer.email
	company.name company.kana company.corporateNumber company.representative company.postalCode company.address
	company.phone company.fax company.url company.contactDepartment company.contactPerson company.email
	company.industry company.founded company.capital company.employees company.sales
	company.products company.overseas company.countries
	request.items request.other request.issues request.desired
	confirmations.dealings confirmations.consent confirmations.tpp confirmations.antisocial received`)

// forms are the ways in which an answer is understood.
var forms = strings.Fields(`text prose name agency kana phone email url postal address corporate
	amount people month date list items other confirmation`)

// ParseLayout reads a layout file (TOML). Unknown keys are refused. The error
// names all faults, each with its line or field and what to do about it.
func ParseLayout(b []byte) (*Layout, error) {
	l := &Layout{}
	if err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(l); err != nil {
		return nil, tomlError(err)
	}
	if err := errors.Join(l.check()...); err != nil {
		return nil, err
	}
	l.compile()
	return l, nil
}

// tomlError says the line, which the library keeps in its typed errors.
func tomlError(err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		var all []error
		for _, e := range strict.Errors {
			line, _ := e.Position()
			all = append(all, fmt.Errorf("layout line %d: unknown key %q; remove it or correct its spelling", line, strings.Join(e.Key(), ".")))
		}
		return errors.Join(all...)
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		line, col := decode.Position()
		return fmt.Errorf("layout line %d, column %d: %w; correct the TOML there", line, col, decode)
	}
	return fmt.Errorf("reading layout: %w", err)
}

// check returns every fault of the layout.
func (l *Layout) check() []error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf("layout: "+format, args...)) }
	if l.Name == "" {
		fault("name is missing; give the form a name such as \"entry-sheet-2027\"")
	}
	if l.MinLabels < 1 || l.MinBoxes < 0 {
		fault("min_labels = %d, min_boxes = %d; at least 1 label must be asked for, and no negative number", l.MinLabels, l.MinBoxes)
	}
	sections := map[string]bool{"": true}
	for i, s := range l.Sections {
		if s.ID == "" || sections[s.ID] {
			fault("section %d: id %q is empty or used twice; give each its own", i+1, s.ID)
		}
		sections[s.ID] = true
	}
	seen := make(map[string]bool)
	for i, f := range l.Fields {
		where := fmt.Sprintf("field %d (%q)", i+1, f.Key)
		if !slices.Contains(knownKeys, f.Key) {
			fault("%s: unknown key; use one of %s", where, strings.Join(knownKeys, ", "))
		}
		if seen[f.Key] {
			fault("%s: key used twice; put all spellings in one labels list", where)
		}
		seen[f.Key] = true
		if err := l.checkField(f, sections); err != "" {
			fault("%s: %s", where, err)
		}
	}
	return append(errs, l.checkBoxes(seen)...)
}

func (l *Layout) checkField(f Field, sections map[string]bool) string {
	boxes := slices.Contains([]string{"items", "other", "confirmation"}, f.Form)
	switch {
	case !slices.Contains(forms, f.Form):
		return fmt.Sprintf("form = %q; use one of %s", f.Form, strings.Join(forms, ", "))
	case !slices.Contains([]string{"", "error", "warning"}, f.Need):
		return fmt.Sprintf("need = %q; use \"error\" (returned), \"warning\" or leave it out", f.Need)
	case !sections[f.Section]:
		return fmt.Sprintf("section = %q is no [[section]] id", f.Section)
	case f.Name == "":
		return "name is missing; letters need it"
	case !boxes && len(f.Labels) == 0:
		return "labels is missing; name at least one spelling"
	case f.Form == "confirmation" && len(f.Contains) == 0:
		return "contains is missing; name a part of the confirmation's sentence"
	}
	for _, label := range slices.Concat(f.Labels, f.Anchor) {
		if foldLabel(label) == "" {
			return fmt.Sprintf("label %q has no letters; write the words that stand on the form", label)
		}
	}
	return ""
}

func (l *Layout) checkBoxes(fields map[string]bool) []error {
	var errs []error
	numbers := make(map[int]bool)
	for i, it := range l.Items {
		if it.Number < 1 || it.Number > 99 || numbers[it.Number] || len(it.Names) == 0 {
			errs = append(errs, fmt.Errorf("layout: item %d: number = %d; each needs a number of its own from 1 to 99 and at least one name", i+1, it.Number))
		}
		numbers[it.Number] = true
	}
	if len(l.Items) == 0 && fields["request.items"] {
		errs = append(errs, errors.New("layout: field \"request.items\" needs [[item]] entries; add the form's boxes"))
	}
	for i, c := range l.SizeClasses {
		if c.Capital <= 0 || c.People <= 0 {
			errs = append(errs, fmt.Errorf("layout: size %d: capital = %d, people = %d; both must be above 0", i+1, c.Capital, c.People))
		}
	}
	return errs
}

// compile builds the lookups.
func (l *Layout) compile() {
	l.byKey, l.byLabel, l.sentences = make(map[string]int), make(map[string][]int), make(map[int][]string)
	l.anchors, l.titles, l.entity = make(map[string]string), make(map[string]string), make(map[string]bool)
	for _, s := range l.Sections {
		for _, t := range s.Titles {
			l.titles[foldLabel(t)] = s.ID
		}
	}
	for i, f := range l.Fields {
		l.byKey[f.Key] = i
		if f.Form == "confirmation" {
			l.confirmations = append(l.confirmations, i)
			for _, c := range f.Contains {
				l.sentences[i] = append(l.sentences[i], foldBoxText(c))
				l.boxPairs.add(foldBoxText(c))
			}
		}
		if len(f.Labels) > 0 && f.Section != "" {
			l.entity[f.Section] = true
		}
		for _, label := range f.Labels {
			k := foldLabel(label)
			l.longest = max(l.longest, len(k))
			if !slices.Contains(l.byLabel[k], i) {
				l.byLabel[k] = append(l.byLabel[k], i)
			}
		}
		for _, a := range f.Anchor {
			l.anchors[foldLabel(a)] = f.Section
		}
	}
	for i, it := range l.Items {
		for _, n := range it.Names {
			l.itemNames = append(l.itemNames, itemName{foldBoxText(n), i})
			l.boxPairs.add(foldBoxText(n))
		}
	}
	slices.SortStableFunc(l.itemNames, func(a, b itemName) int { return len(b.folded) - len(a.folded) })
}

// field returns the field with this key, nil where the layout has none.
func (l *Layout) field(key string) *Field {
	if i, ok := l.byKey[key]; ok {
		return &l.Fields[i]
	}
	return nil
}
