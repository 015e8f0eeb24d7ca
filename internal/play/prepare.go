package play

import (
	"flag"
	"runtime/debug"
)

// Prepare lets the random plays of a test binary draw the same cases in every ordinary run: a change is judged by its own
// faults. Other cases are drawn with -rapid.seed=N, many of them with -rapid.checks=10000. It is for a TestMain.
func Prepare() {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) {
		chosen = chosen || f.Name == "rapid.seed" || f.Name == "rapid.failfile" || f.Name == "rapid.checks"
	})
	if !chosen {
		if err := flag.Set("rapid.seed", "20261124"); err != nil {
			panic(err)
		}
	}
	debug.SetGCPercent(1000) // a play is small and short
}
