package scenario

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the many small offices of this package be collected less often: a sixth of their time went there.
func TestMain(m *testing.M) {
	debug.SetGCPercent(1000)
	os.Exit(m.Run())
}
