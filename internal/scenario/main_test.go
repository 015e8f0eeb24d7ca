package scenario

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the many small offices of this package be collected less often: a sixth of their time went there. Their
// folders are removed at the end of all: file systems are slow to make files beside many that were just removed.
func TestMain(m *testing.M) {
	debug.SetGCPercent(1000)
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "worlds-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "make a folder for the worlds:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	under = dir
	return m.Run()
}
