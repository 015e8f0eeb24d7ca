package scenario

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the many small offices of this package be collected less often, and live in memory where there is room: a
// sixth and a third of their time went there. What a disk may do to a process is the business of the tests of crashes,
// which end the steps themselves, and of those that kill the real program.
func TestMain(m *testing.M) {
	debug.SetGCPercent(1000)
	under = inMemory()
	os.Exit(m.Run())
}
