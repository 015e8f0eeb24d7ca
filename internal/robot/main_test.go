package robot

import (
	"os"
	"testing"

	"uketsuke/internal/play"
)

func TestMain(m *testing.M) {
	play.Prepare()
	os.Exit(m.Run())
}
