package scenario

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/demo"
)

// TestSharedLockedMailsOpenInEitherOrder plays the locked mails of the shared test material with those that bring their
// passwords, where it is there.
func TestSharedLockedMailsOpenInEitherOrder(t *testing.T) {
	const folder = "../../../shared/mails"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the shared mails are not there")
	}
	for _, pair := range [][2]string{{"m07", "m08"}, {"m08", "m07"}, {"m09", "m10"}, {"m10", "m09"}} {
		for how, batch := range map[string]bool{"one by one": false, "in one batch": true} {
			t.Run(pair[0]+" then "+pair[1]+", "+how, func(t *testing.T) {
				t.Parallel()
				w := New(t, Options{NoEvidence: true})
				w.Advance(4 * time.Hour)
				for _, name := range pair {
					found, err := filepath.Glob(filepath.Join(folder, name+"-*"))
					if err != nil || len(found) != 1 {
						t.Fatalf("%s: %q, %v", name, found, err)
					}
					raw, err := os.ReadFile(found[0])
					if err != nil {
						t.Fatal(err)
					}
					w.IncomingRaw(bytes.ReplaceAll(raw, []byte("kobe-intake@jetro.example"), []byte(demo.OfficeAddr)))
					if !batch {
						w.Settle()
					}
				}
				w.Settle()
				w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
				w.ExpectLetter(mori, "担当案件のお知らせ")
				w.ExpectNoLetter()
				w.expectFolders(map[string]int{"INBOX": 0, "受付済": 2, "確認待ち": 0})
				if c := w.cases(); len(c) != 1 || c[0].Stage != casework.StageRegistered {
					t.Errorf("cases: %+v", c)
				}
			})
		}
	}
}
