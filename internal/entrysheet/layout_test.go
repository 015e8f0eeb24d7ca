package entrysheet

import (
	"slices"
	"strings"
	"testing"
)

func TestDefaultLayoutHasEveryField(t *testing.T) {
	l := DefaultLayout()
	if l.Name != "entry-sheet-2026" || len(l.Items) != 13 || len(l.confirmations) != 4 {
		t.Fatalf("%q with %d items, %d confirmations", l.Name, len(l.Items), len(l.confirmations))
	}
	for _, key := range knownKeys {
		if l.field(key) == nil {
			t.Errorf("no field %s", key)
		}
	}
	need := func(level string) (keys []string) {
		for _, f := range l.Fields {
			if f.Need == level {
				keys = append(keys, f.Key)
			}
		}
		return keys
	}
	errors := strings.Fields(`introducer.agency introducer.person company.name company.representative company.address company.phone
		company.contactPerson company.countries request.items request.other request.issues request.desired
		confirmations.dealings confirmations.consent confirmations.tpp confirmations.antisocial`)
	warnings := strings.Fields("introducer.phone introducer.email company.corporateNumber company.industry company.employees company.products received")
	if got := need("error"); !slices.Equal(got, errors) {
		t.Errorf("needed: %v", got)
	}
	if got := need("warning"); !slices.Equal(got, warnings) {
		t.Errorf("wished for: %v", got)
	}
}

// TestSpellingsAreUnambiguous: within a section a spelling means one field.
func TestSpellingsAreUnambiguous(t *testing.T) {
	l := DefaultLayout()
	for label, fields := range l.byLabel {
		for i, a := range fields {
			for _, b := range fields[i+1:] {
				if l.Fields[a].Section == l.Fields[b].Section {
					t.Errorf("%q means %s and %s in one section", label, l.Fields[a].Key, l.Fields[b].Key)
				}
			}
		}
	}
}

func TestParseLayoutNamesEveryFault(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           []string
	}{
		{"unknown key", `min_boxes = 4`, `min_boxes = 4` + "\n" + `minimal = 3`, []string{"line ", `"minimal"`, "remove"}},
		{"broken TOML", `min_boxes = 4`, `min_boxes = `, []string{"line "}},
		{"wrong type", `min_boxes = 4`, `min_boxes = "vier"`, []string{"line "}},
		{"unknown field", `key = "company.name"`, `key = "company.nme"`, []string{`"company.nme"`, "unknown key", "company.name"}},
		{"unknown form", `form = "corporate"`, `form = "corp"`, []string{`"company.corporateNumber"`, `"corp"`, "corporate"}},
		{"unknown need", "form = \"kana\"", "form = \"kana\"\nneed = \"must\"", []string{`"company.kana"`, `"must"`, `"error"`}},
		{"unknown section", `id = "introducer"`, `id = "intro"`, []string{`section = "introducer"`, "no [[section]]"}},
		{"number twice", "number = 12", "number = 11", []string{"item 12", "number = 11"}},
		{"label without letters", `labels = ["業種", `, `labels = ["※", `, []string{`"company.industry"`, `"※"`}},
		{"no name", `name = "entry-sheet-2026"`, `name = ""`, []string{"name is missing"}},
		{"size of nothing", "people = 50", "people = 0", []string{"size 3", "people = 0"}},
		{"no labels asked for", "min_labels = 6", "min_labels = 0", []string{"min_labels = 0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(string(DefaultLayoutTOML()), tt.old, tt.new, 1)
			if text == string(DefaultLayoutTOML()) {
				t.Fatalf("%q is not in the layout", tt.old)
			}
			_, err := ParseLayout([]byte(text))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
	t.Run("all at once", func(t *testing.T) {
		text := strings.NewReplacer(`form = "corporate"`, `form = "corp"`, "number = 12", "number = 11").Replace(string(DefaultLayoutTOML()))
		if _, err := ParseLayout([]byte(text)); err == nil || strings.Count(err.Error(), "\n") != 1 {
			t.Errorf("want two faults: %v", err)
		}
	})
}

// TestNextYearsForm: a new spelling, a new section title and a new rule need
// only another layout.
func TestNextYearsForm(t *testing.T) {
	text := strings.NewReplacer(`labels = ["企業名", `, `labels = ["事業者名", "企業名", `, `name = "entry-sheet-2026"`, `name = "entry-sheet-2027"`).Replace(string(DefaultLayoutTOML()))
	l, err := ParseLayout([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	f := sampleForm(nil)
	f.replace(t, "企業名", func(c *testCell) { c.text = "事業者名" })
	s := Read((&testBook{sheets: []*testSheet{f}}).bytes(), l, today, DefaultLimits())
	if s.Layout != "entry-sheet-2027" || s.Text("company.name") != "株式会社六甲精機" || len(s.Problems) != 0 {
		t.Errorf("%s: %q, %+v", s.Layout, s.Text("company.name"), s.Problems)
	}
}
