package scenario

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
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
