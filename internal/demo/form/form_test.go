package form_test

import (
	"testing"
	"time"

	"uketsuke/internal/demo/form"
	"uketsuke/internal/entrysheet"
)

var today = time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("JST", 9*3600))

func TestEveryNumberedFormReadsWithoutAProblem(t *testing.T) {
	for i := range 40 {
		e := form.Numbered(i)
		b, err := form.Make(e)
		if err != nil {
			t.Fatal(err)
		}
		s := entrysheet.Read(b, entrysheet.DefaultLayout(), today, entrysheet.DefaultLimits())
		if s.Kind != entrysheet.KindEntrySheet || len(s.Problems) > 0 {
			t.Fatalf("form %d is %s with %+v", i, s.Kind, s.Problems)
		}
		if got := s.Text("company.name"); got != e.Company {
			t.Errorf("company %q, want %q", got, e.Company)
		}
	}
}

func TestWhatIsLeftBlankIsAskedFor(t *testing.T) {
	e := form.Sample()
	e.Person, e.Confirm[2] = "", false
	b, err := form.Make(e)
	if err != nil {
		t.Fatal(err)
	}
	s := entrysheet.Read(b, entrysheet.DefaultLayout(), today, entrysheet.DefaultLimits())
	var got []string
	for _, p := range s.Problems {
		got = append(got, p.Field)
	}
	if len(got) != 2 || got[0] != "introducer.person" || got[1] != "confirmations.tpp" {
		t.Errorf("problems %q", got)
	}
}

func BenchmarkMake(b *testing.B) {
	for i := range b.N {
		if _, err := form.Make(form.Numbered(i)); err != nil {
			b.Fatal(err)
		}
	}
}
