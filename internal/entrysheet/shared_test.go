package entrysheet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// sharedSheets is a folder of forms filled in with office software, beside the
// project where there is one.
const sharedSheets = "../../../shared/sheets"

func TestAgreesWithSharedSheets(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(sharedSheets, "expected.json"))
	if err != nil {
		t.Skip("no folder of shared sheets")
	}
	var expected map[string]struct {
		Kind     Kind
		Errors   []string
		Password string
		Values   map[string]any
	}
	if err := json.Unmarshal(text, &expected); err != nil {
		t.Fatal(err)
	}
	// What this version says of files that need more than it can do.
	beyond := map[string]Kind{"12-encrypted-standard.xlsx": KindLocked, "14-encrypted-agile.xlsx": KindLocked}
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(sharedSheets, name))
			if err != nil {
				t.Fatal(err)
			}
			s := Read(b, DefaultLayout(), today, DefaultLimits())
			if kind, ok := beyond[name]; ok {
				if s.Kind != kind || s.Reason == "" {
					t.Errorf("kind %q, reason %q", s.Kind, s.Reason)
				}
				return
			}
			if s.Kind != want.Kind {
				t.Fatalf("kind %q (%s), want %q", s.Kind, s.Error, want.Kind)
			}
			if got := errorFields(s); !slices.Equal(got, slices.Sorted(slices.Values(want.Errors))) {
				t.Errorf("errors %v, want %v", got, want.Errors)
			}
			for key, v := range want.Values {
				if got := asJSON(t, s.Values[key]); !reflect.DeepEqual(got, v) {
					t.Errorf("%s = %v, want %v", key, got, v)
				}
			}
			checkMarkedShared(t, b, s)
		})
	}
}

// checkMarkedShared marks a file where its problems, or some answers, are.
func checkMarkedShared(t *testing.T, b []byte, s *Sheet) {
	t.Helper()
	if s.Kind != KindEntrySheet {
		return
	}
	problems := slices.Clone(s.Problems)
	for _, key := range []string{"company.name", "received"} {
		problems = append(problems, Problem{Sheet: s.Name, Cell: s.Cells[key].Cell, Wanted: "ご確認ください。"})
	}
	marked, err := Mark(b, problems)
	if err != nil {
		t.Fatal(err)
	}
	if Sniff(b) != FormatXLS { // which comes back as another kind of file
		oldNames, oldRaw, _ := parts(t, b)
		_, newRaw, _ := parts(t, marked)
		for _, name := range oldNames {
			changes := mayDiffer.MatchString(name) && (!strings.HasPrefix(name, "xl/worksheets/sheet") || name == sheetPart(t, b, s.Name))
			if !changes && string(oldRaw[name]) != string(newRaw[name]) {
				t.Errorf("%s differs", name)
			}
		}
	}
	again := Read(marked, DefaultLayout(), today, DefaultLimits())
	if !reflect.DeepEqual(again.Values, s.Values) || len(again.Problems) != len(s.Problems) {
		t.Error("the marked copy reads otherwise")
	}
}

func asJSON(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// sheetPart names the part of a sheet.
func sheetPart(t *testing.T, b []byte, sheet string) string {
	t.Helper()
	w, err := openWorkbook(b, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range w.sheets {
		if g.name == sheet {
			return g.part
		}
	}
	return ""
}
