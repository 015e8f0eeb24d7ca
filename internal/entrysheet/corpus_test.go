package entrysheet

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sharedCorpus is a folder of other people's workbooks, beside the project
// where there is one: broken ones and bombs among them.
const sharedCorpus = "../../../shared/corpus/excel"

// corpusFiles lists the corpus; none where it is not there.
func corpusFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(sharedCorpus, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(path) != ".tsv" {
			files = append(files, path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no corpus beside the project")
	}
	if err != nil || len(files) < 100 {
		t.Fatal(len(files), err)
	}
	return files
}

// TestCorpusIsAnswered: every file, whatever it is, without panic, and what is
// a workbook can be marked. With -v it prints how many there are of each kind,
// and the slowest.
func TestCorpusIsAnswered(t *testing.T) {
	kinds, slowest, slowestName := make(map[Kind]int), time.Duration(0), ""
	for _, path := range corpusFiles(t) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		s := Read(b, DefaultLayout(), today, DefaultLimits())
		if strings.Contains(s.Error, "panic") {
			t.Errorf("%s: %s", path, s.Error)
		}
		if s.Kind == KindOtherWorkbook {
			sheet := firstSheet(t, b)
			marked, err := Mark(b, []Problem{{Sheet: sheet, Cell: "B2", Wanted: "ご確認ください。"}})
			if err != nil && sheet != "" {
				t.Errorf("%s: marking: %v", path, err)
			} else if again := Read(marked, DefaultLayout(), today, DefaultLimits()); err == nil && again.Kind != s.Kind {
				t.Errorf("%s: its marked copy is %s (%s)", path, again.Kind, again.Error)
			}
		}
		kinds[s.Kind]++
		if took := time.Since(began); took > slowest {
			slowest, slowestName = took, filepath.Base(path)
		}
	}
	t.Logf("kinds %v; the slowest, read twice and marked: %s, %s", kinds, slowestName, slowest)
	if slowest > hang {
		t.Errorf("%s took %s", slowestName, slowest)
	}
}

// firstSheet names a sheet of a workbook, "" where it has no visible one.
func firstSheet(t *testing.T, b []byte) string {
	t.Helper()
	w := openAny(t, b)
	if w == nil || len(w.sheets) == 0 {
		return ""
	}
	return w.sheets[0].name
}

func openAny(t *testing.T, b []byte) *workbook {
	t.Helper()
	open := openWorkbook
	if Sniff(b) == FormatXLS {
		open = openXLS
	}
	w, err := open(b, DefaultLimits())
	if err != nil {
		return nil
	}
	return w
}

// TestCorpusPairsReadAlike: the same workbook saved as .xls and as .xlsx shows
// the same texts and merged blocks.
func TestCorpusPairsReadAlike(t *testing.T) {
	pairs := 0
	files := corpusFiles(t)
	for _, path := range files {
		twin := strings.TrimSuffix(path, ".xls") + ".xlsx"
		if filepath.Ext(path) != ".xls" || !slices.Contains(files, twin) {
			continue
		}
		old, young := gridTexts(t, path), gridTexts(t, twin)
		if old == nil || young == nil {
			continue // Excel 95, or locked
		}
		pairs++
		for _, key := range slices.Sorted(maps.Keys(young)) {
			sheet, _, _ := strings.Cut(key, "!")
			if old[sheet] == "" {
				continue // only in the .xlsx
			}
			if old[key] != young[key] && !sameNumber(old[key], young[key]) {
				t.Errorf("%s: %s = %q, in the .xlsx %q", filepath.Base(path), key, old[key], young[key])
			}
		}
	}
	if pairs < 5 {
		t.Errorf("only %d pairs", pairs)
	}
}

// sameNumber reports whether two texts are numbers that differ by less than
// what one of the writers rounded away.
func sameNumber(a, b string) bool {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) < 1e-9*math.Abs(x)
}

// gridTexts maps each place of a workbook to what stands there.
func gridTexts(t *testing.T, path string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := openAny(t, b)
	if w == nil {
		return nil
	}
	out := make(map[string]string)
	for _, g := range w.sheets {
		out[g.name] = "a sheet"
		for _, c := range g.cells {
			out[g.name+"!"+cellName(c.row, c.col)] = c.text
		}
		for _, m := range g.merges {
			out[fmt.Sprintf("%s %v", g.name, m)] = "merged"
		}
	}
	return out
}

// TestCorpusControls: 43 check boxes that Excel wrote, three of them checked.
func TestCorpusControls(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(sharedCorpus, "apache+poi/test-data/integration/stress002.xlsx"))
	if err != nil {
		t.Skip("no corpus beside the project")
	}
	count := make(map[controlState]int)
	for _, g := range openAny(t, b).sheets {
		for _, fb := range g.boxes {
			count[fb.state]++
			if fb.row == 0 {
				t.Errorf("%s: a box without its place", g.name)
			}
		}
	}
	if count[stateOn] != 3 || count[stateOff] != 40 {
		t.Errorf("states %v", count)
	}
}
