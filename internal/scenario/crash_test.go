package scenario

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"uketsuke/internal/config"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/post"
)

// TestCrashAtEveryStepEndsTheSame crashes the standard scenario, starts again, and wants the same end: once for each
// kind of step, or with UKETSUKE_CRASH=all at every single one.
func TestCrashAtEveryStepEndsTheSame(t *testing.T) {
	calm := New(t, Options{})
	standard(t, calm)
	want := calm.State()
	names, counts := calm.Steps()
	var tried, reached atomic.Int32
	t.Run("at", func(t *testing.T) {
		for _, step := range names {
			for _, n := range points(counts[step]) {
				t.Run(fmt.Sprintf("%s/%d-of-%d", step, n, counts[step]), func(t *testing.T) {
					t.Parallel()
					tried.Add(1)
					w := New(t, Options{Crash: Point{step, n}})
					standard(t, w)
					if w.boots > 1 {
						reached.Add(1)
					} else {
						_, have := w.Steps()
						t.Errorf("the step was passed only %d times", have[step])
					}
					if diff := cmp.Diff(want, w.State()); diff != "" {
						t.Errorf("the end differs (-calm +crashed):\n%s", diff)
					}
				})
			}
		}
	})
	t.Logf("crash points: %d tried, %d reached, %d kinds of step", tried.Load(), reached.Load(), len(names))
	if reached.Load() != tried.Load() {
		t.Errorf("only %d of %d crash points were reached", reached.Load(), tried.Load())
	}
}

// points are the passings of a step at which the process dies: the middle one, or all.
func points(count int) []int {
	if os.Getenv("UKETSUKE_CRASH") != "all" {
		return []int{(count + 1) / 2}
	}
	all := make([]int, count)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

// Without MOVE a mail is copied, marked and expunged: a crash between loses none. A second copy in the folder is
// allowed, a mail in no folder is not.
func TestACrashWhileFilingByCopyLosesNoMail(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"imap.copy.before", "imap.copy.after", "imap.store.before", "imap.store.after", "imap.expunge.before", "imap.expunge.after"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{Caps: []string{"IMAP4rev1", "UIDPLUS", "SPECIAL-USE"}, Crash: Point{step, 1}})
			first := w.Incoming(sheetMail(t, tanaka, nil))
			second := w.Incoming(sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201)))
			w.Settle()
			if w.boots != 2 {
				t.Fatal("the crash was not reached")
			}
			w.expectFolders(map[string]int{"INBOX": 0})
			filed := map[string]bool{}
			for _, m := range w.server.Messages(demo.OfficeUser, "受付済") {
				filed[m.MessageID] = true
			}
			if !filed["<"+first.MessageID+">"] || !filed["<"+second.MessageID+">"] || len(filed) != 2 {
				t.Errorf("filed: %v", filed)
			}
			if n := w.Copies(); n != 4 {
				t.Errorf("%d letters, want 4", n)
			}
		})
	}
}

// A mail above the limit stands in a file beside the database; a crash around its writing leaves it whole.
func TestACrashBesideALargeMailKeepsItWhole(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"db.blob.before", "db.blob.after", "db.commit.before", "db.commit.after"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{Change: func(c *config.Config) { c.Limits.MaxMessage = 1 << 20 }})
			w.Settle()
			w.CrashAt(step, 1)
			m := plain(tanaka, "動画の送付", "大きなファイルです。")
			m.Files = []post.File{{Name: "video.mp4", Bytes: bytes.Repeat([]byte("0123456789abcdef"), 3<<16)}}
			m = w.Incoming(m)
			w.Incoming(sheetMail(t, tanaka, nil))
			w.Settle()
			if w.boots != 2 {
				t.Fatal("the crash was not reached")
			}
			sum := sha256.Sum256(m.Bytes())
			if !keptBySum(t, w.dir, hex.EncodeToString(sum[:])) {
				t.Error("the large mail is not kept whole")
			}
			w.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ")
			w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
			w.ExpectLetter(mori, "担当案件のお知らせ")
			w.ExpectNoLetter()
			w.expectFolders(map[string]int{"INBOX": 0, "確認待ち": 1, "受付済": 1})
			w.expectEmptySpool()
		})
	}
}
