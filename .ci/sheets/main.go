// Command sheets writes the entry sheets that the runs against real servers send: the sample entry in the states that
// the office meets (complete.xlsx, incomplete.xlsx, corrected.xlsx, stranger.xlsx, pair-1.xlsx, pair-2.xlsx), two under the
// password Kobe-2026 (locked-1.xlsx, locked-2.xlsx), -n different ones (batch-000.xlsx …) whose senders are
// entry@agency0.example to entry@agency9.example in turn, and an additional-information form (info-form.xlsx,
// info-form-filled.xlsx).
package main

import (
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/demo/form"
	"uketsuke/internal/ooxmlcrypt"
)

func main() {
	out := flag.String("out", ".", "`folder` to write into")
	n := flag.Int("n", 0, "`number` of different sheets")
	flag.Parse()
	if err := write(*out, *n); err != nil {
		fmt.Fprintln(os.Stderr, "sheets:", err)
		os.Exit(1)
	}
}

func write(dir string, n int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries := map[string]form.Entry{"complete": form.Sample(), "incomplete": incomplete(), "corrected": corrected(),
		"stranger": company("株式会社須磨海苔", 1), "pair-1": company("株式会社兵庫刃物", 2), "pair-2": company("有限会社淡路瓦", 3),
		"locked-1": company("株式会社三木刃物", 5), "locked-2": company("有限会社赤穂塩業", 6)}
	for i := range n {
		entries[fmt.Sprintf("batch-%03d", i)] = form.Numbered(i)
	}
	for name, e := range entries {
		b, err := form.Make(e)
		if err != nil {
			return fmt.Errorf("make %s: %w", name, err)
		}
		if strings.HasPrefix(name, "locked-") {
			if b, err = ooxmlcrypt.Encrypt(b, "Kobe-2026", rand.Reader); err != nil {
				return fmt.Errorf("lock %s: %w", name, err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name+".xlsx"), b, 0o644); err != nil {
			return err
		}
	}
	for name, answers := range map[string][]string{"info-form": {"", ""}, "info-form-filled": {"2027年度の上期", "輸出担当2名"}} {
		if err := writeInfoForm(filepath.Join(dir, name+".xlsx"), answers); err != nil {
			return fmt.Errorf("make %s: %w", name, err)
		}
	}
	return nil
}

// writeInfoForm writes an additional-information form (追加情報フォーム), which is no entry sheet.
func writeInfoForm(path string, answers []string) error {
	f := excelize.NewFile()
	defer f.Close()
	rows := [][]any{{"追加情報フォーム"}, {}, {"希望する時期", answers[0]}, {"社内の体制", answers[1]}}
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	return f.SaveAs(path)
}

// company is the sample entry for another company.
func company(name string, n int64) form.Entry {
	e := form.Sample()
	e.Company, e.CorporateNumber = name, form.CorporateNumber(140001500000+n)
	e.Address = fmt.Sprintf("兵庫県神戸市須磨区海浜町%d-1", n)
	e.CompanyPhone = fmt.Sprintf("078-555-%04d", n)
	e.CompanyEmail, e.URL = fmt.Sprintf("info@office%d.example", n), fmt.Sprintf("https://office%d.example/", n)
	return e
}

func corrected() form.Entry { return company("株式会社明石蛸", 4) }

// incomplete lacks the introducer's person and the TPP confirmation.
func incomplete() form.Entry {
	e := corrected()
	e.Person, e.Confirm[2] = "", false
	return e
}
